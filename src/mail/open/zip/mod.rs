//! ZIP files: every file inside is a file of its own, with its folders in its name.

/// What stands in a ZIP file.
mod entries;

use super::inner_file;
use super::listing::{self, Names};
use super::unpack::METHOD;
use crate::mail::parts::{Decoded, FileKind, GapKind, Scribe, SectionKind};
use crate::mail::sealed;
use std::borrow::Cow;

pub(super) use entries::{Closed, Entries, Entry};

/// Whether a file is one and nothing more particular. Programs that unpack look at its end, so that anything may
/// stand in front.
pub(super) fn is(content: &[u8], kind: FileKind) -> bool {
    match kind {
        FileKind::Archive => content.starts_with(b"PK"),
        FileKind::Other => ends_as_archive(content),
        _ => false,
    }
}

fn ends_as_archive(content: &[u8]) -> bool {
    let tail = content.get(content.len().saturating_sub(TAIL)..).unwrap_or_default();
    memchr::memmem::rfind(tail, b"PK\x05\x06").is_some()
        && rawzip::ZipArchive::from_slice(content).is_ok_and(|archive| archive.entries().next().is_some())
}

/// The end record and the longest comment behind it.
const TAIL: usize = 22 + 65_535;

/// Has every file inside opened.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let entries = Entries::read(content);
    wrong(&entries, part, scribe);
    let sealed = sealed::of(content, "").is_some();
    let mut names = Names::default();
    for entry in &entries.all {
        // A folder's name is a name, too.
        if entry.is_folder() {
            names.folder(&name_of(entry.name));
        } else if listing::is_full(scribe) {
            names.file(&name_of(entry.name));
        } else {
            file(entry, sealed, part, scribe);
        }
    }
    names.write(part, scribe);
    if !entries.comments.is_empty() {
        scribe.begin_section(part, SectionKind::Comments, 0, "");
        scribe.add(&name_of(&entries.comments));
        scribe.end();
    }
}

/// Notes what is wrong with an archive as a whole.
pub(super) fn wrong(entries: &Entries<'_>, part: u16, scribe: &mut Scribe<'_>) {
    if entries.damaged {
        scribe.broken(part, "damaged archive");
    }
    if entries.overlap {
        scribe.broken(part, "files in the archive lie over one another");
    }
    if entries.unlisted && !entries.damaged {
        scribe.broken(part, "files in the archive that its directory does not list");
    }
    if entries.more {
        scribe.limit(part, "more files in the archive than the limit");
    }
}

/// Opens one file; `sealed`: the archive as a whole is known to be encrypted, and is a gap already.
pub(super) fn file(entry: &Entry<'_>, sealed: bool, part: u16, scribe: &mut Scribe<'_>) {
    let name = name_of(entry.name);
    // Nothing is unpacked of what everybody knows to be closed.
    let unpacked = if sealed { Err(Closed::Aes) } else { entry.unpack(part, scribe) };
    match unpacked {
        Ok(content) => inner_file(&content, &name, part, scribe),
        Err(closed) => {
            let why = match closed {
                Closed::Aes => (GapKind::Protected, "file in an archive encrypted with AES"),
                Closed::Weak => (GapKind::Weak, "file in an archive with weak encryption"),
                Closed::Method => METHOD,
            };
            listing::closed(&name, entry.packed_size() as u64, (!sealed).then_some(why), part, scribe);
        }
    }
}

/// A name in an archive: UTF-8, or whatever charset it looks like.
pub(super) fn name_of(name: &[u8]) -> Cow<'_, str> {
    Decoded::of(name, "").text
}
