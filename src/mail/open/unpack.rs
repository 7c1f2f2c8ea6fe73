//! Reads what a decoder unpacks, as far as the work allows.

use crate::mail::parts::{GapKind, Scribe};
use std::io::{ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The largest file that is unpacked: several layers have to fit into a worker's memory at once.
pub(super) const LARGEST: usize = 96 << 20;
/// Bytes that are unpacked between two looks at what is left.
pub(super) const STRIDE: usize = 64 << 10;
/// The most memory that a file may ask of a decoder beside what it unpacks to, in bytes. What the usual programs
/// ask for at their strongest, for a file no larger than is unpacked here.
pub(super) const MEMORY: u64 = 64 << 20;

/// Why something in an archive was not unpacked.
pub(super) type Why = (GapKind, &'static str);

/// Beyond what may be asked of a decoder.
pub(super) const MUCH_MEMORY: Why = (GapKind::Limit, "needs more memory to unpack than the limit");
/// A method that nothing here reads.
pub(super) const METHOD: Why = (GapKind::Unsupported, "packed in a way that is not read");
/// Encrypted, among others that are not.
pub(super) const ENCRYPTED: Why = (GapKind::Protected, "encrypted file in an archive");
/// Not what a program that packs wrote.
pub(super) const DAMAGED: Why = (GapKind::Broken, "packed data is damaged");
/// Cut off.
pub(super) const EARLY: Why = (GapKind::Broken, "packed data ends too early");
/// Longer than anything that is unpacked.
pub(super) const TOO_LARGE: Why = (GapKind::Limit, "a file inside is larger than the limit");

/// All that comes, and why there is no more of it; what there is no work left for is a gap already.
pub(super) fn read(from: &mut dyn Read, part: u16, scribe: &mut Scribe<'_>) -> (Vec<u8>, Result<(), Option<Why>>) {
    let mut to = Vec::new();
    loop {
        let before = to.len();
        let mut stride = (&mut *from).take(STRIDE as u64);
        // Strangers' bytes brought decoders to a panic before.
        let read = catch_unwind(AssertUnwindSafe(|| stride.read_to_end(&mut to)));
        if !scribe.spend(part, to.len() - before) {
            return (to, Err(None));
        }
        let why = match read {
            Ok(Ok(0)) => return (to, Ok(())),
            Ok(Ok(_)) if to.len() <= LARGEST => continue,
            Ok(Ok(_)) => TOO_LARGE,
            Ok(Err(error)) => reason(error.kind()),
            Err(_) => DAMAGED,
        };
        return (to, Err(Some(why)));
    }
}

/// All that comes; why there is no more of it is a gap of the part.
pub(super) fn read_or_note(from: &mut dyn Read, part: u16, scribe: &mut Scribe<'_>) -> Vec<u8> {
    let (unpacked, end) = read(from, part, scribe);
    if let Err(Some((kind, reason))) = end {
        scribe.gap(kind, part, reason);
    }
    unpacked
}

fn reason(error: ErrorKind) -> Why {
    match error {
        ErrorKind::UnexpectedEof => EARLY,
        ErrorKind::OutOfMemory => MUCH_MEMORY,
        ErrorKind::Unsupported => METHOD,
        _ => DAMAGED,
    }
}
