//! What is found in attached files, and what is not and why.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::missing_panics_doc,
    missing_docs
)]

mod archives;
mod documents;
mod doubling;
mod entries;
mod hostile;
mod joining;
mod making;
mod older;
mod older_hostile;
mod older_making;
mod older_sealed;
mod outlook;
mod outlook_making;
mod packed;
mod packing;
mod pdf;
mod pdf_making;
mod pictures;
mod planted;
mod real;
mod rich_text;
mod seeds;

use exeat::mail::open::{FileLimits, open_file, take_apart_and_open};
use exeat::mail::parts::{Family, GapKind, Limits, SectionKind, Tree};

/// A file with other bytes from some share of it on, and cut off at another.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
pub fn damaged(content: &[u8], at: f64, bytes: &[u8], cut: f64) -> Vec<u8> {
    let place = |share: f64| (content.len() as f64 * share) as usize;
    let mut damaged = content.to_vec();
    for (place, byte) in damaged[place(at)..].iter_mut().zip(bytes) {
        *place = *byte;
    }
    damaged.truncate(place(cut).max(1));
    damaged
}

/// Opens a file as a worker does, and holds the answer against what the main process lets pass.
pub fn opened(content: &[u8]) -> Tree {
    opened_within(content, &FileLimits::default())
}

pub fn opened_within(content: &[u8], file: &FileLimits) -> Tree {
    let limits = Limits::default();
    let tree = open_file(content, &Family::ALL, &limits, file);
    tree.check_fragment(&limits, file.unpacked.max(content.len() as u64)).unwrap();
    tree
}

/// A message with all its files opened.
pub fn read(raw: &[u8]) -> Tree {
    take_apart_and_open(raw, &Family::ALL, &Limits::default(), &FileLimits::default())
}

/// Kind, part and reason of each gap.
pub fn gaps(tree: &Tree) -> Vec<(GapKind, u16, &str)> {
    tree.gaps.iter().map(|gap| (gap.kind, gap.part, gap.reason.as_str())).collect()
}

/// The names of the parts, with the part each stands in.
pub fn names(tree: &Tree) -> Vec<(u16, &str)> {
    let name = |piece: u32| {
        let range = &tree.pieces[piece as usize].text;
        &tree.text[range.start as usize..range.end as usize]
    };
    tree.parts.iter().map(|part| (part.parent, part.name.map_or("", name))).collect()
}

/// The text, and what of it is not seen.
pub fn hidden(tree: &Tree) -> Vec<&str> {
    let ranges = tree.pieces.iter().flat_map(|piece| &piece.hidden);
    ranges.map(|range| &tree.text[range.start as usize..range.end as usize]).collect()
}

/// Each section with its number, its name and its text.
pub fn sections(tree: &Tree) -> Vec<(SectionKind, u32, &str, &str)> {
    let text = |piece: u32| {
        let range = &tree.pieces[piece as usize].text;
        &tree.text[range.start as usize..range.end as usize]
    };
    tree.sections
        .iter()
        .map(|section| (section.kind, section.number, section.name.map_or("", text), text(section.piece)))
        .collect()
}

/// Row, column and text of each cell.
pub fn cells(tree: &Tree) -> Vec<(u32, u16, &str)> {
    let text = |cell: &exeat::mail::parts::Cell| &tree.text[cell.text.start as usize..cell.text.end as usize];
    tree.cells.iter().map(|cell| (cell.row, cell.column, text(cell))).collect()
}
