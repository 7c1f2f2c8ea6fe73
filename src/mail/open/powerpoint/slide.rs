//! The words of one slide: what it shows, its comments, what stands at its head and foot.

use super::records::Record;
use crate::mail::open::office::behind::Behind;
use crate::mail::open::older::sweep::{sweep, wide_text};
use crate::mail::parts::{Scribe, SectionKind};
use crate::mail::sealed::bytes::little16;

const SLIDE_INFO: u16 = 1_017;
const LETTERS: u16 = 4_000;
const NARROW_LETTERS: u16 = 4_008;
const STRING: u16 = 4_026;
const HEAD_AND_FOOT: u16 = 4_057;
const COMMENT: u16 = 12_000;
/// Records of looks, which hold no words of a person: styles of text, fonts, colours.
const SILENT: [u16; 8] = [4_001, 4_002, 4_003, 4_006, 4_010, 4_023, 2_032, 4_082];

/// Words that were gathered.
#[derive(Default)]
pub(super) struct Words {
    /// Nobody is shown them.
    pub hidden: bool,
    shown: String,
    comments: String,
    around: String,
}

impl Words {
    /// Gathers the words of records.
    pub fn read<'a>(&mut self, records: impl Iterator<Item = Record<'a>>, behind: &mut Behind) {
        // What the strings that come are, and where that ends.
        let (mut within, mut until) = (0, 0);
        for record in records {
            if record.place.start >= until {
                within = 0;
            }
            match record.kind {
                HEAD_AND_FOOT | COMMENT if record.container => (within, until) = (record.kind, record.place.end),
                LETTERS => line(&wide_text(record.body), &mut self.shown),
                NARROW_LETTERS => {
                    line(&record.body.iter().map(|letter| char::from(*letter)).collect::<String>(), &mut self.shown);
                }
                STRING => match within {
                    HEAD_AND_FOOT => line(&wide_text(record.body), &mut self.around),
                    COMMENT => line(&wide_text(record.body), &mut self.comments),
                    _ => behind.add(&wide_text(record.body)),
                },
                SLIDE_INFO => self.hidden |= little16(record.body, 10).is_some_and(|flags| flags & 4 != 0),
                _ if record.container || SILENT.contains(&record.kind) => {}
                _ => sweep(record.body, behind),
            }
        }
    }

    /// Writes them.
    pub fn write(self, part: u16, kind: SectionKind, number: u32, scribe: &mut Scribe<'_>) {
        let sections =
            [(kind, self.shown), (SectionKind::Comments, self.comments), (SectionKind::HeaderOrFooter, self.around)];
        for (kind, text) in sections {
            if text.is_empty() {
                continue;
            }
            scribe.begin_section(part, kind, number, "");
            scribe.hide(self.hidden);
            scribe.add(&text);
            scribe.end();
        }
    }
}

fn line(text: &str, lines: &mut String) {
    lines.extend(text.chars().filter_map(|letter| match letter {
        '\r' | '\u{B}' => Some('\n'),
        '\t' | '\n' => Some(letter),
        _ if letter.is_control() => None,
        _ => Some(letter),
    }));
    lines.push('\n');
}
