//! What stands around a name, and how sure it makes us that a pupil is meant.

/// Adults of a pupil's name.
mod adults;
/// Whom the message goes to and comes from.
mod correspondents;
/// What else the words of a name mean.
mod meaning;
/// Other people of a pupil's name.
mod people;
/// Places, houses, firms and prizes.
mod places;

use super::pairs::{Candidate, Order};
use crate::checks::View;
use crate::finding::Confidence;
use crate::school::names::{self, Grade, fold_words, words};
use crate::school::roster::{Field, Pupil, PupilId};
use correspondents::Correspondents;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::{OnceCell, RefCell};
use std::ops::Range;

/// How far evidence is looked for on either side, and how far the word for a pupil who has a namesake among the staff.
const NEAR: usize = 90;
const NEXT: usize = 20;

/// What says that a pupil is meant.
const PUPIL: &[&str] = &["pupil", "student", "upn", "date of birth", "dob", "tutor group"];

/// What is the same for all names of a message.
#[derive(Debug)]
pub struct Circumstances<'a> {
    /// The message.
    pub view: &'a View<'a>,
    /// The sender's own name, in every way of writing it, as keys of pairs.
    own_names: FxHashSet<u64>,
    /// The pupil who sends, or whose name the address of an unlisted sender spells.
    own_pupils: Vec<PupilId>,
    /// Phrases that hold a name, by the key of its pair: most names stand in none.
    phrases: RefCell<FxHashMap<u64, Vec<&'a str>>>,
    /// Read when the first name is judged.
    correspondents: OnceCell<Correspondents>,
}

impl<'a> Circumstances<'a> {
    /// Looks the sender up once.
    pub fn new(view: &'a View<'a>) -> Self {
        let mut own_names = FxHashSet::default();
        let mut own_pupils = Vec::new();
        let school = view.school;
        if let Some(sender) = &view.origin.sender {
            own_pupils.extend(school.roster.pupil_by_address(sender));
            if let Some(member) = school.staff.find(sender) {
                own_names.extend(member.name_keys());
            } else {
                let spelled = school.roster.spelled_by(sender.local());
                own_pupils.extend(spelled.into_iter().flat_map(|pupil| school.roster.namesakes(pupil)));
            }
        }
        Self { view, own_names, own_pupils, phrases: RefCell::default(), correspondents: OnceCell::new() }
    }

    fn correspondents(&self) -> &Correspondents {
        self.correspondents.get_or_init(|| Correspondents::read(self.view))
    }

    /// A stretch of the folded text as it was written.
    pub fn written(&self, (start, end): (u32, u32)) -> &'a str {
        let range = self.view.folded.back(start..end);
        self.view.tree.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    fn is_senders_own(&self, name: &Candidate) -> bool {
        self.own_names.contains(&names::pair_key(name.forename, name.surname)) || self.own_pupils.contains(&name.pupil)
    }
}

/// A name as it stands in a message.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a, 'm> {
    /// The message.
    pub around: &'a Circumstances<'m>,
    /// The name.
    pub name: &'a Candidate,
    /// The pupil.
    pub pupil: Pupil<'a>,
}

impl<'a> Standing<'a, '_> {
    /// How sure we are that the pupil is named; `None`: the words mean something or somebody else.
    pub fn judge(&self) -> Option<Confidence> {
        let school = self.around.view.school;
        let own = self.around.is_senders_own(self.name);
        if (own && self.in_signature()) || self.is_teacher_in_brackets() {
            return None;
        }
        let (first, second) = (self.case(self.name.first), self.case(self.name.second));
        let far = self.name.gap > 0 && !self.name.own_middle;
        if far && first != Case::Lower && self.gap_has_lower_case() {
            return None;
        }
        // `Pearl, close the till`.
        let is_word = |word| school.lists.ordinary.contains(word);
        if self.name.odd && (first == Case::Lower || second == Case::Lower || self.name_words().any(is_word)) {
            return None;
        }
        let ordinary = self.name_words().all(is_word);
        let ordinary_words = (ordinary && (first == Case::Lower || second == Case::Lower || self.is_in_capitals()))
            || (second == Case::Lower && first != Case::Lower && self.surname_is_ordinary());
        let twin = own || school.staff.is_named(self.name.forename, self.name.surname);
        let author = self.is_author() && !self.is_doer() && !self.is_one_of_pupils();
        let phrase = self.is_phrase() && !self.is_verb_with_capital(first, second) && !self.is_one_of_pupils();
        let in_doubt = twin || author || ordinary_words || (phrase && !self.acts_as_person(first, second));
        let mut sure = self.by_form(first, second);
        if ordinary || (first == Case::Lower && second == Case::Lower && self.name.spaced) {
            sure = sure.min(Confidence::Medium);
        }
        let question = self.is_question();
        let elsewhere = self.is_place()
            || self.is_correspondent()
            || self.is_adult()
            || self.is_quoted_mailbox()
            || self.is_in_reading_list()
            || self.is_in_seating_plan()
            || self.is_one_of_virtues();
        if self.name.doubtful || question || elsewhere || self.in_own_link() || author {
            sure = Confidence::Low;
        }
        // Evidence costs most and changes nothing for a name that is sure without it.
        if sure == Confidence::High && !in_doubt {
            return Some(sure);
        }
        if twin && self.is_called_staff() {
            return Some(Confidence::Low);
        }
        // For a member of staff of the same name, only what is said of this very person says more.
        let beside = self.has_form_beside();
        let evidence = if twin {
            beside || self.has_own_mark() || self.is_called_pupil(NEXT) || self.is_spoken_of_as_pupil()
        } else {
            beside || self.has_evidence()
        };
        match evidence {
            // A year reads a book or meets in a park, and a form has songs: only a form next to the name or the pupil's
            // own number says more.
            true if (author || ordinary_words || (phrase && !self.is_called_pupil(NEAR)))
                && !(beside || self.has_own_number()) =>
            {
                None
            }
            true if (elsewhere || (question && second == Case::Lower)) && !(beside || self.has_own_number()) => {
                Some(sure)
            }
            true => Some(raised(sure)),
            false if in_doubt => None,
            false => Some(sure),
        }
    }

    /// `Summer holiday`, `the Art rooms`: the second word is an ordinary one.
    fn surname_is_ordinary(&self) -> bool {
        let ordinary = &self.around.view.school.lists.ordinary;
        self.name.order == Order::ForenameFirst
            && words(self.half(self.name.second)).all(|word| ordinary.contains(word))
    }

    /// `SUMMER HOLIDAY DATES`: a heading.
    fn is_in_capitals(&self) -> bool {
        let end = self.name.second.1;
        let next = self.around.written((end, end.saturating_add(12)));
        let next = next.strip_prefix(' ').and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
        case_of(self.written(self.name.first)) == Case::Upper && case_of(next) == Case::Upper
    }

    /// How sure the written form alone makes us.
    fn by_form(&self, first: Case, second: Case) -> Confidence {
        let far = self.name.gap > 0 && !self.name.own_middle;
        match (self.name.grade, self.name.order) {
            (Grade::Diminutive, _) => Confidence::Low,
            (Grade::Part, _) if far => Confidence::Low,
            (Grade::Part | Grade::Former, _) => Confidence::Medium,
            _ if far => Confidence::Medium,
            (Grade::Full, Order::SurnameFirst) if first != Case::Upper || second == Case::Upper => Confidence::Medium,
            (Grade::Full, _) => Confidence::High,
        }
    }

    fn folded(&self, range: Range<usize>) -> &'a str {
        let text = &self.around.view.folded.text;
        let mut start = range.start;
        let mut end = range.end.min(text.len());
        while !text.is_char_boundary(start) {
            start += 1;
        }
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.get(start..end).unwrap_or_default()
    }

    fn before(&self, length: usize) -> &'a str {
        let start = self.name.first.0 as usize;
        self.folded(start.saturating_sub(length)..start)
    }

    fn after(&self, length: usize) -> &'a str {
        let end = self.name.second.1 as usize;
        self.folded(end..end.saturating_add(length))
    }

    fn half(&self, half: (u32, u32)) -> &'a str {
        self.folded(half.0 as usize..half.1 as usize)
    }

    fn name_words(&self) -> impl Iterator<Item = &'a str> {
        words(self.half(self.name.first)).chain(words(self.half(self.name.second)))
    }

    /// The text as it was written.
    fn written(&self, half: (u32, u32)) -> &'a str {
        self.around.written(half)
    }

    fn case(&self, half: (u32, u32)) -> Case {
        case_of(self.written(half))
    }

    fn gap_has_lower_case(&self) -> bool {
        // Not cut into runs of letters: what no reader sees may stand between them.
        let gap = self.written((self.name.first.1, self.name.second.0));
        let mut words = gap.split(|c: char| c.is_whitespace() || c == '-');
        words.any(|word| word.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_lowercase))
    }

    /// A mark of a pupil near the name: the pupil's own form, year, number or date of birth, or the word itself.
    fn has_evidence(&self) -> bool {
        let around = [self.before(NEAR), self.after(NEAR)];
        let own = |field| fold_words(self.pupil.get(field));
        let form = own(Field::Form);
        let upn = own(Field::Upn);
        let number: String = own(Field::Year).chars().filter(char::is_ascii_digit).collect();
        around.iter().any(|text| {
            let year = ["year ", "yr ", "y", "yr", "year"].iter().any(|word| {
                !number.is_empty() && stands_in(text, &format!("{word}{number}")) && !text.contains("head of")
            });
            let named = !form.is_empty() && form != number && stands_in(text, &form);
            let numbered = upn.len() > 6 && text.contains(&upn);
            year || named || numbered
        }) || self.is_called_pupil(NEAR)
    }

    /// The word for a pupil, or what is said of one, so near.
    pub fn is_called_pupil(&self, near: usize) -> bool {
        [self.before(near), self.after(near)].iter().any(|text| PUPIL.iter().any(|word| stands_in(text, word)))
    }

    /// The pupil's own number near the name.
    fn has_own_number(&self) -> bool {
        let upn = fold_words(self.pupil.get(Field::Upn));
        upn.len() > 6 && [self.before(NEAR), self.after(NEAR)].iter().any(|text| text.contains(&upn))
    }

    /// A form or a year next to the name, with nothing but a sign or a small word between: `Will Power in 8A`,
    /// `7B: Summer Day`, `Thomas Hardy (Yr 9)`.
    fn has_form_beside(&self) -> bool {
        const BETWEEN: &[&str] = &[" in ", " from ", " of ", " (", ", ", " - ", ": ", " | ", ",", "\t", " "];
        const YEAR: &[&str] = &["year ", "yr ", "year", "yr", "y"];
        let is_form = |text: &str| {
            let number = YEAR.iter().find_map(|year| text.strip_prefix(year)).unwrap_or_default();
            let year = !number.is_empty() && number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit());
            let form = text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(char::is_alphabetic);
            year || (form && self.around.view.school.roster.short_names().form(text).is_some())
        };
        let free = |c: char| !(c.is_alphanumeric() || matches!(c, '/' | '.' | '-'));
        let after = self.after(24);
        let behind = BETWEEN.iter().find_map(|sign| after.strip_prefix(sign)).is_some_and(|rest| {
            let mut ends = rest.char_indices().filter(|(_, c)| free(*c)).map(|(at, _)| at).chain([rest.len()]).take(2);
            ends.any(|end| rest.get(..end).is_some_and(|text| is_form(text.trim_end_matches('.'))))
        });
        let before = self.before(24);
        behind
            || [" pupil ", " student ", ": ", " - ", " | ", ", ", ",", "\t", "'s ", " "]
                .iter()
                .find_map(|sign| before.strip_suffix(sign))
                .and_then(|head| head.rsplit(free).next())
                .is_some_and(is_form)
    }

    /// The pupil's own form or number near the name.
    pub fn has_own_mark(&self) -> bool {
        let own = |field| fold_words(self.pupil.get(field));
        let (form, upn) = (own(Field::Form), own(Field::Upn));
        let is_form = form.chars().any(char::is_alphabetic);
        [self.before(NEAR), self.after(NEAR)]
            .iter()
            .any(|text| (is_form && stands_in(text, &form)) || (upn.len() > 6 && text.contains(&upn)))
    }
}

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// All small letters.
    Lower,
    /// All capitals, two at least.
    Upper,
    /// Anything else.
    Mixed,
}

/// The case of a stretch of text; scripts without case are mixed.
pub fn case_of(text: &str) -> Case {
    let (lower, upper) = text
        .chars()
        .fold((0, 0), |(lower, upper), c| (lower + u32::from(c.is_lowercase()), upper + u32::from(c.is_uppercase())));
    match (lower, upper) {
        (1.., 0) => Case::Lower,
        (0, 2..) => Case::Upper,
        _ => Case::Mixed,
    }
}

fn raised(sure: Confidence) -> Confidence {
    if sure == Confidence::Low { Confidence::Medium } else { Confidence::High }
}

/// Whether a word or code stands in a text with no letter or digit beside it.
fn stands_in(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, found)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|tail| tail.chars().next());
        let free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        free(before) && free(after)
    })
}
