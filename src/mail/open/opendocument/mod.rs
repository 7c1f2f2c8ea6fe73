//! OpenDocument (ISO 26300): text, spreadsheets, presentations, drawings; packed, or as one XML text.

/// The document itself: text, tables, slides.
mod content;

use super::office::behind::Behind;
use super::office::flow::{self, Flow, Manner};
use super::zip::{self, Closed, Entries};
use super::{inner_file, xml};
use crate::mail::parts::{FileKind, GapKind, Scribe, SectionKind};
use content::Content;

/// Whether a file is one.
pub(super) fn is(content: &[u8], kind: FileKind) -> bool {
    let named = |at: usize| {
        content.get(at..).is_some_and(|rest| {
            rest.starts_with(b"mimetypeapplication/vnd.oasis.opendocument")
                || rest.starts_with(b"mimetypeapplication/vnd.sun.xml")
        })
    };
    let packed = matches!(kind, FileKind::Office | FileKind::OfficeMacro) && named(30);
    packed || (matches!(kind, FileKind::Text | FileKind::Html) && is_flat(content))
}

/// The whole document in one XML text.
fn is_flat(content: &[u8]) -> bool {
    let start = content.get(..content.len().min(1024)).unwrap_or_default();
    xml::is(start)
        && memchr::memmem::find(start, b"urn:oasis:names:tc:opendocument").is_some()
        && xml::root(content) == "document"
}

/// Writes all text of a document, and has the files in it opened.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let mut behind = Behind::default();
    if content.starts_with(b"PK") {
        packed(content, part, scribe, &mut behind);
    } else {
        document(content, None, part, scribe, &mut behind);
    }
    behind.write(part, scribe);
}

/// Previews of what is read anyway, and arrangements of menus.
const SILENT: [&str; 5] = ["thumbnails/", "objectreplacements/", "configurations2/", "meta-inf/", "mimetype"];

fn packed(content: &[u8], part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    let entries = Entries::read(content);
    zip::wrong(&entries, part, scribe);
    let manifest = entries.all.iter().find(|entry| entry.name.eq_ignore_ascii_case(b"META-INF/manifest.xml"));
    let manifest = manifest.and_then(|entry| entry.unpack(part, scribe).ok()).unwrap_or_default();
    let encrypted = memchr::memmem::find(&manifest, b"encryption-data").is_some();
    for entry in &entries.all {
        let name = zip::name_of(entry.name);
        let lower = name.to_ascii_lowercase();
        if entry.is_folder() || SILENT.iter().any(|silent| lower.contains(silent)) {
            continue;
        }
        let content = match entry.unpack(part, scribe) {
            Ok(content) => content,
            Err(Closed::Aes | Closed::Weak) => {
                scribe.gap(GapKind::Unsupported, part, "encrypted file in a document");
                continue;
            }
            Err(Closed::Method) => {
                scribe.gap(GapKind::Unsupported, part, "packed in a way that is not read");
                continue;
            }
        };
        if xml::is(&content) {
            xml_file(&lower, &content, part, scribe, behind);
        } else if encrypted
            && (lower.rsplit_once('.').is_some_and(|(_, extension)| extension == "xml") || lower == "encrypted-package")
        {
            // The manifest says so, and it is no XML: both together are no pretence.
            scribe.gap(GapKind::Protected, part, "encrypted OpenDocument file");
        } else if !encrypted {
            inside(&name, &content, part, scribe);
        }
        scribe.end();
    }
}

fn xml_file(name: &str, content: &[u8], part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    match xml::root(content).as_str() {
        "document-content" | "document" => document(content, None, part, scribe, behind),
        "document-styles" => document(content, Some(SectionKind::HeaderOrFooter), part, scribe, behind),
        "document-meta" => {
            let section = Some((SectionKind::Properties, 0));
            flow::read(content, Flow::new(Manner::Data, section), part, scribe, behind);
        }
        "document-settings" | "manifest" => {}
        "html" | "svg" => inner_file(content, name, part, scribe),
        _ => {
            let section = Some((SectionKind::Behind, 0));
            flow::read(content, Flow::new(Manner::Everything, section), part, scribe, behind);
        }
    }
}

fn document(content: &[u8], section: Option<SectionKind>, part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    Content::new(content, section, part, behind).write(content, scribe);
}

/// A picture or another file in the document.
fn inside(name: &str, content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let before = scribe.tree.parts.len();
    inner_file(content, name, part, scribe);
    if let Some(inner) = scribe.tree.parts.get_mut(before)
        && matches!(inner.kind, FileKind::Image | FileKind::Audio | FileKind::Video)
    {
        // It is seen in the document, as a picture in HTML is.
        (inner.attached, inner.shown_inline) = (false, true);
    }
}
