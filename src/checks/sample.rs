//! A small invented school and its messages, for the tests of the checks.

use super::{Check, View};
use crate::finding::Finding;
use crate::mail::fold::fold;
use crate::mail::parts::{Cell, Facts, Field, Part, Piece, Place, Tree};
use crate::mail::{Address, Envelope, Path};
use crate::school::calendar::Calendar;
use crate::school::roster::{self, Roster};
use crate::school::staff::{self, Staff};
use crate::school::{AddressList, Identity, Lists, School};
use crate::source::{Direction, Origin, SenderClass};
use jiff::Timestamp;

const PUPILS: &str = "\
id,forename,surname,middle,preferred,former surname,form,year,upn,date of birth,email,private email,contacts,consent
P1,Jane,Smith,Elizabeth,Janie,,7B,7,,2013-02-01,jane.smith@pupils.school.example,jsm@home.example,mum.smith@mail.example;dad@work.example,nurse@clinic.example
P2,Alice,Brown,,,,8C,8,,,,,brown@mail.example,
P3,Tom,Green,,,,7A,7,,,,,green@mail.example,
P4,Anna-Maria,van der Berg,,,,9D,9,,,,,,
P5,Siobhan,O'Reilly,,,,7B,7,,,,,,
P6,Daisy,Rahman-Naylor,,,Rahman,7B,7,,,,,,
P7,Will,Young,,,,10A,10,,,,,,
P8,Grace,Field,,,,10A,10,,,,,,
P9,Summer,Day,,,,10D,10,,,,,,
P10,Peter,Twinn,,,,11E,11,,,,,,
P11,Zoë,Łukaszewicz,,,,11E,11,,,,,,
P12,Robert,MacDonald,,,,11E,11,,,,,,
P13,Ana,Lee,,,,12F,12,,,,,,
P14,Elizabeth,Harlow,,,,12F,12,,,,,,
P15,Tom,Green,,,,9A,9,,,,,other.green@mail.example,
";

const STAFF: &str = "\
address,other addresses,forename,surname,job title,groups,private addresses,kind,members
p.twinn@school.example,,Peter,Twinn,Teacher,,,,
r.marlow@school.example,ruth.marlow@school.example,Ruth,Marlow,Head of Year 7,trips,ruthm@home.example,,
office@school.example,,,,,,,shared_mailbox,r.marlow@school.example
copier@school.example,,,,,,,system,
";

/// The school.
pub fn school() -> School {
    let (roster, problems) = Roster::read(PUPILS.as_bytes(), &roster::Columns::default(), "pupils.csv");
    assert_eq!(problems, []);
    let (staff, problems) = Staff::read(STAFF.as_bytes(), &staff::Columns::default(), "staff.csv");
    assert_eq!(problems, []);
    School {
        roster,
        staff,
        calendar: Calendar::default(),
        identity: Identity {
            domains: vec!["school.example".into(), "pupils.school.example".into()],
            hosts: vec!["www.school.example".into()],
            ..Identity::default()
        },
        lists: Lists {
            agencies: AddressList::read(["agency.example"]),
            personal_mail: AddressList::read(["mail.example", "gmail.com"]),
            ..Lists::built_in()
        },
        sort_codes: None,
    }
}

/// A message in the making.
pub struct Message {
    pub tree: Tree,
    pub envelope: Envelope,
    pub origin: Origin,
    pub now: Timestamp,
}

impl Message {
    /// From a member of staff, sent on a school day at ten.
    pub fn new() -> Self {
        let sender = "r.marlow@school.example";
        Self {
            tree: Tree { parts: vec![part()], facts: Facts::default(), ..Tree::default() },
            envelope: Envelope { sender: Some(Path::new(sender.as_bytes(), Vec::new())), ..Envelope::default() },
            origin: Origin {
                direction: Direction::Outgoing,
                class: SenderClass::Staff,
                source: None,
                sender: Address::read(sender),
            },
            now: "2025-06-10T09:00:00Z".parse().unwrap(),
        }
    }
    pub fn from(mut self, sender: &str) -> Self {
        self.origin.sender = Address::read(sender);
        self
    }
    pub fn class(mut self, class: SenderClass) -> Self {
        self.origin.class = class;
        self
    }
    pub fn at(mut self, now: &str) -> Self {
        self.now = now.parse().unwrap();
        self
    }
    pub fn to(mut self, recipients: &[&str]) -> Self {
        self.envelope.recipients = recipients.iter().map(|to| Path::new(to.as_bytes(), Vec::new())).collect();
        self
    }
    pub fn piece(mut self, place: Place, text: &str) -> Self {
        let start = u32::try_from(self.tree.text.len()).unwrap();
        self.tree.text.push_str(text);
        let end = u32::try_from(self.tree.text.len()).unwrap();
        self.tree.text.push('\n');
        self.tree.pieces.push(Piece { place, part: 0, text: start..end, runs: Vec::new(), hidden: Vec::new() });
        self
    }
    pub fn header(mut self, name: &str, text: &str) -> Self {
        let place = if name == "subject" { Place::Subject } else { Place::Header };
        self = self.piece(place, text);
        let piece = u32::try_from(self.tree.pieces.len() - 1).unwrap();
        self.tree.headers.push(Field { name: name.into(), raw: 0..0, piece: Some(piece) });
        self
    }
    pub fn body(self, text: &str) -> Self {
        self.piece(Place::Body, text)
    }
    /// A table in an attachment, a row a line, its cells separated by `|` here and one piece in the tree.
    pub fn table(mut self, rows: &[&str]) -> Self {
        let start = u32::try_from(self.tree.text.len()).unwrap();
        let piece = u32::try_from(self.tree.pieces.len()).unwrap();
        for (row, line) in rows.iter().enumerate() {
            let mut at = self.tree.text.len();
            for (column, cell) in line.split('|').enumerate() {
                self.tree.cells.push(Cell {
                    piece,
                    table: 0,
                    row: u32::try_from(row).unwrap(),
                    column: u16::try_from(column).unwrap(),
                    text: u32::try_from(at).unwrap()..u32::try_from(at + cell.len()).unwrap(),
                });
                at += cell.len() + 1;
            }
            self.tree.text.push_str(&line.replace('|', ";"));
            self.tree.text.push('\n');
        }
        let end = u32::try_from(self.tree.text.len()).unwrap();
        self.tree.text.push('\n');
        self.tree.pieces.push(Piece {
            place: Place::Attachment,
            part: 0,
            text: start..end,
            runs: Vec::new(),
            hidden: Vec::new(),
        });
        self
    }
    /// What a check finds in it, added to what was found before.
    pub fn add(&self, school: &School, check: &Check, findings: &mut Vec<Finding>) {
        let folded = fold(&self.tree);
        let view = View {
            envelope: &self.envelope,
            origin: &self.origin,
            tree: &self.tree,
            folded: &folded,
            school,
            now: self.now,
        };
        (check.look)(&view, findings);
    }
    pub fn find(&self, school: &School, check: &Check) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.add(school, check, &mut findings);
        findings
    }
}

fn part() -> Part {
    Part {
        parent: 0,
        declared: "text/plain".into(),
        header: 0..0,
        body: 0..0,
        encoding: crate::mail::parts::Encoding::Plain,
        charset: "utf-8".into(),
        size: 0,
        kind: crate::mail::parts::FileKind::Text,
        attached: false,
        shown_inline: false,
        name: None,
        sealed: None,
        container: false,
        flowed: false,
        editable: true,
    }
}
