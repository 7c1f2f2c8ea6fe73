//! What the fuzzers of the readers begin with: small files of every kind, written by the makers of these tests.
//! `EXEAT_SEEDS=write` writes them anew; `tests/fuzz_replay` runs them.

use crate::making::{docx, gzip, opendocument, rows, tar, xlsx, zip};
use crate::older_making::{
    binary_record, binary_string, container, doc, large, packed_file, ppt, project, properties, record, shared,
    slide_record, small, wide, workbook, xls,
};
use crate::older_sealed::{DEFAULT, agile, encrypted_stream, standard};
use crate::outlook::{LETTERS, WORLD};
use crate::outlook_making::{self as outlook, BODY, HTML, LONG_NAME, Message, NAME, RTF, SUBJECT, Value};
use crate::packing::{self, Kept, Seven, bzip2, lzip, lzma, rar4, rar5, seven, xz, zip_of, zstd};
use crate::pdf_making::Pdf;
use crate::pictures::pictures;
use crate::rich_text::{hex, package, rtf};
use rars::ArchiveVersion;
use sevenz_rust2::EncoderMethod;
use std::path::{Path, PathBuf};

const WORDS: &[u8] = b"Jane Smith of 7B went to the coast, and Jane Smith wrote to Oliver Smith.";
const FILES: packing::Files<'static> =
    &[("a/", b""), ("a/Jane Smith.txt", WORDS), ("b.csv", b"Forename,Surname\r\nJane,Smith\r\n")];
/// Between two pieces of which each has a place of its own in a file.
const CUT: &[u8] = b"|#|";

/// A seed: the number of its wrapping (see `tests/fuzzing/files`), its name, what stands in the wrapping.
type Seed = (u8, String, Vec<u8>);

fn seed(wrapping: u8, name: &str, content: impl AsRef<[u8]>) -> Seed {
    (wrapping, name.to_owned(), content.as_ref().to_vec())
}

/// The streams of a container, as pieces.
fn streams(file: Vec<u8>, paths: &[&str]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::open(std::io::Cursor::new(file)).unwrap();
    let mut stream = |path: &&str| {
        let mut content = Vec::new();
        if let Ok(mut stream) = file.open_stream(path) {
            std::io::Read::read_to_end(&mut stream, &mut content).unwrap();
        }
        content
    };
    paths.iter().map(&mut stream).collect::<Vec<_>>().join(CUT)
}

fn older() -> Vec<Seed> {
    const WORD: [&str; 2] = ["/WordDocument", "/1Table"];
    const SLIDES: [&str; 2] = ["/PowerPoint Document", "/Current User"];
    let document = doc(
        &[("Jane Smith\rof 7B\r", false), ("Zo\u{eb}\r", true), ("a foot note\r", false)],
        [20, 12, 0, 0, 0, 0, 0, 0],
        &[(0, 4, &[0x3C, 0x08, 1]), (5, 10, &[0x01, 0x08, 1])],
        &[(0, 12, &[0x16, 0x24, 1])],
    );
    let cells = [
        record(0x7D, &[&small(1), &small(1), &[0; 4], &[1, 0], &[0; 2]]),
        shared(0, 0, 0),
        shared(0, 1, 1),
        crate::older_making::number(1, 0, 1, 41306.0),
        record(0x06, &[&[1, 0, 1, 0, 0, 0], &[0; 8], &[0; 6], &small(4), &[0x17, 1, 0, b'x']]),
        record(0x1C, &[&[0, 0, 0, 0, 0, 0, 1, 0], &small(3), &[0], b"Ann"]),
    ]
    .concat();
    let book = workbook(
        &["dd/mm/yyyy"],
        &["Jane Smith", "Zo\u{eb}"],
        &[("Marks", 0, cells), ("Hidden", 1, shared(0, 0, 1))],
        &[],
    );
    let words = slide_record(0, 4_000, &[&wide("Jane Smith")]);
    let slide =
        slide_record(0xF, 1_006, &[&slide_record(0xF, 0xF00D, &[&words, &slide_record(0, 4_008, &[b"of 7B"])])]);
    let list = slide_record(
        0xFF,
        4_080,
        &[&slide_record(0, 1_011, &[&large(2), &[0; 4], &large(2), &large(256), &[0; 4]]), &words],
    );
    let slides = ppt(
        &[(Some(1), slide_record(0xF, 1_000, &[&list])), (Some(2), slide), (None, slide_record(0xF, 1_008, &[&words]))],
        &[],
    );
    let summary = properties(&[(2, "Jane Smith"), (4, "A Marlow")]);
    let modules = project("/Macros", "Sub a()\r\n' tell Jane Smith\r\nEnd Sub\r\n");
    let modules: Vec<(&str, &[u8])> = modules.iter().map(|(path, content)| (path.as_str(), &content[..])).collect();
    let with_all =
        [&modules[..], &[("/WordDocument", &[0xEC, 0xA5, 0xC1, 0]), ("/\u{5}SummaryInformation", &summary[..])]]
            .concat();
    let list = [
        [3, 0, 2, 0, 0, 0, 0xE4, 4].to_vec(),
        [&[0x1A, 0][..], &large(7), b"Module1"].concat(),
        [&[0x31, 0][..], &large(4), &large(0)].concat(),
    ];
    vec![
        seed(0, "doc", &document),
        seed(16, "doc-streams", streams(document.clone(), &WORD)),
        seed(0, "xls", xls(&book)),
        seed(17, "xls-stream", &book),
        seed(17, "xls-locked-40-bits", encrypted_stream(DEFAULT, true)),
        seed(17, "xls-locked-128-bits", encrypted_stream(DEFAULT, false)),
        seed(0, "ppt", &slides),
        seed(18, "ppt-streams", streams(slides.clone(), &SLIDES)),
        seed(19, "summary", &summary),
        seed(20, "object", packed_file("a.txt", WORDS)),
        seed(0, "container-of-all", container(&with_all)),
        seed(21, "macros-packed", streams(container(&modules), &["/Macros/VBA/dir", "/Macros/VBA/Module1"])),
        seed(22, "macros", [&list.concat(), CUT, b"Sub a()\r\n' tell Jane Smith\r\nEnd Sub\r\n"].concat()),
        seed(
            29,
            "macros-of-a-workbook",
            [&list.concat(), CUT, b"Sub a()\r\n' tell Jane Smith\r\nEnd Sub\r\n"].concat(),
        ),
        seed(0, "in-a-storage", container(&[("/MBD0001/Workbook", &book), ("/MBD0002/package.bin", &document)])),
    ]
}

fn newer() -> Vec<Seed> {
    const LOCKED: [&str; 2] = ["/EncryptionInfo", "/EncryptedPackage"];
    let book = xlsx(&[("Marks", "visible", &rows(&[&["Jane", "Smith"]]))], &[], &[]);
    let cell = |kind: usize, column: usize, value: &[u8]| binary_record(kind, &[&large(column), &large(0), value]);
    let sheet = [
        binary_record(60, &[&large(2), &large(2), &[0; 8], &[1, 0]]),
        binary_record(0, &[&large(0), &[0; 13]]),
        cell(7, 0, &large(0)),
        cell(6, 1, &binary_string("Smith")),
        cell(5, 2, &41306.0_f64.to_le_bytes()),
        cell(2, 3, &large((7 << 2) | 2)),
        cell(8, 4, &[&binary_string("x")[..], &[0; 8], &wide("in the formula")].concat()),
    ]
    .concat();
    let listed = binary_record(156, &[&large(0), &large(1), &binary_string("r1"), &binary_string("Marks")]);
    vec![
        seed(0, "docx", docx("<w:p><w:r><w:t>Jane Smith</w:t></w:r></w:p>")),
        seed(0, "xlsx", &book),
        seed(0, "odt", opendocument("text", "<text:p>Jane Smith</text:p>", &[])),
        seed(26, "xlsb-book", &listed),
        seed(27, "xlsb-sheet", &sheet),
        seed(28, "xlsb-strings", binary_record(19, &[&[0], &binary_string("Jane")])),
        seed(23, "locked-agile", streams(agile(DEFAULT, &book, 3), &LOCKED)),
        seed(23, "locked-standard", streams(standard(DEFAULT, &book), &LOCKED)),
        seed(23, "locked-for-others", streams(agile("another password", &book, 3), &LOCKED)),
    ]
}

fn letters() -> Vec<Seed> {
    let text = outlook::packed(r"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}Jane {\b Smith}}");
    let message = Message {
        properties: vec![
            (SUBJECT, outlook::wide("Jane Smith")),
            (BODY, outlook::wide("of 7B")),
            (HTML, Value::Bytes(b"<p>Zo&euml;</p>".into())),
            (RTF, Value::Bytes(text.clone())),
            (0x8001, outlook::wide("her own")),
            (0x3FDE, Value::Number(65_001)),
        ],
        recipients: vec![vec![(NAME, outlook::wide("Oliver"))]],
        files: vec![vec![(LONG_NAME, outlook::wide("a.txt")), (outlook::DATA, Value::Bytes(WORDS.into()))]],
        named: vec![(0x8001, "keywords".to_owned())],
    };
    let within = Message {
        files: vec![vec![(NAME, outlook::wide("within")), (outlook::DATA, Value::Message(message.clone()))]],
        ..message.clone()
    };
    let pieces: [&[u8]; 9] = [
        &[0; 32],
        &wide("Jane Smith"),
        b"of 7B",
        b"<p>Zo&euml;</p>",
        &text,
        &wide("Subject: a"),
        &wide("own"),
        &wide("Oliver"),
        WORDS,
    ];
    vec![
        seed(0, "msg-streams", outlook::msg(&message)),
        seed(24, "msg", pieces.join(CUT)),
        seed(25, "msg-packed-text", &WORLD[16..]),
        seed(25, "msg-packed-text-again", &LETTERS[16..]),
        seed(0, "winmail", outlook::winmail(&within)),
        seed(49, "smime-compressed", b"Content-Type: text/plain; name=a.txt\r\n\r\nJane Smith\r\n"),
        seed(0, "rtf-table", rtf(r"\trowd\cellx10 Jane\cell {\v Smith}\cell\row {\footnote of 7B}\u235? \'e9{\upr{a}{\*\ud b}}")),
        seed(0, "rtf-object", rtf(&format!(r"{{\object\objemb{{\*\objdata {}}}}}", hex(&package("a.txt", WORDS))))),
        seed(0, "rtf-picture", rtf(r"{\*\shppict{\pict{\*\picprop{\sp{\sn wzName}{\sv Jane Smith}}}\pngblip 89504e470d0a1a0a}}")),
        seed(0, "rtf-html", br"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}\htmlrtf a\htmlrtf0 Jane&nbsp;Smith{\*\htmltag72 </p>}}"),
        seed(0, "vcf", b"BEGIN:VCARD\r\nVERSION:3.0\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Smith;Jane=20E;;;\r\nNOTE:of\\n7B\r\nPHOTO;ENCODING=b:R0lGODlhAQABAAAAACw=\r\n folded\r\nEND:VCARD\r\n"),
        seed(0, "ics", b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=en:Jane\r\n  Smith\r\nATTENDEE;CN=\"Zo\xC3\xAB\":mailto:a@mail.example\r\nATTACH;ENCODING=BASE64;VALUE=BINARY:SmFuZQ==\r\nX-ALT-DESC;FMTTYPE=text/html:<p>of 7B</p>\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"),
    ]
}

fn archives() -> Vec<Seed> {
    let clear: Vec<_> = FILES.iter().map(|(name, content)| (*name, *content, Kept::Clear)).collect();
    let packed_rar = |version| packing::rar(FILES, version, |it| it);
    // The contents of a 7z file of one file that is kept as it is.
    let contents = b"\x01\x04\x06\x00\x01\x09\x04\x00\x07\x0B\x01\x00\x01\x01\x00\x0C\x04\x00\x08\x00\x00\x05\x01\x11\x05\x00a\0\0\0\0\0";
    // A file, four bytes long, called "a"; and the end.
    let five: [&[u8]; 6] = [&[1, 0, 0], b"", b"\x02\x02\x04\x00\x04\x00\x00\x01\x01a", b"Jane", &[5, 0, 0], b""];
    let four: [&[u8]; 6] = [
        b"\x73\0\0\0\0\0\0\0\0",
        b"",
        b"\x74\0\x80\x04\0\0\0\x04\0\0\0\x03\0\0\0\0\0\0\x21\x50\x14\x30\x01\0\0\0\0\0a",
        b"Jane",
        b"\x7B\0\x40",
        b"",
    ];
    let packed_data = |content: &[u8]| packing::deflate(content);
    vec![
        seed(0, "zip", zip(FILES)),
        seed(0, "zip-in-zip", zip(&[("a.zip", &zip(FILES)), ("b.gz", &gzip("b", WORDS))])),
        seed(0, "tar", tar(&[("a.txt", WORDS), ("b.csv", b"a,b\n")])),
        seed(0, "gzip", gzip("a.txt", WORDS)),
        seed(30, "zip-deflate64", packed_data(WORDS)),
        seed(31, "zip-bzip2", bzip2(WORDS)),
        seed(32, "zip-lzma", lzma(WORDS)),
        seed(33, "zip-zstd", zstd(WORDS)),
        seed(34, "zip-xz", xz(WORDS)),
        seed(0, "zip-by-another", zip_of(93, 0, &zstd(WORDS), WORDS)),
        seed(0, "bzip2", bzip2(WORDS)),
        seed(0, "xz", xz(WORDS)),
        seed(0, "lzip", lzip(WORDS)),
        seed(0, "zstd", zstd(WORDS)),
        seed(45, "xz-block", &xz(WORDS)[24..]),
        seed(0, "7z-lzma2", seven(FILES, Seven::Solid)),
        seed(0, "7z-ppmd", seven(FILES, Seven::Each(EncoderMethod::PPMD))),
        seed(0, "7z-bzip2", seven(FILES, Seven::Each(EncoderMethod::BZIP2))),
        seed(0, "7z-mixed", seven(FILES, Seven::Mixed)),
        seed(35, "7z-contents", [&b"Jane"[..], CUT, contents].concat()),
        seed(42, "7z-by-lzma", &lzma(WORDS)[9..]),
        seed(43, "7z-by-ppmd", &seven(FILES, Seven::Each(EncoderMethod::PPMD))[32..]),
        seed(44, "7z-by-lzma2", &seven(FILES, Seven::Each(EncoderMethod::LZMA2))[32..]),
        seed(0, "rar-5", packed_rar(ArchiveVersion::Rar50)),
        seed(0, "rar-4", packed_rar(ArchiveVersion::Rar40)),
        seed(0, "rar-5-stored", rar5(&clear)),
        seed(0, "rar-4-stored", rar4(&clear)),
        seed(36, "rar-5-blocks", five.join(CUT)),
        seed(37, "rar-4-blocks", four.join(CUT)),
        seed(38, "rar-5-packed", &packed_rar(ArchiveVersion::Rar50)[40..]),
        seed(39, "rar-3-packed", &packed_rar(ArchiveVersion::Rar30)[60..]),
        seed(40, "rar-2-packed", &packed_rar(ArchiveVersion::Rar20)[60..]),
        seed(41, "rar-1-packed", WORDS),
    ]
}

fn pages() -> Vec<Seed> {
    let mut document = Pdf::new();
    document.catalog.push_str("/AcroForm << /Fields [<< /T (a) /V (Jane Smith) >>] >>");
    document.page(
        "BT /F1 12 Tf 20 80 Td (Jane Smith) Tj ET /OC /a BDC BT (of 7B) Tj ET EMC",
        "",
        "/Annots [<< /Type /Annot /Subtype /Text /Contents (a note) >>]",
    );
    let objects: [&[u8]; 7] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> /XObject << /X 6 0 R >> >> >>",
        b"<< /Length 44 >>\nstream\nBT /F1 12 Tf 20 80 Td (Jane Smith) Tj ET /X Do\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [65 /B /eacute] >> >>",
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 19 >>\nstream\nBT (of 7B) Tj ET /X Do\nendstream",
        b"<< /Title (Jane Smith) /Author <FEFF005A006F00EB> >>",
    ];
    vec![
        seed(0, "pdf", document.finish()),
        seed(46, "pdf-page", b"q 1 0 0 1 5 5 cm BT /F1 12 Tf 3 Tr 20 80 Td <00240041> Tj T* [<0024> -200 <0041>] TJ 0 Ts (x) ' ET Q /X Do BI /W 1 /H 1 ID x EI"),
        seed(47, "pdf-letters", b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 2 beginbfchar <0001> <004A> <0002> <D83DDE00> endbfchar 1 beginbfrange <0003> <0009> [<0041> <0042>] endbfrange endcmap"),
        seed(48, "pdf-objects", objects.join(CUT)),
    ]
}

fn all() -> Vec<Seed> {
    let mut all = [older(), newer(), letters(), archives(), pages()].concat();
    all.extend(
        pictures()
            .into_iter()
            .map(|(name, content)| seed(0, &name.to_lowercase().replace([',', ' '], "-").replace("--", "-"), content)),
    );
    all.push(seed(
        0,
        "svg",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><title>Jane</title><text x=\"1\">Smith</text></svg>",
    ));
    all.push(seed(0, "html", b"<html><head><meta charset=utf-8><title>Jane</title></head><body><p style=\"display:none\">Smith</p><table><tr><td>a<td>b</table>&euml;</body></html>"));
    all.push(seed(0, "flat-word", b"<?xml version=\"1.0\"?><?mso-application progid=\"Word.Document\"?><w:wordDocument xmlns:w=\"http://schemas.microsoft.com/office/word/2003/wordml\"><w:body><w:p><w:r><w:t>Jane Smith</w:t></w:r></w:p></w:body></w:wordDocument>"));
    all
}

#[test]
fn seeds_of_the_readers_are_small_and_all_there() {
    let write = std::env::var_os("EXEAT_SEEDS").is_some_and(|word| word == "write");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/readers");
    let mut names: Vec<PathBuf> = Vec::new();
    for (wrapping, name, content) in all() {
        let file = folder.join(&name);
        if write {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, [&[wrapping * 2], &content[..]].concat()).unwrap();
        }
        assert!(file.is_file(), "{name}: EXEAT_SEEDS=write writes the seeds");
        assert!(content.len() < 24 << 10, "{name} is large: {}", content.len());
        assert!(!names.contains(&file), "{name}: two seeds");
        names.push(file);
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        assert!(names.contains(&file), "a seed that nothing makes: {}", file.display());
    }
}
