//! Names in forms: `Forename: Jane`, `Surname: Smith`, on two lines or beside each other.

use crate::school::names::words;
use crate::school::roster::index::{FORENAME, NameIndex, SURNAME};
use crate::school::roster::{PupilId, Roster};
use std::ops::Range;

/// What the words of a label or of a heading ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Forename.
    Forename,
    /// Surname.
    Surname,
}

const LABELS: &[(&str, Label)] = &[
    ("forename", Label::Forename),
    ("forenames", Label::Forename),
    ("first name", Label::Forename),
    ("first names", Label::Forename),
    ("firstname", Label::Forename),
    ("given name", Label::Forename),
    ("given names", Label::Forename),
    ("christian name", Label::Forename),
    ("preferred name", Label::Forename),
    ("legal name", Label::Forename),
    ("chosen name", Label::Forename),
    ("name of child", Label::Forename),
    ("name of pupil", Label::Forename),
    ("name of student", Label::Forename),
    ("child name", Label::Forename),
    ("child s name", Label::Forename),
    ("pupil name", Label::Forename),
    ("pupil s name", Label::Forename),
    ("student name", Label::Forename),
    ("student s name", Label::Forename),
    ("surname", Label::Surname),
    ("last name", Label::Surname),
    ("lastname", Label::Surname),
    ("family name", Label::Surname),
    ("second name", Label::Surname),
];

/// Whose names are no pupil's.
const OTHERS: &[&str] = &[
    "teacher",
    "teachers",
    "tutor",
    "gp",
    "doctor",
    "dr",
    "staff",
    "parent",
    "parents",
    "carer",
    "carers",
    "mother",
    "father",
    "mum",
    "dad",
    "guardian",
    "contact",
    "worker",
    "coach",
    "head",
    "referrer",
    "sibling",
    "keyworker",
];

/// The most words of a value.
const MOST_WORDS: usize = 4;

/// The longest value that is read, and the farthest two values stand apart.
const LONGEST: usize = 60;
const FARTHEST: usize = 300;

/// What a short folded text (a heading) asks for: its last words are a label.
pub fn label(folded: &str) -> Option<Label> {
    let heading = words(folded).collect::<Vec<_>>().join(" ");
    let ends = |name: &str| heading.strip_suffix(name).is_some_and(|head| head.is_empty() || head.ends_with(' '));
    LABELS.iter().find(|(name, _)| ends(name)).map(|(_, label)| *label)
}

/// What the heading of a column asks for. Under headings alone `First` and `Family` are enough, because both columns
/// must be there and hold the two names of one pupil.
pub fn heading(folded: &str) -> Option<Label> {
    label(folded).or_else(|| match words(folded).last()? {
        "first" | "given" | "christian" => Some(Label::Forename),
        "last" | "family" => Some(Label::Surname),
        _ => None,
    })
}

/// Shows the stretch of the folded text from the one value to the other, and the pupil.
pub fn find_labelled(text: &str, roster: &Roster, mut show: impl FnMut(Range<usize>, PupilId)) {
    let index = roster.index();
    let mut last: [Option<(u64, Range<usize>)>; 2] = [None, None];
    for end in ends_of_labels(text) {
        let Some((label, start)) = labelled(text, end) else { continue };
        let (own, other, wanted) = match label {
            Label::Forename => (0, 1, FORENAME),
            Label::Surname => (1, 0, SURNAME),
        };
        let Some((key, value)) = value(text, start, index, wanted) else { continue };
        if let Some((beside, range)) = last.get(other).cloned().flatten()
            && value.start.saturating_sub(range.end) <= FARTHEST
        {
            let (forename, surname) = if own == 0 { (key, beside) } else { (beside, key) };
            if let Some(pupil) = pupil(index, forename, surname) {
                show(range.start.min(value.start)..range.end.max(value.end), pupil);
                last = [None, None];
                continue;
            }
        }
        if let Some(slot) = last.get_mut(own) {
            *slot = Some((key, value));
        }
    }
}

/// Where something ends that may be a label, in the order of the text.
fn ends_of_labels(text: &str) -> Vec<usize> {
    let ends = |word: &'static str| memchr::memmem::find_iter(text.as_bytes(), word).map(move |at| at + word.len());
    let mut all: Vec<usize> = ends("name").map(|end| behind_owner(text, end)).collect();
    let before = all.len();
    // `Last: Smith First: Jane`: the colon is no part of the label.
    all.extend(ends("last:").map(|end| end - 1));
    if all.len() > before {
        all.extend(ends("first:").map(|end| end - 1));
        all.sort_unstable();
    }
    all
}

/// `Name of child`: the end of the whole label.
fn behind_owner(text: &str, end: usize) -> usize {
    let rest = text.get(end..).unwrap_or_default();
    let owner =
        [" of child", " of pupil", " of student", " of the child"].iter().find(|owner| rest.starts_with(**owner));
    end + owner.map_or(0, |owner| owner.len())
}

/// The longest of the first words of a value that is a name of the wanted sort.
fn value(text: &str, start: usize, index: &NameIndex, wanted: u8) -> Option<(u64, Range<usize>)> {
    let rest = text.get(start..text.floor_char_boundary(start + LONGEST))?;
    let length = rest.find(['\n', ',', ';', '|', '(', ':', '"', '<']).unwrap_or(rest.len());
    let line = rest.get(..length)?.trim_end();
    let mut ends: Vec<usize> = line.match_indices(' ').map(|(at, _)| at).take(MOST_WORDS).collect();
    if ends.len() < MOST_WORDS {
        ends.push(line.len());
    }
    ends.into_iter().rev().find_map(|end| {
        let (key, flags) = index.whole(line.get(..end)?)?;
        (flags & wanted != 0).then_some((key, start..start + end))
    })
}

fn pupil(index: &NameIndex, forename: u64, surname: u64) -> Option<PupilId> {
    index.pairs(forename, surname).next().map(|pair| pair.pupil)
}

/// The label that ends at a place, and where its value begins: behind a sign, or, where the label begins its line, behind
/// a space or on the next line.
fn labelled(text: &str, end: usize) -> Option<(Label, usize)> {
    let plural = ["(s)", "s"].iter().find(|plural| text.get(end..).is_some_and(|rest| rest.starts_with(**plural)));
    let behind = end + plural.map_or(0, |plural| plural.len());
    let before = text.get(text.floor_char_boundary(end.saturating_sub(26))..end)?;
    // `<pupil><surname>Smith</surname>`, `{"pupil": {"surname": "Smith"`: the name of a field in a file for programs.
    let line = before.rsplit(['\n', ',', ';', '|', ':', '<', '>', '"', '{']).next()?;
    if words(line).any(|word| OTHERS.contains(&word)) {
        return None;
    }
    let label = label(line).or_else(|| {
        // Alone on its line, a bare word is enough, where the other label stands beside it.
        match line.trim_start_matches(['*', '-', ' ']) {
            "name" | "first" | "name of the child" => Some(Label::Forename),
            "last" => Some(Label::Surname),
            other if other.ends_with(" first") => Some(Label::Forename),
            other if other.ends_with(" last") => Some(Label::Surname),
            _ => None,
        }
    })?;
    let rest = text.get(behind..)?;
    let skipped = rest.find(|c: char| {
        !matches!(c, ' ' | ':' | '=' | '-' | '\t' | '(' | ')' | '*' | '|' | '_' | '\n' | '"' | '\'' | '>')
    })?;
    let between = rest.get(..skipped)?;
    let head = before.get(..before.len() - line.len()).unwrap_or_default();
    let begins = head.ends_with('\n') || end == line.len();
    let sign = between.contains([':', '=', '-', '|', '>']) && between.matches('\n').count() <= 1;
    let bare = begins && skipped > 0 && (between == " " || between.trim_matches(' ') == "\n");
    (sign || bare).then_some((label, behind + skipped))
}
