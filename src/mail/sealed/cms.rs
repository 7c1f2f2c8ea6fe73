//! S/MIME: what a CMS object is by its object identifier, and the clear text inside a signed one.

use base64::Engine as _;
use std::borrow::Cow;
use std::ops::Range;

const SIGNED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";
const COMPRESSED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x09";
const ENVELOPED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03";
const AUTH_ENVELOPED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17";

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const OCTETS_IN_PIECES: u8 = 0x24;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0]`, primitive and constructed.
const ZERO: u8 = 0x80;
const ZERO_IN_PIECES: u8 = 0xA0;

/// One element of DER or BER; an indefinite length is resolved.
struct Element {
    tag: u8,
    /// Its content.
    inner: Range<usize>,
    /// Where the next element begins.
    end: usize,
}

/// Enveloped or auth-enveloped data, whole, and nothing behind it.
pub(super) fn is_enveloped(content: &[u8]) -> bool {
    let Some(der) = binary(content) else { return false };
    enveloped_end(&der).is_some_and(|end| {
        // Mail systems pad with line breaks; anything else behind the envelope would be clear text.
        der.get(end..).is_some_and(|rest| rest.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0)))
    })
}

fn enveloped_end(der: &[u8]) -> Option<usize> {
    let (object, body, end) = content_info(der)?;
    if object != ENVELOPED && object != AUTH_ENVELOPED {
        return None;
    }
    let mut fields = Elements { data: der, at: body.start, end: body.end };
    fields.next().filter(|version| version.tag == INTEGER)?;
    let mut recipients = fields.next()?;
    if recipients.tag == ZERO_IN_PIECES {
        recipients = fields.next()?; // That was the optional `OriginatorInfo`.
    }
    if recipients.tag != SET || recipients.inner.is_empty() {
        return None;
    }
    let secret = fields.next().filter(|secret| secret.tag == SEQUENCE)?;
    let mut secret = Elements { data: der, at: secret.inner.start, end: secret.inner.end };
    secret.next().filter(|kind| kind.tag == OBJECT)?;
    secret.next().filter(|cipher| cipher.tag == SEQUENCE)?;
    secret.next().filter(|text| matches!(text.tag, ZERO | ZERO_IN_PIECES)).map(|_| end)
}

/// The inner content of CMS signed-data, where it stands in one piece.
#[must_use]
pub fn cms_signed_content(der: &[u8]) -> Option<Range<usize>> {
    match <[Range<usize>; 1]>::try_from(cms_signed_pieces(der)) {
        Ok([piece]) => Some(piece),
        Err(_) => None,
    }
}

/// The inner content of CMS signed-data: its pieces in order (writers that stream make several). Empty where
/// there is none, as in a detached signature.
#[must_use]
pub fn cms_signed_pieces(der: &[u8]) -> Vec<Range<usize>> {
    inner_octets(der, SIGNED, SET).unwrap_or_default()
}

/// The packed content (zlib) of CMS compressed-data: its pieces in order. Empty where it is none.
pub(in crate::mail) fn compressed_pieces(der: &[u8]) -> Vec<Range<usize>> {
    inner_octets(der, COMPRESSED, SEQUENCE).unwrap_or_default()
}

/// The content within: what stands behind the version and the algorithms, which is a SET or a SEQUENCE.
fn inner_octets(der: &[u8], wanted: &[u8], algorithms: u8) -> Option<Vec<Range<usize>>> {
    let (object, body, _) = content_info(der)?;
    if object != wanted {
        return None;
    }
    let mut fields = Elements { data: der, at: body.start, end: body.end };
    fields.next().filter(|version| version.tag == INTEGER)?;
    fields.next().filter(|field| field.tag == algorithms)?;
    let inner = fields.next().filter(|inner| inner.tag == SEQUENCE)?;
    let mut inner = Elements { data: der, at: inner.inner.start, end: inner.inner.end };
    inner.next().filter(|kind| kind.tag == OBJECT)?;
    let wrapped = inner.next().filter(|wrapped| wrapped.tag == ZERO_IN_PIECES)?;
    let octets = element(der, wrapped.inner.start, wrapped.inner.end)?;
    match octets.tag {
        OCTETS => Some(vec![octets.inner]),
        OCTETS_IN_PIECES => {
            let pieces = Elements { data: der, at: octets.inner.start, end: octets.inner.end };
            pieces.map(|piece| (piece.tag == OCTETS).then_some(piece.inner)).collect()
        }
        _ => None,
    }
}

/// Object identifier, fields and end of a `ContentInfo` around a SEQUENCE.
fn content_info(der: &[u8]) -> Option<(&[u8], Range<usize>, usize)> {
    let whole = element(der, 0, der.len()).filter(|whole| whole.tag == SEQUENCE)?;
    let mut fields = Elements { data: der, at: whole.inner.start, end: whole.inner.end };
    let object = fields.next().filter(|object| object.tag == OBJECT)?;
    let wrapped = fields.next().filter(|wrapped| wrapped.tag == ZERO_IN_PIECES)?;
    let body = element(der, wrapped.inner.start, wrapped.inner.end).filter(|body| body.tag == SEQUENCE)?;
    Some((der.get(object.inner)?, body.inner, whole.end))
}

/// The elements of one level.
struct Elements<'a> {
    data: &'a [u8],
    at: usize,
    end: usize,
}

impl Iterator for Elements<'_> {
    type Item = Element;

    fn next(&mut self) -> Option<Element> {
        let element = element(self.data, self.at, self.end)?;
        self.at = element.end;
        Some(element)
    }
}

fn element(data: &[u8], at: usize, end: usize) -> Option<Element> {
    let (tag, start, length) = element_head(data, at, end)?;
    if let Some(length) = length {
        let stop = start.checked_add(length).filter(|stop| *stop <= end)?;
        return Some(Element { tag, inner: start..stop, end: stop });
    }
    // Indefinite: it ends with the end mark that belongs to it. One pass; the depth is counted, not walked.
    let (mut depth, mut next) = (1_usize, start);
    loop {
        if data.get(next..next.checked_add(2)?)? == [0, 0] {
            depth -= 1;
            if depth == 0 {
                return Some(Element { tag, inner: start..next, end: next + 2 });
            }
            next += 2;
            continue;
        }
        let (_, inner, length) = element_head(data, next, end)?;
        depth += usize::from(length.is_none());
        next = inner.checked_add(length.unwrap_or(0)).filter(|stop| *stop <= end)?;
    }
}

/// Tag, start of the content, and length (`None`: indefinite).
fn element_head(data: &[u8], at: usize, end: usize) -> Option<(u8, usize, Option<usize>)> {
    let data = data.get(..end)?;
    let tag = *data.get(at)?;
    if tag & 0x1F == 0x1F {
        return None; // Tags of several bytes occur nowhere in CMS.
    }
    let first = *data.get(at + 1)?;
    let count = usize::from(first & 0x7F);
    if first < 0x80 {
        return Some((tag, at + 2, Some(count)));
    }
    if count == 0 {
        return (tag & 0x20 != 0).then_some((tag, at + 2, None));
    }
    if count > 8 {
        return None;
    }
    let length = data.get(at + 2..at + 2 + count)?.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
    Some((tag, at + 2 + count, Some(usize::try_from(length).ok()?)))
}

/// The object's bytes, out of PEM where it is written so.
fn binary(content: &[u8]) -> Option<Cow<'_, [u8]>> {
    if content.first() == Some(&SEQUENCE) {
        return Some(Cow::Borrowed(content));
    }
    if !super::bytes::may_begin(content, b'-') {
        return None;
    }
    let text = std::str::from_utf8(content).ok()?.trim();
    let body = ["PKCS7", "CMS"].iter().find_map(|label| {
        let body = text.strip_prefix(&format!("-----BEGIN {label}-----"))?;
        body.strip_suffix(&format!("-----END {label}-----"))
    })?;
    let digits: String = body.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(digits).ok().map(Cow::Owned)
}
