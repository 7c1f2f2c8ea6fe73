//! What a milter costs a real Postfix: messages by `smtp-source` into a private instance, without a milter, with the
//! empty C milter that answers the end alone, and with exeat. Postfix throws them away behind its queue.

use crate::Wish;
use crate::corpus::Corpus;
use crate::peers;
use crate::servers::{Files, Server, free_port};
use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Messages of one measurement: one session, and many.
const ONE: usize = 200;
const MANY: usize = 800;

/// A private Postfix, stopped when this is dropped.
struct Postfix {
    folder: tempfile::TempDir,
    port: u16,
}

impl Postfix {
    fn start(milter: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for Postfix");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("its rights can be set");
        let postfix = Self { folder, port: free_port() };
        let started = postfix
            .script("start")
            .env("PORT_IN", postfix.port.to_string())
            .env("PORT_RELEASE", free_port().to_string())
            .env("MILTER", milter)
            .env("EXTRA_MAIN", "default_transport = discard")
            .stdin(Stdio::null())
            .status();
        assert!(started.is_ok_and(|status| status.success()), "the private Postfix did not start");
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", postfix.port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "Postfix does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        postfix
    }

    fn script(&self, word: &str) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/postfix/private.sh"));
        command.arg(self.folder.path().join("postfix")).arg(word);
        command
    }

    /// Seconds for so many messages in so many sessions at a time.
    fn send(&self, letter: &Path, sessions: usize, messages: usize) -> f64 {
        let begun = Instant::now();
        let mut command = Command::new("smtp-source");
        // One session brings all its messages; of many, each brings one, which is the dearest way.
        if sessions == 1 {
            command.arg("-d");
        }
        let sent = command
            .args(["-s", &sessions.to_string(), "-m", &messages.to_string()])
            .args(["-f", "h.pemberton@school.example", "-t", "parent@home.example", "-F"])
            .arg(letter)
            .arg(format!("127.0.0.1:{}", self.port))
            .stdin(Stdio::null())
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "smtp-source failed");
        begun.elapsed().as_secs_f64()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _stopped = self.script("stop").status();
    }
}

/// A message of the corpus of middling length, as smtp-source wants it.
fn letter(folder: &Path, pupils: usize) -> PathBuf {
    let mut letters = Corpus::new(200, pupils).letters;
    letters.sort_by_key(|letter| letter.raw.len());
    let text = String::from_utf8_lossy(&letters[letters.len() / 2].raw).replace("\r\n", "\n");
    let path = folder.join("letter.eml");
    fs::write(&path, text).expect("the folder can be written");
    path
}

/// A Postfix with the milter that it shows its mail to.
struct Relay {
    name: &'static str,
    postfix: Postfix,
    _milter: Option<Server>,
    /// The shortest times: one session, many sessions.
    best: [f64; 2],
}

impl Relay {
    fn start(name: &'static str, milter: Option<Server>) -> Self {
        let milters = milter.as_ref().map_or_else(String::new, |server| server.place.for_postfix());
        Self { name, postfix: Postfix::start(&milters), _milter: milter, best: [f64::MAX; 2] }
    }
}

/// Measures and prints.
pub fn measure(wish: &Wish) {
    if Command::new("postconf").arg("mail_version").output().is_err() {
        println!("skipped: no Postfix here (install the package postfix)");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let letter = letter(folder.path(), wish.pupils);
    let mut relays = vec![Relay::start("no milter", None)];
    match peers::c_milter("quiet", true) {
        Ok(server) => relays.push(Relay::start("c-quiet", Some(server))),
        Err(reason) => println!("skipped: {reason}"),
    }
    relays.push(Relay::start("exeat", Some(Server::exeat(&Wish { tcp: true, ..wish.clone() }, Files::Closed))));
    for _ in 0..wish.runs {
        for relay in &mut relays {
            let times = [relay.postfix.send(&letter, 1, ONE), relay.postfix.send(&letter, wish.connections, MANY)];
            for (best, time) in relay.best.iter_mut().zip(times) {
                *best = best.min(time);
            }
        }
    }
    println!("through Postfix over TCP, best of {}: one session, and {} sessions", wish.runs, wish.connections);
    println!("{:<10} {:>12} {:>12} {:>22}", "milter", "ms/message", "messages/s", "of those without one");
    for relay in &relays {
        println!(
            "{:<10} {:>12.2} {:>12.0} {:>22.3}",
            relay.name,
            relay.best[0] / ONE as f64 * 1e3,
            MANY as f64 / relay.best[1],
            relays[0].best[1] / relay.best[1]
        );
    }
}
