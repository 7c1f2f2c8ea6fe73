//! The form of a message: whether it has a subject, and whether the school's disclaimer stands in it.

use super::{Check, View};
use crate::finding::{Finding, Masked};
use crate::mail::fold::fold_words;
use crate::mail::parts::{Part, Place, Tree};

/// The check's entry in the roll call.
pub const CHECK: Check = Check { name: "form", kinds: &["disclaimer_missing", "subject_empty"], look };

fn look(view: &View<'_>, findings: &mut Vec<Finding>) {
    if misses_disclaimer(view) {
        findings.push(Finding::whole(CHECK.name, "disclaimer_missing", Masked::fact("the disclaimer is missing")));
    }
    if !has_subject(view.tree) {
        findings.push(Finding::whole(CHECK.name, "subject_empty", Masked::fact("the subject is empty")));
    }
}

/// The text is folded already: where it lacks the longest word of the disclaimer, no part need be read for all of it.
fn misses_disclaimer(view: &View<'_>) -> bool {
    let disclaimer = &view.school.identity.disclaimer;
    let wanted = fold_words(disclaimer);
    let Some(longest) = wanted.split_whitespace().max_by_key(|word| word.len()) else { return false };
    if memchr::memmem::find(view.folded.text.as_bytes(), longest.as_bytes()).is_some() {
        return !parts_without(view.tree, disclaimer).is_empty();
    }
    !shown_texts(view.tree).is_empty()
}

/// A subject of nothing but `Re:` and `Fwd:` is none.
fn has_subject(tree: &Tree) -> bool {
    let subjects = tree.headers.iter().filter(|field| field.name == "subject").filter_map(|field| field.piece);
    let pieces = subjects.filter_map(|piece| tree.pieces.get(piece as usize));
    let mut texts = pieces.filter_map(|piece| tree.text.get(piece.text.start as usize..piece.text.end as usize));
    let mark = |word: &str| matches!(word, "re:" | "fwd:" | "fw:" | "aw:");
    texts.any(|text| plain(text).split_whitespace().any(|word| !mark(word)))
}

/// The parts that show the message's text (the first plain one and the first in HTML) and do not hold the
/// disclaimer; none where the school has no disclaimer.
#[must_use]
pub fn parts_without(tree: &Tree, disclaimer: &str) -> Vec<u16> {
    let wanted = plain(disclaimer);
    if wanted.is_empty() {
        return Vec::new();
    }
    shown_texts(tree).into_iter().filter(|part| !plain(&text_of(tree, *part)).contains(&wanted)).collect()
}

/// The first plain and the first HTML part that are shown as the message's text.
fn shown_texts(tree: &Tree) -> Vec<u16> {
    let is_text = |part: &Part, kind: &str| !part.attached && !part.container && part.declared == kind;
    // A message without Content-Type is plain text (RFC 2045 5.2).
    let plain = (0_u16..)
        .zip(&tree.parts)
        .find(|(_, part)| is_text(part, "text/plain") || (part.declared.is_empty() && is_text(part, "")));
    let html = (0_u16..).zip(&tree.parts).find(|(_, part)| is_text(part, "text/html"));
    [plain, html].into_iter().flatten().map(|(index, _)| index).collect()
}

fn text_of(tree: &Tree, part: u16) -> String {
    let pieces = tree.pieces.iter().filter(|piece| piece.part == part && piece.place == Place::Body);
    pieces.filter_map(|piece| tree.text.get(piece.text.start as usize..piece.text.end as usize)).collect()
}

/// Folded, and every stretch of white space one space: mail programs wrap lines as they like.
fn plain(text: &str) -> String {
    fold_words(text).split_whitespace().collect::<Vec<_>>().join(" ")
}
