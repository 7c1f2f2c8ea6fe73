//! The school the examples of a pack are sent from. It is invented: a pack never sees a real school's data.

use super::written::{Member, Pupil, Sample};
use crate::mail::Address;
use crate::problem::Problem;
use crate::school::calendar::Calendar;
use crate::school::roster::{self, Roster};
use crate::school::staff::{self, Staff};
use crate::school::{AddressList, Identity, Lists, School};

/// Builds the sample school.
pub(super) fn school(sample: &Sample, file: &str) -> Result<School, Vec<Problem>> {
    let list = |entries: &[String]| AddressList::read(entries.iter().map(String::as_str));
    let (calendar, mut problems) = Calendar::read(&sample.calendar, file);
    let roster = pupils(&sample.pupils, file, &mut problems);
    problems.retain(|problem| !problem.warning);
    if !problems.is_empty() {
        return Err(problems);
    }
    let built_in = Lists::built_in();
    let personal_mail =
        if sample.personal_mail.is_empty() { built_in.personal_mail } else { list(&sample.personal_mail) };
    Ok(School {
        roster,
        staff: staff(&sample.staff),
        calendar,
        identity: Identity {
            name: "Sample School".to_owned(),
            domains: sample.domains.iter().map(|domain| domain.to_lowercase()).collect(),
            disclaimer: sample.disclaimer.clone(),
            ..Identity::default()
        },
        lists: Lists {
            authorities: list(&sample.authorities),
            helplines: list(&sample.helplines),
            personal_mail,
            agencies: list(&sample.agencies),
            posting: list(&sample.posting),
            trusted_routes: list(&sample.trusted_routes),
            phrases: built_in.phrases,
            authors: built_in.authors,
            ordinary: built_in.ordinary,
        },
        ..School::default()
    })
}

/// Pupils go through the roster's own reader, as a school's do.
fn pupils(pupils: &[Pupil], file: &str, problems: &mut Vec<Problem>) -> Roster {
    if pupils.is_empty() {
        return Roster::default();
    }
    let mut table = csv::Writer::from_writer(Vec::new());
    let heading = ["id", "forename", "surname", "form", "date of birth", "upn", "email", "private email", "contacts"];
    // Writing to memory does not fail; a row that could not be written would be missed by the examples.
    let _ = table.write_record(heading);
    for (index, pupil) in pupils.iter().enumerate() {
        let (id, private, contacts) = (format!("P{}", index + 1), pupil.private.join(";"), pupil.contacts.join(";"));
        let row = [
            &id,
            &pupil.forename,
            &pupil.surname,
            &pupil.form,
            &pupil.born,
            &pupil.upn,
            &pupil.address,
            &private,
            &contacts,
        ];
        let _ = table.write_record(row);
    }
    let bytes = table.into_inner().unwrap_or_default();
    let (roster, found) = Roster::read(&bytes, &roster::Columns::default(), &format!("{file} [sample.pupils]"));
    problems.extend(found);
    roster
}

fn staff(members: &[Member]) -> Staff {
    let mut staff = Staff::default();
    for member in members {
        staff.add(staff::Member {
            address: Address::read(&member.address),
            forename: member.forename.clone().into(),
            surname: member.surname.clone().into(),
            groups: member.groups.clone(),
            private_addresses: member.private.iter().filter_map(|address| Address::read(address)).collect(),
            private_phones: member
                .phones
                .iter()
                .map(|phone| phone.chars().filter(char::is_ascii_digit).collect())
                .collect::<Vec<String>>()
                .into(),
            ..staff::Member::default()
        });
    }
    staff
}
