//! The sockets relays connect to.

use super::super::settings::{Listen, SocketAddress};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

/// A socket relays connect to. The path of a Unix socket that is our own goes with it.
#[derive(Debug)]
pub struct Listener {
    name: String,
    bound: Bound,
    path: Option<PathBuf>,
}

#[derive(Debug)]
enum Bound {
    Inet(TcpListener),
    Unix(UnixListener),
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Listener {
    /// Binds the socket. A Unix socket that a dead program left behind is replaced.
    ///
    /// # Errors
    /// The address is in use, the path cannot be written, and so on.
    pub async fn bind(listen: &Listen) -> io::Result<Self> {
        let name = listen.name.clone();
        match &listen.socket {
            SocketAddress::Inet(address) => {
                Ok(Self { name, bound: Bound::Inet(TcpListener::bind(address).await?), path: None })
            }
            SocketAddress::Unix(path) => {
                remove_stale(path)?;
                let bound = Bound::Unix(UnixListener::bind(path)?);
                let listener = Self { name, bound, path: Some(path.clone()) };
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(listen.mode & 0o777))?;
                Ok(listener)
            }
        }
    }

    /// Takes a TCP socket that somebody else opened and listens on.
    ///
    /// # Errors
    /// It cannot be used without blocking.
    pub fn adopt_inet(listen: &Listen, socket: std::net::TcpListener) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { name: listen.name.clone(), bound: Bound::Inet(TcpListener::from_std(socket)?), path: None })
    }

    /// Takes a Unix socket that somebody else opened; its path and rights are that one's too.
    ///
    /// # Errors
    /// It cannot be used without blocking.
    pub fn adopt_unix(listen: &Listen, socket: std::os::unix::net::UnixListener) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { name: listen.name.clone(), bound: Bound::Unix(UnixListener::from_std(socket)?), path: None })
    }

    /// The listener's name in the settings.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The TCP address, with the port the system chose where the settings say 0.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.bound {
            Bound::Inet(listener) => listener.local_addr().ok(),
            Bound::Unix(_) => None,
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Socket> {
        match &self.bound {
            Bound::Inet(listener) => {
                let (stream, _) = listener.accept().await?;
                // Without it a reply in two writes waits for the relay's delayed acknowledgement.
                stream.set_nodelay(true)?;
                Ok(Socket::Tcp(stream))
            }
            Bound::Unix(listener) => Ok(Socket::Unix(listener.accept().await?.0)),
        }
    }
}

/// Removes a socket nobody listens on. Anything else at the path stays, and binding says so.
fn remove_stale(path: &Path) -> io::Result<()> {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    if !is_socket {
        return Ok(());
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        _ => Ok(()),
    }
}

/// A connection of either kind.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    /// Reads what is there into the free capacity of `buffer`; 0 at the end. May be dropped while it waits.
    pub(super) async fn read(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read_buf(buffer).await,
            Self::Unix(stream) => stream.read_buf(buffer).await,
        }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes).await,
            Self::Unix(stream) => stream.write_all(bytes).await,
        }
    }

    /// Acknowledges at once what was read. Where there is no reply to carry the acknowledgement the
    /// system would wait 40 ms with it, and a relay that writes in small pieces waits as long. The
    /// option does not last: it is set after every read.
    pub(super) fn acknowledge(&self) {
        if let Self::Tcp(stream) = self {
            let _ = rustix::net::sockopt::set_tcp_quickack(stream, true);
        }
    }
}
