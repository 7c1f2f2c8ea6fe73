//! The text as it is written out: stories, paragraphs, cells of tables, and the codes of fields, which are not shown.

use crate::mail::open::office::behind::Behind;
use crate::mail::parts::{Place, Scribe, SectionKind};
use std::ops::Range;

/// What the stories are, in the order in which they stand.
const STORIES: [Option<SectionKind>; 8] = [
    None,
    Some(SectionKind::Footnotes),
    Some(SectionKind::HeaderOrFooter),
    Some(SectionKind::Behind),
    Some(SectionKind::Comments),
    Some(SectionKind::Footnotes),
    // Text boxes.
    None,
    Some(SectionKind::HeaderOrFooter),
];
/// Fields within fields.
const FIELDS: usize = 1_000;
/// A code longer than this is none.
const CODE: usize = 64 << 10;

/// The text that is being written.
pub(super) struct Story {
    part: u16,
    lengths: [usize; 8],
    at: usize,
    left: usize,
    /// What comes is not shown.
    pub unseen: bool,
    /// What comes stands in a table.
    pub in_table: bool,
    /// What comes ends a row.
    pub row_end: bool,
    /// For each field that has begun whether its result has.
    fields: Vec<bool>,
    /// Fields of which the code comes.
    coding: usize,
    code: String,
    text: String,
    table: Option<u16>,
    row: u32,
    column: u16,
    cell_from: Option<u32>,
    cells: Vec<(u16, Range<u32>)>,
    full: bool,
}

impl Story {
    /// Begins the first story.
    pub fn new(part: u16, lengths: [usize; 8], scribe: &mut Scribe<'_>) -> Self {
        let left = lengths.first().copied().unwrap_or(0);
        scribe.begin(Place::Attachment, part);
        Self {
            part,
            lengths,
            at: 0,
            left,
            unseen: false,
            in_table: false,
            row_end: false,
            fields: Vec::new(),
            coding: 0,
            code: String::new(),
            text: String::new(),
            table: None,
            row: 0,
            column: 0,
            cell_from: None,
            cells: Vec::new(),
            full: false,
        }
    }

    /// Writes what comes next. `unseen`, `in_table` and `row_end` are the same for all of it.
    pub fn write(&mut self, text: &str, scribe: &mut Scribe<'_>, behind: &mut Behind) {
        scribe.hide(self.unseen || self.is_hidden_story());
        for letter in text.chars() {
            while self.left == 0 && self.at + 1 < STORIES.len() {
                self.next(scribe);
            }
            self.left = self.left.saturating_sub(letter.len_utf16());
            self.letter(letter, scribe, behind);
        }
        self.flush(scribe);
    }

    /// Ends the last story.
    pub fn end(&mut self, scribe: &mut Scribe<'_>) {
        self.flush(scribe);
        self.end_row(scribe);
        scribe.end();
    }

    fn is_hidden_story(&self) -> bool {
        STORIES.get(self.at) == Some(&Some(SectionKind::Behind))
    }

    /// The next story begins.
    fn next(&mut self, scribe: &mut Scribe<'_>) {
        self.end(scribe);
        (self.table, self.column) = (None, 0);
        self.fields.clear();
        self.coding = 0;
        self.at += 1;
        // Letters that no story counts belong to the last one.
        let last = self.at + 1 == STORIES.len();
        self.left = if last { usize::MAX } else { self.lengths.get(self.at).copied().unwrap_or(0) };
        match STORIES.get(self.at).copied().flatten() {
            Some(kind) => scribe.begin_section(self.part, kind, 0, ""),
            None => scribe.begin(Place::Attachment, self.part),
        }
        scribe.hide(self.unseen || self.is_hidden_story());
    }

    fn letter(&mut self, letter: char, scribe: &mut Scribe<'_>, behind: &mut Behind) {
        match letter {
            '\u{13}' if self.fields.len() < FIELDS => {
                self.fields.push(false);
                self.coding += 1;
            }
            '\u{14}' => {
                if let Some(shown) = self.fields.last_mut().filter(|shown| !**shown) {
                    *shown = true;
                    self.coding = self.coding.saturating_sub(1);
                }
                self.end_code(behind);
            }
            '\u{15}' => {
                self.end_code(behind);
                if self.fields.pop() == Some(false) {
                    self.coding = self.coding.saturating_sub(1);
                }
            }
            _ if self.coding > 0 => {
                if self.code.len() >= CODE {
                    self.end_code(behind);
                }
                self.code.push(if letter.is_control() { ' ' } else { letter });
            }
            '\u{7}' => self.mark(scribe),
            '\r' | '\u{B}' | '\u{C}' | '\u{E}' => {
                if !self.in_table && self.table.is_some() && letter == '\r' {
                    self.end_row(scribe);
                    self.table = None;
                }
                self.shown('\n', scribe);
            }
            '\u{1E}' => self.shown('-', scribe),
            '\u{1F}' => self.shown('\u{AD}', scribe),
            '\t' => self.shown('\t', scribe),
            _ if letter.is_control() => {}
            _ => self.shown(letter, scribe),
        }
    }

    fn end_code(&mut self, behind: &mut Behind) {
        behind.add(&std::mem::take(&mut self.code));
    }

    fn shown(&mut self, letter: char, scribe: &Scribe<'_>) {
        if self.in_table && self.cell_from.is_none() {
            self.cell_from = Some(scribe.here() + u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        }
        self.text.push(letter);
    }

    fn flush(&mut self, scribe: &mut Scribe<'_>) {
        scribe.add(&std::mem::take(&mut self.text));
    }

    /// The mark that ends a cell or a row.
    fn mark(&mut self, scribe: &mut Scribe<'_>) {
        self.flush(scribe);
        if self.row_end {
            self.end_row(scribe);
            return;
        }
        let here = scribe.here();
        let from = self.cell_from.take().filter(|from| *from < here);
        if let Some(from) = from {
            self.cells.push((self.column, from..here));
        }
        self.column = self.column.saturating_add(1);
        scribe.add("\t");
    }

    fn end_row(&mut self, scribe: &mut Scribe<'_>) {
        self.cell_from = None;
        let cells = std::mem::take(&mut self.cells);
        if self.column == 0 && cells.is_empty() {
            return;
        }
        self.column = 0;
        scribe.add("\n");
        let table = if let Some(table) = self.table {
            table
        } else {
            self.row = 0;
            *self.table.insert(scribe.next_table())
        };
        for (column, range) in cells {
            if self.full || !scribe.cell(table, self.row, column, range) {
                if !self.full {
                    scribe.limit(self.part, "more table cells than the limit");
                }
                self.full = true;
                break;
            }
        }
        self.row = self.row.saturating_add(1);
    }
}
