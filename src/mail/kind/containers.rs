//! ZIP files and OLE containers: many kinds of files are one of them inside.

use crate::mail::open::ole;
use crate::mail::parts::FileKind;

/// Classes of Windows Installer packages, patches and transforms: `000C108x-0000-0000-C000-000000000046`.
const INSTALLER: [u8; 3] = [0x84, 0x86, 0x82];
const INSTALLER_REST: &[u8] = b"\x10\x0C\0\0\0\0\0\xC0\0\0\0\0\0\0\x46";

/// What a ZIP file that begins so is by the names in it.
pub(super) fn zip(start: &[u8], names: &[&[u8]]) -> FileKind {
    let names: Vec<String> = names.iter().map(|name| String::from_utf8_lossy(name).to_ascii_lowercase()).collect();
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    let ends = |wanted: &str| names.iter().any(|name| name.ends_with(wanted));
    let begins = |wanted: &str| names.iter().any(|name| name.starts_with(wanted));
    let installed =
        has("androidmanifest.xml") || has("appxmanifest.xml") || begins("payload/") && ends(".app/info.plist");
    if installed || has("meta-inf/manifest.mf") && ends(".class") {
        return FileKind::Executable;
    }
    if has("[content_types].xml") && begins("_rels/") {
        return if ends("vbaproject.bin") || begins("xl/macrosheets/") {
            FileKind::OfficeMacro
        } else {
            FileKind::Office
        };
    }
    if is_open_document(start) {
        return if begins("basic/") || begins("scripts/") { FileKind::OfficeMacro } else { FileKind::Office };
    }
    if begins("index/") && ends(".iwa") { FileKind::Office } else { FileKind::Archive }
}

/// The first entry is `mimetype`, not compressed, so that its words stand at a fixed place.
fn is_open_document(content: &[u8]) -> bool {
    super::at(content, 30, b"mimetypeapplication/vnd.oasis.opendocument")
        || super::at(content, 30, b"mimetypeapplication/vnd.sun.xml")
}

pub(super) fn ole(content: &[u8]) -> FileKind {
    let Some(container) = ole::Container::read(content) else { return FileKind::Other };
    if let Some(root) = container.entries.first()
        && let Some((first, rest)) = root.class.split_first()
        && INSTALLER.contains(first)
        && rest == INSTALLER_REST
    {
        return FileKind::Executable;
    }
    let has = |names: &[&str]| names.iter().any(|name| container.find(name).is_some());
    // A document may have a message in it, and a message a document: what stands outermost counts.
    let outermost = |name: &str| {
        let stands = |entry: &ole::Entry| entry.parent.is_none_or(|parent| parent == 0);
        container.entries.iter().any(|entry| stands(entry) && entry.name.eq_ignore_ascii_case(name))
    };
    let document = ["WordDocument", "Workbook", "Book", "PowerPoint Document"].into_iter().any(outermost);
    if outermost("__properties_version1.0") && !document {
        return FileKind::Message;
    }
    let office =
        has(&["WordDocument", "Workbook", "Book", "PowerPoint Document", "VisioDocument", "EncryptedPackage", "Quill"]);
    let macros = has(&["VBA", "_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros"]);
    match (office, macros) {
        (_, true) => FileKind::OfficeMacro,
        (true, false) => FileKind::Office,
        (false, false) => FileKind::Other,
    }
}
