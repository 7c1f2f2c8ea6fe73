//! Speaks SMTP to the next hop, command by command, each with a time limit.

use super::envelope::{Offers, Unfit};
use super::reply::{self, NoReply, Reply};
use super::settings::{Settings, Target};
use super::tls::Mode;
use crate::store::StoreError;
use std::future::Future;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

/// A stream of any kind.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Why it did not go out, without anybody's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// SMTP code, 0 where the next hop gave none.
    pub code: u16,
    /// Enhanced code, empty where there was none.
    pub enhanced: String,
    /// What it was.
    pub kind: TroubleKind,
}

/// What kept a message from going out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// The next hop said so.
    Refused,
    /// The next hop could not be reached.
    Unreachable,
    /// It did not answer in time.
    Slow,
    /// It closed the connection.
    Closed,
    /// It said something that is not SMTP.
    Garbage,
    /// Encryption was required and did not come about.
    Tls,
    /// It lacks an extension this message needs.
    Lacks(&'static str),
    /// REQUIRETLS was asked for and its certificate is not verified.
    NotVerified,
    /// An address or parameter cannot be written in SMTP.
    Address,
    /// The kept content does not open.
    Broken,
    /// The store could not be read.
    Store,
}

impl Trouble {
    /// A trouble of our own, not said by the next hop.
    #[must_use]
    pub const fn ours(kind: TroubleKind) -> Self {
        Self { code: 0, enhanced: String::new(), kind }
    }

    /// What the next hop said.
    #[must_use]
    pub fn said(reply: &Reply) -> Self {
        Self { code: reply.code, enhanced: reply.enhanced(), kind: TroubleKind::Refused }
    }

    /// Trying again is no use.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self.kind {
            TroubleKind::Refused => self.code / 100 == 5,
            TroubleKind::Lacks(_) | TroubleKind::NotVerified | TroubleKind::Address | TroubleKind::Broken => true,
            TroubleKind::Unreachable
            | TroubleKind::Slow
            | TroubleKind::Closed
            | TroubleKind::Garbage
            | TroubleKind::Tls
            | TroubleKind::Store => false,
        }
    }
}

impl From<NoReply> for Trouble {
    fn from(none: NoReply) -> Self {
        Self::ours(match none {
            NoReply::Closed => TroubleKind::Closed,
            NoReply::Garbage => TroubleKind::Garbage,
        })
    }
}

impl From<Unfit> for Trouble {
    fn from(unfit: Unfit) -> Self {
        Self::ours(match unfit {
            Unfit::Lacks(what) => TroubleKind::Lacks(what),
            Unfit::NotVerified => TroubleKind::NotVerified,
            Unfit::Address => TroubleKind::Address,
        })
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::ours(match error {
            StoreError::Corrupt { .. } => TroubleKind::Broken,
            _ => TroubleKind::Store,
        })
    }
}

/// A connection that has said hello.
pub struct Connection {
    stream: BufReader<Box<dyn Stream>>,
    limit: Duration,
    /// What the next hop offers.
    pub offers: Offers,
    /// It is encrypted and the certificate was checked.
    pub verified: bool,
}

/// Anything that takes too long is a trouble.
async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, Trouble> {
    timeout(limit, work).await.map_err(|_| Trouble::ours(TroubleKind::Slow))
}

async fn dial(target: &Target) -> std::io::Result<Box<dyn Stream>> {
    Ok(match target {
        Target::Unix(path) => Box::new(UnixStream::connect(path).await?),
        Target::Inet(host, port) => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            stream.set_nodelay(true)?;
            Box::new(stream)
        }
    })
}

impl Connection {
    /// Connects, says hello, encrypts.
    ///
    /// # Errors
    /// The next hop cannot be reached, does not want us, or encryption does not come about.
    pub async fn open(settings: &Settings) -> Result<Self, Trouble> {
        match Self::open_as(settings, settings.tls.mode).await {
            // Where encryption is a courtesy, a next hop that fails at it is not worth a delay.
            Err(trouble) if settings.tls.mode == Mode::Offered && trouble.kind == TroubleKind::Tls => {
                Self::open_as(settings, Mode::Never).await
            }
            outcome => outcome,
        }
    }

    async fn open_as(settings: &Settings, mode: Mode) -> Result<Self, Trouble> {
        let limit = settings.reply_timeout;
        let dialed = within(limit, dial(&settings.release)).await?;
        let stream = dialed.map_err(|_| Trouble::ours(TroubleKind::Unreachable))?;
        let stream = BufReader::new(stream);
        let mut connection = Self { stream, limit, offers: Offers::default(), verified: false };
        connection.wait_for(2).await?;
        connection.hello(&settings.helo).await?;
        if mode == Mode::Never || (mode == Mode::Offered && !connection.offers.start_tls) {
            return Ok(connection);
        }
        if !connection.offers.start_tls {
            return Err(Trouble::ours(TroubleKind::Tls));
        }
        connection.encrypt(settings).await
    }

    async fn encrypt(mut self, settings: &Settings) -> Result<Self, Trouble> {
        self.command("STARTTLS", 2).await.map_err(|_| Trouble::ours(TroubleKind::Tls))?;
        // Bytes sent behind the answer came in the clear: whoever sent them wants them taken for encrypted ones.
        if !self.stream.buffer().is_empty() {
            return Err(Trouble::ours(TroubleKind::Garbage));
        }
        let connector = tokio_rustls::TlsConnector::from(settings.tls.config.clone());
        let shaken = within(self.limit, connector.connect(settings.tls.name.clone(), self.stream.into_inner())).await?;
        let stream: Box<dyn Stream> = Box::new(shaken.map_err(|_| Trouble::ours(TroubleKind::Tls))?);
        let verified = settings.tls.mode == Mode::Verified;
        let mut connection =
            Self { stream: BufReader::new(stream), limit: self.limit, offers: Offers::default(), verified };
        connection.hello(&settings.helo).await?;
        Ok(connection)
    }

    async fn hello(&mut self, name: &str) -> Result<(), Trouble> {
        let reply = self.say(&format!("EHLO {name}")).await?;
        if reply.is_ok() {
            self.offers = Offers::read(&reply.lines);
            return Ok(());
        }
        if !reply.is_final() {
            return Err(Trouble::said(&reply));
        }
        self.offers = Offers::default();
        self.command(&format!("HELO {name}"), 2).await
    }

    /// Says a command and reads the answer, whatever it is.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn say(&mut self, command: &str) -> Result<Reply, Trouble> {
        self.send(format!("{command}\r\n").as_bytes()).await?;
        self.answer().await
    }

    /// Says a command that must be answered by a code of this hundred.
    ///
    /// # Errors
    /// It was answered otherwise, or not at all.
    pub async fn command(&mut self, command: &str, hundred: u16) -> Result<(), Trouble> {
        let reply = self.say(command).await?;
        if reply.code / 100 == hundred { Ok(()) } else { Err(Trouble::said(&reply)) }
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// There is none.
    pub async fn answer(&mut self) -> Result<Reply, Trouble> {
        Ok(within(self.limit, reply::read(&mut self.stream)).await??)
    }

    async fn wait_for(&mut self, hundred: u16) -> Result<(), Trouble> {
        let reply = self.answer().await?;
        if reply.code / 100 == hundred { Ok(()) } else { Err(Trouble::said(&reply)) }
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// The connection ended or the next hop does not read.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let stream = self.stream.get_mut();
        let sending = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        within(self.limit, sending).await?.map_err(|_| Trouble::ours(TroubleKind::Closed))
    }

    /// Says goodbye, if the next hop still listens; a short wait is enough.
    pub async fn quit(mut self) {
        self.limit = self.limit.min(Duration::from_secs(5));
        drop(self.say("QUIT").await);
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = match self.kind {
            TroubleKind::Refused => "the next hop refused it",
            TroubleKind::Unreachable => "the next hop cannot be reached",
            TroubleKind::Slow => "the next hop did not answer in time",
            TroubleKind::Closed => "the next hop closed the connection",
            TroubleKind::Garbage => "the next hop does not speak SMTP",
            TroubleKind::Tls => "encryption was required and did not come about",
            TroubleKind::Lacks(extension) => return write!(f, "the next hop lacks {extension}"),
            TroubleKind::NotVerified => "the next hop's certificate is not verified",
            TroubleKind::Address => "an address cannot be written in SMTP",
            TroubleKind::Broken => "the kept content does not open",
            TroubleKind::Store => "the store could not be read",
        };
        f.write_str(words)?;
        if self.code > 0 {
            write!(f, " ({} {})", self.code, self.enhanced)?;
        }
        Ok(())
    }
}
