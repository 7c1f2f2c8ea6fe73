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
    let text = tree.text.get(piece.text.start as usize..piece.text.end as usize).unwrap();
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
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    packer.write_all(&with_letters(&["SEVEN"])).unwrap();
    let archive = packer.finish().unwrap();
    let pictures = [
        (SHOWN, logo.as_slice()),
        (ATTACHED, &white(99, 300)),
        (ATTACHED, damaged),
        (ATTACHED, &huge),
        (ATTACHED, phone),
        (ATTACHED, &good),
        (ATTACHED, &good),
        (ATTACHED, &archive),
    ];
    let tree = room.open(&letter(&pictures)).await.unwrap();
    assert!(tree.text.contains("NINE") && tree.text.contains("words"));
    let expected = [
        (GapKind::Broken, 4),
        (GapKind::Limit, 5),
        (GapKind::Unsupported, 6),
        (GapKind::Limit, 8),
        // What stands in the archive comes behind the message's own parts.
        (GapKind::Unsupported, 10),
    ];
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

/// The system ends it, or the clock on a machine that is busy with other things.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_takes_more_time_than_it_may_is_a_gap() {
    if !is_here() {
        return;
    }
    let quick = ocr::Settings { seconds: NonZeroU32::MIN, ..on() };
    let (room, _) = room(reading(quick), real()).await;
    let line = "THE COACH LEAVES AT NINE AND COMES BACK AT FIVE OR SO THEY SAY HERE";
    let tree = room.open(&letter(&[(ATTACHED, &with_letters(&[line; 45]))])).await.unwrap();
    assert!(tree.gaps[0].reason.starts_with("reading the letters took"), "{:?}", tree.gaps);
    assert_eq!(gaps(&tree), [(GapKind::Exhausted, 2)]);
    assert!(tree.text.contains("words"));
}

#[tokio::test]
async fn what_is_missing_is_said_at_the_start() {
    let start = async |languages: &str, memory: u64| {
        let ocr =
            ocr::Settings { languages: languages.to_owned(), memory_bytes: NonZeroU64::new(memory).unwrap(), ..on() };
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
    let misdeeds =
        [Misdeed::ReadFile, Misdeed::WriteFile, Misdeed::Connect, Misdeed::Execute, Misdeed::Thread, Misdeed::Look];
    for allowed in ["", weaker.as_str()] {
        for misdeed in misdeeds {
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

/// The sample school in a folder of its own, with letters in pictures switched on or not.
fn school(ocr: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/sample");
    for file in ["roster.csv", "staff.csv"] {
        std::fs::copy(sample.join(file), folder.path().join(file)).unwrap();
    }
    let config = std::fs::read_to_string(sample.join("exeat.toml")).unwrap();
    std::fs::write(folder.path().join("exeat.toml"), config + ocr).unwrap();
    assert!(exeat(&folder, &["key", "create", "store.key"], b"").0 == Some(0));
    folder
}

fn exeat(folder: &tempfile::TempDir, arguments: &[&str], input: &[u8]) -> (Option<i32>, String) {
    let output = command::run(&real(), folder.path(), folder.path(), arguments, input);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

const ON: &str = "\n[room.ocr]\nenabled = true\nseconds = 60\n";

#[test]
fn a_pupil_in_a_screenshot_is_a_finding() {
    let picture = with_letters(&["REPORT FOR", "BARNABY OLLERENSHAW"]);
    let code = base64::engine::general_purpose::STANDARD.encode(picture);
    let raw = format!(
        "From: <h.pemberton@school.example>\r\nTo: <someone@elsewhere.example>\r\nSubject: As asked\r\n\
         Message-ID: <3@school.example>\r\nMIME-Version: 1.0\r\nContent-Type: image/png\r\n\
         Content-Disposition: attachment; filename=screen.png\r\nContent-Transfer-Encoding: base64\r\n\r\n{code}\r\n"
    );
    let found = |ocr: &str| -> Vec<String> {
        let (_, said) = exeat(&school(ocr), &["check", "--config", "exeat.toml", "--json", "-"], raw.as_bytes());
        let said: serde_json::Value = serde_json::from_str(said.lines().next().unwrap()).expect(&said);
        assert_eq!(said["gaps"].as_array().map(Vec::len), Some(0), "{said}");
        let findings = said["findings"].as_array().unwrap().iter();
        let names = findings.filter(|finding| finding["kind"] == "full_name");
        names.map(|finding| finding["where"].as_str().unwrap().to_owned()).collect()
    };
    assert!(found("").is_empty(), "off by default");
    if is_here() {
        assert_eq!(found(ON), ["attachment"]);
    }
}

#[test]
fn the_doctor_says_whether_letters_are_read_and_a_missing_language_keeps_exeat_from_starting() {
    if !is_here() {
        return;
    }
    let (_, said) = exeat(&school(ON), &["doctor", "--config", "exeat.toml"], b"");
    assert!(said.contains("pictures  Tesseract reads the letters in them (eng)"), "{said}");
    let missing = format!("{ON}languages = \"eng+tlh\"\n");
    let (code, said) = exeat(&school(&missing), &["doctor", "--config", "exeat.toml"], b"");
    assert!(said.contains("no model of the language tlh") && said.contains("tesseract-ocr-tlh"), "{said}");
    assert!(code == Some(1) && said.contains("tried and stopped"), "the workers are looked at all the same: {said}");
    let (code, said) = exeat(&school(&missing), &["serve", "--config", "exeat.toml"], b"");
    assert!(said.contains("tesseract-ocr-tlh"), "{said}");
    assert_eq!(code, Some(2));
}
