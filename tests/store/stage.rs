//! A store under test and what is put into it.

use exeat::mail::{Address, Path};
use exeat::notice::Story;
use exeat::private::Private;
use exeat::spool::Message;
use exeat::store::{
    Batch, Content, Keep, KeepState, KeptEnvelope, Record, RetryKey, State, Store, StoreError, StoreKey,
};
use jiff::{SignedDuration, Timestamp};

pub const MINUTE: SignedDuration = SignedDuration::from_mins(1);
pub const DAY: SignedDuration = SignedDuration::from_hours(24);
pub const ROOM: u64 = 1 << 30;

/// Where a store under test lives. Another kind of store joins by another `open`.
pub struct Stage {
    pub folder: tempfile::TempDir,
}

impl Stage {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }
    pub fn open(&self) -> Store {
        self.open_with(ROOM)
    }
    pub fn open_with(&self, room: u64) -> Store {
        Store::open(&self.file(), key(), room).unwrap()
    }
    pub fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("store.sqlite")
    }
    /// The database as somebody who meddles with it sees it.
    pub fn meddle(&self, sql: &str) -> usize {
        let database = rusqlite::Connection::open(self.file()).unwrap();
        database.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        database.execute(sql, []).unwrap()
    }
}

pub fn key() -> StoreKey {
    StoreKey::new([42; 32])
}

/// So many seconds into the story.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

pub fn retry(number: u8) -> RetryKey {
    RetryKey::from_bytes([number; 32])
}

pub fn keep(reference: &str, fate: KeepState, content: &[u8]) -> Keep {
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

pub fn story(reference: &str, to: &str, message_id: &str) -> Story {
    Story {
        reference: reference.to_owned(),
        to: Address::read(to).unwrap(),
        message_id: message_id.to_owned().into(),
        subject: Private::new("Marked subject".to_owned()),
        sent_at: at(0),
        outcomes: Vec::new(),
        reasons: Vec::new(),
        skipped: Vec::new(),
        impossible: Vec::new(),
        envelope_id: Private::default(),
        reviewer: String::new(),
    }
}

pub fn batch(number: u8, now: Timestamp, keeps: Vec<Keep>) -> Batch {
    Batch { keeps, story: None, retry_key: retry(number), now, window: DAY }
}

pub fn telling(number: u8, now: Timestamp, to: &str, message_id: &str) -> Batch {
    Batch { story: Some(story("EX-TOLD", to, message_id)), ..batch(number, now, Vec::new()) }
}

pub async fn read_all(mut content: Content) -> Result<Vec<u8>, StoreError> {
    let mut all = Vec::new();
    while let Some(chunk) = content.next_chunk().await? {
        assert!(chunk.len() <= 64 * 1024);
        all.extend(chunk);
    }
    Ok(all)
}

pub fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|number| (number * 31 % 251) as u8).collect()
}

pub async fn state(store: &Store, reference: &str) -> State {
    store.show(reference).await.unwrap().entry.state
}
