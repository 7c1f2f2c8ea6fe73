//! What stands beside the halves of a name and between them: lines, titles, middle names.

use super::super::words::{Between, JOINING, TITLES, Word};
use super::{Finder, Hit};
use crate::school::names::{fold_words, word_key, words};
use crate::school::roster::index::{FORENAME, SURNAME};
use crate::school::roster::{Field, PupilId};

/// How far the lines beside two lines are read.
const FAR: usize = 120;

/// What two lines are, of which the one ends with a forename and the other begins with a surname.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// A text that was wrapped.
    Text,
    /// Nothing but the two names.
    Alone,
    /// Two entries of a list.
    Entries,
}

impl Finder<'_> {
    pub(super) fn begins_line(&self, hit: &Hit) -> bool {
        let before = self.text.get(..hit.start as usize).unwrap_or_default();
        let before = before.strip_suffix('"').unwrap_or(before);
        before.is_empty() || before.ends_with('\n')
    }

    /// `Tom Brown, Alice Green` and `Mr Brown, Alice is here`: the surname belongs to the word before it.
    pub(super) fn surname_is_taken(&self, surname: &Hit) -> bool {
        let Some(own) = self.word(surname.first) else { return false };
        if !matches!(own.before, Between::Joined | Between::Stop | Between::Wrapped) {
            return false;
        }
        let Some(before) = surname.first.checked_sub(1).and_then(|number| self.word(number)) else { return false };
        let title = self.is_title(surname.first - 1);
        let initial = own.before == Between::Stop && before.end - before.start == 1;
        title || initial || (own.before == Between::Joined && self.index.flags(before.key) & FORENAME != 0)
    }

    pub(super) fn is_title(&self, number: u64) -> bool {
        self.word(number).and_then(|word| self.slice(&word)).is_some_and(|word| TITLES.contains(&word))
    }

    /// Whether a forename stands next behind the surname, or a surname next before the forename.
    fn is_named_beside(&self, before: &str, behind: &str) -> bool {
        let flags = |word: Option<&str>| word.map_or(0, |word| self.index.flags(word_key(word.as_bytes())));
        flags(words(behind).next()) & FORENAME != 0 || flags(words(before).last()) & SURNAME != 0
    }

    /// `Harley/Stanley/Amy`: one of several names parted by strokes.
    pub(super) fn is_one_of_many(&self, first: &Hit, second: &Hit) -> bool {
        let glue = self.text.get(first.end as usize..second.start as usize);
        let before = self.text.get(..first.start as usize).is_some_and(|head| head.ends_with('/'));
        let behind = self.text.get(second.end as usize..).is_some_and(|rest| rest.starts_with('/'));
        glue == Some("/") && (before || behind) && first.flags & second.flags & FORENAME != 0
    }

    /// Whether all words between the halves are middle names of the pupil, or initials.
    pub(super) fn gap_is_own(&self, from: u64, gap: u64, pupil: PupilId) -> bool {
        if gap == 0 {
            return true;
        }
        let middle = self.roster.pupil(pupil).map_or("", |pupil| pupil.get(Field::Middle));
        let middle = fold_words(middle);
        (from..from + gap).all(|number| {
            self.word(number).is_some_and(|word| {
                word.end - word.start == 1 || words(&middle).any(|own| word_key(own.as_bytes()) == word.key)
            })
        })
    }

    /// Whether the words between the halves could be middle names at all: none of them joins or parts sentences.
    pub(super) fn gap_may_be_names(&self, from: u64, gap: u64) -> bool {
        (from..from + gap).all(|number| {
            self.word(number).and_then(|word| self.slice(&word)).is_some_and(|word| !JOINING.contains(&word))
        })
    }

    /// Whether a line break between the halves is the wrap of a longer text or the end of an entry.
    pub(super) fn lines(&self, forename: &Hit, surname: &Hit) -> Lines {
        let start = forename.start as usize;
        let end = surname.end as usize;
        let before = self.text.get(..start).unwrap_or_default();
        let line = before.get(before.len().saturating_sub(200)..).unwrap_or(before);
        let line = line.rsplit('\n').next().unwrap_or_default();
        let after = self.text.get(end..).unwrap_or_default();
        let rest: String = after.chars().take(200).take_while(|c| *c != '\n').collect();
        let many = |text: &str| words(text).take(2).count() == 2;
        if line.trim().is_empty() && rest.trim().is_empty() {
            return if self.is_one_of_a_list(forename, surname) { Lines::Alone } else { Lines::Text };
        }
        // `About Jane / Smith today`: no entry of a list holds such a word.
        let joins = |text: &str| words(text).any(|word| JOINING.contains(&word));
        if joins(line) || joins(&rest) {
            return Lines::Text;
        }
        // `Brown Alice / Smith Jane`: a register, where the words beside both halves are names, or nobody's we know.
        let few = |text: &str| words(text).take(3).count() <= 2;
        let register = few(line) && few(&rest) && self.is_named_beside(line, &rest);
        if (many(line) || many(&rest)) && !register { Lines::Text } else { Lines::Entries }
    }

    /// `Smith` above `Jane`, each alone on its line, in a box or a label: between blank lines or prose they are one name.
    /// Two forenames, or lines among more names, are entries of a list.
    pub(super) fn is_box(&self, first: &Hit, second: &Hit) -> bool {
        let before = self.text.get(..first.start as usize).unwrap_or_default();
        let after = self.text.get(second.end as usize..).unwrap_or_default();
        let begins = before.trim_end_matches([' ', '*', '|']).chars().next_back().is_none_or(|c| c == '\n');
        let ends = after.trim_start_matches([' ', '*', '|']).chars().next().is_none_or(|c| c == '\n');
        begins && ends && !self.is_one_of_a_list(first, second)
    }

    /// `Jane; Smith`, `Smith / Jane`, `Jane, Smith`: a forename and a surname that are nothing else in this school, and
    /// that belong to no other name beside them.
    pub(super) fn is_by_odd_sign(&self, first: &Hit, second: &Hit) -> bool {
        const SIGNS: &[&str] = &[", ", "; ", " ; ", " : ", " / "];
        let glue = self.text.get(first.end as usize..second.start as usize);
        if !glue.is_some_and(|glue| SIGNS.contains(&glue)) || first.flags & second.flags & (FORENAME | SURNAME) != 0 {
            return false;
        }
        // Words that are both, and those that a family gives and bears, leave it open where a name ends.
        let both = |hit: &Hit| hit.flags & FORENAME != 0 && hit.flags & SURNAME != 0;
        let before = self.text.get(..first.start as usize).unwrap_or_default();
        let before = before.get(before.ceil_char_boundary(before.len().saturating_sub(24))..).unwrap_or_default();
        let after = self.text.get(second.end as usize..).unwrap_or_default();
        let after = after.get(..after.floor_char_boundary(24)).unwrap_or_default();
        let named = |word: Option<&str>| word.is_some_and(|word| self.index.flags(word_key(word.as_bytes())) != 0);
        !(both(first) || both(second) || named(words(before).last()) || named(words(after).next()))
    }

    fn is_one_of_a_list(&self, first: &Hit, second: &Hit) -> bool {
        if first.flags & second.flags & FORENAME != 0 {
            return true;
        }
        let before = self.text.get(..first.start as usize).unwrap_or_default();
        let before = before.get(before.ceil_char_boundary(before.len().saturating_sub(FAR))..).unwrap_or_default();
        let after = self.text.get(second.end as usize..).unwrap_or_default();
        let after = after.get(..after.floor_char_boundary(FAR)).unwrap_or_default();
        let entry = |line: Option<&str>| {
            let line = line.unwrap_or_default();
            let known = |word: &str| self.index.flags(word_key(word.as_bytes())) & (FORENAME | SURNAME) != 0;
            words(line).take(4).count() < 4 && words(line).any(known)
        };
        entry(before.rsplit('\n').nth(1)) || entry(after.split('\n').nth(1))
    }

    /// `Smith J. (Jane)`: the initial of the forename that follows.
    pub(super) fn is_initial_of(&self, number: u64, forename: &Hit) -> bool {
        let own = self.text.get(forename.start as usize..).and_then(|text| text.chars().next());
        let word = self.word(number).filter(|word| word.end - word.start == 1);
        let bracket = self.text.get(..forename.start as usize).is_some_and(|head| head.ends_with('('));
        bracket && word.and_then(|word| self.slice(&word)).and_then(|word| word.chars().next()) == own
    }

    fn slice(&self, word: &Word) -> Option<&str> {
        self.text.get(word.start as usize..word.end as usize)
    }
}
