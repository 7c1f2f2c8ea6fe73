//! The settings as they are written, before anything is made of them.

use super::{Bytes, Lists, Log, Mode, RosterFile, SortCodeFiles, StaffFile};
use crate::courier;
use crate::document::{Document, Taken};
use crate::milter;
use crate::notice;
use crate::policy::Enforcement;
use crate::room;
use crate::school::{Identity, calendar};
use crate::source;
use crate::store;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A whole file, table by table.
pub(super) struct Written {
    pub privacy: Option<Taken<Privacy>>,
    pub policy: Option<Taken<WrittenPolicy>>,
    pub school: Option<Taken<Identity>>,
    pub lists: Lists,
    pub sort_codes: SortCodeFiles,
    pub roster: Option<Taken<RosterFile>>,
    pub staff: Option<Taken<StaffFile>>,
    pub calendar: calendar::Settings,
    pub sources: Vec<source::SourceEntry>,
    pub unknown_source: Option<source::UnknownSource>,
    pub milter: milter::Settings,
    pub room: room::Settings,
    pub store: Option<store::Written>,
    pub courier: courier::Written,
    pub notice: notice::Settings,
    pub http: Http,
    pub log: Log,
    pub top: Top,
}

impl Written {
    /// Takes every table out of a document; what is wrong in them stays with the document.
    pub fn take(document: &mut Document<'_>) -> Self {
        Self {
            privacy: document.take("privacy"),
            policy: document.take("policy"),
            school: document.take("school"),
            lists: document.take_or_default("lists"),
            sort_codes: document.take_or_default("sort_codes"),
            roster: document.take("roster"),
            staff: document.take("staff"),
            calendar: document.take_or_default("calendar"),
            sources: document.take_all("source").into_iter().map(|taken| taken.value).collect(),
            unknown_source: document.take_value("unknown_source"),
            milter: document.take_or_default("milter"),
            room: document.take_or_default("room"),
            store: document.take("store").map(|taken| taken.value),
            courier: document.take_or_default("courier"),
            notice: document.take_or_default("notice"),
            http: document.take_or_default("http"),
            log: document.take_or_default("log"),
            // What no table above is called is a key of the top, or a mistake.
            top: document.take_rest().value,
        }
    }

    /// Relative paths begin at the config file's folder.
    pub fn begin_paths_at(&mut self, folder: &Path) {
        let mut paths = vec![&mut self.top.state_dir];
        if let Some(store) = &mut self.store {
            paths.push(&mut store.path);
            paths.extend(&mut store.key_file);
        }
        for path in [&mut self.courier.tls_roots, &mut self.courier.tls_certificate, &mut self.courier.tls_key] {
            paths.extend(path);
        }
        paths.extend(&mut self.sort_codes.weights);
        paths.extend(&mut self.sort_codes.substitutes);
        paths.extend(self.roster.as_mut().map(|roster| &mut roster.value.file));
        paths.extend(self.staff.as_mut().map(|staff| &mut staff.value.file));
        for path in paths.into_iter().filter(|path| !path.as_os_str().is_empty()) {
            *path = folder.join(&*path);
        }
    }

    /// The day on which staff were told, where a real day is written.
    pub fn staff_told_on(&self) -> Option<jiff::civil::Date> {
        day(self.privacy.as_ref()?.value.staff_told_on?.date?)
    }
}

fn day(date: toml::value::Date) -> Option<jiff::civil::Date> {
    let (year, month, day) =
        (i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
    jiff::civil::Date::new(year, month, day).ok()
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Privacy {
    /// When staff were told that outgoing mail is checked.
    pub staff_told_on: Option<toml::value::Datetime>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WrittenPolicy {
    pub pack: String,
    pub enforce: Enforce,
}

/// `enforce = "all"` or a list of rules.
#[derive(Debug, serde::Deserialize)]
#[serde(untagged, expecting = "\"all\" or a list of rule ids")]
pub(super) enum Enforce {
    All(All),
    Rules(BTreeSet<String>),
}

#[derive(Debug, serde::Deserialize)]
pub(super) enum All {
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
pub(super) struct Http {
    pub listen: SocketAddr,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9464)) }
    }
}

/// The keys that stand at the top of the file.
#[derive(Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Top {
    pub mode: Mode,
    pub state_dir: PathBuf,
    pub memory: Bytes,
    /// The invented school of the quickstart and the tests: nobody to be told.
    pub sample_school: bool,
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

impl From<Enforce> for Enforcement {
    fn from(written: Enforce) -> Self {
        match written {
            Enforce::All(All::All) => Self::All,
            Enforce::Rules(rules) => Self::Only(rules),
        }
    }
}
