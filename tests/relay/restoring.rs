//! A store that came back from a backup, and a message that comes again and is refused by then.

use crate::harness::{Letter, get, send, wait_until};
use crate::school::{LONG, Setup, TEACHER, UPN, school};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Hold, back up under load, release some, lose the machine, restore: nothing goes out by itself, each once.
#[test]
fn what_came_back_from_a_backup_goes_out_once_and_only_when_a_person_says_so() {
    let Some(mut school) = school(&Setup::default()) else { return };
    let to = |number: usize| format!("held{number}@elsewhere.example");
    let letter = |number: usize| {
        Letter::plain(TEACHER, &[&to(number)], &format!("Numbers {number}"), &format!("The UPN is {UPN}."))
    };
    for number in 0..4 {
        school.send(&letter(number));
    }
    // Mail goes on being held while the backup is made.
    let (stop, port) = (Arc::new(AtomicBool::new(false)), school.relay.port_in);
    let ended = Arc::clone(&stop);
    let load = thread::spawn(move || {
        let mut count = 0;
        while !ended.load(Ordering::SeqCst) {
            let to = format!("more{count}@elsewhere.example");
            let letter = Letter::plain(TEACHER, &[&to], "More", &format!("The UPN is {UPN}."));
            assert_eq!(send(port, &letter).unwrap().0, 250);
            count += 1;
        }
        count
    });
    let backup = school.dir.path().join("backup");
    let (code, text) = school.exeat.command(&["backup", backup.to_str().unwrap()]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("The key is not in it") && text.contains("That key opens it."), "{text}");
    stop.store(true, Ordering::SeqCst);
    let more = load.join().unwrap();
    assert!(more > 0);
    // After the backup two go out.
    let held = school.kept_as("held");
    let reference_of = |number: usize| {
        let find = |entry: &&serde_json::Value| entry["recipients"][0] == to(number).as_str();
        held.iter().find(find).unwrap()["reference"].as_str().unwrap().to_owned()
    };
    let references: Vec<String> = (0..4).map(reference_of).collect();
    for (number, reference) in references.iter().enumerate().take(2) {
        school.release(&reference.as_str().into());
        school.letter_for(&to(number));
    }
    let restore = ["restore", backup.to_str().unwrap()];
    let (code, text) = school.exeat.command(&restore);
    assert!(code == 2 && text.contains("exeat serves this store"), "{text}");
    school.exeat.kill();
    // The disk is lost with all that was written to it since.
    for name in ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm"] {
        let _ = fs::remove_file(school.dir.path().join(name));
    }
    let (code, text) = school.exeat.command(&restore);
    assert_eq!(code, 0, "{text}");
    school.exeat.run();
    let restored = school.kept_as("restored").len();
    assert!(restored >= 4 && restored <= 4 + more, "{restored}");
    let metric = || school.exeat.metric("exeat_held{state=\"restored\"}");
    assert!(wait_until(LONG, || metric().is_some_and(|count| count >= 4.0)), "{:?}", metric());
    let (code, text) = school.exeat.command(&["held", "release", &references[2], "--reason", "agreed"]);
    assert!(code == 2 && text.contains("exeat held confirm"), "{text}");
    // The log says that two went out; somebody refuses those and confirms the others.
    for reference in &references[..2] {
        let (code, text) = school.exeat.command(&["held", "refuse", reference, "--reason", "went out on Monday"]);
        assert_eq!(code, 0, "{text}");
    }
    let (code, text) = school.exeat.command(&[
        "held",
        "confirm",
        &references[2],
        &references[3],
        "--drop-notices",
        "--reason",
        "looked",
    ]);
    assert_eq!(code, 0, "{text}");
    school.release(&references[2].as_str().into());
    school.release(&references[3].as_str().into());
    school.letter_for(&to(2));
    school.letter_for(&to(3));
    let (code, text) = school.exeat.command(&["held", "confirm", "--all", "--drop-notices", "--reason", "looked"]);
    assert_eq!(code, 0, "{text}");
    assert!(school.kept_as("restored").is_empty());
    for number in 0..4 {
        assert_eq!(school.sink.received_by(&to(number)).len(), 1, "once");
    }
    assert!(!school.sink.received().iter().any(|mail| mail.recipients().iter().any(|to| to.starts_with("more"))));
}

#[test]
fn a_message_that_is_refused_when_it_comes_again_hears_nothing_else_while_its_first_copy_waits() {
    let pack = include_str!("../../rules/packs/arts-college.toml");
    let setup = Setup { files: vec![("pack.toml".to_owned(), pack.to_owned())], ..Setup::default() };
    let Some(school) = school(&setup.pack("pack.toml")) else { return };
    let first = Letter::plain(TEACHER, &["first@elsewhere.example"], "Numbers", &format!("The UPN is {UPN}."));
    school.send(&first);
    assert_eq!(school.kept_as("held").len(), 1);
    // From now on such mail is refused.
    let (before, rule) = pack.split_once("id = \"personal-data\"").unwrap();
    let strict =
        format!("{before}id = \"personal-data\"{}", rule.replacen("action = \"hold\"", "action = \"reject\"", 1));
    fs::write(school.dir.path().join("pack.toml"), strict).unwrap();
    let loads = || school.exeat.metric("exeat_reloads_total{result=\"good\"}").unwrap_or(0.0);
    let loaded = loads();
    school.exeat.signal("HUP");
    assert!(wait_until(LONG, || loads() > loaded), "{}", school.exeat.log());
    let new = Letter::plain(TEACHER, &["second@elsewhere.example"], "Numbers", &format!("The UPN is {UPN}."));
    assert_eq!(school.submit(&new).0, 550, "what is new is refused");
    let (code, text) = school.submit(&first);
    assert_eq!(code, 250, "its first copy waits: {text}");
    let held = school.kept_as("held");
    assert_eq!(held.len(), 1);
    let (code, text) =
        school.exeat.command(&["held", "refuse", held[0]["reference"].as_str().unwrap(), "--reason", "no"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(school.submit(&first).0, 550, "after the decision it is judged afresh");
}

/// Whoever looks sees that mail passes unchecked.
#[test]
fn while_a_bypass_is_in_force_everybody_who_looks_is_told() {
    let Some(school) = school(&Setup::default()) else { return };
    let state = school.dir.path().join("state");
    let config = fs::read_to_string(&school.config).unwrap();
    let folder = config.lines().find_map(|line| line.strip_prefix("state_dir = ")).map(|name| name.trim_matches('"'));
    let folder = folder.map_or(state, |name| school.dir.path().join(name));
    let record = exeat::bypass::record_beside(&folder);
    fs::create_dir_all(record.parent().unwrap()).unwrap();
    assert_eq!(school.exeat.metric("exeat_bypass_until_seconds"), Some(0.0));
    let line = |what: &str| format!("2026-11-22T09:00:00Z\t{what}\t2099-01-01T00:00:00Z\tjo\tMarked reason\n");
    fs::write(&record, line("begun")).unwrap();
    let gauge = || school.exeat.metric("exeat_bypass_until_seconds");
    assert!(wait_until(LONG, || gauge() == Some(4_070_908_800.0)), "{:?}", gauge());
    let page = get(school.exeat.http, "/readyz").unwrap().1;
    assert!(page.contains("UNCHECKED") && !page.contains("Marked"), "{page}");
    assert!(school.exeat.command(&["held", "list"]).1.contains("BYPASS IN FORCE until 2099-01-01"));
    let doctor = school.exeat.command(&["doctor"]).1;
    assert!(doctor.contains("by jo: Marked reason"), "{doctor}");
    fs::write(&record, line("begun") + &line("ended")).unwrap();
    assert!(wait_until(LONG, || gauge() == Some(0.0)));
    assert!(!school.exeat.command(&["held", "list"]).1.contains("BYPASS"));
    let log = school.exeat.command(&["held", "log"]).1;
    assert_eq!((log.matches("bypass_begun").count(), log.matches("bypass_ended").count()), (1, 1), "{log}");
}
