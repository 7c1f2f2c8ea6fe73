//! Postfix's own load generator: many letters on several connections, and none of them is lost or doubled.

use crate::cloud::school;
use std::process::Command;
use std::time::Duration;

#[test]
fn every_letter_of_a_burst_arrives_once() {
    let Some(school) = school("", "", &[]) else { return };
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let (from, to) = ("t.asquith@school.example", "someone@elsewhere.example");
    let server = format!("127.0.0.1:{}", school.relay.port_in);
    let mut command = Command::new("smtp-source");
    command.env("PATH", path).args(["-s", "4", "-m", "60", "-l", "3000", "-N", "-f", from, "-t", to, &server]);
    let Ok(status) = command.status() else {
        println!("skipped: smtp-source is not installed");
        return;
    };
    assert!(status.success(), "{}", school.relay.log());
    let got = school.sink.wait_for(60, Duration::from_mins(1), |mail| !mail.from.starts_with("<>"));
    assert_eq!(got.len(), 60, "{}", school.exeat.log());
    let text = crate::harness::get(school.exeat.http, "/metrics").unwrap().1;
    let relayed =
        text.lines().filter(|line| line.starts_with("exeat_messages_total{") && line.contains("verdict=\"relay\""));
    let relayed: f64 = relayed.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum();
    assert!((relayed - 60.0).abs() < 0.5, "{relayed}");
}
