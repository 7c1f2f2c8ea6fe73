//! Identifiers that nobody has, with right check digits; and numbers that look like them.

use super::dice::Dice;

const UPN: &str = "ABCDEFGHJKLMNPQRTUVWXYZ";

fn value(c: char) -> u32 {
    c.to_digit(10).unwrap()
}

fn weighted(digits: &str, weights: &[u32]) -> u32 {
    digits.chars().zip(weights).map(|(digit, weight)| value(digit) * weight).sum()
}

fn nth(letters: &str, place: u32) -> char {
    letters.chars().nth(place as usize).unwrap()
}

pub fn upn(dice: &mut Dice) -> String {
    let digits = format!("{}{}", dice.pick(&["801", "373", "839", "940"]), dice.digits(9));
    let weights: Vec<u32> = (2..14).collect();
    format!("{}{digits}", nth(UPN, weighted(&digits, &weights) % 23))
}

pub fn temporary_upn(dice: &mut Dice) -> String {
    let (digits, place) = (format!("801{}", dice.digits(8)), u32::try_from(dice.below(23)).unwrap());
    let weights: Vec<u32> = (2..13).collect();
    format!("{}{digits}{}", nth(UPN, (weighted(&digits, &weights) + 13 * place) % 23), nth(UPN, place))
}

pub fn wrong_upn(dice: &mut Dice) -> String {
    let right = upn(dice);
    let first = UPN.chars().find(|c| !right.starts_with(*c)).unwrap();
    format!("{first}{}", &right[1..])
}

pub fn uln(dice: &mut Dice) -> String {
    loop {
        let nine = format!("{}{}", dice.between(1, 9), dice.digits(8));
        let rest = weighted(&nine, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        if rest != 0 {
            return format!("{nine}{}", 10 - rest);
        }
    }
}

pub fn uci(dice: &mut Dice) -> String {
    let twelve = format!("{}0{}{}", dice.between(10_000, 69_999), dice.between(20, 26), dice.digits(4));
    let weights: Vec<u32> = (5..17).rev().collect();
    format!("{twelve}{}", nth("ABCDEFGHKLMRTVWXY", weighted(&twelve, &weights) % 17))
}

pub fn nino(dice: &mut Dice) -> String {
    let first = dice.letter_of("ABCEHJLMPRSW");
    format!("{first}{}{}{}", dice.letter_of("ACEHJLMPRSW"), dice.digits(6), dice.letter_of("ABCD"))
}

pub fn nhs(dice: &mut Dice) -> String {
    loop {
        let nine = format!("4{}", dice.digits(8));
        match 11 - weighted(&nine, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11 {
            10 => {}
            11 => return nine + "0",
            check => return format!("{nine}{check}"),
        }
    }
}

pub fn wrong_nhs(dice: &mut Dice) -> String {
    let right = nhs(dice);
    let last = value(right.chars().last().unwrap());
    format!("{}{}", &right[..9], (last + 1) % 10)
}

pub fn utr(dice: &mut Dice) -> String {
    let nine = dice.digits(9);
    let check = nth("21987654321", weighted(&nine, &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11);
    format!("{check}{nine}")
}

pub fn card(dice: &mut Dice) -> String {
    let fifteen = format!("4{}", dice.digits(14));
    let sum: u32 = fifteen
        .chars()
        .enumerate()
        .map(|(place, c)| match (place % 2, value(c)) {
            (0, digit) if digit > 4 => digit * 2 - 9,
            (0, digit) => digit * 2,
            (_, digit) => digit,
        })
        .sum();
    format!("{fifteen}{}", (10 - sum % 10) % 10)
}

pub fn wrong_card(dice: &mut Dice) -> String {
    let right = card(dice);
    format!("{}{}", &right[..15], (value(right.chars().last().unwrap()) + 1) % 10)
}

pub fn iban(dice: &mut Dice) -> String {
    let account = dice.digits(14);
    // NWBK and GB00 in the numbers that stand for letters.
    let rest = format!("23321120{account}161100").chars().fold(0, |rest, c| (rest * 10 + value(c)) % 97);
    format!("GB{:02}NWBK{account}", 98 - rest)
}

pub fn licence(dice: &mut Dice) -> String {
    let name = ["MARLO", "PRYCE", "ASHWO", "FOX99", "THORN"][dice.below(5)];
    let (decade, month, day) = (dice.digit(), dice.between(1, 12), dice.between(1, 28));
    let (year, initial, check) = (dice.digit(), dice.letter_of("ABCDEJMRS"), dice.digit());
    format!("{name}{decade}{month:02}{day:02}{year}{initial}9{check}AB")
}

/// What is planted: kind of finding, the words before it, the value, and its groups as people write them.
pub struct Planted {
    pub kind: &'static str,
    pub lead: &'static str,
    pub groups: Vec<String>,
}

fn split(text: &str, lengths: &[usize]) -> Vec<String> {
    let mut rest = text;
    let mut groups = Vec::new();
    for length in lengths {
        let (head, tail) = rest.split_at(*length);
        groups.push(head.to_owned());
        rest = tail;
    }
    if !rest.is_empty() {
        groups.push(rest.to_owned());
    }
    groups
}

/// Kinds of number that survive noise, made anew each time.
pub const KINDS: &[fn(&mut Dice) -> Planted] = &[
    |d| Planted { kind: "nino", lead: "her National Insurance number is", groups: split(&nino(d), &[2, 2, 2, 2]) },
    |d| Planted { kind: "nhs_number", lead: "NHS number", groups: split(&nhs(d), &[3, 3]) },
    |d| Planted { kind: "upn", lead: "the UPN is", groups: split(&upn(d), &[1, 3, 4]) },
    |d| Planted { kind: "upn", lead: "temporary UPN:", groups: split(&temporary_upn(d), &[1, 3, 4]) },
    |d| Planted { kind: "uln", lead: "ULN", groups: split(&uln(d), &[4, 3]) },
    |d| Planted { kind: "uci", lead: "candidate UCI", groups: split(&uci(d), &[5]) },
    |d| Planted { kind: "card", lead: "we paid by card", groups: split(&card(d), &[4, 4, 4]) },
    |d| Planted { kind: "iban", lead: "IBAN", groups: split(&iban(d), &[4, 4, 4, 4, 4]) },
    |d| Planted { kind: "utr", lead: "his UTR is", groups: split(&utr(d), &[5]) },
    |d| Planted { kind: "driving_licence", lead: "driving licence", groups: split(&licence(d), &[5, 6]) },
    |d| Planted {
        kind: "passport",
        lead: "passport number",
        groups: vec![format!("{}{}", d.between(1, 9), d.digits(8))],
    },
];

/// Makes a sentence: the kind of finding it asks for, the sentence, the value in it.
pub type Sentence = fn(&mut Dice) -> (&'static str, String, String);

/// Kinds that are a sentence rather than a number: kind, sentence, the value in it.
pub const SENTENCES: &[Sentence] = &[
    |d| {
        let date = format!("{:02}/{:02}/{}", d.between(1, 28), d.between(1, 12), d.between(2008, 2014));
        ("date_of_birth", format!("Date of birth: {date}"), date)
    },
    |d| {
        let months = ["January", "March", "May", "August", "October"];
        let date = format!("{} {} {}", d.between(1, 28), d.pick(&months), d.between(2008, 2014));
        ("date_of_birth", format!("She was born on {date} in Leeds."), date)
    },
    |d| {
        let date = format!("{}-{:02}-{:02}", d.between(2008, 2014), d.between(1, 12), d.between(1, 28));
        ("date_of_birth", format!("DOB {date}"), date)
    },
    |d| {
        let street = d.pick(&["Elm Street", "Mill Lane", "Station Road", "Church Close", "Orchard Avenue"]);
        let address = format!("{} {street}, Otley LS{} {}AB", d.between(2, 99), d.between(10, 29), d.between(1, 9));
        ("address", format!("The family lives at {address} now."), address)
    },
    |d| {
        let (sort, account) = (format!("{:02}-{:02}-{:02}", d.between(10, 69), d.below(99), d.below(99)), d.digits(8));
        (
            "bank_account",
            format!("Please pay to sort code {sort}, account number {account}."),
            format!("{sort} {account}"),
        )
    },
    |d| {
        let secret = format!(
            "{}-{}-{}",
            d.pick(&["Tulip", "Otter", "Anchor", "Maple"]),
            d.digits(3),
            d.pick(&["brook", "stone"])
        );
        ("credentials", format!("Your password: {secret}"), secret)
    },
    |d| {
        let pin = d.digits(4);
        ("credentials", format!("The PIN is {pin} for the copier."), pin)
    },
    |d| {
        let phone = d.pick(&["07700 900123", "07700 900456", "07700900123", "+44 7700 900456"]);
        ("private_phone", format!("Ring me at home on {phone} if it snows."), phone.to_owned())
    },
    |d| {
        let own = ["ruthm@home.example", "RuthM@Home.example", "ruthm+trips@home.example"];
        let address = d.pick(&own);
        ("private_email", format!("Send the photographs to Ruth at {address} tonight."), address.to_string())
    },
];

/// A way in which a number is written.
pub type Noise = (&'static str, fn(&[String]) -> String);

fn each(groups: &[String], make: impl Fn(char) -> String) -> String {
    groups.concat().chars().map(make).collect()
}

pub const NOISES: &[Noise] = &[
    ("plain", |g| g.concat()),
    ("spaces", |g| g.join(" ")),
    ("no_break_spaces", |g| g.join("\u{a0}")),
    ("thin_spaces", |g| g.join("\u{2009}")),
    ("hyphens", |g| g.join("-")),
    ("en_dashes", |g| g.join("\u{2013}")),
    ("spaced_hyphens", |g| g.join(" - ")),
    ("dots", |g| g.join(".")),
    ("zero_width", |g| each(g, |c| format!("{c}\u{200b}"))),
    ("soft_hyphens", |g| g.join("\u{ad}")),
    ("full_width", |g| each(g, |c| char::from_u32(u32::from(c) - 0x21 + 0xFF01).unwrap().to_string())),
    ("small_letters", |g| g.concat().to_lowercase()),
    ("line_break", |g| match g.split_first() {
        Some((first, rest)) if !rest.is_empty() => format!("{first}\n{}", rest.join(" ")),
        _ => g.concat(),
    }),
    ("byte_order_marks", |g| g.join("\u{feff}")),
    ("lookalike_letters", |g| {
        each(g, |c| match c {
            'A' => "\u{410}".into(),
            'B' => "\u{412}".into(),
            'C' => "\u{421}".into(),
            'E' => "\u{415}".into(),
            'H' => "\u{41d}".into(),
            'P' => "\u{420}".into(),
            c => c.to_string(),
        })
    }),
];

/// A class of controls, and what makes a sentence of it.
pub type Control = (&'static str, fn(&mut Dice) -> String);

/// Numbers and words that are nobody's: class and sentence.
pub const CONTROLS: &[Control] = &[
    ("upn_check", |d| format!("the UPN {} has a typing mistake in it", wrong_upn(d))),
    ("nhs_check", |d| format!("NHS number {} was not accepted", wrong_nhs(d))),
    ("nino_prefix", |d| format!("the form shows QQ{}A as the example", d.digits(6))),
    ("nino_suffix", |d| format!("part number AB{}X is out of stock", d.digits(6))),
    ("card_check", |d| format!("the order {} was sent to the caterer", wrong_card(d))),
    ("iban_check", |d| format!("GB00NWBK{} is not an account", d.digits(14))),
    ("isbn", |d| format!("the book is ISBN 978-0-{}-{}-{}", d.digits(2), d.digits(6), d.digit())),
    ("meeting", |d| format!("Meeting ID: {} {} {}, all welcome", d.digits(3), d.digits(3), d.digits(4))),
    ("ten_digits", |d| format!("the parcel {} is in the office", uln(d))),
    ("telephone", |d| format!("ring the venue on 01632 960{} before noon", d.digits(3))),
    ("own_telephone", |_| "ring the office on 01632 960000".into()),
    ("own_postcode", |_| "Marlow Hill School, 1 Marlow Road, Swansea SA1 1AA".into()),
    ("postcode_alone", |d| format!("the away match is in LS{} {}AB", d.between(10, 29), d.between(1, 9))),
    ("helpline", |_| "Childline is 0800 1111, day and night".into()),
    ("dates", |d| format!("the trip runs from {:02}/03/2026 to {:02}/03/2026", d.between(1, 12), d.between(13, 28))),
    ("times", |_| "Period 1 09:00-10:00, Period 2 10:00-11:00, lunch 12-15-13-00".into()),
    ("password_word", |_| "Please change your password every term; never write passwords down".into()),
    ("reset_link", |_| "Reset your password here: https://login.school.example/reset".into()),
    ("uuid", |_| "the ticket is 550e8400-e29b-41d4-a716-446655440000".into()),
    ("school_numbers", |d| {
        format!("URN {}, DfE number 383/4001, UKPRN 100{}", d.between(100_000, 149_999), d.digits(5))
    }),
    ("grades", |_| "grades 9 8 7 6 5 4 3 2 1 were all given this year, 9 8 7 6 5".into()),
    ("prices", |d| {
        format!("the total is \u{a3}{},{}.50 for {} places", d.between(1, 9), d.digits(3), d.between(20, 99))
    }),
    ("invoice", |d| format!("invoice 2026{} for {} exercise books", d.digits(4), d.digits(4))),
    ("version", |_| "version 10.0.19045.4170 on 192.168.100.200".into()),
    ("aggregate", |d| {
        format!("{} % of Year 6 reached the expected standard; the cohort averaged 104", d.between(55, 95))
    }),
    ("file_link", |d| format!("https://files.example/{}/a.pdf", card(d))),
];
