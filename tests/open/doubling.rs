//! A file twice as long takes twice the work: counted in the steps that a reader pays for, never in time.

use crate::making::{docx, gzip, opendocument, rows, tar, xlsx, zip};
use crate::older_making::{
    binary_record, binary_string, container, doc, large, packed_source, ppt, shared, slide_record, workbook, xls,
};
use crate::outlook_making::{self as outlook, BODY, HTML, Message, RTF, Value};
use crate::packing::{Kept, Seven, bzip2, deflate, lzip, lzma, rar, rar5, seven, xz, zip_of, zstd};
use crate::pdf_making::Pdf;
use crate::rich_text::{hex, package, rtf};
use exeat::mail::open::{FileLimits, open_file};
use exeat::mail::parts::{Family, Limits, Tree};
use rars::ArchiveVersion;
use sevenz_rust2::EncoderMethod;

/// A file with so many lines of text.
type Make = fn(usize) -> Vec<u8>;

fn lines(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("Report number {number} of the trip to the coast. ")).collect()
}

fn text(count: usize) -> Vec<u8> {
    lines(count).join("\r\n").into_bytes()
}

fn message(count: usize) -> Message {
    let body = String::from_utf8(text(count)).unwrap();
    let page = lines(count).join("<br>").replace("Report", "Page");
    let packed = outlook::packed(&format!(r"{{\rtf1 {}}}", lines(count).join(r"\par ").replace("Report", "Letter")));
    let properties = vec![(BODY, outlook::wide(&body)), (HTML, Value::Bytes(page.into())), (RTF, Value::Bytes(packed))];
    Message { properties, ..Message::default() }
}

fn pages(count: usize) -> Vec<u8> {
    let mut pdf = Pdf::new();
    for page in lines(count).chunks(40) {
        let shown: String = page.iter().map(|line| format!("0 -14 Td ({line}) Tj ")).collect();
        pdf.page(&format!("BT /F1 12 Tf 20 800 Td {shown} ET"), "", "");
    }
    pdf.finish()
}

fn slides(count: usize) -> Vec<u8> {
    let list: Vec<u8> = (0..count)
        .flat_map(|number| slide_record(0, 1_011, &[&large(number + 2), &[0; 8], &large(number + 256), &[0; 4]]))
        .collect();
    let document = slide_record(0xF, 1_000, &[&slide_record(0xF, 4_080, &[&list])]);
    let slide = |(number, line): (usize, String)| {
        (Some(number + 2), slide_record(0xF, 1_006, &[&slide_record(0, 4_008, &[line.as_bytes()])]))
    };
    let records: Vec<(Option<usize>, Vec<u8>)> =
        [(Some(1), document)].into_iter().chain(lines(count).into_iter().enumerate().map(slide)).collect();
    ppt(&records, &[])
}

fn book(count: usize) -> Vec<u8> {
    // A record holds no more than some eight thousand bytes: strings that all cells share.
    let cells: Vec<u8> = (0..count).flat_map(|row| [shared(row, 0, row % 50), shared(row, 1, 7)].concat()).collect();
    let strings = lines(50);
    let strings: Vec<&str> = strings.iter().map(String::as_str).collect();
    xls(&workbook(&[], &strings, &[("a", 0, cells)], &[]))
}

fn binary_book(count: usize) -> Vec<u8> {
    let listed = binary_record(156, &[&large(0), &large(1), &binary_string("r1"), &binary_string("a")]);
    let sheet: Vec<u8> = lines(count)
        .iter()
        .enumerate()
        .flat_map(|(row, line)| {
            let cell = binary_record(6, &[&large(0), &large(0), &binary_string(line)]);
            [binary_record(0, &[&large(row), &[0; 13]]), cell].concat()
        })
        .collect();
    zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", b"<Relationships/>"),
        ("xl/workbook.bin", &listed),
        (
            "xl/_rels/workbook.bin.rels",
            b"<Relationships><Relationship Id=\"r1\" Target=\"worksheets/sheet1.bin\"/></Relationships>",
        ),
        ("xl/worksheets/sheet1.bin", &sheet),
    ])
}

fn macros(count: usize) -> Vec<u8> {
    let module = [&b"\0\0\0\0\0"[..], &packed_source(&text(count))].concat();
    let mut streams = crate::older_making::project("/Macros", "");
    streams[1].1 = module;
    let streams: Vec<(&str, &[u8])> = streams.iter().map(|(path, content)| (path.as_str(), &content[..])).collect();
    container(&streams)
}

const FILES: [(&str, Make); 27] = [
    ("docx", |count| {
        docx(&lines(count).iter().map(|line| format!("<w:p><w:r><w:t>{line}</w:t></w:r></w:p>")).collect::<String>())
    }),
    ("xlsx", |count| {
        let lines = lines(count);
        let cells: Vec<[&str; 1]> = lines.iter().map(|line| [line.as_str()]).collect();
        let table: Vec<&[&str]> = cells.iter().map(|row| &row[..]).collect();
        xlsx(&[("a", "visible", &rows(&table))], &[], &[])
    }),
    ("xlsb", binary_book),
    ("odt", |count| {
        opendocument(
            "text",
            &lines(count).iter().map(|line| format!("<text:p>{line}</text:p>")).collect::<String>(),
            &[],
        )
    }),
    ("doc", |count| {
        let text = lines(count).join("\r");
        doc(&[(&text, false)], [text.len(), 0, 0, 0, 0, 0, 0, 0], &[], &[])
    }),
    ("xls", book),
    ("ppt", slides),
    ("macros", macros),
    ("rtf", |count| rtf(&lines(count).join(r"\par "))),
    ("rtf with a file in it", |count| {
        rtf(&format!(r"{{\object\objemb{{\*\objdata {}}}}}", hex(&package("a.txt", &text(count)))))
    }),
    ("msg", |count| outlook::msg(&message(count))),
    ("winmail.dat", |count| outlook::winmail(&message(count))),
    ("pdf", pages),
    ("zip", |count| zip(&[("a.txt", &text(count))])),
    ("zip by LZMA", |count| zip_of(14, 2, &lzma(&text(count)), &text(count))),
    ("zip by deflate64", |count| zip_of(9, 0, &deflate(&text(count)), &text(count))),
    ("gzip", |count| gzip("a.txt", &text(count))),
    ("tar", |count| tar(&[("a.txt", &text(count))])),
    ("7z", |count| seven(&[("a.txt", &text(count))], Seven::Solid)),
    ("7z by PPMd", |count| seven(&[("a.txt", &text(count))], Seven::Each(EncoderMethod::PPMD))),
    ("RAR 5, stored", |count| rar5(&[("a.txt", &text(count), Kept::Clear)])),
    ("RAR 5", |count| rar(&[("a.txt", &text(count))], ArchiveVersion::Rar50, |it| it)),
    ("RAR 4", |count| rar(&[("a.txt", &text(count))], ArchiveVersion::Rar29, |it| it)),
    ("bzip2", |count| bzip2(&text(count))),
    ("xz", |count| xz(&text(count))),
    ("lzip", |count| lzip(&text(count))),
    ("zstd", |count| zstd(&text(count))),
];

fn within(content: &[u8], unpacked: u64) -> Tree {
    open_file(content, &Family::ALL, &Limits::default(), &FileLimits { unpacked, ..FileLimits::default() })
}

/// The fewest steps with which a file is read to its end.
fn steps(content: &[u8]) -> u64 {
    let enough = |steps: u64| within(content, steps).gaps.is_empty();
    let (mut few, mut many) = (0, 1 << 14);
    while !enough(many) {
        assert!(many < 64 << 20, "the file is read to its end");
        (few, many) = (many, many * 2);
    }
    while many - few > many / 64 {
        let middle = few.midpoint(many);
        if enough(middle) {
            many = middle;
        } else {
            few = middle;
        }
    }
    many
}

#[test]
fn a_file_twice_as_long_takes_twice_the_work() {
    for (name, make) in FILES {
        let (single, double) = (make(700), make(1_400));
        let read = [&single, &double].map(|content| within(content, 64 << 20).text.len());
        assert!(read[0] > 20_000 && read[1] * 10 > read[0] * 19, "{name} is read: {read:?}");
        let [once, twice] = [&single, &double].map(|content| steps(content));
        // What every file costs, however short it is, is paid once.
        assert!(twice <= once * 2 + once / 10, "{name}: {once} steps, and {twice} for twice as much");
    }
}
