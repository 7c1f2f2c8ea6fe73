//! Comma-, semicolon- or tab-separated values: the text as it is, and its cells.

use super::{Leaf, Opened};
use crate::mail::parts::{Decoded, Scribe};

/// Writes the text and notes its cells.
pub(super) fn write(leaf: &Leaf<'_>, decoded: &Decoded<'_>, scribe: &mut Scribe<'_>) -> Opened {
    scribe.begin(leaf.place, leaf.part);
    let start = scribe.here();
    scribe.copy(decoded, 0..decoded.text.len());
    let written = scribe.here() - start;
    let table = scribe.next_table();
    let text = decoded.text.as_bytes();
    let text = text.get(..written as usize).unwrap_or_default();
    let separator = separator(text);
    let count = |byte: u8| memchr::memchr_iter(byte, text).count();
    scribe.expect_cells(count(separator) + count(b'\n') + 1);
    let mut rows = Rows { text, at: 0, separator, row: 0, column: 0 };
    while let Some((row, column, from, to)) = rows.next_cell() {
        if !scribe.cell(table, row, column, start + from..start + to) {
            scribe.limit(leaf.part, "more table cells than the limit");
            break;
        }
    }
    scribe.end();
    Opened::default()
}

/// The separator that the first line uses most.
fn separator(text: &[u8]) -> u8 {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| memchr::memchr_iter(separator, line).count();
    [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

struct Rows<'a> {
    text: &'a [u8],
    at: usize,
    separator: u8,
    row: u32,
    column: u16,
}

impl Rows<'_> {
    /// Where a cell ends. Most are short, and the few bytes of those are looked at one by one.
    fn cell_end(&self, rest: &[u8]) -> usize {
        let short = rest.iter().take(16).position(|byte| *byte == self.separator || *byte == b'\n');
        short.or_else(|| memchr::memchr2(self.separator, b'\n', rest)).unwrap_or(rest.len())
    }

    /// The next cell: row, column, start and end; quotes around it are not of it.
    fn next_cell(&mut self) -> Option<(u32, u16, u32, u32)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let quoted = rest.first() == Some(&b'"');
        let closing = if quoted { closing_quote(rest) } else { None };
        let search = closing.map_or(0, |at| at + 1);
        let behind = rest.get(search..).unwrap_or_default();
        let end = search + self.cell_end(behind);
        let (from, to) = match closing {
            Some(at) => (1, at),
            None => (0, rest.get(..end).unwrap_or_default().trim_ascii_end().len()),
        };
        let place = |at: usize| u32::try_from(self.at + at).unwrap_or(u32::MAX);
        let cell = (self.row, self.column, place(from), place(to.max(from)));
        if rest.get(end) == Some(&self.separator) {
            self.column = self.column.saturating_add(1);
        } else {
            self.row += 1;
            self.column = 0;
        }
        self.at += end + 1;
        Some(cell)
    }
}

/// The quote that ends the cell that a quote began; `None` where it never ends within a sane length.
fn closing_quote(rest: &[u8]) -> Option<usize> {
    // The bound keeps a file of lone quotes linear.
    let rest = rest.get(..rest.len().min(32 << 10))?;
    let mut at = 1;
    loop {
        at += memchr::memchr(b'"', rest.get(at..)?)?;
        if rest.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}
