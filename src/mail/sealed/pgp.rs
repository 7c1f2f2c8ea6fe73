//! PGP by its packets: session keys, then encrypted data, and nothing else.

use super::bytes::{byte, may_begin};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::ops::Range;

const BEGIN: &str = "-----BEGIN PGP MESSAGE-----";
const END: &str = "-----END PGP MESSAGE-----";

const PUBLIC_KEY_SESSION: u8 = 1;
const PASSWORD_SESSION: u8 = 3;
const LEGACY_DATA: u8 = 9;
const MARKER: u8 = 10;
const DATA: u8 = 18;
const AEAD_DATA: u8 = 20;
const PADDING: u8 = 21;

/// One armour in a text.
pub(super) struct Armour {
    /// From `BEGIN` to behind `END`.
    whole: Range<usize>,
    /// The lines with the data (and the checksum).
    pub(super) data: Range<usize>,
    /// Its packets are encrypted data.
    pub(super) encrypted: bool,
}

/// Session-key packets, then one packet of encrypted data that reaches exactly to the end.
pub(super) fn is_encrypted(content: &[u8]) -> bool {
    let (mut at, mut keys) = (0, 0);
    while let Some((tag, body, end)) = packet(content, at) {
        let version = byte(content, body.start);
        match (tag, version) {
            (PUBLIC_KEY_SESSION, Some(2 | 3 | 6)) | (PASSWORD_SESSION, Some(4..=6)) => keys += 1,
            (MARKER | PADDING, _) => {}
            (LEGACY_DATA, Some(_)) | (DATA | AEAD_DATA, Some(1 | 2)) => {
                // Padding may follow (RFC 9580 10.3); clear text may not.
                return keys > 0 && only_padding(content, end);
            }
            _ => return false,
        }
        at = end;
    }
    false
}

fn only_padding(content: &[u8], mut at: usize) -> bool {
    while let Some((PADDING, _, end)) = packet(content, at) {
        at = end;
    }
    at == content.len()
}

/// Binary PGP data of any kind: a first packet of a known version, and another one or the end behind it.
pub(crate) fn is_binary(content: &[u8]) -> bool {
    let Some((tag, body, end)) = packet(content, 0) else { return false };
    let known = match tag {
        1..=3 | 4 | 5..=7 | 14 | DATA | AEAD_DATA => matches!(byte(content, body.start), Some(1..=6)),
        _ => false,
    };
    known && (end == content.len() || packet(content, end).is_some())
}

/// A text that is one encrypted armour and nothing else.
pub(super) fn is_one_encrypted_armour(content: &[u8]) -> bool {
    if !may_begin(content, b'-') {
        return false;
    }
    let Ok(text) = std::str::from_utf8(content) else { return false };
    if !text.trim_start().starts_with(BEGIN) {
        return false;
    }
    let Some(armour) = armoured(text).next() else { return false };
    let outside = text.get(armour.whole.end..).is_some_and(|rest| rest.trim().is_empty());
    let head = text.get(armour.whole.start + BEGIN.len()..armour.data.start).unwrap_or_default();
    // `Comment:` and unknown headers are words of a person that anyone can read.
    let harmless = |line: &str| ["", "Version", "Hash", "Charset", "MessageID"].contains(&before_colon(line));
    armour.encrypted && outside && head.lines().map(str::trim).all(harmless)
}

fn before_colon(line: &str) -> &str {
    line.split_once(':').map_or(line, |(name, _)| name)
}

/// All armours of a text in order.
pub(super) fn armoured(text: &str) -> impl Iterator<Item = Armour> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.find(BEGIN)?;
            at = start + BEGIN.len();
            let line_start = text.get(..start).is_none_or(|before| before.is_empty() || before.ends_with('\n'));
            if !line_start {
                continue;
            }
            let end = at + text.get(at..)?.find(END)?;
            let data = armour_data(text, at, end);
            at = end + END.len();
            let encrypted = text.get(data.clone()).and_then(packets).is_some_and(|packets| is_encrypted(&packets));
            return Some(Armour { whole: start..at, data, encrypted });
        }
    })
}

/// The data lines: what stands behind the first empty line.
fn armour_data(text: &str, start: usize, end: usize) -> Range<usize> {
    let lines = text.get(start..end).unwrap_or_default();
    let mut at = start;
    for (number, line) in lines.split_inclusive('\n').enumerate() {
        at += line.len();
        if number > 0 && line.trim().is_empty() {
            return at..end;
        }
    }
    end..end
}

/// The packets of the data lines; `None` where a line is no base64.
fn packets(data: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let digits = data.lines().map(str::trim).filter(|line| !line.is_empty());
    // The checksum line begins with `=`; nothing may follow it.
    let mut checksum = false;
    let mut all = String::with_capacity(data.len());
    for line in digits {
        if checksum {
            return None;
        }
        if let Some(sum) = line.strip_prefix('=') {
            // Four digits and nothing else: words behind the sign would be left out with the data.
            if sum.len() != 4 || !sum.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')) {
                return None;
            }
            checksum = true;
        } else {
            all.push_str(line);
        }
    }
    LENIENT.decode(all).ok()
}

/// Tag, body (the first part of it, where it comes in parts) and end of the packet at `at`.
fn packet(content: &[u8], at: usize) -> Option<(u8, Range<usize>, usize)> {
    let first = byte(content, at)?;
    if first & 0xC0 == 0xC0 {
        return new_packet(content, at, first & 0x3F);
    }
    if first & 0x80 == 0 {
        return None;
    }
    let bytes = match first & 3 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => {
            let body = at + 1..content.len();
            return Some((first >> 2 & 0xF, body, content.len()));
        }
    };
    let start = at + 1 + bytes;
    let length = content.get(at + 1..start)?.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    let end = start.checked_add(length).filter(|end| *end <= content.len())?;
    Some((first >> 2 & 0xF, start..end, end))
}

fn new_packet(content: &[u8], at: usize, tag: u8) -> Option<(u8, Range<usize>, usize)> {
    let mut next = at + 1;
    let mut body = None;
    loop {
        let first = byte(content, next)?;
        let (start, length, more) = match first {
            0..=191 => (next + 1, usize::from(first), false),
            192..=223 => {
                let low = usize::from(byte(content, next + 1)?);
                (next + 2, ((usize::from(first) - 192) << 8) + low + 192, false)
            }
            224..=254 => (next + 1, 1_usize << (first & 0x1F), true),
            255 => {
                let bytes = content.get(next + 1..next + 5)?;
                (next + 5, bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), false)
            }
        };
        let end = start.checked_add(length).filter(|end| *end <= content.len())?;
        let body = body.get_or_insert(start..end).clone();
        if !more {
            return Some((tag, body, end));
        }
        next = end;
    }
}
