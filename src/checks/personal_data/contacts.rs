//! Ways to reach or recognise a person: telephone, date of birth, address.

use super::addresses::{self, Before};
use super::candidate::{Candidate, Found};
use super::clues::{Clue, Near};
use super::dates;
use super::hits::Hit;
use super::homes::{self, Said};
use super::numbers::Scene;
use super::phones::{self, Line};
use super::stretch;
use crate::finding::Confidence::{High, Low, Medium};

/// A pupil's age, at most.
const OLDEST_PUPIL: i32 = 20;

impl Scene<'_> {
    /// Digits of a telephone number are nothing else, whatever check they pass.
    pub fn telephone(&self, start: usize) -> Option<Found> {
        let phone = phones::read(self.text, start)?;
        let ten = phone.national.len() == 10 && phone.start == start;
        let quiet = Found { hit: None, end: phone.end, confidence: Low };
        let nobodys =
            phone.line == Line::Service || self.is_own(&phone.national) || stretch::in_web_address(self.text, start);
        // The school's own number stands under every letter: nothing is read around it.
        if nobodys && !ten {
            return Some(quiet);
        }
        let clues = self.clues_of(phone.start, phone.end);
        if ten && clues.first().is_some_and(|near| matches!(near.clue, Clue::Nhs | Clue::Uln | Clue::Utr)) {
            return None;
        }
        if nobodys {
            return Some(quiet);
        }
        let listed = self.numbers.is_private(&phone.national);
        // `Swap with me on Thursday`: only right before a number does it speak of a telephone.
        let vague =
            |near: &Near| near.distance > 4 && self.text.get(..near.end).is_some_and(|head| head.ends_with(b"me on"));
        let mut roles = clues.iter().filter(|near| matches!(near.clue, Clue::OwnPhone | Clue::FamilyPhone));
        let role = roles.find(|near| !vague(near));
        let beside = || self.pupils.near(self.view, self.headings, &self.span(phone.start, phone.end)).next().is_some();
        let (kind, confidence) = match (role.map(|near| near.clue), phone.line) {
            _ if listed => ("private_phone", High),
            (Some(Clue::OwnPhone), _) => ("private_phone", Medium),
            (Some(_), _) => ("phone", Medium),
            (None, Line::Mobile) if self.clues.borrow_mut().is_signed(self.text, phone.start) => {
                ("private_phone", Medium)
            }
            (None, _) if beside() => ("phone", Medium),
            (None, Line::Mobile) => ("private_phone", Low),
            // A number of a place without a word of whose it is may be anybody's: a shop, another school.
            (None, _) => return Some(quiet),
        };
        let hit = Hit::code(kind, phone.start..phone.end, confidence, &phone.national);
        Some(Found { hit: Some(hit), ..quiet })
    }

    /// A date of birth: by a word near by, or because it is that of a pupil named beside it.
    pub fn birth(&self, start: usize) -> Option<Found> {
        let Some((born, first, end)) = dates::read(self.text, start, self.today) else {
            return self.short_birth(start);
        };
        let nothing = Found { hit: None, end, confidence: Low };
        if !dates::is_plausible_birth(born, self.today) || stretch::in_web_address(self.text, start) {
            return Some(nothing);
        }
        let pupil = self.pupils.born(self.view, self.headings, &self.span(first, end), born);
        let clues = if pupil.is_none() { self.clues_of(first, end) } else { Vec::new() };
        if pupil.is_none() && !dates::is_birth(self.text, &clues, first, self.today) {
            return Some(nothing);
        }
        let history = dates::is_only_said(&clues) && dates::age(born, self.today) > OLDEST_PUPIL;
        let confidence = match pupil {
            Some(_) => High,
            None if history => Low,
            None => Medium,
        };
        let hit = Hit::secret("date_of_birth", first..end, confidence, born.to_string().as_bytes());
        Some(Found { hit: Some(Hit { pupil, ..hit }), end, confidence })
    }

    /// `140312` beside the pupil who was born that day.
    fn short_birth(&self, start: usize) -> Option<Found> {
        let (born, end) = dates::read_short(self.text, start, self.today)?;
        let pupil = self.pupils.born(self.view, self.headings, &self.span(start, end), born)?;
        let hit = Hit::secret("date_of_birth", start..end, High, born.to_string().as_bytes());
        Some(Found { hit: Some(Hit { pupil: Some(pupil), ..hit }), end, confidence: High })
    }

    /// A house and its street without a postcode, where somebody lives or right behind a pupil's name.
    pub fn home(&self, start: usize) -> Option<Found> {
        let end = homes::house(self.text, start)?;
        let span = self.span(start, end);
        let written = self.view.tree.text.get(span.start as usize..span.end as usize)?;
        if homes::postcode_follows(self.text, end) || stretch::in_web_address(self.text, start) {
            return None;
        }
        let of_pupil = || self.pupils.near(self.view, self.headings, &span).next().is_some();
        let column = || {
            self.headings
                .cell(&span)
                .is_some_and(|(index, cell)| self.headings.clues(index, cell).contains(&Clue::Address))
        };
        let told = match homes::said(self.text, self.window(start), start) {
            Said::OfPerson => true,
            Said::OfSomebody => of_pupil(),
            Said::Nothing => {
                homes::is_named(written) && self.pupils.end_before(&self.view.tree.text, &span)
                    || column() && of_pupil()
            }
        };
        let hit = Hit::secret("address", start..end, Medium, self.text.get(start..end)?);
        told.then_some(Found { hit: Some(hit), end, confidence: Medium })
    }

    /// How far back an address may begin: in the same piece of text, whatever header field stands before it.
    fn window(&self, start: usize) -> usize {
        let pieces = &self.view.tree.pieces;
        let at = self.span(start, start + 1).start;
        let piece =
            pieces.partition_point(|piece| piece.text.start <= at).checked_sub(1).and_then(|index| pieces.get(index));
        let floor = piece.map_or(0, |piece| piece.text.start);
        let from = start.saturating_sub(addresses::BEFORE);
        let inside = |from: usize| self.span(from, start).start >= floor;
        if inside(from) {
            return from;
        }
        let window = self.text.get(from..start).unwrap_or_default();
        let mut lines = window.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| from + at + 1);
        lines.find(|line| inside(*line)).unwrap_or(start)
    }

    /// A postcode with a street before it, or beside a pupil's name.
    pub fn address(&self, candidate: &Candidate<'_>) -> Option<Found> {
        let (start, end) = (candidate.stretch.start, candidate.end);
        if self.is_own(candidate.chars) || stretch::in_web_address(self.text, start) {
            return None;
        }
        let named = || self.is_named(candidate, Clue::Address);
        let beside = || self.pupils.near(self.view, self.headings, &self.span(start, end)).next().is_some();
        let (from, confidence) = match addresses::before(self.text, self.window(start), start) {
            Before::House(from) => (from, Medium),
            Before::Street(from) => (from, if named() { Medium } else { Low }),
            Before::Nothing if beside() => (start, Medium),
            Before::Nothing if named() => (start, Low),
            Before::Nothing | Before::Organisation => return None,
        };
        let hit = Hit::code("address", from..end, confidence, candidate.chars);
        Some(Found { hit: Some(hit), end, confidence })
    }
}
