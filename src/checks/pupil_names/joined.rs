//! Names whose halves are written as one word, in file names, links and hashtags: `JaneSmith`, `janesmith-report`.

use crate::mail::parts::{Place, Tree};
use crate::school::names::fold_words;
use crate::school::roster::PupilId;
use crate::school::roster::index::NameIndex;
use std::ops::Range;

/// The longest word that is cut into parts.
const LONGEST: usize = 120;
/// The shortest word taken for two names, and the shortest with a capital at the beginning of the second (`BoNg`).
const SHORTEST: usize = 6;
const SHORTEST_HUMPED: usize = 4;
/// The most parts of a word that are put together.
const MOST_PARTS: usize = 12;
/// Bytes looked at together.
const STRIDE: usize = 64;

/// Looks through the words of file names, and through words with a capital inside (`JaneSmithReport`) anywhere.
/// Shows the stretch of `Tree::text`, the pupil, and whether both ends stand on a boundary.
pub fn find_joined(tree: &Tree, index: &NameIndex, mut show: impl FnMut(Range<u32>, PupilId, bool)) {
    for piece in &tree.pieces {
        let Some(text) = tree.text.get(piece.text.start as usize..piece.text.end as usize) else { continue };
        let file_name = piece.place == Place::FileName;
        let mut show_in = |start: usize, range: Range<usize>, pupil, whole| {
            let at = |offset: usize| u32::try_from(start + offset).ok().map(|offset| piece.text.start + offset);
            if let (Some(start), Some(end)) = (at(range.start), at(range.end)) {
                show(start..end, pupil, whole);
            }
        };
        for (start, word) in humped_words(text, file_name) {
            look_into(word, index, file_name, |range, pupil, whole| show_in(start, range, pupil, whole));
        }
        if file_name {
            for (start, word) in hyphened_words(text) {
                look_into(word, index, false, |range, pupil, whole| show_in(start, range, pupil, whole));
            }
        }
    }
}

/// Words with a capital behind a small letter; with `all`, all words.
fn humped_words(text: &str, all: bool) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
            let hump = if all {
                rest.iter().position(|b| b.is_ascii_alphabetic() || !b.is_ascii())?
            } else {
                first_hump(rest)?
            };
            let middle = at + hump + usize::from(!all);
            let end = end_of_word(text, middle);
            let start = if all { middle } else { start_of_word(text, middle) };
            at = end.max(middle + 1);
            if let Some(word) = text.get(start..end).filter(|word| !word.is_empty()) {
                return Some((start, word));
            }
        }
    })
}

/// Words with a hyphen or an apostrophe inside: `DaisyRahman-Naylor`, `SiobhanO'Reilly`.
fn hyphened_words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let inside =
        |c: char| c.is_alphabetic() || fold_words(c.encode_utf8(&mut [0; 4])).bytes().all(|b| b"-'".contains(&b));
    let mut at = 0;
    text.split(move |c| !inside(c)).filter_map(move |word| {
        let start = at;
        at +=
            word.len() + text.get(start + word.len()..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        word.contains(|c: char| !c.is_alphabetic()).then_some((start, word))
    })
}

/// Where a small letter stands before a capital.
fn first_hump(bytes: &[u8]) -> Option<usize> {
    let is_hump = |a: &u8, b: &u8| (a.is_ascii_lowercase() | !a.is_ascii()) & b.is_ascii_uppercase();
    let behind = bytes.get(1..)?;
    let mut at = 0;
    // Whole strides without a branch inside: the compiler looks at many bytes at once.
    for (first, second) in bytes.chunks_exact(STRIDE).zip(behind.chunks_exact(STRIDE)) {
        if first.iter().zip(second).fold(false, |any, (a, b)| any | is_hump(a, b)) {
            break;
        }
        at += STRIDE;
    }
    let found = bytes.iter().zip(behind).skip(at).position(|(a, b)| is_hump(a, b));
    found.map(|found| at + found)
}

fn end_of_word(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len())
}

fn start_of_word(text: &str, to: usize) -> usize {
    let head = text.get(..to).unwrap_or_default();
    head.char_indices().rev().take(LONGEST).take_while(|(_, c)| c.is_alphabetic()).last().map_or(to, |(at, _)| at)
}

/// Looks for joined names between the capitals of a word and, in a file name, at its beginning and end.
fn look_into(word: &str, index: &NameIndex, file_name: bool, mut show: impl FnMut(Range<usize>, PupilId, bool)) {
    if word.len() > LONGEST {
        return;
    }
    let mut cuts = vec![0];
    let mut last_lower = false;
    for (at, letter) in word.char_indices() {
        // `Jean-PaulLincombe-report`: a name may end at a hyphen, and hold one.
        if (last_lower && letter.is_uppercase()) || (letter == '-' && at > 0) {
            cuts.push(at);
        }
        last_lower = letter.is_lowercase();
    }
    cuts.push(word.len());
    cuts.truncate(MOST_PARTS);
    let humps = cuts.len() > 2;
    let mut look = |range: Range<usize>, whole: bool| {
        let mut name = word.get(range.clone()).map(fold_words).unwrap_or_default();
        name.retain(char::is_alphabetic);
        let shortest = if humps && whole { SHORTEST_HUMPED } else { SHORTEST };
        let pupil = if name.len() >= shortest { index.joined(&name).next() } else { None };
        if let Some(pupil) = pupil {
            show(range, pupil, whole);
        }
        pupil.is_some()
    };
    for (place, from) in cuts.iter().enumerate() {
        for to in cuts.iter().skip(place + 2).take(4) {
            if look(*from..*to, true) {
                return;
            }
        }
    }
    // `anna-mariavanderberg`: parted inside one half and not between the two.
    if word.contains(|c: char| !c.is_alphabetic()) && look(0..word.len(), true) {
        return;
    }
    if file_name {
        let inner: Vec<usize> = word.char_indices().map(|(at, _)| at).skip(1).collect();
        if !look(0..word.len(), true) && !inner.iter().rev().any(|at| look(0..*at, false)) {
            inner.iter().find(|at| look(**at..word.len(), false));
        }
    }
}
