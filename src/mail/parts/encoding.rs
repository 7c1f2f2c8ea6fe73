//! Transfer encodings, read as leniently as mail clients read them.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Encoding;

/// White space in [`ALPHABET`].
const SPACE: u8 = 64;
/// `=` in [`ALPHABET`].
const PAD: u8 = 65;
/// Whatever base64 does not know.
const JUNK: u8 = 66;

/// The longest line that is read at once; a multiple of four. Mail programs write 76 letters.
const LINE: usize = 1024;

/// The value of each byte in base64.
const ALPHABET: [u8; 256] = alphabet();

#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "evaluated by the compiler")]
const fn alphabet() -> [u8; 256] {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [JUNK; 256];
    let mut value = 0;
    while value < letters.len() {
        table[letters[value] as usize] = value as u8;
        value += 1;
    }
    table[b' ' as usize] = SPACE;
    table[b'\t' as usize] = SPACE;
    table[b'\r' as usize] = SPACE;
    table[b'\n' as usize] = SPACE;
    table[b'=' as usize] = PAD;
    table
}

/// What a Content-Transfer-Encoding field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    /// One of the three.
    As(Encoding),
    /// The whole body is uuencoded.
    Uuencoded,
    /// A word nobody knows; mail clients show such a body as it is.
    Unknown,
}

/// Reads the field's value in all the ways it is written: quoted, with comments, with parameters.
pub(super) fn named(field: &[u8]) -> Transfer {
    let mut word = String::new();
    let mut depth = 0_u32;
    for byte in field.iter().take(256) {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'"' | b'\'' | b' ' | b'\t' | b'\r' | b'\n' | b'<' | b'>' => (),
            b';' | b',' if depth == 0 && !word.is_empty() => break,
            _ if depth == 0 => word.push(char::from(byte.to_ascii_lowercase())),
            _ => (),
        }
    }
    match word.as_str() {
        "" | "7bit" | "8bit" | "binary" | "7-bit" | "8-bit" | "7bits" | "8bits" | "none" => {
            Transfer::As(Encoding::Plain)
        }
        "base-64" | "x-base64" | "b" => Transfer::As(Encoding::Base64),
        "quotedprintable" | "quoted_printable" | "x-quoted-printable" | "qp" | "q" => {
            Transfer::As(Encoding::QuotedPrintable)
        }
        "x-uuencode" | "uuencode" | "x-uue" | "uue" => Transfer::Uuencoded,
        _ if word.starts_with("base64") => Transfer::As(Encoding::Base64),
        _ if word.starts_with("quoted-printable") => Transfer::As(Encoding::QuotedPrintable),
        _ => Transfer::Unknown,
    }
}

/// A body without its transfer encoding, and how many bytes of it did not belong there.
pub(super) fn decode(body: &[u8], encoding: Encoding) -> (Cow<'_, [u8]>, usize) {
    match encoding {
        Encoding::Plain | Encoding::Other => (Cow::Borrowed(body), 0),
        Encoding::QuotedPrintable => (Cow::Owned(quoted_printable(body)), 0),
        Encoding::Base64 => {
            let mut content = Vec::with_capacity(body.len() / 4 * 3 + 3);
            let junk = base64(body, |bytes| content.extend_from_slice(bytes));
            (Cow::Owned(content), junk)
        }
    }
}

/// Where base64 ends and words begin that somebody put behind it (a list's footer): a finished group, a line
/// break, and then a line that is no base64. `None` where it is base64 to its end, or never was.
pub(super) fn footer(body: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < body.len() {
        let rest = body.get(at..)?;
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = rest.get(..length)?;
        if !is_code(line.trim_ascii()) {
            let before = body.get(..at)?;
            let ended =
                before.trim_ascii_end().ends_with(b"=") || before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n");
            return (ended && !before.trim_ascii().is_empty()).then_some(at);
        }
        at += length;
    }
    None
}

/// Whether a line is letters of base64 and nothing else.
fn is_code(line: &[u8]) -> bool {
    let foreign = line.iter().fold(0, |foreign, byte| foreign | u8::from(!is_letter(*byte)) & u8::from(*byte != b'='));
    foreign == 0
}

/// The size of a body without its transfer encoding, not kept.
pub(super) fn decoded_size(body: &[u8], encoding: Encoding) -> u64 {
    let size = match encoding {
        Encoding::Base64 => base64_size(body),
        Encoding::QuotedPrintable => quoted_printable(body).len(),
        Encoding::Plain | Encoding::Other => body.len(),
    };
    size as u64
}

fn base64_size(body: &[u8]) -> usize {
    let mut groups = body.trim_ascii_end();
    while let Some(rest) = groups.strip_suffix(b"=") {
        groups = rest;
    }
    // Padding inside ends a group early; that is told by reading alone.
    if memchr::memchr(b'=', groups).is_some() {
        let mut size = 0;
        base64(body, |bytes| size += bytes.len());
        return size;
    }
    let counted = |stride: &[u8]| stride.iter().fold(0_u8, |count, byte| count + u8::from(is_letter(*byte)));
    let letters: usize = groups.chunks(128).map(|stride| usize::from(counted(stride))).sum();
    letters / 4 * 3 + (letters % 4).saturating_sub(1)
}

/// Whether a byte is a letter of base64. Comparisons without branches: the compiler looks at many bytes at once.
#[allow(clippy::needless_bitwise_bool, reason = "see above")]
const fn is_letter(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'/') < 11) | (byte == b'+')
}

/// Reads base64: foreign bytes are passed over, padding ends a group and reading goes on behind it, an
/// unfinished last group counts. Gives the number of foreign bytes.
pub(super) fn base64(body: &[u8], mut take: impl FnMut(&[u8])) -> usize {
    let value = |byte: u8| ALPHABET.get(usize::from(byte)).copied().unwrap_or(JUNK);
    let mut junk = 0;
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut rest = body;
    // Where the quick way is tried again: behind the line that it could not read.
    let mut slow = rest.len();
    let mut bytes = [0; LINE];
    loop {
        while held == 0 && rest.len() <= slow {
            let line = line_within(rest);
            let Some(length) = clean(line, &mut bytes) else {
                slow = rest.len() - line.len();
                break;
            };
            take(bytes.get(..length).unwrap_or_default());
            let tail = rest.get(line.len()..).unwrap_or_default();
            rest = tail.strip_prefix(b"\r\n").or_else(|| tail.strip_prefix(b"\n")).unwrap_or(tail);
            slow = rest.len();
        }
        let Some((byte, tail)) = rest.split_first() else { break };
        rest = tail;
        match value(*byte) {
            SPACE => (),
            PAD => {
                flush(bits, held, &mut take);
                (bits, held) = (0, 0);
            }
            JUNK => junk += 1,
            six => {
                bits = bits << 6 | u32::from(six);
                held += 1;
                if held == 4 {
                    flush(bits, held, &mut take);
                    (bits, held) = (0, 0);
                }
            }
        }
    }
    flush(bits, held, &mut take);
    junk
}

/// The line that `rest` begins with, without its line break; of a longer one, as much as is read at once.
fn line_within(rest: &[u8]) -> &[u8] {
    let most = rest.get(..rest.len().min(LINE)).unwrap_or_default();
    let line = memchr::memchr(b'\n', most).and_then(|end| most.get(..end)).unwrap_or(most);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Reads a line that is whole groups of the alphabet and nothing else, as nearly all lines are.
fn clean(line: &[u8], bytes: &mut [u8; LINE]) -> Option<usize> {
    if line.is_empty() || !line.len().is_multiple_of(4) || line.ends_with(b"=") {
        return None;
    }
    STANDARD.decode_slice(line, bytes).ok()
}

fn flush(bits: u32, held: u32, take: &mut impl FnMut(&[u8])) {
    let [_, first, second, third] = (bits << (6 * (4 - held.min(4)))).to_be_bytes();
    match held {
        2 => take(&[first]),
        3 => take(&[first, second]),
        4 => take(&[first, second, third]),
        _ => (),
    }
}

/// Reads quoted-printable; an `=` that begins nothing stands for itself.
pub(super) fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = memchr::memchr(b'=', rest) {
        let (before, from) = rest.split_at(at);
        content.extend_from_slice(before);
        rest = match from {
            [_, b'\r', b'\n', tail @ ..] | [_, b'\n', tail @ ..] => tail,
            [_, high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                content.push(hex(*high) << 4 | hex(*low));
                tail
            }
            [_, tail @ ..] => soft_break(tail).unwrap_or_else(|| {
                content.push(b'=');
                tail
            }),
            [] => from,
        };
    }
    content.extend_from_slice(rest);
    content
}

/// What follows a soft break with white space between `=` and the line's end, or the body's last `=`.
fn soft_break(behind: &[u8]) -> Option<&[u8]> {
    // Longer runs of blanks are no soft break of any mail program; the bound keeps this linear.
    let blank = behind.iter().take(80).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match behind.get(blank..)? {
        [b'\r', b'\n', tail @ ..] | [b'\n', tail @ ..] => Some(tail),
        [] => Some(&[]),
        _ => None,
    }
}

/// The value of a hexadecimal digit.
pub(super) fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

/// A file written into a text: uuencoded or in yEnc.
pub(super) struct Embedded {
    /// Where its name stands in the text.
    pub name: Range<usize>,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// The files written into a text, `most` at the most. Their letters stay in the text as well: no block
/// mark, however well it looks, takes readable words away.
pub(super) fn embedded(text: &[u8], most: usize) -> Vec<Embedded> {
    let mut found = Vec::new();
    let mut at = 0;
    while found.len() < most {
        let Some(start) = next_mark(text, at) else { break };
        let line = line_at(text, start);
        let file = if line.starts_with(b"=ybegin ") { yenc(text, start, line) } else { uuencoded(text, start, line) };
        at = start + line.len().max(1);
        if let Some((file, end)) = file {
            found.push(file);
            at = end.max(at);
        }
    }
    found
}

fn next_mark(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        if (at == 0 || text.get(at - 1) == Some(&b'\n'))
            && (rest.starts_with(b"begin ") || rest.starts_with(b"=ybegin "))
        {
            return Some(at);
        }
        at += memchr::memchr(b'\n', rest)? + 1;
    }
}

/// The line that begins at `start`, its line break included.
fn line_at(text: &[u8], start: usize) -> &[u8] {
    let rest = text.get(start..).unwrap_or_default();
    let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
    rest.get(..end).unwrap_or_default()
}

fn uuencoded(text: &[u8], start: usize, line: &[u8]) -> Option<(Embedded, usize)> {
    let mode = line.get(6..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(3..=4).contains(&mode) || line.get(6 + mode) != Some(&b' ') {
        return None;
    }
    let name = start + 7 + mode..start + line.trim_ascii_end().len().max(7 + mode);
    let mut content = Vec::new();
    let mut at = start + line.len();
    let mut lines = 0_u32;
    loop {
        let line = line_at(text, at);
        let letters = line.strip_suffix(b"\n").unwrap_or(line);
        let letters = letters.strip_suffix(b"\r").unwrap_or(letters);
        let Some((count, letters)) = letters.split_first() else { break };
        let length = usize::from(count.wrapping_sub(b' ') & 0x3F);
        if letters == b"nd" || !(b' '..=b'`').contains(count) || letters.len() + 2 < length.div_ceil(3) * 4 {
            break;
        }
        let from = content.len();
        for group in letters.chunks(4) {
            let mut six = group.iter().map(|byte| u32::from(byte.wrapping_sub(b' ') & 0x3F));
            let mut next = || six.next().unwrap_or(0);
            let [_, first, second, third] = (next() << 18 | next() << 12 | next() << 6 | next()).to_be_bytes();
            content.extend_from_slice(&[first, second, third]);
        }
        content.truncate(from + length);
        at += line.len();
        lines += 1;
    }
    (lines > 0 && !content.is_empty()).then_some((Embedded { name, content }, at))
}

fn yenc(text: &[u8], start: usize, line: &[u8]) -> Option<(Embedded, usize)> {
    let from = memchr::memmem::find(line, b" name=")? + 6;
    let name = start + from..start + line.trim_ascii_end().len().max(from);
    let mut content = Vec::new();
    let mut at = start + line.len();
    while at < text.len() {
        let line = line_at(text, at);
        if line.starts_with(b"=ybegin ") {
            break;
        }
        at += line.len();
        if line.starts_with(b"=yend") {
            break;
        }
        if line.starts_with(b"=ypart ") {
            continue;
        }
        let mut escaped = false;
        for byte in line.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
            if escaped {
                content.push(byte.wrapping_sub(64 + 42));
                escaped = false;
            } else if *byte == b'=' {
                escaped = true;
            } else {
                content.push(byte.wrapping_sub(42));
            }
        }
    }
    (!content.is_empty()).then_some((Embedded { name, content }, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letter by letter, as the standard says it.
    fn slowly(body: &[u8]) -> Vec<u8> {
        let (mut content, mut bits, mut held) = (Vec::new(), 0, 0);
        for byte in body {
            match ALPHABET[usize::from(*byte)] {
                SPACE | JUNK => continue,
                PAD => {}
                six => {
                    bits = bits << 6 | u32::from(six);
                    held += 1;
                    if held < 4 {
                        continue;
                    }
                }
            }
            flush(bits, held, &mut |bytes: &[u8]| content.extend_from_slice(bytes));
            (bits, held) = (0, 0);
        }
        flush(bits, held, &mut |bytes: &[u8]| content.extend_from_slice(bytes));
        content
    }

    #[test]
    fn base64_is_read_alike_quickly_and_slowly() {
        let long = "QUJDREVG".repeat(400);
        for body in [
            "",
            "\r\n",
            "QUJD",
            "QUJDRA==",
            "QUJDREU=",
            "QUJDREU",
            "QUJDR",
            "QUJD\r\nREVG\r\n",
            "QUJDR\r\nEVG\r\n",
            "QUJD\nREVG\nRw==\n",
            "QUI=\r\nQUJD\r\nQUJD",
            "QU JD\r\nRE*VG\r\nQUJD\r\n",
            "QUJD\r\n\r\nREVG",
            "QUJD\rREVG",
            "====",
            "Q=U=J=D",
            "QUJD\u{e9}REVG",
            &long,
            &format!("{long}Q\r\n{long}"),
            &format!("{long}=\r\n{long}"),
        ] {
            let wanted = slowly(body.as_bytes());
            assert_eq!(decode(body.as_bytes(), Encoding::Base64).0, wanted, "{body:?}");
            assert_eq!(decoded_size(body.as_bytes(), Encoding::Base64), wanted.len() as u64, "{body:?}");
        }
    }
}
