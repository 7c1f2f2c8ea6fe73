//! The words of all pupils' names, and the pairs that belong together.

use super::PupilId;
use crate::school::names::{Grade, LONGEST, Variant, longer, pair_key, word_key};

/// A word (or a run of words) is a forename of somebody.
pub const FORENAME: u8 = 1;
/// It is a surname of somebody.
pub const SURNAME: u8 = 2;
/// A longer name ends with this word.
pub const ENDS_LONGER: u8 = 4;

/// One full name of one pupil.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    key: u64,
    /// How close the written form is.
    pub grade: Grade,
    /// Whose it is.
    pub pupil: PupilId,
}

/// What the first letters and the length of a word hint at: quickly made, and enough to turn away nearly every word that
/// is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint(u64);

/// The hint of a word by its first eight bytes (the first one lowest, zeros behind the end) and its length.
#[must_use]
#[inline]
pub const fn hint(head: u64, length: usize) -> Hint {
    Hint(head.wrapping_add(length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The hint of a word.
#[must_use]
pub fn hint_of(word: &[u8]) -> Hint {
    let head = word.iter().take(8).rev().fold(0, |head, byte| head << 8 | u64::from(*byte));
    hint(head, word.len())
}

/// The index that text is scanned with. Nothing in it can be read back into a name without trying names.
#[derive(Default)]
pub struct NameIndex {
    hints: Bits,
    names: Flat,
    pairs: Vec<Pair>,
    pair_starts: Flat,
    joined: Vec<(u64, PupilId)>,
    joined_starts: Flat,
}

/// Collects names before they are sorted.
#[derive(Default)]
pub(super) struct Builder {
    hints: Vec<u64>,
    names: rustc_hash::FxHashMap<u64, u8>,
    pairs: Vec<Pair>,
    joined: Vec<(u64, PupilId)>,
}

impl Builder {
    /// Adds a person's forenames and surnames.
    pub(super) fn add(&mut self, pupil: PupilId, forenames: &[Variant], surnames: &[Variant]) {
        for (variants, flag) in [(forenames, FORENAME), (surnames, SURNAME)] {
            for variant in variants {
                *self.names.entry(variant.key()).or_default() |= flag;
                let Some(last) = variant.words.last() else { continue };
                self.hints.push(hint_of(last.as_bytes()).0);
                if variant.words.len() > 1 {
                    *self.names.entry(word_key(last.as_bytes())).or_default() |= ENDS_LONGER;
                }
            }
        }
        let mut text = String::new();
        for forename in forenames {
            for surname in surnames {
                let grade = forename.grade.max(surname.grade);
                self.pairs.push(Pair { key: pair_key(forename.key(), surname.key()), grade, pupil });
                // Joined, a name of several words is the same whether its words were joined before.
                if grade <= Grade::Part && forename.words.len() == 1 && surname.words.len() == 1 {
                    for (first, second) in [(forename, surname), (surname, forename)] {
                        text.clear();
                        text.extend(first.words.iter().chain(&second.words).map(String::as_str));
                        self.joined.push((word_key(text.as_bytes()), pupil));
                        self.hints.push(hint_of(text.as_bytes()).0);
                    }
                }
            }
        }
    }

    pub(super) fn finish(mut self) -> NameIndex {
        self.pairs.sort_unstable();
        self.pairs.dedup();
        self.joined.sort_unstable();
        self.joined.dedup();
        self.pairs.shrink_to_fit();
        self.joined.shrink_to_fit();
        NameIndex {
            hints: Bits::of(self.hints),
            names: Flat::build(self.names.len(), self.names.iter().map(|(key, flags)| (*key, u32::from(*flags)))),
            pair_starts: Flat::starts(self.pairs.iter().map(|pair| pair.key)),
            joined_starts: Flat::starts(self.joined.iter().map(|(key, _)| *key)),
            pairs: self.pairs,
            joined: self.joined,
        }
    }
}

impl NameIndex {
    /// Whether a word may be a name, the last word of one, or a full name joined. What it turns away has no
    /// [`flags`](Self::flags) and is not [joined](Self::is_joined).
    #[must_use]
    #[inline]
    pub fn may_be_name(&self, hint: Hint) -> bool {
        self.hints.has(hint.0)
    }

    /// What a word or a run of words is (`FORENAME`, `SURNAME`, `ENDS_LONGER`); 0 for nothing.
    #[must_use]
    #[inline]
    pub fn flags(&self, key: u64) -> u8 {
        self.names.get(key).map_or(0, |flags| u8::try_from(flags).unwrap_or(0))
    }

    /// The pupils a forename and a surname name together, closest first.
    pub fn pairs(&self, forename: u64, surname: u64) -> impl Iterator<Item = &Pair> {
        let key = pair_key(forename, surname);
        let start = self.pair_starts.get(key).map_or(usize::MAX, |start| start as usize);
        self.pairs.get(start..).unwrap_or_default().iter().take_while(move |pair| pair.key == key)
    }

    /// Whether a word is somebody's full name joined.
    #[must_use]
    #[inline]
    pub fn is_joined(&self, key: u64) -> bool {
        self.joined_starts.get(key).is_some()
    }

    /// The pupils whose full name is one joined word, forename or surname first.
    pub fn joined(&self, word: &str) -> impl Iterator<Item = PupilId> {
        let key = word_key(word.as_bytes());
        let start = self.joined_starts.get(key).map_or(usize::MAX, |start| start as usize);
        self.joined.get(start..).unwrap_or_default().iter().take_while(move |(have, _)| *have == key).map(|(_, id)| *id)
    }

    /// The flags of a whole short text read as one name, and its key; `None` where it has no words or too many.
    #[must_use]
    pub fn whole(&self, folded: &str) -> Option<(u64, u8)> {
        let mut key = None;
        let mut count = 0;
        for word in crate::school::names::words(folded) {
            let next = word_key(word.as_bytes());
            key = Some(key.map_or(next, |key| longer(key, next)));
            count += 1;
            if count > LONGEST {
                return None;
            }
        }
        key.map(|key| (key, self.flags(key)))
    }

    /// Groups of pupils who share one full name.
    pub fn shared(&self) -> impl Iterator<Item = &[Pair]> {
        self.pairs.chunk_by(|a, b| a.key == b.key).filter(|group| {
            let full = group.iter().filter(|pair| pair.grade == Grade::Full);
            full.map(|pair| pair.pupil).collect::<std::collections::BTreeSet<_>>().len() > 1
        })
    }
}

/// A set of numbers that says yes to all that are in it, and to few others.
#[derive(Default)]
struct Bits {
    bits: Vec<u64>,
    shift: u32,
}

/// The fewest bits of a set: as many as stay in the quickest memory of a core beside the text.
const FEWEST_BITS: usize = 1 << 17;

impl Bits {
    fn of(mut numbers: Vec<u64>) -> Self {
        numbers.sort_unstable();
        numbers.dedup();
        let count = (numbers.len() * 16).next_power_of_two().max(FEWEST_BITS);
        let mut set = Self { bits: vec![0; count / 64], shift: 64 - count.trailing_zeros() };
        for number in numbers {
            let (word, bit) = set.place(number);
            if let Some(bits) = set.bits.get_mut(word) {
                *bits |= bit;
            }
        }
        set
    }

    #[inline]
    fn has(&self, number: u64) -> bool {
        let (word, bit) = self.place(number);
        self.bits.get(word).is_some_and(|bits| bits & bit != 0)
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "an offset in memory")]
    const fn place(&self, number: u64) -> (usize, u64) {
        let place = number.wrapping_shr(self.shift);
        ((place >> 6) as usize, 1 << (place & 63))
    }
}

/// A flat table from key to number: open addressing, one bit array in front of it that turns nearly every
/// ordinary word away before the table is touched.
#[derive(Default)]
struct Flat {
    bits: Vec<u64>,
    bit_shift: u32,
    slots: Vec<(u64, u32)>,
    shift: u32,
}

impl Flat {
    fn build(count: usize, entries: impl Iterator<Item = (u64, u32)>) -> Self {
        if count == 0 {
            return Self::default();
        }
        let size = (count * 2).next_power_of_two().max(16);
        let bit_count = (count * 16).next_power_of_two().max(1024);
        let mut flat = Self {
            bits: vec![0; bit_count / 64],
            bit_shift: 64 - bit_count.trailing_zeros(),
            slots: vec![(0, 0); size],
            shift: 64 - size.trailing_zeros(),
        };
        for (key, value) in entries {
            let (word, bit) = flat.bit(key);
            if let Some(bits) = flat.bits.get_mut(word) {
                *bits |= bit;
            }
            let mut at = flat.slot(key);
            while let Some(slot) = flat.slots.get_mut(at) {
                if slot.0 == 0 || slot.0 == key {
                    *slot = (key, value);
                    break;
                }
                at = (at + 1) & (size - 1);
            }
        }
        flat
    }

    /// A table of where each run of equal keys starts in a sorted list.
    fn starts(keys: impl Iterator<Item = u64> + Clone) -> Self {
        let mut last = 0;
        let runs = keys.enumerate().filter(move |(_, key)| std::mem::replace(&mut last, *key) != *key);
        let count = runs.clone().count();
        Self::build(count, runs.map(|(start, key)| (key, u32::try_from(start).unwrap_or(u32::MAX))))
    }

    #[inline]
    fn get(&self, key: u64) -> Option<u32> {
        let (word, bit) = self.bit(key);
        if self.bits.get(word)? & bit == 0 {
            return None;
        }
        let mut at = self.slot(key);
        loop {
            let (have, value) = *self.slots.get(at)?;
            if have == key {
                return Some(value);
            }
            if have == 0 {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    #[inline]
    fn bit(&self, key: u64) -> (usize, u64) {
        let place = key.wrapping_mul(0xff51_afd7_ed55_8ccd).checked_shr(self.bit_shift).unwrap_or(0);
        (usize::try_from(place >> 6).unwrap_or(usize::MAX), 1 << (place & 63))
    }

    #[inline]
    fn slot(&self, key: u64) -> usize {
        let place = key.wrapping_mul(0x9e37_79b9_7f4a_7c15).checked_shr(self.shift).unwrap_or(0);
        usize::try_from(place).unwrap_or(0)
    }
}
