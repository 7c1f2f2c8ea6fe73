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

    /// Whether a kind has words of its own.
    #[must_use]
    pub fn knows(&self, kind: &str) -> bool {
        self.kind.contains_key(kind)
    }
}
