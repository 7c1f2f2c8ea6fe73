//! Tags, text and comments of HTML, each byte looked at once.

use std::ops::Range;

/// A stretch of HTML.
pub(super) enum Token {
    /// Text between tags, entities undecoded.
    Text(Range<usize>),
    /// A tag that begins an element; its attributes stand in [`Tokens::attributes`].
    Start {
        /// Its name.
        name: Range<usize>,
        /// It ends itself (`/>`).
        closed: bool,
    },
    /// A tag that ends an element.
    End {
        /// Its name.
        name: Range<usize>,
    },
    /// What no reader sees.
    Comment(Range<usize>),
}

/// One attribute of a tag.
pub(super) struct Attribute {
    /// Its name.
    pub name: Range<usize>,
    /// Its value without quotes.
    pub value: Range<usize>,
}

/// Reads HTML.
pub(super) struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the token last read begins.
    from: usize,
    /// A tag that never ends: what is left is text.
    only_text: bool,
    /// Attributes of the tag last read.
    pub attributes: Vec<Attribute>,
}

impl<'a> Tokens<'a> {
    /// At the beginning.
    pub fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, from: 0, only_text: false, attributes: Vec::new() }
    }

    /// What a tag may still stand in.
    pub fn rest(&self) -> &'a [u8] {
        if self.only_text { &[] } else { self.bytes.get(self.at..).unwrap_or_default() }
    }

    /// Goes on behind a tag that was read before.
    pub fn pass(&mut self, length: usize) {
        self.at += length;
    }

    /// The token last read, as it stands.
    pub fn token_text(&self) -> &'a [u8] {
        self.bytes.get(self.from..self.at).unwrap_or_default()
    }

    /// The next token.
    pub fn next(&mut self) -> Option<Token> {
        let start = self.at;
        self.from = start;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        if self.only_text {
            self.at = self.bytes.len();
            return Some(Token::Text(start..self.at));
        }
        if rest.first() == Some(&b'<')
            && let Some(token) = self.markup(start, rest)
        {
            return Some(token);
        }
        // A `<` that begins nothing is text.
        let from = usize::from(rest.first() == Some(&b'<'));
        let behind = rest.get(from..).unwrap_or_default();
        // Much of the text is a line break between two tags.
        let near = behind.iter().take(8).position(|byte| *byte == b'<');
        let end = near.or_else(|| memchr::memchr(b'<', behind)).map_or(rest.len(), |end| end + from);
        self.at = start + if self.only_text { rest.len() } else { end };
        Some(Token::Text(start..self.at))
    }

    /// The text of an element that holds no markup, up to its end tag; whether that is there.
    pub fn raw(&mut self, name: &str) -> (Range<usize>, bool) {
        let start = self.at;
        let mut at = start;
        while let Some(found) = self.bytes.get(at..).and_then(|rest| memchr::memchr(b'<', rest)) {
            at += found;
            let rest = self.bytes.get(at + 1..).unwrap_or_default();
            let word = rest.strip_prefix(b"/").and_then(|rest| rest.get(..name.len()));
            if word.is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes())) {
                self.at = at;
                return (start..at, true);
            }
            at += 1;
        }
        self.at = self.bytes.len();
        (start..self.at, false)
    }

    fn markup(&mut self, start: usize, rest: &[u8]) -> Option<Token> {
        match rest {
            [_, b'!', b'-', b'-', b'>', ..] => Some(self.comment(start + 4..start + 4, start + 5)),
            [_, b'!', b'-', b'-', b'-', b'>', ..] => Some(self.comment(start + 4..start + 4, start + 6)),
            [_, b'!', b'-', b'-', inside @ ..] => {
                let end = memchr::memmem::find(inside, b"-->").map(|end| start + 4 + end);
                let all = self.bytes.len();
                Some(self.comment(start + 4..end.unwrap_or(all), end.map_or(all, |end| end + 3)))
            }
            [_, b'/', letter, ..] if letter.is_ascii_alphabetic() => {
                let (name, _) = self.tag(start + 2)?;
                Some(Token::End { name })
            }
            [_, b'!' | b'?' | b'/', ..] => self.bogus(start + 2, rest.get(2..)?),
            [_, letter, ..] if letter.is_ascii_alphabetic() => {
                let (name, closed) = self.tag(start + 1)?;
                Some(Token::Start { name, closed })
            }
            _ => None,
        }
    }

    /// `<!DOCTYPE ...>`, `<?xml ...>`, `</ ...>`: never shown.
    fn bogus(&mut self, from: usize, inside: &[u8]) -> Option<Token> {
        let Some(end) = memchr::memchr(b'>', inside) else {
            self.only_text = true;
            return None;
        };
        let doctype = inside.get(..7).is_some_and(|word| word.eq_ignore_ascii_case(b"doctype"));
        let content = if doctype { from..from } else { from..from + end };
        Some(self.comment(content, from + end + 1))
    }

    fn comment(&mut self, content: Range<usize>, after: usize) -> Token {
        self.at = after;
        Token::Comment(content)
    }

    /// Reads a tag whose name begins at `at`: its name, and whether it ends itself. A tag that never ends
    /// is text, and so is all behind it: looking for tags in there again and again would not end either.
    fn tag(&mut self, mut at: usize) -> Option<(Range<usize>, bool)> {
        self.attributes.clear();
        let name = self.word(at, |byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'));
        at = name.end;
        let mut closed = false;
        loop {
            let Some(byte) = self.bytes.get(at) else {
                self.only_text = true;
                return None;
            };
            match byte {
                b'>' => {
                    self.at = at + 1;
                    return Some((name, closed));
                }
                b'/' => {
                    closed = true;
                    at += 1;
                }
                byte if byte.is_ascii_whitespace() => at += 1,
                _ => {
                    closed = false;
                    at = self.attribute(at);
                }
            }
        }
    }

    /// Reads the attribute at `at`; gives where it ends.
    fn attribute(&mut self, at: usize) -> usize {
        let found = self.word(at + 1, |byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'='));
        let name = at..found.end;
        let equals = self.word(name.end, |byte| !byte.is_ascii_whitespace()).end;
        if self.bytes.get(equals) != Some(&b'=') {
            self.attributes.push(Attribute { name: name.clone(), value: name.end..name.end });
            return name.end.max(at + 1);
        }
        let from = self.word(equals + 1, |byte| !byte.is_ascii_whitespace()).end;
        let quote = self.bytes.get(from).copied().filter(|byte| matches!(byte, b'"' | b'\''));
        let closing =
            quote.and_then(|quote| memchr::memchr(quote, self.bytes.get(from + 1..)?).map(|end| from + 1 + end));
        let (value, after) = match (quote, closing) {
            (Some(_), Some(closing)) => (from + 1..closing, closing + 1),
            // The quote never ends: the tag does, at the next `>`.
            (Some(_), None) => {
                let value = self.word(from + 1, |byte| byte == b'>');
                (value.clone(), value.end)
            }
            _ => {
                let value = self.word(from, |byte| byte.is_ascii_whitespace() || byte == b'>');
                (value.clone(), value.end)
            }
        };
        self.attributes.push(Attribute { name, value });
        after
    }

    fn word(&self, start: usize, ends: impl Fn(u8) -> bool) -> Range<usize> {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| ends(*byte)).unwrap_or(rest.len());
        start..start + length
    }
}
