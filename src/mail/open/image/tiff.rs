//! TIFF: a list of fields, and lists within it. Exif in other files is made the same way.

use super::{DEPTH, Said, View, iptc, xmp};

/// Lists that are looked at, and fields in one.
const LISTS: usize = 32;
const FIELDS: usize = 512;
/// Bytes of a packet within a field.
const PACKET: usize = 256 << 10;

/// Where a list of fields stands, and in which order bytes.
struct Lists<'v, 'a> {
    picture: &'v mut View<'a>,
    /// Where the TIFF begins; its offsets count from here.
    base: usize,
    least_first: bool,
    /// Lists that are still to be read.
    waiting: Vec<usize>,
}

/// Reads all lists from a place on. They may lead to blocks of Photoshop with lists of their own.
pub(super) fn read(picture: &mut View<'_>, base: usize, said: &mut Said) -> Option<()> {
    if said.depth >= DEPTH {
        said.cut = true;
        return None;
    }
    said.depth += 1;
    let read = lists(picture, base, said);
    said.depth -= 1;
    read
}

fn lists(picture: &mut View<'_>, base: usize, said: &mut Said) -> Option<()> {
    let head: [u8; 8] = *picture.get(base, 8)?.first_chunk()?;
    let least_first = match head {
        [b'I', b'I', b'*', 0, ..] => true,
        [b'M', b'M', 0, b'*', ..] => false,
        _ => return None,
    };
    let mut lists = Lists { picture, base, least_first, waiting: Vec::new() };
    let first = lists.four(head.get(4..)?)?;
    lists.waiting.push(first);
    for _ in 0..LISTS {
        let next = lists.waiting.pop()?;
        lists.list(next, said);
    }
    Some(())
}

impl Lists<'_, '_> {
    fn list(&mut self, at: usize, said: &mut Said) -> Option<()> {
        let at = self.base.checked_add(at)?;
        let count = self.picture.get(at, 2)?.first_chunk().copied()?;
        let count = usize::from(self.two(count));
        said.may(count.min(FIELDS) * 12)?;
        let fields = self.picture.get(at + 2, count.min(FIELDS) * 12)?.to_vec();
        for field in fields.chunks_exact(12) {
            self.field(field, said);
        }
        // The next picture of the file.
        let next = self.picture.get(at + 2 + count * 12, 4)?.to_vec();
        let next = self.four(&next).filter(|next| *next > 0)?;
        self.waiting.insert(0, next);
        Some(())
    }

    fn field(&mut self, field: &[u8], said: &mut Said) -> Option<()> {
        let tag = self.two(*field.first_chunk()?);
        let kind = self.two(*field.get(2..)?.first_chunk()?);
        let count = self.four(field.get(4..)?)?;
        let value = field.get(8..)?;
        match tag {
            // Document, description, page, author, host, target of the print, copyright, and those of Exif: owner,
            // title, photographer, editor.
            0x010D | 0x010E | 0x011D | 0x013B | 0x8298 | 0xA430 | 0xA436..=0xA438 if kind == 2 || kind == 129 => {
                let text = self.value(count, value, said)?;
                said.bytes(&text);
            }
            // Windows: title, comment, author, keywords, subject.
            0x9C9B..=0x9C9F => {
                let text = self.value(count, value, said)?;
                said.wide(&text, true);
            }
            // A comment, which says its charset first.
            0x9286 => {
                let comment = self.value(count, value, said)?;
                match comment.split_first_chunk::<8>()? {
                    (b"UNICODE\0", text) => said.wide(text, self.least_first),
                    (_, text) => said.bytes(text),
                }
            }
            // Exif, in a list of its own, and lists within.
            0x8769 | 0x014A if count == 1 => {
                let list = self.four(value)?;
                self.waiting.push(list);
            }
            0x02BC => {
                let packet = self.value(count, value, said)?;
                xmp::read(&packet, said);
            }
            0x83BB => {
                let packet = self.value(if kind == 4 { count.checked_mul(4)? } else { count }, value, said)?;
                iptc::read(&packet, said);
            }
            0x8649 if count > 4 => {
                let at = self.base.checked_add(self.four(value)?)?;
                iptc::blocks(self.picture, at, count, said)?;
            }
            _ => {}
        }
        Some(())
    }

    /// The bytes of a field: up to four stand in it, others elsewhere.
    fn value(&mut self, count: usize, value: &[u8], said: &mut Said) -> Option<Vec<u8>> {
        if count <= 4 {
            return value.get(..count).map(<[u8]>::to_vec);
        }
        // Many fields may say that they are the same bytes.
        said.may(count.min(PACKET))?;
        let at = self.base.checked_add(self.four(value)?)?;
        self.picture.get(at, count.min(PACKET)).map(<[u8]>::to_vec)
    }

    fn two(&self, bytes: [u8; 2]) -> u16 {
        if self.least_first { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
    }

    fn four(&self, bytes: &[u8]) -> Option<usize> {
        let bytes = *bytes.first_chunk()?;
        usize::try_from(if self.least_first { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }).ok()
    }
}
