use super::*;

/// Pupils found by less than a full name, with a letter for the kind and one for how sure: `P1 il`.
fn short(message: &Message, school: &School) -> String {
    let findings = message.find(school, &CHECK);
    let shown = findings.iter().map(|finding| {
        let pupil = school.roster.pupil(finding.pupil.unwrap()).unwrap().id();
        let of = if finding.measure > 1 { format!("/{}", finding.measure) } else { String::new() };
        let first = |word: &str| word.chars().next().unwrap();
        format!("{pupil}{of} {}{}", first(finding.kind), first(finding.confidence.name()))
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[test]
fn initial_and_surname() {
    let school = school();
    for (text, expected) in [
        ("We spoke of J. Smith today", "P1 il"),
        ("J Smith was late", "P1 il"),
        ("about J.Smith today", "P1 il"),
        ("J.E. Smith and J. E. Smith", "P1 il, P1 il"),
        ("Smith, J. was late", "P1 il"),
        ("Smith, J was late", "P1 il"),
        ("Smith J", "P1 il"),
        ("SMITH J 7B", "P1 im"),
        ("SMITH, J. E. (7B)", "P1 im"),
        ("J. Smith (7B) was late", "P1 im"),
        ("the pupil J. Smith was late", "P1 im"),
        ("J. Smith's attendance", "P1 il"),
        ("A. van der Berg was late", "P4 il"),
        ("van der Berg, A.", "P4 il"),
        ("S. O'Reilly and S O\u{2019}Reilly", "P5 il, P5 il"),
        ("D. Rahman-Naylor", "P6 il"),
        // Two pupils of one name; the form tells them apart.
        ("T. Green was late", "P3/2 il"),
        ("T. Green (9A) was late", "P15 im"),
        // Nobody's, or somebody else's.
        ("J.S. and J. S. were late", ""),
        ("K. Smith was late", ""),
        ("j. smith, j smith", ""),
        ("Mr J. Smith and Mrs. J Smith", ""),
        ("Tom J. Smith was late", ""),
        ("J Smith Road is closed", ""),
        ("the J. Smith Cup", ""),
        ("P. Twinn will teach you", ""),
        ("P. Twinn of 11E was late", "P10 im"),
        ("J. Smith, Head of Year 7", ""),
        ("Smith, J. (2019)", ""),
        ("Kind regards,\nJ. Smith", ""),
        ("Smith I think, Young a lot", ""),
        ("Smith, J. Brown", ""),
        ("j.smith@mail.example", ""),
        ("Jane J. Smith", "P1 fh"),
        ("a day, I will, A Field", ""),
        ("O'Brien, T'Green", ""),
    ] {
        assert_eq!(short(&Message::new().body(text), &school), expected, "{text:?}");
    }
}

#[test]
fn forename_and_form() {
    let school = school();
    for (text, expected) in [
        ("Jane in 7B was late", "P1 fl"),
        ("Jane (7B) was late", "P1 fl"),
        ("Jane from 7 b", "P1 fl"),
        ("Jane of form 7B", "P1 fl"),
        ("Jane, 7B, was late", "P1 fl"),
        ("Jane S (7B) was late", "P1 fl"),
        ("Jane S. 7B was late", "P1 fl"),
        ("Jane B (7B) was late", ""),
        ("Jane (Year 7) was late", "P1 fl"),
        ("Jane S in Y7 was late", "P1 fl"),
        ("Jane in Year 8 was late", ""),
        ("in Year 7 Jane was late", ""),
        ("Smith A in Year 7, about Harlow E in Year 12", "P14 il"),
        ("JANE 7B", "P1 fl"),
        ("Ask Jane in 7B", "P1 fl"),
        ("With Jane (7B) we met", "P1 fl"),
        ("Yesterday, Jane in 7B was late", "P1 fl"),
        ("7B Jane was late", "P1 fl"),
        ("7B: Jane", "P1 fl"),
        ("7B's Jane", "P1 fl"),
        ("Janie in Y7B", "P1 fl"),
        ("Anna-Maria in 9D", "P4 fl"),
        ("Liz in 12F", "P14 fl"),
        ("the pupil Jane in 7B", "P1 fm"),
        ("Jane in 7B (DOB 1/2/2013)", "P1 fm"),
        // Nobody's, or somebody else's.
        ("Jane in 7C", ""),
        ("Jane in 7", ""),
        ("Jane and 7B", ""),
        ("jane in 7b", ""),
        ("Tell Mrs Jane (7B)", ""),
        ("Brown, Jane (7B)", ""),
        ("Jane Brown (7B)", ""),
        ("Mary Jane (7B)", ""),
        ("7B Jane Brown", ""),
        ("Jane (7B tutor)", ""),
        ("Jane, 7B tutor", ""),
        ("Jane Smith (7B)", "P1 fh"),
        ("Smith, Jane (7B)", "P1 fh"),
        ("7B Jane Smith", "P1 fh"),
        ("Dear Mrs Brown, Jane in 7B was late", "P1 fl"),
    ] {
        assert_eq!(short(&Message::new().body(text), &school), expected, "{text:?}");
    }
    for (rows, expected) in [
        (&["Name|Form", "Jane|7B", "Alice|8C"][..], "P1 fl, P2 fl"),
        (&["Form|Name", "7B|Jane"], "P1 fl"),
        (&["Jane|Brown|7B"], ""),
        (&["Brown|Jane|7B"], ""),
        (&["Jane|Smith|7B"], "P1 fh"),
        (&["J.|Smith", "Brown|A"], "P1 il, P2 il"),
    ] {
        assert_eq!(short(&Message::new().table(rows), &school), expected, "{rows:?}");
    }
}
