//! A word of the folded text, and what stands between two.

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
    /// Read by its look, because it is written with look-alike letters.
    pub disguised: bool,
}

/// The longest stretch that can stand inside a name (a wide gap between two columns of a text table).
const WIDEST: usize = 24;

/// Signs that set letters apart, and the longest word written so.
const SETTING_APART: &[u8] = b" .-_*";
const LONGEST_SPREAD: usize = 40;

/// The key of a word as it stands in the text: of its letters alone where they are set apart.
pub fn key_of(word: &[u8]) -> u64 {
    if word.get(1).is_some_and(|sign| SETTING_APART.contains(sign)) {
        let letters: Vec<u8> = word.iter().step_by(2).copied().collect();
        return word_key(&letters);
    }
    word_key(word)
}

/// Where a word ends whose letters are set apart, each by the same one sign (`j a n e`).
pub fn end_of_spread(bytes: &[u8], start: usize) -> Option<usize> {
    let sign = *bytes.get(start + 1).filter(|sign| SETTING_APART.contains(sign))?;
    let mut letters = 0;
    for pair in bytes.get(start..)?.chunks(2).take(LONGEST_SPREAD) {
        let [letter, behind @ ..] = pair else { break };
        if !letter.is_ascii_alphabetic() {
            break;
        }
        match behind {
            [after] if *after == sign => letters += 1,
            // The last letter ends with something else, and is no first letter of a word.
            [after] if after.is_ascii_alphanumeric() || !after.is_ascii() => break,
            _ => {
                letters += 1;
                break;
            }
        }
    }
    (letters > 2).then(|| start + 2 * letters - 1)
}

/// What a stretch between two words is.
pub fn between(stretch: &[u8]) -> Between {
    match stretch {
        b" " | b"'" => return Between::Joined,
        b"_" | b"." | b"+" | b"/" | b"%20" | b"%2520" => return Between::Glued,
        b"-" => return Between::Hyphen,
        b"," | b";" | b"\",\"" | b"\";\"" => return Between::Cell,
        _ if stretch.len() > WIDEST => return Between::Break,
        _ => {}
    }
    // `Smith1 Jane`: the sign of a footnote. `="Jane "&"Smith"`: a formula that joins the two.
    let stretch = match stretch {
        [digit, rest @ ..] if digit.is_ascii_digit() && rest.first() == Some(&b' ') => rest,
        _ => stretch.strip_suffix(b"\"&\"").or_else(|| stretch.strip_prefix(b"\"&\"")).unwrap_or(stretch),
    };
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

/// What stands before a person's name and is no part of it.
pub const TITLES: &[&str] =
    &["mr", "mrs", "ms", "miss", "mx", "dr", "sir", "prof", "professor", "rev", "master", "madam", "lady", "lord"];

/// Words that stand between two people, or between a person and something else, and in nobody's name.
pub const JOINING: &[&str] = &[
    "and", "or", "und", "et", "with", "to", "from", "of", "for", "by", "in", "on", "at", "is", "was", "has", "had",
    "have", "will", "would", "can", "could", "should", "said", "says", "saw", "met", "the", "a", "an", "his", "her",
    "their", "then", "than", "as", "but", "nor", "versus", "vs", "v", "cc", "re", "fw", "fwd", "mr", "mrs", "ms",
    "miss", "dr", "not", "no", "that", "who", "whose", "like", "plus", "also", "both", "are", "were", "be", "been",
    "if", "when", "while", "after", "before", "about", "into", "onto", "via", "per", "so", "road", "street", "avenue",
    "went", "told", "gave", "asked", "helped", "does", "did", "do", "got", "gets", "hit", "under", "over", "until",
    "till", "because",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_set_apart_are_one_word() {
        for (text, expected) in [
            ("j a n e  s m i t h", Some("j a n e")),
            ("j.a.n.e smith", Some("j.a.n.e")),
            ("j. e. smith", None),
            ("a b smith", None),
            ("a b c smith", Some("a b c")),
            ("x-y-z", Some("x-y-z")),
            ("x-y z", None),
        ] {
            let found = end_of_spread(text.as_bytes(), 0).map(|end| text.get(..end).unwrap());
            assert_eq!(found, expected, "{text:?}");
        }
        assert_eq!(key_of(b"j a n e"), key_of(b"jane"));
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
            ("a1 b", Joined),
            ("a \"&\"b", Joined),
            ("a\"&\" b", Joined),
            ("a \"b", Joined),
            ("a%20b", Glued),
            ("a%2520b", Glued),
            ("a/b", Glued),
            ("a\u{2022}b", Break),
        ] {
            let inside = text.get(1..text.len() - 1).unwrap();
            assert_eq!(between(inside.as_bytes()), expected, "{text:?}");
        }
    }
}
