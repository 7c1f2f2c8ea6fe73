//! Other people of a pupil's name: correspondents, adults with a title or a post, and signs of a person.

use super::{Case, Standing};
use crate::school::names::words;

/// What is said behind a person and behind nothing else, and before one.
const BEHIND: &[&str] = &[
    "was absent",
    "was late",
    "was away",
    "was upset",
    "was sent",
    "was ill",
    "was not in",
    "has been",
    "has not",
    "has had",
    "has missed",
    "has made",
    "has asked",
    "has told",
    "had a",
    "is absent",
    "is late",
    "is away",
    "is ill",
    "is unwell",
    "refused",
    "said",
    "told",
    "asked",
    "needs",
    "came",
    "did not",
    "does not",
    "missed",
    "went",
    "forgot",
    "lost",
    "who",
    "and her",
    "and his",
    "and she",
    "and he",
    "was sick",
    "was rude",
    "hit",
    "punched",
    "kicked",
    "pushed",
    "threw",
    "swore",
];

/// What of a pupil, or of a person, is spoken of behind the name.
const OWNED: &[&str] = &[
    "mum",
    "dad",
    "mother",
    "father",
    "parents",
    "parent",
    "carer",
    "carers",
    "tutor",
    "homework",
    "detention",
    "ehcp",
    "iep",
    "attendance",
    "behaviour",
    "registration",
];

/// What is said of a pupil and hardly of a member of staff.
const LEARNS: &[&str] = &[
    "has not handed in",
    "did not hand in",
    "was absent from registration",
    "was sent out",
    "was excluded",
    "was suspended",
    "has detention",
    "has a detention",
    "has been excluded",
    "has been suspended",
];

/// Whose deed or work a passive sentence tells: no writer is meant.
const DONE: &[&str] = &[
    "broken by",
    "thrown by",
    "hit by",
    "punched by",
    "pushed by",
    "kicked by",
    "bullied by",
    "damaged by",
    "coursework by",
    "homework by",
];
/// Words for pupils that head a list of them.
const PUPILS: &[&str] = &["pupils", "students", "children"];
const BEFORE: &[&str] = &[
    "spoke to",
    "spoke with",
    "spoken to",
    "spoken with",
    "spoke about",
    "consent form for",
    "form for",
    "appointment for",
    "appointments for",
    "mum of",
    "mother of",
    "father of",
    "dad of",
    "parent of",
    "parents of",
    "carer of",
    "meeting about",
    "concerned about",
    "worried about",
    "place for",
    "report for",
    "report on",
    "support for",
    "provision for",
    "sister of",
    "brother of",
    "prize goes to",
    "award goes to",
    "certificate goes to",
    "talk about",
    "talked about",
    "offering",
    "offered",
    "asked",
    "invited",
    "suspend",
    "exclude",
    "withdraw",
    "refer",
];

impl Standing<'_, '_> {
    /// The name is that of somebody the message goes to or comes from: `Dear Emily Jones` to emily.jones@museum.example.
    pub(in super::super) fn is_correspondent(&self) -> bool {
        let people = self.around.correspondents();
        if people.pupils.contains(&self.name.pupil) {
            return true;
        }
        if people.names.is_empty() {
            return false;
        }
        let mut own: Vec<&str> = self.name_words().collect();
        let joined: String = own.concat();
        own.sort_unstable();
        people.names.contains(&own.join(" ")) || people.names.contains(&joined)
    }

    /// What is said of a person stands beside the name, and its words have capitals.
    pub(in super::super) fn acts_as_person(&self, first: Case, second: Case) -> bool {
        if first != Case::Mixed || second != Case::Mixed || !self.name.spaced {
            return false;
        }
        let after = self.after(20);
        let next = after.strip_prefix([' ', '\n']).unwrap_or_default();
        let behind = BEHIND
            .iter()
            .any(|said| next.strip_prefix(said).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)));
        let before = self.before(24);
        let before = before.strip_suffix([' ', '\n']).unwrap_or_default();
        behind
            || self.is_asked_about(next)
            || BEFORE.iter().any(|said| before.ends_with(said))
            || self.has_of_own(OWNED)
    }

    /// `Could Max Power move to the 10.15 slot`: the subject of a question stands between its two verbs.
    fn is_asked_about(&self, next: &str) -> bool {
        const ASKS: &[&str] = &["could", "can", "would", "should", "did", "does", "may", "shall"];
        const DOES: &[&str] = &[
            "move", "come", "go", "have", "be", "stay", "sit", "take", "bring", "leave", "join", "attend", "get",
            "see", "start", "swap", "change", "borrow", "use", "do", "need", "want", "speak", "meet", "bring", "catch",
            "miss",
        ];
        let before = self.before(12);
        let asks = before.strip_suffix(' ').and_then(|before| words(before).last());
        let does = words(next).next().is_some_and(|word| next.starts_with(word) && DOES.contains(&word));
        does && asks.is_some_and(|word| ASKS.contains(&word))
    }

    /// `Penny Lane's dad`: what stands behind the name in the possessive.
    fn has_of_own(&self, list: &[&str]) -> bool {
        let after = self.after(24);
        let owned = after.strip_prefix("'s ").or_else(|| after.strip_prefix("' "));
        owned.and_then(|rest| words(rest).next()).is_some_and(|word| list.contains(&word))
    }

    /// `broken by Thomas Hardy`: not a writer, but who did it.
    pub(in super::super) fn is_doer(&self) -> bool {
        // What a writer does with a work; all else that is done by somebody is a deed: `started by`, `helped by`.
        const OF_WORKS: &[&str] = &[
            "published",
            "illustrated",
            "adapted",
            "abridged",
            "translated",
            "edited",
            "inspired",
            "dramatised",
            "performed",
            "directed",
            "composed",
            "narrated",
            "penned",
            "authored",
            "created",
            "recommended",
            "retold",
            "influenced",
            "entitled",
            "titled",
        ];
        let before = self.before(24);
        let Some(before) = before.strip_suffix(' ') else { return false };
        let deed = before.strip_suffix(" by").and_then(|head| words(head).last().filter(|word| head.ends_with(word)));
        let deed = deed.is_some_and(|word| word.ends_with("ed") && !OF_WORKS.contains(&word));
        deed || DONE.iter().any(|done| before.ends_with(done))
    }

    /// `Sophie (Evans' set)`: the surname is a teacher's.
    pub(in super::super) fn is_teacher_in_brackets(&self) -> bool {
        const TAUGHT: &[&str] = &["set", "class", "group", "form", "tutor"];
        let between = self.around.written((self.name.first.1, self.name.second.0));
        between.contains('(') && self.has_of_own(TAUGHT)
    }

    /// `David Marlow has not handed in his homework`, `Pupils absent today: David Marlow`: not the member of staff.
    pub(in super::super) fn is_spoken_of_as_pupil(&self) -> bool {
        let after = self.after(40);
        let next = after.strip_prefix([' ', '\n']).unwrap_or_default();
        LEARNS.iter().any(|said| next.starts_with(said)) || self.has_of_own(OWNED) || self.is_listed_as_pupil()
    }

    /// `Teacher of 9C: Peter Twinn`, `Tutor: Peter Twinn (9C)`: what the line or the cell before calls a member of staff.
    pub(in super::super) fn is_called_staff(&self) -> bool {
        const STAFF: &[&str] = &[
            "teacher",
            "tutor",
            "teachers",
            "tutors",
            "staff",
            "cover",
            "supervisor",
            "invigilator",
            "head",
            "leader",
        ];
        let line = self.before(60).rsplit('\n').next().unwrap_or_default();
        let Some(head) = line.trim_end_matches(' ').strip_suffix([':', '\t', '|', ',']) else { return false };
        let head = head.rsplit(['\t', '|', '.', ';', ',']).next().unwrap_or_default();
        let few = words(head).take(5).count() < 5;
        let mut ends = [words(head).next(), words(head).last()].into_iter().flatten();
        few && ends.any(|word| STAFF.contains(&word))
    }

    /// In a list of names behind `pupils ...:`.
    fn is_listed_as_pupil(&self) -> bool {
        let Some((head, list)) = self.before(300).rsplit_once(':') else { return false };
        let few = |item: &str| words(item).take(5).count() < 5;
        if list.contains(['.', '?', '!', ';']) || !list.split([',', '\n']).all(few) {
            return false;
        }
        let head = head.rsplit(['.', '\n', '?', '!', ';']).next().unwrap_or_default();
        let mut said = words(head).peekable();
        let counted =
            head.contains(" and ") || words(head).any(|word| ["staff", "teacher", "teachers"].contains(&word));
        said.peek().is_some() && !counted && said.any(|word| PUPILS.contains(&word))
    }
}
