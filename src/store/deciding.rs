//! For the person who decides: lists, opens, releases and refuses kept copies. Everything done is recorded.

use super::batch::{KeptEnvelope, Record};
use super::content::{Content, Part};
use super::sqlite::{Work, millis, time};
use super::waiting::{Entry, Event, RecipientState, Shown, State};
use super::{Store, StoreError, content, seal};
use crate::mail::Path;
use crate::private::Private;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

/// The columns an [`Entry`] is made of.
const ENTRY: &str = "SELECT id, reference, state, kept_at, changed_at, due_at, tries, envelope, record, was FROM keep";

impl Store {
    /// The copies in these states, oldest first, at most `most`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn list(&self, states: &[State], most: u32) -> Result<Vec<Entry>, StoreError> {
        let states = states.to_vec();
        self.read(move |work| list(work, &states, most)).await
    }

    /// One copy with all that is known of it, but its content.
    ///
    /// # Errors
    /// There is no such copy, or the store cannot be read.
    pub async fn show(&self, reference: &str) -> Result<Shown, StoreError> {
        let reference = reference.to_owned();
        self.read(move |work| show(work, &reference)).await
    }

    /// Opens the content of a copy for a person; that it was opened is recorded first.
    ///
    /// # Errors
    /// There is no such copy, its content is gone, or the opening cannot be recorded.
    pub async fn open_content(
        &self,
        reference: &str,
        part: Part,
        who: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Content, StoreError> {
        let (reference, who, reason) = (reference.to_owned(), who.to_owned(), reason.to_owned());
        let open = move |work: &Work| {
            let found = content::find(work, find(work, &reference)?.0, part, &reference)?;
            record_event(work, &reference, "opened", &who, &reason, now)?;
            Ok(found)
        };
        Ok(self.write(open).await?.content(self))
    }

    /// Lets a copy go out: what was held, deferred, set aside, or failed (to the recipients it failed for).
    ///
    /// # Errors
    /// It does not wait any more, or the store cannot be written.
    pub async fn release(&self, reference: &str, who: &str, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        let (reference, who, reason) = (reference.to_owned(), who.to_owned(), reason.to_owned());
        self.write(move |work| release(work, &reference, &who, &reason, now)).await
    }

    /// Refuses a copy: it never goes out. Its content is kept until the store is tidied.
    ///
    /// # Errors
    /// It does not wait any more or is being sent, or the store cannot be written.
    pub async fn refuse(&self, reference: &str, who: &str, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        let (reference, who, reason) = (reference.to_owned(), who.to_owned(), reason.to_owned());
        self.write(move |work| refuse(work, &reference, &who, &reason, now)).await
    }

    /// Records that somebody asks for a copy to be read again; the running exeat looks for such records.
    ///
    /// # Errors
    /// There is no such copy, or the store cannot be written.
    pub async fn retry(&self, reference: &str, who: &str, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        let (reference, who, reason) = (reference.to_owned(), who.to_owned(), reason.to_owned());
        let ask = move |work: &Work| {
            find(work, &reference)?;
            record_event(work, &reference, "retried", &who, &reason, now)
        };
        self.write(ask).await
    }

    /// The copies somebody asked to be read again, each with the number of that record, oldest first: those after
    /// `after` that were not read again since.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn retried_after(&self, after: i64) -> Result<Vec<(i64, String)>, StoreError> {
        self.read(move |work| {
            let mut query = work.db.prepare_cached(
                "SELECT max(id), reference FROM event AS asked WHERE id > ?1 AND what = 'retried' AND NOT EXISTS (
                     SELECT 1 FROM event AS done
                     WHERE done.reference = asked.reference AND done.id > asked.id AND done.what = 'read_again')
                 GROUP BY reference ORDER BY max(id) LIMIT 100",
            )?;
            let rows = query.query_map([after], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The number of the newest record of who did what; 0 where there is none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn newest_record(&self) -> Result<i64, StoreError> {
        self.read(|work| Ok(work.db.query_row("SELECT coalesce(max(id), 0) FROM event", [], |row| row.get(0))?)).await
    }

    /// What people did, and what nobody decided in time, after the record of this number: number, reference and what,
    /// oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn decided_after(&self, after: i64) -> Result<Vec<(i64, String, String)>, StoreError> {
        self.read(move |work| {
            let mut query = work.db.prepare_cached(
                "SELECT id, reference, what FROM event
                 WHERE id > ?1 AND what IN ('released', 'refused', 'retried', 'opened', 'expired', 'confirmed',
                                            'bypass_begun', 'bypass_ended')
                 ORDER BY id LIMIT 1000",
            )?;
            let rows = query.query_map([after], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Records what came of reading a copy again.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn record_reading(
        &self,
        reference: &str,
        who: &str,
        outcome: &'static str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (reference, who) = (reference.to_owned(), who.to_owned());
        self.write(move |work| record_event(work, &reference, "read_again", &who, outcome, now)).await
    }

    /// Who did what, newest first, at most `most`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn events(&self, most: u32) -> Result<Vec<Event>, StoreError> {
        self.read(move |work| {
            let mut query = work
                .db
                .prepare_cached("SELECT id, at, what, reference, details FROM event ORDER BY id DESC LIMIT ?1")?;
            collect_events(work, query.query([most])?)
        })
        .await
    }
}

/// A state from its word.
pub(super) fn state(name: &str) -> Result<State, StoreError> {
    State::named(name).ok_or_else(|| StoreError::Unusable("a copy is in a state this program does not know".to_owned()))
}

/// Finds a copy: its row, state, and until when it is claimed.
pub(super) fn find(work: &Work, reference: &str) -> Result<(i64, State, i64), StoreError> {
    let mut query = work.db.prepare_cached("SELECT id, state, claim_until FROM keep WHERE reference = ?1")?;
    let found = query.query_row([reference], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?)));
    let (id, name, claimed) = found.optional()?.ok_or(StoreError::NotFound)?;
    Ok((id, state(&name)?, claimed))
}

fn release(work: &Work, reference: &str, who: &str, reason: &str, now: Timestamp) -> Result<(), StoreError> {
    let (id, state, _) = find(work, reference)?;
    // What is ready goes out anyway: releasing it a second time decides nothing. What came back from a backup may
    // have gone out before: first somebody looks.
    if !state.can_be_decided() || matches!(state, State::Ready | State::Restored) {
        return Err(StoreError::NotWaiting { state });
    }
    work.db.execute(
        "UPDATE keep SET state = 'ready', decided = 1, rank = 0, changed_at = ?2, ready_at = ?2, due_at = ?2, decide_by = NULL
         WHERE id = ?1",
        params![id, millis(now)],
    )?;
    work.db.execute("UPDATE recipient SET state = 'waiting', code = 0 WHERE keep = ?1 AND state = 'failed'", [id])?;
    record_event(work, reference, "released", who, reason, now)
}

fn refuse(work: &Work, reference: &str, who: &str, reason: &str, now: Timestamp) -> Result<(), StoreError> {
    let (id, state, claimed) = find(work, reference)?;
    if !state.can_be_decided() || claimed > millis(now) {
        return Err(StoreError::NotWaiting { state });
    }
    work.db.execute(
        "UPDATE keep SET state = 'refused', was = NULL, decided = 1, changed_at = ?2, due_at = NULL, decide_by = NULL,
                claim = NULL, claim_until = 0 WHERE id = ?1",
        params![id, millis(now)],
    )?;
    record_event(work, reference, "refused", who, reason, now)
}

fn list(work: &Work, states: &[State], most: u32) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::new();
    for state in states {
        let mut query = work.db.prepare_cached(&format!("{ENTRY} WHERE state = ?1 ORDER BY kept_at, id LIMIT ?2"))?;
        let mut rows = query.query(params![state.name(), most])?;
        while let Some(row) = rows.next()? {
            entries.push(entry(work, row)?.1);
        }
    }
    entries.sort_by(|a, b| (a.kept_at, &a.reference).cmp(&(b.kept_at, &b.reference)));
    entries.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(entries)
}

fn entry(work: &Work, row: &Row<'_>) -> Result<(i64, Entry), StoreError> {
    let reference: String = row.get(1)?;
    let (envelope, record): (Vec<u8>, Vec<u8>) = (row.get(7)?, row.get(8)?);
    let envelope = work.open_json::<KeptEnvelope>(&format!("envelope {reference}"), &reference, &envelope);
    let record = work.open_json::<Record>(&format!("record {reference}"), &reference, &record);
    let entry = Entry {
        state: state(&row.get::<_, String>(2)?)?,
        kept_at: time(row.get(3)?),
        changed_at: time(row.get(4)?),
        due_at: row.get::<_, Option<i64>>(5)?.map(time),
        tries: row.get(6)?,
        reference,
        // One copy that was meddled with must not hide all others from the list.
        broken: envelope.is_err() || record.is_err(),
        envelope: envelope
            .unwrap_or_else(|_| KeptEnvelope { sender: Path::new(b"", Vec::new()), recipients: Vec::new() }),
        record: record.unwrap_or_default(),
        was: row.get::<_, Option<String>>(9)?.map(|was| state(&was)).transpose()?,
    };
    Ok((row.get(0)?, entry))
}

fn show(work: &Work, reference: &str) -> Result<Shown, StoreError> {
    let mut query = work.db.prepare_cached(&format!("{ENTRY} WHERE reference = ?1"))?;
    let mut rows = query.query([reference])?;
    let Some(row) = rows.next()? else { return Err(StoreError::NotFound) };
    let (id, entry) = entry(work, row)?;
    let length = |part| match content::find(work, id, part, reference) {
        Ok(found) => Ok(Some(found.facts.len)),
        Err(StoreError::NotFound | StoreError::Corrupt { .. }) => Ok(None),
        Err(error) => Err(error),
    };
    let (content, original) = (length(Part::Sent)?, length(Part::Original)?);
    let mut query = work
        .db
        .prepare_cached("SELECT id, at, what, reference, details FROM event WHERE reference = ?1 ORDER BY id")?;
    let events = collect_events(work, query.query([reference])?)?;
    Ok(Shown { entry, recipients: recipients(work, id)?, content, original, events })
}

/// What became of each recipient of a copy.
pub(super) fn recipients(work: &Work, keep: i64) -> Result<Vec<RecipientState>, StoreError> {
    let mut query = work.db.prepare_cached("SELECT state, code FROM recipient WHERE keep = ?1 ORDER BY number")?;
    let states = query.query_map([keep], |row| {
        let name: String = row.get(0)?;
        Ok(match name.as_str() {
            "done" => RecipientState::Done,
            "failed" => RecipientState::Failed(row.get(1)?),
            _ => RecipientState::Waiting,
        })
    })?;
    Ok(states.collect::<Result<_, _>>()?)
}

/// Records who did what to a copy, in the transaction that does it.
pub(super) fn record_event(
    work: &Work,
    reference: &str,
    what: &str,
    who: &str,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let details = work.seal_json(&format!("event {what} {reference}"), &(who, reason))?;
    let mut insert =
        work.db.prepare_cached("INSERT INTO event (at, what, reference, details) VALUES (?1, ?2, ?3, ?4)")?;
    insert.execute(params![millis(now), what, reference, details])?;
    Ok(())
}

fn collect_events(work: &Work, mut rows: rusqlite::Rows<'_>) -> Result<Vec<Event>, StoreError> {
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let (what, reference): (String, String) = (row.get(2)?, row.get(3)?);
        let details: Vec<u8> = row.get(4)?;
        let (who, reason): (String, String) =
            work.open_json(&format!("event {what} {reference}"), &reference, &details)?;
        let (who, reason) = (Private::new(who), Private::new(reason));
        events.push(Event { at: time(row.get(1)?), what, reference, who, reason });
    }
    Ok(events)
}

/// A random proof of a claim.
pub(super) fn claim_token() -> Result<[u8; 16], StoreError> {
    let salt = seal::salt()?;
    let mut token = [0; 16];
    token.iter_mut().zip(salt).for_each(|(to, from)| *to = from);
    Ok(token)
}
