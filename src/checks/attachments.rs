//! Size, number and kind of attachments.
//!
//! What a file is, its content says, never its name; the name can only be caught lying.

/// A file in clear text beside its protected copy.
mod copies;

use super::{Check, View};
use crate::finding::{Confidence, Finding, Masked};
use crate::mail::parts::{FileKind, Part, Place, Tree};

/// The check's entry in the roll call.
pub const CHECK: Check = Check {
    name: "attachments",
    kinds: &[
        "file_size",
        "total_size",
        "count",
        "executable",
        "script",
        "macro",
        "archive",
        "image",
        "audio",
        "video",
        "media",
        "name_mismatch",
        "clear_copy_beside_protected",
    ],
    look,
};

/// Pictures shown inside the text below this size are decoration: logos, signatures, lines.
pub const DECORATION_BELOW: u64 = 100 << 10;

fn look(view: &View<'_>, findings: &mut Vec<Finding>) {
    let tree = view.tree;
    let (mut count, mut total) = (0_u64, 0_u64);
    // Whether each part stands in something that counts already: a file in an archive, a picture in a forwarded mail.
    let mut inside: Vec<bool> = Vec::with_capacity(tree.parts.len());
    for (index, part) in tree.parts.iter().enumerate() {
        let parent = usize::from(part.parent);
        let within =
            parent < index && (inside.get(parent) == Some(&true) || tree.parts.get(parent).is_some_and(counts));
        inside.push(within);
        if !counts(part) {
            continue;
        }
        let about = Attachment::new(tree, index, part);
        if !within {
            count += 1;
            total = total.saturating_add(part.size);
            findings.push(about.finding("file_size", part.size));
        }
        findings.extend(kinds(part.kind).iter().map(|kind| about.finding(kind, 1)));
        if about.name.is_some_and(|name| lies(name, part.kind)) {
            findings.push(about.finding("name_mismatch", 1));
        }
    }
    for index in copies::beside_protected(tree) {
        if let Some(part) = tree.parts.get(index) {
            let copy = Attachment::new(tree, index, part).finding("clear_copy_beside_protected", 1);
            findings.push(Finding { confidence: Confidence::Medium, ..copy });
        }
    }
    if count > 0 {
        let whole =
            |kind, measure, text| Finding { measure, ..Finding::whole("attachments", kind, Masked::fact(text)) };
        findings.push(whole("total_size", total, size_text(total)));
        findings.push(whole("count", count, count.to_string()));
    }
}

/// Whether a part is an attachment in a reader's eyes: neither a container, nor the text, nor decoration.
#[must_use]
pub fn counts(part: &Part) -> bool {
    let decoration = part.shown_inline && part.kind == FileKind::Image && part.size < DECORATION_BELOW;
    !part.container && (part.attached || part.shown_inline) && !decoration
}

/// A size as notices state it: `2.0 MiB (2,097,152 bytes)`.
#[must_use]
pub fn size_text(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let exact = format!("{} byte{}", grouped(bytes), if bytes == 1 { "" } else { "s" });
    let Some((unit, size)) = UNITS.iter().find(|(_, size)| bytes >= *size) else { return exact };
    // Rounded down: what is over a limit never reads as more than it is, and the exact figure stands beside it.
    let tenths = u128::from(bytes) * 10 / u128::from(*size);
    format!("{}.{} {unit} ({exact})", tenths / 10, tenths % 10)
}

/// `2097152` as `2,097,152`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let lead = digits.len() % 3;
    let comma = |index: usize| index > 0 && index % 3 == lead % 3;
    digits.chars().enumerate().flat_map(|(index, c)| comma(index).then_some(',').into_iter().chain([c])).collect()
}

/// One attachment and where its name stands.
struct Attachment<'a> {
    tree: &'a Tree,
    part: u16,
    piece: Option<u32>,
    name: Option<&'a str>,
    size: u64,
}

impl<'a> Attachment<'a> {
    fn new(tree: &'a Tree, index: usize, part: &'a Part) -> Self {
        let piece = part.name.and_then(|piece| tree.pieces.get(piece as usize));
        let name = piece.and_then(|piece| tree.text.get(piece.text.start as usize..piece.text.end as usize));
        Self { tree, part: u16::try_from(index).unwrap_or(u16::MAX), piece: part.name, name, size: part.size }
    }

    fn finding(&self, kind: &'static str, measure: u64) -> Finding {
        let place = self.piece.and_then(|piece| self.tree.pieces.get(piece as usize)).map(|piece| piece.place);
        Finding {
            place: Some(place.unwrap_or(Place::Attachment)),
            part: Some(self.part),
            piece: self.piece,
            measure,
            value: u64::from(self.part),
            ..Finding::whole("attachments", kind, Masked::fact(size_text(self.size)))
        }
    }
}

/// The kinds of finding that a kind of file makes.
const fn kinds(kind: FileKind) -> &'static [&'static str] {
    match kind {
        FileKind::Executable => &["executable"],
        FileKind::Script => &["script"],
        FileKind::OfficeMacro => &["macro"],
        FileKind::Archive => &["archive"],
        FileKind::Image => &["image"],
        FileKind::Audio => &["audio", "media"],
        FileKind::Video => &["video", "media"],
        _ => &[],
    }
}

/// What a name's last extension promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    Kind(FileKind),
    Runs,
    Nothing,
}

/// Whether a name promises another kind of file than the content is, or hides what runs behind a harmless extension.
fn lies(name: &str, kind: FileKind) -> bool {
    let name = name.trim().to_lowercase();
    let mut extensions = name.rsplit('.');
    let last = extensions.next().unwrap_or_default().trim();
    let before = extensions.next().filter(|_| extensions.next().is_some()).unwrap_or_default().trim();
    let harmless = |extension: &str| matches!(promise(extension), Promise::Kind(kind) if kind != FileKind::Archive);
    match promise(last) {
        // `invoice.pdf.exe`: whoever reads only the first extension is deceived.
        Promise::Runs => {
            harmless(before)
                || !matches!(kind, FileKind::Executable | FileKind::Script | FileKind::Text | FileKind::Other)
        }
        Promise::Kind(promised) => !agree(promised, kind),
        Promise::Nothing => false,
    }
}

/// Whether a file of kind `found` may bear a name that promises `promised`.
fn agree(promised: FileKind, found: FileKind) -> bool {
    use FileKind::{Archive, Audio, Calendar, Contact, Cryptographic, Csv, Html, Message, Office, Other, Text, Video};
    if promised == found {
        return true;
    }
    match found {
        // What could not be told apart accuses nobody, and an encrypted file keeps its name.
        Other | Cryptographic => true,
        // Web pages and tables are saved under office names; old office files look like archives.
        Csv | Html => matches!(promised, Office | Text | Csv | Html | Message),
        Archive => promised == Office,
        Text => matches!(promised, Office | Csv | Html | Message | Calendar | Contact),
        Message | Calendar | Contact => promised == Text,
        // One container holds sound or film.
        Audio | Video => matches!(promised, Audio | Video),
        _ => false,
    }
}

fn promise(extension: &str) -> Promise {
    Promise::Kind(match extension {
        "pdf" => FileKind::Pdf,
        "doc" | "docx" | "dot" | "dotx" | "xls" | "xlsx" | "xltx" | "ppt" | "pptx" | "ppsx" | "odt" | "ods" | "odp"
        | "rtf" => FileKind::Office,
        "docm" | "dotm" | "xlsm" | "xltm" | "xlam" | "pptm" | "ppsm" => FileKind::OfficeMacro,
        "txt" | "log" | "md" => FileKind::Text,
        "csv" | "tsv" => FileKind::Csv,
        "htm" | "html" | "xhtml" => FileKind::Html,
        "ics" => FileKind::Calendar,
        "vcf" => FileKind::Contact,
        "eml" => FileKind::Message,
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "heic" | "bmp" | "tif" | "tiff" | "svg" => FileKind::Image,
        "mp3" | "wav" | "m4a" | "ogg" | "flac" | "aac" | "wma" => FileKind::Audio,
        "mp4" | "mov" | "avi" | "mkv" | "webm" | "wmv" | "m4v" | "mpg" | "mpeg" => FileKind::Video,
        "zip" | "7z" | "rar" | "tar" | "gz" | "tgz" | "bz2" | "xz" => FileKind::Archive,
        "exe" | "com" | "scr" | "msi" | "pif" | "jar" | "apk" | "dll" | "bat" | "cmd" | "ps1" | "js" | "jse"
        | "vbs" | "vbe" | "wsf" | "hta" | "lnk" | "sh" => return Promise::Runs,
        _ => return Promise::Nothing,
    })
}
