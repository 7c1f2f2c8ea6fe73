//! One sheet: its cells, and what is written around them.

use super::strings::{Manner, Strings};
use crate::mail::open::grid::Grid;
use crate::mail::open::office::behind::Behind;
use crate::mail::open::office::formats::Formats;
use crate::mail::open::older::sweep::sweep;
use crate::mail::parts::{Place, Scribe, SectionKind};
use crate::mail::sealed::bytes::{byte, index32, little16, little32, little64};
use std::collections::BTreeSet;

/// Notes and text boxes of one sheet beyond this are text behind it.
const AROUND: usize = 10_000;

/// A sheet that is being read.
pub(super) struct Sheet {
    grid: Grid,
    part: u16,
    number: u32,
    manner: Manner,
    hidden: bool,
    hidden_rows: BTreeSet<u16>,
    /// The cell whose formula gave words, which come in a record of their own.
    awaits: Option<(u16, u16)>,
    /// The text of a note or a box comes in the next record.
    text_comes: Option<u16>,
    /// The kind of the last thing drawn on the sheet.
    drawn: u16,
    /// Notes, text boxes, headers and footers; a text box is of no kind.
    around: Vec<(Option<SectionKind>, String)>,
}

impl Sheet {
    /// A sheet without cells, for the piece that was just begun.
    pub fn new(part: u16, number: u32, hidden: bool, manner: Manner, scribe: &mut Scribe<'_>) -> Self {
        Self {
            grid: Grid::new(hidden, part, scribe),
            part,
            number,
            manner,
            hidden,
            hidden_rows: BTreeSet::new(),
            awaits: None,
            text_comes: None,
            drawn: 0,
            around: Vec::new(),
        }
    }

    /// Writes what stands around the cells.
    pub fn end(mut self, scribe: &mut Scribe<'_>) {
        self.grid.end_row(scribe);
        scribe.end();
        for (kind, text) in self.around {
            if text.trim().is_empty() {
                continue;
            }
            match kind {
                Some(kind) => scribe.begin_section(self.part, kind, self.number, ""),
                None => scribe.begin(Place::Attachment, self.part),
            }
            scribe.hide(self.hidden);
            scribe.add(text.trim());
            scribe.end();
        }
    }

    /// One record of the sheet.
    pub fn record(
        &mut self,
        kind: u16,
        body: &[u8],
        strings: &mut Strings,
        formats: &Formats,
        scribe: &mut Scribe<'_>,
        behind: &mut Behind,
    ) {
        match kind {
            0xFD => {
                let text = index32(body, 6).map_or("", |number| strings.get(number));
                self.cell(body, text, scribe);
            }
            0x204 | 0xD6 => self.cell(body, &self.manner.text(body, 6, 2), scribe),
            0x27E => self.number(body, little32(body, 6).map(packed), formats, scribe),
            0x203 => self.number(body, little64(body, 6).map(f64::from_bits), formats, scribe),
            0xBD => self.numbers(body, formats, scribe),
            0x205 if byte(body, 7) == Some(0) => {
                self.cell(body, if byte(body, 6) == Some(0) { "FALSE" } else { "TRUE" }, scribe);
            }
            0x06 | 0x206 | 0x406 => self.formula(body, formats, scribe, behind),
            0x207 => {
                if let Some((row, column)) = self.awaits.take() {
                    let text = self.manner.text(body, 0, 2);
                    self.write(row, column, &text, scribe);
                }
            }
            0x208 => {
                if let (Some(row), Some(flags)) = (little16(body, 0), little16(body, 12))
                    && flags & 0x20 != 0
                {
                    self.hidden_rows.insert(row);
                }
            }
            0x7D => {
                if let (Some(from), Some(to), Some(flags)) = (little16(body, 0), little16(body, 2), little16(body, 8))
                    && flags & 1 != 0
                {
                    self.grid.hide_columns(from.into(), to.into());
                }
            }
            0x14 | 0x15 => {
                let text = self.manner.text(body, 0, if self.manner.new { 2 } else { 1 });
                self.add(Some(SectionKind::HeaderOrFooter), text, behind);
            }
            0x5D => {
                self.drawn = little16(body, 4).unwrap_or(0);
                sweep(body, behind);
            }
            0x1B6 => self.text_comes = little16(body, 10),
            0x3C => self.continued(body, behind),
            0x1C => self.note(body, behind),
            _ => sweep(body, behind),
        }
    }

    /// A cell whose row and column stand first.
    fn cell(&mut self, body: &[u8], text: &str, scribe: &mut Scribe<'_>) {
        if let (Some(row), Some(column)) = (little16(body, 0), little16(body, 2)) {
            self.write(row, column, text, scribe);
        }
    }

    fn write(&mut self, row: u16, column: u16, text: &str, scribe: &mut Scribe<'_>) {
        let hidden = self.hidden_rows.contains(&row);
        self.grid.cell(row.into(), column, text, hidden, scribe);
    }

    fn number(&mut self, body: &[u8], value: Option<f64>, formats: &Formats, scribe: &mut Scribe<'_>) {
        let Some(value) = value else { return };
        let text = shown(value, little16(body, 4).unwrap_or(0), formats);
        self.cell(body, &text, scribe);
    }

    /// Numbers in neighbouring cells of a row.
    fn numbers(&mut self, body: &[u8], formats: &Formats, scribe: &mut Scribe<'_>) {
        let (Some(row), Some(first)) = (little16(body, 0), little16(body, 2)) else { return };
        let cells = body.get(4..).unwrap_or_default().chunks_exact(6);
        for (column, cell) in (first..).zip(cells) {
            let Some(value) = little32(cell, 2).map(packed) else { return };
            self.write(row, column, &shown(value, little16(cell, 0).unwrap_or(0), formats), scribe);
        }
    }

    /// What a formula gave. Only what is written out in the formula itself is words.
    fn formula(&mut self, body: &[u8], formats: &Formats, scribe: &mut Scribe<'_>, behind: &mut Behind) {
        self.awaits = None;
        let value = body.get(6..14).unwrap_or_default();
        match value {
            [0, .., 0xFF, 0xFF] => self.awaits = little16(body, 0).zip(little16(body, 2)),
            [1, _, truth, .., 0xFF, 0xFF] => self.cell(body, if *truth == 0 { "FALSE" } else { "TRUE" }, scribe),
            [.., 0xFF, 0xFF] => {}
            _ => self.number(body, little64(body, 6).map(f64::from_bits), formats, scribe),
        }
        sweep(body.get(20..).unwrap_or_default(), behind);
    }

    /// The record before goes on: the text of a note or a box, its looks, or anything else.
    fn continued(&mut self, body: &[u8], behind: &mut Behind) {
        let Some(letters) = self.text_comes.take() else {
            sweep(body, behind);
            return;
        };
        if letters == 0 {
            return;
        }
        // The text itself, without its length.
        let counted = [&letters.to_le_bytes()[..], body].concat();
        let whole = Manner { new: self.manner.new, ..self.manner };
        let text = whole.text(&counted, 0, 2);
        let written = u16::try_from(text.encode_utf16().count()).unwrap_or(letters);
        let note = self.drawn == 0x19;
        self.add(note.then_some(SectionKind::Comments), text, behind);
        if written < letters {
            // It goes on once more.
            self.text_comes = Some(letters - written);
        }
    }

    /// A note, before Excel 97 with its text, since then with its author.
    fn note(&mut self, body: &[u8], behind: &mut Behind) {
        let text = if self.manner.new {
            self.manner.text(body, 8, 2)
        } else {
            let rest = body.get(6..).unwrap_or_default();
            self.manner.encoding.decode_without_bom_handling(rest).0.into_owned()
        };
        self.add(Some(SectionKind::Comments), text, behind);
    }

    fn add(&mut self, kind: Option<SectionKind>, text: String, behind: &mut Behind) {
        if self.around.len() < AROUND {
            self.around.push((kind, text));
        } else {
            behind.add(&text);
        }
    }
}

/// A number in four bytes: the upper part of one with a fraction, or a whole one, perhaps in hundredths.
pub(in crate::mail::open) fn packed(bits: u32) -> f64 {
    let value =
        if bits & 2 != 0 { f64::from(bits.cast_signed() >> 2) } else { f64::from_bits(u64::from(bits & !3) << 32) };
    if bits & 1 != 0 { value / 100.0 } else { value }
}

/// A number as its cell shows it.
fn shown(value: f64, style: u16, formats: &Formats) -> String {
    let plain = value.to_string();
    formats.shown(style.into(), &plain).unwrap_or(plain)
}
