//! Brothers and sisters who share one surname: `Amber and Joel Dunwoody`, `Dunwoody, Amber and Joel`,
//! `the Catterall children (Esme, Rory and Martha)`, `Catterall: Esme 8B, Rory 8D`.

use crate::school::names::{longer, word_key, words};
use crate::school::roster::index::{FORENAME, NameIndex, SURNAME};
use crate::school::roster::{PupilId, Roster};
use std::ops::Range;

/// The most brothers and sisters of one.
const MOST: usize = 6;
/// The farthest that one forename stands from the next.
const FARTHEST: usize = 14;
/// What stands behind the surname of a family.
const FAMILY: &[&str] =
    &["children", "twins", "siblings", "brothers", "sisters", "family", "girls", "boys", "triplets", "kids"];

/// Words that no possessive stands before.
const NOT_OWNED: &[&str] = &[
    "a", "an", "the", "is", "are", "was", "were", "has", "have", "had", "will", "would", "can", "could", "to", "for",
    "from", "of", "at", "in", "on", "by", "with", "and", "or", "but", "it", "this", "that", "my", "your", "our",
    "their", "his", "her", "its", "not", "up", "down", "out", "off", "over",
];

/// Whether what stands behind a surname may begin a list of forenames.
pub fn may_begin_family(text: &str, end: usize) -> bool {
    let rest = text.get(end..).unwrap_or_default();
    if !rest.starts_with([' ', ':', '(', 's']) {
        return false;
    }
    let rest = rest.strip_prefix("s ").or_else(|| rest.strip_prefix(' ')).unwrap_or(rest);
    rest.starts_with([':', '(']) || FAMILY.iter().any(|word| rest.starts_with(word))
}

/// Forenames before or behind a full name that share its surname; shows the stretch of each forename.
pub fn beside_name(
    text: &str,
    roster: &Roster,
    name: Range<usize>,
    surname: u64,
    surname_first: bool,
    mut show: impl FnMut(Range<usize>, PupilId),
) {
    let index = roster.index();
    if surname_first {
        forward(text, index, name.end, surname, &mut show);
        return;
    }
    let mut at = name.start;
    for _ in 0..MOST {
        let Some(end) = joined_before(text, at) else { return };
        let Some(start) = start_of_forename(text, index, end) else { return };
        let Some(pupil) = pupil_of(text, index, start..end, surname) else { return };
        show(start..end, pupil);
        at = start;
    }
}

/// Forenames in a list behind the surname of a family.
pub fn of_family(text: &str, roster: &Roster, end: usize, surname: u64, mut show: impl FnMut(Range<usize>, PupilId)) {
    let Some(line) = text.get(end..text.floor_char_boundary(end.saturating_add(FARTHEST))) else { return };
    let mut at = end;
    // Past the word for a family, up to the sign before the first forename.
    let tail = line.strip_prefix("s ").or_else(|| line.strip_prefix(' ')).unwrap_or(line);
    at += line.len() - tail.len();
    if let Some(word) = FAMILY.iter().find(|word| tail.starts_with(**word)) {
        at += word.len();
    }
    let sign = text.get(at..).unwrap_or_default();
    let Some(skip) = [" (", ": ", ", ", " - ", "("].iter().find(|opening| sign.starts_with(**opening)) else { return };
    let first = at + skip.len();
    let mut found = Vec::new();
    let Some(length) = forename_at(text, roster.index(), first) else { return };
    let Some(pupil) = pupil_of(text, roster.index(), first..first + length, surname) else { return };
    found.push((first..first + length, pupil));
    forward(text, roster.index(), first + length, surname, &mut |range, pupil| found.push((range, pupil)));
    for (range, pupil) in found {
        show(range, pupil);
    }
}

fn forward(text: &str, index: &NameIndex, from: usize, surname: u64, show: &mut impl FnMut(Range<usize>, PupilId)) {
    let mut at = from;
    for _ in 0..MOST {
        let Some(start) = joined_behind(text, at) else { return };
        let Some(length) = forename_at(text, index, start) else { return };
        if has_own_surname(text, index, start + length) {
            return;
        }
        let Some(pupil) = pupil_of(text, index, start..start + length, surname) else { return };
        show(start..start + length, pupil);
        at = start + length;
    }
}

/// `Okafor, Amina and Amina Okafor`, `Dunwoody, Amber and Joel Brown`: a surname stands behind the forename.
fn has_own_surname(text: &str, index: &NameIndex, end: usize) -> bool {
    let rest = text.get(end..).and_then(|rest| rest.strip_prefix([' ', '-'])).unwrap_or_default();
    let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let next = rest.get(..length).unwrap_or_default();
    !next.is_empty() && index.flags(word_key(next.as_bytes())) & SURNAME != 0
}

/// Where the forename ends that is joined to what begins at a place: `Amber and |`, `Amber (7C) and |`.
fn joined_before(text: &str, at: usize) -> Option<usize> {
    let head = text.get(..at)?;
    let head = head.get(head.ceil_char_boundary(head.len().saturating_sub(FARTHEST + 8))..)?;
    let joins = [", and ", " and ", " & ", " + ", "/", ", "];
    let rest = joins.iter().find_map(|join| head.strip_suffix(join))?;
    Some(at - head.len() + without_form(rest).len())
}

/// The same without a form in brackets or behind a space at its end.
fn without_form(text: &str) -> &str {
    let plain = text.strip_suffix(')').and_then(|inner| inner.rsplit_once(" (")).filter(|(_, form)| form.len() <= 6);
    if let Some((rest, _)) = plain {
        return rest;
    }
    match text.rsplit_once(' ') {
        Some((rest, form)) if form.len() <= 4 && form.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => text,
    }
}

/// Where the next forename begins behind one: `| and Joel`, `| 8B, Rory`.
fn joined_behind(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let rest = rest.get(..rest.floor_char_boundary(rest.len().min(FARTHEST)))?;
    let joins = [", and ", " and ", " & ", " + ", "/", ", "];
    let direct = joins.iter().find(|join| rest.starts_with(**join)).map(|join| at + join.len());
    direct.or_else(|| {
        let form = rest.strip_prefix(" (").or_else(|| rest.strip_prefix(' '))?;
        let end = form.find(|c: char| !c.is_alphanumeric())?;
        let form_is_one = form.starts_with(|c: char| c.is_ascii_digit()) && end <= 4;
        let behind = form.get(end..)?.trim_start_matches(')');
        let start = at + rest.len() - behind.len();
        joins.iter().find(|join| form_is_one && behind.starts_with(**join)).map(|join| start + join.len())
    })
}

/// The length of the forename that begins at a place: the longest one.
fn forename_at(text: &str, index: &NameIndex, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let one = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let known = |length: usize| {
        let name = rest.get(..length)?;
        index.whole(name).is_some_and(|(_, flags)| flags & FORENAME != 0).then_some(length)
    };
    let second = rest.get(one..)?.strip_prefix('-').map(|more| {
        let more = more.find(|c: char| !c.is_alphabetic()).unwrap_or(more.len());
        one + 1 + more
    });
    second.and_then(known).or_else(|| known(one).filter(|_| one > 0))
}

/// Where the forename begins that ends at a place.
fn start_of_forename(text: &str, index: &NameIndex, end: usize) -> Option<usize> {
    let head = text.get(..end)?;
    let word = |head: &str| head.trim_end_matches(char::is_alphabetic).len();
    let one = word(head);
    let two = head.get(..one)?.strip_suffix('-').map(word);
    let known = |start: &usize| {
        let name = head.get(*start..).filter(|name| !name.is_empty());
        name.and_then(|name| index.whole(name)).is_some_and(|(_, flags)| flags & FORENAME != 0)
    };
    two.filter(known).or_else(|| Some(one).filter(known))
}

fn pupil_of(text: &str, index: &NameIndex, forename: Range<usize>, surname: u64) -> Option<PupilId> {
    let mut parts = words(text.get(forename)?).map(|word| word_key(word.as_bytes()));
    let first = parts.next()?;
    let forename = parts.fold(first, longer);
    index.pairs(forename, surname).next().map(|pair| pair.pupil)
}

/// Whether the next word may be such a surname: nearly every word ends here, before anything is looked up.
pub fn may_be_hurried(text: &str, end: usize) -> bool {
    let Some([b' ', rest @ ..]) = text.as_bytes().get(end..) else { return false };
    let length = rest.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    length > 3 && rest.get(length - 1) == Some(&b's')
}

/// The surname behind a forename with one `s` too many: `Diesel Cookes PE kit`. Its stretch without the `s`, and its key.
pub fn hurried_possessive(text: &str, end: usize) -> Option<(Range<usize>, u64)> {
    let rest = text.get(end..)?.strip_prefix(' ')?;
    let length = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
    let name = rest.get(..length)?.strip_suffix('s').filter(|name| name.len() > 2)?;
    // What is owned follows: `Rose Parks a hundred cars a day` has a verb.
    let next = rest.get(length..)?.strip_prefix(' ').and_then(|rest| words(rest).next());
    if next.is_none_or(|next| NOT_OWNED.contains(&next)) {
        return None;
    }
    let start = end + 1;
    Some((start..start + name.len(), word_key(name.as_bytes())))
}
