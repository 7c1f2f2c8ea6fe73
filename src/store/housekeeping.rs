//! Keeps the store in order: counts and size for the metrics, what ran out, marks that expire.

use super::batch::{KeptEnvelope, Record};
use super::sqlite::{Work, millis, time};
use super::waiting::{Count, State, Tidied};
use super::{Store, StoreError, deciding, noticing};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OpenFlags, Statement, params};
use std::path::Path;

/// Most copies that expire or are removed in one transaction, so that other writes are not kept waiting.
const MOST: i64 = 50;
/// What the sender of a copy is told that nobody decided on.
const UNDECIDED: &str = "Nobody decided on this message in time, so it was not sent. Please send it again or ask.";

/// What waits in a store, as can be seen without its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Copies that somebody can still decide on, by state.
    pub copies: Vec<Count>,
    /// Stories that are not told yet.
    pub stories: u64,
}

impl Waiting {
    /// Counts what waits in a store file. Changes nothing; works beside a running exeat and without one.
    ///
    /// # Errors
    /// There is no such file, or it is no store.
    pub fn in_file(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(super::sqlite::BUSY)?;
        let mut query = db.prepare(COUNT)?;
        let open = State::ALL.into_iter().filter(|state| state.can_be_decided());
        let copies = open.map(|state| count(&mut query, state)).collect::<Result<_, _>>()?;
        Ok(Self { copies, stories: stories_waiting(&db)? })
    }
}

/// Copies in a state, and since when the oldest waits.
const COUNT: &str = "SELECT count(*), min(CASE state WHEN 'ready' THEN coalesce(ready_at, kept_at) ELSE kept_at END)
    FROM keep WHERE state = ?1";

fn count(query: &mut Statement<'_>, state: State) -> Result<Count, StoreError> {
    let row = query.query_row([state.name()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)));
    let (copies, oldest) = row?;
    Ok(Count { state, copies: u64::try_from(copies).unwrap_or(0), oldest: oldest.map(time) })
}

fn stories_waiting(db: &Connection) -> Result<u64, StoreError> {
    let count: i64 = db.query_row("SELECT count(*) FROM story WHERE state = 'waiting'", [], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

impl Store {
    /// Copies by state, and since when the oldest waits: since it was kept, or, where it is ready, since it may go out.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn counts(&self) -> Result<Vec<Count>, StoreError> {
        self.read(|work| {
            let mut query = work.db.prepare_cached(COUNT)?;
            State::ALL.into_iter().map(|state| count(&mut query, state)).collect()
        })
        .await
    }

    /// Stories that wait to be told.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn stories_waiting(&self) -> Result<u64, StoreError> {
        self.read(|work| stories_waiting(&work.db)).await
    }

    /// Bytes in use, of at most so many.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn size(&self) -> Result<(u64, u64), StoreError> {
        self.read(|work| Ok((work.used()?, work.max_bytes))).await
    }

    /// Writes and syncs nothing of worth: whether the store can be written, for readiness and `exeat doctor`.
    ///
    /// # Errors
    /// It cannot.
    pub async fn probe(&self, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |work| {
            let now = millis(now).to_be_bytes();
            work.db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', ?1)", [now])?;
            Ok(())
        })
        .await
    }

    /// Uses up a release token. `false`: it was used before or has expired.
    ///
    /// # Errors
    /// The store cannot be written; the token counts as not valid then.
    pub async fn use_token(&self, nonce: [u8; 16], expires: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        if expires <= now {
            return Ok(false);
        }
        self.write(move |work| {
            let mut insert = work.db.prepare_cached("INSERT OR IGNORE INTO token (nonce, expires) VALUES (?1, ?2)")?;
            Ok(insert.execute(params![nonce, millis(expires)])? == 1)
        })
        .await
    }

    /// Ends what nobody decided on in time (its sender is told) and removes what was done with before `keep_for`.
    /// A copy that failed is never removed: somebody has to release or refuse it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn tidy(&self, now: Timestamp, keep_for: SignedDuration) -> Result<Tidied, StoreError> {
        let mut all = Tidied::default();
        loop {
            let some = self.write(move |work| tidy(work, now, keep_for)).await?;
            if some == Tidied::default() {
                return Ok(all);
            }
            all.expired.extend(some.expired);
            all.removed += some.removed;
        }
    }
}

fn tidy(work: &Work, now: Timestamp, keep_for: SignedDuration) -> Result<Tidied, StoreError> {
    let expired = expire(work, now)?;
    let before = millis(now.saturating_sub(keep_for).unwrap_or(Timestamp::MIN));
    let removed = work.db.execute(
        "DELETE FROM keep WHERE id IN (SELECT id FROM keep
         WHERE state IN ('delivered', 'refused', 'expired', 'aside') AND changed_at < ?1 ORDER BY id LIMIT ?2)",
        params![before, MOST],
    )?;
    work.db.execute(
        "DELETE FROM batch WHERE window_ends < ?1 AND NOT EXISTS (SELECT 1 FROM keep WHERE keep.batch = batch.id)",
        [millis(now)],
    )?;
    work.db.execute("DELETE FROM story WHERE state IN ('sent', 'failed', 'dropped') AND kept_at < ?1", [before])?;
    work.db.execute("DELETE FROM token WHERE expires < ?1", [millis(now)])?;
    let day_ago = now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
    work.db.execute("DELETE FROM notice_sent WHERE at < ?1", [millis(day_ago)])?;
    Ok(Tidied { expired, removed: removed as u64 })
}

fn expire(work: &Work, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let mut query = work.db.prepare_cached(
        "SELECT id, reference, record, kept_at FROM keep WHERE state = 'held' AND decide_by <= ?1 ORDER BY id LIMIT ?2",
    )?;
    let mut rows = query.query(params![millis(now), MOST])?;
    let mut found: Vec<(i64, String, Vec<u8>, Timestamp)> = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((row.get(0)?, row.get(1)?, row.get(2)?, time(row.get(3)?)));
    }
    drop(rows);
    for (id, reference, sealed, kept_at) in &found {
        work.db.execute(
            "UPDATE keep SET state = 'expired', changed_at = ?2, decide_by = NULL WHERE id = ?1",
            params![id, millis(now)],
        )?;
        deciding::record_event(work, reference, "expired", "", "", now)?;
        // A record that does not open leaves nobody to tell; the copy is listed as expired all the same.
        let record: Option<Record> = work.open_json(&format!("record {reference}"), reference, sealed).ok();
        let envelope: Vec<u8> = work.db.query_row("SELECT envelope FROM keep WHERE id = ?1", [id], |row| row.get(0))?;
        let envelope: Option<KeptEnvelope> =
            work.open_json(&format!("envelope {reference}"), reference, &envelope).ok();
        if let (Some(record), Some(envelope)) = (record, envelope)
            && let Some(story) = record.not_sent(reference, &envelope.recipients, *kept_at, UNDECIDED)
        {
            noticing::insert(work, &story, now)?;
        }
    }
    Ok(found.into_iter().map(|(_, reference, _, _)| reference).collect())
}
