//! What goes into the store: the kept copies of one message and what its sender is told, as one whole.

use super::{RetryKey, State};
use crate::actions::Action;
use crate::mail::{Address, Path};
use crate::notice::{self, Outcome, OutcomeKind, Reason, Story};
use crate::private::Private;
use crate::spool;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The envelope a kept copy goes out with: the relay's own strings and parameters (`BODY`, `SMTPUTF8`, `RET`,
/// `ENVID`, `REQUIRETLS` with the sender; `NOTIFY`, `ORCPT` with each recipient).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptEnvelope {
    /// Envelope sender, `<>` included.
    pub sender: Path,
    /// The recipients of this copy alone.
    pub recipients: Vec<Path>,
}

/// How a copy starts its life in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepState {
    /// Waits for a person.
    Held,
    /// Goes out by itself at an hour.
    Deferred {
        /// When.
        until: Timestamp,
    },
    /// Goes out as soon as the courier comes by.
    Ready,
    /// Is kept for whoever asks for it (the original of a replaced attachment); nothing goes out by itself.
    Aside,
}

/// What is known of a kept copy besides its bytes; sealed, for the person who decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Message-ID with its angle brackets, empty where there was none.
    pub message_id: Private<String>,
    /// The sender's subject, names as initials.
    pub subject: Private<String>,
    /// Whom to tell if it cannot be sent (an address in the staff directory); `None`: nobody.
    pub tell: Option<Address>,
    /// Sender class.
    pub sender_class: String,
    /// Who decides: a role.
    pub reviewer: String,
    /// By when somebody decides; a held copy that nobody decided on by then is not sent, and its sender told so.
    pub release_by: Option<Timestamp>,
    /// Rules, clauses, and what they matched, masked.
    pub reasons: Vec<Reason>,
}

impl Record {
    /// The story of a copy that will not be sent, for a reason of our own.
    pub(super) fn not_sent(
        &self,
        reference: &str,
        recipients: &[Path],
        sent_at: Timestamp,
        say: &str,
    ) -> Option<Story> {
        let given =
            recipients.iter().map(|path| String::from_utf8_lossy(&path.given).trim_matches(['<', '>']).to_owned());
        let outcome = Outcome {
            kind: OutcomeKind::NotSent,
            recipients: given.map(Private::new).collect(),
            originals: recipients.iter().map(notice::original_recipient).collect(),
            reference: Some(reference.to_owned()),
            until: None,
            decide_by: None,
            rewrites: Vec::new(),
        };
        let reason = Reason {
            rule: "store".to_owned(),
            clause: String::new(),
            check: "store".to_owned(),
            action: Action::Reject,
            say: say.to_owned(),
            advice: String::new(),
            hits: Vec::new(),
            more: 0,
        };
        let reasons = [reason].into_iter().chain(self.reasons.iter().cloned()).collect();
        self.story(reference, sent_at, vec![outcome], reasons)
    }

    /// The story of something that happened to this copy later. `None` where nobody is to be told.
    #[must_use]
    pub fn story(
        &self,
        reference: &str,
        sent_at: Timestamp,
        outcomes: Vec<Outcome>,
        reasons: Vec<Reason>,
    ) -> Option<Story> {
        Some(Story {
            reference: reference.to_owned(),
            to: self.tell.clone()?,
            message_id: self.message_id.clone(),
            subject: self.subject.clone(),
            sent_at,
            outcomes,
            reasons,
            skipped: Vec::new(),
            impossible: Vec::new(),
            envelope_id: Private::default(),
            reviewer: self.reviewer.clone(),
        })
    }
}

/// One copy to be kept.
#[derive(Debug, Clone)]
pub struct Keep {
    /// Reference the sender can quote, from [`super::new_reference`].
    pub reference: String,
    /// How it starts.
    pub fate: KeepState,
    /// What it goes out with.
    pub envelope: KeptEnvelope,
    /// What will be sent.
    pub content: spool::Message,
    /// The message as it came, where the content is no longer all of it.
    pub original: Option<spool::Message>,
    /// What is known of it.
    pub record: Record,
}

/// All that is kept of one message: wholly in or wholly out. Without copies it remembers that the sender was
/// told, so that a retry brings no second notice.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Copies.
    pub keeps: Vec<Keep>,
    /// What the sender is told; `None`: nothing.
    pub story: Option<Story>,
    /// Knows the message when it comes again.
    pub retry_key: RetryKey,
    /// Now.
    pub now: Timestamp,
    /// How long a second coming is a retry.
    pub window: SignedDuration,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is in the store: all of it, or what of it was not there yet when the message came before and was then
    /// judged otherwise.
    New,
    /// All of it is in the store already; nothing was stored, and the relay is to hear the same again.
    Again(Earlier),
}

/// A message that came before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Earlier {
    /// Its copies in the store. The relay's copy goes to the recipients that stand in none of them; a copy set
    /// aside ([`State::Aside`]) goes to nobody and does not count.
    pub copies: Vec<EarlierCopy>,
    /// Its sender was or will be told.
    pub told: bool,
}

/// A copy of a message that came before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierCopy {
    /// Its reference.
    pub reference: String,
    /// What became of it.
    pub state: State,
    /// For whom it is.
    pub recipients: Vec<Path>,
}
