//! To whom a rule applies.

use crate::mail::Address;
use crate::school::School;
use crate::school::roster::PupilId;

/// A kind of recipient, as a pack names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// Everybody.
    Any,
    /// At one of the school's own domains.
    Inside,
    /// Not at one of them.
    Outside,
    /// Outside, and on the contact list of every pupil the findings are about.
    OwnContact,
    /// Outside, and not that.
    OutsideNotContact,
    /// At a personal-mail (free-mail) domain.
    PersonalMail,
    /// On the list of agencies pupils' data may go to.
    Agencies,
    /// On the list of authorities.
    Authorities,
    /// On the list of children's helplines.
    Helplines,
    /// On the list of posting addresses.
    Posting,
    /// At a domain to which mail leaves over enforced, verified TLS alone.
    TrustedRoutes,
}

impl Whom {
    /// Whether a recipient is of this kind, for findings about `pupils` (`None` stands for a finding
    /// that is about no pupil we know: nobody is its contact).
    pub(super) fn is(self, address: Option<&Address>, pupils: &[Option<PupilId>], school: &School) -> bool {
        let Some(address) = address else { return matches!(self, Self::Any | Self::Outside | Self::OutsideNotContact) };
        match self {
            Self::Any => true,
            Self::Inside => school.is_inside(address),
            Self::Outside => !school.is_inside(address),
            Self::OwnContact => !school.is_inside(address) && is_contact_of_all(address, pupils, school),
            Self::OutsideNotContact => !school.is_inside(address) && !is_contact_of_all(address, pupils, school),
            Self::PersonalMail => school.lists.personal_mail.covers(address),
            Self::Agencies => school.lists.agencies.covers(address),
            Self::Authorities => school.lists.authorities.covers(address),
            Self::Helplines => school.lists.helplines.covers(address),
            Self::Posting => school.lists.posting.covers(address),
            // A relay's setting for a domain says nothing of the domains below it.
            Self::TrustedRoutes => school.lists.trusted_routes.names_domain_of(address),
        }
    }
}

/// Somebody who is a contact of one pupil only must not read about another beside them.
fn is_contact_of_all(address: &Address, pupils: &[Option<PupilId>], school: &School) -> bool {
    !pupils.is_empty()
        && pupils.iter().all(|pupil| pupil.is_some_and(|pupil| school.roster.is_contact_of(pupil, address)))
}
