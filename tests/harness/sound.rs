//! What holds for every tree of a message.

use exeat::mail::parts::{Encoding, Limits, Piece, Place, Tree};

/// Checks it.
pub fn sound(raw: &[u8], tree: &Tree, limits: &Limits) {
    assert_eq!(tree.check(raw.len() as u64, limits), Ok(()));
    for piece in &tree.pieces {
        even_runs_are_copies(raw, tree, piece);
    }
}

/// Where text was copied, the same bytes stand in the content.
fn even_runs_are_copies(raw: &[u8], tree: &Tree, piece: &Piece) {
    let part = &tree.parts[usize::from(piece.part)];
    let content = match piece.place {
        Place::Subject | Place::Header | Place::FileName => raw,
        _ if part.encoding == Encoding::Plain && !part.body.is_empty() => {
            &raw[part.body.start as usize..part.body.end as usize]
        }
        _ => return,
    };
    for run in piece.runs.iter().filter(|run| run.even) {
        let text = &tree.text.as_bytes()[run.text.start as usize..run.text.end as usize];
        assert!(text == &content[run.content.start as usize..run.content.end as usize], "a copy that is none");
    }
}
