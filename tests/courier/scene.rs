//! A store, a next hop, and a courier between them.

use crate::next_hop::{NextHop, Script};
use exeat::courier::{Compose, Courier, Event, Observer, Settings, Written};
use exeat::mail::{Address, Path};
use exeat::notice::Story;
use exeat::spool::Message;
use exeat::store::{Batch, Keep, KeepState, KeptEnvelope, Record, RetryKey, State, Store, StoreKey};
use jiff::{SignedDuration, Timestamp};
use regex::bytes::Regex;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

#[derive(Default)]
pub struct Heard(Mutex<Vec<Event>>);

impl Observer for Heard {
    fn event(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

pub struct Words;

impl Compose for Words {
    fn compose(&self, stories: &[Story], summary: bool, _: Timestamp) -> Vec<u8> {
        let names: Vec<&str> = stories.iter().map(|story| story.reference.as_str()).collect();
        let says: Vec<&str> =
            stories.iter().flat_map(|story| &story.reasons).map(|reason| reason.say.as_str()).collect();
        format!("Subject: {} {summary}\r\n\r\n{}\r\n", names.join("+"), says.join("|")).into_bytes()
    }
}

/// A store, a next hop, and a courier between them.
pub struct Scene {
    pub folder: tempfile::TempDir,
    pub store: Store,
    pub hop: NextHop,
    pub settings: Settings,
    pub heard: Arc<Heard>,
}

impl Scene {
    pub async fn new(script: Script) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store.sqlite"), StoreKey::new([9; 32]), 1 << 30).unwrap();
        let hop = NextHop::start(script).await;
        let settings = settings(hop.port, |_| {});
        Self { folder, store, hop, settings, heard: Arc::new(Heard::default()) }
    }

    pub fn start(&self) -> (tokio::task::JoinHandle<()>, watch::Sender<bool>, Courier) {
        let (stop, shutdown) = watch::channel(false);
        let courier = Courier::new();
        let (run, store, settings) = (courier.clone(), self.store.clone(), self.settings.clone());
        let heard: Arc<dyn Observer> = Arc::<Heard>::clone(&self.heard);
        let task = tokio::spawn(async move { run.run(store, settings, Arc::new(Words), heard, shutdown).await });
        (task, stop, courier)
    }

    /// Runs until `done`, at most ten seconds.
    pub async fn until<F: Future<Output = bool>>(&self, done: impl Fn() -> F) {
        let (task, stop, _courier) = self.start();
        for _ in 0..500 {
            if done().await {
                stop.send(true).unwrap();
                task.await.unwrap();
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it did not come to pass; heard {:?}", self.heard());
    }

    pub async fn until_heard(&self, count: usize) {
        self.until(|| async { self.heard().len() >= count }).await;
    }

    pub fn heard(&self) -> Vec<Event> {
        self.heard.0.lock().unwrap().clone()
    }

    pub async fn state(&self, reference: &str) -> State {
        self.store.show(reference).await.unwrap().entry.state
    }

    pub async fn keep(&self, keep: Keep) {
        let number: [u8; 32] = std::array::from_fn(|at| keep.reference.as_bytes().get(at).copied().unwrap_or(0));
        let retry_key = RetryKey::from_bytes(number);
        let (now, window) = (Timestamp::now(), SignedDuration::from_hours(24));
        self.store.keep(Batch { keeps: vec![keep], story: None, retry_key, now, window }).await.unwrap();
    }
}

pub fn settings(port: u16, change: impl Fn(&mut Written)) -> Settings {
    let mut written = Written {
        release: format!("inet:127.0.0.1:{port}"),
        helo: "relay.school.example".into(),
        ..Written::default()
    };
    written.per_minute = 60_000;
    written.tls_name = "next.example".into();
    change(&mut written);
    let mut problems = Vec::new();
    let mut settings = written.check("test", &mut problems).unwrap_or_else(|| panic!("{problems:?}"));
    settings.settle = SignedDuration::ZERO;
    settings.poll = Duration::from_millis(20);
    settings.reply_timeout = Duration::from_millis(400);
    settings.back_off = vec![SignedDuration::from_millis(50)];
    settings
}

pub const CONTENT: &[u8] = b"Subject: Trip\r\n\r\nDear parents,\r\n.\r\n..two\r\nbye\r\n";

pub fn keep(reference: &str, fate: KeepState, content: &[u8]) -> Keep {
    let path = |address: &str| Path::new(address.as_bytes(), Vec::new());
    let head = content.windows(4).position(|window| window == b"\r\n\r\n").map_or(content.len(), |at| at + 4);
    Keep {
        reference: reference.to_owned(),
        fate,
        envelope: KeptEnvelope {
            sender: path("<teacher@school.example>"),
            recipients: vec![path("<one@home.example>"), path("<two@home.example>")],
        },
        content: Message::in_memory(content.to_vec(), head as u64, None),
        original: None,
        record: Record { tell: Address::read("teacher@school.example"), ..Record::default() },
    }
}

pub fn with_parameters(mut keep: Keep, sender: &[&str], recipient: &[&str]) -> Keep {
    keep.envelope.sender.parameters = sender.iter().map(|&parameter| parameter.to_owned()).collect();
    keep.envelope.recipients[0].parameters = recipient.iter().map(|&parameter| parameter.to_owned()).collect();
    keep
}

/// The content behind the one Received field on top.
pub fn below_received(content: &[u8]) -> &[u8] {
    let field =
        Regex::new(r"(?-u)^Received: by relay\.school\.example \(exeat\) id EX-\w+;\r\n\t[^\r\n]{25} \+0000\r\n")
            .unwrap();
    let found = field.find(content).expect("one Received field on top");
    &content[found.end()..]
}
