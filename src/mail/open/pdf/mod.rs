//! PDF (ISO 32000), through `hayro-syntax` and `hayro-font`: what a page shows is worked out here, letter by letter,
//! because who draws pages does not need to know where a word ends. Pictures are neither unpacked nor looked at.
//!
//! A file that opens with the empty password opens for everybody, and is read. One that does not is protected.

/// Bookmarks, what is said of the document, and the words behind pictures.
mod about;
/// Files within the document.
mod files;
/// Letters of a font.
mod fonts;
/// Fields of a form, and what was filled in.
mod form;
/// What stands under text: whether white letters can be seen.
mod ground;
/// Layers that are switched off.
mod layers;
/// Letters in the order they are drawn become words and lines.
mod lines;
/// Notes, links and stamps on a page.
mod notes;
/// Follows the instructions that draw a page.
mod painter;
/// A PDF that the empty password does not open.
mod password;
/// What the instructions work on.
mod state;
/// Unpacks streams, as far as the work allows.
mod streams;
/// Strings outside of pages.
mod strings;

use super::office::behind::Behind;
use super::office::flow::{self, Flow, Manner};
use crate::mail::parts::{FileKind, Scribe, SectionKind};
use fonts::Fonts;
use hayro_syntax::object::{Array, Dict, MaybeRef, Object};
use hayro_syntax::page::Page;
use hayro_syntax::xref::XRef;
use hayro_syntax::{LoadPdfError, Pdf};
use layers::Layers;
use painter::Painter;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Pages beyond this are not read.
const PAGES: usize = 20_000;

/// Whether a file is one.
pub(super) fn is(_: &[u8], kind: FileKind) -> bool {
    kind == FileKind::Pdf
}

/// Writes all text of a document, and has the files in it opened.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let loaded = guarded(scribe, |_| Pdf::new(content.to_vec()));
    match loaded {
        Some(Ok(pdf)) => document(&pdf, part, scribe),
        Some(Err(LoadPdfError::Decryption(why))) => password::read(content, why, part, scribe),
        Some(Err(LoadPdfError::Invalid)) | None => scribe.broken(part, "damaged PDF"),
    }
}

/// Does what a damaged file may bring to a panic; `None` where it did. What was written before stays.
fn guarded<T>(scribe: &mut Scribe<'_>, what: impl FnOnce(&mut Scribe<'_>) -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(|| what(scribe))).ok()
}

/// Writes what stands in a document that is open.
fn document(pdf: &Pdf, part: u16, scribe: &mut Scribe<'_>) {
    let mut behind = Behind::default();
    let catalog = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()).unwrap_or_default();
    let layers = Layers::of(&catalog);
    let fonts = Fonts::new();
    let mut attached = files::Attached::default();
    if pdf.pages().is_empty() {
        scribe.broken(part, "PDF without a page");
    }
    for (number, page) in (1..).zip(pdf.pages().iter().take(PAGES)) {
        let whole = guarded(scribe, |scribe| {
            let mut painter = Painter::new(page, &fonts, &layers, part, scribe);
            painter.page(page);
            painter.write(number)
        });
        if whole.is_none() {
            scribe.broken(part, "damaged page");
        }
        if whole.is_none_or(|whole| !whole) && spent(scribe) {
            break;
        }
        let noted = guarded(scribe, |scribe| notes::read(page, part, scribe, &mut behind, &mut attached));
        if noted.is_none() {
            scribe.broken(part, "damaged notes on a page");
        }
    }
    if pdf.pages().len() > PAGES {
        scribe.limit(part, "more pages than the limit");
    }
    let rest = guarded(scribe, |scribe| {
        form::read(&catalog, pdf.xref(), part, scribe, &mut behind);
        about::read(pdf, &catalog, part, scribe, &mut behind);
        behind.write(part, scribe);
        attached.find(&catalog, pdf.xref(), part, scribe);
        attached.open(part, scribe);
    });
    if rest.is_none() {
        scribe.broken(part, "damaged PDF");
    }
}

/// Whether nothing more may be done.
fn spent(scribe: &Scribe<'_>) -> bool {
    scribe.work.as_ref().is_some_and(super::Work::is_spent)
}

/// The items of a list that are of a kind, whatever stands between them. The crate's own way ends at the first that is
/// not, and would leave the rest unread.
fn all<'a, T: TryFrom<Object<'a>>>(list: &Array<'a>, xref: &'a XRef) -> impl Iterator<Item = T> {
    let found = list.raw_iter().filter_map(|item| match item {
        MaybeRef::Ref(place) => xref.get::<Object<'a>>(place.into()),
        MaybeRef::NotRef(object) => Some(object),
    });
    found.filter_map(|object| T::try_from(object).ok())
}

/// Where a dictionary stands, to know it again. It may have no number of its own: then it gives that of the one around.
fn place(dict: &Dict<'_>) -> Place {
    (dict.data().as_ptr().addr(), dict.data().len())
}

/// Address and length of what a dictionary was read from.
type Place = (usize, usize);

/// Reads an XML document within the PDF.
fn xml(content: &[u8], section: SectionKind, part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    flow::read(content, Flow::new(Manner::Data, Some((section, 0))), part, scribe, behind);
    scribe.end();
}

/// The part of a page that is shown: left, bottom, right, top.
fn shown_box(page: &Page<'_>) -> [f64; 4] {
    let shown = page.intersected_crop_box();
    if shown.width() < 1.0 || shown.height() < 1.0 {
        let paper = page.media_box();
        return [paper.x0, paper.y0, paper.x1, paper.y1];
    }
    [shown.x0, shown.y0, shown.x1, shown.y1]
}
