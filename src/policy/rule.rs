//! A rule as it is meant: what leaves the reader cannot be wrong.

use super::whom::Whom;
use crate::actions::{Action, Rewrite};
use crate::finding::Confidence;
use crate::mail::Refusal;
use crate::mail::parts::{GapKind, Place};
use crate::source::{Direction, SenderClass};
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// One rule of a policy.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Name of the rule, unique in its pack.
    pub id: String,
    /// Line of the pack it begins at.
    pub line: u32,
    /// The clause of the school's policy it stands for.
    pub clause: String,
    /// What it looks at.
    pub subject: Subject,
    /// Whose mail it applies to.
    pub senders: Senders,
    /// Recipients it concerns: any of these ...
    pub to: Vec<Whom>,
    /// ... and none of these.
    pub except_to: Vec<Whom>,
    /// Whether the whole message or only the concerned recipients' copies wait.
    pub scope: Scope,
    /// What it does.
    pub action: Action,
    /// The changes it asks for; empty unless the action is `rewrite`.
    pub rewrites: BTreeSet<Rewrite>,
    /// What it does instead where two pupils of the message would get the same initials.
    pub on_collision: Action,
    /// How long a copy may be deferred; longer is a warning.
    pub max_defer: MaxDefer,
    /// Text for the sender.
    pub say: String,
    /// What the sender can do, in the refusal of a rejected message and in notices.
    pub advice: String,
    /// Role that decides about held mail.
    pub reviewer: String,
    /// Number of `find` examples.
    pub finds: usize,
    /// Number of `pass` examples.
    pub passes: usize,
}

impl Rule {
    /// The check it looks at; `unreadable` for what could not be read, `otherwise` for the rest.
    #[must_use]
    pub const fn check(&self) -> &'static str {
        match &self.subject {
            Subject::Findings(findings) => findings.check,
            Subject::Gaps(_) => "unreadable",
            Subject::Nothing => "otherwise",
        }
    }
}

/// Longest text of a refusal: with its codes it fits one line of an SMTP reply (RFC 5321 4.5.3.1.5).
const REFUSAL: usize = 400;

impl Rule {
    /// The answer to the relay where this rule rejects: one line of ASCII.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let say = if self.say.is_empty() { "This message may not leave the school." } else { &self.say };
        let text = format!("{say} (policy {}, rule {}) {}", self.clause, self.id, self.advice);
        let plain = text.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { ' ' });
        let text = plain.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        Refusal { code: 550, enhanced: "5.7.1".to_owned(), text: text.chars().take(REFUSAL).collect() }
    }
}

/// What a rule looks at.
#[derive(Debug, Clone)]
pub enum Subject {
    /// Findings of one check.
    Findings(Findings),
    /// What could not be read.
    Gaps(BTreeSet<GapKind>),
    /// Recipients no other rule spoke about.
    Nothing,
}

/// Which findings a rule looks at.
#[derive(Debug, Clone)]
pub struct Findings {
    /// Name of the check.
    pub check: &'static str,
    /// Kinds of finding.
    pub kinds: BTreeSet<&'static str>,
    /// Places they must stand in; `None`: anywhere.
    pub places: Option<BTreeSet<Place>>,
    /// Least confidence.
    pub confidence: Confidence,
    /// The measure must be over this.
    pub over: Option<u64>,
    /// At least so many of them.
    pub at_least: AtLeast,
    /// Findings in quoted text count.
    pub quoted: bool,
}

/// How many there must be; every number given must be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AtLeast {
    /// Distinct pupils.
    pub pupils: usize,
    /// Distinct values.
    pub values: usize,
    /// Findings.
    pub findings: usize,
}

/// Whose mail a rule applies to.
#[derive(Debug, Clone)]
pub struct Senders {
    /// Only members of one of these groups; empty: everybody.
    pub groups: Vec<String>,
    /// Nobody in these groups.
    pub except: Vec<String>,
    /// Sender classes.
    pub classes: BTreeSet<SenderClass>,
    /// Directions.
    pub directions: BTreeSet<Direction>,
}

/// What waits or is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole message (never the copies of `authorities` and `helplines`).
    Message,
    /// Only the copies of the recipients the rule concerns.
    Recipient,
}

/// How long a copy may be deferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxDefer {
    /// Where no Saturday or Sunday lies between.
    pub overnight: SignedDuration,
    /// Over a weekend.
    pub weekend: SignedDuration,
}

impl Default for MaxDefer {
    fn default() -> Self {
        Self { overnight: SignedDuration::from_hours(14), weekend: SignedDuration::from_hours(62) }
    }
}
