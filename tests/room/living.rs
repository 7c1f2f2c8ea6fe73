//! How workers come, wait, are replaced and go.

use super::*;

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

#[tokio::test(flavor = "multi_thread")]
async fn there_are_seats_for_so_many_messages_at_once() {
    let impatient = Settings { queue_seconds: NonZeroU32::MIN, ..settings(2) };
    let room = Room::start(impatient, real(), Budget::new(16 << 20), Arc::new(())).await.unwrap();
    for (length, seats) in [(4 << 20, 2), (1000, 32)] {
        let mut taken = Vec::new();
        for _ in 0..seats {
            taken.push(room.seat(length).await.unwrap());
        }
        assert_eq!(room.seat(length).await.err(), Some(OpenError::Busy), "{length}");
        taken.pop();
        assert!(room.seat(length).await.is_ok(), "{length}");
    }
}

#[tokio::test]
async fn a_worker_that_does_not_start_is_an_error() {
    let start = async |program: PathBuf, settings: Settings| {
        Room::start(settings, program, Budget::new(1), Arc::new(())).await.err()
    };
    let not_executable = tempfile::NamedTempFile::new().unwrap();
    let denied = StartError::Process(NotStarted(Step::Program, std::io::ErrorKind::PermissionDenied));
    assert_eq!(start(not_executable.path().to_owned(), settings(1)).await, Some(denied));
    let missing = start(PathBuf::from("/nowhere/exeat"), settings(1)).await;
    assert_eq!(missing, Some(StartError::Process(NotStarted(Step::Program, std::io::ErrorKind::NotFound))));
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

/// The script waits for the first byte: one that ends before anybody spoke to it did not start at all.
#[tokio::test]
async fn a_worker_found_dead_is_replaced_and_no_message_blamed() {
    let script = Script::new(
        "[ -e FLAG ] && exec REAL\n: >FLAG\necho $$ >NOTE\n/usr/bin/head -c 1 >/dev/null\n/bin/cat SAID >&0\nexit 0",
        b"",
    );
    let (room, seen) = room(settings(1), script.program()).await;
    script.ended().await;
    assert_eq!(room.open(&mail()).await.unwrap(), take_apart(MAIL, &Limits::default()));
    assert_eq!(seen.deaths(), [Death::Killed]);
    assert!(!room.forget(&Digest::of(&mail()).unwrap()));
}

#[tokio::test]
async fn workers_that_start_no_more_are_an_error_never_an_answer() {
    let script = Script::new(
        "[ -e FLAG ] && exit 3\n: >FLAG\necho $$ >NOTE\n/usr/bin/head -c 1 >/dev/null\n/bin/cat SAID >&0\nexit 0",
        b"",
    );
    let (room, seen) = room(settings(1), script.program()).await;
    script.ended().await;
    let begun = Instant::now();
    assert_eq!(room.open(&mail()).await, Err(OpenError::NoWorker(StartError::Died(Death::Crashed))));
    assert!(begun.elapsed() > Duration::from_millis(900), "it pauses between");
    assert_eq!(*seen.poison.lock().unwrap(), 0);
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
    assert_eq!(script.note().lines().count(), 3);
    script.ended().await;
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

#[test]
fn nobody_starts_a_worker_by_hand() {
    let run =
        std::process::Command::new(real()).arg("room-worker").stdin(std::process::Stdio::null()).output().unwrap();
    assert_eq!(run.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&run.stderr).contains("not a command"));
}
