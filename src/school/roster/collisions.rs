//! Pairs of names that will collide, for `exeat roster check`.

use super::{Field, PupilId, Roster};
use crate::problem::Problem;
use crate::school::Lists;
use crate::school::names::{Grade, fold_words, words};
use crate::school::staff::Staff;

/// Why a pupil's name will be mistaken for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// Other pupils have the same full name.
    Namesake,
    /// A member of staff has the same full name.
    StaffTwin,
    /// The name is an ordinary phrase, or both its words are ordinary words.
    OrdinaryWords,
}

impl Why {
    /// The word in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Namesake => "namesake",
            Self::StaffTwin => "staff_twin",
            Self::OrdinaryWords => "ordinary_words",
        }
    }
}

/// Pupils whose names collide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// Why.
    pub why: Why,
    /// The pupils.
    pub pupils: Vec<PupilId>,
}

impl Roster {
    /// All pairs that will collide.
    #[must_use]
    pub fn collisions(&self, staff: &Staff, lists: &Lists) -> Vec<Collision> {
        let mut all = Vec::new();
        for group in self.index.shared() {
            let mut pupils: Vec<PupilId> =
                group.iter().filter(|pair| pair.grade == Grade::Full).map(|pair| pair.pupil).collect();
            pupils.dedup();
            all.push(Collision { why: Why::Namesake, pupils });
        }
        for (id, pupil) in self.pupils() {
            let twin = pupil
                .forenames()
                .iter()
                .any(|forename| pupil.surnames().iter().any(|surname| staff.is_named(forename.key(), surname.key())));
            if twin {
                all.push(Collision { why: Why::StaffTwin, pupils: vec![id] });
            }
            let surname = fold_words(pupil.get(Field::Surname));
            let ordinary = [Field::Forename, Field::Preferred].iter().any(|field| {
                let forename = fold_words(pupil.get(*field));
                let name: Vec<&str> = words(&forename).chain(words(&surname)).collect();
                words(&forename).next().is_some()
                    && (name.iter().all(|word| lists.ordinary.contains(*word))
                        || lists.phrases.contains(&name.join(" ")))
            });
            if ordinary {
                all.push(Collision { why: Why::OrdinaryWords, pupils: vec![id] });
            }
        }
        all.sort_unstable_by(|a, b| (a.why, &a.pupils).cmp(&(b.why, &b.pupils)));
        all.dedup();
        all
    }

    /// A collision as a line of a report that names no pupil but by the school's own number.
    #[must_use]
    pub fn told(&self, collision: &Collision, file: &str) -> Problem {
        let (what, right) = match collision.why {
            Why::Namesake => (
                "these pupils have the same full name",
                "nothing to mend: mail about one of them counts for all of them",
            ),
            Why::StaffTwin => (
                "the pupil has the same full name as a member of staff",
                "nothing to mend: the name counts only with a form, a year or another mark of a pupil near by",
            ),
            Why::OrdinaryWords => {
                ("the pupil's name is made of ordinary words", "add phrases that never mean the pupil to `phrases`")
            }
        };
        let numbers: Vec<&str> =
            collision.pupils.iter().map(|id| self.pupil(*id).map_or("", |pupil| pupil.id())).collect();
        Problem::new(file, None, what).written(numbers.join(", ")).right(right).warning()
    }
}
