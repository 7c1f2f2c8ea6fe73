//! Any text folds, and every stretch of the folded text leads back into the text it came from, in order.

use exeat::mail::fold::{Folded, fold, fold_words, line_in_piece, piece_at};
use exeat::mail::parts::{Limits, Tree, take_apart};

/// The first byte chooses how the text is written; the rest is its bytes.
pub fn holds(data: &[u8]) {
    let Some((&way, text)) = data.split_first() else { return };
    let kind = match way % 4 {
        0 => "text/plain; charset=utf-8",
        1 => "text/plain; charset=utf-8; format=flowed",
        2 => "text/html; charset=utf-8",
        _ => "text/plain; charset=windows-1252",
    };
    let raw = [format!("Subject: News\r\nContent-Type: {kind}\r\n\r\n").as_bytes(), text].concat();
    let tree = take_apart(&raw, &Limits::default());
    leads_back(&tree, &fold(&tree));
    let _ = fold_words(&String::from_utf8_lossy(text));
}

/// What holds for every folded text.
pub fn leads_back(tree: &Tree, folded: &Folded) {
    assert!(folded.steps.is_sorted(), "steps out of order");
    let ordered = folded.quoted.windows(2).all(|pair| pair[0].end <= pair[1].start);
    assert!(ordered && folded.quoted.iter().all(|quoted| quoted.start < quoted.end), "quoted text out of order");
    assert!(folded.quoted.last().is_none_or(|last| last.end as usize <= folded.text.len()));
    let mut last = 0..0;
    let bounds: Vec<u32> =
        folded.text.char_indices().map(|(at, _)| at as u32).chain([folded.text.len() as u32]).collect();
    for pair in bounds.windows(2) {
        let back = folded.back(pair[0]..pair[1]);
        assert!(back.start <= back.end && back.end as usize <= tree.text.len(), "a stretch outside of the text");
        assert!(tree.text.is_char_boundary(back.start as usize) && tree.text.is_char_boundary(back.end as usize));
        assert!(last.start <= back.start && last.end <= back.end, "stretches out of order");
        if let Some(piece) = piece_at(tree, back.start) {
            assert!(line_in_piece(tree, &tree.pieces[piece], back.start) > 0);
        }
        last = back;
    }
    let whole = folded.back(0..folded.text.len() as u32);
    assert!(whole.end >= last.end, "the whole ends before its end");
    // Between two letters, and beyond the end.
    for at in [1_u32, 2, 3, 5, 8, 13, 21, folded.text.len() as u32, u32::MAX] {
        let back = folded.back(at.saturating_sub(1)..at);
        assert!(back.start <= back.end && tree.text.is_char_boundary(back.start as usize));
    }
}
