//! Text out of files, one file per family.
//!
//! Text, HTML, tables and calendars are read while the message is taken apart (`open`). Every other kind is
//! opened in a job of its own by a `Reader`. A new one is a file here and a line in `READERS`:
//!
//! - `is` says by the file's bytes whether it is this reader's; name and declared type are not asked.
//!   Of a long file whose kind its ends told it gets the first bytes alone (about 3,000).
//! - `read` gets the bytes and writes what it finds into the `Scribe`. It never fails: what it cannot read it
//!   notes with `scribe.broken`, `scribe.limit` or `scribe.gap`, in a fixed phrase without a stranger's words.
//! - Text goes into pieces: `scribe.begin_section(part, kind, number, name)`, `scribe.add(text)`, `scribe.end()`;
//!   what a reader of the file does not see stands between `scribe.hide(true)` and `scribe.hide(false)`; cells of
//!   tables are noted with `scribe.cell`. Stop where `scribe.full()`.
//! - A file within the file is handed to `inner_file`, which has it opened in its turn.
//! - There is no clock. Before it unpacks or looks at n bytes a reader calls `scribe.spend(part, n)` and stops where
//!   that says so. Whatever is allocated is bounded by what was spent. No recursion along the file's own structure.
//! - It runs in a worker: nothing asks the system anything.

/// Calendars and contacts.
mod calendar;
/// Code pages of Windows.
mod codepage;
/// S/MIME compressed-data.
mod compressed;
/// Comma- and tab-separated values.
mod csv;
/// Excel before 2007.
mod excel;
/// Cells of a sheet, row by row.
mod grid;
/// A single packed file.
mod gzip;
/// HTML.
mod html;
/// Pictures: what is said of them.
pub(super) mod image;
/// Unpacks deflated bytes.
mod inflate;
/// Names of files in archives.
mod listing;
/// The source of macros.
mod macros;
/// What Outlook knows of a message.
mod mapi;
/// Word, Excel and PowerPoint since 2007.
mod office;
/// Word, Excel and PowerPoint before 2007.
mod older;
/// OLE containers, which older office files and Outlook messages are.
pub(super) mod ole;
/// OpenDocument.
mod opendocument;
/// Outlook messages.
mod outlook;
/// Single packed files, and methods of packing.
mod packed;
/// Workbooks under the password that Excel tries by itself.
mod password;
/// PDF.
mod pdf;
/// PowerPoint before 2007.
mod powerpoint;
/// RAR.
mod rar;
/// A part of an OLE container as a file.
mod repacked;
/// RTF.
mod rtf;
/// 7z.
mod sevenz;
/// A tape archive.
mod tar;
/// Text as it is.
mod text;
/// `winmail.dat`.
pub(super) mod tnef;
/// What was told already.
mod told;
/// Reads what a decoder unpacks.
mod unpack;
/// Word before 2007.
mod word;
/// XML, read leniently and without recursion.
mod xml;
/// ZIP files.
mod zip;

pub use image::letters::{Picture, PictureLimits, letters, picture};

use super::kind;
use super::parts::{
    Decoded, Family, FileKind, GapKind, Limits, Place, Scribe, Tree, content_of, fields_within, file_within,
    says_words, take_apart,
};

/// How far opening one attached file goes, everything inside it included. What lies beyond is a gap.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileLimits {
    /// Files in files in files.
    pub depth: u16,
    /// Files found inside.
    pub parts: u16,
    /// Bytes unpacked and looked at, all layers together.
    pub unpacked: u64,
    /// Bytes of text.
    pub text: u32,
    /// Table cells.
    pub cells: u32,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self { depth: 6, parts: 500, unpacked: 256 << 20, text: 8 << 20, cells: 500_000 }
    }
}

/// What opening a file may still take.
#[derive(Clone)]
pub(super) struct Work<'a> {
    families: &'a [Family],
    depth_left: u16,
    left: u64,
}

impl<'a> Work<'a> {
    fn new(families: &'a [Family], limits: &FileLimits) -> Self {
        Self { families, depth_left: limits.depth, left: limits.unpacked }
    }

    /// Takes steps off; `false` once there are none left.
    pub fn spend(&mut self, steps: usize) -> bool {
        let left = self.left.checked_sub(steps as u64);
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    /// How many are left.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Whether there are none left.
    pub fn is_spent(&self) -> bool {
        self.left == 0
    }
}

/// Opens files of one family.
pub(super) struct Reader {
    /// The family, as the settings name it.
    pub family: Family,
    is: fn(&[u8], FileKind) -> bool,
    read: fn(&[u8], u16, &mut Scribe<'_>),
}

/// All readers; the first that knows a file opens it.
const READERS: [Reader; 14] = [
    Reader { family: Family::Office, is: office::is, read: office::read },
    Reader { family: Family::Office, is: older::is, read: older::read },
    Reader { family: Family::OpenDocument, is: opendocument::is, read: opendocument::read },
    Reader { family: Family::Office, is: rtf::is, read: rtf::read },
    Reader { family: Family::Outlook, is: outlook::is, read: outlook::read },
    Reader { family: Family::Outlook, is: tnef::is, read: tnef::read },
    Reader { family: Family::Pdf, is: pdf::is, read: pdf::read },
    Reader { family: Family::Archive, is: zip::is, read: zip::read },
    Reader { family: Family::Archive, is: gzip::is, read: gzip::read },
    Reader { family: Family::Archive, is: tar::is, read: tar::read },
    Reader { family: Family::Archive, is: sevenz::is, read: sevenz::read },
    Reader { family: Family::Archive, is: rar::is, read: rar::read },
    Reader { family: Family::Archive, is: packed::is, read: packed::read },
    Reader { family: Family::Archive, is: compressed::is, read: compressed::read },
];

/// The reader of a file; `None` for one that has none or needs none.
pub(super) fn reader(content: &[u8], kind: FileKind) -> Option<&'static Reader> {
    READERS.iter().find(|reader| (reader.is)(content, kind))
}

impl Reader {
    /// Writes what a file holds.
    pub fn open(&self, content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
        let Some(work) = &mut scribe.work else { return };
        if !work.families.contains(&self.family) {
            scribe.gap(GapKind::Unsupported, part, "this kind of file is not opened here");
            return;
        }
        if work.depth_left == 0 {
            scribe.limit(part, "files within files deeper than the limit");
            return;
        }
        work.depth_left -= 1;
        if scribe.spend(part, content.len()) {
            (self.read)(content, part, scribe);
        }
        scribe.end();
        if let Some(work) = &mut scribe.work {
            work.depth_left += 1;
        }
    }
}

/// Opens a file found in the file of another part, and everything in it. Beyond the limit of parts it is a gap.
pub(super) fn inner_file(content: &[u8], name: &str, parent: u16, scribe: &mut Scribe<'_>) {
    if let Some(part) = scribe.inner(parent, name, content.len() as u64) {
        file_within(scribe, part, content);
    }
}

/// Opens the file of one part of a message and gives what is in it; part 0 of the tree stands for the file.
/// Whatever the bytes are, there is a tree; what could not be read is a gap in it.
#[must_use]
pub fn open_file(content: &[u8], families: &[Family], limits: &Limits, file: &FileLimits) -> Tree {
    let limits = Limits {
        parts: limits.parts.min(file.parts).saturating_add(1),
        text: limits.text.min(file.text),
        cells: limits.cells.min(file.cells),
        ..limits.clone()
    };
    let mut scribe = Scribe::of_file(&limits, Work::new(families, file));
    if content.is_empty() {
        // Only a file that has bytes waits to be opened: whoever finds none now has not read it.
        scribe.broken(0, "the file was not found again");
    }
    file_within(&mut scribe, 0, content);
    scribe.end();
    scribe.tree
}

/// Takes a message apart and opens every file in it, all in this process: what the worker room does, without its
/// walls. For messages of our own and for measuring.
#[must_use]
pub fn take_apart_and_open(raw: &[u8], families: &[Family], limits: &Limits, file: &FileLimits) -> Tree {
    let mut tree = take_apart(raw, limits);
    for waiting in std::mem::take(&mut tree.unopened) {
        let content = content_of(raw, limits, waiting.part).unwrap_or_default();
        let left = tree.left(limits);
        let fragment = open_file(&content, families, &left, file);
        tree.graft(waiting.part, fragment);
    }
    tree
}

/// Why a file of a kind without a reader was not opened.
#[must_use]
pub fn not_opened(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Pdf => "PDF is not opened",
        FileKind::Office | FileKind::OfficeMacro => "office documents are not opened",
        FileKind::Message => "messages of Outlook are not opened",
        FileKind::Archive => "archives are not opened",
        FileKind::Executable => "programs are not opened",
        FileKind::Cryptographic => "cryptographic data is not opened",
        _ => "unknown kind of file",
    }
}

/// A file to be opened.
pub(super) struct Leaf<'a> {
    /// Its bytes.
    pub content: &'a [u8],
    /// What it is by its bytes.
    pub kind: FileKind,
    /// What its header says it is.
    pub declared: &'a str,
    /// The charset its header gives, lower case; may be empty.
    pub charset: &'a str,
    /// Where its text stands.
    pub place: Place,
    /// Its part.
    pub part: u16,
    /// A client shows it as the message's text, so that its type counts and not its first bytes.
    pub shown: bool,
}

/// What opening told beside the text.
#[derive(Default)]
pub(super) struct Opened {
    /// Changed text can be written in its charset.
    pub charset_known: bool,
    /// Content-IDs it shows.
    pub cids: Vec<String>,
    /// Method of a calendar.
    pub method: Option<String>,
    /// Files in it, to be opened in their turn.
    pub files: Vec<Within>,
}

/// A file within a text.
pub(super) struct Within {
    /// Its name; empty where it has none.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// Writes a file's text; `None` for a kind that is not opened.
pub(super) fn open(leaf: &Leaf<'_>, scribe: &mut Scribe<'_>) -> Option<Opened> {
    let reader: fn(&Leaf<'_>, &Decoded<'_>, &mut Scribe<'_>) -> Opened = match (leaf.declared, leaf.kind) {
        ("text/plain", _) if leaf.shown => text::write,
        // Tags of RFC 1896 part words as those of HTML do.
        ("text/html" | "application/xhtml+xml" | "text/enriched" | "text/richtext", _) if leaf.shown => html::write,
        ("text/calendar", _) if leaf.shown => calendar::write,
        (_, FileKind::Image) if is_drawing(leaf.content) => html::write,
        (_, FileKind::Html) => html::write,
        (_, FileKind::Csv) => csv::write,
        (_, FileKind::Calendar | FileKind::Contact) => calendar::write,
        (_, FileKind::Text | FileKind::Script | FileKind::Message) => text::write,
        (declared, FileKind::Other) if declared.starts_with("text/") => text::write,
        _ if leaf.shown => text::write,
        _ => return None,
    };
    let charset =
        if leaf.charset.is_empty() && leaf.kind == FileKind::Html { html::charset(leaf.content) } else { None };
    let mut decoded = Decoded::of(leaf.content, charset.as_deref().unwrap_or(leaf.charset));
    decoded.known &= charset.is_none() || leaf.content.is_ascii();
    if decoded.nonsense() {
        scribe.broken(leaf.part, "unknown charset");
    }
    let opened = reader(leaf, &decoded, scribe);
    Some(Opened { charset_known: decoded.known, ..opened })
}

/// A drawing written as text, whose words can be read.
fn is_drawing(content: &[u8]) -> bool {
    kind::of_binary(content).is_none()
}
