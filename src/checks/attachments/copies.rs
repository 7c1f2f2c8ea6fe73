//! A file that lies in clear text beside its own protected copy: `review.docx` next to `review (encrypted).zip`, or
//! next to an archive whose directory names it.

use crate::mail::parts::{GapKind, Part, Tree};
use rustc_hash::FxHashSet;

/// Words that tell the protected copy of a file from the file.
const MARKS: [&str; 9] =
    ["protected", "encrypted", "enc", "secure", "secured", "locked", "password", "copy", "passworded"];
/// Names so short or so common that two files of that name need have nothing in common.
const ANY: [&str; 8] = ["smime", "image", "document", "attachment", "message", "winmail", "scan", "untitled"];
/// Shortest name that tells one file from another.
const SHORTEST: usize = 4;

/// Clear attachments that bear the name of something protected in the same message.
pub(super) fn beside_protected(tree: &Tree) -> Vec<usize> {
    let protected: Vec<bool> = protected(tree);
    if !protected.contains(&true) {
        return Vec::new();
    }
    let named = |part: &Part| name(tree, part).and_then(stem);
    let closed: FxHashSet<String> =
        tree.parts.iter().zip(&protected).filter(|(_, closed)| **closed).filter_map(|(part, _)| named(part)).collect();
    let clear =
        tree.parts.iter().zip(&protected).enumerate().filter(|(_, (part, closed))| !**closed && super::counts(part));
    clear
        .filter(|(_, (part, _))| named(part).is_some_and(|name| closed.contains(&name)))
        .map(|(index, _)| index)
        .collect()
}

/// Whether each part is protected, or stands in one that is.
fn protected(tree: &Tree) -> Vec<bool> {
    let mut protected = vec![false; tree.parts.len()];
    let gaps = tree.gaps.iter().filter(|gap| matches!(gap.kind, GapKind::Protected | GapKind::Weak));
    for gap in gaps {
        if let Some(part) = protected.get_mut(usize::from(gap.part)) {
            *part = true;
        }
    }
    for (index, part) in tree.parts.iter().enumerate() {
        let parent = usize::from(part.parent);
        let inside = parent < index && tree.parts.get(parent).is_some_and(|parent| parent.sealed.is_some());
        if let Some(protected) = protected.get_mut(index) {
            *protected |= part.sealed.is_some() || inside;
        }
    }
    // A text with something encrypted in it is no file.
    for (part, protected) in tree.parts.iter().zip(&mut protected) {
        *protected &= part.name.is_some();
    }
    protected
}

fn name<'a>(tree: &'a Tree, part: &Part) -> Option<&'a str> {
    let piece = tree.pieces.get(part.name? as usize)?;
    tree.text.get(piece.text.start as usize..piece.text.end as usize)
}

/// What a file is called without folder, extension and the marks of a copy.
fn stem(name: &str) -> Option<String> {
    let name = name.trim().rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase();
    // Two at most: `list.xlsx.zip`.
    let mut bare = name.as_str();
    for _ in 0..2 {
        bare = match bare.rsplit_once('.') {
            Some((before, extension)) if !before.is_empty() && extension.len() <= 5 => before,
            _ => bare,
        };
    }
    let words = bare.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.filter(|word| !MARKS.contains(word)).collect();
    let stem = words.concat();
    let telling =
        stem.chars().count() >= SHORTEST && !ANY.contains(&stem.trim_end_matches(|c: char| c.is_ascii_digit()));
    telling.then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn a_copy_is_known_by_its_name() {
        for (name, wanted) in [
            ("Review.docx", Some("review")),
            ("review (encrypted).zip", Some("review")),
            ("Review_protected.xlsx.7z", Some("review")),
            ("lists/review.docx", Some("review")),
            ("SEN review 7B.pdf", Some("senreview7b")),
            ("v1.2 plan.pdf", Some("v12plan")),
            ("a.zip", None),
            ("image001.png", None),
            ("smime.p7m", None),
            (".zip", None),
            ("", None),
        ] {
            assert_eq!(stem(name).as_deref(), wanted, "{name}");
        }
    }
}
