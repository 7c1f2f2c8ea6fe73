//! What `/metrics` exports, what the dashboard asks for, and what the table of series says: the same names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use exeat::metrics::Metrics;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn deploy(name: &str) -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)).unwrap()
}

/// All series, each with one child, so that none is left out for being empty.
fn rendered() -> String {
    let metrics = Metrics::new().unwrap();
    metrics.messages.with_label_values(&["relay", "outgoing", "staff"]).inc();
    metrics.findings.with_label_values(&["pupil_names", "rule", "enforce"]).inc();
    for one_label in [&metrics.gaps, &metrics.tempfails, &metrics.violations, &metrics.worker_deaths] {
        one_label.with_label_values(&["x"]).inc();
    }
    metrics.stage_seconds.with_label_values(&["total"]).observe(0.1);
    metrics.render()
}

/// Name and kind of each series.
fn exported() -> BTreeSet<(String, String)> {
    let text = rendered();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types.map(|line| line.split_once(' ').unwrap()).map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
}

/// Words of a text that are names of ours.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("exeat_")).collect()
}

#[test]
fn the_dashboard_asks_for_series_that_exist() {
    let dashboard: serde_json::Value = serde_json::from_str(&deploy("grafana/exeat.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let expressions: Vec<&str> = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten())
        .map(|target| target["expr"].as_str().unwrap())
        .collect();
    assert!(expressions.len() > 20);
    let exported: BTreeSet<String> = exported().into_iter().map(|(name, _)| name).collect();
    let asked: BTreeSet<&str> = expressions.iter().flat_map(|expression| names(expression)).collect();
    for name in &asked {
        assert!(exported.contains(name.trim_end_matches("_bucket")), "{name} is not exported");
    }
    for name in &exported {
        assert!(asked.iter().any(|asked| asked.trim_end_matches("_bucket") == name), "no panel shows {name}");
    }
    for expression in expressions {
        let count = |c: char| expression.matches(c).count();
        assert_eq!((count('('), count('{'), count('[')), (count(')'), count('}'), count(']')), "{expression}");
    }
}

/// Whoever looks at a panel can read what it means; nothing lies over anything else.
#[test]
fn every_panel_says_what_it_means_and_has_a_place_of_its_own() {
    let dashboard: serde_json::Value = serde_json::from_str(&deploy("grafana/exeat.json")).unwrap();
    let (mut places, mut ids, mut rows) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}: its id is taken");
        let at = |side: &str| panel["gridPos"][side].as_u64().unwrap();
        for (x, y) in (0..at("w")).flat_map(|x| (0..at("h")).map(move |y| (x, y))) {
            assert!(places.insert((at("x") + x, at("y") + y)) && at("x") + x < 24, "{title} lies over another");
        }
        if panel["type"] == "row" {
            rows.push(title);
            continue;
        }
        assert!(panel["description"].as_str().unwrap().len() > 20, "{title} does not say what it means");
        assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{title} has no unit");
    }
    assert_eq!(rows, ["Overview", "Mail flow", "Findings", "Held mail", "Notices and release", "Health"]);
}

#[test]
fn the_alert_rules_ask_for_series_that_exist() {
    let rules = deploy("prometheus/exeat.rules.yml");
    let exported: BTreeSet<String> = exported().into_iter().map(|(name, _)| name).collect();
    let asked = names(&rules);
    assert!(asked.len() > 15);
    for name in asked {
        assert!(exported.contains(name.trim_end_matches("_bucket")), "{name} is not exported");
    }
}

/// What one file names, the other has: folders, the job, where exeat listens.
#[test]
fn the_files_to_provision_fit_together() {
    let readme = deploy("grafana/README.md");
    let provider = deploy("grafana/provisioning/dashboards/exeat.yaml");
    let (prometheus, rules) = (deploy("prometheus/prometheus.yml"), deploy("prometheus/exeat.rules.yml"));
    let dashboard = deploy("grafana/exeat.json");
    for (name, text) in [("the README", &readme), ("the provider", &provider)] {
        assert!(text.contains("/etc/grafana/dashboards/exeat\n"), "{name} names another folder");
    }
    assert!(prometheus.contains("job_name: exeat\n"));
    assert!(rules.contains("job=\"exeat\"") && dashboard.contains("job=\\\"exeat\\\""), "another job");
    let settings = deploy("exeat.toml");
    let listen = settings.lines().find_map(|line| line.strip_prefix("listen = \"")).unwrap().trim_end_matches('"');
    assert!(prometheus.contains(&format!("'{listen}'")), "Prometheus asks elsewhere than {listen}");
}

#[test]
fn the_table_names_every_series_with_its_kind_and_labels() {
    let table = deploy("grafana/README.md");
    let rows: BTreeSet<(String, String)> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            (cells[1].trim_matches('`').to_owned(), cells[2].to_owned())
        })
        .collect();
    assert_eq!(rows, exported());
    let text = rendered();
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let labels: Vec<&str> = cells[3].split(", ").filter(|label| !label.is_empty()).collect();
        let name = cells[1].trim_matches('`');
        let series = text.lines().find(|line| line.starts_with(name) && !line.starts_with('#')).unwrap();
        for label in labels {
            assert!(series.contains(&format!("{label}=\"")), "{series} has no {label}");
        }
    }
}

/// The text format, line by line: HELP and TYPE before the series, names and labels well formed, values numbers.
#[test]
fn the_format_is_that_of_prometheus() {
    let text = rendered();
    assert!(text.ends_with('\n'));
    let name = regex::Regex::new("^[a-z_][a-z0-9_]*$").unwrap();
    let series = regex::Regex::new(r#"^([a-z_][a-z0-9_]*)(\{([a-z_]+="[^"\\\n]*",?)+\})? (\S+)$"#).unwrap();
    let mut current = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (named, help) = rest.split_once(' ').unwrap();
            assert!(name.is_match(named) && help.ends_with('.'), "{line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (named, kind) = rest.split_once(' ').unwrap();
            assert_eq!(named.ends_with("_total"), kind == "counter", "{line}");
            named.clone_into(&mut current);
        } else {
            let found = series.captures(line).unwrap_or_else(|| panic!("not a series: {line}"));
            assert!(found[1].starts_with(&current), "{line} stands under {current}");
            found[4].parse::<f64>().unwrap();
        }
    }
}
