//! How the office files that are OLE containers are protected: older ones themselves, newer ones in one.

use super::bytes::{index32, little16, little32};
use crate::mail::open::ole::Container;
use crate::mail::parts::Sealed;

/// What stands at the beginning of a stream and says that it is encrypted.
const BEGINNING: usize = 8 << 10;

/// What a container holds that is no office document, and is read as what it is: messages, drawings, brochures.
const OTHERS: [&str; 4] = ["__properties_version1.0", "VisioDocument", "Quill", "VisioInformation"];

/// How the container protects what is in it. Only what stands outermost counts, since that is what a program shows:
/// a document may have an encrypted one in it, and a message may.
pub(super) fn sealed(content: &[u8]) -> Option<Sealed> {
    let container = Container::read(content)?;
    let (mut package, mut info, mut documents) = (false, false, Vec::new());
    for (index, entry) in container.children(0).filter_map(|index| Some((index, container.entries.get(index)?))) {
        let is = |name: &str| entry.name.eq_ignore_ascii_case(name);
        if OTHERS.into_iter().any(is) {
            return None;
        }
        if entry.storage {
            continue;
        }
        if is("WordDocument") {
            documents.push(word(&container, index));
        } else if is("Workbook") || is("Book") {
            documents.push(workbook(&container, index));
        } else if is("PowerPoint Document") {
            documents.push(slides_are_encrypted(&container, index).then_some(Sealed::Office));
        } else {
            package |= is("EncryptedPackage");
            info |= is("EncryptionInfo") && tells_how(&container.first_bytes(index, 8));
        }
    }
    if !documents.is_empty() {
        // A clear document beside another one is what programs show.
        let all: Option<Vec<Sealed>> = documents.into_iter().collect();
        return all?.into_iter().max_by_key(|sealed| sealed.is_weak());
    }
    match (package, info) {
        (true, true) => Some(Sealed::Office),
        (true, false) => is_rights_managed(&container).then_some(Sealed::RightsManaged),
        (false, _) => None,
    }
}

/// Whether these are the versions that stand before how a package is encrypted.
fn tells_how(info: &[u8]) -> bool {
    matches!((little16(info, 0), little16(info, 2)), (Some(4), Some(4)) | (Some(2..=4), Some(2 | 3)))
}

/// Whether the package is encrypted for those whom a server knows: that stands in a storage for such things.
fn is_rights_managed(container: &Container<'_>) -> bool {
    let transforms = container.child(0, "\u{6}DataSpaces").and_then(|spaces| container.child(spaces, "TransformInfo"));
    transforms.is_some_and(|transforms| container.child(transforms, "DRMEncryptedTransform").is_some())
}

/// doc: the bit `fEncrypted` of the file information block. The bit `fObfuscated` with it means XOR; else the tables
/// begin with how it is encrypted.
fn word(container: &Container<'_>, document: usize) -> Option<Sealed> {
    let block = container.first_bytes(document, 32);
    let flags = little16(&block, 10)?;
    if little16(&block, 0)? != 0xA5EC || flags & 0x0100 == 0 {
        return None;
    }
    let tables = container.child(0, if flags & 0x0200 != 0 { "1Table" } else { "0Table" });
    let how = tables.map(|tables| container.first_bytes(tables, 64)).unwrap_or_default();
    Some(if flags & 0x8000 != 0 { Sealed::OfficeWeak } else { strength(&how) })
}

/// xls: a record `FilePass`, which says XOR or how else it is encrypted.
fn workbook(container: &Container<'_>, stream: usize) -> Option<Sealed> {
    let records = container.first_bytes(stream, BEGINNING);
    let mut at = 0;
    while let (Some(kind), Some(length)) = (little16(&records, at), little16(&records, at + 2)) {
        if kind == 0x2F {
            let xor = length <= 4 || little16(&records, at + 4) == Some(0);
            let how = records.get(at + 6..).unwrap_or_default();
            return Some(if xor { Sealed::OfficeWeak } else { strength(how) });
        }
        at += 4 + usize::from(length);
    }
    None
}

/// How strong an encryption header of MS-OFFCRYPTO is: version 1 is RC4 with 40 bits, later ones tell their bits.
fn strength(header: &[u8]) -> Sealed {
    let bits = match little16(header, 0) {
        Some(1) => 40,
        // No number of bits means 40, too.
        Some(2..=4) => little32(header, 28).unwrap_or(u32::MAX),
        _ => u32::MAX,
    };
    if bits <= 40 { Sealed::OfficeWeak } else { Sealed::Office }
}

/// ppt: the token in the current-user record says that the document is encrypted, and the last edit leads to a key. A token
/// alone would hide slides that every program shows.
fn slides_are_encrypted(container: &Container<'_>, slides: usize) -> bool {
    encrypted_slides(container, slides).unwrap_or(false)
}

fn encrypted_slides(container: &Container<'_>, slides: usize) -> Option<bool> {
    let user = container.first_bytes(container.child(0, "Current User")?, 64);
    let edit = index32(&user, 16)?;
    let token = little32(&user, 12)? == 0xF3D1_C4DF;
    let slides = container.first_bytes(slides, if token { edit.saturating_add(8) } else { 0 });
    Some(token && little16(&slides, edit + 2) == Some(0x0FF5) && index32(&slides, edit + 4) >= Some(0x20))
}
