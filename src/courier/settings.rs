//! The settings of the courier, as written and as meant.

use super::tls::{self, Tls};
use crate::problem::Problem;
use jiff::SignedDuration;
use std::path::PathBuf;
use std::time::Duration;

/// The settings as a config file writes them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    /// Where released mail and notices are handed in: `inet:HOST:PORT` or `unix:PATH`.
    pub release: String,
    /// Our name in HELO and Received; empty: this machine's name.
    pub helo: String,
    /// `never`, `offered` (used where offered, certificate not checked), `required`, `verified`.
    pub tls: tls::Mode,
    /// The name the next hop's certificate must bear; empty: the host of `release`.
    pub tls_name: String,
    /// Certificates (PEM) that may sign the next hop's; none: those of the public web.
    pub tls_roots: Option<PathBuf>,
    /// Our own certificate (PEM, with its chain), where the next hop asks for one.
    pub tls_certificate: Option<PathBuf>,
    /// Its key (PEM).
    pub tls_key: Option<PathBuf>,
    /// Messages a minute.
    pub per_minute: u32,
    /// How long a message is tried.
    pub give_up_after: SignedDuration,
    /// Most notices to one address an hour; the last is a summary.
    pub notices_per_hour: u32,
    /// How long a notice waits for other copies of its message.
    pub settle: SignedDuration,
    /// How long to wait for a reply of the next hop.
    pub reply_timeout: SignedDuration,
    /// Mark what is sent, so that a milter on the same port lets it pass.
    pub one_port: bool,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            release: "inet:127.0.0.1:10027".to_owned(),
            helo: String::new(),
            tls: tls::Mode::Offered,
            tls_name: String::new(),
            tls_roots: None,
            tls_certificate: None,
            tls_key: None,
            per_minute: 30,
            give_up_after: SignedDuration::from_hours(5 * 24),
            notices_per_hour: 10,
            settle: SignedDuration::from_secs(60),
            reply_timeout: SignedDuration::from_mins(5),
            one_port: false,
        }
    }
}

/// Where mail is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Host name or address, and port.
    Inet(String, u16),
    /// A Unix socket.
    Unix(PathBuf),
}

impl Target {
    /// Reads `inet:HOST:PORT` or `unix:PATH`.
    #[must_use]
    pub fn read(written: &str) -> Option<Self> {
        if let Some(path) = written.strip_prefix("unix:") {
            return (!path.is_empty()).then(|| Self::Unix(PathBuf::from(path)));
        }
        let (host, port) = written.strip_prefix("inet:")?.rsplit_once(':')?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = port.parse().ok().filter(|port| *port != 0)?;
        (!host.is_empty()).then(|| Self::Inet(host.to_owned(), port))
    }
}

/// The settings as meant.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where mail is handed in.
    pub release: Target,
    /// Our name.
    pub helo: String,
    /// Encryption.
    pub tls: Tls,
    /// Messages a minute.
    pub per_minute: u32,
    /// How long a message is tried.
    pub give_up_after: SignedDuration,
    /// Most notices to one address an hour.
    pub notices_per_hour: u32,
    /// How long a notice waits for other copies of its message.
    pub settle: SignedDuration,
    /// How long to wait for a connection and for each reply.
    pub reply_timeout: Duration,
    /// Mark what is sent.
    pub one_port: bool,
    /// How long a claim holds; an attempt is broken off a minute (or a tenth) before.
    pub lease: SignedDuration,
    /// Waits between attempts; the last repeats.
    pub back_off: Vec<SignedDuration>,
    /// How often to look for what other processes released.
    pub poll: Duration,
}

impl Written {
    /// Checks what was written in `file`. Warnings are among the problems; `None` where it cannot be used.
    pub fn check(self, file: &str, problems: &mut Vec<Problem>) -> Option<Settings> {
        let mut sound = true;
        let mut wrong = |what: &str, written: String, right: &str| {
            sound = false;
            problems.push(Problem::new(file, None, what).written(written).right(right));
        };
        let release = Target::read(&self.release);
        if release.is_none() {
            let right = "inet:127.0.0.1:10027 or unix:/run/relay/release";
            wrong("courier.release names no port or socket", self.release.clone(), right);
        }
        let helo = if self.helo.is_empty() { machine_name() } else { self.helo.clone() };
        if !helo.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-[]:".contains(&byte)) {
            wrong("courier.helo is not a host name", helo.clone(), "the name the relay knows this machine by");
        }
        for (name, value) in [("per_minute", self.per_minute), ("notices_per_hour", self.notices_per_hour)] {
            if value == 0 {
                wrong(&format!("courier.{name} is zero, so nothing would ever be sent"), "0".into(), "at least 1");
            }
        }
        for (name, value, least) in [
            ("give_up_after", self.give_up_after, SignedDuration::from_hours(1)),
            ("settle", self.settle, SignedDuration::ZERO),
            ("reply_timeout", self.reply_timeout, SignedDuration::from_secs(1)),
        ] {
            if value < least {
                wrong(&format!("courier.{name} is too short"), format!("{value:#}"), &format!("at least {least:#}"));
            }
        }
        let alone = self.one_port || self.tls_certificate.is_some() || matches!(release, Some(Target::Unix(_)));
        if !alone {
            let what = "whoever reaches courier.release sends mail that is not checked";
            let right = "unix:PATH, or tls_certificate and tls_key with a port that asks for them";
            problems.push(Problem::new(file, None, what).written(&self.release).right(right).warning());
        }
        let tls = tls::read(&self, release.as_ref(), file, problems);
        let (Some(release), Some(tls), true) = (release, tls, sound) else { return None };
        Some(Settings {
            release,
            helo,
            tls,
            per_minute: self.per_minute,
            give_up_after: self.give_up_after,
            notices_per_hour: self.notices_per_hour,
            settle: self.settle,
            reply_timeout: self.reply_timeout.unsigned_abs(),
            one_port: self.one_port,
            lease: SignedDuration::from_mins(20),
            back_off: [1, 5, 15, 30, 60].map(SignedDuration::from_mins).to_vec(),
            poll: Duration::from_secs(2),
        })
    }
}

fn machine_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { "localhost".to_owned() } else { name }
}
