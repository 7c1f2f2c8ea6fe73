//! Raw messages in the making.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const HEAD: &str = "From: <r.marlow@school.example>\r\nDate: Tue, 10 Mar 2026 10:15:00 +0000\r\nMessage-ID: <1@school.example>\r\nMIME-Version: 1.0\r\n";

/// A message: these header fields and this body behind the usual ones.
pub fn message(fields: &str, body: &[u8]) -> Vec<u8> {
    [HEAD.as_bytes(), fields.as_bytes(), b"\r\n", body].concat()
}

/// Text with the line ends of mail.
pub fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// A message of plain text.
pub fn plain(text: &str) -> Vec<u8> {
    message("Subject: News\r\nContent-Type: text/plain; charset=utf-8\r\n", lines(text).as_bytes())
}

/// A message of HTML.
pub fn html(text: &str) -> Vec<u8> {
    message("Subject: News\r\nContent-Type: text/html; charset=utf-8\r\n", lines(text).as_bytes())
}

/// A message with an attachment: its own header fields and its body as they stand in the message.
pub fn with_part(fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\n{fields}\r\n");
    message(
        "Subject: News\r\nContent-Type: multipart/mixed; boundary=b\r\n",
        &[head.as_bytes(), body, b"\r\n--b--\r\n"].concat(),
    )
}

/// A message with a file, in base64.
pub fn with_file(kind: &str, name: &str, content: &[u8]) -> Vec<u8> {
    let fields = format!(
        "Content-Type: {kind}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n"
    );
    with_part(&fields, base64_lines(content).as_bytes())
}

pub fn base64_of(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub fn base64_lines(bytes: &[u8]) -> String {
    let whole = base64_of(bytes);
    whole.as_bytes().chunks(76).flat_map(|line| [str::from_utf8(line).unwrap(), "\r\n"]).collect()
}

/// Quoted-printable: every byte that is not a plain letter as `=XX`.
pub fn hex(bytes: &[u8]) -> String {
    let letter = |byte: &u8| {
        if byte.is_ascii_alphanumeric() { char::from(*byte).to_string() } else { format!("={byte:02X}") }
    };
    bytes.iter().map(letter).collect()
}

pub fn percent(bytes: &[u8]) -> String {
    hex(bytes).replace('=', "%")
}

pub fn utf16(text: &str, big: bool) -> Vec<u8> {
    let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(unit).collect()
}

/// Latin-1, or nothing where the text has other letters.
pub fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// A text with something made of each of its letters.
pub fn each(text: &str, make: impl Fn(char) -> String) -> String {
    text.chars().map(make).collect::<Vec<_>>().concat()
}
