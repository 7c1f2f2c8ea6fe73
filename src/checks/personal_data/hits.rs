//! Hits become findings: each value once per piece, each kind once per table, so many and no more.

use super::tables::Headings;
use crate::checks::View;
use crate::checks::place::{Locator, Spot};
use crate::finding::{Confidence, Finding, Masked};
use crate::mail::parts::Place;
use crate::school::roster::PupilId;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::hash::Hasher;
use std::ops::Range;

/// Findings that a rule cannot tell apart, in one message; more say nothing new.
const MOST: usize = 20;
/// All findings of one message, however different.
const MOST_OF_ALL: usize = 20_000;
/// Different values counted in one table.
const MOST_VALUES: usize = 100_000;
/// Different values remembered in one message.
const MOST_PLACES: usize = 20_000;

/// Something found, before its place is known.
#[derive(Clone)]
pub struct Hit {
    /// Kind of finding.
    pub kind: &'static str,
    /// Its bytes in the folded text.
    pub range: Range<usize>,
    /// How sure we are.
    pub confidence: Confidence,
    /// The value without separators.
    pub value: Vec<u8>,
    /// Whether the last two characters may be shown.
    pub shown: bool,
    /// The pupil it belongs to.
    pub pupil: Option<PupilId>,
}

impl Hit {
    /// A number or code, shown by its last two characters.
    pub fn code(kind: &'static str, range: Range<usize>, confidence: Confidence, value: &[u8]) -> Self {
        Self { kind, range, confidence, value: value.to_vec(), shown: true, pupil: None }
    }

    /// Something of which nothing is shown.
    pub fn secret(kind: &'static str, range: Range<usize>, confidence: Confidence, value: &[u8]) -> Self {
        Self { kind, range, confidence, value: value.to_vec(), shown: false, pupil: None }
    }

    /// A sample that may be shown.
    fn masked(&self) -> Masked {
        if !self.shown {
            return Masked::all();
        }
        Masked::code(&String::from_utf8_lossy(&self.value).to_ascii_uppercase())
    }
}

/// What a rule may ask of a finding: kind, confidence, place, quoted, hidden, whose it is.
type Sort = (&'static str, Confidence, Place, bool, bool, Option<PupilId>);

/// Where a value stands, for each value once: piece, kind, value, quoted, hidden.
type Standing = (u32, &'static str, u64, bool, bool);

/// Collects the findings of one message.
pub struct Collector<'a> {
    locator: Locator<'a>,
    headings: &'a Headings<'a>,
    findings: Vec<Finding>,
    counts: FxHashMap<Sort, usize>,
    values: FxHashMap<Standing, usize>,
    tables: FxHashMap<(u32, &'static str), Table>,
}

/// What one table holds of one kind.
struct Table {
    finding: usize,
    values: FxHashSet<u64>,
}

impl<'a> Collector<'a> {
    /// An empty collection.
    pub fn new(view: &'a View<'a>, headings: &'a Headings<'a>) -> Self {
        Self {
            locator: Locator::new(view),
            headings,
            findings: Vec::new(),
            counts: FxHashMap::default(),
            values: FxHashMap::default(),
            tables: FxHashMap::default(),
        }
    }

    /// Adds a hit, unless it crosses the border of a piece or of a table's cell: then it is no number of anybody's.
    pub fn add(&mut self, hit: &Hit) {
        let range = narrow(hit.range.start)..narrow(hit.range.end);
        let Some(spot) = self.locator.locate(range) else { return };
        let cell = self.headings.cell(&spot.span);
        let crosses = |end: u32| spot.span.end > end && hit.kind != "bank_account" && hit.kind != "address";
        if cell.is_some_and(|(_, cell)| crosses(cell.text.end)) {
            return;
        }
        let value = digest(&hit.value);
        if cell.is_some() {
            self.add_to_table(hit, spot, value);
        } else {
            self.add_to_text(hit, spot, value);
        }
    }

    /// Adds what stands in a stretch of `Tree::text`.
    pub fn add_span(&mut self, hit: &Hit, span: &Range<u32>) {
        let Some(spot) = self.locator.locate_span(span.clone()) else { return };
        self.add_to_table(hit, spot, digest(&hit.value));
    }

    fn add_to_text(&mut self, hit: &Hit, spot: Spot, value: u64) {
        let key = (spot.piece, hit.kind, value, spot.quoted, spot.hidden);
        if let Some(finding) = self.values.get(&key).and_then(|index| self.findings.get_mut(*index)) {
            finding.measure += 1;
            finding.confidence = finding.confidence.max(hit.confidence);
        } else if let Some(index) = self.push(hit, spot, value)
            && self.values.len() < MOST_PLACES
        {
            self.values.insert(key, index);
        }
    }

    fn add_to_table(&mut self, hit: &Hit, spot: Spot, value: u64) {
        let key = (spot.piece, hit.kind);
        if let Some(table) = self.tables.get_mut(&key) {
            if table.values.len() < MOST_VALUES {
                table.values.insert(value);
            }
            if let Some(finding) = self.findings.get_mut(table.finding) {
                finding.measure = table.values.len() as u64;
                finding.pupil = finding.pupil.filter(|pupil| Some(*pupil) == hit.pupil);
                finding.confidence = finding.confidence.max(hit.confidence);
            }
        } else if let Some(finding) = self.push(hit, spot, value) {
            self.tables.insert(key, Table { finding, values: FxHashSet::from_iter([value]) });
        }
    }

    fn push(&mut self, hit: &Hit, spot: Spot, value: u64) -> Option<usize> {
        if self.findings.len() >= MOST_OF_ALL {
            return None;
        }
        let sort = (hit.kind, hit.confidence, spot.place, spot.quoted, spot.hidden, hit.pupil);
        let count = self.counts.entry(sort).or_default();
        if *count >= MOST {
            return None;
        }
        *count += 1;
        let line = self.locator.line(&spot);
        self.findings.push(Finding {
            place: Some(spot.place),
            part: Some(spot.part),
            piece: Some(spot.piece),
            span: Some(spot.span),
            line: Some(line),
            pupil: hit.pupil,
            confidence: hit.confidence,
            quoted: spot.quoted,
            hidden: spot.hidden,
            value,
            ..Finding::whole("personal_data", hit.kind, hit.masked())
        });
        Some(self.findings.len() - 1)
    }

    /// The findings, in the order of the text.
    pub fn finish(self) -> Vec<Finding> {
        let mut findings = self.findings;
        findings.sort_by_key(|finding| finding.span.as_ref().map(|span| span.start));
        findings
    }
}

/// A keyless digest of a value.
fn digest(value: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(value);
    hasher.finish()
}

/// Texts are shorter than 4 GiB by their limits.
pub fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
