//! Whom the message goes to and comes from, by its header.

use crate::checks::View;
use crate::mail::Address;
use crate::school::names::{fold_words, without_tag, words};
use crate::school::roster::PupilId;
use rustc_hash::FxHashSet;

/// Those a message goes to or comes from, by the header.
#[derive(Debug, Default)]
pub struct Correspondents {
    /// The words of their names and of the local parts of their addresses, in the order of the alphabet.
    pub names: FxHashSet<String>,
    /// Pupils written to at the school, where nobody outside is.
    pub pupils: Vec<PupilId>,
}

impl Correspondents {
    /// Reads the address fields.
    pub fn read(view: &View<'_>) -> Self {
        const FIELDS: &[&str] = &["to", "cc", "from", "reply-to"];
        let mut found = Self::default();
        let mut outside = false;
        for field in view.tree.headers.iter().filter(|field| FIELDS.contains(&field.name.as_str())) {
            let piece = field.piece.and_then(|piece| view.tree.pieces.get(piece as usize));
            let span = piece.map(|piece| piece.text.start as usize..piece.text.end as usize);
            let text = span.and_then(|span| view.tree.text.get(span)).unwrap_or_default();
            found.read_field(view, text, &mut outside);
        }
        for path in &view.envelope.recipients {
            let inside = path.address.as_ref().is_some_and(|address| view.school.is_inside(address));
            outside |= !inside;
        }
        if outside {
            found.pupils.clear();
        }
        found
    }

    fn read_field(&mut self, view: &View<'_>, text: &str, outside: &mut bool) {
        let text = text.char_indices().nth(MOST).and_then(|(at, _)| text.get(..at)).unwrap_or(text);
        for mailbox in text.split(['>', ';']) {
            let (name, address) = match mailbox.rsplit_once('<') {
                Some((name, address)) => (name, address),
                None => ("", mailbox),
            };
            let address = address.trim_matches(|c: char| c.is_whitespace() || c == ',');
            let Some(address) = Address::read(address) else { continue };
            if view.school.is_inside(&address) {
                self.pupils.extend(view.school.roster.pupil_by_address(&address));
                continue;
            }
            *outside = true;
            let local = fold_words(without_tag(address.local()));
            // A name beside an address of somebody else is not the name of who reads it.
            let name = fold_words(name);
            if words(&name).any(|word| word.chars().nth(2).is_some() && local.contains(word)) {
                self.names.insert(in_order(&name));
            }
            self.names.insert(in_order(&local));
            self.names.insert(words(&local).collect());
        }
    }
}

/// How much of an address field is read.
const MOST: usize = 20_000;

fn in_order(folded: &str) -> String {
    let mut all: Vec<&str> = words(folded).collect();
    all.sort_unstable();
    all.join(" ")
}
