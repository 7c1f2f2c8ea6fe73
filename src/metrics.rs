//! Every metric, with its help text. No label holds anything but words of ours.

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
    /// Notices by result.
    pub notices: IntCounterVec,
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
    /// Whether rules are enforced or only recorded.
    pub enforcing: IntGauge,
    /// When the last message was judged.
    pub last_message: Gauge,
    /// Until when a bypass is in force.
    pub bypass_until: Gauge,
}

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
                "Messages judged, by strongest action, direction and sender class.",
                &["verdict", "direction", "class"],
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
                    Opts::new("exeat_held_oldest_seconds", "Age of the oldest kept mail by state, in seconds."),
                    &["state"],
                )?,
            )?,
            notices: counters(r, "exeat_notices_total", "Notices to senders, by result.", &["result"])?,
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
            enforcing: registered(
                r,
                IntGauge::new("exeat_enforcing", "1 if rules are enforced, 0 if they are only recorded.")?,
            )?,
            last_message: registered(
                r,
                Gauge::new("exeat_last_message_timestamp_seconds", "When the last message was judged, in Unix time.")?,
            )?,
            bypass_until: registered(
                r,
                Gauge::new(
                    "exeat_bypass_until_seconds",
                    "Until when a bypass lets mail leave unchecked, in Unix time; 0 when there is none.",
                )?,
            )?,
            registry: registry.clone(),
        };
        let build = IntGaugeVec::new(Opts::new("exeat_build_info", "Version of the running program."), &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        registry.register(Box::new(build))?;
        metrics.zero();
        Ok(metrics)
    }

    /// Series that alerts ask for exist from the start, so that "no data" means "not running".
    fn zero(&self) {
        for state in ["held", "deferred", "ready", "failed"] {
            self.held.with_label_values(&[state]).set(0);
            self.held_oldest_seconds.with_label_values(&[state]).set(0.0);
        }
        for result in ["sent", "failed", "retry"] {
            self.notices.with_label_values(&[result]).inc_by(0);
            self.releases.with_label_values(&[result]).inc_by(0);
        }
        for result in ["good", "bad"] {
            self.reloads.with_label_values(&[result]).inc_by(0);
        }
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
