//! One function per event: log line and counters together. No line holds a person's words, names or
//! addresses; the relay's queue id comes first, so that a line can be followed through the relay's log.

use crate::courier;
use crate::finding::Inspection;
use crate::metrics::Metrics;
use crate::milter;
use crate::room;
use crate::source::{Direction, SenderClass};
use crate::store;
use std::collections::BTreeSet;
use std::time::Duration;
use tracing::{error, info, warn};

/// Where events are written down.
#[derive(Debug, Clone)]
pub struct Journal {
    metrics: Metrics,
}

/// What is said of one message when its answer is known.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The relay's queue id.
    pub queue_id: &'a str,
    /// What became of it: the strongest fate of its copies, or `relay`.
    pub verdict: &'a str,
    /// What was seen.
    pub inspection: &'a Inspection,
    /// Number of recipients.
    pub recipients: usize,
    /// Message size in bytes.
    pub bytes: u64,
    /// Rules that matched: id, check, enforced or not.
    pub rules: &'a [(&'a str, &'a str, bool)],
    /// References of kept copies.
    pub references: &'a [String],
    /// Reference of what the sender is told, or empty.
    pub notice: &'a str,
    /// Changes that were needed and could not be made, so that copies are held.
    pub impossible: &'a [&'static str],
    /// Whole time.
    pub took: Duration,
}

impl Journal {
    /// A journal that counts in `metrics`.
    #[must_use]
    pub const fn new(metrics: Metrics) -> Self {
        Self { metrics }
    }
    /// The series it counts in.
    #[must_use]
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// A message was judged and its answer is on the way.
    pub fn judged(&self, event: &Judged<'_>) {
        let origin = &event.inspection.origin;
        let (direction, class) = (origin.direction.name(), origin.class.name());
        self.metrics.messages.with_label_values(&[event.verdict, direction, class]).inc();
        self.metrics.message_bytes.inc_by(event.bytes);
        for gap in &event.inspection.gaps {
            self.metrics.gaps.with_label_values(&[gap.kind.name()]).inc();
        }
        for (rule, check, enforced) in event.rules {
            self.metrics.findings.with_label_values(&[check, rule, mode(*enforced)]).inc();
        }
        self.stage("total", event.took);
        self.seen();
        let rules: Vec<&str> = event.rules.iter().map(|(rule, ..)| *rule).collect();
        let recorded: Vec<&str> = event.rules.iter().filter(|rule| !rule.2).map(|(rule, ..)| *rule).collect();
        let unread: BTreeSet<&str> = event.inspection.gaps.iter().map(|gap| gap.kind.name()).collect();
        info!(
            queue_id = event.queue_id,
            verdict = event.verdict,
            direction,
            class,
            source = origin.source.as_deref().unwrap_or("-"),
            recipients = event.recipients,
            bytes = event.bytes,
            rules = rules.join(" "),
            only_recorded = recorded.join(" "),
            findings = event.inspection.findings.len(),
            gaps = event.inspection.gaps.len(),
            unread = unread.into_iter().collect::<Vec<_>>().join(" "),
            references = event.references.join(" "),
            notice = event.notice,
            impossible = event.impossible.join(" "),
            ms = milliseconds(event.took),
            "judged"
        );
    }

    /// A message passed without being looked at: incoming, transit, journal, or released by us.
    pub fn passed(&self, queue_id: &str, why: &'static str, direction: Direction, class: SenderClass) {
        let (direction, class) = (direction.name(), class.name());
        self.metrics.messages.with_label_values(&["relay", direction, class]).inc();
        self.seen();
        info!(queue_id, verdict = "relay", direction, class, why, "passed");
    }

    /// Mail of nobody we know was refused.
    pub fn refused_unknown(&self, queue_id: &str) {
        self.metrics.messages.with_label_values(&["reject", "transit", "unknown"]).inc();
        self.seen();
        info!(queue_id, verdict = "reject", "no [[source]] fits, and unknown_source says reject");
    }

    fn seen(&self) {
        self.metrics.last_message.set(unix_now());
    }

    /// A message was answered with "try again later".
    pub fn tempfailed(&self, queue_id: &str, reason: &'static str, detail: &str) {
        self.metrics.tempfails.with_label_values(&[reason]).inc();
        warn!(queue_id, verdict = "tempfail", reason, detail, "answered: try again later");
    }

    /// In monitor mode something failed and the message was relayed all the same.
    pub fn monitor_let_pass(&self, queue_id: &str, reason: &'static str, detail: &str) {
        self.metrics.tempfails.with_label_values(&["monitored"]).inc();
        warn!(queue_id, verdict = "relay", reason, detail, "monitoring only: relayed unread");
    }

    /// A rewrite was asked for and could not be done, so the copy is held.
    pub fn rewrite_became_hold(&self, queue_id: &str, why: &'static str) {
        info!(queue_id, why, "a rewrite became a hold");
    }

    /// A message came again while its first copy waits.
    pub fn came_again(&self, queue_id: &str) {
        info!(queue_id, "came again; the first copy waits");
    }

    /// Time of a stage.
    pub fn stage(&self, stage: &'static str, took: Duration) {
        self.metrics.stage_seconds.with_label_values(&[stage]).observe(took.as_secs_f64());
    }

    /// Config, policy and roster were loaded.
    pub fn loaded(&self, policy: &str, pupils: usize, enforcing: bool) {
        self.metrics.reloads.with_label_values(&["good"]).inc();
        self.metrics.reload_ok.set(1);
        self.metrics.last_good_policy.set(0);
        self.metrics.roster_pupils.set(i64::try_from(pupils).unwrap_or(i64::MAX));
        self.metrics.enforcing.set(i64::from(enforcing));
        self.metrics.loaded.set(unix_now());
        info!(policy, pupils, mode = mode(enforcing), "loaded");
    }

    /// The rules in force: each has a series from now on, so that its first match is an increase.
    pub fn rules<'a>(&self, rules: impl Iterator<Item = (&'a str, &'a str, bool)>) {
        for (rule, check, enforced) in rules {
            self.metrics.findings.with_label_values(&[check, rule, mode(enforced)]).inc_by(0);
        }
    }

    /// A reload failed; what was loaded before stays in force.
    pub fn reload_failed(&self, problems: &[crate::problem::Problem]) {
        self.metrics.reloads.with_label_values(&["bad"]).inc();
        self.metrics.reload_ok.set(0);
        for problem in problems.iter().filter(|problem| !problem.warning) {
            // The written value may be a line of the roster: only place and fault are logged.
            error!(
                file = problem.file,
                line = problem.line,
                what = problem.what,
                "not loaded; the settings before stay in force"
            );
        }
    }

    /// The configured policy is broken at start; the last good one is used.
    pub fn last_good_policy_used(&self, problems: &[crate::problem::Problem]) {
        self.metrics.last_good_policy.set(1);
        self.metrics.reload_ok.set(0);
        for problem in problems {
            error!(
                file = problem.file,
                line = problem.line,
                what = problem.what,
                "the policy is broken; the last good one is in force"
            );
        }
    }

    /// Something of our own outside world failed (store, courier, room).
    pub fn trouble(&self, what: &'static str, detail: &str) {
        self.metrics.troubles.inc();
        error!(detail, "{what}");
    }

    /// Sections that changed and take effect only after a restart.
    pub fn needs_restart(&self, sections: &[&str]) {
        if !sections.is_empty() {
            warn!(sections = sections.join(" "), "read, but in force only after a restart");
        }
    }

    /// Things to look at though the settings work.
    pub fn warnings<'a>(&self, warnings: impl Iterator<Item = &'a crate::problem::Problem>) {
        for problem in warnings {
            warn!(file = problem.file, line = problem.line, what = problem.what, "worth a look");
        }
    }

    /// Something happened on a milter connection. `passes`: what was not judged was relayed all the same.
    pub fn milter(&self, event: milter::Event, passes: bool) {
        use milter::Event;
        let violation = |kind: &str| {
            self.metrics.violations.with_label_values(&[kind]).inc();
            info!(kind, "a connection was closed");
        };
        // The server knows no queue id here; the relay's own log has it.
        let tempfail = |reason: &str| {
            self.metrics.tempfails.with_label_values(&[reason]).inc();
            warn!(verdict = "tempfail", reason, "answered: try again later");
        };
        let not_judged = |reason: &'static str| {
            if passes { self.monitor_let_pass("", reason, "") } else { tempfail(reason) }
        };
        match event {
            Event::ConnectionOpened => {
                self.metrics.connections.inc();
                self.metrics.connections_total.inc();
            }
            Event::ConnectionClosed => self.metrics.connections.dec(),
            Event::TooManyConnections => violation("too_many_connections"),
            Event::AcceptFailed => violation("accept_failed"),
            Event::Violation(kind) => violation(kind.name()),
            Event::TimedOut(_) => violation("timed_out"),
            Event::PeerGone => {}
            Event::BudgetExhausted => tempfail("budget"),
            Event::ActionsMissing(_) => self.trouble("the relay does not offer what rewriting needs", "milter actions"),
            Event::OverLimit(limit) if passes => self.monitor_let_pass("", "over_limit", limit.name()),
            Event::OverLimit(limit) => {
                self.metrics.tempfails.with_label_values(&["over_limit"]).inc();
                warn!(limit = limit.name(), "over a limit: refused without being judged");
            }
            Event::AnswerImpossible(_) => not_judged("answer_impossible"),
            Event::JudgeFailed => {
                not_judged("judge");
                self.trouble("judging failed or took too long", "see the lines before");
            }
            Event::SpoolFailed => {
                not_judged("spool");
                self.trouble("the spool folder cannot be written", "state_dir");
            }
        }
    }

    /// A worker process is ready.
    pub fn worker_started(&self) {
        self.metrics.workers.inc();
    }

    /// A worker process ended, in whatever way.
    pub fn worker_ended(&self) {
        self.metrics.workers.dec();
    }

    /// A worker process died.
    pub fn worker_died(&self, death: room::Death) {
        self.metrics.worker_deaths.with_label_values(&[death.name()]).inc();
        warn!(cause = death.name(), "a worker process died");
    }

    /// A message killed or exhausted two workers.
    pub fn poison(&self) {
        self.metrics.poison.inc();
        warn!("a message was given up: it cannot be opened");
    }

    /// The courier did something.
    pub fn courier(&self, event: &courier::Event) {
        use courier::Event;
        let releases =
            |result: &str, count: usize| self.metrics.releases.with_label_values(&[result]).inc_by(count as u64);
        let notices = |result: &str| self.metrics.notices.with_label_values(&[result]).inc();
        match event {
            Event::Sent { reference, recipients, waited } => {
                releases("sent", *recipients);
                info!(reference, recipients, waited_seconds = waited.as_secs(), "sent from the store");
            }
            Event::Later { reference, recipients, trouble, next_try } => {
                releases("retry", *recipients);
                warn!(reference, recipients, trouble = %trouble, next_try = %next_try, "not sent yet, will be tried again");
            }
            Event::Failed { reference, recipients, trouble } => {
                releases("failed", *recipients);
                error!(reference, recipients, trouble = %trouble, "could not be sent; it stays in the store");
            }
            Event::Broken { reference } => {
                self.metrics.troubles.inc();
                error!(reference, "sealed content does not open");
            }
            Event::NoticeSent { references, summary } => {
                notices("sent");
                info!(references = references.join(" "), summary, "notice sent");
            }
            Event::NoticeLater { trouble, next_try } => {
                notices("retry");
                warn!(trouble = %trouble, next_try = %next_try, "notice not sent yet");
            }
            Event::NoticeFailed { references, trouble } => {
                notices("failed");
                error!(references = references.join(" "), trouble = %trouble, "a notice could not be sent");
            }
            Event::Store(error) => self.trouble("the store did not answer the courier", &error.to_string()),
            Event::Unmarked { reference, error } => {
                self.metrics.troubles.inc();
                error!(reference, detail = %error, "sent but not marked: it may go out a second time");
            }
        }
    }

    /// How much is kept, by state.
    #[allow(clippy::cast_precision_loss)] // ages in seconds fit an f64 exactly
    pub fn kept(&self, counts: &[store::Count], now: jiff::Timestamp) {
        for count in counts {
            let state = count.state.name();
            self.metrics.held.with_label_values(&[state]).set(i64::try_from(count.copies).unwrap_or(i64::MAX));
            let age = count.oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs());
            self.metrics.held_oldest_seconds.with_label_values(&[state]).set(age as f64);
        }
    }

    /// What the store holds of what it may hold, and whose sender has not been told yet.
    #[allow(clippy::cast_precision_loss)] // sizes below 2^53 fit an f64 exactly
    pub fn stored(&self, used: u64, limit: u64, notices_waiting: u64) {
        self.metrics.store_used.set(used as f64);
        self.metrics.store_limit.set(limit as f64);
        self.metrics.notices_waiting.set(i64::try_from(notices_waiting).unwrap_or(i64::MAX));
    }

    /// How much is free on the disk of the store.
    #[allow(clippy::cast_precision_loss)] // sizes below 2^53 fit an f64 exactly
    pub fn disk(&self, free: u64, size: u64) {
        self.metrics.disk_free.set(free as f64);
        self.metrics.disk_size.set(size as f64);
    }

    /// What messages hold of the memory they may hold, and whether the school is open: for whoever looks now.
    #[allow(clippy::cast_precision_loss)] // sizes below 2^53 fit an f64 exactly
    pub fn looked_at(&self, memory_used: u64, memory_limit: u64, school_open: bool) {
        self.metrics.memory_used.set(memory_used as f64);
        self.metrics.memory_limit.set(memory_limit as f64);
        self.metrics.school_open.set(i64::from(school_open));
    }

    /// Something was done with a kept copy. Who did it and why is sealed in the store: `exeat held log`.
    pub fn decided(&self, reference: &str, what: &str) {
        self.metrics.decisions.with_label_values(&[what]).inc();
        info!(reference, what, "recorded");
    }

    /// Until when a bypass is in force, as its record says; `None`: mail is checked.
    #[allow(clippy::cast_precision_loss)] // seconds since 1970 fit an f64 exactly
    pub fn bypass(&self, until: Option<jiff::Timestamp>) {
        self.metrics.bypass_until.set(until.map_or(0.0, |until| until.as_second() as f64));
    }

    /// Started, with the sandbox that is in force.
    pub fn started(&self, sandbox: &str) {
        self.metrics.started.set(unix_now());
        self.seen();
        info!(version = env!("CARGO_PKG_VERSION"), sandbox, "started");
    }

    /// A held copy was read again, because somebody asked for it.
    pub fn read_again(&self, reference: &str, outcome: &'static str) {
        info!(reference, outcome, "a held copy was read again");
    }

    /// Stopping.
    pub fn stopping(&self) {
        info!("stopping: what is in flight is finished first");
    }
}

const fn mode(enforced: bool) -> &'static str {
    if enforced { "enforce" } else { "monitor" }
}

#[allow(clippy::cast_precision_loss)] // seconds since 1970 fit an f64 exactly
fn unix_now() -> f64 {
    jiff::Timestamp::now().as_second() as f64
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
