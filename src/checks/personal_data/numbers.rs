//! The pass over the folded text: finds digits, and asks every family what they are.

use super::addresses::{self, Before};
use super::bank::{self, Issuer};
use super::clues::{self, Clue, Near};
use super::dates;
use super::documents;
use super::health_and_tax::{is_nhs, is_nino, is_plausible_nhs, is_utr};
use super::hits::{Collector, Hit, narrow};
use super::iban::is_iban;
use super::phones::{self, Line};
use super::pupil_numbers::{is_uci, is_uln, is_upn};
use super::stretch::{self, Stretch};
use super::tables::Headings;
use crate::checks::View;
use crate::finding::Confidence::{self, High, Low, Medium};
use crate::school::sort_codes::Answer;
use jiff::civil::Date;
use rustc_hash::FxHashSet;

/// Bytes looked at together for a digit.
const STRIDE: usize = 64;

/// What the pass knows of the message.
struct Scene<'a> {
    view: &'a View<'a>,
    text: &'a [u8],
    headings: &'a Headings<'a>,
    own: FxHashSet<String>,
    today: Date,
}

/// Finds every number of somebody's in the folded text.
pub fn find(view: &View<'_>, headings: &Headings<'_>, collector: &mut Collector<'_>) {
    let text = view.folded.text.as_bytes();
    let scene = Scene { view, text, headings, own: own_numbers(view), today: dates::day_of(view.now) };
    let (mut stretch, mut second) = (Stretch::default(), Stretch::default());
    let mut done = 0;
    while let Some(digit) = next_digit(text, done) {
        done = scene.around(digit, done, &mut stretch, &mut second, collector);
    }
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

/// The school's own numbers, as letters and digits alone; telephones as dialled inside the country.
fn own_numbers(view: &View<'_>) -> FxHashSet<String> {
    let identity = &view.school.identity;
    let mut own = FxHashSet::default();
    for written in identity.own_numbers.iter().chain([&identity.telephone]) {
        own.insert(written.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase());
        own.extend(phones::comparable(written));
    }
    own
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
        if let Some((start, end)) = self.machine_readable(digit, floor) {
            let line = self.text.get(start..end).unwrap_or_default();
            collector.add(&Hit::code("passport", start..end, High, line.get(..9).unwrap_or_default()));
            return end;
        }
        let mut start = stretch::first_token(self.text, digit, floor);
        loop {
            if !stretch::joined_before(&self.view.folded.text, start) {
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
        let digits = stretch.chars.iter().take_while(|c| c.is_ascii_digit()).count();
        for (upto, mark) in stretch.marks.iter().enumerate() {
            let Some(chars) = stretch.chars.get(..mark.len) else { break };
            let candidate = Candidate { stretch, upto, chars, end: mark.end };
            let found = if mark.len <= digits {
                self.number(&candidate).or_else(|| self.account(stretch, upto, second))
            } else {
                self.code(&candidate)
            };
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| best.strength() <= found.strength())
            {
                best = Some(found);
            }
        }
        if best.as_ref().is_none_or(|best| best.hit.is_none()) && first_is_digit {
            return self.birth(stretch.start).or(best);
        }
        best
    }

    /// Kinds that have letters in them.
    fn code(&self, candidate: &Candidate<'_>) -> Option<Found> {
        let chars = candidate.chars;
        // What stands before an @ is somebody's address.
        if !candidate.is_regular() || self.text.get(candidate.end) == Some(&b'@') {
            return None;
        }
        let named = |kind, clue: Clue, alone: Confidence| {
            let confidence = if self.is_named(candidate, clue) { High } else { alone };
            Some(self.found(kind, candidate, confidence))
        };
        match chars.len() {
            9 if is_nino(chars) => {
                let words = candidate.is_prose();
                (!words || self.is_named(candidate, Clue::Nino)).then(|| named("nino", Clue::Nino, Medium))?
            }
            7 if documents::is_passport(chars) && self.is_named(candidate, Clue::Passport) => {
                Some(self.found("passport", candidate, Medium))
            }
            13 if is_upn(chars) => named("upn", Clue::Upn, Medium),
            13 if is_uci(chars) => named("uci", Clue::Uci, Medium),
            16 if documents::is_driving_licence(chars) => named("driving_licence", Clue::Licence, Medium),
            15..=34 if is_iban(chars) => {
                let fours = candidate.groups_of_four() || candidate.upto == 0;
                (fours || self.is_named(candidate, Clue::Bank)).then(|| self.found("iban", candidate, High))
            }
            5..=8 if candidate.is_postcode() => self.address(candidate),
            _ => None,
        }
    }

    /// Kinds of digits alone.
    fn number(&self, candidate: &Candidate<'_>) -> Option<Found> {
        let chars = candidate.chars;
        let (start, end) = (candidate.stretch.start, candidate.end);
        let known = match chars.len() {
            9 => true,
            10 => is_nhs(chars) || is_uln(chars) || is_utr(chars),
            13..=19 => bank::card(chars).is_some(),
            _ => false,
        };
        if !known || stretch::joined_number(self.text, start, end) || stretch::in_web_address(self.text, start) {
            return None;
        }
        if !candidate.is_usual() && stretch::has_neighbours(self.text, start, end) {
            return None;
        }
        let clues = self.clues(start, end);
        match chars.len() {
            9 => {
                clues.iter().any(|near| near.clue == Clue::Passport).then(|| self.found("passport", candidate, Medium))
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
        let named = self.clues(pair.start, pair.end).iter().any(|near| near.clue == Clue::Bank)
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

    /// Digits of a telephone number are nothing else, whatever check they pass.
    fn telephone(&self, start: usize) -> Option<Found> {
        let phone = phones::read(self.text, start)?;
        let ten = phone.national.len() == 10 && phone.start == start;
        let clues = self.clues(phone.start, phone.end);
        if ten && clues.first().is_some_and(|near| matches!(near.clue, Clue::Nhs | Clue::Uln | Clue::Utr)) {
            return None;
        }
        let quiet = Found { hit: None, end: phone.end, confidence: Low };
        if phone.line == Line::Service || self.is_own(&phone.national) || stretch::in_web_address(self.text, start) {
            return Some(quiet);
        }
        let own = clues.iter().any(|near| near.clue == Clue::OwnPhone);
        let kind = if own || phone.line == Line::Mobile { "private_phone" } else { "phone" };
        let confidence = if own || kind == "private_phone" && self.is_signed(phone.start) { Medium } else { Low };
        let hit = Hit::code(kind, phone.start..phone.end, confidence, &phone.national);
        Some(Found { hit: Some(hit), ..quiet })
    }

    /// Whether words of farewell stand before: what follows is the sender's signature.
    fn is_signed(&self, start: usize) -> bool {
        let before = self.text.get(start.saturating_sub(300)..start).unwrap_or_default();
        let farewells = [&b"regards"[..], b"best wishes", b"sincerely", b"many thanks", b"\n-- \n", b"\n--\n"];
        farewells.iter().any(|words| before.windows(words.len()).any(|window| window == *words))
    }

    fn birth(&self, start: usize) -> Option<Found> {
        let (born, first, end) = dates::read(self.text, start, self.today)?;
        let clues = self.clues(first, end);
        let is_birth = dates::is_plausible_birth(born, self.today)
            && dates::is_birth(self.text, &clues, first, self.today)
            && !stretch::in_web_address(self.text, start);
        let value = born.to_string();
        let hit = is_birth.then(|| Hit::secret("date_of_birth", first..end, Medium, value.as_bytes()));
        Some(Found { hit, end, confidence: Medium })
    }

    fn address(&self, candidate: &Candidate<'_>) -> Option<Found> {
        let (start, end) = (candidate.stretch.start, candidate.end);
        if self.is_own(candidate.chars) || stretch::in_web_address(self.text, start) {
            return None;
        }
        let named = || self.is_named(candidate, Clue::Address);
        let (from, confidence) = match addresses::before(self.text, start) {
            Before::House(from) => (from, Medium),
            Before::Street(from) => (from, if named() { Medium } else { Low }),
            Before::Nothing if named() => (start, Low),
            Before::Nothing | Before::Organisation => return None,
        };
        let hit = Hit::code("address", from..end, confidence, candidate.chars);
        Some(Found { hit: Some(hit), end, confidence })
    }

    fn found(&self, kind: &'static str, candidate: &Candidate<'_>, confidence: Confidence) -> Found {
        let range = candidate.stretch.start..candidate.end;
        let hit = (!self.is_own(candidate.chars)).then(|| Hit::code(kind, range, confidence, candidate.chars));
        Found { hit, end: candidate.end, confidence }
    }

    fn is_own(&self, chars: &[u8]) -> bool {
        !self.own.is_empty() && std::str::from_utf8(chars).is_ok_and(|chars| self.own.contains(chars))
    }

    fn is_named(&self, candidate: &Candidate<'_>, clue: Clue) -> bool {
        self.clues(candidate.stretch.start, candidate.end).iter().any(|near| near.clue == clue)
    }

    /// What the words near a number say, nearest first. In a table the headings speak before the neighbours.
    fn clues(&self, start: usize, end: usize) -> Vec<Near> {
        if !self.view.tree.cells.is_empty() {
            let span = self.view.folded.back(narrow(start)..narrow(end));
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
        clues::near(self.text, start, end)
    }
}

/// The start of the token behind the one at `start`.
fn next_token(text: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let token = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let gap = rest.get(token..)?.iter().position(u8::is_ascii_alphanumeric)?;
    Some(start + token + gap)
}

/// What was made of a stretch. Without a hit: it is known to be nothing of ours.
struct Found {
    hit: Option<Hit>,
    end: usize,
    confidence: Confidence,
}

impl Found {
    fn strength(&self) -> (bool, Confidence, usize) {
        (self.hit.is_some(), self.confidence, self.end)
    }
}

/// A stretch up to one of its marks.
struct Candidate<'a> {
    stretch: &'a Stretch,
    upto: usize,
    chars: &'a [u8],
    end: usize,
}

impl Candidate<'_> {
    fn groups(&self) -> Vec<usize> {
        self.stretch.groups(self.upto).collect()
    }
    /// Separated in one manner, with at most one line break.
    fn is_regular(&self) -> bool {
        self.stretch.breaks(self.upto) <= 1
    }
    fn groups_of_four(&self) -> bool {
        let groups = self.groups();
        groups.iter().rev().skip(1).all(|len| *len == 4) && groups.last().is_some_and(|len| *len <= 4)
    }
    fn is_card_shaped(&self) -> bool {
        self.upto == 0 || self.chars.len() == 16 && self.groups_of_four() || self.groups() == [4, 6, 5]
    }
    /// Grouped as people group ten or sixteen digits.
    fn is_usual(&self) -> bool {
        self.upto == 0
            || self.groups_of_four()
            || matches!(self.groups().as_slice(), [3, 3, 3 | 4] | [4, 3, 3] | [5, 5] | [4, 6, 4 | 5])
    }
    /// Words that happen to have these letters: `at 12.30.45 a`.
    fn is_prose(&self) -> bool {
        const WORDS: &[&[u8]] =
            &[b"am", b"an", b"as", b"at", b"be", b"by", b"he", b"me", b"my", b"pm", b"re", b"st", b"we", b"ye", b"yr"];
        let apart = self.groups().first() == Some(&2) && self.groups().last() == Some(&1);
        apart && self.chars.get(..2).is_some_and(|prefix| WORDS.contains(&prefix))
            || !self.stretch.is_uniform(self.upto)
    }
    /// One token, or two with the break where a postcode has it; `BFPO` and its number.
    fn is_postcode(&self) -> bool {
        let groups = self.groups();
        let len = self.chars.len();
        let parted = self.upto == 0 || self.upto == 1 && groups.last() == Some(&3);
        let forces = self.chars.strip_prefix(b"bfpo").is_some_and(|number| number.iter().all(u8::is_ascii_digit));
        parted && len <= 7 && addresses::is_postcode(self.chars) || forces && self.upto <= 1
    }
}
