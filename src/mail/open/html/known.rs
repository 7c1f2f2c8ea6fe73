//! Tags that were read before: programs write the same few over and over.

use super::style::Look;

/// A tag as it stands and what it told. None of its attributes holds words.
#[derive(Clone, Copy, Default)]
pub(super) struct Tag<'a> {
    /// From `<` to `>`.
    pub text: &'a [u8],
    /// Its name, in lower case.
    pub name: &'a str,
    /// Its element begins and ends a line.
    pub block: bool,
    /// It ends an element.
    pub ends: bool,
    /// It begins an element and ends it.
    pub closed: bool,
    /// What its style says.
    pub look: Look,
}

/// The tags last read.
#[derive(Default)]
pub(super) struct Known<'a> {
    tags: [Tag<'a>; 8],
    next: usize,
}

impl<'a> Known<'a> {
    /// The tag that a text begins with, where it is known. What a tag says is told by its bytes alone, so that the same
    /// bytes need not be read again.
    pub fn find(&self, text: &[u8]) -> Option<Tag<'a>> {
        // No tag is shorter, and this rules most out.
        let start = text.first_chunk::<3>()?;
        let same = |tag: &&Tag<'_>| tag.text.first_chunk() == Some(start) && text.starts_with(tag.text);
        self.tags.iter().find(same).copied()
    }

    /// Keeps a tag in the place of the oldest.
    pub fn keep(&mut self, tag: Tag<'a>) {
        if let Some(oldest) = self.tags.get_mut(self.next) {
            *oldest = tag;
        }
        self.next = (self.next + 1) % self.tags.len();
    }
}
