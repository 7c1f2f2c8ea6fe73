//! What we answer.

use super::{Offer, Stage, Violation, packet, put_string, take_string, take_u32};

/// One reply to the relay, or one edit before the verdict.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reply<'a> {
    /// `O`: what we take of the offer, and the macros we ask for.
    Negotiate {
        /// Version, actions, protocol steps.
        offer: Offer,
        /// Names per stage, separated by spaces; they replace the relay's own list for that stage.
        macros: &'a [(Stage, &'a str)],
    },
    /// `a`: let it pass, now and for good. Never before the end of a message.
    Accept,
    /// `c`: go on; at the end of a message, let it pass.
    Continue,
    /// `d`: take the message and let it vanish.
    Discard,
    /// `r`: refuse for good.
    Reject,
    /// `t`: refuse for now.
    Tempfail,
    /// `y`: refuse with these words; every `%` is doubled on the wire.
    Refuse(&'a [u8]),
    /// `p`: still at it.
    Progress,
    /// `s`: no more of this kind, please.
    Skip,
    /// `h`: add a header field at the end.
    AddHeader {
        /// Name.
        name: &'a [u8],
        /// Value.
        value: &'a [u8],
    },
    /// `m`: change a header field; an empty value deletes it.
    ChangeHeader {
        /// The how-manieth of this name, from 1.
        index: u32,
        /// Name.
        name: &'a [u8],
        /// Value.
        value: &'a [u8],
    },
    /// `i`: put a header field in at a place.
    InsertHeader {
        /// The place, from 0.
        index: u32,
        /// Name.
        name: &'a [u8],
        /// Value.
        value: &'a [u8],
    },
    /// `b`: a chunk of the new body.
    ReplaceBody(&'a [u8]),
    /// `+`: add a recipient.
    AddRecipient(&'a [u8]),
    /// `2`: add a recipient with ESMTP arguments.
    AddRecipientWith {
        /// The address.
        address: &'a [u8],
        /// The arguments, separated by spaces.
        arguments: &'a [u8],
    },
    /// `-`: remove a recipient, named byte for byte as RCPT gave it.
    DeleteRecipient(&'a [u8]),
    /// `e`: change the envelope sender.
    ChangeSender {
        /// The address.
        address: &'a [u8],
        /// The arguments, separated by spaces.
        arguments: &'a [u8],
    },
    /// `q`: quarantine, with a reason.
    Quarantine(&'a [u8]),
    /// `f`: behave as if the connection had failed.
    ConnectionFailure,
    /// `4`: 421, close the client's connection.
    ShutDown,
}

/// `c`, ready for the wire.
pub const CONTINUE: &[u8] = b"\0\0\0\x01c";

/// `p`, ready for the wire.
pub const PROGRESS: &[u8] = b"\0\0\0\x01p";

impl<'a> Reply<'a> {
    /// Writes the reply.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Negotiate { offer, macros } => offer.encode(macros, out),
            Self::Refuse(words) => packet(out, b'y', |out| {
                for &byte in words {
                    out.push(byte);
                    // The relay reads the text as a format.
                    if byte == b'%' {
                        out.push(b'%');
                    }
                }
                out.push(0);
            }),
            Self::AddHeader { name, value } => packet(out, b'h', |out| {
                put_string(out, name);
                put_string(out, value);
            }),
            Self::ChangeHeader { index, name, value } => packet(out, b'm', |out| put_field(out, index, name, value)),
            Self::InsertHeader { index, name, value } => packet(out, b'i', |out| put_field(out, index, name, value)),
            Self::ReplaceBody(bytes) => packet(out, b'b', |out| out.extend_from_slice(bytes)),
            Self::AddRecipient(address) => packet(out, b'+', |out| put_string(out, address)),
            Self::AddRecipientWith { address, arguments } => {
                packet(out, b'2', |out| put_with_arguments(out, address, arguments));
            }
            Self::DeleteRecipient(address) => packet(out, b'-', |out| put_string(out, address)),
            Self::ChangeSender { address, arguments } => {
                packet(out, b'e', |out| put_with_arguments(out, address, arguments));
            }
            Self::Quarantine(reason) => packet(out, b'q', |out| put_string(out, reason)),
            Self::Accept => packet(out, b'a', |_| ()),
            Self::Continue => out.extend_from_slice(CONTINUE),
            Self::Discard => packet(out, b'd', |_| ()),
            Self::Reject => packet(out, b'r', |_| ()),
            Self::Tempfail => packet(out, b't', |_| ()),
            Self::Progress => out.extend_from_slice(PROGRESS),
            Self::Skip => packet(out, b's', |_| ()),
            Self::ConnectionFailure => packet(out, b'f', |_| ()),
            Self::ShutDown => packet(out, b'4', |_| ()),
        }
    }

    /// Reads a reply as a relay would: its letter and the data behind it. Macro lists are not read,
    /// and a doubled `%` stays doubled.
    ///
    /// # Errors
    /// No reply looks like this.
    pub fn decode(letter: u8, mut data: &'a [u8]) -> Result<Self, Violation> {
        Ok(match letter {
            b'O' => Self::Negotiate { offer: Offer::decode(data).ok_or(Violation::Malformed)?, macros: &[] },
            b'a' => Self::Accept,
            b'c' => Self::Continue,
            b'd' => Self::Discard,
            b'r' => Self::Reject,
            b't' => Self::Tempfail,
            b'y' => Self::Refuse(take_string(&mut data)),
            b'p' => Self::Progress,
            b's' => Self::Skip,
            b'h' => Self::AddHeader { name: take_string(&mut data), value: take_string(&mut data) },
            b'm' | b'i' => {
                let index = take_u32(&mut data).ok_or(Violation::Malformed)?;
                let (name, value) = (take_string(&mut data), take_string(&mut data));
                if letter == b'm' {
                    Self::ChangeHeader { index, name, value }
                } else {
                    Self::InsertHeader { index, name, value }
                }
            }
            b'b' => Self::ReplaceBody(data),
            b'+' => Self::AddRecipient(take_string(&mut data)),
            b'2' => Self::AddRecipientWith { address: take_string(&mut data), arguments: take_string(&mut data) },
            b'-' => Self::DeleteRecipient(take_string(&mut data)),
            b'e' => Self::ChangeSender { address: take_string(&mut data), arguments: take_string(&mut data) },
            b'q' => Self::Quarantine(take_string(&mut data)),
            b'f' => Self::ConnectionFailure,
            b'4' => Self::ShutDown,
            _ => return Err(Violation::UnknownCommand),
        })
    }
}

fn put_field(out: &mut Vec<u8>, index: u32, name: &[u8], value: &[u8]) {
    out.extend_from_slice(&index.to_be_bytes());
    put_string(out, name);
    put_string(out, value);
}

fn put_with_arguments(out: &mut Vec<u8>, address: &[u8], arguments: &[u8]) {
    put_string(out, address);
    if !arguments.is_empty() {
        put_string(out, arguments);
    }
}

impl std::fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = Vec::new();
        self.encode(&mut bytes);
        write!(f, "Reply({})", bytes.get(4).copied().map_or('?', char::from))
    }
}
