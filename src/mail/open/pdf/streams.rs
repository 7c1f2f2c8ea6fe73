//! Unpacks streams, as far as the work allows.

use crate::mail::open::inflate;
use crate::mail::parts::Scribe;
use hayro_syntax::Filter;
use hayro_syntax::object::Stream;

/// A stream packed in another way than the usual one may be this long: what it unpacks to is known only behind it.
const ODDLY_PACKED: usize = 4 << 20;

/// What a stream holds; `None` where there is nothing to be read, or no work left.
pub(super) fn unpack(stream: &Stream<'_>, part: u16, scribe: &mut Scribe<'_>) -> Option<Vec<u8>> {
    let raw = stream.raw_data();
    if !scribe.spend(part, raw.len().saturating_add(64)) {
        return None;
    }
    let filters = stream.filters();
    let altered = stream.dict().contains_key("DecodeParms") || stream.dict().contains_key("DP");
    if filters.as_slice() == [Filter::FlateDecode]
        && !altered
        && let Some(packed) = behind_header(&raw)
    {
        let mut content = Vec::new();
        inflate::append(&mut content, packed, part, scribe);
        return Some(content);
    }
    if filters.is_empty() {
        return Some(raw.into_owned());
    }
    if raw.len() > ODDLY_PACKED {
        scribe.limit(part, "a file inside is larger than the limit");
        return None;
    }
    let Ok(content) = stream.decoded_data() else {
        scribe.broken(part, "packed data is damaged");
        return None;
    };
    scribe.spend(part, content.len()).then(|| content.into_owned())
}

/// The deflated bytes behind the two bytes of zlib.
fn behind_header(raw: &[u8]) -> Option<&[u8]> {
    let (&[first, second], rest) = raw.split_first_chunk::<2>()?;
    let right = first & 0x0F == 8 && u16::from_be_bytes([first, second]) % 31 == 0 && second & 0x20 == 0;
    right.then_some(rest)
}
