//! How a file's text joins the message it stands in.

use crate::making::{gzip, letter};
use crate::{gaps, names, opened, read};
use exeat::mail::parts::{FileKind, GapKind, Limits, Place, take_apart};

const TABLE: &[u8] = b"Forename,Surname\nJane,Smith\nTom,Green\n";

#[test]
fn a_file_that_waits_is_a_gap_until_it_is_opened() {
    let raw = letter(&[("marks.csv.gz", &gzip("marks.csv", TABLE)), ("other.csv", TABLE)]);
    let waiting = take_apart(&raw, &Limits::default());
    assert_eq!(gaps(&waiting), [(GapKind::Unsupported, 2, "archives are not opened")]);
    assert_eq!(waiting.unopened.iter().map(|file| file.part).collect::<Vec<_>>(), [2]);
    waiting.check(raw.len() as u64, &Limits::default()).unwrap();
    let tree = read(&raw);
    assert_eq!((gaps(&tree), tree.unopened.len()), (vec![], 0));
    assert_eq!(names(&tree), [(0, ""), (0, ""), (0, "marks.csv.gz"), (0, "other.csv"), (2, "marks.csv")]);
    assert_eq!(tree.parts[4].kind, FileKind::Csv);
    for cell in &tree.cells {
        let piece = &tree.pieces[cell.piece as usize];
        assert!(piece.text.start <= cell.text.start && cell.text.end <= piece.text.end);
        assert_eq!(piece.place, Place::Attachment);
    }
    let tables: std::collections::BTreeSet<(u16, u16)> =
        tree.cells.iter().map(|cell| (cell.table, tree.pieces[cell.piece as usize].part)).collect();
    assert_eq!(tables.into_iter().collect::<Vec<_>>(), [(0, 3), (1, 4)]);
}

#[test]
fn a_file_in_an_encoded_message_is_opened() {
    let inner = letter(&[("marks.csv.gz", &gzip("marks.csv", TABLE))]);
    let raw = letter(&[("forwarded.eml", &inner)]);
    let tree = read(&raw);
    assert_eq!(gaps(&tree), []);
    assert!(tree.text.contains("Tom,Green"));
    assert!(
        names(&tree)
            .iter()
            .any(|(parent, name)| *name == "marks.csv" && names(&tree)[*parent as usize].1 == "marks.csv.gz")
    );
}

#[test]
fn nothing_of_a_file_can_be_edited() {
    let fragment = opened(&gzip("marks.csv", TABLE));
    assert!(fragment.pieces.iter().all(|piece| piece.runs.is_empty()));
    assert!(fragment.parts.iter().all(|part| !part.editable));
    let hostile = |change: fn(&mut exeat::mail::parts::Tree)| {
        let mut tree = fragment.clone();
        change(&mut tree);
        tree.check_fragment(&Limits::default(), 1 << 20).is_err()
    };
    assert!(hostile(|tree| tree.parts[1].editable = true));
    assert!(hostile(|tree| tree.parts[1].body = 3..9));
    assert!(hostile(|tree| tree
        .unopened
        .push(exeat::mail::parts::Unopened { part: 1, family: exeat::mail::parts::Family::Archive })));
    assert!(hostile(|tree| tree.pieces[0].part = 9));
    assert!(hostile(|tree| tree.sections.push(exeat::mail::parts::Section {
        piece: 900,
        kind: exeat::mail::parts::SectionKind::Sheet,
        number: 1,
        name: None
    })));
}

/// A worker that finds no file where one waited has read nothing, and says so.
#[test]
fn a_file_that_is_not_found_again_stays_a_gap() {
    assert_eq!(gaps(&opened(b"")), [(GapKind::Broken, 0, "the file was not found again")]);
}
