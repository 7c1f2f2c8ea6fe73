//! Sentences, and whether one speaks of many.

use std::ops::Range;

/// Lines shorter than this are entries of a list, not a sentence that was wrapped.
const SHORT: usize = 46;
/// Longest sentence that is read as one.
const LONGEST: usize = 1200;

/// Words before a stop that end no sentence.
const SHORTENED: &[&[u8]] = &[
    b"mr", b"mrs", b"ms", b"dr", b"st", b"no", b"yr", b"eg", b"ie", b"vs", b"approx", b"rev", b"prof", b"inc", b"tel",
];

/// The sentences of a stretch of the folded text, as offsets in it, with those that begin a paragraph marked.
pub fn split(text: &[u8], within: Range<usize>) -> Vec<(Range<usize>, bool)> {
    let mut all = Vec::new();
    let (mut start, mut line, mut fresh) = (within.start, within.start, true);
    for at in within.clone() {
        let byte = text.get(at).copied().unwrap_or(b'\n');
        let next = if at + 1 < within.end { text.get(at + 1).copied().unwrap_or(b'\n') } else { b'\n' };
        let (ends, paragraph) = match byte {
            b'\n' => {
                let blank = next == b'\n';
                let item = matches!(next, b'-' | b'*' | b'>') || next > 127;
                let short = at - line < SHORT;
                line = at + 1;
                (blank || item || short, blank)
            }
            b'.' | b'!' | b'?' => {
                (matches!(next, b' ' | b'\n') && !(byte == b'.' && is_shortened(text, start, at)), false)
            }
            b';' => (true, false),
            _ => (at - start > LONGEST && byte == b' ', false),
        };
        if ends {
            if start < at {
                all.push((start..at, fresh));
                fresh = paragraph;
            } else {
                fresh |= paragraph;
            }
            start = at + 1;
        }
    }
    if start < within.end {
        all.push((start..within.end, fresh));
    }
    all
}

fn is_shortened(text: &[u8], start: usize, stop: usize) -> bool {
    let sentence = text.get(start..stop).unwrap_or_default();
    let word = sentence.rsplit(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
    word.len() == 1 && word.first().is_some_and(u8::is_ascii_alphabetic) || SHORTENED.contains(&word)
}

/// Words that say that many are spoken of.
const MANY: &[&str] = &[
    "cohort",
    "on average",
    "averaged",
    "averages",
    "average",
    "mean score",
    "median",
    "% of",
    "per cent of",
    "percent of",
    "of pupils",
    "of students",
    "of children",
    "of the class",
    "of the year",
    "of year",
    "of our",
    "of all",
    "nationally",
    "whole school",
    "across the",
    "year group",
    "class as a whole",
    "our results",
    "headline",
    "proportion of",
    "majority of",
    "all pupils",
    "all students",
    "all children",
    "any pupil",
    "any child",
    "every child",
    "every pupil",
    "some pupils",
    "some students",
    "some children",
    "many pupils",
    "many children",
    "many students",
    "most pupils",
    "most children",
    "pupils with",
    "children with",
    "students with",
    "pupils who",
    "children who",
    "students who",
    "for pupils",
    "for students",
    "for children",
    "number of pupils",
    "number of children",
    "the results of",
];
/// Words before them that pick one out of the many.
const ONE: &[&str] = &["one of the", "one of our", "among the", "unlike", "below the", "above the", "below", "above"];

/// Whether a word or value at `hit` is said of many. `people` are the places where somebody is named or meant.
pub fn is_of_many(sentence: &str, hit: &Range<usize>, people: &[Range<usize>]) -> bool {
    let head = sentence.get(..hit.start).unwrap_or_default();
    let last = MANY.iter().filter_map(|many| last_of(head, many)).max();
    if let Some((start, end)) = last
        && !people.iter().any(|person| person.start >= end && person.end <= hit.start)
        && !ONE.iter().any(|one| head.get(..start).is_some_and(|head| head.trim_end().ends_with(one)))
    {
        return true;
    }
    let tail = sentence.get(hit.end..).unwrap_or_default();
    let clause = tail.get(..tail.find([',', ';', ':', '(']).unwrap_or(tail.len())).unwrap_or_default();
    let counted = clause.trim_start_matches([' ', '%']);
    let of = counted.strip_prefix("per cent ").or_else(|| counted.strip_prefix("percent ")).unwrap_or(counted);
    let of_whom = of.strip_prefix("of ").unwrap_or_default();
    let whom = [
        "year",
        "the year",
        "pupils",
        "students",
        "children",
        "our",
        "all",
        "boys",
        "girls",
        "the class",
        "them",
        "the",
    ];
    whom.iter().any(|whom| of_whom.starts_with(whom)) || clause.contains(" on average")
}

fn last_of(head: &str, many: &str) -> Option<(usize, usize)> {
    let bounded = |at: usize| {
        let before = head.get(..at).and_then(|before| before.chars().next_back());
        let after = head.get(at + many.len()..).and_then(|after| after.chars().next());
        let open = many.starts_with('%') || !before.is_some_and(char::is_alphanumeric);
        open && !after.is_some_and(char::is_alphanumeric)
    };
    head.rmatch_indices(many).map(|(at, _)| at).find(|at| bounded(*at)).map(|at| (at, at + many.len()))
}

/// Words that make a thing of what follows or stands before: an essay on it, a week for it.
const THINGS: &[&str] = &[
    "essay",
    "essays",
    "presentation",
    "assembly",
    "lesson",
    "lessons",
    "policy",
    "policies",
    "training",
    "course",
    "workshop",
    "awareness",
    "poster",
    "project",
    "debate",
    "charity",
    "fundraising",
    "campaign",
    "homework",
    "topic",
    "book",
    "article",
    "leaflet",
    "webinar",
    "committee",
    "coordinator",
    "department",
    "governor",
    "poem",
    "play",
    "film",
    "documentary",
    "speech",
    "talk",
    "club",
    "ambassador",
    "ambassadors",
    "fundraiser",
    "badge",
    "badges",
];

/// Whether the words around a hit speak of a thing: `an essay on exclusion`, `autism awareness week`.
pub fn is_a_thing(sentence: &str, hit: &Range<usize>) -> bool {
    let words =
        |text: &str| text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect();
    let before: Vec<String> = words(sentence.get(..hit.start).unwrap_or_default());
    let after: Vec<String> = words(sentence.get(hit.end..).unwrap_or_default());
    let thing = |word: &String| THINGS.contains(&word.as_str());
    let on = before
        .iter()
        .rev()
        .take(5)
        .position(|word| matches!(word.as_str(), "on" | "about" | "for" | "against" | "of" | "in"));
    on.is_some() && before.iter().rev().take(5).any(thing)
        || after.first().is_some_and(thing)
        || after.get(1).is_some_and(|word| word == "week")
}

/// Whether a hit is part of what somebody is or of what stands under each message: `Child Protection Officer`.
pub fn is_an_office(sentence: &str, hit: &Range<usize>) -> bool {
    const OFFICES: &[&str] = &[
        "officer",
        "lead",
        "manager",
        "team",
        "office",
        "governor",
        "nurse",
        "teacher",
        "assistant",
        "coordinator",
        "department",
        "policy",
        "training",
        "helpline",
        "line",
        "hotline",
        "fund",
        "course",
        "newsletter",
        "week",
        "act",
        "handbook",
        "guidance",
        "website",
        "page",
        "form",
        "link",
        "forum",
        "conference room",
    ];
    let head = sentence.get(..hit.start).unwrap_or_default();
    let tail = sentence.get(hit.end..).unwrap_or_default();
    let mut after = tail.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let led = ["lead for", "head of", "designated", "deputy", "director of", "assistant", "manager of", "team"];
    after.by_ref().take(2).any(|word| OFFICES.contains(&word)) || led.iter().any(|led| head.trim_end().ends_with(led))
}

/// A subject and its marks: `English 6 5 2`.
pub fn is_values(line: &str) -> bool {
    let (mut words, mut values) = (0, 0);
    for word in line.split(|c: char| c.is_whitespace() || c == '|').filter(|word| !word.is_empty()) {
        let value = word.trim_end_matches(['+', '-', '*', '%', '=']);
        let letter = value.len() == 1 && values + words > 0;
        let number = !value.is_empty() && value.len() <= 3 && value.bytes().all(|byte| byte.is_ascii_digit());
        if letter || number {
            values += 1;
        } else if values == 0 {
            words += 1;
        } else {
            return false;
        }
    }
    (1..=3).contains(&words) && (2..=8).contains(&values)
}

/// Whether a sentence tells of a book, a play or the past: `an essay on a king who was drunk`.
pub fn is_a_tale(sentence: &str, hit: &Range<usize>) -> bool {
    const TALES: &[&str] = &[
        "character",
        "characters",
        "novel",
        "novels",
        "chapter",
        "scene",
        "essay",
        "essays",
        "poem",
        "poems",
        "story",
        "stories",
        "play",
        "film",
        "king",
        "queen",
        "emperor",
        "shakespeare",
        "macbeth",
        "romeo",
        "juliet",
        "victorian",
        "victorians",
        "tudor",
        "tudors",
        "century",
        "wartime",
        "plays",
        "monologue",
        "rehearsal",
        "rehearse",
        "researched",
        "research",
        "quiz",
        "presentation",
    ];
    sentence
        .get(..hit.start)
        .unwrap_or_default()
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| TALES.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_a_reader_stops() {
        for (text, wanted) in [
            ("one is here. two is there", vec!["one is here", " two is there"]),
            ("mr. smith and j. smith came. he left", vec!["mr. smith and j. smith came", " he left"]),
            ("jane smith: ehcp\ntom green: none\n", vec!["jane smith: ehcp", "tom green: none"]),
            (
                "this is a line that was wrapped by the program at its end\nand goes on",
                vec!["this is a line that was wrapped by the program at its end\nand goes on"],
            ),
            ("one\n\ntwo", vec!["one", "two"]),
            ("3.5 is 9.30", vec!["3.5 is 9.30"]),
        ] {
            let found: Vec<&str> =
                split(text.as_bytes(), 0..text.len()).into_iter().map(|(range, _)| text.get(range).unwrap()).collect();
            assert_eq!(found, wanted, "{text}");
        }
    }

    #[test]
    fn what_is_said_of_many_is_said_of_nobody() {
        for (text, hit, person, wanted) in [
            ("72 % of year 6 reached exs", "exs", "", true),
            ("72 % of year 6 reached exs", "72", "", true),
            ("jane showed that 72 % of year 6 reached exs", "exs", "jane", true),
            ("the cohort averaged 104 while jane scored 98", "98", "jane", false),
            ("the cohort averaged 104 while jane scored 98", "104", "jane", true),
            ("jane scored 98, the class average was 104", "98", "jane", false),
            ("on average jane scored 98", "98", "", true),
            ("jane scored 98 on average", "98", "jane", true),
            ("jane is one of the pupils with an ehcp", "ehcp", "jane", false),
            ("jane's attendance is below the average of 95", "attendance", "jane", false),
            ("jane helps children with epilepsy", "epilepsy", "jane", true),
        ] {
            let range = |what: &str| text.find(what).map(|at| at..at + what.len());
            let people: Vec<_> = Some(person).filter(|person| !person.is_empty()).and_then(range).into_iter().collect();
            assert_eq!(is_of_many(text, &range(hit).unwrap(), &people), wanted, "{text}: {hit}");
        }
    }

    #[test]
    fn things_are_nobodys() {
        for (text, hit, wanted) in [
            ("jane's essay on exclusion won", "exclusion", true),
            ("jane sold cakes for autism awareness week", "autism", true),
            ("jane has autism", "autism", false),
            ("jane is on the sen register", "sen", false),
        ] {
            let at = text.find(hit).unwrap();
            assert_eq!(is_a_thing(text, &(at..at + hit.len())), wanted, "{text}");
        }
    }
}
