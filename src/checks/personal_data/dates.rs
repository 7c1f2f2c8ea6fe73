//! Dates as people write them, day first.

use super::clues::{Clue, Near};
use jiff::civil::{Date, date};

const MONTHS: [&[u8]; 12] = [
    b"january",
    b"february",
    b"march",
    b"april",
    b"may",
    b"june",
    b"july",
    b"august",
    b"september",
    b"october",
    b"november",
    b"december",
];
/// Longest date: `14th of september, 2012`.
const LONGEST: usize = 26;
/// A word behind a date that is about it: `14/03/2012 (dob)`.
const BEHIND: usize = 16;

/// The date that begins at `start`, which is a digit, or at the month's name before it, and its start and end.
pub fn read(text: &[u8], start: usize, now: Date) -> Option<(Date, usize, usize)> {
    let bytes = text.get(start..(start + LONGEST).min(text.len()))?;
    let (first, len) = number(bytes)?;
    let rest = bytes.get(len..)?;
    let found = match len {
        1 | 2 => day_first(first, rest, now).map(|(date, used)| (date, start, start + len + used)),
        4 => year_first(first, rest).map(|(date, used)| (date, start, start + len + used)),
        8 => compact(bytes).map(|date| (date, start, start + 8)),
        _ => None,
    };
    found.or_else(|| month_first(text, start, first, len, rest, now)).filter(|(_, _, end)| {
        // `2012-03-14t00:00:00`, as exports write it.
        let time = text.get(*end) == Some(&b't') && text.get(*end + 1).is_some_and(u8::is_ascii_digit);
        time || !text.get(*end).is_some_and(u8::is_ascii_alphanumeric)
    })
}

/// `140312`: six digits that stand alone may be a day, which one whose birth is known can say.
pub fn read_short(text: &[u8], start: usize, now: Date) -> Option<(Date, usize)> {
    let bytes = text.get(start..start + 6)?;
    let alone = !text.get(start + 6).is_some_and(u8::is_ascii_alphanumeric)
        && !start.checked_sub(1).and_then(|before| text.get(before)).is_some_and(u8::is_ascii_alphanumeric);
    let field = |from: usize| number(bytes.get(from..from + 2)?).map(|(value, _)| value);
    let all = alone && bytes.iter().all(u8::is_ascii_digit);
    all.then(|| build(field(4)?, 2, field(2)?, field(0)?, now))?.map(|date| (date, start + 6))
}

/// Whether the clues say that a date at `start` is somebody's birth: named behind it, or named before it with no
/// other date between.
pub fn is_birth(text: &[u8], clues: &[Near], start: usize, now: Date) -> bool {
    clues.iter().any(|near| match near.clue {
        Clue::Births => near.before,
        Clue::Birth if near.before => !dates_between(text, near.end, start, now),
        Clue::Birth => near.distance <= BEHIND,
        Clue::Born if near.before => !dates_between(text, near.end, start, now) && !is_of_many(text, near.end),
        _ => false,
    }) || is_short(text, start)
}

/// Whether nothing but the word `born` says so: that is history where the year is an adult's.
pub fn is_only_said(clues: &[Near]) -> bool {
    !clues.iter().any(|near| matches!(near.clue, Clue::Birth | Clue::Births))
}

/// `born between`, `born on or after`: a year group.
fn is_of_many(text: &[u8], end: usize) -> bool {
    const LIMITS: &[&[u8]] = &[b"between", b"before", b"after", b"on or", b"from", b"since", b"by", b"in or"];
    let rest = text.get(end..(end + 24).min(text.len())).unwrap_or_default().trim_ascii_start();
    LIMITS.iter().any(|limit| rest.starts_with(limit))
}

/// `b. 14/03/2012`.
fn is_short(text: &[u8], start: usize) -> bool {
    let before = text.get(start.saturating_sub(5)..start).unwrap_or_default();
    matches!(before.trim_ascii_end(), [.., b' ' | b'(' | b',' | b'\n', b'b', b'.'] | [b'b', b'.'])
}

/// Whether somebody born then would be at school or at work: 2 to 110 years old.
pub fn is_plausible_birth(born: Date, now: Date) -> bool {
    (2..=110).contains(&age(born, now))
}

/// How old somebody born then is.
pub fn age(born: Date, now: Date) -> i32 {
    let had_birthday = (now.month(), now.day()) >= (born.month(), born.day());
    i32::from(now.year()) - i32::from(born.year()) - i32::from(!had_birthday)
}

fn dates_between(text: &[u8], from: usize, to: usize, now: Date) -> bool {
    let mut at = from;
    while at < to {
        if text.get(at).is_some_and(u8::is_ascii_digit) {
            if read(text, at, now).is_some() {
                return true;
            }
            at += text.get(at..to).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
        } else {
            at += 1;
        }
    }
    false
}

fn day_first(day: i16, rest: &[u8], now: Date) -> Option<(Date, usize)> {
    let suffix = if [b"st", b"nd", b"rd", b"th"].iter().any(|end| rest.starts_with(*end)) { 2 } else { 0 };
    let after = rest.get(suffix..)?;
    if let Some((separator, width)) = separator(after)
        && suffix == 0
        && let Some((month, len)) = number(after.get(width..)?)
    {
        let tail = after.get(width + len..)?;
        let (again, second) = self::separator(tail)?;
        let (year, year_len) = number(tail.get(second..)?)?;
        let written = separator == again && len <= 2;
        return written.then_some((build(year, year_len, month, day, now)?, width + len + second + year_len));
    }
    let skipped = gap(after, b"of");
    let (month, len) = month_name(after.get(skipped..)?)?;
    let tail = after.get(skipped + len..)?;
    let second = gap(tail, b"");
    let (year, year_len) = number(tail.get(second..)?)?;
    // `14 march 12` is rare beside `14 march 12:00`.
    let is_time = tail.get(second + year_len).is_some_and(|byte| *byte == b':');
    (!is_time).then_some((build(year, year_len, month, day, now)?, suffix + skipped + len + second + year_len))
}

fn year_first(year: i16, rest: &[u8]) -> Option<(Date, usize)> {
    let (separator, width) = separator(rest)?;
    let (month, len) = number(rest.get(width..)?)?;
    let tail = rest.get(width + len..)?;
    let (again, second) = self::separator(tail)?;
    let (day, day_len) = number(tail.get(second..)?)?;
    let written = separator == again && len <= 2 && day_len <= 2;
    written.then_some((valid(year, month, day)?, width + len + second + day_len))
}

/// `14032012`, `20120314`.
fn compact(bytes: &[u8]) -> Option<Date> {
    let field = |from: usize, len: usize| number(bytes.get(from..from + len)?).map(|(value, _)| value);
    valid(field(4, 4)?, field(2, 2)?, field(0, 2)?).or_else(|| valid(field(0, 4)?, field(4, 2)?, field(6, 2)?))
}

/// `march 14, 2012`.
fn month_first(
    text: &[u8],
    start: usize,
    day: i16,
    len: usize,
    rest: &[u8],
    now: Date,
) -> Option<(Date, usize, usize)> {
    let before = text.get(start.saturating_sub(12)..start)?;
    let trimmed = before.trim_ascii_end();
    let word = trimmed.rsplit(|byte| !byte.is_ascii_alphabetic()).next()?;
    let (month, used) = month_name(word)?;
    let suffix = if [b"st", b"nd", b"rd", b"th"].iter().any(|end| rest.starts_with(*end)) { 2 } else { 0 };
    let second = gap(rest.get(suffix..)?, b"");
    let (year, year_len) = number(rest.get(suffix + second..)?)?;
    let written = used == word.len() && len <= 2 && year_len == 4 && second > 0;
    let first = start - (before.len() - trimmed.len()) - word.len();
    written.then_some((build(year, year_len, month, day, now)?, first, start + len + suffix + second + year_len))
}

/// One of `/ . -` or a space, with spaces around it.
fn separator(bytes: &[u8]) -> Option<(u8, usize)> {
    let width = bytes.iter().take(3).take_while(|byte| matches!(byte, b'/' | b'.' | b'-' | b' ')).count();
    let mut marks = bytes.iter().take(width).filter(|byte| **byte != b' ');
    let mark = marks.next().copied().unwrap_or(b' ');
    (width > 0 && marks.next().is_none()).then_some((mark, width))
}

/// Spaces, commas, a dot and one word between the parts of a date.
fn gap(bytes: &[u8], word: &[u8]) -> usize {
    let blank = |bytes: &[u8]| {
        bytes.iter().take_while(|byte| matches!(byte, b' ' | b',' | b'.' | b'-' | b'/' | b'\'' | b'\n')).count()
    };
    let first = blank(bytes);
    let rest = bytes.get(first..).unwrap_or_default();
    match rest.strip_prefix(word) {
        Some(tail) if !word.is_empty() && tail.first() == Some(&b' ') => first + word.len() + blank(tail),
        _ => first,
    }
}

fn month_name(bytes: &[u8]) -> Option<(i16, usize)> {
    let len = bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = bytes.get(..len)?;
    let index = MONTHS.iter().position(|name| len >= 3 && name.first() == word.first() && name.starts_with(word))?;
    Some((i16::try_from(index).ok()? + 1, len))
}

fn number(bytes: &[u8]) -> Option<(i16, usize)> {
    let len = bytes.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
    let value = bytes.iter().take(len.min(4)).fold(0_i16, |sum, digit| sum * 10 + i16::from(digit - b'0'));
    (len > 0).then_some((value, len))
}

fn build(year: i16, year_len: usize, month: i16, day: i16, now: Date) -> Option<Date> {
    let year = match year_len {
        4 => year,
        2 if year > now.year() % 100 => now.year() / 100 * 100 - 100 + year,
        2 => now.year() / 100 * 100 + year,
        _ => return None,
    };
    valid(year, month, day)
}

fn valid(year: i16, month: i16, day: i16) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    ((1880..2200).contains(&year)).then(|| Date::new(year, month, day).ok())?
}

/// The day a moment falls on, near enough for an age.
pub fn day_of(now: jiff::Timestamp) -> Date {
    let zoned = now.to_zoned(jiff::tz::TimeZone::UTC);
    date(zoned.year(), zoned.month(), zoned.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_ways_people_write() {
        let now = date(2026, 3, 2);
        for (text, wanted) in [
            ("14/03/2012", Some(date(2012, 3, 14))),
            ("14.3.12", Some(date(2012, 3, 14))),
            ("14 mar 2012", Some(date(2012, 3, 14))),
            ("14th march 2012", Some(date(2012, 3, 14))),
            ("14th of march, 2012", Some(date(2012, 3, 14))),
            ("2012-03-14", Some(date(2012, 3, 14))),
            ("14-03-2012", Some(date(2012, 3, 14))),
            ("14 / 03 / 2012", Some(date(2012, 3, 14))),
            ("14-mar-12", Some(date(2012, 3, 14))),
            ("1 sept 1975", Some(date(1975, 9, 1))),
            ("01/02/75", Some(date(1975, 2, 1))),
            ("14032012", Some(date(2012, 3, 14))),
            ("20120314", Some(date(2012, 3, 14))),
            ("31/02/2012", None),
            ("14/3.2012", None),
            ("14/13/2012", None),
            ("14/03/20123", None),
            ("14 march 12:00", None),
            ("14 marbles 2012", None),
        ] {
            assert_eq!(read(text.as_bytes(), 0, now).map(|found| found.0), wanted, "{text}");
        }
        for (text, wanted) in [("140312", true), ("140312 8c", true), ("311312", false), ("1403122", false)] {
            let right = wanted.then_some((date(2012, 3, 14), 6));
            assert_eq!(read_short(text.as_bytes(), 0, now), right, "{text}");
        }
        assert_eq!(read(b"on march 14, 2012", 9, now), Some((date(2012, 3, 14), 3, 17)));
    }

    #[test]
    fn ages_from_two_to_a_hundred_and_ten() {
        let now = date(2026, 3, 2);
        for (born, wanted) in [
            (date(2012, 3, 14), true),
            (date(2024, 3, 2), true),
            (date(2024, 3, 3), false),
            (date(2026, 9, 1), false),
            (date(1960, 1, 1), true),
            (date(1915, 1, 1), false),
        ] {
            assert_eq!(is_plausible_birth(born, now), wanted, "{born}");
        }
    }
}
