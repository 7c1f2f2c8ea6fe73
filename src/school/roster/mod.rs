//! Pupils and their contacts.

/// Pairs of names that will collide, for `exeat roster check`.
pub mod collisions;
/// The words of all pupils' names.
pub mod index;
/// Reads the roster's file.
mod read;
/// Pupils by less than a full name.
pub mod short;

pub use read::Columns;

use crate::mail::Address;
use crate::school::names::{self, Grade, Variant};
use crate::school::table::several;
use jiff::civil::Date;
use rustc_hash::FxHashSet;

/// A pupil's place in the roster. It means nothing outside this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct PupilId(pub u32);

/// What the roster knows of each pupil; the order is that of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The school's own number.
    Id,
    /// Forename.
    Forename,
    /// Surname.
    Surname,
    /// Middle names.
    Middle,
    /// Preferred (known-as) forename.
    Preferred,
    /// Former surname.
    Former,
    /// Form or tutor group.
    Form,
    /// Year group.
    Year,
    /// Unique pupil number.
    Upn,
    /// Unique learner number.
    Uln,
    /// Date of birth, as `YYYY-MM-DD`.
    DateOfBirth,
    /// School address.
    Email,
    /// Private addresses, separated by `;`.
    PrivateEmail,
    /// Addresses of parents and other contacts, separated by `;`.
    Contacts,
    /// Addresses that consent was given for, separated by `;`.
    Consent,
}

const FIELDS: usize = 15;
/// The longest surname of those whose forenames are often written in two syllables.
const LONGEST_OF_SYLLABLES: usize = 5;

/// All pupils, indexed by the words of their names. The text of all of them stands in one string.
#[derive(Default)]
pub struct Roster {
    text: String,
    rows: Vec<[(u32, u32); FIELDS]>,
    index: index::NameIndex,
    short: short::ShortNames,
    school: Vec<(u64, PupilId)>,
    private: Vec<(u64, PupilId)>,
    contacts: Vec<(u64, PupilId)>,
    upns: Vec<(u64, PupilId)>,
    learners: Vec<(u64, PupilId)>,
    initials: Vec<(u64, PupilId)>,
}

impl std::fmt::Debug for Roster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Roster({} pupils)", self.rows.len())
    }
}

/// One pupil of a roster.
#[derive(Clone, Copy)]
pub struct Pupil<'a> {
    roster: &'a Roster,
    row: &'a [(u32, u32); FIELDS],
}

impl std::fmt::Debug for Pupil<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(pupil)")
    }
}

impl<'a> Pupil<'a> {
    /// What a field says; empty where it says nothing.
    #[must_use]
    pub fn get(&self, field: Field) -> &'a str {
        let (start, end) = self.row.get(field as usize).copied().unwrap_or_default();
        self.roster.text.get(start as usize..end as usize).unwrap_or_default()
    }
    /// The school's own number, as findings and reports carry it.
    #[must_use]
    pub fn id(&self) -> &'a str {
        self.get(Field::Id)
    }
    /// Date of birth.
    #[must_use]
    pub fn born(&self) -> Option<Date> {
        self.get(Field::DateOfBirth).parse().ok()
    }
    /// How the forename and the preferred name may be written.
    #[must_use]
    pub fn forenames(&self) -> Vec<Variant> {
        let mut all = names::forename_variants(self.get(Field::Forename));
        let preferred = names::forename_variants(self.get(Field::Preferred));
        all.extend(preferred.into_iter().filter(|variant| variant.grade == Grade::Full));
        if self.get(Field::Surname).len() <= LONGEST_OF_SYLLABLES {
            all.extend(names::in_syllables(self.get(Field::Forename)));
        }
        all
    }
    /// How the surname and the former surname may be written.
    #[must_use]
    pub fn surnames(&self) -> Vec<Variant> {
        let mut all = names::surname_variants(self.get(Field::Surname), Grade::Full);
        let former = names::surname_variants(self.get(Field::Former), Grade::Former);
        // Burnside, formerly Crompton: both together, in either order.
        if let (Some(own), Some(former)) = (all.first(), former.first()) {
            let both = [[own, former], [former, own]].map(|pair| pair.map(|name| name.words.clone()).concat());
            let both = both.into_iter().filter(|words| words.len() <= names::LONGEST);
            let both: Vec<Variant> = both.map(|words| Variant { words, grade: Grade::Former }).collect();
            all.extend(both);
        }
        all.extend(former);
        all
    }
}

impl Roster {
    /// Number of pupils.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// No pupil at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// All pupils, in the order of the file.
    pub fn pupils(&self) -> impl Iterator<Item = (PupilId, Pupil<'_>)> {
        self.rows.iter().zip(0..).map(|(row, place)| (PupilId(place), Pupil { roster: self, row }))
    }
    /// One pupil.
    #[must_use]
    pub fn pupil(&self, id: PupilId) -> Option<Pupil<'_>> {
        self.rows.get(id.0 as usize).map(|row| Pupil { roster: self, row })
    }
    /// A pupil's initials, `J.S.`: what a rewrite puts in place of the name.
    #[must_use]
    pub fn initials(&self, id: PupilId) -> String {
        let Some(pupil) = self.pupil(id) else { return String::new() };
        let letters =
            [Field::Forename, Field::Surname].map(|field| pupil.get(field).chars().find(|c| c.is_alphabetic()));
        let mut initials = String::new();
        for letter in letters.into_iter().flatten() {
            initials.extend(letter.to_uppercase());
            initials.push('.');
        }
        initials
    }
    /// A pupil's date of birth.
    #[must_use]
    pub fn born(&self, id: PupilId) -> Option<Date> {
        self.pupil(id).and_then(|pupil| pupil.born())
    }
    /// Addresses of a pupil's contacts, and those that consent was given for.
    pub fn contacts_of(&self, id: PupilId) -> impl Iterator<Item = Address> {
        let lists = self.pupil(id).map(|pupil| [pupil.get(Field::Contacts), pupil.get(Field::Consent)]);
        lists.into_iter().flatten().flat_map(several).filter_map(Address::read)
    }
    /// Whether an address stands on a pupil's contact or consent list.
    #[must_use]
    pub fn is_contact_of(&self, id: PupilId, address: &Address) -> bool {
        self.owner_of_contact(address).any(|owner| owner == id)
    }
    /// Pupils on whose contact or consent list an address stands.
    pub fn owner_of_contact(&self, address: &Address) -> impl Iterator<Item = PupilId> {
        owners(&self.contacts, address.as_str())
    }
    /// The pupil whose school address this is.
    #[must_use]
    pub fn pupil_by_address(&self, address: &Address) -> Option<PupilId> {
        owners(&self.school, address.as_str()).next()
    }
    /// The pupil whose private address this is, with or without a tag (`jane+school@...`).
    #[must_use]
    pub fn pupil_by_private_address(&self, address: &Address) -> Option<PupilId> {
        let exact = owners(&self.private, address.as_str()).next();
        exact.or_else(|| {
            let plain = format!("{}@{}", names::without_tag(address.local()), address.domain());
            owners(&self.private, &plain).next()
        })
    }
    /// The pupil with a unique pupil number, whatever its case and spaces.
    #[must_use]
    pub fn pupil_by_upn(&self, upn: &str) -> Option<PupilId> {
        owners(&self.upns, &plain_number(upn)).next()
    }
    /// The pupil with a unique learner number.
    #[must_use]
    pub fn pupil_by_uln(&self, uln: &str) -> Option<PupilId> {
        owners(&self.learners, uln).next()
    }
    /// The pupil with these initials (with or without those between) in this form; both folded.
    #[must_use]
    pub fn pupil_by_initials(&self, initials: &str, form: &str) -> Option<PupilId> {
        owners(&self.initials, &format!("{initials}|{form}")).next()
    }
    /// The index that text is scanned with.
    #[must_use]
    pub fn index(&self) -> &index::NameIndex {
        &self.index
    }
    /// Pupils by less than a full name.
    #[must_use]
    pub fn short_names(&self) -> &short::ShortNames {
        &self.short
    }
    /// Other pupils with the same forename (or preferred name) and surname, and the pupil itself.
    #[must_use]
    pub fn namesakes(&self, id: PupilId) -> Vec<PupilId> {
        let Some(pupil) = self.pupil(id) else { return Vec::new() };
        let mut all = vec![id];
        for forename in pupil.forenames() {
            for surname in pupil.surnames() {
                all.extend(self.index.pairs(forename.key(), surname.key()).map(|pair| pair.pupil));
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }
    /// The pupil whose full name the local part of an address spells (`jane.smith2`, `smithjane`).
    #[must_use]
    pub fn spelled_by(&self, local: &str) -> Option<PupilId> {
        let folded = names::fold_words(names::without_tag(local));
        let parts: Vec<&str> = names::words(&folded).collect();
        let joined: String = parts.concat();
        if let Some(pupil) = self.index.joined(&joined).next() {
            return Some(pupil);
        }
        (1..parts.len().min(names::LONGEST)).find_map(|cut| {
            let (front, back) = parts.split_at_checked(cut)?;
            let front = names::sequence(front.iter().copied());
            let back = names::sequence(back.iter().copied());
            let mut pairs = self.index.pairs(front, back).chain(self.index.pairs(back, front));
            pairs.find(|pair| pair.grade < Grade::Diminutive).map(|pair| pair.pupil)
        })
    }

    /// Builds the indexes once all rows stand.
    fn build(&mut self) {
        let mut builder = index::Builder::default();
        let (mut school, mut private, mut contacts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut upns, mut learners, mut initials) = (Vec::new(), Vec::new(), Vec::new());
        let diminutives = names::Diminutives::built_in();
        let mut short = short::ShortNames::default();
        for (id, pupil) in self.pupils() {
            let mut forenames = pupil.forenames();
            forenames.extend(diminutives.of(&forenames));
            let surnames = pupil.surnames();
            builder.add(id, &forenames, &surnames);
            short.add(id, &forenames, &surnames, pupil.get(Field::Form));
            let key = |address: &str| {
                Address::read(address).map(|address| (names::word_key(address.as_str().as_bytes()), id))
            };
            school.extend(several(pupil.get(Field::Email)).filter_map(key));
            private.extend(several(pupil.get(Field::PrivateEmail)).filter_map(key));
            contacts.extend(several(pupil.get(Field::Contacts)).filter_map(key));
            contacts.extend(several(pupil.get(Field::Consent)).filter_map(key));
            for number in several(pupil.get(Field::Upn)).map(plain_number).filter(|number| !number.is_empty()) {
                upns.push((names::word_key(number.as_bytes()), id));
            }
            for number in several(pupil.get(Field::Uln)).map(plain_number).filter(|number| !number.is_empty()) {
                learners.push((names::word_key(number.as_bytes()), id));
            }
            for written in written_initials(pupil) {
                initials.push((names::word_key(written.as_bytes()), id));
            }
        }
        for list in [&mut school, &mut private, &mut contacts, &mut upns, &mut learners, &mut initials] {
            list.sort_unstable();
            list.dedup();
            list.shrink_to_fit();
        }
        (self.school, self.private, self.contacts) = (school, private, contacts);
        (self.upns, self.learners, self.initials) = (upns, learners, initials);
        self.index = builder.finish();
        short.finish();
        self.short = short;
    }
}

fn owners(list: &[(u64, PupilId)], text: &str) -> impl Iterator<Item = PupilId> {
    let key = names::word_key(text.as_bytes());
    let start = list.partition_point(|(have, _)| *have < key);
    list.get(start..).unwrap_or_default().iter().take_while(move |(have, _)| *have == key).map(|(_, id)| *id)
}

/// Initials and form as people write them for each other: `ao|7b`; those of the middle names stand between or not.
fn written_initials(pupil: Pupil<'_>) -> Vec<String> {
    let form = names::fold_words(pupil.get(Field::Form));
    let form = form.trim();
    let first = |field| -> String {
        let folded = names::fold_words(pupil.get(field));
        names::words(&folded).filter_map(|word| word.chars().next()).collect()
    };
    let (forename, middle, surname) = (first(Field::Forename), first(Field::Middle), first(Field::Surname));
    let (Some(a), Some(b)) = (forename.chars().next(), surname.chars().next()) else { return Vec::new() };
    if form.is_empty() {
        return Vec::new();
    }
    let mut all =
        vec![format!("{a}{b}|{form}"), format!("{forename}{surname}|{form}"), format!("{a}{middle}{b}|{form}")];
    all.dedup();
    all
}

fn plain_number(number: &str) -> String {
    number.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Values of a list column that stand there twice, to be told at import.
fn repeated<'a>(values: impl Iterator<Item = &'a str>, seen: &mut FxHashSet<u64>) -> bool {
    values.filter(|value| !value.is_empty()).any(|value| !seen.insert(names::word_key(value.as_bytes())))
}

#[cfg(test)]
mod tests;
