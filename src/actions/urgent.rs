//! The mark `[urgent]` at the start of the subject has done its work and is taken off.

use super::initials::Replacement;
use crate::checks::hours::URGENT_MARK as MARK;
use crate::mail::parts::{Place, Tree};

/// The stretch of the subject the mark takes, with the white space behind it.
#[must_use]
pub fn replacements(tree: &Tree) -> Vec<Replacement> {
    let mut replacements = Vec::new();
    for (index, piece) in (0_u32..).zip(&tree.pieces) {
        if piece.place != Place::Subject || piece.runs.is_empty() {
            continue;
        }
        let text = tree.text.get(piece.text.start as usize..piece.text.end as usize).unwrap_or_default();
        let before = text.len() - text.trim_start().len();
        let marked = text.get(before..before + MARK.len()).is_some_and(|mark| mark.eq_ignore_ascii_case(MARK));
        if !marked {
            continue;
        }
        let behind = text.get(before + MARK.len()..).unwrap_or_default();
        let end = before + MARK.len() + (behind.len() - behind.trim_start().len());
        let (Ok(before), Ok(end)) = (u32::try_from(before), u32::try_from(end)) else { continue };
        let text = piece.text.start + before..piece.text.start + end;
        replacements.push(Replacement { piece: index, text, with: String::new() });
    }
    replacements
}
