//! What the headings of a table say of the numbers under and beside them.

use super::clues::{self, Clue};
use crate::mail::parts::{Cell as TableCell, Tree};
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::ops::Range;

/// Longest heading that is read.
const LONGEST: usize = 80;

/// The headings of all tables of a message.
pub struct Headings<'a> {
    tree: &'a Tree,
    columns: FxHashMap<(u16, u16), Vec<Clue>>,
    /// For each cell, the first cell of its row.
    firsts: Vec<usize>,
    /// The cell that was asked for last: questions come nearly in the order of the text.
    last: Cell<usize>,
}

impl<'a> Headings<'a> {
    /// Reads the headings once.
    pub fn new(tree: &'a Tree) -> Self {
        let mut columns = FxHashMap::default();
        let mut firsts = Vec::with_capacity(tree.cells.len());
        let mut before: Option<&TableCell> = None;
        let mut first = 0;
        for (index, cell) in tree.cells.iter().enumerate() {
            if before.is_none_or(|before| (before.table, before.row) != (cell.table, cell.row)) {
                first = index;
            }
            firsts.push(first);
            before = Some(cell);
            if cell.row == 0 {
                let clues = read(tree, cell);
                if !clues.is_empty() {
                    columns.insert((cell.table, cell.column), clues);
                }
            }
        }
        Self { tree, columns, firsts, last: Cell::new(0) }
    }

    /// The cell that a stretch of `Tree::text` begins in.
    pub fn cell(&self, span: &Range<u32>) -> Option<(usize, &'a TableCell)> {
        let cells = &self.tree.cells;
        let begins = |cell: &TableCell| cell.text.start <= span.start;
        let last = Some(self.last.get()).filter(|last| cells.get(*last).is_some_and(begins)).unwrap_or(0);
        let index = (last + run_length(cells.get(last..)?, begins)).checked_sub(1)?;
        self.last.set(index);
        cells.get(index).filter(|cell| span.start < cell.text.end).map(|cell| (index, cell))
    }

    /// The stretch of `Tree::text` that the row of a cell takes up.
    pub fn row(&self, index: usize, cell: &TableCell) -> Range<u32> {
        let cells = &self.tree.cells;
        let start = self.firsts.get(index).and_then(|first| cells.get(*first)).unwrap_or(cell).text.start;
        let rest = cells.get(index..).unwrap_or_default();
        let length = run_length(rest, |other| (other.table, other.row) == (cell.table, cell.row));
        start..length.checked_sub(1).and_then(|last| rest.get(last)).unwrap_or(cell).text.end
    }

    /// The clues of the column's heading, or of the row's first cell where the column has none.
    pub fn clues(&self, index: usize, cell: &TableCell) -> Vec<Clue> {
        if cell.row > 0
            && let Some(clues) = self.columns.get(&(cell.table, cell.column))
        {
            return clues.clone();
        }
        let first =
            self.firsts.get(index).filter(|first| **first != index).and_then(|first| self.tree.cells.get(*first));
        first.map(|first| read(self.tree, first)).unwrap_or_default()
    }

    /// Cells that stand under a heading, or beside a first cell, with this clue.
    pub fn cells_of(&self, clue: Clue) -> impl Iterator<Item = &'a TableCell> + '_ {
        let under = move |index: usize, cell: &TableCell| {
            let column = self.columns.get(&(cell.table, cell.column));
            let beside = || self.firsts.get(index).is_some_and(|first| first + 1 == index);
            match column {
                Some(clues) => cell.row > 0 && clues.contains(&clue),
                None => beside() && self.clues(index, cell).contains(&clue),
            }
        };
        self.tree.cells.iter().enumerate().filter(move |(index, cell)| under(*index, cell)).map(|(_, cell)| cell)
    }
}

/// How many cells at the front fulfil what all behind the first that does not fulfil it do not either. Looks near the
/// front first: in a large table the whole would be looked through from its middle for a cell close by.
fn run_length(cells: &[TableCell], fulfils: impl Fn(&TableCell) -> bool) -> usize {
    let mut width = 8;
    while cells.get(width).is_some_and(&fulfils) {
        width *= 2;
    }
    cells.get(..width).unwrap_or(cells).partition_point(fulfils)
}

fn read(tree: &Tree, cell: &TableCell) -> Vec<Clue> {
    let range = cell.text.start as usize..cell.text.end as usize;
    let text: Vec<u8> =
        tree.text.as_bytes().get(range).unwrap_or_default().iter().take(LONGEST).map(u8::to_ascii_lowercase).collect();
    clues::read(&text).map(|(clue, ..)| clue).collect()
}
