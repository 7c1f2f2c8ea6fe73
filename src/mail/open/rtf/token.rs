//! The tokens of RTF.

/// What stands next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// `\name` with a number or without one.
    Word(&'a [u8], Option<i32>),
    /// A backslash before something that is no letter.
    Symbol(u8),
    /// `\'hh`
    Byte(u8),
    /// Anything else; line breaks in it mean nothing.
    Text(&'a [u8]),
    /// Bytes behind `\bin`.
    Binary(&'a [u8]),
    /// `\bin` with more bytes than there are.
    Lie,
}

/// Reads tokens.
pub(super) struct Tokens<'a> {
    bytes: &'a [u8],
}

impl<'a> Tokens<'a> {
    /// Of a whole document.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.bytes.split_at(count.min(self.bytes.len()));
        self.bytes = rest;
        taken
    }

    fn word(&mut self) -> Token<'a> {
        let length = self.bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let name = self.take(length);
        let sign = usize::from(self.bytes.first() == Some(&b'-'));
        let digits = self.bytes.iter().skip(sign).take_while(|byte| byte.is_ascii_digit()).count();
        let value = (digits > 0).then(|| number(self.take(sign + digits)));
        if self.bytes.first() == Some(&b' ') {
            self.take(1);
        }
        if name != b"bin" {
            return Token::Word(name, value);
        }
        let length = usize::try_from(value.unwrap_or(0)).unwrap_or(0);
        if length > self.bytes.len() { Token::Lie } else { Token::Binary(self.take(length)) }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let token = match self.bytes {
            [] => return None,
            [b'{', ..] => Token::Open,
            [b'}', ..] => Token::Close,
            [b'\\', b'\'', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let byte = digit(*high).unwrap_or(0) << 4 | digit(*low).unwrap_or(0);
                self.take(4);
                return Some(Token::Byte(byte));
            }
            [b'\\', letter, ..] if letter.is_ascii_alphabetic() => {
                self.take(1);
                return Some(self.word());
            }
            [b'\\', symbol, ..] => {
                self.take(2);
                return Some(Token::Symbol(*symbol));
            }
            [b'\\'] => Token::Symbol(b' '),
            bytes => {
                let end = memchr::memchr3(b'{', b'}', b'\\', bytes).unwrap_or(bytes.len());
                return Some(Token::Text(self.take(end)));
            }
        };
        self.take(1);
        Some(token)
    }
}

/// The value of a hexadecimal digit.
pub(super) fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A number with digits enough for any; one too large is the largest.
fn number(digits: &[u8]) -> i32 {
    let (negative, digits) = digits.strip_prefix(b"-").map_or((false, digits), |digits| (true, digits));
    let value = digits
        .iter()
        .fold(0_i32, |value, digit| value.saturating_mul(10).saturating_add(i32::from(digit.wrapping_sub(b'0'))));
    if negative { -value } else { value }
}
