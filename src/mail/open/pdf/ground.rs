//! What stands under text: white letters are seen on a dark ground and not on paper.

use hayro_font::kurbo::{Affine, Point, Rect, Shape as _};
use std::collections::VecDeque;

/// Painted areas that are remembered.
const MOST: usize = 256;

/// What was painted on a page so far.
pub(super) struct Ground {
    paper: Rect,
    path: Option<Rect>,
    painted: VecDeque<Rect>,
    curves: usize,
    curves_seen: usize,
    pictures: f64,
}

impl Ground {
    /// A page with nothing on it.
    pub fn new(paper: Rect) -> Self {
        Self { paper, path: None, painted: VecDeque::new(), curves: 0, curves_seen: 0, pictures: 0.0 }
    }

    /// A path goes by a point.
    pub fn by(&mut self, point: Point) {
        let here = Rect::from_points(point, point);
        self.path = Some(self.path.map_or(here, |path| path.union(here)));
    }

    /// A path has a curve.
    pub fn curve(&mut self) {
        self.curves += 1;
    }

    /// The path ends; it is painted in a colour that is seen, or not.
    pub fn painted(&mut self, filled: bool, seen: bool) {
        let curves = std::mem::take(&mut self.curves);
        let path = self.path.take();
        if seen {
            self.curves_seen += curves;
            if filled && let Some(path) = path {
                self.add(path);
            }
        }
    }

    /// The whole page has a colour.
    pub fn flood(&mut self) {
        self.add(self.paper);
    }

    /// A picture: the unit square through a matrix.
    pub fn picture(&mut self, matrix: Affine) {
        let area = (matrix * Rect::new(0.0, 0.0, 1.0, 1.0).to_path(0.1)).bounding_box();
        let shown = area.intersect(self.paper);
        let share = shown.area() / self.paper.area().max(1.0);
        if share.is_finite() && share > 0.0 {
            self.pictures += share;
        }
        self.add(area);
    }

    fn add(&mut self, area: Rect) {
        if !area.is_finite() {
            return;
        }
        if self.painted.len() >= MOST {
            self.painted.pop_front();
        }
        self.painted.push_back(area);
    }

    /// Whether something was painted where a letter stands.
    pub fn under(&self, point: Point) -> bool {
        // Letters stand on the lower edge of what lies under them.
        self.painted.iter().any(|area| area.inflate(2.0, 2.0).contains(point))
    }

    /// Whether a point is beyond the edge of the paper.
    pub fn is_beside(&self, point: Point) -> bool {
        !self.paper.inflate(3.0, 3.0).contains(point)
    }

    /// The share of the page that pictures cover; one over the other counts twice.
    pub fn pictures(&self) -> f64 {
        self.pictures
    }

    /// Curves drawn: letters may be drawn as nothing but lines.
    pub fn curves_seen(&self) -> usize {
        self.curves_seen
    }
}
