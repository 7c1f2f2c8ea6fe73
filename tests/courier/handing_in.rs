//! One message to the next hop: its bytes, its envelope, and what came of it for each recipient.

use crate::next_hop::Script;
use crate::scene::*;
use exeat::courier::{Event, token};
use exeat::mail::{Envelope, Header, Path};
use exeat::spool::Message;
use exeat::store::{KeepState, RecipientState, State};
use jiff::{SignedDuration, Timestamp};

#[tokio::test]
async fn what_the_next_hop_does_is_marked_for_each_recipient() {
    use RecipientState::{Done, Failed, Waiting};
    type Answers = Vec<(&'static str, &'static str)>;
    let cases: Vec<(&str, Answers, [RecipientState; 2], State)> = vec![
        ("all is well", vec![], [Done, Done], State::Delivered),
        (
            "one unknown",
            vec![("RCPT TO:<ONE", "550 5.1.1 <one@home.example> unknown")],
            [Failed(550), Done],
            State::Failed,
        ),
        ("one later", vec![("RCPT TO:<ONE", "451 4.3.0 later")], [Waiting, Done], State::Ready),
        (
            "each otherwise",
            vec![("RCPT TO:<ONE", "451 x"), ("RCPT TO:<TWO", "550 x")],
            [Waiting, Failed(550)],
            State::Ready,
        ),
        ("all unknown", vec![("RCPT", "550 5.1.1 x")], [Failed(550), Failed(550)], State::Failed),
        ("sender refused", vec![("MAIL", "553 5.7.1 x")], [Failed(553), Failed(553)], State::Failed),
        ("sender later", vec![("MAIL", "452 x")], [Waiting, Waiting], State::Ready),
        ("no content wanted", vec![("DATA", "554 x")], [Failed(554), Failed(554)], State::Failed),
        ("content refused", vec![("END", "554 5.7.1 spam")], [Failed(554), Failed(554)], State::Failed),
        ("content later", vec![("END", "451 x")], [Waiting, Waiting], State::Ready),
        ("not wanted", vec![("CONNECT", "554 x")], [Failed(554), Failed(554)], State::Failed),
        ("busy", vec![("CONNECT", "421 x")], [Waiting, Waiting], State::Ready),
        ("closed at once", vec![("CONNECT", "close")], [Waiting, Waiting], State::Ready),
        ("closed at the end", vec![("END", "close")], [Waiting, Waiting], State::Ready),
        ("closed at a recipient", vec![("RCPT TO:<TWO", "close")], [Waiting, Waiting], State::Ready),
        ("silent", vec![("CONNECT", "hang")], [Waiting, Waiting], State::Ready),
        ("silent at the end", vec![("END", "hang")], [Waiting, Waiting], State::Ready),
        ("garbage", vec![("EHLO", "SSH-2.0-OpenSSH")], [Waiting, Waiting], State::Ready),
        ("garbage later", vec![("RCPT", "2500 x")], [Waiting, Waiting], State::Ready),
        ("old", vec![("EHLO", "502 5.5.1 x")], [Done, Done], State::Delivered),
    ];
    for (what, answers, recipients, state) in cases {
        for chunking in [false, true] {
            if chunking && answers.iter().any(|(command, _)| *command == "DATA") {
                continue;
            }
            let offers = if chunking { vec!["CHUNKING"] } else { vec![] };
            let mut scene = Scene::new(Script { answers: answers.clone(), offers, ..Script::default() }).await;
            scene.settings.back_off = vec![SignedDuration::from_hours(1)];
            scene.keep(keep("EX-1", KeepState::Ready, CONTENT)).await;
            let events = recipients.iter().map(std::mem::discriminant).collect::<std::collections::HashSet<_>>().len();
            let untold = 0;
            scene.until_heard(events + untold).await;
            let shown = scene.store.show("EX-1").await.unwrap();
            assert_eq!(shown.recipients, recipients, "{what}");
            assert_eq!(shown.entry.state, state, "{what}");
            assert_eq!(shown.content.is_some(), state != State::Delivered, "{what}: nothing is dropped");
            let failed = recipients.iter().any(|recipient| matches!(recipient, Failed(_)));
            let told = scene.heard().iter().any(|event| matches!(event, Event::Failed { .. }));
            assert_eq!(told, failed, "{what}");
        }
    }
}

#[tokio::test]
async fn content_arrives_byte_for_byte() {
    let large: Vec<u8> = b"Subject: x\r\n\r\n".iter().copied().chain(b".line\r\n..\r\n.\r\n".repeat(30_000)).collect();
    let contents: Vec<(&str, Vec<u8>)> = vec![
        ("dots", CONTENT.to_vec()),
        ("empty", Vec::new()),
        ("no body", b"Subject: x\r\n\r\n".to_vec()),
        ("only a dot", b".".to_vec()),
        ("no line end", b"S: x\r\n\r\nend".to_vec()),
        ("ends in CR", b"S: x\r\n\r\nend\r".to_vec()),
        ("ends in LF", b"S: x\r\n\r\nend\n".to_vec()),
        ("empty lines at the end", b"S: x\r\n\r\nend\r\n\r\n\r\n".to_vec()),
        ("eight bits", "Subject: x\r\n\r\nGrüße\r\n".as_bytes().to_vec()),
        ("every byte", b"S: x\r\n\r\n".iter().copied().chain(0..=255).collect()),
        ("smuggled end", b"S: x\r\n\r\na\n.\nMAIL FROM:<x>\r\n".to_vec()),
        ("large", large),
    ];
    for chunking in [true, false] {
        let offers = if chunking { vec!["8BITMIME", "CHUNKING"] } else { vec!["8BITMIME"] };
        let scene = Scene::new(Script { offers, ..Script::default() }).await;
        for (number, (_, content)) in contents.iter().enumerate() {
            scene.keep(keep(&format!("EX-{number}"), KeepState::Ready, content)).await;
        }
        scene.until(|| async { scene.hop.whole().len() >= contents.len() }).await;
        let seen = scene.hop.whole();
        assert_eq!(seen.len(), contents.len());
        for ((what, content), seen) in contents.iter().zip(seen) {
            let mut expected = content.clone();
            if !chunking && !content.ends_with(b"\r\n") && !content.is_empty() {
                expected.extend(b"\r\n");
            }
            if !chunking && *what == "smuggled end" {
                expected = b"S: x\r\n\r\na\n..\nMAIL FROM:<x>\r\n".to_vec();
            }
            assert!(below_received(&seen.content) == expected, "{what}, chunking {chunking}");
            let bits = if content.is_ascii() { "" } else { " BODY=8BITMIME" };
            assert_eq!(seen.mail, format!("<teacher@school.example>{bits}"), "{what}");
        }
    }
}

#[tokio::test]
async fn parameters_are_passed_on_or_the_sender_is_told_what_is_lacking() {
    let sender = ["RET=HDRS", "ENVID=abc", "BODY=8BITMIME", "SIZE=5", "SMTPUTF8"];
    let full = vec!["8BITMIME", "SMTPUTF8", "DSN", "SIZE 1000000", "PIPELINING"];
    let scene = Scene::new(Script { offers: full, ..Script::default() }).await;
    let kept = keep("EX-1", KeepState::Ready, CONTENT);
    scene
        .keep(with_parameters(kept.clone(), &sender, &["NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;one@home.example"]))
        .await;
    scene.until_heard(1).await;
    let seen = scene.hop.whole();
    let size = CONTENT.len() + 1024;
    let mail = format!("<teacher@school.example> RET=HDRS ENVID=abc BODY=8BITMIME SMTPUTF8 SIZE={size}");
    assert_eq!(seen[0].mail, mail);
    let one = "<one@home.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;one@home.example";
    assert_eq!(seen[0].recipients, [one, "<two@home.example>"]);

    for (parameters, recipient, lacking) in [
        (&["ENVID=abc"][..], &[][..], "DSN"),
        (&[], &["NOTIFY=NEVER"], "DSN"),
        (&["REQUIRETLS"], &[], "encrypted"),
        (&["BODY=BINARYMIME"], &[], "BINARYMIME"),
        (&["RET=FULL X\r\nDATA"], &[], "cannot be passed on"),
    ] {
        let scene = Scene::new(Script::default()).await;
        scene.keep(with_parameters(kept.clone(), parameters, recipient)).await;
        scene.until(|| async { scene.hop.whole().iter().any(|seen| seen.mail == "<>") }).await;
        assert_eq!(scene.state("EX-1").await, State::Failed);
        let notice = scene.hop.whole().into_iter().find(|seen| seen.mail == "<>").unwrap();
        let text = String::from_utf8(notice.content).unwrap();
        assert!(text.contains(lacking), "{lacking}: {text}");
        assert_eq!(notice.recipients, ["<teacher@school.example>"]);
    }
}

#[tokio::test]
async fn damaged_content_is_never_sent_and_the_sender_is_told() {
    for chunking in [true, false] {
        let offers = if chunking { vec!["CHUNKING"] } else { vec![] };
        let scene = Scene::new(Script { offers, ..Script::default() }).await;
        let content: Vec<u8> = b"S: x\r\n\r\n".iter().copied().chain(b"line\r\n".repeat(50_000)).collect();
        scene.keep(keep("EX-1", KeepState::Ready, &content)).await;
        let database = rusqlite::Connection::open(scene.folder.path().join("store.sqlite")).unwrap();
        database.execute("UPDATE chunk SET bytes = zeroblob(9) WHERE number = 3", []).unwrap();
        scene.until(|| async { scene.hop.whole().iter().any(|seen| seen.mail == "<>") }).await;
        assert_eq!(scene.hop.whole().len(), 1, "the notice alone");
        assert_eq!(scene.state("EX-1").await, State::Failed);
        assert!(scene.hop.whole()[0].content.windows(7).any(|window| window == b"damaged"));
    }
}

#[tokio::test]
async fn a_notice_goes_with_the_null_return_path_and_asks_for_no_answer() {
    let scene = Scene::new(Script { offers: vec!["DSN", "8BITMIME"], ..Script::default() }).await;
    let mut all = keep("EX-1", KeepState::Ready, CONTENT);
    all.envelope.recipients.truncate(1);
    *scene.hop.script.lock().unwrap() = Script {
        offers: vec!["DSN"],
        answers: vec![("RCPT TO:<ONE", "550 5.1.1 <one@home.example> private words")],
        ..Script::default()
    };
    scene.keep(all).await;
    scene.until_heard(2).await;
    let notice = scene.hop.whole().pop().unwrap();
    assert_eq!((notice.mail.as_str(), notice.recipients[0].as_str()), ("<>", "<teacher@school.example> NOTIFY=NEVER"));
    let text = String::from_utf8(notice.content).unwrap();
    assert_eq!(text, "Subject: EX-1 false\r\n\r\nThe next mail server refused it (answer 550 5.1.1).\r\n");
    assert!(!format!("{:?}", scene.heard()).contains("private words"));
}

#[tokio::test]
async fn one_port_sites_get_a_mark_that_verifies_once() {
    for chunking in [true, false] {
        let offers = if chunking { vec!["CHUNKING"] } else { vec![] };
        let answers = vec![("RCPT TO:<TWO", "550 x")];
        let mut scene = Scene::new(Script { offers, answers, ..Script::default() }).await;
        scene.settings.one_port = true;
        scene.keep(keep("EX-1", KeepState::Ready, b"Subject: Trip\r\n\r\nDear\r\n.parents\r\n\r\n")).await;
        scene.until_heard(1).await;
        let seen = scene.hop.whole().into_iter().find(|seen| seen.mail != "<>").unwrap();
        let text = String::from_utf8(seen.content.clone()).unwrap();
        let value = text.split("X-Exeat-Release: ").nth(1).unwrap().split("\r\nSubject").next().unwrap();
        let headers = [Header { name: b"X-Exeat-Release".to_vec(), value: value.as_bytes().to_vec() }];
        let head = text.find("\r\n\r\n").unwrap() + 4;
        let back = Message::in_memory(seen.content.clone(), head as u64, None);
        let envelope = Envelope { recipients: vec![Path::new(b"<one@home.example>", vec![])], ..Envelope::default() };
        let now = Timestamp::now();
        let verify = |envelope: &Envelope| token::verify(scene.store.key(), &headers, envelope, &back, now).unwrap();
        let released = verify(&envelope).expect("what was sent verifies");
        assert_eq!(released.reference, "EX-1");
        assert_eq!(released.use_up(&scene.store, now).await, Ok(true));
        assert_eq!(released.use_up(&scene.store, now).await, Ok(false), "once");
        let more = Path::new(b"<two@home.example>", vec![]);
        let envelope = Envelope { recipients: vec![envelope.recipients[0].clone(), more], ..envelope };
        assert_eq!(verify(&envelope), None, "for those the next hop took alone");
    }
}
