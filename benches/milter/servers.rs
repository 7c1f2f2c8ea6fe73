//! The servers that are measured, each a process of its own.

use crate::Wish;
use crate::corpus;
use crate::relay::{Place, Relay};
use arc_swap::ArcSwap;
use exeat::budget::Budget;
use exeat::milter::server::{self, Listener};
use exeat::milter::{Answer, Edits, Judge, Listen, Received, Settings, SocketAddress};
use exeat::spool::Directory;
use rustix::process::{Pid, Signal, kill_process_group};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The first argument of a process that is to be the server without a judge.
pub const EMPTY: &str = "empty-server";

/// What the test of many large messages needs.
const PATIENCE: &str = "command_timeout = \"30m\"\njudge_timeout = \"40m\"\n\n[room]\nqueue_seconds = 1800\n";
/// What every other test has.
const USUAL: &str = "\n[room]\n";

/// What becomes of office and PDF files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// Nothing, as with the peers.
    Closed,
    /// They are opened, as an exeat does whose settings say nothing of it.
    Opened,
}

/// A server that runs until this is dropped.
pub struct Server {
    /// Its process.
    pub process: u32,
    /// Where it listens.
    pub place: Place,
    child: Option<Child>,
    folder: Option<tempfile::TempDir>,
}

impl Server {
    /// A server of somebody else.
    pub fn of_others(process: u32, socket: &str) -> Self {
        Self { process, place: Place::Unix(PathBuf::from(socket)), child: None, folder: None }
    }

    /// The server side of exeat, whose judge lets everything pass unseen.
    pub fn empty(tcp: bool) -> Self {
        let (folder, place, socket) = room_for_one(tcp);
        let program = std::env::current_exe().expect("the bench has a path");
        let mut command = Command::new(program);
        command.arg(EMPTY).arg(socket).arg(folder.path().join("spool"));
        Self::start(command, place, folder)
    }

    /// The real program with the sample school, and as many pupils as wished for. Where many connections bring large
    /// messages at once, the last of them waits for all others: the times a relay would not wait for are longer then.
    pub fn exeat(wish: &Wish, files: Files) -> Self {
        let open = if files == Files::Closed { "open = []\n" } else { "" };
        let (folder, place, socket) = room_for_one(wish.tcp);
        let memory = wish.memory.as_ref().map_or_else(String::new, |bytes| format!("memory = \"{bytes}\""));
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/sample");
        let config = fs::read_to_string(sample.join("exeat.toml")).expect("the sample school is there");
        let config = config
            .replace("inet:127.0.0.1:10028", &socket)
            .replace("127.0.0.1:10027", &format!("127.0.0.1:{}", free_port()))
            .replace("127.0.0.1:10029", &format!("127.0.0.1:{}", free_port()))
            .replace("state_dir = \"state\"", &format!("state_dir = \"state\"\n{memory}"))
            .replace("[store]", "[milter]\nconnections = 2000\n@PATIENCE@\n[store]")
            .replace("@PATIENCE@", &format!("{}{open}", if wish.halfway.is_some() { PATIENCE } else { USUAL }))
            .replace("[log]", "[log]\nlevel = \"error\"");
        let file = folder.path().join("exeat.toml");
        fs::write(&file, config).expect("the folder can be written");
        for (name, text) in [
            ("roster.csv", corpus::roster_csv(wish.pupils)),
            ("staff.csv", fs::read_to_string(sample.join("staff.csv")).expect("the sample staff are there")),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("the folder can be written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its rights can be set");
        }
        let program = env!("CARGO_BIN_EXE_exeat");
        let key = Command::new(program).args(["key", "create"]).arg(folder.path().join("store.key")).output();
        assert!(key.expect("the program starts").status.success(), "no key was made");
        let mut command = Command::new(program);
        command.args(["serve", "--config"]).arg(&file);
        Self::start(command, place, folder)
    }

    /// Starts a server and waits until it takes connections.
    pub fn start(mut command: Command, place: Place, folder: tempfile::TempDir) -> Self {
        let mut child =
            command.process_group(0).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().expect("the server starts");
        let begun = Instant::now();
        while Relay::connect(&place).and_then(Relay::quit).is_err() {
            assert!(child.try_wait().is_ok_and(|ended| ended.is_none()), "the server ended");
            assert!(begun.elapsed() < Duration::from_mins(1), "the server does not come up");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { process: child.id(), place, child: Some(child), folder: Some(folder) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // Some leave their own processes behind when they are killed alone.
            if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                let _ = kill_process_group(group, Signal::KILL);
            }
            let _ = child.wait();
        }
        drop(self.folder.take());
    }
}

/// A folder, a place in it (or a port) to listen at, and how exeat writes that.
pub fn room_for_one(tcp: bool) -> (tempfile::TempDir, Place, String) {
    let folder = tempfile::tempdir().expect("a folder for the server");
    if tcp {
        let port = free_port();
        return (folder, Place::Port(port), format!("inet:127.0.0.1:{port}"));
    }
    let path = folder.path().join("milter.sock");
    let written = format!("unix:{}", path.display());
    (folder, Place::Unix(path), written)
}

/// A port that nobody listens at.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address").port()
}

/// Lets everything pass.
struct Nobody;

impl Judge for Nobody {
    async fn judge(&self, _: Received) -> Answer {
        Answer::Relay(Edits::default())
    }
}

/// Serves until it is killed: the life of the process that [`Server::empty`] starts.
pub fn serve_empty(socket: String, spool: &Path) {
    let socket = SocketAddress::try_from(socket).expect("a socket");
    let listen = Listen { name: "relay".to_owned(), socket, mode: 0o600 };
    let spool = Directory::open(spool).expect("a spool folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async move {
        let listener = Listener::bind(&listen).await.expect("the socket is free");
        let settings = Arc::new(ArcSwap::from_pointee(Settings { connections: 2_000, ..Settings::default() }));
        let (_never, stopped) = watch::channel(false);
        let budget = Budget::new(128 << 20);
        server::run(vec![listener], settings, budget, spool, Arc::new(Nobody), Arc::new(()), stopped).await;
    });
}
