//! One message that grows: what each of its bytes costs must stay the same.

use super::corpus::office::{self, DOCUMENT, WORKBOOK};
use super::corpus::pdf::{self, PDF};
use super::corpus::{Dice, attachment};
use super::readers::{READERS, wide_limits};
use super::{Page, best, corpus, look, origin, prose, school};
use exeat::checks::{personal_data, pupil_names};
use exeat::mail::Envelope;
use exeat::mail::fold::{self, Folded};
use exeat::mail::open::{FileLimits, take_apart_and_open};
use exeat::mail::parts::{Family, Limits, Tree, take_apart};

const MEGABYTES: [usize; 6] = [1, 2, 5, 10, 20, 50];
const STEPS: [&str; 4] = ["take apart", "fold", "names", "identifiers"];
/// The widest bar.
const WIDEST: f64 = 40.0;

/// Plots nanoseconds a byte for prose, a table and opened files, from 1 to 50 MB; of `only` these where it names any.
pub fn grow(only: &[String]) {
    let wanted = |name: &str| only.is_empty() || only.iter().any(|word| word == name);
    println!("linear (2000 pupils; ns a byte of one message, by its size):");
    let prose = prose(50_000_000, 2_000);
    let rows = corpus::roster_csv(20_000);
    let table = rows.repeat(50_000_000 / rows.len() + 1);
    for (name, kind, text) in [("prose", "text/plain", &prose), ("table", "text/csv", &table)] {
        if !wanted(name) {
            continue;
        }
        let costs = MEGABYTES.map(|megabytes| cost(kind, text, megabytes));
        for (step, title) in STEPS.iter().enumerate() {
            plot(name, title, &costs.map(|cost| cost[step]));
        }
    }
    // A tenth of each file is text, packed; the rest is pictures. Within the limits a server has by default.
    let files: [(&str, &str, MakeSized); 3] = [
        ("document", DOCUMENT, |size| office::document(size, size / 10, None, &mut Dice::new(7))),
        ("workbook", WORKBOOK, |size| office::workbook(size, size / 1_000, &mut Dice::new(7))),
        ("PDF", PDF, |size| pdf::pdf(size, size / 10, None, &mut Dice::new(7))),
    ];
    for (name, kind, file) in files.into_iter().filter(|(name, ..)| wanted(name)) {
        let limits = FileLimits::default();
        let costs = MEGABYTES.map(|megabytes| open(kind, &file(megabytes * 730_000), megabytes, None, &limits));
        plot(name, "take apart and open", &costs);
    }
    // All of these is text; the sizes are those of the text, and the limits are out of the way.
    for (name, file) in READERS.into_iter().filter(|(name, _)| wanted(name)) {
        let ascii: String = prose.chars().filter(char::is_ascii).collect();
        let costs = MEGABYTES.map(|megabytes| {
            let text = ascii.get(..ascii.len().min(megabytes * 1_000_000)).unwrap();
            open("application/octet-stream", &file(text), megabytes, Some(text.len()), &wide_limits())
        });
        plot(name, "take apart and open", &costs);
    }
}

/// A file of about so many bytes.
type MakeSized = fn(usize) -> Vec<u8>;

fn plot(name: &str, title: &str, costs: &[f64; MEGABYTES.len()]) {
    let highest = costs.iter().copied().fold(0.0, f64::max);
    let growth = costs[MEGABYTES.len() - 1] / costs[0];
    println!("  {name}, {title}: 50 MB cost {growth:.2} x what 1 MB costs, byte for byte");
    for (megabytes, cost) in MEGABYTES.iter().zip(costs) {
        let bar = "#".repeat((cost / highest * WIDEST).round() as usize);
        println!("    {megabytes:>3} MB {cost:>6.2} {bar}");
    }
}

/// Nanoseconds a byte of a message with this file in it, opened; or a byte of the text in it, where that is told.
fn open(kind: &str, file: &[u8], megabytes: usize, text: Option<usize>, inside: &FileLimits) -> f64 {
    let head = "Subject: page\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_mix\"\r\n\r\n";
    let raw = format!("{head}{}--=_mix--\r\n", attachment("file", kind, file, "=_mix"));
    let limits = Limits { text: Limits::default().text.max(inside.text), cells: 10_000_000, ..Limits::default() };
    let mut tree = Tree::default();
    let runs = (20 / megabytes).clamp(2, 9);
    let taken = best(runs, || tree = take_apart_and_open(raw.as_bytes(), &Family::ALL, &limits, inside));
    let least = text.map_or(file.len() / 40, |text| text / 10 * 9);
    assert!(tree.gaps.is_empty() && tree.text.len() > least, "the file was read to its end: {:?}", tree.gaps);
    taken * 1e9 / text.unwrap_or(raw.len()) as f64
}

fn cost(kind: &str, text: &str, megabytes: usize) -> [f64; STEPS.len()] {
    let (school, origin, envelope) = (school(2_000), origin(), Envelope::default());
    let limits = Limits { text: 128 << 20, cells: 10_000_000, ..Limits::default() };
    let part = text.get(..text.floor_char_boundary(megabytes * 1_000_000)).unwrap();
    let raw = format!("Subject: page\r\nContent-Type: {kind}; charset=utf-8\r\n\r\n{part}");
    // Small ones again and again: a page touched for the first time costs more than looking at it.
    let runs = (20 / megabytes).clamp(2, 9);
    let mut tree = Tree::default();
    let taken = best(runs, || tree = take_apart(raw.as_bytes(), &limits));
    let mut folded = Folded::default();
    let fold = best(runs, || folded = fold::fold(&tree));
    let page = Page { tree, folded };
    let view = page.view(&envelope, &origin, &school);
    let names = best(runs, || _ = look(&view, &[&pupil_names::CHECK]));
    let data = best(runs, || _ = look(&view, &[&personal_data::CHECK]));
    [taken, fold, names, data].map(|seconds| seconds * 1e9 / raw.len() as f64)
}
