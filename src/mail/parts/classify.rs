//! What a part is by its content, and what protects it.

use super::{FileKind, Sealed};

/// Kind of a file by its first bytes, and what it is sealed with. `siblings` are the declared types of the
/// parts beside it.
pub(super) fn classify(content: &[u8], declared: &str, _siblings: &[String]) -> (FileKind, Option<Sealed>) {
    let start = content.get(..content.len().min(1024)).unwrap_or_default();
    let kind = MAGIC.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, kind)| *kind);
    (kind.unwrap_or_else(|| textual(start, declared)), None)
}

/// First bytes of files.
const MAGIC: &[(&[u8], FileKind)] = &[
    (b"%PDF-", FileKind::Pdf),
    (b"\x89PNG\r\n\x1A\n", FileKind::Image),
    (b"\xFF\xD8\xFF", FileKind::Image),
    (b"GIF8", FileKind::Image),
    (b"ID3", FileKind::Audio),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", FileKind::Office),
    (b"PK\x03\x04", FileKind::Archive),
    (b"\x1F\x8B", FileKind::Archive),
    (b"MZ", FileKind::Executable),
    (b"\x7FELF", FileKind::Executable),
    (b"-----BEGIN PGP ", FileKind::Cryptographic),
    (b"BEGIN:VCALENDAR", FileKind::Calendar),
    (b"BEGIN:VCARD", FileKind::Contact),
];

fn textual(start: &[u8], declared: &str) -> FileKind {
    let readable = super::charset::decode(start, "");
    if super::charset::nonsense(&readable.text) {
        return FileKind::Other;
    }
    let text = readable.text.trim_start();
    let begins = |with: &str| text.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    match declared {
        _ if begins("<!doctype html") || begins("<html") => FileKind::Html,
        "text/html" | "application/xhtml+xml" => FileKind::Html,
        "text/csv" | "text/tab-separated-values" => FileKind::Csv,
        "text/calendar" | "application/ics" => FileKind::Calendar,
        _ => FileKind::Text,
    }
}
