//! Knows a message that comes again: a relay or client that did not hear our answer sends the same message a
//! second time, with other trace headers.

use super::key::{StoreKey, hash_bytes, hash_field};
use crate::mail::{Envelope, Header};
use crate::spool;
use std::fmt;
use std::io;

/// A keyed hash of what stays the same when a message comes again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RetryKey([u8; 32]);

impl fmt::Debug for RetryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(retry key)")
    }
}

/// The fields that stay the same; trace and transport fields (Received, Delivered-To, ...) change with each try.
const FIELDS: [&str; 4] = ["message-id", "date", "from", "subject"];
/// Bytes hashed at a time.
const STEP: u64 = 64 * 1024;

impl RetryKey {
    /// A key from its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes; they say nothing without the store's key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of a message: its stem, then the hash of the body (everything behind the header block).
    ///
    /// # Errors
    /// The spool file cannot be read.
    pub fn of(key: &StoreKey, envelope: &Envelope, headers: &[Header], message: &spool::Message) -> io::Result<Self> {
        let stem = Stem::of(key, envelope, headers);
        let mut hash = key.hmac("exeat retry key");
        hash_field(&mut hash, &stem.0);
        hash_field(&mut hash, &message.len().saturating_sub(message.head()).to_be_bytes());
        let mut at = message.head();
        while at < message.len() {
            let bytes = message.read(at..at.saturating_add(STEP))?;
            hash.update(&bytes);
            at = at.saturating_add(STEP);
        }
        let mut whole = [0; 32];
        for (byte, hashed) in whole.iter_mut().zip(stem.0.into_iter().chain(hash_bytes(hash))) {
            *byte = hashed;
        }
        Ok(Self(whole))
    }
}

/// What a retry key begins with: a keyed hash of envelope and header alone, which costs next to nothing. Messages
/// with different stems have different keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stem([u8; 8]);

impl fmt::Debug for Stem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(stem)")
    }
}

impl Stem {
    /// The stem of a key, given as its bytes; `None` where they are too few.
    pub(super) fn of_key(key: &[u8]) -> Option<Self> {
        key.first_chunk().copied().map(Self)
    }

    /// The stem of a message: envelope sender, sorted recipients with their parameters, Message-ID, Date, From,
    /// Subject.
    #[must_use]
    pub fn of(key: &StoreKey, envelope: &Envelope, headers: &[Header]) -> Self {
        let mut hash = key.hmac("exeat retry stem");
        let sender = envelope.sender.as_ref().and_then(|path| path.address.as_ref());
        hash_field(&mut hash, sender.map_or("", |address| address.as_str()).as_bytes());
        let mut recipients: Vec<(&str, Vec<&str>)> = envelope.recipients.iter().map(recipient).collect();
        recipients.sort_unstable();
        hash_field(&mut hash, &(recipients.len() as u64).to_be_bytes());
        for (address, parameters) in recipients {
            hash_field(&mut hash, address.as_bytes());
            hash_field(&mut hash, &(parameters.len() as u64).to_be_bytes());
            for parameter in parameters {
                hash_field(&mut hash, parameter.as_bytes());
            }
        }
        for field in FIELDS {
            let values = headers.iter().filter(|header| header.name.eq_ignore_ascii_case(field.as_bytes()));
            for value in values.map(|header| &header.value) {
                hash_field(&mut hash, field.as_bytes());
                // Folds come as LF or CRLF, depending on the relay's release.
                let bytes: Vec<u8> = value.iter().copied().filter(|byte| *byte != b'\r').collect();
                hash_field(&mut hash, bytes.trim_ascii());
            }
        }
        let mut front = [0; 8];
        for (byte, hashed) in front.iter_mut().zip(hash_bytes(hash)) {
            *byte = hashed;
        }
        Self(front)
    }
}

fn recipient(path: &crate::mail::Path) -> (&str, Vec<&str>) {
    let mut parameters: Vec<&str> = path.parameters.iter().map(String::as_str).collect();
    parameters.sort_unstable();
    (path.address.as_ref().map_or("", |address| address.as_str()), parameters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Path;

    struct Case {
        sender: &'static str,
        recipients: Vec<(&'static str, Vec<&'static str>)>,
        headers: Vec<(&'static str, &'static str)>,
        body: &'static str,
    }

    fn case() -> Case {
        Case {
            sender: "<t@school.example>",
            recipients: vec![("<a@home.example>", vec!["NOTIFY=NEVER"]), ("<b@home.example>", vec![])],
            headers: vec![("Subject", "Trip"), ("Date", "Mon"), ("From", "t@school.example"), ("Message-ID", "<1@x>")],
            body: "Dear parents",
        }
    }

    fn key(case: &Case) -> RetryKey {
        let path = |(given, parameters): &(&str, Vec<&str>)| {
            Path::new(given.as_bytes(), parameters.iter().map(|&p| p.to_owned()).collect())
        };
        let envelope = Envelope {
            sender: Some(Path::new(case.sender.as_bytes(), vec!["SIZE=100".to_owned()])),
            recipients: case.recipients.iter().map(path).collect(),
            ..Envelope::default()
        };
        let header = |(name, value): &(&str, &str)| Header { name: (*name).into(), value: (*value).into() };
        let headers: Vec<Header> = case.headers.iter().map(header).collect();
        let message = spool::Message::in_memory(format!("X: y\r\n\r\n{}", case.body).into_bytes(), 8, None);
        RetryKey::of(&StoreKey::new([3; 32]), &envelope, &headers, &message).unwrap()
    }

    #[test]
    fn what_a_retry_may_change_does_not_matter_and_all_else_does() {
        type Change = fn(&mut Case);
        let same: [(&str, Change); 4] = [
            ("trace header", |c| c.headers.insert(0, ("Received", "from x"))),
            ("order of recipients", |c| c.recipients.reverse()),
            ("folding", |c| c.headers[0] = ("SUBJECT", " Trip\r\n")),
            ("angle brackets", |c| c.sender = "t@school.example"),
        ];
        let other: [(&str, Change); 9] = [
            ("sender", |c| c.sender = "<u@school.example>"),
            ("null sender", |c| c.sender = "<>"),
            ("recipient", |c| c.recipients[0].0 = "<c@home.example>"),
            ("fewer recipients", |c| c.recipients.truncate(1)),
            ("parameters", |c| c.recipients[0].1 = vec!["NOTIFY=FAILURE"]),
            ("subject", |c| c.headers[0] = ("Subject", "Trips")),
            ("message id", |c| c.headers[3] = ("Message-ID", "<2@x>")),
            ("body", |c| c.body = "Dear parent"),
            ("fewer fields", |c| c.headers.truncate(1)),
        ];
        let first = key(&case());
        for (what, change) in same {
            let mut changed = case();
            change(&mut changed);
            assert_eq!(key(&changed), first, "{what}");
        }
        for (what, change) in other {
            let mut changed = case();
            change(&mut changed);
            assert_ne!(key(&changed), first, "{what}");
        }
    }

    #[test]
    fn a_body_in_a_file_counts_like_one_in_memory() {
        use std::io::Write;
        let bytes: Vec<u8> =
            b"X: y\r\n\r\n".iter().copied().chain((0..200_000_u32).map(|n| n.to_le_bytes()[0])).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let key = StoreKey::new([3; 32]);
        let of = |message| RetryKey::of(&key, &Envelope::default(), &[], &message).unwrap();
        let in_file = of(spool::Message::in_file(file, 8, bytes.len() as u64, None));
        assert_eq!(in_file, of(spool::Message::in_memory(bytes, 8, None)));
    }
}
