//! Documents that are ZIP files.

/// What stands in a file: its name, and bytes of ours before and behind those of the fuzzer.
type Entry = (&'static str, &'static str, &'static str);

const TYPES: Entry = ("[Content_Types].xml", "<Types/>", "");
const RELATIONS: Entry = ("_rels/.rels", "<Relationships/>", "");
const WORKBOOK: Entry =
    ("xl/workbook.xml", "<workbook><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>", "");
const SHEET_RELATION: Entry = (
    "xl/_rels/workbook.xml.rels",
    "<Relationships><Relationship Id=\"r1\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
    "",
);
const SLIDES: Entry = (
    "ppt/presentation.xml",
    "<p:presentation><p:sldIdLst><p:sldId id=\"256\" r:id=\"r1\"/></p:sldIdLst></p:presentation>",
    "",
);
const SLIDE_RELATION: Entry = (
    "ppt/_rels/presentation.xml.rels",
    "<Relationships><Relationship Id=\"r1\" Target=\"slides/slide1.xml\"/></Relationships>",
    "",
);
const TEXT_TYPE: Entry = ("mimetype", "application/vnd.oasis.opendocument.text", "");
const SHEET_TYPE: Entry = ("mimetype", "application/vnd.oasis.opendocument.spreadsheet", "");
/// Where the fuzzer's bytes stand.
const HERE: &str = "\0";

/// Wrappings: files with the fuzzer's bytes in one of them.
const ZIPS: [&[Entry]; 13] = [
    &[TYPES, RELATIONS, ("word/document.xml", "<w:document xmlns:w=\"w\"><w:body>", HERE)],
    &[TYPES, RELATIONS, ("word/document.xml", "", HERE)],
    &[TYPES, RELATIONS, ("word/document.xml", "<w:document/>", ""), ("word/comments.xml", "", HERE)],
    &[TYPES, RELATIONS, ("word/document.xml", "<w:document/>", ""), ("docProps/custom.xml", "", HERE)],
    &[TYPES, RELATIONS, WORKBOOK, SHEET_RELATION, ("xl/worksheets/sheet1.xml", "<worksheet><sheetData>", HERE)],
    &[TYPES, RELATIONS, WORKBOOK, SHEET_RELATION, ("xl/worksheets/sheet1.xml", "", HERE)],
    &[TYPES, RELATIONS, WORKBOOK, SHEET_RELATION, ("xl/sharedStrings.xml", "", HERE)],
    &[
        TYPES,
        RELATIONS,
        ("xl/workbook.xml", "", HERE),
        SHEET_RELATION,
        ("xl/worksheets/sheet1.xml", "<worksheet/>", ""),
    ],
    &[TYPES, RELATIONS, SLIDES, SLIDE_RELATION, ("ppt/slides/slide1.xml", "", HERE)],
    &[TYPES, RELATIONS, ("word/document.xml", "<w:document/>", ""), ("word/_rels/document.xml.rels", "", HERE)],
    &[TEXT_TYPE, ("content.xml", "", HERE)],
    &[SHEET_TYPE, ("content.xml", "", HERE)],
    &[TEXT_TYPE, ("content.xml", "<office:document-content/>", ""), ("meta.xml", "", HERE)],
];

/// How many wrappings there are.
pub const COUNT: usize = ZIPS.len();

/// The wrapping at this place.
pub fn around(place: usize, content: &[u8]) -> Option<Vec<u8>> {
    Some(zip(ZIPS.get(place)?.iter().map(|(name, before, behind)| {
        let inside = if *behind == HERE { content } else { behind.as_bytes() };
        (*name, [before.as_bytes(), inside].concat())
    })))
}

/// A workbook whose sheets are records, with the content under one of its names.
pub fn binary_workbook(name: &'static str, content: &[u8]) -> Vec<u8> {
    // One sheet, called "a", under the relation "r1".
    const BOOK: &[u8] = b"\x9C\x01\x16\0\0\0\0\x01\0\0\0\x02\0\0\0r\x001\0\x01\0\0\0a\0";
    const RELATION: &str = "<Relationships><Relationship Id=\"r1\" Target=\"worksheets/sheet1.bin\"/></Relationships>";
    let files = [
        ("[Content_Types].xml", &b"<Types/>"[..]),
        ("_rels/.rels", b"<Relationships/>"),
        ("xl/workbook.bin", BOOK),
        ("xl/_rels/workbook.bin.rels", RELATION.as_bytes()),
        ("xl/worksheets/sheet1.bin", b""),
        ("xl/sharedStrings.bin", b""),
    ];
    zip(files.into_iter().map(|(other, fixed)| (other, if other == name { content } else { fixed }.to_vec())))
}

/// A workbook with this container of macros.
pub fn with_macros(container: &[u8]) -> Vec<u8> {
    let files = [
        ("[Content_Types].xml", &b"<Types/>"[..]),
        ("_rels/.rels", b"<Relationships/>"),
        ("xl/workbook.xml", b"<workbook/>"),
        ("xl/vbaProject.bin", container),
    ];
    zip(files.into_iter().map(|(name, content)| (name, content.to_vec())))
}

/// A ZIP file whose entries are not packed.
pub fn zip(entries: impl Iterator<Item = (&'static str, Vec<u8>)>) -> Vec<u8> {
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for (name, content) in entries {
        let mut fields = [20_u16, 0, 0, 0, 0].map(u16::to_le_bytes).concat();
        fields
            .extend([super::crc(&content), content.len() as u32, content.len() as u32].map(u32::to_le_bytes).concat());
        fields.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
        let at = (out.len() as u32).to_le_bytes();
        out.extend([b"PK\x03\x04", fields.as_slice(), name.as_bytes(), &content].concat());
        directory.extend([b"PK\x01\x02\x14\x00", fields.as_slice(), &[0; 10], &at, name.as_bytes()].concat());
        count += 1;
    }
    let (start, size) = ((out.len() as u32).to_le_bytes(), (directory.len() as u32).to_le_bytes());
    let count = count.to_le_bytes();
    out.extend([directory.as_slice(), b"PK\x05\x06\0\0\0\0", &count, &count, &size, &start, &[0, 0]].concat());
    out
}
