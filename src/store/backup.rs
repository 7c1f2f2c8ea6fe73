//! A copy of the store in a folder of its own: whole or absent, and never with the key.

use super::files::{closed_file, folder_of, own_like, sync_folder};
use super::key::{StoreKey, hex};
use super::migrating::{KNOWN, copy_whole, key_opens, version};
use super::sqlite::connect;
use super::{State, StoreError};
use crate::problem::in_words;
use jiff::Timestamp;
use ring::digest;
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{DirBuilder, File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

/// The copy of the database in a backup.
pub(super) const STORE: &str = "store.sqlite";
/// What is known of a backup, beside it.
const FACTS: &str = "backup.json";
/// How often a long copy says how far it is.
const TELL_EVERY: Duration = Duration::from_secs(2);
/// Bytes hashed at a time.
const STEP: usize = 1 << 20;

/// What is known of a backup; nothing in it is private.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// When it was begun.
    pub made_at: Timestamp,
    /// The release that made it.
    pub program: String,
    /// The version of its tables.
    pub version: i64,
    /// Its copies by state.
    pub copies: BTreeMap<String, u64>,
    /// Notices that were not sent yet.
    pub notices: u64,
    /// Length of the database.
    pub bytes: u64,
    /// SHA-256 of the database.
    pub sha256: String,
}

/// Why there is no backup, or why one cannot be used. Nothing was changed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackupError {
    /// The folder is there and not empty; a backup never replaces another.
    Exists(PathBuf),
    /// Another program makes a backup into this folder right now.
    Busy(PathBuf),
    /// A file cannot be read or written.
    File(PathBuf, io::ErrorKind),
    /// It is no backup, or not as it was made.
    Damaged(PathBuf, &'static str),
    /// The database says no.
    Store(StoreError),
    /// The program serves this store.
    Serving,
    /// Another command is at work on this store.
    InUse,
    /// Copies wait in the present store that the backup does not have.
    LeftBehind(Vec<String>),
}

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(path) => write!(f, "{} is there already and not empty; name a new folder", path.display()),
            Self::Busy(path) => write!(f, "another backup to {} is being made", path.display()),
            Self::File(path, why) => write!(f, "{}: {}", path.display(), in_words(*why)),
            Self::Damaged(path, what) => write!(f, "{}: {what}", path.display()),
            Self::Store(error) => error.fmt(f),
            Self::Serving => {
                f.write_str("exeat serves this store: stop it first (systemctl stop exeat.socket exeat.service)")
            }
            Self::InUse => f.write_str("another command is at work on this store: let it end, then try again"),
            Self::LeftBehind(references) => write!(
                f,
                "{} copies came after this backup and wait in the present store: {}",
                references.len(),
                references.join(" ")
            ),
        }
    }
}

impl std::error::Error for BackupError {}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What went wrong with a file.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.to_owned();
    move |error| BackupError::File(path.clone(), error.kind())
}

/// Copies a store into a new folder, with the files `others` as far as there are any; whoever serves the store
/// goes on meanwhile. `progress` hears of bytes written and of about how many. Nothing stands under the folder's
/// name before all of it is on disk.
///
/// # Errors
/// There is no backup then.
pub fn back_up(
    store: &Path,
    others: &[PathBuf],
    folder: &Path,
    now: Timestamp,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Facts, BackupError> {
    if std::fs::read_dir(folder).is_ok_and(|mut found| found.next().is_some()) || folder.is_file() {
        return Err(BackupError::Exists(folder.to_owned()));
    }
    std::fs::metadata(store).map_err(at(store))?;
    let partial = partial_folder(folder)?;
    let _lock = lock_folder(&partial, folder)?;
    let copy = partial.join(STORE);
    let db = connect(store)?;
    let version = version(&db)?;
    if version > KNOWN {
        return Err(StoreError::Newer { found: version, known: KNOWN }.into());
    }
    copy_telling(&db, &copy, progress)?;
    drop(db);
    let facts = facts(&copy, version, now)?;
    write(&partial.join(FACTS), &serde_json::to_vec_pretty(&facts).unwrap_or_default())?;
    for other in others.iter().filter(|other| other.is_file()) {
        let Some(name) = other.file_name() else { continue };
        write(&partial.join(name), &std::fs::read(other).map_err(at(other))?)?;
    }
    sync_folder(&copy).map_err(at(&partial))?;
    std::fs::rename(&partial, folder).map_err(at(folder))?;
    sync_folder(folder).map_err(at(folder))?;
    Ok(facts)
}

/// Where a backup grows: beside its folder, so that a name is all that is missing in the end.
fn partial_folder(folder: &Path) -> Result<PathBuf, BackupError> {
    let Some(name) = folder.file_name() else { return Err(BackupError::Exists(folder.to_owned())) };
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".partial");
    Ok(folder_of(folder).join(hidden))
}

/// Makes the folder, or empties the one that a killed run left.
fn lock_folder(partial: &Path, folder: &Path) -> Result<File, BackupError> {
    match DirBuilder::new().mode(0o700).create(partial) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(at(folder_of(folder))(error)),
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(at(partial)(error)),
        _ => {}
    }
    let lock = File::open(partial).map_err(at(partial))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(BackupError::Busy(folder.to_owned())),
        Err(TryLockError::Error(error)) => return Err(at(partial)(error)),
    }
    for left in std::fs::read_dir(partial).map_err(at(partial))?.flatten() {
        std::fs::remove_file(left.path()).map_err(at(partial))?;
    }
    Ok(lock)
}

fn copy_telling(db: &Connection, to: &Path, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<(), BackupError> {
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let pages = number("page_count")?.saturating_sub(number("freelist_count")?);
    let all = u64::try_from(pages.saturating_mul(number("page_size")?)).unwrap_or(0);
    let (done, end) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while end.recv_timeout(TELL_EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
                progress(std::fs::metadata(to).map_or(0, |meta| meta.len()), all);
            }
        });
        let copied = copy_whole(db, to);
        drop(done);
        copied
    })?;
    Ok(())
}

/// Looks whether the copy is sound, and counts what is in it.
fn facts(copy: &Path, version: i64, now: Timestamp) -> Result<Facts, BackupError> {
    let db = look(copy)?;
    let sound: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(BackupError::Damaged(copy.to_owned(), "the copy is not sound; the store may be damaged"));
    }
    let mut copies = BTreeMap::new();
    let mut query = db.prepare("SELECT state, count(*) FROM keep GROUP BY state")?;
    let counts = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    for count in counts {
        let (state, number) = count?;
        if State::named(&state).is_some() {
            copies.insert(state, u64::try_from(number).unwrap_or(0));
        }
    }
    let notices: i64 = db.query_row("SELECT count(*) FROM story WHERE state = 'waiting'", [], |row| row.get(0))?;
    drop(query);
    drop(db);
    let (sha256, bytes) = digest_of(copy)?;
    Ok(Facts {
        made_at: now,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        version,
        copies,
        notices: u64::try_from(notices).unwrap_or(0),
        bytes,
        sha256,
    })
}

/// Opens a database that nobody writes, without leaving a file beside it.
pub(super) fn look(path: &Path) -> Result<Connection, BackupError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.pragma_update(None, "trusted_schema", "OFF")?;
    Ok(db)
}

fn digest_of(path: &Path) -> Result<(String, u64), BackupError> {
    let mut file = File::open(path).map_err(at(path))?;
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; STEP];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer).map_err(at(path))?;
        if read == 0 {
            return Ok((hex(hash.finish().as_ref()), bytes));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
}

/// Writes a file of ours to disk.
fn write(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let mut file = closed_file(path).map_err(at(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(at(path))?;
    Ok(())
}

/// A backup, or a store that was put aside, which was looked at and can be restored with the key at hand.
#[derive(Debug)]
pub struct Checked {
    /// The database.
    pub(super) database: PathBuf,
    /// The version of its tables.
    pub version: i64,
    /// What was known of it when it was made; a store that was put aside has no such paper.
    pub facts: Option<Facts>,
}

/// Looks at a folder of [`back_up`], or at a database that was put aside: whether it is as it was made, and
/// whether the key opens it.
///
/// # Errors
/// It cannot be restored; why.
pub fn check(backup: &Path, key: &StoreKey) -> Result<Checked, BackupError> {
    let (database, facts) = if backup.is_dir() {
        let paper = backup.join(FACTS);
        let facts: Facts = serde_json::from_slice(&std::fs::read(&paper).map_err(at(&paper))?)
            .map_err(|_| BackupError::Damaged(paper, "it is no description of a backup"))?;
        let database = backup.join(STORE);
        if digest_of(&database)? != (facts.sha256.clone(), facts.bytes) {
            return Err(BackupError::Damaged(database, "it is not as it was made: its checksum is another"));
        }
        (database, Some(facts))
    } else {
        std::fs::metadata(backup).map_err(at(backup))?;
        (backup.to_owned(), None)
    };
    let db = look(&database)?;
    let version = version(&db)?;
    if version > KNOWN {
        return Err(StoreError::Newer { found: version, known: KNOWN }.into());
    }
    if version < 1 {
        return Err(BackupError::Damaged(database, "it is not the database of a store"));
    }
    if key_opens(&db, key)? != Some(true) {
        return Err(StoreError::WrongKey.into());
    }
    Ok(Checked { database, version, facts })
}

/// Copies the database of a backup beside the store it is to become; it belongs to whom the store belongs.
pub(super) fn fetch(checked: &Checked, to: &Path, like: &Path) -> Result<(), BackupError> {
    match std::fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(to)(error)),
        _ => {}
    }
    // A database that was put aside with its log is read with it.
    copy_whole(&look(&checked.database)?, to)?;
    own_like(to, like).map_err(at(to))
}
