//! Each file of a message is a job of its own.

use super::*;
use base64::Engine as _;

fn packed(content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

fn letter(files: &[Vec<u8>]) -> Vec<u8> {
    let mut raw = "Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned();
    for file in files {
        let code = base64::engine::general_purpose::STANDARD.encode(file);
        raw += &format!(
            "--b\r\nContent-Disposition: attachment\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n{code}\r\n"
        );
    }
    (raw + "--b--\r\n").into_bytes()
}

fn found(tree: &Tree) -> Vec<&str> {
    ["first words", "last words"].into_iter().filter(|words| tree.text.contains(words)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_kills_its_worker_is_a_gap_and_the_others_are_read() {
    let mut settings = cramped(1);
    settings.file_limits.unpacked = u64::MAX;
    let (room, seen) = room(settings, real()).await;
    let raw = letter(&[packed(b"first words"), packed(&vec![0; 300 << 20]), packed(b"last words")]);
    let mut spool = tempfile::tempfile().unwrap();
    spool.write_all(&raw).unwrap();
    for message in [Message::in_memory(raw.clone(), 0, None), Message::in_file(spool, 0, raw.len() as u64, None)] {
        let tree = room.open(&message).await.unwrap();
        assert_eq!(found(&tree), ["first words", "last words"]);
        let gaps: Vec<(GapKind, u16)> = tree.gaps.iter().map(|gap| (gap.kind, gap.part)).collect();
        assert_eq!(gaps, [(GapKind::Exhausted, 2)]);
    }
    assert_eq!(seen.deaths(), [Death::Crashed; 4], "each time once, and once more alone on a new one");
    assert!(room.open(&mail()).await.is_ok());
}

/// What reads them asks the system for nothing that a worker may not have.
#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_archive_is_opened_behind_the_walls() {
    let words = b"first words, and the last words";
    let packed_seven = |method: sevenz_rust2::EncoderMethod| {
        let mut writer = sevenz_rust2::ArchiveWriter::new(std::io::Cursor::new(Vec::new())).unwrap();
        writer.set_content_methods(vec![method.into()]);
        writer.push_archive_entry(sevenz_rust2::ArchiveEntry::new_file("a.txt"), Some(&words[..])).unwrap();
        writer.finish().unwrap().into_inner()
    };
    let rar = |version: rars::ArchiveVersion| {
        let mut builder = rars::Builder::new(version);
        builder.add_bytes(b"a.txt".to_vec(), words.to_vec(), None, None).unwrap();
        builder.to_bytes().unwrap()
    };
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    xz.write_all(words).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(words).unwrap();
    let files = [
        packed_seven(sevenz_rust2::EncoderMethod::LZMA2),
        packed_seven(sevenz_rust2::EncoderMethod::PPMD),
        rar(rars::ArchiveVersion::Rar29),
        rar(rars::ArchiveVersion::Rar50),
        xz.finish().unwrap(),
        bzip2.finish().unwrap(),
        ruzstd::encoding::compress_to_vec(&words[..], ruzstd::encoding::CompressionLevel::Fastest),
    ];
    let (room, seen) = room(settings(1), real()).await;
    let tree = room.open(&Message::in_memory(letter(&files), 0, None)).await.unwrap();
    assert_eq!((seen.deaths(), tree.gaps.len()), (vec![], 0), "{:?}", tree.gaps);
    assert_eq!(tree.text.matches("and the last words").count(), files.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_that_is_off_is_not_opened() {
    let raw = letter(&[packed(b"first words"), packed(b"last words")]);
    let mut off = settings(1);
    off.open.clear();
    let (room, seen) = room(off, real()).await;
    let tree = room.open(&Message::in_memory(raw.clone(), 0, None)).await.unwrap();
    let gaps: Vec<(GapKind, &str)> = tree.gaps.iter().map(|gap| (gap.kind, gap.reason.as_str())).collect();
    assert_eq!(gaps, [(GapKind::Unsupported, "archives are not opened"); 2]);
    assert_eq!((*seen.jobs.lock().unwrap(), found(&tree).len()), (1, 0));
}

/// A PDF of one page. `font` is the file of its font; `more` are objects from number 8 on, the first of which lists
/// the page's instructions.
fn pdf(words: &str, font: &[u8], more: &[String]) -> Vec<u8> {
    let font = zlib(font);
    let content = format!("BT /F1 12 Tf 50 700 Td ({words}) Tj ET");
    let contents = if more.is_empty() { "4 0 R" } else { "8 0 R" };
    let mut objects: Vec<Vec<u8>> = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!("<< /Type /Page /Parent 2 0 R /Contents {contents} /Resources << /Font << /F1 5 0 R >> >> >>"),
        format!("<< /Length {} >> stream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /TrueType /Encoding /WinAnsiEncoding /FontDescriptor 6 0 R >>".to_owned(),
        "<< /Type /FontDescriptor /FontFile2 7 0 R >>".to_owned(),
    ]
    .map(String::into_bytes)
    .into();
    let mut file = format!("<< /Filter /FlateDecode /Length {} >> stream\n", font.len()).into_bytes();
    file.extend_from_slice(&font);
    file.extend_from_slice(b"\nendstream");
    objects.push(file);
    objects.extend(more.iter().map(|object| object.clone().into_bytes()));
    let mut pdf = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(&objects) {
        table += &format!("{:010} 00000 n \n", pdf.len());
        pdf.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        pdf.extend_from_slice(object);
        pdf.extend_from_slice(b"\nendobj\n");
    }
    let start = pdf.len();
    pdf.extend_from_slice(format!("{table}trailer\n<< /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").as_bytes());
    pdf
}

fn zlib(content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pdf_that_eats_memory_or_time_is_a_gap_and_the_others_are_read() {
    // A hundred thousand times a stream whose end is looked for in vain.
    let again = format!("[{}]", "9 0 R ".repeat(100_000));
    let endless = format!("<< /Length 99999999 >> stream\n{}", "words ".repeat(1 << 20));
    // On a machine that has much else to do its time on the clock is over first.
    for (name, hostile, deaths) in [
        ("memory", pdf("words", &vec![0; 300 << 20], &[]), &[&[Death::Crashed; 2][..]][..]),
        ("time", pdf("words", b"", &[again, endless]), &[&[Death::ProcessorTime], &[Death::WallClock]]),
    ] {
        let mut settings = cramped(1);
        settings.file_processor_seconds = NonZeroU32::MIN;
        let (room, seen) = room(settings, real()).await;
        let raw = letter(&[pdf("first words", b"", &[]), hostile, pdf("last words", b"", &[])]);
        let tree = room.open(&Message::in_memory(raw, 0, None)).await.unwrap();
        let gaps: Vec<(GapKind, u16)> = tree.gaps.iter().map(|gap| (gap.kind, gap.part)).collect();
        assert_eq!(gaps, [(GapKind::Exhausted, 2)], "{name}");
        assert!(deaths.contains(&seen.deaths().as_slice()), "{name}: {:?}", seen.deaths());
        assert_eq!(found(&tree), ["first words", "last words"], "{name}");
    }
}
