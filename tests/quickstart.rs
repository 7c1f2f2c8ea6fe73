//! The quickstart, as typed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "harness/mod.rs"]
mod harness;

use harness::{get, missing_for_relay, root, send, wait_until};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Runs the script with an environment like a new shell's: exit code and output, both streams.
fn quickstart(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(root().join("deploy/quickstart.sh"));
    command.args(arguments).current_dir("/").env_clear().env("TMPDIR", folder).env("LANG", "C.UTF-8");
    for name in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "CARGO_TARGET_DIR", "RUSTFLAGS"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap_or(-1), text)
}

/// A folder for the script's folder that Postfix's own user may walk through.
fn folder() -> Option<tempfile::TempDir> {
    let missing = missing_for_relay();
    if !missing.is_empty() {
        println!("skipped: {} is not installed", missing.join(", "));
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    Some(folder)
}

fn leftovers(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Whatever the test finds, nothing goes on running.
struct StoppedAtTheEnd(PathBuf);

impl Drop for StoppedAtTheEnd {
    fn drop(&mut self) {
        if self.0.exists() {
            quickstart(Path::new("/tmp"), &["--stop", self.0.to_str().unwrap_or_default()]);
        }
    }
}

#[test]
fn every_outcome_appears_and_nothing_is_left_behind() {
    let Some(folder) = folder() else { return };
    let (code, text) = quickstart(folder.path(), &[]);
    println!("{text}");
    assert_eq!(code, 0);
    for outcome in ["relay", "warn", "rewrite", "defer", "hold", "reject"] {
        assert!(text.contains(&format!("│ {outcome:<8} │")), "no row says {outcome}");
    }
    let notice = text.lines().filter(|line| line.starts_with("  │ ")).collect::<Vec<_>>().join("\n");
    assert!(notice.contains("01632 960999") && notice.contains("personal-data"), "no notice is shown in full");
    assert!(text.lines().filter(|line| line.contains(['│', '─', '═'])).all(|line| line.chars().count() <= 100));
    assert!(!text.contains("Marigold Tewkesbury") && !text.contains("H801200001001"), "a notice or a list tells it");
    assert_eq!(leftovers(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn what_is_kept_running_works_until_it_is_stopped() {
    let Some(folder) = folder() else { return };
    let (code, text) = quickstart(folder.path(), &["--keep"]);
    let dir = leftovers(folder.path()).pop().expect("its folder");
    let _stopped = StoppedAtTheEnd(dir.clone());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains(&format!("--stop {}", dir.display())), "{text}");
    let port = |before: &str| -> u16 {
        let digits: String = text.split(before).nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    };
    let (http, smtp) = (port("http://127.0.0.1:"), port("smtp://127.0.0.1:"));
    assert_eq!(get(http, "/readyz").unwrap().0, 200);
    let arrived = || fs::read_dir(dir.join("arrived")).map_or(0, Iterator::count);
    let before = arrived();
    let letter = harness::Letter::plain("t.asquith@school.example", &["a@elsewhere.example"], "Hello", "Good day.");
    assert_eq!(send(smtp, &letter).unwrap().0, 250);
    assert!(wait_until(Duration::from_secs(30), || arrived() > before), "the letter did not arrive");
    let (code, text) = quickstart(folder.path(), &["--stop", dir.to_str().unwrap()]);
    assert_eq!(code, 0, "{text}");
    assert!(get(http, "/readyz").is_none(), "exeat still runs");
    assert!(std::net::TcpStream::connect(("127.0.0.1", smtp)).is_err(), "Postfix still runs");
    assert_eq!(leftovers(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn wrong_words_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, expected, words) in [
        (&["--help"][..], 0, "--keep"),
        (&["--fast"][..], 1, "what is '--fast'?"),
        (&["--stop"][..], 1, "--stop needs the folder"),
        (&["--stop", "/"][..], 1, "no folder that --keep made"),
        (&["--stop", "/tmp/exeat-quickstart.gone"][..], 1, "is not there"),
    ] {
        let (code, text) = quickstart(folder.path(), arguments);
        assert_eq!(code, expected, "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {text}");
    }
}
