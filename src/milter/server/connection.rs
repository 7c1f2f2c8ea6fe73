//! One connection: reads commands, does what the session says, waits for the judge, writes the answer.

use super::super::session::{Session, Step};
use super::super::wire::{Command, Decoded, Violation, reply};
use super::super::{Event, Judge, Settings, TimeOut};
use super::input::Input;
use super::{Shared, Socket, asked_to_stop};
use crate::budget::Reserve;
use crate::spool::{Message, Writer};
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

/// From the whole message to its answer.
mod judging;

/// What each connection may hold without drawing on the budget.
const FREE_OF_CHARGE: usize = 8 << 10;

/// A disk that took longer than this for a piece of body is left to threads that may wait for it.
const SLOW_DISK: Duration = Duration::from_millis(5);

pub(super) struct Connection<J> {
    socket: Socket,
    shared: Arc<Shared<J>>,
    settings: Arc<Settings>,
    shutdown: watch::Receiver<bool>,
    session: Session,
    input: Input,
    /// The message's bytes, from the first piece of body on.
    writer: Option<Writer>,
    /// The spool failed: the message in flight will be refused for now.
    broken: bool,
    /// The disk made us wait for a piece of this message.
    slow_disk: bool,
    /// What the session and the input hold beyond what is free of charge.
    reserve: Reserve,
    /// When the last packet was complete.
    since: Instant,
}

/// Why a connection ends.
enum End {
    /// As it should.
    Done,
    /// Not as it should.
    Bad(Event),
}

impl From<Violation> for End {
    fn from(violation: Violation) -> Self {
        Self::Bad(Event::Violation(violation))
    }
}

impl<J: Judge> Connection<J> {
    pub(super) fn new(
        socket: Socket,
        listener: &str,
        shared: Arc<Shared<J>>,
        settings: Arc<Settings>,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        Self {
            socket,
            session: Session::new(listener, settings.limits()),
            input: Input::new(settings.packet_bytes),
            writer: None,
            broken: false,
            slow_disk: false,
            reserve: Reserve::new(&shared.budget),
            since: Instant::now(),
            shared,
            settings,
            shutdown,
        }
    }

    pub(super) async fn run(mut self) {
        let End::Bad(event) = self.converse().await else { return };
        self.shared.observer.event(event);
    }

    async fn converse(&mut self) -> End {
        loop {
            if let Err(end) = self.advance().await {
                return end;
            }
        }
    }

    /// Takes the next command and does what follows from it, or reads some more.
    async fn advance(&mut self) -> Result<(), End> {
        let Self { input, session, writer, shared, settings, broken, slow_disk, .. } = self;
        let (step, used, piece) = match input.decode()? {
            Decoded::More { need } => return self.read(need).await,
            Decoded::Command { command, used } => {
                let step = session.step(&command)?;
                let piece = match (&step, command) {
                    (Step::Keep { .. }, Command::Body { bytes, .. }) => {
                        let writer = writer.get_or_insert_with(|| new_writer(session, shared, settings));
                        // What stays in memory, or goes to a file that takes it at once, needs no copy on the way.
                        if *broken || writer.try_append(bytes) {
                            None
                        } else if *slow_disk {
                            Some(bytes.to_vec())
                        } else {
                            let begun = Instant::now();
                            *broken = writer.append(bytes).is_err();
                            if *broken {
                                shared.observer.event(Event::SpoolFailed);
                            }
                            *slow_disk = begun.elapsed() > SLOW_DISK;
                            None
                        }
                    }
                    _ => None,
                };
                (step, used, piece)
            }
        };
        self.input.consume(used);
        if !self.input.inside_chunk() {
            self.since = Instant::now();
        }
        self.perform(step, piece).await?;
        // What was kept belongs to one message: not to the next one, which may begin without a word
        // about the end of this one.
        if !self.session.in_content() {
            self.writer = None;
            self.broken = false;
            self.slow_disk = false;
        }
        if self.session.is_idle() {
            self.reserve.release();
        }
        Ok(())
    }

    async fn perform(&mut self, step: Step, piece: Option<Vec<u8>>) -> Result<(), End> {
        match step {
            Step::Nothing => Ok(()),
            Step::Continue => self.write(reply::CONTINUE).await,
            Step::Negotiated { reply, missing } => {
                if !missing.is_empty() {
                    self.shared.observer.event(Event::ActionsMissing(missing));
                }
                self.write(&reply).await
            }
            Step::OverLimit { reply, limit } => {
                self.shared.observer.event(Event::OverLimit(limit));
                let pass = self.shared.judge.lets_pass();
                // Where a recipient too many is refused, the sender's side brings it in a second message.
                if pass && !self.session.is_idle() {
                    self.session.give_up();
                }
                self.write(if pass { reply::CONTINUE } else { &reply }).await
            }
            Step::Keep { reply } => {
                if let Some(bytes) = piece {
                    self.keep(bytes).await;
                }
                if reply { self.write(reply::CONTINUE).await } else { Ok(()) }
            }
            Step::Judge(collected) => self.judge(*collected).await,
            Step::Close => Err(End::Done),
        }
    }

    /// Reads until something new is there. `need` bytes in all are wanted.
    async fn read(&mut self, need: usize) -> Result<(), End> {
        self.reserve(need).await?;
        let content = self.session.in_content();
        let waiting = self.session.is_idle() && !self.input.inside_packet();
        let busy = content || self.input.inside_packet();
        let (limit, late) = if busy {
            (self.settings.command_timeout, TimeOut::Command)
        } else {
            (self.settings.idle_timeout, TimeOut::Idle)
        };
        let fresh = self.input.is_empty();
        let Self { socket, input, shutdown, since, slow_disk, .. } = self;
        // What is there is read at once; a connection that waits holds no long buffer.
        let reading = |context: &mut Context<'_>| {
            let read = pin!(socket.read(input.room(need, *slow_disk))).poll(context);
            if read.is_pending() {
                input.settle();
            }
            read
        };
        let read = tokio::select! {
            biased;
            read = poll_fn(reading) => read,
            () = asked_to_stop(shutdown), if waiting => return Err(End::Done),
            () = sleep_until(*since + limit) => return Err(End::Bad(Event::TimedOut(late))),
        };
        match read {
            Ok(0) if self.input.inside_packet() => Err(Violation::Truncated.into()),
            Ok(0) => Err(End::Done),
            Ok(_) => {
                // The time for a packet counts from its first byte.
                if fresh && !busy {
                    self.since = Instant::now();
                }
                if self.session.is_quiet() {
                    self.socket.acknowledge();
                }
                Ok(())
            }
            Err(_) => Err(End::Bad(Event::PeerGone)),
        }
    }

    /// Draws on the budget for what the session holds and a packet of `need` bytes; waits for it.
    async fn reserve(&mut self, need: usize) -> Result<(), End> {
        let held = self.session.held().saturating_sub(FREE_OF_CHARGE) + Input::beyond_usual(need);
        if self.reserve.try_hold(held as u64) {
            return Ok(());
        }
        self.input.settle();
        let wait = timeout(self.settings.command_timeout, self.reserve.hold(held as u64));
        wait.await.map_err(|_| End::Bad(Event::BudgetExhausted))?;
        self.since = Instant::now();
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), End> {
        match timeout(self.settings.reply_timeout, self.socket.write(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Bad(Event::PeerGone)),
            Err(_) => Err(End::Bad(Event::TimedOut(TimeOut::Reply))),
        }
    }

    /// Keeps a piece of body in a file. Where that fails the relay hears of it at the end.
    async fn keep(&mut self, piece: Vec<u8>) {
        self.input.settle();
        let Some(mut writer) = self.writer.take().filter(|_| !self.broken) else { return };
        let appended = on_file(move || {
            writer.append(&piece)?;
            Ok(writer)
        });
        match appended.await {
            Ok(writer) => self.writer = Some(writer),
            Err(_) => self.spool_failed(),
        }
    }

    fn spool_failed(&mut self) {
        self.broken = true;
        self.shared.observer.event(Event::SpoolFailed);
    }

    /// The whole message; `None` where the spool failed.
    async fn finish(&mut self) -> Option<Message> {
        if self.broken {
            return None;
        }
        let writer = self.writer.take().unwrap_or_else(|| new_writer(&mut self.session, &self.shared, &self.settings));
        let finished = match writer.finish_at_hand() {
            Ok(message) => Ok(message),
            Err(writer) => on_file(move || writer.finish()).await,
        };
        if finished.is_err() {
            self.spool_failed();
        }
        finished.ok()
    }
}

fn new_writer<J>(session: &mut Session, shared: &Shared<J>, settings: &Settings) -> Writer {
    Writer::new(session.take_head(), &shared.directory, &shared.budget, settings.memory_bytes)
}

/// Files may make a thread wait; these threads are there for it.
async fn on_file<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
