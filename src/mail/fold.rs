//! Text as a reader sees it, and the way back to the text it was made from.

use std::ops::Range;

/// [`super::parts::Tree::text`] folded for matching (`NAMES.md` 2): one text, scanned by every check.
///
/// Letters are NFKD without combining marks, case-folded; default-ignorables (zero-width, soft hyphen)
/// are gone; dashes are `-`, apostrophes `'`; every kind of white space is one ` ` except line breaks,
/// which stay `\n`; quote prefixes and the soft breaks of `format=flowed` are gone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Folded {
    /// The folded text; all ASCII letters are lower case.
    pub text: String,
    /// Pairs (offset in `text`, offset in `Tree::text`), ascending, at every place where the distance changes.
    pub steps: Vec<(u32, u32)>,
    /// Stretches of `text` that stood behind a quote prefix.
    pub quoted: Vec<Range<u32>>,
}

impl std::fmt::Debug for Folded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Folded({} bytes)", self.text.len())
    }
}

/// Folds the text of a tree.
#[must_use]
pub fn fold(_tree: &super::parts::Tree) -> Folded {
    Folded::default()
}

impl Folded {
    /// The stretch of `Tree::text` that a stretch of the folded text was made from.
    #[must_use]
    pub fn back(&self, folded: Range<u32>) -> Range<u32> {
        folded
    }
}
