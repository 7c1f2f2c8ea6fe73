//! Storages and streams, and how they stand in one another.

use crate::mail::sealed::bytes::{byte, index64, little16, little32};

/// One storage or stream.
pub(in crate::mail) struct Entry {
    /// Its name; empty for a place in the directory that nothing stands in.
    pub name: String,
    /// A storage, which holds others, and no stream.
    pub storage: bool,
    /// Class of a storage, as stored.
    pub class: [u8; 16],
    /// Bytes it claims to hold.
    pub size: usize,
    /// The storage it stands in; `None` for the root and for what no storage lists.
    pub parent: Option<usize>,
    pub(super) start: u32,
    pub(super) children: Vec<usize>,
    /// Neighbours in the storage's tree, and the root of its own.
    left: u32,
    right: u32,
    child: u32,
}

/// Reads all places of the directory.
pub(super) fn read(slots: &[&[u8]]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = slots.iter().map(|slot| entry(slot)).collect();
    let mut waiting: Vec<(u32, usize)> = Vec::new();
    let mut met = vec![false; entries.len()];
    if let (Some(root), Some(met)) = (entries.first(), met.first_mut()) {
        *met = true;
        waiting.push((root.child, 0));
    }
    // Each entry is met once, so that trees which run in a circle end.
    while let Some((number, storage)) = waiting.pop() {
        let Ok(index) = usize::try_from(number) else { continue };
        let Some(met) = met.get_mut(index).filter(|met| !**met) else { continue };
        *met = true;
        let Some(entry) = entries.get_mut(index).filter(|entry| !entry.name.is_empty()) else { continue };
        entry.parent = Some(storage);
        let (left, right, child) = (entry.left, entry.right, entry.child);
        if entry.storage {
            waiting.push((child, index));
        }
        waiting.extend([(left, storage), (right, storage)]);
        if let Some(storage) = entries.get_mut(storage) {
            storage.children.push(index);
        }
    }
    for entry in &mut entries {
        entry.children.sort_unstable();
    }
    entries
}

fn entry(slot: &[u8]) -> Entry {
    let number = |at: usize| little32(slot, at).unwrap_or(u32::MAX);
    let kind = byte(slot, 66).unwrap_or(0);
    let length = usize::from(little16(slot, 64).unwrap_or(0)).min(64).saturating_sub(2);
    let known = matches!(kind, 1 | 2 | 5);
    let units = slot.get(..length).unwrap_or_default().chunks_exact(2).map(|unit| little16(unit, 0).unwrap_or(0));
    let name: String = char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Entry {
        name: match (known, name.is_empty()) {
            (true, false) => name,
            (true, true) => "unnamed".to_owned(),
            (false, _) => String::new(),
        },
        storage: kind != 2,
        class: slot.get(80..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default(),
        // The upper half of the size is rubbish in files of the older version; no file is that long.
        size: index64(slot, 120).unwrap_or(0) & 0xFFFF_FFFF,
        parent: None,
        start: number(116),
        children: Vec::new(),
        left: number(68),
        right: number(72),
        child: number(76),
    }
}
