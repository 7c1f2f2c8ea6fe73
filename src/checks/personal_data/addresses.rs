//! A postcode with the street before it.

/// How far before a postcode its street may stand.
pub const BEFORE: usize = 160;

const STREETS: &[&[u8]] = &[
    b"road",
    b"rd",
    b"street",
    b"st",
    b"lane",
    b"ln",
    b"avenue",
    b"ave",
    b"close",
    b"drive",
    b"dr",
    b"way",
    b"court",
    b"gardens",
    b"gdns",
    b"terrace",
    b"crescent",
    b"cres",
    b"place",
    b"square",
    b"hill",
    b"grove",
    b"park",
    b"mews",
    b"walk",
    b"row",
    b"view",
    b"rise",
    b"green",
    b"gate",
    b"parade",
    b"villas",
    b"vale",
    b"croft",
    b"meadow",
    b"fold",
    b"mead",
    b"end",
    b"common",
    b"path",
    b"bank",
    b"approach",
    b"chase",
    b"drove",
    b"wynd",
    b"brae",
    b"gait",
];
const DWELLINGS: &[&[u8]] = &[b"flat", b"apartment", b"apt", b"cottage", b"bungalow", b"farmhouse"];
/// Whoever lives there is no person.
pub const ORGANISATIONS: &[&[u8]] = &[
    b"school",
    b"academy",
    b"college",
    b"university",
    b"council",
    b"hospital",
    b"surgery",
    b"clinic",
    b"ltd",
    b"limited",
    b"plc",
    b"church",
    b"centre",
    b"museum",
    b"hotel",
    b"theatre",
    b"stadium",
    b"library",
    b"office",
    b"offices",
    b"trust",
    b"nursery",
    b"estate",
    b"registered",
];

/// A postcode of five to seven characters, by its letters.
pub fn is_postcode(chars: &[u8]) -> bool {
    let Some((outward, inward)) = chars.len().checked_sub(3).and_then(|at| chars.split_at_checked(at)) else {
        return false;
    };
    let [sector, unit1, unit2] = inward else { return false };
    let unit = |c: &u8| matches!(c, b'a' | b'b' | b'd'..=b'h' | b'j' | b'l' | b'n' | b'p'..=b'u' | b'w'..=b'z');
    if !(sector.is_ascii_digit() && unit(unit1) && unit(unit2)) {
        return false;
    }
    if matches!(outward, b"gir") {
        return inward == b"0aa";
    }
    let area = |c: &u8| matches!(c, b'a'..=b'p' | b'r'..=b'u' | b'w' | b'y' | b'z');
    let district = |c: &u8| matches!(c, b'a'..=b'h' | b'k'..=b'y');
    let third =
        |c: &u8| c.is_ascii_digit() || matches!(c, b'a'..=b'h' | b'j' | b'k' | b'n' | b'p' | b's'..=b'u' | b'w');
    let fourth =
        |c: &u8| c.is_ascii_digit() || matches!(c, b'a' | b'b' | b'e' | b'h' | b'm' | b'n' | b'p' | b'r' | b'v'..=b'y');
    match outward {
        [a, b] => area(a) && b.is_ascii_digit(),
        [a, b, c] if b.is_ascii_digit() => area(a) && third(c),
        [a, b, c] => area(a) && district(b) && c.is_ascii_digit(),
        [a, b, c, d] => area(a) && district(b) && c.is_ascii_digit() && fourth(d),
        _ => false,
    }
}

/// What stands before a postcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// A house number or a flat, and its street; it begins at this offset of the folded text.
    House(usize),
    /// A street without a number.
    Street(usize),
    /// The address of an organisation.
    Organisation,
    /// Nothing of an address.
    Nothing,
}

/// Words that say somebody lives there, whatever organisation is spoken of as well.
const HOMES: &[&[u8]] = &[b"live", b"lives", b"lived", b"living", b"home", b"resides"];
/// Words before a house or street that may name who is there.
const NAME_OF_PLACE: usize = 6;

/// Looks for the street before a postcode at `start`, no farther back than `from`.
pub fn before(text: &[u8], from: usize, start: usize) -> Before {
    let window = text.get(from..start).unwrap_or_default();
    // An address stands in one paragraph.
    let skipped = window.windows(2).rposition(|pair| pair == b"\n\n").map_or(0, |index| index + 2);
    let window = window.get(skipped..).unwrap_or_default();
    let words = words(window);
    let Some(street) = words.iter().rposition(|(word, _)| STREETS.contains(word) || DWELLINGS.contains(word)) else {
        return Before::Nothing;
    };
    // Between street and postcode stand a place and a county, not a sentence.
    let tail = words.len() - street;
    if tail > 9 {
        return Before::Nothing;
    }
    // `church lane` is a street like any other.
    let names_street = |index: usize| words.get(index + 1).is_some_and(|(next, _)| STREETS.contains(next));
    let near = || words.iter().enumerate().skip(street.saturating_sub(2 + NAME_OF_PLACE));
    // `Court: 1 Oxford Row`: the label of a place, not of a home.
    let label = |(word, at): &(&[u8], usize)| {
        matches!(*word, b"court" | b"venue" | b"depot" | b"gallery" | b"studio" | b"ground" | b"pitch")
            && window.get(at + word.len()) == Some(&b':')
    };
    let organisation =
        near().any(|(index, word)| (ORGANISATIONS.contains(&word.0) && !names_street(index)) || label(word));
    if organisation && !near().any(|(_, (word, _))| HOMES.contains(word)) {
        return Before::Organisation;
    }
    let head = words.iter().take(street + 1).enumerate().skip(street.saturating_sub(6));
    let house = head.clone().find(|(index, (word, at))| {
        let stands = || is_house_number(word) && names_house(window, &words, *index, street) && !is_time(window, *at);
        *index < street && stands() || DWELLINGS.contains(word)
    });
    let offset = |at: usize| from + skipped + at;
    match (house, words.get(street.saturating_sub(1))) {
        (Some((_, (_, at))), _) => Before::House(offset(*at)),
        (None, Some((_, at))) if STREETS.iter().any(|name| words.get(street).is_some_and(|(word, _)| word == name)) => {
            Before::Street(offset(*at))
        }
        _ => Before::Nothing,
    }
}

/// Whether nothing but the name of a street stands between a number and the word for the street: `14 elm road`, not
/// `3 coaches to park road`.
pub fn names_house(window: &[u8], words: &[(&[u8], usize)], number: usize, street: usize) -> bool {
    const NO_NAMES: &[&[u8]] = &[
        b"at",
        b"to",
        b"for",
        b"from",
        b"in",
        b"on",
        b"by",
        b"and",
        b"is",
        b"are",
        b"leaves",
        b"leave",
        b"stops",
        b"stop",
        b"miles",
        b"minutes",
        b"coaches",
        b"copies",
        b"pupils",
        b"children",
        b"people",
        b"pm",
        b"am",
        b"with",
        b"near",
        b"past",
        b"via",
        b"will",
        b"a",
        b"an",
        b"our",
        b"your",
        b"or",
        b"meet",
        b"metres",
        b"places",
        b"seats",
        b"main",
    ];
    let between = words.get(number + 1..street).unwrap_or_default();
    let plain = between.len() <= 4 && !between.iter().any(|(word, _)| NO_NAMES.contains(word));
    let Some((word, at)) = words.get(number) else { return false };
    let gap = window.get(at + word.len()..).unwrap_or_default();
    let the = between.first().is_some_and(|(word, _)| *word == b"the");
    // `Doors 7.30, The Square` and `Coach 2: the gate` end before the street begins.
    let apart = gap.first().is_some_and(|byte| matches!(byte, b',' | b':' | b';'));
    plain && !(the && apart) && !(between.is_empty() && apart)
}

/// `8:45`, `7.30`.
pub fn is_time(window: &[u8], at: usize) -> bool {
    let before = window.get(at.saturating_sub(2)..at).unwrap_or_default();
    matches!(before, [digit, b'.' | b':'] if digit.is_ascii_digit())
        || matches!(window.get(at..).unwrap_or_default().iter().position(|byte| !byte.is_ascii_digit()), Some(length)
            if matches!(window.get(at + length..at + length + 2), Some([b'.' | b':', next]) if next.is_ascii_digit()))
}

pub fn words(text: &[u8]) -> Vec<(&[u8], usize)> {
    let mut words = Vec::new();
    let mut at = 0;
    for word in text.split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'\'') {
        if !word.is_empty() {
            words.push((word, at));
        }
        at += word.len() + 1;
    }
    words
}

/// `7`, `12a`, `1204`, but no year and no postcode.
pub fn is_house_number(word: &[u8]) -> bool {
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = word.get(digits..).unwrap_or_default();
    (1..=4).contains(&digits) && matches!(rest, [] | [b'a'..=b'z'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcodes_by_their_letters() {
        for (chars, wanted) in [
            ("ls62ab", true),
            ("ec1a1bb", true),
            ("w1a1hq", true),
            ("m11aa", true),
            ("m601nw", true),
            ("dn551pt", true),
            ("gir0aa", true),
            ("aa9a9aa", true),
            ("qa11aa", false),
            ("va11aa", false),
            ("m11ca", false),
            ("m11ai", false),
            ("1a11aa", false),
            ("ls6", false),
        ] {
            assert_eq!(is_postcode(chars.as_bytes()), wanted, "{chars}");
        }
    }

    #[test]
    fn what_stands_before() {
        for (text, wanted) in [
            ("he lives at 14 elm road, leeds ", Before::House(12)),
            ("flat 3, beech court, leeds ", Before::House(0)),
            ("12a st mary's close\nleeds\nwest yorkshire\n", Before::House(0)),
            ("the old rectory, church lane, leeds ", Before::Street(17)),
            ("elm road school, 14 elm road, leeds ", Before::Organisation),
            ("after school she is at home, 14 elm road, leeds ", Before::House(29)),
            ("the school was told and has written to 14 elm road, leeds ", Before::House(39)),
            ("the code is ", Before::Nothing),
            ("14 the square, leeds ", Before::House(0)),
            ("the coach should arrive at 8:45 at the main gate, ", Before::Street(39)),
            ("it is 12 miles to the park, ", Before::Street(18)),
            ("coach 2 leaves from the gate, ", Before::Street(20)),
            ("doors 7.30, the square, ", Before::Street(12)),
            ("3 coaches to park road, ", Before::Street(13)),
            ("14 elm road\n\nsee you then\n\n", Before::Nothing),
        ] {
            assert_eq!(before(text.as_bytes(), 0, text.len()), wanted, "{text}");
        }
    }
}
