//! What both sides can do: actions, protocol steps, macro lists.

use super::{packet, put_string, take_u32};

macro_rules! flags {
    ($name:ident, $what:literal, { $($(#[$doc:meta])* $flag:ident = $bits:expr;)* }) => {
        #[doc = $what]
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            $($(#[$doc])* pub const $flag: Self = Self($bits);)*

            /// All of `other` are set.
            #[must_use]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
            /// Set on both sides.
            #[must_use]
            pub const fn and(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
            /// Set on either side.
            #[must_use]
            pub const fn or(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
            /// Set here and not in `other`.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }
            /// None set.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }
    };
}

flags!(Actions, "What a milter may do to a message (`SMFIF_*`).", {
    /// Add a header field.
    ADD_HEADERS = 0x01;
    /// Replace the body.
    CHANGE_BODY = 0x02;
    /// Add a recipient.
    ADD_RECIPIENTS = 0x04;
    /// Remove a recipient.
    DELETE_RECIPIENTS = 0x08;
    /// Change or delete a header field.
    CHANGE_HEADERS = 0x10;
    /// Quarantine the message.
    QUARANTINE = 0x20;
    /// Change the envelope sender.
    CHANGE_SENDER = 0x40;
    /// Add a recipient with ESMTP arguments.
    ADD_RECIPIENTS_WITH = 0x80;
    /// Ask for macros by list.
    MACRO_LISTS = 0x100;
});

flags!(Protocol, "Which steps of the conversation there are, and how (`SMFIP_*`).", {
    /// Do not send unknown SMTP commands.
    NO_UNKNOWN = 0x100;
    /// No reply to a header field.
    NO_REPLY_HEADER = 0x80;
    /// No reply to the connect step.
    NO_REPLY_CONNECT = 0x1000;
    /// No reply to HELO.
    NO_REPLY_HELO = 0x2000;
    /// No reply to MAIL.
    NO_REPLY_MAIL = 0x4000;
    /// No reply to RCPT.
    NO_REPLY_RECIPIENT = 0x8000;
    /// No reply to DATA.
    NO_REPLY_DATA = 0x1_0000;
    /// No reply to an unknown SMTP command.
    NO_REPLY_UNKNOWN = 0x2_0000;
    /// No reply to the end of the header.
    NO_REPLY_END_OF_HEADERS = 0x4_0000;
    /// No reply to a body chunk.
    NO_REPLY_BODY = 0x8_0000;
    /// Header values come and go with the white space behind the colon.
    LEADING_SPACE = 0x10_0000;
});

/// What a relay offers, or what we take of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Protocol version.
    pub version: u32,
    /// Actions.
    pub actions: Actions,
    /// Protocol steps.
    pub protocol: Protocol,
}

impl Offer {
    /// Reads the three numbers; what stands behind them (macro lists) is not ours to read.
    pub(super) fn decode(mut data: &[u8]) -> Option<Self> {
        let version = take_u32(&mut data)?;
        let actions = Actions(take_u32(&mut data)?);
        let protocol = Protocol(take_u32(&mut data)?);
        Some(Self { version, actions, protocol })
    }

    /// Writes the packet, with the macro lists behind it.
    pub(super) fn encode(&self, macros: &[(Stage, &str)], out: &mut Vec<u8>) {
        packet(out, b'O', |out| {
            for number in [self.version, self.actions.0, self.protocol.0] {
                out.extend_from_slice(&number.to_be_bytes());
            }
            for (stage, names) in macros {
                out.extend_from_slice(&(*stage as u32).to_be_bytes());
                put_string(out, names.as_bytes());
            }
        });
    }
}

/// A step of the conversation for which macros can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Stage {
    /// The client connected.
    Connect = 0,
    /// HELO or EHLO.
    Helo = 1,
    /// MAIL.
    Mail = 2,
    /// RCPT.
    Recipient = 3,
    /// DATA.
    Data = 4,
    /// The end of the message.
    EndOfMessage = 5,
    /// The end of the header.
    EndOfHeaders = 6,
}
