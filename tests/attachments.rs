//! Size, number and kind of attachments.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use exeat::checks::{View, attachments};
use exeat::finding::Finding;
use exeat::mail::Envelope;
use exeat::mail::fold::Folded;
use exeat::mail::parts::{Encoding, FileKind, Part, Piece, Place, Sealed, Tree};
use exeat::school::School;
use exeat::source::{Direction, Origin, SenderClass};

fn look(tree: &Tree) -> Vec<Finding> {
    let origin = Origin { direction: Direction::Outgoing, class: SenderClass::Staff, source: None, sender: None };
    let (envelope, folded, school) = (Envelope::default(), Folded::default(), School::default());
    let now = "2026-03-02T10:00:00Z".parse().unwrap();
    let view = View { envelope: &envelope, origin: &origin, tree, folded: &folded, school: &school, now };
    let mut findings = Vec::new();
    (attachments::CHECK.look)(&view, &mut findings);
    findings
}

fn part(kind: FileKind, size: u64) -> Part {
    Part {
        parent: 0,
        declared: "application/octet-stream".to_owned(),
        header: 0..0,
        body: 0..0,
        encoding: Encoding::Base64,
        charset: String::new(),
        size,
        kind,
        attached: true,
        shown_inline: false,
        name: None,
        sealed: None,
        container: false,
        flowed: false,
        editable: true,
    }
}

fn container() -> Part {
    Part { container: true, attached: false, ..part(FileKind::Other, 9_000_000) }
}

fn text() -> Part {
    Part { attached: false, ..part(FileKind::Text, 5_000) }
}

/// A message with a text and one file.
fn with_file(name: &str, kind: FileKind) -> Tree {
    let end = u32::try_from(name.len()).unwrap();
    let piece = Piece { place: Place::FileName, part: 2, text: 0..end, runs: Vec::new(), hidden: Vec::new() };
    let parts = vec![container(), text(), Part { name: Some(0), ..part(kind, 10) }];
    Tree { text: format!("{name}\n"), pieces: vec![piece], parts, ..Tree::default() }
}

fn kinds(findings: &[Finding]) -> Vec<(&'static str, u64)> {
    findings.iter().map(|finding| (finding.kind, finding.measure)).collect()
}

#[test]
fn sizes_are_those_of_the_decoded_files_each_and_in_total() {
    let parts = vec![container(), text(), part(FileKind::Pdf, 2_097_152), part(FileKind::Office, 1_048_577)];
    let found = look(&Tree { parts, ..Tree::default() });
    let wanted = [("file_size", 2_097_152), ("file_size", 1_048_577), ("total_size", 3_145_729), ("count", 2)];
    assert_eq!(kinds(&found), wanted);
    let facts: Vec<_> = found.iter().map(|finding| finding.masked.as_str()).collect();
    assert_eq!(facts, ["2.0 MiB (2,097,152 bytes)", "1.0 MiB (1,048,577 bytes)", "3.0 MiB (3,145,729 bytes)", "2"]);
    assert_eq!((found[0].part, found[1].part, found[2].part), (Some(2), Some(3), None));
}

#[test]
fn text_containers_and_small_pictures_in_the_text_count_for_nothing() {
    let shown = |size| Part { shown_inline: true, attached: false, ..part(FileKind::Image, size) };
    let parts = vec![container(), text(), shown(attachments::DECORATION_BELOW - 1)];
    assert_eq!(look(&Tree { parts, ..Tree::default() }), []);
    let parts = vec![container(), text(), shown(attachments::DECORATION_BELOW)];
    let wanted = [("file_size", 102_400), ("image", 1), ("total_size", 102_400), ("count", 1)];
    assert_eq!(kinds(&look(&Tree { parts, ..Tree::default() })), wanted);
    // A program that claims to be a picture in the text is no decoration.
    let parts = vec![container(), text(), Part { kind: FileKind::Executable, ..shown(50) }];
    assert!(kinds(&look(&Tree { parts, ..Tree::default() })).contains(&("executable", 1)));
    // An attached small picture is an attachment.
    let parts = vec![container(), text(), part(FileKind::Image, 50)];
    assert!(kinds(&look(&Tree { parts, ..Tree::default() })).contains(&("image", 1)));
}

#[test]
fn content_says_what_a_file_is_and_a_name_can_only_lie() {
    for (name, kind, wanted) in [
        ("report.pdf", FileKind::Pdf, &[][..]),
        ("setup.exe", FileKind::Executable, &["executable"]),
        ("invoice.pdf", FileKind::Executable, &["executable", "name_mismatch"]),
        ("invoice.pdf.exe", FileKind::Executable, &["executable", "name_mismatch"]),
        ("invoice.pdf .exe", FileKind::Executable, &["executable", "name_mismatch"]),
        ("INVOICE.PDF.JS", FileKind::Script, &["script", "name_mismatch"]),
        ("tidy.tar.gz", FileKind::Archive, &["archive"]),
        ("minutes.v2.docx", FileKind::Office, &[]),
        ("minutes.docx", FileKind::OfficeMacro, &["macro", "name_mismatch"]),
        ("minutes.docm", FileKind::OfficeMacro, &["macro"]),
        ("notes.txt", FileKind::Script, &["script", "name_mismatch"]),
        ("notes", FileKind::Script, &["script"]),
        ("holiday.jpg", FileKind::Image, &["image"]),
        ("holiday.jpg", FileKind::Video, &["video", "media", "name_mismatch"]),
        ("song.mp3", FileKind::Audio, &["audio", "media"]),
        ("film.mp4", FileKind::Audio, &["audio", "media"]),
        ("list.csv", FileKind::Text, &[]),
        ("list.xls", FileKind::Html, &[]),
        ("list.pdf", FileKind::Other, &[]),
        ("signed.pdf", FileKind::Cryptographic, &[]),
        ("letter.txt", FileKind::Pdf, &["name_mismatch"]),
        ("photo.png", FileKind::Archive, &["archive", "name_mismatch"]),
        ("", FileKind::Other, &[]),
        (".exe", FileKind::Text, &[]),
    ] {
        let found = look(&with_file(name, kind));
        let found: Vec<_> = found.iter().map(|finding| finding.kind).collect();
        let own: Vec<_> =
            found.into_iter().filter(|kind| !matches!(*kind, "file_size" | "total_size" | "count")).collect();
        assert_eq!(own, wanted, "{name} {kind:?}");
    }
    let found = look(&with_file("invoice.pdf", FileKind::Pdf));
    assert_eq!((found[0].place, found[0].piece), (Some(Place::FileName), Some(0)));
}

#[test]
fn a_protected_file_still_has_a_size() {
    let sealed = Part { sealed: Some(Sealed::ZipAes), ..part(FileKind::Archive, 700) };
    let found = look(&Tree { parts: vec![container(), text(), sealed], ..Tree::default() });
    assert_eq!(kinds(&found), [("file_size", 700), ("archive", 1), ("total_size", 700), ("count", 1)]);
}

#[test]
fn what_stands_in_an_attachment_has_a_kind_but_no_size_of_its_own() {
    let inner = Part { parent: 2, ..part(FileKind::Executable, 4_000) };
    let deeper = Part { parent: 3, ..part(FileKind::Image, 50) };
    let parts = vec![container(), text(), part(FileKind::Archive, 700), inner, deeper];
    let found = look(&Tree { parts, ..Tree::default() });
    let wanted =
        [("file_size", 700), ("archive", 1), ("executable", 1), ("image", 1), ("total_size", 700), ("count", 1)];
    assert_eq!(kinds(&found), wanted);
}

#[test]
fn sizes_read_like_this() {
    for (bytes, wanted) in [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1_023, "1,023 bytes"),
        (1_024, "1.0 KiB (1,024 bytes)"),
        (2_097_152, "2.0 MiB (2,097,152 bytes)"),
        (2_097_151, "1.9 MiB (2,097,151 bytes)"),
        (3_565_158, "3.3 MiB (3,565,158 bytes)"),
        (1 << 30, "1.0 GiB (1,073,741,824 bytes)"),
        (u64::MAX, "17179869183.9 GiB (18,446,744,073,709,551,615 bytes)"),
    ] {
        assert_eq!(attachments::size_text(bytes), wanted);
    }
}
