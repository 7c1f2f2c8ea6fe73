//! Names alone, beside Hyperscan looking for the same names as plain strings in the same text.

use super::{Page, best, corpus, look, origin, prose, school};
use crate::hyperscan::Hyperscan;
use exeat::checks::pupil_names;
use exeat::checks::pupil_names::pairs::find_pairs;
use exeat::mail::Envelope;
use exeat::school::names::fold_words;
use std::hint::black_box;

/// For each roster: the whole check, its look for pairs alone, and Hyperscan with its best case (one spelling, on text
/// that was folded for it) and with the three spellings people use, whatever their case, on the text as it was written.
pub fn beside_hyperscan(rosters: &[usize]) {
    println!("names beside Hyperscan's literals (4 MB of prose, processor time, MB/s):");
    let hyperscan = Hyperscan::build();
    if let Err(reason) = &hyperscan {
        println!("  skipped: {reason}");
    }
    let (origin, envelope) = (origin(), Envelope::default());
    for pupils in rosters {
        let school = school(*pupils);
        let page = Page::new("text/plain", &prose(4_000_000, *pupils));
        let view = page.view(&envelope, &origin, &school);
        let megabytes = page.folded.text.len() as f64 / 1e6;
        let mut found = 0;
        let check = best(9, || found = look(&view, &[&pupil_names::CHECK]));
        let pairs = best(9, || find_pairs(&page.folded.text, &school.roster, |sight| _ = black_box(sight)));
        println!(
            "  {pupils:>7} pupils: exeat, all ways of writing a name {:>5.0} ({found} found), pairs alone {:>5.0}",
            megabytes / check,
            megabytes / pairs
        );
        let Ok(hyperscan) = &hyperscan else { continue };
        let roster = corpus::roster_csv(*pupils);
        let names: Vec<(&str, &str)> = roster
            .lines()
            .skip(1)
            .filter_map(|row| row.split_once(',')?.1.split_once(','))
            .filter_map(|(forename, rest)| Some((forename, rest.split_once(',')?.0)))
            .collect();
        let one: String = names.iter().map(|(a, b)| format!("{} {}\n", fold_words(a), fold_words(b))).collect();
        let three: String = names.iter().map(|(a, b)| format!("{a} {b}\n{b} {a}\n{b}, {a}\n")).collect();
        let mut about = String::new();
        for (name, text, words, caseless) in [
            ("one spelling, folded text", &page.folded.text, &one, false),
            ("three spellings, any case", &page.tree.text, &three, true),
        ] {
            let scan = hyperscan.scan(text, words, caseless);
            println!(
                "          Hyperscan, {name}: {:>5.0} ({} literals compiled in {:.1} s, {} found); exeat {:.2} x, pairs alone {:.2} x",
                text.len() as f64 / 1e6 / scan.scanned,
                scan.literals,
                scan.compiled,
                scan.found,
                scan.scanned / check,
                scan.scanned / pairs
            );
            about = scan.about;
        }
        println!("          ({about})");
    }
}
