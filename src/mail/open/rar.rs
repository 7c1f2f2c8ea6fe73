//! RAR 1.5 to 7: files one after the other, each with a header in front.

use super::inner_file;
use super::listing::{self, Names};
use super::unpack::{DAMAGED, ENCRYPTED, LARGEST, MEMORY, METHOD, MUCH_MEMORY, TOO_LARGE, Why};
use crate::mail::parts::{Decoded, FileKind, GapKind, Scribe, SectionKind};
use crate::mail::sealed::{self, rar};
use rars::{
    Archive, ArchiveMember, ArchiveMemberDetail, ArchiveReadOptions, ArchiveReader, ErrorKind, ExtractionDecision,
    ExtractionErrorAction,
};
use std::cell::RefCell;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Headers that are read, and bytes of them.
const HEADERS: u64 = 200_000;
const HEADER_BYTES: u64 = 16 << 20;
/// Memory for decoders beside their dictionaries.
const WORKSPACE: u64 = MEMORY + (32 << 20);
/// Some bytes of work for every file, so that many small ones are not for nothing.
const FILE: usize = 64 << 10;
/// A file that goes on in another.
const PIECES: Why = (GapKind::Unsupported, "part of an archive in several pieces");
/// A file packed together with another one.
const BEHIND: Why = (GapKind::Limit, "packed behind a file that was not unpacked to its end");

/// Whether a file is one.
pub(super) fn is(content: &[u8], kind: FileKind) -> bool {
    kind == FileKind::Archive && content.starts_with(rar::MAGIC)
}

/// Has every file inside opened.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let options = ArchiveReadOptions::new()
        .with_max_header_count(HEADERS)
        .with_max_header_bytes(HEADER_BYTES)
        .with_max_member_output_bytes(LARGEST as u64)
        .with_max_reader_workspace_bytes(WORKSPACE);
    let archive = catch_unwind(AssertUnwindSafe(|| ArchiveReader::read_with_options(content, options)));
    match archive {
        Ok(Ok(archive)) => {
            comment(&archive, options, part, scribe);
            let opening = Opening::of(content, part, scribe);
            files(&archive, options, opening);
        }
        // The headers are encrypted: the archive as a whole is a gap.
        Ok(Err(_)) if sealed::of(content, "").is_some() => (),
        Ok(Err(error)) if error.kind() == ErrorKind::ResourceLimit => {
            scribe.limit(part, "more files in the archive than the limit");
        }
        Ok(Err(_)) | Err(_) => scribe.broken(part, "damaged archive"),
    }
}

fn files(archive: &Archive, options: ArchiveReadOptions<'_>, opening: Opening<'_, '_>) {
    let opening = RefCell::new(opening);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        archive.extract_with_control_and_errors(
            options,
            |member| Ok(opening.borrow_mut().next(member)),
            |_, error| {
                opening.borrow_mut().finish(Some(reason(error.kind())));
                Ok(ExtractionErrorAction::Continue)
            },
        )
    }));
    let mut opening = opening.into_inner();
    let why = match ended {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(reason(error.kind())),
        Err(_) => Some(DAMAGED),
    };
    opening.finish(why);
    // Whatever stopped it, the names of the others are there.
    let why = opening.stopped.or(why.map(|_| BEHIND));
    for member in archive.members().skip(opening.seen) {
        opening.close(&member, why);
    }
    let Opening { names, part, scribe, .. } = opening;
    names.write(part, scribe);
}

/// What stands in the archive itself for whoever opens it.
fn comment(archive: &Archive, options: ArchiveReadOptions<'_>, part: u16, scribe: &mut Scribe<'_>) {
    let comment = catch_unwind(AssertUnwindSafe(|| archive.comment_with_options(options)));
    if let Ok(Ok(Some(comment))) = comment
        && scribe.spend(part, comment.len())
    {
        scribe.begin_section(part, SectionKind::Comments, 0, "");
        scribe.add(Decoded::of(&comment, "").text.trim_end_matches('\0'));
        scribe.end();
    }
}

/// An archive while its files are opened.
struct Opening<'s, 'a> {
    part: u16,
    /// How long the archive is.
    length: u64,
    /// The archive as a whole is a gap already.
    sealed: bool,
    /// Entries that were looked at.
    seen: usize,
    /// The file that is being unpacked.
    name: Option<String>,
    /// Why nothing more is unpacked.
    stopped: Option<Why>,
    shelf: Shelf,
    names: Names,
    scribe: &'s mut Scribe<'a>,
}

impl<'s, 'a> Opening<'s, 'a> {
    fn of(content: &[u8], part: u16, scribe: &'s mut Scribe<'a>) -> Self {
        Self {
            part,
            length: content.len() as u64,
            sealed: sealed::of(content, "").is_some(),
            seen: 0,
            name: None,
            stopped: None,
            shelf: Shelf::default(),
            names: Names::default(),
            scribe,
        }
    }

    /// Whether a file is unpacked; the one before it is.
    fn next(&mut self, member: &ArchiveMember) -> ExtractionDecision {
        self.finish(None);
        self.seen += 1;
        let meta = &member.meta;
        if meta.is_directory || meta.is_redirection {
            self.names.folder(&name_of(member));
            if let ArchiveMemberDetail::Rar50Plus { redirection: Some(link), .. } = &member.detail {
                self.names.folder(&Decoded::of(&link.target_name, "").text);
            }
            return ExtractionDecision::Skip;
        }
        let why = if meta.is_encrypted {
            ENCRYPTED
        } else if meta.is_split_before || meta.is_split_after {
            PIECES
        } else if meta.unpacked_size > LARGEST as u64 && meta.unpacked_size != u64::MAX {
            TOO_LARGE
        } else if dictionary(member).is_some_and(|size| size > MEMORY) {
            MUCH_MEMORY
        } else if listing::is_full(self.scribe) || !self.scribe.spend(self.part, FILE) {
            // Names beyond the limit of parts are a gap of their own, and so is work beyond its limit.
            self.seen -= 1;
            return ExtractionDecision::Stop;
        } else {
            self.name = Some(name_of(member));
            return ExtractionDecision::Extract(Box::new(self.shelf.clear(self.scribe)));
        };
        self.close(member, Some(why));
        if member.is_solid() {
            self.stopped = Some(BEHIND);
            return ExtractionDecision::Stop;
        }
        ExtractionDecision::Skip
    }

    /// Opens the file that was unpacked, as far as it was; `why` it was not to its end.
    fn finish(&mut self, why: Option<Why>) {
        let Some(name) = self.name.take() else { return };
        let content = self.shelf.take();
        if let Some((kind, reason)) = why {
            self.scribe.gap(kind, self.part, reason);
        }
        // Why there was no room for more of it is said by whoever spends what is there no more.
        if self.scribe.spend(self.part, content.len()) && self.shelf.is_full() {
            self.scribe.limit(self.part, "more to unpack and read than the limit");
        }
        inner_file(&content, &name, self.part, self.scribe);
    }

    /// Notes a file that stays closed.
    fn close(&mut self, member: &ArchiveMember, why: Option<Why>) {
        if member.meta.is_directory || member.meta.is_redirection {
            self.names.folder(&name_of(member));
        } else if listing::is_full(self.scribe) {
            self.names.file(&name_of(member));
        } else {
            let why = why.filter(|_| !self.sealed);
            // What it claims to be long may be anything.
            let size = member.meta.packed_size.min(self.length);
            listing::closed(&name_of(member), size, why, self.part, self.scribe);
        }
    }
}

/// Where unpacked bytes wait until all of a file are there.
#[derive(Clone, Default)]
struct Shelf(Rc<RefCell<Room>>);

#[derive(Default)]
struct Room {
    bytes: Vec<u8>,
    most: usize,
    full: bool,
}

impl Shelf {
    /// Makes room for the next file, as much as the work that is left allows.
    fn clear(&self, scribe: &Scribe<'_>) -> Self {
        let left = scribe.work.as_ref().map_or(u64::MAX, super::Work::left);
        let most = usize::try_from(left).map_or(LARGEST, |left| left.min(LARGEST));
        *self.0.borrow_mut() = Room { bytes: Vec::new(), most, full: false };
        self.clone()
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut().bytes)
    }

    fn is_full(&self) -> bool {
        self.0.borrow().full
    }
}

impl Write for Shelf {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut room = self.0.borrow_mut();
        if room.bytes.len().saturating_add(bytes.len()) > room.most {
            room.full = true;
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        room.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn name_of(member: &ArchiveMember) -> String {
    Decoded::of(&member.meta.name, "").text.into_owned()
}

/// The dictionary that unpacking a file takes, where its header says so; those of older versions are small.
fn dictionary(member: &ArchiveMember) -> Option<u64> {
    let ArchiveMemberDetail::Rar50Plus { compression_info, .. } = &member.detail else { return None };
    let stored = compression_info & 0x380 == 0;
    let version = compression_info & 0x3F;
    let power = (compression_info >> 10) & if version == 0 { 0xF } else { 0x1F };
    (!stored).then(|| (128_u64 << 10) << power)
}

fn reason(error: ErrorKind) -> Why {
    match error {
        ErrorKind::PasswordRequired | ErrorKind::BadPassword => ENCRYPTED,
        ErrorKind::UnsupportedFormat | ErrorKind::UnsupportedFeature => METHOD,
        ErrorKind::ResourceLimit => MUCH_MEMORY,
        _ => DAMAGED,
    }
}
