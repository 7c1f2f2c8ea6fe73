//! Each check with its action.

use crate::harness::{Letter, wait_until};
use crate::school::{
    AUTHORITY, CONTACT, HEAD_OF_YEAR, LONG, OUTSIDER, PUPIL, Setup, TEACHER, UPN, id, letter, recipients, school,
};
use std::time::Duration;

#[test]
fn a_harmless_letter_is_relayed_unchanged() {
    let Some(school) = school(&Setup::default()) else { return };
    let letter = Letter::plain(TEACHER, &[OUTSIDER], "Minutes", "The meeting is at noon.");
    school.send(&letter);
    let got = school.letter_for(OUTSIDER);
    assert_eq!(got.body(), b"The meeting is at noon.\r\n");
    let series = "exeat_messages_total{class=\"staff\",direction=\"outgoing\",verdict=\"relay\"}";
    assert_eq!(school.exeat.metric(series), Some(1.0));
    assert!(school.kept().is_empty());
}

#[test]
fn a_held_letter_waits_its_sender_is_told_and_it_goes_out_when_released() {
    let Some(school) = school(&Setup::default()) else { return };
    let letter = Letter::plain(HEAD_OF_YEAR, &[OUTSIDER], "Numbers", &format!("The UPN is {UPN}."));
    school.send(&letter);
    let notice = school.notice(HEAD_OF_YEAR, &id(&letter));
    assert!(!notice.text().contains(UPN));
    assert!(school.sink.received_by(OUTSIDER).is_empty());
    let held = school.kept_as("held");
    assert_eq!(held.len(), 1);
    assert_eq!(held[0]["rules"], serde_json::json!(["personal-data"]));
    school.release(&held[0]["reference"]);
    let got = school.letter_for(OUTSIDER);
    assert_eq!(got.body(), format!("The UPN is {UPN}.\r\n").as_bytes());
    assert!(wait_until(LONG, || school.exeat.command(&["held", "list"]).1.contains("Nothing waits")));
    assert_eq!(school.notices(HEAD_OF_YEAR, "").len(), 1, "a release brings no second notice");
}

#[test]
fn a_refused_copy_never_goes_out() {
    let Some(school) = school(&Setup::default()) else { return };
    school.send(&Letter::plain(HEAD_OF_YEAR, &[OUTSIDER], "Numbers", &format!("The UPN is {UPN}.")));
    let held = school.kept_as("held");
    let reference = held[0]["reference"].as_str().unwrap();
    let (code, text) = school.exeat.command(&["held", "refuse", reference, "--reason", "not agreed"]);
    assert_eq!(code, 0, "{text}");
    let (code, _) = school.exeat.command(&["held", "release", reference, "--reason", "too late"]);
    assert_ne!(code, 0);
    // A letter behind it comes through, so the courier had its turn.
    school.send(&Letter::plain(TEACHER, &["other@elsewhere.example"], "Minutes", "At noon."));
    school.letter_for("other@elsewhere.example");
    std::thread::sleep(Duration::from_secs(3));
    assert!(school.sink.received_by(OUTSIDER).is_empty());
}

#[test]
fn names_become_initials_in_subject_text_and_html() {
    let Some(school) = school(&Setup::default()) else { return };
    let rest = format!(
        "DKIM-Signature: v=1; a=rsa-sha256; d=school.example; s=old; bh=AAAA; b=BBBB\nThread-Topic: About {PUPIL}\nContent-Type: multipart/alternative; boundary=\"b1\"\n\n--b1\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nPlease note that Marigold =\nTewkesbury was away. Caf=C3=A9 at three.\n--b1\nContent-Type: text/html; charset=iso-8859-1\n\n<p>Please note that <b>Marigold</b> Tewkesbury was away.</p>\n--b1--\n"
    );
    school.send(&letter(TEACHER, &[OUTSIDER], &format!("{PUPIL} on Monday"), &rest));
    let got = school.letter_for(OUTSIDER);
    let text = got.text();
    assert_eq!(got.header("subject").as_deref(), Some("M.T. on Monday"), "{text}");
    assert_eq!(got.header("thread-topic").as_deref(), Some("About M.T."), "{text}");
    assert!(!text.contains("Tewkesbury") && !text.contains("Marigold"), "{text}");
    assert!(text.contains("Please note that M.T.") && text.contains("Caf=C3=A9 at three."), "{text}");
    assert_eq!(got.header("dkim-signature"), None, "the school's old signature would be wrong now");
    let notice = school.notice(TEACHER, "");
    assert!(!notice.text().contains("Tewkesbury"));
    assert!(school.kept().is_empty());
    assert!((school.messages("rewrite") - 1.0).abs() < 0.1);
}

#[test]
fn attachments_over_the_limit_wait_and_programs_are_refused() {
    let Some(school) = school(&Setup::default().pack("primary")) else { return };
    let attached = |name: &str, content: &str| {
        format!(
            "Content-Type: multipart/mixed; boundary=\"b1\"\n\n--b1\nContent-Type: text/plain\n\nAttached.\n\nThis e-mail is for the person it is addressed to.\n--b1\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"{name}\"\nContent-Transfer-Encoding: base64\n\n{content}\n--b1--\n"
        )
    };
    let line = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
    let large = letter(TEACHER, &[OUTSIDER], "Plans", &attached("plans.bin", &line.repeat(40_000)));
    school.send(&large);
    let held = school.kept_as("held");
    assert_eq!(held.len(), 1, "{}", school.logs());
    let rules = held[0]["rules"].to_string();
    assert!(rules.contains("attachment-size") && rules.contains("total-size"), "{rules}");
    assert!(school.notice(TEACHER, &id(&large)).text().contains("MiB"));

    // The head of a Windows program under the name of a text.
    let program =
        "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nAAAAAAAAAAAAAAAAgAAAAFBFAABMAQMA\n";
    let (code, text) = school.submit(&letter(TEACHER, &[OUTSIDER], "Tool", &attached("tool.txt", program)));
    assert_eq!(code, 550, "{}", school.logs());
    assert!(text.contains("5.7.1") && text.contains("4 Program files") && text.contains("programs"), "{text}");
    assert_eq!(school.kept().len(), 1, "what is refused is not kept");
    assert!(school.sink.received_by(OUTSIDER).is_empty());
}

#[test]
fn a_closed_school_keeps_mail_until_it_opens_by_itself() {
    let (zone, opens) = opening();
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let day = |day: &&str| (format!("{day} = \"00:00-24:00\""), format!("{day} = \"{opens}-24:00\""));
    let setup = Setup { config: days.iter().map(day).collect(), ..Setup::default() };
    let setup = setup.with("Europe/London", &zone);
    let Some(school) = school(&setup) else { return };
    let evening = Letter::plain(TEACHER, &[CONTACT, AUTHORITY], "Tomorrow", "Please bring the form.");
    school.send(&evening);
    let urgent = Letter::plain(TEACHER, &[OUTSIDER], "[urgent] Coach late", "The coach is late.");
    school.send(&urgent);
    let got = school.letter_for(OUTSIDER);
    assert_eq!(got.header("subject").as_deref(), Some("Coach late"));
    school.letter_for(AUTHORITY);
    let deferred = school.kept_as("deferred");
    assert_eq!(deferred.len(), 1, "{}", school.logs());
    assert_eq!(recipients(&deferred[0]), [CONTACT]);
    assert!(school.sink.received_by(CONTACT).is_empty());
    let due: jiff::Timestamp = deferred[0]["due_at"].as_str().unwrap().parse().unwrap();
    let notice = school.notice(TEACHER, &id(&evening));
    assert!(notice.text().contains("Waiting"), "{}", notice.text());
    let got = school.sink.wait_for(1, Duration::from_secs(90), |mail| mail.recipients() == [CONTACT]);
    assert_eq!(got.len(), 1, "{}", school.logs());
    assert!(jiff::Timestamp::now() >= due, "it went out before the school opened");
    assert_eq!(got[0].body(), b"Please bring the form.\r\n");
}

/// A time zone where it is about noon, and a minute there that comes soon, but not at once.
fn opening() -> (String, String) {
    let now = jiff::Timestamp::now().as_second();
    let soon = now + 15;
    let minute = (soon / 60 + 1) * 60;
    let hour = now / 3600 % 24;
    let offset = 12 - hour;
    // Etc/GMT-3 is three hours before Greenwich.
    let zone = match offset {
        0 => "Etc/GMT".to_owned(),
        1.. => format!("Etc/GMT-{offset}"),
        _ => format!("Etc/GMT+{}", -offset),
    };
    let local = (minute + offset * 3600).rem_euclid(24 * 3600);
    (zone, format!("{:02}:{:02}", local / 3600, local / 60 % 60))
}

#[test]
fn one_recipient_waits_while_the_others_get_their_copies() {
    let Some(school) = school(&Setup::default()) else { return };
    let own = "harriet.pemberton@mail.example";
    let letter = Letter::plain(HEAD_OF_YEAR, &[TEACHER, own, OUTSIDER], "Marking", "For the weekend.");
    school.send(&letter);
    assert_eq!(school.letter_for(TEACHER).recipients().len(), 2);
    school.letter_for(OUTSIDER);
    let held = school.kept_as("held");
    assert_eq!(held.len(), 1);
    assert_eq!(recipients(&held[0]), [own]);
    let notice = school.notice(HEAD_OF_YEAR, &id(&letter)).text();
    assert!(notice.contains("Waiting") && notice.contains("Sent"), "{notice}");
    school.release(&held[0]["reference"]);
    assert_eq!(school.letter_for(own).recipients(), [own]);
}

#[test]
fn outside_addresses_that_all_could_see_go_to_bcc() {
    let Some(school) = school(&Setup::default()) else { return };
    let to: Vec<String> = (0..7).map(|number| format!("parent{number}@home{number}.example")).collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    school.send(&Letter::plain(TEACHER, &to, "News", "The fair is on Saturday."));
    let got = school.letter_for(to[0]);
    assert_eq!(got.recipients(), to);
    let head = got.text().split("\r\n\r\n").next().unwrap().to_owned();
    assert!(to.iter().all(|address| !head.contains(address)), "{head}");
    assert_eq!(got.body(), b"The fair is on Saturday.\r\n");
}
