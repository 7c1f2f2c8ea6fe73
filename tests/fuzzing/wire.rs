//! A relay that says anything: however its bytes are cut, the same steps follow, and nothing is held beyond the limits.

use exeat::mail::{Header, HeaderEdit};
use exeat::milter::session::{Limits, Session, Step};
use exeat::milter::wire::{Command, Decoded, Decoder, Reply, reply};
use exeat::milter::{Answer, Edits};

const LONGEST: usize = 1 << 16;
const LIMITS: Limits = Limits {
    header_bytes: 2_000,
    header_count: 40,
    recipients: 10,
    envelope_bytes: 1_000,
    macro_bytes: 1_000,
    message_bytes: 8_000,
};
/// Beyond the limits: what is counted apart (names of macros, the host's name), and one item that goes over.
const SLACK: usize = 4_000;

/// Everything that can be told of a conversation.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    out: Vec<u8>,
    judged: Vec<Vec<u8>>,
    end: Option<String>,
}

/// The first byte is the length of the pieces; the others are what the relay says.
pub fn holds(data: &[u8]) {
    let Some((&size, stream)) = data.split_first() else { return };
    let whole = talk(std::iter::once(stream));
    let pieces = talk(stream.chunks(usize::from(size).max(1)));
    assert!(whole == pieces, "the cut of the bytes changes what is understood");
    replies_are_read_back(&whole.out);
}

fn talk<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Told {
    let mut session = Session::new("main", LIMITS);
    let mut decoder = Decoder::new(LONGEST);
    let mut told = Told::default();
    let (mut input, mut message, mut begun) = (Vec::new(), Vec::new(), false);
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            let used = match decoder.decode(&input) {
                Ok(Decoded::More { need }) => {
                    assert!(need > input.len(), "asks for what is there already");
                    assert!(need <= LONGEST + 4, "asks for more than the limit");
                    break;
                }
                Ok(Decoded::Command { command, used }) => {
                    let step = session.step(&command);
                    if matches!(step, Ok(Step::Keep { .. } | Step::Judge(_))) && !begun {
                        (message, begun) = (session.take_head(), true);
                    }
                    match step {
                        Err(violation) => told.end = Some(violation.name().to_owned()),
                        Ok(Step::Close) => told.end = Some("closed".to_owned()),
                        Ok(Step::Nothing) => {}
                        Ok(Step::Continue) => told.out.extend_from_slice(reply::CONTINUE),
                        Ok(Step::Negotiated { reply, .. } | Step::OverLimit { reply, .. }) => told.out.extend(reply),
                        Ok(Step::Keep { reply }) => {
                            if let Command::Body { bytes, .. } = command {
                                message.extend_from_slice(bytes);
                            }
                            if reply {
                                told.out.extend_from_slice(reply::CONTINUE);
                            }
                        }
                        Ok(Step::Judge(collected)) => {
                            let whole = LIMITS.message_bytes as usize + LIMITS.header_bytes;
                            assert!(message.len() <= whole + SLACK, "a message over the limit is judged");
                            let answer = answer(collected.headers.len(), collected.envelope.recipients.len());
                            if let Ok(rendered) = session.answer(answer) {
                                told.out.extend(rendered.edits);
                                told.out.extend(rendered.verdict);
                            }
                            told.judged.push(std::mem::take(&mut message));
                        }
                    }
                    if !session.in_content() {
                        begun = false;
                        message.clear();
                    }
                    let most = LIMITS.header_bytes + LIMITS.envelope_bytes + LIMITS.macro_bytes;
                    assert!(session.held() <= 4 * most + LONGEST, "more is held than the limits allow");
                    used
                }
                Err(violation) => {
                    told.end = Some(violation.name().to_owned());
                    0
                }
            };
            if told.end.is_some() {
                return told;
            }
            input.drain(..used);
        }
    }
    told
}

/// Takes the last field out, changes the first, adds one, takes the last recipient off.
fn answer(headers: usize, recipients: usize) -> Answer {
    let mut edits = Edits::default();
    if headers > 1 {
        edits.headers.push(HeaderEdit::Change { index: headers - 1, value: None });
        edits.headers.push(HeaderEdit::Change { index: 0, value: Some(b"changed".to_vec()) });
    }
    edits.headers.push(HeaderEdit::Add(Header { name: b"X-Seen".to_vec(), value: b"yes".to_vec() }));
    edits.remove.extend(recipients.checked_sub(1).map(|last| last as u32));
    Answer::Relay(edits)
}

fn replies_are_read_back(mut out: &[u8]) {
    while let Some((length, rest)) = out.split_first_chunk::<4>() {
        let (packet, behind) = rest.split_at(u32::from_be_bytes(*length) as usize);
        let (letter, data) = packet.split_first().expect("a letter");
        Reply::decode(*letter, data).expect("a reply of ours");
        out = behind;
    }
    assert!(out.is_empty(), "half a reply");
}
