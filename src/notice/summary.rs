//! Many messages of one sender within an hour, in one notice with a line for each.

use super::compose::Writer;
use super::render::{Section, one_line};
use super::say::{SUBJECT, merged, references, what_happened};
use super::{OutcomeKind, Story};

impl Writer<'_> {
    /// The notice in its parts.
    pub(super) fn summary(&self, stories: &[Story]) -> Vec<Section> {
        let messages = messages(stories);
        let items = messages.iter().map(|stories| self.summary_line(stories)).collect();
        vec![
            Section {
                sentences: vec![
                    format!("{} of your messages were checked.", messages.len()),
                    "They come in one list, so that your inbox does not fill up.".to_owned(),
                ],
                ..Section::default()
            },
            Section { heading: "Your messages", items, ..Section::default() },
            self.child_at_risk(),
            self.whom_to_ask(),
            Section { heading: "Why you get this", sentences: vec![self.settings.why.clone()], items: Vec::new() },
        ]
    }

    fn summary_line(&self, stories: &[Story]) -> String {
        let outcomes = merged(stories);
        let Some(first) = stories.first() else { return String::new() };
        let subject = one_line(first.subject.expose(), SUBJECT);
        let name = if subject.is_empty() {
            "A message without a subject".to_owned()
        } else {
            format!("\u{201c}{subject}\u{201d}")
        };
        let words: Vec<String> = outcomes.iter().map(what_happened).collect();
        let next = self.what_happens(stories, &outcomes).into_iter().next().unwrap_or_default();
        format!(
            "{name}, {}. {} {next} Reference: {}",
            self.time(first.sent_at, "%A %H:%M"),
            words.join(" "),
            references(stories).join(", ")
        )
    }
}

/// Its subject.
pub(super) fn subject(stories: &[Story]) -> String {
    let count = messages(stories).len();
    let mut outcomes = stories.iter().flat_map(|story| &story.outcomes);
    let waiting = outcomes.any(|outcome| outcome.kind == OutcomeKind::Waiting);
    format!("{count} of your messages were checked{}", if waiting { ", and some wait" } else { "" })
}

/// The stories of each message, in the order in which they came.
fn messages(stories: &[Story]) -> Vec<Vec<Story>> {
    let mut messages: Vec<Vec<Story>> = Vec::new();
    for story in stories {
        let same = messages.iter_mut().find(|message| {
            message
                .first()
                .is_some_and(|first| !first.message_id.expose().is_empty() && first.message_id == story.message_id)
        });
        match same {
            Some(message) => message.push(story.clone()),
            None => messages.push(vec![story.clone()]),
        }
    }
    messages
}
