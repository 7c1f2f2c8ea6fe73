//! A server on real sockets, and a relay that says exactly what it is told to.

use crate::judge::Obedient;
use crate::script::{packet, written};
use arc_swap::ArcSwap;
use exeat::budget::Budget;
use exeat::milter::server::{self, Listener};
use exeat::milter::{Event, Listen, Observer, Settings, SocketAddress};
use exeat::spool::Directory;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Remembers what happened.
#[derive(Default)]
pub struct Events(Mutex<Vec<Event>>);

impl Observer for Events {
    fn event(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

impl Events {
    /// Waits until it happened this often.
    pub fn wait(&self, event: Event, times: usize) {
        let start = Instant::now();
        while self.count(event) < times {
            assert!(start.elapsed() < Duration::from_secs(10), "{event:?} did not happen {times} times");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    pub fn count(&self, event: Event) -> usize {
        self.0.lock().unwrap().iter().filter(|seen| **seen == event).count()
    }
    /// What happened besides connections that came and went.
    pub fn others(&self) -> Vec<Event> {
        let usual = |event: &&Event| !matches!(event, Event::ConnectionOpened | Event::ConnectionClosed);
        self.0.lock().unwrap().iter().filter(usual).copied().collect()
    }
}

/// A running server.
pub struct Rig {
    pub address: SocketAddr,
    pub path: PathBuf,
    pub spool: PathBuf,
    pub events: Arc<Events>,
    pub judge: Arc<Obedient>,
    pub budget: Budget,
    stop: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Rig {
    pub fn start(settings: Settings) -> Self {
        Self::with_budget(settings, 64 << 20)
    }

    pub fn with_budget(settings: Settings, budget: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (path, spool) = (folder.path().join("socket"), folder.path().join("spool"));
        let directory = Directory::open(&spool).unwrap();
        let budget = Budget::new(budget);
        let (events, judge) = (Arc::new(Events::default()), Arc::new(Obedient::default()));
        let (stop, stopped) = watch::channel(false);
        let (ready, is_ready) = std::sync::mpsc::channel();
        let listen = [
            Listen { name: "tcp".into(), socket: SocketAddress::Inet("127.0.0.1:0".parse().unwrap()), mode: 0o660 },
            Listen { name: "unix".into(), socket: SocketAddress::Unix(path.clone()), mode: 0o600 },
        ];
        let shared = (Arc::clone(&events), Arc::clone(&judge), budget.clone());
        let thread = std::thread::spawn(move || {
            let (events, judge, budget) = shared;
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async move {
                let listeners =
                    vec![Listener::bind(&listen[0]).await.unwrap(), Listener::bind(&listen[1]).await.unwrap()];
                ready.send(listeners[0].address().unwrap()).unwrap();
                let settings = Arc::new(ArcSwap::from_pointee(settings));
                server::run(listeners, settings, budget, directory, judge, events, stopped).await;
            });
        });
        let address = is_ready.recv().unwrap();
        Self { address, path, spool, events, judge, budget, stop, thread: Some(thread), _folder: folder }
    }

    pub fn tcp(&self) -> Relay {
        Relay { socket: Box::new(TcpStream::connect(self.address).unwrap()), pending: Vec::new() }
    }

    pub fn unix(&self) -> Relay {
        Relay { socket: Box::new(UnixStream::connect(&self.path).unwrap()), pending: Vec::new() }
    }

    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// The budget is whole again, a moment after the last answer at the latest.
    pub fn everything_is_given_back(&self) {
        let start = Instant::now();
        while self.budget.free() < self.budget.total() {
            assert!(start.elapsed() < Duration::from_secs(10), "{} of {}", self.budget.free(), self.budget.total());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits for the server to end.
    pub fn join(&mut self) {
        self.stop();
        self.thread.take().unwrap().join().unwrap();
    }
}

pub trait Socket: Read + Write {
    fn end_writing(&self);
    fn wait_at_most(&self, time: Duration);
}

impl Socket for TcpStream {
    fn end_writing(&self) {
        self.shutdown(std::net::Shutdown::Write).unwrap();
    }
    fn wait_at_most(&self, time: Duration) {
        self.set_read_timeout(Some(time)).unwrap();
    }
}

impl Socket for UnixStream {
    fn end_writing(&self) {
        self.shutdown(std::net::Shutdown::Write).unwrap();
    }
    fn wait_at_most(&self, time: Duration) {
        self.set_read_timeout(Some(time)).unwrap();
    }
}

/// The relay's side of a connection.
pub struct Relay {
    pub socket: Box<dyn Socket>,
    pending: Vec<u8>,
}

impl Relay {
    /// Negotiates as Postfix does, and greets.
    pub fn greet(mut self) -> Self {
        self.say("O u32:6 u32:0xff u32:0x1fffff");
        self.hear("O \"\\0\\0\\0\\x06\\0\\0\\0_\\0\\x1dq\\x80\"");
        self.say("C \"client.example\\0\" \"4\" u16:2525 \"192.0.2.7\\0\"");
        self.say("H \"client.example\\0\"");
        self
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).unwrap();
    }

    /// Says one packet in the words of a dialogue.
    pub fn say(&mut self, line: &str) {
        self.send(&packet(line));
    }

    /// Envelope and header of a message; the judge does what the lines say.
    pub fn begin(&mut self, judge: &[&str]) {
        self.say("M \"<teacher@school.example>\\0\"");
        self.say("R \"<parent@home.example>\\0\"");
        self.hear("c");
        let mut header = packet("L \"Subject\\0 hi\\0\"");
        for line in judge {
            let quoted = line.replace('\\', "\\\\").replace('"', "\\\"");
            header.extend(packet(&format!("L \"X-Judge\\0 {quoted}\\0\"")));
        }
        header.extend(packet("N"));
        self.send(&header);
    }

    /// A whole message with a small body.
    pub fn message(&mut self, judge: &[&str]) {
        self.begin(judge);
        self.say("B \"text\\r\\n\"");
        self.say("E");
    }

    /// The next reply, letter and all. `None` at the end.
    pub fn reply(&mut self) -> Option<Vec<u8>> {
        self.socket.wait_at_most(Duration::from_secs(10));
        loop {
            if let Some((length, rest)) = self.pending.split_first_chunk::<4>() {
                let length = u32::from_be_bytes(*length) as usize;
                if let Some(reply) = rest.get(..length) {
                    let reply = reply.to_vec();
                    self.pending.drain(..length + 4);
                    return Some(reply);
                }
            }
            let mut buffer = [0; 16_384];
            match self.socket.read(&mut buffer) {
                Ok(0) => return None,
                Ok(read) => self.pending.extend(&buffer[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("no reply: {error}"),
            }
        }
    }

    /// The next reply must be this one.
    pub fn hear(&mut self, wanted: &str) {
        let reply = self.reply().unwrap_or_else(|| panic!("closed instead of {wanted}"));
        let mut framed = u32::try_from(reply.len()).unwrap().to_be_bytes().to_vec();
        framed.extend(reply);
        assert_eq!(written(&framed), [wanted]);
    }

    /// The connection must be closed without another word.
    pub fn hear_the_end(&mut self) {
        assert!(self.reply().is_none(), "a reply instead of the end");
    }
}
