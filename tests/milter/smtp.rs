//! What stands before and behind a relay: somebody who sends mail, and somebody who takes all of it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What came out behind the relay.
#[derive(Clone)]
pub struct Delivered {
    pub recipients: Vec<String>,
    pub content: String,
}

/// A mail server that takes everything and keeps it.
pub fn start_sink() -> (SocketAddr, Arc<Mutex<Vec<Delivered>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let delivered = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&delivered);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let kept = Arc::clone(&kept);
            std::thread::spawn(move || take_mail(stream, &kept));
        }
    });
    (address, delivered)
}

fn take_mail(mut stream: TcpStream, kept: &Mutex<Vec<Delivered>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut recipients = Vec::new();
    stream.write_all(b"220 sink.example\r\n").ok()?;
    loop {
        let line = read_line(&mut reader)?;
        let reply = match line.get(..4)?.to_ascii_uppercase().as_str() {
            "EHLO" => "250-sink.example\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "RCPT" => {
                recipients.push(line.trim_end().to_owned());
                "250 2.1.5 yes\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").ok()?;
                let mut content = String::new();
                while let Some(line) = read_line(&mut reader).filter(|line| line != ".\r\n") {
                    content.push_str(&line);
                }
                kept.lock().unwrap().push(Delivered { recipients: std::mem::take(&mut recipients), content });
                "250 2.0.0 kept\r\n"
            }
            "QUIT" => return None,
            _ => "250 2.0.0 yes\r\n",
        };
        stream.write_all(reply.as_bytes()).ok()?;
    }
}

fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).ok().filter(|&read| read > 0)?;
    Some(String::from_utf8_lossy(&line).into_owned())
}

/// Somebody who sends mail.
pub struct Sender {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Sender {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        let mut sender = Self { reader: BufReader::new(stream.try_clone().unwrap()), stream };
        sender.hear("220");
        sender.say("EHLO client.example", "250");
        sender.say("XCLIENT NAME=client.example ADDR=192.0.2.7 LOGIN=teacher7", "220");
        sender.say("EHLO client.example", "250");
        sender
    }

    pub fn say(&mut self, line: &str, wanted: &str) -> String {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        self.hear(wanted)
    }

    fn hear(&mut self, wanted: &str) -> String {
        let mut all = String::new();
        loop {
            let line = read_line(&mut self.reader).unwrap_or_default();
            all.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                break;
            }
        }
        assert!(all.starts_with(wanted), "{all} instead of {wanted}");
        all
    }

    pub fn envelope(&mut self, recipients: &[&str]) {
        self.say("MAIL FROM:<teacher@school.example> BODY=8BITMIME", "250");
        for recipient in recipients {
            self.say(&format!("RCPT TO:<{recipient}>"), "250");
        }
    }

    /// A message; what the judge shall do stands in it. Returns the reply to its end.
    pub fn message(&mut self, judge: &[&str], more: &str, body: &str, wanted: &str) -> String {
        self.say("DATA", "354");
        let mut content = "From: <teacher@school.example>\r\nTo: <parent@home.example>\r\n\
                           Date: Mon, 2 Mar 2026 10:00:00 +0000\r\nMessage-ID: <1@school.example>\r\nSubject: hi\r\n"
            .to_owned();
        for line in judge {
            write!(content, "X-Judge: {line}\r\n").unwrap();
        }
        self.say(&format!("{content}{more}\r\n{body}."), wanted)
    }
}
