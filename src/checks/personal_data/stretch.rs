//! A stretch of letters and digits as people type them: with spaces, hyphens, dots or a line break inside.

/// Longest identifier without its separators: an IBAN.
const LONGEST: usize = 34;
/// The most letters before the first digit of an identifier: the surname of a driving licence.
pub const PREFIX: usize = 5;

/// What stands between two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// A space.
    Space,
    /// A hyphen or dash, with or without spaces.
    Hyphen,
    /// A dot.
    Dot,
    /// One line break.
    Break,
}

/// The end of a token: everything before it may be an identifier.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// Letters and digits up to here.
    pub len: usize,
    /// Offset in the folded text.
    pub end: usize,
    /// What stands before this token; `None` for the first.
    pub gap: Option<Gap>,
}

/// Letters and digits from one token on, without what stands between them.
#[derive(Debug, Default)]
pub struct Stretch {
    /// The letters and digits.
    pub chars: Vec<u8>,
    /// Where each token ends.
    pub marks: Vec<Mark>,
    /// Offset of the first one in the folded text.
    pub start: usize,
}

impl Stretch {
    /// Reads on from `start`, which is the start of a token.
    pub fn read(&mut self, text: &[u8], start: usize) {
        self.chars.clear();
        self.marks.clear();
        self.start = start;
        let mut at = start;
        let mut gap = None;
        loop {
            let token = text.get(at..).unwrap_or_default();
            let len = token.iter().take(LONGEST + 1).take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let end = at + len;
            // A letter of another script right behind makes it part of a word.
            if len == 0 || self.chars.len() + len > LONGEST || !text.get(end).is_none_or(u8::is_ascii) {
                return;
            }
            self.chars.extend(token.iter().take(len));
            self.marks.push(Mark { len: self.chars.len(), end, gap });
            let Some((kind, width)) = read_gap(text.get(end..).unwrap_or_default()) else { return };
            gap = Some(kind);
            at = end + width;
        }
    }

    /// The groups up to a mark, as their lengths.
    pub fn groups(&self, upto: usize) -> impl Iterator<Item = usize> + '_ {
        let mut before = 0;
        self.marks.iter().take(upto + 1).map(move |mark| {
            let group = mark.len - before;
            before = mark.len;
            group
        })
    }

    /// Letters before the first digit; one more than an identifier can begin with where there are as many.
    pub fn leading_letters(&self) -> usize {
        self.chars.iter().take(PREFIX + 1).take_while(|c| !c.is_ascii_digit()).count()
    }

    /// Whether all gaps up to a mark are alike, a line break aside.
    pub fn is_uniform(&self, upto: usize) -> bool {
        let mut gaps = self.marks.iter().take(upto + 1).filter_map(|mark| mark.gap).filter(|gap| *gap != Gap::Break);
        let first = gaps.next();
        gaps.all(|gap| Some(gap) == first)
    }

    /// Line breaks up to a mark.
    pub fn breaks(&self, upto: usize) -> usize {
        self.marks.iter().take(upto + 1).filter(|mark| mark.gap == Some(Gap::Break)).count()
    }
}

/// A gap as one kind and its width; `None` where the identifier ends.
pub fn read_gap(text: &[u8]) -> Option<(Gap, usize)> {
    let width = text.iter().take(4).take_while(|byte| matches!(byte, b' ' | b'-' | b'.' | b'\n')).count();
    let gap = text.get(..width)?;
    let (breaks, hyphens, dots) = gap.iter().fold((0, 0, 0), |(breaks, hyphens, dots), byte| match byte {
        b'\n' => (breaks + 1, hyphens, dots),
        b'-' => (breaks, hyphens + 1, dots),
        b'.' => (breaks, hyphens, dots + 1),
        _ => (breaks, hyphens, dots),
    });
    let kind = match (width, breaks, hyphens, dots) {
        (0 | 4.., ..) => return None,
        (_, 1, 0 | 1, 0) => Gap::Break,
        (_, 0, 1, 0) => Gap::Hyphen,
        (1, 0, 0, 1) => Gap::Dot,
        (_, 0, 0, 0) => Gap::Space,
        _ => return None,
    };
    Some((kind, width))
}

/// The end of the token around a digit where it is too short for any identifier and stands alone between the signs of a
/// table (`,23,45,`), so that no date and no longer number goes through it. Tables are full of these.
pub fn lonely_token(text: &[u8], digit: usize, floor: usize) -> Option<usize> {
    const LONGEST: usize = 4;
    let member = |byte: &&u8| byte.is_ascii_alphanumeric();
    let before = text.get(floor..digit)?.iter().rev().take(LONGEST + 1).take_while(member).count();
    let behind = text.get(digit..)?.iter().take(LONGEST + 1).take_while(member).count();
    let (start, end) = (digit - before, digit + behind);
    let parts = |byte: &u8| matches!(byte, b',' | b';' | b'|' | b'"');
    let parted = end - start <= LONGEST && text.get(start.checked_sub(1)?).is_some_and(parts);
    // A comma may stand inside a date, before its month.
    let ended = match text.get(end..)? {
        [b',', next, ..] => next.is_ascii_digit() || *next == b'"',
        [sign, ..] => parts(sign),
        [] => false,
    };
    (parted && ended).then_some(end)
}

/// The start of the first token that may begin an identifier which has a digit at `digit`: its own token, or short
/// tokens of letters before it (`AB 12 34 56 C`). Never before `floor`.
pub fn first_token(text: &[u8], digit: usize, floor: usize) -> usize {
    let mut start = token_start(text, digit, floor);
    let mut letters = digit - start;
    while letters < PREFIX {
        let Some((token, len)) = token_before(text, start, floor) else { break };
        letters += len;
        if letters > PREFIX || !text.get(token..token + len).unwrap_or_default().iter().all(u8::is_ascii_alphabetic) {
            break;
        }
        start = token;
    }
    start
}

/// How long a label is that a token begins with and that its number is glued to: `ibangb77...`, `upnr2072...`.
pub fn glued_label(text: &[u8], start: usize) -> usize {
    const LABELS: &[&[u8]] = &[b"iban", b"upn", b"uln", b"nino", b"utr", b"uci", b"nhsno", b"nhs"];
    let token = text.get(start..).unwrap_or_default();
    let length = token.iter().take(LONGEST + 5).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let label = LABELS.iter().find(|label| token.starts_with(label)).map_or(0, |label| label.len());
    if label > 0
        && length >= label + 4
        && token.get(label..length).is_some_and(|rest| rest.iter().any(u8::is_ascii_digit))
    {
        label
    } else {
        0
    }
}

/// The start of the token that `at` lies in.
fn token_start(text: &[u8], at: usize, floor: usize) -> usize {
    let before = text.get(floor..at).unwrap_or_default();
    at - before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count()
}

/// The token before the one that starts at `start`, where a gap joins them.
fn token_before(text: &[u8], start: usize, floor: usize) -> Option<(usize, usize)> {
    let before = text.get(floor..start)?;
    let width = before.iter().rev().take(4).take_while(|byte| matches!(byte, b' ' | b'-' | b'.' | b'\n')).count();
    let end = start - width;
    read_gap(text.get(end..start)?)?;
    let len = text.get(floor..end)?.iter().rev().take(PREFIX + 1).take_while(|b| b.is_ascii_alphanumeric()).count();
    (len > 0).then_some((end - len, len))
}

/// Whether a letter of any script or a digit stands right before `start`.
pub fn joined_before(text: &str, start: usize) -> bool {
    text.get(..start).and_then(|before| before.chars().next_back()).is_some_and(char::is_alphanumeric)
}

/// Whether digits `start..end` are a part of a longer number, an amount or a measure: `1.5`, `12/34`, `£12`, `12 %`.
pub fn joined_number(text: &[u8], start: usize, end: usize) -> bool {
    let at = |index: Option<usize>| index.and_then(|index| text.get(index)).copied().unwrap_or(b' ');
    let (before, before_that) = (at(start.checked_sub(1)), at(start.checked_sub(2)));
    let (after, after_that) = (at(Some(end)), at(Some(end + 1)));
    let money = matches!(before, b'$' | b'+' | b'_' | b'@' | b'=' | b'#') && before_that.is_ascii_digit()
        || matches!(before, b'$' | 0xA3 | 0xAC)
        || after == b'%';
    // `nhs/6751642334`, `is-607 611`: a label ends there; `4757460155.txt`, `4090141737/dob`: the number ends there.
    let labelled = before_that.is_ascii_alphabetic() && ends_with_label(text, start);
    let ended = matches!(after, b'.' | b'/') && after_that.is_ascii_alphabetic();
    money
        || matches!(before, b'-' | b'.' | b'/') && before_that.is_ascii_alphanumeric() && !labelled
        || matches!(after, b'-' | b'.' | b'/' | b'@') && after_that.is_ascii_alphanumeric() && !ended
}

/// Whether the word before the sign in front of `start` is a label or leads over to a value.
fn ends_with_label(text: &[u8], start: usize) -> bool {
    const LEADING: &[&[u8]] = &[b"is", b"no", b"number", b"num", b"nr", b"reference", b"ref", b"id", b"of", b"was"];
    let word = text.get(..start.saturating_sub(1)).unwrap_or_default();
    let word = word.rsplit(|byte| !byte.is_ascii_alphabetic()).next().unwrap_or_default();
    LEADING.contains(&word) || super::clues::read(word).next().is_some_and(|(_, _, end)| end == word.len())
}

/// Whether another group of digits stands beside `start..end`, one separator away on the same line.
pub fn has_neighbours(text: &[u8], start: usize, end: usize) -> bool {
    let at = |index: Option<usize>| index.and_then(|index| text.get(index)).copied().unwrap_or(b'\n');
    let gap = |byte: u8| matches!(byte, b' ' | b'-' | b'.' | b'/');
    gap(at(start.checked_sub(1))) && at(start.checked_sub(2)).is_ascii_digit()
        || gap(at(Some(end))) && at(Some(end + 1)).is_ascii_digit()
}

/// Whether `start` lies in a web address; numbers in there are tracking numbers.
pub fn in_web_address(text: &[u8], start: usize) -> bool {
    let before = text.get(start.saturating_sub(200)..start).unwrap_or_default();
    let word = before.rsplit(|byte| matches!(byte, b' ' | b'\n' | b'<' | b'"')).next().unwrap_or_default();
    word.windows(3).any(|three| three == b"://") || word.starts_with(b"www.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tokens_of_tables_stand_alone() {
        for (text, digit, end) in [
            (",23,45,", 1, Some(3)),
            (",7b,45,", 1, Some(3)),
            ("\"23\",\"45\"", 1, Some(3)),
            ("|x2|", 2, Some(3)),
            (",23, 45", 1, None),
            (",14,march 2012", 1, None),
            (",14 march 2012", 1, None),
            (",12345,6", 1, None),
            (" 23,45", 1, None),
            ("23,45", 0, None),
            (",23", 1, None),
        ] {
            assert_eq!(lonely_token(text.as_bytes(), digit, 0), end, "{text}");
        }
    }
}
