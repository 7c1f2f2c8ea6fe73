//! Puts messages in: all copies of one message and what its sender is told, in one transaction.

use super::batch::{Batch, Earlier, EarlierCopy, Keep, KeepState, Kept, KeptEnvelope};
use super::sqlite::{Work, millis};
use super::{Part, RetryKey, State, Stem, Store, StoreError, content, deciding, noticing};
use crate::notice::Story;
use jiff::Timestamp;
use rusqlite::params;

/// What a kept copy takes besides its bytes: rows, indexes, sealed values. A guess for the limit.
const OVERHEAD: u64 = 16 * 1024;

impl Store {
    /// Keeps a batch. When this returns [`Kept::New`] it is on disk.
    ///
    /// # Errors
    /// Nothing of it was kept; the relay has to keep the message.
    pub async fn keep(&self, batch: Batch) -> Result<Kept, StoreError> {
        if let Some(stem) = Stem::of_key(batch.retry_key.as_bytes()) {
            self.inner.comings.note(stem, batch.now, window_ends(&batch));
        }
        self.write(move |work| keep(work, &batch)).await
    }

    /// What is in the store of a message that may have come before. The pipeline asks before it judges, so that
    /// a message which came again after its copy went out by itself is not sent twice.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn earlier(&self, key: RetryKey, now: Timestamp) -> Result<Option<Earlier>, StoreError> {
        self.read(move |work| earlier(work, key, now)).await
    }
}

/// Until when a message that comes again is a retry.
fn window_ends(batch: &Batch) -> Timestamp {
    batch.now.saturating_add(batch.window).unwrap_or(Timestamp::MAX)
}

fn keep(work: &Work, batch: &Batch) -> Result<Kept, StoreError> {
    let earlier = earlier(work, batch.retry_key, batch.now)?;
    // A message may be judged otherwise when it comes again (another hour, other rules): what is asked to be kept
    // now and is not in the store yet must not count as kept.
    let missing: Vec<&Keep> = match &earlier {
        None => batch.keeps.iter().collect(),
        Some(earlier) => batch.keeps.iter().filter(|keep| !covers(earlier, keep)).collect(),
    };
    if missing.is_empty()
        && let Some(earlier) = earlier.as_ref().filter(|earlier| earlier.told || batch.story.is_none())
    {
        return Ok(Kept::Again(earlier.clone()));
    }
    let originals = missing.iter().filter_map(|keep| keep.original.as_ref());
    let messages = missing.iter().map(|keep| &keep.content).chain(originals);
    let wanted = messages.fold(0_u64, |sum, message| sum.saturating_add(message.len()).saturating_add(OVERHEAD));
    if wanted > 0 && work.used()?.saturating_add(wanted) > work.max_bytes {
        return Err(StoreError::Full);
    }
    work.db.execute(
        "INSERT INTO batch (retry, told, kept_at, window_ends) VALUES (?1, ?2, ?3, ?4)",
        params![batch.retry_key.as_bytes(), batch.story.is_some(), millis(batch.now), millis(window_ends(batch))],
    )?;
    let id = work.db.last_insert_rowid();
    let story = batch.story.clone().map(|story| truly(story, batch, &missing, earlier.as_ref()));
    missing.into_iter().try_for_each(|keep| insert(work, id, keep, batch.now))?;
    let told_nothing = batch.story.as_ref().is_some_and(|story| story.outcomes.is_empty());
    if let Some(story) = story.filter(|story| told_nothing || !story.outcomes.is_empty()) {
        noticing::insert(work, &story, batch.now)?;
    }
    Ok(Kept::New)
}

/// A story cites no copy that was not kept because one of an earlier coming stands for it. Of that one its sender
/// knows, or is told now.
fn truly(mut story: Story, batch: &Batch, missing: &[&Keep], earlier: Option<&Earlier>) -> Story {
    let Some(earlier) = earlier else { return story };
    let not_kept = |reference: &str| {
        let keep = batch.keeps.iter().find(|keep| keep.reference == reference)?;
        (!missing.iter().any(|kept| kept.reference == reference)).then_some(keep)
    };
    story.outcomes.retain_mut(|outcome| {
        let Some(keep) = outcome.reference.as_deref().and_then(not_kept) else { return true };
        let first = keep.envelope.recipients.first().map(|path| path.given.as_slice());
        let has_first = |copy: &&EarlierCopy| copy.recipients.iter().any(|path| Some(path.given.as_slice()) == first);
        let copy = earlier.copies.iter().find(has_first);
        if copy.is_none_or(|copy| copy.state != State::Deferred) {
            outcome.until = None;
        }
        outcome.reference = copy.map(|copy| copy.reference.clone());
        !earlier.told
    });
    story
}

/// All recipients of a copy have one in the store already. One set aside goes to nobody, so it stands for none
/// but another set aside.
fn covers(earlier: &Earlier, keep: &Keep) -> bool {
    let aside = keep.fate == KeepState::Aside;
    let copies = earlier.copies.iter().filter(|copy| (copy.state == State::Aside) == aside);
    let kept: Vec<&[u8]> = copies.flat_map(|copy| &copy.recipients).map(|path| path.given.as_slice()).collect();
    keep.envelope.recipients.iter().all(|path| kept.contains(&path.given.as_slice()))
}

fn insert(work: &Work, batch: i64, keep: &Keep, now: Timestamp) -> Result<(), StoreError> {
    let (state, rank, due) = match keep.fate {
        KeepState::Held => (State::Held, 0, None),
        KeepState::Deferred { until } => (State::Deferred, 1, Some(until)),
        KeepState::Ready => (State::Ready, 0, Some(now)),
        KeepState::Aside => (State::Aside, 0, None),
    };
    let reference = &keep.reference;
    let mut taken = work.db.prepare_cached("SELECT 1 FROM keep WHERE reference = ?1")?;
    if taken.exists([reference])? {
        return Err(StoreError::ReferenceTaken);
    }
    let decide_by = if state == State::Held { keep.record.release_by } else { None };
    let envelope = work.seal_json(&format!("envelope {reference}"), &keep.envelope)?;
    let record = work.seal_json(&format!("record {reference}"), &keep.record)?;
    let mut add = work.db.prepare_cached(
        "INSERT INTO keep (reference, batch, state, rank, kept_at, changed_at, ready_at, due_at, decide_by, envelope, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?6, ?7, ?8, ?9)",
    )?;
    let (due, decide_by) = (due.map(millis), decide_by.map(millis));
    add.execute(params![reference, batch, state.name(), rank, millis(now), due, decide_by, envelope, record])?;
    let id = work.db.last_insert_rowid();
    let mut add = work.db.prepare_cached("INSERT INTO recipient (keep, number) VALUES (?1, ?2)")?;
    for number in 0..keep.envelope.recipients.len() {
        add.execute(params![id, i64::try_from(number).unwrap_or(i64::MAX)])?;
    }
    content::write(work, id, Part::Sent, reference, &keep.content)?;
    if let Some(original) = &keep.original {
        content::write(work, id, Part::Original, reference, original)?;
    }
    deciding::record_event(work, reference, "kept", "", "", now)
}

/// A message counts as come again while a copy of it waits, and as long as all its copies went (or go) out by
/// themselves. After a person's decision, a failure or an end unheard, it is judged afresh.
fn earlier(work: &Work, key: RetryKey, now: Timestamp) -> Result<Option<Earlier>, StoreError> {
    let mut batches =
        work.db.prepare_cached("SELECT id, told FROM batch WHERE retry = ?1 AND window_ends > ?2 ORDER BY id")?;
    let found = batches.query_map(params![key.as_bytes(), millis(now)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut all: Option<Earlier> = None;
    for batch in found {
        let (id, told): (i64, bool) = batch?;
        let (copies, decided) = copies(work, id)?;
        let waits = copies.iter().any(|copy| copy.state.waits());
        let ended = copies.iter().any(|copy| matches!(copy.state, State::Failed | State::Expired | State::Refused));
        if waits || !(decided || ended) {
            let all = all.get_or_insert_default();
            all.told |= told;
            all.copies.extend(copies);
        }
    }
    Ok(all)
}

fn copies(work: &Work, batch: i64) -> Result<(Vec<EarlierCopy>, bool), StoreError> {
    // Of what came back from a backup, a copy set aside still goes to nobody, and one that failed is judged afresh.
    let mut query = work.db.prepare_cached(
        "SELECT reference, CASE WHEN was IN ('aside', 'failed') THEN was ELSE state END, decided, envelope
         FROM keep WHERE batch = ?1 ORDER BY id",
    )?;
    let mut rows = query.query([batch])?;
    let mut copies = Vec::new();
    let mut any_decided = false;
    while let Some(row) = rows.next()? {
        let reference: String = row.get(0)?;
        let state = deciding::state(&row.get::<_, String>(1)?)?;
        any_decided |= row.get::<_, bool>(2)?;
        let envelope: KeptEnvelope =
            work.open_json(&format!("envelope {reference}"), &reference, &row.get::<_, Vec<u8>>(3)?)?;
        copies.push(EarlierCopy { reference, state, recipients: envelope.recipients });
    }
    Ok((copies, any_decided))
}
