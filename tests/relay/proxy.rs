//! Stands between the relay and exeat, knows where their conversation is, and can stop it there.

use crate::harness::wait_until;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// Where a conversation stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Nowhere.
    Never,
    /// Before this command reaches exeat.
    Before(u8),
    /// Behind the end of the message, before any answer reaches the relay.
    Answer,
}

#[derive(Debug)]
struct State {
    stop: Stop,
    /// Conversations that are stopped.
    stopped: usize,
    /// Conversations of an earlier round are cut off once they go on.
    round: u64,
}

/// The proxy.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Where the relay connects.
    pub port: u16,
    shared: Arc<(Mutex<State>, Condvar)>,
    seen: Seen,
}

impl Proxy {
    /// Starts one in front of a port.
    pub fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = State { stop: Stop::Never, stopped: 0, round: 0 };
        let proxy = Self { port, shared: Arc::new((Mutex::new(state), Condvar::new())), seen: Seen::default() };
        let own = proxy.clone();
        thread::spawn(move || {
            for relay in listener.incoming().flatten() {
                // Where exeat is not there the relay sees a connection that ends at once.
                let Ok(exeat) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                own.carry(&relay, &exeat);
            }
        });
        proxy
    }
    /// What it sees.
    pub fn watch(&self) -> Seen {
        self.seen.clone()
    }
    /// From now on conversations stop there.
    pub fn stop_at(&self, stop: Stop) {
        let mut state = self.shared.0.lock().unwrap();
        (state.stop, state.stopped) = (stop, 0);
    }
    /// Waits until so many conversations are stopped.
    pub fn wait_stopped(&self, count: usize) -> bool {
        wait_until(Duration::from_secs(30), || self.shared.0.lock().unwrap().stopped >= count)
    }
    /// Cuts off what is stopped; whoever connects from now on goes through.
    pub fn cut(&self) {
        let mut state = self.shared.0.lock().unwrap();
        (state.stop, state.stopped) = (Stop::Never, 0);
        state.round += 1;
        self.shared.1.notify_all();
    }
    /// Lets what is stopped go on.
    pub fn go_on(&self) {
        let mut state = self.shared.0.lock().unwrap();
        (state.stop, state.stopped) = (Stop::Never, 0);
        self.shared.1.notify_all();
    }

    fn carry(&self, relay: &TcpStream, exeat: &TcpStream) {
        let round = self.shared.0.lock().unwrap().round;
        let ended = Arc::new(AtomicBool::new(false));
        let (mine, from, to) = (self.clone(), relay.try_clone().unwrap(), exeat.try_clone().unwrap());
        let end = Arc::clone(&ended);
        thread::spawn(move || mine.commands(from, to, round, &end));
        let (mine, from, to) = (self.clone(), exeat.try_clone().unwrap(), relay.try_clone().unwrap());
        thread::spawn(move || mine.replies(from, to, round, &ended));
    }
    /// Waits while conversations stop here. `false`: this one is cut off.
    fn pass(&self, round: u64, here: impl Fn(Stop) -> bool) -> bool {
        let (lock, changed) = &*self.shared;
        let mut state = lock.lock().unwrap();
        if here(state.stop) {
            state.stopped += 1;
        }
        while here(state.stop) {
            state = changed.wait(state).unwrap();
        }
        state.round == round
    }
    fn commands(&self, mut from: TcpStream, mut to: TcpStream, round: u64, ended: &AtomicBool) {
        while let Some(frame) = read_frame(&mut from) {
            let letter = frame[4];
            self.seen.add(&frame);
            ended.store(letter == b'E', Ordering::SeqCst);
            if !self.pass(round, |stop| stop == Stop::Before(letter)) || to.write_all(&frame).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }
    fn replies(&self, mut from: TcpStream, mut to: TcpStream, round: u64, ended: &AtomicBool) {
        while let Some(frame) = read_frame(&mut from) {
            // `p` says only that the answer takes time.
            let answer = ended.load(Ordering::SeqCst) && frame[4] != b'p';
            if !self.pass(round, |stop| answer && stop == Stop::Answer) || to.write_all(&frame).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }
}

fn read_frame(from: &mut TcpStream) -> Option<Vec<u8>> {
    let mut frame = vec![0; 4];
    from.read_exact(&mut frame).ok()?;
    let length = u32::from_be_bytes(frame[..4].try_into().unwrap()) as usize;
    frame.resize(4 + length.max(1), 0);
    from.read_exact(&mut frame[4..]).ok()?;
    Some(frame)
}

/// Stands before the release port. While it is closed, who comes there gets no greeting.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Where exeat hands mail in.
    pub port: u16,
    /// Whether it is open, and how many conversations go through it.
    shared: Arc<(Mutex<(bool, usize)>, Condvar)>,
}

impl Gate {
    /// An open one in front of a port.
    pub fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let gate = Self { port, shared: Arc::new((Mutex::new((true, 0)), Condvar::new())) };
        let own = gate.clone();
        thread::spawn(move || {
            for sender in listener.incoming().flatten() {
                let own = own.clone();
                thread::spawn(move || own.carry(&sender, to));
            }
        });
        gate
    }
    /// Closes it, and waits until nobody is in it.
    pub fn close(&self) {
        self.shared.0.lock().unwrap().0 = false;
        assert!(wait_until(Duration::from_secs(10), || self.shared.0.lock().unwrap().1 == 0));
    }
    /// Opens it. Who waited before it is sent away.
    pub fn open(&self) {
        self.shared.0.lock().unwrap().0 = true;
        self.shared.1.notify_all();
    }
    fn carry(&self, sender: &TcpStream, to: u16) {
        let (lock, changed) = &*self.shared;
        let mut state = lock.lock().unwrap();
        if !state.0 {
            while !state.0 {
                state = changed.wait(state).unwrap();
            }
            return;
        }
        state.1 += 1;
        drop(state);
        if let Ok(relay) = TcpStream::connect(("127.0.0.1", to)) {
            let (mut from, mut back) = (sender.try_clone().unwrap(), relay.try_clone().unwrap());
            let commands = thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut back);
                let _ = back.shutdown(Shutdown::Write);
            });
            let (mut relay, mut sender) = (relay, sender.try_clone().unwrap());
            let _ = std::io::copy(&mut relay, &mut sender);
            let _ = sender.shutdown(Shutdown::Both);
            let _ = commands.join();
        }
        lock.lock().unwrap().1 -= 1;
    }
}

/// The header fields that went through a proxy.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<Vec<(String, String)>>>);

impl Seen {
    /// The last value of a field.
    pub fn header(&self, name: &str) -> Option<String> {
        let fields = self.0.lock().unwrap();
        let field = fields.iter().rev().find(|(own, _)| own.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.trim().replace('\n', "\r\n"))
    }
    fn add(&self, frame: &[u8]) {
        let mut parts = frame[5..].split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned());
        if let (b'L', Some(name), Some(value)) = (frame[4], parts.next(), parts.next()) {
            self.0.lock().unwrap().push((name, value));
        }
    }
}
