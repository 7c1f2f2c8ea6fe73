//! What a judge says, in the words of a dialogue, and a judge for the server that says it.

use crate::script::{bytes_of, words_of};
use exeat::mail::{Envelope, Header, HeaderEdit, Refusal};
use exeat::milter::{Answer, Edits, Judge, Received};
use exeat::spool::Message;
use std::sync::Mutex;
use std::time::Duration;

/// Reads the lines behind `judge`. None at all: relay.
pub fn read(lines: &[String]) -> Answer {
    let mut edits = Edits::default();
    for line in lines {
        let words = words_of(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["relay"] => {}
            ["discard"] => return Answer::Discard,
            ["reject", code, enhanced, text] => return Answer::Reject(refusal(code, enhanced, text)),
            ["tempfail", code, enhanced, text] => return Answer::Tempfail(refusal(code, enhanced, text)),
            ["change", index, value] => {
                let value = Some(bytes_of(value));
                edits.headers.push(HeaderEdit::Change { index: index.parse().unwrap(), value });
            }
            ["delete", index] => {
                edits.headers.push(HeaderEdit::Change { index: index.parse().unwrap(), value: None });
            }
            ["add", name, value] => edits.headers.push(HeaderEdit::Add(header(name, value))),
            ["insert", name, value] => edits.headers.push(HeaderEdit::Insert(header(name, value))),
            ["remove", index] => edits.remove.push(index.parse().unwrap()),
            ["body", text] => {
                let head = b"X: y\r\n\r\n";
                let bytes = [head.as_slice(), &bytes_of(text)].concat();
                edits.body = Some(Message::in_memory(bytes, head.len() as u64, None));
            }
            other => panic!("not a judgement: {other:?}"),
        }
    }
    Answer::Relay(edits)
}

fn header(name: &str, value: &str) -> Header {
    Header { name: bytes_of(name), value: bytes_of(value) }
}

fn refusal(code: &str, enhanced: &str, text: &str) -> Refusal {
    let text = String::from_utf8(bytes_of(text)).unwrap();
    Refusal { code: code.parse().unwrap(), enhanced: enhanced.to_owned(), text }
}

/// A judge that says what the message asks for: the value of its `X-Judge` fields, in the words of a
/// dialogue, besides `wait MILLISECONDS`, `panic`, `grow BYTES` (a body of that size) and `vanish BYTES` (one
/// whose file has lost its end).
#[derive(Default)]
pub struct Obedient {
    /// What it saw: sizes of head and message, and whether it was in memory.
    pub seen: Mutex<Vec<(u64, u64, bool)>>,
    pub envelopes: Mutex<Vec<Envelope>>,
}

impl Judge for Obedient {
    async fn judge(&self, received: Received) -> Answer {
        let message = &received.message;
        self.seen.lock().unwrap().push((message.head(), message.len(), message.memory().is_some()));
        self.envelopes.lock().unwrap().push(received.envelope.clone());
        let mut lines = Vec::new();
        let mut grown = None;
        for field in received.headers.iter().filter(|field| field.name == b"X-Judge") {
            let line = String::from_utf8(field.value.clone()).unwrap();
            match line.split_once(' ') {
                Some(("wait", milliseconds)) => {
                    tokio::time::sleep(Duration::from_millis(milliseconds.parse().unwrap())).await;
                }
                Some(("grow", size)) => grown = Some(Message::in_memory(vec![b'x'; size.parse().unwrap()], 0, None)),
                Some(("vanish", size)) => {
                    let size: u64 = size.parse().unwrap();
                    let file = tempfile::tempfile().unwrap();
                    file.set_len(size / 2).unwrap();
                    grown = Some(Message::in_file(file, 0, size, None));
                }
                _ if line == "panic" => panic!("as asked"),
                _ => lines.push(line),
            }
        }
        match (read(&lines), grown) {
            (Answer::Relay(edits), Some(body)) => Answer::Relay(Edits { body: Some(body), ..edits }),
            (answer, _) => answer,
        }
    }
}
