//! One letter of each outcome, and those that Sendmail shows differently than Postfix does.

use crate::harness::{Letter, Smtp, wait_until};
use crate::relay::{LONG, school};
use crate::signer::MARK;

const HEAD_OF_YEAR: &str = "h.pemberton@school.example";
const TEACHER: &str = "t.asquith@school.example";
const OUTSIDER: &str = "someone@elsewhere.example";
const PUPIL: &str = "Marigold Tewkesbury";
const UPN: &str = "H801200001001";

/// A letter whose fields and body behind the usual ones are given.
fn letter(from: &str, to: &[&str], subject: &str, rest: &str) -> Letter {
    let head = String::from_utf8(Letter::plain(from, to, subject, "").data).unwrap();
    let head = head.split("MIME-Version").next().unwrap();
    Letter::new(from, to, format!("{head}MIME-Version: 1.0\r\n{}", rest.replace('\n', "\r\n")))
}

#[test]
fn what_is_all_right_passes_byte_for_byte_and_is_signed_behind_exeat() {
    let Some(school) = school(&[]) else { return };
    let rest = "X-Folded: one\n\ttwo\nX-Many: 1\nX-Many: 2\nX-Empty:\nX-Tight:value\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n.At noon, Ca\u{f1}on.\n..\n\n\n";
    let mut plain = letter(TEACHER, &[OUTSIDER], "Minutes", rest);
    plain.parameters = "BODY=8BITMIME".to_owned();
    school.send(&plain);
    let got = school.letter_for(OUTSIDER);
    assert_eq!(got.body(), ".At noon, Ca\u{f1}on.\r\n..\r\n\r\n\r\n".as_bytes(), "{}", got.text());
    for line in ["X-Folded: one\r\n\ttwo\r\n", "X-Many: 1\r\n", "X-Many: 2\r\n", "X-Tight:"] {
        assert!(got.text().contains(line), "{line:?}\n{}", got.text());
    }
    assert_eq!(got.header(MARK).as_deref(), Some("yes"));
    assert_eq!(school.signer.seen(), 1);
}

#[test]
fn names_become_initials_in_fields_and_text_of_every_encoding() {
    let Some(school) = school(&[]) else { return };
    let begin = "Content-Type: text/plain; charset=utf-8\n";
    let cases = [
        ("plain", format!("{begin}\n{PUPIL} has a place.\n"), "M.T. has a place.\r\n"),
        (
            "base64",
            format!("{begin}Content-Transfer-Encoding: base64\n\nTWFyaWdvbGQgVGV3a2VzYnVyeSBoYXMgYSBwbGFjZS4NCg==\n"),
            "TS5ULiBoYXMgYSBwbGFjZS4NCg==\r\n",
        ),
        // The last of many fields of one name changes and the others do not.
        ("fields", format!("X-Many: 1\nX-Many: 2\nThread-Topic: {PUPIL}\n{begin}\nAt noon.\n"), "At noon.\r\n"),
    ];
    for (name, rest, body) in cases {
        let to = format!("{name}@elsewhere.example");
        school.send(&letter(TEACHER, &[&to], &format!("{PUPIL} and the trip"), &rest));
        let got = school.letter_for(&to);
        assert_eq!(String::from_utf8_lossy(&got.body()), body, "{name}\n{}", school.log());
        assert_eq!(got.header("subject").as_deref(), Some("M.T. and the trip"), "{name}");
        assert!(!got.text().contains("Tewkesbury"), "{name}\n{}", got.text());
        assert_eq!(got.header(MARK).as_deref(), Some("yes"), "{name}");
        assert_eq!(got.text().matches("Subject:").count(), 1, "{name}\n{}", got.text());
    }
    assert!(school.notice(TEACHER).contains("Changed"));
}

#[test]
fn what_is_held_goes_out_once_it_is_released_past_exeat_and_through_the_signer() {
    let Some(school) = school(&[]) else { return };
    let text = format!("The UPN is {UPN}.");
    school.send(&Letter::plain(HEAD_OF_YEAR, &[OUTSIDER], "Numbers", &text));
    let held = school.held();
    assert_eq!(held.len(), 1, "{}", school.log());
    let notice = school.notice(HEAD_OF_YEAR);
    assert!(notice.contains(&held[0]) && !notice.contains(UPN), "{notice}");
    assert!(school.sink.received_by(OUTSIDER).is_empty());
    let (code, said) = school.exeat.command(&["held", "release", &held[0], "--reason", "agreed"]);
    assert_eq!(code, 0, "{said}");
    let got = school.letter_for(OUTSIDER);
    assert_eq!(got.body(), format!("{text}\r\n").as_bytes());
    assert_eq!(got.header(MARK).as_deref(), Some("yes"));
    assert!(got.from.starts_with(&format!("<{HEAD_OF_YEAR}>")), "{}", got.from);
    assert!(school.held().is_empty());
    // Held, notice, released: exeat judged one of the three.
    let judged = school.exeat.metric("exeat_messages_total{class=\"staff\",direction=\"outgoing\",verdict=\"hold\"}");
    assert_eq!(judged, Some(1.0), "{}", school.log());
}

#[test]
fn recipients_are_taken_off_and_moved_out_of_sight() {
    let Some(school) = school(&[]) else { return };
    let own = "Harriet.Pemberton@mail.example";
    school.send(&Letter::plain(HEAD_OF_YEAR, &[TEACHER, own, OUTSIDER], "Marking", "For the weekend."));
    assert_eq!(school.letter_for(OUTSIDER).recipients().len(), 2, "{}", school.log());
    assert_eq!(school.held().len(), 1);
    assert!(school.sink.received_by(own).is_empty());

    let to: Vec<String> = (0..7).map(|number| format!("parent{number}@home{number}.example")).collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    school.send(&Letter::plain(TEACHER, &to, "News", "The fair is on Saturday."));
    let got = school.letter_for(to[0]);
    let head = got.text().split("\r\n\r\n").next().unwrap().to_owned();
    assert!(to.iter().all(|address| !head.contains(address)), "{head}");
    assert_eq!(got.body(), b"The fair is on Saturday.\r\n");
    let mut reached: Vec<String> = school
        .sink
        .received()
        .iter()
        .flat_map(super::harness::Delivered::recipients)
        .filter(|to| to.starts_with("parent"))
        .collect();
    reached.sort();
    assert_eq!(reached, to, "each of them once");
}

#[test]
fn what_is_refused_is_refused_in_exeats_words_and_nothing_leaves_while_it_is_away() {
    let Some(mut school) = school(&[("pack = \"arts-college\"", "pack = \"primary\"")]) else { return };
    let program = "Content-Type: multipart/mixed; boundary=b1\n\n--b1\nContent-Type: text/plain\n\nHere.\n--b1\nContent-Type: application/octet-stream; name=tool.txt\nContent-Disposition: attachment; filename=tool.txt\nContent-Transfer-Encoding: base64\n\nTVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nAAAAAAAAAAAAAAAAgAAAAFBFAABMAQMA\n--b1--\n";
    let (code, text) = school.submit(&letter(TEACHER, &[OUTSIDER], "Tool", program));
    assert_eq!(code, 550, "{text}\n{}", school.log());
    assert!(text.contains("5.7.1") && text.contains("Program files"), "{text}");
    school.exeat.kill();
    let plain = Letter::plain(TEACHER, &[OUTSIDER], "Minutes", "At noon.");
    let (code, text) = school.submit(&plain);
    assert_eq!(code, 451, "{text}");
    school.exeat.run();
    assert!(wait_until(LONG, || school.submit(&plain).0 == 250), "{}", school.log());
    // This policy adds a disclaimer.
    assert!(school.letter_for(OUTSIDER).body().starts_with(b"At noon.\r\n"));
}

#[test]
fn several_messages_on_one_connection_and_one_given_up() {
    let Some(school) = school(&[]) else { return };
    let mut smtp = Smtp::connect(school.port, "").unwrap();
    let text = format!("{PUPIL} has a place.");
    for (to, text) in [("first@elsewhere.example", text.as_str()), ("second@elsewhere.example", "At noon.")] {
        let (code, said) = smtp.send(&Letter::plain(TEACHER, &[to], "Trip", text)).unwrap();
        assert_eq!(code, 250, "{said}");
        // Sendmail says nothing to its filters of a message that is given up here.
        smtp.command(&format!("MAIL FROM:<{HEAD_OF_YEAR}>")).unwrap();
        smtp.command("RCPT TO:<never@elsewhere.example>").unwrap();
        assert_eq!(smtp.command("RSET").unwrap().0, 250);
    }
    assert_eq!(
        smtp.send(&Letter::plain(TEACHER, &[OUTSIDER], "Numbers", &format!("The UPN is {UPN}."))).unwrap().0,
        250
    );
    assert_eq!(school.letter_for("first@elsewhere.example").body(), b"M.T. has a place.\r\n");
    assert_eq!(school.letter_for("second@elsewhere.example").body(), b"At noon.\r\n");
    assert_eq!(school.held().len(), 1, "{}", school.log());
    assert!(school.sink.received_by("never@elsewhere.example").is_empty());
}

#[test]
fn twenty_megabytes_are_changed_and_nothing_else_in_them() {
    let Some(school) = school(&[]) else { return };
    let line = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    let attached = format!(
        "--b1\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n{}--b1--\r\n",
        line.repeat((20 << 20) / line.len())
    );
    let begin = "--b1\r\nContent-Type: text/plain\r\n\r\n";
    let kind = "Content-Type: multipart/mixed; boundary=b1\n\n";
    let mut large =
        letter(TEACHER, &[OUTSIDER], "News", &format!("{kind}{begin}{PUPIL} has a place.\n").replace('\r', ""));
    large.data.extend_from_slice(attached.as_bytes());
    school.send(&large);
    let got = school.letter_for(OUTSIDER);
    assert!(got.body() == format!("{begin}M.T. has a place.\r\n{attached}").as_bytes(), "the bytes differ");
    assert_eq!(got.header(MARK).as_deref(), Some("yes"));
}
