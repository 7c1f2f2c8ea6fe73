//! Pupils and their contacts.

/// A pupil's place in the roster. It means nothing outside this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct PupilId(pub u32);

/// All pupils, indexed by the words of their names.
#[derive(Default)]
pub struct Roster {}

impl std::fmt::Debug for Roster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Roster")
    }
}
