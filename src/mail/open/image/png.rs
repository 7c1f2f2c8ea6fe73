//! PNG: chunks, of which some are text.

use super::{LONGEST, Said, View, big32, tiff, xmp};
use flate2::{Decompress, FlushDecompress};

/// Chunks that are looked at; a large picture has some hundred.
const CHUNKS: usize = 4_000;
const HEAD: usize = 8;
/// Bytes of a chunk of text that are looked at.
const TEXT: usize = 1 << 20;
/// Bytes of text that are unpacked for one picture.
const UNPACKED: usize = 256 << 10;

pub(super) fn read(picture: &mut View<'_>, said: &mut Said) -> Option<()> {
    let mut left = UNPACKED;
    let mut at = HEAD;
    for _ in 0..CHUNKS {
        let head: [u8; 8] = *picture.get(at, 8)?.first_chunk()?;
        let length = big32(&head)?;
        let (text, inside) = (length.min(TEXT), at + 8);
        match head.last_chunk()? {
            b"IEND" => break,
            b"tEXt" => plain(picture.get(inside, text)?, said),
            b"zTXt" => packed(picture.get(inside, text)?, &mut left, said),
            b"iTXt" => international(picture.get(inside, text)?, &mut left, said),
            b"eXIf" => tiff::read(picture, inside, said),
            _ => Some(()),
        };
        // Behind each chunk stands its checksum.
        at = inside.checked_add(length)?.checked_add(4)?;
    }
    Some(())
}

/// A word for what it is, and text.
fn plain(chunk: &[u8], said: &mut Said) -> Option<()> {
    let (word, text) = split(chunk)?;
    add(word, text, said);
    Some(())
}

/// The same, packed.
fn packed(chunk: &[u8], left: &mut usize, said: &mut Said) -> Option<()> {
    let (word, text) = split(chunk)?;
    let text = unpacked(text.get(1..)?, left, said);
    add(word, &text, said);
    Some(())
}

/// The same in UTF-8 and with a language, perhaps packed.
fn international(chunk: &[u8], left: &mut usize, said: &mut Said) -> Option<()> {
    let (word, rest) = split(chunk)?;
    let (head, rest) = rest.split_first_chunk::<2>()?;
    let (_, rest) = split(rest)?;
    let (translated, text) = split(rest)?;
    said.bytes(translated);
    if head.first() == Some(&1) {
        let text = unpacked(text, left, said);
        add(word, &text, said);
    } else {
        add(word, text, said);
    }
    Some(())
}

fn add(word: &[u8], text: &[u8], said: &mut Said) {
    match word {
        b"XML:com.adobe.xmp" => xmp::read(text, said),
        // Programs say of themselves what they are; and what others hold is said in numbers.
        b"Software" => {}
        word if word.starts_with(b"Raw profile type ") => {
            profile(text, said);
        }
        word => {
            // So much of it that what is too long is still seen to be.
            let line = [word, b": ", text.get(..=LONGEST).unwrap_or(text)].concat();
            said.bytes(&line);
        }
    }
}

/// What some programs carry over from other kinds of pictures: a name, a length, and bytes in hexadecimal digits.
fn profile(text: &[u8], said: &mut Said) -> Option<()> {
    let digits = text.trim_ascii_start().splitn(3, |byte| *byte == b'\n').nth(2)?;
    let digits: Vec<u8> = digits
        .iter()
        .filter_map(|digit| char::from(*digit).to_digit(16))
        .map_while(|digit| u8::try_from(digit).ok())
        .collect();
    let bytes: Vec<u8> =
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    if let Some(rest) = bytes.strip_prefix(b"Exif\0\0") {
        tiff::read(&mut View::whole(rest), 0, said)
    } else if bytes.starts_with(b"8BIM") {
        super::iptc::blocks(&mut View::whole(&bytes), 0, bytes.len(), said)
    } else if bytes.starts_with(b"<") {
        xmp::read(&bytes, said);
        Some(())
    } else {
        None
    }
}

/// Bytes up to the first zero, and those behind it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(0, bytes)?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}

/// What deflated text unpacks to, as far as it goes.
fn unpacked(text: &[u8], left: &mut usize, said: &mut Said) -> Vec<u8> {
    let mut unpacked = Vec::with_capacity(*left);
    let ended = Decompress::new(true).decompress_vec(text, &mut unpacked, FlushDecompress::Finish);
    // Where it is damaged, what came before is read.
    if ended.is_err() {
        unpacked.truncate(LONGEST);
    }
    said.cut |= unpacked.len() >= *left;
    *left = left.saturating_sub(unpacked.len());
    unpacked
}
