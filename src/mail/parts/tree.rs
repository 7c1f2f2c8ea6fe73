//! What a message is once it is taken apart: one text, and where each stretch of it comes from.

use std::fmt;
use std::ops::Range;

use super::facts::Facts;
use super::gap::Gap;
use super::part::{Part, Unopened};
use super::section::Section;

/// A message taken apart. All readable text stands in one arena, [`Tree::text`]; [`Piece`]s say where
/// each stretch of it comes from. It is made from a stranger's bytes in a worker process, so the main
/// process calls [`Tree::check`] before it uses one.
#[derive(Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Tree {
    /// Every piece of text, each followed by one `\n`, so that nothing matches across pieces by chance.
    pub text: String,
    /// In the order of `text`, not overlapping.
    pub pieces: Vec<Piece>,
    /// Header fields of the message itself, in order; same count and order as the milter gave them.
    pub headers: Vec<Field>,
    /// All MIME parts in document order; index 0 is the message itself.
    pub parts: Vec<Part>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Cells of tables and CSV files.
    pub cells: Vec<Cell>,
    /// Where in their file pieces stand, for pieces out of opened files; in the order of `pieces`.
    pub sections: Vec<Section>,
    /// Files that wait to be opened, each in a job of its own. Until then each is a gap, too.
    pub unopened: Vec<Unopened>,
    /// Facts of the message as a whole.
    pub facts: Facts,
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tree({} parts, {} bytes of text, {} gaps)", self.parts.len(), self.text.len(), self.gaps.len())
    }
}

impl Tree {
    /// Where in its file a piece stands; `None` for a piece that is not out of an opened file.
    #[must_use]
    pub fn section(&self, piece: u32) -> Option<&Section> {
        let at = self.sections.binary_search_by_key(&piece, |section| section.piece).ok()?;
        self.sections.get(at)
    }
}

/// One header field of the message.
#[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Field {
    /// Name in lower case, ASCII; other bytes as `?`.
    pub name: String,
    /// The raw value's place in the message, line breaks inside included, the ending one not.
    pub raw: Range<u32>,
    /// Index of the piece with the decoded value; `None` for fields that hold no words of a person
    /// (Received, DKIM-Signature, ...).
    pub piece: Option<u32>,
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(field)")
    }
}

/// Where a piece of text stands in the message, as a sender would say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The Subject field (and fields that repeat it, `Thread-Topic`).
    Subject,
    /// Another header field.
    Header,
    /// The message text: a text part that is shown, not attached.
    Body,
    /// The name of an attachment.
    FileName,
    /// Inside an attachment.
    Attachment,
    /// Shown by no mail client, yet sent: preamble, epilogue, comments.
    Hidden,
}

impl Place {
    /// All places, in the order a reader meets them.
    pub const ALL: [Self; 6] =
        [Self::Subject, Self::Header, Self::Body, Self::FileName, Self::Attachment, Self::Hidden];
    /// The word used in packs, metrics and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Header => "header",
            Self::Body => "body",
            Self::FileName => "file_name",
            Self::Attachment => "attachment",
            Self::Hidden => "hidden",
        }
    }
}

/// A stretch of [`Tree::text`] from one place.
#[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Piece {
    /// Where it stands.
    pub place: Place,
    /// The part it belongs to (0 for the message's header fields).
    pub part: u16,
    /// Its bytes in `Tree::text`.
    pub text: Range<u32>,
    /// The way back to the part's content (see [`Run`]); empty where there is none (text that cannot be edited in place).
    pub runs: Vec<Run>,
    /// Stretches of `Tree::text` inside this piece that a reader does not see (hidden HTML).
    pub hidden: Vec<Range<u32>>,
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Piece({}, part {})", self.place.name(), self.part)
    }
}

/// The way from decoded text back to bytes: `text` was made from `content`.
///
/// `content` counts bytes of the part's body *after* its transfer encoding was undone (quoted-printable,
/// base64) and *before* its charset and HTML were read; in pieces of the places `Subject`, `Header` and
/// `FileName` it counts bytes of the raw message. The header fields of a nested message are part of the
/// content of the `message/rfc822` part (place `Attachment`). Where `even` is true both ranges have the same length and correspond byte by byte (ASCII
/// or UTF-8 copied); otherwise the whole of one stands for the whole of the other (an entity, a letter
/// of a one-byte charset, an encoded word).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Run {
    /// Bytes of `Tree::text`.
    pub text: Range<u32>,
    /// Bytes of the content.
    pub content: Range<u32>,
    /// Byte by byte, or as a whole.
    pub even: bool,
}

/// One cell of a table (HTML table, CSV).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cell {
    /// Piece it stands in.
    pub piece: u32,
    /// Table within the message, counted from 0.
    pub table: u16,
    /// Row, 0-based.
    pub row: u32,
    /// Column, 0-based.
    pub column: u16,
    /// Its bytes in `Tree::text`.
    pub text: Range<u32>,
}
