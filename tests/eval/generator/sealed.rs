//! Files and messages that are protected, each beside what only looks so.

use super::carry::{Letter, base64_lines, lines};
use super::dice::Dice;
use making::{
    AUTH_ENVELOPED, COMPRESSED, ENVELOPED, armour, compressed, entry, enveloped, packet, secret, session, signed,
};

#[path = "../../sealed/making.rs"]
mod making;

/// A form: its class, whether it protects, and the letter with it.
pub struct Form {
    pub class: String,
    pub protects: bool,
    write: Box<dyn Fn(&mut Letter)>,
}

impl Form {
    /// Writes it into a letter.
    pub fn plant(&self, letter: &mut Letter) {
        (self.write)(letter);
        // An armour in HTML or behind quotes is no armour any more.
        letter.is_plain = self.class.starts_with("enc.whole.pgp") || self.class.starts_with("enc.link");
    }
}

/// All of them: every file that `tests/sealed` knows, and what is a message or a text.
pub fn forms() -> Vec<Form> {
    let files = making::forms().into_iter().map(|form| {
        let plain = |text: &str| text.to_lowercase().replace(['/', ' ', ','], "_").replace("__", "_");
        let (protects, name) = (form.protects(), file_name(form.row));
        let class = format!("enc.{}.{}", plain(form.row), plain(form.name));
        Form { class, protects, write: Box::new(move |letter| letter.office(name, &form.content)) }
    });
    let whole = WHOLE.iter().map(|(class, protects, write)| Form {
        class: format!("enc.{class}"),
        protects: *protects,
        write: Box::new(*write),
    });
    files.chain(whole).collect()
}

fn file_name(row: &str) -> &'static str {
    match row {
        "S/MIME" => "smime.p7m",
        "PGP" => "report.pgp",
        "rights-managed" => "message.rpmsg",
        "Office" => "report.xlsx",
        "legacy Office" => "report.doc",
        "ZIP" => "report.zip",
        "7z" => "report.7z",
        "RAR" => "report.rar",
        _ => "report.pdf",
    }
}

type Whole = (&'static str, bool, fn(&mut Letter));

const ENTITY: &[u8] = b"Content-Type: text/plain\r\n\r\nDear all, see you on Monday.\r\n";

const WHOLE: &[Whole] = &[
    ("whole.smime", true, |l| l.whole = Some(smime("enveloped-data", &enveloped(ENVELOPED)))),
    ("whole.smime_authenticated", true, |l| l.whole = Some(smime("authEnveloped-data", &enveloped(AUTH_ENVELOPED)))),
    ("whole.smime_compressed_fields", false, |l| l.whole = Some(smime("enveloped-data", &enveloped(COMPRESSED)))),
    ("whole.smime_compressed", false, |l| l.whole = Some(smime("compressed-data", &compressed(ENTITY)))),
    ("whole.smime_signed", false, |l| l.whole = Some(smime("enveloped-data", &signed(&making::tlv(4, ENTITY))))),
    ("whole.smime_clear_signed", false, |l| l.whole = Some(clear_signed())),
    ("whole.pgp_inline", true, |l| l.say(&encrypted_armour())),
    ("whole.pgp_inline_literal", false, |l| l.say(&armour("MESSAGE", "", &packet(11, b"b\0\0\0\0\0Dear all")))),
    ("whole.pgp_signed_text", false, |l| {
        l.say("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nDear all\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----");
    }),
    ("whole.pgp_mime", true, |l| l.whole = Some(pgp_mime(&encrypted_armour()))),
    ("whole.pgp_mime_says_so", false, |l| l.whole = Some(pgp_mime("Dear all, see you on Monday."))),
    ("file.message_html", false, |l| l.attach("message.html", "text/html", b"<p>Sign in to read your message</p>")),
    ("file.zip_clear", false, |l| l.attach("a.zip", "application/zip", &super::files::zip(&[("a.txt", b"Dear all")]))),
    ("file.docx_clear", false, |l| {
        l.office("protected.docx", &super::files::docx(&super::files::paragraph("Dear all"), &[]));
    }),
    ("file.xlsx_sheet_protected", false, |l| {
        let sheet =
            format!("{}<sheetProtection sheet=\"1\" hashValue=\"x\"/>", super::files::rows(&[&["Dear", "all"]]));
        l.office("protected.xlsx", &super::files::xlsx(&[("Protected", "visible", &sheet)]));
    }),
    ("file.docx_write_reserved", false, |l| {
        let settings =
            "<w:settings xmlns:w=\"w\"><w:writeProtection w:recommended=\"1\" w:hashValue=\"x\"/></w:settings>";
        let body = super::files::paragraph("Dear all");
        l.office("reserved.docx", &super::files::docx(&body, &[("word/settings.xml", settings.to_owned())]));
    }),
    ("link.own_storage", true, |l| l.say("The file is at https://school.storage.example/s/9f3c1e for you.")),
    ("link.plain", false, |l| l.say("The file is at http://school.storage.example/s/9f3c1e for you.")),
    ("link.other_host", false, |l| l.say("The file is at https://files.partner.example/s/9f3c1e for you.")),
    ("link.lookalike_host", false, |l| l.say("The file is at https://school.storage.example.files.example/s/9f3c1e")),
];

fn encrypted_armour() -> String {
    armour("MESSAGE", "", &[session(), secret()].concat())
}

fn smime(kind: &str, content: &[u8]) -> (String, String) {
    let fields = format!("Content-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m\r\n");
    (fields + "Content-Transfer-Encoding: base64\r\n", base64_lines(content))
}

fn clear_signed() -> (String, String) {
    let fields = "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=\"=_signed\"\r\n";
    let signature =
        "Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n";
    let entity = String::from_utf8_lossy(ENTITY);
    let signed = base64_lines(&signed(b""));
    (fields.to_owned(), format!("--=_signed\r\n{entity}--=_signed\r\n{signature}\r\n{signed}\r\n--=_signed--\r\n"))
}

fn pgp_mime(data: &str) -> (String, String) {
    let fields = "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"=_pgp\"\r\n";
    let control = "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n";
    let data = format!("Content-Type: application/octet-stream\r\n\r\n{}\r\n", lines(data));
    (fields.to_owned(), format!("--=_pgp\r\n{control}--=_pgp\r\n{data}--=_pgp--\r\n"))
}

/// A protected file, for what leaks beside it.
pub fn protected_file(letter: &mut Letter) {
    letter.attach("review.zip", "application/zip", &making::zip(&[entry("review.docx", 1, 99)], b""));
}

/// An archive whose first header says that all others are encrypted.
pub const LOCKED: &[u8] = b"Rar!\x1A\x07\x01\0\0\0\0\0\x05\x04\0\0\0\x0F";

/// Ways to tell a password.
pub const TELLING: [fn(&str) -> String; 6] = [
    |secret| format!("The password is {secret} as usual."),
    |secret| format!("Hi, the pw for the file is {secret}, see you on Monday."),
    |secret| format!("Password: {secret}"),
    |secret| format!("Open it with the password ({secret}) and save it."),
    |secret| format!("The password for the protected document will be {secret}."),
    |secret| format!("Thank you.\n\nOn 2 March 2026 the office wrote:\n> The password is {secret}"),
];

/// Ways to speak of one without telling it.
pub const NOT_TELLING: [&str; 5] = [
    "Please use the usual password.",
    "The password is the same as last week.",
    "I will ring you with the password.",
    "The password is the name of our first dog.",
    "The password will be sent by text.",
];

/// A password as people make them up.
pub fn password(dice: &mut Dice) -> String {
    format!("Otter{}brook", dice.digits(3))
}
