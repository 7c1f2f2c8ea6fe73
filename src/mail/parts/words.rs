//! Header values as a reader sees them: folds undone, encoded words and raw bytes read (RFC 2047, RFC 5322).

use std::ops::Range;

use super::charset::{self, Decoded};
use super::encoding;
use super::scribe::Scribe;

/// Writes a header value into the open piece. `bytes` holds the value at `range`; its offsets in the
/// content are those minus `origin`, where there is a way back at all. With `escapes` a backslash goes, as
/// in the quoted names of addresses.
pub(super) fn write(scribe: &mut Scribe<'_>, bytes: &[u8], range: Range<usize>, origin: Option<usize>, escapes: bool) {
    let Some(value) = bytes.get(range.clone()) else { return };
    let back = |at: Range<usize>| {
        origin.and_then(|origin| Some((range.start + at.start).checked_sub(origin)?..range.start + at.end - origin))
    };
    let mut at = value.len() - value.trim_ascii_start().len();
    let end = value.trim_ascii_end().len();
    let mut from = at;
    while at < end && !scribe.full() {
        let rest = value.get(at..end).unwrap_or_default();
        let mark = memchr::memchr3(b'=', b'\r', b'\n', rest);
        let escape = if escapes {
            memchr::memchr(b'\\', rest.get(..mark.unwrap_or(rest.len())).unwrap_or_default())
        } else {
            None
        };
        let Some(step) = escape.or(mark) else { break };
        at += step;
        if value.get(at) == Some(&b'=') {
            let Some(group) = Group::read(value, at, end) else {
                at += 1;
                continue;
            };
            plain(scribe, value, from..at, &back);
            scribe.put_at(&group.text(), back(at..group.end));
            at = group.end;
            from = at;
        } else {
            plain(scribe, value, from..at, &back);
            from = at + 1;
            // What stands behind a backslash stands for itself.
            at += if escape.is_some() { 2 } else { 1 };
        }
    }
    plain(scribe, value, from..end, &back);
}

fn plain(
    scribe: &mut Scribe<'_>,
    value: &[u8],
    at: Range<usize>,
    back: &impl Fn(Range<usize>) -> Option<Range<usize>>,
) {
    let Some(bytes) = value.get(at.clone()).filter(|bytes| !bytes.is_empty()) else { return };
    match back(at) {
        Some(content) => {
            let decoded = charset::utf8(bytes, content.start);
            scribe.copy(&decoded, 0..decoded.text.len());
        }
        None => scribe.add(&charset::utf8(bytes, 0).text),
    }
}

/// Encoded words that stand side by side; the white space between them is not text.
struct Group<'a> {
    words: Vec<Word<'a>>,
    end: usize,
}

/// `=?charset?Q?text?=`
struct Word<'a> {
    charset: &'a [u8],
    content: Vec<u8>,
}

impl<'a> Group<'a> {
    fn read(value: &'a [u8], at: usize, end: usize) -> Option<Self> {
        let (word, mut after) = Word::read(value, at, end)?;
        let mut words = vec![word];
        loop {
            let rest = value.get(after..end).unwrap_or_default();
            let blank = rest.len() - rest.trim_ascii_start().len();
            let Some((word, next)) = Word::read(value, after + blank, end) else { break };
            words.push(word);
            after = next;
        }
        Some(Self { words, end: after })
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for same in self.words.chunk_by(|a, b| a.charset.eq_ignore_ascii_case(b.charset)) {
            let label = same.first().map_or(&b""[..], |word| word.charset);
            let label = label.split(|byte| *byte == b'*').next().unwrap_or_default();
            let label = String::from_utf8_lossy(label).to_ascii_lowercase();
            if label.starts_with("iso-2022") || same.len() == 1 {
                // Each word of a shifting charset ends unshifted; joined, the marks would read as an error.
                for word in same {
                    append(&mut text, &charset::decode(&word.content, &label));
                }
            } else {
                // A letter may be split between two words.
                let content: Vec<u8> = same.iter().flat_map(|word| word.content.iter().copied()).collect();
                append(&mut text, &charset::decode(&content, &label));
            }
        }
        text
    }
}

/// A line break in an encoded word would end the header field when it is written back.
fn append(text: &mut String, decoded: &Decoded<'_>) {
    text.extend(decoded.text.chars().map(|letter| if matches!(letter, '\r' | '\n') { ' ' } else { letter }));
}

impl<'a> Word<'a> {
    fn read(value: &'a [u8], at: usize, end: usize) -> Option<(Self, usize)> {
        let rest = value.get(at..end)?.strip_prefix(b"=?")?;
        let first = memchr::memchr(b'?', rest.get(..rest.len().min(80))?)?;
        let charset = rest.get(..first)?;
        let quoted = match rest.get(first + 1)? {
            b'Q' | b'q' => true,
            b'B' | b'b' => false,
            _ => return None,
        };
        if rest.get(first + 2) != Some(&b'?') || charset.iter().any(u8::is_ascii_whitespace) {
            return None;
        }
        let from = first + 3;
        let mut length = memchr::memchr(b'?', rest.get(from..)?)?;
        // `=?utf-8?Q?Why??=`: a bare question mark within the text, as some programs write it.
        while quoted && rest.get(from + length + 1) != Some(&b'=') && length < 200 {
            length += 1 + memchr::memchr(b'?', rest.get(from + length + 1..)?)?;
        }
        if rest.get(from + length + 1) != Some(&b'=') {
            return None;
        }
        let text = rest.get(from..from + length)?;
        let content = if quoted {
            let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'_' { b' ' } else { *byte }).collect();
            encoding::quoted_printable(&spaced)
        } else {
            encoding::base64::decode(text).0
        };
        Some((Self { charset, content }, at + 2 + from + length + 2))
    }
}
