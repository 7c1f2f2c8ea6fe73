//! Backups: whole or absent, without the key; and what comes back from one waits until somebody looked.

use crate::stage::*;
use exeat::store::{
    BackupError, How, KeepState, NoticePace, NoticeResult, Notices, Part, RecipientResult, Restored, State, Store,
    StoreError, StoreKey, back_up, check, restore,
};
use jiff::SignedDuration;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

fn make(stage: &Stage, name: &str) -> PathBuf {
    let folder = stage.folder.path().join(name);
    back_up(&stage.file(), &[], &folder, at(100), &|_, _| {}).unwrap();
    folder
}

fn how(leave_newer: bool) -> How<'static> {
    How { leave_newer, for_version_1: false, who: "admin", now: at(200) }
}

fn bring_back(stage: &Stage, backup: &Path, how: How<'_>) -> Result<Restored, BackupError> {
    restore(&stage.file(), &check(backup, &key())?, &key(), how)
}

const PACE: NoticePace = NoticePace { lease: MINUTE, settle: SignedDuration::ZERO, most_an_hour: 99 };

/// One copy in each state in which it waits, two recipients each, and a notice.
async fn fill(store: &Store) {
    let fates = [
        ("EX-HELD", KeepState::Held),
        ("EX-DEFERRED", KeepState::Deferred { until: at(150) }),
        ("EX-READY", KeepState::Ready),
        ("EX-ASIDE", KeepState::Aside),
    ];
    for (number, (reference, fate)) in fates.into_iter().enumerate() {
        let mut all = batch(number as u8, at(0), vec![keep(reference, fate, reference.as_bytes())]);
        all.story = Some(story(reference, "teacher@school.example", &format!("<{number}@x>")));
        store.keep(all).await.unwrap();
    }
}

async fn states(store: &Store) -> Vec<(String, &'static str)> {
    let entries = store.list(&State::ALL, 99).await.unwrap();
    let mut all: Vec<_> = entries.into_iter().map(|entry| (entry.reference, entry.state.name())).collect();
    all.sort();
    all
}

fn deliver() -> Vec<(usize, RecipientResult)> {
    vec![(0, RecipientResult::Done), (1, RecipientResult::Done)]
}

#[tokio::test]
async fn nothing_that_came_back_goes_out_before_somebody_confirmed_it() {
    let stage = Stage::new();
    let store = stage.open();
    fill(&store).await;
    let backup = make(&stage, "backup");
    drop(store);
    // The machine is lost: there is no store to be asked what went out since.
    for name in ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm"] {
        let _ = std::fs::remove_file(stage.folder.path().join(name));
    }
    let restored = bring_back(&stage, &backup, how(false)).unwrap();
    assert_eq!((restored.copies, restored.notices, restored.ended), (4, 4, 0));
    assert_eq!((restored.aside, restored.not_compared), (None, None));
    let store = stage.open();
    let _serving = store.begin_serving().await.unwrap().unwrap();
    assert!(states(&store).await.iter().all(|(_, state)| *state == "restored"));
    let shown = store.show("EX-DEFERRED").await.unwrap();
    assert_eq!((shown.entry.was, shown.content), (Some(State::Deferred), Some(11)));
    // Long after every hour that was set.
    let late = at(90 * 24 * 3600);
    assert!(store.claim_mail(late, MINUTE).await.unwrap().is_none());
    assert!(store.claim_notice(late, PACE).await.unwrap().is_none());
    store.tidy(late, DAY).await.unwrap();
    assert_eq!(store.list(&[State::Restored], 9).await.unwrap().len(), 4, "nor does it run out");
    let early = store.release("EX-READY", "head", "", at(300)).await.unwrap_err();
    assert_eq!(early, StoreError::NotWaiting { state: State::Restored });
    assert!(early.to_string().contains("exeat held confirm"));
    // One had gone out, says the log; one is confirmed by itself, the rest together.
    store.refuse("EX-HELD", "head", "it went out before", at(300)).await.unwrap();
    let one = vec!["EX-READY".to_owned()];
    let wrong = store.confirm(vec!["EX-READY".to_owned(), "EX-HELD".to_owned()], Notices::Send, "head", "", at(301));
    assert!(matches!(wrong.await, Err(StoreError::NotRestored { state: State::Refused, .. })));
    assert_eq!(state(&store, "EX-READY").await, State::Restored, "all of it or nothing");
    store.confirm(one, Notices::Send, "head", "looked", at(301)).await.unwrap();
    let rest = store.confirm_all(Notices::Send, "head", "looked", at(302)).await.unwrap();
    assert_eq!(rest.copies, ["EX-DEFERRED", "EX-ASIDE"]);
    assert_eq!(store.notices_restored().await, Ok(0));
    let expected = [("EX-ASIDE", "aside"), ("EX-DEFERRED", "held"), ("EX-HELD", "refused"), ("EX-READY", "held")];
    assert_eq!(states(&store).await, expected.map(|(reference, state)| (reference.to_owned(), state)));
    assert!(store.claim_mail(late, MINUTE).await.unwrap().is_none(), "still a person's decision");
    for reference in ["EX-READY", "EX-DEFERRED"] {
        store.release(reference, "head", "", at(400)).await.unwrap();
        let claim = store.claim_mail(at(401), MINUTE).await.unwrap().unwrap();
        assert_eq!(claim.reference, reference);
        store.settle_mail(&claim, deliver(), at(402), None, at(402)).await.unwrap();
    }
    assert!(store.claim_mail(late, MINUTE).await.unwrap().is_none(), "once");
    let mut told = 0;
    while let Some(claim) = store.claim_notice(at(500), PACE).await.unwrap() {
        store.settle_notice(&claim, NoticeResult::Sent, at(500)).await.unwrap();
        told += claim.stories.len();
    }
    assert_eq!(told, 4);
}

#[tokio::test]
async fn what_the_replaced_store_knows_to_be_done_stays_done() {
    let stage = Stage::new();
    let store = stage.open();
    fill(&store).await;
    let backup = make(&stage, "backup");
    // Since then: one was delivered, one to one of its two recipients, one refused, one notice sent, one opened.
    let first = store.claim_mail(at(110), MINUTE).await.unwrap().unwrap();
    store.settle_mail(&first, deliver(), at(111), None, at(111)).await.unwrap();
    let claim = store.claim_mail(at(160), MINUTE).await.unwrap().unwrap();
    drop(first);
    let half = vec![(0, RecipientResult::Done), (1, RecipientResult::Later)];
    store.settle_mail(&claim, half, at(9999), None, at(161)).await.unwrap();
    // It holds the store open.
    drop(claim);
    store.open_content("EX-ASIDE", Part::Sent, "head", "asked", at(112)).await.unwrap();
    store.refuse("EX-HELD", "head", "no", at(113)).await.unwrap();
    let claim = store.claim_notice(at(120), PACE).await.unwrap().unwrap();
    store.settle_notice(&claim, NoticeResult::Sent, at(120)).await.unwrap();
    store.use_token([1; 16], at(9999), at(120)).await.unwrap();
    // And one came.
    store.keep(batch(9, at(130), vec![keep("EX-NEW", KeepState::Held, b"new")])).await.unwrap();
    let serving = store.begin_serving().await.unwrap();
    assert_eq!(bring_back(&stage, &backup, how(true)), Err(BackupError::Serving));
    drop((serving, store));
    let reader = rusqlite::Connection::open(stage.file()).unwrap();
    reader.query_row("SELECT count(*) FROM keep", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(bring_back(&stage, &backup, how(true)), Err(BackupError::InUse), "another command is at work");
    drop(reader);
    let before = std::fs::read(stage.file()).unwrap();
    let left = bring_back(&stage, &backup, how(false)).unwrap_err();
    assert_eq!(left, BackupError::LeftBehind(vec!["EX-NEW".to_owned()]));
    assert!(stage.open().show("EX-NEW").await.is_ok(), "nothing was changed");
    assert!(!before.is_empty());

    let restored = bring_back(&stage, &backup, how(true)).unwrap();
    assert_eq!((restored.copies, restored.notices, restored.ended), (2, 3, 2));
    assert_eq!(restored.left_behind, ["EX-NEW"]);
    let store = stage.open();
    let expected =
        [("EX-ASIDE", "restored"), ("EX-DEFERRED", "restored"), ("EX-HELD", "refused"), ("EX-READY", "delivered")];
    assert_eq!(states(&store).await, expected.map(|(reference, state)| (reference.to_owned(), state)));
    let opened = store.events(99).await.unwrap();
    assert!(opened.iter().any(|event| event.what == "opened" && event.who.expose() == "head"), "records stay");
    assert_eq!(store.use_token([1; 16], at(9999), at(200)).await, Ok(false), "a token used since is used");
    store.confirm_all(Notices::Drop, "head", "", at(300)).await.unwrap();
    assert!(store.claim_notice(at(400), PACE).await.unwrap().is_none());
    store.release("EX-DEFERRED", "head", "", at(301)).await.unwrap();
    let claim = store.claim_mail(at(302), MINUTE).await.unwrap().unwrap();
    assert_eq!(claim.recipients, [1], "who had it does not get it again");
    drop((claim, store));
    // The replaced store is whole, and a restore of it undoes this one.
    let aside = restored.aside.unwrap();
    let back = bring_back(&stage, &aside, How { now: at(500), ..how(true) }).unwrap();
    assert_eq!(back.copies, 3);
    assert!(stage.open().show("EX-NEW").await.is_ok());
}

#[tokio::test]
async fn a_message_that_comes_again_while_its_restored_copy_waits_is_not_kept_twice() {
    let stage = Stage::new();
    let store = stage.open();
    fill(&store).await;
    let backup = make(&stage, "backup");
    drop(store);
    bring_back(&stage, &backup, how(true)).unwrap();
    let store = stage.open();
    for (number, kept_as) in [(0, State::Restored), (2, State::Restored), (3, State::Aside)] {
        let earlier = store.earlier(retry(number), at(210)).await.unwrap().unwrap();
        assert_eq!(earlier.copies[0].state, kept_as, "what was set aside serves nobody");
    }
}

#[tokio::test]
async fn a_backup_is_closed_whole_and_opens_with_its_key_alone() {
    let stage = Stage::new();
    let store = stage.open();
    fill(&store).await;
    let extra = stage.folder.path().join("last-good-policy.toml");
    std::fs::write(&extra, "x").unwrap();
    let folder = stage.folder.path().join("backup");
    let missing = stage.folder.path().join("none");
    let facts = back_up(&stage.file(), &[extra, missing.clone()], &folder, at(100), &|_, _| {}).unwrap();
    assert_eq!((facts.copies["held"], facts.copies["deferred"], facts.notices, facts.version), (1, 1, 4, 2));
    let mut names: Vec<String> = Vec::new();
    for file in std::fs::read_dir(&folder).unwrap().flatten() {
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(32).any(|window| window == [42; 32]), "the key is not in it");
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["backup.json", "last-good-policy.toml", "store.sqlite"]);
    assert_eq!(folder.metadata().unwrap().mode() & 0o777, 0o700);
    let again = back_up(&stage.file(), &[], &folder, at(100), &|_, _| {});
    assert_eq!(again, Err(BackupError::Exists(folder.clone())));
    assert!(matches!(
        back_up(&missing, &[], &stage.folder.path().join("b"), at(1), &|_, _| {}),
        Err(BackupError::File(..))
    ));
    let wrong = check(&folder, &StoreKey::new([1; 32])).unwrap_err();
    assert_eq!(wrong, BackupError::Store(StoreError::WrongKey));
    // Changed, cut, or no backup at all.
    let copy = folder.join("store.sqlite");
    let whole = std::fs::read(&copy).unwrap();
    for (what, bytes) in [
        ("changed", {
            let mut b = whole.clone();
            b[5000] ^= 1;
            b
        }),
        ("cut", whole[..8192].to_vec()),
    ] {
        std::fs::write(&copy, bytes).unwrap();
        assert!(matches!(check(&folder, &key()), Err(BackupError::Damaged(..))), "{what}");
    }
    let letter = stage.folder.path().join("letter.txt");
    std::fs::write(&letter, "Dear parents").unwrap();
    for path in [&letter, &missing] {
        assert!(check(path, &key()).is_err());
    }
    let empty = stage.folder.path().join("empty");
    rusqlite::Connection::open(&empty).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
    assert!(matches!(check(&empty, &key()), Err(BackupError::Damaged(..))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_one_moment_of_the_store() {
    let stage = Stage::new();
    let store = stage.open();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (writer, ended) = (store.clone(), std::sync::Arc::clone(&stop));
    let load = tokio::spawn(async move {
        let mut number = 0_u64;
        while !ended.load(std::sync::atomic::Ordering::SeqCst) {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_be_bytes());
            let pair = ["A", "B"].map(|copy| keep(&format!("EX-{number}-{copy}"), KeepState::Held, &pattern(90_000)));
            let mut all = telling(0, at(0), "teacher@school.example", &format!("<{number}@x>"));
            (all.keeps, all.retry_key) = (pair.into(), exeat::store::RetryKey::from_bytes(key));
            writer.keep(all).await.unwrap();
            number += 1;
        }
    });
    let mut most = 0;
    for round in 0..5 {
        let file = stage.file();
        let folder = stage.folder.path().join(format!("backup-{round}"));
        let to = folder.clone();
        let made = tokio::task::spawn_blocking(move || back_up(&file, &[], &to, at(100), &|_, _| {}));
        let facts = made.await.unwrap().unwrap();
        let held = facts.copies.get("held").copied().unwrap_or(0);
        assert_eq!((held % 2, facts.notices), (0, held / 2), "never half a message");
        check(&folder, &key()).unwrap();
        most = most.max(held);
    }
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    load.await.unwrap();
    assert!(most > 0);
}
