//! Where kept mail waits, sealed, until it goes out, is decided on, or is done with.
//!
//! The contract, which holds for any database behind `Store`:
//! * **Durable first**: a method that changes something returns `Ok` only after the change is on disk, in one
//!   transaction; a kill at any moment leaves it wholly in or wholly out.
//! * **Claim with lease**: what is to be sent is claimed by one sender for a time. Whoever lost a claim (its
//!   lease ended and another took it) cannot mark anything: `StoreError::ClaimLost`.
//! * **Compare and set**: a decision applies to a copy that still waits, or it fails with
//!   `StoreError::NotWaiting`; of two reviewers one wins.
//! * **Sealed**: addresses, subjects, content, records and stories are sealed with the store's key. In the
//!   clear stand states, times, counters and keyed hashes.
//! * Time is an argument; all instances that share a store are expected to have the same clock.

mod backup;
mod batch;
mod bypassing;
mod claiming;
mod comings;
mod confirming;
mod content;
mod deciding;
mod files;
mod housekeeping;
mod keeping;
mod key;
mod migrating;
mod noticing;
mod reference;
mod restoring;
mod retry_key;
mod seal;
mod serving;
mod settings;
mod sqlite;
mod waiting;
mod writer;

pub use backup::{BackupError, Checked, Facts, back_up, check};
pub use batch::{Batch, Earlier, EarlierCopy, Keep, KeepState, Kept, KeptEnvelope, Record};
pub use bypassing::BypassLine;
pub use confirming::{Confirmed, Notices};
pub use content::{Content, ContentFacts, Part};
pub use housekeeping::Waiting;
pub use key::{KeyError, StoreKey};
pub(crate) use key::{hex, unhex};
pub use noticing::NoticePace;
pub use reference::new_reference;
pub use restoring::{How, Restored, restore};
pub use retry_key::{RetryKey, Stem};
pub use serving::Serving;
pub use settings::{KeySource, Settings, Written};
pub use waiting::{
    Count, Entry, Event, MailClaim, NoticeClaim, NoticeResult, RecipientResult, RecipientState, Shown, State, Tidied,
};

use crate::problem::in_words;
use rusqlite::ErrorCode;
use std::fmt;
use std::sync::Arc;

/// The store of one installation. Cloning is cheap.
#[derive(Clone)]
pub struct Store {
    inner: Arc<sqlite::Sqlite>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// Why the store did not do it. Nothing was changed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// The store has reached its limit, or the disk is full.
    Full,
    /// The store cannot be opened, read or written; what the database says.
    Unusable(String),
    /// The store was written by a newer release.
    Newer {
        /// The version found.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The store was sealed with another key.
    WrongKey,
    /// The key cannot be had.
    Key(KeyError),
    /// Sealed content does not open: it was changed, cut or moved.
    Corrupt {
        /// What it belongs to.
        reference: String,
    },
    /// There is no such copy, or its content is gone.
    NotFound,
    /// The copy does not wait any more (or is being sent right now): the decision comes too late.
    NotWaiting {
        /// Its state.
        state: State,
    },
    /// This copy did not come back from a backup, or was confirmed before.
    NotRestored {
        /// Which.
        reference: String,
        /// Its state.
        state: State,
    },
    /// The lease ended and another sender has it.
    ClaimLost,
    /// The reference is in use; take a new one.
    ReferenceTaken,
    /// The message to be kept cannot be read from its spool file.
    Source(std::io::ErrorKind),
    /// The system gives no random bytes.
    NoRandom,
    /// The store was closed.
    Closed,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the store is full"),
            Self::Unusable(why) => write!(f, "the store cannot be used: {why}"),
            Self::Newer { found, known } => {
                write!(
                    f,
                    "the store is of version {found}, this program knows version {known}: install the newer release"
                )
            }
            Self::WrongKey => f.write_str("the store is sealed with another key"),
            Self::Key(error) => error.fmt(f),
            Self::Corrupt { reference } => write!(f, "the sealed content of {reference} does not open"),
            Self::NotFound => {
                f.write_str("no copy of this reference is kept; `exeat held list --all` shows what there was")
            }
            Self::NotWaiting { state: State::Restored } => f.write_str(
                "this copy came back from a backup and may have gone out already: look, then `exeat held confirm`",
            ),
            Self::NotWaiting { state } => write!(f, "this copy does not wait any more: it is {}", state.name()),
            Self::NotRestored { reference, state } => {
                write!(f, "{reference} does not wait for confirmation: it is {}", state.name())
            }
            Self::ClaimLost => f.write_str("another sender has taken this over"),
            Self::ReferenceTaken => f.write_str("the reference is in use"),
            Self::Source(why) => write!(f, "the message cannot be read from its spool file: {}", in_words(*why)),
            Self::NoRandom => f.write_str("the system gives no random bytes"),
            Self::Closed => f.write_str("the store is closed"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Unusable("the file is not a sound database".to_owned())
            }
            // The text of a database error names columns, never values.
            _ => Self::Unusable(error.to_string()),
        }
    }
}

impl From<KeyError> for StoreError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<seal::Broken> for StoreError {
    /// While sealing, nothing can break but the source of random bytes.
    fn from(_: seal::Broken) -> Self {
        Self::NoRandom
    }
}
