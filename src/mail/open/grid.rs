//! Cells, row by row, as they come: those of a row stand on a line, and are noted as cells of a table.

use crate::mail::parts::Scribe;
use std::ops::Range;

/// Columns of the widest sheet.
const COLUMNS: usize = 16_384;

/// The cells of one sheet.
pub(super) struct Grid {
    hidden: bool,
    part: u16,
    table: u16,
    /// The row with the headings: the first with more than one cell. Cells before it are text alone.
    first: Option<u32>,
    /// For each column whether it is hidden; empty where none is.
    hidden_columns: Vec<bool>,
    row: u32,
    cells: Vec<(u16, Range<u32>)>,
    /// No more cells are kept.
    full: bool,
}

impl Grid {
    /// A sheet without cells, for the piece that was just begun.
    pub fn new(hidden: bool, part: u16, scribe: &mut Scribe<'_>) -> Self {
        let table = scribe.next_table();
        scribe.hide(hidden);
        Self { hidden, part, table, first: None, hidden_columns: Vec::new(), row: 0, cells: Vec::new(), full: false }
    }

    /// Columns that are not shown.
    pub fn hide_columns(&mut self, from: usize, to: usize) {
        if self.hidden_columns.get(from) == Some(&true) && self.hidden_columns.get(to.min(COLUMNS - 1)) == Some(&true) {
            return;
        }
        self.hidden_columns.resize(COLUMNS, false);
        if let Some(stretch) = self.hidden_columns.get_mut(from..to.saturating_add(1).min(COLUMNS)) {
            stretch.fill(true);
        }
    }

    /// Writes a cell.
    pub fn cell(&mut self, row: u32, column: u16, text: &str, row_hidden: bool, scribe: &mut Scribe<'_>) {
        if row != self.row {
            self.end_row(scribe);
            // A number that goes back is none.
            self.row = row.max(self.row);
        }
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if !self.cells.is_empty() {
            scribe.add("\t");
        }
        let unseen = row_hidden || self.hidden_columns.get(usize::from(column)) == Some(&true);
        scribe.hide(self.hidden || unseen);
        let start = scribe.here();
        scribe.add(text);
        self.cells.push((column, start..scribe.here()));
        scribe.hide(self.hidden);
    }

    /// Notes the row's cells; whether there were any. The headings are to stand in row 0 of their table, whatever
    /// stands above them.
    pub fn end_row(&mut self, scribe: &mut Scribe<'_>) -> bool {
        if self.cells.is_empty() {
            return false;
        }
        scribe.add("\n");
        if self.first.is_none() && self.cells.len() > 1 {
            self.first = Some(self.row);
        }
        let cells = std::mem::take(&mut self.cells);
        let Some(first) = self.first.filter(|_| !self.full) else { return true };
        for (column, range) in cells {
            if !scribe.cell(self.table, self.row.saturating_sub(first), column, range) {
                self.full = true;
                scribe.limit(self.part, "more table cells than the limit");
                break;
            }
        }
        true
    }
}
