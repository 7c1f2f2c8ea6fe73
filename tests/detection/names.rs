//! Names in every way of writing them, carried in every way.

use super::carriages::{Carriage, FOR_FILE_NAMES, FOR_TEXT};
use super::letter::*;
use super::world::*;
use unicode_normalization::UnicodeNormalization;

/// Forename, surname and number of the pupils whose names are tried.
const TRIED: &[(&str, &str, &str)] = &[
    ("Jane", "Smith", "P1"),
    ("Janie", "Smith", "P1"),
    ("Anna-Maria", "van der Berg", "P4"),
    ("Siobhán", "O'Reilly", "P5"),
    ("Siobhan", "O\u{2019}Reilly", "P5"),
    ("Daisy", "Rahman-Naylor", "P6"),
    ("Daisy", "Rahman", "P6"),
    ("Zoë", "Łukaszewicz", "P9"),
    ("Zoe", "Lukaszewicz", "P9"),
    ("Bo", "Ng", "P11"),
    ("Muhammad", "al-Rashid", "P12"),
    ("Freya", "Winterton", "P13"),
    ("D'Arcy", "MacDonald", "P14"),
    ("Mary Jane", "St. John", "P15"),
    ("Jürgen", "Müller", "P16"),
    ("Ffion", "Ap Rhys", "P17"),
    ("Nguyễn", "Trần", "P18"),
];

/// A way of writing a name from its halves.
type Surface = (&'static str, fn(&str, &str) -> String);

const SURFACES: &[Surface] = &[
    ("forename surname", |f, s| format!("{f} {s}")),
    ("surname, forename", |f, s| format!("{s}, {f}")),
    ("SURNAME, forename", |f, s| format!("{}, {f}", s.to_uppercase())),
    ("SURNAME forename", |f, s| format!("{} {f}", s.to_uppercase())),
    ("surname forename", |f, s| format!("{s} {f}")),
    ("all capitals", |f, s| format!("{f} {s}").to_uppercase()),
    ("all small", |f, s| format!("{f} {s}").to_lowercase()),
    ("initial between", |f, s| format!("{f} X. {s}")),
    ("two unknown between", |f, s| format!("{f} Quentina Belle {s}")),
    ("possessive", |f, s| format!("{f} {s}'s")),
    ("decomposed", |f, s| format!("{f} {s}").nfd().collect()),
    ("no-break space", |f, s| format!("{f}\u{a0}{s}")),
    ("zero-width everywhere", |f, s| format!("{f} {s}").chars().flat_map(|c| [c, '\u{200b}']).collect()),
    ("two spaces", |f, s| format!("{f}  {s}")),
    ("title", |f, s| format!("Miss {f} {s}")),
    ("form behind", |f, s| format!("{f} {s} (7B)")),
];

const FILE_SURFACES: &[Surface] = &[
    ("joined", |f, s| format!("{f}{s}").replace([' ', '.'], "")),
    ("joined, letters alone", |f, s| format!("{f}{s}").replace(|c: char| !c.is_alphabetic(), "")),
    ("joined, small", |f, s| format!("{f}{s}").replace([' ', '.'], "").to_lowercase()),
    ("underscore", |f, s| format!("{f}_{s}-report")),
    ("dot", |f, s| format!("{f}.{s}")),
    ("surname first", |f, s| format!("{s}_{f}_2026")),
    ("plain", |f, s| format!("Report {f} {s}")),
];

fn misses(carriages: &[Carriage], surfaces: &[Surface]) -> Vec<String> {
    let mut missed = Vec::new();
    for (way, carry) in carriages {
        for (surface, write) in surfaces {
            for (forename, surname, pupil) in TRIED {
                // A half of a double name is too little beside names that nobody knows; four small letters are a word.
                if (*surface, *surname) == ("two unknown between", "Rahman")
                    || (*surface, *surname) == ("joined, small", "Ng")
                {
                    continue;
                }
                let Some(raw) = carry(&write(forename, surname)) else { continue };
                let seen = see(&raw, &Sending::default());
                if !seen.pupils().contains(pupil) {
                    missed.push(format!("{way} | {surface} | {pupil} {forename}"));
                }
            }
        }
    }
    missed
}

#[test]
fn every_name_is_found_however_it_is_written_and_carried() {
    let missed = misses(FOR_TEXT, SURFACES);
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn every_name_is_found_in_the_name_of_a_file() {
    let missed = misses(FOR_FILE_NAMES, FILE_SURFACES);
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn names_wrapped_over_two_lines_are_found() {
    let mut missed = Vec::new();
    for (forename, surname, pupil) in TRIED {
        for (way, text) in [
            ("wrapped", format!("We all spoke of {forename}\n{surname} yesterday.")),
            ("wrapped in a quote", format!("> We all spoke of {forename}\n> {surname} yesterday.")),
            ("wrapped with blanks", format!("We all spoke of {forename} \n   {surname} yesterday.")),
            ("surname first, wrapped", format!("We all spoke of {surname},\n{forename} yesterday.")),
        ] {
            for raw in [plain(&text), plain(&text).into_iter().filter(|byte| *byte != b'\r').collect()] {
                if !see(&raw, &Sending::default()).pupils().contains(pupil) {
                    missed.push(format!("{way} {pupil}"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}
