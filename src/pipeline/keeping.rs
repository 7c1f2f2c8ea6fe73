//! What goes into the store of one message, and what the relay hears.

use super::Later;
use super::rewriting::Rewritten;
use super::telling::Told;
use crate::actions::{Action, Fate, Group, Plan, Rewrite};
use crate::courier::token;
use crate::mail::{Address, HeaderEdit, Path};
use crate::milter::{Answer, Edits, Received};
use crate::notice::Story;
use crate::private::Private;
use crate::store::{self, Earlier, Keep, KeepState, KeptEnvelope, Record, State};

/// What goes into the store of one message, in one transaction.
pub(super) struct Kept {
    /// The copies.
    pub keeps: Vec<Keep>,
    /// What the sender is told.
    pub story: Option<Story>,
}

/// The group that stays on the relay's own copy.
fn relayed(plan: &Plan) -> Option<&Group> {
    plan.groups.first().filter(|group| group.fate == Fate::Relay)
}

/// Whether nobody is to get the message, so that the relay's answer tells its sender all.
pub(super) fn refuses_all(plan: &Plan, received: &Received) -> bool {
    let refused = plan.groups.iter().filter(|group| group.fate == Fate::Reject);
    refused.map(|group| group.recipients.len()).sum::<usize>() == received.envelope.recipients.len()
}

/// A message may come again and be refused by then, while the copy of its first coming waits or went out: for whom
/// that copy is, a refusal would be untrue. Those recipients stand in no group then; the rest hear it in a notice.
pub(super) fn without_served_refusals(mut plan: Plan, received: &Received, earlier: Option<&Earlier>) -> Plan {
    let paths = &received.envelope.recipients;
    let served = |index: &u32| paths.get(*index as usize).is_some_and(|path| is_served(path, earlier));
    for group in plan.groups.iter_mut().filter(|group| group.fate == Fate::Reject) {
        let all = group.recipients.len();
        group.recipients.retain(|index| !served(index));
        plan.tell |= group.recipients.len() < all;
    }
    plan.groups.retain(|group| !group.recipients.is_empty());
    plan
}

/// A refusal for some of the recipients is told in a notice. Where no notice can be sent nobody would hear of
/// it: these copies wait for a person instead.
pub(super) fn without_silent_refusals(mut plan: Plan, received: &Received, tell: Option<&Address>) -> Plan {
    if tell.is_some() || refuses_all(&plan, received) {
        return plan;
    }
    for group in plan.groups.iter_mut().filter(|group| group.fate == Fate::Reject) {
        group.fate = Fate::Hold;
    }
    plan.regrouped()
}

/// A reference for every group whose copy is kept. The relay's own copy is kept where an attachment was
/// taken out of it: the original stays for whoever asks.
pub(super) fn references(plan: &Plan) -> Result<Vec<Option<String>>, Later> {
    let own = usize::from(relayed(plan).is_some());
    let wanted = plan.groups.iter().enumerate().map(|(index, group)| {
        if group.fate == Fate::Reject || (index < own && !group.rewrites.contains(&Rewrite::ReplaceAttachment)) {
            return Ok(None);
        }
        store::new_reference().map(Some).map_err(|error| Later::new("store", error))
    });
    wanted.collect()
}

/// The copies that go into the store.
pub(super) fn keeps(
    told: &Told<'_>,
    received: &Received,
    plan: &Plan,
    copies: &[Option<Rewritten>],
    references: &[Option<String>],
    tell: Option<&Address>,
) -> Result<Vec<Keep>, Later> {
    let sender = received.envelope.sender.clone().ok_or_else(|| Later::new("envelope", "it has no sender"))?;
    let own = relayed(plan).is_some();
    let record = Record {
        message_id: Private::new(told.message_id.to_owned()),
        subject: Private::new(told.subject()),
        tell: tell.cloned(),
        sender_class: told.seen.inspection.origin.class.name().to_owned(),
        reviewer: told.reviewer(),
        release_by: None,
        reasons: told.reasons(Action::Note),
    };
    let mut keeps = Vec::new();
    for (index, (group, reference)) in plan.groups.iter().zip(references).enumerate() {
        let Some(reference) = reference else { continue };
        let fate = match group.fate {
            Fate::Relay if own && index == 0 => KeepState::Aside,
            Fate::Relay => KeepState::Ready,
            Fate::Defer { until } => KeepState::Deferred { until },
            Fate::Hold => KeepState::Held,
            Fate::Reject => continue,
        };
        let at = |&index: &u32| {
            let path = received.envelope.recipients.get(index as usize).cloned();
            path.ok_or_else(|| Later::new("envelope", "it has no such recipient"))
        };
        let changed = copies.get(index).and_then(Option::as_ref).filter(|_| fate != KeepState::Aside);
        let keeps_original = changed.is_some() && group.rewrites.contains(&Rewrite::ReplaceAttachment);
        keeps.push(Keep {
            reference: reference.clone(),
            fate,
            envelope: KeptEnvelope {
                sender: sender.clone(),
                recipients: group.recipients.iter().map(at).collect::<Result<_, Later>>()?,
            },
            content: changed.map_or_else(|| received.message.clone(), |copy| copy.message.clone()),
            original: keeps_original.then(|| received.message.clone()),
            record: record.clone(),
        });
    }
    Ok(keeps)
}

/// What the relay hears. Whoever stands in a copy of an earlier coming of this message is served by that one.
pub(super) fn answer(
    told: &Told<'_>,
    received: &Received,
    plan: &Plan,
    copies: Vec<Option<Rewritten>>,
    earlier: Option<&Earlier>,
) -> Answer {
    let Some(group) = relayed(plan) else {
        let recipients = &received.envelope.recipients;
        let all_served = !recipients.is_empty() && recipients.iter().all(|path| is_served(path, earlier));
        return match plan.groups.len() {
            // Nobody would have a copy of it.
            0 if !all_served => Answer::Tempfail(super::not_ready()),
            _ if refuses_all(plan, received) => Answer::Reject(told.refusal()),
            _ => Answer::Discard,
        };
    };
    let paths = &received.envelope.recipients;
    let all = 0..u32::try_from(paths.len()).unwrap_or(u32::MAX);
    let served = |index: u32| paths.get(index as usize).is_some_and(|path| is_served(path, earlier));
    let remove: Vec<u32> = all.filter(|index| !group.recipients.contains(index) || served(*index)).collect();
    if remove.len() == paths.len() && !paths.is_empty() {
        return Answer::Discard;
    }
    let mut headers = token::removals(&received.headers);
    let changed = copies.into_iter().next().flatten();
    let (more, body) = changed.map_or((Vec::new(), None), |copy| (copy.headers, copy.body));
    // A field that goes is not changed as well: the relay would take the change for the next one of its name.
    let goes = |index| token::is_field_at(&received.headers, index);
    headers.extend(more.into_iter().filter(|edit| !matches!(edit, HeaderEdit::Change { index, .. } if goes(*index))));
    Answer::Relay(Edits { headers, remove, body })
}

fn is_served(path: &Path, earlier: Option<&Earlier>) -> bool {
    let copies = earlier.into_iter().flat_map(|earlier| &earlier.copies);
    copies
        .filter(|copy| copy.state != State::Aside)
        .any(|copy| copy.recipients.iter().any(|other| other.given == path.given))
}
