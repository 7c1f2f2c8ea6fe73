//! 7z and RAR: whether everything in them is encrypted.

use super::bytes::{byte, index32, index64, little16};

/// What a 7z file begins with.
pub(super) const SEVEN_ZIP: &[u8] = b"7z\xBC\xAF\x27\x1C";
/// What RAR files of both versions begin with.
pub(super) const RAR: &[u8] = b"Rar!\x1A\x07";

/// The coder that is AES-256 with SHA-256.
const SEVEN_AES: &[u8] = b"\x06\xF1\x07\x01";
/// Blocks of a RAR file and folders of a 7z file that are looked at.
const BLOCKS: usize = 100_000;

/// The header itself is encrypted, or every folder (7z calls a stream of packed files so) is. A header that
/// is packed and not encrypted cannot be looked into here: not sealed.
pub(super) fn seven_zip_encrypted(content: &[u8]) -> bool {
    seven_header(content).and_then(folders_encrypted).unwrap_or(false)
}

fn seven_header(content: &[u8]) -> Option<&[u8]> {
    let start = index64(content, 12)?.checked_add(32)?;
    content.get(start..start.checked_add(index64(content, 20)?)?)
}

fn folders_encrypted(header: &[u8]) -> Option<bool> {
    let mut at = Reader { data: header, at: 0 };
    match at.byte()? {
        0x17 => {} // Encoded header: its streams follow at once.
        0x01 => (at.byte()? == 0x04).then_some(())?,
        _ => return None,
    }
    let mut id = at.byte()?;
    if id == 0x06 {
        skip_pack_info(&mut at)?;
        id = at.byte()?;
    }
    if id != 0x07 || at.byte()? != 0x0B {
        return None;
    }
    let folders = at.number()?;
    if folders == 0 || folders > BLOCKS || at.byte()? != 0 {
        return None;
    }
    for _ in 0..folders {
        if !folder_encrypted(&mut at)? {
            return Some(false);
        }
    }
    Some(true)
}

fn skip_pack_info(at: &mut Reader<'_>) -> Option<()> {
    at.number()?;
    let streams = at.number()?.min(BLOCKS);
    loop {
        match at.byte()? {
            0x00 => return Some(()),
            0x09 => (0..streams).try_for_each(|_| at.number().map(|_| ()))?,
            0x0A => {
                // Checksums: all defined, or a bit for each.
                let defined = if at.byte()? == 1 {
                    streams
                } else {
                    at.take(streams.div_ceil(8))?.iter().map(|bits| bits.count_ones() as usize).sum()
                };
                at.take(defined.checked_mul(4)?)?;
            }
            _ => return None,
        }
    }
}

fn folder_encrypted(at: &mut Reader<'_>) -> Option<bool> {
    let coders = at.number()?;
    if coders == 0 || coders > 32 {
        return None;
    }
    let (mut encrypted, mut inputs, mut outputs) = (false, 0_usize, 0_usize);
    for _ in 0..coders {
        let flags = at.byte()?;
        encrypted |= at.take(usize::from(flags & 0xF))? == SEVEN_AES;
        let (mut coder_in, mut coder_out) = (1, 1);
        if flags & 0x10 != 0 {
            (coder_in, coder_out) = (at.number()?.min(64), at.number()?.min(64));
        }
        inputs += coder_in;
        outputs += coder_out;
        if flags & 0x20 != 0 {
            let length = at.number()?;
            at.take(length)?;
        }
    }
    let bonds = outputs.checked_sub(1)?;
    (0..bonds * 2).try_for_each(|_| at.number().map(|_| ()))?;
    let packed = inputs.checked_sub(bonds)?;
    if packed > 1 {
        (0..packed).try_for_each(|_| at.number().map(|_| ()))?;
    }
    Some(encrypted)
}

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let byte = byte(self.data, self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.data.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// 7z's number: the leading ones of the first byte say how many bytes follow.
    fn number(&mut self) -> Option<usize> {
        let first = self.byte()?;
        let extra = first.leading_ones();
        let low = self.take(extra as usize)?.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let high = if extra >= 7 { 0 } else { u64::from(first & (0x7F >> extra)) << (8 * extra) };
        usize::try_from(high | low).ok()
    }

    /// RAR 5's number: seven bits in each byte, the lowest first.
    fn rar_number(&mut self) -> Option<usize> {
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

/// The headers are encrypted, or every file is.
pub(super) fn rar_encrypted(content: &[u8]) -> bool {
    match byte(content, 6) {
        Some(1) if byte(content, 7) == Some(0) => rar5_encrypted(content).unwrap_or(false),
        Some(0) => rar4_encrypted(content).unwrap_or(false),
        _ => false,
    }
}

fn rar5_encrypted(content: &[u8]) -> Option<bool> {
    let mut at = 8_usize;
    let mut files = 0;
    for _ in 0..BLOCKS {
        if at >= content.len() {
            break;
        }
        let mut head = Reader { data: content, at: at.checked_add(4)? };
        let size = head.rar_number()?;
        let end = head.at.checked_add(size)?;
        let kind = head.rar_number()?;
        let flags = head.rar_number()?;
        let extra = if flags & 1 != 0 { head.rar_number()? } else { 0 };
        let data = if flags & 2 != 0 { head.rar_number()? } else { 0 };
        match kind {
            4 => return Some(true),
            5 => break,
            2 => {
                let folder = head.rar_number()? & 1 != 0;
                let start = end.checked_sub(extra).filter(|start| *start >= head.at)?;
                if !folder && !rar5_file_encrypted(content.get(start..end)?) {
                    return Some(false);
                }
                files += usize::from(!folder);
            }
            _ => {}
        }
        at = end.checked_add(data)?;
    }
    Some(files > 0)
}

/// Whether the extra area of a file holds an encryption record.
fn rar5_file_encrypted(extra: &[u8]) -> bool {
    let mut at = Reader { data: extra, at: 0 };
    while let Some(size) = at.rar_number() {
        let start = at.at;
        if at.rar_number() == Some(1) {
            return true;
        }
        let Some(next) = start.checked_add(size) else { return false };
        at.at = next;
    }
    false
}

fn rar4_encrypted(content: &[u8]) -> Option<bool> {
    let mut at = 7_usize;
    let mut files = 0;
    for _ in 0..BLOCKS {
        let Some(kind) = byte(content, at + 2) else { break };
        let flags = little16(content, at + 3)?;
        let size = usize::from(little16(content, at + 5)?);
        let data = if flags & 0x8000 != 0 || kind == 0x74 { index32(content, at + 7)? } else { 0 };
        match kind {
            0x73 if flags & 0x0080 != 0 => return Some(true),
            0x74 => {
                let folder = flags & 0xE0 == 0xE0;
                if !folder && flags & 0x0004 == 0 {
                    return Some(false);
                }
                files += usize::from(!folder);
            }
            0x7B => break,
            _ => {}
        }
        if size < 7 {
            return Some(false);
        }
        at = at.checked_add(size)?.checked_add(data)?;
    }
    Some(files > 0)
}
