//! `type; name=value; ...` of Content-Type and Content-Disposition, with RFC 2231, as written in the wild.
//!
//! mail-parser's reader gives neither the place of a value nor a second value of the same name; both are
//! needed here (a name is edited where it stands; of two boundaries clients take one or the other).

use std::ops::Range;

use super::charset;
use super::encoding::hex;

/// Parameters read of one field; nobody writes more.
const MOST: usize = 64;

/// One parameter, its sections joined.
pub(super) struct Parameter {
    /// Name in lower case, without RFC 2231 marks.
    pub name: String,
    /// Value, its RFC 2231 encoding undone.
    pub value: Vec<u8>,
    /// RFC 2231 charset, lower case; empty where none was.
    pub charset: String,
    /// Where the value stands as it is (encoded words apart).
    pub direct: Option<Range<usize>>,
    /// Written as RFC 2231 has it.
    pub extended: bool,
    /// Where it stands in another writing.
    pub whole: Option<Range<usize>>,
}

impl Parameter {
    /// The value as text, for values that are words of the protocol.
    pub fn text(&self) -> String {
        charset::decode(&self.value, &self.charset).text.into_owned()
    }
}

/// What stands before the first `;`, in lower case, and the parameters.
pub(super) fn read(bytes: &[u8], range: Range<usize>) -> (String, Vec<Parameter>) {
    let mut reader = Reader { bytes, at: range.start, end: range.end };
    reader.skip();
    let main = reader.word(|byte| matches!(byte, b';' | b'(' | b' ' | b'\t' | b'\r' | b'\n'));
    let main = bytes.get(main).unwrap_or_default().iter().filter(|byte| !matches!(byte, b'"' | b'\'' | b'<' | b'>'));
    let main = main
        .take(127)
        .map(|byte| if byte.is_ascii_graphic() { char::from(byte.to_ascii_lowercase()) } else { '?' })
        .collect();
    let mut sections = Vec::new();
    while sections.len() < MOST
        && let Some(section) = reader.section()
    {
        sections.push(section);
    }
    (main, join(bytes, sections))
}

struct Section {
    base: String,
    number: Option<u32>,
    extended: bool,
    at: Range<usize>,
    escaped: bool,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.bytes.get(self.at).copied() } else { None }
    }

    /// Passes over white space, separators and comments.
    fn skip(&mut self) {
        let mut depth = 0_u32;
        while let Some(byte) = self.peek() {
            match byte {
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b'\\' if depth > 0 => self.at += 1,
                b';' | b',' | b' ' | b'\t' | b'\r' | b'\n' => (),
                _ if depth > 0 => (),
                _ => return,
            }
            self.at += 1;
        }
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn word(&mut self, ends: impl Fn(u8) -> bool) -> Range<usize> {
        let start = self.at;
        while self.peek().is_some_and(|byte| !ends(byte)) {
            self.at += 1;
        }
        start..self.at
    }

    fn section(&mut self) -> Option<Section> {
        loop {
            self.skip();
            self.peek()?;
            let name = self.word(|byte| byte == b'=' || byte == b';' || byte == b'(' || byte.is_ascii_whitespace());
            self.blanks();
            if self.peek() != Some(b'=') {
                // A word without a value; go on behind it.
                if name.is_empty() {
                    self.at += 1;
                }
                continue;
            }
            self.at += 1;
            self.blanks();
            let name = self.bytes.get(name).unwrap_or_default();
            let name: String = name.iter().take(60).map(|byte| char::from(byte.to_ascii_lowercase())).collect();
            let (at, escaped) = if self.peek() == Some(b'"') { self.quoted() } else { (self.token(&name), false) };
            let extended = name.ends_with('*');
            let (base, number) = match name.trim_end_matches('*').split_once('*') {
                Some((base, number)) => (base.to_owned(), number.parse().ok()),
                None => (name.trim_end_matches('*').to_owned(), None),
            };
            return Some(Section { base, number, extended, at, escaped });
        }
    }

    fn quoted(&mut self) -> (Range<usize>, bool) {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return (start..self.at - 1, escaped);
                }
                b'\\' => {
                    escaped |= matches!(self.bytes.get(self.at + 1), Some(b'"' | b'\\'));
                    self.at += if matches!(self.bytes.get(self.at + 1), Some(b'"' | b'\\')) { 2 } else { 1 };
                }
                _ => self.at += 1,
            }
        }
        // No closing quote: the value ends where a token would.
        self.at = start;
        let end = self.word(|byte| matches!(byte, b';' | b'\r' | b'\n'));
        (end, false)
    }

    /// A bare value. File names are written with spaces and brackets in them, other values end there.
    fn token(&mut self, name: &str) -> Range<usize> {
        let free = name.starts_with("name") || name.starts_with("filename");
        let ends = |byte: u8| byte == b';' || (!free && (byte.is_ascii_whitespace() || byte == b'('));
        let word = self.word(ends);
        let text = self.bytes.get(word.clone()).unwrap_or_default();
        word.start..word.start + text.trim_ascii_end().len()
    }
}

/// Joins the sections of each parameter, in the order of their numbers.
fn join(bytes: &[u8], sections: Vec<Section>) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    let (mut numbered, single): (Vec<_>, Vec<_>) = sections.into_iter().partition(|section| section.number.is_some());
    numbered.sort_by(|a, b| (&a.base, a.number).cmp(&(&b.base, b.number)));
    for section in single {
        let raw = bytes.get(section.at.clone()).unwrap_or_default();
        let (charset, value) =
            if section.extended { extended(raw, true) } else { (String::new(), plain(raw, section.escaped)) };
        let direct = (!section.extended && !section.escaped).then(|| section.at.clone());
        let (extended, whole) = (section.extended, Some(section.at));
        parameters.push(Parameter { name: section.base, value, charset, direct, extended, whole });
    }
    for same in numbered.chunk_by(|a, b| a.base == b.base) {
        let mut joined = Parameter {
            name: String::new(),
            value: Vec::new(),
            charset: String::new(),
            direct: None,
            extended: true,
            whole: None,
        };
        for (index, section) in same.iter().enumerate() {
            let raw = bytes.get(section.at.clone()).unwrap_or_default();
            if section.extended {
                let (charset, value) = extended(raw, index == 0);
                joined.value.extend(value);
                if index == 0 {
                    joined.charset = charset;
                }
            } else {
                joined.value.extend(plain(raw, section.escaped));
            }
            joined.name.clone_from(&section.base);
        }
        parameters.push(joined);
    }
    parameters
}

/// A quoted string or token: folds and quoting undone.
fn plain(raw: &[u8], escaped: bool) -> Vec<u8> {
    let mut value = Vec::with_capacity(raw.len());
    let mut quoted = false;
    for byte in raw {
        match byte {
            b'\r' | b'\n' => (),
            b'\\' if escaped && !quoted => quoted = true,
            _ => {
                if quoted && !matches!(byte, b'"' | b'\\') {
                    value.push(b'\\');
                }
                value.push(*byte);
                quoted = false;
            }
        }
    }
    value
}

/// `charset'language'percent-encoded`
fn extended(raw: &[u8], first: bool) -> (String, Vec<u8>) {
    let mut parts = raw.splitn(3, |byte| *byte == b'\'');
    let (charset, text) = match (first, parts.next(), parts.next(), parts.next()) {
        (true, Some(charset), Some(_), Some(text)) => (String::from_utf8_lossy(charset).to_ascii_lowercase(), text),
        _ => (String::new(), raw),
    };
    (charset, percent(text))
}

/// Undoes `%41`.
pub(super) fn percent(text: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, tail)) = rest.split_first() {
        match tail {
            [high, low, after @ ..] if *byte == b'%' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                value.push(hex(*high) << 4 | hex(*low));
                rest = after;
            }
            _ => {
                value.push(*byte);
                rest = tail;
            }
        }
    }
    value
}
