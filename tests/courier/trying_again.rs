//! Next hops that are down, slow or late; couriers that are stopped or killed; the pace.

use crate::next_hop::{NextHop, Script};
use crate::scene::*;
use exeat::courier::{Courier, Event, TroubleKind};
use exeat::mail::Address;
use exeat::notice::Story;
use exeat::private::Private;
use exeat::store::{Batch, KeepState, RetryKey, State, Store, StoreKey};
use jiff::{SignedDuration, Timestamp};
use regex::bytes::Regex;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

#[tokio::test]
async fn what_fails_later_is_tried_again_and_given_up_loudly() {
    let mut scene = Scene::new(Script { answers: vec![("END", "451 4.7.1 later")], ..Script::default() }).await;
    scene.keep(keep("EX-1", KeepState::Ready, CONTENT)).await;
    scene.until_heard(3).await;
    assert!(scene.heard().iter().all(|event| matches!(event, Event::Later { recipients: 2, .. })));
    let script = Arc::clone(&scene.hop.script);
    *script.lock().unwrap() = Script::default();
    scene.until(|| async { scene.state("EX-1").await == State::Delivered }).await;
    assert_eq!(scene.hop.whole().len(), 1);

    *script.lock().unwrap() = Script { answers: vec![("RCPT TO:<TWO", "451 4.7.1 later")], ..Script::default() };
    scene.settings.give_up_after = SignedDuration::from_millis(300);
    scene.keep(keep("EX-2", KeepState::Ready, CONTENT)).await;
    scene.until(|| async { scene.hop.whole().iter().any(|seen| seen.mail == "<>") }).await;
    assert_eq!(scene.state("EX-2").await, State::Failed);
    let failed = scene.heard().into_iter().find(|event| matches!(event, Event::Failed { .. })).unwrap();
    let Event::Failed { reference, recipients: 1, trouble } = failed else { panic!("{failed:?}") };
    assert_eq!((reference.as_str(), trouble.code, trouble.enhanced.as_str()), ("EX-2", 451, "4.7.1"));
    // It is kept; released again it goes to the one it failed for.
    *script.lock().unwrap() = Script::default();
    scene.settings.give_up_after = SignedDuration::from_hours(1);
    scene.store.release("EX-2", "head", "tried again", Timestamp::now()).await.unwrap();
    scene.until(|| async { scene.state("EX-2").await == State::Delivered }).await;
    assert_eq!(scene.hop.whole().last().unwrap().recipients, ["<two@home.example>"]);
}

#[tokio::test]
async fn a_next_hop_that_is_down_loses_nothing() {
    let mut scene = Scene::new(Script::default()).await;
    let up = scene.settings.clone();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    scene.settings = settings(nobody, |_| {});
    scene.keep(keep("EX-1", KeepState::Held, CONTENT)).await;
    scene.store.release("EX-1", "head", "fine", Timestamp::now()).await.unwrap();
    scene.until_heard(2).await;
    let Event::Later { trouble, .. } = &scene.heard()[0] else { panic!() };
    assert_eq!(trouble.kind, TroubleKind::Unreachable);
    scene.settings = up;
    scene.until(|| async { scene.state("EX-1").await == State::Delivered }).await;
}

#[tokio::test]
async fn a_connection_lost_in_the_middle_never_makes_half_a_message() {
    let content: Vec<u8> = b"S: x\r\n\r\n".iter().copied().chain(b"line\r\n".repeat(100_000)).collect();
    for chunking in [true, false] {
        let offers = if chunking { vec!["CHUNKING"] } else { vec![] };
        let broken = Script { closes_after: Some(200_000), offers, ..Script::default() };
        let scene = Scene::new(broken.clone()).await;
        scene.keep(keep("EX-1", KeepState::Ready, &content)).await;
        scene.until_heard(1).await;
        assert_eq!(scene.hop.whole().len(), 0);
        *scene.hop.script.lock().unwrap() = Script { closes_after: None, ..broken };
        scene.until(|| async { scene.state("EX-1").await == State::Delivered }).await;
        assert!(below_received(&scene.hop.whole()[0].content) == content);
    }
}

/// References of what arrived, each once; all of it is whole.
fn arrived(hop: &NextHop) -> Vec<String> {
    let field = Regex::new(r"id (EX-\w+);").unwrap();
    let mut arrived = Vec::new();
    for seen in hop.whole() {
        assert!(below_received(&seen.content) == CONTENT);
        arrived.push(String::from_utf8(field.captures(&seen.content).unwrap()[1].to_vec()).unwrap());
    }
    arrived.sort();
    arrived.dedup();
    arrived
}

#[tokio::test]
async fn stopped_at_any_moment_everything_arrives() {
    let mut scene = Scene::new(Script::default()).await;
    scene.settings.lease = SignedDuration::from_millis(150);
    for number in 0..25 {
        scene.keep(keep(&format!("EX-{number}"), KeepState::Ready, CONTENT)).await;
    }
    for round in 0..40_u64 {
        let (task, _stop, _courier) = scene.start();
        tokio::time::sleep(Duration::from_millis(round * 7 % 23)).await;
        task.abort();
        drop(task.await);
    }
    scene.until(|| async { scene.store.list(&[State::Ready], 99).await.unwrap().is_empty() }).await;
    assert_eq!(arrived(&scene.hop).len(), 25, "a copy may come twice, never not at all");
}

/// A courier in a process of its own, for the next test to kill.
#[tokio::test]
async fn the_child() {
    let (Ok(port), Some(file)) = (std::env::var("COURIER_CHILD"), std::env::var_os("COURIER_STORE")) else { return };
    let store = Store::open(std::path::Path::new(&file), StoreKey::new([9; 32]), 1 << 30).unwrap();
    let mut settings = settings(port.parse().unwrap(), |_| {});
    settings.lease = SignedDuration::from_millis(300);
    let (_stop, shutdown) = watch::channel(false);
    Courier::new().run(store, settings, Arc::new(Words), Arc::new(Heard::default()), shutdown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_everything_arrives() {
    let mut scene = Scene::new(Script::default()).await;
    scene.settings.lease = SignedDuration::from_millis(300);
    for number in 0..60 {
        scene.keep(keep(&format!("EX-{number}"), KeepState::Ready, CONTENT)).await;
    }
    for round in 0..10_u64 {
        let before = scene.hop.seen().len();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "trying_again::the_child"]).env("COURIER_CHILD", scene.hop.port.to_string());
        child.env("COURIER_STORE", scene.folder.path().join("store.sqlite"));
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Killed so many milliseconds after it handed something in for the first time.
        for _ in 0..500 {
            if scene.hop.seen().len() > before || arrived(&scene.hop).len() == 60 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(round * 13 % 30)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(!scene.hop.whole().is_empty(), "the killed ones had begun");
    scene.until(|| async { scene.store.list(&[State::Ready], 99).await.unwrap().is_empty() }).await;
    assert_eq!(arrived(&scene.hop).len(), 60);
}

#[tokio::test]
async fn released_mail_is_paced_and_keeps_no_notice_waiting() {
    let mut scene = Scene::new(Script::default()).await;
    scene.settings.per_minute = 30;
    for number in 0..20 {
        scene.keep(keep(&format!("EX-{number}"), KeepState::Ready, CONTENT)).await;
    }
    let story = Story {
        reference: "EX-TOLD".into(),
        to: Address::read("teacher@school.example").unwrap(),
        message_id: Private::new("<1@x>".into()),
        subject: Private::default(),
        sent_at: Timestamp::now(),
        outcomes: vec![],
        reasons: vec![],
        skipped: vec![],
        impossible: vec![],
        envelope_id: Private::default(),
        reviewer: String::new(),
    };
    let start = std::time::Instant::now();
    let (task, stop, courier) = scene.start();
    let most = || 4 + usize::try_from(start.elapsed().as_secs()).unwrap() / 2;
    while scene.hop.whole().len() < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let retry_key = RetryKey::from_bytes([77; 32]);
    let (now, window) = (Timestamp::now(), SignedDuration::from_hours(1));
    scene.store.keep(Batch { keeps: vec![], story: Some(story), retry_key, now, window }).await.unwrap();
    courier.wake();
    while !scene.hop.whole().iter().any(|seen| seen.mail == "<>") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mail = scene.hop.whole().len() - 1;
    assert!(mail <= most(), "{mail} in {:?} of thirty a minute", start.elapsed());
    assert!(mail < 20, "the notice did not wait for all of them");
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(5), task).await.expect("it stops while it waits").unwrap();
}
