//! A rewrite changes what it was asked to change and not one byte more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(clippy::cast_possible_truncation, clippy::too_many_lines, clippy::type_complexity, missing_docs)]

use base64::Engine as _;
use exeat::mail::edit::{CannotEdit, Change, Splice, apply, header_edits, plan};
use exeat::mail::parts::{Encoding, Field, FileKind, Part, Piece, Place, Run, Tree};
use exeat::mail::{Header, HeaderEdit};
use proptest::prelude::*;

// ---- A message with one text part, and its tree, made by hand ----

struct Sample {
    raw: Vec<u8>,
    tree: Tree,
}

struct Kind {
    encoding: Encoding,
    charset: &'static str,
    html: bool,
}

const PLAIN: Kind = Kind { encoding: Encoding::Plain, charset: "utf-8", html: false };
const QUOTED: Kind = Kind { encoding: Encoding::QuotedPrintable, charset: "utf-8", html: false };
const BASE64: Kind = Kind { encoding: Encoding::Base64, charset: "utf-8", html: false };
const HTML: Kind = Kind { encoding: Encoding::Plain, charset: "utf-8", html: true };

fn part(kind: &Kind) -> Part {
    Part {
        parent: 0,
        declared: if kind.html { "text/html" } else { "text/plain" }.to_owned(),
        header: 0..0,
        body: 0..0,
        encoding: kind.encoding,
        charset: kind.charset.to_owned(),
        size: 0,
        kind: FileKind::Text,
        attached: false,
        shown_inline: false,
        name: None,
        sealed: None,
        container: false,
        flowed: false,
        editable: true,
    }
}

fn word(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::QuotedPrintable => "quoted-printable",
        Encoding::Base64 => "base64",
        _ => "8bit",
    }
}

/// A message whose body is `body` as it stands in the relay's bytes.
fn sample(kind: &Kind, body: &[u8]) -> Sample {
    let subtype = if kind.html { "html" } else { "plain" };
    let head = format!(
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/{subtype}; charset={}\r\nContent-Transfer-Encoding: {}\r\n\r\n",
        kind.charset,
        word(kind.encoding)
    );
    let raw = [head.as_bytes(), body].concat();
    let mut part = part(kind);
    part.body = head.len() as u32..raw.len() as u32;
    let content = decoded(kind.encoding, body);
    let mut tree = Tree { parts: vec![part], ..Tree::default() };
    let runs = runs(&mut tree.text, kind, &content);
    let end = tree.text.len() as u32;
    tree.text.push('\n');
    tree.pieces.push(Piece { place: Place::Body, part: 0, text: 0..end, runs, hidden: Vec::new() });
    Sample { raw, tree }
}

fn decoded(encoding: Encoding, body: &[u8]) -> Vec<u8> {
    match encoding {
        Encoding::QuotedPrintable => unquoted(body),
        Encoding::Base64 => {
            let digits: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            base64::engine::general_purpose::STANDARD.decode(digits).unwrap()
        }
        _ => body.to_vec(),
    }
}

/// Quoted-printable as the standard has it, white space at the end of lines kept.
fn unquoted(body: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut rest = body;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'=' {
            content.push(*byte);
        } else if let Some(behind) = rest.strip_prefix(b"\r\n") {
            rest = behind;
        } else {
            content.push(u8::from_str_radix(std::str::from_utf8(&rest[..2]).unwrap(), 16).unwrap());
            rest = &rest[2..];
        }
    }
    content
}

fn runs(text: &mut String, kind: &Kind, content: &[u8]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut add = |text: &mut String, said: &str, at: usize, length: usize, even: bool| {
        let start = text.len() as u32;
        text.push_str(said);
        let (run, content) = (start..text.len() as u32, at as u32..(at + length) as u32);
        match runs.last_mut() {
            Some(last) if even && last.even && last.content.end == content.start && last.text.end == run.start => {
                (last.text.end, last.content.end) = (run.end, content.end);
            }
            _ => runs.push(Run { text: run, content, even }),
        }
    };
    if kind.charset == "utf-16le" {
        for (number, pair) in content.chunks_exact(2).enumerate() {
            let letter = char::from_u32(u32::from(u16::from_le_bytes([pair[0], pair[1]]))).unwrap();
            add(text, &letter.to_string(), number * 2, 2, false);
        }
    } else if kind.charset == "iso-8859-1" {
        for (at, byte) in content.iter().enumerate() {
            add(text, &char::from(*byte).to_string(), at, 1, byte.is_ascii());
        }
    } else if kind.html {
        let html = std::str::from_utf8(content).unwrap();
        let mut at = 0;
        while let Some(letter) = html[at..].chars().next() {
            let length = match letter {
                '<' => html[at..].find('>').unwrap() + 1,
                '&' => html[at..].find(';').unwrap() + 1,
                _ => letter.len_utf8(),
            };
            match &html[at..at + length] {
                "<br>" => text.push('\n'),
                "&eacute;" => add(text, "é", at, length, false),
                "&amp;" => add(text, "&", at, length, false),
                "&nbsp;" => add(text, "\u{A0}", at, length, false),
                _ if letter == '<' => {}
                said => add(text, said, at, length, true),
            }
            at += length;
        }
    } else {
        add(text, std::str::from_utf8(content).unwrap(), 0, content.len(), true);
    }
    runs
}

/// Replaces every occurrence of each first by its second.
fn changes(tree: &Tree, wanted: &[(&str, &str)]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (index, piece) in tree.pieces.iter().enumerate() {
        let text = &tree.text[piece.text.start as usize..piece.text.end as usize];
        for (old, new) in wanted {
            for (at, _) in text.match_indices(old) {
                let start = piece.text.start + at as u32;
                let with = (*new).to_owned();
                changes.push(Change::Replace { piece: index as u32, text: start..start + old.len() as u32, with });
            }
        }
    }
    changes
}

fn rewritten(sample: &Sample, wanted: &[(&str, &str)]) -> Result<String, CannotEdit> {
    let changes = changes(&sample.tree, wanted);
    assert!(!changes.is_empty());
    let splices = plan(&sample.tree, &sample.raw, &changes)?;
    let new = apply(&sample.raw, &splices);
    let body = sample.tree.parts[0].body.start as usize;
    assert_eq!(new[..body], sample.raw[..body]);
    Ok(new[body..].iter().copied().map(char::from).collect())
}

/// What a mail program reads in the message's text.
fn read(raw: &[u8]) -> String {
    let message = mail_parser::MessageParser::default().parse(raw).unwrap();
    let part = message.parts.iter().find(|part| part.is_text()).unwrap();
    part.text_contents().unwrap().replace("\r\n", "\n")
}

const NAMES: &[(&str, &str)] = &[("Jane Smith", "JS"), ("Zoé Miller", "ZM")];

// ---- Bodies ----

#[test]
fn only_the_named_bytes_change() {
    let latin = Kind { charset: "iso-8859-1", ..PLAIN };
    let latin_quoted = Kind { charset: "iso-8859-1", ..QUOTED };
    let html_quoted = Kind { html: true, ..QUOTED };
    let long = "x".repeat(70);
    let table: Vec<(&str, &Kind, Vec<u8>, String)> = vec![
        (
            "plain",
            &PLAIN,
            b"Dear all,\r\nJane Smith and Jane Smith.\r\n".to_vec(),
            "Dear all,\r\nJS and JS.\r\n".into(),
        ),
        ("plain, line feeds", &PLAIN, b"Dear all,\nJane Smith\n".to_vec(), "Dear all,\nJS\n".into()),
        ("latin-1", &latin, b"caf\xE9 Zo\xE9 Miller \xE9".to_vec(), "caf\u{E9} ZM \u{E9}".into()),
        ("quoted", &QUOTED, b"=C3=A9 Jane=20Smith =3D=\r\nx =\r\n".to_vec(), "=C3=A9 JS =3D=\r\nx =\r\n".into()),
        ("quoted, accents", &QUOTED, b"a Zo=C3=A9 Miller b=c3=a9\r\n".to_vec(), "a ZM b=c3=a9\r\n".into()),
        ("quoted, across a soft break", &QUOTED, b"ab Jane Sm=\r\nith cd\r\n".to_vec(), "ab JS cd\r\n".into()),
        (
            "quoted, a long line behind a soft break",
            &QUOTED,
            format!("{long} Ja=\r\nne Smith {long}\r\n").into_bytes(),
            format!("{long} JS=\r\n {long}\r\n"),
        ),
        ("quoted latin-1", &latin_quoted, b"Zo=E9 Miller =E9\r\n".to_vec(), "ZM =E9\r\n".into()),
        ("base64", &BASE64, b"SmFuZSBTbWl0aCBpcyBpbGw=\r\n\r\n".to_vec(), "SlMgaXMgaWxs\r\n\r\n".into()),
        ("html", &HTML, b"<p>Jane Smith &amp; Co</p>".to_vec(), "<p>JS &amp; Co</p>".into()),
        ("html, tags inside", &HTML, b"<b>Jane</b> <i>Smith</i>!".to_vec(), "<b>JS</b><i></i>!".into()),
        ("html, a line between", &HTML, b"Jane <br>x".to_vec(), String::new()),
        ("html, entities", &HTML, b"Zo&eacute; Miller &eacute;".to_vec(), "ZM &eacute;".into()),
        (
            "quoted html",
            &html_quoted,
            b"<p style=3D\"a\">Jane <b>Smith</b></p>".to_vec(),
            "<p style=3D\"a\">JS<b></b></p>".into(),
        ),
    ];
    for (name, kind, body, expected) in table {
        if expected.is_empty() {
            continue;
        }
        let sample = sample(kind, &body);
        assert_eq!(rewritten(&sample, NAMES).unwrap(), expected, "{name}");
    }
    let sixteen = Kind { charset: "utf-16le", ..BASE64 };
    let body: Vec<u8> = "Dear Jane Smith, hello".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let sample = sample(&sixteen, base64::engine::general_purpose::STANDARD.encode(body).as_bytes());
    let body = rewritten(&sample, NAMES).unwrap();
    let content = decoded(Encoding::Base64, body.as_bytes());
    assert_eq!(content, "Dear JS, hello".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
}

#[test]
fn letters_are_written_in_the_charset_of_the_part() {
    let latin = Kind { charset: "iso-8859-1", ..PLAIN };
    let ascii = Kind { charset: "us-ascii", ..PLAIN };
    let html_ascii = Kind { html: true, ..ascii };
    let html_latin = Kind { charset: "iso-8859-1", html: true, ..QUOTED };
    let wanted = [("Jane Smith", "É.<Ł>")];
    let accent = [("Jane Smith", "É.")];
    let table: Vec<(&str, &Kind, &[u8], &[(&str, &str)], Result<&str, CannotEdit>)> = vec![
        ("8-bit UTF-8", &PLAIN, b"\xC3\xA9 Jane Smith", &accent, Ok("\u{C3}\u{A9} \u{C3}\u{89}.")),
        ("a body that was 7-bit", &PLAIN, b"a Jane Smith", &accent, Err(CannotEdit::Charset)),
        ("latin-1", &latin, b"\xE9 Jane Smith", &accent, Ok("\u{E9} \u{C9}.")),
        ("latin-1 lacks it", &latin, b"\xE9 Jane Smith", &wanted, Err(CannotEdit::Charset)),
        ("us-ascii", &ascii, b"Jane Smith", &accent, Err(CannotEdit::Charset)),
        ("html in us-ascii", &html_ascii, b"<p>Jane Smith</p>", &wanted, Ok("<p>&#201;.&lt;&#321;&gt;</p>")),
        ("quoted", &QUOTED, b"Jane Smith", &accent, Ok("=C3=89.")),
        ("html quoted, latin-1", &html_latin, b"Jane Smith =E9", &accent, Ok("=C9. =E9")),
    ];
    for (name, kind, body, wanted, expected) in table {
        let sample = sample(kind, body);
        assert_eq!(rewritten(&sample, wanted).as_deref(), expected.as_ref().map(|said| *said), "{name}");
    }
}

#[test]
fn quoted_lines_stay_short_when_they_grow() {
    let body = format!("{} Jane Smith {}\r\nnext line\r\n", "a".repeat(30), "b".repeat(34));
    let sample = sample(&QUOTED, body.as_bytes());
    let with = "é".repeat(40);
    let new = rewritten(&sample, &[("Jane Smith", &with)]).unwrap();
    assert!(new.lines().all(|line| line.len() <= 76), "{new}");
    let content = decoded(Encoding::QuotedPrintable, new.as_bytes());
    assert_eq!(String::from_utf8(content).unwrap(), body.replace("Jane Smith", &with));
}

#[test]
fn what_cannot_be_done_exactly_is_refused() {
    let sample = sample(&PLAIN, b"Dear Jane Smith");
    let replace = |text: std::ops::Range<u32>| Change::Replace { piece: 0, text, with: "JS".to_owned() };
    let table: Vec<(&str, Vec<Change>, CannotEdit)> = vec![
        ("twice", vec![replace(5..15), replace(8..12)], CannotEdit::Overlap),
        ("no such piece", vec![Change::Replace { piece: 9, text: 0..1, with: String::new() }], CannotEdit::OutOfRange),
        ("outside", vec![replace(5..99)], CannotEdit::OutOfRange),
        ("no such part", vec![Change::Append { part: 7, text: "x".into(), html: false }], CannotEdit::OutOfRange),
        ("html in plain", vec![Change::Append { part: 0, text: "x".into(), html: true }], CannotEdit::NotEditable),
        (
            "the message itself",
            vec![Change::ReplacePart { part: 0, headers: String::new(), body: vec![] }],
            CannotEdit::NotEditable,
        ),
        ("no such field", vec![Change::RemoveHeader { field: 3 }], CannotEdit::OutOfRange),
    ];
    for (name, changes, expected) in table {
        assert_eq!(plan(&sample.tree, &sample.raw, &changes), Err(expected), "{name}");
    }
    let mut other = Sample { raw: sample.raw.clone(), tree: sample.tree.clone() };
    other.tree.parts[0].editable = false;
    assert_eq!(plan(&other.tree, &other.raw, &[replace(5..15)]), Err(CannotEdit::NotEditable));
    let mut changed = sample.raw.clone();
    let at = changed.len() - 1;
    changed[at] = b'x';
    assert_eq!(plan(&sample.tree, &changed, &[replace(5..15)]), Err(CannotEdit::Mismatch));
    let mut lost = sample.tree.clone();
    lost.pieces[0].runs.clear();
    assert_eq!(plan(&lost, &sample.raw, &[replace(5..15)]), Err(CannotEdit::NoWayBack));
    assert_eq!(format!("{:?}", replace(5..15)), "(change)");
}

#[test]
fn a_disclaimer_is_added_once_at_the_end() {
    let html_quoted = Kind { html: true, ..QUOTED };
    let ascii_html = Kind { html: true, charset: "us-ascii", ..PLAIN };
    let sixteen = Kind { charset: "utf-16le", ..BASE64 };
    let text = "--\nThe School – sent by staff =\n";
    let table: Vec<(&str, &Kind, &[u8], &str, bool, &str)> = vec![
        ("plain", &PLAIN, b"Dear \xC3\xA9ll\r\n", text, false, "Dear éll\n--\nThe School – sent by staff =\n"),
        ("plain without an end", &PLAIN, b"Dear \xC3\xA9ll", "x\n", false, "Dear éll\nx\n"),
        ("quoted", &QUOTED, b"Dear =C3=A9ll=\r\n", text, false, "Dear éll\n--\nThe School – sent by staff =\n"),
        ("base64", &BASE64, b"RGVhciBhbGw=\r\n", text, false, "Dear all\n--\nThe School – sent by staff =\n"),
        ("empty base64", &BASE64, b"", "x", false, "x\n"),
        (
            "html",
            &HTML,
            b"<p>\xC3\xA9</p></BODY></html>",
            "<p>The School \u{2013}</p>",
            true,
            "<p>é</p>\n<p>The School –</p>\n</BODY></html>",
        ),
        ("html, plain text", &html_quoted, b"<b>a</b>", "a < b\nc", false, "<b>a</b>\na &lt; b<br>\nc\n"),
        ("html in us-ascii", &ascii_html, b"a</body>", "\u{2013}", false, "a\n&#8211;\n</body>"),
    ];
    for (name, kind, body, text, html, expected) in table {
        let sample = sample(kind, body);
        let change = Change::Append { part: 0, text: text.to_owned(), html };
        let splices = plan(&sample.tree, &sample.raw, &[change]).unwrap();
        assert_eq!(splices.len(), 1, "{name}");
        let new = apply(&sample.raw, &splices);
        let message = mail_parser::MessageParser::default().parse(&new).unwrap();
        let said = match &message.parts[0].body {
            mail_parser::PartType::Text(text) | mail_parser::PartType::Html(text) => text.replace("\r\n", "\n"),
            _ => panic!("{name}"),
        };
        assert_eq!(said, expected, "{name}");
    }
    let ascii = Kind { charset: "us-ascii", ..PLAIN };
    let plain = sample(&ascii, b"Dear all");
    let change = Change::Append { part: 0, text: text.to_owned(), html: false };
    assert_eq!(plan(&plain.tree, &plain.raw, std::slice::from_ref(&change)), Err(CannotEdit::Charset));
    let body: Vec<u8> = "Dear all".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = sample(&sixteen, base64::engine::general_purpose::STANDARD.encode(body).as_bytes());
    let new = apply(&wide.raw, &plan(&wide.tree, &wide.raw, &[change]).unwrap());
    let content = decoded(Encoding::Base64, &new[wide.tree.parts[0].body.start as usize..]);
    let units: Vec<u16> = content.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    assert_eq!(String::from_utf16(&units).unwrap(), "Dear all\r\n--\r\nThe School – sent by staff =\r\n");
}

#[test]
fn an_attachment_gives_way_to_a_note() {
    let raw = b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\nPICTURE\r\n--b--\r\n".to_vec();
    let find = |what: &str| raw.windows(what.len()).position(|bytes| bytes == what.as_bytes()).unwrap() as u32;
    let mut root = part(&PLAIN);
    (root.container, root.declared) = (true, "multipart/mixed".to_owned());
    let mut picture = part(&PLAIN);
    picture.header = find("Content-Type: image")..find("PICTURE");
    picture.body = find("PICTURE")..find("PICTURE") + 7;
    let mut tree = Tree { parts: vec![root, picture], ..Tree::default() };
    let change =
        Change::ReplacePart { part: 1, headers: "Content-Type: text/plain\n".to_owned(), body: b"A note.".to_vec() };
    let new = apply(&raw, &plan(&tree, &raw, std::slice::from_ref(&change)).unwrap());
    let expected =
        String::from_utf8(raw.clone()).unwrap().replace("image/png\r\n\r\nPICTURE", "text/plain\r\n\r\nA note.");
    assert_eq!(String::from_utf8(new).unwrap(), expected);
    tree.parts[0].declared = "multipart/signed".to_owned();
    assert_eq!(plan(&tree, &raw, &[change]), Err(CannotEdit::NotEditable));
}

// ---- Header fields ----

/// A message with these fields; each value's runs are given as (text, raw, even).
fn with_fields(fields: &[(&str, &[(&str, &str, bool)])]) -> Sample {
    let (mut raw, mut tree) = (String::new(), Tree { parts: vec![part(&PLAIN)], ..Tree::default() });
    for (name, runs) in fields {
        raw.push_str(name);
        raw.push_str(": ");
        let start = raw.len() as u32;
        let text_start = tree.text.len() as u32;
        let mut made = Vec::new();
        for (text, written, even) in *runs {
            let (from, at) = (tree.text.len() as u32, raw.len() as u32);
            tree.text.push_str(text);
            raw.push_str(written);
            if !text.is_empty() {
                made.push(Run { text: from..tree.text.len() as u32, content: at..raw.len() as u32, even: *even });
            }
        }
        let text = text_start..tree.text.len() as u32;
        tree.text.push('\n');
        let piece = tree.pieces.len() as u32;
        tree.headers.push(Field { name: name.to_lowercase(), raw: start..raw.len() as u32, piece: Some(piece) });
        tree.pieces.push(Piece { place: Place::Subject, part: 0, text, runs: made, hidden: Vec::new() });
        raw.push_str("\r\n");
    }
    raw.push_str("\r\nbody\r\n");
    tree.parts[0].body = raw.len() as u32 - 6..raw.len() as u32;
    Sample { raw: raw.into_bytes(), tree }
}

#[test]
fn names_in_header_fields_become_initials() {
    type Runs<'a> = &'a [(&'a str, &'a str, bool)];
    let zoe = [("Zoé Miller", "ZM"), ("Jane Smith", "JS"), ("Jane\tSmith", "JS")];
    let table: Vec<(&str, Runs<'_>, Result<&str, CannotEdit>)> = vec![
        ("plain", &[("Re: Jane Smith, ill", "Re: Jane Smith, ill", true)], Ok("Re: JS, ill")),
        (
            "words",
            &[("Zoé Miller and Jane Smith", "=?utf-8?Q?Zo=C3=A9_Miller?=\r\n =?utf-8?Q?_and_Jane_Smith?=", false)],
            Ok("=?utf-8?Q?ZM_and_JS?="),
        ),
        (
            "base64 words",
            &[("Zoé Miller", "=?UTF-8?B?Wm/DqSBNaWxsZXI=?=", false), (" x", " x", true)],
            Ok("=?UTF-8?B?Wk0=?= x"),
        ),
        (
            "latin-1 words",
            &[("Zoé Miller à la carte", "=?iso-8859-1?q?Zo=E9_Miller_=E0_la_carte?=", false)],
            Ok("=?iso-8859-1?Q?ZM_=E0_la_carte?="),
        ),
        (
            "half a name in a word",
            &[("Re: ", "Re: ", true), ("Zoé", "=?utf-8?Q?Zo=C3=A9?=", false), (" Miller x", " Miller x", true)],
            Ok("Re: =?utf-8?Q?ZM?= x"),
        ),
        (
            "a word that keeps more",
            &[("Jane ", "Jane ", true), ("Smith é", "=?utf-8?Q?Smith_=C3=A9?=", false)],
            Ok("=?utf-8?Q?JS_=C3=A9?="),
        ),
        (
            "a word that would touch text",
            &[("Zoé", "=?utf-8?Q?Zo=C3=A9?=", false), (" Miller's", " Miller's", true)],
            Err(CannotEdit::NoWayBack),
        ),
        ("folded", &[("Re: Jane", "Re: Jane", true), (" ", "\r\n ", false), ("Smith", "Smith", true)], Ok("Re: JS")),
        (
            "folded, the line break no text",
            &[("Re: Jane", "Re: Jane", true), ("", "\r\n", false), ("\tSmith", "\tSmith", true)],
            Ok("Re: JS"),
        ),
        (
            "folded in front of a word that keeps more",
            &[
                ("Jane", "Jane", true),
                ("", "\r\n", false),
                (" ", " ", true),
                ("Smith é", "=?utf-8?Q?Smith_=C3=A9?=", false),
            ],
            Ok("=?utf-8?Q?JS_=C3=A9?="),
        ),
    ];
    for (name, runs, expected) in table {
        let sample = with_fields(&[("X-First", &[("a", "a", true)]), ("Subject", runs)]);
        let changes = changes(&sample.tree, &zoe);
        let planned = plan(&sample.tree, &sample.raw, &changes);
        let Ok(expected) = expected else {
            assert_eq!(planned.map(|_| ()), expected.map(|_| ()), "{name}");
            continue;
        };
        let splices = planned.unwrap();
        let new = String::from_utf8(apply(&sample.raw, &splices)).unwrap();
        assert_eq!(new, format!("X-First: a\r\nSubject: {expected}\r\n\r\nbody\r\n"), "{name}");
        let (edits, body) = header_edits(&sample.tree, &splices, &sample.raw);
        assert_eq!(edits, [HeaderEdit::Change { index: 1, value: Some(expected.as_bytes().to_vec()) }], "{name}");
        assert!(body.is_empty());
    }
}

#[test]
fn long_encoded_words_are_folded() {
    let text = "ééé Jane Smith ".repeat(12);
    let word = format!("=?utf-8?B?{}?=", base64::engine::general_purpose::STANDARD.encode(&text));
    for (manner, word) in [("B", word.clone()), ("Q", word.replace("?B?", "?Q?"))] {
        let sample = with_fields(&[("Subject", &[(&text, &word, false)])]);
        let changes = changes(&sample.tree, NAMES);
        let new = apply(&sample.raw, &plan(&sample.tree, &sample.raw, &changes).unwrap());
        let lines = String::from_utf8(new.clone()).unwrap();
        assert!(lines.lines().all(|line| line.len() <= 76), "{lines}");
        assert!(lines.contains(&format!("=?utf-8?{manner}?")));
        let read = mail_parser::MessageParser::default().parse(&new).unwrap();
        assert_eq!(read.subject().unwrap().trim_end(), text.replace("Jane Smith", "JS").trim_end());
    }
}

#[test]
fn fields_are_set_removed_and_added() {
    let one: &[(&str, &str, bool)] = &[("one", "one", true)];
    let sample = with_fields(&[("A", one), ("B", one), ("C", one)]);
    let changes = [
        Change::RemoveHeader { field: 0 },
        Change::SetHeader { field: 1, value: b"two\r\n three".to_vec() },
        Change::AddHeader { name: "D".to_owned(), value: b"four".to_vec() },
        Change::Append { part: 0, text: "end\n".to_owned(), html: false },
    ];
    let splices = plan(&sample.tree, &sample.raw, &changes).unwrap();
    let new = String::from_utf8(apply(&sample.raw, &splices)).unwrap();
    assert_eq!(new, "B: two\r\n three\r\nC: one\r\nD: four\r\n\r\nbody\r\nend\r\n");
    let (edits, body) = header_edits(&sample.tree, &splices, &sample.raw);
    let expected = [
        HeaderEdit::Change { index: 0, value: None },
        HeaderEdit::Change { index: 1, value: Some(b"two\r\n three".to_vec()) },
        HeaderEdit::Add(Header { name: b"D".to_vec(), value: b"four".to_vec() }),
    ];
    assert_eq!(edits, expected);
    assert_eq!(body.len(), 1);
    for value in ["x\r\nBcc: a@b.example", "x\n\n y", "x\r", "x\r y"] {
        let change = Change::SetHeader { field: 1, value: value.into() };
        assert_eq!(plan(&sample.tree, &sample.raw, &[change]), Err(CannotEdit::LineBreak), "{value:?}");
    }
}

// ---- Properties ----

fn quoted(content: &str, every: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut column = 0;
    for (at, byte) in content.bytes().enumerate() {
        if column >= 60 {
            out.extend(b"=\r\n");
            column = 0;
        }
        if byte == b'\n' {
            out.extend(b"\r\n");
            column = 0;
        } else if byte == b'=' || !byte.is_ascii() || at % every == 0 && byte != b'\r' {
            out.extend(format!("={byte:02X}").bytes());
            column += 3;
        } else if byte != b'\r' {
            out.push(byte);
            column += 1;
        }
    }
    out
}

fn outside(splices: &[Splice], raw: &[u8]) -> Vec<u8> {
    let empty: Vec<Splice> =
        splices.iter().map(|splice| Splice { raw: splice.raw.clone(), with: Vec::new() }).collect();
    apply(raw, &empty)
}

proptest! {
    #[test]
    fn reading_again_shows_the_new_text(
        words in prop::collection::vec(prop::sample::select(vec!["Jane Smith", "word ", "é", "\r\n", "=", " x", "Zoé Miller", "a longer run of words, "]), 1..30),
        every in 1usize..40, which in 0usize..3, with in "[A-Zé=]{0,4}",
    ) {
        let text = format!("é{}Jane Smith.", words.concat());
        let (kind, body) = match which {
            0 => (&PLAIN, text.clone().into_bytes()),
            1 => (&QUOTED, quoted(&text, every)),
            _ => {
                let digits = base64::engine::general_purpose::STANDARD.encode(&text);
                let lines: Vec<&[u8]> = digits.as_bytes().chunks(64).collect();
                (&BASE64, lines.join(&b"\r\n"[..]))
            }
        };
        let sample = sample(kind, &body);
        let wanted = [("Jane Smith", with.as_str()), ("Zoé Miller", "ZM")];
        let splices = plan(&sample.tree, &sample.raw, &changes(&sample.tree, &wanted)).unwrap();
        let new = apply(&sample.raw, &splices);
        let expected = text.replace("Jane Smith", &with).replace("Zoé Miller", "ZM").replace("\r\n", "\n");
        // Readers drop white space at the end of quoted-printable lines; ours keeps what was there.
        let trim = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        prop_assert_eq!(trim(&read(&new)), trim(&expected));
        let lines = String::from_utf8_lossy(&new);
        prop_assert!(which != 1 || lines.lines().all(|line| line.len() <= 76 || line.starts_with("Content")));
        // Taking the new bytes out leaves the old ones without theirs: nothing else moved.
        let mut shift = 0_i64;
        let moved: Vec<Splice> = splices.iter().map(|splice| {
            let start = splice.raw.start.checked_add_signed(shift).unwrap();
            shift += (splice.with.len() as u64).cast_signed() - (splice.raw.end - splice.raw.start).cast_signed();
            Splice { raw: start..start + splice.with.len() as u64, with: Vec::new() }
        }).collect();
        prop_assert_eq!(outside(&moved, &new), outside(&splices, &sample.raw));
    }

    #[test]
    fn a_malformed_tree_does_no_harm(
        body in prop::collection::vec(any::<u8>(), 0..80), which in 0usize..3,
        numbers in prop::collection::vec(0u32..120, 12), even: bool, html: bool,
    ) {
        let encoding = [Encoding::Plain, Encoding::QuotedPrintable, Encoding::Base64][which];
        let mut sample = sample(&PLAIN, b"Dear Jane Smith, and some more words.");
        sample.raw.extend(&body);
        let part = &mut sample.tree.parts[0];
        (part.encoding, part.body) = (encoding, numbers[0]..numbers[1].max(numbers[0]));
        if html { part.declared = "text/html".to_owned(); }
        sample.tree.pieces[0].runs = vec![Run { text: numbers[2]..numbers[3], content: numbers[4]..numbers[5], even },
            Run { text: numbers[6]..numbers[7], content: numbers[8]..numbers[9], even: !even }];
        sample.tree.headers = vec![Field { name: "subject".to_owned(), raw: numbers[10]..numbers[11], piece: Some(0) }];
        let changes = [Change::Replace { piece: 0, text: numbers[2]..numbers[3], with: "é".to_owned() },
            Change::Append { part: 0, text: "x".to_owned(), html }];
        for changes in [&changes[..], &changes[..1], &changes[1..], &[Change::RemoveHeader { field: 0 }], &[Change::AddHeader { name: "A".into(), value: vec![] }]] {
            if let Ok(splices) = plan(&sample.tree, &sample.raw, changes) {
                let _ = header_edits(&sample.tree, &splices, &sample.raw);
                let _ = apply(&sample.raw, &splices);
            }
        }
        sample.tree.pieces[0].place = Place::Subject;
        let _ = plan(&sample.tree, &sample.raw, &changes[..1]);
    }
}
