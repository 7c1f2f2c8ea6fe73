//! What is encrypted already, and what only looks so (`ENCRYPTION.md`).
//!
//! In doubt nothing is sealed: what is not sealed is read, and what cannot be read is a gap that a
//! policy speaks about. A PDF with `/Encrypt` is therefore never sealed here: most open with the empty
//! password, so who opens it says whether it is. Nor is an encrypted OpenDocument file. An office file under Excel's default password
//! counts as sealed until it is opened: who opens it tries that password.

use super::open::ole::MAGIC;
use super::parts::Sealed;
use std::ops::Range;

pub(in crate::mail) mod bytes;
mod cms;
mod link;
mod ole;
pub(crate) mod pgp;
pub(crate) mod rar;
pub(crate) mod seven;
pub(crate) mod zip;

pub(in crate::mail) use cms::compressed_pieces;
pub use cms::{cms_signed_content, cms_signed_pieces};
pub use link::link_to;

/// What protects the decoded content of one leaf. `declared` is its content type; it alone proves nothing
/// and only keeps shown text from being taken for a container.
#[must_use]
pub fn of(content: &[u8], declared: &str) -> Option<Sealed> {
    if is_rights_managed(content) {
        return Some(Sealed::RightsManaged);
    }
    if content.starts_with(MAGIC) {
        return ole::sealed(content);
    }
    if content.starts_with(b"PK") {
        return zip::sealed(content);
    }
    if content.starts_with(seven::MAGIC) {
        return seven::is_encrypted(content).then_some(Sealed::SevenZip);
    }
    if content.starts_with(rar::MAGIC) {
        return rar::is_encrypted(content).then_some(Sealed::Rar);
    }
    if cms::is_enveloped(content) {
        return Some(Sealed::Smime);
    }
    // HTML may quote an armour in a comment; only what is nothing but the armour counts.
    let whole_armour = declared != "text/html" && pgp::is_one_encrypted_armour(content);
    (whole_armour || pgp::is_encrypted(content)).then_some(Sealed::Pgp)
}

/// The encrypted data in text with inline PGP: the lines between the armour's own headers and its end.
/// Everything outside (a `Comment:` in the armour's headers too) is clear text and is read.
#[must_use]
pub fn armoured_ranges(text: &str) -> Vec<Range<usize>> {
    pgp::armoured(text).filter(|armour| armour.encrypted).map(|armour| armour.data).collect()
}

/// The file that Microsoft calls `message.rpmsg`, whatever its name here: its magic, and content behind it.
fn is_rights_managed(content: &[u8]) -> bool {
    content.starts_with(b"\x76\xE8\x04\x60\xC4\x11\xE3\x86") && content.len() > 64
}
