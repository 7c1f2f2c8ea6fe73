//! The sample school with everything running, and what became of its mail.

use crate::harness::{Delivered, Exeat, Letter, Relay, Sink, SmtpReply, free_port, missing_for_relay, root, send};
use crate::proxy::{Gate, Proxy};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

pub const LONG: Duration = Duration::from_mins(1);
pub const HEAD_OF_YEAR: &str = "h.pemberton@school.example";
pub const TEACHER: &str = "t.asquith@school.example";
pub const OUTSIDER: &str = "someone@elsewhere.example";
/// A pupil of the sample roster, in full.
pub const PUPIL: &str = "Marigold Tewkesbury";
/// Her contact.
pub const CONTACT: &str = "d.tewkesbury@home.example";
/// Her pupil number.
pub const UPN: &str = "H801200001001";
pub const AUTHORITY: &str = "mash@council.example";
pub const HELPLINE: &str = "child@helpline.example";

/// How a school differs from the sample.
#[derive(Default)]
pub struct Setup {
    /// Changes of the config: what stands there, and what is to stand there.
    pub config: Vec<(String, String)>,
    /// More files beside the config.
    pub files: Vec<(String, String)>,
    /// Whole sections behind the config.
    pub more: String,
    /// The milter behind exeat, as Postfix writes it.
    pub signer: String,
    /// Without a key the store cannot be opened; a school that only monitors needs none.
    pub no_key: bool,
    /// Released mail goes in where senders submit.
    pub one_port: bool,
    /// The relay reaches exeat on a Unix socket, without the proxy.
    pub unix: bool,
}

impl Setup {
    pub fn with(mut self, from: &str, to: &str) -> Self {
        self.config.push((from.to_owned(), to.to_owned()));
        self
    }
    pub fn pack(self, pack: &str) -> Self {
        self.with("pack = \"arts-college\"", &format!("pack = \"{pack}\""))
    }
}

/// A school with everything running. The relay reaches exeat through a proxy.
pub struct School {
    pub relay: Relay,
    pub exeat: Exeat,
    pub sink: Sink,
    pub proxy: Proxy,
    pub gate: Gate,
    pub config: PathBuf,
    pub dir: tempfile::TempDir,
}

/// Starts a school; `None` where Postfix is missing.
pub fn school(setup: &Setup) -> Option<School> {
    let missing = missing_for_relay();
    if !missing.is_empty() {
        println!("skipped: {} is not installed", missing.join(", "));
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    let (milter, http, release) = (free_port(), free_port(), free_port());
    let sink = Sink::start();
    let proxy = Proxy::start(milter);
    for file in ["roster.csv", "staff.csv"] {
        fs::copy(root().join("deploy/sample").join(file), dir.path().join(file)).unwrap();
    }
    for (name, content) in &setup.files {
        fs::write(dir.path().join(name), content).unwrap();
    }
    let program = PathBuf::from(env!("CARGO_BIN_EXE_exeat"));
    if !setup.no_key {
        create_key(&program, &dir.path().join("store.key"));
    }
    let relay = Relay::start(
        &dir.path().join("postfix"),
        // Postfix looks for it below its queue directory.
        &if setup.unix { "unix:exeat".to_owned() } else { format!("inet:127.0.0.1:{}", proxy.port) },
        &setup.signer,
        sink.port,
        release,
        "",
    );
    let mut text = fs::read_to_string(root().join("deploy/sample/exeat.toml")).unwrap();
    for (from, to) in &setup.config {
        assert!(text.contains(from), "the sample config has no line {from:?}");
        text = text.replace(from, to);
    }
    let gate = Gate::start(if setup.one_port { relay.port_in } else { release });
    if setup.unix {
        let socket = relay.dir.join("queue/exeat");
        let written = format!("socket = \"unix:{}\"\nmode = 0o666", socket.display());
        text = text.replace("socket = \"inet:127.0.0.1:10028\"", &written);
    }
    let text = text
        .replace("127.0.0.1:10028", &format!("127.0.0.1:{milter}"))
        .replace("127.0.0.1:10027", &format!("127.0.0.1:{}", gate.port))
        .replace("127.0.0.1:10029", &format!("127.0.0.1:{http}"));
    let config = dir.path().join("exeat.toml");
    fs::write(&config, text + &setup.more).unwrap();
    let exeat = Exeat::start(&program, &config, http);
    Some(School { relay, exeat, sink, proxy, gate, config, dir })
}

fn create_key(program: &Path, file: &Path) {
    let made = Command::new(program).args(["key", "create"]).arg(file).output().unwrap();
    assert!(made.status.success());
}

impl School {
    /// Submits a letter once.
    pub fn submit(&self, letter: &Letter) -> SmtpReply {
        send(self.relay.port_in, letter).unwrap()
    }
    /// Submits a letter that is taken.
    #[track_caller]
    pub fn send(&self, letter: &Letter) {
        let (code, text) = self.submit(letter);
        assert_eq!(code, 250, "{text}\n{}", self.logs());
    }
    /// Submits a letter as a sender's own server does: again and again while it is told to try later.
    #[track_caller]
    pub fn send_until_answered(&self, letter: &Letter) -> SmtpReply {
        let end = Instant::now() + LONG;
        loop {
            match send(self.relay.port_in, letter) {
                Ok(reply) if !(400..500).contains(&reply.0) => return reply,
                _ => assert!(Instant::now() < end, "never answered\n{}", self.logs()),
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
    /// Everything that reached the sink for an address, but notices; waits for the first.
    pub fn mail_for(&self, address: &str) -> Vec<Delivered> {
        let is = |mail: &Delivered| !is_notice(mail) && mail.recipients().iter().any(|to| to == address);
        self.sink.wait_for(1, LONG, is)
    }
    /// The one letter that reached an address.
    #[track_caller]
    pub fn letter_for(&self, address: &str) -> Delivered {
        let got = self.mail_for(address);
        assert_eq!(got.len(), 1, "letters for one recipient\n{}", self.logs());
        got[0].clone()
    }
    /// Notices that reached a sender, of one message where an id is given; waits for the first.
    pub fn notices(&self, to: &str, message_id: &str) -> Vec<Delivered> {
        self.sink.wait_for(1, LONG, |mail| {
            is_notice(mail)
                && mail.recipients().iter().any(|address| address == to)
                && (message_id.is_empty() || mail.header("in-reply-to").is_some_and(|id| id.contains(message_id)))
        })
    }
    /// The one notice of a message.
    #[track_caller]
    pub fn notice(&self, to: &str, message_id: &str) -> Delivered {
        let got = self.notices(to, message_id);
        assert_eq!(got.len(), 1, "notices of one message\n{}", self.logs());
        got[0].clone()
    }
    /// Kept copies, those that are done with too.
    pub fn kept(&self) -> Vec<serde_json::Value> {
        let (code, text) = self.exeat.command(&["held", "list", "--all", "--json"]);
        assert_eq!(code, 0, "{text}");
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
    /// Kept copies in a state.
    pub fn kept_as(&self, state: &str) -> Vec<serde_json::Value> {
        self.kept().into_iter().filter(|entry| entry["state"] == state).collect()
    }
    pub fn release(&self, reference: &serde_json::Value) {
        let (code, text) = self.exeat.command(&["held", "release", reference.as_str().unwrap(), "--reason", "agreed"]);
        assert_eq!(code, 0, "{text}");
    }
    pub fn messages(&self, verdict: &str) -> f64 {
        let (_, text) = crate::harness::get(self.exeat.http, "/metrics").unwrap();
        let own = text.lines().filter(|line| {
            line.starts_with("exeat_messages_total{") && line.contains(&format!("verdict=\"{verdict}\""))
        });
        own.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }
    pub fn logs(&self) -> String {
        format!("exeat:\n{}\nPostfix:\n{}", self.exeat.log(), self.relay.log())
    }
}

pub fn is_notice(mail: &Delivered) -> bool {
    mail.from.starts_with("<>") && mail.header("auto-submitted").is_some()
}

/// Recipients of a kept copy.
pub fn recipients(entry: &serde_json::Value) -> Vec<&str> {
    entry["recipients"].as_array().unwrap().iter().map(|to| to.as_str().unwrap()).collect()
}

/// The Message-ID of a letter, without its brackets.
pub fn id(letter: &Letter) -> String {
    let text = String::from_utf8_lossy(&letter.data).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("Message-ID: <")).expect("a Message-ID");
    line.trim_end_matches('>').to_owned()
}

/// A letter with a whole MIME body, whose first lines are the fields behind the usual ones.
pub fn letter(from: &str, to: &[&str], subject: &str, rest: &str) -> Letter {
    let plain = Letter::plain(from, to, subject, "");
    let head = String::from_utf8(plain.data).unwrap();
    let head = head.split("MIME-Version").next().unwrap();
    Letter::new(from, to, format!("{head}MIME-Version: 1.0\r\n{}", rest.replace('\n', "\r\n")))
}
