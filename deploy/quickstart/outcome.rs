//! What came of a letter, seen from outside: the relay's answer, the next hop, the sender's mailbox, the store.

use crate::harness::{Delivered, SmtpReply, wait_until};
use crate::letters::Sample;
use crate::school::School;
use serde_json::Value;
use std::time::Duration;

/// A letter that was submitted.
pub struct Sent {
    /// The letter.
    pub sample: Sample,
    rules: Vec<(String, String)>,
    reply: SmtpReply,
    references: Vec<String>,
    arrived: Option<Delivered>,
    notice: Option<Delivered>,
    kept: Option<Value>,
}

impl Sent {
    /// Submits a letter.
    pub fn submit(school: &School, sample: Sample) -> Self {
        let checked = school.check(&sample.letter);
        let (reply, judged) = school.submit(&sample.letter);
        let words = |value: &Value| -> Vec<String> {
            value.as_str().unwrap_or_default().split_whitespace().map(str::to_owned).collect()
        };
        let mut rules: Vec<(String, String)> = Vec::new();
        for rule in words(&judged["rules"]) {
            let clause = checked["findings"]
                .as_array()
                .into_iter()
                .flatten()
                .find(|finding| finding["rule"] == rule.as_str())
                .and_then(|finding| finding["clause"].as_str())
                .unwrap_or_default();
            if !rules.iter().any(|(seen, _)| *seen == rule) {
                rules.push((rule, clause.to_owned()));
            }
        }
        let references = words(&judged["references"]);
        Self { sample, rules, reply, references, arrived: None, notice: None, kept: None }
    }

    /// Waits until the expected outcome shows, a while at most, then takes what is there.
    pub fn look(&mut self, school: &School) {
        let sample = &self.sample;
        let (id, sender) = (message_id(&sample.letter.data), sample.letter.from.clone());
        let (arrives, is_told) = match sample.expected {
            "relay" => (true, false),
            "warn" | "rewrite" => (true, true),
            _ => (false, true),
        };
        wait_until(Duration::from_secs(30), || {
            (!arrives || school.arrived(&id).is_some()) && (!is_told || school.notice(&sender, &id).is_some())
        });
        self.arrived = school.arrived(&id);
        self.notice = school.notice(&sender, &id);
        let held = school.held();
        self.kept =
            held.into_iter().find(|kept| self.references.iter().any(|reference| kept["reference"] == **reference));
    }

    /// What became of it.
    pub fn outcome(&self) -> &'static str {
        let changed = |mail: &Delivered| {
            mail.body() != body(&self.sample.letter.data)
                || mail.header("Subject").as_deref() != Some(self.sample.subject)
        };
        match (&self.arrived, &self.kept) {
            (None, None) if self.reply.0 >= 500 => "reject",
            (None, Some(kept)) if kept["state"] == "held" => "hold",
            (None, Some(kept)) if kept["state"] == "deferred" => "defer",
            (Some(mail), None) if changed(mail) => "rewrite",
            (Some(_), None) if self.notice.is_some() => "warn",
            (Some(_), None) => "relay",
            _ => "lost",
        }
    }

    /// Whether it is what it had to be, and whether the sender was told where there is something to tell.
    pub fn is_as_expected(&self) -> bool {
        self.outcome() == self.sample.expected && self.notice.is_some() == (self.outcome() != "relay")
    }

    /// The rules that matched: those that the sender was told of with their clause, then the others.
    pub fn rules(&self) -> Vec<String> {
        let told = match &self.notice {
            _ if self.reply.0 >= 400 => self.reply.1.clone(),
            Some(notice) => decoded(notice).1,
            None => String::new(),
        };
        let (told, others): (Vec<_>, Vec<_>) =
            self.rules.iter().partition(|(rule, _)| told.is_empty() || told.contains(rule.as_str()));
        let mut lines: Vec<String> =
            told.iter().flat_map(|(rule, clause)| [rule.clone(), format!("  clause {clause}")]).collect();
        if !others.is_empty() {
            let others: Vec<&str> = others.iter().map(|(rule, _)| rule.as_str()).collect();
            lines.push(format!("(recorded: {})", others.join(", ")));
        }
        if lines.is_empty() {
            lines.push("none".to_owned());
        } else if self.outcome() == "relay" {
            lines.push("(recorded, no more)".to_owned());
        }
        lines
    }

    /// What the outside recipient has of it.
    pub fn at_recipient(&self) -> String {
        match &self.arrived {
            None => "has not arrived".to_owned(),
            Some(mail) => match mail.header("Subject") {
                Some(subject) if subject != self.sample.subject => format!("arrived as \"{subject}\""),
                _ if mail.body() == body(&self.sample.letter.data) => "arrived, byte for byte".to_owned(),
                _ => "arrived, changed".to_owned(),
            },
        }
    }

    /// What the sender has of it.
    pub fn at_sender(&self) -> Vec<String> {
        let mut all = Vec::new();
        if self.reply.0 >= 400 {
            let words: Vec<&str> = self.reply.1.split_whitespace().collect();
            all.push(format!("at once: {}", words.join(" ")));
        }
        all.extend(self.notice.iter().map(|notice| format!("a notice: \"{}\"", decoded(notice).0)));
        if all.is_empty() {
            all.push("nothing".to_owned());
        }
        all
    }

    /// The notice as a mail client shows it: subject, From, text.
    pub fn notice(&self) -> Option<(String, String, String)> {
        self.notice.as_ref().map(|notice| {
            let (subject, text) = decoded(notice);
            (subject, notice.header("From").unwrap_or_default(), text)
        })
    }

    /// References of kept copies.
    pub fn references(&self) -> &[String] {
        &self.references
    }
}

/// Subject and text of a message.
fn decoded(mail: &Delivered) -> (String, String) {
    let parsed = mail_parser::MessageParser::default().parse(&mail.data);
    let subject = parsed.as_ref().and_then(|parsed| parsed.subject().map(str::to_owned)).unwrap_or_default();
    let text =
        parsed.as_ref().and_then(|parsed| parsed.body_text(0).map(std::borrow::Cow::into_owned)).unwrap_or_default();
    (subject, text)
}

fn as_delivered(data: &[u8]) -> Delivered {
    Delivered { from: String::new(), to: Vec::new(), data: data.to_vec() }
}

fn message_id(data: &[u8]) -> String {
    as_delivered(data).header("Message-ID").unwrap_or_default()
}

fn body(data: &[u8]) -> Vec<u8> {
    as_delivered(data).body()
}
