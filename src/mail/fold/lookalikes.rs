//! The second channel: letters of other alphabets that look like Latin ones.

use std::borrow::Cow;

/// Whether a word holds a letter outside ASCII, so that [`skeleton_letters`] may say something else.
#[must_use]
pub fn has_foreign_letters(word: &str) -> bool {
    !word.is_ascii() && word.chars().any(|letter| !letter.is_ascii() && letter.is_alphabetic())
}

/// A word with every letter that looks like a Latin one replaced by that one, in lower case. Digits and
/// ASCII letters stay what they are: `1` is never `l`, nor `0` an `o`, nor `m` an `rn`.
///
/// Give it the word as written (capitals tell more: `Ν` looks like N, `ν` like v); folded words do as well.
#[must_use]
pub fn skeleton_letters(word: &str) -> Cow<'_, str> {
    if !has_foreign_letters(word) {
        return Cow::Borrowed(word);
    }
    let mut skeleton = String::with_capacity(word.len());
    let mut changed = false;
    for letter in word.chars() {
        match latin_twin(letter) {
            Some(twin) => {
                skeleton.push(twin);
                changed = true;
            }
            None => skeleton.push(letter),
        }
    }
    if changed { Cow::Owned(skeleton) } else { Cow::Borrowed(word) }
}

fn latin_twin(letter: char) -> Option<char> {
    if letter.is_ascii() || !letter.is_alphabetic() {
        return None;
    }
    cyrillic_twin(letter).or_else(|| greek_twin(letter)).or_else(|| listed_twin(letter))
}

/// Twins that the list of UTS 39 lacks (small letters whose capital is a twin) or gives otherwise.
const fn cyrillic_twin(letter: char) -> Option<char> {
    Some(match letter {
        'А' | 'а' => 'a',
        'В' | 'в' | 'Ь' | 'ь' => 'b',
        'С' | 'с' => 'c',
        'Ԁ' | 'ԁ' => 'd',
        'Е' | 'е' | 'Ё' | 'ё' => 'e',
        'Н' | 'н' | 'Һ' | 'һ' => 'h',
        'І' | 'і' | 'Ї' | 'ї' => 'i',
        'Ј' | 'ј' => 'j',
        'К' | 'к' | 'Қ' | 'қ' => 'k',
        'Ӏ' | 'ӏ' => 'l',
        'М' | 'м' => 'm',
        'О' | 'о' => 'o',
        'Р' | 'р' => 'p',
        'Ԛ' | 'ԛ' => 'q',
        'Ѕ' | 'ѕ' => 's',
        'Т' | 'т' => 't',
        'Ѵ' | 'ѵ' => 'v',
        'Ԝ' | 'ԝ' => 'w',
        'Х' | 'х' => 'x',
        'У' | 'у' | 'Ү' | 'ү' => 'y',
        _ => return None,
    })
}

/// The same for Greek, whose capitals and small letters resemble different ones.
const fn greek_twin(letter: char) -> Option<char> {
    Some(match letter {
        'Α' | 'α' => 'a',
        'Β' | 'β' => 'b',
        'Ε' | 'ε' => 'e',
        'Ζ' | 'ζ' => 'z',
        'Η' => 'h',
        'Ι' | 'ι' => 'i',
        'Κ' | 'κ' => 'k',
        'Μ' | 'μ' => 'm',
        'Ν' | 'η' => 'n',
        'ν' => 'v',
        'Ο' | 'ο' | 'σ' => 'o',
        'Ρ' | 'ρ' => 'p',
        'Τ' | 'τ' => 't',
        'Υ' | 'γ' => 'y',
        'υ' => 'u',
        'Χ' | 'χ' => 'x',
        'ω' => 'w',
        _ => return None,
    })
}

/// Twins of the list of UTS 39, where they are one letter of ASCII.
fn listed_twin(letter: char) -> Option<char> {
    let mut bytes = [0; 4];
    let mut skeleton = unicode_security::skeleton(letter.encode_utf8(&mut bytes));
    let twin = skeleton.next()?;
    (skeleton.next().is_none() && twin.is_ascii_alphabetic()).then(|| twin.to_ascii_lowercase())
}
