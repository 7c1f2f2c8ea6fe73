//! Changes a group's copy, and looks at the result again as bytes before it is believed.

use super::{Later, Live, Pipeline, Seen};
use crate::actions::{self, Action, Fate, Group, Plan};
use crate::mail::HeaderEdit;
use crate::mail::edit;
use crate::milter::Received;
use crate::spool::Message;
use jiff::Timestamp;
use std::collections::BTreeMap;

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

impl Pipeline {
    /// Makes the copy of every group that asks for changes. A required change that cannot be made, or
    /// that does not help, turns the group's fate into a hold of the original.
    pub(super) async fn rewrite(
        &self,
        live: &Live,
        received: &Received,
        seen: &Seen,
        mut plan: Plan,
        now: Timestamp,
    ) -> Result<(Plan, Vec<Option<Rewritten>>), Later> {
        let mut made: BTreeMap<Vec<actions::Rewrite>, Option<Rewritten>> = BTreeMap::new();
        for group in &mut plan.groups {
            if group.fate == Fate::Reject || group.rewrites.is_empty() {
                continue;
            }
            let asked: Vec<actions::Rewrite> = group.rewrites.iter().copied().collect();
            if !made.contains_key(&asked) {
                let copy = self.changed(live, received, seen, group, now).await?;
                made.insert(asked.clone(), copy);
            }
            if made.get(&asked).is_some_and(Option::is_none) {
                if group.rewrites.iter().any(|rewrite| rewrite.is_required()) {
                    group.fate = Fate::Hold;
                    plan.tell = true;
                }
                group.rewrites.clear();
            }
        }
        let plan = actions::regroup(plan);
        let copies = plan
            .groups
            .iter()
            .map(|group| made.get(&group.rewrites.iter().copied().collect::<Vec<_>>()).cloned().flatten())
            .collect();
        Ok((plan, copies))
    }

    async fn changed(&self, live: &Live, received: &Received, seen: &Seen, group: &Group, now: Timestamp) -> Result<Option<Rewritten>, Later> {
        let queue_id = received.envelope.queue_id();
        let Ok(changes) = actions::changes(&group.rewrites, &seen.view(live, received, now), &seen.inspection, &seen.judgement, &live.policy) else {
            self.journal.rewrite_became_hold(queue_id, "the change cannot be made");
            return Ok(None);
        };
        let raw = edit_source(&received.message);
        let Ok(splices) = tokio::task::block_in_place(|| edit::plan(&seen.tree, &raw, &changes)) else {
            self.journal.rewrite_became_hold(queue_id, "the change does not fit the message");
            return Ok(None);
        };
        let message = received.message.splice(&splices, &self.spool, &self.budget).await.map_err(|error| Later::new("spool", error))?;
        let tree = self.open(&message).await?;
        let again = self.inspect(live, received, tree, now);
        if still_matches(seen, &again, group) {
            self.journal.rewrite_became_hold(queue_id, "the rule still matches the changed message");
            return Ok(None);
        }
        let (headers, body_changed) = edit::header_edits(&seen.tree, &splices, &raw);
        Ok(Some(Rewritten { body: body_changed.then(|| message.clone()), message, headers }))
    }
}

/// Whether a rule that asked for a change still asks for it (or for more) of these recipients.
fn still_matches(before: &Seen, after: &Seen, group: &Group) -> bool {
    let concerns = |recipients: &[u32]| recipients.iter().any(|recipient| group.recipients.contains(recipient));
    before.judgement.matches.iter().filter(|matched| matched.enforced && matched.action == Action::Rewrite).any(|asked| {
        after.judgement.matches.iter().any(|matched| {
            matched.enforced && matched.rule == asked.rule && matched.action >= Action::Rewrite && concerns(&matched.recipients)
        })
    })
}
