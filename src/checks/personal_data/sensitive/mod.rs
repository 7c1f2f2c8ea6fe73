//! What is said of a pupil: needs, protection, health, circumstances, attendance, behaviour, marks.
//!
//! A word or a value alone is nothing. It counts where somebody is identified in the same sentence or row, in a sentence
//! that goes on about the same pupil, or in a document about one or two pupils; never where many are spoken of.

mod columns;
mod people;
mod phrases;
mod scores;
mod seen;
mod sentences;
pub mod tables;
pub mod words;

pub use people::form_at;

use super::hits::{Collector, Hit, narrow};
use super::tables::Headings;
use crate::checks::View;
use crate::finding::{Confidence, Finding};
use crate::mail::parts::Place;
use crate::school::roster::PupilId;
use people::{People, Person, forth};
use rustc_hash::FxHashSet;
use seen::{Seen, is_beside};
use std::ops::Range;
use words::Topic;

/// Longest piece that is read whole; of a longer one what stands around its people.
const WHOLE: usize = 256 << 10;
/// What is read before and behind somebody in a longer piece.
const AROUND: (usize, usize) = (600, 1_600);
/// How far a sentence about `her` may stand from the one that names her.
const FAR: usize = 700;
/// Longest row of a table that is one statement; a longer one is a page laid out in a table.
const ROW: usize = 400;
/// How far from `she` something may stand that is said of her.
const BEHIND: usize = 90;
/// Longest line of a document about a pupil that is a note on the pupil, whoever it names.
const NOTE: usize = 80;
/// How far into a message whose subject is a pupil's name a fragment is about that pupil, and its longest sentence.
const FIRST: (usize, usize) = (400, 140);
/// Words and values of one sentence that are looked at.
const MOST: usize = 16;

/// Finds what is said of pupils, save in the tables that are reported as a whole.
pub fn find(
    view: &View<'_>,
    headings: &Headings<'_>,
    (findings, found): (&[Finding], &[Finding]),
    forms: &[Range<usize>],
    told: &FxHashSet<u16>,
    collector: &mut Collector<'_>,
) {
    let people = People::new(view, findings, found, forms);
    if people.all.is_empty() {
        return;
    }
    let reader = Reader { view, headings, people: &people, told };
    for index in 0..view.tree.pieces.len() {
        reader.piece(index, collector);
    }
}

/// How something is tied to somebody.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// In the same sentence or row.
    Same,
    /// In a sentence that goes on about the same pupil.
    Next,
}

/// Somebody meant in a unit.
struct Meant {
    /// Where, in the unit's text.
    at: Range<usize>,
    pupil: Option<PupilId>,
    confidence: Confidence,
    tie: Tie,
}

/// Whom a document is about.
struct About {
    pupils: Vec<PupilId>,
    /// The one that `she` means before anybody is named.
    only: Option<PupilId>,
    /// In the name of the file.
    titled: bool,
    /// Where the text ends whose lines are about the subject's one pupil, named or not.
    headed: usize,
    forenames: Vec<(String, PupilId)>,
}

/// Who was named last.
struct Recent {
    person: Person,
    /// Where that sentence ends.
    end: usize,
    /// The lines up to the end of the paragraph are about nobody else.
    headed: bool,
}

/// A sentence or a row.
struct Unit {
    at: Range<usize>,
    paragraph: bool,
    row: bool,
}

struct Reader<'a> {
    view: &'a View<'a>,
    headings: &'a Headings<'a>,
    people: &'a People,
    told: &'a FxHashSet<u16>,
}

impl Reader<'_> {
    fn piece(&self, index: usize, collector: &mut Collector<'_>) {
        let Some(piece) = self.view.tree.pieces.get(index) else { return };
        if piece.place == Place::Header {
            return;
        }
        let folded = self.view.folded;
        let whole = forth(folded, piece.text.start)..forth(folded, piece.text.end);
        let own = self.people.within(&whole);
        let mut pupils = self.people.about(piece.part, piece.place);
        if own.is_empty() && pupils.is_empty() {
            return;
        }
        pupils.truncate(2);
        let title = self.people.title(piece.part, piece.place);
        let meant = if piece.place == Place::Body { title } else { pupils.as_slice() };
        let only = meant.first().copied().filter(|_| meant.len() == 1);
        let titled = piece.place != Place::Body && !title.is_empty();
        let mut called: Vec<PupilId> = own
            .iter()
            .filter(|person| person.confidence > Confidence::Low)
            .filter_map(|person| person.pupil)
            .take(40)
            .collect();
        called.extend(&pupils);
        called.sort_unstable();
        called.dedup();
        let headed = only.map_or(0, |only| self.headed(piece.place, &whole, own, only));
        let about = About { pupils, only, titled, headed, forenames: people::forenames(self.view, &called) };
        for window in windows(&whole, own, &folded.text) {
            self.window(index, window, &about, collector);
        }
    }

    /// How far the first lines of a message go that are about the pupil of its subject: nothing else stands in the
    /// subject, and nobody else is named in the text.
    fn headed(&self, place: Place, whole: &Range<usize>, own: &[Person], only: PupilId) -> usize {
        let others = own.iter().any(|person| person.pupil != Some(only));
        if place != Place::Body || others || !self.is_bare_subject() {
            return 0;
        }
        whole.start + FIRST.0
    }

    /// Whether the subject is a name, with a form or a word of its kind beside it.
    fn is_bare_subject(&self) -> bool {
        let folded = self.view.folded;
        let subjects = self.view.tree.pieces.iter().filter(|piece| piece.place == Place::Subject);
        subjects.into_iter().all(|piece| {
            let whole = forth(folded, piece.text.start)..forth(folded, piece.text.end);
            let own = self.people.within(&whole);
            let Some(text) = folded.text.get(whole.clone()) else { return false };
            let mut at = 0;
            own.iter().all(|person| {
                let gap = at..person.at.start.saturating_sub(whole.start);
                at = person.at.end.saturating_sub(whole.start).max(at);
                text.get(gap).is_none_or(is_beside)
            }) && text.get(at..).is_none_or(is_beside)
        })
    }

    fn window(&self, index: usize, window: Range<usize>, about: &About, collector: &mut Collector<'_>) {
        let mut recent: Option<Recent> = None;
        for unit in self.units(index, window) {
            let own = self.people.within(&unit.at);
            let gone = |recent: &Recent, far: usize| unit.at.start.saturating_sub(recent.end) > far;
            if unit.paragraph && recent.as_ref().is_some_and(|recent| gone(recent, FAR / 2)) {
                recent = None;
            }
            if let Some(recent) = recent.as_mut() {
                recent.headed &= !unit.paragraph;
            }
            self.unit(&unit, own, recent.as_ref(), about, collector);
            if let Some(last) = own.last() {
                // Names below each other are a list, and head nothing.
                let list = recent.as_ref().is_some_and(|recent| recent.headed);
                let headed = !list && own.len() == 1 && self.is_heading(&unit, last);
                recent = Some(Recent { person: last.clone(), end: unit.at.end, headed });
            } else if recent.as_ref().is_some_and(|recent| unit.at.end.saturating_sub(recent.end) > FAR) {
                recent = None;
            }
        }
    }

    /// Whether a line is a name alone, or says whom the next lines are about: `Re Jane Smith: ...`.
    fn is_heading(&self, unit: &Unit, person: &Person) -> bool {
        let text = &self.view.folded.text;
        let head = text.get(unit.at.start..person.at.start).unwrap_or_default();
        let tail = text.get(person.at.end.min(unit.at.end)..unit.at.end).unwrap_or_default();
        let opens =
            matches!(head.trim().trim_end_matches(':'), "re" | "regarding" | "concerning" | "update on" | "about");
        opens && tail.trim_start().starts_with([':', '-', ',']) || is_beside(head) && is_beside(tail)
    }

    /// The sentences and the short rows of a window, without the tables that are told as a whole.
    fn units(&self, index: usize, window: Range<usize>) -> Vec<Unit> {
        let text = self.view.folded.text.as_bytes();
        let mut units = Vec::new();
        let mut at = window.start;
        let plain = |range: Range<usize>, units: &mut Vec<Unit>| {
            let split = sentences::split(text, range);
            units.extend(split.into_iter().map(|(at, paragraph)| Unit { at, paragraph, row: false }));
        };
        for (row, is_told) in self.rows(index, &window) {
            if row.start < at || !is_told && row.len() > ROW {
                continue;
            }
            plain(at..row.start, &mut units);
            at = row.end;
            if !is_told {
                units.push(Unit { at: row, paragraph: false, row: true });
            }
        }
        plain(at..window.end.max(at), &mut units);
        units
    }

    /// The rows of the tables of a piece in a window, and whether the table is told as a whole.
    fn rows(&self, index: usize, window: &Range<usize>) -> Vec<(Range<usize>, bool)> {
        let cells = &self.view.tree.cells;
        let folded = self.view.folded;
        let span = folded.back(narrow(window.start)..narrow(window.end));
        let first = cells.partition_point(|cell| cell.text.start < span.start);
        let mut rows: Vec<(Range<usize>, bool)> = Vec::new();
        let mut last = None;
        for (place, cell) in cells.iter().enumerate().skip(first) {
            if cell.text.start >= span.end {
                break;
            }
            if cell.piece as usize != index || last == Some((cell.table, cell.row)) {
                continue;
            }
            last = Some((cell.table, cell.row));
            let row = self.headings.row(place, cell);
            rows.push((forth(folded, row.start)..forth(folded, row.end), self.told.contains(&cell.table)));
        }
        rows
    }

    fn unit(&self, unit: &Unit, own: &[Person], recent: Option<&Recent>, about: &About, collector: &mut Collector<'_>) {
        if own.is_empty() && recent.is_none() && about.pupils.is_empty() && about.forenames.is_empty() {
            return;
        }
        let Some(text) = self.view.folded.text.get(unit.at.clone()) else { return };
        let tokens = words::tokens(text.as_bytes());
        let hits = self.said(unit, (text, &tokens), own, about);
        if hits.is_empty() {
            return;
        }
        let local = |at: &Range<usize>| at.start.saturating_sub(unit.at.start)..at.end.saturating_sub(unit.at.start);
        let mut people: Vec<Meant> = own
            .iter()
            .map(|person| Meant {
                at: local(&person.at),
                pupil: person.pupil,
                confidence: person.confidence,
                tie: Tie::Same,
            })
            .collect();
        people.extend(self.meant(unit, text, &tokens, recent, about));
        let places: Vec<Range<usize>> = people.iter().map(|person| person.at.clone()).collect();
        let mut done: FxHashSet<Topic> = FxHashSet::default();
        for (topic, at, is_word) in hits.into_iter().take(MOST) {
            let (Some(first), Some(last)) = (tokens.get(at.start), tokens.get(at.end - 1)) else { continue };
            let range = first.start..last.end;
            // A name is no word about anybody, nor are the letters of a number: `her number is CP315321A`.
            let in_name = own.iter().map(|person| local(&person.at)).any(|at| {
                let is_number = || text.get(at.clone()).is_some_and(|text| text.contains(|c: char| c.is_ascii_digit()));
                at.contains(&range.start) || at.start < range.end && range.start < at.end && is_number()
            });
            if in_name || done.contains(&topic) || sentences::is_of_many(text, &range, &places) {
                continue;
            }
            let Some((pupil, confidence)) = whose(unit, text, &range, &people, (about, recent)) else { continue };
            let tale = topic != Topic::Safeguarding && sentences::is_a_tale(text, &range, &places);
            let thing = is_word && (tale || sentences::is_a_thing(text, &range));
            let confidence = if thing { Confidence::Low } else { confidence };
            if confidence > Confidence::Low {
                done.insert(topic);
            }
            let value = pupil.map_or(u32::MAX, |pupil| pupil.0).to_le_bytes();
            let range = unit.at.start + range.start..unit.at.start + range.end;
            let hit = Hit { pupil, ..Hit::secret(topic.kind(), range, confidence, &value) };
            collector.add(&hit);
        }
    }

    /// The words and values of a unit: what they are about, their tokens, and whether they are words.
    fn said(
        &self,
        unit: &Unit,
        (text, tokens): (&str, &[words::Token]),
        own: &[Person],
        about: &About,
    ) -> Vec<(Topic, Range<usize>, bool)> {
        let capitals = |range: Range<usize>| self.is_capital(unit, &range);
        let words = words::find(text, tokens, &Seen { reader: self, unit, text, own, about });
        if words.is_empty() {
            return Vec::new();
        }
        let scores = scores::find(text, tokens, &words, capitals);
        let counting = words::counting(&words).into_iter().map(|word| (word.entry.topic, word.tokens, true));
        counting.chain(scores.into_iter().map(|score| (score.topic, score.tokens, false))).collect()
    }

    /// Those who are meant by a forename or by `she`.
    fn meant(
        &self,
        unit: &Unit,
        text: &str,
        tokens: &[words::Token],
        recent: Option<&Recent>,
        about: &About,
    ) -> Vec<Meant> {
        let mut all = Vec::new();
        for (place, token) in tokens.iter().enumerate() {
            let Some(word) = text.get(token.clone()) else { continue };
            let pupil = if let Some((_, pupil)) = about.forenames.iter().find(|(name, _)| name == word) {
                // `Lilah-Rose` is nobody called Rose.
                if text.get(..token.start).is_some_and(|head| head.ends_with('-')) {
                    continue;
                }
                Some(*pupil)
            } else if is_pronoun(word) && !self.names_another(unit, text, tokens.get(..place).unwrap_or_default()) {
                match (recent, about.only) {
                    (Some(recent), _) => recent.person.pupil,
                    (None, Some(only)) => Some(only),
                    (None, None) => continue,
                }
            } else {
                continue;
            };
            all.push(Meant { at: token.clone(), pupil, confidence: Confidence::Medium, tie: Tie::Next });
        }
        all
    }

    /// Whether somebody else stands before a pronoun, whom it means: `I salute President Bush for his service`.
    fn names_another(&self, unit: &Unit, text: &str, before: &[words::Token]) -> bool {
        let word = |token: &words::Token| text.get(token.clone()).unwrap_or_default();
        before.windows(2).any(|pair| {
            let [one, two] = pair else { return false };
            let joined = text.get(one.end..two.start).is_some_and(|gap| gap == " " || gap == "\n");
            let long = word(one).len() > 1 && word(two).len() > 1;
            // `On Tuesday she`, `In March he`: a preposition begins the sentence, no name.
            let opens = matches!(
                word(one),
                "on" | "in"
                    | "at"
                    | "the"
                    | "this"
                    | "last"
                    | "since"
                    | "by"
                    | "from"
                    | "after"
                    | "before"
                    | "until"
                    | "every"
            );
            let titled = opens || matches!(word(one), "mr" | "mrs" | "ms" | "miss" | "dr");
            joined && long && !titled && one.start > 0 && self.is_title(unit, one) && self.is_title(unit, two)
        })
    }

    fn is_capital(&self, unit: &Unit, at: &Range<usize>) -> bool {
        people::is_capital(self.view, &(unit.at.start + at.start..unit.at.start + at.end))
    }

    /// A capital, and small letters behind it.
    fn is_title(&self, unit: &Unit, at: &Range<usize>) -> bool {
        self.is_capital(unit, &(at.start..at.start + 1)) && !self.is_capital(unit, at)
    }
}

/// Whom a word or value of a unit is about, and how sure that is.
fn whose(
    unit: &Unit,
    text: &str,
    at: &Range<usize>,
    people: &[Meant],
    (about, recent): (&About, Option<&Recent>),
) -> Option<(Option<PupilId>, Confidence)> {
    let near = people.iter().filter(|person| person.tie == Tie::Same || distance(&person.at, at) <= BEHIND);
    if let Some(nearest) = near.min_by_key(|person| (person.tie != Tie::Same, distance(&person.at, at))) {
        return Some((nearest.pupil, nearest.confidence));
    }
    let short = unit.at.len() <= FIRST.1 && !sentences::is_an_office(text, at);
    let fragment = unit.at.end <= about.headed && short;
    if let Some(recent) = recent.filter(|recent| recent.headed && short && people.is_empty()) {
        return Some((recent.person.pupil, Confidence::Medium));
    }
    let note = unit.row
        || is_label(text, at)
        || about.titled && unit.at.len() <= NOTE
        || sentences::is_values(text) && unit.at.len() <= NOTE
        || fragment;
    let one = about.pupils.first().copied().filter(|_| about.pupils.len() == 1);
    (note && !about.pupils.is_empty()).then_some((one, Confidence::Medium))
}

fn is_pronoun(word: &str) -> bool {
    matches!(word, "he" | "she" | "his" | "her" | "him" | "hers" | "himself" | "herself")
}

/// `SEN status: K`, `Attendance - 84 %`: the word begins a line and a sign follows it.
fn is_label(text: &str, at: &Range<usize>) -> bool {
    let head = text.get(..at.start).unwrap_or_default();
    let tail = text.get(at.end..).unwrap_or_default();
    let first = head.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).count() <= 2;
    let sign = tail.find([':', '=']).is_some_and(|at| at <= 24) || head.contains([':', '=']);
    first && sign
}

fn distance(one: &Range<usize>, other: &Range<usize>) -> usize {
    if one.end <= other.start { other.start - one.end } else { one.start.saturating_sub(other.end) }
}

/// What of a piece is read.
fn windows(whole: &Range<usize>, own: &[Person], text: &str) -> Vec<Range<usize>> {
    if whole.len() <= WHOLE {
        return vec![whole.clone()];
    }
    let mut all: Vec<Range<usize>> = Vec::new();
    for person in own {
        let start = text.floor_char_boundary(person.at.start.saturating_sub(AROUND.0).max(whole.start));
        let end = text.ceil_char_boundary((person.at.end + AROUND.1).min(whole.end));
        match all.last_mut() {
            Some(last) if start <= last.end => last.end = end.max(last.end),
            _ => all.push(start..end),
        }
    }
    all
}
