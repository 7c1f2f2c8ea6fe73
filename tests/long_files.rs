//! Long attached files are told by their ends and not decoded. What is said of them is the same as when all of their
//! bytes are there to look at, however their base64 is written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use base64::Engine as _;
use exeat::mail::parts::{FileKind, Limits, Sealed, Tree, take_apart};

/// One entry of a ZIP file: name, flags, method, extra field, length of its data.
type Entry = (String, u16, u16, &'static [u8], usize);

/// AE-2, 256 bits.
const AES: &[u8] = b"\x01\x99\x07\x00\x02\x00AE\x03\x08\x00";

fn entry(name: &str, length: usize) -> Entry {
    (name.to_owned(), 0, 8, b"", length)
}

/// Bytes without order and without line breaks.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0] | 0x40
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn zip(entries: &[Entry], comment: &[u8]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    let short = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
    let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    for (name, flags, method, extra, length) in entries {
        let at = file.len();
        let facts = [
            &[20, 0][..],
            &flags.to_le_bytes(),
            &method.to_le_bytes(),
            &[0; 8],
            &long(*length),
            &long(*length),
            &short(name.len()),
            &short(extra.len()),
        ]
        .concat();
        file.extend([b"PK\x03\x04", &facts[..], name.as_bytes(), extra, &noise(*length)].concat());
        directory.extend([b"PK\x01\x02\x14\0", &facts[..], &[0; 10], &long(at), name.as_bytes(), extra].concat());
    }
    let start = file.len();
    let count = short(entries.len());
    file.extend_from_slice(&directory);
    file.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count, &long(directory.len()), &long(start)].concat());
    file.extend([&short(comment.len())[..], comment].concat());
    file
}

/// Name, bytes, kind, what it is sealed with.
fn files() -> Vec<(&'static str, Vec<u8>, FileKind, Option<Sealed>)> {
    let office = |more: &str| {
        vec![entry("[Content_Types].xml", 900), entry("_rels/.rels", 300), entry(more, 90_000), entry("z.png", 60_000)]
    };
    let locked = |name: &str, method, extra, length| (name.to_owned(), 1_u16, method, extra, length);
    let many: Vec<Entry> = (0..1_200).map(|number| entry(&format!("photos/of/the/trip/{number:05}.txt"), 90)).collect();
    let hidden = vec![
        locked("a", 99, AES, 40_000),
        locked("PK\u{5}\u{6}", 99, AES, 40_000),
        locked("folder/", 0, b"", 0),
        locked("b", 99, AES, 20_000),
    ];
    let mut mixed = hidden.clone();
    mixed.push(entry("clear.txt", 400));
    let mut damaged = zip(&office("word/document.xml"), b"");
    damaged.truncate(damaged.len() - 3);
    let mut prefixed = noise(50_000);
    prefixed.splice(..0, *b"PK\x03\x04");
    prefixed.extend(zip(&office("word/document.xml"), b""));
    let pdf = [b"%PDF-1.7\n".to_vec(), noise(120_000), b"\ntrailer << /Root 1 0 R >>\n%%EOF\n".to_vec()].concat();
    vec![
        ("document", zip(&office("word/document.xml"), b""), FileKind::Office, None),
        ("document with a comment", zip(&office("word/document.xml"), &noise(700)), FileKind::Office, None),
        ("document with a long comment", zip(&office("word/document.xml"), &noise(40_000)), FileKind::Office, None),
        ("document with macros", zip(&office("word/vbaProject.bin"), b""), FileKind::OfficeMacro, None),
        ("installer", zip(&[entry("AndroidManifest.xml", 99_000)], b""), FileKind::Executable, None),
        ("archive", zip(&[entry("a.txt", 99_000)], b""), FileKind::Archive, None),
        ("archive with a long directory", zip(&many, b""), FileKind::Archive, None),
        ("archive with AES", zip(&hidden, b""), FileKind::Archive, Some(Sealed::ZipAes)),
        ("archive with AES and a clear file", zip(&mixed, b""), FileKind::Archive, None),
        (
            "archive with weak encryption",
            zip(&[locked("a.txt", 8, b"", 99_000)], b""),
            FileKind::Archive,
            Some(Sealed::ZipWeak),
        ),
        ("archive without its end", damaged, FileKind::Office, None),
        ("archive with something in front", prefixed, FileKind::Office, None),
        ("PDF", pdf.clone(), FileKind::Pdf, None),
        ("PDF behind blanks", [b" \r\n\t".to_vec(), pdf].concat(), FileKind::Pdf, None),
        ("7z", [b"7z\xBC\xAF\x27\x1C\0\x04".to_vec(), noise(80_000)].concat(), FileKind::Archive, None),
        ("nothing known", [b"\0\x01".to_vec(), noise(80_000)].concat(), FileKind::Other, None),
    ]
}

fn message(encoding: &str, body: &[u8]) -> Tree {
    let head = format!(
        "Subject: files\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n--edge\r\nContent-Type: text/plain\r\n\r\n\
         words\r\n--edge\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=file\r\n\
         Content-Transfer-Encoding: {encoding}\r\n\r\n"
    );
    let raw = [head.as_bytes(), body, b"\r\n--edge--\r\n"].concat();
    let tree = take_apart(&raw, &Limits::default());
    assert_eq!(tree.check(raw.len() as u64, &Limits::default()), Ok(()));
    tree
}

fn lines(code: &str, length: usize, end: &str) -> Vec<u8> {
    let lines: Vec<&str> = code.as_bytes().chunks(length).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join(end).into_bytes()
}

#[test]
fn ends_tell_what_the_whole_tells() {
    for (name, content, kind, sealed) in files() {
        let whole = message("binary", &content);
        let part = &whole.parts[2];
        assert_eq!((part.kind, part.sealed, part.size), (kind, sealed, content.len() as u64), "{name}");
        let code = base64::engine::general_purpose::STANDARD.encode(&content);
        let mut foreign = lines(&code, 76, "\r\n");
        foreign.insert(70_000, b'*');
        for (writing, body) in [
            ("usual lines", lines(&code, 76, "\r\n")),
            ("unix lines", lines(&code, 76, "\n")),
            ("short lines", lines(&code, 61, "\r\n")),
            ("one line", code.clone().into_bytes()),
            ("without padding", lines(code.trim_end_matches('='), 76, "\r\n")),
            ("a foreign letter", foreign),
        ] {
            let tree = message("base64", &body);
            let found = &tree.parts[2];
            assert_eq!(
                (found.kind, found.sealed, found.size),
                (part.kind, part.sealed, part.size),
                "{name}, {writing}"
            );
            assert_eq!(found.attached, part.attached, "{name}, {writing}");
            assert_eq!((&tree.gaps, &tree.unopened), (&whole.gaps, &whole.unopened), "{name}, {writing}");
            assert_eq!(tree.text, whole.text, "{name}, {writing}");
        }
    }
}
