//! Telephone numbers of Great Britain and Northern Ireland.

use crate::school::telephones::national;

/// What a number is by its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// A mobile telephone: 07, but not pagers (076, save 07624) and personal numbering (070).
    Mobile,
    /// 01 and 02.
    Place,
    /// 03, 05, 08, 09, pagers, numbers abroad: of services, nobody's own.
    Service,
}

/// A telephone number in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// Digits as dialled inside the country (`07911123456`).
    pub national: Vec<u8>,
    /// What it is.
    pub line: Line,
    /// Start in the folded text, at the `+` or `(` where there is one.
    pub start: usize,
    /// End in the folded text.
    pub end: usize,
}

/// Longest number as written, with its separators.
const LONGEST: usize = 32;

/// The number that begins with the digit at `start`. Numbers that Ofcom set aside for drama are numbers like any other.
pub fn read(text: &[u8], start: usize) -> Option<Phone> {
    let plus = start.checked_sub(1).and_then(|before| text.get(before)) == Some(&b'+');
    let bytes = text.get(start..(start + LONGEST).min(text.len()))?;
    let first_group = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let abroad = plus || bytes.starts_with(b"0044") || bytes.starts_with(b"447") && first_group == 12;
    if !(abroad || bytes.first() == Some(&b'0') && first_group >= 3) {
        return None;
    }
    let mut digits: Vec<u8> = Vec::new();
    let mut found = None;
    let mut at = 0;
    while let Some(token) = bytes.get(at..) {
        let len = token.iter().take_while(|byte| byte.is_ascii_digit()).count();
        digits.extend(token.iter().take(len));
        at += len;
        if len == 0 || bytes.get(at).is_some_and(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii()) {
            break;
        }
        if let Some(national) = national(&digits, plus) {
            let is_last = national.len() == 11;
            found = Some((national, at));
            if is_last {
                break;
            }
        }
        let gap = bytes
            .get(at..)?
            .iter()
            .take(4)
            .take_while(|b| matches!(b, b' ' | b'-' | b'.' | b'(' | b')' | b'\n'))
            .count();
        if gap == 0 || gap == 4 {
            break;
        }
        at += gap;
    }
    let (national, end) = found?;
    let line = line(&national)?;
    Some(Phone { line, national, start: start - usize::from(plus), end: start + end })
}

fn line(national: &[u8]) -> Option<Line> {
    match national {
        [b'0', b'7', b'6', b'2', b'4', ..] => Some(Line::Mobile),
        [b'0', b'7', b'0' | b'6', ..] | [b'0', b'3' | b'5' | b'8' | b'9', ..] => Some(Line::Service),
        [b'0', b'7', ..] => Some(Line::Mobile),
        [b'0', b'1' | b'2', ..] => Some(Line::Place),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (text, wanted) in [
            ("07911 123456", Some(("07911123456", Line::Mobile))),
            ("07700 900123", Some(("07700900123", Line::Mobile))),
            ("+44 7911 123456", Some(("07911123456", Line::Mobile))),
            ("+44 (0) 7911 123456", Some(("07911123456", Line::Mobile))),
            ("0044 7911 123 456", Some(("07911123456", Line::Mobile))),
            ("447789345856", Some(("07789345856", Line::Mobile))),
            ("07624 123456", Some(("07624123456", Line::Mobile))),
            ("07043425232", Some(("07043425232", Line::Service))),
            ("07612 345678", Some(("07612345678", Line::Service))),
            ("+44 20 7946 0958", Some(("02079460958", Line::Place))),
            ("01632 960001", Some(("01632960001", Line::Place))),
            ("01632) 960001", Some(("01632960001", Line::Place))),
            ("08001123123", Some(("08001123123", Line::Service))),
            ("0773894868", None),
            ("077389f8688", None),
            ("67699567", None),
            ("07 12 34 12345", None),
        ] {
            let start = usize::from(text.starts_with('+'));
            let found = read(text.as_bytes(), start);
            let found = found.map(|phone| (String::from_utf8(phone.national).unwrap(), phone.line));
            assert_eq!(found.as_ref().map(|(number, line)| (number.as_str(), *line)), wanted, "{text}");
        }
    }
}
