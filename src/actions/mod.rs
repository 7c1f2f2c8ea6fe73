//! What we can do about it: the six actions, mildest first, and the plan they add up to.

/// An oversize attachment is replaced by a note.
pub mod attachment;
/// Outside addresses leave To and Cc.
pub mod bcc;
mod changes;
/// The disclaimer is added.
pub mod disclaimer;
/// Full names become initials.
pub mod initials;
mod plan;
/// The school's own DKIM signatures.
pub mod signature;
/// The urgent mark is taken off.
pub mod urgent;
mod verdict;

pub use changes::{Rewritten, rewrite};
pub use plan::plan;
pub use verdict::{Judgement, Match, Verdict};

use jiff::Timestamp;
use std::collections::BTreeSet;

/// What a rule does, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Record only.
    Note,
    /// Relay and tell the sender.
    Warn,
    /// Relay a changed message and tell the sender.
    Rewrite,
    /// Keep until the next opening, then send by itself.
    Defer,
    /// Keep until a person decides.
    Hold,
    /// Refuse at the relay; nothing is kept.
    Reject,
}

impl Action {
    /// All actions, mildest first.
    pub const ALL: [Self; 6] = [Self::Note, Self::Warn, Self::Rewrite, Self::Defer, Self::Hold, Self::Reject];
    /// The word used in packs, metrics and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Rewrite => "rewrite",
            Self::Defer => "defer",
            Self::Hold => "hold",
            Self::Reject => "reject",
        }
    }
}

/// A change of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rewrite {
    /// Full names of pupils become initials. Required.
    Initials,
    /// Outside addresses that all could see move from To and Cc to Bcc. Required.
    Bcc,
    /// An oversize attachment is replaced by a note; the original is kept. Required.
    ReplaceAttachment,
    /// The school's disclaimer is added where it is missing. Cosmetic.
    Disclaimer,
    /// The mark `[urgent]` at the start of the subject is taken off. Cosmetic.
    UrgentTag,
}

impl Rewrite {
    /// All changes, in the order they are made.
    pub const ALL: [Self; 5] = [Self::Initials, Self::Bcc, Self::ReplaceAttachment, Self::Disclaimer, Self::UrgentTag];
    /// A required rewrite that cannot be done becomes a hold; a cosmetic one is skipped.
    #[must_use]
    pub const fn is_required(self) -> bool {
        !matches!(self, Self::Disclaimer | Self::UrgentTag)
    }
    /// The word used in packs and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initials => "initials",
            Self::Bcc => "bcc",
            Self::ReplaceAttachment => "replace_attachment",
            Self::Disclaimer => "disclaimer",
            Self::UrgentTag => "urgent_tag",
        }
    }
}

/// What happens to a recipient's copy, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It goes out now.
    Relay,
    /// It goes out by itself at an hour.
    Defer {
        /// When.
        until: Timestamp,
    },
    /// It waits for a person.
    Hold,
    /// It does not go out.
    Reject,
}

/// Recipients whose copies have the same bytes and the same fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Indexes into the envelope's recipients.
    pub recipients: Vec<u32>,
    /// What happens to the copy.
    pub fate: Fate,
    /// Changes to its bytes (none for held and rejected copies: a reviewer sees the original).
    pub rewrites: BTreeSet<Rewrite>,
}

/// What to do with one message. A value: tests compare it, `pipeline` carries it out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Every recipient stands in exactly one group. The first group stays on the relay's own copy if
    /// its fate is [`Fate::Relay`] (the largest such group stands first); every other group's copy goes into the store.
    pub groups: Vec<Group>,
    /// The sender is told.
    pub tell: bool,
    /// Changes that were asked for and are not made, because the mail may not be changed; it goes out without them.
    pub skipped: BTreeSet<Rewrite>,
    /// Changes that were needed and could not be made; these copies wait for a person.
    pub impossible: BTreeSet<Rewrite>,
}

/// Why a change cannot be made, in a fixed phrase of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CannotRewrite(pub &'static str);
