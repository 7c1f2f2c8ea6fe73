//! An oversize attachment is replaced by a note; the original is kept.

use super::Match;
use super::plan::findings;
use crate::finding::Inspection;
use crate::mail::parts::{Encoding, Part, Tree};
use std::collections::BTreeSet;

/// What the recipient reads where the attachment was. It does not name the file: a name may be what is protected.
const NOTE: &str = "An attachment of this message was too large to be sent by e-mail and was taken out by the \
sender's school.\r\nThe sender knows of it and can send it another way.\r\n";

/// What stands where a part was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The part.
    pub part: u16,
    /// Its new header fields, each ended with `\n`.
    pub headers: &'static str,
    /// Its new body.
    pub body: &'static str,
}

/// Whether the attachments a match is about can be taken out.
#[must_use]
pub fn can_change(found: &Match, inspection: &Inspection, tree: &Tree) -> bool {
    let parts = parts(found, inspection, tree);
    !parts.is_empty() && parts.iter().all(|part| tree.parts.get(usize::from(*part)).is_some_and(can_go))
}

/// The notes for all attachments the matches are about.
#[must_use]
pub fn notes(found: &[&Match], inspection: &Inspection, tree: &Tree) -> Vec<Note> {
    let parts: BTreeSet<u16> = found.iter().flat_map(|found| parts(found, inspection, tree)).collect();
    let note = |part| Note {
        part,
        headers: "Content-Type: text/plain; charset=us-ascii\nContent-Disposition: inline\n",
        body: NOTE,
    };
    parts.into_iter().map(note).collect()
}

/// A finding about one file names its part; one about their total means every attachment.
fn parts(found: &Match, inspection: &Inspection, tree: &Tree) -> BTreeSet<u16> {
    let mut parts = BTreeSet::new();
    for finding in findings(found, inspection) {
        match finding.part {
            Some(part) => {
                parts.insert(part);
            }
            None => parts.extend(
                (0_u16..)
                    .zip(&tree.parts)
                    .filter(|(_, part)| part.attached && !part.shown_inline && can_go(part))
                    .map(|(i, _)| i),
            ),
        }
    }
    parts
}

/// The message itself cannot be replaced, nor what does not stand in it as it is.
fn can_go(part: &Part) -> bool {
    !part.container && !part.body.is_empty() && !part.header.is_empty() && part.encoding != Encoding::Other
}
