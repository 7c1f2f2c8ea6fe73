//! Which messages killed a worker, by a digest of their bytes, for a while.

use crate::spool::Message;
use ring::digest::{Context, SHA256};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

/// SHA-256 of a message's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(digest)")
    }
}

/// How much of a message is in memory at once while its digest is made.
const CHUNK: u64 = 64 << 10;

impl Digest {
    /// Of a message's bytes.
    ///
    /// # Errors
    /// Its file cannot be read.
    pub fn of(message: &Message) -> io::Result<Self> {
        let mut context = Context::new(&SHA256);
        if let Some(bytes) = message.memory() {
            context.update(bytes);
        } else {
            let mut at = 0;
            while at < message.len() {
                let chunk = message.read(at..at + CHUNK)?;
                at += chunk.len() as u64;
                context.update(&chunk);
            }
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.finish().as_ref());
        Ok(Self(digest))
    }
}

/// What is known of a message that killed a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It was there when a worker died. The next attempt is alone on a fresh worker.
    Suspect,
    /// It killed a fresh one too. It is not opened again.
    Poison,
}

/// The marks, bounded in number and time.
#[derive(Debug)]
pub struct Marks {
    known: HashMap<Digest, (Mark, Instant)>,
    most: usize,
    last: Duration,
}

impl Marks {
    /// At most `most` marks, each for as long as `last`.
    #[must_use]
    pub fn new(most: usize, last: Duration) -> Self {
        Self { known: HashMap::new(), most: most.max(1), last }
    }

    /// There is none, so that nobody need make a digest.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The mark of a message.
    #[must_use]
    pub fn of(&self, digest: &Digest, now: Instant) -> Option<Mark> {
        self.known.get(digest).filter(|(_, until)| *until > now).map(|(mark, _)| *mark)
    }

    /// A worker died on it. `fresh`: it was alone on a fresh one, and suspected before.
    pub fn died(&mut self, digest: Digest, fresh: bool, now: Instant) -> Mark {
        let mark = match (self.of(&digest, now), fresh) {
            (Some(Mark::Poison), _) | (_, true) => Mark::Poison,
            _ => Mark::Suspect,
        };
        if self.known.len() >= self.most && !self.known.contains_key(&digest) {
            self.make_room(now);
        }
        self.known.insert(digest, (mark, now + self.last));
        mark
    }

    /// Takes a mark off; whether there was one.
    pub fn forget(&mut self, digest: &Digest) -> bool {
        self.known.remove(digest).is_some()
    }

    /// Drops what has expired, or the oldest where nothing has.
    fn make_room(&mut self, now: Instant) {
        self.known.retain(|_, (_, until)| *until > now);
        if self.known.len() < self.most {
            return;
        }
        let oldest = self.known.iter().min_by_key(|(_, (_, until))| *until).map(|(digest, _)| *digest);
        if let Some(oldest) = oldest {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        Digest::of(&Message::in_memory(text.into(), 0, None)).unwrap()
    }

    #[test]
    fn only_a_death_alone_on_a_fresh_worker_makes_poison() {
        let now = Instant::now();
        let mut marks = Marks::new(10, Duration::from_mins(1));
        assert_eq!(marks.died(digest("a"), false, now), Mark::Suspect);
        assert_eq!(marks.died(digest("a"), false, now), Mark::Suspect);
        assert_eq!(marks.died(digest("a"), true, now), Mark::Poison);
        assert_eq!(marks.died(digest("a"), false, now), Mark::Poison);
        assert_eq!(marks.of(&digest("b"), now), None);
    }

    #[test]
    fn marks_end_by_time_and_by_hand() {
        let now = Instant::now();
        let mut marks = Marks::new(10, Duration::from_mins(1));
        marks.died(digest("a"), true, now);
        marks.died(digest("b"), true, now);
        assert_eq!(marks.of(&digest("a"), now + Duration::from_secs(59)), Some(Mark::Poison));
        assert_eq!(marks.of(&digest("a"), now + Duration::from_mins(1)), None);
        assert!(marks.forget(&digest("a")) && !marks.forget(&digest("a")));
        assert!(!marks.is_empty() && marks.forget(&digest("b")) && marks.is_empty());
    }

    #[test]
    fn the_oldest_mark_makes_room_for_a_new_one() {
        let start = Instant::now();
        let mut marks = Marks::new(2, Duration::from_mins(1));
        for (second, text) in ["a", "b", "c"].into_iter().enumerate() {
            marks.died(digest(text), true, start + Duration::from_secs(second as u64));
        }
        let known = ["a", "b", "c"].map(|text| marks.of(&digest(text), start).is_some());
        assert_eq!(known, [false, true, true]);
    }

    #[test]
    fn a_digest_is_of_the_bytes_wherever_they_are() {
        use std::io::Write;
        let bytes = vec![b'x'; 200_000];
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let in_file = Message::in_file(file, 0, bytes.len() as u64, None);
        assert_eq!(Digest::of(&in_file).unwrap(), Digest::of(&Message::in_memory(bytes, 0, None)).unwrap());
        assert_ne!(digest("a"), digest("b"));
    }
}
