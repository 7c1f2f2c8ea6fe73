//! Text as a reader sees it, and the way back to the text it was made from.

use super::parts::{Piece, Place, Tree};
use std::ops::Range;

mod letters;
mod lookalikes;
mod scan;

pub use lookalikes::{has_foreign_letters, skeleton_letters};

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
    ///
    /// Between two neighbours both texts correspond byte by byte where the stretches are equally long and
    /// the first of the two does not stand twice; otherwise the whole of one stands for the whole of the other.
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
pub fn fold(tree: &Tree) -> Folded {
    let mut scan = scan::Scan::new(&tree.text);
    let mut done = 0;
    for piece in &tree.pieces {
        let (start, end) = (piece.text.start as usize, piece.text.end as usize);
        if start < done || end < start {
            continue;
        }
        scan.section(done..start, false, false);
        scan.section(start..end, can_be_quoted(piece.place), is_flowed(tree, piece));
        done = end.min(tree.text.len());
    }
    scan.section(done..tree.text.len(), false, false);
    scan.finish()
}

/// Folds words that stand by themselves (a roster's names, a list's entries) by the same rules.
#[must_use]
pub fn fold_words(words: &str) -> String {
    let mut scan = scan::Scan::new(words);
    scan.section(0..words.len(), false, false);
    scan.finish().text
}

/// Only running text is quoted by prefixes; a file name may well begin with `|`.
const fn can_be_quoted(place: Place) -> bool {
    matches!(place, Place::Body | Place::Attachment | Place::Hidden)
}

fn is_flowed(tree: &Tree, piece: &Piece) -> bool {
    can_be_quoted(piece.place) && tree.parts.get(usize::from(piece.part)).is_some_and(|part| part.flowed)
}

impl Folded {
    /// The stretch of `Tree::text` that a stretch of the folded text was made from: whole characters, with
    /// the combining marks that belong to them.
    #[must_use]
    pub fn back(&self, folded: Range<u32>) -> Range<u32> {
        let start = self.text.floor_char_boundary(folded.start as usize);
        let end = self.text.ceil_char_boundary(folded.end as usize);
        let first = self.source_start(offset(start));
        if end <= start {
            return first..first;
        }
        first..self.source_end(offset(end)).max(first)
    }

    /// Whether any of a stretch of the folded text stood behind a quote prefix.
    #[must_use]
    pub fn is_quoted(&self, folded: Range<u32>) -> bool {
        let next = self.quoted.partition_point(|quoted| quoted.end <= folded.start);
        self.quoted.get(next).is_some_and(|quoted| quoted.start < folded.end)
    }

    fn source_start(&self, at: u32) -> u32 {
        let Some((from, to, even)) = self.segment(at) else { return at };
        if even { to + (at - from) } else { to }
    }

    fn source_end(&self, at: u32) -> u32 {
        let last = at.saturating_sub(1);
        let Some((from, to, even)) = self.segment(last) else { return at };
        if even {
            return to + (at - from);
        }
        let next = self.steps.partition_point(|step| step.0 <= last);
        self.steps.get(next).map_or(to, |step| step.1)
    }

    /// Start of the segment around a folded offset, on both sides, and whether it is byte by byte.
    fn segment(&self, at: u32) -> Option<(u32, u32, bool)> {
        let next = self.steps.partition_point(|step| step.0 <= at);
        let index = next.checked_sub(1)?;
        let (from, to) = *self.steps.get(index)?;
        let twice = index.checked_sub(1).and_then(|before| self.steps.get(before)) == Some(&(from, to));
        let same = self.steps.get(next).is_none_or(|step| step.0 - from == step.1.wrapping_sub(to));
        Some((from, to, same && !twice))
    }
}

/// The piece that holds an offset of `Tree::text`; `None` between pieces.
#[must_use]
pub fn piece_at(tree: &Tree, text_offset: u32) -> Option<usize> {
    let next = tree.pieces.partition_point(|piece| piece.text.end <= text_offset);
    tree.pieces.get(next).filter(|piece| piece.text.start <= text_offset).map(|_| next)
}

/// The line within its piece, 1-based, of an offset of `Tree::text`.
#[must_use]
pub fn line_in_piece(tree: &Tree, piece: &Piece, offset: u32) -> u32 {
    let end = offset.clamp(piece.text.start, piece.text.end.max(piece.text.start));
    let before = tree.text.as_bytes().get(piece.text.start as usize..end as usize).unwrap_or_default();
    before.split(|byte| *byte == b'\n').fold(0, |lines: u32, _| lines.saturating_add(1))
}

/// A tree's text is bounded far below 4 GiB, so this never saturates.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
