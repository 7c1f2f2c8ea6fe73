//! Passwords and PINs with their value; never the word alone.

use super::credential_words::{ABOUT, ADVERBS, NO_VALUE};
use super::ways_in;
use crate::finding::Confidence;
use regex::bytes::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A value that follows one of the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The value's bytes in the folded text.
    pub value: Range<usize>,
    /// How sure we are.
    pub confidence: Confidence,
}

/// How a value is tied to its word, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    /// `:`, `=`, an arrow, quotation marks.
    Sign,
    /// `is`, `was`, `to`.
    Verb,
    /// Nothing: the value follows at once.
    Bare,
}

static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)pass[ -]?words?|pass[ -]?code|pass[ -]?phrase|passwd|pwd|p/w|pw|pin|log[ -]?in|log[ -]?on|pass|wi-?fi|code|combination").ok()
});

/// How far before a passcode its meeting may stand.
const MEETING: usize = 160;
/// How far behind its word a value may begin.
const REACH: usize = 72;
/// Longest value.
pub const LONGEST: usize = 64;

/// Finds all values in the folded text; `written` gives the letters as they were typed for a stretch of it.
pub fn find<'a>(text: &[u8], written: impl Fn(Range<usize>) -> &'a str) -> Vec<Secret> {
    let mut found: Vec<Secret> = Vec::new();
    let Some(words) = WORDS.as_ref() else { return found };
    for word in words.find_iter(text) {
        let bounded =
            !before_is_letter(text, word.start()) && !text.get(word.end()).is_some_and(u8::is_ascii_alphabetic);
        if !bounded || found.last().is_some_and(|last| last.value.end > word.start()) {
            continue;
        }
        let range = word.range();
        if is_of_meeting(text, range.clone()) || is_code(text, range.clone()) {
            continue;
        }
        found.extend(match word.as_bytes() {
            b"code" | b"combination" => ways_in::code(text, &range),
            b"wifi" | b"wi-fi" | b"log in" | b"log on" => ways_in::pair(text, &range, &written),
            b"login" | b"log-in" | b"logon" => {
                any(text, &range, &written).or_else(|| ways_in::pair(text, &range, &written))
            }
            b"pass" => any(text, &range, &written).or_else(|| ways_in::pass(text, &range, &written)),
            _ => any(text, &range, &written),
        });
    }
    found
}

/// The value behind its word, before it, or below it.
fn any<'a>(text: &[u8], word: &Range<usize>, written: &impl Fn(Range<usize>) -> &'a str) -> Option<Secret> {
    let value = value_of(text, word.clone(), written).or_else(|| value_before(text, word.clone(), written));
    value.or_else(|| value_below(text, word.clone(), written))
}

/// The way into an online meeting or a quiz, which every invitation tells.
fn is_of_meeting(text: &[u8], word: Range<usize>) -> bool {
    const MEETINGS: &[&[u8]] = &[
        b"meeting",
        b"conference",
        b"zoom",
        b"teams",
        b"webinar",
        b"webex",
        b"kahoot",
        b"blooket",
        b"quizizz",
        b"dial-in",
        b"google meet",
    ];
    let around = text.get(word.start.saturating_sub(MEETING)..word.start).unwrap_or_default();
    let kind = text.get(word.clone()).unwrap_or_default();
    let paragraph = around.windows(2).rposition(|pair| pair == b"\n\n").map_or(0, |at| at + 2);
    let around = if kind == b"pin" { around.get(around.len().saturating_sub(16)..) } else { around.get(paragraph..) };
    let around = around.unwrap_or_default();
    let names = |meeting: &[u8]| around.windows(meeting.len()).any(|window| window == meeting);
    let id = || {
        [&b" id"[..], b"kahoot", b"join"].iter().any(|word| around.windows(word.len()).any(|window| window == *word))
    };
    MEETINGS.iter().any(|meeting| names(meeting)) && id()
}

/// Program text: `type="password"`, `/etc/passwd`, `-D_PASS`, `pass_stmt`.
fn is_code(text: &[u8], word: Range<usize>) -> bool {
    let before = word.start.checked_sub(1).and_then(|at| text.get(at)).copied().unwrap_or(b' ');
    let after = text.get(word.end..).unwrap_or_default();
    let attribute = before == b'"' && after.starts_with(b"\"");
    let kind = text.get(word.clone()).unwrap_or_default();
    let short = matches!(kind, b"pass" | b"pw" | b"pin");
    let quoted = short && matches!((before, after.first()), (b'\'', Some(b'\'')) | (b'`', Some(b'`')));
    let file_name = matches!(after, [b'.', letter, ..] if letter.is_ascii_alphanumeric());
    attribute
        || quoted
        || file_name
        || matches!(before, b'/' | b'_' | b'.' | b'$')
        || after.starts_with(b"_")
        || short && after.starts_with(b" -")
}

/// `Tulip-77 is the password`.
fn value_before<'a>(text: &[u8], word: Range<usize>, written: &impl Fn(Range<usize>) -> &'a str) -> Option<Secret> {
    let head = text.get(word.start.saturating_sub(LONGEST + 16)..word.start)?;
    let verb = [&b" is the "[..], b" is your ", b" is our ", b" as the ", b" as your "]
        .into_iter()
        .find(|verb| head.ends_with(verb))?;
    let end = word.start - verb.len();
    let head = text.get(end.saturating_sub(LONGEST)..end)?;
    let length = head.iter().rev().take_while(|byte| !matches!(byte, b' ' | b'\n' | b'"' | b'\'')).count();
    let range = end - length..end;
    let typed = written(range.clone());
    let secret = text.get(range.clone())?;
    let fits = (4..=LONGEST).contains(&length) && is_mixed(typed) && has_digit(secret) && !is_address(secret);
    fits.then_some(Secret { value: range, confidence: Confidence::Medium })
}

/// `Use the password below`, and the value alone in the next paragraph.
fn value_below<'a>(text: &[u8], word: Range<usize>, written: &impl Fn(Range<usize>) -> &'a str) -> Option<Secret> {
    let rest = text.get(word.end..(word.end + 2 * REACH).min(text.len()))?;
    let line = rest.iter().position(|byte| *byte == b'\n')?;
    let head = rest.get(..line)?;
    let points = [&b"below"[..], b"follows", b"following", b":", b"as follows", b"here"];
    if !points.iter().any(|point| {
        head.trim_ascii_end().trim_ascii().strip_suffix(b".").unwrap_or(head.trim_ascii_end()).ends_with(point)
    }) {
        return None;
    }
    let skipped = rest.get(line..)?.iter().take_while(|byte| matches!(byte, b'\n' | b' ')).count();
    let start = word.end + line + skipped;
    let value = text.get(start..(start + LONGEST + 1).min(text.len()))?;
    let length = value.iter().take_while(|byte| !matches!(byte, b' ' | b'\n')).count();
    let alone = matches!(value.get(length), None | Some(b'\n'));
    let range = start..start + length;
    let secret = text.get(range.clone())?;
    let fits = alone && (4..=LONGEST).contains(&length) && is_mixed(written(range.clone())) && !is_address(secret);
    (fits && has_digit(secret)).then_some(Secret { value: range, confidence: Confidence::Medium })
}

/// Whether a whole cell under the heading `password` holds one.
pub fn is_cell_value(text: &[u8]) -> bool {
    let one_word = !text.is_empty() && text.len() <= LONGEST && !text.iter().any(|byte| matches!(byte, b' ' | b'\n'));
    one_word && !NO_VALUE.contains(&text) && !is_placeholder(text)
}

fn before_is_letter(text: &[u8], start: usize) -> bool {
    start.checked_sub(1).and_then(|before| text.get(before)).is_some_and(u8::is_ascii_alphanumeric)
}

fn value_of<'a>(text: &[u8], word: Range<usize>, written: &impl Fn(Range<usize>) -> &'a str) -> Option<Secret> {
    let kind = text.get(word.clone())?;
    let word = word.start..word.end + remark(text.get(word.end..)?);
    let after = text.get(word.end..(word.end + REACH).min(text.len()))?;
    let (tie, offset) = tie(after)?;
    let start = word.end + offset;
    let rest = text.get(start..(start + LONGEST + 1).min(text.len()))?;
    let (value, quoted) = value(rest);
    let range = start + value.start..start + value.end;
    let secret = text.get(range.clone())?;
    if secret.is_empty() || is_placeholder(secret) {
        return None;
    }
    let (about, only) = (after.get(..offset)?, is_last_word(text, range.end));
    if is_markup(about) {
        return None;
    }
    if kind == b"pin" {
        let digits = secret.len() >= 4 && secret.len() <= 8 && secret.iter().all(u8::is_ascii_digit);
        return digits.then(|| Secret { value: range.clone(), confidence: confidence(tie) });
    }
    if matches!(kind, b"login" | b"log-in" | b"logon" | b"pass" | b"pw") {
        let pair = matches!(kind, b"pass" | b"pw") || secret.contains(&b'/');
        let typed = written(range.clone());
        let tied = tie == Tie::Sign || kind == b"pw" && has_digit(secret);
        return (tied && pair && is_mixed(typed) && !is_address(secret))
            .then_some(Secret { value: range, confidence: Confidence::Medium });
    }
    if speaks_about(about) {
        return None;
    }
    let typed = written(range.clone());
    let confidence = match tie {
        _ if NO_VALUE.contains(&secret) || is_address(secret) => return None,
        Tie::Sign | Tie::Verb if quoted && secret.len() >= 3 => Confidence::High,
        Tie::Sign if is_mixed(typed) || is_number(secret) => Confidence::High,
        Tie::Sign if (only || is_followed_by_label(text, range.end)) && secret.len() >= 4 => Confidence::Medium,
        Tie::Sign if kind.starts_with(b"pass") && kind.ends_with(b"phrase") && secret.len() >= 3 => Confidence::Medium,
        Tie::Verb if is_mixed(typed) && secret.len() >= 4 => Confidence::High,
        Tie::Verb if is_number(secret) || only && is_capital(typed) => Confidence::Medium,
        Tie::Verb if only && secret.len() >= 4 && !is_participle(secret) => {
            let line = text.get(word.start.saturating_sub(REACH)..word.start)?.rsplit(|byte| *byte == b'\n').next()?;
            if ways_in::is_of_user(line) { Confidence::Medium } else { Confidence::Low }
        }
        Tie::Bare if kind.ends_with(b"code") && is_number(secret) => Confidence::Medium,
        Tie::Bare if is_mixed(typed) && secret.len() >= 6 && has_digit(secret) => Confidence::Medium,
        _ => return None,
    };
    Some(Secret { value: range, confidence })
}

/// Between a word and its sign stand tags or the end of a comment: `not password */ key =`.
fn is_markup(about: &[u8]) -> bool {
    let has = |part: &[u8]| about.windows(part.len()).any(|window| window == part);
    has(b"<") || has(b"{") || has(b"*/")
}

/// How long a remark in brackets is that stands right behind the word: `password (case sensitive)`. One word with a digit
/// is the value itself: `password (Conker42)`.
fn remark(rest: &[u8]) -> usize {
    let rest = rest.get(..rest.len().min(40)).unwrap_or_default();
    let Some(inside) = rest.strip_prefix(b" (") else { return 0 };
    let Some(length) = memchr::memchr(b')', inside) else { return 0 };
    let said = inside.get(..length).unwrap_or_default();
    if has_digit(said) && !said.contains(&b' ') { 0 } else { length + 3 }
}

const fn confidence(tie: Tie) -> Confidence {
    match tie {
        Tie::Sign | Tie::Verb => Confidence::High,
        Tie::Bare => Confidence::Medium,
    }
}

/// What ties a value to the word before it, and where the value begins: a sign or a verb in the same sentence, with at
/// most one line break behind it, or nothing.
fn tie(after: &[u8]) -> Option<(Tie, usize)> {
    let sentence =
        after.windows(2).position(|pair| matches!(pair, [b'.' | b'?' | b'!' | b';', b' ' | b'\n'] | [b'\n', b'\n']));
    let sentence = after.get(..sentence.unwrap_or(after.len()))?;
    let sign = sentence.iter().position(|byte| matches!(byte, b':' | b'='));
    let arrow = sentence.windows(2).position(|pair| pair == b"->" || pair == b" -" || pair == b"\xE2\x86");
    let short = sentence.starts_with(b"'s ").then_some((0, 3));
    let verb = [&b" is "[..], b" was ", b" to ", b" is\n", b" will be ", b" would be "]
        .iter()
        .filter_map(|verb| sentence.windows(verb.len()).position(|window| window == *verb).map(|at| (at, verb.len())))
        .chain(short)
        .min();
    let blank = |from: usize| {
        let rest = after.get(from..).unwrap_or_default();
        from + rest.iter().take(4).take_while(|byte| matches!(byte, b' ' | b'\n' | b'>' | b'-' | b'*' | b'_')).count()
    };
    match (sign, verb) {
        (Some(sign), verb) if verb.is_none_or(|(at, _)| sign < at || sign - at < 24) => {
            Some((Tie::Sign, blank(sign + 1)))
        }
        (_, Some((at, len))) => Some((Tie::Verb, adverbs(after, blank(at + len)))),
        _ => match arrow {
            Some(at) if at <= 2 => Some((Tie::Sign, blank(at + 2))),
            _ => {
                let quoted = after.iter().take(3).position(|byte| *byte == b'"');
                quoted
                    .map(|at| (Tie::Sign, at))
                    .or_else(|| (after.first() == Some(&b' ')).then(|| (Tie::Bare, adverbs(after, 1))))
            }
        },
    }
}

fn adverbs(after: &[u8], mut from: usize) -> usize {
    for _ in 0..3 {
        let rest = after.get(from..).unwrap_or_default();
        let word = rest.split(|byte| matches!(byte, b' ' | b'\n' | b':')).next().unwrap_or_default();
        if !ADVERBS.contains(&word) || rest.len() == word.len() {
            break;
        }
        from += word.len();
        from += after.get(from..).unwrap_or_default().iter().take_while(|b| matches!(b, b' ' | b'\n' | b':')).count();
    }
    from
}

/// The value at the start of `rest`, without quotation marks and the punctuation that ends a sentence.
fn value(rest: &[u8]) -> (Range<usize>, bool) {
    let mark = rest.first().copied().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    if let Some(mark) = mark
        && let Some(len) = rest.iter().skip(1).position(|byte| *byte == mark)
        && !rest.iter().take(len).any(|byte| *byte == b'\n')
    {
        return (1..len + 1, true);
    }
    // `the password (Conker42)`: one word, which may be anything.
    if rest.first() == Some(&b'(')
        && let Some(len) = rest.iter().skip(1).position(|byte| matches!(byte, b')' | b' ' | b'\n'))
        && rest.get(len + 1) == Some(&b')')
    {
        return (1..len + 1, false);
    }
    let len = rest.iter().take_while(|byte| !matches!(byte, b' ' | b'\n')).count();
    if len > LONGEST {
        return (0..0, false);
    }
    let word = rest.get(..len).unwrap_or_default();
    let kept = word.iter().rev().skip_while(|byte| matches!(byte, b'.' | b',' | b';' | b')' | b'"')).count();
    // `Winter24!` keeps its mark; `incorrect!` loses it.
    let plain = word.get(..kept).unwrap_or_default();
    let bare = plain.strip_suffix(b"!").or_else(|| plain.strip_suffix(b"?")).unwrap_or(plain);
    let kept = if bare.iter().all(u8::is_ascii_alphabetic) { bare.len() } else { kept };
    (0..kept, false)
}

/// Whether nothing but punctuation follows on the line: `password: sunshine`, not `password: please ask`.
fn is_last_word(text: &[u8], end: usize) -> bool {
    let rest = text.get(end..(end + 8).min(text.len())).unwrap_or_default();
    let skipped =
        rest.iter().take_while(|byte| matches!(byte, b'.' | b'!' | b')' | b',' | b' ' | b'"' | b'\'')).count();
    matches!(rest.get(skipped), None | Some(b'\n')) || matches!(rest, [b'.' | b'!', b' ' | b'\n', ..])
}

/// `password: sunshine, username: jsmith`, `password: sunshine (all small letters)`: more is told on the line.
fn is_followed_by_label(text: &[u8], end: usize) -> bool {
    const LABELS: &[&[u8]] =
        &[b"user", b"username", b"login", b"email", b"e-mail", b"account", b"pin", b"and", b"code", b"url"];
    let rest = text.get(end..(end + 24).min(text.len())).unwrap_or_default();
    let skipped = rest.iter().take_while(|byte| matches!(byte, b' ' | b',' | b'/' | b'|' | b'.')).count();
    let word = rest.get(skipped..).unwrap_or_default();
    let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'-').count();
    rest.get(skipped) == Some(&b'(') || word.get(..letters).is_some_and(|word| LABELS.contains(&word))
}

fn speaks_about(between: &[u8]) -> bool {
    let between = between.strip_suffix(b"changed to ").unwrap_or(between);
    let words = between.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'\'')).filter(|word| !word.is_empty());
    // `password protected` speaks about the file; `the password for the protected file is ...` does not.
    words.enumerate().any(|(place, word)| ABOUT.contains(&word) && (place == 0 || word != b"protected"))
}

/// `****`, `____`, `[...]`, `<password>`, `xxxx`.
fn is_placeholder(value: &[u8]) -> bool {
    let first = value.first();
    matches!(first, Some(b'<' | b'[' | b'{' | b'('))
        || !value.iter().any(u8::is_ascii_alphanumeric)
        || value.iter().all(|byte| Some(byte) == first)
        // `Closes: #982898`: a reference.
        || value.strip_prefix(b"#").is_some_and(|number| number.iter().all(u8::is_ascii_digit))
}

pub fn is_address(value: &[u8]) -> bool {
    let has = |part: &[u8]| value.windows(part.len()).any(|window| window == part);
    has(b"://") || value.starts_with(b"www.") || value.starts_with(b"mailto:") || looks_like_mail(value)
}

/// `someone@school.example`; `P@ssw0rd` is none.
fn looks_like_mail(value: &[u8]) -> bool {
    let at = value.iter().position(|byte| *byte == b'@');
    at.is_some_and(|at| at > 0 && value.get(at..).is_some_and(|domain| domain.contains(&b'.')))
}

pub fn has_digit(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit)
}

fn is_number(value: &[u8]) -> bool {
    (4..=12).contains(&value.len()) && value.iter().all(u8::is_ascii_digit)
}

/// Letters with digits, with signs, or with a capital inside.
pub fn is_mixed(typed: &str) -> bool {
    let letters = typed.chars().any(char::is_alphabetic);
    let digits = typed.chars().any(|c| c.is_ascii_digit());
    let signs =
        typed.chars().any(|c| matches!(c, '!' | '@' | '#' | '$' | '£' | '%' | '^' | '&' | '*' | '_' | '+' | '?'));
    let inside = typed.chars().skip(1).any(char::is_uppercase) && typed.chars().any(char::is_lowercase);
    letters && (digits || signs || inside)
}

fn is_capital(typed: &str) -> bool {
    typed.chars().next().is_some_and(char::is_uppercase) && typed.chars().count() >= 4
}

/// `expired`, `missing`: what a password is said to be, not what it is.
fn is_participle(value: &[u8]) -> bool {
    value.ends_with(b"ed") || value.ends_with(b"ing") || value.ends_with(b"able") || value.contains(&b'\'')
}

#[cfg(test)]
mod tests;
