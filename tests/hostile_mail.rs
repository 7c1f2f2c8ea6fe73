//! Messages made to harm, at random, and by others: whatever they are, there is a sound tree soon.
#![allow(clippy::too_many_lines, clippy::format_collect, clippy::items_after_statements, clippy::reversed_empty_ranges)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "harness/sound.rs"]
mod sound;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use exeat::mail::parts::{Encoding, GapKind, Limits, Place, Tree, take_apart};
use proptest::prelude::*;

/// Takes a message apart and checks what holds for every tree.
fn sound(raw: &[u8]) -> Tree {
    let limits = Limits::default();
    let tree = take_apart(raw, &limits);
    sound::sound(raw, &tree, &limits);
    tree
}

fn gap(tree: &Tree, kind: GapKind) -> bool {
    tree.gaps.iter().any(|gap| gap.kind == kind)
}

/// Name, message, whether a limit must be reported, a word that must be in the text.
type Case = (&'static str, Vec<u8>, bool, &'static str);

fn cases() -> Vec<Case> {
    let html = |body: String| format!("Content-Type: text/html\n\n{body}wren").into_bytes();
    let multipart = |boundary: usize| format!("Content-Type: multipart/mixed; boundary=b{boundary}\n\n--b{boundary}\n");
    let unterminated: String = (0..26_000).map(multipart).collect();
    let siblings: String = (0..12_000)
        .map(|index| format!("--o\nContent-Type: multipart/mixed; boundary=i{index}\n\n--x{index}\nnothing\n"))
        .collect();
    let mut encoded = String::from("Subject: wren\n\nwren");
    for _ in 0..12 {
        let body = base64::engine::general_purpose::STANDARD.encode(encoded);
        encoded = format!("Subject: wren\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{body}\n");
    }
    vec![
        ("encoded messages", encoded.into_bytes(), true, "wren"),
        ("nested messages", b"Content-Type: message/rfc822\n\n".repeat(100_000), true, "message/rfc822"),
        (
            "nested messages with an end",
            [&b"Content-Type: message/rfc822\n\n".repeat(100_000)[..], b"wren"].concat(),
            true,
            "wren",
        ),
        ("unterminated multiparts", format!("{unterminated}\nwren").into_bytes(), true, "wren"),
        (
            "undeclared boundaries",
            format!("Content-Type: multipart/mixed; boundary=o\n\n{siblings}wren").into_bytes(),
            true,
            "wren",
        ),
        ("nested tags", html("<div>".repeat(1_000_000)), false, "wren"),
        ("nested hidden tags", html("<div hidden><b>".repeat(300_000)), false, "wren"),
        ("nested tables", html("<table><tr><td>".repeat(200_000)), false, "wren"),
        ("open tags", html("<a href=\"".repeat(300_000)), false, "wren"),
        ("open quotes", html("<a b='".repeat(300_000)), false, "wren"),
        ("open comments", html("<!--".repeat(300_000)), false, "wren"),
        ("comment of angles", html(format!("<!--{}-->", "<1".repeat(500_000))), false, "wren"),
        ("scripts", html("<script>".repeat(300_000)), false, "wren"),
        ("ampersands", html("&".repeat(2_000_000)), false, "wren"),
        ("attributes", html(format!("<p {}>", "title=x ".repeat(400_000))), true, "wren"),
        ("header fields", format!("{}\n\nwren", "X-A: b\n".repeat(10_000)).into_bytes(), false, "wren"),
        ("more header fields", format!("{}\nwren", "X-A: b\n".repeat(60_000)).into_bytes(), true, "wren"),
        ("comments in a type", format!("Content-Type: {}\n\nwren", "(".repeat(1_000_000)).into_bytes(), false, "wren"),
        ("huge value", format!("Subject: {}\n\nwren", "a ".repeat(2_000_000)).into_bytes(), true, "wren"),
        ("encoded words", format!("Subject: {}\n\nwren", "=?a?Q?".repeat(500_000)).into_bytes(), true, "wren"),
        (
            "encoded words that end",
            format!("Subject: {}\n\nwren", "=?utf-8?Q?a?= ".repeat(200_000)).into_bytes(),
            true,
            "wren",
        ),
        (
            "parameters",
            format!("Content-Type: text/plain; {}\n\nwren", "a*1=b;".repeat(300_000)).into_bytes(),
            false,
            "wren",
        ),
        (
            "dashes",
            [b"Content-Type: multipart/mixed; boundary=-\n\n".to_vec(), b"--\n".repeat(500_000), b"wren".to_vec()]
                .concat(),
            false,
            "wren",
        ),
        (
            "parts",
            [
                b"Content-Type: multipart/mixed; boundary=b\n\n".to_vec(),
                b"--b\n\nx\n".repeat(200_000),
                b"wren".to_vec(),
            ]
            .concat(),
            true,
            "wren",
        ),
        (
            "files in text",
            [b"\n".to_vec(), b"begin 644 a\n#86)C\n`\nend\n".repeat(50_000), b"wren".to_vec()].concat(),
            false,
            "wren",
        ),
        ("begins", [b"\n".to_vec(), b"begin 644 a\n".repeat(200_000), b"wren".to_vec()].concat(), false, "wren"),
        (
            "cells",
            [b"Content-Type: text/csv; name=a.csv\n\nwren\n".to_vec(), b"\"a,".repeat(700_000)].concat(),
            false,
            "wren",
        ),
        (
            "many cells",
            [b"Content-Type: text/csv; name=a.csv\n\nwren\n".to_vec(), b",".repeat(1_500_000)].concat(),
            true,
            "wren",
        ),
        (
            "calendar folds",
            [b"Content-Type: text/calendar\n\nSUMMARY:wren\n".to_vec(), b" \n".repeat(500_000)].concat(),
            false,
            "wren",
        ),
        (
            "wide letters",
            [b"Content-Type: text/plain; charset=iso-8859-1\n\nwren ".to_vec(), b"a\xE9".repeat(1_500_000)].concat(),
            false,
            "wren",
        ),
        ("long text", [b"\nwren ".to_vec(), b"text ".repeat(4_000_000)].concat(), true, "wren"),
    ]
}

/// Generous for a debug build on a busy machine; quadratic reading takes minutes here.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn harm_is_bounded() {
    for (name, raw, limited, word) in cases() {
        let start = Instant::now();
        // A stack far smaller than a thread's: nothing here may recurse with the message's depth.
        let worker = std::thread::Builder::new().stack_size(512 << 10);
        let tree = worker.spawn(move || sound(&raw)).unwrap().join().unwrap();
        assert!(start.elapsed() < SOON, "{name}: {:?}", start.elapsed());
        assert!(tree.text.contains(word), "{name}: word not seen");
        assert_eq!(gap(&tree, GapKind::Limit), limited, "{name}: {:?}", tree.gaps);
    }
}

#[test]
fn small_limits_hold() {
    let raw = std::fs::read(folder().join("alternative-related.eml")).unwrap();
    let whole = Limits::default();
    for limits in [
        Limits { depth: 1, ..whole.clone() },
        Limits { parts: 2, ..whole.clone() },
        Limits { headers: 2, ..whole.clone() },
        Limits { text: 40, ..whole.clone() },
        Limits { value: 3, ..whole.clone() },
    ] {
        let tree = take_apart(&raw, &limits);
        assert_eq!(tree.check(raw.len() as u64, &limits), Ok(()), "{limits:?}");
        assert!(gap(&tree, GapKind::Limit), "{limits:?}");
    }
    let cells = Limits { cells: 2, ..whole };
    let raw = std::fs::read(folder().join("csv.eml")).unwrap();
    let tree = take_apart(&raw, &cells);
    assert_eq!((tree.check(raw.len() as u64, &cells), gap(&tree, GapKind::Limit)), (Ok(()), true));
}

/// What a worker that was taken over might return is refused.
#[test]
fn broken_trees_are_refused() {
    let raw = std::fs::read(folder().join("alternative-related.eml")).unwrap();
    let limits = Limits::default();
    let tree = take_apart(&raw, &limits);
    type Harm = (&'static str, fn(&mut Tree));
    let harms: &[Harm] = &[
        ("no parts", |tree| tree.parts.clear()),
        ("text too long", |tree| tree.text = "a".repeat((16 << 20) + 1)),
        ("piece out of the text", |tree| tree.pieces.last_mut().unwrap().text.end = u32::MAX),
        ("piece backwards", |tree| tree.pieces[1].text = 5..1),
        ("pieces out of order", |tree| tree.pieces.swap(0, 1)),
        ("pieces overlap", |tree| tree.pieces[1].text.start = tree.pieces[0].text.start),
        ("piece empty", |tree| tree.pieces[0].text.end = tree.pieces[0].text.start),
        ("piece of no part", |tree| tree.pieces[0].part = 99),
        ("no line break", |tree| tree.pieces[0].text.end -= 1),
        ("run out of the piece", |tree| tree.pieces[0].runs[0].text.end += 1),
        ("run out of the message", |tree| tree.pieces[0].runs[0].content = 4_000_000..4_000_032),
        ("even run of uneven length", |tree| tree.pieces[0].runs[0].content.end -= 1),
        ("runs out of order", |tree| {
            let runs = &mut tree.pieces[0].runs;
            runs.push(runs[0].clone());
        }),
        ("too many runs", |tree| {
            let run = exeat::mail::parts::Run { text: 0..1, content: 0..1, even: true };
            tree.pieces[0].runs = vec![run; 1 << 20];
        }),
        ("hidden out of the piece", |tree| tree.pieces[0].hidden.push(0..4_000)),
        ("hidden empty", |tree| tree.pieces[0].hidden.push(1..1)),
        ("field out of the message", |tree| tree.headers.last_mut().unwrap().raw.end = u32::MAX),
        ("fields out of order", |tree| tree.headers.swap(0, 1)),
        ("field name", |tree| tree.headers[0].name = "From".to_owned()),
        ("field name too long", |tree| tree.headers[0].name = "f".repeat(300)),
        ("field's piece", |tree| tree.headers[0].piece = Some(4_000)),
        ("field's piece elsewhere", |tree| tree.headers[0].piece = Some(5)),
        ("too many fields", |tree| tree.headers = vec![tree.headers[0].clone(); 30_000]),
        ("part its own parent", |tree| tree.parts[1].parent = 1),
        ("body out of the message", |tree| tree.parts[1].body.end = u32::MAX),
        ("header backwards", |tree| tree.parts[1].header = 3..1),
        ("type too long", |tree| tree.parts[1].declared = "a".repeat(1_000)),
        ("charset", |tree| tree.parts[1].charset = "é".to_owned()),
        ("size", |tree| tree.parts[1].size = 1 << 40),
        ("name", |tree| tree.parts[1].name = Some(0)),
        ("gap of no part", |tree| {
            tree.gaps.push(exeat::mail::parts::Gap { kind: GapKind::Limit, part: 99, reason: String::new() });
        }),
        ("gap's reason", |tree| {
            tree.gaps.push(exeat::mail::parts::Gap { kind: GapKind::Limit, part: 0, reason: "a\nb".to_owned() });
        }),
        ("cell of no piece", |tree| {
            tree.cells.push(exeat::mail::parts::Cell { piece: 999, table: 0, row: 0, column: 0, text: 0..0 });
        }),
        ("cell out of its piece", |tree| {
            tree.cells.push(exeat::mail::parts::Cell { piece: 1, table: 0, row: 0, column: 0, text: 0..0 });
        }),
    ];
    assert_eq!(tree.check(raw.len() as u64, &limits), Ok(()));
    for (name, harm) in harms {
        let mut broken = tree.clone();
        harm(&mut broken);
        assert!(broken.check(raw.len() as u64, &limits).is_err(), "{name}");
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails")
}

fn mails() -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "eml")).collect();
    files.sort();
    files.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Pieces of messages, so that chance builds something that means something.
const BITS: &[&str] = &[
    "Content-Type: ",
    "multipart/mixed",
    "multipart/alternative",
    "message/rfc822",
    "text/html",
    "text/csv",
    "text/calendar",
    "; boundary=b",
    "; boundary=\"b\"",
    "; charset=utf-16",
    "; charset=iso-2022-jp",
    "; name*0*=utf-8''%C3",
    "; name=\"x\"",
    "\n--b\n",
    "\n--b--\n",
    "\n",
    "\n\n",
    "\r\n",
    " ",
    "\t",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "Subject: ",
    "=?utf-8?Q?",
    "=C3=A9",
    "?=",
    "<b>",
    "</b>",
    "<!--",
    "-->",
    "<p style=\"display:none\">",
    "&eacute;",
    "&#",
    "<table><tr><td>",
    "</td></tr></table>",
    "<script>",
    "\"",
    "'",
    "<",
    ">",
    "begin 644 a\n",
    "#86)C\n",
    "=ybegin name=a\n",
    "BEGIN:VCALENDAR\n",
    "=\n",
    "QUJD",
    "SUMMARY:a\\, b\n b\n",
    "\u{FEFF}",
    "é",
    "\0",
    "=",
    "%20",
    "href=\"x%C3%A9\"",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(raw in prop::collection::vec(any::<u8>(), 0..600)) {
        sound(&raw);
    }

    #[test]
    fn any_bits(bits in prop::collection::vec(prop::sample::select(BITS), 0..60)) {
        sound(bits.concat().as_bytes());
    }

    #[test]
    fn changed_messages(index in any::<prop::sample::Index>(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4), 1..12), bit in prop::sample::select(BITS)) {
        let mails = mails();
        let mut raw = index.get(&mails).clone();
        for (at, byte, how) in changes {
            let at = at.index(raw.len() + 1);
            match how {
                0 if at < raw.len() => raw[at] = byte,
                1 if at < raw.len() => { raw.remove(at); }
                2 => raw.truncate(at.max(raw.len() / 2)),
                _ => { raw.splice(at..at, bit.bytes()); }
            }
        }
        sound(&raw);
    }
}

/// Messages that other programs are tested with, where they are at hand.
#[test]
fn messages_of_others() {
    let shared = std::env::var_os("EXEAT_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let emails = shared.join("data/emails");
    if !emails.is_dir() {
        println!("skipped: no shared data");
        return;
    }
    let mut wrong = Vec::new();
    let mut held = [0_usize; 5];
    let mut all = 0;
    for group in ["cpython", "enmime", "mikel", "tika"] {
        let expected = std::fs::read_to_string(emails.join(group).join("expected.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
        for (name, wanted) in expected.as_object().unwrap() {
            let tree = sound(&std::fs::read(emails.join(group).join(name)).unwrap());
            if wanted["firm"] != true {
                continue;
            }
            all += 1;
            for (index, problem) in against(&tree, wanted).into_iter().enumerate() {
                match problem {
                    None => held[index] += 1,
                    Some(problem) => wrong.push(format!("{group}/{name}: {problem}")),
                }
            }
        }
    }
    println!(
        "{all} firm messages; subject {}, parts {}, names {}, text {}, sizes {} as expected",
        held[0], held[1], held[2], held[3], held[4]
    );
    wrong.retain(|problem| !OTHERWISE.iter().any(|(start, _)| problem.starts_with(start)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all > 150);
}

/// Where those programs see something else, and why this one does not.
const OTHERWISE: &[(&str, &str)] = &[
    ("cpython/msg_15.txt: parts", "a container that declares no boundary is read by the one it uses"),
    ("cpython/msg_31.txt: parts", "the same"),
    ("mikel/raw_email_bad_time.eml: parts", "the same"),
    ("mikel/raw_email_with_illegal_boundary.eml: parts", "the same"),
    ("cpython/msg_39.txt: parts", "a boundary line behind the last one counts"),
    ("cpython/msg_36.txt: parts", "message/external-body is a leaf"),
    ("cpython/msg_42.txt: parts", "a part without a header ends at its boundary line"),
    ("cpython/msg_19.txt: text", "a text without a header is all body"),
    ("cpython/msg_44.txt: text", "a text with a name is attached"),
    ("enmime/mime-bad-content-transfer-encoding.raw: text", "words under the name of base64 are shown as they are"),
    ("enmime/mime-bad-content-type.raw: parts", "a type that is none is binary data"),
    ("enmime/mime-blank-media-name.raw: parts", "the same"),
    ("mikel/attachment_message_rfc822_inline_image.eml: parts", "empty container of a nested message"),
    ("mikel/attachment_with_unquoted_name.eml: names", "a name without quotes goes on behind a space"),
    ("mikel/attachment_pdf_non_ascii.eml: text", "UTF-8 under a Latin label is UTF-8"),
    ("mikel/attachment_pdf_non_ascii_lf.eml: text", "the same"),
    ("mikel/content_transfer_encoding_7-bit.eml: text", "the same"),
    ("mikel/invalid_subject_characters.eml: subject", "bytes that are no UTF-8 are Windows-1252"),
];

/// Subject, leaf parts, attachment names, text: what is not as expected.
fn against(tree: &Tree, wanted: &serde_json::Value) -> [Option<String>; 5] {
    let differ = |what: &str, found: String, wanted: String| {
        (found != wanted).then(|| format!("{what}: {found:?}, not {wanted:?}"))
    };
    let text = |piece: u32| {
        let range = &tree.pieces[piece as usize].text;
        tree.text[range.start as usize..range.end as usize].to_owned()
    };
    let subject = tree
        .headers
        .iter()
        .find(|field| field.name == "subject")
        .and_then(|field| field.piece)
        .map_or(String::new(), text);
    // Reports are taken apart further by others; a container without parts is a leaf to them.
    let report = ["message/delivery-status", "text/rfc822-headers", "multipart/report", "text/plain"];
    let empty = |index: usize| !tree.parts.iter().skip(1).any(|part| usize::from(part.parent) == index);
    let mut leaves: Vec<&str> = tree
        .parts
        .iter()
        .enumerate()
        .filter(|(index, part)| !part.container || empty(*index))
        .filter(|(_, part)| {
            part.declared != "message/rfc822" && !(part.encoding == Encoding::Other && part.body.is_empty())
        })
        .map(|(_, part)| part.declared.as_str())
        .collect();
    let wanted_leaves = wanted["leaf_parts"].as_array().unwrap();
    let mut wanted_leaves: Vec<&str> = wanted_leaves.iter().map(|part| part.as_str().unwrap()).collect();
    if tree.facts.report {
        leaves.retain(|declared| !report.contains(declared));
        wanted_leaves.retain(|declared| !report.contains(declared));
    }
    let names: Vec<String> = tree.parts.iter().filter_map(|part| part.name).map(text).collect();
    let wanted_names = wanted["attachments"].as_array().unwrap().iter().filter_map(|file| file["filename"].as_str());
    let missing: Vec<&str> = wanted_names.filter(|name| !names.iter().any(|found| found == name)).collect();
    let sizes: Vec<String> = wanted["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|file| file["agree"].as_u64() >= Some(2))
        .filter_map(|file| {
            let name = file["filename"].as_str()?;
            let mut found = tree
                .parts
                .iter()
                .filter(|part| part.name.is_some_and(|piece| text(piece) == name))
                .map(|part| part.size)
                .peekable();
            found.peek()?;
            let found: Vec<u64> = found.collect();
            (!found.contains(&file["size"].as_u64()?)).then(|| format!("{name}: {found:?}, not {}", file["size"]))
        })
        .collect();
    let body: String = tree
        .pieces
        .iter()
        .filter(|piece| {
            let part = &tree.parts[usize::from(piece.part)];
            matches!(piece.place, Place::Body | Place::Attachment) && part.declared == "text/plain" && !part.attached
        })
        .map(|piece| &tree.text[piece.text.start as usize..piece.text.end as usize])
        .collect();
    let body: String = body.chars().filter(|letter| !letter.is_whitespace()).collect();
    let hash = ring::digest::digest(&ring::digest::SHA256, body.as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    [
        wanted["subject"].as_str().and_then(|wanted| differ("subject", squeezed(&subject), squeezed(wanted))),
        differ("parts", leaves.join(" "), wanted_leaves.join(" ")),
        (!missing.is_empty()).then(|| format!("names: {names:?}, missing {missing:?}")),
        wanted["text_nows_sha256"].as_str().filter(|wanted| *wanted != hash).map(|_| "text differs".to_owned()),
        (!sizes.is_empty()).then(|| format!("sizes: {sizes:?}")),
    ]
}
