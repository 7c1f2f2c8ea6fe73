//! Which of the records count: each time slides are saved some are added at the end, and the ones before are left.

use super::records::record;
use crate::mail::parts::Scribe;
use crate::mail::sealed::bytes::{index32, little32};
use std::collections::BTreeMap;

/// Edits that are followed.
const EDITS: usize = 10_000;
/// Records that are known by a number.
const RECORDS: usize = 500_000;
const USER_EDIT: u16 = 0x0FF5;
const DIRECTORY: u16 = 0x1772;

/// The records that count.
#[derive(Default)]
pub(super) struct Edits {
    /// Where the record with each number stands.
    pub places: BTreeMap<u32, usize>,
    /// The number of the document.
    pub document: u32,
}

/// Follows the edits from the last to the first. `user` is the stream that says where the last one is.
pub(super) fn read(stream: &[u8], user: &[u8], part: u16, scribe: &mut Scribe<'_>) -> Edits {
    let mut edits = Edits::default();
    let mut next = index32(user, 16).unwrap_or(usize::MAX);
    for number in 0..EDITS {
        let Some(edit) = record(stream, next, stream.len()).filter(|edit| edit.kind == USER_EDIT) else { break };
        if number == 0 {
            edits.document = little32(edit.body, 16).unwrap_or(0);
        }
        let directory = index32(edit.body, 12).and_then(|at| record(stream, at, stream.len()));
        if let Some(directory) = directory.filter(|directory| directory.kind == DIRECTORY) {
            if !scribe.spend(part, directory.body.len()) {
                break;
            }
            add(directory.body, &mut edits.places);
        }
        let before = index32(edit.body, 8).unwrap_or(0);
        // An edit stands behind those before it.
        if before == 0 || before >= next {
            break;
        }
        next = before;
    }
    edits
}

/// Adds the places of a directory; those of a later edit stay.
fn add(directory: &[u8], places: &mut BTreeMap<u32, usize>) {
    let mut at = 0;
    while let Some(head) = little32(directory, at) {
        let (first, count) = (head & 0xF_FFFF, head >> 20);
        at += 4;
        for number in first..first + count {
            let Some(place) = index32(directory, at).filter(|_| places.len() < RECORDS) else { return };
            places.entry(number).or_insert(place);
            at += 4;
        }
    }
}
