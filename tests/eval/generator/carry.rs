//! A letter, and the ways in which mail programs write it.

use super::dice::Dice;
use base64::Engine as _;

/// A letter in the making.
#[derive(Default)]
pub struct Letter {
    pub from: String,
    pub to: String,
    pub subject: String,
    /// More header fields, without their line ends.
    pub fields: Vec<String>,
    /// Paragraphs.
    pub text: Vec<String>,
    /// The text is written as `format=flowed`.
    pub is_flowed: bool,
    /// The text is written as it is, not as HTML or quoted.
    pub is_plain: bool,
    /// HTML that stands behind the paragraphs; the letter is HTML then.
    pub behind: String,
    /// Parts behind the text: header and body.
    pub parts: Vec<(String, String)>,
    /// The whole body with its header, in place of all that.
    pub whole: Option<(String, String)>,
}

impl Letter {
    /// A paragraph more.
    pub fn say(&mut self, text: &str) {
        self.text.push(text.to_owned());
    }
    pub fn flowed(&mut self, text: &str) {
        self.is_flowed = true;
        self.say(text);
    }
    pub fn html(&mut self, html: &str) {
        self.behind += html;
    }
    pub fn part(&mut self, fields: &str, body: &str) {
        self.parts.push((fields.to_owned(), body.to_owned()));
    }
    pub fn attach(&mut self, name: &str, kind: &str, content: &[u8]) {
        let fields = format!(
            "Content-Type: {kind}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n"
        );
        self.part(&fields, &base64_lines(content));
    }
    pub fn office(&mut self, name: &str, content: &[u8]) {
        self.attach(name, "application/octet-stream", content);
    }
    /// A file of which only the name matters.
    pub fn named_file(&mut self, parameter: &str) {
        let fields = format!(
            "Content-Type: application/octet-stream\r\nContent-Disposition: attachment;\r\n {parameter}\r\nContent-Transfer-Encoding: base64\r\n"
        );
        self.part(&fields, &base64_lines(b"\x01\x02nothing in it\x00"));
    }

    /// The message, its text in one of many ways.
    pub fn write(&self, number: usize, dice: &mut Dice) -> Vec<u8> {
        let day = 2 + number % 27;
        let mut head = format!(
            "From: <{}>\r\nTo: {}\r\nSubject: {}\r\nDate: {}, {day} Mar 2026 10:{:02}:00 +0000\r\nMessage-ID: <{number}@school.example>\r\nMIME-Version: 1.0\r\n",
            self.from,
            self.to,
            self.subject,
            ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][day % 7],
            number % 60,
        );
        for field in &self.fields {
            head += &format!("{field}\r\n");
        }
        let (fields, body) = match &self.whole {
            Some(whole) => whole.clone(),
            None => self.body(dice),
        };
        if self.parts.is_empty() {
            return format!("{head}{fields}\r\n{body}").into_bytes();
        }
        let mut mixed = format!("--=_mixed\r\n{fields}\r\n{body}\r\n");
        for (fields, body) in &self.parts {
            mixed += &format!("--=_mixed\r\n{fields}\r\n{body}\r\n");
        }
        format!("{head}Content-Type: multipart/mixed; boundary=\"=_mixed\"\r\n\r\n{mixed}--=_mixed--\r\n").into_bytes()
    }

    fn body(&self, dice: &mut Dice) -> (String, String) {
        let text = lines(&(self.text.join("\n\n") + "\n"));
        let markup = self.markup();
        if !self.behind.is_empty() {
            return written("text/html; charset=utf-8", &markup, dice.below(2) + 1);
        }
        if self.is_flowed {
            return written("text/plain; charset=utf-8; format=flowed", &text, dice.below(2));
        }
        match if self.is_plain { 0 } else { dice.below(9) } {
            0 => written("text/plain; charset=utf-8", &text, 0),
            1 => written("text/plain; charset=utf-8", &text, 1),
            2 => written("text/plain; charset=\"UTF-8\"", &text, 2),
            3 => written("text/html; charset=utf-8", &markup, 1),
            4 => {
                let (plain, plain_body) = written("text/plain; charset=utf-8", &text, 1);
                let (html, html_body) = written("text/html; charset=utf-8", &markup, 2);
                let body =
                    format!("--=_alt\r\n{plain}\r\n{plain_body}\r\n--=_alt\r\n{html}\r\n{html_body}\r\n--=_alt--\r\n");
                ("Content-Type: multipart/alternative; boundary=\"=_alt\"\r\n".to_owned(), body)
            }
            5 => in_charset("iso-8859-1", &text, |c| u8::try_from(u32::from(c)).ok().map(|byte| vec![byte])),
            6 => in_charset("windows-1252", &text, |c| match c {
                '\u{2019}' => Some(vec![0x92]),
                '\u{201c}' => Some(vec![0x93]),
                '\u{201d}' => Some(vec![0x94]),
                '\u{80}'..='\u{9f}' => None,
                c => u8::try_from(u32::from(c)).ok().map(|byte| vec![byte]),
            }),
            7 => in_charset("utf-16", &format!("\u{feff}{text}"), |c| {
                Some(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()).collect())
            }),
            _ => {
                let quoted: String = text.lines().map(|line| format!("> {line}\r\n")).collect();
                written(
                    "text/plain; charset=utf-8",
                    &format!("Thank you, see below.\r\n\r\nOn 2 March 2026 the office wrote:\r\n{quoted}"),
                    dice.below(3),
                )
            }
        }
    }

    fn markup(&self) -> String {
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        let paragraphs: String = self
            .text
            .iter()
            .map(|text| {
                format!(
                    "<p class=\"MsoNormal\"><span style=\"font-size:11pt\">{}</span></p>\n",
                    escape(text).replace('\n', "<br>\n")
                )
            })
            .collect();
        lines(&format!(
            "<html><head><style>p.MsoNormal {{margin:0cm}}</style></head><body>\n{paragraphs}{}\n</body></html>\n",
            self.behind
        ))
    }
}

/// Header and body: 0 as it is, 1 quoted-printable, 2 base64.
fn written(kind: &str, text: &str, way: usize) -> (String, String) {
    let (name, body) = match way {
        0 => ("8bit", text.to_owned()),
        1 => ("quoted-printable", quoted_printable(text)),
        _ => ("base64", base64_lines(text.as_bytes())),
    };
    (format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: {name}\r\n"), body)
}

/// In an older charset and base64, where all letters are in it; else in UTF-8.
fn in_charset(charset: &str, text: &str, encode: impl Fn(char) -> Option<Vec<u8>>) -> (String, String) {
    match text.chars().map(encode).collect::<Option<Vec<_>>>() {
        Some(bytes) => {
            let fields =
                format!("Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n");
            (fields, base64_lines(&bytes.concat()))
        }
        None => written("text/plain; charset=utf-8", text, 1),
    }
}

/// Text with the line ends of mail.
pub fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

pub fn base64_lines(bytes: &[u8]) -> String {
    let whole = base64::engine::general_purpose::STANDARD.encode(bytes);
    whole.as_bytes().chunks(76).flat_map(|line| [std::str::from_utf8(line).unwrap(), "\r\n"]).collect()
}

fn quoted_printable(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive("\r\n") {
        let mut column = 0;
        for byte in line.trim_end_matches("\r\n").bytes() {
            if column > 70 {
                out += "=\r\n";
                column = 0;
            }
            let plain = byte != b'=' && (byte == b' ' || byte.is_ascii_graphic());
            let letter = if plain { char::from(byte).to_string() } else { format!("={byte:02X}") };
            column += letter.len();
            out += &letter;
        }
        if out.ends_with(' ') {
            out.pop();
            out += "=20";
        }
        out += "\r\n";
    }
    out
}

/// An encoded word.
pub fn encoded(way: char, text: &str) -> String {
    let inner = match way {
        'B' => base64::engine::general_purpose::STANDARD.encode(text),
        _ => text
            .bytes()
            .map(
                |byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("={byte:02X}") },
            )
            .collect(),
    };
    format!("=?utf-8?{way}?{inner}?=")
}

pub fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || byte == b'.' {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// A text with something made of each of its letters.
pub fn each(text: &str, make: impl Fn(char) -> String) -> String {
    text.chars().map(make).collect()
}
