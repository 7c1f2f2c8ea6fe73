//! What is known of the files in an archive that are not opened: their names.

use super::unpack::Why;
use crate::mail::parts::{GapKind, Scribe, SectionKind};

/// Whether another file would be beyond the limit of parts.
pub(super) fn is_full(scribe: &Scribe<'_>) -> bool {
    scribe.tree.parts.len() >= usize::from(scribe.limits.parts.max(1))
}

/// Adds a file that stays closed: its name, and why, where the archive as a whole does not say so already.
pub(super) fn closed(name: &str, size: u64, why: Option<Why>, part: u16, scribe: &mut Scribe<'_>) {
    let Some(inner) = scribe.inner(part, name, size) else { return };
    // Nobody knows what it is, so nothing is said of its kind.
    if let Some(part) = scribe.tree.parts.get_mut(usize::from(inner)) {
        part.attached = false;
    }
    if let Some((kind, reason)) = why {
        scribe.gap(kind, inner, reason);
    }
}

/// Names of what is no part of its own: folders, links, and files beyond the limit of parts.
#[derive(Default)]
pub(super) struct Names {
    text: String,
    /// There are files among them.
    files: bool,
}

impl Names {
    /// Adds the name of a folder or a link.
    pub fn folder(&mut self, name: &str) {
        self.text.push_str(name);
        self.text.push('\n');
    }

    /// Adds the name of a file that is beyond the limit of parts.
    pub fn file(&mut self, name: &str) {
        self.files = true;
        self.folder(name);
    }

    /// Writes them as a section of the archive. It costs no work: they stand in what was looked at already.
    pub fn write(&self, part: u16, scribe: &mut Scribe<'_>) {
        if self.files {
            scribe.gap(GapKind::Limit, part, "more files inside than the limit");
        }
        if self.text.is_empty() {
            return;
        }
        scribe.begin_section(part, SectionKind::Names, 0, "");
        scribe.add(&self.text);
        scribe.end();
    }
}
