//! Where the words of the folded text stand, found many bytes at a time.

use crate::school::roster::index::{Hint, hint};

/// Bytes looked at together; one bit of a number stands for each.
const BLOCK: usize = 64;

/// Shows each word of a folded text: its number, its first byte, the byte behind its last, and what its letters hint at;
/// `None` for a word with letters outside ASCII, or with its letters set apart.
///
/// A word is a run of letters, or three and more single letters set apart by one and the same sign (`j a n e`).
#[inline]
pub fn each_word(text: &str, mut show: impl FnMut(u64, usize, usize, Option<Hint>)) {
    let bytes = text.as_bytes();
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let mut last = [0; BLOCK];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let marks = |index: usize| match blocks.get(index) {
        Some(block) => Marks::of(block),
        None if index == blocks.len() => Marks::of(&last),
        None => Marks::default(),
    };
    let mut here = marks(0);
    // Whether the byte before the block belongs to a word, and up to where words were shown with care.
    let (mut carry, mut shown) = (0, 0);
    let mut count = 0;
    for index in 0..=blocks.len() {
        let next = marks(index + 1);
        let base = index * BLOCK;
        let both = u128::from(next.word) << BLOCK | u128::from(here.word);
        let foreign = u128::from(next.foreign) << BLOCK | u128::from(here.foreign);
        let mut starts = here.word & !(here.word << 1 | carry);
        carry = here.word >> (BLOCK - 1);
        let careful = foreign != 0 || shown > base || has_letters_set_apart(starts, both);
        while starts != 0 {
            let first = starts.trailing_zeros();
            starts &= starts - 1;
            let start = base + first as usize;
            let length = length_of(both, first);
            if start < shown {
                continue;
            }
            // Of a block with a few letters outside ASCII most words still have none.
            if careful && (length == 1 || length_of(!foreign, first) < length) || length == BLOCK {
                shown = show_with_care(text, start, |start, end, hint| {
                    show(count, start, end, hint);
                    count += 1;
                });
            } else {
                show(count, start, start + length, Some(hint(head(bytes, start, length), length)));
                count += 1;
            }
        }
        here = next;
    }
}

/// The letters of a block, a bit for each byte.
#[derive(Default, Clone, Copy)]
struct Marks {
    /// Letters of ASCII, and all bytes outside it.
    word: u64,
    /// Bytes outside ASCII.
    foreign: u64,
}

impl Marks {
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Self {
        let mut marks = Self::default();
        for eight in block.as_chunks::<8>().0.iter().rev() {
            let eight = u64::from_le_bytes(*eight);
            let foreign = eight & HIGHEST;
            marks.word = marks.word << 8 | gathered(letters(eight) | foreign);
            marks.foreign = marks.foreign << 8 | gathered(foreign);
        }
        marks
    }
}

/// The highest bit of each of eight bytes.
const HIGHEST: u64 = 0x8080_8080_8080_8080;

/// The highest bit of those of eight bytes that are letters of ASCII.
#[inline]
const fn letters(eight: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let lower = (eight & !HIGHEST) | (0x20 * EACH);
    let from_a = lower + (0x80 - b'a' as u64) * EACH;
    let behind_z = lower + (0x7f - b'z' as u64) * EACH;
    from_a & !behind_z & !eight & HIGHEST
}

/// The highest bits of eight bytes side by side.
#[inline]
const fn gathered(highest: u64) -> u64 {
    (highest >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// How many bits are set from the given one on; 64 for as many or more.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
const fn length_of(both: u128, first: u32) -> usize {
    ((both >> first) as u64).trailing_ones() as usize
}

/// Whether three single letters may begin in the first half, one sign between each two.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
const fn has_letters_set_apart(starts: u64, both: u128) -> bool {
    let two = starts & !((both >> 1) as u64) & (both >> 2) as u64 & !((both >> 3) as u64);
    two != 0 && two & (both >> 4) as u64 & !((both >> 5) as u64) != 0
}

/// The first eight bytes of a word, the first one lowest; zeros where it is shorter.
#[inline]
fn head(bytes: &[u8], start: usize, length: usize) -> u64 {
    let rest = bytes.get(start..).unwrap_or_default();
    let eight = match rest.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => rest.iter().rev().fold(0, |eight, byte| eight << 8 | u64::from(*byte)),
    };
    eight & KEPT.get(length).unwrap_or(&u64::MAX)
}

/// What is kept of eight bytes for each length of a word. Of all lengths of a block: which words are longer than eight
/// bytes cannot be foreseen, and a wrong guess costs more than the look-up.
const KEPT: [u64; BLOCK] = {
    let mut kept = [u64::MAX; BLOCK];
    let mut rest: &mut [u64] = &mut kept;
    let mut bytes = 0;
    while let (true, Some((first, others))) = (bytes != u64::MAX, rest.split_first_mut()) {
        *first = bytes;
        bytes = bytes << 8 | 0xff;
        rest = others;
    }
    kept
};

/// Shows the words of a run of letters and of bytes outside ASCII, character by character; answers where it ends.
#[cold]
fn show_with_care(text: &str, start: usize, mut show: impl FnMut(usize, usize, Option<Hint>)) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let end = at + length;
        if length == 1
            && let Some(end) = super::words::end_of_spread(bytes, at)
        {
            show(at, end, None);
            return end;
        }
        if length > 0 {
            let ascii = bytes.get(at..end).is_some_and(<[u8]>::is_ascii);
            show(at, end, ascii.then(|| hint(head(bytes, at, length), length)));
        }
        match text.get(end..).and_then(|rest| rest.chars().next()) {
            Some(sign) if !sign.is_ascii() => at = end + sign.len_utf8(),
            _ => return end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Words one character after the other.
    fn plainly(text: &str) -> Vec<(usize, usize)> {
        let mut words = Vec::new();
        let mut at = 0;
        while let Some(letter) = text.get(at..).unwrap().chars().next() {
            if !letter.is_alphabetic() {
                at += letter.len_utf8();
                continue;
            }
            let rest = text.get(at..).unwrap();
            let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
            let spread = if length == 1 { super::super::words::end_of_spread(text.as_bytes(), at) } else { None };
            let end = spread.unwrap_or(at + length);
            words.push((at, end));
            at = end;
        }
        words
    }

    fn quickly(text: &str) -> Vec<(usize, usize)> {
        let mut words = Vec::new();
        each_word(text, |number, start, end, given| {
            assert_eq!(number, words.len() as u64);
            words.push((start, end));
            if let Some(given) = given {
                let word = &text.as_bytes()[start..end];
                assert!(
                    given == crate::school::roster::index::hint_of(word),
                    "the hint of a word is that of its letters"
                );
            }
        });
        words
    }

    #[test]
    fn words_are_runs_of_letters() {
        for (text, expected) in [
            ("jane o'reilly-smith (7b) 李 jane_x", &["jane", "o", "reilly", "smith", "b", "李", "jane", "x"][..]),
            ("£jane•smith", &["jane", "smith"]),
            ("j a n e  s m i t h", &["j a n e", "s m i t h"]),
            ("£j a n e", &["j a n e"]),
            ("", &[]),
        ] {
            let found: Vec<&str> =
                quickly(text).into_iter().map(|(start, end)| text.get(start..end).unwrap()).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn words_are_the_same_many_bytes_at_a_time(
            parts in proptest::collection::vec(
                prop_oneof!["[a-z]{1,9}", "[ .,'\n_-]{1,3}", "([a-z][ .*_-]){1,30}", "[£•äß李а]{1,2}", "[0-9A-Z@]{1,4}", "[a-z]{60,140}"],
                0..80,
            )
        ) {
            let text = parts.concat();
            prop_assert_eq!(quickly(&text), plainly(&text));
        }
    }
}
