//! Text as a reader sees it, and the way back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(clippy::cast_possible_truncation, clippy::reversed_empty_ranges, missing_docs)]

use exeat::mail::fold::{self, Folded};
use exeat::mail::parts::{Encoding, FileKind, Part, Piece, Place, Tree};
use proptest::prelude::*;

fn part(flowed: bool) -> Part {
    Part {
        parent: 0,
        declared: "text/plain".to_owned(),
        header: 0..0,
        body: 0..0,
        encoding: Encoding::Plain,
        charset: "utf-8".to_owned(),
        size: 0,
        kind: FileKind::Text,
        attached: false,
        shown_inline: false,
        name: None,
        sealed: None,
        container: false,
        flowed,
        editable: true,
    }
}

/// A tree with one piece for each text, each followed by a line break.
fn tree(pieces: &[(Place, &str)], flowed: bool) -> Tree {
    let mut tree = Tree { parts: vec![part(flowed)], ..Tree::default() };
    for (place, text) in pieces {
        let start = tree.text.len() as u32;
        tree.text.push_str(text);
        let end = tree.text.len() as u32;
        tree.text.push('\n');
        tree.pieces.push(Piece { place: *place, part: 0, text: start..end, runs: Vec::new(), hidden: Vec::new() });
    }
    tree
}

fn fold_body(text: &str, flowed: bool) -> Folded {
    let mut folded = fold::fold(&tree(&[(Place::Body, text)], flowed));
    assert_eq!(folded.text.pop(), Some('\n'));
    folded
}

#[test]
fn letters_fold_as_a_reader_sees_them() {
    let table = [
        ("Jane SMITH", "jane smith"),
        ("Zoë Müller", "zoe muller"),
        ("Zoe\u{308} Mu\u{308}ller", "zoe muller"),
        (
            "Łukasz Sørensen Đặng Guðrún Þóra Ægir Œuvre Weiß Işıl",
            "lukasz sorensen dang gudrun thora aegir oeuvre weiss isil",
        ),
        ("Ja\u{AD}ne\u{200B} Sm\u{FEFF}ith\u{FE0F}", "jane smith"),
        (
            "O\u{2019}Brien O\u{2018}Brien O`Brien O\u{B4}Brien O\u{2BC}Brien O\u{FF07}Brien",
            "o'brien o'brien o'brien o'brien o'brien o'brien",
        ),
        ("a\u{2010}b\u{2011}c\u{2012}d\u{2013}e\u{2014}f\u{2212}g", "a-b-c-d-e-f-g"),
        ("Jane\u{A0}Smith Jane\u{202F}Smith Jane\u{3000}Smith", "jane smith jane smith jane smith"),
        ("a  b\t c \u{A0}d \u{200B} e", "a b c d e"),
        ("ＪＡＮＥ １２３", "jane 123"),
        ("𝐉𝐚𝐧𝐞 ⓈⓂⒾⓉⒽ", "jane smith"),
        ("ﬁona oﬃce", "fiona office"),
        ("line one\r\nline two\nline three\rend", "line one\nline two\nline three\nend"),
        ("\u{202E}Jane\u{202C}", "jane"),
        ("\u{201C}Jane\u{201D}", "\"jane\""),
        ("Σίσυφος", "σισυφοσ"),
        ("Иванов Й", "иванов и"),
        ("", ""),
    ];
    for (given, expected) in table {
        assert_eq!(fold_body(given, false).text, expected, "{given:?}");
        assert_eq!(fold::fold_words(given), expected, "{given:?}");
    }
}

#[test]
fn quote_prefixes_are_dropped_and_remembered() {
    let table: &[(&str, &str, &[&str])] = &[
        ("> Jane\n> Smith\nhello", "jane\nsmith\nhello", &["jane\nsmith\n"]),
        ("a\r\n> > Jane\r\n>> Smith\r\nb", "a\njane\nsmith\nb", &["jane\nsmith\n"]),
        ("hello\n| Jane Smith", "hello\njane smith", &["jane smith"]),
        ("| Name | Form |\n| Jane | 7B |", "| name | form |\n| jane | 7b |", &[]),
        ("a > b", "a > b", &[]),
        ("  > Jane\n x", "jane\n x", &["jane\n"]),
        ("hi\n>\u{200B}> Jane", "hi\njane", &["jane"]),
    ];
    for (given, expected, quoted) in table {
        let folded = fold_body(given, false);
        assert_eq!(folded.text, *expected, "{given:?}");
        let behind: Vec<&str> =
            folded.quoted.iter().map(|range| &folded.text[range.start as usize..range.end as usize]).collect();
        assert_eq!(behind, *quoted, "{given:?}");
        for range in &folded.quoted {
            assert!(folded.is_quoted(range.start..range.start + 1));
        }
        assert!(!folded.is_quoted(folded.text.len() as u32..folded.text.len() as u32 + 1));
    }
    let subject = fold::fold(&tree(&[(Place::Subject, "> Jane"), (Place::FileName, "|a.txt")], false));
    assert_eq!(subject.text, "> jane\n|a.txt\n");
    assert!(subject.quoted.is_empty());
}

#[test]
fn soft_breaks_of_flowed_text_are_joined() {
    let table = [
        ("Jane \nSmith", "jane smith"),
        ("Jane \r\nSmith", "jane smith"),
        ("> Jane \n> Smith", "jane smith"),
        ("> Jane \nSmith", "jane \nsmith"),
        ("Jane\nSmith", "jane\nsmith"),
        ("Jane \n\nSmith", "jane \n\nsmith"),
        ("-- \nJane Smith", "-- \njane smith"),
        ("text\r\n-- \r\nJane", "text\n-- \njane"),
        ("Jane \n Smith", "jane smith"),
    ];
    for (given, expected) in table {
        assert_eq!(fold_body(given, true).text, expected, "{given:?}");
    }
    assert_eq!(fold_body("Jane \nSmith", false).text, "jane \nsmith");
}

#[test]
fn a_match_leads_back_to_what_was_written() {
    let table = [
        ("Dear Jane Smith, hello", "jane smith", "Jane Smith"),
        ("Dear Zoë Müller!", "zoe muller", "Zoë Müller"),
        ("Zoe\u{308}", "zoe", "Zoe\u{308}"),
        ("xЙ\u{301}y", "и", "Й\u{301}"),
        ("a\u{200B}\u{200B}Jane\u{200B}Smith\u{200B}b", "janesmith", "Jane\u{200B}Smith"),
        ("Jane   Smith", "jane smith", "Jane   Smith"),
        ("> Jane\r\n> Smith", "jane\nsmith", "Jane\r\n> Smith"),
        ("Weiß", "weis", "Weiß"),
        ("Weiß!", "s!", "ß!"),
        ("oﬃce", "f", "ﬃ"),
        ("ÆON", "on", "ON"),
        ("ÆON", "e", "Æ"),
        ("\u{FEFF}Jane", "jane", "Jane"),
    ];
    for (given, found, written) in table {
        let folded = fold_body(given, false);
        let at = folded.text.find(found).unwrap_or_else(|| panic!("{given:?}: {:?}", folded.text)) as u32;
        let back = folded.back(at..at + found.len() as u32);
        assert_eq!(&given[back.start as usize..back.end as usize], written, "{given:?}");
    }
}

#[test]
fn lookalikes_are_letters_only() {
    let table = [
        ("Јаnе", "jane"),
        ("Ѕmіth", "smith"),
        ("ЅМІТН", "smith"),
        ("Ηarry", "harry"),
        ("Νoνa", "nova"),
        ("smith", "smith"),
        ("rn10m", "rn10m"),
        ("Ѕm1th0", "sm1th0"),
        ("Müller", "Müller"),
        ("日本", "日本"),
    ];
    for (given, expected) in table {
        assert_eq!(fold::skeleton_letters(given), expected, "{given:?}");
    }
    assert!(fold::has_foreign_letters("Јane"));
    assert!(!fold::has_foreign_letters("Jane \u{A0}1"));
}

#[test]
fn pieces_and_lines_are_found() {
    let tree = tree(&[(Place::Subject, "one"), (Place::Body, "two\nthree\nfour")], false);
    let cases = [(0, Some(0)), (2, Some(0)), (3, None), (4, Some(1)), (17, Some(1)), (18, None), (99, None)];
    for (offset, piece) in cases {
        assert_eq!(fold::piece_at(&tree, offset), piece, "{offset}");
    }
    for (offset, line) in [(0, 1), (4, 1), (7, 1), (8, 2), (14, 3), (99, 3)] {
        assert_eq!(fold::line_in_piece(&tree, &tree.pieces[1], offset), line, "{offset}");
    }
}

#[test]
fn a_malformed_tree_does_no_harm() {
    let mut tree = tree(&[(Place::Body, "é x")], false);
    tree.pieces[0].text = 1..500;
    tree.pieces.push(Piece { place: Place::Body, part: 9, text: 3..2, runs: Vec::new(), hidden: Vec::new() });
    tree.pieces.push(Piece { place: Place::Body, part: 9, text: 0..2, runs: Vec::new(), hidden: Vec::new() });
    let folded = fold::fold(&tree);
    assert!(folded.back(0..u32::MAX).end as usize <= tree.text.len());
    assert_eq!(Folded::default().back(3..5), 0..0);
}

fn words() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "Jane",
        "SMITH",
        " ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "> ",
        ">",
        "| ",
        "-- ",
        "é",
        "e\u{301}",
        "\u{301}",
        "ß",
        "ﬃ",
        "½",
        "\u{200B}",
        "\u{AD}",
        "\u{A0}",
        "’",
        "–",
        "Й",
        "中",
        "😀",
        "`",
        "İ",
        "ǅ",
        "Σ",
        "\u{2028}",
        "\0",
        "한",
        "\u{FE0F}",
        "´",
        "¨",
        "a longer stretch of plain ASCII text, 0123456789",
    ]);
    prop::collection::vec(
        prop_oneof![9 => pieces.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)],
        0..40,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_stretch_leads_back_in_bounds(text in words(), flowed: bool, a in 0usize..400, b in 0usize..400) {
        let tree = tree(&[(Place::Body, &text)], flowed);
        let folded = fold::fold(&tree);
        let (a, b) = (a.min(folded.text.len()), b.min(folded.text.len()));
        let back = folded.back(a.min(b) as u32..a.max(b) as u32);
        prop_assert!(back.start <= back.end && back.end as usize <= tree.text.len());
        prop_assert!(tree.text.is_char_boundary(back.start as usize) && tree.text.is_char_boundary(back.end as usize));
        if a != b {
            // What lies in the source stretch folds to at least what was asked for.
            let again = fold::fold_words(&tree.text[back.start as usize..back.end as usize]);
            let asked = folded.text.get(a.min(b)..a.max(b)).unwrap_or_default().trim_matches([' ', '\n']);
            if !asked.contains([' ', '\n']) {
                prop_assert!(again.contains(asked), "{again:?} {asked:?}");
            }
        }
        prop_assert!(folded.steps.is_sorted());
    }

    #[test]
    fn a_piece_alone_folds_as_within_the_whole(first in words(), second in words(), flowed: bool) {
        let both = fold::fold(&tree(&[(Place::Body, &first), (Place::Subject, &second), (Place::Body, &first)], flowed));
        let alone = [(Place::Body, &first), (Place::Subject, &second), (Place::Body, &first)]
            .map(|(place, text)| fold::fold(&tree(&[(place, text)], flowed)).text);
        prop_assert_eq!(both.text, alone.concat());
    }

    #[test]
    fn folding_twice_changes_nothing(text in words()) {
        let once = fold::fold_words(&text);
        prop_assert_eq!(fold::fold_words(&once), once);
    }

    #[test]
    fn fast_and_slow_paths_agree(text in words()) {
        // A mark in front of every character keeps the fast path out; it folds to nothing.
        let slow: String = text.split('\r').map(|line| line.chars().flat_map(|c| [c, '\u{200B}']).collect::<String>()).collect::<Vec<_>>().join("\r");
        let fast = fold::fold_words(&text.replace("\r\n", "\n"));
        prop_assert_eq!(fold::fold_words(&slow.replace("\r\n", "\n")), fast);
    }
}
