//! What schools write: letters home, reports, trips, reviews, chatter, reading lists.

use super::carry::Letter;
use super::dice::Dice;

/// A kind of letter: subjects, greeting, sentences to draw from.
struct Genre {
    subjects: &'static [&'static str],
    greeting: &'static str,
    sentences: &'static [&'static str],
    closing: &'static str,
}

const GENRES: &[Genre] = &[
    Genre {
        subjects: &["News from school", "Letter home", "Reminders for next week", "Uniform and dates"],
        greeting: "Dear parents and carers,",
        sentences: &[
            "Thank you for your support at the start of this term.",
            "Please return the reply slip to the office by Friday.",
            "Children need a water bottle, a coat and sensible shoes every day.",
            "Parents' evening takes place in the hall from four o'clock.",
            "The autumn term ends at half past three; buses leave at twenty to four.",
            "We ask that hair is tied back and that jewellery stays at home.",
            "Lunch money can be paid online until nine in the morning.",
            "May half term begins on Friday. Will you let us know about clubs?",
        ],
        closing: "With kind regards,\n\nRuth Marlow\nHead of Year 7\nMarlow Hill School\n01632 960010",
    },
    Genre {
        subjects: &["Report", "Progress this term", "End of year report", "Targets"],
        greeting: "Dear colleague,",
        sentences: &[
            "There has been steady progress in reading and in number work.",
            "Homework is mostly handed in on time and shows care.",
            "The next step is to plan longer pieces before writing.",
            "Participation in lessons has grown since the autumn.",
            "The mark scheme rewards clear working, which is still missing at times.",
            "A calm start to each lesson would help everybody.",
            "Attendance in the group has been good this half term.",
        ],
        closing: "Regards\n\nOwen Pryce\nTeacher of Geography\n01632 960012",
    },
    Genre {
        subjects: &["Trip to the coast", "Museum visit", "Field trip: last details", "Coach times"],
        greeting: "Dear all,",
        sentences: &[
            "The coach leaves the front gate at a quarter past eight.",
            "Bring a packed lunch, boots and a change of clothes.",
            "The museum asks for groups of ten with one adult each.",
            "We walk along the river to the castle and back by the station.",
            "Please pay the deposit online by the end of the month.",
            "First aid is carried by the leader of each group.",
            "In bad weather the summer field is closed and we use the hall.",
            "The risk assessment has been signed by the head.",
        ],
        closing: "Best wishes\nOwen Pryce",
    },
    Genre {
        subjects: &["Review meeting", "SEN review: notes", "Support plan", "Notes of the meeting"],
        greeting: "Dear colleagues,",
        sentences: &[
            "The review looked at what works well and what should change.",
            "Extra time in tests continues, and a quiet room is offered.",
            "Speech and language support takes place on Tuesdays.",
            "Targets are small, dated and shared with home.",
            "The outside agency will write with its advice by Easter.",
            "A visual timetable and short breaks have helped.",
            "We meet again after the summer term to look at the plan.",
        ],
        closing: "Kind regards\n\nHazel Brackenbury\nSENCo\n01632 960013",
    },
    Genre {
        subjects: &["Cover on Thursday", "Lunch?", "Printer", "Staff meeting", "Biscuits", "Re: rota"],
        greeting: "Hi all,",
        sentences: &[
            "Can anybody swap break duty with me on Thursday?",
            "The printer by the library is out of toner again.",
            "There is cake in the staff room; help yourselves.",
            "Mr Pryce has the projector, and Mrs Marlow needs it after lunch.",
            "I shall be ten minutes late because of the roadworks.",
            "The minutes of Monday are on the shared drive.",
            "Has anyone seen the blue folder with the seating plans?",
            "Thanks for covering, I owe you a coffee.",
            "Year 9 were lovely today, even period five.",
            "The fire drill is at eleven; registers to the field please.",
            "Will May bank holiday change the bin collection? Mark any clashes in the diary.",
        ],
        closing: "Thanks\nR",
    },
    Genre {
        subjects: &["Set texts", "Reading list", "Book order", "Literature next year"],
        greeting: "Dear team,",
        sentences: &[
            "Year 9 read Treasure Island by Robert Louis Stevenson in the spring.",
            "The set text is To Kill a Mockingbird by Harper Lee.",
            "We ordered thirty copies of Animal Farm by George Orwell.",
            "Poems by Carol Ann Duffy and Simon Armitage are in the anthology.",
            "For the autumn: A Christmas Carol (Charles Dickens) and Macbeth.",
            "Jane Eyre stays on the list for those who like long novels.",
            "The essays on Harper Lee are due after half term.",
        ],
        closing: "Regards\nEnglish department",
    },
];

/// Which of the letters are plain staff chatter.
pub const CHATTER: usize = 4;
/// Which of the letters are reading lists.
pub const READING: usize = 5;

/// A letter of this sort without anything planted; a paragraph is left for what is said about somebody.
pub fn letter(sort: usize, dice: &mut Dice) -> Letter {
    let genre = &GENRES[sort % GENRES.len()];
    let mut letter = Letter {
        from: dice.pick(&["r.marlow@school.example", "o.pryce@school.example", "senco@school.example"]).to_owned(),
        to: dice.pick(&["<someone@partner.example>", "<office@college.example>", "<visits@museum.example>"]).to_owned(),
        subject: dice.pick(genre.subjects).to_owned(),
        ..Letter::default()
    };
    letter.say(genre.greeting);
    for _ in 0..dice.between(2, 5) {
        let sentences: Vec<&str> = (0..dice.between(2, 4)).map(|_| dice.pick(genre.sentences)).collect();
        letter.say(&wrapped(&sentences.join(" ")));
    }
    letter
}

/// How such a letter ends.
pub fn close(sort: usize, letter: &mut Letter) {
    letter.say(GENRES[sort % GENRES.len()].closing);
}

pub fn sorts() -> usize {
    GENRES.len()
}

/// A sentence in which something stands.
pub fn about(what: &str, dice: &mut Dice) -> String {
    let (before, behind) = [
        ("We have spoken about", "and agreed what to do next."),
        ("The form for", "is still missing, please chase it."),
        ("I saw", "in the corridor before lunch, all is well."),
        ("Please add", "to the list for Thursday."),
        ("The meeting concerning", "has been moved to the library."),
    ][dice.below(5)];
    format!("{before} {what} {behind}")
}

fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        if column + word.len() > 72 {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
        }
        out += word;
        column += word.len() + 1;
    }
    out
}
