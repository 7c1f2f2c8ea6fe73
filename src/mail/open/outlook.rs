//! Outlook messages, `.msg` (MS-OXMSG): an OLE container with a stream for each long property.
//!
//! Messages attached as such stand in storages of the same container; they are met with a list of what waits, not by
//! recursion.

use super::codepage::CodePage;
use super::mapi::{self, Message, Properties, Property, known};
use super::ole::{self, Container};
use super::{inner_file, repacked};
use crate::mail::parts::{FileKind, Scribe};
use crate::mail::sealed::bytes::{byte, index32, little16, little32};
use rustc_hash::FxHashMap;

/// Recipients, and attached files, of one message beyond this are not read.
const MOST: usize = 10_000;

/// Whether a file is one.
pub(super) fn is(content: &[u8], kind: FileKind) -> bool {
    kind == FileKind::Message && content.starts_with(ole::MAGIC)
}

/// Writes what a message says, and has the files in it opened.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let Some(container) = Container::read(content) else {
        scribe.broken(part, "the container cannot be read");
        return;
    };
    if container.damaged {
        scribe.broken(part, "the container is damaged");
    }
    let names = named(&container, part, scribe);
    let mut file = File { container, names, page: None };
    let deepest = scribe.work.as_ref().map_or(0, |work| work.depth_left);
    let mut waiting = vec![(0, part, deepest)];
    while let Some((storage, part, depth)) = waiting.pop() {
        if let Some(work) = &mut scribe.work {
            work.depth_left = depth;
        }
        for (storage, part) in file.message(storage, part, scribe) {
            if depth == 0 {
                scribe.limit(part, "files within files deeper than the limit");
            } else {
                waiting.push((storage, part, depth - 1));
            }
        }
    }
    if let Some(work) = &mut scribe.work {
        work.depth_left = deepest;
    }
}

/// A file that is a message.
struct File<'a> {
    container: Container<'a>,
    /// Names of properties by their numbers.
    names: FxHashMap<u16, String>,
    /// The code page of the outermost message; those within may not say theirs.
    page: Option<CodePage>,
}

impl<'a> File<'a> {
    /// Reads the message in a storage. Gives the messages attached to it, with their parts.
    fn message(&mut self, storage: usize, part: u16, scribe: &mut Scribe<'_>) -> Vec<(usize, u16)> {
        let mut message = Message { properties: self.properties(storage, part, scribe), ..Message::default() };
        let page = message.properties.number(known::CODE_PAGE).map(CodePage::of).or(self.page);
        self.page = self.page.or(page);
        message.properties.page = page;
        let mut files = Vec::new();
        for child in self.container.children(storage).collect::<Vec<_>>() {
            let name = self.name(child).to_ascii_lowercase();
            let recipient = name.starts_with("__recip_version1.0_");
            if !recipient && !name.starts_with("__attach_version1.0_") {
                continue;
            }
            if message.recipients.len() + files.len() >= MOST {
                scribe.limit(part, "more recipients and files than the limit");
                break;
            }
            let mut properties = self.properties(child, part, scribe);
            properties.page = page;
            if recipient {
                message.recipients.push(properties);
            } else {
                files.push((child, message.attached.len()));
                message.attached.push(properties);
            }
        }
        message.write(part, scribe);
        let mut inside = Vec::new();
        for (storage, index) in files {
            if let Some(properties) = message.attached.get(index) {
                inside.extend(self.attached(storage, properties, part, scribe));
            }
        }
        inside
    }

    /// Has an attached file opened; gives the storage and the part of a message.
    fn attached(
        &self,
        storage: usize,
        properties: &Properties<'a>,
        part: u16,
        scribe: &mut Scribe<'_>,
    ) -> Option<(usize, u16)> {
        let name = properties.file_name();
        for property in properties.all.iter().filter(|property| property.id == known::DATA) {
            properties.open(&property.value, &name, part, scribe);
        }
        let object = self.container.children(storage).find(|child| {
            let is_data = self.name(*child).to_ascii_lowercase().starts_with("__substg1.0_3701000d");
            is_data && self.container.entries.get(*child).is_some_and(|entry| entry.storage)
        })?;
        if self.container.child(object, "__properties_version1.0").is_some() {
            let inner = scribe.inner(part, &name, 0)?;
            if let Some(inner) = scribe.tree.parts.get_mut(usize::from(inner)) {
                inner.kind = FileKind::Message;
            }
            return Some((object, inner));
        }
        // An object of another program, whose storage is a file of its own.
        if let Some(content) = repacked::storage(&self.container, object, part, scribe) {
            inner_file(&content, &name, part, scribe);
        }
        None
    }

    fn name(&self, entry: usize) -> &str {
        self.container.entries.get(entry).map_or("", |entry| entry.name.as_str())
    }

    /// The properties that stand in a storage.
    fn properties(&self, storage: usize, part: u16, scribe: &mut Scribe<'_>) -> Properties<'a> {
        let mut properties = Properties::default();
        for child in self.container.children(storage) {
            let name = self.name(child).to_ascii_lowercase();
            if name == "__properties_version1.0" {
                numbers(&self.container.stream(child, part, scribe), &mut properties);
            }
            let Some(tag) = name.strip_prefix("__substg1.0_").and_then(|tag| tag.split('-').next()) else { continue };
            let Some((id, kind)) = tag_of(tag) else { continue };
            let several = kind & mapi::SEVERAL != 0 && !name.contains('-');
            let wanted = matches!(kind & !mapi::SEVERAL, mapi::TEXT | mapi::WIDE_TEXT)
                || matches!((id, kind), (known::BODY_HTML | known::BODY_RTF | known::DATA, mapi::BINARY));
            if wanted && !several {
                let value = self.container.stream(child, part, scribe);
                let name = self.names.get(&id).cloned();
                properties.all.push(Property { id, kind: kind & !mapi::SEVERAL, name, value });
            }
        }
        properties
    }
}

/// Number and kind of a property, written in digits.
fn tag_of(tag: &str) -> Option<(u16, u16)> {
    let tag = u32::from_str_radix(tag, 16).ok()?;
    Some((u16::try_from(tag >> 16).ok()?, u16::try_from(tag & 0xFFFF).ok()?))
}

/// The numbers among the properties, which all stand in one stream: behind a head of 8, 24 or 32 bytes, 16 bytes each.
fn numbers(stream: &[u8], to: &mut Properties<'_>) {
    let head = if stream.len().is_multiple_of(16) { 32 } else { 24 };
    let from = if stream.len() % 16 == 8 { 8 } else { head };
    for entry in stream.get(from..).unwrap_or_default().chunks_exact(16) {
        let (kind, id) = (little16(entry, 0).unwrap_or(0), little16(entry, 2).unwrap_or(0));
        if matches!(kind, mapi::NUMBER | mapi::FLAG) {
            to.add(id, kind, entry.get(8..12).unwrap_or_default().to_vec());
        }
    }
}

/// The names that the file gives its own properties.
fn named(container: &Container<'_>, part: u16, scribe: &mut Scribe<'_>) -> FxHashMap<u16, String> {
    let mut names = FxHashMap::default();
    let Some(storage) = container.child(0, "__nameid_version1.0") else { return names };
    let mut stream = |name: &str| {
        let found = container.child(storage, name);
        found.map(|found| container.stream(found, part, scribe)).unwrap_or_default()
    };
    let (entries, texts) = (stream("__substg1.0_00030102"), stream("__substg1.0_00040102"));
    for entry in entries.chunks_exact(8) {
        if byte(entry, 4).is_none_or(|flags| flags & 1 == 0) {
            continue;
        }
        let Some(at) = index32(entry, 0) else { continue };
        let length = texts.get(at..).and_then(|rest| little32(rest, 0)).and_then(|length| usize::try_from(length).ok());
        let Some(length) = length.filter(|length| *length <= 256) else { continue };
        let Some(text) = texts.get(at + 4..).and_then(|rest| rest.get(..length)) else { continue };
        if let Some(number) = little16(entry, 6).and_then(|number| number.checked_add(0x8000)) {
            names.insert(number, encoding_rs::UTF_16LE.decode_without_bom_handling(text).0.to_lowercase());
        }
    }
    names
}
