//! The `[[source]]` entries as they are written, and as they are meant.

use super::SenderClass;
use crate::problem::Problem;
use crate::school::lists::{CLOUD_RANGES, entries};
use std::net::IpAddr;

/// Whose mail is whose, as it is written in the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Entries, tried in order; the first whose conditions all hold decides.
    #[serde(rename = "source")]
    pub sources: Vec<SourceEntry>,
    /// What becomes of mail that no entry fits. There is no default.
    pub unknown_source: Option<UnknownSource>,
}

/// What becomes of mail that matches no source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownSource {
    /// It passes unchanged, and is counted.
    RelayUntouched,
    /// The relay is asked to try again later.
    Tempfail,
    /// It is refused.
    Reject,
    /// It is judged as mail of a member of staff.
    JudgeAsStaff,
}

/// A mail service whose addresses are shared by all its customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cloud {
    /// Microsoft 365.
    Microsoft365,
    /// Google Workspace.
    Google,
}

impl Cloud {
    const fn word(self) -> &'static str {
        match self {
            Self::Microsoft365 => "microsoft365",
            Self::Google => "google",
        }
    }
}

/// On which side of the school a source stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// It brings the school's own mail.
    #[default]
    School,
    /// It brings mail from outside.
    Outside,
}

/// One source: conditions that must all hold, and what is known of its mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceEntry {
    /// Name, for logs and reports.
    pub name: String,
    /// Names of our own listeners.
    pub listener: Vec<String>,
    /// Addresses or ranges (`10.0.0.0/8`) of the relay's client.
    pub client_addr: Vec<String>,
    /// Subjects of a client certificate that the relay verified.
    pub certificate: Vec<String>,
    /// Authenticated users, by name or address; `*`: any.
    pub auth: Vec<String>,
    /// A mark that the cloud service sets and that names our tenant.
    pub tenant_mark: Option<TenantMark>,
    /// The cloud service this is; its published ranges hold where `client_addr` is empty.
    pub cloud: Option<Cloud>,
    /// On which side it stands.
    pub from: Side,
    /// The class of all its mail; without it the staff directory says.
    pub class: Option<SenderClass>,
    /// Only servers that check their users' sender addresses stand there (a mail system of the school, say), so that its
    /// envelope senders, the null sender too, are believed.
    pub servers_only: bool,
    /// It forwards mail for outsiders, whose envelope sender and author are not the school's.
    pub forwards: bool,
}

/// A header field that names our tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantMark {
    /// Field name, e.g. `X-OriginatorOrg`.
    pub header: String,
    /// Its value, e.g. the tenant's domain.
    pub value: String,
}

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// IPv4 as `::ffff:a.b.c.d`.
    bits: u128,
    length: u32,
}

impl Range {
    /// Reads an address or `address/length`.
    #[must_use]
    pub fn read(written: &str) -> Option<Self> {
        let (address, length) = match written.trim().split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (written.trim(), None),
        };
        let address: IpAddr = address.parse().ok()?;
        let (whole, shift) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let length = length.unwrap_or(whole);
        (length <= whole).then(|| {
            let length = length + shift;
            Self { bits: bits(address) & mask(length), length }
        })
    }
    /// Whether an address lies in it.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        bits(address) & mask(self.length) == self.bits
    }
    fn overlaps(&self, other: &Self) -> bool {
        let shorter = mask(self.length.min(other.length));
        self.bits & shorter == other.bits & shorter
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn mask(length: u32) -> u128 {
    u128::MAX.checked_shl(128 - length.min(128)).unwrap_or(0)
}

/// A source as it is meant.
#[derive(Debug, Clone)]
pub struct Source {
    /// As it was written.
    pub entry: SourceEntry,
    /// The ranges its client stands in; empty: anywhere.
    pub ranges: Vec<Range>,
}

/// All sources, ready to be asked.
#[derive(Debug, Clone)]
pub struct Sources {
    /// In the order they are tried.
    pub sources: Vec<Source>,
    /// What becomes of mail that no source fits.
    pub unknown: UnknownSource,
}

impl Default for Sources {
    /// No source: everything is put off, never passed.
    fn default() -> Self {
        Self { sources: Vec::new(), unknown: UnknownSource::Tempfail }
    }
}

/// The published ranges of the cloud services.
fn cloud_ranges() -> impl Iterator<Item = (&'static str, Range)> {
    entries(CLOUD_RANGES).filter_map(|(_, entry)| {
        let (service, range) = entry.split_once(' ')?;
        Some((service, Range::read(range)?))
    })
}

impl Sources {
    /// Reads the settings; all mistakes are told at once.
    #[must_use]
    pub fn read(settings: &Settings, file: &str) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let unknown = settings.unknown_source.unwrap_or_else(|| {
            let problem =
                Problem::new(file, None, "`unknown_source` is missing: what becomes of mail that no source fits?");
            problems.push(problem.right("relay_untouched, tempfail, reject or judge_as_staff"));
            UnknownSource::Tempfail
        });
        let mut sources = Vec::new();
        for (place, entry) in settings.sources.iter().enumerate() {
            if settings.sources.iter().take(place).any(|other| other.name == entry.name) {
                let problem = Problem::new(file, None, "two sources have the same name").written(&entry.name);
                problems.push(problem.right("a name of its own for each"));
            }
            let before = settings.sources.get(..place).unwrap_or_default();
            sources.push(read_entry(entry, before, file, &mut problems));
        }
        (Self { sources, unknown }, problems)
    }
}

fn read_entry(entry: &SourceEntry, before: &[SourceEntry], file: &str, problems: &mut Vec<Problem>) -> Source {
    let mut wrong = |what: &str, written: &str, right: &str| {
        let what = format!("source `{}`: {what}", entry.name);
        problems.push(Problem::new(file, None, what).written(written).right(right));
    };
    if entry.name.trim().is_empty() {
        wrong("it has no name", "", "name = \"...\"");
    }
    let mut ranges = Vec::new();
    for written in &entry.client_addr {
        match Range::read(written) {
            Some(range) => ranges.push(range),
            None => {
                wrong("this is neither an address nor a range", written, "192.0.2.1, 192.0.2.0/24 or 2001:db8::/32");
            }
        }
    }
    let shared = cloud_ranges().find(|(_, cloud)| ranges.iter().any(|range| range.overlaps(cloud)));
    // A range of strangers is right only behind the entry that takes the school's own mail out of it.
    let service_of = |other: &SourceEntry| other.cloud == entry.cloud && other.tenant_mark.is_some();
    let marked_before = entry.from == Side::Outside && before.iter().any(service_of);
    if entry.tenant_mark.is_none() && !marked_before && (entry.cloud.is_some() || shared.is_some()) {
        let service = entry.cloud.map(Cloud::word).or(shared.map(|(service, _)| service)).unwrap_or_default();
        wrong(
            "these addresses are shared by all customers of the service, and no tenant mark is named",
            service,
            "tenant_mark = { header = \"X-OriginatorOrg\", value = \"your-domain\" } for Microsoft 365; for Google a header that your routing rule sets",
        );
    }
    if let (Some(cloud), true) = (entry.cloud, entry.client_addr.is_empty()) {
        ranges.extend(cloud_ranges().filter(|(service, _)| *service == cloud.word()).map(|(_, range)| range));
    }
    if let Some(mark) = &entry.tenant_mark {
        let name_fits = !mark.header.is_empty() && mark.header.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        if !name_fits || mark.value.trim().is_empty() {
            wrong(
                "the tenant mark is not complete",
                &mark.header,
                "a header name and the value that names your tenant",
            );
        }
        if ranges.is_empty() && entry.certificate.is_empty() && entry.auth.is_empty() {
            wrong(
                "anybody could write the tenant mark",
                &mark.header,
                "`client_addr`, `cloud` or `certificate` beside it: the mark is believed only from there",
            );
        }
    }
    let conditions =
        [entry.listener.is_empty(), entry.client_addr.is_empty(), entry.certificate.is_empty(), entry.auth.is_empty()];
    if conditions.iter().all(|empty| *empty) && entry.cloud.is_none() && entry.tenant_mark.is_none() {
        wrong(
            "it has no condition and would fit all mail",
            "",
            "`listener`, `client_addr`, `certificate`, `auth` or `cloud`",
        );
    }
    Source { entry: entry.clone(), ranges }
}
