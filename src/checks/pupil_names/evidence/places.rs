//! Places, events, houses, firms and prizes that bear a pupil's name.

use super::super::pairs::Order;
use super::meaning::FINITE;
use super::{Case, NEAR, Standing};
use crate::school::names::words;

/// What stands behind the name of a place, with or without a capital, where the name itself is a place's.
const PLACES: &[&str] = &[
    "campsite", "centre", "surgery", "farm", "reserve", "campus", "station", "stadium", "pavilion", "toll", "nature",
    "activity", "closed", "closure", "leisure", "borough", "district", "county", "parish", "council", "garage",
];
/// Hills and waters, whose names stand before or behind these words.
const WATERS: &[&str] =
    &["hill", "river", "lake", "mount", "loch", "beach", "brook", "wood", "woods", "valley", "moor"];
/// What is said behind a house of the school.
const OF_HOUSE: &[&str] =
    &["pupils", "students", "points", "hall", "assembly", "captain", "captains", "team", "colours"];
/// What leads to a place.
const TOWARDS: &[&str] = &[
    "the", "at", "on", "in", "near", "across", "into", "down", "along", "opposite", "past", "play", "visit", "outside",
    "behind", "towards", "via", "off", "beside",
];
/// What is said on the way: two of these are directions.
const DIRECTIONS: &[&str] = &[
    "towards",
    "past",
    "left",
    "right",
    "roundabout",
    "junction",
    "drop off",
    "pick up",
    "car park",
    "next to",
    "then",
];

/// What bears a person's name and stands behind no person: streets, schools, firms, prizes.
const BEARERS: &[&str] = &[
    "road",
    "street",
    "avenue",
    "lane",
    "crescent",
    "grove",
    "terrace",
    "gardens",
    "square",
    "way",
    "hospital",
    "university",
    "primary",
    "infants",
    "nursery",
    "academy",
    "college",
    "hotel",
    "ltd",
    "limited",
    "plc",
    "llp",
    "trust",
    "foundation",
    "memorial",
    "stadium",
    "trophy",
    "shield",
    "lecture",
    "theatre",
    "bridge",
    "coaches",
    "travel",
    "taxis",
    "minibuses",
    "builders",
    "solicitors",
    "associates",
];
/// What may bear a person's name, and as well begins what is said of one: `Tia Dixon House captain`.
const OPEN_BEARERS: &[&str] = &[
    "field", "fields", "park", "close", "drive", "cup", "house", "hall", "prize", "centre", "center", "court",
    "garden", "school", "library", "building", "church", "award",
];
/// What goes on behind such a word where a person has, does or is something.
const OF_PERSONS: &[&str] = &[
    "captain",
    "captains",
    "council",
    "councillor",
    "trip",
    "trips",
    "draw",
    "winner",
    "winners",
    "monitor",
    "prefect",
    "rep",
    "representative",
    "team",
    "teams",
    "money",
    "fine",
    "fines",
    "badge",
    "bus",
    "points",
    "for",
    "club",
    "choir",
    "safety",
    "officer",
    "leader",
    "form",
    "forms",
    "book",
    "books",
    "card",
];

impl Standing<'_, '_> {
    /// `Grace Field Primary`, `the Jane Smith Cup`, `at Grace Field`: a place, an event, a house, a firm.
    pub(in super::super) fn is_place(&self) -> bool {
        let behind = self.directly_behind();
        let next = words(behind).next();
        let tail = behind.get(next.map_or(0, str::len)..).unwrap_or_default();
        let end = self.name.second.1;
        let written = self.around.written((end, end.saturating_add(2)));
        let capital = next.is_some() && !written.trim_start().starts_with(char::is_lowercase);
        if capital && next.is_some_and(|next| self.bears_name(next, tail)) {
            return true;
        }
        if behind.starts_with("& sons") || behind.starts_with("and sons") {
            return true;
        }
        let before = words(self.before(24)).last();
        let camp = ["hotel", "river", "mount", "lake", "camp"];
        if before.is_some_and(|word| camp.contains(&word)) && self.has_blank_before() {
            return true;
        }
        let surname = if self.name.order == Order::ForenameFirst { self.name.second } else { self.name.first };
        // `River Jordan`; but `WOOD Holly`.
        let register = self.case(self.name.first) == Case::Upper && self.case(self.name.second) != Case::Upper;
        if self.name.order == Order::SurnameFirst && !register && WATERS.contains(&self.half(surname)) {
            return true;
        }
        // `Tamar Bridge closed`, `Heath Brook nature reserve`.
        if self.has_word_of_place() && next.is_some_and(|next| PLACES.contains(&next)) {
            return true;
        }
        if self.half(surname) == "house" && next.is_some_and(|next| OF_HOUSE.contains(&next)) {
            return true;
        }
        // `the Jade Price list`: both words are ordinary ones, and more follows in lower case.
        let thing = next.is_some_and(|next| !FINITE.contains(&next)) && !capital;
        if thing
            && before.is_some_and(|word| ["the", "a", "an"].contains(&word))
            && self.name_words().all(|word| self.around.view.school.lists.ordinary.contains(word))
        {
            return true;
        }
        self.has_word_of_place() && (self.is_led_to() || self.is_on_the_way())
    }

    /// What stands behind the name with one blank between, in its own line and cell.
    fn directly_behind(&self) -> &str {
        let end = self.name.second.1;
        // Folded, a wide blank or a tab is one: with the letter behind it, it is seen as it was written.
        let written = self.around.written((end.saturating_sub(1), end.saturating_add(2)));
        let blank: String = written.chars().skip(1).take_while(|c| !c.is_alphanumeric() && *c != '&').collect();
        if blank != " " && blank != "\u{a0}" {
            return "";
        }
        self.after(60).strip_prefix(' ').unwrap_or_default().split(['\n', '\t']).next().unwrap_or_default()
    }

    /// The name stands behind another word, in its own line and cell.
    fn has_blank_before(&self) -> bool {
        let start = self.name.first.0;
        let written = self.around.written((start.saturating_sub(1), start.saturating_add(1)));
        written.starts_with([' ', '\u{a0}']) || (written.starts_with(['\r', '\n']) && self.before(1) == " ")
    }

    /// A word of a place, of a street or of a water is half of the name: `Grace Field`, `Holly Wood`.
    fn has_word_of_place(&self) -> bool {
        let surname = if self.name.order == Order::ForenameFirst { self.name.second } else { self.name.first };
        let surname = self.half(surname);
        BEARERS.contains(&surname) || OPEN_BEARERS.contains(&surname) || WATERS.contains(&surname)
    }

    /// `Grace Field Primary`, `the Jane Smith Cup`; but `Tia Dixon House captain`, `Tia Dixon Field trip`.
    fn bears_name(&self, next: &str, tail: &str) -> bool {
        let tail = tail.strip_prefix(' ').unwrap_or_default();
        let second = words(tail).next().filter(|_| tail.starts_with(char::is_alphabetic));
        if second.is_some_and(|second| OF_PERSONS.contains(&second)) {
            return false;
        }
        if BEARERS.contains(&next) {
            return true;
        }
        let led = words(self.before(12))
            .last()
            .is_some_and(|word| TOWARDS.contains(&word) || ["to", "from", "of", "a"].contains(&word));
        // `2nd James Cook House 2,204`, `Jane Smith House won`: a thing that counts, or does something.
        let does = ["house", "cup", "prize"].contains(&next)
            && (tail.starts_with(|c: char| c.is_ascii_digit())
                || second.is_some_and(|word| FINITE.contains(&word) || ["won", "wins", "leads"].contains(&word)));
        let ordinary = &self.around.view.school.lists.ordinary;
        does || OPEN_BEARERS.contains(&next)
            && ((led && self.has_blank_before())
                || self.has_word_of_place()
                || self.name_words().all(|word| ordinary.contains(word))
                || second.is_some_and(|second| ["school", "primary", "academy", "college"].contains(&second)))
    }

    /// `12 Pearl Close`, `at Grace Field`, `the bus to Grace Field`.
    fn is_led_to(&self) -> bool {
        if !self.has_blank_before() && self.before(1) != "\n" {
            return false;
        }
        // `12 Pearl Close`; but `Year 7 Pearl Close`, `P2 Pearl Close`.
        let numbered = self.before(12).trim_end().trim_end_matches(',');
        let digits = numbered.bytes().rev().take_while(u8::is_ascii_digit).count();
        let head = numbered.get(..numbered.len() - digits).unwrap_or_default();
        let year = head.trim_end().ends_with(['r', 'y']) || head.ends_with(|c: char| c.is_alphabetic());
        let word = words(self.before(12)).last();
        let line = self.before(24).rsplit(['\n', '\t']).next().unwrap_or_default();
        (digits > 0 && !year)
            || word.is_some_and(|word| TOWARDS.contains(&word))
            || words(line).any(|word| ["walk", "walked", "bus", "train", "turn", "points"].contains(&word))
    }

    /// Among directions: `Left at Chester Green, past Florence Park and Grace Church`.
    fn is_on_the_way(&self) -> bool {
        let before = self.before(NEAR).rsplit(['\n', '!', '?']).next().unwrap_or_default();
        let said = words(before).collect::<Vec<_>>().join(" ");
        let said = format!(" {said} ");
        let count = DIRECTIONS.iter().map(|way| said.matches(&format!(" {way} ")).count()).sum::<usize>();
        count > 1
    }
}
