//! NHS number, National Insurance number, taxpayer reference.

use super::pupil_numbers::{ten_digits, weighted};

/// NHS number by its check digit.
pub fn is_nhs(chars: &[u8]) -> bool {
    let Some((last, rest)) = ten_digits(chars) else { return false };
    let check = match 11 - weighted(rest, 10) % 11 {
        11 => 0,
        other => other,
    };
    check == u32::from(last - b'0')
}

/// Whether an NHS number lies in the ranges that are given out in England, Wales and the Isle of Man.
pub fn is_plausible_nhs(chars: &[u8]) -> bool {
    matches!(chars, [b'4' | b'6' | b'7', ..])
}

/// National Insurance number by its letters; it has no check digit.
pub fn is_nino(chars: &[u8]) -> bool {
    let [first, second, digits @ .., last] = chars else { return false };
    digits.len() == 6
        && digits.iter().all(u8::is_ascii_digit)
        && matches!(first, b'a'..=b'c' | b'e' | b'g' | b'h' | b'j'..=b'p' | b'r'..=b't' | b'w'..=b'z')
        && matches!(second, b'a'..=b'c' | b'e' | b'g' | b'h' | b'j'..=b'n' | b'p' | b'r'..=b't' | b'w'..=b'z')
        && !matches!([first, second], [b'b', b'g'] | [b'g', b'b'] | [b'k', b'n'] | [b'n', b'k' | b't'])
        && !matches!([first, second], [b't', b'n'] | [b'z', b'z'])
        && matches!(last, b'a'..=b'd')
}

/// Unique taxpayer reference by its check digit, which is the first.
pub fn is_utr(chars: &[u8]) -> bool {
    let [first, rest @ ..] = chars else { return false };
    if rest.len() != 9 || !chars.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weights = [6, 7, 8, 9, 10, 5, 4, 3, 2];
    let sum: usize = rest.iter().zip(weights).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
    b"21987654321".get(sum % 11) == Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_decide() {
        let nhs = [
            ("9434765919", true),
            ("9434765870", true),
            ("9434760070", true),
            ("9434765871", false),
            ("9876544321", false),
            ("943476591", false),
        ];
        for (chars, wanted) in nhs {
            assert_eq!(is_nhs(chars.as_bytes()), wanted, "{chars}");
        }
        let nino = [
            ("ab123456c", true),
            ("tw987654a", true),
            ("qq123456a", false),
            ("bg123612a", false),
            ("ao123456a", false),
            ("ab123456e", false),
            ("ab12345c", false),
        ];
        for (chars, wanted) in nino {
            assert_eq!(is_nino(chars.as_bytes()), wanted, "{chars}");
        }
        assert!(is_utr(b"1955839661"));
        assert!(!is_utr(b"2955839661"));
    }
}
