//! Where a packet begins and ends: a length, checked before anything is allocated, and a letter.

use super::{Command, Violation};

/// Cuts a stream of bytes into commands. Body chunks come in pieces as they arrive, so that nobody
/// has to hold a whole packet of them.
#[derive(Debug)]
pub struct Decoder {
    longest: usize,
    chunk: Option<Chunk>,
}

/// The body chunk that is being read.
#[derive(Debug)]
struct Chunk {
    left: usize,
    /// It came with the end-of-body command.
    end: bool,
}

/// What the bytes at hand amount to.
#[derive(Debug, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// A command, which took `used` bytes off the front.
    Command {
        /// The command.
        command: Command<'a>,
        /// How many bytes to drop from the front.
        used: usize,
    },
    /// Not enough yet: go on when there are `need` bytes in all.
    More {
        /// How many bytes the next command takes at least, those at hand included.
        need: usize,
    },
}

/// The length and the letter.
const PREFIX: usize = 5;

impl Decoder {
    /// A decoder that refuses packets longer than `longest` bytes.
    #[must_use]
    pub const fn new(longest: usize) -> Self {
        Self { longest, chunk: None }
    }

    /// A packet has begun and not ended.
    #[must_use]
    pub const fn inside_packet(&self) -> bool {
        self.chunk.is_some()
    }

    /// Reads the next command off the front of `input`.
    ///
    /// # Errors
    /// The bytes are no milter packet, or a longer one than the limit. There is no way on from there.
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<Decoded<'a>, Violation> {
        if let Some(chunk) = self.chunk.take() {
            return Ok(self.piece(chunk, input, 0));
        }
        let Some((length, rest)) = input.split_first_chunk::<4>() else { return Ok(Decoded::More { need: PREFIX }) };
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Violation::PacketTooLong)?;
        if length == 0 {
            return Err(Violation::PacketEmpty);
        }
        if length > self.longest {
            return Err(Violation::PacketTooLong);
        }
        let Some((&letter, rest)) = rest.split_first() else { return Ok(Decoded::More { need: PREFIX }) };
        if !Command::is_known(letter) {
            return Err(Violation::UnknownCommand);
        }
        if letter == b'B' || letter == b'E' {
            return Ok(self.piece(Chunk { left: length - 1, end: letter == b'E' }, rest, PREFIX));
        }
        let used = length + 4;
        let Some(data) = rest.get(..length - 1) else { return Ok(Decoded::More { need: used }) };
        Ok(Decoded::Command { command: Command::decode(letter, data)?, used })
    }

    /// As much of a body chunk as is at hand, behind `prefix` bytes that are read already.
    fn piece<'a>(&mut self, mut chunk: Chunk, rest: &'a [u8], prefix: usize) -> Decoded<'a> {
        if chunk.left == 0 && chunk.end {
            return Decoded::Command { command: Command::EndOfBody, used: prefix };
        }
        let bytes = rest.get(..chunk.left).unwrap_or(rest);
        if bytes.is_empty() && prefix == 0 {
            self.chunk = Some(chunk);
            return Decoded::More { need: 1 };
        }
        chunk.left -= bytes.len();
        let last = chunk.left == 0 && !chunk.end;
        if !last {
            self.chunk = Some(chunk);
        }
        Decoded::Command { command: Command::Body { bytes, last }, used: prefix + bytes.len() }
    }
}
