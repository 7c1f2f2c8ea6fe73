//! The settings of the milter side: where it listens, and a limit for everything a peer can make
//! larger or slower.

use super::session::Limits;
use serde::{Deserialize, Deserializer};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The section `[milter]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where relays connect.
    pub listen: Vec<Listen>,
    /// Connections at one time; one more is closed at once.
    pub connections: usize,
    /// The longest packet.
    pub packet_bytes: usize,
    /// Bytes of all header fields of a message.
    pub header_bytes: usize,
    /// Number of header fields of a message.
    pub header_count: usize,
    /// Recipients of a message.
    pub recipients: usize,
    /// Bytes of all addresses of a message with their arguments.
    pub envelope_bytes: usize,
    /// Bytes of all macros of a connection at one time.
    pub macro_bytes: usize,
    /// Bytes of a message.
    pub message_bytes: u64,
    /// Messages up to this size stay in memory while the byte budget allows; larger ones go to a file.
    pub memory_bytes: u64,
    /// How long a connection may be silent between messages. Relays keep theirs for 300 s and more.
    #[serde(deserialize_with = "duration")]
    pub idle_timeout: Duration,
    /// How long a packet, or the next one inside a message, may take to arrive.
    #[serde(deserialize_with = "duration")]
    pub command_timeout: Duration,
    /// How long the peer may take to accept our reply.
    #[serde(deserialize_with = "duration")]
    pub reply_timeout: Duration,
    /// How long the judge may take; then the message is refused for now. Relays wait 300 s.
    #[serde(deserialize_with = "duration")]
    pub judge_timeout: Duration,
    /// How often the relay hears that we are still at it.
    #[serde(deserialize_with = "duration")]
    pub progress_interval: Duration,
    /// How long messages that are in flight may take when the program is to end.
    #[serde(deserialize_with = "duration")]
    pub shutdown_grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            connections: 1000,
            packet_bytes: 1 << 20,
            header_bytes: 1 << 20,
            header_count: 20_000,
            recipients: 5_000,
            envelope_bytes: 1 << 20,
            macro_bytes: 64 << 10,
            message_bytes: 150 << 20,
            memory_bytes: 1 << 20,
            idle_timeout: Duration::from_mins(15),
            command_timeout: Duration::from_mins(1),
            reply_timeout: Duration::from_mins(1),
            judge_timeout: Duration::from_mins(4),
            progress_interval: Duration::from_secs(5),
            shutdown_grace: Duration::from_secs(30),
        }
    }
}

impl Settings {
    /// The limits of one message.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        Limits {
            header_bytes: self.header_bytes,
            header_count: self.header_count,
            recipients: self.recipients,
            envelope_bytes: self.envelope_bytes,
            macro_bytes: self.macro_bytes,
            message_bytes: self.message_bytes,
        }
    }
}

/// One socket relays connect to: `[[milter.listen]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// A name of ours for it; rules speak of it.
    pub name: String,
    /// `inet:host:port` or `unix:/path`.
    pub socket: SocketAddress,
    /// Rights of a Unix socket; the relay's user must be able to write it.
    #[serde(default = "group_may_write")]
    pub mode: u32,
}

const fn group_may_write() -> u32 {
    0o660
}

/// Where a socket is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum SocketAddress {
    /// TCP: an address and a port.
    Inet(SocketAddr),
    /// A path.
    Unix(PathBuf),
}

impl TryFrom<String> for SocketAddress {
    type Error = String;

    fn try_from(written: String) -> Result<Self, Self::Error> {
        let wanted = "a socket is written `inet:127.0.0.1:8894`, `inet:[::1]:8894` or `unix:/run/exeat/milter.sock`";
        if let Some(path) = written.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            return if path.is_absolute() { Ok(Self::Unix(path)) } else { Err(wanted.to_owned()) };
        }
        let address = written.strip_prefix("inet:").ok_or_else(|| wanted.to_owned())?;
        let address = address.strip_prefix("localhost:").map_or(address.to_owned(), |port| format!("127.0.0.1:{port}"));
        address.parse().map(Self::Inet).map_err(|_| wanted.to_owned())
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a time such as \"5s\", \"2m\" or \"1h 30m\", or a number of seconds")]
enum Written {
    Seconds(u64),
    Words(jiff::SignedDuration),
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let duration = match Written::deserialize(deserializer)? {
        Written::Seconds(seconds) => Duration::from_secs(seconds),
        Written::Words(words) => Duration::try_from(words).unwrap_or_default(),
    };
    if duration.is_zero() {
        return Err(serde::de::Error::custom("this time must be longer than nothing"));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_written() {
        let text = r#"
            connections = 7
            idle_timeout = "20m"
            command_timeout = 90
            judge_timeout = "1m 30s"
            [[listen]]
            name = "main"
            socket = "unix:/run/exeat/milter.sock"
            mode = 0o666
            [[listen]]
            name = "cloud"
            socket = "inet:[::1]:8894"
            [[listen]]
            name = "local"
            socket = "inet:localhost:8895"
        "#;
        let settings: Settings = toml::from_str(text).unwrap();
        let wanted = Settings {
            connections: 7,
            idle_timeout: Duration::from_mins(20),
            command_timeout: Duration::from_secs(90),
            judge_timeout: Duration::from_secs(90),
            listen: vec![
                Listen {
                    name: "main".into(),
                    socket: SocketAddress::Unix("/run/exeat/milter.sock".into()),
                    mode: 0o666,
                },
                Listen {
                    name: "cloud".into(),
                    socket: SocketAddress::Inet("[::1]:8894".parse().unwrap()),
                    mode: 0o660,
                },
                Listen {
                    name: "local".into(),
                    socket: SocketAddress::Inet("127.0.0.1:8895".parse().unwrap()),
                    mode: 0o660,
                },
            ],
            ..Settings::default()
        };
        assert_eq!(settings, wanted);
        assert_eq!(toml::from_str::<Settings>("").unwrap(), Settings::default());
    }

    #[test]
    fn says_what_is_wrong() {
        let table = [
            ("conections = 7", "unknown field `conections`"),
            ("idle_timeout = \"soon\"", "a time such as"),
            ("idle_timeout = 0", "longer than nothing"),
            ("idle_timeout = \"-5s\"", "longer than nothing"),
            ("listen = [{ name = \"a\", socket = \"8894\" }]", "a socket is written"),
            ("listen = [{ name = \"a\", socket = \"unix:relative\" }]", "a socket is written"),
            ("listen = [{ name = \"a\", socket = \"inet:relay.example:8894\" }]", "a socket is written"),
            ("listen = [{ name = \"a\" }]", "missing field `socket`"),
        ];
        for (text, wanted) in table {
            let problem = toml::from_str::<Settings>(text).unwrap_err().to_string();
            assert!(problem.contains(wanted), "{text}: {problem}");
        }
    }
}
