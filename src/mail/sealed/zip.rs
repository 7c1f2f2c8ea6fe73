//! What stands in a ZIP file, as far as its directory says, and whether all of it is encrypted.

use super::bytes::{index32, index64, little16, little32};
use crate::mail::parts::Sealed;

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
/// Entries beyond this are not looked at; a file with more is not sealed.
const ENTRIES: usize = 65_536;
/// The method that stands for AES.
const AES: u16 = 99;
/// The extra field that AES brings along.
const AES_EXTRA: u16 = 0x9901;
/// Bytes of a data descriptor behind an entry: nothing longer may stand between two.
const DESCRIPTOR: usize = 24;

/// One entry of the directory.
pub(crate) struct Entry<'a> {
    /// Name as written; UTF-8 or any other charset.
    pub(crate) name: &'a [u8],
    flags: u16,
    method: u16,
    aes_extra: bool,
    compressed: usize,
    local: usize,
}

impl Entry<'_> {
    fn is_folder(&self) -> bool {
        self.compressed == 0 && self.name.ends_with(b"/")
    }
    fn is_encrypted(&self) -> bool {
        self.flags & 1 != 0
    }
    fn is_aes(&self) -> bool {
        self.is_encrypted() && self.method == AES && self.aes_extra
    }
}

/// What the names in a file say of it. Names of the directory, or of the local headers where only the
/// beginning of the file is there.
pub(crate) fn entry_names(content: &[u8]) -> Vec<&[u8]> {
    match directory(content, 0) {
        Some((entries, _)) => entries.into_iter().map(|entry| entry.name).collect(),
        None => local_names(content),
    }
}

/// The names in a file of which only the end is there, which begins at `at`, and whether some entry is not encrypted,
/// so that the file is not sealed. `None` where the end does not hold the whole directory.
pub(crate) fn names_at_end(end: &[u8], at: usize) -> Option<(Vec<&[u8]>, bool)> {
    let (entries, _) = directory(end, at)?;
    let open = entries.iter().any(|entry| !entry.is_folder() && !entry.is_encrypted());
    Some((entries.into_iter().map(|entry| entry.name).collect(), open))
}

/// Every file in it is encrypted, by the directory and by its own header alike, and nothing stands between.
pub(super) fn sealed(content: &[u8]) -> Option<Sealed> {
    let (mut entries, end) = directory(content, 0)?;
    entries.sort_by_key(|entry| entry.local);
    let mut at = 0;
    let (mut files, mut aes) = (0, true);
    for entry in &entries {
        // Clear text in front of, between or behind the entries would be readable, overlaps are a trick.
        if entry.local < at || entry.local - at > if at == 0 { 0 } else { DESCRIPTOR } {
            return None;
        }
        at = local_end(content, entry)?;
        if entry.is_folder() {
            continue;
        }
        if !entry.is_encrypted() {
            return None;
        }
        files += 1;
        aes &= entry.is_aes();
    }
    if files == 0 || end < at || end - at > DESCRIPTOR {
        return None;
    }
    Some(if aes { Sealed::ZipAes } else { Sealed::ZipWeak })
}

/// Where an entry's data end, if its own header agrees with the directory.
fn local_end(content: &[u8], entry: &Entry<'_>) -> Option<usize> {
    let header = content.get(entry.local..)?;
    let agrees = header.starts_with(LOCAL)
        && little16(header, 6)? & 1 == entry.flags & 1
        && (little16(header, 8)? == entry.method || entry.is_folder());
    if !agrees {
        return None;
    }
    let name = usize::from(little16(header, 26)?);
    let extra = usize::from(little16(header, 28)?);
    entry.local.checked_add(30 + name + extra)?.checked_add(entry.compressed).filter(|end| *end <= content.len())
}

/// All entries of the central directory and where it begins; `None` where it is not there or damaged. `content` is
/// the file from `base` on; places are told as of the whole file.
fn directory(content: &[u8], base: usize) -> Option<(Vec<Entry<'_>>, usize)> {
    let end = end_record(content)?;
    let record = content.get(end..)?;
    let (mut count, mut size, mut start) =
        (usize::from(little16(record, 10)?), index32(record, 12)?, index32(record, 16)?);
    let mut stop = end;
    // Of a file whose beginning is not there, the last bytes before the end record must be.
    if end < 20 && base > 0 {
        return None;
    }
    if let Some(locator) =
        end.checked_sub(20).filter(|at| content.get(*at..).is_some_and(|rest| rest.starts_with(LOCATOR_64)))
    {
        stop = index64(content, locator + 8)?.checked_sub(base)?;
        let record = content.get(stop..)?.strip_prefix(END_64)?;
        (count, size, start) = (index64(record, 28)?, index64(record, 36)?, index64(record, 44)?);
    }
    // A file with something put in front of it: the directory ends where the end record begins.
    if start.checked_add(size) != stop.checked_add(base) {
        return None;
    }
    if count > ENTRIES {
        return None;
    }
    let mut entries = Vec::new();
    let mut at = start.checked_sub(base)?;
    while at < stop {
        let (entry, next) = central_entry(content, at)?;
        entries.push(entry);
        at = next;
        if entries.len() > ENTRIES {
            return None;
        }
    }
    (entries.len() == count).then_some((entries, start))
}

/// The end record: the last one whose comment reaches exactly to the end of the file.
fn end_record(content: &[u8]) -> Option<usize> {
    let from = content.len().saturating_sub(22 + usize::from(u16::MAX));
    let tail = content.get(from..)?;
    let found = memchr::memmem::rfind(tail, END)? + from;
    let comment = usize::from(little16(content, found + 20)?);
    (found + 22 + comment == content.len()).then_some(found)
}

fn central_entry(content: &[u8], at: usize) -> Option<(Entry<'_>, usize)> {
    let header = content.get(at..)?;
    if !header.starts_with(CENTRAL) {
        return None;
    }
    let lengths = [28, 30, 32].map(|field| little16(header, field).map(usize::from));
    let [Some(name), Some(extra), Some(comment)] = lengths else { return None };
    let extras = header.get(46 + name..46 + name + extra)?;
    let (mut compressed, mut local) = (index32(header, 20)?, index32(header, 42)?);
    if let Some(large) = extra_field(extras, 1) {
        // The 64-bit values stand in a fixed order, each only where the 32-bit one says "see there".
        let uncompressed = little32(header, 24)? == u32::MAX;
        let mut field = usize::from(uncompressed) * 8;
        if little32(header, 20)? == u32::MAX {
            compressed = index64(large, field)?;
            field += 8;
        }
        if little32(header, 42)? == u32::MAX {
            local = index64(large, field)?;
        }
    }
    let entry = Entry {
        name: header.get(46..46 + name)?,
        flags: little16(header, 8)?,
        method: little16(header, 10)?,
        aes_extra: extra_field(extras, AES_EXTRA).is_some(),
        compressed,
        local,
    };
    Some((entry, at + 46 + name + extra + comment))
}

fn extra_field(mut extras: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let (kind, length) = (little16(extras, 0)?, usize::from(little16(extras, 2)?));
        let field = extras.get(4..4 + length)?;
        if kind == wanted {
            return Some(field);
        }
        extras = extras.get(4 + length..)?;
    }
}

/// Names of the local headers found in the beginning of a file.
fn local_names(content: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(found) = content.get(at..).and_then(|rest| memchr::memmem::find(rest, LOCAL)) {
        let header = at + found;
        let length = little16(content, header + 26).map_or(0, usize::from);
        if let Some(name) = content.get(header + 30..header + 30 + length) {
            names.push(name);
        }
        at = header + 4;
        if names.len() >= ENTRIES {
            break;
        }
    }
    names
}
