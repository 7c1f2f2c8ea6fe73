//! Whole messages: what is protected in them is no gap of another kind, what only looks so is read, and what stands
//! beside it is found.

use crate::making::{
    ENVELOPED, Zipped, armour, compressed, entry, enveloped, forms, packet, secret, session, signed, tlv, zip,
};
use base64::Engine as _;
use exeat::finding::Inspection;
use exeat::inspect::inspect;
use exeat::mail::Envelope;
use exeat::mail::open::{FileLimits, take_apart_and_open};
use exeat::mail::parts::{Family, GapKind, Limits, Place, Tree};
use exeat::school::roster::{Columns, Roster};
use exeat::school::{Identity, Lists, School};
use exeat::source::{Direction, Origin, SenderClass};

fn school() -> School {
    let csv = "id,forename,surname\n1,Jane,Smith\n2,Amina,Okafor\n";
    let (roster, problems) = Roster::read(csv.as_bytes(), &Columns::default(), "roster.csv");
    assert_eq!(problems, []);
    let identity = Identity {
        domains: vec!["school.example".into()],
        secure_link_hosts: vec!["school.storage.example".into()],
        ..Identity::default()
    };
    School { roster, identity, lists: Lists::built_in(), ..School::default() }
}

fn see(raw: &[u8]) -> (Tree, Inspection) {
    let tree = take_apart_and_open(raw, &Family::ALL, &Limits::default(), &FileLimits::default());
    let origin = Origin { direction: Direction::Outgoing, class: SenderClass::Staff, source: None, sender: None };
    let now = "2026-03-10T09:00:00Z".parse().unwrap();
    let (_, inspection) = inspect(&tree, &Envelope::default(), &origin, &school(), now);
    (tree, inspection)
}

fn has(inspection: &Inspection, kind: GapKind) -> bool {
    inspection.gaps.iter().any(|gap| gap.kind == kind)
}

fn found(inspection: &Inspection, kind: &str) -> bool {
    inspection.findings.iter().any(|finding| finding.kind == kind)
}

fn base64(content: &[u8]) -> String {
    let code = base64::engine::general_purpose::STANDARD.encode(content);
    code.as_bytes().chunks(76).flat_map(|line| [std::str::from_utf8(line).unwrap(), "\r\n"]).collect()
}

/// A message that is one part.
fn whole(fields: &str, content: &[u8]) -> Vec<u8> {
    let head = "Subject: News\r\nMIME-Version: 1.0\r\n";
    format!("{head}{fields}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}", base64(content)).into_bytes()
}

fn with_files(subject: &str, text: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut raw =
        format!("Subject: {subject}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{text}\r\n");
    for (name, content) in files {
        let fields =
            format!("Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"");
        raw += &format!("--b\r\n{fields}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}", base64(content));
    }
    (raw + "--b--\r\n").into_bytes()
}

fn pgp_mime(protocol: &str, data: &str) -> Vec<u8> {
    let head = format!("Subject: News\r\nContent-Type: multipart/encrypted; protocol=\"{protocol}\"; boundary=b\r\n");
    let control = "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n";
    let data = format!("Content-Type: application/octet-stream\r\n\r\n{data}\r\n");
    format!("{head}\r\n--b\r\n{control}--b\r\n{data}--b--\r\n").into_bytes()
}

/// A message with a name in it, of which everybody can read everything, or nobody.
fn pairs() -> Vec<(&'static str, Vec<u8>, bool)> {
    const SECRET: &str = "Jane Smith has a place.";
    let entity = format!("Content-Type: text/plain\r\n\r\n{SECRET}\r\n");
    let secret_armour = armour("MESSAGE", "", &[session(), secret()].concat());
    let clear_signed = format!(
        "Subject: News\r\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\r\n\r\n--b\r\n{entity}--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nMIIB\r\n--b--\r\n"
    );
    let smime = |kind: &str| format!("Content-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m");
    let text = |text: String| format!("Subject: News\r\n\r\n{text}\r\n").into_bytes();
    let mut clear: Zipped = entry("list.txt", 0, 0);
    clear.data = SECRET.as_bytes();
    vec![
        ("enveloped", whole(&smime("enveloped-data"), &enveloped(ENVELOPED)), true),
        ("enveloped under another type", whole(&smime("signed-data"), &enveloped(ENVELOPED)), true),
        ("clear-signed", clear_signed.into_bytes(), false),
        ("opaque-signed", whole(&smime("enveloped-data"), &signed(&tlv(4, entity.as_bytes()))), false),
        ("compressed", whole(&smime("enveloped-data"), &compressed(entity.as_bytes())), false),
        (
            "compressed and signed",
            whole(
                &smime("compressed-data"),
                &compressed(&whole(&smime("signed-data"), &signed(&tlv(4, entity.as_bytes())))),
            ),
            false,
        ),
        ("PGP/MIME", pgp_mime("application/pgp-encrypted", &secret_armour), true),
        ("PGP/MIME that says so", pgp_mime("application/pgp-encrypted", SECRET), false),
        ("another protocol", pgp_mime("application/x-secret", SECRET), false),
        ("inline PGP", text(secret_armour.clone()), true),
        (
            "signed text",
            text(format!(
                "-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n{SECRET}\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\niQEz\r\n-----END PGP SIGNATURE-----"
            )),
            false,
        ),
        (
            "message.html",
            with_files("News", "See the file.", &[("message.html", format!("<p>{SECRET}</p>").as_bytes())]),
            false,
        ),
        ("zip", with_files("News", "See the file.", &[("a.zip", &zip(&[entry("list.txt", 1, 99)], b""))]), true),
        (
            "zip with one clear entry",
            with_files("News", "See the file.", &[("a.zip", &zip(&[entry("b.txt", 1, 99), clear], b""))]),
            false,
        ),
    ]
}

#[test]
fn what_is_protected_is_not_read_and_what_only_looks_so_is() {
    for (name, raw, protects) in pairs() {
        let (tree, inspection) = see(&raw);
        assert_eq!(found(&inspection, "full_name"), !protects, "{name}: {:?}", inspection.gaps);
        if protects {
            assert!(has(&inspection, GapKind::Protected), "{name}: {:?}", inspection.gaps);
            let others = inspection.gaps.iter().filter(|gap| gap.kind != GapKind::Protected).count();
            assert_eq!(others, 0, "{name}: what is protected is not also unreadable: {:?}", inspection.gaps);
        } else {
            let sealed = tree.parts.iter().any(|part| part.sealed.is_some());
            assert!(!sealed, "{name}");
        }
    }
}

#[test]
fn a_pdf_is_protected_where_a_reader_needs_the_password() {
    for form in forms().into_iter().filter(|form| form.row == "PDF") {
        let (name, protects) = (form.name, form.protects());
        let (tree, inspection) = see(&with_files("News", "See the file.", &[("a.pdf", &form.content)]));
        assert_eq!(has(&inspection, GapKind::Protected), protects, "{name}");
        assert_eq!(tree.parts.iter().any(|part| part.sealed.is_some()), protects, "{name}");
    }
}

#[test]
fn every_form_that_counts_is_a_gap_of_its_kind_in_a_message() {
    for form in forms().into_iter().filter(|form| form.row != "PDF") {
        let (_, inspection) = see(&with_files("News", "See the file.", &[("a.bin", &form.content)]));
        let (protected, weak) = (has(&inspection, GapKind::Protected), has(&inspection, GapKind::Weak));
        match form.sealed {
            Some(sealed) => assert_eq!((protected, weak), (!sealed.is_weak(), sealed.is_weak()), "{}", form.name),
            // An archive with one clear file has protected files in it, too.
            None if form.row == "ZIP" || form.row == "7z" || form.row == "RAR" => {}
            None => assert!(!protected, "{}: {}: {:?}", form.row, form.name, inspection.gaps),
        }
    }
}

#[test]
fn what_leaks_beside_it_is_found() {
    let locked = zip(&[entry("details.docx", 1, 99)], b"");
    let file: [(&str, &[u8]); 1] = [("review.zip", &locked)];
    let place = |inspection: &Inspection| {
        inspection.findings.iter().find(|finding| finding.kind == "full_name").and_then(|finding| finding.place)
    };
    let (_, quiet) = see(&with_files("Review", "The file is attached.", &file));
    assert!(quiet.findings.iter().all(|finding| finding.check == "attachments"), "{:?}", quiet.findings);
    let (_, subject) = see(&with_files("Review of Jane Smith", "The file is attached.", &file));
    assert_eq!(place(&subject), Some(Place::Subject));
    let (_, named) = see(&with_files("Review", "The file is attached.", &[("Jane Smith.zip", &locked)]));
    assert_eq!(place(&named), Some(Place::FileName));
    let inside = zip(&[entry("Jane Smith.docx", 1, 99)], b"");
    let (_, inside) = see(&with_files("Review", "The file is attached.", &[("review.zip", &inside)]));
    assert_eq!(place(&inside), Some(Place::FileName), "the names in an archive are readable");
    for (text, told) in [
        ("The password is Otter-482-brook.", true),
        ("Hi, the pw for the file is Conker42, see you on Monday", true),
        ("As agreed.\r\n\r\nOn 2 March 2026 the office wrote:\r\n> The password is Otter-482-brook.", true),
        ("The usual password.", false),
        ("The password is the usual one.", false),
        ("The password is the name of our first dog.", false),
        ("I will ring you with the password.", false),
    ] {
        let (_, inspection) = see(&with_files("Review", text, &file));
        assert_eq!(found(&inspection, "password_beside_protected"), told, "{text}");
    }
    let armoured = armour("MESSAGE", "", &[session(), secret()].concat());
    let (_, inspection) =
        see(format!("Subject: x\r\n\r\nThe password is Otter-482-brook.\r\n\r\n{armoured}").as_bytes());
    assert!(found(&inspection, "password_beside_protected"), "beside what is encrypted in the text");
}

#[test]
fn a_clear_copy_beside_its_protected_twin_is_found() {
    let locked = zip(&[entry("details.docx", 1, 99)], b"");
    let words = b"Nothing of anybody stands here.";
    for (files, told) in [
        (["review.zip", "review.txt"], true),
        (["Review (protected).zip", "review.txt"], true),
        (["a.zip", "details.txt"], true),
        (["review.zip", "agenda.txt"], false),
        (["image001.zip", "image001.txt"], false),
    ] {
        let (_, inspection) = see(&with_files("Review", "See.", &[(files[0], &locked), (files[1], words)]));
        assert_eq!(found(&inspection, "clear_copy_beside_protected"), told, "{files:?}");
    }
    let clear = zip(&[entry("details.docx", 0, 0)], b"");
    let (_, inspection) = see(&with_files("Review", "See.", &[("review.zip", &clear), ("review.txt", words)]));
    assert!(!found(&inspection, "clear_copy_beside_protected"), "nothing is protected there");
}

#[test]
fn a_link_to_the_schools_own_storage_counts_while_no_attachment_tells_anything() {
    let list: &[(&str, &[u8])] = &[("list.csv", b"Forename,Surname\r\nJane,Smith\r\n")];
    let agenda: &[(&str, &[u8])] = &[("agenda.txt", b"Tea at four.\r\n")];
    for (link, files, counts) in [
        ("https://school.storage.example/s/abc123", &[][..], true),
        ("HTTPS://School.Storage.Example:443/s/abc123", &[], true),
        ("See https://school.storage.example.", &[], true),
        ("https://school.storage.example/s/abc123", agenda, true),
        ("https://school.storage.example/s/abc123", list, false),
        ("http://school.storage.example/s/abc123", &[], false),
        ("https://other.storage.example/s/abc123", &[], false),
        ("https://school.storage.example.evil.example/s", &[], false),
        ("https://evil.example/https/school.storage.example/", &[], false),
        ("https://school.storage.example@evil.example/s", &[], false),
        ("xhttps://school.storage.example/s", &[], false),
        ("school.storage.example", &[], false),
    ] {
        let (_, inspection) = see(&with_files("Review", &format!("The file: {link}"), files));
        assert_eq!(has(&inspection, GapKind::Protected), counts, "{link}");
    }
    let html = "Subject: x\r\nContent-Type: text/html\r\n\r\n<p><a href=\"https://school.storage.example/s/1\">the file</a></p>";
    assert!(has(&see(html.as_bytes()).1, GapKind::Protected), "a link behind words");
}

#[test]
fn literal_data_in_an_armour_is_a_gap_and_text_around_an_armour_is_read() {
    let literal = armour("MESSAGE", "", &packet(11, b"b\0\0\0\0\0Dear all"));
    let (_, inspection) = see(format!("Subject: x\r\n\r\n{literal}").as_bytes());
    assert!(!has(&inspection, GapKind::Protected) && has(&inspection, GapKind::Unsupported), "{:?}", inspection.gaps);
    let locked = armour("MESSAGE", "", &[session(), secret()].concat());
    let (_, around) = see(format!("Subject: x\r\n\r\nAbout Jane Smith:\r\n{locked}\r\nBye").as_bytes());
    assert!(has(&around, GapKind::Protected) && found(&around, "full_name"));
}
