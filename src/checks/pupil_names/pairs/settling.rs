//! Gives each word to one name only.

use super::{Candidate, Finder, Sight};

impl Finder<'_> {
    /// Gives each word to one name only: closest pairs first, so that two pupils' names never mix.
    pub(super) fn settle(&mut self, show: &mut impl FnMut(Sight<'_>)) {
        if self.waiting.is_empty() {
            return;
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.sort_by_key(|c| {
            let length = u64::from(c.second.1 - c.first.0);
            (c.wrapped, c.doubtful, c.gap > 0 && !c.own_middle, c.order, c.grade, u64::MAX - length, c.words)
        });
        let mut kept: Vec<Candidate> = Vec::new();
        for candidate in waiting {
            let overlaps = |a: (u64, u64), b: (u64, u64)| a.0 <= b.1 && b.0 <= a.1;
            let halves = |c: &Candidate| [(c.words.0, c.words.1), (c.words.2, c.words.3)];
            let taken = kept.iter().any(|other| {
                halves(other).iter().any(|half| halves(&candidate).iter().any(|own| overlaps(*half, *own)))
            });
            if !taken {
                kept.push(candidate);
            }
        }
        kept.sort_by_key(|candidate| candidate.first);
        for candidate in &kept {
            show(Sight::Pair(candidate));
        }
    }
}
