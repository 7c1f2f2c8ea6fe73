//! Inside the room: takes strangers' messages apart, one after the other, until the pool hangs up.

use crate::mail::open::{open_file, picture};
use crate::mail::parts::{content_of, decoded, take_apart};
use crate::room::frames::{self, BadFrame, Bounds, Head, Job, Kind, Lies, Stands};
use crate::room::line::{self, Line, bad};
use crate::room::sandbox;
use rustix::time::ClockId;
use std::borrow::Cow;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
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
    let Some((head, tray)) = line.head()? else { return Ok(()) };
    let bounds: Bounds = payload(&mut line, head, Kind::Start)?;
    // The first look at the clock asks the kernel where the clock is, which is forbidden in a moment.
    let _looked = processor_micros();
    // The first regular expression of a process reads how many processors there are out of a file.
    let _counted = regex::bytes::Regex::new("a").map(|any| any.is_match(b"a"));
    let report = sandbox::enter(&bounds, socket, tray.as_ref().map(AsFd::as_fd));
    line.send(&frames::small(Kind::Hello, &report).map_err(bad)?)?;
    let mut desk = Desk { tray, spool: None, bytes: Vec::new() };
    while let Some((head, spool)) = line.head()? {
        desk.spool = spool;
        let answer = match payload(&mut line, head, Kind::Job)? {
            Job::Open { length, lies, limits, answer } => {
                let bytes = desk.take(&mut line, 0, length, lies)?;
                let tree = take_apart(&bytes, &limits);
                drop(bytes);
                frames::tree(processor_micros(), &tree, answer)
            }
            Job::OpenFile { from, length, lies, stands, families, limits, file, answer } => {
                let bytes = desk.take(&mut line, from, length, lies)?;
                let content = content(&bytes, &stands);
                let tree = open_file(&content, &families, &limits, &file);
                frames::tree(processor_micros(), &tree, answer)
            }
            Job::Picture { from, length, lies, stands, limits, answer } => {
                let bytes = desk.take(&mut line, from, length, lies)?;
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

/// Longer messages than this have memory of their own, which is given back.
const KEPT: usize = 4 << 20;

/// Where the bytes of jobs come from and lie.
struct Desk {
    tray: Option<OwnedFd>,
    /// The file that came with the job.
    spool: Option<OwnedFd>,
    /// Memory for the bytes of one job after the other.
    bytes: Vec<u8>,
}

impl Desk {
    /// The bytes of a job.
    fn take(&mut self, line: &mut Line<'_>, from: u64, length: u64, lies: Lies) -> io::Result<Cow<'_, [u8]>> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let spool = self.spool.take();
        let file = match lies {
            Lies::Behind => return line.receive(length).map(Cow::Owned),
            Lies::InFile => spool.as_ref(),
            Lies::OnTray => self.tray.as_ref(),
        };
        let file = file.ok_or(bad(BadFrame))?;
        if length > KEPT {
            return line::of_file(file, from, length).map(Cow::Owned);
        }
        if self.bytes.len() < length {
            self.bytes.resize(length, 0);
        }
        let place = self.bytes.get_mut(..length).ok_or(bad(BadFrame))?;
        line::fill(file, from, place)?;
        Ok(Cow::Borrowed(place))
    }
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
