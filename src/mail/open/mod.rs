//! Text out of files, one file per family. A new family is a file here and a line in [`open`].

/// Calendars and contacts.
mod calendar;
/// Comma- and tab-separated values.
mod csv;
/// HTML.
mod html;
/// Text as it is.
mod text;

use super::parts::{Decoded, FileKind, Place, Scribe};

/// A file to be opened.
pub(super) struct Leaf<'a> {
    /// Its bytes.
    pub content: &'a [u8],
    /// What it is by its bytes.
    pub kind: FileKind,
    /// What its header says it is.
    pub declared: &'a str,
    /// The charset its header gives, lower case; may be empty.
    pub charset: &'a str,
    /// Where its text stands.
    pub place: Place,
    /// Its part.
    pub part: u16,
    /// A client shows it as the message's text, so that its type counts and not its first bytes.
    pub shown: bool,
}

/// What opening told beside the text.
#[derive(Default)]
pub(super) struct Opened {
    /// Changed text can be written in its charset.
    pub charset_known: bool,
    /// Content-IDs it shows.
    pub cids: Vec<String>,
    /// Method of a calendar.
    pub method: Option<String>,
}

/// Writes a file's text; `None` for a kind that is not opened.
pub(super) fn open(leaf: &Leaf<'_>, scribe: &mut Scribe<'_>) -> Option<Opened> {
    let reader: fn(&Leaf<'_>, &Decoded<'_>, &mut Scribe<'_>) -> Opened = match (leaf.declared, leaf.kind) {
        ("text/plain", _) if leaf.shown => text::write,
        // Tags of RFC 1896 part words as those of HTML do.
        ("text/html" | "application/xhtml+xml" | "text/enriched" | "text/richtext", _) if leaf.shown => html::write,
        ("text/calendar", _) if leaf.shown => calendar::write,
        (declared, FileKind::Image) if svg(leaf.content, declared) => html::write,
        (_, FileKind::Html) => html::write,
        (_, FileKind::Csv) => csv::write,
        (_, FileKind::Calendar | FileKind::Contact) => calendar::write,
        (_, FileKind::Text | FileKind::Script | FileKind::Message) => text::write,
        (declared, FileKind::Other) if declared.starts_with("text/") => text::write,
        _ if leaf.shown => text::write,
        _ => return None,
    };
    let charset =
        if leaf.charset.is_empty() && leaf.kind == FileKind::Html { html::charset(leaf.content) } else { None };
    let mut decoded = Decoded::of(leaf.content, charset.as_deref().unwrap_or(leaf.charset));
    decoded.known &= charset.is_none() || leaf.content.is_ascii();
    if decoded.nonsense() {
        scribe.broken(leaf.part, "unknown charset");
    }
    let opened = reader(leaf, &decoded, scribe);
    Some(Opened { charset_known: decoded.known, ..opened })
}

/// A drawing written as text, whose words can be read.
pub(super) fn svg(content: &[u8], declared: &str) -> bool {
    declared == "image/svg+xml"
        && content.get(..content.len().min(4)).is_some_and(|start| memchr::memchr(0, start).is_none())
}
