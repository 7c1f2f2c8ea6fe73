//! How the pool and a worker speak: frames of five bytes of head and a bounded rest. No I/O here.

use crate::mail::open::{FileLimits, Picture, PictureLimits};
use crate::mail::parts::{Encoding, Family, Limits};
use crate::room::probe::Misdeed;
use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Length of a frame's head: its kind and the length of what follows.
pub const HEAD: usize = 5;

/// The longest frame that is neither an answer nor a message: start, report, job.
pub const SMALL: u32 = 4096;

/// What a frame is. One number per kind; a worker and its pool are the same binary, so there are no versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Pool to worker, first: the [`Bounds`] it lives in.
    Start,
    /// Worker to pool, once: the sandbox is closed, and this is what is in force.
    Hello,
    /// Pool to worker: a [`Job`].
    Job,
    /// Worker to pool: processor time used so far, then the tree.
    Tree,
    /// Worker to pool: the tree was longer than the job allows.
    TooLong,
    /// Worker to pool: a misdeed was refused by the system.
    Refused,
    /// Worker to pool: a misdeed succeeded.
    Succeeded,
    /// Worker to pool: processor time used so far, then a [`crate::mail::open::Picture`].
    Picture,
}

impl Kind {
    const ALL: [Self; 8] =
        [Self::Start, Self::Hello, Self::Job, Self::Tree, Self::TooLong, Self::Refused, Self::Succeeded, Self::Picture];

    const fn number(self) -> u8 {
        match self {
            Self::Start => 1,
            Self::Hello => 2,
            Self::Job => 3,
            Self::Tree => 4,
            Self::TooLong => 5,
            Self::Refused => 6,
            Self::Succeeded => 7,
            Self::Picture => 8,
        }
    }
}

/// The first bytes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// What follows.
    pub kind: Kind,
    /// How long it is.
    pub length: u32,
}

/// A frame that breaks the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadFrame;

impl Head {
    /// The head as it is sent.
    #[must_use]
    pub fn encode(self) -> [u8; HEAD] {
        let [a, b, c, d] = self.length.to_le_bytes();
        [self.kind.number(), a, b, c, d]
    }

    /// Reads a head; `most` is the greatest length that may follow, checked before anyone allocates.
    ///
    /// # Errors
    /// An unknown kind, or more than `most`.
    pub fn decode(bytes: [u8; HEAD], most: u32) -> Result<Self, BadFrame> {
        let [number, a, b, c, d] = bytes;
        let length = u32::from_le_bytes([a, b, c, d]);
        let kind = Kind::ALL.into_iter().find(|kind| kind.number() == number).ok_or(BadFrame)?;
        if length > most { Err(BadFrame) } else { Ok(Self { kind, length }) }
    }
}

/// What a worker is told at its start, before it closes the door behind itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Bounds {
    /// Bytes of address space.
    pub memory: u64,
    /// Seconds of processor time over its whole life. The pool sets the lower limit of each job.
    pub life: u64,
}

/// What a worker is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Job {
    /// Take a message apart.
    Open {
        /// Length of the message.
        length: u64,
        /// Where its bytes are.
        lies: Lies,
        /// How far to go.
        limits: Limits,
        /// Length of the longest answer.
        answer: u32,
    },
    /// Open one file of a message: its part 0 is the file.
    OpenFile {
        /// Where the bytes begin, in a file or the tray.
        from: u64,
        /// How many they are.
        length: u64,
        /// Where they are.
        lies: Lies,
        /// How the file stands in these bytes.
        stands: Stands,
        /// What is opened.
        families: Vec<Family>,
        /// How far to go in the message as a whole: what is left of its limits.
        limits: Limits,
        /// How far to go in the file.
        file: FileLimits,
        /// Length of the longest answer.
        answer: u32,
    },
    /// Give the bytes of a picture, for the program that reads its letters.
    Picture {
        /// Where the bytes begin, in a file or the tray.
        from: u64,
        /// How many they are.
        length: u64,
        /// Where they are.
        lies: Lies,
        /// How the picture stands in these bytes.
        stands: Stands,
        /// What is read of pictures.
        limits: PictureLimits,
        /// Length of the longest answer.
        answer: u32,
    },
    /// Try something that the sandbox must stop.
    Try(Misdeed),
}

/// Where the bytes of a job are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Lies {
    /// They follow the frame.
    Behind,
    /// In the file whose descriptor came with the frame.
    InFile,
    /// In the worker's tray, whose descriptor came with the first frame of its life.
    OnTray,
}

/// How a file stands in the bytes a worker gets.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Stands {
    /// They are its part's body.
    As(Encoding),
    /// They are the whole message; the part is found by taking it apart again.
    Within {
        /// The part.
        part: u16,
        /// How far taking the message apart went.
        limits: Limits,
    },
}

/// A frame with a small payload.
///
/// # Errors
/// The payload is longer than [`SMALL`].
pub fn small(kind: Kind, payload: &impl Serialize) -> Result<Vec<u8>, BadFrame> {
    framed(kind, &[], payload, SMALL)
}

/// A tree's frame: the processor time used so far in microseconds, and the tree.
///
/// # Errors
/// The payload is longer than `most`.
pub fn tree(processor_micros: u64, tree: &impl Serialize, most: u32) -> Result<Vec<u8>, BadFrame> {
    framed(Kind::Tree, &processor_micros.to_le_bytes(), tree, most)
}

/// A picture's frame, made the same way.
///
/// # Errors
/// The payload is longer than `most`.
pub fn picture(processor_micros: u64, picture: &Picture, most: u32) -> Result<Vec<u8>, BadFrame> {
    framed(Kind::Picture, &processor_micros.to_le_bytes(), picture, most)
}

/// Splits a tree's or picture's payload into processor time (microseconds) and its own bytes.
///
/// # Errors
/// It is too short.
pub fn split_tree(payload: &[u8]) -> Result<(u64, &[u8]), BadFrame> {
    let (micros, tree) = payload.split_first_chunk::<8>().ok_or(BadFrame)?;
    Ok((u64::from_le_bytes(*micros), tree))
}

/// Reads a payload; nothing may be left over.
///
/// # Errors
/// It does not read as the type, or has a rest.
pub fn read<T: DeserializeOwned>(payload: &[u8]) -> Result<T, BadFrame> {
    match postcard::take_from_bytes(payload) {
        Ok((value, [])) => Ok(value),
        _ => Err(BadFrame),
    }
}

fn framed(kind: Kind, before: &[u8], payload: &impl Serialize, most: u32) -> Result<Vec<u8>, BadFrame> {
    let mut frame = Vec::with_capacity(HEAD + before.len());
    frame.extend_from_slice(&[0; HEAD]);
    frame.extend_from_slice(before);
    let room = HEAD.saturating_add(most as usize);
    let mut frame =
        postcard::serialize_with_flavor(payload, Capped { bytes: frame, most: room }).map_err(|_| BadFrame)?;
    let length = u32::try_from(frame.len().saturating_sub(HEAD)).map_err(|_| BadFrame)?;
    let head = frame.first_chunk_mut::<HEAD>().ok_or(BadFrame)?;
    *head = Head { kind, length }.encode();
    Ok(frame)
}

/// A buffer that refuses to grow beyond its limit.
struct Capped {
    bytes: Vec<u8>,
    most: usize,
}

impl Flavor for Capped {
    type Output = Vec<u8>;

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        if self.bytes.len() >= self.most {
            return Err(postcard::Error::SerializeBufferFull);
        }
        self.bytes.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, more: &[u8]) -> postcard::Result<()> {
        if self.bytes.len().saturating_add(more.len()) > self.most {
            return Err(postcard::Error::SerializeBufferFull);
        }
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_come_back_and_bad_ones_do_not() {
        for kind in Kind::ALL {
            let head = Head { kind, length: 77 };
            assert_eq!(Head::decode(head.encode(), 77), Ok(head));
            assert_eq!(Head::decode(head.encode(), 76), Err(BadFrame));
        }
        for number in [0, 9, 255] {
            assert_eq!(Head::decode([number, 0, 0, 0, 0], SMALL), Err(BadFrame));
        }
    }

    #[test]
    fn payloads_come_back_whole_or_not_at_all() {
        let frame = tree(12, &"words", 64).unwrap();
        let (head, payload) = frame.split_first_chunk::<HEAD>().unwrap();
        assert_eq!(
            Head::decode(*head, 64),
            Ok(Head { kind: Kind::Tree, length: u32::try_from(payload.len()).unwrap() })
        );
        let (micros, rest) = split_tree(payload).unwrap();
        assert_eq!((micros, read::<String>(rest)), (12, Ok("words".to_owned())));
        for bad in [&rest[..3], &[rest, b"x"].concat(), b"", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"] {
            assert_eq!(read::<String>(bad), Err(BadFrame));
        }
        assert_eq!(split_tree(b"1234567"), Err(BadFrame));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let _tree = read::<crate::mail::parts::Tree>(&bytes);
            let _job = read::<Job>(&bytes);
            let _split = split_tree(&bytes);
            if let Some(head) = bytes.first_chunk::<HEAD>() {
                proptest::prop_assert!(Head::decode(*head, 9).map_or(0, |head| head.length) <= 9);
            }
        }
    }

    #[test]
    fn a_long_payload_is_not_built() {
        assert_eq!(small(Kind::Hello, &"x".repeat(SMALL as usize)), Err(BadFrame));
        assert_eq!(tree(0, &"x".repeat(100), 108), Err(BadFrame));
        assert!(tree(0, &"x".repeat(100), 109).is_ok());
    }
}
