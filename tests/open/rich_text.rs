//! RTF: what is shown, what is not, and where it stands.

use crate::making::{docx, letter, zip};
use crate::{cells, gaps, hidden, names, opened, opened_within, read, sections};
use exeat::mail::open::FileLimits;
use exeat::mail::parts::{FileKind, GapKind, SectionKind};

/// A document with this body.
pub fn rtf(body: &str) -> Vec<u8> {
    format!(r"{{\rtf1\ansi\ansicpg1252\deff0{{\fonttbl{{\f0\fcharset0 Arial;}}{{\f1\fcharset128 Gothic;}}{{\f2\fcharset204 Cyr;}}}}{{\colortbl;\red0\green0\blue0;}}{{\stylesheet{{\s1 heading 1;}}}}\pard {body}\par}}").into_bytes()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An object of the Packager: a file with its name.
pub fn package(name: &str, content: &[u8]) -> Vec<u8> {
    let counted = |text: &[u8]| [&u32::try_from(text.len()).unwrap().to_le_bytes()[..], text].concat();
    let mut inner = [b"\x02\0", name.as_bytes(), b"\0C:\\", name.as_bytes(), b"\0\0\0\x03\0"].concat();
    inner.extend(counted(b"C:\\x\0"));
    inner.extend(counted(content));
    [&b"\x01\x05\0\0\x02\0\0\0"[..], &counted(b"Package\0"), &counted(b""), &counted(b""), &counted(&inner)].concat()
}

#[test]
fn words_are_read_as_they_are_seen() {
    let table = [
        ("plain", r"Oliver Smith", "Oliver Smith", false),
        ("formatted", r"{\b Oli}{\i\f2 v}\b0 er{\*\bkmkend x} Smith", "Oliver Smith", false),
        ("broken lines", "Oli\nver\r\n Smith", "Oliver Smith", false),
        ("every letter by its number", r"\'4f\'6c\'69\'76\'65\'72\'20\'53\'6d\'69\'74\'68", "Oliver Smith", false),
        ("unicode", r"Zo\u235\'eb Smith", "Zo\u{eb} Smith", false),
        ("unicode with no fallback", r"\uc0 Zo\u235 Smith", "Zo\u{eb}Smith", false),
        ("negative and beyond", r"\uc1 \u-10179?\u-9216? Smith", "\u{1f400} Smith", false),
        ("a fallback of two", r"{\uc2 Zo\u235\'c3\'ab Smith}", "Zo\u{eb} Smith", false),
        ("a page", r"Zo\'eb Smith", "Zo\u{eb} Smith", false),
        ("bytes that are UTF-8", "Zo\u{eb} Smith", "Zo\u{eb} Smith", false),
        (
            "letters of a font",
            r"{\f1 \'93\'8c\'8b\'9e} and {\f2 \'c8\'e2\'e0\'ed}",
            "\u{6771}\u{4eac} and \u{418}\u{432}\u{430}\u{43d}",
            false,
        ),
        ("a second byte that looks like ASCII", r"{\f1 \'83\\\'83\'8b\'83Q}", "\u{30bd}\u{30eb}\u{30b2}", false),
        (
            "marks",
            r"O\rquote Reilly\~Smith\emdash x\_y\tab z",
            "O\u{2019}Reilly\u{a0}Smith\u{2014}x\u{2011}y\tz",
            false,
        ),
        ("paragraphs", r"one\par two\line three", "one\ntwo\nthree", false),
        ("braces", r"\{Oliver\} \\Smith", r"{Oliver} \Smith", false),
        ("a star before a look", r"Oliver{\*\b  Smith}", "Oliver Smith", false),
        ("hidden between", r"Oliver {\v James }Smith", "Oliver Smith", false),
        ("hidden", r"{\v Oliver Smith}", "Oliver Smith", true),
        ("hidden, then shown", r"\v x\v0 Oliver Smith", "Oliver Smith", false),
        ("deleted", r"{\deleted Oliver Smith}", "Oliver Smith", true),
        ("unknown group", r"{\*\invented Oliver {\b Smith}{\*\deeper x}}", "Oliver Smith", true),
        (
            "field",
            r#"{\field{\*\fldinst HYPERLINK "mailto:o.smith@mail.example"}{\fldrslt Oliver}} Smith"#,
            "Oliver Smith",
            false,
        ),
        (
            "behind a field",
            r#"{\field{\*\fldinst HYPERLINK "mailto:o.smith@mail.example"}{\fldrslt x}}"#,
            "o.smith@mail.example",
            true,
        ),
        (
            "text box",
            r"one{\shp{\*\shpinst{\sp{\sn wzName}{\sv alt text}}{\shptxt Oliver Smith\par}}} two",
            "Oliver Smith",
            false,
        ),
        ("around a text box", r"Oliver{\shp{\*\shpinst{\shptxt x\par}}} Smith", "Oliver Smith", false),
        (
            "description",
            r"{\*\shpinst{\sp{\sn wzDescription}{\sv Oliver Smith at the coast}}}",
            "Oliver Smith at the coast",
            true,
        ),
        ("index entry", r"{\xe {Oliver Smith}}", "Oliver Smith", true),
        ("variable", r"{\*\docvar {pupil}{Oliver Smith}}", "Oliver Smith", true),
        ("behind the end", r"x}{\b Oliver Smith", "Oliver Smith", true),
        ("a pair for two programs", r"{\upr{Zo? Smith}{\*\ud{Zo\u235 ? Smith}}}", "Zo\u{eb} Smith", false),
        ("more binary than there is", r"\bin99999 Oliver Smith", "Oliver Smith", false),
    ];
    for (name, body, words, unseen) in table {
        let tree = opened(&rtf(body));
        assert!(tree.text.contains(words), "{name}: {:?}", tree.text);
        assert_eq!(hidden(&tree).iter().any(|text| text.contains(words)), unseen, "{name}: {:?}", tree.text);
        let expected = usize::from(body.contains(r"\bin"));
        assert_eq!(gaps(&tree).len(), expected, "{name}");
        assert!(!["Arial", "heading 1"].iter().any(|word| tree.text.contains(word)), "{name}: {:?}", tree.text);
    }
}

#[test]
fn each_text_has_its_place() {
    let body = r"{\info{\title the title}{\author A Marlow}{\*\company the school}}{\*\userprops{\propname ward}\proptype30{\staticval Jane Smith}}
        {\header Jane at the head\par}{\footer at the foot\par}Text{\footnote a note below} goes{\*\atnid AM}{\*\atnauthor A Marlow}{\*\annotation{\*\atndate 1}a comment} on.{\*\bkmkstart place_of_jane}{\field{\*\fldinst FORMTEXT{\*\formfield{\fftype0{\*\ffname Pupil}{\*\ffdeftext Jane}}}}{\fldrslt x}}";
    let tree = opened(&rtf(body));
    let sections = sections(&tree);
    for (kind, words) in [
        (SectionKind::Properties, "the title\nA Marlow\nthe school"),
        (SectionKind::Properties, "Jane Smith"),
        (SectionKind::HeaderOrFooter, "Jane at the head"),
        (SectionKind::HeaderOrFooter, "at the foot"),
        (SectionKind::Footnotes, "a note below"),
        (SectionKind::Comments, "A Marlow\na comment"),
        (SectionKind::Form, "Pupil\nJane"),
        (SectionKind::Bookmarks, "place_of_jane"),
    ] {
        assert!(sections.iter().any(|(found, _, _, text)| *found == kind && text.contains(words)), "{sections:?}");
    }
    assert!(tree.text.contains("Text goes on."), "{}", tree.text);
}

#[test]
fn cells_of_tables_are_told() {
    let row =
        |cells: [&str; 2]| format!(r"\trowd\cellx100\cellx200\pard\intbl {}\cell {}\cell\row ", cells[0], cells[1]);
    let body = format!(
        r"Before\par {}{}\pard behind\par {}\pard",
        row(["Jane", "Smith"]),
        row([r"A\par B", "C"]),
        row(["x", "y"])
    );
    let tree = opened(&rtf(&body));
    let expected = [(0, 0, "Jane"), (0, 1, "Smith"), (1, 0, "A\nB"), (1, 1, "C"), (0, 0, "x"), (0, 1, "y")];
    assert_eq!(cells(&tree), expected);
    assert_eq!(tree.cells.iter().map(|cell| cell.table).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 1]);
}

#[test]
fn files_inside_are_opened() {
    let inner = docx("<w:p><w:r><w:t>Oliver Smith</w:t></w:r></w:p>");
    let wrapped = hex(&package("marks of Jane.docx", &inner));
    let spaced: String = wrapped.chars().map(|digit| format!("{digit} \r\n\t")).collect();
    let table = [
        (
            "an object",
            format!(r"{{\object\objemb{{\*\objclass Package}}{{\*\objdata {wrapped}}}{{\result x}}}}"),
            "marks of Jane.docx",
        ),
        ("odd digits", format!(r"{{\object\objemb{{\*\objdata\foo {spaced}{{\*\bar 12}}}}}}"), "marks of Jane.docx"),
        (
            "no right object",
            format!(r"{{\object{{\*\objname Jane}}{{\*\objdata 0105{}}}}}", hex(&zip(&[("a.docx", &inner)]))),
            "Jane",
        ),
        ("a picture that is none", format!(r"{{\*\shppict{{\pict\pngblip {}}}}}", hex(&inner)), ""),
    ];
    for (name, body, file) in table {
        let tree = opened(&rtf(&body));
        assert!(tree.text.contains("Oliver Smith"), "{name}: {:?}", tree.text);
        assert_eq!(names(&tree)[1], (0, file), "{name}");
        assert_eq!(gaps(&tree), [], "{name}");
    }
    let dot = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let mut picture = rtf(r"{\pict\pngblip ");
    picture.truncate(picture.len() - 5);
    picture.extend_from_slice(format!(r"\bin{} ", dot.len()).as_bytes());
    picture.extend_from_slice(dot);
    picture.extend_from_slice(br"}{\nonshppict{\pict\wmetafile8 0100}} Oliver Smith}");
    let tree = opened(&picture);
    assert_eq!(
        tree.parts.iter().map(|part| (part.kind, part.shown_inline)).collect::<Vec<_>>()[1..],
        [(FileKind::Image, true)]
    );
    assert!(tree.text.contains("Oliver Smith"));
}

#[test]
fn a_document_that_was_html_says_it_once() {
    let body = r"{\*\htmltag64 <p title='a tip'>}\htmlrtf {\htmlrtf0 Oliver {\*\htmltag84 <b>}\htmlrtf \b \htmlrtf0 Smith{\*\htmltag92 </b>}\htmlrtf \b0 \htmlrtf0  {\*\htmltag84 &amp;}\htmlrtf &\htmlrtf0  Zo\'eb 1 \{x\} <{\*\htmltag72 </p>}\htmlrtf }\htmlrtf0 ";
    let document = |more: &str| {
        format!(r"{{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{{\fonttbl{{\f0\fcharset0 Arial;}}}}{body}{more}}}")
            .into_bytes()
    };
    let tree = opened(&document(""));
    assert_eq!(tree.text.matches("Oliver Smith & Zo\u{eb} 1 {x} <").count(), 1, "{:?}", tree.text);
    assert_eq!(tree.text.matches("Smith").count(), 1, "{:?}", tree.text);
    assert!(tree.text.contains("a tip"));
    // What is shown only where HTML is not known is told as well.
    assert!(opened(&document(r"\htmlrtf Jane Marlow\htmlrtf0 ")).text.contains("Jane Marlow"));
}

#[test]
fn a_document_is_known_by_its_bytes_and_found_in_a_letter() {
    let tree = read(&letter(&[
        ("holiday.txt", &rtf("Oliver Smith")),
        ("b.doc", &[&b" \r\n"[..], &rtf("Jane Smith")].concat()),
    ]));
    assert_eq!((tree.parts[2].kind, gaps(&tree)), (FileKind::Office, vec![]));
    assert!(tree.text.contains("Oliver Smith") && tree.text.contains("Jane Smith"));
}

#[test]
fn what_goes_beyond_a_limit_is_a_gap_with_its_reason() {
    let small = FileLimits { depth: 3, parts: 10, unpacked: 4 << 20, text: 64 << 10, cells: 100 };
    let pictures = format!(r"{{\pict {}}}", hex(b"\x89PNG\r\n\x1a\n\0")).repeat(50);
    let table = [
        ("groups", "{".repeat(200_000) + "Oliver Smith" + &"}".repeat(200_000), "groups nested deeper than the limit"),
        ("files", pictures + "Oliver Smith", "more files inside than the limit"),
        ("cells", "Oliver Smith".to_owned() + &r"x\cell\row ".repeat(200), "more table cells than the limit"),
        ("text", "Oliver Smith".to_owned() + &"words ".repeat(20_000), "text longer than the limit"),
    ];
    for (name, body, reason) in table {
        let tree = opened_within(&rtf(&body), &small);
        assert!(
            tree.gaps.iter().any(|gap| gap.kind == GapKind::Limit && gap.reason == reason),
            "{name}: {:?}",
            gaps(&tree)
        );
        assert!(tree.text.contains("Oliver Smith"), "{name}");
    }
}

proptest::proptest! {
    #[test]
    fn any_words_and_groups_are_read(tokens in proptest::collection::vec(proptest::sample::select(vec![
        "{", "}", r"\*", r"\pict", r"\objdata ", r"\bin3 ", r"\u55357?", r"\u-9216?", r"\'83", r"\f1 ", r"\cell", r"\row", r"\par ", r"\upr", r"\ud",
        r"\fromhtml1", r"\htmltag", r"\htmlrtf", r"\v", r"\footnote", r"\fonttbl", "0105", "words", "\\", "\u{e9}", r"\trowd\intbl ", r"\fcharset128",
    ]), 0..200)) {
        opened(format!(r"{{\rtf1 {}", tokens.concat()).as_bytes());
    }
}
