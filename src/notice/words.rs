//! Kinds of findings in plain words, from `rules/notices/words.toml`.

use crate::problem::Problem;
use std::collections::BTreeMap;

/// Words for checks and kinds.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    #[serde(default)]
    check: BTreeMap<String, Entry>,
    #[serde(default)]
    kind: BTreeMap<String, Entry>,
    #[serde(default)]
    role: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    what: String,
    advice: Option<String>,
}

/// The words exeat ships.
const SHIPPED: &str = include_str!("../../rules/notices/words.toml");

impl Words {
    /// The words exeat ships.
    ///
    /// # Errors
    /// The file is not what it should be (a build mistake, caught by a test).
    pub fn shipped() -> Result<Self, Problem> {
        Self::read(SHIPPED, "rules/notices/words.toml")
    }

    /// Reads a words file.
    ///
    /// # Errors
    /// It is not TOML of this form.
    pub fn read(text: &str, file: &str) -> Result<Self, Problem> {
        toml::from_str(text).map_err(|error| Problem::new(file, None, error.message().to_owned()))
    }

    /// A kind in plain words; the check's where the kind has none.
    #[must_use]
    pub fn what(&self, check: &str, kind: &str) -> &str {
        let entry = self.kind.get(kind).or_else(|| self.check.get(check));
        entry.map_or("something the school's policy speaks of", |entry| entry.what.as_str())
    }

    /// What the sender can do about it.
    #[must_use]
    pub fn advice(&self, check: &str, kind: &str) -> Option<&str> {
        let own = self.kind.get(kind).and_then(|entry| entry.advice.as_deref());
        own.or_else(|| self.check.get(check).and_then(|entry| entry.advice.as_deref()))
    }

    /// Who decides, in words; a role without words of its own is named as it is written.
    #[must_use]
    pub fn role(&self, name: &str) -> String {
        self.role.get(name).map_or_else(|| name.replace('_', " "), |entry| entry.what.clone())
    }

    /// Whether a kind has words of its own.
    #[must_use]
    pub fn knows(&self, kind: &str) -> bool {
        self.kind.contains_key(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::ROLL_CALL;
    use crate::mail::parts::GapKind;

    #[test]
    fn every_check_and_every_kind_has_words() {
        let words = Words::shipped().unwrap();
        let mut without = Vec::new();
        for check in ROLL_CALL {
            without.extend((!words.check.contains_key(check.name)).then_some(check.name));
            without.extend(check.kinds.iter().filter(|kind| !words.knows(kind)));
        }
        without.extend(GapKind::ALL.map(GapKind::name).iter().filter(|kind| !words.knows(kind)));
        let others = ["unreadable", "otherwise", "delivery", "store"];
        without.extend(others.iter().filter(|check| !words.check.contains_key(**check)));
        assert!(without.is_empty(), "without words: {without:?}");
    }

    #[test]
    fn words_accuse_nobody_claim_no_delivery_and_are_short() {
        let words = Words::shipped().unwrap();
        let advice = words.check.values().chain(words.kind.values()).filter_map(|entry| entry.advice.as_deref());
        for text in words.check.values().chain(words.kind.values()).map(|entry| entry.what.as_str()).chain(advice) {
            let lower = text.to_lowercase();
            for bad in ["deliver", "arrived", "you failed", "violat", "breach", "offend", "must not", "illegal"] {
                assert!(!lower.contains(bad), "{text}");
            }
            assert!(text.len() < 140, "{text}");
        }
    }

    #[test]
    fn roles_read_like_words() {
        let words = Words::shipped().unwrap();
        assert_eq!(words.role("data_protection"), "the data-protection lead");
        assert_eq!(words.role("head_of_year"), "head of year");
    }
}
