//! Named and numbered letters, and the percent signs of links.

use std::borrow::Cow;
use std::ops::Range;

use mail_parser::decoders::html::add_html_token;

use crate::mail::parts::{Decoded, Scribe};

/// Longest name that is looked up.
const LONGEST: usize = 34;

/// The entity at `at`, before `end`: its length and its letters.
pub(super) fn read(bytes: &[u8], at: usize, end: usize) -> Option<(usize, Cow<'static, str>)> {
    let rest = bytes.get(at + 1..end)?;
    if let Some((name, letters)) = FREQUENT.iter().find(|(name, _)| rest.starts_with(name)) {
        return Some((1 + name.len(), Cow::Borrowed(letters)));
    }
    let rest = rest.get(..rest.len().min(LONGEST)).unwrap_or_default();
    if let Some(number) = rest.strip_prefix(b"#") {
        return numbered(number).map(|(length, letters)| (length, Cow::Owned(letters)));
    }
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let name = rest.get(..length).filter(|name| !name.is_empty())?;
    let ended = rest.get(length) == Some(&b';');
    // Only the oldest names may stand without a semicolon.
    if !ended && !OLD.contains(&name) {
        return None;
    }
    let token: Vec<u8> = [b"&", name, b";"].concat();
    let mut letters = String::new();
    add_html_token(&mut letters, &token, false);
    (!letters.starts_with('&') || name.eq_ignore_ascii_case(b"amp"))
        .then_some((1 + length + usize::from(ended), Cow::Owned(letters)))
}

/// What most entities are.
const FREQUENT: [(&[u8], &str); 5] =
    [(b"nbsp;", "\u{A0}"), (b"amp;", "&"), (b"lt;", "<"), (b"gt;", ">"), (b"quot;", "\"")];

/// Names that browsers know without a semicolon and that do occur so.
const OLD: &[&[u8]] = &[
    b"nbsp", b"amp", b"lt", b"gt", b"quot", b"shy", b"eacute", b"egrave", b"uuml", b"ouml", b"auml", b"ccedil",
    b"pound", b"copy", b"reg",
];

fn numbered(number: &[u8]) -> Option<(usize, String)> {
    let (digits, radix, mark) = match number {
        [b'x' | b'X', digits @ ..] => (digits, 16, 2),
        _ => (number, 10, 1),
    };
    let length = digits.iter().take_while(|byte| char::from(**byte).is_digit(radix)).count();
    let digits = std::str::from_utf8(digits.get(..length)?).ok().filter(|digits| !digits.is_empty())?;
    let ended = number.get(mark - 1 + length) == Some(&b';');
    let code = u32::from_str_radix(digits, radix).unwrap_or(0);
    let letter = match code {
        // Numbers of Windows-1252, as browsers read them.
        0x80..=0x9F => {
            let byte = [u8::try_from(code).unwrap_or(b'?')];
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte).0.into_owned()
        }
        0 => char::REPLACEMENT_CHARACTER.to_string(),
        _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).to_string(),
    };
    Some((1 + mark + length + usize::from(ended), letter))
}

/// Writes a stretch with its entities read.
pub(super) fn write(scribe: &mut Scribe<'_>, decoded: &Decoded<'_>, range: Range<usize>) {
    let bytes = decoded.text.as_bytes();
    let mut from = range.start;
    let mut at = from;
    while let Some(found) = bytes.get(at..range.end).and_then(|rest| memchr::memchr(b'&', rest)) {
        at += found;
        let Some((length, letters)) = read(bytes, at, range.end) else {
            at += 1;
            continue;
        };
        scribe.copy(decoded, from..at);
        scribe.put(decoded, at..at + length, &letters);
        at += length;
        from = at;
    }
    scribe.copy(decoded, from..range.end);
}

/// Writes a link with its percent signs read.
pub(super) fn write_url(scribe: &mut Scribe<'_>, decoded: &Decoded<'_>, range: Range<usize>) {
    let bytes = decoded.text.as_bytes();
    let mut from = range.start;
    let mut at = from;
    while let Some(found) = bytes.get(at..range.end).and_then(|rest| memchr::memchr(b'%', rest)) {
        at += found;
        let octets = octets(bytes.get(at..range.end).unwrap_or_default());
        let letters = std::str::from_utf8(&octets).unwrap_or_default();
        let control = letters.bytes().any(|byte| byte < b' ');
        if letters.is_empty() || control {
            at += octets.len().max(1) * if octets.is_empty() { 1 } else { 3 };
            continue;
        }
        write(scribe, decoded, from..at);
        scribe.put(decoded, at..at + octets.len() * 3, letters);
        at += octets.len() * 3;
        from = at;
    }
    write(scribe, decoded, from..range.end);
}

/// Neighbouring `%C3%A9` as bytes.
fn octets(rest: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let octet = |triple: &[u8]| match triple {
        [b'%', high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    rest.chunks_exact(3).map_while(octet).collect()
}
