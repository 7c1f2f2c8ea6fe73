//! What is found in whole messages: raw bytes are taken apart, folded, looked at by every check and judged by a pack.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod carriages;
mod cases;
mod files;
mod identifiers;
mod letter;
mod limits;
mod names;
mod world;
