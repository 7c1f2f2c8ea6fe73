//! Reads the header of the message or of a part, and says what begins behind it.

use super::super::facts;
use super::super::header::{self, Block, Described};
use super::super::scribe::{offset, offsets};
use super::super::{Encoding, Field, FileKind, GapKind, Part, Place, charset, words};
use super::boundary::{self, Frame};
use super::{Source, Walk, leaf};

/// Where an entity stands.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    /// The part it stands in; `None` for the message itself.
    pub parent: Option<u16>,
    /// The content it is the root message of starts here.
    pub root_at: Option<usize>,
    /// Inside a nested message.
    pub nested: bool,
    /// Inside multipart/signed.
    pub signed: bool,
    /// Inside multipart/related.
    pub related: bool,
    /// Inside multipart/digest.
    pub digest: bool,
}

/// What was found where an entity begins.
pub(super) enum Entity {
    /// A leaf whose body begins here.
    Leaf(Box<leaf::Leaf>),
    /// A container; its preamble begins here.
    Container,
    /// A message; its header begins here.
    Message,
    /// Too many parts: nothing more is taken apart.
    Stop,
}

impl Walk<'_, '_> {
    /// Reads the header at `at` and says what begins behind it.
    pub(super) fn entity(&mut self, source: &Source<'_>, frames: &mut Vec<Frame>, at: usize) -> (Entity, usize) {
        if self.scribe.tree.parts.len() >= usize::from(self.scribe.limits.parts.max(1)) {
            return (Entity::Stop, at);
        }
        let standing = match frames.last() {
            Some(frame) => frame.standing(),
            None => Standing {
                parent: source.owner,
                root_at: (!source.signed).then_some(0),
                nested: source.nested,
                signed: !source.outer,
                related: false,
                digest: false,
            },
        };
        let left = self.scribe.limits.headers.saturating_sub(self.headers) as usize;
        let block = Block::read(source.bytes, at, left, |line, start| {
            boundary::matches(source.bytes, line, start, frames).is_some()
        });
        self.headers = self.headers.saturating_add(offset(block.fields.len()));
        let default = if standing.digest { "message/rfc822" } else { "text/plain" };
        let described = Described::read(source.bytes, &block, default);
        let part = self.part(source, &standing, &block, &described);
        self.fields(source, &standing, &block, part);
        self.names(source, &described, part);
        let depth = usize::from(source.depth) + frames.len() + 1;
        let container = described.declared.starts_with("multipart/");
        let message = matches!(described.declared.as_str(), "message/rfc822" | "message/global" | "message/news");
        let deeper = depth < usize::from(self.scribe.limits.depth);
        if (container || message) && !deeper {
            self.scribe.gap(GapKind::Limit, part, "nested deeper than the limit");
        }
        let frame = Frame::new(part, block.body, &described, &standing);
        let body = block.body;
        if container && deeper {
            frames.push(frame);
            return (Entity::Container, body);
        }
        if message && deeper && described.encoding() == Encoding::Plain {
            frames.push(frame.of_message());
            return (Entity::Message, body);
        }
        (Entity::Leaf(Box::new(leaf::Leaf { part, described, nested: standing.nested, opaque: !deeper })), body)
    }

    /// Enters the part into the tree.
    fn part(&mut self, source: &Source<'_>, standing: &Standing, block: &Block, described: &Described) -> u16 {
        let index = u16::try_from(self.scribe.tree.parts.len()).unwrap_or(u16::MAX);
        let header = if source.outer { offsets(&block.range) } else { 0..0 };
        let container = described.declared.starts_with("multipart/");
        let message = described.declared.starts_with("message/") && described.declared != "message/delivery-status";
        let image = described.declared.starts_with("image/");
        self.scribe.tree.parts.push(Part {
            parent: standing.parent.unwrap_or(0),
            declared: described.declared.clone(),
            header,
            body: 0..0,
            encoding: described.encoding(),
            charset: described.charset.clone(),
            size: 0,
            kind: if message { FileKind::Message } else { FileKind::Other },
            attached: !container && (message || described.attached()),
            shown_inline: image && standing.related && described.disposition == "inline",
            name: None,
            sealed: None,
            container,
            flowed: described.flowed,
            editable: source.outer && !standing.signed && !container && described.transfer_known(),
        });
        if !described.content_id.is_empty() && image {
            self.content_ids.push((described.content_id.clone(), index));
        }
        facts::of_part(&mut self.scribe.tree.facts, described, standing.parent.is_none(), standing.nested);
        index
    }

    /// Writes what the header fields say.
    pub(super) fn fields(&mut self, source: &Source<'_>, standing: &Standing, block: &Block, part: u16) {
        let top = standing.parent.is_none();
        // The header of a nested message is content of the part that holds it.
        let (owner, origin) = match standing.root_at {
            Some(start) if !top => (standing.parent.unwrap_or(part), Some(start)),
            _ => (part, source.outer.then_some(0)),
        };
        for field in &block.fields {
            let name = header::folded_name(source.bytes, field);
            let mut piece = None;
            if let Some(place) = header::place_of(&name) {
                let place = if standing.root_at.is_some() && !top { Place::Attachment } else { place };
                self.scribe.begin_value(place, owner);
                let escapes = header::holds_addresses(&name);
                words::write(self.scribe, source.bytes, field.value.clone(), origin, escapes);
                piece = self.scribe.end();
            }
            if top {
                let value = source.bytes.get(field.value.clone()).unwrap_or_default();
                facts::of_field(&mut self.scribe.tree.facts, &name, value);
                self.scribe.tree.headers.push(Field { name, raw: offsets(&field.value), piece });
            }
        }
        if let Some(rest) = &block.rest {
            self.scribe.gap(GapKind::Limit, part, "more header fields than the limit");
            self.scribe.begin(Place::Header, owner);
            let decoded = charset::utf8(source.bytes.get(rest.clone()).unwrap_or_default(), 0);
            self.scribe.add(&decoded.text);
            self.scribe.end();
        }
    }

    /// Writes the part's file name, and every other one its header gives.
    fn names(&mut self, source: &Source<'_>, described: &Described, part: u16) {
        for (index, name) in described.names.iter().enumerate() {
            let again = described.names.iter().take(index).any(|earlier| earlier.value == name.value);
            if again && name.charset.is_empty() {
                continue;
            }
            self.scribe.begin_value(Place::FileName, part);
            if let Some(direct) = &name.direct {
                words::write(self.scribe, source.bytes, direct.clone(), source.outer.then_some(0), false);
            } else if name.charset.is_empty() {
                words::write(self.scribe, &name.value, 0..name.value.len(), None, false);
            } else {
                self.scribe.put_at(&name.text(), name.whole.clone().filter(|_| source.outer));
            }
            let piece = self.scribe.end();
            if let Some(part) = self.scribe.tree.parts.get_mut(usize::from(part)) {
                part.name = part.name.or(piece);
            }
        }
    }
}
