//! OLE containers (older office files, encrypted newer ones, .msg, .msi): their directory and the first
//! bytes of a stream.

use super::bytes::{byte, index32, index64, little16, little32};
use crate::mail::parts::Sealed;

/// What every OLE container begins with.
pub(crate) const MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
/// Sectors of the directory that are followed; real files have a few dozen.
const DIRECTORY_SECTORS: usize = 4_096;
/// Steps along a chain of the allocation table.
const CHAIN: usize = 65_536;
/// Streams shorter than this stand in the small-stream area, in sectors of 64 bytes.
const SMALL: usize = 4_096;

/// One storage or stream.
pub(crate) struct Entry {
    /// Its name, ASCII; other characters as `?`.
    pub(crate) name: String,
    /// Class of a storage, as stored.
    pub(crate) class: [u8; 16],
    start: usize,
    size: usize,
}

/// The directory of a container, as far as it can be read.
pub(crate) struct Container<'a> {
    content: &'a [u8],
    sector: usize,
    /// All storages and streams; the root is the first.
    pub(crate) entries: Vec<Entry>,
}

/// How the container protects what is in it.
pub(super) fn sealed(content: &[u8]) -> Option<Sealed> {
    let container = Container::read(content)?;
    if container.has("EncryptedPackage") {
        if container.has("EncryptionInfo") {
            return Some(Sealed::Office);
        }
        return container.has("DRMEncryptedTransform").then_some(Sealed::RightsManaged);
    }
    let encrypted = container.word_is_encrypted().or_else(|| container.workbook_is_encrypted());
    let encrypted = encrypted.or_else(|| container.slides_are_encrypted());
    encrypted.unwrap_or(false).then_some(Sealed::Office)
}

impl<'a> Container<'a> {
    /// Reads the directory; `None` for what is no container.
    pub(crate) fn read(content: &'a [u8]) -> Option<Self> {
        if !content.starts_with(MAGIC) {
            return None;
        }
        let sector = match little16(content, 30)? {
            9 => 512,
            12 => 4_096,
            _ => return None,
        };
        let mut container = Self { content, sector, entries: Vec::new() };
        let mut next = index32(content, 48)?;
        for _ in 0..DIRECTORY_SECTORS {
            let Some(bytes) = container.sector_bytes(next) else { break };
            container.entries.extend(bytes.chunks_exact(128).filter_map(entry));
            match container.next_sector(next) {
                Some(following) if following != next => next = following,
                _ => break,
            }
        }
        Some(container)
    }

    /// Whether it holds a storage or stream of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// doc: the bit `fEncrypted` of the file information block. The bit `fObfuscated` with it means XOR,
    /// which is no protection.
    fn word_is_encrypted(&self) -> Option<bool> {
        let block = self.beginning("WordDocument")?;
        let flags = little16(block, 10)?;
        Some(little16(block, 0)? == 0xA5EC && flags & 0x0100 != 0 && flags & 0x8000 == 0)
    }

    /// xls: a record `FilePass` that is not XOR.
    fn workbook_is_encrypted(&self) -> Option<bool> {
        let records = self.beginning("Workbook").or_else(|| self.beginning("Book"))?;
        let mut at = 0;
        while let (Some(kind), Some(length)) = (little16(records, at), little16(records, at + 2)) {
            if kind == 0x2F {
                return Some(length > 2 && little16(records, at + 4) != Some(0));
            }
            at += 4 + usize::from(length);
        }
        Some(false)
    }

    /// ppt: the token in the current-user record says that the document is encrypted.
    fn slides_are_encrypted(&self) -> Option<bool> {
        self.find("PowerPoint Document")?;
        Some(little32(self.beginning("Current User")?, 12)? == 0xF3D1_C4DF)
    }

    /// The first sector of a stream.
    fn beginning(&self, name: &str) -> Option<&'a [u8]> {
        let entry = self.find(name)?;
        if entry.size >= SMALL {
            return self.sector_bytes(entry.start);
        }
        let offset = entry.start.checked_mul(64)?;
        let mut sector = self.entries.first()?.start;
        for _ in 0..(offset / self.sector).min(CHAIN) {
            sector = self.next_sector(sector)?;
        }
        let within = offset % self.sector;
        self.sector_bytes(sector)?.get(within..within + entry.size.min(64))
    }

    /// The bytes of a sector; the last one of a file may be short.
    fn sector_bytes(&self, number: usize) -> Option<&'a [u8]> {
        let start = number.checked_add(1)?.checked_mul(self.sector)?;
        let end = start.checked_add(self.sector)?.min(self.content.len());
        self.content.get(start..end).filter(|bytes| !bytes.is_empty())
    }

    /// The sector that follows in the allocation table.
    fn next_sector(&self, number: usize) -> Option<usize> {
        let per_sector = self.sector / 4;
        let table = self.table_sector(number / per_sector)?;
        index32(self.sector_bytes(table)?, number % per_sector * 4)
    }

    /// Sector number of the n-th sector of the allocation table: the first 109 stand in the header, the
    /// others in a chain of their own.
    fn table_sector(&self, number: usize) -> Option<usize> {
        if number < 109 {
            return index32(self.content, 76 + number * 4);
        }
        let per_sector = self.sector / 4 - 1;
        let (hops, place) = ((number - 109) / per_sector, (number - 109) % per_sector);
        let mut sector = index32(self.content, 68)?;
        for _ in 0..hops.min(CHAIN) {
            sector = index32(self.sector_bytes(sector)?, per_sector * 4)?;
        }
        index32(self.sector_bytes(sector)?, place * 4)
    }
}

fn entry(bytes: &[u8]) -> Option<Entry> {
    let kind = byte(bytes, 66)?;
    let length = usize::from(little16(bytes, 64)?).min(64).saturating_sub(2);
    if !matches!(kind, 1 | 2 | 5) {
        return None;
    }
    let units = bytes.get(..length)?.chunks_exact(2).map(|unit| little16(unit, 0).unwrap_or(0));
    let name = units.map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).map_or('?', char::from)).collect();
    let class = *bytes.get(80..)?.first_chunk()?;
    // The upper half of the size is rubbish in files of the older version; no stream of ours needs it.
    Some(Entry { name, class, start: index32(bytes, 116)?, size: index64(bytes, 120)? & 0xFFFF_FFFF })
}
