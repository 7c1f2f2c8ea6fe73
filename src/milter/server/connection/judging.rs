//! From the whole message to its answer: waits for the judge, and writes what was decided.

use super::super::super::answer::{self, Rendered};
use super::super::super::session::Collected;
use super::super::super::wire::{BODY_CHUNK, Reply, reply};
use super::super::super::{Answer, Edits, Event, Judge, Received};
use super::super::input::FREE;
use super::{Connection, End, on_file};
use crate::spool::Message;
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::time::{Instant, interval_at, sleep_until};

/// Judging a message up to this size takes no longer than a thread may be kept from the other connections.
const SOON_JUDGED: u64 = 256 << 10;

/// An answer up to this size is one write.
const ONE_WRITE: usize = 64 << 10;

impl<J: Judge> Connection<J> {
    pub(super) async fn judge(&mut self, collected: Collected) -> Result<(), End> {
        let message = self.finish().await;
        let answer = match message {
            Some(message) => {
                let Collected { envelope, headers } = collected;
                self.wait_for_judge(Received { envelope, headers, message }).await
            }
            None => Ok(None),
        };
        // Where the relay is gone the answer is nobody's; the relay will come again.
        let answer = answer?.unwrap_or_else(|| self.not_judged());
        let done = match self.session.answer(answer) {
            Ok(rendered) => self.write_answer(rendered).await,
            Err(fault) => {
                self.shared.observer.event(Event::AnswerImpossible(fault));
                let pass = self.shared.judge.lets_pass();
                let refusal = answer::refuse(&answer::not_judged());
                self.write(if pass { reply::CONTINUE } else { &refusal }).await
            }
        };
        self.since = Instant::now();
        done
    }

    fn not_judged(&self) -> Answer {
        if self.shared.judge.lets_pass() {
            return Answer::Relay(Edits::default());
        }
        Answer::Tempfail(answer::not_judged())
    }

    /// Has the message judged; `None`: the judge failed. A large message is judged in a task of its own, so that
    /// the relay hears meanwhile that we are at it.
    async fn wait_for_judge(&mut self, received: Received) -> Result<Option<Answer>, End> {
        self.input.settle();
        let judge = Arc::clone(&self.shared.judge);
        let soon = received.message.len() <= SOON_JUDGED;
        let judging = Caught(Box::pin(async move { judge.judge(received).await }));
        if soon {
            return self.attend(judging).await;
        }
        let mut task = Task(tokio::spawn(judging));
        self.attend(poll_fn(move |context| Pin::new(&mut task.0).poll(context).map(|judged| judged.ok().flatten())))
            .await
    }

    /// Waits for the judge and tells the relay that we are at it.
    async fn attend(&mut self, judging: impl Future<Output = Option<Answer>>) -> Result<Option<Answer>, End> {
        let mut judging = pin!(judging);
        let every = self.settings.progress_interval;
        let mut progress = interval_at(Instant::now() + every, every);
        let mut deadline = pin!(sleep_until(Instant::now() + self.settings.judge_timeout));
        let mut gone = None;
        loop {
            tokio::select! {
                biased;
                judged = &mut judging => {
                    if judged.is_none() {
                        self.shared.observer.event(Event::JudgeFailed);
                    }
                    return gone.map_or(Ok(judged), Err);
                }
                () = &mut deadline => {
                    self.shared.observer.event(Event::JudgeFailed);
                    return gone.map_or(Ok(None), Err);
                }
                // The judge goes on where the relay is gone: it may be about to keep the message, and
                // finds it kept when the relay comes again.
                _ = progress.tick(), if gone.is_none() => gone = self.write(reply::PROGRESS).await.err(),
            }
        }
    }

    /// Edits, body, verdict: one write where it is small, and nothing else between.
    async fn write_answer(&mut self, rendered: Rendered) -> Result<(), End> {
        let Rendered { edits: mut out, body, verdict } = rendered;
        if let Some(message) = body {
            // A chunk is read into memory of the budget; without any, in smaller ones on the house.
            let share = self.shared.budget.try_take(2 * BODY_CHUNK as u64);
            let size = if share.is_some() { BODY_CHUNK as u64 } else { FREE as u64 / 2 };
            let mut at = message.head();
            loop {
                let range = at..message.len().min(at + size);
                let Ok(bytes) = read(&message, range.clone()).await else {
                    // Some of the body may be with the relay already; the verdict makes it worthless.
                    self.shared.observer.event(Event::SpoolFailed);
                    return self.write(&answer::refuse(&answer::not_judged())).await;
                };
                if out.len() + bytes.len() > ONE_WRITE && !out.is_empty() {
                    self.write(&out).await?;
                    out.clear();
                }
                // An empty body is one empty chunk: without any the relay would keep the old one.
                Reply::ReplaceBody(&bytes).encode(&mut out);
                at = range.end;
                if at >= message.len() {
                    break;
                }
            }
        }
        out.extend_from_slice(&verdict);
        self.write(&out).await
    }
}

/// Reads from a message, off this thread where that means reading a file.
async fn read(message: &Message, range: std::ops::Range<u64>) -> io::Result<Vec<u8>> {
    if message.memory().is_some() {
        return message.read(range);
    }
    let message = message.clone();
    on_file(move || message.read(range)).await
}

/// A future that ends with `None` where it panics: one message is refused for now, and its connection lives on.
struct Caught<F>(Pin<Box<F>>);

impl<F: Future> Future for Caught<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context))) {
            Ok(judged) => judged.map(Some),
            Err(_) => Poll::Ready(None),
        }
    }
}

/// The judge at work; dropped with the connection's task when the grace at the end is over, or when
/// it took too long.
struct Task(tokio::task::JoinHandle<Option<Answer>>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
