//! The texts of a document, gathered while it is read and written when it ends.

use std::collections::BTreeMap;
use std::ops::Range;

use super::words::Kind;
use crate::mail::open::office::behind::Behind;
use crate::mail::open::told::Told;
use crate::mail::parts::{Place, Scribe};

/// One text.
#[derive(Default)]
struct Flow {
    text: String,
    cells: Vec<Cell>,
    table: Table,
}

/// A cell of a table: table, row, column and place in the text.
struct Cell {
    table: u32,
    row: u32,
    column: u16,
    text: Range<usize>,
}

/// The table being read.
#[derive(Default)]
struct Table {
    number: u32,
    row: u32,
    column: u16,
    /// Where the text of the next cell begins.
    from: usize,
    used: bool,
}

/// All texts.
pub(super) struct Page {
    flows: BTreeMap<Kind, Flow>,
    cells_left: usize,
    text_left: usize,
    /// There was more text than there was room for.
    cut: bool,
}

impl Page {
    /// No text yet, and room for so many cells and bytes of text.
    pub fn new(cells: usize, text: usize) -> Self {
        Self { flows: BTreeMap::new(), cells_left: cells, text_left: text, cut: false }
    }

    fn flow(&mut self, kind: Kind) -> &mut Flow {
        self.flows.entry(kind).or_default()
    }

    /// Adds words to a text.
    pub fn add(&mut self, kind: Kind, text: &str) {
        let fitting = text.get(..text.floor_char_boundary(self.text_left)).unwrap_or_default();
        self.cut |= fitting.len() < text.len();
        self.text_left -= fitting.len();
        self.flow(kind).text.push_str(fitting);
    }

    /// Takes note that there was more text.
    pub fn full(&mut self) {
        self.cut = true;
    }

    /// Parts what follows in a text from what stands there.
    pub fn part(&mut self, kind: Kind) {
        let text = &mut self.flow(kind).text;
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
    }

    /// A paragraph ends, inside a table or not.
    pub fn paragraph(&mut self, kind: Kind, in_table: bool) {
        let flow = self.flow(kind);
        flow.text.push('\n');
        if !in_table {
            flow.table.from = flow.text.len();
            if flow.table.used {
                flow.table = Table { number: flow.table.number + 1, from: flow.text.len(), ..Table::default() };
            }
        }
    }

    /// A cell ends.
    pub fn cell(&mut self, kind: Kind) {
        let room = self.cells_left > 0;
        self.cells_left = self.cells_left.saturating_sub(1);
        let flow = self.flow(kind);
        let table = &mut flow.table;
        if room {
            let text = table.from.min(flow.text.len())..flow.text.len();
            flow.cells.push(Cell { table: table.number, row: table.row, column: table.column, text });
        }
        flow.text.push('\t');
        table.column = table.column.saturating_add(1);
        table.from = flow.text.len();
        table.used = true;
    }

    /// A row ends.
    pub fn row(&mut self, kind: Kind) {
        let flow = self.flow(kind);
        flow.text.push('\n');
        let table = &mut flow.table;
        table.row = table.row.saturating_add(1);
        table.column = 0;
        table.from = flow.text.len();
    }

    /// Writes everything that was not told before.
    pub fn write(&self, told: &Told, part: u16, scribe: &mut Scribe<'_>) {
        let mut behind = Behind::default();
        for (kind, flow) in &self.flows {
            match *kind {
                Kind::Behind => flow.text.lines().filter(|line| !is_code(line)).for_each(|line| behind.add(line)),
                Kind::Body | Kind::Box => {
                    scribe.begin(Place::Attachment, part);
                    flow.write(told, part, scribe);
                }
                Kind::Section(kind) => {
                    scribe.begin_section(part, kind, 0, "");
                    flow.write(told, part, scribe);
                }
            }
            scribe.end();
        }
        if self.cut {
            scribe.limit(part, "text longer than the limit");
        }
        if self.cells_left == 0 {
            scribe.limit(part, "more table cells than the limit");
        }
        behind.write(part, scribe);
    }
}

impl Flow {
    fn write(&self, told: &Told, part: u16, scribe: &mut Scribe<'_>) {
        if !told.is_empty() {
            scribe.add(&told.new_lines(&self.text));
            return;
        }
        if self.text.trim().is_empty() {
            return;
        }
        let start = scribe.here();
        scribe.add(&self.text);
        let offset = |at: usize| start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        let end = scribe.here();
        let mut last = None;
        let mut number = 0;
        for cell in &self.cells {
            let text = offset(cell.text.start)..offset(cell.text.end);
            if text.end > end {
                return;
            }
            if last != Some(cell.table) {
                number = scribe.next_table();
                last = Some(cell.table);
            }
            if !scribe.cell(number, cell.row, cell.column, text) {
                scribe.limit(part, "more table cells than the limit");
                return;
            }
        }
    }
}

/// Bytes written in digits, not words.
fn is_code(line: &str) -> bool {
    line.len() > 64 && line.bytes().all(|byte| byte.is_ascii_hexdigit())
}
