//! The embedded database: opened and checked. One thread writes, a few connections read.

use super::comings::Comings;
use super::files::{closed_file, sync_folder};
use super::key::{StoreKey, hash_bytes, hash_field};
use super::migrating::migrate;
use super::restoring::being_restored;
use super::writer::Writer;
use super::{Settings, Store, StoreError, seal};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a write waits for another process (`exeat held release`) to finish its own.
pub(super) const BUSY: Duration = Duration::from_secs(10);
/// Reading connections kept open.
const READERS: usize = 4;

/// What is behind a [`Store`].
pub struct Sqlite {
    pub(super) writer: Writer,
    readers: Mutex<Vec<Work>>,
    path: PathBuf,
    key: StoreKey,
    max_bytes: u64,
    pub(super) comings: Comings,
}

/// A connection and what it needs to seal and open.
pub struct Work {
    pub(super) db: Connection,
    pub(super) key: StoreKey,
    pub(super) max_bytes: u64,
}

impl Store {
    /// Opens the store of the settings.
    ///
    /// # Errors
    /// See [`Store::open`]; the key cannot be had.
    pub fn of(settings: &Settings) -> Result<Self, StoreError> {
        Self::open(&settings.path, settings.key.read()?, settings.max_bytes)
    }

    /// Opens a store, or makes it where there is none; `max_bytes` is the most it keeps.
    ///
    /// # Errors
    /// The file cannot be opened or written, belongs to a newer release or to another key.
    pub fn open(path: &Path, key: StoreKey, max_bytes: u64) -> Result<Self, StoreError> {
        if being_restored(path) {
            let why = format!("{}: a restore was broken off; run it again (exeat restore)", path.display());
            return Err(StoreError::Unusable(why));
        }
        make_file(path).map_err(|error| StoreError::Unusable(format!("{}: {error}", path.display())))?;
        let db = connect(path)?;
        migrate(&db, path, &key)?;
        let work = Work { db, key: key.clone(), max_bytes };
        let comings = Comings::read(&work)?;
        let writer = Writer::start(work, Files::of(path))?;
        let readers = Mutex::new(Vec::new());
        Ok(Self { inner: Arc::new(Sqlite { writer, readers, path: path.to_owned(), key, max_bytes, comings }) })
    }

    /// The key, for release tokens and retry keys.
    #[must_use]
    pub fn key(&self) -> &StoreKey {
        &self.inner.key
    }

    /// The database file.
    pub(super) fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Reads on a thread that may block.
    pub(super) async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Work) -> Result<T, StoreError> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let task = tokio::task::spawn_blocking(move || {
            let free = inner.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let work = match free {
                Some(work) => work,
                None => Work { db: connect(&inner.path)?, key: inner.key.clone(), max_bytes: inner.max_bytes },
            };
            let outcome = query(&work);
            let mut readers = inner.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < READERS {
                readers.push(work);
            }
            outcome
        });
        task.await.map_err(|_| StoreError::Closed)?
    }
}

/// The files of a store as they were when it was opened. What is written to a file that was taken away or
/// replaced since is gone with the program, and would count as kept.
pub struct Files {
    known: Vec<(PathBuf, (u64, u64))>,
}

impl Files {
    /// The database and the log beside it.
    fn of(path: &Path) -> Self {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let known = [path.to_owned(), PathBuf::from(log)].into_iter();
        Self { known: known.filter_map(|path| identity(&path).map(|found| (path, found))).collect() }
    }

    /// An error where one of them is not what it was.
    pub fn check(&self) -> Result<(), StoreError> {
        match self.known.iter().find(|(path, known)| identity(path) != Some(*known)) {
            None => Ok(()),
            Some((path, _)) => {
                Err(StoreError::Unusable(format!("{} was removed or replaced; restart exeat", path.display())))
            }
        }
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

impl Work {
    /// Seals a value as JSON.
    pub(super) fn seal_json<T: serde::Serialize>(&self, name: &str, value: &T) -> Result<Vec<u8>, StoreError> {
        let json = serde_json::to_vec(value).map_err(|_| StoreError::Unusable("a value has no JSON".to_owned()))?;
        Ok(seal::seal_value(&self.key, name, &json)?)
    }

    /// Opens a value that was sealed as JSON.
    pub(super) fn open_json<T: serde::de::DeserializeOwned>(
        &self,
        name: &str,
        reference: &str,
        sealed: &[u8],
    ) -> Result<T, StoreError> {
        let corrupt = || StoreError::Corrupt { reference: reference.to_owned() };
        let json = seal::open_value(&self.key, name, sealed).map_err(|_| corrupt())?;
        serde_json::from_slice(&json).map_err(|_| corrupt())
    }

    /// A keyed hash by which equal values are found without being readable.
    pub(super) fn hash(&self, purpose: &str, fields: &[&str]) -> [u8; 32] {
        let mut hash = self.key.hmac(purpose);
        for field in fields {
            hash_field(&mut hash, field.as_bytes());
        }
        hash_bytes(hash)
    }

    /// Bytes in use.
    pub(super) fn used(&self) -> Result<u64, StoreError> {
        let number = |name| self.db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let pages = number("page_count")?.saturating_sub(number("freelist_count")?);
        Ok(u64::try_from(pages.saturating_mul(number("page_size")?)).unwrap_or(0))
    }
}

/// A time as the store writes it.
pub(super) fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// A time as the store wrote it.
pub(super) fn time(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}

/// The file is ours alone; the log beside it inherits its mode.
fn make_file(path: &Path) -> std::io::Result<()> {
    match closed_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(file) => {
            file.sync_all()?;
            sync_folder(path)
        }
    }
}

pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    db.pragma_update(None, "trusted_schema", "OFF")?;
    db.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    let synchronous: i64 = db.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if mode != "wal" || synchronous != 2 {
        let why = format!("journal mode {mode} and synchronous {synchronous} instead of wal and 2 (full)");
        return Err(StoreError::Unusable(why));
    }
    Ok(db)
}
