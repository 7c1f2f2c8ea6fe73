//! What the sender is told.

/// Writes a notice.
pub mod compose;
/// The same sections as text and as HTML.
mod render;
/// What a notice says, in its order.
mod say;
/// The part of a delivery report that machines read (RFC 3464).
mod status;
/// Many messages in one notice.
mod summary;
/// Kinds of findings in plain words.
pub mod words;

pub use render::one_line;
pub use status::{envelope_id, original_recipient};

use crate::actions::{Action, Rewrite};
use crate::mail::Address;
use crate::private::Private;
use jiff::Timestamp;

/// Header field that marks a notice of ours, so that none is ever answered by another.
pub const NOTICE_HEADER: &str = "X-Exeat-Notice";

/// How a notice is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// multipart/report (RFC 3462, RFC 3464) for mail that waits or was refused.
    Report,
    /// multipart/alternative, for systems that redraw delivery reports (Microsoft 365).
    Message,
}

/// Settings of notices (`[notice]`).
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address in the From field.
    pub from: String,
    /// Our host name, for the Message-ID and the delivery report.
    pub host: String,
    /// Form of notices about mail that waits or was refused. Not written: `message` where a source is Microsoft 365,
    /// which redraws delivery reports, else `report`.
    pub form: Option<Form>,
    /// Who decides about held mail, in words.
    pub reviewer: String,
    /// Hours within which held mail is decided.
    pub decide_within_hours: u32,
    /// Places shown for each rule.
    pub hits: usize,
    /// Why mail is checked, in a sentence.
    pub why: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            from: String::new(),
            host: "localhost".to_owned(),
            form: None,
            reviewer: "the data-protection lead".to_owned(),
            decide_within_hours: 24,
            hits: 5,
            why: "The school checks outgoing mail so that pupils' data does not leave by mistake. A computer did this; nobody read your message.".to_owned(),
        }
    }
}

/// What happened to one message, as far as its sender should know. It is kept with the message in one
/// transaction; the notice is written from it when it is sent, so that copies of one message that came
/// in several transactions share one notice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Story {
    /// Reference the sender can quote, e.g. `EX-7K3M-92QD`.
    pub reference: String,
    /// The sender's address (in the staff directory).
    pub to: Address,
    /// Message-ID with its angle brackets, empty where there was none.
    pub message_id: Private<String>,
    /// The sender's subject, names as initials.
    pub subject: Private<String>,
    /// When the message came.
    pub sent_at: Timestamp,
    /// What happened, for whom.
    pub outcomes: Vec<Outcome>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Lists of what was asked for but not done because the mail is signed or the like.
    pub skipped: Vec<Rewrite>,
    /// What was needed and could not be done, so that the message waits for a person instead.
    #[serde(default)]
    pub impossible: Vec<Rewrite>,
    /// Who decides about what waits: a role; empty for the one in the settings.
    #[serde(default)]
    pub reviewer: String,
    /// The sender's own mark of the message (`ENVID`), decoded; empty where there was none.
    #[serde(default)]
    pub envelope_id: Private<String>,
}

/// What happened to a group of recipients.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    /// The headline word.
    pub kind: OutcomeKind,
    /// For whom (address as given).
    pub recipients: Vec<Private<String>>,
    /// Whom the sender named first (`ORCPT`), decoded, one for each recipient; empty where there was none.
    #[serde(default)]
    pub originals: Vec<Private<String>>,
    /// Reference of the kept copy, where there is one.
    pub reference: Option<String>,
    /// For a copy that goes out by itself: when.
    pub until: Option<Timestamp>,
    /// For a copy that waits: by when somebody decides.
    pub decide_by: Option<Timestamp>,
    /// What was changed.
    pub rewrites: Vec<Rewrite>,
}

/// The first word of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// Handed to the relay as it was.
    Sent,
    /// Handed to the relay with changes.
    Changed,
    /// Kept; goes out later or when somebody decides.
    Waiting,
    /// Refused.
    NotSent,
}

/// Why: one rule and what it matched.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// Rule id.
    pub rule: String,
    /// Clause of the school's policy.
    pub clause: String,
    /// Check.
    pub check: String,
    /// What the rule asked for.
    pub action: Action,
    /// The rule's own text for the sender: what happened and why; empty where it has none.
    pub say: String,
    /// What the sender can do, in the rule's own words; empty where it has none.
    #[serde(default)]
    pub advice: String,
    /// Where and what, masked; the first of them.
    pub hits: Vec<Hit>,
    /// How many more there are.
    #[serde(default)]
    pub more: usize,
}

/// Where something stands and a masked sample of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Hit {
    /// Kind of finding or gap.
    pub kind: String,
    /// In the sender's words: `the subject`, `line 4 of your message`, `the attachment "…"`. File names are masked if a
    /// finding stands in them.
    pub place: Private<String>,
    /// Masked sample.
    pub masked: String,
}
