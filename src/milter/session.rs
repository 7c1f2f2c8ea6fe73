//! The conversation with the relay, one command at a time: command in, step out.
//!
//! It knows no clock and no socket. It collects envelope and header; the body is its caller's to
//! keep. **No step but an answer to a judged message says yes to a message.**

/// Addresses of clients.
mod address;
/// How much one message may bring.
mod limits;
/// Macros by the step they belong to.
mod macros;
/// The message that is being received.
mod transaction;

use super::answer::{self, Fault, Rendered, Scope};
use super::wire::{Actions, Command, OLDEST_VERSION, Offer, Protocol, Reply, Stage, VERSION, Violation};
use super::{Answer, wire};
use crate::mail::{Envelope, Header};
use address::{address_of, read_address};
pub use limits::{Limit, Limits};
use macros::Macros;
use std::net::IpAddr;
use transaction::Transaction;

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Nothing; the relay does not wait.
    Nothing,
    /// Send "go on".
    Continue,
    /// Send these bytes: the answer to the relay's offer. Actions we need and it lacks are named.
    Negotiated {
        /// The bytes.
        reply: Vec<u8>,
        /// What is missing.
        missing: Actions,
    },
    /// Keep the piece of body behind what there is of it, or first behind [`Session::take_head`];
    /// then send "go on" if asked.
    Keep {
        /// The relay waits.
        reply: bool,
    },
    /// Send these bytes: a recipient or a message is over a limit, and was not judged.
    OverLimit {
        /// The bytes.
        reply: Vec<u8>,
        /// Which limit.
        limit: Limit,
    },
    /// The message is complete: have it judged, then call [`Session::answer`].
    Judge(Box<Collected>),
    /// Close the connection.
    Close,
}

/// Envelope and header of a complete message.
#[derive(Debug)]
pub struct Collected {
    /// Sender, recipients, macros.
    pub envelope: Envelope,
    /// Header fields in order.
    pub headers: Vec<Header>,
}

/// The actions we ask for.
pub const ACTIONS: Actions = Actions::ADD_HEADERS
    .or(Actions::CHANGE_BODY)
    .or(Actions::CHANGE_HEADERS)
    .or(Actions::DELETE_RECIPIENTS)
    .or(Actions::ADD_RECIPIENTS)
    .or(Actions::CHANGE_SENDER);

/// The actions without which some rewrites or removals become a refusal for now.
pub const NEEDED: Actions =
    Actions::ADD_HEADERS.or(Actions::CHANGE_BODY).or(Actions::CHANGE_HEADERS).or(Actions::DELETE_RECIPIENTS);

/// The protocol steps we ask for. RCPT keeps its reply, so that one recipient too many is refused
/// and the others are not.
const PROTOCOL: Protocol = Protocol::NO_UNKNOWN
    .or(Protocol::NO_REPLY_CONNECT)
    .or(Protocol::NO_REPLY_HELO)
    .or(Protocol::NO_REPLY_MAIL)
    .or(Protocol::NO_REPLY_DATA)
    .or(Protocol::NO_REPLY_HEADER)
    .or(Protocol::NO_REPLY_END_OF_HEADERS)
    .or(Protocol::NO_REPLY_BODY)
    .or(Protocol::LEADING_SPACE);

const CLIENT: &str = "{client_addr} {client_name} {client_port} {daemon_addr} {daemon_port}";
const TLS: &str = "{cert_subject} {cert_issuer} {verify}";
const MAIL: &str = "i {auth_authen} {auth_type} {cert_subject} {cert_issuer} {verify} {client_addr} {client_name} \
                    {client_port} {daemon_addr} {daemon_port}";

/// The macros we ask for. They replace the relay's own list for the stage, so each is complete. The
/// queue id is not there yet at MAIL and the first RCPT; TLS is known at HELO, MAIL and DATA only.
const MACROS: &[(Stage, &str)] = &[
    (Stage::Connect, CLIENT),
    (Stage::Helo, TLS),
    (Stage::Mail, MAIL),
    (Stage::Recipient, "i"),
    (Stage::Data, MAIL),
    (Stage::EndOfHeaders, "i"),
    (Stage::EndOfMessage, "i"),
];

/// Versions are small numbers. Gacopyz (the client of GNU mailfromd's `mtasim`) writes its own, 1.0.0 as `0x0100_0000`,
/// offers every step without reply, and then waits for the reply to each: it is asked for none.
const LATEST_NUMBER: u32 = 0xff;

/// One connection of a relay.
#[derive(Debug)]
pub struct Session {
    listener: String,
    limits: Limits,
    actions: Actions,
    protocol: Protocol,
    connected_from: Option<IpAddr>,
    helo: String,
    macros: Macros,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The relay has not said what it can do.
    Greeting,
    /// Between two messages.
    Idle,
    /// From MAIL to the first header field.
    Envelope(Box<Transaction>),
    /// Header fields.
    Headers(Box<Transaction>),
    /// Behind the header.
    Body(Box<Transaction>),
    /// The message is with the judge.
    Judging(Scope),
}

impl Session {
    /// A session on the listener of this name.
    #[must_use]
    pub fn new(listener: &str, limits: Limits) -> Self {
        Self {
            listener: listener.to_owned(),
            limits,
            actions: Actions::default(),
            protocol: Protocol::default(),
            connected_from: None,
            helo: String::new(),
            macros: Macros::default(),
            state: State::Greeting,
        }
    }

    /// Between two messages: nothing is lost when the connection ends here.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self.state, State::Greeting | State::Idle)
    }

    /// Inside header or body: the relay has all of it, so that the next packet comes soon.
    #[must_use]
    pub const fn in_content(&self) -> bool {
        matches!(self.state, State::Headers(_) | State::Body(_))
    }

    /// The relay agreed to steps without reply.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        !self.protocol.without(Protocol::NO_UNKNOWN.or(Protocol::LEADING_SPACE)).is_empty()
    }

    /// About how many bytes the session holds.
    #[must_use]
    pub fn held(&self) -> usize {
        self.macros.held()
            + match &self.state {
                State::Envelope(message) | State::Headers(message) | State::Body(message) => message.held(),
                State::Greeting | State::Idle | State::Judging(_) => 0,
            }
    }

    /// The header block with the empty line behind it, byte for byte as it came, folds as CRLF.
    /// It is handed out once.
    pub fn take_head(&mut self) -> Vec<u8> {
        match &mut self.state {
            State::Envelope(message) | State::Headers(message) | State::Body(message) => message.take_head(),
            State::Judging(scope) => std::mem::take(&mut scope.head),
            State::Greeting | State::Idle => Vec::new(),
        }
    }

    /// Takes the next command.
    ///
    /// # Errors
    /// The peer broke the protocol: close the connection.
    pub fn step(&mut self, command: &Command<'_>) -> Result<Step, Violation> {
        match *command {
            Command::Negotiate(offer) => return self.negotiate(offer),
            Command::Quit => return Ok(Step::Close),
            _ if matches!(self.state, State::Greeting | State::Judging(_)) => return Err(Violation::OutOfOrder),
            Command::Macros { command, macros } => {
                self.macros.set(command, macros, self.limits.macro_bytes)?;
                return Ok(Step::Nothing);
            }
            Command::Connect { peer, .. } => {
                self.macros.begin(b'C');
                self.state = State::Idle;
                self.connected_from = address_of(peer);
            }
            Command::Helo(name) => {
                self.macros.begin(b'H');
                self.state = State::Idle;
                self.helo = String::from_utf8_lossy(name).into_owned();
            }
            Command::Mail(path) => {
                self.macros.begin(b'M');
                self.state = State::Envelope(Box::new(Transaction::new(path, self.limits)));
            }
            Command::Recipient(path) => return self.recipient(path),
            Command::Data if matches!(self.state, State::Envelope(_)) => {}
            Command::Header { name, value } => self.header(name, value)?,
            Command::EndOfHeaders => self.begin_body(true)?,
            Command::Body { bytes, last } => return self.body(bytes, last),
            Command::EndOfBody => return self.end(),
            Command::Abort => {
                self.forget_message();
                return Ok(Step::Nothing);
            }
            Command::QuitNewConnection => {
                self.forget_client();
                return Ok(Step::Nothing);
            }
            // The relay waits for a reply to this one whatever was agreed.
            Command::Unknown(_) => return Ok(Step::Continue),
            Command::Data => return Err(Violation::OutOfOrder),
        }
        Ok(if self.protocol.contains(silence_for(command)) { Step::Nothing } else { Step::Continue })
    }

    /// Puts the judge's answer into bytes, for the message of the last [`Step::Judge`].
    ///
    /// # Errors
    /// The answer cannot be given as it is meant. The message must then be refused for now.
    pub fn answer(&mut self, answer: Answer) -> Result<Rendered, Fault> {
        let state = std::mem::replace(&mut self.state, State::Idle);
        self.forget_message();
        let State::Judging(scope) = state else { return Err(Fault::NoMessage) };
        answer::render(answer, &scope)
    }

    fn negotiate(&mut self, offer: Offer) -> Result<Step, Violation> {
        if !matches!(self.state, State::Greeting) {
            return Err(Violation::OutOfOrder);
        }
        if offer.version < OLDEST_VERSION {
            return Err(Violation::Version);
        }
        let version = offer.version.min(VERSION);
        let lists = offer.actions.contains(Actions::MACRO_LISTS);
        self.actions = ACTIONS.and(offer.actions);
        self.protocol = if offer.version > LATEST_NUMBER { Protocol::default() } else { PROTOCOL.and(offer.protocol) };
        self.state = State::Idle;
        let asked = if lists { self.actions.or(Actions::MACRO_LISTS) } else { self.actions };
        let taken = Offer { version, actions: asked, protocol: self.protocol };
        let mut reply = Vec::new();
        Reply::Negotiate { offer: taken, macros: if lists { MACROS } else { &[] } }.encode(&mut reply);
        Ok(Step::Negotiated { reply, missing: NEEDED.without(offer.actions) })
    }

    fn recipient(&mut self, path: wire::Strings<'_>) -> Result<Step, Violation> {
        let State::Envelope(message) = &mut self.state else { return Err(Violation::OutOfOrder) };
        if message.add_recipient(path) {
            return Ok(Step::Continue);
        }
        let limit = Limit::Recipients;
        Ok(Step::OverLimit { reply: answer::refuse(&limit.refusal()), limit })
    }

    /// A recipient too many was let pass all the same: the message is not whole any more, and is not judged.
    pub fn give_up(&mut self) {
        if let State::Envelope(message) = &mut self.state {
            message.give_up(Limit::Recipients);
        }
    }

    fn header(&mut self, name: &[u8], value: &[u8]) -> Result<(), Violation> {
        let spaced = self.protocol.contains(Protocol::LEADING_SPACE);
        self.begin_headers()?;
        let State::Headers(message) = &mut self.state else { return Err(Violation::OutOfOrder) };
        message.add_header(name, value, spaced);
        Ok(())
    }

    fn begin_headers(&mut self) -> Result<(), Violation> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Envelope(message) | State::Headers(message) => {
                self.state = State::Headers(message);
                Ok(())
            }
            _ => Err(Violation::OutOfOrder),
        }
    }

    /// The header is over. The relay need not say so (it may have agreed with somebody else not to).
    fn begin_body(&mut self, said: bool) -> Result<(), Violation> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Envelope(mut message) | State::Headers(mut message) => {
                message.end_head();
                self.state = State::Body(message);
                Ok(())
            }
            State::Body(message) if !said => {
                self.state = State::Body(message);
                Ok(())
            }
            _ => Err(Violation::OutOfOrder),
        }
    }

    fn body(&mut self, bytes: &[u8], last: bool) -> Result<Step, Violation> {
        self.begin_body(false)?;
        let State::Body(message) = &mut self.state else { return Err(Violation::OutOfOrder) };
        let reply = last && !self.protocol.contains(Protocol::NO_REPLY_BODY);
        // What is over a limit is not kept; the relay hears it at the end.
        if message.add_body(bytes) {
            return Ok(Step::Keep { reply });
        }
        Ok(if reply { Step::Continue } else { Step::Nothing })
    }

    fn end(&mut self) -> Result<Step, Violation> {
        self.begin_body(false)?;
        let State::Body(mut message) = std::mem::replace(&mut self.state, State::Idle) else {
            return Err(Violation::OutOfOrder);
        };
        if let Some(limit) = message.over() {
            self.forget_message();
            return Ok(Step::OverLimit { reply: answer::refuse(&limit.refusal()), limit });
        }
        let macros = self.macros.all();
        let client = macros.get("client_addr").and_then(|text| read_address(text.as_bytes()));
        let bare = message.take_bare();
        let (sender, recipients, headers, head) = message.into_parts();
        let envelope = Envelope {
            sender: Some(sender),
            recipients,
            listener: self.listener.clone(),
            client_addr: client.or(self.connected_from),
            helo: self.helo.clone(),
            macros,
        };
        self.state = State::Judging(Scope {
            actions: self.actions,
            spaced: self.protocol.contains(Protocol::LEADING_SPACE),
            bare,
            names: headers.iter().map(|header| header.name.clone()).collect(),
            recipients: envelope.recipients.iter().map(|path| path.given.clone()).collect(),
            head,
        });
        Ok(Step::Judge(Box::new(Collected { envelope, headers })))
    }

    fn forget_message(&mut self) {
        self.state = State::Idle;
        self.macros.forget_message();
    }

    fn forget_client(&mut self) {
        self.state = State::Idle;
        self.macros = Macros::default();
        self.connected_from = None;
        self.helo.clear();
    }
}

/// The flag by which the relay does not wait for a reply to this command.
const fn silence_for(command: &Command<'_>) -> Protocol {
    match command {
        Command::Connect { .. } => Protocol::NO_REPLY_CONNECT,
        Command::Helo(_) => Protocol::NO_REPLY_HELO,
        Command::Mail(_) => Protocol::NO_REPLY_MAIL,
        Command::Data => Protocol::NO_REPLY_DATA,
        Command::Header { .. } => Protocol::NO_REPLY_HEADER,
        Command::EndOfHeaders => Protocol::NO_REPLY_END_OF_HEADERS,
        Command::Body { .. } => Protocol::NO_REPLY_BODY,
        // A bit no relay sets: these have a reply of their own, or none.
        _ => Protocol(u32::MAX),
    }
}
