//! Changes in every encoding, changes that must not be made, and messages that come again.

use crate::harness::{Delivered, Letter, root, send, wait_until};
use crate::killing::{signal_all, workers};
use crate::school::{
    AUTHORITY, CONTACT, HEAD_OF_YEAR, LONG, OUTSIDER, PUPIL, Setup, TEACHER, UPN, id, letter, recipients, school,
};
use std::thread;
use std::time::Duration;

#[test]
fn a_change_keeps_charset_encoding_and_every_other_byte() {
    let Some(school) = school(&Setup::default()) else { return };
    let cases = [
        // Subject, fields and body; what comes out.
        (
            "encoded-words",
            "=?iso-8859-1?Q?Caf=E9_with_Marigold_Tewkesbury?=",
            "Content-Type: text/plain\n\nAt noon.\n",
            "Content-Type: text/plain\n\nAt noon.\n",
        ),
        (
            "base64",
            "Trip",
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nTWFyaWdvbGQgVGV3a2VzYnVyeSBoYXMgYSBwbGFjZS4NCg==\n",
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nTS5ULiBoYXMgYSBwbGFjZS4NCg==\n",
        ),
        (
            "windows-1252",
            "Trip",
            "Content-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: quoted-printable\n\nPrice =80 5, for Marigold=A0Tewkesbury.\n",
            "Content-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: quoted-printable\n\nPrice =80 5, for M.T..\n",
        ),
        (
            "surname-first",
            "Trip",
            "Content-Type: text/html; charset=utf-8\n\n<p>Dear all,<br>Tewkesbury, <i>Marigold</i> (7B) &amp; friends</p>\n",
            "",
        ),
    ];
    for (name, subject, rest, expected) in cases {
        let to = format!("{name}@elsewhere.example");
        school.send(&letter(TEACHER, &[&to], subject, rest));
        let got = school.letter_for(&to);
        let text = got.text();
        assert!(!text.contains("Tewkesbury") && !text.contains("Marigold"), "{name}\n{text}");
        assert!(text.ends_with(&expected.replace('\n', "\r\n")), "{name}\n{text}");
        if name == "encoded-words" {
            let subject = got.header("subject").unwrap();
            assert_eq!(subject, "=?iso-8859-1?Q?Caf=E9_with_M=2ET=2E?=");
        }
    }
    assert!(school.kept().is_empty());
}

#[test]
fn a_change_that_cannot_be_made_becomes_a_hold_of_the_original() {
    let Some(school) = school(&Setup::default()) else { return };
    let signed = format!(
        "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"s1\"\n\n--s1\nContent-Type: text/plain\n\n{PUPIL} has a place.\n--s1\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMIIBAAAA\n--s1--\n"
    );
    // Two pupils of one message whose initials are the same.
    let twins = "Content-Type: text/plain\n\nMarcus Templeton and Milo Treadgold have places.\n";
    // What no change can mend holds the copies it concerns; a rule that holds, the message.
    let (alone, all): (&[&str], &[&str]) = (&[], &[HEAD_OF_YEAR]);
    for (name, rest, with) in [("signed", signed.as_str(), alone), ("twins", twins, all)] {
        let to = format!("{name}@elsewhere.example");
        let letter = letter(TEACHER, &[&to, HEAD_OF_YEAR, AUTHORITY], "Trip", rest);
        school.send(&letter);
        let body = rest.split_once("\n\n").unwrap().1.replace('\n', "\r\n");
        for address in [HEAD_OF_YEAR, AUTHORITY].iter().filter(|address| !with.contains(address)) {
            let is =
                |mail: &Delivered| mail.body() == body.as_bytes() && mail.recipients().iter().any(|to| to == address);
            assert_eq!(school.sink.wait_for(1, LONG, is).len(), 1, "{name} {address}");
        }
        let held = school.kept_as("held");
        assert_eq!(held.len(), 1, "{name}\n{}", school.logs());
        assert_eq!(recipients(&held[0]), [&[to.as_str()], with].concat());
        assert!(school.notice(TEACHER, &id(&letter)).text().contains("Waiting"), "{name}");
        school.release(&held[0]["reference"]);
        assert_eq!(school.letter_for(&to).body(), body.as_bytes(), "{name}");
        assert!(wait_until(LONG, || school.kept_as("held").is_empty()));
    }
}

#[test]
fn a_disclaimer_comes_once_in_text_and_html_and_never_on_signed_mail() {
    let Some(school) = school(&Setup::default().pack("primary")) else { return };
    let words = "This e-mail is for the person it is addressed to.";
    let both = "Content-Type: multipart/alternative; boundary=\"b1\"\n\n--b1\nContent-Type: text/plain\n\nSee you on Monday.\n--b1\nContent-Type: text/html\n\n<html><body><p>See you on Monday.</p></body></html>\n--b1--\n";
    school.send(&letter(TEACHER, &["both@elsewhere.example", HEAD_OF_YEAR], "Visit", both));
    let got = school.letter_for("both@elsewhere.example");
    assert_eq!(got.text().matches(words).count(), 2, "{}", got.text());
    assert!(!school.letter_for(HEAD_OF_YEAR).text().contains(words));
    // The answer to it, with it in the quotation and below, gets no second one.
    let again = got.text().split_once("MIME-Version: 1.0\r\n").unwrap().1.replace("\r\n", "\n");
    school.send(&letter(TEACHER, &["again@elsewhere.example"], "Re: Visit", &again));
    assert_eq!(school.letter_for("again@elsewhere.example").text().matches(words).count(), 2);
    let signed = "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg=pgp-sha256; boundary=\"s1\"\n\n--s1\nContent-Type: text/plain\n\nSee you on Monday.\n--s1\nContent-Type: application/pgp-signature\n\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n--s1--\n";
    school.send(&letter(TEACHER, &["signed@elsewhere.example"], "Visit", signed));
    let body = signed.split_once("\n\n").unwrap().1.replace('\n', "\r\n");
    assert_eq!(school.letter_for("signed@elsewhere.example").body(), body.as_bytes());
    assert!(school.kept_as("held").is_empty());
}

#[test]
fn a_program_is_refused_to_one_and_held_for_another() {
    let Some(school) = school(&Setup::default().pack("primary")) else { return };
    let program = "Content-Type: multipart/mixed; boundary=\"b1\"\n\n--b1\nContent-Type: text/plain\n\nAttached.\n--b1\nContent-Type: application/octet-stream; name=tool.txt\nContent-Transfer-Encoding: base64\n\nTVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nAAAAAAAAAAAAAAAAgAAAAFBFAABMAQMA\n--b1--\n";
    let letter = letter(TEACHER, &[OUTSIDER, AUTHORITY], "Tool", program);
    school.send(&letter);
    let kept = school.kept();
    assert_eq!(kept.len(), 1, "{}", school.logs());
    assert_eq!((recipients(&kept[0]), &kept[0]["state"]), (vec![AUTHORITY], &serde_json::json!("held")));
    let notice = school.notice(TEACHER, &id(&letter)).text();
    assert!(notice.contains("Not sent to") && notice.contains("Waiting"), "{notice}");
    assert!(notice.contains("tool.txt") && !notice.contains("disclaimer"), "{notice}");
    assert!(school.sink.received_by(OUTSIDER).is_empty());
}

#[test]
fn a_message_that_comes_again_is_held_once_until_somebody_decided() {
    let Some(school) = school(&Setup::default()) else { return };
    let letter = Letter::plain(HEAD_OF_YEAR, &[OUTSIDER, CONTACT], "Numbers", &format!("The UPN is {UPN}."));
    let mut turned = letter.clone();
    turned.to.reverse();
    let mut traced = letter.clone();
    traced.data =
        [b"Received: from elsewhere by here; Tue, 10 Mar 2026 10:15:01 +0000\r\n".to_vec(), traced.data].concat();
    for again in [&letter, &turned, &traced] {
        school.send(again);
    }
    let held = school.kept_as("held");
    assert_eq!(held.len(), 1);
    school.notice(HEAD_OF_YEAR, &id(&letter));
    // Another text under the same Message-ID is another message.
    let mut other = letter.clone();
    other.data.extend_from_slice(b"And more.\r\n");
    school.send(&other);
    assert_eq!(school.kept_as("held").len(), 2);
    school.release(&held[0]["reference"]);
    school.letter_for(OUTSIDER);
    assert!(wait_until(LONG, || school.kept_as("delivered").len() == 1));
    school.send(&letter);
    assert_eq!(school.kept_as("held").len(), 2, "after a decision it is judged afresh\n{}", school.logs());
}

#[test]
fn somebody_who_sent_from_a_shared_mailbox_is_told_and_nobody_outside_ever() {
    let Some(school) = school(&Setup::default()) else { return };
    let shared = "office@school.example";
    let mut from_office = Letter::plain(shared, &[OUTSIDER], "Numbers", &format!("The UPN is {UPN}."));
    from_office.login = HEAD_OF_YEAR.to_owned();
    school.send(&from_office);
    school.notice(HEAD_OF_YEAR, &id(&from_office));
    let mut stranger =
        Letter::plain("stranger@elsewhere.example", &[OUTSIDER], "Numbers", &format!("The UPN is {UPN}."));
    stranger.login = "stranger@elsewhere.example".to_owned();
    school.send(&stranger);
    assert_eq!(school.kept_as("held").len(), 2, "{}", school.logs());
    thread::sleep(Duration::from_secs(5));
    assert_eq!(school.sink.received().len(), 1, "one notice, to the person");
}

#[test]
fn while_no_worker_answers_mail_waits_and_only_watching_lets_it_pass() {
    for mode in ["enforce", "monitor"] {
        let mut setup = Setup::default().with("mode = \"enforce\"", &format!("mode = \"{mode}\""));
        setup.more = "[room]\nworkers = 1\nqueue_seconds = 1\nprocessor_seconds = 1\n".to_owned();
        let Some(school) = school(&setup) else { return };
        let frozen = workers(school.exeat.pid());
        signal_all(&frozen, "STOP");
        // The first has the worker, the second waits for it in vain.
        let port = school.relay.port_in;
        let first = Letter::plain(TEACHER, &["first@elsewhere.example"], "Trip", &format!("{PUPIL} has a place."));
        let second = Letter::plain(TEACHER, &["second@elsewhere.example"], "Minutes", "At noon.");
        let early = first.clone();
        let sender = thread::spawn(move || send(port, &early));
        thread::sleep(Duration::from_millis(500));
        let (code, text) = school.submit(&second);
        assert_eq!(code, if mode == "enforce" { 451 } else { 250 }, "{mode} {text}\n{}", school.logs());
        signal_all(&frozen, "CONT");
        assert_eq!(sender.join().unwrap().unwrap().0, 250, "{mode}\n{}", school.logs());
        assert_eq!(school.send_until_answered(&second).0, 250);
        let name = if mode == "enforce" { "M.T." } else { PUPIL };
        assert_eq!(school.letter_for("first@elsewhere.example").body(), format!("{name} has a place.\r\n").as_bytes());
        school.mail_for("second@elsewhere.example");
    }
}

#[test]
fn a_unix_socket_will_do() {
    let setup = Setup { unix: true, ..Setup::default() };
    let Some(school) = school(&setup) else { return };
    school.send(&Letter::plain(TEACHER, &[OUTSIDER], "Trip", &format!("{PUPIL} has a place.")));
    assert_eq!(school.letter_for(OUTSIDER).body(), b"M.T. has a place.\r\n");
}

#[test]
fn a_large_attachment_gives_way_to_a_note_and_the_original_is_kept() {
    let primary = std::fs::read_to_string(root().join("rules/packs/primary.toml")).unwrap();
    let held = "over = \"2 MiB\"\nto = [\"outside\"]\naction = \"hold\"\n";
    let (before, behind) = primary.split_once(held).unwrap();
    let noted = "over = \"2 MiB\"\nto = [\"outside\"]\naction = \"rewrite\"\nrewrite = [\"replace_attachment\"]\n";
    let pack = format!("{before}{noted}{}", behind.replace("over = \"2 MiB\"", "over = \"2500 KiB\""));
    let setup = Setup { files: vec![("own.toml".to_owned(), pack)], ..Setup::default() }.pack("own.toml");
    let Some(school) = school(&setup) else { return };
    let line = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
    let words = "This e-mail is for the person it is addressed to.";
    let rest = format!(
        "Content-Type: multipart/mixed; boundary=\"b1\"\n\n--b1\nContent-Type: text/plain\n\nAttached.\n\n{words}\n--b1\nContent-Type: application/octet-stream; name=\"plans.bin\"\nContent-Disposition: attachment; filename=\"plans.bin\"\nContent-Transfer-Encoding: base64\n\n{}--b1--\n",
        line.repeat(39_000)
    );
    let body = rest.split_once("\n\n").unwrap().1.replace('\n', "\r\n");
    // On the relay's own copy, and on one that goes by the store beside an unchanged one.
    let second = "second@elsewhere.example";
    for (to, also) in [(OUTSIDER, None), (second, Some(HEAD_OF_YEAR))] {
        let people: Vec<&str> = [Some(to), also].into_iter().flatten().collect();
        school.send(&letter(TEACHER, &people, "Plans", &rest));
        let got = school.letter_for(to);
        assert!(got.data.len() < 20_000, "{} bytes", got.data.len());
        assert!(got.text().contains("taken out") && got.text().contains(words), "{}", got.text());
    }
    assert!(school.letter_for(HEAD_OF_YEAR).body() == body.as_bytes());
    let aside = school.kept_as("aside");
    assert_eq!(aside.len(), 1, "{}", school.logs());
    assert_eq!(recipients(&aside[0]), [OUTSIDER]);
    school.release(&aside[0]["reference"]);
    let whole = |mail: &Delivered| mail.recipients() == [OUTSIDER] && mail.body() == body.as_bytes();
    assert_eq!(school.sink.wait_for(1, LONG, whole).len(), 1, "{}", school.logs());
    // The other's original is still there for whoever asks.
    let delivered = school.kept_as("delivered");
    let other = delivered.iter().find(|entry| recipients(entry) == [second]).unwrap();
    let reference = other["reference"].as_str().unwrap();
    let (code, text) =
        school.exeat.command(&["held", "show", reference, "--content", "--original", "--reason", "asked for"]);
    assert!(code == 0 && text.contains(&body), "{}", &text[..text.len().min(500)]);
}
