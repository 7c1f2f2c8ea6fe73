//! IBANs of all countries that have them.

/// Form of the account in each country, as the registry writes it: letters (`a`), digits (`n`) or both (`c`).
type Form = &'static [(u8, usize)];

#[rustfmt::skip]
const FORMS: &[(&[u8; 2], Form)] = &[
    (b"ad", &[(b'n', 8), (b'c', 12)]),
    (b"ae", &[(b'n', 19)]),
    (b"al", &[(b'n', 8), (b'c', 16)]),
    (b"at", &[(b'n', 16)]),
    (b"az", &[(b'a', 4), (b'c', 20)]),
    (b"ba", &[(b'n', 16)]),
    (b"be", &[(b'n', 12)]),
    (b"bg", &[(b'a', 4), (b'n', 6), (b'c', 8)]),
    (b"bh", &[(b'a', 4), (b'c', 14)]),
    (b"bi", &[(b'n', 23)]),
    (b"br", &[(b'n', 23), (b'a', 1), (b'c', 1)]),
    (b"by", &[(b'c', 4), (b'n', 4), (b'c', 16)]),
    (b"ch", &[(b'n', 5), (b'c', 12)]),
    (b"cr", &[(b'n', 18)]),
    (b"cy", &[(b'n', 8), (b'c', 16)]),
    (b"cz", &[(b'n', 20)]),
    (b"de", &[(b'n', 18)]),
    (b"dj", &[(b'n', 23)]),
    (b"dk", &[(b'n', 14)]),
    (b"do", &[(b'c', 4), (b'n', 20)]),
    (b"dz", &[(b'n', 22)]),
    (b"ee", &[(b'n', 16)]),
    (b"eg", &[(b'n', 25)]),
    (b"es", &[(b'n', 20)]),
    (b"fi", &[(b'n', 14)]),
    (b"fk", &[(b'a', 2), (b'n', 12)]),
    (b"fo", &[(b'n', 14)]),
    (b"fr", &[(b'n', 10), (b'c', 11), (b'n', 2)]),
    (b"gb", &[(b'a', 4), (b'n', 14)]),
    (b"ge", &[(b'a', 2), (b'n', 16)]),
    (b"gi", &[(b'a', 4), (b'c', 15)]),
    (b"gl", &[(b'n', 14)]),
    (b"gr", &[(b'n', 7), (b'c', 16)]),
    (b"gt", &[(b'c', 4), (b'c', 20)]),
    (b"hn", &[(b'a', 4), (b'n', 20)]),
    (b"hr", &[(b'n', 17)]),
    (b"hu", &[(b'n', 24)]),
    (b"ie", &[(b'a', 4), (b'n', 14)]),
    (b"il", &[(b'n', 19)]),
    (b"iq", &[(b'a', 4), (b'n', 15)]),
    (b"ir", &[(b'n', 22)]),
    (b"is", &[(b'n', 22)]),
    (b"it", &[(b'a', 1), (b'n', 10), (b'c', 12)]),
    (b"jo", &[(b'a', 4), (b'n', 4), (b'c', 18)]),
    (b"kw", &[(b'a', 4), (b'c', 22)]),
    (b"kz", &[(b'n', 3), (b'c', 13)]),
    (b"lb", &[(b'n', 4), (b'c', 20)]),
    (b"lc", &[(b'a', 4), (b'c', 24)]),
    (b"li", &[(b'n', 5), (b'c', 12)]),
    (b"lt", &[(b'n', 16)]),
    (b"lu", &[(b'n', 3), (b'c', 13)]),
    (b"lv", &[(b'a', 4), (b'c', 13)]),
    (b"ly", &[(b'n', 21)]),
    (b"ma", &[(b'n', 24)]),
    (b"mc", &[(b'n', 10), (b'c', 11), (b'n', 2)]),
    (b"md", &[(b'c', 2), (b'c', 18)]),
    (b"me", &[(b'n', 18)]),
    (b"mk", &[(b'n', 3), (b'c', 10), (b'n', 2)]),
    (b"mn", &[(b'n', 16)]),
    (b"mr", &[(b'n', 23)]),
    (b"mt", &[(b'a', 4), (b'n', 5), (b'c', 18)]),
    (b"mu", &[(b'a', 4), (b'n', 19), (b'a', 3)]),
    (b"mz", &[(b'n', 21)]),
    (b"ni", &[(b'a', 4), (b'n', 20)]),
    (b"nl", &[(b'a', 4), (b'n', 10)]),
    (b"no", &[(b'n', 11)]),
    (b"om", &[(b'n', 3), (b'c', 16)]),
    (b"pk", &[(b'a', 4), (b'c', 16)]),
    (b"pl", &[(b'n', 24)]),
    (b"ps", &[(b'a', 4), (b'c', 21)]),
    (b"pt", &[(b'n', 21)]),
    (b"qa", &[(b'a', 4), (b'c', 21)]),
    (b"ro", &[(b'a', 4), (b'c', 16)]),
    (b"rs", &[(b'n', 18)]),
    (b"ru", &[(b'n', 14), (b'c', 15)]),
    (b"sa", &[(b'n', 2), (b'c', 18)]),
    (b"sc", &[(b'a', 4), (b'n', 20), (b'a', 3)]),
    (b"sd", &[(b'n', 14)]),
    (b"se", &[(b'n', 20)]),
    (b"si", &[(b'n', 15)]),
    (b"sk", &[(b'n', 20)]),
    (b"sm", &[(b'a', 1), (b'n', 10), (b'c', 12)]),
    (b"so", &[(b'n', 19)]),
    (b"st", &[(b'n', 21)]),
    (b"sv", &[(b'a', 4), (b'n', 20)]),
    (b"tl", &[(b'n', 19)]),
    (b"tn", &[(b'n', 20)]),
    (b"tr", &[(b'n', 6), (b'c', 16)]),
    (b"ua", &[(b'n', 6), (b'c', 19)]),
    (b"va", &[(b'n', 18)]),
    (b"vg", &[(b'a', 4), (b'n', 16)]),
    (b"xk", &[(b'n', 16)]),
    (b"ye", &[(b'a', 4), (b'n', 4), (b'c', 18)]),
];

/// IBAN by the form of its country and mod 97.
pub fn is_iban(chars: &[u8]) -> bool {
    let [country1, country2, check1, check2, account @ ..] = chars else { return false };
    if !(check1.is_ascii_digit() && check2.is_ascii_digit()) {
        return false;
    }
    let country = [*country1, *country2];
    let Some((_, form)) = FORMS.iter().find(|(code, _)| **code == country) else { return false };
    if !fits(account, form) {
        return false;
    }
    let turned = account.iter().chain([country1, country2, check1, check2]);
    let remainder = turned.fold(0_u32, |sum, c| match c {
        b'0'..=b'9' => (sum * 10 + u32::from(c - b'0')) % 97,
        _ => (sum * 100 + u32::from(c.wrapping_sub(b'a')) + 10) % 97,
    });
    // Every country's numbers are mostly digits; a line of short words is not.
    remainder == 1 && account.iter().filter(|c| c.is_ascii_digit()).count() >= 8
}

fn fits(account: &[u8], form: Form) -> bool {
    let mut rest = account;
    for (kind, len) in form {
        let Some((field, tail)) = rest.split_at_checked(*len) else { return false };
        let good = field.iter().all(|c| match kind {
            b'n' => c.is_ascii_digit(),
            b'a' => c.is_ascii_alphabetic(),
            _ => c.is_ascii_alphanumeric(),
        });
        if !good {
            return false;
        }
        rest = tail;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_and_check_digits_decide() {
        for (chars, wanted) in [
            ("gb29nwbk60161331926819", true),
            ("gb82west12345698765432", true),
            ("mt84malt011000012345mtlcast001s", true),
            ("no9386011117947", true),
            ("gb82west12345698765433", false),
            ("gb82west1234569876543", false),
            ("zz82west12345698765432", false),
            ("vg46h07y0223060094359858", false),
            ("", false),
        ] {
            assert_eq!(is_iban(chars.as_bytes()), wanted, "{chars}");
        }
    }
}
