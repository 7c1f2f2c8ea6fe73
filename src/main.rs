//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == exeat::room::worker::ARGUMENT) {
        return exeat::room::worker::run();
    }
    exeat::cli::run()
}
