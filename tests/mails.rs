//! Messages taken apart: `tests/mails/NAME.eml` with the expected tree, as text, in `NAME.expected`.
//! `EXEAT_BLESS=1 cargo test --test mails` writes the expected files anew.
#![allow(clippy::case_sensitive_file_extension_comparisons)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use exeat::mail::parts::{Limits, Tree, take_apart};

#[test]
fn trees_are_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails");
    let mut mails: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    mails.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    mails.sort();
    assert!(mails.len() > 20);
    let mut wrong = Vec::new();
    for mail in mails {
        let raw = std::fs::read(&mail).unwrap();
        let limits = Limits::default();
        let tree = take_apart(&raw, &limits);
        assert_eq!(tree.check(raw.len() as u64, &limits), Ok(()), "{}", mail.display());
        let found = picture(&tree);
        let expected = mail.with_extension("expected");
        if std::env::var_os("EXEAT_BLESS").is_some() {
            std::fs::write(&expected, &found).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{}\n{found}", mail.display()));
        }
    }
    assert!(wrong.is_empty(), "not as expected:\n{}", wrong.join("\n"));
}

/// A planted word is seen wherever a mail client might show it, or a gap says that something was not.
#[test]
fn planted_words_are_seen() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("planted-") || !name.ends_with(".eml") {
            continue;
        }
        let raw = std::fs::read(&path).unwrap();
        let tree = take_apart(&raw, &Limits::default());
        assert!(tree.text.contains("Wren Planted"), "{name}: not in the text");
        seen += 1;
    }
    assert!(seen >= 20, "{seen} messages");
}

/// A tree as text to be read by people.
fn picture(tree: &Tree) -> String {
    let mut out = String::new();
    for (index, part) in tree.parts.iter().enumerate() {
        write!(
            out,
            "part {index} in {}: {} {:?} {:?} size {}",
            part.parent, part.declared, part.kind, part.encoding, part.size
        )
        .unwrap();
        let marks = [
            (part.attached, "attached"),
            (part.shown_inline, "inline"),
            (part.container, "container"),
            (part.flowed, "flowed"),
            (part.editable, "editable"),
            (part.sealed.is_some(), "sealed"),
        ];
        for (holds, mark) in marks {
            if holds {
                write!(out, " {mark}").unwrap();
            }
        }
        if !part.charset.is_empty() {
            write!(out, " charset={}", part.charset).unwrap();
        }
        writeln!(out, " header {:?} body {:?}", part.header, part.body).unwrap();
    }
    for field in &tree.headers {
        let piece = field.piece.map_or("-".to_owned(), |piece| piece.to_string());
        writeln!(out, "field {} {:?} piece {piece}", field.name, field.raw).unwrap();
    }
    for (index, piece) in tree.pieces.iter().enumerate() {
        writeln!(out, "piece {index}: {} of part {}", piece.place.name(), piece.part).unwrap();
        for line in text(tree, &piece.text).split('\n') {
            writeln!(out, "  | {}", line.escape_debug()).unwrap();
        }
        for run in &piece.runs {
            let mark = if run.even { "=" } else { "~" };
            writeln!(out, "  {mark} {:?} {:?}", run.content, text(tree, &run.text)).unwrap();
        }
        for hidden in &piece.hidden {
            writeln!(out, "  hidden {:?}", text(tree, hidden)).unwrap();
        }
    }
    for cell in &tree.cells {
        writeln!(out, "cell {} {} {} {:?}", cell.table, cell.row, cell.column, text(tree, &cell.text)).unwrap();
    }
    for gap in &tree.gaps {
        writeln!(out, "gap {} of part {}: {}", gap.kind.name(), gap.part, gap.reason).unwrap();
    }
    writeln!(out, "{:?}", tree.facts).unwrap();
    out
}

fn text<'a>(tree: &'a Tree, range: &std::ops::Range<u32>) -> &'a str {
    &tree.text[range.start as usize..range.end as usize]
}
