//! Writes labelled school mail into a folder: `cargo run --example eval-mail -- DIR --messages N --seed S`, to be
//! measured with `exeat eval DIR`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::string_slice,
    clippy::format_push_string,
    clippy::semicolon_if_nothing_returned,
    clippy::too_many_lines
)]

mod generator;

use clap::Parser as _;

/// Writes labelled school mail into a folder, to be measured with `exeat eval`.
#[derive(clap::Parser)]
struct Arguments {
    /// The folder; it is made
    folder: std::path::PathBuf,
    /// How many messages
    #[arg(long, default_value_t = 5_000)]
    messages: usize,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    generator::write(&arguments.folder, arguments.messages, arguments.seed)
}
