//! What the relay says.

use super::{Offer, Violation, packet, put_string, take_string};

/// One command of the relay; strings are slices of the bytes it came in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Command<'a> {
    /// `O`: what the relay can do.
    Negotiate(Offer),
    /// `D`: macros for the command that follows.
    Macros {
        /// The letter of the command they belong to; 0 where the packet is empty.
        command: u8,
        /// Names and values.
        macros: Macros<'a>,
    },
    /// `C`: a client connected to the relay.
    Connect {
        /// The client's name as the relay found it.
        host: &'a [u8],
        /// The client's address.
        peer: Peer<'a>,
    },
    /// `H`: HELO or EHLO.
    Helo(&'a [u8]),
    /// `M`: the envelope sender and its ESMTP arguments.
    Mail(Strings<'a>),
    /// `R`: one recipient and its ESMTP arguments.
    Recipient(Strings<'a>),
    /// `T`: DATA.
    Data,
    /// `L`: one header field.
    Header {
        /// Name.
        name: &'a [u8],
        /// Value; folds are line feeds.
        value: &'a [u8],
    },
    /// `N`: the end of the header.
    EndOfHeaders,
    /// `B`, or what `E` carries: a piece of a body chunk.
    Body {
        /// The bytes.
        bytes: &'a [u8],
        /// The piece ends a `B` packet; the relay waits now, unless no replies were agreed.
        last: bool,
    },
    /// `E`: the end of the body.
    EndOfBody,
    /// `A`: give up the message, keep the connection.
    Abort,
    /// `K`: the client left; another one follows.
    QuitNewConnection,
    /// `Q`: the end.
    Quit,
    /// `U`: an SMTP command the relay does not know.
    Unknown(&'a [u8]),
}

/// The address of the relay's client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Peer<'a> {
    /// The relay does not know.
    Unknown,
    /// IPv4 or IPv6 as text, without Sendmail's `IPv6:` in front.
    Inet {
        /// The client's port.
        port: u16,
        /// The address.
        address: &'a [u8],
    },
    /// A Unix socket.
    Unix(&'a [u8]),
}

/// Strings that each end with a NUL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Strings<'a>(&'a [u8]);

impl<'a> Strings<'a> {
    /// The strings in order.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.0;
        std::iter::from_fn(move || if rest.is_empty() { None } else { Some(take_string(&mut rest)) })
    }
    /// The first string.
    #[must_use]
    pub fn first(self) -> &'a [u8] {
        let mut rest = self.0;
        take_string(&mut rest)
    }
}

/// Macros: names and values by turns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Macros<'a>(Strings<'a>);

impl<'a> Macros<'a> {
    /// Name (without braces) and value. A name without a value at the end is left out.
    pub fn iter(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut strings = self.0.iter();
        std::iter::from_fn(move || {
            let name = strings.next()?;
            let value = strings.next()?;
            let bare = name.strip_prefix(b"{").and_then(|name| name.strip_suffix(b"}")).unwrap_or(name);
            Some((bare, value))
        })
    }
}

impl<'a> Command<'a> {
    /// Somebody's words do not print: the letter of the command, for a log or a failed assertion.
    #[must_use]
    pub const fn letter(&self) -> char {
        match self {
            Self::Negotiate(_) => 'O',
            Self::Macros { .. } => 'D',
            Self::Connect { .. } => 'C',
            Self::Helo(_) => 'H',
            Self::Mail(_) => 'M',
            Self::Recipient(_) => 'R',
            Self::Data => 'T',
            Self::Header { .. } => 'L',
            Self::EndOfHeaders => 'N',
            Self::Body { .. } => 'B',
            Self::EndOfBody => 'E',
            Self::Abort => 'A',
            Self::QuitNewConnection => 'K',
            Self::Quit => 'Q',
            Self::Unknown(_) => 'U',
        }
    }

    pub(super) const fn is_known(letter: u8) -> bool {
        matches!(
            letter,
            b'O' | b'D' | b'C' | b'H' | b'M' | b'R' | b'T' | b'L' | b'N' | b'B' | b'E' | b'A' | b'K' | b'Q' | b'U'
        )
    }

    /// Reads a command that does not carry body; those are cut by the frame decoder.
    pub(super) fn decode(letter: u8, mut data: &'a [u8]) -> Result<Self, Violation> {
        Ok(match letter {
            b'O' => Self::Negotiate(Offer::decode(data).ok_or(Violation::Malformed)?),
            b'D' => {
                let (&command, rest) = data.split_first().unwrap_or((&0, &[]));
                Self::Macros { command, macros: Macros(Strings(rest)) }
            }
            b'C' => Self::connect(data)?,
            b'H' => Self::Helo(take_string(&mut data)),
            b'M' if !data.is_empty() => Self::Mail(Strings(data)),
            b'R' if !data.is_empty() => Self::Recipient(Strings(data)),
            b'T' => Self::Data,
            b'L' => Self::header(data)?,
            b'N' => Self::EndOfHeaders,
            b'A' => Self::Abort,
            b'K' => Self::QuitNewConnection,
            b'Q' => Self::Quit,
            b'U' => Self::Unknown(take_string(&mut data)),
            _ => return Err(Violation::Malformed),
        })
    }

    fn connect(mut data: &'a [u8]) -> Result<Self, Violation> {
        let host = take_string(&mut data);
        let Some((&family, rest)) = data.split_first() else { return Ok(Self::Connect { host, peer: Peer::Unknown }) };
        let peer = match family {
            b'U' => Peer::Unknown,
            b'4' | b'6' | b'L' => {
                let (port, mut rest) = rest.split_first_chunk::<2>().ok_or(Violation::Malformed)?;
                let address = take_string(&mut rest);
                if family == b'L' {
                    Peer::Unix(address)
                } else {
                    Peer::Inet { port: u16::from_be_bytes(*port), address: without_ipv6_mark(address) }
                }
            }
            _ => return Err(Violation::Malformed),
        };
        Ok(Self::Connect { host, peer })
    }

    /// The value is raw: a NUL inside it stays, only the one at the end is the packet's own.
    fn header(mut data: &'a [u8]) -> Result<Self, Violation> {
        if !data.contains(&0) {
            return Err(Violation::Malformed);
        }
        let name = take_string(&mut data);
        // A line break in a name would be a field, or the end of the header, that nobody sent.
        if name.iter().any(|byte| matches!(byte, b'\r' | b'\n' | b':')) {
            return Err(Violation::Malformed);
        }
        Ok(Self::Header { name, value: data.strip_suffix(&[0]).unwrap_or(data) })
    }

    /// Writes the command as a relay would.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Negotiate(offer) => offer.encode(&[], out),
            Self::Macros { command, macros } => packet(out, b'D', |out| {
                out.push(command);
                out.extend_from_slice(macros.0.0);
            }),
            Self::Connect { host, peer } => packet(out, b'C', |out| {
                put_string(out, host);
                put_peer(out, peer);
            }),
            Self::Helo(name) => packet(out, b'H', |out| put_string(out, name)),
            Self::Mail(strings) => packet(out, b'M', |out| out.extend_from_slice(strings.0)),
            Self::Recipient(strings) => packet(out, b'R', |out| out.extend_from_slice(strings.0)),
            Self::Header { name, value } => packet(out, b'L', |out| {
                put_string(out, name);
                put_string(out, value);
            }),
            Self::Body { bytes, .. } => packet(out, b'B', |out| out.extend_from_slice(bytes)),
            Self::Unknown(line) => packet(out, b'U', |out| put_string(out, line)),
            Self::Data => packet(out, b'T', |_| ()),
            Self::EndOfHeaders => packet(out, b'N', |_| ()),
            Self::EndOfBody => packet(out, b'E', |_| ()),
            Self::Abort => packet(out, b'A', |_| ()),
            Self::QuitNewConnection => packet(out, b'K', |_| ()),
            Self::Quit => packet(out, b'Q', |_| ()),
        }
    }

    /// MAIL from bytes that are NUL-ended strings already.
    #[must_use]
    pub const fn mail(strings: &'a [u8]) -> Self {
        Self::Mail(Strings(strings))
    }

    /// RCPT from bytes that are NUL-ended strings already.
    #[must_use]
    pub const fn recipient(strings: &'a [u8]) -> Self {
        Self::Recipient(Strings(strings))
    }

    /// Macros from bytes that are NUL-ended names and values already.
    #[must_use]
    pub const fn macros(command: u8, strings: &'a [u8]) -> Self {
        Self::Macros { command, macros: Macros(Strings(strings)) }
    }
}

fn without_ipv6_mark(address: &[u8]) -> &[u8] {
    match address.split_at_checked(5) {
        Some((mark, rest)) if mark.eq_ignore_ascii_case(b"IPv6:") => rest,
        _ => address,
    }
}

fn put_peer(out: &mut Vec<u8>, peer: Peer<'_>) {
    match peer {
        Peer::Unknown => out.push(b'U'),
        Peer::Inet { port, address } => {
            out.push(if address.contains(&b':') { b'6' } else { b'4' });
            out.extend_from_slice(&port.to_be_bytes());
            put_string(out, address);
        }
        Peer::Unix(path) => {
            out.extend_from_slice(b"L\0\0");
            put_string(out, path);
        }
    }
}

impl std::fmt::Debug for Command<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Command({})", self.letter())
    }
}
