//! A column of a table: what its heading says, and what its cells look like.

use super::words::{self, Topic, Weight};
use crate::checks::personal_data::clues::{self, Clue};
use crate::checks::personal_data::dates;
use crate::checks::personal_data::pupil_numbers::is_upn;
use crate::school::names::fold_words;
use jiff::Timestamp;

/// Longest heading.
const LONGEST: usize = 60;
/// Cells of a column that are looked at.
const READ: u32 = 500;
/// A pupil's age, at most.
const OLDEST: i16 = 20;

/// What a heading says of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Who the row is about.
    Person,
    /// A number or date that says who somebody is.
    Number(&'static str),
    /// How somebody is reached.
    Contact(&'static str),
    /// Something sensitive.
    Topic(Topic),
    /// Something sensitive where most cells look like it.
    Likely(Topic),
}

/// What is known of a column.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// What its heading says.
    pub meaning: Option<Meaning>,
    /// Cells with something in them.
    pub cells: u32,
    /// How many of them no reader sees.
    pub hidden: u32,
    /// What a free text in it is about.
    pub said: Option<Topic>,
    read: u32,
    upns: u32,
    births: u32,
    codes: u32,
    levels: u32,
    scores: u32,
    shares: u32,
}

/// Headings for who a row is about.
const PEOPLE: &[&str] = &[
    "forename",
    "forenames",
    "first name",
    "firstname",
    "given name",
    "preferred name",
    "known as",
    "surname",
    "last name",
    "lastname",
    "family name",
    "pupil",
    "pupil name",
    "name of pupil",
    "student",
    "student name",
    "child",
    "child name",
    "child s name",
    "childs name",
    "learner",
    "initials",
    "pupil initials",
    "pupil s name",
    "student s name",
    "name of child",
    "name of student",
    "legal surname",
    "legal forename",
];
/// Words that are too common as headings.
const COMMON: &[&str] = &[
    "condition",
    "ill",
    "illness",
    "hospital",
    "incident",
    "caution",
    "fight",
    "concern",
    "theft",
    "pass",
    "art",
    "music",
];
/// Codes of needs and of ethnic groups that stand alone in cells.
const CODES: &[&str] = &[
    "spld", "mld", "sld", "pmld", "semh", "slcn", "hi", "vi", "msi", "pd", "asd", "osn", "nsa", "k", "e", "ehcp",
    "sen", "fsm", "pp", "lac", "wbri", "wirt", "woth", "wrom", "mwbc", "mwba", "mwas", "aind", "apkn", "aban", "bcrb",
    "bafr", "chne", "ooth", "cin", "cp",
];
/// Levels that stand alone in cells.
const LEVELS: &[&str] = &[
    "exs",
    "gds",
    "wts",
    "pkf",
    "hnm",
    "pks",
    "are",
    "wt",
    "exp",
    "emerging",
    "expected",
    "exceeding",
    "distinction",
    "merit",
    "d*",
    "a*",
    "below",
    "above",
    "secure",
    "developing",
    "working towards",
    "working at",
    "greater depth",
];

/// What a heading says.
pub fn heading(written: &str) -> Option<Meaning> {
    if written.is_empty() || written.len() > LONGEST {
        return None;
    }
    let folded = fold_words(written);
    let tokens = words::tokens(folded.as_bytes());
    let plain: Vec<&str> = tokens.iter().filter_map(|token| folded.get(token.clone())).collect();
    let plain = plain.join(" ");
    let topic = words::topic_of(&folded);
    if let Some((topic, Weight::Sure)) = topic {
        return Some(if topic == Topic::Assessment { Meaning::Likely(topic) } else { Meaning::Topic(topic) });
    }
    if PEOPLE.contains(&plain.as_str()) {
        return Some(Meaning::Person);
    }
    if plain == "postcode" || plain == "post code" || plain.ends_with(" postcode") {
        return Some(Meaning::Contact("addresses"));
    }
    if let Some(meaning) = clues::read(folded.as_bytes()).find_map(|(clue, ..)| of_clue(clue, &plain)) {
        return Some(meaning);
    }
    match topic {
        Some((_, Weight::Value | Weight::Nothing)) | None => None,
        Some(_) if COMMON.contains(&plain.as_str()) => None,
        Some((topic @ (Topic::Assessment | Topic::Attendance), _)) => Some(Meaning::Likely(topic)),
        Some((topic, _)) => Some(Meaning::Topic(topic)),
    }
}

fn of_clue(clue: Clue, heading: &str) -> Option<Meaning> {
    Some(match clue {
        Clue::Upn => Meaning::Number("UPN"),
        Clue::Uln => Meaning::Number("ULN"),
        Clue::Uci => Meaning::Number("UCI"),
        Clue::Nino => Meaning::Number("National Insurance number"),
        Clue::Nhs => Meaning::Number("NHS number"),
        Clue::Passport => Meaning::Number("passport number"),
        Clue::Birth | Clue::Births => Meaning::Number("date of birth"),
        Clue::Address if !heading.contains("mail") => Meaning::Contact("addresses"),
        Clue::Phone | Clue::FamilyPhone | Clue::OwnPhone
            if !matches!(heading, "text" | "call" | "ring" | "ext" | "cell") =>
        {
            Meaning::Contact("contacts")
        }
        _ => return None,
    })
}

impl Column {
    /// A column of which only the heading is known.
    pub fn headed(meaning: Meaning) -> Self {
        Self { meaning: Some(meaning), ..Self::default() }
    }

    /// Looks at a cell's text.
    pub fn take(&mut self, text: &str, now: Timestamp) {
        self.cells += 1;
        if self.read >= READ || text.len() > 40 {
            return;
        }
        self.read += 1;
        let folded = text.to_ascii_lowercase();
        let plain: Vec<u8> = folded.bytes().filter(u8::is_ascii_alphanumeric).collect();
        self.upns += u32::from(plain.len() == 13 && is_upn(&plain));
        self.births += u32::from(plain.len() >= 6 && is_birth(&folded, now));
        self.codes += u32::from(folded.split(['/', ',', ' ', '+']).all(|code| CODES.contains(&code)));
        self.levels += u32::from(LEVELS.contains(&folded.as_str()));
        self.scores += u32::from(is_score(&folded));
        self.shares += u32::from(is_share(&folded));
    }

    /// Whether it holds pupil numbers.
    pub fn is_upn(&self) -> bool {
        self.meaning == Some(Meaning::Number("UPN")) || self.most(self.upns)
    }

    /// What it holds, if that is sensitive.
    pub fn sensitive(&self) -> Option<&'static str> {
        if self.cells == 0 {
            return None;
        }
        match self.meaning {
            Some(Meaning::Person) => None,
            Some(Meaning::Number(phrase) | Meaning::Contact(phrase)) => Some(phrase),
            Some(Meaning::Topic(topic)) => Some(topic.phrase()),
            Some(Meaning::Likely(topic)) => {
                let fitting = if topic == Topic::Attendance { self.shares } else { self.scores.max(self.levels) };
                self.most(fitting).then_some(topic.phrase())
            }
            None if self.most(self.upns) => Some("UPN"),
            None if self.cells > 1 && self.most(self.births) => Some("date of birth"),
            None if self.cells > 1 && self.most(self.levels) => Some(Topic::Assessment.phrase()),
            None if self.cells > 1 && self.most(self.codes) => Some(Topic::Needs.phrase()),
            None => self.said.map(Topic::phrase),
        }
    }

    /// Whether that is more than a way to reach somebody.
    pub fn is_special(&self) -> bool {
        !matches!(self.meaning, Some(Meaning::Contact(_) | Meaning::Person))
    }

    fn most(&self, of: u32) -> bool {
        of > 0 && of * 10 >= self.read * 6
    }
}

fn is_birth(text: &str, now: Timestamp) -> bool {
    let today = dates::day_of(now);
    dates::read(text.as_bytes(), 0, today)
        .is_some_and(|(born, ..)| dates::is_plausible_birth(born, today) && today.year() - born.year() <= OLDEST)
}

/// `7`, `104`, `9.4`, `62%`, `17/20`, `B`, `A*`, `5+`.
fn is_score(text: &str) -> bool {
    let text = text.trim_end_matches(['%', '+', '-', '=', ' ']);
    let number = |text: &str| {
        !text.is_empty()
            && text.len() <= 5
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && text.bytes().filter(u8::is_ascii_digit).count() <= 3
    };
    let (one, two) = text.split_once(['/', '-']).unwrap_or((text, "0"));
    let letter = |text: &str| {
        let bare = text.trim_end_matches('*');
        bare.len() == 1 && bare.bytes().all(|byte| matches!(byte, b'a'..=b'g' | b'm' | b'p' | b'u'))
    };
    number(one) && number(two)
        || letter(text)
        || LEVELS.contains(&text)
        || text.strip_prefix('-').is_some_and(number)
        || text.len() == 2 && text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with(['a', 'b', 'c'])
}

/// A number up to a hundred.
fn is_share(text: &str) -> bool {
    let number = text.trim_end_matches(['%', ' ']);
    number.parse::<f64>().is_ok_and(|share| (0.0..=100.0).contains(&share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_understood() {
        for (text, wanted) in [
            ("Forename", Some(Meaning::Person)),
            ("Date of birth", Some(Meaning::Number("date of birth"))),
            ("D.O.B.", Some(Meaning::Number("date of birth"))),
            ("UPN", Some(Meaning::Number("UPN"))),
            ("SEN", Some(Meaning::Topic(Topic::Needs))),
            ("SEN status", Some(Meaning::Topic(Topic::Needs))),
            ("FSM", Some(Meaning::Topic(Topic::Circumstances))),
            ("PP", Some(Meaning::Topic(Topic::Circumstances))),
            ("Ethnicity", Some(Meaning::Topic(Topic::Characteristics))),
            ("Attendance %", Some(Meaning::Likely(Topic::Attendance))),
            ("Maths grade", Some(Meaning::Likely(Topic::Assessment))),
            ("Home address", Some(Meaning::Contact("addresses"))),
            ("Postcode", Some(Meaning::Contact("addresses"))),
            ("Emergency contact", Some(Meaning::Contact("contacts"))),
            ("Medical", Some(Meaning::Topic(Topic::Health))),
            ("Email address", None),
            ("Room", None),
            ("Seat", None),
            ("Candidate", None),
            ("Condition", None),
            ("", None),
        ] {
            assert_eq!(heading(text), wanted, "{text}");
        }
    }

    #[test]
    fn columns_are_understood_from_heading_and_values() {
        let now: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        for (head, cells, wanted) in [
            ("", &["14/03/2012", "02/11/2013", "7/7/2012"][..], Some("date of birth")),
            ("Trip", &["14/03/2026", "15/03/2026"], None),
            ("", &["B801200005001", "H801200001001"], Some("UPN")),
            ("", &["EXS", "GDS", "WTS"], Some("marks")),
            ("", &["SEMH", "SLCN", "ASD/SLCN"], Some("special needs")),
            ("English", &["7", "6", "8"], Some("marks")),
            ("English", &["7x/En1", "7y/En2"], None),
            ("Room", &["7", "6", "8"], None),
            ("Attendance", &["94.2", "88"], Some("attendance")),
            ("Attendance", &["yes", "no"], None),
            ("SEN", &["K", "", "E"], Some("special needs")),
            ("SEN", &[], None),
        ] {
            let mut column = Column { meaning: heading(head), ..Column::default() };
            cells.iter().filter(|cell| !cell.is_empty()).for_each(|cell| column.take(cell, now));
            assert_eq!(column.sensitive(), wanted, "{head} {cells:?}");
        }
    }
}
