//! Where a stretch of the folded text stands in the message.

use super::View;
use crate::mail::parts::{Piece, Place};
use std::cell::OnceCell;
use std::ops::Range;

/// Bytes of text between two remembered line counts.
const STRIDE: usize = 4096;

/// Finds the piece and the line of a stretch of text. Made once per message; each question costs a
/// binary search and the counting of lines in at most two strides, in whatever order they come.
pub struct Locator<'a> {
    view: &'a View<'a>,
    /// Counted when the first line is asked for: most messages hold nothing to report.
    lines: OnceCell<Vec<u32>>,
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Where, as a sender would say it.
    pub place: Place,
    /// MIME part.
    pub part: u16,
    /// Index of the piece.
    pub piece: u32,
    /// Its bytes in `Tree::text`.
    pub span: Range<u32>,
    /// Behind a quote prefix.
    pub quoted: bool,
    /// Where a reader does not see it.
    pub hidden: bool,
}

impl std::fmt::Debug for Locator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Locator")
    }
}

impl<'a> Locator<'a> {
    /// Knows nothing yet.
    #[must_use]
    pub const fn new(view: &'a View<'a>) -> Self {
        Self { view, lines: OnceCell::new() }
    }

    /// Where a stretch of the folded text stands; `None` for one that is in no piece or reaches beyond its piece.
    #[must_use]
    pub fn locate(&self, folded: Range<u32>) -> Option<Spot> {
        let quoted = covers(&self.view.folded.quoted, folded.start);
        let spot = self.locate_span(self.view.folded.back(folded))?;
        Some(Spot { quoted, ..spot })
    }

    /// Where a stretch of `Tree::text` stands; not asked whether it is quoted.
    #[must_use]
    pub fn locate_span(&self, span: Range<u32>) -> Option<Spot> {
        let (index, piece) = self.piece_at(span.start)?;
        if span.end > piece.text.end || span.start > span.end {
            return None;
        }
        Some(Spot {
            place: piece.place,
            part: piece.part,
            piece: u32::try_from(index).ok()?,
            quoted: false,
            hidden: piece.place == Place::Hidden || covers(&piece.hidden, span.start),
            span,
        })
    }

    /// The line of a spot within its piece, 1-based. Apart, because only what is reported needs it.
    #[must_use]
    pub fn line(&self, spot: &Spot) -> u32 {
        let start = self.view.tree.pieces.get(spot.piece as usize).map_or(0, |piece| piece.text.start);
        self.breaks_before(spot.span.start).saturating_sub(self.breaks_before(start)) + 1
    }

    fn piece_at(&self, offset: u32) -> Option<(usize, &'a Piece)> {
        let pieces = &self.view.tree.pieces;
        let index = pieces.partition_point(|piece| piece.text.start <= offset).checked_sub(1)?;
        pieces.get(index).filter(|piece| offset < piece.text.end).map(|piece| (index, piece))
    }

    /// The lines before each stride of the text.
    fn count_lines(&self) -> Vec<u32> {
        let strides = self.view.tree.text.as_bytes().chunks(STRIDE);
        let counts = strides.scan(0, |count: &mut u32, stride| {
            *count += breaks(stride);
            Some(*count)
        });
        std::iter::once(0).chain(counts).collect()
    }

    fn breaks_before(&self, offset: u32) -> u32 {
        let offset = offset as usize;
        let stride = offset / STRIDE;
        let known = self.lines.get_or_init(|| self.count_lines()).get(stride).copied().unwrap_or_default();
        let rest = self.view.tree.text.as_bytes().get(stride * STRIDE..offset).unwrap_or_default();
        known + breaks(rest)
    }
}

fn breaks(bytes: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX)
}

/// Whether an offset lies in one of the ranges, which are sorted and do not overlap.
fn covers(ranges: &[Range<u32>], offset: u32) -> bool {
    let before = ranges.partition_point(|range| range.start <= offset);
    before.checked_sub(1).and_then(|index| ranges.get(index)).is_some_and(|range| offset < range.end)
}
