//! Findings of one message held against what was planted in it.

use super::truth::{Item, Subject};
use crate::checks::{personal_data, pupil_names};
use crate::finding::{Confidence, Finding, Inspection};
use crate::mail::parts::{FileKind, GapKind, Place, Tree};
use crate::private::Private;
use crate::school::School;
use unicode_normalization::UnicodeNormalization as _;

/// Telephone numbers are everywhere in school mail, and the shipped policies do not act on them.
const NO_ALARM: &str = "phone";

/// A summary of a table.
const TABLE: &str = "pupil_table";

/// What was seen in one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    found: Vec<Found>,
    protected: bool,
    gaps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    subject: Subject,
    kind: &'static str,
    pupil: Option<String>,
    /// The letters and digits it stands on.
    letters: Private<String>,
    place: Option<Place>,
    line: Option<u32>,
    masked: String,
    confidence: Confidence,
    /// Of less confidence than was asked for: it serves what is to be found with less, and is no alarm.
    is_weak: bool,
}

impl Seen {
    /// What the checks found with at least this confidence, and what was not read.
    #[must_use]
    pub fn new(tree: &Tree, inspection: &Inspection, school: &School, least: Confidence) -> Self {
        let gaps = inspection.gaps.iter().filter(|gap| gap.kind != GapKind::Protected);
        Self {
            found: inspection.findings.iter().filter_map(|finding| found(tree, finding, school, least)).collect(),
            protected: is_protected(tree, inspection),
            gaps: gaps.map(|gap| format!("{}: {}", gap.kind.name(), gap.reason)).collect(),
        }
    }
}

/// A protected file, or an armoured text; an archive of which one file is protected is not.
fn is_protected(tree: &Tree, inspection: &Inspection) -> bool {
    let text = |part: u16| {
        let kind = tree.parts.get(usize::from(part)).map(|part| part.kind);
        kind.is_some_and(|kind| matches!(kind, FileKind::Text | FileKind::Html))
    };
    tree.parts.iter().any(|part| part.sealed.is_some())
        || inspection.gaps.iter().any(|gap| gap.kind == GapKind::Protected && text(gap.part))
}

fn found(tree: &Tree, finding: &Finding, school: &School, least: Confidence) -> Option<Found> {
    let subject = match finding.check {
        name if name == pupil_names::CHECK.name => Subject::Name,
        name if name == personal_data::CHECK.name => Subject::Identifier,
        _ => return None,
    };
    let span = finding.span.as_ref().map(|span| span.start as usize..span.end as usize);
    let pupil = finding.pupil.filter(|_| subject == Subject::Name).and_then(|id| school.roster.pupil(id));
    Some(Found {
        subject,
        kind: finding.kind,
        pupil: pupil.map(|pupil| pupil.id().to_owned()),
        letters: Private::new(letters(span.and_then(|span| tree.text.get(span)).unwrap_or_default())),
        place: finding.place,
        line: finding.line,
        masked: finding.masked.as_str().to_owned(),
        confidence: finding.confidence,
        is_weak: finding.confidence < least,
    })
}

/// Letters and digits alone, without accents and in lower case.
fn letters(text: &str) -> String {
    text.nfkd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What became of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Result {
    /// To be found, and was.
    Found,
    /// To be found, and was not.
    Missed,
    /// A control that was quiet.
    Quiet,
    /// A control that fired.
    Fired,
}

/// A finding of nothing that was planted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What it takes it for.
    pub subject: Subject,
    /// The item it is counted with: the control that fired, else the first of the message.
    pub item: Option<usize>,
    /// Kind of the finding.
    pub kind: &'static str,
    /// Where it stands.
    pub place: Option<Place>,
    /// The line there.
    pub line: Option<u32>,
    /// A sample that may be shown.
    pub masked: String,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// In the order of the items.
    pub results: Vec<Result>,
    /// False alarms.
    pub alarms: Vec<Alarm>,
    /// What was not read, and why.
    pub gaps: Vec<String>,
}

/// Holds what was seen in a message against what was planted in it.
#[must_use]
pub fn hold_against(items: &[Item], seen: &Seen) -> Outcome {
    let mut used = vec![false; seen.found.len()];
    let mut results: Vec<Result> =
        items.iter().map(|item| if item.positive { Result::Missed } else { Result::Quiet }).collect();
    for by_letters in [true, false] {
        for (item, result) in items.iter().zip(&mut results) {
            if *result == Result::Missed && take(item, seen, &mut used, by_letters) {
                *result = Result::Found;
            }
        }
    }
    let mut alarms: Vec<Alarm> = Vec::new();
    let mut told: Vec<(&'static str, &Option<String>, &Private<String>)> = Vec::new();
    for (found, _) in seen.found.iter().zip(&used).filter(|(found, used)| !**used && !found.is_weak) {
        let told_already = if found.pupil.is_some() {
            told.iter().any(|(_, pupil, _)| **pupil == found.pupil)
        } else {
            told.iter().any(|(kind, _, letters)| *kind == found.kind && *letters == &found.letters)
        };
        let again = seen.found.iter().zip(&used).any(|(other, used)| {
            *used && other.kind == found.kind && other.pupil == found.pupil && other.letters == found.letters
        });
        if told_already || again || is_planted(items, found) {
            continue;
        }
        told.push((found.kind, &found.pupil, &found.letters));
        alarms.push(alarm(items, found));
    }
    for (item, result) in items.iter().zip(&mut results).filter(|(item, _)| !item.positive) {
        let fired = match item.subject {
            Subject::Encryption => {
                seen.protected && !items.iter().any(|other| other.positive && other.subject == Subject::Encryption)
            }
            subject => alarms.iter().any(|alarm| alarm.subject == subject),
        };
        if fired {
            *result = Result::Fired;
        }
    }
    Outcome { results, alarms, gaps: seen.gaps.clone() }
}

/// Takes the finding that serves an item: on the same letters first, then any that is right.
fn take(item: &Item, seen: &Seen, used: &mut [bool], by_letters: bool) -> bool {
    if item.subject == Subject::Encryption {
        return seen.protected;
    }
    let value = letters(item.value.expose());
    let mut free = seen.found.iter().zip(used).filter(|(_, used)| !**used);
    let right = free.find(|(found, _)| serves(item, found) && (!by_letters || *found.letters.expose() == value));
    right.is_some_and(|(_, used)| {
        *used = true;
        true
    })
}

fn serves(item: &Item, found: &Found) -> bool {
    let sure = !found.is_weak || item.least.is_some_and(|least| found.confidence >= least);
    if item.subject != found.subject || !sure {
        return false;
    }
    if item.subject == Subject::Name {
        return item.pupils.is_empty() || found.pupil.as_ref().is_some_and(|pupil| item.pupils.contains(pupil));
    }
    (item.kinds.is_empty() && found.kind != NO_ALARM) || item.kinds.contains(&found.kind)
}

/// A finding that repeats what was planted, or that nobody asks about.
fn is_planted(items: &[Item], found: &Found) -> bool {
    if found.kind == NO_ALARM && !items.iter().any(|item| item.kinds.contains(&NO_ALARM)) {
        return true;
    }
    let planted = |item: &&Item| item.positive;
    // A table that holds somebody planted is told of as a whole beside the name.
    if found.kind == TABLE && items.iter().any(|item| item.positive) {
        return true;
    }
    if found.pupil.is_some() {
        return items.iter().filter(planted).any(|item| item.subject == Subject::Name && serves(item, found));
    }
    let value = found.letters.expose();
    items.iter().filter(planted).any(|item| !value.is_empty() && letters(item.value.expose()).contains(value.as_str()))
}

fn alarm(items: &[Item], found: &Found) -> Alarm {
    let value = found.letters.expose();
    let control = |item: &&(usize, &Item)| !item.1.positive && item.1.subject == found.subject;
    let all: Vec<(usize, &Item)> = items.iter().enumerate().collect();
    let meant = all.iter().filter(control).find(|(_, item)| letters(item.value.expose()).contains(value.as_str()));
    let item = meant.or_else(|| all.iter().find(control)).or_else(|| all.first());
    Alarm {
        subject: found.subject,
        item: item.map(|(index, _)| *index),
        kind: found.kind,
        place: found.place,
        line: found.line,
        masked: found.masked.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Result, Seen, hold_against};
    use crate::eval::truth::{Item, Subject, Truth};
    use crate::finding::Confidence;
    use crate::private::Private;

    fn items(rows: &[&str]) -> Vec<Item> {
        let text: String = rows.iter().map(|row| format!("{{\"file\":\"a\",{row}}}\n")).collect();
        Truth::read(&text, "t").unwrap().messages.remove("a").unwrap()
    }

    fn name(pupil: &str) -> Found {
        let pupil = Some(pupil.to_owned());
        Found { subject: Subject::Name, kind: "full_name", pupil, ..number("", "full_name") }
    }

    fn number(letters: &str, kind: &'static str) -> Found {
        Found {
            subject: Subject::Identifier,
            kind,
            pupil: None,
            letters: Private::new(letters.to_owned()),
            place: None,
            line: None,
            masked: String::new(),
            confidence: Confidence::High,
            is_weak: false,
        }
    }

    fn weak(pupil: &str) -> Found {
        Found { confidence: Confidence::Low, is_weak: true, ..name(pupil) }
    }

    /// Why, the lines of the truth file, what was found, whether protected; results, and how many alarms.
    type Case<'a> = (&'a str, &'a [&'a str], &'a [Found], bool, &'a [Result], usize);

    #[test]
    fn findings_and_items_are_matched() {
        let p1 = r#""kind":"name","pupil_id":"P1","category":"c","is_positive":true"#;
        let p1_low = r#""kind":"name","pupil_id":"P1","category":"c","is_positive":true,"confidence":"low""#;
        let quiet = r#""kind":"name","category":"c","is_positive":false"#;
        let nino = |value: &str| format!(r#""kind":"nino","surface":"{value}","category":"c","is_positive":true"#);
        let (one, two) = (nino("AB 12 34 56 C"), nino("CE123456D"));
        let no_number = r#""kind":"identifier","category":"c","is_positive":false"#;
        let sealed = r#""kind":"encryption","category":"c","is_positive":true"#;
        let unsealed = r#""kind":"encryption","category":"c","is_positive":false"#;
        let table: &[Case<'_>] = &[
            ("nothing planted, nothing found", &[], &[], false, &[], 0),
            ("a finding in a clean message", &[], &[name("P1")], false, &[], 1),
            ("found", &[p1], &[name("P1")], false, &[Result::Found], 0),
            ("found twice is a repetition", &[p1], &[name("P1"), name("P1")], false, &[Result::Found], 0),
            ("found with too little confidence", &[p1], &[weak("P1")], false, &[Result::Missed], 0),
            ("found with the confidence that is enough for it", &[p1_low], &[weak("P1")], false, &[Result::Found], 0),
            ("another pupil", &[p1], &[name("P2"), name("P2")], false, &[Result::Missed], 1),
            ("a control that fires", &[quiet], &[name("P2"), name("P3")], false, &[Result::Fired], 2),
            ("a control of another sort", &[no_number], &[name("P2")], false, &[Result::Quiet], 1),
            (
                "one finding serves one item",
                &[&one, &two],
                &[number("ce123456d", "nino")],
                false,
                &[Result::Missed, Result::Found],
                0,
            ),
            (
                "the wrong kind is no right finding, and no alarm",
                &[&one],
                &[number("ab123456c", "passport")],
                false,
                &[Result::Missed],
                0,
            ),
            ("the right kind on other letters", &[&one], &[number("ab12345", "nino")], false, &[Result::Found], 0),
            ("a telephone number", &[no_number], &[number("01632960000", "phone")], false, &[Result::Quiet], 0),
            ("protected", &[sealed], &[], true, &[Result::Found], 0),
            ("not protected", &[sealed], &[], false, &[Result::Missed], 0),
            ("looks so", &[unsealed], &[], true, &[Result::Fired], 0),
        ];
        for (why, rows, found, protected, results, alarms) in table {
            let items = if rows.is_empty() { Vec::new() } else { items(rows) };
            let seen = Seen { found: found.to_vec(), protected: *protected, gaps: Vec::new() };
            let outcome = hold_against(&items, &seen);
            assert_eq!((outcome.results.as_slice(), outcome.alarms.len()), (*results, *alarms), "{why}");
        }
    }
}
