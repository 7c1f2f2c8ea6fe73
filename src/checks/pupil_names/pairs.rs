//! Finds the pairs: a forename and a surname of one pupil that stand together.

/// What stands beside and between the halves.
mod neighbours;
/// The two orders in which the halves stand.
mod orders;
/// Which of several readings is meant.
mod settling;

use super::runs::each_word;
use super::siblings::{may_be_hurried, may_begin_family};
use super::words::{Between, Word, between, key_of};
use crate::mail::fold::{has_foreign_letters, skeleton_letters};
use crate::school::names::{Grade, LONGEST, longer, word_key};
use crate::school::roster::index::{ENDS_LONGER, FORENAME, Hint, NameIndex, SURNAME};
use crate::school::roster::{PupilId, Roster};
use std::collections::VecDeque;

/// How the two halves of a name stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// `Jane Smith`.
    ForenameFirst,
    /// `Smith, Jane`.
    SurnameComma,
    /// `Smith Jane`.
    SurnameFirst,
}

/// A full name in the folded text.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// Whose name it is.
    pub pupil: PupilId,
    /// How close the written form is.
    pub grade: Grade,
    /// How the halves stand.
    pub order: Order,
    /// Bytes of the first half.
    pub first: (u32, u32),
    /// Bytes of the second half.
    pub second: (u32, u32),
    /// Words between the halves.
    pub gap: u8,
    /// The words between are the pupil's own middle names or initials.
    pub own_middle: bool,
    /// A line break stands between the halves.
    pub wrapped: bool,
    /// A hyphen joins the name to another word at one of its ends (part of a longer name), or its halves stand
    /// alone on two lines (two entries of a list).
    pub doubtful: bool,
    /// The halves are parted by white space, as in running text.
    pub spaced: bool,
    /// The halves are parted by a sign that no name has: `Jane; Smith`.
    pub odd: bool,
    /// Written with letters of another alphabet that look like Latin ones.
    pub disguised: bool,
    /// Key of the forename, for staff twins.
    pub forename: u64,
    /// Key of the surname.
    pub surname: u64,
    words: (u64, u64, u64, u64),
}

impl Candidate {
    /// Less than a full name: the two stretches, and the keys of what stands for forename and surname.
    pub(super) const fn short(
        pupil: PupilId,
        order: Order,
        first: (u32, u32),
        second: (u32, u32),
        (forename, surname): (u64, u64),
    ) -> Self {
        Self {
            pupil,
            grade: Grade::Diminutive,
            order,
            first,
            second,
            gap: 0,
            own_middle: false,
            wrapped: false,
            doubtful: false,
            spaced: true,
            odd: false,
            disguised: false,
            forename,
            surname,
            words: (0, 0, 0, 0),
        }
    }

    /// The same, written so close to the name.
    pub(super) const fn graded(self, grade: Grade) -> Self {
        Self { grade, ..self }
    }
}

/// What a look through a text shows.
#[derive(Debug, Clone, Copy)]
pub enum Sight<'a> {
    /// A forename and a surname that stand together.
    Pair(&'a Candidate),
    /// A word that is a full name joined.
    Joined(&'a Word),
    /// A forename or a surname beside which an initial, a number or the name of a form may stand.
    Half(&'a Half),
}

/// One half of a name in the folded text.
#[derive(Debug, Clone, Copy)]
pub struct Half {
    /// First byte.
    pub start: u32,
    /// Byte behind the last.
    pub end: u32,
    /// Its key.
    pub key: u64,
    /// `FORENAME`, `SURNAME` or both.
    pub flags: u8,
}

/// A name that ends at a word.
#[derive(Clone, Copy)]
struct Hit {
    first: u64,
    last: u64,
    start: u32,
    end: u32,
    key: u64,
    flags: u8,
    disguised: bool,
}

/// The most words between forename and surname.
const WIDEST_GAP: u64 = 2;
/// The shortest word that is taken for two names joined.
const SHORTEST_JOINED: usize = 6;
/// The most words from the end of one half of a name to the end of the other.
const REACH: u64 = WIDEST_GAP + LONGEST as u64;
/// Words that are kept: a name before, a gap, a name behind.
const KEPT: usize = 2 * LONGEST + 4;
/// Places for them and for the word before; a power of two is quickest.
const RING: usize = 16;
const _: () = assert!(RING > KEPT && RING.is_power_of_two());
/// The most bytes between a forename and the number of a form.
const WIDEST_SHORT: usize = 14;
/// Candidates that wait for their neighbours before they are settled in any case.
const MOST_WAITING: usize = 256;

/// Looks through a folded text and shows each full name once, in the order of the text but for names that stand
/// close together; and each word that is a full name joined.
pub fn find_pairs(text: &str, roster: &Roster, mut show: impl FnMut(Sight<'_>)) {
    let mut finder = Finder::new(text, roster);
    each_word(text, |number, start, end, hint| finder.take(number, start, end, hint, &mut show));
    finder.settle(&mut show);
}

/// Whether an initial stands behind a word, or a digit near it.
fn has_short(bytes: &[u8], start: usize, end: usize) -> bool {
    let behind = bytes.get(end..).unwrap_or_default();
    let behind = behind.get(..behind.len().min(WIDEST_SHORT)).unwrap_or_default();
    let before = bytes.get(start.saturating_sub(WIDEST_SHORT)..start).unwrap_or_default();
    let initial = |rest: &[u8]| match rest {
        [letter] => letter.is_ascii_alphabetic(),
        [letter, next, ..] => letter.is_ascii_alphabetic() && !next.is_ascii_alphanumeric(),
        [] => false,
    };
    let initial_behind = match behind {
        [b',', b' ', rest @ ..] | [b',' | b' ', rest @ ..] => initial(rest),
        _ => false,
    };
    initial_behind || behind.iter().chain(before).any(u8::is_ascii_digit)
}

/// The place of a word in the ring.
#[allow(clippy::cast_possible_truncation, reason = "only the lowest bits count")]
const fn place_of(number: u64) -> usize {
    number as usize % RING
}

struct Finder<'a> {
    text: &'a str,
    roster: &'a Roster,
    index: &'a NameIndex,
    /// Where the last words stand, each in the place of its number modulo the length.
    places: [(u32, u32); RING],
    /// Words up to the one that was looked at last.
    count: u64,
    /// The last word that may be a name, and whether it was looked at: alone, it is half of nothing.
    last: Option<(u64, bool)>,
    hits: VecDeque<Hit>,
    waiting: Vec<Candidate>,
}

impl<'a> Finder<'a> {
    fn new(text: &'a str, roster: &'a Roster) -> Self {
        Self {
            text,
            roster,
            index: roster.index(),
            places: [(0, 0); RING],
            count: 0,
            last: None,
            hits: VecDeque::new(),
            waiting: Vec::new(),
        }
    }

    /// Takes the next word. Nearly every word is no name, and ends here.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "texts are shorter than 4 GiB by their limits")]
    fn take(&mut self, number: u64, start: usize, end: usize, hint: Option<Hint>, show: &mut impl FnMut(Sight<'_>)) {
        if let Some(place) = self.places.get_mut(place_of(number)) {
            *place = (start as u32, end as u32);
        }
        let name = hint.is_none_or(|hint| self.index.may_be_name(hint));
        if name | !self.waiting.is_empty() {
            self.look(number, name, show);
        }
    }

    /// Looks closer at the newest word.
    #[cold]
    fn look(&mut self, number: u64, name: bool, show: &mut impl FnMut(Sight<'_>)) {
        self.count = number + 1;
        if !self.waiting.is_empty() {
            self.mark_doubtful(number);
        }
        if name {
            self.read_names(number);
            if let Some((word, text)) = self.plain_word(number)
                && text.len() >= SHORTEST_JOINED
                && self.index.is_joined(word.key)
            {
                show(Sight::Joined(&word));
            }
            self.read_half(number, show);
        }
        let settled = self.waiting.last().is_some_and(|last| last.words.3 + KEPT as u64 <= self.count);
        if settled || self.waiting.len() >= MOST_WAITING {
            self.settle(show);
        }
    }

    /// A candidate that ended with the word before is part of a longer name when a hyphen joins this word to it.
    fn mark_doubtful(&mut self, number: u64) {
        if self.word(number).is_some_and(|word| word.before == Between::Hyphen) {
            let last = number.wrapping_sub(1);
            for candidate in self.waiting.iter_mut().filter(|candidate| candidate.spaced && candidate.words.3 == last) {
                candidate.doubtful = true;
            }
        }
    }

    /// Reads the names that end with a word, where another word that may be a name stands near by.
    fn read_names(&mut self, number: u64) {
        let before = self.last.filter(|(last, _)| number - last <= REACH);
        if let Some((last, looked_at)) = before {
            if !looked_at {
                self.read_name(last);
            }
            self.read_name(number);
        }
        self.last = Some((number, before.is_some()));
    }

    fn read_name(&mut self, number: u64) {
        let flags = self.word(number).map_or(0, |word| self.index.flags(word.key));
        if flags == 0 {
            return;
        }
        while self.hits.front().is_some_and(|hit| hit.last + (KEPT as u64) < number) {
            self.hits.pop_front();
        }
        let lengths = if flags & ENDS_LONGER == 0 { 1 } else { LONGEST };
        for length in 1..=lengths {
            let Some(hit) = self.hit_of(number, length) else { break };
            if hit.flags & (FORENAME | SURNAME) != 0 {
                self.pair_up(&hit);
                self.hits.push_back(hit);
            }
        }
    }

    /// Shows the names that end with a word and have something short beside them.
    fn read_half(&self, number: u64, show: &mut impl FnMut(Sight<'_>)) {
        let Some(&(start, end)) = self.places.get(place_of(number)) else { return };
        let single = |back: u64| {
            let place = number.checked_sub(back).filter(|_| back < self.count).map(place_of);
            place.and_then(|place| self.places.get(place)).is_some_and(|(start, end)| end - start == 1)
        };
        let worded = self.roster.short_names().has_worded_forms();
        let bytes = self.text.as_bytes();
        let more = may_begin_family(self.text, end as usize) || may_be_hurried(self.text, end as usize);
        if !(worded || more || (1..LONGEST as u64).any(single) || has_short(bytes, start as usize, end as usize)) {
            return;
        }
        let flags = self.word(number).map_or(0, |word| self.index.flags(word.key));
        if flags == 0 {
            return;
        }
        let lengths = if flags & ENDS_LONGER == 0 { 1 } else { LONGEST };
        for length in 1..=lengths {
            let Some(hit) = self.hit_of(number, length) else { break };
            if hit.flags & (FORENAME | SURNAME) != 0 {
                show(Sight::Half(&Half { start: hit.start, end: hit.end, key: hit.key, flags: hit.flags }));
            }
        }
    }

    /// The word with that number, by its letters, and its text.
    fn plain_word(&self, number: u64) -> Option<(Word, &'a str)> {
        let back = self.count.checked_sub(number)?;
        if back == 0 || back > KEPT as u64 {
            return None;
        }
        let (start, end) = *self.places.get(place_of(number))?;
        let ended =
            number.checked_sub(1).and_then(|before| self.places.get(place_of(before))).map_or(0, |place| place.1);
        let text = self.text.get(start as usize..end as usize)?;
        let before = between(self.text.as_bytes().get(ended as usize..start as usize)?);
        Some((Word { start, end, key: key_of(text.as_bytes()), before, disguised: false }, text))
    }

    /// The same; one with letters of another alphabet that look like Latin ones is read as it looks, where that is a name.
    fn word(&self, number: u64) -> Option<Word> {
        let (mut word, text) = self.plain_word(number)?;
        if has_foreign_letters(text) && self.index.flags(word.key) == 0 {
            let key = word_key(skeleton_letters(text).as_bytes());
            // A word of two alphabets is no word of either; it may be the inner part of a longer name (`van` in `van der Berg`).
            let mixed = key != word.key && text.bytes().any(|byte| byte.is_ascii_alphabetic());
            if mixed || self.index.flags(key) != 0 {
                (word.key, word.disguised) = (key, true);
            }
        }
        Some(word)
    }

    /// The name made of the `length` words up to one; `None` where they do not stand together.
    fn hit_of(&self, last: u64, length: usize) -> Option<Hit> {
        let first_number = (last + 1).checked_sub(length as u64)?;
        let first = self.word(first_number)?;
        let mut key = first.key;
        let mut end = first.end;
        let mut disguised = first.disguised;
        let mut last_length = first.end - first.start;
        for number in first_number + 1..=last {
            let word = self.word(number)?;
            match word.before {
                Between::Joined | Between::Glued | Between::Hyphen | Between::Wrapped => {}
                // `St. John`: the stop belongs to the short word before it.
                Between::Stop if last_length <= 2 => {}
                _ => return None,
            }
            key = longer(key, word.key);
            end = word.end;
            last_length = word.end - word.start;
            disguised |= word.disguised;
        }
        Some(Hit { first: first_number, last, start: first.start, end, key, flags: self.index.flags(key), disguised })
    }

    fn pair_up(&mut self, hit: &Hit) {
        let mut found = Vec::new();
        for before in self.hits.iter().rev() {
            if before.last >= hit.first {
                continue;
            }
            if before.last + 1 + WIDEST_GAP < hit.first {
                break;
            }
            if before.flags & FORENAME != 0 && hit.flags & SURNAME != 0 {
                found.extend(self.forename_first(before, hit));
            }
            if before.flags & SURNAME != 0 && hit.flags & FORENAME != 0 {
                found.extend(self.surname_first(before, hit));
            }
        }
        self.waiting.extend(found);
    }
}

#[cfg(test)]
mod tests;
