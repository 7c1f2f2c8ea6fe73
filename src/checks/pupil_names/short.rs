//! Less than a full name: initial and surname (`J. Smith`), forename and form (`Jane in 7B`). Weaker signs than a full
//! name, of kinds of their own, and only where hardly anybody else of the roster can be meant.

use super::evidence::{Circumstances, Standing};
use super::pairs::{Candidate, Half, Order};
use super::words::{JOINING, TITLES};
use crate::finding::Confidence;
use crate::school::names::{word_key, words};
use crate::school::roster::PupilId;
use crate::school::roster::index::{FORENAME, SURNAME};
use std::ops::Range;

/// The kinds of finding.
pub const KINDS: [&str; 2] = [INITIAL, FORM];
const INITIAL: &str = "initial_surname";
const FORM: &str = "forename_form";

/// More pupils than this who may be meant are nobody.
const MOST: usize = 3;
/// The most initials before or behind a surname.
const MOST_INITIALS: usize = 3;
/// The longest name of a form that is looked for, with what stands before it.
const LONGEST_FORM: usize = 24;
/// How near the word for a pupil stands.
const NEAR: usize = 30;

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
        && let Some(short) = reader.forename_and_form()
    {
        show(short);
    }
}

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

struct Reader<'a, 'm> {
    around: &'a Circumstances<'m>,
    text: &'a str,
    half: &'a Half,
}

impl Reader<'_, '_> {
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

    fn initial_and_surname(&self) -> Option<Short> {
        let (start, end) = (self.half.start as usize, self.half.end as usize);
        let before = initials_before(self.text, start);
        let (at, first, second) = if let Some(at) = before {
            (at, (at, start), (start, end))
        } else {
            let (at, last) = self.initial_behind(end)?;
            (at, (start, end), (at, last))
        };
        let initial = self.text.get(at..)?.chars().next()?;
        let written = self.around.written((place(at)?, place(at + initial.len_utf8())?));
        let surname = self.around.written((self.half.start, self.half.end));
        if !written.starts_with(char::is_uppercase) || !surname.contains(char::is_uppercase) {
            return None;
        }
        let roster = &self.around.view.school.roster;
        let pupils: Vec<PupilId> = roster.short_names().of_initial(initial, self.half.key).take(60).collect();
        let stretch = |(from, to): (usize, usize)| Some((place(from)?, place(to)?));
        let order = if before.is_some() { Order::ForenameFirst } else { Order::SurnameFirst };
        let initial = word_key(initial.encode_utf8(&mut [0; 4]).as_bytes());
        let name = (stretch(first)?, stretch(second)?, initial, self.half.key);
        self.settle(INITIAL, order, name, &pupils)
    }

    fn forename_and_form(&self) -> Option<Short> {
        if !self.has_capital(self.half.start) {
            return None;
        }
        let (start, end) = (self.half.start as usize, self.half.end as usize);
        let (form, second, behind) = match self.form_behind(end) {
            Some((form, range)) => (form, range, true),
            None => self.form_before(start).map(|(form, range)| (form, range, false))?,
        };
        if !behind && self.name_goes_on() {
            return None;
        }
        let roster = &self.around.view.school.roster;
        let pupils: Vec<PupilId> = roster.short_names().of_form(self.half.key, form).take(MOST + 1).collect();
        let (forename, form_place) = ((self.half.start, self.half.end), (place(second.start)?, place(second.end)?));
        // The form is no part of the name that is judged: only what stands around both is looked at.
        let name = if behind { (forename, form_place) } else { (form_place, forename) };
        let short = self.settle(FORM, Order::SurnameComma, (name.0, name.1, self.half.key, 1), &pupils)?;
        Some(Short { range: forename.0..forename.1, ..short })
    }

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
            if kind == FORM { Vec::new() } else { pupils.iter().copied().filter(own_mark).collect() };
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
        let sure = if said && count == 1 { Confidence::Medium } else { Confidence::Low };
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

    /// `7B Jane Brown`: a surname stands behind the forename.
    fn name_goes_on(&self) -> bool {
        let end = self.half.end as usize;
        let rest = self.text.get(end..).unwrap_or_default();
        let next = rest.strip_prefix([' ', '-']).filter(|rest| rest.starts_with(char::is_alphabetic));
        next.is_some() && place(end + 1).is_some_and(|at| self.has_capital(at))
    }

    fn has_capital(&self, at: u32) -> bool {
        self.around.written((at, at + 1)).starts_with(char::is_uppercase)
    }

    /// The initial behind a surname (`Smith, J.`, `Smith J`), and where the last of them ends.
    fn initial_behind(&self, end: usize) -> Option<(usize, usize)> {
        let rest = self.text.get(end..)?;
        let comma = rest.starts_with(',');
        let mut at = end + [", ", ",", " "].iter().find(|sign| rest.starts_with(**sign))?.len();
        let first = at;
        let mut last = at;
        for _ in 0..MOST_INITIALS {
            let mut letters = self.text.get(at..)?.chars();
            let Some(letter) = letters.next().filter(|c| c.is_alphabetic()) else { break };
            let behind = letters.next();
            if behind.is_some_and(|c| c.is_alphanumeric() || c == '\'' || c == '-') {
                break;
            }
            last = at + letter.len_utf8();
            let more = self.text.get(last..)?;
            at = last + [". ", ".", " "].iter().find(|sign| more.starts_with(**sign)).map_or(0, |sign| sign.len());
        }
        if last == first {
            return None;
        }
        let rest = self.text.get(last..)?;
        let stop = rest.starts_with('.');
        let word = rest.trim_start_matches('.').strip_prefix(' ').filter(|rest| rest.starts_with(char::is_alphabetic));
        // `Smith, J. Brown`, `Smith I think`: the letter belongs to what follows.
        if let Some(word) = word {
            let capital = place(self.text.len() - word.len()).is_some_and(|at| self.has_capital(at));
            if capital || !(comma || stop || !matches!(self.text.get(first..last), Some("i" | "a"))) {
                return None;
            }
        }
        Some((first, last))
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

/// Where the first of the initials before a surname stands.
fn initials_before(text: &str, start: usize) -> Option<usize> {
    let (mut at, mut first) = (start, None);
    for _ in 0..MOST_INITIALS {
        let head = text.get(..at)?;
        let Some(head) = [". ", " ", "."].iter().find_map(|sign| head.strip_suffix(sign)) else { break };
        let mut letters = head.chars().rev();
        let Some(letter) = letters.next().filter(|c| c.is_alphabetic()) else { break };
        if letters.next().is_some_and(|c| c.is_alphanumeric() || "'@_-/\\".contains(c)) {
            break;
        }
        at = head.len() - letter.len_utf8();
        first = Some(at);
    }
    first
}

/// The last bytes of a text.
fn tail(text: &str, length: usize) -> &str {
    text.get(text.ceil_char_boundary(text.len().saturating_sub(length))..).unwrap_or_default()
}

fn place(at: usize) -> Option<u32> {
    u32::try_from(at).ok()
}
