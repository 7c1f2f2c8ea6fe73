//! A private Postfix with our server as its milter: what it shows us, and what it makes of our answers.
//!
//! With `EXEAT_RECORD=1` the conversations are written to `tests/dialogs/postfix-*.txt`, where the
//! dialogue test plays them without a Postfix.

use crate::client::Rig;
use crate::script::written;
use crate::smtp::{Delivered, Sender, start_sink};
use exeat::milter::session::Limit;
use exeat::milter::{Event, Settings};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A Postfix of our own, with the sink behind it; stopped on drop.
struct Postfix {
    folder: tempfile::TempDir,
    address: SocketAddr,
    delivered: Arc<Mutex<Vec<Delivered>>>,
}

impl Postfix {
    /// `None`: this machine cannot run one.
    fn start(milter: SocketAddr, protocol: u32) -> Option<Self> {
        let master = std::fs::read_to_string("/etc/postfix/master.cf").ok()?;
        if !Path::new("/usr/sbin/postfix").exists() || !rustix::process::geteuid().is_root() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        std::fs::set_permissions(place, std::fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["queue", "data", "config"] {
            std::fs::create_dir(place.join(name)).unwrap();
        }
        assert!(Command::new("chown").arg("postfix").arg(place.join("data")).status().unwrap().success());
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (sink, delivered) = start_sink();
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {0}/queue\ndata_directory = {0}/data\n\
             maillog_file = {0}/log\nmaillog_file_prefixes = {0}\ninet_interfaces = 127.0.0.1\n\
             inet_protocols = ipv4\nmyhostname = relay.example\nmydestination =\nalias_maps =\n\
             alias_database =\nmynetworks = 127.0.0.0/8 192.0.2.0/24\nsmtpd_relay_restrictions = permit_mynetworks, reject\n\
             smtpd_peername_lookup = no\nsmtpd_authorized_xclient_hosts = 127.0.0.1\n\
             relayhost = [127.0.0.1]:{1}\nsmtp_dns_support_level = disabled\nsmtp_host_lookup = native\n\
             smtpd_recipient_restrictions = check_recipient_access inline:{{{{nobody@home.example=REJECT}}}}\n\
             smtpd_milters = inet:{milter}\nmilter_default_action = tempfail\n\
             milter_protocol = {protocol}\nmessage_size_limit = 60000000\n",
            place.display(),
            sink.port(),
        );
        std::fs::write(place.join("config/main.cf"), main).unwrap();
        let service = format!("{address} inet n - n - - smtpd");
        let lines = master.lines().map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            match fields.as_slice() {
                ["smtp", "inet", ..] => service.clone(),
                // Nothing runs in a changed root: the private queue directory has no libraries.
                [name, kind, private, unprivileged, "y", rest @ ..] if !line.starts_with('#') => {
                    format!("{name} {kind} {private} {unprivileged} n {}", rest.join(" "))
                }
                _ => line.to_owned(),
            }
        });
        std::fs::write(place.join("config/master.cf"), lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
        let postfix = Self { folder, address, delivered };
        let run = postfix.command("start");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "{}", postfix.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(postfix)
    }

    fn command(&self, what: &str) -> std::process::Output {
        Command::new("/usr/sbin/postfix").arg("-c").arg(self.folder.path().join("config")).arg(what).output().unwrap()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Waits for so many messages behind the relay.
    fn delivered(&self, number: usize) -> Vec<Delivered> {
        let start = Instant::now();
        loop {
            let delivered = self.delivered.lock().unwrap().clone();
            if delivered.len() >= number {
                return delivered;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{} of {number}\n{}", delivered.len(), self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        self.command("stop");
    }
}

/// Passes connections through and writes down what is said, each by itself.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    fn start(&self, to: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let recorder = self.clone();
        std::thread::spawn(move || {
            for (number, relay) in listener.incoming().flatten().enumerate() {
                recorder.0.lock().unwrap().push(String::new());
                let ours = TcpStream::connect(to).unwrap();
                relay.set_nodelay(true).unwrap();
                ours.set_nodelay(true).unwrap();
                let (a, b) = (relay.try_clone().unwrap(), ours.try_clone().unwrap());
                let (there, back) = (recorder.clone(), recorder.clone());
                std::thread::spawn(move || there.pass(a, b, '>', number));
                std::thread::spawn(move || back.pass(ours, relay, '<', number));
            }
        });
        address
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream, sign: char, number: usize) -> Option<()> {
        loop {
            let mut packet = vec![0; 4];
            if from.read_exact(&mut packet).is_err() {
                let _ = to.shutdown(std::net::Shutdown::Write);
                return None;
            }
            let length = u32::from_be_bytes(packet.clone().try_into().unwrap()) as usize;
            packet.resize(4 + length, 0);
            from.read_exact(&mut packet[4..]).ok()?;
            // As the server does, or each message would cost 40 ms here.
            rustix::net::sockopt::set_tcp_quickack(&from, true).ok()?;
            let line = written(&packet).remove(0);
            {
                let text = &mut self.0.lock().unwrap()[number];
                writeln!(text, "{sign} {line}").unwrap();
                // In a dialogue the judge's words stand by themselves.
                if let Some(words) = judge_words(&packet).filter(|_| sign == '>') {
                    writeln!(text, "judge {words}").unwrap();
                }
            }
            to.write_all(&packet).ok()?;
        }
    }

    fn save(&self, name: &str) {
        if std::env::var_os("EXEAT_RECORD").is_some() {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogs").join(name);
            let texts = self.0.lock().unwrap();
            let text = texts.last().unwrap();
            std::fs::write(file, format!("# Recorded from Postfix 3.7.11.\n{text}closed\n")).unwrap();
        }
    }
}

/// The judge's words, where the packet is a field that holds them.
fn judge_words(packet: &[u8]) -> Option<&str> {
    let words = packet.get(4..)?.strip_prefix(b"LX-Judge\0")?.strip_suffix(b"\0")?;
    Some(std::str::from_utf8(words).ok()?.trim_start())
}

#[test]
fn a_real_relay_understands_our_answers() {
    let rig = Rig::start(Settings { memory_bytes: 100_000, recipients: 3, ..Settings::default() });
    // The oldest and the newest protocol it speaks.
    for protocol in [2, 6] {
        let recorder = Recorder::default();
        let Some(postfix) = Postfix::start(recorder.start(rig.address), protocol) else {
            println!("skipped: this needs Postfix and root");
            return;
        };
        let mut sender = Sender::connect(postfix.address);
        relayed(&postfix, &mut sender);
        seen(&rig, protocol);
        edited(&postfix, &mut sender);
        refused(&postfix, &mut sender);
        sender.say("QUIT", "221");
        std::thread::sleep(Duration::from_millis(200));
        recorder.save(&format!("postfix-version-{protocol}.txt"));
        large(&postfix, &rig);
    }
    assert_eq!(rig.events.others(), [Event::OverLimit(Limit::Recipients); 2]);
}

/// What the judge saw of the first message.
fn seen(rig: &Rig, protocol: u32) {
    let envelope = rig.judge.envelopes.lock().unwrap().last().unwrap().clone();
    let given: Vec<_> = envelope.recipients.iter().map(|path| path.given.as_slice()).collect();
    assert!(given == [b"<parent@home.example>".as_slice(), b"<other@home.example>"], "other recipients");
    assert!(envelope.sender.unwrap().parameters == ["BODY=8BITMIME"]);
    assert_eq!(envelope.helo, "client.example");
    assert_eq!(envelope.client_addr, "192.0.2.7".parse().ok());
    for (name, value) in [("auth_authen", "teacher7"), ("client_name", "client.example")] {
        // An old relay cannot be asked for macros, and does not say the client's name by itself.
        if protocol == 6 || name == "auth_authen" {
            assert_eq!(envelope.macros.get(name).map(String::as_str), Some(value), "{name}");
        }
    }
    assert!(envelope.macros["i"].len() > 5);
}

/// Untouched, two messages on one connection, one recipient the relay refused, one message given up.
fn relayed(postfix: &Postfix, sender: &mut Sender) {
    sender.envelope(&["parent@home.example", "other@home.example"]);
    sender.say("RCPT TO:<nobody@home.example>", "554");
    sender.message(&[], "X-Folded: one\r\n\ttwo\r\nBcc: <hidden@home.example>\r\n", "Caf\u{e9}\r\n..dot\r\n", "250");
    let delivered = postfix.delivered(1).remove(0);
    assert!(
        delivered.content.ends_with("X-Folded: one\r\n\ttwo\r\n\r\nCaf\u{e9}\r\n..dot\r\n"),
        "{}",
        delivered.content
    );
    assert_eq!(delivered.recipients.len(), 2);
    sender.envelope(&["parent@home.example"]);
    sender.say("RSET", "250");
}

/// Every kind of edit; a body that becomes empty; a recipient with an odd spelling.
fn edited(postfix: &Postfix, sender: &mut Sender) {
    sender.envelope(&["parent@home.example", "Other.One@Home.Example"]);
    // The message has five fields of its own, then one for each of these lines, then three alike.
    let lines = [
        "change 4 changed",
        "add X-Added yes",
        "insert X-Inserted yes",
        "remove 1",
        "body new\\r\\n",
        "delete 13",
        "change 14 second",
        "delete 15",
    ];
    sender.message(&lines, "X-Many: 1\r\nX-Many: 2\r\nX-Many: 3\r\n", "old\r\n", "250");
    let delivered = postfix.delivered(2).remove(1);
    assert_eq!(delivered.recipients, ["RCPT TO:<parent@home.example>"]);
    let content = &delivered.content;
    assert!(content.starts_with("X-Inserted: yes\r\nReceived: "), "{content}");
    assert!(content.contains("\r\nSubject: changed\r\n"), "{content}");
    assert!(!content.contains("X-Many: 1") && !content.contains("X-Many: 3"), "{content}");
    assert!(content.contains("\r\nX-Many: second\r\n"), "{content}");
    assert!(content.ends_with("\r\nX-Added: yes\r\n\r\nnew\r\n"), "{content}");
    sender.envelope(&["parent@home.example"]);
    sender.message(&["body \"\""], "", "old\r\n", "250");
    let content = postfix.delivered(3).remove(2).content;
    assert!(!content.contains("old"), "{content}");
}

/// The sender hears our words; what is discarded does not come out.
fn refused(postfix: &Postfix, sender: &mut Sender) {
    sender.envelope(&["parent@home.example"]);
    let said = sender.message(&["reject 550 5.7.1 \"100% not this\""], "", "text\r\n", "550");
    assert_eq!(said, "550 5.7.1 100% not this\r\n");
    sender.envelope(&["parent@home.example"]);
    sender.message(&["tempfail 451 4.7.1 \"not now\""], "", "text\r\n", "451");
    sender.envelope(&["parent@home.example"]);
    let long = format!("reject 554 5.7.1 \"{} {}\"", "a".repeat(300), "b".repeat(300));
    let said = sender.message(&[&long], "", "text\r\n", "554");
    assert_eq!(said.lines().count(), 2, "{said}");
    sender.envelope(&["parent@home.example"]);
    sender.message(&["discard"], "", "text\r\n", "250");
    sender.envelope(&["parent@home.example"]);
    sender.message(&["remove 0"], "", "text\r\n", "250");
    sender.envelope(&["parent@home.example"]);
    sender.message(&["add X-Last yes"], "", "text\r\n", "250");
    let delivered = postfix.delivered(4);
    assert_eq!(delivered.len(), 4);
    assert!(delivered[3].content.contains("X-Last: yes"));
}

/// A large message in, a large body out; a header of 70,000 bytes, 10,000 of them; one recipient too
/// many; no time lost.
fn large(postfix: &Postfix, rig: &Rig) {
    let mut sender = Sender::connect(postfix.address);
    let line = "b".repeat(76) + "\r\n";
    let body = line.repeat(300_000);
    sender.envelope(&["parent@home.example"]);
    sender.message(&["add X-Large yes"], "", &body, "250");
    assert!(!rig.judge.seen.lock().unwrap().last().unwrap().2, "the large message was in a file");
    assert!(postfix.delivered(5)[4].content.ends_with(&body), "the large body is another one");
    sender.envelope(&["parent@home.example"]);
    let field = format!("X-Long: {}\r\n", format!("{}\r\n ", "a".repeat(70)).repeat(1000));
    sender.message(&["grow 200000"], &field, "old\r\n", "250");
    assert!(postfix.delivered(6)[5].content.contains(&"x".repeat(900)));
    sender.envelope(&["parent@home.example", "a@home.example", "b@home.example"]);
    let said = sender.say("RCPT TO:<c@home.example>", "452");
    assert!(said.starts_with("452 4.5.3 Too many recipients"), "{said}");
    let fields: String = (0..10_000).fold(String::new(), |all, number| all + &format!("X-Many: {number}\r\n"));
    // Five fields of its own and two for the judge stand before them.
    sender.message(&["delete 7", "change 10006 last"], &fields, "text\r\n", "250");
    let delivered = postfix.delivered(7).remove(6);
    assert_eq!(delivered.recipients.len(), 3);
    assert_eq!(delivered.content.matches("\r\nX-Many: ").count(), 9_999);
    assert!(delivered.content.ends_with("\r\nX-Many: 9998\r\nX-Many: last\r\n\r\ntext\r\n"));
    let start = Instant::now();
    for _ in 0..20 {
        sender.envelope(&["parent@home.example"]);
        sender.message(&["discard"], "", "text\r\n", "250");
    }
    let each = start.elapsed() / 20;
    println!("{each:?} a message through Postfix");
    assert!(each < Duration::from_millis(35), "{each:?} a message: something stalls");
}
