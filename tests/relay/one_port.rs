//! One port for senders and for what exeat hands in: a mark lets released mail pass, once.

use crate::harness::{Letter, wait_until};
use crate::school::{HEAD_OF_YEAR, LONG, OUTSIDER, PUPIL, Setup, TEACHER, UPN, id, letter, school};

const MARK: &str = "X-Exeat-Release";

#[test]
fn a_mark_lets_released_mail_pass_once_and_no_other_ever() {
    let setup = Setup { one_port: true, ..Setup::default() }
        .with("per_minute = 600", "per_minute = 600\none_port = true")
        .with("unknown_source = \"reject\"", "unknown_source = \"judge_as_staff\"");
    let Some(school) = school(&setup) else { return };
    let text = format!("The UPN is {UPN}.");
    let numbers = Letter::plain(HEAD_OF_YEAR, &[OUTSIDER], "Numbers", &text);
    school.send(&numbers);
    // The notice comes by the same way, and is not judged as mail of a member of staff.
    let notice = school.notice(HEAD_OF_YEAR, &id(&numbers));
    assert_eq!(notice.header(MARK), None);
    let seen = school.proxy.watch();
    school.release(&school.kept_as("held")[0]["reference"]);
    let got = school.letter_for(OUTSIDER);
    assert_eq!(got.body(), format!("{text}\r\n").as_bytes());
    assert_eq!(got.header(MARK), None, "{}", got.text());
    assert!(wait_until(LONG, || school.exeat.command(&["held", "list"]).1.contains("Nothing waits")));

    // Whoever saw the mark on the way and sends the same message with it again is judged.
    let mark = seen.header(MARK).expect("the released message bore a mark");
    let marked = |mark: &str, to: &str, body: &str| {
        let rest = format!("{MARK}: {mark}\nContent-Type: text/plain; charset=utf-8\n\n{body}\n");
        letter(TEACHER, &[to], "Numbers", &rest)
    };
    let forged = mark.replace(|c: char| c.is_ascii_digit(), "7");
    let cases = [
        (mark.as_str(), OUTSIDER),
        (mark.as_str(), "other@elsewhere.example"),
        (forged.as_str(), OUTSIDER),
        ("x", OUTSIDER),
        ("", OUTSIDER),
    ];
    for (number, (mark, to)) in cases.into_iter().enumerate() {
        school.send(&marked(mark, to, &text));
        assert_eq!(school.kept_as("held").len(), number + 1, "{number}\n{}", school.logs());
    }
    // It goes no further, on what is relayed and on what is changed.
    school.send(&marked(&mark, "plain@elsewhere.example", "At noon."));
    school.send(&marked(&mark, "names@elsewhere.example", &format!("{PUPIL} has a place.")));
    for (to, body) in
        [("plain@elsewhere.example", "At noon.\r\n"), ("names@elsewhere.example", "M.T. has a place.\r\n")]
    {
        let got = school.letter_for(to);
        assert_eq!(got.header(MARK), None, "{to}");
        assert_eq!(got.body(), body.as_bytes());
    }
    assert_eq!(school.sink.received_by(OUTSIDER).len(), 1);
}
