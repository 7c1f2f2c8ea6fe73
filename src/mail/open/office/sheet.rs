//! One sheet of a workbook: its cells, row by row, and what is written around them.

use super::behind::Behind;
use super::formats::Formats;
use super::strings::Strings;
use crate::mail::open::grid::Grid;
use crate::mail::open::xml::{self, Element, Sink};
use crate::mail::parts::{Scribe, SectionKind};

/// As many stretches of columns are asked for as a sheet has columns.
const STRETCHES: u16 = 16_384;

/// What is known while a sheet is read.
pub(super) struct Sheet<'w> {
    strings: &'w mut Strings,
    formats: &'w Formats,
    grid: Grid,
    stretches: u16,
    rows_hidden: bool,
    row: u32,
    row_hidden: bool,
    column: u16,
    kind: Kind,
    style: usize,
    value: String,
    within: Within,
    /// Headers, footers and formulas.
    around: Vec<(SectionKind, String)>,
}

/// What a cell's value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Shared,
    Number,
    Text,
    Truth,
}

/// What the text that comes is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    Value,
    Formula,
    Around(SectionKind),
}

impl<'w> Sheet<'w> {
    /// A sheet whose cells come into this grid, of a workbook with these strings and formats.
    fn new(grid: Grid, strings: &'w mut Strings, formats: &'w Formats) -> Self {
        Self {
            strings,
            formats,
            grid,
            stretches: 0,
            rows_hidden: false,
            row: 0,
            row_hidden: false,
            column: 0,
            kind: Kind::Number,
            style: 0,
            value: String::new(),
            within: Within::Nothing,
            around: Vec::new(),
        }
    }

    /// Writes the sheet's text under its name.
    pub fn write(
        (content, part): (&[u8], u16),
        (kind, number, name): (SectionKind, u32, &str),
        (strings, formats): (&'w mut Strings, &'w Formats),
        scribe: &mut Scribe<'_>,
        behind: &mut Behind,
    ) {
        scribe.begin_section(part, kind, number, name);
        let grid = Grid::new(kind == SectionKind::HiddenSheet, part, scribe);
        let mut sheet = Self::new(grid, strings, formats);
        xml::read(content, part, scribe, &mut sheet);
        sheet.row_ends(scribe);
        scribe.end();
        for (kind, text) in sheet.around {
            if kind == SectionKind::HeaderOrFooter {
                scribe.begin_section(part, kind, number, "");
                scribe.add(&text);
                scribe.end();
            } else {
                behind.add(&text);
            }
        }
    }

    fn row_starts(&mut self, element: &Element<'_>, scribe: &mut Scribe<'_>) {
        self.row_ends(scribe);
        // Rows are numbered from 1; a number that goes back is none.
        let number = element.get("r").and_then(|row| row.parse::<u32>().ok()).and_then(|row| row.checked_sub(1));
        self.row = number.unwrap_or(0).max(self.row);
        let hidden = element.get("hidden");
        self.row_hidden = hidden.map_or(self.rows_hidden, |value| !matches!(value.as_ref(), "0" | "false"));
        self.column = 0;
    }

    fn row_ends(&mut self, scribe: &mut Scribe<'_>) {
        if self.grid.end_row(scribe) {
            self.row = self.row.saturating_add(1);
        }
    }

    fn cell_starts(&mut self, element: &Element<'_>) {
        let mut place = None;
        (self.kind, self.style) = (Kind::Number, 0);
        for (name, value) in element.attributes() {
            match name {
                "r" => place = column(&value),
                "s" => self.style = value.parse().unwrap_or_default(),
                "t" => {
                    self.kind = match value.as_ref() {
                        "s" => Kind::Shared,
                        "n" => Kind::Number,
                        "b" => Kind::Truth,
                        _ => Kind::Text,
                    }
                }
                _ => {}
            }
        }
        self.column = place.unwrap_or(self.column).max(self.column);
        self.value.clear();
    }

    fn cell_ends(&mut self, scribe: &mut Scribe<'_>) {
        let value = self.value.trim();
        let shown = match self.kind {
            Kind::Number => self.formats.shown(self.style, value),
            Kind::Truth => Some(if value == "0" { "FALSE" } else { "TRUE" }.to_owned()),
            Kind::Shared | Kind::Text => None,
        };
        let text = match (&shown, self.kind) {
            (Some(shown), _) => shown.as_str(),
            (None, Kind::Shared) => value.parse().map_or("", |number| self.strings.shared.get(number)),
            (None, _) => value,
        };
        self.grid.cell(self.row, self.column, text, self.row_hidden, scribe);
        self.column = self.column.saturating_add(1);
        self.value.clear();
    }

    fn columns(&mut self, element: &Element<'_>) {
        let hidden = element.get("hidden").is_some_and(|value| !matches!(value.as_ref(), "0" | "false"));
        let number = |name: &str| element.get(name).and_then(|value| value.parse::<u16>().ok());
        let (Some(from), Some(to)) = (number("min"), number("max")) else { return };
        if !hidden || self.stretches >= STRETCHES {
            return;
        }
        self.stretches += 1;
        self.grid.hide_columns(usize::from(from.saturating_sub(1)), usize::from(to.saturating_sub(1)));
    }

    fn around(&mut self, kind: SectionKind, text: &str) {
        let many = self.around.len() >= 1_000;
        match self.around.last_mut() {
            Some((last, words)) if *last == kind && words.len() < 64 << 10 => {
                words.push('\n');
                words.push_str(text);
            }
            _ if many => {}
            _ => self.around.push((kind, text.to_owned())),
        }
    }
}

/// The words of a page's header: `&C` and `&R` begin a part of the line, `&"Arial,Bold"`, `&12`, `&KFF0000` and single
/// letters set the type, `&&` is the sign itself.
fn without_codes(words: &str) -> String {
    let mut plain = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((head, code)) = rest.split_once('&') {
        plain.push_str(head);
        let mut letters = code.chars();
        rest = match letters.next() {
            Some('&') => {
                plain.push('&');
                letters.as_str()
            }
            Some('"') => letters.as_str().split_once('"').map_or("", |(_, rest)| rest),
            Some('K') => letters.as_str().get(6..).unwrap_or_default(),
            Some('L' | 'C' | 'R') => {
                plain.push('\n');
                letters.as_str()
            }
            Some(digit) if digit.is_ascii_digit() => code.trim_start_matches(|c: char| c.is_ascii_digit()),
            _ => letters.as_str(),
        };
    }
    plain + rest
}

impl Sink for Sheet<'_> {
    fn start(&mut self, element: &Element<'_>, scribe: &mut Scribe<'_>) {
        match element.name {
            "c" => self.cell_starts(element),
            "v" | "t" => self.within = Within::Value,
            "f" | "formula1" | "formula2" => self.within = Within::Formula,
            "row" => self.row_starts(element, scribe),
            "col" => self.columns(element),
            "sheetFormatPr" => {
                self.rows_hidden =
                    element.get("zeroHeight").is_some_and(|value| !matches!(value.as_ref(), "0" | "false"));
            }
            "oddHeader" | "oddFooter" | "evenHeader" | "evenFooter" | "firstHeader" | "firstFooter" => {
                self.within = Within::Around(SectionKind::HeaderOrFooter);
            }
            "hyperlink" | "dataValidation" | "inputCells" | "scenario" | "protectedRange" | "customPr" => {
                let wordy = |name: &str| {
                    matches!(name, "tooltip" | "display" | "location" | "prompt" | "promptTitle" | "error")
                        || matches!(name, "errorTitle" | "val" | "name" | "comment" | "user")
                };
                let said: Vec<String> =
                    element.attributes().filter(|(name, _)| wordy(name)).map(|(_, value)| value.into_owned()).collect();
                for words in said {
                    self.around(SectionKind::Behind, &words);
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str, scribe: &mut Scribe<'_>) {
        match name {
            "c" => self.cell_ends(scribe),
            "row" => self.row_ends(scribe),
            "f" | "formula1" | "formula2" => {
                let formula = std::mem::take(&mut self.value);
                // Only what is written out in a formula is words.
                if formula.contains('"') {
                    self.around(SectionKind::Behind, &formula);
                }
            }
            _ => {
                if let Within::Around(kind) = self.within {
                    let words = std::mem::take(&mut self.value);
                    let plain = if kind == SectionKind::HeaderOrFooter { without_codes(&words) } else { words };
                    self.around(kind, &plain);
                }
            }
        }
        self.within = Within::Nothing;
    }

    fn text(&mut self, text: &str, _: &mut Scribe<'_>) {
        if self.within != Within::Nothing {
            self.value.push_str(text);
        }
    }

    fn aside(&mut self, text: &str) {
        self.around(SectionKind::Behind, text);
    }
}

/// The column of a cell's name: `AB12` is 27.
fn column(name: &str) -> Option<u16> {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic);
    let number = letters.take(3).fold(0_u16, |number, letter| {
        number.saturating_mul(26).saturating_add(u16::from(letter.to_ascii_uppercase() - b'A') + 1)
    });
    number.checked_sub(1)
}
