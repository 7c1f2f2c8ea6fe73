//! How the office files that are OLE containers are protected: older ones themselves, newer ones in one.

use super::bytes::{index32, little16, little32};
use crate::mail::open::ole::Container;
use crate::mail::parts::Sealed;

/// What stands at the beginning of a stream and says that it is encrypted.
const BEGINNING: usize = 8 << 10;

/// How the container protects what is in it.
pub(super) fn sealed(content: &[u8]) -> Option<Sealed> {
    let container = Container::read(content)?;
    // A clear document beside it is what programs show.
    let clear = || {
        ["WordDocument", "Workbook", "Book", "PowerPoint Document"].iter().any(|name| container.find(name).is_some())
    };
    if container.find("EncryptedPackage").is_some() && !clear() {
        if container.find("EncryptionInfo").is_some() {
            return Some(Sealed::Office);
        }
        return container.find("DRMEncryptedTransform").map(|_| Sealed::RightsManaged);
    }
    word(&container)
        .or_else(|| workbook(&container))
        .or_else(|| slides_are_encrypted(&container).then_some(Sealed::Office))
}

/// doc: the bit `fEncrypted` of the file information block. The bit `fObfuscated` with it means XOR; else the tables
/// begin with how it is encrypted.
fn word(container: &Container<'_>) -> Option<Sealed> {
    let block = container.first_bytes(container.find("WordDocument")?, 32);
    let flags = little16(&block, 10)?;
    if little16(&block, 0)? != 0xA5EC || flags & 0x0100 == 0 {
        return None;
    }
    let tables = container.find(if flags & 0x0200 != 0 { "1Table" } else { "0Table" });
    let how = tables.map(|tables| container.first_bytes(tables, 64)).unwrap_or_default();
    Some(if flags & 0x8000 != 0 { Sealed::OfficeWeak } else { strength(&how) })
}

/// xls: a record `FilePass`, which says XOR or how else it is encrypted.
fn workbook(container: &Container<'_>) -> Option<Sealed> {
    let stream = container.find("Workbook").or_else(|| container.find("Book"))?;
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
fn slides_are_encrypted(container: &Container<'_>) -> bool {
    encrypted_slides(container).unwrap_or(false)
}

fn encrypted_slides(container: &Container<'_>) -> Option<bool> {
    let slides = container.find("PowerPoint Document")?;
    let user = container.first_bytes(container.find("Current User")?, 64);
    let edit = index32(&user, 16)?;
    let token = little32(&user, 12)? == 0xF3D1_C4DF;
    let slides = container.first_bytes(slides, if token { edit.saturating_add(8) } else { 0 });
    Some(token && little16(&slides, edit + 2) == Some(0x0FF5) && index32(&slides, edit + 4) >= Some(0x20))
}
