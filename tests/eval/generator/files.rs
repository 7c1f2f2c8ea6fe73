//! Attached files in the making.

#[path = "../../harness/archive.rs"]
mod archive;

pub use archive::zip;
use std::io::Write as _;

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::default());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn office(files: Vec<(String, String)>) -> Vec<u8> {
    let mut all = vec![
        ("[Content_Types].xml".to_owned(), "<Types/>".to_owned()),
        ("_rels/.rels".to_owned(), "<Relationships/>".to_owned()),
    ];
    all.extend(files);
    zip(&all.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect::<Vec<_>>())
}

pub fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", escape(text))
}

pub fn word_row(cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<w:tc>{}</w:tc>", paragraph(cell))).collect();
    format!("<w:tbl><w:tr>{cells}</w:tr></w:tbl>")
}

/// A file of a Word document with this root.
pub fn word(root: &str, text: &str) -> String {
    format!("<w:{root} xmlns:w=\"w\">{}</w:{root}>", paragraph(text))
}

pub fn properties(title: &str) -> String {
    format!(
        "<cp:coreProperties xmlns:cp=\"c\" xmlns:dc=\"d\"><dc:title>{}</dc:title></cp:coreProperties>",
        escape(title)
    )
}

/// A Word document with this body and these files.
pub fn docx(body: &str, more: &[(&str, String)]) -> Vec<u8> {
    let document = format!("<w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
    let more = more.iter().map(|(name, text)| ((*name).to_owned(), text.clone()));
    office(std::iter::once(("word/document.xml".to_owned(), document)).chain(more).collect())
}

/// A workbook: name, state and XML of each sheet.
pub fn xlsx(sheets: &[(&str, &str, &str)]) -> Vec<u8> {
    let (mut listed, mut relations, mut files) = (String::new(), String::new(), Vec::new());
    for (place, (name, state, content)) in sheets.iter().enumerate() {
        listed += &format!("<sheet name=\"{name}\" sheetId=\"{place}\" state=\"{state}\" r:id=\"r{place}\"/>");
        relations += &format!("<Relationship Id=\"r{place}\" Target=\"worksheets/sheet{place}.xml\"/>");
        files.push((format!("xl/worksheets/sheet{place}.xml"), format!("<worksheet>{content}</worksheet>")));
    }
    files.push(("xl/workbook.xml".into(), format!("<workbook xmlns:r=\"r\"><sheets>{listed}</sheets></workbook>")));
    files.push(("xl/_rels/workbook.xml.rels".into(), format!("<Relationships>{relations}</Relationships>")));
    office(files)
}

/// A sheet with these rows of words.
pub fn rows(rows: &[&[&str]]) -> String {
    let cell = |text: &&str| format!("<c t=\"inlineStr\"><is><t>{}</t></is></c>", escape(text));
    let row = |cells: &&[&str]| format!("<row>{}</row>", cells.iter().map(cell).collect::<String>());
    format!("<sheetData>{}</sheetData>", rows.iter().map(row).collect::<String>())
}

/// A presentation of one slide.
pub fn pptx(text: &str) -> Vec<u8> {
    let slide = format!(
        "<p:sld xmlns:p=\"p\" xmlns:a=\"a\"><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>",
        escape(text)
    );
    let show = "<p:presentation xmlns:p=\"p\" xmlns:r=\"r\"><p:sldIdLst><p:sldId id=\"256\" r:id=\"r1\"/></p:sldIdLst></p:presentation>";
    office(vec![
        ("ppt/presentation.xml".into(), show.into()),
        (
            "ppt/_rels/presentation.xml.rels".into(),
            "<Relationships><Relationship Id=\"r1\" Target=\"slides/slide1.xml\"/></Relationships>".into(),
        ),
        ("ppt/slides/slide1.xml".into(), slide),
    ])
}

/// A text of `OpenDocument`.
pub fn odt(text: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:body><office:text><text:p>{}</text:p></office:text></office:body></office:document-content>",
        escape(text)
    );
    zip(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", content.as_bytes())])
}

/// A spreadsheet of `OpenDocument` with one row.
pub fn ods(cells: &[&str]) -> Vec<u8> {
    let cells: String = cells
        .iter()
        .map(|cell| format!("<table:table-cell><text:p>{}</text:p></table:table-cell>", escape(cell)))
        .collect();
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"A\"><table:table-row>{cells}</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    );
    zip(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content.as_bytes())])
}

/// A PDF of one page with a line of ASCII, and a title.
pub fn pdf(line: &str, title: &str) -> Vec<u8> {
    let title: String = title.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    let line = line.replace('\\', "").replace('(', "\\(").replace(')', "\\)");
    let content = format!("BT /F1 12 Tf 72 720 Td ({line}) Tj ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>".to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        format!("<</Title<FEFF{title}>>>"),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (object, number) in objects.iter().zip(1..) {
        places.push(out.len());
        out += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let table = out.len();
    out += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        out += &format!("{place:010} 00000 n \n");
    }
    out += &format!(
        "trailer\n<</Size {}/Root 1 0 R/Info {} 0 R>>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1,
        objects.len()
    );
    out.into_bytes()
}
