//! Takes a message apart into a bounded plain tree; never fails.

/// Readable text out of bytes in any charset, with the way back.
mod charset;
/// Whether a tree that came from a worker may be used.
mod check;
/// What a part is and what protects it.
mod classify;
/// Transfer encodings, read leniently.
mod encoding;
/// Facts of the message as a whole.
mod facts;
/// What was found in an opened file joins the message it stands in.
mod graft;
/// Header fields, and the part they describe.
mod header;
/// Parameters of Content-Type and Content-Disposition.
mod parameters;
/// The one growing text of a tree.
mod scribe;
/// Finds the parts.
mod walk;
/// Encoded words and raw bytes of header values.
mod words;

use std::fmt;
use std::ops::Range;

pub(in crate::mail) use charset::Decoded;
pub(in crate::mail) use scribe::Scribe;
pub(in crate::mail) use walk::{entity_within, fields_within, file_within};

/// How far taking apart goes. What lies beyond a limit is a [`Gap`], never an error.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Nesting of multiparts and messages.
    pub depth: u16,
    /// MIME parts in all.
    pub parts: u16,
    /// Header fields of the message and of all parts.
    pub headers: u32,
    /// Bytes of decoded text in all.
    pub text: u32,
    /// Table cells in all.
    pub cells: u32,
    /// Bytes of one file name or decoded header value.
    pub value: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 32, parts: 1_000, headers: 20_000, text: 16 << 20, cells: 1_000_000, value: 64 << 10 }
    }
}

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

/// How a part's bytes are written in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// 7bit, 8bit, binary: as they are.
    Plain,
    /// RFC 2045 6.7.
    QuotedPrintable,
    /// RFC 2045 6.8.
    Base64,
    /// Something else that was read leniently (uuencode, yEnc); not editable.
    Other,
}

/// What protects a part's content from us (and from everybody without the key).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sealed {
    /// S/MIME enveloped or authEnveloped data.
    Smime,
    /// PGP/MIME or inline PGP with session-key and encrypted-data packets.
    Pgp,
    /// Microsoft rights-managed message.
    RightsManaged,
    /// ZIP with every entry AES-encrypted.
    ZipAes,
    /// ZIP with the weak `ZipCrypto`.
    ZipWeak,
    /// Encrypted office document.
    Office,
    /// Office document before 2007 under XOR, or under RC4 with a key of 40 bits.
    OfficeWeak,
    /// Encrypted PDF that needs a password.
    Pdf,
    /// 7z with encryption.
    SevenZip,
    /// RAR with encryption.
    Rar,
}

impl Sealed {
    /// Whether whoever wants to read it can, without the key.
    #[must_use]
    pub const fn is_weak(self) -> bool {
        matches!(self, Self::ZipWeak | Self::OfficeWeak)
    }
}

/// What a file is, by its first bytes and structure, never by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Readable text without a more particular kind.
    Text,
    /// Comma- or tab-separated values.
    Csv,
    /// HTML.
    Html,
    /// vCalendar / iCalendar.
    Calendar,
    /// vCard.
    Contact,
    /// A message (message/rfc822).
    Message,
    /// GIF, JPEG, PNG, WebP, HEIC, BMP, TIFF, SVG.
    Image,
    /// Sound.
    Audio,
    /// Film.
    Video,
    /// PDF.
    Pdf,
    /// Office document (old or new, any maker).
    Office,
    /// Office document that carries macros.
    OfficeMacro,
    /// ZIP, 7z, RAR, tar, gzip, ...
    Archive,
    /// A program: PE, ELF, Mach-O, MSI, Java class or JAR, APK, ...
    Executable,
    /// A script: shell, batch, PowerShell, JavaScript, VBS, HTA, LNK, ...
    Script,
    /// PKCS#7, PGP data, signatures.
    Cryptographic,
    /// Anything else.
    Other,
}

/// One MIME part.
#[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Part {
    /// Index of the part it stands in; 0 for the message itself.
    pub parent: u16,
    /// Declared content type in lower case, `type/subtype`.
    pub declared: String,
    /// The part's header block in the raw message.
    pub header: Range<u32>,
    /// The part's body in the raw message, still transfer-encoded. Empty for parts inside an encoded
    /// message, which cannot be edited in place.
    pub body: Range<u32>,
    /// How the body is written.
    pub encoding: Encoding,
    /// Charset as declared, lower case; empty where none was.
    pub charset: String,
    /// Decoded size in bytes.
    pub size: u64,
    /// What it is by content.
    pub kind: FileKind,
    /// Attached (disposition, name, or a kind no client shows) rather than shown as text.
    pub attached: bool,
    /// A picture shown inside the HTML text (`cid:` or `inline` inside multipart/related).
    pub shown_inline: bool,
    /// Piece with the decoded file name, where there is one.
    pub name: Option<u32>,
    /// What protects it.
    pub sealed: Option<Sealed>,
    /// multipart/*: a container without content of its own.
    pub container: bool,
    /// Text is `format=flowed` (RFC 3676).
    pub flowed: bool,
    /// May be edited in place: a leaf of the outer message (not inside a signature or an encoded
    /// message), charset and encoding understood.
    pub editable: bool,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part({:?}, {} bytes)", self.kind, self.size)
    }
}

/// Why something was not read. The word is the label in packs, metrics and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// Encrypted: protected from everybody without the key. `unreadable` does not cover it.
    Protected,
    /// Encrypted in a way that is broken in minutes: closed to us, and not to whoever wants to know.
    Weak,
    /// Cannot be decoded: broken encoding, unknown charset, damaged structure.
    Broken,
    /// A kind of file exeat does not open.
    Unsupported,
    /// Beyond a limit: depth, parts, size, time.
    Limit,
    /// A worker died or ran out of time or memory on it.
    Exhausted,
}

impl GapKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Protected, Self::Weak, Self::Broken, Self::Unsupported, Self::Limit, Self::Exhausted];
    /// The word used in packs, metrics and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Weak => "weak",
            Self::Broken => "broken",
            Self::Unsupported => "unsupported",
            Self::Limit => "limit",
            Self::Exhausted => "exhausted",
        }
    }
}

/// Something that was not read, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Gap {
    /// Kind.
    pub kind: GapKind,
    /// The part it concerns.
    pub part: u16,
    /// A fixed phrase of ours (never a stranger's words), e.g. `nested deeper than 32`.
    pub reason: String,
}

/// A family of files that are opened in jobs of their own. The word is the one in the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// ZIP, gzip, tar and whatever else holds files.
    Archive,
    /// Word, Excel and `PowerPoint`, old and new, with and without macros.
    Office,
    /// `OpenDocument`: text, spreadsheet, presentation.
    OpenDocument,
    /// Outlook messages and `winmail.dat`.
    Outlook,
    /// PDF.
    Pdf,
}

impl Family {
    /// All families.
    pub const ALL: [Self; 5] = [Self::Archive, Self::Office, Self::OpenDocument, Self::Outlook, Self::Pdf];
}

/// A file that waits to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Unopened {
    /// Its part.
    pub part: u16,
    /// What kind of reader opens it.
    pub family: Family,
}

/// Where in its file a piece stands: `sheet 2, called "Marks"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Section {
    /// The piece.
    pub piece: u32,
    /// What the section is.
    pub kind: SectionKind,
    /// Which one it is, from 1; 0 where sections of this kind are not counted.
    pub number: u32,
    /// The piece with its name, where it has one.
    pub name: Option<u32>,
}

/// The sections of files, as a person would call them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    /// A sheet of a workbook.
    Sheet,
    /// A sheet that is not shown.
    HiddenSheet,
    /// A slide.
    Slide,
    /// A slide that is not shown.
    HiddenSlide,
    /// A page.
    Page,
    /// A speaker's notes.
    Notes,
    /// Comments.
    Comments,
    /// A header or footer.
    HeaderOrFooter,
    /// Footnotes and endnotes.
    Footnotes,
    /// Title, author, keywords, and what else is said of the document.
    Properties,
    /// Text that only a program sees: variables, data behind fields, links.
    Behind,
    /// Names of files in an archive.
    Names,
    /// Fields of a form, with what was filled in.
    Form,
    /// Bookmarks.
    Bookmarks,
    /// Letters in a picture, as a program made them out.
    Letters,
}

impl SectionKind {
    /// What a sender calls it.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Sheet => "sheet",
            Self::HiddenSheet => "hidden sheet",
            Self::Slide => "slide",
            Self::HiddenSlide => "hidden slide",
            Self::Page => "page",
            Self::Notes => "the notes",
            Self::Comments => "the comments",
            Self::HeaderOrFooter => "a header or footer",
            Self::Footnotes => "the footnotes",
            Self::Properties => "the document properties",
            Self::Behind => "data behind the text",
            Self::Names => "the names of the files",
            Self::Form => "the form fields",
            Self::Bookmarks => "the bookmarks",
            Self::Letters => "the letters in the picture",
        }
    }
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

/// Facts of the message as a whole, read from its header and structure.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// S/MIME- or PGP-signed (multipart/signed, signed-data).
    pub signed: bool,
    /// Encrypted as a whole.
    pub encrypted: bool,
    /// Rights-managed.
    pub rights_managed: bool,
    /// multipart/report or message/disposition-notification: a report or receipt.
    pub report: bool,
    /// `Auto-Submitted` other than `no`, vacation marks: an automatic reply.
    pub automatic: bool,
    /// `List-Id`, `Precedence: list|bulk|junk`.
    pub bulk: bool,
    /// A calendar answer (`method=REPLY`).
    pub calendar_answer: bool,
    /// Any calendar part with a method.
    pub calendar: bool,
    /// Journal report (`X-MS-Journal-Report`, ...).
    pub journal: bool,
    /// `Importance: high`, `X-Priority: 1|2`, `Priority: urgent`.
    pub high_importance: bool,
    /// Forwarding marks: `Resent-From`, `X-Forwarded-For`, `X-Forwarded-To`, `X-MS-Exchange-Inbox-Rules-Loop`.
    pub forwarded: bool,
}

/// What is wrong with a tree that a worker returned; the text names the field only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

/// Takes a message apart. Whatever the bytes are, there is a tree; what could not be read is a gap in it.
#[must_use]
pub fn take_apart(raw: &[u8], limits: &Limits) -> Tree {
    walk::take_apart(raw, limits)
}

/// The content of one part of a message, its transfer encoding undone, for a part that does not stand in the
/// message as it is. `None` for one that holds no file.
#[must_use]
pub fn content_of(raw: &[u8], limits: &Limits, part: u16) -> Option<Vec<u8>> {
    walk::content_of(raw, limits, part)
}

/// Whether a header field of that name, in lower case, holds words of a person.
pub(in crate::mail) fn says_words(name: &str) -> bool {
    header::place_of(name).is_some()
}

/// The content of a part whose body is at hand, as [`take_apart`] reads it.
#[must_use]
pub fn decoded(body: &[u8], encoding: Encoding) -> std::borrow::Cow<'_, [u8]> {
    let code = if encoding == Encoding::Base64 { encoding::base64::footer(body) } else { None };
    encoding::decode(code.and_then(|at| body.get(..at)).unwrap_or(body), encoding).0
}
