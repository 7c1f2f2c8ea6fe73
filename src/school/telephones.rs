//! Telephone numbers as they are compared: as dialled inside the country.

/// The digits as dialled inside the country; `None` until there are enough of them.
#[must_use]
pub fn national(digits: &[u8], plus: bool) -> Option<Vec<u8>> {
    let rest = if plus || digits.starts_with(b"447") && digits.len() == 12 {
        digits.strip_prefix(b"44")
    } else {
        digits.strip_prefix(b"0044")
    };
    let number = match rest {
        Some(rest) => {
            let rest = rest.strip_prefix(b"0").unwrap_or(rest);
            [b"0", rest].concat()
        }
        None if plus => return None,
        None => digits.to_vec(),
    };
    // A few places still have one digit fewer.
    (number.len() == 11 || number.len() == 10 && number.starts_with(b"01")).then_some(number)
}

/// The form in which numbers are compared: as dialled inside the country.
#[must_use]
pub fn comparable(written: &str) -> Option<String> {
    let digits: Vec<u8> = written.bytes().filter(u8::is_ascii_digit).collect();
    let national = national(&digits, written.trim_start().starts_with('+')).unwrap_or(digits);
    (national.len() >= 6).then(|| String::from_utf8_lossy(&national).into_owned())
}
