//! Writes a notice: the same words as text and as HTML, as a delivery report or as a message.

use super::render::{self, Links};
use super::words::Words;
use super::{Form, OutcomeKind, Settings, Story, summary};
use crate::school::Identity;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mail_builder::MessageBuilder;
use mail_builder::headers::content_type::ContentType;
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

impl Writer<'_> {
    /// Writes one notice: about one message (several stories where its copies came in several
    /// transactions), or as a summary of several messages.
    #[must_use]
    pub fn compose(&self, stories: &[Story], summarised: bool, now: Timestamp) -> Vec<u8> {
        let Some(first) = stories.first() else { return Vec::new() };
        let (subject, sections) = if summarised {
            (summary::subject(stories), self.summary(stories))
        } else {
            (self.subject(stories), self.sections(stories))
        };
        let links = Links { telephone: &self.school.telephone, contact: &self.school.contact };
        let alternative = MimePart::new(
            "multipart/alternative",
            vec![
                MimePart::new("text/plain", render::text(&sections)),
                MimePart::new("text/html", render::html(&sections, colour(stories), links)),
            ],
        );
        let report =
            !summarised && self.settings.form.unwrap_or(Form::Report) == Form::Report && stories.iter().any(is_report);
        let body = if report {
            let status = MimePart::new("message/delivery-status", self.delivery_status(stories).into_bytes());
            MimePart::new(
                ContentType::new("multipart/report").attribute("report-type", "delivery-status"),
                vec![alternative, status.transfer_encoding("7bit")],
            )
        } else {
            alternative
        };
        let from_name = format!("{} mail check", self.school.name.trim());
        let mut message = MessageBuilder::new()
            .from((from_name.trim(), self.settings.from.as_str()))
            .to(first.to.as_str())
            .subject(subject)
            .header("Date", Raw::new(date(now, self.zone)))
            .message_id(format!("notice.{}.{}@{}", first.reference.to_lowercase(), now.as_second(), self.settings.host))
            .header("Auto-Submitted", Raw::new("auto-replied"))
            .header("X-Auto-Response-Suppress", Raw::new("All"))
            .header(super::NOTICE_HEADER, Raw::new("1"));
        let id = first.message_id.expose();
        if !summarised && is_message_id(id) {
            message = message.header("In-Reply-To", Raw::new(id.as_str())).header("References", Raw::new(id.as_str()));
        }
        // Writing into memory does not fail.
        message.body(body).write_to_vec().unwrap_or_default()
    }
}

/// A time as header fields write it.
pub(super) fn date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// A report speaks of mail that waits or was refused; warnings and changes come as messages.
fn is_report(story: &Story) -> bool {
    story.outcomes.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Waiting | OutcomeKind::NotSent))
}

/// The stripe beside a notice, readable on white and on black; the words never need it.
fn colour(stories: &[Story]) -> &'static str {
    match stories.iter().flat_map(|story| &story.outcomes).map(|outcome| outcome.kind).max() {
        Some(OutcomeKind::NotSent) => "#d0453a",
        Some(OutcomeKind::Waiting) => "#c98a00",
        Some(OutcomeKind::Changed) => "#3f7fd0",
        _ => "#3d9950",
    }
}

fn is_message_id(id: &str) -> bool {
    id.len() <= 900 && id.starts_with('<') && id.ends_with('>') && id.bytes().all(|b| b.is_ascii_graphic())
}
