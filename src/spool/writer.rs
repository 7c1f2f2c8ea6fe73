//! A message as it grows: in memory first, in a file when it is large or memory is short.

use super::{Directory, Message, shelf};
use crate::budget::{Budget, Reserve};
use std::fs::File;
use std::io::{self, Write};

/// Takes a message in from front to back.
#[derive(Debug)]
pub struct Writer {
    directory: Directory,
    budget: Budget,
    reserve: Reserve,
    most_in_memory: u64,
    storage: Storage,
    head: u64,
    len: u64,
}

enum Storage {
    Memory(Vec<u8>),
    File(File),
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::Memory(_)) { "(memory)" } else { "(file)" })
    }
}

/// The least a message in memory grows by.
const STEP: usize = 4 << 10;

impl Writer {
    /// Starts with the header block and the empty line behind it. Up to `most_in_memory` bytes stay in
    /// memory, while the budget has some to spare: one quarter of it is never taken by messages.
    #[must_use]
    pub fn new(head: Vec<u8>, directory: &Directory, budget: &Budget, most_in_memory: u64) -> Self {
        let len = head.len() as u64;
        let mut writer = Self {
            directory: directory.clone(),
            budget: budget.clone(),
            reserve: Reserve::new(budget),
            most_in_memory,
            head: len,
            len,
            storage: Storage::Memory(head),
        };
        writer.is_affordable(len);
        writer
    }

    /// Length so far.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Nothing so far.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends where that can be done in memory, and without waiting. False: nothing was done.
    pub fn try_append(&mut self, bytes: &[u8]) -> bool {
        let Storage::Memory(held) = &self.storage else { return false };
        let wanted = held.len() + bytes.len();
        let capacity = held.capacity();
        let grown = if wanted <= capacity { capacity } else { self.grown(wanted) };
        if wanted as u64 > self.most_in_memory || !self.is_affordable(grown as u64) {
            return false;
        }
        let Storage::Memory(held) = &mut self.storage else { return false };
        if grown == shelf::SIZE && capacity < grown {
            let mut piece = shelf::take();
            piece.extend_from_slice(held);
            *held = piece;
        } else {
            held.reserve_exact(grown - held.len());
        }
        held.extend_from_slice(bytes);
        self.len += bytes.len() as u64;
        true
    }

    /// The room in memory for so many bytes and some more. Who has begun to be long gets all that a message in
    /// memory ever takes, as long as half of the budget is free: growing on the way costs more.
    fn grown(&self, wanted: usize) -> usize {
        let size = shelf::SIZE as u64;
        let plenty = self.budget.free() > (self.budget.total() / 2).max(8 * size) && self.most_in_memory >= size;
        if plenty && (shelf::WORTH..=shelf::SIZE).contains(&wanted) {
            return shelf::SIZE;
        }
        wanted.next_power_of_two().max(STEP)
    }

    /// Appends; writes to the file where it has to.
    ///
    /// # Errors
    /// The file cannot be made or written.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.try_append(bytes) {
            return Ok(());
        }
        self.file()?.write_all(bytes)?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// The message, where nothing has to be written for it; the writer where something has.
    ///
    /// # Errors
    /// Not an error: [`Writer::finish`] is the way on.
    pub fn finish_at_hand(mut self) -> Result<Message, Box<Self>> {
        let len = self.len;
        let affordable = self.is_affordable(len);
        match self.storage {
            Storage::Memory(bytes) if affordable => Ok(Message::in_memory(bytes, self.head, self.reserve.into_share())),
            Storage::File(file) => Ok(Message::in_file(file, self.head, len, None)),
            Storage::Memory(_) => Err(Box::new(self)),
        }
    }

    /// The message.
    ///
    /// # Errors
    /// The file cannot be made or written.
    pub fn finish(self) -> io::Result<Message> {
        let mut writer = match self.finish_at_hand() {
            Ok(message) => return Ok(message),
            Err(writer) => writer,
        };
        writer.file()?;
        writer.finish_at_hand().map_err(|_| io::Error::other("the message is in no file"))
    }

    /// The budget has these bytes for this message. What it has already it keeps.
    fn is_affordable(&mut self, bytes: u64) -> bool {
        let spare = self.budget.free().saturating_sub(self.budget.total() / 4);
        let more = bytes.saturating_sub(self.reserve.held());
        matches!(self.storage, Storage::Memory(_)) && (more == 0 || more <= spare) && self.reserve.try_hold(bytes)
    }

    /// The file; what was in memory moves there first.
    fn file(&mut self) -> io::Result<&mut File> {
        if let Storage::Memory(bytes) = &mut self.storage {
            let mut file = self.directory.file()?;
            file.write_all(bytes)?;
            shelf::put_back(std::mem::take(bytes));
            self.storage = Storage::File(file);
            self.reserve.release();
        }
        match &mut self.storage {
            Storage::File(file) => Ok(file),
            Storage::Memory(_) => Err(io::Error::other("the message is in no file")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_in_memory_up_to_the_threshold_and_the_budget() {
        let outer = tempfile::tempdir().unwrap();
        let directory = Directory::open(&outer.path().join("spool")).unwrap();
        // threshold, budget, taken by others, body, in memory
        let table: [(u64, u64, u64, usize, bool); 7] = [
            (1000, 1 << 20, 0, 0, true),
            (1000, 1 << 20, 0, 990, true),
            (1000, 1 << 20, 0, 991, false),
            (1 << 20, 1 << 20, 0, 700_000, false),
            (1 << 20, 4 << 20, 0, 700_000, true),
            (1 << 20, 4 << 20, 3 << 20, 100, false),
            (5, 1 << 20, 0, 0, true),
        ];
        for (threshold, total, taken, size, in_memory) in table {
            let budget = Budget::new(total);
            let others = budget.try_take(taken.max(1));
            let mut writer =
                Writer::new(b"A: b\r\n\r\n\r\n".get(..10).unwrap().to_vec(), &directory, &budget, threshold);
            let body: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
            for piece in body.chunks(1000) {
                writer.append(piece).unwrap();
            }
            let message = writer.finish().unwrap();
            assert_eq!(message.memory().is_some(), in_memory, "{threshold} {total} {taken} {size}");
            assert_eq!((message.head(), message.len()), (10, 10 + size as u64));
            assert_eq!(message.read(10..message.len()).unwrap(), body);
            assert_eq!(message.read(0..10).unwrap(), b"A: b\r\n\r\n\r\n"[..10]);
            drop(message);
            drop(others);
            assert_eq!(budget.free(), budget.total());
        }
    }
}
