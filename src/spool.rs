//! Message bytes: small ones in memory, larger ones in a file that is unlinked as soon as it is made.

mod directory;
mod shelf;
mod splice;
mod writer;

pub use directory::Directory;
pub use writer::Writer;

use crate::budget::Share;
use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// A whole message (header block, empty line, body) that does not change any more. Cloning is cheap.
#[derive(Clone)]
pub struct Message {
    bytes: Storage,
    head: u64,
    len: u64,
    /// The share of the byte budget it draws on, given back with the last clone.
    _share: Option<Arc<Share>>,
}

#[derive(Clone)]
enum Storage {
    Memory(Arc<shelf::Bytes>),
    File(Arc<File>),
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({} bytes)", self.len)
    }
}

impl Message {
    /// A message held in memory. `head` is the length of the header block with the empty line behind it.
    #[must_use]
    pub fn in_memory(bytes: Vec<u8>, head: u64, share: Option<Share>) -> Self {
        let len = bytes.len() as u64;
        Self {
            bytes: Storage::Memory(Arc::new(shelf::Bytes(bytes))),
            head: head.min(len),
            len,
            _share: share.map(Arc::new),
        }
    }
    /// A message in an (unlinked) file of `len` bytes.
    #[must_use]
    pub fn in_file(file: File, head: u64, len: u64, share: Option<Share>) -> Self {
        Self { bytes: Storage::File(Arc::new(file)), head: head.min(len), len, _share: share.map(Arc::new) }
    }
    /// Length in bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }
    /// No bytes at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// Length of the header block with the empty line behind it; the body starts here.
    #[must_use]
    pub const fn head(&self) -> u64 {
        self.head
    }
    /// The bytes, where they are in memory.
    #[must_use]
    pub fn memory(&self) -> Option<&[u8]> {
        match &self.bytes {
            Storage::Memory(bytes) => Some(&bytes.0),
            Storage::File(_) => None,
        }
    }
    /// The file, where they are in one.
    #[must_use]
    pub fn file(&self) -> Option<&File> {
        match &self.bytes {
            Storage::Memory(_) => None,
            Storage::File(file) => Some(file),
        }
    }
    /// Reads a range; a range beyond the end is cut.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let end = range.end.min(self.len);
        let start = range.start.min(end);
        match &self.bytes {
            Storage::Memory(bytes) => {
                let start = usize::try_from(start).unwrap_or(usize::MAX);
                let end = usize::try_from(end).unwrap_or(usize::MAX);
                Ok(bytes.0.get(start..end).unwrap_or_default().to_vec())
            }
            Storage::File(file) => {
                let mut buffer = vec![0; usize::try_from(end - start).map_err(io::Error::other)?];
                file.read_exact_at(&mut buffer, start)?;
                Ok(buffer)
            }
        }
    }
}

impl crate::mail::edit::RawBytes for Message {
    fn read(&self, range: Range<u64>) -> Option<Cow<'_, [u8]>> {
        if range.start > range.end || range.end > self.len {
            return None;
        }
        match self.memory() {
            Some(bytes) => crate::mail::edit::RawBytes::read(bytes, range),
            None => Self::read(self, range).ok().map(Cow::Owned),
        }
    }
}
