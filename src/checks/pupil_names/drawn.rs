//! Tables that come as text: rows whose cells are parted by tabs (PDF, pasted text), and columns that were drawn one
//! after the other.

use crate::mail::parts::{Cell, Place, Tree};
use crate::school::names::fold_words;
use crate::school::roster::index::{FORENAME, SURNAME};
use crate::school::roster::{PupilId, Roster};
use std::ops::Range;

/// Cells of one message that are read so.
const MOST_CELLS: usize = 200_000;
/// A line longer than this is no cell of a column.
const LONGEST: usize = 40;
/// The fewest rows of a column: one name alone proves nothing.
const FEWEST: usize = 2;
/// Lines of one message that are read as columns.
const MOST_LINES: usize = 200_000;

/// The cells of rows in pieces that have no tables of their own.
pub fn rows_of_text(tree: &Tree) -> Vec<Cell> {
    let mut all = Vec::new();
    let mut table = 0;
    for (place, piece) in tree.pieces.iter().enumerate() {
        let Some(text) = tree.text.get(piece.text.start as usize..piece.text.end as usize) else { continue };
        let (Ok(place), false) = (u32::try_from(place), memchr::memchr(b'\t', text.as_bytes()).is_none()) else {
            continue;
        };
        if !matches!(piece.place, Place::Body | Place::Attachment) || has_cells(tree, place) {
            continue;
        }
        let (mut start, mut row) = (piece.text.start, 0);
        for line in text.split('\n') {
            if line.contains('\t') && all.len() < MOST_CELLS {
                row += 1;
                let mut at = start;
                for (column, cell) in line.split('\t').enumerate() {
                    let end = at + length(cell);
                    let column = u16::try_from(column).unwrap_or(u16::MAX);
                    all.push(Cell { piece: place, table, row, column, text: at..end });
                    at = end + 1;
                }
            } else if row > 0 {
                // Prose ends a table.
                (table, row) = (table.wrapping_add(1), 0);
            }
            start += length(line) + 1;
        }
        table = table.wrapping_add(1);
    }
    all
}

fn has_cells(tree: &Tree, piece: u32) -> bool {
    let at = tree.cells.partition_point(|cell| cell.piece < piece);
    tree.cells.get(at).is_some_and(|cell| cell.piece == piece)
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// A line that is a name and nothing else.
struct Line {
    text: Range<u32>,
    key: u64,
    flags: u8,
}

/// All surnames, and behind them all forenames of the same pupils in the same order: how programs draw a table column by
/// column. Shows the stretch of the forename in `Tree::text`, and the pupil.
pub fn find_columns(tree: &Tree, roster: &Roster, mut show: impl FnMut(Range<u32>, PupilId)) {
    let mut read = 0;
    for (place, piece) in tree.pieces.iter().enumerate().filter(|(_, piece)| piece.place == Place::Attachment) {
        if u32::try_from(place).is_ok_and(|place| has_cells(tree, place)) {
            continue;
        }
        let Some(text) = tree.text.get(piece.text.start as usize..piece.text.end as usize) else { continue };
        let (mut columns, mut column): (Vec<Vec<Line>>, Vec<Line>) = (Vec::new(), Vec::new());
        let mut start = piece.text.start;
        for line in text.split('\n') {
            read += 1;
            if read > MOST_LINES {
                return;
            }
            match name(line, start, roster) {
                Some(line) => column.push(line),
                None if !column.is_empty() => columns.push(std::mem::take(&mut column)),
                None => {}
            }
            start += length(line) + 1;
        }
        columns.push(column);
        show_columns(&columns, roster, &mut show);
    }
}

fn show_columns(columns: &[Vec<Line>], roster: &Roster, show: &mut impl FnMut(Range<u32>, PupilId)) {
    for (place, column) in columns.iter().enumerate() {
        let (head, tail) = column.split_at(column.len() / 2);
        if head.len() == tail.len() && show_pairs(head, tail, roster, show) {
            continue;
        }
        // A heading or a column of forms stands between.
        if let Some(next) = columns.get(place + 1..).unwrap_or_default().iter().find(|next| next.len() == column.len())
        {
            show_pairs(column, next, roster, show);
        }
    }
}

/// Shows the pupils of two columns where each row names one.
fn show_pairs(first: &[Line], second: &[Line], roster: &Roster, show: &mut impl FnMut(Range<u32>, PupilId)) -> bool {
    if first.len() < FEWEST || first.len() != second.len() {
        return false;
    }
    for swapped in [false, true] {
        let (surnames, forenames) = if swapped { (second, first) } else { (first, second) };
        let rows = surnames.iter().zip(forenames);
        let fits =
            |(surname, forename): &(&Line, &Line)| surname.flags & SURNAME != 0 && forename.flags & FORENAME != 0;
        let found: Option<Vec<_>> = rows
            .take_while(fits)
            .map(|(surname, forename)| {
                let pair = roster.index().pairs(forename.key, surname.key).next()?;
                Some((forename.text.clone(), pair.pupil))
            })
            .collect();
        if let Some(found) = found.filter(|found| found.len() == first.len()) {
            for (text, pupil) in found {
                show(text, pupil);
            }
            return true;
        }
    }
    false
}

fn name(line: &str, start: u32, roster: &Roster) -> Option<Line> {
    let written = line.trim();
    if written.is_empty() || written.len() > LONGEST || !written.contains(char::is_uppercase) {
        return None;
    }
    let (key, flags) = roster.index().whole(&fold_words(written))?;
    let from = start + length(line) - length(line.trim_start());
    (flags & (FORENAME | SURNAME) != 0).then(|| Line { text: from..from + length(written), key, flags })
}
