//! The mark by which released mail is known on its second way through the milter, at sites with one port only.
//!
//! `X-Exeat-Release: <reference>.<expiry>.<nonce>.<mac>`. The MAC is keyed and covers reference, expiry, nonce,
//! sorted recipients and the body; the nonce is used up in the store. Whoever copies the field to another message
//! or sends to other people gains nothing. The pipeline removes the field from every message that bears it.

use crate::mail::{Address, Envelope, Header, HeaderEdit};
use crate::spool;
use crate::store::{self, Store, StoreError, StoreKey};
use jiff::{SignedDuration, Timestamp};
use ring::{digest, hmac, rand, rand::SecureRandom};
use std::io;

/// The field's name.
pub const FIELD: &str = "X-Exeat-Release";
/// How long a mark holds: the relay brings the message back within seconds.
pub const LIFE: SignedDuration = SignedDuration::from_hours(1);
const PURPOSE: &str = "exeat release token";
/// Bytes hashed at a time.
const STEP: u64 = 64 * 1024;

/// A mark that was verified, but for its one use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// Reference of the copy that was released.
    pub reference: String,
    nonce: [u8; 16],
    expires: Timestamp,
}

impl Released {
    /// Uses the mark up. `false`: it was used before; the message is then judged like any other.
    ///
    /// # Errors
    /// The store cannot be written; the mark counts as not valid then.
    pub async fn use_up(&self, store: &Store, now: Timestamp) -> Result<bool, StoreError> {
        store.use_token(self.nonce, self.expires, now).await
    }
}

/// The digest of a body, the same whatever a relay does to its line ends and its last line break.
#[derive(Clone)]
pub struct BodyDigest {
    hash: digest::Context,
    line_feeds: u64,
}

impl Default for BodyDigest {
    fn default() -> Self {
        Self { hash: digest::Context::new(&digest::SHA256), line_feeds: 0 }
    }
}

impl BodyDigest {
    /// Adds bytes of the body.
    pub fn add(&mut self, bytes: &[u8]) {
        let mut kept = Vec::with_capacity(bytes.len());
        for byte in bytes.iter().copied().filter(|byte| *byte != b'\r') {
            if byte == b'\n' {
                self.line_feeds += 1;
                continue;
            }
            // Line breaks count only once something follows them.
            while self.line_feeds > 0 {
                self.line_feeds -= 1;
                kept.push(b'\n');
                if kept.len() >= 64 * 1024 {
                    self.hash.update(&kept);
                    kept.clear();
                }
            }
            kept.push(byte);
        }
        self.hash.update(&kept);
    }

    /// The digest.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.hash.finish().as_ref().to_vec()
    }
}

/// The field for one submission: header line with its line break. `body` is the digest of the body sent,
/// `recipients` those the next hop accepted.
///
/// # Errors
/// The system gives no random bytes.
pub fn field(
    key: &StoreKey,
    reference: &str,
    recipients: &[Address],
    body: &[u8],
    now: Timestamp,
) -> Result<String, StoreError> {
    let mut nonce = [0; 16];
    rand::SystemRandom::new().fill(&mut nonce).map_err(|_| StoreError::NoRandom)?;
    let expires = now.saturating_add(LIFE).unwrap_or(Timestamp::MAX).as_second();
    let signed = signed(reference, expires, &nonce, recipients, body);
    let mac = hmac::sign(&key.hmac_key(PURPOSE), &signed);
    Ok(format!("{FIELD}: {reference}.{expires}.{}.\r\n\t{}\r\n", store::hex(&nonce), store::hex(mac.as_ref())))
}

/// Verifies the mark of a message: `None` where there is none that is whole, in time, and of this very message
/// and these recipients. It counts only once [`Released::use_up`] says so.
///
/// # Errors
/// The spool file cannot be read.
pub fn verify(
    key: &StoreKey,
    headers: &[Header],
    envelope: &Envelope,
    message: &spool::Message,
    now: Timestamp,
) -> io::Result<Option<Released>> {
    // The courier's stands on top. Others below came with the message: a sender who writes one must not keep
    // the message from being released.
    let Some(field) = headers.iter().find(|header| is_field(header)) else { return Ok(None) };
    let Some((released, mac)) = parse(&field.value) else { return Ok(None) };
    if released.expires <= now {
        return Ok(None);
    }
    let recipients: Vec<Address> = envelope.recipients.iter().filter_map(|path| path.address.clone()).collect();
    let mut body = BodyDigest::default();
    let mut at = message.head();
    while at < message.len() {
        body.add(&message.read(at..at.saturating_add(STEP))?);
        at = at.saturating_add(STEP);
    }
    let expires = released.expires.as_second();
    let signed = signed(&released.reference, expires, &released.nonce, &recipients, &body.finish());
    Ok(hmac::verify(&key.hmac_key(PURPOSE), &signed, &mac).is_ok().then_some(released))
}

/// Whether a header is this field.
#[must_use]
pub fn is_field(header: &Header) -> bool {
    header.name.trim_ascii().eq_ignore_ascii_case(FIELD.as_bytes())
}

/// Whether the header of this number is this field.
#[must_use]
pub fn is_field_at(headers: &[Header], index: usize) -> bool {
    headers.get(index).is_some_and(is_field)
}

/// Removes the field wherever it stands, valid or not.
#[must_use]
pub fn removals(headers: &[Header]) -> Vec<HeaderEdit> {
    let marked = headers.iter().enumerate().filter(|(_, header)| is_field(header));
    marked.map(|(index, _)| HeaderEdit::Change { index, value: None }).collect()
}

fn parse(value: &[u8]) -> Option<(Released, Vec<u8>)> {
    let text: String = std::str::from_utf8(value).ok()?.split_ascii_whitespace().collect();
    let mut parts = text.split('.');
    let (reference, expires, nonce, mac) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let nonce = store::unhex(nonce)?.try_into().ok()?;
    let expires = Timestamp::from_second(expires.parse().ok()?).ok()?;
    let mac = store::unhex(mac)?;
    parts.next().is_none().then(|| (Released { reference: reference.to_owned(), nonce, expires }, mac))
}

fn signed(reference: &str, expires: i64, nonce: &[u8], recipients: &[Address], body: &[u8]) -> Vec<u8> {
    let mut recipients: Vec<&str> = recipients.iter().map(Address::as_str).collect();
    recipients.sort_unstable();
    let mut signed = Vec::new();
    let expires = expires.to_be_bytes();
    let fields = [reference.as_bytes(), &expires, nonce, body];
    for field in fields.into_iter().chain(recipients.into_iter().map(str::as_bytes)) {
        signed.extend_from_slice(&(field.len() as u64).to_be_bytes());
        signed.extend_from_slice(field);
    }
    signed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Path;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn digest(body: &[u8]) -> Vec<u8> {
        let mut digest = BodyDigest::default();
        digest.add(body);
        digest.finish()
    }

    #[test]
    fn line_ends_do_not_matter_and_all_else_does() {
        let same: [&[u8]; 5] = [b"a\r\n\r\nb", b"a\n\nb", b"a\r\n\r\nb\r\n", b"a\n\r\nb\n\n\n", b"a\r\n\r\nb\r\n\r\n"];
        assert!(same.iter().all(|body| digest(body) == digest(same[0])));
        let other: [&[u8]; 4] = [b"a\r\nb", b"\r\na\r\n\r\nb", b"a\r\n\r\nb ", b"ab"];
        assert!(other.iter().all(|body| digest(body) != digest(same[0])));
        for cut in 0..same[3].len() {
            let mut parts = BodyDigest::default();
            parts.add(&same[3][..cut]);
            parts.add(&same[3][cut..]);
            assert_eq!(parts.finish(), digest(same[0]));
        }
    }

    struct Case {
        key: StoreKey,
        recipients: Vec<&'static str>,
        body: &'static str,
        value: String,
        seconds: i64,
        copies: usize,
    }

    type Change = Box<dyn Fn(&mut Case)>;

    #[test]
    fn a_mark_holds_for_its_message_recipients_and_hour_alone() {
        let key = || StoreKey::new([5; 32]);
        let address = |given| Address::read(given).unwrap();
        let made =
            field(&key(), "EX-7K3M-92QD", &[address("b@x"), address("a@x")], &digest(b"Hello\r\n"), now()).unwrap();
        let value = made.strip_prefix("X-Exeat-Release: ").unwrap().trim_end().to_owned();
        let letters = value.len();
        let mut cases: Vec<(String, Change, bool)> = vec![
            ("as made".into(), Box::new(|_| {}), true),
            ("recipients turned".into(), Box::new(|c| c.recipients.reverse()), true),
            ("last second".into(), Box::new(|c| c.seconds = 3599), true),
            ("folded otherwise".into(), Box::new(|c| c.value = c.value.replace("\r\n\t", "\n ")), true),
            ("too late".into(), Box::new(|c| c.seconds = 3600), false),
            ("other key".into(), Box::new(|c| c.key = StoreKey::new([6; 32])), false),
            ("one more recipient".into(), Box::new(|c| c.recipients.push("c@x")), false),
            ("one less".into(), Box::new(|c| c.recipients.truncate(1)), false),
            ("other body".into(), Box::new(|c| c.body = "Hello!"), false),
            ("others below".into(), Box::new(|c| c.copies = 2), true),
            ("none".into(), Box::new(|c| c.copies = 0), false),
            ("empty".into(), Box::new(|c| c.value.clear()), false),
            ("more parts".into(), Box::new(|c| c.value.push_str(".00")), false),
        ];
        for at in (0..letters).filter(|at| value.as_bytes()[*at].is_ascii_alphanumeric()) {
            let change = move |c: &mut Case| {
                let other = if c.value.as_bytes()[at] == b'0' { "1" } else { "0" };
                c.value.replace_range(at..=at, other);
            };
            cases.push((format!("letter {at}"), Box::new(change), false));
        }
        for (what, change, holds) in cases {
            let recipients = vec!["<a@x>", "<B@x>"];
            let mut case =
                Case { key: key(), recipients, body: "Hello\n", value: value.clone(), seconds: 0, copies: 1 };
            change(&mut case);
            let header = Header { name: b"x-exeat-release".to_vec(), value: case.value.clone().into_bytes() };
            let headers = vec![header; case.copies];
            let recipients = case.recipients.iter().map(|given| Path::new(given.as_bytes(), Vec::new())).collect();
            let envelope = Envelope { recipients, ..Envelope::default() };
            let message = spool::Message::in_memory(format!("S: x\r\n\r\n{}", case.body).into_bytes(), 8, None);
            let later = now() + SignedDuration::from_secs(case.seconds);
            let verified = verify(&case.key, &headers, &envelope, &message, later).unwrap();
            assert_eq!(verified.is_some(), holds, "{what}");
            assert!(verified.is_none_or(|released| released.reference == "EX-7K3M-92QD"));
            assert_eq!(removals(&headers).len(), case.copies, "removed, valid or not");
        }
    }
}
