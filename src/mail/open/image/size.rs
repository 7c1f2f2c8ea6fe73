//! Width and height of a picture, as its header says; the picture is not unpacked.

use super::{View, big16, big32};

/// Segments of a JPEG that are looked at.
const SEGMENTS: usize = 500;
/// Fields of a TIFF that are looked at.
const FIELDS: usize = 512;

/// Width and height; `None` for a header that is damaged, or of a kind that is not known here.
pub(super) fn of(picture: &mut View<'_>) -> Option<(u64, u64)> {
    let start: [u8; 16] = *picture.get(0, 16)?.first_chunk()?;
    let (width, height) = match &start {
        [0xFF, 0xD8, 0xFF, ..] => jpeg(picture),
        [0x89, b'P', b'N', b'G', ..] => Some((big32(picture.get(16, 4)?)?, big32(picture.get(20, 4)?)?)),
        [b'G', b'I', b'F', b'8', ..] => Some((little(picture.get(6, 2)?), little(picture.get(8, 2)?))),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp(picture),
        [b'B', b'M', ..] => bitmap(picture),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => tiff(picture),
        _ => None,
    }?;
    Some((u64::try_from(width).ok()?, u64::try_from(height).ok()?))
}

/// The segment in which the picture is described.
fn jpeg(picture: &mut View<'_>) -> Option<(usize, usize)> {
    let mut at = 2_usize;
    for _ in 0..SEGMENTS {
        let head: [u8; 4] = *picture.get(at, 4)?.first_chunk()?;
        match head {
            [0xFF, 0xFF, ..] => at += 1,
            [0xFF, 0x01 | 0xD0..=0xD8, ..] => at += 2,
            // Tables and the end of header stand under numbers between those of the kinds of picture.
            [0xFF, 0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF, ..] => {
                let size = picture.get(at + 5, 4)?;
                return Some((big16(size.get(2..)?)?, big16(size)?));
            }
            [0xFF, 0xD9 | 0xDA, ..] => return None,
            [0xFF, _, high, low] => at += 2 + usize::from(u16::from_be_bytes([high, low])),
            _ => return None,
        }
    }
    None
}

/// The first chunk, of which there are three kinds.
fn webp(picture: &mut View<'_>) -> Option<(usize, usize)> {
    let chunk: [u8; 18] = *picture.get(12, 18)?.first_chunk()?;
    let inside = chunk.get(8..)?;
    match chunk.first_chunk::<4>()? {
        b"VP8X" => Some((little(inside.get(4..7)?) + 1, little(inside.get(7..10)?) + 1)),
        b"VP8 " => Some((little(inside.get(6..8)?) & 0x3FFF, little(inside.get(8..10)?) & 0x3FFF)),
        b"VP8L" => {
            let bits = little(inside.get(1..5)?);
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        _ => None,
    }
}

/// Windows, and the older one of OS/2. A picture that stands upside down has a negative height.
fn bitmap(picture: &mut View<'_>) -> Option<(usize, usize)> {
    let header = little(picture.get(14, 4)?);
    if header == 12 {
        return Some((little(picture.get(18, 2)?), little(picture.get(20, 2)?)));
    }
    let signed = |bytes: &[u8]| bytes.first_chunk().map(|bytes| i32::from_le_bytes(*bytes).unsigned_abs() as usize);
    Some((signed(picture.get(18, 4)?)?, signed(picture.get(22, 4)?)?))
}

/// The largest width and height of the first list: the ones of the others are smaller views and further pages.
fn tiff(picture: &mut View<'_>) -> Option<(usize, usize)> {
    let least_first = picture.get(0, 1)? == b"I";
    let number = |bytes: &[u8]| {
        let add = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
        if least_first { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
    };
    let list = number(picture.get(4, 4)?);
    let count = number(picture.get(list, 2)?).min(FIELDS);
    let fields = picture.get(list.checked_add(2)?, count * 12)?;
    let value = |tag: usize| {
        let field = fields.chunks_exact(12).find(|field| field.get(..2).is_some_and(|bytes| number(bytes) == tag))?;
        // Two bytes of the four where it is a short number.
        let length = if number(field.get(2..4)?) == 3 { 2 } else { 4 };
        Some(number(field.get(8..8 + length)?))
    };
    Some((value(0x0100)?, value(0x0101)?))
}

/// A number of up to four bytes, least first.
fn little(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> Option<(u64, u64)> {
        of(&mut View::whole(bytes))
    }

    #[test]
    fn sizes_are_read_from_headers_and_damage_is_none() {
        let png = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\x01\x40\0\0\0\xF0";
        let gif = b"GIF89a\x40\x01\xF0\0\x80\0\0\0\0\0";
        let jpeg = b"\xFF\xD8\xFF\xE0\0\x04ab\xFF\xC4\0\x02\xFF\xC2\0\x0B\x08\0\xF0\x01\x40\x01\x01";
        let extended = b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\x3F\x01\0\xEF\0\0";
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \x0A\0\0\0\0\0\0\x9D\x01\x2A\x40\x01\xF0\0";
        let lossless = b"RIFF\0\0\0\0WEBPVP8L\x0A\0\0\0\x2F\x3F\xC1\x3B\0\0\0\0\0\0";
        let windows = b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0\x40\x01\0\0\x10\xFF\xFF\xFF";
        let older = b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x0C\0\0\0\x40\x01\xF0\0";
        let intel = b"II*\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x40\x01\0\0\x01\x01\x04\0\x01\0\0\0\xF0\0\0\0";
        let motorola = b"MM\0*\0\0\0\x08\0\x02\x01\0\0\x03\0\0\0\x01\x01\x40\0\0\x01\x01\0\x04\0\0\0\x01\0\0\0\xF0";
        let all: [&[u8]; 10] = [png, gif, jpeg, extended, lossy, lossless, windows, older, intel, motorola];
        for (which, picture) in all.into_iter().enumerate() {
            assert_eq!(said(picture), Some((320, 240)), "{which}");
            // Every beginning of it: read or not, nothing worse.
            for end in 0..picture.len().min(12) {
                assert_eq!(said(&picture[..end]), None, "{which}, {end} bytes");
            }
        }
        assert_eq!(said(b"\xFF\xD8\xFF\xDA\0\x04ab and so on and so on"), None);
        assert_eq!(said(b"no picture, and long enough"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_have_a_size_or_none(
            start in proptest::sample::select(vec![&b"\xFF\xD8\xFF"[..], b"II*\0", b"MM\0*", b"BM", b"RIFF....WEBPVP8"]),
            rest in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        ) {
            let _size = said(&[start, &rest[..]].concat());
        }
    }
}
