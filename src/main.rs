//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == exeat::room::worker::ARGUMENT) {
        return exeat::room::worker::run();
    }
    if std::env::args_os().nth(1).is_some_and(|argument| argument == exeat::room::ocr::inside::ARGUMENT) {
        let rest = std::env::args_os().skip(2).map(|argument| argument.to_string_lossy().into_owned());
        return exeat::room::ocr::inside::run(rest);
    }
    exeat::cli::run()
}
