//! The sample school on a day on which everything happens: every outcome, every failure, every decision.

use super::alone::{self, Alone};
use super::harness::{Delivered, root, wait_until};
use super::raw::{Conversation, Shown, Verdict, show};
use super::{LONG, unmoved};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const TEACHER: &str = "h.pemberton@school.example";
const OUTSIDE: &str = "visits@museum.example";

/// The school, and what the questions are about.
pub struct Run {
    /// The running school.
    pub school: Alone,
    /// The queue id of the message that was held first.
    pub held: &'static str,
    /// The reference of its copy.
    pub reference: String,
    hours: String,
}

fn letter(queue_id: &str, to: &str, subject: &str, text: &str) -> Shown {
    named(queue_id, Shown::letter(TEACHER, &[to], subject, text))
}

/// A message with this queue id, and a Message-ID of its own.
fn named(queue_id: &str, mut shown: Shown) -> Shown {
    shown.macros = vec![("i".to_owned(), queue_id.to_owned())];
    for (name, value) in &mut shown.headers {
        if name.eq_ignore_ascii_case(b"message-id") {
            *value = format!(" <{queue_id}@school.example>").into_bytes();
        }
    }
    shown
}

fn multipart(queue_id: &str, kind: &str, text: &str, second: &str) -> Shown {
    let content = format!(
        "From: <{TEACHER}>\r\nTo: <{OUTSIDE}>\r\nSubject: Visit\r\nDate: Tue, 10 Mar 2026 10:15:00 +0000\r\n\
         Message-ID: <1@school.example>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\n{second}\r\n--b--\r\n"
    );
    named(queue_id, Shown::new(TEACHER, &[OUTSIDE], content.as_bytes()))
}

impl Run {
    /// Starts the school; a password in a message is refused there.
    pub fn start() -> Self {
        let mut hours = String::new();
        let school = Alone::start_in(|config, dir| {
            let pack = fs::read_to_string(root().join("rules/packs/arts-college.toml")).unwrap();
            let (before, rule) = pack.split_at(pack.find("id = \"credentials\"").unwrap());
            let refusing = rule.replacen("action = \"hold\"", "action = \"reject\"", 1);
            fs::write(dir.join("pack.toml"), format!("{before}{refusing}")).unwrap();
            config.lines().find(|line| line.starts_with("hours = ")).unwrap().clone_into(&mut hours);
            // All rules but one act.
            let rules = pack.split("[[rule]]").skip(1).filter_map(|rule| rule.split('"').nth(1));
            let acting: Vec<String> = rules.filter(|id| *id != "private-phone").map(|id| format!("\"{id}\"")).collect();
            config
                .replace("enforce = \"all\"", &format!("enforce = [{}]", acting.join(", ")))
                .replace("pack = \"arts-college\"", "pack = \"pack.toml\"")
                // One sender gets far more notices here than in a real hour.
                .replace("[courier]\n", "[courier]\nnotices_per_hour = 1000\n")
                .replace("[log]", "[milter]\nmessage_bytes = 8000000\n\n[log]")
        });
        Self { school, held: "4XqHELD01", reference: String::new(), hours }
    }

    /// Everything, once at least.
    pub fn let_everything_happen(&mut self) {
        self.every_outcome();
        self.bad_and_good_settings();
        self.broken_peers();
        self.dying_workers();
        self.full_of_trouble();
        self.decisions_and_deliveries();
        let metrics = || super::harness::get(self.school.exeat.http, "/metrics").unwrap().1;
        wait_until(LONG, || unmoved(&metrics()).is_empty());
    }

    fn send(&self, shown: &Shown) -> Verdict {
        show(self.school.port, shown).verdict
    }

    fn said(&self, words: &str) -> bool {
        wait_until(LONG, || self.school.exeat.log().contains(words))
    }

    /// The value of a field of the line about a message.
    fn field(&self, queue_id: &str, field: &str) -> String {
        let log = self.school.exeat.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let judged = lines.into_iter().find(|line| line["queue_id"] == queue_id && line["message"] == "judged");
        judged.map_or_else(String::new, |line| line[field].as_str().unwrap_or_default().to_owned())
    }

    fn every_outcome(&mut self) {
        let upn = "The UPN is H801200001001.";
        let sent = [
            (letter("4XqRELAY1", OUTSIDE, "Coach", "Half past eight?"), "relay"),
            (letter("4XqNOTE01", "t.asquith@school.example", "Barnaby Ollerenshaw", "He was late."), "note"),
            (
                letter("4XqWARN01", "d.tewkesbury@home.example", "A good week", "Marigold Tewkesbury worked well."),
                "warn",
            ),
            (letter("4XqCHANGE1", OUTSIDE, "Marcus Templeton", "Marcus Templeton cannot come."), "rewrite"),
            (letter(self.held, OUTSIDE, "Numbers", upn), "hold"),
            (letter("4XqREFUSE1", OUTSIDE, "Access", "User: somebody\r\nPassword: Tr0ub4dor99Xy"), "reject"),
            // A change that must not be made to a signed message: it is held, and that is what is said of it.
            (
                multipart(
                    "4XqSIGNED1",
                    "multipart/signed; micalg=sha-256; protocol=\"application/pkcs7-signature\"",
                    "Marcus Templeton cannot come.",
                    "Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nMIIB",
                ),
                "hold",
            ),
        ];
        for (shown, verdict) in sent {
            let queue_id = &shown.macros[0].1;
            let heard = self.send(&shown);
            let log = self.school.exeat.log();
            assert_eq!(self.field(queue_id, "verdict"), verdict, "{queue_id} {heard:?}:\n{log}");
        }
        assert_eq!(self.field("4XqSIGNED1", "rules"), "names-outside");
        self.send(&multipart(
            "4XqUNREAD1",
            "multipart/mixed",
            "The plan.",
            "Content-Type: application/x-cad\r\n\r\n\0\u{1}\u{2}",
        ));
        self.reference = self.field(self.held, "references");
    }

    fn reload(&self, config: &str, result: &str) {
        let series = format!("exeat_reloads_total{{result=\"{result}\"}}");
        let before = self.school.exeat.metric(&series).unwrap();
        fs::write(self.school.path("exeat.toml"), config).unwrap();
        self.school.exeat.signal("HUP");
        assert!(wait_until(LONG, || self.school.exeat.metric(&series).unwrap() > before), "no {result} load");
    }

    fn bad_and_good_settings(&self) {
        let config = fs::read_to_string(self.school.path("exeat.toml")).unwrap();
        self.reload(&config.replace("unknown_source = \"reject\"", "unknown_source = \"sometimes\""), "bad");
        // The school opens in an hour or two, whatever the time is.
        let now = jiff::Timestamp::now().in_tz("Europe/London").unwrap();
        let open = if now.hour() < 21 { format!("{:02}:00-24:00", now.hour() + 2) } else { "00:00-20:00".to_owned() };
        let closed = self.hours.replace("00:00-24:00", &open);
        self.reload(&config.replace(&self.hours, &closed), "good");
        self.send(&letter("4XqLATE01", "bookings@coaches.example", "Coach", "Could we talk about the trip?"));
        assert_eq!(self.field("4XqLATE01", "verdict"), "defer", "{}", self.school.exeat.log());
        self.reload(&config, "good");
    }

    fn broken_peers(&self) {
        let mut rude = Conversation::connect(self.school.port);
        rude.say(b'Z', b"");
        assert!(rude.reply().is_none());
        let mut large = letter("4XqLARGE1", OUTSIDE, "Large", "Words.");
        large.body.extend(b"Words, words, words.\r\n".repeat(400_000));
        assert!(matches!(self.send(&large), Verdict::Reject(_)));
    }

    /// Workers are killed while a message is in them, until one message is given up.
    fn dying_workers(&self) {
        let mut heavy = letter("4XqHEAVY1", OUTSIDE, "Heavy", "Words.");
        heavy.body.extend(b"Words, words, words.\r\n".repeat(300_000));
        let given_up = || self.school.exeat.metric("exeat_poison_total").unwrap() > 0.0;
        for _ in 0..10 {
            let stop = Arc::new(AtomicBool::new(false));
            let hunting = alone::kill_workers_until(self.school.exeat.pid(), Arc::clone(&stop));
            self.send(&heavy);
            stop.store(true, Ordering::Relaxed);
            hunting.join().unwrap();
            if given_up() {
                break;
            }
        }
        assert!(given_up(), "{}", self.school.exeat.log());
        let works = || self.send(&letter("4XqAFTER1", OUTSIDE, "After", "Words.")) == Verdict::Relay;
        assert!(wait_until(LONG, works), "{}", self.school.exeat.log());
    }

    /// The store is away for a moment: what must be kept comes again.
    fn full_of_trouble(&self) {
        let files = ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm"];
        let move_all = |from: &str, to: &str| {
            for name in files {
                let _ =
                    fs::rename(self.school.path(&format!("{from}{name}")), self.school.path(&format!("{to}{name}")));
            }
        };
        move_all("", "was-");
        let later = self.send(&letter("4XqLATER1", OUTSIDE, "Numbers", "The UPN is H801200001001. Again."));
        assert!(later.is_later(), "{later:?}");
        wait_until(LONG, || self.school.exeat.metric("exeat_troubles_total").unwrap() > 0.0);
        move_all("was-", "");
    }

    fn held(&self, number: usize) -> String {
        let queue_id = format!("4XqMORE{number:02}");
        self.send(&letter(&queue_id, OUTSIDE, &format!("Numbers {number}"), "The UPN is H801200001001."));
        let reference = self.field(&queue_id, "references");
        assert!(reference.starts_with("EX-"), "{}", self.school.exeat.log());
        reference
    }

    /// Waits until every sender was told, as far as that can be done at once.
    fn wait_for_notices(&self) {
        let log = || -> Vec<serde_json::Value> {
            self.school.exeat.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
        };
        wait_until(LONG, || {
            let log = log();
            let told: Vec<&str> = log
                .iter()
                .filter(|line| line["message"] == "notice sent")
                .filter_map(|line| line["references"].as_str())
                .collect();
            let asked = log.iter().filter_map(|line| line["notice"].as_str()).filter(|notice| !notice.is_empty());
            let missing = asked.filter(|notice| !told.iter().any(|told| told.contains(notice))).count();
            let put_off = log.iter().filter(|line| line["message"] == "notice not sent yet").count();
            missing <= put_off
        });
    }

    fn command(&self, what: &[&str], reference: &str) -> bool {
        let words = [&["held"], what, &[reference, "--who", "reviewer", "--reason", "agreed"]].concat();
        self.school.exeat.command(&words).0 == 0
    }

    fn decisions_and_deliveries(&self) {
        // What the next hop answers is heard by the one that comes next: first a released message, then a notice.
        for (number, (answer, result)) in
            [("451 4.3.0 later", "retry"), ("550 5.1.1 no", "failed")].into_iter().enumerate()
        {
            let heard = |series: &str| {
                self.school.exeat.metric(&format!("exeat_{series}_total{{result=\"{result}\"}}")).unwrap() > 0.0
            };
            for attempt in 0..5 {
                let reference = self.held(number * 10 + attempt * 2);
                if !heard("releases") {
                    self.wait_for_notices();
                    self.school.sink.refuse(&[answer]);
                    assert!(self.command(&["release"], &reference));
                    wait_until(LONG / 4, || heard("releases"));
                }
                if !heard("notices") {
                    self.school.sink.refuse(&[answer]);
                    self.held(number * 10 + attempt * 2 + 1);
                    wait_until(LONG / 4, || heard("notices"));
                }
                if heard("releases") && heard("notices") {
                    break;
                }
            }
            assert!(heard("releases") && heard("notices"), "{answer}: {}", self.school.exeat.log());
        }
        assert!(self.command(&["show", "--content"], &self.reference));
        assert!(self.command(&["release"], &self.reference));
        assert!(self.said("sent from the store"), "{}", self.school.exeat.log());
        assert!(self.command(&["refuse"], &self.held(50)));
        assert!(self.command(&["retry"], &self.held(51)));
        let told = |mail: &Delivered| mail.recipients() == [TEACHER];
        assert!(!self.school.sink.wait_for(1, LONG, told).is_empty());
        assert!(self.said("\"refused\""), "{}", self.school.exeat.log());
        // Some failed copy stays, as an alert looks at it.
        let failed = || self.school.exeat.metric("exeat_held{state=\"failed\"}").unwrap() > 0.0;
        assert!(wait_until(LONG, failed), "{}", self.school.exeat.log());
    }
}
