//! Tables of pupils: a column is understood from its heading and its values, and a file is reported once.

use super::columns::{self, Column, Meaning};
use super::words::{self, Weight};
use crate::checks::View;
use crate::checks::personal_data::pupil_numbers::is_upn;
use crate::checks::personal_data::tables::Headings;
use crate::finding::{Confidence, Finding, Masked};
use crate::mail::parts::{Cell, Piece, Place, SectionKind};
use crate::school::roster::PupilId;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::collections::BTreeMap;
use std::hash::Hasher;
use std::ops::Range;

/// Rows among which the headings are looked for.
const HEAD: usize = 8;
/// Cells of one column whose text is read for words.
const READ: u32 = 500;
/// Sorts of columns that are named in a summary.
const NAMED: usize = 4;

/// Fewest pupils of a table that is told as one; of fewer, each name and number is told by itself.
const FEWEST: usize = 2;

/// What is known of one file's tables.
#[derive(Default)]
struct Summary {
    known: FxHashSet<PupilId>,
    unknown: FxHashSet<u64>,
    /// Sensitive columns, and how many of them are hidden.
    columns: u64,
    hidden: u64,
    /// What they hold, in a fixed order.
    phrases: Vec<&'static str>,
    /// Some of it is more than a way to reach somebody.
    special: bool,
    tables: Vec<u16>,
    place: Option<Place>,
}

/// The findings, one for each file, and the tables they tell of.
pub fn find(view: &View<'_>, headings: &Headings<'_>, findings: &[Finding]) -> (Vec<Finding>, FxHashSet<u16>) {
    let (mut all, mut told) = (Vec::new(), FxHashSet::default());
    if view.tree.cells.is_empty() {
        return (all, told);
    }
    let mut named: FxHashMap<u16, Vec<(u32, PupilId)>> = FxHashMap::default();
    for finding in
        findings.iter().filter(|finding| finding.check == "pupil_names" && finding.confidence > Confidence::Low)
    {
        let (Some(span), Some(pupil)) = (&finding.span, finding.pupil) else { continue };
        if let Some((_, cell)) = headings.cell(span) {
            named.entry(cell.table).or_default().push((cell.row, pupil));
        }
    }
    let mut tables: BTreeMap<u16, Vec<&Cell>> = BTreeMap::new();
    for cell in &view.tree.cells {
        tables.entry(cell.table).or_default().push(cell);
    }
    let mut files: BTreeMap<u16, Summary> = BTreeMap::new();
    for (number, cells) in tables {
        let Some(piece) = cells.first().and_then(|cell| view.tree.pieces.get(cell.piece as usize)) else { continue };
        let named = named.get(&number).map(Vec::as_slice).unwrap_or_default();
        let table = Table { view, cells: &cells, named };
        let summary = files.entry(piece.part).or_default();
        if table.read(summary) {
            summary.tables.push(number);
            summary.place.get_or_insert(piece.place);
        }
    }
    for (part, summary) in files {
        let Some(confidence) = summary.confidence() else { continue };
        told.extend(summary.tables.iter().copied());
        all.push(summary.finding(part, confidence));
    }
    (all, told)
}

impl Summary {
    fn confidence(&self) -> Option<Confidence> {
        match (self.columns, self.known.len(), self.unknown.len()) {
            (0, ..) => None,
            (_, known, unknown) if known + unknown < FEWEST => None,
            (_, 1.., _) => Some(Confidence::High),
            (_, 0, _) if self.special => Some(Confidence::Medium),
            _ => None,
        }
    }

    fn finding(&self, part: u16, confidence: Confidence) -> Finding {
        let pupils = (self.known.len() + self.unknown.len()) as u64;
        let plural = if self.columns == 1 { "" } else { "s" };
        let mut said = format!("{pupils} pupils, {} sensitive column{plural}", self.columns);
        let more = self.phrases.len().saturating_sub(NAMED);
        let phrases: Vec<&str> = self.phrases.iter().take(NAMED).copied().collect();
        said += &format!(" ({}{})", phrases.join(", "), if more > 0 { " and more" } else { "" });
        if self.hidden > 0 {
            said += &format!(", {} of them hidden", self.hidden);
        }
        Finding {
            place: self.place,
            part: Some(part),
            confidence,
            measure: pupils,
            hidden: self.hidden == self.columns,
            value: u64::from(part),
            ..Finding::whole("personal_data", "pupil_table", Masked::fact(said))
        }
    }
}

struct Table<'a> {
    view: &'a View<'a>,
    cells: &'a [&'a Cell],
    /// Rows with pupils named in them.
    named: &'a [(u32, PupilId)],
}

impl Table<'_> {
    fn text(&self, cell: &Cell) -> &str {
        self.view.tree.text.get(cell.text.start as usize..cell.text.end as usize).unwrap_or_default().trim()
    }

    /// Adds what the table holds; whether it is a table of pupils with something sensitive in it.
    fn read(&self, summary: &mut Summary) -> bool {
        let (head, mut columns) = self.headings();
        let people = columns.values().any(|column| column.meaning == Some(Meaning::Person));
        let below = |row: u32| head.is_none_or(|head| row > head);
        if !people && !self.named.iter().any(|(row, _)| below(*row)) && !columns.values().any(Column::is_upn) {
            return false;
        }
        let rows: FxHashSet<u32> = self.named.iter().map(|(row, _)| *row).collect();
        for cell in self.cells.iter().filter(|cell| below(cell.row)) {
            let text = self.text(cell);
            if text.is_empty() {
                continue;
            }
            let column = columns.entry(cell.column).or_default();
            column.take(text, self.view.now);
            column.hidden += u32::from(self.is_hidden(cell));
            if column.meaning.is_none() && column.cells <= READ && column.said.is_none() && rows.contains(&cell.row) {
                column.said = said(text);
            }
        }
        let sensitive: Vec<(&Column, &'static str)> =
            columns.values().filter_map(|column| Some((column, column.sensitive()?))).collect();
        if sensitive.is_empty() {
            return false;
        }
        let (known, unknown) = self.people(head, &columns);
        if known.is_empty() && unknown.is_empty() {
            return false;
        }
        summary.known.extend(known);
        summary.unknown.extend(unknown);
        for (column, phrase) in sensitive {
            summary.columns += 1;
            summary.hidden += u64::from(column.hidden >= column.cells);
            summary.special |= column.is_special();
            if !summary.phrases.contains(&phrase) {
                summary.phrases.push(phrase);
            }
        }
        true
    }

    /// The row with the most headings among the first, and what they say.
    fn headings(&self) -> (Option<u32>, BTreeMap<u16, Column>) {
        let mut rows: BTreeMap<u32, BTreeMap<u16, Column>> = BTreeMap::new();
        for cell in self.cells {
            if !rows.contains_key(&cell.row) && rows.len() >= HEAD {
                break;
            }
            let row = rows.entry(cell.row).or_default();
            if let Some(meaning) = columns::heading(self.text(cell)) {
                row.insert(cell.column, Column::headed(meaning));
            }
        }
        let best = rows.iter().max_by_key(|(row, columns)| (columns.len(), std::cmp::Reverse(**row)));
        match best {
            // A single word that might be a heading may as well be an entry.
            Some((row, columns)) if columns.len() > 1 || *row == 0 && columns.len() == 1 => {
                (Some(*row), columns.clone())
            }
            _ => (None, BTreeMap::new()),
        }
    }

    fn is_hidden(&self, cell: &Cell) -> bool {
        let Some(piece) = self.view.tree.pieces.get(cell.piece as usize) else { return false };
        let sheet = self.view.tree.section(cell.piece).is_some_and(|section| section.kind == SectionKind::HiddenSheet);
        sheet || piece.place == Place::Hidden || is_covered(piece, cell.text.start)
    }

    /// Pupils of the roster, and rows about others: by their number, else by what stands under the headings for names.
    fn people(&self, head: Option<u32>, columns: &BTreeMap<u16, Column>) -> (FxHashSet<PupilId>, FxHashSet<u64>) {
        let below = |row: u32| head.is_none_or(|head| row > head);
        let mut known: FxHashSet<PupilId> =
            self.named.iter().filter(|(row, _)| below(*row)).map(|(_, pupil)| *pupil).collect();
        let done: FxHashSet<u32> = self.named.iter().map(|(row, _)| *row).collect();
        let mut rows: BTreeMap<u32, (Option<PupilId>, u64)> = BTreeMap::new();
        for cell in self.cells.iter().filter(|cell| below(cell.row) && !done.contains(&cell.row)) {
            let Some(column) = columns.get(&cell.column) else { continue };
            let person = column.meaning == Some(Meaning::Person);
            if !person && !column.is_upn() {
                continue;
            }
            let text = self.text(cell);
            if text.is_empty() {
                continue;
            }
            let number: Vec<u8> =
                text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).take(40).collect();
            // A number under such a heading counts people or is a candidate's.
            if person && number.iter().any(u8::is_ascii_alphabetic) || is_upn(&number) {
                let row = rows.entry(cell.row).or_default();
                let pupil =
                    std::str::from_utf8(&number).ok().and_then(|number| self.view.school.roster.pupil_by_upn(number));
                row.0 = row.0.or(pupil);
                row.1 = digest(row.1, &number);
            }
        }
        known.extend(rows.values().filter_map(|(pupil, _)| *pupil));
        let unknown = rows.values().filter(|(pupil, _)| pupil.is_none()).map(|(_, value)| *value).collect();
        (known, unknown)
    }
}

/// What a free text about somebody says.
fn said(text: &str) -> Option<words::Topic> {
    let folded = crate::school::names::fold_words(text.get(..text.floor_char_boundary(400)).unwrap_or(text));
    let tokens = words::tokens(folded.as_bytes());
    let found = words::find(&folded, &tokens, &|_: Range<usize>| text.chars().any(char::is_uppercase));
    let mut sure = found.into_iter().filter(|word| word.entry.weight == Weight::Sure);
    sure.next().map(|word| word.entry.topic)
}

fn digest(before: u64, value: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u64(before);
    hasher.write(value);
    hasher.finish()
}

fn is_covered(piece: &Piece, offset: u32) -> bool {
    let before = piece.hidden.partition_point(|hidden| hidden.start <= offset);
    before.checked_sub(1).and_then(|index| piece.hidden.get(index)).is_some_and(|hidden| offset < hidden.end)
}
