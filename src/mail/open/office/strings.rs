//! The strings that a workbook's cells share, and which of them no cell shows.

use super::behind::Behind;
use crate::mail::open::excel::strings::Strings as Shared;
use crate::mail::open::xml::{Element, Sink};
use crate::mail::parts::Scribe;

/// The strings of a workbook written in XML.
#[derive(Default)]
pub(super) struct Strings {
    /// Those that were read.
    pub shared: Shared,
    /// The one that is being read.
    text: String,
    in_text: bool,
    phonetic: bool,
    aside: String,
}

impl Strings {
    /// Strings that stand in no cell: left over from what was deleted.
    pub fn leave(&self, behind: &mut Behind) {
        self.shared.leave(behind);
        behind.add(&self.aside);
    }
}

impl Sink for Strings {
    fn start(&mut self, element: &Element<'_>, _: &mut Scribe<'_>) {
        match element.name {
            "t" => self.in_text = true,
            "rPh" => self.phonetic = true,
            _ => {}
        }
    }

    fn end(&mut self, name: &str, _: &mut Scribe<'_>) {
        match name {
            "t" => self.in_text = false,
            "rPh" => self.phonetic = false,
            "si" => {
                self.shared.push(&self.text);
                self.text.clear();
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, _: &mut Scribe<'_>) {
        if self.in_text {
            // How a word is spoken stands behind it.
            if self.phonetic {
                self.text.push(' ');
            }
            self.text.push_str(text);
        }
    }

    fn aside(&mut self, text: &str) {
        self.aside.push_str(text);
        self.aside.push('\n');
    }
}
