//! exeat behind a real Sendmail: a private one out of its unpacked package, with the filter and port lines of the
//! guide. It runs where `EXEAT_SENDMAIL` names the folder that `tests/sendmail/unpack.sh` filled; `tests/sendmail.sh`
//! does both.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "../harness/mod.rs"]
mod harness;

mod letters;
mod relay;
mod signer;
