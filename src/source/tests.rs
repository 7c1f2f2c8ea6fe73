use super::settings::{Cloud, TenantMark};
use super::*;
use crate::mail::Path;
use crate::school::roster::{self, Roster};
use crate::school::staff::{self, Staff};

fn school() -> School {
    let pupils = "id,forename,surname,email\nP1,Jane,Smith,jane@school.example\n";
    let people = "address,forename,surname,kind,logins\n\
        ruth@school.example,Ruth,Marlow,,rmarlow\n\
        office@school.example,,,shared_mailbox,\n\
        copier@school.example,,,system,\n";
    let mut school = School::default();
    school.identity.domains = vec!["school.example".into()];
    school.roster = Roster::read(pupils.as_bytes(), &roster::Columns::default(), "pupils.csv").0;
    school.staff = Staff::read(people.as_bytes(), &staff::Columns::default(), "staff.csv").0;
    school
}

fn sources() -> Sources {
    let text = r#"
        unknown_source = "tempfail"
        [[source]]
        name = "copiers"
        client_addr = ["10.9.0.0/16"]
        class = "system"
        [[source]]
        name = "journal"
        listener = ["journal"]
        class = "journal"
        [[source]]
        name = "cloud"
        cloud = "microsoft365"
        tenant_mark = { header = "X-OriginatorOrg", value = "school.example" }
        forwards = true
        [[source]]
        name = "partner"
        certificate = ["mail.partner.example"]
        [[source]]
        name = "submission"
        auth = ["*"]
        [[source]]
        name = "inbound"
        client_addr = ["203.0.113.0/24", "2001:db8::/32"]
        from = "outside"
        [[source]]
        name = "office network"
        client_addr = ["10.0.0.0/8"]
    "#;
    let (sources, problems) = Sources::read(&toml::from_str(text).unwrap(), "config.toml");
    assert_eq!(problems, []);
    sources
}

/// A message in words: `client=10.0.0.1 auth=rmarlow from=ruth@school.example to=a@b.example X-Field=value`.
struct Sent {
    envelope: Envelope,
    headers: Vec<Header>,
    facts: Facts,
    attachments: usize,
    text: u64,
}

fn sent(words: &str) -> Sent {
    let mut sent =
        Sent { envelope: Envelope::default(), headers: Vec::new(), facts: Facts::default(), attachments: 0, text: 100 };
    sent.envelope.sender = Some(Path::new(b"<ruth@school.example>", Vec::new()));
    for word in words.split_whitespace() {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "client" => sent.envelope.client_addr = Some(value.parse().unwrap()),
            "listener" => sent.envelope.listener = value.into(),
            "auth" => drop(sent.envelope.macros.insert("auth_authen".into(), value.into())),
            "verify" => drop(sent.envelope.macros.insert("verify".into(), value.into())),
            "subject" => drop(sent.envelope.macros.insert("cert_subject".into(), value.into())),
            "from" => sent.envelope.sender = Some(Path::new(format!("<{value}>").as_bytes(), Vec::new())),
            "to" => sent.envelope.recipients.push(Path::new(value.as_bytes(), Vec::new())),
            "automatic" => sent.facts.automatic = true,
            "report" => sent.facts.report = true,
            "answer" => sent.facts.calendar_answer = true,
            "journal" => sent.facts.journal = true,
            "forwarded" => sent.facts.forwarded = true,
            "file" => sent.attachments = 1,
            "long" => sent.text = 100_000,
            _ => sent.headers.push(Header { name: name.into(), value: value.into() }),
        }
    }
    if sent.envelope.recipients.is_empty() {
        sent.envelope.recipients.push(Path::new(b"a@b.example", Vec::new()));
    }
    sent
}

fn judge(sources: &Sources, sent: &Sent) -> Origin {
    let letter = Letter { headers: &sent.headers, facts: &sent.facts, text: sent.text, attachments: sent.attachments };
    origin(sources, &school(), &sent.envelope, &letter)
}

#[test]
fn the_first_source_whose_conditions_hold_decides() {
    let sources = sources();
    for (words, name) in [
        ("client=10.9.1.2", Some("copiers")),
        ("client=10.1.1.2", Some("office network")),
        ("client=::ffff:10.1.1.2", Some("office network")),
        ("client=11.0.0.1", None),
        ("client=2001:db8::7", Some("inbound")),
        ("client=2001:db9::7", None),
        ("listener=journal client=11.0.0.1", Some("journal")),
        ("client=11.0.0.1 auth=rmarlow", Some("submission")),
        ("client=11.0.0.1 verify=OK subject=mail.partner.example", Some("partner")),
        ("client=11.0.0.1 verify=NO subject=mail.partner.example", None),
        ("client=11.0.0.1 verify=OK subject=other.example", None),
        ("client=40.92.1.1 X-OriginatorOrg=school.example", Some("cloud")),
        ("client=40.92.1.1 x-originatororg=SCHOOL.example", Some("cloud")),
        ("client=40.92.1.1", None),
        ("client=40.92.1.1 X-OriginatorOrg=other.example", None),
        ("client=40.92.1.1 X-OriginatorOrg=school.example X-OriginatorOrg=other.example", None),
        ("client=11.0.0.1 X-OriginatorOrg=school.example", None),
    ] {
        assert_eq!(judge(&sources, &sent(words)).source.as_deref(), name, "{words}");
    }
}

#[test]
fn a_message_has_a_direction() {
    let sources = sources();
    for (words, direction) in [
        ("client=10.1.1.1 to=a@b.example", Direction::Outgoing),
        ("client=10.1.1.1 to=x@school.example to=a@b.example", Direction::Outgoing),
        ("client=10.1.1.1 to=x@school.example", Direction::Internal),
        ("client=203.0.113.5 from=a@b.example to=x@school.example", Direction::Incoming),
        ("client=203.0.113.5 from=x@school.example to=x@school.example", Direction::Incoming),
        ("client=203.0.113.5 from=a@b.example to=c@d.example", Direction::Transit),
        ("client=198.51.100.1 to=a@b.example", Direction::Outgoing),
        ("client=198.51.100.1 from=a@b.example to=x@school.example", Direction::Incoming),
    ] {
        assert_eq!(judge(&sources, &sent(words)).direction, direction, "{words}");
    }
}

#[test]
fn a_message_has_a_sender_class() {
    use SenderClass::{
        AutomaticReply, CalendarAnswer, Forwarded, Journal, Pupil, Report, SharedMailbox, Staff, System, Unknown,
    };
    let sources = sources();
    let cloud = "client=40.92.1.1 X-OriginatorOrg=school.example";
    for (words, class) in [
        ("client=10.1.1.1", Staff),
        ("client=10.1.1.1 from=new.teacher@school.example", Staff),
        ("client=10.1.1.1 from=office@school.example", SharedMailbox),
        ("client=10.1.1.1 auth=rmarlow from=office@school.example", SharedMailbox),
        ("client=10.9.1.1", System),
        ("client=1.1.1.1 auth=copier@school.example from=copier@school.example", System),
        ("client=1.1.1.1 auth=jane from=jane@school.example", Pupil),
        ("client=1.1.1.1 auth=jane@school.example from=jane@school.example", Pupil),
        (&format!("{cloud} from=jane@school.example"), Pupil),
        (&format!("{cloud} from=copier@school.example"), System),
        (&format!("{cloud} from= report long file"), Report),
        (&format!("{cloud} from= automatic long"), AutomaticReply),
        (&format!("{cloud} from=parent@b.example From=parent@b.example long file"), Forwarded),
        (&format!("{cloud} from=x+srs=ab=cd=b.example=parent@school.example From=parent@b.example"), Forwarded),
        (&format!("{cloud} from=parent@b.example From=ruth@school.example"), Staff),
        ("client=10.1.1.1 from= report", Report),
        ("client=10.1.1.1 from= automatic", AutomaticReply),
        ("client=10.1.1.1 answer", CalendarAnswer),
        ("listener=journal journal from=", Journal),
        ("client=203.0.113.5 from=a@b.example", Unknown),
        ("client=198.51.100.1", Unknown),
        // What a teacher's mail program can write lifts nothing out of the rules.
        ("client=10.1.1.1 from=copier@school.example", Staff),
        ("client=10.1.1.1 from=jane@school.example", Staff),
        ("client=10.1.1.1 auth=rmarlow from=copier@school.example", Staff),
        ("client=10.1.1.1 auth=rmarlow from=jane@school.example", Staff),
        ("client=10.1.1.1 auth=stranger from=jane@school.example", Staff),
        ("client=10.1.1.1 auth=rmarlow from=a@b.example From=a@b.example forwarded", Staff),
        ("client=10.1.1.1 from=a@b.example From=a@b.example forwarded", Staff),
        ("client=10.1.1.1 automatic", Staff),
        ("client=10.1.1.1 auth=rmarlow automatic", Staff),
        ("client=10.1.1.1 auth=rmarlow from= automatic", Staff),
        ("client=10.1.1.1 report", Staff),
        ("client=10.1.1.1 auth=rmarlow report", Staff),
        ("client=10.1.1.1 auth=rmarlow from= report", Report),
        ("client=10.1.1.1 automatic file", Staff),
        ("client=10.1.1.1 automatic long", Staff),
        ("client=10.1.1.1 automatic to=a@b.example to=c@d.example", Staff),
        ("client=10.1.1.1 answer file", Staff),
        ("client=10.1.1.1 report long", Staff),
        ("client=10.1.1.1 auth=rmarlow from= report file", Staff),
        ("client=10.1.1.1 from= file", Staff),
        ("client=10.1.1.1 from=", Staff),
        ("client=10.1.1.1 answer long", Staff),
        ("client=10.1.1.1 journal", Staff),
        ("client=10.1.1.1 X-OriginatorOrg=school.example from=jane@school.example", Staff),
    ] {
        assert_eq!(judge(&sources, &sent(words)).class, class, "{words}");
    }
    let judged = Sources { unknown: UnknownSource::JudgeAsStaff, ..sources };
    let origin = judge(&judged, &sent("client=198.51.100.1 automatic from=a@b.example"));
    assert_eq!((origin.direction, origin.class, origin.source), (Direction::Outgoing, Staff, None));
}

#[test]
fn the_person_is_the_authenticated_user_else_sender_else_the_envelope() {
    let sources = sources();
    for (words, person) in [
        ("client=10.1.1.1 auth=rmarlow from=office@school.example", "ruth@school.example"),
        ("client=10.1.1.1 auth=RUTH from=office@school.example", "ruth@school.example"),
        ("client=10.1.1.1 auth=x@school.example Sender=ruth@school.example", "x@school.example"),
        ("client=10.1.1.1 Sender=<ruth@school.example> from=office@school.example", "ruth@school.example"),
        ("client=10.1.1.1 Sender=who@b.example from=office@school.example", "office@school.example"),
        ("client=203.0.113.5 Sender=ruth@school.example from=a@b.example", "a@b.example"),
    ] {
        assert_eq!(judge(&sources, &sent(words)).sender, Address::read(person), "{words}");
    }
}

#[test]
fn every_mistake_of_the_sources_is_told() {
    let entry = SourceEntry { name: "x".into(), ..SourceEntry::default() };
    let mark = || Some(TenantMark { header: "X-OriginatorOrg".into(), value: "school.example".into() });
    for (entry, mistakes) in [
        (SourceEntry { client_addr: vec!["10.0.0.0/8".into()], ..entry.clone() }, 0),
        (entry.clone(), 1),
        (SourceEntry { client_addr: vec!["10.0.0.0/33".into(), "ten".into()], ..entry.clone() }, 2),
        (SourceEntry { client_addr: vec!["40.93.0.1".into()], ..entry.clone() }, 1),
        (SourceEntry { client_addr: vec!["0.0.0.0/0".into()], ..entry.clone() }, 1),
        (SourceEntry { client_addr: vec!["209.85.128.0/17".into()], tenant_mark: mark(), ..entry.clone() }, 0),
        (SourceEntry { cloud: Some(Cloud::Google), ..entry.clone() }, 1),
        (SourceEntry { cloud: Some(Cloud::Google), tenant_mark: mark(), ..entry.clone() }, 0),
        (SourceEntry { cloud: Some(Cloud::Google), from: Side::Outside, ..entry.clone() }, 1),
        (SourceEntry { tenant_mark: mark(), ..entry.clone() }, 1),
        (SourceEntry { tenant_mark: mark(), listener: vec!["main".into()], ..entry.clone() }, 1),
        (SourceEntry { name: String::new(), listener: vec!["main".into()], ..entry.clone() }, 1),
    ] {
        let settings = Settings { sources: vec![entry], unknown_source: Some(UnknownSource::Reject) };
        let (_, problems) = Sources::read(&settings, "config.toml");
        assert_eq!(problems.len(), mistakes, "{settings:?}: {problems:?}");
    }
    let (sources, problems) = Sources::read(&Settings::default(), "config.toml");
    assert_eq!(problems.len(), 1, "unknown_source has no default");
    assert_eq!(sources.unknown, UnknownSource::Tempfail);
}

#[test]
fn a_small_answer_is_small_in_all_its_parts() {
    use crate::mail::parts::{Limits, take_apart};
    let reply = "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nSUMMARY:Review\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let answer = |fields: &str, more: &str| {
        let raw = format!(
            "From: ruth@school.example\r\nTo: a@b.example\r\n{fields}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
             --x\r\nContent-Type: text/calendar; method=REPLY\r\n\r\n{reply}\r\n{more}--x--\r\n"
        );
        let tree = take_apart(raw.as_bytes(), &Limits::default());
        let envelope = sent("client=10.1.1.1").envelope;
        origin(&sources(), &School::default(), &envelope, &Letter::of(&tree, &[])).class
    };
    let program = "--x\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAAEAAAA//8AALgAAAA=\r\n";
    let long = format!("Comments: {}\r\n", "word ".repeat(500));
    for (fields, more, class) in [
        ("", "", SenderClass::CalendarAnswer),
        ("", program, SenderClass::Staff),
        (long.as_str(), "", SenderClass::Staff),
    ] {
        assert_eq!(answer(fields, more), class, "{} {}", fields.len(), more.len());
    }
}
