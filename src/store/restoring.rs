//! Puts a backup in the place of the store. What waited when it was made may have gone out since, so nothing of
//! it goes out again before somebody looked: copies and notices come back as `restored`.
//!
//! Where the present store can be read, what is known to have gone out since is marked so at once, and what was
//! done since stays recorded.

use super::backup::{BackupError, Checked, at, fetch};
use super::files::{folder_of, sync_folder};
use super::key::StoreKey;
use super::migrating::{key_opens, to_today};
use super::serving::lock;
use super::sqlite::{Work, connect, millis};
use super::{Part, StoreError, content, deciding};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use std::fs::File;
use std::path::{Path, PathBuf};

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Copies that wait for confirmation.
    pub copies: u64,
    /// Notices that do.
    pub notices: u64,
    /// Copies of the backup that were sent, refused or expired since, as the replaced store says.
    pub ended: u64,
    /// Copies that are in the replaced store alone.
    pub left_behind: Vec<String>,
    /// Where the replaced store is now; `None` where there was none.
    pub aside: Option<PathBuf>,
    /// Why the replaced store could not be asked what went out since.
    pub not_compared: Option<String>,
}

/// How a backup is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct How<'a> {
    /// Go on though copies wait in the present store that the backup does not have: they are put aside with it.
    pub leave_newer: bool,
    /// For an older release whose tables are of version 1: it knows no `restored`, so copies come back as held and
    /// notices are dropped.
    pub for_version_1: bool,
    /// Who restores.
    pub who: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// The words for what came back; a release of version 1 knows only its own.
struct Words {
    copies: &'static str,
    notices: &'static str,
}

/// Restores a backup that was looked at. The present store is moved aside.
///
/// # Errors
/// The present store is still in its place and as it was.
pub fn restore(store: &Path, backup: &Checked, key: &StoreKey, how: How<'_>) -> Result<Restored, BackupError> {
    let Some(_lock) = lock(store)? else { return Err(BackupError::Serving) };
    if how.for_version_1 && backup.version != 1 {
        let what = "its tables are not of version 1, and there is no way back from a newer version";
        return Err(BackupError::Damaged(backup.database.clone(), what));
    }
    let there = store.exists();
    let partial = store.with_added_extension("restoring.partial");
    fetch(backup, &partial, if there { store } else { folder_of(store) })?;
    let outcome = prepare(&partial, store, there, key, how);
    let mut restored = match outcome {
        Ok(restored) if restored.left_behind.is_empty() || how.leave_newer => restored,
        other => {
            drop(std::fs::remove_file(&partial));
            return Err(other.map_or_else(|error| error, |restored| BackupError::LeftBehind(restored.left_behind)));
        }
    };
    restored.aside = put_in_place(&partial, store, there, how.now)?;
    Ok(restored)
}

/// Makes the copy ready under its own name: today's tables, everything that waits marked, one plain file.
fn prepare(partial: &Path, store: &Path, there: bool, key: &StoreKey, how: How<'_>) -> Result<Restored, BackupError> {
    let db = connect(partial)?;
    if !how.for_version_1 {
        to_today(&db, key)?;
    }
    let work = Work { db, key: key.clone(), max_bytes: u64::MAX };
    let words = if how.for_version_1 {
        Words { copies: "held", notices: "failed" }
    } else {
        Words { copies: "restored", notices: "restored" }
    };
    let present = if there { ask(&work, store) } else { Ok(()) };
    let not_compared = present.err().map(|error| error.to_string());
    work.db.execute_batch("BEGIN IMMEDIATE")?;
    let compare = there && not_compared.is_none();
    let mut restored = mark(&work, &words, compare, how)?;
    work.db.execute_batch("COMMIT")?;
    restored.not_compared = not_compared;
    if compare {
        work.db.execute_batch("DETACH present")?;
    }
    one_file(&work.db)?;
    drop(work);
    File::open(partial).and_then(|file| file.sync_all()).map_err(at(partial))?;
    Ok(restored)
}

/// Takes the log of a database into its file.
fn one_file(db: &rusqlite::Connection) -> Result<(), StoreError> {
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
    if mode == "delete" { Ok(()) } else { Err(StoreError::Unusable(format!("its journal stays in mode {mode}"))) }
}

/// Attaches the present store, where it is a sound one of the same key.
fn ask(work: &Work, store: &Path) -> Result<(), StoreError> {
    let present = connect(store)?;
    if key_opens(&present, &work.key)? != Some(true) {
        return Err(StoreError::WrongKey);
    }
    let sound: String = present.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(StoreError::Unusable("it is not sound".to_owned()));
    }
    one_file(&present)?;
    drop(present);
    work.db.execute("ATTACH ?1 AS present", [store.to_string_lossy()])?;
    Ok(())
}

fn mark(work: &Work, words: &Words, compare: bool, how: How<'_>) -> Result<Restored, BackupError> {
    if compare {
        keep_what_was_recorded(work)?;
    }
    let now = millis(how.now);
    let (was, was_no_more) = if how.for_version_1 { ("", "") } else { ("was = coalesce(was, state),", "was = NULL,") };
    let mut query = work.db.prepare(
        "SELECT id, reference, state FROM keep
         WHERE state IN ('held', 'deferred', 'ready', 'aside', 'failed', 'restored') ORDER BY id",
    )?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let waiting = query.query_map([], row)?.collect::<Result<Vec<(i64, String, String)>, _>>()?;
    let mut restored =
        Restored { copies: 0, notices: 0, ended: 0, left_behind: Vec::new(), aside: None, not_compared: None };
    for (id, reference, state) in waiting {
        let ended = if compare { ended(work, &reference)? } else { None };
        if let Some(ended) = ended {
            work.db.execute(
                &format!(
                    "UPDATE keep SET {was_no_more} state = ?2, changed_at = ?3, due_at = NULL, decide_by = NULL,
                            claim = NULL, claim_until = 0 WHERE id = ?1"
                ),
                params![id, ended, now],
            )?;
            if ended == "delivered" {
                content::remove(work, id, Part::Sent)?;
            }
            restored.ended += 1;
            continue;
        }
        work.db.execute(
            &format!(
                "UPDATE keep SET {was} state = ?2, changed_at = ?3, decide_by = NULL, claim = NULL, claim_until = 0
                 WHERE id = ?1"
            ),
            params![id, words.copies, now],
        )?;
        deciding::record_event(work, &reference, "restored", how.who, &format!("was {state}"), how.now)?;
        restored.copies += 1;
    }
    let stories = work.db.execute(
        "UPDATE story SET state = ?1, claim = NULL, claim_until = 0 WHERE state IN ('waiting', 'restored')",
        [words.notices],
    )?;
    restored.notices = stories as u64;
    if compare {
        restored.notices -= told_since(work, words)?;
        served_since(work)?;
        restored.left_behind = left_behind(work)?;
    }
    Ok(restored)
}

/// What was recorded in the present store after the backup was made is added, where the backup is one of this
/// store: its last record is the same in both. Release tokens used since are used up.
fn keep_what_was_recorded(work: &Work) -> Result<(), StoreError> {
    let last: i64 = work.db.query_row("SELECT coalesce(max(id), 0) FROM main.event", [], |row| row.get(0))?;
    let same = work.db.query_row(
        "SELECT 1 FROM main.event AS one JOIN present.event AS other USING (id, details) WHERE one.id = ?1",
        [last],
        |_| Ok(()),
    );
    if last == 0 || same.optional()?.is_some() {
        work.db.execute("INSERT INTO main.event SELECT * FROM present.event WHERE id > ?1", [last])?;
        work.db.execute("INSERT OR REPLACE INTO main.meta SELECT * FROM present.meta WHERE name = 'bypasses'", [])?;
    }
    work.db.execute("INSERT OR IGNORE INTO main.token SELECT * FROM present.token", [])?;
    Ok(())
}

/// How a copy of the backup ended in the present store; its records outlive it there.
fn ended(work: &Work, reference: &str) -> Result<Option<String>, StoreError> {
    let mut query = work.db.prepare_cached(
        "SELECT what FROM present.event
         WHERE reference = ?1 AND what IN ('delivered', 'refused', 'expired') ORDER BY id DESC LIMIT 1",
    )?;
    Ok(query.query_row([reference], |row| row.get(0)).optional()?)
}

/// Notices that were sent since stay sent.
fn told_since(work: &Work, words: &Words) -> Result<u64, StoreError> {
    let told = work.db.execute(
        "UPDATE main.story SET state = 'sent' WHERE state = ?1
         AND name IN (SELECT name FROM present.story WHERE state = 'sent')",
        [words.notices],
    )?;
    Ok(told as u64)
}

/// Recipients that were served since do not get it again.
fn served_since(work: &Work) -> Result<(), StoreError> {
    work.db.execute(
        "UPDATE main.recipient SET state = 'done', code = 0 WHERE state <> 'done' AND EXISTS (
             SELECT 1 FROM main.keep AS ours
             JOIN present.keep AS theirs USING (reference)
             JOIN present.recipient AS served ON served.keep = theirs.id
             WHERE ours.id = main.recipient.keep AND served.number = main.recipient.number AND served.state = 'done')",
        [],
    )?;
    Ok(())
}

/// Copies that wait in the present store and are not in the backup.
fn left_behind(work: &Work) -> Result<Vec<String>, StoreError> {
    let mut query = work.db.prepare(
        "SELECT reference FROM present.keep
         WHERE state NOT IN ('delivered', 'refused', 'expired')
         AND reference NOT IN (SELECT reference FROM main.keep) ORDER BY id",
    )?;
    Ok(query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Moves the store aside and the copy into its place. At each moment a whole store stands under its name; between
/// the steps in which its log is not beside it, [`being_restored`] keeps everybody off it.
fn put_in_place(partial: &Path, store: &Path, there: bool, now: Timestamp) -> Result<Option<PathBuf>, BackupError> {
    let ready = store.with_added_extension("restoring");
    let mut aside = None;
    if there {
        let name = aside_name(store, now);
        std::fs::hard_link(store, &name).map_err(at(&name))?;
        std::fs::rename(partial, &ready).map_err(at(&ready))?;
        sync_folder(store).map_err(at(store))?;
        for ending in ["-wal", "-shm", "-journal"] {
            let (from, to) = (beside(store, ending), beside(&name, ending));
            if from.exists() {
                std::fs::rename(&from, &to).map_err(at(&from))?;
            }
        }
        aside = Some(name);
    } else {
        std::fs::rename(partial, &ready).map_err(at(&ready))?;
    }
    sync_folder(store).map_err(at(store))?;
    std::fs::rename(&ready, store).map_err(at(store))?;
    sync_folder(store).map_err(at(store))?;
    Ok(aside)
}

/// Whether a restore was broken off in the midst of changing places.
pub(super) fn being_restored(store: &Path) -> bool {
    store.with_added_extension("restoring").exists()
}

fn aside_name(store: &Path, now: Timestamp) -> PathBuf {
    let first = store.with_added_extension(format!("replaced-{}", now.strftime("%Y%m%dT%H%M%SZ")));
    let more = (2_u32..100).map(|number| first.with_added_extension(number.to_string()));
    [first.clone()].into_iter().chain(more).find(|name| !name.exists()).unwrap_or(first)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
