//! Addresses that stand in To and Cc, where every recipient sees them.

use crate::checks::View;
use crate::mail::Address;
use rustc_hash::FxHashSet;

/// Number of different outside addresses in To and Cc, listed agencies not counted.
pub fn outside_addresses(view: &View<'_>) -> usize {
    let mut seen = FxHashSet::default();
    for field in
        view.tree.headers.iter().filter(|field| ["to", "cc", "resent-to", "resent-cc"].contains(&field.name.as_str()))
    {
        let piece = field.piece.and_then(|piece| view.tree.pieces.get(usize::try_from(piece).ok()?));
        let text = piece.and_then(|piece| view.tree.text.get(piece.text.start as usize..piece.text.end as usize));
        let outside = addresses(text.unwrap_or_default())
            .filter(|address| !view.school.is_inside(address) && !view.school.lists.agencies.covers(address));
        seen.extend(outside);
    }
    seen.len()
}

/// The addresses of a list of mailboxes, groups included. The value is decoded, so that a display name may hold
/// anything: what stands in angle brackets is the address, and only where there are none a bare word is.
pub fn addresses(value: &str) -> impl Iterator<Item = Address> {
    mailboxes(value).filter_map(|mailbox| {
        let bare = match mailbox.rsplit_once('<') {
            Some((_, rest)) => rest.split('>').next().unwrap_or_default(),
            None => mailbox.rsplit(':').next().unwrap_or_default(),
        };
        Address::read(bare.trim_matches(|c: char| c.is_whitespace() || c == '"')).filter(|address| {
            !address.domain().is_empty()
                && !address.local().is_empty()
                && !address.as_str().contains(char::is_whitespace)
        })
    })
}

/// Parts of the value between commas and semicolons that stand in no quotes, angle brackets or comments.
fn mailboxes(value: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped, mut angle, mut comment) = (false, false, false, 0_u32);
    value.split(move |c: char| {
        let was_escaped = escaped;
        escaped = c == '\\' && !was_escaped;
        match c {
            _ if was_escaped => {}
            '"' if comment == 0 => quoted = !quoted,
            '(' if !quoted && !angle => comment += 1,
            ')' if !quoted && comment > 0 => comment -= 1,
            '<' if !quoted && comment == 0 => angle = true,
            // An unclosed quote or comment does not swallow the rest of the list.
            '>' => (quoted, angle, comment) = (false, false, 0),
            ',' | ';' => return !quoted && !angle && comment == 0,
            _ => {}
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn the_addresses_of_a_field() {
        for (value, expected) in [
            ("a@b.example", "a@b.example"),
            ("a@b.example, C <c@d.example>", "a@b.example c@d.example"),
            ("\"Marlow, Ruth\" <a@b.example>; c@d.example", "a@b.example c@d.example"),
            ("x@y.example <a@b.example>", "a@b.example"),
            ("Parents: a@b.example, c@d.example;", "a@b.example c@d.example"),
            ("undisclosed-recipients:;", ""),
            ("a@b.example (one, two), c@d.example", "c@d.example"),
            ("\"open <a@b.example>, c@d.example", "a@b.example c@d.example"),
            ("\"A \\\" B\" <a@b.example>", "a@b.example"),
            ("nobody", ""),
            ("", ""),
        ] {
            let found: Vec<String> = addresses(value).map(|address| address.as_str().to_owned()).collect();
            assert_eq!(found.join(" "), expected, "{value:?}");
        }
    }
}
