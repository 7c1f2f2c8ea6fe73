//! What stands in a ZIP file: every file its directory lists, and every one that it does not list.
//!
//! Programs that unpack trust the directory; some repair a file without one from the headers in front of each
//! entry. Both are read, so that nothing can stand where only one kind of program looks.

use super::super::{inflate, packed, unpack};
use crate::mail::parts::Scribe;
use rawzip::ZipArchive;
use std::io::Read;

const LOCAL: &[u8] = b"PK\x03\x04";
/// Length of an entry's own header without its name.
const HEADER: usize = 30;
/// Length of an entry of the directory up to its name.
const DIRECTORY: usize = 46;
/// A length that stands elsewhere.
const UNTOLD: usize = u32::MAX as usize;
/// Entries beyond this are not looked at.
const MOST: usize = 200_000;
/// The method that stands for AES.
const AES: u16 = 99;

/// One file in the archive.
#[derive(Clone)]
pub(in crate::mail::open) struct Entry<'a> {
    /// Its name with all folders, as written.
    pub name: &'a [u8],
    /// Said to be encrypted.
    pub encrypted: bool,
    method: u16,
    crc: u32,
    /// How long it is unpacked, where that is known.
    size: Option<u64>,
    packed: &'a [u8],
    /// Where the packed bytes begin.
    at: usize,
}

/// All entries, and what is wrong with the file as a whole.
#[derive(Default)]
pub(in crate::mail::open) struct Entries<'a> {
    /// In the order of the directory; those it does not list behind them.
    pub all: Vec<Entry<'a>>,
    /// There are more.
    pub more: bool,
    /// The directory is damaged, or is not there.
    pub damaged: bool,
    /// Entries share packed bytes, as no program that packs writes them.
    pub overlap: bool,
    /// Entries that the directory does not list.
    pub unlisted: bool,
    /// What stands in the directory for whoever opens the archive: each in a line, that of the whole first.
    pub comments: Vec<u8>,
}

impl<'a> Entries<'a> {
    /// Reads the directory and sweeps the rest.
    pub fn read(content: &'a [u8]) -> Self {
        let mut found = Self::default();
        found.directory(content);
        let mut taken: Vec<(usize, usize)> =
            found.all.iter().map(|entry| (entry.at, entry.at + entry.packed.len())).collect();
        taken.sort_unstable();
        found.overlap = taken.windows(2).any(|pair| matches!(pair, [a, b] if a.1 > b.0 && b.1 > b.0));
        found.sweep(content, &taken);
        found
    }

    fn directory(&mut self, content: &'a [u8]) {
        let Ok(archive) = ZipArchive::from_slice(content) else {
            self.damaged = true;
            return;
        };
        self.comment(archive.comment().as_bytes());
        for entry in archive.entries() {
            let Ok(entry) = entry else {
                self.damaged = true;
                return;
            };
            if self.all.len() >= MOST {
                self.more = true;
                return;
            }
            self.comment(entry.comment().as_bytes());
            let at = usize::try_from(entry.local_header_offset()).unwrap_or(usize::MAX);
            let length = usize::try_from(entry.compressed_size_hint()).unwrap_or(usize::MAX);
            // The name as it stands in the directory, which may say another than the entry's own header.
            let place = usize::try_from(entry.central_directory_offset()).unwrap_or(usize::MAX);
            let name = place.saturating_add(DIRECTORY)..place.saturating_add(DIRECTORY + entry.file_path().len());
            let name = content.get(name).unwrap_or_default();
            let local = Local::read(content, at);
            let Some(local) = local else {
                self.damaged = true;
                self.all.push(Entry {
                    name,
                    encrypted: false,
                    method: 0,
                    crc: 0,
                    size: None,
                    packed: &[],
                    at: content.len(),
                });
                continue;
            };
            let rest = content.get(local.data..).unwrap_or_default();
            self.all.push(Entry {
                name: if name.is_empty() { local.name } else { name },
                encrypted: entry.flags().is_encrypted(),
                method: local.method,
                crc: entry.crc32(),
                // Where the packed data say their end themselves (flag 1), that counts.
                size: (local.flags & 2 == 0).then(|| entry.uncompressed_size_hint()),
                packed: rest.get(..length.min(rest.len())).unwrap_or_default(),
                at: local.data,
            });
            self.damaged |= length > rest.len();
        }
    }

    fn comment(&mut self, comment: &[u8]) {
        if !comment.is_empty() {
            self.comments.extend_from_slice(comment);
            self.comments.push(b'\n');
        }
    }

    /// Headers of entries that stand in none of the taken stretches, which are sorted.
    fn sweep(&mut self, content: &'a [u8], taken: &[(usize, usize)]) {
        let mut stretches = taken.iter().peekable();
        // Up to here everything is taken.
        let mut end = 0;
        let mut at = 0;
        let finder = memchr::memmem::Finder::new(LOCAL);
        while let Some(found) = content.get(at..).and_then(|rest| finder.find(rest)) {
            let header = at + found;
            at = header + LOCAL.len();
            while let Some((_, stop)) = stretches.next_if(|(start, _)| *start <= header) {
                end = end.max(*stop);
            }
            if header < end {
                at = end.max(at);
                continue;
            }
            let Some(local) = Local::read(content, header).filter(Local::is_plausible) else { continue };
            if taken.binary_search_by_key(&local.data, |(start, _)| *start).is_ok() {
                continue;
            }
            if self.all.len() >= MOST {
                self.more = true;
                return;
            }
            let rest = content.get(local.data..).unwrap_or_default();
            let length = local.length_in(rest);
            self.unlisted = true;
            self.all.push(Entry {
                name: local.name,
                encrypted: local.flags & 1 != 0,
                method: local.method,
                crc: local.crc,
                size: None,
                packed: rest.get(..length).unwrap_or_default(),
                at: local.data,
            });
            at = at.max(local.data.saturating_add(length));
        }
    }
}

/// Why an entry's bytes were not had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mail::open) enum Closed {
    /// Encrypted with AES.
    Aes,
    /// Encrypted weakly.
    Weak,
    /// Packed in a way that is not read.
    Method,
}

impl Entry<'_> {
    /// A folder.
    pub fn is_folder(&self) -> bool {
        self.packed.is_empty() && (self.name.ends_with(b"/") || self.name.ends_with(b"\\"))
    }

    /// Size of the packed bytes.
    pub fn packed_size(&self) -> usize {
        self.packed.len()
    }

    /// Its bytes. What is only said to be encrypted, and reads well as it stands, is not. Damage is noted as a gap
    /// of the part.
    pub fn unpack(&self, part: u16, scribe: &mut Scribe<'_>) -> Result<Vec<u8>, Closed> {
        if self.method == AES {
            return Err(Closed::Aes);
        }
        if self.encrypted {
            return self.unpack_quietly(part, scribe).ok_or(Closed::Weak);
        }
        match self.method {
            0 if scribe.spend(part, self.packed.len()) => Ok(self.packed.to_vec()),
            0 => Ok(Vec::new()),
            8 => {
                let mut unpacked = Vec::new();
                inflate::append(&mut unpacked, self.packed, part, scribe);
                Ok(unpacked)
            }
            _ => {
                let mut decoder = self.decoder().ok_or(Closed::Method)?;
                Ok(unpack::read_or_note(&mut decoder, part, scribe))
            }
        }
    }

    /// What unpacks the methods that are not common.
    fn decoder(&self) -> Option<Box<dyn Read + '_>> {
        match self.method {
            9 => Some(packed::deflate64(self.packed)),
            12 => Some(packed::bzip2(self.packed)),
            14 => Some(packed::lzma(self.packed, self.size)),
            20 | 93 => Some(packed::zstd(self.packed)),
            95 => Some(packed::xz(self.packed)),
            _ => None,
        }
    }

    /// The bytes of an entry that may not be encrypted after all: only where the checksum says so.
    fn unpack_quietly(&self, part: u16, scribe: &mut Scribe<'_>) -> Option<Vec<u8>> {
        let mut unpacked = Vec::new();
        match self.method {
            0 if scribe.spend(part, self.packed.len()) => unpacked.extend_from_slice(self.packed),
            8 if inflate::is_whole(&mut unpacked, self.packed, part, scribe) => {}
            _ => return None,
        }
        let mut sum = flate2::Crc::new();
        sum.update(&unpacked);
        (!unpacked.is_empty() && sum.sum() == self.crc).then_some(unpacked)
    }
}

/// The header in front of an entry.
struct Local<'a> {
    flags: u16,
    method: u16,
    crc: u32,
    length: usize,
    name: &'a [u8],
    data: usize,
}

impl<'a> Local<'a> {
    fn read(content: &'a [u8], at: usize) -> Option<Self> {
        let header = content.get(at..)?.strip_prefix(LOCAL)?.get(..HEADER - LOCAL.len())?;
        let two = |at: usize| header.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes));
        let four = |at: usize| header.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        let (name, extra) = (usize::from(two(22)?), usize::from(two(24)?));
        let start = at + HEADER;
        Some(Self {
            flags: two(2)?,
            method: two(4)?,
            crc: four(10)?,
            length: usize::try_from(four(14)?).ok()?,
            name: content.get(start..start + name)?,
            data: start + name + extra,
        })
    }

    /// How long its data are, where the header does not say: what is packed says so itself, what is not goes as far
    /// as the next header.
    fn length_in(&self, rest: &[u8]) -> usize {
        match self.length {
            0 | UNTOLD if self.method == 0 => {
                let next = memchr::memmem::find_iter(rest, b"PK");
                let header = |at: &usize| matches!(rest.get(at + 2..at + 4), Some([1, 2] | [3, 4] | [7, 8]));
                next.into_iter().find(header).unwrap_or(rest.len())
            }
            0 | UNTOLD => rest.len(),
            length => length.min(rest.len()),
        }
    }

    /// Packed data of a program holds these four bytes by chance, hardly with a header that makes sense.
    fn is_plausible(&self) -> bool {
        matches!(self.method, 0..=20 | 93..=99) && !self.name.is_empty() && !self.name.contains(&0)
    }
}
