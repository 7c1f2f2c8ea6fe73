//! What senders read: each story under `tests/notices` with the notice written from it. `EXEAT_BLESS=1` writes the
//! expected files anew, to be reviewed as a diff.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use exeat::notice::compose::Writer;
use exeat::notice::words::Words;
use exeat::notice::{Form, Settings, Story};
use exeat::school::Identity;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mail_parser::{Message, MessageParser, MimeHeaders};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(serde::Deserialize)]
struct Case {
    form: Form,
    summary: bool,
    stories: Vec<Story>,
}

fn cases() -> Vec<(String, Case)> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let read = |file: &PathBuf| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let case = serde_json::from_slice(&fs::read(file).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, case)
    };
    files.iter().map(read).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/notices")
}

fn write(case: &Case) -> Vec<u8> {
    let settings = Settings {
        from: "mailcheck@school.example".to_owned(),
        host: "exeat.school.example".to_owned(),
        form: case.form,
        ..Settings::default()
    };
    let school = Identity {
        name: "Harbour School".to_owned(),
        telephone: "01632 960 100".to_owned(),
        contact: "office@school.example".to_owned(),
        ..Identity::default()
    };
    let zone = TimeZone::get("Europe/London").unwrap();
    let words = Words::shipped().unwrap();
    let writer = Writer { settings: &settings, school: &school, zone: &zone, words: &words };
    let now: Timestamp = "2026-11-22T15:07:00Z".parse().unwrap();
    writer.compose(&case.stories, case.summary, now)
}

fn text(message: &Message<'_>) -> String {
    message.body_text(0).unwrap().into_owned()
}

/// What machines read of a report.
fn status(message: &Message<'_>) -> Option<String> {
    let part = message.parts.iter().find(|part| part.is_content_type("message", "delivery-status"))?;
    Some(String::from_utf8(part.contents().to_vec()).unwrap())
}

/// The notice as the expected file has it: header without boundaries, text, what machines read.
fn shown(bytes: &[u8]) -> String {
    let message = MessageParser::default().parse(bytes).unwrap();
    let head = String::from_utf8(bytes.to_vec()).unwrap();
    let head = head.split("\r\n\r\n").next().unwrap().replace("\r\n\t", " ").replace("\r\n ", " ");
    let head: Vec<String> = head
        .lines()
        .map(|line| match line.split_once(" boundary=") {
            Some((before, _)) => before.trim_end_matches(';').to_owned(),
            None => line.to_owned(),
        })
        .collect();
    let status = status(&message).map_or_else(String::new, |status| format!("-- delivery-status --\n{status}"));
    let subject = message.subject().unwrap();
    format!("{}\n-- subject --\n{subject}\n-- text --\n{}{status}", head.join("\n"), text(&message)).replace('\r', "")
}

#[test]
fn notices_read_as_reviewed() {
    let bless = std::env::var_os("EXEAT_BLESS").is_some();
    let mut wrong = Vec::new();
    for (name, case) in cases() {
        let written = shown(&write(&case));
        let file = folder().join(format!("{name}.expected"));
        if bless {
            fs::write(&file, &written).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != written {
            wrong.push(format!("{name}:\n{written}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
