//! A store that an older release wrote, opened by this one.

use crate::stage::*;
use exeat::store::{
    BackupError, How, KeepState, Part, RecipientResult, State, Store, StoreError, StoreKey, check, restore,
};
use rusqlite::Connection;

/// Makes the store of today one of version 1: its tables, and what stands in them.
fn make_old(stage: &Stage) {
    let old = stage.folder.path().join("old.sqlite");
    let db = Connection::open(&old).unwrap();
    db.execute_batch(include_str!("../../src/store/sqlite_1.sql")).unwrap();
    db.execute("ATTACH ?1 AS today", [stage.file().to_str().unwrap()]).unwrap();
    let tables = ["meta", "batch", "recipient", "content", "chunk", "story", "notice_sent", "event", "token"];
    db.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA user_version = 1").unwrap();
    for table in tables {
        db.execute_batch(&format!("INSERT INTO main.{table} SELECT * FROM today.{table}")).unwrap();
    }
    let columns = "id, reference, batch, state, decided, rank, kept_at, changed_at, ready_at, due_at, decide_by, tries, claim, claim_until, envelope, record";
    db.execute_batch(&format!("INSERT INTO main.keep ({columns}) SELECT {columns} FROM today.keep")).unwrap();
    db.execute_batch("INSERT INTO poison VALUES (x'00', 1, 1)").unwrap();
    drop(db);
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", stage.file().display()));
    }
    std::fs::rename(old, stage.file()).unwrap();
}

fn version(path: &std::path::Path) -> i64 {
    Connection::open(path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

async fn old_store(stage: &Stage) {
    let store = stage.open();
    let keeps = vec![
        keep("EX-HELD", KeepState::Held, &pattern(100_000)),
        keep("EX-DEFERRED", KeepState::Deferred { until: at(60) }, b"later"),
    ];
    let all = exeat::store::Batch {
        story: Some(story("EX-HELD", "teacher@school.example", "<1@x>")),
        ..batch(1, at(0), keeps)
    };
    store.keep(all).await.unwrap();
    drop(store);
    make_old(stage);
}

#[tokio::test]
async fn an_old_store_is_put_aside_and_brought_to_todays_tables() {
    let stage = Stage::new();
    old_store(&stage).await;
    let aside = stage.folder.path().join("store.sqlite.version-1");
    let store = stage.open();
    assert_eq!((version(&stage.file()), version(&aside)), (2, 1));
    let content = store.open_content("EX-HELD", Part::Sent, "head", "", at(1)).await.unwrap();
    assert!(read_all(content).await.unwrap() == pattern(100_000));
    let claim = store.claim_mail(at(60), MINUTE).await.unwrap().unwrap();
    assert_eq!(claim.reference, "EX-DEFERRED");
    let done = vec![(0, RecipientResult::Done), (1, RecipientResult::Done)];
    store.settle_mail(&claim, done, at(61), None, at(61)).await.unwrap();
    drop((claim, store));
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&aside.metadata().unwrap()) & 0o777, 0o600);
    drop(stage.open());
    let asides = std::fs::read_dir(stage.folder.path()).unwrap().flatten();
    let asides = asides.filter(|file| file.file_name().to_str().unwrap().contains("version-1"));
    assert_eq!(asides.count(), 1, "once");

    // Back to the older release: its tables, and nothing in them goes out by itself a second time.
    // The thread that wrote to a store that was dropped may be closing it still.
    let tried = (0..1_000).map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        let how = How { leave_newer: false, for_version_1: true, who: "admin", now: at(100) };
        restore(&stage.file(), &check(&aside, &key()).unwrap(), &key(), how)
    });
    let ended = |tried: &Result<_, _>| !matches!(tried, Err(BackupError::InUse));
    let restored = tried.into_iter().find(ended).unwrap().unwrap();
    assert_eq!((restored.copies, restored.ended, restored.notices), (1, 1, 1));
    assert_eq!(version(&stage.file()), 1);
    let db = Connection::open(stage.file()).unwrap();
    let mut query = db.prepare("SELECT reference, state FROM keep ORDER BY id").unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let states: Vec<(String, String)> = query.query_map([], row).unwrap().map(Result::unwrap).collect();
    assert_eq!(states, [("EX-HELD", "held"), ("EX-DEFERRED", "delivered")].map(|(a, b)| (a.to_owned(), b.to_owned())));
    let waiting: i64 =
        db.query_row("SELECT count(*) FROM story WHERE state = 'waiting'", [], |row| row.get(0)).unwrap();
    assert_eq!(waiting, 0);
    drop(query);
    drop(db);
    // And forward again: the second time has a name of its own.
    assert_eq!(state(&stage.open(), "EX-HELD").await, State::Held);
    assert!(stage.folder.path().join("store.sqlite.version-1.2").exists());
}

#[tokio::test]
async fn a_store_that_an_older_release_serves_or_of_another_key_is_not_touched() {
    let stage = Stage::new();
    old_store(&stage).await;
    let wrong = Store::open(&stage.file(), StoreKey::new([1; 32]), ROOM).err();
    assert_eq!(wrong, Some(StoreError::WrongKey));
    let lock = std::fs::File::create(stage.folder.path().join("store.sqlite.lock")).unwrap();
    lock.lock().unwrap();
    let served = Store::open(&stage.file(), key(), ROOM).err().unwrap().to_string();
    assert!(served.contains("restart exeat"), "{served}");
    assert_eq!(version(&stage.file()), 1);
    assert!(!stage.folder.path().join("store.sqlite.version-1").exists());
    drop(lock);
    // A step that fails leaves the old tables.
    Connection::open(stage.file()).unwrap().execute_batch("ALTER TABLE keep ADD COLUMN was TEXT").unwrap();
    assert!(Store::open(&stage.file(), key(), ROOM).is_err());
    let db = Connection::open(stage.file()).unwrap();
    db.query_row("SELECT count(*) FROM poison", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(version(&stage.file()), 1);
}

#[tokio::test]
async fn a_store_whose_restore_was_broken_off_is_not_used() {
    let stage = Stage::new();
    old_store(&stage).await;
    std::fs::write(stage.folder.path().join("store.sqlite.restoring"), "").unwrap();
    let error = Store::open(&stage.file(), key(), ROOM).err().unwrap().to_string();
    assert!(error.contains("run it again"), "{error}");
    let backup = stage.folder.path().join("copy.sqlite");
    std::fs::copy(stage.file(), &backup).unwrap();
    let how = How { leave_newer: false, for_version_1: false, who: "admin", now: at(100) };
    restore(&stage.file(), &check(&backup, &key()).unwrap(), &key(), how).unwrap();
    assert_eq!(state(&stage.open(), "EX-HELD").await, State::Restored);
}
