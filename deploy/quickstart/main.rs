//! The sample school, for real: its staff send letters through a private Postfix, exeat stands behind it, and
//! a table says what came of each. Everything printed was seen, nothing is prepared. `deploy/quickstart.sh`
//! builds and runs this.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "../../tests/harness/mod.rs"]
mod harness;
mod letters;
mod outcome;
mod school;
mod table;

use letters::Moment;
use outcome::Sent;
use school::{OTHER_POLICY, School};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use table::{Table, wrapped};

/// What was typed.
#[derive(Debug, clap::Parser)]
struct Arguments {
    /// An empty folder for everything it needs
    #[arg(long)]
    dir: PathBuf,
    /// Stays after the report until it is killed
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    let arguments = <Arguments as clap::Parser>::parse();
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("quickstart: {}", panic.payload_as_str().unwrap_or("something unforeseen happened"));
    }));
    let code = std::panic::catch_unwind(|| report(&arguments)).unwrap_or(2);
    let _ = fs::write(arguments.dir.join("ended"), code.to_string());
    ExitCode::from(code)
}

/// The program of the same build.
fn program() -> PathBuf {
    let own = std::env::current_exe().expect("this program's own path");
    own.ancestors().nth(2).expect("a build folder").join("exeat")
}

/// Everything; the exit code.
fn report(arguments: &Arguments) -> u8 {
    println!("Starting: a next hop, exeat, a private Postfix (files in {}) ...", arguments.dir.display());
    let school = School::start(&program(), &arguments.dir);
    let sent = send_all(&school);
    print_table(&sent);
    print_notice(&sent);
    print_where(&school, &sent, arguments.keep);
    let wrong = sent.iter().filter(|sent| !sent.is_as_expected()).count() + missing_outcomes(&sent);
    println!();
    if wrong == 0 {
        println!("All {} letters met the outcome they had to meet.", sent.len());
    } else {
        println!("{wrong} outcomes are NOT what they have to be. exeat's log:\n{}", school.exeat.log());
    }
    if arguments.keep && wrong == 0 {
        stay(&school);
    }
    u8::from(wrong > 0)
}

/// Sends every letter at its moment, then looks what came of each.
fn send_all(school: &School) -> Vec<Sent> {
    let mut all = Vec::new();
    let mut samples = letters::all();
    for moment in Moment::ALL {
        if moment != Moment::Open && !school.change_to(moment) {
            println!("exeat did not take the changed settings over.");
        }
        let (now, later): (Vec<_>, Vec<_>) = samples.into_iter().partition(|sample| sample.moment == moment);
        samples = later;
        for sample in now {
            println!("  sending \"{}\"", sample.subject);
            all.push(Sent::submit(school, sample));
        }
    }
    school.change_to(Moment::Open);
    println!("  waiting for the notices\n");
    for sent in &mut all {
        sent.look(school);
    }
    // A notice that nobody expects would have come by now: those of the same age have.
    for sent in all.iter_mut().filter(|sent| sent.sample.expected == "relay") {
        sent.look(school);
    }
    all
}

fn print_table(sent: &[Sent]) {
    let table = Table::new();
    table.head();
    let mut moment = Moment::Open;
    for (number, sent) in sent.iter().enumerate() {
        if number > 0 {
            table.rule('─', '┼');
        }
        let sample = &sent.sample;
        if sample.moment != moment {
            moment = sample.moment;
            let words = match moment {
                Moment::Open => "The school is open again.".to_owned(),
                Moment::Closed => {
                    "exeat.toml changed and read anew (SIGHUP): the school is closed just now.".to_owned()
                }
                Moment::OtherPolicy => {
                    format!("exeat.toml changed and read anew: open again, and the policy is \"{OTHER_POLICY}\".")
                }
            };
            table.words(&words);
            table.rule('─', '┼');
        }
        table.row([
            vec![
                format!("{}. \"{}\"", number + 1, sample.subject),
                format!("({})", sample.about),
                format!("from {}", sample.letter.from),
                format!("to   {}", sample.letter.to.join(", ")),
                format!("-> {}", sent.at_recipient()),
            ],
            vec![sent.outcome().to_owned()],
            sent.rules(),
            sent.at_sender(),
        ]);
    }
    table.rule('═', '╧');
}

/// One notice in full.
fn print_notice(sent: &[Sent]) {
    let Some((subject, from, text)) = sent.iter().filter(|sent| sent.outcome() == "hold").find_map(Sent::notice) else {
        return;
    };
    println!("\nOne of these notices, as the sender's mail program shows it:\n");
    println!("  ┌{}", "─".repeat(97));
    println!("  │ From:    {from}");
    println!("  │ Subject: {subject}");
    println!("  │");
    for line in text.trim_end().lines() {
        for piece in wrapped(line, 94) {
            println!("{}", format!("  │ {piece}").trim_end());
        }
    }
    println!("  └{}", "─".repeat(97));
}

/// Where everything is, and the commands that show it, with what they say just now.
fn print_where(school: &School, sent: &[Sent], keep: bool) {
    let program = school.program().display();
    let config = school.config.display();
    println!("\nHeld mail waits, sealed, in {}. What waits now:\n", school.dir.join("store.sqlite").display());
    let (_, list) = school.exeat.command(&["held", "list"]);
    list.lines().flat_map(|line| wrapped(line, 92)).for_each(|line| println!("    {}", line.trim_end()));
    println!("\nMetrics are at http://127.0.0.1:{}/metrics. Some of them now:\n", school.exeat.http);
    let (_, metrics) = harness::get(school.exeat.http, "/metrics").unwrap_or_default();
    let shown = ["exeat_messages_total", "exeat_held{", "exeat_notices_total"];
    metrics
        .lines()
        .filter(|line| shown.iter().any(|name| line.starts_with(name)) && !line.ends_with(" 0"))
        .for_each(|line| println!("    {line}"));
    let held = sent.iter().find(|sent| sent.outcome() == "hold").and_then(|sent| sent.references().first());
    let reference = held.map_or("EX-....-....", String::as_str);
    println!();
    if keep {
        println!("It goes on running. To look and to decide:\n");
    } else {
        println!("With --keep it goes on running, and these commands (with its own paths) look and decide:\n");
    }
    println!("    export EXEAT_CONFIG={config}");
    println!("    {program} held list");
    println!("    {program} held show {reference}");
    println!("    {program} held release {reference} --reason 'agreed with the college'");
    println!("    curl -s http://127.0.0.1:{}/metrics | grep ^exeat_", school.exeat.http);
    println!("    ls {}       # mail that left the school, and notices", school.dir.join("arrived").display());
    println!("    cat {}    # exeat's log, one JSON object a line", school.exeat_log().display());
    println!("\nTo send a letter of your own (edit the file first):\n");
    println!(
        "    curl smtp://127.0.0.1:{} --upload-file {} \\",
        school.relay.port_in,
        letter_of_your_own(school).display()
    );
    println!("      --mail-from t.asquith@school.example --mail-rcpt somebody@elsewhere.example");
}

/// A letter to play with.
fn letter_of_your_own(school: &School) -> PathBuf {
    let file = school.dir.join("letter.eml");
    let text = "From: Toby Asquith <t.asquith@school.example>\nTo: somebody@elsewhere.example\n\
                Subject: Saoirse Ni Dhomhnaill\n\nSaoirse will be late on Friday.\n";
    fs::write(&file, text).expect("the folder can be written");
    file
}

/// Outcomes that no letter met.
fn missing_outcomes(sent: &[Sent]) -> usize {
    let all = ["relay", "warn", "rewrite", "defer", "hold", "reject"];
    all.iter().filter(|&&outcome| !sent.iter().any(|sent| sent.outcome() == outcome)).count()
}

/// Writes what arrives into files until it is killed.
fn stay(school: &School) -> ! {
    let arrived = school.dir.join("arrived");
    fs::create_dir_all(&arrived).expect("a folder for what arrives");
    // The terminal, or the pipe, belongs to somebody else from here on.
    let nothing = fs::OpenOptions::new().read(true).write(true).open("/dev/null").expect("/dev/null");
    let _ = rustix::stdio::dup2_stdout(&nothing);
    let _ = rustix::stdio::dup2_stderr(&nothing);
    let mut written = 0;
    loop {
        let all = school.sink.received();
        for (number, mail) in all.iter().enumerate().skip(written) {
            let _ = fs::write(arrived.join(format!("{:03}.eml", number + 1)), &mail.data);
        }
        written = all.len();
        let _ = fs::write(school.dir.join("kept"), "");
        std::thread::sleep(Duration::from_millis(500));
    }
}
