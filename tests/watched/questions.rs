//! The questions of the log guide, each command run as it is printed there.

use super::harness::root;
use super::run::Run;
use std::fs;
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
        -u | -o | --since | --until) shift ;;
        -q | --no-pager) ;;
        *) echo "journalctl: what is $1?" >&2; exit 1 ;;
    esac
    shift
done
jq -c --argjson worst "$worst" 'select({ERROR: 3, WARN: 4, INFO: 6}[.level] <= $worst)' "$LOG"
"#;

/// Runs every command of the guide on the log of a run: each gives an answer, and the right one where it is known.
pub fn ask_all(run: &Run) {
    let dir = run.school.dir.path();
    let programs = dir.join("programs");
    fs::create_dir_all(&programs).unwrap();
    for (name, text) in [
        ("journalctl", JOURNALCTL.to_owned()),
        (
            "exeat",
            format!(
                "#!/bin/sh\nexec {} \"$@\" --config {}/exeat.toml\n",
                super::alone::program().display(),
                dir.display()
            ),
        ),
    ] {
        fs::write(programs.join(name), text).unwrap();
        fs::set_permissions(programs.join(name), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let questions = questions();
    let expected = [
        ("What happened to the message", "hold"),
        ("Why was this held", "personal-data"),
        ("Which message is behind a reference", run.held),
        ("Who released what", "reviewer"),
        ("When was it released", "released"),
        ("Was the sender told", "notice sent"),
        ("Which loads of settings failed", "exeat.toml"),
        ("How many of each outcome", "rewrite"),
        ("Which rule fires most", "personal-data"),
        ("What would rules that only record", ""),
        ("Are workers dying", "killed"),
        ("What could not be checked", "store"),
        ("What could not be read", "unsupported"),
        ("What could not be delivered", "could not be sent"),
        ("Which changes could not be made", "4XqSIGNED1"),
        ("What is slow", "ms"),
        ("Is anything wrong", "ERROR"),
    ];
    for (heading, _) in expected {
        assert!(
            questions.iter().any(|question| question.asks.starts_with(heading)),
            "the guide does not ask: {heading}"
        );
    }
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    for Question { asks, command } in &questions {
        let (_, answer) = expected
            .iter()
            .find(|(heading, _)| asks.starts_with(heading))
            .unwrap_or_else(|| panic!("nobody knows the answer to: {asks}"));
        let command = command.replace("4bXy2J0Zz", run.held).replace("EX-7K3M-92QD", &run.reference);
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &command])
            .env("PATH", &path)
            .env("LOG", dir.join("exeat.log"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{asks}:\n{command}\n{complaint}");
        assert!(said.contains(answer), "{asks}:\n{command}\nsays:\n{said}\n{complaint}");
        assert!(answer.is_empty() || !said.trim().is_empty(), "{asks}: no answer");
    }
}
