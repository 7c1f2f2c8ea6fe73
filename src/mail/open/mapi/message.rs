//! Writes a message: its header, its text once in whatever forms it has, and all else that is said of it.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use super::{BINARY, Properties, known};
use crate::mail::open::codepage::CodePage;
use crate::mail::open::rtf::{self, packed};
use crate::mail::open::told::Told;
use crate::mail::open::{fields_within, html, says_words};
use crate::mail::parts::{Decoded, Place, Scribe, SectionKind};

/// Names of persons, with the numbers of their addresses.
const PERSONS: [(u16, [u16; 2]); 4] = [
    (known::SENDER, [0x5D01, 0x0C1F]),
    (0x0042, [0x5D02, 0x0065]),
    (0x0040, [0x5D07, 0x0076]),
    (0x0044, [0x5D08, 0x0078]),
];
/// Lists of recipients' names, as they are shown.
const SHOWN_NAMES: [u16; 3] = [0x0E04, 0x0E03, 0x0E02];
/// Properties without words of a person: classes, kinds of addresses, identifiers.
const SILENT: [u16; 22] = [
    0x001A, 0x003D, 0x0064, 0x0C1E, 0x0075, 0x0077, 0x3002, 0x1035, 0x1039, 0x1042, 0x0E28, 0x0E29, 0x4022, 0x4024,
    0x4026, 0x4028, 0x402A, 0x402C, 0x370E, 0x3712, 0x3703, 0x0065,
];

/// A message, or what else Outlook keeps: an appointment, a contact, a task.
#[derive(Default)]
pub(in crate::mail::open) struct Message<'a> {
    /// What is said of it.
    pub properties: Properties<'a>,
    /// Its recipients.
    pub recipients: Vec<Properties<'a>>,
    /// What is said of the attached files.
    pub attached: Vec<Properties<'a>>,
}

impl Message<'_> {
    /// Writes it as the text of a part.
    pub fn write(&self, part: u16, scribe: &mut Scribe<'_>) {
        let mut said = FxHashSet::default();
        let from = scribe.tree.text.len();
        self.header(part, scribe, &mut said);
        self.fields(from, part, scribe);
        self.body(part, scribe);
        scribe.begin_section(part, SectionKind::Properties, 0, "");
        for properties in [&self.properties].into_iter().chain(&self.recipients).chain(&self.attached) {
            others(properties, scribe, &mut said);
        }
        scribe.end();
    }

    fn header(&self, part: u16, scribe: &mut Scribe<'_>, said: &mut FxHashSet<String>) {
        let own = &self.properties;
        let mut line = |words: String| {
            let words = words.trim().to_owned();
            if !words.is_empty() && !said.contains(&words) {
                scribe.begin_value(Place::Attachment, part);
                scribe.add(&words);
                scribe.end();
                said.insert(words);
            }
        };
        own.texts(known::SUBJECT).for_each(|subject| line(subject.into_owned()));
        for (name, addresses) in PERSONS {
            line(person(own, name, &addresses));
        }
        for recipient in &self.recipients {
            line(person(recipient, known::DISPLAY_NAME, &[0x39FE, 0x3003]));
        }
        for id in SHOWN_NAMES {
            line(own.text(id).into_owned());
        }
    }

    /// What the header says that was sent over the internet, and nothing of ours from `from` on.
    fn fields(&self, from: usize, part: u16, scribe: &mut Scribe<'_>) {
        let mut told = Told::default();
        told.learn(scribe.tree.text.get(from..).unwrap_or_default());
        let limits = scribe.limits.clone();
        let mut apart = Scribe::new(&limits);
        for headers in self.properties.texts(known::HEADERS) {
            fields_within(&mut apart, part, headers.as_bytes());
        }
        scribe.begin(Place::Attachment, part);
        scribe.add(&told.new_lines(&apart.tree.text));
        scribe.end();
    }

    /// The text in the form that says most; of the others only what it does not say.
    fn body(&self, part: u16, scribe: &mut Scribe<'_>) {
        let own = &self.properties;
        let mut told = Told::default();
        if let Some(page) = own.bytes(known::BODY_HTML) {
            let label = html::charset(page).unwrap_or_else(|| self.html_page().label());
            told = rtf::html_body(&Decoded::of(page, &label), &told, part, scribe);
        }
        for page in own.texts(known::BODY_HTML) {
            let more = rtf::html_body(&Decoded::of(page.as_bytes(), "utf-8"), &told, part, scribe);
            told.join(&more);
        }
        let forms = own.all.iter().filter(|property| property.id == known::BODY_RTF && property.kind == BINARY);
        for form in forms {
            let text = packed::unpack(&form.value, part, scribe);
            let from = scribe.tree.text.len();
            rtf::write(&text, &told, part, scribe);
            told.learn(scribe.tree.text.get(from..).unwrap_or_default());
        }
        for text in own.texts(known::BODY) {
            scribe.begin(Place::Attachment, part);
            scribe.add(&if told.is_empty() { text } else { Cow::Owned(told.new_lines(&text)) });
            scribe.end();
        }
    }

    fn html_page(&self) -> CodePage {
        self.properties.number(known::INTERNET_CODE_PAGE).map_or_else(|| self.properties.page(), CodePage::of)
    }
}

/// A person's name and address.
fn person(properties: &Properties<'_>, name: u16, addresses: &[u16]) -> String {
    let name = properties.text(name);
    let address = addresses.iter().map(|id| properties.text(*id)).find(|address| !address.is_empty());
    match address {
        Some(address) if address != name => format!("{name} <{address}>"),
        _ => name.into_owned(),
    }
}

/// Writes every text that was not written yet.
fn others(properties: &Properties<'_>, scribe: &mut Scribe<'_>, said: &mut FxHashSet<String>) {
    const DONE: [u16; 3] = [known::BODY, known::BODY_HTML, known::HEADERS];
    let page = properties.page();
    for property in &properties.all {
        let silent = SILENT.contains(&property.id) || DONE.contains(&property.id);
        if silent || property.name.as_ref().is_some_and(|name| !says_words(name)) {
            continue;
        }
        let Some(text) = property.text(page) else { continue };
        let text = text.trim();
        if text.contains(char::is_alphanumeric) && !matches!(text, "EX" | "SMTP") && said.insert(text.to_owned()) {
            scribe.add(text);
            scribe.add("\n");
        }
    }
}
