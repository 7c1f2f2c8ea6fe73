//! gzip: one packed file, with its name where the packer wrote it.

use super::inflate;
use super::inner_file;
use crate::mail::parts::{Decoded, FileKind, Scribe};

/// Whether a file is one.
pub(super) fn is(content: &[u8], _: FileKind) -> bool {
    content.starts_with(b"\x1F\x8B\x08")
}

/// Unpacks it. Members that follow one another are one file, as programs that unpack it have it.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let mut unpacked = Vec::new();
    let mut rest = content;
    let mut name = String::new();
    while let Some(header) = Header::read(rest) {
        if name.is_empty() {
            name = Decoded::of(header.name, "").text.into_owned();
        }
        let packed = rest.get(header.length..).unwrap_or_default();
        let (length, ended) = inflate::append(&mut unpacked, packed, part, scribe);
        // Behind each member stand its checksum and its length.
        rest = packed.get(length.saturating_add(8)..).unwrap_or_default();
        if !ended {
            break;
        }
    }
    inner_file(&unpacked, &name, part, scribe);
}

/// The header of a member (RFC 1952 2.3).
struct Header<'a> {
    length: usize,
    name: &'a [u8],
}

impl<'a> Header<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let flags = *bytes.strip_prefix(b"\x1F\x8B\x08")?.first()?;
        let mut at = 10;
        if flags & 4 != 0 {
            let extra = bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))?;
            at += 2 + usize::from(extra);
        }
        let mut name = &b""[..];
        for flag in [8, 16] {
            if flags & flag != 0 {
                let rest = bytes.get(at..)?;
                let end = memchr::memchr(0, rest)?;
                if flag == 8 {
                    name = rest.get(..end)?;
                }
                at += end + 1;
            }
        }
        if flags & 2 != 0 {
            at += 2;
        }
        (at < bytes.len()).then_some(Self { length: at, name })
    }
}
