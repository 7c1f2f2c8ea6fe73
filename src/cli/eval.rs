//! `exeat eval`: how much of what was planted in messages is found.

use super::check::addresses;
use super::progress::Progress;
use super::{FAILED, FOUND, OK, complain, fail};
use crate::app::loading;
use crate::budget::Budget;
use crate::config::Config;
use crate::eval::{Figures, Item, Outcome, Seen, Truth, hold_against};
use crate::finding::Confidence;
use crate::inspect::inspect;
use crate::mail::parts::Tree;
use crate::mail::{Address, Envelope};
use crate::problem::Problem;
use crate::room::{self, Room};
use crate::school::roster::{Columns, Roster};
use crate::school::staff::{self, Staff};
use crate::school::{Lists, School};
use crate::source::{Direction, Origin, SenderClass};
use crate::spool::Message;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was typed behind `exeat eval`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
DIR holds truth.jsonl, the messages (in it or in eml/), and roster.csv unless another is named. Beside them may stand \
staff.csv, or a whole exeat.toml. Each line of truth.jsonl is one planted item or one control:

  {\"file\": \"1.eml\", \"kind\": \"name\", \"pupil_id\": \"P1\", \"surface\": \"Smith, Jane\",
   \"category\": \"body.comma\", \"is_positive\": true}

  file         the message
  kind         name, identifier, encryption, or a kind such as upn
  pupil_id     whom it names (pupil_ids_ok: several)
  surface      as it is written
  category     the class it is counted in
  finding      the kind of finding asked for, if kind does not say it
  is_positive  true: to be found; false: a control
  expect       flag, no_flag or encrypted, where that says more
  location     where it stands (for the report)
  tier         \"info\": reported, not counted
  confidence   found with so little already, whatever --confidence says

A name is found by a finding for that pupil, an identifier by one of its kind; one finding serves one item. Every other \
finding is a false alarm, except repetitions of what was planted and telephone numbers nobody asks about. A message \
without anything planted is clean, also one that no line speaks of. The messages are outgoing mail of staff.

Exit code: 0; with --exit-code 1 if anything was missed or there was a false alarm; 2 if it could not be done.

Examples:
  exeat eval mail/
  exeat eval --misses mail/
  exeat eval --roster pupils.csv --confidence low --json mail/ | jq .kinds.name.recall")]
pub(super) struct Arguments {
    /// A folder with messages and truth.jsonl
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The config file whose school is looked with; by default exeat.toml in DIR, if there is one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The list of pupils; by default the config's, else roster.csv in DIR
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// Name what was missed and each false alarm, message by message
    #[arg(long)]
    misses: bool,
    /// One JSON object instead of the table
    #[arg(long)]
    json: bool,
    /// Findings of less confidence are not there
    #[arg(long, value_name = "LEVEL", default_value = "medium", value_parser = ["low", "medium", "high"])]
    confidence: String,
    /// Exit with 1 if anything was missed or there was a false alarm
    #[arg(long)]
    exit_code: bool,
}

pub(super) async fn run(arguments: Arguments) -> u8 {
    match evaluate(&arguments).await {
        Err(problems) => {
            complain(&problems);
            FAILED
        }
        Ok(Err(why)) => fail(&why),
        Ok(Ok(figures)) => {
            if arguments.json {
                say!("{}", figures.json(arguments.misses));
            } else {
                say!("{}", figures.table(arguments.misses));
            }
            if arguments.exit_code && !figures.is_perfect() { FOUND } else { OK }
        }
    }
}

/// The figures, or what is wrong with the files, or why it could not be done.
async fn evaluate(arguments: &Arguments) -> Result<Result<Figures, String>, Vec<Problem>> {
    let (truth, files) = planted(&arguments.folder)?;
    let (school, settings) = school(arguments)?;
    let confidence = match arguments.confidence.as_str() {
        "low" => Confidence::Low,
        "high" => Confidence::High,
        _ => Confidence::Medium,
    };
    let budget = Budget::new(1 << 30);
    let room = match Room::start(settings.clone(), room::own_program(), budget, Arc::new(())).await {
        Ok(room) => room,
        Err(error) => return Ok(Err(format!("[room] {error}"))),
    };
    let looker = Arc::new(Looker { room: room.clone(), school, confidence });
    let figures = look_at_all(&looker, truth, files).await;
    room.stop().await;
    Ok(figures)
}

/// Reads every message, some at a time, and counts them in their order.
async fn look_at_all(
    looker: &Arc<Looker>,
    mut truth: Truth,
    files: BTreeMap<String, PathBuf>,
) -> Result<Figures, String> {
    let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZero::get) + 1;
    let mut progress = Progress::new(u64::try_from(files.len()).ok(), false);
    let mut figures = Figures::new(looker.confidence);
    let mut files = files.into_iter();
    let mut running = std::collections::VecDeque::new();
    loop {
        while running.len() < at_once
            && let Some((file, path)) = files.next()
        {
            let items = truth.messages.remove(&file).unwrap_or_default();
            let looker = Arc::clone(looker);
            running.push_back(tokio::spawn(async move {
                let outcome = looker.look(&path, &items).await;
                (file, items, outcome)
            }));
        }
        let Some(next) = running.pop_front() else { break };
        let (file, items, outcome) = next.await.map_err(|error| error.to_string())?;
        figures.add(&file, &items, &outcome.map_err(|why| format!("{file}: {why}"))?);
        progress.one_more();
    }
    progress.end();
    Ok(figures)
}

struct Looker {
    room: Room,
    school: School,
    confidence: Confidence,
}

impl Looker {
    async fn look(&self, path: &Path, items: &[Item]) -> Result<Outcome, String> {
        let bytes = tokio::fs::read(path).await.map_err(|error| error.to_string())?;
        let message = Message::in_memory(bytes.clone(), 0, None);
        let tree = self.room.open(&message).await.map_err(|error| error.to_string())?;
        Ok(tokio::task::block_in_place(|| {
            let envelope = envelope(&tree);
            let sender = envelope.sender.as_ref().and_then(|path| path.address.clone());
            let origin = Origin { direction: Direction::Outgoing, class: SenderClass::Staff, source: None, sender };
            let (_, inspection) = inspect(&tree, &envelope, &origin, &self.school, sent(&tree, &bytes));
            hold_against(items, &Seen::new(&tree, &inspection, &self.school, self.confidence))
        }))
    }
}

/// The envelope as the header says.
pub(super) fn envelope(tree: &Tree) -> Envelope {
    let path = |address: &String| crate::mail::Path::new(address.as_bytes(), Vec::new());
    Envelope {
        sender: addresses(tree, &["from"]).first().map(path),
        recipients: addresses(tree, &["to", "cc", "bcc"]).iter().map(path).collect(),
        ..Envelope::default()
    }
}

/// When the message says it was sent, so that ages in it are right on every day; else now.
pub(super) fn sent(tree: &Tree, raw: &[u8]) -> Timestamp {
    let field = tree.headers.iter().find(|field| field.name == "date");
    let value = field.and_then(|field| raw.get(field.raw.start as usize..field.raw.end as usize));
    let written = value.and_then(|value| str::from_utf8(value).ok()).map(str::trim);
    let zoned = written.and_then(|written| jiff::fmt::rfc2822::parse(written).ok());
    zoned.map_or_else(Timestamp::now, |zoned| zoned.timestamp())
}

/// The truth file, and each message with its path: those it names, and the others beside them.
fn planted(folder: &Path) -> Result<(Truth, BTreeMap<String, PathBuf>), Vec<Problem>> {
    let file = folder.join("truth.jsonl");
    let name = file.display().to_string();
    let text = std::fs::read(&file).map_err(|error| {
        let right = "a folder with truth.jsonl and messages; `exeat eval --help` shows a line";
        vec![Problem::new(&name, None, format!("cannot be read: {error}")).right(right)]
    })?;
    let text = String::from_utf8(text)
        .map_err(|_| vec![Problem::new(&name, None, "is not UTF-8").right("JSON in UTF-8, one object a line")])?;
    let truth = Truth::read(&text, &name)?;
    let (mut files, mut problems) = (others(folder), Vec::new());
    for (message, items) in &truth.messages {
        let places = [folder.join(message), folder.join("eml").join(message)];
        match places.into_iter().find(|path| path.is_file()) {
            Some(path) => {
                files.retain(|_, other| *other != path);
                files.insert(message.clone(), path);
            }
            None => problems.push(
                Problem::new(&name, items.first().map(|item| item.line), "there is no such message")
                    .written(message)
                    .right("the path of a message, below the folder or below eml/ in it"),
            ),
        }
    }
    if problems.is_empty() { Ok((truth, files)) } else { Err(problems) }
}

/// All messages (`*.eml`) in the folder and in eml/.
fn others(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for place in [folder.to_owned(), folder.join("eml")] {
        let entries = std::fs::read_dir(place).into_iter().flatten().filter_map(Result::ok);
        for path in entries.map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "eml") && path.is_file() {
                let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
                found.insert(name, path);
            }
        }
    }
    found
}

/// The school to look with: the config's, or one of the lists that come with the program; and the room's settings.
fn school(arguments: &Arguments) -> Result<(School, room::Settings), Vec<Problem>> {
    let beside = |name: &str| Some(arguments.folder.join(name)).filter(|path| path.is_file());
    let (mut school, settings, columns) = match arguments.config.clone().or_else(|| beside("exeat.toml")) {
        Some(file) => {
            let (config, _) = Config::read(&file)?;
            let (school, _) = loading::school(&config)?;
            (school, config.room.clone(), config.roster.columns)
        }
        None => (bare_school(beside("staff.csv"))?, room::Settings::default(), Columns::default()),
    };
    let roster =
        arguments.roster.clone().or_else(|| school.roster.is_empty().then(|| arguments.folder.join("roster.csv")));
    if let Some(file) = roster {
        let (roster, problems) = Roster::read(&bytes_of(&file)?, &columns, &file.display().to_string());
        refuse(problems)?;
        school.roster = roster;
    }
    Ok((school, settings))
}

fn bare_school(staff: Option<PathBuf>) -> Result<School, Vec<Problem>> {
    let mut school = School { lists: Lists::built_in(), ..School::default() };
    if let Some(file) = staff {
        let (staff, problems) = Staff::read(&bytes_of(&file)?, &staff::Columns::default(), &file.display().to_string());
        refuse(problems)?;
        school.identity.domains = staff
            .members()
            .filter_map(|member| member.address.as_ref())
            .map(|address| Address::domain(address).to_owned())
            .collect();
        school.identity.domains.sort();
        school.identity.domains.dedup();
        school.staff = staff;
    }
    Ok(school)
}

fn bytes_of(file: &Path) -> Result<Vec<u8>, Vec<Problem>> {
    let name = file.display().to_string();
    std::fs::read(file).map_err(|error| {
        vec![Problem::new(name, None, format!("cannot be read: {error}")).right("a file that you may read")]
    })
}

/// Warnings are nothing to stop for.
fn refuse(problems: Vec<Problem>) -> Result<(), Vec<Problem>> {
    if problems.iter().all(|problem| problem.warning) { Ok(()) } else { Err(problems) }
}
