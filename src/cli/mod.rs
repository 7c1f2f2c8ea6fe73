//! The command line, as typed.

/// Prints a line. Where nobody reads any more (`exeat held list | head`), that is the end, and no fault.
macro_rules! say {
    ($($words:tt)*) => { $crate::cli::print_line(format_args!($($words)*)) };
}

mod backup;
mod check;
mod config;
mod doctor;
mod eval;
mod held;
mod policy;
mod progress;
mod roster;
mod test_message;

use clap::{CommandFactory, Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Nothing to complain about.
const OK: u8 = 0;
/// The command worked, and what it looked at is not all right.
const FOUND: u8 = 1;
/// The command did not work.
const FAILED: u8 = 2;

/// Keeps what must not leave from leaving a school by e-mail.
#[derive(Debug, Parser)]
#[command(
    name = "exeat",
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  exeat config check                      is everything right, and if not, what and where
  exeat check --from jo@school.example --to parent@mail.example letter.eml
  exeat held list                         what waits for a decision
  exeat held release EX-7K3M-92QD --reason 'agreed with the parent'
  exeat policy enforce --all              from recording to acting

The manual: man exeat. Settings: /etc/exeat/exeat.toml."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// Where the settings are.
#[derive(Debug, clap::Args)]
struct ConfigFile {
    /// The config file
    #[arg(long, value_name = "FILE", default_value = crate::config::DEFAULT_FILE, env = "EXEAT_CONFIG")]
    config: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the milter until it is told to stop (SIGTERM); SIGHUP reads config, policy, roster and directory anew
    #[command(after_help = "\
Examples:
  exeat serve
  exeat serve --config /etc/exeat/exeat.toml
  systemctl reload exeat        reads all files anew")]
    Serve(ConfigFile),
    /// Says what would happen to messages in files, without a relay or a store
    Check(check::Arguments),
    /// Measures what is found in messages with planted names and numbers, and how often there is an alarm for nothing
    Eval(eval::Arguments),
    /// Says what became of kept mail, and decides about it
    #[command(
        subcommand,
        after_help = "\
Examples:
  exeat held list
  exeat held show EX-7K3M-92QD
  exeat held release EX-7K3M-92QD --reason 'agreed with the parent'"
    )]
    Held(held::Command),
    /// Copies the store into a new folder while exeat runs; without the key
    Backup(backup::Backup),
    /// Puts a backup in the place of the store; nothing of it goes out before somebody confirmed it
    Restore(backup::Restore),
    /// Shows policies, and switches rules from recording to acting
    #[command(
        subcommand,
        after_help = "\
Examples:
  exeat policy list
  exeat policy coverage primary
  exeat policy show primary > /etc/exeat/policy.toml
  exeat policy enforce names-outside"
    )]
    Policy(policy::Command),
    /// Looks at the settings
    #[command(
        subcommand,
        after_help = "\
Examples:
  exeat config check"
    )]
    Config(config::ConfigCommand),
    /// Looks at the list of pupils
    #[command(
        subcommand,
        after_help = "\
Examples:
  exeat roster check
  exeat roster check --mail sent.mbox       how often each name that collides would have fired"
    )]
    Roster(roster::Command),
    /// Makes and looks at the key that seals kept mail
    #[command(
        subcommand,
        after_help = "\
Examples:
  exeat key create /etc/exeat/store.key"
    )]
    Key(KeyCommand),
    /// Looks at sockets, rights, clock, key, disk, relay and the order of milters
    Doctor(doctor::Arguments),
    /// Sends a message to yourself through the real relay and prints each hop
    TestMessage(test_message::Arguments),
    /// Prints a completion script for a shell
    #[command(after_help = "\
Examples:
  exeat completions bash > /etc/bash_completion.d/exeat
  exeat completions zsh > ~/.zfunc/_exeat")]
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
    /// Writes the manual pages into a folder
    #[command(after_help = "\
Examples:
  exeat man /usr/local/share/man/man1")]
    Man {
        /// The folder
        folder: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Makes a new key; never replaces one
    #[command(after_help = "\
Examples:
  exeat key create /etc/exeat/store.key")]
    Create {
        /// Where it is written, with mode 0600
        file: PathBuf,
    },
}

/// Runs the command that was typed.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let code = match arguments.command {
        Command::Serve(file) => serve(&file.config),
        Command::Check(arguments) => with_runtime(check::run(arguments)),
        Command::Eval(arguments) => with_runtime(eval::run(arguments)),
        Command::Held(command) => with_runtime(held::run(command)),
        Command::Backup(arguments) => backup::back_up(&arguments),
        Command::Restore(arguments) => backup::restore(&arguments),
        Command::Policy(command) => policy::run(command),
        Command::Config(command) => config::run_config(&command),
        Command::Roster(command) => with_runtime(roster::run(command)),
        Command::Key(KeyCommand::Create { file }) => create_key(&file),
        Command::Doctor(arguments) => with_runtime(doctor::run(arguments)),
        Command::TestMessage(arguments) => with_runtime(test_message::run(arguments)),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "exeat", &mut script);
            say!("{}", String::from_utf8_lossy(&script).trim_end());
            OK
        }
        Command::Man { folder } => manual(&folder),
    };
    ExitCode::from(code)
}

fn serve(file: &Path) -> u8 {
    with_runtime(async {
        match crate::app::serve(file).await {
            Ok(()) => OK,
            Err(problems) => {
                complain(&problems);
                FAILED
            }
        }
    })
}

fn with_runtime(work: impl Future<Output = u8>) -> u8 {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => fail(&format!("the runtime does not start: {error}")),
    }
}

fn create_key(file: &Path) -> u8 {
    match crate::store::StoreKey::create(file) {
        Ok(_) => {
            say!(
                "{}: a new key. Keep a copy apart from the store: without it nobody can open held mail.",
                file.display()
            );
            OK
        }
        Err(error) => fail(&error.to_string()),
    }
}

fn manual(folder: &Path) -> u8 {
    match clap_mangen::generate_to(Arguments::command(), folder) {
        Ok(()) => OK,
        Err(error) => fail(&format!("{}: {error}", folder.display())),
    }
}

/// A page of a running exeat: status and text.
async fn page(address: std::net::SocketAddr, path: &str) -> Result<(u16, String), String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    const MOST: u64 = 16 << 20;
    let mut stream = tokio::net::TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer).await.map_err(|error| error.to_string())?;
    let answer = String::from_utf8_lossy(&answer);
    let not_http = || "whoever listens there is not exeat".to_owned();
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(not_http)?;
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(not_http)?;
    Ok((code, body.to_owned()))
}

/// What `say!` does.
fn print_line(line: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    if writeln!(std::io::stdout().lock(), "{line}").is_err() {
        std::process::exit(i32::from(OK));
    }
}

/// Prints what is wrong, all of it; warnings too.
fn complain(problems: &[crate::problem::Problem]) {
    for problem in problems {
        eprintln!("{problem}");
    }
}

/// Prints why a command did not work.
fn fail(why: &str) -> u8 {
    eprintln!("exeat: {why}");
    FAILED
}
