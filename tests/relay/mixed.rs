//! Recipients of one message that get different bytes, or at different times.

use crate::harness::Letter;
use crate::school::{
    AUTHORITY, CONTACT, HEAD_OF_YEAR, HELPLINE, OUTSIDER, PUPIL, Setup, TEACHER, UPN, id, recipients, school,
};

#[test]
fn everybody_gets_one_copy_with_the_right_bytes() {
    let Some(school) = school(&Setup::default()) else { return };
    let second = "second@elsewhere.example";
    let third = "third@elsewhere.example";
    let to = [HEAD_OF_YEAR, CONTACT, OUTSIDER, second, third, AUTHORITY];
    let letter = Letter::plain(TEACHER, &to, "Trip", &format!("{PUPIL} has a place."));
    school.send(&letter);
    for (address, text) in [
        (HEAD_OF_YEAR, PUPIL),
        (CONTACT, PUPIL),
        (AUTHORITY, PUPIL),
        (OUTSIDER, "M.T."),
        (second, "M.T."),
        (third, "M.T."),
    ] {
        let got = school.letter_for(address);
        assert_eq!(got.body(), format!("{text} has a place.\r\n").as_bytes(), "{address}");
    }
    let notice = school.notice(TEACHER, &id(&letter)).text();
    assert!(notice.contains("Sent") && notice.contains("Changed"), "{notice}");
    assert!(!notice.contains("Tewkesbury"));
    assert_eq!(school.sink.received().iter().map(|mail| mail.recipients().len()).sum::<usize>(), 7);
}

#[test]
fn the_largest_group_stays_on_the_relays_own_copy() {
    let Some(school) = school(&Setup::default()) else { return };
    let second = "second@elsewhere.example";
    school.send(&Letter::plain(TEACHER, &[CONTACT, OUTSIDER, second], "Trip", &format!("{PUPIL} has a place.")));
    assert_eq!(school.letter_for(CONTACT).body(), format!("{PUPIL} has a place.\r\n").as_bytes());
    let changed = school.letter_for(OUTSIDER);
    assert_eq!(sorted(changed.recipients()), [second, OUTSIDER]);
    assert_eq!(changed.body(), b"M.T. has a place.\r\n");
    let kept = school.kept();
    assert_eq!(kept.len(), 1);
    assert_eq!(recipients(&kept[0]), [CONTACT]);
}

#[test]
fn authorities_and_helplines_get_everything_unchanged_and_at_once() {
    // Closed all year but for one day that is never today for long: what may wait, waits.
    let setup = Setup::default()
        .with(
            "closed_between_terms = false",
            "closed_between_terms = false\nclosures = [{ from = \"2020-01-01\", to = \"2099-12-31\" }]",
        )
        .with("pack = \"arts-college\"", "pack = \"primary\"");
    let Some(school) = school(&setup) else { return };
    let text = format!("{PUPIL}, UPN {UPN}, told me. The password: Tr4v3l-Owl-9");
    let letter = Letter::plain(TEACHER, &[AUTHORITY, HELPLINE, OUTSIDER], "", &text);
    school.send(&letter);
    let got = school.letter_for(AUTHORITY);
    assert_eq!(sorted(got.recipients()), [HELPLINE, AUTHORITY], "{}", school.logs());
    assert_eq!(got.body(), format!("{text}\r\n").as_bytes());
    assert_eq!(got.header("subject").as_deref(), Some(""));
    assert!(school.sink.received_by(OUTSIDER).is_empty());
    let kept = school.kept();
    assert_eq!(kept.len(), 1);
    assert_eq!(recipients(&kept[0]), [OUTSIDER]);
}

/// Postfix hands recipients on in an order of its own.
fn sorted(mut addresses: Vec<String>) -> Vec<String> {
    addresses.sort();
    addresses
}
