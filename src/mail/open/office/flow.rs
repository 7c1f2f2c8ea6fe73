//! Text that flows: Word's documents, slides, drawings, comments, properties.

use super::behind::Behind;
use crate::mail::open::xml::{self, Element, Sink};
use crate::mail::parts::{Place, Scribe, SectionKind};

/// How a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mail::open) enum Manner {
    /// Text is what is marked as text; the rest is heard aside.
    Shown,
    /// The same, and nothing of it is seen.
    Hidden,
    /// Every stretch of text is a line.
    Data,
    /// Every stretch of text and every value of an attribute is a line that is not seen.
    Everything,
    /// Only where links lead to.
    Links,
    /// Looks; text in it is heard aside.
    Looks,
}

/// What is known while a document is read.
pub(in crate::mail::open) struct Flow<'b> {
    manner: Manner,
    section: Option<(SectionKind, u32)>,
    part: u16,
    behind: Option<&'b mut Behind>,
    /// Within an element whose text is text.
    words: u32,
    /// Within an element whose text is there and not seen: deleted, moved away, a field's code.
    unseen: u32,
    /// The run that is read is marked as hidden.
    vanished: bool,
    in_run: bool,
    /// What stands between the text so far and the next.
    pending: Option<char>,
    tables: u32,
    table: u16,
    row: u32,
    column: u16,
    cell_from: u32,
    /// Text of an element whose text is no content.
    other: String,
    /// Text of the paragraph that is there and not seen; between the words that are seen it would part them.
    unseen_text: String,
}

impl Flow<'_> {
    /// Reads in one manner, as a section where the document is one.
    pub fn new(manner: Manner, section: Option<(SectionKind, u32)>) -> Self {
        Self {
            manner,
            section,
            part: 0,
            behind: None,
            words: 0,
            unseen: 0,
            vanished: false,
            in_run: false,
            pending: None,
            tables: 0,
            table: 0,
            row: 0,
            column: 0,
            cell_from: 0,
            other: String::new(),
            unseen_text: String::new(),
        }
    }

    fn write(&mut self, text: &str, scribe: &mut Scribe<'_>) {
        if self.unseen > 0 || self.vanished {
            self.unseen_text.push_str(text);
            return;
        }
        if let Some(between) = self.pending.take()
            && !scribe.at_start()
        {
            scribe.add(between.encode_utf8(&mut [0; 4]));
        }
        let all = matches!(self.manner, Manner::Hidden | Manner::Everything | Manner::Links);
        scribe.hide(all);
        scribe.add(text);
    }

    fn unseen_ends(&mut self) {
        if let Some(behind) = &mut self.behind {
            behind.add(&self.unseen_text);
        }
        self.unseen_text.clear();
    }

    /// A line of its own.
    fn line(&mut self, text: &str, scribe: &mut Scribe<'_>) {
        if text.contains(char::is_alphanumeric) {
            self.pending = Some('\n');
            self.write(text.trim(), scribe);
            self.pending = Some('\n');
        }
    }

    fn between(&mut self, mark: char) {
        if self.pending != Some('\n') {
            self.pending = Some(mark);
        }
    }

    /// Elements of tables; only the outermost gives cells, what stands in a table in a cell is text of the cell.
    fn table_starts(&mut self, element: &Element<'_>, scribe: &mut Scribe<'_>) {
        match element.name {
            "tbl" => {
                self.tables += 1;
                if self.tables == 1 {
                    self.table = scribe.next_table();
                    self.row = 0;
                }
            }
            "tr" if self.tables == 1 => self.column = 0,
            "tc" if self.tables == 1 => {
                self.flush(scribe);
                self.cell_from = scribe.here();
            }
            "gridSpan" if self.tables == 1 => {
                let span = element.get("val").and_then(|value| value.parse::<u16>().ok()).unwrap_or(1);
                self.column = self.column.saturating_add(span.clamp(1, 64) - 1);
            }
            _ => {}
        }
    }

    fn table_ends(&mut self, name: &str, scribe: &mut Scribe<'_>) {
        match name {
            "tbl" => {
                self.tables = self.tables.saturating_sub(1);
                self.pending = Some('\n');
            }
            "tr" if self.tables == 1 => {
                self.row = self.row.saturating_add(1);
                self.pending = Some('\n');
            }
            "tc" if self.tables == 1 => {
                let range = self.cell_from..scribe.here();
                if !range.is_empty() && !scribe.cell(self.table, self.row, self.column, range) {
                    scribe.limit(self.part, "more table cells than the limit");
                }
                self.column = self.column.saturating_add(1);
                self.pending = Some('\t');
            }
            _ => {}
        }
    }

    /// Writes what stands before the next text now, so that it is no part of the cell.
    fn flush(&mut self, scribe: &mut Scribe<'_>) {
        if let Some(between) = self.pending.take()
            && !scribe.at_start()
        {
            scribe.add(between.encode_utf8(&mut [0; 4]));
        }
    }

    /// Attributes that hold somebody's words.
    fn attributes(&mut self, element: &Element<'_>, scribe: &mut Scribe<'_>) {
        let wanted: &[&str] = match element.name {
            // Text for those who cannot see the picture.
            "docPr" | "cNvPr" | "shape" | "rect" | "imagedata" | "textpath" => &["descr", "title", "alt", "string"],
            "docVar" => &["name", "val"],
            "hyperlink" | "hlinkClick" => &["tooltip"],
            "comment" | "cmAuthor" | "ins" | "del" | "person" => &["author", "name", "displayName"],
            "alias" | "tag" | "placeholder" | "fldSimple" | "default" => &["val", "instr"],
            "s" if self.manner == Manner::Everything => &["v"],
            _ if self.manner == Manner::Everything => {
                for (name, value) in element.attributes() {
                    if !name.starts_with("xmlns") && is_wordy(&value) {
                        self.line(&value, scribe);
                    }
                }
                return;
            }
            _ => return,
        };
        for (_, value) in element.attributes().filter(|(name, _)| wanted.contains(name)) {
            if self.manner == Manner::Everything || element.name == "person" {
                self.line(&value, scribe);
            } else if let Some(behind) = &mut self.behind {
                behind.add(&value);
            }
        }
    }
}

/// Whether an attribute's value may be words: more than a number, a colour, an identifier.
fn is_wordy(value: &str) -> bool {
    let letters = value.chars().filter(|letter| letter.is_alphabetic()).count();
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    (letters >= 3 || digits >= 6) && !value.starts_with("http://schemas.") && !value.starts_with('{')
}

/// Elements whose text is where something stands or how it looks.
fn is_measure(name: &str) -> bool {
    matches!(name, "posOffset" | "align" | "pctWidth" | "pctHeight" | "formatCode" | "style" | "attrName" | "pt")
}

impl Sink for Flow<'_> {
    fn start(&mut self, element: &Element<'_>, scribe: &mut Scribe<'_>) {
        if self.manner == Manner::Links {
            if element.get("TargetMode").is_some_and(|mode| mode.eq_ignore_ascii_case("external"))
                && let Some(target) = element.get("Target")
            {
                self.line(&target, scribe);
            }
            return;
        }
        self.attributes(element, scribe);
        match element.name {
            "t" | "text" => self.words += 1,
            "delText" | "instrText" | "delInstrText" => {
                self.words += 1;
                self.unseen += 1;
            }
            "moveFrom" => self.unseen += 1,
            "r" => (self.in_run, self.vanished) = (true, false),
            "vanish" | "webHidden" | "specVanish" if self.in_run => self.vanished |= element.is_on("val"),
            "tab" | "ptab" if self.in_run => self.between('\t'),
            "br" | "cr" => self.pending = Some('\n'),
            "noBreakHyphen" => self.write("-", scribe),
            "sym" => self.write(" ", scribe),
            _ => self.table_starts(element, scribe),
        }
    }

    fn end(&mut self, name: &str, scribe: &mut Scribe<'_>) {
        match name {
            "t" | "text" => self.words = self.words.saturating_sub(1),
            "delText" | "instrText" | "delInstrText" => {
                self.words = self.words.saturating_sub(1);
                self.unseen = self.unseen.saturating_sub(1);
            }
            "moveFrom" => self.unseen = self.unseen.saturating_sub(1),
            "r" => (self.in_run, self.vanished) = (false, false),
            "p" | "comment" | "threadedComment" | "cm" | "si" => {
                self.pending = Some('\n');
                self.unseen_ends();
            }
            _ => self.table_ends(name, scribe),
        }
        if !self.other.is_empty() {
            let other = std::mem::take(&mut self.other);
            match self.manner {
                Manner::Data | Manner::Everything => self.line(&other, scribe),
                _ if is_measure(name) => {}
                _ => {
                    if let Some(behind) = &mut self.behind {
                        behind.add(&other);
                    }
                }
            }
        }
    }

    fn text(&mut self, text: &str, scribe: &mut Scribe<'_>) {
        if self.words > 0 {
            self.write(text, scribe);
        } else if !self.other.is_empty() || !text.trim().is_empty() {
            self.other.push_str(text);
        }
    }

    fn aside(&mut self, text: &str) {
        if let Some(behind) = &mut self.behind {
            behind.add(text);
        }
    }
}

/// Writes a document's text.
pub(in crate::mail::open) fn read(
    content: &[u8],
    flow: Flow<'_>,
    part: u16,
    scribe: &mut Scribe<'_>,
    behind: &mut Behind,
) {
    match flow.section {
        Some((kind, number)) => scribe.begin_section(part, kind, number, ""),
        None => scribe.begin(Place::Attachment, part),
    }
    let mut flow = Flow { part, behind: Some(behind), ..flow };
    xml::read(content, part, scribe, &mut flow);
    flow.unseen_ends();
    scribe.end();
}

/// Identifiers and targets of relations, the targets as names in the package.
pub(in crate::mail::open) fn relations(content: &[u8], folder: &str) -> Vec<(String, String)> {
    elements(content, "Relationship", |element| {
        let target = element.get("Target")?;
        let id = element.get("Id")?.into_owned();
        Some((id, resolved(folder, &target)))
    })
}

/// The identifiers of the slides of a presentation, in order.
pub(in crate::mail::open) fn slides(content: &[u8]) -> Vec<String> {
    // The relation's identifier is the attribute whose value is no number.
    let relation = |value: &str| value.parse::<u64>().is_err();
    elements(content, "sldId", |element| {
        let ids = element.attributes().filter(|(name, value)| *name == "id" && relation(value));
        ids.last().map(|(_, value)| value.into_owned())
    })
}

/// Whether a slide is not shown.
pub(in crate::mail::open) fn is_hidden_slide(content: &[u8]) -> bool {
    !elements(content.get(..content.len().min(4096)).unwrap_or_default(), "sld", |element| {
        (!element.is_on("show")).then_some(())
    })
    .is_empty()
}

/// What a look at each element of one name gives.
pub(in crate::mail::open) fn elements<T>(
    content: &[u8],
    name: &str,
    mut look: impl FnMut(&Element<'_>) -> Option<T>,
) -> Vec<T> {
    let mut found = Vec::new();
    xml::each(content, |element| {
        if element.name == name && found.len() < MOST {
            found.extend(look(element));
        }
    });
    found
}

/// Relations and slides beyond this are not followed; the documents are read all the same.
const MOST: usize = 10_000;

/// A target as a name in the package: `../media/a.png` seen from `ppt/slides` is `ppt/media/a.png`.
fn resolved(folder: &str, target: &str) -> String {
    if let Some(whole) = target.strip_prefix('/') {
        return whole.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            ".." => drop(path.pop()),
            "." | "" => {}
            _ => path.push(step),
        }
    }
    path.join("/")
}
