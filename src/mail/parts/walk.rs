//! Finds the parts of a message in one pass over its lines, with an explicit stack and limits.
//!
//! The walk is ours and not mail-parser's: that one overflows the stack on deeply nested messages, takes
//! quadratic time on unterminated multiparts, and passes over what mail clients show (preambles, spaced or
//! doubled boundaries, lenient encodings; an unterminated inner multipart swallows the outer's next part).
//! Its readers of charsets and of HTML entities are used where those are read.

use std::ops::Range;

use super::facts;
use super::header::Block;
use super::scribe::{Scribe, offsets};
use super::{Encoding, GapKind, Limits, Place, Tree, charset, encoding};

/// Lines that part one part from the next.
mod boundary;
/// The part of the walk that reads the header of a part.
mod entity;
/// What stands inside a leaf.
mod inside;
/// The part of the walk that reads one leaf.
mod leaf;

use boundary::{Delimiter, Frame};
use entity::{Entity, Standing};

/// Messages inside encoded messages; each level is decoded as a whole.
const ENCODED_DEPTH: u16 = 8;

/// See [`super::take_apart`].
pub(super) fn take_apart(raw: &[u8], limits: &Limits) -> Tree {
    let readable = raw.get(..u32::MAX as usize - 1).unwrap_or(raw);
    let mut scribe = Scribe::new(limits);
    let mut walk = Walk::new(&mut scribe, readable);
    walk.source(&Source::message(readable), Vec::new());
    if readable.len() < raw.len() {
        walk.scribe.gap(GapKind::Limit, 0, "message longer than 4 GiB");
    }
    walk.finish();
    scribe.tree
}

/// See [`super::content_of`].
pub(super) fn content_of(raw: &[u8], limits: &Limits, part: u16) -> Option<Vec<u8>> {
    let readable = raw.get(..u32::MAX as usize - 1).unwrap_or(raw);
    let mut scribe = Scribe::new(limits);
    let mut walk = Walk { wanted: Some(part), ..Walk::new(&mut scribe, readable) };
    walk.source(&Source::message(readable), Vec::new());
    walk.found
}

/// Reads a file that was found in another: its part is there, its kind is not known yet.
pub(in crate::mail) fn file_within(scribe: &mut Scribe<'_>, part: u16, content: &[u8]) {
    let source = Source { outer: false, owner: Some(part), nested: true, ..Source::message(content) };
    Walk::new(scribe, content).file(&source, &leaf::Leaf::file(part), content);
}

/// Takes apart what a file of a message holds: a part with a header of its own.
pub(in crate::mail) fn entity_within(scribe: &mut Scribe<'_>, part: u16, content: &[u8]) {
    let source = Source { outer: false, owner: Some(part), nested: true, ..Source::message(content) };
    Walk::new(scribe, content).inside(&source, part, content, true, true);
}

/// Writes what the header fields of a message say that another file tells of, as text of a part.
pub(in crate::mail) fn fields_within(scribe: &mut Scribe<'_>, part: u16, content: &[u8]) {
    let source = Source { outer: false, owner: Some(part), nested: true, ..Source::message(content) };
    let most = scribe.limits.headers as usize;
    let block = Block::read(content, 0, most, |_, _| false);
    let standing =
        Standing { parent: Some(part), root_at: Some(0), nested: true, signed: false, related: false, digest: false };
    Walk::new(scribe, content).fields(&source, &standing, &block, part);
}

/// Bytes in which parts are found: the message, or a message that stood encoded within it.
struct Source<'a> {
    bytes: &'a [u8],
    /// The message itself: its offsets are the tree's.
    outer: bool,
    depth: u16,
    encoded_depth: u16,
    /// The part that holds these bytes as its content.
    owner: Option<u16>,
    /// They are a message within the message.
    nested: bool,
    /// They are what was signed: an entity without a header of its own to show.
    signed: bool,
}

impl<'a> Source<'a> {
    fn message(bytes: &'a [u8]) -> Self {
        Self { bytes, outer: true, depth: 0, encoded_depth: 0, owner: None, nested: false, signed: false }
    }
}

/// What is known while walking.
struct Walk<'s, 'a> {
    scribe: &'s mut Scribe<'a>,
    /// The part whose content is asked for.
    wanted: Option<u16>,
    /// Its content.
    found: Option<Vec<u8>>,
    headers: u32,
    /// Bytes that encoded messages may still decode to.
    decoded_left: usize,
    /// Parts by their Content-ID.
    content_ids: Vec<(String, u16)>,
    /// Content-IDs that HTML shows.
    cids: Vec<String>,
}

impl<'s, 'a> Walk<'s, 'a> {
    fn new(scribe: &'s mut Scribe<'a>, bytes: &[u8]) -> Self {
        Self {
            scribe,
            wanted: None,
            found: None,
            headers: 0,
            decoded_left: bytes.len().saturating_mul(3),
            content_ids: Vec::new(),
            cids: Vec::new(),
        }
    }

    /// Walks over a message, or over the body of a multipart that is open already.
    fn source(&mut self, source: &Source<'_>, mut frames: Vec<Frame>) {
        let bytes = source.bytes;
        let mut at = 0;
        let mut begun = !frames.is_empty();
        'entity: loop {
            let (entity, body) = if begun { (Entity::Container, at) } else { self.entity(source, &mut frames, at) };
            begun = false;
            at = body;
            match entity {
                Entity::Message => continue,
                Entity::Stop => {
                    self.unread(source, at);
                    break;
                }
                Entity::Leaf(leaf) => {
                    // Lines of base64 are no boundary lines, and they need not be looked at twice.
                    let lines = leaf.lines(bytes, at);
                    let next = boundary::next(bytes, at + lines.length(), &frames);
                    let end = boundary::body_end(bytes, at, next.as_ref());
                    self.leaf(source, &leaf, at..end, &lines);
                    let Some(next) = next else { break };
                    at = next.after;
                    if self.crossed(source, &mut frames, &next) {
                        continue 'entity;
                    }
                }
                Entity::Container => (),
            }
            // A preamble or an epilogue, up to the next part.
            loop {
                let next = boundary::next(bytes, at, &frames);
                let end = boundary::body_end(bytes, at, next.as_ref());
                let ends = next.as_ref().is_none_or(|next| next.frame + 1 != frames.len());
                if ends && self.encoded_container(source, &mut frames, at..end) {
                    // Its parts were found in the decoded bytes.
                } else if ends && frames.last_mut().is_some_and(|frame| frame.guess(bytes, at..end)) {
                    continue;
                } else {
                    self.between(source, &frames, at..end);
                }
                let Some(next) = next else { break 'entity };
                at = next.after;
                if self.crossed(source, &mut frames, &next) {
                    continue 'entity;
                }
            }
        }
        self.close(source, &mut frames, 0, bytes.len());
    }

    /// Takes a multipart apart that has a transfer encoding, which no multipart may have: some clients undo it
    /// when they find no part in it.
    fn encoded_container(&mut self, source: &Source<'_>, frames: &mut [Frame], body: Range<usize>) -> bool {
        let depth = source.depth.saturating_add(u16::try_from(frames.len()).unwrap_or(u16::MAX));
        let Some(frame) = frames.last_mut().filter(|frame| frame.unopened()) else { return false };
        let encoding =
            self.scribe.tree.parts.get(usize::from(frame.part)).map_or(Encoding::Plain, |part| part.encoding);
        let raw = source.bytes.get(body).unwrap_or_default();
        let deeper = source.encoded_depth < ENCODED_DEPTH && raw.len() <= self.decoded_left;
        if encoding == Encoding::Plain || raw.is_empty() || !deeper {
            return false;
        }
        self.scribe.gap(GapKind::Broken, frame.part, "multipart with a transfer encoding");
        self.decoded_left -= raw.len();
        let (content, _) = encoding::decode(raw, encoding);
        let encoded_depth = source.encoded_depth + 1;
        let inner = Source {
            bytes: &content,
            outer: false,
            depth,
            encoded_depth,
            owner: Some(frame.part),
            nested: source.nested,
            signed: false,
        };
        let again = frame.over_decoded();
        frame.closed = true;
        self.source(&inner, vec![again]);
        true
    }

    /// Takes note of a boundary line; says whether a part begins behind it.
    fn crossed(&mut self, source: &Source<'_>, frames: &mut Vec<Frame>, next: &Delimiter) -> bool {
        self.close(source, frames, next.frame + 1, next.line);
        if let Some(frame) = frames.last_mut() {
            frame.children += u32::from(!next.closes);
            frame.closed |= next.closes;
        }
        !next.closes
    }

    /// Ends the containers above the first `keep`.
    fn close(&mut self, source: &Source<'_>, frames: &mut Vec<Frame>, keep: usize, end: usize) {
        while frames.len() > keep
            && let Some(frame) = frames.pop()
        {
            let body = frame.body..boundary::trimmed(source.bytes, frame.body, end);
            if let Some(part) = self.scribe.tree.parts.get_mut(usize::from(frame.part)) {
                part.size = body.len() as u64;
                if source.outer {
                    part.body = offsets(&body);
                }
            }
        }
    }

    /// Writes a preamble or an epilogue; the whole of a multipart in which no part was found is shown by
    /// some clients as it is.
    fn between(&mut self, source: &Source<'_>, frames: &[Frame], range: Range<usize>) {
        let Some(frame) = frames.last() else { return };
        let Some(bytes) = source.bytes.get(range.clone()).filter(|bytes| !bytes.trim_ascii().is_empty()) else {
            return;
        };
        let childless = frame.children == 0 && !frame.closed && !frame.message;
        self.scribe.begin(if childless && frame.ended_by_outer { Place::Body } else { Place::Hidden }, frame.part);
        let decoded = charset::utf8(bytes, range.start.saturating_sub(frame.body));
        self.scribe.copy(&decoded, 0..decoded.text.len());
        self.scribe.end();
    }

    /// Writes what is left when the limit of parts is reached, as it stands.
    fn unread(&mut self, source: &Source<'_>, at: usize) {
        self.scribe.gap(GapKind::Limit, source.owner.unwrap_or(0), "more parts than the limit");
        self.scribe.begin(Place::Attachment, source.owner.unwrap_or(0));
        let decoded = charset::utf8(source.bytes.get(at..).unwrap_or_default(), 0);
        self.scribe.add(&decoded.text);
        self.scribe.end();
    }

    /// What is known only when all is read.
    fn finish(mut self) {
        self.cids.sort_unstable();
        for (id, part) in &self.content_ids {
            if self.cids.binary_search(id).is_ok()
                && let Some(part) = self.scribe.tree.parts.get_mut(usize::from(*part))
            {
                part.shown_inline = true;
            }
        }
        facts::of_tree(&mut self.scribe.tree);
    }
}
