//! What Outlook and Exchange know of a message: properties with numbers (MS-OXPROPS), in `.msg` files and in
//! `winmail.dat` alike.

/// Writes a message.
mod message;

use std::borrow::Cow;

use super::codepage::{CodePage, WESTERN};
use super::inner_file;
use crate::mail::parts::{FileKind, Scribe};
use crate::mail::sealed::bytes::little32;
pub(super) use message::Message;

/// Kinds of values.
pub(super) const NUMBER: u16 = 0x0003;
/// Yes or no.
pub(super) const FLAG: u16 = 0x000B;
/// A storage or a message.
pub(super) const OBJECT: u16 = 0x000D;
/// Text in a code page.
pub(super) const TEXT: u16 = 0x001E;
/// Text in UTF-16.
pub(super) const WIDE_TEXT: u16 = 0x001F;
/// Bytes.
pub(super) const BINARY: u16 = 0x0102;
/// Set in the kind of a property with several values.
pub(super) const SEVERAL: u16 = 0x1000;

/// Properties by their numbers.
pub(super) mod known {
    /// The subject.
    pub const SUBJECT: u16 = 0x0037;
    /// The text.
    pub const BODY: u16 = 0x1000;
    /// The text as packed RTF.
    pub const BODY_RTF: u16 = 0x1009;
    /// The text as HTML.
    pub const BODY_HTML: u16 = 0x1013;
    /// The header as it was sent over the internet.
    pub const HEADERS: u16 = 0x007D;
    /// The sender's name.
    pub const SENDER: u16 = 0x0C1A;
    /// The name of a recipient or of an attached file.
    pub const DISPLAY_NAME: u16 = 0x3001;
    /// An attached file.
    pub const DATA: u16 = 0x3701;
    /// Its name.
    pub const LONG_NAME: u16 = 0x3707;
    /// Its name in the manner of DOS.
    pub const SHORT_NAME: u16 = 0x3704;
    /// The list of files does not show it.
    pub const UNLISTED: u16 = 0x7FFE;
    /// Code page of texts that are not wide.
    pub const CODE_PAGE: u16 = 0x3FFD;
    /// Code page of the HTML.
    pub const INTERNET_CODE_PAGE: u16 = 0x3FDE;
}

/// One property.
pub(super) struct Property<'a> {
    /// Its number; from 0x8000 on its file gives it a meaning.
    pub id: u16,
    /// The kind of its value.
    pub kind: u16,
    /// Its name, where it has one; lower case.
    pub name: Option<String>,
    /// Its value.
    pub value: Cow<'a, [u8]>,
}

/// The properties of a message, a recipient or an attached file.
#[derive(Default)]
pub(super) struct Properties<'a> {
    /// All of them.
    pub all: Vec<Property<'a>>,
    /// The code page of its texts, if it is known from elsewhere.
    pub page: Option<CodePage>,
}

impl<'a> Properties<'a> {
    /// Adds one without a name.
    pub fn add(&mut self, id: u16, kind: u16, value: impl Into<Cow<'a, [u8]>>) {
        self.all.push(Property { id, kind, name: None, value: value.into() });
    }

    /// A number, or a flag.
    pub fn number(&self, id: u16) -> Option<u32> {
        let is = |property: &&Property<'_>| property.id == id && matches!(property.kind, NUMBER | FLAG);
        let found = self.all.iter().find(is)?;
        little32(&found.value, 0)
    }

    /// Every text of that number.
    pub fn texts(&self, id: u16) -> impl Iterator<Item = Cow<'_, str>> {
        let page = self.page();
        self.all.iter().filter(move |property| property.id == id).filter_map(move |property| property.text(page))
    }

    /// The first text of that number; empty where there is none.
    pub fn text(&self, id: u16) -> Cow<'_, str> {
        self.texts(id).next().unwrap_or_default()
    }

    /// The bytes of that number.
    pub fn bytes(&self, id: u16) -> Option<&[u8]> {
        let found = self.all.iter().find(|property| property.id == id && matches!(property.kind, BINARY | OBJECT));
        found.map(|property| &*property.value).filter(|value| !value.is_empty())
    }

    /// The name of an attached file: the long one if there is one.
    pub fn file_name(&self) -> String {
        let names = [known::LONG_NAME, known::SHORT_NAME, known::DISPLAY_NAME];
        let name = names.iter().map(|id| self.text(*id)).find(|name| !name.trim().is_empty());
        name.unwrap_or_default().trim().to_owned()
    }

    /// Has the attached file opened. One that the list of files does not show is a picture in the text, if it is one.
    pub fn open(&self, content: &[u8], name: &str, part: u16, scribe: &mut Scribe<'_>) {
        let before = scribe.tree.parts.len();
        inner_file(content, name, part, scribe);
        if self.number(known::UNLISTED).is_some_and(|flag| flag & 0xFF != 0)
            && let Some(file) = scribe.tree.parts.get_mut(before)
            && file.kind == FileKind::Image
        {
            (file.attached, file.shown_inline) = (false, true);
        }
    }

    /// The code page of texts that are not wide.
    pub fn page(&self) -> CodePage {
        let own = || self.number(known::CODE_PAGE).or_else(|| self.number(known::INTERNET_CODE_PAGE)).map(CodePage::of);
        self.page.or_else(own).unwrap_or(WESTERN)
    }
}

impl Property<'_> {
    /// Its text, if it is one.
    pub fn text(&self, page: CodePage) -> Option<Cow<'_, str>> {
        let text = match self.kind {
            TEXT => page.read(self.value.as_ref()),
            WIDE_TEXT => encoding_rs::UTF_16LE.decode_without_bom_handling(&self.value).0,
            _ => return None,
        };
        // It ends with a NUL; one within parts two texts.
        Some(match text {
            Cow::Borrowed(text) => without_nul(text.trim_end_matches('\0')),
            Cow::Owned(text) => Cow::Owned(without_nul(text.trim_end_matches('\0')).into_owned()),
        })
    }
}

fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', " ")) } else { Cow::Borrowed(text) }
}
