//! What is found in PDF files.

use crate::making::{letter, zip};
use crate::pdf_making::{Pdf, one_page};
use crate::{gaps, hidden, names, opened, opened_within, read, sections};
use exeat::mail::open::FileLimits;
use exeat::mail::parts::{GapKind, Sealed, SectionKind};

/// The only section of kind page.
fn page_of(content: &[u8]) -> String {
    let tree = opened(content);
    let pages: Vec<_> = sections(&tree).into_iter().filter(|(kind, ..)| *kind == SectionKind::Page).collect();
    assert_eq!(pages.len(), 1, "{:?}", gaps(&tree));
    pages[0].3.to_owned()
}

#[test]
fn words_end_where_a_reader_sees_their_end() {
    for (drawn, right) in [
        ("BT /F1 12 Tf 50 700 Td (Isla Marlow-Reed) Tj ET", "Isla Marlow-Reed"),
        // Letters moved closer and apart by taste, and a blank that is nothing but a gap.
        ("BT /F1 12 Tf 50 700 Td [(I)20(s)-60(la)-280(Mar)40(low)] TJ ET", "Isla Marlow"),
        // Each letter placed by itself: 12 points of Helvetica are 3.3, 6, 2.7 and 6.7 wide.
        (
            "BT /F1 12 Tf 1 0 0 1 50 700 Tm (I) Tj 1 0 0 1 53.3 700 Tm (s) Tj 1 0 0 1 59.3 700 Tm (l) Tj 1 0 0 1 62 700 Tm (a) Tj 1 0 0 1 72 700 Tm (R) Tj ET",
            "Isla R",
        ),
        ("BT /F1 12 Tf 50 700 Td (Isla) Tj 0 -14 Td (Marlow) Tj ET", "Isla\nMarlow"),
        ("BT /F1 12 Tf 14 TL 50 700 Td (Isla) Tj T* (Mar) Tj (low) Tj (next) ' ET", "Isla\nMarlow\nnext"),
        // Columns of a table.
        ("BT /F1 12 Tf 50 700 Td (Isla) Tj 150 0 Td (Marlow) Tj 150 0 Td (7B) Tj ET", "Isla\tMarlow\t7B"),
        // Letters spread over the line are one word still.
        ("BT /F1 12 Tf 6 Tc 50 700 Td (Isla) Tj ET", "Isla"),
        // Up the page, and small through a matrix.
        ("BT /F1 12 Tf 0 1 -1 0 50 300 Tm (Isla ) Tj (Marlow) Tj ET", "Isla Marlow"),
        ("q 0.1 0 0 0.1 0 0 cm BT /F1 120 Tf 500 7000 Td (Isla) Tj 250 0 Td (Marlow) Tj ET Q", "Isla Marlow"),
        ("BT /F1 12 Tf 50 700 Td (Zo\\353 O\\222Neill) Tj ET", "Zoë O’Neill"),
        // A footnote's mark stays on its line.
        ("BT /F1 12 Tf 50 700 Td (Marlow) Tj /F1 6 Tf 5 Ts (1) Tj 0 Ts /F1 12 Tf ( was) Tj ET", "Marlow1 was"),
    ] {
        assert_eq!(page_of(&one_page(drawn)), right, "{drawn}");
    }
}

#[test]
fn what_is_not_seen_is_found_and_said_to_be_hidden() {
    for (name, drawn, unseen) in [
        ("white on paper", "1 g BT /F1 12 Tf 50 700 Td (secret) Tj ET", true),
        ("white in colours", "1 1 1 rg BT /F1 12 Tf 50 700 Td (secret) Tj ET", true),
        ("white without ink", "0 0 0 0 k BT /F1 12 Tf 50 700 Td (secret) Tj ET", true),
        ("white on black", "0 g 40 690 200 30 re f 1 g BT /F1 12 Tf 50 700 Td (secret) Tj ET", false),
        ("beside the paper", "BT /F1 12 Tf 50 -90 Td (secret) Tj ET", true),
        ("as small as dust", "BT /F1 0.5 Tf 50 700 Td (secret) Tj ET", true),
        ("clear", "/G0 gs BT /F1 12 Tf 50 700 Td (secret) Tj ET", true),
        ("a layer that is off", "/OC /L0 BDC BT /F1 12 Tf 50 700 Td (secret) Tj ET EMC", true),
        ("a layer that is on", "/OC /L1 BDC BT /F1 12 Tf 50 700 Td (secret) Tj ET EMC", false),
        ("a group of layers", "/OC /L2 BDC BT /F1 12 Tf 50 700 Td (secret) Tj ET EMC", true),
        ("as scanners write what they read", "BT 3 Tr /F1 12 Tf 50 700 Td (secret) Tj ET", false),
        ("black", "BT /F1 12 Tf 50 700 Td (secret) Tj ET", false),
    ] {
        let mut pdf = Pdf::new();
        let (off, on) = (pdf.object("<< /Type /OCG /Name (a) >>"), pdf.object("<< /Type /OCG /Name (b) >>"));
        let group = pdf.object(&format!("<< /Type /OCMD /OCGs [{off} 0 R {on} 0 R] /P /AllOn >>"));
        pdf.catalog = format!("/OCProperties << /OCGs [{off} 0 R {on} 0 R] /D << /OFF [{off} 0 R] >> >>");
        let resources =
            format!("/ExtGState << /G0 << /ca 0 >> >> /Properties << /L0 {off} 0 R /L1 {on} 0 R /L2 {group} 0 R >>");
        pdf.page(drawn, &resources, "");
        let tree = opened(&pdf.finish());
        assert!(tree.text.contains("secret"), "{name}");
        assert_eq!(hidden(&tree), if unseen { vec!["secret"] } else { vec![] }, "{name}");
    }
}

/// A document with everything that words may stand in beside its page.
fn rich() -> Vec<u8> {
    let mut pdf = Pdf::new();
    let form = pdf.stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 100 100] /Resources << /Font << /F2 << /Type /Font /Subtype /Type1 /BaseFont /Courier >> >> >>",
        b"BT /F2 10 Tf 5 5 Td (drawn twice) Tj ET",
    );
    let stamp =
        pdf.stream("/Type /XObject /Subtype /Form /BBox [0 0 100 100]", b"BT /F1 10 Tf 5 5 Td (on the stamp) Tj ET");
    let file = pdf.stream("/Type /EmbeddedFile", b"words of the file inside");
    let other = pdf.stream("/Type /EmbeddedFile", b"words of the file on the page");
    let described = pdf.stream(
        "/Type /Metadata /Subtype /XML",
        b"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:li>described so</rdf:li></x:xmpmeta>",
    );
    let note = pdf.object("<< /Type /Annot /Subtype /Text /Rect [1 1 9 9] /Contents (a note on it) /T (A. Teacher) >>");
    let drawn =
        pdf.object(&format!("<< /Type /Annot /Subtype /Stamp /Rect [100 100 200 200] /AP << /N {stamp} 0 R >> >>"));
    let unseen = pdf.object("<< /Type /Annot /Subtype /Text /Rect [1 1 9 9] /F 2 /Contents (an unseen note) >>");
    let link = pdf.object(
        "<< /Type /Annot /Subtype /Link /Rect [1 1 9 9] /A << /S /URI /URI (https://school.example/isla.marlow) >> >>",
    );
    let pinned = pdf.object(&format!(
        "<< /Type /Annot /Subtype /FileAttachment /Rect [1 1 9 9] /FS << /F (pinned.txt) /EF << /F {other} 0 R >> >> >>"
    ));
    let field = pdf.object("<< /FT /Tx /T (child) /TU (Name of the child) /V (Isla Marlow) >>");
    let choice = pdf.object("<< /FT /Ch /T (class) /V (7B) /Opt [99 0 R (7A) (7B) [(8c) (eighth class)]] >>");
    let parent = pdf.object(&format!("<< /T (group) /Kids [99 0 R {field} 0 R {choice} 0 R] >>"));
    let second = pdf.object("<< /Title (Second mark) /Parent 1 0 R >>");
    let first = pdf.object(&format!("<< /Title (First mark) /Next {second} 0 R >>"));
    let outlines = pdf.object(&format!("<< /First {first} 0 R /Last {second} 0 R >>"));
    let picture = pdf.object("<< /S /Figure /Alt (a photograph of the team) >>");
    let structure = pdf.object(&format!("<< /Type /StructTreeRoot /K [null 7 {picture} 0 R] >>"));
    let about = pdf.object("<< /Title (Trip letter) /Author (R. Marlow) /Keywords (\\376\\377\\0Z\\0o\\0\\353) >>");
    pdf.trailer = format!("/Info {about} 0 R");
    pdf.catalog = format!(
        "/AcroForm << /Fields [null 99 0 R {parent} 0 R << /T (one) /V (first) >> << /T (two) /V (second) >>] >> /Outlines {outlines} 0 R /Metadata {described} 0 R /StructTreeRoot {structure} 0 R /Names << /EmbeddedFiles << /Names [null (a) << /UF (inside.txt) /EF << /F {file} 0 R >> >>] >> >>"
    );
    pdf.page("BT /F1 12 Tf 50 700 Td (The first page) Tj ET", "", "");
    pdf.page(
        "/X1 Do /X1 Do BT /F1 12 Tf 50 700 Td /Span << /ActualText (in truth) >> BDC (as drawn) Tj EMC ET",
        &format!("/XObject << /X1 {form} 0 R >>"),
        &format!("/Annots [99 0 R null {note} 0 R {drawn} 0 R {unseen} 0 R {link} 0 R {pinned} 0 R]"),
    );
    pdf.finish()
}

#[test]
fn all_places_where_words_stand_are_read() {
    let tree = opened(&rich());
    assert_eq!(gaps(&tree), []);
    assert_eq!(
        sections(&tree),
        [
            (SectionKind::Page, 1, "", "The first page"),
            (SectionKind::Page, 2, "", "drawn twice\ndrawn twice\nas drawn in truth\non the stamp\n"),
            (SectionKind::Comments, 0, "", "a note on it\nA. Teacher\nan unseen note\n"),
            (SectionKind::Form, 0, "", "Name of the child: Isla Marlow\nclass: 7B\none: first\ntwo: second\n"),
            (SectionKind::Properties, 0, "", "Trip letter\nR. Marlow\nZoë\n"),
            (SectionKind::Properties, 0, "", "described so"),
            (SectionKind::Bookmarks, 0, "", "First mark\nSecond mark\n"),
            (
                SectionKind::Behind,
                0,
                "",
                "https://school.example/isla.marlow\n7A\n7B\n8c\neighth class\na photograph of the team\n"
            ),
        ]
    );
    assert_eq!(names(&tree), [(0, ""), (0, "pinned.txt"), (0, "inside.txt")]);
    assert!(tree.text.contains("words of the file inside") && tree.text.contains("words of the file on the page"));
    assert!(hidden(&tree).contains(&"in truth") && hidden(&tree).contains(&"an unseen note\n"));
}

#[test]
fn pages_without_words_are_a_gap() {
    let picture = "q 595 0 0 842 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \u{1} EI Q";
    let unknown = "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [0.1 0 0 0.1 0 0] /FirstChar 65 /LastChar 65 /Widths [9] /CharProcs << /x1 3 0 R >> /Encoding << /Differences [65 /x1] >> >>";
    let scanned = "a page that is a picture, without text";
    let curve = "0 0 m 1 2 3 4 5 6 c f ";
    for (name, drawn, reason) in [
        ("a scan", picture.to_owned(), Some(scanned)),
        ("a scan with its maker's name", format!("{picture} BT /F1 9 Tf 9 9 Td (Scanned) Tj ET"), Some(scanned)),
        (
            "a scan that was read",
            format!("{picture} BT 3 Tr /F1 9 Tf 9 9 Td ({}) Tj ET", "words read by the scanner ".repeat(3)),
            None,
        ),
        ("letters as drawings", curve.repeat(200), Some(scanned)),
        ("an empty page", String::new(), None),
        ("a line", "0 0 m 9 9 l S".to_owned(), None),
        (
            "a font that says nothing",
            "BT /F9 9 Tf 50 700 Td (AAAAAAAAAA) Tj ET".to_owned(),
            Some("a font that does not say what its letters are"),
        ),
    ] {
        let mut pdf = Pdf::new();
        pdf.stream("", b"0 0 9 9 re f");
        let stream = pdf.stream("", drawn.as_bytes());
        pdf.page("", "", &format!("/Contents {stream} 0 R"));
        let mut file = pdf.finish();
        let plain = b"/Font << /F1 <<";
        let at = file.windows(plain.len()).position(|window| window == plain).unwrap();
        let font = format!("/Font << /F9 {unknown} /F1 <<");
        file.splice(at..at + plain.len(), font.into_bytes());
        let tree = opened(&file);
        let found: Vec<&str> = tree.gaps.iter().map(|gap| gap.reason.as_str()).collect();
        assert_eq!(found, reason.into_iter().collect::<Vec<_>>(), "{name}");
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

/// What the standard way of encryption keeps of the owner's and of the user's password, and a page's instructions
/// `BT /F1 12 Tf 50 700 Td (behind the password) Tj ET` encrypted with RC4 as object 3.
const NO_PASSWORD: [&str; 3] = [
    "c92422687facee686e373f10b5c7d04738053152f7e2ee30e11c69ec442576ab",
    "13f3633f3c8fe41869648cfa5552ce67d52a786c2ca737f8f9c0e496403cd4ae",
    "1e5e6543eecea177f2ed3005ada7bc750f6a2ac6734f348e4f38dae5fd89d0190343565b155eacee659c0d07e2f1f5eff3a8",
];
const A_PASSWORD: [&str; 3] = [
    "8cfa1e5f56b6084d22883f1804485b0e722b7fb2d870d1b8e03ec0a4f01e2151",
    "623b98141fb0b93688658a0f5a6d4dbf27ab2e401ff0d8f4a87a78fee1c54d93",
    "c7a155c33dcf7c0b58d70a87573100058aa208387329652461fe67d90ab33c9ec469f18288c0bb2a3f26b741d4b8552fe96d",
];

fn encrypted(secrets: [&str; 3], behind: &str) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let content = bytes(secrets[2]);
    let mut stream = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
    stream.extend_from_slice(&content);
    stream.extend_from_slice(b"\nendstream");
    let stream = pdf.raw(stream);
    assert_eq!(stream, 3);
    pdf.page("", "", "/Contents 3 0 R");
    let [owner, user, _] = secrets;
    let guard = pdf.object(&format!("<< /Filter /Standard /V 1 /R 2 /P -4 /O <{owner}> /U <{user}> >>"));
    pdf.trailer = format!("/Encrypt {guard} 0 R /ID [(0123456789abcdef) (0123456789abcdef)]");
    let mut file = pdf.finish();
    file.extend_from_slice(behind.as_bytes());
    file
}

#[test]
fn only_what_needs_a_password_is_protected() {
    let tree = opened(&encrypted(NO_PASSWORD, ""));
    assert_eq!(gaps(&tree), []);
    assert_eq!((tree.parts[0].sealed, tree.text.trim()), (None, "behind the password"));

    let tree = opened(&encrypted(A_PASSWORD, ""));
    assert_eq!(gaps(&tree), [(GapKind::Protected, 0, "PDF with a password")]);
    assert_eq!((tree.parts[0].sealed, tree.text.as_str()), (Some(Sealed::Pdf), ""));

    // What leaks beside it is read.
    let leak = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><dc:title>Isla Marlow</dc:title></x:xmpmeta>";
    let tree = opened(&encrypted(A_PASSWORD, leak));
    assert_eq!((tree.parts[0].sealed, tree.text.trim()), (Some(Sealed::Pdf), "Isla Marlow"));
}

#[test]
fn what_says_that_it_is_encrypted_is_looked_at() {
    let envelope = "302806092A864886F70D010703A01B301902010031023000301006092A864886F70D0107013000800100";
    for (name, guard, sealed, text) in [
        (
            // The password keeps nothing but the files inside from being read.
            "only files",
            "<< /Filter /Standard /V 4 /R 4 /Length 128 /P -4 /CF << /S << /CFM /AESV2 >> >> /StmF /Identity /StrF /Identity /EFF /S /O <000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f> /U <73756f05d2863f6804d868ff0c88a45800000000000000000000000000000000> >>".to_owned(),
            false,
            "in clear text",
        ),
        ("a way of its own", "<< /Filter /Rot13 /V 1 >>".to_owned(), false, ""),
        (
            "certificates",
            format!("<< /Filter /Adobe.PubSec /V 4 /CF << /D << /Recipients [<{envelope}>] >> >> /StmF /D /StrF /D >>"),
            true,
            "",
        ),
        (
            "certificates of nobody",
            "<< /Filter /Adobe.PubSec /V 4 /CF << /D << /Recipients [(x)] >> >> /StmF /D /StrF /D >>".to_owned(),
            false,
            "",
        ),
        ("the word in a text", String::new(), false, "in clear text"),
    ] {
        let mut pdf = Pdf::new();
        pdf.page("BT /F1 12 Tf 50 700 Td (in clear text) Tj ET", "", "");
        if guard.is_empty() {
            pdf.object("(/Encrypt 9 0 R)");
        } else {
            pdf.trailer = format!("/Encrypt {guard} /ID [(0123456789abcdef) (0123456789abcdef)]");
        }
        let tree = opened(&pdf.finish());
        assert_eq!(tree.text.trim(), text, "{name}");
        assert_eq!(tree.parts[0].sealed.is_some(), sealed, "{name}");
        assert_eq!(tree.gaps.iter().any(|gap| gap.kind == GapKind::Protected), sealed, "{name}");
        assert_eq!(tree.gaps.is_empty(), guard.is_empty(), "{name}: {:?}", gaps(&tree));
    }
}

#[test]
fn a_protected_pdf_is_known_in_its_message_and_in_an_archive() {
    let file = encrypted(A_PASSWORD, "");
    let tree = read(&letter(&[("open.pdf", &rich()), ("shut.pdf", &file), ("a.zip", &zip(&[("b.pdf", &file)]))]));
    let sealed: Vec<(u16, &str)> = (0..)
        .zip(&tree.parts)
        .zip(names(&tree))
        .filter(|((_, part), _)| part.sealed == Some(Sealed::Pdf))
        .map(|((index, _), (_, name))| (index, name))
        .collect();
    assert_eq!(sealed.iter().map(|(_, name)| *name).collect::<Vec<_>>(), ["shut.pdf", "b.pdf"]);
    let protected: Vec<u16> = tree.gaps.iter().map(|gap| gap.part).collect();
    assert_eq!(protected, sealed.iter().map(|(index, _)| *index).collect::<Vec<_>>(), "{:?}", gaps(&tree));
    assert!(tree.text.contains("The first page"));
}

fn small() -> FileLimits {
    FileLimits { depth: 3, parts: 40, unpacked: 4 << 20, text: 64 << 10, cells: 1_000 }
}

/// Forms that each draw the next one so many times.
fn laughs(levels: usize, times: usize) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let mut last = pdf.stream("/Subtype /Form /BBox [0 0 9 9]", b"BT /F1 9 Tf 1 0 0 1 9 9 Tm (ha) Tj ET");
    for _ in 0..levels {
        let resources = format!("/Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {last} 0 R >> >>");
        last = pdf.stream(&resources, &b"/X Do ".repeat(times));
    }
    pdf.page("/X Do", &format!("/XObject << /X {last} 0 R >>"), "");
    pdf.finish()
}

/// A document whose objects lead back to themselves.
fn loops() -> Vec<u8> {
    let mut pdf = Pdf::new();
    let own = 3;
    let form = format!("/Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {own} 0 R >> >>");
    assert_eq!(pdf.stream(&form, b"BT (round) Tj ET /X Do"), own);
    let mark = pdf.object("<< /Title (mark) /Next 4 0 R /First 4 0 R >>");
    let field = pdf.object("<< /T (field) /V (value) /Kids [5 0 R 5 0 R] >>");
    let names = pdf.object("<< /Kids [6 0 R 6 0 R] >>");
    let element = pdf.object("<< /Alt (element) /K [7 0 R 7 0 R] >>");
    pdf.page("/X Do", &format!("/XObject << /X {own} 0 R >>"), "/Kids [1 0 R 2 0 R]");
    pdf.catalog = format!(
        "/Outlines << /First {mark} 0 R >> /AcroForm << /Fields [{field} 0 R] >> /Names << /EmbeddedFiles {names} 0 R >> /StructTreeRoot {element} 0 R"
    );
    pdf.finish()
}

#[test]
fn files_made_to_do_harm_come_to_an_end() {
    let mut bomb = Pdf::new();
    bomb.page(&" ".repeat(8 << 20), "", "");
    let mut odd = Pdf::new();
    let odd_stream = odd.stream("/DecodeParms << /Predictor 12 /Columns 4 >>", &vec![0; 8 << 20]);
    odd.page("", "", &format!("/Contents {odd_stream} 0 R"));
    let mut same = Pdf::new();
    let page = same.page(&"BT (again) Tj ET ".repeat(50), "", "");
    for _ in 0..20_000 {
        same.again(page);
    }
    let spent = "more to unpack and read than the limit";
    for (name, file, reason) in [
        ("a bomb", bomb.finish(), spent),
        ("a bomb of another packing", odd.finish(), spent),
        ("a thousand laughs", laughs(10, 10), spent),
        ("deep drawings", laughs(20, 1), "drawings nested deeper than the limit"),
        (
            "much text",
            one_page(&format!("BT /F1 9 Tf ({}) Tj ET", "words ".repeat(50_000))),
            "text longer than the limit",
        ),
        ("states", one_page(&"q ".repeat(3 << 20)), spent),
    ] {
        let tree = opened_within(&file, &small());
        assert!(gaps(&tree).contains(&(GapKind::Limit, 0, reason)), "{name}: {:?} {:?}", gaps(&tree), tree.text);
    }
    let tree = opened(&loops());
    for words in ["round", "mark", "field: value", "element"] {
        assert!(tree.text.contains(words), "{words}");
    }
    // A page that is listed again is read once.
    assert_eq!(sections(&opened_within(&same.finish(), &small())).len(), 1);
    let deep = format!("{}BT (still here) Tj ET", "[".repeat(100_000));
    opened_within(&one_page(&deep), &small());
    let deep = format!("<< /A {}", "<< /A ".repeat(100_000));
    let mut pdf = Pdf::new();
    pdf.catalog = deep;
    opened_within(&pdf.finish(), &small());
}

proptest::proptest! {
    #[test]
    fn damaged_documents_are_read_or_refused(at in 0.0..1.0_f64, put in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..40), cut in 0.0..1.2_f64) {
        let mut content = rich();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let place = |share: f64| (content.len() as f64 * share) as usize;
        let (from, end) = (place(at), place(cut));
        for (place, byte) in content[from..].iter_mut().zip(&put) {
            *place = *byte;
        }
        content.truncate(end.max(1));
        opened_within(&content, &small());
    }
}
