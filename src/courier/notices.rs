//! The lane for notices: with the null return path, so that nothing ever answers them.

use super::body::Body;
use super::pace::Pace;
use super::smtp::{Trouble, TroubleKind};
use super::submit::{Submission, body_digest, submit};
use super::{Event, Round};
use crate::mail::Path;
use crate::store::{NoticeClaim, NoticePace, NoticeResult, StoreError};
use jiff::Timestamp;
use tokio::time::{Instant, timeout};

pub(super) async fn run(mut round: Round) {
    let mut pace = Pace::new(round.settings.per_minute, Instant::now());
    let claims = NoticePace {
        lease: round.settings.lease,
        settle: round.settings.settle,
        most_an_hour: round.settings.notices_per_hour,
    };
    while !round.stopped() {
        let wait = pace.wait(Instant::now());
        if !wait.is_zero() {
            round.rest(wait, false).await;
            continue;
        }
        round.bell.mark_unchanged();
        match round.store.claim_notice(Timestamp::now(), claims).await {
            Ok(Some(claim)) => {
                pace.take(Instant::now());
                tell(&round, claim).await;
            }
            Ok(None) => round.rest(round.settings.poll, true).await,
            Err(StoreError::Corrupt { reference }) => round.tell(&Event::Broken { reference }),
            Err(error) => {
                round.tell(&Event::Store(error));
                round.rest(round.settings.poll, false).await;
            }
        }
    }
}

async fn tell(round: &Round, claim: NoticeClaim) {
    let outcome = timeout(round.attempt(), attempt(round, &claim)).await;
    let outcome = outcome.unwrap_or_else(|_| Err(Trouble::ours(TroubleKind::Slow)));
    let now = Timestamp::now();
    let given_up = now.duration_since(claim.kept_at) >= round.settings.give_up_after;
    let references: Vec<String> = claim.stories.iter().map(|story| story.reference.clone()).collect();
    let (result, event) = match outcome {
        Ok(()) => (NoticeResult::Sent, Event::NoticeSent { references, summary: claim.summary }),
        Err(trouble) if trouble.is_final() || given_up => {
            (NoticeResult::Failed, Event::NoticeFailed { references, trouble })
        }
        Err(trouble) => {
            let next_try = round.next_try(claim.tries, &trouble, now);
            (NoticeResult::Later(next_try), Event::NoticeLater { trouble, next_try })
        }
    };
    if let Err(error) = round.store.settle_notice(&claim, result, now).await {
        round.tell(&Event::Store(error));
    }
    round.tell(&event);
}

async fn attempt(round: &Round, claim: &NoticeClaim) -> Result<(), Trouble> {
    let now = Timestamp::now();
    let bytes = round.compose.compose(&claim.stories, claim.summary, now);
    let reference = claim.stories.first().map_or("", |story| story.reference.as_str());
    let sender = Path::new(b"<>", Vec::new());
    let receiver = Path::new(claim.to.as_str().as_bytes(), Vec::new());
    let mark = if round.settings.one_port {
        let digest = body_digest(&mut Body::notice(bytes.clone())).await?;
        Some((round.store.key(), digest))
    } else {
        None
    };
    let submission = Submission {
        reference,
        sender: &sender,
        recipients: vec![(0, &receiver)],
        quiet: true,
        received: false,
        mark,
        now,
    };
    let results = submit(&round.settings, &submission, Body::notice(bytes)).await;
    // One recipient, one result.
    results.into_iter().next().map_or(Err(Trouble::ours(TroubleKind::Closed)), |(_, result)| result)
}
