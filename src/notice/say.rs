//! What a notice says, in its order: (1) what happened, for whom; (2) which message; (3) what was noticed, and where;
//! (4) what happens by itself; (5) what the sender can do; (6) a child at risk; (7) whom to ask; (8) why.

use super::compose::Writer;
use super::render::{Section, one_line};
use super::{Hit, Outcome, OutcomeKind, Reason, Story};
use crate::actions::{Action, Rewrite};
use jiff::Timestamp;

/// Most recipients named in one sentence.
const PEOPLE: usize = 10;
/// Most things to do.
const ADVICE: usize = 3;
/// Most letters of the sender's subject in the subject of a notice.
pub(super) const SUBJECT: usize = 60;

impl Writer<'_> {
    /// The subject: what happened, and to which message.
    pub(super) fn subject(&self, stories: &[Story]) -> String {
        let outcomes = merged(stories);
        let Some(strongest) = outcomes.first().map(|outcome| outcome.kind) else { return "Your message".to_owned() };
        let mixed = outcomes.iter().any(|outcome| outcome.kind != strongest);
        let people = if mixed { " for some people" } else { "" };
        let (word, rest) = match strongest {
            OutcomeKind::Sent => ("Sent", " \u{2013} please read"),
            OutcomeKind::Changed => ("Changed", " \u{2013} sent with changes"),
            OutcomeKind::Waiting => ("Waiting", " \u{2013} not sent yet"),
            OutcomeKind::NotSent => ("Not sent", ""),
        };
        format!("{word}{people}: {}{rest}", self.name(stories))
    }

    /// The sender's message in a few words.
    fn name(&self, stories: &[Story]) -> String {
        let Some(first) = stories.first() else { return String::new() };
        let subject = one_line(first.subject.expose(), SUBJECT);
        if subject.is_empty() {
            format!("your message of {}", self.time(first.sent_at, "%H:%M"))
        } else {
            format!("\u{201c}{subject}\u{201d}")
        }
    }

    /// The eight things a notice says, in their order.
    pub(super) fn sections(&self, stories: &[Story]) -> Vec<Section> {
        let Some(first) = stories.first() else { return Vec::new() };
        let outcomes = merged(stories);
        let reasons = reasons(stories);
        let subject = one_line(first.subject.expose(), 200);
        let subject = if subject.is_empty() { "(none)".to_owned() } else { subject };
        let mut sections = vec![
            Section { sentences: outcomes.iter().map(what_happened).collect(), ..Section::default() },
            Section {
                heading: "Your message",
                sentences: vec![format!("Subject: {subject}"), format!("Sent on {}", self.day_and_time(first.sent_at))],
                ..Section::default()
            },
            self.noticed(stories, &reasons, &outcomes),
            Section {
                heading: "What happens next",
                sentences: self.what_happens(stories, &outcomes),
                ..Section::default()
            },
            Section { heading: "What you can do now", items: self.advice(&reasons, &outcomes), ..Section::default() },
            self.child_at_risk(),
            self.whom_to_ask(),
            self.why(stories, &reasons),
        ];
        sections.retain(|section| !section.sentences.is_empty() || !section.items.is_empty());
        sections
    }

    fn noticed(&self, stories: &[Story], reasons: &[Reason], outcomes: &[Outcome]) -> Section {
        let said = reasons.iter().filter(|reason| came_true(reason, outcomes)).map(|reason| reason.say.clone());
        let mut sentences: Vec<String> = Vec::new();
        for sentence in said.filter(|say| !say.is_empty()) {
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
        if stories.iter().any(|story| !story.impossible.is_empty()) {
            sentences.push(
                "The change the rules ask for could not be made safely in this message, so it waits instead."
                    .to_owned(),
            );
        }
        let mut items = Vec::new();
        for reason in reasons {
            let hidden = reason.hits.len().saturating_sub(self.settings.hits) + reason.more;
            for hit in reason.hits.iter().take(self.settings.hits) {
                let item = self.hit(reason, hit);
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            if hidden > 0 {
                items.push(format!("and {hidden} more like this"));
            }
        }
        let heading = if items.is_empty() { "What happened" } else { "What was noticed, and where" };
        Section { heading, sentences, items }
    }

    fn hit(&self, reason: &Reason, hit: &Hit) -> String {
        let what = self.words.what(&reason.check, &hit.kind);
        let place = capitalised(&one_line(hit.place.expose(), 300));
        let masked = one_line(&hit.masked, 200);
        match (place.is_empty(), masked.is_empty()) {
            (true, true) => capitalised(what),
            (true, false) => format!("{}, {masked}", capitalised(what)),
            (false, true) => format!("{place}: {what}"),
            (false, false) => format!("{place}: {what}, {masked}"),
        }
    }

    pub(super) fn what_happens(&self, stories: &[Story], outcomes: &[Outcome]) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let open = outcomes.iter().filter(|outcome| outcome.kind >= OutcomeKind::Waiting);
        let apart = open.clone().count() > 1;
        for outcome in open {
            let sentence = self.what_happens_to(stories, outcome);
            lines.push(if apart { format!("For {}: {}", people(outcome), uncapitalised(&sentence)) } else { sentence });
        }
        if lines.is_empty() {
            lines.push("Nothing more happens. You need do nothing about this message.".to_owned());
        }
        if stories.iter().any(|story| !story.skipped.is_empty()) {
            lines.push("The school's disclaimer was not added, because this message may not be changed.".to_owned());
        }
        lines
    }

    fn what_happens_to(&self, stories: &[Story], outcome: &Outcome) -> String {
        match (outcome.kind, outcome.until, outcome.decide_by) {
            (OutcomeKind::NotSent, ..) if outcome.reference.is_some() => {
                "Nothing more happens by itself. The school still has a copy.".to_owned()
            }
            (OutcomeKind::NotSent, ..) => "Nothing more happens by itself. No copy was kept.".to_owned(),
            (_, Some(until), _) => {
                let changes = match outcome.rewrites.as_slice() {
                    [] => String::new(),
                    rewrites => format!(" It goes with changes: {}.", changes(rewrites)),
                };
                format!("It goes out by itself on {}.{changes} You need do nothing.", self.day_and_time(until))
            }
            (_, None, Some(by)) => {
                let named = stories.iter().map(|story| story.reviewer.trim()).find(|reviewer| !reviewer.is_empty());
                let who = role(&self.words.role(named.unwrap_or(self.settings.reviewer.trim())));
                let by = self.day_and_time(by);
                format!("{who} is asked to decide by {by} whether it goes out. If it does, you need not send it again.")
            }
            // A copy that the next mail server has not taken yet waits for nobody.
            (_, None, None) => "It is being tried again by itself.".to_owned(),
        }
    }

    fn advice(&self, reasons: &[Reason], outcomes: &[Outcome]) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let changed = outcomes.iter().any(|outcome| !outcome.rewrites.is_empty());
        for reason in reasons {
            let kind = reason.hits.first().map_or("", |hit| hit.kind.as_str());
            // What went out with initials need not be sent a second time.
            let done = reason.action == Action::Rewrite && changed;
            let own = Some(reason.advice.as_str()).filter(|advice| !advice.is_empty());
            let shipped = if done { None } else { self.words.advice(&reason.check, kind) };
            if let Some(advice) = own.or(shipped).filter(|advice| !lines.iter().any(|line| line == advice)) {
                lines.push(advice.to_owned());
            }
        }
        lines.truncate(ADVICE);
        lines
    }

    pub(super) fn child_at_risk(&self) -> Section {
        let telephone = self.school.telephone.trim();
        let whom = if telephone.is_empty() { "the safeguarding lead" } else { telephone };
        Section {
            heading: "If a child is at risk, do not wait",
            sentences: vec![format!("Telephone {whom} now. A child's safety comes before every rule about e-mail.")],
            items: Vec::new(),
        }
    }

    pub(super) fn whom_to_ask(&self) -> Section {
        let whom = self.school.contact.trim();
        let ask = if whom.is_empty() { "Ask the school office".to_owned() } else { format!("Write to {whom}") };
        let sentences = vec![format!("{ask} and give the reference below.")];
        Section { heading: "Questions", sentences, items: Vec::new() }
    }

    fn why(&self, stories: &[Story], reasons: &[Reason]) -> Section {
        let mut sentences: Vec<String> = Vec::new();
        for reason in reasons.iter().filter(|reason| !reason.clause.trim().is_empty()) {
            let sentence = format!("School policy, {}; rule {}.", clause(&reason.clause), reason.rule);
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
        sentences.push(format!("Reference: {}", references(stories).join(", ")));
        sentences.push(self.settings.why.clone());
        Section { heading: "Why you get this", sentences, items: Vec::new() }
    }

    pub(super) fn time(&self, at: Timestamp, format: &str) -> String {
        at.to_zoned(self.zone.clone()).strftime(format).to_string()
    }

    fn day_and_time(&self, at: Timestamp) -> String {
        self.time(at, "%A %-d %B %Y at %H:%M")
    }
}

/// The references of the kept copies, which whoever decides knows them by; that of the story where nothing was kept.
pub(super) fn references(stories: &[Story]) -> Vec<String> {
    let kept = stories.iter().flat_map(|story| &story.outcomes).filter_map(|outcome| outcome.reference.clone());
    let mut references: Vec<String> = kept.collect();
    if references.is_empty() {
        references = stories.iter().map(|story| story.reference.clone()).collect();
    }
    references.sort_unstable();
    references.dedup();
    references
}

/// What happened, strongest first; the same outcome of several transactions is told once.
pub(super) fn merged(stories: &[Story]) -> Vec<Outcome> {
    let mut merged: Vec<Outcome> = Vec::new();
    for outcome in stories.iter().flat_map(|story| &story.outcomes) {
        let same = merged.iter_mut().find(|seen| {
            (seen.kind, seen.until, seen.decide_by.is_some())
                == (outcome.kind, outcome.until, outcome.decide_by.is_some())
                && seen.rewrites == outcome.rewrites
        });
        if let Some(seen) = same {
            seen.recipients.extend(outcome.recipients.iter().cloned());
            seen.decide_by = seen.decide_by.max(outcome.decide_by);
            seen.reference = seen.reference.take().or_else(|| outcome.reference.clone());
        } else {
            merged.push(outcome.clone());
        }
    }
    merged.sort_by_key(|outcome| std::cmp::Reverse(outcome.kind));
    merged
}

/// Why, strongest first, each rule once; never what is only noted.
fn reasons(stories: &[Story]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for reason in stories.iter().flat_map(|story| &story.reasons).filter(|reason| reason.action > Action::Note) {
        match reasons.iter_mut().find(|seen| seen.rule == reason.rule && seen.action == reason.action) {
            Some(seen) => {
                let new: Vec<Hit> = reason.hits.iter().filter(|hit| !seen.hits.contains(hit)).cloned().collect();
                seen.hits.extend(new);
                seen.more = seen.more.max(reason.more);
            }
            None => reasons.push(reason.clone()),
        }
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.action));
    reasons
}

/// Whether a rule's own sentence fits what became of the message: "it was sent with initials" is not true of one
/// that another rule holds.
fn came_true(reason: &Reason, outcomes: &[Outcome]) -> bool {
    outcomes.iter().any(|outcome| match reason.action {
        Action::Note => false,
        Action::Warn => matches!(outcome.kind, OutcomeKind::Sent | OutcomeKind::Changed),
        Action::Rewrite => outcome.kind == OutcomeKind::Changed,
        Action::Defer => outcome.until.is_some(),
        Action::Hold => outcome.kind == OutcomeKind::Waiting && outcome.until.is_none(),
        Action::Reject => outcome.kind == OutcomeKind::NotSent,
    })
}

/// One sentence for each fate; it speaks of what the relay was told, never of what arrived.
pub(super) fn what_happened(outcome: &Outcome) -> String {
    let people = people(outcome);
    match outcome.kind {
        OutcomeKind::Sent => format!("Sent unchanged to {people}."),
        OutcomeKind::Changed => format!("Changed, then sent to {people}: {}.", changes(&outcome.rewrites)),
        OutcomeKind::Waiting => format!("Waiting: not sent yet to {people}."),
        OutcomeKind::NotSent => format!("Not sent to {people}."),
    }
}

fn people(outcome: &Outcome) -> String {
    let people: Vec<String> = outcome
        .recipients
        .iter()
        .map(|recipient| one_line(recipient.expose(), 120).trim_matches(['<', '>']).to_owned())
        .collect();
    listed(&people)
}

fn changes(rewrites: &[Rewrite]) -> String {
    let words: Vec<String> = rewrites
        .iter()
        .map(|rewrite| {
            match rewrite {
                Rewrite::Initials => "pupils' full names became initials",
                Rewrite::Bcc => "outside addresses were moved to Bcc",
                Rewrite::ReplaceAttachment => "an attachment was replaced by a note",
                Rewrite::Disclaimer => "the school's disclaimer was added",
                Rewrite::UrgentTag => "the urgent mark was taken off the subject",
            }
            .to_owned()
        })
        .collect();
    if words.is_empty() { "it was changed".to_owned() } else { listed(&words) }
}

/// `a`, `a and b`, `a, b and c`; long lists end in a number.
fn listed(words: &[String]) -> String {
    let (shown, more) = words.split_at_checked(PEOPLE).filter(|(_, more)| more.len() > 1).unwrap_or((words, &[]));
    if !more.is_empty() {
        return format!("{} and {} more", shown.join(", "), more.len());
    }
    match shown.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "nobody".to_owned(),
    }
}

/// A clause as a sentence has it: `clause 9.3.1`, `clauses 4.2 and 12.17`, `clause 5.3 “Errors”`.
fn clause(written: &str) -> String {
    let written = one_line(written, 200);
    let pieces: Vec<String> = written.split(", ").map(str::to_owned).collect();
    let numbered = |piece: &String| {
        let piece = piece.strip_prefix("Appendix ").unwrap_or(piece);
        piece.chars().next().is_some_and(|c| c.is_ascii_digit())
    };
    if pieces.len() > 1 && pieces.iter().all(numbered) {
        return format!("clauses {}", listed(&pieces));
    }
    match written.split_once(' ') {
        Some((number, words)) if numbered(&number.to_owned()) && !words.starts_with('(') => {
            format!("clause {number} \u{201c}{words}\u{201d}")
        }
        _ => format!("clause {written}"),
    }
}

/// A role as the first words of a sentence: `The head of sixth form`.
fn role(name: &str) -> String {
    let name = one_line(name, 80);
    match name.split_once(' ').map_or(name.as_str(), |(first, _)| first).to_lowercase().as_str() {
        "" => "A member of staff".to_owned(),
        "the" | "a" | "an" | "our" | "your" => capitalised(&name),
        _ => format!("The {name}"),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_read_like_words() {
        let table = [
            ("9.3.1", "clause 9.3.1"),
            ("2.1.3.2, 9.2.1", "clauses 2.1.3.2 and 9.2.1"),
            ("8.9.1, Appendix 1.1.1", "clauses 8.9.1 and Appendix 1.1.1"),
            ("4.2, 12.17, 12.20", "clauses 4.2, 12.17 and 12.20"),
            ("12.10 (advice, staff only)", "clause 12.10 (advice, staff only)"),
            ("5.3 E-mail Usage", "clause 5.3 \u{201c}E-mail Usage\u{201d}"),
            ("Preamble", "clause Preamble"),
        ];
        for (written, right) in table {
            assert_eq!(clause(written), right);
        }
    }

    #[test]
    fn lists_read_like_words_and_end() {
        let words = |count: usize| (1..=count).map(|number| number.to_string()).collect::<Vec<_>>();
        let table = [
            (0, "nobody"),
            (1, "1"),
            (3, "1, 2 and 3"),
            (11, "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 11"),
            (40, "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 30 more"),
        ];
        for (count, right) in table {
            assert_eq!(listed(&words(count)), right);
        }
    }
}
