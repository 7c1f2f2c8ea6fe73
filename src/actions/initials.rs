//! Full names of pupils become initials: in the subject, in fields that repeat it, in text and HTML.

use super::plan::findings;
use super::{CannotRewrite, Match};
use crate::finding::{Finding, Inspection};
use crate::mail::parts::{Piece, Place, Tree};
use crate::school::roster::PupilId;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A stretch of the message's text, and what stands there afterwards.
#[derive(Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Index of the piece in the tree.
    pub piece: u32,
    /// Its bytes in `Tree::text`.
    pub text: Range<u32>,
    /// What stands there afterwards.
    pub with: String,
}

impl std::fmt::Debug for Replacement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replacement(piece {})", self.piece)
    }
}

/// Whether every name a match found stands where it can be changed. A name inside an attachment or in
/// a file name cannot: other people open that file, and its name is how they speak of it.
#[must_use]
pub fn can_change(found: &Match, inspection: &Inspection, tree: &Tree) -> bool {
    findings(found, inspection).all(|finding| is_within_reach(finding, tree))
}

fn is_within_reach(finding: &Finding, tree: &Tree) -> bool {
    let piece = finding.piece.and_then(|piece| tree.pieces.get(piece as usize));
    let Some(piece) = piece.filter(|piece| !piece.runs.is_empty() && finding.span.is_some()) else { return false };
    // Initials in a link or an address would lead nowhere, or to somebody else.
    if is_in_address(finding, piece, tree) {
        return false;
    }
    match piece.place {
        Place::Subject | Place::Header => piece.part == 0,
        Place::Body => tree.parts.get(usize::from(piece.part)).is_some_and(|part| part.editable),
        Place::FileName | Place::Attachment | Place::Hidden => false,
    }
}

/// Whether the word or words a finding stands in are a web or mail address.
fn is_in_address(finding: &Finding, piece: &Piece, tree: &Tree) -> bool {
    let Some(span) = &finding.span else { return false };
    let text = |range: Range<u32>| tree.text.get(range.start as usize..range.end as usize).unwrap_or_default();
    let is_edge = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')' | ',' | ';');
    let before = text(piece.text.start..span.start).rsplit(is_edge).next().unwrap_or_default();
    let behind = text(span.end..piece.text.end).split(is_edge).next().unwrap_or_default();
    before.contains("://") || before.contains('@') || behind.contains('@') || before.starts_with("www.")
}

/// A stretch of text, and the initials it could become.
type Named = (Range<u32>, BTreeSet<String>);

/// The replacements for all names the matches found; `initials` knows a pupil's.
///
/// # Errors
/// A name stands where it cannot be changed, or is nobody's, or could become two different initials.
pub fn replacements(
    found: &[&Match],
    inspection: &Inspection,
    tree: &Tree,
    initials: impl Fn(PupilId) -> String,
) -> Result<Vec<Replacement>, CannotRewrite> {
    let mut by_piece: BTreeMap<u32, Vec<Named>> = BTreeMap::new();
    for finding in found.iter().flat_map(|found| findings(found, inspection)) {
        let (Some(piece), Some(span), Some(pupil)) = (finding.piece, finding.span.clone(), finding.pupil) else {
            return Err(CannotRewrite("a name stands nowhere in particular"));
        };
        if !is_within_reach(finding, tree) {
            return Err(CannotRewrite("a name stands where it cannot be changed"));
        }
        by_piece.entry(piece).or_default().push((span, BTreeSet::from([initials(pupil)])));
    }
    let mut replacements = Vec::new();
    for (piece, mut spans) in by_piece {
        spans.sort_by_key(|(span, _)| (span.start, span.end));
        for (span, initials) in merged(spans) {
            let mut initials = initials.into_iter();
            match (initials.next(), initials.next()) {
                (Some(with), None) if !with.is_empty() => replacements.push(Replacement { piece, text: span, with }),
                _ => return Err(CannotRewrite("a name could become different initials")),
            }
        }
    }
    Ok(replacements)
}

/// Joins spans that overlap: "Jane Mary Smith" is found as a whole and in its parts.
fn merged(spans: Vec<Named>) -> Vec<Named> {
    let mut joined: Vec<Named> = Vec::new();
    for (span, initials) in spans {
        match joined.last_mut() {
            Some((last, all)) if span.start < last.end => {
                last.end = last.end.max(span.end);
                all.extend(initials);
            }
            _ => joined.push((span, initials)),
        }
    }
    joined
}
