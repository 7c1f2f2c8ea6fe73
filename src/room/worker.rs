//! Inside the room: takes strangers' messages apart, one after the other, until the pool hangs up.

use crate::mail::open::open_file;
use crate::mail::parts::{content_of, decoded, take_apart};
use crate::room::frames::{self, BadFrame, Bounds, HEAD, Head, Job, Kind, SMALL, Stands};
use crate::room::sandbox;
use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags};
use rustix::time::ClockId;
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::process::ExitCode;

/// The hidden argument that makes the program a worker.
pub const ARGUMENT: &str = "room-worker";

/// The life of a worker: its socket is its standard input. Ends when the pool hangs up.
pub fn run() -> ExitCode {
    let socket = rustix::stdio::stdin();
    if rustix::net::sockopt::socket_type(socket).is_err() {
        eprintln!("exeat {ARGUMENT}: exeat starts this by itself; it is not a command");
        return ExitCode::from(64);
    }
    // A panic's words could hold a stranger's; that it died is seen by how it ends.
    std::panic::set_hook(Box::new(|_| {}));
    match serve(socket) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(socket: BorrowedFd<'_>) -> io::Result<()> {
    let Some((head, _)) = receive_head(socket)? else { return Ok(()) };
    let bounds: Bounds = payload(socket, head, Kind::Start)?;
    // The first look at the clock asks the kernel where the clock is, which is forbidden in a moment.
    let _looked = processor_micros();
    // The first regular expression of a process reads how many processors there are out of a file.
    let _counted = regex::bytes::Regex::new("a").map(|any| any.is_match(b"a"));
    let report = sandbox::enter(&bounds, socket);
    send(socket, &frames::small(Kind::Hello, &report).map_err(bad)?)?;
    while let Some((head, spool)) = receive_head(socket)? {
        let answer = match payload(socket, head, Kind::Job)? {
            Job::Open { length, inline, limits, answer } => {
                let bytes = bytes_of(socket, spool, 0, length, inline)?;
                let tree = take_apart(&bytes, &limits);
                drop(bytes);
                frames::tree(processor_micros(), &tree, answer)
            }
            Job::OpenFile { from, length, inline, stands, families, limits, file, answer } => {
                let bytes = bytes_of(socket, spool, from, length, inline)?;
                let content = match stands {
                    Stands::As(encoding) => decoded(&bytes, encoding),
                    Stands::Within { part, limits } => content_of(&bytes, &limits, part).unwrap_or_default().into(),
                };
                let tree = open_file(&content, &families, &limits, &file);
                frames::tree(processor_micros(), &tree, answer)
            }
            Job::Try(misdeed) => {
                // Nothing comes before the pool has its answer, so this read lasts for ever.
                let outcome = misdeed.commit(|| receive(socket, 1).map(drop));
                frames::small(if outcome.is_ok() { Kind::Succeeded } else { Kind::Refused }, &())
            }
        };
        match answer {
            Ok(frame) => send(socket, &frame)?,
            Err(BadFrame) => send(socket, &frames::small(Kind::TooLong, &()).map_err(bad)?)?,
        }
    }
    Ok(())
}

/// The head of the next frame and the descriptor that came with it. `None` where the pool hung up.
fn receive_head(socket: BorrowedFd<'_>) -> io::Result<Option<(Head, Option<OwnedFd>)>> {
    let mut bytes = [0; HEAD];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let message = loop {
        match rustix::net::recvmsg(socket, &mut [IoSliceMut::new(&mut bytes)], &mut control, RecvFlags::CMSG_CLOEXEC) {
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
    fill(socket, bytes.get_mut(message.bytes..).unwrap_or_default())?;
    Ok(Some((Head::decode(bytes, SMALL).map_err(bad)?, spool)))
}

fn payload<T: serde::de::DeserializeOwned>(socket: BorrowedFd<'_>, head: Head, kind: Kind) -> io::Result<T> {
    if head.kind != kind {
        return Err(bad(BadFrame));
    }
    frames::read(&receive(socket, head.length as usize)?).map_err(bad)
}

fn receive(socket: BorrowedFd<'_>, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    fill(socket, &mut bytes)?;
    Ok(bytes)
}

fn fill(socket: BorrowedFd<'_>, mut rest: &mut [u8]) -> io::Result<()> {
    while !rest.is_empty() {
        match rustix::io::read(socket, &mut *rest) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => rest = rest.get_mut(count..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn send(socket: BorrowedFd<'_>, mut rest: &[u8]) -> io::Result<()> {
    while !rest.is_empty() {
        match rustix::io::write(socket, rest) {
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The bytes of a job: those that follow it, or those of the file that came along.
fn bytes_of(
    socket: BorrowedFd<'_>,
    spool: Option<OwnedFd>,
    from: u64,
    length: u64,
    inline: bool,
) -> io::Result<Vec<u8>> {
    let length = usize::try_from(length).map_err(io::Error::other)?;
    if inline {
        return receive(socket, length);
    }
    let file = File::from(spool.ok_or(bad(BadFrame))?);
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes)
}

/// Processor time of this process since its start.
fn processor_micros() -> u64 {
    let used = rustix::time::clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(used.tv_sec).unwrap_or(0);
    let micros = u64::try_from(used.tv_nsec / 1000).unwrap_or(0);
    seconds.saturating_mul(1_000_000).saturating_add(micros)
}

fn bad(_: BadFrame) -> io::Error {
    io::ErrorKind::InvalidData.into()
}
