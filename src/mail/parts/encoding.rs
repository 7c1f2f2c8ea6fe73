//! Transfer encodings, read as leniently as mail clients read them.

/// Base64.
pub(super) mod base64;
/// Files written into a text.
mod embedded;

use std::borrow::Cow;

pub(super) use embedded::embedded;

use super::Encoding;

/// What a Content-Transfer-Encoding field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    /// One of the three.
    As(Encoding),
    /// The whole body is uuencoded.
    Uuencoded,
    /// A word nobody knows; mail clients show such a body as it is.
    Unknown,
}

/// Reads the field's value in all the ways it is written: quoted, with comments, with parameters.
pub(super) fn named(field: &[u8]) -> Transfer {
    let mut word = String::new();
    let mut depth = 0_u32;
    for byte in field.iter().take(256) {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'"' | b'\'' | b' ' | b'\t' | b'\r' | b'\n' | b'<' | b'>' => (),
            b';' | b',' if depth == 0 && !word.is_empty() => break,
            _ if depth == 0 => word.push(char::from(byte.to_ascii_lowercase())),
            _ => (),
        }
    }
    match word.as_str() {
        "" | "7bit" | "8bit" | "binary" | "7-bit" | "8-bit" | "7bits" | "8bits" | "none" => {
            Transfer::As(Encoding::Plain)
        }
        "base-64" | "x-base64" | "b" => Transfer::As(Encoding::Base64),
        "quotedprintable" | "quoted_printable" | "x-quoted-printable" | "qp" | "q" => {
            Transfer::As(Encoding::QuotedPrintable)
        }
        "x-uuencode" | "uuencode" | "x-uue" | "uue" => Transfer::Uuencoded,
        _ if word.starts_with("base64") => Transfer::As(Encoding::Base64),
        _ if word.starts_with("quoted-printable") => Transfer::As(Encoding::QuotedPrintable),
        _ => Transfer::Unknown,
    }
}

/// A body without its transfer encoding, and how many bytes of it did not belong there.
pub(super) fn decode(body: &[u8], encoding: Encoding) -> (Cow<'_, [u8]>, usize) {
    match encoding {
        Encoding::Plain | Encoding::Other => (Cow::Borrowed(body), 0),
        Encoding::QuotedPrintable => (Cow::Owned(quoted_printable(body)), 0),
        Encoding::Base64 => {
            let (content, junk) = base64::decode(body);
            (Cow::Owned(content), junk)
        }
    }
}

/// The size of a body without its transfer encoding, not kept.
pub(super) fn decoded_size(body: &[u8], encoding: Encoding) -> u64 {
    let size = match encoding {
        Encoding::Base64 => base64::size(body),
        Encoding::QuotedPrintable => quoted_printable(body).len(),
        Encoding::Plain | Encoding::Other => body.len(),
    };
    size as u64
}

/// Reads quoted-printable; an `=` that begins nothing stands for itself.
pub(super) fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = memchr::memchr(b'=', rest) {
        let (before, from) = rest.split_at(at);
        content.extend_from_slice(before);
        rest = match from {
            [_, b'\r', b'\n', tail @ ..] | [_, b'\n', tail @ ..] => tail,
            [_, high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                content.push(hex(*high) << 4 | hex(*low));
                tail
            }
            [_, tail @ ..] => soft_break(tail).unwrap_or_else(|| {
                content.push(b'=');
                tail
            }),
            [] => from,
        };
    }
    content.extend_from_slice(rest);
    content
}

/// What follows a soft break with white space between `=` and the line's end, or the body's last `=`.
fn soft_break(behind: &[u8]) -> Option<&[u8]> {
    // Longer runs of blanks are no soft break of any mail program; the bound keeps this linear.
    let blank = behind.iter().take(80).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match behind.get(blank..)? {
        [b'\r', b'\n', tail @ ..] | [b'\n', tail @ ..] => Some(tail),
        [] => Some(&[]),
        _ => None,
    }
}

/// The value of a hexadecimal digit.
pub(super) fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}
