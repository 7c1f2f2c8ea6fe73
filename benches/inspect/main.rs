//! How fast a message is looked at, in one process and on one core, with a plain copy of the same bytes beside it.
//!
//! ```text
//! cargo bench --bench inspect                     # everything
//! cargo bench --bench inspect -- corpus           # taking apart, folding, each check, judging
//! cargo bench --bench inspect -- text             # names and identifiers, together and apart
//! cargo bench --bench inspect -- names            # names against Hyperscan's literals
//! cargo bench --bench inspect -- roster           # building rosters
//! cargo bench --bench inspect -- linear           # one message of 1 to 50 MB, as a plot
//! cargo bench --bench inspect -- linear rtf xls   # of these kinds of files alone
//! cargo bench --bench inspect -- corpus 200 2000  # so many messages, so many pupils
//! ```
//!
//! All times are processor time, the best of several runs: neighbours on the machine cost the least so. MB are
//! millions of bytes: of the raw message for taking apart, of decoded text for all else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

#[path = "../corpus/mod.rs"]
mod corpus;
#[path = "../peers/hyperscan.rs"]
mod hyperscan;
mod linear;
mod names;
mod readers;

use corpus::{Corpus, Letter};
use exeat::app::loading;
use exeat::checks::{ROLL_CALL, View, personal_data, pupil_names};
use exeat::mail::fold::{self, Folded};
use exeat::mail::parts::{Limits, Tree, take_apart};
use exeat::mail::{Address, Envelope, Path};
use exeat::policy::{self, Enforcement};
use exeat::school::roster::{Columns, Roster};
use exeat::school::{Identity, Lists, School};
use exeat::source::{Direction, Origin, SenderClass};
use std::hint::black_box;

const ROSTERS: [usize; 3] = [2_000, 20_000, 200_000];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let numbers: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let wanted = |name: &str| {
        arguments.iter().all(|word| word.parse::<usize>().is_ok()) || arguments.iter().any(|word| word == name)
    };
    let (messages, pupils) = (numbers.first().copied().unwrap_or(2_000), numbers.get(1).copied().unwrap_or(2_000));
    if wanted("corpus") {
        look_at_corpus(messages, pupils);
    }
    if wanted("text") {
        look_at_texts(numbers.get(1).map_or(&ROSTERS[..], std::slice::from_ref));
    }
    if wanted("names") {
        names::beside_hyperscan(numbers.get(1).map_or(&ROSTERS[..], std::slice::from_ref));
    }
    if wanted("roster") {
        build_rosters();
    }
    if wanted("linear") {
        let only: Vec<String> = arguments.iter().filter(|word| *word != "linear").cloned().collect();
        linear::grow(&only);
    }
}

/// Processor time of this process, in seconds.
fn clock() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The least processor time of a few runs.
fn best(runs: usize, mut run: impl FnMut()) -> f64 {
    let times = (0..runs).map(|_| {
        let begun = clock();
        run();
        clock() - begun
    });
    times.fold(f64::INFINITY, f64::min)
}

fn line(name: &str, bytes: usize, messages: usize, seconds: f64) {
    let rate = bytes as f64 / 1e6 / seconds;
    let each = seconds * 1e6 / messages as f64;
    println!("  {name:<28} {rate:>9.0} MB/s {:>10.0} messages/s {each:>9.1} us each", messages as f64 / seconds);
}

fn roster(pupils: usize) -> Roster {
    let (roster, _) = Roster::read(corpus::roster_csv(pupils).as_bytes(), &Columns::default(), "roster.csv");
    assert_eq!(roster.len(), pupils, "every row is a pupil");
    roster
}

fn school(pupils: usize) -> School {
    School {
        roster: roster(pupils),
        identity: Identity { domains: vec!["school.example".to_owned()], ..Identity::default() },
        lists: Lists::built_in(),
        ..School::default()
    }
}

fn origin() -> Origin {
    let sender = Address::read("h.pemberton@school.example");
    Origin { direction: Direction::Outgoing, class: SenderClass::Staff, source: None, sender }
}

fn envelope(letter: &Letter) -> Envelope {
    Envelope {
        sender: Some(Path::new(letter.from.as_bytes(), Vec::new())),
        recipients: letter.to.iter().map(|to| Path::new(to.as_bytes(), Vec::new())).collect(),
        ..Envelope::default()
    }
}

fn look_at_corpus(messages: usize, pupils: usize) {
    let corpus = Corpus::new(messages, pupils);
    println!("corpus: {}; {pupils} pupils", corpus.statistics());
    let (school, origin) = (school(pupils), origin());
    let policy = loading::policy(None, "arts-college").expect("the shipped pack is good");
    let now = "2026-06-08T09:00:00Z".parse().unwrap();
    let limits = Limits::default();
    let letters = &corpus.letters;
    let copied = best(3, || letters.iter().for_each(|letter| drop(black_box(letter.raw.clone()))));
    line("copy of the raw message", corpus.bytes(), messages, copied);
    let taken = best(3, || letters.iter().for_each(|letter| drop(black_box(take_apart(&letter.raw, &limits)))));
    line("take apart (raw bytes)", corpus.bytes(), messages, taken);
    let trees: Vec<Tree> = letters.iter().map(|letter| take_apart(&letter.raw, &limits)).collect();
    let text: usize = trees.iter().map(|tree| tree.text.len()).sum();
    println!("  decoded text: {} KiB a message", text / messages / 1024);
    let copied_text = best(3, || trees.iter().for_each(|tree| drop(black_box(tree.text.clone()))));
    line("copy of the decoded text", text, messages, copied_text);
    let sent = best(3, || {
        for tree in &trees {
            let bytes = postcard::to_allocvec(tree).unwrap();
            drop(black_box(postcard::from_bytes::<Tree>(&bytes).unwrap()));
        }
    });
    line("tree to bytes and back", text, messages, sent);
    let folded_in = best(3, || trees.iter().for_each(|tree| drop(black_box(fold::fold(tree)))));
    line("fold", text, messages, folded_in);
    let folds: Vec<Folded> = trees.iter().map(fold::fold).collect();
    let envelopes: Vec<Envelope> = letters.iter().map(envelope).collect();
    let views: Vec<View<'_>> = trees
        .iter()
        .zip(&folds)
        .zip(&envelopes)
        .map(|((tree, folded), envelope)| View { envelope, origin: &origin, tree, folded, school: &school, now })
        .collect();
    let mut checked = 0.0;
    for check in ROLL_CALL {
        let time = best(3, || {
            for view in &views {
                let mut findings = Vec::new();
                (check.look)(view, &mut findings);
                black_box(findings);
            }
        });
        line(check.name, text, messages, time);
        checked += time;
    }
    let inspections: Vec<_> = views.iter().map(exeat::inspect::look).collect();
    let findings: usize = inspections.iter().map(|inspection| inspection.findings.len()).sum();
    let enforcement = Enforcement::All;
    let judged = best(3, || {
        for (view, inspection) in views.iter().zip(&inspections) {
            black_box(policy::judge(&policy, &enforcement, view, inspection));
        }
    });
    line("judge", text, messages, judged);
    line("all of it", text, messages, taken + folded_in + checked + judged);
    println!(
        "  {findings} findings; all of it costs {:.1} x a copy of the message",
        (taken + folded_in + checked + judged) / copied
    );
}

/// A message that is one text, taken apart and folded.
struct Page {
    tree: Tree,
    folded: Folded,
}

impl Page {
    fn new(kind: &str, text: &str) -> Self {
        let raw = format!("Subject: page\r\nContent-Type: {kind}; charset=utf-8\r\n\r\n{text}");
        let tree = take_apart(raw.as_bytes(), &Limits { text: 128 << 20, ..Limits::default() });
        let folded = fold::fold(&tree);
        Self { tree, folded }
    }
    fn view<'a>(&'a self, envelope: &'a Envelope, origin: &'a Origin, school: &'a School) -> View<'a> {
        let now = "2026-06-08T09:00:00Z".parse().unwrap();
        View { envelope, origin, tree: &self.tree, folded: &self.folded, school, now }
    }
}

/// Plain letters, one behind the other; some name pupils of a roster of that size.
fn prose(bytes: usize, pupils: usize) -> String {
    let corpus = Corpus::new(2_000, pupils);
    let plain = corpus.letters.iter().map(|letter| String::from_utf8_lossy(&letter.raw[letter.body..]));
    let letters: String = plain.filter(|text| text.starts_with("Dear")).collect();
    let mut text = letters.repeat(bytes / letters.len() + 1);
    text.truncate(text.floor_char_boundary(bytes));
    text
}

fn pages(pupils: usize) -> Vec<(&'static str, Page)> {
    let table = corpus::roster_csv(20_000);
    vec![
        ("prose", Page::new("text/plain", &prose(4_000_000, pupils))),
        ("table of pupils, as text", Page::new("text/plain", &table)),
        ("table of pupils, as csv", Page::new("text/csv", &table)),
        ("prose, lines end with LF", Page::new("text/plain", &prose(4_000_000, pupils).replace('\r', ""))),
        ("prose with accents", Page::new("text/plain", &accented(&prose(2_000_000, pupils)))),
    ]
}

/// The same as people write it who have the letters: some ten of a hundred.
fn accented(text: &str) -> String {
    text.replace('e', "\u{e9}").replace('u', "\u{fc}")
}

fn look_at_texts(rosters: &[usize]) {
    let (origin, envelope) = (origin(), Envelope::default());
    for pupils in rosters {
        println!("text, {pupils} pupils:");
        let pages = pages(*pupils);
        let school = school(*pupils);
        for (name, page) in &pages {
            let view = page.view(&envelope, &origin, &school);
            let bytes = page.tree.text.len();
            let rate = |seconds: f64| bytes as f64 / 1e6 / seconds;
            let copied = best(5, || drop(black_box(page.tree.text.clone())));
            let folded = best(3, || drop(black_box(fold::fold(&page.tree))));
            let mut count = 0;
            let names = best(3, || count = look(&view, &[&pupil_names::CHECK]));
            let data = best(3, || _ = look(&view, &[&personal_data::CHECK]));
            let both = best(3, || _ = look(&view, &[&pupil_names::CHECK, &personal_data::CHECK]));
            println!(
                "  {name:<26} copy {:>7.0}  fold {:>6.0}  names {:>6.0} ({count} found)  identifiers {:>6.0}  both {:>6.0} MB/s",
                rate(copied),
                rate(folded),
                rate(names),
                rate(data),
                rate(both)
            );
        }
    }
}

fn look(view: &View<'_>, checks: &[&exeat::checks::Check]) -> usize {
    let mut findings = Vec::new();
    for check in checks {
        (check.look)(view, &mut findings);
    }
    black_box(findings).len()
}

/// Resident memory now and at its highest, in KiB.
fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn build_rosters() {
    println!("roster:");
    for pupils in ROSTERS {
        let csv = corpus::roster_csv(pupils);
        let before = memory("VmRSS");
        let begun = clock();
        let (roster, _) = Roster::read(csv.as_bytes(), &Columns::default(), "roster.csv");
        let seconds = clock() - begun;
        let held = memory("VmRSS").saturating_sub(before);
        println!(
            "  {pupils:>7} pupils read in {seconds:.3} s, {} MiB more held, at most {} MiB in all",
            held / 1024,
            memory("VmHWM") / 1024
        );
        drop(black_box(roster));
    }
}
