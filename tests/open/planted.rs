//! A pupil's name in every place of a file of Outlook, of an RTF document, of an entry: each is found.

use crate::entries::{card, code, entry};
use crate::making::{docx, letter, zip};
use crate::outlook_making::*;
use crate::read;
use crate::rich_text::{hex, package, rtf};
use exeat::inspect::inspect;
use exeat::mail::{Address, Envelope, Path};
use exeat::school::School;
use exeat::school::roster::{Columns, Roster};
use exeat::source::{Direction, Origin, SenderClass};

const NAME: &str = "Marla Quillfeather";

fn school() -> School {
    let pupils = b"id,forename,surname\nP1,Marla,Quillfeather\n";
    let (roster, problems) = Roster::read(pupils, &Columns::default(), "pupils.csv");
    assert_eq!(problems, []);
    School { roster, ..School::default() }
}

/// In how many places a letter names the pupil.
fn found(raw: &[u8], school: &School) -> usize {
    let path = |address: &str| Path::new(address.as_bytes(), Vec::new());
    let envelope = Envelope {
        sender: Some(path("r.marlow@school.example")),
        recipients: vec![path("someone@partner.example")],
        ..Envelope::default()
    };
    let origin = Origin {
        direction: Direction::Outgoing,
        class: SenderClass::Staff,
        source: None,
        sender: Address::read("r.marlow@school.example"),
    };
    let (_, inspection) = inspect(&read(raw), &envelope, &origin, school, "2026-03-10T10:00:00Z".parse().unwrap());
    let named = |finding: &&exeat::finding::Finding| finding.check == "pupil_names" && finding.pupil.is_some();
    inspection.findings.iter().filter(named).count()
}

#[test]
fn a_name_is_found_wherever_it_stands() {
    let school = school();
    let mail = |properties: Properties| Message { properties, ..Message::default() };
    let with_file =
        |name: &str, data: Value| Message { files: vec![vec![(LONG_NAME, wide(name)), (DATA, data)]], ..mail(vec![]) };
    let said = |id: u16| mail(vec![(id, wide(NAME))]);
    let document = docx(&format!("<w:p><w:r><w:t>{NAME}</w:t></w:r></w:p>"));
    let page = |text: &str| Value::Bytes(packed(&format!(r"{{\rtf1\ansi {text}}}")));
    let eml = format!("From: a@school.example\r\nSubject: {NAME}\r\nMIME-Version: 1.0\r\n\r\nHello\r\n").into_bytes();
    let messages = [
        ("subject", said(SUBJECT)),
        ("body", said(BODY)),
        ("HTML", mail(vec![(HTML, Value::Bytes(b"<p>Marla <i>Quill</i>feather</p>".into()))])),
        ("RTF", mail(vec![(RTF, page(r"Marla {\b Quill}feather"))])),
        ("HTML in RTF", mail(vec![(RTF, page(r"\fromhtml1 {\*\htmltag64 <p>}Marla Quill{\*\htmltag84 <b>}feather"))])),
        ("sender", said(0x0C1A)),
        ("recipients shown", said(0x0E04)),
        ("recipient", Message { recipients: vec![vec![(crate::outlook_making::NAME, wide(NAME))]], ..mail(vec![]) }),
        ("header", mail(vec![(0x007D, wide(&format!("To: {NAME} <m@home.example>\r\n")))])),
        ("own property", Message { named: vec![(0x8001, "pupil".into())], ..said(0x8001) }),
        ("file name", with_file("Marla Quillfeather.txt", Value::Bytes(b"x".into()))),
        ("file", with_file("a.docx", Value::Bytes(document.clone()))),
        ("message", with_file("a", Value::Message(said(BODY)))),
        ("mail", with_file("a", Value::Bytes(eml.clone()))),
    ];
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for (what, message) in &messages {
        files.push((format!("{what} of msg"), msg(message)));
        files.push((format!("{what} of winmail.dat"), winmail(message)));
    }
    let object = |content: &[u8], name: &str| format!(r"{{\object{{\*\objdata {}}}}}", hex(&package(name, content)));
    for (what, body) in [
        ("body", NAME.to_owned()),
        ("cells", r"\trowd\pard\intbl Marla\cell Quillfeather\cell\row ".to_owned()),
        ("property", format!(r"{{\info{{\author {NAME}}}}}")),
        ("header", format!(r"{{\header {NAME}\par}}")),
        ("footnote", format!(r"x{{\footnote {NAME}}}")),
        ("comment", format!(r"x{{\*\annotation {NAME}}}")),
        ("hidden", format!(r"{{\v {NAME}}}")),
        ("deleted", format!(r"{{\deleted {NAME}}}")),
        ("link", format!(r#"{{\field{{\*\fldinst HYPERLINK "https://x.example/?q={NAME}"}}{{\fldrslt x}}}}"#)),
        ("unknown group", format!(r"{{\*\what{{\*\ever {NAME}}}}}")),
        ("odd letters", r"Mar\'6ca \u81\'3fuill{}{\*\x}f\'65ather".to_owned()),
        ("object", object(&document, "a.docx")),
        ("object's name", object(b"x", "Marla Quillfeather.txt")),
    ] {
        files.push((format!("{what} of RTF"), rtf(&body)));
    }
    let long = code(&document);
    for (what, text) in [
        ("attached to an entry", entry(&format!("ATTACH;ENCODING=BASE64;VALUE=BINARY:{long}"))),
        ("name of what is attached", entry(&format!("ATTACH;ENCODING=BASE64;FILENAME=\"{NAME}.txt\":eA=="))),
        ("note of a contact", card(&format!("NOTE;ENCODING=b:{}", code(NAME.as_bytes())))),
        ("photo of a contact", card(&format!("PHOTO;ENCODING=b:{long}"))),
        ("key of a contact", card(&format!("KEY:data:text/plain;base64,{}", code(NAME.as_bytes())))),
    ] {
        files.push((what.to_owned(), text.into_bytes()));
    }
    files.push(("mail".to_owned(), eml));
    let mut missed = Vec::new();
    for (what, content) in &files {
        if found(&letter(&[("a.bin", content)]), &school) == 0 {
            missed.push(what.clone());
        }
        if found(&letter(&[("a.zip", &zip(&[("a.bin", content)]))]), &school) == 0 {
            missed.push(format!("{what}, packed"));
        }
    }
    assert_eq!(missed, Vec::<String>::new(), "of {}", files.len());
    assert_eq!(found(&letter(&[("a.bin", &rtf("Nobody at all"))]), &school), 0);
}
