//! Mail in, findings and gaps out: the text is folded once, every check of the roll call looks once.

use crate::checks::{ROLL_CALL, View};
use crate::finding::Inspection;
use crate::mail::Envelope;
use crate::mail::fold::{self, Folded};
use crate::mail::parts::Tree;
use crate::school::School;
use crate::source::Origin;
use jiff::Timestamp;

/// Folds a message that was taken apart and lets every check look at it. The folded text comes back
/// beside the findings, because rewriting and showing need the way back to the message.
#[must_use]
pub fn inspect(
    tree: &Tree,
    envelope: &Envelope,
    origin: &Origin,
    school: &School,
    now: Timestamp,
) -> (Folded, Inspection) {
    let folded = fold::fold(tree);
    let view = View { envelope, origin, tree, folded: &folded, school, now };
    let inspection = look(&view);
    (folded, inspection)
}

/// Lets every check look at a message whose text is folded already.
#[must_use]
pub fn look(view: &View<'_>) -> Inspection {
    let mut findings = Vec::new();
    for check in ROLL_CALL {
        (check.look)(view, &mut findings);
    }
    Inspection { origin: view.origin.clone(), findings, gaps: view.tree.gaps.clone(), facts: view.tree.facts.clone() }
}
