//! Sends notices and released mail: claims it from the store, hands it to the next hop, marks what came of it.
//!
//! Killed at any moment it loses nothing: what was claimed and not marked is claimed again when the lease ends,
//! so that the worst case is a copy sent twice.

mod body;
mod envelope;
mod failure;
mod mail;
mod notices;
mod pace;
mod reply;
mod settings;
mod smtp;
mod submit;
mod tls;
/// The mark by which released mail is known on its second way.
pub mod token;

pub use envelope::Offers;
pub use reply::Reply;
pub use settings::{Settings, Target, Written};
pub use smtp::{Connection, Trouble, TroubleKind};
pub use tls::{Mode, Tls};

use crate::notice::Story;
use crate::store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long to wait before a mark is tried again that the store did not take.
const MARK_AGAIN: Duration = Duration::from_secs(1);

/// Writes the bytes of a notice.
pub trait Compose: Send + Sync {
    /// A whole message from its stories: of one message of the sender's, or of several for a summary.
    fn compose(&self, stories: &[Story], summary: bool, now: Timestamp) -> Vec<u8>;
}

/// Hears what the courier does; the journal makes log lines and counters of it.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event);
}

/// What the courier did. No person's words stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The next hop has taken a copy for so many recipients.
    Sent {
        /// Its reference.
        reference: String,
        /// How many.
        recipients: usize,
        /// How long after it should have been out.
        waited: SignedDuration,
    },
    /// It is tried again for so many recipients.
    Later {
        /// Its reference.
        reference: String,
        /// How many.
        recipients: usize,
        /// Why.
        trouble: Trouble,
        /// When.
        next_try: Timestamp,
    },
    /// It could not be sent to so many recipients; it stays in the store, and its sender is told. To be said loudly.
    Failed {
        /// Its reference.
        reference: String,
        /// How many.
        recipients: usize,
        /// Why, for the first of them.
        trouble: Trouble,
    },
    /// A kept copy does not open. To be said loudly.
    Broken {
        /// Its reference, or what it belongs to.
        reference: String,
    },
    /// The next hop has taken a notice.
    NoticeSent {
        /// References of the stories told.
        references: Vec<String>,
        /// It was a summary.
        summary: bool,
    },
    /// A notice is tried again.
    NoticeLater {
        /// Why.
        trouble: Trouble,
        /// When.
        next_try: Timestamp,
    },
    /// A notice could not be sent. To be said loudly.
    NoticeFailed {
        /// References of the stories it would have told.
        references: Vec<String>,
        /// Why.
        trouble: Trouble,
    },
    /// The store did not answer.
    Store(StoreError),
    /// Something was handed over but could not be marked: it may go out a second time. To be said loudly.
    Unmarked {
        /// Its reference.
        reference: String,
        /// Why.
        error: StoreError,
    },
}

/// The courier. Clones wake the same one.
#[derive(Debug, Clone)]
pub struct Courier {
    bell: watch::Sender<u64>,
}

impl Default for Courier {
    fn default() -> Self {
        Self::new()
    }
}

/// What both lanes of a running courier share.
struct Round {
    store: Store,
    settings: Settings,
    compose: Arc<dyn Compose>,
    observer: Arc<dyn Observer>,
    bell: watch::Receiver<u64>,
    shutdown: watch::Receiver<bool>,
}

impl Courier {
    /// A courier that does not run yet.
    #[must_use]
    pub fn new() -> Self {
        Self { bell: watch::Sender::new(0) }
    }

    /// Something was kept or released: look now.
    pub fn wake(&self) {
        self.bell.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Runs until `shutdown` becomes true (or its sender is gone), and finishes what is being handed over then.
    /// Mail and notices go on two lanes, so that a morning's released mail keeps no notice waiting.
    pub async fn run(
        &self,
        store: Store,
        settings: Settings,
        compose: Arc<dyn Compose>,
        observer: Arc<dyn Observer>,
        shutdown: watch::Receiver<bool>,
    ) {
        let lane = || Round {
            store: store.clone(),
            settings: settings.clone(),
            compose: Arc::clone(&compose),
            observer: Arc::clone(&observer),
            bell: self.bell.subscribe(),
            shutdown: shutdown.clone(),
        };
        tokio::join!(mail::run(lane()), notices::run(lane()));
    }
}

impl Round {
    fn tell(&self, event: &Event) {
        self.observer.event(event);
    }

    fn stopped(&self) -> bool {
        *self.shutdown.borrow() || self.shutdown.has_changed().is_err()
    }

    /// Waits until the bell rings, the time is over, or it is time to stop.
    async fn rest(&mut self, time: Duration, hear_bell: bool) {
        let shutdown = &mut self.shutdown;
        let bell = &mut self.bell;
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            _ = shutdown.wait_for(|stop| *stop) => {}
            Ok(()) = bell.changed(), if hear_bell => {}
        }
    }

    /// An attempt is broken off before its claim ends, so that no two senders ever have the same copy.
    fn attempt(&self) -> Duration {
        let lease = self.settings.lease.unsigned_abs();
        lease.saturating_sub((lease / 10).min(Duration::from_mins(1)))
    }

    /// When to try again after so many tries. A next hop that cannot be reached may be back any minute, and the
    /// messages that wait for it are not to wait an hour longer than it was away.
    fn next_try(&self, tries: u32, trouble: &Trouble, now: Timestamp) -> Timestamp {
        let unreachable = matches!(trouble.kind, TroubleKind::Unreachable | TroubleKind::Store);
        let most = if unreachable { 1 } else { usize::MAX };
        let waits = &self.settings.back_off;
        let index = usize::try_from(tries).unwrap_or(usize::MAX).min(waits.len().saturating_sub(1)).min(most);
        let wait = waits.get(index).copied().unwrap_or(SignedDuration::from_mins(1));
        now.saturating_add(wait).unwrap_or(Timestamp::MAX)
    }
}
