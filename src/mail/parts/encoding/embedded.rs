//! Files written into a text: uuencoded or in yEnc.

use std::ops::Range;

/// A file written into a text: uuencoded or in yEnc.
pub(in crate::mail::parts) struct Embedded {
    /// Where its name stands in the text.
    pub name: Range<usize>,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// The files written into a text, `most` at the most. Their letters stay in the text as well: no block
/// mark, however well it looks, takes readable words away.
pub(in crate::mail::parts) fn embedded(text: &[u8], most: usize) -> Vec<Embedded> {
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
    let first = |at: &usize| {
        let rest = text.get(*at..).unwrap_or_default();
        rest.starts_with(b"begin ") || rest.starts_with(b"=ybegin ")
    };
    if from == 0 && first(&0) {
        return Some(0);
    }
    let at = from.saturating_sub(1);
    memchr::memmem::find_iter(text.get(at..)?, b"begin ")
        .filter_map(|found| {
            // With or without the two letters of yEnc, at the beginning of a line.
            let start = (at + found).checked_sub(if text.get(..at + found)?.ends_with(b"\n=y") { 2 } else { 0 })?;
            (start >= from && text.get(..start)?.ends_with(b"\n")).then_some(start)
        })
        .find(first)
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
