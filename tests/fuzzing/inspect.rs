//! The inspection as a whole: any message, its files opened, gives findings that stand where they say, and the same
//! ones again.

use super::{fold, tree};
use exeat::finding::Inspection;
use exeat::inspect::inspect;
use exeat::mail::open::{FileLimits, take_apart_and_open};
use exeat::mail::parts::{Family, Limits, Tree};
use exeat::mail::{Envelope, Path};
use exeat::school::roster::{Columns, Roster};
use exeat::school::{AddressList, Identity, Lists, School};
use exeat::source::{Direction, Origin, SenderClass};
use std::sync::LazyLock;

const PUPILS: &str = "\
id,forename,surname,middle,preferred,form,upn,date of birth
P1,Jane,Smith,Elizabeth,Janie,7B,B801200005001,2013-02-01
P2,Zoë,Łukaszewicz,,,11E,,
P3,Anna-Maria,van der Berg,,,9D,,
P4,Siobhan,O'Reilly,,,7B,,
P5,Will,Young,,,10A,,
P6,Amina,Okafor,,,7B,,2012-09-30
";

static SCHOOL: LazyLock<School> = LazyLock::new(|| {
    let (roster, problems) = Roster::read(PUPILS.as_bytes(), &Columns::default(), "pupils.csv");
    assert!(problems.is_empty(), "the roster of the target");
    School {
        roster,
        identity: Identity { domains: vec!["school.example".into()], ..Identity::default() },
        lists: Lists { personal_mail: AddressList::read(["mail.example"]), ..Lists::built_in() },
        ..School::default()
    }
});

const FILE: FileLimits = FileLimits { depth: 3, parts: 40, unpacked: 2 << 20, text: 64 << 10, cells: 1_000 };
const LIMITS: Limits = Limits { depth: 16, parts: 60, headers: 200, text: 256 << 10, cells: 2_000, value: 4 << 10 };

/// The bytes are the message.
pub fn holds(data: &[u8]) {
    let taken = take_apart_and_open(data, &Family::ALL, &LIMITS, &FILE);
    tree::sound(data, &exeat::mail::parts::take_apart(data, &LIMITS), &LIMITS);
    let envelope = Envelope {
        sender: Some(Path::new(b"<r.marlow@school.example>", Vec::new())),
        recipients: vec![Path::new(b"<a@mail.example>", Vec::new()), Path::new(b"<b@school.example>", Vec::new())],
        ..Envelope::default()
    };
    let origin = Origin { direction: Direction::Outgoing, class: SenderClass::Staff, source: None, sender: None };
    let now = "2026-03-10T09:00:00Z".parse().unwrap();
    let (folded, inspection) = inspect(&taken, &envelope, &origin, &SCHOOL, now);
    fold::leads_back(&taken, &folded);
    findings_stand_somewhere(&taken, &inspection, envelope.recipients.len());
    if data.len().is_multiple_of(8) {
        let again = take_apart_and_open(data, &Family::ALL, &LIMITS, &FILE);
        assert!(again == taken, "another tree the second time");
        assert!(inspect(&again, &envelope, &origin, &SCHOOL, now).1 == inspection, "other findings the second time");
    }
}

fn findings_stand_somewhere(tree: &Tree, inspection: &Inspection, recipients: usize) {
    for finding in &inspection.findings {
        assert!(finding.part.is_none_or(|part| usize::from(part) < tree.parts.len()), "a part that is not there");
        let piece = finding.piece.map(|piece| tree.pieces.get(piece as usize).expect("a piece that is there"));
        if let Some(span) = &finding.span {
            let text = tree.text.get(span.start as usize..span.end as usize).expect("whole letters");
            assert!(!text.is_empty(), "a finding of nothing");
            if let Some(piece) = piece {
                assert!(piece.text.start <= span.start && span.start < piece.text.end, "a finding outside its piece");
            }
        }
        assert!(finding.recipient.is_none_or(|recipient| (recipient as usize) < recipients));
        let known = |pupil| SCHOOL.roster.pupil(pupil).is_some();
        assert!(finding.pupil.is_none_or(known), "a pupil who is not there");
    }
}
