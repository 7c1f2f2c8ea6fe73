//! Identifiers, bank details, addresses, telephone numbers, credentials, and what is said of pupils.
//!
//! One pass over the folded text looks for digits; what can be made of the letters and digits around
//! one is then decided by check digits and by the words near by. A second pass looks for passwords. Words about needs,
//! health, behaviour or marks are read only where a pupil is identified, so that all other text costs nothing.

mod addresses;
mod bank;
mod candidate;
mod clues;
mod contacts;
mod credential_words;
mod credentials;
mod dates;
mod disguised;
mod documents;
mod health_and_tax;
mod hits;
mod homes;
mod iban;
mod known;
mod mailboxes;
mod numbers;
mod phones;
mod pupil_numbers;
mod sensitive;
mod stretch;
mod tables;
mod ways_in;

use super::{Check, View};
use crate::finding::{Confidence, Finding};
use crate::mail::parts::{GapKind, Tree};
use clues::Clue;
use hits::{Collector, Hit, narrow};
use std::ops::Range;

/// What can be found: identifiers and ways to reach a person, and behind them what is said of pupils.
const KINDS: &[&str] = &[
    "upn",
    "uln",
    "uci",
    "nino",
    "nhs_number",
    "card",
    "iban",
    "bank_account",
    "date_of_birth",
    "address",
    "phone",
    "private_phone",
    "private_email",
    "credentials",
    "password_beside_protected",
    "driving_licence",
    "passport",
    "utr",
    "special_needs",
    "safeguarding",
    "health",
    "circumstances",
    "characteristics",
    "attendance",
    "behaviour",
    "assessment",
    "pupil_table",
];
/// So many of them are no words about a pupil.
const NUMBERS: usize = 18;

/// Kinds of what is said of pupils, alone or in tables.
pub const SAID: &[&str] = KINDS.split_at(NUMBERS).1;

/// The check's entry in the roll call.
pub const CHECK: Check = Check { name: "personal_data", kinds: KINDS, look };

fn look(view: &View<'_>, findings: &mut Vec<Finding>) {
    let headings = tables::Headings::new(view.tree);
    let mut collector = Collector::new(view, &headings);
    let pupils = known::Pupils::new(findings);
    let forms = numbers::find(view, &headings, pupils, &mut collector);
    find_credentials(view, &headings, &mut collector);
    mailboxes::find(view, |hit| collector.add(hit));
    let mut found = collector.finish();
    let (tables, told) = sensitive::tables::find(view, &headings, findings);
    let mut collector = Collector::new(view, &headings);
    sensitive::find(view, &headings, (findings, &found), &forms, &told, &mut collector);
    found.extend(tables);
    found.extend(collector.finish());
    find_disguised(view, &headings, findings, &mut found);
    if something_is_protected(view.tree) {
        tell_beside(&mut found);
    }
    findings.extend(found);
}

/// A password that travels with what it protects protects nothing: that is said of it, and once, however often it stands
/// in the message.
fn tell_beside(found: &mut Vec<Finding>) {
    let Some(first) = found.iter_mut().find(|finding| finding.kind == "credentials") else { return };
    first.kind = "password_beside_protected";
    let value = first.value;
    found.retain(|finding| finding.kind != "credentials" || finding.value != value);
}

/// A file, a file in an archive, or something in the text, be it weakly.
fn something_is_protected(tree: &Tree) -> bool {
    let closed = |kind| matches!(kind, GapKind::Protected | GapKind::Weak);
    tree.parts.iter().any(|part| part.sealed.is_some()) || tree.gaps.iter().any(|gap| closed(gap.kind))
}

/// Numbers that are none until letters of another alphabet are read as they look.
fn find_disguised(view: &View<'_>, headings: &tables::Headings<'_>, findings: &[Finding], found: &mut Vec<Finding>) {
    let Some(unmasked) = disguised::unmask(view.folded) else { return };
    let view = View { folded: &unmasked, ..*view };
    let mut collector = Collector::new(&view, headings);
    numbers::find(&view, headings, known::Pupils::new(findings), &mut collector);
    for finding in collector.finish() {
        let Some(span) = finding.span.clone() else { continue };
        let written = view.tree.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let overlaps =
            |other: &Finding| other.span.as_ref().is_some_and(|other| other.start < span.end && span.start < other.end);
        if disguised::is_disguised(written) && !found.iter().any(overlaps) {
            found.push(Finding { disguised: true, ..finding });
        }
    }
}

fn find_credentials(view: &View<'_>, headings: &tables::Headings<'_>, collector: &mut Collector<'_>) {
    let folded = view.folded;
    let written = |range: Range<usize>| {
        let span = folded.back(narrow(range.start)..narrow(range.end));
        view.tree.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    };
    for secret in credentials::find(folded.text.as_bytes(), written) {
        let value = folded.text.as_bytes().get(secret.value.clone()).unwrap_or_default();
        collector.add(&Hit::secret("credentials", secret.value, secret.confidence, value));
    }
    for cell in headings.cells_of(Clue::Secret) {
        let typed = view.tree.text.get(cell.text.start as usize..cell.text.end as usize).unwrap_or_default().trim();
        if credentials::is_cell_value(typed.to_ascii_lowercase().as_bytes()) {
            let hit = Hit::secret("credentials", 0..0, Confidence::High, typed.as_bytes());
            collector.add_span(&hit, &cell.text);
        }
    }
}
