//! What was not read, and why.

/// Why something was not read. The word is the label in packs, metrics and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// Encrypted: protected from everybody without the key. `unreadable` does not cover it.
    Protected,
    /// Encrypted in a way that is broken in minutes: closed to us, and not to whoever wants to know.
    Weak,
    /// Cannot be decoded: broken encoding, unknown charset, damaged structure.
    Broken,
    /// A kind of file exeat does not open.
    Unsupported,
    /// Beyond a limit: depth, parts, size, time.
    Limit,
    /// A worker died or ran out of time or memory on it.
    Exhausted,
}

impl GapKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Protected, Self::Weak, Self::Broken, Self::Unsupported, Self::Limit, Self::Exhausted];
    /// The word used in packs, metrics and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Weak => "weak",
            Self::Broken => "broken",
            Self::Unsupported => "unsupported",
            Self::Limit => "limit",
            Self::Exhausted => "exhausted",
        }
    }
}

/// Something that was not read, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Gap {
    /// Kind.
    pub kind: GapKind,
    /// The part it concerns.
    pub part: u16,
    /// A fixed phrase of ours (never a stranger's words), e.g. `nested deeper than 32`.
    pub reason: String,
}
