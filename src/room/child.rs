//! One worker process as the pool sees it: started, asked, watched, killed.

use crate::room::frames::{self, BadFrame, Bounds, HEAD, Head, Job, Kind, Lies, SMALL};
use crate::room::sandbox::{Guard, SandboxReport};
use crate::room::tray::Tray;
use crate::room::{Death, NotStarted, Observer, StartError, Step, worker};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use rustix::process::{Pid, Resource, Rlimit};
use std::fs::File;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::UnixStream;
use tokio::process::{Child as Process, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a worker may take to say that it is ready.
const START: Duration = Duration::from_secs(10);
/// Most answers fit this many bytes and are one read.
const ANSWER: usize = 32 << 10;
/// How long the system may take to end a process that hung up or was killed.
const END: Duration = Duration::from_secs(2);

/// Where streams lead that lead nowhere.
const NULL: &str = "/dev/null";

/// What to start, and who waits for it.
type Order = (Command, oneshot::Sender<io::Result<Process>>);

/// A thread that starts all processes of the room and does nothing else. They die with the *thread* that started
/// them, and the runtime's own threads come and go.
#[derive(Debug)]
pub struct Spawner {
    program: PathBuf,
    orders: mpsc::Sender<Order>,
}

impl Spawner {
    /// Starts the thread. `program` is this same program.
    ///
    /// # Errors
    /// No thread to be had.
    pub fn new(program: PathBuf) -> io::Result<Self> {
        let (orders, received) = mpsc::channel::<Order>();
        let runtime = tokio::runtime::Handle::current();
        std::thread::Builder::new().name("room-spawner".to_owned()).spawn(move || {
            let _inside = runtime.enter();
            for (mut command, order) in received {
                // Where nobody waits any more, the new process is dropped and so killed.
                drop(order.send(command.spawn()));
            }
        })?;
        Ok(Self { program, orders })
    }

    /// Starts this program with these arguments: without surroundings, without streams that lead anywhere but those
    /// that `connect` sets, and killed as soon as nobody holds it.
    ///
    /// # Errors
    /// It does not start.
    pub async fn spawn(&self, arguments: &[&str], connect: impl FnOnce(&mut Command)) -> Result<Process, NotStarted> {
        let mut command = Command::new(&self.program);
        command.args(arguments).env_clear().current_dir("/").kill_on_drop(true);
        // Opened here: the error of a start would not say that it was about this file.
        let null = File::options().read(true).write(true).open(NULL).map_err(NotStarted::at(Step::Null))?;
        let again = || null.try_clone().map(Stdio::from).map_err(NotStarted::at(Step::Null));
        command.stdin(again()?).stdout(again()?).stderr(null);
        connect(&mut command);
        let (order, started) = oneshot::channel();
        let gone = NotStarted(Step::Thread, io::ErrorKind::BrokenPipe);
        self.orders.send((command, order)).map_err(|_| gone)?;
        started.await.map_err(|_| gone)?.map_err(NotStarted::at(Step::Program))
    }

    async fn worker(&self) -> Result<(Process, UnixStream), NotStarted> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(NotStarted::at(Step::Socket))?;
        ours.set_nonblocking(true).map_err(NotStarted::at(Step::Socket))?;
        let ours = UnixStream::from_std(ours).map_err(NotStarted::at(Step::Socket))?;
        let connect = |command: &mut Command| {
            command.stdin(Stdio::from(OwnedFd::from(theirs)));
        };
        Ok((self.spawn(&[worker::ARGUMENT], connect).await?, ours))
    }
}

/// What a job may take.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// Processor time; the system counts it in whole seconds.
    pub processor: Duration,
    /// Time on the clock.
    pub wall: Duration,
    /// Processor time of the worker's whole life.
    pub life: Duration,
    /// Longest answer.
    pub answer: u32,
}

/// Where the message of a job is.
#[derive(Debug, Clone, Copy)]
pub enum Bytes<'a> {
    /// The job has none.
    None,
    /// Part of a message in memory: those that this worker has no tray for follow the job.
    Memory(Held<'a>),
    /// They are in this file.
    Spool(BorrowedFd<'a>),
}

/// A message in memory, and the part of it that a job is about.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// Which message it is: no other one has had this number.
    pub turn: u64,
    /// All of it.
    pub message: &'a [u8],
    /// What the job is about.
    pub part: &'a [u8],
}

/// Tells of a worker's beginning, and of its end whatever that is.
struct Alive(Arc<dyn Observer>);

impl Alive {
    fn begin(observer: &Arc<dyn Observer>) -> Self {
        observer.worker_started();
        Self(Arc::clone(observer))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.worker_ended();
    }
}

/// A worker process. Dropped, it is killed.
pub struct Child {
    process: Process,
    socket: UnixStream,
    /// What small messages are handed over on; `None` where the system gives none.
    tray: Option<Tray>,
    /// What holds it.
    pub report: SandboxReport,
    /// Jobs it has had.
    pub jobs: u32,
    /// Processor time it has had.
    pub processor: Duration,
    /// Time its jobs took on the clock: it has one thread, so its processor time is no more, whatever it says.
    wall: Duration,
    /// Where the system says how much memory it holds.
    statm: Option<File>,
    /// From when it is ready.
    alive: Option<Alive>,
}

impl Child {
    /// Starts a worker and waits until it has closed the door behind itself.
    ///
    /// # Errors
    /// It does not start, does not say it is ready, or lacks a guard that `allow` does not name.
    pub async fn start(
        spawner: &Spawner,
        bounds: &Bounds,
        allow: &[Guard],
        observer: &Arc<dyn Observer>,
    ) -> Result<Self, StartError> {
        let (process, socket) = spawner.worker().await?;
        let mut child = Self {
            process,
            socket,
            tray: Tray::new().ok(),
            report: SandboxReport::default(),
            jobs: 0,
            processor: Duration::ZERO,
            wall: Duration::ZERO,
            statm: None,
            alive: None,
        };
        match timeout(START, child.greet(bounds)).await {
            Ok(Ok(report)) => child.report = report,
            Ok(Err(_)) => return Err(StartError::Died(child.end().await)),
            Err(_) => return Err(StartError::Silent),
        }
        let beyond = child.report.beyond(allow);
        if !beyond.is_empty() {
            return Err(StartError::Weaker(beyond));
        }
        child.statm = child.process.id().and_then(|id| File::open(format!("/proc/{id}/statm")).ok());
        child.alive = Some(Alive::begin(observer));
        Ok(child)
    }

    async fn greet(&mut self, bounds: &Bounds) -> Result<SandboxReport, Broken> {
        let start = frames::small(Kind::Start, bounds).map_err(|_| Broken::Lie)?;
        let given = self.tray.as_ref().map(Tray::for_worker).transpose();
        if let Ok(Some(tray)) = given {
            let sent = self.send_with(&start, tray.as_fd()).await?;
            self.socket.write_all(start.get(sent..).unwrap_or_default()).await?;
        } else {
            self.tray = None;
            self.socket.write_all(&start).await?;
        }
        let mut head = [0; HEAD];
        self.socket.read_exact(&mut head).await?;
        let head = Head::decode(head, SMALL)?;
        let mut payload = vec![0; head.length as usize];
        self.socket.read_exact(&mut payload).await?;
        if head.kind != Kind::Hello {
            return Err(Broken::Lie);
        }
        Ok(frames::read(&payload)?)
    }

    /// Still there, as far as anybody knows.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Memory it holds now; `None` where the system does not say.
    #[must_use]
    pub fn memory(&self) -> Option<u64> {
        let mut text = [0; 64];
        let length = self.statm.as_ref()?.read_at(&mut text, 0).ok()?;
        let text = std::str::from_utf8(text.get(..length)?).ok()?;
        let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
        Some(pages.saturating_mul(rustix::param::page_size() as u64))
    }

    /// Where it will find these bytes.
    #[must_use]
    pub fn place_for(&self, bytes: &Bytes<'_>) -> Lies {
        match (bytes, &self.tray) {
            (Bytes::Spool(_), _) => Lies::InFile,
            (Bytes::Memory(held), Some(_)) if Tray::fits(held) => Lies::OnTray,
            _ => Lies::Behind,
        }
    }

    /// Gives it a job and waits for the answer. After a death the worker is gone.
    ///
    /// # Errors
    /// How it died, or why it had to be killed.
    pub async fn ask(&mut self, job: &Job, bytes: Bytes<'_>, may: &Allowance) -> Result<(Kind, Vec<u8>), Death> {
        self.jobs = self.jobs.saturating_add(1);
        let begun = Instant::now();
        // Where this fails, the worker is dead already, and talking to it says how it died.
        let _limited = self.limit(may);
        let talked = timeout(may.wall, self.talk(job, bytes, may.answer)).await;
        self.wall += begun.elapsed();
        match talked {
            Ok(Ok((head, payload))) => Ok((head.kind, payload)),
            Ok(Err(Broken::Silence)) => Err(self.end().await),
            Ok(Err(Broken::Lie)) => {
                self.kill().await;
                Err(Death::Malformed)
            }
            Err(_) => {
                self.kill().await;
                Err(Death::WallClock)
            }
        }
    }

    /// Believes what the worker says of its processor time as far as it can be true.
    pub fn used(&mut self, claimed: Duration) -> Duration {
        let before = self.processor;
        self.processor = claimed.min(self.wall + START).max(before);
        self.processor.saturating_sub(before)
    }

    /// Kills it and waits for its end.
    pub async fn kill(&mut self) {
        // Only a process that has ended already cannot be killed.
        let _killed = self.process.start_kill();
        let _ended = timeout(END, self.process.wait()).await;
    }

    /// Lets it use `may.processor` more than it has used so far.
    fn limit(&self, may: &Allowance) -> io::Result<()> {
        let pid = self.process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let pid = pid.ok_or(io::ErrorKind::NotFound)?;
        let used = self.processor + may.processor;
        let seconds = used.as_secs() + u64::from(used.subsec_nanos() > 0);
        let most = may.life.as_secs();
        let limit = Rlimit { current: Some(seconds.min(most)), maximum: Some(most) };
        rustix::process::prlimit(Some(pid), Resource::Cpu, limit)?;
        Ok(())
    }

    async fn talk(&mut self, job: &Job, bytes: Bytes<'_>, most: u32) -> Result<(Head, Vec<u8>), Broken> {
        let frame = frames::small(Kind::Job, job)?;
        match bytes {
            Bytes::Spool(file) => {
                let sent = self.send_with(&frame, file).await?;
                self.socket.write_all(frame.get(sent..).unwrap_or_default()).await?;
            }
            Bytes::None => self.socket.write_all(&frame).await?,
            Bytes::Memory(held) if self.place_for(&bytes) == Lies::OnTray => {
                if let Some(tray) = &mut self.tray {
                    tray.lay(&held)?;
                }
                self.socket.write_all(&frame).await?;
            }
            Bytes::Memory(Held { part: bytes, .. }) => {
                // Frame and message in one write: the worker wakes once.
                let sent = self.socket.write_vectored(&[IoSlice::new(&frame), IoSlice::new(bytes)]).await?;
                self.socket.write_all(frame.get(sent..).unwrap_or_default()).await?;
                let rest = sent.saturating_sub(frame.len());
                self.socket.write_all(bytes.get(rest..).unwrap_or_default()).await?;
            }
        }
        self.receive(most).await
    }

    /// Sends the beginning of a frame, at least a byte, together with a descriptor.
    async fn send_with(&self, frame: &[u8], file: BorrowedFd<'_>) -> io::Result<usize> {
        loop {
            self.socket.writable().await?;
            let sent = self.socket.try_io(Interest::WRITABLE, || {
                let files = [file];
                let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
                let mut control = SendAncillaryBuffer::new(&mut space);
                if !control.push(SendAncillaryMessage::ScmRights(&files)) {
                    return Err(io::ErrorKind::InvalidInput.into());
                }
                let parts = [IoSlice::new(frame)];
                Ok(rustix::net::sendmsg(&self.socket, &parts, &mut control, SendFlags::NOSIGNAL)?)
            });
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return other,
            }
        }
    }

    /// The answer. Its length is checked before anything is allocated for it, and there is no more room than
    /// for what has come and as much again: not for what is claimed.
    async fn receive(&mut self, most: u32) -> Result<(Head, Vec<u8>), Broken> {
        let mut bytes = Vec::with_capacity(ANSWER);
        let mut whole = HEAD;
        let mut head = None;
        while bytes.len() < whole {
            if bytes.len() == bytes.capacity() {
                bytes.reserve_exact(bytes.len().min(whole - bytes.len()));
            }
            if self.socket.read_buf(&mut bytes).await? == 0 {
                return Err(Broken::Silence);
            }
            if let (None, Some(first)) = (head, bytes.first_chunk::<HEAD>()) {
                let read = Head::decode(*first, most)?;
                whole = HEAD.saturating_add(read.length as usize);
                head = Some(read);
            }
        }
        // It has one answer to give; more is not one.
        let head = head.filter(|_| bytes.len() == whole).ok_or(Broken::Lie)?;
        bytes.drain(..HEAD);
        Ok((head, bytes))
    }

    /// It hung up: how did it end? A process that hung up and lives on is killed.
    async fn end(&mut self) -> Death {
        if let Ok(Ok(status)) = timeout(END, self.process.wait()).await {
            return of_status(status);
        }
        self.kill().await;
        Death::Malformed
    }
}

/// Why there is no frame.
enum Broken {
    /// The worker hung up.
    Silence,
    /// What it sent is not a frame.
    Lie,
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Silence
    }
}

impl From<BadFrame> for Broken {
    fn from(_: BadFrame) -> Self {
        Self::Lie
    }
}

fn of_status(status: ExitStatus) -> Death {
    match status.signal() {
        Some(libc::SIGSYS) => Death::Forbidden,
        Some(libc::SIGXCPU) => Death::ProcessorTime,
        Some(libc::SIGKILL) => Death::Killed,
        _ => Death::Crashed,
    }
}
