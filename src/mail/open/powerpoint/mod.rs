//! PowerPoint 97 to 2003 (MS-PPT): records within records. Text of placeholders stands in a list of the document's, all
//! other text on its slide.

/// Which of the records count.
mod edits;
/// Records within records.
mod records;
/// The words of one slide.
mod slide;

use super::inflate;
use super::inner_file;
use super::older::Document;
use super::older::sweep::sweep;
use crate::mail::parts::{Scribe, SectionKind};
use crate::mail::sealed::bytes::little32;
use edits::Edits;
use records::{Record, all, outer, record};
use slide::Words;
use std::collections::BTreeSet;

/// Slides that are listed; those beyond are read as if they were not.
const MOST: usize = 20_000;
const DOCUMENT: u16 = 1_000;
const SLIDE: u16 = 1_006;
const NOTES: u16 = 1_008;
const NOTES_ATOM: u16 = 1_009;
const SLIDE_PLACE: u16 = 1_011;
const MASTER: u16 = 1_016;
const HANDOUT: u16 = 4_041;
const LIST: u16 = 4_080;
const USER_EDIT: u16 = 4_085;
const OBJECT: u16 = 4_113;
const DIRECTORY: u16 = 6_002;

/// Reads the slides in a storage; whether there are any.
pub(super) fn read(document: &mut Document<'_>, storage: usize, scribe: &mut Scribe<'_>) -> bool {
    let Some(stream) = document.take(storage, "PowerPoint Document", scribe) else { return false };
    let user = document.take(storage, "Current User", scribe).unwrap_or_default();
    let part = document.part;
    let edits = edits::read(&stream, &user, part, scribe);
    let mut slides = Slides { stream: &stream, part, done: BTreeSet::new(), edits, listed: Vec::new() };
    slides.read(scribe, document);
    true
}

/// A slide as the document lists it.
struct Listed {
    /// The number of its record.
    record: u32,
    /// The number that its notes know it by.
    known_as: u32,
    words: Words,
}

struct Slides<'s> {
    stream: &'s [u8],
    part: u16,
    edits: Edits,
    /// Records that were read.
    done: BTreeSet<usize>,
    listed: Vec<Listed>,
}

impl Slides<'_> {
    fn read(&mut self, scribe: &mut Scribe<'_>, document: &mut Document<'_>) {
        let stream = self.stream;
        let at = self.edits.places.get(&self.edits.document).copied();
        let written = at.and_then(|at| record(stream, at, stream.len())).filter(|record| record.kind == DOCUMENT);
        let written = written.or_else(|| {
            let last = outer(stream, 0..stream.len()).filter(|record| record.kind == DOCUMENT).last();
            last.inspect(|_| scribe.broken(self.part, "slides that do not say which of them count"))
        });
        if let Some(written) = written {
            self.document(&written, scribe, document);
        }
        let listed = std::mem::take(&mut self.listed);
        let mut numbers = Vec::new();
        for (number, mut listed) in (1_u32..).zip(listed) {
            numbers.push((listed.known_as, number));
            let at = self.edits.places.get(&listed.record).copied();
            let slide = at.filter(|at| self.done.insert(*at)).and_then(|at| record(stream, at, stream.len()));
            // Slides may be said to stand in one another.
            if let Some(slide) = slide.filter(|slide| slide.kind == SLIDE && scribe.spend(self.part, slide.body.len()))
            {
                listed.words.read(all(stream, slide.place), &mut document.behind);
            }
            let kind = if listed.words.hidden { SectionKind::HiddenSlide } else { SectionKind::Slide };
            listed.words.write(self.part, kind, number, scribe);
        }
        numbers.sort_unstable();
        self.rest(&numbers, scribe, document);
    }

    /// The list of slides with the text of their placeholders, and what belongs to all of them.
    fn document(&mut self, written: &Record<'_>, scribe: &mut Scribe<'_>, document: &mut Document<'_>) {
        self.done.insert(written.place.start);
        let mut around = Words::default();
        let mut at = written.place.start + 8;
        while let Some(record) = record(self.stream, at, written.place.end) {
            at = record.place.end;
            if record.kind == LIST && record.instance == 0 {
                self.list(&record, document);
            } else {
                around.read(all(self.stream, record.place), &mut document.behind);
            }
        }
        // Text that belongs to no slide: on masters and notes, and names of what is linked.
        around.hidden = true;
        around.write(self.part, SectionKind::Behind, 0, scribe);
    }

    fn list(&mut self, list: &Record<'_>, document: &mut Document<'_>) {
        for record in outer(self.stream, list.place.start + 8..list.place.end) {
            if record.kind == SLIDE_PLACE && self.listed.len() < MOST {
                let number = |at: usize| little32(record.body, at).unwrap_or(0);
                self.listed.push(Listed { record: number(0), known_as: number(12), words: Words::default() });
            } else if let Some(listed) = self.listed.last_mut() {
                listed.words.read(all(self.stream, record.place), &mut document.behind);
            }
        }
    }

    /// Everything else: notes, masters, objects, and slides that were deleted or are left from before.
    fn rest(&mut self, numbers: &[(u32, u32)], scribe: &mut Scribe<'_>, document: &mut Document<'_>) {
        let counted: BTreeSet<usize> = self.edits.places.values().copied().collect();
        for record in outer(self.stream, 0..self.stream.len()) {
            if self.done.contains(&record.place.start) {
                continue;
            }
            let counts = counted.contains(&record.place.start);
            match record.kind {
                NOTES if counts => {
                    let of = all(self.stream, record.place.clone()).find(|record| record.kind == NOTES_ATOM);
                    let of = of.and_then(|atom| little32(atom.body, 0)).unwrap_or(0);
                    let number = numbers.binary_search_by_key(&of, |(known_as, _)| *known_as);
                    let number = number.ok().and_then(|at| numbers.get(at)).map_or(0, |(_, number)| *number);
                    // The notes of no slide are the master of all notes.
                    let kind = if number == 0 { SectionKind::Behind } else { SectionKind::Notes };
                    self.words(&record, kind, number, number == 0, scribe, document);
                }
                SLIDE => self.words(&record, SectionKind::HiddenSlide, 0, true, scribe, document),
                NOTES | MASTER | HANDOUT | DOCUMENT => {
                    self.words(&record, SectionKind::Behind, 0, true, scribe, document);
                }
                OBJECT => self.object(&record, scribe),
                USER_EDIT | DIRECTORY => {}
                _ => sweep(record.body, &mut document.behind),
            }
        }
    }

    fn words(
        &self,
        record: &Record<'_>,
        kind: SectionKind,
        number: u32,
        hidden: bool,
        scribe: &mut Scribe<'_>,
        document: &mut Document<'_>,
    ) {
        let mut words = Words::default();
        words.read(all(self.stream, record.place.clone()), &mut document.behind);
        words.hidden |= hidden;
        words.write(self.part, kind, number, scribe);
    }

    /// A document in the document, or the project of its macros: a container, packed or not.
    fn object(&self, record: &Record<'_>, scribe: &mut Scribe<'_>) {
        if record.instance != 1 {
            inner_file(record.body, "", self.part, scribe);
            return;
        }
        // Its length, and two bytes that say how it is packed.
        let mut content = Vec::new();
        inflate::append(&mut content, record.body.get(6..).unwrap_or_default(), self.part, scribe);
        inner_file(&content, "", self.part, scribe);
    }
}
