use super::*;

fn found(text: &str) -> Vec<String> {
    let folded = text.to_ascii_lowercase();
    let secrets = find(folded.as_bytes(), |range| text.get(range).unwrap());
    secrets.into_iter().map(|secret| text.get(secret.value).unwrap().to_owned()).collect()
}

#[test]
fn a_word_with_its_value_is_found() {
    for (text, wanted) in [
        ("Password: Winter2024!", "Winter2024!"),
        ("password = sunshine\n", "sunshine"),
        ("The password is Winter24.", "Winter24"),
        ("the password for the attached file is \"blue moon\"", "blue moon"),
        ("The password for the zip: elm-Road7", "elm-Road7"),
        ("Your new password is now Kestrel9 and works at once", "Kestrel9"),
        ("I have set your password to Kestrel9.", "Kestrel9"),
        ("password Kestrel99", "Kestrel99"),
        ("pwd: hunter2", "hunter2"),
        ("Passcode - 448201", "448201"),
        ("passphrase:\ncorrecthorsebattery", "correcthorsebattery"),
        ("PIN: 4821", "4821"),
        ("the PIN is 4821.", "4821"),
        ("PIN number 4821", "4821"),
        ("pass: Kestrel9", "Kestrel9"),
        ("Login: jsmith/Kestrel9", "jsmith/Kestrel9"),
        ("Password is Sunshine", "Sunshine"),
        ("pw: 8hYt!2kk", "8hYt!2kk"),
        ("PW=Qwerty!9", "Qwerty!9"),
        ("Login details - user: supply3, pw Wednesday9", "Wednesday9"),
        ("passphrase: brown horse battery staple", "brown"),
        ("password (case sensitive) Otter55Log", "Otter55Log"),
        ("Tulip-77 is the password", "Tulip-77"),
        ("Use the password below\n\nTulip-77", "Tulip-77"),
        ("Password changed to Falcon88", "Falcon88"),
        ("one-time passcode 449201", "449201"),
        ("password: sunshine, username: jsmith", "sunshine"),
        ("the wifi password is P@ssw0rd.", "P@ssw0rd"),
        ("Hi, the pw for the file is Conker42, see you", "Conker42"),
        ("see you on Monday (pw: Conker42), Ruth", "Conker42"),
        ("The password for the protected file is Conker42.", "Conker42"),
        ("The password will be Conker42 as usual.", "Conker42"),
        ("The password's Conker42, and the file is attached", "Conker42"),
        ("Open it with the password (Conker42) and save it", "Conker42"),
        ("password Conker42 for the attached", "Conker42"),
    ] {
        assert_eq!(found(text), [wanted], "{text}");
    }
}

#[test]
fn the_word_alone_is_not() {
    for text in [
        "Your password has expired.",
        "Please reset your password: https://login.example/reset?t=ab12cd",
        "The password is incorrect.",
        "Your password is required!",
        "The password is not valid. Winter2024 starts soon.",
        "Password policy: at least 12 characters",
        "The password will be sent separately.",
        "Passwords must be at least 12 characters long: letters and 3 numbers.",
        "Password: please ask the office",
        "Password: ********",
        "password: <your password>",
        "Never share your password or PIN.",
        "PIN 12 pictures to the board",
        "pinned: 4821",
        "Login: https://portal.example/login",
        "the boarding pass: 12 April",
        "I forgot my password, can you help on 01632 960001?",
        "He will pass at 4.30",
        "Password: someone@school.example",
        "password protected: Report2024.pdf",
        "The login page is down",
        "Join my Teams meeting: Meeting ID: 345 678 901 234 Passcode: aB3dE9",
        "Kahoot PIN 7745123",
        "Pass -D_REENTRANT",
        "pass_stmt: 'pass'",
        "see /etc/passwd: x1",
        "new common-password template, Closes: #982898",
        "/* there is no password */\n    key = xmlReadFile1(x);",
        "<label>Password</label>\n<div class=\"col-sm-10\">",
        "agent/preset-passphrase.c: Ditto.",
        "'pass'\nflow: break_stmt",
        "type=\"password\" class=\"form-control\" id=\"inputPassword4\"",
        "Password: TBC",
        "Please use the usual password.",
        "The password is the usual one.",
        "The password is as usual.",
        "The password is your postcode.",
        "Password hint: the name of our first dog",
        "The password (which I will text you) opens it",
        "The password will be sent by text.",
        "The password will be different next time.",
        "It has the same password as last week.",
    ] {
        assert!(found(text).is_empty(), "{text}");
    }
}
