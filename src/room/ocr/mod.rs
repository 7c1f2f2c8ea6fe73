//! The program that makes out the letters in pictures: Tesseract, where it is installed and switched on.
//!
//! It is somebody else's program and reads strangers' bytes, so it runs apart from everything: for each picture a
//! process of its own, started anew, which closes the door behind itself (`inside`) and only then becomes Tesseract.
//! The picture goes in, letters come out, and after a picture nothing of it is left.

/// What the process gives up before it becomes Tesseract.
pub mod inside;

use crate::room::NotStarted;
use crate::room::child::Spawner;
use crate::room::sandbox::Guard;
use std::fmt;
use std::num::{NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The program, where packages put it; no other is allowed to the process.
pub const PROGRAM: &str = "/usr/bin/tesseract";

/// Bytes of text of one picture that are used; a page set close has a tenth of it.
const LONGEST: u64 = 64 << 10;
/// The wall clock may go this many times as far as the processor's.
const WALL: u32 = 3;
/// How long the program may take to say which languages it has.
const START: Duration = Duration::from_secs(20);
/// Bytes of what it says then.
const SAID: u64 = 16 << 10;
/// How long the system may take to end a process.
const END: Duration = Duration::from_secs(2);
/// What the program takes for itself before it sees a picture, with its model of a language.
pub const LEAST_MEMORY: u64 = 256 << 20;

/// Whether and how far letters in pictures are read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether at all.
    pub enabled: bool,
    /// The languages of the letters, as Tesseract names them, joined by `+`.
    pub languages: String,
    /// Pictures of one message that are read; each further one is a gap, as is all that is beyond a limit here.
    pub images: NonZeroU16,
    /// Width times height of one picture,
    pub pixels: NonZeroU64,
    /// and bytes of its file.
    pub bytes: NonZeroU32,
    /// Seconds of processor time for one picture; three times as many on the clock, and all pictures within
    /// `files_seconds`.
    pub seconds: NonZeroU32,
    /// Bytes of memory (address space) for one picture.
    pub memory_bytes: NonZeroU64,
    /// Pictures that are read at once, of all messages.
    pub at_once: NonZeroU8,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: false,
            languages: "eng".to_owned(),
            images: NonZeroU16::MIN.saturating_add(4),
            pixels: NonZeroU64::MIN.saturating_add(16_000_000 - 1),
            bytes: NonZeroU32::MIN.saturating_add(10_000_000 - 1),
            seconds: NonZeroU32::MIN.saturating_add(9),
            memory_bytes: NonZeroU64::MIN.saturating_add((512 << 20) - 1),
            at_once: NonZeroU8::MIN,
        }
    }
}

/// Whether languages are written as Tesseract names them. They become a word of its command line.
#[must_use]
pub fn are_languages(written: &str) -> bool {
    let right = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    written.len() <= 200 && written.split('+').all(right)
}

/// Why letters in pictures cannot be read on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unready {
    /// The program is not there.
    NotInstalled,
    /// It has no model of this language.
    NoLanguage(String),
    /// The languages are not written as it names them.
    NotALanguage,
    /// The kernel lacks something that is to hold it.
    Weaker,
    /// It does not run.
    DoesNotRun,
}

impl Unready {
    /// What to do about it.
    #[must_use]
    pub fn to_do(&self) -> String {
        match self {
            Self::NotInstalled => "apt-get install tesseract-ocr, or [room.ocr] enabled = false".to_owned(),
            Self::NoLanguage(name) => {
                let package = name.replace('_', "-");
                format!("apt-get install tesseract-ocr-{package}, or another [room.ocr] languages")
            }
            Self::NotALanguage => {
                "write [room.ocr] languages as `tesseract --list-langs` does, e.g. eng+cym".to_owned()
            }
            Self::Weaker => "a kernel with Landlock and seccomp, or [room] allow_weaker_sandbox".to_owned(),
            Self::DoesNotRun => {
                "look whether `tesseract --list-langs` works, whether the AppArmor profile lets exeat start it \
                 (deploy/guides/pictures.md), and whether [room.ocr] memory_bytes is enough"
                    .to_owned()
            }
        }
    }
}

impl fmt::Display for Unready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => write!(f, "{PROGRAM} is not there"),
            Self::NoLanguage(name) => write!(f, "Tesseract has no model of the language {name}"),
            Self::NotALanguage => f.write_str("`languages` is not understood"),
            Self::Weaker => f.write_str("this kernel does not give what is to hold Tesseract"),
            Self::DoesNotRun => f.write_str("Tesseract does not run"),
        }
    }
}

/// Why the letters of a picture were not made out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    /// It does not start.
    NotStarted,
    /// It used up its processor time.
    ProcessorTime,
    /// It used up its time on the clock.
    WallClock,
    /// It ended of a signal: a crash, or no memory.
    Crashed,
    /// It said that it cannot read the picture.
    Unreadable,
}

/// Letters that were made out.
pub(super) struct Letters {
    /// As far as they are used.
    pub text: String,
    /// There were more.
    pub more: bool,
}

/// Reads letters, a few pictures at a time.
pub(super) struct Reader {
    arguments: [String; 5],
    processor: Duration,
    /// One permit for each picture that may be read at once.
    pub places: Semaphore,
}

impl Reader {
    /// Looks whether the program is there, runs behind its walls, and knows the languages.
    ///
    /// # Errors
    /// What is missing.
    pub async fn start(settings: &Settings, allow: &[Guard], spawner: &Spawner) -> Result<Self, Unready> {
        if !are_languages(&settings.languages) {
            return Err(Unready::NotALanguage);
        }
        if !std::path::Path::new(PROGRAM).exists() {
            return Err(Unready::NotInstalled);
        }
        let reader = Self {
            arguments: [
                inside::ARGUMENT.to_owned(),
                inside::names(allow),
                settings.seconds.to_string(),
                settings.memory_bytes.to_string(),
                settings.languages.clone(),
            ],
            processor: Duration::from_secs(u64::from(settings.seconds.get())),
            places: Semaphore::new(usize::from(settings.at_once.get())),
        };
        let known = timeout(START, reader.languages(spawner)).await.unwrap_or(Err(Unready::DoesNotRun))?;
        match settings.languages.split('+').find(|name| !known.lines().any(|line| line.trim() == *name)) {
            Some(missing) => Err(Unready::NoLanguage(missing.to_owned())),
            None => Ok(reader),
        }
    }

    /// What the program says when it is asked for its languages.
    async fn languages(&self, spawner: &Spawner) -> Result<String, Unready> {
        let mut process = self.process(spawner, inside::LIST, Stdio::null()).await.map_err(|_| Unready::DoesNotRun)?;
        let mut said = Vec::new();
        if let Some(out) = process.stdout.take() {
            out.take(SAID).read_to_end(&mut said).await.map_err(|_| Unready::DoesNotRun)?;
        }
        let status = process.wait().await.map_err(|_| Unready::DoesNotRun)?;
        match status.code() {
            Some(0) => Ok(String::from_utf8_lossy(&said).into_owned()),
            Some(inside::WEAKER) => Err(Unready::Weaker),
            _ => Err(Unready::DoesNotRun),
        }
    }

    /// The letters in a picture. The caller holds one of the places.
    ///
    /// # Errors
    /// Why they were not made out.
    pub async fn read(&self, spawner: &Spawner, picture: &[u8], rest: Duration) -> Result<Letters, Failed> {
        let started = self.process(spawner, inside::READ, Stdio::piped()).await;
        let mut process = started.map_err(|_| Failed::NotStarted)?;
        let (Some(mut into), Some(out)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(Failed::NotStarted);
        };
        let mut said = Vec::new();
        let talk = async {
            // It may end before it has read everything, and says by its end whether that was right.
            let give = async {
                let _given = into.write_all(picture).await;
                drop(into);
            };
            let mut out = out.take(LONGEST + 1);
            let take = async {
                let _taken = out.read_to_end(&mut said).await;
                // Nobody listens to more.
                drop(out);
            };
            tokio::join!(give, take);
            process.wait().await
        };
        // Bound to a name first: the process is still there to be killed where its time is over.
        let ended = timeout((self.processor * WALL).min(rest), talk).await;
        let Ok(status) = ended else {
            let _killed = process.start_kill();
            let _ended = timeout(END, process.wait()).await;
            return Err(Failed::WallClock);
        };
        let status = status.map_err(|_| Failed::Crashed)?;
        let more = said.len() as u64 > LONGEST;
        match (status.code(), status.signal()) {
            // It may have been ended by us, who did not listen to all it had to say.
            _ if more => {}
            (Some(0), _) => {}
            (_, Some(libc::SIGXCPU)) => return Err(Failed::ProcessorTime),
            (Some(inside::NOT_STARTED | inside::WEAKER), _) => return Err(Failed::NotStarted),
            (Some(_), _) => return Err(Failed::Unreadable),
            _ => return Err(Failed::Crashed),
        }
        said.truncate(usize::try_from(LONGEST).unwrap_or(usize::MAX));
        Ok(Letters { text: String::from_utf8_lossy(&said).into_owned(), more })
    }

    async fn process(&self, spawner: &Spawner, mode: &str, input: Stdio) -> Result<tokio::process::Child, NotStarted> {
        let [argument, rest @ ..] = &self.arguments;
        let mut arguments = vec![argument.as_str(), mode];
        arguments.extend(rest.iter().map(String::as_str));
        spawner
            .spawn(&arguments, |command| {
                command.stdin(input).stdout(Stdio::piped());
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_names_joined_by_plus_and_nothing_else() {
        for (written, right) in [
            ("eng", true),
            ("eng+cym+chi_sim", true),
            ("", false),
            ("eng+", false),
            ("eng cym", false),
            ("-c", false),
            ("../eng", false),
        ] {
            assert_eq!(are_languages(written), right, "{written}");
        }
    }
}
