//! The milter: conversations as text, traces of real relays, broken peers, the server on real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

mod broken;
mod client;
mod codec;
mod dialogs;
mod judge;
mod memory;
mod miltertest;
mod player;
mod postfix;
mod properties;
mod script;
mod server;
mod smtp;
