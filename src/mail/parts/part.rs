//! One MIME part: what it is, how it is written, and what protects it.

use std::fmt;
use std::ops::Range;

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

    /// The reason of the gap that it makes.
    #[must_use]
    pub(super) const fn phrase(self) -> &'static str {
        match self {
            Self::Smime => "encrypted with S/MIME",
            Self::Pgp => "encrypted with PGP",
            Self::RightsManaged => "rights-managed message",
            Self::ZipAes => "archive encrypted with AES",
            Self::ZipWeak => "archive with weak encryption",
            Self::Office => "encrypted office document",
            Self::OfficeWeak => "office document with weak encryption",
            Self::Pdf => "PDF with a password",
            Self::SevenZip => "encrypted 7z archive",
            Self::Rar => "encrypted RAR archive",
        }
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
