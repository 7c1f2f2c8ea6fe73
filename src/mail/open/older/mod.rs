//! Word, Excel and PowerPoint before 2007: streams in an OLE container. Documents that stand in documents are storages
//! in it, and are read as they are met; so is the source of macros. Every stream that is none of all this is swept for
//! words.

/// Files within a document, and pictures.
pub(super) mod inside;
/// What is said of a document.
mod properties;
/// What can be read in bytes of which nothing else is known.
pub(super) mod sweep;

use super::office::behind::Behind;
use super::ole::{Container, MAGIC};
use super::{excel, macros, password, powerpoint, word};
use crate::mail::parts::{FileKind, GapKind, Scribe, Sealed, SectionKind};
use std::borrow::Cow;

/// Storages and streams beyond this are not read; documents with hundreds of files in them have a few thousand.
const MOST: usize = 50_000;
/// Streams that hold nothing of a person: names of programs, places on the page.
const SILENT: [&str; 3] = ["\u{1}CompObj", "\u{3}ObjInfo", "\u{3}PRINT"];

/// Whether a file is one.
pub(super) fn is(content: &[u8], kind: FileKind) -> bool {
    content.starts_with(MAGIC) && matches!(kind, FileKind::Office | FileKind::OfficeMacro | FileKind::Other)
}

/// Writes all text of a document, and has the files in it opened.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let Some(container) = Container::read(content) else {
        scribe.broken(part, "damaged OLE container");
        return;
    };
    if container.damaged {
        scribe.broken(part, "damaged OLE container");
    }
    if container.entries.len() > MOST {
        scribe.limit(part, "more streams inside than the limit");
    }
    let met = vec![false; container.entries.len().min(MOST)];
    let mut document = Document { container, part, met, behind: Behind::default() };
    document.read(scribe);
    document.behind.write(part, scribe);
}

/// A container that is being read.
pub(super) struct Document<'a> {
    /// The container.
    pub container: Container<'a>,
    /// The part it is.
    pub part: u16,
    met: Vec<bool>,
    /// Text that no reader of the document sees.
    pub behind: Behind,
}

impl<'a> Document<'a> {
    fn read(&mut self, scribe: &mut Scribe<'_>) {
        let mut known = self.is_sealed(scribe);
        if known {
            // What stands beside it in clear text is read all the same.
            password::open(self, scribe);
        }
        for storage in 0..self.met.len() {
            if self.container.entries.get(storage).is_none_or(|entry| !entry.storage) {
                continue;
            }
            known |= word::read(self, storage, scribe);
            known |= excel::read(self, storage, scribe);
            known |= powerpoint::read(self, storage, scribe);
            known |= macros::read(self, storage, scribe);
            scribe.end();
        }
        self.properties(scribe);
        self.rest(&mut known, scribe);
        if !known {
            scribe.gap(GapKind::Unsupported, self.part, "a document of which only plain words are read");
        }
    }

    /// What protects it stands in the tree already.
    pub fn is_sealed(&self, scribe: &Scribe<'_>) -> bool {
        scribe.tree.parts.get(usize::from(self.part)).is_some_and(|part| part.sealed.is_some())
    }

    /// It opens for everybody.
    pub fn unseal(&self, scribe: &mut Scribe<'_>) {
        if let Some(part) = scribe.tree.parts.get_mut(usize::from(self.part))
            && matches!(part.sealed, Some(Sealed::Office | Sealed::OfficeWeak))
        {
            part.sealed = None;
        }
    }

    /// The stream of that name in a storage, which is then done with. `None` if it is not there.
    pub fn take(&mut self, storage: usize, name: &str, scribe: &mut Scribe<'_>) -> Option<Cow<'a, [u8]>> {
        let index = self.container.child(storage, name)?;
        let met = self.met.get_mut(index).filter(|met| !**met)?;
        *met = true;
        Some(self.container.stream(index, self.part, scribe))
    }

    /// The stream of that name in a storage is not read.
    pub fn leave(&mut self, storage: usize, name: &str) {
        if let Some(met) = self.container.child(storage, name).and_then(|index| self.met.get_mut(index)) {
            *met = true;
        }
    }

    /// What is said of the document.
    fn properties(&mut self, scribe: &mut Scribe<'_>) {
        for index in 0..self.met.len() {
            let named = self.container.entries.get(index).is_some_and(|entry| entry.name.starts_with('\u{5}'));
            if !named {
                continue;
            }
            let stream = self.container.stream(index, self.part, scribe);
            let Some(words) = properties::words(&stream) else { continue };
            if let Some(met) = self.met.get_mut(index) {
                *met = true;
            }
            scribe.begin_section(self.part, SectionKind::Properties, 0, "");
            scribe.add(&words);
            scribe.end();
        }
    }

    /// Every other stream: a file of a kind that is known, or bytes in which words may stand.
    fn rest(&mut self, known: &mut bool, scribe: &mut Scribe<'_>) {
        for index in 0..self.met.len() {
            let Some(entry) = self.container.entries.get(index) else { break };
            let silent = SILENT.contains(&entry.name.as_str());
            if entry.storage || silent || entry.name.is_empty() || self.met.get(index) == Some(&true) {
                continue;
            }
            let stream = self.container.stream(index, self.part, scribe);
            let name = self.container.entries.get(index).map_or("", |entry| entry.name.as_str());
            if name == "\u{1}Ole10Native" && inside::package(&stream, self.part, scribe) {
                *known = true;
            } else if !inside::known(&stream, "", self.part, scribe) {
                self.pictures(&stream, scribe);
            }
        }
    }

    /// Pictures in a stream, and the words between them.
    fn pictures(&mut self, stream: &[u8], scribe: &mut Scribe<'_>) {
        let mut from = 0;
        for picture in inside::pictures(stream) {
            sweep::sweep(stream.get(from..picture.start).unwrap_or_default(), &mut self.behind);
            inside::known(stream.get(picture.clone()).unwrap_or_default(), "", self.part, scribe);
            from = picture.end;
        }
        sweep::sweep(stream.get(from..).unwrap_or_default(), &mut self.behind);
    }
}
