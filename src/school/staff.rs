//! Staff, their groups and their private addresses.

use super::names::{self, Grade, Variant};
use super::table::{Wanted, looks_like_address, read_table, several, shape};
use super::telephones::comparable;
use crate::mail::Address;
use crate::private::Private;
use crate::problem::Problem;
use rustc_hash::{FxHashMap, FxHashSet};

/// What an address of the directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person who works at the school.
    #[default]
    Staff,
    /// A mailbox several people write from.
    SharedMailbox,
    /// A program, a copier, a service account.
    System,
    /// A pupil who is in the directory.
    Pupil,
}

/// One entry of the directory.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Member {
    /// Main address; notices go to it.
    pub address: Option<Address>,
    /// Other addresses of the same mailbox.
    pub other_addresses: Vec<Address>,
    /// Log-in names, where they are not the address.
    pub logins: Vec<String>,
    /// Forename.
    pub forename: Private<String>,
    /// Surname.
    pub surname: Private<String>,
    /// Preferred (known-as) forename.
    pub known_as: Private<String>,
    /// Job title as it stands in the signature.
    pub job_title: String,
    /// Groups that rules speak of.
    pub groups: Vec<String>,
    /// Private addresses.
    pub private_addresses: Vec<Address>,
    /// Private telephone numbers, digits only.
    pub private_phones: Private<Vec<String>>,
    /// Telephone number of the signature.
    pub phone: String,
    /// What it is.
    pub kind: Kind,
    /// Who writes from a shared mailbox.
    pub members: Vec<Address>,
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Member({:?})", self.kind)
    }
}

impl Member {
    /// How the forename and the known-as name may be written.
    #[must_use]
    pub fn forenames(&self) -> Vec<Variant> {
        let mut all = names::forename_variants(self.forename.expose());
        all.extend(names::forename_variants(self.known_as.expose()));
        all
    }
    /// How the surname may be written.
    #[must_use]
    pub fn surnames(&self) -> Vec<Variant> {
        names::surname_variants(self.surname.expose(), Grade::Full)
    }
    /// Whether a pupil has the same full name.
    #[must_use]
    pub fn shares_name(&self, pupil: super::roster::Pupil<'_>) -> bool {
        let same = |own: &[Variant], others: &[Variant]| {
            own.iter().any(|own| others.iter().any(|other| own.words == other.words))
        };
        same(&self.forenames(), &pupil.forenames()) && same(&self.surnames(), &pupil.surnames())
    }
    /// Keys of all ways to write the full name.
    pub fn name_keys(&self) -> impl Iterator<Item = u64> {
        let surnames: Vec<u64> = self.surnames().iter().map(Variant::key).collect();
        let forenames = self.forenames();
        forenames.into_iter().flat_map(move |forename| {
            let forename = forename.key();
            surnames.clone().into_iter().map(move |surname| names::pair_key(forename, surname))
        })
    }
    /// Keys of the surname with the first letter of the forename or known-as name in its place.
    fn initial_keys(&self) -> Vec<u64> {
        let (forenames, surnames) = (self.forenames(), self.surnames());
        let letters = forenames.iter().filter_map(|name| name.words.first()?.chars().next());
        let initials = letters.map(|letter| names::word_key(letter.encode_utf8(&mut [0; 4]).as_bytes()));
        initials.flat_map(|initial| surnames.iter().map(move |name| names::pair_key(initial, name.key()))).collect()
    }
    /// Whether the entry stands in a group.
    #[must_use]
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|own| own.eq_ignore_ascii_case(group))
    }
}

/// The staff directory.
#[derive(Default)]
pub struct Staff {
    members: Vec<Member>,
    by_address: FxHashMap<Address, usize>,
    by_login: FxHashMap<String, usize>,
    names: FxHashSet<u64>,
    phones: FxHashSet<String>,
    private_phones: FxHashSet<String>,
    /// Private addresses, without their tags.
    private_mailboxes: FxHashSet<(String, String)>,
}

impl std::fmt::Debug for Staff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Staff({} entries)", self.members.len())
    }
}

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

    /// Whether this is the telephone of somebody's signature, as dialled inside the country.
    #[must_use]
    pub fn has_phone(&self, national: &str) -> bool {
        self.phones.contains(national)
    }

    /// Whether this is somebody's private telephone, as dialled inside the country.
    #[must_use]
    pub fn has_private_phone(&self, national: &str) -> bool {
        self.private_phones.contains(national)
    }

    /// Adds one entry.
    pub fn add(&mut self, member: Member) {
        let place = self.members.len();
        self.phones.extend(comparable(&member.phone));
        self.private_mailboxes.extend(member.private_addresses.iter().map(mailbox));
        self.private_phones.extend(member.private_phones.expose().iter().filter_map(|phone| comparable(phone)));
        for address in member.address.iter().chain(&member.other_addresses) {
            self.by_address.insert(address.clone(), place);
        }
        for login in &member.logins {
            self.by_login.insert(login.clone(), place);
        }
        if member.kind == Kind::Staff {
            self.names.extend(member.name_keys());
            self.names.extend(member.initial_keys());
        }
        self.members.push(member);
    }

    /// The entry an address belongs to.
    #[must_use]
    pub fn find(&self, address: &Address) -> Option<&Member> {
        self.by_address.get(address).and_then(|place| self.members.get(*place))
    }
    /// The entry of an authenticated user: by log-in name, by address, or by log-in name at one of the domains.
    #[must_use]
    pub fn find_user(&self, user: &str, domains: &[String]) -> Option<&Member> {
        let user = user.trim().to_lowercase();
        if let Some(place) = self.by_login.get(&user) {
            return self.members.get(*place);
        }
        if user.contains('@') {
            return self.find(&Address::read(&user)?);
        }
        domains.iter().find_map(|domain| self.find(&Address::read(&format!("{user}@{domain}"))?))
    }
    /// Whether this is somebody's private address, with or without a tag (`ruth+school@...`).
    #[must_use]
    pub fn has_private_address(&self, address: &Address) -> bool {
        self.private_mailboxes.contains(&mailbox(address))
    }
    /// Whether a recipient is a private address of this sender.
    #[must_use]
    pub fn is_own_private(&self, sender: &Address, recipient: &Address) -> bool {
        let plain = names::without_tag(recipient.local());
        let same = |own: &Address| {
            own == recipient || own.domain() == recipient.domain() && names::without_tag(own.local()) == plain
        };
        self.find(sender).is_some_and(|member| member.private_addresses.iter().any(same))
    }
    /// Whether a forename (or its first letter) and a surname, by their keys, name a member of staff.
    #[must_use]
    pub fn is_named(&self, forename: u64, surname: u64) -> bool {
        self.names.contains(&names::pair_key(forename, surname))
    }
    /// All entries, in the order of the file.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.iter()
    }
    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }
    /// No entry at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// Local part without its tag, and domain.
fn mailbox(address: &Address) -> (String, String) {
    (names::without_tag(address.local()).to_owned(), address.domain().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(written: &str) -> Address {
        Address::read(written).unwrap()
    }

    #[test]
    fn a_directory_reads_the_same_from_csv_and_toml() {
        let csv = "Email,Aliases,Forename,Surname,Known as,Job title,Groups,Home email,Mobile,Phone,Kind,Members,Login\n\
            ruth@school.example,r.marlow@school.example,Ruth,Marlow,,Teacher,trips; boarding,ruthm@home.example,07700 900123,01632 960001,,,RMarlow\n\
            office@school.example,,,,,,,,,,shared mailbox,ruth@school.example,\n";
        let toml = r#"
            [[member]]
            address = "ruth@school.example"
            other_addresses = ["r.marlow@school.example"]
            logins = ["RMarlow"]
            forename = "Ruth"
            surname = "Marlow"
            job_title = "Teacher"
            groups = ["trips", "boarding"]
            private_addresses = ["ruthm@home.example"]
            private_phones = ["07700 900123"]
            phone = "01632 960001"
            [[member]]
            address = "office@school.example"
            kind = "shared_mailbox"
            members = ["ruth@school.example"]
        "#;
        for (text, file) in [(csv, "staff.csv"), (toml, "staff.toml")] {
            let (staff, problems) = Staff::read(text.as_bytes(), &Columns::default(), file);
            assert_eq!(problems, [], "{file}");
            assert_eq!(staff.len(), 2);
            let ruth = staff.find(&address("R.Marlow@school.example")).unwrap();
            assert!(ruth.is_in("Boarding") && !ruth.is_in("office"));
            assert_eq!(
                (ruth.phone.as_str(), ruth.private_phones.expose()[0].as_str()),
                ("01632 960001", "07700900123")
            );
            assert!(staff.is_own_private(&address("r.marlow@school.example"), &address("ruthm@home.example")));
            assert!(!staff.is_own_private(&address("office@school.example"), &address("ruthm@home.example")));
            assert_eq!(staff.find(&address("office@school.example")).unwrap().kind, Kind::SharedMailbox);
            let domains = ["school.example".to_owned()];
            for (user, known) in [("rmarlow", true), ("RUTH", true), ("ruth@school.example", true), ("marlow", false)] {
                assert_eq!(staff.find_user(user, &domains).is_some(), known, "{user}");
            }
            let key = |word| names::sequence([word].into_iter());
            assert!(staff.is_named(key("ruth"), key("marlow")) && !staff.is_named(key("marlow"), key("ruth")));
            assert_eq!(format!("{staff:?} {ruth:?}"), "Staff(2 entries) Member(Staff)");
        }
    }

    #[test]
    fn every_mistake_of_a_directory_is_told() {
        let csv = "address,kind,private email\nnobody,,\n,staff,\na@b.example,robot,\na@c.example,,x\na@d.example,,\na@d.example,,\n";
        let (staff, problems) = Staff::read(csv.as_bytes(), &Columns::default(), "staff.csv");
        let told: Vec<_> = problems.iter().map(|p| (p.line.unwrap(), p.written.as_str())).collect();
        assert_eq!(told, [(2, "aaaaaa"), (3, ""), (4, "aaaaa"), (5, "a"), (7, "")]);
        assert_eq!(staff.len(), 1);
        for (toml, line) in
            [("[[member]]\naddres = \"a@b.example\"\n", 1), ("[[member]\n", 1), ("\n\n[[member]]\nkind = 3\n", 4)]
        {
            let (staff, problems) = Staff::read(toml.as_bytes(), &Columns::default(), "staff.toml");
            assert!(staff.is_empty());
            assert_eq!(problems.len(), 1, "{toml}");
            assert!(problems[0].line.is_some_and(|at| at.abs_diff(line) <= 2), "{toml}: {:?}", problems[0].line);
        }
    }
}
