//! 7z: whether everything in it is encrypted, and what its table of contents asks of whoever reads it.

use super::bytes::{Reader, index64};

/// What a 7z file begins with.
pub(crate) const MAGIC: &[u8] = b"7z\xBC\xAF\x27\x1C";
/// The coder that is AES-256 with SHA-256.
pub(crate) const AES: &[u8] = b"\x06\xF1\x07\x01";
const LZMA: &[u8] = b"\x03\x01\x01";
const LZMA_2: &[u8] = b"\x21";
const PPMD: &[u8] = b"\x03\x04\x01";

/// Folders (7z calls a stream of packed files so) that are looked at.
const FOLDERS: usize = 100_000;
/// The table of contents is packed: where it stands, and how, follows at once.
const PACKED: u8 = 0x17;
/// It stands there as it is.
const PLAIN: u8 = 0x01;

/// The table of contents is encrypted, or every folder is. Where the table is packed and not encrypted, nothing is
/// known of the folders here: not sealed.
pub(super) fn is_encrypted(content: &[u8]) -> bool {
    table(content).and_then(folders).is_some_and(|folders| folders.iter().all(|folder| folder.encrypted))
}

/// What the table of contents asks of whoever reads it.
pub(crate) struct Contents {
    /// It is encrypted.
    pub encrypted: bool,
    /// Bytes of it, unpacked.
    pub unpacked: u64,
    /// Bytes of memory that unpacking it asks for beside them.
    pub memory: u64,
}

/// What is known of the table of contents; `None` where there is none.
pub(crate) fn contents(content: &[u8]) -> Option<Contents> {
    let table = table(content)?;
    if table.first() != Some(&PACKED) {
        return Some(Contents { encrypted: false, unpacked: table.len() as u64, memory: 0 });
    }
    let folders = folders(table)?;
    Some(Contents {
        encrypted: folders.iter().any(|folder| folder.encrypted),
        unpacked: folders.iter().map(|folder| folder.unpacked).max()?,
        memory: folders.iter().map(|folder| folder.memory).max()?,
    })
}

/// Bytes of memory that a coder asks for beside what it unpacks.
pub(crate) fn memory(coder: &[u8], properties: &[u8]) -> u64 {
    let number = |at: usize| {
        properties
            .get(at..)
            .and_then(|rest| rest.first_chunk())
            .map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)))
    };
    match (coder, properties.first()) {
        (LZMA | PPMD, _) => number(1),
        (LZMA_2, Some(bits @ 0..40)) => u64::from(2 | (bits & 1)) << (bits / 2 + 11),
        (LZMA_2, _) => u64::from(u32::MAX),
        _ => 0,
    }
}

/// The table of contents as it stands in the file.
fn table(content: &[u8]) -> Option<&[u8]> {
    let start = index64(content, 12)?.checked_add(32)?;
    content.get(start..start.checked_add(index64(content, 20)?)?).filter(|table| !table.is_empty())
}

/// What is known of a folder without reading it.
struct Folder {
    encrypted: bool,
    memory: u64,
    unpacked: u64,
    outputs: usize,
}

fn folders(table: &[u8]) -> Option<Vec<Folder>> {
    let mut at = Reader { data: table, at: 0 };
    match at.byte()? {
        PACKED => {}
        PLAIN => (at.byte()? == 0x04).then_some(())?,
        _ => return None,
    }
    let mut id = at.byte()?;
    if id == 0x06 {
        skip_pack_info(&mut at)?;
        id = at.byte()?;
    }
    if id != 0x07 || at.byte()? != 0x0B {
        return None;
    }
    let count = at.number()?;
    if count == 0 || count > FOLDERS || at.byte()? != 0 {
        return None;
    }
    let mut folders = (0..count).map(|_| folder(&mut at)).collect::<Option<Vec<Folder>>>()?;
    // How long what each coder gives is: the last of a folder's is not always its own, the longest is no less.
    if at.byte() == Some(0x0C) {
        for folder in &mut folders {
            for _ in 0..folder.outputs {
                folder.unpacked = folder.unpacked.max(at.number().map_or(u64::MAX, |number| number as u64));
            }
        }
    }
    Some(folders)
}

fn skip_pack_info(at: &mut Reader<'_>) -> Option<()> {
    at.number()?;
    let streams = at.number()?.min(FOLDERS);
    loop {
        match at.byte()? {
            0x00 => return Some(()),
            0x09 => (0..streams).try_for_each(|_| at.number().map(|_| ()))?,
            0x0A => {
                // Checksums: all defined, or a bit for each.
                let defined = if at.byte()? == 1 {
                    streams
                } else {
                    at.take(streams.div_ceil(8))?.iter().map(|bits| bits.count_ones() as usize).sum()
                };
                at.take(defined.checked_mul(4)?)?;
            }
            _ => return None,
        }
    }
}

fn folder(at: &mut Reader<'_>) -> Option<Folder> {
    let coders = at.number()?;
    if coders == 0 || coders > 32 {
        return None;
    }
    let mut folder = Folder { encrypted: false, memory: 0, unpacked: 0, outputs: 0 };
    let mut inputs = 0_usize;
    for _ in 0..coders {
        let flags = at.byte()?;
        let coder = at.take(usize::from(flags & 0xF))?;
        folder.encrypted |= coder == AES;
        let (mut coder_in, mut coder_out) = (1, 1);
        if flags & 0x10 != 0 {
            (coder_in, coder_out) = (at.number()?.min(64), at.number()?.min(64));
        }
        inputs += coder_in;
        folder.outputs += coder_out;
        if flags & 0x20 != 0 {
            let length = at.number()?;
            folder.memory = folder.memory.saturating_add(memory(coder, at.take(length)?));
        }
    }
    let bonds = folder.outputs.checked_sub(1)?;
    (0..bonds * 2).try_for_each(|_| at.number().map(|_| ()))?;
    let packed = inputs.checked_sub(bonds)?;
    if packed > 1 {
        (0..packed).try_for_each(|_| at.number().map(|_| ()))?;
    }
    Some(folder)
}
