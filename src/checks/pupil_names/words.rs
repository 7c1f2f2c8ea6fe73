//! The words of the folded text, each with what stands between it and the word before.

use crate::school::names::word_key;

/// What stands between two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// Nothing that parts a name: spaces, apostrophe, quotes.
    Joined,
    /// One sign and no space, as in file names, links and addresses.
    Glued,
    /// A hyphen alone.
    Hyphen,
    /// The same with one line break in it.
    Wrapped,
    /// A full stop and a space: part of a name only behind an initial.
    Stop,
    /// The sign between two cells of a table pasted as text, and no space.
    Cell,
    /// A comma, with or without spaces, quotes, one line break.
    Comma,
    /// Anything else.
    Break,
}

/// One word: a run of letters of the folded text.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// First byte.
    pub start: u32,
    /// Byte behind the last.
    pub end: u32,
    /// Key of the word.
    pub key: u64,
    /// What stands between it and the word before.
    pub before: Between,
    /// Some of its letters are none of ASCII.
    pub foreign: bool,
    /// Read by its look, because it is written with look-alike letters.
    pub disguised: bool,
}

/// The words of a text, in order.
pub struct Words<'a> {
    text: &'a str,
    at: usize,
    last_end: usize,
}

/// The longest stretch that can stand inside a name (a wide gap between two columns of a text table).
const WIDEST: usize = 24;

impl<'a> Words<'a> {
    /// Starts at the first word.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, last_end: 0 }
    }

    /// Where the run of letters at `at` ends (`at` itself where there is none), and whether any is none of ASCII.
    #[inline]
    fn end_of_letters(&self, mut at: usize) -> (usize, bool) {
        let mut foreign = false;
        loop {
            let block = block(self.text.as_bytes(), at);
            let run = leading(letters(block));
            at += run;
            if run == BLOCK {
                continue;
            }
            match self.foreign(at) {
                Some(letter) if letter.is_alphabetic() => {
                    at += letter.len_utf8();
                    foreign = true;
                }
                _ => return (at, foreign),
            }
        }
    }

    /// Where the next letter at or behind `at` stands; the end of the text where there is none.
    #[inline]
    fn next_letter(&self, mut at: usize) -> usize {
        let bytes = self.text.as_bytes();
        while at < bytes.len() {
            let block = block(bytes, at);
            let run = leading(!letters(block) & !block);
            at += run;
            if run == BLOCK {
                continue;
            }
            match self.foreign(at) {
                Some(letter) if !letter.is_alphabetic() => at += letter.len_utf8(),
                _ => return at,
            }
        }
        bytes.len()
    }

    /// The character at `at` where it is none of ASCII.
    #[inline]
    fn foreign(&self, at: usize) -> Option<char> {
        let byte = self.text.as_bytes().get(at)?;
        if byte.is_ascii() { None } else { self.text.get(at..)?.chars().next() }
    }
}

/// Bytes looked at together.
const BLOCK: usize = 8;
/// One bit for each byte of a block.
const MARKS: u64 = 0x8080_8080_8080_8080;

/// The bytes at `at`, the first one lowest; zeros behind the end.
#[inline]
fn block(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(block) = rest.first_chunk() {
        return u64::from_le_bytes(*block);
    }
    rest.iter().rev().fold(0, |block, byte| block << 8 | u64::from(*byte))
}

/// The marks of those bytes of a block that are letters of ASCII.
#[inline]
const fn letters(block: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let lower = (block & !MARKS) | (0x20 * EACH);
    let from_a = lower + (0x80 - b'a' as u64) * EACH;
    let behind_z = lower + (0x7f - b'z' as u64) * EACH;
    from_a & !behind_z & !block & MARKS
}

/// How many bytes at the front of a block are marked.
#[inline]
const fn leading(marks: u64) -> usize {
    ((!marks & MARKS).trailing_zeros() / 8) as usize
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        let start = self.next_letter(self.at);
        let (mut end, foreign) = self.end_of_letters(start);
        if end == start {
            self.at = self.text.len();
            return None;
        }
        let bytes = self.text.as_bytes();
        let key = if end - start == 1
            && let Some((spread_end, key)) = spread(bytes, start)
        {
            end = spread_end;
            key
        } else {
            word_key(bytes.get(start..end)?)
        };
        let before = between(bytes.get(self.last_end..start).unwrap_or_default());
        (self.at, self.last_end) = (end, end);
        Some(Word {
            start: u32::try_from(start).ok()?,
            end: u32::try_from(end).ok()?,
            key,
            before,
            foreign,
            disguised: false,
        })
    }
}

/// A word whose letters are set apart, each by the same one sign (`j a n e`): its end, and its key.
fn spread(bytes: &[u8], start: usize) -> Option<(usize, u64)> {
    const LONGEST: usize = 40;
    let sign = *bytes.get(start + 1).filter(|sign| b" .-_*".contains(sign))?;
    let rest = bytes.get(start..)?;
    let mut word = Vec::new();
    for pair in rest.chunks(2).take(LONGEST) {
        let [letter, behind @ ..] = pair else { break };
        if !letter.is_ascii_alphabetic() {
            break;
        }
        match behind {
            [after] if *after == sign => word.push(*letter),
            // The last letter ends with something else, and is no first letter of a word.
            [after] if after.is_ascii_alphanumeric() || !after.is_ascii() => break,
            _ => {
                word.push(*letter);
                break;
            }
        }
    }
    (word.len() > 2).then(|| (start + 2 * word.len() - 1, word_key(&word)))
}

/// What a stretch between two words is.
fn between(stretch: &[u8]) -> Between {
    match stretch {
        b" " | b"'" => return Between::Joined,
        b"_" | b"." | b"+" | b"/" | b"%20" => return Between::Glued,
        b"-" => return Between::Hyphen,
        b"," | b";" | b"\",\"" | b"\";\"" => return Between::Cell,
        _ if stretch.len() > WIDEST => return Between::Break,
        _ => {}
    }
    let (mut lines, mut commas, mut stops) = (0, 0, 0);
    for byte in stretch {
        match byte {
            b' ' | b'-' | b'\'' | b'_' | b'"' | b'*' | b'(' | b')' | b'[' | b']' | b'|' => {}
            b'\n' => lines += 1,
            b',' => commas += 1,
            b'.' => stops += 1,
            _ => return Between::Break,
        }
    }
    match (lines, commas, stops) {
        (0, 0, 0) => Between::Joined,
        (1, 0, 0) => Between::Wrapped,
        (0, 0, 1) => Between::Stop,
        (0 | 1, 1, 0) => Between::Comma,
        _ => Between::Break,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_of_letters() {
        let text = "jane o'reilly-smith (7b) 李 jane_x";
        let found: Vec<&str> = Words::new(text).map(|w| text.get(w.start as usize..w.end as usize).unwrap()).collect();
        assert_eq!(found, ["jane", "o", "reilly", "smith", "b", "李", "jane", "x"]);
    }

    #[test]
    fn letters_set_apart_are_one_word() {
        for (text, expected) in [
            ("j a n e  s m i t h", &["j a n e", "s m i t h"][..]),
            ("j.a.n.e smith", &["j.a.n.e", "smith"]),
            ("j. e. smith", &["j", "e", "smith"]),
            ("a b smith", &["a", "b", "smith"]),
            ("a b c smith", &["a b c", "smith"]),
            ("x-y-z", &["x-y-z"]),
        ] {
            let found: Vec<&str> =
                Words::new(text).map(|w| text.get(w.start as usize..w.end as usize).unwrap()).collect();
            assert_eq!(found, expected, "{text:?}");
        }
        let plain = Words::new("jane").next().unwrap().key;
        assert_eq!(Words::new("j a n e ").next().unwrap().key, plain);
    }

    #[test]
    fn what_stands_between_parts_or_joins() {
        use Between::{Break, Cell, Comma, Glued, Hyphen, Joined, Stop, Wrapped};
        for (text, expected) in [
            ("a b", Joined),
            ("a-b", Hyphen),
            ("a\nb", Wrapped),
            ("a \n  b", Wrapped),
            ("a\n\nb", Break),
            ("a, b", Comma),
            ("a,\nb", Comma),
            ("a,b", Cell),
            ("a\";\"b", Cell),
            ("a,, b", Break),
            ("a. b", Stop),
            ("a.b", Glued),
            ("a; b", Break),
            ("a 7 b", Break),
            ("a \"b", Joined),
            ("a%20b", Glued),
            ("a/b", Glued),
            ("a\u{2022}b", Break),
        ] {
            assert_eq!(Words::new(text).nth(1).unwrap().before, expected, "{text:?}");
        }
    }
}
