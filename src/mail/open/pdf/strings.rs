//! Strings outside of pages: UTF-16 or UTF-8 behind a mark, else the one-byte charset of PDF.

use super::all;
use hayro_syntax::object::{Array, Dict, Object, Stream};
use hayro_syntax::xref::XRef;

/// What 0x18 to 0x1F stand for.
const LOW: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
/// What 0x80 to 0xA0 stand for.
const HIGH: [char; 33] = [
    '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ',
    'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{FFFD}', '€',
];

/// A string as it is read.
pub(super) fn text(bytes: &[u8]) -> String {
    if let Some(wide) = bytes.strip_prefix(b"\xFE\xFF") {
        return encoding_rs::UTF_16BE.decode_without_bom_handling(wide).0.into_owned();
    }
    if let Some(wide) = bytes.strip_prefix(b"\xFF\xFE") {
        return encoding_rs::UTF_16LE.decode_without_bom_handling(wide).0.into_owned();
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // Many programs write UTF-8 without the mark; by chance hardly any other text is valid UTF-8.
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.iter().any(|byte| (0x18..0x20).contains(byte)) => text.to_owned(),
        _ => bytes.iter().map(|byte| letter(*byte)).collect(),
    }
}

fn letter(byte: u8) -> char {
    let special = match byte {
        0x18..=0x1F => LOW.get(usize::from(byte - 0x18)),
        0x80..=0xA0 => HIGH.get(usize::from(byte - 0x80)),
        _ => None,
    };
    special.copied().unwrap_or(char::from(byte))
}

/// The string under a key; `None` where there is none, or an empty one.
pub(super) fn of(dict: &Dict<'_>, key: &[u8]) -> Option<String> {
    let found = dict.get::<hayro_syntax::object::String<'_>>(key)?;
    Some(text(found.as_bytes())).filter(|text| !text.trim().is_empty())
}

/// What a value says: a string, a name, several of them, or a stream of text.
pub(super) fn said<'a>(value: Object<'a>, xref: &'a XRef) -> Vec<String> {
    match value {
        Object::String(found) => vec![text(found.as_bytes())],
        Object::Name(name) if name.as_ref() != b"Off" => vec![text(name.as_ref())],
        Object::Array(list) => each(&list, xref),
        Object::Stream(stream) => unpacked(&stream).map(|bytes| text(&bytes)).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The strings in a list, and in the lists in it.
fn each<'a>(list: &Array<'a>, xref: &'a XRef) -> Vec<String> {
    let mut found = Vec::new();
    for item in all::<Object<'_>>(list, xref) {
        match item {
            Object::String(one) => found.push(text(one.as_bytes())),
            Object::Array(pair) => {
                found.extend(all::<hayro_syntax::object::String<'_>>(&pair, xref).map(|one| text(one.as_bytes())));
            }
            _ => (),
        }
    }
    found
}

/// A stream of text, where it is short enough to be one that somebody wrote.
fn unpacked(stream: &Stream<'_>) -> Option<Vec<u8>> {
    const MOST: usize = 1 << 20;
    if stream.raw_data().len() > MOST {
        return None;
    }
    stream.decoded_data().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn strings_of_every_charset_are_read() {
        for (bytes, right) in [
            (&b"Zo\xEB"[..], "Zoë"),
            (b"Zo\xC3\xAB", "Zoë"),
            (b"\xEF\xBB\xBFZo\xC3\xAB", "Zoë"),
            (b"\xFE\xFF\0Z\0o\0\xEB", "Zoë"),
            (b"\xFF\xFEZ\0o\0\xEB\0", "Zoë"),
            (b"O\x90Neill \x95ukasz", "O’Neill Łukasz"),
            (b"", ""),
        ] {
            assert_eq!(text(bytes), right);
        }
    }
}
