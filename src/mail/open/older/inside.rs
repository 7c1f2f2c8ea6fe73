//! Files within a document, and pictures.

use crate::mail::kind;
use crate::mail::open::inner_file;
use crate::mail::parts::{FileKind, Scribe};
use crate::mail::sealed::bytes::index32;

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
