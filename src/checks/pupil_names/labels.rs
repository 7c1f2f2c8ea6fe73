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
    ("surname", Label::Surname),
    ("last name", Label::Surname),
    ("lastname", Label::Surname),
    ("family name", Label::Surname),
    ("second name", Label::Surname),
];

/// The longest value that is read, and the farthest two values stand apart.
const LONGEST: usize = 60;
const FARTHEST: usize = 300;

/// What a short folded text (a heading) asks for: its last words are a label.
pub fn label(folded: &str) -> Option<Label> {
    let heading = words(folded).collect::<Vec<_>>().join(" ");
    let ends = |name: &str| heading.strip_suffix(name).is_some_and(|head| head.is_empty() || head.ends_with(' '));
    LABELS.iter().find(|(name, _)| ends(name)).map(|(_, label)| *label)
}

/// Shows the stretch of the folded text from the one value to the other, and the pupil.
pub fn find_labelled(text: &str, roster: &Roster, mut show: impl FnMut(Range<usize>, PupilId)) {
    let index = roster.index();
    let mut last: [Option<(u64, Range<usize>)>; 2] = [None, None];
    for at in memchr::memmem::find_iter(text.as_bytes(), "name") {
        let Some((label, value)) = labelled(text, at + 4) else { continue };
        let Some((key, flags)) = text.get(value.clone()).and_then(|written| index.whole(written)) else { continue };
        let (own, other, wanted) = match label {
            Label::Forename => (0, 1, FORENAME),
            Label::Surname => (1, 0, SURNAME),
        };
        if flags & wanted == 0 {
            continue;
        }
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

fn pupil(index: &NameIndex, forename: u64, surname: u64) -> Option<PupilId> {
    index.pairs(forename, surname).next().map(|pair| pair.pupil)
}

/// The label whose `name` ends at `end`, and the value behind it.
fn labelled(text: &str, end: usize) -> Option<(Label, Range<usize>)> {
    let end = if text.get(end..)?.starts_with('s') { end + 1 } else { end };
    let before = text.get(text.floor_char_boundary(end.saturating_sub(24))..end)?;
    let line = before.rsplit(['\n', ',', ';']).next()?;
    let label = label(line)?;
    let rest = text.get(end..)?;
    let skipped = rest.find(|c: char| !matches!(c, ' ' | ':' | '=' | '-' | '\t' | '(' | ')' | '*' | '|' | '_'))?;
    let sign = rest.get(..skipped)?.contains([':', '=', '-', '|']);
    let start = end + skipped;
    let value = text.get(start..text.floor_char_boundary(start + LONGEST))?;
    let length = value.find(['\n', ',', ';', '|', '(']).unwrap_or(value.len());
    (sign && length > 0).then_some((label, start..start + length))
}
