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

/// Reads bytes one after the other.
pub(super) struct Reader<'a> {
    pub data: &'a [u8],
    pub at: usize,
}

impl<'a> Reader<'a> {
    pub fn byte(&mut self) -> Option<u8> {
        let byte = byte(self.data, self.at)?;
        self.at += 1;
        Some(byte)
    }

    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.data.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// 7z's number: the leading ones of the first byte say how many bytes follow.
    pub fn number(&mut self) -> Option<usize> {
        let first = self.byte()?;
        let extra = first.leading_ones();
        let low = self.take(extra as usize)?.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let high = if extra >= 7 { 0 } else { u64::from(first & (0x7F >> extra)) << (8 * extra) };
        usize::try_from(high | low).ok()
    }

    /// RAR 5's number: seven bits in each byte, the lowest first.
    pub fn rar_number(&mut self) -> Option<usize> {
        let mut number = 0_u64;
        for shift in 0..10 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F).checked_shl(shift * 7)?;
            if byte & 0x80 == 0 {
                return usize::try_from(number).ok();
            }
        }
        None
    }
}
