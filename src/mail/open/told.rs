//! What was told already, so that a text that stands in a file in several forms is written once.

use std::hash::{Hash as _, Hasher as _};

use rustc_hash::{FxHashSet, FxHasher};

/// The neighbouring words of the texts that were written.
#[derive(Default)]
pub(super) struct Told {
    pairs: FxHashSet<u64>,
}

impl Told {
    /// Takes note of a text.
    pub fn learn(&mut self, text: &str) {
        self.pairs.extend(pairs(text));
    }

    /// Takes note of all that another knows.
    pub fn join(&mut self, other: &Self) {
        self.pairs.extend(&other.pairs);
    }

    /// Whether there is nothing to compare with.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Whether a line says nothing new: all its words stood beside one another before.
    pub fn knows(&self, line: &str) -> bool {
        pairs(line).all(|pair| self.pairs.contains(&pair))
    }

    /// The lines of a text that say something new.
    pub fn new_lines(&self, text: &str) -> String {
        let mut new = String::new();
        for line in text.lines().filter(|line| !self.knows(line)) {
            new.push_str(line.trim());
            new.push('\n');
        }
        new
    }
}

/// Each word, and each word with the one before it.
fn pairs(text: &str) -> impl Iterator<Item = u64> + '_ {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let before = std::iter::once("").chain(words.clone());
    words.zip(before).flat_map(|(word, before)| {
        let alone = hash("", word);
        [alone, if before.is_empty() { alone } else { hash(before, word) }]
    })
}

fn hash(before: &str, word: &str) -> u64 {
    let mut hasher = FxHasher::default();
    before.hash(&mut hasher);
    word.hash(&mut hasher);
    hasher.finish()
}
