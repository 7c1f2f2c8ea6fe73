//! The sample school with the real program and no relay: messages come by the raw conversation.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::harness::{Exeat, Sink, free_port, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The program under test, its folder and what stands behind it.
pub struct Alone {
    /// Takes notices and released mail.
    pub sink: Sink,
    /// The running program.
    pub exeat: Exeat,
    /// Where the milter listens.
    pub port: u16,
    /// Where everything lies.
    pub dir: tempfile::TempDir,
}

/// The program.
pub fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_exeat"))
}

impl Alone {
    /// Starts the sample school; `change` edits its config.
    pub fn start(change: impl FnOnce(String) -> String) -> Self {
        Self::start_in(|config, _| change(config))
    }
    /// Starts it; `change` may also furnish its folder.
    pub fn start_in(change: impl FnOnce(String, &Path) -> String) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (port, http) = (free_port(), free_port());
        let sink = Sink::start();
        let file = furnish(dir.path(), port, http, sink.port, change);
        let exeat = Exeat::start(&program(), &file, http);
        Self { sink, exeat, port, dir }
    }
    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    /// What waits, as `held list` says.
    pub fn held(&self) -> String {
        self.exeat.command(&["held", "list"]).1
    }

    /// How many items that list names. Words are counted: a reference may well end in the letters it begins with.
    pub fn waiting(&self) -> usize {
        self.held().split_whitespace().filter(|word| word.starts_with("EX-")).count()
    }
}

/// Worker processes of a program.
pub fn workers(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        if status.lines().any(|line| line == format!("PPid:\t{parent}")) {
            found.push(pid);
        }
    }
    found
}

/// `kill -9`.
pub fn kill(pid: u32) {
    let _ = std::process::Command::new("kill").args(["-9", &pid.to_string()]).stderr(Stdio::null()).status();
}

/// Kills every worker as soon as it is there, until told to stop.
pub fn kill_workers_until(parent: u32, stop: Arc<AtomicBool>) -> JoinHandle<()> {
    thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            workers(parent).into_iter().for_each(kill);
            thread::sleep(Duration::from_millis(1));
        }
    })
}

fn furnish(dir: &Path, port: u16, http: u16, out: u16, change: impl FnOnce(String, &Path) -> String) -> PathBuf {
    for file in ["roster.csv", "staff.csv"] {
        fs::copy(root().join("deploy/sample").join(file), dir.join(file)).unwrap();
    }
    let config = fs::read_to_string(root().join("deploy/sample/exeat.toml")).unwrap();
    let config = config
        .replace("127.0.0.1:10028", &format!("127.0.0.1:{port}"))
        .replace("127.0.0.1:10027", &format!("127.0.0.1:{out}"))
        .replace("127.0.0.1:10029", &format!("127.0.0.1:{http}"));
    let file = dir.join("exeat.toml");
    fs::write(&file, change(config, dir)).unwrap();
    let made =
        std::process::Command::new(program()).args(["key", "create"]).arg(dir.join("store.key")).output().unwrap();
    assert!(made.status.success());
    file
}
