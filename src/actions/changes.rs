//! From the changes a plan asks for to stretches of the raw message.

use super::{CannotRewrite, Judgement, Match, Rewrite, attachment, bcc, disclaimer, initials, signature, urgent};
use crate::checks::View;
use crate::finding::Inspection;
use crate::mail::edit::{self, Change, RawBytes, Splice};
use std::collections::BTreeSet;

/// A message's changes, ready to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// Stretches of the raw message and what stands there afterwards; none: nothing is left to change.
    pub splices: Vec<Splice>,
    /// Changes that could not be made and are not needed.
    pub skipped: BTreeSet<Rewrite>,
}

/// Works out how the raw message changes for a group of recipients. A change that is not needed and
/// cannot be made is left out.
///
/// # Errors
/// A change that is needed cannot be made exactly: the copy is held instead.
pub fn rewrite<R: RawBytes + ?Sized>(
    rewrites: &BTreeSet<Rewrite>,
    judgement: &Judgement,
    view: &View<'_>,
    inspection: &Inspection,
    raw: &R,
) -> Result<Rewritten, CannotRewrite> {
    let message = Asked { judgement, view, inspection };
    let (needed, cosmetic): (Vec<Rewrite>, Vec<Rewrite>) = rewrites.iter().partition(|rewrite| rewrite.is_required());
    let mut changes = Vec::new();
    for rewrite in needed {
        changes.extend(message.changes(rewrite, raw)?);
    }
    let mut splices =
        edit::plan(view.tree, raw, &changes).map_err(|_| CannotRewrite("the message cannot be edited"))?;
    let mut skipped = BTreeSet::new();
    for rewrite in cosmetic {
        let more = message.changes(rewrite, raw).unwrap_or_default();
        let tried: Vec<Change> = changes.iter().cloned().chain(more).collect();
        match edit::plan(view.tree, raw, &tried) {
            Ok(planned) => (changes, splices) = (tried, planned),
            Err(_) => {
                skipped.insert(rewrite);
            }
        }
    }
    if !changes.is_empty() {
        let own = signature::own(view.tree, raw, view.school);
        changes.extend(own.into_iter().map(|field| Change::RemoveHeader { field }));
        splices = edit::plan(view.tree, raw, &changes).map_err(|_| CannotRewrite("a signature cannot be taken off"))?;
    }
    Ok(Rewritten { splices, skipped })
}

struct Asked<'a> {
    judgement: &'a Judgement,
    view: &'a View<'a>,
    inspection: &'a Inspection,
}

impl Asked<'_> {
    /// The changes of one kind, for all enforced rules that ask for it.
    fn changes<R: RawBytes + ?Sized>(&self, rewrite: Rewrite, raw: &R) -> Result<Vec<Change>, CannotRewrite> {
        let (tree, school) = (self.view.tree, self.view.school);
        let asking: Vec<&Match> = self.judgement.asking(rewrite).collect();
        match rewrite {
            Rewrite::Initials => {
                let initials = |pupil| school.roster.initials(pupil);
                let replacements = initials::replacements(&asking, self.inspection, tree, initials)?;
                Ok(replacements.into_iter().map(replace).collect())
            }
            Rewrite::Bcc => Ok(bcc::fields(tree, raw, school).into_iter().map(field).collect()),
            Rewrite::ReplaceAttachment => {
                let notes = attachment::notes(&asking, self.inspection, tree);
                if notes.is_empty() {
                    return Err(CannotRewrite("no attachment can be taken out"));
                }
                Ok(notes.iter().map(note).collect())
            }
            Rewrite::Disclaimer => Ok(disclaimer::changes(tree, &school.identity.disclaimer)),
            Rewrite::UrgentTag => Ok(urgent::replacements(tree).into_iter().map(replace).collect()),
        }
    }
}

fn replace(replacement: initials::Replacement) -> Change {
    Change::Replace { piece: replacement.piece, text: replacement.text, with: replacement.with }
}

fn field(change: bcc::FieldChange) -> Change {
    match change.value {
        Some(value) => Change::SetHeader { field: change.index, value },
        None => Change::RemoveHeader { field: change.index },
    }
}

fn note(note: &attachment::Note) -> Change {
    Change::ReplacePart { part: note.part, headers: note.headers.to_owned(), body: note.body.as_bytes().to_vec() }
}
