//! From stretches of text to the units of content they were made from.

use super::CannotEdit;
use crate::mail::parts::{Piece, Run, Tree};
use std::collections::BTreeMap;
use std::ops::Range;

/// A stretch of text and what shall stand there.
pub(super) struct Wish<'a> {
    pub(super) text: Range<u32>,
    pub(super) with: &'a str,
}

/// A stretch of content that is written anew as a whole.
pub(super) struct Unit<'a> {
    pub(super) content: Range<u32>,
    /// What it shall say.
    pub(super) text: String,
    /// What stands there now, byte by byte, where that is known.
    pub(super) same_as: Option<&'a str>,
}

/// The units that a piece's wishes concern. Where a match crosses several runs (tags stand between them),
/// the replacement goes into the first and the others lose their share of the match.
pub(super) fn units<'a>(tree: &'a Tree, piece: &Piece, mut wishes: Vec<Wish<'_>>) -> Result<Vec<Unit<'a>>, CannotEdit> {
    wishes.sort_by_key(|wish| (wish.text.start, wish.text.end));
    if !wishes.windows(2).all(|pair| matches!(pair, [a, b] if a.text.end <= b.text.start)) {
        return Err(CannotEdit::Overlap);
    }
    let mut shares: BTreeMap<usize, Vec<Wish<'_>>> = BTreeMap::new();
    for wish in &wishes {
        share(tree, piece, wish, &mut shares)?;
    }
    let mut units = Vec::new();
    for (index, shares) in shares {
        let run = piece.runs.get(index).ok_or(CannotEdit::NoWayBack)?;
        if run.even {
            for share in shares {
                let start = run.content.start + (share.text.start - run.text.start);
                let content = start..start + (share.text.end - share.text.start);
                units.push(Unit { content, text: share.with.to_owned(), same_as: Some(text_at(tree, &share.text)?) });
            }
        } else {
            units.push(Unit { content: run.content.clone(), text: rewritten(tree, run, &shares)?, same_as: None });
        }
    }
    Ok(units)
}

/// Gives each run its share of one wish.
fn share<'w>(
    tree: &Tree,
    piece: &Piece,
    wish: &Wish<'w>,
    shares: &mut BTreeMap<usize, Vec<Wish<'w>>>,
) -> Result<(), CannotEdit> {
    let (start, end) = (wish.text.start, wish.text.end);
    if start >= end || start < piece.text.start || end > piece.text.end {
        return Err(CannotEdit::OutOfRange);
    }
    let from = piece.runs.partition_point(|run| run.text.end <= start);
    let runs = || piece.runs.iter().enumerate().skip(from).take_while(|(_, run)| run.text.start < end);
    // In a header an encoded word that keeps other text must stand apart from what surrounds it: the
    // replacement goes into the word then, so that nothing is written right in front of it.
    let keeps_more = |run: &Run| !run.even && run.text.end > end;
    let place = runs().find(|(_, run)| keeps_more(run)).or_else(|| runs().next()).map(|(index, _)| index);
    let mut done = start;
    for (index, run) in runs() {
        let text = start.max(run.text.start)..end.min(run.text.end);
        only_blank(tree, done..text.start)?;
        done = text.end;
        let said = if Some(index) == place { wish.with } else { "" };
        shares.entry(index).or_default().push(Wish { text, with: said });
    }
    only_blank(tree, done..end)?;
    if place.is_none() { Err(CannotEdit::NoWayBack) } else { Ok(()) }
}

/// Text without a run was added by the reader; a match may only span such as is white space.
fn only_blank(tree: &Tree, gap: Range<u32>) -> Result<(), CannotEdit> {
    if gap.start > gap.end {
        return Err(CannotEdit::NoWayBack);
    }
    if text_at(tree, &gap)?.trim().is_empty() { Ok(()) } else { Err(CannotEdit::NoWayBack) }
}

/// What a run that counts as a whole says after the replacement.
fn rewritten(tree: &Tree, run: &Run, shares: &[Wish<'_>]) -> Result<String, CannotEdit> {
    let mut text = String::new();
    let mut at = run.text.start;
    for share in shares {
        text.push_str(text_at(tree, &(at..share.text.start))?);
        text.push_str(share.with);
        at = share.text.end;
    }
    text.push_str(text_at(tree, &(at..run.text.end))?);
    Ok(text)
}

fn text_at<'a>(tree: &'a Tree, range: &Range<u32>) -> Result<&'a str, CannotEdit> {
    tree.text.get(range.start as usize..range.end as usize).ok_or(CannotEdit::OutOfRange)
}
