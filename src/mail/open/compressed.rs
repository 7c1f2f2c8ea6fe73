//! S/MIME compressed-data: a part of a message that is packed, and read by everybody.

use super::inflate;
use crate::mail::parts::{FileKind, Scribe, entity_within};
use crate::mail::sealed;

/// The two bytes that zlib puts in front of what is deflated.
const ZLIB_HEAD: usize = 2;

/// Whether a file is one.
pub(super) fn is(content: &[u8], kind: FileKind) -> bool {
    kind == FileKind::Cryptographic && !sealed::compressed_pieces(content).is_empty()
}

/// Unpacks it and takes apart what was in it.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let pieces = sealed::compressed_pieces(content);
    let packed: Vec<u8> = pieces.into_iter().filter_map(|piece| content.get(piece)).flatten().copied().collect();
    let mut unpacked = Vec::new();
    inflate::append(&mut unpacked, packed.get(ZLIB_HEAD..).unwrap_or_default(), part, scribe);
    entity_within(scribe, part, &unpacked);
}
