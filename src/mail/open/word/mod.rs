//! Word 6 to 2003 (MS-DOC): the text stands in pieces, the main story first, then footnotes, headers and the others.

/// Where in the document what stands.
mod block;
/// Looks that mean something.
mod looks;
/// The text as it is written out.
mod story;

use super::older::Document;
use super::older::sweep::{sweep, wide_text};
use crate::mail::parts::{GapKind, Scribe};
use block::{Block, Piece};
use looks::{IN_TABLE, ROW_END, Stretches, UNSEEN};
use std::borrow::Cow;
use story::Story;

/// Letters that are looked at as one.
const STEP: usize = 16 << 10;

/// Reads the document in a storage; whether there is one.
pub(super) fn read(document: &mut Document<'_>, storage: usize, scribe: &mut Scribe<'_>) -> bool {
    let Some(stream) = document.take(storage, "WordDocument", scribe) else { return false };
    let Some(block) = Block::read(&stream) else {
        sweep(&stream, &mut document.behind);
        return false;
    };
    if block.encrypted {
        if !document.is_sealed(scribe) {
            scribe.gap(GapKind::Weak, document.part, "document with weak encryption");
        }
        return true;
    }
    let tables = if block.old {
        Cow::Borrowed(&stream[..])
    } else {
        document.take(storage, block.tables, scribe).unwrap_or_default()
    };
    let part = document.part;
    let pieces = block::pieces(&block, &tables);
    let list = |range: &std::ops::Range<usize>| tables.get(range.clone()).unwrap_or_default();
    let letters = looks::read(&stream, list(&block.letters), true, block.old, part, scribe);
    let paragraphs = looks::read(&stream, list(&block.paragraphs), false, block.old, part, scribe);
    let mut story = Story::new(part, block.lengths, scribe);
    let mut whole = true;
    for piece in &pieces {
        whole &= write(&stream, piece, (&letters, &paragraphs), &mut story, scribe, document);
        if scribe.full() {
            break;
        }
    }
    story.end(scribe);
    if !whole {
        scribe.broken(part, "text of the document is missing");
    }
    leave(&stream, pieces, document);
    if !block.old {
        sweep(&tables, &mut document.behind);
    }
    true
}

/// Writes a piece; `false` where it does not stand in the stream.
fn write(
    stream: &[u8],
    piece: &Piece,
    (letters, paragraphs): (&Stretches, &Stretches),
    story: &mut Story,
    scribe: &mut Scribe<'_>,
    document: &mut Document<'_>,
) -> bool {
    let width = if piece.wide { 2 } else { 1 };
    let rest = stream.get(piece.at..).unwrap_or_default();
    let bytes = rest.get(..piece.letters.saturating_mul(width).min(rest.len())).unwrap_or_default();
    if !scribe.spend(document.part, bytes.len()) {
        return true;
    }
    let mut at = piece.at;
    let end = piece.at + bytes.len();
    while at < end {
        let (seen, seen_to) = letters.at(at);
        let (paragraph, paragraph_to) = paragraphs.at(at);
        let mut to = seen_to.min(paragraph_to).min(end).min(at + STEP);
        // A letter is not cut in two.
        to = (at + (to - at).next_multiple_of(width)).min(end);
        let text = stream.get(at..to).unwrap_or_default();
        story.unseen = seen & UNSEEN != 0;
        (story.in_table, story.row_end) = (paragraph & IN_TABLE != 0, paragraph & ROW_END != 0);
        let text = if piece.wide { Cow::Owned(wide_text(text)) } else { narrow(text) };
        story.write(&text, scribe, &mut document.behind);
        at = to;
    }
    bytes.len() == piece.letters.saturating_mul(width)
}

/// Letters of one byte each, which are always those of Windows in the west.
fn narrow(bytes: &[u8]) -> Cow<'_, str> {
    encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0
}

/// What stands in the stream beside the pieces: text that was deleted, and looks.
fn leave(stream: &[u8], mut pieces: Vec<Piece>, document: &mut Document<'_>) {
    pieces.sort_by_key(|piece| piece.at);
    let mut from = 0;
    for piece in pieces {
        if let Some(between) = stream.get(from..piece.at) {
            sweep(between, &mut document.behind);
        }
        let width = if piece.wide { 2 } else { 1 };
        from = from.max(piece.at.saturating_add(piece.letters.saturating_mul(width)));
    }
    sweep(stream.get(from..).unwrap_or_default(), &mut document.behind);
}
