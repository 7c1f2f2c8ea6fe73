//! Recall and false alarms of pupils' names over a shared set of messages, where that set is present.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

use exeat::checks::{View, pupil_names};
use exeat::finding::{Confidence, Finding};
use exeat::mail::Envelope;
use exeat::mail::fold::fold;
use exeat::mail::parts::{Limits, take_apart};
use exeat::school::lists::PERSONAL_MAIL;
use exeat::school::roster::{Columns, Roster};
use exeat::school::{AddressList, Lists, School};
use exeat::source::{Direction, Origin, SenderClass};
use std::path::PathBuf;

fn sample() -> Option<PathBuf> {
    let shared = std::env::var_os("EXEAT_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    Some(shared.join("data/eval_sample")).filter(|folder| folder.is_dir())
}

fn names(school: &School, raw: &[u8]) -> Vec<Finding> {
    let tree = take_apart(raw, &Limits::default());
    let folded = fold(&tree);
    let origin = Origin { direction: Direction::Outgoing, class: SenderClass::Staff, source: None, sender: None };
    let envelope = Envelope::default();
    let now = "2025-06-10T09:00:00Z".parse().unwrap();
    let mut findings = Vec::new();
    let view = View { envelope: &envelope, origin: &origin, tree: &tree, folded: &folded, school, now };
    (pupil_names::CHECK.look)(&view, &mut findings);
    findings
}

/// Places this test does not ask for: files that are opened elsewhere.
fn is_text(location: &str) -> bool {
    let Some(file) = location.strip_prefix("att:") else { return true };
    [".txt", ".csv", ".html", ".htm", ".eml"].iter().any(|end| file.ends_with(end))
}

#[test]
fn planted_names_are_found_and_nothing_else() {
    let Some(folder) = sample() else {
        println!("skipped: no shared messages");
        return;
    };
    let roster = std::fs::read(folder.join("roster.csv")).unwrap();
    let (roster, problems) = Roster::read(&roster, &Columns::default(), "roster.csv");
    assert!(problems.iter().all(|problem| problem.warning), "{problems:?}");
    let lists = Lists { personal_mail: AddressList::read(PERSONAL_MAIL.lines()), ..Lists::built_in() };
    let school = School { roster, lists, ..School::default() };
    let (mut planted, mut missed, mut alarms) = (0, Vec::new(), Vec::new());
    for row in std::fs::read_to_string(folder.join("truth.jsonl")).unwrap().lines() {
        let truth: serde_json::Value = serde_json::from_str(row).unwrap();
        let word = |key: &str| truth[key].as_str().unwrap_or_default();
        if truth["kind"] != "name" || word("tier") == "info" || !is_text(word("location")) {
            continue;
        }
        let findings = names(&school, &std::fs::read(folder.join("eml").join(word("file"))).unwrap());
        let sure = findings.iter().filter(|finding| finding.confidence >= Confidence::Medium);
        let sure: Vec<&str> = sure.map(|finding| school.roster.pupil(finding.pupil.unwrap()).unwrap().id()).collect();
        let wanted: Vec<&str> = truth["pupil_ids_ok"].as_array().unwrap().iter().filter_map(|id| id.as_str()).collect();
        let label = || format!("{} {}", word("file"), word("category"));
        match word("expect") {
            "flag" => {
                planted += 1;
                if !sure.iter().any(|found| wanted.contains(found)) {
                    missed.push(label());
                }
                if sure.iter().any(|found| !wanted.contains(found)) {
                    alarms.push(label());
                }
            }
            _ if word("tier") == "neg-core" && !sure.is_empty() => alarms.push(label()),
            _ => {}
        }
    }
    println!("{planted} planted, missed {missed:?}, false alarms {alarms:?}");
    assert!(planted > 50);
    assert!(missed.is_empty() && alarms.is_empty(), "missed {missed:?}, false alarms {alarms:?}");
}
