//! Reads the roster's file: a CSV export with one pupil a row.

use super::{Field, Roster, plain_number, repeated};
use crate::problem::Problem;
use crate::school::table::{Row, Wanted, looks_like_address, read_table, several, shape};
use jiff::civil::Date;
use rustc_hash::FxHashSet;

/// Which column holds what. A column that is not named here is looked for under its usual headers.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// The school's own number of a pupil.
    pub id: Option<String>,
    /// Forename.
    pub forename: Option<String>,
    /// Surname.
    pub surname: Option<String>,
    /// Middle names.
    pub middle: Option<String>,
    /// Preferred (known-as) forename.
    pub preferred: Option<String>,
    /// Former surname.
    pub former_surname: Option<String>,
    /// Form or tutor group.
    pub form: Option<String>,
    /// Year group.
    pub year: Option<String>,
    /// Unique pupil number.
    pub upn: Option<String>,
    /// Unique learner number.
    pub uln: Option<String>,
    /// Date of birth.
    pub date_of_birth: Option<String>,
    /// School address.
    pub email: Option<String>,
    /// Private addresses, separated by `;`.
    pub private_email: Option<String>,
    /// Addresses of parents and other contacts, separated by `;`.
    pub contacts: Option<String>,
    /// Addresses that consent was given for, separated by `;`.
    pub consent: Option<String>,
}

impl Columns {
    /// In the order of [`Field`].
    fn wanted(&self) -> [Wanted<'_>; super::FIELDS] {
        fn column<'a>(key: &'static str, named: Option<&'a String>, usual: &'static [&'static str]) -> Wanted<'a> {
            Wanted { key, named: named.map(String::as_str), usual, required: false }
        }
        let mut all = [
            column(
                "id",
                self.id.as_ref(),
                &["pupil id", "id", "admission number", "adno", "student id", "mis id", "arbor id"],
            ),
            column(
                "forename",
                self.forename.as_ref(),
                &["forename", "legal forename", "first name", "legal first name", "given name"],
            ),
            column(
                "surname",
                self.surname.as_ref(),
                &["surname", "legal surname", "last name", "legal last name", "family name"],
            ),
            column("middle", self.middle.as_ref(), &["middle", "middle name", "middle names", "middle name(s)"]),
            column(
                "preferred",
                self.preferred.as_ref(),
                &[
                    "preferred",
                    "preferred forename",
                    "preferred first name",
                    "preferred name",
                    "known as",
                    "chosen name",
                ],
            ),
            column(
                "former_surname",
                self.former_surname.as_ref(),
                &["former surname", "previous surname", "former last name"],
            ),
            column(
                "form",
                self.form.as_ref(),
                &["form", "reg group", "registration group", "registration form", "reg", "tutor group", "class"],
            ),
            column("year", self.year.as_ref(), &["year", "year group", "nc year", "nc year actual"]),
            column("upn", self.upn.as_ref(), &["upn", "unique pupil number"]),
            column("uln", self.uln.as_ref(), &["uln", "unique learner number"]),
            column("date_of_birth", self.date_of_birth.as_ref(), &["date of birth", "dob", "birth date"]),
            column(
                "email",
                self.email.as_ref(),
                &["email", "school email", "primary email", "email address", "student email"],
            ),
            column("private_email", self.private_email.as_ref(), &["private email", "home email", "personal email"]),
            column(
                "contacts",
                self.contacts.as_ref(),
                &["contacts", "contact emails", "parent emails", "parental email", "guardian emails"],
            ),
            column("consent", self.consent.as_ref(), &["consent", "consent addresses", "consent emails"]),
        ];
        for wanted in all.iter_mut().take(3) {
            wanted.required = true;
        }
        all
    }
}

const LISTS: [Field; 4] = [Field::Email, Field::PrivateEmail, Field::Contacts, Field::Consent];

impl Roster {
    /// Reads a roster from the bytes of its file. All mistakes are told at once; a row with a mistake that is no
    /// warning is left out.
    #[must_use]
    pub fn read(bytes: &[u8], columns: &Columns, file: &str) -> (Self, Vec<Problem>) {
        let mut roster = Self::default();
        let mut problems = Vec::new();
        let mut ids = FxHashSet::default();
        let mut upns = FxHashSet::default();
        read_table(bytes, file, &columns.wanted(), &mut problems, |row, problems| {
            let before = problems.len();
            let born = look_at_row(row, file, problems);
            if repeated(std::iter::once(row.value(Field::Id as usize)), &mut ids) {
                problems
                    .push(mistake(row, file, "the pupil's number stands in the file twice").right("one row a pupil"));
            }
            let numbers: Vec<String> = several(row.value(Field::Upn as usize)).map(plain_number).collect();
            if repeated(numbers.iter().map(String::as_str), &mut upns) {
                problems
                    .push(mistake(row, file, "the UPN stands in the file twice").right("one row a pupil").warning());
            }
            if problems.iter().skip(before).all(|problem| problem.warning) {
                roster.add(row, born);
            }
        });
        if roster.is_empty() && problems.iter().all(|problem| problem.warning) {
            problems.push(Problem::new(file, None, "the roster holds no pupil").right("one row a pupil"));
        }
        roster.build();
        (roster, problems)
    }

    fn add(&mut self, row: &Row<'_>, born: Option<Date>) {
        let mut fields = [(0, 0); super::FIELDS];
        for (place, field) in fields.iter_mut().enumerate() {
            let start = self.text.len();
            if place == Field::DateOfBirth as usize {
                self.text.extend(born.map(|born| born.to_string()));
            } else {
                self.text.push_str(row.value(place));
            }
            // Rows beyond 4 GiB of text would be empty; a roster of 200,000 pupils is a hundredth of it.
            *field = match (u32::try_from(start), u32::try_from(self.text.len())) {
                (Ok(start), Ok(end)) => (start, end),
                _ => (0, 0),
            };
        }
        self.rows.push(fields);
    }
}

fn mistake(row: &Row<'_>, file: &str, what: &str) -> Problem {
    Problem::new(file, Some(row.line), what)
}

/// Tells what is wrong with one row; gives the date of birth.
fn look_at_row(row: &Row<'_>, file: &str, problems: &mut Vec<Problem>) -> Option<Date> {
    for (field, name) in [(Field::Id, "number"), (Field::Forename, "forename"), (Field::Surname, "surname")] {
        if row.value(field as usize).is_empty() {
            problems.push(mistake(row, file, &format!("the pupil has no {name}")).right(format!("a {name}")));
        } else if field != Field::Id && !row.value(field as usize).contains(char::is_alphabetic) {
            let problem = mistake(row, file, &format!("the pupil's {name} has no letter in it"));
            problems.push(problem.written(shape(row.value(field as usize))).right(format!("a {name}")));
        }
    }
    for field in LISTS {
        for address in several(row.value(field as usize)).filter(|address| !looks_like_address(address)) {
            let problem = mistake(row, file, "this is no e-mail address").written(shape(address));
            problems.push(problem.right("name@domain, several separated by `;`").warning());
        }
    }
    // The present one and, behind `;`, former ones.
    for upn in several(row.value(Field::Upn as usize)).map(plain_number).filter(|upn| upn.len() != 13) {
        let problem = mistake(row, file, "the UPN does not have 13 characters").written(shape(&upn));
        problems.push(problem.right("a letter and 12 more characters, former ones behind `;`").warning());
    }
    let written = row.value(Field::DateOfBirth as usize);
    let born = read_date(written);
    if born.is_none() && !written.is_empty() {
        let problem = mistake(row, file, "the date of birth cannot be read").written(shape(written));
        problems.push(problem.right("YYYY-MM-DD or DD/MM/YYYY").warning());
    }
    born
}

/// Reads `2011-08-12`, `12/08/2011`, `12.8.2011` or `12-08-2011`, also with a time behind it.
fn read_date(written: &str) -> Option<Date> {
    let day = written.split(['T', ' ']).next()?;
    let mut numbers = day.split(['-', '/', '.']).map(|number| number.parse::<i16>().ok());
    let (first, second, third) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let (year, month, day) = if first > 31 { (first, second, third) } else { (third, second, first) };
    let plausible = (1900..=2200).contains(&year);
    plausible.then(|| Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()).flatten()
}
