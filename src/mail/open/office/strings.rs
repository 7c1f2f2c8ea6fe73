//! The strings that a workbook's cells share, and which of them no cell shows.

use super::behind::Behind;
use crate::mail::open::xml::{Element, Sink};
use crate::mail::parts::Scribe;

/// Strings beyond this are not kept: a full sheet has a million rows.
const MOST: usize = 8_000_000;

/// All strings in one text.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
    used: Vec<bool>,
    in_text: bool,
    phonetic: bool,
    /// There are more than are kept.
    pub more: bool,
    aside: String,
}

impl Strings {
    /// The string with this number.
    pub fn get(&mut self, number: usize) -> &str {
        let end = self.ends.get(number).copied().unwrap_or_default() as usize;
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        if let Some(used) = self.used.get_mut(number) {
            *used = true;
        }
        self.text.get(start as usize..end).unwrap_or_default()
    }

    /// Strings that stand in no cell: left over from what was deleted.
    pub fn leave(&self, behind: &mut Behind) {
        let mut start = 0;
        for (end, used) in self.ends.iter().zip(&self.used) {
            if !used {
                behind.add(self.text.get(start as usize..*end as usize).unwrap_or_default());
            }
            start = *end;
        }
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
            "si" if self.ends.len() >= MOST => self.more = true,
            "si" => {
                self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
                self.used.push(false);
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
