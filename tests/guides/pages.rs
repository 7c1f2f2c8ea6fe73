//! The pages, and the fenced blocks in them.

use crate::harness::root;
use std::fs;

pub struct Page {
    pub name: String,
    pub text: String,
}

/// All guides, the pages on Postfix's lines and on the lists, and the README.
pub fn pages() -> Vec<Page> {
    let guides = fs::read_dir(root().join("deploy/guides")).unwrap().map(|entry| entry.unwrap().path());
    let others = ["README.md", "deploy/postfix/README.md", "rules/lists/README.md"].map(|page| root().join(page));
    let all = guides.filter(|path| path.extension().is_some_and(|end| end == "md")).chain(others);
    let read = |path: std::path::PathBuf| Page {
        name: path.strip_prefix(root()).unwrap().display().to_string(),
        text: fs::read_to_string(path).unwrap(),
    };
    all.map(read).collect()
}

impl Page {
    /// The contents of the blocks whose opening line says `kind`, each with a name for messages.
    pub fn blocks(&self, kind: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut open: Option<(String, String)> = None;
        for (line, number) in self.text.lines().zip(1..) {
            match (&mut open, line.trim_start().strip_prefix("```")) {
                (None, Some(words)) => open = Some((words.trim().to_owned(), String::new())),
                (Some(_), Some(_)) => {
                    let (words, text) = open.take().unwrap();
                    if words == kind {
                        found.push((format!("{} (block that ends at line {number})", self.name), text));
                    }
                }
                (Some((_, text)), None) => text.push_str(&format!("{line}\n")),
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a block does not end", self.name);
        found
    }
}

/// The blocks of one kind in one guide.
pub fn blocks_of(guide: &str, kind: &str) -> Vec<String> {
    let name = format!("deploy/guides/{guide}.md");
    let page = pages().into_iter().find(|page| page.name == name).unwrap();
    page.blocks(kind).into_iter().map(|(_, text)| text).collect()
}
