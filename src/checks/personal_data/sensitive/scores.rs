//! Marks, grades, levels and shares of days: values that say something beside a word that asks for them.

use super::words::{Token, Topic, Weight, Word};
use std::ops::Range;

/// A value with the word that asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// What it is about.
    pub topic: Topic,
    /// Its first token and the one behind its last.
    pub tokens: Range<usize>,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `7`, `104`, `9.4`, `-0.4`.
    Number,
    /// `84 %`.
    Percent,
    /// `17/20`.
    Fraction,
    /// `A*`, `B`, `D*`, `AAB`.
    Letter,
    /// `distinction`, `merit`, `pass`.
    Level,
}

/// Words behind a number that count something else.
const COUNTED: &[&str] = &[
    "pupils",
    "students",
    "children",
    "people",
    "places",
    "tickets",
    "minutes",
    "mins",
    "min",
    "hours",
    "hour",
    "hrs",
    "pm",
    "am",
    "o",
    "weeks",
    "week",
    "months",
    "years",
    "year",
    "goals",
    "goal",
    "tries",
    "runs",
    "wickets",
    "points",
    "metres",
    "m",
    "km",
    "miles",
    "pages",
    "books",
    "copies",
    "chapters",
    "stickers",
    "stars",
    "certificates",
    "merits",
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
    "lessons",
    "periods",
    "staff",
    "seats",
    "rooms",
    "classes",
    "groups",
    "sets",
    "teachers",
    "parents",
    "spaces",
    "papers",
    "tests",
    "exams",
    "gcses",
    "subjects",
];
/// Words before a number that give it another meaning.
const NUMBERED: &[&str] = &[
    "room", "year", "yr", "form", "set", "class", "group", "page", "pages", "chapter", "question", "paper", "unit",
    "ks", "stage", "period", "week", "day", "no", "number", "bus", "table", "part", "act", "scene", "seat", "lesson",
    "block", "at", "by", "until", "from", "ch", "p", "pp", "q", "appendix", "section", "item", "version", "term",
    "house", "band",
];
/// Words that ask for a mark, whatever the subject.
const OUTCOMES: &[&str] = &[
    "grade",
    "mark",
    "score",
    "result",
    "outcome",
    "predicted",
    "target",
    "forecast",
    "achieved",
    "attained",
    "scored",
    "awarded",
    "gained",
    "attainment",
    "assessment",
    "resit",
    "expected",
];
/// Words that count days of absence.
const DAYS: &[&str] =
    &["days", "day", "sessions", "session", "times", "occasions", "lates", "absences", "late", "absent", "lessons"];
/// Words that ask for a share or a number of days.
const PRESENCE: &[&str] = &["attendance", "absence", "absent", "late", "lateness", "punctuality", "authorised absence"];
/// How many tokens stand between a word and the value it asks for.
const REACH: usize = 6;

/// Finds the values of a sentence; `capitals` says whether a stretch is written so.
pub fn find(text: &str, tokens: &[Token], words: &[Word], capitals: impl Fn(Range<usize>) -> bool) -> Vec<Score> {
    let asking: Vec<&Word> = words
        .iter()
        .filter(|word| matches!(word.entry.topic, Topic::Assessment | Topic::Attendance))
        .filter(|word| matches!(word.entry.weight, Weight::Sure | Weight::Doubtful))
        .collect();
    if asking.is_empty() {
        return Vec::new();
    }
    let sentence = Sentence { text, tokens };
    let mut scores: Vec<Score> = Vec::new();
    for at in 0..tokens.len() {
        let inside = asking.iter().any(|word| word.tokens.contains(&at) && word.entry.weight == Weight::Sure);
        if inside || scores.last().is_some_and(|last| last.tokens.end > at) {
            continue;
        }
        let Some((shape, end)) = sentence.shape(at, &capitals) else { continue };
        let topic = asking.iter().find_map(|word| sentence.answers(word, shape, at..end));
        scores.extend(topic.map(|topic| Score { topic, tokens: at..end }));
    }
    scores
}

struct Sentence<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl Sentence<'_> {
    fn token(&self, at: usize) -> &str {
        self.tokens.get(at).and_then(|token| self.text.get(token.clone())).unwrap_or_default()
    }

    /// What stands between a token and the next one.
    fn gap(&self, at: usize) -> &str {
        let start = self.tokens.get(at).map_or(0, |token| token.end);
        let end = self.tokens.get(at + 1).map_or(self.text.len(), |token| token.start);
        self.text.get(start..end).unwrap_or_default()
    }

    fn before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |before| self.token(before))
    }

    fn gap_before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |before| self.gap(before))
    }

    /// What a token is as a value, and the token behind it.
    fn shape(&self, at: usize, capitals: &impl Fn(Range<usize>) -> bool) -> Option<(Shape, usize)> {
        let token = self.token(at);
        // A merit badge is no grade.
        let badge = matches!(self.token(at + 1), "badge" | "badges" | "certificate" | "certificates");
        if matches!(token, "distinction" | "merit" | "pass") && !badge {
            return Some((Shape::Level, at + 1));
        }
        if token.bytes().all(|byte| byte.is_ascii_digit()) && token.len() <= 3 {
            return self.number(at);
        }
        let span = self.tokens.get(at)?.clone();
        let letters = token.len() <= 4 && token.bytes().all(|byte| matches!(byte, b'a'..=b'g' | b'u'));
        let upper = capitals(span.clone());
        let starred = self.text.get(span.end..).is_some_and(|rest| rest.starts_with('*'));
        // Longer than one letter only as grades at A level are listed: `AAB`.
        let one = token.len() == 1 || (3..=4).contains(&token.len()) && !matches!(token, "dad" | "bad" | "add" | "bed");
        (letters && upper && (one || starred)).then_some((Shape::Letter, at + 1))
    }

    fn number(&self, at: usize) -> Option<(Shape, usize)> {
        let (gap, next) = (self.gap(at), self.token(at + 1));
        let digits = |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
        let before = self.gap_before(at);
        let money = before.ends_with(['\u{a3}', '$', '/', ':']) || before.ends_with('.') && before.len() == 1;
        // `11.45pm`, `9:30`.
        let clock = gap == "." && next.starts_with(|c: char| c.is_ascii_digit()) && !digits(next);
        if money || clock || gap.starts_with(':') && digits(next) {
            return None;
        }
        if gap == "." && digits(next) {
            // `9.30` is a time; `9.4` an age, a level or a share.
            let sign = self.gap(at + 1).trim_start().starts_with('%');
            let percent = sign || matches!(self.token(at + 2), "percent" | "per");
            let shape = if percent { Shape::Percent } else { Shape::Number };
            return (next.len() == 1 || percent).then_some((shape, at + 2));
        }
        if gap.trim() == "/" && digits(next) {
            let dated = matches!(self.before(at), "on" | "by" | "from" | "until" | "to" | "before" | "after" | "since");
            let again = self.gap(at + 1).starts_with('/');
            return (!dated && !again && next.len() <= 3).then_some((Shape::Fraction, at + 2));
        }
        if matches!(next, "out") && self.token(at + 2) == "of" && digits(self.token(at + 3)) {
            return Some((Shape::Fraction, at + 4));
        }
        let share = gap.trim_start().starts_with('%') || gap.trim().is_empty() && matches!(next, "percent" | "per");
        if share {
            return Some((Shape::Percent, at + 1));
        }
        let match_result = gap == "-" && digits(next) || before == "-" && digits(self.before(at));
        let counted = gap.trim().is_empty() && (COUNTED.contains(&next) || DAYS.contains(&next));
        let days = gap.trim().is_empty() && DAYS.contains(&next);
        let numbered = NUMBERED.contains(&self.before(at)) && self.gap_before(at).trim().is_empty();
        (!match_result && !numbered && (!counted || days)).then_some((Shape::Number, at + 1))
    }

    /// Whether a value answers a word, and what the two are about.
    fn answers(&self, word: &Word, shape: Shape, value: Range<usize>) -> Option<Topic> {
        let (topic, shown) = (word.entry.topic, word.entry.shown);
        if word.tokens.contains(&value.start) {
            return None;
        }
        if topic == Topic::Attendance {
            let counts = DAYS.contains(&self.token(value.end));
            let near = value.start.abs_diff(word.tokens.end).min(word.tokens.start.abs_diff(value.end)) <= 10;
            let fits = match shape {
                Shape::Percent => true,
                Shape::Number | Shape::Fraction => counts,
                Shape::Letter | Shape::Level => false,
            };
            return (fits && near && PRESENCE.contains(&shown)).then_some(topic);
        }
        let days = DAYS.contains(&self.token(value.end)) && self.gap(value.end - 1).trim().is_empty();
        if days {
            return None;
        }
        let outcome = OUTCOMES.contains(&shown) || word.entry.weight == Weight::Sure || shown == "level";
        let fits = match shape {
            Shape::Fraction | Shape::Percent | Shape::Level => true,
            Shape::Number if self.article(value.start) => self.is_beside(word, &value),
            Shape::Number if outcome && shown != "level" => {
                self.is_within_reach(word, &value) || self.is_beside(word, &value)
            }
            Shape::Letter if outcome && self.is_within_reach(word, &value) => true,
            Shape::Number | Shape::Letter => self.is_beside(word, &value),
        };
        fits.then_some(topic)
    }

    fn article(&self, at: usize) -> bool {
        matches!(self.before(at), "a" | "an")
    }

    /// The value follows the word with little between.
    fn is_within_reach(&self, word: &Word, value: &Range<usize>) -> bool {
        let behind = value.start >= word.tokens.end && value.start - word.tokens.end <= REACH;
        let breaks = (word.tokens.end.saturating_sub(1)..value.start).any(|at| self.gap(at).contains([';', '(']));
        behind && !breaks
    }

    /// `maths 7`, `maths: 7`, `maths grade is a 7`, `a 7 in maths`, `B for biology`, `grade 7`.
    fn is_beside(&self, word: &Word, value: &Range<usize>) -> bool {
        const FILLERS: &[&str] = &[
            "a",
            "an",
            "is",
            "was",
            "of",
            "in",
            "for",
            "grade",
            "gcse",
            "level",
            "at",
            "her",
            "his",
            "their",
            "score",
            "mark",
            "as",
            "predicted",
            "with",
            "s",
            "result",
            "the",
            "to",
            "now",
            "currently",
            "paper",
            "mock",
            "target",
            "working",
            "language",
            "literature",
            "gets",
            "got",
        ];
        let between = if value.start >= word.tokens.end {
            word.tokens.end..value.start
        } else if word.tokens.start >= value.end {
            value.end..word.tokens.start
        } else {
            return false;
        };
        let behind = value.start < word.tokens.start;
        let filled = between.len() <= 4 && between.clone().all(|at| FILLERS.contains(&self.token(at)));
        let first = if behind { value.end.saturating_sub(1) } else { word.tokens.end.saturating_sub(1) };
        let gaps = (first..=first + between.len()).all(|at| !self.gap(at).contains([';', '.', '\n', '?', '!']));
        // `7 maths books` is no mark; `7 in maths` is.
        filled && gaps && (!behind || !between.is_empty())
    }
}

#[cfg(test)]
mod tests;
