//! For the courier: claims copies that are due, and marks what came of sending them.

use super::batch::{KeptEnvelope, Record};
use super::content::{self, Found, Part};
use super::sqlite::{Work, millis, time};
use super::waiting::{MailClaim, RecipientResult, RecipientState, State};
use super::{Store, StoreError, deciding, noticing};
use crate::notice::Story;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

/// What the sender of a copy is told that does not open.
const DAMAGED: &str = "The kept copy was damaged and cannot be sent. Please send it again.";

/// A claim as it leaves the store: all but the way to its content.
struct Claimed {
    reference: String,
    token: [u8; 16],
    envelope: KeptEnvelope,
    recipients: Vec<usize>,
    record: Record,
    content: Found,
    times: (Timestamp, Timestamp, u32),
}

impl Store {
    /// Claims the next copy that is due, for `lease`. What cannot be opened is marked as failed on the way and
    /// reported as [`StoreError::Corrupt`]; the next call brings the next copy.
    ///
    /// # Errors
    /// The store cannot be written, or the copy does not open.
    pub async fn claim_mail(&self, now: Timestamp, lease: SignedDuration) -> Result<Option<MailClaim>, StoreError> {
        let claim = self.write(move |work| claim(work, now, lease)).await?;
        let Some(claimed) = claim? else { return Ok(None) };
        let (kept_at, ready_at, tries) = claimed.times;
        Ok(Some(MailClaim {
            reference: claimed.reference,
            token: claimed.token,
            envelope: claimed.envelope,
            recipients: claimed.recipients,
            record: claimed.record,
            content: claimed.content.content(self),
            kept_at,
            ready_at,
            tries,
        }))
    }

    /// Marks what one attempt brought, per recipient (those not named stay as they are), and says when to try
    /// again if any still waits. A failure's story is stored in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::ClaimLost`], or the store cannot be written.
    pub async fn settle_mail(
        &self,
        claim: &MailClaim,
        results: Vec<(usize, RecipientResult)>,
        next_try: Timestamp,
        failure: Option<Story>,
        now: Timestamp,
    ) -> Result<State, StoreError> {
        let (reference, token) = (claim.reference.clone(), claim.token);
        self.write(move |work| settle(work, &reference, token, &results, next_try, failure.as_ref(), now)).await
    }
}

/// The inner error is one that was dealt with: what the transaction did stands.
fn claim(
    work: &Work,
    now: Timestamp,
    lease: SignedDuration,
) -> Result<Result<Option<Claimed>, StoreError>, StoreError> {
    let mut query = work.db.prepare_cached(
        "SELECT id, reference, envelope, record, kept_at, ready_at, tries FROM keep
         WHERE state IN ('ready', 'deferred') AND due_at <= ?1 AND claim_until <= ?1 ORDER BY rank, due_at, id LIMIT 1",
    )?;
    let mut rows = query.query([millis(now)])?;
    let Some(row) = rows.next()? else { return Ok(Ok(None)) };
    let (id, reference): (i64, String) = (row.get(0)?, row.get(1)?);
    let (envelope, record): (Vec<u8>, Vec<u8>) = (row.get(2)?, row.get(3)?);
    let times = (time(row.get(4)?), time(row.get(5)?), row.get(6)?);
    drop(rows);
    let token = deciding::claim_token()?;
    let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    work.db.execute(
        "UPDATE keep SET claim = ?2, claim_until = ?3, tries = tries + 1 WHERE id = ?1",
        params![id, token, millis(until)],
    )?;
    let open = || -> Result<Claimed, StoreError> {
        let envelope: KeptEnvelope = work.open_json(&format!("envelope {reference}"), &reference, &envelope)?;
        let record: Record = work.open_json(&format!("record {reference}"), &reference, &record)?;
        let content = content::find(work, id, Part::Sent, &reference)?;
        let states = deciding::recipients(work, id)?;
        let waiting = states.iter().enumerate().filter(|(_, state)| **state == RecipientState::Waiting);
        let recipients = waiting.map(|(number, _)| number).collect();
        Ok(Claimed { reference: reference.clone(), token, envelope, recipients, record, content, times })
    };
    match open() {
        Err(StoreError::Corrupt { .. } | StoreError::NotFound) => {
            finish(work, id, &reference, State::Failed, now)?;
            // As far as they open, record and envelope say who is to be told.
            let record = work.open_json::<Record>(&format!("record {reference}"), &reference, &record);
            let envelope = work.open_json::<KeptEnvelope>(&format!("envelope {reference}"), &reference, &envelope);
            let recipients = envelope.map(|envelope| envelope.recipients).unwrap_or_default();
            if let Some(story) =
                record.ok().and_then(|record| record.not_sent(&reference, &recipients, times.0, DAMAGED))
            {
                noticing::insert(work, &story, now)?;
            }
            Ok(Err(StoreError::Corrupt { reference }))
        }
        opened => opened.map(|claimed| Ok(Some(claimed))),
    }
}

fn settle(
    work: &Work,
    reference: &str,
    token: [u8; 16],
    results: &[(usize, RecipientResult)],
    next_try: Timestamp,
    failure: Option<&Story>,
    now: Timestamp,
) -> Result<State, StoreError> {
    let mut query = work.db.prepare_cached("SELECT id, state FROM keep WHERE reference = ?1 AND claim = ?2")?;
    let found = query.query_row(params![reference, token], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)));
    let (id, name): (i64, String) = found.optional()?.ok_or(StoreError::ClaimLost)?;
    let mut mark =
        work.db.prepare_cached("UPDATE recipient SET state = ?3, code = ?4 WHERE keep = ?1 AND number = ?2")?;
    for (number, result) in results {
        let number = i64::try_from(*number).unwrap_or(i64::MAX);
        match result {
            RecipientResult::Done => mark.execute(params![id, number, "done", 0])?,
            RecipientResult::Failed(code) => mark.execute(params![id, number, "failed", code])?,
            RecipientResult::Later => 0,
        };
    }
    if let Some(story) = failure {
        noticing::insert(work, story, now)?;
    }
    let states = deciding::recipients(work, id)?;
    if states.contains(&RecipientState::Waiting) {
        work.db.execute(
            "UPDATE keep SET claim = NULL, claim_until = 0, due_at = ?2 WHERE id = ?1",
            params![id, millis(next_try)],
        )?;
        return deciding::state(&name);
    }
    let failed = states.iter().any(|state| matches!(state, RecipientState::Failed(_)));
    let state = if failed { State::Failed } else { State::Delivered };
    finish(work, id, reference, state, now)?;
    Ok(state)
}

/// Nothing more goes out by itself. What was taken by the next hop for all need not be kept.
fn finish(work: &Work, id: i64, reference: &str, state: State, now: Timestamp) -> Result<(), StoreError> {
    work.db.execute(
        "UPDATE keep SET state = ?2, changed_at = ?3, due_at = NULL, claim = NULL, claim_until = 0 WHERE id = ?1",
        params![id, state.name(), millis(now)],
    )?;
    if state == State::Delivered {
        content::remove(work, id, Part::Sent)?;
    }
    deciding::record_event(work, reference, state.name(), "", "", now)
}
