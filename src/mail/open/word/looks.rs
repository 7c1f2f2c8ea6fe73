//! Looks that mean something: hidden and deleted letters, and paragraphs that end a row of a table. They stand on pages
//! of 512 bytes in the document's stream, each of which says which bytes it speaks of.

use crate::mail::parts::Scribe;
use crate::mail::sealed::bytes::{byte, index32, little16};
use std::ops::Range;

/// A page.
const PAGE: usize = 512;

/// Stretches that are kept. What looks beyond them is taken for shown.
const MOST: usize = 1_000_000;

/// Stretches of the document's stream, in order and not overlapping, each with a mark.
#[derive(Default)]
pub(super) struct Stretches(Vec<(Range<usize>, u8)>);

/// Not shown: hidden, or deleted while changes were tracked.
pub(super) const UNSEEN: u8 = 1;
/// In a table.
pub(super) const IN_TABLE: u8 = 2;
/// The mark that ends a row.
pub(super) const ROW_END: u8 = 4;

impl Stretches {
    /// The mark of the byte at `at`, and where the stretch that has it ends.
    pub fn at(&self, at: usize) -> (u8, usize) {
        let next = self.0.partition_point(|(range, _)| range.end <= at);
        match self.0.get(next) {
            Some((range, mark)) if range.start <= at => (*mark, range.end),
            Some((range, _)) => (0, range.start),
            None => (0, usize::MAX),
        }
    }
}

/// What the looks of letters say (`letters`), or those of paragraphs. `list` is the list of pages.
pub(super) fn read(
    stream: &[u8],
    list: &[u8],
    letters: bool,
    old: bool,
    part: u16,
    scribe: &mut Scribe<'_>,
) -> Stretches {
    let number = if old { 2 } else { 4 };
    let count = list.len().saturating_sub(4) / (4 + number);
    let mut found = Vec::new();
    for index in 0..count {
        let at = (count + 1) * 4 + index * number;
        let page =
            if old { little16(list, at).map(usize::from) } else { index32(list, at).map(|page| page & 0x3F_FFFF) };
        let page = page.and_then(|page| stream.get(page * PAGE..)).and_then(|rest| rest.get(..PAGE));
        let Some(page) = page else { continue };
        if !scribe.spend(part, PAGE) {
            break;
        }
        page_of(page, letters, old, &mut found);
        if found.len() > MOST {
            scribe.limit(part, "more changes of looks than the limit");
            break;
        }
    }
    found.sort_by_key(|(range, _)| range.start);
    // Where two pages speak of the same bytes the first one counts.
    let mut end = 0;
    for (range, _) in &mut found {
        range.start = range.start.max(end);
        end = end.max(range.end);
    }
    found.retain(|(range, _)| range.start < range.end);
    Stretches(found)
}

fn page_of(page: &[u8], letters: bool, old: bool, found: &mut Vec<(Range<usize>, u8)>) {
    let count = usize::from(byte(page, PAGE - 1).unwrap_or(0));
    let step = match (letters, old) {
        (true, _) => 1,
        (false, true) => 7,
        (false, false) => 13,
    };
    for index in 0..count {
        let (Some(start), Some(end)) = (index32(page, index * 4), index32(page, index * 4 + 4)) else { return };
        let place = byte(page, (count + 1) * 4 + index * step).map_or(0, |place| usize::from(place) * 2);
        if place == 0 || start >= end {
            continue;
        }
        let mark = if letters { of_letters(page, place, old) } else { of_paragraph(page, place, old) };
        if mark != 0 {
            found.push((start..end, mark));
        }
    }
}

fn of_letters(page: &[u8], place: usize, old: bool) -> u8 {
    let length = usize::from(byte(page, place).unwrap_or(0));
    let changes = page.get(place + 1..).and_then(|rest| rest.get(..length)).unwrap_or_default();
    let mut unseen = [false; 2];
    each(changes, old, |kind, value| match (kind, old) {
        (0x083C, false) | (92, true) => unseen[0] = value & 1 != 0,
        (0x0800, false) | (65, true) => unseen[1] = value & 1 != 0,
        _ => {}
    });
    if unseen.contains(&true) { UNSEEN } else { 0 }
}

fn of_paragraph(page: &[u8], place: usize, old: bool) -> u8 {
    // The length counts pairs of bytes; Word 97 writes a nought before an even one.
    let first = usize::from(byte(page, place).unwrap_or(0));
    let (start, length) = match (first, old) {
        (0, false) => (place + 2, usize::from(byte(page, place + 1).unwrap_or(0)) * 2),
        (_, false) => (place + 1, (first * 2).saturating_sub(1)),
        (_, true) => (place + 1, first * 2),
    };
    let rest = page.get(start..).unwrap_or_default();
    let style = if old { 1 } else { 2 };
    let changes = rest.get(style..length.min(rest.len())).unwrap_or_default();
    let mut mark = 0;
    each(changes, old, |kind, value| match (kind, old) {
        // Tables within tables have their own.
        (0x2416 | 0x6649, false) | (24, true) if value != 0 => mark |= IN_TABLE,
        (0x2417 | 0x244C, false) | (25, true) if value != 0 => mark |= ROW_END,
        _ => {}
    });
    mark
}

/// Goes through changes of looks: what is changed, and the first byte of its value.
fn each(mut changes: &[u8], old: bool, mut change: impl FnMut(u16, u8)) {
    loop {
        let (kind, rest) = if old {
            let Some((kind, rest)) = changes.split_first() else { return };
            (u16::from(*kind), rest)
        } else {
            let (Some(kind), Some(rest)) = (little16(changes, 0), changes.get(2..)) else { return };
            (kind, rest)
        };
        let Some(value) = rest.first() else { return };
        change(kind, *value);
        let length = if old { old_length(kind, *value) } else { new_length(kind, rest) };
        let Some(length) = length else { return };
        let Some(behind) = rest.get(length..) else { return };
        changes = behind;
    }
}

/// Bytes of a value, by the three upper bits of what it changes.
fn new_length(kind: u16, rest: &[u8]) -> Option<usize> {
    let first = usize::from(*rest.first()?);
    Some(match kind >> 13 {
        0 | 1 => 1,
        2 | 4 | 5 => 2,
        3 => 4,
        7 => 3,
        _ if kind == 0xD608 => usize::from(little16(rest, 0)?) + 1,
        _ if kind == 0xC615 && first == 255 => return None,
        _ => first + 1,
    })
}

/// Bytes of a value of Word 6 and 95, where the values looked for stand behind; `None` where it is not known.
fn old_length(kind: u16, first: u8) -> Option<usize> {
    Some(match kind {
        2
        | 4..=11
        | 13
        | 14
        | 24
        | 25
        | 29
        | 37
        | 44
        | 50
        | 51
        | 65..=67
        | 71..=73
        | 75..=79
        | 83
        | 85..=92
        | 94
        | 98 => 1,
        16..=22 | 26..=28 | 30..=36 | 38..=43 | 45..=49 | 69 | 70 | 72..=74 | 80 | 93 | 95..=97 | 99..=101 | 107 => 2,
        12 | 15 | 23 | 68 | 81 | 82 | 103 | 106 | 108 => usize::from(first) + 1,
        _ => return None,
    })
}
