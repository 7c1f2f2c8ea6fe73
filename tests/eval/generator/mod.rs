//! School mail with what is planted in it, and what only looks like it. The same seed gives the same bytes.

mod carry;
mod controls;
mod dice;
mod files;
mod names;
mod numbers;
mod prose;
mod said;
mod school;
mod sealed;

use carry::Letter;
use dice::Dice;
use school::Pupil;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// Pupils of the school.
const PUPILS: usize = 400;

/// What a message is for.
#[derive(Clone, Copy)]
enum Plan {
    Surface(names::Surface, bool),
    Standing(names::Standing),
    Number(usize, numbers::Noise),
    Sentence(usize),
    PupilNumber,
    ClassList,
    Said(usize),
    SaidByOthers(usize),
    Quiet(usize),
    Sheet(usize),
    NameControl(controls::Control),
    NumberControl(usize),
    Sealed(usize),
    LeakSubject,
    LeakFileName,
    LeakPassword(usize),
    NoPassword(usize),
    Clean(usize),
}

/// Every class once.
fn plans(forms: usize) -> Vec<Plan> {
    let mut all: Vec<Plan> = Vec::new();
    all.extend(names::SURFACES.iter().map(|surface| Plan::Surface(*surface, true)));
    all.extend(names::WEAK.iter().map(|surface| Plan::Surface(*surface, false)));
    all.extend(names::STANDINGS.iter().map(|standing| Plan::Standing(*standing)));
    for (place, noise) in numbers::NOISES.iter().enumerate() {
        // Every kind in every noise, some at a time: each noise comes three times in a round.
        all.extend((0..3).map(|turn| Plan::Number(place * 3 + turn, *noise)));
    }
    all.extend((0..numbers::SENTENCES.len()).map(Plan::Sentence));
    all.extend([Plan::PupilNumber, Plan::ClassList, Plan::LeakSubject, Plan::LeakFileName]);
    all.extend((0..sealed::TELLING.len()).map(Plan::LeakPassword));
    all.extend((0..sealed::NOT_TELLING.len()).map(Plan::NoPassword));
    all.extend((0..said::SAID.len()).map(Plan::Said));
    all.extend((0..4).map(Plan::SaidByOthers));
    all.extend((0..said::QUIET.len()).map(Plan::Quiet));
    all.extend((0..said::SHEETS.len()).map(Plan::Sheet));
    all.extend((0..forms).map(Plan::Sealed));
    all.extend(controls::CONTROLS.iter().flat_map(|control| [Plan::NameControl(*control); 2]));
    all.extend((0..numbers::CONTROLS.len()).flat_map(|control| [Plan::NumberControl(control); 2]));
    all.extend((0..60).map(|place| Plan::Clean(if place % 2 == 0 { prose::CHATTER } else { place / 2 })));
    all
}

/// Writes so many messages with truth file, roster, directory and settings into a folder.
pub fn write(folder: &Path, messages: usize, seed: u64) -> std::io::Result<()> {
    let mut dice = Dice::new(seed);
    let pupils = school::pupils(PUPILS, &mut dice);
    std::fs::create_dir_all(folder.join("eml"))?;
    for (file, content) in [
        ("roster.csv", school::roster(&pupils)),
        ("staff.csv", school::STAFF.into()),
        ("exeat.toml", school::CONFIG.into()),
    ] {
        std::fs::write(folder.join(file), content)?;
    }
    let forms = sealed::forms();
    let plans = plans(forms.len());
    let mut truth = String::new();
    for number in 0..messages {
        let round = number / plans.len();
        let mut maker = Maker {
            pupils: &pupils,
            forms: &forms,
            dice: Dice::new(seed.wrapping_mul(31).wrapping_add(number as u64)),
            rows: Vec::new(),
        };
        let letter = maker.letter(plans[number % plans.len()], number, round);
        let file = format!("{number:05}.eml");
        std::fs::write(folder.join("eml").join(&file), letter.write(number, &mut maker.dice))?;
        for mut row in maker.rows {
            row["file"] = json!(file);
            let _ = writeln!(truth, "{row}");
        }
    }
    std::fs::write(folder.join("truth.jsonl"), truth)
}

struct Maker<'a> {
    pupils: &'a [Pupil],
    forms: &'a [sealed::Form],
    dice: Dice,
    rows: Vec<Value>,
}

impl Maker<'_> {
    /// A pupil whose name is nothing but a name.
    fn pupil(&mut self) -> Pupil {
        self.pupils[self.dice.between(12, self.pupils.len() - 1)].clone()
    }

    /// Draws until something fits.
    ///
    /// # Panics
    /// When nothing in this school seems to fit: the class would be missing unseen.
    fn draw<T>(&mut self, class: &str, mut one: impl FnMut(&mut Self) -> Option<T>) -> T {
        let drawn = (0..100_000).find_map(|_| one(self));
        drawn.unwrap_or_else(|| panic!("{class}: no pupil of this school fits"))
    }

    fn letter(&mut self, plan: Plan, number: usize, round: usize) -> Letter {
        let sort = match plan {
            Plan::Clean(sort) => sort,
            Plan::NameControl(_) | Plan::NumberControl(_) => number % prose::READING,
            _ => number % prose::sorts(),
        };
        let mut letter = prose::letter(sort, &mut self.dice);
        self.plant(plan, round, &mut letter);
        if !matches!(plan, Plan::NameControl(("signature", _))) {
            prose::close(sort, &mut letter);
        }
        if let Plan::Clean(sort) = plan {
            let class = if sort == prose::CHATTER { "clean.chatter" } else { "clean.letter" };
            self.rows.push(json!({"kind": "name", "category": class, "is_positive": false}));
        }
        letter
    }

    fn plant(&mut self, plan: Plan, round: usize, letter: &mut Letter) {
        match plan {
            Plan::Surface(surface, counted) => self.surface(surface, counted, letter),
            Plan::Standing((class, stand)) => {
                // The page of a PDF is written in ASCII.
                let fits = |pupil: &Pupil| class != "att.pdf_text" || pupil.full().is_ascii();
                let pupil = self.draw(class, |maker| Some(maker.pupil()).filter(fits));
                stand(&pupil, letter, &mut self.dice);
                self.name(&pupil, class, &pupil.full());
            }
            Plan::Number(place, (noise, write)) => {
                let planted = numbers::KINDS[(place + round) % numbers::KINDS.len()](&mut self.dice);
                let value = write(&planted.groups);
                letter.say(&format!("For your file, {} {value}, as you asked.", planted.lead));
                let class = if noise == "plain" { format!("id.{}", planted.kind) } else { format!("noise.{noise}") };
                self.number(planted.kind, &class, &value);
            }
            Plan::Sentence(place) => {
                let (kind, sentence, value) = numbers::SENTENCES[place](&mut self.dice);
                letter.say(&sentence);
                self.number(kind, &format!("id.{kind}"), &value);
            }
            Plan::PupilNumber => {
                let pupil = self.pupil();
                let (year, month, day) = pupil.born;
                letter.say(&format!("{} ({}), {}, {day:02}/{month:02}/{year}", pupil.full(), pupil.form, pupil.upn));
                self.name(&pupil, "row.name", &pupil.full());
                self.number("upn", "row.upn", &pupil.upn);
                self.number("date_of_birth", "row.date_of_birth", &format!("{day:02}/{month:02}/{year}"));
            }
            Plan::ClassList => self.class_list(letter),
            Plan::Said(place) => {
                let (pupil, (kind, say)) = (self.pupil(), said::SAID[place]);
                let sentence = say(&pupil.full(), &mut self.dice);
                letter.say(&sentence);
                self.name(&pupil, &format!("said.{kind}"), &pupil.full());
                self.number(kind, &format!("said.{kind}"), &sentence);
            }
            Plan::SaidByOthers(way) => self.said_by_others(way, letter),
            Plan::Quiet(place) => {
                let (pupil, (class, say)) = (self.pupil(), said::QUIET[place]);
                let sentence = say(&pupil.full(), &mut self.dice);
                letter.say(&sentence);
                if sentence.contains(&pupil.full()) {
                    self.name(&pupil, "said.quiet", &pupil.full());
                }
                self.rows.push(json!({"kind": "identifier", "category": format!("quiet.{class}"), "surface": sentence, "is_positive": false}));
            }
            Plan::Sheet(place) => {
                let start = self.dice.between(12, self.pupils.len() - 13);
                let list: Vec<Pupil> = self.pupils[start..start + 8].to_vec();
                let (class, write) = said::SHEETS[place];
                write(&list, letter, &mut self.dice);
                for pupil in &list {
                    self.name(pupil, &format!("sheet.{class}"), &pupil.full());
                }
                self.number("pupil_table", &format!("sheet.{class}"), "");
            }
            Plan::NameControl((class, spell)) => {
                let (one, two) = self.strangers();
                spell(&one, &two, letter, &mut self.dice);
                self.rows.push(json!({"kind": "name", "category": format!("control.{class}"), "is_positive": false}));
            }
            Plan::NumberControl(place) => {
                let (class, make) = numbers::CONTROLS[place];
                let text = make(&mut self.dice);
                letter.say(&text);
                self.rows.push(json!({"kind": "identifier", "category": format!("control.{class}"), "surface": text, "is_positive": false}));
            }
            Plan::Sealed(place) => {
                let form = &self.forms[place];
                form.plant(letter);
                self.rows.push(json!({"kind": "encryption", "category": form.class, "is_positive": form.protects}));
            }
            Plan::LeakSubject => {
                let pupil = self.pupil();
                letter.subject = carry::encoded('B', &format!("Review of {}", pupil.full()));
                sealed::protected_file(letter);
                self.name(&pupil, "leak.subject", &pupil.full());
            }
            Plan::LeakFileName => {
                let pupil = self.pupil();
                sealed::protected_file(letter);
                letter.attach(
                    &format!("{}.rar", carry::encoded('Q', &pupil.full())),
                    "application/vnd.rar",
                    sealed::LOCKED,
                );
                self.name(&pupil, "leak.file_name", &pupil.full());
            }
            Plan::LeakPassword(way) => {
                sealed::protected_file(letter);
                let secret = sealed::password(&mut self.dice);
                letter.say(&sealed::TELLING[way](&secret));
                self.number("password_beside_protected", "leak.password", &secret);
            }
            Plan::NoPassword(place) => {
                sealed::protected_file(letter);
                letter.say(sealed::NOT_TELLING[place]);
                self.rows.push(json!({"kind": "identifier", "category": "control.no_password", "surface": sealed::NOT_TELLING[place], "is_positive": false}));
            }
            Plan::Clean(_) => {}
        }
    }

    fn surface(&mut self, (class, write): names::Surface, sure: bool, letter: &mut Letter) {
        let of_form = class.contains("form") && !sure;
        let (pupil, text) = self.draw(class, |maker| {
            let pupil = maker.pupil();
            let alike = if of_form { maker.of_form(&pupil).len() } else { 1 };
            let text = write(&pupil, &mut maker.dice).filter(|_| alike == 1)?;
            Some((pupil, text))
        });
        let sentence = prose::about(&text, &mut self.dice);
        letter.say(&sentence);
        self.name(&pupil, class, &text);
        if !sure && let Some(row) = self.rows.last_mut() {
            row["confidence"] = json!("low");
        }
    }

    /// The pupils of that forename in that form.
    fn of_form(&self, pupil: &Pupil) -> Vec<&Pupil> {
        let same = |other: &&Pupil| {
            let forename = [&other.forename, &other.preferred]
                .iter()
                .any(|name| name.split('-').next() == pupil.forename.split('-').next() || **name == pupil.forename);
            other.form == pupil.form && forename
        };
        self.pupils.iter().filter(same).collect()
    }

    /// Tied to somebody otherwise than by the full name in the sentence.
    fn said_by_others(&mut self, way: usize, letter: &mut Letter) {
        let pupil = self.pupil();
        let first = |name: &str| name.chars().next().unwrap_or_default();
        let (kind, class, sentence) = match way {
            0 => (
                "special_needs",
                "initials",
                format!("{}.{}. ({}) has an EHCP.", first(&pupil.forename), first(&pupil.surname), pupil.form),
            ),
            1 => ("special_needs", "upn", format!("The pupil with UPN {} has an EHCP.", pupil.upn)),
            2 => ("health", "next_sentence", format!("We spoke about {} today. She has epilepsy.", pupil.full())),
            _ => (
                "attendance",
                "forename",
                format!("{} was on the trip. {}'s attendance is 84%.", pupil.full(), pupil.forename),
            ),
        };
        letter.say(&sentence);
        if way == 1 {
            self.number("upn", "tie.upn", &pupil.upn);
        }
        if way > 1 {
            self.name(&pupil, &format!("tie.{class}"), &pupil.full());
        }
        self.number(kind, &format!("tie.{class}"), &sentence);
    }

    fn class_list(&mut self, letter: &mut Letter) {
        let start = self.dice.between(12, self.pupils.len() - 13);
        let list: Vec<Pupil> = self.pupils[start..start + 12].to_vec();
        let rows: String =
            list.iter().map(|pupil| format!("{},{},{}\r\n", pupil.surname, pupil.forename, pupil.form)).collect();
        letter.attach("class.csv", "text/csv; charset=utf-8", format!("Surname,Forename,Form\r\n{rows}").as_bytes());
        for pupil in &list {
            self.name(pupil, "list.class", &pupil.full());
        }
    }

    /// Two pupils of whom no half makes a third with a half of the other.
    fn strangers(&mut self) -> (Pupil, Pupil) {
        self.draw("two strangers", |maker| {
            let (one, two) = (maker.pupil(), maker.pupil());
            let simple = |pupil: &Pupil| {
                pupil.surname.len() > 4
                    && !pupil.surname.contains(' ')
                    && pupil.full().chars().all(|c| c.is_ascii_alphabetic() || c == ' ')
            };
            let pair = |forename: &str, surname: &str| {
                maker.pupils.iter().any(|other| {
                    let first = [&other.forename, &other.middle, &other.preferred].iter().any(|name| *name == forename);
                    let last = other.former == surname || other.surname.split(['-', ' ']).any(|half| half == surname);
                    first && last
                })
            };
            let differ = one.forename != two.forename && one.surname != two.surname;
            let strangers = !pair(&one.forename, &two.surname) && !pair(&two.forename, &one.surname);
            (simple(&one) && simple(&two) && differ && strangers).then_some((one, two))
        })
    }

    fn name(&mut self, pupil: &Pupil, class: &str, surface: &str) {
        let fits = |other: &&Pupil| other.surname == pupil.surname && other.forename == pupil.forename;
        let all: Vec<&str> = self.pupils.iter().filter(fits).map(|other| other.id.as_str()).collect();
        self.rows.push(json!({"kind": "name", "pupil_id": pupil.id, "pupil_ids_ok": all, "surface": surface, "category": class, "is_positive": true}));
    }

    fn number(&mut self, kind: &str, class: &str, surface: &str) {
        self.rows.push(
            json!({"kind": "identifier", "finding": kind, "surface": surface, "category": class, "is_positive": true}),
        );
    }
}
