//! `mtasim` of GNU mailfromd as the relay: a client of its own making, neither Postfix's nor Sendmail's. It runs where
//! the program is there, or where `EXEAT_MTASIM` names the folder that `tests/sendmail/unpack.sh` filled.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "harness/mod.rs"]
mod harness;

use harness::{Exeat, Sink, free_port, root};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// How `mtasim` is called here; `None` where it is missing.
fn mtasim() -> Option<Command> {
    let mut command = match std::env::var_os("EXEAT_MTASIM").map(PathBuf::from) {
        Some(folder) => {
            let mut libraries = vec![folder.join("lib"), folder.join("usr/lib")];
            for place in libraries.clone() {
                let inner = fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.path());
                libraries.extend(inner.filter(|path| path.display().to_string().contains("-linux-gnu")));
            }
            let mut command = Command::new(folder.join("usr/bin/mtasim"));
            command.env("LD_LIBRARY_PATH", std::env::join_paths(libraries).unwrap());
            command
        }
        None => Command::new("mtasim"),
    };
    let there = command.arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        println!("skipped: mtasim is not installed (tests/sendmail.sh fetches it)");
        return None;
    }
    let environment: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap().to_owned())).collect();
    let mut again = Command::new(command.get_program());
    again.envs(environment);
    Some(again)
}

struct Session {
    child: Child,
    reader: BufReader<std::process::ChildStdout>,
}

impl Session {
    fn start(mut command: Command, milter: u16) -> Self {
        let port = format!("inet:{milter}@127.0.0.1");
        command.args(["-bs", "--no-interactive", "-X", &port]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let reader = BufReader::new(child.stdout.take().unwrap());
        let mut session = Self { child, reader };
        session.reply();
        session
    }
    /// The last line of the next reply.
    fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.reader.read_line(&mut line).unwrap() > 0, "mtasim ended");
            if line.as_bytes().get(3) == Some(&b' ') {
                return line;
            }
        }
    }
    fn say(&mut self, text: &str) -> String {
        let mut input = self.child.stdin.as_ref().unwrap();
        input.write_all(format!("{text}\r\n").as_bytes()).unwrap();
        self.reply()
    }
    /// The reply to a whole letter.
    fn letter(&mut self, from: &str, to: &str, subject: &str, text: &str) -> String {
        for line in [format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>")] {
            let reply = self.say(&line);
            assert!(reply.starts_with("250"), "{line}: {reply}");
        }
        assert!(self.say("DATA").starts_with("354"));
        self.say(&format!(
            "From: <{from}>\r\nTo: <{to}>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@x>\r\n\r\n{text}\r\n."
        ))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn exeat(folder: &Path) -> (Exeat, u16) {
    for file in ["roster.csv", "staff.csv"] {
        fs::copy(root().join("deploy/sample").join(file), folder.join(file)).unwrap();
    }
    let (milter, http) = (free_port(), free_port());
    let sink = Sink::start();
    let text = fs::read_to_string(root().join("deploy/sample/exeat.toml")).unwrap();
    let text = text
        .replace("10028", &milter.to_string())
        .replace("10027", &sink.port.to_string())
        .replace("10029", &http.to_string());
    let config = folder.join("exeat.toml");
    fs::write(&config, text).unwrap();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_exeat"));
    let key = folder.join("store.key");
    assert!(Command::new(&program).args(["key", "create"]).arg(key).output().unwrap().status.success());
    (Exeat::start(&program, &config, http), milter)
}

#[test]
fn a_client_that_answers_to_nobodys_rules_is_served() {
    let Some(command) = mtasim() else { return };
    let dir = tempfile::tempdir().unwrap();
    let (exeat, milter) = exeat(dir.path());
    let verdict = |word: &str| {
        let text = harness::get(exeat.http, "/metrics").unwrap().1;
        let lines = text.lines().filter(|line| line.starts_with("exeat_messages_total") && line.contains(word));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>()
    };
    let mut session = Session::start(command, milter);
    let (teacher, outsider) = ("t.asquith@school.example", "someone@elsewhere.example");
    // Two on one connection, and one given up between them.
    for (subject, text, word) in [
        ("plain", "At noon.".to_owned(), "verdict=\"relay\""),
        ("names", "Marigold Tewkesbury has a place.".to_owned(), "verdict=\"rewrite\""),
        ("numbers", "The UPN is H801200001001.".to_owned(), "verdict=\"hold\""),
        ("long", "A line of the newsletter with nothing in it.\r\n".repeat(20_000), "verdict=\"relay\""),
    ] {
        let before = verdict(word);
        // It forgets the greeting with each RSET.
        assert!(session.say("EHLO client.example").starts_with("250"));
        let reply = session.letter(teacher, outsider, subject, &text);
        assert!(reply.starts_with("250"), "{subject}: {reply}\n{}", exeat.log());
        assert!(verdict(word) > before, "{subject}\n{}", exeat.log());
        session.say(&format!("MAIL FROM:<{teacher}>"));
        session.say("RSET");
    }
}
