//! `exeat test-message` through a real relay.

use crate::cloud::school;
use crate::harness::{Relay, Sink, free_port};
use std::time::Duration;

#[test]
fn a_test_message_is_followed_hop_by_hop() {
    let Some(school) = school("", "", &[]) else { return };
    let send = |port: u16, more: &[&str]| {
        let via = format!("127.0.0.1:{port}");
        let from = "t.asquith@school.example";
        let mut all = vec!["test-message", "--to", "me@elsewhere.example", "--from", from, "--via", &via];
        all.extend(more);
        school.exeat.command(&all)
    };
    let port = school.relay.port_in;
    let (code, text) = send(port, &[]);
    assert_eq!(code, 0, "{text}\n{}", school.exeat.log());
    for word in ["connect ", "sender ", "queue ", "counted messages", "verdict=relay", "Next: look into the mailbox"] {
        assert!(text.contains(word), "{word}\n{text}");
    }
    // The queue id it names is the relay's.
    let id = text.lines().find_map(|line| line.strip_prefix("queue    ")?.split(':').next()).unwrap();
    assert!(school.relay.log().contains(id), "{id}\n{}", school.relay.log());
    let is = |mail: &crate::harness::Delivered| mail.recipients() == ["me@elsewhere.example"];
    let got = school.sink.wait_for(1, Duration::from_mins(1), is);
    assert_eq!(got[0].header("subject").as_deref(), Some("Test of the mail check"));

    let (code, text) = send(port, &["--text", "The UPN is H801200001001."]);
    assert_eq!(code, 0, "{text}");
    for word in ["verdict=hold", " is held", "by rule personal-data", "the copy waits in the store"] {
        assert!(text.contains(word), "{word}\n{text}");
    }
    assert_eq!(school.sink.wait_for(2, Duration::from_millis(10), is).len(), 1);

    // A relay that does not ask exeat.
    let (dir, sink) = (tempfile::tempdir().unwrap(), Sink::start());
    std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let other = Relay::start(&dir.path().join("postfix"), "", "", sink.port, free_port(), "");
    let (code, text) = send(other.port_in, &[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("did not see the message") && text.contains("smtpd_milters"), "{text}");

    // Nobody there, and an address that is none.
    for more in [&["--via", "127.0.0.1:1"][..], &["--to", "nobody"]] {
        let (code, text) = school.exeat.command(&[&["test-message", "--to", "me@elsewhere.example"], more].concat());
        assert_eq!(code, 2, "{text}");
    }
}
