//! Messages that come again, and what senders are told.

use crate::stage::*;
use exeat::notice::{Outcome, OutcomeKind};
use exeat::store::{Batch, KeepState, Kept, NoticePace, NoticeResult, RecipientResult, StoreError};

#[tokio::test]
async fn a_message_that_comes_again_is_kept_once_while_it_waits() {
    #[derive(Clone, Copy, Debug)]
    enum Then {
        Nothing,
        Deliver,
        ReleaseAndDeliver,
        Refuse,
        Fail,
    }
    let deferred = KeepState::Deferred { until: at(60) };
    let cases: [(KeepState, Then, i64, bool); 10] = [
        (KeepState::Held, Then::Nothing, 100, true),
        (KeepState::Held, Then::Nothing, 24 * 3600 - 1, true),
        (KeepState::Held, Then::Nothing, 24 * 3600, false),
        (KeepState::Held, Then::Refuse, 100, false),
        (KeepState::Held, Then::ReleaseAndDeliver, 100, false),
        (deferred, Then::Nothing, 100, true),
        (deferred, Then::Deliver, 100, true),
        (KeepState::Ready, Then::Deliver, 100, true),
        (KeepState::Ready, Then::Fail, 100, false),
        (KeepState::Aside, Then::Nothing, 100, true),
    ];
    for (number, (fate, then, seconds, again)) in cases.into_iter().enumerate() {
        let stage = Stage::new();
        let store = stage.open();
        let first = Batch {
            story: Some(story("EX-1", "teacher@school.example", "<1@x>")),
            ..batch(1, at(0), vec![keep("EX-1", fate, b"x")])
        };
        assert_eq!(store.keep(first.clone()).await, Ok(Kept::New));
        match then {
            Then::Nothing => {}
            Then::Refuse => store.refuse("EX-1", "head", "", at(60)).await.unwrap(),
            Then::Deliver | Then::ReleaseAndDeliver | Then::Fail => {
                if matches!(then, Then::ReleaseAndDeliver) {
                    store.release("EX-1", "head", "", at(60)).await.unwrap();
                }
                let claim = store.claim_mail(at(60), MINUTE).await.unwrap().unwrap();
                let result =
                    if matches!(then, Then::Fail) { RecipientResult::Failed(550) } else { RecipientResult::Done };
                store.settle_mail(&claim, vec![(0, result), (1, result)], at(0), None, at(61)).await.unwrap();
            }
        }
        let mut second = first;
        second.keeps[0].reference = "EX-2".to_owned();
        second.now = at(seconds);
        let kept = store.keep(second).await.unwrap();
        let Kept::Again(earlier) = kept else {
            assert!(!again, "case {number} {then:?}");
            continue;
        };
        assert!(again, "case {number} {then:?}");
        assert!(earlier.told);
        assert_eq!(earlier.copies[0].reference, "EX-1");
        assert_eq!(earlier.copies[0].recipients.len(), 2);
        assert_eq!(store.show("EX-2").await.unwrap_err(), StoreError::NotFound);
        assert_eq!(store.stories_waiting().await, Ok(1), "and no second notice");
    }
}

#[tokio::test]
async fn what_is_judged_otherwise_when_it_comes_again_is_never_taken_for_kept() {
    const NOTHING: Option<KeepState> = None;
    let (held, ready, aside) = (Some(KeepState::Held), Some(KeepState::Ready), Some(KeepState::Aside));
    let (one, two, both) = (&[0][..], &[1][..], &[0, 1][..]);
    // first, then: fate, for whom, and its story; what is stored the second time
    let cases = [
        ("warned, then held", (NOTHING, both, true), (held, both, true), true),
        ("warned, then warned", (NOTHING, both, true), (NOTHING, both, true), false),
        ("noted, then warned", (NOTHING, both, false), (NOTHING, both, true), true),
        ("held for one, then for both", (held, one, true), (held, both, true), true),
        ("held for one, then for the other", (held, one, true), (held, two, true), true),
        ("held for both, then for one", (held, both, true), (held, one, true), false),
        ("held, then sent by itself", (held, both, true), (ready, both, true), false),
        ("set aside, then held", (aside, both, true), (held, both, true), true),
        ("held, then set aside", (held, both, true), (aside, both, true), true),
        ("set aside, then set aside", (aside, both, true), (aside, both, true), false),
    ];
    for (what, first, then, stored) in cases {
        let store = Stage::new();
        let store = store.open();
        let make = |reference: &str, (fate, whom, told): (Option<KeepState>, &[usize], bool), now| {
            let mut made = batch(1, now, Vec::new());
            made.story = told.then(|| story(reference, "teacher@school.example", "<1@x>"));
            made.keeps.extend(fate.map(|fate| keep(reference, fate, b"x")));
            for keep in &mut made.keeps {
                keep.envelope.recipients = whom.iter().map(|at| keep.envelope.recipients[*at].clone()).collect();
            }
            made
        };
        assert_eq!(store.keep(make("EX-1", first, at(0))).await, Ok(Kept::New));
        let again = store.keep(make("EX-2", then, at(10))).await.unwrap();
        assert_eq!(again == Kept::New, stored, "{what}");
        let is_there = store.show("EX-2").await.is_ok();
        assert_eq!(is_there, stored && then.0.is_some(), "{what}");
        let third = store.keep(make("EX-3", then, at(20))).await.unwrap();
        assert!(matches!(third, Kept::Again(_)), "{what}: the third time all of it is there");
    }
}

#[tokio::test]
async fn a_notice_cites_no_copy_that_was_not_kept() {
    for (told_before, cited) in [(true, vec!["EX-3"]), (false, vec!["EX-1", "EX-3"])] {
        let stage = Stage::new();
        let store = stage.open();
        let for_one = |reference: &str, whom: usize| {
            let mut keep = keep(reference, KeepState::Held, b"x");
            keep.envelope.recipients = vec![keep.envelope.recipients[whom].clone()];
            keep
        };
        let telling = |references: &[&str]| {
            let mut told = story("EX-TOLD", "teacher@school.example", "<1@x>");
            told.outcomes.extend(references.iter().map(|reference| Outcome {
                kind: OutcomeKind::Waiting,
                recipients: Vec::new(),
                originals: Vec::new(),
                reference: Some((*reference).to_owned()),
                until: None,
                decide_by: None,
                rewrites: Vec::new(),
            }));
            told
        };
        let first = told_before.then(|| telling(&["EX-1"]));
        store.keep(Batch { story: first, ..batch(1, at(0), vec![for_one("EX-1", 0)]) }).await.unwrap();
        let then = Batch {
            story: Some(telling(&["EX-2", "EX-3"])),
            ..batch(1, at(10), vec![for_one("EX-2", 0), for_one("EX-3", 1)])
        };
        assert_eq!(store.keep(then).await, Ok(Kept::New));
        assert!(store.show("EX-2").await.is_err());
        let pace = NoticePace { lease: MINUTE, settle: MINUTE, most_an_hour: 9 };
        let claim = store.claim_notice(at(100), pace).await.unwrap().unwrap();
        let last = claim.stories.last().unwrap();
        let references: Vec<&str> = last.outcomes.iter().filter_map(|one| one.reference.as_deref()).collect();
        assert_eq!(references, cited);
    }
}

#[tokio::test]
async fn copies_of_one_message_share_a_notice() {
    let stage = Stage::new();
    let store = stage.open();
    let pace = NoticePace { lease: MINUTE, settle: MINUTE, most_an_hour: 10 };
    let (one, two) = ("one@school.example", "two@school.example");
    for (number, (seconds, to, message_id)) in
        [(0, one, "<a@x>"), (50, one, "<a@x>"), (55, two, "<a@x>"), (56, one, ""), (56, one, "")]
            .into_iter()
            .enumerate()
    {
        store.keep(telling(number as u8, at(seconds), to, message_id)).await.unwrap();
    }
    assert!(store.claim_notice(at(59), pace).await.unwrap().is_none(), "not settled");
    let first = store.claim_notice(at(60), pace).await.unwrap().unwrap();
    assert_eq!((first.to.as_str(), first.stories.len(), first.summary), (one, 2, false));
    assert!(store.claim_notice(at(60), pace).await.unwrap().is_none(), "claimed");
    store.settle_notice(&first, NoticeResult::Later(at(200)), at(61)).await.unwrap();
    assert_eq!(store.settle_notice(&first, NoticeResult::Sent, at(61)).await, Err(StoreError::ClaimLost));
    let mut told = Vec::new();
    while let Some(claim) = store.claim_notice(at(116), pace).await.unwrap() {
        told.push((claim.to.as_str().to_owned(), claim.stories.len()));
        store.settle_notice(&claim, NoticeResult::Sent, at(117)).await.unwrap();
    }
    assert_eq!(told, [(two.to_owned(), 1), (one.to_owned(), 1), (one.to_owned(), 1)], "without an id, one each");
    let again = store.claim_notice(at(200), pace).await.unwrap().unwrap();
    assert_eq!((again.stories.len(), again.tries), (2, 1));
    // The lease ends without a word: the stories are told by the next.
    assert!(store.claim_notice(at(260), pace).await.unwrap().is_some());
}

#[tokio::test]
async fn so_many_notices_an_hour_then_a_summary() {
    let stage = Stage::new();
    let store = stage.open();
    let pace = NoticePace { lease: MINUTE, settle: MINUTE, most_an_hour: 3 };
    for number in 0..8 {
        store.keep(telling(number, at(0), "one@school.example", &format!("<{number}@x>"))).await.unwrap();
    }
    store.keep(telling(9, at(1), "two@school.example", "<9@x>")).await.unwrap();
    let mut told = Vec::new();
    for now in [100, 200, 300] {
        while let Some(claim) = store.claim_notice(at(now), pace).await.unwrap() {
            told.push((claim.stories.len(), claim.summary));
            store.settle_notice(&claim, NoticeResult::Sent, at(now)).await.unwrap();
        }
    }
    assert_eq!(told, [(1, false), (1, false), (6, true), (1, false)], "two, a summary, and the other's");
    store.keep(telling(20, at(400), "one@school.example", "<20@x>")).await.unwrap();
    assert!(store.claim_notice(at(500), pace).await.unwrap().is_none(), "the hour's are used up");
    let next = store.claim_notice(at(3700), pace).await.unwrap().unwrap();
    assert_eq!(next.stories.len(), 1);
}
