//! What was sent: envelope, header fields, and the answer the relay gets.

/// Changes what a rewrite asks for and not one byte more.
pub mod edit;
/// Text as a reader sees it, and the way back.
pub mod fold;
/// What a file is, by its first bytes and structure.
pub mod kind;
/// Text out of attachments, one file per family.
pub mod open;
/// Takes a message apart; never fails.
pub mod parts;
/// What is encrypted already, and what only looks so.
pub mod sealed;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

/// An e-mail address, folded for comparison: surrounding angle brackets and white space removed,
/// domain and local part in lower case.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Address(String);

/// A mailbox without the quotes around its local part, where it needs none.
fn unquoted((local, domain): (&str, &str)) -> Option<String> {
    let local = local.replace('\\', "");
    let plain = |letter: char| letter.is_alphanumeric() || ".+-_='~#$&*/?^`{|}".contains(letter);
    (!local.is_empty() && local.chars().all(plain)).then(|| format!("{local}@{domain}"))
}

impl Address {
    /// Reads an address as MAIL, RCPT or a config file gives it. `None` for the null sender `<>`.
    #[must_use]
    pub fn read(given: &str) -> Option<Self> {
        let bare = given.trim();
        let bare = bare.strip_prefix('<').unwrap_or(bare);
        let bare = bare.strip_suffix('>').unwrap_or(bare).trim();
        // A source route (RFC 5321 4.1.1.3, `@a,@b:user@c`) is not part of the mailbox.
        let bare = if bare.starts_with('@') { bare.split_once(':').map_or(bare, |(_, rest)| rest) } else { bare };
        // The root's dot and quotes that quote nothing are ways to write the same mailbox.
        let bare = bare.strip_suffix('.').filter(|bare| bare.contains('@')).unwrap_or(bare);
        let plain = bare.strip_prefix('"').and_then(|rest| rest.split_once("\"@")).map(unquoted);
        let bare = plain.flatten().unwrap_or_else(|| bare.to_owned());
        if bare.is_empty() { None } else { Some(Self(bare.to_lowercase())) }
    }
    /// The whole address, `local@domain`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// What stands before the last `@`; the whole where there is none.
    #[must_use]
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or(self.0.as_str(), |(local, _)| local)
    }
    /// What stands behind the last `@`; empty where there is none.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(address)")
    }
}

/// One address of the envelope with its SMTP parameters (`NOTIFY=...`, `ORCPT=...`, `SIZE=...`).
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Path {
    /// The string exactly as the relay gave it; DELRCPT must repeat it byte for byte.
    pub given: Vec<u8>,
    /// The address folded for comparison; `None` for `<>`.
    pub address: Option<Address>,
    /// ESMTP parameters as given.
    pub parameters: Vec<String>,
}

impl Path {
    /// A path as MAIL or RCPT gave it.
    #[must_use]
    pub fn new(given: &[u8], parameters: Vec<String>) -> Self {
        Self { given: given.to_vec(), address: Address::read(&String::from_utf8_lossy(given)), parameters }
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(path)")
    }
}

/// What the relay says of a message before its content.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Envelope {
    /// Envelope sender; `None` only before MAIL.
    pub sender: Option<Path>,
    /// Recipients in the order of RCPT; other types name a recipient by its index here.
    pub recipients: Vec<Path>,
    /// Name of our own listener the relay spoke to (config `[[milter.listen]] name`).
    pub listener: String,
    /// The relay's client: address (from `{client_addr}` or the connect step).
    pub client_addr: Option<IpAddr>,
    /// HELO name as the client gave it.
    pub helo: String,
    /// Macros by name without braces (`auth_authen`, `cert_subject`, `verify`, `i`, ...).
    pub macros: BTreeMap<String, String>,
}

impl Envelope {
    /// A macro's value; `None` where it is absent or empty.
    #[must_use]
    pub fn macro_value(&self, name: &str) -> Option<&str> {
        self.macros.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
    /// The relay's queue id (`i`), or `-`.
    #[must_use]
    pub fn queue_id(&self) -> &str {
        self.macro_value("i").unwrap_or("-")
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Envelope({} recipients)", self.recipients.len())
    }
}

/// One header field as the relay gave it: raw bytes, folds as LF or CRLF, no ending line break.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// Field name, as written.
    pub name: Vec<u8>,
    /// Field value, as written, without the one space behind the colon.
    pub value: Vec<u8>,
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(header)")
    }
}

/// A change of one header field.
#[derive(Clone, PartialEq, Eq)]
pub enum HeaderEdit {
    /// Replaces (`Some`) or deletes (`None`) the field at `index` of the message's header list.
    Change {
        /// Index in the header list as received, 0-based.
        index: usize,
        /// The new value, or `None` to delete.
        value: Option<Vec<u8>>,
    },
    /// Adds a field at the end of the header.
    Add(Header),
    /// Adds a field above all others.
    Insert(Header),
}

impl fmt::Debug for HeaderEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(header edit)")
    }
}

/// Why and how a message is refused: an SMTP code, an enhanced code and the text for the sender.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Refusal {
    /// 4xx or 5xx.
    pub code: u16,
    /// RFC 3463, e.g. `5.7.1`.
    pub enhanced: String,
    /// One line, ASCII, without a person's words in it.
    pub text: String,
}
