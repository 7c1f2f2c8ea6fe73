//! Reads one leaf: undoes its encoding, says what it is, has it opened.

use std::borrow::Cow;
use std::ops::Range;

use super::super::classify::{self, classify};
use super::super::encoding::base64::{Clean, Lines};
use super::super::encoding::{self, Transfer};
use super::super::header::Described;
use super::super::scribe::offsets;
use super::super::{Encoding, FileKind, GapKind, Part, Place, Sealed, Unopened, charset, facts};
use super::{Source, Walk};
use crate::mail::open::image::View;
use crate::mail::open::{self, Leaf as Opening};
use crate::mail::{kind, sealed};

/// Bytes that show a picture, sound or film for what it is.
const START: usize = 4 << 10;
/// Files longer than this are told by their ends where these tell them, and not decoded.
const ENDS: usize = 32 << 10;
/// Bytes of a picture that are decoded to find what is said of it, where its lines are not as usual.
const PICTURE: usize = 512 << 10;

/// A leaf whose header was read.
pub(super) struct Leaf {
    /// Its part.
    pub part: u16,
    /// What its header says.
    pub described: Described,
    /// Inside a nested message.
    pub nested: bool,
    /// A container beyond the limit of depth: its bytes are shown as they are.
    pub opaque: bool,
}

impl Leaf {
    /// A file without a header, found in another.
    pub(super) fn file(part: u16) -> Self {
        Self { part, described: Described::plain_file(), nested: true, opaque: false }
    }

    /// The usual lines of base64 that its body, which begins at `at`, begins with.
    pub(super) fn lines(&self, bytes: &[u8], at: usize) -> Lines {
        let base64 = self.described.encoding() == Encoding::Base64;
        if base64 { Lines::read(bytes.get(at..).unwrap_or_default()) } else { Lines::default() }
    }
}

impl Walk<'_, '_> {
    /// Reads the leaf whose body stands at `body`.
    pub(super) fn leaf(&mut self, source: &Source<'_>, leaf: &Leaf, body: Range<usize>, lines: &Lines) {
        let raw = source.bytes.get(body.clone()).unwrap_or_default();
        self.change(leaf.part, |part| {
            part.size = raw.len() as u64;
            part.body = if source.outer { offsets(&body) } else { 0..0 };
        });
        if raw.is_empty() {
            self.change(leaf.part, |part| {
                part.kind = if part.declared.starts_with("text/") { FileKind::Text } else { part.kind }
            });
            return;
        }
        if leaf.opaque {
            self.as_it_stands(leaf.part, Place::Attachment, raw);
            return;
        }
        if leaf.described.transfer == Transfer::Unknown {
            self.scribe.gap(GapKind::Broken, leaf.part, "unknown transfer encoding");
        }
        let encoding = leaf.described.encoding();
        let clean = if encoding == Encoding::Base64 { Clean::read(raw, lines) } else { None };
        let (start, _) = encoding::decode(raw.get(..raw.len().min(START)).unwrap_or_default(), encoding);
        if let Some(kind) = moving_or_still(&start) {
            let size =
                clean.as_ref().map_or_else(|| encoding::decoded_size(raw, encoding), |clean| clean.size() as u64);
            self.change(leaf.part, |part| {
                (part.size, part.kind) = (size, kind);
                part.attached |= !part.shown_inline;
            });
            if kind == FileKind::Image {
                let view = match &clean {
                    Some(clean) if clean.is_in_lines() => View::of(&start, |from, most| clean.stretch(from, most)),
                    _ => {
                        View::whole(encoding::decode(raw.get(..raw.len().min(PICTURE)).unwrap_or_default(), encoding).0)
                    }
                };
                open::image::write(view, leaf.part, self.scribe);
            }
            return;
        }
        if let Some(clean) = &clean
            && raw.len() > ENDS
            && self.wanted != Some(leaf.part)
            && is_file(&leaf.described.declared)
            && let Some(kind) = classify::by_ends(&start, || clean.end(ENDS / 2))
        {
            self.change(leaf.part, |part| part.size = clean.size() as u64);
            self.known(source, leaf, &start, kind, None);
            return;
        }
        let mut content = match clean {
            Some(_) => encoding::decode(raw, encoding).0,
            None => self.decoded(leaf, raw, encoding),
        };
        if leaf.described.transfer == Transfer::Uuencoded
            && let Some(file) = encoding::embedded(&content, 1).pop()
        {
            content = file.content.into();
            self.change(leaf.part, |part| (part.encoding, part.editable) = (Encoding::Other, false));
        }
        self.change(leaf.part, |part| part.size = content.len() as u64);
        self.content(source, leaf, &content);
    }

    /// Undoes the transfer encoding. Base64 that is not all base64 is read both ways: clients do either.
    fn decoded<'a>(&mut self, leaf: &Leaf, raw: &'a [u8], encoding: Encoding) -> Cow<'a, [u8]> {
        if encoding != Encoding::Base64 {
            return encoding::decode(raw, encoding).0;
        }
        if let Some((code, words)) = encoding::base64::footer(raw).and_then(|at| raw.split_at_checked(at)) {
            self.as_it_stands(leaf.part, Place::Hidden, words);
            return encoding::decode(code, encoding).0;
        }
        let (content, junk) = encoding::decode(raw, encoding);
        let blanks = memchr::memchr_iter(b' ', raw).count();
        if (junk + blanks) * 50 <= raw.len() {
            return content;
        }
        self.scribe.gap(GapKind::Broken, leaf.part, "base64 with many foreign characters");
        let start = content.get(..content.len().min(START)).unwrap_or_default();
        if leaf.described.declared.starts_with("text/")
            && std::str::from_utf8(start).is_err_and(|error| error.error_len().is_some())
        {
            // No base64 at all: plain words under a wrong name.
            self.change(leaf.part, |part| (part.encoding, part.editable) = (Encoding::Other, false));
            return Cow::Borrowed(raw);
        }
        self.as_it_stands(leaf.part, Place::Hidden, raw);
        content
    }

    /// Reads a leaf's content, its transfer encoding undone.
    fn content(&mut self, source: &Source<'_>, leaf: &Leaf, content: &[u8]) {
        if self.wanted == Some(leaf.part) {
            self.found = Some(content.to_vec());
        }
        let described = &leaf.described;
        let (kind, sealed) = classify(content, &described.declared, &described.charset, self.name_of(leaf.part));
        self.known(source, leaf, content, kind, sealed);
    }

    /// Reads a leaf's content, or as much of it as told its kind.
    fn known(&mut self, source: &Source<'_>, leaf: &Leaf, content: &[u8], kind: FileKind, sealed: Option<Sealed>) {
        let described = &leaf.described;
        let message = matches!(described.declared.as_str(), "message/rfc822" | "message/global" | "message/news");
        let attachment = self.scribe.tree.parts.get(usize::from(leaf.part)).is_some_and(|part| part.attached);
        self.change(leaf.part, |part| {
            (part.kind, part.sealed) = (if message { FileKind::Message } else { kind }, sealed);
        });
        let reader = open::reader(content, kind);
        if reader.is_none() && (message || (kind == FileKind::Message && attachment)) {
            self.change(leaf.part, |part| part.attached = true);
            self.inside(source, leaf.part, content, true, false);
            return;
        }
        facts::of_content(&mut self.scribe.tree.facts, described, content, sealed, leaf.nested);
        let signed = sealed::cms_signed_pieces(content);
        if !signed.is_empty() {
            // Signed, not sealed: anybody can read what is inside.
            self.change(leaf.part, |part| (part.attached, part.editable) = (true, false));
            let inside: Vec<&[u8]> = signed.into_iter().filter_map(|piece| content.get(piece)).collect();
            self.inside(source, leaf.part, &inside.concat(), leaf.nested, true);
            return;
        }
        let shown = shown_as_text(&described.declared) && !attachment;
        self.change(leaf.part, |part| part.attached |= !shown && !part.shown_inline);
        let place = if shown && !leaf.nested { Place::Body } else { Place::Attachment };
        let opening = Opening {
            content,
            kind,
            declared: &described.declared,
            charset: &described.charset,
            place,
            part: leaf.part,
            shown,
        };
        let opened = if reader.is_some() && !shown { None } else { open::open(&opening, self.scribe) };
        let mut files = Vec::new();
        match (opened, sealed) {
            (Some(opened), _) => {
                self.cids.extend(opened.cids);
                files = opened.files;
                self.change(leaf.part, |part| part.editable &= opened.charset_known);
                let declared =
                    Some(described.method.clone()).filter(|method| !method.is_empty() && kind == FileKind::Calendar);
                if let Some(method) = opened.method.or(declared)
                    && !leaf.nested
                {
                    facts::of_calendar(&mut self.scribe.tree.facts, &method);
                }
            }
            (None, None) if needs_no_reading(kind, &described.declared) => (),
            // A file that waits is a gap until it was opened.
            (None, None) if reader.is_none() || self.scribe.work.is_none() => {
                self.scribe.gap(GapKind::Unsupported, leaf.part, open::not_opened(kind));
            }
            (None, _) => (),
        }
        match reader {
            Some(reader) if self.scribe.work.is_some() => reader.open(content, leaf.part, self.scribe),
            Some(reader) => self.scribe.tree.unopened.push(Unopened { part: leaf.part, family: reader.family }),
            None => (),
        }
        // Who opens it may know better: there are passwords that every program tries.
        let still = self.scribe.tree.parts.get(usize::from(leaf.part)).is_some_and(|part| part.sealed.is_some());
        if let Some(sealed) = sealed.filter(|_| still) {
            // Weak encryption keeps us out and nobody else: not read, and not protected either.
            let kind = if sealed.is_weak() { GapKind::Weak } else { GapKind::Protected };
            self.scribe.gap(kind, leaf.part, sealed.phrase());
        }
        if described.declared == "message/partial" {
            self.scribe.gap(GapKind::Unsupported, leaf.part, "message sent in pieces");
        }
        for file in files {
            self.within(source, leaf.part, &file);
        }
        if shown_as_text(&described.declared) || kind == FileKind::Text {
            self.armour(leaf.part, content, sealed);
            self.embedded(source, leaf, content);
        }
    }

    /// Reads a file that was written into a text.
    pub(super) fn file(&mut self, source: &Source<'_>, leaf: &Leaf, content: &[u8]) {
        if let Some(kind) = moving_or_still(content.get(..content.len().min(START)).unwrap_or_default()) {
            self.change(leaf.part, |part| part.kind = kind);
            if kind == FileKind::Image {
                open::image::write(View::whole(content), leaf.part, self.scribe);
            }
            return;
        }
        let quiet = Leaf { described: Described::plain_file(), ..*leaf };
        let (kind, _) = classify(content, &quiet.described.declared, "", self.name_of(leaf.part));
        if kind == FileKind::Text && open::reader(content, kind).is_none() {
            self.change(leaf.part, |part| part.kind = kind);
            let place = Place::Attachment;
            let opening = Opening { content, kind, declared: "", charset: "", place, part: leaf.part, shown: false };
            open::open(&opening, self.scribe);
        } else {
            self.content(source, &quiet, content);
        }
    }

    /// Writes bytes as they are, without a way back.
    pub(super) fn as_it_stands(&mut self, part: u16, place: Place, bytes: &[u8]) {
        self.scribe.begin(place, part);
        let decoded = charset::utf8(bytes, 0);
        self.scribe.add(&decoded.text);
        self.scribe.end();
        self.change(part, |part| part.editable = false);
    }

    /// A part's file name; empty where it has none.
    fn name_of(&self, part: u16) -> &str {
        let name = self.scribe.tree.parts.get(usize::from(part)).and_then(|part| part.name);
        let piece = name.and_then(|name| self.scribe.tree.pieces.get(name as usize));
        let text =
            piece.and_then(|piece| self.scribe.tree.text.get(piece.text.start as usize..piece.text.end as usize));
        text.unwrap_or_default()
    }

    fn change(&mut self, part: u16, change: impl FnOnce(&mut Part)) {
        if let Some(part) = self.scribe.tree.parts.get_mut(usize::from(part)) {
            change(part);
        }
    }
}

/// Pictures, sound and film are counted, not kept. A drawing that is text is none.
fn moving_or_still(start: &[u8]) -> Option<FileKind> {
    kind::of_binary(start).filter(|kind| matches!(kind, FileKind::Image | FileKind::Audio | FileKind::Video))
}

/// Types of which no client shows anything by itself.
fn is_file(declared: &str) -> bool {
    !declared.starts_with("text/") && !declared.starts_with("message/")
}

/// Types that mail clients show as the message's text.
fn shown_as_text(declared: &str) -> bool {
    declared.starts_with("text/")
        && !matches!(declared, "text/rfc822-headers" | "text/vcard" | "text/x-vcard" | "text/directory" | "text/rtf")
}

/// Signatures and keys: bytes without words.
fn needs_no_reading(kind: FileKind, declared: &str) -> bool {
    let signature =
        declared.ends_with("-signature") || declared.ends_with("pgp-keys") || declared.ends_with("pgp-encrypted");
    matches!(kind, FileKind::Image | FileKind::Audio | FileKind::Video)
        || (signature && matches!(kind, FileKind::Cryptographic | FileKind::Other))
}
