//! Fields of a form, and what was filled in.

use super::strings::{of, said};
use super::{Place, all, place, streams, xml};
use crate::mail::open::office::behind::Behind;
use crate::mail::parts::{Scribe, SectionKind};
use hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use hayro_syntax::xref::XRef;
use rustc_hash::FxHashSet;

/// Fields beyond this are not read.
const FIELDS: usize = 50_000;

/// Writes the fields of a document's form.
pub(super) fn read<'a>(catalog: &Dict<'a>, xref: &'a XRef, part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    let Some(form) = catalog.get::<Dict<'_>>("AcroForm") else { return };
    scribe.begin_section(part, SectionKind::Form, 0, "");
    fields(&form, xref, part, scribe, behind);
    scribe.end();
    // Forms of another making, which stand in the file as XML.
    let documents: Vec<Stream<'_>> = match form.get::<Object<'_>>("XFA") {
        Some(Object::Stream(one)) => vec![one],
        Some(Object::Array(list)) => all::<Stream<'_>>(&list, xref).take(100).collect(),
        _ => Vec::new(),
    };
    // A stream may end in the middle of an element that the next one goes on with.
    let mut whole = Vec::new();
    for document in &documents {
        whole.extend(streams::unpack(document, part, scribe).unwrap_or_default());
    }
    if !whole.is_empty() {
        xml(&whole, SectionKind::Form, part, scribe, behind);
    }
}

/// A field that waits, and the name of those it stands in.
struct Waiting<'a> {
    dict: Dict<'a>,
    name: String,
}

fn fields<'a>(form: &Dict<'a>, xref: &'a XRef, part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    let mut known = FxHashSet::<Place>::default();
    let mut waiting: Vec<Waiting<'a>> = Vec::new();
    let listed = form.get::<Array<'a>>("Fields").unwrap_or_default();
    waiting.extend(all(&listed, xref).take(FIELDS).map(|dict| Waiting { dict, name: String::new() }));
    waiting.reverse();
    while let Some(Waiting { dict, name }) = waiting.pop() {
        if known.len() > FIELDS {
            scribe.limit(part, "more fields in the form than the limit");
            return;
        }
        if !known.insert(place(&dict)) {
            continue;
        }
        if scribe.full() || !scribe.spend(part, dict.data().len().saturating_add(name.len())) {
            return;
        }
        let own = of(&dict, b"TU").or_else(|| of(&dict, b"T"));
        let name = own.unwrap_or(name);
        field(&dict, xref, &name, scribe, behind);
        let kids = dict.get::<Array<'a>>("Kids").unwrap_or_default();
        let kids: Vec<_> = all(&kids, xref).take(FIELDS.saturating_sub(waiting.len())).collect();
        waiting.extend(kids.into_iter().rev().map(|dict| Waiting { dict, name: name.clone() }));
    }
}

/// Writes a field as "name: value"; what could be chosen and was not is behind the text.
fn field<'a>(dict: &Dict<'a>, xref: &'a XRef, name: &str, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    const UNSEEN: u32 = 2 | 32;
    let unseen = dict.get::<u32>("F").unwrap_or(0) & UNSEEN != 0;
    let ticked = dict.get::<Name<'_>>("FT").is_some_and(|kind| kind.as_ref() == b"Btn");
    for value in dict.get::<Object<'_>>("V").map(|value| said(value, xref)).unwrap_or_default() {
        if value.trim().is_empty() || (ticked && value == "Off") {
            continue;
        }
        scribe.hide(unseen);
        if !name.is_empty() {
            scribe.add(name.trim());
            scribe.add(": ");
        }
        scribe.add(value.trim());
        scribe.add("\n");
        scribe.hide(false);
    }
    for key in ["DV", "Opt"] {
        for value in dict.get::<Object<'_>>(key).map(|value| said(value, xref)).unwrap_or_default() {
            behind.add(&value);
        }
    }
}
