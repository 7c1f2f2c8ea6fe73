//! Whether an account can exist at a sort code: the banks' published modulus check.
//!
//! The table of weights is the operator's to install (it has a licence of its own); without it a pair
//! of numbers is only possible.

use std::fmt;

/// The installed table of weights.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SortCodes {
    /// Sorted by their first sort code, in the order of the table where two begin alike.
    rows: Vec<Row>,
    /// Sort codes that are checked as another (exception 5).
    substitutes: Vec<(u32, u32)>,
}

impl fmt::Debug for SortCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SortCodes({} rows)", self.rows.len())
    }
}

/// What the table says of a sort code and account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The check digits are right.
    Right,
    /// They are wrong: no account at this sort code has this number.
    Wrong,
    /// The table does not speak of this sort code.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    first: u32,
    last: u32,
    method: Method,
    weights: [u32; 14],
    exception: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Mod10,
    Mod11,
    DoubleAlternate,
}

/// Digits of sort code and account, in the order of the weights: `u v w x y z a b c d e f g h`.
type Digits = [u32; 14];

/// Sort codes checked in place of those with exceptions 8 and 9.
const EXCEPTION_8: u32 = 90_126;
const EXCEPTION_9: u32 = 309_634;
/// Weights of exception 2 in place of the row's own.
const EXCEPTION_2: [u32; 14] = [0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1];
const EXCEPTION_2_NINE: [u32; 14] = [0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 10, 9, 3, 1];

impl SortCodes {
    /// Reads the table as it is published: first and last sort code, method, fourteen weights and, where there is
    /// one, the exception; and the list of substitutes, two sort codes a line.
    ///
    /// # Errors
    /// The number of the first line that is not understood, 1-based, counted through both texts.
    pub fn read(weights: &str, substitutes: &str) -> Result<Self, usize> {
        let mut codes = Self::default();
        let lines = weights.lines().count();
        for (index, line) in weights.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            codes.rows.push(read_row(line).ok_or(index + 1)?);
        }
        for (index, line) in substitutes.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            codes.substitutes.push(read_pair(line).ok_or(lines + index + 1)?);
        }
        codes.rows.sort_by_key(|row| row.first);
        Ok(codes)
    }

    /// Checks six digits and eight; anything else is unknown.
    #[must_use]
    pub fn check(&self, sort_code: &str, account: &str) -> Answer {
        let mut digits: Digits = [0; 14];
        let given: Vec<u32> = sort_code.chars().chain(account.chars()).filter_map(|c| c.to_digit(10)).collect();
        if sort_code.len() != 6 || account.len() != 8 || given.len() != 14 {
            return Answer::Unknown;
        }
        digits.iter_mut().zip(&given).for_each(|(digit, value)| *digit = *value);
        let code = number(&digits);
        let end = self.rows.partition_point(|row| row.first <= code);
        let mut rows = self.rows.iter().take(end).filter(|row| row.last >= code);
        let Some(first) = rows.next() else { return Answer::Unknown };
        let right = match rows.next() {
            None => self.passes(first, digits),
            Some(second) => self.pass_together(first, second, digits),
        };
        if right { Answer::Right } else { Answer::Wrong }
    }

    fn pass_together(&self, first: &Row, second: &Row, digits: Digits) -> bool {
        match (first.exception, second.exception) {
            (2, 9) | (10, 11) | (12, 13) => self.passes(first, digits) || self.passes(second, digits),
            // Exception 3: the second check is left out where `c` is 6 or 9.
            (_, 3) if matches!(digits.get(8), Some(6 | 9)) => self.passes(first, digits),
            _ => self.passes(first, digits) && self.passes(second, digits),
        }
    }

    fn passes(&self, row: &Row, digits: Digits) -> bool {
        let [.., a, b, _, _, _, _, g, h] = digits;
        let mut weights = row.weights;
        let mut used = digits;
        match row.exception {
            2 if a != 0 => weights = if g == 9 { EXCEPTION_2_NINE } else { EXCEPTION_2 },
            5 => {
                let code = number(&digits);
                let other = self.substitutes.iter().find(|(from, _)| *from == code).map_or(code, |(_, to)| *to);
                substitute(&mut used, other);
            }
            // An account in a foreign currency has no check digits.
            6 if (4..=8).contains(&a) && g == h => return true,
            7 if g == 9 => weights.iter_mut().take(8).for_each(|weight| *weight = 0),
            8 => substitute(&mut used, EXCEPTION_8),
            9 => substitute(&mut used, EXCEPTION_9),
            10 if g == 9 && (a == 0 || a == 9) && b == 9 => weights.iter_mut().take(8).for_each(|weight| *weight = 0),
            _ => {}
        }
        let remainder = remainder(row.method, &weights, &used, row.exception);
        match (row.exception, row.method) {
            (4, _) => remainder == g * 10 + h,
            (5, Method::DoubleAlternate) => (10 - remainder) % 10 == h,
            (5, _) => remainder != 1 && (11 - remainder) % 11 == g,
            (14, _) => remainder == 0 || matches!(h, 0 | 1 | 9) && shifted(row, used),
            _ => remainder == 0,
        }
    }
}

/// Exception 14: the account without its last digit, moved one place to the right.
fn shifted(row: &Row, digits: Digits) -> bool {
    let mut moved = digits;
    for (to, digit) in moved.iter_mut().skip(7).zip(digits.iter().skip(6)) {
        *to = *digit;
    }
    moved.iter_mut().skip(6).take(1).for_each(|digit| *digit = 0);
    remainder(row.method, &row.weights, &moved, row.exception) == 0
}

fn remainder(method: Method, weights: &[u32; 14], digits: &Digits, exception: u8) -> u32 {
    let products = weights.iter().zip(digits).map(|(weight, digit)| weight * digit);
    match method {
        Method::Mod10 => products.sum::<u32>() % 10,
        Method::Mod11 => products.sum::<u32>() % 11,
        Method::DoubleAlternate => {
            let sum: u32 = products.map(|product| product / 100 + product / 10 % 10 + product % 10).sum();
            (sum + if exception == 1 { 27 } else { 0 }) % 10
        }
    }
}

fn number(digits: &Digits) -> u32 {
    digits.iter().take(6).fold(0, |sum, digit| sum * 10 + digit)
}

fn substitute(digits: &mut Digits, code: u32) {
    let mut rest = code;
    for digit in digits.iter_mut().take(6).rev() {
        *digit = rest % 10;
        rest /= 10;
    }
}

fn read_row(line: &str) -> Option<Row> {
    let mut words = line.split_whitespace();
    let (first, last) = (read_code(words.next()?)?, read_code(words.next()?)?);
    let method = match words.next()? {
        "MOD10" => Method::Mod10,
        "MOD11" => Method::Mod11,
        "DBLAL" => Method::DoubleAlternate,
        _ => return None,
    };
    let mut weights = [0; 14];
    for weight in &mut weights {
        // Products of larger weights would not fit the rule for their digits.
        *weight = words.next()?.parse().ok().filter(|weight| *weight <= 99)?;
    }
    let exception =
        words.next().map_or(Some(0), |word| word.parse().ok().filter(|number| (1..=14).contains(number)))?;
    (first <= last && words.next().is_none()).then_some(Row { first, last, method, weights, exception })
}

fn read_pair(line: &str) -> Option<(u32, u32)> {
    let mut words = line.split_whitespace();
    let pair = (read_code(words.next()?)?, read_code(words.next()?)?);
    words.next().is_none().then_some(pair)
}

fn read_code(word: &str) -> Option<u32> {
    if word.len() == 6 { word.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row for each published example and for each exception; the ranges are the example alone.
    const TABLE: &str = "\
089999 089999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1
107999 107999 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1
118765 118765 DBLAL 0 0 2 1 2 1 2 1 2 1 2 1 2 1 1
180002 180002 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1 14
202959 203099 MOD11 0 0 0 0 0 0 0 7 6 5 4 3 2 1 6
202959 203099 DBLAL 2 1 2 1 2 1 2 1 2 1 2 1 2 1 6

900001 900001 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1
900001 900001 DBLAL 0 0 0 0 0 0 2 1 2 1 2 1 2 1 3
900002 900002 MOD11 0 0 0 0 0 0 8 4 6 3 5 2 0 0 4
900003 900003 MOD11 7 6 5 4 3 2 7 6 5 4 3 2 0 0 5
900004 900004 MOD11 0 0 0 0 0 7 8 7 6 5 4 3 2 1 7
900005 900005 MOD10 1 1 1 1 1 1 1 1 1 1 1 1 1 1 8
900006 900006 MOD11 0 0 0 0 0 0 0 7 6 5 4 3 2 1 10
900006 900006 DBLAL 0 0 0 0 0 0 2 1 2 1 2 1 2 1 11
900007 900007 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1 2
900007 900007 DBLAL 2 1 2 1 2 1 2 1 2 1 2 1 2 1 9
";

    #[test]
    fn the_table_decides() {
        let codes = SortCodes::read(TABLE, "900003 900001\n").unwrap();
        for (sort_code, account, wanted) in [
            ("089999", "66374958", Answer::Right),
            ("089999", "66374959", Answer::Wrong),
            ("107999", "88837491", Answer::Right),
            ("107999", "88837493", Answer::Wrong),
            ("202959", "63748472", Answer::Right),
            ("203099", "66831036", Answer::Wrong),
            ("203099", "41011166", Answer::Right),
            ("118765", "64371389", Answer::Right),
            ("118765", "64371388", Answer::Wrong),
            ("180002", "00000190", Answer::Right),
            ("180002", "00000193", Answer::Wrong),
            ("555555", "66374958", Answer::Unknown),
            ("08999", "66374958", Answer::Unknown),
            ("089999", "6637495x", Answer::Unknown),
        ] {
            assert_eq!(codes.check(sort_code, account), wanted, "{sort_code} {account}");
        }
    }

    #[test]
    fn each_exception_changes_what_it_says() {
        let codes = SortCodes::read(TABLE, "900003 900001\n").unwrap();
        for (sort_code, account, wanted) in [
            // 3: 00600006: 6*6 + 6 = 42, 42 % 11 = 9; 00600001: 36 + 1 = 37 % 11 = 4; 00600008: 44 % 11 = 0.
            ("900001", "00600008", Answer::Right),
            ("900001", "00000000", Answer::Right),
            ("900001", "00500003", Answer::Wrong),
            // 4: the remainder is the last two digits: 8*1 = 8.
            ("900002", "10000008", Answer::Right),
            ("900002", "10000000", Answer::Wrong),
            // 5: checked as 900001: 63 + 2 = 65 % 11 = 10, so g = 1.
            ("900003", "00000010", Answer::Right),
            ("900003", "00000020", Answer::Wrong),
            // 7: g = 9 leaves c to h: 2*9 + 4 = 22.
            ("900004", "11000094", Answer::Right),
            ("900004", "11000095", Answer::Wrong),
            // 8: checked as 090126: 18 + 2.
            ("900005", "00000002", Answer::Right),
            ("900005", "00000006", Answer::Wrong),
            // 10: 09 with g = 9 leaves c to h: 18 + 4 = 22.
            ("900006", "09000094", Answer::Right),
            // 11: the other check alone is enough: 2*1 + 8 = 10.
            ("900006", "10000008", Answer::Right),
            ("900006", "10000005", Answer::Wrong),
            // 2: other weights where a is not 0: 7*3 + 6 + 6; where g is 9, c to h: 27 + 6.
            ("900007", "10000006", Answer::Right),
            ("900007", "10000096", Answer::Right),
            ("900007", "10000005", Answer::Wrong),
            // 9: checked as 309634: 31 + 9.
            ("900007", "00000009", Answer::Right),
            ("900007", "00000008", Answer::Wrong),
        ] {
            assert_eq!(codes.check(sort_code, account), wanted, "{sort_code} {account}");
        }
    }

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        for (weights, substitutes, wanted) in [
            ("089999 089999 MOD10 0 0 0\n", "", 1),
            ("\n089999 089999 MOD12 0 0 0 0 0 0 7 1 3 7 1 3 7 1\n", "", 2),
            ("089999 088888 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1\n", "", 1),
            ("089999 089999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1 15\n", "", 1),
            ("", "938173 x\n", 1),
        ] {
            assert_eq!(SortCodes::read(weights, substitutes), Err(wanted));
        }
    }
}
