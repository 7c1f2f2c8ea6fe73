//! `exeat roster check`: what is wrong with the list of pupils, whose names will collide, and how often they fire.

use super::check::files;
use super::eval::{envelope, sent};
use super::progress::Progress;
use super::{ConfigFile, FAILED, FOUND, OK, complain, fail};
use crate::app::loading;
use crate::budget::Budget;
use crate::checks::{View, pupil_names};
use crate::config::Config;
use crate::finding::Confidence;
use crate::mail::fold::fold;
use crate::room::{self, Room};
use crate::school::School;
use crate::school::roster::PupilId;
use crate::school::roster::collisions::Collision;
use crate::source::{Direction, Origin, SenderClass};
use crate::spool::Message;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::json;
use std::cmp::Reverse;
use std::collections::VecDeque;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pupils told besides those whose names collide: whose names fire most often.
const MOST_OFTEN: usize = 10;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Reads roster and staff directory: mistakes, pupils with one name, pupils named like staff or like ordinary words
    #[command(after_help = "\
With --mail, the messages of a folder are looked through for the names of pupils: how often each name that collides would \
have fired, and which other names fire most. A message counts once for a name: as firing when a rule of the usual \
confidence (medium) would see it, as weak when only a rule that asks for low confidence would. Initial with surname and \
forename with form are not counted. The messages are taken for outgoing mail of staff; nothing is kept, sent or changed, \
and pupils are named by the school's own number alone.

Exit code: 0; 1 if the files have mistakes; 2 if it could not be done, or a message could not be read.

Examples:
  exeat roster check
  exeat roster check --config ./exeat.toml
  exeat roster check --mail /var/mail/sent/
  exeat roster check --mail sent.mbox --json | jq '.collisions[] | select(.fired > 0)'")]
    Check(Arguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    file: ConfigFile,
    /// Messages to count in: a folder, a Maildir, an mbox file or one message; may be repeated
    #[arg(long, value_name = "PATH")]
    mail: Vec<PathBuf>,
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: Command) -> u8 {
    let Command::Check(arguments) = command;
    let config = match Config::read(&arguments.file.config) {
        Ok((config, _)) => config,
        Err(problems) => {
            complain(&problems);
            return FAILED;
        }
    };
    let school = match loading::school(&config) {
        Ok((school, warnings)) => {
            complain(&warnings);
            Arc::new(school)
        }
        Err(problems) => {
            complain(&problems);
            return FOUND;
        }
    };
    let counts = if arguments.mail.is_empty() {
        None
    } else {
        match count(&config, &school, &arguments.mail).await {
            Ok(counts) => Some(counts),
            Err(why) => return fail(&why),
        }
    };
    let collisions = school.roster.collisions(&school.staff, &school.lists);
    if arguments.json {
        say!("{}", in_json(&school, &collisions, counts.as_ref()));
    } else {
        in_lines(&config, &school, &collisions, counts.as_ref());
    }
    if counts.is_some_and(|counts| counts.unread > 0) { FAILED } else { OK }
}

/// In how many messages a name fires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Fired {
    /// With the usual confidence.
    surely: u64,
    /// Only with low confidence.
    weakly: u64,
}

#[derive(Debug, Default)]
struct Counts {
    messages: u64,
    unread: u64,
    pupils: FxHashMap<PupilId, Fired>,
}

impl Counts {
    /// A message counts once for the pupils of a collision, and where any of them is named surely, surely.
    fn add(&mut self, named: &FxHashMap<PupilId, bool>) {
        self.messages += 1;
        for (pupil, surely) in named {
            let fired = self.pupils.entry(*pupil).or_default();
            if *surely { fired.surely += 1 } else { fired.weakly += 1 }
        }
    }

    /// Namesakes are found as the first of them.
    fn of(&self, collision: &Collision) -> Fired {
        let all = collision.pupils.iter().filter_map(|pupil| self.pupils.get(pupil));
        all.fold(Fired::default(), |sum, fired| Fired {
            surely: sum.surely + fired.surely,
            weakly: sum.weakly + fired.weakly,
        })
    }

    /// Whose names fire most often though nothing of theirs collides.
    fn others(&self, collisions: &[Collision]) -> Vec<(PupilId, Fired)> {
        let known: FxHashSet<PupilId> = collisions.iter().flat_map(|collision| collision.pupils.clone()).collect();
        let others = self.pupils.iter().filter(|(pupil, _)| !known.contains(pupil));
        let mut others: Vec<(PupilId, Fired)> = others.map(|(pupil, fired)| (*pupil, *fired)).collect();
        others.sort_unstable_by_key(|(pupil, fired)| (Reverse((fired.surely, fired.weakly)), *pupil));
        others.truncate(MOST_OFTEN);
        others
    }
}

/// Looks through all messages, some at a time.
async fn count(config: &Config, school: &Arc<School>, paths: &[PathBuf]) -> Result<Counts, String> {
    if let Some(missing) = paths.iter().find(|path| path.as_path() != Path::new("-") && !path.exists()) {
        return Err(format!("{}: there is no such folder or file", missing.display()));
    }
    let room = Room::start(config.room.clone(), room::own_program(), Budget::new(1 << 30), Arc::new(())).await;
    let room = room.map_err(|error| format!("[room] {error}"))?;
    let total = std::io::stderr().is_terminal().then(|| paths.iter().map(|path| files::count(path)).sum());
    let mut progress = Progress::new(total, false);
    let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZero::get) + 1;
    let mut messages = paths.iter().flat_map(|path| files::messages(path));
    let (mut counts, mut running) = (Counts::default(), VecDeque::new());
    loop {
        while running.len() < at_once
            && let Some(message) = messages.next()
        {
            let (room, school) = (room.clone(), Arc::clone(school));
            running.push_back(tokio::spawn(async move {
                let (name, bytes) = message?;
                named(&room, &school, bytes).await.map_err(|why| format!("{name}: {why}"))
            }));
        }
        let Some(next) = running.pop_front() else { break };
        match next.await.map_err(|error| error.to_string())? {
            Ok(named) => counts.add(&named),
            Err(why) => {
                fail(&why);
                counts.unread += 1;
            }
        }
        progress.one_more();
    }
    progress.end();
    room.stop().await;
    Ok(counts)
}

/// The pupils a message names, and whether surely.
async fn named(room: &Room, school: &School, bytes: Vec<u8>) -> Result<FxHashMap<PupilId, bool>, String> {
    let message = Message::in_memory(bytes.clone(), 0, None);
    let tree = room.open(&message).await.map_err(|error| error.to_string())?;
    Ok(tokio::task::block_in_place(|| {
        let envelope = envelope(&tree);
        let sender = envelope.sender.as_ref().and_then(|path| path.address.clone());
        let origin = Origin { direction: Direction::Outgoing, class: SenderClass::Staff, source: None, sender };
        let folded = fold(&tree);
        let now = sent(&tree, &bytes);
        let view = View { envelope: &envelope, origin: &origin, tree: &tree, folded: &folded, school, now };
        let mut findings = Vec::new();
        (pupil_names::CHECK.look)(&view, &mut findings);
        let mut named = FxHashMap::default();
        for finding in findings.iter().filter(|finding| !pupil_names::is_short(finding.kind)) {
            if let Some(pupil) = finding.pupil {
                *named.entry(pupil).or_default() |= finding.confidence >= Confidence::Medium;
            }
        }
        named
    }))
}

fn in_lines(config: &Config, school: &School, collisions: &[Collision], counts: Option<&Counts>) {
    let file = config.roster.file.display().to_string();
    for collision in collisions {
        let mut problem = school.roster.told(collision, &file);
        if let Some(counts) = counts {
            problem.what = format!("{}; {}", problem.what, in_words(counts.of(collision), counts.messages));
        }
        complain(&[problem]);
    }
    if let Some(counts) = counts {
        let others = counts.others(collisions);
        if !others.is_empty() {
            say!("Most often named besides:");
        }
        for (pupil, fired) in others {
            let number = school.roster.pupil(pupil).map_or("", |pupil| pupil.id());
            say!("  {number}: {}", in_words(fired, counts.messages));
        }
        say!("{} messages were looked through, {} could not be read.", counts.messages, counts.unread);
    }
    say!("{file}: {} pupils; {}: {} entries.", school.roster.len(), config.staff.file.display(), school.staff.len());
}

fn in_words(fired: Fired, messages: u64) -> String {
    let weakly = if fired.weakly > 0 { format!(", weakly in {} more", fired.weakly) } else { String::new() };
    format!("would have fired in {} of {messages} messages{weakly}", fired.surely)
}

fn in_json(school: &School, collisions: &[Collision], counts: Option<&Counts>) -> serde_json::Value {
    let number = |pupil: &PupilId| school.roster.pupil(*pupil).map_or("", |pupil| pupil.id()).to_owned();
    let with = |mut line: serde_json::Value, fired: Option<Fired>| {
        if let (Some(fields), Some(fired)) = (line.as_object_mut(), fired) {
            fields.insert("fired".into(), json!(fired.surely));
            fields.insert("weakly".into(), json!(fired.weakly));
        }
        line
    };
    let collisions_told = collisions.iter().map(|collision| {
        let pupils: Vec<String> = collision.pupils.iter().map(number).collect();
        with(json!({"why": collision.why.name(), "pupils": pupils}), counts.map(|counts| counts.of(collision)))
    });
    let mut whole = json!({
        "pupils": school.roster.len(),
        "staff": school.staff.len(),
        "collisions": collisions_told.collect::<Vec<_>>(),
    });
    if let (Some(fields), Some(counts)) = (whole.as_object_mut(), counts) {
        fields.insert("messages".into(), json!(counts.messages));
        fields.insert("unread".into(), json!(counts.unread));
        let others = counts.others(collisions).into_iter();
        let others = others.map(|(pupil, fired)| with(json!({"pupil": number(&pupil)}), Some(fired)));
        fields.insert("others".into(), others.collect());
    }
    whole
}
