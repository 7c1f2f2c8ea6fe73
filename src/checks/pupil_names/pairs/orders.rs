//! The two orders in which the halves of a name stand: `Jane Smith`, and `Smith, Jane` or `Smith Jane`.

use super::neighbours::Lines;
use super::{Candidate, Finder, Hit, Order};
use crate::checks::pupil_names::words::Between;
use crate::school::names::Grade;

/// A comma in a link, once or twice escaped.
const ESCAPED_COMMAS: &[&str] = &["%2c", "%2c%20", "%2c+", "%252c", "%252c%2520"];

impl Finder<'_> {
    pub(super) fn forename_first(&self, forename: &Hit, surname: &Hit) -> Option<Candidate> {
        let odd = self.is_by_odd_sign(forename, surname);
        let (mut wrapped, mut cells) = (false, false);
        for number in forename.last + 1..=surname.first {
            let word = self.word(number)?;
            match word.before {
                Between::Joined | Between::Glued | Between::Hyphen => {}
                _ if odd => {}
                Between::Wrapped if !wrapped => wrapped = true,
                // `Jane,Smith,7B`: a line of a table.
                Between::Cell if self.begins_line(forename) => cells = true,
                // `J.`, `Jane A. Smith`: the stop belongs to the initial before it.
                Between::Stop if self.word(number - 1).is_some_and(|word| word.end - word.start == 1) => {}
                _ => return None,
            }
        }
        let pair = self.index.pairs(forename.key, surname.key).next()?;
        let gap = surname.first - forename.last - 1;
        let own_middle = self.gap_is_own(forename.last + 1, gap, pair.pupil);
        if gap > 0 && !own_middle && (cells || !self.gap_may_be_names(forename.last + 1, gap)) {
            return None;
        }
        let lines = if wrapped { self.lines(forename, surname) } else { Lines::Text };
        if lines == Lines::Entries {
            return None;
        }
        let spaced = self.word(surname.first).is_some_and(|word| word.before == Between::Joined);
        let hyphen = spaced && self.word(forename.first).is_some_and(|word| word.before == Between::Hyphen);
        Some(Candidate {
            pupil: pair.pupil,
            grade: if odd { pair.grade.max(Grade::Part) } else { pair.grade },
            order: Order::ForenameFirst,
            first: (forename.start, forename.end),
            second: (surname.start, surname.end),
            gap: u8::try_from(gap).unwrap_or(u8::MAX),
            own_middle,
            wrapped,
            doubtful: hyphen || lines == Lines::Alone || self.is_one_of_many(forename, surname),
            spaced,
            odd,
            disguised: forename.disguised || surname.disguised,
            forename: forename.key,
            surname: surname.key,
            words: (forename.first, forename.last, surname.first, surname.last),
        })
    }

    pub(super) fn surname_first(&self, surname: &Hit, forename: &Hit) -> Option<Candidate> {
        let gap = forename.first - surname.last - 1;
        let glue = self.text.get(surname.end as usize..forename.start as usize)?;
        let escaped = ESCAPED_COMMAS.contains(&glue);
        // Only a title or an initial stands between a surname and a forename: `Smith, Miss Jane`, `Smith J. (Jane)`.
        let small = || self.is_title(surname.last + 1) || self.is_initial_of(surname.last + 1, forename);
        if gap > 1 || (gap == 1 && !escaped && !small()) {
            return None;
        }
        let (mut wrapped, mut odd) = (false, false);
        let order = match self.word(surname.last + 1)?.before {
            _ if escaped => Order::SurnameComma,
            Between::Break if gap == 0 && self.is_by_odd_sign(surname, forename) => {
                odd = true;
                Order::SurnameFirst
            }
            Between::Wrapped if gap == 0 && self.is_box(surname, forename) => {
                wrapped = true;
                Order::SurnameFirst
            }
            Between::Comma => Order::SurnameComma,
            // `Tom,Brown,Alice,Green`: what stands in the middle of a line may belong to the cell before it.
            Between::Cell if self.word(surname.first)?.before != Between::Cell => Order::SurnameComma,
            Between::Joined | Between::Glued | Between::Hyphen => Order::SurnameFirst,
            _ => return None,
        };
        if gap == 1 && !escaped && !matches!(self.word(forename.first)?.before, Between::Joined | Between::Stop) {
            return None;
        }
        let pair = self.index.pairs(forename.key, surname.key).next()?;
        if self.surname_is_taken(surname) {
            return None;
        }
        Some(Candidate {
            pupil: pair.pupil,
            grade: pair.grade,
            order,
            first: (surname.start, surname.end),
            second: (forename.start, forename.end),
            gap: 0,
            own_middle: false,
            wrapped,
            doubtful: self.is_one_of_many(surname, forename),
            spaced: false,
            odd,
            disguised: forename.disguised || surname.disguised,
            forename: forename.key,
            surname: surname.key,
            words: (surname.first, surname.last, forename.first, forename.last),
        })
    }
}
