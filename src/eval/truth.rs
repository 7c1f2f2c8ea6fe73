//! The truth file: a JSON object a line, what was planted where.

use crate::checks::personal_data::{self, SAID};
use crate::checks::pupil_names;
use crate::finding::Confidence;
use crate::private::Private;
use crate::problem::Problem;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a line looks like, for messages about one that does not.
const EXAMPLE: &str = r#"{"file": "1.eml", "kind": "name", "pupil_id": "P1", "surface": "Smith, Jane", "category": "body.comma", "is_positive": true}"#;

/// What sort of thing was planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A pupil's name.
    Name,
    /// A number, date, address or password.
    Identifier,
    /// A file that is protected.
    Encryption,
}

impl Subject {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Name, Self::Identifier, Self::Encryption];

    /// The word in truth files and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Identifier => "identifier",
            Self::Encryption => "encryption",
        }
    }

    /// The check that finds it; protection is seen when the message is taken apart.
    #[must_use]
    pub const fn check(self) -> Option<&'static str> {
        match self {
            Self::Name => Some(pupil_names::CHECK.name),
            Self::Identifier => Some(personal_data::CHECK.name),
            Self::Encryption => None,
        }
    }
}

/// One planted item, or one control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its line in the truth file.
    pub line: u32,
    /// The message.
    pub file: String,
    /// What sort of thing it is.
    pub subject: Subject,
    /// Kinds of finding of which any is right; empty: every kind of the check.
    pub kinds: Vec<&'static str>,
    /// The pupils it may be taken for; empty: any.
    pub pupils: Vec<String>,
    /// As it is written in the message.
    pub value: Private<String>,
    /// The class it is counted in.
    pub category: String,
    /// Where it stands, in the words of the truth file.
    pub place: String,
    /// To be found, or a control that must stay quiet.
    pub positive: bool,
    /// The confidence with which it counts as found, where that is less than the confidence asked for.
    pub least: Option<Confidence>,
    /// Counted in the totals, or only reported (`"tier": "info"`).
    pub counted: bool,
}

/// All items, by message.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// What each message holds, in the order of its lines.
    pub messages: BTreeMap<String, Vec<Item>>,
}

impl Truth {
    /// Reads a truth file.
    ///
    /// # Errors
    /// Everything that is wrong with it: line, what is wrong, what would be right.
    pub fn read(text: &str, file: &str) -> std::result::Result<Self, Vec<Problem>> {
        let (mut truth, mut problems) = (Self::default(), Vec::new());
        for (line, row) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            if row.trim().is_empty() {
                continue;
            }
            match item(row, line) {
                Ok(item) => truth.messages.entry(item.file.clone()).or_default().push(item),
                Err(mistake) => problems
                    .push(Problem::new(file, Some(line), mistake.what).written(mistake.written).right(mistake.right)),
            }
        }
        if truth.messages.is_empty() && problems.is_empty() {
            problems.push(Problem::new(file, None, "there is no line in it").right(EXAMPLE));
        }
        if problems.is_empty() { Ok(truth) } else { Err(problems) }
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.values().map(Vec::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

struct Mistake {
    what: String,
    written: String,
    right: String,
}

fn mistake(what: impl Into<String>, written: impl Into<String>, right: impl Into<String>) -> Mistake {
    Mistake { what: what.into(), written: written.into(), right: right.into() }
}

fn item(row: &str, line: u32) -> std::result::Result<Item, Mistake> {
    let row: Value = serde_json::from_str(row)
        .map_err(|error| mistake(format!("not JSON (at letter {})", error.column()), "", EXAMPLE))?;
    let Value::Object(row) = row else { return Err(mistake("not a JSON object", "", EXAMPLE)) };
    let file = required(&row, &["file"])?;
    if file.starts_with('/') || file.split('/').any(|part| part == "..") {
        return Err(mistake("`file` leads out of the folder", "", "a path below the folder, e.g. \"eml/00001.eml\""));
    }
    let category = required(&row, &["category", "surface_category", "class"])?;
    let (subject, kinds) = subject(&row, &category)?;
    let (subject, positive) = expectation(&row, subject)?;
    Ok(Item {
        line,
        file,
        subject,
        kinds,
        pupils: pupils(&row),
        value: Private::new(text(&row, &["surface", "value"]).unwrap_or_default()),
        category,
        place: text(&row, &["location", "place"]).unwrap_or_default(),
        positive,
        least: confidence(&row)?,
        counted: text(&row, &["tier"]).as_deref() != Some("info"),
    })
}

fn confidence(row: &Map<String, Value>) -> std::result::Result<Option<Confidence>, Mistake> {
    let Some(value) = row.get("confidence") else { return Ok(None) };
    let levels = [Confidence::Low, Confidence::Medium, Confidence::High];
    let level = levels.into_iter().find(|level| value.as_str() == Some(level.name()));
    level.map(Some).ok_or_else(|| mistake("`confidence` is not known", value.to_string(), "low, medium or high"))
}

fn text(row: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| word(row.get(*name)?))
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn required(row: &Map<String, Value>, names: &[&'static str]) -> std::result::Result<String, Mistake> {
    let name = names.first().copied().unwrap_or_default();
    text(row, names)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| mistake(format!("`{name}` is missing, or is not a word"), "", EXAMPLE))
}

fn pupils(row: &Map<String, Value>) -> Vec<String> {
    let one = text(row, &["pupil_id", "pupil"]);
    let several = ["pupil_ids_ok", "pupil_ids", "pupils"].iter().find_map(|name| row.get(*name)?.as_array());
    let mut all: Vec<String> = several.into_iter().flatten().filter_map(word).chain(one).collect();
    all.sort();
    all.dedup();
    all
}

/// Words in the names of categories, and the kinds of finding they ask for. The longer ones first.
const WORDS: &[(&str, &[&str])] = &[
    ("password_beside", &["password_beside_protected"]),
    ("driving", &["driving_licence"]),
    ("licence", &["driving_licence"]),
    ("passport", &["passport"]),
    ("mrz", &["passport"]),
    ("nino", &["nino"]),
    ("nhs", &["nhs_number"]),
    ("upn", &["upn"]),
    ("uln", &["uln"]),
    ("uci", &["uci"]),
    ("utr", &["utr"]),
    ("iban", &["iban"]),
    ("card", &["card"]),
    ("sort_code", &["bank_account"]),
    ("bank", &["bank_account"]),
    ("dob", &["date_of_birth"]),
    ("date_of_birth", &["date_of_birth"]),
    ("postcode", &["address"]),
    ("address", &["address"]),
    ("private_phone", &["private_phone"]),
    ("private_email", &["private_email"]),
    ("phone", &["phone", "private_phone"]),
    ("mobile", &["phone", "private_phone"]),
    ("password", &["credentials", "password_beside_protected"]),
    ("credential", &["credentials", "password_beside_protected"]),
    ("workbook", &["pupil_table"]),
    ("pupil_table", &["pupil_table"]),
    ("special", SAID),
    ("sen", SAID),
    ("safeguard", SAID),
    ("health", SAID),
    ("medical", SAID),
    ("attendance", SAID),
    ("behaviour", SAID),
    ("outcome", SAID),
    ("assessment", SAID),
    ("grade", SAID),
];

/// The subject of a line and the kinds of finding that are right: from `finding`, else from `kind`, else from words in
/// the category.
fn subject(row: &Map<String, Value>, category: &str) -> std::result::Result<(Subject, Vec<&'static str>), Mistake> {
    let kind = required(row, &["kind"])?;
    let named = text(row, &["finding"]);
    let of = |check: &crate::checks::Check, word: &str| check.kinds.iter().copied().find(|kind| *kind == word);
    if let Some(word) = &named
        && of(&pupil_names::CHECK, word).or_else(|| of(&personal_data::CHECK, word)).is_none()
    {
        let all: Vec<&str> = pupil_names::CHECK.kinds.iter().chain(personal_data::CHECK.kinds).copied().collect();
        return Err(mistake("`finding` is not a kind of finding", word, format!("one of {}", all.join(", "))));
    }
    let word = named.as_deref().unwrap_or(&kind);
    if let Some(kind) = of(&personal_data::CHECK, word) {
        return Ok((Subject::Identifier, vec![kind]));
    }
    if of(&pupil_names::CHECK, word).is_some() || word == pupil_names::CHECK.name {
        return Ok((Subject::Name, Vec::new()));
    }
    match kind.as_str() {
        "name" | "names" => Ok((Subject::Name, Vec::new())),
        "identifier" | "identifiers" | "personal_data" => {
            let category = category.to_ascii_lowercase();
            let words = WORDS.iter().find(|(word, _)| category.contains(word));
            Ok((Subject::Identifier, words.map(|(_, kinds)| kinds.to_vec()).unwrap_or_default()))
        }
        "encryption" | "encrypted" => Ok((Subject::Encryption, Vec::new())),
        _ => {
            let right = format!("name, identifier, encryption, or one of {}", personal_data::CHECK.kinds.join(", "));
            Err(mistake("`kind` is not known", kind, right))
        }
    }
}

/// What is asked: `expect` where it stands, else whether it is positive. What looks protected and is to be flagged all
/// the same asks for the name in it; a name of which protection is expected asks for the protection.
fn expectation(row: &Map<String, Value>, subject: Subject) -> std::result::Result<(Subject, bool), Mistake> {
    let right = "\"is_positive\": true or false, or \"expect\": \"flag\", \"no_flag\" or \"encrypted\"";
    if let Some(expect) = text(row, &["expect"]) {
        return match expect.as_str() {
            "flag" if subject == Subject::Encryption => Ok((Subject::Name, true)),
            "flag" => Ok((subject, true)),
            "encrypted" => Ok((Subject::Encryption, true)),
            "no_flag" => Ok((subject, false)),
            _ => Err(mistake("`expect` is not known", expect, right)),
        };
    }
    let flag = |name: &str| row.get(name).and_then(Value::as_bool);
    let positive = flag("is_positive").or_else(|| flag("positive")).or_else(|| flag("control").map(|control| !control));
    positive
        .map(|positive| (subject, positive))
        .ok_or_else(|| mistake("it is not said whether this is to be found", "", right))
}

#[cfg(test)]
mod tests {
    use super::{Subject, Truth};

    #[test]
    fn lines_are_read_as_they_are_meant() {
        let table: &[(&str, Subject, &[&str], bool, bool)] = &[
            (
                r#""kind":"name","pupil_id":"P1","category":"body.plain","is_positive":true"#,
                Subject::Name,
                &[],
                true,
                true,
            ),
            (r#""kind":"name","pupil":7,"category":"x","positive":false"#, Subject::Name, &[], false, true),
            (r#""kind":"full_name","category":"x","control":true"#, Subject::Name, &[], false, true),
            (
                r#""kind":"identifier","category":"id.nino_spaced","expect":"flag","is_positive":true"#,
                Subject::Identifier,
                &["nino"],
                true,
                true,
            ),
            (r#""kind":"identifier","category":"id.odd","expect":"flag"#, Subject::Identifier, &[], true, true),
            (
                r#""kind":"identifier","finding":"uln","category":"noise","is_positive":true"#,
                Subject::Identifier,
                &["uln"],
                true,
                true,
            ),
            (r#""kind":"iban","category":"x","is_positive":true"#, Subject::Identifier, &["iban"], true, true),
            (r#""kind":"encryption","category":"enc.7z","expect":"encrypted"#, Subject::Encryption, &[], true, true),
            (r#""kind":"encryption","category":"enc.owner_only","expect":"flag"#, Subject::Name, &[], true, true),
            (r#""kind":"name","category":"enc.7z","expect":"encrypted"#, Subject::Encryption, &[], true, true),
            (r#""kind":"name","category":"x","tier":"info","is_positive":true"#, Subject::Name, &[], true, false),
        ];
        for (row, subject, kinds, positive, counted) in table {
            let end = if row.matches('"').count() % 2 == 0 { "}" } else { "\"}" };
            let truth = Truth::read(&format!("{{\"file\":\"a.eml\",\"other\":[1],{row}{end}\n\n"), "t").unwrap();
            let item = &truth.messages["a.eml"][0];
            assert_eq!(
                (item.subject, item.kinds.as_slice(), item.positive, item.counted),
                (*subject, *kinds, *positive, *counted),
                "{row}"
            );
        }
    }

    #[test]
    fn all_mistakes_are_told_with_line_and_what_is_right() {
        let text = "{\"file\":\"a\",\"kind\":\"name\",\"category\":\"c\",\"is_positive\":true}\n{\"file\":\n[1]\n{\"kind\":\"name\"}\n\
            {\"file\":\"a\",\"kind\":\"shoe\",\"category\":\"c\",\"is_positive\":true}\n{\"file\":\"a\",\"kind\":\"name\",\"category\":\"c\"}\n\
            {\"file\":\"../a\",\"kind\":\"name\",\"category\":\"c\",\"is_positive\":true}\n\
            {\"file\":\"a\",\"kind\":\"name\",\"finding\":\"shoe\",\"category\":\"c\",\"is_positive\":true}\n\
            {\"file\":\"a\",\"kind\":\"name\",\"category\":\"c\",\"expect\":\"perhaps\"}\n{\"file\":\"a\",\"kind\":\"name\",\"is_positive\":true}\n";
        let problems = Truth::read(text, "truth.jsonl").unwrap_err();
        let lines: Vec<u32> = problems.iter().filter_map(|problem| problem.line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert!(problems.iter().all(|problem| !problem.right.is_empty()));
        assert!(Truth::read("\n", "truth.jsonl").is_err());
    }
}
