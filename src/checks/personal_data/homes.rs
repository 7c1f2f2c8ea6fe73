//! A house and its street without a postcode: `14 Rutland Close, Derby`.

use super::addresses::{ORGANISATIONS, is_house_number, is_postcode, is_time, names_house, words};

/// How long a house number and its street may be.
const LONGEST: usize = 48;
/// How far behind the street its postcode may stand.
const BEHIND: usize = 90;

/// Words for a street that are rarely anything else behind a number and a name.
const STREETS: &[&[u8]] = &[
    b"road",
    b"rd",
    b"street",
    b"lane",
    b"avenue",
    b"ave",
    b"close",
    b"drive",
    b"way",
    b"court",
    b"gardens",
    b"gdns",
    b"terrace",
    b"crescent",
    b"cres",
    b"place",
    b"square",
    b"grove",
    b"mews",
    b"villas",
    b"croft",
    b"parade",
];

/// Words that say that somebody's home follows.
const HOMES: &[&[u8]] = &[
    b"lives at",
    b"live at",
    b"lived at",
    b"living at",
    b"resides at",
    b"home at",
    b"staying at",
    b"moved to",
    b"home address",
    b"home address is",
    b"home address is now",
    b"address",
    b"address is",
    b"address is now",
    b"lives at number",
    b"lives in",
    b"home is",
];

/// Whose home it is.
const PERSONS: &[&[u8]] = &[
    b"he",
    b"she",
    b"they",
    b"his",
    b"her",
    b"their",
    b"family",
    b"mum",
    b"mother",
    b"dad",
    b"father",
    b"parents",
    b"grandmother",
    b"grandparents",
    b"nan",
    b"carer",
    b"carers",
    b"pupil",
    b"child",
    b"student",
    b"home",
    b"i",
    b"my",
];

/// What is not visited as a home.
const VENUES: &[&[u8]] = &[
    b"venue",
    b"delivery",
    b"deliver",
    b"meet",
    b"meeting",
    b"shop",
    b"business",
    b"billing",
    b"invoice",
    b"company",
    b"firm",
    b"supplier",
    b"our",
    b"branch",
    b"studio",
    b"warehouse",
    b"return",
    b"web",
    b"email",
    b"postal",
];

/// Words behind a street that make it the name of a place: `14 Court Road Surgery`.
const PLACES: &[&[u8]] = &[b"primary", b"infant", b"infants", b"junior", b"site", b"campus", b"surgery", b"entrance"];

/// What the words before a house say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// A person lives there.
    OfPerson,
    /// Somebody lives there, who may be anybody or a firm.
    OfSomebody,
    /// Nothing, or that it is a place of another kind.
    Nothing,
}

/// Where a house with its street ends that begins with the digits at `start`.
pub fn house(text: &[u8], start: usize) -> Option<usize> {
    let window = text.get(start..(start + LONGEST).min(text.len()))?;
    let window = window.split(|byte| matches!(byte, b'\n' | b';' | b'(')).next()?;
    // `14 elm road`: a letter follows soon, or this is no house.
    let number = window.iter().take(5).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if !matches!(window.get(number..), Some([b' ', b'a'..=b'z', ..] | [b',', b' ', b'a'..=b'z', ..]))
        || !is_house_number(window.get(..number)?)
        || is_time(text, start)
        || start
            .checked_sub(1)
            .and_then(|before| text.get(before))
            .is_some_and(|byte| !matches!(byte, b' ' | b'\n' | b'\t' | b'(' | b',' | b':' | b'|' | b'"'))
    {
        return None;
    }
    let words = words(window);
    let street = words.iter().position(|(word, _)| STREETS.contains(word)).filter(|street| (2..=5).contains(street))?;
    let (word, at) = *words.get(street)?;
    let next = words.get(street + 1).map_or(&b""[..], |(word, _)| word);
    let place = ORGANISATIONS.contains(&next) || PLACES.contains(&next);
    (names_house(window, &words, 0, street) && !place && is_sound(&words, street)).then_some(start + at + word.len())
}

/// `7 days in place`, `3 ways to close`: a street has a name, which is no word of counting.
fn is_sound(words: &[(&[u8], usize)], street: usize) -> bool {
    const COUNTED: &[&[u8]] = &[
        b"days", b"day", b"weeks", b"week", b"minutes", b"hours", b"years", b"year", b"pupils", b"girls", b"boys",
        b"people", b"staff", b"things", b"ways", b"pm", b"am", b"per", b"of", b"one", b"each", b"first", b"second",
        b"third", b"who", b"that", b"have", b"has", b"had", b"was", b"were", b"this",
    ];
    let name = words.get(1..street).unwrap_or_default();
    !name.is_empty()
        && !name.iter().any(|(word, _)| COUNTED.contains(word) || word.first().is_some_and(u8::is_ascii_digit))
}

/// What stands before a house, no farther back than `from`.
pub fn said(text: &[u8], from: usize, start: usize) -> Said {
    let head = text.get(from..start).unwrap_or_default();
    let sentence =
        head.windows(2).rposition(|pair| matches!(pair, [b'.' | b'?' | b'!', b' ' | b'\n'] | [b'\n', b'\n']));
    let head = head.get(sentence.map_or(0, |at| at + 2)..).unwrap_or_default();
    let plain = head.trim_ascii_end();
    let plain = plain.strip_suffix(b":").or_else(|| plain.strip_suffix(b" -")).unwrap_or(plain).trim_ascii_end();
    if !HOMES.iter().any(|home| plain.ends_with(home)) {
        return Said::Nothing;
    }
    let before = words(head);
    let has = |names: &[&[u8]]| before.iter().any(|(word, _)| names.contains(word));
    let foreign = has(VENUES) || has(ORGANISATIONS);
    match (foreign, has(PERSONS)) {
        // `The school's address is`, `we have moved to`.
        (true, _) => Said::Nothing,
        (false, true) => Said::OfPerson,
        (false, false) => Said::OfSomebody,
    }
}

/// Whether a street is written as a name: `14 Rutland Close`.
pub fn is_named(written: &str) -> bool {
    let mut words = written.split(' ').skip(1).filter(|word| !word.is_empty());
    words.all(|word| word.chars().next().is_some_and(char::is_uppercase) || matches!(word, "the" | "of"))
}

/// Whether a postcode follows in the same address: then the whole is looked at from there.
pub fn postcode_follows(text: &[u8], end: usize) -> bool {
    let rest = text.get(end..(end + BEHIND).min(text.len())).unwrap_or_default();
    let rest = match rest.windows(2).position(|pair| pair == b"\n\n") {
        Some(length) => rest.get(..length).unwrap_or_default(),
        None => rest,
    };
    let words = words(rest);
    let joined = |pair: &[(&[u8], usize)]| match pair {
        [(outward, _), (inward, _)] => inward.len() == 3 && is_postcode(&[*outward, *inward].concat()),
        _ => false,
    };
    words.iter().any(|(word, _)| is_postcode(word)) || words.windows(2).any(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn houses_and_what_is_said_of_them() {
        for (text, wanted) in [
            ("she lives at 14 rutland close, derby.", Some(Said::OfPerson)),
            ("x lives at 14 rutland close, derby.", Some(Said::OfSomebody)),
            ("x, 7 the crescent, alvaston", Some(Said::Nothing)),
            ("his home address is now: 12a st mary's road", Some(Said::OfPerson)),
            ("address: 14 rutland close", Some(Said::OfSomebody)),
            ("the museum lives at 7 the crescent", Some(Said::Nothing)),
            ("our address is 14 high street", Some(Said::Nothing)),
            ("meet at 14 high street", Some(Said::Nothing)),
            ("she lives 5 minutes from the road", None),
            ("he has 3 ways to close", None),
            ("open 7 days a week in this place", None),
            ("14 court road surgery", None),
            ("at 7.30 park road", None),
            ("year 7 in that place", None),
        ] {
            let digit = text.find(|c: char| c.is_ascii_digit()).unwrap();
            let found = house(text.as_bytes(), digit).map(|_| said(text.as_bytes(), 0, digit));
            assert_eq!(found, wanted, "{text}");
        }
        assert!(postcode_follows(b", leeds ls7 3ab.", 0) && !postcode_follows(b", leeds\n\nls7 3ab.", 0));
    }
}
