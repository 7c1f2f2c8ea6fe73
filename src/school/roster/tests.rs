use super::collisions::{Collision, Why};
use super::*;
use crate::school::staff;
use crate::school::{Lists, staff::Staff};

fn read(csv: &str) -> (Roster, Vec<crate::problem::Problem>) {
    Roster::read(csv.as_bytes(), &Columns::default(), "pupils.csv")
}

fn address(written: &str) -> Address {
    Address::read(written).unwrap()
}

#[test]
fn a_roster_answers_who_somebody_is() {
    let (roster, problems) = read(
        "\u{feff}Adno,Legal Surname,Legal Forename,Preferred Forename,Reg Group,Year Group,UPN,DOB,Email,Home Email,Contact Emails,Consent\r\n\
         1001,Smith,Jane,Janie,7B,Year 7,A123456789012,12/08/2013,1001@pupils.example,J@home.example,Mum@mail.example; dad@mail.example,gp@clinic.example\r\n\
         1002,\"van der Berg\",Anna-Maria,,8C,8,,2012-01-31,,,mum@mail.example,\r\n",
    );
    assert_eq!(problems, []);
    assert_eq!(roster.len(), 2);
    let (jane, anna) = (PupilId(0), PupilId(1));
    let pupil = roster.pupil(jane).unwrap();
    assert_eq!((pupil.id(), pupil.get(Field::Form), pupil.get(Field::Year)), ("1001", "7B", "Year 7"));
    assert_eq!(roster.born(jane), Some(jiff::civil::date(2013, 8, 12)));
    assert_eq!(roster.born(anna), Some(jiff::civil::date(2012, 1, 31)));
    assert_eq!((roster.initials(jane), roster.initials(anna)), ("J.S.".to_owned(), "A.V.".to_owned()));
    assert_eq!(roster.pupil_by_address(&address("1001@Pupils.example")), Some(jane));
    assert_eq!(roster.pupil_by_private_address(&address("j@home.example")), Some(jane));
    assert_eq!(roster.pupil_by_upn("a 123456789012"), Some(jane));
    assert_eq!(roster.pupil_by_upn("A123456789013"), None);
    assert_eq!(roster.owner_of_contact(&address("mum@mail.example")).collect::<Vec<_>>(), [jane, anna]);
    assert!(roster.is_contact_of(jane, &address("gp@clinic.example")));
    assert!(!roster.is_contact_of(anna, &address("gp@clinic.example")));
    assert_eq!(roster.contacts_of(jane).count(), 3);
    for (local, pupil) in [
        ("jane.smith", Some(jane)),
        ("smith_janie9", Some(jane)),
        ("annamariavanderberg", Some(anna)),
        ("anna-maria.van.der.berg", Some(anna)),
        ("jsmith", None),
        ("jenny.smith", None),
        ("", None),
    ] {
        assert_eq!(roster.spelled_by(local), pupil, "{local}");
    }
    assert_eq!(format!("{roster:?} {pupil:?}"), "Roster(2 pupils) (pupil)");
}

#[test]
fn every_mistake_of_a_roster_is_told_and_shows_no_name() {
    let (roster, problems) = read(
        "id,forename,surname,upn,dob,email,form\n\
         1,Jane,Smith,,,,\n\
         ,Jane,Smith,,,,\n\
         3,,Smith,,,,\n\
         4,Jane,123,,,,\n\
         1,Jane,Smith,,,,\n\
         6,Jane,Smith,A12,31/02/2012,nobody,\n\
         7,Jane,Smith\n\
         \n\
         8,Jane,Smith,A123456789012,,,\n\
         9,Jane,Smith,A123456789012,,,\n",
    );
    let told: Vec<_> =
        problems.iter().map(|p| (p.line.unwrap(), p.what.as_str(), p.written.as_str(), p.warning)).collect();
    assert_eq!(
        told,
        [
            (3, "the pupil has no number", "", false),
            (4, "the pupil has no forename", "", false),
            (5, "the pupil's surname has no letter in it", "999", false),
            (6, "the pupil's number stands in the file twice", "", false),
            (7, "this is no e-mail address", "aaaaaa", true),
            (7, "the UPN does not have 13 characters", "A99", true),
            (7, "the date of birth cannot be read", "99/99/9999", true),
            (8, "the row has another number of values than the header", "3 values", false),
            (11, "the UPN stands in the file twice", "", true),
        ]
    );
    assert_eq!(roster.len(), 4, "rows with a mistake are left out, rows with a warning are not");
}

#[test]
fn columns_are_found_by_name_or_by_the_settings() {
    let columns = Columns { surname: Some("Nachname".into()), ..Columns::default() };
    let (roster, problems) = Roster::read("id;Vorname;nachname\n1;Jane;Smith\n".as_bytes(), &columns, "pupils.csv");
    assert_eq!(roster.len(), 0);
    assert_eq!(problems.iter().map(|p| p.what.as_str()).collect::<Vec<_>>(), ["there is no column for `forename`"]);
    assert_eq!(problems[0].written, "id, Vorname, nachname");
    let columns = Columns { forename: Some("VORNAME".into()), surname: Some("Nachname".into()), ..Columns::default() };
    let (roster, problems) =
        Roster::read("id\tVorname\tNachname\n1\tZo\u{eb}\tSmith\n".as_bytes(), &columns, "pupils.csv");
    assert_eq!((roster.len(), problems.len()), (1, 0));
    let (roster, problems) = Roster::read(b"id,forename,surname\n1,Zo\xeb,Smith\n", &Columns::default(), "pupils.csv");
    assert_eq!(roster.pupil(PupilId(0)).unwrap().get(Field::Forename), "Zoë");
    assert!(problems.len() == 1 && problems[0].warning, "read as Windows-1252, with a warning");
    for bytes in [&b""[..], b"\n", b"id,forename,surname\n", b"\xff\xfe\x00", b"\"", b"id,forename,surname\n\"1,2,3"] {
        let (roster, problems) = Roster::read(bytes, &Columns::default(), "pupils.csv");
        assert!(roster.is_empty() && !problems.is_empty(), "{bytes:?}");
    }
}

#[test]
fn names_that_collide_are_reported() {
    let (roster, _) = read(
        "id,forename,surname,preferred\n1,Jane,Smith,\n2,Jayne,Smith,Jane\n3,Peter,Twinn,\n4,Daisy,Chain,\n5,Alice,Brown,\n",
    );
    let (staff, _) = Staff::read(
        b"address,forename,surname\np@school.example,Peter,Twinn\n",
        &staff::Columns::default(),
        "staff.csv",
    );
    let collisions = roster.collisions(&staff, &Lists::built_in());
    let ids = |ids: &[u32]| ids.iter().map(|id| PupilId(*id)).collect();
    assert_eq!(
        collisions,
        [
            Collision { why: Why::Namesake, pupils: ids(&[0, 1]) },
            Collision { why: Why::StaffTwin, pupils: ids(&[2]) },
            Collision { why: Why::OrdinaryWords, pupils: ids(&[3]) },
        ]
    );
    let report: Vec<String> = collisions.iter().map(|collision| roster.told(collision, "pupils.csv").written).collect();
    assert_eq!(report, ["1, 2", "3", "4"]);
}
