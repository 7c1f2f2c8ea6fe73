//! Identifiers with the noise people and programs put into them, and numbers that are none.

use super::letter::*;
use super::world::*;
use exeat::finding::Confidence;

/// The number in groups as it is usually written, the words before it, and its kind.
const TRIED: &[(&[&str], &str, &str)] = &[
    (&["AB", "12", "34", "56", "C"], "NI number:", "nino"),
    (&["TW", "98", "76", "54", "A"], "her National Insurance number is", "nino"),
    (&["943", "476", "5919"], "NHS number:", "nhs_number"),
    (&["B801200005001"], "UPN", "upn"),
    (&["H", "801", "2000", "01001"], "UPN:", "upn"),
    (&["9276", "308", "686"], "ULN:", "uln"),
    (&["68199", "0012058G"], "UCI", "uci"),
    (&["4111", "1111", "1111", "1111"], "card", "card"),
    (&["5555", "5555", "5555", "4444"], "we paid with", "card"),
    (&["GB29", "NWBK", "6016", "1331", "9268", "19"], "IBAN", "iban"),
    (&["1955", "839", "661"], "UTR", "utr"),
    (&["MORGA", "657054", "SM9IJ"], "licence", "driving_licence"),
];

/// A kind of noise: how the groups are put together, and how the text travels.
type Noise = (&'static str, fn(&[&str]) -> String);

const NOISES: &[Noise] = &[
    ("none", |groups| groups.concat()),
    ("spaces", |groups| groups.join(" ")),
    ("no-break spaces", |groups| groups.join("\u{a0}")),
    ("thin spaces", |groups| groups.join("\u{2009}")),
    ("hyphens", |groups| groups.join("-")),
    ("en dashes", |groups| groups.join("\u{2013}")),
    ("spaced hyphens", |groups| groups.join(" - ")),
    ("dots", |groups| groups.join(".")),
    ("zero-width", |groups| each(&groups.concat(), |c| format!("{c}\u{200b}"))),
    ("soft hyphens", |groups| groups.join("\u{ad}")),
    ("full-width", |groups| {
        each(&groups.concat(), |c| char::from_u32(u32::from(c) - 0x21 + 0xFF01).unwrap().to_string())
    }),
    ("small letters", |groups| groups.concat().to_lowercase()),
    ("a line break", |groups| match groups.split_first() {
        Some((first, rest)) if !rest.is_empty() => format!("{first}\n{}", rest.join(" ")),
        _ => groups.concat(),
    }),
    ("byte order marks", |groups| groups.join("\u{feff}")),
    ("figure spaces", |groups| groups.join("\u{2007}")),
    ("figure dashes", |groups| groups.join("\u{2012}")),
];

/// Ways to reach or to know a person: the groups, the sign that usually stands between them, what stands around, the kind.
const PERSONAL: &[(&[&str], &str, &str, &str)] = &[
    (&["14", "03", "2012"], "/", "date of birth {}", "date_of_birth"),
    (&["2", "1", "2013"], ".", "DOB: {}", "date_of_birth"),
    (&["14", "March", "2012"], " ", "born on {}", "date_of_birth"),
    (&["925", "665", "416"], "", "passport number {}", "passport"),
    (&["LS16", "2AB"], " ", "the family lives at 14 Elm Road, Leeds {}", "address"),
    (&["M1", "1AE"], " ", "her home address is 7 Mill Lane, Manchester {}", "address"),
    (&["07700", "900", "123"], " ", "call me on {}", "private_phone"),
    (&["0161", "496", "0123"], " ", "his mum's number is {}", "phone"),
    (&["20", "00", "00"], "-", "sort code {} account 55779911", "bank_account"),
    (&["5577", "9911"], "", "sort code 20-00-00, account {}", "bank_account"),
];

/// Noise between the groups takes the place of the usual sign; noise in the letters leaves it. `None`: nobody writes so.
type Spoil = (&'static str, fn(&[&str], &str) -> Option<String>);

const SPOILS: &[Spoil] = &[
    ("none", |groups, sign| Some(groups.join(sign))),
    ("spaces", |groups, _| Some(groups.join(" "))),
    ("no-break spaces", |groups, _| Some(groups.join("\u{a0}"))),
    ("thin spaces", |groups, _| Some(groups.join("\u{2009}"))),
    ("figure spaces", |groups, _| Some(groups.join("\u{2007}"))),
    ("hyphens", |groups, _| Some(groups.join("-"))),
    ("en dashes", |groups, _| Some(groups.join("\u{2013}"))),
    ("figure dashes", |groups, _| Some(groups.join("\u{2012}"))),
    // A day, month and year so far apart are a list of numbers; of a postcode and its parts it is the same.
    ("spaced hyphens", |groups, sign| (sign != "/" && sign != "." && groups.len() > 2).then(|| groups.join(" - "))),
    ("dots", |groups, _| Some(groups.join("."))),
    ("zero-width", |groups, sign| Some(each(&groups.join(sign), |c| format!("{c}\u{200b}")))),
    ("soft hyphens", |groups, sign| Some(each(&groups.join(sign), |c| format!("{c}\u{ad}")))),
    ("byte order marks", |groups, sign| Some(each(&groups.join(sign), |c| format!("{c}\u{feff}")))),
    ("full-width", |groups, sign| {
        let wide = |c: char| char::from_u32(u32::from(c) + 0xFEE0).filter(|_| c != ' ').unwrap_or('\u{3000}');
        Some(groups.join(sign).chars().map(wide).collect())
    }),
    ("small letters", |groups, sign| Some(groups.join(sign).to_lowercase())),
    // No program breaks a line inside a date with strokes or stops.
    ("a line break", |groups, sign| {
        let (first, rest) = groups.split_first().filter(|_| sign != "/" && sign != ".")?;
        Some(format!("{first}{}\n{}", sign.trim(), rest.join(sign)))
    }),
];

#[test]
fn what_reaches_a_person_is_found_in_all_its_noise() {
    let mut missed = Vec::new();
    for (groups, sign, around, kind) in PERSONAL {
        let tagged = around.replace("{}", &each(&groups.join(sign), |c| format!("<b>{c}</b>")));
        if !kinds(&html(&format!("<p>Hello, {tagged}.</p>"))).contains(kind) {
            missed.push(format!("{kind} {around} | tags"));
        }
        for (noise, spoil) in SPOILS {
            let Some(value) = spoil(groups, sign) else { continue };
            let text = format!("Hello, {}, as you asked.", around.replace("{}", &value));
            for (way, raw) in [
                ("plain", plain(&text)),
                ("HTML", html(&format!("<p>{text}</p>"))),
                ("text file", with_file("text/plain", "a.txt", text.as_bytes())),
                ("subject", message(&format!("Subject: {}\r\n", text.replace('\n', "\r\n ")), b"x")),
            ] {
                if !kinds(&raw).contains(kind) {
                    missed.push(format!("{kind} {around} | {noise} | {way}"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

fn kinds(raw: &[u8]) -> Vec<&'static str> {
    let findings = see(raw, &Sending::default()).inspection.findings;
    let sure = findings.iter().filter(|f| f.check == "personal_data" && f.confidence >= Confidence::Medium);
    sure.map(|finding| finding.kind).collect()
}

#[test]
fn numbers_are_found_in_all_their_noise() {
    let mut missed = Vec::new();
    for (groups, words, kind) in TRIED {
        for (noise, write) in NOISES {
            let number = write(groups);
            let text = format!("Hello, {words} {number}, as you asked.");
            let tagged = each(&groups.concat(), |c| format!("<b>{c}</b>"));
            for (way, raw) in [
                ("plain", plain(&text)),
                ("HTML", html(&format!("<p>{text}</p>"))),
                ("HTML, tags", html(&format!("<p>Hello, {words} {tagged}</p>"))),
                ("text file", with_file("text/plain", "a.txt", text.as_bytes())),
                ("CSV", with_file("text/csv", "a.csv", format!("Name,{words}\r\nx,\"{number}\"\r\n").as_bytes())),
                ("subject", message(&format!("Subject: {}\r\n", text.replace('\n', "\r\n ")), b"x")),
            ] {
                if !kinds(&raw).contains(kind) {
                    missed.push(format!("{kind} | {noise} | {way}"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn bank_details_are_found_as_they_are_written() {
    let mut missed = Vec::new();
    for text in [
        "sort code 20-00-00 account 55779911",
        "Sort code: 200000 Account number: 55779911",
        "Sort Code 20 00 00\nAccount No. 55779911",
        "Account 55779911, sort code 20-00-00",
        "s/c 20-00-00 a/c 5577 9911",
        "Please pay 20-00-00 55779911",
        "BACS to 20\u{2013}00\u{2013}00, 55779911",
        "sort\u{ad} code 20\u{a0}00\u{a0}00 acc 55779911",
        "Account name: PTA\nSort code: 20-00-00\nAccount number: 55779911",
        "S/C: 20.00.00 A/C: 55779911",
    ] {
        for raw in [plain(text), html(&text.replace('\n', "<br>"))] {
            if !kinds(&raw).contains(&"bank_account") {
                missed.push(text);
            }
        }
    }
    let table =
        html("<table><tr><th>Sort code</th><th>Account</th></tr><tr><td>20-00-00</td><td>55779911</td></tr></table>");
    assert!(kinds(&table).contains(&"bank_account"), "in a table");
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn ordinary_numbers_are_nobodys() {
    let mut wrong = Vec::new();
    for text in [
        "Meeting ID: 943 476 5919, passcode is in the invitation",
        "Zoom: https://zoom.example/j/9434765919?pwd=abc",
        "Call 0113 496 0999 or +44 20 7946 0958",
        "order 4111111111111111 was sent",
        "tracking number 1Z999AA10123456784, parcel JD0002232819003",
        "ISBN 978-0-306-40615-7 and ISBN 9780306406157",
        "Period 1 09:00-10:00, Period 2 10:00-11:00, 20-00-00",
        "from 12/03/2026 to 14/03/2026, 10.15-11.45",
        "commit 4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b",
        "uuid 550e8400-e29b-41d4-a716-446655440000",
        "part no. AB123456 and model AB-12-34-56",
        "URN 123456, DfE number 383/4001, UKPRN 10012345",
        "The score was 12-34-56 to 78-90-12 in the end",
        "invoice 20260310 for 12345678 items",
        "room AB12 3CD",
        "https://files.example/4111111111111111/a.pdf",
        "version 10.0.19045.4170 and 192.168.100.200",
        "0800 1111 is Childline",
        "grades 9 8 7 6 5 4 3 2 1 9 8 7 6",
        "temperature -12 34 56, 51.5074 -0.1278",
        "£4,111,111,111,111.11",
        "the barcode 5012345678900",
        "5555 people, 5555 pens, 5555 pins, 4444 pots",
        "The password is kept by the office. Please change your password.",
        "Please reset your password here: https://login.school.example/reset",
        "Your PIN will be sent by post.",
        "The school, Marlow Road, Leeds LS6 2AB, 0113 496 0000",
        "HMRC reference 123/AB456",
        "Year 7: 120 pupils, Year 8: 118, Year 9: 122, Year 10: 119",
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
    ] {
        for (way, raw) in [
            ("plain", plain(text)),
            ("HTML", html(&format!("<p>{text}</p>"))),
            ("file", with_file("text/plain", "a.txt", text.as_bytes())),
        ] {
            let found = kinds(&raw);
            let found: Vec<_> = found.into_iter().filter(|kind| *kind != "phone").collect();
            if !found.is_empty() {
                wrong.push(format!("{way}: {text}: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} false alarms:\n{}", wrong.len(), wrong.join("\n"));
}
