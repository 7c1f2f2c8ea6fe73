//! What the processes of a server use: processor time and memory, its workers included.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Ticks of the kernel's accounts in a second.
const TICKS: f64 = 100.0;

fn stat(process: u32) -> Option<Vec<u64>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    // The first field behind the name is a letter.
    Some(rest.split(' ').map(|field| field.trim().parse().unwrap_or(0)).collect())
}

/// A process and all below it.
fn family(root: u32) -> Vec<u32> {
    let processes: Vec<(u32, u64)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|process| Some((process, *stat(process)?.get(1)?)))
        .collect();
    let mut family = vec![root];
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        family.extend(processes.iter().filter(|(_, of)| *of == u64::from(parent)).map(|(process, _)| *process));
        at += 1;
    }
    family
}

/// Processor seconds of a process, its children, and those that ended.
pub fn processor(root: u32) -> f64 {
    let ticks = |process: &u32| {
        let stat = stat(*process).unwrap_or_default();
        let ended = if *process == root { 13..15 } else { 13..13 };
        stat.get(11..13).unwrap_or_default().iter().chain(stat.get(ended).unwrap_or_default()).sum::<u64>()
    };
    family(root).iter().map(ticks).sum::<u64>() as f64 / TICKS
}

/// KiB of memory of a family of processes: what each has, and with shared pages counted once.
fn memory(root: u32) -> (u64, u64) {
    let of = |process: u32| {
        let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        (field("Rss:"), field("Pss:"))
    };
    family(root).into_iter().map(of).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// Looks at the memory of a family of processes again and again.
pub struct Watch {
    peak: Arc<(AtomicU64, AtomicU64)>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watch {
    /// Starts looking.
    pub fn start(root: u32) -> Self {
        let (peak, stop) = (Arc::new((AtomicU64::new(0), AtomicU64::new(0))), Arc::new(AtomicBool::new(false)));
        let (peaks, stopped) = (Arc::clone(&peak), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let (resident, proportional) = memory(root);
                peaks.0.fetch_max(resident, Ordering::Relaxed);
                peaks.1.fetch_max(proportional, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        Self { peak, stop, thread }
    }

    /// The highest sums seen, in MiB: resident, and with shared pages counted once.
    pub fn peak(self) -> (u64, u64) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the watch ends");
        (self.peak.0.load(Ordering::Relaxed) / 1024, self.peak.1.load(Ordering::Relaxed) / 1024)
    }
}
