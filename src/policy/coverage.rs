//! The coverage table: what each clause asks, and what became of it.

use super::{Policy, Rule};
use std::fmt::Write;

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Number or heading of the clause.
    pub clause: String,
    /// What it asks.
    pub asks: String,
    /// Rule id; empty where none enforces the clause.
    pub rule: String,
    /// What the rule does; or what the clause waits for, or why no relay can enforce it.
    pub action: String,
    /// Number of `find` and `pass` examples.
    pub tests: (usize, usize),
}

/// What becomes of each clause: a row for each rule of a clause, and one for what is not enforced.
#[must_use]
pub fn coverage(policy: &Policy) -> Vec<Row> {
    let mut rows = Vec::new();
    for clause in &policy.clauses {
        let row = |rule: &str, action: String, tests| Row {
            clause: clause.id.clone(),
            asks: clause.asks.clone(),
            rule: rule.to_owned(),
            action,
            tests,
        };
        for rule in clause.rules.iter().filter_map(|id| policy.rule(id)) {
            rows.push(row(&rule.id, action(rule), (rule.finds, rule.passes)));
        }
        if !clause.waits_for.is_empty() {
            rows.push(row("", format!("waits for: {}", clause.waits_for), (0, 0)));
        }
        if !clause.not_enforceable.is_empty() {
            rows.push(row("", format!("not at the relay: {}", clause.not_enforceable), (0, 0)));
        }
    }
    rows
}

/// The table as text. `internal_passes`: whether the school's internal mail passes the relay
/// (`None`: the layout is not known).
#[must_use]
pub fn render(policy: &Policy, internal_passes: Option<bool>) -> String {
    let rows = coverage(policy);
    let mut text = format!("{}: {}\n\n", policy.name, policy.title);
    let wide = |of: fn(&Row) -> usize, most: usize| rows.iter().map(of).max().unwrap_or(0).clamp(6, most);
    let clause = wide(|row| row.clause.chars().count(), 24);
    let rule = wide(|row| row.rule.chars().count(), 36);
    let asks = wide(|row| row.asks.chars().count(), 60);
    let _ = writeln!(text, "{:clause$}  {:asks$}  {:rule$}  {:>9}  action", "clause", "asks", "rule", "tests");
    let mut before = None;
    for row in &rows {
        let same = before == Some((&row.clause, &row.asks));
        before = Some((&row.clause, &row.asks));
        let tests = if row.rule.is_empty() { "-".to_owned() } else { format!("{}+ {}-", row.tests.0, row.tests.1) };
        let (id, words) = if same { ("", "") } else { (row.clause.as_str(), row.asks.as_str()) };
        let name = if row.rule.is_empty() { "-" } else { &row.rule };
        let _ = writeln!(
            text,
            "{:clause$}  {:asks$}  {name:rule$}  {tests:>9}  {}",
            cut(id, clause),
            cut(words, asks),
            row.action
        );
    }
    let enforced = policy.clauses.iter().filter(|clause| !clause.rules.is_empty()).count();
    let _ =
        writeln!(text, "\n{enforced} of {} clauses have rules; {} rules.", policy.clauses.len(), policy.rules.len());
    text += match internal_passes {
        Some(true) => "Internal mail passes the relay and is judged where a rule says so.\n",
        Some(false) => "Internal mail does not pass the relay: rules for it never see it.\n",
        None => "Internal mail is judged only where it passes the relay.\n",
    };
    text
}

fn action(rule: &Rule) -> String {
    if rule.rewrites.is_empty() {
        return rule.action.name().to_owned();
    }
    let changes: Vec<&str> = rule.rewrites.iter().map(|rewrite| rewrite.name()).collect();
    format!("{} ({})", rule.action.name(), changes.join(", "))
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}
