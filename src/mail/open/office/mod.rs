//! Word, Excel and PowerPoint since 2007 (ECMA-376), with and without macros: a ZIP file of XML documents.
//!
//! What a document is its outermost element says. Those that a program shows are read in the order it shows them;
//! all others are swept, so that nothing readable is left out: orphans, earlier versions, data behind fields.

/// Text that no reader of the document sees, gathered in the course of reading.
pub(super) mod behind;
/// Workbooks whose sheets are records and not XML.
mod binary;
/// Text that flows: Word's documents, slides, drawings, comments, properties.
pub(super) mod flow;
/// How cells show their numbers.
pub(super) mod formats;
/// One sheet of a workbook.
mod sheet;
/// The strings that a workbook's cells share.
mod strings;
/// A workbook: its sheets and what they share.
mod workbook;

use super::zip::{self, Closed, Entries, Entry};
use super::{inner_file, older, opendocument, xml};
use crate::mail::kind;
use crate::mail::parts::{FileKind, GapKind, Scribe, SectionKind};
use behind::Behind;
use flow::{Flow, Manner};
use rustc_hash::FxHashMap;

/// Whether a file is one.
pub(super) fn is(content: &[u8], kind: FileKind) -> bool {
    // Word and Excel 2003 wrote the whole document as one XML text.
    let flat = || kind == FileKind::Office && xml::is(content);
    matches!(kind, FileKind::Office | FileKind::OfficeMacro)
        && (content.starts_with(b"PK") && !opendocument::is(content, kind) || flat())
}

/// Writes all text of a document, and has the files in it opened.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let mut behind = Behind::default();
    if !content.starts_with(b"PK") {
        flow::read(content, Flow::new(Manner::Data, None), part, scribe, &mut behind);
        behind.write(part, scribe);
        return;
    }
    let entries = Entries::read(content);
    if !entries.all.iter().any(|entry| entry.name.eq_ignore_ascii_case(b"[Content_Types].xml")) {
        // Another maker's document: what can be read of the files in it.
        zip::read(content, part, scribe);
        return;
    }
    zip::wrong(&entries, part, scribe);
    let mut package = Package::of(&entries, part, scribe);
    workbook::read(&mut package, part, scribe, &mut behind);
    binary::read(&mut package, part, scribe, &mut behind);
    slides_in_order(&mut package, part, scribe, &mut behind);
    for index in 0..package.items.len() {
        let Some(item) = package.take(index) else { continue };
        match item.what {
            What::Xml(root) => document(&root, &item.name, &item.content, part, scribe, &mut behind),
            What::Picture | What::File => inside(&item, part, scribe, &mut behind),
        }
        scribe.end();
    }
    behind.write(part, scribe);
}

/// The files of a document, unpacked.
pub(super) struct Package {
    items: Vec<Item>,
    /// Their places by their names in lower case.
    places: FxHashMap<String, Vec<usize>>,
}

struct Item {
    name: String,
    content: Vec<u8>,
    what: What,
    taken: bool,
}

enum What {
    /// A document with this outermost element.
    Xml(String),
    /// Picture, sound, film.
    Picture,
    /// Anything else.
    File,
}

/// Files that hold nothing of a person: settings of printers, fonts, and keys of form controls.
const SILENT: [&str; 4] = ["/printersettings/", "/fonts/", "/activex/", "/ctrlprops/"];

impl Package {
    fn of(entries: &Entries<'_>, part: u16, scribe: &mut Scribe<'_>) -> Self {
        let mut items = Vec::new();
        let mut places: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for entry in &entries.all {
            if entry.is_folder() {
                continue;
            }
            if items.len() >= MOST {
                scribe.limit(part, "more files inside than the limit");
                break;
            }
            if let Some(item) = Item::of(entry, part, scribe) {
                places.entry(item.name.to_ascii_lowercase()).or_default().push(items.len());
                items.push(item);
            }
        }
        Self { items, places }
    }

    /// Where the items under a name stand.
    fn places(&self, name: &str) -> &[usize] {
        self.places.get(&name.trim_start_matches('/').to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The document under a name, if it was not taken before.
    pub(super) fn named(&mut self, name: &str) -> Option<Vec<u8>> {
        let is_left = |place: &&usize| self.items.get(**place).is_some_and(|item| !item.taken);
        let index = *self.places(name).iter().find(is_left)?;
        self.take(index).map(|item| item.content)
    }

    /// The first document with this outermost element, and its name, if it was not taken before.
    pub(super) fn rooted(&mut self, root: &str) -> Option<(String, Vec<u8>)> {
        let index = *self.all_rooted(root).first()?;
        self.take(index).map(|item| (item.name, item.content))
    }

    /// Where the documents with this outermost element stand that were not taken before.
    pub(super) fn all_rooted(&self, root: &str) -> Vec<usize> {
        let rooted = |item: &Item| !item.taken && matches!(&item.what, What::Xml(found) if found == root);
        self.items.iter().enumerate().filter(|(_, item)| rooted(item)).map(|(index, _)| index).collect()
    }

    /// The document at a place, if it was not taken before.
    pub(super) fn at(&mut self, place: usize) -> Option<Vec<u8>> {
        self.take(place).map(|item| item.content)
    }

    fn take(&mut self, index: usize) -> Option<Item> {
        let item = self.items.get_mut(index).filter(|item| !item.taken)?;
        item.taken = true;
        let taken = Item {
            name: item.name.clone(),
            content: std::mem::take(&mut item.content),
            what: std::mem::replace(&mut item.what, What::File),
            taken: true,
        };
        Some(taken)
    }

    /// Where the relations of a document lead: identifier and name of the other document.
    fn relations(&self, of: &str) -> Vec<(String, String)> {
        let (folder, file) = of.rsplit_once('/').unwrap_or(("", of));
        let place = self.places(&format!("{folder}/_rels/{file}.rels")).first();
        let item = place.and_then(|place| self.items.get(*place));
        item.map_or_else(Vec::new, |item| flow::relations(&item.content, folder))
    }

    /// The same by their identifiers; of several with the same the first.
    pub(super) fn targets(&self, of: &str) -> FxHashMap<String, String> {
        self.relations(of).into_iter().rev().collect()
    }
}

/// Documents in a document beyond this are not read.
const MOST: usize = 20_000;

impl Item {
    fn of(entry: &Entry<'_>, part: u16, scribe: &mut Scribe<'_>) -> Option<Self> {
        let name = zip::name_of(entry.name).into_owned();
        let content = match entry.unpack(part, scribe) {
            Ok(content) => content,
            Err(Closed::Aes | Closed::Weak) => {
                scribe.gap(GapKind::Unsupported, part, "encrypted file in a document");
                return None;
            }
            Err(Closed::Method) => {
                scribe.gap(GapKind::Unsupported, part, "packed in a way that is not read");
                return None;
            }
        };
        let what = if xml::is(&content) {
            What::Xml(xml::root(&content))
        } else {
            match kind::of(content.get(..content.len().min(4096)).unwrap_or_default(), "") {
                FileKind::Image | FileKind::Audio | FileKind::Video => What::Picture,
                _ => What::File,
            }
        };
        Some(Self { name, content, what, taken: false })
    }
}

/// A file in the document that is no document of it: a picture, a workbook behind a chart, an attached file.
fn inside(item: &Item, part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    let lower = format!("/{}", item.name.to_ascii_lowercase());
    if item.content.is_empty() || SILENT.iter().any(|silent| lower.contains(silent)) {
        return;
    }
    if lower.ends_with("/vbaproject.bin") && older::is(&item.content, FileKind::Other) {
        older::read(&item.content, part, scribe);
        return;
    }
    let ending = lower.rsplit_once('.').map(|(_, ending)| ending);
    if lower.starts_with("/xl/") && ending == Some("bin") && kind::of_binary(&item.content).is_none() {
        binary::rest(&item.content, part, scribe, behind);
        return;
    }
    let before = scribe.tree.parts.len();
    inner_file(&item.content, &item.name, part, scribe);
    if let (What::Picture, Some(picture)) = (&item.what, scribe.tree.parts.get_mut(before)) {
        // It is seen in the document, as a picture in HTML is.
        (picture.attached, picture.shown_inline) = (false, true);
    }
}

/// Slides in the order in which they are shown.
fn slides_in_order(package: &mut Package, part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    let Some((name, content)) = package.rooted("presentation") else { return };
    let targets = package.targets(&name);
    for (number, id) in (1..).zip(flow::slides(&content)) {
        let Some(target) = targets.get(&id) else { continue };
        let Some(content) = package.named(target) else { continue };
        slide(&content, number, part, scribe, behind);
        for (_, notes) in package.relations(target).iter().filter(|(_, other)| other.contains("notesSlide")) {
            if let Some(content) = package.named(notes) {
                let section = Some((SectionKind::Notes, number));
                flow::read(&content, Flow::new(Manner::Shown, section), part, scribe, behind);
            }
        }
    }
}

fn slide(content: &[u8], number: u32, part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    let hidden = flow::is_hidden_slide(content);
    let kind = if hidden { SectionKind::HiddenSlide } else { SectionKind::Slide };
    let manner = if hidden { Manner::Hidden } else { Manner::Shown };
    flow::read(content, Flow::new(manner, Some((kind, number))), part, scribe, behind);
}

/// One document by its outermost element.
fn document(root: &str, name: &str, content: &[u8], part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    let (manner, section) = match root {
        // Looks, not words: what could be read in them is heard aside.
        "styles" | "fonts" | "theme" | "numbering" | "webSettings" | "styleSheet" | "tblStyleLst" | "Types"
        | "viewPr" | "presentationPr" | "presProps" | "colorsDef" | "styleDef" | "layoutDef" | "calcChain"
        | "themeManager" | "clrMap" | "colorStyle" | "chartStyle" | "metadata" => (Manner::Looks, None),
        "document" => (Manner::Shown, None),
        "hdr" | "ftr" => (Manner::Shown, Some((SectionKind::HeaderOrFooter, 0))),
        "footnotes" | "endnotes" => (Manner::Shown, Some((SectionKind::Footnotes, 0))),
        "comments" | "ThreadedComments" | "cmLst" | "threadedComments" => {
            (Manner::Data, Some((SectionKind::Comments, 0)))
        }
        "coreProperties" | "Properties" => (Manner::Data, Some((SectionKind::Properties, 0))),
        "sld" => {
            slide(content, 0, part, scribe, behind);
            return;
        }
        "notes" => (Manner::Shown, Some((SectionKind::Notes, 0))),
        "Relationships" => (Manner::Links, Some((SectionKind::Behind, 0))),
        "chartSpace" | "wsDr" | "dataModel" | "drawing" => (Manner::Data, None),
        "glossaryDocument" | "sldMaster" | "sldLayout" | "notesMaster" | "handoutMaster" => {
            (Manner::Hidden, Some((SectionKind::Behind, 0)))
        }
        "html" | "svg" => {
            inner_file(content, name, part, scribe);
            return;
        }
        _ => (Manner::Everything, Some((SectionKind::Behind, 0))),
    };
    flow::read(content, Flow::new(manner, section), part, scribe, behind);
}
