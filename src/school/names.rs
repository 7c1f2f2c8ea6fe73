//! Names as words: how a name is folded, cut into words, and written by other people.
//!
//! Names are found by looking words up, not by matching phrases: a word is hashed once, a name is a
//! sequence of words, and a full name is the pair of a forename and a surname *of the same person*.

pub use crate::mail::fold::fold_words;

use rustc_hash::FxHasher;
use std::hash::Hasher as _;
use unicode_normalization::UnicodeNormalization as _;

/// Longest name (in words) that is looked up as one forename or one surname.
pub const LONGEST: usize = 5;

/// How close a written form is to the name in the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grade {
    /// The name as it stands there (forename or preferred name, whole surname).
    Full,
    /// A former surname.
    Former,
    /// A part of it: one half of a double name, a surname without its particle.
    Part,
    /// A usual short form of the forename (Tom for Thomas), or the long form of a short one.
    Diminutive,
}

/// One way to write a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Variant {
    /// Its words, folded.
    pub words: Vec<String>,
    /// How close it is.
    pub grade: Grade,
}

impl std::fmt::Debug for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Variant({:?})", self.grade)
    }
}

impl Variant {
    /// The key of its words.
    #[must_use]
    pub fn key(&self) -> u64 {
        sequence(self.words.iter().map(String::as_str))
    }
    /// Its words without anything between them, as in a file name.
    #[must_use]
    pub fn joined(&self) -> String {
        self.words.concat()
    }
}

/// The words of a folded name: its runs of letters.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty())
}

/// The key of one folded word.
#[must_use]
#[inline]
pub fn word_key(word: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(word);
    hasher.finish() | 1
}

/// The key of a sequence that goes on with one more word.
#[must_use]
#[inline]
pub const fn longer(sequence: u64, word: u64) -> u64 {
    (sequence.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
}

/// The key of a sequence of folded words.
pub fn sequence<'a>(mut words: impl Iterator<Item = &'a str>) -> u64 {
    let first = words.next().map_or(1, |word| word_key(word.as_bytes()));
    words.fold(first, |key, word| longer(key, word_key(word.as_bytes())))
}

/// The key of a full name: a forename and a surname that belong together.
#[must_use]
#[inline]
pub const fn pair_key(forename: u64, surname: u64) -> u64 {
    let mixed = (forename.rotate_left(32) ^ surname).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (mixed ^ (mixed >> 29)) | 1
}

/// The most gaps between the words of a name that are closed one by one.
const MOST_GAPS: usize = 3;
/// The shortest name that is taken for one with `Mac`.
const SHORTEST_MAC: usize = 6;

/// Words that stand in front of a surname and may be left out.
const PARTICLES: &[&str] = &[
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "du", "la", "le", "les", "ter", "ten",
    "zu", "bin", "bint", "ibn", "ap", "ab", "al", "el", "abu", "st",
];

/// Beginnings that belong to the surname even where a space follows them.
const SPLIT: &[&str] = &["mac", "mc", "o", "fitz"];

/// How a forename (or a preferred name) may be written.
#[must_use]
pub fn forename_variants(name: &str) -> Vec<Variant> {
    let folded = fold_words(name);
    let mut all = whole_and_joined(&folded, Grade::Full);
    if let Some(plain) = spelled_out(name) {
        all.extend(whole_and_joined(&plain, Grade::Full));
    }
    let apostrophe = folded.contains('\'');
    if !apostrophe
        && let Some(first) = words(&folded).next()
        && first.chars().count() >= 3
    {
        add(&mut all, vec![first.to_owned()], Grade::Part);
    }
    all
}

/// How a surname may be written.
#[must_use]
pub fn surname_variants(name: &str, grade: Grade) -> Vec<Variant> {
    let folded = fold_words(name);
    let mut all = whole_and_joined(&folded, grade);
    let part = Grade::Part;
    if let Some(plain) = spelled_out(name) {
        all.extend(whole_and_joined(&plain, grade));
    }
    if let Some(other) = misspelled(&folded) {
        for variant in whole_and_joined(&other, part) {
            add(&mut all, variant.words, part);
        }
    }
    for half in folded.split('-').filter(|_| folded.contains('-')) {
        add_long_enough(&mut all, words(half), part);
    }
    let count = words(&folded).take_while(|word| PARTICLES.contains(word)).count();
    if count > 0 {
        add_long_enough(&mut all, words(&folded).skip(count), part);
    } else if !folded.contains('-') && !folded.contains('\'') && !words(&folded).any(|word| SPLIT.contains(&word)) {
        for word in words(&folded).filter(|word| !PARTICLES.contains(word)) {
            add_long_enough(&mut all, std::iter::once(word), part);
        }
    }
    // MacDonald, Mac Donald; McKay, Mc Kay.
    let mut only = words(&folded);
    if let (Some(word), None) = (only.next(), only.next()) {
        for prefix in ["mac", "mc"] {
            if let Some(rest) = word.strip_prefix(prefix).filter(|rest| rest.len() >= 3) {
                add(&mut all, vec![prefix.to_owned(), rest.to_owned()], grade);
            }
        }
    }
    all
}

/// The words as they stand, all of them as one, and those between (`Vander Berg`, `OConnor Walsh`).
fn whole_and_joined(folded: &str, grade: Grade) -> Vec<Variant> {
    let whole: Vec<&str> = words(folded).collect();
    let mut all = Vec::new();
    add(&mut all, whole.iter().map(|word| (*word).to_owned()).collect(), grade);
    add(&mut all, vec![whole.concat()], grade);
    let gaps = whole.len().saturating_sub(1);
    if gaps > MOST_GAPS {
        return all;
    }
    // Each number says in its bits which gaps are closed.
    for closed in 1..1_usize << gaps {
        let mut parts: Vec<String> = Vec::new();
        for (place, word) in whole.iter().enumerate() {
            match parts.last_mut().filter(|_| closed >> place.saturating_sub(1) & 1 == 1) {
                Some(last) => last.push_str(word),
                None => parts.push((*word).to_owned()),
            }
        }
        add(&mut all, parts, grade);
    }
    all
}

/// A name with the letters of other alphabets written as they are without them (`Mueller`, `Soeren`); `None` where there
/// is none.
fn spelled_out(name: &str) -> Option<String> {
    let plain = |letter: char| match letter {
        'ä' | 'Ä' | 'æ' | 'Æ' => Some("ae"),
        'ö' | 'Ö' | 'ø' | 'Ø' | 'œ' | 'Œ' => Some("oe"),
        'ü' | 'Ü' => Some("ue"),
        'å' | 'Å' => Some("aa"),
        'ß' => Some("ss"),
        _ => None,
    };
    let composed: String = name.nfc().collect();
    if !composed.contains(|letter| plain(letter).is_some()) {
        return None;
    }
    let mut out = String::new();
    for letter in composed.chars() {
        match plain(letter) {
            Some(letters) => out.push_str(letters),
            None => out.push(letter),
        }
    }
    Some(fold_words(&out))
}

/// The same name as others often write it: `MacDonald` and `McDonald`, `St. John` and `Saint John`.
fn misspelled(folded: &str) -> Option<String> {
    let other = if let Some(rest) = folded.strip_prefix("mac") {
        format!("mc{rest}")
    } else if let Some(rest) = folded.strip_prefix("mc") {
        format!("mac{rest}")
    } else if let Some(rest) = folded.strip_prefix("saint ") {
        format!("st {rest}")
    } else {
        format!("saint {}", folded.strip_prefix("st. ").or_else(|| folded.strip_prefix("st "))?)
    };
    (folded.len() >= SHORTEST_MAC).then_some(other)
}

/// `Xiaoming` as `Xiao Ming`: a forename of two syllables as Chinese names have them.
#[must_use]
pub fn in_syllables(name: &str) -> Option<Variant> {
    let folded = fold_words(name);
    let mut only = words(&folded);
    let (Some(word), None) = (only.next(), only.next()) else { return None };
    syllables(word).map(|two| Variant { words: two.map(str::to_owned).to_vec(), grade: Grade::Full })
}

fn syllables(word: &str) -> Option<[&str; 2]> {
    (2..word.len())
        .filter_map(|cut| word.split_at_checked(cut))
        .find_map(|(one, two)| (is_syllable(one) && is_syllable(two)).then_some([one, two]))
}

fn is_syllable(word: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s",
        "y", "w",
    ];
    const ENDS: &[&str] = &[
        "a", "o", "e", "i", "u", "ai", "ei", "ao", "ou", "an", "en", "ang", "eng", "ong", "ia", "ie", "iao", "iu",
        "ian", "in", "iang", "ing", "iong", "ua", "uo", "uai", "ui", "uan", "un", "uang", "ue",
    ];
    BEGINNINGS.iter().any(|begin| word.strip_prefix(begin).is_some_and(|end| ENDS.contains(&end)))
}

fn add_long_enough<'a>(all: &mut Vec<Variant>, part: impl Iterator<Item = &'a str>, grade: Grade) {
    let part: Vec<String> = part.map(str::to_owned).collect();
    if part.iter().map(|word| word.chars().count()).sum::<usize>() >= 3 {
        add(all, part, grade);
    }
}

fn add(all: &mut Vec<Variant>, words: Vec<String>, grade: Grade) {
    let length = words.len();
    if length == 0 || length > LONGEST || words.concat().is_empty() || all.iter().any(|other| other.words == words) {
        return;
    }
    all.push(Variant { words, grade });
}

/// Forenames and their short forms.
#[derive(Debug)]
pub struct Diminutives {
    lines: Vec<Vec<String>>,
    by_name: rustc_hash::FxHashMap<String, Vec<usize>>,
}

impl Diminutives {
    /// Reads the list that comes with the program.
    #[must_use]
    pub fn built_in() -> Self {
        let entries = super::lists::entries(super::lists::DIMINUTIVES);
        let lines: Vec<Vec<String>> =
            entries.map(|(_, entry)| words(&fold_words(entry)).map(str::to_owned).collect()).collect();
        let mut by_name: rustc_hash::FxHashMap<String, Vec<usize>> = rustc_hash::FxHashMap::default();
        for (place, line) in lines.iter().enumerate() {
            for name in line {
                by_name.entry(name.clone()).or_default().push(place);
            }
        }
        Self { lines, by_name }
    }

    /// Other forms of forenames of one word. A long form stands for its short ones, and a short one for the long;
    /// two short forms of one name (Beth and Liz) do not stand for each other.
    #[must_use]
    pub fn of(&self, forenames: &[Variant]) -> Vec<Variant> {
        let mut all = Vec::new();
        for name in forenames.iter().filter(|name| name.grade == Grade::Full && name.words.len() == 1) {
            let Some(name) = name.words.first() else { continue };
            for line in self.by_name.get(name).into_iter().flatten().filter_map(|place| self.lines.get(*place)) {
                let long = line.first();
                let others = line.iter().filter(|other| *other != name && (long == Some(name) || long == Some(*other)));
                for other in others {
                    if !forenames.iter().any(|own| own.words == [other.as_str()]) {
                        add(&mut all, vec![other.clone()], Grade::Diminutive);
                    }
                }
            }
        }
        all
    }
}

/// The local part of an address without what its owner may add to it (`jane+school`).
#[must_use]
pub fn without_tag(local: &str) -> &str {
    local.split_once('+').map(|(own, _)| own).filter(|own| !own.is_empty()).unwrap_or(local)
}

/// Whether the local part of an address spells a full name: both words stand in it, whole and in either
/// order, with nothing but digits and punctuation beside them (`jane.smith2`, `SmithJane`).
#[must_use]
pub fn local_part_spells(local: &str, forenames: &[Variant], surnames: &[Variant]) -> bool {
    let letters: String = words(&fold_words(without_tag(local))).collect();
    forenames.iter().any(|forename| {
        surnames.iter().any(|surname| {
            let (first, last) = (forename.joined(), surname.joined());
            letters.len() == first.len() + last.len()
                && ((letters.starts_with(&first) && letters.ends_with(&last))
                    || (letters.starts_with(&last) && letters.ends_with(&first)))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(variants: &[Variant]) -> Vec<String> {
        variants.iter().map(|v| format!("{}/{:?}", v.words.join(" "), v.grade)).collect()
    }

    #[test]
    fn a_name_is_folded_like_text() {
        for (name, folded) in [
            ("Siân", "sian"),
            ("Łukasz", "lukasz"),
            ("Ｊａｎｅ", "jane"),
            ("O\u{2019}Reilly", "o'reilly"),
            ("Smith\u{2010}Jones", "smith-jones"),
            ("Ja\u{200b}ne", "jane"),
            ("STRAẞE", "strasse"),
            ("İpek", "ipek"),
        ] {
            assert_eq!(fold_words(name), folded);
        }
    }

    #[test]
    fn a_name_is_written_in_many_ways() {
        assert_eq!(written(&forename_variants("Jane")), ["jane/Full"]);
        assert_eq!(written(&forename_variants("Anna-Maria")), ["anna maria/Full", "annamaria/Full", "anna/Part"]);
        assert_eq!(in_syllables("Xiaoming").unwrap().words, ["xiao", "ming"]);
        assert_eq!(in_syllables("Thomas"), None);
        assert_eq!(written(&forename_variants("Søren")), ["soren/Full", "soeren/Full"]);
        assert_eq!(written(&forename_variants("D'Arcy")), ["d arcy/Full", "darcy/Full"]);
        for (surname, ways) in [
            ("Green", vec!["green/Full"]),
            ("Smith-Jones", vec!["smith jones/Full", "smithjones/Full", "smith/Part", "jones/Part"]),
            (
                "van der Berg",
                vec!["van der berg/Full", "vanderberg/Full", "vander berg/Full", "van derberg/Full", "berg/Part"],
            ),
            ("Müller", vec!["muller/Full", "mueller/Full"]),
            ("St. John", vec!["st john/Full", "stjohn/Full", "saint john/Part", "saintjohn/Part", "john/Part"]),
            ("O'Reilly", vec!["o reilly/Full", "oreilly/Full"]),
            ("MacDonald", vec!["macdonald/Full", "mcdonald/Part", "mac donald/Full"]),
            ("Mac Donald", vec!["mac donald/Full", "macdonald/Full", "mc donald/Part", "mcdonald/Part"]),
            ("Garcia Lopez", vec!["garcia lopez/Full", "garcialopez/Full", "garcia/Part", "lopez/Part"]),
            ("", vec![]),
        ] {
            assert_eq!(written(&surname_variants(surname, Grade::Full)), ways);
        }
    }

    #[test]
    fn a_local_part_spells_a_name() {
        let (forenames, surnames) = (forename_variants("Jane"), surname_variants("Smith", Grade::Full));
        for (local, spells) in [
            ("jane.smith", true),
            ("smith_jane07", true),
            ("JaneSmith", true),
            ("j.a.n.e.smith+school", true),
            ("jane", false),
            ("jsmith", false),
            ("jane.smithers", false),
            ("janetsmith", false),
        ] {
            assert_eq!(local_part_spells(local, &forenames, &surnames), spells, "{local}");
        }
    }
}
