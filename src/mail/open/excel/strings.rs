//! Strings of a workbook: those that cells share, and those that stand where they are used.

use crate::mail::open::office::behind::Behind;
use crate::mail::open::older::sweep::{sweep, wide_text};
use crate::mail::sealed::bytes::{byte, little16};
use encoding_rs::Encoding;

/// Strings beyond this are not kept: a sheet of today has a million rows, one of before 65,536 of 256 cells.
const MOST: usize = 8_000_000;

/// Strings that cells share, all in one text.
#[derive(Default)]
pub(in crate::mail::open) struct Strings {
    text: String,
    ends: Vec<u32>,
    used: Vec<bool>,
    /// There are more than are kept.
    pub more: bool,
}

impl Strings {
    /// Adds the next.
    pub fn push(&mut self, text: &str) {
        self.more |= self.ends.len() >= MOST;
        if self.more {
            return;
        }
        self.text.push_str(text);
        self.end();
    }

    fn end(&mut self) {
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        self.used.push(false);
    }

    /// The string with this number, which a cell shows.
    pub fn get(&mut self, number: usize) -> &str {
        let end = self.ends.get(number).copied().unwrap_or_default();
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        if let Some(used) = self.used.get_mut(number) {
            *used = true;
        }
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Strings that stand in no cell: left over from what was deleted.
    pub fn leave(&self, behind: &mut Behind) {
        let mut start = 0;
        for (end, used) in self.ends.iter().zip(&self.used) {
            if !used {
                behind.add(self.text.get(start as usize..*end as usize).unwrap_or_default());
            }
            start = *end;
        }
    }

    /// Reads the table of shared strings: a record and those that continue it.
    pub fn read(&mut self, segments: &[&[u8]], behind: &mut Behind) {
        let mut from = Segments { segments, at: 0 };
        from.skip(8);
        // Their number is not asked: there are as many as there are bytes for.
        while let Some(letters) = from.number() {
            self.more |= self.ends.len() >= MOST;
            if self.more {
                break;
            }
            let Some(flags) = from.byte() else { break };
            let runs = if flags & 8 != 0 { from.number().unwrap_or(0) } else { 0 };
            let more = if flags & 4 != 0 { [from.number(), from.number()] } else { [None; 2] };
            from.letters(letters.into(), flags & 1 != 0, &mut self.text);
            self.end();
            from.skip(usize::from(runs) * 4);
            let more = more.iter().rev().fold(0, |length, half| length << 16 | usize::from(half.unwrap_or(0)));
            // How a word is spoken.
            if more > 0
                && let Some(spoken) = from.some(more)
            {
                sweep(spoken, behind);
            }
        }
    }
}

/// Bytes in several records. A string that goes on in the next one says there anew how wide its letters are.
struct Segments<'a> {
    segments: &'a [&'a [u8]],
    at: usize,
}

impl<'a> Segments<'a> {
    /// What is left of the segment, the next one where nothing is.
    fn rest(&mut self) -> Option<&'a [u8]> {
        loop {
            let (first, others) = self.segments.split_first()?;
            if let Some(rest) = first.get(self.at..).filter(|rest| !rest.is_empty()) {
                return Some(rest);
            }
            self.segments = others;
            self.at = 0;
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.rest()?.first().copied();
        self.at += 1;
        byte
    }

    fn number(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn skip(&mut self, mut count: usize) {
        while count > 0 {
            let Some(rest) = self.rest() else { return };
            let step = rest.len().min(count);
            self.at += step;
            count -= step;
        }
    }

    /// Steps over so many bytes and gives those of them that stand in one segment.
    fn some(&mut self, count: usize) -> Option<&'a [u8]> {
        let rest = self.rest()?;
        self.skip(count);
        rest.get(..count.min(rest.len()))
    }

    fn letters(&mut self, mut count: usize, mut wide: bool, text: &mut String) {
        while count > 0 {
            let Some(rest) = self.rest() else { return };
            let width = if wide { 2 } else { 1 };
            let here = count.min(rest.len() / width);
            let letters = rest.get(..here * width).unwrap_or_default();
            if wide {
                text.push_str(&wide_text(letters));
            } else {
                text.extend(letters.iter().map(|letter| char::from(*letter)));
            }
            self.at += here * width;
            count -= here;
            if count > 0 {
                // Half a letter that is left over belongs to nothing.
                self.at = self.segments.first().map_or(0, |segment| segment.len());
                let Some(flags) = self.byte() else { return };
                wide = flags & 1 != 0;
            }
        }
    }
}

/// How strings stand in the records of a workbook.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// Excel 97 and later: letters of one byte or two, after a byte that says which.
    pub new: bool,
    /// How Excel 5 and 95 wrote theirs.
    pub encoding: &'static Encoding,
}

impl Manner {
    /// The string at `at`, which begins with its length in so many bytes.
    pub fn text(self, record: &[u8], at: usize, length_bytes: usize) -> String {
        let letters = match length_bytes {
            1 => byte(record, at).map(usize::from),
            _ => little16(record, at).map(usize::from),
        };
        let at = at + length_bytes;
        if self.new {
            let flags = byte(record, at).unwrap_or(0);
            let rest = record.get(at + 1..).unwrap_or_default();
            let mut text = String::new();
            let runs = if flags & 8 != 0 { 2 } else { 0 } + if flags & 4 != 0 { 4 } else { 0 };
            let mut from = Segments { segments: &[rest], at: runs };
            from.letters(letters.unwrap_or(0), flags & 1 != 0, &mut text);
            return text;
        }
        let rest = record.get(at..).unwrap_or_default();
        let bytes = rest.get(..letters.unwrap_or(0).min(rest.len())).unwrap_or_default();
        self.encoding.decode_without_bom_handling(bytes).0.into_owned()
    }
}
