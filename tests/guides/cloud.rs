//! From a cloud service by exeat and back: the settings and lines of the guides, a private Postfix, and in the place
//! of the service a client with its address and its mark.

use crate::harness::{Delivered, Exeat, Letter, Relay, Sink, Smtp, SmtpReply, free_port, missing_for_relay, root};
use crate::pages::blocks_of;
use crate::snippets::with_tables;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const LONG: Duration = Duration::from_mins(1);
const TEACHER: &str = "t.asquith@school.example";
const OUTSIDER: &str = "someone@elsewhere.example";
const PUPIL: &str = "Marigold Tewkesbury";

pub struct School {
    pub exeat: Exeat,
    pub relay: Relay,
    pub sink: Sink,
    _dir: tempfile::TempDir,
}

/// The sample school, with tables put in and with more lines for main.cf (`DIR` is its folder).
pub fn school(tables: &str, main: &str, files: &[(&str, &str)]) -> Option<School> {
    let missing = missing_for_relay();
    if !missing.is_empty() {
        println!("skipped: {} is not installed", missing.join(", "));
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    // Postfix's own user reads the tables.
    fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    for file in ["roster.csv", "staff.csv"] {
        fs::copy(root().join("deploy/sample").join(file), dir.path().join(file)).unwrap();
    }
    let (milter, http, release) = (free_port(), free_port(), free_port());
    let sink = Sink::start();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_exeat"));
    let key = dir.path().join("store.key");
    assert!(Command::new(&program).args(["key", "create"]).arg(key).output().unwrap().status.success());
    let extra = main.replace("DIR", &dir.path().display().to_string());
    let milter_of_postfix = format!("inet:127.0.0.1:{milter}");
    let relay = Relay::start(&dir.path().join("postfix"), &milter_of_postfix, "", sink.port, release, &extra);
    let sample = fs::read_to_string(root().join("deploy/sample/exeat.toml")).unwrap();
    let text = with_tables(&sample, tables, "tables")
        .replace("127.0.0.1:10028", &format!("127.0.0.1:{milter}"))
        .replace("127.0.0.1:10027", &format!("127.0.0.1:{release}"))
        .replace("127.0.0.1:10029", &format!("127.0.0.1:{http}"));
    let config = dir.path().join("exeat.toml");
    fs::write(&config, text).unwrap();
    let exeat = Exeat::start(&program, &config, http);
    Some(School { exeat, relay, sink, _dir: dir })
}

impl School {
    /// Hands a letter in as a client of this address does.
    fn hand_in(&self, client: &str, letter: &Letter) -> SmtpReply {
        let mut smtp = Smtp::connect(self.relay.port_in, "").unwrap();
        let (code, text) = smtp.command(&format!("XCLIENT ADDR={client} NAME=mail.cloud.example")).unwrap();
        assert_eq!(code, 220, "{text}");
        smtp.command("EHLO mail.cloud.example").unwrap();
        smtp.send(letter).unwrap()
    }
    #[track_caller]
    fn letter_for(&self, address: &str) -> Delivered {
        let got = self.sink.wait_for(1, LONG, |mail| mail.recipients() == [address]);
        assert_eq!(got.len(), 1, "{}\n{}", self.exeat.log(), self.relay.log());
        got[0].clone()
    }
}

struct Service {
    guide: &'static str,
    /// An address of its own and one of nobody in particular.
    client: &'static str,
    mark: &'static str,
    /// Whether the mark is the school's secret and must not go on.
    secret: bool,
    notice: &'static str,
}

/// The settings of a guide for whose mail is whose; where exeat listens and hands in stays the sample's.
fn tables(guide: &str) -> (String, String) {
    let block = &blocks_of(guide, "toml exeat")[0];
    let mut all: toml::Table = block.parse().unwrap();
    all.remove("courier");
    let notice = all.get_mut("notice").unwrap().as_table_mut().unwrap();
    notice.insert("from".to_owned(), "exeat@school.example".into());
    let mark = &all["source"][0]["tenant_mark"];
    let line = format!("{}: {}", mark["header"].as_str().unwrap(), mark["value"].as_str().unwrap());
    (toml::to_string(&all).unwrap(), line)
}

#[test]
fn a_cloud_service_is_believed_only_with_the_mark_of_our_tenant_and_no_letter_goes_round() {
    for service in [
        Service {
            guide: "microsoft-365",
            client: "40.107.22.101",
            mark: "X-OriginatorOrg",
            secret: false,
            notice: "multipart/alternative",
        },
        Service {
            guide: "google-workspace",
            client: "209.85.208.44",
            mark: "X-Hillside-Out",
            secret: true,
            notice: "multipart/report",
        },
    ] {
        let Service { guide, client, mark, .. } = service;
        let (tables, line) = tables(guide);
        assert!(line.starts_with(mark), "{guide}: {line}");
        // The relay of the tests has another name than the relay of the guides.
        let seen = blocks_of(guide, "text").into_iter().find(|text| text.contains("PREPEND")).unwrap();
        let seen = seen.replace("hillside\\.example", "school\\.example");
        let main: String = blocks_of(guide, "main.cf").concat();
        let kept: String = main
            .lines()
            .filter(|line| line.starts_with("smtp_header_checks") || line.starts_with("hopcount"))
            .fold(String::new(), |all, line| all + &line.replace("/etc/postfix/", "DIR/") + "\n");
        assert_eq!(kept.lines().count(), 2, "{guide}: {main}");
        let main = format!("{kept}mynetworks = 127.0.0.0/8, 0.0.0.0/0\n");
        let Some(mut school) = school(&tables, &main, &[("exeat_seen", &seen)]) else { return };

        let with = |fields: &str, to: &str, text: &str| {
            let mut letter = Letter::plain(TEACHER, &[to], "Trip", text);
            letter.login = String::new();
            letter.data = [format!("{fields}\r\n").as_bytes(), &letter.data].concat();
            letter
        };
        let text = format!("{PUPIL} has a place.");
        // Ours: it is judged, marked as seen once whatever the sender wrote, and the secret goes no further.
        let ours = with(&format!("{line}\r\nX-Exeat-Seen: forged"), OUTSIDER, &text);
        let (code, said) = school.hand_in(client, &ours);
        assert_eq!(code, 250, "{guide}: {said}\n{}", school.exeat.log());
        let got = school.letter_for(OUTSIDER);
        assert_eq!(got.body(), b"M.T. has a place.\r\n", "{guide}");
        let head = got.text().split("\r\n\r\n").next().unwrap().to_owned();
        assert_eq!(head.matches("X-Exeat-Seen:").count(), 1, "{guide}\n{head}");
        assert_eq!(got.header("x-exeat-seen").as_deref(), Some("hillside-4f81c2d0"), "{guide}");
        assert_eq!(got.header(mark).is_none(), service.secret, "{guide}\n{head}");

        // Another tenant's, none, two that differ, and ours from an address that is not the service's.
        let other = format!("{mark}: other.example");
        for (from, fields) in [
            (client, other.clone()),
            (client, "X-Nothing: x".to_owned()),
            (client, format!("{line}\r\n{other}")),
            ("203.0.113.7", line.clone()),
        ] {
            let (code, said) = school.hand_in(from, &with(&fields, "stranger@elsewhere.example", "At noon."));
            assert_eq!(code, 550, "{guide}: {from} {fields}: {said}");
        }
        assert!(school.sink.received_by("stranger@elsewhere.example").is_empty(), "{guide}");

        // A letter that goes round all the same ends.
        let hops = "Received: from a.example by b.example; Tue, 10 Mar 2026 10:15:00 +0000\r\n".repeat(30);
        let (code, said) =
            school.hand_in(client, &with(&format!("{hops}{line}"), "round@elsewhere.example", "At noon."));
        assert!((500..600).contains(&code) && said.contains("hops"), "{guide}: {code} {said}");

        // Held: the notice comes in the form that the service leaves alone.
        let (code, _) = school.hand_in(client, &with(&line, "held@elsewhere.example", "The UPN is H801200001001."));
        assert_eq!(code, 250);
        let is = |mail: &Delivered| {
            mail.from.starts_with("<>") && mail.recipients() == [TEACHER] && mail.text().contains("Waiting")
        };
        let notices = school.sink.wait_for(1, LONG, is);
        assert_eq!(notices.len(), 1, "{guide}\n{}", school.exeat.log());
        let kind = notices[0].header("content-type").unwrap();
        assert!(kind.starts_with(service.notice), "{guide}: {kind}");
        // It bears the loop guard's field too, and does not come here again.
        assert!(notices[0].header("x-exeat-seen").is_some(), "{guide}\n{}", notices[0].text());

        // exeat is away: the service keeps the letter.
        school.exeat.kill();
        let (code, said) = school.hand_in(client, &with(&line, "away@elsewhere.example", "At noon."));
        assert_eq!(code, 451, "{guide}: {said}");
        assert!(school.sink.received_by("away@elsewhere.example").is_empty());
    }
}
