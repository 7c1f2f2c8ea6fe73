//! Calendars (RFC 5545) and contacts (RFC 6350, vCard 2.1): every property that holds words.

/// Values in base64.
mod coded;

use super::{Leaf, Opened, Within};
use crate::mail::kind;
use crate::mail::parts::{Decoded, FileKind, Scribe};
use coded::Coded;

/// Properties without words of a person: structure, times, identifiers, pictures and keys.
const SILENT: &[&str] = &[
    "BEGIN",
    "END",
    "VERSION",
    "PRODID",
    "CALSCALE",
    "UID",
    "DTSTAMP",
    "DTSTART",
    "DTEND",
    "DUE",
    "DURATION",
    "CREATED",
    "LAST-MODIFIED",
    "COMPLETED",
    "SEQUENCE",
    "PRIORITY",
    "CLASS",
    "TRANSP",
    "STATUS",
    "TRIGGER",
    "ACTION",
    "REPEAT",
    "RRULE",
    "RDATE",
    "EXDATE",
    "RECURRENCE-ID",
    "TZID",
    "TZOFFSETFROM",
    "TZOFFSETTO",
    "TZNAME",
    "FREEBUSY",
    "METHOD",
    "PHOTO",
    "LOGO",
    "SOUND",
    "KEY",
    "REV",
    "PERCENT-COMPLETE",
    "REQUEST-STATUS",
];

/// Writes the properties, a line each, folds and escapes undone.
pub(super) fn write(leaf: &Leaf<'_>, decoded: &Decoded<'_>, scribe: &mut Scribe<'_>) -> Opened {
    let text = decoded.text.as_bytes();
    let mut method = None;
    let mut files = Vec::new();
    scribe.begin(leaf.place, leaf.part);
    let mut at = 0;
    while at < text.len() && !scribe.full() {
        let mut end = property_end(text, at);
        let line = text.get(at..end).unwrap_or_default();
        let name_end = line.iter().position(|byte| matches!(byte, b':' | b';')).unwrap_or(0);
        let name = line.get(..name_end).unwrap_or_default();
        // `item1.TEL:...` of address books.
        let name = name.rsplit(|byte| *byte == b'.').next().unwrap_or(name);
        if name.eq_ignore_ascii_case(b"METHOD") {
            let value = line.get(name_end + 1..).unwrap_or_default().trim_ascii();
            method.get_or_insert_with(|| String::from_utf8_lossy(value).to_ascii_lowercase());
        }
        let silent = SILENT.iter().any(|silent| name.eq_ignore_ascii_case(silent.as_bytes()));
        if let Some(coded) = Coded::of(line) {
            end = code_end(text, at + coded.at);
            if !silent {
                property(scribe, decoded, at, at + coded.at);
            }
            let content = coded.content(text.get(at..end).unwrap_or_default());
            files.extend(within(name, coded.name, content, scribe));
        } else if !silent {
            property(scribe, decoded, at, end);
        }
        at = end;
    }
    scribe.end();
    Opened { method, files, ..Opened::default() }
}

/// Writes what a coded value says where that is words; otherwise it is a file.
fn within(property: &[u8], name: String, content: Vec<u8>, scribe: &mut Scribe<'_>) -> Option<Within> {
    let is = |wanted: &str| property.eq_ignore_ascii_case(wanted.as_bytes());
    let kind = kind::of(&content, "");
    if content.is_empty() || is("KEY") && kind == FileKind::Cryptographic {
        // A key that anybody may know.
        return None;
    }
    if kind == FileKind::Text && !["ATTACH", "PHOTO", "LOGO", "SOUND", "KEY", "IMAGE"].into_iter().any(is) {
        scribe.add(&Decoded::of(&content, "").text);
        scribe.add("\n");
        return None;
    }
    Some(Within { name, content })
}

/// Where the code that begins at `at` ends: its line, and every line behind it that begins with a blank or is nothing
/// but code.
fn code_end(text: &[u8], at: usize) -> usize {
    let line_end = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + memchr::memchr(b'\n', rest).map_or(rest.len(), |found| found + 1)
    };
    let mut end = line_end(at);
    loop {
        let next = line_end(end);
        let line = text.get(end..next).unwrap_or_default();
        if !line.starts_with(b" ") && !line.starts_with(b"\t") && !coded::is_code(line) || line.is_empty() {
            return end;
        }
        end = next;
    }
}

/// Where the property that begins at `at` ends: the first line break that no blank follows. A line that
/// ends in `=` goes on as well (quoted-printable of vCard 2.1).
fn property_end(text: &[u8], at: usize) -> usize {
    let mut end = at;
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let Some(found) = memchr::memchr(b'\n', rest) else { return text.len() };
        let line = rest.get(..found).unwrap_or_default().trim_ascii_end();
        end += found + 1;
        let goes_on = matches!(text.get(end), Some(b' ' | b'\t')) || line.ends_with(b"=");
        if !goes_on {
            return end;
        }
    }
}

fn property(scribe: &mut Scribe<'_>, decoded: &Decoded<'_>, start: usize, end: usize) {
    let text = decoded.text.as_bytes();
    let printable =
        memchr::memmem::find(text.get(start..end.min(start + 200)).unwrap_or_default(), b"QUOTED-PRINTABLE").is_some();
    let mut from = start;
    let mut at = start;
    while at < end {
        let found = text
            .get(at..end)
            .and_then(|rest| rest.iter().position(|byte| matches!(byte, b'\\' | b'\r' | b'\n' | b'=')));
        let Some(found) = found else { break };
        at += found;
        let rest = text.get(at..end).unwrap_or_default();
        let (length, stands_for) = split_escape(rest).unwrap_or_else(|| special(rest, printable));
        if length == 0 {
            at += 1;
            continue;
        }
        scribe.copy(decoded, from..at);
        match stands_for {
            Some(words) => scribe.put(decoded, at..at + length, &words),
            None if rest.len() == length => scribe.add("\n"),
            None => (),
        }
        at += length;
        from = at;
    }
    scribe.copy(decoded, from..end);
    if text.get(end.saturating_sub(1)) != Some(&b'\n') {
        scribe.add("\n");
    }
}

/// A backslash that a fold parts from the character it escapes.
fn split_escape(rest: &[u8]) -> Option<(usize, Option<String>)> {
    let behind = rest.strip_prefix(b"\\")?;
    let behind = behind.strip_prefix(b"\r").unwrap_or(behind);
    let [b'\n', b' ' | b'\t', escaped @ (b'n' | b'N' | b',' | b';' | b'\\' | b':'), ..] = behind else { return None };
    let stands_for = if matches!(escaped, b'n' | b'N') { '\n' } else { char::from(*escaped) };
    Some((rest.len() - behind.len() + 3, Some(stands_for.to_string())))
}

/// An escape, a fold or the line's end at the start of `rest`: its length and what it stands for.
fn special(rest: &[u8], printable: bool) -> (usize, Option<String>) {
    match rest {
        [b'\\', b'n' | b'N', ..] => (2, Some("\n".to_owned())),
        [b'\\', escaped @ (b',' | b';' | b'\\' | b':'), ..] => (2, Some(char::from(*escaped).to_string())),
        [b'\r', b'\n', b' ' | b'\t', ..] => (3, None),
        [b'\n', b' ' | b'\t', ..] | [b'\r', b'\n', ..] => (2, None),
        [b'\n', ..] => (1, None),
        [b'=', b'\r', b'\n', ..] if printable => (3, None),
        [b'=', b'\n', ..] if printable => (2, None),
        [b'=', high, low, ..] if printable && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => octets(rest),
        _ => (0, None),
    }
}

/// Neighbouring `=C3=A9` read together.
fn octets(rest: &[u8]) -> (usize, Option<String>) {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let octet = |triple: &[u8]| match triple {
        [b'=', high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    let bytes: Vec<u8> = rest.chunks_exact(3).map_while(octet).collect();
    (bytes.len() * 3, Some(Decoded::of(&bytes, "").text.into_owned()))
}
