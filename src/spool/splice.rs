//! A message with some of its bytes replaced.

use super::{Directory, Message, Writer};
use crate::budget::Budget;
use std::io;
use std::ops::Range;

/// What is copied at one time.
const PIECE: u64 = 64 << 10;

impl Message {
    /// The message with each range replaced by the bytes beside it; every other byte stays. The ranges
    /// are in order, inside the message, and none overlaps another or the border between header block
    /// and body. It reads and writes files: not for a thread that must not wait.
    ///
    /// # Errors
    /// The ranges are not like that, or a file cannot be read or written.
    pub fn splice(
        &self,
        splices: &[(Range<u64>, Vec<u8>)],
        directory: &Directory,
        budget: &Budget,
        most_in_memory: u64,
    ) -> io::Result<Self> {
        let mut head = Vec::new();
        let mut at = 0;
        let body = splices.partition_point(|(range, _)| range.end <= self.head() && range.start < self.head());
        let (in_head, in_body) = splices.split_at(body);
        for (range, bytes) in in_head {
            head.extend(self.read(self.between(at, range, self.head())?)?);
            head.extend_from_slice(bytes);
            at = range.end;
        }
        head.extend(self.read(at..self.head())?);
        at = self.head();
        let mut writer = Writer::new(head, directory, budget, most_in_memory);
        for (range, bytes) in in_body {
            self.copy(self.between(at, range, self.len())?, &mut writer)?;
            writer.append(bytes)?;
            at = range.end;
        }
        self.copy(at..self.len(), &mut writer)?;
        writer.finish()
    }

    /// What stands between the last splice and the next one.
    fn between(&self, at: u64, next: &Range<u64>, end: u64) -> io::Result<Range<u64>> {
        let fits = at <= next.start && next.start <= next.end && next.end <= end.min(self.len());
        let problem = || io::Error::new(io::ErrorKind::InvalidInput, "replaced ranges overlap or lie outside");
        if fits { Ok(at..next.start) } else { Err(problem()) }
    }

    fn copy(&self, range: Range<u64>, writer: &mut Writer) -> io::Result<()> {
        let mut at = range.start;
        while at < range.end {
            let end = range.end.min(at + PIECE);
            writer.append(&self.read(at..end)?)?;
            at = end;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Splices = &'static [(Range<u64>, &'static [u8])];
    type Wanted = Option<(&'static [u8], u64)>;

    #[test]
    fn replaces_the_ranges_and_nothing_else() {
        let outer = tempfile::tempdir().unwrap();
        let directory = Directory::open(&outer.path().join("spool")).unwrap();
        let budget = Budget::new(1 << 20);
        // The header block of "A: b\r\n\r\nbody" is 8 bytes long.
        let table: [(Splices, Wanted); 10] = [
            (&[], Some((b"A: b\r\n\r\nbody", 8))),
            (&[(3..4, b"ccc")], Some((b"A: ccc\r\n\r\nbody", 10))),
            (&[(0..6, b"")], Some((b"\r\nbody", 2))),
            (&[(8..9, b"B"), (12..12, b"!")], Some((b"A: b\r\n\r\nBody!", 8))),
            (&[(3..4, b""), (8..12, b"")], Some((b"A: \r\n\r\n", 7))),
            (&[(8..8, b"x")], Some((b"A: b\r\n\r\nxbody", 8))),
            (&[(7..9, b"x")], None),
            (&[(9..10, b"x"), (8..9, b"y")], None),
            (&[(8..13, b"x")], None),
            (&[(3..5, b"x"), (4..6, b"y")], None),
        ];
        for (splices, wanted) in table {
            let splices: Vec<_> = splices.iter().map(|(range, bytes)| (range.clone(), bytes.to_vec())).collect();
            for most_in_memory in [0, 1000] {
                let message = Message::in_memory(b"A: b\r\n\r\nbody".to_vec(), 8, None);
                let made = message.splice(&splices, &directory, &budget, most_in_memory).ok();
                let got = made.map(|message| (message.read(0..100).unwrap(), message.head()));
                assert_eq!(got, wanted.map(|(bytes, head)| (bytes.to_vec(), head)));
            }
        }
    }
}
