//! Private mailboxes of staff in the text: those of the directory, and what a writer calls their own.

use super::hits::Hit;
use crate::checks::View;
use crate::finding::Confidence::{self, High, Medium};
use crate::mail::Address;
use std::ops::Range;

/// The longest part of an address on either side of its sign.
const LONGEST: usize = 80;
/// How far before an address its writer says whose it is.
const NEAR: usize = 60;

/// What a writer calls a mailbox of their own.
const OWN: &[&str] = &[
    "my personal e-mail",
    "my personal email",
    "my personal address",
    "my personal account",
    "my private e-mail",
    "my private email",
    "my private address",
    "my own e-mail",
    "my own email",
    "my home e-mail",
    "my home email",
    "my gmail",
    "my hotmail",
    "email me at home",
    "e-mail me at home",
    "write to me at home",
];

/// Shows each private mailbox in the folded text. Whoever the message goes to, or comes from, knows that one already.
pub fn find(view: &View<'_>, mut show: impl FnMut(&Hit)) {
    let text = view.folded.text.as_str();
    for at in memchr::memchr_iter(b'@', text.as_bytes()) {
        let Some(range) = around(text, at) else { continue };
        let Some(address) = text.get(range.clone()).and_then(Address::read) else { continue };
        let Some(confidence) = judge(view, text, &range, &address) else { continue };
        if !is_correspondent(view, &address) {
            show(&Hit::secret("private_email", range, confidence, address.as_str().as_bytes()));
        }
    }
}

fn judge(view: &View<'_>, text: &str, range: &Range<usize>, address: &Address) -> Option<Confidence> {
    let school = view.school;
    if school.staff.has_private_address(address) {
        return Some(High);
    }
    if !school.lists.personal_mail.covers(address) {
        return None;
    }
    let before = text.get(text.ceil_char_boundary(range.start.saturating_sub(NEAR))..range.start)?;
    let sentence = before.rsplit(['.', '?', '!']).next().unwrap_or_default();
    OWN.iter().any(|own| sentence.contains(own)).then_some(Medium)
}

/// The stretch of an address around its `@`.
fn around(text: &str, at: usize) -> Option<Range<usize>> {
    let may = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    let head = text.get(text.ceil_char_boundary(at.saturating_sub(LONGEST))..at)?;
    let start = head.char_indices().rev().take_while(|(_, c)| may(*c)).last().map(|(start, _)| start)?;
    let local = head.get(start..)?.trim_start_matches(['.', '-']);
    let tail = text.get(at + 1..text.floor_char_boundary(at + 1 + LONGEST))?;
    let domain = tail.get(..tail.find(|c: char| !may(c)).unwrap_or(tail.len()))?;
    let domain = domain.trim_end_matches(['.', '-', '_']);
    (!local.is_empty() && domain.contains('.')).then(|| at - local.len()..at + 1 + domain.len())
}

/// In the address fields that every recipient sees, or the only one that the message goes to.
fn is_correspondent(view: &View<'_>, address: &Address) -> bool {
    const FIELDS: &[&str] = &["from", "sender", "reply-to", "to", "cc"];
    let recipients = &view.envelope.recipients;
    if !recipients.is_empty() && recipients.iter().all(|path| path.address.as_ref() == Some(address)) {
        return true;
    }
    let mut fields = view.tree.headers.iter().filter(|field| FIELDS.contains(&field.name.as_str()));
    fields.any(|field| {
        let piece = field.piece.and_then(|piece| view.tree.pieces.get(piece as usize));
        let span = piece.map(|piece| piece.text.start as usize..piece.text.end as usize);
        let written = span.and_then(|span| view.tree.text.get(span)).unwrap_or_default();
        written.to_lowercase().contains(address.as_str())
    })
}
