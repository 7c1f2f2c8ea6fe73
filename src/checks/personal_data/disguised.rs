//! Numbers in which letters of another alphabet stand for Latin ones.

use crate::mail::fold::{Folded, has_foreign_letters, skeleton_letters};

/// How near to a digit a letter stands that may belong to its number.
const NEAR: usize = 12;

/// The folded text with its look-alike letters near digits as the Latin letters they look like; `None` where there is
/// none, as in nearly every message.
pub fn unmask(folded: &Folded) -> Option<Folded> {
    if folded.text.is_ascii() {
        return None;
    }
    let bytes = folded.text.as_bytes();
    let mut text = String::new();
    // Offsets in the old text and in the new one behind each letter that was replaced.
    let mut replaced: Vec<(u32, u32)> = Vec::new();
    let mut steps: Vec<(u32, u32)> = Vec::new();
    let mut copied = 0;
    for (at, letter) in folded.text.char_indices().filter(|(_, letter)| !letter.is_ascii()) {
        let end = at + letter.len_utf8();
        let around = bytes.get(at.saturating_sub(NEAR)..(end + NEAR).min(bytes.len())).unwrap_or_default();
        if !around.iter().any(u8::is_ascii_digit) {
            continue;
        }
        let mut written = [0; 4];
        let twin = skeleton_letters(letter.encode_utf8(&mut written)).into_owned();
        if twin.len() != 1 {
            continue;
        }
        text.push_str(folded.text.get(copied..at)?);
        let (Ok(from), Ok(to), Ok(new)) = (u32::try_from(at), u32::try_from(end), u32::try_from(text.len())) else {
            return None;
        };
        let source = folded.back(from..to);
        text.push_str(&twin);
        steps.push((new, source.start));
        steps.push((new + 1, source.end));
        replaced.push((to, new + 1));
        copied = end;
    }
    if replaced.is_empty() {
        return None;
    }
    text.push_str(folded.text.get(copied..)?);
    let moved = |old: u32| {
        let before = replaced.partition_point(|(behind, _)| *behind <= old);
        let nearest = before.checked_sub(1).and_then(|index| replaced.get(index));
        nearest.map_or(old, |(behind, new)| new + (old - behind))
    };
    steps.extend(folded.steps.iter().map(|(at, source)| (moved(*at), *source)));
    steps.sort_unstable();
    steps.dedup_by_key(|step| step.0);
    let quoted = folded.quoted.iter().map(|quoted| moved(quoted.start)..moved(quoted.end)).collect();
    Some(Folded { text, steps, quoted })
}

/// Whether a stretch as it was written holds such a letter.
pub fn is_disguised(written: &str) -> bool {
    has_foreign_letters(written) && *skeleton_letters(written) != *written
}

#[cfg(test)]
mod tests {
    use super::unmask;
    use crate::mail::fold::Folded;

    #[test]
    fn letters_near_digits_are_read_as_they_look_and_the_way_back_stays() {
        let old = "ab \u{440}m901594\u{430} \u{2026} ivan \u{430} and more words here";
        let length = u32::try_from(old.len()).unwrap();
        let folded = Folded { text: old.to_owned(), steps: vec![(0, 0)], quoted: Vec::new() };
        let new = unmask(&folded).unwrap();
        assert!(new.text.starts_with("ab pm901594a \u{2026}"), "{}", new.text);
        let at = u32::try_from(new.text.find("pm901594a").unwrap()).unwrap();
        let back = new.back(at..at + 9);
        assert_eq!(old.get(back.start as usize..back.end as usize), Some("\u{440}m901594\u{430}"));
        let end = u32::try_from(new.text.len()).unwrap();
        assert_eq!(new.back(end - 4..end), length - 4..length);
        assert!(unmask(&Folded { text: "caf\u{e9} 12".replace('\u{e9}', "e"), ..Folded::default() }).is_none());
    }
}
