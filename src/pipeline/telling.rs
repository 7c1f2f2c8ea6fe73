//! What the sender is told of one message, and what a reviewer is shown of a kept copy.

use super::{Live, Seen};
use crate::actions::{Action, Fate, Plan};
use crate::finding::{Finding, Masked};
use crate::mail::parts::{Gap, Place};
use crate::mail::{Address, Envelope, Refusal};
use crate::notice::{Hit, Outcome, OutcomeKind, Reason, Story};
use crate::private::Private;
use jiff::{SignedDuration, Timestamp};

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
            Outcome {
                kind,
                recipients: group.recipients.iter().filter_map(|&index| self.recipient(index)).collect(),
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
        }
    }

    /// The role that decides about held copies: that of the first rule that holds and names one.
    #[must_use]
    pub fn reviewer(&self) -> String {
        let enforced =
            self.seen.judgement.matches.iter().filter(|matched| matched.enforced && matched.action >= Action::Defer);
        let rules = enforced.filter_map(|matched| self.live.policy.rules.get(matched.rule));
        rules.map(|rule| rule.reviewer.clone()).find(|reviewer| !reviewer.is_empty()).unwrap_or_default()
    }

    /// The refusal of a message that nobody gets: clause, rule and advice, in ASCII on one line.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let refusing =
            self.seen.judgement.matches.iter().find(|matched| matched.enforced && matched.action == Action::Reject);
        let rule = refusing.and_then(|matched| self.live.policy.rules.get(matched.rule));
        let text = rule.map_or_else(
            || "Refused by the school's policy".to_owned(),
            |rule| {
                format!("Refused by the school's policy, clause {} (rule {}). {}", rule.clause, rule.id, rule.advice)
            },
        );
        let text: String =
            text.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' }).take(400).collect();
        Refusal { code: 550, enhanced: "5.7.1".to_owned(), text: text.trim().to_owned() }
    }

    fn decide_by(&self) -> Option<Timestamp> {
        self.now.checked_add(SignedDuration::from_hours(i64::from(self.live.notice.decide_within_hours))).ok()
    }

    fn recipient(&self, index: u32) -> Option<Private<String>> {
        let path = self.envelope.recipients.get(index as usize)?;
        Some(Private::new(String::from_utf8_lossy(&path.given).trim_matches(['<', '>']).to_owned()))
    }

    /// Why, from the enforced rules that ask for at least `least`.
    #[must_use]
    pub fn reasons(&self, least: Action) -> Vec<Reason> {
        let enforced = self.seen.judgement.matches.iter().filter(|matched| matched.enforced && matched.action >= least);
        let mut reasons: Vec<Reason> = Vec::new();
        for matched in enforced {
            let Some(rule) = self.live.policy.rules.get(matched.rule) else { continue };
            let findings = matched.findings.iter().filter_map(|&index| self.seen.inspection.findings.get(index));
            let gaps = matched.gaps.iter().filter_map(|&index| self.seen.inspection.gaps.get(index));
            let mut hits: Vec<Hit> =
                findings.map(|finding| self.hit(finding)).chain(gaps.map(|gap| self.gap(gap))).collect();
            hits.dedup();
            let reason = Reason {
                rule: rule.id.clone(),
                clause: rule.clause.clone(),
                check: rule.check().to_owned(),
                action: matched.action,
                say: if rule.advice.is_empty() { rule.say.clone() } else { rule.advice.clone() },
                hits,
            };
            match reasons.iter_mut().find(|seen| seen.rule == reason.rule && seen.action == reason.action) {
                Some(seen) => {
                    seen.hits.extend(reason.hits.into_iter().filter(|hit| !seen.hits.contains(hit)).collect::<Vec<_>>())
                }
                None => reasons.push(reason),
            }
        }
        reasons
    }

    fn hit(&self, finding: &Finding) -> Hit {
        let place = match (finding.place, finding.recipient) {
            (_, Some(recipient)) => {
                format!("the recipient {}", self.recipient(recipient).map_or_else(String::new, Private::into_inner))
            }
            (Some(Place::Subject), _) => "the subject".to_owned(),
            (Some(Place::Header), _) => "a header field".to_owned(),
            (Some(Place::Body), _) => {
                let whose = if finding.quoted { "the text you quoted" } else { "your message" };
                finding.line.map_or_else(|| whose.to_owned(), |line| format!("line {line} of {whose}"))
            }
            (Some(Place::FileName), _) => "the name of an attachment".to_owned(),
            (Some(Place::Attachment), _) => {
                let line = finding.line.map_or_else(String::new, |line| format!("line {line} of "));
                format!("{line}{}", self.attachment(finding.part))
            }
            (Some(Place::Hidden), _) => "text that mail programs do not show".to_owned(),
            (None, _) if finding.part.is_some() => self.attachment(finding.part),
            (None, _) => "the message as a whole".to_owned(),
        };
        Hit { kind: finding.kind.to_owned(), place: Private::new(place), masked: finding.masked.as_str().to_owned() }
    }

    fn gap(&self, gap: &Gap) -> Hit {
        let place = if gap.part == 0 { "the message".to_owned() } else { self.attachment(Some(gap.part)) };
        Hit { kind: gap.kind.name().to_owned(), place: Private::new(place), masked: gap.reason.clone() }
    }

    /// An attachment by its name, or without it where the name itself gives something away.
    fn attachment(&self, part: Option<u16>) -> String {
        let name = part.and_then(|part| self.seen.tree.parts.get(usize::from(part))).and_then(|part| part.name);
        let Some(piece) = name else { return "an attachment without a name".to_owned() };
        if self.seen.inspection.findings.iter().any(|finding| finding.piece == Some(piece)) {
            return "an attachment (its name is not repeated here)".to_owned();
        }
        let text = self
            .seen
            .tree
            .pieces
            .get(piece as usize)
            .and_then(|piece| self.seen.tree.text.get(piece.text.start as usize..piece.text.end as usize));
        text.map_or_else(|| "an attachment".to_owned(), |name| format!("the attachment \"{}\"", name.trim()))
    }

    /// The subject with every name as initials and everything else that was found masked.
    #[must_use]
    pub fn subject(&self) -> String {
        let field = self.seen.tree.headers.iter().find(|field| field.name == "subject");
        let Some(index) = field.and_then(|field| field.piece) else { return String::new() };
        let Some(piece) = self.seen.tree.pieces.get(index as usize) else { return String::new() };
        let mut spans: Vec<(u32, u32, String)> = Vec::new();
        for finding in self.seen.inspection.findings.iter().filter(|finding| finding.piece == Some(index)) {
            let Some(span) = &finding.span else { continue };
            let with = finding
                .pupil
                .map(|pupil| self.live.school.roster.initials(pupil))
                .filter(|initials| !initials.is_empty());
            spans.push((span.start, span.end, with.unwrap_or_else(|| Masked::all().as_str().to_owned())));
        }
        spans.sort_by_key(|span| (span.0, std::cmp::Reverse(span.1)));
        let mut subject = String::new();
        let mut at = piece.text.start;
        for (start, end, with) in spans.into_iter().filter(|(start, ..)| *start >= piece.text.start) {
            if start < at {
                continue;
            }
            subject.push_str(self.seen.tree.text.get(at as usize..start as usize).unwrap_or_default());
            subject.push_str(&with);
            at = end;
        }
        subject.push_str(self.seen.tree.text.get(at as usize..piece.text.end as usize).unwrap_or_default());
        subject.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
