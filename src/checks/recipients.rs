//! Personal, wrong, too many or too visible recipients.

use super::{Check, View};
use crate::finding::Finding;

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
    ],
    look,
};

fn look(_view: &View<'_>, _findings: &mut Vec<Finding>) {}
