//! The workers, the queue before them, and what happens when one dies.

use crate::budget::{Budget, Share};
use crate::mail::parts::{Gap, GapKind, Tree};
use crate::room::answer;
use crate::room::child::{Allowance, Bytes, Child, Held, Spawner};
use crate::room::frames::{Bounds, Job, Kind};
use crate::room::ocr;
use crate::room::poison::{Mark, Marks};
use crate::room::sandbox::SandboxReport;
use crate::room::{
    Death, Digest, LEAST_MEMORY, Misdeed, NotStarted, Observer, OpenError, Outcome, Settings, StartError, Step, WALL,
};
use crate::spool::Message;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::{Instant as Clock, sleep, timeout_at};

/// What a large message takes from the byte budget: its bytes, their text and the answer, measured with tables,
/// one-byte charsets and base64 of 25 MB, and what a worker has of its own.
const MEMORY_PER_BYTE: u64 = 3;
const WORK: u64 = 8 << 20;
/// Small messages that are judged at once. More gain nothing on a few processors.
const SMALL_SEATS: usize = 32;
/// How long the answer to a message of a given length may be.
const ANSWER_PER_BYTE: u64 = 32;
const ANSWER_AT_LEAST: u64 = 1 << 20;
/// How often a start is tried before its error is told, and the first pause between.
const STARTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(50);

/// All workers of a room.
pub struct Pool {
    pub(super) settings: Settings,
    pub(super) allowance: Allowance,
    bounds: Bounds,
    budget: Budget,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) spawner: Spawner,
    count: u16,
    /// One permit for each worker that may be at work.
    slots: Semaphore,
    /// As many large messages hold a share of the budget at once, so that a long queue does not hold it all.
    large: Semaphore,
    /// Messages whose trees may exist at once: small ones, and large ones.
    seats: [Arc<Semaphore>; 2],
    idle: Mutex<Vec<Child>>,
    marks: Mutex<Marks>,
    /// What reads letters in pictures, where that is switched on.
    reader: Option<ocr::Reader>,
    /// The number of the next message.
    next: AtomicU64,
    /// What the first worker said holds it.
    pub report: SandboxReport,
}

/// A turn at a worker, with the memory it takes.
pub(super) struct Turn<'a> {
    /// Its number; no two turns have the same.
    pub(super) number: u64,
    _slot: SemaphorePermit<'a>,
    _large: Option<(SemaphorePermit<'a>, Share)>,
}

/// Why an attempt gave no tree.
enum Failed {
    Died(Death),
    Spool(io::ErrorKind),
}

impl Pool {
    /// See [`crate::room::Room::start`].
    pub async fn start(
        settings: Settings,
        program: PathBuf,
        budget: Budget,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, StartError> {
        if settings.memory_bytes.get() < LEAST_MEMORY {
            return Err(StartError::Memory);
        }
        let spawner = Spawner::new(program).map_err(NotStarted::at(Step::Thread))?;
        let processor = Duration::from_secs(u64::from(settings.processor_seconds.get()));
        // Enough for a life of ordinary messages; a worker that has used half of it is replaced.
        let life = processor * 20;
        let allowance = Allowance { processor, wall: processor * WALL, life, answer: settings.answer_bytes.get() };
        let bounds = Bounds { memory: settings.memory_bytes.get(), life: life.as_secs() };
        let first = Child::start(&spawner, &bounds, &settings.allow_weaker_sandbox, &observer).await?;
        let mut reader = None;
        if settings.ocr.enabled {
            let started = ocr::Reader::start(&settings.ocr, &settings.allow_weaker_sandbox, &spawner).await;
            reader = Some(started.map_err(StartError::Letters)?);
        }
        let count = settings.worker_count();
        let lasting = Duration::from_secs(settings.poison_seconds.get());
        let marks = Marks::new(settings.poison_messages.get() as usize, lasting);
        Ok(Self {
            allowance,
            bounds,
            budget,
            observer,
            reader,
            spawner,
            count,
            slots: Semaphore::new(usize::from(count)),
            large: Semaphore::new(usize::from(count)),
            report: first.report.clone(),
            seats: [SMALL_SEATS, usize::from(count)].map(|seats| Arc::new(Semaphore::new(seats))),
            idle: Mutex::new(vec![first]),
            marks: Mutex::new(marks),
            next: AtomicU64::new(0),
            settings,
        })
    }

    /// See [`crate::room::Room::open`].
    pub async fn open(&self, message: &Message) -> Result<Tree, OpenError> {
        let known = self.known(message).await?;
        let mut suspect = match known {
            Some((_, Mark::Poison)) => return Ok(given_up()),
            Some((digest, Mark::Suspect)) => Some(digest),
            None => None,
        };
        let deadline = self.deadline();
        let turn = self.turn(message.len(), deadline).await?;
        loop {
            let mut worker = match suspect {
                None => self.worker(deadline).await?,
                Some(_) => self.fresh(deadline).await?,
            };
            match self.take_apart(&mut worker, message, turn.number).await {
                Ok(mut tree) => {
                    let end = Instant::now() + Duration::from_secs(u64::from(self.settings.files_seconds.get()));
                    let own = tree.parts.len();
                    if !tree.unopened.is_empty() {
                        worker = self.open_files(worker, message, turn.number, &mut tree, deadline, end).await?;
                    }
                    self.put_back(worker, message.len());
                    // While letters are made out, which takes long, others have the worker.
                    drop(turn);
                    if let Some(reader) = &self.reader {
                        self.read_pictures(reader, message, &mut tree, own, end).await?;
                    }
                    if let Some(digest) = suspect {
                        self.marks().forget(&digest);
                    }
                    return Ok(tree);
                }
                Err(Failed::Spool(kind)) => return Err(OpenError::Spool(kind)),
                Err(Failed::Died(death)) => self.observer.worker_died(death),
            }
            let fresh = suspect.is_some();
            let digest = match suspect {
                Some(digest) => digest,
                None => digest_of(message).await?,
            };
            if self.marks().died(digest, fresh, Instant::now()) == Mark::Poison {
                self.observer.poison();
                return Ok(given_up());
            }
            suspect = Some(digest);
        }
    }

    /// See [`crate::room::Room::seat`].
    pub async fn seat(&self, length: u64) -> Result<OwnedSemaphorePermit, OpenError> {
        let [small, large] = &self.seats;
        let seats = if length < self.settings.large_bytes.get() { small } else { large };
        if let Ok(free) = Arc::clone(seats).try_acquire_owned() {
            return Ok(free);
        }
        let free = timeout_at(self.deadline(), Arc::clone(seats).acquire_owned()).await;
        free.map_err(|_| OpenError::Busy)?.map_err(|_| OpenError::Stopped)
    }

    /// See [`crate::room::Room::attempt`].
    pub async fn attempt(&self, misdeed: Misdeed) -> Result<Outcome, OpenError> {
        let deadline = self.deadline();
        let _turn = self.turn(0, deadline).await?;
        let mut worker = self.fresh(deadline).await?;
        Ok(match worker.ask(&Job::Try(misdeed), Bytes::None, &self.allowance).await {
            Ok((Kind::Refused, _)) => Outcome::Refused,
            Ok((Kind::Succeeded, _)) => Outcome::Succeeded,
            Ok(_) => Outcome::Died(Death::Malformed),
            Err(death) => Outcome::Died(death),
        })
    }

    /// See [`crate::room::Room::stop`].
    pub async fn stop(&self) {
        // The turns are given in order of asking: this one comes when all before it are over.
        let rest = self.deadline() + self.allowance.wall * 2;
        let _all = timeout_at(rest, self.slots.acquire_many(u32::from(self.count))).await;
        self.slots.close();
        self.large.close();
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for mut worker in idle {
            worker.kill().await;
        }
    }

    /// The marks of messages that killed workers.
    pub fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deadline(&self) -> Clock {
        Clock::now() + Duration::from_secs(u64::from(self.settings.queue_seconds.get()))
    }

    /// The mark of a message. A digest is only made where there are any marks at all.
    async fn known(&self, message: &Message) -> Result<Option<(Digest, Mark)>, OpenError> {
        if self.marks().is_empty() {
            return Ok(None);
        }
        let digest = digest_of(message).await?;
        Ok(self.marks().of(&digest, Instant::now()).map(|mark| (digest, mark)))
    }

    /// Waits for memory first and a worker then: who holds a worker never waits for memory.
    pub(super) async fn turn(&self, length: u64, deadline: Clock) -> Result<Turn<'_>, OpenError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if length < self.settings.large_bytes.get()
            && let Ok(slot) = self.slots.try_acquire()
        {
            return Ok(Turn { number, _slot: slot, _large: None });
        }
        let waiting = async {
            let mut share = None;
            if length >= self.settings.large_bytes.get() {
                let large = self.large.acquire().await.map_err(|_| OpenError::Stopped)?;
                let bytes = length.saturating_mul(MEMORY_PER_BYTE).saturating_add(WORK);
                share = Some((large, self.budget.take(bytes).await));
            }
            let slot = self.slots.acquire().await.map_err(|_| OpenError::Stopped)?;
            Ok(Turn { number, _slot: slot, _large: share })
        };
        timeout_at(deadline, waiting).await.unwrap_or(Err(OpenError::Busy))
    }

    /// A worker that waits for work, or a new one.
    pub(super) async fn worker(&self, deadline: Clock) -> Result<Child, OpenError> {
        loop {
            let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut worker) = waiting else { return self.fresh(deadline).await };
            if worker.is_alive() {
                return Ok(worker);
            }
            // It died while it waited, so not of a message.
            self.observer.worker_died(Death::Killed);
        }
    }

    /// A new worker; tried again with longer and longer pauses.
    pub(super) async fn fresh(&self, deadline: Clock) -> Result<Child, OpenError> {
        let mut pause = PAUSE;
        let mut tries = 1;
        loop {
            let allow = &self.settings.allow_weaker_sandbox;
            match Child::start(&self.spawner, &self.bounds, allow, &self.observer).await {
                Ok(worker) => return Ok(worker),
                Err(error) if tries >= STARTS || Clock::now() + pause >= deadline => {
                    return Err(OpenError::NoWorker(error));
                }
                Err(_) => sleep(pause).await,
            }
            tries += 1;
            pause *= 4;
        }
    }

    /// One attempt on one worker. The tree is checked before anybody sees it.
    async fn take_apart(&self, worker: &mut Child, message: &Message, turn: u64) -> Result<Tree, Failed> {
        let begun = Instant::now();
        let spool = message.file().map(read_only).transpose().map_err(|error| Failed::Spool(error.kind()))?;
        let may = Allowance { answer: self.longest_answer(message.len()), ..self.allowance };
        let bytes = if let Some(file) = &spool {
            Bytes::Spool(file.as_fd())
        } else {
            let message = message.memory().unwrap_or_default();
            Bytes::Memory(Held { turn, message, part: message })
        };
        let job = Job::Open {
            length: message.len(),
            lies: worker.place_for(&bytes),
            limits: self.settings.limits.clone(),
            answer: may.answer,
        };
        let (kind, payload) = worker.ask(&job, bytes, &may).await.map_err(Failed::Died)?;
        let (length, limits) = (message.len(), self.settings.limits.clone());
        let read = answer::read(kind, payload, move |tree| tree.check(length, &limits).is_ok());
        let (claimed, tree) = read.await.map_err(Failed::Died)?;
        self.observer.job(worker.used(claimed), begun.elapsed());
        Ok(tree)
    }

    /// A small message has no long answer: a table cell, or a letter of a one-byte charset with its way back
    /// to the raw bytes, is some fifteen bytes for one.
    pub(super) fn longest_answer(&self, length: u64) -> u32 {
        let longest = length.saturating_mul(ANSWER_PER_BYTE).saturating_add(ANSWER_AT_LEAST);
        u32::try_from(longest).unwrap_or(u32::MAX).min(self.allowance.answer)
    }

    /// Whether a worker has had its time or has grown.
    pub(super) fn is_old(&self, worker: &Child, length: u64) -> bool {
        let grown = worker
            .memory()
            .map_or(length >= self.settings.large_bytes.get(), |memory| memory > self.settings.recycle_bytes.get());
        grown || worker.jobs >= self.settings.jobs_per_worker.get() || worker.processor > self.allowance.life / 2
    }

    /// Keeps a worker for the next message, unless it is old or has grown.
    pub(super) fn put_back(&self, worker: Child, length: u64) {
        let old = self.is_old(&worker, length);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if !old && idle.len() < usize::from(self.count) {
            idle.push(worker);
        }
    }
}

/// What is known of a message that kills workers: nothing.
fn given_up() -> Tree {
    let reason = "taking it apart ended the worker process twice".to_owned();
    Tree { gaps: vec![Gap { kind: GapKind::Exhausted, part: 0, reason }], ..Tree::default() }
}

/// The same file, opened anew for reading alone. It has no name any more, except this one.
pub(super) fn read_only(file: &File) -> io::Result<File> {
    File::open(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

async fn digest_of(message: &Message) -> Result<Digest, OpenError> {
    let message = message.clone();
    match tokio::task::spawn_blocking(move || Digest::of(&message)).await {
        Ok(digest) => digest.map_err(|error| OpenError::Spool(error.kind())),
        Err(_) => Err(OpenError::Stopped),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn a_worker_cannot_write_to_a_spool_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"words").unwrap();
        let mut theirs = read_only(&file).unwrap();
        assert!(theirs.write_all(b"other").is_err());
        let mut read = String::new();
        theirs.read_to_string(&mut read).unwrap();
        assert_eq!(read, "words");
    }
}
