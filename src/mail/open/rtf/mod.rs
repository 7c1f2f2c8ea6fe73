//! RTF, as a program that shows it reads it, and what it does not show.
//!
//! One pass over the bytes with a stack of plain values. A group whose name nobody knows is not shown, yet its words
//! are kept as text behind the document. Hidden and deleted text stands there as well, so that what is left
//! reads as it is seen.

/// The document, while it is read.
mod document;
/// Files and pictures in the document.
mod object;
/// How Outlook packs it.
pub(super) mod packed;
/// The texts of the document.
mod page;
/// Tokens.
mod token;
/// What the words mean.
mod words;

use super::told::Told;
use super::{Leaf, html, inner_file};
use crate::mail::parts::{Decoded, FileKind, Place, Scribe};
use document::Document;
use token::Tokens;

/// Whether a file is one.
pub(super) fn is(content: &[u8], _: FileKind) -> bool {
    start(content).starts_with(b"{\\rt")
}

/// The document without what may stand in front of it.
fn start(content: &[u8]) -> &[u8] {
    content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content).trim_ascii_start()
}

/// Writes all text of a document, and has the files in it opened.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    write(content, &Told::default(), part, scribe);
}

/// Writes all text of a document that was not told before, and has the files in it opened.
pub(super) fn write(content: &[u8], told: &Told, part: u16, scribe: &mut Scribe<'_>) {
    let cells = (scribe.limits.cells as usize).saturating_sub(scribe.tree.cells.len());
    let mut document = Document::new(cells, usize::from(scribe.limits.parts), scribe.limits.text as usize);
    for token in Tokens::new(start(content)) {
        document.token(&token);
    }
    document.flush();
    if document.deep {
        scribe.limit(part, "groups nested deeper than the limit");
    }
    if document.lies {
        scribe.broken(part, "more binary data announced than there is");
    }
    if document.html.is_empty() {
        document.page.write(told, part, scribe);
    } else {
        // The same once more for programs that know no HTML, unless somebody wrote something else there.
        let mut both = html_body(&Decoded::of(document.html.as_bytes(), "utf-8"), told, part, scribe);
        both.join(told);
        document.page.write(&both, part, scribe);
    }
    for file in document.files {
        if !scribe.spend(part, file.content.len()) {
            return;
        }
        let before = scribe.tree.parts.len();
        inner_file(&file.content, &file.name, part, scribe);
        if file.picture
            && let Some(picture) = scribe.tree.parts.get_mut(before)
            && picture.kind == FileKind::Image
        {
            (picture.attached, picture.shown_inline) = (false, true);
        }
    }
}

/// Writes what a page that stands in another file says and was not told before, as text of that file. Gives all
/// that the page says.
pub(super) fn html_body(decoded: &Decoded<'_>, told: &Told, part: u16, scribe: &mut Scribe<'_>) -> Told {
    let leaf = Leaf {
        content: &[],
        kind: FileKind::Html,
        declared: "text/html",
        charset: "",
        place: Place::Attachment,
        part,
        shown: false,
    };
    let mut said = Told::default();
    if told.is_empty() {
        let from = scribe.tree.text.len();
        html::write(&leaf, decoded, scribe);
        said.learn(scribe.tree.text.get(from..).unwrap_or_default());
        return said;
    }
    // Written apart first, so that it can be compared.
    let limits = scribe.limits.clone();
    let mut apart = Scribe::new(&limits);
    html::write(&leaf, decoded, &mut apart);
    said.learn(&apart.tree.text);
    scribe.begin(Place::Attachment, part);
    scribe.add(&told.new_lines(&apart.tree.text));
    scribe.end();
    said
}
