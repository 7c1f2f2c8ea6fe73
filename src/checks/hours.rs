//! Out-of-hours sending.

use super::{Check, View};
use crate::finding::Finding;

/// The check's entry in the roll call.
pub const CHECK: Check = Check { name: "hours", kinds: &["out_of_hours"], look };

fn look(_view: &View<'_>, _findings: &mut Vec<Finding>) {}
