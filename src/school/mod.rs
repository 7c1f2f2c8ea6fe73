//! What we know of the school.

/// When the school is open: hours, holidays, terms, closures.
pub mod calendar;
/// Lists of ours: addresses, domains, phrases, one entry a line.
pub mod lists;
/// Names as words.
pub mod names;
/// Pupils and their contacts.
pub mod roster;
/// Whether an account can exist at a sort code.
pub mod sort_codes;
/// Staff, their groups and their private addresses.
pub mod staff;
/// Tables of ours: CSV files with named columns.
pub mod table;
/// Telephone numbers as they are compared.
pub mod telephones;

use crate::mail::Address;
use rustc_hash::FxHashSet;

/// Everything we know, built anew at each reload and then only read.
#[derive(Debug, Default)]
pub struct School {
    /// Pupils, their names indexed.
    pub roster: roster::Roster,
    /// Staff directory.
    pub staff: staff::Staff,
    /// Opening hours and closures.
    pub calendar: calendar::Calendar,
    /// The school's own identity, numbers and lists.
    pub identity: Identity,
    /// Lists of addresses and domains.
    pub lists: Lists,
    /// The banks' table of weights, where the operator has installed it.
    pub sort_codes: Option<sort_codes::SortCodes>,
}

/// The school itself.
#[derive(Debug, Clone, Default, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// Name as it stands in notices.
    pub name: String,
    /// Own mail domains, lower case; everything else is outside.
    pub domains: Vec<String>,
    /// Telephone number for the line "If a child is at risk, do not wait".
    pub telephone: String,
    /// Whom to ask about a notice (an address at the school).
    pub contact: String,
    /// Own postcodes, telephone numbers, account numbers and the like, which are never findings.
    pub own_numbers: Vec<String>,
    /// Web hosts of the school, whose links are no findings.
    pub hosts: Vec<String>,
    /// Hosts of the school's own storage, whose links open for those alone whom the sender named.
    pub secure_link_hosts: Vec<String>,
    /// Text of the disclaimer; empty: none is added.
    pub disclaimer: String,
}

/// Lists of whole addresses (`a@b`) or domains (`b`), lower case.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    /// Social care, police, NHS, exam boards, ...: never delayed or changed by anything.
    pub authorities: AddressList,
    /// Children's helplines: the same.
    pub helplines: AddressList,
    /// Personal-mail (free-mail) domains.
    pub personal_mail: AddressList,
    /// Agencies pupils' data may go to.
    pub agencies: AddressList,
    /// Posting addresses of social media and lists.
    pub posting: AddressList,
    /// Domains to which the relay sends over enforced, verified TLS alone.
    pub trusted_routes: AddressList,
    /// Ordinary phrases that spell a pupil's name and are none (folded).
    pub phrases: Vec<String>,
    /// Forename and surname of authors whose books are read at school (folded).
    pub authors: FxHashSet<String>,
    /// Ordinary words that are names as well (folded).
    pub ordinary: FxHashSet<String>,
}

/// Addresses and domains. A domain entry covers its subdomains.
#[derive(Debug, Clone, Default)]
pub struct AddressList {
    entries: FxHashSet<String>,
}

impl AddressList {
    /// Reads entries, one address or domain each; case and surrounding space do not matter.
    #[must_use]
    pub fn read<'a>(entries: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            entries: entries
                .into_iter()
                .map(|entry| entry.trim().trim_start_matches('@').to_lowercase())
                .filter(|entry| !entry.is_empty())
                .collect(),
        }
    }
    /// Whether the address, its domain or a parent domain is listed.
    #[must_use]
    pub fn covers(&self, address: &Address) -> bool {
        if self.entries.is_empty() {
            return false;
        }
        if self.entries.contains(address.as_str()) {
            return true;
        }
        let mut domain = address.domain();
        while !domain.is_empty() {
            if self.entries.contains(domain) {
                return true;
            }
            domain = domain.split_once('.').map_or("", |(_, parent)| parent);
        }
        false
    }
    /// Whether the address's own domain is listed: not a parent of it, and not the address.
    #[must_use]
    pub fn names_domain_of(&self, address: &Address) -> bool {
        self.entries.contains(address.domain())
    }
    /// Adds the entries of another list.
    pub fn extend(&mut self, other: Self) {
        self.entries.extend(other.entries);
    }
    /// No entry at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

impl School {
    /// Whether an address is at one of the school's own domains (or a subdomain).
    #[must_use]
    pub fn is_inside(&self, address: &Address) -> bool {
        // A local part that names another host (`user%host`, `host!user`, `user@host`): some relays send it there.
        if address.local().contains(['%', '!', '@']) {
            return false;
        }
        let domain = address.domain();
        self.identity
            .domains
            .iter()
            .any(|own| domain == own || domain.strip_suffix(own.as_str()).is_some_and(|head| head.ends_with('.')))
    }
    /// Whether mail to this address must never be delayed or changed.
    #[must_use]
    pub fn is_protective(&self, address: &Address) -> bool {
        self.lists.authorities.covers(address) || self.lists.helplines.covers(address)
    }
}
