//! Who is spoken of: pupils by name, by their numbers, by initials and form.

use crate::checks::View;
use crate::finding::{Confidence, Finding};
use crate::mail::fold::Folded;
use crate::mail::parts::Place;
use crate::school::names::fold_words;
use crate::school::roster::{Field, PupilId};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// How far from a form its initials may stand.
const NEAR: usize = 14;
/// Pupils of one document that are told apart; more make it a list.
const MOST: usize = 3;
/// Kinds of finding that say who is meant.
const NUMBERS: &[&str] = &["upn", "uln", "uci", "nhs_number", "nino"];
/// The kind of finding of a forename beside its form.
const FORENAME_FORM: &str = "forename_form";
/// Capitals that are no initials.
const NO_INITIALS: &[&str] = &[
    "it", "pe", "re", "dt", "ict", "am", "pm", "sen", "fsm", "ht", "pp", "hod", "hoy", "slt", "ta", "ks", "yr", "is",
    "in", "to", "of", "for", "and", "set", "eng", "ma", "sc", "fr", "mfl", "rs", "cs", "the", "a", "or", "at", "by",
    "as", "if", "on", "we", "us", "my", "me", "he", "no", "so", "up", "all", "our", "mr", "ms", "dr", "mrs",
];

/// Somebody identified.
#[derive(Debug, Clone)]
pub struct Person {
    /// Where, in the folded text.
    pub at: Range<usize>,
    /// Who, where the roster says.
    pub pupil: Option<PupilId>,
    /// How sure we are.
    pub confidence: Confidence,
}

/// Everybody identified in a message.
#[derive(Default)]
pub struct People {
    /// In the order of the text.
    pub all: Vec<Person>,
    /// Pupils named in each part, its name included; the subject's are in part 0 as well.
    parts: FxHashMap<(u16, Place), Vec<PupilId>>,
}

impl People {
    /// From what was found so far, and the forms that stand in the text.
    pub fn new(view: &View<'_>, findings: &[Finding], found: &[Finding], forms: &[Range<usize>]) -> Self {
        let mut people = Self::default();
        let numbered = found.iter().filter(|finding| {
            NUMBERS.contains(&finding.kind) || finding.kind == "date_of_birth" && finding.pupil.is_some()
        });
        let named = findings.iter().filter(|finding| finding.check == "pupil_names" && finding.pupil.is_some());
        for finding in named.chain(numbered) {
            let Some(span) = &finding.span else { continue };
            let at = forth(view.folded, span.start)..forth(view.folded, span.end);
            // `Jane in 7B` alone is hardly worth a word; what is said of her is said of somebody the reader knows.
            let confidence = if finding.kind == FORENAME_FORM { Confidence::Medium } else { finding.confidence };
            people.all.push(Person { at, pupil: finding.pupil, confidence });
            if let (Some(part), Some(place), Some(pupil)) = (finding.part, finding.place, finding.pupil)
                && finding.confidence >= Confidence::Medium
            {
                people.note(part, place, pupil);
            }
        }
        people.all.extend(forms.iter().filter_map(|form| initials_beside(view, form)));
        people.all.sort_by_key(|person| person.at.start);
        people
    }

    fn note(&mut self, part: u16, place: Place, pupil: PupilId) {
        let pupils = self.parts.entry((part, place)).or_default();
        if !pupils.contains(&pupil) && pupils.len() < MOST {
            pupils.push(pupil);
        }
    }

    /// Those in a stretch of the folded text.
    pub fn within(&self, range: &Range<usize>) -> &[Person] {
        let first = self.all.partition_point(|person| person.at.start < range.start);
        let last = self.all.partition_point(|person| person.at.start < range.end);
        self.all.get(first..last).unwrap_or_default()
    }

    /// Pupils named in a part at a place.
    pub fn named(&self, part: u16, place: Place) -> &[PupilId] {
        self.parts.get(&(part, place)).map_or(&[], Vec::as_slice)
    }

    /// Pupils whom a document is about: named in it, in its name, or for the message's own text in its subject; empty
    /// where they are many.
    pub fn about(&self, part: u16, place: Place) -> Vec<PupilId> {
        let mut all: Vec<PupilId> = match place {
            Place::Body => self
                .parts
                .iter()
                .filter(|((_, place), _)| *place == Place::Body)
                .flat_map(|(_, all)| all)
                .copied()
                .collect(),
            place => self.named(part, place).to_vec(),
        };
        all.extend(self.title(part, place));
        all.sort_unstable();
        all.dedup();
        if all.len() >= MOST { Vec::new() } else { all }
    }

    /// Pupils in the subject of a message, or in the name of a file.
    pub fn title(&self, part: u16, place: Place) -> &[PupilId] {
        if place == Place::Body { self.named(0, Place::Subject) } else { self.named(part, Place::FileName) }
    }
}

/// The folded offset of an offset of `Tree::text`.
pub fn forth(folded: &Folded, at: u32) -> usize {
    let before = folded.steps.partition_point(|step| step.1 <= at).checked_sub(1);
    let Some((from, to)) = before.and_then(|index| folded.steps.get(index)).copied() else { return at as usize };
    let next = folded.steps.get(before.map_or(0, |index| index + 1)).map_or(u32::MAX, |step| step.0);
    (from.saturating_add(at - to).min(next) as usize).min(folded.text.len())
}

/// The forenames by which pupils may be called again, folded.
pub fn forenames(view: &View<'_>, pupils: &[PupilId]) -> Vec<(String, PupilId)> {
    let mut all = Vec::new();
    for id in pupils {
        let Some(pupil) = view.school.roster.pupil(*id) else { continue };
        for field in [Field::Forename, Field::Preferred] {
            let name = fold_words(pupil.get(field)).trim().to_owned();
            // `Anna-Maria` is found again by `Anna`, which is how the text is cut into words.
            let first = name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            if first.len() > 1 {
                all.push((first.to_owned(), *id));
            }
        }
    }
    all
}

/// Initials before or behind a form: `A.O. (7B)`, `AO in 7B`, `7B: A.O.`
fn initials_beside(view: &View<'_>, form: &Range<usize>) -> Option<Person> {
    let text = view.folded.text.as_bytes();
    let from = form.start.saturating_sub(NEAR);
    let head = text.get(from..form.start)?;
    let tail = text.get(form.end..(form.end + NEAR).min(text.len()))?;
    let candidates = groups(head).into_iter().rev().map(|range| from + range.start..from + range.end).take(2);
    let behind = groups(tail).into_iter().map(|range| form.end + range.start..form.end + range.end).take(1);
    candidates.chain(behind).find_map(|at| {
        let letters: String = view.folded.text.get(at.clone())?.chars().filter(char::is_ascii_alphabetic).collect();
        let dotted = text.get(at.clone())?.contains(&b'.');
        // `RE (8E)`: the form in brackets makes initials of a word, where the roster has them.
        let bracketed = text.get(at.end..form.start) == Some(b" (") && text.get(form.end) == Some(&b')');
        let word = NO_INITIALS.contains(&letters.as_str()) && !bracketed;
        if !dotted && (word || !is_capital(view, &at)) {
            return None;
        }
        let roster = &view.school.roster;
        let pupil = roster.pupil_by_initials(&letters, view.folded.text.get(form.clone())?);
        let whole = at.start.min(form.start)..at.end.max(form.end);
        (pupil.is_some() || dotted).then_some(Person { at: whole, pupil, confidence: Confidence::Medium })
    })
}

/// Whether a stretch is written in capitals.
pub fn is_capital(view: &View<'_>, at: &Range<usize>) -> bool {
    let span = view.folded.back(super::super::hits::narrow(at.start)..super::super::hits::narrow(at.end));
    let written = view.tree.text.get(span.start as usize..span.end as usize).unwrap_or_default();
    written.chars().any(char::is_uppercase) && !written.chars().any(char::is_lowercase)
}

/// Two or three letters, alone or with stops: `a.o.`, `ao`.
fn groups(text: &[u8]) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let length =
            rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.' || !byte.is_ascii()).count();
        let group = rest.get(..length).unwrap_or_default();
        let letters = group.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        let stops = memchr::memchr_iter(b'.', group).count();
        let plain = letters + stops == group.len() && (2..=3).contains(&letters);
        let apart = group.split(|byte| *byte == b'.').all(|letter| letter.len() <= 1);
        if plain && (stops == 0 || stops + 1 >= letters && apart) {
            all.push(at..at + length);
        }
        at += length.max(1);
    }
    all
}

/// Whether a form stands at a digit: `7b`, `10a`, `9hk`; no ordinal, hour or measure.
pub fn form_at(text: &[u8], digit: usize) -> Option<Range<usize>> {
    const OTHERS: &[&[u8]] = &[
        b"st", b"nd", b"rd", b"th", b"am", b"pm", b"kg", b"km", b"mm", b"cm", b"ml", b"g", b"x", b"k", b"p", b"gb",
        b"mb",
    ];
    let before = digit.checked_sub(1).and_then(|before| text.get(before));
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'-')) {
        return None;
    }
    let rest = text.get(digit..(digit + 6).min(text.len()))?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let letters = rest.get(digits..)?.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let end = digits + letters;
    let ended = rest.get(end).is_none_or(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
    let form = (1..=2).contains(&digits) && (1..=2).contains(&letters) && ended;
    // `(12G)` alone in brackets is a form, `12g of sugar` is none.
    let bracketed = before == Some(&b'(') && rest.get(end) == Some(&b')') && letters == 1;
    (form && (bracketed || !OTHERS.contains(&rest.get(digits..end)?))).then_some(digit..digit + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_initials_by_their_shape() {
        for (text, wanted) in [
            ("7b", true),
            ("10a,", true),
            ("9hk ", true),
            ("3rd", false),
            ("7bcd", false),
            ("123a", false),
            ("5pm", false),
            ("12g ", false),
        ] {
            assert_eq!(form_at(text.as_bytes(), 0).is_some(), wanted, "{text}");
        }
        assert_eq!(form_at(b"mg (12g) has", 4), Some(4..7));
        for (text, wanted) in [("a.o. (", 1), ("ao in ", 2), ("a. o. ", 0), ("abcd ", 0), ("a.o", 1), ("1a.o", 0)] {
            assert_eq!(groups(text.as_bytes()).len(), wanted, "{text}");
        }
    }
}
