//! What the fuzzers begin with: small things of each kind, made here.

use base64::Engine as _;
use exeat::milter::wire::{Actions, Command, Offer, Protocol};

/// Target, name of the file, content.
pub type Seed = (&'static str, String, Vec<u8>);

/// All seeds.
pub fn all() -> Vec<Seed> {
    let named = |(target, name, content): (&'static str, &str, Vec<u8>)| (target, name.to_owned(), content);
    let mut all = vec![
        ("wire", "message", conversation(0x1f_ffff)),
        ("wire", "message-with-replies", conversation(0)),
        ("wire", "two-messages", [conversation(0x1f_ffff), message()].concat()),
        ("wire", "offer-alone", [&[3], offer(0).as_slice()].concat()),
    ];
    all.extend(TEXTS.iter().map(|(name, way, text)| ("fold", *name, [&[*way], text.as_bytes()].concat())));
    for target in ["tree", "edit", "inspect"] {
        all.extend(MESSAGES.iter().map(|(name, text)| (target, *name, text.replace('\n', "\r\n").into_bytes())));
        all.push((target, "files.eml", with_files()));
    }
    all.extend(INSIDE.iter().map(|(name, number, text)| ("open", *name, [&[number * 2], text.as_bytes()].concat())));
    for (name, content) in raw_files() {
        all.push(("open", name, [&[0], content.as_slice()].concat()));
    }
    all.into_iter().map(named).chain(sealed()).chain(containers()).collect()
}

// ---- The relay ----

fn offer(protocol: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let offer = Offer { version: 6, actions: Actions(0x1ff), protocol: Protocol(protocol) };
    Command::Negotiate(offer).encode(&mut out);
    out
}

/// A packet with a letter and this data.
fn packet(letter: u8, data: &[u8]) -> Vec<u8> {
    [&(data.len() as u32 + 1).to_be_bytes()[..], &[letter], data].concat()
}

fn message() -> Vec<u8> {
    [
        packet(b'D', b"Mi\0A1B2\0{auth_authen}\0r.marlow\0"),
        packet(b'M', b"<r.marlow@school.example>\0SIZE=100\0"),
        packet(b'R', b"<a@mail.example>\0NOTIFY=NEVER\0"),
        packet(b'R', b"<b@mail.example>\0"),
        packet(b'T', b""),
        packet(b'L', b"Subject\0 News\0"),
        packet(b'L', b"To\0 a@mail.example,\n b@mail.example\0"),
        packet(b'N', b""),
        packet(b'B', b"Dear all,\r\n"),
        packet(b'B', b"see you on Monday.\r\n"),
        packet(b'E', b""),
    ]
    .concat()
}

fn conversation(protocol: u32) -> Vec<u8> {
    let connect = packet(b'C', b"mail.school.example\x004\0\x19192.0.2.1\0");
    let helo = packet(b'H', b"mail.school.example\0");
    [&[0], offer(protocol).as_slice(), &connect, &helo, &message(), &packet(b'A', b""), &packet(b'Q', b"")].concat()
}

// ---- Texts ----

const TEXTS: &[(&str, u8, &str)] = &[
    ("plain", 0, "Dear Zoë Łukaszewicz,\r\n\r\n> Ja\u{AD}ne\u{200B} SMITH\r\n>> wrote\r\n-- \r\nOﬃce ½"),
    ("flowed", 1, "Dear Jane \r\nSmith, \r\n> quoted \r\n> on\r\n-- \r\nthe office"),
    ("html", 2, "<p>Dear&nbsp;Jane<br>Sm<b>ith</b> &eacute;<!-- x --><span style='display:none'>y</span></p>"),
    ("one-byte", 3, "Dear Zo\u{EB}"),
    ("marks", 0, "Zoe\u{308} Й\u{301} ǅ İ Σ 한 中 😀 \u{202E}x\u{202C} \u{FEFF}"),
];

// ---- Messages ----

const MESSAGES: &[(&str, &str)] = &[
    (
        "plain.eml",
        "From: <r.marlow@school.example>\nTo: <a@mail.example>\nSubject: Jane Smith\n\nJane Smith did well.\nHer number is B801200005001.\n",
    ),
    (
        "words.eml",
        "From: =?utf-8?Q?Ruth?= <r.marlow@school.example>\nSubject: =?utf-8?B?SmFuZSBTbWl0aA==?=\n =?iso-8859-1?Q?_und_Zo=EB?=\nContent-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: quoted-printable\n\nDear Zo=C3=AB =\n=C5=81ukaszewicz=20\n> quoted\n",
    ),
    (
        "alternative.eml",
        "Subject: Trip\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=\"b\"\n\npreamble\n--b\nContent-Type: text/plain\n\nJane Smith has a place.\n--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\nPHA+SmFuZTxiPiBTbWl0aDwvYj4gaGFzIGEgcGxhY2UuPC9wPjwvYm9keT4=\n--b--\nepilogue\n",
    ),
    (
        "nested.eml",
        "Subject: Fwd\nContent-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\nSubject: Jane Smith\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nwords of the inner one\n--i\nContent-Type: text/csv; name=\"list.csv\"\n\nForename,Surname\nJane,Smith\n--i--\n--o\nContent-Type: application/octet-stream; name*=utf-8''J%61ne%20Smith.txt\nContent-Disposition: attachment\n\nwords\n--o--\n",
    ),
    (
        "signed.eml",
        "Subject: Signed\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=s\n\n--s\nContent-Type: text/plain\n\nJane Smith did well.\n--s\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMIIB\n--s--\n",
    ),
    (
        "written-files.eml",
        "Subject: Files in the text\nContent-Type: text/plain\n\nbefore\nbegin 644 a.txt\n%:&5L;&\\*\n`\nend\n-----BEGIN PGP MESSAGE-----\n\nyxRiAGEAAAAAAERlYXIgYWxs\n=AbCd\n-----END PGP MESSAGE-----\nbehind\n",
    ),
    (
        "calendar.eml",
        "Subject: Meeting\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Jane\n  Smith\nATTENDEE;CN=\"Zoë Ł\":mailto:a@mail.example\nEND:VEVENT\nEND:VCALENDAR\n",
    ),
    (
        "details.eml",
        "Subject: Details\n\nIBAN GB29 NWBK 6016 1331 9268 19, card 4111 1111 1111 1111, AB 12 34 56 C,\nborn 01/02/2013, 07700 900123, the password is Conker42.\n> P<GBRSMITH<<JANE<<<<<<<<<<<<<<<<<<<<<<<<<<<<<\n",
    ),
];

/// A message with small files of several kinds.
fn with_files() -> Vec<u8> {
    let mut raw =
        "Subject: Files\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the files.\r\n".to_owned();
    let word = crate::fuzzing::files::wrapped(1, b"<w:p><w:r><w:t>Jane Smith</w:t></w:r></w:p>");
    for (name, content) in raw_files().into_iter().chain([("a.docx", word)]) {
        raw += &format!(
            "--b\r\nContent-Type: application/octet-stream; name={name}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        );
        for line in base64::engine::general_purpose::STANDARD.encode(content).as_bytes().chunks(76) {
            raw += str::from_utf8(line).unwrap();
            raw += "\r\n";
        }
    }
    (raw + "--b--\r\n").into_bytes()
}

// ---- Files ----

/// What stands in a wrapping: name, number of the wrapping, text.
const INSIDE: &[(&str, u8, &str)] = &[
    (
        "word-body",
        1,
        "<w:p><w:r><w:t>Jane</w:t></w:r><w:del><w:r><w:delText>Smith</w:delText></w:r></w:del><w:tbl><w:tr><w:tc><w:p><w:r><w:t>7B</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:p></w:body></w:document>",
    ),
    (
        "word-document",
        2,
        "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><w:document xmlns:w=\"w\"><w:body><w:p w:x='&amp;'><w:r><w:rPr><w:vanish/></w:rPr><w:t>&#x4A;ane</w:t></w:r></w:p></w:body></w:document>",
    ),
    (
        "word-comments",
        3,
        "<w:comments xmlns:w=\"w\"><w:comment w:author=\"Ruth\"><w:p><w:r><w:t>Jane</w:t></w:r></w:p></w:comment></w:comments>",
    ),
    (
        "word-properties",
        4,
        "<Properties><property name=\"Pupil\"><vt:lpwstr>Jane Smith</vt:lpwstr></property></Properties>",
    ),
    (
        "sheet-rows",
        5,
        "<row r=\"1\" hidden=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Jane</t></is></c><c r=\"B1\" t=\"s\"><v>0</v></c><c r=\"XFD1\"><f>A1</f><v>3</v></c></row></sheetData></worksheet>",
    ),
    (
        "sheet",
        6,
        "<worksheet><cols><col min=\"1\" max=\"2\" hidden=\"1\"/></cols><sheetProtection/><sheetData><row><c><v>1</v></c></row></sheetData><hyperlinks><hyperlink ref=\"A1\" display=\"x\"/></hyperlinks></worksheet>",
    ),
    (
        "sheet-strings",
        7,
        "<sst><si><t>Jane</t></si><si><r><t>Smi</t></r><r><t>th</t></r><rPh><t>x</t></rPh></si></sst>",
    ),
    (
        "workbook",
        8,
        "<workbook xmlns:r=\"r\"><sheets><sheet name=\"Marks\" sheetId=\"1\" state=\"hidden\" r:id=\"r1\"/></sheets><definedNames><definedName name=\"a\">b</definedName></definedNames></workbook>",
    ),
    (
        "slide",
        9,
        "<p:sld xmlns:p=\"p\" xmlns:a=\"a\" show=\"0\"><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>Jane</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>",
    ),
    (
        "word-relations",
        10,
        "<Relationships><Relationship Id=\"r1\" Target=\"https://a.example/Jane%20Smith\" TargetMode=\"External\"/></Relationships>",
    ),
    (
        "open-text",
        11,
        "<office:document-content><office:body><office:text><text:p>Jane<text:s text:c=\"3\"/>Smith</text:p></office:text></office:body></office:document-content>",
    ),
    (
        "open-sheet",
        12,
        "<office:document-content><office:spreadsheet><table:table table:name=\"a\"><table:table-row table:number-rows-repeated=\"9\"><table:table-cell table:number-columns-repeated=\"9\"><text:p>x</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:document-content>",
    ),
    (
        "open-about",
        13,
        "<office:document-meta><office:meta><dc:title>Jane</dc:title></office:meta></office:document-meta>",
    ),
    ("zip-of-text", 14, "Jane Smith"),
    ("gzip-of-text", 15, "Jane Smith"),
];

fn raw_files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a.pdf", pdf("BT /F1 12 Tf 20 80 Td (Jane Smith) Tj T* [(Zo) -20 (e)] TJ ET q 1 0 0 1 5 5 cm /X Do Q", "")),
        (
            "locked.pdf",
            pdf(
                "BT (x) Tj ET",
                "/Encrypt << /Filter /Standard /V 1 /R 2 /O (01234567890123456789012345678901) /U (01234567890123456789012345678901) /P -4 >> /ID [(a) (a)]",
            ),
        ),
        ("a.tar", tar("a.txt", b"Jane Smith")),
        ("a.csv", b"Forename,Surname\r\nJane,Smith\r\n".to_vec()),
        ("a.ics", b"BEGIN:VCARD\r\nFN:Jane Smith\r\nEND:VCARD\r\n".to_vec()),
        ("a.rtf", b"{\\rtf1\\ansi\\ansicpg1252{\\info{\\author Ruth}}Jane \\b Smith\\b0 \\'e9 \\u322?\\par{\\*\\x y}\\trowd Jane\\cell 7B\\cell\\row}".to_vec()),
        ("winmail.dat", b"\x78\x9F\x3E\x22\x01\0\x01\x04\x80\x01\0\x05\0\0\0News\0\x8F\x01".to_vec()),
        ("a.gif", b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF!\xFE\x0AJane Smith\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;".to_vec()),
        ("a.jpg", b"\xFF\xD8\xFF\xE1\0\x2AExif\0\0II\x2A\0\x08\0\0\0\x01\0\x0E\x01\x02\0\x0A\0\0\0\x1A\0\0\0\0\0\0\0Jane Smith\xFF\xFE\0\x0CJane Smith\xFF\xD9".to_vec()),
        ("a.png", b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3A\x7E\x9B\x55\0\0\0\x10tEXtTitle\0Jane Smith\0\0\0\0".to_vec()),
        ("a.html", b"<html><table><tr><td>Jane<td>Smith</table>".to_vec()),
    ]
}

/// A PDF of one page.
fn pdf(content: &str, trailer: &str) -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> /Annots [<< /Type /Annot /Subtype /Text /Contents (note) >>] >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        "<< /Title (Jane Smith) >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = "xref\n0 7\n0000000000 65535 f \n".to_owned();
    for (number, object) in objects.iter().enumerate() {
        places += &format!("{:010} 00000 n \n", out.len());
        out += &format!("{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let start = out.len();
    out += &format!("{places}trailer\n<< /Size 7 /Root 1 0 R /Info 6 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n");
    out.into_bytes()
}

fn tar(name: &str, content: &[u8]) -> Vec<u8> {
    let mut tape = vec![0_u8; 512];
    tape[..name.len()].copy_from_slice(name.as_bytes());
    tape[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    tape[156] = b'0';
    tape[257..265].copy_from_slice(b"ustar\x0000");
    tape.extend_from_slice(content);
    tape.resize(tape.len().next_multiple_of(512) + 1024, 0);
    tape
}

// ---- What is encrypted, and what only looks so ----

#[path = "../sealed/making.rs"]
mod making;

/// Containers of every kind, for those who open them.
fn containers() -> impl Iterator<Item = Seed> {
    let message: [(&str, &[u8]); 3] = [
        ("__properties_version1.0", b""),
        ("__substg1.0_0037001F", b"J\0a\0n\0e\0"),
        ("__substg1.0_1000001E", b"Jane"),
    ];
    let message = making::ole(&message, [0; 16]);
    let files = sealed().map(|(_, name, content)| (name, content)).chain([("a-message.msg".to_owned(), message)]);
    files.map(|(name, content)| ("open", name, [&[0], content.as_slice()].concat()))
}

fn sealed() -> impl Iterator<Item = Seed> {
    making::forms().into_iter().map(|form| {
        let class = if form.protects() { "counts" } else { "looks" };
        let name = format!("{class} {} {}", form.row, form.name).to_lowercase();
        ("sealed", name.replace([' ', '/', ','], "-").replace("--", "-"), form.content)
    })
}
