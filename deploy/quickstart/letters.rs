//! What the staff of the sample school send. Nobody here exists.

use crate::harness::Letter;
use base64::Engine as _;

/// When a letter is sent, and under which policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The school is open, the sample policy is in force.
    Open,
    /// The same, while the school is closed.
    Closed,
    /// The school is open and follows another of the shipped policies.
    OtherPolicy,
}

impl Moment {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Open, Self::Closed, Self::OtherPolicy];
}

/// A letter, and the outcome that this program has to see for it.
pub struct Sample {
    /// When it is sent.
    pub moment: Moment,
    /// What has to come of it.
    pub expected: &'static str,
    /// What is in it, in a few words.
    pub about: &'static str,
    /// Its subject.
    pub subject: &'static str,
    /// The letter.
    pub letter: Letter,
}

const HISTORY: &str = "t.asquith@school.example";
const HEAD_OF_YEAR: &str = "h.pemberton@school.example";
const OFFICE: &str = "office@school.example";

/// Every letter, in the order they are sent.
pub fn all() -> Vec<Sample> {
    let plain = |moment, expected, about, from: &str, to: &str, subject, text: &str| Sample {
        moment,
        expected,
        about,
        subject,
        letter: Letter::plain(from, &[to], subject, text),
    };
    let mut all = vec![
        plain(
            Moment::Open,
            "relay",
            "nothing that the policy speaks of",
            HISTORY,
            "bookings@coaches.example",
            "Coach on Friday",
            "Could the coach be at the gate by half past eight?\n\nToby Asquith",
        ),
        plain(
            Moment::Open,
            "warn",
            "a pupil's full name, to that pupil's own parent",
            HEAD_OF_YEAR,
            "d.tewkesbury@home.example",
            "A good week",
            "Marigold Tewkesbury worked very well this week.\n\nHarriet Pemberton",
        ),
        plain(
            Moment::Open,
            "rewrite",
            "a pupil's full name, to an outsider",
            HISTORY,
            "visits@museum.example",
            "Marcus Templeton and the visit",
            "Marcus Templeton cannot come on Tuesday.\nPlease keep a place for the other day.\n\nToby Asquith",
        ),
        plain(
            Moment::Open,
            "hold",
            "a pupil's number (UPN), not protected",
            HEAD_OF_YEAR,
            "admissions@college.example",
            "Numbers you asked for",
            "The UPN is H801200001001.\n\nHarriet Pemberton",
        ),
        Sample {
            moment: Moment::Open,
            expected: "hold",
            about: "a list of pupils in an attached table",
            subject: "List for the trip",
            letter: with_attachment(
                OFFICE,
                "bookings@coaches.example",
                "List for the trip",
                ("text/csv", "list.csv"),
                b"Forename,Surname,Form\r\nBarnaby,Ollerenshaw,7B\r\nMarcus,Templeton,9A\r\n",
            ),
        },
        plain(
            Moment::Open,
            "relay",
            "a pupil at risk, to social care: never delayed",
            HEAD_OF_YEAR,
            "mash@council.example",
            "Referral",
            "I am worried about Barnaby Ollerenshaw, UPN P207000016049.\nPlease ring me today.\n\nHarriet Pemberton",
        ),
        plain(
            Moment::Closed,
            "defer",
            "nothing wrong with it but the hour",
            HISTORY,
            "bookings@coaches.example",
            "Coach in summer",
            "Could we talk about the summer trip?\n\nToby Asquith",
        ),
        Sample {
            moment: Moment::OtherPolicy,
            expected: "reject",
            about: "a program, named like a document",
            subject: "Quiz for the class",
            letter: with_attachment(
                HISTORY,
                "someone@elsewhere.example",
                "Quiz for the class",
                ("application/octet-stream", "quiz.pdf"),
                &program(),
            ),
        },
    ];
    for sample in &mut all {
        sample.letter.data = written_now(&sample.letter.data);
    }
    all
}

/// The letter with the present hour in its Date field.
fn written_now(data: &[u8]) -> Vec<u8> {
    let now = jiff::Zoned::now().strftime("%a, %d %b %Y %H:%M:%S %z").to_string();
    let lines = data.split_inclusive(|&byte| byte == b'\n');
    lines
        .flat_map(
            |line| if line.starts_with(b"Date: ") { format!("Date: {now}\r\n").into_bytes() } else { line.to_vec() },
        )
        .collect()
}

/// A letter with one file.
fn with_attachment(from: &str, to: &str, subject: &str, (kind, name): (&str, &str), content: &[u8]) -> Letter {
    let mut letter = Letter::plain(from, &[to], subject, "The file is attached.");
    let content = base64::engine::general_purpose::STANDARD.encode(content);
    let lines: Vec<&str> = content.as_bytes().chunks(76).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let text = String::from_utf8_lossy(&letter.data).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let head = head.replace(
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: multipart/mixed; boundary=\"between-the-parts\"",
    );
    letter.data = format!(
        "{head}\r\n\r\n--between-the-parts\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n\
         --between-the-parts\r\nContent-Type: {kind}; name=\"{name}\"\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n\
         --between-the-parts--\r\n",
        lines.join("\r\n")
    )
    .into_bytes();
    letter
}

/// The first bytes of a Linux program; it does nothing.
fn program() -> Vec<u8> {
    let mut bytes = b"\x7FELF\x02\x01\x01".to_vec();
    bytes.resize(512, 0);
    bytes
}
