//! The room without doors: worker processes in which strangers' bytes are opened.
//!
//! A worker is this same program, without files, network, other programs or anybody's data, bounded in memory
//! and processor time. It takes one message at a time apart and returns a tree, which is checked before use.
//! A message that kills a worker costs a worker and, the second time, its own content: an empty tree with a gap.
//! Files that are not text are opened afterwards, each in a job of its own: one that kills its worker is a gap
//! and the rest of the message is inspected.

/// What a worker answers, read and checked.
mod answer;
/// One worker process as the pool sees it.
mod child;
/// Each file of a message, opened in a job of its own.
mod files;
/// How the pool and a worker speak.
pub mod frames;
/// A worker's end of its socket.
mod line;
/// The program that makes out the letters in pictures.
pub mod ocr;
/// Each picture of a message, read for its letters.
mod pictures;
/// Which messages killed a worker.
mod poison;
/// The workers, the queue before them, and what happens when one dies.
mod pool;
/// What a worker must not get away with.
mod probe;
/// What a worker gives up before it sees a stranger's bytes.
mod sandbox;
/// Why no worker came to be.
mod start;
/// How a small message is handed to a worker.
mod tray;
/// Inside the room.
pub mod worker;

pub use poison::Digest;
pub use probe::Misdeed;
pub use sandbox::{Guard, SandboxReport};
pub use start::{NotStarted, StartError, Step};

use crate::budget::Budget;
use crate::mail::open::FileLimits;
use crate::mail::parts::{Family, Limits, Tree};
use crate::problem::in_words;
use crate::spool::Message;
use std::fmt;
use std::io;
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The wall clock may go this many times as far as the processor's.
const WALL: u32 = 10;

/// Less memory than this is less than an ordinary message takes.
const LEAST_MEMORY: u64 = 64 << 20;

/// How the room is furnished.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Worker processes; without it one for each processor, up to four.
    pub workers: Option<NonZeroU16>,
    /// Seconds of processor time for one message; ten times as many on the clock.
    pub processor_seconds: NonZeroU32,
    /// Bytes of memory (address space) of one worker, at least 64 MiB. A message has to fit several times.
    pub memory_bytes: NonZeroU64,
    /// Seconds a message waits for a worker before the relay is told to come again. This and twice the time of a
    /// message on the clock stay below the 300 seconds that Postfix waits for an answer to a message's content.
    pub queue_seconds: NonZeroU32,
    /// Bytes of the longest answer a worker may give.
    pub answer_bytes: NonZeroU32,
    /// From this many bytes on a message draws on the common byte budget while it is taken apart.
    pub large_bytes: NonZeroU64,
    /// A worker is replaced after this many messages,
    pub jobs_per_worker: NonZeroU32,
    /// and when it holds more bytes of memory than this after one.
    pub recycle_bytes: NonZeroU64,
    /// Seconds for which a message that killed workers is not opened again.
    pub poison_seconds: NonZeroU64,
    /// How many such messages are remembered.
    pub poison_messages: NonZeroU32,
    /// Guards the room may do without, on a kernel that lacks them. Empty: none.
    pub allow_weaker_sandbox: Vec<Guard>,
    /// How far taking apart goes.
    pub limits: Limits,
    /// The families of files that are opened; by default all.
    pub open: Vec<Family>,
    /// Seconds of processor time for one attached file, everything inside it included,
    pub file_processor_seconds: NonZeroU32,
    /// and seconds on the clock for all files and pictures of one message. What is not opened by then is a gap.
    pub files_seconds: NonZeroU32,
    /// How far opening one attached file goes.
    pub file_limits: FileLimits,
    /// Letters in pictures.
    pub ocr: ocr::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: None,
            processor_seconds: NonZeroU32::MIN.saturating_add(9),
            memory_bytes: NonZeroU64::MIN.saturating_add((384 << 20) - 1),
            queue_seconds: NonZeroU32::MIN.saturating_add(59),
            answer_bytes: NonZeroU32::MIN.saturating_add((64 << 20) - 1),
            large_bytes: NonZeroU64::MIN.saturating_add((1 << 20) - 1),
            jobs_per_worker: NonZeroU32::MIN.saturating_add(499),
            recycle_bytes: NonZeroU64::MIN.saturating_add((32 << 20) - 1),
            poison_seconds: NonZeroU64::MIN.saturating_add(24 * 3600 - 1),
            poison_messages: NonZeroU32::MIN.saturating_add(999),
            allow_weaker_sandbox: Vec::new(),
            limits: Limits::default(),
            open: Family::ALL.to_vec(),
            file_processor_seconds: NonZeroU32::MIN.saturating_add(9),
            files_seconds: NonZeroU32::MIN.saturating_add(29),
            file_limits: FileLimits::default(),
            ocr: ocr::Settings::default(),
        }
    }
}

impl Settings {
    fn worker_count(&self) -> u16 {
        self.workers.map_or_else(
            || {
                std::thread::available_parallelism()
                    .map_or(1, |count| u16::try_from(count.get()).map_or(4, |n| n.min(4)))
            },
            NonZeroU16::get,
        )
    }
}

/// How a worker died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Death {
    /// A crash: panic, abort, full stack, out of memory.
    Crashed,
    /// It tried what the sandbox forbids.
    Forbidden,
    /// It used up the processor time of its job.
    ProcessorTime,
    /// It used up the time of its job on the clock.
    WallClock,
    /// Its answer was not one.
    Malformed,
    /// Its answer was longer than allowed.
    TooLong,
    /// Somebody else killed it: the kernel, short of memory, or an administrator.
    Killed,
}

impl Death {
    /// All ways to die.
    pub const ALL: [Self; 7] = [
        Self::Crashed,
        Self::Forbidden,
        Self::ProcessorTime,
        Self::WallClock,
        Self::Malformed,
        Self::TooLong,
        Self::Killed,
    ];

    /// The word in metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crashed => "crashed",
            Self::Forbidden => "forbidden",
            Self::ProcessorTime => "processor_time",
            Self::WallClock => "wall_clock",
            Self::Malformed => "malformed",
            Self::TooLong => "too_long",
            Self::Killed => "killed",
        }
    }
}

/// Why a message was not opened. None of these says anything about the message: the relay is to come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// No worker was free in time.
    Busy,
    /// No worker can be started.
    NoWorker(StartError),
    /// The message's own file cannot be read.
    Spool(io::ErrorKind),
    /// The room is closing.
    Stopped,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("no worker process was free in time"),
            Self::NoWorker(error) => error.fmt(f),
            Self::Spool(kind) => write!(f, "the spool file cannot be read: {}", in_words(*kind)),
            Self::Stopped => f.write_str("the worker processes are being stopped"),
        }
    }
}

impl std::error::Error for OpenError {}

/// What came of a [`Misdeed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The worker died of it.
    Died(Death),
    /// The system said no.
    Refused,
    /// Nothing stopped it.
    Succeeded,
}

/// Who hears of what happens in the room. `()` hears nothing.
pub trait Observer: Send + Sync {
    /// A worker is ready.
    fn worker_started(&self) {}
    /// A worker is gone, for whatever reason; many are replaced in time.
    fn worker_ended(&self) {}
    /// A worker died at its work, or was killed for it.
    fn worker_died(&self, _death: Death) {}
    /// A message was taken apart, or one file of it opened, in this much processor time and time on the clock.
    fn job(&self, _processor: Duration, _wall: Duration) {}
    /// A message was marked as poison.
    fn poison(&self) {}
}

impl Observer for () {}

/// The room. Clones are the same room; the last one dropped kills the workers.
#[derive(Clone)]
pub struct Room {
    pool: Arc<pool::Pool>,
}

/// A message's seat; given back on drop.
#[derive(Debug)]
pub struct Seat {
    _permit: tokio::sync::OwnedSemaphorePermit,
}

/// The program that is running now, even if its file has been replaced since: what [`Room::start`] wants.
#[must_use]
pub fn own_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

impl Room {
    /// Starts the first worker, to see that one starts and what holds it; others follow as they are needed.
    ///
    /// # Errors
    /// It does not start, or the kernel gives less than the settings ask for.
    pub async fn start(
        settings: Settings,
        program: PathBuf,
        budget: Budget,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, StartError> {
        let pool = pool::Pool::start(settings, program, budget, observer).await?;
        Ok(Self { pool: Arc::new(pool) })
    }

    /// A seat for a message of this length; hold it as long as its tree is there. Trees and what is made of them
    /// are larger than the messages, and what finds and judges must not pile them up behind itself.
    ///
    /// # Errors
    /// None was free in time.
    pub async fn seat(&self, length: u64) -> Result<Seat, OpenError> {
        self.pool.seat(length).await.map(|permit| Seat { _permit: permit })
    }

    /// Takes a message apart. A message that cannot be opened because it kills workers is an empty tree
    /// with the gap `exhausted`.
    ///
    /// # Errors
    /// Nothing was found out about the message; the relay is to bring it again.
    pub async fn open(&self, message: &Message) -> Result<Tree, OpenError> {
        self.pool.open(message).await
    }

    /// Lets a worker of its own try something that it must not get away with, and says what came of it.
    ///
    /// # Errors
    /// No worker to try it.
    pub async fn attempt(&self, misdeed: Misdeed) -> Result<Outcome, OpenError> {
        self.pool.attempt(misdeed).await
    }

    /// What holds the workers.
    #[must_use]
    pub fn sandbox(&self) -> SandboxReport {
        self.pool.report.clone()
    }

    /// Takes the mark off a message that killed workers; whether there was one.
    #[must_use]
    pub fn forget(&self, digest: &Digest) -> bool {
        self.pool.marks().forget(digest)
    }

    /// Takes no more messages, waits for those being taken apart, and ends the workers. Whoever cannot wait as
    /// long as the limits of a message allow drops this and the room: that kills the workers.
    pub async fn stop(&self) {
        self.pool.stop().await;
    }
}
