//! Files and words in base64 inside calendar entries and contacts.

use crate::making::{docx, letter, zip};
use crate::{gaps, names, opened, read};
use base64::Engine as _;
use exeat::mail::parts::{FileKind, GapKind};

pub fn code(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

pub fn entry(property: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:News\r\n{property}\r\nLOCATION:Hall\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

pub fn card(property: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:News\r\n{property}\r\nORG:Hall\r\nEND:VCARD\r\n")
}

/// Lines of 60 letters, each behind a line break and this.
fn folded(code: &str, blank: &str) -> String {
    code.as_bytes().chunks(60).map(|line| format!("\r\n{blank}{}", str::from_utf8(line).unwrap())).collect()
}

#[test]
fn files_and_words_inside_are_read() {
    let document = docx("<w:p><w:r><w:t>Oliver Smith</w:t></w:r></w:p>");
    let long = code(&document);
    let words = code(b"Oliver Smith, 7B");
    let table = [
        (
            "attached",
            entry(&format!(
                "ATTACH;FMTTYPE=application/octet-stream;ENCODING=BASE64;VALUE=BINARY;FILENAME=\"a: b.docx\":{long}"
            )),
            "a: b.docx",
        ),
        (
            "folded",
            entry(&format!("ATTACH;ENCODING=BASE64;X-FILENA\r\n ME=b.docx;VALUE=BINARY:{}", folded(&long, " "))),
            "b.docx",
        ),
        ("text attached", entry(&format!("ATTACH;ENCODING=BASE64;VALUE=BINARY:{words}")), ""),
        ("address that holds it", entry(&format!("ATTACH:data:text/plain;base64,{words}")), ""),
        ("another property", entry(&format!("X-NOTES;ENCODING=BASE64:{long}")), ""),
        ("photo that is none", card(&format!("PHOTO;ENCODING=b;TYPE=JPEG:{long}")), ""),
        ("broken without blanks", card(&format!("PHOTO;BASE64;JPEG:{}\r\n", folded(&long, ""))), ""),
        ("in a group", card(&format!("item1.LOGO;VALUE=uri:DATA:image/png;base64,{long}")), ""),
        ("key that is words", card(&format!("KEY;ENCODING=B:{words}")), ""),
    ];
    for (what, text, file) in table {
        let shown = text.clone() + "\r\n--b--\r\n";
        let shown = format!(
            "From: a@school.example\r\nSubject: News\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n{shown}"
        );
        for (how, tree) in [
            ("alone", opened(text.as_bytes())),
            ("attached", read(&letter(&[("a.bin", text.as_bytes())]))),
            ("packed", read(&letter(&[("a.zip", &zip(&[("a.bin", text.as_bytes())]))]))),
            ("shown", read(shown.as_bytes())),
        ] {
            assert!(tree.text.contains("Oliver Smith"), "{what} {how}: {:?}", tree.text);
            assert!(tree.text.contains("Hall") && !tree.text.contains(&words), "{what} {how}: {:?}", tree.text);
            assert_eq!(gaps(&tree), [], "{what} {how}");
            assert_eq!(
                names(&tree).last().unwrap().1,
                if file.is_empty() && tree.parts.len() == 1 { "" } else { file },
                "{what} {how}"
            );
        }
    }
}

#[test]
fn coded_words_stay_in_their_line() {
    let tree = opened(card(&format!("NOTE;ENCODING=b:{}", code("Zo\u{eb} Marlow".as_bytes()))).as_bytes());
    assert!(tree.text.contains("Zo\u{eb} Marlow\n") && tree.parts.len() == 1, "{:?}", tree.text);
}

#[test]
fn pictures_are_counted_and_public_keys_are_no_gap() {
    let tree = opened(card(&format!("PHOTO;ENCODING=b:{}", code(b"\xFF\xD8\xFF\xE0\0\x10JFIF"))).as_bytes());
    assert_eq!((tree.parts[1].kind, gaps(&tree)), (FileKind::Image, vec![]));
    let key = code(b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----\n");
    let tree = opened(card(&format!("KEY;ENCODING=b:{key}")).as_bytes());
    assert_eq!((tree.parts.len(), gaps(&tree)), (1, vec![]));
}

#[test]
fn entries_within_entries_end() {
    let mut text = entry("SUMMARY:at the bottom");
    for _ in 0..40 {
        text = entry(&format!("ATTACH;ENCODING=BASE64:{}", code(text.as_bytes())));
        if text.len() > 1 << 20 {
            break;
        }
    }
    let tree = opened(text.as_bytes());
    let deep = tree.gaps.iter().any(|gap| gap.kind == GapKind::Limit);
    assert!(deep || tree.text.contains("at the bottom"), "{:?}", gaps(&tree));
}
