//! Turns what the milter, the room, the courier and the store say into log lines and counters.

use crate::bypass;
use crate::courier::{self, Compose};
use crate::journal::Journal;
use crate::milter::{self, Judge as _};
use crate::notice::Story;
use crate::notice::compose::Writer;
use crate::notice::words::Words;
use crate::pipeline::{Live, Pipeline};
use crate::room::{self, Death};
use crate::store::{Store, StoreError};
use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Hears everybody.
pub(super) struct Watching {
    journal: Journal,
}

impl Watching {
    pub fn new(journal: Journal) -> Self {
        Self { journal }
    }
}

/// Hears the milter's connections, and knows what becomes of what was not judged there.
pub(super) struct Listening(pub Arc<Pipeline>);

impl milter::Observer for Listening {
    fn event(&self, event: milter::Event) {
        self.0.journal.milter(event, self.0.lets_pass());
    }
}

impl room::Observer for Watching {
    fn worker_started(&self) {
        self.journal.worker_started();
    }
    fn worker_ended(&self) {
        self.journal.worker_ended();
    }
    fn worker_died(&self, death: Death) {
        self.journal.worker_died(death);
    }
    fn job(&self, processor: Duration, _wall: Duration) {
        self.journal.stage("worker_cpu", processor);
    }
    fn poison(&self) {
        self.journal.poison();
    }
}

impl courier::Observer for Watching {
    fn event(&self, event: &courier::Event) {
        self.journal.courier(event);
    }
}

/// Writes notices with the settings in force when they are sent.
pub(super) struct Composer {
    live: Arc<ArcSwap<Live>>,
    words: Words,
}

impl Composer {
    pub fn new(live: Arc<ArcSwap<Live>>) -> Self {
        // A broken words file keeps the program from starting; see serve.
        Self { live, words: Words::shipped().unwrap_or_default() }
    }
}

impl Compose for Composer {
    fn compose(&self, stories: &[Story], summary: bool, now: Timestamp) -> Vec<u8> {
        let live = self.live.load();
        let writer = Writer {
            settings: &live.notice,
            school: &live.school.identity,
            zone: live.school.calendar.zone(),
            words: &self.words,
        };
        writer.compose(stories, summary, now)
    }
}

/// How often the store is counted.
const COUNT_EVERY: Duration = Duration::from_secs(10);
/// How long decided and sent mail stays readable.
const KEEP_DONE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Looks into the record of bypasses, for the gauge and for the store's own record.
pub(super) async fn keep_bypass(pipeline: Arc<Pipeline>, record: PathBuf, mut stopped: watch::Receiver<bool>) {
    loop {
        match tokio::task::block_in_place(|| bypass::read(&record)) {
            Ok(entries) => {
                pipeline.journal.bypass(bypass::in_force(&entries).map(|entry| entry.until));
                let line = |entry: bypass::Entry| {
                    let (who, reason) = (entry.who.expose().clone(), entry.reason.expose().clone());
                    (entry.at, entry.what.name(), who, reason)
                };
                let lines = entries.into_iter().map(line).collect();
                if let Some(store) = &pipeline.store
                    && let Err(error) = store.record_bypasses(lines).await
                {
                    pipeline.journal.trouble("a bypass cannot be recorded in the store", &error.to_string());
                }
            }
            Err(error) => pipeline.journal.trouble("the record of bypasses cannot be read", &error.to_string()),
        }
        tokio::select! {
            () = tokio::time::sleep(COUNT_EVERY) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

/// Keeps the gauges of kept mail right, tidies what is done with, and reads again what somebody asked for.
/// `folder` is where the store lies.
pub(super) async fn keep_counts(pipeline: Arc<Pipeline>, folder: PathBuf, mut stopped: watch::Receiver<bool>) {
    let Some(store) = &pipeline.store else { return };
    let mut rounds: u32 = 0;
    let mut retried = 0;
    let mut decided = store.newest_record().await.unwrap_or(i64::MAX);
    loop {
        retried = pipeline.retry_asked(retried).await;
        decided = tell_decisions(store, &pipeline.journal, decided).await;
        if let Err(error) = count(store, &pipeline.journal).await {
            pipeline.journal.trouble("the store cannot be counted", &error.to_string());
        }
        if let Ok(disk) = rustix::fs::statvfs(&folder) {
            pipeline
                .journal
                .disk(disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize));
        }
        if rounds.is_multiple_of(360)
            && let Err(error) = store.tidy(Timestamp::now(), KEEP_DONE).await
        {
            pipeline.journal.trouble("the store cannot be tidied", &error.to_string());
        }
        rounds = rounds.wrapping_add(1);
        tokio::select! {
            () = tokio::time::sleep(COUNT_EVERY) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

async fn count(store: &Store, journal: &Journal) -> Result<(), StoreError> {
    journal.kept(&store.counts().await?, Timestamp::now());
    let (used, limit) = store.size().await?;
    journal.stored(used, limit, store.stories_waiting().await?);
    Ok(())
}

/// People decide in other processes (`exeat held`): what they recorded since is counted and logged here. The number
/// of the last record is given back. A store that cannot be read is told of by `count`.
async fn tell_decisions(store: &Store, journal: &Journal, after: i64) -> i64 {
    let mut last = after;
    for (number, reference, what) in store.decided_after(after).await.unwrap_or_default() {
        journal.decided(&reference, &what);
        last = number;
    }
    last
}
