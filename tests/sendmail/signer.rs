//! The filter behind exeat: it signs nothing, but counts the messages it saw and marks them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

/// The field it adds.
pub const MARK: &str = "X-Signed";

pub struct Signer {
    pub port: u16,
    seen: Arc<AtomicU32>,
}

impl Signer {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let count = Arc::clone(&count);
                thread::spawn(move || talk(stream, &count));
            }
        });
        Self { port, seen }
    }

    /// Whole messages it saw.
    pub fn seen(&self) -> u32 {
        self.seen.load(Ordering::SeqCst)
    }
}

/// Answers until the relay goes away.
fn talk(mut stream: TcpStream, seen: &AtomicU32) -> Option<()> {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length).ok()?;
        let mut packet = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut packet).ok()?;
        match packet[0] {
            // Version 6, it adds header fields, every step with a reply.
            b'O' => say(&mut stream, b"O\0\0\0\x06\0\0\0\x01\0\0\0\0")?,
            b'E' => {
                seen.fetch_add(1, Ordering::SeqCst);
                say(&mut stream, format!("h{MARK}\0yes\0").as_bytes())?;
                say(&mut stream, b"c")?;
            }
            b'D' | b'A' | b'K' => {}
            b'Q' => return None,
            _ => say(&mut stream, b"c")?,
        }
    }
}

fn say(stream: &mut TcpStream, packet: &[u8]) -> Option<()> {
    let length = u32::try_from(packet.len()).ok()?;
    stream.write_all(&[&length.to_be_bytes(), packet].concat()).ok()
}
