//! Personal, wrong, too many or too visible recipients.

/// Domains that look like another.
mod lookalike;
/// Addresses that stand in To and Cc.
mod visible;

pub use visible::addresses;

use super::{Check, View, pupil_names};
use crate::finding::{Confidence, Finding, Masked};
use crate::mail::Address;
use crate::school::names::{self, Grade, Variant};
use crate::school::roster::PupilId;
use rustc_hash::FxHashSet;

/// The check's entry in the roll call.
pub const CHECK: Check = Check {
    name: "recipients",
    kinds: &[
        "personal_mail",
        "own_personal_address",
        "pupil_private_address",
        "other_contact",
        "outside_count",
        "visible_outside",
        "lookalike_domain",
    ],
    look,
};

fn look(view: &View<'_>, findings: &mut Vec<Finding>) {
    let school = view.school;
    let outside = || {
        let recipients = view.envelope.recipients.iter().zip(0_u32..);
        recipients.filter_map(|(path, index)| Some((index, path.address.as_ref().filter(|to| !school.is_inside(to))?)))
    };
    let sender = Names::of_sender(view);
    let named = Named::read(view, findings);
    for (index, to) in outside() {
        let mut found = Vec::new();
        let personal = school.lists.personal_mail.covers(to);
        if personal {
            found.push(about("personal_mail", to, Confidence::High));
        }
        let own = own_personal(view, &sender, to, personal);
        found.extend(own.map(|sure| about("own_personal_address", to, sure)));
        found.extend(pupil_private(view, to, personal && own.is_none()));
        found.extend(named.other_contact(view, to));
        if !personal && lookalike::is_lookalike(to.domain(), &school.identity.domains) {
            found.push(about("lookalike_domain", to, Confidence::Medium));
        }
        findings.extend(found.into_iter().map(|finding| Finding { recipient: Some(index), ..finding }));
    }
    let all: FxHashSet<&Address> = outside().map(|(_, to)| to).collect();
    findings.extend(count("outside_count", all.len(), "outside recipients"));
    findings.extend(count(
        "visible_outside",
        visible::outside_addresses(view),
        "outside addresses that all recipients see",
    ));
}

fn about(kind: &'static str, to: &Address, confidence: Confidence) -> Finding {
    let value = names::word_key(to.as_str().as_bytes());
    Finding { confidence, value, ..Finding::whole(CHECK.name, kind, Masked::address(to)) }
}

fn count(kind: &'static str, count: usize, what: &str) -> Option<Finding> {
    let measure = u64::try_from(count).unwrap_or(u64::MAX);
    (count > 0)
        .then(|| Finding { measure, ..Finding::whole(CHECK.name, kind, Masked::fact(format!("{count} {what}"))) })
}

/// How the sender's name may be written.
#[derive(Default)]
struct Names {
    forenames: Vec<Variant>,
    surnames: Vec<Variant>,
}

impl Names {
    /// By the directory; else by the sender's own address, where it spells a name (`ruth.marlow`).
    fn of_sender(view: &View<'_>) -> Self {
        let Some(sender) = &view.origin.sender else { return Self::default() };
        if let Some(member) = view.school.staff.find(sender) {
            return Self { forenames: member.forenames(), surnames: member.surnames() };
        }
        match sender.local().split_once(['.', '_', '-']) {
            Some((forename, surname)) => Self {
                forenames: names::forename_variants(forename),
                surnames: names::surname_variants(surname, Grade::Full),
            },
            None => Self::default(),
        }
    }

    /// Whether a local part is an initial and the surname (`rmarlow`, `marlowr`).
    fn initial_and_surname(&self, local: &str) -> bool {
        let letters: String = names::words(&names::fold_words(names::without_tag(local))).collect();
        self.forenames.iter().filter_map(|variant| variant.words.first()?.chars().next()).any(|initial| {
            let surnames = self.surnames.iter().filter(|variant| variant.grade == Grade::Full);
            surnames
                .map(Variant::joined)
                .filter(|surname| surname.chars().count() >= 4)
                .any(|surname| letters == format!("{initial}{surname}") || letters == format!("{surname}{initial}"))
        })
    }
}

/// The sender's own private address: in the directory, or alike at a personal-mail service.
fn own_personal(view: &View<'_>, names: &Names, to: &Address, personal: bool) -> Option<Confidence> {
    let sender = view.origin.sender.as_ref()?;
    if view.school.staff.is_own_private(sender, to) {
        return Some(Confidence::High);
    }
    // A parent of the same name is a contact, and not the sender.
    if !personal || view.school.roster.owner_of_contact(to).next().is_some() {
        return None;
    }
    if names::local_part_spells(to.local(), &names.forenames, &names.surnames) {
        return Some(Confidence::High);
    }
    (sender.local() == to.local() || names.initial_and_surname(to.local())).then_some(Confidence::Medium)
}

/// A pupil's private address: in the roster, or one at a personal-mail service that spells a pupil's full name.
fn pupil_private(view: &View<'_>, to: &Address, personal: bool) -> Option<Finding> {
    let school = view.school;
    let kind = "pupil_private_address";
    if let Some(pupil) = school.roster.pupil_by_private_address(to) {
        return Some(Finding { pupil: Some(pupil), ..about(kind, to, Confidence::High) });
    }
    if !personal || school.lists.agencies.covers(to) || school.roster.owner_of_contact(to).next().is_some() {
        return None;
    }
    let pupil = school.roster.spelled_by(to.local())?;
    let twin = school.roster.pupil(pupil).is_some_and(|pupil| {
        let surnames = pupil.surnames();
        pupil
            .forenames()
            .iter()
            .any(|forename| surnames.iter().any(|surname| school.staff.is_named(forename.key(), surname.key())))
    });
    let sure = if twin { Confidence::Low } else { Confidence::Medium };
    Some(Finding { pupil: Some(pupil), ..about(kind, to, sure) })
}

/// The pupils a message names, and all of the same names.
struct Named {
    first: Option<PupilId>,
    count: u64,
    sure: Confidence,
    all: FxHashSet<PupilId>,
}

impl Named {
    fn read(view: &View<'_>, findings: &[Finding]) -> Self {
        // What is less than a full name has a switch of its own, and takes no part here.
        let sure_names = findings.iter().filter(|finding| {
            let name = finding.check == pupil_names::CHECK.name && !pupil_names::is_short(finding.kind);
            name && finding.confidence >= Confidence::Medium
        });
        let mut named = Self { first: None, count: 0, sure: Confidence::Medium, all: FxHashSet::default() };
        let mut seen = FxHashSet::default();
        for finding in sure_names {
            let Some(pupil) = finding.pupil.filter(|pupil| seen.insert(*pupil)) else { continue };
            named.first.get_or_insert(pupil);
            named.count += 1;
            named.sure = named.sure.max(finding.confidence);
            named.all.extend(view.school.roster.namesakes(pupil));
        }
        named
    }

    /// The message names pupils, and the recipient is the contact of others only.
    fn other_contact(&self, view: &View<'_>, to: &Address) -> Option<Finding> {
        let first = self.first?;
        let mut owners = view.school.roster.owner_of_contact(to).peekable();
        owners.peek()?;
        if owners.any(|owner| self.all.contains(&owner)) {
            return None;
        }
        Some(Finding { pupil: Some(first), measure: self.count, ..about("other_contact", to, self.sure) })
    }
}

#[cfg(test)]
mod tests;
