//! Letters of a font: what a code says and how wide it is.

use hayro_font::hayro_cmap::BfString;
use hayro_font::kurbo::Vec2;
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontQuery, FontResolverFn, StandardFont};
use hayro_syntax::object::{Dict, Name};
use rustc_hash::FxHashMap;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// The fonts of a document.
pub(super) struct Fonts<'a> {
    cache: FontCache<'a>,
    programs: FontResolverFn,
    charsets: CMapResolverFn,
    /// By where the font's description stands in the file.
    faces: RefCell<FxHashMap<super::Place, Found<'a>>>,
    fallback: OnceCell<Found<'a>>,
}

/// A font, where there is one.
type Found<'a> = Option<Rc<Face<'a>>>;

/// A font in use.
pub(super) struct Face<'a> {
    font: Font<'a>,
    letters: RefCell<FxHashMap<u32, Rc<Letter>>>,
    /// Its letters are drawings: nothing says how high they are.
    pub drawn: bool,
    /// Stands in for a font that is not there: only ASCII can be told.
    pub guessed: bool,
}

/// A letter of a font.
pub(super) struct Letter {
    /// What it says; `None` where the font does not tell.
    pub text: Option<String>,
    /// How far the next one stands from it, in thousandths of the height.
    pub advance: Vec2,
}

impl<'a> Fonts<'a> {
    /// None yet.
    pub fn new() -> Self {
        let cache = FontCache::new();
        let programs: FontResolverFn = Arc::new(|query: &FontQuery| {
            let standard = match query {
                FontQuery::Standard(standard) => *standard,
                FontQuery::Fallback(other) => other.pick_standard_font(),
            };
            Some(standard.get_font_data())
        });
        let charsets: CMapResolverFn = Arc::new(hayro_font::hayro_cmap::load_embedded);
        Self { cache, programs, charsets, faces: RefCell::default(), fallback: OnceCell::new() }
    }

    /// The font of a description; `None` where it is one whose codes mean nothing without it.
    pub fn face(&self, dict: &Dict<'a>) -> Found<'a> {
        let key = super::place(dict);
        if let Some(face) = self.faces.borrow().get(&key) {
            return face.clone();
        }
        let kind = dict.get::<Name<'_>>("Subtype");
        let is = |wanted: &[u8]| kind.as_ref().is_some_and(|kind| kind.as_ref() == wanted);
        let font = self.cache.font(dict, &self.programs, &self.charsets);
        let face = match font {
            Some(font) => Some(Rc::new(Face::new(font, is(b"Type3"), false))),
            None if is(b"Type0") => None,
            None => self.fallback(),
        };
        self.faces.borrow_mut().insert(key, face.clone());
        face
    }

    /// What stands in where no font was named.
    pub fn fallback(&self) -> Found<'a> {
        let font = || self.cache.standard_font(StandardFont::Helvetica, &self.programs);
        self.fallback.get_or_init(|| font().map(|font| Rc::new(Face::new(font, false, true)))).clone()
    }
}

impl<'a> Face<'a> {
    fn new(font: Font<'a>, drawn: bool, guessed: bool) -> Self {
        Self { font, letters: RefCell::default(), drawn, guessed }
    }

    /// The next code of a string and how many bytes it takes.
    pub fn code(&self, bytes: &[u8], at: usize) -> (u32, usize) {
        let (code, length) = self.font.read_code(bytes, at);
        (code, length.max(1))
    }

    /// The letter of a code.
    pub fn letter(&self, code: u32) -> Rc<Letter> {
        if let Some(letter) = self.letters.borrow().get(&code) {
            return letter.clone();
        }
        let unicode = match self.font.glyph(self.font.map_code(code), code) {
            FontGlyph::Outline(glyph) => glyph.as_unicode(),
            FontGlyph::Type3(glyph) => glyph.as_unicode(),
        };
        let text = match unicode {
            Some(BfString::Char(letter)) => Some(letter.to_string()),
            Some(BfString::String(letters)) => Some(letters),
            None => None,
        };
        // A table that says "nothing" or "unknown" says nothing.
        let text = text.filter(|text| !text.chars().all(|letter| matches!(letter, '\0' | '\u{FFFD}')));
        let letter = Rc::new(Letter { text, advance: self.font.code_advance(code) });
        self.letters.borrow_mut().insert(code, letter.clone());
        letter
    }

    /// Whether it is written from left to right.
    pub fn is_horizontal(&self) -> bool {
        self.font.is_horizontal()
    }
}
