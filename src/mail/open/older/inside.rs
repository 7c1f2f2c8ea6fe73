//! Files within a document, and pictures.

use crate::mail::kind;
use crate::mail::open::inner_file;
use crate::mail::parts::{FileKind, Scribe};
use crate::mail::sealed::bytes::index32;
use std::ops::Range;

/// Has a file within the document opened, if its bytes say what it is. A picture is seen in the document.
pub(in crate::mail::open) fn known(content: &[u8], name: &str, part: u16, scribe: &mut Scribe<'_>) -> bool {
    let start = content.get(..content.len().min(4_096)).unwrap_or_default();
    let Some(kind) = kind::of_binary(start) else { return false };
    let before = scribe.tree.parts.len();
    inner_file(content, name, part, scribe);
    if matches!(kind, FileKind::Image | FileKind::Audio | FileKind::Video)
        && let Some(picture) = scribe.tree.parts.get_mut(before)
    {
        (picture.attached, picture.shown_inline) = (false, true);
    }
    true
}

/// Where pictures stand in a stream that holds nothing else, or little: each behind a head of its own, a number that tells
/// it from others, or two, and a mark.
pub(super) fn pictures(stream: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 3;
    while let Some(at) = stream.get(from..).and_then(|rest| memchr::memchr(0xF0, rest)).map(|at| from + at) {
        from = at + 1;
        if !matches!(stream.get(at - 1), Some(0x1A..=0x2A)) {
            continue;
        }
        let Some(length) = index32(stream, at + 1) else { break };
        let (start, end) = (at + 5, (at + 5).saturating_add(length));
        let picture = [17, 33].into_iter().map(|head| start + head..end).find(|place| {
            let bytes = stream.get(place.clone()).and_then(|bytes| bytes.get(..bytes.len().min(64)));
            bytes.is_some_and(|bytes| kind::of_binary(bytes) == Some(FileKind::Image))
        });
        if let Some(picture) = picture {
            from = end;
            found.push(picture);
        }
    }
    found
}

/// A file that was put into a document as it is, with its name (the stream `Ole10Native`).
pub(super) fn package(stream: &[u8], part: u16, scribe: &mut Scribe<'_>) -> bool {
    let found = packed(stream).or_else(|| {
        // Another program's data, without a name.
        let data = stream.get(4..)?;
        kind::of_binary(data).map(|_| (String::new(), data))
    });
    let Some((name, data)) = found else { return false };
    inner_file(data, &name, part, scribe);
    true
}

/// Length, two bytes, name, path, eight bytes of which the last four are a length, path, length, data.
fn packed(stream: &[u8]) -> Option<(String, &[u8])> {
    let (name, rest) = zero_ended(stream.get(6..)?)?;
    let (_, rest) = zero_ended(rest)?;
    let path = index32(rest, 4)?;
    let rest = rest.get(8..)?.get(path..)?;
    let length = index32(rest, 0)?;
    let data = rest.get(4..)?;
    let name = super::sweep::narrow_text(name).into_owned();
    Some((name, data.get(..length.min(data.len()))?))
}

fn zero_ended(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(0, bytes.get(..bytes.len().min(1_024))?)?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}
