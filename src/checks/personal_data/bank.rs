//! Payment cards, and a sort code with its account.

use super::clues::{self, Clue};
use super::stretch::{Gap, Stretch};

/// How a card number is known by its first digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuer {
    /// A large scheme: Visa, Mastercard, American Express, Discover, JCB, `UnionPay`, Diners.
    Large,
    /// A prefix that also begins many other numbers: Maestro, UATP, newer ranges.
    Small,
}

/// Payment card by prefix, length and Luhn.
pub fn card(chars: &[u8]) -> Option<Issuer> {
    if !(13..=19).contains(&chars.len()) || !chars.iter().all(u8::is_ascii_digit) || !is_luhn(chars) {
        return None;
    }
    let prefix = |len: usize| chars.iter().take(len).fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let large = match chars.len() {
        13 | 19 if prefix(1) == 4 => true,
        14 => matches!(prefix(2), 36 | 38 | 39) || matches!(prefix(3), 300..=305),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            prefix(1) == 4
                || matches!(prefix(2), 51..=55 | 62 | 65)
                || matches!(prefix(4), 2221..=2720 | 6011 | 3528..=3589)
                || matches!(prefix(3), 644..=649)
        }
        17..=19 => prefix(2) == 62 || matches!(prefix(4), 6011 | 3528..=3589),
        _ => false,
    };
    let small = match chars.len() {
        15 => prefix(1) == 1,
        16..=19 => matches!(prefix(2), 50 | 56..=58 | 67 | 81) || matches!(prefix(4), 6304 | 6390 | 6759),
        12..=14 => matches!(prefix(4), 5018 | 5020 | 5038 | 6304 | 6759),
        _ => false,
    };
    if large { Some(Issuer::Large) } else { small.then_some(Issuer::Small) }
}

/// The Luhn check.
pub fn is_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit.wrapping_sub(b'0'));
            match (index % 2, value) {
                (1, 5..) => value * 2 - 9,
                (1, _) => value * 2,
                _ => value,
            }
        })
        .sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// A sort code and an account beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Six digits.
    pub sort_code: [u8; 6],
    /// Eight digits.
    pub account: [u8; 8],
    /// Start in the folded text.
    pub start: usize,
    /// End in the folded text.
    pub end: usize,
    /// Written as banks write them, side by side, with nothing else between.
    pub in_bank_format: bool,
}

/// Words that may stand between a sort code and its account.
const BETWEEN: usize = 48;

/// The pair that begins with the digits of `stretch` up to `mark`: a sort code or, the other way round, an account.
pub fn pair(text: &[u8], stretch: &Stretch, upto: usize, scratch: &mut Stretch) -> Option<Pair> {
    let mark = stretch.marks.get(upto)?;
    let first = stretch.chars.get(..mark.len)?;
    let (code_first, account_first) = (is_sort_code(stretch, upto), is_account(stretch, upto));
    if !code_first && !account_first {
        return None;
    }
    let rest = text.get(mark.end..(mark.end + BETWEEN).min(text.len()))?;
    let skipped = rest.iter().position(u8::is_ascii_digit)?;
    let between = rest.get(..skipped)?;
    let plain = between.iter().all(|byte| !byte.is_ascii_alphanumeric() && byte.is_ascii());
    if skipped == 0 || !(plain && skipped <= 4 || names_account(between) || account_first && names_sort(between)) {
        return None;
    }
    scratch.read(text, mark.end + skipped);
    for (index, end) in scratch.marks.iter().enumerate() {
        let second = scratch.chars.get(..end.len)?;
        if text.get(end.end + 1).is_some_and(u8::is_ascii_digit)
            && matches!(text.get(end.end), Some(b'-' | b'.' | b'/'))
        {
            continue;
        }
        let in_bank_format = plain && stretch.marks.get(1).is_some_and(|mark| mark.gap == Some(Gap::Hyphen));
        let (code, account) = if code_first && is_account(scratch, index) {
            (first, second)
        } else if account_first && is_sort_code(scratch, index) {
            (second, first)
        } else {
            continue;
        };
        let (sort_code, account) = (code.try_into().ok()?, account.try_into().ok()?);
        return Some(Pair {
            sort_code,
            account,
            start: stretch.start,
            end: end.end,
            in_bank_format: in_bank_format && code_first,
        });
    }
    None
}

fn is_sort_code(stretch: &Stretch, upto: usize) -> bool {
    digits(stretch, upto, 6) && (upto == 0 || upto == 2 && stretch.groups(upto).all(|len| len == 2))
}

fn is_account(stretch: &Stretch, upto: usize) -> bool {
    digits(stretch, upto, 8)
        && (upto == 0 || stretch.groups(upto).all(|len| len == 4) || stretch.groups(upto).all(|len| len == 2))
}

fn digits(stretch: &Stretch, upto: usize, len: usize) -> bool {
    stretch.marks.get(upto).is_some_and(|mark| mark.len == len)
        && stretch.chars.iter().take(len).all(u8::is_ascii_digit)
}

/// `Acct: 21816323 Sort: 77-16-68`: the short label for a sort code.
fn names_sort(between: &[u8]) -> bool {
    let mut words = between.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    matches!(words.next(), Some(b"sort" | b"sortcode" | b"sc")) && words.next().is_none_or(|word| word == b"code")
}

/// `BACS run 264381` behind a number makes no account of it: finance systems print both side by side.
fn names_account(between: &[u8]) -> bool {
    clues::read(between).any(|(clue, start, end)| clue == Clue::Bank && between.get(start..end) != Some(b"bacs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_by_issuer_and_luhn() {
        for (chars, wanted) in [
            ("4111111111111111", Some(Issuer::Large)),
            ("5555555555554444", Some(Issuer::Large)),
            ("122000000000003", Some(Issuer::Small)),
            ("4111111111111112", None),
            ("9111111111111111", None),
            ("411111111111", None),
        ] {
            assert_eq!(card(chars.as_bytes()), wanted, "{chars}");
        }
    }
}
