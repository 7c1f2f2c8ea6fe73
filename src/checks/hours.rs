//! Out-of-hours sending.

use super::{Check, View};
use crate::finding::{Finding, Masked};
use crate::source::SenderClass;

/// The check's entry in the roll call.
pub const CHECK: Check = Check { name: "hours", kinds: &["out_of_hours", "out_of_hours_urgent"], look };

/// Sends at once, whatever the hour, where it begins a subject.
pub const URGENT_MARK: &str = "[urgent]";

/// One finding while the school is closed; its measure is the seconds until it opens (0: no opening is known).
fn look(view: &View<'_>, findings: &mut Vec<Finding>) {
    let on_its_own = matches!(
        view.origin.class,
        SenderClass::System
            | SenderClass::AutomaticReply
            | SenderClass::Report
            | SenderClass::CalendarAnswer
            | SenderClass::Journal
            | SenderClass::Forwarded
    );
    if on_its_own || view.tree.facts.automatic || view.school.calendar.is_open(view.now) {
        return;
    }
    let opening = view.school.calendar.next_opening(view.now);
    let seconds = opening.and_then(|at| u64::try_from(at.as_second() - view.now.as_second()).ok()).unwrap_or(0);
    let kind = if is_urgent(view) { "out_of_hours_urgent" } else { "out_of_hours" };
    let masked = Masked::fact(match seconds {
        0 => "outside opening hours".to_owned(),
        _ => format!("{} h {:02} min before the school opens", seconds / 3600, seconds % 3600 / 60),
    });
    findings.push(Finding { measure: seconds, ..Finding::whole(CHECK.name, kind, masked) });
}

/// The sender says that it cannot wait: the mark at the beginning of the subject, or high importance.
fn is_urgent(view: &View<'_>) -> bool {
    let subject = view.tree.headers.iter().find(|field| field.name == "subject").and_then(|field| field.piece);
    let subject = subject.and_then(|piece| view.tree.pieces.get(usize::try_from(piece).ok()?));
    let text = subject.and_then(|piece| view.tree.text.get(piece.text.start as usize..piece.text.end as usize));
    let marked = text.is_some_and(|text| {
        text.trim_start().get(..URGENT_MARK.len()).is_some_and(|head| head.eq_ignore_ascii_case(URGENT_MARK))
    });
    marked || view.tree.facts.high_importance
}

#[cfg(test)]
mod tests {
    use super::CHECK;
    use crate::checks::sample::{Message, school};
    use crate::source::SenderClass;

    #[test]
    fn a_message_out_of_hours_is_found_with_the_time_to_the_opening() {
        let school = school();
        for (now, subject, class, expected) in [
            ("2025-06-10T09:00:00Z", "News", SenderClass::Staff, None),
            ("2025-06-10T18:00:00Z", "News", SenderClass::Staff, Some(("out_of_hours", 12 * 3600))),
            ("2025-06-10T05:59:30Z", "News", SenderClass::SharedMailbox, Some(("out_of_hours", 30))),
            ("2025-06-14T06:00:00Z", "News", SenderClass::Staff, Some(("out_of_hours", 48 * 3600))),
            ("2025-06-10T18:00:00Z", " [Urgent] News", SenderClass::Staff, Some(("out_of_hours_urgent", 12 * 3600))),
            ("2025-06-10T18:00:00Z", "Re: [urgent] News", SenderClass::Staff, Some(("out_of_hours", 12 * 3600))),
            ("2025-06-10T18:00:00Z", "[urgen", SenderClass::Pupil, Some(("out_of_hours", 12 * 3600))),
            ("2025-06-10T18:00:00Z", "News", SenderClass::System, None),
            ("2025-06-10T18:00:00Z", "News", SenderClass::AutomaticReply, None),
            ("2025-06-10T18:00:00Z", "News", SenderClass::Report, None),
            ("2025-06-10T18:00:00Z", "News", SenderClass::CalendarAnswer, None),
            ("2025-06-10T18:00:00Z", "News", SenderClass::Journal, None),
            ("2025-06-10T18:00:00Z", "News", SenderClass::Forwarded, None),
        ] {
            let findings = Message::new().at(now).class(class).header("subject", subject).find(&school, &CHECK);
            let found = findings.first().map(|finding| (finding.kind, finding.measure));
            assert_eq!(found, expected, "{now} {class:?}");
        }
        let mut important = Message::new().at("2025-06-10T18:00:00Z");
        important.tree.facts.high_importance = true;
        assert_eq!(important.find(&school, &CHECK)[0].kind, "out_of_hours_urgent");
    }
}
