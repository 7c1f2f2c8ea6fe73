//! Domains one slip of the finger away from another: `gmial.com`, the school's own with a letter too many.

/// Services people mean when they mistype; their own look-alikes are rarely anybody's address.
const MEANT: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "hotmail.co.uk",
    "outlook.com",
    "yahoo.com",
    "yahoo.co.uk",
    "icloud.com",
    "btinternet.com",
    "live.co.uk",
    "virginmedia.com",
    "talktalk.net",
    "ntlworld.com",
    "protonmail.com",
];

/// Whether a domain is one slip away from a well-known one or from one of the school's own.
pub fn is_lookalike(domain: &str, own: &[String]) -> bool {
    let known = || MEANT.iter().copied().chain(own.iter().map(String::as_str));
    !known().any(|known| known == domain) && known().any(|known| is_one_slip(domain, known))
}

/// One letter more, less, other, or two neighbours changed round. Short domains are too close to each other by nature.
fn is_one_slip(given: &str, meant: &str) -> bool {
    if meant.len() < 8 || given.len().abs_diff(meant.len()) > 4 {
        return false;
    }
    let same = given.chars().zip(meant.chars()).take_while(|(a, b)| a == b).map(|(letter, _)| letter.len_utf8()).sum();
    let (given, meant) = (given.get(same..).unwrap_or_default(), meant.get(same..).unwrap_or_default());
    let (mut given_rest, mut meant_rest) = (given.chars(), meant.chars());
    let (first, meant_first) = (given_rest.next(), meant_rest.next());
    let other = first.is_some() && meant_first.is_some() && given_rest.as_str() == meant_rest.as_str();
    let more = first.is_some() && given_rest.as_str() == meant;
    let less = meant_first.is_some() && meant_rest.as_str() == given;
    let (second, meant_second) = (given_rest.next(), meant_rest.next());
    let round = second.is_some()
        && first == meant_second
        && second == meant_first
        && given_rest.as_str() == meant_rest.as_str();
    other || more || less || round
}

#[cfg(test)]
mod tests {
    use super::is_lookalike;

    #[test]
    fn one_slip_is_seen() {
        let own = ["oakfield.example".to_owned()];
        for (domain, lookalike) in [
            ("gmial.com", true),
            ("gmai.com", true),
            ("gmaill.com", true),
            ("gmail.co", true),
            ("gmail.con", true),
            ("gmail.com", false),
            ("hotmial.co.uk", true),
            ("hotmail.com", false),
            ("oakfeild.example", true),
            ("oakfield.example", false),
            ("work.example", false),
            ("gnial.com", false),
            ("", false),
        ] {
            assert_eq!(is_lookalike(domain, &own), lookalike, "{domain}");
        }
    }
}
