//! Text that no reader of the document sees, gathered in the course of reading.

use crate::mail::parts::{Scribe, SectionKind};

/// Bytes that are kept; more is hardly written by a person.
const MOST: usize = 1 << 20;

/// What was gathered.
#[derive(Default)]
pub(in crate::mail::open) struct Behind {
    text: String,
    cut: bool,
}

impl Behind {
    /// Adds a line, if it holds any letter or digit.
    pub fn add(&mut self, line: &str) {
        let line = line.trim();
        if !line.contains(char::is_alphanumeric) {
            return;
        }
        if self.text.len() + line.len() >= MOST {
            self.cut = true;
            return;
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Writes it all as text that is not seen.
    pub fn write(&self, part: u16, scribe: &mut Scribe<'_>) {
        if self.cut {
            scribe.limit(part, "more data behind the text than the limit");
        }
        if !self.text.is_empty() {
            scribe.begin_section(part, SectionKind::Behind, 0, "");
            scribe.hide(true);
            scribe.add(&self.text);
            scribe.end();
        }
    }
}
