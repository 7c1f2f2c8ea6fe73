//! Files within the document.

use super::strings::{of, text};
use super::{Place, all, place, streams};
use crate::mail::open::inner_file;
use crate::mail::parts::Scribe;
use hayro_syntax::object::{Array, Dict, ObjectIdentifier, Stream};
use hayro_syntax::xref::XRef;
use rustc_hash::FxHashSet;

/// Files beyond this are not looked for.
const FILES: usize = 10_000;

/// Files found so far.
#[derive(Default)]
pub(super) struct Attached<'a> {
    found: Vec<Dict<'a>>,
    cut: bool,
}

impl<'a> Attached<'a> {
    /// Takes note of a file by its description.
    pub fn add(&mut self, file: Dict<'a>) {
        if self.found.len() < FILES {
            self.found.push(file);
        } else {
            self.cut = true;
        }
    }

    /// Takes note of the files that belong to a page or to the document.
    pub fn listed(&mut self, of: &Dict<'a>, xref: &'a XRef) {
        for file in all::<Dict<'a>>(&of.get::<Array<'a>>("AF").unwrap_or_default(), xref).take(FILES) {
            self.add(file);
        }
    }

    /// Takes note of the files that the document lists by name.
    pub fn find(&mut self, catalog: &Dict<'a>, xref: &'a XRef, part: u16, scribe: &mut Scribe<'_>) {
        self.listed(catalog, xref);
        let names = catalog.get::<Dict<'a>>("Names").and_then(|names| names.get::<Dict<'a>>("EmbeddedFiles"));
        let mut waiting: Vec<Dict<'a>> = names.into_iter().collect();
        let mut known = FxHashSet::<Place>::default();
        while let Some(node) = waiting.pop() {
            let again = !known.insert(place(&node));
            if again || waiting.len() > FILES || !scribe.spend(part, node.data().len()) {
                continue;
            }
            for file in all::<Dict<'a>>(&node.get::<Array<'a>>("Names").unwrap_or_default(), xref) {
                self.add(file);
            }
            let kids = node.get::<Array<'a>>("Kids").unwrap_or_default();
            waiting.extend(all::<Dict<'a>>(&kids, xref).take(FILES));
        }
    }

    /// Has every file opened, once.
    pub fn open(self, part: u16, scribe: &mut Scribe<'_>) {
        if self.cut {
            scribe.limit(part, "more files inside than the limit");
        }
        let mut known = FxHashSet::<ObjectIdentifier>::default();
        for file in &self.found {
            let Some(inside) = file.get::<Dict<'_>>("EF") else { continue };
            let name = of(file, b"UF").or_else(|| of(file, b"F")).or_else(|| of(file, b"Desc")).unwrap_or_default();
            for key in ["UF", "F", "Unix", "Mac", "DOS"] {
                let Some(stream) = inside.get::<Stream<'_>>(key) else { continue };
                if !known.insert(stream.obj_id()) {
                    continue;
                }
                if let Some(content) = streams::unpack(&stream, part, scribe) {
                    inner_file(&content, &text(name.as_bytes()), part, scribe);
                }
            }
            if super::spent(scribe) {
                return;
            }
        }
    }
}
