//! Every metric, with its help text. No label holds anything but words of ours.

use crate::actions::Action;
use crate::mail::parts::GapKind;
use crate::room::Death;
use crate::source::{Direction, SenderClass};
use crate::store::State;
use prometheus::core::Collector;
use prometheus::{
    Encoder, Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

/// All series of one running exeat.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    /// Messages judged.
    pub messages: IntCounterVec,
    /// Bytes of the messages judged.
    pub message_bytes: IntCounter,
    /// Findings matched by a rule.
    pub findings: IntCounterVec,
    /// Parts that could not be read.
    pub gaps: IntCounterVec,
    /// Messages answered with "try again later".
    pub tempfails: IntCounterVec,
    /// Time of each stage.
    pub stage_seconds: HistogramVec,
    /// Open milter connections.
    pub connections: IntGauge,
    /// Milter connections taken since start.
    pub connections_total: IntCounter,
    /// Connections closed because the peer broke the protocol or a limit.
    pub violations: IntCounterVec,
    /// Kept mail by state.
    pub held: IntGaugeVec,
    /// Age of the oldest kept mail by state.
    pub held_oldest_seconds: GaugeVec,
    /// What people did with kept mail, and what nobody decided in time.
    pub decisions: IntCounterVec,
    /// Bytes the store uses.
    pub store_used: Gauge,
    /// Bytes the store may use.
    pub store_limit: Gauge,
    /// Bytes free on the disk of the store.
    pub disk_free: Gauge,
    /// Bytes of the disk of the store.
    pub disk_size: Gauge,
    /// Notices by result.
    pub notices: IntCounterVec,
    /// Notices that wait to be sent.
    pub notices_waiting: IntGauge,
    /// Copies sent from the store, by result.
    pub releases: IntCounterVec,
    /// Pupils in the roster.
    pub roster_pupils: IntGauge,
    /// When the roster file was last changed.
    pub roster_changed: Gauge,
    /// Whether the last load of config, policy and roster worked.
    pub reload_ok: IntGauge,
    /// Loads by result.
    pub reloads: IntCounterVec,
    /// Whether a policy other than the configured one is in force because that one is broken.
    pub last_good_policy: IntGauge,
    /// Worker processes alive.
    pub workers: IntGauge,
    /// Worker processes that died, by cause.
    pub worker_deaths: IntCounterVec,
    /// Messages marked as poison.
    pub poison: IntCounter,
    /// Failures of what exeat stands on: store, courier, spool folder.
    pub troubles: IntCounter,
    /// Memory that messages hold.
    pub memory_used: Gauge,
    /// Memory that messages may hold.
    pub memory_limit: Gauge,
    /// Whether rules are enforced or only recorded.
    pub enforcing: IntGauge,
    /// Whether the school is open by its calendar.
    pub school_open: IntGauge,
    /// Until when `deploy/bypass.sh` lets mail pass unread; 0 while it does not.
    pub bypass_until: Gauge,
    /// When the last message was judged.
    pub last_message: Gauge,
    /// When the program started.
    pub started: Gauge,
    /// When what is in force was loaded.
    pub loaded: Gauge,
}

/// What people do, as the store records it, and what nobody decided in time.
const DECISIONS: [&str; 8] =
    ["released", "refused", "retried", "opened", "expired", "confirmed", "bypass_begun", "bypass_ended"];
/// Why a message gets "try again later"; `monitored`: it was relayed unread all the same.
const TEMPFAILS: [&str; 10] = [
    "room",
    "spool",
    "store",
    "envelope",
    "unknown_source",
    "budget",
    "over_limit",
    "answer_impossible",
    "judge",
    "monitored",
];
/// Why a connection is closed.
const VIOLATIONS: [&str; 11] = [
    "too_many_connections",
    "accept_failed",
    "timed_out",
    "packet_empty",
    "packet_too_long",
    "unknown_command",
    "malformed",
    "out_of_order",
    "version",
    "macros_too_long",
    "truncated",
];

/// Upper bounds of the stage histogram, in seconds.
const STAGES: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

impl Metrics {
    /// Registers every series.
    ///
    /// # Errors
    /// Two series have one name (a build mistake, caught by a test).
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let r = &registry;
        let stage_seconds = HistogramVec::new(
            HistogramOpts::new("exeat_stage_seconds", "Seconds a message spent in each stage.")
                .buckets(STAGES.to_vec()),
            &["stage"],
        )?;
        r.register(Box::new(stage_seconds.clone()))?;
        let metrics = Self {
            messages: counters(
                r,
                "exeat_messages_total",
                "Messages judged, by what became of them, direction and sender class.",
                &["verdict", "direction", "class"],
            )?,
            message_bytes: registered(
                r,
                IntCounter::new("exeat_message_bytes_total", "Bytes of the messages that were opened and judged.")?,
            )?,
            findings: counters(r, "exeat_findings_total", "Findings that a rule matched.", &["check", "rule", "mode"])?,
            gaps: counters(r, "exeat_gaps_total", "Parts of messages that could not be read.", &["kind"])?,
            tempfails: counters(
                r,
                "exeat_tempfails_total",
                "Messages answered with 'try again later', by reason.",
                &["reason"],
            )?,
            stage_seconds,
            connections: registered(r, IntGauge::new("exeat_connections", "Open milter connections.")?)?,
            connections_total: registered(
                r,
                IntCounter::new("exeat_connections_total", "Milter connections taken since start.")?,
            )?,
            violations: counters(
                r,
                "exeat_violations_total",
                "Connections closed because the peer broke the protocol or a limit.",
                &["kind"],
            )?,
            held: registered(r, IntGaugeVec::new(Opts::new("exeat_held", "Kept mail by state."), &["state"])?)?,
            held_oldest_seconds: registered(
                r,
                GaugeVec::new(
                    Opts::new(
                        "exeat_held_oldest_seconds",
                        "How long the oldest kept mail waits by state (ready: since it may go out), in seconds.",
                    ),
                    &["state"],
                )?,
            )?,
            decisions: counters(
                r,
                "exeat_decisions_total",
                "What people did: with kept mail, or a bypass; and what nobody decided in time.",
                &["what"],
            )?,
            store_used: gauge(r, "exeat_store_used_bytes", "Bytes the store uses.")?,
            store_limit: gauge(r, "exeat_store_limit_bytes", "Bytes the store may use ([store] max_bytes).")?,
            disk_free: gauge(r, "exeat_disk_free_bytes", "Bytes free on the disk of the store.")?,
            disk_size: gauge(r, "exeat_disk_size_bytes", "Bytes of the disk of the store.")?,
            notices: counters(r, "exeat_notices_total", "Notices to senders, by result.", &["result"])?,
            notices_waiting: registered(
                r,
                IntGauge::new("exeat_notices_waiting", "Messages whose sender has not been told yet.")?,
            )?,
            releases: counters(r, "exeat_releases_total", "Recipients served from the store, by result.", &["result"])?,
            roster_pupils: registered(r, IntGauge::new("exeat_roster_pupils", "Pupils in the roster.")?)?,
            roster_changed: registered(
                r,
                Gauge::new(
                    "exeat_roster_changed_timestamp_seconds",
                    "When the roster file was last changed, in Unix time.",
                )?,
            )?,
            reload_ok: registered(
                r,
                IntGauge::new("exeat_reload_ok", "1 if the last load of config, policy and roster worked.")?,
            )?,
            reloads: counters(r, "exeat_reloads_total", "Loads of config, policy and roster, by result.", &["result"])?,
            last_good_policy: registered(
                r,
                IntGauge::new("exeat_last_good_policy", "1 while the last good policy stands in for a broken one.")?,
            )?,
            workers: registered(r, IntGauge::new("exeat_workers", "Worker processes alive.")?)?,
            worker_deaths: counters(
                r,
                "exeat_worker_deaths_total",
                "Worker processes that died, by cause.",
                &["cause"],
            )?,
            poison: registered(
                r,
                IntCounter::new("exeat_poison_total", "Messages that killed or exhausted a worker twice.")?,
            )?,
            troubles: registered(
                r,
                IntCounter::new(
                    "exeat_troubles_total",
                    "Failures of store, courier or spool folder; the log has each.",
                )?,
            )?,
            memory_used: gauge(r, "exeat_memory_used_bytes", "Memory that messages hold of what they may hold.")?,
            memory_limit: gauge(r, "exeat_memory_limit_bytes", "Memory that messages may hold (memory).")?,
            enforcing: registered(
                r,
                IntGauge::new("exeat_enforcing", "1 if rules are enforced, 0 if they are only recorded.")?,
            )?,
            school_open: registered(
                r,
                IntGauge::new("exeat_school_open", "1 while the school is open by its calendar.")?,
            )?,
            bypass_until: gauge(
                r,
                "exeat_bypass_until_seconds",
                "Until when a person lets mail pass unread (deploy/bypass.sh), in Unix time; 0 while nobody does.",
            )?,
            last_message: gauge(
                r,
                "exeat_last_message_timestamp_seconds",
                "When the last message was judged (at first, when the program started), in Unix time.",
            )?,
            started: gauge(r, "exeat_started_timestamp_seconds", "When the program started, in Unix time.")?,
            loaded: gauge(
                r,
                "exeat_loaded_timestamp_seconds",
                "When the config, policy and roster in force were loaded, in Unix time.",
            )?,
            registry: registry.clone(),
        };
        let build = IntGaugeVec::new(Opts::new("exeat_build_info", "Version of the running program."), &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        registry.register(Box::new(build))?;
        metrics.zero();
        Ok(metrics)
    }

    /// Series that dashboard and alerts ask for exist from the start: "no data" means "not running", and the
    /// first of its kind is an increase.
    fn zero(&self) {
        for state in State::ALL.map(State::name) {
            self.held.with_label_values(&[state]).set(0);
            self.held_oldest_seconds.with_label_values(&[state]).set(0.0);
        }
        for verdict in ["relay"].into_iter().chain(Action::ALL.map(Action::name)) {
            self.messages
                .with_label_values(&[verdict, Direction::Outgoing.name(), SenderClass::Staff.name()])
                .inc_by(0);
        }
        let each = |series: &IntCounterVec, words: &[&str]| {
            for word in words {
                series.with_label_values(&[*word]).inc_by(0);
            }
        };
        for series in [&self.notices, &self.releases] {
            each(series, &["sent", "failed", "retry"]);
        }
        each(&self.reloads, &["good", "bad"]);
        each(&self.decisions, &DECISIONS);
        each(&self.gaps, &GapKind::ALL.map(GapKind::name));
        each(&self.tempfails, &TEMPFAILS);
        each(&self.violations, &VIOLATIONS);
        each(&self.worker_deaths, &Death::ALL.map(Death::name));
    }

    /// The text exposition format, for `/metrics`.
    #[must_use]
    pub fn render(&self) -> String {
        let mut bytes = Vec::new();
        if TextEncoder::new().encode(&self.registry.gather(), &mut bytes).is_err() {
            return String::new();
        }
        String::from_utf8(bytes).unwrap_or_default()
    }
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, series: C) -> Result<C, prometheus::Error> {
    registry.register(Box::new(series.clone()))?;
    Ok(series)
}

fn gauge(registry: &Registry, name: &str, help: &str) -> Result<Gauge, prometheus::Error> {
    registered(registry, Gauge::new(name, help)?)
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, prometheus::Error> {
    registered(registry, IntCounterVec::new(Opts::new(name, help), labels)?)
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    #[test]
    fn every_series_has_help_and_renders() {
        let metrics = Metrics::new().unwrap();
        metrics.messages.with_label_values(&["hold", "outgoing", "staff"]).inc();
        let text = metrics.render();
        assert!(
            text.contains("exeat_messages_total{class=\"staff\",direction=\"outgoing\",verdict=\"hold\"} 1"),
            "{text}"
        );
        for line in text.lines().filter(|line| line.starts_with("# TYPE")) {
            let name = line.split(' ').nth(2).unwrap();
            assert!(text.contains(&format!("# HELP {name} ")), "{name} has no help text");
        }
    }
}
