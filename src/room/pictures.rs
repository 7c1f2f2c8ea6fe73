//! Reads the letters in the pictures of a message, where that is switched on.
//!
//! A worker looks at a picture's header and gives its bytes; Tesseract makes out the letters in a process of its own;
//! they join the message's tree as a section of the picture. What is not read is a gap, and the others are read.

use crate::mail::open::{Picture, PictureLimits, letters};
use crate::mail::parts::{FileKind, GapKind, Part, Tree};
use crate::room::child::{Allowance, Bytes, Held};
use crate::room::files::{LEAST, place_of, within};
use crate::room::frames::{self, Job, Kind};
use crate::room::ocr::{Failed, Reader};
use crate::room::pool::{Pool, read_only};
use crate::room::{Death, OpenError, WALL};
use crate::spool::Message;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use tokio::time::{Instant as Clock, timeout_at};

/// A picture shown in the text with fewer bytes is somebody's logo.
const LOGO: u64 = 10 << 10;
/// Pictures whose header is looked at, for each one that is read.
const LOOKS: usize = 8;
/// What an answer has beside the picture.
const AROUND: u64 = 64;

/// Why a picture was not read: the gap it is.
type Unread = (GapKind, &'static str);

const NO_TIME: Unread = (GapKind::Limit, "no time was left to read the letters in the picture");
const TOO_LARGE: Unread = (GapKind::Limit, "the picture is larger than those that are read for letters");
const TOO_MANY: Unread = (GapKind::Limit, "more pictures than are read for letters");

impl Pool {
    /// Reads the pictures among the message's own parts, which are the first `own` of the tree's.
    ///
    /// # Errors
    /// The message's file cannot be read; the relay is to bring it again.
    pub(super) async fn read_pictures(
        &self,
        reader: &Reader,
        message: &Message,
        tree: &mut Tree,
        own: usize,
        end: Instant,
    ) -> Result<(), OpenError> {
        let most = usize::from(self.settings.ocr.images.get());
        let (mut read, mut looked) = (0, 0);
        for index in 0..tree.parts.len() {
            let Some(part) = tree.parts.get(index).filter(|part| is_worth_reading(part)) else { continue };
            let Ok(number) = u16::try_from(index) else { break };
            let unread = if index >= own {
                Some((GapKind::Unsupported, "letters in pictures within files are not read"))
            } else if part.size > u64::from(self.settings.ocr.bytes.get()) {
                Some(TOO_LARGE)
            } else if read >= most || looked >= most * LOOKS {
                Some(TOO_MANY)
            } else {
                looked += 1;
                match self.read_picture(reader, message, tree, number, end).await? {
                    Ok(true) => {
                        read += 1;
                        None
                    }
                    Ok(false) => None,
                    Err(unread) => Some(unread),
                }
            };
            if let Some((kind, reason)) = unread {
                tree.not_opened(number, kind, reason);
            }
        }
        Ok(())
    }

    /// Reads one picture; whether there was anything to read. Never more than a few pictures are in memory at once.
    async fn read_picture(
        &self,
        reader: &Reader,
        message: &Message,
        tree: &mut Tree,
        part: u16,
        end: Instant,
    ) -> Result<Result<bool, Unread>, OpenError> {
        let place = timeout_at(end.into(), reader.places.acquire()).await;
        let Ok(Ok(_place)) = place else { return Ok(Err(NO_TIME)) };
        let picture = match self.picture(message, tree, part, end).await? {
            Ok(Picture::Read(picture)) => picture,
            Ok(Picture::Nothing) => return Ok(Ok(false)),
            Ok(Picture::TooLarge) => return Ok(Err(TOO_LARGE)),
            Ok(Picture::Unsupported) => {
                return Ok(Err((GapKind::Unsupported, "letters in a picture of this kind are not read")));
            }
            Ok(Picture::Broken) => return Ok(Err((GapKind::Broken, "the picture is damaged"))),
            Err(unread) => return Ok(Err(unread)),
        };
        let rest = end.saturating_duration_since(Instant::now());
        if rest < LEAST {
            return Ok(Err(NO_TIME));
        }
        let found = match reader.read(&self.spawner, &picture, rest).await {
            Ok(found) => found,
            Err(failed) => return Ok(Err(gap(failed))),
        };
        drop(picture);
        let fragment = letters(&found.text, &tree.left(&self.settings.limits));
        tree.graft(part, fragment);
        if found.more {
            return Ok(Err((GapKind::Limit, "more letters in the picture than are read")));
        }
        Ok(Ok(true))
    }

    /// The picture of a part, out of the message.
    async fn picture(
        &self,
        message: &Message,
        tree: &Tree,
        part: u16,
        end: Instant,
    ) -> Result<Result<Picture, Unread>, OpenError> {
        let deadline = Clock::from_std(end).max(Clock::now() + LEAST);
        let worker = async {
            let turn = self.turn(message.len(), deadline).await?;
            Ok::<_, OpenError>((turn, self.worker(deadline).await?))
        };
        let (turn, mut worker) = match worker.await {
            Ok(found) => found,
            Err(OpenError::Busy) => return Ok(Err(NO_TIME)),
            Err(error) => return Err(error),
        };
        let spooled = |error: std::io::Error| OpenError::Spool(error.kind());
        let spool = message.file().map(read_only).transpose().map_err(spooled)?;
        let (range, stands) = place_of(tree, part, message.len(), &self.settings.limits);
        let most = u64::from(self.settings.ocr.bytes.get());
        let processor = Duration::from_secs(u64::from(self.settings.file_processor_seconds.get()));
        let may = Allowance {
            answer: u32::try_from(most.saturating_add(AROUND)).unwrap_or(u32::MAX).min(self.allowance.answer),
            processor,
            wall: (processor * WALL).min(end.saturating_duration_since(Instant::now())),
            ..self.allowance
        };
        let bytes = if let Some(file) = &spool {
            Bytes::Spool(file.as_fd())
        } else {
            let message = message.memory().unwrap_or_default();
            Bytes::Memory(Held { turn: turn.number, message, part: within(message, &range) })
        };
        let job = Job::Picture {
            from: range.start,
            length: range.end - range.start,
            lies: worker.place_for(&bytes),
            stands,
            limits: PictureLimits { pixels: self.settings.ocr.pixels.get(), bytes: most },
            answer: may.answer,
        };
        let begun = Instant::now();
        let answer = match worker.ask(&job, bytes, &may).await {
            Ok((Kind::Picture, payload)) => said(&payload).ok_or(Death::Malformed),
            Ok((Kind::TooLong, _)) => Ok((Duration::ZERO, Picture::TooLarge)),
            Ok(_) => Err(Death::Malformed),
            Err(death) => Err(death),
        };
        match answer {
            Ok((claimed, picture)) => {
                self.observer.job(worker.used(claimed), begun.elapsed());
                self.put_back(worker, message.len());
                Ok(Ok(picture))
            }
            Err(death) => {
                worker.kill().await;
                self.observer.worker_died(death);
                Ok(Err((GapKind::Exhausted, "taking the picture out of the message ended the worker process")))
            }
        }
    }
}

/// Whether a part is a picture that may hold letters, as far as its part says.
fn is_worth_reading(part: &Part) -> bool {
    part.kind == FileKind::Image && !(part.shown_inline && part.size < LOGO)
}

fn said(payload: &[u8]) -> Option<(Duration, Picture)> {
    let (micros, rest) = frames::split_tree(payload).ok()?;
    Some((Duration::from_micros(micros), frames::read(rest).ok()?))
}

fn gap(failed: Failed) -> Unread {
    match failed {
        Failed::NotStarted => (GapKind::Exhausted, "the program that reads letters in pictures did not start"),
        Failed::ProcessorTime => {
            (GapKind::Exhausted, "reading the letters took more processor time than one picture may")
        }
        Failed::WallClock => (GapKind::Exhausted, "reading the letters took longer than one picture may"),
        Failed::Crashed => (GapKind::Exhausted, "reading the letters ended the program that does it"),
        Failed::Unreadable => (GapKind::Broken, "the picture could not be read for letters"),
    }
}
