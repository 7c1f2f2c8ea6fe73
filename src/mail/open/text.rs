//! Text as it is.

use super::{Leaf, Opened};
use crate::mail::parts::{Decoded, Scribe};

/// Writes the text.
pub(super) fn write(leaf: &Leaf<'_>, decoded: &Decoded<'_>, scribe: &mut Scribe<'_>) -> Opened {
    scribe.begin(leaf.place, leaf.part);
    scribe.copy(decoded, 0..decoded.text.len());
    scribe.end();
    Opened::default()
}
