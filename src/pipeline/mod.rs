//! The journey of one message: open, inspect, judge, plan; then keep, answer, note, in this order.

mod keeping;
mod retrying;
mod rewriting;
mod telling;

use crate::actions::{self, Judgement};
use crate::budget::Budget;
use crate::checks::View;
use crate::courier::token;
use crate::finding::Inspection;
use crate::journal::{Journal, Judged};
use crate::mail::fold::Folded;
use crate::mail::parts::{Facts, Tree};
use crate::mail::{Header, Refusal};
use crate::milter::{Answer, Edits, Judge, Received};
use crate::notice;
use crate::policy::{self, Enforcement, Policy};
use crate::room::Room;
use crate::school::School;
use crate::source::{self, Direction, Origin, SenderClass, UnknownSource};
use crate::spool::{Directory, Message};
use crate::store::{self, Batch, Earlier, Kept, RetryKey, Stem, Store};
use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;
use telling::{Told, whom_to_tell};

/// Looking at a text up to this long takes less time than having this thread replaced is worth.
const LONG_TEXT: usize = 128 << 10;

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
#[derive(Debug)]
pub struct Later {
    reason: &'static str,
    detail: String,
}

impl Later {
    fn new(reason: &'static str, detail: impl fmt::Display) -> Self {
        Self { reason, detail: detail.to_string() }
    }
}

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

/// A message that was opened, inspected and judged.
#[derive(Debug)]
pub struct Seen {
    /// The message taken apart.
    pub tree: Tree,
    /// Its text, folded once.
    pub folded: Folded,
    /// What was found.
    pub inspection: Inspection,
    /// What the rules say.
    pub judgement: Judgement,
}

/// What became of a message.
struct Became {
    verdict: &'static str,
    /// Of kept copies.
    references: Vec<String>,
    /// Of what the sender is told; empty where there is nothing to tell.
    notice: String,
    /// Changes that were needed and could not be made.
    impossible: Vec<&'static str>,
}

impl Default for Became {
    fn default() -> Self {
        Self { verdict: "relay", references: Vec::new(), notice: String::new(), impossible: Vec::new() }
    }
}

impl Seen {
    fn view<'a>(&'a self, live: &'a Live, received: &'a Received, now: Timestamp) -> View<'a> {
        View {
            envelope: &received.envelope,
            origin: &self.inspection.origin,
            tree: &self.tree,
            folded: &self.folded,
            school: &live.school,
            now,
        }
    }
}

impl Judge for Pipeline {
    async fn judge(&self, received: Received) -> Answer {
        let begun = Instant::now();
        let live = self.live.load_full();
        let queue_id = received.envelope.queue_id();
        match self.journey(&live, &received, begun).await {
            Ok(answer) => answer,
            Err(later) if live.enforcement == Enforcement::Monitor => {
                self.journal.monitor_let_pass(queue_id, later.reason, &later.detail);
                as_it_is(&received)
            }
            Err(later) => {
                self.journal.tempfailed(queue_id, later.reason, &later.detail);
                Answer::Tempfail(not_ready())
            }
        }
    }

    fn lets_pass(&self) -> bool {
        self.live.load().enforcement == Enforcement::Monitor
    }
}

/// The words for a message that is to come again.
fn not_ready() -> Refusal {
    Refusal {
        code: 451,
        enhanced: "4.7.1".to_owned(),
        text: "The school's mail check is not ready; the message will be tried again".to_owned(),
    }
}

/// The relay's own copy goes on as it is; only a mark of ours is taken off.
fn as_it_is(received: &Received) -> Answer {
    Answer::Relay(Edits { headers: token::removals(&received.headers), ..Edits::default() })
}

impl Pipeline {
    async fn journey(&self, live: &Live, received: &Received, begun: Instant) -> Result<Answer, Later> {
        let now = Timestamp::now();
        if self.is_released(received, now).await? {
            self.journal.passed(received.envelope.queue_id(), "released", Direction::Outgoing, SenderClass::Staff);
            return Ok(as_it_is(received));
        }
        if let Some(answer) = self.pass_unread(live, received) {
            return answer;
        }
        let _seat = self.room.seat(received.message.len()).await.map_err(|error| Later::new("room", error))?;
        let tree = self.open(&received.message).await?;
        let seen = self.inspect(live, received, tree, now);
        if seen.inspection.origin.class == SenderClass::Journal {
            return Ok(self.untouched(&seen.inspection.origin, received));
        }
        if live.enforcement == Enforcement::Monitor {
            self.note(live, received, &seen, &Became::default(), begun);
            return Ok(as_it_is(received));
        }
        self.carry_out(live, received, &seen, now, begun).await
    }

    /// A message with a mark of ours that is valid was released, and goes out as it is.
    async fn is_released(&self, received: &Received, now: Timestamp) -> Result<bool, Later> {
        let Some(store) = self.store.as_ref().filter(|_| received.headers.iter().any(token::is_field)) else {
            return Ok(false);
        };
        let verified = reading(&received.message, || {
            token::verify(store.key(), &received.headers, &received.envelope, &received.message, now)
        });
        match verified.map_err(|error| Later::new("spool", error))? {
            Some(released) => released.use_up(store, now).await.map_err(|error| Later::new("store", error)),
            None => Ok(false),
        }
    }

    /// Mail that envelope and header alone show to be none of our business is not even opened.
    fn pass_unread(&self, live: &Live, received: &Received) -> Option<Result<Answer, Later>> {
        let facts = Facts::default();
        let letter = source::Letter { headers: &received.headers, facts: &facts, text: 0, attachments: 0 };
        let origin = source::origin(&live.sources, &live.school, &received.envelope, &letter);
        if origin.source.is_none() {
            return self.unknown_source(live, &origin, received);
        }
        let passes = matches!(origin.direction, Direction::Incoming | Direction::Transit);
        passes.then(|| Ok(self.untouched(&origin, received)))
    }

    fn untouched(&self, origin: &Origin, received: &Received) -> Answer {
        self.journal.passed(received.envelope.queue_id(), "not ours to check", origin.direction, origin.class);
        as_it_is(received)
    }

    fn unknown_source(&self, live: &Live, origin: &Origin, received: &Received) -> Option<Result<Answer, Later>> {
        match live.sources.unknown {
            UnknownSource::JudgeAsStaff => None,
            UnknownSource::RelayUntouched => Some(Ok(self.untouched(origin, received))),
            UnknownSource::Tempfail => Some(Err(Later::new("unknown_source", "no [[source]] fits"))),
            UnknownSource::Reject if live.enforcement == Enforcement::Monitor => {
                Some(Ok(self.untouched(origin, received)))
            }
            UnknownSource::Reject => {
                self.journal.refused_unknown(received.envelope.queue_id());
                Some(Ok(Answer::Reject(Refusal {
                    code: 550,
                    enhanced: "5.7.1".to_owned(),
                    text: "This relay does not know whose mail this is; ask the school's mail administrator".to_owned(),
                })))
            }
        }
    }

    async fn open(&self, message: &Message) -> Result<Tree, Later> {
        let begun = Instant::now();
        let tree = self.room.open(message).await.map_err(|error| Later::new("room", error))?;
        self.journal.stage("open", begun.elapsed());
        Ok(tree)
    }

    /// Folds, finds and judges on this thread, which the runtime replaces meanwhile where the text is long.
    pub fn inspect(&self, live: &Live, received: &Received, tree: Tree, now: Timestamp) -> Seen {
        let begun = Instant::now();
        let long = tree.text.len() > LONG_TEXT;
        let look = || {
            let letter = source::Letter::of(&tree, &received.headers);
            let origin = source::origin(&live.sources, &live.school, &received.envelope, &letter);
            let (folded, inspection) = crate::inspect::inspect(&tree, &received.envelope, &origin, &live.school, now);
            let mut seen = Seen { tree, folded, inspection, judgement: Judgement::default() };
            seen.judgement =
                policy::judge(&live.policy, &live.enforcement, &seen.view(live, received, now), &seen.inspection);
            seen
        };
        let seen = if long { tokio::task::block_in_place(look) } else { look() };
        self.journal.stage("inspect", begun.elapsed());
        seen
    }

    async fn carry_out(
        &self,
        live: &Live,
        received: &Received,
        seen: &Seen,
        now: Timestamp,
        begun: Instant,
    ) -> Result<Answer, Later> {
        let known = self.earlier(received, now).await;
        let plan = actions::plan(&seen.judgement, &seen.inspection, &seen.view(live, received, now));
        let tell = whom_to_tell(live, received, seen);
        let plan = keeping::without_silent_refusals(plan, tell.as_ref());
        let (plan, copies) = self.rewrite(live, received, seen, plan, now).await?;
        let tell = tell.filter(|_| plan.tell);
        let references = keeping::references(&plan)?;
        let told = Told { envelope: &received.envelope, message_id: &message_id(&received.headers), seen, live, now };
        let story = match tell.clone() {
            Some(to) => {
                let reference = store::new_reference().map_err(|error| Later::new("store", error))?;
                Some(told.story(&plan, &references, &reference, to))
            }
            None => None,
        };
        let notice = story.as_ref().map_or_else(String::new, |story| story.reference.clone());
        let keeps = keeping::keeps(&told, received, &plan, &copies, &references, tell.as_ref())?;
        let earlier = if keeps.is_empty() && story.is_none() {
            // A store that cannot be read keeps no harmless mail waiting.
            known.unwrap_or_default()
        } else {
            let known = known?;
            let batch = keeping::Kept { keeps, story };
            self.keep(received, batch, now).await?.or(known)
        };
        let kept: Vec<String> = references.into_iter().flatten().collect();
        let impossible = plan.impossible.iter().map(|rewrite| rewrite.name()).collect();
        let became = Became { verdict: plan.outcome(&seen.judgement), references: kept, notice, impossible };
        self.note(live, received, seen, &became, begun);
        Ok(keeping::answer(&told, received, &plan, copies, earlier.as_ref()))
    }

    /// What the message is known by when it comes again; `None` without a store.
    fn retry_key(&self, received: &Received) -> Result<Option<RetryKey>, Later> {
        let Some(store) = &self.store else { return Ok(None) };
        let (envelope, headers) = (&received.envelope, &received.headers);
        let key = reading(&received.message, || RetryKey::of(store.key(), envelope, headers, &received.message));
        key.map(Some).map_err(|error| Later::new("spool", error))
    }

    /// Copies of an earlier coming of this message.
    async fn earlier(&self, received: &Received, now: Timestamp) -> Result<Option<Earlier>, Later> {
        let Some(store) = &self.store else { return Ok(None) };
        // The stem shows at once that nearly every message is new.
        if !store.may_have_come(Stem::of(store.key(), &received.envelope, &received.headers), now) {
            return Ok(None);
        }
        let Some(key) = self.retry_key(received)? else { return Ok(None) };
        let earlier = store.earlier(key, now).await.map_err(|error| {
            self.journal.trouble("the store cannot be read", &error.to_string());
            Later::new("store", error)
        })?;
        if earlier.is_some() {
            self.journal.came_again(received.envelope.queue_id());
        }
        Ok(earlier)
    }

    /// Durable first: everything that is kept or told goes into the store in one transaction. A message
    /// that comes again while its first copies wait is kept no second time.
    async fn keep(&self, received: &Received, kept: keeping::Kept, now: Timestamp) -> Result<Option<Earlier>, Later> {
        let (Some(database), Some(retry_key)) = (&self.store, self.retry_key(received)?) else {
            return Err(Later::new("store", "no [store] is configured"));
        };
        let begun = Instant::now();
        // A store that is damaged may still take a write that nobody will ever read: only one that can be read
        // is trusted with what must not be lost.
        database.earlier(retry_key, now).await.map_err(|error| Later::new("store", error))?;
        let batch = Batch { keeps: kept.keeps, story: kept.story, retry_key, now, window: self.window };
        let kept = database.keep(batch).await.map_err(|error| Later::new("store", error))?;
        self.journal.stage("store", begun.elapsed());
        (self.wake)();
        Ok(match kept {
            Kept::New => None,
            Kept::Again(earlier) => {
                self.journal.came_again(received.envelope.queue_id());
                Some(earlier)
            }
        })
    }

    fn note(&self, live: &Live, received: &Received, seen: &Seen, became: &Became, begun: Instant) {
        let matched = seen.judgement.matches.iter();
        let rules: Vec<(&str, &str, bool)> = matched
            .filter_map(|found| {
                live.policy.rules.get(found.rule).map(|rule| (rule.id.as_str(), rule.check(), found.enforced))
            })
            .collect();
        self.journal.judged(&Judged {
            queue_id: received.envelope.queue_id(),
            verdict: became.verdict,
            inspection: &seen.inspection,
            recipients: received.envelope.recipients.len(),
            bytes: received.message.len(),
            rules: &rules,
            references: &became.references,
            notice: &became.notice,
            impossible: &became.impossible,
            took: begun.elapsed(),
        });
    }
}

/// Reads all of a message; where it is in a file, the runtime replaces this thread meanwhile.
fn reading<T>(message: &Message, work: impl FnOnce() -> T) -> T {
    if message.memory().is_some() { work() } else { tokio::task::block_in_place(work) }
}

fn message_id(headers: &[Header]) -> String {
    let field = headers.iter().find(|header| header.name.eq_ignore_ascii_case(b"message-id"));
    field.map_or_else(String::new, |header| String::from_utf8_lossy(&header.value).trim().to_owned())
}
