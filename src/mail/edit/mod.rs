//! Changes what a rewrite asks for and not one byte more.
//!
//! Everything here is a value: changes go in, `Splice`s of the raw message come out. What cannot be
//! changed exactly is not changed at all.

use super::parts::{Part, Place, Tree};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

mod append;
mod charset;
mod header;
mod quoted_printable;
mod stretches;
mod transfer;
mod words;

pub use header::header_edits;

/// What a rewrite may ask for.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    /// Replaces a stretch of [`Tree::text`] in the charset and the transfer encoding it is written in.
    Replace {
        /// Index of the piece it stands in.
        piece: u32,
        /// The stretch.
        text: Range<u32>,
        /// What a reader shall see instead.
        with: String,
    },
    /// Gives a field of the message another value, as written (folded, encoded words and all).
    SetHeader {
        /// Index in [`Tree::headers`].
        field: usize,
        /// The value, without the space behind the colon and the line break at the end.
        value: Vec<u8>,
    },
    /// Removes a field of the message.
    RemoveHeader {
        /// Index in [`Tree::headers`].
        field: usize,
    },
    /// Adds a field at the end of the message's header.
    AddHeader {
        /// Name, as written.
        name: String,
        /// Value, as written.
        value: Vec<u8>,
    },
    /// Adds text at the end of a text part, or in front of `</body>` of an HTML part.
    Append {
        /// Index of the part.
        part: u16,
        /// The text; lines end with `\n`.
        text: String,
        /// The text is HTML. Plain text is written as HTML where the part is.
        html: bool,
    },
    /// Puts another header block and body in the place of a part's.
    ReplacePart {
        /// Index of the part; never 0, the message itself.
        part: u16,
        /// Header fields, each line ended with `\n`.
        headers: String,
        /// The body, in the transfer encoding that the header fields say.
        body: Vec<u8>,
    },
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(change)")
    }
}

/// One stretch of the raw message and what stands there afterwards.
#[derive(Clone, PartialEq, Eq)]
pub struct Splice {
    /// Bytes of the raw message; empty where something is inserted.
    pub raw: Range<u64>,
    /// What takes their place.
    pub with: Vec<u8>,
}

impl std::fmt::Debug for Splice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Splice({}..{}, {} bytes)", self.raw.start, self.raw.end, self.with.len())
    }
}

/// Why a change cannot be made exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannotEdit {
    /// The part is signed, encoded within another one, or not understood.
    NotEditable,
    /// The text does not stand in the message as such.
    NoWayBack,
    /// The message's bytes are not those the tree was made from.
    Mismatch,
    /// The part's charset has no such letter, or the part may hold ASCII only.
    Charset,
    /// Two changes concern the same bytes.
    Overlap,
    /// No such piece, part or field, or a range outside of it.
    OutOfRange,
    /// A header value that would begin another header field.
    LineBreak,
}

impl std::fmt::Display for CannotEdit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotEditable => "the part cannot be changed",
            Self::NoWayBack => "the text has no place of its own in the message",
            Self::Mismatch => "the message is not the one that was read",
            Self::Charset => "the charset of the part lacks a letter",
            Self::Overlap => "two changes of the same place",
            Self::OutOfRange => "no such place in the message",
            Self::LineBreak => "a line break in a header value",
        })
    }
}

impl std::error::Error for CannotEdit {}

/// The raw message, wherever it is kept.
pub trait RawBytes {
    /// The bytes of a range; `None` where the range is not within the message or cannot be read.
    fn read(&self, range: Range<u64>) -> Option<Cow<'_, [u8]>>;
}

impl RawBytes for [u8] {
    fn read(&self, range: Range<u64>) -> Option<Cow<'_, [u8]>> {
        let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
        self.get(range).map(Cow::Borrowed)
    }
}

impl RawBytes for Vec<u8> {
    fn read(&self, range: Range<u64>) -> Option<Cow<'_, [u8]>> {
        self.as_slice().read(range)
    }
}

/// A change of content: what a part says once its transfer encoding is undone.
struct Edit {
    content: Range<usize>,
    with: Vec<u8>,
    /// `with` holds lines of its own, not a word within a line.
    lines: bool,
}

/// What is asked of one part's content.
#[derive(Default)]
struct Wishes<'a> {
    replace: BTreeMap<u32, Vec<stretches::Wish<'a>>>,
    append: Vec<(&'a str, bool)>,
}

/// Plans changes: splices of the raw message, sorted and apart from one another.
///
/// # Errors
/// Any change that cannot be made exactly; then none is made.
pub fn plan<R: RawBytes + ?Sized>(tree: &Tree, raw: &R, changes: &[Change]) -> Result<Vec<Splice>, CannotEdit> {
    let mut splices = Vec::new();
    let mut contents: BTreeMap<u16, Wishes<'_>> = BTreeMap::new();
    let mut headers: BTreeMap<u32, Vec<stretches::Wish<'_>>> = BTreeMap::new();
    for change in changes {
        match change {
            Change::Replace { piece, text, with } => {
                let at = tree.pieces.get(*piece as usize).ok_or(CannotEdit::OutOfRange)?;
                let wish = stretches::Wish { text: text.clone(), with };
                match at.place {
                    Place::Subject | Place::Header if at.part == 0 => headers.entry(*piece).or_default().push(wish),
                    Place::Body | Place::Attachment | Place::Hidden => {
                        contents.entry(at.part).or_default().replace.entry(*piece).or_default().push(wish);
                    }
                    Place::Subject | Place::Header | Place::FileName => return Err(CannotEdit::NotEditable),
                }
            }
            Change::Append { part, text, html } => contents.entry(*part).or_default().append.push((text, *html)),
            Change::SetHeader { field, value } => splices.push(header::set(tree, *field, value)?),
            Change::RemoveHeader { field } => splices.push(header::remove(tree, raw, *field)?),
            Change::AddHeader { name, value } => splices.push(header::add(tree, raw, name, value)?),
            Change::ReplacePart { part, headers, body } => splices.push(replace_part(tree, raw, *part, headers, body)?),
        }
    }
    for (piece, wishes) in headers {
        splices.extend(header::replace(tree, raw, piece, wishes)?);
    }
    for (part, wishes) in contents {
        splices.extend(change_content(tree, raw, part, wishes)?);
    }
    splices.sort_by_key(|splice| (splice.raw.start, splice.raw.end));
    let apart = splices.windows(2).all(|pair| matches!(pair, [a, b] if a.raw.end <= b.raw.start));
    if apart { Ok(splices) } else { Err(CannotEdit::Overlap) }
}

/// The message with all splices made. For messages in memory; larger ones are streamed splice by splice.
#[must_use]
pub fn apply(raw: &[u8], splices: &[Splice]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    for splice in splices {
        let (start, end) = (index(splice.raw.start), index(splice.raw.end));
        out.extend_from_slice(raw.get(at..start).unwrap_or_default());
        out.extend_from_slice(&splice.with);
        at = end;
    }
    out.extend_from_slice(raw.get(at..).unwrap_or_default());
    out
}

/// Whether an empty line stands before a place. Where none does, what is written there may be read as header.
fn ends_header<R: RawBytes + ?Sized>(raw: &R, at: u64) -> bool {
    let before = raw.read(at.saturating_sub(3)..at);
    before.is_some_and(|before| before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n"))
}

fn change_content<R: RawBytes + ?Sized>(
    tree: &Tree,
    raw: &R,
    number: u16,
    wishes: Wishes<'_>,
) -> Result<Vec<Splice>, CannotEdit> {
    let part = tree.parts.get(usize::from(number)).ok_or(CannotEdit::OutOfRange)?;
    // A body without an empty line in front of it may be read as header once it is changed, and what is
    // added to a message within the message may be read as part of its header.
    let message = part.declared.starts_with("message/") && !wishes.append.is_empty();
    if !part.editable || part.container || message || !ends_header(raw, u64::from(part.body.start)) {
        return Err(CannotEdit::NotEditable);
    }
    let body = raw.read(range64(&part.body)).ok_or(CannotEdit::Mismatch)?;
    let content = transfer::decode(&body, part.encoding).ok_or(CannotEdit::NotEditable)?;
    let writer = charset::Writer::of(&content, part, &body);
    let mut edits = Vec::new();
    for (piece, wishes) in wishes.replace {
        let piece = tree.pieces.get(piece as usize).ok_or(CannotEdit::OutOfRange)?;
        for unit in stretches::units(tree, piece, wishes)? {
            let start = unit.content.start as usize..unit.content.end as usize;
            let there = content.get(start.clone()).ok_or(CannotEdit::Mismatch)?;
            if unit.same_as.is_some_and(|text| text.as_bytes() != there) {
                return Err(CannotEdit::Mismatch);
            }
            edits.push(Edit { content: start, with: writer.write(&unit.text, true)?, lines: false });
        }
    }
    if !wishes.append.is_empty() {
        edits.push(append::edit(&content, &writer, &wishes.append)?);
    }
    edits.sort_by_key(|edit| (edit.content.start, edit.content.end));
    if !edits.windows(2).all(|pair| matches!(pair, [a, b] if a.content.end <= b.content.start)) {
        return Err(CannotEdit::Overlap);
    }
    let splices = transfer::splices(&body, &content, part.encoding, &edits);
    let start = u64::from(part.body.start);
    Ok(splices.into_iter().map(|(range, with)| splice(start, &range, with)).collect())
}

fn replace_part<R: RawBytes + ?Sized>(
    tree: &Tree,
    raw: &R,
    number: u16,
    headers: &str,
    body: &[u8],
) -> Result<Splice, CannotEdit> {
    let part = tree.parts.get(usize::from(number)).ok_or(CannotEdit::OutOfRange)?;
    if number == 0 || part.body.end <= part.header.start || is_inside_signature(tree, part) {
        return Err(CannotEdit::NotEditable);
    }
    let range = u64::from(part.header.start)..u64::from(part.body.end);
    let old = raw.read(range.clone()).ok_or(CannotEdit::Mismatch)?;
    let line_break = line_break(&old);
    let mut with = Vec::with_capacity(headers.len() + body.len() + 2);
    for line in headers.lines().filter(|line| !line.is_empty()) {
        with.extend_from_slice(line.as_bytes());
        with.extend_from_slice(line_break);
    }
    with.extend_from_slice(line_break);
    with.extend_from_slice(body);
    Ok(Splice { raw: range, with })
}

/// Whether a signature covers the part, so that a change would break it.
fn is_inside_signature(tree: &Tree, part: &Part) -> bool {
    let mut part = part;
    // Parents stand in front of their children; the count ends a malformed circle.
    for _ in 0..tree.parts.len() {
        if part.declared == "multipart/signed" {
            return true;
        }
        match tree.parts.get(usize::from(part.parent)) {
            Some(parent) if part.parent != 0 || parent.declared == "multipart/signed" => part = parent,
            _ => return false,
        }
    }
    true
}

/// How lines end in these bytes.
fn line_break(bytes: &[u8]) -> &'static [u8] {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) if at.checked_sub(1).and_then(|before| bytes.get(before)) != Some(&b'\r') => b"\n",
        _ => b"\r\n",
    }
}

fn splice(start: u64, range: &Range<usize>, with: Vec<u8>) -> Splice {
    Splice { raw: start + range.start as u64..start + range.end as u64, with }
}

fn range64(range: &Range<u32>) -> Range<u64> {
    u64::from(range.start)..u64::from(range.end)
}

fn index(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
