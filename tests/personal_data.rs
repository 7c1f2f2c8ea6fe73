//! What counts as personal data in a message, and what only looks so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use exeat::checks::{View, personal_data, pupil_names};
use exeat::finding::Confidence::{self, High, Low, Medium};
use exeat::finding::Finding;
use exeat::mail::Envelope;
use exeat::mail::fold::{Folded, fold};
use exeat::mail::parts::{Cell, Encoding, FileKind, Part, Piece, Place, Sealed, Tree};
use exeat::school::School;
use exeat::school::roster::{self, Roster};
use exeat::school::sort_codes::SortCodes;
use exeat::school::staff::{self, Staff};
use exeat::source::{Direction, Origin, SenderClass};

fn look_in(tree: &Tree, folded: &Folded, school: &School) -> Vec<Finding> {
    let origin = Origin { direction: Direction::Outgoing, class: SenderClass::Staff, source: None, sender: None };
    let envelope = Envelope::default();
    let now = "2026-03-02T10:00:00Z".parse().unwrap();
    let view = View { envelope: &envelope, origin: &origin, tree, folded, school, now };
    let mut findings = Vec::new();
    (pupil_names::CHECK.look)(&view, &mut findings);
    (personal_data::CHECK.look)(&view, &mut findings);
    findings.retain(|finding| finding.check == "personal_data");
    findings
}

fn tree_of(text: &str) -> Tree {
    let end = u32::try_from(text.len()).unwrap();
    let piece = Piece { place: Place::Body, part: 0, text: 0..end, runs: Vec::new(), hidden: Vec::new() };
    Tree { text: format!("{text}\n"), pieces: vec![piece], parts: vec![part()], ..Tree::default() }
}

fn part() -> Part {
    Part {
        parent: 0,
        declared: "text/plain".to_owned(),
        header: 0..0,
        body: 0..0,
        encoding: Encoding::Plain,
        charset: "utf-8".to_owned(),
        size: 0,
        kind: FileKind::Text,
        attached: false,
        shown_inline: false,
        name: None,
        sealed: None,
        container: false,
        flowed: false,
        editable: true,
    }
}

fn look(text: &str) -> Vec<Finding> {
    let tree = tree_of(text);
    look_in(&tree, &fold(&tree), &School::default())
}

fn kinds(text: &str) -> Vec<(&'static str, Confidence)> {
    look(text).into_iter().map(|finding| (finding.kind, finding.confidence)).collect()
}

#[test]
fn numbers_that_prove_themselves() {
    for (text, wanted) in [
        ("His number is B801200005001.", ("upn", Medium)),
        ("UPN: H801200001001", ("upn", High)),
        ("temporary P207000016049 X00180001701A", ("upn", Medium)),
        ("UPN K80040012501A", ("upn", High)),
        ("candidate 681990012058G", ("uci", Medium)),
        ("UCI 689990980001D", ("uci", High)),
        ("UCI 123450240001G", ("uci", High)),
        ("AB123456C", ("nino", Medium)),
        ("NI number TW 98 76 54 A", ("nino", High)),
        ("licence MORGA657054SM9IJ", ("driving_licence", High)),
        ("IBAN GB29NWBK60161331926819", ("iban", High)),
        ("GB82 WEST 1234 5698 7654 32 please", ("iban", High)),
        ("card 4111 1111 1111 1111", ("card", High)),
        ("5555555555554444", ("card", High)),
        ("3714 496353 98431", ("card", High)),
        (
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
            ("passport", High),
        ),
    ] {
        assert_eq!(kinds(text).first(), Some(&wanted), "{text}");
    }
}

#[test]
fn numbers_that_need_a_word_near_by() {
    for (text, wanted) in [
        ("NHS number 943 476 5919", ("nhs_number", Medium)),
        ("NHS no. 401 023 2137", ("nhs_number", High)),
        ("NHS number of the parent 4010232137", ("nhs_number", High)),
        ("4010232137 (NHS)", ("nhs_number", High)),
        ("NHS number 9434765870", ("nhs_number", Medium)),
        ("NHS number 9434760070", ("nhs_number", Medium)),
        ("ULN 1000102504", ("uln", High)),
        ("Her ULN is 9276308686", ("uln", High)),
        ("UTR 1955839661", ("utr", High)),
        ("Passport number 925665416", ("passport", Medium)),
        ("passport A123456", ("passport", Medium)),
        ("sort code 08-99-99 account 66374958", ("bank_account", Medium)),
        ("Account number: 66374958, sort code: 089999", ("bank_account", Medium)),
        ("08-99-99 66374958", ("bank_account", Medium)),
        ("Sort code: 08 99 99\nAccount no: 6637 4958", ("bank_account", Medium)),
        ("born on 14 March 2012", ("date_of_birth", Medium)),
        ("DOB 14/03/2012", ("date_of_birth", Medium)),
        ("D.O.B.: 14.3.12", ("date_of_birth", Medium)),
        ("14th March 2012 (date of birth)", ("date_of_birth", Medium)),
        ("date of birth 2012-03-14", ("date_of_birth", Medium)),
        ("He lives at 14 Elm Road, Leeds LS6 2AB", ("address", Medium)),
        ("Flat 3, Beech Court\nLeeds\nLS6 2AB", ("address", Medium)),
        ("call me on 07700 900123", ("private_phone", Medium)),
        ("Kind regards\nA. Teacher\n07911 123456", ("private_phone", Medium)),
        ("his mobile: +44 7911 123456", ("private_phone", Low)),
        ("my home number is 01632 960001", ("private_phone", Medium)),
        ("his mum's number: 01632 960001", ("phone", Medium)),
        ("emergency contact 07911 123456", ("phone", Medium)),
        ("Password: Kestrel99", ("credentials", High)),
        ("my credit card: 122000000000003", ("card", High)),
    ] {
        assert_eq!(kinds(text), [wanted], "{text}");
    }
}

#[test]
fn what_only_looks_like_it() {
    for text in [
        "A801200005001 X80120000A001 B80120000500S B207000016049",
        "UN1 UN2 UN3 UN4 UN5",
        "689990980001E",
        "QQ123456A BG123612A AO123456A AB123456E",
        "MORGA613054SM9IJ",
        "ULN 1000000060",
        "NHS number 1234567890",
        "meet at 12.30.45 a second time",
        "GB82WEST12345698765433",
        "4111 1111 1111 1112",
        "the number 9434765919 alone",
        "NHS number 9434765871",
        "NHS 987 654 4321",
        "ULN 9276308687, 9999999999, 0276308686, 1000000061",
        "UTR 2955839661",
        "925665416",
        "passport AB1234567",
        "order number 9434765919 for the NHS",
        "08-99-99",
        "account 66374958",
        "66374958",
        "on 14/03/2012 we met",
        "The passport was issued on 14/03/2012",
        "born on 14/03/2027",
        "see you on 14 March 2026",
        "DfE number 382/4567, URN 123456, UKPRN 10012345",
        "LS6 2AB",
        "QA1 1AA, M1 1CA",
        "Northfield School, 14 Elm Road, Leeds LS6 2AB",
        "ring the shop on 01632 960001",
        "0800 1111 or 0808 800 5000 or 0300 123 4567",
        "https://shop.example/track?id=4111111111111111",
        "x4111111111111111 41111111111111111111111",
        "12/9434765919 NHS",
        "NHS £9434765919",
        "Room 12, 24 pupils, 30 seats, 2026",
        "Your password has expired, please reset it by 14/03/2026",
        "In 2024 we had 1200 pupils; in 2025 1250; in 2026 1300.",
        "",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn digits_of_a_telephone_are_nothing_else() {
    let passing: Vec<String> = (0..1000)
        .map(|end| format!("7911123{end:03}"))
        .filter(|digits| {
            let sum: u32 = digits.bytes().take(9).zip((2..=10).rev()).map(|(c, w)| u32::from(c - b'0') * w).sum();
            (11 - sum % 11) % 11 == u32::from(digits.as_bytes()[9] - b'0')
        })
        .collect();
    assert!(passing.len() > 80, "one mobile in eleven passes the NHS check digit");
    for digits in passing {
        for text in [
            format!("NHS helpdesk +44{digits}"),
            format!("NHS helpdesk 0044 {digits}"),
            format!("NHS: mobile +44 (0){digits}"),
            format!("the NHS nurse's phone {digits}"),
        ] {
            assert!(!kinds(&text).iter().any(|(kind, _)| *kind == "nhs_number"), "{text}");
        }
    }
}

#[test]
fn one_number_in_many_spellings() {
    for text in [
        "AB123456C",
        "ab123456c",
        "AB 123456 C",
        "AB 12 34 56 C",
        "AB-12-34-56-C",
        "AB.12.34.56.C",
        "AB12 3456C",
        "AB1234\n56C",
        "AB 12 34\n56 C",
        "A B 1 2 3 4 5 6 C",
        "(AB123456C)",
        "nino:AB123456C,",
        "AB - 12 - 34 - 56 - C",
        "AB\u{a0}12\u{a0}34\u{a0}56\u{a0}C",
        "AB\u{2013}12\u{2013}34\u{2013}56\u{2013}C",
        "AB\u{200b}12\u{200b}34\u{200b}56\u{200b}C",
        "AB12\u{ad}3456C",
        "\u{ff21}\u{ff22}\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}\u{ff16}\u{ff23}",
        "AB\u{2009}12\u{202f}34\u{2002}56\tC",
        "AB\u{2010}12\u{2011}34\u{2212}56\u{2014}C",
        "AB 12  34  56 C",
        "> AB 12 34\n> 56 C",
        "\u{feff}AB123456C\u{200e}",
    ] {
        assert!(kinds(text).iter().any(|(kind, _)| *kind == "nino"), "{text}");
    }
    for (text, kind) in [
        ("NHS 943-476-5919", "nhs_number"),
        ("NHS 943.476.5919", "nhs_number"),
        ("NHS 94 34 76 59 19", "nhs_number"),
        ("NHS 943 476\n5919", "nhs_number"),
        ("B8012 0000 5001", "upn"),
        ("B-801-2000-05001", "upn"),
        ("4111-1111-1111-1111", "card"),
        ("4111 1111\n1111 1111", "card"),
        ("GB29-NWBK-6016-1331-9268-19", "iban"),
        ("MORGA 657054 SM9IJ", "driving_licence"),
    ] {
        assert!(kinds(text).iter().any(|(found, _)| *found == kind), "{text}");
    }
}

#[test]
fn the_schools_own_numbers_never_count() {
    let mut school = School::default();
    school.identity.own_numbers = ["LS6 2AB", "+44 7911 123456", "089999 66374958"].map(str::to_owned).to_vec();
    school.identity.telephone = "01632 960001".to_owned();
    for text in ["14 Elm Road, Leeds, LS6 2AB", "07911 123 456", "01632960001", "sort code 08-99-99 account 66374958"] {
        let tree = tree_of(text);
        assert_eq!(look_in(&tree, &fold(&tree), &school), [], "{text}");
    }
}

#[test]
fn the_table_of_weights_decides_where_it_is_installed() {
    let table = "089999 089999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1\n";
    let school = School { sort_codes: Some(SortCodes::read(table, "").unwrap()), ..School::default() };
    for (text, wanted) in [
        ("sort code 08-99-99 account 66374958", Some(High)),
        ("sort code 08-99-99 account 66374959", None),
        ("sort code 12-34-56 account 66374959", Some(Medium)),
    ] {
        let tree = tree_of(text);
        let found = look_in(&tree, &fold(&tree), &school);
        assert_eq!(found.first().map(|finding| finding.confidence), wanted, "{text}");
    }
}

#[test]
fn a_finding_says_where_and_shows_little() {
    let text = "Dear all,\n\nhis NI number is AB 12 34 56 C,\nagain: AB123456C.\n";
    let found = look(text);
    let [finding] = found.as_slice() else { panic!("one value is one finding") };
    assert_eq!((finding.check, finding.kind, finding.measure), ("personal_data", "nino", 2));
    let spot = (finding.place, finding.part, finding.piece, finding.line);
    assert_eq!(spot, (Some(Place::Body), Some(0), Some(0), Some(3)));
    let span = finding.span.clone().unwrap();
    assert_eq!(&text[span.start as usize..span.end as usize], "AB 12 34 56 C");
    assert_eq!(finding.masked.as_str(), "•••••••6C");
    assert!(!finding.quoted && !finding.hidden);
    let password = look("Password: Kestrel99");
    assert_eq!(password[0].masked.as_str(), "••••••");
}

#[test]
fn quoted_and_hidden_text_is_marked() {
    let mut tree = tree_of("AB123456C\n\nTW987654A\n\nEC123456B");
    tree.pieces[0].hidden.push(11..20);
    let mut text = fold(&tree);
    text.quoted.push(22..31);
    let found = look_in(&tree, &text, &School::default());
    let marks: Vec<_> = found.iter().map(|finding| (finding.hidden, finding.quoted)).collect();
    assert_eq!(marks, [(false, false), (true, false), (false, true)]);
}

#[test]
fn the_roster_and_the_directory_make_certain() {
    let pupils = "id,forename,surname,upn,date of birth\nP1,Jane,Smith,B801200005001,2013-02-01\n";
    let staff =
        "address,forename,surname,private phones,phone\na@school.example,Ruth,Marlow,07911 123456,01632 960001\n";
    let (roster, problems) = Roster::read(pupils.as_bytes(), &roster::Columns::default(), "pupils.csv");
    assert_eq!(problems, []);
    let (staff, problems) = Staff::read(staff.as_bytes(), &staff::Columns::default(), "staff.csv");
    assert_eq!(problems, []);
    let school = School { roster, staff, ..School::default() };
    let jane = school.roster.pupil_by_upn("B801200005001");
    assert!(jane.is_some());
    for (text, wanted) in [
        ("number B801 2000 05001", vec![("upn", High, jane)]),
        ("number H801200001001", vec![("upn", Medium, None)]),
        ("Jane Smith, 01/02/2013", vec![("date_of_birth", High, jane)]),
        ("Jane Smith, 02/02/2013", vec![]),
        ("Jane Smith was born on 1 Feb 2013", vec![("date_of_birth", High, jane)]),
        ("Jane Smith was born on 2 Feb 2013", vec![("date_of_birth", Medium, None)]),
        ("Jane Smith, LS6 2AB", vec![("address", Medium, None)]),
        ("07911 123 456", vec![("private_phone", High, None)]),
        ("01632 960001", vec![]),
    ] {
        let tree = tree_of(text);
        let found: Vec<_> = look_in(&tree, &fold(&tree), &school)
            .iter()
            .map(|finding| (finding.kind, finding.confidence, finding.pupil))
            .collect();
        assert_eq!(found, wanted, "{text}");
    }
    let tree = table("Name,Room,Date\nJane Smith,12,01/02/2013\nTom Green,13,01/02/2013");
    let found = look_in(&tree, &fold(&tree), &school);
    assert_eq!(
        found.iter().map(|finding| (finding.kind, finding.line)).collect::<Vec<_>>(),
        [("date_of_birth", Some(2))]
    );
}

#[test]
fn a_password_beside_what_it_protects() {
    let mut tree = tree_of("the password for the file is Kestrel99");
    let without = look_in(&tree, &fold(&tree), &School::default());
    assert_eq!(without.len(), 1);
    tree.parts.push(Part { attached: true, sealed: Some(Sealed::ZipAes), kind: FileKind::Archive, ..part() });
    let found = look_in(&tree, &fold(&tree), &School::default());
    let kinds: Vec<_> = found.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, ["password_beside_protected"]);
}

/// A table from lines of cells parted by commas.
fn table(text: &str) -> Tree {
    let mut tree = tree_of(text);
    let mut at = 0;
    for (row, line) in text.lines().enumerate() {
        for (column, cell) in line.split(',').enumerate() {
            let (row, column) = (u32::try_from(row).unwrap(), u16::try_from(column).unwrap());
            let end = at + u32::try_from(cell.len()).unwrap();
            tree.cells.push(Cell { piece: 0, table: 0, row, column, text: at..end });
            at = end + 1;
        }
    }
    tree
}

#[test]
fn headings_speak_for_their_columns_and_rows() {
    let rows: String = (0..300)
        .filter_map(|serial| {
            let digits = format!("4{serial:08}");
            let sum: u32 = digits.bytes().zip((2..=10).rev()).map(|(c, weight)| u32::from(c - b'0') * weight).sum();
            let check = (11 - sum % 11) % 11;
            (check < 10).then(|| format!("Pupil {serial},{digits}{check},14/03/2012,Kestrel{serial}\n"))
        })
        .collect();
    let tree = table(&format!("Name,NHS number,Date of birth,Password\n{rows}"));
    let found = look_in(&tree, &fold(&tree), &School::default());
    let counts: Vec<_> = found.iter().map(|finding| (finding.kind, finding.measure)).collect();
    let people = rows.lines().count() as u64;
    assert_eq!(counts, [("nhs_number", people), ("date_of_birth", 1), ("credentials", people)]);
    for (text, wanted) in [
        ("Name,Phone\nNHS,9434765919\nNHS,4010232137", vec![]),
        ("Ref,Value\nNHS,9434765919\nUPN,B801200005001", vec!["nhs_number", "upn"]),
        ("NHS,Room\n94347,65919", vec![]),
        ("NHS\n94347\n65919", vec![]),
        ("Login,Kestrel\nPassword,sunshine", vec!["credentials"]),
    ] {
        let tree = table(text);
        let found = look_in(&tree, &fold(&tree), &School::default());
        let found: Vec<_> = found.iter().map(|finding| finding.kind).collect();
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn every_kind_survives_how_numbers_are_typed() {
    let kinds_of = [
        ("upn", "UPN", "B801200005001"),
        ("uln", "ULN", "9276308686"),
        ("uci", "UCI", "681990012058G"),
        ("nino", "NI number", "TW987654A"),
        ("nhs_number", "NHS number", "4010232137"),
        ("driving_licence", "driving licence", "MORGA657054SM9IJ"),
        ("iban", "IBAN", "GB29NWBK60161331926819"),
        ("card", "card number", "4111111111111111"),
        ("utr", "UTR", "1955839661"),
    ];
    let signs =
        ["", " ", "\u{a0}", "-", "\u{2013}", ".", "\u{200b}", "\u{ad}", "\t", "\u{2009}", "\u{2011}", "\u{2212}", "  "];
    let mut lost = Vec::new();
    for (kind, label, value) in kinds_of {
        let groups: Vec<&str> = (0..value.len()).step_by(4).map(|at| &value[at..(at + 4).min(value.len())]).collect();
        let (head, tail) = value.split_at(8);
        let wide =
            value.chars().map(|c| if c.is_ascii_digit() { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c });
        let mut variants: Vec<String> = signs.iter().map(|sign| groups.join(sign)).collect();
        variants.extend([wide.collect(), value.to_lowercase(), format!("{head}\n{tail}")]);
        assert_eq!(variants.len(), 16);
        for variant in variants {
            let found = kinds(&format!("Her {label}: {variant} on file"));
            if !found.iter().any(|(found, _)| *found == kind) {
                lost.push(format!("{kind} {variant:?}"));
            }
        }
    }
    assert_eq!(lost, [""; 0]);
}

#[test]
fn numbers_of_the_roster_need_no_word() {
    let pupils = "id,forename,surname,upn,uln\nP1,Jane,Smith,B801200005001;H801200001001,9276308686\n";
    let (roster, problems) = Roster::read(pupils.as_bytes(), &roster::Columns::default(), "pupils.csv");
    assert_eq!(problems, []);
    let school = School { roster, ..School::default() };
    let jane = school.roster.pupil_by_upn("B801200005001");
    assert!(jane.is_some());
    for (text, wanted) in [
        ("Add B801200005001 to the list", vec![("upn", jane)]),
        ("Add H801200001001 to the list", vec![("upn", jane)]),
        ("Add 9276308686 to the list", vec![("uln", jane)]),
        ("Add 1000102504 to the list", vec![]),
    ] {
        let tree = tree_of(text);
        let found = look_in(&tree, &fold(&tree), &school);
        assert!(found.iter().all(|finding| finding.confidence == High), "{text}");
        let found: Vec<_> = found.iter().map(|finding| (finding.kind, finding.pupil)).collect();
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn a_table_is_told_as_one_from_two_pupils_on() {
    let text = "Pupil,SEN status,Ethnicity\nJane Smith,K,White British\n";
    let all = format!("{text}Tom Green,E,White British\nAnn Brown,K,Indian");
    for (text, hidden, wanted) in [
        (text, false, None),
        (&all, false, Some("3 pupils, 2 sensitive columns (special needs, ethnic origin or religion)")),
        (
            &all,
            true,
            Some("3 pupils, 2 sensitive columns (special needs, ethnic origin or religion), 1 of them hidden"),
        ),
    ] {
        let mut tree = table(text);
        if hidden {
            let covered = tree.cells.iter().filter(|cell| cell.column == 1).map(|cell| cell.text.clone()).collect();
            tree.pieces[0].hidden = covered;
        }
        let found = look_in(&tree, &fold(&tree), &School::default());
        let said = found.iter().find(|finding| finding.kind == "pupil_table").map(|finding| finding.masked.as_str());
        assert_eq!(said, wanted);
    }
}

#[test]
fn nothing_matches_across_pieces() {
    let mut tree = tree_of("AB12\n3456C");
    let second = Piece { text: 5..10, part: 0, place: Place::Attachment, runs: Vec::new(), hidden: Vec::new() };
    tree.pieces[0].text = 0..4;
    tree.pieces.push(second);
    assert_eq!(look_in(&tree, &fold(&tree), &School::default()), []);
}

#[test]
fn hostile_text_is_bounded() {
    for (pattern, times) in [
        ("1 ", 10_000),
        ("1", 10_000),
        ("a1-", 10_000),
        ("4111111111111111 ", 10_000),
        ("NHS 9434765919 ", 10_000),
        ("password ", 10_000),
        ("password: a1b2c3 ", 10_000),
        ("01/01/2012 dob ", 10_000),
        ("flat 1 road ls6 2ab ", 10_000),
        ("<<<<1", 20_000),
        ("12-34-56 ", 10_000),
        ("07911 123456 ", 10_000),
        ("AB123456C\n", 10_000),
    ] {
        let text = pattern.repeat(times);
        let begun = std::time::Instant::now();
        assert!(look(&text).len() <= 1_100, "{pattern}");
        println!("{pattern:?} {:?}", begun.elapsed());
        // Generous for a slow debug build; quadratic work would take minutes.
        assert!(begun.elapsed().as_secs() < 20, "{pattern}: {:?}", begun.elapsed());
    }
    let many: String =
        (0..3_000).flat_map(|number| [format!("my number is 07911 12{number:04}."), "\n\n".to_owned()]).collect();
    assert!(look(&many).len() <= 60);
}

#[derive(serde::Deserialize)]
struct Vector {
    value: String,
    kind: String,
    valid: bool,
    #[serde(default)]
    contested: bool,
}

/// Vectors of public validators. `contested` ones are asserted by nobody; passports of two letters and seven
/// digits, and outward codes alone, are no numbers of anybody's.
#[test]
fn vectors_of_public_validators() {
    let shared = std::env::var("EXEAT_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let Ok(lines) = std::fs::read_to_string(format!("{shared}/data/identifiers/vectors.jsonl")) else {
        println!("skipped: no shared data");
        return;
    };
    let (mut asserted, mut wrong) = (0, Vec::new());
    for vector in lines.lines().map(|line| serde_json::from_str::<Vector>(line).unwrap()) {
        let (kind, before) = match vector.kind.as_str() {
            "nhs" => ("nhs_number", "NHS number: "),
            "uk_mobile" => ("private_phone", ""),
            "postcode" => ("address", "14 Elm Road, Leeds, "),
            "uk_passport" => ("passport", ""),
            "card" => ("card", "card number: "),
            "iban" => ("iban", "IBAN: "),
            "nino" => ("nino", ""),
            "upn" => ("upn", ""),
            "driving_licence" => ("driving_licence", ""),
            _ => continue,
        };
        if vector.contested || kind == "passport" && vector.valid || vector.value == "SA99" {
            continue;
        }
        asserted += 1;
        let text = format!("{before}{}", vector.value);
        if kinds(&text).iter().any(|(found, _)| *found == kind) != vector.valid {
            wrong.push(text);
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert!(asserted > 450, "{asserted}");
}
