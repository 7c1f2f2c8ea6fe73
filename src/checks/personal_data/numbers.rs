//! The pass over the folded text: finds digits, and asks every family what they are.

use super::bank::{self, Issuer};
use super::candidate::{Candidate, Found};
use super::clues::{self, Clue, Near};
use super::dates;
use super::documents;
use super::health_and_tax::{is_nhs, is_nino, is_plausible_nhs, is_utr};
use super::hits::{Collector, Hit, narrow};
use super::iban::is_iban;
use super::known::{Numbers, Pupils};
use super::pupil_numbers::{is_uci, is_uln, is_upn};
use super::sensitive;
use super::stretch::{self, Stretch};
use super::tables::Headings;
use crate::checks::View;
use crate::finding::Confidence::{self, High, Medium};
use crate::school::sort_codes::Answer;
use jiff::civil::Date;
use std::cell::RefCell;
use std::ops::Range;

/// Bytes looked at together for a digit.
const STRIDE: usize = 64;
/// Forms noted in one message.
const MOST_FORMS: usize = 20_000;

/// What the pass knows of the message.
pub struct Scene<'a> {
    /// The message.
    pub view: &'a View<'a>,
    /// Its folded text.
    pub text: &'a [u8],
    /// Headings of its tables.
    pub headings: &'a Headings<'a>,
    /// Numbers the school knows.
    pub numbers: Numbers<'a>,
    /// Pupils it names.
    pub pupils: Pupils,
    /// Words that say what a number is.
    pub clues: RefCell<clues::Reader>,
    /// The day it was sent.
    pub today: Date,
}

/// Finds every number of somebody's in the folded text; answers where forms stand (`7b`).
pub fn find(
    view: &View<'_>,
    headings: &Headings<'_>,
    pupils: Pupils,
    collector: &mut Collector<'_>,
) -> Vec<Range<usize>> {
    let text = view.folded.text.as_bytes();
    let (numbers, today) = (Numbers::new(view), dates::day_of(view.now));
    let scene = Scene { view, text, headings, numbers, pupils, clues: RefCell::default(), today };
    let (mut stretch, mut second) = (Stretch::default(), Stretch::default());
    let mut done = 0;
    let mut forms = Vec::new();
    while let Some(digit) = next_digit(text, done) {
        if forms.len() < MOST_FORMS {
            forms.extend(sensitive::form_at(text, digit));
        }
        done = scene.around(digit, done, &mut stretch, &mut second, collector);
    }
    forms
}

/// The next digit at or behind `from`.
fn next_digit(text: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let mut at = 0;
    // Whole strides without a branch inside: most of a letter has no digits.
    for stride in rest.chunks(STRIDE) {
        if stride.iter().fold(false, |any, byte| any | byte.is_ascii_digit()) {
            break;
        }
        at += stride.len();
    }
    rest.get(at..)?.iter().position(u8::is_ascii_digit).map(|index| from + at + index)
}

impl Scene<'_> {
    /// Looks at the tokens around a digit; answers where to go on.
    fn around(
        &self,
        digit: usize,
        floor: usize,
        stretch: &mut Stretch,
        second: &mut Stretch,
        collector: &mut Collector<'_>,
    ) -> usize {
        if let Some(end) = stretch::lonely_token(self.text, digit, floor) {
            return end;
        }
        if let Some((start, end)) = self.machine_readable(digit, floor) {
            let line = self.text.get(start..end).unwrap_or_default();
            collector.add(&Hit::code("passport", start..end, High, line.get(..9).unwrap_or_default()));
            return end;
        }
        let mut start = stretch::first_token(self.text, digit, floor);
        let label = stretch::glued_label(self.text, start);
        start += label;
        loop {
            if label > 0 || !stretch::joined_before(&self.view.folded.text, start) {
                stretch.read(self.text, start);
                if let Some(found) = self.look(stretch, second) {
                    if let Some(hit) = found.hit {
                        collector.add(&hit);
                    }
                    return found.end.max(start + 1);
                }
            }
            let Some(next) = next_token(self.text, start) else { return self.text.len() };
            if start >= digit || next > digit {
                return next.max(digit + 1);
            }
            start = next;
        }
    }

    fn machine_readable(&self, digit: usize, floor: usize) -> Option<(usize, usize)> {
        let near = self.text.get(digit..(digit + 45).min(self.text.len()))?;
        let line = near.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'<').count();
        if line < 30 {
            return None;
        }
        documents::machine_readable(self.text, digit).filter(|(start, _)| *start >= floor)
    }

    /// The strongest of what a stretch may be.
    fn look(&self, stretch: &Stretch, second: &mut Stretch) -> Option<Found> {
        let mut best: Option<Found> = None;
        let first_is_digit = stretch.chars.first().is_some_and(u8::is_ascii_digit);
        if first_is_digit && let Some(found) = self.telephone(stretch.start) {
            return Some(found);
        }
        let letters = stretch.leading_letters();
        if letters > stretch::PREFIX {
            return None;
        }
        let digits = stretch.chars.iter().take_while(|c| c.is_ascii_digit()).count();
        for (upto, mark) in stretch.marks.iter().enumerate() {
            let Some(chars) = stretch.chars.get(..mark.len) else { break };
            let candidate = Candidate { stretch, upto, chars, end: mark.end };
            let found = if mark.len <= digits {
                self.number(&candidate).or_else(|| self.account(stretch, upto, second))
            } else {
                self.code(&candidate, letters)
            };
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| best.strength() <= found.strength())
            {
                best = Some(found);
            }
        }
        if best.as_ref().is_none_or(|best| best.hit.is_none()) && first_is_digit {
            return self.birth(stretch.start).or_else(|| self.home(stretch.start)).or(best);
        }
        best
    }

    /// Kinds that have letters in them, so many of them before the first digit.
    fn code(&self, candidate: &Candidate<'_>, letters: usize) -> Option<Found> {
        let chars = candidate.chars;
        // Most of what stands beside a digit is a word or two of a sentence, and has none of these shapes.
        let shaped = matches!(
            (chars.len(), letters),
            (11, 0) | (7 | 13, 0 | 1) | (9 | 15..=34, 2) | (5..=8, 1..=4) | (16, 1..=5)
        );
        // What stands before an @ is somebody's address.
        if !shaped || !candidate.is_regular() || self.text.get(candidate.end) == Some(&b'@') {
            return None;
        }
        let named = |kind, clue: Clue, alone: Confidence| {
            let confidence = if self.is_named(candidate, clue) { High } else { alone };
            Some(self.found(kind, candidate, confidence))
        };
        match chars.len() {
            9 if is_nino(chars) => {
                let words = candidate.is_prose();
                // `Your reference: AB123456C-2`.
                let goes_on = matches!(self.text.get(candidate.end..), Some([b'-', next, ..]) if next.is_ascii_digit());
                if goes_on && self.is_named(candidate, Clue::Other) && !self.is_named(candidate, Clue::Nino) {
                    return None;
                }
                (!words || self.is_named(candidate, Clue::Nino)).then(|| named("nino", Clue::Nino, Medium))?
            }
            7 if documents::is_passport(chars) && self.is_named(candidate, Clue::Passport) => {
                Some(self.found("passport", candidate, Medium))
            }
            // The revenue writes a `K` behind the ten digits.
            11 if chars.ends_with(b"k") && chars.get(..10).is_some_and(is_utr) => {
                self.is_named(candidate, Clue::Utr).then(|| self.found("utr", candidate, High))
            }
            13 if is_upn(chars) => named("upn", Clue::Upn, Medium).map(|found| self.in_roster(candidate, found)),
            13 if is_uci(chars) && !self.is_fraction(candidate) => named("uci", Clue::Uci, Medium),
            16 if documents::is_driving_licence(chars) => named("driving_licence", Clue::Licence, Medium),
            15..=34 if is_iban(chars) => {
                let fours = candidate.groups_of_four() || candidate.upto == 0;
                (fours || self.is_named(candidate, Clue::Bank)).then(|| self.found("iban", candidate, High))
            }
            5..=8 if candidate.is_postcode() => self.address(candidate),
            _ => None,
        }
    }

    /// Digits behind a decimal point, or before an exponent: `1.000000000001e-4`.
    fn is_fraction(&self, candidate: &Candidate<'_>) -> bool {
        let start = candidate.stretch.start;
        let before = start.checked_sub(2).and_then(|from| self.text.get(from..start));
        let after = self.text.get(candidate.end..);
        matches!(before, Some([digit, b'.']) if digit.is_ascii_digit())
            || matches!(after, Some([b'-' | b'+', digit, ..]) if digit.is_ascii_digit())
                && candidate.chars.ends_with(b"e")
    }

    /// A pupil number that the roster has is certain, and says whose it is.
    fn in_roster(&self, candidate: &Candidate<'_>, found: Found) -> Found {
        let number = std::str::from_utf8(candidate.chars).unwrap_or_default();
        match (self.view.school.roster.pupil_by_upn(number), found.hit) {
            (Some(pupil), Some(hit)) => {
                let hit = Hit { pupil: Some(pupil), confidence: High, ..hit };
                Found { hit: Some(hit), confidence: High, ..found }
            }
            (_, hit) => Found { hit, ..found },
        }
    }

    /// Kinds of digits alone.
    fn number(&self, candidate: &Candidate<'_>) -> Option<Found> {
        let chars = candidate.chars;
        let (start, end) = (candidate.stretch.start, candidate.end);
        if !matches!(chars.len(), 9 | 10 | 13..=19)
            || !candidate.is_usual() && stretch::has_neighbours(self.text, start, end)
            || stretch::joined_number(self.text, start, end)
        {
            return None;
        }
        if let Some(found) = self.learner(candidate) {
            return Some(found);
        }
        let known = match chars.len() {
            9 => true,
            10 => is_nhs(chars) || is_uln(chars) || is_utr(chars),
            _ => bank::card(chars).is_some(),
        };
        if !known || stretch::in_web_address(self.text, start) {
            return None;
        }
        let clues = self.clues_of(start, end);
        match chars.len() {
            9 => {
                // `order 123456789` in a sentence about passports.
                let other = clues.first().is_some_and(|near| near.clue == Clue::Other && near.before);
                let named = clues.iter().any(|near| near.clue == Clue::Passport);
                (named && !other).then(|| self.found("passport", candidate, Medium))
            }
            10 => self.ten_digits(candidate, &clues),
            _ => {
                let named = clues.iter().any(|near| near.clue == Clue::Card);
                let other = clues.first().is_some_and(|near| near.clue == Clue::Other);
                match bank::card(chars)? {
                    _ if named => Some(self.found("card", candidate, High)),
                    Issuer::Large if candidate.is_card_shaped() && !other => Some(self.found("card", candidate, High)),
                    Issuer::Large if candidate.is_usual() && !other => Some(self.found("card", candidate, Medium)),
                    _ => None,
                }
            }
        }
    }

    /// A learner number that the roster has is certain without any word, and says whose it is.
    fn learner(&self, candidate: &Candidate<'_>) -> Option<Found> {
        if candidate.chars.len() != 10 || !is_uln(candidate.chars) {
            return None;
        }
        let pupil = self.view.school.roster.pupil_by_uln(std::str::from_utf8(candidate.chars).ok()?)?;
        let found = self.found("uln", candidate, High);
        Some(Found { hit: found.hit.map(|hit| Hit { pupil: Some(pupil), ..hit }), ..found })
    }

    /// Three kinds share ten digits: the nearest word decides among those whose check digit is right.
    fn ten_digits(&self, candidate: &Candidate<'_>, clues: &[Near]) -> Option<Found> {
        let chars = candidate.chars;
        for near in clues {
            match near.clue {
                Clue::Nhs if is_nhs(chars) => {
                    let confidence = if is_plausible_nhs(chars) { High } else { Medium };
                    return Some(self.found("nhs_number", candidate, confidence));
                }
                Clue::Uln if is_uln(chars) => return Some(self.found("uln", candidate, High)),
                Clue::Utr if is_utr(chars) => return Some(self.found("utr", candidate, High)),
                Clue::Phone | Clue::OwnPhone if near.before => return None,
                Clue::Other if near.before && near.distance < 12 => return None,
                _ => {}
            }
        }
        None
    }

    fn account(&self, stretch: &Stretch, upto: usize, second: &mut Stretch) -> Option<Found> {
        let len = stretch.marks.get(upto)?.len;
        if len != 6 && len != 8 {
            return None;
        }
        let pair = bank::pair(self.text, stretch, upto, second)?;
        if stretch::joined_number(self.text, pair.start, pair.end) {
            return None;
        }
        let named = self.clues_of(pair.start, pair.end).iter().any(|near| near.clue == Clue::Bank)
            || clues::read(self.text.get(pair.start..pair.end)?).any(|(clue, ..)| clue == Clue::Bank);
        let (code, account) = (String::from_utf8_lossy(&pair.sort_code), String::from_utf8_lossy(&pair.account));
        let checked = self.view.school.sort_codes.as_ref().map(|codes| codes.check(&code, &account));
        let confidence = match checked {
            Some(Answer::Wrong) => return None,
            _ if !named && !pair.in_bank_format => return None,
            Some(Answer::Right) => High,
            Some(Answer::Unknown) | None => Medium,
        };
        let value = [pair.sort_code.as_slice(), &pair.account].concat();
        let own = self.is_own(&value) || self.is_own(&pair.account);
        let hit = (!own).then(|| Hit::code("bank_account", pair.start..pair.end, confidence, &value));
        Some(Found { hit, end: pair.end, confidence })
    }

    fn found(&self, kind: &'static str, candidate: &Candidate<'_>, confidence: Confidence) -> Found {
        let range = candidate.stretch.start..candidate.end;
        let hit = (!self.is_own(candidate.chars)).then(|| Hit::code(kind, range, confidence, candidate.chars));
        Found { hit, end: candidate.end, confidence }
    }

    /// Whether these letters and digits are the school's own.
    pub fn is_own(&self, chars: &[u8]) -> bool {
        self.numbers.is_own(chars)
    }

    /// The stretch of `Tree::text` that a stretch of the folded text was made from.
    pub fn span(&self, start: usize, end: usize) -> Range<u32> {
        self.view.folded.back(narrow(start)..narrow(end))
    }

    /// Whether a word near by says that a number is of this kind.
    pub fn is_named(&self, candidate: &Candidate<'_>, clue: Clue) -> bool {
        self.clues_of(candidate.stretch.start, candidate.end).iter().any(|near| near.clue == clue)
    }

    /// What the words near a number say, nearest first. In a table the headings speak before the neighbours.
    pub fn clues_of(&self, start: usize, end: usize) -> Vec<Near> {
        if !self.view.tree.cells.is_empty() {
            let span = self.span(start, end);
            if let Some((index, cell)) = self.headings.cell(&span) {
                let clues = self.headings.clues(index, cell);
                if !clues.is_empty() {
                    return clues
                        .into_iter()
                        .map(|clue| Near { clue, distance: 0, end: start, before: true })
                        .collect();
                }
            }
        }
        self.clues.borrow_mut().near(self.text, start, end)
    }
}

/// The start of the token behind the one at `start`.
fn next_token(text: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let token = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let gap = rest.get(token..)?.iter().position(u8::is_ascii_alphanumeric)?;
    Some(start + token + gap)
}
