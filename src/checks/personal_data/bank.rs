//! Payment cards, IBANs, and a sort code with its account.

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

/// Length of an IBAN by country.
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"ad", 24),
    (b"ae", 23),
    (b"al", 28),
    (b"at", 20),
    (b"az", 28),
    (b"ba", 20),
    (b"be", 16),
    (b"bg", 22),
    (b"bh", 22),
    (b"bi", 27),
    (b"br", 29),
    (b"by", 28),
    (b"ch", 21),
    (b"cr", 22),
    (b"cy", 28),
    (b"cz", 24),
    (b"de", 22),
    (b"dj", 27),
    (b"dk", 18),
    (b"do", 28),
    (b"dz", 26),
    (b"ee", 20),
    (b"eg", 29),
    (b"es", 24),
    (b"fi", 18),
    (b"fk", 18),
    (b"fo", 18),
    (b"fr", 27),
    (b"gb", 22),
    (b"ge", 22),
    (b"gi", 23),
    (b"gl", 18),
    (b"gr", 27),
    (b"gt", 28),
    (b"hn", 28),
    (b"hr", 21),
    (b"hu", 28),
    (b"ie", 22),
    (b"il", 23),
    (b"iq", 23),
    (b"ir", 26),
    (b"is", 26),
    (b"it", 27),
    (b"jo", 30),
    (b"kw", 30),
    (b"kz", 20),
    (b"lb", 28),
    (b"lc", 32),
    (b"li", 21),
    (b"lt", 20),
    (b"lu", 20),
    (b"lv", 21),
    (b"ly", 25),
    (b"ma", 28),
    (b"mc", 27),
    (b"md", 24),
    (b"me", 22),
    (b"mk", 19),
    (b"mn", 20),
    (b"mr", 27),
    (b"mt", 31),
    (b"mu", 30),
    (b"mz", 25),
    (b"ni", 28),
    (b"nl", 18),
    (b"no", 15),
    (b"om", 23),
    (b"pk", 24),
    (b"pl", 28),
    (b"ps", 29),
    (b"pt", 25),
    (b"qa", 29),
    (b"ro", 24),
    (b"rs", 22),
    (b"ru", 33),
    (b"sa", 24),
    (b"sc", 31),
    (b"sd", 18),
    (b"se", 24),
    (b"si", 19),
    (b"sk", 24),
    (b"sm", 27),
    (b"so", 23),
    (b"st", 25),
    (b"sv", 28),
    (b"tl", 23),
    (b"tn", 24),
    (b"tr", 26),
    (b"ua", 29),
    (b"va", 22),
    (b"vg", 24),
    (b"xk", 20),
    (b"ye", 30),
];

/// IBAN by country length and mod 97.
pub fn is_iban(chars: &[u8]) -> bool {
    let [country1, country2, check1, check2, account @ ..] = chars else { return false };
    if !(check1.is_ascii_digit() && check2.is_ascii_digit()) {
        return false;
    }
    let country = [*country1, *country2];
    if !LENGTHS.iter().any(|(code, len)| **code == country && *len == chars.len()) {
        return false;
    }
    let turned = account.iter().chain([country1, country2, check1, check2]);
    let remainder = turned.fold(0_u32, |sum, c| {
        if c.is_ascii_digit() {
            (sum * 10 + u32::from(c - b'0')) % 97
        } else {
            (sum * 100 + u32::from(c - b'a') + 10) % 97
        }
    });
    // Every country's numbers are mostly digits; a line of short words is not.
    remainder == 1 && account.iter().filter(|c| c.is_ascii_digit()).count() >= 8
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
    if skipped == 0 || !(plain && skipped <= 4 || names_account(between)) {
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

fn names_account(between: &[u8]) -> bool {
    clues::read(between).any(|(clue, ..)| clue == Clue::Bank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_and_ibans() {
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
        for (chars, wanted) in [
            ("gb29nwbk60161331926819", true),
            ("gb82west12345698765432", true),
            ("gb82west12345698765433", false),
            ("gb82west1234569876543", false),
            ("zz82west12345698765432", false),
        ] {
            assert_eq!(is_iban(chars.as_bytes()), wanted, "{chars}");
        }
    }
}
