//! Full names of pupils, found by looking words up in the roster.

/// Names in neighbouring cells of a table.
mod cells;
/// Tables that come as text.
mod drawn;
/// What stands around a name.
mod evidence;
/// Names whose halves are one word.
mod joined;
/// Names in forms, a label before each half.
mod labels;
/// Forename and surname of one pupil that stand together.
pub mod pairs;
/// Where the words of the text stand.
mod runs;
/// Less than a full name.
mod short;
/// Brothers and sisters who share one surname.
mod siblings;
/// Tables on their side.
mod sideways;
/// Names with hidden text inside.
mod veiled;
/// A word, and what stands between two.
pub mod words;

use super::place::{Locator, Spot};
use super::{Check, View};
use crate::finding::{Confidence, Finding, Masked};
use crate::mail::parts::Place;
use crate::school::names::{Grade, word_key};
use crate::school::roster::PupilId;
use crate::school::roster::index::{FORENAME, SURNAME};
use evidence::{Circumstances, Standing};
use pairs::{Candidate, Half, Order, Sight, find_pairs};
use rustc_hash::FxHashSet;
use short::Short;
use std::cmp::Reverse;
use std::ops::Range;
use words::Word;

/// The check's entry in the roll call. `joined_name` is a name whose halves are one word in a link, in an address, or
/// without a capital; in the name of a file, with a capital in the middle or with its letters set apart it is a `full_name`.
/// `initial_surname` (`J. Smith`), `forename_form` (`Jane in 7B`) and `forename_year` (`Jane (Year 7)`) are less than a full
/// name, and weak signs.
pub const CHECK: Check = Check {
    name: "pupil_names",
    kinds: &["full_name", "joined_name", "initial_surname", "forename_form", "forename_year"],
    look,
};

/// Whether a kind is less than a full name.
#[must_use]
pub fn is_short(kind: &str) -> bool {
    short::KINDS.contains(&kind)
}

/// Findings of one message that are kept in any case. A message with more is not rewritten completely and is
/// therefore held when it is inspected again.
const MOST: usize = 20_000;
/// Behind those, the first finding of each sort that a rule can tell from the others is kept, up to here.
const MOST_OF_ALL: usize = 100_000;

/// How far another pupil's name may stand from a short form that it makes surer.
const BESIDE: u32 = 120;

fn look(view: &View<'_>, findings: &mut Vec<Finding>) {
    let roster = &view.school.roster;
    if roster.is_empty() {
        return;
    }
    let locator = Locator::new(view);
    let around = Circumstances::new(view);
    let mut names = Names {
        view,
        around: &around,
        locator,
        address_fields: address_fields(view),
        found: Vec::new(),
        sorts: FxHashSet::default(),
    };
    find_pairs(&view.folded.text, roster, |sight| match sight {
        Sight::Pair(candidate) => names.take_pair(candidate),
        Sight::Joined(word) => names.take_joined_word(word),
        Sight::Half(half) => {
            short::read(half, &around, |short| names.take_short(&short));
            names.take_half(half);
        }
    });
    veiled::find_veiled(view.tree, view.folded, roster, |candidate| names.take_pair(candidate));
    for cells in [&view.tree.cells, &drawn::rows_of_text(view.tree)] {
        cells::find_in_cells(cells, view.tree, roster, |kind, span, pupil, sure| names.add(kind, span, pupil, sure));
    }
    drawn::find_columns(view.tree, roster, |span, pupil| names.add("full_name", span, pupil, Confidence::High));
    labels::find_labelled(&view.folded.text, roster, |range, pupil| names.add_labelled(range, pupil));
    joined::find_joined(view.tree, roster.index(), |span, pupil, whole| {
        let sure = if whole { Confidence::Medium } else { Confidence::Low };
        names.add("joined_name", span, pupil, sure);
    });
    findings.extend(names.finish());
}

/// Pieces of address fields: names in them may be names of mailboxes.
fn address_fields(view: &View<'_>) -> FxHashSet<u32> {
    const NAMES: &[&str] =
        &["from", "sender", "reply-to", "to", "cc", "bcc", "resent-from", "resent-to", "resent-cc", "return-path"];
    let fields = view.tree.headers.iter().filter(|field| NAMES.contains(&field.name.as_str()));
    fields.filter_map(|field| field.piece).collect()
}

struct Found {
    kind: &'static str,
    spot: Spot,
    pupil: PupilId,
    confidence: Confidence,
    disguised: bool,
    /// How many pupils may be meant.
    count: u64,
    /// By a short form of the forename.
    by_diminutive: bool,
}

impl Found {
    const fn new(kind: &'static str, spot: Spot, pupil: PupilId, confidence: Confidence) -> Self {
        Self { kind, spot, pupil, confidence, disguised: false, count: 1, by_diminutive: false }
    }
}

struct Names<'a> {
    view: &'a View<'a>,
    around: &'a Circumstances<'a>,
    locator: Locator<'a>,
    address_fields: FxHashSet<u32>,
    found: Vec<Found>,
    /// What was found so far.
    sorts: FxHashSet<Sort>,
}

/// What a rule may ask of a finding: kind, pupil, confidence, place, quoted, hidden.
type Sort = (&'static str, PupilId, Confidence, Place, bool, bool);

impl Names<'_> {
    fn take_pair(&mut self, candidate: &Candidate) {
        let Some(spot) = self.locator.locate(candidate.first.0..candidate.second.1) else { return };
        let Some(pupil) = self.view.school.roster.pupil(candidate.pupil) else { return };
        let standing = Standing { around: self.around, name: candidate, pupil };
        if let Some(confidence) = standing.judge() {
            if confidence > Confidence::Low {
                self.take_siblings(candidate);
            }
            let by_diminutive = candidate.grade == Grade::Diminutive;
            let found = Found { by_diminutive, ..Found::new("full_name", spot, candidate.pupil, confidence) };
            self.push(Found { disguised: candidate.disguised, ..found });
        }
    }

    /// A joined name is one where names are joined: in a file name, a link, an address, or with a capital inside.
    fn take_joined_word(&mut self, word: &Word) {
        let text = &self.view.folded.text;
        let Some(folded) = text.get(word.start as usize..word.end as usize) else { return };
        let letters: String = folded.chars().filter(|c| c.is_alphabetic()).collect();
        let Some(pupil) = self.view.school.roster.index().joined(&letters).next() else { return };
        let Some(spot) = self.locator.locate(word.start..word.end) else { return };
        let written = text_of(self.view, &spot.span);
        let beside = |c: Option<char>| c.is_some_and(|c| "@/#_-=\\%&?~".contains(c));
        let before = text.get(..word.start as usize).and_then(|head| head.chars().next_back());
        let after = text.get(word.end as usize..).and_then(|tail| tail.chars().next());
        let in_link = beside(before) || beside(after);
        let spread = letters.len() < folded.len();
        let meant = spot.place == Place::FileName || has_hump(written) || spread;
        let confidence = if meant || in_link { Confidence::Medium } else { Confidence::Low };
        let kind = if meant && !in_link { "full_name" } else { "joined_name" };
        self.push(Found::new(kind, spot, pupil, confidence));
    }

    /// Others of the same surname that stand in a row with a full name.
    fn take_siblings(&mut self, name: &Candidate) {
        if name.gap > 0 {
            return;
        }
        let view = self.view;
        let whole = name.first.0 as usize..name.second.1 as usize;
        let surname_first = name.order != Order::ForenameFirst;
        let show = |range: Range<usize>, pupil| self.add_sibling(range, pupil);
        siblings::beside_name(&view.folded.text, &view.school.roster, whole, name.surname, surname_first, show);
    }

    /// A surname before the forenames of a family, or a forename before a surname in the possessive without its apostrophe.
    fn take_half(&mut self, half: &Half) {
        if let Some((pupil, range, surname)) = short::read_row(half, self.around)
            && let Some(spot) = self.locator.locate(range.clone())
        {
            self.push(Found::new("full_name", spot, pupil, Confidence::High));
            let whole = range.start as usize..range.end as usize;
            let (view, show) = (self.view, |range: Range<usize>, pupil| self.add_sibling(range, pupil));
            siblings::beside_name(&view.folded.text, &view.school.roster, whole, surname, false, show);
        }
        let (text, roster) = (&self.view.folded.text, &self.view.school.roster);
        let end = half.end as usize;
        if half.flags & SURNAME != 0 && siblings::may_begin_family(text, end) {
            siblings::of_family(text, roster, end, half.key, |range, pupil| self.add_sibling(range, pupil));
        }
        if half.flags & FORENAME != 0
            && let Some((surname, key)) = siblings::hurried_possessive(text, end)
            && let Some(pair) = roster.index().pairs(half.key, key).next()
            && let (Ok(start), Ok(end)) = (u32::try_from(surname.start), u32::try_from(surname.end))
            // With its `s`, the word may be a surname of its own.
            && roster.index().pairs(half.key, self.key_of(start..end + 1)).next().is_none()
        {
            let order = Order::ForenameFirst;
            let candidate = Candidate::short(pair.pupil, order, (half.start, half.end), (start, end), (half.key, key));
            self.take_pair(&candidate.graded(pair.grade.max(Grade::Part)));
        }
    }

    fn key_of(&self, range: Range<u32>) -> u64 {
        let word = self.view.folded.text.get(range.start as usize..range.end as usize);
        word_key(word.unwrap_or_default().as_bytes())
    }

    /// Only with a capital: `May and June Day`, but not `may and June Day`.
    fn add_sibling(&mut self, range: Range<usize>, pupil: PupilId) {
        let (Ok(start), Ok(end)) = (u32::try_from(range.start), u32::try_from(range.end)) else { return };
        if !self.around.written((start, end)).starts_with(char::is_uppercase) {
            return;
        }
        if let Some(spot) = self.locator.locate(start..end) {
            self.push(Found::new("full_name", spot, pupil, Confidence::Medium));
        }
    }

    fn take_short(&mut self, short: &Short) {
        if let Some(spot) = self.locator.locate(short.range.clone()) {
            let found = Found::new(short.kind, spot, short.pupil, short.confidence);
            self.push(Found { count: short.count, ..found });
        }
    }

    fn add_labelled(&mut self, range: Range<usize>, pupil: PupilId) {
        let (Ok(start), Ok(end)) = (u32::try_from(range.start), u32::try_from(range.end)) else { return };
        if let Some(spot) = self.locator.locate(start..end) {
            self.push(Found::new("full_name", spot, pupil, Confidence::High));
        }
    }

    fn add(&mut self, kind: &'static str, span: Range<u32>, pupil: PupilId, confidence: Confidence) {
        if let Some(spot) = self.locator.locate_span(span) {
            let kind = if spot.place == Place::FileName { "full_name" } else { kind };
            self.push(Found::new(kind, spot, pupil, confidence));
        }
    }

    fn push(&mut self, found: Found) {
        let spot = &found.spot;
        let sort = (found.kind, found.pupil, found.confidence, spot.place, spot.quoted, spot.hidden);
        let most = if self.sorts.contains(&sort) { MOST } else { MOST_OF_ALL };
        if self.found.len() < most && !self.is_mailbox_name(&found.spot, found.pupil) {
            self.sorts.insert(sort);
            self.found.push(found);
        }
    }

    /// In an address field, the name of a mailbox of the school: the pupil is written to, not about, or a member of
    /// staff of the same name.
    fn is_mailbox_name(&self, spot: &Spot, pupil: PupilId) -> bool {
        if !self.address_fields.contains(&spot.piece) {
            return false;
        }
        let piece = usize::try_from(spot.piece).ok().and_then(|piece| self.view.tree.pieces.get(piece));
        let Some(piece) = piece else { return false };
        let head = text_of(self.view, &(piece.text.start..spot.span.start));
        let from = head.rfind([',', ';', ' ', '<', '"', ':']).map_or(0, |at| at + 1);
        let whole = text_of(self.view, &piece.text).get(from..).unwrap_or_default();
        let whole = whole.char_indices().nth(400).and_then(|(at, _)| whole.get(..at)).unwrap_or(whole);
        let address = match whole.split_once('<') {
            Some((name, rest)) if !name.contains(['@', ';']) => rest.split('>').next().unwrap_or_default(),
            _ => whole.split(['>', ',', ';', ' ']).next().unwrap_or_default(),
        };
        let Some(address) = crate::mail::Address::read(address).filter(|address| self.view.school.is_inside(address))
        else {
            return false;
        };
        let roster = &self.view.school.roster;
        let member = self.view.school.staff.find(&address);
        member.is_some_and(|member| roster.pupil(pupil).is_some_and(|pupil| member.shares_name(pupil)))
            || roster.pupil_by_address(&address).is_some_and(|own| roster.namesakes(pupil).contains(&own))
    }

    /// The findings in the order of the text, each stretch once.
    fn finish(mut self) -> Vec<Finding> {
        let key = |found: &Found| (found.spot.span.start, found.spot.span.end, found.kind, Reverse(found.confidence));
        self.found.sort_by_key(key);
        let (mut kept, mut short): (Vec<Found>, Vec<Found>) = (Vec::new(), Vec::new());
        for found in self.found {
            let list = if is_short(found.kind) { &mut short } else { &mut kept };
            let mut near = list.iter().rev().take(4);
            let repeats = near.any(|other| found.spot.span.start < other.spot.span.end && other.pupil == found.pupil);
            if !repeats {
                list.push(found);
            }
        }
        raise_beside_others(&mut kept);
        // What is a full name, or a part of one, is not less as well.
        short.retain(|found| {
            let behind = kept.partition_point(|other| other.spot.span.start < found.spot.span.end);
            let near = kept.get(..behind).unwrap_or_default().iter().rev().take(4);
            near.into_iter().all(|other| other.spot.span.end <= found.spot.span.start)
        });
        kept.append(&mut short);
        kept.sort_by_key(key);
        kept.into_iter().map(|found| finding(self.view, &self.locator, found)).collect()
    }
}

/// `Jane Smith and Tom Brown`: a short form beside another pupil's full name is a pupil's, too.
fn raise_beside_others(found: &mut [Found]) {
    let sure: Vec<(u32, u32, PupilId)> = found
        .iter()
        .filter(|found| found.confidence == Confidence::High && !found.by_diminutive)
        .map(|found| (found.spot.piece, found.spot.span.start, found.pupil))
        .collect();
    for weak in found.iter_mut().filter(|found| found.by_diminutive && found.confidence == Confidence::Low) {
        let (piece, start) = (weak.spot.piece, weak.spot.span.start);
        let from = sure.partition_point(|other| (other.0, other.1) < (piece, start.saturating_sub(BESIDE)));
        let near = sure.get(from..).unwrap_or_default().iter();
        let mut near = near.take_while(|other| other.0 == piece && other.1 <= start.saturating_add(BESIDE)).take(20);
        if near.any(|other| other.2 != weak.pupil) {
            weak.confidence = Confidence::Medium;
        }
    }
}

fn finding(view: &View<'_>, locator: &Locator<'_>, found: Found) -> Finding {
    let line = Some(locator.line(&found.spot));
    let masked = Masked::name(text_of(view, &found.spot.span));
    Finding {
        place: Some(found.spot.place),
        part: Some(found.spot.part),
        piece: Some(found.spot.piece),
        span: Some(found.spot.span),
        line,
        pupil: Some(found.pupil),
        confidence: found.confidence,
        quoted: found.spot.quoted,
        hidden: found.spot.hidden,
        disguised: found.disguised,
        measure: found.count,
        value: u64::from(found.pupil.0).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        ..Finding::whole(CHECK.name, found.kind, masked)
    }
}

fn text_of<'a>(view: &View<'a>, span: &Range<u32>) -> &'a str {
    view.tree.text.get(span.start as usize..span.end as usize).unwrap_or_default()
}

/// Whether a small letter is followed by a capital.
fn has_hump(written: &str) -> bool {
    let letters = written.chars();
    letters.clone().zip(letters.skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase())
}

#[cfg(test)]
mod tests;
