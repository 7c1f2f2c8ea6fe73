//! A worker's end of its socket. Most jobs come whole in one read, the message behind them included.

use crate::room::frames::{BadFrame, HEAD, Head, SMALL};
use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags};
use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};

/// What is read at one time.
const AHEAD: usize = 32 << 10;

/// The socket, and what was read of it and not yet asked for.
pub(super) struct Line<'a> {
    socket: BorrowedFd<'a>,
    ahead: Vec<u8>,
    from: usize,
    to: usize,
}

impl<'a> Line<'a> {
    pub fn new(socket: BorrowedFd<'a>) -> Self {
        Self { socket, ahead: vec![0; AHEAD], from: 0, to: 0 }
    }

    /// The head of the next frame and the descriptor that came with it. `None` where the pool hung up.
    pub fn head(&mut self) -> io::Result<Option<(Head, Option<OwnedFd>)>> {
        // The pool waits for an answer to each frame: nothing can be left of the one before.
        if self.from < self.to {
            return Err(bad(BadFrame));
        }
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let message = loop {
            let mut into = [IoSliceMut::new(&mut self.ahead)];
            match rustix::net::recvmsg(self.socket, &mut into, &mut control, RecvFlags::CMSG_CLOEXEC) {
                Err(Errno::INTR) => {}
                other => break other?,
            }
        };
        if message.bytes == 0 {
            return Ok(None);
        }
        if message.flags.contains(ReturnFlags::CTRUNC) {
            return Err(bad(BadFrame));
        }
        let spool = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut files) => files.next(),
            _ => None,
        });
        (self.from, self.to) = (0, message.bytes);
        drop(control);
        let bytes = self.receive(HEAD)?;
        let head = bytes.first_chunk::<HEAD>().ok_or(bad(BadFrame))?;
        Ok(Some((Head::decode(*head, SMALL).map_err(bad)?, spool)))
    }

    /// So many bytes more.
    pub fn receive(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(length);
        let at_hand = self.ahead.get(self.from..self.to).unwrap_or_default();
        bytes.extend_from_slice(at_hand.get(..length).unwrap_or(at_hand));
        self.from += bytes.len();
        while bytes.len() < length {
            match rustix::io::read(self.socket, spare_capacity(&mut bytes)) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if bytes.len() == length { Ok(bytes) } else { Err(bad(BadFrame)) }
    }

    /// Sends a frame.
    pub fn send(&self, mut rest: &[u8]) -> io::Result<()> {
        while !rest.is_empty() {
            match rustix::io::write(self.socket, rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Fills `place` with bytes of a file, from `from` on.
pub(super) fn fill(file: &OwnedFd, from: u64, place: &mut [u8]) -> io::Result<()> {
    let mut done = 0;
    while let Some(rest) = place.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match rustix::io::pread(file, rest, from + done as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => done += count,
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// So many bytes of a file, from a place on.
pub(super) fn of_file(file: &OwnedFd, from: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let at = from + bytes.len() as u64;
        match rustix::io::pread(file, spare_capacity(&mut bytes), at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // The allocation may be longer than what was asked for, and the file go on.
    bytes.truncate(length);
    Ok(bytes)
}

pub(super) fn bad(_: BadFrame) -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::frames::Kind;
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn frames_and_what_follows_them_come_back_however_they_are_read() {
        for length in [0_u32, 1, 3000] {
            for follows in [0, 1, AHEAD, 3 * AHEAD] {
                let (ours, mut theirs) = UnixStream::pair().unwrap();
                let sent: Vec<u8> = (0..length as usize + follows).map(|at| u8::try_from(at % 251).unwrap()).collect();
                let frame = [Head { kind: Kind::Job, length }.encode().as_slice(), &sent].concat();
                std::thread::scope(|scope| {
                    scope.spawn(|| theirs.write_all(&frame).unwrap());
                    let mut line = Line::new(ours.as_fd());
                    let (head, file) = line.head().unwrap().unwrap();
                    assert_eq!((head, file.is_none()), (Head { kind: Kind::Job, length }, true));
                    let payload = line.receive(length as usize).unwrap();
                    let rest = line.receive(follows).unwrap();
                    assert!([payload, rest].concat() == sent, "{length} {follows}");
                });
                drop(theirs);
                assert!(Line::new(ours.as_fd()).head().unwrap().is_none());
            }
        }
    }

    #[test]
    fn a_line_that_ends_in_a_frame_is_an_error() {
        for sent in [&b"\x03"[..], b"\x03\x05\0\0\0abc"] {
            let (ours, mut theirs) = UnixStream::pair().unwrap();
            theirs.write_all(sent).unwrap();
            drop(theirs);
            let mut line = Line::new(ours.as_fd());
            let read = line.head().and_then(|head| line.receive(head.map_or(0, |(head, _)| head.length as usize)));
            assert!(read.is_err());
        }
    }

    #[test]
    fn a_file_is_read_from_its_place_and_no_further() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"some words more").unwrap();
        let file = OwnedFd::from(file);
        assert_eq!(of_file(&file, 5, 5).unwrap(), b"words");
        assert!(of_file(&file, 5, 11).is_err());
        let mut place = [0; 5];
        fill(&file, 5, &mut place).unwrap();
        assert_eq!(&place, b"words");
        assert!(fill(&file, 11, &mut place).is_err());
    }
}
