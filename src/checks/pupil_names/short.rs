//! Less than a full name: initial and surname (`J. Smith`), forename and form (`Jane in 7B`), forename and year
//! (`Jane (Year 7)`). Weaker signs than a full name, of kinds of their own, and only where hardly anybody else of the
//! roster can be meant.

/// A forename beside a form or a year, and rows of a table with a form between the names.
mod forms;
/// An initial beside a surname.
mod initials;

use super::evidence::{Circumstances, Standing};
use super::pairs::{Candidate, Half, Order};
use super::words::{JOINING, TITLES};
use crate::finding::Confidence;
use crate::school::names::{word_key, words};
use crate::school::roster::PupilId;
use crate::school::roster::index::{FORENAME, SURNAME};
pub use forms::read_row;
use std::ops::Range;

/// The kinds of finding.
pub const KINDS: [&str; 3] = [INITIAL, FORM, YEAR];
const INITIAL: &str = "initial_surname";
const FORM: &str = "forename_form";
const YEAR: &str = "forename_year";

/// More pupils than this who may be meant are nobody.
const MOST: usize = 3;
/// How near the word for a pupil stands.
const NEAR: usize = 30;

/// Whose work a form is: these are staff.
const STAFF: &[&str] = &[
    "tutor",
    "tutors",
    "teacher",
    "head",
    "headteacher",
    "deputy",
    "principal",
    "senco",
    "ta",
    "lsa",
    "form",
    "governor",
    "director",
    "manager",
    "secretary",
    "author",
    "editor",
    "ed",
    "eds",
    "bsc",
    "ba",
    "ma",
    "phd",
    "esq",
    "ltd",
    "limited",
    "et",
    "mbe",
    "obe",
];

/// Words with a capital before a name that are no part of it.
const LEADING: &[&str] = &[
    "pupil",
    "student",
    "form",
    "class",
    "dear",
    "re",
    "hi",
    "hello",
    "tell",
    "ask",
    "please",
    "see",
    "saw",
    "thank",
    "thanks",
    "when",
    "where",
    "how",
    "why",
    "what",
    "today",
    "yesterday",
    "this",
    "only",
    "even",
    "well",
    "give",
    "let",
    "send",
    "sent",
    "meet",
    "met",
    "name",
    "year",
    "concerning",
    "regarding",
    "did",
    "does",
    "has",
    "have",
    "had",
    "should",
];

/// Less than a full name, in the folded text.
#[derive(Debug)]
pub struct Short {
    /// Which of the kinds.
    pub kind: &'static str,
    /// Its bytes; of a forename and a form, those of the forename.
    pub range: Range<u32>,
    /// Who is meant, or the first of them.
    pub pupil: PupilId,
    /// How many may be meant.
    pub count: u64,
    /// How sure we are.
    pub confidence: Confidence,
}

/// Reads what stands beside one half of a name.
pub fn read(half: &Half, around: &Circumstances<'_>, mut show: impl FnMut(Short)) {
    let reader = Reader { around, text: &around.view.folded.text, half };
    if half.flags & SURNAME != 0
        && let Some(short) = reader.initial_and_surname()
    {
        show(short);
    }
    if half.flags & FORENAME != 0
        && let Some(short) = reader.forename_and_form().or_else(|| reader.forename_and_year())
    {
        show(short);
    }
}

struct Reader<'a, 'm> {
    around: &'a Circumstances<'m>,
    text: &'a str,
    half: &'a Half,
}

impl Reader<'_, '_> {
    /// Whose name it is and how sure that is, if it is a pupil's at all.
    fn settle(
        &self,
        kind: &'static str,
        order: Order,
        (first, second, forename, surname): ((u32, u32), (u32, u32), u64, u64),
        pupils: &[PupilId],
    ) -> Option<Short> {
        let school = self.around.view.school;
        if pupils.is_empty() || self.follows_a_name(first.0.min(self.half.start)) {
            return None;
        }
        let name = |pupil| Candidate::short(pupil, order, first, second, (forename, surname));
        let own_mark = |id: &PupilId| {
            let candidate = name(*id);
            let pupil = school.roster.pupil(*id);
            pupil.is_some_and(|pupil| Standing { around: self.around, name: &candidate, pupil }.has_own_mark())
        };
        let marked: Vec<PupilId> =
            if kind == INITIAL { pupils.iter().copied().filter(own_mark).collect() } else { Vec::new() };
        let meant = if marked.is_empty() { pupils } else { marked.as_slice() };
        let (pupil, count) = (*meant.first()?, meant.len());
        let candidate = name(pupil);
        let standing = Standing { around: self.around, name: &candidate, pupil: school.roster.pupil(pupil)? };
        let stranger = (kind == INITIAL && standing.is_author_by_initial())
            || standing.in_signature()
            || standing.is_place()
            || standing.is_cited();
        if count > MOST || stranger || standing.is_followed_by(STAFF) {
            return None;
        }
        let said = !marked.is_empty() || standing.is_called_pupil(NEAR);
        if kind == INITIAL && !said && school.staff.is_named(forename, surname) {
            return None;
        }
        let sure = if said && count == 1 && kind != YEAR { Confidence::Medium } else { Confidence::Low };
        Some(Short { kind, range: first.0..second.1, pupil, count: count as u64, confidence: sure })
    }

    /// `Mr J. Smith`, `Tom J. Smith`, `Brown, Jane (7B)`: somebody else's name, or the rest of one.
    fn follows_a_name(&self, start: u32) -> bool {
        let before = self.text.get(..start as usize).unwrap_or_default();
        let (glue, rest) = match before.strip_suffix(' ') {
            Some(rest) => (rest.strip_suffix([',', '.']).map_or("", |_| ","), rest.trim_end_matches([',', '.'])),
            None => return before.ends_with(['-', '\'', '@', '/', '_', '.']),
        };
        let Some(last) = words(tail(rest, 40)).last().filter(|word| rest.ends_with(word)) else { return false };
        if TITLES.contains(&last) {
            return true;
        }
        let at = rest.len() - last.len();
        let lead = rest.get(..at).unwrap_or_default();
        let begins = lead.trim_end_matches([' ', '"', '\'', '(', '*', '-', '>']).ends_with(['.', '?', '!', '\n', ':'])
            || lead.trim().is_empty();
        let titled = words(tail(lead, 12)).last().is_some_and(|word| TITLES.contains(&word));
        let flags = self.around.view.school.roster.index().flags(word_key(last.as_bytes()));
        let capital = place(at).is_some_and(|at| self.has_capital(at));
        match glue {
            // `Brown, Jane (7B)`; but `Dear Mrs Brown, Jane`, `Tom, Jane in 7B` and `Yesterday, Jane in 7B was late`.
            "," if before.ends_with(", ") => {
                let rest = self.text.get(self.half.end as usize..).unwrap_or_default();
                let prose = [" in ", " from ", " of "].iter().any(|word| rest.starts_with(word));
                capital && !titled && flags & FORENAME == 0 && !(begins && prose)
            }
            "," => false,
            _ => capital && (flags != 0 || !(LEADING.contains(&last) || begins && JOINING.contains(&last))),
        }
    }

    fn has_capital(&self, at: u32) -> bool {
        self.around.written((at, at + 1)).starts_with(char::is_uppercase)
    }
}

/// The last bytes of a text.
fn tail(text: &str, length: usize) -> &str {
    text.get(text.ceil_char_boundary(text.len().saturating_sub(length))..).unwrap_or_default()
}

fn place(at: usize) -> Option<u32> {
    u32::try_from(at).ok()
}
