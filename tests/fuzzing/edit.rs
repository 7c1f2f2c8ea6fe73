//! A rewrite of any message: every byte outside of the stretches that were to change stays, and the message is made
//! of the same parts afterwards.

#[path = "../harness/words.rs"]
mod words;

use exeat::mail::edit::{Change, Splice, apply, header_edits, plan};
use exeat::mail::parts::{Limits, Place, Tree, take_apart};
use std::ops::Range;

/// Changes of one message that are tried, each by itself.
const TRIED: usize = 8;

/// The bytes are the message.
pub fn holds(data: &[u8]) {
    let limits = Limits::default();
    let tree = take_apart(data, &limits);
    let changes = wishes(&tree);
    let step = changes.len().div_ceil(TRIED).max(1);
    for (allowed, change) in changes.into_iter().step_by(step) {
        let replaces = matches!(change, Change::ReplacePart { .. });
        let Ok(splices) = plan(&tree, data, &[change]) else { continue };
        within(&splices, &allowed, data.len());
        let rewritten = apply(data, &splices);
        assert!(outside(&rewritten, data, &splices), "bytes outside of the change");
        let again = take_apart(&rewritten, &limits);
        if !replaces {
            assert!(shape(&again) == shape(&tree), "other parts than before");
        }
        let (_, body) = header_edits(&tree, &splices, data);
        assert!(body.iter().all(|splice| splices.contains(splice)));
    }
}

/// Changes with the stretch of the message they may touch.
fn wishes(tree: &Tree) -> Vec<(Range<u64>, Change)> {
    let mut wishes = Vec::new();
    for (index, piece) in tree.pieces.iter().enumerate() {
        let piece_index = index as u32;
        let part = &tree.parts[usize::from(piece.part)];
        let allowed = match piece.place {
            Place::Subject | Place::Header => {
                let field = tree.headers.iter().find(|field| field.piece == Some(piece_index));
                field.map(|field| field.raw.clone())
            }
            Place::Body | Place::Attachment | Place::Hidden => Some(part.body.clone()),
            Place::FileName => None,
        };
        let Some(allowed) = allowed.map(|range| u64::from(range.start)..u64::from(range.end)) else { continue };
        let said = &tree.text[piece.text.start as usize..piece.text.end as usize];
        for (from, to) in words(said) {
            let text = piece.text.start + from as u32..piece.text.start + to as u32;
            wishes.push((allowed.clone(), Change::Replace { piece: piece_index, text, with: "Q.X.".to_owned() }));
        }
    }
    for (index, part) in tree.parts.iter().enumerate() {
        let index = index as u16;
        let body = u64::from(part.body.start)..u64::from(part.body.end);
        let text = "Sent by the school.\n".to_owned();
        wishes.push((body.clone(), Change::Append { part: index, text, html: false }));
        let whole = u64::from(part.header.start)..u64::from(part.body.end);
        let headers = "Content-Type: text/plain\n".to_owned();
        wishes.push((whole, Change::ReplacePart { part: index, headers, body: b"A note.".to_vec() }));
    }
    wishes
}

/// A few stretches of two words each, and single words where there are no two.
fn words(said: &str) -> Vec<(usize, usize)> {
    let words = words::words(said);
    let pairs: Vec<(usize, usize)> = words
        .chunks(2)
        .map(|pair| (pair[0].0, pair[pair.len() - 1].1))
        .filter(|(from, to)| to - from < 60 && !said[*from..*to].contains('\n'))
        .collect();
    let step = pairs.len().div_ceil(3).max(1);
    pairs.into_iter().step_by(step).collect()
}

fn within(splices: &[Splice], allowed: &Range<u64>, length: usize) {
    assert!(splices.windows(2).all(|pair| pair[0].raw.end <= pair[1].raw.start), "splices out of order");
    for splice in splices {
        assert!(splice.raw.start <= splice.raw.end && splice.raw.end <= length as u64, "outside of the message");
        assert!(allowed.start <= splice.raw.start && splice.raw.end <= allowed.end, "outside of what was to change");
    }
}

/// What stands around the splices is what stood there, told without `apply`.
fn outside(rewritten: &[u8], raw: &[u8], splices: &[Splice]) -> bool {
    let (mut rest, mut at) = (rewritten, 0);
    for splice in splices {
        let kept = &raw[at..splice.raw.start as usize];
        let Some(behind) = rest.strip_prefix(kept).and_then(|rest| rest.strip_prefix(splice.with.as_slice())) else {
            return false;
        };
        (rest, at) = (behind, splice.raw.end as usize);
    }
    rest == &raw[at..]
}

/// What the message is made of.
fn shape(tree: &Tree) -> Vec<(u16, &str, bool)> {
    tree.parts.iter().map(|part| (part.parent, part.declared.as_str(), part.container)).collect()
}
