//! The room without doors, with real processes: nothing gets out, and nothing that dies in there does harm.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use exeat::budget::Budget;
use exeat::mail::parts::{GapKind, Limits, Piece, Place, Tree, take_apart};
use exeat::room::frames::{self, Head, Kind};
use exeat::room::{Death, Digest, Guard, Misdeed, Observer, OpenError, Outcome, Room, SandboxReport, Settings};
use exeat::room::{StartError, own_program};
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
async fn twice_killed_is_poison_until_it_expires_or_is_cleared() {
    let short = Settings { poison_seconds: NonZeroU64::new(3).unwrap(), ..cramped(1) };
    let (room, seen) = room(short, real()).await;
    let bad = too_big(128 << 20);
    let counts = |seen: &Seen| (seen.deaths().len(), *seen.poison.lock().unwrap());

    assert!(is_given_up(&room.open(&bad).await.unwrap()));
    assert_eq!((seen.deaths(), counts(&seen)), (vec![Death::Crashed; 2], (2, 1)));
    // The first worker and a fresh one for the second death.
    assert_eq!(*seen.started.lock().unwrap(), 2);
    let marked = Instant::now();

    assert!(is_given_up(&room.open(&bad).await.unwrap()));
    assert_eq!(counts(&seen), (2, 1), "a marked message is not opened");

    assert!(room.forget(&Digest::of(&bad).unwrap()));
    assert!(is_given_up(&room.open(&bad).await.unwrap()));
    assert_eq!(counts(&seen), (4, 2), "a cleared message is tried again");
    assert_eq!(room.forget_all(), 1);

    assert!(is_given_up(&room.open(&bad).await.unwrap()));
    assert_eq!(counts(&seen), (6, 3));
    assert!(marked.elapsed() < Duration::from_secs(30));
    tokio::time::sleep(Duration::from_millis(3100)).await;
    assert!(is_given_up(&room.open(&bad).await.unwrap()));
    assert_eq!(counts(&seen), (8, 4), "an old mark means nothing");
    assert_eq!(room.open(&mail()).await.unwrap(), take_apart(MAIL, &Limits::default()));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_messages_do_not_disturb_good_ones() {
    let (room, seen) = room(cramped(2), real()).await;
    let good = take_apart(MAIL, &Limits::default());
    let opened: Vec<_> = (0..60)
        .map(|number| {
            let room = room.clone();
            let bad = number % 10 == 0;
            let message = if bad { too_big((100 << 20) + number) } else { mail() };
            tokio::spawn(async move { (bad, room.open(&message).await.unwrap()) })
        })
        .collect();
    for opened in opened {
        let (bad, tree) = opened.await.unwrap();
        assert!(if bad { is_given_up(&tree) } else { tree == good });
    }
    assert_eq!((seen.deaths(), *seen.poison.lock().unwrap()), (vec![Death::Crashed; 12], 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_in_the_queue_ends_in_busy() {
    let impatient = Settings { queue_seconds: NonZeroU32::MIN, ..settings(1) };
    let budget = Budget::new(16 << 20);
    let room = Room::start(impatient, real(), budget.clone(), Arc::new(())).await.unwrap();

    let share = budget.take(16 << 20).await;
    assert_eq!(room.open(&too_big(4 << 20)).await, Err(OpenError::Busy), "no memory");
    assert!(room.open(&mail()).await.is_ok(), "a small message waits for no memory");
    drop(share);

    let other = room.clone();
    let slow = tokio::spawn(async move { other.attempt(Misdeed::Loop).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    // The loop ends a second or two after its start: this one may or may not get its turn, but does not hang.
    let hurried = tokio::time::timeout(Duration::from_secs(3), room.open(&mail())).await.unwrap();
    assert!(hurried.is_ok() || hurried == Err(OpenError::Busy));
    assert_eq!(slow.await.unwrap(), Ok(Outcome::Died(Death::ProcessorTime)));

    let other = room.clone();
    let waiting = tokio::spawn(async move { other.attempt(Misdeed::Wait).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(room.open(&mail()).await, Err(OpenError::Busy), "no worker");
    // Nobody waits for the answer any more: the worker is killed and the next message has its turn.
    waiting.abort();
    assert!(room.open(&mail()).await.is_ok());
    assert_eq!(budget.free(), budget.total());
}

/// What a lying worker says after its greeting, whether it then stays or goes, and how that counts.
fn lies() -> Vec<(&'static str, Vec<u8>, bool, Death)> {
    let head = |kind, length| Head { kind, length }.encode().to_vec();
    let tree = frames::tree(7, &Tree::default(), 4096).unwrap();
    let with_rest = {
        let mut frame = tree.clone();
        frame[1] += 1;
        frame.push(0);
        frame
    };
    let beyond = Piece { place: Place::Body, part: 900, text: 5..90_000, runs: vec![], hidden: vec![] };
    let beyond = Tree { pieces: vec![beyond], ..Tree::default() };
    let mut lies = vec![
        ("unknown kind", vec![99, 0, 0, 0, 0], true, Death::Malformed),
        ("longer than allowed", head(Kind::Tree, u32::MAX), true, Death::Malformed),
        ("second greeting", frames::small(Kind::Hello, &SandboxReport::default()).unwrap(), true, Death::Malformed),
        ("answer to another question", head(Kind::Succeeded, 0), true, Death::Malformed),
        ("no tree", [head(Kind::Tree, 40), vec![0xff; 40]].concat(), true, Death::Malformed),
        ("too short for a tree", [head(Kind::Tree, 3), vec![0; 3]].concat(), true, Death::Malformed),
        ("tree with a rest", with_rest, true, Death::Malformed),
        ("half a head", vec![4, 0], false, Death::Crashed),
        ("half a frame", tree[..tree.len() - 1].to_vec(), false, Death::Crashed),
        ("half a frame and silence", tree[..tree.len() - 1].to_vec(), true, Death::WallClock),
        ("nothing", vec![], false, Death::Crashed),
        ("own admission", head(Kind::TooLong, 0), true, Death::TooLong),
    ];
    if beyond.check(MAIL.len() as u64, &Limits::default()).is_err() {
        lies.push(("tree out of bounds", frames::tree(7, &beyond, 4096).unwrap(), true, Death::Malformed));
    }
    lies
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_worker_is_as_good_as_a_dead_one() {
    let tries = lies().into_iter().map(|(name, said, stays, death)| {
        tokio::spawn(async move {
            // It dies only when it has been given work, so that it is not found dead before.
            let after = if stays { "exec /bin/sleep 600" } else { "exit 0" };
            let script =
                Script::new(&format!("/bin/cat SAID >&0\n/usr/bin/head -c 8 >/dev/null\nsleep 0.2\n{after}"), &said);
            let (room, seen) = room(settings(1), script.program()).await;
            let tree = room.open(&mail()).await.unwrap();
            assert!(is_given_up(&tree), "{name}");
            assert_eq!(seen.deaths(), [death; 2], "{name}");
        })
    });
    for tried in tries.collect::<Vec<_>>() {
        tried.await.unwrap();
    }
}

#[tokio::test]
async fn a_worker_that_does_not_start_is_an_error() {
    let start = async |program: PathBuf, settings: Settings| {
        Room::start(settings, program, Budget::new(1), Arc::new(())).await.err()
    };
    let missing = start(PathBuf::from("/nowhere/exeat"), settings(1)).await;
    assert_eq!(missing, Some(StartError::Process(std::io::ErrorKind::NotFound)));
    assert_eq!(start(PathBuf::from("/bin/false"), settings(1)).await, Some(StartError::Died(Death::Crashed)));
    let garbage = Script::new("echo hello >&0", b"");
    assert_eq!(start(garbage.program(), settings(1)).await, Some(StartError::Died(Death::Crashed)));
    let no_memory = Settings { memory_bytes: NonZeroU64::MIN, ..settings(1) };
    assert_eq!(start(real(), no_memory).await, Some(StartError::Memory));
}

#[tokio::test]
async fn a_kernel_that_gives_less_must_be_allowed_to() {
    let less = SandboxReport { missing: vec![Guard::Landlock, Guard::Seccomp], landlock_network: false };
    let script = Script::new("/bin/cat SAID >&0\nexec /bin/sleep 600", b"");
    std::fs::write(script.folder.path().join("said"), frames::small(Kind::Hello, &less).unwrap()).unwrap();
    for (allowed, refused) in [
        (vec![], Some(vec![Guard::Landlock, Guard::Seccomp])),
        (vec![Guard::Seccomp, Guard::Limits], Some(vec![Guard::Landlock])),
        (vec![Guard::Seccomp, Guard::Landlock], None),
    ] {
        let settings = Settings { allow_weaker_sandbox: allowed, ..settings(1) };
        match Room::start(settings, script.program(), Budget::new(1), Arc::new(())).await {
            Ok(room) => assert_eq!((refused, room.sandbox()), (None, less.clone())),
            Err(error) => {
                assert!(error.to_string().contains("landlock"));
                assert_eq!(Some(error), refused.map(StartError::Weaker));
            }
        }
    }
}

#[tokio::test]
async fn a_worker_found_dead_is_replaced_and_no_message_blamed() {
    let script = Script::new("[ -e FLAG ] && exec REAL\n: >FLAG\n/bin/cat SAID >&0\nexit 0", b"");
    let (room, seen) = room(settings(1), script.program()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(room.open(&mail()).await.unwrap(), take_apart(MAIL, &Limits::default()));
    assert_eq!((seen.deaths(), room.forget_all()), (vec![Death::Killed], 0));
}

#[tokio::test]
async fn workers_that_start_no_more_are_an_error_never_an_answer() {
    let script = Script::new("[ -e FLAG ] && exit 3\n: >FLAG\n/bin/cat SAID >&0\nexit 0", b"");
    let (room, seen) = room(settings(1), script.program()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begun = Instant::now();
    assert_eq!(room.open(&mail()).await, Err(OpenError::NoWorker(StartError::Died(Death::Crashed))));
    assert!(begun.elapsed() > Duration::from_millis(900), "it pauses between");
    assert_eq!(*seen.poison.lock().unwrap(), 0);
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

#[tokio::test]
async fn workers_are_replaced_in_time_and_gone_after_the_end() {
    let script = Script::new("echo $$ >>NOTE\nexec REAL", b"");
    let few = Settings { jobs_per_worker: NonZeroU32::new(2).unwrap(), ..settings(1) };
    let (room, seen) = room(few, script.program()).await;
    for _ in 0..5 {
        assert!(room.open(&mail()).await.is_ok());
    }
    assert_eq!((*seen.started.lock().unwrap(), seen.deaths()), (3, vec![]));
    room.stop().await;
    assert_eq!(*seen.ended.lock().unwrap(), 3);
    assert_eq!(room.open(&mail()).await, Err(OpenError::Stopped));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let processes: Vec<String> = script.note().lines().map(str::to_owned).collect();
    assert_eq!(processes.len(), 3);
    for process in processes {
        assert!(!Path::new("/proc").join(process).exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_waits_for_work_in_progress() {
    let (room, seen) = room(settings(2), real()).await;
    let other = room.clone();
    let working = tokio::spawn(async move { other.attempt(Misdeed::Loop).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    room.stop().await;
    assert_eq!(room.open(&mail()).await, Err(OpenError::Stopped));
    assert_eq!(working.await.unwrap(), Ok(Outcome::Died(Death::ProcessorTime)));
    assert_eq!(*seen.started.lock().unwrap(), *seen.ended.lock().unwrap());
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
fn nobody_starts_a_worker_by_hand() {
    let run =
        std::process::Command::new(real()).arg("room-worker").stdin(std::process::Stdio::null()).output().unwrap();
    assert_eq!(run.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&run.stderr).contains("not a command"));
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

/// Figures, not a test: `cargo test --test room figures -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints figures"]
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
