//! Which reader an input is for, so that each can be given time of its own: `EXEAT_FUZZ_READER` names one.

use std::sync::LazyLock;

/// A reader: its name, the numbers of the wrappings that lead to it, and how its files begin that stand in none.
pub struct Reader {
    pub name: &'static str,
    wrappings: &'static [u8],
    beginnings: &'static [&'static [u8]],
}

const fn reader(name: &'static str, wrappings: &'static [u8], beginnings: &'static [&'static [u8]]) -> Reader {
    Reader { name, wrappings, beginnings }
}

/// All of them. Encrypted documents and macros have their own readers, and so have records of newer workbooks.
pub const READERS: [Reader; 28] = [
    reader("word", &[1, 2, 3, 4, 10], &[]),
    reader("excel", &[5, 6, 7, 8], &[]),
    reader("powerpoint", &[9], &[]),
    reader("xlsb", &[26, 27, 28], &[]),
    reader("opendocument", &[11, 12, 13], &[]),
    reader("doc", &[16], &[]),
    reader("xls", &[17], &[]),
    reader("ppt", &[18], &[]),
    reader("ole", &[19, 20], &[b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"]),
    reader("macros", &[21, 22, 29], &[]),
    reader("password", &[23], &[]),
    reader("rtf", &[], &[b"{\\rtf"]),
    reader("msg", &[24, 25], &[]),
    reader("tnef", &[], &[b"\x78\x9F\x3E\x22"]),
    reader("pdf", &[46, 47, 48], &[b"%PDF-"]),
    reader("zip", &[14], &[b"PK"]),
    reader("zip-methods", &[30, 31, 32, 33, 34], &[]),
    reader("gzip", &[15], &[b"\x1F\x8B"]),
    reader("tar", &[], &[b"a.txt\0"]),
    reader("7z", &[35, 42, 43, 44], &[b"7z\xBC\xAF\x27\x1C"]),
    reader("rar", &[36, 37, 38, 39, 40, 41], &[b"Rar!\x1A\x07"]),
    reader("packed", &[45], &[b"BZh", b"\xFD7zXZ\0", b"LZIP\x01", b"\x28\xB5\x2F\xFD"]),
    reader("smime", &[49], &[b"\x30"]),
    reader("picture", &[], &[b"\xFF\xD8\xFF", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*", b"RIFF", b"\0\0\0\x18ftyp"]),
    reader("html", &[], &[b"<html", b"<!DOCTYPE"]),
    reader("svg", &[], &[b"<svg", b"<?xml"]),
    reader("calendar", &[], &[b"BEGIN:V"]),
    reader("csv", &[], &[b"Forename,"]),
];

impl Reader {
    /// Whether an input for the target `open` is for it.
    pub fn reads(&self, input: &[u8]) -> bool {
        let Some((way, content)) = input.split_first() else { return false };
        let number = way >> 1;
        self.wrappings.contains(&number)
            || number == 0 && self.beginnings.iter().any(|beginning| content.starts_with(beginning))
    }
}

/// Whether an input is to be run: all are where no reader is named.
pub fn wanted(input: &[u8]) -> bool {
    static NAMED: LazyLock<Option<&Reader>> = LazyLock::new(|| {
        let name = std::env::var("EXEAT_FUZZ_READER").ok().filter(|name| !name.is_empty())?;
        Some(READERS.iter().find(|reader| reader.name == name).expect("a reader of the roll"))
    });
    NAMED.is_none_or(|reader| reader.reads(input))
}
