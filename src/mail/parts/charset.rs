//! Readable text out of bytes in any charset, with the way back to the bytes.
//!
//! A label is believed only as far as the bytes agree with it: valid UTF-8 under a Latin or missing label
//! is UTF-8, text with a NUL in every second byte is UTF-16 whatever its label says.

use std::borrow::Cow;
use std::ops::Range;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

use super::Run;
use super::scribe::{RUNS, offset};

/// Text with the way back to the content it was made from.
pub(in crate::mail) struct Decoded<'a> {
    /// What it says.
    pub text: Cow<'a, str>,
    /// Where that stands in the content.
    pub back: Back,
    /// Whether the charset is known, so that changed text can be written in it.
    pub known: bool,
}

/// The way from decoded text to content.
pub(in crate::mail) enum Back {
    /// Byte by byte, this many bytes further on.
    Same(usize),
    /// By runs, ascending.
    Runs(Vec<Run>),
    /// None.
    None,
}

impl<'a> Decoded<'a> {
    /// Content read in the charset of its label.
    pub fn of(content: &'a [u8], label: &str) -> Self {
        decode(content, label)
    }

    /// Whether this reads like no text at all.
    pub fn nonsense(&self) -> bool {
        nonsense(&self.text)
    }

    /// A stretch of the text; empty where there is none.
    pub fn between(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The content that a stretch of the text stands for, where that is all of what stands there.
    pub fn content(&self, range: Range<usize>) -> Option<Range<usize>> {
        match &self.back {
            Back::Same(base) => Some(base + range.start..base + range.end),
            Back::None => None,
            Back::Runs(runs) => {
                let (start, end) = (offset(range.start), offset(range.end));
                let first = runs.get(runs.partition_point(|run| run.text.end <= start))?;
                let last = runs.get(runs.partition_point(|run| run.text.end < end))?;
                let from = if first.even {
                    first.content.start + start.checked_sub(first.text.start)?
                } else {
                    first.content.start
                };
                let to =
                    if last.even { last.content.start + end.checked_sub(last.text.start)? } else { last.content.end };
                let whole = (first.even || first.text.start == start) && (last.even || last.text.end == end);
                whole.then_some(from as usize..to as usize)
            }
        }
    }
}

/// Reads content in the charset of its label.
pub(super) fn decode<'a>(content: &'a [u8], label: &str) -> Decoded<'a> {
    if let Some(rest) = content.strip_prefix(b"\xEF\xBB\xBF") {
        return utf8(rest, 3);
    }
    if let Some(encoding) = sixteen_bits(content) {
        let wide = utf16(content, encoding);
        if label.starts_with("utf-16") {
            return wide;
        }
        // Under another label nobody can write it back as it was. A mail program that believes the label shows
        // letters side by side as they are: then it says both.
        return if side_by_side(content) { both(&wide.text, content) } else { Decoded { known: false, ..wide } };
    }
    let label = label.trim_matches(|letter: char| letter.is_ascii_whitespace() || letter == '\'' || letter == '"');
    let plain = matches!(label, "" | "us-ascii" | "ascii" | "utf-8" | "utf8" | "7bit" | "8bit" | "binary");
    let Some(encoding) = (if plain { Some(UTF_8) } else { Encoding::for_label(label.as_bytes()) }) else {
        return other(content, label);
    };
    if encoding == UTF_8 || encoding == WINDOWS_1252 || encoding == UTF_16LE || encoding == UTF_16BE {
        if let Ok(text) = std::str::from_utf8(content) {
            let known = encoding == UTF_8 || content.is_ascii();
            return Decoded { text: Cow::Borrowed(text), back: Back::Same(0), known };
        }
        return if encoding == UTF_8 {
            utf8(content, 0)
        } else if encoding == WINDOWS_1252 {
            one_byte(content, encoding)
        } else {
            utf16(content, encoding)
        };
    }
    if encoding.is_single_byte() {
        one_byte(content, encoding)
    } else if encoding == encoding_rs::REPLACEMENT {
        Decoded { known: false, ..utf8(content, 0) }
    } else {
        by_lines(content, |line| encoding.decode_without_bom_handling(line).0.into_owned())
    }
}

/// Reads bytes without a label: UTF-8, and what is not, Windows-1252.
pub(super) fn utf8(bytes: &[u8], base: usize) -> Decoded<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), back: Back::Same(base), known: true };
    }
    let mut builder = Builder::new(bytes.len());
    let mut at = base;
    for chunk in bytes.utf8_chunks() {
        builder.even(chunk.valid(), at);
        at += chunk.valid().len();
        for byte in chunk.invalid() {
            let (letter, _) = WINDOWS_1252.decode_without_bom_handling(std::slice::from_ref(byte));
            builder.whole(&letter, at..at + 1);
            at += 1;
        }
    }
    builder.finish(true)
}

/// Text without a known charset that reads like none: control characters all over.
pub(super) fn nonsense(text: &str) -> bool {
    let control = |byte: u8| {
        (byte < 0x20) & (byte != b'\t') & (byte != b'\n') & (byte != b'\r') & (byte != 0x0C) & (byte != 0x1B)
    };
    // Strides without a branch inside: the compiler looks at many bytes at once.
    let within = |stride: &[u8]| stride.iter().fold(0_u8, |count, byte| count + u8::from(control(*byte)));
    let controls: usize = text.as_bytes().chunks(240).map(|stride| usize::from(within(stride))).sum();
    controls * 20 > text.len()
}

/// UTF-16 by its byte order mark or by a NUL in every second byte.
pub(super) fn sixteen_bits(content: &[u8]) -> Option<&'static Encoding> {
    if content.starts_with(b"\xFF\xFE") {
        return Some(UTF_16LE);
    }
    if content.starts_with(b"\xFE\xFF") {
        return Some(UTF_16BE);
    }
    let start = content.get(..content.len().min(512))?;
    memchr::memchr(0, start)?;
    let pairs = start.len() / 2;
    let (mut even, mut odd) = (0, 0);
    for pair in start.chunks_exact(2) {
        even += usize::from(pair.first() == Some(&0));
        odd += usize::from(pair.last() == Some(&0));
    }
    if pairs >= 2 && odd * 10 >= pairs * 6 && even * 10 <= pairs * 2 {
        Some(UTF_16LE)
    } else if pairs >= 2 && even * 10 >= pairs * 6 && odd * 10 <= pairs * 2 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Whether letters or digits stand side by side as they hardly do in UTF-16.
fn side_by_side(content: &[u8]) -> bool {
    content.windows(4).any(|four| four.iter().all(u8::is_ascii_alphanumeric))
}

/// Content that two mail programs read in two ways, in both; there is no way back from it.
fn both<'a>(wide: &str, content: &[u8]) -> Decoded<'a> {
    let narrow = utf8(content, 0);
    let narrow = narrow.text.chars().filter(|letter| *letter != '\0');
    let text = wide.chars().chain(std::iter::once('\n')).chain(narrow).collect();
    Decoded { text: Cow::Owned(text), back: Back::None, known: false }
}

fn utf16<'a>(content: &'a [u8], encoding: &'static Encoding) -> Decoded<'a> {
    let mut builder = Builder::new(content.len());
    let skip = if content.starts_with(b"\xFF\xFE") || content.starts_with(b"\xFE\xFF") { 2 } else { 0 };
    let big = encoding == UTF_16BE;
    let units = content.get(skip..).unwrap_or_default().chunks_exact(2).map(|pair| {
        let bytes = [pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0)];
        if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    });
    let mut at = skip;
    for letter in char::decode_utf16(units) {
        let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
        let length = letter.len_utf16() * 2;
        // NUL is never read text here; without it UTF-32 reads as well.
        if letter != '\0' {
            builder.whole(letter.encode_utf8(&mut [0; 4]), at..at + length);
        }
        at += length;
    }
    builder.finish(true)
}

fn one_byte<'a>(content: &'a [u8], encoding: &'static Encoding) -> Decoded<'a> {
    let high: Vec<u8> = (0x80..=0xFF).collect();
    let table: Vec<String> = high
        .iter()
        .map(|byte| encoding.decode_without_bom_handling(std::slice::from_ref(byte)).0.into_owned())
        .collect();
    let mut builder = Builder::new(content.len() + content.len() / 8);
    let mut at = 0;
    for part in content.chunk_by(|a, b| a.is_ascii() && b.is_ascii()) {
        match part {
            [byte] if !byte.is_ascii() => {
                builder.whole(table.get(usize::from(byte & 0x7F)).map_or("", String::as_str), at..at + 1);
            }
            _ => builder.even(std::str::from_utf8(part).unwrap_or_default(), at),
        }
        at += part.len();
    }
    builder.finish(true)
}

/// Charsets of several bytes a letter: ASCII lines byte by byte, other lines each as a whole. No such
/// charset uses a line break within a letter, and the shifting ones start anew on each line.
fn by_lines(content: &[u8], read: impl Fn(&[u8]) -> String) -> Decoded<'_> {
    let mut builder = Builder::new(content.len());
    let mut at = 0;
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let end = at + line.len();
        let plain = line.iter().all(|byte| byte.is_ascii() && !matches!(byte, 0x0E | 0x0F | 0x1B | b'~' | b'+'));
        if plain {
            builder.even(std::str::from_utf8(line).unwrap_or_default(), at);
        } else {
            builder.whole(&read(line), at..end);
        }
        at = end;
    }
    builder.finish(true)
}

/// Labels that browsers do not know (`utf-7`, `cp850`): mail-parser has readers for those of mail.
fn other<'a>(content: &'a [u8], label: &str) -> Decoded<'a> {
    match charset_decoder(label.as_bytes()) {
        Some(decoder) => by_lines(content, decoder),
        None => Decoded { known: false, ..utf8(content, 0) },
    }
}

/// Text being decoded, with its runs.
struct Builder {
    text: String,
    runs: Option<Vec<Run>>,
}

impl Builder {
    fn new(capacity: usize) -> Self {
        Self { text: String::with_capacity(capacity), runs: Some(Vec::new()) }
    }

    fn even(&mut self, text: &str, at: usize) {
        let start = offset(self.text.len());
        self.text.push_str(text);
        self.run(start, at..at + text.len(), true);
    }

    fn whole(&mut self, text: &str, content: Range<usize>) {
        let start = offset(self.text.len());
        self.text.push_str(text);
        self.run(start, content, false);
    }

    fn run(&mut self, start: u32, content: Range<usize>, even: bool) {
        let end = offset(self.text.len());
        let Some(runs) = &mut self.runs else { return };
        if start == end {
            return;
        }
        if runs.len() >= RUNS {
            self.runs = None;
            return;
        }
        runs.push(Run { text: start..end, content: offset(content.start)..offset(content.end), even });
    }

    fn finish(self, known: bool) -> Decoded<'static> {
        let back = self.runs.map_or(Back::None, Back::Runs);
        Decoded { text: Cow::Owned(self.text), back, known }
    }
}
