//! Opens the files of a message that was taken apart, each in a job of its own.
//!
//! What a worker answers is a fragment: the text, cells and parts found in one file. It is checked like a tree and
//! joins the message's tree. A file that kills its worker, or takes too long, is a gap; the others are opened.

use crate::mail::parts::{Encoding, GapKind, Limits, Tree, Unopened};
use crate::room::answer;
use crate::room::child::{Allowance, Bytes, Child, Held};
use crate::room::frames::{Job, Stands};
use crate::room::pool::{Pool, read_only};
use crate::room::{Death, OpenError, WALL};
use crate::spool::Message;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use tokio::time::Instant as Clock;

/// Less time than this is not worth beginning a file in.
pub(super) const LEAST: Duration = Duration::from_millis(50);

impl Pool {
    /// Opens all files that wait in the tree and gives a worker back that is fit for the next message.
    ///
    /// # Errors
    /// Nothing was found out about the message; the relay is to bring it again.
    pub(super) async fn open_files(
        &self,
        mut worker: Child,
        message: &Message,
        turn: u64,
        tree: &mut Tree,
        deadline: Clock,
        end: Instant,
    ) -> Result<Child, OpenError> {
        let mut unfit = false;
        for file in std::mem::take(&mut tree.unopened) {
            if !self.settings.open.contains(&file.family) {
                continue;
            }
            let mut again = false;
            loop {
                let rest = end.saturating_duration_since(Instant::now());
                if rest < LEAST {
                    tree.not_opened(file.part, GapKind::Limit, "no time was left to open it");
                    break;
                }
                if unfit || self.is_old(&worker, 0) {
                    worker = self.fresh(deadline.max(Clock::now() + LEAST)).await?;
                    unfit = false;
                }
                let death = match self.open_file(&mut worker, (message, turn), tree, file, rest).await? {
                    Ok(fragment) => {
                        tree.graft(file.part, fragment);
                        break;
                    }
                    Err(death) => death,
                };
                self.observer.worker_died(death);
                unfit = true;
                // Somebody else's work may have weakened the worker; what ran out of time does so again.
                if again || matches!(death, Death::ProcessorTime | Death::WallClock | Death::TooLong) {
                    tree.not_opened(file.part, GapKind::Exhausted, reason(death));
                    break;
                }
                again = true;
            }
        }
        if unfit { self.fresh(deadline.max(Clock::now() + LEAST)).await } else { Ok(worker) }
    }

    /// One attempt on one worker. The fragment is checked before anybody sees it.
    async fn open_file(
        &self,
        worker: &mut Child,
        (message, turn): (&Message, u64),
        tree: &Tree,
        file: Unopened,
        rest: Duration,
    ) -> Result<Result<Tree, Death>, OpenError> {
        let begun = Instant::now();
        let spooled = |error: std::io::Error| OpenError::Spool(error.kind());
        let spool = message.file().map(read_only).transpose().map_err(spooled)?;
        let (range, stands) = place_of(tree, file.part, message.len(), &self.settings.limits);
        let size = tree.parts.get(usize::from(file.part)).map_or(0, |part| part.size);
        let processor = Duration::from_secs(u64::from(self.settings.file_processor_seconds.get()));
        let may = Allowance {
            answer: self.longest_answer(size.saturating_mul(4)),
            processor,
            wall: (processor * WALL).min(rest),
            ..self.allowance
        };
        let limits = tree.left(&self.settings.limits);
        let bytes = if let Some(file) = &spool {
            Bytes::Spool(file.as_fd())
        } else {
            let message = message.memory().unwrap_or_default();
            Bytes::Memory(Held { turn, message, part: within(message, &range) })
        };
        let job = Job::OpenFile {
            from: range.start,
            length: range.end - range.start,
            lies: worker.place_for(&bytes),
            stands,
            families: self.settings.open.clone(),
            limits: limits.clone(),
            file: self.settings.file_limits.clone(),
            answer: may.answer,
        };
        let (kind, payload) = match worker.ask(&job, bytes, &may).await {
            Ok(answer) => answer,
            Err(death) => return Ok(Err(death)),
        };
        let unpacked = self.settings.file_limits.unpacked.max(size);
        // Its part 0 is there already.
        let limits = Limits { parts: limits.parts.saturating_add(1), ..limits };
        let read = answer::read(kind, payload, move |tree| tree.check_fragment(&limits, unpacked).is_ok());
        let (claimed, fragment) = match read.await {
            Ok(answer) => answer,
            Err(death) => {
                worker.kill().await;
                return Ok(Err(death));
            }
        };
        self.observer.job(worker.used(claimed), begun.elapsed());
        Ok(Ok(fragment))
    }
}

/// Where the bytes of a part's file are in the message, and how it stands in them.
pub(super) fn place_of(tree: &Tree, part: u16, length: u64, limits: &Limits) -> (std::ops::Range<u64>, Stands) {
    let found = tree.parts.get(usize::from(part)).filter(|part| !part.body.is_empty());
    match found.filter(|part| part.encoding != Encoding::Other) {
        Some(part) => (u64::from(part.body.start)..u64::from(part.body.end), Stands::As(part.encoding)),
        None => (0..length, Stands::Within { part, limits: limits.clone() }),
    }
}

pub(super) fn within<'a>(bytes: &'a [u8], range: &std::ops::Range<u64>) -> &'a [u8] {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    bytes.get(place(range.start)..place(range.end)).unwrap_or_default()
}

fn reason(death: Death) -> &'static str {
    match death {
        Death::ProcessorTime => "opening it took more processor time than one file may",
        Death::WallClock => "opening it took longer than the files of one message may",
        Death::TooLong => "what was found in it is longer than an answer may be",
        Death::Crashed | Death::Forbidden | Death::Malformed | Death::Killed => "opening it ended the worker process",
    }
}
