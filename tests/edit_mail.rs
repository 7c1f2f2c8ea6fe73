//! Rewrites of real messages, taken apart before and after.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(clippy::cast_possible_truncation, missing_docs)]

#[path = "harness/words.rs"]
mod words;

use exeat::mail::edit::{Change, apply, header_edits, plan};
use exeat::mail::fold;
use exeat::mail::parts::{Limits, Place, Tree, take_apart};
use std::path::{Path, PathBuf};

/// A line without a colon, which becomes another kind of line when its words change; files written into the
/// text, whose lines are no words.
const LINES_OF_THEIR_OWN: [&str; 3] = ["raw_email_incorrect_header.eml", "planted-uuencode.eml", "planted-yenc.eml"];

fn folders() -> Vec<PathBuf> {
    let shared = std::env::var_os("EXEAT_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let mut folders = vec![PathBuf::from("tests/mails")];
    for name in ["emails/enmime", "emails/mikel", "emails/cpython", "carriers", "eval_sample"] {
        let folder = shared.join("data").join(name);
        if folder.is_dir() {
            folders.push(folder);
        } else {
            println!("skipped: {name}");
        }
    }
    folders
}

fn messages() -> Vec<(String, Vec<u8>)> {
    let mut messages = Vec::new();
    for folder in folders() {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let mail = |file: &PathBuf| {
            let known =
                file.extension().is_some_and(|kind| ["eml", "raw", "txt", "msg"].iter().any(|known| kind == *known));
            known && file.is_file()
        };
        for file in files.iter().filter(|file| mail(file)) {
            if !LINES_OF_THEIR_OWN.contains(&name(file).as_str()) {
                messages.push((name(file), std::fs::read(file).unwrap()));
            }
        }
    }
    messages
}

fn name(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().into_owned()
}

/// Pairs of neighbouring words of a text, a few of them, as a full name would stand there.
fn pairs(text: &str) -> Vec<(usize, usize)> {
    let words = words::words(text);
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for pair in words.windows(2) {
        let between = &text[pair[0].1..pair[1].0];
        let free = pairs.last().is_none_or(|last| last.1 < pair[0].0);
        if between.trim_matches([' ', '\t']).is_empty() && pair[1].1 - pair[0].0 < 40 && free {
            pairs.push((pair[0].0, pair[1].1));
        }
    }
    let step = pairs.len().div_ceil(4).max(1);
    pairs.into_iter().step_by(step).collect()
}

/// Readers of HTML drop white space where nothing stands beside it any more.
fn words(text: &str) -> Vec<String> {
    fold::fold_words(text).split_whitespace().map(str::to_owned).collect()
}

/// A disclaimer stands in front of `</body>`, and some messages go on behind it: in any order.
fn sorted(mut words: Vec<String>) -> Vec<String> {
    words.sort();
    words
}

fn rewritable(tree: &Tree, index: usize) -> bool {
    let piece = &tree.pieces[index];
    let header = matches!(piece.place, Place::Subject | Place::Header);
    let own = header && piece.part == 0 && tree.headers.iter().any(|field| field.piece == Some(index as u32));
    let in_part =
        matches!(piece.place, Place::Body | Place::Attachment) && tree.parts[usize::from(piece.part)].editable;
    !piece.runs.is_empty() && (own || in_part)
}

/// What a piece says.
fn said(tree: &Tree, index: usize) -> &str {
    let range = &tree.pieces[index].text;
    &tree.text[range.start as usize..range.end as usize]
}

/// All pieces but the changed one say what they said, and that one says `expected`.
fn compare(
    name: &str,
    before: &Tree,
    after: &Tree,
    changed: usize,
    expected: &str,
    order: fn(Vec<String>) -> Vec<String>,
) {
    assert_eq!(after.pieces.len(), before.pieces.len(), "{name}");
    for index in 0..before.pieces.len() {
        let expected = if index == changed { expected } else { said(before, index) };
        assert_eq!(order(words(said(after, index))), order(words(expected)), "{name}, piece {index}");
    }
}

#[test]
fn names_in_real_messages_become_initials_and_nothing_else_moves() {
    let limits = Limits::default();
    let (mut made, mut refused) = (0, 0);
    for (name, raw) in messages() {
        let tree = take_apart(&raw, &limits);
        for index in (0..tree.pieces.len()).filter(|index| rewritable(&tree, *index)) {
            let start = tree.pieces[index].text.start;
            let mut expected = said(&tree, index).to_owned();
            let mut changes = Vec::new();
            for (from, to) in pairs(said(&tree, index)).into_iter().rev() {
                let text = start + from as u32..start + to as u32;
                changes.push(Change::Replace { piece: index as u32, text, with: "QX".to_owned() });
                expected.replace_range(from..to, "QX");
            }
            if changes.is_empty() {
                continue;
            }
            let Ok(splices) = plan(&tree, &raw, &changes) else {
                println!("{name}: piece {index} refused");
                refused += 1;
                continue;
            };
            made += 1;
            let again = take_apart(&apply(&raw, &splices), &limits);
            compare(&name, &tree, &again, index, &expected, |words| words);
            let (edits, body) = header_edits(&tree, &splices, &raw);
            let in_header = matches!(tree.pieces[index].place, Place::Subject | Place::Header);
            assert_eq!((edits.is_empty(), body.is_empty()), (!in_header, in_header), "{name}");
        }
    }
    println!("{made} made, {refused} refused");
    assert!(made > 0 && refused * 20 < made, "{made} made, {refused} refused");
}

#[test]
fn a_disclaimer_joins_the_text_of_real_messages() {
    let limits = Limits::default();
    let mut made = 0;
    for (name, raw) in messages() {
        let tree = take_apart(&raw, &limits);
        for (index, piece) in tree.pieces.iter().enumerate().filter(|(index, _)| rewritable(&tree, *index)) {
            let last = tree.pieces.get(index + 1).is_none_or(|next| next.part != piece.part);
            let known = ["text/plain", "text/html"].contains(&tree.parts[usize::from(piece.part)].declared.as_str());
            if piece.place != Place::Body || !last || !known {
                continue;
            }
            let change = Change::Append { part: piece.part, text: "Sent by the school.\n".to_owned(), html: false };
            let Ok(splices) = plan(&tree, &raw, &[change]) else {
                println!("{name}: part {} refused", piece.part);
                continue;
            };
            made += 1;
            let again = take_apart(&apply(&raw, &splices), &limits);
            compare(&name, &tree, &again, index, &format!("{}\nSent by the school.", said(&tree, index)), sorted);
        }
    }
    assert!(made > 0);
}

#[test]
fn attachments_of_real_messages_give_way_to_a_note() {
    let limits = Limits::default();
    let mut made = 0;
    for (name, raw) in messages() {
        let tree = take_apart(&raw, &limits);
        let alone = |index: usize| tree.parts.iter().all(|part| usize::from(part.parent) != index);
        let plain = |index: &usize| alone(*index) && tree.parts[*index].attached && tree.parts[*index].editable;
        for index in (1..tree.parts.len()).filter(plain) {
            let headers = "Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n".to_owned();
            let change = Change::ReplacePart { part: index as u16, headers, body: b"A note stands here.".to_vec() };
            let Ok(splices) = plan(&tree, &raw, &[change]) else { continue };
            made += 1;
            let again = take_apart(&apply(&raw, &splices), &limits);
            assert_eq!(again.parts.len(), tree.parts.len(), "{name}, part {index}");
            assert!(again.text.contains("A note stands here."), "{name}, part {index}");
            let of_others = |tree: &Tree| -> Vec<Vec<String>> {
                let others = |piece: &&exeat::mail::parts::Piece| usize::from(piece.part) != index;
                let text = |piece: &exeat::mail::parts::Piece| {
                    words(&tree.text[piece.text.start as usize..piece.text.end as usize])
                };
                tree.pieces.iter().filter(others).map(text).collect()
            };
            assert_eq!(of_others(&again), of_others(&tree), "{name}, part {index}");
        }
    }
    assert!(made > 0);
}
