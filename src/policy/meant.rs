//! From a rule as written to a rule as meant.

use super::rule::{AtLeast, Findings, MaxDefer, Rule, Scope, Senders, Subject};
use super::whom::Whom;
use super::written::{self, Amount};
use crate::actions::{Action, Rewrite};
use crate::checks::{Check, ROLL_CALL};
use crate::document::{Document, Taken};
use crate::finding::Confidence;
use crate::measure;
use crate::source::{Direction, SenderClass};
use std::collections::BTreeSet;
use toml::Spanned;

/// Makes a rule of what was written; `None` where it cannot be one.
pub(super) fn rule(written: &Taken<written::Rule>, document: &mut Document<'_>) -> Option<Rule> {
    let mut reader = RuleReader { written, document };
    let id = reader.needed("id", written.value.id.as_ref())?;
    let clause = reader.needed("clause", written.value.clause.as_ref());
    let check = reader.check();
    let action = reader.needed("action", written.value.action.as_ref());
    let (check, action) = (check?, action?);
    let subject = Subject::Findings(reader.findings(check));
    let rewrites = reader.rewrites(action);
    let max_defer = reader.max_defer(action);
    let on_collision = reader.on_collision(&rewrites);
    reader.senders_are_not_empty();
    reader.nobody_else_releases();
    let value = &written.value;
    Some(Rule {
        id,
        line: reader.document.line(written.span.start),
        clause: clause?,
        subject,
        senders: senders(value),
        to: value.to.as_ref().map_or_else(|| vec![Whom::Outside], |to| to.get_ref().clone()),
        except_to: value.except_to.clone(),
        scope: value.scope.unwrap_or(if check.name == "recipients" { Scope::Recipient } else { Scope::Message }),
        action,
        rewrites,
        on_collision,
        max_defer,
        say: value.say.clone().unwrap_or_default(),
        advice: value.advice.clone().unwrap_or_default(),
        reviewer: value.reviewer.clone().unwrap_or_else(|| "reviewer".to_owned()),
        finds: value.find.len(),
        passes: value.pass.len(),
    })
}

/// Staff and shared mailboxes, outgoing, unless the rule says otherwise.
fn senders(value: &written::Rule) -> Senders {
    let classes = value.classes.as_ref().map(|classes| classes.get_ref().iter().copied().collect());
    let directions = value.directions.as_ref().map(|directions| directions.get_ref().iter().copied().collect());
    Senders {
        groups: value.from.clone(),
        except: value.except.clone(),
        classes: classes.unwrap_or_else(|| BTreeSet::from([SenderClass::Staff, SenderClass::SharedMailbox])),
        directions: directions.unwrap_or_else(|| BTreeSet::from([Direction::Outgoing])),
    }
}

struct RuleReader<'r, 'd> {
    written: &'r Taken<written::Rule>,
    document: &'r mut Document<'d>,
}

impl RuleReader<'_, '_> {
    /// A key that has no default.
    fn needed<T: Clone>(&mut self, key: &str, value: Option<&Spanned<T>>) -> Option<T> {
        if value.is_none() && !self.written.was_wrong(key) {
            let right = format!("every rule has a key {key}");
            self.document.wrong(self.written.span.clone(), &format!("the rule has no {key}"), &right);
        }
        value.map(|value| value.get_ref().clone())
    }

    fn check(&mut self) -> Option<&'static Check> {
        let name = self.needed("check", self.written.value.check.as_ref())?;
        let check = ROLL_CALL.iter().find(|check| check.name == name);
        if check.is_none() {
            let span = self.written.value.check.as_ref().map(Spanned::span).unwrap_or_default();
            self.document.wrong(span, "there is no such check", &list(ROLL_CALL.iter().map(|check| check.name)));
        }
        check
    }

    fn findings(&mut self, check: &'static Check) -> Findings {
        let value = &self.written.value;
        let places = value.places.as_ref().map(|places| places.iter().copied().collect());
        Findings {
            check: check.name,
            kinds: self.kinds(check),
            places,
            confidence: value.confidence.unwrap_or(Confidence::Medium),
            over: self.over(),
            at_least: AtLeast {
                pupils: value.at_least.pupils,
                values: value.at_least.values,
                findings: value.at_least.findings,
            },
            quoted: value.quoted.unwrap_or(true),
        }
    }

    /// Without `kinds` a rule would grow silently with every kind a later version finds.
    fn kinds(&mut self, check: &'static Check) -> BTreeSet<&'static str> {
        if self.written.value.kinds.is_empty() && !self.written.was_wrong("kinds") {
            let right = list(check.kinds.iter().copied());
            self.document.wrong(self.written.span.clone(), "the rule has no kinds", &right);
        }
        let mut kinds = BTreeSet::new();
        for kind in &self.written.value.kinds {
            let known = check.kinds.iter().find(|known| *known == kind.get_ref());
            kinds.extend(known.copied());
            if known.is_none() {
                let what = format!("the check {} finds no such kind", check.name);
                self.document.wrong(kind.span(), &what, &list(check.kinds.iter().copied()));
            }
        }
        kinds
    }

    fn over(&mut self) -> Option<u64> {
        let written = self.written.value.over.as_ref()?;
        match written.get_ref() {
            Amount::Count(count) => Some(*count),
            Amount::Size(size) => {
                let bytes = measure::size(size);
                if bytes.is_none() {
                    self.document.wrong(
                        written.span(),
                        "this is no size",
                        "a count such as 20, or a size such as \"2 MiB\"",
                    );
                }
                bytes
            }
        }
    }

    fn rewrites(&mut self, action: Action) -> BTreeSet<Rewrite> {
        let written = self.written.value.rewrite.as_ref();
        let span = written.map_or_else(|| self.written.span.clone(), Spanned::span);
        let rewrites: BTreeSet<Rewrite> =
            written.map(|rewrites| rewrites.get_ref().iter().copied().collect()).unwrap_or_default();
        if action == Action::Rewrite && rewrites.is_empty() && !self.written.was_wrong("rewrite") {
            self.document.wrong(
                span,
                "the rule does not say what to rewrite",
                "rewrite = [...] with one or more of initials, bcc, replace_attachment, disclaimer, urgent_tag",
            );
        } else if action != Action::Rewrite && !rewrites.is_empty() {
            self.document.wrong(
                span,
                "the rule says what to rewrite, but its action is another",
                "action = \"rewrite\"",
            );
        }
        rewrites
    }

    fn max_defer(&mut self, action: Action) -> MaxDefer {
        let Some(written) = self.written.value.max_defer.as_ref() else { return MaxDefer::default() };
        let read = match written.get_ref() {
            written::MaxDefer::Always(time) => {
                measure::time(time).map(|time| MaxDefer { overnight: time, weekend: time })
            }
            written::MaxDefer::By { overnight, weekend } => measure::time(overnight)
                .zip(measure::time(weekend))
                .map(|(overnight, weekend)| MaxDefer { overnight, weekend }),
        };
        if action != Action::Defer {
            self.document.wrong(written.span(), "max_defer belongs to rules that defer", "action = \"defer\"");
        }
        read.unwrap_or_else(|| {
            self.document.wrong(written.span(), "this is no length of time", "\"14h\", \"90m\" or \"2d\"");
            MaxDefer::default()
        })
    }

    /// Cautious by itself: names that cannot be told apart wait for a person.
    fn on_collision(&mut self, rewrites: &BTreeSet<Rewrite>) -> Action {
        let Some(written) = self.written.value.on_collision.as_ref() else { return Action::Hold };
        if !rewrites.contains(&Rewrite::Initials) {
            self.document.wrong(
                written.span(),
                "on_collision belongs to rules that rewrite names",
                "rewrite = [\"initials\"]",
            );
        }
        if matches!(written.get_ref(), Action::Rewrite | Action::Defer) {
            self.document.wrong(
                written.span(),
                "this does not help where initials collide",
                "note, warn, hold or reject",
            );
        }
        *written.get_ref()
    }

    /// An empty list would switch the rule off unseen.
    fn senders_are_not_empty(&mut self) {
        let value = &self.written.value;
        let classes = value.classes.as_ref().map(|list| (list.span(), list.get_ref().is_empty()));
        let directions = value.directions.as_ref().map(|list| (list.span(), list.get_ref().is_empty()));
        let to = value.to.as_ref().map(|list| (list.span(), list.get_ref().is_empty()));
        for (span, empty) in [classes, directions, to].into_iter().flatten() {
            if empty {
                self.document.wrong(span, "the list is empty, so the rule would never match", "at least one");
            }
        }
        let untouched = [Direction::Incoming, Direction::Transit];
        if let Some(directions) = &value.directions
            && directions.get_ref().iter().any(|direction| untouched.contains(direction))
        {
            self.document.wrong(directions.span(), "such mail is relayed untouched", "outgoing, internal");
        }
    }

    /// Senders have no way in yet by which they could release: a rule that counted on it would hold mail that
    /// nobody feels responsible for.
    fn nobody_else_releases(&mut self) {
        if let Some(written) = &self.written.value.release_by {
            let right = "no such line; `reviewer` names the role that releases what the rule holds";
            self.document.wrong(written.span(), "held mail is released by reviewers alone, never by its sender", right);
        }
    }
}

/// The words that would be right.
fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    format!("one of {}", words.collect::<Vec<_>>().join(", "))
}
