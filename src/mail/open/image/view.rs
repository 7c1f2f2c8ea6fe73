//! Bytes of a picture: they are at hand, or stand in lines of base64 of which only those that are asked for are read.

use std::borrow::Cow;

/// Bytes that are read at least, as the next ones are asked for next.
const AHEAD: usize = 1 << 10;

/// A picture.
pub(in crate::mail) struct View<'a> {
    /// Gives so many bytes from a place on, fewer at the end.
    source: Box<dyn Fn(usize, usize) -> Vec<u8> + 'a>,
    /// What was read last, or all of it.
    held: Cow<'a, [u8]>,
    /// Where that begins.
    at: usize,
}

impl<'a> View<'a> {
    /// All of it is at hand.
    pub fn whole(content: impl Into<Cow<'a, [u8]>>) -> Self {
        Self { source: Box::new(|_, _| Vec::new()), held: content.into(), at: 0 }
    }

    /// Its beginning is at hand.
    pub fn of(start: &'a [u8], source: impl Fn(usize, usize) -> Vec<u8> + 'a) -> Self {
        Self { source: Box::new(source), held: start.into(), at: 0 }
    }

    /// So many bytes from a place on; `None` where they are not all there.
    pub fn get(&mut self, from: usize, length: usize) -> Option<&[u8]> {
        let end = from.checked_add(length)?;
        if from < self.at || end > self.at + self.held.len() {
            let read = (self.source)(from, length.max(AHEAD));
            if read.len() < length {
                return None;
            }
            (self.held, self.at) = (read.into(), from);
        }
        self.held.get(from - self.at..end - self.at)
    }
}
