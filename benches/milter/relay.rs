//! The relay's side: shows messages to a milter as Postfix does, and hears what becomes of them.

use crate::corpus::Letter;
use exeat::milter::wire::{Actions, BODY_CHUNK, Command, Offer, Peer, Protocol, Reply};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Where a milter listens.
#[derive(Clone)]
pub enum Place {
    /// A Unix socket.
    Unix(PathBuf),
    /// A port of this machine.
    Port(u16),
}

impl Place {
    /// As Postfix writes it.
    pub fn for_postfix(&self) -> String {
        match self {
            Self::Unix(path) => format!("unix:{}", path.display()),
            Self::Port(port) => format!("inet:127.0.0.1:{port}"),
        }
    }
}

trait Socket: Read + Write + Send {}
impl Socket for UnixStream {}
impl Socket for TcpStream {}

/// A message cut up as the milter protocol wants it.
pub struct Shown {
    from: Vec<u8>,
    to: Vec<Vec<u8>>,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
}

impl Shown {
    /// Cuts up a letter.
    pub fn new(letter: &Letter) -> Self {
        let head = String::from_utf8_lossy(&letter.raw[..letter.body - 2]).replace("\r\n\t", "\n\t");
        let field = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.as_bytes().to_vec(), value.as_bytes().to_vec()))
        };
        let path = |address: &str| format!("<{address}>\0").into_bytes();
        Self {
            from: path(letter.from),
            to: letter.to.iter().map(|to| path(to)).collect(),
            fields: head.split("\r\n").filter_map(field).collect(),
            body: letter.raw[letter.body..].to_vec(),
        }
    }

    /// Bytes of the body.
    pub fn len(&self) -> usize {
        self.body.len()
    }
}

/// What the milter said in the end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verdict {
    /// Relay as it is.
    Relay,
    /// Relay with changes.
    Changed,
    /// Taken over (kept).
    Discard,
    /// Refused for good.
    Reject,
    /// Refused for now.
    Later,
}

/// One connection of the relay to a milter.
pub struct Relay {
    socket: Box<dyn Socket>,
    out: Vec<u8>,
    input: Vec<u8>,
    agreed: Protocol,
}

const NOT_FOR_ONE: &[(u8, Protocol)] = &[
    (b'C', Protocol::NO_REPLY_CONNECT),
    (b'H', Protocol::NO_REPLY_HELO),
    (b'M', Protocol::NO_REPLY_MAIL),
    (b'R', Protocol::NO_REPLY_RECIPIENT),
    (b'T', Protocol::NO_REPLY_DATA),
    (b'L', Protocol::NO_REPLY_HEADER),
    (b'N', Protocol::NO_REPLY_END_OF_HEADERS),
    (b'B', Protocol::NO_REPLY_BODY),
];

impl Relay {
    /// Connects, agrees on the protocol, says who the client is.
    pub fn connect(place: &Place) -> io::Result<Self> {
        let patience = Some(Duration::from_mins(10));
        let socket: Box<dyn Socket> = match place {
            Place::Unix(path) => {
                let socket = UnixStream::connect(path)?;
                socket.set_read_timeout(patience)?;
                Box::new(socket)
            }
            Place::Port(port) => {
                let socket = TcpStream::connect(("127.0.0.1", *port))?;
                socket.set_read_timeout(patience)?;
                socket.set_nodelay(true)?;
                Box::new(socket)
            }
        };
        let mut relay = Self { socket, out: Vec::new(), input: Vec::new(), agreed: Protocol(0) };
        let offer = Offer { version: 6, actions: Actions(0xff), protocol: Protocol(0x1f_ffff) };
        Command::Negotiate(offer).encode(&mut relay.out);
        relay.flush()?;
        let answer = relay.packet()?;
        let Ok(Reply::Negotiate { offer, .. }) = Reply::decode(answer[0], &answer[1..]) else {
            return Err(io::Error::other("no negotiation"));
        };
        relay.agreed = offer.protocol;
        relay.say(&Command::macros(b'C', b"j\0relay.school.example\0{daemon_name}\0relay\0v\0Postfix 3.7\0"))?;
        relay.say(&Command::Connect {
            host: b"desk.school.example",
            peer: Peer::Inet { port: 4025, address: b"192.0.2.7" },
        })?;
        relay.say(&Command::Helo(b"desk.school.example"))?;
        Ok(relay)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    /// The next packet of the milter, letter first.
    fn packet(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some((length, rest)) = self.input.split_first_chunk::<4>() {
                let length = u32::from_be_bytes(*length) as usize;
                if rest.len() >= length {
                    let packet = rest[..length].to_vec();
                    self.input.drain(..length + 4);
                    return Ok(packet);
                }
            }
            let mut more = [0; 16_384];
            let read = self.socket.read(&mut more)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.input.extend_from_slice(&more[..read]);
        }
    }

    /// Says a command, and waits for the reply where one is agreed.
    fn say(&mut self, command: &Command<'_>) -> io::Result<()> {
        let at = self.out.len();
        command.encode(&mut self.out);
        let letter = self.out[at + 4];
        let quiet = NOT_FOR_ONE.iter().any(|(other, flag)| *other == letter && self.agreed.contains(*flag));
        if quiet || letter == b'D' {
            return if self.out.len() > BODY_CHUNK { self.flush() } else { Ok(()) };
        }
        self.flush()?;
        match self.packet()?.first() {
            Some(b'c' | b's') => Ok(()),
            Some(letter) => Err(io::Error::other(format!("reply {}", char::from(*letter)))),
            None => Err(io::Error::other("an empty reply")),
        }
    }

    fn open(&mut self, message: &Shown, number: usize) -> io::Result<()> {
        let macros = format!("i\0{number:010X}\0{{mail_addr}}\0teacher\0{{client_addr}}\x00192.0.2.7\0");
        self.say(&Command::macros(b'M', macros.as_bytes()))?;
        self.say(&Command::mail(&message.from))?;
        for to in &message.to {
            self.say(&Command::recipient(to))?;
        }
        self.say(&Command::Data)?;
        for (name, value) in &message.fields {
            let value = if self.agreed.contains(Protocol::LEADING_SPACE) { value } else { value.trim_ascii_start() };
            self.say(&Command::Header { name, value })?;
        }
        self.say(&Command::EndOfHeaders)
    }

    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        for bytes in bytes.chunks(BODY_CHUNK) {
            self.say(&Command::Body { bytes, last: true })?;
        }
        Ok(())
    }

    fn verdict(&mut self) -> io::Result<Verdict> {
        Command::EndOfBody.encode(&mut self.out);
        self.flush()?;
        let mut changed = false;
        loop {
            let packet = self.packet()?;
            match packet[0] {
                b'p' => {}
                b'c' | b'a' => return Ok(if changed { Verdict::Changed } else { Verdict::Relay }),
                b'd' => return Ok(Verdict::Discard),
                b'r' => return Ok(Verdict::Reject),
                b'y' if packet.get(1) == Some(&b'5') => return Ok(Verdict::Reject),
                b't' | b'y' => return Ok(Verdict::Later),
                _ => changed = true,
            }
        }
    }

    /// Shows a message and waits for the verdict.
    pub fn show(&mut self, message: &Shown, number: usize) -> io::Result<(Verdict, Duration)> {
        let begun = Instant::now();
        self.open(message, number)?;
        self.body(&message.body)?;
        Ok((self.verdict()?, begun.elapsed()))
    }

    /// Shows a message up to the middle of its body.
    pub fn begin(&mut self, message: &Shown, number: usize) -> io::Result<()> {
        self.open(message, number)?;
        self.body(&message.body[..message.body.len() / 2])?;
        self.flush()
    }

    /// The other half, and the verdict.
    pub fn end(&mut self, message: &Shown) -> io::Result<Verdict> {
        self.body(&message.body[message.body.len() / 2..])?;
        self.verdict()
    }

    /// Says good-bye.
    pub fn quit(mut self) -> io::Result<()> {
        Command::Quit.encode(&mut self.out);
        self.flush()
    }
}
