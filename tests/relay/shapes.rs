//! Messages of every shape: several on one connection, eight bits, other alphabets in addresses, huge ones, empty ones.

use crate::harness::{Letter, Smtp, wait_until};
use crate::school::{CONTACT, HEAD_OF_YEAR, LONG, OUTSIDER, PUPIL, Setup, TEACHER, UPN, letter, recipients, school};

#[test]
fn two_messages_on_one_connection_are_judged_each_by_itself() {
    let Some(school) = school(&Setup::default()) else { return };
    let mut smtp = Smtp::connect(school.relay.port_in, TEACHER).unwrap();
    let first = Letter::plain(TEACHER, &["first@elsewhere.example"], "Trip", &format!("{PUPIL} has a place."));
    let second = Letter::plain(TEACHER, &["second@elsewhere.example"], "Numbers", &format!("The UPN is {UPN}."));
    let third = Letter::plain(TEACHER, &["third@elsewhere.example"], "Minutes", "At noon.");
    for letter in [&first, &second] {
        let (code, text) = smtp.send(letter).unwrap();
        assert_eq!(code, 250, "{text}");
    }
    // One that its sender gave up on leaves nothing behind.
    smtp.command(&format!("MAIL FROM:<{TEACHER}>")).unwrap();
    smtp.command("RCPT TO:<fourth@elsewhere.example>").unwrap();
    smtp.command("RSET").unwrap();
    assert_eq!(smtp.send(&third).unwrap().0, 250);
    assert_eq!(school.letter_for("first@elsewhere.example").body(), b"M.T. has a place.\r\n");
    assert_eq!(school.letter_for("third@elsewhere.example").body(), b"At noon.\r\n");
    let held = school.kept_as("held");
    assert_eq!(held.len(), 1);
    assert_eq!(recipients(&held[0]), ["second@elsewhere.example"]);
    assert!(school.sink.received_by("fourth@elsewhere.example").is_empty());
}

#[test]
fn a_recipient_that_stands_twice_gets_one_copy() {
    let Some(school) = school(&Setup::default()) else { return };
    let own = "t.asquith@mail.example";
    let text = format!("{PUPIL} has a place.");
    // The one that is changed and the one that is not, each twice; and in other letters.
    let to = [OUTSIDER, CONTACT, OUTSIDER, CONTACT, "Someone@Elsewhere.example", "third@elsewhere.example"];
    school.send(&Letter::plain(TEACHER, &to, "Trip", &text));
    assert_eq!(school.letter_for(CONTACT).body(), format!("{text}\r\n").as_bytes());
    let got = school.letter_for("third@elsewhere.example");
    assert_eq!(got.body(), b"M.T. has a place.\r\n");
    for spelling in [OUTSIDER, "Someone@Elsewhere.example"] {
        let copies = school
            .sink
            .received()
            .iter()
            .flat_map(crate::harness::Delivered::recipients)
            .filter(|to| to == spelling)
            .count();
        assert!(copies <= 1, "{spelling}: {copies}\n{}", school.logs());
    }
    school.send(&Letter::plain(TEACHER, &[own, own], "Numbers", &format!("The UPN is {UPN}.")));
    let held = school.kept_as("held");
    assert_eq!(held.len(), 1);
    school.release(&held[0]["reference"]);
    let got = school.letter_for(own);
    assert_eq!(got.recipients(), [own]);
    // One that waits stands twice among those that do not.
    let private = "harriet.pemberton@mail.example";
    let to = [private, "fourth@elsewhere.example", private];
    school.send(&Letter::plain(HEAD_OF_YEAR, &to, "Marking", "For the weekend."));
    assert_eq!(school.letter_for("fourth@elsewhere.example").recipients().len(), 1);
    assert!(school.sink.received_by(private).is_empty());
}

#[test]
fn bytes_beyond_ascii_come_through_as_they_are() {
    let Some(school) = school(&Setup::default()) else { return };
    // Text in eight bits, unlabelled, with a name in it that must change.
    let mut letter = Letter::plain(TEACHER, &["eight@elsewhere.example"], "Caf\u{e9}", "");
    letter.parameters = "BODY=8BITMIME".to_owned();
    let latin = String::from_utf8(letter.data.clone()).unwrap().replace("charset=utf-8", "charset=iso-8859-1");
    letter.data = latin.into_bytes();
    letter.data.extend_from_slice(b"Caf\xe9 with Marigold Tewkesbury at three.\r\n");
    school.send(&letter);
    let got = school.letter_for("eight@elsewhere.example");
    assert!(got.body().ends_with(b"Caf\xe9 with M.T. at three.\r\n"), "{}", got.text());
    assert_eq!(got.header("subject").as_deref(), Some("Caf\u{e9}"));
    assert!(got.from.contains("BODY=8BITMIME"), "{}", got.from);

    // Addresses in another alphabet, on the relay's own copy and by way of the store.
    let address = "\u{65e5}\u{672c}@elsewhere.example";
    for (subject, text) in [("One", "At noon.".to_owned()), ("Two", format!("The UPN is {UPN}."))] {
        let mut letter = Letter::plain(TEACHER, &[address], subject, &text);
        letter.parameters = "SMTPUTF8 BODY=8BITMIME".to_owned();
        school.send(&letter);
    }
    let held = school.kept_as("held");
    assert_eq!(held.len(), 1, "{}", school.logs());
    school.release(&held[0]["reference"]);
    let got = school.sink.wait_for(2, LONG, |mail| mail.recipients() == [address]);
    assert_eq!(got.len(), 2, "{}", school.logs());
    assert!(got.iter().all(|mail| mail.from.contains("SMTPUTF8")), "{got:?}");
}

#[test]
fn what_the_sender_asked_of_the_delivery_survives_the_store() {
    let Some(school) = school(&Setup::default()) else { return };
    let mut smtp = Smtp::connect(school.relay.port_in, TEACHER).unwrap();
    for line in [
        format!("MAIL FROM:<{TEACHER}> RET=HDRS ENVID=QQ314159"),
        format!("RCPT TO:<{OUTSIDER}> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;{OUTSIDER}"),
    ] {
        assert_eq!(smtp.command(&line).unwrap().0, 250);
    }
    let letter = Letter::plain(TEACHER, &[OUTSIDER], "Numbers", &format!("The UPN is {UPN}."));
    assert_eq!(smtp.command("DATA").unwrap().0, 354);
    let (code, text) = smtp.command(&format!("{}.", String::from_utf8(letter.data).unwrap())).unwrap();
    assert_eq!(code, 250, "{text}");
    school.release(&school.kept_as("held")[0]["reference"]);
    let got = school.letter_for(OUTSIDER);
    assert!(got.from.contains("RET=HDRS") && got.from.contains("ENVID=QQ314159"), "{}", got.from);
    assert!(got.to[0].contains("NOTIFY=SUCCESS,FAILURE") && got.to[0].contains("ORCPT=rfc822;"), "{:?}", got.to);
}

#[test]
fn twenty_five_megabytes_are_judged_changed_kept_and_released() {
    let Some(school) = school(&Setup::default()) else { return };
    // An attachment, in a letter that is changed; and text, more than is read of any letter.
    let base64 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    let base64 = base64.repeat((25 << 20) / base64.len());
    let attached = format!(
        "\r\n--b1\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64}--b1--\r\n"
    );
    let text = "This line stands in the newsletter and says nothing that anybody would mind reading.\r\n";
    let text = text.repeat((25 << 20) / text.len());
    let (whole, initials) = (format!("{PUPIL} has a place."), "M.T. has a place.".to_owned());
    let begin = "--b1\r\nContent-Type: text/plain\r\n\r\n";
    for (to, kind, begin, first, comes, bulk) in [
        ("changed@elsewhere.example", "multipart/mixed; boundary=b1", begin, &whole, &initials, &attached),
        ("held@elsewhere.example", "text/plain", "", &whole, &whole, &text),
    ] {
        let mut letter = letter(TEACHER, &[to], "News", &format!("Content-Type: {kind}\n\n{begin}{first}"));
        letter.data.extend_from_slice(bulk.as_bytes());
        school.send(&letter);
        if to.starts_with("held") {
            let held = school.kept_as("held");
            assert_eq!(held.len(), 1, "{}", school.logs());
            assert!(held[0]["rules"].to_string().contains("unreadable"), "{}", held[0]);
            school.release(&held[0]["reference"]);
        }
        let got = school.letter_for(to);
        assert!(got.body() == format!("{begin}{comes}{bulk}").as_bytes(), "{to}: the bytes differ");
    }
    let left = || std::fs::read_dir(school.dir.path().join("state/spool")).unwrap().count();
    assert!(wait_until(LONG, || left() == 0), "spool files were left behind");
}

#[test]
fn odd_heads_bodies_and_senders_are_judged_too() {
    let Some(school) = school(&Setup::default()) else { return };
    let fields: String = (0..10_000).fold(String::new(), |all, number| all + &format!("X-Line-{number}: {number}\r\n"));
    let usual = format!("From: <{TEACHER}>\r\nSubject: Odd\r\n");
    let cases: [(&str, String, &str); 6] = [
        ("no-head", "\r\nAt noon.\r\n".to_owned(), "At noon.\r\n"),
        ("no-body", usual.clone(), ""),
        ("empty-body", format!("{usual}\r\n"), ""),
        ("nothing", String::new(), ""),
        ("many-fields", format!("{usual}{fields}\r\nAt noon.\r\n"), "At noon.\r\n"),
        ("dots", format!("{usual}\r\n.\r\n..\r\n.At noon.\r\n"), ".\r\n..\r\n.At noon.\r\n"),
    ];
    for (name, data, body) in cases {
        let to = format!("{name}@elsewhere.example");
        let (code, text) = school.submit(&Letter::new(TEACHER, &[&to], data));
        assert_eq!(code, 250, "{name} {text}\n{}", school.exeat.log());
        let got = school.letter_for(&to);
        assert_eq!(String::from_utf8_lossy(&got.body()), body, "{name}");
        assert!(name != "many-fields" || got.header("x-line-9999").as_deref() == Some("9999"));
    }
    // The last of ten thousand fields changes, and only it.
    let many = format!("{usual}{fields}Thread-Topic: {PUPIL}\r\n\r\nAt noon.\r\n");
    school.send(&Letter::new(TEACHER, &["topic@elsewhere.example"], many));
    let got = school.letter_for("topic@elsewhere.example");
    assert_eq!(got.header("thread-topic").as_deref(), Some("M.T."));
    assert!(got.text().contains(&fields), "other fields changed");
    // Without a head there are names all the same.
    school.send(&Letter::new(TEACHER, &["headless@elsewhere.example"], format!("\r\n{PUPIL} has a place.\r\n")));
    assert_eq!(school.letter_for("headless@elsewhere.example").body(), b"M.T. has a place.\r\n");
    // A null sender is nobody to be told, and judged all the same.
    let mut letter = Letter::plain("", &["null@elsewhere.example"], "Numbers", &format!("The UPN is {UPN}."));
    letter.login = TEACHER.to_owned();
    school.send(&letter);
    let held = school.kept_as("held");
    assert_eq!(held.len(), 1, "{}", school.logs());
    assert!(school.sink.received_by("null@elsewhere.example").is_empty());
    school.release(&held[0]["reference"]);
    assert!(school.letter_for("null@elsewhere.example").from.starts_with("<>"));
}
