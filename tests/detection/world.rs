//! An invented school, and what becomes of a message its staff send.

use exeat::actions::{Action, Judgement};
use exeat::checks::View;
use exeat::finding::{Finding, Inspection};
use exeat::inspect::inspect;
use exeat::mail::open::{FileLimits, take_apart_and_open};
use exeat::mail::parts::{Family, Limits, take_apart};
use exeat::mail::{Address, Envelope, Path};
use exeat::policy::{Enforcement, Policy, judge};
use exeat::school::calendar::Calendar;
use exeat::school::roster::{self, Roster};
use exeat::school::staff::{self, Staff};
use exeat::school::{AddressList, Identity, Lists, School};
use exeat::source::{Direction, Origin, SenderClass};
use std::sync::LazyLock;

pub const PUPILS: &str = "\
id,forename,surname,middle,preferred,former surname,form,year,upn,date of birth,email,private email,contacts,consent
P1,Jane,Smith,Elizabeth,Janie,,7B,7,B801200005001,2013-02-01,jane.smith@pupils.school.example,jsm@home.example,mum.smith@mail.example;dad@work.example,nurse@clinic.example
P2,Alice,Brown,,,,8C,8,,2012-03-14,,,brown@mail.example,
P3,Tom,Green,,,,7A,7,,,,,green@mail.example,
P4,Anna-Maria,van der Berg,,,,9D,9,,,,,,
P5,Siobhán,O'Reilly,,,,7B,7,,,,,,
P6,Daisy,Rahman-Naylor,,,,7B,7,,,,,,
P7,Will,Young,,,,10A,10,,,,,,
P8,Grace,Field,,,,10A,10,,,,,,
P9,Zoë,Łukaszewicz,,,,11E,11,,,,,,
P10,Peter,Twinn,,,,11E,11,,,,,,
P11,Bo,Ng,,,,11E,11,,,,,,
P12,Muhammad,al-Rashid,Yusuf Ali,,,12F,12,,,,,,
P13,Freya,Harlow,,,Winterton,12F,12,,,,,,
P14,D'Arcy,MacDonald,,,,12F,12,,,,,,
P15,Mary Jane,St. John,,,,9A,9,,,,,,
P16,Jürgen,Müller,,,,9A,9,,,,,,
P17,Ffion,Ap Rhys,,,,9A,9,,,,,,
P18,Nguyễn,Trần,,,,9A,9,,,,,,
P19,May,Bloom,,,,9A,9,,,,,,
P20,Mark,Reading,,,,9A,9,,,,,,
";

const STAFF: &str = "\
address,other addresses,forename,surname,job title,groups,private addresses,private phones,kind,members
p.twinn@school.example,,Peter,Twinn,Teacher,,,,,
r.marlow@school.example,ruth.marlow@school.example,Ruth,Marlow,Head of Year 7,,ruthm@home.example,07911 123456,,
o.pryce@school.example,,Owen,Pryce,Teacher,trips,,,,
office@school.example,,,,,,,,shared_mailbox,r.marlow@school.example
copier@school.example,,,,,,,,system,
";

const HOURS: &str = "
closures = [{ name = \"Easter\", from = \"2026-04-04\", to = \"2026-04-12\" }]
";

pub static SCHOOL: LazyLock<School> = LazyLock::new(school);

fn school() -> School {
    let (roster, problems) = Roster::read(PUPILS.as_bytes(), &roster::Columns::default(), "pupils.csv");
    assert_eq!(problems, []);
    let (staff, problems) = Staff::read(STAFF.as_bytes(), &staff::Columns::default(), "staff.csv");
    assert_eq!(problems, []);
    let hours = toml::from_str(HOURS).unwrap();
    let (calendar, problems) = Calendar::read(&hours, "calendar");
    assert!(problems.iter().all(|problem| problem.warning), "{problems:?}");
    School {
        roster,
        staff,
        calendar,
        identity: Identity {
            name: "Marlow Hill School".into(),
            domains: vec!["school.example".into(), "pupils.school.example".into()],
            hosts: vec!["www.school.example".into()],
            own_numbers: vec!["LS6 2AB".into(), "0113 496 0000".into()],
            ..Identity::default()
        },
        lists: Lists {
            authorities: AddressList::read(["socialcare.council.example"]),
            agencies: AddressList::read(["agency.example"]),
            ..Lists::built_in()
        },
        sort_codes: None,
    }
}

pub static PACK: LazyLock<Policy> = LazyLock::new(|| pack("arts-college"));

pub fn pack(name: &str) -> Policy {
    let file = format!("rules/packs/{name}.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    Policy::read(&file, &text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// How a message is sent.
#[derive(Clone, Debug)]
pub struct Sending {
    pub from: String,
    pub to: Vec<String>,
    pub at: String,
    pub class: SenderClass,
}

impl Default for Sending {
    fn default() -> Self {
        Self {
            from: "r.marlow@school.example".into(),
            to: vec!["someone@partner.example".into()],
            at: "2026-03-10T10:00:00Z".into(),
            class: SenderClass::Staff,
        }
    }
}

/// What became of a message.
pub struct Seen {
    pub inspection: Inspection,
    pub judgement: Judgement,
}

impl Seen {
    pub fn action(&self) -> &'static str {
        self.judgement.strongest().map_or("relay", Action::name)
    }
    /// The pupils that findings of at least medium confidence name.
    pub fn pupils(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.names().filter_map(|finding| finding.pupil).map(id).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
    pub fn names(&self) -> impl Iterator<Item = &Finding> {
        let sure = |finding: &&Finding| {
            finding.check == "pupil_names" && finding.confidence >= exeat::finding::Confidence::Medium
        };
        self.inspection.findings.iter().filter(sure)
    }
}

/// The school's own number of a pupil.
pub fn id(pupil: exeat::school::roster::PupilId) -> &'static str {
    SCHOOL.roster.pupil(pupil).unwrap().id()
}

/// The whole path of one message.
pub fn see(raw: &[u8], sending: &Sending) -> Seen {
    see_with(raw, sending, &PACK)
}

pub fn see_with(raw: &[u8], sending: &Sending, policy: &Policy) -> Seen {
    let limits = Limits::default();
    let tree = take_apart(raw, &limits);
    assert_eq!(tree.check(raw.len() as u64, &limits), Ok(()));
    let tree = take_apart_and_open(raw, &Family::ALL, &limits, &FileLimits::default());
    let path = |address: &String| Path::new(address.as_bytes(), Vec::new());
    let envelope = Envelope {
        sender: Some(path(&sending.from)),
        recipients: sending.to.iter().map(path).collect(),
        ..Envelope::default()
    };
    let inside = |path: &Path| path.address.as_ref().is_some_and(|address| SCHOOL.is_inside(address));
    let outgoing = envelope.recipients.iter().any(|path| !inside(path));
    let origin = Origin {
        direction: if outgoing { Direction::Outgoing } else { Direction::Internal },
        class: sending.class,
        source: None,
        sender: Address::read(&sending.from),
    };
    let now = sending.at.parse().unwrap();
    let (folded, inspection) = inspect(&tree, &envelope, &origin, &SCHOOL, now);
    let view = View { envelope: &envelope, origin: &origin, tree: &tree, folded: &folded, school: &SCHOOL, now };
    let judgement = judge(policy, &Enforcement::All, &view, &inspection);
    for finding in &inspection.findings {
        if let Some(span) = &finding.span {
            let text = tree.text.get(span.start as usize..span.end as usize).expect("a span of whole characters");
            let shown = finding.masked.as_str();
            assert!(
                shown.is_empty() || text.trim().is_empty() || !shown.contains(text.trim()),
                "{} shows all",
                finding.kind
            );
        }
    }
    Seen { inspection, judgement }
}
