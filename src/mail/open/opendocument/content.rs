//! The document itself: text, tables, slides.

use crate::mail::open::office::behind::Behind;
use crate::mail::open::xml::{self, Element, Sink};
use crate::mail::parts::{Place, Scribe, SectionKind};
use std::collections::BTreeSet;
use std::ops::Range;

/// Columns whose hiding is remembered.
const COLUMNS: usize = 16_384;
/// Styles that hide; more are not kept.
const STYLES: usize = 10_000;

/// What is known while a document is read.
pub(super) struct Content<'b> {
    part: u16,
    section: Option<SectionKind>,
    behind: &'b mut Behind,
    /// Names of styles that hide what has them.
    hiding: BTreeSet<String>,
    depth: u32,
    /// The element that hides all within it stands this deep.
    unseen_from: Option<u32>,
    /// Paragraphs around; text outside of all is a line of its own.
    paragraphs: u32,
    /// Comments around, and their text.
    comments: u32,
    said: String,
    pending: Option<char>,
    /// The body is a spreadsheet: its tables are sheets.
    sheets: bool,
    number: u32,
    slides: u32,
    table: Table,
    tables: u32,
}

/// The outermost table that is read.
#[derive(Default)]
struct Table {
    number: u16,
    row: u32,
    rows_repeated: u32,
    first: Option<u32>,
    column: u16,
    columns_repeated: u16,
    cells: Vec<(u16, Range<u32>)>,
    from: u32,
    /// A date as the cell holds it, whatever it shows.
    date: Option<String>,
    row_hidden: bool,
    hidden_columns: Vec<bool>,
    columns: usize,
    full: bool,
}

impl<'b> Content<'b> {
    /// Looks for styles that hide, first of all.
    pub fn new(content: &[u8], section: Option<SectionKind>, part: u16, behind: &'b mut Behind) -> Self {
        Self {
            part,
            section,
            behind,
            hiding: hiding(content),
            depth: 0,
            unseen_from: None,
            paragraphs: 0,
            comments: 0,
            said: String::new(),
            pending: None,
            sheets: false,
            number: 0,
            slides: 0,
            table: Table::default(),
            tables: 0,
        }
    }

    /// Writes the document's text, and its comments behind it.
    pub fn write(mut self, content: &[u8], scribe: &mut Scribe<'_>) {
        match self.section {
            Some(kind) => scribe.begin_section(self.part, kind, 0, ""),
            None => scribe.begin(Place::Attachment, self.part),
        }
        xml::read(content, self.part, scribe, &mut self);
        scribe.end();
        if !self.said.trim().is_empty() {
            scribe.begin_section(self.part, SectionKind::Comments, 0, "");
            scribe.add(&self.said);
            scribe.end();
        }
    }

    fn is_hidden(&self) -> bool {
        let table = &self.table;
        let column = || table.hidden_columns.get(usize::from(table.column)) == Some(&true);
        self.unseen_from.is_some() || (self.tables > 0 && (table.row_hidden || column()))
    }

    fn put(&mut self, text: &str, scribe: &mut Scribe<'_>) {
        if self.comments > 0 {
            self.said.push_str(text);
            return;
        }
        if let Some(between) = self.pending.take()
            && !scribe.at_start()
        {
            scribe.add(between.encode_utf8(&mut [0; 4]));
        }
        scribe.hide(self.is_hidden());
        scribe.add(text);
        scribe.hide(false);
    }

    fn line_ends(&mut self) {
        if self.comments > 0 {
            self.said.push('\n');
        } else {
            self.pending = Some('\n');
        }
    }

    fn hides(&mut self, element: &Element<'_>) {
        if self.unseen_from.is_some() {
            return;
        }
        let by_style =
            || element.attributes().any(|(name, value)| name == "style-name" && self.hiding.contains(value.as_ref()));
        let by_itself = match element.name {
            "tracked-changes" => true,
            "hidden-paragraph" | "hidden-text" => element.get("is-hidden").is_none_or(|value| value != "false"),
            "section" => element.get("display").is_some_and(|value| value != "true"),
            _ => false,
        };
        if by_itself || (!self.hiding.is_empty() && by_style()) {
            self.unseen_from = Some(self.depth);
        }
    }

    fn table_starts(&mut self, element: &Element<'_>, scribe: &mut Scribe<'_>) {
        self.tables += 1;
        if self.tables > 1 {
            return;
        }
        if self.sheets {
            self.number += 1;
            let kind = if self.unseen_from.is_some() { SectionKind::HiddenSheet } else { SectionKind::Sheet };
            let name = element.get("name").unwrap_or_default();
            scribe.begin_section(self.part, kind, self.number, &name);
            self.pending = None;
        }
        self.table = Table { number: scribe.next_table(), ..Table::default() };
    }

    fn row_starts(&mut self, element: &Element<'_>) {
        let table = &mut self.table;
        table.column = 0;
        table.rows_repeated = number(element, "number-rows-repeated");
        table.row_hidden = element.get("visibility").is_some_and(|value| value != "visible");
    }

    /// The headings are to stand in row 0 of their table, whatever stands above them.
    fn row_ends(&mut self, scribe: &mut Scribe<'_>) {
        let table = &mut self.table;
        let cells = std::mem::take(&mut table.cells);
        if table.first.is_none() && cells.len() > 1 {
            table.first = Some(table.row);
        }
        if let Some(first) = table.first
            && !table.full
        {
            for (column, range) in cells {
                if !scribe.cell(table.number, table.row.saturating_sub(first), column, range) {
                    table.full = true;
                    scribe.limit(self.part, "more table cells than the limit");
                    break;
                }
            }
        }
        table.row = table.row.saturating_add(table.rows_repeated.max(1));
        table.row_hidden = false;
        self.pending = Some('\n');
    }

    fn cell_starts(&mut self, element: &Element<'_>, scribe: &mut Scribe<'_>) {
        if let Some(between) = self.pending.take()
            && !scribe.at_start()
        {
            scribe.add(between.encode_utf8(&mut [0; 4]));
        }
        self.table.columns_repeated = u16::try_from(number(element, "number-columns-repeated")).unwrap_or(u16::MAX);
        self.table.date = element.get("date-value").map(|value| value.chars().take(10).collect());
        self.table.from = scribe.here();
    }

    fn cell_ends(&mut self, scribe: &mut Scribe<'_>) {
        // What a cell shows of a date may be as little as a day.
        if let Some(date) = self.table.date.take() {
            if !scribe.at_start() && self.table.from < scribe.here() {
                scribe.add(" ");
            }
            self.pending = None;
            self.put(&date, scribe);
            self.table.from = scribe.here().saturating_sub(u32::try_from(date.len()).unwrap_or_default());
        }
        let range = self.table.from..scribe.here();
        if !range.is_empty() {
            self.table.cells.push((self.table.column, range));
        }
        self.table.column = self.table.column.saturating_add(self.table.columns_repeated.max(1));
        self.pending = Some('\t');
    }

    fn column(&mut self, element: &Element<'_>) {
        let count = usize::try_from(number(element, "number-columns-repeated")).unwrap_or(COLUMNS).clamp(1, COLUMNS);
        let hidden = element.get("visibility").is_some_and(|value| value != "visible");
        let end = (self.table.columns + count).min(COLUMNS);
        if hidden {
            self.table.hidden_columns.resize(self.table.columns.min(end), false);
            self.table.hidden_columns.resize(end, true);
        }
        self.table.columns = end;
    }

    /// Attributes that hold somebody's words.
    fn attributes(&mut self, element: &Element<'_>) {
        let wanted: &[&str] = match element.name {
            "hidden-text" | "conditional-text" | "user-field-decl" | "variable-set" | "user-defined" => {
                &["string-value", "string-value-if-true", "string-value-if-false"]
            }
            "a" => &["href", "title"],
            "text" | "textarea" | "formatted-text" | "option" | "item" | "checkbox" | "radio" => {
                &["value", "current-value", "label"]
            }
            "content-validation" | "help-message" | "error-message" => &["condition", "title"],
            "named-range" | "database-range" => &["name"],
            _ => return,
        };
        for (_, value) in element.attributes().filter(|(name, _)| wanted.contains(name)) {
            self.behind.add(&value);
        }
    }
}

impl Sink for Content<'_> {
    fn start(&mut self, element: &Element<'_>, scribe: &mut Scribe<'_>) {
        self.depth += 1;
        self.hides(element);
        match element.name {
            "p" | "h" => self.paragraphs += 1,
            "s" => {
                let count = element.get("c").and_then(|count| count.parse::<usize>().ok()).unwrap_or(1);
                self.put(&" ".repeat(count.clamp(1, 80)), scribe);
            }
            "tab" => self.put("\t", scribe),
            "line-break" => self.put("\n", scribe),
            "annotation" => self.comments += 1,
            "spreadsheet" => self.sheets = true,
            "table" => self.table_starts(element, scribe),
            "table-row" if self.tables == 1 => self.row_starts(element),
            "table-column" if self.tables == 1 => self.column(element),
            "table-cell" | "covered-table-cell" if self.tables == 1 => self.cell_starts(element, scribe),
            "page" if self.section.is_none() => {
                self.slides += 1;
                let kind = if self.unseen_from.is_some() { SectionKind::HiddenSlide } else { SectionKind::Slide };
                scribe.begin_section(self.part, kind, self.slides, "");
                self.pending = None;
            }
            "notes" => {
                scribe.begin_section(self.part, SectionKind::Notes, self.slides, "");
                self.pending = None;
            }
            _ => {}
        }
        self.attributes(element);
    }

    fn end(&mut self, name: &str, scribe: &mut Scribe<'_>) {
        match name {
            "p" | "h" => {
                self.paragraphs = self.paragraphs.saturating_sub(1);
                self.line_ends();
            }
            "annotation" => self.comments = self.comments.saturating_sub(1),
            "table" => {
                self.tables = self.tables.saturating_sub(1);
                self.pending = Some('\n');
            }
            "table-row" if self.tables == 1 => self.row_ends(scribe),
            "table-cell" | "covered-table-cell" if self.tables == 1 => self.cell_ends(scribe),
            _ => {}
        }
        if self.unseen_from == Some(self.depth) {
            self.unseen_from = None;
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn text(&mut self, text: &str, scribe: &mut Scribe<'_>) {
        if self.paragraphs > 0 {
            self.put(text, scribe);
        } else if text.contains(char::is_alphanumeric) {
            self.line_ends();
            self.put(text.trim(), scribe);
            self.line_ends();
        }
    }

    fn aside(&mut self, text: &str) {
        self.behind.add(text);
    }
}

fn number(element: &Element<'_>, name: &str) -> u32 {
    element.get(name).and_then(|value| value.parse().ok()).unwrap_or(1)
}

/// Names of styles that hide text, sheets or slides.
fn hiding(content: &[u8]) -> BTreeSet<String> {
    let mut styles = BTreeSet::new();
    let mut style = String::new();
    xml::each(content, |element| match element.name {
        "style" => style = element.get("name").unwrap_or_default().into_owned(),
        "text-properties" | "table-properties" | "drawing-page-properties" if styles.len() < STYLES => {
            let hides = |(name, value): (&str, std::borrow::Cow<'_, str>)| {
                matches!((name, value.as_ref()), ("display", "none" | "false") | ("visibility", "hidden"))
            };
            if element.attributes().any(hides) {
                styles.insert(style.clone());
            }
        }
        _ => {}
    });
    styles
}
