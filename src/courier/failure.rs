//! What the sender is told of a copy that could not be sent on.

use super::smtp::{Trouble, TroubleKind};
use crate::actions::Action;
use crate::mail::Path;
use crate::notice::{self, Outcome, OutcomeKind, Reason, Story};
use crate::private::Private;
use crate::store::{MailClaim, RecipientResult};

/// The story of an attempt after which nothing more is tried for some recipients. Recipients the next hop took it
/// for, now or before, are named too. `None` where none failed or nobody is to be told.
pub fn story(claim: &MailClaim, results: &[(usize, RecipientResult)], troubles: &[(usize, Trouble)]) -> Option<Story> {
    let failed = |number: usize| {
        results.iter().any(|(of, result)| *of == number && matches!(result, RecipientResult::Failed(_)))
    };
    let waits = |number: usize| {
        claim.recipients.contains(&number)
            && results.iter().any(|(of, result)| *of == number && *result == RecipientResult::Later)
    };
    let all = 0..claim.envelope.recipients.len();
    let (not_sent, rest): (Vec<usize>, Vec<usize>) = all.partition(|number| failed(*number));
    let (waiting, sent): (Vec<usize>, Vec<usize>) = rest.into_iter().partition(|number| waits(*number));
    if not_sent.is_empty() {
        return None;
    }
    let outcomes = [(OutcomeKind::Sent, sent), (OutcomeKind::Waiting, waiting), (OutcomeKind::NotSent, not_sent)];
    let outcomes = outcomes.into_iter().filter(|(_, numbers)| !numbers.is_empty());
    let outcomes = outcomes.map(|(kind, numbers)| outcome(claim, kind, &numbers)).collect();
    let mut reasons: Vec<Reason> = Vec::new();
    for (_, trouble) in troubles.iter().filter(|(number, _)| failed(*number)) {
        let reason = reason(trouble);
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let story = claim.record.story(&claim.reference, claim.kept_at, outcomes, reasons)?;
    Some(Story { envelope_id: notice::envelope_id(&claim.envelope.sender), ..story })
}

fn outcome(claim: &MailClaim, kind: OutcomeKind, numbers: &[usize]) -> Outcome {
    let paths: Vec<&Path> = numbers.iter().filter_map(|number| claim.envelope.recipients.get(*number)).collect();
    let given = paths.iter().map(|path| String::from_utf8_lossy(&path.given).trim_matches(['<', '>']).to_owned());
    Outcome {
        kind,
        recipients: given.map(Private::new).collect(),
        originals: paths.iter().map(|path| notice::original_recipient(path)).collect(),
        reference: Some(claim.reference.clone()),
        until: None,
        decide_by: None,
        rewrites: Vec::new(),
    }
}

/// The next hop's words are left out: they may repeat names and addresses.
fn reason(trouble: &Trouble) -> Reason {
    let answer = match (trouble.code, trouble.enhanced.as_str()) {
        (0, _) => "no answer".to_owned(),
        (code, "") => format!("answer {code}"),
        (code, enhanced) => format!("answer {code} {enhanced}"),
    };
    let say = match trouble.kind {
        TroubleKind::Refused if trouble.is_final() => format!("The next mail server refused it ({answer})."),
        TroubleKind::Lacks(what) => {
            format!("The next mail server lacks {what}, which this message needs; it was not changed to fit.")
        }
        TroubleKind::NotVerified => {
            "You asked for encrypted transport all the way, which the next mail server cannot give.".to_owned()
        }
        TroubleKind::Address => "An address or option of this message cannot be passed on by e-mail.".to_owned(),
        TroubleKind::Broken => "The kept copy was damaged and cannot be sent. Please send it again.".to_owned(),
        _ => format!("The next mail server did not take it in time, in many attempts ({answer})."),
    };
    Reason {
        rule: "delivery".to_owned(),
        clause: String::new(),
        check: "delivery".to_owned(),
        action: Action::Reject,
        say,
        advice: String::new(),
        hits: Vec::new(),
        more: 0,
    }
}
