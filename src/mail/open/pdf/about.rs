//! What is said of the document: its properties, its bookmarks, and the words that stand for pictures.

use super::strings::{of, text};
use super::{Place, all, place, streams, xml};
use crate::mail::open::office::behind::Behind;
use crate::mail::parts::{Scribe, SectionKind};
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Object, Stream};
use hayro_syntax::xref::XRef;
use rustc_hash::FxHashSet;

/// Bookmarks, and elements of the structure, beyond this are not read.
const ITEMS: usize = 200_000;

/// Writes it all.
pub(super) fn read(pdf: &Pdf, catalog: &Dict<'_>, part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    properties(pdf, part, scribe);
    if let Some(described) = catalog.get::<Stream<'_>>("Metadata")
        && let Some(content) = streams::unpack(&described, part, scribe)
    {
        xml(&content, SectionKind::Properties, part, scribe, behind);
    }
    bookmarks(catalog, part, scribe);
    spoken(catalog, pdf.xref(), part, scribe, behind);
}

fn properties(pdf: &Pdf, part: u16, scribe: &mut Scribe<'_>) {
    let about = pdf.metadata();
    scribe.begin_section(part, SectionKind::Properties, 0, "");
    for value in [&about.title, &about.author, &about.subject, &about.keywords, &about.creator, &about.producer] {
        let value = text(value.as_deref().unwrap_or_default());
        if !value.trim().is_empty() {
            scribe.add(value.trim());
            scribe.add("\n");
        }
    }
    scribe.end();
}

/// Bookmarks, in the order they are shown.
fn bookmarks(catalog: &Dict<'_>, part: u16, scribe: &mut Scribe<'_>) {
    let first = catalog.get::<Dict<'_>>("Outlines").and_then(|all| all.get::<Dict<'_>>("First"));
    let mut waiting: Vec<Dict<'_>> = first.into_iter().collect();
    let mut known = FxHashSet::<Place>::default();
    scribe.begin_section(part, SectionKind::Bookmarks, 0, "");
    while let Some(item) = waiting.pop() {
        let again = !known.insert(place(&item));
        if again || known.len() > ITEMS {
            continue;
        }
        if scribe.full() || !scribe.spend(part, item.data().len()) {
            break;
        }
        if let Some(title) = of(&item, b"Title") {
            scribe.add(title.trim());
            scribe.add("\n");
        }
        waiting.extend(item.get::<Dict<'_>>("Next"));
        waiting.extend(item.get::<Dict<'_>>("First"));
    }
    scribe.end();
}

/// Words that a program speaks in place of a picture or of letters.
fn spoken<'a>(catalog: &Dict<'a>, xref: &'a XRef, part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    let mut waiting: Vec<Dict<'a>> = catalog.get::<Dict<'a>>("StructTreeRoot").into_iter().collect();
    let mut known = FxHashSet::<Place>::default();
    let mut looked = 0;
    while let Some(element) = waiting.pop() {
        let again = !known.insert(place(&element));
        looked += 1;
        if again || looked > ITEMS {
            continue;
        }
        if !scribe.spend(part, element.data().len()) {
            return;
        }
        for key in [&b"Alt"[..], b"ActualText", b"E", b"T"] {
            if let Some(words) = of(&element, key) {
                behind.add(&words);
            }
        }
        match element.get::<Object<'_>>("K") {
            Some(Object::Dict(one)) => waiting.push(one),
            Some(Object::Array(list)) => children(&list, xref, &mut waiting),
            _ => (),
        }
    }
}

fn children<'a>(list: &Array<'a>, xref: &'a XRef, waiting: &mut Vec<Dict<'a>>) {
    let room = ITEMS.saturating_sub(waiting.len());
    let from = waiting.len();
    waiting.extend(all::<Dict<'a>>(list, xref).take(room));
    if let Some(new) = waiting.get_mut(from..) {
        new.reverse();
    }
}

/// Descriptions that stand in clear text in a file whose pages are protected.
pub(super) fn clear_descriptions(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    const FEW: usize = 20;
    let mut behind = Behind::default();
    let mut rest = content;
    for _ in 0..FEW {
        let Some(start) = memchr::memmem::find(rest, b"<x:xmpmeta") else { break };
        let Some(described) = rest.get(start..) else { break };
        let end = memchr::memmem::find(described, b"</x:xmpmeta>").map_or(described.len(), |end| end + 12);
        let (described, behind_it) = described.split_at(end);
        xml(described, SectionKind::Properties, part, scribe, &mut behind);
        rest = behind_it;
    }
    behind.write(part, scribe);
}
