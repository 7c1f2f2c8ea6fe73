//! The one pass over the text that folds it and notes every place where the distance changes.

use super::{Folded, letters, offset};
use memchr::{memchr, memrchr};
use std::ops::Range;

/// Bytes looked at together: the compiler turns the loop over them into a few wide instructions.
const CHUNK: usize = 16;
/// Deeper quoting than this is read as text.
const QUOTE_DEPTH: u32 = 64;

pub(super) struct Scan<'a> {
    text: &'a str,
    out: String,
    steps: Vec<(u32, u32)>,
    quoted: Vec<Range<u32>>,
    /// Start, in both texts, of a unit whose end is still to come.
    unit: Option<(usize, usize)>,
    /// Bytes of the last character where it was copied one to one and a mark may follow; else 0.
    last: usize,
    /// Start of the present line in `out`, and the depth of its quoting.
    line: usize,
    depth: u32,
    /// What the present character folds to.
    buffer: String,
    letters: &'static letters::Known,
}

/// How the present stretch is read.
#[derive(Clone, Copy)]
struct Reading {
    end: usize,
    quotes: bool,
    flowed: bool,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            out: String::with_capacity(text.len()),
            steps: vec![(0, 0)],
            quoted: Vec::new(),
            unit: None,
            last: 0,
            line: 0,
            depth: 0,
            buffer: String::new(),
            letters: letters::known(),
        }
    }

    /// Folds one stretch; line and quoting start afresh.
    pub(super) fn section(&mut self, range: Range<usize>, quotes: bool, flowed: bool) {
        let end = range.end.min(self.text.len());
        if !self.text.is_char_boundary(range.start) || !self.text.is_char_boundary(end) {
            self.delete(range.start.min(end), 0);
            return;
        }
        self.start_line();
        let reading = Reading { end, quotes, flowed };
        let mut at = range.start;
        while at < end {
            let run = self.plain_run(at, end);
            at = match self.text.as_bytes().get(at..end) {
                _ if run > 0 => self.copy(at, run),
                Some([b'\r', b'\n', ..]) => self.delete(at, 1),
                _ => self.one(at, reading),
            };
        }
        self.start_line();
        self.last = 0;
    }

    pub(super) fn finish(mut self) -> Folded {
        self.close_unit(self.text.len());
        let last = (offset(self.out.len()), offset(self.text.len()));
        if self.steps.last() != Some(&last) {
            self.steps.push(last);
        }
        // Everything else is lower case already: plain stretches are copied as they are and lowered here at once.
        self.out.make_ascii_lowercase();
        Folded { text: self.out, steps: self.steps, quoted: self.quoted }
    }

    /// Length of the stretch that only needs lower case.
    fn plain_run(&self, at: usize, end: usize) -> usize {
        let rest = self.text.as_bytes().get(at..end).unwrap_or_default();
        // A line just begun counts as one behind a line break, so that quote marks are seen.
        let mut before =
            if self.out.len() == self.line { b'\n' } else { self.out.as_bytes().last().copied().unwrap_or(b'\n') };
        let mut run = 0;
        while let Some(chunk) = rest.get(run..).and_then(|rest| rest.first_chunk::<CHUNK>()) {
            let care = care_in(before, chunk);
            if care != 0 {
                return run + care.trailing_zeros() as usize / 8;
            }
            before = last_of(chunk);
            run += CHUNK;
        }
        for byte in rest.get(run..).unwrap_or_default() {
            if needs_care(before, *byte) {
                break;
            }
            before = *byte;
            run += 1;
        }
        run
    }

    fn copy(&mut self, at: usize, run: usize) -> usize {
        self.close_unit(at);
        let plain = self.text.get(at..at + run).unwrap_or_default();
        // Line breaks are plain where nothing follows them that needs care.
        match memrchr(b'\n', plain.as_bytes()) {
            None => self.out.push_str(plain),
            Some(last) => {
                let (lines, rest) = plain.split_at(last + 1);
                let first = memchr(b'\n', lines.as_bytes()).map_or(0, |first| first + 1);
                let (first_line, lines) = lines.split_at(first);
                self.out.push_str(first_line);
                self.start_line();
                self.out.push_str(lines);
                self.start_line();
                self.out.push_str(rest);
            }
        }
        self.last = usize::from(!plain.ends_with(['\n', ' ']));
        at + run
    }

    /// Folds what begins at `at` and returns where the rest begins.
    fn one(&mut self, at: usize, reading: Reading) -> usize {
        let rest = self.text.get(at..reading.end).unwrap_or_default();
        let Some(letter) = rest.chars().next() else { return reading.end };
        let length = letter.len_utf8();
        if reading.quotes && self.out.len() == self.line {
            let (prefix, depth) = quote_prefix(rest);
            if depth > 0 {
                self.depth = (self.depth + depth).min(QUOTE_DEPTH);
                return self.delete(at, prefix);
            }
        }
        if letters::is_line_break(letter) {
            return self.line_break(at, length, reading);
        }
        self.buffer.clear();
        self.letters.fold_into(letter, &mut self.buffer);
        if self.buffer.is_empty() {
            return if letters::is_mark(letter) { self.mark(at, length) } else { self.delete(at, length) };
        }
        if self.buffer == " " {
            return self.space(at, length);
        }
        self.letter(at, length);
        at + length
    }

    /// Appends the buffer, which a character of `length` bytes folded to.
    fn letter(&mut self, at: usize, length: usize) {
        self.close_unit(at);
        let one = self.buffer.chars().nth(1).is_none();
        if one && self.buffer.len() == length {
            self.last = length;
        } else {
            self.open_unit(self.out.len(), at);
            self.last = 0;
        }
        for letter in self.buffer.chars() {
            if letter != ' ' || !self.out.ends_with(' ') {
                self.out.push(letter);
            }
        }
    }

    fn space(&mut self, at: usize, length: usize) -> usize {
        if self.out.ends_with(' ') {
            return self.delete(at, length);
        }
        self.close_unit(at);
        if length > 1 {
            self.open_unit(self.out.len(), at);
        }
        self.out.push(' ');
        self.last = 0;
        at + length
    }

    fn line_break(&mut self, at: usize, length: usize, reading: Reading) -> usize {
        if reading.flowed && self.out.ends_with(' ') && self.out.get(self.line..) != Some("-- ") {
            let next = self.text.get(at + length..reading.end).unwrap_or_default();
            let (prefix, depth) = if reading.quotes { quote_prefix(next) } else { (0, 0) };
            let goes_on = next.get(prefix..).is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['\r', '\n']));
            if depth == self.depth && goes_on {
                return self.delete(at, length + prefix);
            }
        }
        self.close_unit(at);
        if length > 1 {
            self.open_unit(self.out.len(), at);
        }
        self.out.push('\n');
        self.last = 0;
        self.start_line();
        at + length
    }

    /// Ends the present line and notes it where it was quoted.
    fn start_line(&mut self) {
        let (start, end) = (offset(self.line), offset(self.out.len()));
        if self.depth > 0 && start < end {
            match self.quoted.last_mut() {
                Some(before) if before.end == start => before.end = end,
                _ => self.quoted.push(start..end),
            }
        }
        self.line = self.out.len();
        self.depth = 0;
    }

    /// Leaves out what begins at `at`.
    fn delete(&mut self, at: usize, length: usize) -> usize {
        let deleting = self.unit.is_some_and(|(start, _)| start == self.out.len());
        if !deleting {
            self.close_unit(at);
            self.open_unit(self.out.len(), at);
        }
        self.last = 0;
        at + length
    }

    /// Leaves out a combining mark: it becomes one unit with the character before it.
    fn mark(&mut self, at: usize, length: usize) -> usize {
        if self.unit.is_none() && self.last > 0 {
            self.open_unit(self.out.len() - self.last, at - self.last);
        } else if self.unit.is_none() {
            return self.delete(at, length);
        }
        self.last = 0;
        at + length
    }

    fn open_unit(&mut self, out: usize, at: usize) {
        let step = (offset(out), offset(at));
        if self.steps.last() != Some(&step) {
            self.steps.push(step);
        }
        self.unit = Some((out, at));
    }

    fn close_unit(&mut self, at: usize) {
        let Some((out_start, start)) = self.unit.take() else { return };
        if self.out.len() - out_start == at - start {
            // Equally long by chance: said twice, so that it is not taken for byte by byte.
            self.steps.push((offset(out_start), offset(start)));
        }
        self.steps.push((offset(self.out.len()), offset(at)));
    }
}

/// Whether a byte behind `before` needs more than lower case: not ASCII, a control character, the grave
/// accent, white space beside white space, what may be a quote prefix.
#[allow(clippy::needless_bitwise_bool, reason = "without branches the compiler looks at many bytes at once")]
const fn needs_care(before: u8, byte: u8) -> bool {
    let printable = (byte >= b' ') & (byte < 0x7F) & (byte != b'`');
    let doubtful_space = (before == b' ') & ((byte == b' ') | (byte == b'\n'));
    let line_start = (before == b'\n') & ((byte == b'>') | (byte == b'|') | (byte == b' '));
    !(printable | (byte == b'\n')) | doubtful_space | line_start
}

/// The lowest bit of each byte of a chunk that needs care, the first byte lowest.
#[inline]
fn care_in(before: u8, chunk: &[u8; CHUNK]) -> u128 {
    // The same bytes once more, each one place further on.
    let befores = (u128::from_le_bytes(*chunk) << 8 | u128::from(before)).to_le_bytes();
    let mut care = [0; CHUNK];
    for ((care, before), byte) in care.iter_mut().zip(befores).zip(chunk) {
        *care = u8::from(needs_care(before, *byte));
    }
    u128::from_le_bytes(care)
}

const fn last_of(chunk: &[u8; CHUNK]) -> u8 {
    let [.., last] = chunk;
    *last
}

/// Length of the quote marks that a line begins with, white space between and behind them included, and
/// how many there are. A table drawn with `|` is no quotation.
fn quote_prefix(rest: &str) -> (usize, u32) {
    let bytes = rest.as_bytes();
    let (mut at, mut depth, mut bars) = (0, 0, None);
    let mut prefix = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' => {}
            b'>' if depth < QUOTE_DEPTH => depth += 1,
            b'|' if depth < QUOTE_DEPTH && *bars.get_or_insert_with(|| only_leading_bars(rest)) => depth += 1,
            _ => break,
        }
        at += 1;
        if depth > 0 {
            prefix = at;
        }
    }
    (prefix, depth)
}

fn only_leading_bars(rest: &str) -> bool {
    let line = rest.split('\n').next().unwrap_or_default();
    !line.trim_start_matches([' ', '\t', '>', '|']).contains('|')
}
