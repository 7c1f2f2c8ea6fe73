//! What a style hides, as far as one tag tells.

use super::names::lower_case;

/// The look of an element.
#[derive(Clone, Copy, Default)]
pub(super) struct Look {
    /// Hidden for certain.
    pub hidden: bool,
    /// On a ground that is not white.
    pub dark: bool,
    white: Option<bool>,
    flat: bool,
    cut: bool,
}

impl Look {
    /// This look with what another adds to it.
    pub fn and(self, other: Self) -> Self {
        Self {
            hidden: self.hidden | other.hidden,
            dark: self.dark | other.dark,
            white: other.white.or(self.white),
            flat: self.flat | other.flat,
            cut: self.cut | other.cut,
        }
    }

    /// Reads a `style` attribute.
    fn read(&mut self, style: &str) {
        // No real declaration list is longer.
        let style = style.get(..style.floor_char_boundary(4096)).unwrap_or_default();
        for declaration in style.split(';') {
            let Some((property, value)) = declaration.split_once(':') else { continue };
            let value = lower_case(value.trim());
            let value = value.split('!').next().unwrap_or_default().trim();
            match &*lower_case(property.trim()) {
                "display" => self.hidden |= value == "none",
                "visibility" => self.hidden |= matches!(value, "hidden" | "collapse"),
                "mso-hide" => self.hidden |= value == "all",
                "font-size" => self.hidden |= tiny(value),
                "opacity" => self.hidden |= number(value).is_some_and(|(number, _)| number == 0.0),
                "text-indent" => self.hidden |= number(value).is_some_and(|(number, _)| number <= -999.0),
                "height" | "max-height" | "width" | "max-width" => {
                    self.flat |= number(value).is_some_and(|(number, _)| number == 0.0);
                }
                "overflow" => self.cut |= value == "hidden",
                "color" => self.letters(value),
                "background" | "background-color" => self.ground(value),
                _ => (),
            }
        }
    }

    /// The colour of the letters.
    pub fn letters(&mut self, colour: &str) {
        self.white = Some(white(colour));
        self.hidden |= colour.trim() == "transparent";
    }

    /// The colour behind them.
    pub fn ground(&mut self, colour: &str) {
        let none = matches!(colour.trim(), "" | "none" | "transparent" | "initial" | "inherit");
        self.dark |= !none && !white(colour);
    }

    /// Whether all this hides the element, where a `dark` ground was seen in the page or not.
    pub fn hides(self, dark: bool) -> bool {
        self.hidden || (self.flat && self.cut) || (self.white == Some(true) && !self.dark && !dark)
    }
}

/// The styles last read: programs write the same ones over and over.
#[derive(Default)]
pub(super) struct Styles<'a> {
    known: [(&'a str, Look); 4],
    next: usize,
}

impl<'a> Styles<'a> {
    /// Reads a `style` attribute, or remembers it.
    pub fn read(&mut self, style: &'a str) -> Look {
        if let Some((_, look)) = self.known.iter().find(|(known, _)| *known == style) {
            return *look;
        }
        let mut look = Look::default();
        look.read(style);
        if let Some(oldest) = self.known.get_mut(self.next) {
            *oldest = (style, look);
        }
        self.next = (self.next + 1) % self.known.len();
        look
    }
}

fn white(colour: &str) -> bool {
    const WHITE: [&str; 6] = ["white", "#fff", "#ffffff", "ffffff", "#fefefe", "rgb(255,255,255)"];
    let letters = || colour.chars().filter(|letter| !letter.is_whitespace()).take(24);
    WHITE.iter().any(|white| letters().map(|letter| letter.to_ascii_lowercase()).eq(white.chars()))
}

fn tiny(size: &str) -> bool {
    number(size).is_some_and(|(number, unit)| number == 0.0 || (number <= 1.0 && matches!(unit, "px" | "pt")))
}

fn number(value: &str) -> Option<(f32, &str)> {
    let end =
        value.find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, '.' | '-')).unwrap_or(value.len());
    let (digits, unit) = value.split_at_checked(end)?;
    Some((digits.parse().ok()?, unit.trim()))
}
