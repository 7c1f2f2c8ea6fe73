//! GIF and WebP.

use super::{Said, View, tiff, xmp};

/// Blocks of a GIF that are looked at: some hundred kilobytes of pictures.
const BLOCKS: usize = 4_000;
/// Chunks of a WebP that are looked at: two for each picture of a long animation.
const CHUNKS: usize = 4_000;
/// Bytes of an XMP packet.
const PACKET: usize = 256 << 10;

/// GIF: comments and XMP stand in blocks between the pictures.
pub(super) fn gif(picture: &mut View<'_>, said: &mut Said) -> Option<()> {
    let mut left = BLOCKS;
    let mut at = 13 + colours(*picture.get(10, 1)?.first()?);
    while left > 0 {
        let mut text = Vec::new();
        let head: [u8; 2] = *picture.get(at, 2)?.first_chunk()?;
        match head {
            [0x21, 0xFE] => {
                at = blocks(picture, at + 2, &mut left, Some(&mut text))?;
                said.bytes(&text);
            }
            [0x21, 0xFF] if picture.get(at + 2, 12)?.ends_with(b"XMP DataXMP") => {
                // The packet stands there as it is, and ends in bytes that lead to the end from wherever one counts.
                let from = at + 14;
                at = blocks(picture, from, &mut left, None)?;
                xmp::read(picture.get(from, (at - from).min(PACKET))?, said);
            }
            [0x21, _] => at = blocks(picture, at + 2, &mut left, None)?,
            [0x2C, _] => {
                let own = colours(*picture.get(at + 9, 1)?.first()?);
                at = blocks(picture, at + 11 + own, &mut left, None)?;
            }
            _ => return None,
        }
    }
    Some(())
}

/// Bytes of a table of colours.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 6 << (flags & 7) }
}

/// Passes over blocks with their lengths in front; gives where they end.
fn blocks(picture: &mut View<'_>, mut at: usize, left: &mut usize, mut text: Option<&mut Vec<u8>>) -> Option<usize> {
    loop {
        *left = left.checked_sub(1)?;
        let length = usize::from(*picture.get(at, 1)?.first()?);
        if length == 0 {
            return Some(at + 1);
        }
        if let Some(text) = &mut text {
            text.extend_from_slice(picture.get(at + 1, length)?);
        }
        at += 1 + length;
    }
}

/// WebP: chunks of a name and a length.
pub(super) fn webp(picture: &mut View<'_>, said: &mut Said) -> Option<()> {
    let mut at = 12_usize;
    for _ in 0..CHUNKS {
        let head: [u8; 8] = *picture.get(at, 8)?.first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*head.last_chunk()?)).ok()?;
        match head.first_chunk()? {
            b"EXIF" => {
                // Some writers put the name in front that it has in a JPEG.
                let named = picture.get(at + 8, length.min(6))? == b"Exif\0\0";
                tiff::read(picture, at + if named { 14 } else { 8 }, said);
            }
            b"XMP " => {
                xmp::read(picture.get(at + 8, length.min(PACKET))?, said);
            }
            _ => {}
        }
        at = (at + 8).checked_add(length.checked_next_multiple_of(2)?)?;
    }
    Some(())
}
