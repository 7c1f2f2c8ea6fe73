//! Pupils by less than a full name: initial and surname, forename and form.

use super::PupilId;
use crate::school::names::{Grade, Variant, fold_words, longer, word_key};
use rustc_hash::FxHashSet;

/// Which pupils an initial and a surname, or a forename and a form, may mean.
#[derive(Default)]
pub struct ShortNames {
    /// Sorted. A list that is searched, not a table: it is asked where both halves stand together, and nowhere else.
    pupils: Vec<(u64, PupilId)>,
    forms: FxHashSet<u64>,
    /// Forms of each year, by the number that their name begins with.
    years: Vec<(u8, u64)>,
    has_worded_forms: bool,
}

impl ShortNames {
    pub(super) fn add(&mut self, pupil: PupilId, forenames: &[Variant], surnames: &[Variant], form: &str) {
        let whole = |variant: &&Variant| variant.grade <= Grade::Former;
        for surname in surnames.iter().filter(whole) {
            for forename in forenames.iter().filter(whole) {
                if let Some(initial) = forename.words.first().and_then(|word| word.chars().next()) {
                    self.pupils.push((by_initial(initial, surname.key()), pupil));
                }
            }
        }
        let folded = fold_words(form);
        let Some(form) = form_letters(&folded) else { return };
        self.has_worded_forms |= !form.contains(|c: char| c.is_ascii_digit());
        let year = folded.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty());
        let year = year.and_then(|digits| digits.parse().ok());
        let form = word_key(form.as_bytes());
        if self.forms.insert(form) {
            self.years.extend(year.map(|year| (year, form)));
        }
        self.pupils.extend(forenames.iter().map(|forename| (by_form(forename.key(), form), pupil)));
    }

    pub(super) fn finish(&mut self) {
        self.pupils.sort_unstable();
        self.pupils.dedup();
        self.pupils.shrink_to_fit();
    }

    /// The pupils whose forename or preferred name begins with a letter and who bear a surname.
    pub fn of_initial(&self, initial: char, surname: u64) -> impl Iterator<Item = PupilId> {
        self.of(by_initial(initial, surname))
    }

    /// The pupils of a forename (or a short form of it) in a form.
    pub fn of_form(&self, forename: u64, form: u64) -> impl Iterator<Item = PupilId> {
        self.of(by_form(forename, form))
    }

    /// The pupils of a forename in all forms of a year.
    pub fn of_year(&self, forename: u64, year: u8) -> impl Iterator<Item = PupilId> {
        let forms = self.years.iter().filter(move |(own, _)| *own == year);
        forms.flat_map(move |(_, form)| self.of_form(forename, *form))
    }

    /// The key of a form of the school, however it is spaced (`7B`, `7 B`, `07b`, `9 Oak`); `None` for anything else.
    #[must_use]
    pub fn form(&self, folded: &str) -> Option<u64> {
        let key = word_key(form_letters(folded)?.as_bytes());
        self.forms.contains(&key).then_some(key)
    }

    /// Whether some form has no digit in its name (`Oak`).
    #[must_use]
    pub const fn has_worded_forms(&self) -> bool {
        self.has_worded_forms
    }

    fn of(&self, key: u64) -> impl Iterator<Item = PupilId> {
        let start = self.pupils.partition_point(|(have, _)| *have < key);
        let from = self.pupils.get(start..).unwrap_or_default();
        from.iter().take_while(move |(have, _)| *have == key).map(|(_, pupil)| *pupil)
    }
}

/// The letters and digits of a form; a number alone is a year and no form.
fn form_letters(folded: &str) -> Option<String> {
    let plain: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
    let number = ["year", "yr", "y"].iter().find_map(|word| {
        let rest = plain.strip_prefix(word)?;
        rest.starts_with(|c: char| c.is_ascii_digit()).then_some(rest)
    });
    let form = number.unwrap_or(&plain).trim_start_matches('0');
    form.contains(char::is_alphabetic).then(|| form.to_owned())
}

const fn by_form(forename: u64, form: u64) -> u64 {
    longer(forename ^ 0x5bd1_e995_9d1b_58d3, form)
}

fn by_initial(initial: char, surname: u64) -> u64 {
    longer(word_key(initial.encode_utf8(&mut [0; 4]).as_bytes()), surname)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::school::names::{forename_variants, sequence, surname_variants};

    #[test]
    fn a_form_is_known_however_it_is_written() {
        let mut names = ShortNames::default();
        for (place, form) in ["7B", "Y9 Oak", "Year 010.2x", "Kestrel", "11", ""].into_iter().enumerate() {
            let pupil = PupilId(u32::try_from(place).unwrap());
            names.add(pupil, &forename_variants("Jane"), &surname_variants("Smith", Grade::Full), form);
        }
        names.finish();
        let found = |written: &str| {
            let form = names.form(&fold_words(written))?;
            names.of_form(sequence(["jane"].into_iter()), form).next().map(|pupil| pupil.0)
        };
        for (written, pupil) in [
            ("7B", Some(0)),
            ("7 b", Some(0)),
            ("07B", Some(0)),
            ("Year 7B", Some(0)),
            ("9 Oak", Some(1)),
            ("Y9Oak", Some(1)),
            ("10.2X", Some(2)),
            ("kestrel", Some(3)),
            ("7C", None),
            ("11", None),
            ("", None),
        ] {
            assert_eq!(found(written), pupil, "{written}");
        }
        assert_eq!(names.of_initial('j', sequence(["smith"].into_iter())).count(), 6);
        assert_eq!(names.of_initial('k', sequence(["smith"].into_iter())).count(), 0);
        assert!(names.has_worded_forms());
        let of_year =
            |year| names.of_year(sequence(["jane"].into_iter()), year).map(|pupil| pupil.0).collect::<Vec<_>>();
        assert_eq!([of_year(7), of_year(9), of_year(10), of_year(8)], [vec![0], vec![1], vec![2], vec![]]);
    }
}
