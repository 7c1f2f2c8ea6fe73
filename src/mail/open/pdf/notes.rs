//! Notes, links and stamps on a page.

use super::all;
use super::files::Attached;
use super::strings::of;
use crate::mail::open::office::behind::Behind;
use crate::mail::parts::{Scribe, SectionKind};
use hayro_syntax::object::{Array, Dict, Name};
use hayro_syntax::page::Page;

/// Notes of one page beyond this are not read.
const NOTES: usize = 20_000;

/// Writes what notes on a page say, where its links lead, and takes note of the files attached to it.
pub(super) fn read<'a>(
    page: &Page<'a>,
    part: u16,
    scribe: &mut Scribe<'_>,
    behind: &mut Behind,
    attached: &mut Attached<'a>,
) {
    let notes = page.raw().get::<Array<'a>>("Annots").unwrap_or_default();
    scribe.begin_section(part, SectionKind::Comments, 0, "");
    for (count, note) in all::<Dict<'a>>(&notes, page.xref()).enumerate() {
        if count >= NOTES {
            scribe.limit(part, "more notes on a page than the limit");
            break;
        }
        if scribe.full() || !scribe.spend(part, note.data().len()) {
            break;
        }
        one(&note, scribe, behind);
        if let Some(file) = note.get::<Dict<'a>>("FS") {
            attached.add(file);
        }
    }
    scribe.end();
    attached.listed(page.raw(), page.xref());
}

fn one(note: &Dict<'_>, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    const UNSEEN: u32 = 2 | 32;
    let kind = note.get::<Name<'_>>("Subtype");
    let is = |wanted: &[u8]| kind.as_ref().is_some_and(|kind| kind.as_ref() == wanted);
    if let Some(action) = note.get::<Dict<'_>>("A") {
        for key in [&b"URI"[..], b"F", b"JS"] {
            if let Some(to) = of(&action, key) {
                behind.add(&to);
            }
        }
    }
    // The name of a field is said with its value.
    let author = if is(b"Widget") { None } else { of(note, b"T") };
    let rich = || of(note, b"RC").map(|marked| untagged(&marked));
    let says = of(note, b"Contents").or_else(rich);
    scribe.hide(note.get::<u32>("F").unwrap_or(0) & UNSEEN != 0);
    for words in [says, of(note, b"Subj"), author].into_iter().flatten() {
        scribe.add(words.trim());
        scribe.add("\n");
    }
    scribe.hide(false);
}

/// The words between the tags.
fn untagged(marked: &str) -> String {
    let pieces = marked.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, words)| words));
    pieces.filter(|words| !words.trim().is_empty()).collect::<Vec<_>>().join(" ")
}
