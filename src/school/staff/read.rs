//! Reads the staff directory: TOML as written, or a CSV file by its columns.

use super::super::table::{Wanted, looks_like_address, read_table, several, shape};
use super::{Kind, Member, Staff};
use crate::mail::Address;
use crate::problem::Problem;

/// Which column of a CSV directory holds what. A column not named is looked for under its usual headers.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// Main address.
    pub address: Option<String>,
    /// Other addresses, separated by `;`.
    pub other_addresses: Option<String>,
    /// Log-in names, separated by `;`.
    pub logins: Option<String>,
    /// Forename.
    pub forename: Option<String>,
    /// Surname.
    pub surname: Option<String>,
    /// Preferred forename.
    pub known_as: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Groups, separated by `;`.
    pub groups: Option<String>,
    /// Private addresses, separated by `;`.
    pub private_addresses: Option<String>,
    /// Private telephone numbers, separated by `;`.
    pub private_phones: Option<String>,
    /// Telephone number of the signature.
    pub phone: Option<String>,
    /// `staff`, `shared_mailbox`, `system` or `pupil`; empty: staff.
    pub kind: Option<String>,
    /// Who writes from a shared mailbox, separated by `;`.
    pub members: Option<String>,
}

impl Columns {
    fn wanted(&self) -> [Wanted<'_>; 13] {
        fn one<'a>(key: &'static str, named: Option<&'a String>, usual: &'static [&'static str]) -> Wanted<'a> {
            Wanted { key, named: named.map(String::as_str), usual, required: false }
        }
        let mut all = [
            one("address", self.address.as_ref(), &["address", "email", "work email", "email address", "school email"]),
            one("other_addresses", self.other_addresses.as_ref(), &["other addresses", "aliases", "proxy addresses"]),
            one("logins", self.logins.as_ref(), &["logins", "login", "username", "user name"]),
            one("forename", self.forename.as_ref(), &["forename", "first name", "given name", "legal forename"]),
            one("surname", self.surname.as_ref(), &["surname", "last name", "family name", "legal surname"]),
            one(
                "known_as",
                self.known_as.as_ref(),
                &["known as", "preferred", "preferred forename", "preferred first name"],
            ),
            one("job_title", self.job_title.as_ref(), &["job title", "title", "role", "position"]),
            one("groups", self.groups.as_ref(), &["groups", "group", "departments", "department"]),
            one(
                "private_addresses",
                self.private_addresses.as_ref(),
                &["private addresses", "home email", "personal email", "private email"],
            ),
            one(
                "private_phones",
                self.private_phones.as_ref(),
                &["private phones", "private phone", "home phone", "mobile", "personal mobile"],
            ),
            one("phone", self.phone.as_ref(), &["phone", "work phone", "telephone", "extension"]),
            one("kind", self.kind.as_ref(), &["kind", "type", "mailbox type"]),
            one("members", self.members.as_ref(), &["members", "delegates"]),
        ];
        for wanted in all.iter_mut().take(1) {
            wanted.required = true;
        }
        all
    }
}

/// One entry as a directory writes it, in TOML (`[[member]]`) or, by columns, in CSV.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    address: String,
    other_addresses: Vec<String>,
    logins: Vec<String>,
    forename: String,
    surname: String,
    known_as: String,
    job_title: String,
    groups: Vec<String>,
    private_addresses: Vec<String>,
    private_phones: Vec<String>,
    phone: String,
    kind: String,
    members: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Directory {
    #[serde(default)]
    member: Vec<toml::Spanned<Written>>,
}

impl Staff {
    /// Reads a directory, TOML where the file's name ends so, else CSV. All mistakes are told at once; an entry with
    /// a mistake that is no warning is left out.
    #[must_use]
    pub fn read(bytes: &[u8], columns: &Columns, file: &str) -> (Self, Vec<Problem>) {
        let mut staff = Self::default();
        let mut problems = Vec::new();
        let is_toml = std::path::Path::new(file).extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"));
        if is_toml {
            staff.read_toml(bytes, file, &mut problems);
        } else {
            read_table(bytes, file, &columns.wanted(), &mut problems, |row, problems| {
                let list = |place| several(row.value(place)).map(str::to_owned).collect();
                let text = |place| row.value(place).to_owned();
                let written = Written {
                    address: text(0),
                    other_addresses: list(1),
                    logins: list(2),
                    forename: text(3),
                    surname: text(4),
                    known_as: text(5),
                    job_title: text(6),
                    groups: list(7),
                    private_addresses: list(8),
                    private_phones: list(9),
                    phone: text(10),
                    kind: text(11),
                    members: list(12),
                };
                staff.take_in(&written, file, row.line, problems);
            });
        }
        (staff, problems)
    }

    fn read_toml(&mut self, bytes: &[u8], file: &str, problems: &mut Vec<Problem>) {
        let text = String::from_utf8_lossy(bytes);
        let line = |at: usize| u32::try_from(text.bytes().take(at).filter(|b| *b == b'\n').count() + 1).ok();
        match toml::from_str::<Directory>(&text) {
            Ok(directory) => {
                for entry in directory.member {
                    let at = line(entry.span().start).unwrap_or(1);
                    self.take_in(entry.get_ref(), file, at, problems);
                }
            }
            // The reader's own message may quote the file; ours tells the place.
            Err(error) => problems.push(
                Problem::new(file, error.span().and_then(|span| line(span.start)), "this is not a staff directory")
                    .right("`[[member]]` with `address = \"name@domain\"` and the other keys of the manual"),
            ),
        }
    }

    fn take_in(&mut self, written: &Written, file: &str, line: u32, problems: &mut Vec<Problem>) {
        let before = problems.len();
        let mut addresses = |texts: &[String]| -> Vec<Address> {
            let mut all = Vec::new();
            for text in texts.iter().filter(|text| !text.is_empty()) {
                if looks_like_address(text) {
                    all.extend(Address::read(text));
                } else {
                    let problem = Problem::new(file, Some(line), "this is no e-mail address").written(shape(text));
                    problems.push(problem.right("name@domain, several separated by `;`"));
                }
            }
            all
        };
        let address = addresses(std::slice::from_ref(&written.address)).pop();
        let other_addresses = addresses(&written.other_addresses);
        let private_addresses = addresses(&written.private_addresses);
        let members = addresses(&written.members);
        if written.address.is_empty() {
            problems.push(Problem::new(file, Some(line), "the entry has no address").right("name@domain"));
        }
        let kind = match written.kind.to_lowercase().replace([' ', '-'], "_").as_str() {
            "" | "staff" => Kind::Staff,
            "shared_mailbox" | "shared" => Kind::SharedMailbox,
            "system" | "device" => Kind::System,
            "pupil" | "student" => Kind::Pupil,
            _ => {
                let problem =
                    Problem::new(file, Some(line), "there is no such kind of entry").written(shape(&written.kind));
                problems.push(problem.right("staff, shared_mailbox, system or pupil"));
                Kind::Staff
            }
        };
        let member = Member {
            address,
            other_addresses,
            logins: written.logins.iter().map(|login| login.to_lowercase()).collect(),
            forename: written.forename.clone().into(),
            surname: written.surname.clone().into(),
            known_as: written.known_as.clone().into(),
            job_title: written.job_title.clone(),
            groups: written.groups.clone(),
            private_addresses,
            private_phones: written.private_phones.iter().map(|phone| digits(phone)).collect::<Vec<_>>().into(),
            phone: written.phone.clone(),
            kind,
            members,
        };
        for address in member.address.iter().chain(&member.other_addresses) {
            if self.by_address.contains_key(address) {
                problems.push(
                    Problem::new(file, Some(line), "the address stands in the directory twice")
                        .right("one entry a mailbox"),
                );
            }
        }
        if problems.len() == before {
            self.add(member);
        }
    }
}

fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}
