//! Excel 5 to 2003 (MS-XLS): a stream of records, those of the workbook first and then those of each sheet. It is read
//! from its beginning to its end, so that a sheet which the workbook does not list is read like the others.

/// One sheet.
mod sheet;
/// Strings of a workbook.
pub(super) mod strings;

use super::office::behind::Behind;
use super::office::formats::Formats;
use super::older::Document;
use super::older::sweep::sweep;
use super::password;
use crate::mail::parts::{GapKind, Scribe, SectionKind};
use crate::mail::sealed::bytes::{byte, index32, little16};
use sheet::Sheet;
pub(super) use sheet::packed;
use std::borrow::Cow;
use std::collections::BTreeMap;
use strings::{Manner, Strings};

/// Reads the workbook in a storage; whether there is one.
pub(super) fn read(document: &mut Document<'_>, storage: usize, scribe: &mut Scribe<'_>) -> bool {
    let mut found = false;
    for name in ["Workbook", "Book"] {
        let Some(stream) = document.take(storage, name, scribe) else { continue };
        found = true;
        let stream = match password::workbook(&stream) {
            password::Workbook::Plain => stream,
            password::Workbook::Opened(stream) => Cow::Owned(stream),
            password::Workbook::Closed { weak } => {
                if weak && !document.is_sealed(scribe) {
                    scribe.gap(GapKind::Weak, document.part, "workbook with weak encryption");
                }
                continue;
            }
        };
        Workbook::new(document.part).read(&stream, scribe, &mut document.behind);
    }
    found
}

/// The records of a stream: their kinds, places and bytes.
pub(super) fn records(stream: &[u8]) -> impl Iterator<Item = (u16, usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (kind, length) = (little16(stream, at)?, little16(stream, at + 2)?);
        let start = at;
        let rest = stream.get(at + 4..)?;
        let body = rest.get(..usize::from(length).min(rest.len()))?;
        at += 4 + body.len();
        Some((kind, start, body))
    })
}

/// A sheet as the workbook lists it.
struct Listed {
    number: u32,
    hidden: bool,
    name: String,
}

/// What is known while a workbook is read.
struct Workbook {
    part: u16,
    manner: Manner,
    strings: Strings,
    formats: Formats,
    /// By where they begin.
    listed: BTreeMap<usize, Listed>,
    /// Substreams within substreams: charts in sheets.
    depth: u32,
    /// Sheets that were met.
    met: u32,
}

/// Records of looks and places, which hold no words: blank cells, rows, fonts, names of styles, indexes.
const SILENT: [u16; 12] = [0x201, 0xBE, 0xD7, 0x20B, 0xFF, 0x31, 0x231, 0x293, 0x87D, 0x92, 0x89A, 0x88E];

impl Workbook {
    fn new(part: u16) -> Self {
        Self {
            part,
            manner: Manner { new: true, encoding: encoding_rs::WINDOWS_1252 },
            strings: Strings::default(),
            formats: Formats::default(),
            listed: BTreeMap::new(),
            depth: 0,
            met: 0,
        }
    }

    fn read(mut self, stream: &[u8], scribe: &mut Scribe<'_>, behind: &mut Behind) {
        let mut sheet: Option<Sheet> = None;
        let mut shared: Vec<&[u8]> = Vec::new();
        for (kind, at, body) in records(stream) {
            if !shared.is_empty() {
                if kind == 0x3C {
                    shared.push(body);
                    continue;
                }
                self.strings.read(&std::mem::take(&mut shared), behind);
            }
            match kind {
                // The beginning of a substream, and its end.
                0x09 | 0x209 | 0x409 | 0x809 => {
                    self.depth += 1;
                    if self.depth == 1 {
                        self.manner.new = little16(body, 0).is_some_and(|version| version >= 0x600);
                        // 5: what belongs to the workbook as a whole.
                        if little16(body, 2) != Some(5) {
                            sheet = Some(self.begin(at, scribe));
                        }
                    }
                }
                0x0A => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0
                        && let Some(sheet) = sheet.take()
                    {
                        sheet.end(scribe);
                    }
                }
                0xFC => shared.push(body),
                _ if SILENT.contains(&kind) => {}
                _ => match &mut sheet {
                    Some(sheet) if self.depth == 1 => {
                        sheet.record(kind, body, &mut self.strings, &self.formats, scribe, behind);
                    }
                    // A chart in a sheet.
                    Some(_) => sweep(body, behind),
                    None => self.record(kind, body, behind),
                },
            }
        }
        if let Some(sheet) = sheet {
            sheet.end(scribe);
            scribe.broken(self.part, "workbook that ends in the middle");
        }
        self.strings.read(&shared, behind);
        self.strings.leave(behind);
        if self.strings.more {
            scribe.limit(self.part, "more shared strings than the limit");
        }
    }

    /// A sheet begins at `at`.
    fn begin(&mut self, at: usize, scribe: &mut Scribe<'_>) -> Sheet {
        self.met += 1;
        let listed = self.listed.get(&at);
        let number = listed.map_or(self.met, |listed| listed.number);
        // Sheets that the workbook does not list are shown by no program.
        let hidden = listed.is_none_or(|listed| listed.hidden);
        let kind = if hidden { SectionKind::HiddenSheet } else { SectionKind::Sheet };
        scribe.begin_section(self.part, kind, number, listed.map_or("", |listed| listed.name.as_str()));
        Sheet::new(self.part, number, hidden, self.manner, scribe)
    }

    /// What belongs to the workbook as a whole.
    fn record(&mut self, kind: u16, body: &[u8], behind: &mut Behind) {
        match kind {
            0x85 => {
                if let Some(at) = index32(body, 0).filter(|_| self.listed.len() < 10_000) {
                    // Sheets of macros are hidden, whatever is said of them.
                    let hidden = byte(body, 4).is_some_and(|state| state & 3 != 0) || byte(body, 5) == Some(1);
                    let number = u32::try_from(self.listed.len() + 1).unwrap_or(0);
                    let name = self.manner.text(body, 6, 1);
                    self.listed.entry(at).or_insert(Listed { number, hidden, name });
                }
            }
            0x22 => self.formats.from_1904 = little16(body, 0) == Some(1),
            0x42 => {
                let page = little16(body, 0).unwrap_or(1252);
                let label = if page == 10_000 { "macintosh".to_owned() } else { format!("windows-{page}") };
                self.manner.encoding =
                    encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(self.manner.encoding);
            }
            0x41E => {
                let length_bytes = if self.manner.new { 2 } else { 1 };
                let number = u32::from(little16(body, 0).unwrap_or(0));
                self.formats.add(number, &self.manner.text(body, 2, length_bytes));
            }
            0xE0 => self.formats.add_style(u32::from(little16(body, 2).unwrap_or(0))),
            _ => sweep(body, behind),
        }
    }
}
