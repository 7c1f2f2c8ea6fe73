//! Files of one kind each that are text and little else, so that what reading them costs is seen.

use exeat::mail::open::FileLimits;
use std::io::{Cursor, Write};

/// A file with about so much text.
pub type MakeFile = fn(&str) -> Vec<u8>;

/// The kinds, with what makes a file of a text in ASCII.
pub const READERS: [(&str, MakeFile); 15] = [
    ("rtf", |text| format!("{{\\rtf1\\ansi {}}}", text.replace("\r\n", "\\par ")).into_bytes()),
    ("doc", doc),
    ("xls", xls),
    ("ppt", ppt),
    ("msg", msg),
    ("winmail", |text| {
        [&b"\x78\x9F\x3E\x22\x01\0\x01\x0C\x80\x02\0"[..], &long(text.len()), text.as_bytes(), &[0; 2]].concat()
    }),
    ("odt", odt),
    ("calendar", |text| {
        format!(
            "BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n",
            text.lines().map(|line| format!("SUMMARY:{line}\r\n")).collect::<String>()
        )
        .into_bytes()
    }),
    ("html", |text| format!("<html><body><p>{}</body></html>", text.replace("\r\n", "<br>\r\n")).into_bytes()),
    ("zip", zip),
    ("7z", seven),
    ("rar", rar),
    ("xz", |text| {
        let options = lzma_rust2::XzOptions::with_preset(1);
        packed(lzma_rust2::XzWriter::new(Vec::new(), options).unwrap(), text, |packer| packer.finish().unwrap())
    }),
    ("bzip2", |text| {
        let packer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        packed(packer, text, |packer| packer.finish().unwrap())
    }),
    ("zstd", |text| ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest)),
];

/// Far above what is read here, so that each file is read to its end.
pub fn wide_limits() -> FileLimits {
    FileLimits { unpacked: 4 << 30, text: 256 << 20, cells: 10_000_000, ..FileLimits::default() }
}

fn packed<P: Write>(mut packer: P, text: &str, end: fn(P) -> Vec<u8>) -> Vec<u8> {
    packer.write_all(text.as_bytes()).unwrap();
    end(packer)
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_le_bytes()
}

fn long(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

fn container(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new())).unwrap();
    for (path, content) in streams {
        file.create_stream(path).unwrap().write_all(content).unwrap();
    }
    file.into_inner().into_inner()
}

/// One piece of text behind the file information block.
fn doc(text: &str) -> Vec<u8> {
    const TEXT: usize = 0x600;
    let text = text.replace("\r\n", "\r");
    let table =
        [&[2][..], &long(16), &long(0), &long(text.len()), &[0, 0], &long((TEXT * 2) | 0x4000_0000), &[0, 0]].concat();
    let mut stream = vec![0; TEXT];
    let fields = [(0, 0xA5EC), (2, 0xC1), (10, 0x0200), (0x18, TEXT), (0x4C, text.len()), (0x1A6, table.len())];
    for (at, value) in fields {
        let width = if at < 0x18 { 2 } else { 4 };
        stream[at..at + width].copy_from_slice(&long(value)[..width]);
    }
    stream.extend(text.bytes());
    container(&[("/WordDocument", &stream), ("/1Table", &table)])
}

/// A sheet whose cells are the lines.
fn xls(text: &str) -> Vec<u8> {
    let record = |kind: usize, body: &[u8]| [&short(kind)[..], &short(body.len()), body].concat();
    let begin = |kind: usize| record(0x809, &[&short(0x600)[..], &short(kind), &[0; 12]].concat());
    let head_length = begin(5).len() + 4 + 9 + 4;
    let listed = record(0x85, &[&long(head_length)[..], &[0, 0, 1, 0, b'a']].concat());
    let mut stream = [begin(5), listed, record(0x0A, &[]), begin(16)].concat();
    for (number, line) in text.lines().enumerate() {
        let place = [short(number / 200), short(number % 200), short(0), short(line.len())].concat();
        stream.extend(record(0x204, &[&place[..], &[0], line.as_bytes()].concat()));
    }
    stream.extend(record(0x0A, &[]));
    container(&[("/Workbook", &stream)])
}

/// A slide for every line.
fn ppt(text: &str) -> Vec<u8> {
    let record = |version: usize, kind: usize, body: &[u8]| {
        [&short(version)[..], &short(kind), &long(body.len()), body].concat()
    };
    // As many slides as are listed, and the lines shared out among them.
    let pages: Vec<&str> = text.split_inclusive('\n').collect();
    let pages: Vec<String> = pages.chunks(pages.len().div_ceil(4_000).max(1)).map(<[&str]>::concat).collect();
    let list: Vec<u8> = (0..pages.len())
        .flat_map(|page| record(0, 1_011, &[&long(page + 2)[..], &[0; 8], &long(page + 256), &[0; 4]].concat()))
        .collect();
    let mut stream = record(0xF, 1_000, &record(0xF, 4_080, &list));
    let mut places = [long(1 << 20 | 1), long(0), long(pages.len() << 20 | 2)].concat();
    for page in &pages {
        places.extend(long(stream.len()));
        stream.extend(record(0xF, 1_006, &record(0, 4_008, page.as_bytes())));
    }
    let places_at = stream.len();
    stream.extend(record(0, 6_002, &places));
    let edit_at = stream.len();
    stream.extend(record(0, 4_085, &[&[0; 12][..], &long(places_at), &long(1), &[0; 8]].concat()));
    let user = [&[0; 12][..], &long(0xE391_C05F), &long(edit_at), &[0; 8]].concat();
    container(&[("/PowerPoint Document", &stream), ("/Current User", &user)])
}

fn msg(text: &str) -> Vec<u8> {
    container(&[("/__properties_version1.0", &[0; 32]), ("/__substg1.0_1000001E", text.as_bytes())])
}

fn odt(text: &str) -> Vec<u8> {
    let body: String = text.lines().map(|line| format!("<text:p>{line}</text:p>")).collect();
    let content = format!(
        "<office:document-content><office:body><office:text>{body}</office:text></office:body></office:document-content>"
    );
    entries(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", content.as_bytes())])
}

fn zip(text: &str) -> Vec<u8> {
    entries(&[("a.txt", text.as_bytes())])
}

fn entries(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut packer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let method =
            if *name == "mimetype" { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
        packer.start_file(*name, zip::write::SimpleFileOptions::default().compression_method(method)).unwrap();
        packer.write_all(content).unwrap();
    }
    packer.finish().unwrap().into_inner()
}

fn seven(text: &str) -> Vec<u8> {
    let mut writer = sevenz_rust2::ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    let lzma = sevenz_rust2::encoder_options::Lzma2Options::from_level(1);
    writer.set_content_methods(vec![lzma.into()]);
    writer.push_archive_entry(sevenz_rust2::ArchiveEntry::new_file("a.txt"), Some(text.as_bytes())).unwrap();
    writer.finish().unwrap().into_inner()
}

/// Of the version whose dictionaries are small. Packing takes long, so one file stands in it again and again.
fn rar(text: &str) -> Vec<u8> {
    const HEAD: usize = 20;
    let once = text.get(..text.len().min(1_000_000)).unwrap();
    let mut archive = rars::Builder::new(rars::ArchiveVersion::Rar29);
    archive.add_bytes(b"a.txt".to_vec(), once.as_bytes().to_vec(), None, None).unwrap();
    let archive = archive.to_bytes().unwrap();
    let (head, file) = archive.split_at(HEAD);
    [head, &file.repeat(text.len() / once.len())].concat()
}
