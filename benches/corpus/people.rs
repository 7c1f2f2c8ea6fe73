//! Invented pupils: a few hundred names that many share, and as many made of syllables as are needed.

use super::Dice;

const FORENAMES: &str = "Olivia Amelia Isla Ava Ivy Freya Lily Florence Mia Willow Rosie Sophia Isabella Grace Daisy \
Sienna Poppy Elsie Emily Ella Evelyn Phoebe Evie Charlotte Harper Millie Matilda Maya Sophie Alice Noah Muhammad \
George Oliver Leo Arthur Oscar Theodore Freddie Archie Luca Theo Harry Finley Jack Roman Henry Thomas Reuben Alfie \
Albie Tommy Louie Hudson Ezra Jude Joshua Lucas Max Isaac Zara Aisha Fatima Maryam Layla Anya Priya Ananya Jaya";

const SURNAMES: &str = "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker \
White Roberts Green Hall Wood Jackson Clarke Patel Khan Ali Hussain Ahmed Begum Singh Kaur Shah Lewis Harris Martin \
Cooper King Ward Baker Turner Hill Scott Moore Clark Morris Allen Watson Young Mitchell Carter Bell Kelly Murphy \
O'Brien Nowak Kowalska Fernandes Da-Silva Chen Wang Nguyen Okafor Mensah Adeyemi Rahman Chowdhury MacDonald Campbell";

const ONSETS: [&str; 20] =
    ["b", "br", "c", "d", "dr", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "th", "w"];
const VOWELS: [&str; 8] = ["a", "e", "i", "o", "u", "ai", "ea", "ow"];
const CODAS: [&str; 12] = ["n", "ll", "rd", "son", "ton", "ley", "ck", "ms", "wick", "ne", "sby", "r"];

/// Somebody who does not exist.
pub struct Person {
    /// Forename.
    pub forename: String,
    /// Surname.
    pub surname: String,
}

impl Person {
    /// The pupil in that place of a roster of that size.
    pub fn of_roster(place: u64, pupils: usize) -> Self {
        let mut dice = Dice::new(place.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ pupils as u64);
        let forenames: Vec<&str> = FORENAMES.split(' ').collect();
        let surnames: Vec<&str> = SURNAMES.split(' ').collect();
        let forename = if dice.below(4) > 0 {
            dice.pick(&forenames).to_owned()
        } else {
            syllables(&mut dice, 2, &["a", "n", "lia", "el"])
        };
        let surname =
            if dice.below(3) == 0 { dice.pick(&surnames).to_owned() } else { syllables(&mut dice, 2, &CODAS) };
        Self { forename, surname }
    }
}

fn syllables(dice: &mut Dice, count: u64, codas: &[&str]) -> String {
    let mut name = String::new();
    for _ in 0..count {
        name.push_str(dice.pick(&ONSETS));
        name.push_str(dice.pick(&VOWELS));
    }
    name.push_str(dice.pick(codas));
    name.get_mut(..1).unwrap().make_ascii_uppercase();
    name
}

/// A roster as a school's system exports it.
pub fn roster_csv(pupils: usize) -> String {
    let mut csv = String::from("id,forename,surname,middle,preferred,form,year,date of birth,email,contacts\n");
    for place in 0..pupils as u64 {
        let person = Person::of_roster(place, pupils);
        let middle = Person::of_roster(place + 7_000_000, pupils).forename;
        csv.push_str(&format!(
            "P{place},{},{},{},,{}{},{},20{:02}-{:02}-{:02},p{place}@pupils.school.example,home{place}@mail.example\n",
            person.forename,
            person.surname,
            if place % 3 == 0 { middle.as_str() } else { "" },
            7 + place % 7,
            ["A", "B", "C", "D"][usize::try_from(place % 4).unwrap()],
            7 + place % 7,
            8 + place % 9,
            1 + place % 12,
            1 + place % 28,
        ));
    }
    csv
}
