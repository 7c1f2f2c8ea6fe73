//! Words that say something sensitive of a person, and how they stand in a sentence.

use crate::school::lists::{SENSITIVE_WORDS, entries};
use crate::school::names::fold_words;
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::sync::LazyLock;

/// What a word is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Special educational needs.
    Needs,
    /// Protection of a child.
    Safeguarding,
    /// Body and mind.
    Health,
    /// Free meals, care, hardship.
    Circumstances,
    /// Ethnic origin, religion, orientation.
    Characteristics,
    /// Presence at school.
    Attendance,
    /// Behaviour and what followed.
    Behaviour,
    /// Marks and levels.
    Assessment,
}

impl Topic {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Needs,
        Self::Safeguarding,
        Self::Health,
        Self::Circumstances,
        Self::Characteristics,
        Self::Attendance,
        Self::Behaviour,
        Self::Assessment,
    ];

    /// The kind of finding.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Needs => "special_needs",
            Self::Safeguarding => "safeguarding",
            Self::Health => "health",
            Self::Circumstances => "circumstances",
            Self::Characteristics => "characteristics",
            Self::Attendance => "attendance",
            Self::Behaviour => "behaviour",
            Self::Assessment => "assessment",
        }
    }

    /// What a sender calls a column of it.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Needs => "special needs",
            Self::Safeguarding => "safeguarding",
            Self::Health => "health",
            Self::Circumstances => "free meals, care or hardship",
            Self::Characteristics => "ethnic origin or religion",
            Self::Attendance => "attendance",
            Self::Behaviour => "behaviour",
            Self::Assessment => "marks",
        }
    }

    /// Whether two doubtful words make a sure one. Marks and attendance need a value.
    const fn is_made_of_two(self) -> bool {
        matches!(self, Self::Safeguarding | Self::Health | Self::Characteristics | Self::Behaviour)
    }
}

/// How much a word says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Enough.
    Sure,
    /// Means other things as well.
    Doubtful,
    /// Answers a doubtful word.
    Value,
    /// An ordinary phrase.
    Nothing,
}

/// A word of the list.
pub struct Entry {
    /// What it is about.
    pub topic: Topic,
    /// How much it says.
    pub weight: Weight,
    /// Only in capitals.
    pub capitals: bool,
    /// As it stands in the list.
    pub shown: &'static str,
    /// Only right behind somebody's name.
    behind: bool,
    first: Part,
    rest: Vec<Part>,
}

/// One word of an entry.
#[derive(Clone)]
enum Part {
    /// One of these; in capitals, if so marked.
    Words(Vec<String>, bool),
    /// A mark or a count.
    Number,
    /// Somebody identified.
    Person,
    /// Up to three words.
    Gap,
}

/// What a list entry may ask of a text beside its letters.
pub trait Sight {
    /// Whether a stretch is written in capitals.
    fn is_capital(&self, at: Range<usize>) -> bool;
    /// Where somebody ends who is named or meant from a place on.
    fn person_from(&self, at: usize) -> Option<usize>;
    /// Whether somebody named ends right before a place.
    fn is_person_before(&self, at: usize) -> bool;
}

impl<F: Fn(Range<usize>) -> bool> Sight for F {
    fn is_capital(&self, at: Range<usize>) -> bool {
        self(at)
    }

    fn person_from(&self, _: usize) -> Option<usize> {
        None
    }

    fn is_person_before(&self, _: usize) -> bool {
        false
    }
}

/// A word of the list in a text: which tokens it takes up.
#[derive(Clone)]
pub struct Word {
    /// The entry.
    pub entry: &'static Entry,
    /// Its first token and the one behind its last.
    pub tokens: Range<usize>,
}

/// A run of letters and digits in a folded text.
pub type Token = Range<usize>;

/// The entries by their first word, the longer ones first.
static WORDS: LazyLock<FxHashMap<String, Vec<Entry>>> = LazyLock::new(read_list);

fn read_list() -> FxHashMap<String, Vec<Entry>> {
    let mut words: FxHashMap<String, Vec<Entry>> = FxHashMap::default();
    let mut topic = Topic::Needs;
    for (_, line) in entries(SENSITIVE_WORDS) {
        if let Some(kind) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            topic = Topic::ALL.into_iter().find(|topic| topic.kind() == kind).unwrap_or(topic);
            continue;
        }
        let shown = line.trim_start_matches(['^', '?', '=', '-']);
        let marks = line.strip_suffix(shown).unwrap_or_default();
        let weight = match marks {
            marks if marks.contains('-') => Weight::Nothing,
            marks if marks.contains('=') => Weight::Value,
            marks if marks.contains('?') => Weight::Doubtful,
            _ => Weight::Sure,
        };
        let mut parts: Vec<Part> = line.trim_start_matches(['?', '=', '-']).split(' ').flat_map(parts_of).collect();
        let behind = matches!(parts.first(), Some(Part::Person));
        if behind {
            parts.remove(0);
        }
        if parts.is_empty() {
            continue;
        }
        let first = parts.remove(0);
        let Part::Words(starts, capital) = &first else { continue };
        for start in starts.clone() {
            let capitals = *capital && parts.is_empty() && !behind;
            let entry = Entry { topic, weight, capitals, shown, behind, first: first.clone(), rest: parts.clone() };
            words.entry(start).or_default().push(entry);
        }
    }
    for entries in words.values_mut() {
        entries
            .sort_by_key(|entry| (entry.behind, entry.weight != Weight::Nothing, std::cmp::Reverse(entry.rest.len())));
    }
    words
}

/// What a word of the list stands for: a hyphen or an apostrophe in it makes several.
fn parts_of(written: &str) -> Vec<Part> {
    match written {
        "~" => return vec![Part::Number],
        "@" => return vec![Part::Person],
        ".." => return vec![Part::Gap],
        _ => {}
    }
    let (capital, plain) = written.strip_prefix('^').map_or((false, written), |plain| (true, plain));
    if plain.contains('|') {
        return vec![Part::Words(plain.split('|').map(fold_words).collect(), capital)];
    }
    let folded = fold_words(plain);
    let part = |token: Token| Some(Part::Words(vec![folded.get(token)?.to_owned()], capital));
    tokens(folded.as_bytes()).into_iter().filter_map(part).collect()
}

/// The runs of letters and digits of a text.
pub fn tokens(text: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()).count();
        if length == 0 {
            at += 1;
        } else {
            tokens.push(at..at + length);
            at += length;
        }
    }
    tokens
}

/// The words of the list in a folded text, none inside another.
pub fn find(text: &str, tokens: &[Token], sight: &impl Sight) -> Vec<Word> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match word_at(text, tokens, at, sight) {
            Some(word) => {
                at = word.tokens.end;
                if word.entry.weight != Weight::Nothing {
                    found.push(word);
                }
            }
            None => at += 1,
        }
    }
    found
}

fn word_at(text: &str, tokens: &[Token], at: usize, sight: &impl Sight) -> Option<Word> {
    let span = tokens.get(at)?.clone();
    let first = text.get(span.clone())?;
    let singular = || Some(first.strip_suffix('s')?).filter(|word| word.len() > 1);
    let lists = [WORDS.get(first), singular().and_then(|word| WORDS.get(word))];
    let phrase = Phrase { text, tokens, sight };
    for (plural, entries) in lists.into_iter().enumerate() {
        for entry in entries.into_iter().flatten() {
            // Only the last word of a phrase takes the plural.
            if plural == 1 && !entry.rest.is_empty() || entry.behind && !sight.is_person_before(span.start) {
                continue;
            }
            let capital = matches!(entry.first, Part::Words(_, true));
            if capital && !sight.is_capital(span.start..span.end - plural) {
                continue;
            }
            if let Some(end) = phrase.rest(&entry.rest, at + 1) {
                return Some(Word { entry, tokens: at..end });
            }
        }
    }
    None
}

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
/// Most words of a gap.
const GAP: usize = 3;

struct Phrase<'a, S: Sight> {
    text: &'a str,
    tokens: &'a [Token],
    sight: &'a S,
}

impl<S: Sight> Phrase<'_, S> {
    fn token(&self, at: usize) -> &str {
        self.tokens.get(at).and_then(|token| self.text.get(token.clone())).unwrap_or_default()
    }

    /// The token behind the parts, if they stand from a token on.
    fn rest(&self, parts: &[Part], at: usize) -> Option<usize> {
        let Some((part, others)) = parts.split_first() else { return Some(at) };
        let before = at.checked_sub(1)?;
        let token = self.tokens.get(at)?.clone();
        match part {
            Part::Gap => {
                let mut end = at;
                for _ in 0..=GAP {
                    if let Some(found) = self.rest(others, end) {
                        return Some(found);
                    }
                    if !is_joined(self.text, self.tokens, end.checked_sub(1)?) {
                        return None;
                    }
                    end += 1;
                }
                None
            }
            Part::Number => {
                let written = self.token(at);
                let letter = matches!(written, "a" | "b" | "c" | "d" | "e" | "u") && self.sight.is_capital(token);
                let number = written.len() <= 3 && written.bytes().all(|byte| byte.is_ascii_digit());
                let gap = self.gap(before);
                let near = gap.len() <= 3 && gap.bytes().all(|byte| matches!(byte, b' ' | b':' | b'=' | b',' | b'/'));
                let fits = near && (letter || number && !DATED.contains(&self.token(at + 1)));
                if fits { self.rest(others, at + 1) } else { None }
            }
            Part::Person => {
                if !is_joined(self.text, self.tokens, before) {
                    return None;
                }
                let pronoun = matches!(self.token(at), "her" | "him");
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

fn is_plural(written: &str, word: &str) -> bool {
    written.strip_suffix('s') == Some(word)
}

/// Whether a token and the next one may belong to one phrase: a space, a hyphen, an apostrophe, or a stop behind a letter.
fn is_joined(text: &str, tokens: &[Token], at: usize) -> bool {
    let (Some(one), Some(two)) = (tokens.get(at), tokens.get(at + 1)) else { return false };
    let gap = text.get(one.end..two.start).unwrap_or_default();
    let stop = one.len() == 1 && gap.starts_with('.');
    let gap = if stop { gap.get(1..).unwrap_or_default() } else { gap };
    gap.len() <= 2 && gap.bytes().all(|byte| matches!(byte, b' ' | b'-' | b'\n' | b'\'' | b'/'))
}

/// What a whole short text (a heading, a cell) speaks of: the topic of its surest word, doubtful ones included.
pub fn topic_of(text: &str) -> Option<(Topic, Weight)> {
    let tokens = tokens(text.as_bytes());
    let words = find(text, &tokens, &|_: Range<usize>| true);
    let rank = |word: &&Word| match word.entry.weight {
        Weight::Sure => 0,
        Weight::Doubtful => 1,
        Weight::Value | Weight::Nothing => 2,
    };
    words.iter().min_by_key(rank).map(|word| (word.entry.topic, word.entry.weight))
}

/// The words that count by themselves or beside each other.
pub fn counting(words: &[Word]) -> Vec<Word> {
    let sure = |word: &&Word| word.entry.weight == Weight::Sure;
    let any_sure = words.iter().any(|word| sure(&word));
    let counts = |word: &&Word| {
        let mut others =
            words.iter().filter(|other| other.tokens != word.tokens && other.entry.topic == word.entry.topic);
        match word.entry.weight {
            Weight::Sure => true,
            // `HI`, `PP`: an abbreviation stands beside other evidence.
            Weight::Doubtful if word.entry.capitals && any_sure => true,
            Weight::Doubtful => word.entry.topic.is_made_of_two() && others.next().is_some(),
            Weight::Value => others.any(|other| other.entry.weight != Weight::Value),
            Weight::Nothing => false,
        }
    };
    words.iter().filter(counts).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&'static str> {
        let folded = fold_words(text);
        let tokens = tokens(folded.as_bytes());
        let capitals = |range: Range<usize>| text.get(range).unwrap().bytes().all(|byte| !byte.is_ascii_lowercase());
        counting(&find(&folded, &tokens, &capitals)).into_iter().map(|word| word.entry.shown).collect()
    }

    #[test]
    fn the_list_is_read_whole() {
        for topic in Topic::ALL {
            assert!(WORDS.values().flatten().any(|entry| entry.topic == topic), "{topic:?}");
        }
        let lines = entries(SENSITIVE_WORDS).filter(|(_, line)| !line.starts_with('[')).count();
        let read: std::collections::BTreeSet<*const u8> =
            WORDS.values().flatten().map(|entry| entry.shown.as_ptr()).collect();
        assert_eq!(read.len(), lines);
        let mut all: Vec<&str> =
            entries(SENSITIVE_WORDS).map(|(_, line)| line.trim_start_matches(['^', '?', '='])).collect();
        all.sort_unstable();
        let twice: Vec<_> = all.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn words_count_alone_or_beside_each_other() {
        for (text, wanted) in [
            ("has an EHCP for SEMH", vec!["ehcp", "semh"]),
            ("has EHCPs", vec!["ehcp"]),
            ("mash and peas", vec![]),
            ("the MASH team", vec!["mash"]),
            ("please send it", vec![]),
            ("on the SEND register", vec!["send register"]),
            ("a Section 47 enquiry, S.47", vec!["section 47", "s 47"]),
            ("self-harm", vec!["self harm"]),
            ("free school meals", vec!["free school meal"]),
            ("religion: Catholic", vec!["religion", "catholic"]),
            ("the Catholic church", vec![]),
            ("PP and FSM", vec!["pp", "fsm"]),
            ("page 5, pp 6", vec![]),
            ("HI there", vec![]),
            ("the anti-bullying week", vec![]),
            ("children's services", vec!["children s services"]),
            ("the suspension bridge", vec![]),
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
    }
}
