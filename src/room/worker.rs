//! Inside the room: takes strangers' messages apart, one after the other, until the pool hangs up.

use crate::mail::open::{open_file, picture};
use crate::mail::parts::{content_of, decoded, take_apart};
use crate::room::frames::{self, BadFrame, Bounds, Head, Job, Kind, Stands};
use crate::room::line::{self, Line, bad};
use crate::room::sandbox;
use rustix::time::ClockId;
use std::borrow::Cow;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
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
    let mut line = Line::new(socket);
    let Some((head, _)) = line.head()? else { return Ok(()) };
    let bounds: Bounds = payload(&mut line, head, Kind::Start)?;
    // The first look at the clock asks the kernel where the clock is, which is forbidden in a moment.
    let _looked = processor_micros();
    // The first regular expression of a process reads how many processors there are out of a file.
    let _counted = regex::bytes::Regex::new("a").map(|any| any.is_match(b"a"));
    let report = sandbox::enter(&bounds, socket);
    line.send(&frames::small(Kind::Hello, &report).map_err(bad)?)?;
    while let Some((head, spool)) = line.head()? {
        let answer = match payload(&mut line, head, Kind::Job)? {
            Job::Open { length, inline, limits, answer } => {
                let bytes = bytes_of(&mut line, spool, 0, length, inline)?;
                let tree = take_apart(&bytes, &limits);
                drop(bytes);
                frames::tree(processor_micros(), &tree, answer)
            }
            Job::OpenFile { from, length, inline, stands, families, limits, file, answer } => {
                let bytes = bytes_of(&mut line, spool, from, length, inline)?;
                let content = content(&bytes, &stands);
                let tree = open_file(&content, &families, &limits, &file);
                frames::tree(processor_micros(), &tree, answer)
            }
            Job::Picture { from, length, inline, stands, limits, answer } => {
                let bytes = bytes_of(&mut line, spool, from, length, inline)?;
                let picture = picture(&content(&bytes, &stands), &limits);
                frames::picture(processor_micros(), &picture, answer)
            }
            Job::Try(misdeed) => {
                // Nothing comes before the pool has its answer, so this read lasts for ever.
                let outcome = misdeed.commit(|| line.receive(1).map(drop));
                frames::small(if outcome.is_ok() { Kind::Succeeded } else { Kind::Refused }, &())
            }
        };
        match answer {
            Ok(frame) => line.send(&frame)?,
            Err(BadFrame) => line.send(&frames::small(Kind::TooLong, &()).map_err(bad)?)?,
        }
    }
    Ok(())
}

/// The payload of a frame.
fn payload<T: serde::de::DeserializeOwned>(line: &mut Line<'_>, head: Head, kind: Kind) -> io::Result<T> {
    if head.kind != kind {
        return Err(bad(BadFrame));
    }
    frames::read(&line.receive(head.length as usize)?).map_err(bad)
}

/// The bytes of a job: those that follow it, or those of the file that came along.
fn bytes_of(line: &mut Line<'_>, spool: Option<OwnedFd>, from: u64, length: u64, inline: bool) -> io::Result<Vec<u8>> {
    let length = usize::try_from(length).map_err(io::Error::other)?;
    if inline { line.receive(length) } else { line::of_file(&spool.ok_or(bad(BadFrame))?, from, length) }
}

/// A file as it stands in the bytes of a job.
fn content<'a>(bytes: &'a [u8], stands: &Stands) -> Cow<'a, [u8]> {
    match stands {
        Stands::As(encoding) => decoded(bytes, *encoding),
        Stands::Within { part, limits } => content_of(bytes, limits, *part).unwrap_or_default().into(),
    }
}

/// Processor time of this process since its start.
fn processor_micros() -> u64 {
    let used = rustix::time::clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(used.tv_sec).unwrap_or(0);
    let micros = u64::try_from(used.tv_nsec / 1000).unwrap_or(0);
    seconds.saturating_mul(1_000_000).saturating_add(micros)
}
