//! Cases from tables: `tests/detection/*.toml`.

use super::letter::*;
use super::world::*;
use exeat::finding::Confidence;
use exeat::source::SenderClass;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The checks whose findings are compared.
    checks: Vec<String>,
    /// Kinds that nearly every message has; cases give their measure instead.
    #[serde(default)]
    counts: Vec<String>,
    case: Vec<Case>,
}

/// One message, written whole (`raw`) or by its text, and what is found in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    raw: Option<String>,
    #[serde(default)]
    subject: String,
    /// Header fields beside the usual ones.
    #[serde(default)]
    fields: String,
    body: Option<String>,
    html: Option<String>,
    csv: Option<String>,
    #[serde(default)]
    file_name: String,
    from: Option<String>,
    to: Option<Vec<String>>,
    at: Option<String>,
    class: Option<SenderClass>,
    /// `kind place`, with ` pupil` behind it where the finding names one; in any order, each once.
    find: Vec<String>,
    /// Measures of kinds that the case asks for.
    #[serde(default)]
    measures: BTreeMap<String, u64>,
    /// The strongest action of the pack, where the case asks for it.
    action: Option<String>,
}

impl Case {
    fn raw(&self) -> Vec<u8> {
        if let Some(raw) = &self.raw {
            return lines(raw).into_bytes();
        }
        let fields = if self.subject.is_empty() {
            lines(&self.fields)
        } else {
            format!("Subject: {}\r\n{}", self.subject, lines(&self.fields))
        };
        let usual = if self.fields.contains("To:") { "" } else { "To: <office@school.example>\r\n" };
        let fields = fields + usual;
        let body = lines(self.body.as_deref().unwrap_or_default());
        if let Some(csv) = &self.csv {
            return with_file("text/csv", "list.csv", csv.as_bytes());
        }
        if !self.file_name.is_empty() {
            return with_file("application/pdf", &self.file_name, b"%PDF-1.4\n");
        }
        match &self.html {
            Some(html) => message(&format!("{fields}Content-Type: text/html; charset=utf-8\r\n"), html.as_bytes()),
            None => message(&format!("{fields}Content-Type: text/plain; charset=utf-8\r\n"), body.as_bytes()),
        }
    }

    fn sending(&self) -> Sending {
        let usual = Sending::default();
        Sending {
            from: self.from.clone().unwrap_or(usual.from),
            to: self.to.clone().unwrap_or(usual.to),
            at: self.at.clone().unwrap_or(usual.at),
            class: self.class.unwrap_or(usual.class),
        }
    }
}

#[test]
fn tables_of_cases() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/detection");
    let mut wrong = Vec::new();
    let mut tried = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let table: Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap_or_else(|e| panic!("{e}"));
        for case in &table.case {
            tried += 1;
            let seen = see(&case.raw(), &case.sending());
            let mut found: Vec<String> = seen
                .inspection
                .findings
                .iter()
                .filter(|finding| table.checks.iter().any(|check| check == finding.check))
                .filter(|finding| finding.confidence >= Confidence::Medium)
                .filter(|finding| !table.counts.iter().any(|kind| kind == finding.kind))
                .map(|finding| {
                    let place = finding.place.map_or("message", |place| place.name());
                    let pupil = finding.pupil.map_or_else(String::new, |pupil| format!(" {}", id(pupil)));
                    format!("{} {place}{pupil}", finding.kind)
                })
                .collect();
            found.sort();
            found.dedup();
            let mut right = case.find.clone();
            right.sort();
            let file = path.file_name().unwrap().to_string_lossy();
            if found != right {
                wrong.push(format!("{file}: {}: found {found:?}, right {right:?}", case.why));
            }
            for (kind, right) in &case.measures {
                let of_kind = seen.inspection.findings.iter().filter(|finding| finding.kind == kind);
                let largest = of_kind.map(|finding| finding.measure).max().unwrap_or(0);
                if largest != *right {
                    wrong.push(format!("{file}: {}: {kind} is {largest}, right {right}", case.why));
                }
            }
            if case.action.as_deref().is_some_and(|action| action != seen.action()) {
                wrong.push(format!("{file}: {}: {} instead of {:?}", case.why, seen.action(), case.action));
            }
        }
    }
    assert!(tried > 10, "{tried} cases");
    assert!(wrong.is_empty(), "{} of {tried} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
