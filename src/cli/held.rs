//! `exeat held list|count|show|release|refuse|confirm|retry|log`: what waits, and decisions about it.
//! Everything is recorded.

use super::{ConfigFile, FAILED, FOUND, OK, complain, fail};
use crate::bypass;
use crate::config::Config;
use crate::store::{Confirmed, Entry, Notices, Part, RecipientState, Shown, State, Store, StoreError, Waiting};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::Write as _;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists kept mail, oldest first
    #[command(after_help = "\
Examples:
  exeat held list
  exeat held list --all
  exeat held list --json | jq -r .reference")]
    List {
        /// Also what is done with: delivered, refused, expired
        #[arg(long)]
        all: bool,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Says how much waits, without the key; ends with 1 where anything does
    #[command(after_help = "\
Examples:
  exeat held count
  exeat held count --store /var/backups/exeat/store.sqlite")]
    Count {
        /// The store, where it is not the one of the config
        #[arg(long, value_name = "FILE")]
        store: Option<PathBuf>,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Shows one kept copy: for whom, why (masked), what was done with it
    #[command(after_help = "\
Examples:
  exeat held show EX-7K3M-92QD
  exeat held show EX-7K3M-92QD --content --reason 'asked by the sender' > letter.eml")]
    Show {
        /// Reference, e.g. EX-7K3M-92QD
        reference: String,
        /// Write the message itself to standard output; that is recorded and needs --reason
        #[arg(long, requires = "reason")]
        content: bool,
        /// The message as it came, where what will be sent was changed
        #[arg(long, requires = "content")]
        original: bool,
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Lets a kept copy go out
    #[command(after_help = "\
Examples:
  exeat held release EX-7K3M-92QD --reason 'agreed with the parent'")]
    Release(Decision),
    /// Decides that a kept copy never goes out
    #[command(after_help = "\
Examples:
  exeat held refuse EX-7K3M-92QD --reason 'wrong recipient; the sender knows'")]
    Refuse(Decision),
    /// Says that somebody looked at copies that came back from a backup: they wait for a decision again
    #[command(after_help = "\
What came back from a backup may have gone out after the backup was made. Look first: the relay's log and \
exeat's own name the reference of each copy that was sent. What has gone out is refused, the rest confirmed; \
then it is held, and `exeat held release` lets it go.

Examples:
  exeat held confirm EX-7K3M-92QD EX-4T1B-8WZC --reason 'not in the log since Monday'
  exeat held refuse EX-9PQR-2A5E --reason 'went out on Tuesday, says the log'
  exeat held confirm --all --drop-notices --reason 'restored the evening after; all were told'")]
    Confirm {
        /// References, e.g. EX-7K3M-92QD
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        references: Vec<String>,
        /// Everything that came back, notices of no kept copy included
        #[arg(long)]
        all: bool,
        /// Their notices are not sent: the senders were told before
        #[arg(long)]
        drop_notices: bool,
        /// Why; it is recorded
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Reads a message again that could not be read; it goes out if nothing holds it any more
    #[command(after_help = "\
Examples:
  exeat held retry EX-7K3M-92QD --reason 'after the update'")]
    Retry(Decision),
    /// Who did what and when, newest first
    #[command(after_help = "\
Examples:
  exeat held log
  exeat held log --most 500")]
    Log {
        /// Number of lines
        #[arg(long, default_value_t = 50)]
        most: u32,
        #[command(flatten)]
        file: ConfigFile,
    },
}

#[derive(Debug, Args)]
pub(super) struct Decision {
    /// Reference, e.g. EX-7K3M-92QD
    reference: String,
    /// Why; it is recorded
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    file: ConfigFile,
}

#[derive(Debug, Args)]
pub(super) struct Who {
    /// Who decides; by default the user who runs the command
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
}

impl Who {
    pub(super) fn name(&self) -> String {
        let of = |variable: &str| std::env::var(variable).ok().filter(|name| !name.is_empty());
        self.who.clone().or_else(|| of("SUDO_USER")).or_else(|| of("USER")).unwrap_or_else(|| "unknown".to_owned())
    }
}

pub(super) async fn run(command: Command) -> u8 {
    match decide(command).await {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

async fn decide(command: Command) -> Result<u8, String> {
    let now = Timestamp::now();
    match command {
        Command::List { all, json, file } => {
            let Some((store, zone)) = open(&file)? else { return Ok(FAILED) };
            let states: Vec<State> = State::ALL.into_iter().filter(|state| all || state.can_be_decided()).collect();
            let entries = store.list(&states, 10_000).await.map_err(words)?;
            if !json {
                print_bypass(&file, now);
            }
            for entry in &entries {
                if json { say!("{}", as_json(entry)) } else { say!("{}", as_line(entry, &zone)) }
            }
            if entries.is_empty() && !json {
                say!("Nothing waits.");
            }
            let notices = store.notices_restored().await.map_err(words)?;
            if notices > 0 && !json {
                say!("{notices} notices came back from a backup too: `exeat held confirm --all` sends or drops them.");
            }
        }
        Command::Count { store, file } => return count(store, &file),
        Command::Show { reference, content, original, reason, who, file } => {
            let Some((store, zone)) = open(&file)? else { return Ok(FAILED) };
            if content {
                let part = if original { Part::Original } else { Part::Sent };
                return write_content(&store, &reference, part, &who.name(), &reason.unwrap_or_default(), now).await;
            }
            print_shown(&store.show(&reference).await.map_err(words)?, &zone);
        }
        Command::Release(decision) => {
            let Some((store, _)) = open(&decision.file)? else { return Ok(FAILED) };
            store.release(&decision.reference, &decision.who.name(), &decision.reason, now).await.map_err(words)?;
            say!("{}: released; it goes out within seconds while exeat runs.", decision.reference);
        }
        Command::Refuse(decision) => {
            let Some((store, _)) = open(&decision.file)? else { return Ok(FAILED) };
            store.refuse(&decision.reference, &decision.who.name(), &decision.reason, now).await.map_err(words)?;
            say!("{}: refused; it never goes out.", decision.reference);
        }
        Command::Confirm { references, all, drop_notices, reason, who, file } => {
            let Some((store, _)) = open(&file)? else { return Ok(FAILED) };
            let (who, notices) = (who.name(), if drop_notices { Notices::Drop } else { Notices::Send });
            let confirmed = if all {
                store.confirm_all(notices, &who, &reason, now).await
            } else {
                store.confirm(references, notices, &who, &reason, now).await
            };
            print_confirmed(&confirmed.map_err(words)?, notices);
        }
        Command::Retry(decision) => {
            let Some((store, _)) = open(&decision.file)? else { return Ok(FAILED) };
            store.retry(&decision.reference, &decision.who.name(), &decision.reason, now).await.map_err(words)?;
            say!(
                "{}: it is read again within seconds while exeat runs, and goes out if nothing holds it any more.",
                decision.reference
            );
        }
        Command::Log { most, file } => {
            let Some((store, zone)) = open(&file)? else { return Ok(FAILED) };
            for event in store.events(most).await.map_err(words)? {
                say!(
                    "{}  {:<10} {:<14} {}  {}",
                    at(event.at, &zone),
                    event.what,
                    event.reference,
                    event.who.expose(),
                    event.reason.expose()
                );
            }
        }
    }
    Ok(OK)
}

/// How much waits. A store that does not exist yet holds nothing.
fn count(store: Option<PathBuf>, file: &ConfigFile) -> Result<u8, String> {
    let given = store.is_some();
    let path = match store {
        Some(path) => path,
        None => match Config::read(&file.config) {
            Ok((Config { store: Some(settings), .. }, _)) => settings.path,
            Ok(_) => return Ok(nothing_waits()),
            Err(problems) => {
                complain(&problems);
                return Ok(FAILED);
            }
        },
    };
    if !given && !path.exists() {
        return Ok(nothing_waits());
    }
    let waiting = Waiting::in_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let copies = waiting.copies.iter().map(|count| (count.copies, count.state.name()));
    let all = copies.chain([(waiting.stories, "notices not yet sent")]).filter(|(number, _)| *number > 0);
    let words: Vec<String> = all.map(|(number, name)| format!("{number} {name}")).collect();
    if words.is_empty() {
        return Ok(nothing_waits());
    }
    say!("{}", words.join(", "));
    Ok(FOUND)
}

fn nothing_waits() -> u8 {
    say!("Nothing waits.");
    OK
}

/// A line while a person lets mail pass unchecked.
fn print_bypass(file: &ConfigFile, now: Timestamp) {
    let Ok((config, _)) = Config::read(&file.config) else { return };
    let entries = bypass::read(&bypass::record_beside(&config.state_dir)).unwrap_or_default();
    if let Some(entry) = bypass::in_force(&entries) {
        say!("{}", bypass::banner(entry, now));
    }
}

fn print_confirmed(confirmed: &Confirmed, notices: Notices) {
    for reference in &confirmed.copies {
        say!("{reference}: confirmed; it waits for a decision again.");
    }
    let what = match notices {
        Notices::Send => "are sent while exeat runs",
        Notices::Drop => "are dropped",
    };
    if confirmed.notices > 0 {
        say!("{} notices {what}.", confirmed.notices);
    }
    if confirmed.copies.is_empty() && confirmed.notices == 0 {
        say!("Nothing waits for confirmation.");
    }
}

/// The store of the installation, and its time zone. `None`: what is wrong was printed.
fn open(file: &ConfigFile) -> Result<Option<(Store, TimeZone)>, String> {
    let config = match Config::read(&file.config) {
        Ok((config, _)) => config,
        Err(problems) => {
            complain(&problems);
            return Ok(None);
        }
    };
    let Some(settings) = config.store else {
        return Err("the config has no [store]: nothing is kept while only monitoring".to_owned());
    };
    let store = Store::of(&settings).map_err(words)?;
    Ok(Some((store, config.calendar.zone().clone())))
}

#[allow(clippy::needless_pass_by_value)] // used as a function in map_err
fn words(error: StoreError) -> String {
    error.to_string()
}

fn at(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn rules(entry: &Entry) -> String {
    entry.record.reasons.iter().map(|reason| reason.rule.as_str()).collect::<Vec<_>>().join(",")
}

fn as_line(entry: &Entry, zone: &TimeZone) -> String {
    let was = entry.was.map_or_else(String::new, |was| format!(" was {}", was.name()));
    let due = entry.due_at.map_or_else(String::new, |due| format!(" until {}", at(due, zone)));
    let sender = entry.envelope.sender.address.as_ref().map_or("<>", |address| address.as_str());
    format!(
        "{}  {:<9} {}  from {sender} to {} recipient(s)  [{}]{was}{due}  {}",
        entry.reference,
        entry.state.name(),
        at(entry.kept_at, zone),
        entry.envelope.recipients.len(),
        rules(entry),
        entry.record.subject.expose()
    )
}

fn as_json(entry: &Entry) -> serde_json::Value {
    serde_json::json!({
        "reference": entry.reference,
        "state": entry.state.name(),
        "was": entry.was.map(State::name),
        "kept_at": entry.kept_at.to_string(),
        "due_at": entry.due_at.map(|due| due.to_string()),
        "tries": entry.tries,
        "sender": entry.envelope.sender.address.as_ref().map(crate::mail::Address::as_str),
        "recipients": entry.envelope.recipients.iter().filter_map(|path| path.address.as_ref().map(crate::mail::Address::as_str)).collect::<Vec<_>>(),
        "subject": entry.record.subject.expose(),
        "rules": entry.record.reasons.iter().map(|reason| reason.rule.as_str()).collect::<Vec<_>>(),
        "reviewer": entry.record.reviewer,
    })
}

fn print_shown(shown: &Shown, zone: &TimeZone) {
    let entry = &shown.entry;
    say!("{}", as_line(entry, zone));
    say!("Decided by: {}", if entry.record.reviewer.is_empty() { "the reviewer" } else { &entry.record.reviewer });
    for (path, state) in entry.envelope.recipients.iter().zip(&shown.recipients) {
        let state = match state {
            RecipientState::Waiting => "waiting".to_owned(),
            RecipientState::Done => "handed on".to_owned(),
            RecipientState::Failed(code) => format!("failed ({code})"),
        };
        say!("  to {}: {state}", String::from_utf8_lossy(&path.given));
    }
    for reason in &entry.record.reasons {
        say!("  rule {}, clause {}, {}:", reason.rule, reason.clause, reason.action.name());
        for hit in &reason.hits {
            say!("    {} in {}: {}", hit.kind, hit.place.expose(), hit.masked);
        }
    }
    let size = |bytes: Option<u64>| bytes.map_or_else(|| "gone".to_owned(), |bytes| format!("{bytes} bytes"));
    say!("Content: {}{}", size(shown.content), if shown.original.is_some() { ", and the original" } else { "" });
    for event in &shown.events {
        say!("  {}  {} {} {}", at(event.at, zone), event.what, event.who.expose(), event.reason.expose());
    }
}

async fn write_content(
    store: &Store,
    reference: &str,
    part: Part,
    who: &str,
    reason: &str,
    now: Timestamp,
) -> Result<u8, String> {
    let mut content = store.open_content(reference, part, who, reason, now).await.map_err(words)?;
    let mut out = std::io::stdout().lock();
    while let Some(chunk) = content.next_chunk().await.map_err(words)? {
        if out.write_all(&chunk).is_err() {
            return Ok(FOUND);
        }
    }
    Ok(if out.flush().is_ok() { OK } else { FOUND })
}
