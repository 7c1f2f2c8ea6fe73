//! Killed at the worst moments: every message goes out, waits or is refused once, and none goes unjudged.

use crate::harness::{Delivered, Letter, send, wait_until};
use crate::proxy::Stop;
use crate::school::{
    CONTACT, HEAD_OF_YEAR, LONG, PUPIL, School, Setup, TEACHER, UPN, id, is_notice, recipients, school,
};
use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// One letter of each kind, for recipients of its own.
struct Round {
    letters: Vec<(Kind, Letter, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Harmless,
    Rewritten,
    Mixed,
    Held,
    Warned,
}

impl Round {
    fn new(name: &str) -> Self {
        let kinds = [Kind::Harmless, Kind::Rewritten, Kind::Mixed, Kind::Held, Kind::Warned];
        let letters = kinds.into_iter().map(|kind| {
            let to = format!("{kind:?}@{name}.example").to_lowercase();
            let (people, text) = match kind {
                Kind::Harmless => (vec![to.as_str()], "At noon.".to_owned()),
                Kind::Rewritten => (vec![to.as_str()], format!("{PUPIL} was away.")),
                Kind::Mixed => (vec![to.as_str(), CONTACT, HEAD_OF_YEAR], format!("{PUPIL} was away.")),
                Kind::Held => (vec![to.as_str()], format!("The UPN is {UPN}.")),
                Kind::Warned => (vec![to.as_str()], "My mobile is 07700 900456.".to_owned()),
            };
            let letter = Letter::plain(TEACHER, &people, &format!("{name} {kind:?}"), &text);
            (kind, letter, to.clone())
        });
        Self { letters: letters.collect() }
    }
}

/// Worker processes of a running exeat.
pub fn workers(parent: u32) -> Vec<u32> {
    let status = |pid: u32| fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let all = fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| status(*pid).lines().any(|line| line == format!("PPid:\t{parent}")))
        .collect()
}

fn lives(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|status| !status.contains("State:\tZ"))
}

pub fn signal_all(pids: &[u32], name: &str) {
    for pid in pids {
        let _ = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status();
    }
}

/// Kills exeat and looks whether its workers are gone too.
fn kill(school: &mut School) {
    let children = workers(school.exeat.pid());
    assert!(!children.is_empty(), "no worker ran");
    school.exeat.kill();
    // A worker that was stopped hears of it when it goes on.
    signal_all(&children, "CONT");
    let gone = wait_until(Duration::from_secs(10), || !children.iter().any(|pid| lives(*pid)));
    assert!(gone, "worker processes were left behind");
}

/// Sends all letters of a round at once, waits until `reached`, kills exeat, starts it, and lets the senders try
/// again until each has an answer.
fn round(school: &mut School, round: &Round, stop: Stop, freeze: bool) {
    let frozen = if freeze { workers(school.exeat.pid()) } else { Vec::new() };
    signal_all(&frozen, "STOP");
    // What the courier hands over is not to be cut through: nobody can know then who has it.
    school.gate.close();
    school.proxy.stop_at(stop);
    let port = school.relay.port_in;
    let senders: Vec<_> = round
        .letters
        .iter()
        .map(|(_, letter, _)| {
            let letter = letter.clone();
            thread::spawn(move || send(port, &letter))
        })
        .collect();
    if freeze {
        // All are with exeat, and none can be judged.
        thread::sleep(Duration::from_secs(1));
    } else {
        assert!(school.proxy.wait_stopped(round.letters.len()), "{stop:?}\n{}", school.logs());
    }
    kill(school);
    school.proxy.cut();
    school.gate.open();
    for sender in senders {
        let (code, text) = sender.join().unwrap().unwrap();
        assert!((400..500).contains(&code), "{stop:?}: {text}");
    }
    school.exeat.run();
    for (kind, letter, _) in &round.letters {
        let (code, text) = school.send_until_answered(letter);
        assert_eq!(code, 250, "{stop:?} {kind:?} {text}");
    }
}

fn check(school: &School, round: &Round, name: &str) {
    for (kind, letter, to) in &round.letters {
        let place = format!("{name} {kind:?}");
        let message_id = id(letter);
        let ours = |mail: &Delivered| !is_notice(mail) && mail.text().contains(&message_id);
        let expected: &[(&str, &str)] = match kind {
            Kind::Harmless => &[(to, "At noon.\r\n")],
            Kind::Rewritten => &[(to, "M.T. was away.\r\n")],
            Kind::Mixed => &[
                (to, "M.T. was away.\r\n"),
                (CONTACT, "Marigold Tewkesbury was away.\r\n"),
                (HEAD_OF_YEAR, "Marigold Tewkesbury was away.\r\n"),
            ],
            Kind::Held => &[],
            Kind::Warned => &[(to, "My mobile is 07700 900456.\r\n")],
        };
        let copies = |mails: &[Delivered]| {
            let mut copies: Vec<(String, Vec<u8>)> = Vec::new();
            for mail in mails {
                copies.extend(mail.recipients().into_iter().map(|to| (to, mail.body())));
            }
            copies.sort();
            copies
        };
        let mut wanted: Vec<(String, Vec<u8>)> =
            expected.iter().map(|(to, body)| ((*to).to_owned(), body.as_bytes().to_vec())).collect();
        wanted.sort();
        wait_until(LONG, || copies(&school.sink.wait_for(0, LONG, ours)).len() >= wanted.len());
        assert_eq!(copies(&school.sink.wait_for(0, LONG, ours)), wanted, "{place}\n{}", school.logs());
        let notices = usize::from(*kind != Kind::Harmless);
        if notices > 0 {
            assert_eq!(school.notices(TEACHER, &message_id).len(), notices, "{place}: notices\n{}", school.logs());
        }
        let held = school.kept_as("held");
        let held = held.iter().filter(|entry| recipients(entry).contains(&to.as_str())).count();
        assert_eq!(held, usize::from(*kind == Kind::Held), "{place}");
    }
}

#[test]
fn killed_at_any_moment_nothing_is_lost_doubled_or_unjudged() {
    let mut setup = Setup::default().with("per_minute = 600", "per_minute = 6000\nnotices_per_hour = 1000");
    // One worker alone, so that none is started beside one that stands still.
    setup.more = "[room]\nworkers = 1\n".to_owned();
    let Some(mut school) = school(&setup) else { return };
    let places = [
        ("connect", Stop::Before(b'M'), false),
        ("header", Stop::Before(b'L'), false),
        ("body", Stop::Before(b'B'), false),
        ("end", Stop::Before(b'E'), false),
        ("judging", Stop::Never, true),
        ("answer", Stop::Answer, false),
    ];
    let rounds = places.map(|(name, stop, freeze)| {
        let letters = Round::new(name);
        round(&mut school, &letters, stop, freeze);
        (name, letters)
    });
    // The copies that wait for the courier, the notices: all of it has its time.
    for (name, letters) in &rounds {
        check(&school, letters, name);
    }
    thread::sleep(Duration::from_secs(4));
    for (name, letters) in &rounds {
        check(&school, letters, name);
    }
}

#[test]
fn while_exeat_is_away_senders_keep_their_mail() {
    let Some(mut school) = school(&Setup::default()) else { return };
    kill(&mut school);
    let letter = Letter::plain(TEACHER, &["later@elsewhere.example"], "Minutes", "At noon.");
    let (code, _) = school.submit(&letter);
    assert!((400..500).contains(&code));
    assert!(school.sink.received().is_empty());
    school.exeat.run();
    assert_eq!(school.send_until_answered(&letter).0, 250);
    school.letter_for("later@elsewhere.example");
}
