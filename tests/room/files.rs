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

/// A PDF of one page without a table of its objects. `font` is the file of its font, `more` stands between.
fn pdf(words: &str, font: &[u8], more: &str) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(font).unwrap();
    let font = packer.finish().unwrap();
    let content = format!("BT /F1 12 Tf 50 700 Td ({words}) Tj ET");
    let mut file = format!(
        "%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n\
         3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >> endobj\n\
         4 0 obj << /Length {} >> stream\n{content}\nendstream endobj\n\
         5 0 obj << /Type /Font /Subtype /TrueType /BaseFont /Arial /Encoding /WinAnsiEncoding /FontDescriptor 6 0 R >> endobj\n\
         6 0 obj << /Type /FontDescriptor /FontName /Arial /FontFile2 7 0 R >> endobj\n\
         7 0 obj << /Filter /FlateDecode /Length {} >> stream\n",
        content.len(),
        font.len()
    )
    .into_bytes();
    file.extend_from_slice(&font);
    file.extend_from_slice(b"\nendstream endobj\n");
    file.extend_from_slice(more.as_bytes());
    file.extend_from_slice(b"trailer << /Root 1 0 R >>\n%%EOF\n");
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pdf_that_eats_memory_or_time_is_a_gap_and_the_others_are_read() {
    let endless: String = (10..80_000)
        .map(|number| format!("{number} 0 obj << /Type /Catalog /Length 99999999 >> stream\nendobj\n"))
        .collect();
    for (name, hostile, death) in [
        ("memory", pdf("words", &vec![0; 300 << 20], ""), vec![Death::Crashed; 2]),
        ("time", pdf("words", b"", &endless), vec![Death::ProcessorTime]),
    ] {
        let mut settings = cramped(1);
        settings.file_processor_seconds = NonZeroU32::MIN;
        let (room, seen) = room(settings, real()).await;
        let raw = letter(&[pdf("first words", b"", ""), hostile, pdf("last words", b"", "")]);
        let tree = room.open(&Message::in_memory(raw, 0, None)).await.unwrap();
        let gaps: Vec<(GapKind, u16)> = tree.gaps.iter().map(|gap| (gap.kind, gap.part)).collect();
        assert_eq!(gaps, [(GapKind::Exhausted, 2)], "{name}");
        assert_eq!(seen.deaths(), death, "{name}");
        assert_eq!(found(&tree), ["first words", "last words"], "{name}");
    }
}
