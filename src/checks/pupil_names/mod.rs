//! Full names of pupils, found by looking words up in the roster.

/// Names in neighbouring cells of a table.
mod cells;
/// What stands around a name.
mod evidence;
/// Names whose halves are one word.
mod joined;
/// Forename and surname of one pupil that stand together.
pub mod pairs;
/// The words of the text.
pub mod words;

use super::{Check, View};
use crate::finding::{Confidence, Finding, Masked};
use crate::mail::parts::Place;
use crate::school::roster::PupilId;
use evidence::{Case, Standing, case_of};
use pairs::{Candidate, Sight, find_pairs};
use rustc_hash::FxHashMap;
use std::ops::Range;
use words::Word;

/// The check's entry in the roll call.
pub const CHECK: Check = Check { name: "pupil_names", kinds: &["full_name", "joined_name"], look };

/// The most findings of one message. A message with more is not rewritten completely and is therefore held when it
/// is inspected again; the count of pupils is far beyond any rule by then.
const MOST: usize = 20_000;

fn look(view: &View<'_>, findings: &mut Vec<Finding>) {
    let roster = &view.school.roster;
    if roster.is_empty() {
        return;
    }
    let mut names = Names { view, fields: fields(view), found: Vec::new() };
    find_pairs(&view.folded.text, roster, |sight| match sight {
        Sight::Pair(candidate) => names.take_pair(candidate),
        Sight::Joined(word) => names.take_joined_word(word),
    });
    cells::find_in_cells(view.tree, roster, |piece, span, pupil| {
        names.add("full_name", piece, span, pupil, Confidence::High)
    });
    joined::find_joined(view.tree, roster.index(), |piece, span, pupil, whole| {
        let sure = if whole { Confidence::Medium } else { Confidence::Low };
        names.add("joined_name", piece, span, pupil, sure);
    });
    findings.extend(names.finish());
}

/// Address fields by their piece: names in them may be names of mailboxes.
fn fields<'a>(view: &View<'a>) -> FxHashMap<u32, &'a str> {
    const ADDRESSES: &[&str] =
        &["from", "sender", "reply-to", "to", "cc", "bcc", "resent-from", "resent-to", "resent-cc", "return-path"];
    let fields = view.tree.headers.iter().filter(|field| ADDRESSES.contains(&field.name.as_str()));
    fields.filter_map(|field| Some((field.piece?, field.name.as_str()))).collect()
}

struct Found {
    kind: &'static str,
    piece: usize,
    span: Range<u32>,
    pupil: PupilId,
    confidence: Confidence,
    quoted: bool,
    disguised: bool,
}

struct Names<'a> {
    view: &'a View<'a>,
    fields: FxHashMap<u32, &'a str>,
    found: Vec<Found>,
}

impl<'a> Names<'a> {
    fn take_pair(&mut self, candidate: &Candidate) {
        let span = self.view.folded.back(candidate.first.0..candidate.second.1);
        let Some((piece, _)) = self.piece_of(&span) else { return };
        let Some(pupil) = self.view.school.roster.pupil(candidate.pupil) else { return };
        let standing = Standing { view: self.view, name: candidate, pupil };
        if self.is_mailbox_name(piece, &span, candidate.pupil) {
            return;
        }
        if let Some(sure) = standing.judge() {
            let quoted = self.view.folded.is_quoted(candidate.first.0..candidate.second.1);
            let (pupil, disguised) = (candidate.pupil, candidate.disguised);
            self.push(Found { kind: "full_name", piece, span, pupil, confidence: sure, quoted, disguised });
        }
    }

    /// A joined name is one where names are joined: in a file name, a link, an address, or with a capital inside.
    fn take_joined_word(&mut self, word: &Word) {
        let text = &self.view.folded.text;
        let Some(folded) = text.get(word.start as usize..word.end as usize) else { return };
        let Some(pupil) = self.view.school.roster.index().joined(folded).next() else { return };
        let span = self.view.folded.back(word.start..word.end);
        let Some((piece, place)) = self.piece_of(&span) else { return };
        if self.is_mailbox_name(piece, &span, pupil) {
            return;
        }
        let written = self.view.tree.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let beside = |c: Option<char>| c.is_some_and(|c| "@/#_-=\\%&?~".contains(c));
        let before = text.get(..word.start as usize).and_then(|head| head.chars().next_back());
        let after = text.get(word.end as usize..).and_then(|tail| tail.chars().next());
        let joined_here = place == Place::FileName
            || beside(before)
            || beside(after)
            || case_of(written) == Case::Mixed && has_hump(written);
        let sure = if joined_here { Confidence::Medium } else { Confidence::Low };
        let quoted = self.view.folded.is_quoted(word.start..word.end);
        self.push(Found { kind: "joined_name", piece, span, pupil, confidence: sure, quoted, disguised: false });
    }

    fn add(&mut self, kind: &'static str, piece: usize, span: Range<u32>, pupil: PupilId, confidence: Confidence) {
        if !self.is_mailbox_name(piece, &span, pupil) {
            self.push(Found { kind, piece, span, pupil, confidence, quoted: false, disguised: false });
        }
    }

    fn push(&mut self, found: Found) {
        if self.found.len() < 2 * MOST {
            self.found.push(found);
        }
    }

    fn piece_of(&self, span: &Range<u32>) -> Option<(usize, Place)> {
        let pieces = &self.view.tree.pieces;
        let place = pieces.partition_point(|piece| piece.text.start <= span.start).checked_sub(1)?;
        let piece = pieces.get(place).filter(|piece| span.end <= piece.text.end)?;
        Some((place, piece.place))
    }

    /// In an address field, the name of a mailbox of the school: the pupil is written to, not about, or a member of
    /// staff of the same name.
    fn is_mailbox_name(&self, piece: usize, span: &Range<u32>, pupil: PupilId) -> bool {
        if !u32::try_from(piece).is_ok_and(|piece| self.fields.contains_key(&piece)) {
            return false;
        }
        let Some(piece) = self.view.tree.pieces.get(piece) else { return false };
        let text =
            |range: Range<u32>| self.view.tree.text.get(range.start as usize..range.end as usize).unwrap_or_default();
        let head = text(piece.text.start..span.start);
        let from = head.rfind([',', ';', ' ', '<', '"', ':']).map_or(0, |at| at + 1);
        let whole = text(piece.text.start..piece.text.end).get(from..).unwrap_or_default();
        let whole: &str = whole.get(..whole.char_indices().nth(400).map_or(whole.len(), |(at, _)| at)).unwrap_or(whole);
        let address = match whole.split_once('<') {
            Some((name, rest)) if !name.contains(['@', ';']) => rest.split('>').next().unwrap_or_default(),
            _ => whole.split(['>', ',', ';', ' ']).next().unwrap_or_default(),
        };
        let Some(address) = crate::mail::Address::read(address).filter(|address| self.view.school.is_inside(address))
        else {
            return false;
        };
        let school = self.view.school;
        school.staff.find(&address).is_some()
            || school
                .roster
                .pupil_by_address(&address)
                .is_some_and(|own| own == pupil || school.roster.namesakes(pupil).contains(&own))
    }

    /// The findings in the order of the text, each stretch once.
    fn finish(mut self) -> Vec<Finding> {
        self.found
            .sort_by_key(|found| (found.span.start, found.span.end, found.kind, std::cmp::Reverse(found.confidence)));
        let mut findings: Vec<Finding> = Vec::new();
        let mut line = Lines::default();
        for found in &self.found {
            let repeats = findings.iter().rev().take(4).any(|other| {
                other.span.as_ref().is_some_and(|span| found.span.start < span.end) && other.pupil == Some(found.pupil)
            });
            if !repeats && findings.len() < MOST {
                findings.extend(self.finding(found, &mut line));
            }
        }
        findings
    }

    fn finding(&self, found: &Found, lines: &mut Lines) -> Option<Finding> {
        let tree = self.view.tree;
        let piece = tree.pieces.get(found.piece)?;
        let written = tree.text.get(found.span.start as usize..found.span.end as usize)?;
        let hidden = piece.place == Place::Hidden
            || piece.hidden.iter().any(|range| range.start <= found.span.start && found.span.start < range.end);
        Some(Finding {
            place: Some(piece.place),
            part: Some(piece.part),
            piece: u32::try_from(found.piece).ok(),
            span: Some(found.span.clone()),
            line: Some(lines.line(&tree.text, piece.text.start, found.span.start)),
            pupil: Some(found.pupil),
            confidence: found.confidence,
            quoted: found.quoted,
            hidden,
            disguised: found.disguised,
            value: u64::from(found.pupil.0).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x70,
            ..Finding::whole(CHECK.name, found.kind, Masked::name(written))
        })
    }
}

/// Whether a small letter is followed by a capital.
fn has_hump(written: &str) -> bool {
    let letters = written.chars();
    letters.clone().zip(letters.skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase())
}

/// Counts lines within a piece, going forward only.
#[derive(Default)]
struct Lines {
    piece: u32,
    at: u32,
    line: u32,
}

impl Lines {
    fn line(&mut self, text: &str, piece: u32, at: u32) -> u32 {
        if self.line == 0 || piece != self.piece || at < self.at {
            *self = Self { piece, at: piece, line: 1 };
        }
        let passed = text.as_bytes().get(self.at as usize..at as usize).unwrap_or_default();
        let breaks = passed.iter().filter(|b| **b == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.at = at;
        self.line
    }
}

#[cfg(test)]
mod tests;
