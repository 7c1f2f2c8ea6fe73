//! XML as office files hold it: one pass, no recursion, no entities but XML's own, and damage never ends in silence.

use crate::mail::parts::{Decoded, Scribe};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, escape};
use std::borrow::Cow;

/// Elements within elements. No program that writes documents nests a tenth as deep.
const DEPTH: usize = 4096;

/// Hears what stands in a document.
pub(super) trait Sink {
    /// An element begins.
    fn start(&mut self, element: &Element<'_>, scribe: &mut Scribe<'_>);
    /// An element ends; its name without prefix.
    fn end(&mut self, name: &str, scribe: &mut Scribe<'_>);
    /// Text, perhaps in several pieces.
    fn text(&mut self, text: &str, scribe: &mut Scribe<'_>);
    /// Text that is no content: comments, declarations, what stands behind damage.
    fn aside(&mut self, text: &str);
}

/// The beginning of an element.
pub(super) struct Element<'a> {
    start: &'a BytesStart<'a>,
    /// Its name without prefix.
    pub name: &'a str,
}

impl Element<'_> {
    /// The value of an attribute, whatever its prefix.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.attributes().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Names without prefix, and values.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let mut attributes = self.start.attributes();
        attributes.with_checks(false);
        attributes.filter_map(Result::ok).map(|attribute| {
            let value = match memchr::memchr(b'&', attribute.value.as_bytes()) {
                None => attribute.value,
                // What is no entity stays as it is written.
                Some(_) => match escape::unescape(&attribute.value) {
                    Ok(value) => Cow::Owned(value.into_owned()),
                    Err(_) => attribute.value,
                },
            };
            (local(attribute.key.0), value)
        })
    }

    /// Whether an attribute that is on or off is on: there without a value, or with one that says so.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).is_none_or(|value| !matches!(value.as_ref(), "0" | "false" | "off" | "none"))
    }
}

/// A name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Whether bytes begin as XML does.
pub(super) fn is(content: &[u8]) -> bool {
    let wide = content.starts_with(b"\xFF\xFE<\0") || content.starts_with(b"\xFE\xFF\0<");
    let plain = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content).trim_ascii_start();
    wide || plain.starts_with(b"<")
}

/// The name of the outermost element, without prefix; empty where there is none.
pub(super) fn root(content: &[u8]) -> String {
    let start = content.get(..content.len().min(4096)).unwrap_or_default();
    let decoded = Decoded::of(start, "");
    let mut reader = Reader::from_str(&decoded.text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start) | Event::Empty(start)) => return local(start.name().0).to_owned(),
            Ok(Event::Eof) | Err(_) => return String::new(),
            Ok(_) => {}
        }
    }
}

/// Reads a document to its end, or as far as the work allows.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>, sink: &mut impl Sink) {
    if !scribe.spend(part, content.len()) {
        return;
    }
    let decoded = Decoded::of(content, &declared(content));
    let mut reader = Reader::from_str(&decoded.text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    let mut depth = 0_usize;
    while !scribe.full() {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                depth += 1;
                if depth > DEPTH {
                    scribe.limit(part, "elements nested deeper than the limit");
                    sink.aside(decoded.text.get(at..).unwrap_or_default());
                    return;
                }
                sink.start(&Element { start: &start, name: local(start.name().0) }, scribe);
            }
            Ok(Event::Empty(start)) => {
                let name = start.name();
                sink.start(&Element { start: &start, name: local(name.0) }, scribe);
                sink.end(local(name.0), scribe);
            }
            Ok(Event::End(end)) => {
                depth = depth.saturating_sub(1);
                sink.end(local(end.name().0), scribe);
            }
            Ok(Event::Text(text)) => sink.text(&text, scribe),
            Ok(Event::CData(text)) => sink.text(&text, scribe),
            Ok(Event::GeneralRef(name)) => reference(&name, part, scribe, sink),
            Ok(Event::Comment(text) | Event::DocType(text)) => sink.aside(&text),
            Ok(Event::Decl(_) | Event::PI(_)) => {}
            Ok(Event::Eof) => return,
            Err(_) => {
                scribe.broken(part, "damaged document");
                sink.aside(decoded.text.get(at..).unwrap_or_default());
                return;
            }
        }
    }
}

/// An entity: one of XML's own or a letter by its number. Any other is not replaced by anything: its text, where
/// the document declares one, is heard aside.
fn reference(name: &BytesRef<'_>, part: u16, scribe: &mut Scribe<'_>, sink: &mut impl Sink) {
    if let Ok(Some(letter)) = name.resolve_char_ref() {
        sink.text(letter.encode_utf8(&mut [0; 4]), scribe);
    } else if let Some(text) = escape::resolve_predefined_entity(name) {
        sink.text(text, scribe);
    } else {
        scribe.broken(part, "entities of the document's own");
    }
}

/// The charset that the declaration names, where it can be read at all.
fn declared(content: &[u8]) -> String {
    let start = content.get(..content.len().min(200)).unwrap_or_default();
    let named = start.strip_prefix(b"<?xml").and_then(|rest| {
        let line = rest.get(..memchr::memmem::find(rest, b"?>")?)?;
        let at = memchr::memmem::find(line, b"encoding=")?;
        let value = line.get(at + 9..)?;
        let quote = *value.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
        value.get(1..)?.split(|byte| *byte == quote).next()
    });
    String::from_utf8_lossy(named.unwrap_or_default()).to_ascii_lowercase()
}

/// Looks at the beginning of every element, up to the first damage.
pub(super) fn each(content: &[u8], mut look: impl FnMut(&Element<'_>)) {
    let decoded = Decoded::of(content, &declared(content));
    let mut reader = Reader::from_str(&decoded.text);
    reader.config_mut().check_end_names = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(start) | Event::Empty(start)) => {
                look(&Element { start: &start, name: local(start.name().0) });
            }
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}
