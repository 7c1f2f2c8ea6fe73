//! The guides say what is right: their settings, lines and commands go through the programs they are for, and the
//! way from a cloud service through exeat and back is gone with a Postfix in the middle.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "../harness/mod.rs"]
mod harness;

mod burst;
mod cloud;
mod pages;
mod snippets;
mod test_message;
