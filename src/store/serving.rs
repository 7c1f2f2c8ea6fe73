//! One process serves a store. What its forerunner had claimed when it was killed need not wait for the lease.

use super::files::{folder_of, own_like};
use super::{Store, StoreError};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The lock of the process that serves; gone with the process, however it ends.
#[derive(Debug)]
pub struct Serving {
    _lock: File,
}

impl Store {
    /// Begins to serve, and takes back all claims of a process that does not live any more. `None`: another
    /// process serves this store, and its claims stand.
    ///
    /// # Errors
    /// The lock file cannot be made, or the store cannot be written.
    pub async fn begin_serving(&self) -> Result<Option<Serving>, StoreError> {
        let Some(lock) = lock(self.path())? else { return Ok(None) };
        self.write(|work| {
            for table in ["keep", "story"] {
                work.db.execute(
                    &format!("UPDATE {table} SET claim = NULL, claim_until = 0 WHERE claim IS NOT NULL"),
                    [],
                )?;
            }
            Ok(())
        })
        .await?;
        Ok(Some(Serving { _lock: lock }))
    }
}

/// Takes the lock of the process that serves; `None` where another has it.
pub(super) fn lock(store: &Path) -> Result<Option<File>, StoreError> {
    let path = store.with_added_extension("lock");
    let unusable = |error: std::io::Error| StoreError::Unusable(format!("{}: {error}", path.display()));
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(unusable)?;
    // Where an administrator's command is the first to make it, the service must be able to open it afterwards.
    own_like(&path, if store.exists() { store } else { folder_of(store) }).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}
