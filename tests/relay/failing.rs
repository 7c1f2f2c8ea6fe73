//! The store is full, the next hop is away, a milter behind us refuses.

use crate::harness::{Letter, wait_until};
use crate::school::{HEAD_OF_YEAR, LONG, OUTSIDER, PUPIL, Setup, TEACHER, UPN, id, letter, school};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

#[test]
fn what_cannot_be_kept_comes_again_and_harmless_mail_goes_out() {
    let mut setup = Setup::default();
    setup.config.push(("key_file = \"store.key\"".into(), "key_file = \"store.key\"\nmax_bytes = 1048576".into()));
    let Some(school) = school(&setup) else { return };
    let line = "A line of the newsletter, with nothing in it that anybody would mind.\n";
    let large = |subject: &str, first: &str| {
        let rest = format!("Content-Type: text/plain\n\n{first}\n{}", line.repeat(15_000));
        letter(TEACHER, &[OUTSIDER], subject, &rest)
    };
    let held = large("Numbers", &format!("The UPN is {UPN}."));
    let (code, text) = school.submit(&held);
    assert_eq!(code, 451, "{text}\n{}", school.logs());
    assert!(!text.contains(UPN));
    assert!(school.kept().is_empty());
    assert_eq!(school.exeat.metric("exeat_tempfails_total{reason=\"store\"}"), Some(1.0));
    // One copy unchanged, one with initials: half of it has to be kept, so none of it goes.
    let mut mixed = large("Trip", &format!("{PUPIL} has a place."));
    mixed.to = vec![OUTSIDER.into(), HEAD_OF_YEAR.into()];
    assert_eq!(school.submit(&mixed).0, 451);
    assert!(school.sink.received().is_empty());
    school.send(&large("News", "The fair is on Saturday."));
    school.letter_for(OUTSIDER);
    // What is small still finds room.
    school.send(&Letter::plain(TEACHER, &["other@elsewhere.example"], "Numbers", &format!("The UPN is {UPN}.")));
    assert_eq!(school.kept_as("held").len(), 1);
}

#[test]
fn a_store_that_cannot_be_written_keeps_only_what_needs_it_waiting() {
    let Some(school) = school(&Setup::default()) else { return };
    let held = Letter::plain(TEACHER, &[OUTSIDER], "Numbers", &format!("The UPN is {UPN}."));
    let database = rusqlite::Connection::open(school.dir.path().join("store.sqlite")).unwrap();
    // Somebody else writes and does not end.
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (code, text) = school.submit(&held);
    assert_eq!(code, 451, "{text}");
    school.send(&Letter::plain(TEACHER, &["other@elsewhere.example"], "Minutes", "At noon."));
    school.letter_for("other@elsewhere.example");
    assert_eq!(crate::harness::get(school.exeat.http, "/readyz").unwrap().0, 503);
    database.execute_batch("ROLLBACK").unwrap();
    assert_eq!(school.send_until_answered(&held).0, 250);
    assert_eq!(school.kept_as("held").len(), 1);
    assert_eq!(school.notices(TEACHER, &id(&held)).len(), 1);
    assert!(school.sink.received_by(OUTSIDER).is_empty());
}

#[test]
fn mail_released_while_the_relay_is_away_goes_out_when_it_is_back() {
    let Some(mut school) = school(&Setup::default().with("settle = \"2s\"", "settle = \"1s\"")) else { return };
    let letter = Letter::plain(HEAD_OF_YEAR, &[OUTSIDER], "Numbers", &format!("The UPN is {UPN}."));
    school.send(&letter);
    school.notice(HEAD_OF_YEAR, &id(&letter));
    school.relay.pause();
    school.release(&school.kept_as("held")[0]["reference"].clone());
    let failed = || school.exeat.log().contains("will be tried again");
    assert!(wait_until(LONG, failed), "{}", school.logs());
    assert_eq!(school.kept_as("ready").len(), 1);
    school.relay.resume();
    // The back-off is a minute: whoever cannot wait starts exeat anew, and nothing is lost by it either.
    let got = school.sink.wait_for(1, Duration::from_secs(100), |mail| mail.recipients() == [OUTSIDER]);
    assert_eq!(got.len(), 1, "{}", school.logs());
    assert_eq!(school.notices(HEAD_OF_YEAR, "").len(), 1);
    school.exeat.kill();
}

#[test]
fn a_milter_behind_us_that_refuses_brings_no_second_hold_and_no_second_notice() {
    let refusals = Arc::new(AtomicUsize::new(usize::MAX));
    let behind = second_milter(Arc::clone(&refusals), b't');
    let setup = Setup { signer: format!("inet:127.0.0.1:{behind}"), ..Setup::default() };
    let Some(school) = school(&setup) else { return };
    let own = "harriet.pemberton@mail.example";
    // One copy waits, one goes out at once: the second milter sees the message both times.
    let letter = Letter::plain(HEAD_OF_YEAR, &[own, OUTSIDER], "Marking", "For the weekend.");
    for _ in 0..3 {
        let (code, text) = school.submit(&letter);
        assert_eq!(code, 451, "{text}");
    }
    refusals.store(0, Ordering::SeqCst);
    school.send(&letter);
    assert_eq!(school.letter_for(OUTSIDER).recipients(), [OUTSIDER]);
    school.notice(HEAD_OF_YEAR, &id(&letter));
    assert_eq!(school.kept().len(), 1);
    assert!(school.sink.received_by(own).is_empty());
    thread::sleep(Duration::from_secs(4));
    assert_eq!(school.notices(HEAD_OF_YEAR, "").len(), 1);
}

#[test]
fn a_milter_behind_us_that_rejects_for_good_leaves_what_waits_waiting_once() {
    let refusals = Arc::new(AtomicUsize::new(usize::MAX));
    let behind = second_milter(Arc::clone(&refusals), b'r');
    let setup = Setup { signer: format!("inet:127.0.0.1:{behind}"), ..Setup::default() };
    let Some(school) = school(&setup) else { return };
    let own = "harriet.pemberton@mail.example";
    let letter = Letter::plain(HEAD_OF_YEAR, &[own, OUTSIDER], "Marking", "For the weekend.");
    for _ in 0..2 {
        let (code, text) = school.submit(&letter);
        assert!((500..600).contains(&code), "{text}");
    }
    assert_eq!(school.kept().len(), 1);
    assert!(school.sink.received_by(own).is_empty() && school.sink.received_by(OUTSIDER).is_empty());
}

/// A milter that refuses so many messages and takes the rest.
fn second_milter(refusals: Arc<AtomicUsize>, verdict: u8) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let refusals = Arc::clone(&refusals);
            thread::spawn(move || converse(stream, &refusals, verdict));
        }
    });
    port
}

fn converse(mut stream: TcpStream, refusals: &AtomicUsize, verdict: u8) -> Option<()> {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length).ok()?;
        let mut packet = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut packet).ok()?;
        let refusal = [0, 0, 0, 1, verdict];
        let reply: &[u8] = match packet[0] {
            // Version 6, no actions, no steps left out.
            b'O' => b"\0\0\0\x0dO\0\0\0\x06\0\0\0\0\0\0\0\0",
            b'D' | b'A' => continue,
            b'Q' => return None,
            b'E' if refusals.load(Ordering::SeqCst) > 0 => {
                refusals.fetch_sub(1, Ordering::SeqCst);
                &refusal
            }
            _ => b"\0\0\0\x01c",
        };
        stream.write_all(reply).ok()?;
    }
}
