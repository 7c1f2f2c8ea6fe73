//! Lines that part one part from the next, as leniently as mail clients read them.

use std::ops::Range;

use super::super::header::Described;
use super::Standing;

/// A container (or a nested message) that is open where the walk stands.
#[derive(Clone)]
pub(super) struct Frame {
    /// Its part.
    pub part: u16,
    /// Where its body begins.
    pub body: usize,
    /// What its boundary lines may say behind the two dashes.
    pub boundaries: Vec<Vec<u8>>,
    /// Parts found in it.
    pub children: u32,
    /// Its last boundary line was seen.
    pub closed: bool,
    /// A nested message, not a multipart.
    pub message: bool,
    /// Its end came without a line of its own.
    pub ended_by_outer: bool,
    /// Its boundary is the one it was seen to use.
    guessed: bool,
    /// Its transfer encoding was undone.
    decoded: bool,
    nested: bool,
    signed: bool,
    related: bool,
    digest: bool,
}

impl Frame {
    /// A container whose header was just read.
    pub fn new(part: u16, body: usize, described: &Described, standing: &Standing) -> Self {
        Self {
            part,
            body,
            boundaries: described.boundaries.clone(),
            children: 0,
            closed: false,
            message: false,
            ended_by_outer: false,
            guessed: false,
            decoded: false,
            nested: standing.nested,
            signed: standing.signed || described.declared == "multipart/signed",
            related: standing.related || described.declared == "multipart/related",
            digest: described.declared == "multipart/digest",
        }
    }

    /// The same for a nested message, which has no boundary lines of its own.
    pub fn of_message(self) -> Self {
        Self { message: true, boundaries: Vec::new(), ..self }
    }

    /// Where an entity directly inside stands.
    pub fn standing(&self) -> Standing {
        Standing {
            parent: Some(self.part),
            root_at: self.message.then_some(self.body),
            nested: self.nested || self.message,
            signed: self.signed,
            related: self.related,
            digest: self.digest,
        }
    }

    /// A multipart in which no part was found yet.
    pub fn unopened(&self) -> bool {
        !self.message && !self.decoded && self.children == 0 && !self.closed
    }

    /// The same over its decoded body.
    pub fn over_decoded(&self) -> Self {
        Self { body: 0, decoded: true, ..self.clone() }
    }

    /// Whether a multipart that ends without any part uses a boundary it does not declare; then that is its
    /// boundary, and its body is read once more.
    pub fn guess(&mut self, bytes: &[u8], body: Range<usize>) -> bool {
        if self.message || self.children > 0 || self.closed {
            return false;
        }
        self.ended_by_outer = true;
        if self.guessed {
            return false;
        }
        self.guessed = true;
        let Some(found) = undeclared(bytes.get(body).unwrap_or_default()) else { return false };
        self.boundaries.push(found.to_vec());
        true
    }
}

/// A boundary line.
pub(super) struct Delimiter {
    /// Whose it is.
    pub frame: usize,
    /// Where it begins.
    pub line: usize,
    /// Where the next line begins.
    pub after: usize,
    /// It is the last of its container.
    pub closes: bool,
}

/// The next boundary line of any open container from `at` (the start of a line) on.
pub(super) fn next(bytes: &[u8], at: usize, frames: &[Frame]) -> Option<Delimiter> {
    if frames.iter().all(|frame| frame.boundaries.is_empty()) {
        return None;
    }
    let first = bytes.get(at..)?.starts_with(b"--").then_some(at);
    let others = memchr::memmem::find_iter(bytes.get(at..)?, b"\n--").map(|found| at + found + 1);
    first.into_iter().chain(others).find_map(|start| matches(bytes, line(bytes, start), start, frames))
}

/// Whose boundary line this is, if it is one. An outer boundary ends everything inside it.
pub(super) fn matches(bytes: &[u8], line: &[u8], start: usize, frames: &[Frame]) -> Option<Delimiter> {
    let text = line.strip_prefix(b"--")?;
    let find = |read: &dyn Fn(&[u8]) -> Option<bool>| {
        frames.iter().enumerate().rev().find_map(|(index, frame)| {
            let mut behind = frame.boundaries.iter().filter_map(|boundary| text.strip_prefix(boundary.as_slice()));
            behind.find_map(read).map(|closes| (index, closes))
        })
    };
    // One boundary may be the beginning of another: the line as a whole is tried on all of them first.
    let (frame, closes) = find(&exact).or_else(|| find(&|behind| loose(bytes, behind, start + line.len())))?;
    let rest = bytes.get(start..).unwrap_or_default();
    let after = memchr::memchr(b'\n', rest).map_or(bytes.len(), |end| start + end + 1);
    Some(Delimiter { frame, line: start, after, closes })
}

/// What stands behind the boundary: nothing, or the closing dashes.
fn exact(behind: &[u8]) -> Option<bool> {
    match behind.trim_ascii() {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// Something else behind it, which clients that look at the beginning of the line alone pass over: believed
/// behind closing dashes or a blank, or when a part's header follows.
fn loose(bytes: &[u8], behind: &[u8], line_end: usize) -> Option<bool> {
    if behind.starts_with(b"--") {
        return Some(true);
    }
    if behind.first().is_some_and(u8::is_ascii_whitespace) {
        return Some(false);
    }
    let next = bytes.get(line_end..).unwrap_or_default().trim_ascii_start();
    next.get(..8).is_some_and(|word| word.eq_ignore_ascii_case(b"content-")).then_some(false)
}

/// The line at `start`, without its line break.
fn line(bytes: &[u8], start: usize) -> &[u8] {
    let rest = bytes.get(start..).unwrap_or_default();
    let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or_default();
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Where a body ends: the line break before a boundary line belongs to the boundary.
pub(super) fn body_end(bytes: &[u8], start: usize, next: Option<&Delimiter>) -> usize {
    next.map_or(bytes.len().max(start), |next| trimmed(bytes, start, next.line))
}

/// `end` without the line break before it, where a boundary line begins there.
pub(super) fn trimmed(bytes: &[u8], start: usize, end: usize) -> usize {
    if end >= bytes.len() {
        return bytes.len().max(start);
    }
    let body = bytes.get(start..end).unwrap_or_default();
    let body = body.strip_suffix(b"\n").map_or(body, |body| body.strip_suffix(b"\r").unwrap_or(body));
    start + body.len()
}

/// The boundary that a body uses without declaring it: a line of two dashes before a part's header.
fn undeclared(body: &[u8]) -> Option<&[u8]> {
    let first = body.starts_with(b"--").then_some(0);
    let others = memchr::memmem::find_iter(body, b"\n--").map(|found| found + 1);
    first.into_iter().chain(others).find_map(|start| {
        let found = line(body, start);
        let behind = body.get(start + found.len()..)?.trim_ascii_start();
        let token = found.get(2..)?.trim_ascii_end();
        let header = behind.get(..8)?.eq_ignore_ascii_case(b"content-");
        (header && !token.is_empty() && token.len() <= 200).then_some(token)
    })
}
