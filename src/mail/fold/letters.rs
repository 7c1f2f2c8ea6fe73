//! What one character folds to, whatever stands beside it.

use std::sync::LazyLock;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// What the letters of European alphabets and the usual signs fold to, found out once.
pub(super) struct Known {
    letters: Vec<Box<str>>,
    signs: Vec<Box<str>>,
}

/// First of the letters that take two bytes, and of the signs (dashes, quotation marks); how many there are.
const LETTERS: (u32, u32) = (0x80, 0x780);
const SIGNS: (u32, u32) = (0x2000, 0x100);

/// The one copy of it.
pub(super) fn known() -> &'static Known {
    static KNOWN: LazyLock<Known> = LazyLock::new(|| {
        let fold = |(first, count): (u32, u32)| {
            (first..first + count).filter_map(char::from_u32).map(|letter| {
                let mut folded = String::new();
                fold_into(letter, &mut folded);
                folded.into_boxed_str()
            })
        };
        Known { letters: fold(LETTERS).collect(), signs: fold(SIGNS).collect() }
    });
    &KNOWN
}

impl Known {
    /// Appends what a character folds to: nothing for combining marks and for what no reader sees.
    pub(super) fn fold_into(&self, letter: char, folded: &mut String) {
        let place =
            |(first, _): (u32, u32)| u32::from(letter).checked_sub(first).map_or(usize::MAX, |place| place as usize);
        match self.letters.get(place(LETTERS)).or_else(|| self.signs.get(place(SIGNS))) {
            Some(known) => folded.push_str(known),
            None => fold_into(letter, folded),
        }
    }
}

fn fold_into(letter: char, folded: &mut String) {
    if is_ignorable(letter) {
        return;
    }
    // One character that would become eighteen words; nobody is called so.
    if letter == '\u{FDFA}' {
        folded.push(letter);
        return;
    }
    if let Some(plain) = plain_form(letter) {
        folded.push_str(plain);
        return;
    }
    decompose_compatible(letter, |part| {
        if is_combining_mark(part) || is_ignorable(part) {
            return;
        }
        if let Some(plain) = plain_form(part) {
            folded.push_str(plain);
        } else if part.is_whitespace() {
            folded.push(' ');
        } else {
            for lower in part.to_lowercase() {
                match plain_form(lower) {
                    Some(plain) => folded.push_str(plain),
                    None if is_combining_mark(lower) => {}
                    None => folded.push(lower),
                }
            }
        }
    });
}

/// A mark that belongs to the character before it.
pub(super) fn is_mark(letter: char) -> bool {
    is_combining_mark(letter) && !is_ignorable(letter)
}

/// Characters that end a line.
pub(super) const fn is_line_break(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Default-ignorable code points (zero-width, soft hyphen, byte order mark, variation selectors,
/// direction marks, tags) and control characters: there, and not seen.
const fn is_ignorable(letter: char) -> bool {
    matches!(letter,
        '\0'..='\u{8}' | '\u{E}'..='\u{1F}' | '\u{7F}'..='\u{84}' | '\u{86}'..='\u{9F}'
        | '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Dashes, apostrophes, and the letters that NFKD leaves though a keyboard without them writes another.
const fn plain_form(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\u{58A}'
        | '\u{5BE}'
        | '\u{1400}'
        | '\u{1806}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{2212}'
        | '\u{2E17}'
        | '\u{2E1A}'
        | '\u{2E3A}'
        | '\u{2E3B}'
        | '\u{2E40}'
        | '\u{FE58}'
        | '\u{FE63}'
        | '\u{FF0D}' => "-",
        '`'
        | '\u{B4}'
        | '\u{2B9}'
        | '\u{2BB}'..='\u{2BF}'
        | '\u{2C8}'
        | '\u{2CA}'
        | '\u{2CB}'
        | '\u{55A}'
        | '\u{5F3}'
        | '\u{2018}'..='\u{201B}'
        | '\u{2032}'
        | '\u{2035}'
        | '\u{A78B}'
        | '\u{A78C}'
        | '\u{FF07}' => "'",
        '\u{201C}'..='\u{201F}' | '\u{2033}' | '\u{2036}' | '\u{5F4}' => "\"",
        '\u{2044}' => "/",
        'ł' | 'Ł' => "l",
        'ø' | 'Ø' => "o",
        'đ' | 'Đ' | 'ð' | 'Ð' | 'ɖ' | 'Ɖ' => "d",
        'þ' | 'Þ' => "th",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ß' | 'ẞ' => "ss",
        'ı' => "i",
        'ħ' | 'Ħ' => "h",
        'ŧ' | 'Ŧ' => "t",
        'ŋ' | 'Ŋ' => "n",
        'ĸ' => "k",
        'ς' => "σ",
        _ => return None,
    })
}
