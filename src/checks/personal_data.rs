//! Identifiers, bank details and credentials.

use super::{Check, View};
use crate::finding::Finding;

/// The check's entry in the roll call.
pub const CHECK: Check = Check {
    name: "personal_data",
    kinds: &[
        "upn",
        "uln",
        "uci",
        "nino",
        "nhs_number",
        "card",
        "iban",
        "bank_account",
        "date_of_birth",
        "address",
        "credentials",
        "driving_licence",
        "passport",
        "utr",
    ],
    look,
};

fn look(_view: &View<'_>, _findings: &mut Vec<Finding>) {}
