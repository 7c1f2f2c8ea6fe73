//! `winmail.dat`, in which Outlook and Exchange send what the internet's mail has no form for (MS-OXTNEF).
//!
//! Checksums are not looked at, and a length that lies is cut to what is there: Outlook reads such files, too.

use std::borrow::Cow;

use super::codepage::{CodePage, WESTERN};
use super::mapi::{self, Message, Properties, Property, known};
use crate::mail::parts::{FileKind, Scribe};
use crate::mail::sealed::bytes::{byte, little16, little32};

/// What every such file begins with.
pub(in crate::mail) const MAGIC: &[u8] = b"\x78\x9F\x3E\x22";
/// Values of one property, or rows of a table, beyond this are not read.
const MOST: usize = 10_000;
/// Bytes of a property's name that are read.
const NAME: usize = 256;
/// Bytes in front of an object that say what it is.
const INTERFACE: usize = 16;

/// Whether a file is one.
pub(super) fn is(content: &[u8], _: FileKind) -> bool {
    content.starts_with(MAGIC)
}

/// Writes what a message says, and has the files in it opened.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let mut file = File::default();
    let mut bytes = Bytes { all: content, at: 6, damaged: false };
    while bytes.at < content.len() {
        let Some(attribute) = Attribute::read(&mut bytes) else { break };
        file.take(&attribute, &mut bytes.damaged);
    }
    if bytes.damaged {
        scribe.broken(part, "the lengths in it are not right");
    }
    if file.cut {
        scribe.limit(part, "more recipients and files than the limit");
    }
    let File { mut message, files, page, .. } = file;
    message.properties.page = page;
    let mut inside = Vec::new();
    for Attached { title, data, mut properties } in files {
        properties.page = page;
        let name = Some(properties.file_name()).filter(|name| !name.is_empty());
        let title = page.unwrap_or(WESTERN).read(title).trim_end_matches('\0').trim().to_owned();
        inside.push((name.unwrap_or_else(|| title.clone()), data, message.attached.len()));
        properties.add(known::DISPLAY_NAME, mapi::TEXT, title.into_bytes());
        message.attached.push(properties);
    }
    message.write(part, scribe);
    for (name, data, index) in inside {
        let Some(properties) = message.attached.get(index) else { continue };
        if !data.is_empty() {
            properties.open(data, &name, part, scribe);
        }
        for property in properties.all.iter().filter(|property| property.id == known::DATA) {
            let start = if property.kind == mapi::OBJECT { INTERFACE } else { 0 };
            let object = property.value.get(start..).unwrap_or_default();
            if !object.is_empty() && object != data {
                properties.open(object, &name, part, scribe);
            }
        }
    }
}

/// What was read so far.
#[derive(Default)]
struct File<'a> {
    message: Message<'a>,
    files: Vec<Attached<'a>>,
    page: Option<CodePage>,
    /// There is more than is read.
    cut: bool,
}

/// An attached file.
#[derive(Default)]
struct Attached<'a> {
    title: &'a [u8],
    data: &'a [u8],
    properties: Properties<'a>,
}

/// One attribute.
struct Attribute<'a> {
    attached: bool,
    id: u16,
    kind: u16,
    data: &'a [u8],
}

impl<'a> Attribute<'a> {
    fn read(bytes: &mut Bytes<'a>) -> Option<Self> {
        let level = byte(bytes.take(1)?, 0)?;
        if !matches!(level, 1 | 2) {
            bytes.damaged = true;
            return None;
        }
        let (id, kind) = (bytes.number16()?, bytes.number16()?);
        let length = bytes.number()?;
        let data = bytes.take_most(length);
        // A checksum.
        bytes.take_most(2);
        Some(Self { attached: level == 2, id, kind, data })
    }
}

impl<'a> File<'a> {
    fn take(&mut self, attribute: &Attribute<'a>, damaged: &mut bool) {
        let mut bytes = Bytes { all: attribute.data, at: 0, damaged: false };
        if attribute.attached {
            self.attached(attribute, &mut bytes);
        } else {
            self.of_message(attribute, &mut bytes);
        }
        *damaged |= bytes.damaged;
    }

    fn attached(&mut self, attribute: &Attribute<'a>, bytes: &mut Bytes<'a>) {
        // Each file begins with how it is drawn.
        if attribute.id == 0x9002 || self.files.is_empty() {
            if self.files.len() >= MOST {
                self.cut = true;
                return;
            }
            self.files.push(Attached::default());
        }
        let Some(file) = self.files.last_mut() else { return };
        match attribute.id {
            0x8010 => file.title = attribute.data,
            0x800F if file.data.is_empty() => file.data = attribute.data,
            0x800F => file.properties.add(known::DATA, mapi::BINARY, attribute.data),
            0x9001 => file.properties.add(known::SHORT_NAME, mapi::TEXT, attribute.data),
            0x9005 => properties(bytes, &mut file.properties),
            _ => (),
        }
    }

    fn of_message(&mut self, attribute: &Attribute<'a>, bytes: &mut Bytes<'a>) {
        let own = &mut self.message.properties;
        match attribute.id {
            0x9007 => self.page = bytes.number().and_then(|page| u32::try_from(page).ok()).map(CodePage::of),
            0x9003 => properties(bytes, own),
            0x9004 => {
                for _ in 0..bytes.number().unwrap_or(0) {
                    self.cut |= self.message.recipients.len() >= MOST;
                    if self.cut {
                        break;
                    }
                    let mut recipient = Properties { page: self.page, ..Properties::default() };
                    properties(bytes, &mut recipient);
                    self.message.recipients.push(recipient);
                    if bytes.at >= bytes.all.len() {
                        break;
                    }
                }
            }
            0x8004 => own.add(known::SUBJECT, mapi::TEXT, attribute.data),
            0x800C => own.add(known::BODY, mapi::TEXT, attribute.data),
            // Four numbers, the name, the address.
            0x8000 => own.add(known::SENDER, mapi::TEXT, attribute.data.get(8..).unwrap_or_default()),
            // Owner and whom it was sent for: a length before each text.
            0x0000 | 0x0001 if attribute.kind == 6 => {
                while let Some(length) = bytes.number16() {
                    own.add(0, mapi::TEXT, bytes.take_most(usize::from(length)));
                }
                bytes.damaged = false;
            }
            // Identifiers are no words; every other text is.
            0x8009..=0x800B => (),
            id if matches!(attribute.kind, 1 | 2) && id != 0x8008 => own.add(0, mapi::TEXT, attribute.data),
            _ => (),
        }
    }
}

/// Reads a list of properties.
fn properties<'a>(bytes: &mut Bytes<'a>, to: &mut Properties<'a>) {
    for _ in 0..bytes.number().unwrap_or(0) {
        if bytes.at >= bytes.all.len() || property(bytes, to).is_none() {
            return;
        }
    }
}

fn property<'a>(bytes: &mut Bytes<'a>, to: &mut Properties<'a>) -> Option<()> {
    let (kind, id) = (bytes.number16()?, bytes.number16()?);
    let mut name = None;
    if id >= 0x8000 {
        bytes.take(16)?;
        if bytes.number()? == 0 {
            bytes.take(4)?;
        } else {
            let length = bytes.number()?;
            let wide = bytes.padded(length);
            let wide = encoding_rs::UTF_16LE.decode_without_bom_handling(wide.get(..NAME).unwrap_or(wide)).0;
            name = Some(wide.trim_end_matches('\0').to_lowercase());
        }
    }
    let single = kind & !mapi::SEVERAL;
    let varies = matches!(single, mapi::TEXT | mapi::WIDE_TEXT | mapi::BINARY | mapi::OBJECT);
    let count = if varies || kind != single { bytes.number()? } else { 1 };
    if count > MOST || to.all.len() > MOST {
        bytes.damaged = true;
        return None;
    }
    for _ in 0..count {
        let length = match single {
            _ if varies => bytes.number()?,
            2..=4 | 10 | 11 => 4,
            5..=7 | 20 | 64 => 8,
            72 => 16,
            _ => {
                // Its length is not known, nor where the next one begins.
                bytes.damaged = true;
                return None;
            }
        };
        let value = Cow::Borrowed(bytes.padded(length));
        to.all.push(Property { id, kind: single, name: name.clone(), value });
    }
    Some(())
}

/// Bytes that are read from front to back.
struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
    /// More was announced than there is.
    damaged: bool,
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.take_most(count);
        (taken.len() == count).then_some(taken)
    }

    /// So many bytes, or as many as there are.
    fn take_most(&mut self, count: usize) -> &'a [u8] {
        let rest = self.all.get(self.at..).unwrap_or_default();
        self.damaged |= rest.len() < count;
        let taken = rest.get(..count.min(rest.len())).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    /// So many bytes; what fills them up to a multiple of four is passed over.
    fn padded(&mut self, count: usize) -> &'a [u8] {
        let taken = self.take_most(count);
        self.at += (4 - count % 4) % 4;
        taken
    }

    fn number16(&mut self) -> Option<u16> {
        little16(self.take(2)?, 0)
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(little32(self.take(4)?, 0)?).ok()
    }
}
