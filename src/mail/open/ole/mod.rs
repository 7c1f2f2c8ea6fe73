//! OLE containers (MS-CFB): a file system in a file. Word, Excel and PowerPoint before 2007 write one, Outlook does, and
//! encrypted newer documents stand in one.
//!
//! Read leniently: sizes that lie are cut to what is there, chains that run in a circle end where they close, and
//! what the tree of the directory does not reach is listed all the same.

/// Storages and streams, and how they stand in one another.
mod directory;

use crate::mail::parts::Scribe;
use crate::mail::sealed::bytes::{little16, little32};
pub(in crate::mail) use directory::Entry;
use std::borrow::Cow;

/// What every container begins with.
pub(in crate::mail) const MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
/// Streams shorter than this stand in the stream of small sectors.
const SMALL: usize = 4_096;
/// Storages and streams beyond this are not listed; a large mailbox file has some thousand.
const SLOTS: usize = 100_000;
/// A small sector.
const SMALL_SECTOR: usize = 64;
/// Numbers of sectors from here on are marks: end of a chain, free.
const MARKS: u32 = 0xFFFF_FFFA;

/// A container whose directory was read.
pub(in crate::mail) struct Container<'a> {
    content: &'a [u8],
    sector: usize,
    /// For each sector the one that follows it.
    table: Vec<u32>,
    /// For each small sector the one that follows it.
    small_table: Vec<u32>,
    /// The sectors that hold the small ones.
    small: Vec<u32>,
    /// All storages and streams; the root is the first.
    pub entries: Vec<Entry>,
    /// Something in it is not as it should be: circles, lying sizes, sectors that are not there.
    pub damaged: bool,
}

impl<'a> Container<'a> {
    /// Reads the directory; `None` for what is no container. Takes memory of a tenth of the file, and time for one pass.
    pub fn read(content: &'a [u8]) -> Option<Self> {
        if !content.starts_with(MAGIC) {
            return None;
        }
        let sector = match little16(content, 30)? {
            9 => 512,
            12 => 4_096,
            _ => return None,
        };
        let mut container = Self {
            content,
            sector,
            table: Vec::new(),
            small_table: Vec::new(),
            small: Vec::new(),
            entries: Vec::new(),
            damaged: false,
        };
        container.read_table();
        let directory = container.chain(little32(content, 48)?);
        let slots: Vec<&[u8]> = directory
            .iter()
            .filter_map(|number| container.sector_bytes(*number))
            .flat_map(|bytes| bytes.chunks_exact(128))
            .take(SLOTS)
            .collect();
        container.entries = directory::read(&slots);
        let small_table = container.chain(little32(content, 60).unwrap_or(u32::MAX));
        let numbers = small_table.iter().filter_map(|number| container.sector_bytes(*number)).flat_map(numbers);
        container.small_table = numbers.collect();
        let root = container.entries.first().map_or(u32::MAX, |root| root.start);
        container.small = container.chain(root);
        Some(container)
    }

    /// The first storage or stream of that name, wherever it stands.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// The storage or stream of that name in a storage (0 is the root).
    pub fn child(&self, storage: usize, name: &str) -> Option<usize> {
        self.children(storage)
            .find(|child| self.entries.get(*child).is_some_and(|entry| entry.name.eq_ignore_ascii_case(name)))
    }

    /// What stands in a storage (0 is the root).
    pub fn children(&self, storage: usize) -> impl Iterator<Item = usize> {
        self.entries.get(storage).map_or(&[][..], |entry| entry.children.as_slice()).iter().copied()
    }

    /// The bytes of a stream, as far as they are there. Takes their number off what the file may take; empty, and a gap of
    /// the part, where that is too much.
    pub fn stream(&self, entry: usize, part: u16, scribe: &mut Scribe<'_>) -> Cow<'a, [u8]> {
        let size = self.entries.get(entry).map_or(0, |entry| entry.size);
        // A stream that claims more than the file holds is cut.
        let size = size.min(self.content.len());
        if !scribe.spend(part, size.max(SMALL_SECTOR)) {
            return Cow::Borrowed(&[]);
        }
        let bytes = self.first_bytes(entry, size);
        if bytes.len() < self.entries.get(entry).map_or(0, |entry| entry.size) {
            scribe.broken(part, "a stream of the file is not all there");
        }
        bytes
    }

    /// The first bytes of a stream, at most so many.
    pub fn first_bytes(&self, entry: usize, most: usize) -> Cow<'a, [u8]> {
        let Some(entry) = self.entries.get(entry).filter(|entry| !entry.storage) else { return Cow::Borrowed(&[]) };
        let most = most.min(entry.size).min(self.content.len());
        if entry.size < SMALL {
            return self.gather(entry.start, most, &self.small_table, SMALL_SECTOR, |number| self.small_sector(number));
        }
        self.gather(entry.start, most, &self.table, self.sector, |number| self.sector_bytes(number))
    }

    /// Follows a chain until so many bytes are there. Sectors that stand side by side are not copied.
    fn gather(
        &self,
        start: u32,
        most: usize,
        table: &[u32],
        sector: usize,
        bytes_of: impl Fn(u32) -> Option<&'a [u8]>,
    ) -> Cow<'a, [u8]> {
        let mut steps = Steps::new(start, table);
        let mut gathered: Option<Vec<u8>> = None;
        let mut even: &'a [u8] = &[];
        for _ in 0..most.div_ceil(sector) {
            let Some(bytes) = steps.next().and_then(&bytes_of) else { break };
            match &mut gathered {
                Some(gathered) => gathered.extend_from_slice(bytes),
                None if even.is_empty() => even = bytes,
                None => match joined(self.content, even, bytes) {
                    Some(longer) => even = longer,
                    None => gathered = Some([even, bytes].concat()),
                },
            }
        }
        match gathered {
            Some(mut gathered) => {
                gathered.truncate(most);
                Cow::Owned(gathered)
            }
            None => Cow::Borrowed(even.get(..most.min(even.len())).unwrap_or_default()),
        }
    }

    /// The allocation table: its sectors are listed in the header, and in a chain of their own.
    fn read_table(&mut self) {
        let most = self.content.len() / self.sector + 1;
        let first = (0..109).map_while(|number| little32(self.content, 76 + number * 4));
        let mut listed: Vec<u32> = first.take_while(|number| *number < MARKS).collect();
        let mut next = little32(self.content, 68).unwrap_or(u32::MAX);
        let per_sector = self.sector / 4;
        // A list in a circle has more steps than the file has sectors.
        for _ in 0..most {
            let Some(bytes) = Some(next).filter(|next| *next < MARKS).and_then(|next| self.sector_bytes(next)) else {
                break;
            };
            listed.extend(numbers(bytes).take(per_sector - 1).take_while(|number| *number < MARKS));
            next = little32(bytes, self.sector - 4).unwrap_or(u32::MAX);
        }
        for number in listed {
            if self.table.len() >= most {
                break;
            }
            match self.sector_bytes(number) {
                Some(bytes) => self.table.extend(numbers(bytes)),
                None => self.damaged = true,
            }
            self.table.resize(self.table.len().next_multiple_of(per_sector), u32::MAX);
        }
    }

    /// The sectors of a chain.
    fn chain(&mut self, start: u32) -> Vec<u32> {
        let mut steps = Steps::new(start, &self.table);
        let chain: Vec<u32> = steps.by_ref().collect();
        let circle = steps.circle;
        self.damaged |= circle;
        chain
    }

    /// The bytes of a sector; the last one of a file may be short.
    fn sector_bytes(&self, number: u32) -> Option<&'a [u8]> {
        let start = usize::try_from(number).ok()?.checked_add(1)?.checked_mul(self.sector)?;
        let end = start.checked_add(self.sector)?.min(self.content.len());
        self.content.get(start..end).filter(|bytes| !bytes.is_empty())
    }

    fn small_sector(&self, number: u32) -> Option<&'a [u8]> {
        let start = usize::try_from(number).ok()?.checked_mul(SMALL_SECTOR)?;
        let bytes = self.sector_bytes(*self.small.get(start / self.sector)?)?;
        let within = start % self.sector;
        bytes.get(within..(within + SMALL_SECTOR).min(bytes.len()))
    }
}

/// Follows a chain to its end, or until it has gone round.
struct Steps<'t> {
    table: &'t [u32],
    next: u32,
    /// A sector that was met, moved on at every power of two: whoever meets it again goes round.
    mark: u32,
    taken: usize,
    moves_at: usize,
    circle: bool,
}

impl<'t> Steps<'t> {
    fn new(start: u32, table: &'t [u32]) -> Self {
        Self { table, next: start, mark: u32::MAX, taken: 0, moves_at: 1, circle: false }
    }
}

impl Iterator for Steps<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let number = self.next;
        if number >= MARKS || self.circle {
            return None;
        }
        if number == self.mark {
            self.circle = true;
            return None;
        }
        self.taken += 1;
        if self.taken == self.moves_at {
            (self.mark, self.moves_at) = (number, self.moves_at.saturating_mul(2));
        }
        self.next = usize::try_from(number).ok().and_then(|number| self.table.get(number)).copied().unwrap_or(u32::MAX);
        Some(number)
    }
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|bytes| little32(bytes, 0).unwrap_or(u32::MAX))
}

/// Two stretches as one, if the second stands right behind the first.
fn joined<'a>(content: &'a [u8], first: &'a [u8], second: &'a [u8]) -> Option<&'a [u8]> {
    let base = content.as_ptr().addr();
    let start = first.as_ptr().addr().checked_sub(base)?;
    let end = start.checked_add(first.len())?;
    (second.as_ptr().addr().checked_sub(base)? == end).then(|| content.get(start..end + second.len())).flatten()
}
