//! The milter sockets, the status page, and the port that released mail goes to.

use super::Line;
use crate::config::Config;
use crate::courier::{Connection, Mode, Offers, Target};
use crate::milter::wire::{Actions, Command, Offer, Protocol, Reply, VERSION};
use crate::milter::{Listen, SocketAddress};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

/// Whoever is well answers at once.
const LIMIT: Duration = Duration::from_secs(5);

/// Each milter socket: connect and negotiate as a relay does.
pub(super) async fn milter_sockets(config: &Config) -> Vec<Line> {
    let mut lines = Vec::new();
    for listen in &config.milter.listen {
        let name = format!("{} ({})", written(&listen.socket), listen.name);
        lines.push(match timeout(LIMIT, negotiate(listen)).await {
            Ok(Ok(version)) => Line::ok("socket", format!("{name} answers, protocol version {version}")),
            Ok(Err(why)) => {
                Line::wrong("socket", format!("{name}: {why}"), "start exeat (systemctl start exeat) and see its log")
            }
            Err(_) => Line::wrong(
                "socket",
                format!("{name} does not answer in time"),
                "see exeat's log and its connections limit",
            ),
        });
    }
    lines
}

/// A socket as Postfix writes it.
pub(super) fn written(socket: &SocketAddress) -> String {
    match socket {
        SocketAddress::Inet(address) => format!("inet:{address}"),
        SocketAddress::Unix(path) => format!("unix:{}", path.display()),
    }
}

async fn negotiate(listen: &Listen) -> Result<u32, String> {
    match &listen.socket {
        SocketAddress::Inet(address) => {
            offer(TcpStream::connect(address).await.map_err(|error| error.to_string())?).await
        }
        SocketAddress::Unix(path) => offer(UnixStream::connect(path).await.map_err(|error| error.to_string())?).await,
    }
}

async fn offer(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<u32, String> {
    let offer = Offer { version: VERSION, actions: Actions(0x1ff), protocol: Protocol(0x1f_ffff) };
    let mut bytes = Vec::new();
    Command::Negotiate(offer).encode(&mut bytes);
    stream.write_all(&bytes).await.map_err(|error| error.to_string())?;
    let not_a_milter = || "whoever listens there is not a milter".to_owned();
    let length = stream.read_u32().await.map_err(|_| not_a_milter())?;
    if !(1..=64 << 10).contains(&length) {
        return Err(not_a_milter());
    }
    let mut answer = Vec::new();
    (&mut stream).take(u64::from(length)).read_to_end(&mut answer).await.map_err(|_| not_a_milter())?;
    let (letter, data) = answer.split_first().ok_or_else(not_a_milter)?;
    let Ok(Reply::Negotiate { offer, .. }) = Reply::decode(*letter, data) else { return Err(not_a_milter()) };
    let mut bytes = Vec::new();
    Command::Quit.encode(&mut bytes);
    // It has said what we wanted to know; whether it hears goodbye does not matter.
    drop(stream.write_all(&bytes).await);
    Ok(offer.version)
}

/// What exeat says of itself.
pub(super) async fn ready(config: &Config) -> Line {
    match timeout(LIMIT, crate::cli::page(config.http, "/readyz")).await {
        Ok(Ok((200, _))) => Line::ok("ready", format!("http://{}/readyz says ready", config.http)),
        Ok(Ok((code, text))) => Line::wrong(
            "ready",
            format!("http://{}/readyz says {code}: {}", config.http, text.trim()),
            "mend what it names",
        ),
        Ok(Err(error)) => Line::warn("ready", format!("http://{}/readyz: {error}", config.http), "start exeat"),
        Err(_) => {
            Line::warn("ready", format!("http://{}/readyz does not answer in time", config.http), "see exeat's log")
        }
    }
}

/// The port that released mail and notices go to: what it offers, and what mail would be turned back for.
pub(super) async fn release_port(config: &Config) -> Vec<Line> {
    let name = match &config.courier.release {
        Target::Inet(host, port) => format!("inet:{host}:{port}"),
        Target::Unix(path) => format!("unix:{}", path.display()),
    };
    let mut settings = config.courier.clone();
    settings.reply_timeout = settings.reply_timeout.min(LIMIT);
    let connection = match Connection::open(&settings).await {
        Ok(connection) => connection,
        Err(trouble) => {
            let to_do = "add the release service to the relay (deploy/postfix) and mend [courier]";
            return vec![Line::wrong("release", format!("{name}: {trouble}"), to_do)];
        }
    };
    let (offers, verified) = (connection.offers, connection.verified);
    connection.quit().await;
    let encrypted = if verified { ", encrypted and verified" } else { "" };
    let mut lines = vec![Line::ok("release", format!("{name} takes mail{encrypted}; it offers {}", offered(offers)))];
    let lacking = lacking(offers);
    if !lacking.is_empty() {
        lines.push(Line::warn(
            "release",
            format!("{name} lacks {}", lacking.join(", ")),
            "released mail that needs it is returned to its sender; let the relay offer it",
        ));
    }
    let local = match &config.courier.release {
        Target::Unix(_) => true,
        Target::Inet(host, _) => {
            host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    };
    if !local && (!offers.start_tls && !verified || settings.tls.mode == Mode::Never) {
        let to_do = "[courier] tls = \"verified\" and a relay that offers STARTTLS";
        lines.push(Line::warn("release", format!("mail goes to {name} over the network unencrypted"), to_do));
    }
    lines
}

const fn known(offers: Offers) -> [(&'static str, bool); 4] {
    [("8BITMIME", offers.eight_bit), ("SMTPUTF8", offers.utf8), ("DSN", offers.dsn), ("SIZE", offers.size)]
}

fn offered(offers: Offers) -> String {
    let more = [("STARTTLS", offers.start_tls), ("CHUNKING", offers.chunking), ("REQUIRETLS", offers.require_tls)];
    let all: Vec<&str> =
        known(offers).into_iter().chain(more).filter(|(_, there)| *there).map(|(name, _)| name).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(" ") }
}

fn lacking(offers: Offers) -> Vec<&'static str> {
    known(offers).into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_milter_answers_and_others_are_found_out() {
        for (answer, expected) in [
            (&b"\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\0\0\0"[..], Ok(6)),
            (b"220 mail.example ESMTP\r\n", Err(())),
            (b"\0\0\0\x01c", Err(())),
            (b"", Err(())),
        ] {
            let (ours, mut theirs) = tokio::io::duplex(1024);
            theirs.write_all(answer).await.unwrap();
            theirs.shutdown().await.unwrap();
            assert_eq!(offer(ours).await.map_err(|_| ()), expected, "{answer:?}");
        }
    }

    #[test]
    fn what_a_relay_lacks_is_named() {
        let offers = Offers { eight_bit: true, utf8: true, size: true, start_tls: true, ..Offers::default() };
        assert_eq!(lacking(offers), ["DSN"]);
        assert_eq!(offered(offers), "8BITMIME SMTPUTF8 SIZE STARTTLS");
        assert_eq!(offered(Offers::default()), "nothing");
    }
}
