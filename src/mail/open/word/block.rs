//! The file information block: where in the document what stands (MS-DOC 2.5).

use crate::mail::sealed::bytes::{index32, little16};
use std::ops::Range;

/// The block of a document.
pub(super) struct Block {
    /// Word 6 and 95: letters of one byte, and no stream for tables.
    pub old: bool,
    /// Encrypted, or hidden behind XOR.
    pub encrypted: bool,
    /// The stream with the tables.
    pub tables: &'static str,
    /// Letters of the text and of each story behind it: see `STORIES`.
    pub lengths: [usize; 8],
    /// Where the text begins in a document that is one piece.
    pub first: usize,
    /// The list of pieces, in the stream of tables.
    pub pieces: Range<usize>,
    /// Pages that say how letters look.
    pub letters: Range<usize>,
    /// Pages that say how paragraphs look.
    pub paragraphs: Range<usize>,
}

impl Block {
    /// Reads it; `None` for a stream that is no document.
    pub fn read(stream: &[u8]) -> Option<Self> {
        let magic = little16(stream, 0)?;
        // Word 2 has no pieces that are known; it is no container either.
        let old = matches!(magic, 0xA5DC | 0xA697..=0xA699) || little16(stream, 2)? < 106;
        if magic != 0xA5EC && !old {
            return None;
        }
        let flags = little16(stream, 10)?;
        let stretch = |at: usize| {
            let start = index32(stream, at).unwrap_or(0);
            start..start.saturating_add(index32(stream, at + 4).unwrap_or(0))
        };
        let lengths = |at: usize| std::array::from_fn(|index| index32(stream, at + index * 4).unwrap_or(0));
        Some(Self {
            old,
            encrypted: flags & 0x0100 != 0,
            tables: if flags & 0x0200 != 0 { "1Table" } else { "0Table" },
            lengths: lengths(if old { 0x34 } else { 0x4C }),
            first: index32(stream, 0x18)?,
            pieces: stretch(if old { 0x160 } else { 0x1A2 }),
            letters: stretch(if old { 0xB8 } else { 0xFA }),
            paragraphs: stretch(if old { 0xC0 } else { 0x102 }),
        })
    }
}

/// A stretch of text as it stands in the document's stream.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it stands.
    pub at: usize,
    /// Its letters.
    pub letters: usize,
    /// Two bytes each.
    pub wide: bool,
}

/// The pieces of the text in their order. Where nothing lists them the text is one.
pub(super) fn pieces(block: &Block, tables: &[u8]) -> Vec<Piece> {
    let listed = tables.get(block.pieces.clone()).and_then(|list| listed(list, block.old));
    listed.filter(|pieces| !pieces.is_empty()).unwrap_or_else(|| {
        let letters = block.lengths.iter().fold(0, |sum: usize, length| sum.saturating_add(*length));
        vec![Piece { at: block.first, letters, wide: false }]
    })
}

fn listed(mut list: &[u8], old: bool) -> Option<Vec<Piece>> {
    // Changes of looks stand before the pieces.
    while let [1, rest @ ..] = list {
        list = rest.get(usize::from(little16(rest, 0)?) + 2..)?;
    }
    let [2, rest @ ..] = list else { return None };
    let table = rest.get(4..)?;
    let table = table.get(..index32(rest, 0)?.min(table.len()))?;
    let count = table.len().checked_sub(4)? / 12;
    let mut pieces = Vec::with_capacity(count);
    for index in 0..count {
        let letters = index32(table, index * 4 + 4)?.saturating_sub(index32(table, index * 4)?);
        let at = index32(table, (count + 1) * 4 + index * 8 + 2)?;
        let narrow = at & 0x4000_0000 != 0;
        let at = if narrow { (at & 0x3FFF_FFFF) / 2 } else { at & 0x3FFF_FFFF };
        pieces.push(Piece { at, letters, wide: !narrow && !old });
    }
    Some(pieces)
}
