//! Letters in the order they are drawn become words and lines.
//!
//! A page says where each letter stands and hardly ever where a word ends. A gap wider than a narrow blank parts
//! words; a letter that does not stand on the line goes on a new one.

use crate::mail::parts::Scribe;
use hayro_font::kurbo::{Point, Vec2};
use std::ops::Range;

/// Of the height of the letters: a wider gap is a blank. Blanks of fonts are 0.22 to 0.33, letters moved closer
/// together or apart by taste stay below 0.12.
const BLANK: f64 = 0.15;
/// A wider gap is one between columns.
const COLUMN: f64 = 2.0;
/// A letter this far above or below stands on another line; footnote marks stay on theirs.
const LINE: f64 = 0.55;
/// A letter that begins this far back is drawn over the line again, or on another.
const BACK: f64 = 1.0;

/// The text of a page.
#[derive(Default)]
pub(super) struct Lines {
    text: String,
    hidden: Vec<Range<usize>>,
    last: Option<Last>,
    most: usize,
    /// Letters and digits so far.
    pub readable: usize,
    /// Letters so far, whatever they are.
    pub letters: usize,
    /// Letters so far of which nobody knows what they stand for.
    pub unknown: usize,
    /// More text than is kept.
    pub cut: bool,
}

/// Where the last letter ended.
struct Last {
    end: Point,
    along: Vec2,
    height: f64,
}

/// A letter, or several that are drawn as one.
pub(super) struct Glyph<'t> {
    /// What it says; `None` where nobody knows.
    pub text: Option<&'t str>,
    /// Where it begins and where the next would.
    pub from: Point,
    /// Where the next would begin.
    pub to: Point,
    /// The direction of writing, of length one.
    pub along: Vec2,
    /// The height of the letters.
    pub height: f64,
    /// A reader does not see it.
    pub hidden: bool,
}

impl Lines {
    /// Keeps so many bytes.
    pub fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// Where the next letter goes.
    pub fn here(&self) -> usize {
        self.text.len()
    }

    /// The text from a place on.
    pub fn since(&self, start: usize) -> &str {
        self.text.get(start..).unwrap_or_default()
    }

    /// The next letter goes on a new line.
    pub fn part(&mut self) {
        self.last = None;
        self.between('\n');
    }

    /// Adds a letter.
    pub fn glyph(&mut self, glyph: &Glyph<'_>) {
        if let Some(last) = &self.last
            && let Some(mark) = gap(last, glyph)
        {
            self.between(mark);
        }
        self.last = Some(Last { end: glyph.to, along: glyph.along, height: glyph.height });
        self.letters += 1;
        self.unknown += usize::from(glyph.text.is_none());
        self.put(glyph.text.unwrap_or("\u{FFFD}"), glyph.hidden);
    }

    /// Adds words that are not drawn.
    pub fn add_hidden(&mut self, text: &str) {
        self.between(' ');
        self.put(text, true);
    }

    fn put(&mut self, text: &str, hidden: bool) {
        if self.text.len() + text.len() > self.most {
            self.cut = true;
            return;
        }
        let start = self.text.len();
        for letter in text.chars() {
            self.readable += usize::from(letter.is_alphanumeric());
            self.text.push(if letter.is_control() { ' ' } else { letter });
        }
        if hidden {
            // A gap within hidden text is hidden with it.
            let gap = |last: &Range<usize>| self.text.get(last.end..start).is_some_and(|gap| gap.trim().is_empty());
            match self.hidden.last_mut() {
                Some(last) if gap(last) => last.end = self.text.len(),
                _ => self.hidden.push(start..self.text.len()),
            }
        }
    }

    fn between(&mut self, mark: char) {
        let blank = self.text.ends_with(char::is_whitespace);
        if self.text.is_empty() || self.text.len() >= self.most || (blank && (mark == ' ' || self.text.ends_with('\n')))
        {
            return;
        }
        self.text.push(mark);
    }

    /// Writes the text into the open piece.
    pub fn write(&self, scribe: &mut Scribe<'_>) {
        let mut done = 0;
        let between = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        for hidden in &self.hidden {
            scribe.add(between(done, hidden.start));
            scribe.hide(true);
            scribe.add(between(hidden.start, hidden.end));
            scribe.hide(false);
            done = hidden.end;
        }
        scribe.add(between(done, self.text.len()));
    }

    /// Whether nothing was drawn.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// What stands between a letter and the last one.
fn gap(last: &Last, glyph: &Glyph<'_>) -> Option<char> {
    let height = glyph.height.max(last.height);
    let way = glyph.from - last.end;
    let ahead = way.dot(last.along);
    let aside = way.cross(last.along).abs();
    if last.along.dot(glyph.along) < 0.7 || aside > LINE * height || ahead < -BACK * height {
        return Some('\n');
    }
    let smaller = glyph.height.min(last.height).max(height / 4.0);
    if ahead > COLUMN * height {
        Some('\t')
    } else if ahead > BLANK * smaller {
        Some(' ')
    } else {
        None
    }
}
