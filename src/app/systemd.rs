//! What systemd hands over before exeat begins, and what it wants to hear: sockets that are open already
//! (`exeat.socket`), that exeat is ready, that it still lives, that it stops. Without systemd nothing happens here.

use listenfd::ListenFd;
use sd_notify::NotifyState;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::Path;
use tokio::sync::watch;

/// Sockets that were open before exeat began: a restart then turns nobody away. Each is known by its address,
/// which the settings name too.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    tcp: Vec<TcpListener>,
    unix: Vec<UnixListener>,
}

impl Sockets {
    /// Takes all of them, so that no worker process inherits one.
    pub(super) fn handed_over() -> io::Result<Self> {
        let mut given = ListenFd::from_env();
        let mut sockets = Self::default();
        for number in 0..given.len() {
            if let Ok(taken) = given.take_tcp_listener(number) {
                sockets.tcp.extend(taken);
            } else {
                sockets.unix.extend(given.take_unix_listener(number)?);
            }
        }
        Ok(sockets)
    }

    /// The socket at a TCP address.
    pub(super) fn tcp(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let here = |socket: &TcpListener| socket.local_addr().is_ok_and(|found| found == address);
        self.tcp.iter().position(here).map(|place| self.tcp.swap_remove(place))
    }

    /// The socket at a path.
    pub(super) fn unix(&mut self, path: &Path) -> Option<UnixListener> {
        let here = |socket: &UnixListener| socket.local_addr().is_ok_and(|found| found.as_pathname() == Some(path));
        self.unix.iter().position(here).map(|place| self.unix.swap_remove(place))
    }

    /// Where those are that nobody has taken. Whoever connects there would wait for ever.
    pub(super) fn left(&self) -> Vec<String> {
        let tcp = self.tcp.iter().map(|socket| match socket.local_addr() {
            Ok(address) => format!("inet:{address}"),
            Err(error) => error.to_string(),
        });
        let unix = self.unix.iter().map(|socket| match socket.local_addr() {
            Ok(address) => {
                format!("unix:{}", address.as_pathname().map_or_else(String::new, |path| path.display().to_string()))
            }
            Err(error) => error.to_string(),
        });
        tcp.chain(unix).collect()
    }
}

/// Says that mail can come. That nobody hears it is no fault.
pub(super) fn ready() {
    let _ = sd_notify::notify(&[NotifyState::Ready]);
}

/// Says that no more mail is taken.
pub(super) fn stopping() {
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
}

/// Says twice in each `WatchdogSec=` that tasks still get their turn. Where they do not, systemd starts exeat anew.
pub(super) async fn keep_alive(mut stopped: watch::Receiver<bool>) {
    let Some(within) = sd_notify::watchdog_enabled() else { return };
    let mut beat = tokio::time::interval(within / 2);
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            _ = beat.tick() => { let _ = sd_notify::notify(&[NotifyState::Watchdog]); }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_known_by_its_address() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("milter.sock");
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        let mut sockets = Sockets { tcp: vec![tcp], unix: vec![UnixListener::bind(&path).unwrap()] };
        assert_eq!(sockets.left(), [format!("inet:{address}"), format!("unix:{}", path.display())]);
        assert!(sockets.tcp("127.0.0.1:1".parse().unwrap()).is_none());
        assert!(sockets.unix(&folder.path().join("other.sock")).is_none());
        assert!(sockets.unix(&path).is_some());
        assert!(sockets.tcp(address).is_some());
        assert!(sockets.tcp(address).is_none());
        assert!(sockets.left().is_empty());
    }
}
