//! Properties whose value is a file, or words, in base64 (RFC 5545 3.8.1.1, RFC 2426, vCard 2.1, RFC 2397).

use crate::mail::parts::{Encoding, decoded};

/// Where a coded value stands in its property, and what a parameter calls it.
pub(super) struct Coded {
    /// Where the code begins.
    pub at: usize,
    /// The file's name; empty where none is given.
    pub name: String,
}

impl Coded {
    /// Looks at a property; `None` for one whose value stands as it is.
    pub fn of(line: &[u8]) -> Option<Self> {
        let colon = outside_quotes(line, b':')?;
        let head = unfolded(line.get(..colon)?);
        let mut rest = head.as_bytes();
        let (mut coded, mut name) = (false, String::new());
        while let Some(separator) = outside_quotes(rest, b';') {
            rest = rest.get(separator + 1..)?;
            let end = outside_quotes(rest, b';').unwrap_or(rest.len());
            let parameter = String::from_utf8_lossy(rest.get(..end)?);
            let (key, value) = parameter.split_once('=').unwrap_or(("ENCODING", &parameter));
            let (key, value) = (key.trim().to_ascii_uppercase(), value.trim().trim_matches('"'));
            coded |= key == "ENCODING" && (value.eq_ignore_ascii_case("BASE64") || value.eq_ignore_ascii_case("B"));
            if key.ends_with("FILENAME") || key == "X-NAME" {
                value.clone_into(&mut name);
            }
        }
        let value = line.get(colon + 1..)?;
        if coded {
            return Some(Self { at: colon + 1, name });
        }
        // An address that holds what it leads to.
        let blanks = value.len() - value.trim_ascii_start().len();
        let inside = value.get(blanks..blanks + 5).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"data:"));
        let comma = memchr::memchr(b',', value).filter(|_| inside)?;
        let kind = unfolded(value.get(..comma)?).to_ascii_lowercase();
        kind.trim_end().ends_with(";base64").then_some(Self { at: colon + 1 + comma + 1, name })
    }

    /// What the code says.
    pub fn content(&self, line: &[u8]) -> Vec<u8> {
        decoded(line.get(self.at..).unwrap_or_default(), Encoding::Base64).into_owned()
    }
}

/// Whether a line holds nothing but code: some programs break it without a blank on the next line.
pub(super) fn is_code(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    !line.is_empty() && line.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

fn outside_quotes(line: &[u8], wanted: u8) -> Option<usize> {
    let mut quoted = false;
    line.iter().position(|byte| {
        quoted ^= *byte == b'"';
        !quoted && *byte == wanted
    })
}

/// Parameters without the line breaks in them.
fn unfolded(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    if !text.contains('\n') {
        return text.into_owned();
    }
    let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |joined, line| joined + line.get(1..).unwrap_or_default())
}
