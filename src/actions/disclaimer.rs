//! The school's disclaimer is added once, in text and HTML alike.

use crate::checks::form::parts_without;
use crate::mail::parts::Tree;
use std::fmt::Write;

/// What is added to the end of a text part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// The part.
    pub part: u16,
    /// What is added: text or HTML, as the part is.
    pub words: String,
    /// HTML rather than text.
    pub html: bool,
}

/// Whether there is a text part the disclaimer can be added to.
#[must_use]
pub fn can_change(tree: &Tree) -> bool {
    tree.parts.iter().any(|part| !part.attached && part.editable && part.declared.starts_with("text/"))
}

/// What to add to which parts; parts that hold the disclaimer already are left alone.
#[must_use]
pub fn additions(tree: &Tree, disclaimer: &str) -> Vec<Addition> {
    let mut additions = Vec::new();
    for index in parts_without(tree, disclaimer) {
        let Some(part) = tree.parts.get(usize::from(index)).filter(|part| part.editable) else { continue };
        let html = part.declared == "text/html";
        let words = if html { as_html(disclaimer) } else { format!("\r\n-- \r\n{}\r\n", as_text(disclaimer)) };
        additions.push(Addition { part: index, words, html });
    }
    additions
}

fn as_text(disclaimer: &str) -> String {
    disclaimer.trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\r\n")
}

fn as_html(disclaimer: &str) -> String {
    let mut html = "<div>".to_owned();
    for line in disclaimer.trim().lines() {
        for letter in line.chars() {
            match letter {
                '&' => html += "&amp;",
                '<' => html += "&lt;",
                '>' => html += "&gt;",
                // Any charset holds a reference.
                letter if !letter.is_ascii() => {
                    let _ = write!(html, "&#{};", u32::from(letter));
                }
                letter => html.push(letter),
            }
        }
        html += "<br>\r\n";
    }
    html + "</div>\r\n"
}
