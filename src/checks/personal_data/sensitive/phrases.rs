//! Phrases of the list: words, counts, names and gaps behind a first word.

use super::words::{Part, Sight, Token, is_joined, is_plural};

/// Tokens of a number that dates something or counts hours.
const DATED: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
    "am",
    "pm",
];
/// Words behind a pronoun that stands for somebody.
const AFTER: &[&str] = &[
    "for",
    "from",
    "because",
    "and",
    "until",
    "on",
    "with",
    "at",
    "in",
    "today",
    "this",
    "again",
    "after",
    "as",
    "if",
    "when",
    "or",
    "permanently",
    "yesterday",
    "but",
    "last",
    "before",
];
/// Most words of a gap.
const GAP: usize = 4;

/// A text in which phrases of the list are looked for.
pub struct Phrase<'a, S: Sight> {
    pub text: &'a str,
    pub tokens: &'a [Token],
    pub sight: &'a S,
}

impl<S: Sight> Phrase<'_, S> {
    fn token(&self, at: usize) -> &str {
        self.tokens.get(at).and_then(|token| self.text.get(token.clone())).unwrap_or_default()
    }

    /// The token behind the parts, if they stand from a token on.
    pub(super) fn rest(&self, parts: &[Part], at: usize) -> Option<usize> {
        let Some((part, others)) = parts.split_first() else { return Some(at) };
        let before = at.checked_sub(1)?;
        let token = self.tokens.get(at)?.clone();
        match part {
            Part::Gap => {
                for end in at..=at + GAP {
                    if let Some(found) = self.rest(others, end) {
                        return Some(found);
                    }
                    if !is_joined(self.text, self.tokens, end.checked_sub(1)?) {
                        return None;
                    }
                }
                None
            }
            Part::Number => {
                let written = self.token(at);
                let letter = matches!(written, "a" | "b" | "c" | "d" | "e" | "u") && self.sight.is_capital(token);
                let count = written.strip_suffix('s').unwrap_or(written);
                let number = !count.is_empty() && count.len() <= 3 && count.bytes().all(|byte| byte.is_ascii_digit());
                let gap = self.gap(before);
                let near = gap.len() <= 3 && gap.bytes().all(|byte| matches!(byte, b' ' | b':' | b'=' | b',' | b'/'));
                let fits = near && (letter || number && !DATED.contains(&self.token(at + 1)));
                if fits { self.rest(others, at + 1) } else { None }
            }
            Part::Person => {
                if !is_joined(self.text, self.tokens, before) {
                    return None;
                }
                // `suspend her for two days`, not `suspend her lessons`.
                let next = self.token(at + 1);
                let open = !is_joined(self.text, self.tokens, at) || AFTER.contains(&next);
                let pronoun = matches!(self.token(at), "her" | "him") && (open || !others.is_empty());
                let ends = self.sight.person_from(token.start).or(pronoun.then_some(token.end))?;
                let end = at + self.tokens.get(at..)?.iter().take_while(|token| token.start < ends).count();
                self.rest(others, end)
            }
            Part::Words(words, capital) => {
                let written = self.token(at);
                let plural = others.is_empty();
                let many = plural && words.iter().any(|word| is_plural(written, word));
                let stands = many || words.iter().any(|word| written == word);
                let fits = stands && is_joined(self.text, self.tokens, before);
                let token = token.start..token.end - usize::from(many);
                if fits && (!capital || self.sight.is_capital(token)) { self.rest(others, at + 1) } else { None }
            }
        }
    }

    /// What stands behind a token.
    fn gap(&self, at: usize) -> &str {
        let start = self.tokens.get(at).map_or(0, |token| token.end);
        let end = self.tokens.get(at + 1).map_or(start, |token| token.start);
        self.text.get(start..end).unwrap_or_default()
    }
}
