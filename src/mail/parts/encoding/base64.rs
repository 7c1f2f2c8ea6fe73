//! Base64, read as leniently as mail clients read it.

use base64_simd::STANDARD_NO_PAD;

/// White space in [`ALPHABET`].
const SPACE: u8 = 64;
/// `=` in [`ALPHABET`].
const PAD: u8 = 65;
/// Whatever base64 does not know.
const JUNK: u8 = 66;

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

/// Letters that are decoded at once; a multiple of four, and small enough to stay in the processor's nearest memory.
const GATHERED: usize = 8 << 10;
/// The longest piece of a line that is gathered at once.
const PIECE: usize = 1 << 10;
/// A line as mail programs write it: 76 letters and a line break.
const USUAL: usize = 78;
/// Bytes that such a line decodes to.
const LINE: usize = 57;

/// A body that is base64 and nothing else: letters in lines, padded at its end if at all. So no byte of it is
/// foreign and no words stand behind it, and each of its bytes can be found without those before it.
pub(in crate::mail::parts) struct Clean<'a> {
    /// The lines, without the padding and line breaks behind them.
    lines: &'a [u8],
    letters: usize,
    /// How many lines at its beginning are as usual.
    usual: usize,
}

impl<'a> Clean<'a> {
    /// Looks at a body without decoding it; `None` where there is anything else in it. It begins with usual lines.
    pub fn read(body: &'a [u8], usual: &Lines) -> Option<Self> {
        let lines = without_end(body);
        // The end of the last one may have been that of the body.
        let usual = usual.0.min(lines.len() / USUAL);
        let rest = lines.get(usual * USUAL..)?;
        let letters = count(rest, is_letter);
        // Most of it is letters, so that the others are counted only where there are such.
        let clean = letters == rest.len() || letters + count(rest, is_break) == rest.len();
        let letters = usual * (USUAL - 2) + letters;
        clean.then_some(Self { lines, letters, usual })
    }

    /// Bytes it decodes to.
    pub fn size(&self) -> usize {
        self.letters / 4 * 3 + (self.letters % 4).saturating_sub(1)
    }

    /// Whether all but its end stands in usual lines, so that a stretch is found at once.
    pub fn is_in_lines(&self) -> bool {
        self.lines.len() < (self.usual + 2) * USUAL
    }

    /// So many bytes of what it decodes to from a place on, fewer at its end.
    pub fn stretch(&self, from: usize, most: usize) -> Vec<u8> {
        let first = (from / LINE).min(self.usual);
        let end = from.saturating_add(most).div_ceil(LINE);
        let end = if end <= self.usual { end * USUAL } else { self.lines.len() };
        let mut bytes = decode(self.lines.get(first * USUAL..end).unwrap_or_default()).0;
        bytes.drain(..(from - first * LINE).min(bytes.len()));
        bytes.truncate(most);
        bytes
    }

    /// What about so many bytes of the body at its end decode to, and where in the content that begins.
    pub fn end(&self, most: usize) -> (Vec<u8>, usize) {
        let from = self.lines.len().saturating_sub(most);
        let mut end = self.lines.get(from..).unwrap_or_default();
        let mut before = self.letters - count(end, is_letter);
        // The group that the cut went through is left out.
        while !before.is_multiple_of(4)
            && let [first, rest @ ..] = end
        {
            before += usize::from(is_letter(*first));
            end = rest;
        }
        // An unfinished group at the end may have been the one that the cut went through.
        let at = if end.is_empty() { self.size() } else { before / 4 * 3 };
        (decode(end).0, at)
    }
}

/// The size that any body decodes to.
pub(in crate::mail::parts) fn size(body: &[u8]) -> usize {
    Clean::read(body, &Lines::read(body)).map_or_else(|| decode(body).0.len(), |clean| clean.size())
}

/// A number of lines as mail programs write them: as many letters as usual and a line break.
#[derive(Default)]
pub(in crate::mail::parts) struct Lines(usize);

impl Lines {
    /// Looks how many stand at the beginning.
    pub fn read(bytes: &[u8]) -> Self {
        let (mut rest, mut found) = (bytes, 0);
        while let Some((line, tail)) = rest.split_first_chunk::<USUAL>()
            && let [letters @ .., b'\r', b'\n'] = line
            && let (Some(most), Some(last)) = (letters.first_chunk::<64>(), letters.last_chunk::<16>())
            && all_letters(most) & all_letters(last)
        {
            (rest, found) = (tail, found + 1);
        }
        Self(found)
    }

    /// Their bytes.
    pub fn length(&self) -> usize {
        self.0 * USUAL
    }
}

/// Whether there is nothing but letters. Without a branch inside, see [`count`].
fn all_letters<const LENGTH: usize>(bytes: &[u8; LENGTH]) -> bool {
    bytes.iter().fold(true, |all, byte| all & is_letter(*byte))
}

/// How many bytes are of a kind. Without a branch in each stride: the compiler looks at many bytes at once.
fn count(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let within = |stride: &[u8]| stride.iter().fold(0_u8, |count, byte| count + u8::from(is(*byte)));
    bytes.chunks(240).map(|stride| usize::from(within(stride))).sum()
}

/// Whether a byte is a letter of base64. Comparisons without branches, see [`count`].
const fn is_letter(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'/') < 11) | (byte == b'+')
}

const fn is_break(byte: u8) -> bool {
    (byte == b'\r') | (byte == b'\n')
}

/// A body without the padding and the line breaks at its end, which change nothing: a group that is not finished
/// counts as far as it goes.
fn without_end(mut body: &[u8]) -> &[u8] {
    while let [rest @ .., b'=' | b'\r' | b'\n'] = body {
        body = rest;
    }
    body
}

/// Reads base64: foreign bytes are passed over, padding ends a group and reading goes on behind it, an
/// unfinished last group counts. Gives the content and the number of foreign bytes.
pub(in crate::mail::parts) fn decode(body: &[u8]) -> (Vec<u8>, usize) {
    let mut rest = without_end(body);
    let mut content = Vec::with_capacity(rest.len() / 4 * 3 + 3);
    let mut gathered = Vec::with_capacity(rest.len().min(GATHERED + PIECE) + 3);
    let mut junk = 0;
    while !rest.is_empty() {
        rest = gather(rest, &mut gathered);
        let whole = gathered.len() / 4 * 4;
        let groups = gathered.get(..whole).unwrap_or_default();
        if STANDARD_NO_PAD.decode_append(groups, &mut content).is_ok() {
            drop(gathered.drain(..whole));
        } else {
            junk += one_by_one(&mut gathered, &mut content);
        }
    }
    junk += one_by_one(&mut gathered, &mut content);
    flush(&gathered, &mut content);
    (content, junk)
}

/// Puts lines side by side, without their line breaks, until there are enough; gives what is left.
fn gather<'a>(mut rest: &'a [u8], gathered: &mut Vec<u8>) -> &'a [u8] {
    while gathered.len() < GATHERED && !rest.is_empty() {
        if let Some((line, tail)) = rest.split_first_chunk::<USUAL>()
            && let [letters @ .., b'\r', b'\n'] = line
        {
            gathered.extend_from_slice(letters);
            rest = tail;
            continue;
        }
        let piece = rest.get(..rest.len().min(PIECE)).unwrap_or_default();
        let line = memchr::memchr(b'\n', piece).and_then(|end| piece.get(..=end)).unwrap_or(piece);
        let letters = line.strip_suffix(b"\n").unwrap_or(line);
        gathered.extend_from_slice(letters.strip_suffix(b"\r").unwrap_or(letters));
        rest = rest.get(line.len()..).unwrap_or_default();
    }
    rest
}

/// Decodes what is not all letters; a group that is not finished stays. Gives the number of foreign bytes.
fn one_by_one(gathered: &mut Vec<u8>, content: &mut Vec<u8>) -> usize {
    let mut junk = 0;
    let mut group = Vec::with_capacity(4);
    for byte in gathered.drain(..) {
        match value(byte) {
            SPACE => (),
            JUNK => junk += 1,
            six => {
                if six != PAD {
                    group.push(byte);
                }
                if six == PAD || group.len() == 4 {
                    flush(&group, content);
                    group.clear();
                }
            }
        }
    }
    gathered.append(&mut group);
    junk
}

/// Decodes one group of letters, finished or not.
fn flush(group: &[u8], content: &mut Vec<u8>) {
    let bits = group.iter().fold(0, |bits, letter| bits << 6 | u32::from(value(*letter)));
    let missing = u32::try_from(4_usize.saturating_sub(group.len())).unwrap_or(4);
    let [_, bytes @ ..] = (bits << (6 * missing)).to_be_bytes();
    content.extend_from_slice(bytes.get(..group.len().saturating_sub(1)).unwrap_or_default());
}

fn value(byte: u8) -> u8 {
    ALPHABET.get(usize::from(byte)).copied().unwrap_or(JUNK)
}

/// Where base64 ends and words begin that somebody put behind it (a list's footer): a finished group, a line
/// break, and then a line that is no base64. `None` where it is base64 to its end, or never was.
pub(in crate::mail::parts) fn footer(body: &[u8]) -> Option<usize> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Letter by letter, as the standard says it: the content and the number of foreign bytes.
    fn slowly(body: &[u8]) -> (Vec<u8>, usize) {
        let (mut content, mut group, mut junk) = (Vec::new(), String::new(), 0);
        let end = |group: &mut String, content: &mut Vec<u8>| {
            let bits = group.chars().fold(0, |bits, letter| bits * 64 + u32::from(ALPHABET[letter as usize]));
            let bits = bits << (6 * (4 - group.len()));
            content.extend_from_slice(&bits.to_be_bytes()[1..group.len().max(1)]);
            group.clear();
        };
        for byte in body {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => group.push(char::from(*byte)),
                b'=' => end(&mut group, &mut content),
                b' ' | b'\t' | b'\r' | b'\n' => (),
                _ => junk += 1,
            }
            if group.len() == 4 {
                end(&mut group, &mut content);
            }
        }
        end(&mut group, &mut content);
        (content, junk)
    }

    #[test]
    fn base64_is_read_alike_quickly_and_slowly() {
        let long = "QUJDREVG".repeat(4_000);
        let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0";
        let lines = format!("{line}\r\n").repeat(300);
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
            "=\r\n=",
            "QQ=\r\n=\r\n",
            "Q=U=J=D",
            "QUJD\u{e9}REVG",
            &long,
            &lines,
            &format!("{lines}QUI=\r\n"),
            &format!("{lines}{lines}QUI=\r\n{lines}"),
            &format!("Q{lines}*{lines}\r\nQ=="),
            &format!("QU\n{}", lines.replace('\r', "")),
            &format!("{long}Q\r\n{long}"),
            &format!("{long}=\r\n{long}"),
            &format!("{long}\r\n{long}\t\r\n{long}*"),
        ] {
            let wanted = slowly(body.as_bytes());
            assert_eq!(decode(body.as_bytes()), wanted, "{body:?}");
            assert_eq!(size(body.as_bytes()), wanted.0.len(), "{body:?}");
            let Some(clean) = Clean::read(body.as_bytes(), &Lines::read(body.as_bytes())) else { continue };
            assert!(wanted.1 == 0 && footer(body.as_bytes()).is_none(), "{body:?}");
            for most in [0, 1, 7, 100, 5_000, usize::MAX] {
                let (end, at) = clean.end(most);
                assert_eq!(wanted.0[at..], end, "{most} of {body:?}");
            }
        }
    }
}
