//! Files that are protected, each beside one that only looks so.

use super::carry::{Letter, base64_lines};
use base64::Engine as _;

fn narrow(number: usize) -> u8 {
    u8::try_from(number).unwrap()
}

fn tlv(tag: u8, inner: &[u8]) -> Vec<u8> {
    let length = inner.len();
    let head = match length {
        0..=127 => vec![tag, narrow(length)],
        128..=255 => vec![tag, 0x81, narrow(length)],
        _ => vec![tag, 0x82, narrow(length >> 8), narrow(length & 255)],
    };
    [&head, inner].concat()
}

const ENVELOPED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03";
const COMPRESSED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x09";
const SIGNED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";
const DATA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01";

fn content_info(object: &[u8], body: &[u8]) -> Vec<u8> {
    tlv(0x30, &[tlv(6, object), tlv(0xA0, body)].concat())
}

fn enveloped(object: &[u8]) -> Vec<u8> {
    let recipients = tlv(0x31, &tlv(0x30, &[7; 40]));
    let secret =
        [tlv(6, DATA), tlv(0x30, &tlv(6, b"\x60\x86\x48\x01\x65\x03\x04\x01\x2A")), tlv(0x80, &[9; 200])].concat();
    content_info(object, &tlv(0x30, &[tlv(2, &[0]), recipients, tlv(0x30, &secret)].concat()))
}

fn signed(text: &[u8]) -> Vec<u8> {
    let inner = [tlv(6, DATA), tlv(0xA0, &tlv(4, text))].concat();
    content_info(SIGNED, &tlv(0x30, &[tlv(2, &[1]), tlv(0x31, &[]), tlv(0x30, &inner), tlv(0x31, &[])].concat()))
}

fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[0xC0 | tag, 0xFF], &u32::try_from(body.len()).unwrap().to_be_bytes()[..], body].concat()
}

fn pgp() -> Vec<u8> {
    [packet(1, &[&[3], &[1; 20][..]].concat()), packet(18, &[&[1], &[0xA5; 300][..]].concat())].concat()
}

fn armour(packets: &[u8]) -> String {
    let digits = base64::engine::general_purpose::STANDARD.encode(packets);
    let lines: Vec<&str> = digits.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PGP MESSAGE-----\n\n{}\n=AbCd\n-----END PGP MESSAGE-----", lines.join("\n"))
}

/// A ZIP file whose entries have these flags and this method.
fn zip(entries: &[(&str, u16, u16)]) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for (name, flags, method) in entries {
        let at = u32::try_from(out.len()).unwrap();
        let extra: &[u8] = if *method == 99 { &[1, 0x99, 7, 0, 2, 0, b'A', b'E', 3, 8, 0] } else { &[] };
        let mut fields: Vec<u8> = [20, *flags, *method, 0, 0].into_iter().flat_map(u16::to_le_bytes).collect();
        fields.extend([0_u32, 10, 10].into_iter().flat_map(u32::to_le_bytes));
        fields.extend(
            [name.len(), extra.len()].into_iter().flat_map(|length| u16::try_from(length).unwrap().to_le_bytes()),
        );
        out.extend([b"PK\x03\x04", fields.as_slice(), name.as_bytes(), extra, b"0123456789"].concat());
        central.extend(
            [b"PK\x01\x02\x14\x00", fields.as_slice(), &[0; 10], &at.to_le_bytes(), name.as_bytes(), extra].concat(),
        );
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let (start, size) =
        (u32::try_from(out.len()).unwrap().to_le_bytes(), u32::try_from(central.len()).unwrap().to_le_bytes());
    out.extend([central.as_slice(), b"PK\x05\x06\0\0\0\0", &count, &count, &size, &start, &[0, 0]].concat());
    out
}

fn seven_zip(id: u8, coder: &[u8]) -> Vec<u8> {
    let first: &[u8] = if id == 1 { &[1, 4] } else { &[id] };
    let header = [first, &[6, 0, 1, 9, 5, 0, 7, 0x0B, 1, 0, 1, narrow(coder.len())], coder, &[0x0C, 5, 0, 0]].concat();
    [
        b"7z\xBC\xAF\x27\x1C\0\x04\0\0\0\0".as_slice(),
        &4_u64.to_le_bytes(),
        &(header.len() as u64).to_le_bytes(),
        &[0; 8],
        &header,
    ]
    .concat()
}

fn rar5(blocks: &[&[u8]]) -> Vec<u8> {
    let blocks = blocks.iter().flat_map(|block| [&[0, 0, 0, 0, narrow(block.len())], *block].concat());
    b"Rar!\x1A\x07\x01\0".iter().copied().chain(blocks).collect()
}

/// A form: its name, whether it protects, and the letter with it.
pub type Form = (&'static str, bool, fn(&mut Letter));

pub const FORMS: &[Form] = &[
    ("enc.smime", true, |l| l.whole = Some(smime("enveloped-data", &enveloped(ENVELOPED)))),
    ("enc.smime_compressed", false, |l| l.whole = Some(smime("enveloped-data", &enveloped(COMPRESSED)))),
    ("enc.smime_signed", false, |l| {
        l.whole =
            Some(smime("enveloped-data", &signed(b"Content-Type: text/plain\r\n\r\nDear all, see you on Monday.\r\n")))
    }),
    ("enc.smime_file", true, |l| l.attach("smime.p7m", "application/pkcs7-mime", &enveloped(ENVELOPED))),
    ("enc.pgp_inline", true, |l| l.say(&armour(&pgp()))),
    ("enc.pgp_inline_literal", false, |l| l.say(&armour(&packet(11, b"b\0\0\0\0\0Dear all")))),
    ("enc.pgp_signed_text", false, |l| {
        l.say("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nDear all\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----")
    }),
    ("enc.pgp_mime", true, |l| l.whole = Some(pgp_mime(&armour(&pgp())))),
    ("enc.pgp_mime_says_so", false, |l| l.whole = Some(pgp_mime("Dear all, see you on Monday."))),
    ("enc.zip_aes", true, |l| l.attach("a.zip", "application/zip", &zip(&[("a.txt", 1, 99), ("b.txt", 1, 99)]))),
    ("enc.zip_one_clear", false, |l| l.attach("a.zip", "application/zip", &zip(&[("a.txt", 1, 99), ("b.txt", 0, 0)]))),
    ("enc.zip_clear", false, |l| l.attach("a.zip", "application/zip", &super::files::zip(&[("a.txt", b"Dear all")]))),
    ("enc.zip_weak", true, |l| l.attach("a.zip", "application/zip", &zip(&[("a.txt", 1, 8)]))),
    ("enc.7z_header", true, |l| l.office("a.7z", &seven_zip(0x17, b"\x06\xF1\x07\x01"))),
    ("enc.7z_files", true, |l| l.office("a.7z", &seven_zip(0x01, b"\x06\xF1\x07\x01"))),
    ("enc.7z_packed", false, |l| l.office("a.7z", &seven_zip(0x17, b"\x03\x01\x01"))),
    ("enc.rar", true, |l| l.office("a.rar", &rar5(&[&[4, 0, 0, 0, 15]]))),
    ("enc.rar_clear", false, |l| l.office("a.rar", &rar5(&[&[1, 0, 0], &[2, 0, 0, 9, 9]]))),
    ("enc.rights_managed", true, |l| {
        l.attach(
            "message.rpmsg",
            "application/x-microsoft-rpmsg-message",
            &[&b"\x76\xE8\x04\x60\xC4\x11\xE3\x86"[..], &[7; 100]].concat(),
        )
    }),
    ("enc.message_html", false, |l| l.attach("message.html", "text/html", b"<p>Sign in to read your message</p>")),
    ("enc.docx_clear", false, |l| {
        l.office("protected.docx", &super::files::docx(&super::files::paragraph("Dear all"), &[]))
    }),
    ("enc.pdf_name_only", false, |l| {
        l.attach("encrypted.pdf", "application/pdf", b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n")
    }),
];

fn smime(kind: &str, content: &[u8]) -> (String, String) {
    (
        format!(
            "Content-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n"
        ),
        base64_lines(content),
    )
}

fn pgp_mime(data: &str) -> (String, String) {
    let fields =
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"=_pgp\"\r\n".to_owned();
    let data = super::carry::lines(data);
    (
        fields,
        format!(
            "--=_pgp\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--=_pgp\r\nContent-Type: application/octet-stream\r\n\r\n{data}\r\n--=_pgp--\r\n"
        ),
    )
}

/// A protected file, for what leaks beside it.
pub fn protected_file(letter: &mut Letter) {
    letter.attach("review.zip", "application/zip", &zip(&[("review.docx", 1, 99)]));
}
