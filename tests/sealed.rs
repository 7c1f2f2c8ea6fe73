//! What a file is, and what is encrypted already: each form beside what only looks like it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(clippy::cast_possible_truncation, clippy::too_many_lines, missing_docs)]

use base64::Engine as _;
use exeat::mail::kind;
use exeat::mail::parts::{FileKind, Sealed};
use exeat::mail::sealed;
use proptest::prelude::*;
use std::path::PathBuf;

// ---- Builders of tiny files ----

fn tlv(tag: u8, inner: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match inner.len() {
        0..=127 => out.push(inner.len() as u8),
        128..=255 => out.extend([0x81, inner.len() as u8]),
        _ => out.extend([0x82, (inner.len() >> 8) as u8, inner.len() as u8]),
    }
    out.extend(inner);
    out
}

fn indefinite(tag: u8, inner: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], inner, &[0, 0]].concat()
}

const SIGNED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";
const ENVELOPED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03";
const AUTH_ENVELOPED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17";
const COMPRESSED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x09";
const DATA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01";

fn content_info(object: &[u8], body: &[u8]) -> Vec<u8> {
    tlv(0x30, &[tlv(6, object), tlv(0xA0, body)].concat())
}

fn envelope_fields() -> Vec<u8> {
    let recipients = tlv(0x31, &tlv(0x30, &[7; 40]));
    let secret =
        [tlv(6, DATA), tlv(0x30, &tlv(6, b"\x60\x86\x48\x01\x65\x03\x04\x01\x2A")), tlv(0x80, &[9; 200])].concat();
    [tlv(2, &[0]), recipients, tlv(0x30, &secret)].concat()
}

fn enveloped(object: &[u8]) -> Vec<u8> {
    content_info(object, &tlv(0x30, &envelope_fields()))
}

fn enveloped_indefinite() -> Vec<u8> {
    let body = indefinite(0x30, &envelope_fields());
    indefinite(0x30, &[tlv(6, ENVELOPED), indefinite(0xA0, &body)].concat())
}

fn signed(octets: &[u8]) -> Vec<u8> {
    let inner = [tlv(6, DATA), tlv(0xA0, octets)].concat();
    content_info(SIGNED, &tlv(0x30, &[tlv(2, &[1]), tlv(0x31, &[]), tlv(0x30, &inner), tlv(0x31, &[])].concat()))
}

/// A packet in the new format.
fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[0xC0 | tag, 0xFF], &(body.len() as u32).to_be_bytes()[..], body].concat()
}

fn session() -> Vec<u8> {
    packet(1, &[&[3], &[1; 20][..]].concat())
}

fn secret() -> Vec<u8> {
    packet(18, &[&[1], &[0xA5; 300][..]].concat())
}

fn armour(label: &str, head: &str, packets: &[u8]) -> String {
    let digits = base64::engine::general_purpose::STANDARD.encode(packets);
    let lines: Vec<&str> = digits.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PGP {label}-----\n{head}\n{}\n=AbCd\n-----END PGP {label}-----\n", lines.join("\n"))
}

struct Zipped {
    name: &'static str,
    flags: u16,
    method: u16,
    extra: Vec<u8>,
    data: &'static [u8],
}

const AES_EXTRA: [u8; 11] = [1, 0x99, 7, 0, 2, 0, b'A', b'E', 3, 8, 0];

fn entry(name: &'static str, flags: u16, method: u16) -> Zipped {
    let extra = if method == 99 { AES_EXTRA.to_vec() } else { Vec::new() };
    Zipped { name, flags, method, extra, data: if name.ends_with('/') { b"" } else { b"0123456789" } }
}

/// A ZIP file; `gap` stands between the entries and the directory.
fn zip(entries: &[Zipped], gap: &[u8]) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for entry in entries {
        let at = out.len() as u32;
        let mut fields = Vec::new();
        for number in [20, entry.flags, entry.method, 0, 0] {
            fields.extend(number.to_le_bytes());
        }
        for number in [0, entry.data.len() as u32, entry.data.len() as u32] {
            fields.extend(number.to_le_bytes());
        }
        fields.extend((entry.name.len() as u16).to_le_bytes());
        fields.extend((entry.extra.len() as u16).to_le_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&fields);
        out.extend(entry.name.bytes().chain(entry.extra.iter().copied()).chain(entry.data.iter().copied()));
        central.extend(b"PK\x01\x02\x14\x00");
        central.extend(&fields);
        central.extend([0; 10]);
        central.extend(at.to_le_bytes());
        central.extend(entry.name.bytes().chain(entry.extra.iter().copied()));
    }
    out.extend(gap);
    let start = out.len() as u32;
    out.extend(&central);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((central.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// An OLE container with these streams of one sector each (large ones, so that they have sectors).
fn ole(streams: &[(&str, &[u8])], class: [u8; 16]) -> Vec<u8> {
    let mut out = vec![0; 512];
    out[..8].copy_from_slice(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    out[30] = 9;
    out[48..52].copy_from_slice(&1_u32.to_le_bytes());
    out[76..80].copy_from_slice(&0_u32.to_le_bytes());
    let mut table = vec![0xFF; 512];
    let directory_sectors = (streams.len() + 1).div_ceil(4);
    for sector in 1..directory_sectors {
        table[sector * 4..sector * 4 + 4].copy_from_slice(&(sector as u32 + 1).to_le_bytes());
    }
    out.extend(table);
    let mut add = |name: &str, kind: u8, start: u32, size: u64| {
        let mut entry = [0; 128];
        for (at, unit) in name.encode_utf16().enumerate() {
            entry[at * 2..at * 2 + 2].copy_from_slice(&unit.to_le_bytes());
        }
        entry[64..66].copy_from_slice(&(name.len() as u16 * 2 + 2).to_le_bytes());
        entry[66] = kind;
        if kind == 5 {
            entry[80..96].copy_from_slice(&class);
        }
        entry[116..120].copy_from_slice(&start.to_le_bytes());
        entry[120..128].copy_from_slice(&size.to_le_bytes());
        out.extend(entry);
    };
    add("Root Entry", 5, 0xFFFF_FFFE, 0);
    for (number, (name, _)) in streams.iter().enumerate() {
        add(name, 2, (1 + directory_sectors + number) as u32, 8_192);
    }
    out.resize(512 * (2 + directory_sectors), 0);
    for (_, bytes) in streams {
        let end = out.len() + 512;
        out.extend(*bytes);
        out.resize(end, 0);
    }
    out
}

fn seven_zip(header: &[u8]) -> Vec<u8> {
    let mut out = b"7z\xBC\xAF\x27\x1C\0\x04\0\0\0\0".to_vec();
    out.extend(4_u64.to_le_bytes());
    out.extend((header.len().saturating_sub(4) as u64).to_le_bytes());
    out.extend([0; 4]);
    out.extend(header);
    out
}

fn rar5(blocks: &[&[u8]]) -> Vec<u8> {
    let mut out = b"Rar!\x1A\x07\x01\0".to_vec();
    for block in blocks {
        out.extend([0; 4]);
        out.push(block.len() as u8);
        out.extend(*block);
    }
    out
}

fn rar4(blocks: &[(u8, u16)]) -> Vec<u8> {
    let mut out = b"Rar!\x1A\x07\0".to_vec();
    for (kind, flags) in blocks {
        out.extend([0, 0, *kind]);
        out.extend(flags.to_le_bytes());
        let size: u16 = if *kind == 0x74 { 32 } else { 13 };
        out.extend(size.to_le_bytes());
        out.extend(vec![0; usize::from(size) - 7]);
    }
    out
}

// ---- Sealed ----

#[test]
fn each_form_counts_and_its_lookalike_does_not() {
    let header = |id: u8, coder: &[u8]| {
        [
            &[id][..],
            if id == 1 { &[4] } else { &[] },
            &[6, 0, 1, 9, 5, 0, 7, 0x0B, 1, 0, 1, coder.len() as u8],
            coder,
            &[0x0C, 5, 0, 0],
        ]
        .concat()
    };
    let aes = b"\x06\xF1\x07\x01";
    let fib = |flags: u16| [&[0xEC, 0xA5, 0, 0, 0, 0, 0, 0, 0, 0], &flags.to_le_bytes()[..]].concat();
    let pass = |kind: u8| [0x09, 8, 2, 0, 0, 6, 0x2F, 0, 6, 0, kind, 0, 0, 0, 0, 0];
    let two = |first: Zipped, second: Zipped| zip(&[first, second], b"");
    let mut disagreeing = zip(&[entry("a", 1, 99)], b"");
    disagreeing[6] = 0;
    let mut prefixed = b"clear text in front".to_vec();
    prefixed.extend(zip(&[entry("a", 1, 99)], b""));
    let mut appended = enveloped(ENVELOPED);
    appended.extend(b"Dear all");
    let mut trailing = [session(), secret()].concat();
    trailing.extend(b"Dear all");
    let pem = |body: &[u8]| {
        format!(
            "-----BEGIN PKCS7-----\n{}\n-----END PKCS7-----\n",
            base64::engine::general_purpose::STANDARD.encode(body)
        )
        .into_bytes()
    };
    let partial = [session(), [&[0xD2, 0xE9, 1][..], &[7; 511], &[10], &[7; 10]].concat()].concat();
    let old = [vec![0x85, 0, 11, 3], vec![1; 10], vec![0xA7, 1], vec![5; 90]].concat();
    let table: Vec<(&str, Vec<u8>, Option<Sealed>)> = vec![
        ("enveloped", enveloped(ENVELOPED), Some(Sealed::Smime)),
        ("auth-enveloped", enveloped(AUTH_ENVELOPED), Some(Sealed::Smime)),
        ("indefinite lengths", enveloped_indefinite(), Some(Sealed::Smime)),
        ("enveloped as PEM", pem(&enveloped(ENVELOPED)), Some(Sealed::Smime)),
        ("signed as PEM", pem(&signed(&tlv(4, b"hello"))), None),
        ("signed", signed(&tlv(4, b"hello")), None),
        ("compressed", enveloped(COMPRESSED), None),
        ("text behind the envelope", appended, None),
        ("an envelope cut short", enveloped(ENVELOPED)[..100].to_vec(), None),
        ("an identifier and text", content_info(ENVELOPED, b"Dear all, here is the list of names"), None),
        ("PGP packets", [session(), secret()].concat(), Some(Sealed::Pgp)),
        ("PGP by password", [packet(3, &[4, 9, 0, 2]), secret()].concat(), Some(Sealed::Pgp)),
        ("PGP in parts", partial, Some(Sealed::Pgp)),
        ("PGP in the old format", old, Some(Sealed::Pgp)),
        (
            "PGP in armour",
            armour("MESSAGE", "Version: 1\n", &[session(), secret()].concat()).into_bytes(),
            Some(Sealed::Pgp),
        ),
        (
            "PGP with a comment",
            armour("MESSAGE", "Comment: for Jane\n", &[session(), secret()].concat()).into_bytes(),
            None,
        ),
        ("literal data in armour", armour("MESSAGE", "", &packet(11, b"b\0\0\0\0\0Dear all")).into_bytes(), None),
        ("session key, then literal data", [session(), packet(11, b"b\0\0\0\0\0Dear all")].concat(), None),
        ("no session key", secret(), None),
        ("text behind the packets", trailing, None),
        ("armour, then text", (armour("MESSAGE", "", &[session(), secret()].concat()) + "Dear all").into_bytes(), None),
        ("signed text", b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nDear all\n".to_vec(), None),
        ("rights-managed", [&b"\x76\xE8\x04\x60\xC4\x11\xE3\x86"[..], &[7; 100]].concat(), Some(Sealed::RightsManaged)),
        ("a web page", b"<html>message.html</html>".to_vec(), None),
        ("zip with AES", two(entry("a", 1, 99), entry("b", 1, 99)), Some(Sealed::ZipAes)),
        ("zip with AES and a folder", two(entry("f/", 0, 0), entry("f/a", 1, 99)), Some(Sealed::ZipAes)),
        ("ZipCrypto", two(entry("a", 1, 8), entry("b", 1, 99)), Some(Sealed::ZipWeak)),
        ("one clear entry", two(entry("a", 1, 99), entry("b", 0, 8)), None),
        ("no entry", zip(&[], b""), None),
        ("clear zip", two(entry("a", 0, 8), entry("b", 0, 8)), None),
        ("headers that disagree", disagreeing, None),
        ("text in front of the zip", prefixed, None),
        ("text inside the zip", zip(&[entry("a", 1, 99)], b"a clear text between entries and directory"), None),
        (
            "encrypted workbook",
            ole(&[("EncryptionInfo", b""), ("EncryptedPackage", b"")], [0; 16]),
            Some(Sealed::Office),
        ),
        ("only one of the streams", ole(&[("EncryptedPackage", b"")], [0; 16]), None),
        (
            "rights-managed document",
            ole(&[("EncryptedPackage", b""), ("DRMEncryptedTransform", b"")], [0; 16]),
            Some(Sealed::RightsManaged),
        ),
        ("encrypted doc", ole(&[("WordDocument", &fib(0x0100))], [0; 16]), Some(Sealed::Office)),
        ("doc under XOR", ole(&[("WordDocument", &fib(0x8100))], [0; 16]), None),
        ("plain doc", ole(&[("WordDocument", &fib(0))], [0; 16]), None),
        ("encrypted xls", ole(&[("Workbook", &pass(1))], [0; 16]), Some(Sealed::Office)),
        ("xls under XOR", ole(&[("Workbook", &pass(0))], [0; 16]), None),
        ("7z, header encrypted", seven_zip(&[&[0; 4], &header(0x17, aes)[..]].concat()), Some(Sealed::SevenZip)),
        ("7z, files encrypted", seven_zip(&[&[0; 4], &header(0x01, aes)[..]].concat()), Some(Sealed::SevenZip)),
        ("7z, packed only", seven_zip(&[&[0; 4], &header(0x17, b"\x03\x01\x01")[..]].concat()), None),
        (
            "7z that names the coder elsewhere",
            seven_zip(&[&[0; 4], &header(0x01, b"\x03\x01\x01")[..], aes].concat()),
            None,
        ),
        ("RAR 5, headers encrypted", rar5(&[&[4, 0, 0, 0, 15]]), Some(Sealed::Rar)),
        ("RAR 5, file encrypted", rar5(&[&[1, 0, 0], &[2, 1, 3, 0, 9, 9, 2, 1, 0]]), Some(Sealed::Rar)),
        ("RAR 5, clear", rar5(&[&[1, 0, 0], &[2, 0, 0, 9, 9]]), None),
        ("RAR 5, one clear", rar5(&[&[2, 1, 3, 0, 9, 9, 2, 1, 0], &[2, 0, 0, 9, 9]]), None),
        ("RAR 4, headers encrypted", rar4(&[(0x73, 0x80)]), Some(Sealed::Rar)),
        ("RAR 4, file encrypted", rar4(&[(0x73, 0), (0x74, 4)]), Some(Sealed::Rar)),
        ("RAR 4, clear", rar4(&[(0x73, 0), (0x74, 0)]), None),
        ("a PDF with an encryption dictionary", b"%PDF-1.4\ntrailer << /Encrypt 5 0 R >>".to_vec(), None),
        ("nothing", Vec::new(), None),
    ];
    for (name, content, expected) in table {
        assert_eq!(sealed::of(&content, "application/octet-stream"), expected, "{name}");
    }
}

#[test]
fn only_the_data_of_an_encrypted_armour_is_left_out() {
    let secret = armour("MESSAGE", "Comment: about Jane\n", &[session(), secret()].concat());
    let literal = armour("MESSAGE", "", &packet(11, b"b\0\0\0\0\0Dear all"));
    let text = format!("Dear all,\r\n{secret}\nregards\n{literal}{secret}x{secret}");
    let ranges = sealed::armoured_ranges(&text);
    assert_eq!(ranges.len(), 2);
    let mut rest = text.clone();
    for range in ranges.iter().rev() {
        assert!(!text[range.clone()].contains("Comment"));
        rest.replace_range(range.clone(), "");
    }
    assert_eq!(rest.matches("Comment: about Jane").count(), 3);
    assert!(rest.contains("Dear all") && rest.contains("regards"));
    assert!(
        sealed::armoured_ranges("-----BEGIN PGP MESSAGE-----\n\nnot base64!\n-----END PGP MESSAGE-----").is_empty()
    );
}

#[test]
fn signed_data_is_looked_into() {
    let pieces = [tlv(4, b"Dear "), tlv(4, b"all")].concat();
    let table = [
        (signed(&tlv(4, b"Dear all")), vec![&b"Dear all"[..]], true),
        (signed(&indefinite(0x24, &pieces)), vec![b"Dear ", b"all"], false),
        (signed(&tlv(0x24, &tlv(4, b"Dear all"))), vec![b"Dear all"], true),
        (signed(b""), vec![], false),
        (enveloped(ENVELOPED), vec![], false),
        (b"0".to_vec(), vec![], false),
    ];
    for (der, expected, single) in table {
        let found: Vec<&[u8]> = sealed::cms_signed_pieces(&der).into_iter().map(|range| &der[range]).collect();
        assert_eq!(found, expected);
        assert_eq!(sealed::cms_signed_content(&der).is_some(), single);
    }
}

// ---- Kinds ----

#[test]
fn a_file_is_what_its_bytes_say() {
    let pe = [&b"MZ"[..], &[0; 58], &[64, 0, 0, 0], b"PE\0\0"].concat();
    let word =
        zip(&[entry("[Content_Types].xml", 0, 8), entry("_rels/.rels", 0, 8), entry("word/document.xml", 0, 8)], b"");
    let macros =
        zip(&[entry("[Content_Types].xml", 0, 8), entry("_rels/.rels", 0, 8), entry("word/vbaProject.bin", 0, 8)], b"");
    let jar = zip(&[entry("META-INF/MANIFEST.MF", 0, 8), entry("a/Main.class", 0, 8)], b"");
    let apk = zip(&[entry("AndroidManifest.xml", 0, 8)], b"");
    let mut odt = entry("mimetype", 0, 0);
    odt.data = b"application/vnd.oasis.opendocument.text";
    let installer = [0x84, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];
    let utf16: Vec<u8> = "\u{FEFF}@echo off\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let table: Vec<(&str, Vec<u8>, &str, FileKind)> = vec![
        ("PE", pe, "txt", FileKind::Executable),
        ("a letter to MZ", b"MZ Smith called about the trip.".to_vec(), "txt", FileKind::Text),
        ("ELF", b"\x7FELF\x02\x01".to_vec(), "pdf", FileKind::Executable),
        ("Mach-O", b"\xCF\xFA\xED\xFE\x07".to_vec(), "", FileKind::Executable),
        ("class", b"\xCA\xFE\xBA\xBE\0\0\0\x34".to_vec(), "", FileKind::Executable),
        ("JAR", jar, "zip", FileKind::Executable),
        ("APK", apk, "", FileKind::Executable),
        ("MSI", ole(&[], installer), "doc", FileKind::Executable),
        ("LNK", b"\x4C\0\0\0\x01\x14\x02\0\0".to_vec(), "", FileKind::Script),
        ("shell", b"#!/bin/sh\nls\n".to_vec(), "txt", FileKind::Script),
        ("batch", b"@ECHO OFF\r\ndel x\r\n".to_vec(), "txt", FileKind::Script),
        ("batch in UTF-16", utf16, "txt", FileKind::Script),
        ("by name", b"print('hello')\n".to_vec(), "py", FileKind::Script),
        ("a picture named js", b"GIF89a\0\0".to_vec(), "js", FileKind::Image),
        ("PowerShell", b"$c = New-Object Net.WebClient\n$c.DownloadString('http://a.example')\n".to_vec(), "txt", FileKind::Script),
        ("VBS", b"Dim s\nSet s = CreateObject(\"WScript.Shell\")\ns.Run \"calc\"\nSet s = Nothing\n".to_vec(), "txt", FileKind::Script),
        ("JS", b"var s = new ActiveXObject('WScript.Shell');\ns.Run('calc');\n".to_vec(), "", FileKind::Script),
        ("HTA", b"<html><head><HTA:APPLICATION id=a></head></html>".to_vec(), "html", FileKind::Script),
        (
            "a letter that quotes a command",
            b"Dear team,\n\nplease do not run\n$x = New-Object Net.WebClient\nthat we saw last week. Call me.\n\nRegards\n".to_vec(),
            "txt",
            FileKind::Text,
        ),
        ("PDF", b"%PDF-1.7\n".to_vec(), "exe", FileKind::Pdf),
        ("doc", ole(&[("WordDocument", b"")], [0; 16]), "", FileKind::Office),
        ("doc with macros", ole(&[("WordDocument", b""), ("Macros", b"")], [0; 16]), "", FileKind::OfficeMacro),
        ("msg", ole(&[("__properties_version1.0", b"")], [0; 16]), "", FileKind::Message),
        ("another container", ole(&[("Catalog", b"")], [0; 16]), "", FileKind::Other),
        ("docx", word.clone(), "", FileKind::Office),
        ("docx, only the beginning", word[..word.len() - 30].to_vec(), "", FileKind::Office),
        ("docm named docx", macros, "docx", FileKind::OfficeMacro),
        ("odt", zip(&[odt], b""), "", FileKind::Office),
        ("zip", zip(&[entry("a.txt", 0, 8)], b""), "docx", FileKind::Archive),
        ("7z", seven_zip(b""), "", FileKind::Archive),
        ("RAR", rar4(&[]), "", FileKind::Archive),
        ("gzip", b"\x1F\x8B\x08".to_vec(), "", FileKind::Archive),
        ("xz", b"\xFD7zXZ\0\0".to_vec(), "", FileKind::Archive),
        ("bzip2", b"BZh91AY&SY".to_vec(), "", FileKind::Archive),
        ("a word like bzip2", b"BZh is no word".to_vec(), "", FileKind::Text),
        ("tar", tar, "", FileKind::Archive),
        ("JPEG", b"\xFF\xD8\xFF\xE0\0\x10JFIF".to_vec(), "", FileKind::Image),
        ("PNG", b"\x89PNG\r\n\x1A\n\0".to_vec(), "", FileKind::Image),
        ("WebP", b"RIFF\0\0\0\0WEBPVP8 ".to_vec(), "", FileKind::Image),
        ("HEIC", b"\0\0\0\x18ftypheic\0".to_vec(), "", FileKind::Image),
        ("SVG", b"<?xml version=\"1.0\"?>\n<!-- a -->\n<svg xmlns=\"a\"/>".to_vec(), "", FileKind::Image),
        ("BMP", b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec(), "", FileKind::Image),
        ("BMW", b"BMW has written to us about the visit.".to_vec(), "", FileKind::Text),
        ("MP3", b"ID3\x03\0".to_vec(), "", FileKind::Audio),
        ("WAV", b"RIFF\0\0\0\0WAVEfmt ".to_vec(), "", FileKind::Audio),
        ("MP4", b"\0\0\0\x18ftypisom\0".to_vec(), "", FileKind::Video),
        ("AVI", b"RIFF\0\0\0\0AVI LIST".to_vec(), "", FileKind::Video),
        ("RTF", b"{\\rtf1\\ansi".to_vec(), "txt", FileKind::Office),
        ("HTML", b"\xEF\xBB\xBF<!-- x -->\n<HTML><body>hi".to_vec(), "txt", FileKind::Html),
        ("calendar", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_vec(), "", FileKind::Calendar),
        ("contact", b"BEGIN:VCARD\r\n".to_vec(), "", FileKind::Contact),
        ("PKCS#7", signed(&tlv(4, b"hello")), "", FileKind::Cryptographic),
        ("PEM", b"-----BEGIN PKCS7-----\nMII\n".to_vec(), "", FileKind::Cryptographic),
        ("PGP armour", armour("MESSAGE", "", &secret()).into_bytes(), "", FileKind::Cryptographic),
        ("PGP packets", [session(), secret()].concat(), "", FileKind::Cryptographic),
        ("message", b"Received: from a\r\n by b\r\nSubject: x\r\nMIME-Version: 1.0\r\n\r\nhi".to_vec(), "", FileKind::Message),
        ("a letter with From and To", b"From: the head\nTo: all parents\n\nDear all".to_vec(), "", FileKind::Text),
        ("CSV", b"name,form,mark\nJ,7B,5\nK,7C,6\n".to_vec(), "", FileKind::Csv),
        ("CSV by name", b"name,form\nJ,7B\n".to_vec(), "csv", FileKind::Csv),
        ("TSV", b"a\tb\nc\td\ne\tf\n".to_vec(), "", FileKind::Csv),
        ("CSV with commas in quotes", b"a,\"b, c\",d\n\"x,y\",z,w\n1,2,3\n".to_vec(), "", FileKind::Csv),
        ("prose with commas", b"Well, yes, and no.\nNo, it was not, I think.\nSo, yes, again.".to_vec(), "", FileKind::Text),
        ("Latin-1", b"Caf\xE9 in the hall at noon".to_vec(), "", FileKind::Text),
        ("noise", (0..=255).collect(), "txt", FileKind::Other),
        ("nothing", Vec::new(), "", FileKind::Text),
    ];
    for (name, content, hint, expected) in table {
        assert_eq!(kind::of(&content, hint), expected, "{name}");
    }
}

// ---- Files of others ----

fn shared() -> Option<PathBuf> {
    let root = std::env::var_os("EXEAT_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let root = root.join("data/attachments");
    if !root.is_dir() {
        println!("skipped: no shared data");
        return None;
    }
    Some(root)
}

/// Forms that are protected and yet not told: never the other way round.
const NOT_TOLD: [&str; 4] = ["pdf", "ods", "odt", "xor_password"];
/// A damaged file, and one with something in front of it.
const NEITHER: [&str; 2] = ["invalid-zip.zip", "zip64_demo.zip"];

#[test]
fn real_files_are_what_they_are() {
    let Some(root) = shared() else { return };
    let mut seen = 0;
    for folder in std::fs::read_dir(root).unwrap() {
        let folder = folder.unwrap().path();
        let expected: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
        for (name, facts) in expected.as_object().unwrap() {
            let content = std::fs::read(folder.join(name)).unwrap();
            let format = facts["format"].as_str().unwrap();
            let found = sealed::of(&content, "application/octet-stream");
            let kind = kind::of(&content, name.rsplit('.').next().unwrap());
            seen += 1;
            let told = !NOT_TOLD.iter().any(|untold| format == *untold || name.starts_with(untold));
            match facts["policy"].as_str().unwrap() {
                "protected" if told => assert!(found.is_some(), "{name}"),
                // Excel opens it without asking; nobody can tell without trying that password.
                _ if name == "protectedFile.xlsx" => assert_eq!(found, Some(Sealed::Office)),
                _ => assert_eq!(found, None, "{name}"),
            }
            let expected = match format {
                _ if NEITHER.contains(&name.as_str()) => continue,
                "pdf" => FileKind::Pdf,
                "html" | "xhtml" => FileKind::Html,
                "zip" | "7z" | "rar4" | "rar5" => FileKind::Archive,
                "msg" => FileKind::Message,
                "p7" => FileKind::Cryptographic,
                "tnef" => FileKind::Message,
                _ => FileKind::Office,
            };
            assert_eq!(kind, expected, "{name}");
        }
    }
    assert!(seen > 50);
}

proptest! {
    #[test]
    fn no_bytes_do_harm(start in 0usize..12, mut content in prop::collection::vec(any::<u8>(), 0..400), at in 0usize..700, byte: u8) {
        let whole: [Vec<u8>; 8] = [
            enveloped_indefinite(), [session(), secret()].concat(), zip(&[entry("a", 1, 99)], b""), rar5(&[&[2, 1, 3, 0, 9, 9, 2, 1, 0]]),
            rar4(&[(0x74, 4)]), ole(&[("EncryptionInfo", b""), ("EncryptedPackage", b"")], [0; 16]), signed(&tlv(4, b"a")),
            seven_zip(&[0, 0, 0, 0, 1, 4, 6]),
        ];
        if let Some(known) = whole.get(start) {
            content = known.clone();
            if let Some(changed) = content.get_mut(at) { *changed = byte; }
        }
        let _ = sealed::of(&content, "text/plain");
        let _ = kind::of(&content, "txt");
        for range in sealed::cms_signed_pieces(&content) {
            prop_assert!(range.start <= range.end && range.end <= content.len());
        }
    }
}
