//! Quoted-printable bodies, changed in place.

use super::transfer::BodySplice;
use super::{Edit, line_break};
use std::ops::Range;

/// Bytes of a line without its line break (RFC 2045 6.7).
const LINE: usize = 76;
/// Lines longer than mail may have are not measured beyond this.
const LONG: usize = 1_024;

/// One step through a body: its bytes, and the byte of content that they stand for, if any.
struct Token {
    raw: Range<usize>,
    content: Option<u8>,
}

/// Steps through a body; an `=` that begins nothing stands for itself.
struct Tokens<'a> {
    body: &'a [u8],
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let rest = self.body.get(self.at..)?;
        let (length, content) = match rest {
            [] => return None,
            [b'=', b'\n', ..] => (2, None),
            [b'=', b'\r', b'\n', ..] => (3, None),
            [b'=', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (3, Some(hex(*high) << 4 | hex(*low)))
            }
            [b'=', behind @ ..] => match soft_break(behind) {
                Some(length) => (1 + length, None),
                None => (1, Some(b'=')),
            },
            [byte, ..] => (1, Some(*byte)),
        };
        let raw = self.at..self.at + length;
        self.at = raw.end;
        Some(Token { raw, content })
    }
}

pub(super) fn decode(body: &[u8]) -> Vec<u8> {
    Tokens { body, at: 0 }.filter_map(|token| token.content).collect()
}

/// Only the bytes of the edits are touched; a line that grows beyond its length gets soft breaks.
pub(super) fn splices(body: &[u8], edits: &[Edit]) -> Vec<BodySplice> {
    let places = places(body, edits);
    let mut splices: Vec<BodySplice> = Vec::with_capacity(edits.len());
    // What this line has grown by splices in front of the present one.
    let (mut line_start, mut column_shift) = (0, 0_usize);
    for (edit, mut raw) in edits.iter().zip(places) {
        let start = line_start_before(body, raw.start);
        if start != line_start {
            column_shift = 0;
        }
        let behind = body.get(raw.end..body.len().min(raw.end + LONG)).unwrap_or_default();
        let rest = behind.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(behind.len());
        let mut with = edit.with.clone();
        // White space that would now end a line is lost on the way unless it is written as a code.
        if with.is_empty() && rest == 0 && raw.start > start {
            let before = body.get(raw.start - 1).copied().filter(|byte| matches!(byte, b' ' | b'\t'));
            let free = splices.last().is_none_or(|(last, _)| last.end < raw.start);
            if let (Some(blank), true) = (before, free) {
                raw.start -= 1;
                with.push(blank);
            }
        }
        let column = raw.start - start + column_shift;
        let mut pen = Pen { out: Vec::new(), column, line_break: line_break(body) };
        pen.write(&with, edit.lines, rest == 0);
        // What did not grow and joins no lines fits as well as before.
        let joins = body.get(raw.clone()).is_some_and(|old| old.contains(&b'\n'));
        // The line that goes on is the one the edit ends in.
        line_start = line_start_before(body, raw.end);
        if pen.column + rest > LINE && (pen.out.len() > raw.len() || joins) && rest > 0 {
            pen.soft_break();
            column_shift = 0;
        } else {
            column_shift = (pen.column + line_start).saturating_sub(raw.end);
        }
        splices.push((raw, pen.out));
    }
    splices
}

/// Where the line of `at` begins, or at most [`LONG`] bytes in front.
fn line_start_before(body: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(LONG);
    let before = body.get(from..at).unwrap_or_default();
    before.iter().rposition(|byte| *byte == b'\n').map_or(from, |line_break| from + line_break + 1)
}

/// Where in the body each edit is to be made.
fn places(body: &[u8], edits: &[Edit]) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::with_capacity(edits.len());
    let mut tokens = Tokens { body, at: 0 };
    // Content bytes passed, and the end of the last token that stood for one.
    let (mut passed, mut behind_last) = (0, 0);
    for edit in edits {
        let mut start = None;
        if edit.content.is_empty() {
            while passed < edit.content.start {
                let Some(token) = tokens.next() else { break };
                if token.content.is_some() {
                    passed += 1;
                    behind_last = token.raw.end;
                }
            }
            // Something added at the end of all goes behind a last soft break, too.
            let rest_is_empty = Tokens { body, at: tokens.at }.all(|token| token.content.is_none());
            let at = if rest_is_empty { body.len() } else { behind_last };
            places.push(at..at);
            continue;
        }
        while passed < edit.content.end {
            let Some(token) = tokens.next() else { break };
            if token.content.is_none() {
                continue;
            }
            if passed >= edit.content.start && start.is_none() {
                start = Some(token.raw.start);
            }
            passed += 1;
            behind_last = token.raw.end;
        }
        places.push(start.unwrap_or(behind_last)..behind_last);
    }
    places
}

/// Writes content as quoted-printable and knows its column.
struct Pen {
    out: Vec<u8>,
    column: usize,
    line_break: &'static [u8],
}

impl Pen {
    /// `lines`: line breaks in the content are line breaks. `ends`: the line ends behind it.
    fn write(&mut self, content: &[u8], lines: bool, ends: bool) {
        let mut rest = content;
        while let Some((byte, behind)) = rest.split_first() {
            if lines && let Some(behind) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) {
                self.out.extend_from_slice(self.line_break);
                self.column = 0;
                rest = behind;
                continue;
            }
            let at_end = if behind.is_empty() { ends } else { lines && matches!(behind, [b'\r' | b'\n', ..]) };
            let literal = match byte {
                b'=' => false,
                b' ' | b'\t' => !at_end,
                33..=126 => true,
                _ => false,
            };
            let length = if literal { 1 } else { 3 };
            if self.column + length >= LINE {
                self.soft_break();
            }
            if literal {
                self.out.push(*byte);
            } else {
                self.out.extend(format!("={byte:02X}").bytes());
            }
            self.column += length;
            rest = behind;
        }
    }

    fn soft_break(&mut self) {
        self.out.push(b'=');
        self.out.extend_from_slice(self.line_break);
        self.column = 0;
    }
}

/// Length of white space and line break behind an `=`, or of nothing at the end of the body.
fn soft_break(behind: &[u8]) -> Option<usize> {
    // Longer runs of blanks are no soft break of any mail program; the bound keeps this linear.
    let blank = behind.iter().take(80).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match behind.get(blank..)? {
        [b'\r', b'\n', ..] => Some(blank + 2),
        [b'\n', ..] => Some(blank + 1),
        [] => Some(blank),
        _ => None,
    }
}

const fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}
