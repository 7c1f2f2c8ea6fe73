//! Any message becomes a sound tree, within whatever limits.

#[path = "../harness/sound.rs"]
mod sound;

use exeat::mail::parts::{Limits, content_of, take_apart};
pub use sound::sound;

/// Limits that a small message reaches.
const TIGHT: Limits = Limits { depth: 4, parts: 12, headers: 30, text: 2_000, cells: 20, value: 100 };

/// The bytes are the message.
pub fn holds(data: &[u8]) {
    for limits in [Limits::default(), TIGHT] {
        let tree = take_apart(data, &limits);
        sound(data, &tree, &limits);
        for waiting in tree.unopened.iter().take(8) {
            let _ = content_of(data, &limits, waiting.part);
        }
    }
}
