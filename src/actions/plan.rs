//! From verdicts to a plan: who gets which bytes, and when.

use super::{Action, Fate, Group, Judgement, Match, Plan, Rewrite, Verdict, attachment, disclaimer, initials, urgent};
use crate::checks::View;
use crate::finding::Inspection;
use crate::mail::parts::{Facts, Tree};
use crate::school::School;
use std::collections::{BTreeMap, BTreeSet};

/// Groups the recipients by what happens to their copies. A change that is needed and cannot be made
/// becomes a hold; one that is not needed is left out and listed.
#[must_use]
pub fn plan(judgement: &Judgement, inspection: &Inspection, view: &View<'_>) -> Plan {
    let mut plan = Plan::default();
    let cannot = impossible(judgement, inspection, view.tree, view.school);
    let mut groups: BTreeMap<(Fate, BTreeSet<Rewrite>), Vec<u32>> = BTreeMap::new();
    for (recipient, verdict) in (0_u32..).zip(&judgement.verdicts) {
        let (fate, mut rewrites) = settle(verdict, &cannot, &mut plan);
        // High importance needs no mark in the subject: then there is nothing to take off.
        if urgent::replacements(view.tree).is_empty() {
            rewrites.remove(&Rewrite::UrgentTag);
        }
        plan.tell |= verdict.warn || fate != Fate::Relay || rewrites.iter().any(|rewrite| rewrite.is_required());
        groups.entry((fate, rewrites)).or_default().push(recipient);
    }
    plan.groups =
        groups.into_iter().map(|((fate, rewrites), recipients)| Group { recipients, fate, rewrites }).collect();
    plan.largest_first();
    plan
}

impl Plan {
    /// Puts groups that came to have the same fate and the same bytes together again.
    #[must_use]
    pub fn regrouped(mut self) -> Self {
        let mut groups: BTreeMap<(Fate, BTreeSet<Rewrite>), Vec<u32>> = BTreeMap::new();
        for group in self.groups {
            groups.entry((group.fate, group.rewrites)).or_default().extend(group.recipients);
        }
        self.groups = Vec::with_capacity(groups.len());
        for ((fate, rewrites), mut recipients) in groups {
            recipients.sort_unstable();
            self.groups.push(Group { recipients, fate, rewrites });
        }
        self.largest_first();
        self
    }

    /// What becomes of the message, in one word: the strongest fate of its copies; where all are relayed, whether
    /// a copy is changed, the sender warned, or a rule matched that only records.
    #[must_use]
    pub fn outcome(&self, judgement: &Judgement) -> &'static str {
        let changed = self.groups.iter().any(|group| !group.rewrites.is_empty());
        match self.groups.iter().map(|group| group.fate).max() {
            Some(Fate::Reject) => Action::Reject.name(),
            Some(Fate::Hold) => Action::Hold.name(),
            Some(Fate::Defer { .. }) => Action::Defer.name(),
            _ if changed => Action::Rewrite.name(),
            _ if judgement.verdicts.iter().any(|verdict| verdict.warn) => Action::Warn.name(),
            _ if judgement.strongest().is_some() => Action::Note.name(),
            _ => "relay",
        }
    }

    /// The largest group that is relayed stays on the relay's own copy; of two as large, the one that stays
    /// unchanged (its set of changes sorts first).
    fn largest_first(&mut self) {
        let relayed = self.groups.iter().enumerate().filter(|(_, group)| group.fate == Fate::Relay);
        let largest = relayed.max_by_key(|(index, group)| (group.recipients.len(), std::cmp::Reverse(*index)));
        if let Some((index, _)) = largest
            && index > 0
        {
            let first = self.groups.remove(index);
            self.groups.insert(0, first);
        }
    }
}

/// What happens to one copy. Held and refused copies keep their bytes: a reviewer sees the original.
fn settle(verdict: &Verdict, cannot: &BTreeSet<Rewrite>, plan: &mut Plan) -> (Fate, BTreeSet<Rewrite>) {
    if matches!(verdict.fate, Fate::Hold | Fate::Reject) {
        return (verdict.fate, BTreeSet::new());
    }
    let (blocked, rewrites): (BTreeSet<Rewrite>, BTreeSet<Rewrite>) =
        verdict.rewrites.iter().partition(|rewrite| cannot.contains(rewrite));
    let (needed, skipped): (BTreeSet<Rewrite>, BTreeSet<Rewrite>) =
        blocked.into_iter().partition(|rewrite| rewrite.is_required());
    if !needed.is_empty() {
        plan.impossible.extend(needed);
        return (Fate::Hold, BTreeSet::new());
    }
    plan.skipped.extend(skipped);
    (verdict.fate, rewrites)
}

/// The changes that cannot be made to this message.
fn impossible(judgement: &Judgement, inspection: &Inspection, tree: &Tree, school: &School) -> BTreeSet<Rewrite> {
    if may_not_change(&inspection.facts) {
        return Rewrite::ALL.into_iter().collect();
    }
    let fails = |rewrite: Rewrite| match rewrite {
        Rewrite::Initials => !judgement.asking(rewrite).all(|found| initials::can_change(found, inspection, tree)),
        Rewrite::ReplaceAttachment => {
            !judgement.asking(rewrite).all(|found| attachment::can_change(found, inspection, tree))
        }
        // Nobody asks in nearly all messages, and looking reads the whole text.
        Rewrite::Disclaimer => {
            judgement.asking(rewrite).next().is_some() && !disclaimer::can_change(tree, &school.identity.disclaimer)
        }
        Rewrite::Bcc | Rewrite::UrgentTag => false,
    };
    Rewrite::ALL.into_iter().filter(|rewrite| fails(*rewrite)).collect()
}

/// A change would break a signature, cannot reach what is encrypted, or would falsify what a program wrote.
const fn may_not_change(facts: &Facts) -> bool {
    facts.signed
        || facts.encrypted
        || facts.rights_managed
        || facts.report
        || facts.automatic
        || facts.calendar
        || facts.calendar_answer
}

/// The findings a match is about.
pub(super) fn findings<'a>(
    found: &'a Match,
    inspection: &'a Inspection,
) -> impl Iterator<Item = &'a crate::finding::Finding> {
    found.findings.iter().filter_map(|index| inspection.findings.get(*index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn matching(action: Action, enforced: bool) -> Match {
        Match {
            rule: 0,
            findings: Vec::new(),
            gaps: Vec::new(),
            recipients: vec![0],
            action,
            rewrites: BTreeSet::new(),
            until: None,
            enforced,
        }
    }

    #[test]
    fn the_outcome_is_what_happens_and_not_what_was_asked_for() {
        let defer = Fate::Defer { until: Timestamp::UNIX_EPOCH };
        let group = |fate, changed: bool| Group {
            recipients: vec![0],
            fate,
            rewrites: if changed { BTreeSet::from([Rewrite::Initials]) } else { BTreeSet::new() },
        };
        for (asked, warned, groups, expected) in [
            (None, false, vec![group(Fate::Relay, false)], "relay"),
            (Some(Action::Note), false, vec![group(Fate::Relay, false)], "note"),
            (Some(Action::Warn), true, vec![group(Fate::Relay, false)], "warn"),
            (Some(Action::Rewrite), false, vec![group(Fate::Relay, true)], "rewrite"),
            // The change could not be made, or there was nothing to change.
            (Some(Action::Rewrite), false, vec![group(Fate::Hold, false)], "hold"),
            (Some(Action::Rewrite), false, vec![group(Fate::Relay, false)], "note"),
            (Some(Action::Rewrite), true, vec![group(Fate::Relay, true)], "rewrite"),
            (Some(Action::Defer), false, vec![group(defer, false)], "defer"),
            (Some(Action::Defer), false, vec![group(defer, true)], "defer"),
            (Some(Action::Hold), false, vec![group(Fate::Relay, true), group(Fate::Hold, false)], "hold"),
            // Nobody could be told of the refusal: it is held.
            (Some(Action::Reject), false, vec![group(Fate::Hold, false)], "hold"),
            (Some(Action::Reject), true, vec![group(Fate::Relay, false), group(Fate::Reject, false)], "reject"),
        ] {
            let plan = Plan { groups, ..Plan::default() };
            let mut judgement = Judgement::default();
            judgement.verdicts.push(Verdict { warn: warned, ..Verdict::relay() });
            judgement.matches.extend(asked.map(|action| matching(action, true)));
            assert_eq!(plan.outcome(&judgement), expected, "{asked:?}");
        }
        let only_recorded = Judgement { verdicts: Vec::new(), matches: vec![matching(Action::Hold, false)] };
        assert_eq!(Plan::default().outcome(&only_recorded), "relay");
    }
}
