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
        form: Some(case.form),
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

/// Where the eight things stand in the text of a notice, in this order.
const ORDER: [&str; 8] = [
    "",
    "YOUR MESSAGE",
    "WHAT WAS NOTICED, AND WHERE",
    "WHAT HAPPENS NEXT",
    "WHAT YOU CAN DO NOW",
    "IF A CHILD IS AT RISK, DO NOT WAIT",
    "QUESTIONS",
    "WHY YOU GET THIS",
];

#[test]
fn the_eight_things_stand_in_their_order() {
    for (name, case) in cases().into_iter().filter(|(_, case)| !case.summary) {
        let bytes = write(&case);
        let text = text(&MessageParser::default().parse(&bytes).unwrap());
        let headings: Vec<&str> = text
            .lines()
            .filter(|line| !line.is_empty() && line.to_uppercase() == *line && !line.starts_with('-'))
            .collect();
        let places: Vec<usize> = headings
            .iter()
            .map(|heading| {
                let heading = if *heading == "WHAT HAPPENED" { ORDER[2] } else { *heading };
                ORDER.iter().position(|known| *known == heading).unwrap_or_else(|| panic!("{name}: {heading}"))
            })
            .collect();
        assert!(places.is_sorted() && places.len() >= 6, "{name}: {headings:?}");
        let first = text.lines().next().unwrap();
        assert!(["Sent ", "Changed, ", "Waiting: ", "Not sent "].iter().any(|word| first.starts_with(word)), "{name}");
        assert!(text.contains("Telephone 01632 960 100 now") && text.contains("Reference: EX-"), "{name}");
        let section = text.split("WHAT YOU CAN DO NOW").nth(1).unwrap_or_default();
        let things = section.lines().skip(1).take_while(|line| line.starts_with("- ")).count();
        assert!(things <= 3, "{name}");
    }
}

#[test]
fn a_report_is_for_what_waits_or_was_refused_where_reports_are_wanted() {
    for (name, mut case) in cases() {
        for form in [Form::Report, Form::Message] {
            case.form = form;
            let wanted = form == Form::Report && !case.summary && !matches!(name.as_str(), "changed" | "warned");
            let bytes = write(&case);
            let message = MessageParser::default().parse(&bytes).unwrap();
            assert_eq!(message.is_content_type("multipart", "report"), wanted, "{name} {form:?}");
            let Some(status) = status(&message) else {
                assert!(!wanted && message.is_content_type("multipart", "alternative"), "{name}");
                continue;
            };
            check_status(&name, &case, &status);
        }
    }
}

/// RFC 3464: fields of the message, an empty line, then a block for each recipient; seven bits.
fn check_status(name: &str, case: &Case, status: &str) {
    assert!(status.is_ascii() && !status.replace("\r\n", "").contains(['\r', '\n']), "{name}");
    let blocks: Vec<&str> = status.trim_end().split("\r\n\r\n").collect();
    assert!(blocks[0].contains("Reporting-MTA: dns; exeat.school.example"), "{name}");
    let outcomes: Vec<_> = case.stories.iter().flat_map(|story| &story.outcomes).collect();
    assert_eq!(blocks.len() - 1, outcomes.iter().map(|outcome| outcome.recipients.len()).sum::<usize>(), "{name}");
    for block in &blocks[1..] {
        for field in ["Final-Recipient: ", "Action: ", "Status: "] {
            assert_eq!(block.lines().filter(|line| line.starts_with(field)).count(), 1, "{name}: {block}");
        }
        let class = block.split("Status: ").nth(1).unwrap().chars().next().unwrap();
        let action = block.split("Action: ").nth(1).unwrap().lines().next().unwrap();
        assert!(matches!((action, class), ("delayed", '4') | ("failed", '5') | ("relayed", '2')), "{name}: {block}");
    }
}

#[test]
fn html_says_the_same_words_without_pictures_or_strange_links() {
    for (name, case) in cases() {
        let bytes = write(&case);
        let message = MessageParser::default().parse(&bytes).unwrap();
        let html = message.body_html(0).unwrap().into_owned();
        let bare: String = html
            .split('<')
            .filter_map(|piece| piece.split_once('>'))
            .filter(|(tag, _)| !tag.starts_with("title"))
            .map(|(_, text)| text)
            .collect();
        let bare = bare.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        let squeeze = |text: &str| text.split_whitespace().collect::<String>().to_uppercase();
        let text = text(&message).replace("\r\n- ", "\r\n");
        assert_eq!(squeeze(&bare), squeeze(&text), "{name}");
        for bad in ["<img", "src=", "http", "<script", "<style", "background"] {
            assert!(!html.contains(bad), "{name}: {bad}");
        }
        let strange =
            html.split("href=\"").skip(1).find(|link| !link.starts_with("tel:") && !link.starts_with("mailto:"));
        assert_eq!(strange, None, "{name}");
    }
}

#[test]
fn the_message_is_well_formed_and_never_answered() {
    for (name, case) in cases() {
        let bytes = write(&case);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        for line in text.split("\r\n") {
            assert!(line.is_ascii() && line.len() <= 998 && !line.contains(['\r', '\n']), "{name}: {line}");
            assert!(line.matches("charset").count() <= 1, "{name}: {line}");
        }
        let count = |field: &str| head.lines().filter(|line| line.starts_with(field)).count();
        for field in [
            "From: ",
            "To: ",
            "Subject: ",
            "Date: ",
            "Message-ID: ",
            "MIME-Version: ",
            "Auto-Submitted: auto-replied",
            "X-Auto-Response-Suppress: All",
        ] {
            assert_eq!(count(field), 1, "{name}: {field}");
        }
        let answers = !case.summary && name != "hostile";
        assert_eq!((count("In-Reply-To: "), count("Bcc")), (usize::from(answers), 0), "{name}");
        assert!(head.contains("From: \"Harbour School mail check\" <mailcheck@school.example>"), "{name}");
    }
}

#[test]
fn what_is_only_noted_is_never_told_and_nothing_is_claimed_or_charged() {
    for (name, case) in cases() {
        let bytes = write(&case);
        let all = shown(&bytes);
        assert!(!all.contains("rule seen") && !all.contains("N••••"), "{name}");
        let lower = all.to_lowercase();
        for bad in ["delivered", "arrived", "received by", "violat", "breach", "offence", "your fault"] {
            assert!(!lower.contains(bad), "{name}: {bad}");
        }
    }
}
