//! Names in tables: forename and surname in neighbouring cells, or under their headings.

use super::labels::{Label, heading};
use super::sideways::Sideways;
use crate::finding::Confidence;
use crate::mail::parts::{Cell, Tree};
use crate::school::names::{Grade, fold_words, words};
use crate::school::roster::index::{FORENAME, SURNAME, hint_of};
use crate::school::roster::{Field, PupilId, Roster};
use std::ops::Range;

/// A cell longer than this holds no name alone.
const LONGEST: usize = 80;

/// So many forenames in one row are a plan or a list of forenames.
const MANY: usize = 3;
/// Headings of columns in which no pupil stands.
const OTHERS: &[&str] = &[
    "teacher", "teachers", "tutor", "staff", "room", "house", "subject", "coach", "parent", "carer", "contact", "head",
];

/// The longest initial or name of a form.
pub(super) const SHORT: usize = 24;

/// A cell as a name.
pub(super) struct Read<'a> {
    /// The cell.
    pub cell: &'a Cell,
    /// Its key as one name.
    pub key: u64,
    /// `FORENAME`, `SURNAME`, or nobody's name.
    pub flags: u8,
    /// Nothing is written in it.
    pub empty: bool,
}

/// Shows the kind, the stretch of `Tree::text` from the one cell to the other, the pupil, and how sure that is. Of a
/// forename and a form, the stretch of the forename.
pub fn find_in_cells(
    all: &[Cell],
    tree: &Tree,
    roster: &Roster,
    mut show: impl FnMut(&'static str, Range<u32>, PupilId, Confidence),
) {
    let same_row = |a: &Cell, b: &Cell| (a.table, a.row, a.piece) == (b.table, b.row, b.piece);
    let mut row: Vec<Read<'_>> = Vec::new();
    let mut headed = Headed::default();
    let mut sideways = Sideways::default();
    for cells in all.chunk_by(same_row) {
        row.clear();
        row.extend(cells.iter().map(|cell| read(cell, tree, roster)));
        if let Some((span, pupil)) = headed.look(&row, tree, roster) {
            show("full_name", span, pupil, Confidence::High);
        }
        sideways.look(&row, tree, roster, |span, pupil| show("full_name", span, pupil, Confidence::High));
        for read in &row {
            if let Some((span, pupil)) = in_lines(read.cell, tree, roster) {
                show("full_name", span, pupil, Confidence::High);
            }
        }
        // A seating plan: forenames, of which some are surnames of others as well.
        let forenames = row.iter().filter(|read| read.flags & FORENAME != 0).count() >= MANY;
        // Most cells of most tables are nobody's name.
        for (place, first) in row.iter().enumerate().filter(|(_, read)| read.flags != 0) {
            for (distance, second) in row.iter().enumerate().skip(place + 1).take(2) {
                let other = [first, second].iter().any(|read| headed.others.contains(&read.cell.column));
                if other || (forenames && first.flags & second.flags & FORENAME != 0) {
                    continue;
                }
                let between = row.get(place + 1..distance).unwrap_or_default();
                let before = place.checked_sub(1).and_then(|before| row.get(before));
                if let Some((pupil, grade)) = pair(first, second, between, before, tree, roster) {
                    let span = first.cell.text.start..second.cell.text.end;
                    if span.start < span.end {
                        let sure = if grade == Grade::Diminutive { Confidence::Low } else { Confidence::High };
                        show("full_name", span, pupil, sure);
                    }
                }
            }
            if let Some((kind, span, pupil)) = short(&row, place, tree, roster) {
                show(kind, span, pupil, Confidence::Low);
            }
        }
    }
}

/// The columns that a table's first row calls forename and surname.
#[derive(Default)]
struct Headed {
    table: Option<(u16, u32)>,
    columns: [Option<u16>; 2],
    /// Columns that are somebody else's by their heading: teacher, room.
    others: Vec<u16>,
}

impl Headed {
    /// Reads the headings of a new table; in a later row, shows the name that stands under them, however far apart.
    fn look(&mut self, row: &[Read<'_>], tree: &Tree, roster: &Roster) -> Option<(Range<u32>, PupilId)> {
        let first = row.first()?.cell;
        let table = Some((first.table, first.piece));
        if self.table != table {
            (self.table, self.columns) = (table, [None, None]);
            self.others.clear();
            let heading = |read: &&Read<'_>| !read.empty && text(read.cell, tree).len() <= SHORT;
            for read in row.iter().filter(heading) {
                let folded = fold_words(text(read.cell, tree));
                if words(&folded).any(|word| OTHERS.contains(&word)) {
                    self.others.push(read.cell.column);
                }
            }
        }
        if self.columns.contains(&None) {
            for read in row.iter().filter(|read| read.flags == 0 && !read.empty) {
                let written = text(read.cell, tree);
                if !may_be_label(written) {
                    continue;
                }
                let column = match heading(&fold_words(written)).filter(|_| written.len() <= LONGEST) {
                    Some(Label::Forename) => self.columns.get_mut(0),
                    Some(Label::Surname) => self.columns.get_mut(1),
                    None => None,
                };
                if let Some(column) = column {
                    column.get_or_insert(read.cell.column);
                }
            }
            return None;
        }
        let [Some(forename), Some(surname)] = self.columns else { return None };
        let under = |column: u16| row.iter().find(|read| read.cell.column == column);
        let (forename, surname) = (under(forename)?, under(surname)?);
        let pair = roster.index().pairs(forename.key, surname.key).next()?;
        let (a, b) = (&forename.cell.text, &surname.cell.text);
        Some((a.start.min(b.start)..a.end.max(b.end), pair.pupil))
    }
}

/// Whether a cell may be a heading for a name: all of those end so. Most cells of most tables end otherwise.
pub(super) fn may_be_label(written: &str) -> bool {
    if !is_plain(written) {
        return true;
    }
    let end = last_word(written.as_bytes());
    let ends = |with: &[u8; 4]| end.last_chunk::<4>().is_some_and(|last| last.eq_ignore_ascii_case(with));
    [b"name", b"ames", b"irst", b"iven", b"tian", b"last", b"mily"].into_iter().any(ends)
}

/// Whether a text folds to itself but for its capitals.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..0x7F).contains(&byte))
}

/// The last run of letters of a plain text.
fn last_word(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(u8::is_ascii_alphabetic).map_or(0, |last| last + 1);
    let start = text.iter().take(end).rposition(|byte| !byte.is_ascii_alphabetic()).map_or(0, |before| before + 1);
    text.get(start..end).unwrap_or_default()
}

pub(super) fn text<'a>(cell: &Cell, tree: &'a Tree) -> &'a str {
    tree.text.get(cell.text.start as usize..cell.text.end as usize).unwrap_or_default().trim()
}

fn read<'a>(cell: &'a Cell, tree: &Tree, roster: &Roster) -> Read<'a> {
    let text = text(cell, tree);
    let (key, flags) = if text.len() <= LONGEST { known(text, roster).unwrap_or_default() } else { (0, 0) };
    Read { cell, key, flags, empty: text.is_empty() }
}

/// Key and flags of a cell's text as one name.
fn known(text: &str, roster: &Roster) -> Option<(u64, u8)> {
    if !is_plain(text) {
        return roster.index().whole(&fold_words(text));
    }
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..text.len())?;
    lower.copy_from_slice(text.as_bytes());
    lower.make_ascii_lowercase();
    // Most cells of most tables are numbers, or end with a word that ends nobody's name.
    let last = last_word(lower);
    if last.is_empty() || !roster.index().may_be_name(hint_of(last)) {
        return None;
    }
    roster.index().whole(std::str::from_utf8(lower).ok()?)
}

fn pair(
    first: &Read<'_>,
    second: &Read<'_>,
    between: &[Read<'_>],
    before: Option<&Read<'_>>,
    tree: &Tree,
    roster: &Roster,
) -> Option<(PupilId, Grade)> {
    let index = roster.index();
    let (forename, surname) = if first.flags & FORENAME != 0 && second.flags & SURNAME != 0 {
        match index.pairs(first.key, second.key).next() {
            Some(pair) => return fits(pair.pupil, between, tree, roster).map(|pupil| (pupil, pair.grade)),
            None => (second, first),
        }
    } else {
        (second, first)
    };
    // `Tom | Brown | Alice | Green`: the surname belongs to the forename before it.
    if surname.flags & SURNAME == 0
        || forename.flags & FORENAME == 0
        || before.is_some_and(|cell| cell.flags & FORENAME != 0)
    {
        return None;
    }
    let pair = index.pairs(forename.key, surname.key).next()?;
    fits(pair.pupil, between, tree, roster).map(|pupil| (pupil, pair.grade))
}

/// `Jane | 7B`, `J. | Smith`: less than a full name, and nobody else's.
fn short(row: &[Read<'_>], place: usize, tree: &Tree, roster: &Roster) -> Option<(&'static str, Range<u32>, PupilId)> {
    let own = row.get(place).filter(|read| read.flags & (FORENAME | SURNAME) != 0)?;
    let (before, behind) = (place.checked_sub(1).and_then(|place| row.get(place)), row.get(place + 1));
    let written = |read: &Read<'_>| fold_words(text(read.cell, tree).get(..SHORT).unwrap_or(text(read.cell, tree)));
    let names = roster.short_names();
    let [before_text, behind_text] = [before, behind].map(|read| read.filter(|read| is_brief(read, tree)).map(written));
    for (beside, other) in [(&behind_text, before), (&before_text, behind)] {
        let Some(beside) = beside else { continue };
        // A word on the other side may be the rest of the name.
        let alone = other.is_none_or(|other| other.empty || !text(other.cell, tree).starts_with(char::is_alphabetic));
        if own.flags & FORENAME != 0
            && alone
            && let Some(pupil) = names.form(beside).and_then(|form| only(names.of_form(own.key, form)))
        {
            return Some(("forename_form", own.cell.text.clone(), pupil));
        }
        let mut letters = beside.chars().filter(|c| !matches!(c, '.' | ' '));
        if own.flags & SURNAME != 0
            && let (Some(initial), None) = (letters.next().filter(|c| c.is_alphabetic()), letters.next())
            && let Some(pupil) = only(names.of_initial(initial, own.key))
        {
            return Some(("initial_surname", own.cell.text.clone(), pupil));
        }
    }
    None
}

fn only(mut pupils: impl Iterator<Item = PupilId>) -> Option<PupilId> {
    let first = pupils.next()?;
    pupils.next().is_none().then_some(first)
}

/// Whether a cell may hold a form or an initial: most cells beside a name hold other things.
fn is_brief(read: &Read<'_>, tree: &Tree) -> bool {
    !read.empty && text(read.cell, tree).len() <= SHORT
}

/// Between the two stands nothing, an empty cell, or the pupil's own middle names.
fn fits(pupil: PupilId, between: &[Read<'_>], tree: &Tree, roster: &Roster) -> Option<PupilId> {
    let own = fold_words(roster.pupil(pupil)?.get(Field::Middle));
    between
        .iter()
        .all(|cell| cell.empty || is_mark(cell, tree) || fold_words(text(cell.cell, tree)) == own.trim())
        .then_some(pupil)
}

/// A form, a number, a sex, a date: what stands in a column between the two names.
fn is_mark(read: &Read<'_>, tree: &Tree) -> bool {
    let text = text(read.cell, tree);
    text.len() <= 2 || (text.len() <= SHORT && text.contains(|c: char| c.is_ascii_digit()))
}

/// A cell of two or three lines is one name: `Smith` above `Jane`.
fn in_lines(cell: &Cell, tree: &Tree, roster: &Roster) -> Option<(Range<u32>, PupilId)> {
    let written = text(cell, tree);
    if written.len() > LONGEST || !written.contains(['\n', '\u{b}', '\u{2028}']) {
        return None;
    }
    let mut lines = written.split(['\n', '\r', '\u{b}', '\u{2028}']).map(str::trim).filter(|line| !line.is_empty());
    let (first, second) = (lines.next()?, lines.next()?);
    let index = roster.index();
    let key = |line: &str| index.whole(&fold_words(line)).map(|(key, _)| key);
    let (first, second) = (key(first)?, key(second)?);
    let pair = index.pairs(first, second).next().or_else(|| index.pairs(second, first).next())?;
    Some((cell.text.clone(), pair.pupil))
}
