//! Finds the line a problem speaks of, where whoever found the problem did not know it.

use crate::problem::Problem;

/// Gives each problem without a line the line of the key it names, or of what was written there.
pub(super) fn find(text: &str, problems: &mut [Problem]) {
    for problem in problems.iter_mut().filter(|problem| problem.line.is_none()) {
        let found = named_key(text, &problem.what).or_else(|| written(text, problem));
        problem.line = found.or_else(|| named_source(text, &problem.what));
    }
}

/// The place of `section.key` or `[section] key` in the words of a problem; without the key, its section.
fn named_key(text: &str, what: &str) -> Option<u32> {
    let words: Vec<&str> = what.split([' ', ':', ',']).collect();
    let (section, key) = match words.first()?.strip_prefix('[') {
        Some(section) => (section.trim_matches(['[', ']']), *words.get(1)?),
        None => words.first()?.split_once('.').unwrap_or(("", words.first()?)),
    };
    line_of_key(text, section, key)
}

/// The line of a key, or else of its section.
pub(crate) fn line_of_key(text: &str, section: &str, key: &str) -> Option<u32> {
    let mut current = "";
    let mut header = None;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            current = name.split(']').next().unwrap_or_default().trim_matches('[').trim();
            if current == section {
                header = header.or(Some(number));
            }
        } else if current == section && line.split_once('=').is_some_and(|(name, _)| name.trim() == key) {
            return Some(number);
        }
    }
    header
}

/// The line of the name of a source that the words of a problem name.
fn named_source(text: &str, what: &str) -> Option<u32> {
    let name = what.strip_prefix("source `")?.split('`').next()?;
    let quoted = format!("\"{name}\"");
    let named =
        |line: &str| line.split_once('=').is_some_and(|(key, value)| key.trim() == "name" && value.contains(&quoted));
    let mut inside = false;
    (1_u32..).zip(text.lines()).find_map(|(number, line)| {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line.starts_with("[[source]]");
        }
        (inside && named(line)).then_some(number)
    })
}

/// The line on which the value stands in quotes, if there is one such line.
fn written(text: &str, problem: &Problem) -> Option<u32> {
    if problem.written.is_empty() {
        return None;
    }
    let quoted = [format!("\"{}\"", problem.written), format!("'{}'", problem.written)];
    let mut lines = (1_u32..).zip(text.lines()).filter(|(_, line)| quoted.iter().any(|value| line.contains(value)));
    match (lines.next(), lines.next()) {
        (Some((number, _)), None) => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_finds_its_line() {
        let text = "memory = 3\n[school]\nname = \"x\"\n[courier]\nper_minute = 0\n[calendar]\nclosures = [{ from = \"monday\" }]\n[[source]]\nname = \"a\"\n[[source]]\nname = \"a\"\n";
        for (what, written, line) in [
            ("memory is little", "3 bytes", Some(1)),
            ("[school] telephone is missing: somebody rings", "", Some(2)),
            ("courier.per_minute is zero", "0", Some(5)),
            ("this is no date", "monday", Some(7)),
            ("two sources have the same name", "a", None),
            ("source `a`: it has no condition", "", Some(9)),
            ("[privacy] staff_told_on is missing", "", None),
            ("something else", "", None),
        ] {
            let mut problems = [Problem::new("f", None, what).written(written)];
            find(text, &mut problems);
            assert_eq!(problems[0].line, line, "{what}");
        }
    }
}
