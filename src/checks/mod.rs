//! What we can look for: one file (or folder) each, and the roll call.

/// Size, number and kind of attachments.
pub mod attachments;
/// The form of a message: the disclaimer.
pub mod form;
/// Out-of-hours sending.
pub mod hours;
/// Identifiers, bank details, credentials.
pub mod personal_data;
/// Where a stretch of the folded text stands in the message.
pub mod place;
/// Full names of pupils.
pub mod pupil_names;
/// Personal, wrong, too many or too visible recipients.
pub mod recipients;

use crate::finding::Finding;
use crate::mail::Envelope;
use crate::mail::fold::Folded;
use crate::mail::parts::Tree;
use crate::school::School;
use crate::source::Origin;
use jiff::Timestamp;

/// Everything a check may look at; made once per message.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Envelope.
    pub envelope: &'a Envelope,
    /// Whose mail it is.
    pub origin: &'a Origin,
    /// The message taken apart.
    pub tree: &'a Tree,
    /// Its text, folded once.
    pub folded: &'a Folded,
    /// What we know of the school.
    pub school: &'a School,
    /// When the message was sent (now, as far as the relay is concerned).
    pub now: Timestamp,
}

/// A check: its name, the kinds it finds, and how it looks.
pub struct Check {
    /// The name in packs, metrics, pages.
    pub name: &'static str,
    /// The kinds of finding it makes.
    pub kinds: &'static [&'static str],
    /// Looks at a message once, whatever number of rules ask; appends what it finds.
    pub look: fn(&View<'_>, &mut Vec<Finding>),
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Check({})", self.name)
    }
}

/// The roll call. The order is the order of findings in reports.
pub const ROLL_CALL: &[Check] =
    &[pupil_names::CHECK, personal_data::CHECK, attachments::CHECK, hours::CHECK, recipients::CHECK, form::CHECK];

/// A small invented school and its messages, for the tests of the checks.
#[cfg(test)]
mod sample;
