//! RAR: whether everything in it is encrypted.

use super::bytes::{Reader, byte, index32, little16};

/// What RAR files of both versions begin with.
pub(crate) const MAGIC: &[u8] = b"Rar!\x1A\x07";
/// Blocks that are looked at.
const BLOCKS: usize = 100_000;

/// The headers are encrypted, or every file is.
pub(super) fn is_encrypted(content: &[u8]) -> bool {
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
