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
