//! Follows the instructions that draw a page, and hears the letters.
//!
//! Every stretch of instructions is paid for by its length each time it is followed, so a drawing that is used again
//! and again comes to an end with the work.

use super::fonts::{Face, Fonts};
use super::ground::Ground;
use super::layers::Layers;
use super::lines::{Glyph, Lines};
use super::state::{Look, Pen, State, matrix, turned};
use super::{all, shown_box, streams, strings};
use crate::mail::parts::{GapKind, Scribe, SectionKind};
use hayro_font::kurbo::{Affine, Point, Rect, Vec2};
use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction as Op;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream};
use hayro_syntax::page::{Page, Resources};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Drawings within drawings.
const DEPTH: u16 = 12;
/// States that are kept at a time.
const STATES: usize = 1024;
/// A page with fewer letters and digits than this says nothing beside its picture: a page number, a scanner's name.
const FEW: usize = 40;

/// Follows instructions.
pub(super) struct Painter<'a, 'p, 'l> {
    fonts: &'p Fonts<'a>,
    layers: &'p Layers,
    part: u16,
    scribe: &'p mut Scribe<'l>,
    lines: Lines,
    ground: Ground,
    state: State<'a>,
    kept: Vec<State<'a>>,
    pen: Pen,
    marks: Vec<Mark>,
    stopped: bool,
}

/// A stretch of marked content.
struct Mark {
    /// What is in it is not seen.
    hidden: bool,
    /// What it says in truth, where that begins, and how many letters were unknown before.
    says: Option<(String, usize)>,
}

/// The fonts that a stretch of instructions named so far.
type Named<'a> = FxHashMap<Vec<u8>, (Option<Rc<Face<'a>>>, bool)>;

impl<'a, 'p, 'l> Painter<'a, 'p, 'l> {
    /// Has an empty page before it.
    pub fn new(
        page: &Page<'a>,
        fonts: &'p Fonts<'a>,
        layers: &'p Layers,
        part: u16,
        scribe: &'p mut Scribe<'l>,
    ) -> Self {
        let [left, bottom, right, top] = shown_box(page);
        let most = (scribe.limits.text as usize).saturating_sub(scribe.tree.text.len());
        Self {
            fonts,
            layers,
            part,
            scribe,
            lines: Lines::new(most),
            ground: Ground::new(Rect::new(left, bottom, right, top)),
            state: State::new(),
            kept: Vec::new(),
            pen: Pen::default(),
            marks: Vec::new(),
            stopped: false,
        }
    }

    /// Follows the instructions of a page, and of what lies on it.
    pub fn page(&mut self, page: &Page<'a>) {
        let mut content = Vec::new();
        let mut parts: Vec<Stream<'a>> = page.raw().get::<Stream<'a>>("Contents").into_iter().collect();
        parts.extend(all::<Stream<'a>>(&page.raw().get::<Array<'a>>("Contents").unwrap_or_default(), page.xref()));
        for stream in &parts {
            if let Some(part) = streams::unpack(stream, self.part, self.scribe) {
                content.extend_from_slice(&part);
                content.push(b'\n');
            }
        }
        self.follow(&content, page.resources(), 0);
        let notes = page.raw().get::<Array<'a>>("Annots").unwrap_or_default();
        for note in all::<Dict<'a>>(&notes, page.xref()) {
            if self.stopped || !self.scribe.spend(self.part, note.data().len()) {
                return;
            }
            self.appearance(&note, page.resources());
        }
    }

    /// Writes what was heard as a page. `false` where something is missing.
    pub fn write(self, number: u32) -> bool {
        let Self { lines, ground, scribe, part, stopped, .. } = self;
        if !lines.is_empty() {
            scribe.begin_section(part, SectionKind::Page, number, "");
            lines.write(scribe);
            scribe.end();
        }
        if lines.cut {
            scribe.limit(part, "text longer than the limit");
        }
        if lines.unknown > 4 && lines.unknown * 12 > lines.letters {
            scribe.gap(GapKind::Unsupported, part, "a font that does not say what its letters are");
        }
        let blank = lines.readable == 0;
        let picture = ground.pictures();
        if (blank && (picture > 0.02 || ground.curves_seen() > 100)) || (lines.readable < FEW && picture > 0.5) {
            scribe.gap(GapKind::Unsupported, part, "a page that is a picture, without text");
        }
        !stopped && !lines.cut
    }

    /// What a note, a stamp or a field of a form looks like.
    fn appearance(&mut self, note: &Dict<'a>, resources: &Resources<'a>) {
        const UNSEEN: u32 = 2 | 32;
        let kind = note.get::<Name<'_>>("Subtype");
        if kind.is_some_and(|kind| matches!(kind.as_ref(), b"Link" | b"Popup")) {
            return;
        }
        let looks = note.get::<Dict<'a>>("AP").and_then(|looks| looks.get::<Object<'a>>("N"));
        let drawing = match looks {
            Some(Object::Stream(drawing)) => Some(drawing),
            Some(Object::Dict(states)) => {
                note.get::<Name<'_>>("AS").and_then(|state| states.get::<Stream<'a>>(state.as_ref()))
            }
            _ => None,
        };
        let Some(drawing) = drawing else { return };
        let hidden = note.get::<u32>("F").unwrap_or(0) & UNSEEN != 0 || self.layers.hide(note, b"OC");
        self.state = State::new();
        // It lies where the note is, however it is drawn.
        if let (Some((corner, _)), Some((from, _))) =
            (super::state::corners(note, "Rect"), super::state::corners(drawing.dict(), "BBox"))
        {
            self.state.matrix = Affine::translate(corner - from);
        }
        self.marks = vec![Mark { hidden, says: None }];
        self.lines.part();
        self.drawing(&drawing, resources, 0);
        self.lines.part();
        self.marks.clear();
    }

    /// Follows instructions to their end, or to that of the work.
    fn follow(&mut self, content: &[u8], resources: &Resources<'a>, depth: u16) {
        let (states, marks) = (self.kept.len(), self.marks.len());
        let mut named = Named::default();
        let mut instructions = TypedIter::new(content);
        while let Some(instruction) = instructions.next() {
            if self.stopped || self.lines.cut {
                break;
            }
            self.one(instruction, resources, &mut named, states, depth);
        }
        if self.kept.len() > states {
            self.kept.truncate(states + 1);
            self.state = self.kept.pop().unwrap_or_else(State::new);
        }
        while self.marks.len() > marks {
            self.unmark();
        }
    }

    fn one(
        &mut self,
        instruction: Op<'_, '_>,
        resources: &Resources<'a>,
        named: &mut Named<'a>,
        states: usize,
        depth: u16,
    ) {
        match instruction {
            Op::SaveState(_) if self.kept.len() < STATES => self.kept.push(self.state.clone()),
            Op::RestoreState(_) if self.kept.len() > states => {
                self.state = self.kept.pop().unwrap_or_else(State::new);
            }
            Op::Transform(m) => self.state.matrix *= affine([m.0, m.1, m.2, m.3, m.4, m.5]),
            Op::SetGraphicsState(name) => self.graphics_state(name.0, resources),
            Op::XObject(name) => self.object(name.0, resources, depth),
            Op::InlineImage(_) => self.ground.picture(self.state.matrix),
            Op::Shading(_) => self.ground.flood(),
            Op::BeginMarkedContent(_) => self.marks.push(Mark { hidden: self.is_hidden(), says: None }),
            Op::BeginMarkedContentWithProperties(mark) => self.mark(mark.1, resources),
            Op::EndMarkedContent(_) => self.unmark(),
            Op::TextFont(font) => self.font(font.0, font.1, resources, named),
            other => {
                if let Some(other) = self.colour(other, resources)
                    && let Some(other) = self.path(other)
                {
                    self.text(&other);
                }
            }
        }
    }

    /// Instructions that choose a colour; gives the others back.
    fn colour<'b, 'c>(&mut self, instruction: Op<'b, 'c>, resources: &Resources<'a>) -> Option<Op<'b, 'c>> {
        let State { fill, stroke, .. } = &mut self.state;
        match instruction {
            Op::NonStrokeColorDeviceGray(c) => fill.light(&[c.0]),
            Op::StrokeColorDeviceGray(c) => stroke.light(&[c.0]),
            Op::NonStrokeColorDeviceRgb(c) => fill.light(&[c.0, c.1, c.2]),
            Op::StrokeColorDeviceRgb(c) => stroke.light(&[c.0, c.1, c.2]),
            Op::NonStrokeColorCmyk(c) => fill.inks(&[c.0, c.1, c.2, c.3]),
            Op::StrokeColorCmyk(c) => stroke.inks(&[c.0, c.1, c.2, c.3]),
            Op::NonStrokeColor(c) => fill.set(&c.0),
            Op::StrokeColor(c) => stroke.set(&c.0),
            Op::NonStrokeColorNamed(c) if c.1.is_some() => fill.pattern(),
            Op::StrokeColorNamed(c) if c.1.is_some() => stroke.pattern(),
            Op::NonStrokeColorNamed(c) => fill.set(&c.0),
            Op::StrokeColorNamed(c) => stroke.set(&c.0),
            Op::ColorSpaceNonStroke(c) => fill.space(c.0, resources),
            Op::ColorSpaceStroke(c) => stroke.space(c.0, resources),
            other => return Some(other),
        }
        None
    }

    /// Instructions that draw lines and areas; gives the others back.
    fn path<'b, 'c>(&mut self, instruction: Op<'b, 'c>) -> Option<Op<'b, 'c>> {
        let seen = !self.is_hidden();
        let filled = seen && self.state.fill.look() == Look::Seen;
        let stroked = seen && self.state.stroke.look() == Look::Seen;
        match instruction {
            Op::RectPath(r) => {
                self.by(r.0, r.1);
                let far = Point::new(r.0.as_f64() + r.2.as_f64(), r.1.as_f64() + r.3.as_f64());
                self.ground.by(self.state.matrix * far);
            }
            Op::MoveTo(p) => self.by(p.0, p.1),
            Op::LineTo(p) => self.by(p.0, p.1),
            Op::CubicTo(c) => self.curve(c.4, c.5),
            Op::CubicStartTo(c) => self.curve(c.2, c.3),
            Op::CubicEndTo(c) => self.curve(c.2, c.3),
            Op::FillPathEvenOdd(_) | Op::FillPathNonZero(_) | Op::FillPathNonZeroCompatibility(_) => {
                self.ground.painted(true, filled);
            }
            Op::FillAndStrokeEvenOdd(_)
            | Op::FillAndStrokeNonZero(_)
            | Op::CloseFillAndStrokeEvenOdd(_)
            | Op::CloseFillAndStrokeNonZero(_) => self.ground.painted(filled, filled || stroked),
            Op::StrokePath(_) | Op::CloseAndStrokePath(_) => self.ground.painted(false, stroked),
            Op::EndPath(_) => self.ground.painted(false, false),
            other => return Some(other),
        }
        None
    }

    fn by(&mut self, x: Number, y: Number) {
        self.ground.by(self.state.matrix * Point::new(x.as_f64(), y.as_f64()));
    }

    fn curve(&mut self, x: Number, y: Number) {
        self.by(x, y);
        self.ground.curve();
    }

    /// Instructions of text.
    fn text(&mut self, instruction: &Op<'_, '_>) {
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

    fn font(&mut self, name: &Name<'_>, size: Number, resources: &Resources<'a>, named: &mut Named<'a>) {
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

    fn graphics_state(&mut self, name: &Name<'_>, resources: &Resources<'a>) {
        let Some(dict) = resources.get_ext_g_state(name) else { return };
        self.stopped |= !self.scribe.spend(self.part, dict.data().len());
        if let Some(opacity) = dict.get::<f64>("ca") {
            self.state.fill.opacity = opacity;
        }
        if let Some(opacity) = dict.get::<f64>("CA") {
            self.state.stroke.opacity = opacity;
        }
        let font = dict.get::<Array<'a>>("Font");
        if let Some(font) = font {
            let mut items = font.flex_iter();
            if let (Some(font), Some(size)) = (items.next::<Dict<'a>>(), items.next::<Number>()) {
                self.state.face = self.fonts.face(&font);
                self.state.unreadable = self.state.face.is_none();
                self.state.size = size.as_f64();
            }
        }
    }

    /// A picture, or a drawing that is used by its name.
    fn object(&mut self, name: &Name<'_>, resources: &Resources<'a>, depth: u16) {
        let Some(stream) = resources.get_x_object(name) else { return };
        self.stopped |= !self.scribe.spend(self.part, stream.dict().data().len() + 64);
        match stream.dict().get::<Name<'_>>("Subtype").as_deref() {
            Some(b"Image") if !self.is_hidden() => self.ground.picture(self.state.matrix),
            Some(b"Form") => self.drawing(&stream, resources, depth),
            _ => (),
        }
    }

    /// A drawing: instructions of their own. Bounded: no document that somebody wrote nests a few of them.
    fn drawing(&mut self, stream: &Stream<'a>, resources: &Resources<'a>, depth: u16) {
        if depth >= DEPTH {
            self.scribe.limit(self.part, "drawings nested deeper than the limit");
            return;
        }
        let Some(content) = streams::unpack(stream, self.part, self.scribe) else {
            self.stopped |= super::spent(self.scribe);
            return;
        };
        let own = stream.dict().get::<Dict<'a>>("Resources").map(Resources::new);
        let (state, pen) = (self.state.clone(), self.pen);
        let hidden = self.is_hidden() || self.layers.hide(stream.dict(), b"OC");
        self.marks.push(Mark { hidden, says: None });
        self.state.matrix *= matrix(stream.dict(), "Matrix");
        self.follow(&content, own.as_ref().unwrap_or(resources), depth + 1);
        self.unmark();
        (self.state, self.pen) = (state, pen);
    }

    fn is_hidden(&self) -> bool {
        self.marks.last().is_some_and(|mark| mark.hidden)
    }

    /// Marked content begins: it may belong to a layer, and may say what its letters stand for.
    fn mark(&mut self, properties: &Object<'_>, resources: &Resources<'a>) {
        let (hidden, says) = match properties {
            Object::Name(name) => {
                let known = resources.properties.get::<Dict<'a>>(name.as_ref());
                let says = known.and_then(|known| {
                    self.stopped |= !self.scribe.spend(self.part, known.data().len());
                    strings::of(&known, b"ActualText")
                });
                (self.layers.hide(&resources.properties, name.as_ref()), says)
            }
            Object::Dict(dict) => (self.layers.hide(dict, b"OC"), strings::of(dict, b"ActualText")),
            _ => (false, None),
        };
        let hidden = hidden || self.is_hidden();
        self.marks.push(Mark { hidden, says: says.map(|says| (says, self.lines.here())) });
    }

    /// Marked content ends. What it says in truth is added where the letters say something else.
    fn unmark(&mut self) {
        let Some(Mark { says: Some((says, start)), .. }) = self.marks.pop() else { return };
        let plain = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
        let truth = plain(&says);
        if !truth.is_empty() && truth != plain(self.lines.since(start)) {
            self.lines.add_hidden(&says);
        }
    }
}

fn affine(numbers: [Number; 6]) -> Affine {
    Affine::new(numbers.map(|number| number.as_f64()))
}
