//! HTML as a reader sees it: inline tags join, block tags break the line, entities are letters. Hidden text
//! is kept and marked; comments, scripts and attributes follow as pieces of their own.
//!
//! The reader is ours because each letter needs its way back to the bytes. It looks at each byte once and
//! holds no tree, so that no nesting is too deep for it.

/// What stands beside the text.
mod aside;
/// Named and numbered letters.
mod entity;
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
use style::Look;
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
    };
    let mut tokens = Tokens::new(&decoded.text);
    while let Some(token) = tokens.next() {
        page.token(&token, &mut tokens);
        if page.scribe.full() {
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
}

impl Page<'_, '_, '_> {
    fn token(&mut self, token: &Token, tokens: &mut Tokens<'_>) {
        match token {
            Token::Text(range) => self.words(range.clone()),
            Token::Comment(range) => self.aside(Aside::Unseen, range.clone()),
            Token::Start { name, closed } => {
                let name = lower(self.decoded.between(name.start, name.end));
                self.start(&name, *closed, tokens);
            }
            Token::End { name } => {
                let name = lower(self.decoded.between(name.start, name.end));
                self.finish(&name);
            }
        }
    }

    fn start(&mut self, name: &str, closed: bool, tokens: &mut Tokens<'_>) {
        let hidden = self.attributes(name, &tokens.attributes);
        match name {
            "script" | "style" => {
                let (content, ended) = tokens.raw(name);
                if name == "script" || !ended {
                    self.aside(Aside::Unseen, content);
                }
                return;
            }
            "br" => self.line_break(),
            "pre" | "textarea" | "listing" => self.preformatted += 1,
            _ => (),
        }
        if is_block(name) {
            self.line();
        }
        self.table_start(name);
        if is_void(name) || closed {
            return;
        }
        self.hide(name, hidden || matches!(name, "title" | "template"));
    }

    fn finish(&mut self, name: &str) {
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
        if is_block(name) || name == "title" {
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

    /// Reads a tag's attributes; says whether they hide the element.
    fn attributes(&mut self, name: &str, attributes: &[Attribute]) -> bool {
        let mut look = Look::default();
        for attribute in attributes {
            let value = self.decoded.between(attribute.value.start, attribute.value.end);
            let key = lower(self.decoded.between(attribute.name.start, attribute.name.end));
            match &*key {
                "style" => look.read(value),
                "hidden" => look.hidden = true,
                "color" if name == "font" => look.letters(value),
                "bgcolor" => look.ground(value),
                "alt" | "title" | "placeholder" | "value" | "label" | "summary" | "aria-label" => {
                    self.aside(Aside::Shown, attribute.value.clone());
                }
                "href" | "src" | "action" | "cite" | "background" | "longdesc" | "formaction" | "xlink:href" => {
                    self.url(attribute.value.clone());
                }
                _ if is_silent(&key) || key.starts_with("xmlns") => (),
                _ => self.aside(Aside::Unseen, attribute.value.clone()),
            }
        }
        self.dark |= look.dark;
        look.hides(self.dark)
    }

    /// Writes text: runs of white space are one space, unless they are kept.
    fn words(&mut self, range: Range<usize>) {
        let bytes = self.decoded.text.as_bytes().get(..range.end).unwrap_or_default();
        let mut from = range.start;
        let mut at = from;
        // Kept aside while letters are passed over, which most bytes are.
        let (mut blank, mut empty) = (self.blank, self.empty);
        while let Some(byte) = bytes.get(at) {
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

/// A tag's or attribute's name; names longer than any that means something are cut.
fn lower(name: &str) -> Cow<'_, str> {
    lower_case(name.get(..name.floor_char_boundary(24)).unwrap_or_default())
}

/// In lower case; most of what programs write is.
fn lower_case(words: &str) -> Cow<'_, str> {
    if words.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(words.to_ascii_lowercase())
    } else {
        Cow::Borrowed(words)
    }
}

/// Whether an element begins and ends a line.
fn is_block(name: &str) -> bool {
    matches!(
        name.as_bytes(),
        b"p" | b"dd"
            | b"dl"
            | b"dt"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"hr"
            | b"li"
            | b"ol"
            | b"tr"
            | b"ul"
            | b"dir"
            | b"div"
            | b"nav"
            | b"pre"
            | b"body"
            | b"form"
            | b"head"
            | b"html"
            | b"main"
            | b"menu"
            | b"aside"
            | b"table"
            | b"tbody"
            | b"tfoot"
            | b"thead"
            | b"center"
            | b"figure"
            | b"footer"
            | b"header"
            | b"legend"
            | b"option"
            | b"select"
            | b"address"
            | b"article"
            | b"caption"
            | b"details"
            | b"listing"
            | b"section"
            | b"summary"
            | b"fieldset"
            | b"textarea"
            | b"blockquote"
            | b"figcaption"
    )
}

/// Whether an element has no end.
fn is_void(name: &str) -> bool {
    matches!(
        name.as_bytes(),
        b"br"
            | b"hr"
            | b"col"
            | b"img"
            | b"wbr"
            | b"area"
            | b"base"
            | b"link"
            | b"meta"
            | b"embed"
            | b"frame"
            | b"input"
            | b"param"
            | b"track"
            | b"source"
            | b"basefont"
    )
}

/// Whether an element ends where the next of its name begins.
fn ends_itself(name: &str) -> bool {
    matches!(name.as_bytes(), b"p" | b"dd" | b"dt" | b"li" | b"td" | b"th" | b"tr" | b"option")
}

/// Whether an attribute holds no words.
fn is_silent(name: &str) -> bool {
    matches!(
        name.as_bytes(),
        b"id"
            | b"dir"
            | b"rel"
            | b"face"
            | b"lang"
            | b"link"
            | b"role"
            | b"size"
            | b"type"
            | b"align"
            | b"alink"
            | b"class"
            | b"clear"
            | b"color"
            | b"frame"
            | b"media"
            | b"rules"
            | b"scope"
            | b"shape"
            | b"start"
            | b"vlink"
            | b"width"
            | b"border"
            | b"coords"
            | b"height"
            | b"hspace"
            | b"nowrap"
            | b"target"
            | b"valign"
            | b"vspace"
            | b"charset"
            | b"colspan"
            | b"noshade"
            | b"rowspan"
            | b"tabindex"
            | b"http-equiv"
            | b"bordercolor"
            | b"cellpadding"
            | b"cellspacing"
    )
}
