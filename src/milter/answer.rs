//! What the relay hears at the end of a message: one contiguous sequence of edits, body chunks and
//! exactly one verdict.

use super::wire::{Actions, Reply, reply};
use super::{Answer, Edits};
use crate::mail::{Header, HeaderEdit, Refusal};
use crate::spool;
use std::collections::{BTreeSet, HashMap, HashSet};

/// An answer as the relay is to hear it: `edits`, then the body in chunks, then `verdict`.
#[derive(Debug)]
pub struct Rendered {
    /// Edits, ready for the wire.
    pub edits: Vec<u8>,
    /// The message whose body replaces the body.
    pub body: Option<spool::Message>,
    /// The verdict, ready for the wire.
    pub verdict: Vec<u8>,
}

/// Why an answer cannot be given as it is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The relay did not agree to these actions.
    NotNegotiated(Actions),
    /// A header field or recipient that the message does not have.
    NoSuchItem,
    /// A recipient that stands twice in the envelope was to be removed once; the relay would remove both.
    AmbiguousRecipient,
    /// A header field with a name or value that would break the header.
    UnsafeHeader,
    /// There is no message to answer.
    NoMessage,
}

/// What is needed to speak of a message: what was agreed, and the message's names for things.
pub(super) struct Scope {
    /// What the relay agreed to.
    pub(super) actions: Actions,
    /// Header values are sent with the white space behind the colon.
    pub(super) spaced: bool,
    /// Header names in order.
    pub(super) names: Vec<Vec<u8>>,
    /// The fields (by index) whose value came right behind the colon, and goes back so.
    pub(super) bare: BTreeSet<usize>,
    /// Recipients as RCPT gave them.
    pub(super) recipients: Vec<Vec<u8>>,
    /// The header block, until it is taken.
    pub(super) head: Vec<u8>,
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(scope)")
    }
}

/// The words for a message that could not be judged.
#[must_use]
pub fn not_judged() -> Refusal {
    let text = "This message could not be checked just now; please try again later";
    Refusal { code: 451, enhanced: "4.3.0".to_owned(), text: text.to_owned() }
}

/// A refusal, ready for the wire.
#[must_use]
pub fn refuse(refusal: &Refusal) -> Vec<u8> {
    let class = if (500..600).contains(&refusal.code) { 5 } else { 4 };
    refusal_of_class(refusal, class)
}

pub(super) fn render(answer: Answer, scope: &Scope) -> Result<Rendered, Fault> {
    let verdict = |verdict| Ok(Rendered { edits: Vec::new(), body: None, verdict });
    match answer {
        Answer::Relay(edits) => render_edits(edits, scope),
        Answer::Discard => {
            let mut bytes = Vec::new();
            Reply::Discard.encode(&mut bytes);
            verdict(bytes)
        }
        Answer::Reject(refusal) => verdict(refusal_of_class(&refusal, 5)),
        Answer::Tempfail(refusal) => verdict(refusal_of_class(&refusal, 4)),
    }
}

fn render_edits(edits: Edits, scope: &Scope) -> Result<Rendered, Fault> {
    let missing = needed(&edits).without(scope.actions);
    if !missing.is_empty() {
        return Err(Fault::NotNegotiated(missing));
    }
    let mut bytes = Vec::new();
    put_header_edits(&mut bytes, edits.headers, scope)?;
    put_removals(&mut bytes, &edits.remove, scope)?;
    Ok(Rendered { edits: bytes, body: edits.body, verdict: reply::CONTINUE.to_vec() })
}

fn needed(edits: &Edits) -> Actions {
    let headers = edits.headers.iter().map(|edit| match edit {
        HeaderEdit::Change { .. } => Actions::CHANGE_HEADERS,
        HeaderEdit::Add(_) | HeaderEdit::Insert(_) => Actions::ADD_HEADERS,
    });
    let removals = edits.remove.first().map(|_| Actions::DELETE_RECIPIENTS);
    let body = edits.body.as_ref().map(|_| Actions::CHANGE_BODY);
    headers.chain(removals).chain(body).fold(Actions::default(), Actions::or)
}

/// Changes and deletions from the last field up: Postfix counts anew behind a deletion, Sendmail
/// does not, and from below both count alike.
fn put_header_edits(out: &mut Vec<u8>, edits: Vec<HeaderEdit>, scope: &Scope) -> Result<(), Fault> {
    let mut changes = Vec::new();
    let mut added = Vec::new();
    for edit in edits {
        match edit {
            HeaderEdit::Change { index, value } => changes.push((index, value)),
            HeaderEdit::Add(header) => added.push((header, false)),
            HeaderEdit::Insert(header) => added.push((header, true)),
        }
    }
    if !changes.is_empty() {
        let ordinals = ordinals(&scope.names);
        changes.sort_by_key(|change| std::cmp::Reverse(change.0));
        for (at, value) in changes {
            let (Some(name), Some(&index)) = (scope.names.get(at), ordinals.get(at)) else {
                return Err(Fault::NoSuchItem);
            };
            let spaced = scope.spaced && !scope.bare.contains(&at);
            let value = value.map(|value| sent_value(&value, spaced)).transpose()?.unwrap_or_default();
            Reply::ChangeHeader { index, name, value: &value }.encode(out);
        }
    }
    for (Header { name, value }, insert) in added {
        let value = sent_value(&value, scope.spaced)?;
        if name.is_empty() || name.iter().any(|&byte| !byte.is_ascii_graphic() || byte == b':') {
            return Err(Fault::UnsafeHeader);
        }
        if insert {
            Reply::InsertHeader { index: 0, name: &name, value: &value }.encode(out);
        } else {
            Reply::AddHeader { name: &name, value: &value }.encode(out);
        }
    }
    Ok(())
}

/// For each field, the how-manieth of its name it is, from 1.
fn ordinals(names: &[Vec<u8>]) -> Vec<u32> {
    let mut seen: HashMap<Vec<u8>, u32> = HashMap::new();
    let count = |name: &Vec<u8>| {
        let ordinal = seen.entry(name.to_ascii_lowercase()).or_insert(0);
        *ordinal += 1;
        *ordinal
    };
    names.iter().map(count).collect()
}

/// A value as the relay wants it: folds as LF, and the space behind the colon where it was agreed.
/// An empty value would delete the field: it is sent as one space.
fn sent_value(value: &[u8], spaced: bool) -> Result<Vec<u8>, Fault> {
    let mut sent = Vec::with_capacity(value.len() + 1);
    if spaced || value.is_empty() {
        sent.push(b' ');
    }
    let mut bytes = value.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' if bytes.peek() == Some(&b'\n') => {}
            0 | b'\r' => return Err(Fault::UnsafeHeader),
            b'\n' if !matches!(bytes.peek(), Some(b' ' | b'\t')) => return Err(Fault::UnsafeHeader),
            other => sent.push(other),
        }
    }
    Ok(sent)
}

/// The relay compares the string byte for byte and says nothing where it does not match.
fn put_removals(out: &mut Vec<u8>, remove: &[u32], scope: &Scope) -> Result<(), Fault> {
    if remove.is_empty() {
        return Ok(());
    }
    let mut indexes = BTreeSet::new();
    let mut removed: HashSet<&[u8]> = HashSet::new();
    for &index in remove {
        let index = usize::try_from(index).map_err(|_| Fault::NoSuchItem)?;
        let given = scope.recipients.get(index).ok_or(Fault::NoSuchItem)?;
        indexes.insert(index);
        if removed.insert(given) {
            Reply::DeleteRecipient(given).encode(out);
        }
    }
    let mut kept = scope.recipients.iter().enumerate().filter(|(index, _)| !indexes.contains(index));
    if kept.any(|(_, given)| removed.contains(given.as_slice())) {
        return Err(Fault::AmbiguousRecipient);
    }
    Ok(())
}

/// The longest text on one line; the relay puts code, hyphen and enhanced code before it, and a reply
/// line has at most 512 bytes.
const LINE: usize = 400;

/// A refusal that is of this class, whatever its codes say: a tempfail that says 550 would lose mail.
fn refusal_of_class(refusal: &Refusal, class: u16) -> Vec<u8> {
    let code = if refusal.code / 100 == class { refusal.code } else { class * 100 + 50 + u16::from(class == 4) };
    let enhanced = match refusal.enhanced.split_once('.') {
        Some((first, rest)) if first == class.to_string() && is_detail(rest) => refusal.enhanced.clone(),
        _ => format!("{class}.7.1"),
    };
    let lines = lines_of(&refusal.text);
    let last = lines.len().saturating_sub(1);
    let mut words = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let (hyphen, end) = if number == last { (' ', "") } else { ('-', "\r\n") };
        words.extend_from_slice(format!("{code}{hyphen}{enhanced} {line}{end}").as_bytes());
    }
    let mut bytes = Vec::new();
    Reply::Refuse(&words).encode(&mut bytes);
    bytes
}

/// `d.d` with at most three digits each.
fn is_detail(rest: &str) -> bool {
    let short = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    rest.split_once('.').is_some_and(|(subject, detail)| short(subject) && short(detail))
}

/// Printable ASCII, in lines of at most [`LINE`] bytes, broken at spaces where there are any.
fn lines_of(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(|character: char| character.is_whitespace() || character.is_control()) {
        let word: Vec<u8> = word.chars().map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?')).collect();
        for piece in word.chunks(LINE) {
            let piece = String::from_utf8_lossy(piece);
            match lines.last_mut() {
                Some(line) if line.len() + 1 + piece.len() <= LINE => {
                    line.push(' ');
                    line.push_str(&piece);
                }
                _ => lines.push(piece.into_owned()),
            }
        }
    }
    if lines.is_empty() {
        lines.push("Refused".to_owned());
    }
    lines
}
