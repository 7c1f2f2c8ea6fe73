//! Documents: what is shown, what is not, and where it stands.

use crate::making::{docx, letter, office, opendocument, rows, xlsx};
use crate::{cells, gaps, hidden, opened, read, sections};
use exeat::mail::parts::{FileKind, SectionKind};

#[test]
fn words_of_a_document_are_read_however_they_are_written() {
    let table = [
        ("runs", "<w:p><w:r><w:t>Oli</w:t></w:r><w:r><w:t>ver Smith</w:t></w:r></w:p>", "Oliver Smith", false),
        ("entity", "<w:p><w:r><w:t>O&apos;Reilly &#x26; Zo&#235;</w:t></w:r></w:p>", "O'Reilly & Zoë", false),
        ("paragraphs", "<w:p><w:r><w:t>one</w:t></w:r></w:p><w:p><w:r><w:t>two</w:t></w:r></w:p>", "one\ntwo", false),
        ("deleted", "<w:p><w:del><w:r><w:delText>Oliver Smith</w:delText></w:r></w:del></w:p>", "Oliver Smith", true),
        ("moved", "<w:p><w:moveFrom><w:r><w:t>Oliver Smith</w:t></w:r></w:moveFrom></w:p>", "Oliver Smith", true),
        ("hidden", "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>Oliver Smith</w:t></w:r></w:p>", "Oliver Smith", true),
        (
            "shown",
            "<w:p><w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>Oliver Smith</w:t></w:r></w:p>",
            "Oliver Smith",
            false,
        ),
        (
            "field",
            "<w:p><w:r><w:instrText>HYPERLINK \"mailto:o.smith@mail.example\"</w:instrText></w:r></w:p>",
            "o.smith@mail.example",
            true,
        ),
        (
            "alt text",
            "<w:p><w:r><w:drawing><wp:docPr name=\"Picture 1\" descr=\"Oliver Smith at the coast\"/></w:drawing></w:r></w:p>",
            "Oliver Smith at the coast",
            true,
        ),
        (
            "text box",
            "<w:p><w:r><w:pict><v:textbox><w:txbxContent><w:p><w:r><w:t>Oliver Smith</w:t></w:r></w:p></w:txbxContent></v:textbox></w:pict></w:r></w:p>",
            "Oliver Smith",
            false,
        ),
        ("comment", "<w:p/><!-- Oliver Smith -->", "Oliver Smith", true),
    ];
    for (name, body, words, unseen) in table {
        let tree = opened(&docx(body));
        assert!(tree.text.contains(words), "{name}: {}", tree.text);
        assert_eq!(hidden(&tree).iter().any(|text| text.contains(words)), unseen, "{name}");
        assert_eq!(gaps(&tree), [], "{name}");
    }
}

#[test]
fn every_document_in_a_document_is_read() {
    let paragraph = |text: &str| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>");
    let tree = opened(&office(&[
        ("word/document.xml", &format!("<w:document>{}</w:document>", paragraph("the body"))),
        ("word/header1.xml", &format!("<w:hdr>{}</w:hdr>", paragraph("the header"))),
        ("word/footnotes.xml", &format!("<w:footnotes>{}</w:footnotes>", paragraph("the footnote"))),
        (
            "word/comments.xml",
            &format!(
                "<w:comments><w:comment w:author=\"A Marlow\">{}</w:comment></w:comments>",
                paragraph("the comment")
            ),
        ),
        (
            "docProps/core.xml",
            "<cp:coreProperties><dc:title>the title</dc:title><cp:keywords>the keywords</cp:keywords></cp:coreProperties>",
        ),
        (
            "docProps/custom.xml",
            "<Properties><property name=\"x\"><vt:lpwstr>the property</vt:lpwstr></property></Properties>",
        ),
        (
            "word/settings.xml",
            "<w:settings><w:docVars><w:docVar w:name=\"pupil\" w:val=\"the variable\"/></w:docVars></w:settings>",
        ),
        ("customXml/item1.xml", "<root><who>the data</who><x name=\"the attribute\"/></root>"),
        (
            "word/_rels/document.xml.rels",
            "<Relationships><Relationship Id=\"r1\" Target=\"https://school.example/the-link\" TargetMode=\"External\"/></Relationships>",
        ),
        ("word/lost.xml", "<lost><t>the orphan</t></lost>"),
        ("word/embeddings/notes.txt", "the embedded file\nof two lines"),
    ]));
    let expected: &[(SectionKind, &str)] = &[
        (SectionKind::HeaderOrFooter, "the header"),
        (SectionKind::Footnotes, "the footnote"),
        (SectionKind::Comments, "the comment"),
        (SectionKind::Properties, "the title"),
        (SectionKind::Properties, "the keywords"),
        (SectionKind::Properties, "the property"),
        (SectionKind::Behind, "the variable"),
        (SectionKind::Behind, "the data"),
        (SectionKind::Behind, "the attribute"),
        (SectionKind::Behind, "the-link"),
        (SectionKind::Behind, "the orphan"),
    ];
    let sections = sections(&tree);
    for (kind, words) in expected {
        assert!(
            sections.iter().any(|(found, _, _, text)| found == kind && text.contains(words)),
            "{words}: {sections:?}"
        );
    }
    assert!(tree.text.contains("the body") && tree.text.contains("the embedded file"));
    assert_eq!(gaps(&tree), []);
}

#[test]
fn tables_of_a_document_are_cells() {
    let cell = |text: &str| format!("<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>");
    let row = |a: &str, b: &str| format!("<w:tr>{}{}</w:tr>", cell(a), cell(b));
    let tree = opened(&docx(&format!("<w:tbl>{}{}</w:tbl>", row("Forename", "Surname"), row("Jane", "Smith"))));
    assert_eq!(cells(&tree), [(0, 0, "Forename"), (0, 1, "Surname"), (1, 0, "Jane"), (1, 1, "Smith")]);
    assert!(tree.text.contains("Jane\tSmith\n"));
}

#[test]
fn cells_of_a_workbook_stand_under_their_headings_wherever_the_table_begins() {
    let sheet = "<cols><col min=\"3\" max=\"3\" hidden=\"1\"/></cols><sheetData>\
        <row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>\
        <row r=\"3\"><c r=\"B3\" t=\"s\"><v>1</v></c><c r=\"C3\" t=\"s\"><v>2</v></c><c r=\"D3\" t=\"inlineStr\"><is><t>Born</t></is></c></row>\
        <row r=\"4\"><c r=\"B4\" t=\"s\"><v>3</v></c><c r=\"C4\" t=\"s\"><v>4</v></c><c r=\"D4\" s=\"1\"><v>41306</v></c><c r=\"E4\" s=\"2\"><v>7911123456</v></c></row>\
        <row r=\"5\" hidden=\"1\"><c r=\"B5\" t=\"str\"><f>CONCATENATE(\"To\",\"m\")</f><v>Tom</v></c><c r=\"C5\" t=\"str\"><v>Green</v></c></row>\
        </sheetData><headerFooter><oddFooter>&amp;CFor Jane Smith</oddFooter></headerFooter>";
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"00000000000\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>";
    let strings = ["Year 7", "Forename", "Surname", "Jane", "Smith", "left over"];
    let book = xlsx(
        &[
            ("Form 7B", "visible", sheet),
            ("Concerns", "veryHidden", &rows(&[&["Ref", "Note"], &["1", "seen by nobody"]])),
        ],
        &strings,
        &[
            ("xl/styles.xml", styles),
            (
                "xl/comments1.xml",
                "<comments><commentList><comment ref=\"B4\"><text><r><t>asked twice</t></r></text></comment></commentList></comments>",
            ),
        ],
    );
    let tree = opened(&book);
    assert_eq!(gaps(&tree), []);
    let found = cells(&tree);
    let expected = [
        (0, 1, "Forename"),
        (0, 2, "Surname"),
        (0, 3, "Born"),
        (1, 1, "Jane"),
        (1, 2, "Smith"),
        (1, 3, "01/02/2013"),
        (1, 4, "07911123456"),
        (2, 1, "Tom"),
        (2, 2, "Green"),
        (0, 0, "Ref"),
        (0, 1, "Note"),
        (1, 0, "1"),
        (1, 1, "seen by nobody"),
    ];
    assert_eq!(found, expected);
    let unseen = hidden(&tree).join("|");
    for words in ["Surname", "Smith", "Tom", "seen by nobody", "left over", "CONCATENATE"] {
        assert!(unseen.contains(words), "{words}: {unseen}");
    }
    assert!(!unseen.contains("Jane") && !unseen.contains("asked twice"));
    let sections = sections(&tree);
    let named: Vec<(SectionKind, u32, &str)> =
        sections.iter().map(|(kind, number, name, _)| (*kind, *number, *name)).collect();
    for section in [
        (SectionKind::Sheet, 1, "Form 7B"),
        (SectionKind::HiddenSheet, 2, "Concerns"),
        (SectionKind::HeaderOrFooter, 1, ""),
    ] {
        assert!(named.contains(&section), "{named:?}");
    }
    assert!(sections.iter().any(|(kind, _, _, text)| *kind == SectionKind::Comments && *text == "asked twice"));
}

#[test]
fn slides_come_in_their_order_with_notes_and_hidden_ones() {
    let slide = |text: &str, show: &str| {
        format!("<p:sld{show}><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sld>")
    };
    let tree = opened(&office(&[
        (
            "ppt/presentation.xml",
            "<p:presentation xmlns:r=\"r\"><p:sldIdLst><p:sldId id=\"256\" r:id=\"b\"/><p:sldId id=\"257\" r:id=\"a\"/></p:sldIdLst></p:presentation>",
        ),
        (
            "ppt/_rels/presentation.xml.rels",
            "<Relationships><Relationship Id=\"a\" Target=\"slides/slide1.xml\"/><Relationship Id=\"b\" Target=\"slides/slide2.xml\"/></Relationships>",
        ),
        ("ppt/slides/slide1.xml", &slide("shown to nobody", " show=\"0\"")),
        ("ppt/slides/slide2.xml", &slide("first words", "")),
        (
            "ppt/slides/_rels/slide2.xml.rels",
            "<Relationships><Relationship Id=\"n\" Target=\"../notesSlides/notesSlide1.xml\"/></Relationships>",
        ),
        ("ppt/notesSlides/notesSlide1.xml", "<p:notes><a:p><a:r><a:t>said aloud</a:t></a:r></a:p></p:notes>"),
        ("ppt/slides/slide9.xml", &slide("an orphan", "")),
    ]));
    let sections = sections(&tree);
    for expected in [
        (SectionKind::Slide, 1, "", "first words"),
        (SectionKind::Notes, 1, "", "said aloud"),
        (SectionKind::HiddenSlide, 2, "", "shown to nobody"),
        (SectionKind::Slide, 0, "", "an orphan"),
    ] {
        assert!(sections.contains(&expected), "{sections:?}");
    }
    assert_eq!(hidden(&tree), ["shown to nobody"]);
}

#[test]
fn opendocument_is_read_with_all_that_is_hidden_in_it() {
    let sheet = "<office:automatic-styles><style:style style:name=\"ta2\"><style:table-properties table:display=\"false\"/></style:style></office:automatic-styles>\
        <office:body><office:spreadsheet><table:table table:name=\"Marks\"><table:table-column/><table:table-column table:visibility=\"collapse\"/>\
        <table:table-row><table:table-cell><text:p>Forename</text:p></table:table-cell><table:table-cell><text:p>Surname</text:p></table:table-cell></table:table-row>\
        <table:table-row table:number-rows-repeated=\"1048576\"/>\
        <table:table-row><table:table-cell><office:annotation><text:p>asked twice</text:p></office:annotation><text:p>Jane</text:p></table:table-cell><table:table-cell table:number-columns-repeated=\"16384\"><text:p>Smith</text:p></table:table-cell></table:table-row>\
        </table:table><table:table table:name=\"Other\" table:style-name=\"ta2\"><table:table-row><table:table-cell><text:p>seen by nobody</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>";
    let tree = opened(&opendocument(
        "spreadsheet",
        sheet,
        &[("meta.xml", "<office:document-meta><dc:title>the title</dc:title></office:document-meta>")],
    ));
    assert_eq!(gaps(&tree), []);
    assert_eq!(tree.parts[0].kind, FileKind::Office);
    assert_eq!(cells(&tree), [(0, 0, "Forename"), (0, 1, "Surname"), (1_048_577, 0, "Jane"), (1_048_577, 1, "Smith")]);
    assert_eq!(hidden(&tree), ["Surname", "Smith", "seen by nobody"]);
    let sections = sections(&tree);
    let has = |kind: SectionKind, name: &str, words: &str| {
        sections.iter().any(|(found, _, called, text)| (*found, *called) == (kind, name) && text.contains(words))
    };
    assert!(has(SectionKind::Sheet, "Marks", "Jane\tSmith"), "{sections:?}");
    assert!(has(SectionKind::HiddenSheet, "Other", "seen by nobody") && has(SectionKind::Comments, "", "asked twice"));
    assert!(has(SectionKind::Properties, "", "the title"));

    let text = "<office:body><office:text><text:tracked-changes><text:deletion><text:p>struck out</text:p></text:deletion></text:tracked-changes>\
        <text:p>Oli<text:span>ver</text:span><text:s/>Smith<text:tab/>7B</text:p><draw:frame><svg:desc>a picture of Jane</svg:desc></draw:frame></office:text></office:body>";
    let tree = opened(&opendocument(
        "text",
        text,
        &[(
            "styles.xml",
            "<office:document-styles><style:footer><text:p>at the foot</text:p></style:footer></office:document-styles>",
        )],
    ));
    assert!(
        tree.text.contains("Oliver Smith\t7B\n")
            && tree.text.contains("a picture of Jane")
            && tree.text.contains("at the foot")
    );
    assert_eq!(hidden(&tree), ["struck out"]);
}

#[test]
fn a_document_is_known_by_its_bytes_and_found_in_a_letter() {
    let raw = letter(&[("holiday.txt", &docx("<w:p><w:r><w:t>Oliver Smith</w:t></w:r></w:p>"))]);
    let tree = read(&raw);
    assert_eq!((tree.parts[2].kind, gaps(&tree)), (FileKind::Office, vec![]));
    assert!(tree.text.contains("Oliver Smith"));
}
