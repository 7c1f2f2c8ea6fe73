//! Reads a pack: as written, then as meant; every mistake at once.

use super::rule::{MaxDefer, Rule, Scope, Senders, Subject};
use super::whom::Whom;
use super::written::{self, GapAction, Otherwise, Unreadable};
use super::{Clause, Policy, example, meant};
use crate::actions::Action;
use crate::document::{Document, Taken};
use crate::mail::parts::GapKind;
use crate::problem::Problem;
use crate::source::{Direction, SenderClass};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// Reads a pack.
pub(super) fn read(file: &str, text: &str) -> Result<Policy, Vec<Problem>> {
    let mut document = Document::parse(file, text);
    let written_rules = document.take_all::<written::Rule>("rule");
    let written_clauses = document.take_all::<written::Clause>("clause");
    let sample = document.take::<written::Sample>("sample");
    let head = document.take_rest::<written::Head>();

    let rules: Vec<Option<Rule>> = written_rules.iter().map(|written| meant::rule(written, &mut document)).collect();
    ids_are_unique(&written_rules, &mut document);
    let clauses = clauses(&written_clauses, &written_rules, &mut document);
    rules_have_rows(&written_rules, &written_clauses, &mut document);
    let general = general_rules(&head, &mut document);

    let name = needed(&head, "name", head.value.name.as_ref(), &mut document);
    let mut policy = Policy {
        name: name.unwrap_or_default(),
        title: head.value.title.as_ref().map(|title| title.get_ref().clone()).unwrap_or_default(),
        rules: rules.iter().flatten().cloned().chain(general).collect(),
        clauses,
        warnings: Vec::new(),
        file: file.to_owned(),
        source_text: text.to_owned(),
    };
    // Examples of a pack that is wrong elsewhere would only repeat what is wrong.
    if document.problems.is_empty() {
        let sample = sample.map(|sample| sample.value).unwrap_or_default();
        policy.warnings = example::run_all(&policy, &written_rules, &sample, &mut document);
    }
    if document.problems.is_empty() {
        return Ok(policy);
    }
    document.problems.sort_by_key(|problem| problem.line);
    Err(document.problems)
}

fn needed<T: Clone>(
    head: &Taken<written::Head>,
    key: &str,
    value: Option<&Spanned<T>>,
    document: &mut Document<'_>,
) -> Option<T> {
    if value.is_none() && !head.was_wrong(key) {
        document.wrong(
            0..0,
            &format!("the pack has no {key}"),
            &format!("{key} = ..., at the top: there is no silent default"),
        );
    }
    value.map(|value| value.get_ref().clone())
}

fn ids_are_unique(rules: &[Taken<written::Rule>], document: &mut Document<'_>) {
    let mut seen: BTreeMap<&str, u32> =
        BTreeMap::from([("unreadable", 0), ("protected", 0), ("weak", 0), ("otherwise", 0)]);
    for id in rules.iter().filter_map(|rule| rule.value.id.as_ref()) {
        let line = document.line(id.span().start);
        let simple = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.get_ref().is_empty() || !id.get_ref().chars().all(simple) {
            document.wrong(id.span(), "this cannot be the name of a rule", "small letters, digits and hyphens");
        }
        match seen.insert(id.get_ref(), line) {
            Some(0) => document.wrong(id.span(), "this name belongs to a rule every policy has", "another name"),
            Some(first) => {
                document.wrong(
                    id.span(),
                    &format!("another rule has this name already (line {first})"),
                    "another name",
                );
            }
            None => {}
        }
    }
}

fn clauses(
    written: &[Taken<written::Clause>],
    rules: &[Taken<written::Rule>],
    document: &mut Document<'_>,
) -> Vec<Clause> {
    let known: BTreeSet<&str> =
        rules.iter().filter_map(|rule| rule.value.id.as_ref()).map(|id| id.get_ref().as_str()).collect();
    let mut seen = BTreeSet::new();
    let mut clauses = Vec::new();
    for row in written {
        let text =
            |value: &Option<Spanned<String>>| value.as_ref().map(|value| value.get_ref().clone()).unwrap_or_default();
        let (id, asks) = (text(&row.value.id), text(&row.value.asks));
        for (key, value) in [("id", &id), ("asks", &asks)] {
            if value.is_empty() && !row.was_wrong(key) {
                document.wrong(
                    row.span.clone(),
                    &format!("the clause has no {key}"),
                    "id = its number, asks = what it asks in a line",
                );
            }
        }
        if !seen.insert((id.clone(), asks.clone())) {
            document.wrong(row.span.clone(), "this clause is listed twice", "one row for each");
        }
        for rule in row.value.rules.iter().filter(|rule| !known.contains(rule.get_ref().as_str())) {
            document.wrong(rule.span(), "the clause names a rule that is not in the pack", "the id of a rule");
        }
        let clause = Clause {
            id,
            asks,
            rules: row.value.rules.iter().map(|rule| rule.get_ref().clone()).collect(),
            waits_for: text(&row.value.waits_for),
            not_enforceable: text(&row.value.not_enforceable),
        };
        if clause.rules.is_empty() && clause.waits_for.is_empty() && clause.not_enforceable.is_empty() {
            document.wrong(
                row.span.clone(),
                "the clause does not say what becomes of it",
                "rules, waits_for or not_enforceable",
            );
        }
        clauses.push(clause);
    }
    clauses
}

/// Every rule stands for a clause, and that clause lists it.
fn rules_have_rows(rules: &[Taken<written::Rule>], rows: &[Taken<written::Clause>], document: &mut Document<'_>) {
    for rule in rules {
        let (Some(id), Some(clause)) = (&rule.value.id, &rule.value.clause) else { continue };
        let listed = rows.iter().any(|row| {
            row.value.id.as_ref().is_some_and(|id| id.get_ref() == clause.get_ref())
                && row.value.rules.iter().any(|rule| rule.get_ref() == id.get_ref())
        });
        if !listed {
            let right = format!("a [[clause]] with this id and rules = [\"{}\"]", id.get_ref());
            document.wrong(clause.span(), "no clause with this number lists the rule", &right);
        }
    }
}

/// The rules every policy has: what was not read, what is protected, and what no rule speaks about.
fn general_rules(head: &Taken<written::Head>, document: &mut Document<'_>) -> Vec<Rule> {
    let mut rules = Vec::new();
    if head.value.unreadable.is_none() {
        needed::<u8>(head, "unreadable", None, document);
    }
    if let Some(unreadable) = &head.value.unreadable {
        let line = document.line(unreadable.span().start);
        for (action, kinds) in by_action(unreadable.get_ref(), head.value.weak.is_some()) {
            rules.push(general(
                "unreadable",
                line,
                action,
                Subject::Gaps(kinds),
                "part of the message could not be read",
            ));
        }
    }
    let protected = needed(head, "protected", head.value.protected.as_ref(), document);
    if let (Some(action), Some(written)) = (protected, &head.value.protected) {
        let line = document.line(written.span().start);
        let kinds = Subject::Gaps(BTreeSet::from([GapKind::Protected]));
        rules.push(general("protected", line, meant(action), kinds, "part of the message is encrypted"));
    }
    if let Some(weak) = &head.value.weak {
        let line = document.line(weak.span().start);
        let kinds = Subject::Gaps(BTreeSet::from([GapKind::Weak]));
        let say = "part of the message is encrypted in a way that is easily broken";
        rules.push(general("weak", line, meant(*weak.get_ref()), kinds, say));
    }
    let otherwise = needed(head, "otherwise", head.value.otherwise.as_ref(), document);
    if let (Some(Otherwise::Hold), Some(written)) = (otherwise, &head.value.otherwise) {
        let line = document.line(written.span().start);
        let say = "mail of this kind waits for somebody to look at it";
        rules.push(Rule { scope: Scope::Recipient, ..general("otherwise", line, Action::Hold, Subject::Nothing, say) });
    }
    rules
}

/// What is weakly encrypted is not read either, unless the pack has a word of its own for it.
fn by_action(unreadable: &Unreadable, weak_has_its_own: bool) -> BTreeMap<Action, BTreeSet<GapKind>> {
    let each = match unreadable {
        Unreadable::All(action) => [*action; 5],
        Unreadable::Each(each) => [each.broken, each.unsupported, each.limit, each.exhausted, each.unsupported],
    };
    let kinds = [GapKind::Broken, GapKind::Unsupported, GapKind::Limit, GapKind::Exhausted, GapKind::Weak];
    let mut by_action: BTreeMap<Action, BTreeSet<GapKind>> = BTreeMap::new();
    for (action, kind) in each.into_iter().zip(kinds).filter(|(_, kind)| *kind != GapKind::Weak || !weak_has_its_own) {
        by_action.entry(meant(action)).or_default().insert(kind);
    }
    by_action
}

const fn meant(action: GapAction) -> Action {
    match action {
        GapAction::Note => Action::Note,
        GapAction::Warn => Action::Warn,
        GapAction::Hold => Action::Hold,
        GapAction::Reject => Action::Reject,
    }
}

fn general(id: &str, line: u32, action: Action, subject: Subject, say: &str) -> Rule {
    Rule {
        id: id.to_owned(),
        line,
        clause: id.to_owned(),
        subject,
        senders: Senders {
            groups: Vec::new(),
            except: Vec::new(),
            classes: BTreeSet::from([SenderClass::Staff, SenderClass::SharedMailbox]),
            directions: BTreeSet::from([Direction::Outgoing]),
        },
        to: vec![Whom::Any],
        except_to: Vec::new(),
        scope: Scope::Message,
        action,
        rewrites: BTreeSet::new(),
        on_collision: Action::Hold,
        max_defer: MaxDefer::default(),
        say: say.to_owned(),
        advice: String::new(),
        reviewer: "reviewer".to_owned(),
        finds: 0,
        passes: 0,
    }
}
