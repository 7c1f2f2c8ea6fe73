//! The school the examples of a pack are sent from. It is invented: a pack never sees a real school's data.

use super::written::Sample;
use crate::problem::Problem;
use crate::school::{AddressList, Identity, Lists, School};

/// Builds the sample school.
pub(super) fn school(sample: &Sample, _file: &str) -> Result<School, Vec<Problem>> {
    let list = |entries: &[String]| AddressList::read(entries.iter().map(String::as_str));
    Ok(School {
        identity: Identity {
            name: "Sample School".to_owned(),
            domains: sample.domains.iter().map(|domain| domain.to_lowercase()).collect(),
            disclaimer: sample.disclaimer.clone(),
            ..Identity::default()
        },
        lists: Lists {
            authorities: list(&sample.authorities),
            helplines: list(&sample.helplines),
            personal_mail: list(&sample.personal_mail),
            agencies: list(&sample.agencies),
            posting: list(&sample.posting),
            ..Lists::default()
        },
        ..School::default()
    })
}
