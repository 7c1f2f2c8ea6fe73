//! How cells show their numbers: dates as dates, codes with their leading zeros, whole numbers as such.

use crate::mail::open::xml::{Element, Sink};
use crate::mail::parts::Scribe;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use std::collections::BTreeMap;

/// What a cell's format makes of its number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Format {
    /// The number itself.
    #[default]
    Plain,
    /// A date.
    Date,
    /// So many digits, with what stands between them: `00-00-00`.
    Digits(String),
}

/// The formats of a workbook's cells.
#[derive(Default)]
pub(in crate::mail::open) struct Formats {
    written: BTreeMap<u32, Format>,
    cells: Vec<Format>,
    in_cells: bool,
    /// Days are counted from 1904.
    pub from_1904: bool,
}

/// Formats beyond this are not kept; Excel has 65,490.
const MOST: usize = 70_000;

impl Formats {
    /// A number as its cell shows it.
    pub fn shown(&self, style: usize, value: &str) -> Option<String> {
        match self.cells.get(style)? {
            Format::Date => self.date(value),
            Format::Digits(pattern) => digits(pattern, value),
            Format::Plain => None,
        }
        .or_else(|| whole(value))
    }

    /// Adds a format of the workbook's own.
    pub fn add(&mut self, number: u32, code: &str) {
        if self.written.len() < MOST {
            self.written.insert(number, meant(code));
        }
    }

    /// Adds the next style of cells, which has the format with this number.
    pub fn add_style(&mut self, number: u32) {
        if self.cells.len() < MOST {
            self.cells.push(self.written.get(&number).cloned().unwrap_or_else(|| built_in(number)));
        }
    }

    /// A count of days as a date, as it is written in Britain.
    fn date(&self, value: &str) -> Option<String> {
        let days = value.parse::<f64>().ok().filter(|days| (1.0..2_958_466.0).contains(days))?;
        #[allow(clippy::cast_possible_truncation, reason = "in range, and the rest of the day is not wanted")]
        let days = days as i32;
        let first = if self.from_1904 { date(1904, 1, 1) } else { day_zero(days) };
        let day: Date = first.checked_add(days.days()).ok()?;
        Some(format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year()))
    }
}

/// Excel counts a 29 February 1900 that never was.
fn day_zero(days: i32) -> Date {
    if days < 60 { date(1899, 12, 31) } else { date(1899, 12, 30) }
}

/// `7911123456` under `00000000000` is `07911123456`.
fn digits(pattern: &str, value: &str) -> Option<String> {
    let value = whole(value).unwrap_or_else(|| value.to_owned());
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let zeros = pattern.bytes().filter(|byte| *byte == b'0').count();
    let padded = format!("{value:0>zeros$}");
    let mut rest = padded.chars().rev();
    let mut shown: Vec<char> = Vec::new();
    for mark in pattern.chars().rev() {
        shown.push(if mark == '0' { rest.next()? } else { mark });
    }
    shown.extend(rest);
    Some(shown.into_iter().rev().collect())
}

/// `9.434765919E9` is 9434765919.
fn whole(value: &str) -> Option<String> {
    if !value.contains(['e', 'E', '.']) {
        return None;
    }
    let number = value.parse::<f64>().ok()?;
    (number.fract() == 0.0 && number.abs() < 1e15).then(|| format!("{number:.0}"))
}

/// What a format of the workbook's own makes of a number.
fn meant(code: &str) -> Format {
    // Quoted words, escaped letters and colours in brackets are not of the pattern.
    let mut plain = String::new();
    let (mut quoted, mut bracket, mut escaped) = (false, false, false);
    for letter in code.chars().take(255) {
        match letter {
            _ if escaped => {
                escaped = false;
                plain.push(if letter.is_ascii_alphabetic() { '?' } else { letter });
            }
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '[' => bracket = true,
            ']' => bracket = false,
            ';' => break,
            _ if quoted || bracket => {}
            _ => plain.push(letter.to_ascii_lowercase()),
        }
    }
    let zeros = plain.bytes().filter(|byte| *byte == b'0').count();
    if zeros >= 4 && plain.bytes().all(|byte| matches!(byte, b'0' | b' ' | b'-' | b'/')) {
        return Format::Digits(plain);
    }
    let day_or_year = plain.contains(['d', 'y']);
    if day_or_year && !plain.contains(['0', '#']) && plain != "general" { Format::Date } else { Format::Plain }
}

/// Formats that every workbook knows.
fn built_in(number: u32) -> Format {
    if matches!(number, 14..=17 | 22 | 27..=36 | 50..=58) { Format::Date } else { Format::Plain }
}

impl Sink for Formats {
    fn start(&mut self, element: &Element<'_>, _: &mut Scribe<'_>) {
        let number = || element.get("numFmtId").and_then(|value| value.parse::<u32>().ok()).unwrap_or_default();
        match element.name {
            "numFmt" => self.add(number(), &element.get("formatCode").unwrap_or_default()),
            "cellXfs" => self.in_cells = true,
            "xf" if self.in_cells => self.add_style(number()),
            _ => {}
        }
    }

    fn end(&mut self, name: &str, _: &mut Scribe<'_>) {
        if name == "cellXfs" {
            self.in_cells = false;
        }
    }

    fn text(&mut self, _: &str, _: &mut Scribe<'_>) {}

    fn aside(&mut self, _: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_their_format_says() {
        let table = [
            ("dd/mm/yyyy", "41306", "01/02/2013"),
            ("dd/mm/yyyy", "41306.75", "01/02/2013"),
            ("[$-809]d mmmm yyyy;@", "60", "28/02/1900"),
            ("\"day\" 0", "41306", "41306"),
            ("00000000000", "7911123456", "07911123456"),
            ("00\\-00\\-00", "12345", "01-23-45"),
            ("General", "9.434765919E9", "9434765919"),
            ("0.00", "1.5", "1.5"),
            ("yyyy", "1e300", "1e300"),
        ];
        for (code, value, shown) in table {
            let formats = Formats { cells: vec![meant(code)], ..Formats::default() };
            assert_eq!(formats.shown(0, value).unwrap_or_else(|| value.to_owned()), shown, "{code}");
        }
        let old = Formats { cells: vec![Format::Date], from_1904: true, ..Formats::default() };
        assert_eq!(old.shown(0, "39844").unwrap(), "01/02/2013");
    }
}
