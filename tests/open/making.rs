//! Files in the making.

#[path = "../harness/archive.rs"]
mod archive;

pub use archive::zip;

use base64::Engine as _;
use std::io::Write as _;

/// A message with these files, in base64.
pub fn letter(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut raw = "From: <r.marlow@school.example>\r\nSubject: News\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n".to_owned();
    for (name, content) in files {
        raw += &format!(
            "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        );
        let code = base64::engine::general_purpose::STANDARD.encode(content);
        for line in code.as_bytes().chunks(76) {
            raw += str::from_utf8(line).unwrap();
            raw += "\r\n";
        }
    }
    (raw + "--b--\r\n").into_bytes()
}

/// A gzip file.
pub fn gzip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::GzBuilder::new().filename(name).write(Vec::new(), flate2::Compression::default());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

/// A tape archive with these files.
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tape = Vec::new();
    for (name, content) in files {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        tape.extend_from_slice(&header);
        tape.extend_from_slice(content);
        tape.resize(tape.len().next_multiple_of(512), 0);
    }
    tape.resize(tape.len() + 1024, 0);
    tape
}

const TYPES: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");
const RELS: (&str, &[u8]) = ("_rels/.rels", b"<Relationships/>");

/// A document of Office with these files in it.
pub fn office(files: &[(&str, &str)]) -> Vec<u8> {
    let files: Vec<(&str, &[u8])> =
        [TYPES, RELS].into_iter().chain(files.iter().map(|(name, text)| (*name, text.as_bytes()))).collect();
    zip(&files)
}

/// A Word document with this body.
pub fn docx(body: &str) -> Vec<u8> {
    office(&[("word/document.xml", &format!("<w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>"))])
}

/// A workbook: name, state and XML of each sheet, and the strings they share.
pub fn xlsx(sheets: &[(&str, &str, &str)], strings: &[&str], more: &[(&str, &str)]) -> Vec<u8> {
    let mut listed = String::new();
    let mut relations = String::new();
    let mut files = Vec::new();
    for (index, (name, state, content)) in sheets.iter().enumerate() {
        listed += &format!("<sheet name=\"{name}\" sheetId=\"{index}\" state=\"{state}\" r:id=\"r{index}\"/>");
        relations += &format!("<Relationship Id=\"r{index}\" Target=\"worksheets/sheet{index}.xml\"/>");
        files.push((format!("xl/worksheets/sheet{index}.xml"), format!("<worksheet>{content}</worksheet>")));
    }
    files.push(("xl/workbook.xml".into(), format!("<workbook xmlns:r=\"r\"><sheets>{listed}</sheets></workbook>")));
    files.push(("xl/_rels/workbook.xml.rels".into(), format!("<Relationships>{relations}</Relationships>")));
    let strings: String = strings.iter().map(|text| format!("<si><t>{text}</t></si>")).collect();
    files.push(("xl/sharedStrings.xml".into(), format!("<sst>{strings}</sst>")));
    let mut all: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    all.extend_from_slice(more);
    office(&all)
}

/// A sheet with these rows of words.
pub fn rows(rows: &[&[&str]]) -> String {
    let cell = |text: &&str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row = |cells: &&[&str]| format!("<row>{}</row>", cells.iter().map(cell).collect::<String>());
    format!("<sheetData>{}</sheetData>", rows.iter().map(row).collect::<String>())
}

/// An `OpenDocument` file: its type and this content.
pub fn opendocument(kind: &str, content: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let kind = format!("application/vnd.oasis.opendocument.{kind}");
    let content = format!("<office:document-content>{content}</office:document-content>");
    let files = [("mimetype", kind.as_bytes()), ("content.xml", content.as_bytes())];
    let more = more.iter().map(|(name, text)| (*name, text.as_bytes()));
    zip(&files.into_iter().chain(more).collect::<Vec<_>>())
}
