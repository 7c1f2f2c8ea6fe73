//! Nothing prints content: marked messages go every way through the running program, and the marks are looked
//! for in everything it says and leaves behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "harness/alone.rs"]
mod alone;
#[path = "harness/mod.rs"]
mod harness;
#[path = "harness/raw.rs"]
mod raw;

use alone::Alone;
use exeat::finding::Masked;
use exeat::mail::parts::{Limits, take_apart};
use exeat::mail::{Address, Envelope, Header, HeaderEdit, Path as MailPath};
use exeat::milter::{Answer, Edits, Received};
use exeat::notice::{Hit, Outcome, OutcomeKind, Reason, Story};
use exeat::private::Private;
use exeat::school::roster::{Columns, Roster};
use exeat::spool::Message;
use exeat::store::{Batch, Keep, KeepState, KeptEnvelope, Record};
use harness::{get, root, wait_until};
use raw::{Conversation, Shown, Verdict, show};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// A pupil's surname, and a word of nobody's: neither stands anywhere but in the messages.
const NAME: &str = "Quorvexil";
const WORD: &str = "plimsollux";
const TEACHER: &str = "h.pemberton@school.example";
const LONG: Duration = Duration::from_secs(20);

/// Where a mark stands in these bytes; also in UTF-16, and without its first letter.
fn shows(bytes: &[u8]) -> Option<usize> {
    let lower = bytes.to_ascii_lowercase();
    [NAME, WORD].iter().find_map(|mark| {
        let mark = &mark.to_ascii_lowercase()[1..];
        let wide: Vec<u8> = mark.bytes().flat_map(|byte| [byte, 0]).collect();
        let find = |needle: &[u8]| lower.windows(needle.len()).position(|window| window == needle);
        find(mark.as_bytes()).or_else(|| find(&wide))
    })
}

fn assert_silent(what: &str, bytes: &[u8]) {
    if let Some(at) = shows(bytes) {
        let around = &bytes[at.saturating_sub(200)..bytes.len().min(at + 80)];
        panic!("{what} shows content: {}", String::from_utf8_lossy(around));
    }
}

/// Every file below a folder, but the roster and the config, which are the school's own.
fn search(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            search(&path);
        } else if !["roster.csv", "staff.csv"].contains(&name.as_str()) {
            assert_silent(&name, &fs::read(&path).unwrap_or_default());
        }
    }
}

/// A message with a mark in every place it has.
fn marked(subject: &str, text: &str) -> Shown {
    let content = format!(
        "Received: from {WORD}.example (192.0.2.1) by {WORD}; Tue, 10 Mar 2026 10:15:00 +0000\r\n\
         From: \"{WORD}\" <h.pemberton@school.example>\r\nTo: \"{WORD} {NAME}\" <{WORD}@elsewhere.example>\r\n\
         Subject: {subject}\r\nDate: Tue, 10 Mar 2026 10:15:00 +0000\r\nMessage-ID: <{WORD}.{}@school.example>\r\n\
         References: <{WORD}@school.example>\r\nX-{WORD}: {WORD}\r\nX-Exeat-Release: {WORD}.1.2.3\r\n\
         X-Exeat-Notice-Not: {WORD}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"{WORD}\"\r\n\r\n{WORD}\r\n--{WORD}\r\n\
         Content-Type: text/plain; charset=\"utf-8\"\r\nContent-Description: {WORD}\r\n\r\n{text} {WORD}\r\n--{WORD}\r\n\
         Content-Type: application/{WORD}; name=\"{WORD}.bin\"\r\nContent-Transfer-Encoding: {WORD}\r\n\
         Content-Disposition: attachment; filename=\"{WORD}.bin\"\r\n\r\n{WORD}\r\n--{WORD}\r\n\
         Content-Type: text/plain; charset={WORD}; name=\"{WORD}.txt\"\r\n\r\n{WORD}\r\n--{WORD}--\r\n",
        subject.len() + text.len()
    );
    let to = format!("{WORD}@elsewhere.example");
    let mut shown = Shown::new(TEACHER, &[&to], content.as_bytes());
    shown.macros.push(("{cert_subject}".to_owned(), format!("CN={WORD}")));
    shown.macros.push(("{client_name}".to_owned(), format!("{WORD}.example")));
    shown
}

fn sample(config: &str) -> String {
    config
        .replace("pack = \"arts-college\"", "pack = \"pack.toml\"")
        .replace("format = \"json\"", "format = \"json\"\nlevel = \"trace\"")
        .replace("[log]", "[milter]\nmemory_bytes = 1000\nmessage_bytes = 20000000\n\n[log]")
}

fn furnish(dir: &Path) {
    let pack = fs::read_to_string(root().join("rules/packs/arts-college.toml")).unwrap();
    let at = pack.find("id = \"credentials\"").unwrap();
    let (before, rule) = pack.split_at(at);
    fs::write(
        dir.join("pack.toml"),
        format!("{before}{}", rule.replacen("action = \"hold\"", "action = \"reject\"", 1)),
    )
    .unwrap();
    let mut roster = fs::read_to_string(dir.join("roster.csv")).unwrap();
    roster.push_str(&format!("P900,Zanthe,{NAME},,,,7B,7,,,2014-03-14,,{WORD}@mail.example,,\n"));
    fs::write(dir.join("roster.csv"), roster).unwrap();
}

#[test]
fn no_way_through_the_program_prints_content() {
    let mut folder = None;
    let school = Alone::start_in(|config, dir| {
        furnish(dir);
        folder = Some(dir.to_owned());
        sample(&config)
    });
    let mut replies = Vec::new();
    let mut send = |shown: &Shown| {
        let heard = show(school.port, shown);
        if let Verdict::Reject(words) | Verdict::Tempfail(words) = &heard.verdict {
            replies.extend_from_slice(words.as_bytes());
        }
        heard.verdict
    };
    // Relayed, in memory and from a file.
    assert_eq!(send(&marked("Minutes", "The meeting is at noon.")), Verdict::Relay, "{}", school.exeat.log());
    assert_eq!(send(&marked("Minutes", &"Noon. ".repeat(3000))), Verdict::Relay);
    // Rewritten; with a name where it cannot be changed, held.
    assert_eq!(send(&marked(&format!("Zanthe {NAME}"), &format!("Zanthe {NAME} comes."))), Verdict::Relay);
    // Held, and refused.
    assert_eq!(send(&marked("Numbers", &format!("Zanthe {NAME} H801200001001."))), Verdict::Discard);
    let refused = send(&marked("Access", &format!("User: {WORD}\r\nPassword: {WORD}99Xy")));
    assert!(matches!(refused, Verdict::Reject(_)), "{refused:?}\n{}", school.exeat.log());
    // Over a limit, out of order, not of this protocol.
    let mut large = marked("Large", "Words");
    large.body.extend(format!("{WORD}\r\n").repeat(2_000_000).into_bytes());
    assert!(matches!(send(&large), Verdict::Reject(_)));
    let mut rude = Conversation::connect(school.port);
    rude.say(b'Z', WORD.as_bytes());
    assert!(rude.reply().is_none());
    let mut rude = Conversation::connect(school.port);
    rude.say(b'L', format!("{WORD}\0{WORD}\0").as_bytes());
    assert!(rude.reply().is_none());
    // Somebody else's login, and nobody's.
    send(&marked("Login", "Words").by(WORD));
    send(&marked("Login", "Words").by(&format!("{WORD}@elsewhere.example")));
    // Poison.
    let pid = school.exeat.pid();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let hunting = alone::kill_workers_until(pid, std::sync::Arc::clone(&stop));
    let mut heavy = marked("Heavy", "Words");
    heavy.body.extend(format!("{WORD} ").repeat(1_000_000).into_bytes());
    send(&heavy);
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    hunting.join().unwrap();
    let told = |mail: &harness::Delivered| mail.recipients() == [TEACHER];
    assert!(!school.sink.wait_for(4, LONG, told).is_empty(), "{}", school.exeat.log());
    // A release that the next hop refuses in words of the message.
    school.sink.refuse(&[&format!("550 5.1.1 <{WORD}@elsewhere.example> is not known, {NAME}")]);
    let list = school.held();
    for reference in list.split_whitespace().filter(|word| word.starts_with("EX-")) {
        let (_, said) = school.exeat.command(&["held", "release", reference, "--reason", "agreed"]);
        assert_silent("held release", said.as_bytes());
    }
    let refused = || school.exeat.log().contains("could not be sent");
    assert!(wait_until(LONG, refused), "{}", school.exeat.log());
    // A roster, staff list and pack that are broken around a mark.
    fs::write(
        school.path("roster.csv"),
        format!("id,forename,surname,upn\nP1,{WORD},{NAME}\nP1,{WORD},{NAME},{WORD}\n\"{WORD}"),
    )
    .unwrap();
    fs::write(school.path("staff.csv"), format!("address,forename,surname,kind\n{WORD},{WORD},{NAME},{WORD}\n"))
        .unwrap();
    school.exeat.signal("HUP");
    assert!(wait_until(LONG, || school.exeat.log().contains("not loaded")), "{}", school.exeat.log());
    // The store breaks.
    for name in ["store.sqlite", "store.sqlite-wal"] {
        fs::rename(school.path(name), school.path(&format!("was-{name}"))).unwrap();
    }
    assert!(send(&marked("Later", &format!("Zanthe {NAME} H801200001001."))).is_later());
    assert!(shows(&fs::read(school.path("roster.csv")).unwrap()).is_some(), "the search finds marks");
    assert_silent("a reply to the relay", &replies);
    for page in ["/metrics", "/readyz", "/healthz"] {
        assert_silent(page, get(school.exeat.http, page).unwrap().1.as_bytes());
    }
    search(&folder.unwrap());
    // Notices give back the address the sender wrote to, and no more.
    for notice in school.sink.received_by(TEACHER) {
        let text = notice
            .text()
            .replace("=\r\n", "")
            .replace(&format!("{WORD}@elsewhere.example"), "")
            .replace(&format!("<{WORD}."), "");
        assert_silent(
            "a notice",
            text.replace(&format!("{WORD}.bin"), "").replace(&format!("{WORD}.txt"), "").as_bytes(),
        );
    }
}

/// What the store would keep of a message, marked all over.
fn batch(path: &MailPath, message: &Message) -> Batch {
    let private = || Private::new(WORD.to_owned());
    let hit = Hit { kind: "upn".to_owned(), place: private(), masked: Masked::name(NAME).as_str().to_owned() };
    let reason = Reason {
        rule: String::new(),
        clause: String::new(),
        check: String::new(),
        action: exeat::actions::Action::Hold,
        say: String::new(),
        advice: String::new(),
        hits: vec![hit],
        more: 0,
    };
    let outcome = Outcome {
        kind: OutcomeKind::Waiting,
        recipients: vec![private()],
        originals: vec![private()],
        reference: None,
        until: None,
        decide_by: None,
        rewrites: Vec::new(),
    };
    let address = Address::read(&format!("{WORD}@elsewhere.example")).unwrap();
    let story = Story {
        reference: String::new(),
        to: address.clone(),
        message_id: private(),
        subject: private(),
        sent_at: jiff::Timestamp::UNIX_EPOCH,
        outcomes: vec![outcome],
        reasons: vec![reason.clone()],
        skipped: Vec::new(),
        impossible: Vec::new(),
        reviewer: String::new(),
        envelope_id: private(),
    };
    let record = Record {
        message_id: private(),
        subject: private(),
        tell: Some(address.clone()),
        reasons: vec![reason],
        ..Record::default()
    };
    let keep = Keep {
        reference: String::new(),
        fate: KeepState::Held,
        envelope: KeptEnvelope { sender: path.clone(), recipients: vec![path.clone()] },
        content: message.clone(),
        original: None,
        record,
    };
    Batch {
        keeps: vec![keep],
        story: Some(story),
        retry_key: exeat::store::RetryKey::from_bytes([0; 32]),
        now: jiff::Timestamp::UNIX_EPOCH,
        window: jiff::SignedDuration::ZERO,
    }
}

/// What a program prints with `{:?}` ends in logs, sooner or later.
#[test]
fn no_type_prints_what_it_holds() {
    let shown = marked(&format!("Zanthe {NAME}"), &format!("Zanthe {NAME}"));
    let bytes = shown.bytes();
    let path = MailPath::new(format!("<{WORD}@elsewhere.example>").as_bytes(), vec![format!("ORCPT={WORD}")]);
    let header = Header { name: WORD.into(), value: NAME.into() };
    let envelope = Envelope {
        sender: Some(path.clone()),
        recipients: vec![path.clone()],
        helo: WORD.to_owned(),
        macros: [("{auth_authen}".to_owned(), WORD.to_owned())].into_iter().collect(),
        ..Envelope::default()
    };
    let message = Message::in_memory(bytes.clone(), 0, None);
    let received = Received { envelope: envelope.clone(), headers: vec![header.clone()], message: message.clone() };
    let tree = take_apart(&bytes, &Limits::default());
    let batch = batch(&path, &message);
    let csv = format!("id,forename,surname\n{WORD},{WORD},{NAME}\n{WORD},{WORD},{NAME}\n");
    let (roster, problems) = Roster::read(csv.as_bytes(), &Columns::default(), "roster.csv");
    let staff = exeat::school::staff::Staff::read(
        format!("address,forename,surname\n{WORD}@school.example,{WORD},{NAME}\n").as_bytes(),
        &exeat::school::staff::Columns::default(),
        "staff.csv",
    );
    let edits = Edits {
        headers: vec![
            HeaderEdit::Change { index: 0, value: Some(WORD.into()) },
            HeaderEdit::Add(header.clone()),
            HeaderEdit::Insert(header.clone()),
        ],
        remove: vec![0],
        body: Some(message.clone()),
    };
    let change = exeat::mail::edit::Change::AddHeader { name: WORD.to_owned(), value: NAME.into() };
    let splice = exeat::mail::edit::Splice { raw: 0..1, with: NAME.into() };
    let replacement = exeat::actions::initials::Replacement { piece: 0, text: 0..1, with: NAME.to_owned() };
    let printed: [(&str, String); 25] = [
        ("Path", format!("{path:?}")),
        ("Header", format!("{header:?}")),
        ("Envelope", format!("{envelope:?}")),
        ("Received", format!("{received:?}")),
        ("Message", format!("{message:?}")),
        ("Tree", format!("{tree:?}")),
        ("pieces", format!("{:?}", tree.pieces)),
        ("parts", format!("{:?}", tree.parts)),
        ("fields", format!("{:?}", tree.headers)),
        ("gaps", format!("{:?}", tree.gaps)),
        ("cells", format!("{:?}", tree.cells)),
        ("facts", format!("{:?}", tree.facts)),
        ("Folded", format!("{:?}", exeat::mail::fold::fold(&tree))),
        ("Story", format!("{:?}", batch.story)),
        ("Batch", format!("{batch:?}")),
        ("Roster", format!("{roster:?}")),
        ("pupils", format!("{:?}", roster.pupils().collect::<Vec<_>>())),
        ("roster problems", format!("{problems:?}")),
        ("staff", format!("{staff:?}")),
        ("members", format!("{:?}", staff.0.members().collect::<Vec<_>>())),
        ("Answer", format!("{:?}", Answer::Relay(edits))),
        ("Change", format!("{change:?}")),
        ("Splice", format!("{splice:?}")),
        ("Replacement", format!("{replacement:?}")),
        ("Masked", format!("{:?} {:?}", Masked::name(NAME), Address::read(&format!("{WORD}@elsewhere.example")))),
    ];
    for (what, text) in printed {
        assert_silent(what, text.as_bytes());
    }
}
