//! A seeded corpus of staff mail, and rosters of invented pupils.

#[path = "../../tests/harness/chance.rs"]
mod chance;
mod files;
/// Documents and workbooks.
pub mod office;
/// PDF.
pub mod pdf;
mod people;
mod words;

pub use people::roster_csv;

use base64::Engine;
use people::Person;
use words::Writer;

/// Every run sees the same mail.
const SEED: u64 = 20_260_901;
/// One message in so many names a pupil of the roster.
const NAMING: u64 = 20;

/// Dice with a seed.
pub struct Dice(u64);

impl Dice {
    /// Dice that always fall the same way for one seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }
    /// The next number.
    pub fn roll(&mut self) -> u64 {
        chance::next(&mut self.0)
    }
    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.roll() % end.max(1)
    }
    /// One of several.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }
    /// A size between two, small ones as often as large ones (even on a logarithmic scale).
    pub fn size(&mut self, from: u64, to: u64) -> usize {
        let share = self.below(1 << 20) as f64 / f64::from(1 << 20);
        (from as f64 * (to as f64 / from as f64).powf(share)) as usize
    }
}

/// One message as the relay has it.
pub struct Letter {
    /// Envelope sender.
    pub from: &'static str,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// Header block, empty line, body; lines end with CRLF.
    pub raw: Vec<u8>,
    /// Where the body starts.
    pub body: usize,
}

/// The mail of some days.
pub struct Corpus {
    /// The messages.
    pub letters: Vec<Letter>,
}

impl Corpus {
    /// That many messages, some of which name pupils of the roster with that many pupils.
    pub fn new(messages: usize, pupils: usize) -> Self {
        let mut dice = Dice::new(SEED);
        let letters = (0..messages).map(|number| letter(number, pupils, &mut dice)).collect();
        Self { letters }
    }

    /// Bytes of all messages.
    pub fn bytes(&self) -> usize {
        self.letters.iter().map(|letter| letter.raw.len()).sum()
    }

    /// Sizes, in one line.
    pub fn statistics(&self) -> String {
        let mut sizes: Vec<usize> = self.letters.iter().map(|letter| letter.raw.len()).collect();
        sizes.sort_unstable();
        let at = |percent: usize| sizes[(sizes.len() - 1) * percent / 100] / 1024;
        format!(
            "{} messages, {} MiB; KiB: mean {}, median {}, p95 {}, largest {}",
            sizes.len(),
            self.bytes() >> 20,
            self.bytes() / sizes.len() / 1024,
            at(50),
            at(95),
            at(100)
        )
    }
}

/// What a message consists of.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Plain,
    Html,
    Reply,
    Attached,
}

fn letter(number: usize, pupils: usize, dice: &mut Dice) -> Letter {
    let form = match dice.below(100) {
        0..38 => Form::Plain,
        38..56 => Form::Html,
        56..66 => Form::Reply,
        _ => Form::Attached,
    };
    let named = (dice.below(NAMING) == 0).then(|| Person::of_roster(dice.below(pupils as u64), pupils));
    let from = "h.pemberton@school.example";
    let to: Vec<String> = (0..=dice.below(3)).map(|place| format!("parent{number}.{place}@home.example")).collect();
    let mut writer = Writer::new(dice);
    let text = match form {
        Form::Plain => writer.text(1_000, 6_000, named.as_ref()),
        Form::Html => writer.text(1_300, 6_500, named.as_ref()),
        Form::Reply => {
            let fresh = writer.text(600, 3_000, named.as_ref());
            let old = writer.text(2_000, 9_000, None);
            let quoted: Vec<String> = old.lines().map(|line| format!("> {line}")).collect();
            format!("{fresh}\r\nOn Tuesday, the office wrote:\r\n{}\r\n", quoted.join("\r\n"))
        }
        Form::Attached => writer.text(500, 4_000, named.as_ref()),
    };
    let subject = writer.line(40);
    let mut head = format!(
        "Received: from desk.school.example (desk.school.example [192.0.2.7])\r\n\tby relay.school.example with ESMTPSA id {number:08x};\r\n\tMon, 8 Jun 2026 10:00:00 +0100\r\n\
         From: A Teacher <{from}>\r\nTo: {}\r\nSubject: {subject}\r\nDate: Mon, 8 Jun 2026 10:00:00 +0100\r\n\
         Message-ID: <{number}.{:x}@desk.school.example>\r\nMIME-Version: 1.0\r\nX-Mailer: Desk 16.0\r\n",
        to.join(",\r\n\t"),
        writer.dice.roll()
    );
    let body = match form {
        Form::Plain => {
            head.push_str("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n");
            text
        }
        Form::Html | Form::Reply => {
            head.push_str("Content-Type: multipart/alternative; boundary=\"=_alt\"\r\n");
            alternative(&text, "=_alt", writer.dice)
        }
        Form::Attached => {
            head.push_str("Content-Type: multipart/mixed; boundary=\"=_mix\"\r\n");
            attached(&text, pupils, writer.dice)
        }
    };
    let body_start = head.len() + 2;
    Letter { from, to, raw: format!("{head}\r\n{body}").into_bytes(), body: body_start }
}

/// Plain text and HTML; one of three in base64, the others quoted-printable.
fn alternative(text: &str, boundary: &str, dice: &mut Dice) -> String {
    let html = words::html(text, dice);
    let (name, encode): (_, fn(&str) -> String) = match dice.below(3) {
        0 => ("base64", |text| base64_lines(text.as_bytes())),
        _ => ("quoted-printable", words::quoted_printable),
    };
    format!(
        "--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {name}\r\n\r\n{}\r\n\
         --{boundary}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: {name}\r\n\r\n{}\r\n--{boundary}--\r\n",
        encode(text),
        encode(&html)
    )
}

fn attached(text: &str, pupils: usize, dice: &mut Dice) -> String {
    let mut body = format!(
        "--=_mix\r\nContent-Type: multipart/alternative; boundary=\"=_in\"\r\n\r\n{}",
        alternative(text, "=_in", dice)
    );
    // A few attach a film.
    let size = if dice.below(38) == 0 { dice.size(2_600_000, 9_000_000) } else { dice.size(30_000, 1_500_000) } * 3 / 4;
    // What is in a file says nothing of the sizes of the next ones.
    let dice = &mut Dice::new(dice.roll());
    let named = (dice.below(NAMING) == 0).then(|| Person::of_roster(dice.below(pupils as u64), pupils));
    // A page or twenty, a class or a year group; the rest of a file is pictures.
    let (letters, rows) = (dice.size(1_500, 40_000).min(2 * size), dice.size(30, 3_000).min(size / 20));
    let (name, kind, bytes) = match dice.below(10) {
        0 => ("stock.csv", "text/csv", files::csv(size.min(60_000), dice)),
        1..3 => ("letter.docx", office::DOCUMENT, office::document(size, letters, named.as_ref(), dice)),
        3..5 => ("table.xlsx", office::WORKBOOK, office::workbook(size, rows, dice)),
        5..8 => ("trip.pdf", pdf::PDF, pdf::pdf(size, letters, named.as_ref(), dice)),
        _ => ("photo.jpg", "image/jpeg", files::jpeg(size, dice)),
    };
    body.push_str(&attachment(name, kind, &bytes, "=_mix"));
    body.push_str("--=_mix--\r\n");
    body
}

/// A part of a message with a file in it.
pub fn attachment(name: &str, kind: &str, bytes: &[u8], boundary: &str) -> String {
    format!(
        "--{boundary}\r\nContent-Type: {kind}; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{}\r\n",
        base64_lines(bytes)
    )
}

/// Base64 in lines of 76 letters.
fn base64_lines(bytes: &[u8]) -> String {
    let mut lines = String::with_capacity(bytes.len() * 138 / 100);
    for line in bytes.chunks(57) {
        base64::engine::general_purpose::STANDARD.encode_string(line, &mut lines);
        lines.push_str("\r\n");
    }
    lines
}
