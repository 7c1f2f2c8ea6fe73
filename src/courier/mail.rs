//! The lane for kept copies: one after the other, paced.

use super::body::Body;
use super::pace::Pace;
use super::smtp::{Trouble, TroubleKind};
use super::submit::{Results, Submission, body_digest, submit};
use super::{Event, Round, failure};
use crate::store::{MailClaim, RecipientResult, StoreError};
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long to wait before a mark is tried again that the store did not take.
const MARK_AGAIN: Duration = Duration::from_secs(1);

pub(super) async fn run(mut round: Round) {
    let mut pace = Pace::new(round.settings.per_minute, Instant::now());
    while !round.stopped() {
        let wait = pace.wait(Instant::now());
        if !wait.is_zero() {
            round.rest(wait, false).await;
            continue;
        }
        // What is rung from here on is heard after the look into the store, not lost.
        round.bell.mark_unchanged();
        match round.store.claim_mail(Timestamp::now(), round.settings.lease).await {
            Ok(Some(claim)) => {
                pace.take(Instant::now());
                deliver(&mut round, claim).await;
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

async fn deliver(round: &mut Round, claim: MailClaim) {
    let attempt = timeout(round.attempt(), attempt(round, &claim)).await;
    let slow = || claim.recipients.iter().map(|number| (*number, Err(Trouble::ours(TroubleKind::Slow)))).collect();
    let outcomes: Results = attempt.unwrap_or_else(|_| slow());
    let now = Timestamp::now();
    let given_up = now.duration_since(claim.ready_at) >= round.settings.give_up_after;
    let mut results = Vec::new();
    let mut troubles = Vec::new();
    for (number, outcome) in outcomes {
        let result = match &outcome {
            Ok(()) => RecipientResult::Done,
            Err(trouble) if trouble.is_final() || given_up => RecipientResult::Failed(trouble.code),
            Err(_) => RecipientResult::Later,
        };
        results.push((number, result));
        troubles.extend(outcome.err().map(|trouble| (number, trouble)));
    }
    let trouble_of = |wanted: fn(&RecipientResult) -> bool| {
        let mut numbers = results.iter().filter(|(_, result)| wanted(result)).map(|(number, _)| *number);
        let first = numbers.next()?;
        let count = 1 + numbers.count();
        let trouble = troubles.iter().find(|(number, _)| *number == first).map(|(_, trouble)| trouble.clone())?;
        Some((count, trouble))
    };
    let later = trouble_of(|result| *result == RecipientResult::Later);
    let failed = trouble_of(|result| matches!(result, RecipientResult::Failed(_)));
    let next_try = later.as_ref().map_or(now, |(_, trouble)| round.next_try(claim.tries, trouble, now));
    let failure = failure::story(&claim, &results, &troubles);
    let sent = results.iter().filter(|(_, result)| *result == RecipientResult::Done).count();
    mark(round, &claim, results, next_try, failure).await;
    let reference = claim.reference;
    if sent > 0 {
        let waited = now.duration_since(claim.ready_at);
        round.tell(&Event::Sent { reference: reference.clone(), recipients: sent, waited });
    }
    if let Some((recipients, trouble)) = later {
        round.tell(&Event::Later { reference: reference.clone(), recipients, trouble, next_try });
    }
    if let Some((recipients, trouble)) = failed {
        round.tell(&Event::Failed { reference, recipients, trouble });
    }
}

async fn attempt(round: &Round, claim: &MailClaim) -> Results {
    let envelope = &claim.envelope;
    let all = claim.recipients.iter();
    let recipients = all.filter_map(|number| Some((*number, envelope.recipients.get(*number)?))).collect();
    let mut submission = Submission {
        reference: &claim.reference,
        sender: &envelope.sender,
        recipients,
        quiet: false,
        received: true,
        mark: None,
        now: Timestamp::now(),
    };
    if round.settings.one_port {
        match body_digest(&mut Body::Kept(claim.content.again())).await {
            Ok(digest) => submission.mark = Some((round.store.key(), digest)),
            Err(trouble) => return submission.all(&trouble),
        }
    }
    submit(&round.settings, &submission, Body::Kept(claim.content.again())).await
}

/// Marks what came of it. A store that cannot be written for a moment must not lead to a second copy, so this is
/// tried again while the claim holds.
async fn mark(
    round: &mut Round,
    claim: &MailClaim,
    results: Vec<(usize, RecipientResult)>,
    next_try: Timestamp,
    failure: Option<crate::notice::Story>,
) {
    let until = Instant::now() + round.settings.lease.unsigned_abs() / 10;
    loop {
        let now = Timestamp::now();
        let Err(error) = round.store.settle_mail(claim, results.clone(), next_try, failure.clone(), now).await else {
            return;
        };
        if error == StoreError::ClaimLost || Instant::now() > until || round.stopped() {
            round.tell(&Event::Unmarked { reference: claim.reference.clone(), error });
            return;
        }
        round.rest(MARK_AGAIN, false).await;
    }
}
