//! A table for a terminal of a hundred columns.

use std::io::IsTerminal as _;

/// Columns of characters that each column has, and its heading.
const COLUMNS: [(usize, &str); 4] =
    [(35, "What was sent, by whom, to whom"), (8, "Outcome"), (22, "Rule, clause"), (24, "What the sender received")];

/// Prints tables; in colour on a terminal.
pub struct Table {
    colour: bool,
}

impl Table {
    /// A table for standard output.
    pub fn new() -> Self {
        Self { colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty()) }
    }

    /// The heading.
    pub fn head(&self) {
        let cells: Vec<String> = COLUMNS.iter().map(|(width, name)| format!("{name:<width$}")).collect();
        println!("{}", cells.join(" │ ").trim_end());
        self.rule('═', '╪');
    }

    /// A line across.
    #[allow(clippy::unused_self)] // the lines of a table belong to the table
    pub fn rule(&self, across: char, crossing: char) {
        let pieces: Vec<String> = COLUMNS.iter().map(|(width, _)| across.to_string().repeat(*width)).collect();
        println!("{}", pieces.join(&format!("{across}{crossing}{across}")));
    }

    /// A line of words between the rows.
    #[allow(clippy::unused_self)]
    pub fn words(&self, words: &str) {
        for line in wrapped(words, 98) {
            println!("{line}");
        }
    }

    /// A row; each cell has lines, which are wrapped where they are too long.
    pub fn row(&self, cells: [Vec<String>; 4]) {
        let cells: Vec<Vec<String>> = cells
            .into_iter()
            .zip(COLUMNS)
            .map(|(lines, (width, _))| lines.iter().flat_map(|line| wrapped(line, width)).collect())
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            let mut pieces = Vec::new();
            for (column, (cell, (width, _))) in cells.iter().zip(COLUMNS).enumerate() {
                let text = cell.get(line).map_or("", String::as_str);
                let padded = format!("{text:<width$}");
                pieces.push(if column == 1 { self.coloured(text, &padded) } else { padded });
            }
            println!("{}", pieces.join(" │ ").trim_end());
        }
    }

    /// An outcome in its colour.
    fn coloured(&self, outcome: &str, padded: &str) -> String {
        let code = match outcome.to_lowercase().as_str() {
            "relay" => "32",
            "warn" | "rewrite" | "defer" => "33",
            "hold" | "reject" => "31",
            _ => return padded.to_owned(),
        };
        if self.colour { format!("\x1b[1;{code}m{padded}\x1b[0m") } else { padded.to_owned() }
    }
}

/// Lines of at most `width` characters; broken between words, and within those that are longer.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        while let Some(line) = lines.last_mut() {
            let used = line.chars().count();
            let gap = usize::from(used > 0);
            if used + gap + word.len() <= width {
                line.push_str(if used > 0 { " " } else { "" });
                line.extend(word);
                break;
            }
            if used > 0 {
                lines.push(String::new());
                continue;
            }
            line.extend(word.drain(..width));
            lines.push(String::new());
        }
    }
    lines
}
