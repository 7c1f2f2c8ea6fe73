//! The one thread that writes. Writes that wait while another is synced share the next commit: each has a
//! savepoint of its own, and all are answered after the commit.

use super::sqlite::{Files, Work};
use super::{Store, StoreError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use tokio::sync::oneshot;

/// Most writes that share a commit.
const GROUP: usize = 256;

/// A write: run with the database inside its savepoint, or told why there is none.
type Job = Box<dyn FnOnce(Result<&Work, StoreError>) -> Answer + Send>;

/// A write that was run and waits for the commit.
struct Answer {
    error: Option<StoreError>,
    tell: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

/// The way to the writing thread; it ends when the last clone of this is gone.
pub struct Writer {
    jobs: mpsc::Sender<Job>,
    commits: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the thread.
    pub fn start(work: Work, files: Files) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel();
        let commits = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&commits);
        std::thread::Builder::new()
            .name("exeat-store".to_owned())
            .spawn(move || run(&work, &files, &queue, &counter))
            .map_err(|error| StoreError::Unusable(error.to_string()))?;
        Ok(Self { jobs, commits })
    }
}

impl Store {
    /// Runs a write; what it did is on disk when this returns `Ok`, and undone when it returns an error.
    pub(super) async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Work) -> Result<T, StoreError> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |work| {
            let outcome = work.and_then(change);
            let error = outcome.as_ref().err().cloned();
            // Nobody may be listening any more; the write stands all the same.
            let tell = Box::new(move |commit: Result<(), StoreError>| drop(tell.send(commit.and(outcome))));
            Answer { error, tell }
        });
        self.inner.writer.jobs.send(job).map_err(|_| StoreError::Closed)?;
        told.await.map_err(|_| StoreError::Closed)?
    }

    /// Commits so far; less than the writes so far where they shared one.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.inner.writer.commits.load(Ordering::Relaxed)
    }
}

fn run(work: &Work, files: &Files, queue: &mpsc::Receiver<Job>, commits: &AtomicU64) {
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        jobs.extend(queue.try_iter().take(GROUP - 1));
        let mut jobs = jobs.into_iter();
        while jobs.len() > 0 {
            // A write that panics is undone with its group, whose callers hear that nothing was stored; all
            // others go on.
            let group = AssertUnwindSafe(|| run_group(work, files, &mut jobs, commits));
            if catch_unwind(group).is_err() && !work.db.is_autocommit() {
                drop(work.db.execute_batch("ROLLBACK"));
            }
        }
    }
}

/// Runs jobs in one transaction. Stops early where the database has undone the transaction by itself (disk full,
/// write error); the jobs left run in a transaction of their own.
fn run_group(work: &Work, files: &Files, jobs: &mut std::vec::IntoIter<Job>, commits: &AtomicU64) {
    let begun = files.check().and_then(|()| Ok(work.db.execute_batch("BEGIN IMMEDIATE")?));
    if let Err(error) = begun {
        jobs.for_each(|job| (job(Err(error.clone())).tell)(Err(error.clone())));
        return;
    }
    let before = work.db.total_changes();
    let mut answers = Vec::with_capacity(jobs.len());
    let mut commit = Ok(());
    for job in jobs.by_ref() {
        let answer = run_one(work, job);
        let error = answer.error.clone();
        answers.push(answer);
        if work.db.is_autocommit() {
            commit = Err(error.unwrap_or_else(|| StoreError::Unusable("the write was undone".to_owned())));
            break;
        }
    }
    if commit.is_ok() {
        commit = work.db.execute_batch("COMMIT").map_err(StoreError::from);
        // A commit that changed nothing is not synced and does not count.
        commits.fetch_add(u64::from(work.db.total_changes() != before), Ordering::Relaxed);
    }
    if commit.is_err() && !work.db.is_autocommit() {
        // A rollback that fails leaves the transaction open, and the next BEGIN says so.
        drop(work.db.execute_batch("ROLLBACK"));
    }
    for answer in answers {
        (answer.tell)(commit.clone());
    }
}

fn run_one(work: &Work, job: Job) -> Answer {
    if let Err(error) = work.db.execute_batch("SAVEPOINT one") {
        return job(Err(error.into()));
    }
    let mut answer = job(Ok(work));
    let end = if answer.error.is_none() { "RELEASE one" } else { "ROLLBACK TO one; RELEASE one" };
    if !work.db.is_autocommit()
        && let Err(error) = work.db.execute_batch(end)
    {
        // The state of the savepoint is unknown: give up the whole transaction.
        drop(work.db.execute_batch("ROLLBACK"));
        answer.error.get_or_insert_with(|| error.into());
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreKey;

    #[tokio::test]
    async fn a_write_that_panics_is_undone_and_the_next_one_works() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store.sqlite"), StoreKey::new([1; 32]), 1 << 20).unwrap();
        let add = |work: &Work, name: &str| {
            work.db.execute("INSERT INTO meta (name, value) VALUES (?1, x'00')", [name])?;
            Ok(())
        };
        let broken = store.write(move |work| add(work, "one").map(|()| panic!("expected")));
        assert_eq!(broken.await, Err::<(), _>(StoreError::Closed));
        store.write(move |work| add(work, "two")).await.unwrap();
        let names = |work: &Work| {
            let mut query = work.db.prepare("SELECT name FROM meta WHERE name IN ('one', 'two')")?;
            let names = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            Ok(names)
        };
        assert_eq!(store.read(names).await.unwrap(), ["two"]);
    }
}
