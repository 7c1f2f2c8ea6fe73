//! Every failure ends in "try again later": nothing unjudged is relayed, nothing is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "harness/alone.rs"]
mod alone;
#[path = "harness/mod.rs"]
mod harness;
#[path = "harness/raw.rs"]
mod raw;

use alone::Alone;
use harness::wait_until;
use raw::{Conversation, Shown, Verdict, apply, show, untouched};
use std::fs;
use std::time::Duration;

const TEACHER: &str = "h.pemberton@school.example";
const OUTSIDE: &str = "someone@elsewhere.example";
/// A number the sample policy holds.
const UPN: &str = "The UPN is H801200001001.";

fn harmless() -> Shown {
    Shown::letter(TEACHER, &[OUTSIDE], "Minutes", "The meeting is at noon.")
}

fn grave() -> Shown {
    Shown::letter(TEACHER, &[OUTSIDE], "Numbers", UPN)
}

fn workers(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        if status.lines().any(|line| line == format!("PPid:\t{parent}")) {
            found.push(pid);
        }
    }
    found
}

fn kill(pid: u32) {
    let _ = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
}

#[test]
fn a_store_that_cannot_keep_means_later_and_harmless_mail_goes_on() {
    type Break = fn(&Alone);
    let ways: [(&str, Break); 3] = [
        ("replaced", |school| {
            for name in ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm"] {
                let _ = fs::remove_file(school.path(name));
            }
            fs::create_dir(school.path("store.sqlite")).unwrap();
        }),
        ("corrupted", |school| {
            for name in ["store.sqlite", "store.sqlite-wal"] {
                let length = fs::metadata(school.path(name)).map_or(0, |meta| meta.len());
                let _ = fs::OpenOptions::new().write(true).open(school.path(name)).map(|file| {
                    use std::os::unix::fs::FileExt;
                    file.write_all_at(&vec![0x5a; usize::try_from(length).unwrap()], 0).unwrap();
                });
            }
        }),
        ("nothing", |_| {}),
    ];
    for (way, broken) in ways {
        let school = Alone::start(|config| config);
        broken(&school);
        let heard = show(school.port, &grave());
        if way == "nothing" {
            assert_eq!(heard.verdict, Verdict::Discard);
            assert!(school.held().contains("EX-"));
        } else {
            assert!(heard.verdict.is_later(), "{way}: {:?}\n{}", heard.verdict, school.exeat.log());
        }
        let heard = show(school.port, &harmless());
        assert_eq!((heard.verdict, heard.edits.len()), (Verdict::Relay, 0), "{way}\n{}", school.exeat.log());
    }
}

#[test]
fn a_full_store_means_later() {
    let school = Alone::start(|config| config.replace("[store]\n", "[store]\nmax_bytes = 1048576\n"));
    let mut kept = 0;
    for number in 0..40 {
        let shown = grave().with("X-Number", &number.to_string());
        let mut shown = shown;
        shown.body.extend(format!("Number {number}\r\n").repeat(10_000).into_bytes());
        let heard = show(school.port, &shown);
        match heard.verdict {
            Verdict::Discard => kept += 1,
            ref later if later.is_later() => {
                assert!(kept > 0);
                assert_eq!(school.held().matches("EX-").count(), kept);
                assert_eq!(show(school.port, &harmless()).verdict, Verdict::Relay);
                return;
            }
            other => panic!("{other:?}\n{}", school.exeat.log()),
        }
    }
    panic!("the store never was full");
}

#[test]
fn killed_workers_and_a_missing_spool_folder_mean_later_at_most() {
    let school = Alone::start(|config| config.replace("[log]", "[milter]\nmemory_bytes = 1000\n\n[log]"));
    for pid in workers(school.exeat.pid()) {
        kill(pid);
    }
    // A worker that died while it waited is nobody's fault: another one is started.
    assert_eq!(show(school.port, &harmless()).verdict, Verdict::Relay);
    assert_eq!(show(school.port, &grave()).verdict, Verdict::Discard);
    fs::remove_dir_all(school.path("state/spool")).unwrap();
    let mut large = grave();
    large.body.extend(b"Words, words, words.\r\n".repeat(1000));
    assert!(show(school.port, &large).verdict.is_later(), "{}", school.exeat.log());
    assert_eq!(show(school.port, &harmless()).verdict, Verdict::Relay, "{}", school.exeat.log());
}

#[test]
fn a_message_that_exhausts_its_workers_is_unreadable_not_harmless() {
    let school = Alone::start(|config| config);
    let pid = school.exeat.pid();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let hunting = {
        let stop = std::sync::Arc::clone(&stop);
        std::thread::spawn(move || {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                workers(pid).into_iter().for_each(kill);
                std::thread::sleep(Duration::from_millis(1));
            }
        })
    };
    let mut large = harmless();
    large.body.extend(b"Words, words, words.\r\n".repeat(400_000));
    let heard = show(school.port, &large);
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    hunting.join().unwrap();
    // Poison is kept for a person; a worker that does not start at all means later. Relayed it is never.
    assert!(heard.verdict == Verdict::Discard || heard.verdict.is_later(), "{heard:?}");
    assert!(wait_until(Duration::from_secs(10), || show(
        school.port,
        &Shown::letter(TEACHER, &[OUTSIDE], "Other", "Other words.")
    )
    .verdict
        == Verdict::Relay));
}

#[test]
fn a_bad_roster_at_reload_keeps_the_old_one_in_force_also_for_messages_in_flight() {
    let school = Alone::start(|config| config);
    let mut slow = Conversation::connect(school.port);
    slow.begin(&grave());
    fs::write(school.path("roster.csv"), "nothing,of,use\n1,2,3\n").unwrap();
    school.exeat.signal("HUP");
    assert!(
        wait_until(Duration::from_secs(10), || school.exeat.log().contains("not loaded")),
        "{}",
        school.exeat.log()
    );
    slow.end(&grave());
    assert_eq!(slow.answer().0, Verdict::Discard);
    let named = Shown::letter(TEACHER, &[OUTSIDE], "Trip", "Marigold Tewkesbury comes along.");
    assert_ne!(show(school.port, &named).edits.len(), 0, "the old roster still knows the name");
    // Sources, policy and all: a good reload while a message is on its way.
    fs::copy(harness::root().join("deploy/sample/roster.csv"), school.path("roster.csv")).unwrap();
    let mut slow = Conversation::connect(school.port);
    slow.begin(&named);
    school.exeat.signal("HUP");
    std::thread::sleep(Duration::from_millis(300));
    slow.end(&named);
    let (verdict, edits) = slow.answer();
    assert_eq!(verdict, Verdict::Relay);
    assert!(!String::from_utf8_lossy(&apply(&named, &edits).bytes()).contains("Tewkesbury"));
}

#[test]
fn monitoring_never_alters_whatever_fails() {
    let school = Alone::start(|config| {
        config
            .replace("mode = \"enforce\"", "mode = \"monitor\"")
            .replace("[log]", "[milter]\nmemory_bytes = 1000\nmessage_bytes = 100000\nheader_count = 40\n\n[log]")
    });
    let named = Shown::letter(TEACHER, &[OUTSIDE], "Marigold Tewkesbury", UPN);
    let mut large = named.clone();
    large.body.extend(b"Words, words, words.\r\n".repeat(1000));
    let mut too_large = named.clone();
    too_large.body.extend(b"Words, words, words.\r\n".repeat(10_000));
    let many = (0..60).fold(named.clone(), |shown, number| shown.with("X-Number", &number.to_string()));
    for shown in [&named, &large, &too_large, &many] {
        let heard = show(school.port, shown);
        assert_eq!((&heard.verdict, heard.edits.len()), (&Verdict::Relay, 0), "{}", school.exeat.log());
        assert_eq!(apply(shown, &heard.edits), untouched(shown));
    }
    fs::remove_dir_all(school.path("state/spool")).unwrap();
    let heard = show(school.port, &large);
    assert_eq!((heard.verdict, heard.edits.len()), (Verdict::Relay, 0), "{}", school.exeat.log());
}
