//! The message that is being received: envelope, header, and how much of it there is.

use super::super::wire::Strings;
use super::{Limit, Limits};
use crate::mail::{Header, Path};
use std::collections::BTreeSet;

/// From MAIL to the end of the body.
pub(super) struct Transaction {
    limits: Limits,
    sender: Path,
    recipients: Vec<Path>,
    envelope_bytes: usize,
    headers: Vec<Header>,
    /// The fields (by index) whose value came right behind the colon.
    bare: BTreeSet<usize>,
    header_bytes: usize,
    head: Vec<u8>,
    message_bytes: u64,
    over: Option<Limit>,
}

impl Transaction {
    /// A message from this sender. An address longer than the whole envelope may be is not kept.
    pub(super) fn new(path: Strings<'_>, limits: Limits) -> Self {
        let size = size_of(path);
        let fits = size <= limits.envelope_bytes;
        Self {
            limits,
            sender: if fits { read_path(path) } else { Path::new(b"", Vec::new()) },
            recipients: Vec::new(),
            envelope_bytes: size.min(limits.envelope_bytes),
            headers: Vec::new(),
            bare: BTreeSet::new(),
            header_bytes: 0,
            head: Vec::new(),
            message_bytes: 0,
            over: if fits { None } else { Some(Limit::Recipients) },
        }
    }

    /// Adds a recipient, unless there are too many.
    pub(super) fn add_recipient(&mut self, path: Strings<'_>) -> bool {
        let size = self.envelope_bytes + size_of(path);
        if self.recipients.len() >= self.limits.recipients || size > self.limits.envelope_bytes {
            return false;
        }
        self.envelope_bytes = size;
        self.recipients.push(read_path(path));
        true
    }

    /// Adds a header field. `spaced`: the value has the white space behind the colon.
    pub(super) fn add_header(&mut self, name: &[u8], value: &[u8], spaced: bool) {
        self.header_bytes += name.len() + value.len() + 4;
        if self.header_bytes > self.limits.header_bytes {
            self.give_up(Limit::HeaderBytes);
        } else if self.headers.len() >= self.limits.header_count {
            self.give_up(Limit::HeaderCount);
        }
        if self.over.is_some() {
            return;
        }
        let before = self.head.len();
        self.head.extend_from_slice(name);
        self.head.push(b':');
        if !spaced {
            self.head.push(b' ');
        }
        put_folded(&mut self.head, value);
        self.head.extend_from_slice(b"\r\n");
        self.message_bytes += (self.head.len() - before) as u64;
        let behind = value.strip_prefix(b" ").filter(|_| spaced);
        if spaced && behind.is_none() {
            self.bare.insert(self.headers.len());
        }
        let value = behind.unwrap_or(value);
        self.headers.push(Header { name: name.to_vec(), value: value.to_vec() });
    }

    /// The empty line behind the header.
    pub(super) fn end_head(&mut self) {
        if self.over.is_none() {
            self.head.extend_from_slice(b"\r\n");
            self.message_bytes += 2;
        }
    }

    /// Counts a piece of body. False: it is not to be kept.
    pub(super) fn add_body(&mut self, bytes: &[u8]) -> bool {
        self.message_bytes = self.message_bytes.saturating_add(bytes.len() as u64);
        if self.over.is_none() && self.message_bytes > self.limits.message_bytes {
            self.give_up(Limit::MessageBytes);
        }
        self.over.is_none()
    }

    /// The limit the message is over.
    pub(super) const fn over(&self) -> Option<Limit> {
        self.over
    }

    pub(super) fn take_head(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.head)
    }

    /// About how many bytes it holds; each field and recipient costs something beside its bytes.
    pub(super) fn held(&self) -> usize {
        const ITEM: usize = 96;
        let items = self.recipients.len() + self.headers.len();
        2 * self.envelope_bytes + self.header_bytes.min(self.limits.header_bytes) + self.head.capacity() + ITEM * items
    }

    /// The fields whose value came right behind the colon.
    pub(super) fn take_bare(&mut self) -> BTreeSet<usize> {
        std::mem::take(&mut self.bare)
    }

    /// Sender, recipients, header fields, and the header block if nobody took it yet.
    pub(super) fn into_parts(self) -> (Path, Vec<Path>, Vec<Header>, Vec<u8>) {
        (self.sender, self.recipients, self.headers, self.head)
    }

    /// The message will not be judged: what is there of it need not be kept.
    pub(super) fn give_up(&mut self, limit: Limit) {
        if self.over.is_none() {
            self.over = Some(limit);
            self.headers = Vec::new();
            self.head = Vec::new();
        }
    }
}

fn size_of(path: Strings<'_>) -> usize {
    path.iter().map(|string| string.len() + 1).sum()
}

fn read_path(path: Strings<'_>) -> Path {
    let parameters = path.iter().skip(1).map(|argument| String::from_utf8_lossy(argument).into_owned()).collect();
    Path::new(path.first(), parameters)
}

/// Folds come as LF and become CRLF. What follows a fold is always white space, or the rest of the
/// value would read as a field, or as the end of the header, that nobody sent.
fn put_folded(out: &mut Vec<u8>, value: &[u8]) {
    let mut lines = value.split(|&byte| byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let mut last_line = first;
    out.extend_from_slice(first);
    for line in lines {
        if last_line.last() != Some(&b'\r') {
            out.push(b'\r');
        }
        out.push(b'\n');
        if !matches!(line.first(), Some(b' ' | b'\t')) {
            out.push(b' ');
        }
        out.extend_from_slice(line);
        last_line = line;
    }
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(transaction)")
    }
}
