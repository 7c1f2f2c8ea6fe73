//! Passport and driving licence.

/// UK passport number: nine digits, or the older ones with one letter. It has no check digit.
pub fn is_passport(chars: &[u8]) -> bool {
    let digits = chars.iter().filter(|c| c.is_ascii_digit()).count();
    match chars.len() {
        9 => digits == 9,
        7 => {
            digits == 6
                && chars.first().zip(chars.last()).is_some_and(|(a, b)| !(a.is_ascii_digit() && b.is_ascii_digit()))
        }
        _ => false,
    }
}

/// The second line of a passport's machine-readable zone, by its three check digits.
pub fn is_machine_readable(line: &[u8]) -> bool {
    let checks = |field: std::ops::Range<usize>, digit: usize| {
        let sum: Option<u32> = line
            .get(field)?
            .iter()
            .zip([7, 3, 1].into_iter().cycle())
            .map(|(c, weight)| Some(value(*c)? * weight))
            .sum();
        let digit = line.get(digit).filter(|digit| digit.is_ascii_digit())?;
        Some(sum? % 10 == u32::from(digit - b'0'))
    };
    line.len() == 44 && [checks(0..9, 9), checks(13..19, 19), checks(21..27, 27)].iter().all(|good| *good == Some(true))
}

fn value(c: u8) -> Option<u32> {
    match c {
        b'<' => Some(0),
        b'0'..=b'9' => Some(u32::from(c - b'0')),
        b'a'..=b'z' => Some(u32::from(c - b'a') + 10),
        _ => None,
    }
}

/// The machine-readable line around a digit: its start and end.
pub fn machine_readable(text: &[u8], digit: usize) -> Option<(usize, usize)> {
    let member = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'<';
    let start = digit - text.get(..digit)?.iter().rev().take(45).take_while(member).count();
    let end = digit + text.get(digit..)?.iter().take(45).take_while(member).count();
    is_machine_readable(text.get(start..end)?).then_some((start, end))
}

/// Driving licence number of Great Britain.
pub fn is_driving_licence(chars: &[u8]) -> bool {
    let Some((surname, rest)) = chars.split_at_checked(5) else { return false };
    let letters = surname.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let filled = letters > 0 && surname.iter().skip(letters).all(|c| *c == b'9');
    let [decade, month @ .., day1, day2, year, a, b, check, c, d] = rest else { return false };
    filled
        && rest.len() == 11
        && decade.is_ascii_digit()
        && matches!(month, [b'0' | b'5', b'1'..=b'9'] | [b'1' | b'6', b'0'..=b'2'])
        && matches!([day1, day2], [b'0', b'1'..=b'9'] | [b'1' | b'2', b'0'..=b'9'] | [b'3', b'0' | b'1'])
        && year.is_ascii_digit()
        && [a, b].iter().all(|initial| initial.is_ascii_alphabetic() || **initial == b'9')
        && check.is_ascii_alphanumeric()
        && c.is_ascii_alphabetic()
        && d.is_ascii_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_decide() {
        for (chars, wanted) in [
            ("morga657054sm9ij", true),
            ("fo999512018aa1ab", true),
            ("morga613054sm9ij", false),
            ("morga657324sm9ij", false),
            ("99999657054sm9ij", false),
            ("morga657054sm9i", false),
        ] {
            assert_eq!(is_driving_licence(chars.as_bytes()), wanted, "{chars}");
        }
        for (chars, wanted) in [
            ("925665416", true),
            ("a123456", true),
            ("123456a", true),
            ("ab1234567", false),
            ("12345678", false),
            ("1234567", false),
        ] {
            assert_eq!(is_passport(chars.as_bytes()), wanted, "{chars}");
        }
        for (line, wanted) in [
            ("l898902c<3uto6908061f9406236ze184226b<<<<<14", true),
            ("l898902c36uto7408122f1204159ze184226b<<<<<10", true),
            ("9256654166gbr8812049f2509286<<<<<<<<<<<<<<00", true),
            ("l898902c<4uto6908061f9406236ze184226b<<<<<14", false),
        ] {
            assert_eq!(is_machine_readable(line.as_bytes()), wanted, "{line}");
        }
    }
}
