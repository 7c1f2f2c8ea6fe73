//! How fast mail goes through the milter, over a socket as a relay speaks to it, with a server beside it that
//! lets everything pass unseen.
//!
//! ```text
//! cargo bench --bench milter                                    # 8 connections, 2,000 messages, 2,000 pupils
//! cargo bench --bench milter -- --connections 1 --tcp           # one connection over loopback
//! cargo bench --bench milter -- --pupils 200000
//! cargo bench --bench milter -- --halfway 1000                  # memory: each half-way through 25 MB, then all finish
//! cargo bench --bench milter -- --halfway 1000 --memory "160 MiB"
//! cargo bench --bench milter -- --peers                         # beside empty C milters and rspamd, where installed
//! cargo bench --bench milter -- --peers --opened                # office and PDF files opened, too
//! cargo bench --bench milter -- --postfix                       # what a private Postfix loses by a milter
//! cargo bench --bench milter -- --also 4711:/run/other.sock     # another milter (process:socket) in the same run
//! ```
//!
//! Office and PDF files stay closed, as they do with the peers, where `--opened` does not ask for a second exeat that
//! opens them. 20 messages a connection. Processor time and memory are of the server with all its workers; the load comes from
//! another process. Use the ratios of one run: the absolute figures depend on who else uses the machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

#[path = "../corpus/mod.rs"]
mod corpus;
#[path = "../peers/mod.rs"]
mod peers;
mod postfix;
mod processes;
mod relay;
mod servers;

use corpus::{Corpus, Letter};
use processes::{Watch, processor};
use relay::{Relay, Shown, Verdict};
use servers::{EMPTY, Files, Server};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Messages on one connection.
const EACH: usize = 20;
/// exeat as it looks into text and tables, and as it opens office and PDF files, too.
const OURS: &str = "exeat";
const OPENING: &str = "opening";
/// Bytes of a message of the memory test.
const LARGE: usize = 25_000_000;

/// What is asked for.
#[derive(Clone)]
struct Wish {
    connections: usize,
    messages: usize,
    pupils: usize,
    runs: usize,
    tcp: bool,
    halfway: Option<usize>,
    memory: Option<String>,
    also: Vec<String>,
    peers: bool,
    opened: bool,
    postfix: bool,
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let mut wish = Wish {
        connections: 8,
        messages: 2_000,
        pupils: 2_000,
        runs: 3,
        tcp: false,
        halfway: None,
        memory: None,
        also: Vec::new(),
        peers: false,
        opened: false,
        postfix: false,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("{argument} needs a value"));
        let number = |value: String| value.parse::<usize>().unwrap_or_else(|_| panic!("not a number: {value}"));
        match argument.as_str() {
            EMPTY => {
                let (socket, spool) = (value(), value());
                return servers::serve_empty(socket, Path::new(&spool));
            }
            "--connections" => wish.connections = number(value()),
            "--messages" => wish.messages = number(value()),
            "--pupils" => wish.pupils = number(value()),
            "--runs" => wish.runs = number(value()),
            "--halfway" => wish.halfway = Some(number(value())),
            "--memory" => wish.memory = Some(value()),
            "--also" => wish.also.push(value()),
            "--tcp" => wish.tcp = true,
            "--peers" => wish.peers = true,
            "--opened" => wish.opened = true,
            "--postfix" => wish.postfix = true,
            other => panic!("unknown argument {other}"),
        }
    }
    match wish.halfway {
        Some(connections) => go_half_way(&wish, connections),
        None if wish.postfix => postfix::measure(&wish),
        None => compare(&wish),
    }
}

/// One server's figures.
struct Figures {
    rate: f64,
    bytes: f64,
    middle: Duration,
    high: Duration,
    processor: f64,
    memory: (u64, u64),
    verdicts: BTreeMap<Verdict, usize>,
}

fn compare(wish: &Wish) {
    let corpus = Corpus::new(wish.messages, wish.pupils);
    println!("corpus: {}; {} pupils, {} connections", corpus.statistics(), wish.pupils, wish.connections);
    let messages: Vec<Shown> = corpus.letters.iter().map(Shown::new).collect();
    drop(corpus);
    println!(
        "{:<10} {:>10} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9}  verdicts",
        "server", "messages/s", "MB/s", "p50 ms", "p99 ms", "CPU ms", "RSS MiB", "PSS MiB"
    );
    let mut servers = vec![(OURS.to_owned(), Server::exeat(wish, Files::Closed))];
    if wish.opened {
        servers.push((OPENING.to_owned(), Server::exeat(wish, Files::Opened)));
    }
    servers.push(("empty".to_owned(), Server::empty(wish.tcp)));
    for (name, peer) in if wish.peers { peers::all(wish.tcp, wish.pupils) } else { Vec::new() } {
        match peer {
            Ok(server) => servers.push((name.to_owned(), server)),
            Err(reason) => println!("{name} skipped: {reason}"),
        }
    }
    for other in &wish.also {
        let (process, socket) = other.split_once(':').expect("process:socket");
        servers.push((socket.to_owned(), Server::of_others(process.parse().expect("a process"), socket)));
    }
    let mut best: Vec<Option<Figures>> = servers.iter().map(|_| None).collect();
    for _ in 0..wish.runs {
        for ((name, server), best) in servers.iter().zip(&mut best) {
            let figures = load(server, &messages, wish.connections);
            print(name, &figures);
            if best.as_ref().is_none_or(|best| best.rate < figures.rate) {
                *best = Some(figures);
            }
        }
    }
    let best: Vec<(&str, Figures)> =
        servers.iter().map(|(name, _)| name.as_str()).zip(best.into_iter().flatten()).collect();
    let (ours, others): (Vec<_>, Vec<_>) = best.iter().partition(|(name, _)| [OURS, OPENING].contains(name));
    println!("best of {}; beside each:", wish.runs);
    for (ours, figures) in &ours {
        for (other, beside) in &others {
            println!(
                "{ours:<8} / {other:<10} {:>8.3} x its messages/s, {:.2} x its p50, {:.2} x its p99, {:.2} x its CPU a message",
                figures.rate / beside.rate,
                figures.middle.as_secs_f64() / beside.middle.as_secs_f64(),
                figures.high.as_secs_f64() / beside.high.as_secs_f64(),
                figures.processor / beside.processor
            );
        }
    }
}

fn print(name: &str, figures: &Figures) {
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{name:<10} {:>10.0} {:>8.1} {:>8.2} {:>8.2} {:>8.3} {:>9} {:>9}  {:?}",
        figures.rate,
        figures.bytes / 1e6,
        millis(figures.middle),
        millis(figures.high),
        figures.processor * 1e3,
        figures.memory.0,
        figures.memory.1,
        figures.verdicts
    );
}

/// Shows all messages to a server, over so many connections at a time.
fn load(server: &Server, messages: &[Shown], connections: usize) -> Figures {
    let next = AtomicUsize::new(0);
    let seen: Mutex<(Vec<Duration>, BTreeMap<Verdict, usize>)> = Mutex::default();
    let watch = Watch::start(server.process);
    let (used, begun) = (processor(server.process), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                while let Some(batch) = messages.chunks(EACH).nth(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut relay = Relay::connect(&server.place).expect("the server takes a connection");
                    for (number, message) in batch.iter().enumerate() {
                        let (verdict, took) = relay.show(message, number).expect("the server answers");
                        let mut seen = seen.lock().unwrap();
                        seen.0.push(took);
                        *seen.1.entry(verdict).or_default() += 1;
                    }
                    relay.quit().expect("the server hears the end");
                }
            });
        }
    });
    let (seconds, used) = (begun.elapsed().as_secs_f64(), processor(server.process) - used);
    let (mut times, verdicts) = seen.into_inner().unwrap();
    times.sort_unstable();
    Figures {
        rate: messages.len() as f64 / seconds,
        bytes: messages.iter().map(Shown::len).sum::<usize>() as f64 / seconds,
        middle: times[times.len() / 2],
        high: times[times.len() * 99 / 100],
        processor: used / messages.len() as f64,
        memory: watch.peak(),
        verdicts,
    }
}

/// A message of 25 MB: a short text and a long picture.
fn large() -> Shown {
    let head = "From: A Teacher <h.pemberton@school.example>\r\nTo: parent@home.example\r\nSubject: pictures\r\n\
                Message-ID: <large@desk.school.example>\r\nMIME-Version: 1.0\r\n\
                Content-Type: multipart/mixed; boundary=\"=_mix\"\r\n\r\n";
    let mut raw = format!(
        "{head}--=_mix\r\nContent-Type: text/plain\r\n\r\nThe pictures of the day.\r\n--=_mix\r\n\
         Content-Type: image/jpeg; name=\"day.jpg\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    let line = b"/9j/4AAQSkZJRgABAQAAAQABAADgfoObl5uXm5+Pg5uXg4Obm5OXl5+Dk5uXk5+Xg5ObkAAAAAAA\r\n";
    while raw.len() < LARGE {
        raw.extend_from_slice(line);
    }
    raw.extend_from_slice(b"--=_mix--\r\n");
    let letter = Letter {
        from: "h.pemberton@school.example",
        to: vec!["parent@home.example".to_owned()],
        raw,
        body: head.len(),
    };
    Shown::new(&letter)
}

/// Many connections at once, each half-way through a large message, then all finishing.
fn go_half_way(wish: &Wish, connections: usize) {
    let message = large();
    let server = Server::exeat(wish, Files::Closed);
    let watch = Watch::start(server.process);
    let begun = Instant::now();
    let mut relays: Vec<Relay> = (0..connections)
        .map(|number| {
            let mut relay = Relay::connect(&server.place).expect("the server takes a connection");
            relay.begin(&message, number).expect("the server takes half a message");
            relay
        })
        .collect();
    let (half, half_time) = (watch.peak(), begun.elapsed());
    println!(
        "{connections} connections half-way through {} MB after {:.0} s: peak RSS {} MiB, PSS {} MiB",
        LARGE / 1_000_000,
        half_time.as_secs_f64(),
        half.0,
        half.1
    );
    let watch = Watch::start(server.process);
    let verdicts: Mutex<BTreeMap<String, usize>> = Mutex::default();
    std::thread::scope(|scope| {
        for relay in &mut relays {
            let finish = || {
                let verdict = relay.end(&message);
                let word = verdict.map_or_else(|error| format!("{:?}", error.kind()), |verdict| format!("{verdict:?}"));
                *verdicts.lock().unwrap().entry(word).or_default() += 1;
            };
            std::thread::Builder::new().stack_size(256 << 10).spawn_scoped(scope, finish).expect("a thread");
        }
    });
    let peak = watch.peak();
    println!(
        "all finished after {:.0} s: peak RSS {} MiB, PSS {} MiB; {:?}",
        begun.elapsed().as_secs_f64(),
        peak.0,
        peak.1,
        verdicts.into_inner().unwrap()
    );
}
