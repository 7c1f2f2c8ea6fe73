//! A copy's life: kept, claimed, decided on, sent, tidied away.

use crate::stage::*;
use exeat::spool::Message;
use exeat::store::{KeepState, Kept, NoticePace, Part, RecipientResult, RecipientState, State, StoreError, Waiting};
use jiff::SignedDuration;
use std::io::Write;

#[tokio::test]
async fn what_is_kept_comes_back_byte_for_byte_after_a_restart() {
    let stage = Stage::new();
    let sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 3_000_000];
    let store = stage.open();
    for (number, size) in sizes.into_iter().enumerate() {
        let mut keep = keep(&format!("EX-{number}"), KeepState::Held, &pattern(size));
        keep.original = Some(Message::in_memory(pattern(size / 2), 0, None));
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&pattern(size)).unwrap();
        keep.content = Message::in_file(file, 3, size as u64, None);
        assert_eq!(store.keep(batch(number as u8, at(0), vec![keep])).await.unwrap(), Kept::New);
    }
    drop(store);
    let store = stage.open();
    for (number, size) in sizes.into_iter().enumerate() {
        let reference = format!("EX-{number}");
        for (part, size) in [(Part::Sent, size), (Part::Original, size / 2)] {
            let content = store.open_content(&reference, part, "head", "to read it", at(1)).await.unwrap();
            assert_eq!(content.facts().len, size as u64);
            assert!(read_all(content).await.unwrap() == pattern(size), "{reference} {part:?}");
        }
        let shown = store.show(&reference).await.unwrap();
        assert_eq!(shown.entry.envelope.recipients[1].parameters, ["NOTIFY=FAILURE"]);
        assert_eq!(shown.entry.record.subject.expose(), "Marked subject");
        let events: Vec<&str> = shown.events.iter().map(|event| event.what.as_str()).collect();
        assert_eq!(events, ["kept", "opened", "opened"]);
        assert_eq!(shown.events[1].who.expose(), "head");
        assert_eq!(shown.events[1].reason.expose(), "to read it");
    }
}

#[tokio::test]
async fn a_copy_waits_is_claimed_once_and_marked_per_recipient() {
    let stage = Stage::new();
    let store = stage.open();
    let keeps = vec![
        keep("EX-HELD", KeepState::Held, b"held"),
        keep("EX-LATER", KeepState::Deferred { until: at(600) }, b"later"),
        keep("EX-NOW", KeepState::Ready, b"now"),
        keep("EX-ASIDE", KeepState::Aside, b"aside"),
    ];
    store.keep(batch(1, at(0), keeps)).await.unwrap();

    let claim = store.claim_mail(at(1), MINUTE).await.unwrap().unwrap();
    assert_eq!((claim.reference.as_str(), claim.recipients.as_slice(), claim.tries), ("EX-NOW", &[0, 1][..], 0));
    assert!(
        store.claim_mail(at(2), MINUTE).await.unwrap().is_none(),
        "claimed, and the others do not go by themselves"
    );
    let results = vec![(0, RecipientResult::Done), (1, RecipientResult::Later)];
    assert_eq!(store.settle_mail(&claim, results, at(100), None, at(3)).await, Ok(State::Ready));
    assert!(store.claim_mail(at(99), MINUTE).await.unwrap().is_none(), "not before the next try");

    let claim = store.claim_mail(at(100), MINUTE).await.unwrap().unwrap();
    assert_eq!((claim.recipients.as_slice(), claim.tries), (&[1][..], 1), "only who does not have it yet");
    // The lease ends, another takes over, and the first cannot mark any more.
    let second = store.claim_mail(at(160), MINUTE).await.unwrap().unwrap();
    let done = vec![(1, RecipientResult::Done)];
    assert_eq!(store.settle_mail(&claim, done.clone(), at(200), None, at(161)).await, Err(StoreError::ClaimLost));
    assert_eq!(store.settle_mail(&second, done, at(200), None, at(162)).await, Ok(State::Delivered));
    let shown = store.show("EX-NOW").await.unwrap();
    assert_eq!((shown.entry.state, shown.content), (State::Delivered, None), "its content is gone");
    assert!(matches!(read_all(second.content).await, Err(StoreError::NotFound)));

    let claim = store.claim_mail(at(600), MINUTE).await.unwrap().unwrap();
    assert_eq!(claim.reference, "EX-LATER");
    let failure = Some(story("EX-LATER", "teacher@school.example", "<1@x>"));
    let results = vec![(0, RecipientResult::Failed(550)), (1, RecipientResult::Done)];
    assert_eq!(store.settle_mail(&claim, results, at(700), failure, at(601)).await, Ok(State::Failed));
    let shown = store.show("EX-LATER").await.unwrap();
    assert_eq!(shown.recipients, [RecipientState::Failed(550), RecipientState::Done]);
    assert_eq!(shown.content, Some(5), "what failed is kept");
    assert_eq!(store.stories_waiting().await, Ok(1));

    store.release("EX-LATER", "head", "the address was mended", at(800)).await.unwrap();
    let claim = store.claim_mail(at(801), MINUTE).await.unwrap().unwrap();
    assert_eq!(claim.recipients, [0], "the one it failed for");
}

#[tokio::test]
async fn of_two_decisions_one_wins() {
    type Decide = (&'static str, bool);
    let first_then: [(KeepState, Decide, Decide, State); 6] = [
        (KeepState::Held, ("release", true), ("release", false), State::Ready),
        (KeepState::Held, ("release", true), ("refuse", true), State::Refused),
        (KeepState::Held, ("refuse", true), ("release", false), State::Refused),
        (KeepState::Deferred { until: at(900) }, ("release", true), ("release", false), State::Ready),
        (KeepState::Aside, ("release", true), ("release", false), State::Ready),
        (KeepState::Ready, ("release", false), ("refuse", true), State::Refused),
    ];
    for (number, (fate, first, then, end)) in first_then.into_iter().enumerate() {
        let stage = Stage::new();
        let store = stage.open();
        store.keep(batch(1, at(0), vec![keep("EX-1", fate, b"x")])).await.unwrap();
        for (what, works) in [first, then] {
            let outcome = match what {
                "release" => store.release("EX-1", "head", "because", at(1)).await,
                _ => store.refuse("EX-1", "head", "because", at(1)).await,
            };
            match outcome {
                Ok(()) => assert!(works, "case {number} {what}"),
                Err(error) => {
                    assert!(matches!(error, StoreError::NotWaiting { .. }), "case {number} {what}: {error}");
                    assert!(!works, "case {number} {what}");
                }
            }
        }
        assert_eq!(state(&store, "EX-1").await, end, "case {number}");
        assert_eq!(store.release("EX-2", "head", "", at(1)).await, Err(StoreError::NotFound));
    }
}

#[tokio::test]
async fn what_is_being_sent_cannot_be_refused_and_released_again_at_once() {
    let stage = Stage::new();
    let store = stage.open();
    store.keep(batch(1, at(0), vec![keep("EX-1", KeepState::Ready, b"x")])).await.unwrap();
    let claim = store.claim_mail(at(0), MINUTE).await.unwrap().unwrap();
    assert!(matches!(store.refuse("EX-1", "head", "", at(30)).await, Err(StoreError::NotWaiting { .. })));
    store.refuse("EX-1", "head", "the sender died on the way", at(60)).await.unwrap();
    let done = vec![(0, RecipientResult::Done)];
    assert_eq!(store.settle_mail(&claim, done, at(99), None, at(61)).await, Err(StoreError::ClaimLost));
    assert_eq!(state(&store, "EX-1").await, State::Refused);
}

#[tokio::test]
async fn many_claimers_never_get_the_same_copy() {
    let stage = Stage::new();
    let store = stage.open();
    let keeps = (0..40).map(|number| keep(&format!("EX-{number}"), KeepState::Ready, b"x")).collect();
    store.keep(batch(1, at(0), keeps)).await.unwrap();
    let other = stage.open();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8 {
        let store = if number % 2 == 0 { store.clone() } else { other.clone() };
        tasks.spawn(async move {
            let mut got = Vec::new();
            while let Some(claim) = store.claim_mail(at(1), MINUTE).await.unwrap() {
                got.push(claim.reference);
            }
            got
        });
    }
    let mut all: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_writes_share_a_commit() {
    let stage = Stage::new();
    let store = stage.open();
    let before = store.commits();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..100_u8 {
        let store = store.clone();
        tasks.spawn(async move {
            let size = if number == 0 { 2_000_000 } else { 100 };
            // Every tenth fails; the others of its group do not mind.
            let reference = if number % 10 == 5 { "EX-0".to_owned() } else { format!("EX-{number}") };
            store.keep(batch(number, at(0), vec![keep(&reference, KeepState::Held, &pattern(size))])).await.is_ok()
        });
    }
    let worked = tasks.join_all().await.into_iter().filter(|worked| *worked).count();
    assert_eq!(worked, store.list(&State::ALL, 200).await.unwrap().len());
    assert_eq!(worked, 90);
    let commits = store.commits() - before;
    assert!(commits <= 50, "100 writes took {commits} commits");
}

#[tokio::test]
async fn what_runs_out_is_ended_told_and_removed() {
    let stage = Stage::new();
    let store = stage.open();
    let mut undecided = keep("EX-1", KeepState::Held, b"x");
    undecided.record.release_by = Some(at(3600));
    let mut failed = keep("EX-3", KeepState::Ready, b"x");
    failed.record.tell = None;
    store.keep(batch(1, at(0), vec![undecided])).await.unwrap();
    store.keep(batch(2, at(0), vec![keep("EX-2", KeepState::Held, b"x")])).await.unwrap();
    store.keep(batch(3, at(0), vec![failed])).await.unwrap();
    let claim = store.claim_mail(at(1), MINUTE).await.unwrap().unwrap();
    let results = vec![(0, RecipientResult::Failed(550)), (1, RecipientResult::Failed(0))];
    store.settle_mail(&claim, results, at(2), None, at(2)).await.unwrap();

    assert_eq!(store.tidy(at(3599), DAY).await.unwrap().expired.len(), 0);
    assert_eq!(store.tidy(at(3600), DAY).await.unwrap().expired, ["EX-1"]);
    assert_eq!(state(&store, "EX-1").await, State::Expired);
    let pace = NoticePace { lease: MINUTE, settle: MINUTE, most_an_hour: 3 };
    let told = store.claim_notice(at(4000), pace).await.unwrap().unwrap();
    assert!(told.stories[0].reasons[0].say.contains("Nobody decided"));
    assert_eq!(told.stories[0].outcomes[0].recipients.len(), 2);
    assert!(matches!(store.release("EX-1", "head", "", at(4001)).await, Err(StoreError::NotWaiting { .. })));

    assert_eq!(store.tidy(at(3600 + 25 * 3600), DAY).await.unwrap().removed, 1);
    let left: Vec<String> = store.list(&State::ALL, 9).await.unwrap().into_iter().map(|e| e.reference).collect();
    assert_eq!(left, ["EX-2", "EX-3"], "what waits and what failed is never removed");
    let counts = store.counts().await.unwrap();
    let held = counts.iter().find(|count| count.state == State::Held).unwrap();
    assert_eq!((held.copies, held.oldest), (1, Some(at(0))));
    let waiting = Waiting::in_file(&stage.file()).unwrap();
    let seen: Vec<(State, u64)> = waiting.copies.iter().map(|count| (count.state, count.copies)).collect();
    let expected = counts.iter().filter(|count| count.state.can_be_decided()).map(|count| (count.state, count.copies));
    assert_eq!(seen, expected.collect::<Vec<_>>(), "what waits is seen without the key");
    assert_eq!(waiting.stories, store.stories_waiting().await.unwrap());
    assert!(Waiting::in_file(&stage.file().with_extension("none")).is_err());
    assert!(store.events(99).await.unwrap().iter().any(|event| event.reference == "EX-1"), "what was done stays known");
}

#[tokio::test]
async fn a_token_is_used_once_and_in_time() {
    let stage = Stage::new();
    let store = stage.open();
    assert_eq!(store.use_token([1; 16], at(60), at(0)).await, Ok(true));
    assert_eq!(store.use_token([1; 16], at(60), at(1)).await, Ok(false), "once");
    assert_eq!(store.use_token([2; 16], at(60), at(60)).await, Ok(false), "in time");
    store.tidy(at(61), DAY).await.unwrap();
    store.probe(at(62)).await.unwrap();
}

#[tokio::test]
async fn what_need_not_wait_overtakes_what_was_deferred() {
    let stage = Stage::new();
    let store = stage.open();
    let until = at(60);
    let keeps = vec![
        keep("EX-1", KeepState::Deferred { until }, b"x"),
        keep("EX-2", KeepState::Deferred { until: at(50) }, b"x"),
        keep("EX-3", KeepState::Held, b"x"),
    ];
    store.keep(batch(1, at(0), keeps)).await.unwrap();
    store.keep(batch(2, at(70), vec![keep("EX-4", KeepState::Ready, b"x")])).await.unwrap();
    store.release("EX-3", "head", "", at(80)).await.unwrap();
    let mut order = Vec::new();
    while let Some(claim) = store.claim_mail(at(90), MINUTE).await.unwrap() {
        order.push(claim.reference);
    }
    assert_eq!(order, ["EX-4", "EX-3", "EX-2", "EX-1"]);
}

#[tokio::test]
async fn who_begins_to_serve_alone_takes_back_what_the_dead_had_claimed() {
    let stage = Stage::new();
    let pace = NoticePace { lease: MINUTE, settle: SignedDuration::ZERO, most_an_hour: 9 };
    let first = stage.open();
    let serving = first.begin_serving().await.unwrap();
    assert!(serving.is_some());
    first.keep(batch(1, at(0), vec![keep("EX-NOW", KeepState::Ready, b"now")])).await.unwrap();
    first.keep(telling(2, at(0), "a@school.example", "<1@school.example>")).await.unwrap();
    let claim = first.claim_mail(at(1), MINUTE).await.unwrap().unwrap();
    assert!(first.claim_notice(at(1), pace).await.unwrap().is_some());

    let second = stage.open();
    assert!(second.begin_serving().await.unwrap().is_none(), "the first still serves");
    assert!(second.claim_mail(at(2), MINUTE).await.unwrap().is_none(), "and its claims stand");
    drop(serving);
    let _serving = second.begin_serving().await.unwrap().unwrap();
    assert!(second.claim_mail(at(2), MINUTE).await.unwrap().is_some());
    assert!(second.claim_notice(at(2), pace).await.unwrap().is_some());
    let done = vec![(0, RecipientResult::Done)];
    assert_eq!(first.settle_mail(&claim, done, at(3), None, at(3)).await, Err(StoreError::ClaimLost));
}
