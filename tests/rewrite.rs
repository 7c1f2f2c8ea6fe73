//! A change is what was planned and not one byte more: what a relay makes of our edits is the message that was
//! put together and inspected here, and everything between the planned stretches is as the sender wrote it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(clippy::cast_possible_truncation)]

#[path = "harness/raw.rs"]
mod raw;

use arc_swap::ArcSwap;
use exeat::app::loading;
use exeat::budget::Budget;
use exeat::config::Config;
use exeat::finding::Confidence;
use exeat::journal::Journal;
use exeat::mail::edit::{self, Change};
use exeat::mail::parts::{Limits, Place, Tree, take_apart};
use exeat::mail::{Envelope, Header, Path};
use exeat::metrics::Metrics;
use exeat::milter::server::{self, Listener};
use exeat::milter::{Listen, Received, SocketAddress};
use exeat::pipeline::{Live, Pipeline, Seen};
use exeat::room::Room;
use exeat::spool::{Directory, Message};
use exeat::store::{Store, StoreKey};
use jiff::Timestamp;
use raw::{Passed, Shown, Verdict, apply, show};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

const NAME: &str = "Marigold Tewkesbury";
const TEACHER: &str = "h.pemberton@school.example";
const OUTSIDE: &str = "someone@elsewhere.example";

/// The sample school in this process, with the real milter, room and store.
struct Bench {
    runtime: tokio::runtime::Runtime,
    pipeline: Arc<Pipeline>,
    live: Arc<Live>,
    port: u16,
    _dir: tempfile::TempDir,
}

/// Rules that the pack of the sample school lacks.
const MORE: &str = r#"
[[clause]]
id = "more"
asks = "more"
rules = ["disclaimer", "size"]
[[rule]]
id = "disclaimer"
clause = "more"
check = "form"
kinds = ["disclaimer_missing"]
to = ["outside"]
action = "rewrite"
rewrite = ["disclaimer"]
[[rule]]
id = "size"
clause = "more"
check = "attachments"
kinds = ["file_size"]
over = "2 KiB"
to = ["outside"]
action = "rewrite"
rewrite = ["replace_attachment"]
"#;

impl Bench {
    fn start(more: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let source = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        for file in ["roster.csv", "staff.csv"] {
            std::fs::copy(source.join("deploy/sample").join(file), dir.path().join(file)).unwrap();
        }
        let pack = std::fs::read_to_string(source.join("rules/packs/arts-college.toml")).unwrap();
        // What is not understood in real messages is not what these tests are about.
        let pack = pack.replacen("broken = \"warn\"", "broken = \"note\"", 1);
        std::fs::write(dir.path().join("pack.toml"), if more { format!("{pack}{MORE}") } else { pack }).unwrap();
        let config = std::fs::read_to_string(source.join("deploy/sample/exeat.toml")).unwrap();
        let file = dir.path().join("exeat.toml");
        std::fs::write(&file, config.replace("\"arts-college\"", "\"pack.toml\"")).unwrap();
        let made = std::process::Command::new(env!("CARGO_BIN_EXE_exeat"))
            .args(["key", "create"])
            .arg(dir.path().join("store.key"))
            .output()
            .unwrap();
        assert!(made.status.success());
        let (config, _) = Config::read(&file).unwrap();
        let policy = loading::policy(Some(&config), &config.pack).unwrap();
        let live = Arc::new(loading::load(&config, policy).unwrap().live);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let budget = Budget::new(64 << 20);
        let spool = Directory::open(&dir.path().join("spool")).unwrap();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_exeat"));
        let room = runtime.block_on(Room::start(config.room.clone(), program, budget.clone(), Arc::new(()))).unwrap();
        let pipeline = Arc::new(Pipeline {
            live: Arc::new(ArcSwap::from(Arc::clone(&live))),
            room,
            store: Some(Store::open(&dir.path().join("kept.sqlite"), StoreKey::new([7; 32]), 1 << 30).unwrap()),
            budget: budget.clone(),
            spool: spool.clone(),
            most_in_memory: 256 << 10,
            journal: Journal::new(Metrics::new().unwrap()),
            wake: Arc::new(|| {}),
            window: jiff::SignedDuration::from_hours(24),
        });
        let listen = Listen {
            name: "relay".to_owned(),
            socket: SocketAddress::Inet("127.0.0.1:0".parse().unwrap()),
            mode: 0o600,
        };
        let listener = runtime.block_on(Listener::bind(&listen)).unwrap();
        let port = listener.address().unwrap().port();
        let settings = Arc::new(ArcSwap::from_pointee(exeat::milter::Settings::default()));
        let (judge, (_, stopped)) = (Arc::clone(&pipeline), tokio::sync::watch::channel(false));
        runtime.spawn(async move {
            // Nobody says stop: the runtime ends it.
            let (keep, _) = (tokio::sync::watch::channel(false), stopped);
            server::run(vec![listener], settings, budget, spool, judge, Arc::new(()), keep.1).await;
        });
        Self { runtime, pipeline, live, port, _dir: dir }
    }

    fn received(shown: &Shown) -> Received {
        let bytes = shown.bytes();
        let head = (bytes.len() - shown.body.len()) as u64;
        let header = |(name, value): &(Vec<u8>, Vec<u8>)| Header {
            name: name.clone(),
            value: value.strip_prefix(b" ").unwrap_or(value).to_vec(),
        };
        Received {
            envelope: Envelope {
                sender: Some(Path::new(&shown.from, Vec::new())),
                recipients: shown.to.iter().map(|to| Path::new(to, Vec::new())).collect(),
                listener: "relay".to_owned(),
                ..Envelope::default()
            },
            headers: shown.headers.iter().map(header).collect(),
            message: Message::in_memory(bytes, head, None),
        }
    }

    fn look(&self, received: &Received, bytes: &[u8]) -> Seen {
        let (pipeline, live) = (Arc::clone(&self.pipeline), Arc::clone(&self.live));
        let tree = take_apart(bytes, &Limits::default());
        let received = Received {
            envelope: received.envelope.clone(),
            headers: received.headers.clone(),
            message: received.message.clone(),
        };
        let task = self.runtime.spawn(async move { pipeline.inspect(&live, &received, tree, Timestamp::now()) });
        self.runtime.block_on(task).unwrap()
    }

    /// What comes out at the relay, checked against what was planned here. `None`: it did not go out.
    fn relayed(&self, name: &str, shown: &Shown) -> Option<Passed> {
        let heard = show(self.port, shown);
        if heard.verdict != Verdict::Relay {
            assert_eq!(heard.verdict, Verdict::Discard, "{name}");
            return None;
        }
        let passed = apply(shown, &heard.edits);
        let received = Self::received(shown);
        let seen = self.look(&received, &shown.bytes());
        let (pipeline, live) = (Arc::clone(&self.pipeline), Arc::clone(&self.live));
        let task = self
            .runtime
            .spawn(async move { pipeline.outcome(&live, &received, &seen, Timestamp::now()).await.unwrap() });
        let planned = self.runtime.block_on(task).unwrap().relayed.expect("a copy for the relay");
        let planned = planned.read(0..planned.len()).unwrap();
        let (out, planned) = (text(&passed.bytes()), text(&planned));
        let at = out.bytes().zip(planned.bytes()).position(|(one, other)| one != other);
        let from = at.unwrap_or(out.len().min(planned.len())).saturating_sub(60);
        let around =
            |text: &str| String::from_utf8_lossy(&text.as_bytes()[from..text.len().min(from + 200)]).into_owned();
        assert!(out == planned, "{name}: not as planned:\n{:?}\n{:?}", around(&out), around(&planned));
        Some(passed)
    }

    /// Names of pupils that stand in what a reader sees; what rules do not ask for by default does not count.
    fn names(&self, shown: &Shown, bytes: &[u8]) -> usize {
        let seen = self.look(&Self::received(shown), bytes);
        let visible = |place| matches!(place, Some(Place::Subject | Place::Body));
        seen.inspection
            .findings
            .iter()
            .filter(|found| found.check == "pupil_names" && found.confidence > Confidence::Low && visible(found.place))
            .count()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A letter of these fields and this body, LF written as CRLF.
fn letter(head: &str, body: &str) -> Shown {
    let head = head.trim_end().replace('\n', "\r\n");
    let fixed = "Date: Tue, 10 Mar 2026 10:15:00 +0000\r\nMessage-ID: <1@school.example>\r\nMIME-Version: 1.0";
    Shown::new(
        TEACHER,
        &[OUTSIDE],
        format!("From: <{TEACHER}>\r\n{fixed}\r\n{head}\r\n\r\n{}", body.replace('\n', "\r\n")).as_bytes(),
    )
}

const PLAIN: &str = "Content-Type: text/plain; charset=utf-8\n";

/// What is written, and what of it goes out otherwise.
type Case = (&'static str, String, String, &'static [(&'static str, &'static str)]);

/// What goes out of what was written: the same bytes but for these replacements.
#[test]
fn names_become_initials_and_no_other_byte_moves() {
    let bench = Bench::start(false);
    let table: [Case; 9] = [
        (
            "plain",
            format!("Subject: About {NAME}\nTo: <{OUTSIDE}>\n{PLAIN}"),
            format!("Dear all,\n  {NAME}\tcomes.\n\n.\n..\n"),
            &[(NAME, "M.T.")],
        ),
        (
            "topic",
            format!("Subject: {NAME}\nThread-Topic: {NAME}\nThread-Index: Abc=\n{PLAIN}"),
            "Hello\n".to_owned(),
            &[(NAME, "M.T.")],
        ),
        (
            "no space behind the colon",
            format!("Subject:{NAME}\nX-A:b\nX-B:  c \n{PLAIN}"),
            "Hello\n".to_owned(),
            &[(NAME, "M.T.")],
        ),
        (
            "folded subject",
            format!("Subject: About\n {NAME}\n\tand more\n{PLAIN}"),
            "Hello\n".to_owned(),
            &[(NAME, "M.T.")],
        ),
        ("subject twice", format!("Subject: first\nSubject: {NAME}\n{PLAIN}"), "Hello\n".to_owned(), &[(NAME, "M.T.")]),
        (
            "quoted printable",
            "Subject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n"
                .to_owned(),
            format!("Caf=C3=A9 =\nand {NAME} =3D here=20\nend\n"),
            &[(NAME, "M.T.")],
        ),
        (
            "html",
            "Subject: x\nContent-Type: text/html; charset=utf-8\n".to_owned(),
            format!("<p CLASS='a'>Dear&nbsp;all, <i>{NAME}</i> &amp; co</P>\n"),
            &[(NAME, "M.T.")],
        ),
        ("no line break at the end", format!("Subject: x\n{PLAIN}"), NAME.to_owned(), &[(NAME, "M.T.")]),
        (
            "our own signature goes, others stay",
            format!(
                "DKIM-Signature: v=1; d=school.example; b=abc\nDKIM-Signature: v=1; d=other.example; b=abc\nARC-Seal: i=1; d=school.example\nSubject: {NAME}\n{PLAIN}"
            ),
            "Hello\n".to_owned(),
            &[(NAME, "M.T."), ("DKIM-Signature: v=1; d=school.example; b=abc\r\n", "")],
        ),
    ];
    for (what, head, body, changes) in table {
        let shown = letter(&head, &body);
        let passed = bench.relayed(what, &shown).unwrap_or_else(|| panic!("{what}: held"));
        let mut right = text(&shown.bytes());
        for (old, new) in changes {
            assert!(right.contains(old), "{what}");
            right = right.replace(old, new);
        }
        assert_eq!(text(&passed.bytes()), right, "{what}");
    }
}

/// Parts in other charsets and encodings say the same without the name, in their own charset and encoding.
#[test]
fn names_leave_parts_in_every_charset_and_encoding() {
    let bench = Bench::start(false);
    let sentence = format!("Dear all, {NAME} comes at 9. Caf\u{e9}.\r\n");
    let latin: Vec<u8> = sentence.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let wide: Vec<u8> = sentence.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let table: [(&str, &str, Vec<u8>); 6] = [
        ("utf-8 base64", "charset=utf-8\r\nContent-Transfer-Encoding: base64", base64(sentence.as_bytes())),
        ("utf-8 8bit", "charset=utf-8\r\nContent-Transfer-Encoding: 8bit", sentence.clone().into_bytes()),
        ("latin-1 8bit", "charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit", latin.clone()),
        ("latin-1 base64", "charset=iso-8859-1\r\nContent-Transfer-Encoding: base64", base64(&latin)),
        ("utf-16 base64", "charset=utf-16be\r\nContent-Transfer-Encoding: base64", base64(&wide)),
        (
            "latin-1 quoted",
            "charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable",
            b"Dear all, Marigold=\r\n Tewkesbury comes at 9. Caf=E9.\r\n".to_vec(),
        ),
    ];
    for (what, head, body) in table {
        let mut content =
            format!("Subject: x\r\nDate: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; {head}\r\n\r\n")
                .into_bytes();
        content.extend(body);
        let shown = Shown::new(TEACHER, &[OUTSIDE], &content);
        let passed = bench.relayed(what, &shown).unwrap_or_else(|| panic!("{what}: held"));
        assert_eq!(passed.headers, shown.headers, "{what}");
        let tree = take_apart(&passed.bytes(), &Limits::default());
        assert!(tree.text.contains(&sentence.trim_end().replace(NAME, "M.T.")), "{what}: {}", tree.text);
    }
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut letters = Vec::new();
    for three in bytes.chunks(3) {
        let word = three.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * place)) as usize & 63];
            letters.push(if place <= three.len() { letter } else { b'=' });
        }
    }
    letters.chunks(76).flat_map(|line| [line, b"\r\n"].concat()).collect()
}

/// A change that is needed and cannot be made keeps the message here, whole.
#[test]
fn what_cannot_be_changed_waits() {
    let bench = Bench::start(true);
    let signed = |protocol: &str, kind: &str| {
        letter(
            &format!(
                "Subject: x\nContent-Type: multipart/signed; protocol=\"{protocol}\"; micalg=sha-256; boundary=b\n"
            ),
            &format!("--b\n{PLAIN}\n{NAME}\n--b\nContent-Type: {kind}; name=s\n\nabc\n--b--\n"),
        )
    };
    let held = [
        ("S/MIME", signed("application/pkcs7-signature", "application/pkcs7-signature")),
        ("PGP", signed("application/pgp-signature", "application/pgp-signature")),
        (
            "collision",
            letter(&format!("Subject: x\n{PLAIN}"), "Marigold Tewkesbury and Milo Treadgold and Marcus Templeton\n"),
        ),
        (
            "in a file name",
            letter(
                "Subject: x\nContent-Type: multipart/mixed; boundary=b\n",
                &format!(
                    "--b\n{PLAIN}\nHello {NAME}\n--b\nContent-Type: application/x-any; name=\"{NAME}.bin\"\nContent-Disposition: attachment\n\nabc\n--b--\n"
                ),
            ),
        ),
    ];
    for (what, shown) in held {
        assert!(bench.relayed(what, &shown).is_none(), "{what}");
    }
    // A cosmetic change is left out where the mail is signed, and the mail goes out.
    let mut signed = signed("application/pgp-signature", "application/pgp-signature");
    signed.body = text(&signed.body).replace(NAME, "All of us").into_bytes();
    let passed = bench.relayed("signed", &signed).expect("a signed letter goes out without a disclaimer");
    assert_eq!(text(&passed.bytes()), text(&signed.bytes()));
}

#[test]
fn a_disclaimer_stands_once_in_text_and_html() {
    let bench = Bench::start(true);
    let words = "This e-mail is for the person it is addressed to.";
    let both = letter(
        "Subject: x\nContent-Type: multipart/alternative; boundary=b\n",
        &format!(
            "--b\n{PLAIN}\nHello\n--b\nContent-Type: text/html; charset=utf-8\n\n<html><body><p>Hello</p></body></html>\n--b--\n"
        ),
    );
    let passed = bench.relayed("disclaimer", &both).unwrap();
    assert_eq!(text(&passed.body).matches(words).count(), 2);
    let again = Shown { headers: passed.headers.clone(), body: passed.body.clone(), ..both.clone() };
    let twice = bench.relayed("disclaimer again", &again).unwrap();
    assert_eq!(text(&twice.bytes()), text(&passed.bytes()), "once is enough");
    for kept in ["\r\nHello\r\n", "<html><body><p>Hello</p>", "</body></html>\r\n--b--\r\n"] {
        assert!(text(&passed.body).contains(kept), "{kept}");
    }
}

#[test]
fn outside_addresses_leave_to_and_cc_and_the_fields_stay_valid() {
    let bench = Bench::start(false);
    let mut to = String::new();
    for number in 0..7 {
        write!(to, "\"Parent, {number}\" <p{number}@elsewhere.example>,\n ").unwrap();
    }
    for (what, head, right) in [
        (
            "to",
            format!("Subject: x\nTo: {to}<t.asquith@school.example>\n{PLAIN}"),
            vec![("to", Some("<t.asquith@school.example>"))],
        ),
        (
            "only outside",
            format!("Subject: x\nTo: {}\n{PLAIN}", to.trim_end().trim_end_matches(',')),
            vec![("to", Some("undisclosed-recipients:;"))],
        ),
        (
            "cc",
            format!("Subject: x\nTo: <t.asquith@school.example>\nCc: {}\n{PLAIN}", to.trim_end().trim_end_matches(',')),
            vec![("to", Some("<t.asquith@school.example>")), ("cc", None)],
        ),
    ] {
        let mut shown = letter(&head, "News for all.\n");
        shown.to = (0..7).map(|number| format!("<p{number}@elsewhere.example>").into_bytes()).collect();
        let passed = bench.relayed(what, &shown).unwrap_or_else(|| panic!("{what}: held"));
        assert_eq!((passed.to, &passed.body), (shown.to.clone(), &shown.body), "{what}: who gets it does not change");
        for (name, value) in right {
            let found = passed.headers.iter().find(|field| field.0.eq_ignore_ascii_case(name.as_bytes()));
            assert_eq!(found.map(|field| text(&field.1).trim().to_owned()).as_deref(), value, "{what}");
        }
        let others = |fields: &raw::Fields| -> raw::Fields {
            fields
                .iter()
                .filter(|field| !["To", "Cc"].map(str::as_bytes).contains(&field.0.as_slice()))
                .cloned()
                .collect()
        };
        assert_eq!(others(&passed.headers), others(&shown.headers), "{what}");
    }
}

#[test]
fn an_oversize_attachment_gives_way_to_a_note_wherever_it_stands() {
    let bench = Bench::start(true);
    let words = "This e-mail is for the person it is addressed to.";
    let large = String::from_utf8(base64(&[7; 4000])).unwrap().replace("\r\n", "\n");
    let file = format!(
        "Content-Type: application/x-any; name=large.bin\nContent-Disposition: attachment; filename=large.bin\nContent-Transfer-Encoding: base64\n\n{large}"
    );
    let small =
        "Content-Type: application/x-any; name=small.bin\nContent-Disposition: attachment; filename=small.bin\n\nabc\n";
    let hello = format!("{PLAIN}\nHello\n{words}\n");
    for (what, body) in [
        ("last", format!("--b\n{hello}--b\n{small}--b\n{file}--b--\n")),
        ("last without an end", format!("--b\n{hello}--b\n{small}--b\n{file}")),
        ("in the middle", format!("--b\n{hello}--b\n{file}--b\n{small}--b--\nepilogue\n")),
        (
            "nested",
            format!(
                "preamble\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n{hello}--c\n{file}--c--\n--b\n{small}--b--\n"
            ),
        ),
    ] {
        let shown = letter("Subject: x\nContent-Type: multipart/mixed; boundary=b\n", &body);
        let passed = bench.relayed(what, &shown).unwrap_or_else(|| panic!("{what}: held"));
        let (old, new) = (text(&shown.body), text(&passed.body));
        let at = old.find("Content-Type: application/x-any; name=large.bin").unwrap();
        let end = at + file.replace('\n', "\r\n").trim_end().len();
        assert!(new.starts_with(&old[..at]), "{what}: {new}");
        assert!(new.trim_end().ends_with(old[end..].trim()), "{what}: {new}");
        assert!(new.contains("too large to be sent") && !new.contains("BwcHBwcH"), "{what}");
        assert_eq!(passed.headers, shown.headers, "{what}");
    }
}

fn folders() -> Vec<PathBuf> {
    let shared = std::env::var_os("EXEAT_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let mut folders = vec![PathBuf::from("tests/mails")];
    for name in ["emails/enmime", "emails/mikel", "emails/cpython"] {
        let folder = shared.join("data").join(name);
        if folder.is_dir() {
            folders.push(folder);
        } else {
            println!("skipped: {name} is not there");
        }
    }
    folders
}

/// The message as a relay would hand it on: every line ends in CRLF.
fn with_line_breaks(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 40);
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend_from_slice(bare.strip_suffix(b"\r").unwrap_or(bare));
        if line.ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

/// The message with a pupil's name in its subject and in the first words of each text it can stand in.
fn planted(raw: &[u8]) -> Option<Vec<u8>> {
    let tree = take_apart(raw, &Limits::default());
    let changes: Vec<Change> = (0..tree.pieces.len()).filter_map(|index| plant(&tree, index)).collect();
    let made = edit::plan(&tree, raw, &changes).ok().filter(|splices| !splices.is_empty())?;
    Some(edit::apply(raw, &made))
}

fn plant(tree: &Tree, index: usize) -> Option<Change> {
    let piece = &tree.pieces[index];
    let editable = match piece.place {
        Place::Subject => piece.part == 0,
        Place::Body => tree.parts[usize::from(piece.part)].editable,
        _ => false,
    };
    let said = &tree.text[piece.text.start as usize..piece.text.end as usize];
    let start = said.find(|letter: char| letter.is_ascii_alphabetic())?;
    let length = said[start..].find(|letter: char| !letter.is_ascii_alphabetic())?;
    let text = piece.text.start + start as u32..piece.text.start + (start + length) as u32;
    (editable && !piece.runs.is_empty()).then(|| Change::Replace { piece: index as u32, text, with: NAME.to_owned() })
}

#[test]
fn real_messages_come_out_as_planned_and_without_the_name() {
    let bench = Bench::start(false);
    let (mut changed, mut held) = (0, 0);
    for folder in folders() {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            let known =
                file.extension().is_some_and(|kind| ["eml", "raw", "txt", "msg"].iter().any(|one| kind == *one));
            if !known || std::fs::metadata(&file).unwrap().len() > 200_000 {
                continue;
            }
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let Some(content) = planted(&with_line_breaks(&std::fs::read(&file).unwrap())) else { continue };
            let shown = Shown::new(TEACHER, &[OUTSIDE], &content);
            let Some(passed) = bench.relayed(&name, &shown) else {
                held += 1;
                continue;
            };
            changed += usize::from(passed.bytes() != shown.bytes());
            assert_eq!(bench.names(&shown, &passed.bytes()), 0, "{name}: a name goes out");
            // Lines without a name are still there, in their order.
            let (before, after) = (text(&shown.bytes()), text(&passed.bytes()));
            let kept = before.lines().filter(|line| after.contains(*line)).count();
            assert!(kept * 10 >= before.lines().count() * 5, "{name}: {kept} of {} lines", before.lines().count());
        }
    }
    println!("{changed} changed, {held} held");
    assert!(changed > 20, "{changed} changed, {held} held");
}
