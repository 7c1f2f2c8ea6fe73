//! Workbooks under the password that Excel tries by itself: encrypted, and open to everybody. Whoever protects the sheets
//! of a workbook from changes gets one without knowing.

/// Documents since 2007, which stand encrypted in a container.
mod package;
/// Workbooks before 2007, whose records are encrypted.
mod records;

use super::office;
use super::older::Document;
use crate::mail::kind;
use crate::mail::parts::{FileKind, GapKind, Scribe};
pub(super) use records::{Workbook, workbook};

/// The password that Excel tries by itself.
const DEFAULT: &str = "VelvetSweatshop";

/// The streams of an encrypted document that hold nothing that can be read.
const CLOSED: [&str; 12] = [
    "EncryptedPackage",
    "EncryptionInfo",
    "WordDocument",
    "0Table",
    "1Table",
    "Data",
    "Workbook",
    "Book",
    "PowerPoint Document",
    "Current User",
    "Pictures",
    "EncryptedSummary",
];

/// Tries to open an encrypted document with the default password. Where that does not open it, only what stands beside it
/// in clear text is left to be read.
pub(super) fn open(document: &mut Document<'_>, scribe: &mut Scribe<'_>) {
    let info = document.container.child(0, "EncryptionInfo");
    let info = info.map(|info| document.container.stream(info, document.part, scribe));
    if let Some(info) = info
        && let Some(content) = document.take(0, "EncryptedPackage", scribe)
    {
        match package::opened(&info, &content, document.part, scribe) {
            package::Opened::Clear(content) => {
                document.unseal(scribe);
                clear(&content, document.part, scribe);
            }
            // In doubt it is not protected.
            package::Opened::Doubtful => document.unseal(scribe),
            package::Opened::Closed => {}
        }
    } else if is_open_workbook(document) {
        document.unseal(scribe);
        return;
    }
    for name in CLOSED {
        document.leave(0, name);
    }
}

fn is_open_workbook(document: &Document<'_>) -> bool {
    let stream = ["Workbook", "Book"].iter().find_map(|name| document.container.child(0, name));
    stream.is_some_and(|stream| records::opens(&document.container.first_bytes(stream, 8 << 10)))
}

/// Reads the document that was encrypted.
fn clear(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let kind = kind::of(content, "");
    if !scribe.spend(part, content.len()) {
        return;
    }
    if !office::is(content, kind) {
        scribe.gap(GapKind::Unsupported, part, "an encrypted document of an unknown kind");
        return;
    }
    if kind == FileKind::OfficeMacro
        && let Some(part) = scribe.tree.parts.get_mut(usize::from(part))
    {
        part.kind = kind;
    }
    office::read(content, part, scribe);
    scribe.end();
}

/// The password as it is hashed.
fn password() -> Vec<u8> {
    DEFAULT.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
