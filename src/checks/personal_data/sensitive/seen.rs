//! What stands beside a name: what the phrases of the list ask of a sentence, and a line that is a name alone.

use super::people::Person;
use super::{About, Reader, Unit, words};
use std::ops::Range;

/// Words beside a name in a subject that is nothing but the name.
const BESIDE: &[&str] = &[
    "re",
    "fw",
    "fwd",
    "confidential",
    "private",
    "year",
    "yr",
    "form",
    "update",
    "urgent",
    "query",
    "question",
    "concern",
    "concerns",
    "pupil",
    "student",
    "and",
    "fao",
    "info",
    "information",
    "important",
    "s",
    "news",
    "y7",
    "y8",
    "y9",
    "y10",
    "y11",
    "y12",
    "y13",
];

/// Codes that stand behind a name beside others: `Jane Smith (K, PP, EAL)`.
const CODES: &[&str] =
    &["k", "e", "n", "sen", "send", "pp", "eal", "fsm", "lac", "plac", "cp", "cin", "m", "f", "hpa", "mpa", "lpa"];

/// What the words of the list ask of a unit.
pub(super) struct Seen<'a> {
    pub(super) reader: &'a Reader<'a>,
    pub(super) unit: &'a Unit,
    pub(super) text: &'a str,
    pub(super) own: &'a [Person],
    pub(super) about: &'a About,
}

impl words::Sight for Seen<'_> {
    fn is_capital(&self, at: Range<usize>) -> bool {
        self.reader.is_capital(self.unit, &at)
    }

    fn person_from(&self, at: usize) -> Option<usize> {
        let place = self.unit.at.start + at;
        let named = self.own.iter().find(|person| person.at.start <= place && place < person.at.end);
        let forename = || {
            let rest = self.text.get(at..)?;
            let called = |name: &str| {
                rest.strip_prefix(name).is_some_and(|tail| !tail.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
            };
            self.about.forenames.iter().find(|(name, _)| called(name)).map(|(name, _)| at + name.len())
        };
        named.map(|person| person.at.end.saturating_sub(self.unit.at.start)).or_else(forename)
    }

    fn is_person_before(&self, at: usize) -> bool {
        let place = self.unit.at.start + at;
        let ends = |person: &Person| {
            let gap = self.reader.view.folded.text.get(person.at.end..place).unwrap_or("far away");
            let signs = gap.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" (-:,/)".contains(&byte));
            let codes = words::tokens(gap.as_bytes()).into_iter().filter_map(|token| gap.get(token));
            let is_code = |word: &str| CODES.contains(&word) || is_beside(word) && word.len() <= 4;
            gap.len() <= 24
                && gap.starts_with([' ', '(', '-', ':', ',', '/'])
                && signs
                && codes.into_iter().all(is_code)
        };
        self.own.iter().any(ends)
    }
}

/// Whether nothing but a form or a word like `confidential` stands beside a name.
pub(super) fn is_beside(text: &str) -> bool {
    words::tokens(text.as_bytes()).into_iter().filter_map(|token| text.get(token)).all(|word| {
        let letters = word.trim_start_matches(|c: char| c.is_ascii_digit());
        BESIDE.contains(&word) || word.len() - letters.len() <= 2 && letters.len() < 3 && letters.len() < word.len()
    })
}
