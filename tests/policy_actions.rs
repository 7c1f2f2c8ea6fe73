//! From raw bytes to changed bytes: take apart, inspect, judge, plan, rewrite, inspect again.
#![allow(clippy::items_after_statements)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use exeat::actions::{self, Fate, Plan, Rewrite};
use exeat::checks::View;
use exeat::inspect::inspect;
use exeat::mail::edit;
use exeat::mail::parts::{Limits, take_apart};
use exeat::mail::{Address, Envelope, Path};
use exeat::policy::{Enforcement, Judgement, Policy, judge};
use exeat::school::roster::{Columns, Roster};
use exeat::school::{AddressList, Identity, Lists, School};
use exeat::source::{Direction, Origin, SenderClass};
use jiff::Timestamp;
use std::collections::BTreeSet;

const PACK: &str = r#"
name = "test"
otherwise = "relay"
unreadable = "note"
protected = "note"
[[clause]]
id = "1"
asks = "all"
rules = ["names", "contact", "bcc", "size", "disclaimer", "urgent", "hours"]
[[rule]]
id = "names"
clause = "1"
check = "pupil_names"
kinds = ["full_name"]
where = ["subject", "body", "attachment"]
to = ["outside_not_contact"]
action = "rewrite"
rewrite = ["initials"]
[[rule]]
id = "contact"
clause = "1"
check = "pupil_names"
kinds = ["full_name"]
to = ["own_contact"]
action = "warn"
[[rule]]
id = "bcc"
clause = "1"
check = "recipients"
kinds = ["visible_outside"]
over = 2
scope = "message"
action = "rewrite"
rewrite = ["bcc"]
[[rule]]
id = "size"
clause = "1"
check = "attachments"
kinds = ["file_size"]
over = "1 KiB"
action = "rewrite"
rewrite = ["replace_attachment"]
[[rule]]
id = "disclaimer"
clause = "1"
check = "form"
kinds = ["disclaimer_missing"]
action = "rewrite"
rewrite = ["disclaimer"]
[[rule]]
id = "urgent"
clause = "1"
check = "hours"
kinds = ["out_of_hours_urgent"]
to = ["any"]
action = "rewrite"
rewrite = ["urgent_tag"]
[[rule]]
id = "hours"
clause = "1"
check = "hours"
kinds = ["out_of_hours"]
to = ["any"]
action = "defer"
"#;

const DAY: &str = "2026-03-10T10:00:00Z";
const NIGHT: &str = "2026-03-10T22:00:00Z";
const OUT: &str = "o@out.example";
const DUTY: &str = "duty@council.example";
const MUM: &str = "mum@mail.example";
const IN: &str = "c@school.example";

fn school(disclaimer: &str) -> School {
    let csv = "id,forename,surname,contacts\n1,Amina,Okafor,mum@mail.example\n2,Jos\u{e9},Varga,\n";
    let (roster, problems) = Roster::read(csv.as_bytes(), &Columns::default(), "roster.csv");
    assert_eq!(problems, []);
    School {
        roster,
        identity: Identity {
            domains: vec!["school.example".to_owned()],
            disclaimer: disclaimer.to_owned(),
            ..Identity::default()
        },
        lists: Lists { authorities: AddressList::read([DUTY]), ..Lists::default() },
        ..School::default()
    }
}

/// All that happened to one message.
struct Journey {
    plan: Plan,
    /// The changed bytes of each group that is changed, in the order of the plan.
    changed: Vec<String>,
    skipped: BTreeSet<Rewrite>,
    /// A rule that asked for a change still matches the changed message.
    again: bool,
}

fn travel(raw: &str, to: &[&str], at: &str, disclaimer: &str) -> Journey {
    let policy = Policy::read("test.toml", PACK).unwrap();
    let school = school(disclaimer);
    let recipients = to.iter().map(|to| Path::new(to.as_bytes(), Vec::new())).collect();
    let envelope = Envelope { recipients, ..Envelope::default() };
    let origin = Origin {
        direction: Direction::Outgoing,
        class: SenderClass::Staff,
        source: None,
        sender: Address::read("t@school.example"),
    };
    let now: Timestamp = at.parse().unwrap();
    let look = |raw: &[u8]| -> (Judgement, Plan, Vec<Vec<u8>>, BTreeSet<Rewrite>) {
        let tree = take_apart(raw, &Limits::default());
        let (folded, inspection) = inspect(&tree, &envelope, &origin, &school, now);
        let view = View { envelope: &envelope, origin: &origin, tree: &tree, folded: &folded, school: &school, now };
        let judgement = judge(&policy, &Enforcement::All, &view, &inspection);
        let plan = actions::plan(&judgement, &inspection, &view);
        let (mut changed, mut skipped) = (Vec::new(), BTreeSet::new());
        for group in plan.groups.iter().filter(|group| !group.rewrites.is_empty()) {
            let rewritten = actions::rewrite(&group.rewrites, &judgement, &view, &inspection, raw).unwrap();
            changed.push(edit::apply(raw, &rewritten.splices));
            skipped.extend(rewritten.skipped);
        }
        (judgement, plan, changed, skipped)
    };
    let (judgement, plan, changed, skipped) = look(raw.as_bytes());
    let again = changed.iter().any(|changed| judgement.still_asks(&look(changed).0, &[0, 1, 2, 3]));
    let changed = changed.into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
    Journey { plan, changed, skipped, again }
}

fn message(head: &str, body: &str) -> String {
    format!("From: t@school.example\r\nMessage-ID: <1@school.example>\r\n{head}\r\n\r\n{body}\r\n")
        .replace("\r\n", "\n")
        .replace('\n', "\r\n")
}

const TEXT: &str = "To: o@out.example\nSubject: News\nContent-Type: text/plain; charset=utf-8";

/// Header, body, and pairs of what stood there and stands there now; every other byte is the same.
#[test]
fn names_become_initials_and_no_other_byte_changes() {
    let table = [
        (TEXT, "Dear all,\nAmina Okafor is well.\n", vec![("Amina Okafor", "A.O.")]),
        (
            "To: o@out.example\nSubject: Amina Okafor\nThread-Topic: Amina Okafor\nContent-Type: text/plain",
            "See above.",
            vec![("Subject: Amina Okafor", "Subject: A.O."), ("Topic: Amina Okafor", "Topic: A.O.")],
        ),
        (
            "To: o@out.example\nSubject: News\nContent-Type: text/html; charset=utf-8",
            "<p>Our <b>Amina</b> Okafor &amp; friends</p>",
            vec![("Amina</b> Okafor", "A.O.</b>")],
        ),
        (
            "To: o@out.example\nSubject: News\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
            "Caf=C3=A9 with Jos=C3=A9 Varga =\nand all.",
            vec![("Jos=C3=A9 Varga", "J.V.")],
        ),
        (
            "To: o@out.example\nSubject: News\nContent-Type: text/plain; charset=iso-8859-1",
            "Okafor, Amina and Amina Okafor's brother",
            vec![("Okafor, Amina", "A.O."), ("Amina Okafor's", "A.O.'s")],
        ),
    ];
    for (head, body, changes) in table {
        let raw = message(head, body);
        let journey = travel(&raw, &[OUT], DAY, "");
        let right = changes.iter().fold(raw.clone(), |text, (before, after)| text.replace(before, after));
        if head.contains("text/html") {
            // Which side of a tag the initials stand on is the editor's affair.
            assert!(journey.changed[0].contains("A.O.") && !journey.changed[0].contains("Okafor"), "{body}");
        } else {
            assert_eq!(journey.changed, [right], "{body}");
        }
        assert!(!journey.again && journey.plan.tell, "{body}");
    }
}

#[test]
fn exposed_addresses_leave_to_and_cc() {
    let head = "To: a@out.example, b@out.example\nCc: c@school.example, d@out.example\nSubject: News\nContent-Type: text/plain";
    let raw = message(head, "Hello");
    let to = ["a@out.example", "b@out.example", IN, "d@out.example"];
    let journey = travel(&raw, &to, DAY, "");
    let right = raw
        .replace("To: a@out.example, b@out.example", "To: undisclosed-recipients:;")
        .replace("Cc: c@school.example, d@out.example", "Cc: c@school.example");
    assert_eq!(journey.changed, [right]);
    assert!(!journey.again);
}

#[test]
fn a_large_attachment_gives_way_to_a_note() {
    let head = "To: o@out.example\nSubject: File\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b";
    let file = "QUJD".repeat(19) + "\n";
    let body = format!(
        "--b\nContent-Type: text/plain\n\nSee the file.\n--b\nContent-Type: application/octet-stream; name=x.bin\n\
         Content-Disposition: attachment; filename=x.bin\nContent-Transfer-Encoding: base64\n\n{}--b--",
        file.repeat(40)
    );
    let journey = travel(&message(head, &body), &[OUT], DAY, "");
    let changed = &journey.changed[0];
    assert!(!changed.contains("QUJD") && !changed.contains("x.bin") && changed.contains("was too large"), "{changed}");
    assert!(changed.contains("See the file.") && changed.trim_end().ends_with("--b--"), "{changed}");
    assert!(!journey.again);
    assert_eq!(take_apart(changed.as_bytes(), &Limits::default()).gaps, []);
}

#[test]
fn the_disclaimer_is_added_once_to_text_and_html_alike() {
    let words = "Private & confidential.\nTell us of mistakes.";
    let head = "To: o@out.example\nSubject: Hi\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b";
    let body = "--b\nContent-Type: text/plain\n\nHello\n--b\nContent-Type: text/html\n\n<html><body><p>Hello</p></body></html>\n--b--";
    let journey = travel(&message(head, body), &[OUT], DAY, words);
    let changed = &journey.changed[0];
    assert!(changed.contains("Private & confidential.\r\nTell us") && changed.contains("Private &amp; confidential."));
    assert!(!journey.plan.tell, "nobody is told of a disclaimer");
    let second = travel(changed, &[OUT], DAY, words);
    assert_eq!(second.changed, Vec::<String>::new(), "once");
    assert_eq!(
        travel(&message(TEXT, "Hello"), &[OUT], DAY, "").changed,
        Vec::<String>::new(),
        "no disclaimer, no change"
    );
}

#[test]
fn the_urgent_mark_has_done_its_work() {
    let marked = message("To: o@out.example\nSubject: [Urgent]  Coach\nContent-Type: text/plain", "Late.");
    let journey = travel(&marked, &[OUT, DUTY], NIGHT, "");
    assert_eq!(journey.changed, [marked.replace("[Urgent]  ", "")]);
    assert!(!journey.plan.tell && !journey.again);
    let important = message("To: o@out.example\nSubject: Coach\nImportance: high\nContent-Type: text/plain", "Late.");
    let journey = travel(&important, &[OUT], NIGHT, "");
    assert_eq!(journey.plan.groups.len(), 1);
    assert_eq!((journey.plan.groups[0].fate, journey.changed.len()), (Fate::Relay, 0));
}

#[test]
fn our_own_signature_goes_with_a_change_and_arc_stays() {
    let head = "DKIM-Signature: v=1; d=school.example; b=x\nDKIM-Signature: v=1; d=list.example; b=y\n\
                ARC-Seal: i=1; d=school.example; b=z\nTo: o@out.example\nSubject: Amina Okafor\nContent-Type: text/plain";
    let changed = travel(&message(head, "Hello"), &[OUT], DAY, "").changed.remove(0);
    assert!(!changed.contains("b=x") && changed.contains("b=y") && changed.contains("b=z"), "{changed}");
}

/// What may not be changed: a change that is needed becomes a hold, a decoration is left out.
#[test]
fn signed_and_automatic_mail_is_never_changed() {
    let signed = "To: o@out.example\nSubject: SUBJECT\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg=pgp-sha256; boundary=b";
    let signature = "--b\nContent-Type: text/plain\n\nHello\n--b\nContent-Type: application/pgp-signature\n\n-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n--b--";
    let automatic = "To: o@out.example\nAuto-Submitted: auto-replied\nSubject: SUBJECT\nContent-Type: text/plain";
    let calendar = "To: o@out.example\nSubject: SUBJECT\nContent-Type: text/calendar; method=REQUEST; charset=utf-8";
    let event = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Talk\nEND:VEVENT\nEND:VCALENDAR";
    for (head, body) in [(signed, signature), (automatic, "Away"), (calendar, event)] {
        let named = travel(&message(&head.replace("SUBJECT", "Amina Okafor"), body), &[OUT, IN], DAY, "");
        let fates: Vec<Fate> = named.plan.groups.iter().map(|group| group.fate).collect();
        assert_eq!(fates, [Fate::Relay, Fate::Hold], "{head}");
        assert!(named.plan.impossible.contains(&Rewrite::Initials) && named.plan.tell, "{head}");
        let plain = travel(&message(&head.replace("SUBJECT", "News"), body), &[OUT], DAY, "Private.");
        assert_eq!(plain.plan.groups.len(), 1, "{head}");
        assert!(plain.plan.groups[0].rewrites.is_empty() && plain.plan.groups[0].fate == Fate::Relay, "{head}");
    }
}

#[test]
fn a_name_that_cannot_be_reached_holds_the_copy() {
    let head = "To: o@out.example\nSubject: File\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b";
    let body = "--b\nContent-Type: text/plain\n\nSee.\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=x.txt\n\nAmina Okafor\n--b--";
    let journey = travel(&message(head, body), &[OUT], DAY, "");
    assert_eq!(journey.plan.groups[0].fate, Fate::Hold);
    assert!(journey.plan.impossible.contains(&Rewrite::Initials));
}

#[test]
fn a_disclaimer_the_charset_cannot_write_is_left_out() {
    let raw = message("To: o@out.example\nSubject: Hi\nContent-Type: text/plain; charset=us-ascii", "Hello");
    let journey = travel(&raw, &[OUT], DAY, "Priv\u{e9}.");
    assert_eq!(journey.plan.groups[0].fate, Fate::Relay);
    assert_eq!((journey.changed, journey.skipped), (vec![raw], BTreeSet::from([Rewrite::Disclaimer])));
}

/// Everybody stands in exactly one group; the largest that is relayed stands first.
#[test]
fn mixed_recipients_get_the_copies_meant_for_them() {
    let named = message("To: o@out.example\nSubject: News\nContent-Type: text/plain", "Amina Okafor is well.");
    let out = |number: u32| format!("p{number}@out.example");
    let (first, second, third) = (out(1), out(2), out(3));
    // Recipients, hour, and each group: recipients, fate, whether changed.
    type Groups<'a> = &'a [(&'a [u32], &'a str, bool)];
    let table: [(&[&str], &str, Groups<'_>); 5] = [
        (&[OUT], DAY, &[(&[0], "relay", true)]),
        (&[OUT, DUTY, MUM, IN], DAY, &[(&[1, 2, 3], "relay", false), (&[0], "relay", true)]),
        (&[DUTY, &first, &second, &third], DAY, &[(&[1, 2, 3], "relay", true), (&[0], "relay", false)]),
        (&[OUT, DUTY], NIGHT, &[(&[1], "relay", false), (&[0], "defer", true)]),
        (&[MUM, IN], NIGHT, &[(&[0, 1], "defer", false)]),
    ];
    for (to, at, right) in table {
        let journey = travel(&named, to, at, "");
        let groups: Vec<(Vec<u32>, &str, bool)> = journey
            .plan
            .groups
            .iter()
            .map(|group| {
                let fate = match group.fate {
                    Fate::Relay => "relay",
                    Fate::Defer { .. } => "defer",
                    Fate::Hold => "hold",
                    Fate::Reject => "reject",
                };
                (group.recipients.clone(), fate, !group.rewrites.is_empty())
            })
            .collect();
        let right: Vec<(Vec<u32>, &str, bool)> =
            right.iter().map(|(to, fate, new)| (to.to_vec(), *fate, *new)).collect();
        assert_eq!(groups, right, "{at}");
    }
}
