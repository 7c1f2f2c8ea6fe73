//! What comes out of the store: states, claims, lists, and what was done.

use super::batch::{KeptEnvelope, Record};
use super::content::Content;
use crate::mail::Address;
use crate::notice::Story;
use crate::private::Private;
use jiff::Timestamp;

/// The state of a kept copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Waits for a person.
    Held,
    /// Goes out by itself at an hour.
    Deferred,
    /// Goes out as soon as the courier comes by.
    Ready,
    /// Is kept for whoever asks for it.
    Aside,
    /// Could not be sent to at least one recipient; kept until somebody releases or refuses it.
    Failed,
    /// The next hop has taken it for all recipients.
    Delivered,
    /// A person refused it.
    Refused,
    /// Nobody decided in time.
    Expired,
    /// Came back from a backup and may have gone out since that was made: nothing happens to it until somebody
    /// looked and confirmed it.
    Restored,
}

impl State {
    /// All states.
    pub const ALL: [Self; 9] = [
        Self::Held,
        Self::Deferred,
        Self::Ready,
        Self::Aside,
        Self::Failed,
        Self::Delivered,
        Self::Refused,
        Self::Expired,
        Self::Restored,
    ];

    /// The word used in the store, metrics and listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Deferred => "deferred",
            Self::Ready => "ready",
            Self::Aside => "aside",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Restored => "restored",
        }
    }

    /// The state a word stands for.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// A person can still decide on it.
    #[must_use]
    pub const fn can_be_decided(self) -> bool {
        matches!(self, Self::Held | Self::Deferred | Self::Ready | Self::Aside | Self::Failed | Self::Restored)
    }

    /// It will go out, or may if somebody says so.
    #[must_use]
    pub const fn waits(self) -> bool {
        matches!(self, Self::Held | Self::Deferred | Self::Ready | Self::Restored)
    }
}

/// A kept copy as a list shows it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its reference.
    pub reference: String,
    /// Its state.
    pub state: State,
    /// When it was kept.
    pub kept_at: Timestamp,
    /// When its state changed last.
    pub changed_at: Timestamp,
    /// When the courier takes it next, where it does.
    pub due_at: Option<Timestamp>,
    /// How often it was tried.
    pub tries: u32,
    /// Envelope or record do not open; they are shown empty.
    pub broken: bool,
    /// What it goes out with.
    pub envelope: KeptEnvelope,
    /// What is known of it.
    pub record: Record,
    /// What it was before it came back from a backup.
    pub was: Option<State>,
}

/// What became of one recipient of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientState {
    /// Not yet.
    Waiting,
    /// The next hop has taken it.
    Done,
    /// Not possible; SMTP code, 0 where there was none.
    Failed(u16),
}

/// A kept copy with all that is known of it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The copy.
    pub entry: Entry,
    /// Per recipient, in the order of the envelope.
    pub recipients: Vec<RecipientState>,
    /// Length of what will be sent, `None` where it is gone or does not open.
    pub content: Option<u64>,
    /// Length of the original where one is kept.
    pub original: Option<u64>,
    /// Who did what, oldest first.
    pub events: Vec<Event>,
}

/// Something that was done to a kept copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What: `kept`, `opened`, `released`, `refused`, `retried`, `delivered`, `failed`, `expired`,
    /// `restored`, `confirmed`, `bypass_begun`, `bypass_ended`.
    pub what: String,
    /// Its reference.
    pub reference: String,
    /// Who.
    pub who: Private<String>,
    /// Why.
    pub reason: Private<String>,
}

/// A copy claimed for sending.
#[derive(Debug)]
pub struct MailClaim {
    /// Its reference.
    pub reference: String,
    /// Proof of the claim.
    pub(super) token: [u8; 16],
    /// What it goes out with.
    pub envelope: KeptEnvelope,
    /// Indexes of the recipients that do not have it yet.
    pub recipients: Vec<usize>,
    /// What is known of it.
    pub record: Record,
    /// What is sent.
    pub content: Content,
    /// When it was kept.
    pub kept_at: Timestamp,
    /// Since when it should be out.
    pub ready_at: Timestamp,
    /// Earlier attempts.
    pub tries: u32,
}

/// What one attempt brought for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientResult {
    /// The next hop has taken it.
    Done,
    /// Not now.
    Later,
    /// Not possible; SMTP code, 0 where there was none.
    Failed(u16),
}

/// Stories claimed for one notice.
#[derive(Debug)]
pub struct NoticeClaim {
    /// Proof of the claim.
    pub(super) token: [u8; 16],
    /// Whom to tell.
    pub to: Address,
    /// What to tell, oldest first; of one message, or of several for a summary.
    pub stories: Vec<Story>,
    /// Too many for one notice each.
    pub summary: bool,
    /// Earlier attempts.
    pub tries: u32,
    /// When the oldest story was kept.
    pub kept_at: Timestamp,
}

/// What came of sending a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeResult {
    /// The next hop has taken it.
    Sent,
    /// Not now; try again then.
    Later(Timestamp),
    /// Not possible.
    Failed,
}

/// How many copies are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The state.
    pub state: State,
    /// How many.
    pub copies: u64,
    /// Since when the oldest of them waits: since it was kept; where it is ready, since it may go out.
    pub oldest: Option<Timestamp>,
}

/// What tidying did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tidied {
    /// References of held copies nobody decided on in time.
    pub expired: Vec<String>,
    /// Number of copies removed because they were done with long ago.
    pub removed: u64,
}
