//! What was found in a message.

use crate::mail::parts::{Gap, Place};
use crate::school::roster::PupilId;
use std::fmt;
use std::ops::Range;

/// How sure a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Weak: several readings are likely.
    Low,
    /// Usual.
    Medium,
    /// Check digit, context or roster confirm it.
    High,
}

impl Confidence {
    /// The word used in packs and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A sample that gives a person an idea of what was found without giving it away: made where the
/// hit is found, from a length and a kind, e.g. `J••• S••••` or `••• ••• 5919`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Masked(String);

impl Masked {
    /// Masks a name: the first letter of each word, dots for the rest (`J••• S••••`).
    #[must_use]
    pub fn name(text: &str) -> Self {
        let words = text.split(|c: char| c.is_whitespace()).filter(|word| !word.is_empty()).take(6);
        let masked: Vec<String> = words
            .map(|word| {
                let mut letters = word.chars();
                let first: String = letters.next().into_iter().collect();
                first + &"•".repeat(letters.count().min(12))
            })
            .collect();
        Self(masked.join(" "))
    }
    /// Masks a number or code: dots, and the last two characters where there are at least six.
    #[must_use]
    pub fn code(text: &str) -> Self {
        let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).take(40).collect();
        let shown = if letters.len() >= 6 { letters.len() - 2 } else { letters.len() };
        Self(letters.iter().enumerate().map(|(i, c)| if i < shown { '•' } else { *c }).collect())
    }
    /// Masks an address: first letter and domain (`j•••@mail.example`).
    #[must_use]
    pub fn address(address: &crate::mail::Address) -> Self {
        let first: String = address.local().chars().take(1).collect();
        Self(format!("{first}•••@{}", address.domain()))
    }
    /// Hides everything (`••••••`).
    #[must_use]
    pub fn all() -> Self {
        Self("••••••".to_owned())
    }
    /// A phrase of ours that holds nothing of a person, e.g. a size or a count.
    #[must_use]
    pub fn fact(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The sample, for notices and review pages.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(masked)")
    }
}

/// One thing found by one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the check, from the roll call.
    pub check: &'static str,
    /// Kind within the check, from its `KINDS`.
    pub kind: &'static str,
    /// Where it stands; `None` for what concerns the message or a recipient as a whole.
    pub place: Option<Place>,
    /// MIME part it belongs to.
    pub part: Option<u16>,
    /// Index of its piece in the tree.
    pub piece: Option<u32>,
    /// Its bytes in `Tree::text`.
    pub span: Option<Range<u32>>,
    /// Line within its piece, 1-based.
    pub line: Option<u32>,
    /// A sample that may be shown.
    pub masked: Masked,
    /// The pupil it names or belongs to.
    pub pupil: Option<PupilId>,
    /// How sure we are.
    pub confidence: Confidence,
    /// Size in bytes or count, where the kind has one; else 1.
    pub measure: u64,
    /// Index of the envelope recipient it is about; `None`: all of them.
    pub recipient: Option<u32>,
    /// Stands in quoted text.
    pub quoted: bool,
    /// Stands where a reader does not see it.
    pub hidden: bool,
    /// Written with look-alike letters.
    pub disguised: bool,
    /// A keyless digest of the normalised value, to count distinct values within one message; never stored or shown.
    pub value: u64,
}

impl Finding {
    /// A finding about the message as a whole; the other fields are set by struct update.
    #[must_use]
    pub fn whole(check: &'static str, kind: &'static str, masked: Masked) -> Self {
        Self {
            check,
            kind,
            place: None,
            part: None,
            piece: None,
            span: None,
            line: None,
            masked,
            pupil: None,
            confidence: Confidence::High,
            measure: 1,
            recipient: None,
            quoted: false,
            hidden: false,
            disguised: false,
            value: 0,
        }
    }
}

/// All that is known of one message before the rules speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Whose mail it is.
    pub origin: crate::source::Origin,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What was not read.
    pub gaps: Vec<Gap>,
    /// Facts of the message.
    pub facts: crate::mail::parts::Facts,
}
