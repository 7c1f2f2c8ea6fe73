//! What a part is by its content, and what protects it.

use super::{FileKind, Sealed};
use crate::mail::{kind, sealed};

/// Kind of a file by its content, and what it is sealed with. The declared type only tells one kind of text
/// from another.
pub(super) fn classify(content: &[u8], declared: &str, _siblings: &[String]) -> (FileKind, Option<Sealed>) {
    let hint = match declared {
        "text/csv" | "text/tab-separated-values" => "csv",
        "text/html" | "application/xhtml+xml" => "html",
        "text/calendar" | "application/ics" => "ics",
        "text/vcard" | "text/x-vcard" => "vcf",
        _ => "",
    };
    (kind::of(content, hint), sealed::of(content, declared))
}
