//! The server on real sockets: answers, limits, time-outs, files, the end.

use crate::client::{Relay, Rig};
use exeat::milter::answer::Fault;
use exeat::milter::session::Limit;
use exeat::milter::wire::{Actions, BODY_CHUNK};
use exeat::milter::{Event, Settings, TimeOut};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

const LATER: &str = "y \"451 4.3.0 This message could not be checked just now; please try again later\\0\"";

#[test]
fn many_messages_on_one_connection() {
    let rig = Rig::start(Settings::default());
    for mut relay in [rig.tcp().greet(), rig.unix().greet()] {
        for _ in 0..3 {
            relay.message(&[]);
            relay.hear("c");
            relay.say("A");
            relay.message(&["discard"]);
            relay.hear("d");
            relay.message(&["reject 550 5.7.1 no"]);
            relay.hear("y \"550 5.7.1 no\\0\"");
            relay.message(&["remove 0", "delete 0", "add X y"]);
            relay.hear("m \"\\0\\0\\0\\x01Subject\\0\\0\"");
            relay.hear("h \"X\\0 y\\0\"");
            relay.hear("- \"<parent@home.example>\\0\"");
            relay.hear("c");
        }
        relay.say("Q");
        relay.hear_the_end();
    }
    assert_eq!(rig.judge.seen.lock().unwrap().len(), 24);
    rig.events.wait(Event::ConnectionClosed, 2);
    assert_eq!(rig.events.count(Event::ConnectionOpened), 2);
    assert_eq!(rig.events.others(), []);
    rig.everything_is_given_back();
}

#[test]
fn progress_is_said_while_the_judge_thinks_and_never_after() {
    let rig = Rig::start(Settings { progress_interval: Duration::from_millis(40), ..Settings::default() });
    let mut relay = rig.tcp().greet();
    relay.message(&["wait 220", "add X y", "body new"]);
    let mut said = 0;
    let next = loop {
        let reply = relay.reply().unwrap();
        if reply != b"p" {
            break reply;
        }
        said += 1;
    };
    assert!((3..=6).contains(&said), "{said} times");
    assert_eq!(next, b"hX\0 y\0");
    relay.hear("b \"new\"");
    relay.hear("c");
    assert_eq!(Settings::default().progress_interval, Duration::from_secs(5));
}

#[test]
fn a_small_answer_is_one_write() {
    let rig = Rig::start(Settings::default());
    let mut relay = rig.unix().greet();
    relay.message(&["change 0 ho", "remove 0", "add X y", "body new"]);
    let mut buffer = [0; 1000];
    let read = relay.socket.read(&mut buffer).unwrap();
    assert!(buffer[..read].ends_with(b"\0\0\0\x04bnew\0\0\0\x01c"));
}

#[test]
fn a_large_body_is_streamed_with_nothing_between() {
    // With no budget for large chunks, the chunks are small.
    for (taken, chunk) in [(1, BODY_CHUNK), (950 << 10, 8 << 10)] {
        let rig = Rig::with_budget(Settings::default(), 1 << 20);
        let _taken = rig.budget.try_take(taken).unwrap();
        let mut relay = rig.tcp().greet();
        for size in [chunk - 1, chunk, chunk + 1, 300_000] {
            relay.message(&["add X y", &format!("grow {size}"), "remove 0"]);
            relay.hear("h \"X\\0 y\\0\"");
            relay.hear("- \"<parent@home.example>\\0\"");
            let mut left = size;
            while left > 0 {
                let reply = relay.reply().unwrap();
                assert_eq!((reply[0], reply.len() - 1), (b'b', left.min(chunk)));
                left -= reply.len() - 1;
            }
            relay.hear("c");
        }
    }
}

#[test]
fn a_large_body_goes_to_a_file_without_a_name() {
    let rig = Rig::start(Settings { memory_bytes: 1000, ..Settings::default() });
    let mut relay = rig.unix().greet();
    // The header block is 15 bytes long.
    let bodies: [(&[&str], u64, bool); 4] = [
        (&["x985"], 985, true),
        (&["x986"], 986, false),
        (&["x500", "x600", "x65534"], 66_634, false),
        (&["x1048000"; 5], 5_240_000, false),
    ];
    for (pieces, size, in_memory) in bodies {
        relay.begin(&[]);
        for piece in pieces {
            relay.say(&format!("B {piece}:\"b\""));
        }
        assert_eq!(std::fs::read_dir(&rig.spool).unwrap().count(), 0);
        relay.say("E");
        relay.hear("c");
        assert_eq!(rig.judge.seen.lock().unwrap().last(), Some(&(15, 15 + size, in_memory)));
    }
}

#[test]
fn a_spool_that_fails_refuses_for_now() {
    let rig = Rig::start(Settings { memory_bytes: 1000, ..Settings::default() });
    let mut relay = rig.tcp().greet();
    std::fs::remove_dir(&rig.spool).unwrap();
    relay.begin(&[]);
    relay.say("B x1000:\"b\"");
    relay.say("B x1000:\"b\"");
    relay.say("E");
    relay.hear(LATER);
    assert_eq!(rig.events.others(), [Event::SpoolFailed]);
    assert_eq!(rig.judge.seen.lock().unwrap().len(), 0);
    relay.message(&[]);
    relay.hear("c");
}

#[test]
fn a_new_body_that_cannot_be_read_refuses_for_now() {
    let rig = Rig::start(Settings::default());
    let mut relay = rig.tcp().greet();
    relay.message(&["vanish 300000"]);
    let last = loop {
        let reply = relay.reply().unwrap();
        if reply[0] != b'b' {
            break reply;
        }
    };
    assert!(last.starts_with(b"y451 4.3.0 "), "the verdict behind the chunks that were sent");
    assert_eq!(rig.events.others(), [Event::SpoolFailed]);
    relay.message(&[]);
    relay.hear("c");
}

#[test]
fn a_judge_that_fails_refuses_for_now() {
    let rig = Rig::start(Settings { judge_timeout: Duration::from_millis(100), ..Settings::default() });
    let mut relay = rig.tcp().greet();
    relay.message(&["panic"]);
    relay.hear(LATER);
    relay.message(&["wait 5000"]);
    relay.hear(LATER);
    assert_eq!(rig.events.others(), [Event::JudgeFailed; 2]);
    relay.message(&["change 9 x"]);
    relay.hear(LATER);
    assert_eq!(rig.events.others()[2..], [Event::AnswerImpossible(Fault::NoSuchItem)]);
    relay.message(&[]);
    relay.hear("c");
}

#[test]
fn what_was_not_agreed_is_counted() {
    let rig = Rig::start(Settings::default());
    let mut relay = rig.tcp();
    relay.say("O u32:6 u32:0x0d u32:0");
    relay.hear("O \"\\0\\0\\0\\x06\\0\\0\\0\\r\\0\\0\\0\\0\"");
    let missing = Actions::CHANGE_BODY.or(Actions::CHANGE_HEADERS);
    assert_eq!(rig.events.others(), [Event::ActionsMissing(missing)]);
    for line in ["M \"<a@school.example>\\0\"", "R \"<b@home.example>\\0\"", "L \"X-Judge\\0body new\\0\""] {
        relay.say(line);
        relay.hear("c");
    }
    relay.say("E");
    relay.hear(LATER);
    let fault = Fault::NotNegotiated(Actions::CHANGE_BODY);
    assert_eq!(rig.events.others()[1..], [Event::AnswerImpossible(fault)]);
}

#[test]
fn limits_are_counted() {
    let rig = Rig::start(Settings { message_bytes: 1000, recipients: 1, ..Settings::default() });
    let mut relay = rig.tcp().greet();
    relay.begin(&[]);
    relay.say("B x2000:\"b\"");
    relay.say("E");
    relay.hear("y \"552 5.3.4 This message is larger than this system takes\\0\"");
    relay.say("M \"<a@school.example>\\0\"");
    relay.say("R \"<b@home.example>\\0\"");
    relay.hear("c");
    relay.say("R \"<c@home.example>\\0\"");
    relay.hear("y \"452 4.5.3 Too many recipients; send to the others in a second message\\0\"");
    let wanted = [Event::OverLimit(Limit::MessageBytes), Event::OverLimit(Limit::Recipients)];
    assert_eq!(rig.events.others(), wanted);
}

#[test]
fn one_connection_too_many_is_closed_at_once() {
    let rig = Rig::start(Settings { connections: 2, ..Settings::default() });
    let mut first = rig.tcp().greet();
    let second = rig.unix().greet();
    rig.tcp().hear_the_end();
    rig.unix().hear_the_end();
    assert_eq!(rig.events.others(), [Event::TooManyConnections; 2]);
    drop(second);
    rig.events.wait(Event::ConnectionClosed, 1);
    let mut third = rig.tcp().greet();
    for relay in [&mut first, &mut third] {
        relay.message(&[]);
        relay.hear("c");
    }
}

type Silences<'a> = [(&'a dyn Fn(&mut Relay), TimeOut); 5];

#[test]
fn silence_ends_a_connection_sooner_inside_a_packet() {
    let idle = Duration::from_millis(400);
    let settings = Settings { idle_timeout: idle, command_timeout: Duration::from_millis(100), ..Settings::default() };
    let rig = Rig::start(settings);
    let table: Silences<'_> = [
        (&|_| (), TimeOut::Idle),
        (&|relay| relay.say("M \"<a@school.example>\\0\""), TimeOut::Idle),
        (&|relay| relay.send(b"\0\0\0\x05M<"), TimeOut::Command),
        (&|relay| relay.begin(&[]), TimeOut::Command),
        (
            &|relay| {
                relay.begin(&[]);
                relay.send(b"\0\0\0\x64Bxx");
            },
            TimeOut::Command,
        ),
    ];
    for (number, (speak, wanted)) in table.into_iter().enumerate() {
        let mut relay = rig.tcp().greet();
        let start = Instant::now();
        speak(&mut relay);
        relay.hear_the_end();
        assert_eq!(start.elapsed() >= idle, wanted == TimeOut::Idle, "{number}");
        rig.events.wait(Event::ConnectionClosed, number + 1);
        assert_eq!(rig.events.others()[number..], [Event::TimedOut(wanted)]);
    }
}

#[test]
fn a_trickle_of_bytes_does_not_keep_a_packet_open() {
    let rig = Rig::start(Settings { command_timeout: Duration::from_millis(150), ..Settings::default() });
    for (number, first) in [b"\0\0\x04\0M", b"\0\0\x04\0B"].into_iter().enumerate() {
        let mut relay = rig.unix().greet();
        let start = Instant::now();
        if first.ends_with(b"B") {
            relay.begin(&[]);
        }
        relay.send(first);
        while relay.socket.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(10));
            assert!(start.elapsed() < Duration::from_secs(3), "still open");
        }
        rig.events.wait(Event::TimedOut(TimeOut::Command), number + 1);
    }
}

#[test]
fn a_peer_that_does_not_read_is_left() {
    let rig = Rig::start(Settings { reply_timeout: Duration::from_millis(100), ..Settings::default() });
    let mut relay = rig.unix().greet();
    relay.message(&["grow 20000000"]);
    rig.events.wait(Event::TimedOut(TimeOut::Reply), 1);
}

#[test]
fn without_budget_bodies_go_to_files_and_packets_wait() {
    let settings = Settings { command_timeout: Duration::from_millis(200), ..Settings::default() };
    let rig = Rig::with_budget(settings, 512 << 10);
    let mut relay = rig.tcp().greet();
    // More than three quarters is taken: no body stays in memory.
    let taken = rig.budget.try_take(450 << 10).unwrap();
    relay.begin(&[]);
    relay.say("B x2000:\"b\"");
    relay.say("E");
    relay.hear("c");
    assert_eq!(rig.judge.seen.lock().unwrap().last(), Some(&(15, 2015, false)));
    // A header of 70 kB has to wait, and gets its share once somebody gives his back.
    let field = "L \"X-Large\\0 \" x70000:\"a\" \"\\0\"";
    relay.begin(&[]);
    relay.say("A");
    relay.say("M \"<teacher@school.example>\\0\"");
    relay.say("R \"<parent@home.example>\\0\"");
    relay.hear("c");
    let waiting = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        drop(taken);
    });
    relay.say(field);
    relay.say("E");
    relay.hear("c");
    waiting.join().unwrap();
    rig.everything_is_given_back();
    // Where nobody does, the connection ends, and the relay comes again.
    let taken = rig.budget.try_take(450 << 10).unwrap();
    relay.begin(&[]);
    relay.say("A");
    relay.say("M \"<teacher@school.example>\\0\"");
    let _ = relay.socket.write_all(&crate::script::packet(field));
    rig.events.wait(Event::BudgetExhausted, 1);
    drop(taken);
}

#[test]
fn the_end_waits_for_messages_in_flight() {
    let mut rig = Rig::start(Settings::default());
    let mut idle = rig.tcp().greet();
    let mut judged = rig.tcp().greet();
    let mut half = rig.unix().greet();
    judged.message(&["wait 300"]);
    half.begin(&[]);
    std::thread::sleep(Duration::from_millis(50));
    rig.stop();
    idle.hear_the_end();
    half.say("B \"text\"");
    half.say("E");
    half.hear("c");
    half.hear_the_end();
    judged.hear("c");
    judged.hear_the_end();
    rig.join();
    assert_eq!(rig.judge.seen.lock().unwrap().len(), 2);
    assert_eq!(rig.events.count(Event::ConnectionClosed), 3);
    assert!(!rig.path.exists(), "the socket is removed");
}

#[test]
fn the_end_does_not_wait_for_ever() {
    let mut rig = Rig::start(Settings { shutdown_grace: Duration::from_millis(100), ..Settings::default() });
    let mut relay = rig.tcp().greet();
    relay.message(&["wait 60000"]);
    std::thread::sleep(Duration::from_millis(50));
    let start = Instant::now();
    rig.join();
    assert!(start.elapsed() < Duration::from_secs(5));
    relay.hear_the_end();
}

#[test]
fn a_unix_socket_has_its_mode_and_replaces_a_dead_one() {
    use exeat::milter::server::Listener;
    use exeat::milter::{Listen, SocketAddress};
    let rig = Rig::start(Settings::default());
    assert_eq!(std::fs::metadata(&rig.path).unwrap().permissions().mode() & 0o777, 0o600);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listen = |path| Listen { name: "x".into(), socket: SocketAddress::Unix(path), mode: 0o660 };
        assert!(Listener::bind(&listen(rig.path.clone())).await.is_err(), "somebody listens there");
        let dead = rig.path.with_file_name("dead");
        drop(std::os::unix::net::UnixListener::bind(&dead).unwrap());
        drop(Listener::bind(&listen(dead.clone())).await.unwrap());
        assert!(!dead.exists());
        std::fs::write(&dead, "a file").unwrap();
        assert!(Listener::bind(&listen(dead.clone())).await.is_err());
        assert_eq!(std::fs::read_to_string(&dead).unwrap(), "a file");
    });
}

/// Without immediate acknowledgements every message costs 40 ms here: a relay's small writes wait
/// for the acknowledgement of the one before.
#[test]
fn small_writes_over_tcp_do_not_stall() {
    let rig = Rig::start(Settings::default());
    let mut relay = rig.tcp().greet();
    let start = Instant::now();
    for _ in 0..50 {
        relay.message(&[]);
        relay.hear("c");
    }
    let each = start.elapsed() / 50;
    assert!(each < Duration::from_millis(10), "{each:?} a message");
}
