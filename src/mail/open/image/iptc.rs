//! IPTC, what press photographs are described with, and the blocks of Photoshop in which it stands.

use super::{Said, View, big16, big32, tiff, xmp};

/// Blocks, and fields, that are looked at.
const BLOCKS: usize = 500;
const FIELDS: usize = 1_000;

/// The blocks of a Photoshop document: behind its head and its colours.
pub(super) fn photoshop(picture: &mut View<'_>, said: &mut Said) -> Option<()> {
    let colours = big32(picture.get(26, 4)?)?;
    let at = 30_usize.checked_add(colours)?;
    let length = big32(picture.get(at, 4)?)?;
    blocks(picture, at + 4, length, said)
}

/// Blocks of a number, a name and bytes.
pub(super) fn blocks(picture: &mut View<'_>, from: usize, length: usize, said: &mut Said) -> Option<()> {
    let end = from.checked_add(length)?;
    let mut at = from;
    for _ in 0..BLOCKS {
        if at + 12 > end {
            break;
        }
        said.may(0)?;
        let head: [u8; 7] = *picture.get(at, 7)?.first_chunk()?;
        let [b'8', b'B', b'I', b'M', high, low, name] = head else { return None };
        // The name with its length in front, to an even number of bytes.
        at += 6 + (usize::from(name) + 1).next_multiple_of(2);
        let length = big32(picture.get(at, 4)?)?;
        at += 4;
        match u16::from_be_bytes([high, low]) {
            0x0404 => {
                read(picture.get(at, length)?, said);
            }
            0x0422 => {
                tiff::read(picture, at, said);
            }
            0x0424 => {
                xmp::read(picture.get(at, length)?, said);
            }
            _ => {}
        }
        at = at.checked_add(length.checked_next_multiple_of(2)?)?;
    }
    Some(())
}

/// Fields of two numbers and a length; those that a person fills in.
pub(super) fn read(mut fields: &[u8], said: &mut Said) {
    for _ in 0..FIELDS {
        let Some(([0x1C, record, number, high, low], rest)) = fields.split_first_chunk::<5>() else { return };
        let length = big16(&[*high, *low]).unwrap_or_default();
        let Some((value, rest)) = rest.split_at_checked(length) else { return };
        // Title, status, category, keywords, instructions, author and what he is, place, headline, credit, source,
        // copyright, contact, caption, who wrote that.
        if *record == 2
            && matches!(number, 5 | 7 | 20 | 25 | 40 | 80 | 85 | 90 | 92 | 105 | 110 | 115 | 116 | 118 | 120 | 122)
        {
            said.bytes(value);
        }
        fields = rest;
    }
}
