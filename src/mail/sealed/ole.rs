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
    let encrypted = word_is_encrypted(&container).or_else(|| workbook_is_encrypted(&container));
    let encrypted = encrypted.or_else(|| slides_are_encrypted(&container));
    encrypted.unwrap_or(false).then_some(Sealed::Office)
}

/// doc: the bit `fEncrypted` of the file information block. The bit `fObfuscated` with it means XOR,
/// which is no protection.
fn word_is_encrypted(container: &Container<'_>) -> Option<bool> {
    let block = container.first_bytes(container.find("WordDocument")?, 32);
    let flags = little16(&block, 10)?;
    Some(little16(&block, 0)? == 0xA5EC && flags & 0x0100 != 0 && flags & 0x8000 == 0)
}

/// xls: a record `FilePass` that is not XOR.
fn workbook_is_encrypted(container: &Container<'_>) -> Option<bool> {
    let stream = container.find("Workbook").or_else(|| container.find("Book"))?;
    let records = container.first_bytes(stream, BEGINNING);
    let mut at = 0;
    while let (Some(kind), Some(length)) = (little16(&records, at), little16(&records, at + 2)) {
        if kind == 0x2F {
            return Some(length > 2 && little16(&records, at + 4) != Some(0));
        }
        at += 4 + usize::from(length);
    }
    Some(false)
}

/// ppt: the token in the current-user record says that the document is encrypted, and the last edit leads to a key. A token
/// alone would hide slides that every program shows.
fn slides_are_encrypted(container: &Container<'_>) -> Option<bool> {
    let slides = container.find("PowerPoint Document")?;
    let user = container.first_bytes(container.find("Current User")?, 64);
    let edit = index32(&user, 16)?;
    let token = little32(&user, 12)? == 0xF3D1_C4DF;
    let slides = container.first_bytes(slides, if token { edit.saturating_add(8) } else { 0 });
    Some(token && little16(&slides, edit + 2) == Some(0x0FF5) && index32(&slides, edit + 4) >= Some(0x20))
}
