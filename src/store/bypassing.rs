//! What the bypass record says stands in the store's record too, where nobody but exeat writes.

use super::sqlite::Work;
use super::{Store, StoreError, deciding};
use jiff::Timestamp;
use rusqlite::OptionalExtension;

/// One line of the bypass record, for the store: when, what, who, why.
pub type BypassLine = (Timestamp, &'static str, String, String);

impl Store {
    /// Adds the lines that were not added yet, of a record that only grows.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn record_bypasses(&self, lines: Vec<BypassLine>) -> Result<(), StoreError> {
        if self.read(known).await? == lines.len() {
            return Ok(());
        }
        self.write(move |work| {
            for (at, what, who, reason) in lines.iter().skip(known(work)?) {
                deciding::record_event(work, "-", what, who, reason, *at)?;
            }
            let count = (lines.len() as u64).to_be_bytes();
            work.db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('bypasses', ?1)", [count])?;
            Ok(())
        })
        .await
    }
}

fn known(work: &Work) -> Result<usize, StoreError> {
    let mut query = work.db.prepare_cached("SELECT value FROM meta WHERE name = 'bypasses'")?;
    let count: Option<[u8; 8]> = query.query_row([], |row| row.get(0)).optional()?;
    Ok(count.map_or(0, |count| usize::try_from(u64::from_be_bytes(count)).unwrap_or(usize::MAX)))
}
