//! What is said of pupils, of nobody and of many; and tables of pupils in the files that hold them.

use super::carry::Letter;
use super::dice::Dice;
use super::files;
use super::school::Pupil;

/// A sentence about a pupil: kind of finding, and what makes it of the name.
pub type Said = (&'static str, fn(&str, &mut Dice) -> String);

pub const SAID: &[Said] = &[
    ("special_needs", |n, _| format!("{n} has an EHCP and works with a teaching assistant.")),
    ("special_needs", |n, _| format!("Please note that {n} is on the SEN register (K).")),
    ("special_needs", |n, d| format!("{n}'s primary need is {}.", d.pick(&["SEMH", "SLCN", "SPLD", "MLD", "ASD"]))),
    ("special_needs", |n, d| {
        format!("{n} was found to be {} last year.", d.pick(&["autistic", "dyslexic", "dyspraxic"]))
    }),
    ("circumstances", |n, d| format!("{n} is entitled to {}.", d.pick(&["free school meals", "FSM", "pupil premium"]))),
    ("circumstances", |n, _| format!("As a looked-after child, {n} has a place in the club.")),
    ("safeguarding", |n, _| format!("The child protection conference for {n} takes place on Monday.")),
    ("safeguarding", |n, d| format!("{n} is subject to a section {} enquiry.", d.pick(&["17", "47"]))),
    ("safeguarding", |n, _| format!("I have logged the conversation with {n} on CPOMS and told MASH.")),
    ("behaviour", |n, d| format!("{n} was given a fixed-term exclusion of {} days.", d.between(1, 5))),
    ("behaviour", |n, _| format!("After the fighting at lunch {n} has been suspended.")),
    ("health", |n, d| format!("{n} has {} and carries medication.", d.pick(&["asthma", "epilepsy", "diabetes"]))),
    ("health", |n, _| format!("We have referred {n} to CAMHS because of self-harm.")),
    ("characteristics", |n, d| {
        format!("{n}'s ethnicity is {}.", d.pick(&["White British", "Pakistani", "Black African"]))
    }),
    ("characteristics", |n, d| format!("Religion of {n}: {}", d.pick(&["Muslim", "Catholic", "Hindu", "Sikh"]))),
    ("attendance", |n, d| format!("{n}'s attendance has fallen to {}.{}%.", d.between(60, 92), d.digit())),
    ("attendance", |n, d| format!("{n} is a persistent absentee with {} missed sessions.", d.between(20, 60))),
    ("assessment", |n, d| {
        format!("{n} achieved a grade {} in GCSE {}.", d.between(1, 9), d.pick(&["maths", "English", "French"]))
    }),
    ("assessment", |n, d| format!("{n}'s predicted grade in chemistry is {}.", d.pick(&["A*", "B", "C", "A"]))),
    ("assessment", |n, d| format!("{n} scored {} in the KS2 reading paper.", d.between(80, 120))),
    ("assessment", |n, d| format!("{n} is working at {} in writing.", d.pick(&["EXS", "GDS", "WTS"]))),
    ("assessment", |n, d| format!("{n} has a reading age of {}.{}.", d.between(6, 12), d.between(1, 9))),
    ("assessment", |n, d| format!("{n}: Maths {}, English {}", d.between(1, 9), d.between(1, 9))),
    ("assessment", |n, d| format!("{n} gained a {} in BTEC Sport.", d.pick(&["Distinction", "Merit", "Pass"]))),
    ("assessment", |n, d| format!("The mean SAS of {n} in the CAT4 was {}.", d.between(80, 125))),
    ("assessment", |n, d| format!("{n} got {}/25 in the multiplication tables check.", d.between(5, 25))),
];

/// Sentences that say something of nobody or of many; the name stands where a name may stand.
pub const QUIET: &[Said] = &[
    ("aggregate", |_, d| {
        format!("{} % of Year 6 reached EXS and {} % reached GDS.", d.between(50, 90), d.between(5, 30))
    }),
    ("aggregate_named", |n, d| {
        format!("{n} told the governors that {} % of Year 11 achieved a grade 5 in maths.", d.between(50, 90))
    }),
    ("cohort", |_, d| {
        format!("The cohort averaged {} in reading; attendance was {} %.", d.between(98, 108), d.between(90, 97))
    }),
    ("policy", |_, _| "The SEN policy, the behaviour policy and the MASH telephone number are on the website.".into()),
    ("advert", |_, _| "We seek a teaching assistant with experience of SEMH, EHCPs and child protection.".into()),
    ("curriculum", |_, _| {
        "Grade 7 needs 62 marks in paper 1; the GCSE in religious studies covers Islam and Catholic teaching.".into()
    }),
    ("essay", |n, _| format!("{n} wrote an essay on exclusion and poverty in Victorian Britain.")),
    ("awareness", |n, _| format!("{n} baked cakes for epilepsy awareness week.")),
    ("timetable", |n, d| {
        format!("{n} sits the maths exam on {} May at 9.30 in room {}.", d.between(2, 28), d.between(1, 30))
    }),
    ("match", |n, d| {
        format!("{n} scored {} goals in the match, and the result was 4-{}.", d.between(1, 4), d.between(0, 3))
    }),
    ("kind_deed", |n, _| format!("{n} looked after the younger children in the mash and peas queue.")),
    ("bridge", |n, _| format!("{n} built the best suspension bridge of the day.")),
    ("books", |n, d| format!("{n} has handed in {} English books and a science folder.", d.between(2, 9))),
    ("late_bus", |n, _| format!("{n} was late because the 7.45 bus did not come.")),
    ("initials", |_, _| "A.B. will bring the keys. The SEN review is at ten.".into()),
];

/// A file with a table of pupils.
pub type Sheet = (&'static str, fn(&[Pupil], &mut Letter, &mut Dice));

fn marks(pupil: &Pupil, dice: &mut Dice) -> [String; 6] {
    [
        pupil.surname.clone(),
        pupil.forename.clone(),
        pupil.form.clone(),
        dice.pick(&["K", "E", "N"]).to_owned(),
        format!("{}.{}", dice.between(70, 99), dice.digit()),
        dice.between(1, 9).to_string(),
    ]
}

const HEAD: [&str; 6] = ["Surname", "Forename", "Form", "SEN", "Attendance", "Maths grade"];

fn grid(pupils: &[Pupil], dice: &mut Dice) -> Vec<[String; 6]> {
    let head = HEAD.map(str::to_owned);
    std::iter::once(head).chain(pupils.iter().map(|pupil| marks(pupil, dice))).collect()
}

pub const SHEETS: &[Sheet] = &[
    ("csv", |pupils, letter, dice| {
        let rows: String = grid(pupils, dice).iter().map(|row| row.join(",") + "\r\n").collect();
        letter.attach("marks.csv", "text/csv; charset=utf-8", rows.as_bytes());
    }),
    ("xlsx", |pupils, letter, dice| letter.office("marks.xlsx", &workbook(pupils, dice, "", "visible"))),
    ("xlsx_hidden_column", |pupils, letter, dice| {
        let hidden = "<cols><col min=\"4\" max=\"4\" hidden=\"1\"/></cols>";
        letter.office("marks.xlsx", &workbook(pupils, dice, hidden, "visible"));
    }),
    ("xlsx_hidden_sheet", |pupils, letter, dice| {
        letter.office("marks.xlsx", &workbook(pupils, dice, "", "hidden"));
    }),
    ("docx", |pupils, letter, dice| {
        let rows: String = grid(pupils, dice)
            .iter()
            .map(|row| {
                let cells: String = row.iter().map(|cell| format!("<w:tc>{}</w:tc>", files::paragraph(cell))).collect();
                format!("<w:tr>{cells}</w:tr>")
            })
            .collect();
        letter.office("marks.docx", &files::docx(&format!("<w:tbl>{rows}</w:tbl>"), &[]));
    }),
    ("html", |pupils, letter, dice| {
        let rows: String = grid(pupils, dice)
            .iter()
            .map(|row| format!("<tr>{}</tr>", row.iter().map(|cell| format!("<td>{cell}</td>")).collect::<String>()))
            .collect();
        letter.html(&format!("<table>{rows}</table>"));
    }),
];

fn workbook(pupils: &[Pupil], dice: &mut Dice, before: &str, state: &str) -> Vec<u8> {
    let grid = grid(pupils, dice);
    let rows: Vec<Vec<&str>> = grid.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let sheet = format!("{before}{}", files::rows(&rows));
    files::xlsx(&[("Notes", "visible", &files::rows(&[&["Term", "Week"], &["Spring", "3"]])), ("Marks", state, &sheet)])
}
