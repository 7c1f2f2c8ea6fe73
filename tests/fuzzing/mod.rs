//! What holds for any bytes at all: the bodies of the fuzz targets. `fuzz/` runs them with bytes that a fuzzer makes,
//! `tests/fuzz_replay.rs` with all seeds and with everything that was ever found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(clippy::cast_possible_truncation, missing_docs)]

mod edit;
pub mod files;
mod fold;
mod inspect;
mod open;
pub mod readers;
mod sealed;
mod tree;
mod wire;

/// A target: its name, which is that of its folders too, and what must hold.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 7] = [
    ("wire", wire::holds),
    ("tree", tree::holds),
    ("fold", fold::holds),
    ("open", open::holds),
    ("sealed", sealed::holds),
    ("edit", edit::holds),
    ("inspect", inspect::holds),
];

/// Runs one target.
pub fn run(target: &str, data: &[u8]) {
    let (_, holds) = TARGETS.iter().find(|(name, _)| *name == target).expect("a target of the roll");
    holds(data);
}
