//! What a worker must not get away with. `exeat doctor` and the tests let a worker try each.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::net::TcpStream;
use std::process::Command;

/// Something the sandbox must stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misdeed {
    /// Reads a file that everybody may read.
    ReadFile,
    /// Makes a file where everybody may.
    WriteFile,
    /// Connects to a port.
    Connect,
    /// Starts a program.
    Execute,
    /// Starts a thread.
    Thread,
    /// Lists what other processes there are.
    Look,
    /// Calls itself until the stack is full.
    OverflowStack,
    /// Aborts.
    Abort,
    /// Panics.
    Panic,
    /// Takes all the memory it can get.
    TakeMemory,
    /// Computes for ever.
    Loop,
    /// Waits for ever.
    Wait,
}

impl Misdeed {
    /// All of them, the two that take as long as the limits of a job last.
    pub const ALL: [Self; 12] = [
        Self::ReadFile,
        Self::WriteFile,
        Self::Connect,
        Self::Execute,
        Self::Thread,
        Self::Look,
        Self::OverflowStack,
        Self::Abort,
        Self::Panic,
        Self::TakeMemory,
        Self::Loop,
        Self::Wait,
    ];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadFile => "read_file",
            Self::WriteFile => "write_file",
            Self::Connect => "connect",
            Self::Execute => "execute",
            Self::Thread => "thread",
            Self::Look => "look",
            Self::OverflowStack => "overflow_stack",
            Self::Abort => "abort",
            Self::Panic => "panic",
            Self::TakeMemory => "take_memory",
            Self::Loop => "loop",
            Self::Wait => "wait",
        }
    }

    /// Tries it, in a worker. Comes back where the system said no, or where nobody stopped it.
    ///
    /// # Errors
    /// The system's refusal.
    pub(super) fn commit(self, wait: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::ReadFile => File::open("/etc/passwd").map(drop),
            Self::WriteFile => File::create("/tmp/exeat-room-probe").map(drop),
            Self::Connect => TcpStream::connect(("127.0.0.1", 9)).map(drop),
            Self::Execute => Command::new("/bin/true").spawn().map(drop),
            Self::Thread => std::thread::Builder::new().spawn(|| ()).map(drop),
            Self::Look => std::fs::read_dir("/proc").map(drop),
            Self::OverflowStack => {
                black_box(deeper(0));
                Ok(())
            }
            Self::Abort => std::process::abort(),
            // Not the macro: a worker's panic is somebody else's bug, and this one is meant.
            Self::Panic => std::panic::resume_unwind(Box::new(())),
            Self::TakeMemory => {
                take_memory();
                Ok(())
            }
            Self::Loop => loop {
                black_box(0);
            },
            Self::Wait => wait(),
        }
    }
}

/// Ends where `depth` is at its greatest, which no stack is deep enough for.
fn deeper(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth == u64::MAX { 0 } else { deeper(depth + 1).wrapping_add(frame.iter().sum()) }
}

/// Up to 64 GiB, touched, so that neither address space nor memory is only promised.
fn take_memory() {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    for _ in 0..4096 {
        taken.push(black_box(vec![1; 16 << 20]));
    }
}
