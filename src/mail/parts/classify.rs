//! What a part is by its content, and what protects it.

use super::{FileKind, Sealed, charset};
use crate::mail::{kind, sealed};

/// Kind of a file by its bytes, and what it is sealed with. Name and declared type tell one kind of text
/// from another and never contradict the bytes.
pub(super) fn classify(content: &[u8], declared: &str, charset: &str, name: &str) -> (FileKind, Option<Sealed>) {
    let hint = HINTS.iter().find(|(known, _)| *known == declared).map(|(_, hint)| *hint);
    let hint = hint.or_else(|| name.trim_end().rsplit_once('.').map(|(_, extension)| extension)).unwrap_or_default();
    // Text of a charset that is not ASCII's shows only when it is read in it.
    let kind = match kind::of(content, hint) {
        FileKind::Other if declared.starts_with("text/") && readable(content, charset) => FileKind::Text,
        FileKind::Other if wide(content) => FileKind::Text,
        kind => kind,
    };
    let kind = match (kind, declared) {
        (FileKind::Text, "text/html" | "application/xhtml+xml") => FileKind::Html,
        (FileKind::Text, "text/csv" | "text/tab-separated-values") => FileKind::Csv,
        (FileKind::Text, "text/calendar" | "application/ics") => FileKind::Calendar,
        (kind, _) => kind,
    };
    (kind, sealed::of(content, declared))
}

/// Kind of a file that its beginning and its end tell and that nothing seals: a PDF, and a ZIP file with an entry
/// that is not encrypted. `end` gives the end and where in the file it begins.
pub(super) fn by_ends(start: &[u8], end: impl FnOnce() -> (Vec<u8>, usize)) -> Option<FileKind> {
    if kind::is_zip(start) {
        let (end, at) = end();
        return kind::of_zip(start, &end, at);
    }
    kind::of_binary(start).filter(|kind| *kind == FileKind::Pdf)
}

/// Types that say what the text is.
const HINTS: &[(&str, &str)] = &[
    ("text/html", "html"),
    ("application/xhtml+xml", "html"),
    ("text/csv", "csv"),
    ("text/tab-separated-values", "tsv"),
    ("text/calendar", "ics"),
    ("application/ics", "ics"),
    ("text/vcard", "vcf"),
    ("text/x-vcard", "vcf"),
    ("text/plain", "txt"),
];

fn readable(content: &[u8], label: &str) -> bool {
    let start = content.get(..content.len().min(1024)).unwrap_or_default();
    let decoded = charset::decode(start, label);
    decoded.known && !decoded.nonsense()
}

/// Two bytes a letter, without a byte order mark.
fn wide(content: &[u8]) -> bool {
    let start = content.get(..content.len().min(1024)).unwrap_or_default();
    memchr::memchr(0, start).is_some() && charset::sixteen_bits(start).is_some()
}
