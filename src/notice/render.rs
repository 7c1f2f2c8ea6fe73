//! The same sections as text and as HTML.

/// A headed stretch of a notice; both renderings are made from these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// Stands above it; empty at the top of the notice.
    pub heading: &'static str,
    /// Sentences.
    pub sentences: Vec<String>,
    /// A list below them.
    pub items: Vec<String>,
}

/// One line of at most `most` letters: breaks and runs of white space become one space, and what could hide or turn
/// around the text beside it is left out.
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let harmless = |c: &char| !is_invisible(*c) && (!c.is_control() || c.is_whitespace());
    // A stranger's line may be long; more than this much of it is never looked at.
    let text: String = text.chars().take(most.saturating_mul(4)).filter(harmless).collect();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let short: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}\u{2026}", short.trim_end())
}

/// Marks of direction, joiners and other characters without a shape of their own.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Longest sentence or item.
const LONGEST: usize = 1500;

/// As text: a phone wraps lines by itself.
pub(super) fn text(sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        if !section.heading.is_empty() {
            text += &section.heading.to_uppercase();
            text += "\r\n";
        }
        for sentence in &section.sentences {
            text += &one_line(sentence, LONGEST);
            text += "\r\n";
        }
        for item in &section.items {
            text += &format!("- {}\r\n", one_line(item, LONGEST));
        }
        text += "\r\n";
    }
    text
}

/// What a mail program makes a link of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Links<'a> {
    /// The school's telephone number, or nothing.
    pub telephone: &'a str,
    /// Whom to ask: an address, or nothing.
    pub contact: &'a str,
}

/// As HTML: no pictures, no links but to write and to telephone, and no colours of letters or background, so that
/// dark mode is the mail program's own.
pub(super) fn html(sections: &[Section], colour: &str, links: Links<'_>) -> String {
    let mut html = format!(
        "<!doctype html>\r\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
         <title>School mail check</title></head>\r\n\
         <body style=\"font-family:sans-serif;font-size:16px;line-height:1.45\">\r\n\
         <div style=\"max-width:38em;border-left:6px solid {colour};padding:0 0 0 14px\">\r\n"
    );
    for section in sections {
        let top = section.heading.is_empty();
        if !top {
            html += &format!("<h2 style=\"font-size:16px;margin:18px 0 4px\">{}</h2>\r\n", escaped(section.heading));
        }
        for (index, sentence) in section.sentences.iter().enumerate() {
            let style = match (top, index) {
                (true, 0) => "font-size:20px;font-weight:bold;margin:0 0 6px",
                _ => "margin:0 0 4px",
            };
            html += &format!("<p style=\"{style}\">{}</p>\r\n", linked(sentence, links));
        }
        if !section.items.is_empty() {
            html += "<ul style=\"margin:0;padding-left:20px\">\r\n";
            for item in &section.items {
                html += &format!("<li style=\"margin:0 0 4px\">{}</li>\r\n", linked(item, links));
            }
            html += "</ul>\r\n";
        }
    }
    html + "</div></body></html>\r\n"
}

fn linked(text: &str, links: Links<'_>) -> String {
    let mut html = escaped(&one_line(text, LONGEST));
    let digits: String = links.telephone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    for (shown, target) in [(links.telephone, format!("tel:{digits}")), (links.contact, links.contact.to_owned())] {
        let shown = escaped(shown);
        let target = if target.contains('@') { format!("mailto:{target}") } else { target };
        if shown.len() > 2 && (target.starts_with("tel:") || target.starts_with("mailto:")) {
            html = html.replacen(&shown, &format!("<a href=\"{}\">{shown}</a>", escaped(&target)), 1);
        }
    }
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line() {
        let table = [
            ("  a\r\n\tb  c ", 20, "a b c"),
            ("a\u{202e}cba\u{0}\u{7}", 20, "acba"),
            ("\u{200b}\u{feff}", 20, ""),
            ("eins zwei drei", 10, "eins zwei\u{2026}"),
            ("é\u{301}ö", 5, "é\u{301}ö"),
        ];
        for (given, most, right) in table {
            assert_eq!(one_line(given, most), right, "{given:?}");
        }
    }

    #[test]
    fn nothing_written_becomes_markup() {
        let links = Links { telephone: "01632 960 100", contact: "office@school.example" };
        let section = Section {
            heading: "",
            sentences: vec!["<b onload=\"x\">&amp; call 01632 960 100 or write to office@school.example".to_owned()],
            items: vec!["</li><script>".to_owned()],
        };
        let html = html(&[section], "#888", links);
        for part in [
            "&lt;b onload=&quot;x&quot;&gt;&amp;amp; call",
            "<a href=\"tel:01632960100\">01632 960 100</a>",
            "<a href=\"mailto:office@school.example\">",
            "&lt;/li&gt;&lt;script&gt;",
        ] {
            assert!(html.contains(part), "{part}");
        }
    }
}
