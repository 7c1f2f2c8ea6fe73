//! What can be read in bytes of which nothing else is known: letters in a row, of one byte or of two each.

use crate::mail::open::office::behind::Behind;
use std::borrow::Cow;

/// Letters of one byte in a row that may be words. Fewer stand in any picture by chance.
const NARROW: usize = 6;
/// Letters of two bytes in a row.
const WIDE: usize = 4;
/// Letters that are looked at as one stretch.
const LONGEST: usize = 4_096;
/// Letters of a longer stretch that are looked at again, so that no name is cut in two.
const OVERLAP: usize = 64;

/// Gathers all that may be words.
pub(in crate::mail::open) fn sweep(bytes: &[u8], behind: &mut Behind) {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() >= NARROW) {
        let wide = wide_letters(rest);
        if wide >= WIDE {
            let text = wide_text(rest.get(..wide * 2).unwrap_or_default());
            // Numbers may stand before a word.
            let word = text.trim_start_matches(|letter| !char::is_ascii(&letter));
            if let Some(written) = [text.as_str(), word].into_iter().find(|text| is_written(text)) {
                behind.add(written);
            }
            at += if wide == LONGEST { (LONGEST - OVERLAP) * 2 } else { wide * 2 };
            continue;
        }
        let narrow = rest.iter().take(LONGEST).take_while(|byte| is_narrow(**byte)).count();
        if narrow >= NARROW
            && let Some(run) = rest.get(..narrow)
            && is_wordy(run)
        {
            behind.add(&narrow_text(run));
        }
        // The letter that ended the run may begin one of two bytes each.
        at += if narrow == LONGEST { LONGEST - OVERLAP } else { narrow.saturating_sub(1).max(1) };
    }
}

/// Text of one byte a letter, as Windows in the west writes it.
pub(in crate::mail::open) fn narrow_text(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// Text of two bytes a letter.
pub(in crate::mail::open) fn wide_text(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
    char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn is_narrow(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n' | 0xC0..=0xFF)
}

/// Letters, digits and blanks, for the most part.
fn is_wordy(run: &[u8]) -> bool {
    let plain = run.iter().filter(|byte| byte.is_ascii_alphanumeric() || **byte == b' ').count();
    let foreign = run.iter().filter(|byte| !byte.is_ascii()).count();
    plain * 10 >= run.len() * 7 && foreign * 6 <= run.len()
}

/// Letters of one script for the most part, as words are and numbers in a row are not.
fn is_written(text: &str) -> bool {
    let share = |range: std::ops::RangeInclusive<char>| {
        text.chars().filter(|letter| range.contains(letter) || *letter == ' ').count() * 10 >= text.chars().count() * 6
    };
    share(' '..='~') || share('\u{370}'..='\u{3FF}') || share('\u{400}'..='\u{45F}')
}

/// How many letters of two bytes each stand here: of Latin, Greek and Cyrillic script, and what stands between them.
fn wide_letters(bytes: &[u8]) -> usize {
    let units = bytes.as_chunks::<2>().0.iter().take(LONGEST).map(|unit| u16::from_le_bytes(*unit));
    units
        .take_while(|unit| matches!(unit, 0x09 | 0x0A | 0x0D | 0x20..=0x7E | 0xA0..=0x17F | 0x370..=0x45F | 0x1E00..=0x1EFF | 0x2010..=0x2027))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parts::{Limits, Scribe};

    #[test]
    fn words_are_found_among_other_bytes() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let table: [(&str, Vec<u8>, &str); 7] = [
            ("one byte", b"\x01\x02Oliver Smith\x00\x03".to_vec(), "Oliver Smith\n"),
            ("accents of one byte", b"\x00\x00Zo\xEB Smithson\x00\x00".to_vec(), "Zoë Smithson\n"),
            ("two bytes", [&b"\x01\x02"[..], &wide("Zoë S"), b"\x00\x00"].concat(), "Zoë S\n"),
            ("two bytes at an odd place", [&b"\x01"[..], &wide("Jane Smith")].concat(), "Jane Smith\n"),
            ("behind one another", [&b"\x01narrow words"[..], &wide("wide words")].concat(), "wide words\n"),
            ("marks", b"\x01\x02!\"#$%&'()*+,-./:;<=>?\x00".to_vec(), ""),
            ("numbers", (0..=255).flat_map(|byte: u8| [byte, 0, 0, 0]).collect(), ""),
        ];
        for (name, bytes, expected) in table {
            let mut behind = Behind::default();
            sweep(&bytes, &mut behind);
            let limits = Limits::default();
            let mut scribe = Scribe::new(&limits);
            behind.write(0, &mut scribe);
            assert!(scribe.tree.text.trim_end().ends_with(expected.trim_end()), "{name}: {}", scribe.tree.text);
            assert_eq!(expected.is_empty(), scribe.tree.text.is_empty(), "{name}: {}", scribe.tree.text);
        }
    }
}
