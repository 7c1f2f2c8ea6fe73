//! Takes a message apart into a bounded plain tree; never fails.

/// Readable text out of bytes in any charset, with the way back.
mod charset;
/// Whether a tree that came from a worker may be used.
mod check;
/// What a part is and what protects it.
mod classify;
/// Transfer encodings, read leniently.
mod encoding;
/// Facts of the message as a whole.
mod facts;
/// What was not read, and why.
mod gap;
/// What was found in an opened file joins the message it stands in.
mod graft;
/// Header fields, and the part they describe.
mod header;
/// Parameters of Content-Type and Content-Disposition.
mod parameters;
/// One MIME part.
mod part;
/// The one growing text of a tree.
mod scribe;
/// Where in its file a piece of text stands.
mod section;
/// What a message is once it is taken apart.
mod tree;
/// Finds the parts.
mod walk;
/// Encoded words and raw bytes of header values.
mod words;

pub use facts::Facts;
pub use gap::{Gap, GapKind};
pub use part::{Encoding, Family, FileKind, Part, Sealed, Unopened};
pub use section::{Section, SectionKind};
pub use tree::{Cell, Field, Piece, Place, Run, Tree};

pub(in crate::mail) use charset::Decoded;
pub(in crate::mail) use scribe::Scribe;
pub(in crate::mail) use walk::{entity_within, fields_within, file_within};

/// How far taking apart goes. What lies beyond a limit is a [`Gap`], never an error.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Nesting of multiparts and messages.
    pub depth: u16,
    /// MIME parts in all.
    pub parts: u16,
    /// Header fields of the message and of all parts.
    pub headers: u32,
    /// Bytes of decoded text in all.
    pub text: u32,
    /// Table cells in all.
    pub cells: u32,
    /// Bytes of one file name or decoded header value.
    pub value: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 32, parts: 1_000, headers: 20_000, text: 16 << 20, cells: 1_000_000, value: 64 << 10 }
    }
}

/// What is wrong with a tree that a worker returned; the text names the field only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

/// Takes a message apart. Whatever the bytes are, there is a tree; what could not be read is a gap in it.
#[must_use]
pub fn take_apart(raw: &[u8], limits: &Limits) -> Tree {
    walk::take_apart(raw, limits)
}

/// The content of one part of a message, its transfer encoding undone, for a part that does not stand in the
/// message as it is. `None` for one that holds no file.
#[must_use]
pub fn content_of(raw: &[u8], limits: &Limits, part: u16) -> Option<Vec<u8>> {
    walk::content_of(raw, limits, part)
}

/// Whether a header field of that name, in lower case, holds words of a person.
pub(in crate::mail) fn says_words(name: &str) -> bool {
    header::place_of(name).is_some()
}

/// The content of a part whose body is at hand, as [`take_apart`] reads it.
#[must_use]
pub fn decoded(body: &[u8], encoding: Encoding) -> std::borrow::Cow<'_, [u8]> {
    let code = if encoding == Encoding::Base64 { encoding::base64::footer(body) } else { None };
    encoding::decode(code.and_then(|at| body.get(..at)).unwrap_or(body), encoding).0
}
