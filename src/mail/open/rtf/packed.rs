//! RTF as Outlook packs it (MS-OXRTFCP).

use crate::mail::parts::Scribe;
use crate::mail::sealed::bytes::little32;

/// What the unpacked text may refer to before there is any.
const DICTIONARY: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
/// The window that is referred to.
const WINDOW: usize = 4_096;
/// Bytes that are unpacked between two looks at what is left.
const STRIDE: usize = 64 << 10;

/// What is in the packing; why it is not all is noted as a gap of the part.
pub(in crate::mail::open) fn unpack(packed: &[u8], part: u16, scribe: &mut Scribe<'_>) -> Vec<u8> {
    let content = packed.get(16..).unwrap_or_default();
    match packed.get(8..12) {
        Some(b"MELA") => content.to_vec(),
        Some(b"LZFu") => {
            let claimed = little32(packed, 4).and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
            expand(content, claimed, part, scribe)
        }
        _ => {
            scribe.broken(part, "packed RTF of no known kind");
            Vec::new()
        }
    }
}

fn expand(packed: &[u8], claimed: usize, part: u16, scribe: &mut Scribe<'_>) -> Vec<u8> {
    let mut text = DICTIONARY.to_vec();
    let mut bytes = packed.iter().copied();
    let mut paid = 0;
    'runs: while let Some(flags) = bytes.next() {
        for bit in 0..8 {
            if flags >> bit & 1 == 0 {
                let Some(byte) = bytes.next() else { break 'runs };
                text.push(byte);
                continue;
            }
            let (Some(high), Some(low)) = (bytes.next(), bytes.next()) else {
                scribe.broken(part, "packed RTF ends too early");
                break 'runs;
            };
            let offset = usize::from(high) << 4 | usize::from(low >> 4);
            if offset == text.len() % WINDOW {
                break 'runs;
            }
            copy(&mut text, offset, usize::from(low & 15) + 2);
        }
        if text.len() - paid > STRIDE {
            if !scribe.spend(part, text.len() - paid) {
                break;
            }
            paid = text.len();
        }
    }
    text.drain(..DICTIONARY.len());
    if text.len() < claimed {
        scribe.broken(part, "packed RTF ends too early");
    }
    text
}

/// Copies out of the window, byte by byte: what is copied may refer to itself.
fn copy(text: &mut Vec<u8>, offset: usize, length: usize) {
    let behind = (text.len() + WINDOW - offset) % WINDOW;
    for _ in 0..length {
        // What lies before all text is empty.
        let byte = text.len().checked_sub(behind).and_then(|at| text.get(at)).copied().unwrap_or(b' ');
        text.push(byte);
    }
}
