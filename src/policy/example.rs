//! Runs the examples of a pack: each is written as a message of the sample school, taken apart,
//! looked at by every check and judged, exactly as a real message is.

use super::written::{self, Example};
use super::{Enforcement, Match, Policy, judge, letter, sample};
use crate::actions::Action;
use crate::checks::View;
use crate::document::{Document, Taken};
use crate::inspect;
use crate::mail::parts::{self, Limits};
use crate::mail::{Address, Envelope, Path};
use crate::problem::Problem;
use crate::school::School;
use crate::source::{Direction, Origin, SenderClass};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use toml::Spanned;

/// A Tuesday in March, 10:15: the school is open.
const USUAL: &str = "2026-03-10T10:15:00Z";

/// Runs all examples; what does not hold becomes a problem of the document, what is thin a warning.
pub(super) fn run_all(
    policy: &Policy,
    written: &[Taken<written::Rule>],
    sample: &written::Sample,
    document: &mut Document<'_>,
) -> Vec<Problem> {
    let school = match sample::school(sample, &policy.file) {
        Ok(school) => school,
        Err(problems) => {
            document.problems.extend(problems);
            return Vec::new();
        }
    };
    let mut warnings = Vec::new();
    for (index, rule) in written.iter().enumerate() {
        for (examples, key) in [(&rule.value.find, "find"), (&rule.value.pass, "pass")] {
            if examples.is_empty() {
                let what = format!("the rule has no {key} example");
                let right = format!("[[rule.{key}]] with a message the rule must {key}");
                warnings.push(document.problem(Some(rule.span.clone()), &what).right(right).warning());
            }
            for example in examples {
                if let Err(what) = run(policy, index, example.get_ref(), sample, &school, key == "find") {
                    let id = policy.rules.get(index).map_or("", |rule| &rule.id);
                    let what = format!("{id}: {what}");
                    let right =
                        if key == "find" { "a message this rule matches" } else { "a message this rule lets pass" };
                    document.wrong(place(rule, example), &what, right);
                }
            }
        }
    }
    warnings
}

fn place(rule: &Taken<written::Rule>, example: &Spanned<Example>) -> std::ops::Range<usize> {
    if example.span().is_empty() { rule.span.clone() } else { example.span() }
}

fn run(
    policy: &Policy,
    rule: usize,
    example: &Example,
    sample: &written::Sample,
    school: &School,
    find: bool,
) -> Result<(), String> {
    let from = example.from.as_deref().or_else(|| sample.staff.first().map(|member| member.address.as_str()));
    let from = from.ok_or_else(|| "the example has no sender, and the sample school no staff".to_owned())?;
    let at = example.at.or_else(|| USUAL.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    let date =
        rfc2822::to_string(&at.to_zoned(TimeZone::UTC)).map_err(|_| "the example's time is out of range".to_owned())?;
    let raw = letter::write(example, from, &date)?;
    let tree = parts::take_apart(&raw, &Limits::default());
    let envelope = envelope(example, from);
    if envelope.recipients.is_empty() {
        return Err("the example has no recipient".to_owned());
    }
    let origin = origin(example, from, &envelope, school);
    let (folded, inspection) = inspect::inspect(&tree, &envelope, &origin, school, at);
    let view = View { envelope: &envelope, origin: &origin, tree: &tree, folded: &folded, school, now: at };
    let judgement = judge(policy, &Enforcement::All, &view, &inspection);
    let asked = policy.rules.get(rule).map_or(Action::Note, |rule| rule.action);
    // What is only recorded because the recipient may not be kept waiting is no match of the rule.
    let wanted = example.action;
    let matches = judgement.matches.iter().filter(|found| found.rule == rule);
    let found: Vec<&Match> = matches
        .filter(|found| found.action != Action::Note || asked == Action::Note || wanted == Some(Action::Note))
        .collect();
    if !find {
        return if found.is_empty() {
            Ok(())
        } else {
            Err("the rule matches this example, which it should let pass".to_owned())
        };
    }
    if found.is_empty() {
        return Err("the rule does not match this example, which it should find".to_owned());
    }
    let wanted = wanted.unwrap_or(asked);
    if !found.iter().any(|found| found.action == wanted) {
        let got = found.iter().map(|found| found.action.name()).collect::<Vec<_>>().join(", ");
        return Err(format!("the rule asks for {got} here, not for {}", wanted.name()));
    }
    concerns(example, &envelope, &found)
}

fn concerns(example: &Example, envelope: &Envelope, found: &[&Match]) -> Result<(), String> {
    let Some(wanted) = &example.concerns else { return Ok(()) };
    let wanted: BTreeSet<Address> = wanted.iter().filter_map(|address| Address::read(address)).collect();
    let concerned: BTreeSet<Address> = found
        .iter()
        .flat_map(|found| &found.recipients)
        .filter_map(|index| envelope.recipients.get(*index as usize)?.address.clone())
        .collect();
    if wanted == concerned {
        return Ok(());
    }
    Err(format!("the rule concerns {} recipients of this example, others than it should", concerned.len()))
}

fn envelope(example: &Example, from: &str) -> Envelope {
    let path = |address: String| Path::new(format!("<{address}>").as_bytes(), Vec::new());
    let more = letter::outsiders(example.to_outsiders, "to").chain(letter::outsiders(example.bcc_outsiders, "bcc"));
    let recipients = example.to.iter().chain(&example.cc).chain(&example.bcc).cloned().chain(more).map(path).collect();
    Envelope { sender: Some(Path::new(format!("<{from}>").as_bytes(), Vec::new())), recipients, ..Envelope::default() }
}

fn origin(example: &Example, from: &str, envelope: &Envelope, school: &School) -> Origin {
    let inside = |path: &Path| path.address.as_ref().is_some_and(|address| school.is_inside(address));
    let computed = if envelope.recipients.iter().all(inside) { Direction::Internal } else { Direction::Outgoing };
    Origin {
        direction: example.direction.unwrap_or(computed),
        class: example.class.unwrap_or(SenderClass::Staff),
        source: Some("sample".to_owned()),
        sender: Address::read(from),
    }
}
