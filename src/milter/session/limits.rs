//! How much one message may bring, and what the sender hears when it brings more.

use crate::mail::Refusal;

/// How much one message may bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all header fields.
    pub header_bytes: usize,
    /// Number of header fields.
    pub header_count: usize,
    /// Number of recipients.
    pub recipients: usize,
    /// Bytes of all addresses of the envelope with their arguments.
    pub envelope_bytes: usize,
    /// Bytes of all macros at one time.
    pub macro_bytes: usize,
    /// Bytes of header and body.
    pub message_bytes: u64,
}

/// Which limit a message was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Limit {
    /// Bytes of the header.
    HeaderBytes,
    /// Number of header fields.
    HeaderCount,
    /// Number of recipients, or bytes of their addresses.
    Recipients,
    /// Bytes of the message.
    MessageBytes,
}

impl Limit {
    /// A short name, fit for a metric label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HeaderBytes => "header_bytes",
            Self::HeaderCount => "header_count",
            Self::Recipients => "recipients",
            Self::MessageBytes => "message_bytes",
        }
    }

    /// What the sender hears.
    #[must_use]
    pub fn refusal(self) -> Refusal {
        let (code, enhanced, text) = match self {
            Self::HeaderBytes => (552, "5.3.4", "The header of this message is larger than this system takes"),
            Self::HeaderCount => (552, "5.3.4", "This message has more header fields than this system takes"),
            Self::Recipients => (452, "4.5.3", "Too many recipients; send to the others in a second message"),
            Self::MessageBytes => (552, "5.3.4", "This message is larger than this system takes"),
        };
        Refusal { code, enhanced: enhanced.to_owned(), text: text.to_owned() }
    }
}
