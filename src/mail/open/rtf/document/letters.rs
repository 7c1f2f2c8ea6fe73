//! From letters, however they are written, to the words of the page and to the HTML that it was made from.

use super::super::words::{self, Kind, Target};
use super::Document;

/// Bytes of the HTML that a document was made from.
const HTML: usize = 32 << 20;
impl Document {
    pub(super) fn symbol(&mut self, symbol: u8) {
        self.fresh = false;
        let Some(letters) = words::symbol(symbol) else { return };
        if self.left_out > 0 {
            self.left_out -= 1;
            return;
        }
        // It may be the second byte of a letter.
        if matches!(symbol, b'{' | b'}' | b'\\') && !self.pending.is_empty() && self.page_now().is_wide() {
            self.pending.push(symbol);
            return;
        }
        self.flush();
        self.mark(letters);
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.fresh = false;
        if self.left_out > 0 {
            self.left_out -= 1;
            return;
        }
        match self.state.target {
            Target::Picture | Target::Object => self.blob.raw(&[byte]),
            _ => self.pending.push(byte),
        }
    }

    pub(super) fn text(&mut self, text: &[u8]) {
        if matches!(self.state.target, Target::Picture | Target::Object) {
            self.blob.digits(text);
            return;
        }
        for line in text.split(|byte| matches!(byte, b'\r' | b'\n' | 0)).filter(|line| !line.is_empty()) {
            self.fresh = false;
            let left_out = line.len().min(self.left_out as usize);
            self.left_out -= u32::try_from(left_out).unwrap_or(u32::MAX);
            let line = line.get(left_out..).unwrap_or_default();
            if line.is_empty() {
                continue;
            }
            if !line.is_ascii() || !self.pending.is_empty() && self.page_now().is_wide() {
                self.pending.extend_from_slice(line);
            } else if let Ok(line) = std::str::from_utf8(line) {
                self.flush();
                self.put(line);
            }
        }
    }

    /// A letter by its number.
    pub(super) fn letter(&mut self, number: i32) {
        let first = self.half.take();
        self.flush();
        self.left_out = self.state.fallback;
        // Numbers of 16 bits are written with a sign.
        let number = if number < 0 { number + 65_536 } else { number };
        let Ok(number) = u32::try_from(number) else { return };
        let letter = match (first, u16::try_from(number)) {
            (_, Ok(unit @ 0xD800..=0xDBFF)) => {
                self.half = Some(unit);
                return;
            }
            (Some(first), Ok(unit)) => char::decode_utf16([first, unit]).next().and_then(Result::ok),
            _ => char::from_u32(number),
        };
        if let Some(letter) = letter.filter(|letter| *letter != '\0') {
            self.put(letter.encode_utf8(&mut [0; 4]));
        }
    }

    /// Reads the bytes of letters that wait; at the end, too.
    pub(in crate::mail::open::rtf) fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        self.put(&self.page_now().read(&pending));
        self.pending = pending;
        self.pending.clear();
    }

    /// Where words go now.
    fn kind(&self) -> Option<Kind> {
        match self.state.target {
            Target::Flow(_) if self.state.hidden || self.state.deleted => Some(Kind::Behind),
            Target::Flow(kind) => Some(kind),
            _ => None,
        }
    }

    fn put(&mut self, words: &str) {
        self.half = None;
        match self.state.target {
            Target::Tag => self.add_html(words),
            Target::ObjectName => self.object_name.push_str(words),
            _ => (),
        }
        let Some(kind) = self.kind() else { return };
        self.page.add(kind, words);
        if self.from_html && kind == Kind::Body && !self.state.outside_html {
            // It stands for itself and is no tag.
            for stretch in words.split_inclusive(['<', '&']) {
                let plain = stretch.trim_end_matches(['<', '&']);
                self.add_html(plain);
                match stretch.as_bytes().last() {
                    Some(b'<') => self.add_html("&lt;"),
                    Some(b'&') => self.add_html("&amp;"),
                    _ => (),
                }
            }
        }
    }

    /// A letter with a name, or the end of a line.
    pub(super) fn mark(&mut self, letters: &str) {
        if letters != "\n" {
            self.put(letters);
            return;
        }
        match self.kind() {
            Some(kind) => self.page.paragraph(kind, self.state.in_table),
            None if self.state.target == Target::Tag => self.add_html("\n"),
            None => (),
        }
        if self.from_html && self.state.target == Target::Flow(Kind::Body) && !self.state.outside_html {
            self.add_html("\n");
        }
    }

    fn add_html(&mut self, text: &str) {
        if self.html.len() + text.len() > HTML {
            self.page.full();
        } else {
            self.html.push_str(text);
        }
    }
}
