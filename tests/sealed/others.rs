//! Files of others, and bytes at random.

use crate::making::{
    AGILE, entry, enveloped_indefinite, ole, rar4, rar5, secret, session, seven_zip, signed, tlv, zip,
};
use exeat::mail::kind;
use exeat::mail::parts::{FileKind, Sealed};
use exeat::mail::sealed;
use proptest::prelude::*;
use std::path::PathBuf;

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
const NOT_TOLD: [&str; 3] = ["pdf", "ods", "odt"];
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
                "msg" | "tnef" => FileKind::Message,
                "p7" => FileKind::Cryptographic,
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
            rar4(&[(0x74, 4)]), ole(&[("EncryptionInfo", AGILE), ("EncryptedPackage", b"")], [0; 16]), signed(&tlv(4, b"a")),
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
