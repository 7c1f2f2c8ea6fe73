//! Sealed content in and out, chunk by chunk, never whole in memory.

use super::seal::{CHUNK, SALT, Sealer, salt};
use super::sqlite::Work;
use super::{Store, StoreError};
use crate::spool;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which content of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What will be sent.
    Sent,
    /// The message as it came.
    Original,
}

impl Part {
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Sent => 0,
            Self::Original => 1,
        }
    }

    fn sealed_as(self, what: &str, reference: &str) -> String {
        format!("{what} {reference} {}", self.number())
    }
}

/// What is known of a content before it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContentFacts {
    /// Length of the header block with the empty line behind it.
    pub head: u64,
    /// Length in bytes.
    pub len: u64,
    /// Bytes over 127 stand in the header block.
    pub eight_bit_head: bool,
    /// Bytes over 127 stand in the body.
    pub eight_bit_body: bool,
}

/// A sealed content, opened chunk by chunk.
pub struct Content {
    store: Store,
    keep: i64,
    part: Part,
    reference: String,
    salt: Vec<u8>,
    facts: ContentFacts,
    next: u32,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.facts.len)
    }
}

impl Content {
    /// What is known of it.
    #[must_use]
    pub const fn facts(&self) -> ContentFacts {
        self.facts
    }

    /// The same content from its start.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            store: self.store.clone(),
            keep: self.keep,
            part: self.part,
            reference: self.reference.clone(),
            salt: self.salt.clone(),
            facts: self.facts,
            next: 0,
        }
    }

    /// The next chunk, `None` at the end.
    ///
    /// # Errors
    /// It was changed, cut or moved; it is gone; the store cannot be read.
    pub async fn next_chunk(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let count = chunk_count(self.facts.len);
        if self.next >= count {
            return Ok(None);
        }
        let (keep, part, number, last) = (self.keep, self.part, self.next, self.next + 1 == count);
        let (reference, salt) = (self.reference.clone(), self.salt.clone());
        let open = move |work: &Work| open_chunk(work, keep, part, &reference, &salt, number, last);
        let chunk = self.store.read(open).await?;
        self.next += 1;
        Ok(Some(chunk))
    }
}

/// Every content has at least one chunk, so that an empty one is authenticated too.
fn chunk_count(len: u64) -> u32 {
    u32::try_from(len.div_ceil(CHUNK as u64)).unwrap_or(u32::MAX).max(1)
}

fn open_chunk(
    work: &Work,
    keep: i64,
    part: Part,
    reference: &str,
    salt: &[u8],
    number: u32,
    last: bool,
) -> Result<Vec<u8>, StoreError> {
    let corrupt = || StoreError::Corrupt { reference: reference.to_owned() };
    let mut row = work.db.prepare_cached("SELECT bytes FROM chunk WHERE keep = ?1 AND part = ?2 AND number = ?3")?;
    let found: Option<Vec<u8>> = row.query_row(params![keep, part.number(), number], |row| row.get(0)).optional()?;
    let Some(mut chunk) = found else {
        // Done with and removed while it was read, or cut.
        let there = content_row(work, keep, part)?.is_some();
        return Err(if there { corrupt() } else { StoreError::NotFound });
    };
    let sealer = Sealer::new(&work.key, salt, &part.sealed_as("content", reference)).map_err(|_| corrupt())?;
    sealer.open(number, last, &mut chunk).map_err(|_| corrupt())?;
    Ok(chunk)
}

/// A content's row as stored.
type SaltAndFacts = (Vec<u8>, Vec<u8>);

fn content_row(work: &Work, keep: i64, part: Part) -> Result<Option<SaltAndFacts>, StoreError> {
    let mut query = work.db.prepare_cached("SELECT salt, facts FROM content WHERE keep = ?1 AND part = ?2")?;
    Ok(query.query_row(params![keep, part.number()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// What a [`Content`] is made of, gathered inside the store.
pub(super) struct Found {
    keep: i64,
    part: Part,
    reference: String,
    salt: Vec<u8>,
    pub(super) facts: ContentFacts,
}

impl Found {
    pub(super) fn content(self, store: &Store) -> Content {
        let Self { keep, part, reference, salt, facts } = self;
        Content { store: store.clone(), keep, part, reference, salt, facts, next: 0 }
    }
}

/// Finds a content.
pub(super) fn find(work: &Work, keep: i64, part: Part, reference: &str) -> Result<Found, StoreError> {
    let Some((salt, facts)) = content_row(work, keep, part)? else { return Err(StoreError::NotFound) };
    let facts = work.open_json(&part.sealed_as("facts", reference), reference, &facts)?;
    Ok(Found { keep, part, reference: reference.to_owned(), salt, facts })
}

/// Seals a message into the store.
pub(super) fn write(
    work: &Work,
    keep: i64,
    part: Part,
    reference: &str,
    message: &spool::Message,
) -> Result<(), StoreError> {
    let salt: [u8; SALT] = salt()?;
    let sealer = Sealer::new(&work.key, &salt, &part.sealed_as("content", reference))?;
    let mut facts =
        ContentFacts { head: message.head(), len: message.len(), eight_bit_head: false, eight_bit_body: false };
    let mut insert = work.db.prepare_cached("INSERT INTO chunk (keep, part, number, bytes) VALUES (?1, ?2, ?3, ?4)")?;
    let count = chunk_count(message.len());
    for number in 0..count {
        let start = u64::from(number) * CHUNK as u64;
        let read = message.read(start..start + CHUNK as u64);
        let mut chunk = read.map_err(|error| StoreError::Source(error.kind()))?;
        let in_head = usize::try_from(message.head().saturating_sub(start)).unwrap_or(usize::MAX).min(chunk.len());
        let (head, body) = chunk.split_at_checked(in_head).unwrap_or_default();
        facts.eight_bit_head |= !head.is_ascii();
        facts.eight_bit_body |= !body.is_ascii();
        sealer.seal(number, number + 1 == count, &mut chunk)?;
        insert.execute(params![keep, part.number(), number, chunk])?;
    }
    let facts = work.seal_json(&part.sealed_as("facts", reference), &facts)?;
    let mut insert = work.db.prepare_cached("INSERT INTO content (keep, part, salt, facts) VALUES (?1, ?2, ?3, ?4)")?;
    insert.execute(params![keep, part.number(), salt, facts])?;
    Ok(())
}

/// Removes a content that was sent or is done with.
pub(super) fn remove(work: &Work, keep: i64, part: Part) -> Result<(), StoreError> {
    work.db.execute("DELETE FROM chunk WHERE keep = ?1 AND part = ?2", params![keep, part.number()])?;
    work.db.execute("DELETE FROM content WHERE keep = ?1 AND part = ?2", params![keep, part.number()])?;
    Ok(())
}
