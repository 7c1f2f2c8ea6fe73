//! Writes an example of a pack as the message a mail program would send.

use super::written::{Attachment, Example};
use crate::measure;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// The first bytes of a kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Bytes {
    Executable,
    Script,
    Macro,
    Archive,
    Encrypted,
    Picture,
    Sound,
    Film,
}

/// No example can make loading a pack expensive.
const LARGEST: u64 = 64 << 20;

/// So many people outside the school, each at a domain of their own.
pub(super) fn outsiders(number: u16, name: &str) -> impl Iterator<Item = String> {
    (1..=number).map(move |index| format!("{name}{index}@club{index}.example"))
}

/// The whole message: header, empty line, body; `Err` names what is wrong with the example.
pub(super) fn write(example: &Example, from: &str, date: &str) -> Result<Vec<u8>, String> {
    let mut letter = String::new();
    field(&mut letter, "From", from);
    let to: Vec<String> = example.to.iter().cloned().chain(outsiders(example.to_outsiders, "to")).collect();
    field(&mut letter, "To", &to.join(",\r\n "));
    field(&mut letter, "Cc", &example.cc.join(", "));
    field(&mut letter, "Subject", &words(&example.subject));
    field(&mut letter, "Date", date);
    field(&mut letter, "Message-ID", "<example@exeat.example>");
    field(&mut letter, "MIME-Version", "1.0");
    for (name, value) in &example.headers {
        field(&mut letter, name, &words(value));
    }
    let (inline, files): (Vec<&Attachment>, Vec<&Attachment>) =
        example.attachments.iter().partition(|attachment| attachment.inline);
    let shown = together("related", "=-shown-=", texts(example), &inline)?;
    letter += &together("mixed", "=-mixed-=", shown, &files)?;
    Ok(letter.into_bytes())
}

/// The text with what belongs to it; the text alone where nothing does.
fn together(kind: &str, boundary: &str, text: String, attachments: &[&Attachment]) -> Result<String, String> {
    if attachments.is_empty() {
        return Ok(text);
    }
    let mut whole = format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n{text}");
    for attachment in attachments {
        let _ = write!(whole, "--{boundary}\r\n{}", attached(attachment)?);
    }
    Ok(whole + "--" + boundary + "--\r\n")
}

fn field(letter: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        let _ = write!(letter, "{name}: {value}\r\n");
    }
}

/// RFC 2047, where a value is not plain ASCII.
fn words(value: &str) -> String {
    if value.is_ascii() {
        return value.replace(['\r', '\n'], " ");
    }
    let letters: Vec<char> = value.chars().collect();
    let encoded: Vec<String> = letters
        .chunks(10)
        .map(|chunk| format!("=?UTF-8?B?{}?=", STANDARD.encode(chunk.iter().collect::<String>())))
        .collect();
    encoded.join("\r\n ")
}

/// The text, the HTML text, or both side by side.
fn texts(example: &Example) -> String {
    let plain = text("plain", &example.body);
    if example.html.is_empty() {
        return plain;
    }
    let html = text("html", &example.html);
    if example.body.is_empty() {
        return html;
    }
    format!(
        "Content-Type: multipart/alternative; boundary=\"=-both-=\"\r\n\r\n--=-both-=\r\n{plain}--=-both-=\r\n{html}--=-both-=--\r\n"
    )
}

fn text(subtype: &str, content: &str) -> String {
    let content = content.lines().collect::<Vec<_>>().join("\r\n");
    format!("Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{content}\r\n")
}

fn attached(attachment: &Attachment) -> Result<String, String> {
    let mut content = attachment.content.clone().into_bytes();
    let mut kind = "application/octet-stream";
    if let Some(bytes) = attachment.kind {
        let (first, declared) = first_bytes(bytes);
        content = first;
        kind = declared;
    } else if !attachment.content.is_empty() {
        kind = if attachment.name.to_lowercase().ends_with(".csv") {
            "text/csv; charset=utf-8"
        } else {
            "text/plain; charset=utf-8"
        };
    }
    if let Some(size) = &attachment.size {
        let size = measure::size(size).filter(|size| *size <= LARGEST);
        let size = size.ok_or_else(|| "the attachment's size is none, or over 64 MiB".to_owned())?;
        content.resize(usize::try_from(size).unwrap_or(0).max(content.len()), 0);
    }
    let name = attachment.name.replace(['"', '\r', '\n'], "");
    let disposition = if attachment.inline { "inline" } else { "attachment" };
    let name =
        if name.is_ascii() { format!("filename=\"{name}\"") } else { format!("filename*=UTF-8''{}", percent(&name)) };
    let mut part = format!(
        "Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: {disposition}; {name}\r\n"
    );
    if attachment.inline {
        part += "Content-ID: <inline@exeat.example>\r\n";
    }
    part += "\r\n";
    for line in STANDARD.encode(&content).as_bytes().chunks(76) {
        part += &String::from_utf8_lossy(line);
        part += "\r\n";
    }
    Ok(part)
}

/// RFC 2231.
fn percent(name: &str) -> String {
    name.bytes().fold(String::new(), |mut name, byte| {
        if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
        name
    })
}

fn first_bytes(kind: Bytes) -> (Vec<u8>, &'static str) {
    match kind {
        Bytes::Executable => (program(), "application/octet-stream"),
        Bytes::Script => (b"#!/bin/sh\necho hello\n".to_vec(), "application/octet-stream"),
        Bytes::Macro => (
            zip(&["[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/vbaProject.bin"]),
            "application/octet-stream",
        ),
        Bytes::Archive => (zip(&["notes.txt"]), "application/zip"),
        // An archive of RAR 5 whose first header says that all others are encrypted.
        Bytes::Encrypted => (b"Rar!\x1A\x07\x01\0\0\0\0\0\x05\x04\0\0\0\x0F".to_vec(), "application/vnd.rar"),
        Bytes::Picture => (picture(), "image/png"),
        Bytes::Sound => (b"ID3\x03\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x00".to_vec(), "audio/mpeg"),
        Bytes::Film => (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom".to_vec(), "video/mp4"),
    }
}

/// The head of a Windows program: DOS header that points at `PE\0\0`.
fn program() -> Vec<u8> {
    let mut bytes = b"MZ".to_vec();
    bytes.resize(0x3c, 0);
    bytes.extend_from_slice(&0x80_u32.to_le_bytes());
    bytes.resize(0x80, 0);
    bytes.extend_from_slice(b"PE\0\0\x64\x86");
    bytes.resize(0x200, 0);
    bytes
}

/// A picture of one grey point.
fn picture() -> Vec<u8> {
    let mut bytes =
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00".to_vec();
    bytes.extend_from_slice(b"\x3a\x7e\x9b\x55\x00\x00\x00\x00IEND\xaeB\x60\x82");
    bytes
}

/// An archive of small stored files with these names.
fn zip(names: &[&str]) -> Vec<u8> {
    // CRC-32 of the one letter in each file.
    const CONTENT: &[u8] = b"x";
    const CHECKSUM: [u8; 4] = [0x83, 0x16, 0xdc, 0x8c];
    let number = |value: usize| u16::try_from(value).unwrap_or(u16::MAX).to_le_bytes();
    let offset = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
    let (mut files, mut directory) = (Vec::new(), Vec::new());
    for name in names {
        let at = files.len();
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x5a];
        common.extend_from_slice(&CHECKSUM);
        common.extend_from_slice(&offset(CONTENT.len()));
        common.extend_from_slice(&offset(CONTENT.len()));
        common.extend_from_slice(&number(name.len()));
        common.extend_from_slice(&[0, 0]);
        files.extend_from_slice(b"PK\x03\x04");
        files.extend_from_slice(&common);
        files.extend_from_slice(name.as_bytes());
        files.extend_from_slice(CONTENT);
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset(at));
        directory.extend_from_slice(name.as_bytes());
    }
    let (start, length) = (files.len(), directory.len());
    files.extend_from_slice(&directory);
    files.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    files.extend_from_slice(&number(names.len()));
    files.extend_from_slice(&number(names.len()));
    files.extend_from_slice(&offset(length));
    files.extend_from_slice(&offset(start));
    files.extend_from_slice(&[0, 0]);
    files
}
