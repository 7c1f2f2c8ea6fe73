//! What a file is, by its bytes.

use crate::making::{armour, entry, ole, rar4, secret, session, seven_zip, signed, tlv, zip};
use exeat::mail::kind;
use exeat::mail::parts::FileKind;

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
