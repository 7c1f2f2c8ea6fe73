//! The settings of everything: one TOML file, read as written, then checked into what is meant.

mod enforce;
mod fit;
mod place;
mod size;
mod written;

pub use enforce::enforce_in_file;
pub(crate) use place::line_of_key;
pub use size::Bytes;

use crate::courier;
use crate::document::Document;
use crate::milter;
use crate::notice;
use crate::policy::Enforcement;
use crate::problem::Problem;
use crate::room;
use crate::school::{Identity, calendar, roster, staff};
use crate::source;
use crate::store;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use written::Written;

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
    /// Domains to which the relay sends over enforced, verified TLS alone.
    pub trusted_routes: Vec<String>,
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

impl Config {
    /// Reads and checks a config file. Warnings come back beside the settings.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(file: &Path) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| {
            vec![Problem::new(&name, None, format!("the config file cannot be read: {error}")).right(
                "begin with a copy of deploy/exeat.toml; another place is named by --config FILE or EXEAT_CONFIG",
            )]
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
        if !document.problems.is_empty() {
            // What stands behind a broken line belongs to nobody knows which table.
            return Err(document.problems);
        }
        let mut written = Written::take(&mut document);
        let mut problems = std::mem::take(&mut document.problems);
        written.begin_paths_at(file.parent().unwrap_or(Path::new("")));
        fit::check(&name, &written, &mut problems);
        let config = Self::mean(file, &name, written, &mut problems);
        place::find(text, &mut problems);
        match config {
            Some(config) if problems.iter().all(|problem| problem.warning) => Ok((config, problems)),
            _ => Err(problems),
        }
    }

    /// What is written, as it is meant. `None` where that cannot be said.
    fn mean(file: &Path, name: &str, written: Written, problems: &mut Vec<Problem>) -> Option<Self> {
        let staff_told_on = written.staff_told_on();
        let store = written.store.and_then(|store| store.check(name, problems));
        let (calendar, wrong) = calendar::Calendar::read(&written.calendar, name);
        problems.extend(wrong);
        let sources = source::Settings { sources: written.sources, unknown_source: written.unknown_source };
        let (sources, wrong) = source::Sources::read(&sources, name);
        problems.extend(wrong);
        let courier = written.courier.check(name, problems);
        let mut school = written.school?.value;
        school.domains.iter_mut().for_each(|domain| *domain = domain.trim().to_lowercase());
        let mut notice = written.notice;
        if notice.form.is_none()
            && sources.sources.iter().any(|source| source.entry.cloud == Some(source::Cloud::Microsoft365))
        {
            notice.form = Some(notice::Form::Message);
        }
        if notice.from.is_empty() {
            notice.from = format!("postmaster@{}", school.domains.first().map_or("localhost", String::as_str));
        }
        let policy = written.policy?.value;
        Some(Self {
            file: file.to_owned(),
            mode: written.top.mode,
            state_dir: written.top.state_dir,
            memory: written.top.memory.0,
            school,
            lists: written.lists,
            roster: written.roster?.value,
            staff: written.staff?.value,
            sort_codes: written.sort_codes,
            calendar,
            sources,
            pack: policy.pack,
            enforce: policy.enforce.into(),
            milter: written.milter,
            room: written.room,
            store,
            courier: courier?,
            notice,
            http: written.http.listen,
            log: written.log,
            staff_told_on,
        })
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
