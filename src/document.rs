//! Reads a TOML document so that every mistake in it is reported, not only the first.

use crate::problem::Problem;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, ValueDeserializer};

/// So many mistakes in one table are enough.
const MOST_PROBLEMS: usize = 100;

/// A document and what was found wrong with it so far.
#[derive(Debug)]
pub struct Document<'t> {
    file: &'t str,
    text: &'t str,
    table: DeTable<'t>,
    /// The keys that were asked for: with those of the rest, all that may stand at its top.
    known: Vec<String>,
    /// What is wrong with it, in the order it was found.
    pub problems: Vec<Problem>,
}

/// A table as written, and which of its keys were wrong (so that they are not reported missing as well).
#[derive(Debug)]
pub struct Taken<T> {
    /// The table.
    pub value: T,
    /// Where it stands.
    pub span: Range<usize>,
    wrong: BTreeSet<String>,
}

impl<T> Taken<T> {
    /// Whether the key was written, but wrongly.
    pub fn was_wrong(&self, key: &str) -> bool {
        self.wrong.contains(key)
    }
}

impl<'t> Document<'t> {
    /// Parses a document; what is wrong with its syntax is noted.
    pub fn parse(file: &'t str, text: &'t str) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut document = Self { file, text, table: table.into_inner(), known: Vec::new(), problems: Vec::new() };
        for error in errors.iter().take(MOST_PROBLEMS) {
            let problem = document.problem(error.span(), error.message());
            document.problems.push(problem);
        }
        document
    }

    /// Takes a table out of the document.
    pub fn take<T: DeserializeOwned + Default>(&mut self, key: &str) -> Option<Taken<T>> {
        self.known.push(key.to_owned());
        let (key, value) = self.table.remove_entry(key)?;
        Some(self.mean(key.span(), value))
    }

    /// Takes a table out of the document; where it is missing, what is usual.
    pub fn take_or_default<T: DeserializeOwned + Default>(&mut self, key: &str) -> T {
        self.take(key).map(|taken| taken.value).unwrap_or_default()
    }

    /// Takes a single value out of the document.
    pub fn take_value<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        self.known.push(key.to_owned());
        let (key, value) = self.table.remove_entry(key)?;
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some(value),
            Err(error) => {
                let problem = self.problem(error.span().or(Some(key.span())), error.message());
                self.problems.push(problem);
                None
            }
        }
    }

    /// Takes a list of tables out of the document.
    pub fn take_all<T: DeserializeOwned + Default>(&mut self, key: &str) -> Vec<Taken<T>> {
        self.known.push(key.to_owned());
        let Some((name, value)) = self.table.remove_entry(key) else { return Vec::new() };
        if let DeValue::Array(items) = value.into_inner() {
            let items: Vec<_> = items.into_iter().collect();
            return items.into_iter().map(|item| self.mean(item.span(), item)).collect();
        }
        let problem = self.problem(Some(name.span()), "this must be a list of tables");
        self.problems.push(problem.right(format!("[[{key}]]")));
        Vec::new()
    }

    /// Takes all that is left. A key that is not known here may be meant for a table that was taken before.
    pub fn take_rest<T: DeserializeOwned + Default>(&mut self) -> Taken<T> {
        let table = std::mem::take(&mut self.table);
        let before = self.problems.len();
        let taken = self.mean(0..0, Spanned::new(0..self.text.len(), DeValue::Table(table)));
        let unknown = |problem: &&mut Problem| problem.what.starts_with("unknown field");
        for problem in self.problems.iter_mut().skip(before).filter(unknown) {
            problem.right = format!("{}, {}", problem.right, self.known.join(", "));
        }
        taken
    }

    /// Reads a table again and again, each time without the key that was wrong.
    fn mean<T: DeserializeOwned + Default>(&mut self, span: Range<usize>, mut value: Spanned<DeValue<'t>>) -> Taken<T> {
        let mut wrong = BTreeSet::new();
        for _ in 0..MOST_PROBLEMS {
            let error = match T::deserialize(ValueDeserializer::from(value.clone())) {
                Ok(value) => return Taken { value, span, wrong },
                Err(error) => error,
            };
            let problem = self.problem(error.span().or(Some(span.clone())), error.message());
            self.problems.push(problem);
            let removed = error.span().and_then(|place| remove(value.get_mut(), &place));
            let Some(removed) = removed else { break };
            wrong.insert(removed);
        }
        Taken { value: T::default(), span, wrong }
    }

    /// A problem at a place, with what stands there.
    pub fn problem(&self, span: Option<Range<usize>>, message: &str) -> Problem {
        let (what, right) = message.split_once(", expected ").unwrap_or((message, ""));
        let line = span.as_ref().map(|span| self.line(span.start));
        let written =
            span.and_then(|span| self.text.get(span)).and_then(|text| text.lines().next()).unwrap_or_default();
        Problem::new(self.file, line, what.replace('\n', " ")).written(written).right(right.replace('`', ""))
    }

    /// Notes a problem at a place.
    pub fn wrong(&mut self, span: Range<usize>, what: &str, right: &str) {
        let problem = self.problem(Some(span), what).right(right);
        self.problems.push(problem);
    }

    /// The line a byte stands in, 1-based.
    pub fn line(&self, offset: usize) -> u32 {
        let before = self.text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count();
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// Removes the innermost key or item that stands at the place; gives the name of the outermost key.
///
/// The span of a table under a header is that of the header alone, so every table is searched.
fn remove(value: &mut DeValue<'_>, place: &Range<usize>) -> Option<String> {
    let covers = |span: Range<usize>| span.start <= place.start && place.end <= span.end;
    match value {
        DeValue::Table(table) => {
            let at_key = table.keys().find(|key| key.span() == *place).map(|key| key.get_ref().to_string());
            if let Some(name) = at_key {
                table.remove(name.as_str());
                return Some(name);
            }
            let mut found = None;
            for (key, value) in table.iter_mut() {
                let name = key.get_ref().to_string();
                if remove(value.get_mut(), place).is_some() {
                    return Some(name);
                }
                if covers(value.span()) {
                    found = Some(name);
                    break;
                }
            }
            if let Some(name) = &found {
                table.remove(name.as_str());
            }
            found
        }
        DeValue::Array(items) => {
            let mut kept = Vec::new();
            let mut removed = None;
            for mut item in std::mem::replace(items, DeArray::new()) {
                if removed.is_none() {
                    removed = remove(item.get_mut(), place);
                    if removed.is_none() && covers(item.span()) {
                        removed = Some(String::new());
                        continue;
                    }
                }
                kept.push(item);
            }
            for item in kept {
                items.push(item);
            }
            removed
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Cup {
        colour: Option<String>,
        size: Option<u8>,
        lids: Vec<u8>,
    }

    #[test]
    fn every_mistake_has_its_line() {
        let text =
            "[[cup]]\ncolour = 3\nsize = 300\nhandle = true\nlids = [1, 'x', 2]\n\n[[cup]]\nsize = 1\nfoot = 2\n";
        let mut document = Document::parse("cups.toml", text);
        let cups: Vec<Taken<Cup>> = document.take_all("cup");
        let lines: BTreeSet<_> = document.problems.iter().filter_map(|problem| problem.line).collect();
        assert_eq!(lines, BTreeSet::from([2, 3, 4, 5, 9]), "{:?}", document.problems);
        assert_eq!(cups[1].value.size, Some(1));
        assert_eq!(cups[0].value.lids, [1, 2]);
        assert!(cups[0].was_wrong("size") && !cups[1].was_wrong("size"));
    }
}
