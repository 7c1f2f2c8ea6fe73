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
                assert_eq!(school.waiting(), kept);
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
    for pid in alone::workers(school.exeat.pid()) {
        alone::kill(pid);
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
    let hunting = alone::kill_workers_until(pid, std::sync::Arc::clone(&stop));
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
    // The log does not say of any of them that it was refused.
    let log = school.exeat.log();
    assert!(log.contains("monitoring only: relayed unread"), "{log}");
    assert!(!log.contains("refused") && !log.contains("try again later"), "{log}");
}

#[test]
fn a_recipient_too_many_is_put_off_and_while_monitoring_let_pass() {
    let people: Vec<String> = (0..5).map(|number| format!("parent{number}@elsewhere.example")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let shown = Shown::letter(TEACHER, &people, "Minutes", "The meeting is at noon.");
    for (mode, passing) in [("enforce", 3), ("monitor", 5)] {
        let school = Alone::start(|config| {
            config
                .replace("mode = \"enforce\"", &format!("mode = \"{mode}\""))
                .replace("[log]", "[milter]\nrecipients = 3\n\n[log]")
        });
        let heard = show(school.port, &shown);
        assert_eq!(heard.verdict, Verdict::Relay, "{mode}: {}", school.exeat.log());
        let (passed, refused): (Vec<_>, Vec<_>) = heard.recipients.iter().partition(|reply| reply[0] == b'c');
        assert_eq!(passed.len(), passing, "{mode}");
        assert!(refused.iter().all(|reply| reply.starts_with(b"y452 ")), "{mode}");
    }
}

/// What mode = "monitor" is said to do where the conversation itself breaks: nobody can be answered any more.
#[test]
fn a_relay_that_breaks_the_protocol_is_hung_up_on_in_every_mode() {
    for mode in ["enforce", "monitor"] {
        let school = Alone::start(|config| config.replace("mode = \"enforce\"", &format!("mode = \"{mode}\"")));
        let mut relay = Conversation::connect(school.port);
        // The end of a body before there was a message.
        relay.say(b'E', b"");
        assert_eq!(relay.reply(), None, "{mode}: {}", school.exeat.log());
        assert_eq!(show(school.port, &harmless()).verdict, Verdict::Relay, "{mode}");
    }
}

/// Ways to be somebody else, or nobody's business. Rules act all the same.
#[test]
fn what_a_sender_writes_lifts_nothing_out_of_the_rules() {
    type Trick = fn(Shown) -> Shown;
    let tricks: [(&str, Trick); 27] = [
        ("plain", |shown| shown),
        ("notice mark", |shown| shown.with("X-Exeat-Notice", "EX-7K3M-92QD")),
        ("release mark", |shown| shown.with("X-Exeat-Release", "EX-7K3M-92QD.9999999999.00.00")),
        ("folded release mark", |shown| shown.with("x-exeat-release ", "EX\n .1.2.3")),
        ("automatic", |shown| shown.with("Auto-Submitted", "auto-replied")),
        ("automatic and logged in", |shown| {
            shown.with("Auto-Submitted", "auto-replied").by("h.pemberton@school.example")
        }),
        ("list", |shown| shown.with("List-Id", "<a.list.example>").with("Precedence", "bulk")),
        ("suppress", |shown| shown.with("X-Auto-Response-Suppress", "All")),
        ("journal", |shown| {
            shown.with("X-MS-Journal-Report", "").with("X-MS-Exchange-Generated-Message-Source", "Journal Agent")
        }),
        ("sender", |shown| shown.with("Sender", "copier@school.example")),
        ("outside sender", |shown| shown.with("Sender", "a@elsewhere.example")),
        ("resent", |shown| shown.with("Resent-From", "a@elsewhere.example")),
        ("tenant", |shown| shown.with("X-OriginatorOrg", "school.example")),
        ("copier", |mut shown| {
            shown.from = b"<copier@school.example>".to_vec();
            shown
        }),
        ("pupil", |mut shown| {
            shown.from = b"<m.tewkesbury@pupils.school.example>".to_vec();
            shown
        }),
        ("outsider", |mut shown| {
            shown.from = b"<a@elsewhere.example>".to_vec();
            shown
        }),
        ("ours", |mut shown| {
            shown.from = b"<exeat@school.example>".to_vec();
            shown
        }),
        ("no address", |mut shown| {
            shown.from = b"<@>".to_vec();
            shown
        }),
        ("null and logged in", |mut shown| {
            shown.from = b"<>".to_vec();
            shown.by("h.pemberton@school.example")
        }),
        ("odd letters", |mut shown| {
            shown.from = b"<\xff\xfe\0@school.example>".to_vec();
            shown
        }),
        ("percent", |mut shown| {
            shown.to = vec![b"<someone%elsewhere.example@school.example>".to_vec()];
            shown
        }),
        ("bang", |mut shown| {
            shown.to = vec![b"<elsewhere.example!someone@school.example>".to_vec()];
            shown
        }),
        ("quoted at", |mut shown| {
            shown.to = vec![b"<\"someone@elsewhere.example\"@school.example>".to_vec()];
            shown
        }),
        ("route", |mut shown| {
            shown.to = vec![b"<@school.example:someone@elsewhere.example>".to_vec()];
            shown
        }),
        ("route of an authority", |mut shown| {
            shown.to = vec![b"<@police.example:someone@elsewhere.example>".to_vec()];
            shown
        }),
        ("no domain", |mut shown| {
            shown.to = vec![b"<someone>".to_vec()];
            shown
        }),
        ("beside an authority", |mut shown| {
            shown.to.push(b"<desk@police.example>".to_vec());
            shown
        }),
    ];
    let school = Alone::start(|config| config);
    for (number, (name, trick)) in tricks.into_iter().enumerate() {
        let mut shown = trick(grave());
        shown.body.extend(format!("{number}\r\n").into_bytes());
        let heard = show(school.port, &shown);
        if name == "beside an authority" {
            // Protection of children first: that copy goes, the other one waits.
            assert_eq!(heard.verdict, Verdict::Relay, "{name}");
            assert_eq!(apply(&shown, &heard.edits).to, [b"<desk@police.example>".to_vec()]);
        } else {
            assert_eq!(heard.verdict, Verdict::Discard, "{name}\n{}", school.exeat.log());
        }
    }
    assert_eq!(school.waiting(), 27);
}

#[test]
fn odd_recipients_are_taken_off_as_they_were_written() {
    let school = Alone::start(|config| config);
    // A teacher's own private mailbox, in all its spellings, beside an ordinary recipient.
    let private = [
        "<harriet.pemberton@mail.example>",
        "<Harriet.Pemberton@MAIL.example>",
        "<\"harriet.pemberton\"@mail.example>",
        "<@relay.example:harriet.pemberton@mail.example>",
        "<harriet.pemberton@mail.example.>",
        "harriet.pemberton@mail.example",
    ];
    let mut shown = harmless();
    shown.to.extend(private.map(|given| given.as_bytes().to_vec()));
    let heard = show(school.port, &shown);
    assert_eq!(heard.verdict, Verdict::Relay);
    assert_eq!(apply(&shown, &heard.edits).to, [b"<someone@elsewhere.example>".to_vec()]);
    // The same mailbox twice, byte for byte, is one recipient to the relay.
    let mut twice = harmless();
    twice.to.push(private[0].as_bytes().to_vec());
    twice.to.push(private[0].as_bytes().to_vec());
    let heard = show(school.port, &twice);
    assert_eq!(apply(&twice, &heard.edits).to, [b"<someone@elsewhere.example>".to_vec()]);
}

#[test]
fn no_recipients_and_very_many() {
    let school = Alone::start(|config| config);
    let mut none = grave();
    none.to.clear();
    assert!(show(school.port, &none).verdict.is_later(), "a message for nobody is not said yes to");
    let mut many = grave();
    many.to = (0..5_001).map(|number| format!("<r{number}@elsewhere.example>").into_bytes()).collect();
    let heard = show(school.port, &many);
    assert_eq!(heard.verdict, Verdict::Discard, "{}", school.exeat.log());
    let refused: Vec<_> = heard.recipients.iter().filter(|reply| reply[0] != b'c').collect();
    assert_eq!(refused.len(), 1);
    assert!(refused[0].starts_with(b"y452 "));
}

/// The bytes of a header that two readers may read in two ways.
#[test]
fn a_header_that_is_read_in_two_ways_is_not_changed_by_number() {
    let school = Alone::start(|config| config);
    let named = || Shown::letter(TEACHER, &[OUTSIDE], "Marigold Tewkesbury", "Marigold Tewkesbury comes along.");
    let odd: [(&[u8], &[u8]); 9] = [
        (b"X-Plain", b" word"),
        (b"Subject ", b" other words"),
        (b"X Y", b" word"),
        (b"X-\xe4\xff", b" word"),
        (b"", b" word"),
        (b"From nobody Mon", b" 1"),
        (b"X-Fold", b" one\n Subject: two\n\tbody"),
        (b"X-Bare", b" one\rSubject: two"),
        (b"--x", b" word"),
    ];
    for (number, (name, value)) in odd.into_iter().enumerate() {
        for at in [0, 3] {
            let mut shown = named();
            shown.body.extend(format!("{number} {at}\r\n").into_bytes());
            shown.headers.insert(at, (name.to_vec(), value.to_vec()));
            let heard = show(school.port, &shown);
            let passed = apply(&shown, &heard.edits);
            let text = String::from_utf8_lossy(&passed.bytes()).into_owned();
            match heard.verdict {
                Verdict::Relay => {
                    assert!(!text.contains("Tewkesbury"), "{number} {at}: {text}");
                    let same = shown.headers.iter().zip(&passed.headers).filter(|(old, new)| old != new).count();
                    assert_eq!((same, shown.headers.len()), (1, passed.headers.len()), "{number} {at}: {text}");
                }
                verdict => assert!(verdict == Verdict::Discard || verdict.is_later(), "{number} {at}: {verdict:?}"),
            }
        }
    }
}

/// What a relay shows is what is judged: a body that other readers may read otherwise is found in all the same.
#[test]
fn a_body_that_can_be_read_in_two_ways_is_not_harmless() {
    let school = Alone::start(|config| config);
    let bodies: [&[u8]; 8] = [
        b"a\n.\r\nUPN H801200001001\r\n",
        b"a\r\n.\rUPN H801200001001\r\n",
        b"a\n\nUPN H801200001001\n",
        b"a\r\rUPN H801200001001\r",
        b"\0\0\0UPN\0 H801200001001\0\r\n",
        b"\xff\xfe\x80 UPN H801200001001 \xe4\r\n",
        b"UPN H801200001001",
        b"\r\n\r\nSubject: x\r\n\r\nUPN H801200001001",
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        let mut shown = grave();
        shown.body = body.to_vec();
        let heard = show(school.port, &shown);
        assert_eq!(heard.verdict, Verdict::Discard, "{number}\n{}", school.exeat.log());
    }
    // No header at all, and nothing at all.
    let mut bare = grave();
    bare.headers.clear();
    assert_eq!(show(school.port, &bare).verdict, Verdict::Discard);
    bare.body.clear();
    assert_eq!(show(school.port, &bare).verdict, Verdict::Relay);
}

/// A refusal for some recipients is told by a notice; where none can be sent, the copy is kept.
#[test]
fn a_refusal_that_nobody_would_hear_of_becomes_a_hold() {
    for (header, kept) in [(None, 0), (Some("auto-generated"), 1)] {
        let school = Alone::start_in(|config, dir| {
            let pack = fs::read_to_string(harness::root().join("rules/packs/arts-college.toml")).unwrap();
            let at = pack.find("id = \"credentials\"").unwrap();
            let rule = pack[at..].replacen("action = \"hold\"", "action = \"reject\"", 1);
            fs::write(dir.join("pack.toml"), format!("{}{rule}", &pack[..at])).unwrap();
            config.replace("\"arts-college\"", "\"pack.toml\"")
        });
        let text = "User: office\r\nPassword: Tr4v3l-Owl-9";
        let to = [OUTSIDE, "desk@police.example"];
        let mut shown = Shown::letter(TEACHER, &to, "Access", text);
        if let Some(value) = header {
            shown = shown.with("Auto-Submitted", value);
        }
        let heard = show(school.port, &shown);
        assert_eq!(heard.verdict, Verdict::Relay, "{}", school.exeat.log());
        assert_eq!(apply(&shown, &heard.edits).to, [b"<desk@police.example>".to_vec()]);
        assert_eq!(school.waiting(), kept, "{header:?}");
        let told = |mail: &harness::Delivered| mail.recipients() == [TEACHER];
        let notices = if header.is_none() { school.sink.wait_for(1, Duration::from_secs(20), told).len() } else { 0 };
        assert_eq!(notices, 1 - kept, "{header:?}");
    }
}

#[test]
fn workers_die_with_the_program() {
    let mut school = Alone::start(|config| config);
    assert_eq!(show(school.port, &harmless()).verdict, Verdict::Relay);
    let workers = alone::workers(school.exeat.pid());
    assert!(!workers.is_empty());
    school.exeat.kill();
    let gone = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        !status.contains("exeat-room") || status.contains("State:\tZ")
    };
    assert!(wait_until(Duration::from_secs(5), || workers.iter().all(gone)));
}
