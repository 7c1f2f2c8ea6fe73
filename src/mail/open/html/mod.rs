//! HTML as a reader sees it: inline tags join, block tags break the line, entities are letters. Hidden text
//! is kept and marked; comments, scripts and attributes follow as pieces of their own.
//!
//! The reader is ours because each letter needs its way back to the bytes. It looks at each byte once and
//! holds no tree, so that no nesting is too deep for it.

/// What stands beside the text.
mod aside;
/// Named and numbered letters.
mod entity;
/// Tags that were read before.
mod known;
/// Names of tags and attributes.
mod names;
/// What a style hides.
mod style;
/// Cells of tables.
mod table;
/// Tags, text and comments.
mod token;

use std::borrow::Cow;
use std::ops::Range;

use super::{Leaf, Opened};
use crate::mail::parts::{Decoded, Place, Scribe};
use known::{Known, Tag};
use names::{ends_itself, is_block, is_silent, is_void, lower};
use style::{Look, Styles};
use token::{Attribute, Token, Tokens};

/// Attributes, comments and scripts kept of one text.
const ASIDES: usize = 1 << 18;
/// Tables inside tables whose cells are told apart.
const TABLES: usize = 32;

/// Writes the text.
pub(super) fn write(leaf: &Leaf<'_>, decoded: &Decoded<'_>, scribe: &mut Scribe<'_>) -> Opened {
    scribe.begin(leaf.place, leaf.part);
    let mut page = Page {
        scribe,
        decoded,
        part: leaf.part,
        blank: true,
        empty: true,
        preformatted: 0,
        hiding: None,
        dark: false,
        tables: Vec::new(),
        tables_deeper: 0,
        asides: Vec::new(),
        cids: Vec::new(),
        styles: Styles::default(),
        known: Known::default(),
    };
    let mut tokens = Tokens::new(&decoded.text);
    while !page.scribe.full() {
        if let Some(tag) = page.known.find(tokens.rest()) {
            tokens.pass(tag.text.len());
            page.element(&tag);
        } else if let Some(token) = tokens.next() {
            page.token(&token, &mut tokens);
        } else {
            break;
        }
    }
    page.end_cell();
    page.scribe.end();
    page.write_asides(leaf.place, |aside| matches!(aside, Aside::Shown));
    page.write_asides(Place::Hidden, |aside| !matches!(aside, Aside::Shown));
    Opened { cids: page.cids, ..Opened::default() }
}

/// The charset that HTML gives itself.
pub(super) fn charset(content: &[u8]) -> Option<String> {
    let start = content.get(..content.len().min(2048))?.to_ascii_lowercase();
    let at = memchr::memmem::find(&start, b"charset=")? + 8;
    let word = start.get(at..)?.iter().skip_while(|byte| matches!(byte, b'"' | b'\'' | b' '));
    let word: String = word
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte))
        .map(|byte| char::from(*byte))
        .collect();
    (!word.is_empty()).then_some(word)
}

/// Bytes of text that are looked at together.
const STRETCH: usize = 32;

/// What stands beside the text.
#[derive(Clone, Copy)]
enum Aside {
    /// Alternative texts, tool tips, input fields.
    Shown,
    /// Where links and pictures lead.
    Url,
    /// Comments, scripts, other attributes.
    Unseen,
}

/// A table that is open.
struct Table {
    number: u16,
    rows: u32,
    column: u16,
    cell: Option<u32>,
}

/// An element whose text is hidden, and how many of its name are open within it.
struct Hiding {
    name: String,
    open: u32,
}

struct Page<'a, 'b, 'l> {
    scribe: &'a mut Scribe<'l>,
    decoded: &'a Decoded<'b>,
    part: u16,
    /// White space here is not seen: the line begins, or white space stands already.
    blank: bool,
    /// Nothing stands in the line.
    empty: bool,
    preformatted: u32,
    hiding: Option<Hiding>,
    /// A background that is not white was seen, so that white letters prove nothing.
    dark: bool,
    tables: Vec<Table>,
    tables_deeper: u32,
    asides: Vec<(Aside, Range<u32>)>,
    cids: Vec<String>,
    styles: Styles<'a>,
    known: Known<'a>,
}

impl<'a> Page<'a, '_, '_> {
    fn token(&mut self, token: &Token, tokens: &mut Tokens<'a>) {
        let decoded = self.decoded;
        match token {
            Token::Text(range) => self.words(range.clone()),
            Token::Comment(range) => self.aside(Aside::Unseen, range.clone()),
            Token::Start { name, closed } => {
                let name = lower(decoded.between(name.start, name.end));
                let (look, silent) = self.attributes(&name, &tokens.attributes);
                if let "script" | "style" = &*name {
                    self.dark |= look.dark;
                    let (content, ended) = tokens.raw(&name);
                    if name == "script" || !ended {
                        self.aside(Aside::Unseen, content);
                    }
                    return;
                }
                self.tag(name, silent, Tag { text: tokens.token_text(), closed: *closed, look, ..Tag::default() });
            }
            Token::End { name } => {
                let name = lower(decoded.between(name.start, name.end));
                self.tag(name, true, Tag { text: tokens.token_text(), ends: true, ..Tag::default() });
            }
        }
    }

    /// A tag that was just read; kept where its attributes are `silent`.
    fn tag(&mut self, name: Cow<'a, str>, silent: bool, tag: Tag<'a>) {
        let block = is_block(&name);
        match name {
            Cow::Borrowed(name) => {
                let tag = Tag { name, block, ..tag };
                if silent {
                    self.known.keep(tag);
                }
                self.element(&tag);
            }
            Cow::Owned(name) => self.element(&Tag { name: &name, block, ..tag }),
        }
    }

    fn element(&mut self, tag: &Tag<'_>) {
        if tag.ends {
            self.finish(tag.name, tag.block);
        } else {
            self.start(tag);
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let name = tag.name;
        self.dark |= tag.look.dark;
        let hidden = tag.look.hides(self.dark);
        match name {
            "br" => self.line_break(),
            "pre" | "textarea" | "listing" => self.preformatted += 1,
            _ => (),
        }
        if tag.block {
            self.line();
        }
        self.table_start(name);
        if is_void(name) || tag.closed {
            return;
        }
        self.hide(name, hidden || matches!(name, "title" | "template"));
    }

    fn finish(&mut self, name: &str, block: bool) {
        if matches!(name, "pre" | "textarea" | "listing") {
            self.preformatted = self.preformatted.saturating_sub(1);
        }
        self.table_end(name);
        if let Some(hiding) = &mut self.hiding
            && hiding.name == name
        {
            hiding.open -= 1;
            if hiding.open == 0 {
                self.hiding = None;
                self.scribe.hide(false);
            }
        }
        if block || name == "title" {
            self.line();
        }
        if name == "br" {
            self.line_break();
        }
    }

    /// Notes the start of an element that is hidden or stands within one that is.
    fn hide(&mut self, name: &str, hidden: bool) {
        if let Some(hiding) = &mut self.hiding {
            if hiding.name != name {
                return;
            }
            // A paragraph or item that begins ends the one before, tag or no tag.
            if !ends_itself(name) {
                hiding.open += 1;
                return;
            }
            self.hiding = None;
            self.scribe.hide(false);
        }
        if hidden {
            self.hiding = Some(Hiding { name: name.to_owned(), open: 1 });
            self.scribe.hide(true);
        }
    }

    /// Reads a tag's attributes: how the element looks, and whether none of them holds words.
    fn attributes(&mut self, name: &str, attributes: &[Attribute]) -> (Look, bool) {
        let mut look = Look::default();
        let mut silent = true;
        let decoded = self.decoded;
        for attribute in attributes {
            let value = decoded.between(attribute.value.start, attribute.value.end);
            let key = lower(decoded.between(attribute.name.start, attribute.name.end));
            let aside = match &*key {
                "style" => {
                    look = look.and(self.styles.read(value));
                    continue;
                }
                "hidden" => {
                    look.hidden = true;
                    continue;
                }
                "color" if name == "font" => {
                    look.letters(value);
                    continue;
                }
                "bgcolor" => {
                    look.ground(value);
                    continue;
                }
                _ if is_silent(&key) || key.starts_with("xmlns") => continue,
                "alt" | "title" | "placeholder" | "value" | "label" | "summary" | "aria-label" => Aside::Shown,
                "href" | "src" | "action" | "cite" | "background" | "longdesc" | "formaction" | "xlink:href" => {
                    Aside::Url
                }
                _ => Aside::Unseen,
            };
            silent = false;
            if matches!(aside, Aside::Url) {
                self.url(attribute.value.clone());
            } else {
                self.aside(aside, attribute.value.clone());
            }
        }
        (look, silent)
    }

    /// Writes text: runs of white space are one space, unless they are kept.
    fn words(&mut self, range: Range<usize>) {
        let bytes = self.decoded.text.as_bytes().get(..range.end).unwrap_or_default();
        let mut from = range.start;
        let mut at = from;
        // Kept aside while letters are passed over, which most bytes are.
        let (mut blank, mut empty) = (self.blank, self.empty);
        let mut looked_to = at;
        while let Some(byte) = bytes.get(at) {
            if at >= looked_to && self.preformatted == 0 {
                if let Some(length) = plain_stretch(bytes, at, blank) {
                    at += length;
                    (blank, empty) = (bytes.get(at - 1) == Some(&b' '), false);
                    continue;
                }
                looked_to = at + STRETCH;
            }
            match byte {
                b'&' => {
                    if let Some((length, letters)) = entity::read(bytes, at, range.end) {
                        self.scribe.copy(self.decoded, from..at);
                        self.scribe.put(self.decoded, at..at + length, &letters);
                        at += length;
                        from = at;
                    } else {
                        at += 1;
                    }
                    (blank, empty) = (false, false);
                }
                b' ' if !blank => {
                    blank = true;
                    at += 1;
                }
                b' ' | b'\t' | b'\n' | b'\r' | 0x0C if self.preformatted == 0 => {
                    self.scribe.copy(self.decoded, from..at);
                    let rest = bytes.get(at..).unwrap_or_default();
                    let end = at + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                    if !blank {
                        self.scribe.put(self.decoded, at..end, " ");
                        blank = true;
                    }
                    at = end;
                    from = at;
                }
                _ => {
                    (blank, empty) = (false, false);
                    at += 1;
                }
            }
        }
        (self.blank, self.empty) = (blank, empty);
        self.scribe.copy(self.decoded, from..range.end);
    }

    /// Begins a new line, unless one has just begun.
    fn line(&mut self) {
        if !self.empty {
            self.line_break();
        }
    }

    fn line_break(&mut self) {
        if !self.scribe.at_start() {
            self.scribe.add("\n");
        }
        (self.blank, self.empty) = (true, true);
    }
}

/// How many bytes from `at` on are letters and single spaces, behind a space or not: a whole stretch, or all that is
/// left of the text.
fn plain_stretch(bytes: &[u8], at: usize, blank: bool) -> Option<usize> {
    let rest = bytes.get(at..)?;
    if blank && rest.first() == Some(&b' ') {
        return None;
    }
    if let Some(stretch) = rest.first_chunk() {
        return is_plain(stretch).then_some(STRETCH);
    }
    // What is left is looked at together with what stands before it. A space alone is no letter.
    (rest.len() > 1 && is_plain(bytes.last_chunk()?)).then_some(rest.len())
}

/// Whether a stretch is letters and single spaces, eight bytes at a time.
fn is_plain(stretch: &[u8; STRETCH]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let mut special = 0;
    // Whether the byte before was a space, as the lowest bit of the next eight.
    let mut behind = 0;
    for eight in stretch.chunks_exact(8) {
        let Some(word) = eight.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)) else { return false };
        // The high bit of each byte that is a space.
        let other = word ^ (ONES * u64::from(b' '));
        let spaces = !(((other & !HIGH) + !HIGH) | other) & HIGH;
        special |= spaces & (spaces << 8 | behind);
        behind = spaces >> 56;
        // Some byte below the space, and some ampersand; what is a control character is looked at one by one.
        special |= word.wrapping_sub(ONES * u64::from(b' ')) & !word & HIGH;
        let other = word ^ (ONES * u64::from(b'&'));
        special |= other.wrapping_sub(ONES) & !other & HIGH;
    }
    special == 0
}
