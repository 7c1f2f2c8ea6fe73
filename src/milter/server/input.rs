//! Bytes that were read and not yet understood.

use super::super::wire::{Decoded, Decoder, Violation};

/// What a connection holds while it waits for a relay to say something.
const SMALL: usize = 4 << 10;

/// What it holds while a body streams through.
pub(super) const LARGE: usize = 16 << 10;

/// A buffer that is no larger than the packet at hand asks for.
#[derive(Debug)]
pub(super) struct Input {
    bytes: Vec<u8>,
    start: usize,
    decoder: Decoder,
}

impl Input {
    pub(super) const fn new(longest: usize) -> Self {
        Self { bytes: Vec::new(), start: 0, decoder: Decoder::new(longest) }
    }

    /// The next command at hand.
    pub(super) fn decode(&mut self) -> Result<Decoded<'_>, Violation> {
        self.decoder.decode(self.bytes.get(self.start..).unwrap_or_default())
    }

    /// Drops bytes that were understood.
    pub(super) fn consume(&mut self, used: usize) {
        self.start += used;
    }

    /// The body chunk that is being read has not ended.
    pub(super) const fn inside_chunk(&self) -> bool {
        self.decoder.inside_packet()
    }

    /// A packet has begun and not ended.
    pub(super) fn inside_packet(&self) -> bool {
        self.decoder.inside_packet() || self.start < self.bytes.len()
    }

    /// How many bytes the buffer will take when it has room for `need`, beyond what each connection may.
    pub(super) const fn beyond_usual(need: usize) -> usize {
        need.saturating_sub(LARGE)
    }

    /// Makes room for `need` bytes in all, those at hand included, and gives back what is too much.
    pub(super) fn room(&mut self, need: usize, content: bool) -> &mut Vec<u8> {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        let wanted = need.max(if content { LARGE } else { SMALL });
        if self.bytes.capacity() < wanted {
            self.bytes.reserve_exact(wanted - self.bytes.len());
        } else if self.bytes.capacity() > wanted.max(LARGE) || (!content && self.bytes.is_empty()) {
            self.bytes.shrink_to(wanted);
        }
        &mut self.bytes
    }
}
