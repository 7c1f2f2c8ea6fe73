//! Instructions of text.

use super::{Named, Painter, affine};
use crate::mail::open::pdf::lines::Glyph;
use crate::mail::open::pdf::state::{Look, Pen, turned};
use hayro_font::kurbo::{Affine, Point, Vec2};
use hayro_syntax::content::ops::TypedInstruction as Op;
use hayro_syntax::object::{Name, Number, Object};
use hayro_syntax::page::Resources;

impl<'a> Painter<'a, '_, '_> {
    /// One of them; any other does nothing.
    pub(super) fn text(&mut self, instruction: &Op<'_, '_>) {
        match instruction {
            Op::BeginText(_) => self.pen = Pen::default(),
            Op::SetTextMatrix(m) => {
                let line = affine([m.0, m.1, m.2, m.3, m.4, m.5]);
                self.pen = Pen { at: line, line };
            }
            Op::NextLine(to) => self.pen.next_line(to.0.as_f64(), to.1.as_f64()),
            Op::NextLineAndSetLeading(to) => {
                self.state.leading = -to.1.as_f64();
                self.pen.next_line(to.0.as_f64(), to.1.as_f64());
            }
            Op::NextLineUsingLeading(_) => self.pen.next_line(0.0, -self.state.leading),
            Op::CharacterSpacing(spacing) => self.state.spacing = spacing.0.as_f64(),
            Op::WordSpacing(spacing) => self.state.words = spacing.0.as_f64(),
            Op::HorizontalScaling(width) => self.state.width = width.0.as_f64() / 100.0,
            Op::TextLeading(leading) => self.state.leading = leading.0.as_f64(),
            Op::TextRise(rise) => self.state.rise = rise.0.as_f64(),
            Op::TextRenderingMode(mode) => self.state.mode = mode.0.as_i64(),
            Op::ShowText(text) => self.show(text.0),
            Op::NextLineAndShowText(text) => {
                self.pen.next_line(0.0, -self.state.leading);
                self.show(text.0);
            }
            Op::ShowTextWithParameters(text) => {
                (self.state.words, self.state.spacing) = (text.0.as_f64(), text.1.as_f64());
                self.pen.next_line(0.0, -self.state.leading);
                self.show(text.2);
            }
            Op::ShowTexts(texts) => {
                for item in texts.0.iter::<Object<'_>>() {
                    match item {
                        Object::String(text) => self.show(&text),
                        Object::Number(back) => self.shift(-back.as_f64() / 1000.0 * self.state.size),
                        _ => (),
                    }
                }
            }
            _ => (),
        }
    }

    fn shift(&mut self, by: f64) {
        let horizontal = self.state.face.as_ref().is_none_or(|face| face.is_horizontal());
        let to = if horizontal { (by * self.state.width, 0.0) } else { (0.0, by) };
        self.pen.at *= Affine::translate(to);
    }

    /// Letters, one after the other.
    fn show(&mut self, bytes: &[u8]) {
        if self.state.unreadable {
            self.unreadable(bytes.len());
            return;
        }
        let Some(face) = self.state.face.clone().or_else(|| self.fonts.fallback()) else { return };
        let (size, width) = (self.state.size, self.state.width);
        let whole = self.state.matrix * self.pen.at;
        let horizontal = face.is_horizontal();
        let ahead = if horizontal { Vec2::new(size * width, 0.0) } else { Vec2::new(0.0, -size) };
        let along = turned(whole, ahead);
        let along = if along.hypot() > 0.0 { along.normalize() } else { Vec2::new(1.0, 0.0) };
        let height = turned(whole, Vec2::new(0.0, size)).hypot();
        let unseen = self.unseen(whole * Point::new(0.0, self.state.rise));
        let mut pen = Vec2::ZERO;
        let mut at = 0;
        while at < bytes.len() {
            let (code, length) = face.code(bytes, at);
            at += length;
            let letter = face.letter(code);
            let blank = if code == 32 && length == 1 { self.state.words } else { 0.0 };
            let advance = letter.advance * (size / 1000.0);
            let step = if horizontal {
                Vec2::new((advance.x + self.state.spacing + blank) * width, 0.0)
            } else {
                Vec2::new(0.0, advance.y + self.state.spacing + blank)
            };
            let from = whole * Point::new(pen.x, pen.y + self.state.rise);
            pen += step;
            let to = whole * Point::new(pen.x, pen.y + self.state.rise);
            // The height of drawn letters is nowhere said; most are half as wide as the line is high.
            let height = if face.drawn { turned(whole, Vec2::new(advance.x * 2.0, 0.0)).hypot() } else { height };
            let tiny = !face.drawn && height < 0.9;
            let hidden = unseen || tiny || (self.ground.is_beside(from) && self.ground.is_beside(to));
            let text = letter.text.as_deref().filter(|_| !face.guessed || code < 128);
            self.lines.glyph(&Glyph { text, from, to, along, height, hidden });
        }
        self.pen.at *= Affine::translate(pen);
    }

    /// Letters of a font that cannot be read at all.
    fn unreadable(&mut self, length: usize) {
        self.lines.letters += length;
        self.lines.unknown += length;
    }

    /// Whether letters at a point are not seen.
    fn unseen(&mut self, at: Point) -> bool {
        self.is_hidden()
            || match self.state.ink() {
                Look::Seen => false,
                Look::Clear => true,
                Look::White => {
                    self.stopped |= !self.scribe.spend(self.part, 64);
                    !self.ground.under(at)
                }
            }
    }

    /// Chooses a font by its name.
    pub(super) fn font(&mut self, name: &Name<'_>, size: Number, resources: &Resources<'a>, named: &mut Named<'a>) {
        self.state.size = size.as_f64();
        if let Some((face, unreadable)) = named.get(name.as_ref()) {
            (self.state.face, self.state.unreadable) = (face.clone(), *unreadable);
            return;
        }
        let (face, unreadable) = match resources.get_font(name) {
            Some(dict) => {
                self.stopped |= !self.scribe.spend(self.part, dict.data().len());
                let face = self.fonts.face(&dict);
                let unreadable = face.is_none();
                (face, unreadable)
            }
            None => (self.fonts.fallback(), false),
        };
        named.insert(name.to_vec(), (face.clone(), unreadable));
        (self.state.face, self.state.unreadable) = (face, unreadable);
    }
}
