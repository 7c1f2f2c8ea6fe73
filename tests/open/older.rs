//! Office files from before 2007, workbooks of records, macros: what is shown, what is not, and where it stands.

use crate::making::{letter, office, zip};
use crate::older_making::{
    binary_record, binary_string, container, doc, large, number, packed_file, ppt, project, properties, record, shared,
    slide_record, small, string, wide, workbook, xls,
};
use crate::{cells, gaps, hidden, opened, read, sections};
use exeat::mail::parts::{FileKind, GapKind, SectionKind, Tree};

/// Whether a section of this kind, with this number, holds these words.
fn has(tree: &Tree, kind: SectionKind, number: u32, words: &str) -> bool {
    sections(tree).iter().any(|(found, count, _, text)| (*found, *count) == (kind, number) && text.contains(words))
}

fn is_hidden(tree: &Tree, words: &str) -> bool {
    hidden(tree).iter().any(|text| text.contains(words))
}

#[test]
fn cells_of_an_older_workbook_stand_under_their_headings() {
    let strings = ["Year 7", "Forename", "Surname", "Jane", "O\u{2019}Neill", "left over"];
    let formula = |row: usize, column: usize, value: [u8; 8], text: &str| {
        let literal = [&[0x17, u8::try_from(text.len()).unwrap(), 0][..], text.as_bytes()].concat();
        record(0x06, &[&small(row), &small(column), &[0, 0], &value, &[0; 6], &small(literal.len()), &literal])
    };
    let first = [
        record(0x7D, &[&small(2), &small(2), &[0; 4], &[1, 0], &[0; 2]]),
        record(0x208, &[&small(4), &[0; 10], &[0x20, 0], &[0; 2]]),
        shared(0, 0, 0),
        shared(2, 1, 1),
        shared(2, 2, 2),
        record(0x204, &[&small(2), &small(3), &[0, 0], &string("Born", 2)]),
        shared(3, 1, 3),
        shared(3, 2, 4),
        number(3, 3, 1, 41306.0),
        record(0x27E, &[&small(3), &small(4), &small(2), &large((12_345 << 2) | 2)]),
        record(
            0xBD,
            &[&small(3), &small(5), &[0, 0], &large((150 << 2) | 3), &[0, 0], &large((7 << 2) | 2), &small(6)],
        ),
        formula(4, 1, [0, 0, 0, 0, 0, 0, 0xFF, 0xFF], "written in the formula"),
        record(0x207, &[&string("Tom", 2)]),
        record(0x205, &[&small(4), &small(2), &[0, 0], &[1, 0]]),
        record(0x15, &[&string("&CFor the governors", 2)]),
        record(0x5D, &[&[0x15, 0, 0x12, 0, 0x19, 0]]),
        record(0x1B6, &[&[0; 10], &small(11), &[0; 6]]),
        record(0x3C, &[b"\0asked twice"]),
        record(0x3C, &[&[0; 16]]),
        record(0x1C, &[&small(3), &small(1), &[0; 4], &string("A Marlow", 2)]),
        record(0x1B8, &[&[0; 32], &wide("mailto:j.oneill@mail.example")]),
    ]
    .concat();
    let second =
        [shared(0, 0, 1), record(0x204, &[&small(0), &small(1), &[0, 0], &string("seen by nobody", 2)])].concat();
    let stream =
        workbook(&["dd/mm/yyyy", "000000"], &strings, &[("Form 7B", 0, first), ("Conc\u{e9}rns", 2, second)], &[]);
    let tree = opened(&container(&[
        ("/Workbook", &stream),
        ("/\u{5}SummaryInformation", &properties(&[(2, "the title"), (4, "R Marlow")])),
        ("/odd", b"\0\x01Oliver Smith is in an odd stream\0"),
    ]));
    assert_eq!((gaps(&tree), tree.parts[0].kind), (vec![], FileKind::Office));
    assert_eq!(
        cells(&tree),
        [
            (0, 1, "Forename"),
            (0, 2, "Surname"),
            (0, 3, "Born"),
            (1, 1, "Jane"),
            (1, 2, "O\u{2019}Neill"),
            (1, 3, "01/02/2013"),
            (1, 4, "012345"),
            (1, 5, "1.5"),
            (1, 6, "7"),
            (2, 1, "Tom"),
            (2, 2, "TRUE"),
            (0, 0, "Forename"),
            (0, 1, "seen by nobody"),
        ]
    );
    let named: Vec<_> = sections(&tree).into_iter().map(|(kind, number, name, _)| (kind, number, name)).collect();
    assert!(named.contains(&(SectionKind::Sheet, 1, "Form 7B")), "{named:?}");
    assert!(named.contains(&(SectionKind::HiddenSheet, 2, "Conc\u{e9}rns")), "{named:?}");
    for unseen in
        ["Surname", "Tom", "seen by nobody", "left over", "written in the formula", "j.oneill@mail", "odd stream"]
    {
        assert!(is_hidden(&tree, unseen), "{unseen}: {:?}", hidden(&tree));
    }
    assert!(!is_hidden(&tree, "Jane") && !is_hidden(&tree, "asked twice"));
    assert!(has(&tree, SectionKind::Comments, 1, "asked twice") && has(&tree, SectionKind::Comments, 1, "A Marlow"));
    assert!(has(&tree, SectionKind::HeaderOrFooter, 1, "For the governors"));
    assert!(has(&tree, SectionKind::Properties, 0, "the title\nR Marlow"));
}

#[test]
fn strings_that_go_on_in_another_record_are_whole() {
    // 9 letters of one byte, the rest of two, said anew where the record goes on.
    let table = [&large(2)[..], &large(2), &small(12), &[0], b"Oliver Sm"].concat();
    let more = [&[1][..], &wide("ith"), &small(4), &[1], &wide("Zo\u{eb}!")].concat();
    let stream = workbook(&[], &[], &[("a", 0, [shared(0, 0, 0), shared(0, 1, 1)].concat())], &[]);
    let empty = record(0xFC, &[&large(0), &large(0)]);
    let at = stream.windows(empty.len()).position(|window| window == empty).unwrap();
    let both = [record(0xFC, &[&table]), record(0x3C, &[&more])].concat();
    let mut changed = [&stream[..at], &both, &stream[at + empty.len()..]].concat();
    // The sheet has moved with it.
    let grown = u32::try_from(both.len() - empty.len()).unwrap();
    let listed = changed.windows(2).position(|window| window == [0x85, 0]).unwrap() + 4;
    let place = u32::from_le_bytes(changed[listed..listed + 4].try_into().unwrap()) + grown;
    changed[listed..listed + 4].copy_from_slice(&place.to_le_bytes());
    let tree = opened(&xls(&changed));
    assert_eq!(cells(&tree), [(0, 0, "Oliver Smith"), (0, 1, "Zo\u{eb}!")]);
    assert!(sections(&tree).iter().any(|(kind, ..)| *kind == SectionKind::Sheet), "the sheet is known by its place");
}

#[test]
fn an_older_document_is_read_story_by_story() {
    let body = "Dear all,\rOli\u{1}ver Smith \u{13} HYPERLINK \"mailto:o.smith@mail.example\" \u{14}writes\u{15} to \u{2013}you\r";
    let hidden_words = "shown to nobody";
    let more = "Forename\u{7}Surname\u{7}\u{7}Jane\u{7}Smith\u{7}\u{7}the end\r";
    let text = format!("{hidden_words}{more}");
    let notes =
        ["a footnote\r", "at the foot\r", "", "asked twice\r", "an endnote\r", "in a box\r", "box at the head\r"];
    let mut stories = [0; 8];
    stories[0] = text.len() + body.encode_utf16().count();
    for (story, note) in stories[1..].iter_mut().zip(notes) {
        *story = note.len();
    }
    let row_end = |letters: &str| text.find(letters).unwrap() + letters.len();
    let (from, end) = (text.find("Forename").unwrap(), text.find("the end").unwrap());
    let (one, two) = (row_end("Surname\u{7}"), row_end("Smith\u{7}"));
    let in_table: &[u8] = &[0x16, 0x24, 1, 0];
    let ends_row: &[u8] = &[0x16, 0x24, 1, 0x17, 0x24, 1];
    let file = doc(
        &[(&text, false), (body, true), (&notes.concat(), false)],
        stories,
        &[(0, hidden_words.len(), &[0x3C, 0x08, 1])],
        &[
            (from, one, in_table),
            (one, one + 1, ends_row),
            (one + 1, two, in_table),
            (two, two + 1, ends_row),
            (end, text.len(), &[]),
        ],
    );
    let tree = opened(&file);
    assert_eq!(gaps(&tree), []);
    assert!(tree.text.contains("\nthe end\nDear all,\nOliver Smith writes to \u{2013}you\n"), "{}", tree.text);
    assert!(tree.text.contains("Jane\tSmith"));
    assert_eq!(cells(&tree), [(0, 0, "Forename"), (0, 1, "Surname"), (1, 0, "Jane"), (1, 1, "Smith")]);
    assert!(is_hidden(&tree, hidden_words) && is_hidden(&tree, "o.smith@mail.example"));
    assert!(!is_hidden(&tree, "Forename") && !is_hidden(&tree, "Oliver"));
    for (kind, words) in [
        (SectionKind::Footnotes, "a footnote"),
        (SectionKind::Footnotes, "an endnote"),
        (SectionKind::HeaderOrFooter, "at the foot"),
        (SectionKind::HeaderOrFooter, "box at the head"),
        (SectionKind::Comments, "asked twice"),
    ] {
        assert!(has(&tree, kind, 0, words), "{words}: {:?}", sections(&tree));
    }
    assert!(tree.text.contains("in a box"));
    // Deleted while changes were tracked.
    let deleted = doc(&[("Oliver Smith left\r", false)], [18, 0, 0, 0, 0, 0, 0, 0], &[(0, 12, &[0, 8, 1])], &[]);
    assert_eq!(hidden(&opened(&deleted))[..1], ["Oliver Smith"]);
}

#[test]
fn slides_are_read_in_their_order_and_what_is_left_of_others_is_hidden() {
    let words = |text: &str| slide_record(0, 4_000, &[&wide(text)]);
    let head = |kind: u16, parts: &[&[u8]]| slide_record(0xF, kind, parts);
    let string = |instance: u16, text: &str| slide_record(instance << 4, 4_026, &[&wide(text)]);
    let place =
        |record: usize, known_as: usize| slide_record(0, 1_011, &[&large(record), &[0; 8], &large(known_as), &[0; 4]]);
    let list = slide_record(
        0xF,
        4_080,
        &[&place(3, 257), &words("Second of the file"), &place(2, 256), &slide_record(0, 4_008, &[b"Caf\xE9"])],
    );
    let info = |flags: u8| slide_record(0, 1_017, &[&[0; 10], &[flags, 0], &[0; 4]]);
    let document = head(1_000, &[&list]);
    let comment = head(12_000, &[&string(0, "A Marlow"), &string(1, "asked twice")]);
    let feet = head(4_057, &[&string(2, "for the governors")]);
    let one = head(1_006, &[&info(4), &head(0xF00D, &[&words("box of the hidden one")])]);
    let two = head(1_006, &[&info(0), &head(0xF00D, &[&words("a box\rof two lines")]), &comment, &feet]);
    let old = head(1_006, &[&head(0xF00D, &[&words("deleted before")])]);
    let notes = head(1_008, &[&slide_record(0, 1_009, &[&large(257), &[0; 4]]), &words("say this")]);
    let master = head(1_016, &[&words("Click to edit")]);
    let inner = xls(&workbook(&[], &["in the chart"], &[("a", 0, shared(0, 0, 0))], &[]));
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packer, &inner).unwrap();
    let object = slide_record(1 << 4, 4_113, &[&large(inner.len()), &packer.finish().unwrap()]);
    let file = ppt(
        &[
            (Some(1), document),
            (Some(2), one),
            (Some(3), two),
            (None, old),
            (Some(4), notes),
            (Some(5), master),
            (Some(6), object),
        ],
        &[],
    );
    let tree = opened(&file);
    assert_eq!(gaps(&tree), []);
    assert!(has(&tree, SectionKind::Slide, 1, "Second of the file\na box\nof two lines"), "{:?}", sections(&tree));
    assert!(has(&tree, SectionKind::HiddenSlide, 2, "Caf\u{e9}\nbox of the hidden one"));
    assert!(has(&tree, SectionKind::HiddenSlide, 0, "deleted before"));
    assert!(has(&tree, SectionKind::Notes, 1, "say this") && has(&tree, SectionKind::Comments, 1, "asked twice"));
    assert!(has(&tree, SectionKind::HeaderOrFooter, 1, "for the governors"));
    assert!(has(&tree, SectionKind::Sheet, 1, "in the chart"), "the object in it is opened");
    for unseen in ["Caf\u{e9}", "deleted before", "Click to edit"] {
        assert!(is_hidden(&tree, unseen), "{unseen}");
    }
    assert!(!is_hidden(&tree, "say this") && !is_hidden(&tree, "a box"));
}

#[test]
fn macros_and_files_in_older_documents_are_read() {
    let source = "Sub Send()\r\n' tell Oliver Smith\r\nEnd Sub\r\n";
    let stream = workbook(&[], &["x"], &[("a", 0, shared(0, 0, 0))], &[]);
    let picture = |bytes: &[u8]| slide_record(0x6E0 << 4, 0xF01E, &[&[7; 17], bytes]);
    let png = b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR words in a picture";
    let pictures = [
        picture(png),
        b"\0between the pictures\0".to_vec(),
        picture(b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
    ]
    .concat();
    let project_streams = project("/_VBA_PROJECT_CUR", source);
    let file = packed_file("concerns.txt", b"the embedded file\nof two lines");
    let document = doc(&[("the embedded document\r", false)], [22, 0, 0, 0, 0, 0, 0, 0], &[], &[]);
    let mut streams: Vec<(&str, &[u8])> = vec![
        ("/Workbook", &stream),
        ("/MBD0001/\u{1}Ole10Native", &file),
        ("/MBD0002/package.bin", &document),
        ("/Pictures", &pictures),
    ];
    streams.extend(project_streams.iter().map(|(path, content)| (path.as_str(), &content[..])));
    let tree = opened(&container(&streams));
    assert_eq!((gaps(&tree), tree.parts[0].kind), (vec![], FileKind::OfficeMacro));
    assert!(is_hidden(&tree, "' tell Oliver Smith\r\nEnd Sub"), "{:?}", hidden(&tree));
    let pictures = tree.parts.iter().filter(|part| part.kind == FileKind::Image && part.shown_inline).count();
    assert!(pictures == 2 && is_hidden(&tree, "between the pictures") && !tree.text.contains("in a picture"));
    assert!(crate::names(&tree).contains(&(0, "concerns.txt")));
    assert!(tree.text.contains("the embedded file\nof two lines") && tree.text.contains("the embedded document"));

    let inner: Vec<(String, Vec<u8>)> = project("", source);
    let streams: Vec<(&str, &[u8])> = inner.iter().map(|(path, content)| (path.as_str(), &content[..])).collect();
    let bin = container(&streams);
    let word = office(&[("word/document.xml", "<w:document><w:p><w:r><w:t>words</w:t></w:r></w:p></w:document>")]);
    let mut packer = zip::ZipWriter::new_append(std::io::Cursor::new(word)).unwrap();
    packer.start_file("word/vbaProject.bin", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut packer, &bin).unwrap();
    let tree = opened(&packer.finish().unwrap().into_inner());
    assert_eq!((gaps(&tree), tree.parts[0].kind), (vec![], FileKind::OfficeMacro));
    assert!(is_hidden(&tree, "' tell Oliver Smith"), "{:?}", hidden(&tree));
}

#[test]
fn a_workbook_of_records_is_read_like_one_of_xml() {
    let cell = |kind: usize, column: usize, style: usize, value: &[u8]| {
        binary_record(kind, &[&large(column), &large(style), value])
    };
    let row =
        |number: usize, hidden: bool| binary_record(0, &[&large(number), &[0; 7], &[u8::from(hidden) << 4], &[0; 5]]);
    let text = |text: &str| binary_string(text);
    let sheet = [
        binary_record(60, &[&large(2), &large(2), &[0; 8], &[1, 0]]),
        row(2, false),
        cell(7, 0, 0, &large(0)),
        cell(6, 1, 0, &text("Surname")),
        cell(6, 2, 0, &text("Note")),
        row(3, false),
        cell(6, 0, 0, &text("Jane")),
        cell(8, 1, 0, &[&text("Smith")[..], &[0; 8], &wide("in the formula")].concat()),
        cell(6, 2, 0, &text("seen by nobody")),
        cell(5, 3, 1, &41306.0_f64.to_le_bytes()),
        row(4, true),
        cell(2, 0, 0, &large((7 << 2) | 2)),
        cell(4, 1, 0, &[1]),
        binary_record(479, &[&[0; 2], &text("&CFor the governors")]),
    ]
    .concat();
    let listed =
        |state: usize, id: &str, name: &str| binary_record(156, &[&large(state), &large(1), &text(id), &text(name)]);
    let book = [listed(0, "r1", "Form 7B"), listed(1, "r2", "Concerns")].concat();
    let looks = [
        binary_record(44, &[&small(164), &text("dd/mm/yyyy")]),
        binary_record(617, &[&large(2)]),
        binary_record(47, &[&[0; 4], &[0; 12]]),
        binary_record(47, &[&[0, 0], &small(164), &[0; 12]]),
        binary_record(618, &[]),
    ]
    .concat();
    let shared =
        [binary_record(19, &[&[0], &text("Forename")]), binary_record(19, &[&[0], &text("left over")])].concat();
    let relation = |id: &str, to: &str| format!("<Relationship Id=\"{id}\" Target=\"{to}\"/>");
    let relations = format!(
        "<Relationships>{}{}</Relationships>",
        relation("r1", "worksheets/sheet1.bin"),
        relation("r2", "worksheets/sheet2.bin")
    );
    let other = [row(0, false), cell(6, 0, 0, &text("the other sheet"))].concat();
    let comments =
        [binary_record(632, &[&text("A Marlow")]), binary_record(637, &[&[0], &text("asked twice")])].concat();
    let tree = opened(&zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", b"<Relationships/>"),
        ("xl/workbook.bin", &book),
        ("xl/_rels/workbook.bin.rels", relations.as_bytes()),
        ("xl/styles.bin", &looks),
        ("xl/sharedStrings.bin", &shared),
        ("xl/worksheets/sheet1.bin", &sheet),
        ("xl/worksheets/sheet2.bin", &other),
        ("xl/comments1.bin", &comments),
    ]));
    assert_eq!(gaps(&tree), []);
    let expected = [
        (0, 0, "Forename"),
        (0, 1, "Surname"),
        (0, 2, "Note"),
        (1, 0, "Jane"),
        (1, 1, "Smith"),
        (1, 2, "seen by nobody"),
        (1, 3, "01/02/2013"),
        (2, 0, "7"),
        (2, 1, "TRUE"),
    ];
    assert_eq!(cells(&tree), expected);
    for unseen in ["Note", "seen by nobody", "7", "the other sheet", "left over", "in the formula", "For the governors"]
    {
        assert!(is_hidden(&tree, unseen), "{unseen}");
    }
    assert!(has(&tree, SectionKind::Comments, 0, "A Marlow\nasked twice") && !is_hidden(&tree, "Smith"));
    assert!(
        sections(&tree)
            .iter()
            .any(|(kind, number, name, _)| (*kind, *number, *name) == (SectionKind::Sheet, 1, "Form 7B"))
    );
}

#[test]
fn files_of_the_nineties_are_read() {
    let begin = |kind: usize| record(0x809, &[&small(0x500), &small(kind), &[0; 4]]);
    let listed = |at: usize| record(0x85, &[&large(at), &[0, 0, 5], b"Marks"]);
    let head = |at: usize| [begin(5), record(0x42, &[&small(1252)]), listed(at), record(0x0A, &[])].concat();
    let label =
        |column: usize, text: &[u8]| record(0x204, &[&small(0), &small(column), &[0, 0], &small(text.len()), text]);
    let sheet =
        [begin(16), label(0, b"Zo\xEB"), label(1, b"Smith"), record(0x15, &[&[6], b"a foot"]), record(0x0A, &[])];
    let tree = opened(&container(&[("/Book", &[head(head(0).len()), sheet.concat()].concat())]));
    assert_eq!((gaps(&tree), cells(&tree)), (vec![], vec![(0, 0, "Zo\u{eb}"), (0, 1, "Smith")]));
    assert!(sections(&tree).contains(&(SectionKind::Sheet, 1, "Marks", "Zo\u{eb}\tSmith\n")));
    assert!(has(&tree, SectionKind::HeaderOrFooter, 1, "a foot"));

    let (body, foot) = (b"Dear Zo\xEB Smith\r", b"at the foot\r");
    let mut stream = vec![0; 0x300];
    stream[..4].copy_from_slice(&[0xDC, 0xA5, 0x65, 0]);
    stream[0x18..0x1C].copy_from_slice(&large(0x300));
    stream[0x34..0x38].copy_from_slice(&large(body.len()));
    stream[0x3C..0x40].copy_from_slice(&large(foot.len()));
    stream.extend([&body[..], foot].concat());
    let tree = opened(&container(&[("/WordDocument", &stream)]));
    assert_eq!(gaps(&tree), []);
    assert!(tree.text.contains("Dear Zo\u{eb} Smith\n") && hidden(&tree).is_empty(), "{}", tree.text);
    assert!(has(&tree, SectionKind::HeaderOrFooter, 0, "at the foot"));
}

#[test]
fn an_unknown_container_is_swept_and_told() {
    let tree = opened(&container(&[("/Contents", b"\0\0Oliver Smith\0")]));
    assert!(is_hidden(&tree, "Oliver Smith"));
    assert_eq!(gaps(&tree), [(GapKind::Unsupported, 0, "a document of which only plain words are read")]);
    // By its bytes, whatever its name, in a letter too.
    let stream = workbook(&[], &["Oliver Smith"], &[("a", 0, shared(0, 0, 0))], &[]);
    let tree = read(&letter(&[("holiday.jpg", &xls(&stream))]));
    assert_eq!((tree.parts[2].kind, gaps(&tree)), (FileKind::Office, vec![]));
    assert!(tree.text.contains("Oliver Smith"));
}
