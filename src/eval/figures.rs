//! Counts, shares, the table and the JSON.

use super::matching::{Outcome, Result};
use super::truth::{Item, Subject};
use crate::finding::Confidence;
use crate::mail::parts::Place;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Counts of one class, or of all classes of one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Planted to be found.
    pub planted: u64,
    /// Of them found.
    pub found: u64,
    /// Controls.
    pub controls: u64,
    /// Of them those that fired.
    pub fired: u64,
    /// Findings of nothing that was planted.
    pub alarms: u64,
}

impl Share {
    /// How much of what was planted was found; `None` where nothing was.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        ratio(self.found, self.planted)
    }
    /// How many findings were right; `None` where there was none.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        ratio(self.found, self.found + self.alarms)
    }
    /// The harmonic mean of both.
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        ratio(2 * self.found, self.planted + self.found + self.alarms)
    }

    fn add(&mut self, result: Result) {
        match result {
            Result::Found => (self.planted, self.found) = (self.planted + 1, self.found + 1),
            Result::Missed => self.planted += 1,
            Result::Quiet => self.controls += 1,
            Result::Fired => (self.controls, self.fired) = (self.controls + 1, self.fired + 1),
        }
    }

    fn json(&self) -> Map<String, Value> {
        let fields = json!({
            "planted": self.planted,
            "found": self.found,
            "missed": self.planted - self.found,
            "controls": self.controls,
            "fired": self.fired,
            "false_alarms": self.alarms,
            "recall": self.recall(),
            "precision": self.precision(),
            "f1": self.f1(),
        });
        if let Value::Object(fields) = fields { fields } else { Map::new() }
    }
}

#[allow(clippy::cast_precision_loss)] // counts of messages fit an f64 exactly
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Something missed, or a false alarm, with its message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    file: String,
    category: String,
    what: String,
    place: String,
    sample: String,
    why: Vec<String>,
}

/// What came of all messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    confidence: Confidence,
    messages: u64,
    clean: u64,
    clean_alarms: BTreeMap<Subject, u64>,
    subjects: BTreeMap<Subject, Share>,
    /// By subject, name of the class, and whether the totals count it.
    classes: BTreeMap<(Subject, String, bool), Share>,
    missed: Vec<Fault>,
    alarms: Vec<Fault>,
}

impl Figures {
    /// None yet.
    #[must_use]
    pub fn new(confidence: Confidence) -> Self {
        Self {
            confidence,
            messages: 0,
            clean: 0,
            clean_alarms: BTreeMap::new(),
            subjects: BTreeMap::new(),
            classes: BTreeMap::new(),
            missed: Vec::new(),
            alarms: Vec::new(),
        }
    }

    /// Counts one message.
    pub fn add(&mut self, file: &str, items: &[Item], outcome: &Outcome) {
        self.messages += 1;
        let clean = !items.iter().any(|item| item.positive);
        self.clean += u64::from(clean);
        for (item, &result) in items.iter().zip(&outcome.results) {
            let class = (item.subject, item.category.clone(), item.counted);
            self.classes.entry(class).or_default().add(result);
            if item.counted {
                self.subjects.entry(item.subject).or_default().add(result);
            }
            if result == Result::Missed || (result == Result::Fired && item.subject == Subject::Encryption) {
                let what = if result == Result::Missed { item.subject.name() } else { "taken for protected" };
                let fault = Fault {
                    file: file.to_owned(),
                    category: item.category.clone(),
                    what: what.to_owned(),
                    place: item.place.clone(),
                    sample: String::new(),
                    why: outcome.gaps.clone(),
                };
                if result == Result::Missed { self.missed.push(fault) } else { self.alarms.push(fault) }
            }
        }
        // A message that is only reported says nothing about alarms either.
        if !items.is_empty() && items.iter().all(|item| !item.counted) {
            return;
        }
        for alarm in &outcome.alarms {
            self.subjects.entry(alarm.subject).or_default().alarms += 1;
            if clean {
                *self.clean_alarms.entry(alarm.subject).or_default() += 1;
            }
            let item = alarm.item.and_then(|item| items.get(item));
            let category = item.map_or("(no line)", |item| item.category.as_str());
            if let Some(item) = item {
                let class = (item.subject, item.category.clone(), item.counted);
                self.classes.entry(class).or_default().alarms += 1;
            }
            self.alarms.push(Fault {
                file: file.to_owned(),
                category: category.to_owned(),
                what: alarm.kind.to_owned(),
                place: alarm.place.map_or("message", Place::name).to_owned()
                    + &alarm.line.map_or_else(String::new, |line| format!(", line {line}")),
                sample: alarm.masked.clone(),
                why: Vec::new(),
            });
        }
    }

    /// The counts of one subject.
    #[must_use]
    pub fn of(&self, subject: Subject) -> Share {
        self.subjects.get(&subject).copied().unwrap_or_default()
    }

    /// Whether everything was found, and nothing else.
    #[must_use]
    pub fn is_perfect(&self) -> bool {
        self.subjects.values().all(|share| share.found == share.planted && share.alarms == 0 && share.fired == 0)
    }

    fn per_thousand(&self, subject: Option<Subject>) -> Option<f64> {
        let of = |wanted: &&Subject| subject.is_none_or(|subject| subject == **wanted);
        let alarms = self.clean_alarms.iter().filter(|(found, _)| of(found)).map(|(_, count)| count).sum::<u64>();
        ratio(alarms * 1_000, self.clean)
    }

    /// A table for people; on request with what was missed, message by message.
    #[must_use]
    pub fn table(&self, faults: bool) -> String {
        let mut out = String::new();
        let width = self.classes.keys().map(|(_, class, _)| class.chars().count() + 3).max().unwrap_or(0).max(12);
        let _ = writeln!(
            out,
            "{:width$} {:>7} {:>7} {:>8} {:>8} {:>7} {:>7} {:>9} {:>7}",
            "", "planted", "found", "controls", "alarms", "recall", "precis.", "F1", ""
        );
        for subject in Subject::ALL {
            let Some(share) = self.subjects.get(&subject) else { continue };
            let _ = writeln!(out, "{}", row(subject.name(), share, width, ""));
            for ((of, class, counted), share) in &self.classes {
                if *of == subject {
                    let mark = if *counted { "" } else { "not counted" };
                    let _ = writeln!(out, "{}", row(&format!("  {class}"), share, width, mark));
                }
            }
        }
        let share = |subject| self.per_thousand(subject).map_or_else(|| "-".to_owned(), |share| format!("{share:.2}"));
        let _ = write!(
            out,
            "{} messages, {} of them clean; confidence {} and up\nfalse alarms per 1,000 clean messages: {} (names {}, identifiers {})",
            self.messages,
            self.clean,
            self.confidence.name(),
            share(None),
            share(Some(Subject::Name)),
            share(Some(Subject::Identifier))
        );
        if faults {
            for (title, faults) in [("Missed", &self.missed), ("False alarms", &self.alarms)] {
                let _ = write!(out, "\n\n{title}: {}", faults.len());
                for fault in faults {
                    let _ = write!(out, "\n  {} {}: {} in {}", fault.file, fault.category, fault.what, fault.place);
                    if !fault.sample.is_empty() {
                        let _ = write!(out, ": {}", fault.sample);
                    }
                    if !fault.why.is_empty() {
                        let _ = write!(out, " (not read: {})", fault.why.join("; "));
                    }
                }
            }
        }
        out
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self, faults: bool) -> Value {
        let classes = self.classes.iter().map(|((subject, class, counted), share)| {
            let mut fields = share.json();
            fields.insert("kind".into(), json!(subject.name()));
            fields.insert("category".into(), json!(class));
            fields.insert("counted".into(), json!(counted));
            Value::Object(fields)
        });
        let subjects: Map<String, Value> =
            self.subjects.iter().map(|(subject, share)| (subject.name().to_owned(), share.json().into())).collect();
        let mut whole = json!({
            "messages": self.messages,
            "clean_messages": self.clean,
            "confidence": self.confidence.name(),
            "kinds": subjects,
            "categories": classes.collect::<Vec<_>>(),
            "false_alarms_per_1000_clean": {
                "all": self.per_thousand(None),
                "name": self.per_thousand(Some(Subject::Name)),
                "identifier": self.per_thousand(Some(Subject::Identifier)),
            },
        });
        if faults && let Value::Object(fields) = &mut whole {
            fields.insert("misses".into(), self.missed.iter().map(Fault::json).collect());
            fields.insert("false_alarms".into(), self.alarms.iter().map(Fault::json).collect());
        }
        whole
    }
}

impl Fault {
    fn json(&self) -> Value {
        json!({
            "file": self.file,
            "category": self.category,
            "what": self.what,
            "where": self.place,
            "masked": self.sample,
            "not_read": self.why,
        })
    }
}

fn row(name: &str, share: &Share, width: usize, mark: &str) -> String {
    let percent = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{:.2}%", share * 100.0));
    let row = format!(
        "{name:width$} {:>7} {:>7} {:>8} {:>8} {:>7} {:>7} {:>9} {mark}",
        share.planted,
        share.found,
        share.controls,
        share.alarms,
        percent(share.recall()),
        percent(share.precision()),
        percent(share.f1())
    );
    row.trim_end().to_owned()
}
