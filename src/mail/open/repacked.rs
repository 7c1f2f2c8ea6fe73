//! A storage within an OLE container as a container of its own, so that the readers of files can open it.

use std::collections::VecDeque;

use super::ole::{Container, MAGIC};
use crate::mail::parts::Scribe;

/// A sector of what is written, and numbers in one.
const SECTOR: usize = 4_096;
/// Storages and streams beyond this are not taken.
const MOST: usize = 10_000;
/// Marks in the allocation table and in the directory.
const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;
const TABLE: u32 = 0xFFFF_FFFD;
/// Streams shorter than this would have to stand in small sectors; they are filled up instead.
const SMALL: usize = 4_096;

/// One place of the directory.
struct Place {
    name: String,
    class: [u8; 16],
    storage: bool,
    size: usize,
    start: u32,
    right: u32,
    child: u32,
}

/// The storage as a file; `None` where it is empty or too much for what the file may take.
pub(super) fn storage(container: &Container<'_>, root: usize, part: u16, scribe: &mut Scribe<'_>) -> Option<Vec<u8>> {
    let class = container.entries.get(root)?.class;
    let name = "Root Entry".to_owned();
    let mut places = vec![Place { name, class, storage: true, size: 0, start: END, right: FREE, child: FREE }];
    let mut data = Vec::new();
    let mut waiting = VecDeque::from([(root, 0)]);
    while let Some((from, to)) = waiting.pop_front() {
        let mut before: Option<usize> = None;
        for child in container.children(from) {
            let Some(entry) = container.entries.get(child).filter(|_| places.len() < MOST) else { break };
            let index = places.len();
            let number = u32::try_from(index).unwrap_or(FREE);
            let mut place = Place {
                name: entry.name.clone(),
                class: entry.class,
                storage: entry.storage,
                size: 0,
                start: END,
                right: FREE,
                child: FREE,
            };
            if entry.storage {
                waiting.push_back((child, index));
            } else {
                let bytes = container.stream(child, part, scribe);
                place.start = u32::try_from(data.len() / SECTOR).unwrap_or(END);
                data.extend_from_slice(&bytes);
                data.resize(
                    data.len().next_multiple_of(SECTOR).max(data.len() + usize::from(bytes.is_empty()) * SECTOR),
                    0,
                );
                place.size = bytes.len().max(SMALL);
            }
            match before.and_then(|before| places.get_mut(before)) {
                Some(neighbour) => neighbour.right = number,
                None => places.get_mut(to).into_iter().for_each(|storage| storage.child = number),
            }
            before = Some(index);
            places.push(place);
        }
    }
    (places.len() > 1).then(|| written(&places, &data))
}

/// The bytes of the file: head, allocation table, directory, streams.
fn written(places: &[Place], data: &[u8]) -> Vec<u8> {
    let directory_sectors = places.len().div_ceil(SECTOR / 128);
    let data_sectors = data.len() / SECTOR;
    let per_table = SECTOR / 4;
    let mut tables = 1;
    while tables * per_table < tables + directory_sectors + data_sectors {
        tables += 1;
    }
    let number = |count: usize| u32::try_from(count).unwrap_or(END);
    let mut file = MAGIC.to_vec();
    file.resize(24, 0);
    for word in [0x3E_u16, 4, 0xFFFE, 12, 6, 0, 0, 0] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    // Sectors of the directory and of the table, where the directory begins, a stamp, the least size of a stream;
    // no small sectors; all tables are listed here.
    for word in [number(directory_sectors), number(tables), number(tables), 0, 4_096, END, 0, END, 0] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    for table in 0..109 {
        file.extend_from_slice(&(if table < tables { number(table) } else { FREE }).to_le_bytes());
    }
    file.resize(SECTOR, 0);
    let mut table: Vec<u32> = vec![TABLE; tables];
    chain(&mut table, directory_sectors);
    for place in places.iter().filter(|place| !place.storage) {
        chain(&mut table, place.size.div_ceil(SECTOR));
    }
    table.resize(tables * per_table, FREE);
    file.extend(table.iter().flat_map(|next| next.to_le_bytes()));
    for (index, place) in places.iter().enumerate() {
        place.write(index == 0, number(tables + directory_sectors), &mut file);
    }
    file.resize(file.len().next_multiple_of(SECTOR), 0);
    file.extend_from_slice(data);
    file
}

/// Adds a chain of so many sectors that stand side by side.
fn chain(table: &mut Vec<u32>, sectors: usize) {
    for left in (0..sectors).rev() {
        let next = u32::try_from(table.len() + 1).unwrap_or(END);
        table.push(if left == 0 { END } else { next });
    }
}

impl Place {
    fn write(&self, root: bool, first: u32, file: &mut Vec<u8>) {
        let start = file.len();
        let units: Vec<u16> = self.name.encode_utf16().take(31).collect();
        file.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        file.resize(start + 64, 0);
        file.extend_from_slice(&u16::try_from(units.len() * 2 + 2).unwrap_or(2).to_le_bytes());
        file.extend_from_slice(&[
            if root {
                5
            } else if self.storage {
                1
            } else {
                2
            },
            1,
        ]);
        for link in [FREE, self.right, self.child] {
            file.extend_from_slice(&link.to_le_bytes());
        }
        file.extend_from_slice(&self.class);
        file.resize(start + 116, 0);
        let place = if self.storage { END } else { self.start.saturating_add(first) };
        file.extend_from_slice(&(if self.storage && !root { 0 } else { place }).to_le_bytes());
        file.extend_from_slice(&(self.size as u64).to_le_bytes());
    }
}
