//! `exeat check`: what would happen to messages in files.

pub(super) mod files;
mod report;

use super::progress::Progress;
use super::{ConfigFile, FAILED, FOUND, OK, complain, fail};
use crate::app::{Parts, loading};
use crate::config::{Config, Mode};
use crate::mail::parts::Tree;
use crate::mail::{Envelope, Header, Path};
use crate::milter::Received;
use crate::pipeline::Live;
use crate::policy::Enforcement;
use crate::school::School;
use crate::source::settings::Side;
use crate::source::{self, SourceEntry, Sources, UnknownSource};
use crate::spool::Message;
use jiff::Timestamp;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

/// What was typed behind `exeat check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A file says nothing of the relay's client, so it is judged as mail that a server of the school brings; the staff \
directory says whose it is. Only what an outsider sent to nobody but the school is incoming mail. While mode is \"monitor\" the verdict is what would happen; each finding says whether its \
rule acts (enforce) or only records (monitor). Nothing is kept or sent, and no network is used.

Exit code: 0; with --exit-code 1 if any message would meet more than relay or note; 2 if something could not be checked.

Examples:
  exeat check letter.eml
  exeat check --from jo@school.example --to parent@mail.example --at 2026-03-10T20:15:00Z letter.eml
  exeat check --json Maildir/ | jq 'select(.verdict != \"relay\")'
  exeat check --exit-code - < letter.eml")]
pub(super) struct Arguments {
    #[command(flatten)]
    file: ConfigFile,
    /// Envelope sender; by default the address in From
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    from: Option<String>,
    /// Envelope recipient, may be repeated; by default the addresses in To, Cc and Bcc
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    to: Vec<String>,
    /// When the message is sent; by default now
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    at: Option<Timestamp>,
    /// One JSON object for each message
    #[arg(long)]
    json: bool,
    /// Write the message as it would be relayed after a rewrite (for one message)
    #[arg(long, value_name = "FILE")]
    rewritten: Option<PathBuf>,
    /// Exit with 1 if any message would meet more than relay or note
    #[arg(long)]
    exit_code: bool,
    /// Messages, folders, Maildirs, mbox files, or - for standard input
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

/// An address of the envelope as typed; `<>` is the sender of reports.
fn address(typed: &str) -> Result<String, &'static str> {
    let right = matches!(typed, "" | "<>") || typed.contains('@');
    if right { Ok(typed.to_owned()) } else { Err("an address such as jo@school.example") }
}

fn moment(typed: &str) -> Result<Timestamp, &'static str> {
    typed.parse().map_err(|_| "a moment such as 2026-03-10T20:15:00Z")
}

pub(super) async fn run(arguments: Arguments) -> u8 {
    let (config, live) = match settings(&arguments) {
        Ok(settings) => settings,
        Err(problems) => {
            complain(&problems);
            return FAILED;
        }
    };
    let modes = config.enforcement();
    let parts = match Parts::for_check(&config, live).await {
        Ok(parts) => parts,
        Err(problems) => {
            complain(&problems);
            return FAILED;
        }
    };
    let worst = check_all(&parts, &arguments, &modes).await;
    parts.stop_checking().await;
    worst
}

async fn check_all(parts: &Parts, arguments: &Arguments, modes: &Enforcement) -> u8 {
    let mut worst = OK;
    let mut progress = Progress::new(None, std::io::stdout().is_terminal());
    for path in &arguments.paths {
        for message in files::messages(path) {
            let (name, bytes) = match message {
                Ok(message) => message,
                Err(error) => {
                    fail(&error);
                    worst = worst.max(FAILED);
                    continue;
                }
            };
            progress.one_more();
            match check_one(parts, arguments, &name, bytes, modes).await {
                Err(Failure::NobodyReads) => return worst,
                Ok(stronger) if stronger && arguments.exit_code => worst = worst.max(FOUND),
                Ok(_) => {}
                Err(Failure::Message(error)) => {
                    fail(&format!("{name}: {error}"));
                    worst = worst.max(FAILED);
                }
            }
        }
    }
    progress.end();
    worst
}

/// Why a message was not checked.
enum Failure {
    /// Something is wrong with it.
    Message(String),
    /// Whoever read our output has gone.
    NobodyReads,
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self::Message(why)
    }
}

fn settings(arguments: &Arguments) -> Result<(Config, Live), Vec<crate::problem::Problem>> {
    let (config, _) = Config::read(&arguments.file.config)?;
    let policy = loading::policy(Some(&config), &config.pack)?;
    let mut live = loading::load(&config, policy)?.live;
    live.sources = a_file(&config)?;
    if config.mode == Mode::Monitor {
        // What would happen is asked; each finding says whether its rule acts.
        live.enforcement = Enforcement::All;
    }
    Ok((config, live))
}

/// What `envelope.listener` says of mail that an outsider sent to the school.
const FROM_OUTSIDE: &str = "from outside";

/// A file says nothing of the relay's client: it is judged as mail of the school that a server of ours brings.
/// Only what an outsider sent to nobody but the school is taken for incoming mail.
fn a_file(config: &Config) -> Result<Sources, Vec<crate::problem::Problem>> {
    let entry = |name: &str, listener: &str, from: Side| SourceEntry {
        name: name.to_owned(),
        listener: vec![listener.to_owned()],
        from,
        servers_only: true,
        ..SourceEntry::default()
    };
    let sources = vec![entry("file", "", Side::School), entry("incoming file", FROM_OUTSIDE, Side::Outside)];
    let settings = source::Settings { sources, unknown_source: Some(UnknownSource::JudgeAsStaff) };
    let (sources, problems) = Sources::read(&settings, &config.file.display().to_string());
    if problems.is_empty() { Ok(sources) } else { Err(problems) }
}

fn is_incoming(school: &School, envelope: &Envelope) -> bool {
    let sender = envelope.sender.as_ref().and_then(|path| path.address.as_ref());
    let outsider = sender.is_some_and(|sender| !school.is_inside(sender) && school.staff.find(sender).is_none());
    let mut recipients = envelope.recipients.iter().filter_map(|path| path.address.as_ref()).peekable();
    outsider && recipients.peek().is_some() && recipients.all(|to| school.is_inside(to))
}

/// Checks one message and prints the result; whether it would meet more than relay or note.
async fn check_one(
    parts: &Parts,
    arguments: &Arguments,
    name: &str,
    bytes: Vec<u8>,
    modes: &Enforcement,
) -> Result<bool, Failure> {
    let now = arguments.at.unwrap_or_else(Timestamp::now);
    let raw = bytes.clone();
    let message = Message::in_memory(bytes, 0, None);
    let tree = parts.pipeline.room.open(&message).await.map_err(|error| error.to_string())?;
    let head = tree.parts.first().map_or(0, |part| u64::from(part.body.start));
    let live = parts.pipeline.live.load_full();
    let mut envelope = envelope(arguments, &tree);
    if is_incoming(&live.school, &envelope) {
        FROM_OUTSIDE.clone_into(&mut envelope.listener);
    }
    let received = Received {
        envelope,
        headers: tree
            .headers
            .iter()
            .map(|field| Header {
                name: field.name.clone().into_bytes(),
                value: raw.get(field.raw.start as usize..field.raw.end as usize).unwrap_or_default().to_vec(),
            })
            .collect(),
        message: Message::in_memory(raw, head, None),
    };
    let seen = parts.pipeline.inspect(&live, &received, tree, now);
    let outcome = parts.pipeline.outcome(&live, &received, &seen, now).await.map_err(|later| later.to_string())?;
    let report =
        report::Report { file: name, received: &received, seen: &seen, live: &live, modes, plan: &outcome.plan };
    let mut out = std::io::stdout().lock();
    let printed = if arguments.json { writeln!(out, "{}", report.json()) } else { writeln!(out, "{}", report.text()) };
    printed.map_err(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => Failure::NobodyReads,
        _ => Failure::Message(error.to_string()),
    })?;
    drop(out);
    if let Some(file) = &arguments.rewritten {
        let Some(message) = &outcome.relayed else {
            return Err(Failure::Message(format!("nothing is relayed at once, so {} was not written", file.display())));
        };
        let bytes = message.read(0..message.len()).map_err(|error| error.to_string())?;
        std::fs::write(file, bytes).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(report.is_stronger_than_note())
}

/// The envelope as typed, else as the header says.
fn envelope(arguments: &Arguments, tree: &Tree) -> Envelope {
    let from = arguments.from.clone().or_else(|| addresses(tree, &["from"]).into_iter().next()).unwrap_or_default();
    let to = if arguments.to.is_empty() { addresses(tree, &["to", "cc", "bcc"]) } else { arguments.to.clone() };
    Envelope {
        sender: Some(Path::new(from.as_bytes(), Vec::new())),
        recipients: to.iter().map(|address| Path::new(address.as_bytes(), Vec::new())).collect(),
        ..Envelope::default()
    }
}

/// The addresses in these header fields.
pub(super) fn addresses(tree: &Tree, names: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for field in tree.headers.iter().filter(|field| names.contains(&field.name.as_str())) {
        let piece = field.piece.and_then(|piece| tree.pieces.get(piece as usize));
        let text = piece
            .and_then(|piece| tree.text.get(piece.text.start as usize..piece.text.end as usize))
            .unwrap_or_default();
        found.extend(crate::checks::recipients::addresses(text).map(|address| address.as_str().to_owned()));
    }
    found
}
