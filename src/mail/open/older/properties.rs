//! What is said of a document: title, author, keywords, and what a school or a program adds (MS-OLEPS).

use super::sweep::{narrow_text, wide_text};
use crate::mail::sealed::bytes::{index32, little16};

/// Bytes of all values that are looked at, however often they are named.
const MOST: usize = 4 << 20;
/// Property sets in a stream; two are all that there are.
const SETS: usize = 4;
/// Values in one property.
const VALUES: usize = 10_000;

/// The words in a stream of properties, a line each; `None` for a stream that is something else.
pub(super) fn words(stream: &[u8]) -> Option<String> {
    if little16(stream, 0)? != 0xFFFE {
        return None;
    }
    let mut words = Words { text: String::new(), left: MOST };
    for set in 0..index32(stream, 24)?.min(SETS) {
        let Some(start) = index32(stream, 44 + set * 20) else { break };
        let Some(section) = stream.get(start..) else { continue };
        section_words(section, &mut words);
    }
    Some(words.text)
}

/// Words that were gathered, and how much may still be looked at.
struct Words {
    text: String,
    left: usize,
}

impl Words {
    /// A value, on a line of its own; `false` once no more may be looked at.
    fn add(&mut self, text: &[u8], wide: bool) -> bool {
        let Some(left) = self.left.checked_sub(text.len() + 8) else { return false };
        self.left = left;
        let text = if wide { wide_text(text).into() } else { narrow_text(text) };
        let text = text.trim_end_matches('\0').trim();
        if !text.is_empty() {
            self.text.push_str(text);
            self.text.push('\n');
        }
        true
    }
}

fn section_words(section: &[u8], words: &mut Words) {
    // A property takes eight bytes at least.
    let count = index32(section, 4).unwrap_or(0).min(section.len() / 8);
    let listed =
        || (0..count).filter_map(|index| Some((index32(section, 8 + index * 8)?, index32(section, 12 + index * 8)?)));
    let codepage = listed().find(|(id, _)| *id == 1).and_then(|(_, at)| little16(section, at + 4));
    let wide = codepage == Some(1200);
    for (id, at) in listed() {
        let Some(value) = section.get(at..) else { continue };
        if id == 0 {
            dictionary(value, wide, words);
        } else if id != 1 {
            values(value, wide, words);
        }
    }
}

/// The names that a school or a program gave its own properties.
fn dictionary(bytes: &[u8], wide: bool, words: &mut Words) {
    let mut at = 4;
    for _ in 0..index32(bytes, 0).unwrap_or(0).min(VALUES) {
        let Some(letters) = index32(bytes, at + 4) else { return };
        let length = if wide { letters.saturating_mul(2) } else { letters };
        let Some(name) = bytes.get(at + 8..).and_then(|rest| rest.get(..length)) else { return };
        if !words.add(name, wide) {
            return;
        }
        at += 8 + if wide { length.next_multiple_of(4) } else { length };
    }
}

/// The words of a typed value: one string, or several.
fn values(value: &[u8], wide: bool, words: &mut Words) {
    let kind = index32(value, 0).unwrap_or(0);
    let many = kind & 0x1000 != 0;
    let mut at = if many { 8 } else { 4 };
    let count = if many { index32(value, 4).unwrap_or(0).min(VALUES) } else { 1 };
    for _ in 0..count {
        // A list may hold values of several kinds, each with its own.
        let kind = if kind & 0xFFF == 0x0C {
            at += 4;
            index32(value, at - 4).unwrap_or(0)
        } else {
            kind & 0xFFF
        };
        let length = match kind {
            0x1E => index32(value, at),
            0x1F => index32(value, at).map(|letters| letters.saturating_mul(2)),
            // A number among the strings of a list.
            0x03 if many && words.add(&[], false) => {
                at += 4;
                continue;
            }
            _ => None,
        };
        let Some(length) = length else { return };
        let Some(text) = value.get(at + 4..).and_then(|rest| rest.get(..length)) else { return };
        if !words.add(text, wide || kind == 0x1F) {
            return;
        }
        let even = many && kind == 0x1E && !wide;
        at += 4 + if even { length } else { length.next_multiple_of(4) };
    }
}
