//! The school's rules: finding and recipient to action.

use crate::actions::{Action, Fate, Rewrite};
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

/// What the rules say of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// One for each envelope recipient.
    pub verdicts: Vec<Verdict>,
    /// Every rule that matched.
    pub matches: Vec<Match>,
}
