//! What came back from a backup waits until somebody looked at it: it may have gone out since the backup was made.

use super::sqlite::{Work, millis};
use super::waiting::State;
use super::{Store, StoreError, deciding, hex};
use crate::notice::Story;
use jiff::Timestamp;
use rusqlite::params;

/// What is done with the notices that came back with the copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notices {
    /// They are sent.
    Send,
    /// They are dropped: their receivers know.
    Drop,
}

/// What was confirmed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// References of the copies.
    pub copies: Vec<String>,
    /// Number of notices.
    pub notices: u64,
}

impl Store {
    /// Somebody looked at restored copies: they wait for a decision again (a copy that was set aside is set aside
    /// again). Their notices are sent or dropped with them.
    ///
    /// # Errors
    /// One of them is not there or was not restored, or the store cannot be written; nothing is confirmed then.
    pub async fn confirm(
        &self,
        references: Vec<String>,
        notices: Notices,
        who: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Confirmed, StoreError> {
        let (who, reason) = (who.to_owned(), reason.to_owned());
        self.write(move |work| {
            references.iter().try_for_each(|reference| confirm(work, reference, &who, &reason, now))?;
            let notices = settle_notices(work, notices, Some(&references), now)?;
            Ok(Confirmed { copies: references, notices })
        })
        .await
    }

    /// The same with everything that came back, notices of no kept copy included.
    ///
    /// # Errors
    /// The store cannot be written; nothing is confirmed then.
    pub async fn confirm_all(
        &self,
        notices: Notices,
        who: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Confirmed, StoreError> {
        let (who, reason) = (who.to_owned(), reason.to_owned());
        self.write(move |work| {
            let mut query = work.db.prepare("SELECT reference FROM keep WHERE state = 'restored' ORDER BY id")?;
            let copies = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            copies.iter().try_for_each(|reference| confirm(work, reference, &who, &reason, now))?;
            let notices = settle_notices(work, notices, None, now)?;
            Ok(Confirmed { copies, notices })
        })
        .await
    }

    /// Notices that came back and wait for confirmation.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn notices_restored(&self) -> Result<u64, StoreError> {
        self.read(|work| {
            let count: i64 =
                work.db.query_row("SELECT count(*) FROM story WHERE state = 'restored'", [], |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
        .await
    }
}

fn confirm(work: &Work, reference: &str, who: &str, reason: &str, now: Timestamp) -> Result<(), StoreError> {
    let (id, state, _) = deciding::find(work, reference)?;
    if state != State::Restored {
        return Err(StoreError::NotRestored { reference: reference.to_owned(), state });
    }
    work.db.execute(
        "UPDATE keep SET state = CASE was WHEN 'aside' THEN 'aside' ELSE 'held' END, was = NULL, changed_at = ?2,
                due_at = NULL WHERE id = ?1",
        params![id, millis(now)],
    )?;
    deciding::record_event(work, reference, "confirmed", who, reason, now)
}

/// Sends or drops restored notices: those that name one of the references, or all.
fn settle_notices(
    work: &Work,
    notices: Notices,
    references: Option<&[String]>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut query = work.db.prepare("SELECT id, name, story FROM story WHERE state = 'restored' ORDER BY id")?;
    let mut rows = query.query([])?;
    let mut chosen: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        let named = match references {
            None => true,
            Some(references) => names_one(work, row, references)?,
        };
        if named {
            chosen.push(row.get(0)?);
        }
    }
    drop(rows);
    let state = match notices {
        Notices::Send => "waiting",
        Notices::Drop => "dropped",
    };
    let mut mark = work.db.prepare("UPDATE story SET state = ?2, next_try = ?3 WHERE id = ?1")?;
    for id in &chosen {
        mark.execute(params![id, state, millis(now)])?;
    }
    Ok(chosen.len() as u64)
}

/// Whether a notice tells of one of these copies. One that does not open tells nobody anything.
fn names_one(work: &Work, row: &rusqlite::Row<'_>, references: &[String]) -> Result<bool, StoreError> {
    let (name, sealed): ([u8; 16], Vec<u8>) = (row.get(1)?, row.get(2)?);
    let story: Option<Story> = work.open_json(&format!("story {}", hex(&name)), "a notice", &sealed).ok();
    let mut told = story.into_iter().flat_map(|story| story.outcomes).filter_map(|outcome| outcome.reference);
    Ok(told.any(|reference| references.contains(&reference)))
}
