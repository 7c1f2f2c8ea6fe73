//! From the tables of an older release to today's. What was there is put aside first; then all steps are one
//! transaction, so that a kill leaves the old tables or the new ones.

use super::files::{closed_file, own_like, sync_folder};
use super::key::StoreKey;
use super::serving::lock;
use super::{StoreError, seal};
use rusqlite::{Connection, OptionalExtension};
use std::path::{Path, PathBuf};

/// The steps from an empty file to today's tables, in order; a step never changes once it was released.
const MIGRATIONS: [&str; 2] = [include_str!("sqlite_1.sql"), include_str!("sqlite_2.sql")];
/// The version of today's tables.
pub const KNOWN: i64 = 2;
/// Sealed at the first start, so that a wrong key is noticed before anything is written with it.
const KEY_MARK: &[u8] = b"exeat";

/// Brings a store to today's tables.
pub fn migrate(db: &Connection, path: &Path, key: &StoreKey) -> Result<(), StoreError> {
    let found = version(db)?;
    // A new store has nothing that could be put aside, and one of today needs no step.
    let _lock = if (1..KNOWN).contains(&found) { Some(prepare(db, path, key, found)?) } else { None };
    to_today(db, key)
}

/// Makes all steps that are missing, as one.
pub fn to_today(db: &Connection, key: &StoreKey) -> Result<(), StoreError> {
    db.execute_batch("BEGIN IMMEDIATE")?;
    let outcome = migrate_inside(db, key);
    match &outcome {
        Ok(()) => db.execute_batch("COMMIT")?,
        // The error that made us stop says more than one of the rollback.
        Err(_) => drop(db.execute_batch("ROLLBACK")),
    }
    outcome
}

/// The version of a store's tables; 0 where there are none yet.
pub fn version(db: &Connection) -> Result<i64, StoreError> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Whether the key opens what was sealed at the first start; `None` where nothing was.
pub fn key_opens(db: &Connection, key: &StoreKey) -> Result<Option<bool>, StoreError> {
    let mark: Option<Vec<u8>> =
        db.query_row("SELECT value FROM meta WHERE name = 'key'", [], |row| row.get(0)).optional()?;
    Ok(mark.map(|mark| seal::open_value(key, "key", &mark).is_ok_and(|opened| opened == KEY_MARK)))
}

/// Writes all that a store holds into a new file that is ours alone, as it is at this moment, whoever goes on
/// writing; on disk when this returns. What was deleted is not in it.
pub fn copy_whole(db: &Connection, to: &Path) -> Result<(), StoreError> {
    let unusable = |error: std::io::Error| StoreError::Unusable(format!("{}: {error}", to.display()));
    let file = closed_file(to).map_err(unusable)?;
    db.execute("VACUUM INTO ?1", [to.as_os_str().as_encoded_bytes()].map(String::from_utf8_lossy))?;
    file.sync_all().map_err(unusable)
}

/// While an older release serves the store its tables stay; otherwise they are put aside.
fn prepare(db: &Connection, path: &Path, key: &StoreKey, found: i64) -> Result<std::fs::File, StoreError> {
    let Some(lock) = lock(path)? else {
        let why = format!("it is of version {found}, and a running exeat of an older release serves it; restart exeat");
        return Err(StoreError::Unusable(why));
    };
    if key_opens(db, key)? == Some(false) {
        return Err(StoreError::WrongKey);
    }
    let aside = free_name(path, found);
    put_aside(db, path, &aside).map_err(|error| {
        let why = format!("it is to be copied to {} before its tables change, and: {error}", aside.display());
        StoreError::Unusable(why)
    })?;
    Ok(lock)
}

/// `store.sqlite.version-1`, or with a number behind where that is taken.
fn free_name(path: &Path, found: i64) -> PathBuf {
    let first = path.with_added_extension(format!("version-{found}"));
    if !first.exists() {
        return first;
    }
    (2_u32..1000)
        .map(|number| first.with_added_extension(number.to_string()))
        .find(|name| !name.exists())
        .unwrap_or(first)
}

fn put_aside(db: &Connection, path: &Path, aside: &Path) -> Result<(), StoreError> {
    let unusable = |error: std::io::Error| StoreError::Unusable(error.to_string());
    let partial = path.with_added_extension("version.partial");
    // Left by a run that was killed; the lock says that nobody else is at it.
    drop(std::fs::remove_file(&partial));
    let copied = copy_whole(db, &partial);
    if copied.is_err() {
        drop(std::fs::remove_file(&partial));
    }
    copied?;
    own_like(&partial, path).map_err(unusable)?;
    std::fs::rename(&partial, aside).map_err(unusable)?;
    sync_folder(aside).map_err(unusable)
}

fn migrate_inside(db: &Connection, key: &StoreKey) -> Result<(), StoreError> {
    let found = version(db)?;
    if !(0..=KNOWN).contains(&found) {
        return Err(StoreError::Newer { found, known: KNOWN });
    }
    for step in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        db.execute_batch(step)?;
    }
    db.pragma_update(None, "user_version", KNOWN)?;
    match key_opens(db, key)? {
        Some(true) => Ok(()),
        Some(false) => Err(StoreError::WrongKey),
        None => {
            let mark = seal::seal_value(key, "key", KEY_MARK)?;
            db.execute("INSERT INTO meta (name, value) VALUES ('key', ?1)", [mark])?;
            Ok(())
        }
    }
}
