//! A held copy that could not be read is read again when a person asks for it (`exeat held retry`).

use super::{Later, Live, Pipeline, Seen};
use crate::actions::{self, Fate, Judgement};
use crate::checks::View;
use crate::mail::parts::{GapKind, Tree};
use crate::mail::{Address, Envelope};
use crate::policy;
use crate::room::Digest;
use crate::source::{Direction, Origin, SenderClass};
use crate::spool::{Message, Writer};
use crate::store::{Entry, Part, State, Store, StoreError};
use jiff::Timestamp;

/// Who does it, as it is recorded.
const WHO: &str = "exeat";
/// Why it goes out.
const READ: &str = "read after retry";

impl Pipeline {
    /// Reads again every copy somebody asked for after `after`, the number of a record. Returns the number of the
    /// last one that was dealt with.
    pub async fn retry_asked(&self, after: i64) -> i64 {
        let Some(store) = &self.store else { return after };
        let mut last = after;
        let asked = match store.retried_after(after).await {
            Ok(asked) => asked,
            Err(error) => {
                self.journal.trouble("the store cannot be read", &error.to_string());
                return after;
            }
        };
        for (number, reference) in asked {
            let done = match self.read_again(store, &reference).await {
                Ok(outcome) => {
                    self.journal.read_again(&reference, outcome);
                    store.record_reading(&reference, WHO, outcome, Timestamp::now()).await
                }
                Err(later) => {
                    self.journal.trouble("a held copy cannot be read again now", &later.to_string());
                    return last;
                }
            };
            if let Err(error) = done {
                self.journal.trouble("that a held copy was read again cannot be recorded", &error.to_string());
                return last;
            }
            last = number;
        }
        last
    }

    /// Takes the mark off the message, opens and judges it afresh, and lets it go where nothing holds it any more.
    async fn read_again(&self, store: &Store, reference: &str) -> Result<&'static str, Later> {
        let unavailable = |error| Later::new("store", error);
        let now = Timestamp::now();
        let message = match self.kept_message(store, reference, now).await {
            Ok(message) => message,
            Err(Lost::Gone) => return Ok("its content is gone or damaged"),
            Err(Lost::Later(later)) => return Err(later),
        };
        let digest =
            tokio::task::block_in_place(|| Digest::of(&message)).map_err(|error| Later::new("spool", error))?;
        _ = self.room.forget(&digest);
        let entry = store.show(reference).await.map_err(unavailable)?.entry;
        if entry.state != State::Held {
            return Ok("it does not wait for a decision");
        }
        if !was_exhausted(&entry) {
            return Ok("it was read before; a person decides");
        }
        let live = self.live.load_full();
        let tree = self.open(&message).await?;
        if tree.gaps.iter().any(|gap| gap.kind == GapKind::Exhausted) {
            return Ok("it could not be read again; a person decides");
        }
        if !tokio::task::block_in_place(|| may_go(&live, &entry, tree, now)) {
            return Ok("read; a rule keeps it waiting, a person decides");
        }
        match store.release(reference, WHO, READ, now).await {
            Ok(()) => {
                (self.wake)();
                Ok("read; nothing holds it any more")
            }
            Err(StoreError::NotWaiting { .. }) => Ok("it does not wait for a decision"),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// The content of a kept copy, as the relay brought it.
    async fn kept_message(&self, store: &Store, reference: &str, now: Timestamp) -> Result<Message, Lost> {
        let opened = store.open_content(reference, Part::Sent, WHO, READ, now).await;
        let mut content = opened.map_err(Lost::of)?;
        let mut writer = Writer::new(Vec::new(), &self.spool, &self.budget, self.most_in_memory);
        let unwritable = |error| Lost::Later(Later::new("spool", error));
        while let Some(chunk) = content.next_chunk().await.map_err(Lost::of)? {
            tokio::task::block_in_place(|| writer.append(&chunk)).map_err(unwritable)?;
        }
        tokio::task::block_in_place(|| writer.finish()).map_err(unwritable)
    }
}

/// Why there is no content.
enum Lost {
    /// For good.
    Gone,
    /// For now.
    Later(Later),
}

impl Lost {
    fn of(error: StoreError) -> Self {
        match error {
            StoreError::NotFound | StoreError::Corrupt { .. } => Self::Gone,
            error => Self::Later(Later::new("store", error)),
        }
    }
}

/// Only what was held because it could not be read goes out without a person.
fn was_exhausted(entry: &Entry) -> bool {
    let reasons = entry.record.reasons.iter().filter(|reason| reason.check == "unreadable");
    reasons.flat_map(|reason| &reason.hits).any(|hit| hit.kind == GapKind::Exhausted.name())
}

/// Whether no rule keeps the copy from any of its recipients, and none needs it changed.
fn may_go(live: &Live, entry: &Entry, tree: Tree, now: Timestamp) -> bool {
    let envelope = Envelope {
        sender: Some(entry.envelope.sender.clone()),
        recipients: entry.envelope.recipients.clone(),
        ..Envelope::default()
    };
    let origin = origin(live, entry, &envelope);
    let (folded, inspection) = crate::inspect::inspect(&tree, &envelope, &origin, &live.school, now);
    let mut seen = Seen { tree, folded, inspection, judgement: Judgement::default() };
    let view = View {
        envelope: &envelope,
        origin: &origin,
        tree: &seen.tree,
        folded: &seen.folded,
        school: &live.school,
        now,
    };
    seen.judgement = policy::judge(&live.policy, &live.enforcement, &view, &seen.inspection);
    let plan = actions::plan(&seen.judgement, &seen.inspection, &view);
    !plan.groups.is_empty()
        && plan
            .groups
            .iter()
            .all(|group| group.fate == Fate::Relay && !group.rewrites.iter().any(|rewrite| rewrite.is_required()))
}

/// Whose mail it is, as far as that was kept: the connection it came by is long closed.
fn origin(live: &Live, entry: &Entry, envelope: &Envelope) -> Origin {
    let class = SenderClass::ALL.iter().find(|class| class.name() == entry.record.sender_class);
    let sender: Option<&Address> = entry.record.tell.as_ref().or(entry.envelope.sender.address.as_ref());
    let mut recipients = envelope.recipients.iter().filter_map(|path| path.address.as_ref());
    let outside = recipients.any(|to| !live.school.is_inside(to));
    Origin {
        direction: if outside { Direction::Outgoing } else { Direction::Internal },
        class: class.copied().unwrap_or(SenderClass::Staff),
        source: None,
        sender: sender.cloned(),
    }
}
