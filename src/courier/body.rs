//! The bytes of a message on their way out: by DATA with dots doubled, or by BDAT as they are.

use crate::store::{Content, ContentFacts, StoreError};

/// Where the bytes come from.
pub enum Body {
    /// Kept content, opened chunk by chunk.
    Kept(Content),
    /// A notice, in memory.
    Notice(Option<Vec<u8>>, ContentFacts),
}

impl Body {
    /// A notice.
    #[must_use]
    pub fn notice(bytes: Vec<u8>) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
        let (head, body) = bytes.split_at_checked(end).unwrap_or_default();
        let facts = ContentFacts {
            head: end as u64,
            len: bytes.len() as u64,
            eight_bit_head: !head.is_ascii(),
            eight_bit_body: !body.is_ascii(),
        };
        Self::Notice(Some(bytes), facts)
    }

    /// What is known before it is opened.
    #[must_use]
    pub const fn facts(&self) -> ContentFacts {
        match self {
            Self::Kept(content) => content.facts(),
            Self::Notice(_, facts) => *facts,
        }
    }

    /// The next bytes, `None` at the end.
    ///
    /// # Errors
    /// Kept content does not open.
    pub async fn next_chunk(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Kept(content) => content.next_chunk().await,
            Self::Notice(bytes, _) => Ok(bytes.take()),
        }
    }
}

/// Doubles the dots that start a line, for DATA.
///
/// A line starts behind CRLF. It also does behind a bare LF: a next hop that takes a bare LF for a line end would
/// otherwise see the end of the message in the middle of it and take the rest for commands. One that does not then
/// shows one dot more on such a line; BDAT, used wherever it is offered, keeps every byte.
pub struct Dots {
    line_start: bool,
    before_last: u8,
    last: u8,
}

impl Default for Dots {
    fn default() -> Self {
        Self { line_start: true, before_last: b'\r', last: b'\n' }
    }
}

impl Dots {
    /// Adds a chunk as it goes over the wire.
    pub fn write(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        out.reserve(chunk.len() + 64);
        for byte in chunk.iter().copied() {
            if self.line_start && byte == b'.' {
                out.push(b'.');
            }
            out.push(byte);
            self.line_start = byte == b'\n';
            (self.before_last, self.last) = (self.last, byte);
        }
    }

    /// The end mark; a line break goes before it only where the message does not end in one.
    #[must_use]
    pub const fn end(&self) -> &'static [u8] {
        match (self.before_last, self.last) {
            (b'\r', b'\n') => b".\r\n",
            _ => b"\r\n.\r\n",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_doubled_at_line_starts_however_it_is_cut() {
        let cases: [(&[u8], &[u8]); 10] = [
            (b"", b".\r\n"),
            (b"a\r\n", b"a\r\n.\r\n"),
            (b"a", b"a\r\n.\r\n"),
            (b"a\n", b"a\n\r\n.\r\n"),
            (b".\r\n", b"..\r\n.\r\n"),
            (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
            (b"a\r\n..b\r\n", b"a\r\n...b\r\n.\r\n"),
            (b"a\n.\nb\r\n", b"a\n..\nb\r\n.\r\n"),
            (b"a\r.b.c\r\n", b"a\r.b.c\r\n.\r\n"),
            (b"a\r\n\r\n\r\n", b"a\r\n\r\n\r\n.\r\n"),
        ];
        for (content, wire) in cases {
            for cut in 0..=content.len() {
                let mut dots = Dots::default();
                let mut out = Vec::new();
                dots.write(&content[..cut], &mut out);
                dots.write(&content[cut..], &mut out);
                out.extend(dots.end());
                assert_eq!(out, wire, "cut at {cut}");
            }
        }
    }
}
