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
    if SCRIPT_STARTS.iter().any(|start| begins(trimmed, start)) || is_echo(trimmed) {
        return Some(FileKind::Script);
    }
    if let Some(kind) = marked_up(trimmed, hint).or_else(|| labelled(trimmed)) {
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
    let control =
        |byte: u8| (byte < 9) | (byte.wrapping_sub(0xE) < 13) | (byte.wrapping_sub(0x1C) < 4) | (byte == 0x7F);
    // Whole strides without a branch inside: the compiler looks at many bytes at once.
    if content.chunks(64).any(|stride| stride.iter().fold(0, |any, byte| any | u8::from(control(*byte))) != 0) {
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

/// Whether a text begins with words in lower case, written in any.
fn begins(text: &str, lower: &str) -> bool {
    text.as_bytes().get(..lower.len()).is_some_and(|start| start.eq_ignore_ascii_case(lower.as_bytes()))
}

fn is_echo(text: &str) -> bool {
    if !text.starts_with(['@', 'e', 'E']) {
        return false;
    }
    let first = text.lines().next().unwrap_or_default().trim_end();
    ["@echo off", "@echo on", "echo off"].iter().any(|echo| first.eq_ignore_ascii_case(echo))
        || begins(first, "@setlocal")
}

/// HTML, SVG, and what is written in their manner.
fn marked_up(text: &str, hint: &str) -> Option<FileKind> {
    if !text.starts_with('<') {
        return None;
    }
    let lower = text.get(..text.floor_char_boundary(4_096)).unwrap_or(text).to_ascii_lowercase();
    let lower = lower.as_str();
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
    if !begins(text, "begin") && !begins(text, "-----begin ") {
        return None;
    }
    let first = text.lines().next().unwrap_or_default().trim_end();
    if first.eq_ignore_ascii_case("BEGIN:VCALENDAR") {
        return Some(FileKind::Calendar);
    }
    if first.eq_ignore_ascii_case("BEGIN:VCARD") {
        return Some(FileKind::Contact);
    }
    (begins(first, "-----begin ") && first.ends_with("-----")).then_some(FileKind::Cryptographic)
}

/// A message begins with header fields, several of them known; so does an mbox behind its `From ` line.
fn is_message(text: &str, hint: &str) -> bool {
    const FIELDS: [&str; 15] = [
        "received",
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "return-path",
        "content-type",
        "content-transfer-encoding",
        "delivered-to",
        "x-mailer",
        "reply-to",
        "dkim-signature",
        "authentication-results",
    ];
    const MACHINE: [&str; 6] =
        ["message-id:", "mime-version:", "received:", "return-path:", "content-type:", "content-transfer-encoding:"];
    let lines = text.lines().skip_while(|line| line.starts_with("From "));
    // What was signed begins with its type alone.
    let (mut known, mut machine) = (0, begins(text, "content-type: multipart/"));
    known += usize::from(machine);
    for line in lines.take_while(|line| !line.is_empty()).take(200) {
        let lower = line.get(..line.floor_char_boundary(28)).unwrap_or_default().to_ascii_lowercase();
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
const CALLS: [(u8, &[(&str, &str)]); 3] = [
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
];

/// Calls without such a mark.
const OTHER_CALLS: [&str; 2] = ["activexobject", "downloadstring"];

/// Whether a text in lower case calls on something.
fn calls_on(lower: &str) -> bool {
    let lower = lower.as_bytes();
    let call_at = |at: usize| {
        let Some((before, from)) = lower.split_at_checked(at) else { return false };
        let calls = CALLS.iter().find(|(mark, _)| from.first() == Some(mark)).map_or(&[][..], |(_, calls)| calls);
        calls.iter().any(|(start, rest)| from.starts_with(rest.as_bytes()) && before.ends_with(start.as_bytes()))
    };
    memchr::memchr3_iter(b'.', b'(', b'-', lower).any(call_at)
        || OTHER_CALLS.iter().any(|call| memchr::memmem::find(lower, call.as_bytes()).is_some())
}

/// Whether a line begins with a call.
fn begins_with_call(line: &str) -> bool {
    let calls = CALLS.iter().flat_map(|(_, calls)| calls.iter());
    let behind = |start: &str| line.get(start.len()..).unwrap_or_default();
    calls.into_iter().any(|(start, rest)| begins(line, start) && begins(behind(start), rest))
        || OTHER_CALLS.iter().any(|call| begins(line, call))
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
    // In nearly every text more than a quarter of the lines is no code, and that many are soon found.
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty()).take(400);
    let starts = |line: &str| {
        !line.ends_with(['.', ',', '?', '!'])
            && (STARTS.iter().any(|start| begins(line, start)) || begins_with_call(line))
    };
    let most = (memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1).min(400);
    let no_code = lines().filter(|line| !line.ends_with([';', '{', '}', ')']) && !starts(line));
    if no_code.take(most / 4 + 1).count() * 4 > most {
        return false;
    }
    let (mut all, mut code, mut calls) = (0_usize, 0_usize, 0_usize);
    for line in lines() {
        let call = calls_on(&line.to_ascii_lowercase());
        all += 1;
        calls += usize::from(call);
        code += usize::from(line.ends_with([';', '{', '}']) || call && line.ends_with(')') || starts(line));
    }
    calls > 0 && code * 4 >= all * 3
}

/// Lines with the same number of separators, and cells rather than sentences between them.
fn is_table(text: &str, hint: &str) -> bool {
    let named = matches!(hint, "csv" | "tsv" | "tab");
    let lines = || text.lines().filter(|line| !line.trim().is_empty()).take(20);
    [b',', b';', b'\t', b'|'].into_iter().any(|separator| {
        let mut counts = lines().map(|line| separators(line, separator));
        let Some(first) = counts.next() else { return false };
        if named {
            return first >= 1;
        }
        let enough = if separator == b'\t' { 1 } else { 2 };
        if first < enough || !counts.all(|count| count == first) || lines().count() < 3 {
            return false;
        }
        // In a table a separator stands between two cells; in prose white space follows it.
        let cells = || lines().flat_map(|line| line.split(char::from(separator)));
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
