//! Words near a number that say what it is.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::LazyLock;

/// What a word near a number says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clue {
    /// Unique pupil number.
    Upn,
    /// Unique learner number.
    Uln,
    /// Exam candidate.
    Uci,
    /// National Insurance.
    Nino,
    /// NHS.
    Nhs,
    /// Taxpayer reference.
    Utr,
    /// Passport.
    Passport,
    /// Driving licence.
    Licence,
    /// Bank account.
    Bank,
    /// Payment card.
    Card,
    /// Date of birth.
    Birth,
    /// The word `born`, which is said of the famous dead and of year groups as well.
    Born,
    /// Dates of birth, of several people.
    Births,
    /// Home address.
    Address,
    /// Telephone.
    Phone,
    /// The writer's own telephone.
    OwnPhone,
    /// The telephone of a pupil's home.
    FamilyPhone,
    /// Password, PIN.
    Secret,
    /// A number of another kind: an order, a ticket.
    Other,
    /// Words that end a letter.
    Farewell,
}

/// Longest first where one begins another.
const WORDS: &[(&str, Clue)] = &[
    ("unique pupil number", Clue::Upn),
    ("pupil number", Clue::Upn),
    ("u.p.n", Clue::Upn),
    ("upns", Clue::Upn),
    ("upn", Clue::Upn),
    ("unique learner number", Clue::Uln),
    ("learner number", Clue::Uln),
    ("learner reference", Clue::Uln),
    ("unique learner", Clue::Uln),
    ("learner unique", Clue::Uln),
    ("learner record", Clue::Uln),
    ("learner no", Clue::Uln),
    ("learner id", Clue::Uln),
    ("u.l.n", Clue::Uln),
    ("plr", Clue::Uln),
    ("ulns", Clue::Uln),
    ("uln", Clue::Uln),
    ("unique candidate identifier", Clue::Uci),
    ("candidate identifier", Clue::Uci),
    ("uci", Clue::Uci),
    ("national insurance", Clue::Nino),
    ("nat insurance", Clue::Nino),
    ("ni number", Clue::Nino),
    ("ni no", Clue::Nino),
    ("nino", Clue::Nino),
    ("nhsno", Clue::Nhs),
    ("nhsnumber", Clue::Nhs),
    ("n.h.s", Clue::Nhs),
    ("medical card", Clue::Nhs),
    ("nhs", Clue::Nhs),
    ("national health", Clue::Nhs),
    ("unique taxpayer reference", Clue::Utr),
    ("unique taxpayer ref", Clue::Utr),
    ("unique taxpayer", Clue::Utr),
    ("unique tax reference", Clue::Utr),
    ("taxpayer reference", Clue::Utr),
    ("taxpayer ref", Clue::Utr),
    ("tax reference", Clue::Utr),
    ("tax ref", Clue::Utr),
    ("self assessment reference", Clue::Utr),
    ("self-assessment reference", Clue::Utr),
    ("self assessment", Clue::Utr),
    ("self-assessment", Clue::Utr),
    ("u.t.r", Clue::Utr),
    ("utr", Clue::Utr),
    ("passports", Clue::Passport),
    ("passport", Clue::Passport),
    ("travel document", Clue::Passport),
    ("driving licence", Clue::Licence),
    ("driving license", Clue::Licence),
    ("driver number", Clue::Licence),
    ("licence", Clue::Licence),
    ("dvla", Clue::Licence),
    ("sort code", Clue::Bank),
    ("sort-code", Clue::Bank),
    ("sortcode", Clue::Bank),
    ("account code", Clue::Other),
    ("nominal", Clue::Other),
    ("ledger", Clue::Other),
    ("cost centre", Clue::Other),
    ("accountno", Clue::Bank),
    ("accountnumber", Clue::Bank),
    ("account number", Clue::Bank),
    ("account no", Clue::Bank),
    ("account details", Clue::Bank),
    ("account name", Clue::Bank),
    ("account", Clue::Bank),
    ("acct", Clue::Bank),
    ("acc no", Clue::Bank),
    ("acc", Clue::Bank),
    ("a/c", Clue::Bank),
    ("bacs", Clue::Bank),
    ("bank details", Clue::Bank),
    ("bank", Clue::Bank),
    ("iban", Clue::Bank),
    ("s/c", Clue::Bank),
    ("credit card", Clue::Card),
    ("debit card", Clue::Card),
    ("card number", Clue::Card),
    ("card no", Clue::Card),
    ("visa", Clue::Card),
    ("mastercard", Clue::Card),
    ("amex", Clue::Card),
    ("maestro", Clue::Card),
    ("card", Clue::Card),
    ("dates of birth", Clue::Births),
    ("dobs", Clue::Births),
    ("date of birth", Clue::Birth),
    ("birth date", Clue::Birth),
    ("birthdate", Clue::Birth),
    ("birthday", Clue::Birth),
    ("d.o.b", Clue::Birth),
    ("d o b", Clue::Birth),
    ("d/o/b", Clue::Birth),
    ("dob", Clue::Birth),
    ("born", Clue::Born),
    ("home address", Clue::Address),
    ("postal address", Clue::Address),
    ("address", Clue::Address),
    ("lives at", Clue::Address),
    ("living at", Clue::Address),
    ("resides at", Clue::Address),
    ("moved to", Clue::Address),
    ("my mobile", Clue::OwnPhone),
    ("my phone", Clue::OwnPhone),
    ("my number", Clue::OwnPhone),
    ("my personal", Clue::OwnPhone),
    ("my private", Clue::OwnPhone),
    ("private mobile", Clue::OwnPhone),
    ("private number", Clue::OwnPhone),
    ("private phone", Clue::OwnPhone),
    ("personal mobile", Clue::OwnPhone),
    ("personal number", Clue::OwnPhone),
    ("my home", Clue::OwnPhone),
    ("my own", Clue::OwnPhone),
    ("text me", Clue::OwnPhone),
    ("call me", Clue::OwnPhone),
    ("ring me", Clue::OwnPhone),
    ("phone me", Clue::OwnPhone),
    ("whatsapp me", Clue::OwnPhone),
    ("reach me", Clue::OwnPhone),
    ("me on", Clue::OwnPhone),
    ("home number", Clue::FamilyPhone),
    ("home phone", Clue::FamilyPhone),
    ("home telephone", Clue::FamilyPhone),
    ("home tel", Clue::FamilyPhone),
    ("contact number", Clue::FamilyPhone),
    ("emergency contact", Clue::FamilyPhone),
    ("mum", Clue::FamilyPhone),
    ("mother", Clue::FamilyPhone),
    ("dad", Clue::FamilyPhone),
    ("father", Clue::FamilyPhone),
    ("parents", Clue::FamilyPhone),
    ("parent", Clue::FamilyPhone),
    ("carer", Clue::FamilyPhone),
    ("guardian", Clue::FamilyPhone),
    ("grandmother", Clue::FamilyPhone),
    ("telephone", Clue::Phone),
    ("phone", Clue::Phone),
    ("mobile", Clue::Phone),
    ("mob", Clue::Phone),
    ("tel", Clue::Phone),
    ("fax", Clue::Phone),
    ("cell", Clue::Phone),
    ("call", Clue::Phone),
    ("ring", Clue::Phone),
    ("whatsapp", Clue::Phone),
    ("text", Clue::Phone),
    ("ext", Clue::Phone),
    ("dial", Clue::Phone),
    ("passwords", Clue::Secret),
    ("password", Clue::Secret),
    ("passcode", Clue::Secret),
    ("passphrase", Clue::Secret),
    ("pwd", Clue::Secret),
    ("regards", Clue::Farewell),
    ("best wishes", Clue::Farewell),
    ("sincerely", Clue::Farewell),
    ("faithfully", Clue::Farewell),
    ("many thanks", Clue::Farewell),
    ("order", Clue::Other),
    ("invoice", Clue::Other),
    ("booking", Clue::Other),
    ("reference", Clue::Other),
    ("ref", Clue::Other),
    ("ticket", Clue::Other),
    ("tracking", Clue::Other),
    ("parcel", Clue::Other),
    ("serial", Clue::Other),
    ("isbn", Clue::Other),
    ("meeting id", Clue::Other),
    ("barcode", Clue::Other),
    ("urn", Clue::Other),
    ("ukprn", Clue::Other),
];

/// Characters that count as near whatever sentence they stand in.
const NEAR: usize = 40;
/// Longest stretch of a sentence that is searched, on either side.
const SENTENCE: usize = 200;

/// A clue with its distance to the number: 0 touches it.
#[derive(Debug, Clone, Copy)]
pub struct Near {
    /// What it says.
    pub clue: Clue,
    /// Bytes between it and the number; what stands behind the number counts as a little farther.
    pub distance: usize,
    /// Where it ends in the folded text.
    pub end: usize,
    /// Stands before the number.
    pub before: bool,
}

/// A word with its first letters, which tell most words apart without a comparison of the whole.
type Entry = ([u8; 3], &'static str, Clue);

/// The words by their first letter.
static BY_LETTER: LazyLock<Vec<Vec<Entry>>> = LazyLock::new(|| {
    let with = |letter: u8| {
        let words = WORDS.iter().filter(|(word, _)| word.as_bytes().first() == Some(&letter));
        words.filter_map(|(word, clue)| Some((*word.as_bytes().first_chunk()?, *word, *clue))).collect()
    };
    (b'a'..=b'z').map(with).collect()
});

/// Which third letters follow which first two: a bit for each, and one for all that are no letters.
static BEGINNINGS: LazyLock<[[u32; KINDS]; KINDS]> = LazyLock::new(|| {
    let mut all = [[0; KINDS]; KINDS];
    for [first, second, third] in WORDS.iter().filter_map(|(word, _)| word.as_bytes().first_chunk()) {
        if let Some(thirds) = all.get_mut(kind(*first)).and_then(|seconds| seconds.get_mut(kind(*second))) {
            *thirds |= 1 << kind(*third);
        }
    }
    all
});

/// Letters, and all that are none.
const KINDS: usize = 27;

const fn kind(byte: u8) -> usize {
    if byte.is_ascii_lowercase() { (byte - b'a') as usize } else { KINDS - 1 }
}

/// The word that a text begins with, and its clue.
fn word_at(text: &[u8]) -> Option<(&'static str, Clue)> {
    let start = text.first_chunk::<3>()?;
    let [first, second, third] = *start;
    let thirds = BEGINNINGS.get(kind(first))?.get(kind(second))?;
    if thirds >> kind(third) & 1 == 0 {
        return None;
    }
    let index = first.checked_sub(b'a')?;
    let entry = BY_LETTER.get(usize::from(index))?.iter().find(|(first, word, _)| {
        first == start
            && text.starts_with(word.as_bytes())
            && !text.get(word.len()).is_some_and(|after| after.is_ascii_alphabetic() || !after.is_ascii())
    });
    entry.map(|(_, word, clue)| (*word, *clue))
}

/// All clues in a text, in order: the clue, its start and its end.
pub fn read(text: &[u8]) -> impl Iterator<Item = (Clue, usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let rest = text.get(at..)?;
            if let Some((word, clue)) = word_at(rest) {
                let start = at;
                at += word.len();
                return Some((clue, start, at));
            }
            let letters = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()).count();
            at += letters;
            at += text.get(at..)?.iter().take_while(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric()).count();
        }
        None
    })
}

/// The clues of a text, read once from front to back as far as they are asked for.
#[derive(Default)]
pub struct Reader {
    /// Clues with their start and end, in order.
    window: VecDeque<(Clue, usize, usize)>,
    /// How far the text is read.
    done: usize,
}

impl Reader {
    /// The clues near `start..end`, nearest first: in the same sentence, or within 40 characters. Questions come in
    /// the order of the text, give or take a sentence.
    pub fn near(&mut self, text: &[u8], start: usize, end: usize) -> Vec<Near> {
        self.read_to(text, start, (end + SENTENCE).min(text.len()));
        if self.window.is_empty() {
            return Vec::new();
        }
        let to = sentence_end(text, end).max((end + NEAR).min(text.len()));
        let from = sentence_start(text, start).min(word_start(text, start.saturating_sub(NEAR)));
        let mut all: Vec<Near> = self.window.iter().filter_map(|clue| near(clue, from..to, start..end)).collect();
        all.sort_by_key(|near| near.distance);
        all
    }

    /// Whether words of farewell stand not far before: what follows is the sender's signature.
    pub fn is_signed(&mut self, text: &[u8], start: usize) -> bool {
        self.read_to(text, start, start);
        let from = start.saturating_sub(SENTENCE);
        self.window.iter().any(|(clue, first, _)| *clue == Clue::Farewell && (from..start).contains(first))
    }

    fn read_to(&mut self, text: &[u8], start: usize, to: usize) {
        let kept = start.saturating_sub(2 * SENTENCE);
        while self.window.front().is_some_and(|(_, _, end)| *end < kept) {
            self.window.pop_front();
        }
        self.done = self.done.max(word_start(text, kept));
        // A clue of several words may reach beyond the end of what is asked for.
        let ahead = (to + 32).min(text.len());
        if ahead <= self.done {
            return;
        }
        let from = self.done;
        for (clue, first, end) in read(text.get(from..ahead).unwrap_or_default()) {
            self.window.push_back((clue, from + first, from + end));
        }
        // One that is cut off at the end is read again with the next stretch.
        let again = word_start(text, ahead.saturating_sub(32).max(from));
        self.done = self.window.back().map_or(0, |(_, _, end)| *end).max(again);
    }
}

fn near(clue: &(Clue, usize, usize), within: Range<usize>, number: Range<usize>) -> Option<Near> {
    let (clue, first, end) = *clue;
    if clue == Clue::Farewell || first < within.start || end > within.end {
        return None;
    }
    if end <= number.start {
        return Some(Near { clue, distance: number.start - end, end, before: true });
    }
    (first >= number.end).then(|| Near { clue, distance: first - number.end + 6, end, before: false })
}

fn word_start(text: &[u8], at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    at - before.iter().rev().take(24).take_while(|byte| byte.is_ascii_alphanumeric()).count()
}

fn sentence_start(text: &[u8], start: usize) -> usize {
    let floor = word_start(text, start.saturating_sub(SENTENCE));
    let before = text.get(floor..start).unwrap_or_default();
    before.windows(2).rposition(ends_sentence).map_or(floor, |index| floor + index + 2)
}

fn sentence_end(text: &[u8], end: usize) -> usize {
    let after = text.get(end..(end + SENTENCE).min(text.len())).unwrap_or_default();
    end + after.windows(2).position(ends_sentence).unwrap_or(after.len())
}

fn ends_sentence(pair: &[u8]) -> bool {
    matches!(pair, [b'.' | b'!' | b'?', b' ' | b'\n'] | [b'\n', b'\n'])
}
