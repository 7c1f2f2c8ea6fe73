use super::*;
use crate::checks::sample::school;
use proptest::prelude::*;

type Seen = Vec<(u32, (u32, u32), (u32, u32), Order, bool, bool)>;

fn note(seen: &mut Seen, joined: &mut Vec<(u32, u32)>, sight: Sight<'_>) {
    match sight {
        Sight::Pair(c) => seen.push((c.pupil.0, c.first, c.second, c.order, c.doubtful, c.disguised)),
        Sight::Joined(word) => joined.push((word.start, word.end)),
        Sight::Half(half) => joined.push((half.start, half.end)),
    }
}

/// Every word looked at, whatever it hints at.
fn slowly(text: &str, roster: &Roster) -> (Seen, Vec<(u32, u32)>) {
    let (mut seen, mut joined) = (Vec::new(), Vec::new());
    let mut finder = Finder::new(text, roster);
    let mut show = |sight: Sight<'_>| note(&mut seen, &mut joined, sight);
    each_word(text, |number, start, end, _| finder.take(number, start, end, None, &mut show));
    finder.settle(&mut show);
    (seen, joined)
}

fn quickly(text: &str, roster: &Roster) -> (Seen, Vec<(u32, u32)>) {
    let (mut seen, mut joined) = (Vec::new(), Vec::new());
    find_pairs(text, roster, |sight| note(&mut seen, &mut joined, sight));
    (seen, joined)
}

proptest! {
    #[test]
    fn hints_lose_no_name(
        parts in proptest::collection::vec(
            (
                prop_oneof![
                    4 => prop::sample::select(vec![
                        "jane", "smith", "janie", "elizabeth", "anna", "maria", "van", "der", "berg", "vanderberg", "siobhan",
                        "o", "reilly", "oreilly", "daisy", "rahman", "naylor", "tom", "brown", "alice", "green", "janesmith",
                        "smithjane", "j a n e", "j\u{430}ne", "smi\u{442}h", "miss", "will", "young",
                    ]).prop_map(str::to_owned),
                    2 => "[a-z]{1,10}",
                    1 => "[0-9]{1,3}",
                ],
                prop::sample::select(vec![" ", " ", " ", "-", ", ", "\n", ". ", ".", "'", "_", ",", "\n\n", " \u{2022} ", "", "%20"]),
            ),
            0..60,
        )
    ) {
        let school = school();
        let text: String = parts.into_iter().flat_map(|(word, gap)| [word, gap.to_owned()]).collect();
        prop_assert_eq!(quickly(&text, &school.roster), slowly(&text, &school.roster));
    }
}
