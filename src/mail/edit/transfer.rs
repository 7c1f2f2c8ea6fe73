//! From edits of content to splices of a transfer-encoded body.

use super::{Edit, line_break, quoted_printable};
use crate::mail::parts::Encoding;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use std::ops::Range;

/// A stretch of the body and what stands there afterwards.
pub(super) type BodySplice = (Range<usize>, Vec<u8>);

/// Length of a base64 line where the body has only one.
const BASE64_LINE: usize = 76;

/// The body without its transfer encoding; `None` for encodings that are only read.
pub(super) fn decode(body: &[u8], encoding: Encoding) -> Option<Cow<'_, [u8]>> {
    match encoding {
        Encoding::Plain => Some(Cow::Borrowed(body)),
        Encoding::QuotedPrintable => Some(Cow::Owned(quoted_printable::decode(body))),
        Encoding::Base64 => Some(Cow::Owned(decode_base64(body))),
        Encoding::Other => None,
    }
}

/// The splices that make the edits, which are sorted and apart.
pub(super) fn splices(body: &[u8], content: &[u8], encoding: Encoding, edits: &[Edit]) -> Vec<BodySplice> {
    match encoding {
        Encoding::Plain | Encoding::Other => {
            edits.iter().map(|edit| (edit.content.clone(), edit.with.clone())).collect()
        }
        Encoding::QuotedPrintable => quoted_printable::splices(body, edits),
        Encoding::Base64 => base64_splice(body, content, edits).into_iter().collect(),
    }
}

/// Base64 moves with everything behind a change: from the first digit that differs to the last one.
/// White space in front, line length and what stands behind the last digit stay.
fn base64_splice(body: &[u8], content: &[u8], edits: &[Edit]) -> Option<BodySplice> {
    let mut changed = Vec::with_capacity(content.len());
    let mut at = 0;
    for edit in edits {
        changed.extend_from_slice(content.get(at..edit.content.start)?);
        changed.extend_from_slice(&edit.with);
        at = edit.content.end;
    }
    changed.extend_from_slice(content.get(at..)?);

    let start = body.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let end = body.iter().rposition(|byte| digit(*byte).is_some() || *byte == b'=').map_or(start, |last| last + 1);
    let old = body.get(start..end.max(start))?;
    let line_end = old.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    // A line of a length that is no whole number of groups is kept as it is; so is a very long one.
    let line =
        line_end.filter(|length| *length > 0).unwrap_or(if old.len() > BASE64_LINE { usize::MAX } else { BASE64_LINE });
    let mut new = Vec::with_capacity(changed.len() / 3 * 4 + 8);
    for (number, digits) in STANDARD.encode(&changed).as_bytes().chunks(line).enumerate() {
        if number > 0 {
            new.extend_from_slice(line_break(body));
        }
        new.extend_from_slice(digits);
    }
    let front = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.get(front..)?, new.get(front..)?);
    let back = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let with = new_rest.get(..new_rest.len() - back)?.to_vec();
    Some((start + front..start + old.len() - back, with))
}

/// Lenient as mail clients are: foreign bytes are passed over, padding ends a group and reading goes on.
fn decode_base64(body: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(body.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut flush = |bits: u32, held: u32| {
        let [_, first, second, third] = (bits << (6 * (4 - held.min(4)))).to_be_bytes();
        let bytes = [first, second, third];
        let length = usize::try_from(held).unwrap_or(0).saturating_sub(1);
        content.extend_from_slice(bytes.get(..length).unwrap_or_default());
    };
    for byte in body {
        if *byte == b'=' {
            flush(bits, held);
            (bits, held) = (0, 0);
        } else if let Some(six) = digit(*byte) {
            bits = bits << 6 | u32::from(six);
            held += 1;
            if held == 4 {
                flush(bits, held);
                (bits, held) = (0, 0);
            }
        }
    }
    flush(bits, held);
    content
}

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}
