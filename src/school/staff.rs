//! Staff, their groups and their private addresses.

use super::names::{self, Grade, Variant};
use super::telephones::comparable;
use crate::mail::Address;
use crate::private::Private;
use rustc_hash::{FxHashMap, FxHashSet};

/// Reads the directory.
mod read;

pub use read::Columns;

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

impl Staff {
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
