//! Memory of messages that are done, kept for the next ones: what the system has given once is quick to fill again.

use std::sync::{Mutex, PoisonError};

/// Bytes of each piece of memory; shorter messages are not worth it, longer ones go to files.
pub(super) const SIZE: usize = 1 << 20;
/// A message that outgrows this gets a whole piece, where there is plenty of memory.
pub(super) const WORTH: usize = 64 << 10;
/// Pieces that are kept at most.
const MOST: usize = 8;

static SHELF: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// A piece of memory, empty.
pub(super) fn take() -> Vec<u8> {
    let kept = SHELF.lock().unwrap_or_else(PoisonError::into_inner).pop();
    kept.unwrap_or_else(|| Vec::with_capacity(SIZE))
}

/// Gives memory back; what does not belong on the shelf is freed.
pub(super) fn put_back(mut piece: Vec<u8>) {
    if piece.capacity() != SIZE {
        return;
    }
    piece.clear();
    let mut shelf = SHELF.lock().unwrap_or_else(PoisonError::into_inner);
    if shelf.len() < MOST {
        shelf.push(piece);
    }
}

/// Bytes that go back to the shelf when nobody holds them any more.
pub(super) struct Bytes(pub Vec<u8>);

impl Drop for Bytes {
    fn drop(&mut self) {
        put_back(std::mem::take(&mut self.0));
    }
}
