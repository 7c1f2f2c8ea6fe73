//! Records within records (MS-PPT 2.3): containers are stepped into, so that all that stands in one comes one after another.

use crate::mail::sealed::bytes::{index32, little16};
use std::ops::Range;

/// A record.
#[derive(Clone)]
pub(super) struct Record<'a> {
    /// What it is.
    pub kind: u16,
    /// Which of several it is.
    pub instance: u16,
    /// It holds others.
    pub container: bool,
    /// Where it stands in the stream, its head included.
    pub place: Range<usize>,
    /// What it holds.
    pub body: &'a [u8],
}

/// The record at `at`, which ends before `end`.
pub(super) fn record(stream: &[u8], at: usize, end: usize) -> Option<Record<'_>> {
    let head = little16(stream, at)?;
    let kind = little16(stream, at + 2)?;
    let length = index32(stream, at + 4)?;
    let start = at.checked_add(8).filter(|start| *start <= end)?;
    let stop = start.saturating_add(length).min(end).min(stream.len());
    let body = stream.get(start..stop)?;
    Some(Record { kind, instance: head >> 4, container: head & 0xF == 0xF, place: at..stop, body })
}

/// The records that stand in a place, those within them not.
pub(super) fn outer(stream: &[u8], place: Range<usize>) -> impl Iterator<Item = Record<'_>> {
    let mut at = place.start;
    std::iter::from_fn(move || {
        let record = record(stream, at, place.end)?;
        at = record.place.end;
        Some(record)
    })
}

/// All records that stand in a place, each container before what it holds.
pub(super) fn all(stream: &[u8], place: Range<usize>) -> impl Iterator<Item = Record<'_>> {
    let mut at = place.start;
    std::iter::from_fn(move || {
        let record = record(stream, at, place.end)?;
        at = if record.container { at + 8 } else { record.place.end };
        Some(record)
    })
}
