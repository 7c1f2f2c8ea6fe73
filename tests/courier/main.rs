//! The courier against a next hop that does what the script says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::wildcard_imports)]

mod encrypting;
mod handing_in;
mod next_hop;
mod scene;
mod trying_again;
