//! The milter protocol as bytes: what the relay says, what we answer. No I/O.
//!
//! Both directions can be written and read, so that a test or a bench can play the relay.

/// What the relay says.
pub mod command;
/// Where a packet begins and ends.
pub mod frame;
/// What both sides can do: actions, protocol steps, macro lists.
pub mod options;
/// What we answer.
pub mod reply;

pub use command::{Command, Macros, Peer, Strings};
pub use frame::{Decoded, Decoder};
pub use options::{Actions, Offer, Protocol, Stage};
pub use reply::Reply;

/// The newest protocol version we speak.
pub const VERSION: u32 = 6;

/// The oldest protocol version we speak.
pub const OLDEST_VERSION: u32 = 2;

/// The largest body chunk one packet may carry.
pub const BODY_CHUNK: usize = 65_535;

/// How a peer broke the protocol. It says nothing of what the peer wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Violation {
    /// A packet of length 0, which has not even a command.
    PacketEmpty,
    /// A packet longer than the limit; also what a stranger's HTTP request or TLS greeting looks like.
    PacketTooLong,
    /// A command nobody knows.
    UnknownCommand,
    /// A command whose data cannot be read.
    Malformed,
    /// A command where it does not belong.
    OutOfOrder,
    /// A protocol version before 2.
    Version,
    /// More macros than the limit.
    MacrosTooLong,
    /// The connection ended inside a packet.
    Truncated,
}

impl Violation {
    /// A short name, fit for a metric label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PacketEmpty => "packet_empty",
            Self::PacketTooLong => "packet_too_long",
            Self::UnknownCommand => "unknown_command",
            Self::Malformed => "malformed",
            Self::OutOfOrder => "out_of_order",
            Self::Version => "version",
            Self::MacrosTooLong => "macros_too_long",
            Self::Truncated => "truncated",
        }
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::error::Error for Violation {}

/// Writes one packet: length, command or reply letter, then what `data` appends.
fn packet(out: &mut Vec<u8>, letter: u8, data: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0, 0, 0, 0, letter]);
    data(out);
    let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
    if let Some(place) = out.get_mut(start..start + 4) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

/// Writes a string and the NUL that ends it.
fn put_string(out: &mut Vec<u8>, string: &[u8]) {
    out.extend_from_slice(string);
    out.push(0);
}

/// Takes a big-endian number off the front.
fn take_u32(data: &mut &[u8]) -> Option<u32> {
    let (number, rest) = data.split_first_chunk::<4>()?;
    *data = rest;
    Some(u32::from_be_bytes(*number))
}

/// Takes a string off the front, up to its NUL or, where a peer forgot it, to the end.
fn take_string<'a>(data: &mut &'a [u8]) -> &'a [u8] {
    let mut halves = data.splitn(2, |&byte| byte == 0);
    let string = halves.next().unwrap_or_default();
    *data = halves.next().unwrap_or_default();
    string
}
