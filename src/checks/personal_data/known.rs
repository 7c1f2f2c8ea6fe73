//! What the school knows: its own numbers, its staff's private ones, and the pupils named near by.

use super::tables::Headings;
use crate::checks::View;
use crate::finding::Finding;
use crate::school::roster::PupilId;
use crate::school::staff::Staff;
use crate::school::telephones;
use jiff::civil::Date;
use rustc_hash::FxHashSet;
use std::ops::Range;

/// How far from a pupil's name something of that pupil may stand, outside tables.
const NEAR: u32 = 160;
/// Pupils looked at around one place.
const MOST: usize = 40;

/// The school's own numbers and those of its staff.
pub struct Numbers<'a> {
    own: FxHashSet<String>,
    staff: &'a Staff,
}

impl<'a> Numbers<'a> {
    /// Letters and digits alone; telephones as dialled inside the country.
    pub fn new(view: &View<'a>) -> Self {
        let identity = &view.school.identity;
        let mut own = FxHashSet::default();
        for written in identity.own_numbers.iter().chain([&identity.telephone]) {
            let plain = written.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
            own.extend((!plain.is_empty()).then(|| plain.to_ascii_lowercase()));
            own.extend(telephones::comparable(written));
        }
        Self { own, staff: &view.school.staff }
    }

    /// Whether these letters and digits are the school's own.
    pub fn is_own(&self, chars: &[u8]) -> bool {
        std::str::from_utf8(chars).is_ok_and(|chars| self.own.contains(chars) || self.staff.has_phone(chars))
    }

    /// Whether the directory has this as somebody's private telephone.
    pub fn is_private(&self, national: &[u8]) -> bool {
        std::str::from_utf8(national).is_ok_and(|national| self.staff.has_private_phone(national))
    }
}

/// The pupils that the check before this one found by name, in the order of the text.
pub struct Pupils {
    named: Vec<(Range<u32>, u32, PupilId)>,
}

impl Pupils {
    /// Takes them from the findings so far.
    pub fn new(findings: &[Finding]) -> Self {
        let mut named: Vec<_> = findings
            .iter()
            .filter_map(|finding| Some((finding.span.clone()?, finding.piece?, finding.pupil?)))
            .collect();
        named.sort_by_key(|(span, ..)| span.start);
        Self { named }
    }

    /// Pupils named in the same row of a table, or near by in the same piece of text.
    pub fn near<'a>(
        &'a self,
        view: &'a View<'_>,
        headings: &Headings<'_>,
        span: &Range<u32>,
    ) -> impl Iterator<Item = PupilId> + 'a {
        let row = headings.cell(span).map(|(index, cell)| headings.row(index, cell));
        let window = row.unwrap_or(span.start.saturating_sub(NEAR)..span.end.saturating_add(NEAR));
        let first = self.named.partition_point(|(name, ..)| name.end <= window.start);
        let piece = view.tree.pieces.partition_point(|piece| piece.text.start <= span.start).saturating_sub(1);
        let named = self.named.get(first..).unwrap_or_default();
        named
            .iter()
            .take(MOST)
            .take_while(move |(name, ..)| name.start < window.end)
            .filter(move |(_, in_piece, _)| *in_piece as usize == piece)
            .map(|(.., pupil)| *pupil)
    }

    /// Whether a pupil's name ends right before a span, with nothing but a comma, a dash or `of` between.
    pub fn end_before(&self, text: &str, span: &Range<u32>) -> bool {
        const GAP: u32 = 4;
        let behind = self.named.partition_point(|(name, ..)| name.start < span.start);
        let last = self.named.get(behind.saturating_sub(MOST)..behind).unwrap_or_default();
        last.iter().any(|(name, ..)| {
            let between = text.get(name.end as usize..span.start as usize);
            let parts = |between: &str| {
                between.trim() == "of"
                    || between.trim().chars().all(|c| matches!(c, ',' | ':' | '-' | '\u{2013}' | '('))
            };
            name.end < span.start && span.start - name.end <= GAP && between.is_some_and(parts)
        })
    }

    /// The pupil near by who was born that day.
    pub fn born(&self, view: &View<'_>, headings: &Headings<'_>, span: &Range<u32>, born: Date) -> Option<PupilId> {
        self.near(view, headings, span).find(|pupil| view.school.roster.born(*pupil) == Some(born))
    }
}
