//! Unpacks deflated bytes, as far as the work allows.

use flate2::{Decompress, FlushDecompress, Status};

use super::unpack::{DAMAGED, EARLY, LARGEST, STRIDE, TOO_LARGE};
use crate::mail::parts::Scribe;

/// Appends what `packed` unpacks to. Gives how many bytes of it were read, and whether its end was reached; why not
/// is noted as a gap of the part.
pub(super) fn append(to: &mut Vec<u8>, packed: &[u8], part: u16, scribe: &mut Scribe<'_>) -> (usize, bool) {
    let (read, why) = unpack(to, packed, part, scribe);
    let (kind, reason) = match why {
        End::Whole => return (read, true),
        End::NoWork => return (read, false),
        End::Early => EARLY,
        End::Damaged => DAMAGED,
        End::TooLarge => TOO_LARGE,
    };
    scribe.gap(kind, part, reason);
    (read, false)
}

/// Whether all of `packed` unpacks without damage; notes nothing of it.
pub(super) fn is_whole(to: &mut Vec<u8>, packed: &[u8], part: u16, scribe: &mut Scribe<'_>) -> bool {
    unpack(to, packed, part, scribe).1 == End::Whole
}

/// How unpacking ended.
#[derive(PartialEq, Eq)]
enum End {
    Whole,
    Early,
    Damaged,
    TooLarge,
    NoWork,
}

fn unpack(to: &mut Vec<u8>, packed: &[u8], part: u16, scribe: &mut Scribe<'_>) -> (usize, End) {
    let mut inflater = Decompress::new(false);
    loop {
        let read = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
        let rest = packed.get(read..).unwrap_or_default();
        let before = to.len();
        to.reserve(STRIDE);
        let status = inflater.decompress_vec(rest, to, FlushDecompress::None);
        let read = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
        if !scribe.spend(part, to.len() - before) {
            return (read, End::NoWork);
        }
        if to.len() > LARGEST {
            return (read, End::TooLarge);
        }
        match status {
            Ok(Status::StreamEnd) => return (read, End::Whole),
            // Neither took nor gave anything: there is no more to come.
            Ok(_) if to.len() == before && rest.len() == packed.len().saturating_sub(read) => {
                return (read, End::Early);
            }
            Ok(_) => {}
            Err(_) => return (read, End::Damaged),
        }
    }
}
