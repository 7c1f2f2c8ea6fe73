//! Chance that comes out the same each time.

#[path = "../../harness/chance.rs"]
mod chance;

/// Dice with a seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x5851_f42d_4c95_7f2d)
    }
    pub fn roll(&mut self) -> u64 {
        chance::next(&mut self.0)
    }
    /// A number below another.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end as u64).unwrap()
    }
    /// A number from one to another, both included.
    pub fn between(&mut self, from: usize, to: usize) -> usize {
        from + self.below(to - from + 1)
    }
    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
    pub fn digit(&mut self) -> u32 {
        u32::try_from(self.below(10)).unwrap()
    }
    pub fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from_digit(self.digit(), 10).unwrap()).collect()
    }
    pub fn letter_of(&mut self, letters: &str) -> char {
        letters.chars().nth(self.below(letters.chars().count())).unwrap()
    }
}
