//! What happened, for whoever counts. The server logs nothing and knows no metric.

use super::answer::Fault;
use super::session::Limit;
use super::wire::{Actions, Violation};

/// One thing that happened on a milter connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A relay connected.
    ConnectionOpened,
    /// A connection ended, for whatever reason. One for each `ConnectionOpened`.
    ConnectionClosed,
    /// A connection was closed at once, because there are as many as the settings allow.
    TooManyConnections,
    /// The system could not accept a connection (out of descriptors, say).
    AcceptFailed,
    /// The peer broke the protocol; the connection is closed.
    Violation(Violation),
    /// The peer took too long; the connection is closed.
    TimedOut(TimeOut),
    /// The byte budget had nothing free for longer than the command time-out; the connection is closed.
    BudgetExhausted,
    /// The connection broke.
    PeerGone,
    /// The relay does not offer these actions: a message that needs one is refused for now. Said for
    /// each connection; once in a log is enough.
    ActionsMissing(Actions),
    /// A message was over a limit and was refused without being judged.
    OverLimit(Limit),
    /// An answer could not be given as it was meant; the message was refused for now.
    AnswerImpossible(Fault),
    /// The judge failed (panicked) or took longer than its time-out; the message was refused for now.
    JudgeFailed,
    /// The spool file could not be written or read; the message was refused for now.
    SpoolFailed,
}

/// What took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeOut {
    /// Nothing came between two messages.
    Idle,
    /// A packet, or the next one inside a message, did not come.
    Command,
    /// The peer did not take our reply.
    Reply,
}

/// Somebody who counts. Called on the connection's own task: it must not wait.
pub trait Observer: Send + Sync + 'static {
    /// Something happened.
    fn event(&self, event: Event);
}

impl Observer for () {
    fn event(&self, _: Event) {}
}
