//! Workbooks whose sheets are records and not XML (MS-XLSB).

use super::Package;
use super::behind::Behind;
use super::formats::Formats;
use crate::mail::open::excel::packed;
use crate::mail::open::excel::strings::Strings;
use crate::mail::open::grid::Grid;
use crate::mail::open::older::sweep::{sweep, wide_text};
use crate::mail::parts::{Scribe, SectionKind};
use crate::mail::sealed::bytes::{byte, index32, little16, little32, little64};

/// Records of looks: fonts, fills, names of styles, colours, places of cells.
const SILENT: [u16; 12] = [1, 43, 45, 46, 48, 148, 426, 427, 477, 507, 625, 626];

/// Reads all sheets; nothing for a document that is no such workbook.
pub(super) fn read(package: &mut Package, part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    const NAME: &str = "xl/workbook.bin";
    let Some(workbook) = package.named(NAME) else { return };
    let targets = package.targets(NAME);
    let (mut strings, mut formats) = (Strings::default(), Formats::default());
    if let Some(shared) = package.named("xl/sharedStrings.bin") {
        for (kind, body) in records(&shared) {
            match kind {
                19 => strings.push(&text(body, 1)),
                _ => sweep(body, behind),
            }
        }
    }
    if let Some(looks) = package.named("xl/styles.bin") {
        styles(&looks, &mut formats, behind);
    }
    let mut number = 0;
    for (kind, body) in records(&workbook) {
        match kind {
            153 => formats.from_1904 = byte(body, 0).is_some_and(|flags| flags & 1 != 0),
            156 => {
                number += 1;
                let relation = text(body, 8);
                let name = text(body, 12 + relation.encode_utf16().count() * 2);
                let hidden = little32(body, 0) != Some(0);
                let target = targets.get(&relation);
                let Some(content) = target.and_then(|target| package.named(target)) else { continue };
                let kind = if hidden { SectionKind::HiddenSheet } else { SectionKind::Sheet };
                scribe.begin_section(part, kind, number, &name);
                let grid = Grid::new(hidden, part, scribe);
                Sheet { grid, strings: &mut strings, formats: &formats, row: 0, hidden: false }
                    .read(&content, scribe, behind);
                scribe.end();
            }
            _ => sweep(body, behind),
        }
    }
    strings.leave(behind);
    if strings.more {
        scribe.limit(part, "more shared strings than the limit");
    }
}

/// Comments, tables and whatever else stands in records.
pub(super) fn rest(content: &[u8], part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    let mut comments = String::new();
    for (kind, body) in records(content) {
        match kind {
            // The author of some, and the text of one.
            632 => comments += &text(body, 0),
            637 => comments += &text(body, 1),
            _ => {
                sweep(body, behind);
                continue;
            }
        }
        comments.push('\n');
    }
    if !comments.is_empty() {
        scribe.begin_section(part, SectionKind::Comments, 0, "");
        scribe.add(&comments);
        scribe.end();
    }
}

/// The formats of cells.
fn styles(content: &[u8], formats: &mut Formats, behind: &mut Behind) {
    let mut of_cells = false;
    for (kind, body) in records(content) {
        match kind {
            44 => formats.add(little16(body, 0).unwrap_or(0).into(), &text(body, 2)),
            617 => of_cells = true,
            618 => of_cells = false,
            47 if of_cells => formats.add_style(little16(body, 2).unwrap_or(0).into()),
            47 => {}
            _ if SILENT.contains(&kind) => {}
            _ => sweep(body, behind),
        }
    }
}

/// A sheet that is being read.
struct Sheet<'w> {
    grid: Grid,
    strings: &'w mut Strings,
    formats: &'w Formats,
    row: u32,
    /// The row is not shown.
    hidden: bool,
}

impl Sheet<'_> {
    fn read(mut self, content: &[u8], scribe: &mut Scribe<'_>, behind: &mut Behind) {
        for (kind, body) in records(content) {
            match kind {
                0 => {
                    self.row = little32(body, 0).unwrap_or(0);
                    self.hidden = byte(body, 11).is_some_and(|flags| flags & 0x10 != 0);
                }
                60 => {
                    if let (Some(from), Some(to)) = (index32(body, 0), index32(body, 4))
                        && byte(body, 16).is_some_and(|flags| flags & 1 != 0)
                    {
                        self.grid.hide_columns(from, to);
                    }
                }
                2..=11 | 62 => self.cell(kind, body, scribe, behind),
                _ if SILENT.contains(&kind) => {}
                // Headers and footers, too.
                _ => sweep(body, behind),
            }
        }
        self.grid.end_row(scribe);
    }

    fn cell(&mut self, kind: u16, body: &[u8], scribe: &mut Scribe<'_>, behind: &mut Behind) {
        let Some(column) = index32(body, 0).and_then(|column| u16::try_from(column).ok()) else { return };
        let style = index32(body, 4).unwrap_or(0) & 0xFF_FFFF;
        let number = |value: f64| {
            let plain = value.to_string();
            self.formats.shown(style, &plain).unwrap_or(plain)
        };
        let shown = match kind {
            2 => little32(body, 8).map(|bits| number(packed(bits))),
            5 | 9 => little64(body, 8).map(|bits| number(f64::from_bits(bits))),
            4 | 10 => byte(body, 8).map(|truth| if truth == 0 { "FALSE" } else { "TRUE" }.to_owned()),
            6 | 8 => Some(text(body, 8)),
            62 => Some(text(body, 9)),
            7 => index32(body, 8).map(|number| self.strings.get(number).to_owned()),
            // What went wrong in a formula.
            _ => None,
        };
        if (8..=11).contains(&kind) {
            // What is written out in the formula itself.
            let value = match kind {
                8 => 4 + shown.as_ref().map_or(0, |shown| shown.encode_utf16().count() * 2),
                9 => 8,
                _ => 1,
            };
            sweep(body.get(8 + value..).unwrap_or_default(), behind);
        }
        self.grid.cell(self.row, column, &shown.unwrap_or_default(), self.hidden, scribe);
    }
}

/// The records of a document: their kinds and bytes.
fn records(content: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let (kind, behind) = number(rest, 2)?;
        let (length, behind) = number(behind, 4)?;
        let body = behind.get(..length.min(behind.len()))?;
        rest = behind.get(body.len()..)?;
        Some((u16::try_from(kind).ok()?, body))
    })
}

/// A number of at most so many bytes, each with seven bits of it.
fn number(bytes: &[u8], most: usize) -> Option<(usize, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().take(most).enumerate() {
        number |= usize::from(byte & 0x7F) << (place * 7);
        if byte & 0x80 == 0 || place + 1 == most {
            return Some((number, bytes.get(place + 1..)?));
        }
    }
    None
}

/// The text at `at`, which begins with its length.
fn text(body: &[u8], at: usize) -> String {
    let rest = body.get(at.saturating_add(4)..).unwrap_or_default();
    let length = index32(body, at).filter(|letters| *letters != 0xFFFF_FFFF).unwrap_or(0).saturating_mul(2);
    wide_text(rest.get(..length.min(rest.len())).unwrap_or_default())
}
