//! Judges a message: which rules match, for which recipients, and what that adds up to.

use super::rule::{Findings, Rule, Scope, Subject};
use super::{Enforcement, Policy};
use crate::actions::{Action, Judgement, Match, Rewrite, Verdict};
use crate::checks::View;
use crate::finding::{Finding, Inspection};
use crate::school::roster::PupilId;
use crate::school::staff::Member;
use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Judges a message. Every rule that matches is in the result; those that are not enforced change nothing.
///
/// Mail to a listed authority or helpline comes before any rule: no check and no gap delays or changes
/// such a copy, it is only recorded (and the sender warned where a rule warns). A program is the exception: it goes to a person.
#[must_use]
pub fn judge(policy: &Policy, enforcement: &Enforcement, view: &View<'_>, inspection: &Inspection) -> Judgement {
    let case = Case::new(view, inspection);
    let mut matches = Vec::new();
    for (index, rule) in policy.rules.iter().enumerate() {
        let found = match &rule.subject {
            Subject::Findings(wanted) => case.by_findings(rule, wanted),
            Subject::Gaps(kinds) => {
                let gaps: Vec<usize> = positions(&inspection.gaps, |gap| kinds.contains(&gap.kind));
                if gaps.is_empty() { Vec::new() } else { case.split(rule, &[], &gaps, &case.recipients(rule, &[])) }
            }
            // It is the last rule of a policy: all others have spoken.
            Subject::Nothing => {
                let silent = case.unspoken(rule, &matches);
                case.split(rule, &[], &[], &silent)
            }
        };
        let enforced = enforcement.covers(&rule.id);
        matches.extend(found.into_iter().map(|found| Match { rule: index, enforced, ..found }));
    }
    let verdicts = verdicts(view.envelope.recipients.len(), &matches);
    Judgement { verdicts, matches }
}

fn verdicts(recipients: usize, matches: &[Match]) -> Vec<Verdict> {
    let mut verdicts = vec![Verdict::relay(); recipients];
    for found in matches.iter().filter(|found| found.enforced) {
        for recipient in &found.recipients {
            if let Some(verdict) = verdicts.get_mut(*recipient as usize) {
                verdict.add(found);
            }
        }
    }
    verdicts
}

/// One message on the judge's table.
struct Case<'a> {
    view: &'a View<'a>,
    inspection: &'a Inspection,
    /// Recipients on the lists of authorities and helplines.
    protective: BTreeSet<u32>,
    /// The sender's entry in the staff directory.
    member: Option<&'a Member>,
}

impl<'a> Case<'a> {
    fn new(view: &'a View<'a>, inspection: &'a Inspection) -> Self {
        let protective = (0_u32..)
            .zip(&view.envelope.recipients)
            .filter(|(_, path)| path.address.as_ref().is_some_and(|address| view.school.is_protective(address)))
            .map(|(index, _)| index)
            .collect();
        let member = inspection.origin.sender.as_ref().and_then(|sender| view.school.staff.find(sender));
        Self { view, inspection, protective, member }
    }

    fn applies(&self, rule: &Rule) -> bool {
        let senders = &rule.senders;
        let origin = &self.inspection.origin;
        let in_one =
            |groups: &[String]| self.member.is_some_and(|member| groups.iter().any(|group| member.is_in(group)));
        senders.classes.contains(&origin.class)
            && senders.directions.contains(&origin.direction)
            && (senders.groups.is_empty() || in_one(&senders.groups))
            && !in_one(&senders.except)
    }

    /// Recipients a rule's `to` and `except_to` name, for findings about these pupils.
    fn recipients(&self, rule: &Rule, pupils: &[Option<PupilId>]) -> Vec<u32> {
        if !self.applies(rule) {
            return Vec::new();
        }
        (0_u32..)
            .zip(&self.view.envelope.recipients)
            .filter(|(_, path)| {
                let is = |whom: &super::Whom| whom.is(path.address.as_ref(), pupils, self.view.school);
                rule.to.iter().any(is) && !rule.except_to.iter().any(is)
            })
            .map(|(index, _)| index)
            .collect()
    }

    fn unspoken(&self, rule: &Rule, matches: &[Match]) -> Vec<u32> {
        let spoken: BTreeSet<u32> = matches.iter().flat_map(|found| found.recipients.iter().copied()).collect();
        self.recipients(rule, &[]).into_iter().filter(|recipient| !spoken.contains(recipient)).collect()
    }

    fn by_findings(&self, rule: &Rule, wanted: &Findings) -> Vec<Match> {
        if !self.applies(rule) {
            return Vec::new();
        }
        let candidates = positions(&self.inspection.findings, |finding| fits(finding, wanted));
        if candidates.is_empty() {
            return Vec::new();
        }
        let pupils: Vec<Option<PupilId>> =
            self.all(&candidates).map(|finding| finding.pupil).collect::<BTreeSet<_>>().into_iter().collect();
        let (common, own) = self.by_recipient(&candidates);
        let common_is_enough = self.is_enough(&common, wanted);
        let mut used = BTreeSet::new();
        let mut concerned = Vec::new();
        for recipient in self.recipients(rule, &pupils) {
            let Some(own) = own.get(&recipient) else {
                if common_is_enough {
                    concerned.push(recipient);
                }
                continue;
            };
            let about: Vec<usize> = common.iter().chain(own).copied().collect();
            if self.is_enough(&about, wanted) {
                used.extend(own.iter().copied());
                concerned.push(recipient);
            }
        }
        if !concerned.is_empty() {
            used.extend(common);
        }
        let used: Vec<usize> = used.into_iter().collect();
        self.split(rule, &used, &[], &concerned)
    }

    /// Findings about the message as a whole, and those about one recipient each.
    fn by_recipient(&self, candidates: &[usize]) -> (Vec<usize>, BTreeMap<u32, Vec<usize>>) {
        let (mut common, mut own) = (Vec::new(), BTreeMap::<u32, Vec<usize>>::new());
        for index in candidates {
            match self.inspection.findings.get(*index).and_then(|finding| finding.recipient) {
                Some(recipient) => own.entry(recipient).or_default().push(*index),
                None => common.push(*index),
            }
        }
        (common, own)
    }

    fn all<'b>(&'b self, indexes: &'b [usize]) -> impl Iterator<Item = &'b Finding> {
        indexes.iter().filter_map(|index| self.inspection.findings.get(*index))
    }

    fn is_enough(&self, about: &[usize], wanted: &Findings) -> bool {
        let pupils: BTreeSet<_> = self.all(about).filter_map(|finding| finding.pupil).collect();
        let values: BTreeSet<_> = self.all(about).map(|finding| finding.value).collect();
        !about.is_empty()
            && about.len() >= wanted.at_least.findings
            && pupils.len() >= wanted.at_least.pupils
            && values.len() >= wanted.at_least.values
    }

    /// The matches of one rule: one for ordinary recipients, one for those on the lists that no rule may delay.
    fn split(&self, rule: &Rule, findings: &[usize], gaps: &[usize], concerned: &[u32]) -> Vec<Match> {
        let (protective, ordinary): (Vec<u32>, Vec<u32>) =
            concerned.iter().partition(|recipient| self.protective.contains(recipient));
        let mut matches = Vec::new();
        if !ordinary.is_empty() {
            let (action, until) = self.asks(rule, findings);
            let recipients = if waits(action) && rule.scope == Scope::Message { self.ordinary() } else { ordinary };
            let rewrites = if action == Action::Rewrite { rule.rewrites.clone() } else { BTreeSet::new() };
            matches.push(made(action, findings, gaps, recipients, rewrites, until));
        }
        if !protective.is_empty() {
            let program = self.all(findings).any(|finding| finding.kind == "executable");
            let action = match rule.action {
                Action::Warn => Action::Warn,
                Action::Hold | Action::Reject if program => Action::Hold,
                _ => Action::Note,
            };
            matches.push(made(action, findings, gaps, protective, BTreeSet::new(), None));
        }
        matches
    }

    fn ordinary(&self) -> Vec<u32> {
        (0_u32..)
            .zip(&self.view.envelope.recipients)
            .map(|(index, _)| index)
            .filter(|index| !self.protective.contains(index))
            .collect()
    }

    /// What a rule asks for in this case.
    fn asks(&self, rule: &Rule, findings: &[usize]) -> (Action, Option<Timestamp>) {
        match rule.action {
            Action::Defer => self.defer(rule, findings),
            Action::Rewrite if rule.rewrites.contains(&Rewrite::Initials) && self.initials_collide(findings) => {
                (rule.on_collision, None)
            }
            action => (action, None),
        }
    }

    /// Until the next opening, if that is near enough; else the sender is warned.
    fn defer(&self, rule: &Rule, findings: &[usize]) -> (Action, Option<Timestamp>) {
        let now = self.view.now;
        let seconds = self.all(findings).map(|finding| finding.measure).max().unwrap_or(0);
        let wait = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        let Ok(until) = now.checked_add(wait) else { return (Action::Warn, None) };
        let limit = if self.weekend_between(now, until) { rule.max_defer.weekend } else { rule.max_defer.overnight };
        if wait.is_zero() || wait > limit { (Action::Warn, None) } else { (Action::Defer, Some(until)) }
    }

    fn weekend_between(&self, now: Timestamp, until: Timestamp) -> bool {
        let zone = self.view.school.calendar.zone();
        let first = now.to_zoned(zone.clone()).date();
        let last = until.to_zoned(zone.clone()).date();
        // Eight days hold every weekday; more need not be looked at.
        first
            .series(jiff::Span::new().days(1))
            .take(8)
            .take_while(|day| *day <= last)
            .any(|day| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
    }

    /// Two pupils of the message with the same initials could not be told apart. Pupils of one and
    /// the same name (found at the very same places) cannot be told apart by the name either.
    fn initials_collide(&self, findings: &[usize]) -> bool {
        let mut places: BTreeMap<PupilId, BTreeSet<(u32, u32)>> = BTreeMap::new();
        for finding in self.all(findings) {
            if let (Some(pupil), Some(span)) = (finding.pupil, &finding.span) {
                places.entry(pupil).or_default().insert((span.start, span.end));
            }
        }
        let mut seen: BTreeMap<String, &BTreeSet<(u32, u32)>> = BTreeMap::new();
        places.iter().any(|(pupil, spans)| {
            let initials = self.view.school.roster.initials(*pupil);
            seen.insert(initials, spans).is_some_and(|others| others != spans)
        })
    }
}

fn made(
    action: Action,
    findings: &[usize],
    gaps: &[usize],
    recipients: Vec<u32>,
    rewrites: BTreeSet<Rewrite>,
    until: Option<Timestamp>,
) -> Match {
    Match {
        rule: 0,
        findings: findings.to_vec(),
        gaps: gaps.to_vec(),
        recipients,
        action,
        rewrites,
        until,
        enforced: false,
    }
}

/// Notes, warnings and changes concern a recipient; what waits or is refused may be the message.
const fn waits(action: Action) -> bool {
    matches!(action, Action::Defer | Action::Hold | Action::Reject)
}

fn fits(finding: &Finding, wanted: &Findings) -> bool {
    finding.check == wanted.check
        && wanted.kinds.contains(finding.kind)
        && finding.confidence >= wanted.confidence
        && wanted.over.is_none_or(|over| finding.measure > over)
        && (wanted.quoted || !finding.quoted)
        && wanted.places.as_ref().is_none_or(|places| finding.place.is_some_and(|place| places.contains(&place)))
}

fn positions<T>(items: &[T], is: impl Fn(&T) -> bool) -> Vec<usize> {
    items.iter().enumerate().filter(|(_, item)| is(item)).map(|(index, _)| index).collect()
}
