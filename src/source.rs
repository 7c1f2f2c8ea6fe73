//! Whose mail a message is: its direction and sender class, decided before any check.

use crate::mail::Address;

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the school to at least one outside recipient.
    Outgoing,
    /// From the school to the school.
    Internal,
    /// From outside to the school.
    Incoming,
    /// From outside to outside.
    Transit,
}

/// What kind of sender a message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderClass {
    /// A member of staff.
    Staff,
    /// A pupil.
    Pupil,
    /// A mailbox several people write from.
    SharedMailbox,
    /// A program, a copier, a service account.
    System,
    /// An automatic reply.
    AutomaticReply,
    /// A delivery report, a receipt, any message with the null sender.
    Report,
    /// An answer to an invitation.
    CalendarAnswer,
    /// A journal copy.
    Journal,
    /// Mail of an outsider that a rule of ours forwards.
    Forwarded,
    /// Nobody we know.
    Unknown,
}

/// Whose mail it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Direction.
    pub direction: Direction,
    /// Sender class.
    pub class: SenderClass,
    /// Name of the `[[source]]` that matched; `None`: `unknown_source` decides.
    pub source: Option<String>,
    /// The person (or mailbox) that sent it: authenticated user, else Sender, else envelope sender.
    pub sender: Option<Address>,
}

macro_rules! words {
    ($type:ty { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $type {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word used in packs, metrics and JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words!(Direction { Outgoing => "outgoing", Internal => "internal", Incoming => "incoming", Transit => "transit" });
words!(SenderClass {
    Staff => "staff", Pupil => "pupil", SharedMailbox => "shared_mailbox", System => "system",
    AutomaticReply => "automatic_reply", Report => "report", CalendarAnswer => "calendar_answer",
    Journal => "journal", Forwarded => "forwarded", Unknown => "unknown",
});
