//! Files and pictures in a document, written in hexadecimal digits.

use super::token::digit;
use crate::mail::kind;
use crate::mail::open::codepage::WESTERN;
use crate::mail::parts::FileKind;

/// Bytes being read.
#[derive(Default)]
pub(super) struct Blob {
    bytes: Vec<u8>,
    half: Option<u8>,
}

impl Blob {
    /// Adds digits; whatever else stands between them means nothing.
    pub fn digits(&mut self, text: &[u8]) {
        self.bytes.reserve(text.len() / 2);
        for low in text.iter().filter_map(|byte| digit(*byte)) {
            match self.half.take() {
                Some(high) => self.bytes.push(high << 4 | low),
                None => self.half = Some(low),
            }
        }
    }

    /// Adds bytes that stand as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.half = None;
        self.bytes.extend_from_slice(bytes);
    }

    /// The bytes; then there are none.
    pub fn take(&mut self) -> Vec<u8> {
        self.half = None;
        std::mem::take(&mut self.bytes)
    }
}

/// A file in a document.
pub(super) struct File {
    /// Its name; empty where it has none.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
    /// It is seen in the text.
    pub picture: bool,
}

/// A picture; `None` for one in a form that is no file (a metafile or bitmap without its header).
pub(super) fn picture(content: Vec<u8>) -> Option<File> {
    let bare = [&b"\x01\0\x09\0"[..], b"\x02\0\x09\0", b"\x28\0\0\0", b"\x0C\0\0\0"];
    let known = kind::of_binary(&content);
    if content.is_empty() || known.is_none() && bare.iter().any(|start| content.starts_with(start)) {
        return None;
    }
    let picture = known.is_none_or(|kind| kind == FileKind::Image);
    Some(File { name: String::new(), content, picture })
}

/// What is in an object (MS-OLEDS 2.2): a file, or the storage of the program that made it.
pub(super) fn object(mut content: Vec<u8>, name: &str) -> Option<File> {
    let (start, file_name) = inside(&content).unwrap_or_else(|| (loose(&content), String::new()));
    if start.is_empty() {
        return None;
    }
    content.truncate(start.end);
    content.drain(..start.start);
    let name = if file_name.is_empty() { name.trim().to_owned() } else { file_name };
    Some(File { name, content, picture: false })
}

type Span = std::ops::Range<usize>;

/// Where the file stands in the bytes of an object as it should be, and its name.
fn inside(bytes: &[u8]) -> Option<(Span, String)> {
    let mut at = 8;
    let class = counted(bytes, &mut at)?;
    let embedded = little32(bytes, 4)? == 2;
    counted(bytes, &mut at)?;
    counted(bytes, &mut at)?;
    let length = little32(bytes, at)?;
    let start = at + 4;
    let end = start.saturating_add(length).min(bytes.len());
    if !embedded || start >= end {
        return None;
    }
    if class.eq_ignore_ascii_case(b"Package\0")
        && let Some((span, name)) = package(bytes.get(start..end)?)
    {
        return Some((start + span.start..start + span.end, name));
    }
    Some((start..end, String::new()))
}

/// A file in the wrapping of the Packager: name, paths, length, bytes.
fn package(bytes: &[u8]) -> Option<(Span, String)> {
    let label_end = 2 + memchr::memchr(0, bytes.get(2..)?)?;
    let path_end = label_end + 1 + memchr::memchr(0, bytes.get(label_end + 1..)?)?;
    // Two numbers of two bytes, then the path again, with its length.
    let mut at = path_end + 5;
    counted(bytes, &mut at)?;
    let length = little32(bytes, at)?;
    let start = at + 4;
    let end = start.saturating_add(length).min(bytes.len());
    let label = WESTERN.read(bytes.get(2..label_end)?).into_owned();
    (start < end).then_some((start..end, label))
}

/// Where a file begins in bytes that are no right object: at what a known kind of file begins with, or at the start.
fn loose(bytes: &[u8]) -> Span {
    const STARTS: [&[u8]; 4] = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"PK\x03\x04", b"%PDF-", b"{\\rt"];
    let start = STARTS.iter().filter_map(|start| memchr::memmem::find(bytes, start)).min().unwrap_or(0);
    start..bytes.len()
}

/// Bytes with their length in front of them.
fn counted<'a>(bytes: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let length = little32(bytes, *at)?;
    let start = at.checked_add(4)?;
    let counted = bytes.get(start..start.checked_add(length)?)?;
    *at = start + length;
    Some(counted)
}

fn little32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}
