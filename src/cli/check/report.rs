//! What `exeat check` prints of one message.

use crate::actions::{Action, Fate, Group, Plan};
use crate::mail::Address;
use crate::milter::Received;
use crate::pipeline::{Live, Seen};
use crate::policy::Enforcement;
use serde_json::{Value, json};

/// One message and what was seen in it.
pub(super) struct Report<'a> {
    pub file: &'a str,
    pub received: &'a Received,
    pub seen: &'a Seen,
    pub live: &'a Live,
    /// Which rules act in this installation.
    pub modes: &'a Enforcement,
    /// What would be done, rewrites tried and looked at again.
    pub plan: &'a Plan,
}

impl Report<'_> {
    /// What would become of it; a rewrite that cannot be made is a hold.
    fn verdict(&self) -> &'static str {
        self.plan.outcome(&self.seen.judgement)
    }

    /// What happens to one recipient's copy.
    fn group(&self, recipient: u32) -> Option<&Group> {
        self.plan.groups.iter().find(|group| group.recipients.contains(&recipient))
    }

    pub fn is_stronger_than_note(&self) -> bool {
        !matches!(self.verdict(), "relay" | "note")
    }

    /// A few lines for people.
    pub fn text(&self) -> String {
        let mut lines = vec![format!("{}: {}", self.file, self.verdict())];
        for matched in &self.seen.judgement.matches {
            let Some(rule) = self.live.policy.rules.get(matched.rule) else { continue };
            let recorded = if self.modes.covers(&rule.id) { "" } else { ", only recorded (monitor)" };
            lines.push(format!("  {} by rule {} (clause {}){recorded}", matched.action.name(), rule.id, rule.clause));
            for finding in
                matched.findings.iter().filter_map(|&index| self.seen.inspection.findings.get(index)).take(10)
            {
                let place = finding.place.map_or("message", |place| place.name());
                let line = finding.line.map_or_else(String::new, |line| format!(", line {line}"));
                lines.push(format!("    {} in {place}{line}: {}", finding.kind, finding.masked.as_str()));
            }
        }
        for gap in &self.seen.inspection.gaps {
            lines.push(format!("  not read ({}): {}", gap.kind.name(), gap.reason));
        }
        lines.join("\n")
    }

    /// One object for programs.
    pub fn json(&self) -> Value {
        let inspection = &self.seen.inspection;
        json!({
            "file": self.file,
            "message_id": self.message_id(),
            "direction": inspection.origin.direction.name(),
            "sender_class": inspection.origin.class.name(),
            "verdict": self.verdict(),
            "recipients": self.recipients(),
            "findings": self.findings(),
            "gaps": inspection.gaps.iter().map(|gap| json!({"kind": gap.kind.name(), "part": gap.part, "reason": gap.reason})).collect::<Vec<_>>(),
        })
    }

    fn message_id(&self) -> Value {
        let field = self.received.headers.iter().find(|header| header.name.eq_ignore_ascii_case(b"message-id"));
        field.map_or(Value::Null, |header| json!(String::from_utf8_lossy(&header.value).trim()))
    }

    fn recipients(&self) -> Vec<Value> {
        let pairs = self.received.envelope.recipients.iter().zip(&self.seen.judgement.verdicts).enumerate();
        pairs
            .map(|(index, (path, verdict))| {
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                let asked = self.seen.judgement.matches.iter().filter(|matched| matched.enforced && matched.recipients.contains(&index));
                let strongest = asked.map(|matched| matched.action).max();
                let (fate, rewritten) = self.group(index).map_or((verdict.fate, false), |group| (group.fate, !group.rewrites.is_empty()));
                let action = match fate {
                    Fate::Reject => "reject",
                    Fate::Hold => "hold",
                    Fate::Defer { .. } => "defer",
                    Fate::Relay if rewritten => "rewrite",
                    Fate::Relay if verdict.warn => "warn",
                    Fate::Relay if strongest == Some(Action::Note) => "note",
                    Fate::Relay => "relay",
                };
                let release_at = if let Fate::Defer { until } = fate { json!(until.to_string()) } else { Value::Null };
                json!({"address": path.address.as_ref().map(Address::as_str), "action": action, "release_at": release_at})
            })
            .collect()
    }

    fn findings(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for (index, finding) in self.seen.inspection.findings.iter().enumerate() {
            let rules: Vec<_> = self
                .seen
                .judgement
                .matches
                .iter()
                .filter(|matched| matched.findings.contains(&index))
                .filter_map(|matched| self.live.policy.rules.get(matched.rule))
                .collect();
            let piece = finding.piece.and_then(|piece| self.seen.tree.pieces.get(piece as usize));
            let within = |offset: u32| piece.map(|piece| offset.saturating_sub(piece.text.start));
            let common = |rule: Option<&crate::policy::Rule>| {
                json!({
                    "check": finding.check,
                    "kind": finding.kind,
                    "rule": rule.map(|rule| rule.id.as_str()),
                    "clause": rule.map(|rule| rule.clause.as_str()),
                    "where": finding.place.map(crate::mail::parts::Place::name),
                    "part": finding.part,
                    "start": finding.span.as_ref().and_then(|span| within(span.start)),
                    "end": finding.span.as_ref().and_then(|span| within(span.end)),
                    "masked": finding.masked.as_str(),
                    "pupil": finding.pupil.and_then(|id| self.live.school.roster.pupil(id).map(|pupil| pupil.id().to_owned())),
                    "confidence": finding.confidence.name(),
                    "mode": rule.map_or("none", |rule| if self.modes.covers(&rule.id) { "enforce" } else { "monitor" }),
                })
            };
            if rules.is_empty() {
                all.push(common(None));
            } else {
                all.extend(rules.into_iter().map(|rule| common(Some(rule))));
            }
        }
        all
    }
}
