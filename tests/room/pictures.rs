//! Letters in pictures are read by Tesseract behind walls of its own, where it is switched on.

use super::picture::{png, with_letters};
use super::*;
use base64::Engine as _;
use exeat::mail::parts::SectionKind;
use exeat::room::ocr::{self, PROGRAM, Unready, inside};
use std::process::{Command, Stdio};

fn is_here() -> bool {
    let here = Path::new(PROGRAM).exists();
    if !here {
        println!("skipped: {PROGRAM} is not installed (apt-get install tesseract-ocr)");
    }
    here
}

fn on() -> ocr::Settings {
    ocr::Settings { enabled: true, seconds: NonZeroU32::new(60).unwrap(), ..ocr::Settings::default() }
}

fn reading(ocr: ocr::Settings) -> Settings {
    Settings { ocr, files_seconds: NonZeroU32::new(120).unwrap(), ..settings(1) }
}

/// A message with pictures: attached, or shown in its text.
fn letter(pictures: &[(&str, &[u8])]) -> Message {
    let mut raw = "Subject: a trip\r\nContent-Type: multipart/related; boundary=b\r\n\r\n\
                   --b\r\nContent-Type: text/html\r\n\r\n<p>words</p><img src=\"cid:x\">\r\n"
        .to_owned();
    for (head, picture) in pictures {
        let code = base64::engine::general_purpose::STANDARD.encode(picture);
        raw += &format!("--b\r\n{head}Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n{code}\r\n");
    }
    Message::in_memory((raw + "--b--\r\n").into_bytes(), 44, None)
}

const ATTACHED: &str = "Content-Disposition: attachment; filename=a.png\r\n";
const SHOWN: &str = "Content-ID: <x>\r\nContent-Disposition: inline\r\n";

fn gaps(tree: &Tree) -> Vec<(GapKind, u16)> {
    tree.gaps.iter().map(|gap| (gap.kind, gap.part)).collect()
}

fn white(width: usize, height: usize) -> Vec<u8> {
    png(width, height, &vec![255; width * height])
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_in_pictures_are_read_where_it_is_switched_on_and_only_there() {
    let picture = with_letters(&["THE COACH", "LEAVES AT NINE"]);
    let message = letter(&[(ATTACHED, &picture)]);
    let (off, _) = room(settings(1), real()).await;
    let tree = off.open(&message).await.unwrap();
    assert!(!tree.text.contains("COACH") && tree.gaps.is_empty(), "off by default, and then no gap");
    if !is_here() {
        return;
    }
    let (room, seen) = room(reading(on()), real()).await;
    let tree = room.open(&message).await.unwrap();
    let piece = tree.sections.iter().find(|section| section.kind == SectionKind::Letters).unwrap().piece;
    let piece = &tree.pieces[piece as usize];
    let text = &tree.text[piece.text.start as usize..piece.text.end as usize];
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!((words.as_slice(), piece.part), (["THE", "COACH", "LEAVES", "AT", "NINE"].as_slice(), 2));
    assert_eq!((tree.gaps.len(), seen.deaths()), (0, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_read_is_a_gap_and_the_rest_is_read() {
    if !is_here() {
        return;
    }
    let small = ocr::Settings { images: NonZeroU16::MIN, pixels: NonZeroU64::new(600_000).unwrap(), ..on() };
    let (room, seen) = room(reading(small), real()).await;
    let good = with_letters(&["NINE"]);
    let (damaged, huge, logo) = (&good[..good.len() / 2], white(1000, 601), white(300, 90));
    let phone = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".as_slice();
    let pictures = [
        (SHOWN, logo.as_slice()),
        (ATTACHED, &white(99, 300)),
        (ATTACHED, damaged),
        (ATTACHED, &huge),
        (ATTACHED, &good),
        (ATTACHED, phone),
        (ATTACHED, &good),
    ];
    let tree = room.open(&letter(&pictures)).await.unwrap();
    assert!(tree.text.contains("NINE") && tree.text.contains("words"));
    let expected = [(GapKind::Broken, 4), (GapKind::Limit, 5), (GapKind::Limit, 7), (GapKind::Limit, 8)];
    assert_eq!(gaps(&tree), expected, "{:?}", tree.gaps);
    assert_eq!(seen.deaths(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_takes_for_ever_is_a_gap_and_the_rest_is_read() {
    if !is_here() {
        return;
    }
    // In place of the program: it waits for ever, once it was asked for its languages.
    let script = Script::new(
        "if [ \"$1\" = room-ocr ] && [ \"$2\" = read ]; then echo $$ >>NOTE; exec sleep 1000; fi\nexec REALLY \"$@\"",
        b"",
    );
    let quick = ocr::Settings { seconds: NonZeroU32::MIN, ..on() };
    let (room, seen) = room(reading(quick), script.program()).await;
    let message = letter(&[(ATTACHED, &with_letters(&["NINE"])), (ATTACHED, &white(20, 20))]);
    let tree = room.open(&message).await.unwrap();
    assert!(tree.text.contains("words"));
    assert_eq!(tree.gaps[0].reason, "reading the letters took longer than one picture may");
    assert_eq!((gaps(&tree), seen.deaths()), (vec![(GapKind::Exhausted, 2)], vec![]));
    script.ended().await;
}

#[tokio::test]
async fn what_is_missing_is_said_at_the_start() {
    let start = async |languages: &str, memory: u64| {
        let ocr = ocr::Settings {
            languages: languages.to_owned(),
            memory_bytes: NonZeroU64::new(memory).unwrap(),
            ..on()
        };
        Room::start(reading(ocr), real(), Budget::new(1 << 30), Arc::new(())).await.err()
    };
    let plenty = 768 << 20;
    if is_here() {
        assert_eq!(start("eng", plenty).await, None);
        let missing = Unready::NoLanguage("tlh".to_owned());
        assert_eq!(start("eng+tlh", plenty).await, Some(StartError::Letters(missing)));
        assert_eq!(start("eng", 1 << 20).await, Some(StartError::Letters(Unready::DoesNotRun)));
    } else {
        assert_eq!(start("eng", plenty).await, Some(StartError::Letters(Unready::NotInstalled)));
    }
    assert_eq!(start("-c", plenty).await, Some(StartError::Letters(Unready::NotALanguage)));
}

/// The program that becomes Tesseract tries them itself, from behind the same walls.
#[test]
fn no_misdeed_succeeds_from_behind_its_walls() {
    let weaker = Guard::ALL.map(Guard::name).join(", ");
    let tries = [Misdeed::ReadFile, Misdeed::WriteFile, Misdeed::Connect, Misdeed::Execute, Misdeed::Thread, Misdeed::Look];
    for allowed in ["", weaker.as_str()] {
        for misdeed in tries {
            let tried = Command::new(real())
                .args([inside::ARGUMENT, "try", allowed, "10", "805306368", misdeed.name()])
                .stdout(Stdio::null())
                .status()
                .unwrap();
            if tried.code() == Some(71) {
                println!("skipped: this kernel lacks a guard");
                return;
            }
            assert_eq!(tried.code(), Some(i32::from(inside::REFUSED)), "{}", misdeed.name());
        }
    }
    assert!(!Path::new("/tmp/exeat-room-probe").exists());
}
