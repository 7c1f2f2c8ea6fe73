//! The questions of the log guide, each command run as it is printed there.

use super::harness::root;
use super::run::Run;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// A question of the guide and the command that answers it.
struct Question {
    asks: String,
    command: String,
}

fn questions() -> Vec<Question> {
    let guide = fs::read_to_string(root().join("deploy/guides/logs.md")).unwrap();
    let mut found: Vec<Question> = Vec::new();
    let mut asks = String::new();
    let mut command: Option<String> = None;
    for line in guide.lines() {
        match (&mut command, line) {
            (Some(text), "```") => found.push(Question { asks: asks.clone(), command: std::mem::take(text) }),
            (Some(text), line) => text.push_str(&format!("{line}\n")),
            (None, "```sh") => command = Some(String::new()),
            (None, line) => {
                if let Some(heading) = line.strip_prefix("### ") {
                    heading.clone_into(&mut asks);
                }
            }
        }
        if line == "```" {
            command = None;
        }
    }
    found
}

/// Stands in for journalctl: gives the lines of the log, with `-p` only those as grave; other words choose a time or
/// a form that the log has anyway.
const JOURNALCTL: &str = r#"#!/bin/sh
worst=7
while [ $# -gt 0 ]; do
    case $1 in
        -p) [ "$2" = err ] && worst=3; [ "$2" = warning ] && worst=4; shift ;;
        -t | -o | --since | --until) shift ;;
        -q | --no-pager) ;;
        *) echo "journalctl: what is $1?" >&2; exit 1 ;;
    esac
    shift
done
jq -c --argjson worst "$worst" 'select({ERROR: 3, WARN: 4, INFO: 6}[.level] <= $worst)' "$LOG"
"#;

/// What the answer to each question must hold.
fn answers(run: &Run) -> Vec<(&'static str, &str)> {
    vec![
        ("What happened to the message", "hold"),
        ("Why was this held", "personal-data"),
        ("Which message is behind a reference", run.held),
        ("Who released what", "reviewer"),
        ("When was it released", "released"),
        ("Was the sender told", "notice sent"),
        ("Which loads of settings failed", "exeat.toml"),
        ("How many of each outcome", "rewrite"),
        ("Which rule fires most", "personal-data"),
        ("What would rules that only record", "private-phone"),
        ("Are workers dying", "killed"),
        ("What could not be checked", "store"),
        ("What could not be read", "unsupported"),
        ("What could not be delivered", "could not be sent"),
        ("Which changes could not be made", "4XqSIGNED1"),
        ("What is slow", "ms"),
        ("Is anything wrong", "ERROR"),
    ]
}

fn write_program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

/// Runs every command of the guide on the log of a run: each gives the right answer. Where a real journal can be had,
/// the real journalctl gives the same.
pub fn ask_all(run: &Run) {
    let dir = run.school.dir.path();
    let program = super::alone::program();
    let exeat = format!("#!/bin/sh\nexec {} \"$@\" --config {}/exeat.toml\n", program.display(), dir.display());
    write_program(&dir.join("programs/exeat"), &exeat);
    write_program(&dir.join("stand-in/journalctl"), JOURNALCTL);
    let questions = questions();
    let answers = answers(run);
    for (heading, _) in &answers {
        assert!(
            questions.iter().any(|question| question.asks.starts_with(heading)),
            "the guide does not ask: {heading}"
        );
    }
    let mut all = "cd \"$ASKED\"\n".to_owned();
    for (number, question) in questions.iter().enumerate() {
        let command = question.command.replace("4bXy2J0Zz", run.held).replace("EX-7K3M-92QD", &run.reference);
        fs::write(dir.join(format!("{number}.sh")), command).unwrap();
        all.push_str(&format!(
            "bash -euo pipefail ../{number}.sh >{number}.out 2>{number}.err || touch {number}.failed\n"
        ));
    }
    fs::write(dir.join("all.sh"), all).unwrap();
    let log = dir.join("log");
    fs::copy(dir.join("exeat.log"), &log).unwrap();
    let ask = |folder: &str, programs: &[&str], runner: &[&str]| {
        let asked = dir.join(folder);
        fs::create_dir_all(&asked).unwrap();
        let mut path: Vec<String> = programs.iter().map(|name| dir.join(name).display().to_string()).collect();
        path.push(std::env::var("PATH").unwrap_or_default());
        let all = dir.join("all.sh");
        let words = [runner, &["bash", all.to_str().unwrap()]].concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env("PATH", path.join(":")).env("LOG", &log).env("ASKED", &asked);
        (command.stdin(Stdio::null()).status().unwrap().code(), asked)
    };
    let (code, asked) = ask("asked", &["stand-in", "programs"], &[]);
    assert_eq!(code, Some(0));
    for (number, Question { asks, command }) in questions.iter().enumerate() {
        let read = |ending: &str| fs::read_to_string(asked.join(format!("{number}.{ending}"))).unwrap();
        let (said, complaint) = (read("out"), read("err"));
        let known = answers.iter().find(|(heading, _)| asks.starts_with(heading));
        let (_, answer) = known.unwrap_or_else(|| panic!("nobody knows the answer to: {asks}"));
        assert!(!asked.join(format!("{number}.failed")).exists(), "{asks}:\n{command}\n{complaint}");
        assert!(said.contains(answer), "{asks}:\n{command}\nsays:\n{said}\n{complaint}");
    }
    let journal = root().join("tests/watched/journal.sh");
    let (code, in_journal) = ask("asked-journal", &["programs"], &[journal.to_str().unwrap(), log.to_str().unwrap()]);
    if code == Some(77) {
        println!("skipped: a journal of its own needs root, systemd-journald and mount namespaces");
        return;
    }
    assert_eq!(code, Some(0), "the journal failed");
    for (number, Question { asks, .. }) in questions.iter().enumerate() {
        let read = |folder: &Path| fs::read_to_string(folder.join(format!("{number}.out"))).unwrap();
        assert_eq!(read(&in_journal), read(&asked), "{asks}: journalctl says something else");
    }
}
