//! Documents and workbooks as Word and Excel write them: zipped XML with all its wrappings, and a picture that brings
//! the file to the size it is to have.

use super::people::Person;
use super::words::Writer;
use super::{Dice, files};
use std::io::{Cursor, Write};
use zip::CompressionMethod::{Deflated, Stored};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
/// The type of a Word document.
pub const DOCUMENT: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
/// The type of an Excel workbook.
pub const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// What an entry of a zip takes beside its bytes, both times its name is written.
const ENTRY: usize = 140;

/// A letter or a report with about so many letters.
pub fn document(size: usize, letters: usize, named: Option<&Person>, dice: &mut Dice) -> Vec<u8> {
    let text = Writer::new(dice).text(letters as u64, letters as u64, named);
    let mut body = String::with_capacity(text.len() * 3);
    for paragraph in text.split("\r\n\r\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        body.push_str(
            "<w:p w:rsidR=\"00A77B3E\" w:rsidRDefault=\"00A77B3E\"><w:pPr><w:pStyle w:val=\"BodyText\"/>\
             <w:spacing w:before=\"0\" w:after=\"160\" w:line=\"259\" w:lineRule=\"auto\"/></w:pPr>",
        );
        // A run for every few words: each change of spelling mark, language or hand makes one.
        let words: Vec<&str> = paragraph.split_whitespace().collect();
        let mut rest = words.as_slice();
        while !rest.is_empty() {
            let (run, behind) = rest.split_at(rest.len().min(3 + files::place(dice.below(30))));
            rest = behind;
            body.push_str(
                "<w:r w:rsidRPr=\"00C2117E\"><w:rPr><w:rFonts w:ascii=\"Calibri\" w:hAnsi=\"Calibri\" w:cs=\"Calibri\"/>\
                 <w:sz w:val=\"22\"/><w:lang w:val=\"en-GB\"/></w:rPr><w:t xml:space=\"preserve\">",
            );
            body.push_str(&escaped(&run.join(" ")));
            body.push_str(" </w:t></w:r>");
        }
        body.push_str("</w:p>");
    }
    let document = format!(
        "{XML}<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:r=\"{OFFICE}\">\
         <w:body>{body}<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/></w:sectPr></w:body></w:document>"
    );
    let main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
    let styles = "application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml";
    package(
        &[("word/document.xml", main, &document), ("word/styles.xml", styles, &word_styles())],
        "word/media/image1.jpeg",
        size,
        dice,
    )
}

/// A list of stock of so many rows.
pub fn workbook(size: usize, rows: usize, dice: &mut Dice) -> Vec<u8> {
    let mut strings: Vec<String> = files::HEADS.map(str::to_owned).to_vec();
    let comments = Writer::new(dice).text(400, 2_000, None);
    let first_comment = strings.len();
    strings.extend(comments.split(". ").map(|comment| comment.replace("\r\n", " ")));
    let last_comment = strings.len();
    let mut sheet = String::with_capacity(rows * 420);
    let heads: Vec<String> = (0..8).map(|column| text_cell(column, 1, column)).collect();
    sheet.push_str(&format!("<row r=\"1\" spans=\"1:8\">{}</row>", heads.concat()));
    for row in 2..rows + 2 {
        strings.push(Writer::new(dice).line(12));
        let comment = first_comment + files::place(dice.below((last_comment - first_comment) as u64));
        let counts = [dice.below(50), dice.below(50)];
        let numbers = [(3, 46_000 + dice.below(300)), (4, counts[0]), (5, counts[1]), (6, counts[0] + counts[1])];
        let numbers = numbers.map(|(column, value)| {
            format!("<c r=\"{}{row}\" s=\"{}\"><v>{value}</v></c>", letter(column), 1 + usize::from(column == 3))
        });
        sheet.push_str(&format!(
            "<row r=\"{row}\" spans=\"1:8\"><c r=\"A{row}\"><v>{}</v></c>{}{}{}{}</row>",
            row - 1,
            text_cell(1, row, strings.len() - 1),
            text_cell(2, row, 2),
            numbers.concat(),
            text_cell(7, row, comment)
        ));
    }
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let items: String = strings.iter().map(|string| format!("<si><t>{}</t></si>", escaped(string))).collect();
    let parts = [
        (
            "xl/workbook.xml",
            "sheet.main",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"Stock\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            "worksheet",
            format!(
                "<worksheet xmlns=\"{main}\"><dimension ref=\"A1:H{}\"/><sheetData>{sheet}</sheetData></worksheet>",
                rows + 1
            ),
        ),
        (
            "xl/sharedStrings.xml",
            "sharedStrings",
            format!("<sst xmlns=\"{main}\" uniqueCount=\"{}\">{items}</sst>", strings.len()),
        ),
        (
            "xl/styles.xml",
            "styles",
            format!(
                "<styleSheet xmlns=\"{main}\"><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
            ),
        ),
    ];
    let parts = parts.map(|(name, kind, text)| {
        (
            name,
            format!("application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"),
            XML.to_owned() + &text,
        )
    });
    let parts: Vec<_> = parts.iter().map(|(name, kind, text)| (*name, kind.as_str(), text.as_str())).collect();
    package(&parts, "xl/media/image1.jpeg", size, dice)
}

fn letter(column: usize) -> char {
    char::from(b'A' + u8::try_from(column).unwrap())
}

fn text_cell(column: usize, row: usize, string: usize) -> String {
    format!("<c r=\"{}{row}\" t=\"s\"><v>{string}</v></c>", letter(column))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Styles as Word writes them, a long list that nobody reads.
fn word_styles() -> String {
    let style = |number: usize| {
        format!(
            "<w:style w:type=\"paragraph\" w:styleId=\"Style{number}\"><w:name w:val=\"Style {number}\"/><w:basedOn w:val=\"Normal\"/>\
             <w:uiPriority w:val=\"{number}\"/><w:pPr><w:spacing w:after=\"{number}0\"/></w:pPr><w:rPr><w:sz w:val=\"{number}\"/></w:rPr></w:style>"
        )
    };
    let styles: String = (0..120).map(style).collect();
    format!(
        "{XML}<w:styles xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">{styles}</w:styles>"
    )
}

/// Parts (name, type, text; the main part first, the others beside it), their lists, and a picture that fills up.
fn package(parts: &[(&str, &str, &str)], picture: &str, size: usize, dice: &mut Dice) -> Vec<u8> {
    let types: String = parts
        .iter()
        .map(|(name, kind, _)| format!("<Override PartName=\"/{name}\" ContentType=\"{kind}\"/>"))
        .collect();
    let types = format!(
        "{XML}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"jpeg\" ContentType=\"image/jpeg\"/>{types}</Types>"
    );
    let relations = |targets: &[(&str, &str)]| {
        let one = |(number, (kind, target)): (usize, &(&str, &str))| {
            format!("<Relationship Id=\"rId{}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>", number + 1)
        };
        let all: String = targets.iter().enumerate().map(one).collect();
        format!("{XML}<Relationships xmlns=\"{PACKAGE}/relationships\">{all}</Relationships>")
    };
    let (folder, main) = parts[0].0.split_once('/').unwrap();
    let beside: Vec<(&str, &str)> = parts[1..]
        .iter()
        .map(|(name, ..)| {
            let target = name.split_once('/').unwrap().1;
            let kind = target.split_once('/').map_or(target, |_| "worksheet");
            (kind.strip_suffix(".xml").unwrap_or(kind), target)
        })
        .collect();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8], method| {
        zip.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    };
    add("[Content_Types].xml", types.as_bytes(), Deflated);
    add("_rels/.rels", relations(&[("officeDocument", parts[0].0)]).as_bytes(), Deflated);
    add(&format!("{folder}/_rels/{main}.rels"), relations(&beside).as_bytes(), Deflated);
    for (name, _, text) in parts {
        add(name, text.as_bytes(), Deflated);
    }
    let written = zip.finish().unwrap();
    let left = size.saturating_sub(written.get_ref().len() + ENTRY);
    let mut zip = ZipWriter::new_append(written).unwrap();
    zip.start_file(picture, SimpleFileOptions::default().compression_method(Stored)).unwrap();
    zip.write_all(&files::jpeg(left, dice)).unwrap();
    zip.finish().unwrap().into_inner()
}
