//! What else the words of a name mean: authors, ordinary phrases, verbs, the end of a letter.

use super::super::pairs::Order;
use super::{Case, NEAR, Standing};
use crate::school::names::{self, words};
use crate::school::roster::index::FORENAME;

/// What goes on behind the name of a person.
pub(super) const FINITE: &[&str] = &[
    "is", "was", "has", "had", "will", "did", "does", "and", "or", "in", "of", "from", "who", "whose", "with", "s",
    "to", "for", "at", "on", "year", "form", "would", "can", "could", "should", "may", "said", "got", "went", "came",
];

/// Words near which an author's name is an author's.
const BOOKS: &[&str] = &[
    "author",
    "novel",
    "novels",
    "poem",
    "poems",
    "poet",
    "poetry",
    "play",
    "plays",
    "text",
    "texts",
    "book",
    "books",
    "chapter",
    "essay",
    "essays",
    "story",
    "stories",
    "literature",
    "anthology",
    "read",
    "reads",
    "reading",
    "wrote",
    "written",
    "by",
];

impl Standing<'_, '_> {
    /// Somebody whose books are read at school, where books are spoken of.
    pub(in super::super) fn is_author(&self) -> bool {
        let authors = &self.around.view.school.lists.authors;
        let (first, second) = (self.half(self.name.first), self.half(self.name.second));
        if self.name.order != Order::ForenameFirst || !authors.contains(&format!("{first} {second}")) {
            return false;
        }
        self.speaks_of_books() || self.heads_title()
    }

    /// `William Blake: London`, `Thomas Hardy's Wessex`, `Far from the Madding Crowd (Thomas Hardy)`.
    fn heads_title(&self) -> bool {
        let (before, after) = (self.before(60), self.after(60));
        let end = self.name.second.1;
        let begins = before.is_empty() || before.ends_with('\n');
        let titled = |sign: &str| {
            let at = end.saturating_add(u32::try_from(sign.len()).unwrap_or(u32::MAX));
            after.starts_with(sign) && self.around.written((at, at.saturating_add(1))).starts_with(char::is_uppercase)
        };
        let bracketed = before.ends_with(" (") && after.starts_with(')');
        (begins && (titled(": ") || titled(" - "))) || titled("'s ") || bracketed
    }

    /// The same by an initial: `a poem by W. Owen`.
    pub(in super::super) fn is_author_by_initial(&self) -> bool {
        let (initial, surname) = match self.name.order {
            Order::ForenameFirst => (self.half(self.name.first), self.half(self.name.second)),
            Order::SurnameComma | Order::SurnameFirst => (self.half(self.name.second), self.half(self.name.first)),
        };
        let letter = initial.chars().next();
        let is_meant = |author: &String| {
            let last = words(author).last().is_some_and(|last| words(surname).last() == Some(last));
            last && author.chars().next() == letter
        };
        self.speaks_of_books() && self.around.view.school.lists.authors.iter().any(is_meant)
    }

    /// `Smith, J. (2019)`, `Smith, J. et al.`: a book or an essay.
    pub(in super::super) fn is_cited(&self) -> bool {
        let after = self.after(8).trim_start_matches(['.', ',', ' ']);
        let year = after.strip_prefix('(').unwrap_or(after);
        year.bytes().take_while(u8::is_ascii_digit).count() == 4
    }

    /// One of some words stands next behind the name.
    pub(in super::super) fn is_followed_by(&self, list: &[&str]) -> bool {
        let after = self.after(40);
        let line = after.split('\n').next().unwrap_or_default();
        let short = line.trim_start_matches([',', '.', ' ', '(', ')', '-', ':']);
        words(short).next().is_some_and(|word| short.starts_with(word) && list.contains(&word))
    }

    /// `a novel by John Green`, `Thomas Hardy's new novel`, or in a list of authors and titles: a writer who is not listed.
    pub(in super::super) fn is_in_reading_list(&self) -> bool {
        const WORKS: &[&str] =
            &["novel", "novels", "sonnets", "anthology", "fiction", "playwright", "novelist", "author"];
        if self.name.order != Order::ForenameFirst {
            return false;
        }
        let (before, after) = (self.before(120), self.after(120));
        let near = |text: &str| words(text).any(|word| WORKS.contains(&word) || word == "texts" || word == "reading");
        if let Some(owned) = after.strip_prefix("'s ") {
            let mut owned = words(owned).skip_while(|word| ["new", "latest", "last", "first", "debut"].contains(word));
            if owned.next().is_some_and(|word| WORKS.contains(&word)) {
                return true;
            }
        }
        (before.ends_with("by ") && (near(before) || near(after))) || self.is_listed_with_title(before, after)
    }

    /// `Harper Lee, To Kill a Mockingbird; Jane Smith, Looking for Alaska`: an author, a comma and a title beside a listed
    /// author, a comma and a title. A writer says nothing of a neighbour who has no title.
    fn is_listed_with_title(&self, before: &str, after: &str) -> bool {
        let titled =
            |rest: &str| rest.strip_prefix(',').is_some_and(|title| title.trim().starts_with(char::is_alphabetic));
        let before = before.rsplit("\n\n").next().unwrap_or_default();
        let after = after.split("\n\n").next().unwrap_or_default();
        let head = before.rsplit([';', ':']).next().unwrap_or_default().trim();
        let own = after.split(';').next().unwrap_or_default();
        let end = self.name.second.1;
        let title = self.around.written((end.saturating_add(1), end.saturating_add(4)));
        let capital = title.trim_start().starts_with(char::is_uppercase);
        if !(head.is_empty() && capital && titled(own) && words(own).nth(1).is_some()) {
            return false;
        }
        let authors = &self.around.view.school.lists.authors;
        let listed = |item: &str| {
            let (author, title) = item.split_at(item.find(',').unwrap_or(item.len()));
            titled(title) && authors.contains(&words(author).collect::<Vec<_>>().join(" "))
        };
        before.split([';', ':']).chain(after.split(';').skip(1)).any(listed)
    }

    /// `Faith, Hope and Charity`: three ordinary words in an enumeration.
    pub(in super::super) fn is_one_of_virtues(&self) -> bool {
        let ordinary = &self.around.view.school.lists.ordinary;
        self.name.order == Order::SurnameComma
            && self.name_words().all(|word| ordinary.contains(word))
            && self
                .after(30)
                .strip_prefix(" and ")
                .and_then(|rest| words(rest).next())
                .is_some_and(|next| ordinary.contains(next))
    }

    /// `Tia Dixon; Thomas Hardy; Jack Cook`, `A, B, Harry Potter and C`: beside two names of pupils in one list.
    pub(in super::super) fn is_one_of_pupils(&self) -> bool {
        let school = self.around.view.school;
        let is_pupil = |item: &str| {
            let item = item.trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '!'));
            let all: Vec<&str> = words(item).take(4).collect();
            let (Some((forename, rest)), true) = (all.split_first(), all.len() < 4) else { return false };
            let index = school.roster.index();
            let whole = |parts: &[&str]| index.whole(&parts.join(" ")).map(|(key, _)| key);
            let pair = whole(&[forename]).zip(whole(rest));
            let named = pair.is_some_and(|(forename, surname)| index.pairs(forename, surname).next().is_some());
            // Where one word of it is no ordinary one, and no book is by it.
            named
                && !school.lists.authors.contains(item)
                && !all.iter().all(|word| school.lists.ordinary.contains(*word))
        };
        let line = |text: &str| text.replace(" and ", ", ");
        let before = line(self.before(120).rsplit(['\n', ':']).next().unwrap_or_default());
        let after = line(self.after(120).split('\n').next().unwrap_or_default());
        let mut heads = before.rsplit([',', ';']);
        let mut tails = after.split([',', ';']);
        // Nothing else stands in its own item.
        let alone =
            [heads.next(), tails.next()].iter().flatten().all(|rest| rest.trim_matches([' ', '.', '!']).is_empty());
        let heads = heads.take(2).filter(|item| is_pupil(item)).count();
        alone && heads + tails.take(2).filter(|item| is_pupil(item)).count() >= 2
    }

    /// `Clara <tab> Oliver <tab> Thomas <tab> Amy`: a plan of forenames, of which one is a surname of others as well.
    pub(in super::super) fn is_in_seating_plan(&self) -> bool {
        let around = self.around;
        // Folded, a wide blank is one: with the letters beside it, it is seen as it was written.
        let letters = (self.name.first.1.saturating_sub(1), self.name.second.0.saturating_add(1));
        let between = around.written(letters).trim_matches(char::is_alphabetic);
        if !(between.contains('\t') || between.len() > 1 && between.bytes().all(|byte| byte == b' ')) {
            return false;
        }
        let index = around.view.school.roster.index();
        let forename = |key: u64| index.flags(key) & FORENAME != 0;
        let (before, after) = (self.before(40), self.after(40));
        let line = before.rsplit('\n').next().unwrap_or_default();
        let rest = after.split('\n').next().unwrap_or_default();
        let beside = [words(line).last(), words(rest).next()];
        forename(self.name.forename)
            && forename(self.name.surname)
            // `Lewis  Phoebe  Phoebe  12E`: one pupil's legal and chosen forenames.
            && beside.into_iter().flatten().any(|word| {
                forename(names::word_key(word.as_bytes())) && !self.name_words().any(|own| own == word)
            })
    }

    fn speaks_of_books(&self) -> bool {
        let near = |text: &str| words(text).any(|word| BOOKS.contains(&word));
        near(self.before(NEAR)) || near(self.after(NEAR))
    }

    /// Behind `-- ` or within three lines of a greeting that ends a letter.
    pub(in super::super) fn in_signature(&self) -> bool {
        const ENDINGS: &[&str] = &[
            "regards",
            "kind regards",
            "best regards",
            "warm regards",
            "many thanks",
            "thanks",
            "thank you",
            "best",
            "best wishes",
            "all the best",
            "yours sincerely",
            "yours faithfully",
            "yours",
            "sincerely",
            "cheers",
            "--",
        ];
        let lines = self.before(300).rsplit('\n').skip(1).filter(|line| !line.trim().is_empty()).take(3);
        lines.map(|line| line.trim().trim_end_matches([',', '.', '!'])).any(|line| ENDINGS.contains(&line))
    }

    /// The name stands inside a phrase of ordinary English or of the school's own list.
    pub(in super::super) fn is_phrase(&self) -> bool {
        let name = || self.name_words().collect::<Vec<_>>().join(" ");
        let mut known = self.around.phrases.borrow_mut();
        let phrases = known.entry(names::pair_key(self.name.forename, self.name.surname)).or_insert_with(|| {
            let name = name();
            let all = self.around.view.school.lists.phrases.iter().map(String::as_str);
            all.filter(|phrase| phrase.contains(&name)).collect()
        });
        if phrases.is_empty() {
            return false;
        }
        let text = [self.before(60), &name(), self.after(60)].join(" ");
        let text = format!(" {} ", words(&text).collect::<Vec<_>>().join(" "));
        phrases.iter().any(|phrase| text.contains(&format!(" {phrase} ")))
    }

    /// `we met Will Young`: nobody gives a verb a capital in the middle of a sentence.
    pub(in super::super) fn is_verb_with_capital(&self, first: Case, second: Case) -> bool {
        let verb =
            self.name.order == Order::ForenameFirst && ["will", "mark", "grant"].contains(&self.half(self.name.first));
        let before = self.before(3).strip_suffix(' ').unwrap_or_default();
        verb && first == Case::Mixed
            && second == Case::Mixed
            && before.ends_with(|c: char| c.is_alphabetic() || c == ',')
    }

    /// `Will Young people come?`, `May Day be moved?`: a verb that begins a sentence.
    pub(in super::super) fn is_question(&self) -> bool {
        if self.name.order != Order::ForenameFirst || !["will", "may"].contains(&self.half(self.name.first)) {
            return false;
        }
        let before = self.before(4).trim_end_matches([' ', '"', '\'', '(']);
        let begins = before.is_empty() || before.ends_with(['.', '?', '!', '\n', ':']);
        let after = self.after(30);
        let rest = after.strip_prefix([' ', '\n']).unwrap_or_default();
        let next = words(rest).next().filter(|_| rest.starts_with(char::is_alphabetic));
        // `Will Day 1 and Day 2 be swapped`; but `Will Young 10A`.
        let count = rest.bytes().take_while(u8::is_ascii_digit).count();
        let counted =
            count > 0 && rest.get(count..).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ',']));
        let small = self.case(self.name.second) == Case::Lower;
        begins && (small || counted || next.is_some_and(|next| !FINITE.contains(&next)))
    }

    /// Inside a link to one of the school's own web hosts.
    pub(in super::super) fn in_own_link(&self) -> bool {
        let before = self.before(200);
        let link = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        let host = link.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#', ':']).next().unwrap_or_default());
        host.is_some_and(|host| {
            let own = &self.around.view.school.identity.hosts;
            own.iter().any(|own| host == own || host.strip_suffix(own.as_str()).is_some_and(|head| head.ends_with('.')))
        })
    }
}
