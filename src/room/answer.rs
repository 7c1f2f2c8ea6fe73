//! What a worker answers is read and checked before anything of it is used.

use crate::mail::parts::Tree;
use crate::room::Death;
use crate::room::frames::{self, Kind};
use std::time::Duration;

/// Reading and checking an answer of this length takes about as long as a thread may be kept from the other
/// connections; longer ones are read on a thread that may take its time.
const LONG: usize = 256 << 10;

/// The processor time a job took and the tree that came of it.
///
/// # Errors
/// It is longer than an answer may be, or no tree, or none that `check` takes.
pub(super) async fn read(
    kind: Kind,
    payload: Vec<u8>,
    check: impl FnOnce(&Tree) -> bool + Send + 'static,
) -> Result<(Duration, Tree), Death> {
    let read = match kind {
        Kind::Tree if payload.len() < LONG => checked(&payload, check),
        Kind::Tree => tokio::task::spawn_blocking(move || checked(&payload, check)).await.ok().flatten(),
        Kind::TooLong => return Err(Death::TooLong),
        _ => None,
    };
    read.ok_or(Death::Malformed)
}

fn checked(payload: &[u8], check: impl FnOnce(&Tree) -> bool) -> Option<(Duration, Tree)> {
    let (micros, rest) = frames::split_tree(payload).ok()?;
    let tree: Tree = frames::read(rest).ok()?;
    check(&tree).then_some((Duration::from_micros(micros), tree))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parts::Limits;

    #[test]
    fn a_tree_is_read_whole_or_not_at_all() {
        let limits = Limits::default();
        let check = |tree: &Tree| tree.check(100, &limits).is_ok();
        let whole = crate::mail::parts::take_apart(b"Subject: words\r\n\r\nmore words\r\n", &limits);
        let frame = frames::tree(1500, &whole, 4096).unwrap();
        let payload = &frame[frames::HEAD..];
        let (used, tree) = checked(payload, check).unwrap();
        assert_eq!((used, tree == whole), (Duration::from_micros(1500), true));
        for end in 0..payload.len() {
            assert!(checked(&payload[..end], check).is_none());
        }
    }
}
