//! A next hop for tests: a mail server that does what its script says and keeps what it saw.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// How the next hop behaves.
#[derive(Clone, Default)]
pub struct Script {
    /// EHLO keywords.
    pub offers: Vec<&'static str>,
    /// Answers to commands that start so (in capitals); the rest is answered as it should be. `close` closes,
    /// `hang` says nothing.
    pub answers: Vec<(&'static str, &'static str)>,
    /// Closes after so many bytes of content.
    pub closes_after: Option<usize>,
    /// Certificate and key to encrypt with.
    pub tls: Option<Arc<rustls::ServerConfig>>,
}

/// One message the next hop has seen.
#[derive(Clone, Default, Debug)]
pub struct Seen {
    pub mail: String,
    pub recipients: Vec<String>,
    pub content: Vec<u8>,
    /// It saw the end of it.
    pub whole: bool,
    pub encrypted: bool,
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<W: AsyncRead + AsyncWrite + Unpin + Send> Wire for W {}

pub struct NextHop {
    pub port: u16,
    pub seen: Arc<Mutex<Vec<Seen>>>,
    pub script: Arc<Mutex<Script>>,
}

impl NextHop {
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new(script));
        let (all, scripts) = (Arc::clone(&seen), Arc::clone(&script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let script = scripts.lock().unwrap().clone();
                tokio::spawn(talk(Box::new(stream), script, Arc::clone(&all)));
            }
        });
        Self { port, seen, script }
    }
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
    pub fn whole(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.whole).collect()
    }
}

async fn talk(wire: Box<dyn Wire>, script: Script, all: Arc<Mutex<Vec<Seen>>>) -> Option<()> {
    let mut stream = BufReader::new(wire);
    let answer = |command: &str| {
        let fitting = script.answers.iter().find(|(start, _)| command.starts_with(start));
        fitting.map(|(_, answer)| (*answer).to_owned())
    };
    say(&mut stream, &answer("CONNECT").unwrap_or("220 next.example ESMTP".into())).await?;
    let mut seen = Seen::default();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        let command = line.to_uppercase();
        let scripted = answer(&command);
        let good = scripted.as_ref().is_none_or(|answer| answer.starts_with(['2', '3']));
        let plain = match command.split([' ', ':']).next().unwrap() {
            "EHLO" => {
                let keywords: String = script.offers.iter().map(|offer| ["\r\n250-", offer].concat()).collect();
                format!("250-next.example{keywords}\r\n250 HELP")
            }
            "STARTTLS" if good => {
                say(&mut stream, scripted.as_deref().unwrap_or("220 go")).await?;
                let acceptor = tokio_rustls::TlsAcceptor::from(script.tls.clone()?);
                let encrypted: Box<dyn Wire> = Box::new(acceptor.accept(stream.into_inner()).await.ok()?);
                stream = BufReader::new(encrypted);
                seen.encrypted = true;
                continue;
            }
            "MAIL" => {
                seen = Seen { mail: line.split_at(10).1.to_owned(), encrypted: seen.encrypted, ..Seen::default() };
                "250 2.1.0 ok".into()
            }
            "RCPT" => {
                if good {
                    seen.recipients.push(line.split_at(8).1.to_owned());
                }
                "250 2.1.5 ok".into()
            }
            "DATA" if good => {
                say(&mut stream, scripted.as_deref().unwrap_or("354 go")).await?;
                let whole = read_data(&mut stream, &mut seen.content, script.closes_after).await;
                seen.whole = whole.is_some();
                finish(&answer, &mut seen, &all);
                whole?;
                say(&mut stream, &answer("END").unwrap_or("250 2.0.0 queued".into())).await?;
                continue;
            }
            "BDAT" => {
                let length: usize = command.split(' ').nth(1)?.parse().ok()?;
                let mut chunk = vec![0; length];
                stream.read_exact(&mut chunk).await.ok()?;
                seen.content.extend(chunk);
                if script.closes_after.is_some_and(|most| seen.content.len() > most) {
                    finish(&answer, &mut seen, &all);
                    return None;
                }
                if command.ends_with("LAST") {
                    seen.whole = true;
                    finish(&answer, &mut seen, &all);
                    answer("END").unwrap_or("250 2.0.0 queued".into())
                } else {
                    "250 more".into()
                }
            }
            _ => "250 ok".into(),
        };
        say(&mut stream, &scripted.unwrap_or(plain)).await?;
        if command == "QUIT" {
            return None;
        }
    }
}

/// What was refused at the end was not taken.
fn finish(answer: &impl Fn(&str) -> Option<String>, seen: &mut Seen, all: &Mutex<Vec<Seen>>) {
    seen.whole &= answer("END").is_none_or(|answer| answer.starts_with('2') || answer == "close");
    all.lock().unwrap().push(seen.clone());
}

async fn say(stream: &mut BufReader<Box<dyn Wire>>, answer: &str) -> Option<()> {
    match answer {
        "close" => return None,
        "hang" => std::future::pending::<()>().await,
        _ => {}
    }
    stream.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    stream.get_mut().flush().await.ok()
}

/// Reads content as RFC 5321 says: only CRLF ends a line, one dot is taken off.
async fn read_data(stream: &mut BufReader<Box<dyn Wire>>, content: &mut Vec<u8>, most: Option<usize>) -> Option<()> {
    let mut line = Vec::new();
    loop {
        if stream.read_until(b'\n', &mut line).await.ok()? == 0 || most.is_some_and(|most| content.len() > most) {
            return None;
        }
        if !line.ends_with(b"\r\n") {
            continue;
        }
        if line == b".\r\n" {
            return Some(());
        }
        content.extend(line.strip_prefix(b".").unwrap_or(&line));
        line.clear();
    }
}
