//! Any file is opened within its limits, by every reader of the roll or by the one that is named.

use super::{files, readers};
use exeat::mail::open::{FileLimits, open_file};
use exeat::mail::parts::{Family, Limits};

/// Limits that a small file reaches.
const FILE: FileLimits = FileLimits { depth: 3, parts: 40, unpacked: 2 << 20, text: 64 << 10, cells: 1_000 };

/// The first byte is nothing or the number of a wrapping (its lowest bit set: opened with few limits left); the
/// rest is the file, or what stands in the wrapping.
pub fn holds(data: &[u8]) {
    if !readers::wanted(data) {
        return;
    }
    let Some((&way, content)) = data.split_first() else { return };
    let wrapped = files::wrapped(way >> 1, content);
    let limits = Limits::default();
    let file =
        if way & 1 == 0 { FILE } else { FileLimits { depth: 1, parts: 3, unpacked: 20_000, text: 300, cells: 5 } };
    let tree = open_file(&wrapped, &Family::ALL, &limits, &file);
    let within = Limits { parts: file.parts + 1, text: file.text, cells: file.cells, ..limits };
    assert_eq!(tree.check_fragment(&within, file.unpacked.max(wrapped.len() as u64)), Ok(()));
}
