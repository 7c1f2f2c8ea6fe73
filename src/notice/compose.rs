//! Writes a notice: the same words as text and as HTML, as a delivery report or as a message.

use super::words::Words;
use super::{Form, Outcome, OutcomeKind, Reason, Settings, Story};
use crate::actions::{Action, Rewrite};
use crate::school::Identity;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;

/// Everything a notice is written from besides the stories.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// Settings of notices.
    pub settings: &'a Settings,
    /// The school.
    pub school: &'a Identity,
    /// The school's time zone.
    pub zone: &'a TimeZone,
    /// Kinds in plain words.
    pub words: &'a Words,
}

/// A headed paragraph list; both renderings are made from these.
struct Section {
    heading: String,
    lines: Vec<String>,
}

impl Writer<'_> {
    /// Writes one notice: about one message (several stories where its copies came in several
    /// transactions), or as a summary of several messages.
    #[must_use]
    pub fn compose(&self, stories: &[Story], summary: bool, now: Timestamp) -> Vec<u8> {
        let Some(first) = stories.first() else { return Vec::new() };
        let sections = if summary { self.summary(stories) } else { self.sections(stories) };
        let text = render_text(&sections);
        let html = render_html(&sections);
        let report = !summary && self.settings.form == Form::Report && stories.iter().all(is_report);
        let alternative = MimePart::new(
            "multipart/alternative",
            vec![MimePart::new("text/plain; charset=utf-8", text), MimePart::new("text/html; charset=utf-8", html)],
        );
        let body = if report {
            let status = self.delivery_status(stories);
            MimePart::new(
                "multipart/report; report-type=delivery-status",
                vec![alternative, MimePart::new("message/delivery-status", status)],
            )
        } else {
            alternative
        };
        let from_name = format!("{} mail check", self.school.name);
        let mut message = MessageBuilder::new()
            .from((from_name.as_str(), self.settings.from.as_str()))
            .to(first.to.as_str())
            .subject(if summary {
                format!("{} messages of yours were checked", stories.len())
            } else {
                self.headline(stories)
            })
            .date(now.as_second())
            .message_id(format!("notice.{}.{}@{}", first.reference.to_lowercase(), now.as_second(), self.settings.host))
            .header("Auto-Submitted", Raw::new("auto-replied"))
            .header("X-Auto-Response-Suppress", Raw::new("All"))
            .header(super::NOTICE_HEADER, Raw::new("1"));
        let id = first.message_id.expose();
        if !summary && is_message_id(id) {
            message = message.header("In-Reply-To", Raw::new(id.as_str())).header("References", Raw::new(id.as_str()));
        }
        // Writing into memory does not fail.
        message.body(body).write_to_vec().unwrap_or_default()
    }

    /// Many messages of one sender within an hour: a line each.
    fn summary(&self, stories: &[Story]) -> Vec<Section> {
        let lines = stories.iter().map(|story| {
            let subject = story.subject.expose().trim();
            format!(
                "{} (subject: {subject}, reference {})",
                self.headline(std::slice::from_ref(story)),
                story.reference
            )
        });
        let telephone = if self.school.telephone.is_empty() { "the safeguarding lead" } else { &self.school.telephone };
        vec![
            Section {
                heading: String::new(),
                lines: vec![format!("{} of your messages were checked within the last hour.", stories.len())],
            },
            Section { heading: "Your messages".to_owned(), lines: lines.collect() },
            Section {
                heading: "If a child is at risk, do not wait".to_owned(),
                lines: vec![format!("Telephone {telephone} now.")],
            },
            Section { heading: "Why you get this".to_owned(), lines: vec![self.settings.why.clone()] },
        ]
    }

    fn headline(&self, stories: &[Story]) -> String {
        let outcomes: Vec<&Outcome> = stories.iter().flat_map(|story| &story.outcomes).collect();
        let strongest = outcomes.iter().map(|outcome| outcome.kind).max().unwrap_or(OutcomeKind::Sent);
        let mixed = outcomes.iter().any(|outcome| outcome.kind != strongest);
        let when = stories.first().map_or_else(String::new, |story| self.time(story.sent_at, "%H:%M"));
        let people = if mixed { " for some people" } else { "" };
        match strongest {
            OutcomeKind::Sent => format!("Sent: a word about your message of {when}"),
            OutcomeKind::Changed => format!("Changed{people}: your message of {when} went out with changes"),
            OutcomeKind::Waiting => format!("Waiting{people}: your message of {when} has not gone out yet"),
            OutcomeKind::NotSent => format!("Not sent{people}: your message of {when}"),
        }
    }

    /// The eight things a notice says, in their order.
    fn sections(&self, stories: &[Story]) -> Vec<Section> {
        let mut sections = Vec::with_capacity(8);
        let Some(first) = stories.first() else { return sections };
        let reasons: Vec<&Reason> =
            stories.iter().flat_map(|story| &story.reasons).fold(Vec::new(), |mut seen, reason| {
                if !seen.contains(&reason) {
                    seen.push(reason);
                }
                seen
            });
        sections.push(Section { heading: String::new(), lines: outcomes(stories) });
        let subject =
            if first.subject.expose().trim().is_empty() { "(no subject)" } else { first.subject.expose().trim() };
        sections.push(Section {
            heading: "Your message".to_owned(),
            lines: vec![format!("Subject: {subject}"), format!("Sent on {}", self.day_and_time(first.sent_at))],
        });
        sections.push(Section { heading: "What was noticed, and where".to_owned(), lines: self.hits(&reasons) });
        sections.push(Section { heading: "What happens now".to_owned(), lines: self.what_happens(stories) });
        let advice = self.advice(&reasons);
        if !advice.is_empty() {
            sections.push(Section { heading: "What you can do".to_owned(), lines: advice });
        }
        let telephone = if self.school.telephone.is_empty() {
            "the safeguarding lead".to_owned()
        } else {
            self.school.telephone.clone()
        };
        sections.push(Section {
            heading: "If a child is at risk, do not wait".to_owned(),
            lines: vec![format!(
                "Telephone {telephone} now. Nothing in this notice stands in the way of protecting a child."
            )],
        });
        if !self.school.contact.is_empty() {
            sections.push(Section {
                heading: "Questions".to_owned(),
                lines: vec![format!("Write to {} and give the reference {}.", self.school.contact, first.reference)],
            });
        }
        sections.push(Section { heading: "Why you get this".to_owned(), lines: self.why(stories, &reasons) });
        sections
    }

    fn hits(&self, reasons: &[&Reason]) -> Vec<String> {
        let mut lines = Vec::new();
        for reason in reasons {
            for hit in reason.hits.iter().take(self.settings.hits) {
                let what = self.words.what(&reason.check, &hit.kind);
                let line = if hit.masked.is_empty() {
                    format!("{}: {what}", hit.place.expose())
                } else {
                    format!("{}: {what} ({})", hit.place.expose(), hit.masked)
                };
                let line = capitalised(&line);
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
            if reason.hits.len() > self.settings.hits {
                lines.push(format!("and {} more of this kind", reason.hits.len() - self.settings.hits));
            }
        }
        lines
    }

    fn what_happens(&self, stories: &[Story]) -> Vec<String> {
        let mut lines = Vec::new();
        for outcome in stories.iter().flat_map(|story| &story.outcomes) {
            let line = match (outcome.kind, outcome.until, outcome.decide_by) {
                (OutcomeKind::Waiting, Some(until), _) => {
                    format!("It goes out by itself on {}. You need do nothing.", self.day_and_time(until))
                }
                (OutcomeKind::Waiting, None, by) => {
                    let by = by.map_or_else(String::new, |by| format!(" by {}", self.day_and_time(by)));
                    format!(
                        "{} looks at it and decides{by}. You will not need to send it again if it is released.",
                        capitalised(&self.settings.reviewer)
                    )
                }
                (OutcomeKind::NotSent, ..) => {
                    "It was refused and nothing of it was kept. Nothing more happens by itself.".to_owned()
                }
                (OutcomeKind::Changed | OutcomeKind::Sent, ..) => {
                    "Nothing more happens. It was handed on to the mail system.".to_owned()
                }
            };
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        if stories.iter().any(|story| !story.skipped.is_empty()) {
            lines.push(
                "Because the message is signed, encrypted or automatic, the school's disclaimer was not added."
                    .to_owned(),
            );
        }
        lines
    }

    fn advice(&self, reasons: &[&Reason]) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for reason in reasons.iter().filter(|reason| reason.action > Action::Note) {
            let own = Some(reason.say.as_str()).filter(|say| !say.is_empty());
            let kind = reason.hits.first().map_or("", |hit| hit.kind.as_str());
            // A message that went out with initials needs no second one.
            let done = reason.action == Action::Rewrite;
            let advice = own.or_else(|| if done { None } else { self.words.advice(&reason.check, kind) });
            if let Some(advice) = advice.filter(|advice| !lines.iter().any(|line| line == advice)) {
                lines.push(advice.to_owned());
            }
        }
        lines.truncate(3);
        lines
    }

    fn why(&self, stories: &[Story], reasons: &[&Reason]) -> Vec<String> {
        let mut lines: Vec<String> = reasons
            .iter()
            .map(|reason| {
                format!("Rule {}, clause {} of the school's acceptable-use policy.", reason.rule, reason.clause)
            })
            .collect();
        lines.dedup();
        let mut references: Vec<&str> = stories.iter().map(|story| story.reference.as_str()).collect();
        references.extend(
            stories.iter().flat_map(|story| &story.outcomes).filter_map(|outcome| outcome.reference.as_deref()),
        );
        references.sort_unstable();
        references.dedup();
        lines.push(format!("Reference: {}", references.join(", ")));
        lines.push(self.settings.why.clone());
        lines
    }

    /// RFC 3464: per-message fields, then a block for each recipient.
    fn delivery_status(&self, stories: &[Story]) -> String {
        let mut status = format!("Reporting-MTA: dns; {}\r\n", self.settings.host);
        if let Some(first) = stories.first() {
            let arrival = first.sent_at.to_zoned(self.zone.clone()).strftime("%a, %d %b %Y %H:%M:%S %z").to_string();
            status += &format!("X-Exeat-Reference: {}\r\nArrival-Date: {arrival}\r\n", first.reference);
        }
        for outcome in stories.iter().flat_map(|story| &story.outcomes) {
            let (action, code) = match outcome.kind {
                OutcomeKind::Sent | OutcomeKind::Changed => ("relayed", "2.0.0"),
                OutcomeKind::Waiting => ("delayed", "4.7.1"),
                OutcomeKind::NotSent => ("failed", "5.7.1"),
            };
            for recipient in &outcome.recipients {
                let address = recipient.expose().trim_matches(['<', '>']);
                let kind = if address.is_ascii() { "rfc822" } else { "utf-8" };
                let address: String = address.chars().filter(|c| !c.is_control()).collect();
                status += &format!("\r\nFinal-Recipient: {kind}; {address}\r\nAction: {action}\r\nStatus: {code}\r\n");
                if let Some(until) = outcome.until.filter(|_| outcome.kind == OutcomeKind::Waiting) {
                    let until = until.to_zoned(self.zone.clone()).strftime("%a, %d %b %Y %H:%M:%S %z").to_string();
                    status += &format!("Will-Retry-Until: {until}\r\n");
                }
            }
        }
        status
    }

    fn time(&self, at: Timestamp, format: &str) -> String {
        at.to_zoned(self.zone.clone()).strftime(format).to_string()
    }

    fn day_and_time(&self, at: Timestamp) -> String {
        self.time(at, "%A %-d %B %Y at %H:%M")
    }
}

fn outcomes(stories: &[Story]) -> Vec<String> {
    let mut outcomes: Vec<&Outcome> = stories.iter().flat_map(|story| &story.outcomes).collect();
    outcomes.sort_by_key(|outcome| std::cmp::Reverse(outcome.kind));
    outcomes
        .iter()
        .map(|outcome| {
            let people = listed(outcome);
            match outcome.kind {
                OutcomeKind::Sent => format!("SENT as you wrote it, to {people}."),
                OutcomeKind::Changed => format!("CHANGED and sent, to {people}: {}.", changes(&outcome.rewrites)),
                OutcomeKind::Waiting => format!("WAITING, not sent yet, for {people}."),
                OutcomeKind::NotSent => format!("NOT SENT to {people}."),
            }
        })
        .collect()
}

/// A report speaks of mail that waits or was refused; warnings and changes come as messages.
fn is_report(story: &Story) -> bool {
    story.outcomes.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Waiting | OutcomeKind::NotSent))
}

fn is_message_id(id: &str) -> bool {
    id.len() <= 900 && id.starts_with('<') && id.ends_with('>') && id.bytes().all(|b| b.is_ascii_graphic())
}

fn listed(outcome: &Outcome) -> String {
    let shown: Vec<&str> =
        outcome.recipients.iter().take(10).map(|recipient| recipient.expose().trim_matches(['<', '>'])).collect();
    let more = outcome.recipients.len().saturating_sub(shown.len());
    let list = shown.join(", ");
    if more == 0 { list } else { format!("{list} and {more} more") }
}

fn changes(rewrites: &[Rewrite]) -> String {
    let words: Vec<&str> = rewrites
        .iter()
        .map(|rewrite| match rewrite {
            Rewrite::Initials => "pupils' full names became initials",
            Rewrite::Bcc => "outside addresses moved to Bcc",
            Rewrite::ReplaceAttachment => "an attachment was replaced by a note",
            Rewrite::Disclaimer => "the school's disclaimer was added",
            Rewrite::UrgentTag => "the urgent mark was taken off the subject",
        })
        .collect();
    words.join("; ")
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn render_text(sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        if !section.heading.is_empty() {
            text.push_str(&section.heading);
            text.push_str("\r\n");
        }
        for line in &section.lines {
            let bullet = if section.heading.is_empty() { "" } else { "  - " };
            text.push_str(bullet);
            text.push_str(&line.replace(['\r', '\n'], " "));
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
    }
    text
}

fn render_html(sections: &[Section]) -> String {
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><body style=\"font-family:sans-serif;font-size:15px;line-height:1.4;max-width:40em\">",
    );
    for section in sections {
        if section.heading.is_empty() {
            for line in &section.lines {
                html += &format!("<p style=\"font-size:18px;font-weight:bold\">{}</p>", escaped(line));
            }
            continue;
        }
        html += &format!(
            "<h2 style=\"font-size:16px;margin-bottom:0\">{}</h2><ul style=\"margin-top:4px\">",
            escaped(&section.heading)
        );
        for line in &section.lines {
            html += &format!("<li>{}</li>", escaped(line));
        }
        html += "</ul>";
    }
    html + "</body></html>\r\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
