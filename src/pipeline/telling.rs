//! What the sender is told of one message, and what a reviewer is shown of a kept copy.

mod places;

use super::{Live, Seen};
use crate::actions::{Action, Fate, Match, Plan};
use crate::finding::Masked;
use crate::mail::{Address, Envelope, Header, Path, Refusal};
use crate::milter::Received;
use crate::notice::{self, Hit, Outcome, OutcomeKind, Reason, Story, one_line};
use crate::policy::Rule;
use crate::private::Private;
use crate::school::staff::Kind;
use jiff::{SignedDuration, Timestamp};
use places::Places;
use rustc_hash::FxHashSet;

/// Most places kept for one rule; the rest are counted.
const MOST_HITS: usize = 50;
/// Beyond so many places of one rule nobody counts on.
const MOST_KNOWN: usize = 10_000;
/// Most letters of a subject.
const SUBJECT: usize = 200;
/// Most letters of a recipient's address.
const ADDRESS: usize = 254;

/// Everything a story is made from.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The envelope.
    pub envelope: &'a Envelope,
    /// The message's Message-ID with angle brackets; empty where there is none.
    pub message_id: &'a str,
    /// What was seen in it.
    pub seen: &'a Seen,
    /// What is in force.
    pub live: &'a Live,
    /// When it came.
    pub now: Timestamp,
}

impl Told<'_> {
    /// The story of a message that was carried out by `plan`; `references` are those of the kept copies,
    /// one for each group (`None` for the relay's own copy and refused ones).
    #[must_use]
    pub fn story(&self, plan: &Plan, references: &[Option<String>], reference: &str, to: Address) -> Story {
        let outcomes = plan.groups.iter().zip(references).map(|(group, kept)| {
            let kind = match group.fate {
                Fate::Relay if group.rewrites.is_empty() => OutcomeKind::Sent,
                Fate::Relay => OutcomeKind::Changed,
                Fate::Defer { .. } | Fate::Hold => OutcomeKind::Waiting,
                Fate::Reject => OutcomeKind::NotSent,
            };
            let paths: Vec<&Path> =
                group.recipients.iter().filter_map(|&index| self.envelope.recipients.get(index as usize)).collect();
            Outcome {
                kind,
                recipients: paths.iter().map(|path| Private::new(written(path))).collect(),
                originals: paths.iter().map(|path| notice::original_recipient(path)).collect(),
                reference: kept.clone(),
                until: if let Fate::Defer { until } = group.fate { Some(until) } else { None },
                decide_by: (group.fate == Fate::Hold).then(|| self.decide_by()).flatten(),
                rewrites: group.rewrites.iter().copied().collect(),
            }
        });
        Story {
            reference: reference.to_owned(),
            to,
            message_id: Private::new(self.message_id.to_owned()),
            subject: Private::new(self.subject()),
            sent_at: self.now,
            outcomes: outcomes.collect(),
            reasons: self.reasons(Action::Warn),
            skipped: plan.skipped.iter().copied().collect(),
            impossible: plan.impossible.iter().copied().collect(),
            reviewer: self.reviewer(),
            envelope_id: self.envelope.sender.as_ref().map(notice::envelope_id).unwrap_or_default(),
        }
    }

    /// The role that decides about held copies: that of the first rule that holds and names one.
    #[must_use]
    pub fn reviewer(&self) -> String {
        let enforced =
            self.seen.judgement.matches.iter().filter(|matched| matched.enforced && matched.action == Action::Hold);
        let rules = enforced.filter_map(|matched| self.live.policy.rules.get(matched.rule));
        rules.map(|rule| rule.reviewer.clone()).find(|reviewer| !reviewer.is_empty()).unwrap_or_default()
    }

    /// The refusal of a message that nobody gets: clause, rule and advice, in ASCII on one line.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let refusing =
            self.seen.judgement.matches.iter().find(|matched| matched.enforced && matched.action == Action::Reject);
        let rule = refusing.and_then(|matched| self.live.policy.rules.get(matched.rule));
        rule.map_or_else(
            || Refusal { code: 550, enhanced: "5.7.1".to_owned(), text: "Refused by the school's policy".to_owned() },
            Rule::refusal,
        )
    }

    fn decide_by(&self) -> Option<Timestamp> {
        self.now.checked_add(SignedDuration::from_hours(i64::from(self.live.notice.decide_within_hours))).ok()
    }

    /// Why, from the enforced rules that ask for at least `least`.
    #[must_use]
    pub fn reasons(&self, least: Action) -> Vec<Reason> {
        let enforced = self.seen.judgement.matches.iter().filter(|matched| matched.enforced && matched.action >= least);
        let mut reasons: Vec<(Reason, FxHashSet<Hit>)> = Vec::new();
        let places = Places::new(self);
        for matched in enforced {
            let Some(rule) = self.live.policy.rules.get(matched.rule) else { continue };
            // Nothing is wrong with a message that lacks only the disclaimer.
            if least > Action::Note && is_cosmetic(matched) {
                continue;
            }
            let seen = reasons.iter().position(|(seen, _)| seen.rule == rule.id && seen.action == matched.action);
            let seen = seen.unwrap_or_else(|| {
                let reason = Reason {
                    rule: rule.id.clone(),
                    clause: rule.clause.clone(),
                    check: rule.check().to_owned(),
                    action: matched.action,
                    say: rule.say.clone(),
                    advice: rule.advice.clone(),
                    hits: Vec::new(),
                    more: 0,
                };
                reasons.push((reason, FxHashSet::default()));
                reasons.len() - 1
            });
            if let Some((reason, known)) = reasons.get_mut(seen) {
                for hit in places.hits(rule, matched) {
                    if known.len() > MOST_KNOWN || !known.insert(hit.clone()) {
                        continue;
                    }
                    if reason.hits.len() < MOST_HITS { reason.hits.push(hit) } else { reason.more += 1 }
                }
            }
        }
        reasons.into_iter().map(|(reason, _)| reason).collect()
    }

    /// The subject with every name as initials and everything else that was found masked.
    #[must_use]
    pub fn subject(&self) -> String {
        let field = self.seen.tree.headers.iter().find(|field| field.name == "subject");
        let Some(piece) = field.and_then(|field| field.piece) else { return String::new() };
        one_line(&masked(self.seen, self.live, piece), SUBJECT)
    }
}

/// A recipient as the sender wrote it.
pub(super) fn written(path: &Path) -> String {
    one_line(String::from_utf8_lossy(&path.given).trim_matches(['<', '>']), ADDRESS)
}

/// A notice goes only to a person's or a shared mailbox's address in the staff directory, never outside and never in
/// answer to a machine, a list or a notice of ours.
pub(super) fn whom_to_tell(live: &Live, received: &Received, seen: &Seen) -> Option<Address> {
    let facts = &seen.inspection.facts;
    let null_sender = received.envelope.sender.as_ref().is_none_or(|sender| sender.address.is_none());
    let ours = received.headers.iter().any(|header| header.name.eq_ignore_ascii_case(notice::NOTICE_HEADER.as_bytes()));
    let automatic = facts.automatic
        || facts.bulk
        || facts.report
        || (seen.tree.headers.is_empty() && by_machine(&received.headers));
    if null_sender || ours || automatic {
        return None;
    }
    let sender = seen.inspection.origin.sender.as_ref()?;
    let member = live.school.staff.find(sender)?;
    let reads_mail = matches!(member.kind, Kind::Staff | Kind::SharedMailbox);
    (reads_mail && live.school.is_inside(sender)).then(|| sender.clone())
}

/// Whether fields of a header that was not taken apart, because that failed, name a machine or a list.
fn by_machine(headers: &[Header]) -> bool {
    headers.iter().any(|header| {
        let value = header.value.trim_ascii();
        match header.name.to_ascii_lowercase().as_slice() {
            b"auto-submitted" => !value.eq_ignore_ascii_case(b"no"),
            b"precedence" | b"list-id" | b"x-autoreply" => true,
            _ => false,
        }
    })
}

/// The text of a piece with every name as initials and everything else that was found masked.
pub(super) fn masked(seen: &Seen, live: &Live, index: u32) -> String {
    let tree = &seen.tree;
    let Some(piece) = tree.pieces.get(index as usize) else { return String::new() };
    let mut spans: Vec<(u32, u32, String)> = Vec::new();
    for finding in seen.inspection.findings.iter().filter(|finding| finding.piece == Some(index)) {
        let Some(span) = &finding.span else { continue };
        let initials = finding.pupil.filter(|_| finding.check == "pupil_names");
        let initials = initials.map(|pupil| live.school.roster.initials(pupil)).filter(|initials| !initials.is_empty());
        spans.push((span.start, span.end, initials.unwrap_or_else(|| Masked::all().as_str().to_owned())));
    }
    spans.sort_by_key(|span| (span.0, std::cmp::Reverse(span.1)));
    let text = |from: u32, to: u32| tree.text.get(from as usize..to as usize).unwrap_or_default();
    let mut masked = String::new();
    let mut at = piece.text.start;
    for (start, end, with) in spans.into_iter().filter(|(start, ..)| *start >= piece.text.start) {
        if end <= at {
            continue;
        }
        // Of two that overlap, what the second has more is hidden too.
        masked.push_str(text(at, start.max(at)));
        masked.push_str(&with);
        at = end;
    }
    masked.push_str(text(at, piece.text.end));
    masked
}

#[cfg(test)]
mod tests;

/// Whether a match asks for nothing but changes that may be left out.
fn is_cosmetic(matched: &Match) -> bool {
    matched.action == Action::Rewrite && !matched.rewrites.iter().any(|rewrite| rewrite.is_required())
}
