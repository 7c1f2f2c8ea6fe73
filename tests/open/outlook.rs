//! Outlook messages and `winmail.dat`: everything a message says, once, and the files in it.

use crate::making::{docx, letter, zip};
use crate::outlook_making::*;
use crate::rich_text::package;
use crate::{gaps, hidden, names, opened, opened_within, read};
use exeat::mail::open::FileLimits;
use exeat::mail::parts::{FileKind, GapKind, Sealed};

/// A message in both forms.
fn both(message: &Message) -> [(&'static str, Vec<u8>); 2] {
    [("msg", msg(message)), ("winmail", winmail(message))]
}

fn of(properties: Properties) -> Message {
    Message { properties, ..Message::default() }
}

fn file(name: &str, data: Value) -> Message {
    Message { files: vec![vec![(LONG_NAME, wide(name)), (DATA, data)]], ..of(vec![(SUBJECT, wide("News"))]) }
}

pub const WORLD: &[u8] =
    b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125B2\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0";
pub const LETTERS: &[u8] = b"\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4b\x51\x41\0\x04 WXYZ\x0dn}\x01\x0e\xb0";

#[test]
fn everything_a_message_says_is_read() {
    let name = "Zo\u{eb} Marlow";
    let long = "Oliver Smith";
    let inner = of(vec![(SUBJECT, wide("Within")), (BODY, wide(name))]);
    let deeper =
        Message { files: vec![vec![(NAME, wide("deeper")), (DATA, Value::Message(inner.clone()))]], ..of(vec![]) };
    let table: Vec<(&str, Message, &str)> = vec![
        ("subject", of(vec![(SUBJECT, wide(name))]), name),
        ("subject in a code page", of(vec![(SUBJECT, Value::Narrow(b"Zo\xeb Marlow\0".into()))]), name),
        ("body", of(vec![(BODY, wide(name))]), name),
        ("HTML", of(vec![(HTML, Value::Bytes(b"<p>Zo&euml; <b>Mar</b>low</p>".into()))]), name),
        (
            "HTML in a code page",
            of(vec![(HTML, Value::Bytes(b"<p>Zo\xeb Marlow</p>".into())), (0x3FDE, Value::Number(28_591))]),
            name,
        ),
        ("RTF", of(vec![(RTF, Value::Bytes(packed(r"{\rtf1\ansi Zo\'eb {\b Marlow}}")))]), name),
        ("packed RTF", of(vec![(RTF, Value::Bytes(WORLD.into()))]), "hello world"),
        ("RTF that repeats itself", of(vec![(RTF, Value::Bytes(LETTERS.into()))]), "WXYZWXYZWXYZWXYZWXYZ"),
        (
            "sender",
            of(vec![(0x0C1A, wide(name)), (0x5D01, wide("z.marlow@school.example"))]),
            "Zo\u{eb} Marlow <z.marlow@school.example>",
        ),
        (
            "recipient",
            Message {
                recipients: vec![
                    vec![(NAME, wide("Jane")), (ADDRESS, wide("j@home.example"))],
                    vec![(NAME, wide(name))],
                ],
                ..of(vec![])
            },
            name,
        ),
        (
            "recipient's address",
            Message { recipients: vec![vec![(NAME, wide("Jane")), (ADDRESS, wide("j@home.example"))]], ..of(vec![]) },
            "Jane <j@home.example>",
        ),
        (
            "header",
            of(vec![(0x007D, wide("Received: x\r\nTo: =?utf-8?q?Zo=C3=AB_Marlow?= <z@x.example>\r\n\r\n"))]),
            name,
        ),
        ("an own property", of(vec![(0x8010, wide(name))]), name),
        ("categories", of(vec![(0x8011, Value::Several(vec!["Trips".into(), name.into()]))]), name),
        ("a contact's name", of(vec![(0x3A06, wide("Zo\u{eb}")), (0x3A11, wide("Marlow"))]), "Zo\u{eb}\nMarlow"),
        ("name of a file", file("Zo\u{eb} Marlow.txt", Value::Bytes(b"x".into())), name),
        ("text file", file("a.txt", Value::Bytes("Zo\u{eb} Marlow, 7B".into())), name),
        ("document", file("a.docx", Value::Bytes(docx("<w:p><w:r><w:t>Oliver Smith</w:t></w:r></w:p>"))), long),
        ("message attached", file("deeper", Value::Message(inner)), name),
        ("message within one", file("deep", Value::Message(deeper)), name),
    ];
    for (what, message, words) in table {
        for (form, content) in both(&message) {
            let tree = opened(&content);
            assert!(tree.text.contains(words), "{what} in {form}: {:?}", tree.text);
            assert_eq!(gaps(&tree), [], "{what} in {form}");
            assert!(!hidden(&tree).iter().any(|text| text.contains(words)), "{what} in {form}");
        }
    }
}

#[test]
fn what_stands_there_in_several_forms_is_told_once_and_what_differs_is_told() {
    let html = r"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}Oliver Smith{\*\htmltag72 </p>}}";
    let message = |body: &str| {
        of(vec![
            (SUBJECT, wide("News")),
            (0x0E1D, wide("News")),
            (HTML, Value::Bytes(b"<p>Oliver <b>Smith</b></p>".into())),
            (RTF, Value::Bytes(packed(html))),
            (BODY, wide(body)),
        ])
    };
    for (form, content) in both(&message("Oliver Smith\r\n")) {
        let tree = opened(&content);
        assert_eq!(
            (tree.text.matches("Oliver Smith").count(), tree.text.matches("News").count()),
            (1, 1),
            "{form}: {:?}",
            tree.text
        );
    }
    for (form, content) in both(&message("Oliver Smith\r\nand Jane Marlow")) {
        let tree = opened(&content);
        assert!(
            tree.text.contains("Jane Marlow") && tree.text.matches("Oliver Smith").count() == 1,
            "{form}: {:?}",
            tree.text
        );
    }
}

#[test]
fn files_know_their_names_and_where_they_stand() {
    let inner = Message {
        files: file("b.txt", Value::Bytes(b"words of b".into())).files,
        ..of(vec![(SUBJECT, wide("Within"))])
    };
    let mut message = file("Marks of Jane.txt", Value::Bytes(b"words of a".into()));
    message.files[0].push((SHORT_NAME, wide("MARKS~1.TXT")));
    message.files.push(vec![(NAME, wide("Within")), (DATA, Value::Message(inner))]);
    for (form, content) in both(&message) {
        let tree = opened(&content);
        let names = names(&tree);
        let at = |name: &str| names.iter().position(|(_, found)| *found == name).unwrap();
        assert_eq!((names[at("Marks of Jane.txt")].0, names[at("Within")].0), (0, 0), "{form}");
        assert_eq!(
            (usize::from(names[at("b.txt")].0), tree.parts[at("Within")].kind),
            (at("Within"), FileKind::Message),
            "{form}"
        );
        assert!(tree.text.contains("MARKS~1.TXT") && tree.text.contains("words of b"), "{form}");
    }
}

#[test]
fn pictures_of_the_text_are_no_attached_files() {
    let picture = Value::Bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec());
    let mut message = file("a.png", picture.clone());
    message.files[0].push((0x7FFE, Value::Flag));
    message.files.extend(file("b.png", picture).files);
    for (form, content) in both(&message) {
        let tree = opened(&content);
        let shown: Vec<_> = tree.parts[1..].iter().map(|part| (part.kind, part.attached, part.shown_inline)).collect();
        assert_eq!(shown, [(FileKind::Image, false, true), (FileKind::Image, true, false)], "{form}");
    }
}

#[test]
fn objects_of_other_programs_are_opened() {
    let document = docx("<w:p><w:r><w:t>Oliver Smith</w:t></w:r></w:p>");
    let storage = Value::Storage(vec![("CONTENTS".to_owned(), document)]);
    let tree = opened(&msg(&file("object", storage)));
    assert_eq!((names(&tree)[1], names(&tree)[2]), ((0, "object"), (1, "")));
    assert!(tree.text.contains("Oliver Smith"), "{:?}", tree.text);
    let tree =
        opened(&winmail(&file("object", Value::Storage(vec![(String::new(), zip(&[("a.txt", b"words of a")]))]))));
    assert!(tree.text.contains("words of a"), "{:?}", tree.text);
    let rtf =
        format!(r"{{\rtf1 {{\object{{\*\objdata {}}}}}}}", crate::rich_text::hex(&package("a.txt", b"words of a")));
    let tree = opened(&msg(&of(vec![(RTF, Value::Bytes(packed(&rtf)))])));
    assert!(tree.text.contains("words of a"), "{:?}", tree.text);
}

#[test]
fn a_document_with_a_message_in_it_is_a_document() {
    let mut container = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    for (path, content) in [("/WordDocument", &b"x"[..]), ("/a/__properties_version1.0", &[0; 32])] {
        container.create_storage_all(std::path::Path::new(path).parent().unwrap()).unwrap();
        std::io::Write::write_all(&mut container.create_stream(path).unwrap(), content).unwrap();
    }
    let content = container.into_inner().into_inner();
    assert_eq!(exeat::mail::kind::of(&content, ""), FileKind::Office);
}

#[test]
fn signed_messages_are_read_and_sealed_ones_are_protected() {
    let signed = b"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nT2xpdmVyIFNtaXRo\r\n--b--\r\n";
    let rights = [&b"\x76\xE8\x04\x60\xC4\x11\xE3\x86"[..], &[7; 100]].concat();
    for (form, content) in both(&file("smime.p7m", Value::Bytes(signed.into()))) {
        assert!(opened(&content).text.contains("Oliver Smith"), "{form}");
    }
    for (form, content) in both(&file("message.rpmsg", Value::Bytes(rights))) {
        let tree = opened(&content);
        assert_eq!(tree.parts[1].sealed, Some(Sealed::RightsManaged), "{form}");
        assert_eq!(gaps(&tree), [(GapKind::Protected, 1, "rights-managed message")], "{form}");
    }
}

#[test]
fn a_message_is_known_by_its_bytes_wherever_it_stands() {
    let mail = b"From: A <a@school.example>\r\nTo: b@home.example\r\nSubject: News\r\nMessage-ID: <1@school.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nT2xpdmVyIFNtaXRo\r\n";
    let short =
        b"From: a@school.example\r\nSubject: News\r\nContent-Transfer-Encoding: base64\r\n\r\nT2xpdmVyIFNtaXRo\r\n";
    let table = [
        ("attached", letter(&[("a.bin", mail)])),
        ("in an archive", letter(&[("a.zip", &zip(&[("notes", mail)]))])),
        ("in an archive, short", letter(&[("a.zip", &zip(&[("notes.eml", short)]))])),
        ("in an archive, short and without a name", letter(&[("a.zip", &zip(&[("notes", short)]))])),
        ("in a message of Outlook", letter(&[("a.msg", &msg(&file("notes", Value::Bytes(mail.to_vec()))))])),
        ("in winmail.dat", letter(&[("winmail.dat", &winmail(&file("notes", Value::Bytes(mail.to_vec()))))])),
        (
            "winmail.dat in a message of Outlook",
            letter(&[("a", &msg(&file("b", Value::Bytes(winmail(&file("notes", Value::Bytes(mail.to_vec())))))))]),
        ),
    ];
    for (what, raw) in table {
        let tree = read(&raw);
        assert!(tree.text.contains("Oliver Smith"), "{what}: {:?}", tree.text);
        assert_eq!(gaps(&tree), [], "{what}");
        assert!(tree.parts.iter().any(|part| part.kind == FileKind::Message), "{what}");
    }
}

#[test]
fn lengths_and_depths_that_lie_are_bounded() {
    let small = FileLimits { depth: 3, parts: 20, unpacked: 4 << 20, text: 64 << 10, cells: 100 };
    let mut nested = of(vec![(BODY, wide("at the bottom"))]);
    for _ in 0..8 {
        nested = file("deeper", Value::Message(nested));
    }
    for (form, content) in both(&nested) {
        let reasons: Vec<_> = opened_within(&content, &small).gaps.into_iter().map(|gap| gap.reason).collect();
        assert!(
            reasons.iter().any(|reason| reason == "files within files deeper than the limit"),
            "{form}: {reasons:?}"
        );
    }
    let many = Message {
        files: (0..50).flat_map(|_| file("a", Value::Bytes(b"x".into())).files).collect(),
        ..of(vec![(BODY, wide("Oliver Smith"))])
    };
    for (form, content) in both(&many) {
        let tree = opened_within(&content, &small);
        assert!(tree.gaps.iter().any(|gap| gap.reason == "more files inside than the limit"), "{form}");
        assert!(tree.text.contains("Oliver Smith"), "{form}");
    }
    let whole = winmail(&of(vec![(BODY, wide("Oliver Smith"))]));
    let mut long = tnef(&[attribute(1, 0x0001_8004, b"Oliver Smith\0")]);
    let at = long.len() - 2 - 13 - 4;
    long[at..at + 4].copy_from_slice(&[0xFF; 4]);
    for (what, content, text) in [
        ("a length beyond the end", long, true),
        ("cut", whole[..whole.len() - 18].to_vec(), true),
        (
            "a count beyond the end",
            tnef(&[attribute(1, 0x0006_9003, &[0xFF; 4]), attribute(1, 0x0001_8004, b"Oliver Smith\0")]),
            true,
        ),
        (
            "a bomb in RTF",
            winmail(&of(vec![(
                RTF,
                Value::Bytes([&b"\0\0\0\0\xFF\xFF\xFF\xFFLZFu\0\0\0\0"[..], &[0xFF, 0, 0x0F].repeat(500_000)].concat()),
            )])),
            false,
        ),
    ] {
        let tree = opened_within(&content, &small);
        assert_eq!(tree.text.contains("Oliver Smith"), text, "{what}: {:?}", gaps(&tree));
        assert!(what.contains("count") || !tree.gaps.is_empty(), "{what}");
    }
}

proptest::proptest! {
    #[test]
    fn damaged_messages_are_read_or_refused(which in 0..2_usize, at in proptest::prelude::any::<proptest::sample::Index>(), bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..40), end in proptest::prelude::any::<proptest::sample::Index>()) {
        let inner = file("b.txt", Value::Bytes(b"words of b".into()));
        let message = Message { properties: vec![(SUBJECT, wide("News")), (RTF, Value::Bytes(WORLD.into())), (0x8010, wide("x"))], ..file("within", Value::Message(inner)) };
        let mut content = both(&message)[which].1.clone();
        let from = at.index(content.len());
        for (place, byte) in content[from..].iter_mut().zip(&bytes) {
            *place = *byte;
        }
        content.truncate(end.index(content.len() * 2).max(1));
        opened(&content);
    }
}
