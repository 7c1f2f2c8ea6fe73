//! A message that kills workers is held; asked to, the program reads it again, and lets it go only if nothing else
//! holds it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "harness/mod.rs"]
mod harness;

use arc_swap::ArcSwap;
use exeat::actions::Action;
use exeat::budget::Budget;
use exeat::journal::Journal;
use exeat::mail::{Address, Envelope, Header, Path};
use exeat::metrics::Metrics;
use exeat::milter::{Answer, Judge, Received};
use exeat::notice::{self, Hit, Reason};
use exeat::pipeline::{Live, Pipeline};
use exeat::policy::{Enforcement, Policy};
use exeat::private::Private;
use exeat::room::{Guard, Room, Settings};
use exeat::school::roster::{Columns, Roster};
use exeat::school::staff::{Member, Staff};
use exeat::school::{Identity, School};
use exeat::source::{self, SourceEntry, Sources, UnknownSource};
use exeat::spool::{Directory, Message};
use exeat::store::{Batch, Keep, KeepState, KeptEnvelope, Record, RetryKey, State, Store, StoreKey};
use harness::{Exeat, free_port, root, wait_until};
use jiff::{SignedDuration, Timestamp};
use std::io::{Seek, Write};
use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const POLICY: &str = r#"
name = "test"
otherwise = "relay"
unreadable = { broken = "hold", unsupported = "note", limit = "note", exhausted = "hold" }
protected = "note"
[[rule]]
id = "names"
clause = "1"
check = "pupil_names"
kinds = ["full_name"]
action = "hold"
[[clause]]
id = "1"
asks = "initials"
rules = ["names"]
"#;

fn live() -> Live {
    let csv = "id,forename,surname\n1,Amina,Okafor\n";
    let (roster, problems) = Roster::read(csv.as_bytes(), &Columns::default(), "roster.csv");
    assert_eq!(problems, []);
    let mut staff = Staff::default();
    staff.add(Member { address: Address::read("t@school.example"), ..Member::default() });
    let identity = Identity { domains: vec!["school.example".to_owned()], ..Identity::default() };
    let entry = SourceEntry {
        name: "all".to_owned(),
        listener: vec![String::new()],
        servers_only: true,
        ..SourceEntry::default()
    };
    let settings = source::Settings { sources: vec![entry], unknown_source: Some(UnknownSource::JudgeAsStaff) };
    let (sources, problems) = Sources::read(&settings, "test.toml");
    assert_eq!(problems, []);
    Live {
        school: School { roster, staff, identity, ..School::default() },
        policy: Policy::read("test.toml", POLICY).unwrap(),
        enforcement: Enforcement::All,
        sources,
        notice: notice::Settings::default(),
    }
}

/// A program whose workers have so much memory.
async fn pipeline(store: &Store, spool: &std::path::Path, memory: u64) -> Pipeline {
    let settings = Settings {
        memory_bytes: NonZeroU64::new(memory).unwrap(),
        processor_seconds: NonZeroU32::new(60).unwrap(),
        allow_weaker_sandbox: Guard::ALL.to_vec(),
        // The attachment only makes the message large.
        open: Vec::new(),
        ..Settings::default()
    };
    let budget = Budget::new(1 << 30);
    let program = PathBuf::from(env!("CARGO_BIN_EXE_exeat"));
    Pipeline {
        live: Arc::new(ArcSwap::from_pointee(live())),
        room: Room::start(settings, program, budget.clone(), Arc::new(())).await.unwrap(),
        store: Some(store.clone()),
        budget,
        spool: Directory::open(spool).unwrap(),
        most_in_memory: 1 << 20,
        journal: Journal::new(Metrics::new().unwrap()),
        wake: Arc::new(|| {}),
        window: SignedDuration::from_hours(24),
    }
}

/// A message with an attachment of 48 MB.
fn letter(text: &str) -> Received {
    let head = format!(
        "From: t@school.example\r\nTo: o@out.example\r\nSubject: {text}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    );
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\nContent-Type: application/pdf\r\n\
         Content-Disposition: attachment; filename=\"a.pdf\"\r\n\r\n%PDF-1.4\r\n"
    );
    let mut file = tempfile::tempfile().unwrap();
    write!(file, "{head}{body}").unwrap();
    let line = [vec![b'x'; 1022], b"\r\n".to_vec()].concat().repeat(1 << 10);
    for _ in 0..48 {
        file.write_all(&line).unwrap();
    }
    file.write_all(b"--b--\r\n").unwrap();
    let length = file.stream_position().unwrap();
    let header = |name: &str, value: &str| Header { name: name.as_bytes().to_vec(), value: value.as_bytes().to_vec() };
    Received {
        envelope: Envelope {
            sender: Some(Path::new(b"<t@school.example>", Vec::new())),
            recipients: vec![Path::new(b"<o@out.example>", Vec::new())],
            ..Envelope::default()
        },
        headers: vec![header("From", "t@school.example"), header("To", "o@out.example"), header("Subject", text)],
        message: Message::in_file(file, head.len() as u64, length, None),
    }
}

async fn what_was_done(store: &Store, reference: &str) -> Vec<String> {
    let events = store.show(reference).await.unwrap().events;
    events.iter().map(|event| format!("{}: {}", event.what, event.reason.expose())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_killed_workers_is_held_and_read_again_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.sqlite"), StoreKey::new([7; 32]), 1 << 30).unwrap();
    let cramped = pipeline(&store, &folder.path().join("spool"), 64 << 20).await;
    for text in ["Nothing of note", "Amina Okafor"] {
        assert!(matches!(cramped.judge(letter(text)).await, Answer::Discard), "{text}");
    }
    let held = store.list(&[State::Held], 10).await.unwrap();
    assert_eq!(held.len(), 2);
    for entry in &held {
        let reasons: Vec<(&str, &str)> = entry
            .record
            .reasons
            .iter()
            .flat_map(|reason| reason.hits.iter().map(|hit| (reason.check.as_str(), hit.kind.as_str())))
            .collect();
        assert_eq!(reasons, [("unreadable", "exhausted")]);
        assert_eq!(entry.record.subject.expose(), "", "what was not searched is not told");
    }
    let (harmless, named) = (held[0].reference.as_str(), held[1].reference.as_str());
    assert_eq!(cramped.retry_asked(0).await, 0, "nobody asked");

    let ask = async |reference: &str| store.retry(reference, "op", "try again", Timestamp::now()).await.unwrap();
    ask(harmless).await;
    let last = cramped.retry_asked(0).await;
    assert!(last > 0);
    let done = what_was_done(&store, harmless).await;
    assert_eq!(done[1], "retried: try again");
    assert_eq!(done.last().unwrap(), "read_again: it could not be read again; a person decides");
    assert_eq!(store.show(harmless).await.unwrap().entry.state, State::Held);
    assert_eq!(cramped.retry_asked(0).await, 0, "each is read once for each time somebody asks");

    let roomy = pipeline(&store, &folder.path().join("spool2"), 1 << 30).await;
    ask(harmless).await;
    ask(named).await;
    assert!(roomy.retry_asked(last).await > last);
    assert_eq!(what_was_done(&store, harmless).await.last().unwrap(), "read_again: read; nothing holds it any more");
    assert_eq!(store.show(harmless).await.unwrap().entry.state, State::Ready);
    let kept = "read_again: read; a rule keeps it waiting, a person decides";
    assert_eq!(what_was_done(&store, named).await.last().unwrap(), kept);
    assert_eq!(store.show(named).await.unwrap().entry.state, State::Held);
    cramped.room.stop().await;
    roomy.room.stop().await;
}

/// A held copy that was not read in its time.
fn unread(reference: &str) -> Batch {
    let hit = Hit { kind: "exhausted".to_owned(), place: Private::default(), masked: String::new() };
    let reason = Reason {
        rule: "unreadable".to_owned(),
        clause: "1".to_owned(),
        check: "unreadable".to_owned(),
        action: Action::Hold,
        say: String::new(),
        advice: String::new(),
        hits: vec![hit],
        more: 0,
    };
    let bytes = b"From: t.asquith@school.example\r\nSubject: Minutes\r\n\r\nThe meeting is at noon.\r\n".to_vec();
    let keep = Keep {
        reference: reference.to_owned(),
        fate: KeepState::Held,
        envelope: KeptEnvelope {
            sender: Path::new(b"<t.asquith@school.example>", Vec::new()),
            recipients: vec![Path::new(b"<someone@elsewhere.example>", Vec::new())],
        },
        content: Message::in_memory(bytes, 57, None),
        original: None,
        record: Record { sender_class: "staff".to_owned(), reasons: vec![reason], ..Record::default() },
    };
    let (now, window) = (Timestamp::now(), SignedDuration::from_hours(24));
    Batch { keeps: vec![keep], story: None, retry_key: RetryKey::from_bytes([9; 32]), now, window }
}

#[test]
fn the_running_program_does_what_the_command_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let (milter, http, release) = (free_port(), free_port(), free_port());
    for file in ["roster.csv", "staff.csv"] {
        std::fs::copy(root().join("deploy/sample").join(file), folder.path().join(file)).unwrap();
    }
    let config = std::fs::read_to_string(root().join("deploy/sample/exeat.toml")).unwrap();
    let config = config
        .replace("127.0.0.1:10028", &format!("127.0.0.1:{milter}"))
        .replace("127.0.0.1:10027", &format!("127.0.0.1:{release}"))
        .replace("127.0.0.1:10029", &format!("127.0.0.1:{http}"));
    let (file, key) = (folder.path().join("exeat.toml"), folder.path().join("store.key"));
    std::fs::write(&file, config).unwrap();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_exeat"));
    let made = std::process::Command::new(&program).args(["key", "create"]).arg(&key).output().unwrap();
    assert!(made.status.success());
    let store = Store::open(&folder.path().join("store.sqlite"), StoreKey::read(&key).unwrap(), 1 << 30).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(store.keep(unread("EX-2222-AAAA"))).unwrap();

    let exeat = Exeat::start(&program, &file, http);
    let (code, text) = exeat.command(&["held", "retry", "EX-2222-AAAA", "--reason", "try again"]);
    assert_eq!(code, 0, "{text}");
    let log = || exeat.command(&["held", "log"]).1;
    assert!(wait_until(Duration::from_secs(40), || log().contains("read_again")), "{}\n{}", log(), exeat.log());
    assert!(log().contains("nothing holds it any more"), "{}", log());
    let state = runtime.block_on(store.show("EX-2222-AAAA")).unwrap().entry.state;
    assert_eq!(state, State::Ready, "{}", log());
}
