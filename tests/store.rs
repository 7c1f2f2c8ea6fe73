//! The story every store has to tell: kept, claimed, decided, sent, told, tidied; and what breaks it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::cast_possible_truncation)]

use exeat::mail::{Address, Path};
use exeat::notice::Story;
use exeat::private::Private;
use exeat::spool::Message;
use exeat::store::{
    Batch, Content, Keep, KeepState, Kept, KeptEnvelope, NoticePace, NoticeResult, Part, RecipientResult,
    RecipientState, Record, RetryKey, State, Store, StoreError, StoreKey,
};
use jiff::{SignedDuration, Timestamp};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const ROOM: u64 = 1 << 30;

/// Where a store under test lives. Another kind of store joins by another `open`.
struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }
    fn open(&self) -> Store {
        self.open_with(ROOM)
    }
    fn open_with(&self, room: u64) -> Store {
        Store::open(&self.file(), key(), room).unwrap()
    }
    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("store.sqlite")
    }
    /// The database as somebody who meddles with it sees it.
    fn meddle(&self, sql: &str) -> usize {
        let database = rusqlite::Connection::open(self.file()).unwrap();
        database.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        database.execute(sql, []).unwrap()
    }
}

fn key() -> StoreKey {
    StoreKey::new([42; 32])
}

/// So many seconds into the story.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn retry(number: u8) -> RetryKey {
    RetryKey::from_bytes([number; 32])
}

fn keep(reference: &str, fate: KeepState, content: &[u8]) -> Keep {
    let path = |address: &str, parameter: &str| Path::new(address.as_bytes(), vec![parameter.to_owned()]);
    Keep {
        reference: reference.to_owned(),
        fate,
        envelope: KeptEnvelope {
            sender: path("<teacher@school.example>", "BODY=8BITMIME"),
            recipients: vec![path("<one@home.example>", "NOTIFY=NEVER"), path("<two@home.example>", "NOTIFY=FAILURE")],
        },
        content: Message::in_memory(content.to_vec(), 0, None),
        original: None,
        record: Record {
            message_id: "<marked-7@school.example>".to_owned().into(),
            subject: "Marked subject".to_owned().into(),
            tell: Address::read("teacher@school.example"),
            ..Record::default()
        },
    }
}

fn story(reference: &str, to: &str, message_id: &str) -> Story {
    Story {
        reference: reference.to_owned(),
        to: Address::read(to).unwrap(),
        message_id: message_id.to_owned().into(),
        subject: Private::new("Marked subject".to_owned()),
        sent_at: at(0),
        outcomes: Vec::new(),
        reasons: Vec::new(),
        skipped: Vec::new(),
    }
}

fn batch(number: u8, now: Timestamp, keeps: Vec<Keep>) -> Batch {
    Batch { keeps, story: None, retry_key: retry(number), now, window: DAY }
}

fn telling(number: u8, now: Timestamp, to: &str, message_id: &str) -> Batch {
    Batch { story: Some(story("EX-TOLD", to, message_id)), ..batch(number, now, Vec::new()) }
}

async fn read_all(mut content: Content) -> Result<Vec<u8>, StoreError> {
    let mut all = Vec::new();
    while let Some(chunk) = content.next_chunk().await? {
        assert!(chunk.len() <= 64 * 1024);
        all.extend(chunk);
    }
    Ok(all)
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|number| (number * 31 % 251) as u8).collect()
}

async fn state(store: &Store, reference: &str) -> State {
    store.show(reference).await.unwrap().entry.state
}

#[tokio::test]
async fn what_is_kept_comes_back_byte_for_byte_after_a_restart() {
    let stage = Stage::new();
    let sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 3_000_000];
    let store = stage.open();
    for (number, size) in sizes.into_iter().enumerate() {
        let mut keep = keep(&format!("EX-{number}"), KeepState::Held, &pattern(size));
        keep.original = Some(Message::in_memory(pattern(size / 2), 0, None));
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&pattern(size)).unwrap();
        keep.content = Message::in_file(file, 3, size as u64, None);
        assert_eq!(store.keep(batch(number as u8, at(0), vec![keep])).await.unwrap(), Kept::New);
    }
    drop(store);
    let store = stage.open();
    for (number, size) in sizes.into_iter().enumerate() {
        let reference = format!("EX-{number}");
        for (part, size) in [(Part::Sent, size), (Part::Original, size / 2)] {
            let content = store.open_content(&reference, part, "head", "to read it", at(1)).await.unwrap();
            assert_eq!(content.facts().len, size as u64);
            assert!(read_all(content).await.unwrap() == pattern(size), "{reference} {part:?}");
        }
        let shown = store.show(&reference).await.unwrap();
        assert_eq!(shown.entry.envelope.recipients[1].parameters, ["NOTIFY=FAILURE"]);
        assert_eq!(shown.entry.record.subject.expose(), "Marked subject");
        let events: Vec<&str> = shown.events.iter().map(|event| event.what.as_str()).collect();
        assert_eq!(events, ["kept", "opened", "opened"]);
        assert_eq!(shown.events[1].who.expose(), "head");
        assert_eq!(shown.events[1].reason.expose(), "to read it");
    }
}

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
async fn a_copy_waits_is_claimed_once_and_marked_per_recipient() {
    let stage = Stage::new();
    let store = stage.open();
    let keeps = vec![
        keep("EX-HELD", KeepState::Held, b"held"),
        keep("EX-LATER", KeepState::Deferred { until: at(600) }, b"later"),
        keep("EX-NOW", KeepState::Ready, b"now"),
        keep("EX-ASIDE", KeepState::Aside, b"aside"),
    ];
    store.keep(batch(1, at(0), keeps)).await.unwrap();

    let claim = store.claim_mail(at(1), MINUTE).await.unwrap().unwrap();
    assert_eq!((claim.reference.as_str(), claim.recipients.as_slice(), claim.tries), ("EX-NOW", &[0, 1][..], 0));
    assert!(
        store.claim_mail(at(2), MINUTE).await.unwrap().is_none(),
        "claimed, and the others do not go by themselves"
    );
    let results = vec![(0, RecipientResult::Done), (1, RecipientResult::Later)];
    assert_eq!(store.settle_mail(&claim, results, at(100), None, at(3)).await, Ok(State::Ready));
    assert!(store.claim_mail(at(99), MINUTE).await.unwrap().is_none(), "not before the next try");

    let claim = store.claim_mail(at(100), MINUTE).await.unwrap().unwrap();
    assert_eq!((claim.recipients.as_slice(), claim.tries), (&[1][..], 1), "only who does not have it yet");
    // The lease ends, another takes over, and the first cannot mark any more.
    let second = store.claim_mail(at(160), MINUTE).await.unwrap().unwrap();
    let done = vec![(1, RecipientResult::Done)];
    assert_eq!(store.settle_mail(&claim, done.clone(), at(200), None, at(161)).await, Err(StoreError::ClaimLost));
    assert_eq!(store.settle_mail(&second, done, at(200), None, at(162)).await, Ok(State::Delivered));
    let shown = store.show("EX-NOW").await.unwrap();
    assert_eq!((shown.entry.state, shown.content), (State::Delivered, None), "its content is gone");
    assert!(matches!(read_all(second.content).await, Err(StoreError::NotFound)));

    let claim = store.claim_mail(at(600), MINUTE).await.unwrap().unwrap();
    assert_eq!(claim.reference, "EX-LATER");
    let failure = Some(story("EX-LATER", "teacher@school.example", "<1@x>"));
    let results = vec![(0, RecipientResult::Failed(550)), (1, RecipientResult::Done)];
    assert_eq!(store.settle_mail(&claim, results, at(700), failure, at(601)).await, Ok(State::Failed));
    let shown = store.show("EX-LATER").await.unwrap();
    assert_eq!(shown.recipients, [RecipientState::Failed(550), RecipientState::Done]);
    assert_eq!(shown.content, Some(5), "what failed is kept");
    assert_eq!(store.stories_waiting().await, Ok(1));

    store.release("EX-LATER", "head", "the address was mended", at(800)).await.unwrap();
    let claim = store.claim_mail(at(801), MINUTE).await.unwrap().unwrap();
    assert_eq!(claim.recipients, [0], "the one it failed for");
}

#[tokio::test]
async fn of_two_decisions_one_wins() {
    type Decide = (&'static str, bool);
    let first_then: [(KeepState, Decide, Decide, State); 6] = [
        (KeepState::Held, ("release", true), ("release", false), State::Ready),
        (KeepState::Held, ("release", true), ("refuse", true), State::Refused),
        (KeepState::Held, ("refuse", true), ("release", false), State::Refused),
        (KeepState::Deferred { until: at(900) }, ("release", true), ("release", false), State::Ready),
        (KeepState::Aside, ("release", true), ("release", false), State::Ready),
        (KeepState::Ready, ("release", false), ("refuse", true), State::Refused),
    ];
    for (number, (fate, first, then, end)) in first_then.into_iter().enumerate() {
        let stage = Stage::new();
        let store = stage.open();
        store.keep(batch(1, at(0), vec![keep("EX-1", fate, b"x")])).await.unwrap();
        for (what, works) in [first, then] {
            let outcome = match what {
                "release" => store.release("EX-1", "head", "because", at(1)).await,
                _ => store.refuse("EX-1", "head", "because", at(1)).await,
            };
            match outcome {
                Ok(()) => assert!(works, "case {number} {what}"),
                Err(error) => {
                    assert!(matches!(error, StoreError::NotWaiting { .. }), "case {number} {what}: {error}");
                    assert!(!works, "case {number} {what}");
                }
            }
        }
        assert_eq!(state(&store, "EX-1").await, end, "case {number}");
        assert_eq!(store.release("EX-2", "head", "", at(1)).await, Err(StoreError::NotFound));
    }
}

#[tokio::test]
async fn what_is_being_sent_cannot_be_refused_and_released_again_at_once() {
    let stage = Stage::new();
    let store = stage.open();
    store.keep(batch(1, at(0), vec![keep("EX-1", KeepState::Ready, b"x")])).await.unwrap();
    let claim = store.claim_mail(at(0), MINUTE).await.unwrap().unwrap();
    assert!(matches!(store.refuse("EX-1", "head", "", at(30)).await, Err(StoreError::NotWaiting { .. })));
    store.refuse("EX-1", "head", "the sender died on the way", at(60)).await.unwrap();
    let done = vec![(0, RecipientResult::Done)];
    assert_eq!(store.settle_mail(&claim, done, at(99), None, at(61)).await, Err(StoreError::ClaimLost));
    assert_eq!(state(&store, "EX-1").await, State::Refused);
}

#[tokio::test]
async fn many_claimers_never_get_the_same_copy() {
    let stage = Stage::new();
    let store = stage.open();
    let keeps = (0..40).map(|number| keep(&format!("EX-{number}"), KeepState::Ready, b"x")).collect();
    store.keep(batch(1, at(0), keeps)).await.unwrap();
    let other = stage.open();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8 {
        let store = if number % 2 == 0 { store.clone() } else { other.clone() };
        tasks.spawn(async move {
            let mut got = Vec::new();
            while let Some(claim) = store.claim_mail(at(1), MINUTE).await.unwrap() {
                got.push(claim.reference);
            }
            got
        });
    }
    let mut all: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 40);
}

#[tokio::test]
async fn a_message_that_comes_again_is_kept_once_while_it_waits() {
    #[derive(Clone, Copy, Debug)]
    enum Then {
        Nothing,
        Deliver,
        ReleaseAndDeliver,
        Refuse,
        Fail,
    }
    let deferred = KeepState::Deferred { until: at(60) };
    let cases: [(KeepState, Then, i64, bool); 10] = [
        (KeepState::Held, Then::Nothing, 100, true),
        (KeepState::Held, Then::Nothing, 24 * 3600 - 1, true),
        (KeepState::Held, Then::Nothing, 24 * 3600, false),
        (KeepState::Held, Then::Refuse, 100, false),
        (KeepState::Held, Then::ReleaseAndDeliver, 100, false),
        (deferred, Then::Nothing, 100, true),
        (deferred, Then::Deliver, 100, true),
        (KeepState::Ready, Then::Deliver, 100, true),
        (KeepState::Ready, Then::Fail, 100, false),
        (KeepState::Aside, Then::Nothing, 100, true),
    ];
    for (number, (fate, then, seconds, again)) in cases.into_iter().enumerate() {
        let stage = Stage::new();
        let store = stage.open();
        let first = Batch {
            story: Some(story("EX-1", "teacher@school.example", "<1@x>")),
            ..batch(1, at(0), vec![keep("EX-1", fate, b"x")])
        };
        assert_eq!(store.keep(first.clone()).await, Ok(Kept::New));
        match then {
            Then::Nothing => {}
            Then::Refuse => store.refuse("EX-1", "head", "", at(60)).await.unwrap(),
            Then::Deliver | Then::ReleaseAndDeliver | Then::Fail => {
                if matches!(then, Then::ReleaseAndDeliver) {
                    store.release("EX-1", "head", "", at(60)).await.unwrap();
                }
                let claim = store.claim_mail(at(60), MINUTE).await.unwrap().unwrap();
                let result =
                    if matches!(then, Then::Fail) { RecipientResult::Failed(550) } else { RecipientResult::Done };
                store.settle_mail(&claim, vec![(0, result), (1, result)], at(0), None, at(61)).await.unwrap();
            }
        }
        let mut second = first;
        second.keeps[0].reference = "EX-2".to_owned();
        second.now = at(seconds);
        let kept = store.keep(second).await.unwrap();
        let Kept::Again(earlier) = kept else {
            assert!(!again, "case {number} {then:?}");
            continue;
        };
        assert!(again, "case {number} {then:?}");
        assert!(earlier.told);
        assert_eq!(earlier.copies[0].reference, "EX-1");
        assert_eq!(earlier.copies[0].recipients.len(), 2);
        assert_eq!(store.show("EX-2").await.unwrap_err(), StoreError::NotFound);
        assert_eq!(store.stories_waiting().await, Ok(1), "and no second notice");
    }
}

#[tokio::test]
async fn copies_of_one_message_share_a_notice() {
    let stage = Stage::new();
    let store = stage.open();
    let pace = NoticePace { lease: MINUTE, settle: MINUTE, most_an_hour: 10 };
    let (one, two) = ("one@school.example", "two@school.example");
    for (number, (seconds, to, message_id)) in
        [(0, one, "<a@x>"), (50, one, "<a@x>"), (55, two, "<a@x>"), (56, one, ""), (56, one, "")]
            .into_iter()
            .enumerate()
    {
        store.keep(telling(number as u8, at(seconds), to, message_id)).await.unwrap();
    }
    assert!(store.claim_notice(at(59), pace).await.unwrap().is_none(), "not settled");
    let first = store.claim_notice(at(60), pace).await.unwrap().unwrap();
    assert_eq!((first.to.as_str(), first.stories.len(), first.summary), (one, 2, false));
    assert!(store.claim_notice(at(60), pace).await.unwrap().is_none(), "claimed");
    store.settle_notice(&first, NoticeResult::Later(at(200)), at(61)).await.unwrap();
    assert_eq!(store.settle_notice(&first, NoticeResult::Sent, at(61)).await, Err(StoreError::ClaimLost));
    let mut told = Vec::new();
    while let Some(claim) = store.claim_notice(at(116), pace).await.unwrap() {
        told.push((claim.to.as_str().to_owned(), claim.stories.len()));
        store.settle_notice(&claim, NoticeResult::Sent, at(117)).await.unwrap();
    }
    assert_eq!(told, [(two.to_owned(), 1), (one.to_owned(), 1), (one.to_owned(), 1)], "without an id, one each");
    let again = store.claim_notice(at(200), pace).await.unwrap().unwrap();
    assert_eq!((again.stories.len(), again.tries), (2, 1));
    // The lease ends without a word: the stories are told by the next.
    assert!(store.claim_notice(at(260), pace).await.unwrap().is_some());
}

#[tokio::test]
async fn so_many_notices_an_hour_then_a_summary() {
    let stage = Stage::new();
    let store = stage.open();
    let pace = NoticePace { lease: MINUTE, settle: MINUTE, most_an_hour: 3 };
    for number in 0..8 {
        store.keep(telling(number, at(0), "one@school.example", &format!("<{number}@x>"))).await.unwrap();
    }
    store.keep(telling(9, at(1), "two@school.example", "<9@x>")).await.unwrap();
    let mut told = Vec::new();
    for now in [100, 200, 300] {
        while let Some(claim) = store.claim_notice(at(now), pace).await.unwrap() {
            told.push((claim.stories.len(), claim.summary));
            store.settle_notice(&claim, NoticeResult::Sent, at(now)).await.unwrap();
        }
    }
    assert_eq!(told, [(1, false), (1, false), (6, true), (1, false)], "two, a summary, and the other's");
    store.keep(telling(20, at(400), "one@school.example", "<20@x>")).await.unwrap();
    assert!(store.claim_notice(at(500), pace).await.unwrap().is_none(), "the hour's are used up");
    let next = store.claim_notice(at(3700), pace).await.unwrap().unwrap();
    assert_eq!(next.stories.len(), 1);
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

#[tokio::test(flavor = "multi_thread")]
async fn waiting_writes_share_a_commit() {
    let stage = Stage::new();
    let store = stage.open();
    let before = store.commits();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..100_u8 {
        let store = store.clone();
        tasks.spawn(async move {
            let size = if number == 0 { 2_000_000 } else { 100 };
            // Every tenth fails; the others of its group do not mind.
            let reference = if number % 10 == 5 { "EX-0".to_owned() } else { format!("EX-{number}") };
            store.keep(batch(number, at(0), vec![keep(&reference, KeepState::Held, &pattern(size))])).await.is_ok()
        });
    }
    let worked = tasks.join_all().await.into_iter().filter(|worked| *worked).count();
    assert_eq!(worked, store.list(&State::ALL, 200).await.unwrap().len());
    assert_eq!(worked, 90);
    let commits = store.commits() - before;
    assert!(commits <= 50, "100 writes took {commits} commits");
}

#[tokio::test]
async fn what_runs_out_is_ended_told_and_removed() {
    let stage = Stage::new();
    let store = stage.open();
    let mut undecided = keep("EX-1", KeepState::Held, b"x");
    undecided.record.release_by = Some(at(3600));
    let mut failed = keep("EX-3", KeepState::Ready, b"x");
    failed.record.tell = None;
    store.keep(batch(1, at(0), vec![undecided])).await.unwrap();
    store.keep(batch(2, at(0), vec![keep("EX-2", KeepState::Held, b"x")])).await.unwrap();
    store.keep(batch(3, at(0), vec![failed])).await.unwrap();
    let claim = store.claim_mail(at(1), MINUTE).await.unwrap().unwrap();
    let results = vec![(0, RecipientResult::Failed(550)), (1, RecipientResult::Failed(0))];
    store.settle_mail(&claim, results, at(2), None, at(2)).await.unwrap();

    assert_eq!(store.tidy(at(3599), DAY).await.unwrap().expired.len(), 0);
    assert_eq!(store.tidy(at(3600), DAY).await.unwrap().expired, ["EX-1"]);
    assert_eq!(state(&store, "EX-1").await, State::Expired);
    let pace = NoticePace { lease: MINUTE, settle: MINUTE, most_an_hour: 3 };
    let told = store.claim_notice(at(4000), pace).await.unwrap().unwrap();
    assert!(told.stories[0].reasons[0].say.contains("Nobody decided"));
    assert_eq!(told.stories[0].outcomes[0].recipients.len(), 2);
    assert!(matches!(store.release("EX-1", "head", "", at(4001)).await, Err(StoreError::NotWaiting { .. })));

    assert_eq!(store.tidy(at(3600 + 25 * 3600), DAY).await.unwrap().removed, 1);
    let left: Vec<String> = store.list(&State::ALL, 9).await.unwrap().into_iter().map(|e| e.reference).collect();
    assert_eq!(left, ["EX-2", "EX-3"], "what waits and what failed is never removed");
    let counts = store.counts().await.unwrap();
    let held = counts.iter().find(|count| count.state == State::Held).unwrap();
    assert_eq!((held.copies, held.oldest), (1, Some(at(0))));
    assert!(store.events(99).await.unwrap().iter().any(|event| event.reference == "EX-1"), "what was done stays known");
}

#[tokio::test]
async fn marks_and_tokens_expire() {
    let stage = Stage::new();
    let store = stage.open();
    store.keep(batch(7, at(0), vec![keep("EX-1", KeepState::Held, b"x")])).await.unwrap();
    assert_eq!(store.mark_poison(retry(7), at(0), MINUTE).await, Ok(1));
    assert_eq!(store.mark_poison(retry(7), at(1), MINUTE).await, Ok(2));
    assert_eq!(store.poison(retry(7), at(60)).await, Ok(2));
    assert_eq!(store.poison(retry(7), at(61)).await, Ok(0), "it expires");
    assert_eq!(store.mark_poison(retry(7), at(61), MINUTE).await, Ok(1), "and starts anew");
    assert_eq!(store.retry("EX-1", "head", "mended", at(62)).await, Ok(retry(7)));
    assert_eq!(store.poison(retry(7), at(62)).await, Ok(0), "or is taken off");

    assert_eq!(store.use_token([1; 16], at(60), at(0)).await, Ok(true));
    assert_eq!(store.use_token([1; 16], at(60), at(1)).await, Ok(false), "once");
    assert_eq!(store.use_token([2; 16], at(60), at(60)).await, Ok(false), "in time");
    store.tidy(at(61), DAY).await.unwrap();
    store.probe(at(62)).await.unwrap();
}

/// Runs this program again as a child that only plays `role`.
fn child(role: &str, folder: &std::path::Path, wrap: Option<&str>) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut command = match wrap {
        Some(shell) => {
            let mut command = Command::new("sh");
            command.arg("-c").arg(format!("{shell}; exec \"$0\" \"$@\"")).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.args(["--exact", "the_child", "--nocapture"]).env("STORE_CHILD", role).env("STORE_FOLDER", folder);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Keeps one batch of two copies and a story after the other and says so, until it is killed or a keep fails.
#[tokio::test]
async fn the_child() {
    let (Some(role), Some(folder)) = (std::env::var_os("STORE_CHILD"), std::env::var_os("STORE_FOLDER")) else {
        return;
    };
    let store = Store::open(&std::path::Path::new(&folder).join("store.sqlite"), key(), ROOM).unwrap();
    let start = store.list(&State::ALL, 9999).await.unwrap().len() / 2;
    let lanes = if role == "keeps" { 4 } else { 1 };
    let mut tasks = tokio::task::JoinSet::new();
    for lane in 0..lanes {
        let store = store.clone();
        tasks.spawn(async move {
            for number in (start..start + 100_000).map(|number| number * lanes + lane) {
                let references = [format!("EX-{number}-A-{lane}-{start}"), format!("EX-{number}-B-{lane}-{start}")];
                let keeps = references.iter().map(|reference| keep(reference, KeepState::Held, &pattern(90_000)));
                let mut key = [lane as u8; 32];
                key[..8].copy_from_slice(&(number as u64).to_be_bytes());
                key[8..16].copy_from_slice(&(start as u64).to_be_bytes());
                let mut all = telling(0, at(0), "teacher@school.example", &format!("<{number}@x>"));
                all.keeps = keeps.collect();
                all.retry_key = RetryKey::from_bytes(key);
                match store.keep(all).await {
                    Ok(kept) => {
                        assert_eq!(kept, Kept::New);
                        println!("kept {} {}", references[0], references[1]);
                    }
                    Err(error) => {
                        println!("error {error}");
                        return;
                    }
                }
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn killed_at_any_moment_everything_said_to_be_kept_is_kept_and_nothing_is_half() {
    let stage = Stage::new();
    let mut said: Vec<String> = Vec::new();
    for round in 0..12_u64 {
        let mut process = child("keeps", stage.folder.path(), None).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let heard = std::thread::spawn(move || -> Vec<String> { lines.map_while(Result::ok).collect() });
        std::thread::sleep(std::time::Duration::from_millis(150 + round * 37 % 200));
        process.kill().unwrap();
        process.wait().unwrap();
        // A last line may be cut; only whole ones name two references.
        let heard = heard.join().unwrap();
        said.extend(heard.iter().filter_map(|line| line.split_once("kept ").map(|(_, names)| names.to_owned())));
        let store = stage.open();
        let kept: std::collections::BTreeSet<String> =
            store.list(&State::ALL, 99_999).await.unwrap().into_iter().map(|entry| entry.reference).collect();
        for pair in &said {
            let (one, two) = pair.split_once(' ').unwrap_or((pair, pair));
            assert!(
                kept.contains(one) && (two.len() < one.len() || kept.contains(two)),
                "lost {pair} in round {round}"
            );
        }
        assert_eq!(kept.len() % 2, 0, "half a batch in round {round}");
        assert_eq!(store.stories_waiting().await.unwrap(), kept.len() as u64 / 2, "copies without their story");
        if let Some(last) = kept.iter().next_back() {
            let content = store.open_content(last, Part::Sent, "head", "", at(1)).await.unwrap();
            assert!(read_all(content).await.unwrap() == pattern(90_000));
        }
    }
    assert!(said.len() > 20, "only {} batches were kept", said.len());
}

#[test]
fn a_disk_that_takes_no_more_is_an_error_and_what_was_kept_stays() {
    let stage = Stage::new();
    // A limit on the size of files stands in for a full disk: writes beyond it fail.
    let process = child("fills", stage.folder.path(), Some("trap '' XFSZ; ulimit -f 4000")).output().unwrap();
    let output = String::from_utf8_lossy(&process.stdout).into_owned();
    let kept = output.matches("kept EX-").count();
    assert!(output.contains("error the store"), "{output}");
    assert!(kept > 3, "{output}");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let entries = runtime.block_on(stage.open().list(&State::ALL, 9999)).unwrap();
    assert_eq!(entries.len(), 2 * kept);
}
