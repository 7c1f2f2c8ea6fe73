//! The sample school, running: a relay, exeat behind it, and a next hop that takes everything.

use crate::harness::{Delivered, Exeat, Letter, Relay, Sink, SmtpReply, free_port, root, send, wait_until};
use crate::letters::Moment;
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The policy that is in force for the letters of [`Moment::OtherPolicy`].
pub const OTHER_POLICY: &str = "primary";

/// Everything that runs.
pub struct School {
    /// Where all its files are.
    pub dir: PathBuf,
    /// exeat's config.
    pub config: PathBuf,
    /// The relay.
    pub relay: Relay,
    /// exeat.
    pub exeat: Exeat,
    /// The next hop.
    pub sink: Sink,
    program: PathBuf,
    written: String,
}

impl School {
    /// Starts all of it, its files in `dir`.
    pub fn start(program: &Path, dir: &Path) -> Self {
        let (milter, http, release) = (free_port(), free_port(), free_port());
        for file in ["roster.csv", "staff.csv"] {
            fs::copy(root().join("deploy/sample").join(file), dir.join(file)).expect("the sample school is copied");
        }
        let written = fs::read_to_string(root().join("deploy/sample/exeat.toml")).expect("the sample config");
        let written = written
            .replace("127.0.0.1:10028", &format!("127.0.0.1:{milter}"))
            .replace("127.0.0.1:10027", &format!("127.0.0.1:{release}"))
            .replace("127.0.0.1:10029", &format!("127.0.0.1:{http}"));
        let config = dir.join("exeat.toml");
        fs::write(&config, &written).expect("the config is written");
        let made =
            Command::new(program).args(["key", "create"]).arg(dir.join("store.key")).output().expect("exeat runs");
        assert!(made.status.success(), "no key: {}", String::from_utf8_lossy(&made.stderr));
        let written = fit_to_kernel(program, &config, written);
        fs::write(&config, &written).expect("the config is written");
        let sink = Sink::start();
        let exeat = Exeat::start(program, &config, http);
        let milter = format!("inet:127.0.0.1:{milter}");
        let relay = Relay::start(&dir.join("postfix"), &milter, "", sink.port, release, "");
        Self { dir: dir.to_owned(), config, relay, exeat, sink, program: program.to_owned(), written }
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// exeat's log.
    pub fn exeat_log(&self) -> PathBuf {
        self.config.with_extension("log")
    }

    /// Changes the config for a moment and has exeat read it; false where it was not taken over.
    pub fn change_to(&self, moment: Moment) -> bool {
        let text = match moment {
            Moment::Open => self.written.clone(),
            Moment::Closed => closed_now(&self.written),
            Moment::OtherPolicy => {
                self.written.replace("pack = \"arts-college\"", &format!("pack = \"{OTHER_POLICY}\""))
            }
        };
        let taken_over = || self.exeat.metric("exeat_reloads_total{result=\"good\"}").unwrap_or(0.0);
        let before = taken_over();
        fs::write(&self.config, text).expect("the config is written");
        self.exeat.signal("HUP");
        let changed = wait_until(Duration::from_secs(20), || taken_over() > before);
        std::thread::sleep(Duration::from_millis(200));
        changed
    }

    /// Submits a letter; the reply, and what exeat's log says of it.
    pub fn submit(&self, letter: &Letter) -> (SmtpReply, Value) {
        let before = self.exeat.log().len();
        let reply = send(self.relay.port_in, letter).unwrap_or_else(|error| (0, format!("no answer: {error}")));
        let log = self.exeat.log();
        let lines = log.get(before..).unwrap_or_default().lines().filter_map(|line| serde_json::from_str(line).ok());
        let judged = lines.rev().find(|line: &Value| line["message"] == "judged").unwrap_or_default();
        (reply, judged)
    }

    /// What `exeat check --json` says of a letter with the settings of this moment.
    pub fn check(&self, letter: &Letter) -> Value {
        let mut command = Command::new(&self.program);
        command.args(["check", "--json", "--from", &letter.from]).arg("--config").arg(&self.config);
        letter.to.iter().for_each(|to| {
            command.args(["--to", to]);
        });
        let mut child = command
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("exeat runs");
        child.stdin.take().expect("its standard input").write_all(&letter.data).expect("it reads the letter");
        let output = child.wait_with_output().expect("exeat ends");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// What is kept, as `exeat held list` tells it.
    pub fn held(&self) -> Vec<Value> {
        let (_, text) = self.exeat.command(&["held", "list", "--json"]);
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// What arrived somewhere with this Message-ID, notices excepted.
    pub fn arrived(&self, message_id: &str) -> Option<Delivered> {
        self.sink.received().into_iter().find(|mail| mail.header("Message-ID").as_deref() == Some(message_id))
    }

    /// The notice that answers this Message-ID, where its sender got one.
    pub fn notice(&self, sender: &str, message_id: &str) -> Option<Delivered> {
        let all = self.sink.received_by(sender);
        all.into_iter().find(|mail| mail.header("In-Reply-To").as_deref() == Some(message_id))
    }
}

/// The config; where this kernel lacks a guard of the worker processes, one that does without it, and says so.
fn fit_to_kernel(program: &Path, config: &Path, written: String) -> String {
    let letter = config.with_file_name("first.eml");
    fs::write(&letter, "From: t.asquith@school.example\n\nHello.\n").expect("a letter is written");
    let tried = Command::new(program).args(["check", "--config"]).args([config, &letter]).output().expect("exeat runs");
    if tried.status.success() {
        return written;
    }
    let words = String::from_utf8_lossy(&tried.stderr).into_owned();
    let Some((_, guards)) = words.split_once("does not give a worker process: ") else {
        panic!("exeat does not start:\n{words}");
    };
    let guards = guards.split(';').next().unwrap_or_default();
    println!(
        "\nNOT FULLY SANDBOXED: this kernel, or the container around it, does not give a worker process: {guards}."
    );
    println!(
        "exeat refuses to start so, unless told to; the sample school is told. Do not run a real one like this.\n"
    );
    let guards: Vec<String> = guards.split(", ").map(|guard| format!("\"{}\"", guard.trim())).collect();
    format!("{written}\n[room]\nallow_weaker_sandbox = [{}]\n", guards.join(", "))
}

/// The config with hours of today that exclude this moment; the school opens within some hours.
fn closed_now(config: &str) -> String {
    let now = jiff::Timestamp::now().in_tz("Europe/London").expect("a zone that comes with the program");
    let weekday = now.strftime("%A").to_string().to_lowercase();
    let open = if now.hour() < 22 { format!("{:02}:00-24:00", now.hour() + 2) } else { "00:00-22:00".to_owned() };
    config.replace(&format!("{weekday} = \"00:00-24:00\""), &format!("{weekday} = \"{open}\""))
}
