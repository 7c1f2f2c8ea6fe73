//! Changes a group's copy, and looks at the result again as bytes before it is believed.

use super::{Later, Live, Pipeline, Seen};
use crate::actions::{self, Fate, Group, Plan, Rewrite};
use crate::mail::edit;
use crate::mail::parts::GapKind;
use crate::mail::parts::Tree;
use crate::mail::{Header, HeaderEdit};
use crate::milter::Received;
use crate::spool::Message;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A changed copy.
#[derive(Debug, Clone)]
pub struct Rewritten {
    /// The whole changed message.
    pub message: Message,
    /// The same changes of the header as the relay must make them.
    pub headers: Vec<HeaderEdit>,
    /// The changed message again, where its body differs.
    pub body: Option<Message>,
}

/// What came of an attempt to change a copy.
enum Attempt {
    Changed(Rewritten),
    /// There is nothing to change in it.
    Same,
    Failed,
}

impl Pipeline {
    /// Makes the copy of every group that asks for changes. A change that is needed and cannot be made,
    /// or that does not help, turns the group's fate into a hold of the original.
    pub(super) async fn rewrite(
        &self,
        live: &Live,
        received: &Received,
        seen: &Seen,
        mut plan: Plan,
        now: Timestamp,
    ) -> Result<(Plan, Vec<Option<Rewritten>>), Later> {
        let mut made: BTreeMap<Vec<Rewrite>, Rewritten> = BTreeMap::new();
        for group in &mut plan.groups {
            if group.fate == Fate::Reject || group.rewrites.is_empty() {
                continue;
            }
            match self.changed(live, received, seen, group, &mut plan.skipped, now).await? {
                Attempt::Changed(copy) => {
                    made.insert(group.rewrites.iter().copied().collect(), copy);
                }
                Attempt::Same => group.rewrites.clear(),
                Attempt::Failed => {
                    if group.rewrites.iter().any(|rewrite| rewrite.is_required()) {
                        group.fate = Fate::Hold;
                        plan.tell = true;
                        plan.impossible.extend(group.rewrites.iter().filter(|rewrite| rewrite.is_required()));
                    } else {
                        plan.skipped.extend(group.rewrites.iter().copied());
                    }
                    group.rewrites.clear();
                }
            }
        }
        let plan = plan.regrouped();
        let copy_of = |group: &Group| made.get(&group.rewrites.iter().copied().collect::<Vec<_>>()).cloned();
        let copies = plan.groups.iter().map(copy_of).collect();
        Ok((plan, copies))
    }

    async fn changed(
        &self,
        live: &Live,
        received: &Received,
        seen: &Seen,
        group: &Group,
        skipped: &mut BTreeSet<Rewrite>,
        now: Timestamp,
    ) -> Result<Attempt, Later> {
        let queue_id = received.envelope.queue_id();
        let raw = &received.message;
        let view = seen.view(live, received, now);
        let planned = tokio::task::block_in_place(|| {
            actions::rewrite(&group.rewrites, &seen.judgement, &view, &seen.inspection, raw)
        });
        let splices = match planned {
            Ok(planned) if planned.splices.is_empty() => {
                // The rule that needs a change matches a message in which there is nothing to change.
                let needed = group.rewrites.iter().any(|rewrite| rewrite.is_required());
                return Ok(if needed { Attempt::Failed } else { Attempt::Same });
            }
            Ok(planned) => {
                skipped.extend(planned.skipped);
                planned.splices
            }
            Err(cannot) => {
                self.journal.rewrite_became_hold(queue_id, cannot.0);
                return Ok(Attempt::Failed);
            }
        };
        let ranges: Vec<_> = splices.iter().map(|splice| (splice.raw.clone(), splice.with.clone())).collect();
        let message =
            tokio::task::block_in_place(|| raw.splice(&ranges, &self.spool, &self.budget, self.most_in_memory));
        let message = message.map_err(|error| Later::new("spool", error))?;
        let tree = self.open(&message).await?;
        let again = self.inspect(live, received, tree, now);
        if seen.judgement.still_asks(&again.judgement, &group.recipients) {
            self.journal.rewrite_became_hold(queue_id, "the rule still matches the changed message");
            return Ok(Attempt::Failed);
        }
        if is_less_readable(seen, &again) {
            self.journal.rewrite_became_hold(queue_id, "the changed message cannot be read");
            return Ok(Attempt::Failed);
        }
        let (headers, in_body) = edit::header_edits(&seen.tree, &splices, raw);
        if !are_the_same(&seen.tree, &received.headers) {
            self.journal.rewrite_became_hold(queue_id, "the relay counts the header fields otherwise");
            return Ok(Attempt::Failed);
        }
        let body = (!in_body.is_empty()).then(|| message.clone());
        Ok(Attempt::Changed(Rewritten { message, headers, body }))
    }
}

/// What would be done with a message, without doing it.
#[derive(Debug)]
pub struct Outcome {
    /// Who gets what; rewrites that cannot be made, or do not help, are holds.
    pub plan: Plan,
    /// The relay's own copy as it would go out at once, where one does.
    pub relayed: Option<Message>,
}

impl Pipeline {
    /// Works out what would be done with a message.
    ///
    /// # Errors
    /// A file or a worker failed.
    pub async fn outcome(
        &self,
        live: &Live,
        received: &Received,
        seen: &Seen,
        now: Timestamp,
    ) -> Result<Outcome, Later> {
        let plan = actions::plan(&seen.judgement, &seen.inspection, &seen.view(live, received, now));
        let (plan, copies) = self.rewrite(live, received, seen, plan, now).await?;
        let own = plan.groups.first().is_some_and(|group| group.fate == Fate::Relay) || plan.groups.is_empty();
        let copy = copies.into_iter().next().flatten();
        let relayed = own.then(|| copy.map_or_else(|| received.message.clone(), |copy| copy.message));
        Ok(Outcome { plan, relayed })
    }
}

/// Whether the header that was taken apart has the fields that the relay named, one for one: an edit by number
/// would change another field otherwise.
fn are_the_same(tree: &Tree, headers: &[Header]) -> bool {
    let named = |header: &Header| String::from_utf8_lossy(header.name.trim_ascii()).to_ascii_lowercase();
    tree.headers.len() == headers.len()
        && tree.headers.iter().zip(headers).all(|(field, header)| field.name == named(header))
}

/// Whether more of the changed message cannot be read than of the original: then nobody knows what it says.
fn is_less_readable(before: &Seen, after: &Seen) -> bool {
    let unread = |seen: &Seen| seen.inspection.gaps.iter().filter(|gap| gap.kind != GapKind::Protected).count();
    unread(after) > unread(before)
}
