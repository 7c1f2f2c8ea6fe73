//! One message that grows: what each of its bytes costs must stay the same.

use super::{Page, best, corpus, look, origin, prose, school};
use exeat::checks::{personal_data, pupil_names};
use exeat::mail::Envelope;
use exeat::mail::fold::{self, Folded};
use exeat::mail::parts::{Limits, Tree, take_apart};

const MEGABYTES: [usize; 6] = [1, 2, 5, 10, 20, 50];
const STEPS: [&str; 4] = ["take apart", "fold", "names", "identifiers"];
/// The widest bar.
const WIDEST: f64 = 40.0;

/// Plots nanoseconds a byte for prose and for a table, from 1 to 50 MB.
pub fn grow() {
    println!("linear (2000 pupils; ns a byte of one message, by its size):");
    let prose = prose(50_000_000, 2_000);
    let rows = corpus::roster_csv(20_000);
    let table = rows.repeat(50_000_000 / rows.len() + 1);
    for (name, kind, text) in [("prose", "text/plain", &prose), ("table", "text/csv", &table)] {
        let costs = MEGABYTES.map(|megabytes| cost(kind, text, megabytes));
        for (step, title) in STEPS.iter().enumerate() {
            let highest = costs.iter().map(|cost| cost[step]).fold(0.0, f64::max);
            let growth = costs[MEGABYTES.len() - 1][step] / costs[0][step];
            println!("  {name}, {title}: 50 MB cost {growth:.2} x what 1 MB costs, byte for byte");
            for (megabytes, cost) in MEGABYTES.iter().zip(&costs) {
                let bar = "#".repeat((cost[step] / highest * WIDEST).round() as usize);
                println!("    {megabytes:>3} MB {:>6.2} {bar}", cost[step]);
            }
        }
    }
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
