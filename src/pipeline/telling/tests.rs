//! Places in the sender's words, what is hidden of them, how many are told, and who is told.

#[path = "../../../tests/harness/archive.rs"]
mod archive;

use super::*;
use crate::actions::Judgement;
use crate::mail::Header;
use crate::mail::open::{FileLimits, take_apart_and_open};
use crate::mail::parts::{Family, Limits, Tree};
use crate::notice::Settings;
use crate::policy::{self, Enforcement, Policy};
use crate::school::roster::{Columns, Roster};
use crate::school::staff::{Member, Staff};
use crate::school::{Identity, School};
use crate::source::{self, Direction, Origin, SenderClass, SourceEntry, Sources, UnknownSource};
use crate::spool::Message;
use archive::zip;

const HEAD: &str = r#"
name = "test"
otherwise = "relay"
unreadable = { broken = "hold", unsupported = "note", limit = "hold", exhausted = "hold" }
protected = "note"
"#;

fn live(rules: &str) -> Live {
    let csv = "id,forename,surname\n1,Amina,Okafor\n2,Jonas,Varga\n";
    let (roster, problems) = Roster::read(csv.as_bytes(), &Columns::default(), "roster.csv");
    assert_eq!(problems, []);
    let mut staff = Staff::default();
    let kinds = [("t", Kind::Staff), ("office", Kind::SharedMailbox), ("copier", Kind::System), ("p", Kind::Pupil)];
    for (name, kind) in kinds {
        staff.add(Member { address: Address::read(&format!("{name}@school.example")), kind, ..Member::default() });
    }
    staff.add(Member { address: Address::read("agency@staffing.example"), ..Member::default() });
    let identity = Identity { domains: vec!["school.example".to_owned()], ..Identity::default() };
    let mut text = HEAD.to_owned();
    for (index, rule) in rules.split("---").enumerate() {
        text += &format!("[[rule]]\nid = \"r{index}\"\nclause = \"1\"\n{rule}\n");
        text += &format!("[[clause]]\nid = \"1\"\nasks = \"a {index}\"\nrules = [\"r{index}\"]\n");
    }
    let policy = Policy::read("test.toml", &text).unwrap_or_else(|problems| panic!("{}", problems[0]));
    let entry = SourceEntry { name: "all".to_owned(), listener: vec![String::new()], ..SourceEntry::default() };
    let settings = source::Settings { sources: vec![entry], unknown_source: Some(UnknownSource::JudgeAsStaff) };
    Live {
        school: School { roster, staff, identity, ..School::default() },
        policy,
        enforcement: Enforcement::All,
        sources: Sources::read(&settings, "test.toml").0,
        notice: Settings::default(),
    }
}

fn envelope(sender: &str) -> Envelope {
    Envelope {
        sender: Some(Path::new(sender.as_bytes(), Vec::new())),
        recipients: vec![Path::new(b"<someone@out.example>", vec!["ORCPT=rfc822;first@out.example".to_owned()])],
        ..Envelope::default()
    }
}

fn seen(live: &Live, raw: &str, sender: &str) -> Seen {
    let envelope = envelope(sender);
    let now = "2026-03-10T10:00:00Z".parse().unwrap();
    let tree: Tree = take_apart_and_open(
        raw.replace('\n', "\r\n").as_bytes(),
        &Family::ALL,
        &Limits::default(),
        &FileLimits::default(),
    );
    let (direction, class) = (Direction::Outgoing, SenderClass::Staff);
    let origin = Origin { direction, class, source: None, sender: Address::read(sender) };
    let (folded, inspection) = crate::inspect::inspect(&tree, &envelope, &origin, &live.school, now);
    let mut seen = Seen { tree, folded, inspection, judgement: Judgement::default() };
    let view = crate::checks::View {
        envelope: &envelope,
        origin: &origin,
        tree: &seen.tree,
        folded: &seen.folded,
        school: &live.school,
        now,
    };
    seen.judgement = policy::judge(&live.policy, &live.enforcement, &view, &seen.inspection);
    seen
}

/// Subject, and each place with its sample.
fn told(rules: &str, raw: &str) -> (String, Vec<Reason>) {
    let live = live(rules);
    let seen = seen(&live, raw, "t@school.example");
    let envelope = envelope("t@school.example");
    let told = Told {
        envelope: &envelope,
        message_id: "",
        seen: &seen,
        live: &live,
        now: "2026-03-10T10:00:00Z".parse().unwrap(),
    };
    (told.subject(), told.reasons(Action::Warn))
}

fn lines(reason: &Reason) -> Vec<String> {
    reason.hits.iter().map(|hit| format!("{} | {} | {}", hit.kind, hit.place.expose(), hit.masked)).collect()
}

const NAMES: &str = "check = \"pupil_names\"\nkinds = [\"full_name\", \"joined_name\"]\naction = \"hold\"";
const NUMBERS: &str = "check = \"personal_data\"\nkinds = [\"upn\"]\naction = \"hold\"";

const LETTER: &str = "From: T <t@school.example>\nTo: someone@out.example\nSubject: Report on Amina Okafor, H801200001001\n\
    Thread-Topic: Report on Amina Okafor\nComments: Amina Okafor\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
    --b\nContent-Type: multipart/alternative; boundary=c\n\n\
    --c\nContent-Type: text/plain\n\nHello,\nAmina Okafor did well.\n\n> On Monday\n> Jonas Varga was late.\n\
    --c\nContent-Type: text/html\n\n<p>Hello,</p><p>Amina Okafor did well.</p>\n--c--\n\
    --b\nContent-Type: text/csv; charset=utf-8\nContent-Disposition: attachment; filename=\"Marks Amina Okafor.csv\"\n\n\
    pupil,mark\nJonas Varga,7\n--b--\n";

#[test]
fn places_are_told_in_the_senders_words_and_give_nothing_away() {
    let (subject, reasons) = told(&format!("{NAMES}\n---\n{NUMBERS}"), LETTER);
    assert_eq!(subject, "Report on A.O., \u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}");
    let mut found: Vec<String> = reasons.iter().flat_map(lines).collect();
    found.sort();
    let file = "the attachment \u{201c}Marks A.O..csv\u{201d}";
    let mut right = vec![
        "full_name | the subject | A\u{2022}\u{2022}\u{2022}\u{2022} O\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}".to_owned(),
        "full_name | a line of the header | A\u{2022}\u{2022}\u{2022}\u{2022} O\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}".to_owned(),
        "full_name | line 2 of your message | A\u{2022}\u{2022}\u{2022}\u{2022} O\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}".to_owned(),
        "full_name | the text quoted in your message (line 5) | J\u{2022}\u{2022}\u{2022}\u{2022} V\u{2022}\u{2022}\u{2022}\u{2022}".to_owned(),
        format!("full_name | the name of {file} | A\u{2022}\u{2022}\u{2022}\u{2022} O\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}"),
        format!("full_name | line 2 of {file} | J\u{2022}\u{2022}\u{2022}\u{2022} V\u{2022}\u{2022}\u{2022}\u{2022}"),
        "upn | the subject | \u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}01".to_owned(),
    ];
    right.sort();
    assert_eq!(found, right);
}

#[test]
fn the_same_is_told_once_and_many_are_counted() {
    let body: String = (0..400).map(|_| "Amina Okafor and again Amina Okafor.\n").collect();
    let (_, reasons) = told(NAMES, &format!("Subject: x\n\n{body}"));
    assert_eq!(reasons.len(), 1);
    assert_eq!((reasons[0].hits.len(), reasons[0].more), (MOST_HITS, 400 - MOST_HITS));
    let (subject, _) = told(NAMES, &format!("Subject: {}\n\nx\n", "Amina Okafor \u{1}long ".repeat(200)));
    assert!(
        subject.chars().count() <= SUBJECT && !subject.contains("Amina") && !subject.contains('\u{1}'),
        "{subject}"
    );
}

#[test]
fn a_size_is_told_with_its_limit_and_the_total() {
    let file = |name: &str, size: usize| {
        format!(
            "--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"{name}\"\n\n%PDF-1.4 {}\n",
            "x".repeat(size - 9)
        )
    };
    let raw = format!(
        "Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{}{}--b--\n",
        file("a.pdf", 1500),
        file("b.pdf", 700)
    );
    let each = "check = \"attachments\"\nkinds = [\"file_size\"]\nover = \"1 KiB\"\naction = \"hold\"";
    let total = "check = \"attachments\"\nkinds = [\"total_size\"]\nover = \"2 KiB\"\naction = \"hold\"";
    let limit = |text: &str| format!("; the limit is {text}");
    let (a, b) = ("the attachment \u{201c}a.pdf\u{201d}", "the attachment \u{201c}b.pdf\u{201d}");
    let all = "total_size | all attachments together | 2.1 KiB (2,200 bytes)";
    let large = format!("file_size | {a} | 1.4 KiB (1,500 bytes)");
    let (_, reasons) = told(each, &raw);
    assert_eq!(lines(&reasons[0]), [format!("{large}{}", limit("1.0 KiB (1,024 bytes)")), all.to_owned()]);
    let (_, reasons) = told(total, &raw);
    let small = format!("file_size | {b} | 700 bytes");
    assert_eq!(lines(&reasons[0]), [format!("{all}{}", limit("2.0 KiB (2,048 bytes)")), large, small]);
}

#[test]
fn what_overlaps_is_hidden_as_a_whole() {
    let live = live(NAMES);
    let mut seen = seen(&live, "Subject: 0123456789\n\nx\n", "t@school.example");
    let piece = seen.tree.headers.iter().find(|field| field.name == "subject").unwrap().piece.unwrap();
    let start = seen.tree.pieces[piece as usize].text.start;
    for (from, to) in [(5, 8), (2, 6), (3, 4)] {
        let span = Some(start + from..start + to);
        let finding = crate::finding::Finding::whole("personal_data", "upn", Masked::all());
        seen.inspection.findings.push(crate::finding::Finding { piece: Some(piece), span, ..finding });
    }
    assert_eq!(masked(&seen, &live, piece).replace('\u{2022}', "").trim(), "0189");
}

#[test]
fn only_people_in_the_directory_are_told_and_never_in_answer_to_a_machine() {
    let live = live(NAMES);
    let cases = [
        ("t@school.example", "", true),
        ("office@school.example", "", true),
        ("copier@school.example", "", false),
        ("p@school.example", "", false),
        ("agency@staffing.example", "", false),
        ("nobody@school.example", "", false),
        ("stranger@out.example", "", false),
        ("<>", "", false),
        ("t@school.example", "Auto-Submitted: auto-replied\n", false),
        ("t@school.example", "Precedence: bulk\n", false),
        ("t@school.example", "List-Id: <news.school.example>\n", false),
        ("t@school.example", "X-Exeat-Notice: 1\n", false),
    ];
    for (sender, field, right) in cases {
        let raw = format!("{field}Subject: x\n\nx\n");
        let headers = field
            .trim()
            .split_once(": ")
            .map(|(name, value)| Header { name: name.as_bytes().to_vec(), value: value.as_bytes().to_vec() });
        let message = Message::in_memory(raw.clone().into_bytes(), 0, None);
        let received = Received { envelope: envelope(sender), headers: headers.into_iter().collect(), message };
        let told = whom_to_tell(&live, &received, &seen(&live, &raw, sender));
        assert_eq!(told.is_some(), right, "{sender} {field:?}");
    }
}

#[test]
fn a_story_names_what_the_sender_asked_to_be_named() {
    let live = live(NAMES);
    let seen = seen(&live, "Subject: x\n\nAmina Okafor\n", "t@school.example");
    let envelope = envelope("t@school.example");
    let now: Timestamp = "2026-03-10T10:00:00Z".parse().unwrap();
    let told = Told { envelope: &envelope, message_id: "", seen: &seen, live: &live, now };
    let view = crate::checks::View {
        envelope: &envelope,
        origin: &seen.inspection.origin,
        tree: &seen.tree,
        folded: &seen.folded,
        school: &live.school,
        now,
    };
    let plan = crate::actions::plan(&seen.judgement, &seen.inspection, &view);
    let to = Address::read("t@school.example").unwrap();
    let story = told.story(&plan, &[Some("EX-1".to_owned())], "EX-0", to);
    let outcome = &story.outcomes[0];
    assert_eq!((outcome.kind, outcome.reference.as_deref()), (OutcomeKind::Waiting, Some("EX-1")));
    assert_eq!(outcome.recipients[0].expose(), "someone@out.example");
    assert_eq!(outcome.originals[0].expose(), "rfc822;first@out.example");
    assert_eq!(outcome.decide_by, now.checked_add(SignedDuration::from_hours(24)).ok());
}

#[test]
fn a_place_in_a_file_in_a_file_is_told_from_the_inside_out() {
    let sheet = "<worksheet><sheetData><row><c t=\"str\"><v>pupil</v></c><c t=\"str\"><v>mark</v></c></row>\
        <row><c t=\"str\"><v>Jonas Varga</v></c><c><v>7</v></c></row></sheetData></worksheet>";
    let book = zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", b"<Relationships/>"),
        ("xl/workbook.xml", b"<workbook><sheets><sheet name=\"For Amina Okafor\" id=\"r1\"/></sheets></workbook>"),
        (
            "xl/_rels/workbook.xml.rels",
            b"<Relationships><Relationship Id=\"r1\" Target=\"sheet1.xml\"/></Relationships>",
        ),
        ("xl/sheet1.xml", sheet.as_bytes()),
    ]);
    let code = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, zip(&[("marks.xlsx", &book)]));
    let raw = format!(
        "From: T <t@school.example>\nTo: someone@out.example\nSubject: Marks\nMIME-Version: 1.0\n\
         Content-Type: application/zip\nContent-Disposition: attachment; filename=report.zip\n\
         Content-Transfer-Encoding: base64\n\n{code}\n"
    );
    let (_, reasons) = told(NAMES, &raw);
    let found: Vec<String> = reasons.iter().flat_map(lines).collect();
    let file = "the attachment \u{201c}marks.xlsx\u{201d} in \u{201c}report.zip\u{201d}";
    let (amina, jonas) = (
        "A\u{2022}\u{2022}\u{2022}\u{2022} O\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}",
        "J\u{2022}\u{2022}\u{2022}\u{2022} V\u{2022}\u{2022}\u{2022}\u{2022}",
    );
    let right = [
        format!("full_name | line 1 of {file} | {amina}"),
        format!("full_name | line 2 of sheet \u{201c}For A.O.\u{201d} of {file} | {jonas}"),
    ];
    assert_eq!(found, right);
}
