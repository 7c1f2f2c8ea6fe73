//! What a file is, by its first bytes and structure, never by its name.

use super::open::{ole, tnef};
use super::parts::FileKind;
use super::sealed::{pgp, zip};

mod containers;
mod words;

/// What a file is. `content` is the file or its beginning (64 KiB tell all that is told here, but for
/// archives, whose directory stands at the end). `name_hint` is the name's extension; it only tells one
/// kind of text from another and never contradicts the content.
#[must_use]
pub fn of(content: &[u8], name_hint: &str) -> FileKind {
    of_binary(content)
        .or_else(|| words::of(content, &name_hint.to_ascii_lowercase()))
        .or_else(|| cryptographic(content))
        .unwrap_or(FileKind::Other)
}

/// What a file is that is no text; `None` for texts and for what is not known.
pub(in crate::mail) fn of_binary(content: &[u8]) -> Option<FileKind> {
    program(content)
        .or_else(|| picture(content))
        .or_else(|| sound(content))
        .or_else(|| film(content))
        .or_else(|| document(content))
        .or_else(|| archive(content))
}

/// Whether a file begins as ZIP files do.
pub(in crate::mail) fn is_zip(content: &[u8]) -> bool {
    starts(content, &[b"PK\x03\x04", b"PK\x05\x06\0\0\0\0", b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04"])
}

/// What a ZIP file is by its beginning and its end, which begins at `at` of the file; `None` where they do not tell it, or
/// all of it may be encrypted.
pub(in crate::mail) fn of_zip(start: &[u8], end: &[u8], at: usize) -> Option<FileKind> {
    let (names, open) = zip::names_at_end(end, at)?;
    open.then(|| containers::zip(start, &names))
}

/// Whether `bytes` stand at `at`.
fn at(content: &[u8], at: usize, bytes: &[u8]) -> bool {
    content.get(at..).is_some_and(|rest| begins(rest, bytes))
}

fn starts(content: &[u8], magics: &[&[u8]]) -> bool {
    magics.iter().any(|magic| begins(content, magic))
}

/// The first byte rules nearly all out, and is looked at without a call.
fn begins(content: &[u8], magic: &[u8]) -> bool {
    content.first() == magic.first() && content.starts_with(magic)
}

fn program(content: &[u8]) -> Option<FileKind> {
    const PROGRAMS: [&[u8]; 9] = [
        b"\x7FELF",
        b"\xFE\xED\xFA\xCE",
        b"\xFE\xED\xFA\xCF",
        b"\xCE\xFA\xED\xFE",
        b"\xCF\xFA\xED\xFE",
        b"\xCA\xFE\xBA\xBE", // Java classes and Mach-O for several processors alike.
        b"\0asm",
        b"dex\n03",
        b"\x00\x00\x03\xF3", // Amiga; emulators run it.
    ];
    // A shortcut to a program; compiled help, which runs scripts.
    const SCRIPTS: [&[u8]; 2] = [b"\x4C\0\0\0\x01\x14\x02\0", b"ITSF\x03\0\0\0"];
    if starts(content, &PROGRAMS) || is_windows_program(content) {
        return Some(FileKind::Executable);
    }
    starts(content, &SCRIPTS).then_some(FileKind::Script)
}

/// `MZ`, and a header that it points to; or, for old DOS programs, bytes that are no text.
fn is_windows_program(content: &[u8]) -> bool {
    if !starts(content, &[b"MZ", b"ZM"]) {
        return false;
    }
    let header = content.get(0x3C..).and_then(|rest| rest.first_chunk()).map(|bytes| u32::from_le_bytes(*bytes));
    let header = header.and_then(|header| usize::try_from(header).ok());
    let points = header
        .is_some_and(|header| [&b"PE\0\0"[..], b"NE", b"LE", b"LX"].iter().any(|magic| at(content, header, magic)));
    points || content.iter().take(512).any(|byte| *byte == 0)
}

fn picture(content: &[u8]) -> Option<FileKind> {
    const PICTURES: [&[u8]; 12] = [
        b"GIF87a",
        b"GIF89a",
        b"\xFF\xD8\xFF",
        b"\x89PNG\r\n\x1A\n",
        b"II*\0",
        b"MM\0*",
        b"\0\0\x01\0\x01",
        b"\xD7\xCD\xC6\x9A",
        b"8BPS\0\x01",
        b"\0\0\0\x0CjP  ",
        b"\0\0\0\x0CJXL ",
        b"\xFF\x4F\xFF\x51",
    ];
    let windows_bitmap = content.starts_with(b"BM") && at(content, 6, &[0; 4]) && at(content, 15, &[0; 3]);
    let metafile = content.starts_with(&[1, 0, 0, 0]) && at(content, 40, b" EMF");
    let web = content.starts_with(b"RIFF") && at(content, 8, b"WEBP");
    let phone = at(content, 4, b"ftyp")
        && [&b"heic"[..], b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis"]
            .iter()
            .any(|brand| at(content, 8, brand));
    (starts(content, &PICTURES) || windows_bitmap || metafile || web || phone).then_some(FileKind::Image)
}

fn sound(content: &[u8]) -> Option<FileKind> {
    let riff = content.starts_with(b"RIFF") && at(content, 8, b"WAVE");
    let aiff = content.starts_with(b"FORM") && (at(content, 8, b"AIFF") || at(content, 8, b"AIFC"));
    let phone = at(content, 4, b"ftypM4A") || at(content, 4, b"ftypM4B");
    // MPEG audio and AAC without a tag in front: the frame mark, a layer, a bit rate that exists.
    let frame = content.len() > 64
        && matches!(content, [0xFF, 0xE2 | 0xE3 | 0xF1 | 0xF2 | 0xF3 | 0xF9 | 0xFA | 0xFB, third, ..] if third & 0xF0 != 0xF0);
    let known =
        starts(content, &[b"ID3\x02", b"ID3\x03", b"ID3\x04", b"OggS\0", b"fLaC", b"MThd\0\0", b"#!AMR", b".snd\0"]);
    (known || riff || aiff || phone || frame).then_some(FileKind::Audio)
}

fn film(content: &[u8]) -> Option<FileKind> {
    let riff = content.starts_with(b"RIFF") && at(content, 8, b"AVI ");
    let quicktime =
        [&b"ftyp"[..], b"moov", b"mdat", b"wide"].iter().any(|atom| at(content, 4, atom)) && at(content, 0, &[0]);
    let known = starts(
        content,
        &[b"\x1A\x45\xDF\xA3", b"\0\0\x01\xBA", b"\0\0\x01\xB3", b"FLV\x01", b"\x30\x26\xB2\x75\x8E\x66\xCF\x11"],
    );
    (known || riff || quicktime).then_some(FileKind::Video)
}

fn document(content: &[u8]) -> Option<FileKind> {
    const OFFICE: [&[u8]; 5] = [
        b"{\\rt",
        b"\0\x01\0\0Standard Jet DB",
        b"\0\x01\0\0Standard ACE DB",
        b"\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D", // OneNote.
        b"\xDB\xA5\x2D\0",                   // Word 2.
    ];
    // Readers accept a PDF with up to 1,024 bytes in front; only such as stand there in practice.
    let lead =
        content.iter().take_while(|byte| byte.is_ascii_whitespace() || matches!(byte, 0xEF | 0xBB | 0xBF)).count();
    if at(content, lead.min(1024), b"%PDF-") {
        return Some(FileKind::Pdf);
    }
    if starts(content, &OFFICE) || content.strip_prefix(b"\xEF\xBB\xBF").is_some_and(|rest| rest.starts_with(b"{\\rt"))
    {
        return Some(FileKind::Office);
    }
    if content.starts_with(tnef::MAGIC) {
        return Some(FileKind::Message);
    }
    content.starts_with(ole::MAGIC).then(|| containers::ole(content))
}

fn archive(content: &[u8]) -> Option<FileKind> {
    const ARCHIVES: [&[u8]; 14] = [
        b"7z\xBC\xAF\x27\x1C",
        b"Rar!\x1A\x07",
        b"\x1F\x8B",
        b"\x1F\x9D",
        b"\xFD7zXZ\0",
        b"BZh",
        b"\x28\xB5\x2F\xFD",
        b"\x04\x22\x4D\x18",
        b"MSCF\0\0\0\0",
        b"!<arch>\n",
        b"\xED\xAB\xEE\xDB",
        b"\x60\xEA",
        b"xar!\0",
        b"LZIP\x01",
    ];
    if is_zip(content) {
        return Some(containers::zip(content, &zip::entry_names(content)));
    }
    let bzip_text = content.starts_with(b"BZh") && !at(content, 4, b"1AY&SY") && !at(content, 4, b"\x17\x72\x45\x38");
    let lharc = at(content, 2, b"-lh") && at(content, 6, b"-");
    let known = starts(content, &ARCHIVES) && !bzip_text;
    (known || lharc || at(content, 257, b"ustar") || at(content, 7, b"**ACE**") || at(content, 0x8001, b"CD001"))
        .then_some(FileKind::Archive)
}

/// PKCS#7 and certificates in DER, PGP packets, a password safe.
fn cryptographic(content: &[u8]) -> Option<FileKind> {
    let body = content.get(..32).unwrap_or(content);
    let holds = |bytes: &[u8]| body.windows(bytes.len()).any(|window| window == bytes);
    let pkcs = b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01";
    let smime = b"\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01";
    let der = content.first() == Some(&0x30) && (holds(pkcs) || holds(smime) || holds(b"\xA0\x03\x02\x01\x02"));
    let safe = content.starts_with(b"\x03\xD9\xA2\x9A");
    (der || safe || pgp::is_binary(content)).then_some(FileKind::Cryptographic)
}
