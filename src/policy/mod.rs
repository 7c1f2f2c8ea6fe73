//! The school's rules: finding and recipient to action.

/// What a policy asks, rule by rule and clause by clause.
pub mod coverage;
mod example;
mod judge;
mod letter;
mod meant;
mod read;
/// A rule as it is meant.
pub mod rule;
mod sample;
mod whom;
mod written;

pub use crate::actions::{Judgement, Match, Verdict};
pub use judge::judge;
pub use rule::Rule;
pub use whom::Whom;

use crate::actions::Action;
use crate::mail::Refusal;
use crate::problem::Problem;
use std::collections::BTreeSet;

/// A school's policy, read and found right.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Short name, e.g. `boarding`.
    pub name: String,
    /// What it is, in a line.
    pub title: String,
    /// All rules; those for gaps and for "otherwise" stand last.
    pub rules: Vec<Rule>,
    /// Every clause that speaks of mail, and what became of it.
    pub clauses: Vec<Clause>,
    /// What to look at though the policy is usable.
    pub warnings: Vec<Problem>,
    /// The file it was read from, as the administrator named it.
    pub file: String,
    /// The text it was read from, so that the last good one can be kept.
    pub source_text: String,
}

/// One clause of the written policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Its number or heading.
    pub id: String,
    /// What it asks, in a line.
    pub asks: String,
    /// Rules that enforce it.
    pub rules: Vec<String>,
    /// What it (or the rest of it) waits for; empty: nothing.
    pub waits_for: String,
    /// Why no relay can enforce it (or the rest of it); empty: it can.
    pub not_enforceable: String,
}

/// Which rules act; the others are only recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enforcement {
    /// No rule acts.
    Monitor,
    /// These rules act.
    Only(BTreeSet<String>),
    /// Every rule acts.
    All,
}

impl Enforcement {
    /// Whether a rule acts.
    #[must_use]
    pub fn covers(&self, rule: &str) -> bool {
        match self {
            Self::Monitor => false,
            Self::Only(rules) => rules.contains(rule),
            Self::All => true,
        }
    }
}

impl Policy {
    /// Reads a pack: the text of a TOML file, named as the administrator names it. Its examples are
    /// run against its own sample school before it is believed.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        read::read(file, text)
    }
    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
    /// The answer to the relay for a message that is rejected: by the first enforced rule that rejects it.
    #[must_use]
    pub fn refusal(&self, judgement: &Judgement) -> Option<Refusal> {
        let rejects = |found: &&Match| found.enforced && found.action == Action::Reject;
        let found = judgement.matches.iter().find(rejects)?;
        self.rules.get(found.rule).map(Rule::refusal)
    }
}
