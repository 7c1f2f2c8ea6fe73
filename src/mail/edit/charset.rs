//! Writes text in the charset a part is written in.

use super::CannotEdit;
use crate::mail::parts::{Encoding, FileKind, Part};
use std::fmt::Write as _;

use encoding_rs::{REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How a part's letters become bytes.
pub(super) struct Writer {
    letters: Letters,
    /// Letters that the charset lacks can be written as `&#233;`.
    pub(super) html: bool,
    /// Bytes above 127 would be new in a body that has none and is sent as it is.
    seven_bit: bool,
}

#[derive(Clone, Copy)]
enum Letters {
    Ascii,
    Utf8,
    Utf16 { big: bool },
    Other(&'static encoding_rs::Encoding),
}

impl Writer {
    pub(super) fn of(content: &[u8], part: &Part, body: &[u8]) -> Self {
        let declared = part.declared.as_str();
        let html = matches!(declared, "text/html" | "application/xhtml+xml")
            || part.kind == FileKind::Html && declared != "text/plain";
        let seven_bit = part.encoding == Encoding::Plain && body.is_ascii();
        Self { letters: letters(content, &part.charset), html, seven_bit }
    }

    /// Bytes of one ASCII letter.
    pub(super) const fn width(&self) -> usize {
        if matches!(self.letters, Letters::Utf16 { .. }) { 2 } else { 1 }
    }

    /// Which byte of such a letter says which one it is.
    pub(super) const fn ascii_half(&self) -> usize {
        if matches!(self.letters, Letters::Utf16 { big: true }) { 1 } else { 0 }
    }

    /// Text in the charset. `plain` text is escaped where the part is HTML.
    pub(super) fn write(&self, text: &str, plain: bool) -> Result<Vec<u8>, CannotEdit> {
        let escaped = if self.html && plain { escape(text) } else { text.to_owned() };
        let written = self.letters.write(&escaped).filter(|bytes| !self.seven_bit || bytes.is_ascii());
        match written {
            Some(bytes) => Ok(bytes),
            None if self.html => self.letters.write(&references(&escaped)).ok_or(CannotEdit::Charset),
            None => Err(CannotEdit::Charset),
        }
    }
}

impl Letters {
    fn write(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::Utf16 { big: true } => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Self::Utf16 { big: false } => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Self::Other(encoding) => {
                let (bytes, _, lacking) = encoding.encode(text);
                (!lacking).then(|| bytes.into_owned())
            }
        }
    }
}

/// The charset that the content is in. A label is believed as far as it was when the text was read: UTF-8
/// under a Latin label is UTF-8, a NUL in every second byte is UTF-16.
fn letters(content: &[u8], label: &str) -> Letters {
    if let Some(big) = sixteen_bits(content) {
        return Letters::Utf16 { big };
    }
    let utf8 = std::str::from_utf8(content).is_ok();
    let label = label.trim_matches(|letter: char| letter.is_ascii_whitespace() || matches!(letter, '\'' | '"'));
    if matches!(label, "" | "us-ascii" | "ascii" | "7bit" | "8bit" | "binary") {
        return if utf8 && !content.is_ascii() { Letters::Utf8 } else { Letters::Ascii };
    }
    let Some(encoding) = encoding_rs::Encoding::for_label(label.as_bytes()) else { return Letters::Ascii };
    if encoding == UTF_8 || utf8 && !content.is_ascii() && encoding == WINDOWS_1252 {
        return if utf8 { Letters::Utf8 } else { Letters::Ascii };
    }
    if [REPLACEMENT, UTF_16LE, UTF_16BE].contains(&encoding) { Letters::Ascii } else { Letters::Other(encoding) }
}

/// UTF-16 by its byte order mark or by a NUL in every second byte; whether the upper byte comes first.
fn sixteen_bits(content: &[u8]) -> Option<bool> {
    if content.starts_with(b"\xFF\xFE") {
        return Some(false);
    }
    if content.starts_with(b"\xFE\xFF") {
        return Some(true);
    }
    let start = content.get(..content.len().min(512))?;
    let pairs = start.len() / 2;
    let (mut first, mut second) = (0, 0);
    for pair in start.chunks_exact(2) {
        first += usize::from(pair.first() == Some(&0));
        second += usize::from(pair.last() == Some(&0));
    }
    if pairs >= 2 && second * 10 >= pairs * 6 && first * 10 <= pairs * 2 {
        Some(false)
    } else if pairs >= 2 && first * 10 >= pairs * 6 && second * 10 <= pairs * 2 {
        Some(true)
    } else {
        None
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{A0}' => escaped.push_str("&nbsp;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// Every letter outside ASCII as a numeric character reference.
fn references(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            written.push(letter);
        } else {
            // Writing to a string never fails.
            let _ = write!(written, "&#{};", u32::from(letter));
        }
    }
    written
}
