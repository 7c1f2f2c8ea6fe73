//! Where something stands, in the sender's words.

use super::{Told, masked, written};
use crate::actions::Match;
use crate::checks::attachments::size_text;
use crate::finding::Finding;
use crate::mail::parts::{Gap, Place};
use crate::notice::{Hit, one_line};
use crate::policy::Rule;
use crate::policy::rule::Subject;
use crate::private::Private;
use crate::school::roster::PupilId;
use rustc_hash::{FxHashMap, FxHashSet};

/// Most letters of a file name.
const NAME: usize = 100;
/// Of how many files around one the names are said.
const AROUND: usize = 4;
/// The kind of finding that tells of a table as a whole.
const TABLE: &str = "pupil_table";
/// Pupils in the tables of one part that are told as a number.
const MANY: usize = 5;

/// Says where things stand; made once per message.
pub(super) struct Places<'a> {
    told: &'a Told<'a>,
    /// What is said once of the tables of a part, in place of each name and number in them.
    tables: FxHashMap<u16, String>,
    /// Kind and sample of what stands in the plain text: the HTML beside it says the same again.
    in_plain_text: FxHashSet<(&'static str, &'a str)>,
}

impl<'a> Places<'a> {
    pub fn new(told: &'a Told<'a>) -> Self {
        let body = told.seen.inspection.findings.iter().filter(|finding| finding.place == Some(Place::Body));
        let plain = body.filter(|finding| declared(told, finding) == "text/plain");
        Self {
            told,
            tables: tables(told),
            in_plain_text: plain.map(|finding| (finding.kind, finding.masked.as_str())).collect(),
        }
    }

    /// What a rule matched. Of sizes each is stated and their total, with the limit.
    pub fn hits(&self, rule: &Rule, matched: &Match) -> Vec<Hit> {
        let inspection = &self.told.seen.inspection;
        let found = matched.findings.iter().filter_map(|&index| inspection.findings.get(index));
        let found = found.filter(|finding| !self.is_repeated(finding));
        let gaps = matched.gaps.iter().filter_map(|&index| inspection.gaps.get(index));
        let mut hits: Vec<Hit> =
            found.map(|finding| self.hit(finding, rule)).chain(gaps.map(|gap| self.gap(gap))).collect();
        for (of, other) in [("file_size", "total_size"), ("total_size", "file_size")] {
            if hits.iter().any(|hit| hit.kind == of) && !hits.iter().any(|hit| hit.kind == other) {
                let others = inspection.findings.iter().filter(|finding| finding.kind == other);
                hits.extend(others.map(|finding| self.size(finding, None)));
                break;
            }
        }
        hits
    }

    fn is_repeated(&self, finding: &Finding) -> bool {
        finding.place == Some(Place::Body)
            && self.in_plain_text.contains(&(finding.kind, finding.masked.as_str()))
            && declared(self.told, finding) == "text/html"
    }

    fn hit(&self, finding: &Finding, rule: &Rule) -> Hit {
        if let Some(hit) = self.table(finding) {
            return hit;
        }
        if matches!(finding.kind, "file_size" | "total_size") {
            let limit = if let Subject::Findings(findings) = &rule.subject { findings.over } else { None };
            return self.size(finding, limit);
        }
        // The sender's own words need no sample beside them.
        let sample = if finding.recipient.is_some() { "" } else { finding.masked.as_str() };
        Hit { kind: finding.kind.to_owned(), place: Private::new(self.place(finding)), masked: sample.to_owned() }
    }

    /// A name or number in a table that is told of as a whole, and that table itself.
    fn table(&self, finding: &Finding) -> Option<Hit> {
        let part = finding.part?;
        let said = self.tables.get(&part)?;
        let whole = finding.kind == TABLE;
        let inside = || finding.span.as_ref().is_some_and(|span| is_in_cell(self.told, span.start));
        if !whole && !inside() {
            return None;
        }
        let place = match finding.place {
            Some(Place::Body) => "a table in your message".to_owned(),
            _ => self.attachment(Some(part)),
        };
        Some(Hit { kind: TABLE.to_owned(), place: Private::new(place), masked: said.clone() })
    }

    fn size(&self, finding: &Finding, limit: Option<u64>) -> Hit {
        let place =
            if finding.kind == "total_size" { "all attachments together".to_owned() } else { self.place(finding) };
        let limit = limit.map_or_else(String::new, |limit| format!("; the limit is {}", size_text(limit)));
        let masked = format!("{}{limit}", size_text(finding.measure));
        Hit { kind: finding.kind.to_owned(), place: Private::new(place), masked }
    }

    fn gap(&self, gap: &Gap) -> Hit {
        let place = if gap.part == 0 { "the message".to_owned() } else { self.attachment(Some(gap.part)) };
        Hit { kind: gap.kind.name().to_owned(), place: Private::new(place), masked: gap.reason.clone() }
    }

    fn place(&self, finding: &Finding) -> String {
        if let Some(path) = finding.recipient.and_then(|index| self.told.envelope.recipients.get(index as usize)) {
            return format!("the recipient {}", written(path));
        }
        // What concerns a file as a whole stands nowhere in it.
        if finding.span.is_none() {
            let whole = || "the message as a whole".to_owned();
            return finding.part.map_or_else(whole, |part| self.attachment(Some(part)));
        }
        let line = |of: &str| finding.line.map_or_else(|| of.to_owned(), |line| format!("line {line} of {of}"));
        match finding.place {
            Some(Place::Subject) => "the subject".to_owned(),
            Some(Place::Header) => self.header(finding),
            Some(Place::Body) if finding.quoted => {
                let line = finding.line.map_or_else(String::new, |line| format!(" (line {line})"));
                format!("the text quoted in your message{line}")
            }
            Some(Place::Body) => line("your message"),
            Some(Place::FileName) => format!("the name of {}", self.attachment(finding.part)),
            Some(Place::Attachment) => line(&self.section(finding)),
            Some(Place::Hidden) => "text that mail programs do not show".to_owned(),
            None => "the message as a whole".to_owned(),
        }
    }

    fn header(&self, finding: &Finding) -> String {
        let fields = &self.told.seen.tree.headers;
        let name = fields.iter().find(|field| field.piece.is_some() && field.piece == finding.piece);
        match name.map(|field| field.name.as_str()) {
            Some("to" | "cc" | "bcc" | "reply-to") => "the lines with the recipients".to_owned(),
            Some("from" | "sender") => "the line with the sender".to_owned(),
            _ => "a line of the header".to_owned(),
        }
    }

    /// The section of an attachment: `sheet “Marks” of the attachment “marks.xlsx”`.
    fn section(&self, finding: &Finding) -> String {
        let attachment = self.attachment(finding.part);
        let Some(section) = finding.piece.and_then(|piece| self.told.seen.tree.section(piece)) else {
            return attachment;
        };
        let phrase = section.kind.phrase();
        match section.name.map(|piece| self.name(piece)).filter(|name| !name.is_empty()) {
            Some(name) => format!("{phrase} \u{201c}{name}\u{201d} of {attachment}"),
            None if section.number > 0 => format!("{phrase} {} of {attachment}", section.number),
            None => format!("{phrase} of {attachment}"),
        }
    }

    /// An attachment by its name, as far as the name gives nothing away, and what it stands in.
    fn attachment(&self, part: Option<u16>) -> String {
        let tree = &self.told.seen.tree;
        let mut said = String::new();
        let mut at = part.unwrap_or_default();
        for _ in 0..AROUND {
            let Some(part) = tree.parts.get(usize::from(at)) else { break };
            let name = part.name.map_or_else(String::new, |piece| self.name(piece));
            said.push_str(&match (said.is_empty(), name.is_empty()) {
                (true, true) => "an attachment without a name".to_owned(),
                (true, false) => format!("the attachment \u{201c}{name}\u{201d}"),
                (false, true) => String::new(),
                (false, false) => format!(" in \u{201c}{name}\u{201d}"),
            });
            if part.parent >= at || tree.parts.get(usize::from(part.parent)).is_none_or(|outer| !outer.attached) {
                break;
            }
            at = part.parent;
        }
        if said.is_empty() { "an attachment without a name".to_owned() } else { said }
    }

    /// A name that stands in the message, as far as it gives nothing away.
    fn name(&self, piece: u32) -> String {
        one_line(&masked(self.told.seen, self.told.live, piece), NAME)
    }
}

/// The parts whose tables hold many pupils or sensitive columns, and what is said of them.
fn tables(told: &Told<'_>) -> FxHashMap<u16, String> {
    let findings = &told.seen.inspection.findings;
    let mut tables: FxHashMap<u16, String> = FxHashMap::default();
    let mut pupils: FxHashMap<u16, FxHashSet<PupilId>> = FxHashMap::default();
    for finding in findings {
        let (Some(part), Some(pupil), Some(span)) = (finding.part, finding.pupil, &finding.span) else { continue };
        // A letter laid out in a table is a letter.
        if finding.place != Some(Place::Body) && is_in_cell(told, span.start) {
            pupils.entry(part).or_default().insert(pupil);
        }
    }
    tables.extend(
        pupils.iter().filter(|(_, all)| all.len() >= MANY).map(|(part, all)| (*part, format!("{} pupils", all.len()))),
    );
    let whole = findings.iter().filter(|finding| finding.kind == TABLE);
    tables.extend(whole.filter_map(|finding| Some((finding.part?, finding.masked.as_str().to_owned()))));
    tables
}

fn is_in_cell(told: &Told<'_>, offset: u32) -> bool {
    let cells = &told.seen.tree.cells;
    let before = cells.partition_point(|cell| cell.text.start <= offset).checked_sub(1);
    before.and_then(|index| cells.get(index)).is_some_and(|cell| offset < cell.text.end)
}

fn declared<'a>(told: &'a Told<'_>, finding: &Finding) -> &'a str {
    let part = finding.part.and_then(|part| told.seen.tree.parts.get(usize::from(part)));
    part.map_or("", |part| part.declared.as_str())
}
