//! Outside addresses that all could see leave To and Cc; the envelope still delivers to them.

use crate::mail::Address;
use crate::mail::edit::RawBytes;
use crate::mail::parts::Tree;
use crate::school::School;

/// What a To field says when nobody is left in it (RFC 5322 3.4: a group without members).
const NOBODY: &[u8] = b"undisclosed-recipients:;";

/// A header field that changes.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Index in the message's header fields.
    pub index: usize,
    /// The new raw value; `None`: the field goes.
    pub value: Option<Vec<u8>>,
}

impl std::fmt::Debug for FieldChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FieldChange({})", self.index)
    }
}

/// The To and Cc fields that name outside addresses, without them.
#[must_use]
pub fn fields<R: RawBytes + ?Sized>(tree: &Tree, raw: &R, school: &School) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for (index, field) in tree.headers.iter().enumerate() {
        if field.name != "to" && field.name != "cc" {
            continue;
        }
        let place = u64::from(field.raw.start)..u64::from(field.raw.end);
        let Some(written) = raw.read(place) else { continue };
        let mailboxes = mailboxes(&written);
        let stays = |mailbox: &&[u8]| address(mailbox).is_none_or(|address| school.is_inside(&address));
        let kept: Vec<&[u8]> = mailboxes.iter().copied().filter(stays).collect();
        if kept.len() == mailboxes.len() {
            continue;
        }
        let value = match (kept.is_empty(), field.name.as_str()) {
            (false, _) => Some(kept.join(separator(&written))),
            (true, "to") => Some(NOBODY.to_vec()),
            (true, _) => None,
        };
        changes.push(FieldChange { index, value });
    }
    changes
}

/// One mailbox a line where the field had several lines.
fn separator(written: &[u8]) -> &'static [u8] {
    if written.windows(2).any(|pair| pair == b"\r\n") {
        b",\r\n "
    } else if written.contains(&b'\n') {
        b",\n "
    } else {
        b", "
    }
}

/// The mailboxes of an address list, as written. The names of groups go, their members stay.
fn mailboxes(raw: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let (mut start, mut quoted, mut comment, mut angle, mut escaped) = (0, false, 0_u32, false, false);
    for (at, byte) in raw.iter().enumerate() {
        if escaped {
            escaped = false;
            continue;
        }
        match byte {
            b'\\' if quoted || comment > 0 => escaped = true,
            b'"' if comment == 0 => quoted = !quoted,
            _ if quoted => {}
            b'(' => comment += 1,
            b')' => comment = comment.saturating_sub(1),
            _ if comment > 0 => {}
            b'<' => angle = true,
            b'>' => angle = false,
            // Inside angle brackets a colon or comma belongs to a source route or a literal.
            b',' | b';' if !angle => {
                found.push(raw.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            b':' if !angle => start = at + 1,
            _ => {}
        }
    }
    found.push(raw.get(start..).unwrap_or_default());
    found.into_iter().map(<[u8]>::trim_ascii).filter(|mailbox| !mailbox.is_empty()).collect()
}

/// The address of a mailbox: what stands in angle brackets, else all of it but comments.
fn address(mailbox: &[u8]) -> Option<Address> {
    let text = String::from_utf8_lossy(mailbox);
    let bare = match (text.rfind('<'), text.rfind('>')) {
        (Some(open), Some(close)) if open < close => text.get(open..=close).map(str::to_owned),
        _ => {
            let mut depth = 0_u32;
            let outside = text.chars().filter(|c| {
                match c {
                    '(' => depth += 1,
                    ')' => {
                        depth = depth.saturating_sub(1);
                        return false;
                    }
                    _ => {}
                }
                depth == 0
            });
            Some(outside.collect())
        }
    };
    bare.and_then(|bare| Address::read(&bare)).filter(|address| !address.domain().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parts::Field;
    use crate::school::Identity;

    /// One To or Cc field, and what becomes of it: `None` untouched, `Some("")` removed.
    #[test]
    fn outside_addresses_leave_and_inside_ones_stay() {
        let table: [(&str, &str, Option<&str>); 12] = [
            ("to", "a@school.example", None),
            ("to", "a@out.example", Some("undisclosed-recipients:;")),
            ("cc", "a@out.example, b@out.example", Some("")),
            ("to", "a@out.example, Head <h@school.example>", Some("Head <h@school.example>")),
            ("to", "\"Smith, J\" <j@out.example>, b@school.example", Some("b@school.example")),
            ("to", "\"a@school.example\" <j@out.example>, b@school.example", Some("b@school.example")),
            ("cc", "x@school.example (a, b), y@out.example (c)", Some("x@school.example (a, b)")),
            ("to", "Parents: a@out.example, b@school.example;", Some("b@school.example")),
            ("to", "undisclosed-recipients:;", None),
            ("to", "a@out.example,\r\n b@school.example,\r\n\tc@out.example", Some("b@school.example")),
            ("to", "=?UTF-8?Q?J=C3=A9?= <j@out.example>, b@staff.school.example", Some("b@staff.school.example")),
            ("subject", "a@out.example", None),
        ];
        let identity = Identity { domains: vec!["school.example".to_owned()], ..Identity::default() };
        let school = School { identity, ..School::default() };
        for (name, value, right) in table {
            let raw = 0..u32::try_from(value.len()).unwrap();
            let tree = Tree { headers: vec![Field { name: name.to_owned(), raw, piece: None }], ..Tree::default() };
            let changes = fields(&tree, value.as_bytes(), &school);
            let got = changes.first().map(|change| change.value.clone().unwrap_or_default());
            assert_eq!(got.map(|got| String::from_utf8(got).unwrap()).as_deref(), right, "{name}: {value}");
        }
    }
}
