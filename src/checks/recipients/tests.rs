use super::CHECK;
use crate::checks::pupil_names;
use crate::checks::sample::{Message, school};
use crate::finding::Finding;

fn kinds(findings: &[Finding]) -> String {
    let recipients = findings.iter().filter(|finding| finding.check == CHECK.name && finding.recipient.is_some());
    let shown = recipients.map(|finding| format!("{}:{}", finding.kind, finding.confidence.name().get(..1).unwrap()));
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn what_a_recipient_is() {
    let school = school();
    for (from, to, expected) in [
        ("r.marlow@school.example", "office@school.example", ""),
        ("r.marlow@school.example", "someone@work.example", ""),
        ("r.marlow@school.example", "someone@mail.example", "personal_mail:h"),
        ("r.marlow@school.example", "<Someone@SUB.Mail.Example>", "personal_mail:h"),
        // The sender's own.
        ("r.marlow@school.example", "ruthm@home.example", "own_personal_address:h"),
        ("ruth.marlow@school.example", "ruthm@home.example", "own_personal_address:h"),
        ("p.twinn@school.example", "ruthm@home.example", ""),
        ("r.marlow@school.example", "ruth.marlow77@mail.example", "personal_mail:h own_personal_address:h"),
        ("r.marlow@school.example", "marlowruth@mail.example", "personal_mail:h own_personal_address:h"),
        ("r.marlow@school.example", "rmarlow@mail.example", "personal_mail:h own_personal_address:m"),
        ("r.marlow@school.example", "ruth.marlow@work.example", ""),
        ("r.marlow@school.example", "tom.marlow@mail.example", "personal_mail:h"),
        ("iris.vale@school.example", "irisvale@mail.example", "personal_mail:h own_personal_address:h"),
        ("head@school.example", "head@mail.example", "personal_mail:h own_personal_address:m"),
        // A pupil's.
        ("r.marlow@school.example", "jsm@home.example", "pupil_private_address:h"),
        ("r.marlow@school.example", "jane.smith09@mail.example", "personal_mail:h pupil_private_address:m"),
        ("r.marlow@school.example", "smithjane@mail.example", "personal_mail:h pupil_private_address:m"),
        ("r.marlow@school.example", "jane.smith@work.example", ""),
        ("r.marlow@school.example", "jsmith@mail.example", "personal_mail:h"),
        ("r.marlow@school.example", "peter.twinn@mail.example", "personal_mail:h pupil_private_address:l"),
        ("p.twinn@school.example", "peter.twinn@mail.example", "personal_mail:h own_personal_address:h"),
        // A contact of a pupil may be called anything.
        ("r.marlow@school.example", "mum.smith@mail.example", "personal_mail:h"),
        // A slip.
        ("r.marlow@school.example", "someone@gmial.com", "lookalike_domain:m"),
        ("r.marlow@school.example", "office@schol.example", "lookalike_domain:m"),
    ] {
        let findings = Message::new().from(from).to(&[to]).find(&school, &CHECK);
        assert_eq!(kinds(&findings), expected, "{from} to {to}");
    }
}

#[test]
fn mail_about_one_pupil_to_the_contact_of_another() {
    let school = school();
    for (text, to, expected) in [
        ("Jane Smith was late", "mum.smith@mail.example", ""),
        ("Jane Smith was late", "nurse@clinic.example", ""),
        ("Jane Smith was late", "brown@mail.example", "other_contact"),
        ("Jane Smith and Alice Brown were late", "brown@mail.example", ""),
        ("Jane was late", "brown@mail.example", ""),
        ("Jane Smith was late", "someone@mail.example", ""),
        ("Tom Green was late", "other.green@mail.example", ""),
        ("Tom Green was late", "green@mail.example", ""),
        ("the Jane Smith Cup", "brown@mail.example", ""),
    ] {
        let message = Message::new().to(&["office@school.example", to]).body(text);
        let mut findings = Vec::new();
        message.add(&school, &pupil_names::CHECK, &mut findings);
        message.add(&school, &CHECK, &mut findings);
        let found: Vec<_> =
            findings.iter().filter(|f| f.kind == "other_contact").map(|f| (f.kind, f.recipient)).collect();
        let expected: Vec<_> = if expected.is_empty() { Vec::new() } else { vec![(expected, Some(1))] };
        assert_eq!(found, expected, "{text:?} to {to}");
    }
}

#[test]
fn outside_recipients_are_counted() {
    let school = school();
    let counts = |message: &Message| -> Vec<(&str, u64)> {
        let findings = message.find(&school, &CHECK);
        findings.iter().filter(|f| f.recipient.is_none()).map(|f| (f.kind, f.measure)).collect()
    };
    let inside = Message::new().to(&["office@school.example"]).header("to", "office@school.example");
    assert_eq!(counts(&inside), []);
    let several = Message::new()
        .to(&["a@work.example", "A@work.example", "b@work.example", "office@school.example"])
        .header("to", "a@work.example, \"B, C\" <b@work.example>, A@WORK.example")
        .header("cc", "office@school.example; duty@agency.example");
    assert_eq!(counts(&several), [("outside_count", 2), ("visible_outside", 2)]);
    let blind = Message::new().to(&["a@work.example", "b@work.example"]).header("to", "undisclosed-recipients:;");
    assert_eq!(counts(&blind), [("outside_count", 2)]);
}
