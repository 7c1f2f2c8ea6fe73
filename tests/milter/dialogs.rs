//! Plays `tests/dialogs/*.txt`.

use crate::player::{End, Player, Seen};
use crate::script::{Line, bytes_of, packet, read, words_of, written};
use exeat::milter::Settings;
use exeat::milter::session::Limits;
use std::path::Path;

#[test]
fn every_dialogue_goes_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogs");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    assert!(files.len() > 10, "dialogues are missing");
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        play(&name, &read(&std::fs::read_to_string(&file).unwrap()));
    }
}

/// Plays one dialogue. What we answer between two lines of the relay must stand there, all of it.
fn play(name: &str, lines: &[Line]) {
    let mut limits = Settings::default().limits();
    let mut player = None;
    let mut expected = Vec::new();
    for line in lines {
        let place = format!("{name}:{}", line.number);
        if line.verb == "limit" {
            set_limit(&mut limits, &line.rest);
            continue;
        }
        let player = player.get_or_insert_with(|| Player::new(limits));
        match line.verb.as_str() {
            ">" => {
                compare(&place, &mut player.out, &mut expected);
                assert_eq!(player.end, None, "{place}: the session is over already");
                player.feed(&packet(&line.rest));
            }
            "<" => expected.extend(packet(&line.rest)),
            "judge" => player.answer.push(line.rest.clone()),
            "sees" => sees(&place, player.seen.last().unwrap_or_else(|| panic!("{place}: nothing seen")), &line.rest),
            "judged" => assert_eq!(player.seen.len(), line.rest.parse::<usize>().unwrap(), "{place}"),
            "closed" => assert_eq!(player.end, Some(End::Closed), "{place}"),
            "violation" => {
                let Some(End::Violation(violation)) = player.end else { panic!("{place}: no violation") };
                assert_eq!(violation.name(), line.rest, "{place}");
            }
            other => panic!("{place}: no such line: {other}"),
        }
    }
    compare(&format!("{name}: at the end"), &mut player.expect("a dialogue").out, &mut expected);
}

fn compare(place: &str, got: &mut Vec<u8>, expected: &mut Vec<u8>) {
    assert_eq!(written(got), written(expected), "before {place}");
    got.clear();
    expected.clear();
}

fn set_limit(limits: &mut Limits, rest: &str) {
    let (name, number) = rest.split_once(' ').unwrap();
    let number: usize = number.parse().unwrap();
    match name {
        "header_bytes" => limits.header_bytes = number,
        "header_count" => limits.header_count = number,
        "recipients" => limits.recipients = number,
        "envelope_bytes" => limits.envelope_bytes = number,
        "macro_bytes" => limits.macro_bytes = number,
        "message_bytes" => limits.message_bytes = number as u64,
        other => panic!("no limit: {other}"),
    }
}

fn sees(place: &str, seen: &Seen, rest: &str) {
    let words = words_of(rest);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let envelope = &seen.envelope;
    match words.as_slice() {
        ["sender", given, parameters @ ..] => {
            let sender = envelope.sender.as_ref().unwrap();
            assert!(sender.given == bytes_of(given), "{place}: another sender");
            assert_eq!(sender.parameters, parameters, "{place}");
        }
        ["null", "sender"] => {
            assert!(envelope.sender.as_ref().unwrap().address.is_none(), "{place}");
        }
        ["recipients", number] => assert_eq!(envelope.recipients.len().to_string(), *number, "{place}"),
        ["recipient", index, given, parameters @ ..] => {
            let path = &envelope.recipients[index.parse::<usize>().unwrap()];
            assert!(path.given == bytes_of(given), "{place}: another recipient");
            assert_eq!(path.parameters, parameters, "{place}");
        }
        ["client", address] => {
            let seen = envelope.client_addr.map_or("none".to_owned(), |address| address.to_string());
            assert_eq!(seen, *address, "{place}");
        }
        ["helo", name] => assert_eq!(envelope.helo, *name, "{place}"),
        ["queue", id] => assert_eq!(envelope.queue_id(), *id, "{place}"),
        ["listener", name] => assert_eq!(envelope.listener, *name, "{place}"),
        ["macro", name, value] => assert_eq!(envelope.macro_value(name), Some(*value), "{place}"),
        ["no", "macro", name] => assert_eq!(envelope.macro_value(name), None, "{place}"),
        ["headers", number] => assert_eq!(seen.headers.len().to_string(), *number, "{place}"),
        ["header", index, name, value] => {
            let header = &seen.headers[index.parse::<usize>().unwrap()];
            let got = (String::from_utf8_lossy(&header.name), String::from_utf8_lossy(&header.value));
            let (name, value) = (bytes_of(name), bytes_of(value));
            assert_eq!(got, (String::from_utf8_lossy(&name), String::from_utf8_lossy(&value)), "{place}");
        }
        ["size", number] => assert_eq!(seen.message.len().to_string(), *number, "{place}"),
        ["message", text] => {
            let (got, wanted) = (seen.message.escape_ascii().to_string(), bytes_of(text).escape_ascii().to_string());
            assert_eq!(got, wanted, "{place}");
        }
        other => panic!("{place}: no such thing to see: {other:?}"),
    }
}
