//! Tables on their side: the labels stand in the first column, and each pupil has a column.

use super::cells::{Read, SHORT, may_be_label, text};
use super::labels::{Label, label};
use crate::mail::parts::Tree;
use crate::school::names::fold_words;
use crate::school::roster::index::{FORENAME, SURNAME};
use crate::school::roster::{PupilId, Roster};
use std::ops::Range;

/// The fewest pupils across: one name alone is read by its labels.
const FEWEST: usize = 2;
/// What a row of forenames is called beside one of surnames.
const FORENAMES: &[&str] = &["name", "names", "first", "given", "student", "students", "pupil", "pupils", "child"];
const SURNAMES: &[&str] = &["last", "family"];

/// A cell under a label: its column, its key, and where it stands.
type Half = (u16, u64, Range<u32>);

/// The rows of forenames and of surnames of one table.
#[derive(Default)]
pub(super) struct Sideways {
    table: Option<(u16, u32)>,
    rows: [Vec<Half>; 2],
}

impl Sideways {
    /// Reads one row; when the other row of a table was seen, shows the stretch of each forename, and the pupil.
    pub fn look(&mut self, row: &[Read<'_>], tree: &Tree, roster: &Roster, mut show: impl FnMut(Range<u32>, PupilId)) {
        let mut filled = row.iter().filter(|read| !read.empty);
        let Some(first) = filled.next() else { return };
        let table = Some((first.cell.table, first.cell.piece));
        if self.table != table {
            *self = Self { table, rows: Default::default() };
        }
        let Some(label) = label_of(first, tree) else { return };
        let (wanted, own) = match label {
            Label::Forename => (FORENAME, 0),
            Label::Surname => (SURNAME, 1),
        };
        let named = filled.filter(|read| read.flags & wanted != 0);
        let halves: Vec<Half> = named.map(|read| (read.cell.column, read.key, read.cell.text.clone())).collect();
        if halves.len() < FEWEST {
            return;
        }
        if let Some(slot) = self.rows.get_mut(own) {
            *slot = halves;
        }
        let [forenames, surnames] = &self.rows;
        // Both rows stand in the order of their columns.
        let mut below = surnames.iter().peekable();
        for (column, forename, span) in forenames {
            while below.next_if(|(other, ..)| other < column).is_some() {}
            if let Some((_, surname, _)) = below.next_if(|(other, ..)| other == column)
                && let Some(pair) = roster.index().pairs(*forename, *surname).next()
            {
                show(span.clone(), pair.pupil);
            }
        }
        if !(forenames.is_empty() || surnames.is_empty()) {
            self.rows = Default::default();
        }
    }
}

fn label_of(read: &Read<'_>, tree: &Tree) -> Option<Label> {
    let written = text(read.cell, tree);
    if written.len() > SHORT {
        return None;
    }
    let folded = fold_words(written);
    let folded = folded.trim_matches(|c: char| !c.is_alphanumeric());
    if FORENAMES.contains(&folded) {
        return Some(Label::Forename);
    }
    if SURNAMES.contains(&folded) {
        return Some(Label::Surname);
    }
    may_be_label(written).then(|| label(folded)).flatten()
}
