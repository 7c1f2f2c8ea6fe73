//! Changes in the message's own header block, and how a milter says them.

use super::stretches::{self, Unit, Wish};
use super::{CannotEdit, RawBytes, Splice, apply, range64, words};
use crate::mail::parts::{Field, Piece, Tree};
use crate::mail::{Header, HeaderEdit};
use std::ops::Range;

/// Bytes read behind a header block to find its end.
const LINE_BREAK: u64 = 2;

/// Replaces stretches of one field's decoded value.
pub(super) fn replace<R: RawBytes + ?Sized>(
    tree: &Tree,
    raw: &R,
    piece: u32,
    wishes: Vec<Wish<'_>>,
) -> Result<Vec<Splice>, CannotEdit> {
    let field = tree.headers.iter().find(|field| field.piece == Some(piece)).ok_or(CannotEdit::NoWayBack)?;
    // It says what the message is made of: a boundary with a name in it would no longer be found.
    if field.name == "content-type" {
        return Err(CannotEdit::NotEditable);
    }
    let piece = tree.pieces.get(piece as usize).ok_or(CannotEdit::OutOfRange)?;
    let value = raw.read(range64(&field.raw)).ok_or(CannotEdit::Mismatch)?;
    let mut splices = folds_within(field, &value, piece, &wishes)?;
    for unit in stretches::units(tree, piece, wishes)? {
        splices.push(unit_splice(field, &value, &unit)?);
    }
    splices.sort_by_key(|splice| splice.raw.start);
    let new = apply_within(field, &value, &splices);
    // An encoded word that touches other text is not read as one.
    if words::touch(&new) && !words::touch(&value) {
        return Err(CannotEdit::NoWayBack);
    }
    check_value(&new)?;
    Ok(splices)
}

/// Folds inside a match go with it: their line breaks are no text, and without the white space behind them
/// they would end the field.
fn folds_within(field: &Field, value: &[u8], piece: &Piece, wishes: &[Wish<'_>]) -> Result<Vec<Splice>, CannotEdit> {
    let mut splices = Vec::new();
    for wish in wishes {
        let from = piece.runs.partition_point(|run| run.text.end <= wish.text.start);
        let runs = piece.runs.get(from..).unwrap_or_default();
        let last = runs.partition_point(|run| run.text.start < wish.text.end);
        for pair in runs.get(..last).unwrap_or_default().windows(2) {
            let [before, behind] = pair else { continue };
            let within =
                before.content.end.checked_sub(field.raw.start).zip(behind.content.start.checked_sub(field.raw.start));
            let (start, end) = within.ok_or(CannotEdit::OutOfRange)?;
            let gap = value.get(start as usize..end as usize).ok_or(CannotEdit::OutOfRange)?;
            if !gap.is_empty() && gap.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                splices.push(Splice { raw: range64(&(before.content.end..behind.content.start)), with: Vec::new() });
            }
        }
    }
    Ok(splices)
}

fn unit_splice(field: &Field, value: &[u8], unit: &Unit<'_>) -> Result<Splice, CannotEdit> {
    let within = unit.content.start.checked_sub(field.raw.start).zip(unit.content.end.checked_sub(field.raw.start));
    let (start, end) = within.ok_or(CannotEdit::OutOfRange)?;
    let (start, end) = (start as usize, end as usize);
    let old = value.get(start..end).ok_or(CannotEdit::OutOfRange)?;
    if unit.same_as.is_some_and(|text| text.as_bytes() != old) {
        return Err(CannotEdit::Mismatch);
    }
    if unit.text.contains(['\r', '\n']) {
        return Err(CannotEdit::LineBreak);
    }
    let with = if old.starts_with(b"=?") {
        words::encode(&unit.text, old, column(field, value, start), super::line_break(value))
    } else if unit.text.is_ascii() || !value.is_ascii() && std::str::from_utf8(value).is_ok() {
        unit.text.clone().into_bytes()
    } else {
        return Err(CannotEdit::Charset);
    };
    Ok(Splice { raw: range64(&unit.content), with })
}

/// Column of a byte of a field's value in its line.
fn column(field: &Field, value: &[u8], at: usize) -> usize {
    let before = value.get(..at).unwrap_or_default();
    match before.iter().rposition(|byte| *byte == b'\n') {
        Some(line_break) => at - line_break - 1,
        None => field.name.len() + 2 + at,
    }
}

fn apply_within(field: &Field, value: &[u8], splices: &[Splice]) -> Vec<u8> {
    let start = u64::from(field.raw.start);
    let shifted: Vec<Splice> = splices
        .iter()
        .map(|splice| Splice {
            raw: splice.raw.start.saturating_sub(start)..splice.raw.end.saturating_sub(start),
            with: splice.with.clone(),
        })
        .collect();
    apply(value, &shifted)
}

pub(super) fn set(tree: &Tree, field: usize, value: &[u8]) -> Result<Splice, CannotEdit> {
    let field = tree.headers.get(field).ok_or(CannotEdit::OutOfRange)?;
    check_value(value)?;
    Ok(Splice { raw: range64(&field.raw), with: value.to_vec() })
}

pub(super) fn remove<R: RawBytes + ?Sized>(tree: &Tree, raw: &R, field: usize) -> Result<Splice, CannotEdit> {
    let (start, end) = field_lines(tree, raw, field).ok_or(CannotEdit::OutOfRange)?;
    Ok(Splice { raw: start..end, with: Vec::new() })
}

pub(super) fn add<R: RawBytes + ?Sized>(tree: &Tree, raw: &R, name: &str, value: &[u8]) -> Result<Splice, CannotEdit> {
    check_value(value)?;
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
    let last = tree.headers.len().checked_sub(1).filter(|_| named).ok_or(CannotEdit::OutOfRange)?;
    let (start, end) = field_lines(tree, raw, last).ok_or(CannotEdit::Mismatch)?;
    let lines = raw.read(start..end).ok_or(CannotEdit::Mismatch)?;
    let line_break = super::line_break(&lines);
    let mut with = Vec::new();
    if !lines.ends_with(b"\n") {
        with.extend_from_slice(line_break);
    }
    with.extend_from_slice(name.as_bytes());
    with.extend_from_slice(b": ");
    with.extend_from_slice(value);
    with.extend_from_slice(line_break);
    Ok(Splice { raw: end..end, with })
}

/// A value may be folded; a line break without white space behind it would begin another field.
fn check_value(value: &[u8]) -> Result<(), CannotEdit> {
    let mut lines = value.split(|byte| *byte == b'\n');
    let first_is_whole = lines.next().is_some();
    let folded = lines.all(|line| matches!(line.first(), Some(b' ' | b'\t')) && !line.trim_ascii().is_empty());
    let bare = value.iter().enumerate().any(|(at, byte)| *byte == b'\r' && value.get(at + 1) != Some(&b'\n'));
    if first_is_whole && folded && !bare && !value.contains(&0) { Ok(()) } else { Err(CannotEdit::LineBreak) }
}

/// From the field's name to behind its line break.
fn field_lines<R: RawBytes + ?Sized>(tree: &Tree, raw: &R, index: usize) -> Option<(u64, u64)> {
    let field = tree.headers.get(index)?;
    let value = range64(&field.raw);
    let before = index.checked_sub(1).and_then(|before| tree.headers.get(before)).map_or(0, |before| before.raw.end);
    let lead = raw.read(u64::from(before)..value.start)?;
    let start = lead.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    Some((u64::from(before) + start as u64, value.end + line_break_behind(raw, value.end)))
}

/// Length of the line break at `at`.
fn line_break_behind<R: RawBytes + ?Sized>(raw: &R, at: u64) -> u64 {
    let read = |length| raw.read(at..at + length);
    match read(LINE_BREAK).or_else(|| read(1)).as_deref() {
        Some([b'\r', b'\n', ..]) => 2,
        Some([b'\n', ..]) => 1,
        _ => 0,
    }
}

/// Splits planned splices into what a milter says of header fields, and the splices of the body.
#[must_use]
pub fn header_edits<R: RawBytes + ?Sized>(tree: &Tree, splices: &[Splice], raw: &R) -> (Vec<HeaderEdit>, Vec<Splice>) {
    let Some(last) = tree.headers.len().checked_sub(1) else { return (Vec::new(), splices.to_vec()) };
    let end = field_lines(tree, raw, last).map_or(0, |(_, end)| end);
    let (head, body): (Vec<Splice>, Vec<Splice>) =
        splices.iter().cloned().partition(|splice| splice.raw.end <= end && splice.raw.start <= end);
    let mut edits = Vec::new();
    let mut at = 0;
    for (index, field) in tree.headers.iter().enumerate() {
        let value = range64(&field.raw);
        let from = at;
        while head
            .get(at)
            .is_some_and(|splice| splice.raw.start < value.end.max(value.start + 1) && splice.raw.end <= end)
        {
            at += 1;
        }
        let of_field = head.get(from..at).unwrap_or_default();
        if of_field.is_empty() {
            continue;
        }
        let removed = of_field.iter().any(|splice| splice.raw.start < value.start.saturating_sub(1));
        let new = if removed { None } else { new_value(raw, &value, of_field) };
        edits.push(HeaderEdit::Change { index, value: new });
    }
    for splice in head.get(at..).unwrap_or_default() {
        edits.extend(added(&splice.with).map(HeaderEdit::Add));
    }
    (edits, body)
}

fn new_value<R: RawBytes + ?Sized>(raw: &R, value: &Range<u64>, splices: &[Splice]) -> Option<Vec<u8>> {
    let old = raw.read(value.clone())?;
    let within: Vec<Splice> = splices
        .iter()
        .map(|splice| Splice {
            raw: splice.raw.start.saturating_sub(value.start)..splice.raw.end.saturating_sub(value.start),
            with: splice.with.clone(),
        })
        .collect();
    Some(apply(&old, &within))
}

/// The field that [`add`] wrote.
fn added(lines: &[u8]) -> Option<Header> {
    let lines = lines.trim_ascii();
    let colon = lines.iter().position(|byte| *byte == b':')?;
    let value = lines.get(colon + 1..)?;
    Some(Header { name: lines.get(..colon)?.to_vec(), value: value.strip_prefix(b" ").unwrap_or(value).to_vec() })
}
