//! What the instructions of a page work on.

use super::fonts::Face;
use hayro_font::kurbo::{Affine, Point, Vec2};
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream};
use hayro_syntax::page::Resources;
use std::rc::Rc;

/// What is kept and brought back as a whole.
#[derive(Clone)]
pub(super) struct State<'a> {
    /// From where things are drawn to the page.
    pub matrix: Affine,
    /// The font; `None` before the first.
    pub face: Option<Rc<Face<'a>>>,
    /// A font was named whose letters nobody can tell.
    pub unreadable: bool,
    /// Its size.
    pub size: f64,
    /// Between letters.
    pub spacing: f64,
    /// Between words.
    pub words: f64,
    /// Letters as wide as this, 1 as they are.
    pub width: f64,
    /// Between lines.
    pub leading: f64,
    /// Above the line.
    pub rise: f64,
    /// How letters are drawn.
    pub mode: i64,
    /// What areas and letters are filled with.
    pub fill: Ink,
    /// What lines are drawn with.
    pub stroke: Ink,
}

impl State<'_> {
    /// As a page begins.
    pub fn new() -> Self {
        Self {
            matrix: Affine::IDENTITY,
            face: None,
            unreadable: false,
            size: 1.0,
            spacing: 0.0,
            words: 0.0,
            width: 1.0,
            leading: 0.0,
            rise: 0.0,
            mode: 0,
            fill: Ink::default(),
            stroke: Ink::default(),
        }
    }

    /// How letters look: 3 and 7 draw nothing and are left to the ink under them, as scanners write what they read.
    pub fn ink(&self) -> Look {
        match self.mode {
            3 | 7 => Look::Seen,
            1 | 5 => self.stroke.look(),
            2 | 6 if self.stroke.look() == Look::Seen => Look::Seen,
            _ => self.fill.look(),
        }
    }
}

/// How something is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// As it is.
    Seen,
    /// Only on something darker than paper.
    White,
    /// Not at all.
    Clear,
}

/// A colour, as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink {
    space: Space,
    white: bool,
    /// 0 is clear as glass.
    pub opacity: f64,
}

/// How numbers give a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    /// Light: all high is white.
    Light,
    /// Ink: all low is white.
    Inks,
    /// Something else.
    Other,
}

impl Default for Ink {
    fn default() -> Self {
        Self { space: Space::Light, white: false, opacity: 1.0 }
    }
}

impl Ink {
    /// How it is seen.
    pub fn look(&self) -> Look {
        match (self.opacity < 0.02, self.white) {
            (true, _) => Look::Clear,
            (false, true) => Look::White,
            (false, false) => Look::Seen,
        }
    }

    /// A colour of light, by one or three numbers.
    pub fn light(&mut self, numbers: &[Number]) {
        self.space = Space::Light;
        self.set(numbers);
    }

    /// A colour of inks.
    pub fn inks(&mut self, numbers: &[Number]) {
        self.space = Space::Inks;
        self.set(numbers);
    }

    /// A colour in the way that was chosen.
    pub fn set(&mut self, numbers: &[Number]) {
        let all = |right: fn(f64) -> bool| !numbers.is_empty() && numbers.iter().all(|number| right(number.as_f64()));
        self.white = match self.space {
            Space::Light => all(|number| number > 0.94),
            Space::Inks => all(|number| number < 0.06),
            Space::Other => false,
        };
    }

    /// A pattern or a picture.
    pub fn pattern(&mut self) {
        self.white = false;
    }

    /// The way in which numbers give a colour from here on.
    pub fn space(&mut self, name: &Name<'_>, resources: &Resources<'_>) {
        self.white = false;
        self.space = match space_by_name(name) {
            Space::Other => resources.get_color_space(name).map_or(Space::Other, |space| space_of(&space)),
            known => known,
        };
    }
}

fn space_by_name(name: &Name<'_>) -> Space {
    match name.as_ref() {
        b"DeviceGray" | b"CalGray" | b"G" | b"DeviceRGB" | b"CalRGB" | b"RGB" => Space::Light,
        b"DeviceCMYK" | b"CMYK" | b"Separation" | b"DeviceN" => Space::Inks,
        _ => Space::Other,
    }
}

fn space_of(space: &Object<'_>) -> Space {
    let list = match space {
        Object::Name(name) => return space_by_name(name),
        Object::Array(list) => list,
        _ => return Space::Other,
    };
    let mut items = list.flex_iter();
    let Some(name) = items.next::<Name<'_>>() else { return Space::Other };
    if name.as_ref() != b"ICCBased" {
        return space_by_name(&name);
    }
    match items.next::<Stream<'_>>().and_then(|profile| profile.dict().get::<u8>("N")) {
        Some(1 | 3) => Space::Light,
        Some(4) => Space::Inks,
        _ => Space::Other,
    }
}

/// Where text goes.
#[derive(Clone, Copy)]
pub(super) struct Pen {
    /// To where the next letter stands.
    pub at: Affine,
    /// To where the line began.
    pub line: Affine,
}

impl Default for Pen {
    fn default() -> Self {
        Self { at: Affine::IDENTITY, line: Affine::IDENTITY }
    }
}

impl Pen {
    /// Goes to another place as seen from the beginning of the line.
    pub fn next_line(&mut self, x: f64, y: f64) {
        self.line *= Affine::translate((x, y));
        self.at = self.line;
    }
}

/// A matrix without its displacement, on a vector.
pub(super) fn turned(matrix: Affine, vector: Vec2) -> Vec2 {
    let [a, b, c, d, _, _] = matrix.as_coeffs();
    Vec2::new(a * vector.x + c * vector.y, b * vector.x + d * vector.y)
}

/// Six numbers under a key; nothing changes where there are none.
pub(super) fn matrix(dict: &Dict<'_>, key: &str) -> Affine {
    dict.get::<[f64; 6]>(key).map_or(Affine::IDENTITY, Affine::new)
}

/// Four numbers under a key, as two corners.
pub(super) fn corners(dict: &Dict<'_>, key: &str) -> Option<(Point, Point)> {
    let list = dict.get::<Array<'_>>(key)?;
    let numbers: Vec<f64> = list.iter::<f64>().take(4).collect();
    let [left, bottom, right, top] = numbers.as_slice() else { return None };
    Some((Point::new(*left, *bottom), Point::new(*right, *top)))
}
