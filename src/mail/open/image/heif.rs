//! HEIC and AVIF, as phones write them: boxes within boxes, and a list of what stands where. JPEG 2000 and JPEG XL are
//! made of boxes, too, in which it stands at once.

use super::{Said, View, big16, big32, tiff, xmp};

/// Boxes on one level, and things in the list, that are looked at.
const BOXES: usize = 500;
const THINGS: usize = 2_000;
/// Bytes of the list.
const LIST: usize = 256 << 10;
/// Bytes of an XMP packet.
const PACKET: usize = 256 << 10;
/// What a box of any kind is called that holds XMP.
const XMP: &[u8] = b"\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";

pub(super) fn read(picture: &mut View<'_>, said: &mut Said) -> Option<()> {
    let mut at = 0_usize;
    for _ in 0..BOXES {
        let head: [u8; 8] = *picture.get(at, 8)?.first_chunk()?;
        let length = big32(&head)?;
        if head.ends_with(b"meta") {
            // Behind its head: a version and flags.
            let list = picture.get(at + 12, length.checked_sub(12)?.min(LIST))?.to_vec();
            return things(picture, &list, said);
        }
        let (inside, long) = (at + 8, length.checked_sub(8)?);
        match head.last_chunk()? {
            b"Exif" => {
                let skip = big32(picture.get(inside, 4)?)?;
                tiff::read(picture, inside.checked_add(4)?.checked_add(skip)?, said);
            }
            b"xml " => xmp::read(picture.get(inside, long.min(PACKET))?, said),
            b"uuid" if picture.get(inside, 16)? == XMP => {
                xmp::read(picture.get(inside + 16, long.checked_sub(16)?.min(PACKET))?, said);
            }
            _ => {}
        }
        at = at.checked_add(length)?;
    }
    None
}

/// What a thing in the file is, as far as it is text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Exif,
    Xmp,
}

fn things(picture: &mut View<'_>, list: &[u8], said: &mut Said) -> Option<()> {
    let wanted = wanted(inside(list, *b"iinf")?);
    for (thing, at, length) in places(inside(list, *b"iloc")?) {
        match wanted.iter().find(|(wanted, _)| *wanted == thing).map(|(_, what)| *what) {
            // In front stands how far it is to the TIFF.
            Some(What::Exif) => {
                let skip = big32(picture.get(at, 4)?)?;
                tiff::read(picture, at.checked_add(4)?.checked_add(skip)?, said);
            }
            Some(What::Xmp) => {
                xmp::read(picture.get(at, length.min(PACKET))?, said);
            }
            None => {}
        }
    }
    Some(())
}

/// What stands in the first box of a name.
fn inside(boxes: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    let mut rest = boxes;
    for _ in 0..BOXES {
        let length = big32(rest)?;
        let (this, next) = rest.split_at_checked(length)?;
        if this.get(4..8)? == name {
            return this.get(8..);
        }
        if length < 8 {
            return None;
        }
        rest = next;
    }
    None
}

/// The things that hold text, by their numbers.
fn wanted(list: &[u8]) -> Vec<(usize, What)> {
    let skip = if list.first() == Some(&0) { 6 } else { 8 };
    let mut rest = list.get(skip..).unwrap_or_default();
    let mut wanted = Vec::new();
    for _ in 0..THINGS {
        let Some((entry, next)) = big32(rest).and_then(|length| rest.split_at_checked(length.max(8))) else { break };
        rest = next;
        // Its head, version and flags, number, protection, type.
        let (number, kind) = match entry.get(8) {
            Some(2) => (entry.get(12..).and_then(big16), entry.get(16..20)),
            Some(3) => (entry.get(12..).and_then(big32), entry.get(18..22)),
            _ => continue,
        };
        let what = match kind {
            Some(b"Exif") => What::Exif,
            Some(b"mime") if memchr::memmem::find(entry, b"application/rdf+xml").is_some() => What::Xmp,
            _ => continue,
        };
        wanted.extend(number.map(|number| (number, what)));
    }
    wanted
}

/// Number, place and length of each thing that stands in one piece in the file itself.
fn places(list: &[u8]) -> Vec<(usize, usize, usize)> {
    let mut places = Vec::new();
    // Where the list is damaged, what came before is looked for.
    Numbers { rest: list }.places(&mut places);
    places
}

struct Numbers<'a> {
    rest: &'a [u8],
}

impl Numbers<'_> {
    fn places(&mut self, places: &mut Vec<(usize, usize, usize)>) -> Option<()> {
        let version = self.next(1)?;
        self.next(3)?;
        let sizes = self.next(2)?;
        let [offset, length, base, index] = [12, 8, 4, 0].map(|shift| (sizes >> shift) & 0xF);
        let wide = if version < 2 { 2 } else { 4 };
        let count = self.next(wide)?;
        for _ in 0..count.min(THINGS) {
            let thing = self.next(wide)?;
            // In the file, or within another box.
            let within = if version > 0 { self.next(2)? & 0xF } else { 0 };
            self.next(2)?;
            let start = self.next(base)?;
            let pieces = self.next(2)?;
            for _ in 0..pieces.min(THINGS) {
                if version > 0 {
                    self.next(index)?;
                }
                let (from, long) = (self.next(offset)?, self.next(length)?);
                if pieces == 1 && within == 0 {
                    places.push((thing, start.checked_add(from)?, long));
                }
            }
        }
        Some(())
    }

    /// A number of so many bytes; none is zero.
    fn next(&mut self, bytes: usize) -> Option<usize> {
        let (number, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        number.iter().try_fold(0_usize, |number, byte| Some(number.checked_mul(256)? | usize::from(*byte)))
    }
}
