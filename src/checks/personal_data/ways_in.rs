//! Secrets that stand without the word `password`: the second half of a login, and the codes of doors, alarms and safes.

use super::credential_words::NO_VALUE;
use super::credentials::{LONGEST, Secret, has_digit, is_address, is_mixed};
use crate::finding::Confidence;
use std::ops::Range;

/// How far behind its word a login or a code may reach.
const REACH: usize = 110;
/// Shortest secret that is told by its letters and digits alone.
const SHORTEST: usize = 6;
/// Words between `code` and its value, or of the name of a network.
const MOST_WORDS: usize = 8;

/// What is locked with a code.
const LOCKED: &[&[u8]] = &[
    b"alarm",
    b"alarms",
    b"gate",
    b"gates",
    b"door",
    b"doors",
    b"safe",
    b"keypad",
    b"lock",
    b"padlock",
    b"lockbox",
    b"keysafe",
    b"locker",
    b"barrier",
    b"garage",
    b"shed",
    b"cupboard",
    b"cabinet",
    b"entrance",
    b"intruder",
    b"burglar",
    b"minibus",
    b"photocopier",
    b"copier",
];

/// Words that lead from `code` to its value and say nothing else of it.
const LEADING: &[&[u8]] = &[
    b"for",
    b"to",
    b"of",
    b"on",
    b"at",
    b"the",
    b"our",
    b"your",
    b"my",
    b"this",
    b"that",
    b"is",
    b"was",
    b"now",
    b"still",
    b"has",
    b"been",
    b"changed",
    b"will",
    b"be",
    b"number",
    b"no",
    b"new",
    b"main",
    b"front",
    b"back",
    b"rear",
    b"side",
    b"staff",
    b"staffroom",
    b"room",
    b"hall",
    b"sports",
    b"office",
    b"school",
    b"key",
    b"box",
    b"entry",
    b"system",
    b"store",
    b"and",
    b"outer",
    b"inner",
    b"medicine",
    b"panel",
];

/// Words between what is locked and `code`: `door entry code`.
const JOINING: &[&[u8]] = &[b"entry", b"access", b"security", b"keypad", b"pin", b"system", b"lock", b"key"];

/// Cards and permissions that are called a pass.
const PASSES: &[&[u8]] = &[
    b"bus",
    b"boarding",
    b"hall",
    b"library",
    b"visitor",
    b"visitors",
    b"toilet",
    b"travel",
    b"day",
    b"season",
    b"parking",
    b"rail",
    b"train",
    b"ski",
    b"lift",
    b"exit",
    b"entry",
    b"medical",
    b"leave",
    b"lunch",
    b"late",
    b"press",
    b"free",
    b"swimming",
    b"gym",
    b"time-out",
    b"out",
    b"card",
    b"year",
];

/// Names that end in a digit and are no secret: `Year10`, `Office365`.
const NUMBERED: &[&[u8]] = &[
    b"year",
    b"level",
    b"grade",
    b"unit",
    b"room",
    b"term",
    b"week",
    b"block",
    b"page",
    b"step",
    b"paper",
    b"period",
    b"form",
    b"group",
    b"office",
    b"microsoft",
    b"windows",
    b"part",
    b"class",
    b"version",
    b"module",
    b"chapter",
    b"btec",
    b"gcse",
    b"covid-",
];

/// `her pass is Kestrel21`, `user KMteach pass welcome1`: a value with digits; behind a user's name one of letters as well.
pub fn pass<'a>(text: &[u8], word: &Range<usize>, written: &impl Fn(Range<usize>) -> &'a str) -> Option<Secret> {
    let head = text.get(word.start.saturating_sub(REACH)..word.start)?;
    let line = head.rsplit(|byte| *byte == b'\n').next()?;
    let before = line.trim_ascii_end().rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    if PASSES.contains(&before) {
        return None;
    }
    let of_user = is_of_user(line);
    let rest = text.get(word.end..(word.end + REACH).min(text.len()))?;
    let told = [&b" is "[..], b" was ", b" is now "].into_iter().filter(|verb| rest.starts_with(verb)).map(<[u8]>::len);
    let offset = match told.max() {
        Some(length) => length,
        None if of_user && rest.first() == Some(&b' ') => 1,
        None => return None,
    };
    let range = token(text, word.end + offset)?;
    let value = text.get(range.clone())?;
    let plain = of_user && offset > 1 && value.len() >= SHORTEST && value.iter().all(u8::is_ascii_alphabetic) && {
        let next = text.get(range.end..).unwrap_or_default();
        matches!(next, [] | [b'\n' | b'.' | b',', ..]) && !NO_VALUE.contains(&value) && !value.ends_with(b"ed")
    };
    (plain || is_secret(value, written(range.clone()))).then(|| medium(range))
}

/// Whether a line names the user before the secret.
pub fn is_of_user(line: &[u8]) -> bool {
    words(line).any(|(word, _)| matches!(word, b"user" | b"username" | b"userid" | b"login" | b"logon"))
}

/// `wifi: KMGuest / purpleTiger02`, `log in with someone@school.example / Autumn26`: the second of two.
pub fn pair<'a>(text: &[u8], word: &Range<usize>, written: &impl Fn(Range<usize>) -> &'a str) -> Option<Secret> {
    let rest = text.get(word.end..(word.end + REACH).min(text.len()))?;
    let rest = rest.split(|byte| *byte == b'\n').next()?;
    let label =
        [&b" details"[..], b" network", b"s", b" code", b" key"].into_iter().find(|label| rest.starts_with(label));
    let alone = label.is_some_and(|label| label == b" code" || label == b" key");
    let label = label.map_or(0, <[u8]>::len);
    let rest = rest.get(label..)?;
    let leads = [&b":"[..], b" :", b" =", b"=", b" -", b" is", b" are", b" with", b" using", b" as"];
    let lead = leads.iter().find(|lead| rest.starts_with(lead))?;
    let said = lead.len() > 2;
    let rest = rest.get(lead.len()..)?;
    // `The Wi-Fi code is Purple2024`: the secret alone.
    if alone {
        let range = token(text, word.end + label + lead.len() + usize::from(rest.first() == Some(&b' ')))?;
        return is_secret(text.get(range.clone())?, written(range.clone())).then(|| medium(range));
    }
    let (sign, width) = [&b" / "[..], b" | ", b" and ", b", ", b"/"]
        .iter()
        .filter_map(|sign| memchr::memmem::find(rest, sign).map(|at| (at, sign.len())))
        .min()?;
    let first = rest.get(..sign)?.trim_ascii();
    let start = word.end + label + lead.len() + sign;
    let name = written(start - sign..start).trim();
    // Two things to choose from are none: `log in with Teams / Office365`.
    let strict = said || !matches!(width, 1 | 3);
    if first.is_empty()
        || first.split(|byte| *byte == b' ').count() > 3
        || words(first).any(|(word, _)| NO_VALUE.contains(&word))
        || strict && (!is_mixed(name) || name.contains(' '))
        || first.ends_with(b":") && width == 1
    {
        return None;
    }
    let again = [&b"password"[..], b"pass", b"pw", b"is", b":"];
    let from = start + width;
    if again.iter().any(|word| text.get(from..).is_some_and(|rest| rest.starts_with(word))) {
        return None;
    }
    let range = token(text, from)?;
    is_secret(text.get(range.clone())?, written(range.clone())).then(|| medium(range))
}

/// `the alarm code is 4471`, `the code for the gate is C1234X`, `safe combination 23-45-12`.
pub fn code(text: &[u8], word: &Range<usize>) -> Option<Secret> {
    let head = text.get(word.start.saturating_sub(40)..word.start)?;
    let head = head.rsplit(|byte| matches!(byte, b'.' | b'\n' | b',' | b':' | b';' | b'(')).next()?;
    let mut before: Vec<&[u8]> = words(head).map(|(word, _)| word).collect();
    while before.last().is_some_and(|word| JOINING.contains(word) && !LOCKED.contains(word)) {
        before.pop();
    }
    let mut locked = before.last().is_some_and(|word| LOCKED.contains(word));
    // `The product code for the door` is a code of another kind.
    if !locked && before.last().is_some_and(|word| !LEADING.contains(word)) {
        return None;
    }
    let rest = text.get(word.end..(word.end + REACH).min(text.len()))?;
    for (place, (word_behind, at)) in words(rest).enumerate() {
        let between = rest.get(..at)?;
        if place > MOST_WORDS || ends_sentence(between) {
            return None;
        }
        if has_digit(word_behind) {
            let start = word.end + at;
            let value = text.get(start..)?;
            let length = value.iter().take(16).take_while(|byte| !matches!(byte, b' ' | b'\n' | b',' | b';')).count();
            let value = value.get(..length)?;
            let value = value.strip_suffix(b".").unwrap_or(value);
            return (locked && is_entry_code(value)).then(|| medium(start..start + value.len()));
        }
        locked |= LOCKED.contains(&word_behind);
        if !LOCKED.contains(&word_behind) && !LEADING.contains(&word_behind) {
            return None;
        }
    }
    None
}

/// Four to eight digits, with a letter or a sign of the keypad on either side; three pairs of digits of a combination.
fn is_entry_code(value: &[u8]) -> bool {
    let side = |byte: &u8| byte.is_ascii_lowercase() || matches!(byte, b'#' | b'*');
    let head = value.split_first().filter(|(first, _)| side(first)).map_or(value, |(_, rest)| rest);
    let inside = head.split_last().filter(|(last, _)| side(last)).map_or(head, |(_, rest)| rest);
    let digits = (4..=8).contains(&inside.len()) && inside.iter().all(u8::is_ascii_digit);
    let year = inside.len() == 4 && value.len() == 4 && matches!(inside, [b'2', b'0', b'2', _]);
    let groups = value.split(|byte| matches!(byte, b'-' | b'/' | b'.'));
    let pairs = groups.clone().count() >= 3
        && groups.clone().count() <= 4
        && groups.into_iter().all(|group| (1..=2).contains(&group.len()) && group.iter().all(u8::is_ascii_digit));
    digits && !year || pairs
}

/// Letters and digits that are neither a name with a number nor an address nor a time.
fn is_secret(value: &[u8], typed: &str) -> bool {
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let numbered = NUMBERED.iter().any(|name| {
        value.strip_prefix(*name).is_some_and(|number| number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-'))
    });
    let file = memchr::memchr(b'.', value).is_some_and(|at| value.get(at + 1..).is_some_and(|end| end.len() <= 4));
    (SHORTEST..=LONGEST).contains(&value.len())
        && letters >= 3
        && has_digit(value)
        && is_mixed(typed)
        && !numbered
        && !file
        && !is_address(value)
}

/// The token at `start`, without the punctuation that ends a sentence.
fn token(text: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..(start + LONGEST + 1).min(text.len()))?;
    let quoted = usize::from(matches!(rest.first(), Some(b'"' | b'\'')));
    let rest = rest.get(quoted..)?;
    let length = rest.iter().take_while(|byte| !matches!(byte, b' ' | b'\n' | b'"')).count();
    let word = rest.get(..length)?;
    let kept = word.iter().rev().skip_while(|byte| matches!(byte, b'.' | b',' | b';' | b')' | b'\'')).count();
    (kept > 0).then(|| start + quoted..start + quoted + kept)
}

fn ends_sentence(between: &[u8]) -> bool {
    between.windows(2).any(|pair| matches!(pair, [b'.' | b'?' | b'!' | b';', b' ' | b'\n'] | [b'\n', b'\n']))
}

/// Words with their offsets.
fn words(text: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let mut at = 0;
    let parts = text.split(|byte| !byte.is_ascii_alphanumeric() && byte.is_ascii() && *byte != b'#');
    parts
        .map(move |word| {
            let start = at;
            at += word.len() + 1;
            (word, start)
        })
        .filter(|(word, _)| !word.is_empty())
}

const fn medium(value: Range<usize>) -> Secret {
    Secret { value, confidence: Confidence::Medium }
}

#[cfg(test)]
mod tests {
    use super::super::credentials::find;

    fn found(text: &str) -> Vec<String> {
        let folded = text.to_ascii_lowercase();
        let secrets = find(folded.as_bytes(), |range| text.get(range).unwrap());
        secrets.into_iter().map(|secret| text.get(secret.value).unwrap().to_owned()).collect()
    }

    #[test]
    fn secrets_without_the_word_password_are_found() {
        for (text, wanted) in [
            ("Her username is 123khan@km and pass is triangle016.", "triangle016"),
            ("His username is ttaylor9 and his pass is sunflower.", "sunflower"),
            ("Her pass is Kestrel21", "Kestrel21"),
            ("Login details: user KMteach pass welcome1", "welcome1"),
            ("wifi: KMGuest / purpleTiger02", "purpleTiger02"),
            ("Wi-Fi details: Guest Net / purpleTiger02", "purpleTiger02"),
            ("log in: km-exams / Ilovecats15", "Ilovecats15"),
            ("Login: jsmith / Kestrel9", "Kestrel9"),
            ("She can log in with 26j.smith@pupils.school.example / Autumn2026!", "Autumn2026!"),
            ("Please log in as km-exams1 and Ilovecats15", "Ilovecats15"),
            ("The alarm code is 4471, don't tell the kids", "4471"),
            ("the code for the gate is C1234X", "C1234X"),
            ("The code to the front door is now 4471#.", "4471#"),
            ("Door entry code: 90210", "90210"),
            ("safe combination 23-45-12", "23-45-12"),
            ("The combination of the safe is 23-45-12.", "23-45-12"),
            ("Keypad code 4471", "4471"),
            ("The Wi-Fi code is Purple2024.", "Purple2024"),
            ("Her username is jsmith and her password is sunshine", "sunshine"),
        ] {
            assert_eq!(found(text), [wanted], "{text}");
        }
    }

    #[test]
    fn other_passes_and_codes_are_none() {
        for text in [
            "A pass is required.",
            "Her bus pass is green",
            "The bus pass is AB123456",
            "The pass mark is 40",
            "Your boarding pass is XK4471B",
            "A hall pass is 5 minutes",
            "His username is known and his pass is expired",
            "users must pass Year10 first",
            "The dress code is smart",
            "The course code is 8700",
            "The entry code is 8700",
            "The postcode is DE23 7QX",
            "Scan the QR code at 14.30",
            "The safe option: code 8700 is the course",
            "The door is open. Code 4471 is the product.",
            "Dress code for the gate duty on 12 May is hi-vis",
            "The product code for the door is 44718",
            "Wi-Fi: ask the office / IT",
            "wifi: broken in B21 / B22corridor and IT know",
            "Log in with Google / Office365",
            "Log in with Teams and Office365",
            "login: 9am / 11.30am",
            "Log in: https://portal.example/login2026",
            "the alarm code was in 2026",
            "The Wi-Fi code is on the wall",
            "Error code 4471 on the printer",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
