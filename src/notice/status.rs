//! The part of a delivery report that machines read (RFC 3464).

use super::compose::{Writer, date};
use super::{Outcome, OutcomeKind, Story};
use crate::mail::Path;
use crate::private::Private;

/// Most recipients a report lists.
const MOST: usize = 1_000;

/// Whom the sender named first, from `ORCPT` (RFC 3461 4.2), as a report repeats it: `rfc822;a@b`. Empty where there
/// is none or it is not what it should be.
#[must_use]
pub fn original_recipient(path: &Path) -> Private<String> {
    let given = parameter(path, "ORCPT=").and_then(|value| value.split_once(';'));
    let read = given
        .filter(|(kind, _)| !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    Private::new(read.and_then(|(kind, address)| Some(format!("{kind};{}", from_xtext(address)?))).unwrap_or_default())
}

/// The sender's own mark of a message, from `ENVID`. Empty where there is none.
#[must_use]
pub fn envelope_id(sender: &Path) -> Private<String> {
    Private::new(parameter(sender, "ENVID=").and_then(from_xtext).unwrap_or_default())
}

fn parameter<'a>(path: &'a Path, name: &str) -> Option<&'a str> {
    path.parameters.iter().find_map(|parameter| {
        let (own, value) = parameter.split_at_checked(name.len())?;
        own.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// RFC 3461 4: `+` and two hexadecimal digits stand for a character. `None` for what may not stand in a report.
fn from_xtext(text: &str) -> Option<String> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let letter = if letter == '+' {
            let value = rest.next()?.to_digit(16)? * 16 + rest.next()?.to_digit(16)?;
            char::from_u32(value)?
        } else {
            letter
        };
        if !(' '..='~').contains(&letter) {
            return None;
        }
        decoded.push(letter);
    }
    (!decoded.is_empty() && decoded.len() <= 500).then_some(decoded)
}

impl Writer<'_> {
    /// Fields of the message, then a block for each recipient.
    pub(super) fn delivery_status(&self, stories: &[Story]) -> String {
        let mut status = String::new();
        if let Some(first) = stories.first() {
            if !first.envelope_id.expose().is_empty() {
                status += &format!("Original-Envelope-Id: {}\r\n", first.envelope_id.expose());
            }
            status += &format!("Reporting-MTA: dns; {}\r\n", self.settings.host);
            status += &format!("X-Exeat-Reference: {}\r\n", super::say::references(stories).join(" "));
            status += &format!("Arrival-Date: {}\r\n", date(first.sent_at, self.zone));
        }
        let undelivered = stories.iter().flat_map(|story| &story.reasons).any(|reason| reason.check == "delivery");
        let outcomes = stories.iter().flat_map(|story| &story.outcomes);
        let recipients = outcomes.flat_map(|outcome| (0..outcome.recipients.len()).map(move |index| (outcome, index)));
        for (outcome, index) in recipients.take(MOST) {
            status += &self.recipient(outcome, index, undelivered);
        }
        status
    }

    fn recipient(&self, outcome: &Outcome, index: usize, undelivered: bool) -> String {
        let Some(address) = outcome.recipients.get(index) else { return String::new() };
        let (action, code) = match outcome.kind {
            OutcomeKind::Sent | OutcomeKind::Changed => ("relayed", "2.0.0"),
            OutcomeKind::Waiting => ("delayed", "4.7.1"),
            OutcomeKind::NotSent if undelivered => ("failed", "5.0.0"),
            OutcomeKind::NotSent => ("failed", "5.7.1"),
        };
        let mut block = String::from("\r\n");
        if let Some(original) = outcome.originals.get(index).filter(|original| !original.expose().is_empty()) {
            block += &format!("Original-Recipient: {}\r\n", original.expose());
        }
        block += &format!("Final-Recipient: {}\r\nAction: {action}\r\nStatus: {code}\r\n", typed(address.expose()));
        if let Some(until) = outcome.until.filter(|_| outcome.kind == OutcomeKind::Waiting) {
            block += &format!("Will-Retry-Until: {}\r\n", date(until, self.zone));
        }
        block
    }
}

/// An address with its type. What is not ASCII is written as RFC 6533 3 asks for in a report of 7 bits.
fn typed(address: &str) -> String {
    let address = address.trim_matches(['<', '>']);
    let printable = |c: &char| !c.is_control();
    if address.is_ascii() {
        return format!("rfc822; {}", address.chars().filter(printable).collect::<String>());
    }
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | '+' | '=');
    let write = |c: char| if plain(c) { c.to_string() } else { format!("\\x{{{:02X}}}", u32::from(c)) };
    format!("utf-8; {}", address.chars().filter(printable).map(write).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_or_left_out() {
        let table = [
            ("ORCPT=rfc822;a+2Bb@x.example", "rfc822;a+b@x.example"),
            ("orcpt=utf-8;a@x.example", "utf-8;a@x.example"),
            ("ORCPT=rfc822;a+0D+0AAction:+20x", ""),
            ("ORCPT=rfc822;a+4", ""),
            ("ORCPT=rfc\r\n822;a", ""),
            ("ORCPT=rfc822", ""),
            ("NOTIFY=NEVER", ""),
        ];
        for (given, right) in table {
            let path = Path::new(b"<a@x.example>", vec![given.to_owned()]);
            assert_eq!(original_recipient(&path).expose(), right, "{given:?}");
        }
        let sender = Path::new(b"<>", vec!["SIZE=1".to_owned(), "ENVID=QQ+3D7".to_owned()]);
        assert_eq!(envelope_id(&sender).expose(), "QQ=7");
    }

    #[test]
    fn an_address_has_a_type_and_seven_bits() {
        assert_eq!(typed("<a@x.example>"), "rfc822; a@x.example");
        assert_eq!(typed("zo\u{eb}+x@x.example\r\n"), "utf-8; zo\\x{EB}\\x{2B}x@x.example");
    }
}
