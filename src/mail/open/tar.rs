//! Tape archives (POSIX, GNU, and the old ones): blocks of 512 bytes, a header before each file.

use super::inner_file;
use crate::mail::parts::{Decoded, FileKind, Scribe};

const BLOCK: usize = 512;

/// Whether a file is one.
pub(super) fn is(content: &[u8], kind: FileKind) -> bool {
    kind == FileKind::Archive && content.get(257..).is_some_and(|rest| rest.starts_with(b"ustar"))
}

/// Has every file inside opened.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let mut at = 0;
    // A name too long for the header stands in an entry before it.
    let mut long_name: Option<String> = None;
    while let Some(header) = content.get(at..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
        at += BLOCK;
        if header.iter().all(|byte| *byte == 0) {
            continue;
        }
        let Some(header) = Header::read(header) else {
            scribe.broken(part, "damaged archive");
            return;
        };
        let rest = content.get(at..).unwrap_or_default();
        let body = rest.get(..header.size.min(rest.len())).unwrap_or_default();
        if !scribe.spend(part, BLOCK + body.len()) {
            return;
        }
        match header.kind {
            b'L' => long_name = Some(text(body)),
            b'x' => long_name = path_record(body).or(long_name),
            // Settings for all files that follow, and the target of a link: nothing to read.
            b'g' | b'K' => {}
            _ => {
                let name = long_name.take().unwrap_or(header.name);
                // Folders and links are only names.
                let body = if matches!(header.kind, 0 | b'0' | b'7' | b'S') { body } else { b"" };
                inner_file(body, &name, part, scribe);
            }
        }
        if body.len() < header.size {
            scribe.broken(part, "archive ends too early");
            return;
        }
        at = at.saturating_add(header.size.next_multiple_of(BLOCK));
    }
}

struct Header {
    name: String,
    size: usize,
    kind: u8,
}

impl Header {
    fn read(block: &[u8; BLOCK]) -> Option<Self> {
        let field = |from: usize, length: usize| block.get(from..from + length);
        let ustar = field(257, 5)? == b"ustar";
        let name = text(field(0, 100)?);
        let folder = if ustar && field(257, 8)? != b"ustar  \0" { text(field(345, 155)?) } else { String::new() };
        let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        Some(Self { name, size: number(field(124, 12)?)?, kind: *block.get(156)? })
    }
}

/// Octal digits, or, with the highest bit set, a number as it is.
fn number(field: &[u8]) -> Option<usize> {
    if field.first()? & 0x80 != 0 {
        let low = field.last_chunk::<8>()?;
        return usize::try_from(u64::from_be_bytes(*low)).ok();
    }
    let mut digits = field.iter().skip_while(|byte| **byte == b' ').take_while(|byte| byte.is_ascii_digit());
    digits.try_fold(0_usize, |number, digit| number.checked_mul(8)?.checked_add(usize::from(digit - b'0')))
}

/// Text up to the first zero.
fn text(field: &[u8]) -> String {
    let end = memchr::memchr(0, field).unwrap_or(field.len());
    Decoded::of(field.get(..end).unwrap_or_default(), "").text.into_owned()
}

/// The record `path` of an extended header: lines of `length key=value`.
fn path_record(body: &[u8]) -> Option<String> {
    body.split(|byte| *byte == b'\n').find_map(|line| {
        let at = memchr::memmem::find(line, b" path=")?;
        line.get(at + 6..).map(text)
    })
}
