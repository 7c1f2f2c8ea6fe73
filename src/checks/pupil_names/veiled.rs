//! Names with something inside that no reader sees: `Ja<span style="display:none">x</span>ne Smith`.

use super::pairs::{Candidate, Sight, find_pairs};
use crate::mail::fold::Folded;
use crate::mail::parts::Tree;
use crate::school::roster::Roster;

/// Looks through the text without its hidden stretches, where it has any, and shows the names as they stand in the
/// folded text.
pub fn find_veiled(tree: &Tree, folded: &Folded, roster: &Roster, mut show: impl FnMut(&Candidate)) {
    if tree.pieces.iter().all(|piece| piece.hidden.is_empty()) {
        return;
    }
    let (seen, starts) = visible(tree, folded);
    // Where an offset of the visible text stands in the folded one.
    let back = |at: u32| {
        let next = starts.partition_point(|(start, _)| *start <= at);
        let found = next.checked_sub(1).and_then(|index| starts.get(index));
        found.map_or(at, |(start, origin)| origin + (at - start))
    };
    let stretch = |(start, end): (u32, u32)| (back(start), back(end.saturating_sub(1)) + 1);
    find_pairs(&seen, roster, |sight| {
        if let Sight::Pair(candidate) = sight {
            let mut found = *candidate;
            (found.first, found.second) = (stretch(candidate.first), stretch(candidate.second));
            show(&found);
        }
    });
}

/// The visible text, and the start of each of its stretches in it and in the folded text.
fn visible(tree: &Tree, folded: &Folded) -> (String, Vec<(u32, u32)>) {
    let mut seen = String::with_capacity(folded.text.len());
    let mut starts = Vec::new();
    let mut done = 0;
    let mut keep = |from: usize, to: usize| {
        if let (Ok(start), Ok(origin)) = (u32::try_from(seen.len()), u32::try_from(from))
            && let Some(text) = folded.text.get(from..to)
        {
            starts.push((start, origin));
            seen.push_str(text);
        }
    };
    for hidden in tree.pieces.iter().flat_map(|piece| &piece.hidden) {
        let start = folded.text.floor_char_boundary(offset(folded, hidden.start));
        let end = folded.text.floor_char_boundary(offset(folded, hidden.end));
        if start >= done && end > start {
            keep(done, start);
            done = end;
        }
    }
    keep(done, folded.text.len());
    (seen, starts)
}

/// The offset of the folded text that an offset of `Tree::text` became.
fn offset(folded: &Folded, at: u32) -> usize {
    let next = folded.steps.partition_point(|step| step.1 <= at);
    let Some((start, from)) = next.checked_sub(1).and_then(|index| folded.steps.get(index)).copied() else { return 0 };
    let length = folded.steps.get(next).map_or(u32::MAX, |step| step.0 - start);
    start as usize + (at - from).min(length) as usize
}
