//! Encoded words (RFC 2047), written anew.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

/// Length of one encoded word, and of a line that holds one.
const WORD: usize = 75;
const LINE: usize = 76;
/// No encoded word is longer, in whatever way it was made.
const NEAR: usize = 4_096;

/// A text as encoded words, in the manner of the words that stood there: their charset, if it has all the
/// letters, else UTF-8. `column` is where the first one begins.
pub(super) fn encode(text: &str, old: &[u8], column: usize, line_break: &[u8]) -> Vec<u8> {
    if text.is_empty() {
        return Vec::new();
    }
    let (label, quoted) = manner(old);
    let encoding =
        Encoding::for_label(label.as_bytes()).filter(|encoding| ![REPLACEMENT, UTF_16LE, UTF_16BE].contains(encoding));
    let (label, encoding) = match encoding {
        Some(encoding) if !encoding.encode(text).2 => (label, encoding),
        _ => ("utf-8".to_owned(), UTF_8),
    };
    let mut out: Vec<u8> = Vec::new();
    let around = label.len() + "=??B??=".len();
    // A first word in the middle of a line has only what is left of it, but room for a letter at least.
    let mut room = LINE.saturating_sub(column).clamp(around + 12, WORD.max(around + 12));
    let mut word = String::new();
    for letter in text.chars() {
        word.push(letter);
        if around + payload(&word, encoding, quoted).len() > room && word.chars().nth(1).is_some() {
            word.pop();
            push_word(&mut out, &label, &word, encoding, quoted, line_break);
            word.clear();
            word.push(letter);
            // Behind a fold stands one space.
            room = WORD.max(around + 12);
        }
    }
    push_word(&mut out, &label, &word, encoding, quoted, line_break);
    out
}

fn push_word(out: &mut Vec<u8>, label: &str, word: &str, encoding: &'static Encoding, quoted: bool, line_break: &[u8]) {
    if !out.is_empty() {
        out.extend_from_slice(line_break);
        out.push(b' ');
    }
    let letter = if quoted { 'Q' } else { 'B' };
    out.extend(format!("=?{label}?{letter}?{}?=", payload(word, encoding, quoted)).bytes());
}

fn payload(word: &str, encoding: &'static Encoding, quoted: bool) -> String {
    let (bytes, _, _) = encoding.encode(word);
    if !quoted {
        return STANDARD.encode(&bytes);
    }
    let mut payload = String::with_capacity(bytes.len() * 2);
    for byte in bytes.iter() {
        match byte {
            b' ' => payload.push('_'),
            // Only what is safe wherever an encoded word may stand, in a name in front of an address too.
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'!' | b'*' | b'+' | b'-' | b'/' => {
                payload.push(char::from(*byte));
            }
            _ => {
                // Writing to a string never fails.
                let _ = write!(payload, "={byte:02X}");
            }
        }
    }
    payload
}

/// Charset and encoding of the first word.
fn manner(old: &[u8]) -> (String, bool) {
    let mut fields = old.strip_prefix(b"=?").unwrap_or_default().split(|byte| *byte == b'?');
    let label = fields.next().unwrap_or_default();
    // A language may stand behind the charset (RFC 2231 5).
    let label = label.split(|byte| *byte == b'*').next().unwrap_or_default();
    let quoted = matches!(fields.next(), Some(b"Q" | b"q"));
    (String::from_utf8_lossy(label).into_owned(), quoted)
}

/// Whether an encoded word touches text in front of it or behind it, so that no reader takes it for one.
pub(super) fn touch(value: &[u8]) -> bool {
    let mut at = 0;
    while let Some(start) = find(value, at, b"=?") {
        let Some(end) = word_end(value, start) else {
            at = start + 2;
            continue;
        };
        let free = |byte: Option<&u8>| {
            byte.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'(' | b')' | b'"' | b',' | b'<'))
        };
        if !free(start.checked_sub(1).and_then(|before| value.get(before))) || !free(value.get(end)) {
            return true;
        }
        at = end;
    }
    false
}

fn word_end(value: &[u8], start: usize) -> Option<usize> {
    let charset = find(value.get(..value.len().min(start + 80))?, start + 2, b"?")?;
    if !matches!(value.get(charset + 1), Some(b'B' | b'b' | b'Q' | b'q')) {
        return None;
    }
    if value.get(charset + 2) != Some(&b'?') {
        return None;
    }
    let near = value.get(..value.len().min(charset + NEAR))?;
    find(near, charset + 3, b"?=").map(|end| end + 2)
}

fn find(value: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    value.get(from..)?.windows(wanted.len()).position(|window| window == wanted).map(|at| from + at)
}
