//! A PDF that the empty password does not open: protected from everybody who has neither password nor key, or not.

use super::{about, guarded};
use crate::mail::parts::{GapKind, Scribe, Sealed};
use crate::mail::sealed;
use hayro_syntax::object::{Array, Dict, FromBytes, Name, ObjRef, String};
use hayro_syntax::{DecryptionError, Pdf};

/// Reads what can be read of it.
pub(super) fn read(content: &[u8], why: DecryptionError, part: u16, scribe: &mut Scribe<'_>) {
    // Once more as if nothing were encrypted. Only what the file says of its encryption is used of that.
    let (open, guard_at) = unnamed(content);
    let pdf = guarded(scribe, |_| Pdf::new(open).ok()).flatten();
    let guard = pdf.as_ref().zip(guard_at).and_then(|(pdf, at)| guard(pdf, content.get(at..)?)).unwrap_or_default();
    if let Some(pdf) = pdf.as_ref().filter(|_| only_files(&guard)) {
        scribe.gap(GapKind::Unsupported, part, "encrypted files in a PDF");
        super::document(pdf, part, scribe);
        return;
    }
    if why != DecryptionError::PasswordProtected && !for_certificates(&guard) {
        scribe.gap(GapKind::Unsupported, part, "PDF encrypted in a way that is not read");
        return;
    }
    if let Some(part) = scribe.tree.parts.get_mut(usize::from(part)) {
        part.sealed = Some(Sealed::Pdf);
    }
    scribe.gap(GapKind::Protected, part, "PDF with a password");
    // What is said of the document may stand beside its pages in clear text.
    about::clear_descriptions(content, part, scribe);
}

/// The file with its word for encryption made another, and what stood behind the last one.
fn unnamed(content: &[u8]) -> (Vec<u8>, Option<usize>) {
    const WORD: &[u8] = b"/Encrypt";
    let mut open = content.to_vec();
    let mut last = None;
    for at in memchr::memmem::find_iter(content, WORD) {
        let behind = at + WORD.len();
        if content.get(behind).is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        if let Some(letter) = open.get_mut(behind - 1) {
            *letter = b'_';
        }
        last = Some(behind);
    }
    (open, last)
}

/// What the file says of its encryption: it stands there, or elsewhere under a number.
fn guard<'a>(pdf: &'a Pdf, behind: &'a [u8]) -> Option<Dict<'a>> {
    let behind = behind.trim_ascii_start();
    match ObjRef::from_bytes(behind) {
        Some(place) => pdf.xref().get::<Dict<'a>>(place.into()),
        None => Dict::from_bytes(behind),
    }
}

/// Pages and strings are not encrypted, nothing but the files inside is: every program shows them without a password.
fn only_files(guard: &Dict<'_>) -> bool {
    let plain = |key: &str| guard.get::<Name<'_>>(key).is_none_or(|filter| filter.as_ref() == b"Identity");
    guard.get::<u8>("V").is_some_and(|version| version >= 4) && plain("StmF") && plain("StrF")
}

/// Encrypted for those who have the key of one of some certificates.
fn for_certificates(guard: &Dict<'_>) -> bool {
    let envelopes = |dict: &Dict<'_>| {
        let list = dict.get::<Array<'_>>("Recipients").unwrap_or_default();
        let mut envelopes = list.iter::<String<'_>>().take(1_000);
        envelopes.any(|envelope| sealed::of(envelope.as_bytes(), "") == Some(Sealed::Smime))
    };
    let filters = guard.get::<Dict<'_>>("CF").unwrap_or_default();
    let mut named = filters.keys().take(100).filter_map(|name| filters.get::<Dict<'_>>(name.as_ref()));
    guard.get::<Name<'_>>("Filter").is_some_and(|filter| filter.as_ref() == b"Adobe.PubSec")
        && (envelopes(guard) || named.any(|filter| envelopes(&filter)))
}
