//! The settings of everything: one TOML file, read as written, then checked into what is meant.

mod enforce;
mod size;

pub use enforce::enforce_in_file;
pub use size::Bytes;

use crate::courier;
use crate::document::{Document, Taken};
use crate::milter;
use crate::notice;
use crate::policy::Enforcement;
use crate::problem::Problem;
use crate::room;
use crate::school::{Identity, calendar, roster, staff};
use crate::source;
use crate::store;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where the settings are looked for when no `--config` is given.
pub const DEFAULT_FILE: &str = "/etc/exeat/exeat.toml";

/// All settings, as meant.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file they were read from.
    pub file: PathBuf,
    /// Record only, or act.
    pub mode: Mode,
    /// Where the program keeps what it must remember (last good policy, spool).
    pub state_dir: PathBuf,
    /// Bytes of memory that bodies, workers and answers may hold at once.
    pub memory: u64,
    /// The school itself.
    pub school: Identity,
    /// Lists of addresses.
    pub lists: Lists,
    /// The pupils.
    pub roster: RosterFile,
    /// The staff.
    pub staff: StaffFile,
    /// The published weight table of UK sort codes, where one is installed.
    pub sort_codes: SortCodeFiles,
    /// Opening hours and holidays.
    pub calendar: calendar::Calendar,
    /// Whose mail is whose.
    pub sources: source::Sources,
    /// Pack: the name of a shipped one, or a file.
    pub pack: String,
    /// Which rules act once `mode` is `enforce`.
    pub enforce: Enforcement,
    /// The relay's side.
    pub milter: milter::Settings,
    /// The worker processes.
    pub room: room::Settings,
    /// Where kept mail waits; `None` while only monitoring.
    pub store: Option<store::Settings>,
    /// Who sends notices and released mail.
    pub courier: courier::Settings,
    /// What the sender is told.
    pub notice: notice::Settings,
    /// Where `/metrics`, `/healthz` and `/readyz` are served.
    pub http: SocketAddr,
    /// How the log is written.
    pub log: Log,
    /// When staff were told that their mail is checked; `None` in a sample school.
    pub staff_told_on: Option<jiff::civil::Date>,
}

/// Record only, or act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Every message is relayed unchanged; what the rules would have done is recorded.
    #[default]
    Monitor,
    /// The rules named in `[policy] enforce` act.
    Enforce,
}

/// How the log is written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `json` or `text`.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug` or a filter such as `exeat=debug`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Json, level: "info".to_owned() }
    }
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// `[lists]`: whole addresses or domains.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lists {
    /// Social care, police, NHS, exam boards, the authority's teams.
    pub authorities: Vec<String>,
    /// Children's helplines.
    pub helplines: Vec<String>,
    /// Agencies pupils' data may go to.
    pub agencies: Vec<String>,
    /// Personal-mail domains besides the shipped list.
    pub personal_mail: Vec<String>,
    /// Posting addresses of social media and lists.
    pub posting: Vec<String>,
    /// Phrases that spell a pupil's name and are none, besides the shipped list.
    pub phrases: Vec<String>,
}

/// `[roster]`.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RosterFile {
    /// The CSV file.
    pub file: PathBuf,
    /// What its columns are called.
    pub columns: roster::Columns,
}

/// `[sort_codes]`: the tables that check an account number against its sort code; licensed, so the operator
/// installs them.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SortCodeFiles {
    /// The weight table.
    pub weights: Option<PathBuf>,
    /// The list of substitutes.
    pub substitutes: Option<PathBuf>,
}

/// `[staff]`.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StaffFile {
    /// The CSV file.
    pub file: PathBuf,
    /// What its columns are called.
    pub columns: staff::Columns,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Privacy {
    /// When staff were told that outgoing mail is checked.
    staff_told_on: Option<toml::value::Datetime>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrittenPolicy {
    pack: String,
    enforce: Enforce,
}

/// `enforce = "all"` or a list of rules.
#[derive(Debug, serde::Deserialize)]
#[serde(untagged, expecting = "\"all\" or a list of rule ids")]
enum Enforce {
    All(All),
    Rules(BTreeSet<String>),
}

#[derive(Debug, serde::Deserialize)]
enum All {
    #[serde(rename = "all")]
    All,
}

impl Default for Enforce {
    fn default() -> Self {
        Self::Rules(BTreeSet::new())
    }
}

#[derive(Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Http {
    listen: SocketAddr,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9464)) }
    }
}

/// The keys that stand at the top of the file.
#[derive(Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Top {
    mode: Mode,
    state_dir: PathBuf,
    memory: Bytes,
    /// The invented school of the quickstart and the tests: nobody to be told.
    sample_school: bool,
}

impl Default for Top {
    fn default() -> Self {
        Self {
            mode: Mode::Monitor,
            state_dir: PathBuf::from("/var/lib/exeat"),
            memory: Bytes(160 << 20),
            sample_school: false,
        }
    }
}

impl Config {
    /// Reads and checks a config file. Warnings come back beside the settings.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(file: &Path) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| {
            vec![
                Problem::new(&name, None, format!("the config file cannot be read: {error}"))
                    .right("a readable TOML file; `exeat serve --config FILE`"),
            ]
        })?;
        Self::read_text(file, &text)
    }

    /// Reads and checks the text of a config file; relative paths in it start at the file's folder.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read_text(file: &Path, text: &str) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let name = file.display().to_string();
        let mut document = Document::parse(&name, text);
        let privacy = document.take_or_default::<Privacy>("privacy");
        let policy = document.take::<WrittenPolicy>("policy");
        let school = document.take::<Identity>("school");
        let lists = document.take_or_default("lists");
        let sort_codes = document.take_or_default::<SortCodeFiles>("sort_codes");
        let roster = document.take::<RosterFile>("roster");
        let staff = document.take::<StaffFile>("staff");
        let calendar = document.take_or_default::<calendar::Settings>("calendar");
        let sources = document.take_all::<source::SourceEntry>("source");
        let unknown = document.take_value::<source::UnknownSource>("unknown_source");
        let milter = document.take_or_default::<milter::Settings>("milter");
        let room = document.take_or_default("room");
        let store = document.take::<store::Written>("store").map(|taken| taken.value);
        let courier = document.take_or_default::<courier::Written>("courier");
        let mut notice = document.take_or_default::<notice::Settings>("notice");
        let http = document.take_or_default::<Http>("http");
        let log = document.take_or_default("log");
        let top = document.take_rest::<Top>().value;
        let mut problems = std::mem::take(&mut document.problems);
        missing(&name, policy.as_ref(), school.as_ref(), roster.as_ref(), staff.as_ref(), &mut problems);
        if milter.listen.is_empty() {
            let what = "[[milter.listen]] is missing: the relay has nowhere to connect";
            problems.push(Problem::new(&name, None, what).right("name = \"relay\", socket = \"inet:127.0.0.1:8894\""));
        }
        let staff_told_on = privacy.staff_told_on.and_then(|told| told.date).and_then(day);
        if !top.sample_school && staff_told_on.is_none() {
            problems.push(staff_not_told(&name));
        }
        let store = store.and_then(|mut written| {
            written.path = beside(file, &written.path);
            written.key_file = written.key_file.map(|key| beside(file, &key));
            written.check(&name, &mut problems)
        });
        if store.is_none()
            && top.mode == Mode::Enforce
            && !problems.iter().any(|problem| problem.what.contains("store"))
        {
            problems.push(
                Problem::new(&name, None, "[store] is missing: what is held must wait somewhere")
                    .right("path and key_file, see deploy/exeat.toml"),
            );
        }
        let (calendar, wrong) = calendar::Calendar::read(&calendar, &name);
        problems.extend(wrong);
        let sources = sources.into_iter().map(|taken| taken.value).collect();
        let (sources, wrong) = source::Sources::read(&source::Settings { sources, unknown_source: unknown }, &name);
        problems.extend(wrong);
        let courier = courier.check(&name, &mut problems);
        let mut lists: Lists = lists;
        lists.check(&name, &mut problems);
        let mut school = school.map(|taken| taken.value).unwrap_or_default();
        school.domains.iter_mut().for_each(|domain| *domain = domain.trim().to_lowercase());
        if notice.from.is_empty() {
            notice.from = format!("postmaster@{}", school.domains.first().map_or("localhost", String::as_str));
        }
        if problems.iter().any(|problem| !problem.warning) {
            return Err(problems);
        }
        let (Some(policy), Some(roster), Some(staff), Some(courier)) = (policy, roster, staff, courier) else {
            return Err(problems);
        };
        let config = Self {
            mode: top.mode,
            state_dir: beside(file, &top.state_dir),
            memory: top.memory.0,
            sort_codes: SortCodeFiles {
                weights: sort_codes.weights.map(|table| beside(file, &table)),
                substitutes: sort_codes.substitutes.map(|table| beside(file, &table)),
            },
            school,
            lists,
            roster: RosterFile { file: beside(file, &roster.value.file), ..roster.value },
            staff: StaffFile { file: beside(file, &staff.value.file), ..staff.value },
            calendar,
            sources,
            pack: policy.value.pack,
            enforce: match policy.value.enforce {
                Enforce::All(All::All) => Enforcement::All,
                Enforce::Rules(rules) => Enforcement::Only(rules),
            },
            milter,
            room,
            store,
            courier,
            notice,
            http: http.listen,
            log,
            staff_told_on,
            file: file.to_owned(),
        };
        Ok((config, problems))
    }

    /// Which rules act: none in monitor mode, whatever else is written.
    #[must_use]
    pub fn enforcement(&self) -> Enforcement {
        match self.mode {
            Mode::Monitor => Enforcement::Monitor,
            Mode::Enforce => self.enforce.clone(),
        }
    }
}

/// What no installation can do without.
fn missing(
    name: &str,
    policy: Option<&Taken<WrittenPolicy>>,
    school: Option<&Taken<Identity>>,
    roster: Option<&Taken<RosterFile>>,
    staff: Option<&Taken<StaffFile>>,
    problems: &mut Vec<Problem>,
) {
    let mut say = |is_there: bool, what: &str, right: &str| {
        if !is_there {
            problems.push(Problem::new(name, None, what).right(right));
        }
    };
    say(
        school.as_ref().is_some_and(|school| !school.value.domains.is_empty()),
        "[school] domains is missing: without it nobody is inside and nobody outside",
        "domains = [\"school.example\"]",
    );
    say(
        policy.as_ref().is_some_and(|policy| !policy.value.pack.is_empty()),
        "[policy] pack is missing",
        "pack = \"primary\" (see `exeat policy list`), or the path of a pack of your own",
    );
    say(
        roster.as_ref().is_some_and(|roster| !roster.value.file.as_os_str().is_empty()),
        "[roster] file is missing",
        "file = \"roster.csv\", the export of your pupils",
    );
    say(
        staff.as_ref().is_some_and(|staff| !staff.value.file.as_os_str().is_empty()),
        "[staff] file is missing",
        "file = \"staff.csv\": a notice goes only to somebody who stands there",
    );
}

fn day(date: toml::value::Date) -> Option<jiff::civil::Date> {
    let (year, month, day) =
        (i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
    jiff::civil::Date::new(year, month, day).ok()
}

fn staff_not_told(name: &str) -> Problem {
    let what = "[privacy] staff_told_on is missing: people whose mail is checked must be told before it begins \
                (what is checked, why, and who sees it), and the date is asked for in any complaint or inspection";
    Problem::new(name, None, what).right("staff_told_on = 2026-09-01, the day on which staff were told")
}

/// A path of the config file; relative ones start at its folder.
fn beside(file: &Path, path: &Path) -> PathBuf {
    file.parent().map_or_else(|| path.to_owned(), |folder| folder.join(path))
}

impl Lists {
    /// An entry is a whole address or a domain; an empty `authorities` list is worth a warning.
    fn check(&mut self, name: &str, problems: &mut Vec<Problem>) {
        let all = [
            ("authorities", &self.authorities),
            ("helplines", &self.helplines),
            ("agencies", &self.agencies),
            ("personal_mail", &self.personal_mail),
            ("posting", &self.posting),
        ];
        for (key, entries) in all {
            for entry in entries
                .iter()
                .filter(|entry| entry.trim().is_empty() || entry.contains(char::is_whitespace) || !entry.contains('.'))
            {
                let what = format!("[lists] {key} has an entry that is neither an address nor a domain");
                problems.push(
                    Problem::new(name, None, what)
                        .written(entry)
                        .right("\"name@council.example\" or \"council.example\""),
                );
            }
        }
        if self.authorities.is_empty() {
            problems.push(
                Problem::new(
                    name,
                    None,
                    "[lists] authorities is empty: mail to social care or the police would be checked and may be held",
                )
                .right("authorities = [\"mash@council.example\", \"police.example\"]: mail to them is never delayed")
                .warning(),
            );
        }
    }
}
