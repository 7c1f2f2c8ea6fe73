//! Archives: every file in them, whatever the directory says.

use crate::making::{gzip, rows, tar, xlsx, zip};
use crate::{gaps, names, opened, sections};
use exeat::mail::parts::{FileKind, GapKind, SectionKind};

const WORDS: &[u8] = b"Report of the trip to the coast, for all who were there.";

#[test]
fn archives_in_archives_are_opened_and_each_file_knows_where_it_stands() {
    let book = xlsx(&[("Marks", "visible", &rows(&[&["Forename", "Surname"], &["Jane", "Smith"]]))], &[], &[]);
    let inner = zip(&[("marks.xlsx", &book), ("Jane Smith/notes.txt", WORDS)]);
    for outer in [
        zip(&[("inner.zip", &inner)]),
        tar(&[("inner.zip", &inner)]),
        gzip("outer.tar", &tar(&[("inner.zip", &inner)])),
    ] {
        let tree = opened(&outer);
        assert_eq!(gaps(&tree), []);
        let names = names(&tree);
        let at = names.iter().position(|(_, name)| *name == "marks.xlsx").unwrap();
        assert_eq!(names[names[at].0 as usize].1, "inner.zip");
        assert_eq!(tree.parts[at].kind, FileKind::Office);
        assert!(names.iter().any(|(_, name)| *name == "Jane Smith/notes.txt"));
        assert!(
            sections(&tree)
                .iter()
                .any(|(kind, number, name, text)| (*kind, *number, *name) == (SectionKind::Sheet, 1, "Marks")
                    && text.contains("Jane\tSmith"))
        );
    }
}

/// Changes `from` to `to` in a copy, everywhere.
fn changed(content: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut changed = content.to_vec();
    let mut at = 0;
    while let Some(found) = changed[at..].windows(from.len()).position(|window| window == from) {
        at += found;
        changed.splice(at..at + from.len(), to.iter().copied());
        at += to.len();
    }
    changed
}

#[test]
fn what_the_directory_does_not_say_is_found() {
    let whole = zip(&[("a.txt", WORDS), ("b.txt", b"words of b")]);
    let directory = whole.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    // No directory; two files under one name; an archive behind a program; one that only the headers know.
    let table: [(&str, Vec<u8>, &[GapKind]); 4] = [
        ("cut", whole[..directory].to_vec(), &[GapKind::Broken]),
        ("twice", changed(&whole, b"b.txt", b"a.txt"), &[]),
        ("behind", [&b"PK\x03\x04"[..], &[0xFF; 60], &whole].concat(), &[]),
        (
            "hidden",
            {
                let other = zip(&[("c.txt", b"words of c")]);
                let end = other.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
                [&other[..end], &whole].concat()
            },
            &[GapKind::Broken],
        ),
    ];
    for (name, content, expected) in table {
        let tree = opened(&content);
        for words in ["to the coast", "words of b"] {
            assert!(tree.text.contains(words), "{name}: {:?}", gaps(&tree));
        }
        assert_eq!(tree.text.contains("words of c"), name == "hidden");
        assert_eq!(tree.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn what_only_claims_to_be_encrypted_is_read() {
    let whole = zip(&[("a.txt", WORDS), ("b.txt", WORDS)]);
    let mut flagged = whole.clone();
    // Bit 0 of the flags, in the header of the first entry and in the directory.
    flagged[6] |= 1;
    let directory = flagged.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    flagged[directory + 8] |= 1;
    let tree = opened(&flagged);
    assert_eq!((gaps(&tree), tree.text.matches("to the coast").count()), (vec![], 2));
    // And what is, is not.
    flagged[directory + 16] ^= 1;
    let tree = opened(&flagged);
    assert_eq!(gaps(&tree), [(GapKind::Weak, 1, "file in an archive with weak encryption")]);
    assert_eq!(names(&tree)[1], (0, "a.txt"));
}
