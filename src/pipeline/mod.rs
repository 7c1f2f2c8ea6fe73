//! The journey of one message: open, inspect, judge, plan; then keep, answer, note, in this order.

mod rewriting;
mod telling;

use crate::actions::{self, Action, Fate, Group, Judgement, Plan, Rewrite};
use crate::budget::Budget;
use crate::courier::token;
use crate::finding::Inspection;
use crate::journal::{Journal, Judged};
use crate::mail::fold::Folded;
use crate::mail::parts::Tree;
use crate::mail::{Address, Header, HeaderEdit, Refusal};
use crate::milter::{Answer, Edits, Judge, Received};
use crate::notice;
use crate::policy::{self, Enforcement, Policy};
use crate::private::Private;
use crate::room::Room;
use crate::school::School;
use crate::source::{self, Direction, Origin, SenderClass};
use crate::spool::{Directory, Message};
use crate::store::{self, Batch, Earlier, Keep, KeepState, Kept, KeptEnvelope, Record, RetryKey, Store, StoreKey};
use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use rewriting::Rewritten;
use std::sync::Arc;
use std::time::Instant;
use telling::Told;

/// What is in force: built as a whole at each load, then only read.
#[derive(Debug)]
pub struct Live {
    /// The school.
    pub school: School,
    /// Its rules.
    pub policy: Policy,
    /// Which of them act.
    pub enforcement: Enforcement,
    /// Whose mail is whose.
    pub sources: source::Sources,
    /// What the sender is told.
    pub notice: notice::Settings,
}

/// Everything the journey needs.
pub struct Pipeline {
    /// What is in force.
    pub live: Arc<ArcSwap<Live>>,
    /// Opens messages.
    pub room: Room,
    /// Keeps messages; `None` in an installation that only monitors.
    pub store: Option<Store>,
    /// Bytes in memory.
    pub budget: Budget,
    /// Where rewritten messages are assembled.
    pub spool: Directory,
    /// Messages up to this size are assembled in memory.
    pub most_in_memory: u64,
    /// Writes down what happens.
    pub journal: Journal,
    /// Wakes the courier.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// How long a second coming of a message is a retry.
    pub window: SignedDuration,
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pipeline")
    }
}

/// Why a message gets "try again later". The word is a label, the detail is for the log.
struct Later {
    reason: &'static str,
    detail: String,
}

impl Later {
    fn new(reason: &'static str, detail: impl std::fmt::Display) -> Self {
        Self { reason, detail: detail.to_string() }
    }
}

/// A message that was opened, inspected and judged.
struct Seen {
    tree: Tree,
    folded: Folded,
    inspection: Inspection,
    judgement: Judgement,
}

impl Judge for Pipeline {
    async fn judge(&self, received: Received) -> Answer {
        let begun = Instant::now();
        let live = self.live.load_full();
        match self.journey(&live, &received, begun).await {
            Ok(answer) => answer,
            Err(later) if live.enforcement == Enforcement::Monitor => {
                self.journal.monitor_let_pass(received.envelope.queue_id(), later.reason, &later.detail);
                Answer::Relay(Edits { headers: token::removals(&received.headers), ..Edits::default() })
            }
            Err(later) => {
                self.journal.tempfailed(received.envelope.queue_id(), later.reason, &later.detail);
                Answer::Tempfail(Refusal {
                    code: 451,
                    enhanced: "4.7.1".to_owned(),
                    text: "The school's mail check is not ready; the message will be tried again".to_owned(),
                })
            }
        }
    }
}

impl Pipeline {
    async fn journey(&self, live: &Arc<Live>, received: &Received, begun: Instant) -> Result<Answer, Later> {
        let now = Timestamp::now();
        if self.is_released(received, now).await? {
            self.journal.passed(received.envelope.queue_id(), "released", "outgoing", "released");
            return Ok(Answer::Relay(Edits { headers: token::removals(&received.headers), ..Edits::default() }));
        }
        if let Some(answer) = self.pass_unread(live, received) {
            return Ok(answer);
        }
        let tree = self.open(&received.message).await?;
        let seen = self.inspect(live, received, tree, None, now).await?;
        if let Some(answer) = self.pass_by_origin(live, &seen.inspection.origin, received) {
            return answer;
        }
        if live.enforcement == Enforcement::Monitor {
            self.note(live, received, &seen, "relay", &[], begun);
            return Ok(Answer::Relay(Edits { headers: token::removals(&received.headers), ..Edits::default() }));
        }
        self.carry_out(live, received, seen, now, begun).await
    }

    /// A message with a token of ours that is valid was released and goes out as it is.
    async fn is_released(&self, received: &Received, now: Timestamp) -> Result<bool, Later> {
        let (Some(store), Some(key)) = (&self.store, &self.key) else { return Ok(false) };
        if token::removals(&received.headers).is_empty() {
            return Ok(false);
        }
        let Some(token) = token::verify(key, &received.envelope, &received.headers, &received.message, now) else {
            return Ok(false);
        };
        store.spend(token, now).await.map_err(|error| Later::new("store", error))
    }

    /// Mail whose direction is known from the envelope alone to be none of our business.
    fn pass_unread(&self, live: &Live, received: &Received) -> Option<Answer> {
        let origin = source::origin(&live.sources, &live.school, &received.envelope, &received.headers, None);
        self.pass_by_origin(live, &origin, received)?.ok()
    }

    /// Incoming, transit and journal mail is relayed untouched; what matches no source follows `unknown_source`.
    fn pass_by_origin(&self, live: &Live, origin: &Origin, received: &Received) -> Option<Result<Answer, Later>> {
        let untouched = || Answer::Relay(Edits { headers: token::removals(&received.headers), ..Edits::default() });
        let (direction, class) = (origin.direction.name(), origin.class.name());
        let queue_id = received.envelope.queue_id();
        if origin.source.is_none() {
            return self.unknown_source(live, origin, received);
        }
        let passes = matches!(origin.direction, Direction::Incoming | Direction::Transit) || origin.class == SenderClass::Journal;
        passes.then(|| {
            self.journal.passed(queue_id, "not ours to check", direction, class);
            Ok(untouched())
        })
    }
}

impl Pipeline {
    fn unknown_source(&self, live: &Live, origin: &Origin, received: &Received) -> Option<Result<Answer, Later>> {
        use source::UnknownSource;
        let queue_id = received.envelope.queue_id();
        match live.sources.unknown_source {
            UnknownSource::Judge => None,
            UnknownSource::Relay => {
                self.journal.passed(queue_id, "unknown source", origin.direction.name(), origin.class.name());
                Some(Ok(Answer::Relay(Edits { headers: token::removals(&received.headers), ..Edits::default() })))
            }
            UnknownSource::Tempfail => Some(Err(Later::new("unknown_source", "no [[source]] matches"))),
            UnknownSource::Reject if live.enforcement == Enforcement::Monitor => None,
            UnknownSource::Reject => Some(Ok(Answer::Reject(Refusal {
                code: 550,
                enhanced: "5.7.1".to_owned(),
                text: "This relay does not know whose mail this is; ask the school's mail administrator".to_owned(),
            }))),
        }
    }

    async fn open(&self, message: &Message) -> Result<Tree, Later> {
        let begun = Instant::now();
        let tree = self.room.open(message).await.map_err(|error| Later::new("room", error))?;
        self.journal.stage("open", begun.elapsed());
        Ok(tree)
    }

    /// Folds, finds and judges on this thread, which the runtime replaces meanwhile.
    fn inspect(&self, live: &Live, received: &Received, tree: Tree, now: Timestamp) -> Seen {
        let begun = Instant::now();
        let seen = tokio::task::block_in_place(|| {
            let origin = source::origin(&live.sources, &live.school, &received.envelope, &received.headers, Some(&tree.facts));
            let (folded, inspection) = crate::inspect::inspect(&tree, &received.envelope, &origin, &live.school, now);
            let judgement = {
                let view = View { envelope: &received.envelope, origin: &origin, tree: &tree, folded: &folded, school: &live.school, now };
                policy::judge(&live.policy, &live.enforcement, &view, &inspection)
            };
            Seen { tree, folded, inspection, judgement }
        });
        self.journal.stage("inspect", begun.elapsed());
        seen
    }

    async fn carry_out(&self, live: &Live, received: &Received, seen: Seen, now: Timestamp, begun: Instant) -> Result<Answer, Later> {
        let planned = actions::plan(&seen.judgement, &seen.inspection, &seen.tree, &received.envelope);
        let (plan, copies) = self.rewrite(live, received, &seen, planned.plan, now).await?;
        let tell = if plan.tell { self.whom_to_tell(live, received, &seen) } else { None };
        let references = new_references(&plan)?;
        let story_reference = references.iter().flatten().next().cloned().map_or_else(store::new_reference, Ok);
        let story_reference = story_reference.map_err(|error| Later::new("store", error))?;
        let told = Told {
            envelope: &received.envelope, message_id: &message_id(&received.headers), tree: &seen.tree,
            inspection: &seen.inspection, judgement: &seen.judgement, school: &live.school, policy: &live.policy, now,
            decide_within_hours: live.notice.decide_within_hours,
        };
        let story = tell.clone().map(|to| told.story(&plan, &references, planned.skipped, &story_reference, to));
        let keeps = keeps(&told, received, &plan, &copies, &references, tell.as_ref());
        let verdict = strongest(&seen.judgement);
        if keeps.is_empty() && story.is_none() {
            self.note(live, received, &seen, verdict, &[], begun);
            return Ok(answer(&told, received, &plan, copies, None));
        }
        let earlier = self.keep(received, &plan, keeps, story, now).await?;
        if earlier.is_some() {
            self.journal.came_again(received.envelope.queue_id());
        }
        (self.wake)();
        let kept: Vec<String> = references.into_iter().flatten().collect();
        self.note(live, received, &seen, verdict, &kept, begun);
        Ok(answer(&told, received, &plan, copies, earlier.as_ref()))
    }

    /// Durable first: everything that is kept or told goes into the store in one transaction.
    async fn keep(&self, received: &Received, plan: &Plan, keeps: Vec<Keep>, story: Option<notice::Story>, now: Timestamp) -> Result<Option<Earlier>, Later> {
        let (Some(store), Some(key)) = (&self.store, &self.key) else {
            return Err(Later::new("store", "no [store] is configured"));
        };
        let begun = Instant::now();
        let fates = format!("{:?}", plan.groups.iter().map(|group| (group.recipients.as_slice(), discriminant_name(group.fate))).collect::<Vec<_>>());
        let retry_key = tokio::task::block_in_place(|| RetryKey::of(key, &received.envelope, &received.headers, &received.message, fates.as_bytes()))
            .map_err(|error| Later::new("spool", error))?;
        let batch = Batch { keeps, story, retry_key, now, window: self.window };
        let kept = store.keep(batch).await.map_err(|error| Later::new("store", error))?;
        self.journal.stage("store", begun.elapsed());
        Ok(match kept {
            Kept::New => None,
            Kept::Again(earlier) => Some(earlier),
        })
    }

    /// A notice goes only to an address in the staff directory, and never in answer to a machine.
    fn whom_to_tell(&self, live: &Live, received: &Received, seen: &Seen) -> Option<Address> {
        let facts = &seen.inspection.facts;
        let null_sender = received.envelope.sender.as_ref().is_none_or(|sender| sender.address.is_none());
        let ours = received.headers.iter().any(|header| header.name.eq_ignore_ascii_case(notice::NOTICE_HEADER.as_bytes()));
        if null_sender || ours || facts.automatic || facts.bulk || facts.report {
            return None;
        }
        let sender = seen.inspection.origin.sender.as_ref()?;
        live.school.staff.find(sender).map(|_| sender.clone())
    }

    fn note(&self, live: &Live, received: &Received, seen: &Seen, verdict: &str, references: &[String], begun: Instant) {
        let rules: Vec<(&str, &str, bool)> = seen
            .judgement
            .matches
            .iter()
            .filter_map(|matched| live.policy.rules.get(matched.rule).map(|rule| (rule.id.as_str(), rule.check(), matched.enforced)))
            .collect();
        self.journal.judged(&Judged {
            queue_id: received.envelope.queue_id(),
            verdict,
            inspection: &seen.inspection,
            recipients: received.envelope.recipients.len(),
            bytes: received.message.len(),
            rules: &rules,
            references,
            took: begun.elapsed(),
        });
    }
}

/// The strongest action that an enforced rule asks for, or `relay`.
#[must_use]
pub fn strongest(judgement: &Judgement) -> &'static str {
    let enforced = judgement.matches.iter().filter(|matched| matched.enforced);
    enforced.map(|matched| matched.action).max().map_or("relay", Action::name)
}

const fn discriminant_name(fate: Fate) -> &'static str {
    match fate {
        Fate::Relay => "relay",
        Fate::Defer { .. } => "defer",
        Fate::Hold => "hold",
        Fate::Reject => "reject",
    }
}

fn message_id(headers: &[Header]) -> String {
    let field = headers.iter().find(|header| header.name.eq_ignore_ascii_case(b"message-id"));
    field.map_or_else(String::new, |header| String::from_utf8_lossy(&header.value).trim().to_owned())
}

/// The group that stays on the relay's own copy.
fn relayed(plan: &Plan) -> Option<&Group> {
    plan.groups.first().filter(|group| group.fate == Fate::Relay)
}

/// A reference for every group whose copy is kept.
fn new_references(plan: &Plan) -> Result<Vec<Option<String>>, Later> {
    let own = usize::from(relayed(plan).is_some());
    let wanted = plan.groups.iter().enumerate().map(|(index, group)| {
        if group.fate == Fate::Reject || (index < own && !group.rewrites.contains(&Rewrite::ReplaceAttachment)) {
            return Ok(None);
        }
        store::new_reference().map(Some).map_err(|error| Later::new("store", error))
    });
    wanted.collect()
}

/// The copies that go into the store.
fn keeps(told: &Told<'_>, received: &Received, plan: &Plan, copies: &[Option<Rewritten>], references: &[Option<String>], tell: Option<&Address>) -> Vec<Keep> {
    let Some(sender) = received.envelope.sender.clone() else { return Vec::new() };
    let own = relayed(plan).is_some();
    let reasons = told.reasons(Action::Note);
    let reviewer = told.reviewer();
    let record = Record {
        message_id: Private::new(told.message_id.to_owned()),
        subject: Private::new(told.subject()),
        tell: tell.cloned(),
        sender_class: told.inspection.origin.class.name().to_owned(),
        reviewer,
        release_by: None,
        reasons,
    };
    let mut keeps = Vec::new();
    for (index, (group, reference)) in plan.groups.iter().zip(references).enumerate() {
        let Some(reference) = reference else { continue };
        let recipients = group.recipients.iter().filter_map(|&at| received.envelope.recipients.get(at as usize).cloned()).collect();
        let fate = match group.fate {
            Fate::Relay if own && index == 0 => KeepState::Aside,
            Fate::Relay => KeepState::Ready,
            Fate::Defer { until } => KeepState::Deferred { until },
            Fate::Hold => KeepState::Held,
            Fate::Reject => continue,
        };
        let changed = copies.get(index).and_then(Option::as_ref).filter(|_| fate != KeepState::Aside);
        let keeps_original = changed.is_some() && group.rewrites.contains(&Rewrite::ReplaceAttachment);
        keeps.push(Keep {
            reference: reference.clone(),
            fate,
            envelope: KeptEnvelope { sender: sender.clone(), recipients },
            content: changed.map_or_else(|| received.message.clone(), |copy| copy.message.clone()),
            original: keeps_original.then(|| received.message.clone()),
            record: record.clone(),
        });
    }
    keeps
}

/// What the relay hears. With an `earlier` coming of the same message its copies are in the store already.
fn answer(told: &Told<'_>, received: &Received, plan: &Plan, copies: Vec<Option<Rewritten>>, _earlier: Option<&Earlier>) -> Answer {
    let Some(group) = relayed(plan) else {
        if plan.groups.iter().all(|group| group.fate == Fate::Reject) && !plan.groups.is_empty() {
            return Answer::Reject(told.refusal());
        }
        return Answer::Discard;
    };
    let all = 0..u32::try_from(received.envelope.recipients.len()).unwrap_or(u32::MAX);
    let remove = all.filter(|index| !group.recipients.contains(index)).collect();
    let mut headers = token::removals(&received.headers);
    let changed = copies.into_iter().next().flatten();
    let (more, body) = changed.map_or((Vec::new(), None), |copy| (copy.headers, copy.body));
    headers.extend(more);
    Answer::Relay(Edits { headers, remove, body })
}
