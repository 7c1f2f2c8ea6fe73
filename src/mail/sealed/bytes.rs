//! Numbers out of bytes; `None` beyond the end.

pub(in crate::mail) fn byte(data: &[u8], at: usize) -> Option<u8> {
    data.get(at).copied()
}

pub(in crate::mail) fn little16(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

pub(in crate::mail) fn little32(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

pub(in crate::mail) fn little64(data: &[u8], at: usize) -> Option<u64> {
    data.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// A 32-bit number as an index.
pub(in crate::mail) fn index32(data: &[u8], at: usize) -> Option<usize> {
    little32(data, at).and_then(|number| usize::try_from(number).ok())
}

/// A 64-bit number as an index.
pub(in crate::mail) fn index64(data: &[u8], at: usize) -> Option<usize> {
    little64(data, at).and_then(|number| usize::try_from(number).ok())
}

/// Whether a text may begin with `first` behind white space (not all of which is ASCII): a look that spares reading
/// all of it.
pub(in crate::mail) fn may_begin(text: &[u8], first: u8) -> bool {
    let begun = text.iter().find(|byte| !matches!(byte, b'\t'..=b'\r' | b' '));
    begun.is_some_and(|byte| *byte == first || !byte.is_ascii())
}
