//! The invented school: pupils, staff, settings.

use super::dice::Dice;
use super::numbers;

/// A pupil who does not exist.
#[derive(Clone, Default)]
pub struct Pupil {
    pub id: String,
    pub forename: String,
    pub surname: String,
    pub middle: String,
    pub preferred: String,
    pub former: String,
    pub form: String,
    pub upn: String,
    /// Year, month, day.
    pub born: (usize, usize, usize),
    pub email: String,
    pub parent: String,
}

impl Pupil {
    pub fn full(&self) -> String {
        format!("{} {}", self.forename, self.surname)
    }
}

const FORENAMES: &str = "Olivia Amelia Isla Freya Florence Mia Willow Rosie Sophia Isabella Sienna Poppy Elsie Emily \
Evelyn Phoebe Charlotte Harper Millie Matilda Maya Sophie Alice Noah Muhammad George Oliver Leo Arthur Oscar Theodore \
Freddie Archie Luca Harry Finley Roman Henry Reuben Alfie Hudson Ezra Jude Joshua Lucas Isaac Zara Aisha Fatima Maryam \
Layla Anya Priya Ananya Jaya Kofi Amara Tomasz Zofia Mateo Ingrid Yusuf Naledi Callum Niamh Rhys Carys Ewan Orla";
const ACCENTED: &str = "Zoë Siân Anaïs Jürgen Chloé Łucja Oisín Begoña Søren Renée";
const DOUBLE: &str = "Anna-Maria Lola-Mae Ruby-Mai Jean-Paul Emma-Louise";
const HEADS: &str = "Ash Brad Cald Dun El Farn Gar Hath Ing Kel Lang Mar Nor Oak Pem Quar Rad Sel Thorn Ul Wal Wet Yar Bick Coll \
Dray Esk Fen Hol Ketter Lin Mil";
const TAILS: &str =
    "worth bury combe dale field thorpe wick sby ridge stone ham shaw well croft land more ley son ering ditch";
const ACCENTED_SURNAMES: &str = "Kamiński Łukaszewicz Müller Sørensen Lefèvre Şahin Núñez Żukowski Popović Brontë-Hale";
const APOSTROPHES: &str = "O'Reilly O'Shea D'Angelo O'Donnell N'Diaye";
const PARTICLES: &str =
    "van der Berg|de la Cruz|al-Rashid|ap Rhys|MacDonald|Ó Briain|bin Yusof|di Stefano|von Kessel|St. John";

/// Pupils whose names are other things as well; the controls speak of these other things.
const COLLIDING: &[(&str, &str)] = &[
    ("Will", "Young"),
    ("Mark", "Reading"),
    ("May", "Bloom"),
    ("Grace", "Field"),
    ("Summer", "Day"),
    ("Daisy", "Chain"),
    ("Holly", "Bush"),
    ("Hope", "Street"),
    ("Peter", "Twinn"),
    ("Victoria", "Park"),
    ("Harper", "Lee"),
    ("Robert", "Stevenson"),
];

pub const STAFF: &str = "\
address,other addresses,forename,surname,job title,groups,private addresses,private phones,phone,kind,members
r.marlow@school.example,,Ruth,Marlow,Head of Year 7,teachers,ruthm@home.example,07700 900123,01632 960010,,
p.twinn@school.example,,Peter,Twinn,Teacher of History,teachers,,,01632 960011,,
o.pryce@school.example,,Owen,Pryce,Teacher of Geography,teachers,,07700 900456,01632 960012,,
senco@school.example,,Hazel,Brackenbury,SENCo,teachers,,,01632 960013,,
office@school.example,,,,School office,office,,,01632 960000,shared mailbox,r.marlow@school.example
";

pub const CONFIG: &str = r#"# The invented school whose mail this folder holds.
sample_school = true
mode = "monitor"
state_dir = "state"
unknown_source = "reject"

[policy]
pack = "arts-college"

[school]
name = "Marlow Hill School"
domains = ["school.example", "pupils.school.example"]
telephone = "01632 960999"
contact = "data@school.example"
own_numbers = ["01632 960000", "01632 960010", "01632 960011", "01632 960012", "01632 960013", "SA1 1AA"]
hosts = ["www.school.example"]
secure_link_hosts = ["school.storage.example"]

[roster]
file = "roster.csv"

[staff]
file = "staff.csv"

[lists]
authorities = ["mash@council.example"]

[calendar]
zone = "Europe/London"
bank_holidays = "none"
closed_between_terms = false
hours = { monday = "07:00-19:00", tuesday = "07:00-19:00", wednesday = "07:00-19:00", thursday = "07:00-19:00", friday = "07:00-19:00" }

[[source]]
name = "relay"
listener = ["relay"]

[[milter.listen]]
name = "relay"
socket = "inet:127.0.0.1:10028"

[http]
listen = "127.0.0.1:10029"
"#;

/// So many pupils; every pair of forename and surname once.
pub fn pupils(count: usize, dice: &mut Dice) -> Vec<Pupil> {
    let list = |words: &'static str| words.split_whitespace().collect::<Vec<&str>>();
    let (forenames, heads, tails) = (list(FORENAMES), list(HEADS), list(TAILS));
    let mut surnames: Vec<String> =
        heads.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}"))).collect();
    for place in (1..surnames.len()).rev() {
        let other = dice.below(place + 1);
        surnames.swap(place, other);
    }
    let mut surnames = surnames.into_iter().cycle();
    let mut pupils: Vec<Pupil> = Vec::new();
    for (forename, surname) in COLLIDING {
        pupils.push(Pupil { forename: (*forename).into(), surname: (*surname).into(), ..Pupil::default() });
    }
    while pupils.len() < count {
        let mut next = || surnames.next().unwrap();
        let mut pupil = Pupil { forename: dice.pick(&forenames).into(), surname: next(), ..Pupil::default() };
        // In turn and not by chance, so that no school lacks a sort of name that some class needs.
        let turn = |of: &[&str]| of[pupils.len() / 20 % of.len()].to_owned();
        match pupils.len() % 20 {
            0 => pupil.forename = turn(&list(ACCENTED)),
            1 => pupil.surname = turn(&list(ACCENTED_SURNAMES)),
            2 | 3 => pupil.surname = format!("{}-{}", pupil.surname, next()),
            4 => pupil.surname = turn(&list(APOSTROPHES)),
            5 => pupil.surname = turn(&PARTICLES.split('|').collect::<Vec<_>>()),
            6 => pupil.forename = turn(&list(DOUBLE)),
            7 | 8 => pupil.preferred = turn(&["Kit", "Bryony", "Tarn", "Juno", "Wilf"]),
            9 => pupil.former = next(),
            10 | 11 => pupil.middle = dice.pick(&forenames).into(),
            12 => pupil.forename = turn(&["Thomas", "Elizabeth", "Benjamin", "Christopher", "Daniel"]),
            _ => {}
        }
        let same = |other: &Pupil| other.surname == pupil.surname && other.forename == pupil.forename;
        if pupil.middle != pupil.forename && !pupils.iter().any(same) {
            pupils.push(pupil);
        }
    }
    for (place, pupil) in pupils.iter_mut().enumerate() {
        pupil.id = format!("P{:04}", place + 1);
        let year = 7 + place % 7;
        pupil.form = format!("{year}{}", ["A", "B", "C", "D"][place % 4]);
        pupil.upn = numbers::upn(dice);
        pupil.born = (2019 - year - usize::from(place % 3 == 0), dice.between(1, 12), dice.between(1, 28));
        pupil.email = format!("p{place}@pupils.school.example");
        pupil.parent = format!("family{place}@home.example");
    }
    pupils
}

pub fn roster(pupils: &[Pupil]) -> String {
    let mut csv =
        "id,forename,surname,middle,preferred,former surname,form,year,upn,date of birth,email,contacts\n".to_owned();
    for p in pupils {
        let year: String = p.form.chars().filter(char::is_ascii_digit).collect();
        let (y, m, d) = p.born;
        csv += &format!(
            "{},{},{},{},{},{},{},{year},{},{y}-{m:02}-{d:02},{},{}\n",
            p.id, p.forename, p.surname, p.middle, p.preferred, p.former, p.form, p.upn, p.email, p.parent
        );
    }
    csv
}
