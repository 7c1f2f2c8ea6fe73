//! Which messages may have come before: a quick look in memory, so that nearly every message is spared the
//! hash of its body and a look into the database.

use super::retry_key::Stem;
use super::sqlite::{Work, millis};
use super::{Store, StoreError};
use jiff::Timestamp;
use rustc_hash::FxHashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Stems remembered before those whose window has ended are forgotten.
const MANY: usize = 10_000;

/// The stems of all batches in the store, each with the end of its window in milliseconds. It may hold one too
/// many, never one too few: a stem goes in before its batch does.
pub(super) struct Comings(Mutex<Known>);

struct Known {
    ends: FxHashMap<Stem, i64>,
    most: usize,
}

impl Comings {
    /// Reads the stems of the batches that are in the store.
    pub(super) fn read(work: &Work) -> Result<Self, StoreError> {
        let mut batches = work.db.prepare("SELECT retry, window_ends FROM batch")?;
        let found = batches.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)))?;
        let mut ends = FxHashMap::default();
        for batch in found {
            let (key, end): (Vec<u8>, i64) = batch?;
            // A key without a stem is none that a message could have.
            if let Some(stem) = Stem::of_key(&key) {
                let known = ends.entry(stem).or_insert(end);
                *known = end.max(*known);
            }
        }
        let most = ends.len().saturating_mul(2).max(MANY);
        Ok(Self(Mutex::new(Known { ends, most })))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a batch with this stem is about to go in.
    pub(super) fn note(&self, stem: Stem, now: Timestamp, ends: Timestamp) {
        let mut known = self.known();
        if known.ends.len() >= known.most {
            known.ends.retain(|_, end| *end > millis(now));
            known.most = known.ends.len().saturating_mul(2).max(MANY);
        }
        let end = known.ends.entry(stem).or_insert(i64::MIN);
        *end = millis(ends).max(*end);
    }
}

impl Store {
    /// Whether a message with this stem may have come before. `false` is certain as long as one process alone puts
    /// messages into the store, which is how the program runs.
    #[must_use]
    pub fn may_have_come(&self, stem: Stem, now: Timestamp) -> bool {
        self.inner.comings.known().ends.get(&stem).is_some_and(|end| *end > millis(now))
    }
}
