//! Mail in, findings and gaps out: the text is folded once, every check of the roll call looks once.

use crate::checks::{ROLL_CALL, View};
use crate::finding::{Finding, Inspection};
use crate::mail::fold::{self, Folded};
use crate::mail::parts::{Gap, GapKind, Place, Tree};
use crate::mail::{Envelope, sealed};
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
    let mut gaps = view.tree.gaps.clone();
    gaps.extend(behind_a_secure_link(view, &findings));
    Inspection { origin: view.origin.clone(), findings, gaps, facts: view.tree.facts.clone() }
}

/// What a message links to in the school's own storage is protected, and not read: unless the same message has
/// an attachment that anybody can read and that tells something.
fn behind_a_secure_link(view: &View<'_>, findings: &[Finding]) -> Option<Gap> {
    let tells = |finding: &Finding| {
        finding.span.is_some() && matches!(finding.place, Some(Place::Attachment | Place::FileName))
    };
    let at = sealed::link_to(&view.tree.text, &view.school.identity.secure_link_hosts)?;
    if findings.iter().any(tells) {
        return None;
    }
    let piece = fold::piece_at(view.tree, u32::try_from(at).ok()?)?;
    let part = view.tree.pieces.get(piece)?.part;
    let reason = "behind a link to the school's own storage; whether it opens for anyone cannot be seen";
    Some(Gap { kind: GapKind::Protected, part, reason: reason.to_owned() })
}
