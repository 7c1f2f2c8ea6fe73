//! Unpacks deflated bytes, as far as the work allows.

use flate2::{Decompress, FlushDecompress, Status};

use crate::mail::parts::Scribe;

/// How the packed bytes are wrapped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Packed {
    /// Not at all.
    Bare,
}

/// Bytes that are unpacked between two looks at what is left.
const STRIDE: usize = 64 << 10;

/// Appends what `packed` unpacks to. Gives how many bytes of it were read, and whether its end was reached; why not
/// is noted as a gap of the part.
pub(super) fn append(
    to: &mut Vec<u8>,
    packed: &[u8],
    wrapped: Packed,
    part: u16,
    scribe: &mut Scribe<'_>,
) -> (usize, bool) {
    let mut inflater = Decompress::new(wrapped != Packed::Bare);
    loop {
        let read = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
        let rest = packed.get(read..).unwrap_or_default();
        let before = to.len();
        to.reserve(STRIDE);
        let status = inflater.decompress_vec(rest, to, FlushDecompress::None);
        let read = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
        if !scribe.spend(part, to.len() - before) {
            return (read, false);
        }
        match status {
            Ok(Status::StreamEnd) => return (read, true),
            // Neither took nor gave anything: there is no more to come.
            Ok(_) if to.len() == before && rest.len() == packed.len().saturating_sub(read) => {
                scribe.broken(part, "packed data ends too early");
                return (read, false);
            }
            Ok(_) => {}
            Err(_) => {
                scribe.broken(part, "packed data is damaged");
                return (read, false);
            }
        }
    }
}
