//! Header fields, and what they say of the part they stand over.

use std::ops::Range;

use super::encoding::{self, Transfer};
use super::parameters::{self, Parameter};
use super::{Encoding, Place};

/// One field as it stands.
pub(super) struct RawField {
    /// Its name; empty for a line that is no field.
    pub name: Range<usize>,
    /// Its value, without the one space behind the colon and the ending line break.
    pub value: Range<usize>,
}

/// The header of a message or part.
pub(super) struct Block {
    /// Fields in order.
    pub fields: Vec<RawField>,
    /// The whole header, the empty line behind it not included.
    pub range: Range<usize>,
    /// Where the body begins.
    pub body: usize,
    /// Fields beyond the limit, unread.
    pub rest: Option<Range<usize>>,
}

impl Block {
    /// Reads the header that begins at `start`, up to the empty line or a line that `ends` it.
    pub fn read(bytes: &[u8], start: usize, most: usize, ends: impl Fn(&[u8], usize) -> bool) -> Self {
        let mut block = Self { fields: Vec::new(), range: start..start, body: start, rest: None };
        let mut at = start;
        // The first line that is no field: where there is no empty line at all, the body begins there.
        let mut loose: Option<(usize, usize)> = None;
        let mut closed = false;
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let whole = rest.get(..length).unwrap_or_default();
            let line = whole.strip_suffix(b"\n").unwrap_or(whole);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                closed = true;
                block.body = at + length;
                break;
            }
            if line.starts_with(b"--") && ends(line, at) {
                break;
            }
            let end = at + line.len();
            if at == start && (line.starts_with(b"From ") || line.starts_with(b">From ")) {
                block.range.start = at + length;
            } else if line.starts_with(b" ") || line.starts_with(b"\t") {
                match (block.fields.last_mut(), &mut block.rest) {
                    (_, Some(rest)) => rest.end = end,
                    (Some(field), None) => field.value.end = end,
                    // A field that an editor indented; a text's first line is no field.
                    (None, None) if field(line.trim_ascii_start(), at).is_none() => break,
                    (None, None) => block.fields.push(RawField { name: at..at, value: at..end }),
                }
            } else if let Some(field) = field(line, at) {
                block.push(field, most);
            } else {
                if block.fields.is_empty() {
                    break;
                }
                loose.get_or_insert((block.fields.len(), at));
                block.push(RawField { name: at..at, value: at..end }, most);
            }
            at += length;
        }
        block.range.end = at;
        if !closed {
            block.body = at;
            if let Some((count, line)) = loose {
                block.fields.truncate(count);
                block.rest = block.rest.filter(|rest| rest.end <= line);
                block.range.end = line;
                block.body = line;
            }
        }
        block.range.start = block.range.start.min(block.range.end);
        block
    }

    fn push(&mut self, field: RawField, most: usize) {
        if self.fields.len() < most {
            self.fields.push(field);
        } else {
            let start = if field.name.is_empty() { field.value.start } else { field.name.start };
            self.rest.get_or_insert(start..start).end = field.value.end;
        }
    }

    /// The values of all fields of a name (in lower case).
    pub fn values<'a>(&'a self, bytes: &'a [u8], name: &'static str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.fields.iter().filter(move |field| is_name(bytes, field, name)).map(|field| field.value.clone())
    }
}

fn is_name(bytes: &[u8], field: &RawField, name: &str) -> bool {
    bytes.get(field.name.clone()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
}

fn field(line: &[u8], at: usize) -> Option<RawField> {
    let colon = memchr::memchr(b':', line)?;
    let name = line.get(..colon)?.trim_ascii_end();
    if name.is_empty() || name.len() > 998 || !name.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let space = usize::from(line.get(colon + 1) == Some(&b' '));
    Some(RawField { name: at..at + name.len(), value: at + colon + 1 + space..at + line.len() })
}

/// A field name as the tree keeps it.
pub(super) fn folded_name(bytes: &[u8], field: &RawField) -> String {
    let name = bytes.get(field.name.clone()).unwrap_or_default();
    if name.is_empty() {
        return "?".to_owned();
    }
    name.iter()
        .take(256)
        .map(|byte| if byte.is_ascii_graphic() { char::from(byte.to_ascii_lowercase()) } else { '?' })
        .collect()
}

/// Fields without words of a person: trace, signatures, identifiers, the marks of filters.
const SILENT: &[&str] = &[
    "received",
    "return-path",
    "dkim-signature",
    "domainkey-signature",
    "x-google-dkim-signature",
    "x-gm-message-state",
    "x-gm-gg",
    "x-gm-features",
    "x-google-smtp-source",
    "x-received",
    "authentication-results",
    "authentication-results-original",
    "received-spf",
    "message-id",
    "references",
    "in-reply-to",
    "mime-version",
    "content-transfer-encoding",
    "content-type",
    "content-disposition",
    "content-length",
    "content-id",
    "content-md5",
    "date",
    "resent-date",
    "resent-message-id",
    "thread-index",
    "lines",
    "autocrypt",
    "face",
    "x-face",
    "x-uidl",
    "x-ms-tnef-correlator",
    "x-tm-as-result",
    "x-proofpoint-virus-version",
    "x-microsoft-antispam",
    "x-microsoft-antispam-message-info",
    "x-microsoft-antispam-message-info-original",
    "x-microsoft-antispam-mailbox-delivery",
    "x-microsoft-antispam-prvs",
    "x-microsoft-exchange-diagnostics",
    "x-forefront-antispam-report",
    "x-forefront-antispam-report-untrusted",
    "x-forefront-prvs",
];

/// Where a field's words stand; `None` for a field that has none.
pub(super) fn place_of(name: &str) -> Option<Place> {
    if name == "subject" || name == "thread-topic" {
        return Some(Place::Subject);
    }
    let silent = SILENT.contains(&name)
        || name.starts_with("arc-")
        || name.starts_with("x-ms-exchange-")
        || name.starts_with("x-ms-office365-filtering");
    (!silent).then_some(Place::Header)
}

/// Fields whose names stand in quotes, where a backslash before a letter is not seen.
pub(super) fn holds_addresses(name: &str) -> bool {
    let name = name.strip_prefix("resent-").unwrap_or(name);
    matches!(name, "from" | "to" | "cc" | "bcc" | "reply-to" | "sender")
}

/// What a part's header says of it.
pub(super) struct Described {
    /// `type/subtype`, lower case.
    pub declared: String,
    /// Lower case; empty where none.
    pub charset: String,
    /// Every boundary that is given.
    pub boundaries: Vec<Vec<u8>>,
    /// Disposition, lower case; empty where none.
    pub disposition: String,
    /// File names, the one to believe first.
    pub names: Vec<Parameter>,
    /// How the body is written.
    pub transfer: Transfer,
    /// Content-ID without brackets.
    pub content_id: String,
    /// `format=flowed`.
    pub flowed: bool,
    /// `method=` of a calendar.
    pub method: String,
}

impl Described {
    /// Reads the fields; without a Content-Type the part is a `default`.
    pub fn read(bytes: &[u8], block: &Block, default: &str) -> Self {
        let mut found = Self {
            declared: String::new(),
            charset: String::new(),
            boundaries: Vec::new(),
            disposition: String::new(),
            names: Vec::new(),
            transfer: transfer(bytes, block),
            content_id: String::new(),
            flowed: false,
            method: String::new(),
        };
        for value in block.values(bytes, "content-disposition").take(4) {
            let (main, parameters) = parameters::read(bytes, value);
            if found.disposition.is_empty() {
                found.disposition = main;
            }
            found.names.extend(parameters.into_iter().filter(|parameter| parameter.name == "filename"));
        }
        for value in block.values(bytes, "content-type").take(4) {
            let (main, parameters) = parameters::read(bytes, value);
            // Of two fields clients take one or the other; the one that has parts is the one to look into.
            if found.declared.is_empty()
                || (main.starts_with("multipart/") && !found.declared.starts_with("multipart/"))
            {
                found.declared = main;
            }
            found.take_type(parameters);
        }
        if !found.declared.contains('/') {
            let unsaid = found.declared.is_empty() || found.declared == "text";
            found.declared.clear();
            found.declared.push_str(if unsaid { default } else { "application/octet-stream" });
        }
        // RFC 2231 before the plain form that stands beside it for old programs.
        found.names.sort_by_key(|name| !name.extended);
        if let Some(value) = block.values(bytes, "content-id").next() {
            let id = bytes.get(value).unwrap_or_default().trim_ascii();
            let id = id.strip_prefix(b"<").unwrap_or(id);
            found.content_id = String::from_utf8_lossy(id.strip_suffix(b">").unwrap_or(id)).into_owned();
        }
        found
    }

    fn take_type(&mut self, parameters: Vec<Parameter>) {
        for parameter in parameters {
            match parameter.name.as_str() {
                "charset" if self.charset.is_empty() => {
                    let text = parameter.text();
                    self.charset =
                        text.chars().filter(char::is_ascii_graphic).take(60).collect::<String>().to_ascii_lowercase();
                }
                "boundary" => {
                    let trimmed = parameter.value.trim_ascii_end();
                    if !trimmed.is_empty()
                        && self.boundaries.len() < 4
                        && !self.boundaries.iter().any(|known| known == trimmed)
                    {
                        self.boundaries.push(trimmed.iter().copied().take(1_000).collect());
                    }
                }
                "format" => self.flowed |= parameter.value.eq_ignore_ascii_case(b"flowed"),
                "method" if self.method.is_empty() => self.method = parameter.text().to_ascii_lowercase(),
                "name" => self.names.push(parameter),
                _ => (),
            }
        }
    }

    /// Attached rather than shown: clients show a text with a name when its disposition says so.
    pub fn attached(&self) -> bool {
        let shown = self.disposition == "inline" && matches!(self.declared.as_str(), "text/plain" | "text/html");
        self.disposition == "attachment" || (!self.names.is_empty() && !shown)
    }

    /// A file of which nothing is said.
    pub fn plain_file() -> Self {
        Self {
            declared: "application/octet-stream".to_owned(),
            charset: String::new(),
            boundaries: Vec::new(),
            disposition: String::new(),
            names: Vec::new(),
            transfer: Transfer::As(Encoding::Plain),
            content_id: String::new(),
            flowed: false,
            method: String::new(),
        }
    }

    /// Whether the body can be written again as it was.
    pub fn transfer_known(&self) -> bool {
        matches!(self.transfer, Transfer::As(_))
    }

    /// The encoding of the body.
    pub fn encoding(&self) -> Encoding {
        match self.transfer {
            Transfer::As(encoding) => encoding,
            Transfer::Uuencoded | Transfer::Unknown => Encoding::Plain,
        }
    }
}

/// Of several fields the first that says something other than "as it is": what is read too often stands in
/// the text, what is read too seldom is not seen.
fn transfer(bytes: &[u8], block: &Block) -> Transfer {
    let mut first = Transfer::As(Encoding::Plain);
    for value in block.values(bytes, "content-transfer-encoding").take(8) {
        match encoding::named(bytes.get(value).unwrap_or_default()) {
            Transfer::As(Encoding::Plain) => (),
            Transfer::Unknown => first = Transfer::Unknown,
            found => return found,
        }
    }
    first
}
