//! What breaks a store, or tries to read it.

use crate::stage::*;
use exeat::spool::Message;
use exeat::store::{KeepState, Kept, RecipientResult, State, Store, StoreError, StoreKey};

#[tokio::test]
async fn nothing_private_stands_in_the_files() {
    let stage = Stage::new();
    let store = stage.open();
    let mut all = telling(1, at(0), "teacher@school.example", "<marked-7@school.example>");
    all.keeps = vec![keep("EX-1", KeepState::Held, b"Marked content of a letter, long enough to be found")];
    store.keep(all).await.unwrap();
    store.release("EX-1", "Marked Reviewer", "Marked reason", at(1)).await.unwrap();
    let mut files = 0;
    for file in std::fs::read_dir(stage.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap().to_ascii_lowercase();
        files += 1;
        for private in ["marked", "teacher", "school.example", "home.example", "notify"] {
            assert!(!bytes.windows(private.len()).any(|window| window == private.as_bytes()), "{private}");
        }
    }
    assert!(files >= 2, "the database and its log");
    assert!(!format!("{:?} {:?}", store, store.list(&State::ALL, 9).await.unwrap()).contains("arked"));
}

#[tokio::test]
async fn meddled_content_gives_a_clear_error_and_never_wrong_bytes() {
    let swap = "UPDATE chunk SET number = CASE number WHEN 0 THEN -1 WHEN 1 THEN 0 ELSE number END";
    let cases: [(&str, Option<&str>); 9] = [
        ("UPDATE chunk SET bytes = zeroblob(length(bytes)) WHERE number = 1", None),
        ("UPDATE chunk SET bytes = substr(bytes, 1, 70) WHERE number = 1", None),
        ("DELETE FROM chunk WHERE number = 2", None),
        (swap, Some("UPDATE chunk SET number = 1 WHERE number = -1")),
        ("UPDATE chunk SET keep = keep + 10", Some("UPDATE chunk SET keep = 13 - keep")),
        ("UPDATE content SET salt = zeroblob(32)", None),
        ("UPDATE content SET facts = zeroblob(80)", None),
        ("UPDATE keep SET record = zeroblob(80)", None),
        ("UPDATE keep SET envelope = x'00'", None),
    ];
    for (sql, more) in cases {
        let stage = Stage::new();
        let store = stage.open();
        let keeps =
            vec![keep("EX-1", KeepState::Ready, &pattern(150_000)), keep("EX-2", KeepState::Held, &pattern(150_000))];
        store.keep(batch(1, at(0), keeps)).await.unwrap();
        assert!(stage.meddle(sql) > 0, "{sql}");
        if let Some(sql) = more {
            stage.meddle(sql);
        }
        let corrupt = StoreError::Corrupt { reference: "EX-1".to_owned() };
        match store.claim_mail(at(1), MINUTE).await {
            Ok(Some(claim)) => assert_eq!(read_all(claim.content).await.unwrap_err(), corrupt, "{sql}"),
            Err(error) => {
                assert_eq!(error, corrupt, "{sql}");
                assert_eq!(state(&store, "EX-1").await, State::Failed, "it does not block those behind it");
                assert!(store.claim_mail(at(2), MINUTE).await.unwrap().is_none());
            }
            Ok(None) => panic!("{sql}"),
        }
    }
}

#[tokio::test]
async fn a_full_store_says_so_and_works_on() {
    let stage = Stage::new();
    let store = stage.open_with(2 << 20);
    let mut kept = Vec::new();
    let full = loop {
        let reference = format!("EX-{}", kept.len());
        let number = kept.len() as u8;
        match store.keep(batch(number, at(0), vec![keep(&reference, KeepState::Ready, &pattern(200_000))])).await {
            Ok(_) => kept.push(reference),
            Err(error) => break error,
        }
    };
    assert_eq!(full, StoreError::Full);
    assert!((5..11).contains(&kept.len()), "{}", kept.len());
    let (used, most) = store.size().await.unwrap();
    assert!(used <= most);
    // Sending makes room.
    let claim = store.claim_mail(at(1), MINUTE).await.unwrap().unwrap();
    let done = vec![(0, RecipientResult::Done), (1, RecipientResult::Done)];
    store.settle_mail(&claim, done, at(2), None, at(2)).await.unwrap();
    let late = keep("EX-LATE", KeepState::Ready, &pattern(150_000));
    assert_eq!(store.keep(batch(99, at(3), vec![late])).await, Ok(Kept::New));
}

#[tokio::test]
async fn a_store_that_cannot_be_used_is_refused_with_the_reason() {
    let stage = Stage::new();
    drop(stage.open());
    let reason = |outcome: Result<Store, StoreError>| outcome.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(reason(Store::open(&stage.file(), StoreKey::new([1; 32]), ROOM)).contains("another key"));
    let nowhere = stage.folder.path().join("missing/store.sqlite");
    assert!(reason(Store::open(&nowhere, key(), ROOM)).contains("missing/store.sqlite"));
    stage.meddle("PRAGMA user_version = 99");
    let newer = reason(Store::open(&stage.file(), key(), ROOM));
    assert!(newer.contains("99") && newer.contains("newer release"), "{newer}");
    let other = stage.folder.path().join("letter.txt");
    std::fs::write(&other, "Dear parents, this is not a database. ".repeat(200)).unwrap();
    assert!(reason(Store::open(&other, key(), ROOM)).contains("not a sound database"));
}

#[tokio::test]
async fn a_reference_in_use_is_not_given_twice_and_a_failed_batch_leaves_nothing() {
    let stage = Stage::new();
    let store = stage.open();
    store.keep(batch(1, at(0), vec![keep("EX-1", KeepState::Held, b"x")])).await.unwrap();
    let both = vec![keep("EX-2", KeepState::Held, b"x"), keep("EX-1", KeepState::Held, b"x")];
    assert_eq!(store.keep(batch(2, at(0), both)).await, Err(StoreError::ReferenceTaken));
    assert_eq!(store.show("EX-2").await.unwrap_err(), StoreError::NotFound);
    assert_eq!(store.earlier(retry(2), at(1)).await, Ok(None));
    let short = tempfile::tempfile().unwrap();
    let mut cut = keep("EX-3", KeepState::Held, b"");
    cut.content = Message::in_file(short, 0, 70_000, None);
    assert!(matches!(store.keep(batch(3, at(0), vec![cut])).await, Err(StoreError::Source(_))));
    assert_eq!(store.list(&State::ALL, 9).await.unwrap().len(), 1);
}
