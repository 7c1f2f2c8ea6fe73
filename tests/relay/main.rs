//! The whole journey through a real Postfix: senders before it, a sink behind it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "../harness/mod.rs"]
mod harness;

mod changing;
mod checks;
mod failing;
mod killing;
mod mixed;
mod one_port;
mod proxy;
mod restoring;
mod running;
mod school;
mod shapes;
mod signing;
