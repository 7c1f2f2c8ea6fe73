//! Dashboard, alert rules and the questions of the log guide, asked of a real run: the sample school with everything
//! happening to it, a real Prometheus that scrapes it, and its real log.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "../harness/alone.rs"]
mod alone;
#[path = "../harness/mod.rs"]
mod harness;
mod prometheus;
mod questions;
#[path = "../harness/raw.rs"]
mod raw;
mod run;

use harness::{root, wait_until};
use prometheus::Prometheus;
use run::Run;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

const LONG: Duration = Duration::from_mins(1);

/// Whether a program is there.
fn is_there(program: &str) -> bool {
    let path = std::env::var("PATH").unwrap_or_default();
    let there = path.split(':').any(|dir| std::path::Path::new(dir).join(program).exists());
    if !there {
        println!("skipped: {program} is not installed");
    }
    there
}

/// Title and query of each panel, and of each mark over the panels.
fn dashboard_queries() -> (Vec<(String, String)>, Vec<String>) {
    let text = fs::read_to_string(root().join("deploy/grafana/exeat.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let mut panels = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            panels.push((panel["title"].as_str().unwrap().to_owned(), target["expr"].as_str().unwrap().to_owned()));
        }
    }
    let marks = dashboard["annotations"]["list"].as_array().unwrap().iter();
    (panels, marks.map(|mark| mark["expr"].as_str().unwrap().to_owned()).collect())
}

/// The parts of an expression that name series, with their labels.
fn selectors(expression: &str) -> BTreeSet<String> {
    let selector = regex::Regex::new(r"\b(?:exeat_[a-z_]+|up)(?:\{[^}]*\})?").unwrap();
    selector.find_iter(expression).map(|found| found.as_str().to_owned()).collect()
}

/// Series whose counters did not move.
fn unmoved(metrics: &str) -> Vec<String> {
    let counters = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"));
    let moved = |name: &str| {
        let samples = metrics.lines().filter(|line| line.starts_with(name) && !line.starts_with('#'));
        samples.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>() > 0.0
    };
    counters.filter(|name| !moved(name)).map(str::to_owned).collect()
}

#[test]
fn every_panel_alert_and_question_has_an_answer_in_a_real_run() {
    if !is_there("prometheus") || !is_there("jq") {
        return;
    }
    let mut run = Run::start();
    let prometheus = Prometheus::start(run.school.dir.path(), run.school.exeat.http);
    prometheus.wait_for("exeat_build_info", "before anything happens");
    run.let_everything_happen();

    let metrics = harness::get(run.school.exeat.http, "/metrics").unwrap().1;
    assert_eq!(unmoved(&metrics), Vec::<String>::new(), "{}", run.school.exeat.log());
    for verdict in ["relay", "note", "warn", "rewrite", "defer", "hold", "reject"] {
        let word = format!("verdict=\"{verdict}\"");
        let came =
            |line: &str| line.starts_with("exeat_messages_total") && line.contains(&word) && !line.ends_with(" 0");
        assert!(metrics.lines().any(came), "no message came to: {verdict}");
    }

    let (panels, marks) = dashboard_queries();
    assert!(panels.len() > 45);
    for (title, query) in &panels {
        prometheus.wait_for(query, title);
    }
    for query in &marks {
        // A mark stands where something happened; that its series are there is enough.
        prometheus.query(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        for selector in selectors(query) {
            prometheus.wait_for(&selector, "a mark over the panels");
        }
    }
    let rules = prometheus.rules();
    assert!(rules.len() > 15);
    for (alert, query) in &rules {
        assert!(query == "vector(1)" || !selectors(query).is_empty(), "{alert} looks at nothing");
        for selector in selectors(query) {
            prometheus.wait_for(&selector, alert);
        }
    }
    let firing = |alert: &str| format!("ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}}");
    for alert in ["ExeatWatchdog", "ExeatCopyFailed", "ExeatPoison", "ExeatNoticesFailed"] {
        prometheus.wait_for(&firing(alert), "an alert that must fire here");
    }
    for alert in ["ExeatDown", "ExeatBypass", "ExeatStoreNearlyFull", "ExeatRosterStale", "ExeatNoMail"] {
        assert_eq!(prometheus.query(&firing(alert)).unwrap(), Vec::<f64>::new(), "{alert} fires for nothing");
    }
    questions::ask_all(&run);
}

/// systemd is told how grave a line is by a number before it, and only where its journal listens.
#[test]
fn the_journal_hears_how_grave_a_line_is() {
    let school = alone::Alone::start(|config| config);
    let lines = |school: &alone::Alone| -> Vec<String> { school.exeat.log().lines().map(str::to_owned).collect() };
    assert!(lines(&school).iter().all(|line| line.starts_with('{')), "{}", school.exeat.log());
    let alone::Alone { dir, exeat, .. } = school;
    drop(exeat);
    let file = fs::File::create(dir.path().join("journal")).unwrap();
    let stat = std::os::linux::fs::MetadataExt::st_ino;
    let device = std::os::linux::fs::MetadataExt::st_dev;
    let meta = file.metadata().unwrap();
    let mut child = std::process::Command::new(alone::program())
        .args(["serve", "--config"])
        .arg(dir.path().join("exeat.toml"))
        .env("JOURNAL_STREAM", format!("{}:{}", device(&meta), stat(&meta)))
        .stdout(file)
        .spawn()
        .unwrap();
    let read = || fs::read_to_string(dir.path().join("journal")).unwrap();
    let started = wait_until(LONG, || read().contains("\"started\""));
    fs::write(dir.path().join("roster.csv"), "nothing,of,use\n1,2,3\n").unwrap();
    let _ = std::process::Command::new("kill").arg("-HUP").arg(child.id().to_string()).status();
    let refused = wait_until(LONG, || read().contains("not loaded"));
    let _ = std::process::Command::new("kill").arg(child.id().to_string()).status();
    child.wait().unwrap();
    assert!(started && refused, "{}", read());
    for line in read().lines() {
        let (priority, json) = line.split_at(3);
        let json: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {line}"));
        let expected = match json["level"].as_str().unwrap() {
            "ERROR" => "<3>",
            "WARN" => "<4>",
            "INFO" => "<6>",
            other => panic!("a line of level {other}"),
        };
        assert_eq!(priority, expected, "{line}");
    }
    assert!(read().lines().any(|line| line.starts_with("<3>")));
}
