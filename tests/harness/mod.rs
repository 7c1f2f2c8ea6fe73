//! A real relay around a real exeat: a private Postfix, a sink behind it, a sender before it. Shared by
//! the end-to-end tests and the quickstart. Everything it starts, it stops.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A port nobody listens on just now, below those that the system gives to whoever asks for any: it stays free
/// until it is used. Each process begins somewhere else.
pub fn free_port() -> u16 {
    const FIRST: u32 = 10_240;
    const COUNT: u32 = 22_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    (0..COUNT)
        .map(|_| FIRST + (std::process::id() * 97 % COUNT + NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT)
        .map(|port| u16::try_from(port).unwrap())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}

/// Waits until `ready` says so; false after `limit`.
pub fn wait_until(limit: Duration, mut ready: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if ready() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    ready()
}

/// A message that arrived at the next hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// MAIL FROM with its parameters, as written.
    pub from: String,
    /// RCPT TO with their parameters, as written.
    pub to: Vec<String>,
    /// The content, dots unstuffed.
    pub data: Vec<u8>,
}

impl Delivered {
    /// Content as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }
    /// Addresses without parameters and brackets.
    pub fn recipients(&self) -> Vec<String> {
        self.to
            .iter()
            .map(|to| to.split_once('>').map_or(to.as_str(), |(address, _)| address).trim_start_matches('<').to_owned())
            .collect()
    }
    /// First value of a header field, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let text = self.text();
        let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ").replace("\r\n\t", " ");
        let prefix = format!("{}:", name.to_lowercase());
        head.lines()
            .find(|line| line.to_lowercase().starts_with(&prefix))
            .map(|line| line[prefix.len()..].trim().to_owned())
    }
    /// Everything behind the first empty line.
    pub fn body(&self) -> Vec<u8> {
        let at = self.data.windows(4).position(|four| four == b"\r\n\r\n").map_or(self.data.len(), |at| at + 4);
        self.data[at..].to_vec()
    }
}

/// The next hop: an SMTP server that takes everything and remembers it.
pub struct Sink {
    /// Where it listens.
    pub port: u16,
    received: Arc<Mutex<Vec<Delivered>>>,
    /// What it answers to DATA instead of taking it, for so many messages.
    refusals: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    /// Starts a sink on a free port.
    pub fn start() -> Self {
        Self::start_on(0)
    }
    /// Starts a sink on a port.
    pub fn start_on(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let refusals = Arc::new(Mutex::new(Vec::new()));
        let (inbox, answers) = (Arc::clone(&received), Arc::clone(&refusals));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (inbox, answers) = (Arc::clone(&inbox), Arc::clone(&answers));
                thread::spawn(move || serve(stream, &inbox, &answers));
            }
        });
        Self { port, received, refusals }
    }
    /// The next messages get these answers instead of 250.
    pub fn refuse(&self, answers: &[&str]) {
        self.refusals.lock().unwrap().extend(answers.iter().rev().map(|answer| (*answer).to_owned()));
    }
    /// What arrived so far.
    pub fn received(&self) -> Vec<Delivered> {
        self.received.lock().unwrap().clone()
    }
    /// Messages for an address.
    pub fn received_by(&self, address: &str) -> Vec<Delivered> {
        self.received().into_iter().filter(|mail| mail.recipients().iter().any(|to| to == address)).collect()
    }
    /// Waits for `count` messages that a predicate picks.
    pub fn wait_for(&self, count: usize, limit: Duration, mut pick: impl FnMut(&Delivered) -> bool) -> Vec<Delivered> {
        let mut found = Vec::new();
        wait_until(limit, || {
            found = self.received().into_iter().filter(|mail| pick(mail)).collect();
            found.len() >= count
        });
        found
    }
}

fn serve(stream: TcpStream, inbox: &Mutex<Vec<Delivered>>, answers: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    let mut mail = Delivered { from: String::new(), to: Vec::new(), data: Vec::new() };
    let mut say = move |text: &str| writer.write_all(format!("{text}\r\n").as_bytes()).is_ok();
    if !say("220 sink.example ESMTP") {
        return;
    }
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let command = line.trim_end().to_owned();
        let upper = command.to_uppercase();
        let going = if upper.starts_with("EHLO") || upper.starts_with("HELO") {
            say("250-sink.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 SIZE 100000000")
        } else if upper.starts_with("MAIL FROM:") {
            mail = Delivered { from: command[10..].trim().to_owned(), to: Vec::new(), data: Vec::new() };
            say("250 2.1.0 Ok")
        } else if upper.starts_with("RCPT TO:") {
            mail.to.push(command[8..].trim().to_owned());
            say("250 2.1.5 Ok")
        } else if upper == "DATA" {
            if !say("354 go") {
                return;
            }
            let Some(data) = read_data(&mut reader) else { return };
            let refusal = answers.lock().unwrap().pop();
            if let Some(answer) = refusal {
                say(&answer)
            } else {
                mail.data = data;
                inbox.lock().unwrap().push(mail.clone());
                say("250 2.0.0 Ok: taken")
            }
        } else if upper == "QUIT" {
            say("221 bye");
            return;
        } else {
            say("250 Ok")
        };
        if !going {
            return;
        }
    }
}

fn read_data(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        if line == b".\r\n" {
            return Some(data);
        }
        data.extend_from_slice(if line.starts_with(b".") { &line[1..] } else { &line });
    }
}

/// One message a sender submits.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// Envelope sender, empty for `<>`.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// Who is signed in (handed to Postfix by XCLIENT); empty for nobody.
    pub login: String,
    /// Parameters behind MAIL FROM, e.g. `BODY=8BITMIME`.
    pub parameters: String,
    /// Content with CRLF line ends, not dot-stuffed.
    pub data: Vec<u8>,
}

impl Letter {
    /// A letter from a signed-in member of staff.
    pub fn new(from: &str, to: &[&str], data: impl Into<Vec<u8>>) -> Self {
        Self {
            from: from.to_owned(),
            to: to.iter().map(|&to| to.to_owned()).collect(),
            login: from.to_owned(),
            parameters: String::new(),
            data: data.into(),
        }
    }
    /// A plain letter with the usual header fields.
    pub fn plain(from: &str, to: &[&str], subject: &str, text: &str) -> Self {
        let id = format!(
            "{:x}.{}",
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos(),
            std::process::id()
        );
        let data = format!(
            "From: <{from}>\r\nTo: {}\r\nSubject: {subject}\r\nDate: Tue, 10 Mar 2026 10:15:00 +0000\r\nMessage-ID: <{id}@school.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
            to.iter().map(|to| format!("<{to}>")).collect::<Vec<_>>().join(", "),
            text.replace('\n', "\r\n")
        );
        Self::new(from, to, data)
    }
}

/// One SMTP conversation, for several messages.
pub struct Smtp {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

/// A reply: code and text (all lines).
pub type SmtpReply = (u16, String);

impl Smtp {
    /// Connects and greets; the login is handed over by XCLIENT where there is one.
    pub fn connect(port: u16, login: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_mins(2)))?;
        stream.set_nodelay(true)?;
        let mut smtp = Self { reader: BufReader::new(stream.try_clone()?), writer: stream };
        smtp.reply()?;
        smtp.command("EHLO client.school.example")?;
        if !login.is_empty() {
            smtp.command(&format!("XCLIENT LOGIN={login}"))?;
            smtp.command("EHLO client.school.example")?;
        }
        Ok(smtp)
    }
    fn reply(&mut self) -> std::io::Result<SmtpReply> {
        let mut text = String::new();
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            text.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok((line.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0), text));
            }
        }
    }
    /// Sends one line and reads the reply.
    pub fn command(&mut self, line: &str) -> std::io::Result<SmtpReply> {
        self.writer.write_all(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }
    /// Submits one message; the first refusal or the last reply.
    pub fn send(&mut self, letter: &Letter) -> std::io::Result<SmtpReply> {
        let from = self.command(format!("MAIL FROM:<{}> {}", letter.from, letter.parameters).trim_end())?;
        if from.0 >= 400 {
            return Ok(from);
        }
        for to in &letter.to {
            let reply = self.command(&format!("RCPT TO:<{to}>"))?;
            if reply.0 >= 400 {
                return Ok(reply);
            }
        }
        let go = self.command("DATA")?;
        if go.0 != 354 {
            return Ok(go);
        }
        self.writer.write_all(&stuffed(&letter.data))?;
        self.writer.write_all(b".\r\n")?;
        self.reply()
    }
}

fn stuffed(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 64);
    for line in data.split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\r\n") && !out.is_empty() {
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Submits one letter in a conversation of its own.
pub fn send(port: u16, letter: &Letter) -> std::io::Result<SmtpReply> {
    Smtp::connect(port, &letter.login)?.send(letter)
}

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What a missing program is called, and the package it comes in; empty when all is there.
pub fn missing_for_relay() -> Vec<&'static str> {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let there = |name: &str| path.split(':').any(|dir| Path::new(dir).join(name).exists());
    let mut missing = Vec::new();
    if !there("postfix") {
        missing.push("postfix");
    }
    if !is_root() && !there("fakeroot") {
        missing.push("fakeroot");
    }
    missing
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0)
}

/// A private Postfix; stopped on drop.
pub struct Relay {
    /// Its directory.
    pub dir: PathBuf,
    /// Where senders submit.
    pub port_in: u16,
    /// Where released mail and notices come in.
    pub port_release: u16,
}

impl Relay {
    /// Starts Postfix with exeat's milter (and a signer behind it) in front of a sink.
    pub fn start(dir: &Path, milter: &str, signer: &str, port_out: u16, port_release: u16, extra: &str) -> Self {
        let port_in = free_port();
        let relay = Self { dir: dir.to_owned(), port_in, port_release };
        fs::create_dir_all(dir).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(dir, mode).unwrap();
        let status = Command::new(root().join("deploy/postfix/private.sh"))
            .arg(dir)
            .arg("start")
            .env("PORT_IN", port_in.to_string())
            .env("PORT_RELEASE", port_release.to_string())
            .env("PORT_OUT", port_out.to_string())
            .env("MILTER", milter)
            .env("SIGNER", signer)
            .env("EXTRA_MAIN", extra)
            .stdin(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "the private Postfix did not start");
        assert!(
            wait_until(Duration::from_secs(10), || TcpStream::connect(("127.0.0.1", port_in)).is_ok()),
            "Postfix does not listen"
        );
        relay
    }
    /// Stops it for a while; what it has in its queue stays there.
    pub fn pause(&self) {
        let _ = Command::new(root().join("deploy/postfix/private.sh")).arg(&self.dir).arg("stop").status();
        let gone = wait_until(Duration::from_secs(10), || TcpStream::connect(("127.0.0.1", self.port_in)).is_err());
        assert!(gone, "Postfix still listens");
    }
    /// Starts it again as it was.
    pub fn resume(&self) {
        let status = Command::new("postfix").arg("-c").arg(self.dir.join("etc")).arg("start").status().unwrap();
        assert!(status.success(), "Postfix did not start again");
    }
    /// Its mail log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("mail.log")).unwrap_or_default()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = Command::new(root().join("deploy/postfix/private.sh")).arg(&self.dir).arg("stop").status();
    }
}

/// A running exeat; stopped on drop.
pub struct Exeat {
    program: PathBuf,
    config: PathBuf,
    child: Option<Child>,
    /// Where `/metrics`, `/healthz` and `/readyz` are.
    pub http: u16,
}

impl Exeat {
    /// Starts `program serve --config CONFIG` and waits until it is ready.
    pub fn start(program: &Path, config: &Path, http: u16) -> Self {
        let mut exeat = Self { program: program.to_owned(), config: config.to_owned(), child: None, http };
        exeat.run();
        exeat
    }
    /// Starts it (again).
    pub fn run(&mut self) {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.config.with_extension("log")).unwrap();
        let child = Command::new(&self.program)
            .arg("serve")
            .arg("--config")
            .arg(&self.config)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let http = self.http;
        let up = wait_until(Duration::from_secs(30), || get(http, "/readyz").is_some_and(|(code, _)| code == 200));
        assert!(up, "exeat is not ready:\n{}", self.log());
    }
    /// Its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.config.with_extension("log")).unwrap_or_default()
    }
    /// Process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }
    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
    /// Sends a signal by name, e.g. `HUP`.
    pub fn signal(&self, name: &str) {
        let _ = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status();
    }
    /// Runs another command of the program with the same config: exit code and output (both streams).
    pub fn command(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(&self.program).args(arguments).arg("--config").arg(&self.config).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap_or(-1), text)
    }
    /// A metric's value, labels as written; `None` where the series is absent.
    pub fn metric(&self, series: &str) -> Option<f64> {
        let (_, text) = get(self.http, "/metrics")?;
        text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
    }
}

impl Drop for Exeat {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            if !wait_until(Duration::from_secs(5), || child.try_wait().is_ok_and(|status| status.is_some())) {
                let _ = child.kill();
            }
            let _ = child.wait();
        }
    }
}

/// A plain HTTP GET on the loopback: status and body.
pub fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes()).ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let code = head.split(' ').nth(1)?.parse().ok()?;
    Some((code, body.to_owned()))
}
