//! Peers that break the protocol: their connection is closed, one thing is counted, the others go on.

use crate::client::{Relay, Rig};
use exeat::milter::wire::Violation;
use exeat::milter::{Event, Settings};
use std::io::Write;

type Table<'a> = [(&'a str, &'a dyn Fn(&mut Relay), Event)];

#[test]
fn a_violation_closes_that_connection_and_counts_once() {
    let rig = Rig::start(Settings::default());
    let mut bystander = rig.tcp().greet();
    let garbage: Vec<u8> = (0..5000_u32).map(|at| u8::try_from(at * 7919 % 251).unwrap() | 0x40).collect();
    let table: &Table<'_> = &[
        ("http", &|relay| relay.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Event::Violation(Violation::PacketTooLong)),
        ("tls", &|relay| relay.send(b"\x16\x03\x01\x02\0\x01\0\x01"), Event::Violation(Violation::PacketTooLong)),
        ("garbage", &|relay| relay.send(&garbage), Event::Violation(Violation::PacketTooLong)),
        ("oversize", &|relay| relay.send(b"\0\x10\0\x01L"), Event::Violation(Violation::PacketTooLong)),
        ("huge", &|relay| relay.send(b"\xff\xff\xff\xffB"), Event::Violation(Violation::PacketTooLong)),
        ("empty", &|relay| relay.send(b"\0\0\0\0"), Event::Violation(Violation::PacketEmpty)),
        ("letter", &|relay| relay.send(b"\0\0\0\x01Z"), Event::Violation(Violation::UnknownCommand)),
        ("order", &|relay| relay.say("E"), Event::Violation(Violation::OutOfOrder)),
        ("version", &|relay| relay.say("O u32:0 u32:0 u32:0"), Event::Violation(Violation::Version)),
        ("short", &|relay| relay.say("O u32:6"), Event::Violation(Violation::Malformed)),
        (
            "half a packet",
            &|relay| {
                relay.send(b"\0\0\0\x0dO\0\0");
                relay.socket.end_writing();
            },
            Event::Violation(Violation::Truncated),
        ),
        (
            "half a length",
            &|relay| {
                relay.send(b"\0\0");
                relay.socket.end_writing();
            },
            Event::Violation(Violation::Truncated),
        ),
    ];
    for (number, (name, speak, event)) in table.iter().enumerate() {
        let before = rig.events.count(*event);
        let mut relay = if number % 2 == 0 { rig.tcp() } else { rig.unix() };
        speak(&mut relay);
        relay.hear_the_end();
        rig.events.wait(Event::ConnectionClosed, number + 1);
        assert_eq!(rig.events.count(*event), before + 1, "{name}");
        assert_eq!(rig.events.others().len(), number + 1, "{name}: one event");
    }
    bystander.message(&[]);
    bystander.hear("c");
}

#[test]
fn a_port_scan_is_no_event() {
    let rig = Rig::start(Settings::default());
    rig.tcp().socket.end_writing();
    rig.events.wait(Event::ConnectionClosed, 1);
    assert_eq!(rig.events.others(), []);
}

#[test]
fn half_a_message_is_never_judged() {
    let rig = Rig::start(Settings { memory_bytes: 1000, ..Settings::default() });
    let cases = ["", "B \"text\"", "B x5000:\"x\"", "A", "Q"];
    for (number, last) in cases.iter().enumerate() {
        let mut relay = rig.tcp().greet();
        relay.begin(&[]);
        if !last.is_empty() {
            relay.say(last);
        }
        relay.socket.end_writing();
        relay.hear_the_end();
        rig.events.wait(Event::ConnectionClosed, number + 1);
    }
    assert_eq!(rig.judge.seen.lock().unwrap().len(), 0);
    rig.everything_is_given_back();
}

#[test]
fn half_close_after_the_end_still_gets_the_answer() {
    let rig = Rig::start(Settings::default());
    for mut relay in [rig.tcp().greet(), rig.unix().greet()] {
        relay.message(&["wait 50", "reject 550 5.7.1 no"]);
        relay.socket.end_writing();
        relay.hear("y \"550 5.7.1 no\\0\"");
        relay.hear_the_end();
    }
    assert_eq!(rig.events.others(), []);
}

#[test]
fn a_relay_that_leaves_while_we_judge_harms_nobody() {
    let rig = Rig::start(Settings { progress_interval: std::time::Duration::from_millis(5), ..Settings::default() });
    let mut relay = rig.tcp().greet();
    relay.message(&["wait 100"]);
    drop(relay);
    rig.events.wait(Event::ConnectionClosed, 1);
    assert_eq!(rig.events.others(), [Event::PeerGone]);
    assert_eq!(rig.judge.seen.lock().unwrap().len(), 1);
    let mut relay = rig.tcp().greet();
    relay.message(&[]);
    relay.socket.flush().unwrap();
    while relay.reply().unwrap() != b"c" {}
}
