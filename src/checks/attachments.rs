//! Size, number and kind of attachments.

use super::{Check, View};
use crate::finding::Finding;

/// The check's entry in the roll call.
pub const CHECK: Check = Check {
    name: "attachments",
    kinds: &["file_size", "total_size", "executable", "script", "macro", "image", "media", "name_mismatch"],
    look,
};

fn look(_view: &View<'_>, _findings: &mut Vec<Finding>) {}
