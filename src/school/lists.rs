//! Lists of ours: addresses, domains, words, phrases. One entry a line, `#` begins a comment.

use super::names::{fold_words, words};
use super::{AddressList, Lists};
use crate::problem::Problem;
use rustc_hash::FxHashSet;

/// Personal-mail domains that come with the program.
pub const PERSONAL_MAIL: &str = include_str!("../../rules/lists/personal-mail.txt");
/// Children's helplines that come with the program.
pub const HELPLINES: &str = include_str!("../../rules/lists/helplines.txt");
/// Phrases that spell a name and are none.
pub const PHRASES: &str = include_str!("../../rules/lists/ordinary-phrases.txt");
/// Authors of set texts: forename and surname.
pub const AUTHORS: &str = include_str!("../../rules/lists/authors.txt");
/// Ordinary words that are names as well.
pub const WORDS: &str = include_str!("../../rules/lists/ordinary-words.txt");
/// Forenames and their short forms.
pub const DIMINUTIVES: &str = include_str!("../../rules/lists/diminutives.txt");
/// Words that say something sensitive of a pupil.
pub const SENSITIVE_WORDS: &str = include_str!("../../rules/lists/sensitive-words.txt");
/// Mail services whose addresses are shared by all their customers.
pub const CLOUD_RANGES: &str = include_str!("../../rules/lists/cloud-ranges.txt");

/// The entries of a list with their lines.
pub fn entries(text: &str) -> impl Iterator<Item = (u32, &str)> {
    let lines = text.lines().zip(1..).map(|(line, number)| (number, line.split('#').next().unwrap_or_default().trim()));
    lines.filter(|(_, entry)| !entry.is_empty())
}

/// The day that the head of a list names (`# Dated: 2026-11-22. ...`): when somebody last looked through it.
#[must_use]
pub fn dated(text: &str) -> Option<&str> {
    let head = text.lines().take_while(|line| line.starts_with('#'));
    let mut dates = head.filter_map(|line| line.strip_prefix("# Dated: ")?.split('.').next());
    dates.next()
}

/// Reads a list of addresses and domains.
pub fn read_addresses(text: &str, file: &str, problems: &mut Vec<Problem>) -> AddressList {
    let mut seen = FxHashSet::default();
    let good = entries(text).filter(|(line, entry)| {
        let bare = entry.trim_start_matches('@').to_lowercase();
        let domain = bare.rsplit_once('@').map_or(bare.as_str(), |(_, domain)| domain);
        let fits = domain.contains('.')
            && !bare.starts_with('@')
            && domain
                .split('.')
                .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_'));
        if !fits {
            let problem = Problem::new(file, Some(*line), "this is neither an address nor a domain");
            problems.push(problem.written(*entry).right("name@domain or domain"));
        } else if !seen.insert(bare) {
            problems
                .push(Problem::new(file, Some(*line), "the entry stands in the list twice").written(*entry).warning());
        }
        fits
    });
    let entries: Vec<&str> = good.map(|(_, entry)| entry).collect();
    AddressList::read(entries)
}

/// Reads a list of phrases of two words and more; they are folded and their words separated by one space.
pub fn read_phrases(text: &str, file: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    let mut all = Vec::new();
    for (line, entry) in entries(text) {
        let folded = fold_words(entry);
        let phrase = words(&folded).collect::<Vec<_>>().join(" ");
        if phrase.contains(' ') {
            all.push(phrase);
        } else {
            let problem = Problem::new(file, Some(line), "a phrase has two words or more").written(entry);
            problems.push(problem.right("the whole phrase that spells a name, e.g. `daisy chain`"));
        }
    }
    all
}

/// Reads a list of single words.
pub fn read_words(text: &str, file: &str, problems: &mut Vec<Problem>) -> FxHashSet<String> {
    let mut all = FxHashSet::default();
    for (line, entry) in entries(text) {
        let folded = fold_words(entry);
        if words(&folded).count() == 1 {
            all.insert(folded);
        } else {
            problems
                .push(Problem::new(file, Some(line), "this is not one word").written(entry).right("one word a line"));
        }
    }
    all
}

impl Lists {
    /// The lists that come with the program; the school's own are added to them.
    #[must_use]
    pub fn built_in() -> Self {
        // The files are part of the program, and a test reads them without a problem.
        let mut problems = Vec::new();
        Self {
            personal_mail: read_addresses(PERSONAL_MAIL, "personal-mail.txt", &mut problems),
            helplines: read_addresses(HELPLINES, "helplines.txt", &mut problems),
            phrases: read_phrases(PHRASES, "ordinary-phrases.txt", &mut problems),
            authors: read_phrases(AUTHORS, "authors.txt", &mut problems).into_iter().collect(),
            ordinary: read_words(WORDS, "ordinary-words.txt", &mut problems),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Address;

    #[test]
    fn the_lists_of_the_program_are_without_a_mistake() {
        let mut problems = Vec::new();
        assert!(read_addresses(PERSONAL_MAIL, "personal-mail.txt", &mut problems).len() > 100);
        read_addresses(HELPLINES, "helplines.txt", &mut problems);
        assert!(!read_phrases(PHRASES, "ordinary-phrases.txt", &mut problems).is_empty());
        assert!(read_phrases(AUTHORS, "authors.txt", &mut problems).len() > 50);
        assert!(read_words(WORDS, "ordinary-words.txt", &mut problems).len() > 100);
        assert_eq!(problems, []);
    }

    #[test]
    fn every_mistake_of_a_list_is_told_with_its_line() {
        let mut problems = Vec::new();
        let list = read_addresses(
            "# ours\nmail.example\nno domain\n@other.example # why\na@b@c\nmail.example\n",
            "l",
            &mut problems,
        );
        let told: Vec<_> = problems.iter().map(|p| (p.line, p.warning)).collect();
        assert_eq!(told, [(Some(3), false), (Some(5), false), (Some(6), true)]);
        for (address, covered) in [
            ("x@mail.example", true),
            ("x@sub.mail.example", true),
            ("x@other.example", true),
            ("x@xmail.example", false),
        ] {
            assert_eq!(list.covers(&Address::read(address).unwrap()), covered, "{address}");
        }
        problems.clear();
        assert_eq!(read_phrases("Daisy  Chain\nWill\n", "l", &mut problems), ["daisy chain"]);
        assert_eq!(read_words("Will\nWill Power\n", "l", &mut problems).len(), 1);
        assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [Some(2), Some(2)]);
    }
}
