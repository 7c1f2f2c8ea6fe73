//! Adults of a pupil's name: by title, post or deed, by their mailbox, the dead and the invented.

use super::super::pairs::Order;
use super::{NEAR, Standing};
use crate::mail::Address;
use crate::school::names::{fold_words, without_tag, words};

/// Titles that no pupil has.
const TITLES: &[&str] = &[
    "mrs",
    "dr",
    "cllr",
    "councillor",
    "sir",
    "prof",
    "professor",
    "rev",
    "revd",
    "lord",
    "lady",
    "pc",
    "sgt",
    "cpt",
    "mp",
    "actor",
    "actress",
];

/// Posts and firms.
const POSTS: &[&str] = &[
    "manager",
    "director",
    "officer",
    "services",
    "coordinator",
    "consultant",
    "ltd",
    "limited",
    "council",
    "solicitor",
    "solicitors",
    "psychologist",
    "therapist",
    "paediatrician",
    "nurse",
    "surgery",
    "engineer",
    "secretary",
    "editor",
    "photographer",
    "driver",
    "governor",
    "teacher",
    "headteacher",
    "principal",
    "advisor",
    "adviser",
    "assistant",
    "administrator",
    "accountant",
    "plc",
    "llp",
    "agency",
    "bursar",
    "chair",
    "trustee",
    "inspector",
    "executive",
    "lecturer",
    "representative",
    "sales",
    "ceo",
];

/// Offices that pupils hold at school: `Library Officer`, `Chair of the School Council`.
const OF_PUPILS: &[&str] = &[
    "school council",
    "student council",
    "pupil council",
    "house council",
    "year council",
    "eco council",
    "junior council",
    "library officer",
    "student officer",
    "student governor",
    "student editor",
    "student leader",
    "student chair",
    "student secretary",
    "student representative",
    "pupil governor",
    "pupil representative",
];
/// What an adult is behind a comma, without a capital.
const LOWER_POSTS: &[&str] = &[
    "chair of governors",
    "chair of the governors",
    "chair of trustees",
    "vice chair of governors",
    "governor",
    "headteacher",
    "head teacher",
    "head of year",
    "head of maths",
    "head of english",
    "head of science",
    "solicitor",
    "psychologist",
    "therapist",
    "paediatrician",
    "engineer",
    "photographer",
    "accountant",
];
/// What only adults do.
const DEEDS: &[&str] = &["currently teaches", "teaches in", "teaches at", "currently works", "works for", "lectures"];
/// What was said of the dead.
const OF_THE_DEAD: &[&str] = &["killed", "regiment", "battalion", "memorial", "ypres", "somme", "fell"];

impl Standing<'_, '_> {
    /// `Dr Jane Smith`, `Jane Smith, Sales Manager`, `Our MP, Jane Smith, ...`, `Jane Smith (1890-1917)`.
    pub(in super::super) fn is_adult(&self) -> bool {
        self.has_title()
            || self.has_post_behind()
            || self.is_post_before()
            || self.does_as_adult()
            || self.is_invented()
            || self.is_of_the_past()
            || self.is_cited_in_full()
    }

    fn has_title(&self) -> bool {
        let before = self.before(14);
        let title = before.trim_end_matches([' ', '.']);
        let Some(last) = words(title).last().filter(|last| title.ends_with(last) && title.len() < before.len()) else {
            return false;
        };
        if TITLES.contains(&last) {
            return true;
        }
        let start = self.name.first.0;
        let written = self.around.written((start.saturating_sub(9), start));
        // `Private Jane Smith was killed at Ypres`: no cadet and no heading.
        if last == "private" {
            return written.ends_with("Private ") && self.speaks_of_the_dead();
        }
        // `..., Captain James Cook`: in an enumeration, and of no team.
        last == "captain" && written == " Captain " && before.ends_with(", captain ")
    }

    fn has_post_behind(&self) -> bool {
        let end = self.name.second.1;
        let rest = self.around.written((end, end.saturating_add(80)));
        let rest = rest.trim_start_matches(' ');
        let Some(rest) = [",", "\r\n", "\n", "- ", "("].iter().find_map(|sign| rest.strip_prefix(sign)) else {
            return false;
        };
        let line = rest.trim_start_matches(' ').lines().next().unwrap_or_default();
        let folded = fold_words(line.split(['\t', ';']).next().unwrap_or_default());
        if OF_PUPILS.iter().any(|office| folded.contains(office)) {
            return false;
        }
        let lower = line.starts_with(char::is_lowercase);
        let ends = |rest: &str| !rest.starts_with(char::is_alphanumeric);
        if lower && LOWER_POSTS.iter().any(|post| folded.strip_prefix(post).is_some_and(ends)) {
            return true;
        }
        for word in line.split_whitespace().take(6) {
            let plain = word.trim_matches(|c: char| !c.is_alphanumeric());
            if word.ends_with(':') {
                return false;
            }
            if plain.starts_with(char::is_uppercase) && POSTS.contains(&fold_words(plain).as_str()) {
                return true;
            }
            if plain.starts_with(char::is_lowercase) && !["of", "and", "for", "the", "to"].contains(&plain) {
                return false;
            }
        }
        false
    }

    /// `Our MP, Jane Smith, has replied`: between two commas, behind a post.
    fn is_post_before(&self) -> bool {
        let Some(head) = self.before(60).strip_suffix(", ") else { return false };
        let head = head.rsplit(['.', '\n', '!', '?', ',', ';', ':', '\t']).next().unwrap_or_default();
        let all: Vec<&str> = words(head).collect();
        let post = all.last().is_some_and(|last| *last == "mp" || POSTS.contains(last));
        let of_pupils = OF_PUPILS.iter().any(|office| head.contains(office));
        let owned = all.iter().any(|word| ["our", "the", "your", "their", "my"].contains(word));
        post && owned && !of_pupils && self.after(1) == ","
    }

    /// `Jane Smith currently teaches in Leeds`.
    fn does_as_adult(&self) -> bool {
        let after = self.after(24);
        let next = after.strip_prefix([' ', '\n']).unwrap_or_default();
        DEEDS.iter().any(|deed| next.strip_prefix(deed).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
    }

    /// `In the example, Jane Smith buys 3 pens`.
    fn is_invented(&self) -> bool {
        ["in the example, ", "in this example, ", "in our example, ", "in an example, ", "in the question, "]
            .iter()
            .any(|said| self.before(20).ends_with(said))
    }

    /// `Jane Smith (1890-1917)`, `Jane Smith sailed to Australia in 1770`.
    fn is_of_the_past(&self) -> bool {
        const PAST: &[&str] =
            &["was", "sailed", "died", "discovered", "invented", "married", "ruled", "reigned", "founded", "built"];
        let after = self.after(60);
        let number = |text: &str| text.get(..4).is_some_and(|year| year.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some(life) = after.strip_prefix(" (") {
            let died = life.get(4..).map(|rest| rest.trim_start_matches(|c: char| !c.is_alphanumeric() && c != ')'));
            return number(life) && died.is_some_and(|died| number(died) && !life.starts_with("20"));
        }
        let sentence = after.split(['.', '\n', '!', '?']).next().unwrap_or_default();
        let deed = sentence.strip_prefix(' ').and_then(|rest| words(rest).next());
        let year = sentence.rsplit_once(" in 1").is_some_and(|(_, year)| {
            year.bytes().take_while(u8::is_ascii_digit).count() == 3 && !year.starts_with("99")
        });
        year && deed.is_some_and(|deed| PAST.contains(&deed))
    }

    fn speaks_of_the_dead(&self) -> bool {
        [self.before(NEAR), self.after(NEAR)].iter().any(|text| words(text).any(|word| OF_THE_DEAD.contains(&word)))
    }

    /// `Smith, Jane (2019) Teaching Maths. London: Routledge.`
    fn is_cited_in_full(&self) -> bool {
        if self.name.order != Order::SurnameComma || !self.is_cited() {
            return false;
        }
        let after = self.after(160);
        let line = after.split('\n').next().unwrap_or_default();
        let title = line.split_once(") ").map(|(_, title)| title).unwrap_or_default();
        title.split_once(". ").is_some_and(|(title, place)| words(title).nth(1).is_some() && place.contains(": "))
    }

    /// In the fields of a message quoted in the text, or in the line above it, the name or the address of a stranger:
    /// `From: Jane Smith <jane@firm.example>`, `On Monday Jane Smith <jane@firm.example> wrote:`.
    pub(in super::super) fn is_quoted_mailbox(&self) -> bool {
        let before = self.before(120);
        let line = before.rsplit('\n').next().unwrap_or_default();
        let line = line.trim_start_matches(['>', ' ', '*', '|']);
        let after = self.after(140);
        let field = ["from:", "to:", "cc:", "von:", "reply-to:"].iter().any(|field| line.starts_with(field));
        let wrote = after.split("\n\n").next().is_some_and(|rest| rest.contains("wrote:"));
        let attributed = wrote && (before.starts_with("on ") || before.contains("\non ") || before.contains(" on "));
        if !(field || attributed) {
            return false;
        }
        let ends =
            |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '[' | ']' | '"' | '(' | ')' | ',' | ';' | ':');
        // The name is spelled by the address itself, or stands right before it.
        let inside = after.starts_with('@') || after.split(ends).next().is_some_and(|rest| rest.contains('@'));
        let address = if inside {
            let head = before.rsplit(ends).next().unwrap_or_default();
            let end = after.split(ends).next().unwrap_or_default();
            let start = self.name.first.0 as usize;
            let name = self.folded(start..self.name.second.1 as usize);
            Address::read(&[head, name, end].concat())
        } else {
            let rest = after.trim_start_matches(['"', '\'', ' ', '\n', '*']);
            let rest = ["<", "[mailto:", "[", "("].iter().find_map(|sign| rest.strip_prefix(sign)).unwrap_or_default();
            let rest = rest.strip_prefix("mailto:").unwrap_or(rest);
            rest.split(ends).next().and_then(Address::read)
        };
        let Some(address) = address else { return false };
        let school = self.around.view.school;
        // A name beside an address of somebody else is not the name of who wrote.
        let local = fold_words(without_tag(address.local()));
        let own = self.name_words().any(|word| word.chars().nth(2).is_some() && local.contains(word));
        let roster = &school.roster;
        let known =
            roster.is_contact_of(self.name.pupil, &address) || roster.pupil_by_private_address(&address).is_some();
        own && !known && !school.is_inside(&address)
    }
}
