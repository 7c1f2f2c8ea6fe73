//! The school's disclaimer is added once, in text and HTML alike.

use crate::checks::form::parts_without;
use crate::mail::edit::Change;
use crate::mail::parts::Tree;

/// Whether every text the disclaimer is missing from can be changed.
#[must_use]
pub fn can_change(tree: &Tree, disclaimer: &str) -> bool {
    let editable = |part: &u16| tree.parts.get(usize::from(*part)).is_some_and(|part| part.editable);
    parts_without(tree, disclaimer).iter().all(editable)
}

/// What to add to which parts; parts that hold the disclaimer already are left alone.
#[must_use]
pub fn changes(tree: &Tree, disclaimer: &str) -> Vec<Change> {
    // No "-- " before it: mail programs and our own checks take what follows for the sender's signature.
    let text = format!("\n{}\n", disclaimer.trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\n"));
    let add = |part| Change::Append { part, text: text.clone(), html: false };
    parts_without(tree, disclaimer).into_iter().map(add).collect()
}
