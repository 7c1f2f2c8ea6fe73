//! A worker's tray: memory that the pool writes small messages to and the worker can only read.
//!
//! It is the same memory for every message, so that handing one over is a copy, and neither a trickle through a
//! socket nor fresh memory each time. Each worker has its own, and what is on it that worker was given before.

use crate::room::child::Held;
use crate::room::pool::read_only;
use rustix::fs::MemfdFlags;
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// A longer message does not go on a tray.
const LONGEST: usize = 1 << 20;

/// A tray, and what lies on it.
#[derive(Debug)]
pub(super) struct Tray {
    memory: File,
    /// The message that lies on it, by its number.
    holds: Option<u64>,
}

impl Tray {
    /// An empty one.
    ///
    /// # Errors
    /// The system gives none.
    pub fn new() -> io::Result<Self> {
        let flags = MemfdFlags::CLOEXEC;
        // Before Linux 6.3 there was no such flag.
        let memory = match rustix::fs::memfd_create(c"exeat-tray", flags | MemfdFlags::NOEXEC_SEAL) {
            Err(Errno::INVAL) => rustix::fs::memfd_create(c"exeat-tray", flags),
            other => other,
        };
        Ok(Self { memory: memory?.into(), holds: None })
    }

    /// The same, for reading alone.
    ///
    /// # Errors
    /// It cannot be opened a second time.
    pub fn for_worker(&self) -> io::Result<File> {
        read_only(&self.memory)
    }

    /// Whether a message is short enough.
    pub fn fits(held: &Held<'_>) -> bool {
        held.message.len() <= LONGEST
    }

    /// Puts a message on it, unless it lies there already.
    ///
    /// # Errors
    /// The system has no memory for it.
    pub fn lay(&mut self, held: &Held<'_>) -> io::Result<()> {
        if self.holds != Some(held.turn) {
            self.holds = None;
            self.memory.write_all_at(held.message, 0)?;
            self.holds = Some(held.turn);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_reads_what_lies_there_and_cannot_write() {
        let mut tray = Tray::new().unwrap();
        let theirs = tray.for_worker().unwrap();
        for (turn, message, wanted) in
            [(1, "some words", "some words"), (1, "other", "some words"), (2, "other", "other")]
        {
            let held = Held { turn, message: message.as_bytes(), part: b"" };
            assert!(Tray::fits(&held));
            tray.lay(&held).unwrap();
            let mut read = vec![0; wanted.len()];
            theirs.read_exact_at(&mut read, 0).unwrap();
            assert_eq!(read, wanted.as_bytes());
        }
        assert!(theirs.write_all_at(b"x", 0).is_err());
        assert!(!Tray::fits(&Held { turn: 3, message: &vec![0; LONGEST + 1], part: b"" }));
    }
}
