//! A forename beside a form or a year, and rows of a table with a form between the names.

use super::{FORM, MOST, Reader, Short, YEAR, place, tail};
use crate::checks::pupil_names::evidence::Circumstances;
use crate::checks::pupil_names::pairs::{Half, Order};
use crate::school::names::{Variant, fold_words};
use crate::school::roster::{Field, Pupil, PupilId};
use std::ops::Range;

/// The longest name of a form that is looked for, with what stands before it.
const LONGEST_FORM: usize = 24;

/// What stands between a forename and a form behind it, and whether a form without a digit may follow.
const BEHIND: &[(&str, bool)] = &[
    (" in ", true),
    (" from ", true),
    (" of ", true),
    (" (", true),
    (", ", false),
    (" - ", false),
    (" / ", false),
    (" | ", false),
    (": ", false),
    (",", false),
    ("/", false),
    (" ", false),
];

/// What stands between a form and a forename behind it.
const BEFORE: &[(&str, bool)] = &[
    (" pupil ", true),
    (" student ", true),
    ("'s ", true),
    (") ", false),
    (": ", true),
    (" - ", false),
    (" / ", false),
    (" | ", false),
    (" ", false),
];

/// `Smith | 7B | Jane`, `Smith,7B,Jane`, `7B,Smith,Jane`: a table as text, the pupil's own form between the halves or
/// before them. Shows whom it names, and the stretch.
pub fn read_row(half: &Half, around: &Circumstances<'_>) -> Option<(PupilId, Range<u32>, u64)> {
    let reader = Reader { around, text: &around.view.folded.text, half };
    let (start, end) = (half.start as usize, half.end as usize);
    if let Some((form, range)) = reader.form_behind(end)
        && let Some(found) = reader.beside(range.end, form)
    {
        return Some((found.0, half.start..place(found.1)?, found.2));
    }
    let head = reader.text.get(..start)?.strip_suffix([',', ';', ' '])?;
    if !head.ends_with(|c: char| c.is_ascii_alphanumeric()) || !reader.text.get(end..)?.starts_with([',', ';', ' ']) {
        return None;
    }
    let last = tail(head, LONGEST_FORM);
    let cell = match last.rsplit_once('\n') {
        Some((_, cell)) => cell,
        None if last.len() == head.len() => last,
        None => return None,
    };
    let form = around.view.school.roster.short_names().form(cell)?;
    let found = reader.beside(end, form)?;
    Some((found.0, half.start..place(found.1)?, found.2))
}

impl Reader<'_, '_> {
    pub(super) fn forename_and_form(&self) -> Option<Short> {
        if !self.has_capital(self.half.start) {
            return None;
        }
        let (start, end) = (self.half.start as usize, self.half.end as usize);
        let initial = self.surname_initial(end);
        let by_initial = || initial.and_then(|(letter, at)| Some((self.form_behind(at)?, Some(letter))));
        let (form, second, letter, behind) = match self.form_behind(end).map(|form| (form, None)).or_else(by_initial) {
            Some(((form, range), letter)) => (form, range, letter, true),
            None => self.form_before(start).map(|(form, range)| (form, range, None, false))?,
        };
        if !behind && self.name_goes_on() {
            return None;
        }
        let roster = &self.around.view.school.roster;
        let begins = |id: &PupilId| letter.is_none_or(|letter| self.surname_begins(*id, letter));
        let mut pupils: Vec<PupilId> =
            roster.short_names().of_form(self.half.key, form).filter(begins).take(MOST + 1).collect();
        // Mia before the Amelia who may be called so.
        if pupils.len() > 1 {
            let written = self.text.get(start..end)?;
            let bears = |pupil: &Pupil<'_>, field| fold_words(pupil.get(field)).trim() == written;
            pupils.sort_by_key(|id| {
                let pupil = roster.pupil(*id);
                !pupil.is_some_and(|pupil| bears(&pupil, Field::Forename) || bears(&pupil, Field::Preferred))
            });
        }
        let (forename, form_place) = ((self.half.start, self.half.end), (place(second.start)?, place(second.end)?));
        // The form is no part of the name that is judged: only what stands around both is looked at.
        let name = if behind { (forename, form_place) } else { (form_place, forename) };
        let short = self.settle(FORM, Order::SurnameComma, (name.0, name.1, self.half.key, 1), &pupils)?;
        Some(Short { range: forename.0..forename.1, ..short })
    }

    /// `Jane (Year 7)`, `Jane in Y7`: where no more than a few of the year bear the forename.
    pub(super) fn forename_and_year(&self) -> Option<Short> {
        const SIGNS: &[&str] = &[" (", " in ", " from ", ", "];
        const YEARS: &[&str] = &["year ", "yr ", "year", "yr", "y"];
        let end = self.half.end as usize;
        if !self.has_capital(self.half.start) {
            return None;
        }
        let (at, letter) = match self.surname_initial(end) {
            Some((letter, at)) => (at, Some(letter)),
            None => (end, None),
        };
        let rest = self.text.get(at..)?;
        let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign))?;
        let rest = rest.get(sign.len()..)?;
        let word = YEARS.iter().find(|word| rest.starts_with(**word))?;
        let number = rest.get(word.len()..)?;
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        let free = number.get(digits..).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
        let year: u8 = number.get(..digits)?.parse().ok().filter(|_| free)?;
        let begins = |id: &PupilId| letter.is_none_or(|letter| self.surname_begins(*id, letter));
        let names = self.around.view.school.roster.short_names();
        let pupils: Vec<PupilId> = names.of_year(self.half.key, year).filter(begins).take(MOST + 1).collect();
        let start = at + sign.len();
        let (forename, second) =
            ((self.half.start, self.half.end), (place(start)?, place(start + word.len() + digits)?));
        let short = self.settle(YEAR, Order::SurnameComma, (forename, second, self.half.key, 1), &pupils)?;
        Some(Short { range: forename.0..forename.1, ..short })
    }

    /// `Jane S (7B)`, `Jane S. 7B`: the first letter of the surname, and where it ends.
    fn surname_initial(&self, end: usize) -> Option<(char, usize)> {
        let rest = self.text.get(end..)?.strip_prefix(' ')?;
        let letter = rest.chars().next().filter(|c| c.is_alphabetic())?;
        let behind = rest.get(letter.len_utf8()..)?;
        if behind.starts_with(|c: char| c.is_alphanumeric() || c == '\'') || !self.has_capital(place(end + 1)?) {
            return None;
        }
        let stop = behind.starts_with(". ") || behind.starts_with(".,");
        Some((letter, end + 1 + letter.len_utf8() + usize::from(stop)))
    }

    fn surname_begins(&self, pupil: PupilId, letter: char) -> bool {
        let pupil = self.around.view.school.roster.pupil(pupil);
        let begins = |surname: &Variant| surname.words.first().is_some_and(|word| word.starts_with(letter));
        pupil.is_some_and(|pupil| pupil.surnames().iter().any(begins))
    }

    /// The other half that stands behind a sign between cells, of a pupil in a form; and where it ends.
    fn beside(&self, from: usize, form: u64) -> Option<(PupilId, usize, u64)> {
        let rest = self.text.get(from..)?;
        let sign = [" | ", ") ", ", ", ",", ";", "|", " "].iter().find(|sign| rest.starts_with(**sign))?;
        let start = from + sign.len();
        let rest = self.text.get(start..)?;
        let length = rest.find(|c: char| !(c.is_alphabetic() || matches!(c, '\'' | '-'))).unwrap_or(rest.len());
        let index = self.around.view.school.roster.index();
        let (key, _) = index.whole(rest.get(..length)?)?;
        let names = self.around.view.school.roster.short_names();
        let found = [(key, self.half.key), (self.half.key, key)].into_iter().find_map(|(forename, surname)| {
            let mut own = index.pairs(forename, surname).map(|pair| pair.pupil);
            let own = own.find(|pupil| names.of_form(forename, form).any(|own| own == *pupil))?;
            Some((own, surname))
        });
        found.map(|(pupil, surname)| (pupil, start + length, surname))
    }

    /// `7B Jane Brown`: a surname stands behind the forename.
    fn name_goes_on(&self) -> bool {
        let end = self.half.end as usize;
        let rest = self.text.get(end..).unwrap_or_default();
        let next = rest.strip_prefix([' ', '-']).filter(|rest| rest.starts_with(char::is_alphabetic));
        next.is_some() && place(end + 1).is_some_and(|at| self.has_capital(at))
    }

    /// A form behind a forename.
    fn form_behind(&self, end: usize) -> Option<(u64, Range<usize>)> {
        let rest = self.text.get(end..)?;
        let (sign, worded) = BEHIND.iter().find(|(sign, _)| rest.starts_with(sign))?;
        let mut start = end + sign.len();
        for word in ["form ", "class ", "tutor group "] {
            if self.text.get(start..)?.starts_with(word) {
                start += word.len();
            }
        }
        let stretch = self.text.get(start..)?;
        let length = stretch.find(|c| !may_stand_in_form(c)).unwrap_or(stretch.len()).min(LONGEST_FORM);
        let stretch = stretch.get(..stretch.floor_char_boundary(length))?;
        let ends = stretch.char_indices().map(|(at, c)| at + c.len_utf8());
        let free =
            |at: &usize| !self.text.get(start + at..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
        let range = ends.rev().filter(free).find_map(|at| self.form(start..start + at, *worded))?;
        Some(range)
    }

    /// A form before a forename.
    fn form_before(&self, start: usize) -> Option<(u64, Range<usize>)> {
        let head = self.text.get(..start)?;
        let (sign, worded) = BEFORE.iter().find(|(sign, _)| head.ends_with(sign))?;
        let end = start - sign.len();
        let head = tail(self.text.get(..end)?, LONGEST_FORM);
        let from = head.char_indices().rev().find(|(_, c)| !may_stand_in_form(*c));
        let from = end - head.len() + from.map_or(0, |(at, c)| at + c.len_utf8());
        let stretch = self.text.get(from..end)?;
        let free = |at: &usize| !self.text.get(..*at).is_some_and(|head| head.ends_with(char::is_alphanumeric));
        let mut starts = stretch.char_indices().map(|(at, _)| from + at).filter(free);
        starts.find_map(|at| self.form(at..end, *worded))
    }

    fn form(&self, range: Range<usize>, worded: bool) -> Option<(u64, Range<usize>)> {
        let written = self.text.get(range.clone())?.trim();
        let digit = written.contains(|c: char| c.is_ascii_digit());
        if !(digit || worded && self.has_capital(place(range.start)?)) {
            return None;
        }
        let end = range.end.min(range.start + self.text.get(range.clone())?.trim_end().len());
        self.around.view.school.roster.short_names().form(written).map(|form| (form, range.start..end))
    }
}

const fn may_stand_in_form(c: char) -> bool {
    matches!(c, 'a'..='z' | '0'..='9' | ' ' | '.' | '-' | '/')
}
