//! Recall and false alarms over shared sets of messages, where they are present.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

use exeat::finding::{Confidence, Finding};
use exeat::inspect::inspect;
use exeat::mail::Envelope;
use exeat::mail::parts::{GapKind, Limits, Tree, take_apart};
use exeat::school::lists::PERSONAL_MAIL;
use exeat::school::roster::{Columns, Roster};
use exeat::school::{AddressList, Lists, School};
use exeat::source::{Direction, Origin, SenderClass};
use std::path::{Path, PathBuf};

fn data(folder: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("EXEAT_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let found = Some(shared.join("data").join(folder)).filter(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: no shared messages");
    }
    found
}

/// What every check finds in a message with at least medium confidence.
fn see(school: &School, raw: &[u8]) -> (Tree, Vec<Finding>) {
    let tree = take_apart(raw, &Limits::default());
    let origin = Origin { direction: Direction::Outgoing, class: SenderClass::Staff, source: None, sender: None };
    let now = "2025-06-10T09:00:00Z".parse().unwrap();
    let (_, inspection) = inspect(&tree, &Envelope::default(), &origin, school, now);
    let sure = inspection.findings.into_iter().filter(|finding| finding.confidence >= Confidence::Medium);
    (tree, sure.collect())
}

fn school(roster: &[u8]) -> School {
    let (roster, problems) = Roster::read(roster, &Columns::default(), "roster.csv");
    assert!(problems.iter().all(|problem| problem.warning), "{problems:?}");
    let lists = Lists { personal_mail: AddressList::read(PERSONAL_MAIL.lines()), ..Lists::built_in() };
    School { roster, lists, ..School::default() }
}

fn truths(folder: &Path) -> Vec<serde_json::Value> {
    let rows = std::fs::read_to_string(folder.join("truth.jsonl")).unwrap();
    rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
}

/// Places this test does not ask for: files that are opened elsewhere.
fn is_text(location: &str) -> bool {
    let Some(file) = location.strip_prefix("att:") else { return true };
    [".txt", ".csv", ".html", ".htm", ".eml"].iter().any(|end| file.ends_with(end))
}

#[test]
fn planted_names_are_found_and_nothing_else() {
    let Some(folder) = data("eval_sample") else { return };
    let school = school(&std::fs::read(folder.join("roster.csv")).unwrap());
    let (mut planted, mut missed, mut alarms) = (0, Vec::new(), Vec::new());
    for truth in truths(&folder) {
        let word = |key: &str| truth[key].as_str().unwrap_or_default();
        if truth["kind"] != "name" || word("tier") == "info" || !is_text(word("location")) {
            continue;
        }
        let (_, findings) = see(&school, &std::fs::read(folder.join("eml").join(word("file"))).unwrap());
        let sure = findings.iter().filter(|finding| finding.check == "pupil_names");
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

/// What kind of finding a category of the set asks for.
fn kind_of(category: &str) -> &'static str {
    match category {
        "id.nino" | "id.nino_spaced" => "nino",
        "id.nhs_plain" | "id.nhs_spaced" => "nhs_number",
        "id.upn" => "upn",
        _ => "",
    }
}

#[test]
fn planted_numbers_are_found_and_protected_files_known() {
    let Some(folder) = data("eval_sample") else { return };
    let school = school(&std::fs::read(folder.join("roster.csv")).unwrap());
    let mut wrong = Vec::new();
    let mut tried = 0;
    for truth in truths(&folder) {
        let word = |key: &str| truth[key].as_str().unwrap_or_default();
        let raw = std::fs::read(folder.join("eml").join(word("file"))).unwrap();
        let (tree, findings) = see(&school, &raw);
        let numbers: Vec<&str> =
            findings.iter().filter(|finding| finding.check == "personal_data").map(|finding| finding.kind).collect();
        let right = match (word("kind"), word("expect")) {
            ("identifier", "flag") => numbers.contains(&kind_of(word("category"))),
            // A telephone number is one, and nothing else.
            ("identifier", _) => numbers.iter().all(|kind| *kind == "phone"),
            // Whether a PDF file opens without a password is asked where PDF files are opened.
            ("encryption", _) if word("category").contains("pdf") => continue,
            ("encryption", _) => {
                tree.parts.iter().any(|part| part.sealed.is_some())
                    && tree.gaps.iter().any(|gap| matches!(gap.kind, GapKind::Protected | GapKind::Weak))
            }
            _ => continue,
        };
        tried += 1;
        if !right {
            wrong.push(format!("{} {}: {numbers:?}", word("file"), word("category")));
        }
    }
    println!("{tried} tried, wrong {wrong:?}");
    assert!(tried > 20);
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// A thousand invented pupils, drawn by weight from lists of names.
fn thousand(names: &Path) -> String {
    let draw = |file: &str, name: usize, weight: usize| -> Vec<(String, f64)> {
        let text = std::fs::read_to_string(names.join(file)).unwrap();
        let rows = text.lines().skip(1).filter_map(|row| {
            let columns: Vec<&str> = row.split('\t').collect();
            Some((columns.get(name)?.to_string(), columns.get(weight)?.parse().ok()?))
        });
        rows.collect()
    };
    let (forenames, surnames) = (draw("forenames.tsv", 0, 2), draw("surnames.tsv", 0, 1));
    let mut state = 7_u64;
    let mut pick = |list: &[(String, f64)]| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX);
        let mut left = share * list.iter().map(|(_, weight)| weight).sum::<f64>();
        let found = list.iter().find(|(_, weight)| {
            left -= weight;
            left <= 0.0
        });
        found.unwrap_or(&list[0]).0.clone()
    };
    let mut roster = "id,forename,surname,form\n".to_owned();
    for id in 0..1_000 {
        let (forename, surname) = (pick(&forenames), pick(&surnames));
        roster += &format!("{id},\"{forename}\",\"{surname}\",{}{}\n", 7 + id % 7, ["A", "B", "C"][id % 3]);
    }
    roster
}

fn files(folder: PathBuf) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { folders.push(entry) } else { found.push(entry) }
        }
    }
    found.sort();
    found
}

#[test]
fn ordinary_mail_of_others_alarms_nobody() {
    let (Some(names), Some(carriers), Some(mails)) = (data("names"), data("carriers"), data("emails")) else { return };
    let school = school(thousand(&names).as_bytes());
    let mut alarms = Vec::new();
    let (mut count, mut bytes) = (0, 0);
    for path in [files(carriers), files(mails)].concat() {
        let raw = std::fs::read(&path).unwrap();
        count += 1;
        bytes += raw.len();
        let (tree, findings) = see(&school, &raw);
        for finding in findings.iter().filter(|finding| ["pupil_names", "personal_data"].contains(&finding.check)) {
            let span = finding.span.clone().unwrap_or_default();
            let text = &tree.text[tree.text.floor_char_boundary((span.start as usize).saturating_sub(30))
                ..tree.text.ceil_char_boundary((span.end as usize + 30).min(tree.text.len()))];
            alarms.push(format!("{} {} {text:?}", path.file_name().unwrap().to_string_lossy(), finding.kind));
        }
    }
    println!("{count} messages, {bytes} bytes, {} findings:\n{}", alarms.len(), alarms.join("\n"));
    assert!(count > 100);
    assert!(alarms.len() * 50 <= count, "more than one in fifty");
}
