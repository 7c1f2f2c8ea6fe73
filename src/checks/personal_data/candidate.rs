//! What a stretch of letters and digits may be, and what was made of it.

use super::addresses;
use super::hits::Hit;
use super::stretch::Stretch;
use crate::finding::Confidence;

/// What was made of a stretch. Without a hit: it is known to be nothing of ours.
pub struct Found {
    /// What is reported.
    pub hit: Option<Hit>,
    /// Where to go on.
    pub end: usize,
    /// How sure we are.
    pub confidence: Confidence,
}

impl Found {
    /// Stronger ones win over the same stretch.
    pub fn strength(&self) -> (bool, Confidence, usize) {
        (self.hit.is_some(), self.confidence, self.end)
    }
}

/// A stretch up to one of its marks.
pub struct Candidate<'a> {
    /// The stretch.
    pub stretch: &'a Stretch,
    /// Index of the mark.
    pub upto: usize,
    /// Letters and digits up to the mark.
    pub chars: &'a [u8],
    /// Offset of the mark in the folded text.
    pub end: usize,
}

impl Candidate<'_> {
    /// Lengths of the groups between separators.
    fn groups(&self) -> impl Iterator<Item = usize> {
        self.stretch.groups(self.upto)
    }
    /// With at most one line break.
    pub fn is_regular(&self) -> bool {
        self.stretch.breaks(self.upto) <= 1
    }
    /// Groups of four, the last one shorter at most.
    pub fn groups_of_four(&self) -> bool {
        self.groups().enumerate().all(|(place, len)| len == 4 || place == self.upto && len < 4)
    }
    /// Written as cards are printed.
    pub fn is_card_shaped(&self) -> bool {
        self.upto == 0 || self.chars.len() == 16 && self.groups_of_four() || self.groups().eq([4, 6, 5])
    }
    /// Grouped as people group ten or sixteen digits.
    pub fn is_usual(&self) -> bool {
        const USUAL: &[&[usize]] = &[&[3, 3, 3], &[3, 3, 4], &[4, 3, 3], &[5, 5], &[4, 6, 4], &[4, 6, 5]];
        self.upto == 0
            || self.groups_of_four()
            || self.upto < 3 && USUAL.iter().any(|usual| self.groups().eq(usual.iter().copied()))
    }
    /// Words that happen to have these letters: `at 12.30.45 a`.
    pub fn is_prose(&self) -> bool {
        const WORDS: &[&[u8]] =
            &[b"am", b"an", b"as", b"at", b"be", b"by", b"he", b"me", b"my", b"pm", b"re", b"st", b"we", b"ye", b"yr"];
        let apart = self.groups().next() == Some(2) && self.groups().last() == Some(1);
        apart && self.chars.get(..2).is_some_and(|prefix| WORDS.contains(&prefix))
            || !self.stretch.is_uniform(self.upto)
    }
    /// One token, or two with the break where a postcode has it; `BFPO` and its number.
    pub fn is_postcode(&self) -> bool {
        if self.upto > 1 {
            return false;
        }
        let parted = self.upto == 0 || self.groups().last() == Some(3);
        let forces = self.chars.strip_prefix(b"bfpo").is_some_and(|number| number.iter().all(u8::is_ascii_digit));
        parted && self.chars.len() <= 7 && addresses::is_postcode(self.chars) || forces
    }
}
