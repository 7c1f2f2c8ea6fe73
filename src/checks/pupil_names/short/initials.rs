//! An initial beside a surname.

use super::{INITIAL, Reader, Short, place};
use crate::checks::pupil_names::pairs::Order;
use crate::school::names::word_key;
use crate::school::roster::PupilId;

/// The most initials before or behind a surname.
const MOST_INITIALS: usize = 3;

impl Reader<'_, '_> {
    pub(super) fn initial_and_surname(&self) -> Option<Short> {
        let (start, end) = (self.half.start as usize, self.half.end as usize);
        let before = initials_before(self.text, start);
        let (at, first, second) = if let Some(at) = before {
            (at, (at, start), (start, end))
        } else {
            let (at, last) = self.initial_behind(end)?;
            (at, (start, end), (at, last))
        };
        let initial = self.text.get(at..)?.chars().next()?;
        let written = self.around.written((place(at)?, place(at + initial.len_utf8())?));
        let surname = self.around.written((self.half.start, self.half.end));
        if !written.starts_with(char::is_uppercase) || !surname.contains(char::is_uppercase) {
            return None;
        }
        let roster = &self.around.view.school.roster;
        let pupils: Vec<PupilId> = roster.short_names().of_initial(initial, self.half.key).take(60).collect();
        let stretch = |(from, to): (usize, usize)| Some((place(from)?, place(to)?));
        let order = if before.is_some() { Order::ForenameFirst } else { Order::SurnameFirst };
        let initial = word_key(initial.encode_utf8(&mut [0; 4]).as_bytes());
        let name = (stretch(first)?, stretch(second)?, initial, self.half.key);
        self.settle(INITIAL, order, name, &pupils)
    }

    /// The initial behind a surname (`Smith, J.`, `Smith J`), and where the last of them ends.
    fn initial_behind(&self, end: usize) -> Option<(usize, usize)> {
        let rest = self.text.get(end..)?;
        let comma = rest.starts_with(',');
        let mut at = end + [", ", ",", " "].iter().find(|sign| rest.starts_with(**sign))?.len();
        let first = at;
        let mut last = at;
        for _ in 0..MOST_INITIALS {
            let mut letters = self.text.get(at..)?.chars();
            let Some(letter) = letters.next().filter(|c| c.is_alphabetic()) else { break };
            let behind = letters.next();
            if behind.is_some_and(|c| c.is_alphanumeric() || c == '\'' || c == '-') {
                break;
            }
            last = at + letter.len_utf8();
            let more = self.text.get(last..)?;
            at = last + [". ", ".", " "].iter().find(|sign| more.starts_with(**sign)).map_or(0, |sign| sign.len());
        }
        if last == first {
            return None;
        }
        let rest = self.text.get(last..)?;
        let stop = rest.starts_with('.');
        let word = rest.trim_start_matches('.').strip_prefix(' ').filter(|rest| rest.starts_with(char::is_alphabetic));
        // `Smith, J. Brown`, `Smith I think`: the letter belongs to what follows.
        if let Some(word) = word {
            let capital = place(self.text.len() - word.len()).is_some_and(|at| self.has_capital(at));
            if capital || !(comma || stop || !matches!(self.text.get(first..last), Some("i" | "a"))) {
                return None;
            }
        }
        Some((first, last))
    }
}

/// Where the first of the initials before a surname stands.
fn initials_before(text: &str, start: usize) -> Option<usize> {
    let (mut at, mut first) = (start, None);
    for _ in 0..MOST_INITIALS {
        let head = text.get(..at)?;
        let Some(head) = [". ", " ", "."].iter().find_map(|sign| head.strip_suffix(sign)) else { break };
        let mut letters = head.chars().rev();
        let Some(letter) = letters.next().filter(|c| c.is_alphabetic()) else { break };
        if letters.next().is_some_and(|c| c.is_alphanumeric() || "'@_-/\\".contains(c)) {
            break;
        }
        at = head.len() - letter.len_utf8();
        first = Some(at);
    }
    first
}
