//! Stopped, read anew, only watching; and mail that is not ours to check.

use crate::harness::{Letter, get, send, wait_until};
use crate::proxy::Stop;
use crate::school::{HEAD_OF_YEAR, LONG, OUTSIDER, PUPIL, Setup, TEACHER, UPN, school};
use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

#[test]
fn what_is_in_flight_is_finished_when_the_program_is_told_to_stop() {
    let Some(mut school) = school(&Setup::default()) else { return };
    school.proxy.stop_at(Stop::Before(b'E'));
    let letters = [
        Letter::plain(TEACHER, &["first@elsewhere.example"], "Trip", &format!("{PUPIL} has a place.")),
        Letter::plain(TEACHER, &["second@elsewhere.example"], "Numbers", &format!("The UPN is {UPN}.")),
    ];
    let port = school.relay.port_in;
    let senders: Vec<_> = letters
        .iter()
        .map(|letter| {
            let letter = letter.clone();
            thread::spawn(move || send(port, &letter))
        })
        .collect();
    assert!(school.proxy.wait_stopped(2));
    school.exeat.signal("TERM");
    assert!(wait_until(LONG, || school.exeat.log().contains("stopping")), "{}", school.exeat.log());
    thread::sleep(Duration::from_millis(500));
    school.proxy.go_on();
    for sender in senders {
        let (code, text) = sender.join().unwrap().unwrap();
        assert_eq!(code, 250, "{text}\n{}", school.logs());
    }
    assert!(wait_until(LONG, || get(school.exeat.http, "/healthz").is_none()), "it does not stop");
    school.exeat.kill();
    assert_eq!(school.letter_for("first@elsewhere.example").body(), b"M.T. has a place.\r\n");
    school.exeat.run();
    assert_eq!(school.kept_as("held").len(), 1);
}

#[test]
fn a_bad_config_keeps_the_old_one_and_a_good_one_applies() {
    let Some(school) = school(&Setup::default()) else { return };
    let good = fs::read_to_string(&school.config).unwrap();
    let loads = |result: &str| {
        let series = format!("exeat_reloads_total{{result=\"{result}\"}}");
        school.exeat.metric(&series).unwrap_or(0.0)
    };
    let changes = [
        good.replace("pack = \"arts-college\"", "pack = \"no-such-pack\""),
        good.replace("[school]", "[skool]"),
        "this is no config".to_owned(),
    ];
    for (number, bad) in changes.iter().enumerate() {
        let before = loads("bad");
        fs::write(&school.config, bad).unwrap();
        school.exeat.signal("HUP");
        assert!(wait_until(LONG, || loads("bad") > before), "{number} {}", school.exeat.log());
        assert_eq!(school.exeat.metric("exeat_reload_ok"), Some(0.0));
        let to = format!("bad{number}@elsewhere.example");
        school.send(&Letter::plain(TEACHER, &[&to], "Trip", &format!("{PUPIL} has a place.")));
        assert_eq!(school.letter_for(&to).body(), b"M.T. has a place.\r\n");
    }
    assert!(school.exeat.log().contains("skool"), "{}", school.exeat.log());
    // A roster without the pupil.
    let roster = school.dir.path().join("roster.csv");
    let whole = fs::read_to_string(&roster).unwrap();
    fs::write(
        &roster,
        whole.lines().filter(|line| !line.contains("Tewkesbury")).fold(String::new(), |all, line| all + line + "\n"),
    )
    .unwrap();
    fs::write(&school.config, &good).unwrap();
    school.exeat.signal("HUP");
    assert!(wait_until(LONG, || school.exeat.metric("exeat_reload_ok") == Some(1.0)), "{}", school.exeat.log());
    school.send(&Letter::plain(TEACHER, &["good@elsewhere.example"], "Trip", &format!("{PUPIL} has a place.")));
    assert_eq!(school.letter_for("good@elsewhere.example").body(), format!("{PUPIL} has a place.\r\n").as_bytes());
    assert_eq!(school.exeat.metric("exeat_roster_pupils"), Some(5.0));
}

#[test]
fn a_school_that_only_watches_changes_keeps_and_says_nothing() {
    let mut setup = Setup { no_key: true, ..Setup::default() }
        .with("mode = \"enforce\"", "mode = \"monitor\"")
        .with("[store]\npath = \"store.sqlite\"\nkey_file = \"store.key\"\n", "");
    setup.more = "[room]\nworkers = 1\n".to_owned();
    let Some(school) = school(&setup) else { return };
    let text = format!("{PUPIL}, UPN {UPN}. The password: Tr4v3l-Owl-9");
    let own = "harriet.pemberton@mail.example";
    school.send(&Letter::plain(HEAD_OF_YEAR, &[OUTSIDER, own], &format!("{PUPIL} [urgent]"), &text));
    let got = school.letter_for(OUTSIDER);
    assert_eq!(got.recipients().len(), 2);
    assert_eq!(got.body(), format!("{text}\r\n").as_bytes());
    assert_eq!(got.header("subject").as_deref(), Some(format!("{PUPIL} [urgent]").as_str()));
    let findings = get(school.exeat.http, "/metrics").unwrap().1;
    assert!(findings.contains("exeat_findings_total{check=\"pupil_names\",mode=\"monitor\""), "{findings}");
    // Workers that die again and again cost nothing but the record.
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (parent, ended) = (school.exeat.pid(), std::sync::Arc::clone(&stop));
    let killer = thread::spawn(move || {
        while !ended.load(std::sync::atomic::Ordering::SeqCst) {
            for child in crate::killing::workers(parent) {
                let _ = Command::new("kill").args(["-9", &child.to_string()]).status();
            }
            thread::sleep(Duration::from_millis(2));
        }
    });
    let sent = send(school.relay.port_in, &Letter::plain(TEACHER, &["second@elsewhere.example"], "Trip", &text));
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    killer.join().unwrap();
    assert_eq!(sent.unwrap().0, 250, "{}", school.logs());
    assert_eq!(school.letter_for("second@elsewhere.example").body(), format!("{text}\r\n").as_bytes());
    assert_eq!(school.sink.received().len(), 2, "nobody is told");
    assert!(!school.dir.path().join("store.sqlite").exists());
}

#[test]
fn mail_that_is_not_ours_passes_untouched() {
    let outside = "[[source]]\nname = \"world\"\nauth = [\"world\"]\nfrom = \"outside\"\n\n[[source]]\nname = \"journal\"\nauth = [\"journal\"]\nclass = \"journal\"\n\n[[source]]\nname = \"relay\"\nlistener = [\"relay\"]\nauth = [\"*\"]\n";
    let base = || Setup::default().with("[[source]]\nname = \"relay\"\nlistener = [\"relay\"]\n", outside);
    let Some(school) = school(&base()) else { return };
    let text = format!("{PUPIL}, UPN {UPN}.");
    let letter = |login: &str, from: &str, to: &str| {
        let mut letter = Letter::plain(from, &[to], "Trip", &text);
        letter.login = login.to_owned();
        letter
    };
    for (login, from, to, direction) in [
        ("world", "parent@home.example", HEAD_OF_YEAR, "incoming"),
        ("world", "parent@home.example", "other@home.example", "transit"),
        ("journal", TEACHER, "archive@elsewhere.example", "outgoing"),
    ] {
        school.send(&letter(login, from, to));
        assert_eq!(school.letter_for(to).body(), format!("{text}\r\n").as_bytes(), "{direction}");
        let all = get(school.exeat.http, "/metrics").unwrap().1;
        let counted = all.lines().any(|line| line.starts_with("exeat_messages_total") && line.contains(direction));
        assert!(counted, "{direction}\n{all}");
    }
    // Nobody signed in: no source fits.
    let stranger = letter("", TEACHER, OUTSIDER);
    let (code, reply) = school.submit(&stranger);
    assert_eq!(code, 550, "{reply}");
    let good = fs::read_to_string(&school.config).unwrap();
    for (setting, code) in [("tempfail", 451), ("judge_as_staff", 250), ("relay_untouched", 250)] {
        fs::write(
            &school.config,
            good.replace("unknown_source = \"reject\"", &format!("unknown_source = \"{setting}\"")),
        )
        .unwrap();
        let loads = || school.exeat.metric("exeat_reloads_total{result=\"good\"}").unwrap_or(0.0);
        let before = loads();
        school.exeat.signal("HUP");
        assert!(wait_until(LONG, || loads() > before), "{}", school.exeat.log());
        let (got, reply) = school.submit(&stranger);
        assert_eq!(got, code, "{setting}: {reply}");
        match setting {
            "tempfail" => assert!(school.sink.received_by(OUTSIDER).is_empty()),
            "judge_as_staff" => assert_eq!(school.kept_as("held").len(), 1),
            _ => assert_eq!(school.letter_for(OUTSIDER).body(), format!("{text}\r\n").as_bytes()),
        }
    }
}
