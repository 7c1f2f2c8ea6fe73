//! The sample school behind a private Sendmail.

use crate::harness::{Delivered, Exeat, Letter, Sink, SmtpReply, free_port, root, send, wait_until};
use crate::signer::Signer;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub const LONG: Duration = Duration::from_mins(1);

pub struct School {
    pub exeat: Exeat,
    pub sink: Sink,
    pub signer: Signer,
    pub port: u16,
    relay: PathBuf,
    unpacked: PathBuf,
    _dir: tempfile::TempDir,
}

/// The lines of the guide for sendmail.mc.
fn lines() -> String {
    let guide = fs::read_to_string(root().join("deploy/guides/sendmail.md")).unwrap();
    let block = guide.split("```m4\n").nth(1).expect("the guide has lines for sendmail.mc");
    block.split("```").next().unwrap().to_owned()
}

/// Replaces what must stand there.
fn put(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the lines have no {from:?}");
    text.replace(from, to)
}

/// Starts a school; `None` where no Sendmail is unpacked.
pub fn school(changes: &[(&str, &str)]) -> Option<School> {
    let Some(unpacked) = std::env::var_os("EXEAT_SENDMAIL").map(PathBuf::from) else {
        println!("skipped: EXEAT_SENDMAIL names no unpacked Sendmail (tests/sendmail.sh)");
        return None;
    };
    let dir = tempfile::tempdir().unwrap();
    let (milter, http, release, port, other) = (free_port(), free_port(), free_port(), free_port(), free_port());
    let (sink, signer) = (Sink::start(), Signer::start());
    let mut text = fs::read_to_string(root().join("deploy/sample/exeat.toml")).unwrap();
    for (from, to) in changes {
        text = put(&text, from, to);
    }
    for (from, to) in [("10028", milter), ("10027", release), ("10029", http)] {
        text = put(&text, &format!("127.0.0.1:{from}"), &format!("127.0.0.1:{to}"));
    }
    for file in ["roster.csv", "staff.csv"] {
        fs::copy(root().join("deploy/sample").join(file), dir.path().join(file)).unwrap();
    }
    let config = dir.path().join("exeat.toml");
    fs::write(&config, text).unwrap();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_exeat"));
    let key = dir.path().join("store.key");
    assert!(Command::new(&program).args(["key", "create"]).arg(key).output().unwrap().status.success());
    let exeat = Exeat::start(&program, &config, http);

    let mut mc = lines();
    for (from, to) in [
        ("inet:8894@", format!("inet:{milter}@")),
        ("inet:8891@", format!("inet:{}@", signer.port)),
        ("Port=25,", format!("Addr=127.0.0.1, Port={port},")),
        ("Port=587,", format!("Addr=127.0.0.1, Port={other},")),
        ("Port=10027", format!("Port={release}")),
    ] {
        mc = put(&mc, from, &to);
    }
    let relay = dir.path().join("sendmail");
    let school = School { exeat, sink, signer, port, relay, unpacked, _dir: dir };
    school.sendmail("start", &mc);
    let up = wait_until(LONG, || TcpStream::connect(("127.0.0.1", port)).is_ok());
    assert!(up, "Sendmail does not listen\n{}", school.log());
    Some(school)
}

impl School {
    fn sendmail(&self, what: &str, lines: &str) {
        let status = Command::new(root().join("tests/sendmail/private.sh"))
            .args([&self.unpacked, &self.relay, Path::new(what)])
            .env("PORT_OUT", self.sink.port.to_string())
            .env("MC_LINES", lines)
            .status()
            .unwrap();
        assert!(status.success(), "{what}\n{}", self.log());
    }
    /// What Sendmail said to its clients, and exeat's log.
    pub fn log(&self) -> String {
        let traffic = fs::read(self.relay.join("traffic")).unwrap_or_default();
        let shown: Vec<String> =
            String::from_utf8_lossy(&traffic).lines().take(400).map(|line| line.chars().take(200).collect()).collect();
        format!("{}\n{}", self.exeat.log(), shown.join("\n"))
    }
    /// Submits a letter once. Sendmail has no XCLIENT: nobody is signed in.
    pub fn submit(&self, letter: &Letter) -> SmtpReply {
        let letter = Letter { login: String::new(), ..letter.clone() };
        send(self.port, &letter).unwrap()
    }
    /// Submits a letter that is taken.
    #[track_caller]
    pub fn send(&self, letter: &Letter) {
        let (code, text) = self.submit(letter);
        assert_eq!(code, 250, "{text}\n{}", self.log());
    }
    /// The one letter that reached an address, but notices.
    #[track_caller]
    pub fn letter_for(&self, address: &str) -> Delivered {
        let got = self
            .sink
            .wait_for(1, LONG, |mail| !mail.from.starts_with("<>") && mail.recipients().iter().any(|to| to == address));
        assert_eq!(got.len(), 1, "letters for one recipient\n{}", self.log());
        got[0].clone()
    }
    /// The first notice that reached a sender.
    #[track_caller]
    pub fn notice(&self, to: &str) -> String {
        let got = self.sink.wait_for(1, LONG, |mail| mail.from.starts_with("<>") && mail.recipients() == [to]);
        got.first().unwrap_or_else(|| panic!("no notice\n{}", self.log())).text()
    }
    /// References of what is held.
    pub fn held(&self) -> Vec<String> {
        let (_, text) = self.exeat.command(&["held", "list", "--json"]);
        let all: Vec<serde_json::Value> =
            text.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect();
        all.iter()
            .filter(|one| one["state"] == "held")
            .map(|one| one["reference"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for School {
    fn drop(&mut self) {
        let mut stop = Command::new(root().join("tests/sendmail/private.sh"));
        let _ = stop.args([&self.unpacked, &self.relay, Path::new("stop")]).status();
    }
}
