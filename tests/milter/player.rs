//! Plays a conversation against wire and session, without any I/O.

use crate::judge;
use exeat::mail::{Envelope, Header};
use exeat::milter::answer;
use exeat::milter::session::{Limits, Session, Step};
use exeat::milter::wire::{Command, Decoded, Decoder, Reply, Violation, reply};
use exeat::milter::{Answer, Settings};

/// A message the session asked to judge.
pub struct Seen {
    pub envelope: Envelope,
    pub headers: Vec<Header>,
    pub message: Vec<u8>,
}

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Closed,
    Violation(Violation),
}

/// A session with what the server would keep for it.
pub struct Player {
    session: Session,
    decoder: Decoder,
    input: Vec<u8>,
    message: Vec<u8>,
    begun: bool,
    /// What the relay was sent.
    pub out: Vec<u8>,
    pub seen: Vec<Seen>,
    pub end: Option<End>,
    /// What the judge says next, in the words of a dialogue.
    pub answer: Vec<String>,
}

impl Player {
    pub fn new(limits: Limits) -> Self {
        Self {
            session: Session::new("main", limits),
            decoder: Decoder::new(Settings::default().packet_bytes),
            input: Vec::new(),
            message: Vec::new(),
            begun: false,
            out: Vec::new(),
            seen: Vec::new(),
            end: None,
            answer: Vec::new(),
        }
    }

    /// Takes bytes as they arrive.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        while self.end.is_none() {
            let input = std::mem::take(&mut self.input);
            match self.decoder.decode(&input) {
                Ok(Decoded::More { need }) => {
                    assert!(need > input.len(), "asks for what is there already");
                    self.input = input;
                    return;
                }
                Ok(Decoded::Command { command, used }) => {
                    self.perform(&command);
                    self.input = input[used..].to_vec();
                }
                Err(violation) => self.end = Some(End::Violation(violation)),
            }
        }
    }

    fn perform(&mut self, command: &Command<'_>) {
        match self.session.step(command) {
            Err(violation) => self.end = Some(End::Violation(violation)),
            Ok(Step::Close) => self.end = Some(End::Closed),
            Ok(Step::Nothing) => {}
            Ok(Step::Continue) => self.out.extend_from_slice(reply::CONTINUE),
            Ok(Step::Negotiated { reply, .. } | Step::OverLimit { reply, .. }) => self.out.extend_from_slice(&reply),
            Ok(Step::Keep { reply }) => {
                self.begin();
                if let Command::Body { bytes, .. } = command {
                    self.message.extend_from_slice(bytes);
                }
                if reply {
                    self.out.extend_from_slice(reply::CONTINUE);
                }
            }
            Ok(Step::Judge(collected)) => {
                self.begin();
                let message = std::mem::take(&mut self.message);
                self.seen.push(Seen { envelope: collected.envelope, headers: collected.headers, message });
                self.answer();
            }
        }
        if !self.session.in_content() {
            self.begun = false;
            self.message.clear();
        }
    }

    fn begin(&mut self) {
        if !self.begun {
            self.message = self.session.take_head();
            self.begun = true;
        }
    }

    fn answer(&mut self) {
        let answer: Answer = judge::read(&std::mem::take(&mut self.answer));
        let Ok(rendered) = self.session.answer(answer) else {
            self.out.extend(answer::refuse(&answer::not_judged()));
            return;
        };
        self.out.extend(rendered.edits);
        if let Some(body) = rendered.body {
            Reply::ReplaceBody(&body.read(body.head()..body.len()).unwrap()).encode(&mut self.out);
        }
        self.out.extend(rendered.verdict);
    }
}
