//! What spells a name, or half of one, and means no pupil.

use super::carry::Letter;
use super::dice::Dice;
use super::school::Pupil;

/// A control: the letter with it, made from two pupils who share no name.
pub type Control = (&'static str, fn(&Pupil, &Pupil, &mut Letter, &mut Dice));

pub const CONTROLS: &[Control] = &[
    ("forename_only", |p, q, l, _| l.say(&format!("{} and {} did well today.", p.forename, q.forename))),
    ("surname_only", |p, q, l, _| l.say(&format!("Mr {} and Mrs {} rang about the bus.", p.surname, q.surname))),
    ("initials", |p, _, l, _| {
        let initials: String =
            p.full().split(' ').filter_map(|word| word.chars().next()).map(|c| format!("{c}.")).collect();
        l.say(&format!("{initials} ({}) was late twice.", p.form));
    }),
    ("mixed_pairs", |p, q, l, _| {
        l.say(&format!("{} {} is not on our list, nor is {} {}.", p.forename, q.surname, q.forename, p.surname))
    }),
    ("far_apart", |p, _, l, _| {
        l.say(&format!("{} will bring the keys when the bell has rung and the hall is empty, because the caretaker and Mr {} are away.", p.forename, p.surname))
    }),
    ("paragraphs_apart", |p, _, l, _| {
        l.say(&format!("The tickets are with {}.", p.forename));
        l.say("The bus is booked and paid.");
        l.say(&format!("{} Road is closed this week.", p.surname));
    }),
    ("longer_surname", |p, _, l, _| l.say(&format!("{} {}erton spoke at the assembly.", p.forename, p.surname))),
    ("longer_forename", |p, _, l, _| {
        l.say(&format!("Mc{} {} Ltd sent an offer.", p.forename.to_lowercase(), p.surname))
    }),
    ("lists_of_halves", |p, q, l, _| {
        l.say(&format!(
            "Forenames: {}, {}, Noor\nSurnames: Bexley, {}, {}",
            p.forename, q.forename, q.surname, p.surname
        ))
    }),
    ("mixed_rows", |p, q, l, _| {
        l.html(&format!(
            "<table><tr><td>{}</td><td>{}</td></tr><tr><td>{}</td><td>{}</td></tr></table>",
            p.forename, q.surname, q.forename, p.surname
        ));
    }),
    ("modal_will", |_, _, l, _| l.say("Will young people be welcome? Will Young people be asked to help?")),
    ("modal_may", |_, _, l, _| l.say("May bloom in the garden be cut for the hall?")),
    ("verb_mark", |_, _, l, _| l.say("Please mark reading tests by Monday. Mark reading papers first.")),
    ("place", |_, _, l, _| l.say("The match is at Grace Field on Friday; park in Victoria Park.")),
    ("place_road", |p, _, l, _| l.say(&format!("The stop is on {} Street, next to {} House.", p.surname, p.surname))),
    ("phrase", |_, _, l, _| l.say("We had a lovely summer day, made a daisy chain and sat by the holly bush.")),
    ("street", |_, _, l, _| l.say("The bus stops in Hope Street at nine.")),
    ("author", |_, _, l, _| l.say("The set text is To Kill a Mockingbird by Harper Lee.")),
    ("author_middle", |_, _, l, _| l.say("Year 9 read Treasure Island by Robert Louis Stevenson.")),
    ("staff_twin", |_, _, l, _| l.say("Peter Twinn will take the lesson on Thursday.")),
    ("signature", |_, _, l, _| {
        l.from = "p.twinn@school.example".into();
        l.say("See you on Monday.");
        l.say("Kind regards,\n\nPeter Twinn\nTeacher of History\nMarlow Hill School");
    }),
    ("own_display_name", |_, _, l, _| {
        l.from = "p.twinn@school.example".into();
        l.fields.push("Cc: Peter Twinn <p.twinn@school.example>".into());
        l.say("For your diary.");
    }),
    ("pupil_as_recipient", |p, _, l, _| {
        l.to = format!("\"{}\" <{}>", p.full(), p.email);
        if !p.full().is_ascii() {
            l.to = format!("{} <{}>", super::carry::encoded('Q', &p.full()), p.email);
        }
        l.say("The library book is due back on Friday.");
    }),
    ("recipient", |p, _, l, _| {
        let address = p.full().to_lowercase().replace(' ', ".");
        l.to = format!("\"{}\" <{address}@museum.example>", p.full());
        l.say(&format!("Dear {},\nThank you for your letter about the tour.", p.full()));
    }),
    ("other_adult", |p, _, l, _| {
        l.say(&format!("You can also ring {}, Sales Manager, Coach Hire Ltd.", p.full()));
    }),
    ("house_number", |_, _, l, _| l.say("The parcel went to 12 Hope Street; walk into Victoria Park from there.")),
    ("lower_surname", |_, _, l, _| l.say("Happy Summer day to all; the Holly bush needs water.")),
    ("seating_plan", |p, q, l, _| {
        l.html(&format!(
            "<table><tr><td>{}</td><td>{}</td><td>Noor</td><td>Robert</td></tr></table>",
            p.forename, q.forename
        ));
    }),
    ("teacher_column", |p, _, l, _| {
        let rows = format!("Time,Pupil,Teacher,Room\r\n17:05,{},{},B4\r\n", p.forename, p.surname);
        l.attach("times.csv", "text/csv", rows.as_bytes());
    }),
    ("title_initial", |p, q, l, _| {
        l.say(&format!(
            "Mr {}. {} and Mrs {} {} rang.",
            p.forename.get(..1).unwrap(),
            p.surname,
            q.forename.get(..1).unwrap(),
            q.surname
        ));
    }),
    ("citation", |p, _, l, _| {
        l.say(&format!("See {}, {}. (2019), Learning to read.", p.surname, p.forename.get(..1).unwrap()));
    }),
    ("school_house", |_, _, l, _| l.say("Young House won the cup, Field House came second.")),
    ("base64_blob", |_, _, l, d| {
        l.say(
            &(0..6)
                .map(|_| {
                    (0..70)
                        .map(|_| d.letter_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))
                        .collect::<String>()
                })
                .collect::<Vec<_>>()
                .join("\n"),
        )
    }),
    ("file_names", |p, _, l, _| l.named_file(&format!("filename=\"Year 7 trip to {} Field, autumn.pdf\"", p.form))),
    ("table_of_marks", |p, q, l, _| {
        l.attach("marks.csv", "text/csv", format!("Candidate,Mark\r\n{}1,17\r\n{}2,12\r\n", p.form, q.form).as_bytes());
    }),
];
