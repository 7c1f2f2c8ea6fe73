//! The conversation with the relay: it shows us a message, a judge decides, we answer.
//!
//! `wire` and `session` are pure: bytes and commands in, steps out. `server` does what they say.

/// What the relay hears at the end of a message.
pub mod answer;
/// What happened, for whoever counts.
pub mod observer;
/// Reads, writes, waits.
pub mod server;
/// The conversation, one command at a time.
pub mod session;
/// The settings.
pub mod settings;
/// Bytes to commands, replies to bytes.
pub mod wire;

use crate::mail;
use crate::spool;

pub use observer::{Event, Observer, TimeOut};
pub use settings::{Listen, Settings, SocketAddress};

/// A message as the relay showed it, all of it.
#[derive(Debug)]
pub struct Received {
    /// Sender, recipients, macros.
    pub envelope: mail::Envelope,
    /// Header fields in order.
    pub headers: Vec<mail::Header>,
    /// Header block, empty line, body.
    pub message: spool::Message,
}

/// What the relay shall do with a message.
#[derive(Debug)]
pub enum Answer {
    /// Let it go on its way, with these changes.
    Relay(Edits),
    /// Say yes and let it vanish. Whoever says so has kept it.
    Discard,
    /// Refuse it for good.
    Reject(mail::Refusal),
    /// Refuse it for now; the sender's side keeps it.
    Tempfail(mail::Refusal),
}

/// Changes of a message that goes on its way.
#[derive(Debug, Default)]
pub struct Edits {
    /// Changes of header fields.
    pub headers: Vec<mail::HeaderEdit>,
    /// Recipients to take off, by their index in the envelope.
    pub remove: Vec<u32>,
    /// The whole rewritten message; its body replaces the body. Its header block is not looked at.
    pub body: Option<spool::Message>,
}

/// Who decides. The future may be dropped half way (a time-out, the end of the program): what it did
/// up to there must stand a second try.
pub trait Judge: Send + Sync + 'static {
    /// Decides what becomes of one message.
    fn judge(&self, received: Received) -> impl Future<Output = Answer> + Send;

    /// Whether a message that could not be judged (it is over a limit, it could not be kept, the judge failed
    /// or took too long) goes on as it is: only where an installation does nothing but look.
    fn lets_pass(&self) -> bool {
        false
    }
}
