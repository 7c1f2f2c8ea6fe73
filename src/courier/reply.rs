//! Reads the next hop's replies, whatever it says: bounded lines, bounded number, three digits.

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// Longest line of a reply; RFC 5321 asks for 512, some servers say more.
const LINE: usize = 4096;
/// Most lines of a reply.
const LINES: usize = 200;

/// One reply. Its words may repeat addresses: they are neither printed nor kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 599.
    pub code: u16,
    /// The words, line by line.
    pub lines: Vec<String>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reply({})", self.code)
    }
}

/// Why there is no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReply {
    /// The connection ended.
    Closed,
    /// What came is not a reply.
    Garbage,
}

impl Reply {
    /// 2xx: done.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        self.code / 100 == 2
    }
    /// 5xx: trying again is no use.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        self.code / 100 == 5
    }
    /// The enhanced code (RFC 3463) at the start of the words, e.g. `5.1.1`; empty where there is none. Nothing
    /// but digits and dots gets out of here.
    #[must_use]
    pub fn enhanced(&self) -> String {
        let first = self.lines.first().map_or("", String::as_str);
        let word = first.split(' ').next().unwrap_or_default();
        let numbers: Vec<&str> = word.split('.').collect();
        let is_number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if numbers.len() == 3 && numbers.iter().all(is_number) { word.to_owned() } else { String::new() }
    }
}

/// Reads one reply.
///
/// # Errors
/// The connection ended, or what came is no reply.
pub async fn read<R: AsyncBufRead + Unpin>(stream: &mut R) -> Result<Reply, NoReply> {
    let mut reply: Option<Reply> = None;
    for _ in 0..LINES {
        let line = read_line(stream).await?;
        let (code, last, text) = parse(&line).ok_or(NoReply::Garbage)?;
        let reply = reply.get_or_insert_with(|| Reply { code, lines: Vec::new() });
        if reply.code != code {
            return Err(NoReply::Garbage);
        }
        reply.lines.push(text);
        if last {
            return Ok(reply.clone());
        }
    }
    Err(NoReply::Garbage)
}

async fn read_line<R: AsyncBufRead + Unpin>(stream: &mut R) -> Result<Vec<u8>, NoReply> {
    let mut line = Vec::new();
    loop {
        let buffer = stream.fill_buf().await.map_err(|_| NoReply::Closed)?;
        if buffer.is_empty() {
            return Err(NoReply::Closed);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        if line.len() + used > LINE {
            return Err(NoReply::Garbage);
        }
        line.extend(buffer.iter().take(used));
        stream.consume(used);
        if end.is_some() {
            return Ok(line);
        }
    }
}

fn parse(line: &[u8]) -> Option<(u16, bool, String)> {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches(['\r', '\n']);
    let code: u16 = text.get(..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
    let rest = text.get(3..)?;
    let last = match rest.bytes().next() {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return None,
    };
    (200..=599).contains(&code).then(|| (code, last, rest.get(1..).unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Code, number of lines, enhanced code.
    type Expected = Result<(u16, usize, &'static str), NoReply>;

    #[tokio::test]
    async fn replies_are_read_and_garbage_is_refused() {
        let long = format!("250 {}\r\n", "x".repeat(5000));
        let many = "250-x\r\n".repeat(300);
        let cases: [(&str, Expected); 16] = [
            ("250 ok\r\n", Ok((250, 1, ""))),
            ("250\r\n", Ok((250, 1, ""))),
            ("250 2.1.5 ok\n", Ok((250, 1, "2.1.5"))),
            ("250-one\r\n250-two\r\n250 three\r\n", Ok((250, 3, ""))),
            ("550 5.1.1 <a@b>: unknown\r\n", Ok((550, 1, "5.1.1"))),
            ("550 5.1.1234 x\r\n", Ok((550, 1, ""))),
            ("550 a.b.c x\r\n", Ok((550, 1, ""))),
            ("250-one\r\n251 two\r\n", Err(NoReply::Garbage)),
            ("250-one\r\n", Err(NoReply::Closed)),
            ("25", Err(NoReply::Closed)),
            ("", Err(NoReply::Closed)),
            ("hello\r\n", Err(NoReply::Garbage)),
            ("99 x\r\n", Err(NoReply::Garbage)),
            ("600 x\r\n", Err(NoReply::Garbage)),
            (&long, Err(NoReply::Garbage)),
            (&many, Err(NoReply::Garbage)),
        ];
        for (bytes, expected) in cases {
            let read = read(&mut tokio::io::BufReader::new(bytes.as_bytes())).await;
            let read = read.as_ref().map(|reply| (reply.code, reply.lines.len(), reply.enhanced())).map_err(|e| *e);
            let expected = expected.map(|(code, lines, enhanced)| (code, lines, enhanced.to_owned()));
            assert_eq!(read, expected, "{bytes:.40}");
        }
    }
}
