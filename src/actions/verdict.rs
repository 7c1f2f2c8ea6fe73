//! What the rules said of a message: every match, and one verdict for each recipient.

use super::{Action, Fate, Rewrite};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A rule that matched a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Index of the rule in the policy.
    pub rule: usize,
    /// Indexes of the findings it matched.
    pub findings: Vec<usize>,
    /// Indexes of the gaps it matched.
    pub gaps: Vec<usize>,
    /// Indexes of the envelope recipients it concerns.
    pub recipients: Vec<u32>,
    /// What it asks for (after exceptions such as "defer beyond `max_defer` is a warning").
    pub action: Action,
    /// The changes it asks for; empty unless the action is [`Action::Rewrite`].
    pub rewrites: BTreeSet<Rewrite>,
    /// When a deferred copy goes out; `None` unless the action is [`Action::Defer`].
    pub until: Option<Timestamp>,
    /// False: it is only recorded (monitored).
    pub enforced: bool,
}

/// What the rules say for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The strongest fate.
    pub fate: Fate,
    /// All changes asked for.
    pub rewrites: BTreeSet<Rewrite>,
    /// The sender is warned.
    pub warn: bool,
}

impl Verdict {
    /// The copy goes out as it is and nobody is told.
    #[must_use]
    pub const fn relay() -> Self {
        Self { fate: Fate::Relay, rewrites: BTreeSet::new(), warn: false }
    }
    /// Adds what one match asks for: the strongest fate wins, changes and warnings add up.
    pub fn add(&mut self, found: &Match) {
        match found.action {
            Action::Note => {}
            Action::Warn => self.warn = true,
            Action::Rewrite => self.rewrites.extend(&found.rewrites),
            Action::Defer => match found.until {
                Some(until) => self.fate = self.fate.max(Fate::Defer { until }),
                None => self.fate = self.fate.max(Fate::Hold),
            },
            Action::Hold => self.fate = self.fate.max(Fate::Hold),
            Action::Reject => self.fate = Fate::Reject,
        }
    }
}

/// What the rules say of one message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// One for each envelope recipient.
    pub verdicts: Vec<Verdict>,
    /// Every rule that matched.
    pub matches: Vec<Match>,
}

impl Judgement {
    /// The strongest action any enforced rule asks for; `None` where the message is simply relayed.
    #[must_use]
    pub fn strongest(&self) -> Option<Action> {
        self.matches.iter().filter(|found| found.enforced).map(|found| found.action).max()
    }
    /// The enforced matches that ask for a change.
    pub fn asking(&self, rewrite: Rewrite) -> impl Iterator<Item = &Match> {
        self.matches.iter().filter(move |found| found.enforced && found.rewrites.contains(&rewrite))
    }
    /// Whether a rule that asked for a change that is needed still asks for it, or for more, of one of these
    /// recipients: then the change did not do what it should, and the message is held. `after` is the
    /// judgement of the changed message.
    #[must_use]
    pub fn still_asks(&self, after: &Self, recipients: &[u32]) -> bool {
        let needed = |found: &&Match| found.enforced && found.rewrites.iter().any(|rewrite| rewrite.is_required());
        let concerned = |found: &Match| found.recipients.iter().any(|recipient| recipients.contains(recipient));
        let asks = |found: &&Match| found.enforced && found.action >= Action::Rewrite && concerned(found);
        let mut again = after.matches.iter().filter(asks);
        again.any(|again| self.matches.iter().filter(needed).any(|before| before.rule == again.rule))
    }
}
