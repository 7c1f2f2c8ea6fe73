//! A relay in a few lines: says to the milter exactly what it is told to, and does to the message what the
//! milter's answer says, as Postfix does. What comes out is what would go to the next hop.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// One message as a relay shows it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Macros of MAIL, name and value.
    pub macros: Vec<(String, String)>,
    /// MAIL FROM with brackets and parameters.
    pub from: Vec<u8>,
    /// RCPT TO with brackets.
    pub to: Vec<Vec<u8>>,
    /// Header fields; the value with the white space behind the colon, folds as LF.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Shown {
    /// A message whose content is split as a relay splits it: fields, folds as LF, body.
    pub fn new(from: &str, to: &[&str], content: &[u8]) -> Self {
        let (headers, body) = split(content);
        Self {
            macros: vec![("i".to_owned(), "4Xq1".to_owned())],
            from: format!("<{from}>").into_bytes(),
            to: to.iter().map(|to| format!("<{to}>").into_bytes()).collect(),
            headers,
            body,
        }
    }
    /// A letter with the usual fields.
    pub fn letter(from: &str, to: &[&str], subject: &str, text: &str) -> Self {
        Self::new(
            from,
            to,
            format!(
                "From: <{from}>\r\nTo: <someone@elsewhere.example>\r\nSubject: {subject}\r\nDate: Tue, 10 Mar 2026 10:15:00 +0000\r\n\
                 Message-ID: <1@school.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
            )
            .as_bytes(),
        )
    }
    /// With one more header field.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), format!(" {value}").into_bytes()));
        self
    }
    /// With an authenticated user.
    pub fn by(mut self, user: &str) -> Self {
        self.macros.push(("{auth_authen}".to_owned(), user.to_owned()));
        self
    }
    /// Fields and body in one, with CRLF.
    pub fn bytes(&self) -> Vec<u8> {
        join(&self.headers, &self.body)
    }
}

/// Header fields: name, and value with the white space behind the colon, folds as LF.
pub type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// Splits content into fields (values with their leading white space, folds as LF) and body.
pub fn split(content: &[u8]) -> (Fields, Vec<u8>) {
    let mut headers = Fields::new();
    let mut rest = content;
    loop {
        let end = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |at| at + 1);
        let line = &rest[..end];
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
        if line.is_empty() {
            return (headers, Vec::new());
        }
        if bare.is_empty() {
            return (headers, rest[end..].to_vec());
        }
        if matches!(bare[0], b' ' | b'\t') && !headers.is_empty() {
            let last = headers.last_mut().unwrap();
            last.1.push(b'\n');
            last.1.extend_from_slice(bare);
        } else if let Some(colon) = bare.iter().position(|&byte| byte == b':') {
            let (name, value) = (bare[..colon].to_vec(), bare[colon + 1..].to_vec());
            if name.is_empty() || name.iter().any(|byte| !byte.is_ascii_graphic()) {
                return (headers, rest.to_vec());
            }
            headers.push((name, value));
        } else {
            // As Postfix does: what is no field ends the header.
            return (headers, rest.to_vec());
        }
        rest = &rest[end..];
    }
}

/// Fields and body in one, with CRLF.
pub fn join(headers: &[(Vec<u8>, Vec<u8>)], body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in headers {
        bytes.extend_from_slice(name);
        bytes.push(b':');
        for &byte in value {
            if byte == b'\n' {
                bytes.push(b'\r');
            }
            bytes.push(byte);
        }
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// The verdict of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Relay,
    /// Said yes to, and gone.
    Discard,
    /// Refused for good, with these words.
    Reject(String),
    /// Refused for now, with these words.
    Tempfail(String),
    /// The connection ended without a verdict: the relay's default action is tempfail.
    Closed,
}

impl Verdict {
    /// The message stays with the sender's side.
    pub fn is_later(&self) -> bool {
        matches!(self, Self::Tempfail(_) | Self::Closed)
    }
}

/// What became of a message.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The verdict.
    pub verdict: Verdict,
    /// The packets of the answer before the verdict, but for PROGRESS.
    pub edits: Vec<Vec<u8>>,
    /// Replies to the recipients.
    pub recipients: Vec<Vec<u8>>,
}

/// What goes to the next hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Recipients, with brackets.
    pub to: Vec<Vec<u8>>,
    /// Fields.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Passed {
    /// Fields and body in one, with CRLF.
    pub fn bytes(&self) -> Vec<u8> {
        join(&self.headers, &self.body)
    }
}

/// A message that nobody touched, as it is.
pub fn untouched(shown: &Shown) -> Passed {
    Passed { to: shown.to.clone(), headers: shown.headers.clone(), body: shown.body.clone() }
}

/// Does the edits as Postfix does them, one after the other.
pub fn apply(shown: &Shown, edits: &[Vec<u8>]) -> Passed {
    let mut out = untouched(shown);
    let mut body: Option<Vec<u8>> = None;
    for edit in edits {
        let data = &edit[1..];
        match edit[0] {
            b'm' => {
                let index = u32::from_be_bytes(data[..4].try_into().unwrap()) as usize;
                let mut strings = data[4..].split(|&byte| byte == 0);
                let (name, value) = (strings.next().unwrap(), strings.next().unwrap().to_vec());
                let named = out.headers.iter().enumerate().filter(|(_, field)| field.0.eq_ignore_ascii_case(name));
                let at = named.map(|(at, _)| at).nth(index.max(1) - 1).expect("a field of this name and number");
                if value.is_empty() {
                    out.headers.remove(at);
                } else {
                    out.headers[at] = (name.to_vec(), value);
                }
            }
            b'h' | b'i' => {
                let (at, data) = if edit[0] == b'i' { (Some(0), &data[4..]) } else { (None, data) };
                let mut strings = data.split(|&byte| byte == 0);
                let field = (strings.next().unwrap().to_vec(), strings.next().unwrap().to_vec());
                out.headers.insert(at.unwrap_or(out.headers.len()), field);
            }
            b'-' => {
                let given = data.strip_suffix(b"\0").unwrap();
                out.to.retain(|to| to != given);
            }
            b'b' => body.get_or_insert_default().extend_from_slice(data),
            other => panic!("an edit nobody asked for: {}", char::from(other)),
        }
    }
    out.body = body.unwrap_or(out.body);
    out
}

/// Cuts a stream of packets.
pub fn packets(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        packets.push(rest[..length].to_vec());
        bytes = &rest[length..];
    }
    packets
}

/// The verdict a packet holds; `None` for anything else.
pub fn verdict(packet: &[u8]) -> Option<Verdict> {
    let words = || String::from_utf8_lossy(&packet[1..]).trim_end_matches('\0').to_owned();
    Some(match packet.first()? {
        b'c' => Verdict::Relay,
        b'a' => panic!("accept is never said"),
        b'd' => Verdict::Discard,
        b'r' => Verdict::Reject(String::new()),
        b't' => Verdict::Tempfail(String::new()),
        b'y' if packet.get(1) == Some(&b'4') => Verdict::Tempfail(words()),
        b'y' => Verdict::Reject(words()),
        _ => return None,
    })
}

/// A relay's connection.
pub struct Conversation {
    stream: TcpStream,
    pending: Vec<u8>,
}

impl Conversation {
    /// Connects and agrees as Postfix does.
    pub fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut made = Self { stream, pending: Vec::new() };
        let mut offer = 6_u32.to_be_bytes().to_vec();
        offer.extend(0xff_u32.to_be_bytes());
        offer.extend(0x1f_ffff_u32.to_be_bytes());
        made.say(b'O', &offer);
        assert_eq!(made.reply().unwrap()[0], b'O');
        made.say(b'C', b"client.example\x004\x09\xdd192.0.2.7\0");
        made.say(b'H', b"client.example\0");
        made
    }
    /// Sends one packet; false where the other side is gone.
    pub fn say(&mut self, letter: u8, data: &[u8]) -> bool {
        let mut packet = u32::try_from(data.len() + 1).unwrap().to_be_bytes().to_vec();
        packet.push(letter);
        packet.extend_from_slice(data);
        self.stream.write_all(&packet).is_ok()
    }
    /// The next packet; `None` at the end.
    pub fn reply(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some((length, rest)) = self.pending.split_first_chunk::<4>() {
                let length = u32::from_be_bytes(*length) as usize;
                if let Some(reply) = rest.get(..length) {
                    let reply = reply.to_vec();
                    self.pending.drain(..length + 4);
                    return Some(reply);
                }
            }
            let mut buffer = [0; 16_384];
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(read) => self.pending.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("no reply in time"),
                Err(_) => return None,
            }
        }
    }
    /// Shows envelope and header.
    pub fn begin(&mut self, shown: &Shown) -> Vec<Vec<u8>> {
        let mut macros = b"M".to_vec();
        for (name, value) in &shown.macros {
            macros.extend([name.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
        }
        self.say(b'D', &macros);
        self.say(b'M', &[shown.from.as_slice(), b"\0"].concat());
        let mut replies = Vec::new();
        for to in &shown.to {
            self.say(b'R', &[to.as_slice(), b"\0"].concat());
            let Some(reply) = self.reply() else { break };
            replies.push(reply);
        }
        self.say(b'T', b"");
        for (name, value) in &shown.headers {
            self.say(b'L', &[name.as_slice(), b"\0", value, b"\0"].concat());
        }
        self.say(b'N', b"");
        replies
    }
    /// Shows body and end.
    pub fn end(&mut self, shown: &Shown) {
        for chunk in shown.body.chunks(65_535) {
            if !self.say(b'B', chunk) {
                break;
            }
        }
        self.say(b'E', b"");
    }
    /// Waits for the answer.
    pub fn answer(&mut self) -> (Verdict, Vec<Vec<u8>>) {
        let mut edits = Vec::new();
        loop {
            let Some(packet) = self.reply() else { return (Verdict::Closed, Vec::new()) };
            if packet[0] == b'p' {
                continue;
            }
            match verdict(&packet) {
                Some(verdict) => return (verdict, edits),
                None => edits.push(packet),
            }
        }
    }
    /// A whole message.
    pub fn send(&mut self, shown: &Shown) -> Heard {
        let recipients = self.begin(shown);
        self.end(shown);
        let (verdict, edits) = self.answer();
        Heard { verdict, edits, recipients }
    }
}

/// One message in a conversation of its own.
pub fn show(port: u16, shown: &Shown) -> Heard {
    Conversation::connect(port).send(shown)
}
