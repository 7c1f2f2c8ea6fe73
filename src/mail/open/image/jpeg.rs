//! JPEG: segments in front of the picture.

use super::{Said, View, big16, iptc, tiff, xmp};

/// Segments that are looked at; what stands behind them is the picture in any case.
const SEGMENTS: usize = 500;
/// Bytes of an XMP packet that goes on in further segments.
const EXTENDED: usize = 512 << 10;
const EXIF: &[u8] = b"Exif\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const XMP_ON: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";

pub(super) fn read(picture: &mut View<'_>, said: &mut Said) {
    let mut extended = Vec::new();
    segments(picture, said, &mut extended);
    if !extended.is_empty() {
        xmp::read(&extended, said);
    }
}

fn segments(picture: &mut View<'_>, said: &mut Said, extended: &mut Vec<u8>) -> Option<()> {
    let mut at = 2;
    for _ in 0..SEGMENTS {
        let head: [u8; 4] = *picture.get(at, 4)?.first_chunk()?;
        let [0xFF, kind, ..] = head else { return None };
        match kind {
            // A byte that fills, and marks without a length.
            0xFF => {
                at += 1;
                continue;
            }
            0x01 | 0xD0..=0xD8 => {
                at += 2;
                continue;
            }
            // The picture begins, or all ends.
            0xD9 | 0xDA => return None,
            _ => {}
        }
        let length = big16(head.get(2..)?)?.checked_sub(2)?;
        segment(picture, kind, at + 4, length, said, extended);
        at += 4 + length;
    }
    None
}

fn segment(
    picture: &mut View<'_>,
    kind: u8,
    at: usize,
    length: usize,
    said: &mut Said,
    extended: &mut Vec<u8>,
) -> Option<()> {
    match kind {
        0xFE => said.bytes(picture.get(at, length)?),
        0xE1 => {
            let name = picture.get(at, length.min(XMP_ON.len()))?;
            if name.starts_with(EXIF) {
                tiff::read(picture, at + 6, said)?;
            } else if name.starts_with(XMP) {
                xmp::read(picture.get(at + XMP.len(), length.checked_sub(XMP.len())?)?, said);
            } else if name.starts_with(XMP_ON) {
                // Behind the name: a sum of the whole, its length, and where this piece stands in it.
                let skip = XMP_ON.len() + 40;
                let piece = picture.get(at + skip, length.checked_sub(skip)?)?;
                if extended.len() + piece.len() <= EXTENDED {
                    extended.extend_from_slice(piece);
                }
            }
        }
        0xED if picture.get(at, length.min(PHOTOSHOP.len()))? == PHOTOSHOP => {
            let skip = PHOTOSHOP.len();
            iptc::blocks(picture, at + skip, length.checked_sub(skip)?, said)?;
        }
        _ => {}
    }
    Some(())
}
