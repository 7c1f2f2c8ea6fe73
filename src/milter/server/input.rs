//! Bytes that were read and not yet understood.

use super::super::wire::{Decoded, Decoder, Violation};
use std::cell::RefCell;

/// What is read at one time.
const READ: usize = 64 << 10;

/// What a connection may hold while it waits without drawing on the budget.
pub(super) const FREE: usize = 16 << 10;

thread_local! {
    /// One long buffer for each thread, lent to the connection that reads just now. What a connection holds while
    /// it waits is the beginning of a packet, most often nothing.
    static LONG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Bytes that were read and not yet understood.
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

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Nothing is at hand.
    pub(super) fn is_empty(&self) -> bool {
        self.rest().is_empty()
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
        self.decoder.inside_packet() || !self.is_empty()
    }

    /// How many bytes the buffer will take when it has room for `need`, beyond what each connection may.
    pub(super) const fn beyond_usual(need: usize) -> usize {
        // The beginning of such a packet waits in a long buffer.
        if need <= FREE {
            0
        } else if need < READ {
            READ
        } else {
            need
        }
    }

    /// Room to read into, for `need` bytes in all at least, those at hand included. `sparing`: what is read will
    /// have to wait.
    pub(super) fn room(&mut self, need: usize, sparing: bool) -> &mut Vec<u8> {
        if !sparing && self.rest().len() <= FREE && self.bytes.capacity() < READ {
            let mut long = LONG.take();
            long.clear();
            long.extend_from_slice(self.rest());
            self.bytes = long;
        } else {
            self.bytes.drain(..self.start.min(self.bytes.len()));
        }
        self.start = 0;
        let wanted = need.max(if sparing { FREE } else { READ });
        if self.bytes.capacity() < wanted {
            self.bytes.reserve_exact(wanted - self.bytes.len());
        }
        &mut self.bytes
    }

    /// Gives the long buffer back before a wait. The beginning of a long packet stays where it is: copying it for
    /// every byte that comes would take for ever.
    pub(super) fn settle(&mut self) {
        let rest = self.rest();
        if rest.len() > FREE {
            return;
        }
        let rest = rest.to_vec();
        self.start = 0;
        let long = std::mem::replace(&mut self.bytes, rest);
        if long.capacity() <= 2 * READ {
            LONG.with_borrow_mut(|other| {
                if other.capacity() < long.capacity() {
                    *other = long;
                }
            });
        }
    }
}
