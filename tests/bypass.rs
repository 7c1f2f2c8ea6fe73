//! The bypass of a real Postfix on the day when exeat is down: begun by a person, and ended by itself whatever
//! becomes of the shell that began it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "harness/mod.rs"]
mod harness;

use harness::{Letter, Relay, Sink, free_port, missing_for_relay, root, send, wait_until};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

const LONG: Duration = Duration::from_mins(1);
const REASON: &str = "exeat does not start;\texam entries are due at noon";

/// A relay whose exeat is away.
struct Stage {
    relay: Relay,
    sink: Sink,
    milter: String,
    dir: tempfile::TempDir,
}

fn stage(extra: &str) -> Option<Stage> {
    let missing = missing_for_relay();
    if !missing.is_empty() || !rustix::process::geteuid().is_root() {
        println!("skipped: this needs Postfix and root");
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let sink = Sink::start();
    let milter = format!("inet:127.0.0.1:{}", free_port());
    let written = if extra.is_empty() { milter.clone() } else { extra.replace("EXEAT", &milter) };
    let relay = Relay::start(&dir.path().join("postfix"), &written, "", sink.port, free_port(), "");
    Some(Stage { relay, sink, milter, dir })
}

impl Stage {
    fn etc(&self) -> PathBuf {
        self.relay.dir.join("etc")
    }
    fn state(&self) -> PathBuf {
        self.dir.path().join("exeat-bypass")
    }
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(root().join("deploy/bypass.sh"));
        command.args(arguments).arg("--state").arg(self.state()).args(["--config", "/nonexistent"]);
        command.args(["--milter", &self.milter]).env("MAIL_CONFIG", self.etc()).env("SUDO_USER", "jo");
        command
    }
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        said(&self.command(arguments).output().unwrap())
    }
    fn begin(&self, seconds: u32) -> (i32, String) {
        let mut command = self.command(&["--reason", REASON, "--minutes", "5"]);
        said(&command.env("EXEAT_BYPASS_SECONDS", seconds.to_string()).output().unwrap())
    }
    /// main.cf and master.cf with their modes and times.
    fn settings(&self) -> Vec<(Vec<u8>, u32, i64)> {
        let all = ["main.cf", "master.cf"].map(|name| {
            let path = self.etc().join(name);
            let meta = fs::metadata(&path).unwrap();
            (fs::read(&path).unwrap(), meta.mode(), meta.mtime())
        });
        all.into()
    }
    fn record(&self) -> Vec<Vec<String>> {
        let text = fs::read_to_string(self.state().join("record")).unwrap_or_default();
        text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    }
    /// The code with which a letter is answered, once it is the one that is waited for.
    fn answer(&self, wanted: u16) -> u16 {
        let letter = Letter::plain("t.asquith@school.example", &["a@elsewhere.example"], "Minutes", "At noon.");
        let mut last = 0;
        wait_until(LONG, || {
            last = send(self.relay.port_in, &letter).map_or(0, |reply| reply.0);
            last == wanted
        });
        last
    }
    /// The processes that wait for the end of the bypass of this stage.
    fn waiting(&self) -> Vec<u32> {
        let state = self.state().display().to_string();
        let all = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let words = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        all.filter(|pid| words(pid).contains("--wait-and-end") && words(pid).contains(&state)).collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        kill(&self.waiting());
    }
}

fn kill(pids: &[u32]) {
    for pid in pids {
        let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
    }
}

fn said(output: &Output) -> (i32, String) {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn mail_passes_for_a_while_and_is_checked_again_though_the_shell_was_killed() {
    let Some(stage) = stage("") else { return };
    let before = stage.settings();
    assert_eq!(stage.answer(451), 451, "exeat is away and mail waits");
    assert_eq!(stage.run(&["--status"]).0, 0);
    // The shell of an administrator, killed with all that is its own as soon as mail passes.
    let mut shell = stage.command(&["--reason", REASON, "--minutes", "5"]);
    let mut shell = shell.env("EXEAT_BYPASS_SECONDS", "12").process_group(0).spawn().unwrap();
    let begun = wait_until(LONG, || stage.record().len() == 1 && !stage.waiting().is_empty());
    assert!(begun);
    assert_eq!(stage.answer(250), 250);
    let _ = Command::new("kill").args(["-9", "--", &format!("-{}", shell.id())]).status();
    shell.wait().unwrap();
    assert_eq!(stage.run(&["--status"]).0, 1, "in force");
    assert!(!stage.sink.wait_for(1, LONG, |_| true).is_empty());
    assert_ne!(stage.settings(), before);
    assert!(wait_until(LONG, || stage.record().len() == 2), "it does not end");
    assert_eq!(stage.settings(), before, "byte for byte");
    assert_eq!(stage.answer(451), 451, "mail waits again");
    assert_eq!(stage.run(&["--status"]).0, 0);
    let record = stage.record();
    let (first, last) = (&record[0], &record[1]);
    assert_eq!((first[1].as_str(), first[3].as_str()), ("begun", "jo"));
    assert_eq!(first[4], "exeat does not start;exam entries are due at noon", "on one line");
    assert_eq!((last[1].as_str(), last[4].as_str()), ("ended", "its time was over"));
    assert_eq!(first[2], last[2]);
    assert!(wait_until(LONG, || stage.waiting().is_empty()));
    let mode = |path: PathBuf| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(stage.state()), mode(stage.state().join("record"))), (0o750, 0o640));
}

#[test]
fn only_exeat_is_taken_out_and_what_others_change_meanwhile_stays() {
    let Some(stage) = stage("{ EXEAT, default_action = tempfail }, inet:127.0.0.1:1") else { return };
    let postconf = |arguments: &[&str]| {
        let output = Command::new("postconf").arg("-c").arg(stage.etc()).args(arguments).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let service = format!("127.0.0.1:{}/inet/smtpd_milters", stage.relay.port_release);
    postconf(&["-e", "non_smtpd_milters = $smtpd_milters"]);
    postconf(&["-P", &format!("{service}={{{},default_action=accept}},inet:127.0.0.1:1", stage.milter)]);
    let before = stage.settings();
    let (code, text) = stage.begin(200);
    assert_eq!(code, 0, "{text}");
    assert_eq!(postconf(&["-h", "smtpd_milters"]), "inet:127.0.0.1:1");
    assert_eq!(postconf(&["-h", "non_smtpd_milters"]), "$smtpd_milters");
    assert_eq!(postconf(&["-Ph", &service]), "inet:127.0.0.1:1");
    let (code, text) = stage.begin(200);
    assert!(code == 4 && text.contains("IN FORCE"), "{text}");
    let (code, text) = stage.run(&["--end"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(stage.settings(), before);
    // Somebody else works on main.cf while the bypass is in force.
    assert_eq!(stage.begin(200).0, 0);
    postconf(&["-e", "header_size_limit = 99999"]);
    let (code, text) = stage.run(&["--end"]);
    assert!(code == 0 && text.contains("changed meanwhile"), "{text}");
    assert_eq!(postconf(&["-h", "header_size_limit"]), "99999");
    assert_eq!(postconf(&["-h", "smtpd_milters"]).split(',').count(), 3, "exeat is back");
    assert_eq!(stage.settings()[1], before[1], "master.cf, which nobody changed");
    assert_eq!(stage.record().len(), 4);
    assert_eq!(stage.run(&["--end"]).1, "bypass.sh: none: mail is checked.\n");
    postconf(&["-e", "smtpd_milters = inet:127.0.0.1:1"]);
    postconf(&["-P", &format!("{service}=")]);
    let (code, text) = stage.begin(200);
    assert!(code == 4 && text.contains("nothing to bypass"), "{text}");
}

#[test]
fn what_is_asked_wrongly_changes_nothing() {
    let Some(stage) = stage("") else { return };
    let before = stage.settings();
    let table: [(&[&str], i32); 9] = [
        (&[], 2),
        (&["--minutes", "5"], 2),
        (&["--reason", REASON], 2),
        (&["--reason", "no", "--minutes", "5"], 2),
        (&["--reason", REASON, "--minutes", "0"], 2),
        (&["--reason", REASON, "--minutes", "61"], 2),
        (&["--reason", REASON, "--minutes", "5m"], 2),
        (&["--reason", REASON, "--minutes", "5", "--end", "--status"], 2),
        (&["--for", "5"], 2),
    ];
    for (arguments, expected) in table {
        let (code, text) = stage.run(arguments);
        assert_eq!(code, expected, "{arguments:?} {text}");
        assert_eq!(stage.settings(), before, "{arguments:?}");
        assert!(stage.record().is_empty(), "{arguments:?}");
    }
    assert_eq!(stage.run(&["--help"]).0, 0);
}

#[test]
fn a_timer_of_systemd_ends_it_after_a_restart_of_the_machine() {
    let Some(stage) = stage("") else { return };
    let (units, programs) = (stage.dir.path().join("units"), stage.dir.path().join("programs"));
    fs::create_dir(&units).unwrap();
    fs::create_dir(&programs).unwrap();
    let calls = stage.dir.path().join("calls");
    fs::write(programs.join("systemctl"), format!("#!/bin/sh\necho \"$@\" >> {}\n", calls.display())).unwrap();
    fs::set_permissions(programs.join("systemctl"), fs::Permissions::from_mode(0o755)).unwrap();
    let before = stage.settings();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut begin = stage.command(&["--reason", REASON, "--minutes", "5"]);
    begin.env("EXEAT_BYPASS_SECONDS", "2").env("EXEAT_UNITS", &units).env("PATH", &path);
    let (code, text) = said(&begin.output().unwrap());
    assert!(code == 0 && text.contains("after a restart of the machine too"), "{text}");
    assert!(stage.waiting().is_empty(), "the timer alone");
    assert!(fs::read_to_string(&calls).unwrap().contains("enable --quiet --now exeat-bypass-end.timer"));
    let service = fs::read_to_string(units.join("exeat-bypass-end.service")).unwrap();
    if Command::new("systemd-analyze").arg("--version").output().is_ok() {
        let names = ["exeat-bypass-end.service", "exeat-bypass-end.timer"].map(|name| units.join(name));
        let verified = Command::new("systemd-analyze").arg("verify").args(names).output().unwrap();
        assert!(!said(&verified).1.contains("exeat-bypass-end"), "{}", said(&verified).1);
    }
    // The machine was off when the time was over: the service runs at the next start.
    assert!(wait_until(LONG, || stage.run(&["--status"]).0 == 3), "overdue");
    assert_ne!(stage.settings(), before);
    let command = service.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let mut end = Command::new("/bin/bash");
    end.args(["-c", command]).env("EXEAT_UNITS", &units).env("PATH", &path);
    let (code, text) = said(&end.output().unwrap());
    assert_eq!(code, 0, "{text}");
    assert_eq!(stage.settings(), before);
    assert_eq!(fs::read_dir(&units).unwrap().count(), 0, "no unit is left");
}

#[test]
fn one_that_nobody_ended_is_shown_and_ended_by_the_next_call() {
    let Some(stage) = stage("") else { return };
    let before = stage.settings();
    let (code, text) = stage.begin(2);
    assert!(code == 0 && text.contains("by a waiting process"), "{text}");
    kill(&stage.waiting());
    assert!(wait_until(LONG, || stage.run(&["--status"]).0 == 3));
    assert!(stage.run(&["--status"]).1.contains("OVERDUE"));
    let (code, text) = stage.begin(60);
    assert_eq!(code, 0, "{text}");
    let words: Vec<String> = stage.record().into_iter().map(|line| line[1].clone()).collect();
    assert_eq!(words, ["begun", "ended", "begun"]);
    assert_eq!(stage.run(&["--end"]).0, 0);
    assert_eq!(stage.settings(), before);
}
