use super::CHECK;
use crate::checks::sample::{Message, school};
use crate::finding::Confidence;
use crate::mail::parts::Place;
use crate::school::School;
use crate::school::roster::Columns;

/// Pupils found, by the school's number, each with a letter for how sure: `P1h P2m`.
fn found(message: &Message, school: &School) -> String {
    let findings = message.find(school, &CHECK);
    let shown = findings.iter().map(|finding| {
        let pupil = school.roster.pupil(finding.pupil.unwrap()).unwrap().id();
        format!("{pupil}{}", finding.confidence.name().get(..1).unwrap())
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn full_names_in_running_text() {
    let school = school();
    for (text, expected) in [
        // Pairs, in every way of writing them.
        ("Jane Smith was late", "P1h"),
        ("JANE SMITH was late", "P1h"),
        ("jane smith was late", "P1m"),
        ("Smith, Jane was late", "P1h"),
        ("SMITH Jane was late", "P1h"),
        ("Smith Jane was late", "P1m"),
        ("SMITH, Jane (7B)", "P1h"),
        ("Smith, Miss Jane", "P1h"),
        ("(Jane Smith),", "P1h"),
        ("Jane Smith's attendance", "P1h"),
        ("Jane Smith\u{2019}s attendance", "P1h"),
        ("Miss Jane Smith", "P1h"),
        ("Janie Smith", "P1h"),
        ("Jane E. Smith", "P1h"),
        ("Jane E Smith", "P1h"),
        ("Jane Elizabeth Smith", "P1h"),
        ("Jane Mary Anne Smith", "P1m"),
        ("Jane Mary Anne Beth Smith", ""),
        ("Jane \"JJ\" Smith", "P1m"),
        ("We spoke about Jane\nSmith yesterday", "P1h"),
        ("We spoke about Jane \n  Smith yesterday", "P1h"),
        ("Ja\u{200b}ne\u{a0}Sm\u{ad}ith", "P1h"),
        ("> Jane Smith was late", "P1h"),
        ("> we spoke of Jane\n> Smith today", "P1h"),
        ("J\u{430}ne Smith", "P1h"),
        // Names of several words.
        ("Anna-Maria van der Berg", "P4h"),
        ("Anna Maria van der Berg", "P4h"),
        ("Annamaria VanDerBerg", "P4h"),
        ("Anna van der Berg", "P4m"),
        ("Anna-Maria Berg", "P4m"),
        ("van der Berg, Anna-Maria", "P4h"),
        ("Siobhan O'Reilly", "P5h"),
        ("Siobh\u{e1}n O\u{2019}Reilly", "P5h"),
        ("Siobhan OReilly", "P5h"),
        ("Siobhan Reilly", ""),
        ("Daisy Rahman-Naylor", "P6h"),
        ("Daisy Rahman Naylor", "P6h"),
        ("Daisy Rahman", "P6m"),
        ("Daisy Naylor", "P6m"),
        ("Zoe Lukaszewicz", "P11h"),
        ("Zoë Łukaszewicz", "P11h"),
        ("Robert Mac Donald", "P12h"),
        ("Bob MacDonald", "P12l"),
        ("Bob MacDonald in 11E", "P12m"),
        ("Thomas Green", "P3l"),
        ("Eliza Harlow", "P14l"),
        ("Robbie Mac", ""),
        // Beside another pupil's full name a short form is surer.
        ("Bob MacDonald and Jane Smith were late", "P12m P1h"),
        // Nobody, or somebody else.
        ("J.S. was late", ""),
        ("JS was late", ""),
        ("Smith was late", ""),
        ("Jane was late", ""),
        ("Jane Brown was late", ""),
        ("Jane Smithers was late", ""),
        ("Maryjane Smith was late", ""),
        ("Mary-Jane Smith was late", "P1l"),
        ("Jane Smith-Jones was late", "P1l"),
        ("Jane went to Mr Smith", ""),
        ("Jane went home. Smith came", ""),
        ("Jane.\n\nSmith", ""),
        ("Jane and Mr Smith", ""),
        ("the corner of Jane Road and Smith Avenue", ""),
        ("Jane saw Smith", ""),
        ("Dear Mr Smith, Jane was late", ""),
        ("Dear Mr and Mrs Smith,\nJane was late", ""),
    ] {
        assert_eq!(found(&Message::new().body(text), &school), expected, "{text:?}");
    }
}

#[test]
fn names_of_two_people_never_mix() {
    let school = school();
    for (text, expected) in [
        ("Tom Brown, Alice Green", ""),
        ("Tom Brown and Alice Green", ""),
        ("TOM BROWN, ALICE GREEN", ""),
        ("Tom Brown; Alice Green", ""),
        ("Jane Smith, Alice Brown, Tom Green", "P1h P2h P3h"),
        ("Smith, Jane, Brown, Alice, Green, Tom", "P1h P2h P3h"),
        ("Smith Jane\nBrown Alice\nGreen Tom", "P1m P2m P3m"),
        ("Jane Green, Smith", ""),
        ("Jane Elizabeth Harlow", "P14h"),
        ("Alice Jane Smith", "P1h"),
        ("Mr T. Brown, Alice is here", ""),
    ] {
        assert_eq!(found(&Message::new().body(text), &school), expected, "{text:?}");
    }
}

#[test]
fn ordinary_words_places_and_twins() {
    let school = school();
    for (text, expected) in [
        ("we had a lovely summer day", ""),
        ("Our Summer Day is on Friday", ""),
        ("Summer Day (10D) was late", "P9h"),
        ("will young people come?", ""),
        ("Will Young people come?", ""),
        ("Will Young (10A) has been late", "P7h"),
        ("we met Will Young", "P7m"),
        ("WE MET WILL YOUNG", ""),
        ("Grace Field has been absent", "P8m"),
        ("we play at Grace Field", "P8l"),
        ("Grace Field Primary School", "P8l"),
        ("the Jane Smith Cup", "P1l"),
        ("Jane Smith house visit", "P1h"),
        ("Peter Twinn will teach you", ""),
        ("Peter Twinn in 11E was late", "P10h"),
        ("the pupil Peter Twinn was late", "P10h"),
        ("Peter Twinn, Head of Year 11", ""),
        ("walk into Grace Field", "P8l"),
        ("meet at the Grace Field campsite", "P8l"),
        ("Summer day is here", ""),
        ("SUMMER DAY DATES", ""),
        ("Dr Jane Smith will see you", "P1l"),
        ("Jane Smith, Sales Manager", "P1l"),
        ("Kind regards\nJane Smith\nCustomer Services, Books Direct", "P1l"),
        ("Jane Smith, who saw the nurse", "P1h"),
        ("From: Jane Smith <jane@firm.example>", "P1l"),
        ("a novel by Jane Smith", "P1l"),
        ("Alice Walker, The Color Purple; Jane Smith, Looking for Alaska", "P1l"),
        ("There will be 9 pupils. The leader is Peter Twinn.", ""),
        ("see https://www.school.example/awards/jane-smith", "P1l"),
        ("see https://other.example/awards/jane-smith", "P1h"),
    ] {
        assert_eq!(found(&Message::new().body(text), &school), expected, "{text:?}");
    }
}

#[test]
fn the_senders_own_name_is_no_pupils() {
    let school = school();
    let signature = "See you on Monday.\n\nKind regards,\n\nPeter Twinn\nTeacher, form tutor of 11E";
    assert_eq!(found(&Message::new().from("p.twinn@school.example").body(signature), &school), "");
    let unlisted = Message::new().from("jane.smith@school.example").body("Regards\nJane Smith\nTeacher of 7B");
    assert_eq!(found(&unlisted, &school), "", "an address that spells the name, outside the directory");
    let about = Message::new().from("p.twinn@school.example").body("Peter Twinn of 11E was late.\nRegards\nP Twinn");
    assert_eq!(found(&about, &school), "P10h", "the pupil of the same name, said to be one");
    let pupil = Message::new().from("jane.smith@pupils.school.example").body("Yours\nJane Smith 7B");
    assert_eq!(found(&pupil, &school), "");
}

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

#[test]
fn rows_forms_and_families() {
    let school = school();
    for (text, expected) in [
        // Brothers and sisters.
        ("Tom and Jane Smith were late", "P1h"),
        ("Has anyone seen Jane Smiths bag", "P1m"),
        // Labels of forms.
        ("Forename(s): Jane    Surname: Smith", "P1h"),
        ("Name of child: Jane\nFamily name: Smith", "P1h"),
        ("Legal forename\nJane\nLegal surname\nSmith", "P1h"),
        ("Surname\tSmith\nForename\tJane", "P1h"),
        ("Last: Smith First: Jane", "P1h"),
        ("Name: Jane\nSurname: Smith", "P1h"),
        ("Forename: Jane Elizabeth\nSurname: Smith", "P1h"),
        ("Forename: Jane\nSurname: Brown", ""),
        ("the name Jane was chosen; the surname Smith is common", ""),
        // Tables as text.
        ("Smith | 7B | Jane", "P1h"),
        ("7B,Smith,Jane", "P1h"),
        ("Smith,7B,Jane", "P1h"),
        ("Smith,8C,Jane", ""),
        // Registers of others.
        ("Hutchinson Jane\nSmith Alice", ""),
    ] {
        assert_eq!(found(&Message::new().body(text), &school), expected, "{text:?}");
    }
    let siblings = "id,forename,surname,form\nA,Amber,Dunwoody,7C\nB,Joel,Dunwoody,10A\nC,Esme,Dunwoody,8B\n";
    let (roster, _) = crate::school::roster::Roster::read(siblings.as_bytes(), &Columns::default(), "r");
    let family = School { roster, ..School::default() };
    for (text, expected) in [
        ("Amber and Joel Dunwoody will be away", "Am Bh"),
        ("Amber & Joel Dunwoody", "Am Bh"),
        ("Amber/Joel Dunwoody", "Am Bh"),
        ("Esme, Amber and Joel Dunwoody", "Cm Am Bh"),
        ("Joel (10A) and Amber (7C) Dunwoody", "Bm Ah"),
        ("Dunwoody, Amber and Joel", "Ah Bm"),
        ("The Dunwoody children (Esme, Amber and Joel)", "Cm Am Bm"),
        ("Dunwoody: Esme 8B, Amber 7C, Joel 10A", "Cm Am Bm"),
        ("the Dunwoody twins, Amber and Joel", "Am Bm"),
        ("Amber and Dunwoody", ""),
        ("amber and Joel Dunwoody", "Bh"),
    ] {
        assert_eq!(found(&Message::new().body(text), &family), expected, "{text:?}");
    }
    for (rows, expected) in [
        (&["Smith|7B|Jane"][..], "P1h"),
        (&["Smith|F|Jane"], "P1h"),
        (&["Jane\nSmith|x"], "P1h"),
        (&["Time|Pupil|Teacher", "17:05|Jane|Smith"], ""),
    ] {
        assert_eq!(found(&Message::new().table(rows), &school), expected, "{rows:?}");
    }
}

#[test]
fn joined_forms_in_names_of_files_and_links() {
    let school = school();
    for (place, text, expected) in [
        (Place::FileName, "JaneSmith.docx", "P1m"),
        (Place::FileName, "janesmith.docx", "P1m"),
        (Place::FileName, "jane_smith-report.docx", "P1h"),
        (Place::FileName, "jane.smith.docx", "P1h"),
        (Place::FileName, "Smith_Jane_2025.docx", "P1m"),
        (Place::FileName, "ReportJaneSmithFinal.docx", "P1m"),
        (Place::FileName, "SmithJaneReport.docx", "P1m"),
        (Place::FileName, "janesmithreport.docx", "P1l"),
        (Place::FileName, "analeeks.docx", "P13l"),
        (Place::FileName, "analysis.docx", ""),
        (Place::FileName, "summer_day.jpg", ""),
        (Place::Body, "https://drive.example/x/JaneSmith-7B", "P1m"),
        (Place::Body, "https://drive.example/x/jane%20smith", "P1h"),
        (Place::Body, "see #JaneSmithWins", "P1m"),
        (Place::Body, "write to jane.smith@mail.example", "P1h"),
        (Place::Body, "an analeeky word, janesmithing", ""),
    ] {
        assert_eq!(found(&Message::new().piece(place, text), &school), expected, "{text:?}");
    }
}

#[test]
fn names_in_tables() {
    let school = school();
    for (rows, expected) in [
        (&["Forename|Surname|Form", "Jane|Smith|7B", "Alice|Brown|8C"][..], "P1h P2h"),
        (&["Surname|Forename", "Smith|Jane", "Brown|Alice"], "P1h P2h"),
        (&["Jane|Elizabeth|Smith"], "P1h"),
        (&["Jane||Smith"], "P1h"),
        (&["Jane|Mary|Smith"], ""),
        (&["Tom|Brown|Alice|Green"], ""),
        (&["Jane", "Smith"], "P1h"),
        (&["Green", "Tom"], "P3m"),
        (&["Tom|Brown", "Alice|Green"], ""),
        (&["Anna-Maria|van der Berg"], "P4h"),
    ] {
        assert_eq!(found(&Message::new().table(rows), &school), expected, "{rows:?}");
    }
}

#[test]
fn headers_and_mailboxes() {
    let school = school();
    for (name, text, expected) in [
        ("subject", "Jane Smith", "P1h"),
        ("x-note", "about Jane Smith", "P1h"),
        ("to", "Jane Smith <jane.smith@pupils.school.example>", ""),
        ("to", "\"Smith, Jane\" <jane.smith@pupils.school.example>", ""),
        ("to", "jane.smith@pupils.school.example, other@mail.example", ""),
        ("to", "Jane Smith <jane.smith@mail.example>", "P1l P1l"),
        ("to", "Family of Jane Smith <home@mail.example>", "P1h"),
        ("from", "Peter Twinn <p.twinn@school.example>", ""),
    ] {
        assert_eq!(found(&Message::new().header(name, text), &school), expected, "{name}: {text}");
    }
    let apart = Message::new().header("subject", "News of Jane").body("Smith was late");
    assert_eq!(found(&apart, &school), "", "two pieces");
}

#[test]
fn a_finding_says_where_and_shows_no_name() {
    let school = school();
    let message = Message::new().header("subject", "News").body("Hello\n\n> J\u{430}ne Smith was late");
    let findings = message.find(&school, &CHECK);
    let [finding] = findings.as_slice() else { panic!("one finding") };
    let span = finding.span.clone().unwrap();
    assert_eq!(message.tree.text.get(span.start as usize..span.end as usize).unwrap(), "J\u{430}ne Smith");
    assert_eq!((finding.place, finding.piece, finding.line), (Some(Place::Body), Some(1), Some(3)));
    assert!(finding.quoted && finding.disguised && !finding.hidden);
    assert_eq!(finding.masked.as_str(), "J••• S••••");
    assert_eq!(finding.confidence, Confidence::High);
}

#[test]
fn a_hostile_text_takes_linear_time_and_bounded_memory() {
    let school = school();
    for unit in [
        "Jane Smith ",
        "Jane\nSmith ",
        "jane ",
        "Smith, ",
        "JaneSmith",
        "jaNe",
        "Anna-Maria van der ",
        "\u{301}",
        "J. ",
    ] {
        let message =
            Message::new().body(&unit.repeat(60_000 / unit.len())).piece(Place::FileName, &unit.repeat(5_000));
        let findings = message.find(&school, &CHECK);
        assert!(findings.len() <= super::MOST + 100, "{unit:?}");
    }
}
