//! The whole journey through a real Postfix: senders before it, a sink behind it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "harness/mod.rs"]
mod harness;

use harness::{Exeat, Letter, Relay, Sink, free_port, missing_for_relay, root, send, wait_until};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// A school with everything running.
struct School {
    sink: Sink,
    relay: Relay,
    exeat: Exeat,
    _dir: tempfile::TempDir,
}

const LONG: Duration = Duration::from_secs(30);

/// Starts the sample school; `None` where Postfix is missing. `change` edits its config.
fn school(change: impl FnOnce(String) -> String) -> Option<School> {
    let missing = missing_for_relay();
    if !missing.is_empty() {
        println!("skipped: {} is not installed", missing.join(", "));
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    let (milter, http, release) = (free_port(), free_port(), free_port());
    let sink = Sink::start();
    for file in ["roster.csv", "staff.csv"] {
        fs::copy(root().join("deploy/sample").join(file), dir.path().join(file)).unwrap();
    }
    let config = fs::read_to_string(root().join("deploy/sample/exeat.toml")).unwrap();
    let config = config
        .replace("127.0.0.1:10028", &format!("127.0.0.1:{milter}"))
        .replace("127.0.0.1:10027", &format!("127.0.0.1:{release}"))
        .replace("127.0.0.1:10029", &format!("127.0.0.1:{http}"));
    let file = dir.path().join("exeat.toml");
    fs::write(&file, change(config)).unwrap();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_exeat"));
    let made = std::process::Command::new(&program)
        .args(["key", "create"])
        .arg(dir.path().join("store.key"))
        .output()
        .unwrap();
    assert!(made.status.success());
    let exeat = Exeat::start(&program, &file, http);
    let relay =
        Relay::start(&dir.path().join("postfix"), &format!("inet:127.0.0.1:{milter}"), "", sink.port, release, "");
    Some(School { sink, relay, exeat, _dir: dir })
}

#[test]
fn a_harmless_letter_is_relayed_unchanged() {
    let Some(school) = school(|config| config) else { return };
    let letter =
        Letter::plain("t.asquith@school.example", &["someone@elsewhere.example"], "Minutes", "The meeting is at noon.");
    let (code, text) = send(school.relay.port_in, &letter).unwrap();
    assert_eq!(code, 250, "{text}\n{}", school.exeat.log());
    let got = school.sink.wait_for(1, LONG, |_| true);
    assert_eq!(got.len(), 1, "{}", school.relay.log());
    assert_eq!(got[0].body(), b"The meeting is at noon.\r\n");
    assert_eq!(
        school.exeat.metric("exeat_messages_total{class=\"staff\",direction=\"outgoing\",verdict=\"relay\"}"),
        Some(1.0)
    );
}

#[test]
fn a_held_letter_waits_its_sender_is_told_and_it_goes_out_when_released() {
    let Some(school) = school(|config| config) else { return };
    let letter = Letter::plain(
        "h.pemberton@school.example",
        &["someone@elsewhere.example"],
        "Numbers",
        "The UPN is H801200001001.",
    );
    let (code, _) = send(school.relay.port_in, &letter).unwrap();
    assert_eq!(code, 250, "{}", school.exeat.log());
    let notice = school.sink.wait_for(1, LONG, |mail| mail.recipients() == ["h.pemberton@school.example"]);
    assert_eq!(notice.len(), 1, "no notice came\n{}", school.exeat.log());
    println!("{}", notice[0].text());
    assert!(!notice[0].text().contains("H801200001001"));
    assert!(school.sink.received_by("someone@elsewhere.example").is_empty());
    let (code, list) = school.exeat.command(&["held", "list"]);
    assert_eq!(code, 0, "{list}");
    println!("{list}");
    let reference = list.split_whitespace().find(|word| word.starts_with("EX-")).expect("a reference").to_owned();
    let (code, text) = school.exeat.command(&["held", "release", &reference, "--reason", "agreed"]);
    assert_eq!(code, 0, "{text}");
    let got = school.sink.wait_for(1, LONG, |mail| mail.recipients() == ["someone@elsewhere.example"]);
    assert_eq!(got.len(), 1, "not released\n{}\n{}", school.exeat.log(), school.relay.log());
    assert_eq!(got[0].body(), b"The UPN is H801200001001.\r\n");
    assert!(wait_until(LONG, || school.exeat.command(&["held", "list"]).1.contains("Nothing waits")));
}
