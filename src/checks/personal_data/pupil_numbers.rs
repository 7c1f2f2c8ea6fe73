//! Numbers that belong to one pupil: UPN, ULN, UCI.

/// The check letters of a UPN, in order of their values: no I, O, S.
const UPN_LETTERS: &[u8; 23] = b"abcdefghjklmnpqrtuvwxyz";
/// The check letters of a UCI.
const UCI_LETTERS: &[u8; 17] = b"abcdefghklmrtvwxy";

/// Unique pupil number, permanent or temporary. The local-authority code is not looked at: new ones appear.
pub fn is_upn(chars: &[u8]) -> bool {
    let [first, rest @ .., last] = chars else { return false };
    if chars.len() != 13 || !rest.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let value = |c: u8| {
        let letter = || UPN_LETTERS.iter().position(|letter| *letter == c);
        if c.is_ascii_digit() { Some(usize::from(c - b'0')) } else { letter() }
    };
    let Some(end) = value(*last) else { return false };
    let digits = rest.iter().zip(2..).map(|(digit, weight)| usize::from(digit - b'0') * weight);
    let sum = digits.sum::<usize>() + end * 13;
    UPN_LETTERS.get(sum % 23) == Some(first)
}

/// Unique learner number.
pub fn is_uln(chars: &[u8]) -> bool {
    let Some((last, rest)) = ten_digits(chars) else { return false };
    if rest.first() == Some(&b'0') {
        return false;
    }
    let remainder = weighted(rest, 10) % 11;
    remainder != 0 && 10 - remainder == u32::from(last - b'0')
}

/// Unique candidate identifier of the exam boards.
pub fn is_uci(chars: &[u8]) -> bool {
    let [body @ .., last] = chars else { return false };
    let Some((board, [])) = body.get(5).zip(body.get(12..)) else { return false };
    let digits = body.iter().enumerate().all(|(index, c)| index == 5 || c.is_ascii_digit());
    if !digits || !(*board == b'0' || board.is_ascii_lowercase()) {
        return false;
    }
    let value = |c: u8| usize::from(if c.is_ascii_digit() { c - b'0' } else { c - b'a' + 1 });
    let sum: usize = body.iter().zip((5..=16).rev()).map(|(c, weight)| value(*c) * weight).sum();
    UCI_LETTERS.get(sum % 17) == Some(last)
}

/// Ten digits as the last one and the nine before it.
pub fn ten_digits(chars: &[u8]) -> Option<(u8, &[u8])> {
    let (last, rest) = chars.split_last()?;
    (rest.len() == 9 && chars.iter().all(u8::is_ascii_digit)).then_some((*last, rest))
}

/// Digits times falling weights, the first one times `first`.
pub fn weighted(digits: &[u8], first: u32) -> u32 {
    digits.iter().zip((0..=first).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_letters_and_digits_decide() {
        let upn = [
            ("b801200005001", true),
            ("h801200001001", true),
            ("p207000016049", true),
            ("x00180001701a", true),
            ("k80040012501a", true),
            ("a801200005001", false),
            ("x80120000a001", false),
            ("b80120000500s", false),
            ("b207000016049", false),
            ("0123456789xxx", false),
            ("", false),
        ];
        for (chars, wanted) in upn {
            assert_eq!(is_upn(chars.as_bytes()), wanted, "{chars}");
        }
        let uln = [
            ("9276308686", true),
            ("1000102504", true),
            ("9276308687", false),
            ("9999999999", false),
            ("0276308686", false),
            ("927630868", false),
        ];
        for (chars, wanted) in uln {
            assert_eq!(is_uln(chars.as_bytes()), wanted, "{chars}");
        }
        for last in 0..10 {
            assert!(!is_uln(format!("100000006{last}").as_bytes()), "no learner number has remainder 0");
        }
        let uci = [
            ("681990012058g", true),
            ("689990980001d", true),
            ("123450240001g", true),
            ("689990980001e", false),
            ("68199001205g", false),
        ];
        for (chars, wanted) in uci {
            assert_eq!(is_uci(chars.as_bytes()), wanted, "{chars}");
        }
    }
}
