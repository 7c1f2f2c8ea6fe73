//! How much memory many connections take, each half way through a large message.

use crate::client::{Relay, Rig};
use crate::script::packet;
use exeat::milter::Settings;
use std::process::Command;

/// Other tests take memory too: the measurement has a process to itself.
#[test]
fn many_half_messages_take_little_memory() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "memory::measure", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned() + &String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success() && said.contains("KiB more"), "{said}");
}

/// Runs with every run of the tests, in the process that the test above starts. `EXEAT_FIGURES=yes tests/run.sh` prints
/// what it measures; `EXEAT_CONNECTIONS` and `EXEAT_MEGABYTES` ask for more (mind the limit of open files: three for each
/// connection).
#[test]
#[ignore = "the test above runs it in a process of its own"]
fn measure() {
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<usize>().ok());
    let connections = asked("EXEAT_CONNECTIONS").unwrap_or(200);
    let megabytes = asked("EXEAT_MEGABYTES").unwrap_or(1);
    let budget = 64 << 20;
    let rig = Rig::with_budget(Settings { connections, ..Settings::default() }, budget);
    let chunk = packet("B x65535:\"b\"");
    let before = resident();
    let relays: Vec<Relay> = (0..connections)
        .map(|_| {
            let mut relay = rig.unix().greet();
            relay.begin(&[]);
            for _ in 0..16 * megabytes {
                relay.send(&chunk);
            }
            relay.send(&chunk[..30_000]);
            relay
        })
        .collect();
    let grown = resident().saturating_sub(before);
    println!("{} half messages of {megabytes} MiB: {} KiB more", relays.len(), grown >> 10);
    // Small buffers for each connection; what is more than that the budget knows of.
    let drawn = rig.budget.total() - rig.budget.free();
    assert!(grown < drawn + (16 << 20) + 48 * 1024 * connections as u64, "{grown} bytes, {drawn} of them drawn");
    assert_eq!(rig.judge.seen.lock().unwrap().len(), 0);
}

/// Bytes of memory this process uses.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}
