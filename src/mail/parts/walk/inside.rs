//! What stands inside a leaf: messages, files written into a text, armoured data.

use super::super::encoding;
use super::super::header::Described;
use super::super::{GapKind, Place, Sealed, charset};
use super::leaf::Leaf;
use super::{ENCODED_DEPTH, Source, Walk};
use crate::mail::{open, sealed};

impl Walk<'_, '_> {
    /// Takes apart what a part holds: a message that stood encoded or attached as a plain file, or what was
    /// signed.
    pub(super) fn inside(&mut self, source: &Source<'_>, owner: u16, content: &[u8], nested: bool, signed: bool) {
        let depth = source.depth + self.depth_of(owner);
        if source.encoded_depth >= ENCODED_DEPTH
            || depth >= self.scribe.limits.depth
            || content.len() > self.decoded_left
        {
            self.scribe.gap(GapKind::Limit, owner, "encoded messages nested deeper than the limit");
            self.as_it_stands(owner, Place::Attachment, content);
            return;
        }
        self.decoded_left -= content.len();
        let encoded_depth = source.encoded_depth + 1;
        let inner = Source { bytes: content, outer: false, depth, encoded_depth, owner: Some(owner), nested, signed };
        self.source(&inner, Vec::new());
    }

    /// How many parts stand around a part.
    fn depth_of(&self, part: u16) -> u16 {
        let mut depth = 1;
        let mut at = part;
        while let Some(part) = self.scribe.tree.parts.get(usize::from(at)) {
            if part.parent >= at || depth >= self.scribe.limits.depth {
                break;
            }
            at = part.parent;
            depth += 1;
        }
        depth
    }

    /// Inline PGP: encrypted data nobody can read, other data is packed and not opened.
    pub(super) fn armour(&mut self, part: u16, content: &[u8], sealed: Option<Sealed>) {
        let begun = memchr::memmem::find_iter(content, b"-----BEGIN PGP MESSAGE-----").count();
        if begun == 0 || sealed.is_some() {
            return;
        }
        let encrypted = sealed::armoured_ranges(&charset::utf8(content, 0).text).len();
        if encrypted > 0 {
            self.scribe.gap(GapKind::Protected, part, Sealed::Pgp.phrase());
        }
        if encrypted < begun {
            self.scribe.gap(GapKind::Unsupported, part, "PGP data that is not encrypted");
        }
    }

    /// Files written into a text become parts beside it.
    pub(super) fn embedded(&mut self, source: &Source<'_>, leaf: &Leaf, content: &[u8]) {
        let room = usize::from(self.scribe.limits.parts).saturating_sub(self.scribe.tree.parts.len());
        let parent = self.scribe.tree.parts.get(usize::from(leaf.part)).map_or(0, |part| part.parent);
        for file in encoding::embedded(content, room) {
            let name = charset::utf8(content.get(file.name.clone()).unwrap_or_default(), 0).text;
            let Some(index) = self.scribe.inner(parent, &name, file.content.len() as u64) else { return };
            let inner = Leaf { part: index, described: Described::plain_file(), nested: leaf.nested, opaque: false };
            // Its own text is not searched for files again: that would be a recursion without a limit.
            self.file(source, &inner, &file.content);
        }
    }

    /// Reads a file that stands in a calendar entry or in a contact.
    pub(super) fn within(&mut self, source: &Source<'_>, part: u16, file: &open::Within) {
        if self.depth_of(part) >= self.scribe.limits.depth {
            self.scribe.limit(part, "files within files deeper than the limit");
        } else if let Some(inner) = self.scribe.inner(part, &file.name, file.content.len() as u64) {
            self.file(source, &Leaf::file(inner), &file.content);
        }
    }
}
