//! 7z: files packed together in blocks, and a table of contents behind them.
//!
//! How much memory a block asks for is looked at before anything is decoded, the table of contents included.
//! Nothing of an encrypted block is touched.

use super::inner_file;
use super::listing::{self, Names};
use super::unpack::{self, ENCRYPTED, MEMORY, METHOD, MUCH_MEMORY, Why};
use crate::mail::parts::{FileKind, GapKind, Scribe, Sealed};
use crate::mail::sealed::seven;
use sevenz_rust2::{Archive, ArchiveEntry, Block, BlockDecoder, Error, Password};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The longest table of contents: some 200,000 names.
const CONTENTS: u64 = 16 << 20;
/// Some bytes of work for every block, so that many small ones are not for nothing.
const BLOCK: u64 = 64 << 10;
/// What a decoder may ask for beside others.
const SMALL: u64 = 1 << 20;
/// A file in the same block as another one.
const BEHIND: Why = (GapKind::Limit, "packed behind a file that was not unpacked to its end");

/// Whether a file is one.
pub(super) fn is(content: &[u8], kind: FileKind) -> bool {
    kind == FileKind::Archive && content.starts_with(seven::MAGIC)
}

/// Has every file inside opened.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let Some(contents) = seven::contents(content) else {
        // It stands at the end: in the first of several pieces it is not there.
        scribe.broken(part, "archive without its table of contents");
        return;
    };
    if contents.encrypted {
        // Nothing can be read, and the archive as a whole is a gap.
        return;
    }
    if contents.memory > MEMORY || contents.unpacked > CONTENTS {
        scribe.limit(part, "a table of contents larger than the limit");
        return;
    }
    if !scribe.spend(part, usize::try_from(contents.unpacked).unwrap_or(usize::MAX)) {
        return;
    }
    let mut source = Cursor::new(content);
    match catch_unwind(AssertUnwindSafe(|| Archive::read(&mut source, &Password::empty()))) {
        Ok(Ok(archive)) => files(&archive, content, part, scribe),
        Ok(Err(error)) if is_unknown(&error) => scribe.gap(METHOD.0, part, METHOD.1),
        Ok(Err(_)) | Err(_) => scribe.broken(part, "damaged archive"),
    }
}

fn files(archive: &Archive, content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let sealed = !archive.blocks.is_empty() && archive.blocks.iter().all(is_encrypted);
    if sealed {
        // The names can be read, and nothing else.
        if let Some(part) = scribe.tree.parts.get_mut(usize::from(part)) {
            part.sealed = Some(Sealed::SevenZip);
        }
        scribe.gap(GapKind::Protected, part, "encrypted 7z archive");
    }
    let mut names = Names::default();
    for folder in archive.files.iter().filter(|file| !file.has_stream) {
        names.folder(folder.name());
    }
    for (index, block) in archive.blocks.iter().enumerate() {
        let mut source = Cursor::new(content);
        let password = Password::empty();
        let decoder = BlockDecoder::new(1, index, archive, &password, &mut source);
        let (done, why) = if is_encrypted(block) {
            (0, (!sealed).then_some(ENCRYPTED))
        } else if memory(block) > MEMORY {
            (0, Some(MUCH_MEMORY))
        } else if listing::is_full(scribe) || !scribe.spend(part, cost(block)) {
            (0, None)
        } else {
            unpacked(decoder, part, scribe)
        };
        for file in of_block(archive, index).filter(|file| file.has_stream).skip(done) {
            if listing::is_full(scribe) {
                names.file(file.name());
            } else {
                // What it claims to be long may be anything.
                listing::closed(file.name(), file.size().min(content.len() as u64), why, part, scribe);
            }
        }
    }
    names.write(part, scribe);
}

/// Has the files of a block opened. Gives how many were, and why the others were not.
fn unpacked(decoder: BlockDecoder<'_, Cursor<&[u8]>>, part: u16, scribe: &mut Scribe<'_>) -> (usize, Option<Why>) {
    let mut done = 0;
    let mut stopped = None;
    let read = decoder.for_each_entries(&mut |file, bytes| {
        if !file.has_stream {
            return Ok(true);
        }
        if listing::is_full(scribe) {
            return Ok(false);
        }
        let (content, end) = unpack::read(bytes, part, scribe);
        if let Err(why) = end {
            if let Some((kind, reason)) = why {
                scribe.gap(kind, part, reason);
            }
            stopped = Some(BEHIND);
        }
        done += 1;
        inner_file(&content, file.name(), part, scribe);
        Ok(end.is_ok())
    });
    match read {
        Ok(_) => (done, stopped),
        Err(error) if is_unknown(&error) => (done, Some(METHOD)),
        Err(_) => (done, Some(unpack::DAMAGED)),
    }
}

/// The entries of a block, empty ones among them included.
fn of_block(archive: &Archive, block: usize) -> impl Iterator<Item = &ArchiveEntry> {
    let map = &archive.stream_map;
    let first = map.block_first_file_index.get(block).copied().unwrap_or(usize::MAX);
    let files = archive.files.get(first..).unwrap_or_default().iter();
    let blocks = map.file_block_index.get(first..).unwrap_or_default().iter();
    files.zip(blocks).take_while(move |(_, of)| **of == Some(block)).map(|(file, _)| file)
}

fn is_encrypted(block: &Block) -> bool {
    block.coders.iter().any(|coder| coder.encoder_method_id() == seven::AES)
}

/// What all decoders of a block ask for. Small ones beside a large one, as they stand beside the code of programs, are
/// not counted.
fn memory(block: &Block) -> u64 {
    let coders = block.coders.iter().map(|coder| seven::memory(coder.encoder_method_id(), coder.properties()));
    coders.filter(|memory| *memory > SMALL).fold(0, u64::saturating_add)
}

/// What making the decoders of a block ready costs.
fn cost(block: &Block) -> usize {
    usize::try_from(memory(block).max(BLOCK).min(block.get_unpack_size().max(BLOCK))).unwrap_or(usize::MAX)
}

fn is_unknown(error: &Error) -> bool {
    matches!(error, Error::UnsupportedCompressionMethod(_) | Error::Unsupported(_))
}
