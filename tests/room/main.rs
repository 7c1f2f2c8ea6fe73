//! The room without doors, with real processes: nothing gets out, and nothing that dies in there does harm.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "../harness/command.rs"]
mod command;
mod dying;
mod files;
mod living;
mod picture;
mod pictures;

use exeat::budget::Budget;
use exeat::mail::parts::{GapKind, Limits, Piece, Place, Tree, take_apart};
use exeat::room::frames::{self, Head, Kind};
use exeat::room::{Death, Digest, Guard, Misdeed, Observer, OpenError, Outcome, Room, SandboxReport, Settings};
use exeat::room::{NotStarted, StartError, Step, own_program};
use exeat::spool::Message;
use std::io::Write;
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const MAIL: &[u8] = b"From: a@school.example\r\nSubject: a trip\r\n\r\nThe coach leaves at nine.\r\n";

/// Remembers what happened in a room.
#[derive(Default)]
struct Seen {
    started: Mutex<u32>,
    ended: Mutex<u32>,
    deaths: Mutex<Vec<Death>>,
    jobs: Mutex<u32>,
    poison: Mutex<u32>,
}

impl Observer for Seen {
    fn worker_started(&self) {
        *self.started.lock().unwrap() += 1;
    }
    fn worker_ended(&self) {
        *self.ended.lock().unwrap() += 1;
    }
    fn worker_died(&self, death: Death) {
        self.deaths.lock().unwrap().push(death);
    }
    fn job(&self, _processor: Duration, _wall: Duration) {
        *self.jobs.lock().unwrap() += 1;
    }
    fn poison(&self) {
        *self.poison.lock().unwrap() += 1;
    }
}

impl Seen {
    fn deaths(&self) -> Vec<Death> {
        self.deaths.lock().unwrap().clone()
    }
}

fn real() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_exeat"))
}

/// Short limits. A kernel without one of the guards still runs the tests of the others.
fn settings(workers: u16) -> Settings {
    Settings {
        workers: NonZeroU16::new(workers),
        processor_seconds: NonZeroU32::MIN,
        queue_seconds: NonZeroU32::new(60).unwrap(),
        allow_weaker_sandbox: Guard::ALL.to_vec(),
        ..Settings::default()
    }
}

async fn room(settings: Settings, program: PathBuf) -> (Room, Arc<Seen>) {
    let seen = Arc::new(Seen::default());
    let room = Room::start(settings, program, Budget::new(1 << 30), seen.clone()).await.unwrap();
    (room, seen)
}

fn mail() -> Message {
    Message::in_memory(MAIL.to_vec(), 44, None)
}

/// More bytes than a worker of [`cramped`] has room for. The file has none of them on disk.
fn too_big(length: u64) -> Message {
    let file = tempfile::tempfile().unwrap();
    file.set_len(length).unwrap();
    Message::in_file(file, 0, length, None)
}

fn cramped(workers: u16) -> Settings {
    Settings { memory_bytes: NonZeroU64::new(96 << 20).unwrap(), ..settings(workers) }
}

fn is_given_up(tree: &Tree) -> bool {
    let gap = |tree: &Tree| tree.gaps.iter().map(|gap| (gap.kind, gap.part)).collect::<Vec<_>>();
    gap(tree) == [(GapKind::Exhausted, 0)] && tree.headers.is_empty() && tree.text.is_empty()
}

/// A program in place of the worker: a shell script, with what it needs beside it.
struct Script {
    folder: tempfile::TempDir,
}

impl Script {
    fn new(text: &str, after_hello: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut said = frames::small(Kind::Hello, &SandboxReport::default()).unwrap();
        said.extend_from_slice(after_hello);
        std::fs::write(folder.path().join("said"), said).unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let text = text
            .replace("SAID", &at("said"))
            .replace("FLAG", &at("flag"))
            .replace("NOTE", &at("note"))
            .replace("REALLY", &real().display().to_string())
            .replace("REAL", &format!("{} room-worker", real().display()));
        let mut file = std::fs::File::create(folder.path().join("program")).unwrap();
        file.write_all(format!("#!/bin/sh\n{text}\n").as_bytes()).unwrap();
        file.set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join("program")
    }

    fn note(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("note")).unwrap()
    }

    /// Waits until the processes whose numbers stand in the note have ended.
    async fn ended(&self) {
        for process in self.note().lines() {
            let lives = || {
                let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
                !state.is_empty() && !state.contains(") Z ")
            };
            let begun = Instant::now();
            while lives() {
                assert!(begun.elapsed() < Duration::from_secs(20), "a worker lives on");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_misdeed_succeeds() {
    let (room, _) = room(settings(12), real()).await;
    let report = room.sandbox();
    println!("{report}, network by Landlock: {}", report.landlock_network);
    let tries: Vec<_> = Misdeed::ALL
        .into_iter()
        .map(|misdeed| {
            let room = room.clone();
            tokio::spawn(async move { (misdeed, room.attempt(misdeed).await.unwrap()) })
        })
        .collect();
    for tried in tries {
        let (misdeed, outcome) = tried.await.unwrap();
        let expected = match misdeed {
            Misdeed::OverflowStack | Misdeed::Abort | Misdeed::Panic | Misdeed::TakeMemory => Death::Crashed,
            Misdeed::Loop => Death::ProcessorTime,
            Misdeed::Wait => Death::WallClock,
            _ => Death::Forbidden,
        };
        if expected == Death::Forbidden && report.missing.contains(&Guard::Seccomp) {
            println!("{}: {outcome:?} without the system call filter", misdeed.name());
        } else {
            assert_eq!(outcome, Outcome::Died(expected), "{}", misdeed.name());
        }
    }
    assert!(!Path::new("/tmp/exeat-room-probe").exists());
    assert_eq!(room.open(&mail()).await.unwrap(), take_apart(MAIL, &Limits::default()));
}

#[tokio::test]
async fn a_message_is_the_same_from_memory_and_from_a_file() {
    let (room, seen) = room(settings(1), real()).await;
    let long = [MAIL, "words \r\n".repeat(300_000).as_bytes()].concat();
    for bytes in [MAIL, b"", b"no header", &long] {
        let expected = take_apart(bytes, &Limits::default());
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let length = bytes.len() as u64;
        assert_eq!(room.open(&Message::in_memory(bytes.to_vec(), 0, None)).await.unwrap(), expected);
        assert_eq!(room.open(&Message::in_file(file, 0, length, None)).await.unwrap(), expected);
    }
    assert_eq!((seen.deaths(), *seen.jobs.lock().unwrap()), (vec![], 8));
}

#[tokio::test]
async fn a_message_of_25_megabytes_is_not_too_large() {
    let tight = Settings { memory_bytes: NonZeroU64::new(160 << 20).unwrap(), ..settings(1) };
    let tight = Settings { processor_seconds: NonZeroU32::new(20).unwrap(), ..tight };
    let (room, seen) = room(tight, real()).await;
    let header = "Subject: a trip\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: ";
    let kinds = [
        (
            "base64\r\nContent-Type: application/octet-stream",
            "RXhlYXQgaXMgYSBsZWF2ZSB0byBiZSBhd2F5LiBFdmVyeSBsZXR0ZXIgbmVlZHMgb25l\r\n",
        ),
        ("8bit\r\nContent-Type: text/plain", "The coach leaves at nine and comes back at five.\r\n"),
    ];
    for (kind, line) in kinds {
        let mut file = tempfile::tempfile().unwrap();
        let text = format!("{header}{kind}\r\n\r\n{}", line.repeat(25_000_000 / line.len()));
        file.write_all(text.as_bytes()).unwrap();
        let tree = room.open(&Message::in_file(file, 0, text.len() as u64, None)).await.unwrap();
        assert!(!is_given_up(&tree));
    }
    assert_eq!(seen.deaths(), []);
}

#[tokio::test]
async fn the_program_that_runs_is_its_own_worker_even_with_a_stray_descriptor() {
    // What an administrator's shell left open takes the number that the spool file would have had.
    let script = Script::new("exec 3</etc/passwd\nexec REAL", b"");
    let (room, seen) = room(settings(1), script.program()).await;
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(MAIL).unwrap();
    let message = Message::in_file(file, 0, MAIL.len() as u64, None);
    for _ in 0..3 {
        assert_eq!(room.open(&message).await.unwrap(), take_apart(MAIL, &Limits::default()));
    }
    assert_eq!(seen.deaths(), []);
    assert!(own_program().exists());
}

#[tokio::test]
async fn a_worker_knows_nothing_of_its_surroundings() {
    let script = Script::new("/usr/bin/env >NOTE\nexec REAL", b"");
    let (room, _) = room(settings(1), script.program()).await;
    assert!(room.open(&mail()).await.is_ok());
    let known: Vec<String> =
        script.note().lines().filter_map(|line| line.split('=').next().map(str::to_owned)).collect();
    // What the shell itself adds.
    assert!(known.iter().all(|name| ["PWD", "OLDPWD", "SHLVL", "_"].contains(&name.as_str())), "{known:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn processor_time_is_counted_for_each_message() {
    let one_worker = Settings { jobs_per_worker: NonZeroU32::MAX, ..settings(1) };
    let (room, seen) = room(one_worker, real()).await;
    let message = Message::in_memory([MAIL, "words \r\n".repeat(20_000).as_bytes()].concat(), 44, None);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        room.open(&message).await.unwrap();
    }
    assert_eq!((seen.deaths(), *seen.started.lock().unwrap()), (vec![], 1 + *seen.ended.lock().unwrap()));
}

#[test]
fn settings_are_read_with_their_defaults() {
    let read = |text: &str| toml::from_str::<Settings>(text).ok();
    assert_eq!(read(""), Some(Settings::default()));
    let weaker = read("allow_weaker_sandbox = [\"landlock\"]\nworkers = 2").unwrap();
    assert_eq!((weaker.allow_weaker_sandbox, weaker.workers), (vec![Guard::Landlock], NonZeroU16::new(2)));
    for wrong in ["workers = 0", "processor_seconds = 0", "unknown = 1", "allow_weaker_sandbox = [\"door\"]"] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}

/// Figures, not a test: nothing is right or wrong, so it runs when asked for (`EXEAT_FIGURES=yes tests/run.sh`).
#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints figures: EXEAT_FIGURES=yes tests/run.sh"]
async fn figures() {
    let count = 200;
    let one_job = Settings { jobs_per_worker: NonZeroU32::MIN, ..settings(1) };
    for (what, settings) in [("fresh worker for each", one_job), ("kept worker", settings(1))] {
        let (room, _) = room(settings, real()).await;
        let begun = Instant::now();
        for _ in 0..count {
            room.open(&mail()).await.unwrap();
        }
        println!("{what}: {:?} a message", begun.elapsed() / count);
    }
    let (room, _) = room(settings(1), real()).await;
    let large = too_big(25 << 20);
    let begun = Instant::now();
    for _ in 0..10 {
        room.open(&large).await.unwrap();
    }
    println!("25 MiB in a file: {:?} a message", begun.elapsed() / 10);
}
