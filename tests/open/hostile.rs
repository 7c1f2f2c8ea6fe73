//! Files made to do harm: read as far as the limits go, and a gap says why not further.

use crate::making::{docx, gzip, office, opendocument, tar, xlsx, zip};
use crate::{gaps, opened, opened_within};
use exeat::mail::open::FileLimits;
use exeat::mail::parts::{GapKind, Tree};

fn small() -> FileLimits {
    FileLimits { depth: 3, parts: 40, unpacked: 4 << 20, text: 64 << 10, cells: 1_000 }
}

fn reasons(tree: &Tree) -> Vec<(GapKind, &str)> {
    tree.gaps.iter().map(|gap| (gap.kind, gap.reason.as_str())).collect()
}

#[test]
fn what_goes_beyond_a_limit_is_a_gap_with_its_reason() {
    let zeros = vec![0; 8 << 20];
    let mut deep = b"at the bottom".to_vec();
    for _ in 0..10 {
        deep = zip(&[("deeper.zip", &deep)]);
    }
    let names: Vec<String> = (0..300).map(|number| format!("{number}.txt")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"words"[..])).collect();
    let cells: String = "<row><c><v>1</v></c><c><v>2</v></c></row>".repeat(2_000);
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a bomb", zip(&[("a", &zeros)]), "more to unpack and read than the limit"),
        ("a packed bomb", gzip("a", &gzip("b", &zeros)), "more to unpack and read than the limit"),
        (
            "a document that is a bomb",
            office(&[("word/document.xml", &format!("<w:document>{}</w:document>", " ".repeat(8 << 20)))]),
            "more to unpack and read than the limit",
        ),
        ("nesting", deep, "files within files deeper than the limit"),
        ("many files", zip(&many), "more files inside than the limit"),
        ("many files on a tape", tar(&many), "more files inside than the limit"),
        (
            "much text",
            docx(&format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", "words ".repeat(20_000))),
            "text longer than the limit",
        ),
        (
            "many cells",
            xlsx(&[("a", "visible", &format!("<sheetData>{cells}</sheetData>"))], &[], &[]),
            "more table cells than the limit",
        ),
        ("deep elements", docx(&"<w:p>".repeat(50_000)), "elements nested deeper than the limit"),
    ];
    for (name, content, reason) in table {
        let tree = opened_within(&content, &small());
        assert!(reasons(&tree).contains(&(GapKind::Limit, reason)), "{name}: {:?}", gaps(&tree));
    }
}

#[test]
fn one_broken_file_leaves_the_others_readable() {
    let mut content = zip(&[
        ("a.txt", b"the first of them"),
        ("b.txt", &b"the second of them, ".repeat(50)),
        ("c.txt", b"the last of them"),
    ]);
    let at = content.windows(5).position(|window| window == b"b.txt").unwrap() + 8;
    content[at..at + 12].fill(0xFF);
    let tree = opened(&content);
    assert!(tree.text.contains("the first of them") && tree.text.contains("the last of them"));
    assert!(reasons(&tree).iter().any(|(kind, _)| *kind == GapKind::Broken));
}

#[test]
fn entities_dimensions_and_claims_cost_nothing() {
    let laughs = "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;\">]><w:document><w:p><w:r><w:t>before &c; behind</w:t></w:r></w:p></w:document>";
    let tree = opened(&office(&[("word/document.xml", laughs)]));
    assert!(tree.text.contains("before ") && tree.text.contains("behind") && tree.text.len() < 1_000);
    assert_eq!(reasons(&tree), [(GapKind::Broken, "entities of the document's own")]);

    let sheet = "<dimension ref=\"A1:XFD1048576\"/><cols><col min=\"1\" max=\"65535\" hidden=\"1\"/></cols><sheetData><row r=\"4294967295\"><c r=\"XFD1048576\"><v>1</v></c><c r=\"ZZZZ9\"><v>2</v></c></row><row r=\"1\"><c r=\"A1\"><v>3</v></c></row></sheetData>";
    let tree = opened(&xlsx(&[("a", "visible", sheet)], &[], &[]));
    assert!(tree.text.contains("1\t2\n3") && tree.text.len() < 100);

    let many = "<si><t>x</t></si>".repeat(1_000_000);
    let tree =
        opened(&office(&[("xl/workbook.xml", "<workbook/>"), ("xl/sharedStrings.xml", &format!("<sst>{many}</sst>"))]));
    assert!(tree.text.len() <= (2 << 20) + 100);

    let repeated = "<office:spreadsheet><table:table><table:table-row table:number-rows-repeated=\"4294967295\"><table:table-cell table:number-columns-repeated=\"4294967295\"><text:p>x</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>";
    assert!(opened(&opendocument("spreadsheet", repeated, &[])).text.len() < 100);
}

#[test]
fn a_hundred_thousand_entries_are_bounded() {
    let names: Vec<String> = (0..100_000).map(|number| format!("report-{number}.txt")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let tree = opened(&zip(&many));
    assert_eq!(tree.parts.len(), usize::from(FileLimits::default().parts) + 1);
    assert!(reasons(&tree).contains(&(GapKind::Limit, "more files inside than the limit")));
    assert!(tree.text.contains("report-99999.txt"), "a name beyond the limit is still read");
}

#[test]
fn overlapping_entries_are_told() {
    let one = zip(&[("a.txt", b"words of the first file")]);
    let directory = one.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let end = one.windows(4).position(|window| window == b"PK\x05\x06").unwrap();
    let entry = &one[directory..end];
    let mut quoted = one[..directory].to_vec();
    for _ in 0..500 {
        quoted.extend_from_slice(entry);
    }
    let mut record = one[end..].to_vec();
    record[8..10].copy_from_slice(&500_u16.to_le_bytes());
    record[10..12].copy_from_slice(&500_u16.to_le_bytes());
    record[12..16].copy_from_slice(&u32::try_from(entry.len() * 500).unwrap().to_le_bytes());
    quoted.extend_from_slice(&record);
    let tree = opened_within(&quoted, &small());
    assert!(
        reasons(&tree).contains(&(GapKind::Broken, "files in the archive lie over one another")),
        "{:?}",
        gaps(&tree)
    );
}

proptest::proptest! {
    #[test]
    fn damaged_files_are_read_or_refused(which in 0_usize..5, at in 0.0..1.0_f64, bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..40), cut in 0.0..1.2_f64) {
        let mut content = match which {
            0 => zip(&[("a.txt", b"words"), ("b.zip", &zip(&[("c.csv", b"a,b,c\n1,2,3\n4,5,6\n")]))]),
            1 => xlsx(&[("a", "visible", "<sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row></sheetData>")], &["x"], &[]),
            2 => opendocument("text", "<text:p>words</text:p>", &[]),
            3 => tar(&[("a.txt", b"words"), ("b.txt", b"more words")]),
            _ => gzip("a.txt", b"words and more words and more words"),
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let place = |share: f64| (content.len() as f64 * share) as usize;
        let (from, end) = (place(at), place(cut));
        for (place, byte) in content[from..].iter_mut().zip(&bytes) {
            *place = *byte;
        }
        content.truncate(end.max(1));
        opened_within(&content, &small());
    }
}
