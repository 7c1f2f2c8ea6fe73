//! Which kind of text a text is: table, page, letter, calendar, program.

use crate::mail::parts::FileKind;
use std::borrow::Cow;

/// As much of a text as is looked at.
const LOOKED_AT: usize = 64 << 10;

/// Extensions under which systems run a text.
const SCRIPT_NAMES: [&str; 27] = [
    "bat", "cmd", "sh", "bash", "zsh", "command", "ps1", "psm1", "psd1", "vbs", "vbe", "js", "jse", "mjs", "wsf",
    "wsh", "wsc", "sct", "hta", "py", "pl", "rb", "php", "reg", "url", "scpt", "desktop",
];

/// What a text begins with when it is a program; compared without case.
const SCRIPT_STARTS: [&str; 9] = [
    "#!/",
    "#! /",
    "@echo off",
    "#@~^",
    "[internetshortcut]",
    "windows registry editor version",
    "regedit4",
    "<job",
    "<package>\n<job",
];

/// The kind of a text; `None` for what is no text.
pub(super) fn of(content: &[u8], hint: &str) -> Option<FileKind> {
    let beginning = content.get(..LOOKED_AT).unwrap_or(content);
    let text = as_text(beginning, beginning.len() < content.len())?;
    let trimmed = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    let lower = trimmed.get(..trimmed.floor_char_boundary(4_096)).unwrap_or(trimmed).to_ascii_lowercase();
    if SCRIPT_STARTS.iter().any(|start| lower.starts_with(start)) || is_echo(&lower) {
        return Some(FileKind::Script);
    }
    if let Some(kind) = marked_up(&lower, hint).or_else(|| labelled(trimmed)) {
        return Some(kind);
    }
    if is_message(trimmed, hint) {
        return Some(FileKind::Message);
    }
    if SCRIPT_NAMES.contains(&hint) || is_program(trimmed) {
        return Some(FileKind::Script);
    }
    if is_table(trimmed, hint) {
        return Some(FileKind::Csv);
    }
    Some(FileKind::Text)
}

/// The bytes as text: UTF-8, UTF-16 with its mark, or a one-byte charset without control characters.
fn as_text(content: &[u8], cut: bool) -> Option<Cow<'_, str>> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(content) {
        let (text, broken) = encoding.decode_without_bom_handling(content.get(mark..)?);
        // A cut in the middle of a character is no fault of the file.
        return (!broken || cut).then_some(text);
    }
    let control = |byte: u8| matches!(byte, 0..=8 | 0xE..=0x1A | 0x1C..=0x1F | 0x7F);
    // Whole strides without a branch inside: the compiler looks at many bytes at once.
    if content.chunks(64).any(|stride| stride.iter().fold(false, |any, byte| any | control(*byte))) {
        return None;
    }
    match std::str::from_utf8(content) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(error) if cut && error.error_len().is_none() => {
            content.get(..error.valid_up_to()).and_then(|whole| std::str::from_utf8(whole).ok()).map(Cow::Borrowed)
        }
        Err(_) => {
            let high = content.iter().filter(|byte| !byte.is_ascii()).count();
            (high * 3 < content.len()).then(|| encoding_rs::WINDOWS_1252.decode_without_bom_handling(content).0)
        }
    }
}

fn is_echo(lower: &str) -> bool {
    let first = lower.lines().next().unwrap_or_default().trim_end();
    matches!(first, "@echo off" | "@echo on" | "echo off") || first.starts_with("@setlocal")
}

/// HTML, SVG, and what is written in their manner.
fn marked_up(lower: &str, hint: &str) -> Option<FileKind> {
    if !lower.starts_with('<') {
        return None;
    }
    let holds = |words: &str| memchr::memmem::find(lower.as_bytes(), words.as_bytes()).is_some();
    if holds("<hta:application") || holds("<scriptlet") {
        return Some(FileKind::Script);
    }
    if holds("<?mso-application") || lower.starts_with("<?xml") && holds("urn:schemas-microsoft-com:office:spreadsheet")
    {
        return Some(FileKind::Office);
    }
    // Declarations and comments may stand in front of the first element.
    let mut rest = lower;
    while let Some(end) = ["<?", "<!--"].iter().zip(["?>", "-->"]).find_map(|(start, end)| {
        let inner = rest.strip_prefix(start)?;
        Some(inner.split_once(end).map_or("", |(_, rest)| rest))
    }) {
        rest = end.trim_start();
    }
    if rest.starts_with("<svg") || rest.starts_with("<!doctype svg") {
        return Some(FileKind::Image);
    }
    let page = [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<title",
        "<meta",
        "<table",
        "<div",
        "<p>",
        "<font",
        "<script",
        "<style",
    ];
    let named = matches!(hint, "html" | "htm" | "xhtml" | "shtml");
    (named || page.iter().any(|start| rest.starts_with(start))).then_some(FileKind::Html)
}

/// Texts that say in their first line what they are.
fn labelled(text: &str) -> Option<FileKind> {
    let first = text.lines().next().unwrap_or_default().trim_end().to_ascii_uppercase();
    match first.as_str() {
        "BEGIN:VCALENDAR" => Some(FileKind::Calendar),
        "BEGIN:VCARD" => Some(FileKind::Contact),
        _ if first.starts_with("-----BEGIN ") && first.ends_with("-----") => Some(FileKind::Cryptographic),
        _ => None,
    }
}

/// A message begins with header fields, several of them known; so does an mbox behind its `From ` line.
fn is_message(text: &str, hint: &str) -> bool {
    const FIELDS: [&str; 14] = [
        "received",
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "return-path",
        "content-type",
        "delivered-to",
        "x-mailer",
        "reply-to",
        "dkim-signature",
        "authentication-results",
    ];
    const MACHINE: [&str; 4] = ["message-id:", "mime-version:", "received:", "return-path:"];
    let lines = text.lines().skip_while(|line| line.starts_with("From "));
    let (mut known, mut machine) = (0, false);
    for line in lines.take_while(|line| !line.is_empty()).take(200) {
        let lower = line.get(..line.floor_char_boundary(24)).unwrap_or_default().to_ascii_lowercase();
        // A letter may well begin with "From:" and "To:"; what a mail program writes has more.
        machine |= MACHINE.iter().any(|field| lower.starts_with(field));
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some(colon) = memchr::memchr(b':', line.as_bytes()) else { return false };
        let name = line.get(..colon).unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return false;
        }
        known += usize::from(lower.get(..colon).is_some_and(|name| FIELDS.contains(&name)));
    }
    known >= 2 && (machine || hint == "eml")
}

/// What programs call on, by a mark in it that is not frequent in a text: what stands before the mark, and what
/// stands from it on.
const CALLS: [(u8, &[(&str, &str)]); 5] = [
    (b'.', &[("wscript", "."), ("document", "."), ("shell", ".application")]),
    (b'(', &[("createobject", "("), ("getobject", "("), ("eval", "("), ("require", "(")]),
    (
        b'-',
        &[
            ("invoke", "-expression"),
            ("invoke", "-webrequest"),
            ("start", "-process"),
            ("new", "-object"),
            ("", "-encodedcommand"),
        ],
    ),
    (b'x', &[("active", "xobject")]),
    (b'w', &[("do", "wnloadstring")]),
];

/// Whether a text in lower case calls on something.
fn calls_on(lower: &str) -> bool {
    let lower = lower.as_bytes();
    let call_at = |at: usize| {
        let Some((before, from)) = lower.split_at_checked(at) else { return false };
        let calls = CALLS.iter().find(|(mark, _)| from.first() == Some(mark)).map_or(&[][..], |(_, calls)| calls);
        calls.iter().any(|(start, rest)| from.starts_with(rest.as_bytes()) && before.ends_with(start.as_bytes()))
    };
    memchr::memchr3_iter(b'.', b'(', b'-', lower).any(call_at) || memchr::memchr2_iter(b'x', b'w', lower).any(call_at)
}

/// Whether a line in lower case begins with a call.
fn begins_with_call(line: &str) -> bool {
    let calls = CALLS.iter().flat_map(|(_, calls)| calls.iter());
    calls.into_iter().any(|(start, rest)| line.strip_prefix(start).is_some_and(|behind| behind.starts_with(rest)))
}

/// A program without a name that says so: most of its lines are code, and it calls on the system. A letter
/// that quotes a command is none.
fn is_program(text: &str) -> bool {
    const STARTS: [&str; 22] = [
        "$",
        "dim ",
        "set ",
        "sub ",
        "end ",
        "function",
        "on error",
        "var ",
        "let ",
        "const ",
        "if ",
        "if(",
        "else",
        "for ",
        "for(",
        "while ",
        "}",
        "{",
        "param(",
        "import-module",
        "//",
        "next",
    ];
    // Nearly every text calls on nothing, and need not be read line by line.
    let lower = text.to_ascii_lowercase();
    if !calls_on(&lower) {
        return false;
    }
    let (mut lines, mut code, mut calls) = (0_usize, 0_usize, 0_usize);
    for lower in lower.lines().map(str::trim).filter(|line| !line.is_empty()).take(400) {
        let call = calls_on(lower);
        let ends = lower.ends_with([';', '{', '}']);
        let starts = STARTS.iter().any(|start| lower.starts_with(start)) || begins_with_call(lower);
        lines += 1;
        calls += usize::from(call);
        code += usize::from(ends || call && lower.ends_with(')') || starts && !lower.ends_with(['.', ',', '?', '!']));
    }
    calls > 0 && code * 4 >= lines * 3
}

/// Lines with the same number of separators, and cells rather than sentences between them.
fn is_table(text: &str, hint: &str) -> bool {
    let named = matches!(hint, "csv" | "tsv" | "tab");
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(20).collect();
    [b',', b';', b'\t', b'|'].into_iter().any(|separator| {
        let mut counts = lines.iter().map(|line| separators(line, separator));
        let Some(first) = counts.next() else { return false };
        if named {
            return first >= 1;
        }
        let enough = if separator == b'\t' { 1 } else { 2 };
        if lines.len() < 3 || first < enough || !counts.all(|count| count == first) {
            return false;
        }
        // In a table a separator stands between two cells; in prose white space follows it.
        let cells = || lines.iter().flat_map(|line| line.split(char::from(separator)));
        let spaced = cells().filter(|cell| cell.starts_with(' ')).count();
        cells().all(|cell| cell.chars().count() <= 60) && spaced * 3 < cells().count()
    })
}

/// Separators outside quotation marks.
fn separators(line: &str, separator: u8) -> usize {
    let line = line.as_bytes();
    if memchr::memchr(b'"', line).is_none() {
        return memchr::memchr_iter(separator, line).count();
    }
    let mut quoted = false;
    line.iter()
        .filter(|byte| {
            quoted ^= **byte == b'"';
            !quoted && **byte == separator
        })
        .count()
}
