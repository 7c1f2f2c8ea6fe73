//! Attachments: size, kind by content, and what is encrypted already.

use super::letter::*;
use super::world::*;
use exeat::mail::parts::GapKind;

/// A zip file with entries of this content, not compressed.
fn zip(entries: &[(&str, u16, u16, &[u8])]) -> Vec<u8> {
    let (mut files, mut directory) = (Vec::new(), Vec::new());
    let u16 = |n: usize| u16::try_from(n).unwrap().to_le_bytes();
    let u32 = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    for (name, flags, method, content) in entries {
        let extra: &[u8] = if *method == 99 { &[1, 0x99, 7, 0, 2, 0, b'A', b'E', 3, 0, 0] } else { &[] };
        let common = [
            &flags.to_le_bytes()[..],
            &method.to_le_bytes(),
            &[0; 8],
            &u32(content.len()),
            &u32(content.len()),
            &u16(name.len()),
            &u16(extra.len()),
        ]
        .concat();
        let start = files.len();
        files.extend([b"PK\x03\x04\x14\0", &common[..], name.as_bytes(), extra, content].concat());
        let rest = [&[0; 10][..], &u32(start), name.as_bytes(), extra].concat();
        directory.extend([b"PK\x01\x02\x14\0\x14\0", &common[..], &rest].concat());
    }
    let end = [
        b"PK\x05\x06\0\0\0\0",
        &u16(entries.len())[..],
        &u16(entries.len()),
        &u32(directory.len()),
        &u32(files.len()),
        &[0, 0],
    ]
    .concat();
    [files, directory, end].concat()
}

fn program() -> Vec<u8> {
    let mut file = vec![0; 256];
    file[..2].copy_from_slice(b"MZ");
    file[0x3C] = 0x80;
    file[0x80..0x84].copy_from_slice(b"PE\0\0");
    file
}

fn macro_document() -> Vec<u8> {
    zip(&[("[Content_Types].xml", 0, 0, b"<x/>"), ("_rels/.rels", 0, 0, b"<x/>"), ("word/vbaProject.bin", 0, 0, b"x")])
}

fn kinds(raw: &[u8]) -> Vec<&'static str> {
    let seen = see(raw, &Sending::default());
    let findings = seen.inspection.findings.iter().filter(|finding| finding.check == "attachments");
    findings.map(|finding| finding.kind).filter(|kind| !["file_size", "total_size", "count"].contains(kind)).collect()
}

#[test]
fn the_kind_is_told_by_the_content() {
    let png = [&b"\x89PNG\r\n\x1A\n"[..], &[1; 100]].concat();
    let letter = b"Dear all,\r\nplease run the tests; then go home.\r\nfor Mr Fisk\r\n";
    let aes = zip(&[("a.pdf", 1, 99, &[9; 40])]);
    let with_exe = zip(&[("setup.exe", 0, 0, &program())]);
    let plain_document = zip(&[("[Content_Types].xml", 0, 0, b"<x/>"), ("_rels/.rels", 0, 0, b"<x/>")]);
    for (name, kind, content, right) in [
        ("report.pdf", "application/pdf", program(), &["executable", "name_mismatch"][..]),
        ("tool.exe", "application/octet-stream", program(), &["executable"]),
        ("tool", "text/plain", program(), &["executable"]),
        ("list.docx", "application/msword", macro_document(), &["macro", "name_mismatch"]),
        ("form.docm", "application/octet-stream", macro_document(), &["macro"]),
        ("form.docx", "application/octet-stream", plain_document, &[]),
        ("all.zip", "application/zip", with_exe, &["archive", "executable"]),
        ("all.pdf", "application/pdf", zip(&[("a.txt", 0, 0, b"x")]), &["archive", "name_mismatch"]),
        ("safe.zip", "application/zip", aes, &["archive"]),
        ("start.txt", "text/plain", b"@echo off\r\ndel x\r\n".to_vec(), &["script", "name_mismatch"]),
        ("start.bat", "application/octet-stream", b"del x\r\n".to_vec(), &["script"]),
        ("letter.txt", "text/plain", letter.to_vec(), &[]),
        ("letter.pdf.exe", "text/plain", letter.to_vec(), &["name_mismatch"]),
        ("photo.png", "image/png", png.clone(), &["image"]),
        ("photo.docx", "image/png", png, &["image", "name_mismatch"]),
        ("table.xls", "application/vnd.ms-excel", b"a\tb\r\n1\t2\r\n3\t4\r\n5\t6\r\n".to_vec(), &[]),
    ] {
        assert_eq!(kinds(&with_file(kind, name, &content)), right, "{name}");
    }
}

#[test]
fn the_limit_is_a_byte_exact_one_of_the_decoded_file() {
    let primary = pack("primary");
    let limit = 2_097_152;
    let file = |size: usize| with_file("application/octet-stream", "a.bin", &vec![0xC7; size]);
    let holds = |raw: &[u8]| {
        let seen = see_with(raw, &Sending::default(), &primary);
        let rules = seen.judgement.matches.iter().map(|found| primary.rules[found.rule].id.clone());
        rules.filter(|rule| rule.contains("size")).collect::<Vec<_>>()
    };
    assert_eq!(holds(&file(limit)), [""; 0]);
    assert_eq!(holds(&file(limit + 1)), ["attachment-size", "total-size"]);
    let two = |size: usize| {
        let part = format!(
            "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            base64_lines(&vec![0xC7; size])
        );
        message("Content-Type: multipart/mixed; boundary=b\r\n", format!("{part}{part}--b--\r\n").as_bytes())
    };
    assert_eq!(holds(&two(limit / 2)), [""; 0]);
    assert_eq!(holds(&two(limit / 2 + 1)), ["total-size"]);
}

#[test]
fn pictures_in_the_text_are_decoration_and_others_are_not() {
    let picture = |size: usize, header: &str| {
        let content = [&b"\x89PNG\r\n\x1A\n"[..], &vec![1; size]].concat();
        let body = format!(
            "--b\r\nContent-Type: text/html\r\n\r\n<p>x <img src=\"cid:logo\"></p>\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\n{header}Content-Transfer-Encoding: base64\r\n\r\n{}--b--\r\n",
            base64_lines(&content)
        );
        kinds(&message("Content-Type: multipart/related; boundary=b\r\n", body.as_bytes()))
    };
    assert_eq!(picture(2_000, "Content-Disposition: inline; filename=\"logo.png\"\r\n"), [""; 0]);
    assert_eq!(picture(2_000, ""), [""; 0]);
    assert_eq!(picture(200_000, "Content-Disposition: inline\r\n"), ["image"]);
}

/// PGP packets: a session key, encrypted data.
fn sealed_packets() -> Vec<u8> {
    [&[0xC1, 21, 3][..], &[1; 20], &[0xD2, 101, 1], &[0xA5; 100]].concat()
}

fn armour(packets: &[u8]) -> String {
    format!("-----BEGIN PGP MESSAGE-----\r\n\r\n{}-----END PGP MESSAGE-----\r\n", base64_lines(packets))
}

#[test]
fn what_is_encrypted_is_no_finding_and_what_stands_beside_it_is() {
    let secret = "Jane Smith, NI number AB123456C";
    let body = |text: &str| message("Subject: x\r\nContent-Type: text/plain\r\n", text.as_bytes());
    let aes = zip(&[("a.csv", 1, 99, secret.as_bytes())]);
    let weak = zip(&[("a.csv", 1, 0, secret.as_bytes())]);
    for (why, raw, protected, found) in [
        ("PGP in the text", body(&armour(&sealed_packets())), true, false),
        ("PGP in the text, a name before it", body(&format!("{secret}\r\n{}", armour(&sealed_packets()))), true, true),
        (
            "PGP in the text, a name behind it",
            body(&format!("{}\r\n{secret}\r\n", armour(&sealed_packets()))),
            true,
            true,
        ),
        ("an encrypted zip", with_file("application/zip", "a.zip", &aes), true, false),
        (
            "an encrypted zip with a name for its name",
            with_file("application/zip", "Jane Smith NI AB123456C.zip", &aes),
            true,
            true,
        ),
        ("weakly encrypted", with_file("application/zip", "a.zip", &weak), false, false),
    ] {
        let seen = see(&raw, &Sending::default());
        let gap = seen.inspection.gaps.iter().any(|gap| gap.kind == GapKind::Protected);
        assert_eq!(gap, protected, "{why}: {:?}", seen.inspection.gaps);
        let names = seen.inspection.findings.iter().filter(|finding| finding.kind == "full_name").count();
        let numbers = seen.inspection.findings.iter().filter(|finding| finding.kind == "nino").count();
        assert_eq!((names > 0, numbers > 0), (found, found), "{why}");
    }
    let literal = [&[0xCB, 26, b'b', 0, 0, 0, 0, 0][..], b"Jane Smith was late."].concat();
    let seen = see(&body(&armour(&literal)), &Sending::default());
    let gaps: Vec<GapKind> = seen.inspection.gaps.iter().map(|gap| gap.kind).collect();
    assert_eq!(gaps, [GapKind::Unsupported], "PGP armour that encrypts nothing");
    let fields = "Content-Type: application/zip\r\nContent-Disposition: attachment; filename=a.zip\r\nContent-Transfer-Encoding: base64\r\n";
    let told = format!(
        "--b\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
        --a\r\nContent-Type: text/plain\r\n\r\nThe password is Tulip-47-Brook\r\n\
        --a\r\nContent-Type: text/html\r\n\r\n<p>Your password is Tulip-47-Brook</p>\r\n--a--\r\n--b\r\n{fields}\r\n{}\r\n--b--\r\n",
        base64_lines(&aes)
    );
    let seen = see(&message("Content-Type: multipart/mixed; boundary=b\r\n", told.as_bytes()), &Sending::default());
    let told = seen.inspection.findings.iter().map(|finding| finding.kind);
    let told: Vec<_> = told.filter(|kind| kind.contains("password") || *kind == "credentials").collect();
    assert_eq!(told, ["password_beside_protected"], "one finding of a password in the text and in its twin of HTML");
    assert_eq!(seen.action(), "hold");
}
